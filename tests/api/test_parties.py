"""Laboratories see the cases they work for, clients the verifications of their claims; each only that."""

from datetime import date, timedelta
from decimal import Decimal

from api.stores import on_both_stores
from api.worlds import ACCREDITOR, LABORATORY, Site
from certify.cast import DRAWING, EVIDENCE_PLAN, RISKS, agreed, packages
from footproof.certify.case import ApplicationAccepted, Case, Terms
from footproof.certify.codec import to_json
from footproof.certify.record import Stamp, Step
from footproof.certify.verifications import (
    EngagementAgreed,
    EngagementAnalysed,
    EngagementPlanned,
    EvidenceGathered,
    Verification,
)
from footproof.model.days import legal_day
from footproof.model.engagement import Team
from footproof.model.recognition import Change
from footproof.server.accounts import clock
from footproof.verify.engagement import ASPECTS
from store.worlds import AT, CLIENT, MARKER

DUE = "2027-10-01"
SECRET = "sha256:" + "5" * 64
READERS = ("p-client", "p-planner", "p-regulator")


def work_for(site: Site, case: str, *laboratories: str) -> None:
    terms = Terms(Decimal("12000.00"), "CNY", 60, MARKER, laboratories=laboratories)
    with site.shop.journal._unit() as unit:
        unit.add((Step(Case, case, ApplicationAccepted(terms, ())),), Stamp(site.shop.decider, AT))


@on_both_stores
def test_a_laboratory_lists_the_cases_it_works_for_and_no_others(fresh_site: Site) -> None:
    site = fresh_site
    site.shop.ready("case-1", "case-2", "case-3")
    assert site.get("/cases", "p-laboratory").json()["items"] == []
    work_for(site, "case-1", "urn:footproof:demo:other", LABORATORY)
    work_for(site, "case-2", f"{LABORATORY}-2", LABORATORY.upper(), LABORATORY.replace("laboratory", "l_boratory"))
    listed = site.get("/cases", "p-laboratory").json()
    assert ([one["id"] for one in listed["items"]], listed["next"]) == (["case-1"], None)
    assert (listed["items"][0]["terms"], listed["items"][0]["findings"]) == (None, [])
    assert site.get("/cases/case-1", "p-laboratory").status_code == 200
    assert site.get("/cases/case-2", "p-laboratory").status_code == 404
    assert site.get("/findings", "p-laboratory").json()["items"] == []


@on_both_stores
def test_a_laboratory_lists_its_cases_by_the_day_they_are_due(fresh_site: Site) -> None:
    site = fresh_site
    site.shop.ready("case-1", "case-2")
    work_for(site, "case-1", LABORATORY)
    whole = site.get("/cases/case-1", "p-manager").json()
    own = site.get("/cases/case-1", "p-laboratory").json()
    assert (own["due"], own["terms"]) == (whole["due"], None)
    before = (date.fromisoformat(own["due"]) - timedelta(days=1)).isoformat()
    for day, found in ((own["due"], ["case-1"]), (before, [])):
        listed = site.get(f"/cases?due={day}", "p-laboratory").json()["items"]
        assert [one["id"] for one in listed] == found, day


