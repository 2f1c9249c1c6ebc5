"""What follows from records, schemes and a day: due days, surveillances, retention, checklists, grades, marks."""

from dataclasses import replace
from datetime import timedelta

import pytest

from api.stores import on_both_stores
from api.worlds import Site
from certify.cast import neutral_claim
from footproof.certify.calendar import add_working_days, load_calendar
from footproof.certify.certificate import Certified, StatusChange, StatusChanged, Turn
from footproof.certify.neutrality_operations import ClaimStanding, Neutrality, NeutralityClaimed
from footproof.certify.record import Stamp, Step, need
from footproof.certify.scheme import load_scheme
from footproof.server.accounts import clock, here
from store.worlds import AT, LABEL, MARKER, schemes

NUMBER = "DEMO-2026-000001"
SHIPPED = "cn.cfp.label@CNCA-CFP-00-2025"
STARS = "cn.green-building-materials@2020"
OFFSETS = "cn.carbon-neutral@ISO-14068-1-2023"
DUE = add_working_days(load_calendar("cn"), AT.date(), 60).isoformat()
OTHERS = ("p-rival-client", "p-rival-planner", "p-laboratory")


@pytest.fixture(scope="module")
def busy(shared_site: Site) -> Site:
    """A site with an open case and a certificate."""
    shared_site.shop.ready("case-1", "case-2")
    shared_site.shop.grant("case-1", NUMBER)
    return shared_site


@pytest.mark.usefixtures("site")
def test_a_case_says_until_when_it_is_decided(busy: Site) -> None:
    found = busy.get("/cases/case-2", "p-client").json()
    assert (found["due"], found["due_without_holidays_of"]) == (DUE, [2027])
    assert busy.get("/cases/case-1", "p-client").json()["due"] is None


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize(("day", "found"), [(DUE, ["case-2"]), ("2027-01-04", [])])
def test_cases_are_listed_by_the_day_they_are_due(busy: Site, day: str, found: list[str]) -> None:
    items = busy.get(f"/cases?due={day}", "p-manager").json()["items"]
    assert [one["id"] for one in items] == found
    assert [one["due"] for one in items] == [DUE] * len(found)


@pytest.mark.usefixtures("site")
def test_surveillances_due_are_those_of_one_s_own_certificates(busy: Site) -> None:
    asked = "/certificates/due?on=2027-11-01"
    assert busy.get(asked, "p-manager").json() == {"items": [], "next": None}
    line = {"certificate": NUMBER, "by": "2027-11-22", "overdue": False}
    for person in ("p-manager", "p-client", "p-regulator"):
        assert busy.get(f"{asked}&within=21", person).json()["items"] == [line]
    late = busy.get("/certificates/due?on=2027-11-23", "p-manager").json()["items"]
    assert late == [line | {"overdue": True}]
    for person in OTHERS:
        assert busy.get(f"{asked}&within=60", person).json()["items"] == []
    assert busy.get(asked).status_code == 401


@pytest.mark.usefixtures("site")
def test_the_record_of_a_certificate_says_until_when_it_is_kept(busy: Site) -> None:
    found = busy.get(f"/certificates/{NUMBER}/record", "p-manager").json()
    assert found["kept_until"] == "2030-11-21"
    assert "kept_until" not in busy.get(f"/certificates/{NUMBER}").json()


