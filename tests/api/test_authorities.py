"""What authorities see and order: that of a province, what is made there; the national one, everything."""

from datetime import date

from api.stores import on_both_stores
from api.worlds import ELSEWHERE, PROVINCE, REGULATOR, RIVAL_ACCREDITOR, Site
from certify.cast import agreed, packages
from footproof.certify.codec import to_json
from footproof.certify.people import Organisation
from footproof.certify.record import Stamp, Step
from footproof.certify.verifications import EngagementAgreed, Verification
from footproof.model.bilingual import Bilingual
from footproof.model.days import legal_day
from footproof.model.recognition import Scope
from footproof.server.accounts import clock
from footproof.server.api.policy import PUBLIC, Reader, organisation_as_seen, oversees
from store.worlds import AT, CLIENT, MARKER, REGISTRAR

NUMBER = "DEMO-2026-000001"
LISTS = ("/cases", "/verifications", "/certificates/due?within=3660")


def reader(organisation: str, place: str) -> Reader:
    """Return an authority as it reads."""
    return Reader("p", organisation, "regulator", place, frozenset({"regulator"}))


@on_both_stores
def test_an_authority_reads_what_is_made_in_its_place(fresh_site: Site) -> None:
    site = fresh_site
    site.shop.ready("case-1")
    site.shop.grant("case-1", NUMBER)
    there = agreed(next(iter(packages())))
    begun = EngagementAgreed("V-1", site.shop.body, "", CLIENT, there)
    with site.shop.journal._unit() as unit:
        unit.add((Step(Verification, "V-1", begun),), Stamp(site.shop.decider, AT))
    one = ("/cases/case-1", f"/certificates/{NUMBER}/record", "/verifications/V-1")
    events = f"/events?stream=certificate&record={NUMBER}"
    for person, sees in (("p-regulator", True), ("p-province", True), ("p-elsewhere", False)):
        assert [site.get(path, person).status_code for path in one] == [200 if sees else 404] * 3, person
        assert site.get(events, person).status_code == (200 if sees else 404)
        found = {path: site.get(path, person).json()["items"] for path in LISTS}
        assert all(bool(lines) == sees for lines in found.values()), (person, found)
    whole, of_province = (site.get("/events", person).json()["items"] for person in ("p-regulator", "p-province"))
    assert whole
    assert of_province == [], "of records in no place, an authority of a province sees its own"


@on_both_stores
def test_an_authority_orders_what_is_made_in_its_place(fresh_site: Site) -> None:
    site = fresh_site
    site.shop.ready("case-1")
    site.shop.grant("case-1", NUMBER)
    order = {"turn": "suspended", "reasons": MARKER}
    refused = site.post(f"/certificates/{NUMBER}/orders", order, "p-elsewhere")
    assert (refused.status_code, refused.json()["code"]) == (403, "E-AUTHORITY-PLACE")
    trigger = {"facts": [["market_finding", "true"]]}
    assert site.post(f"/certificates/{NUMBER}/triggers", trigger, "p-elsewhere").json()["code"] == "E-AUTHORITY-PLACE"
    assert site.post(f"/certificates/{NUMBER}/orders", order, "p-province").status_code == 201
    assert site.post(f"/certificates/{NUMBER}/orders", order, "p-regulator").status_code == 201


@on_both_stores
def test_an_accreditation_body_oversees_nobody_who_did_not_apply_to_it(fresh_site: Site) -> None:
    site, body = fresh_site, fresh_site.shop.body
    site.shop.ready("case-1")
    today = legal_day(clock.now())
    scope = Scope("1", ("verification",), ("*",), ("*",), ("*",), today, None, today)
    grant = {"grant": "g-9", "number": "DEMO-9", "scopes": [to_json(scope)]}
    refused = site.post(f"/organisations/{body}/scopes", grant, "p-rival-accreditor")
    assert (refused.status_code, refused.json()["code"]) == (422, "E-SCOPE-SOUGHT")
    assert site.get("/cases", "p-rival-accreditor").json()["items"] == []
    asked = {"accreditor": RIVAL_ACCREDITOR}
    assert site.post(f"/organisations/{body}/accreditation-applications", asked, "p-manager").status_code == 201
    seen = {
        who: site.get(f"/organisations/{body}", who).json() for who in ("", "p-client", "p-accreditor", "p-province")
    }
    assert all("sought" not in shown for shown in seen.values()), "an application is no matter of others"
    for who in ("p-rival-accreditor", "p-manager", REGISTRAR.person):
        assert site.get(f"/organisations/{body}", who).json()["sought"] == [RIVAL_ACCREDITOR], who
    assert site.post(f"/organisations/{body}/scopes", grant, "p-rival-accreditor").status_code == 201
    assert [one["id"] for one in site.get("/cases", "p-rival-accreditor").json()["items"]] == ["case-1"]


def test_what_is_in_no_place_is_the_national_authority_s() -> None:
    national, province = reader(REGULATOR, "CN"), reader(PROVINCE, "CN-FJ")
    assert oversees(national, "")
    assert oversees(national, "", "DE-BY")
    assert oversees(province, "", "CN-FJ")
    for place in ("", "CN", "CN-ZJ"):
        assert not oversees(province, "urn:body", place)
        assert not oversees(reader(ELSEWHERE, ""), "urn:body", place)
        assert not oversees(PUBLIC, "urn:body", place)


def test_an_authority_sees_who_works_at_the_bodies_of_its_place() -> None:
    name = Bilingual("示例机构", "DEMO body")
    body = Organisation("urn:body", "body", name, "", "CN-FJ", True)
    state = {"id": "urn:body", "staff": ["p"], "systems": [date(2024, 1, 1).isoformat()]}
    assert "staff" in organisation_as_seen(reader(PROVINCE, "CN-FJ"), body, state)
    assert "staff" not in organisation_as_seen(reader(ELSEWHERE, "CN-ZJ"), body, state)
