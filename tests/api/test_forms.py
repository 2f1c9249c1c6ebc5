"""What the address and body of an operation may be, as described and as taken; whose packages and ties are whose."""

from dataclasses import replace
from datetime import date

from api.stores import on_both_stores
from api.worlds import RIVAL_CLIENT, Site, sent
from certify.cast import agreed, packages
from footproof.certify.codec import to_json
from footproof.certify.people import Conflict
from footproof.certify.record import Stamp, Step
from footproof.certify.verifications import EngagementAgreed, Verification
from footproof.model.bilingual import Bilingual
from footproof.server.api.urls import API
from store.worlds import AT, CLIENT, MARKER

NUMBER = "DEMO-2026-000001"


@on_both_stores
def test_a_change_of_a_certificate_is_appealed(fresh_site: Site) -> None:
    """The number of the change stands in the address, as text; the operation takes a number."""
    fresh_site.shop.ready("case-1")
    fresh_site.shop.grant("case-1", NUMBER)
    suspension = {"ground": "mark-misused", "reasons": MARKER, "until": "2026-12-22"}
    done = fresh_site.post(f"/certificates/{NUMBER}/suspension", suspension, "p-decision-maker")
    assert done.status_code == 201, done.content
    for number, code in (("x", "E-API-FIELDS"), ("-1", "E-API-FIELDS"), ("99", "E-APPEAL-CHANGE")):
        answer = fresh_site.post(
            f"/certificates/{NUMBER}/changes/{number}/appeals", {"appeal": "A-9", "text": MARKER}, "p-client"
        )
        assert answer.json()["code"] == code, answer.content
    appeal = {"appeal": "A-1", "text": MARKER}
    answer = fresh_site.post(f"/certificates/{NUMBER}/changes/1/appeals", appeal, "p-client")
    assert answer.status_code == 201, answer.content


def test_the_description_says_the_form_of_every_text() -> None:
    schemas = API.get_openapi_schema()["components"]["schemas"]
    attach = next(one for name, one in schemas.items() if name.endswith("AttachPackage"))
    assert attach["properties"]["package"]["pattern"] == "^(?:sha256:[0-9a-f]{64})$"


@on_both_stores
def test_the_package_of_another_organisation_is_not_opened_by_its_digest(fresh_site: Site) -> None:
    fresh_site.shop.ready("case-1")
    case = fresh_site.get("/cases/case-1", "p-client").json()
    body = {name: case[name] for name in ("body", "scheme", "subject", "package", "kind")} | {"case": "case-9"}
    refused = fresh_site.post("/cases", body, "p-rival-client")
    assert (refused.status_code, refused.json()["code"]) == (422, "E-CASE-PACKAGE")
    assert fresh_site.post("/cases", body | {"package": ""}, "p-rival-client").status_code == 201
    again = fresh_site.post("/cases/case-9/package", {"package": case["package"]}, "p-rival-client")
    assert again.json()["code"] == "E-CASE-PACKAGE"
    sent(case["package"], RIVAL_CLIENT, "p-rival-client")
    attached = fresh_site.post("/cases/case-9/package", {"package": case["package"]}, "p-rival-client")
    assert attached.status_code == 201, attached.content


@on_both_stores
def test_a_body_opens_no_package_that_neither_it_nor_the_client_of_its_case_sent(fresh_site: Site) -> None:
    """Digests of packages stand on certificates; a claim that is agreed on shows what came out of the package."""
    site, package = fresh_site, fresh_site.shop.package
    site.shop.ready("case-1")
    site.shop.grant("case-1", NUMBER)
    terms = agreed(next(iter(packages())))
    terms = replace(terms, claim=replace(terms.claim, package=package))
    begun = EngagementAgreed("V-1", site.shop.body, "", CLIENT, terms)
    with site.shop.journal._unit() as unit:
        unit.add((Step(Verification, "V-1", begun),), Stamp(site.shop.decider, AT))
    again = {"agreed": to_json(terms), "reason": to_json(Bilingual("更正", "corrected"))}
    fresh = {"verification": "V-2", "client": CLIENT, "agreed": to_json(terms)}
    asked = {
        "alone": ("/verifications", fresh),
        "of a case": ("/verifications", {**fresh, "case": "case-1"}),
        "amended": ("/verifications/V-1/versions", again),
        "amended in a case": ("/verifications/V-1/versions", {**again, "case": "case-1"}),
        "moved": (f"/certificates/{NUMBER}/triggers", {"package": package}),
    }

    def refused(person: str) -> set[str]:
        codes = {name: site.post(path, body, person).json().get("code") for name, (path, body) in asked.items()}
        return {name for name, code in codes.items() if code == "E-CASE-PACKAGE"}

    assert refused("p-planner") == asked.keys()
    foreign = site.post(*asked["amended"], "p-rival-planner").json()
    assert foreign["code"] == "E-CASE-FOREIGN", "whose record it is comes first"
    sent(package, CLIENT, "p-client")
    assert refused("p-planner") == {"alone", "amended"}
    assert refused("p-rival-planner") == {"alone"}
    sent(package, site.shop.body, "p-planner")
    assert refused("p-planner") == set()


@on_both_stores
def test_ties_of_a_person_do_not_stand_in_the_events(fresh_site: Site) -> None:
    tie = to_json(Conflict(CLIENT, "consulted", date(2026, 1, 1)))
    answer = fresh_site.post("/people/p-reviewer/conflicts", {"conflict": tie}, "p-reviewer")
    assert answer.status_code == 201, answer.content
    for query in ("stream=person&record=p-reviewer", "kind=conflict.declared"):
        for person, sees in (("p-reviewer", True), ("p-manager", True), ("p-decision-maker", False)):
            found = fresh_site.get(f"/events?{query}", person).json()["items"]
            told = [one for one in found if one["kind"] == "conflict.declared"]
            assert ["data" in one for one in told] == [sees], (query, person)
    for person in ("p-regulator", "p-accreditor"):
        found = fresh_site.get("/events?kind=conflict.declared", person).json()["items"]
        assert not any("data" in one for one in found)