@on_both_stores
def test_a_claim_of_neutrality_says_how_it_stands_on_a_day(fresh_site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site, shop = fresh_site, fresh_site.shop
    shop.ready("case-1")
    shop.grant("case-1", NUMBER)
    made, ended = AT + timedelta(days=2), AT + timedelta(days=9)
    with shop.journal._unit() as unit:
        said = neutral_claim("N-1", need(unit, Certified, NUMBER).held, made.date())
        unit.add((Step(Neutrality, "N-1", NeutralityClaimed(said, OFFSETS)),), Stamp(shop.decider, made))
        change = StatusChange(Turn.SUSPENDED, ended.date(), None, "", shop.body, MARKER)
        unit.add((Step(Certified, NUMBER, StatusChanged(change)),), Stamp(shop.decider, ended))
    for day, standing in (("2026-11-23", None), ("2026-11-24", "claim-stands"), ("2026-12-01", "claim-suspended")):
        for person in ("p-client", "p-regulator"):
            one = site.get(f"/neutrality/N-1?on={day}", person).json()
            assert (one["on"], one["standing"], one["claim"]["id"]) == (day, standing, "N-1")
            assert site.get(f"/neutrality?on={day}", person).json()["items"] == [one]
        for person in OTHERS:
            assert site.get(f"/neutrality?on={day}", person).json()["items"] == []
            assert site.get(f"/neutrality/N-1?on={day}", person).status_code == 404
    monkeypatch.setattr(clock, "now", lambda: made)
    assert site.get("/neutrality/N-1", "p-client").json()["on"] == "2026-11-24"
    assert site.get("/neutrality/N-1?on=tomorrow", "p-client").status_code == 422


@pytest.mark.usefixtures("site")
def test_the_standing_of_a_claim_is_described(busy: Site) -> None:
    found = busy.get("/openapi.json").json()
    for path in ("/neutrality", "/neutrality/{name}"):
        assert "on" in {one["name"] for one in found["paths"][f"/api/v1{path}"]["get"]["parameters"]}
    assert {"on", "standing"} <= found["components"]["schemas"]["Claim"]["properties"].keys()
    assert set(found["components"]["schemas"]["ClaimStanding"]["enum"]) == {one.value for one in ClaimStanding}


@pytest.mark.usefixtures("site")
def test_an_activity_has_its_questions(busy: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    shipped = load_scheme(SHIPPED)
    whole = replace(schemes()[LABEL], activities=shipped.activities, conclusions=shipped.conclusions)
    monkeypatch.setattr(here, "find_scheme", lambda _: whole)
    asked = {one.checklist.value: one.id for one in whole.activities}
    for source, activity in asked.items():
        found = busy.get(f"/cases/case-2/activities/{activity}/checklist", "p-manager").json()
        assert found["from"] == source
        assert bool(found["questions"]) is (source != "none")
        assert all(one["text"]["zh"] and one["text"]["en"] and one["source"] for one in found["questions"])
    path = f"/cases/case-2/activities/{asked['site-clauses']}/checklist"
    assert {one["id"] for one in busy.get(path, "p-client").json()["questions"]} >= {"conclusion/number"}
    for person in OTHERS:
        assert busy.get(path, person).status_code == 404
    assert busy.get("/cases/case-2/activities/none/checklist", "p-manager").status_code == 404


@pytest.mark.usefixtures("site")
def test_a_mark_of_offsets_is_not_shown_to_consumers_in_the_union(busy: Site) -> None:
    before, after = (
        busy.get(f"/schemes/{OFFSETS}/mark?market=EU&on={day}", Accept_Language="zh").json()
        for day in ("2026-09-26", "2026-09-27")
    )
    assert (before["allowed"], before["code"]) == (True, None)
    assert (after["allowed"], after["code"]) == (False, "E-MARK-FORBIDDEN")
    assert "欧盟" in after["reason"]
    assert busy.get(f"/schemes/{OFFSETS}/mark?market=EU&audience=business&on=2026-09-27").json()["allowed"]
    assert busy.get(f"/schemes/{OFFSETS}/mark?market=XX").json()["code"] == "E-MARK-MARKET"
    assert busy.get(f"/schemes/{OFFSETS}/mark?audience=children").status_code == 422
    assert busy.get("/schemes/none@1/mark").status_code == 404


@pytest.mark.usefixtures("site")
def test_declared_answers_come_to_a_grade(busy: Site) -> None:
    answers = "&".join(f"fact={name}:3" for name in ("resources", "energy", "environment", "quality"))
    found = busy.get(f"/schemes/{STARS}/grade?fact=basic_met:true&{answers}").json()
    assert (found["passed"], found["grade"], found["score"]) == (True, 3, "3")
    assert found["title"]["zh"] == "三星级"
    failed = busy.get(f"/schemes/{STARS}/grade?fact=basic_met:false&{answers}").json()
    assert (failed["passed"], failed["grade"], failed["score"]) == (False, 0, None)
    assert busy.get(f"/schemes/{STARS}/grade").json()["code"] == "E-SCHEME-GRADE-OPEN"
    assert busy.get(f"/schemes/{STARS}/grade?fact=energy:9").json()["code"] == "E-SCHEME-FACT-VALUE"
    assert busy.get(f"/schemes/{STARS}/grade?fact=energy:1e999").status_code == 422
    assert busy.get(f"/schemes/{SHIPPED}/grade").status_code == 404


@pytest.mark.usefixtures("site")
def test_a_case_says_what_is_done_and_what_waits(busy: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    shipped = load_scheme(SHIPPED)
    monkeypatch.setattr(here, "find_scheme", lambda _: replace(schemes()[LABEL], activities=shipped.activities))
    lines = busy.get("/cases/case-2/activities", "p-client").json()["activities"]
    states = {one["id"]: one["state"] for one in lines}
    assert (states["acceptance"], states["planning"], states["review"]) == ("done", "done", "done")
    assert (states["document-review"], states["pcf-verification"], states["site-inspection"]) == (
        "ready",
        "done",
        "waiting",
    )
    waits = {one["id"]: one["waits_for"] for one in lines}
    assert waits["document-review"] == []
    assert "document-review" in waits["site-inspection"]
    decided = busy.get("/cases/case-1/activities", "p-client").json()["activities"]
    assert {one["id"] for one in decided if one["state"] == "done"} >= {"decision", "certificate", "mark-licence"}
    for person in OTHERS:
        assert busy.get("/cases/case-2/activities", person).status_code == 404
