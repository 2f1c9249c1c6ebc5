"""Names of records stand in addresses: what is taken can be read again, and what could not is refused."""

from urllib.parse import quote

import pytest

from api.stores import on_both_stores
from api.worlds import Site
from footproof.certify.forms import LONGEST_NAME

TITLE = {"zh": "示例机构（DEMO）", "en": "Example organisation (DEMO)"}
PORT = "did:web:demo.example%3A8443:maker"


def organisation(name: str, place: str = "CN-FJ") -> dict[str, object]:
    return {"id": name, "kind": "client", "title": TITLE, "place": place, "demonstration": True}


@pytest.mark.parametrize("name", ["2026/001", "a?b", "a#b", "", "../x", "a b", "标", "a" * (LONGEST_NAME + 1)])
def test_a_name_that_no_address_can_hold_is_refused(site: Site, name: str) -> None:
    """A case `2026/001` could be made, and never be read."""
    refused = site.post("/organisations", organisation(name), "p-registrar")
    assert (refused.status_code, refused.json()["code"]) == (422, "E-API-FIELDS")
    assert [one["field"] for one in refused.json()["fields"]] == ["payload.id"]
    case = {"case": name, "kind": "initial", "body": site.shop.body, "scheme": "demo.label@1"}
    fields = [one["field"] for one in site.post("/cases", case, "p-client").json()["fields"]]
    assert "payload.case" in fields


@on_both_stores
@pytest.mark.parametrize("name", [PORT, "urn:demo:a|b~c&d=e+f", "a" * LONGEST_NAME])
def test_a_name_that_is_taken_is_read_again(fresh_site: Site, name: str) -> None:
    """Also where it has signs that addresses write otherwise; its owner is invited and chosen by it as well."""
    site, where = fresh_site, quote(name, safe="")
    assert site.post("/organisations", organisation(name), "p-registrar").status_code == 201
    assert site.get(f"/organisations/{where}").json()["id"] == name
    assert site.post("/people", {"id": "p-new"}, "p-registrar").status_code == 201
    for path, body in (
        ("/people/p-new/engagements", {"organisation": name, "first": "2026-11-01"}),
        ("/people/p-new/roles", {"organisation": name, "role": "representative"}),
    ):
        done = site.post(path, body, "p-registrar")
        assert done.status_code == 201, done.content
    invited = {"person": "p-new", "email": "new@demo.example", "organisation": name, "roles": ["representative"]}
    assert site.post("/invitations", invited, "p-registrar").status_code == 201
    assert site.get("/me", "p-client", Footproof_Organisation=name).status_code == 200


@pytest.mark.parametrize("place", ["Fujian", "cn-fj", "CN-", "CN-FJIA", "", "中国"])
def test_a_place_is_one_of_iso_3166(site: Site, place: str) -> None:
    refused = site.post("/organisations", organisation("urn:demo:placed", place), "p-registrar").json()
    assert (refused["code"], refused["fields"][0]["field"]) == ("E-API-FIELDS", "payload.place")


@on_both_stores
def test_an_address_of_mail_is_as_long_as_it_is_stored(fresh_site: Site) -> None:
    """In small letters `ß` is two signs; PostgreSQL answered with an error of its own."""
    asked = {"person": "p-client", "organisation": "urn:footproof:demo:client", "roles": ["representative"]}
    for email, status in (("ß" * 200 + "@demo.example", 422), ("a" * 241 + "@demo.example", 201)):
        answer = fresh_site.post("/invitations", {**asked, "email": email}, "p-registrar")
        assert answer.status_code == status, answer.content
        assert status == 201 or answer.json()["code"] == "E-ACCOUNT-EMAIL"