@on_both_stores
def test_an_accreditation_body_oversees_the_bodies_that_hold_a_grant_of_it(fresh_site: Site) -> None:
    """Oversight is of those who were accredited, not of everybody; it ends with the grant, not with its suspension."""
    site, body, number = fresh_site, fresh_site.shop.body, "DEMO-2026-000001"
    site.shop.ready("case-1", "case-2")
    site.shop.grant("case-1", number)
    begun = EngagementAgreed("V-1", body, "case-2", CLIENT, agreed(next(iter(packages()))))
    with site.shop.journal._unit() as unit:
        unit.add((Step(Verification, "V-1", begun),), Stamp(site.shop.decider, AT))
    lists = {"/cases": 2, "/verifications": 3, f"/certificates/due?on={DUE}&within=3660": 1}
    single = (f"/certificates/{number}/record", "/cases/case-1", "/cases/case-1/activities", "/verifications/V-1")
    decided = f"/events?stream=certificate&record={number}"

    def see(person: str) -> None:
        for path, count in lists.items():
            assert len(site.get(path, person).json()["items"]) == count, (person, path)
        assert {site.get(path, person).status_code for path in single} == {200}
        assert "staff" in site.get(f"/organisations/{body}", person).json()
        assert all("data" in one for one in site.get(decided, person).json()["items"])
        assert body in {one["organisation"] for one in site.get("/events?limit=200", person).json()["items"]}

    def see_nothing(person: str) -> None:
        for path in lists:
            assert site.get(path, person).json()["items"] == [], (person, path)
        assert {site.get(path, person).status_code for path in (*single, decided)} == {404}
        assert "staff" not in site.get(f"/organisations/{body}", person).json()
        assert body not in {one["organisation"] for one in site.get("/events?limit=200", person).json()["items"]}

    see("p-regulator")
    see("p-accreditor")
    see_nothing("p-rival-accreditor")
    told = site.get("/events?limit=200", "p-accreditor").json()["items"]
    assert {one["organisation"] for one in told if "data" in one} <= {ACCREDITOR}
    today = legal_day(clock.now())
    for kind, still in (("suspended", see), ("withdrawn", see_nothing)):
        change = {"change": to_json(Change(kind, today, today))}
        answer = site.post(f"/organisations/{body}/scopes/g-2/changes", change, "p-accreditor")
        assert answer.status_code == 201, answer.content
        still("p-accreditor")


@on_both_stores
def test_a_client_reads_the_verification_of_its_claim_but_not_what_will_be_examined(fresh_site: Site) -> None:
    site, body = fresh_site, fresh_site.shop.body
    terms = agreed(next(iter(packages())))
    by = Stamp(site.shop.decider, AT)
    events = (
        EngagementAgreed("V-1", body, "case-1", CLIENT, terms),
        EngagementAnalysed(MARKER, ASPECTS, "authorities"),
        EngagementPlanned(Team(by.by.person, (by.by.person,)), RISKS, EVIDENCE_PLAN, (DRAWING.sample(MARKER, RISKS),)),
        EvidenceGathered("row-1", SECRET, "site"),
        EvidenceGathered("row-2", MARKER, "authorities"),
    )
    with site.shop.journal._unit() as unit:
        unit.add(tuple(Step(Verification, "V-1", one) for one in events), by)
    seen = {name: site.get("/verifications/V-1", name).json()["engagement"]["gathered"] for name in READERS}
    digests = {name: [item["digest"] for item in items] for name, items in seen.items()}
    assert digests == {"p-client": [], "p-planner": [SECRET, MARKER], "p-regulator": [MARKER]}
    for person, count in (
        ("p-client", 1),
        ("p-planner", 1),
        ("p-regulator", 1),
        ("p-rival-client", 0),
        ("p-rival-manager", 0),
    ):
        assert len(site.get("/verifications", person).json()["items"]) == count, person
        assert site.get("/verifications/V-1", person).status_code == (200 if count else 404), person
    own = site.get("/verifications/V-1", "p-client").json()["engagement"]
    whole = site.get("/verifications/V-1", "p-planner").json()["engagement"]
    assert whole["risks"]
    assert whole["plan"]["items"]
    assert (own["risks"], own["plan"], own["samples"], own["opinion"]) == ([], None, [], None)
    assert (own["analysis"], bool(whole["analysis"])) == (None, True)
    assert own["claim"] == whole["claim"]
    assert "data" not in site.get("/events?stream=verification&record=V-1", "p-client").json()["items"][1]
    for address in ("/events?stream=verification&record=V-1", "/events?kind=engagement.evidence-gathered"):
        for person, names in (("p-planner", {SECRET, MARKER}), ("p-regulator", {MARKER})):
            items = [one for one in site.get(address, person).json()["items"] if one["record"] == "V-1"]
            told = {one["data"].get("digest", MARKER) for one in items if "data" in one}
            assert told == names, (address, person)
