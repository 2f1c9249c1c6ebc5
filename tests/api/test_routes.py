"""Every address has a stated policy, holds to it for everybody, and asks the database no more than thirty questions."""

import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from api.routes import MOST_QUERIES, Route, queries_in, routes
from api.worlds import RIVAL_CLIENT, Site, people, sent, sign_in
from footproof.certify.operations import OPERATIONS, RECORDS
from footproof.server.api.policy import READABLE, Access
from store.worlds import CLIENT

UNGUARDED = {"/api/v1/openapi.json", "/api/v1/"}
ROUTES = [one for one in routes() if one.path not in UNGUARDED]
CALLED = [one for one in ROUTES if one.operation]


def test_every_address_states_who_may_call_it() -> None:
    assert [one for one in ROUTES if one.access is None] == []
    assert len(CALLED) > len(OPERATIONS) + 20


def test_every_operation_has_an_address() -> None:
    assert {f"/api/v1/{one.path}" for one in OPERATIONS.values()} <= {one.path for one in CALLED}


def test_every_kind_of_record_states_who_may_read_it() -> None:
    assert RECORDS.keys() == READABLE.keys()


def filled(path: str, site: Site) -> str:
    """Return the path with names of records that are there."""
    names = {
        "case": "case-1", "number": "DEMO-2026-000001", "certificate": "DEMO-2026-000001", "organisation": CLIENT,
        "person": "p-client", "scheme": "cn.cfp.label@CNCA-CFP-00-2025", "body": site.shop.body,
        "digest": site.shop.package, "token": "0" * 16, "webhook": "0" * 16,
    }  # fmt: skip
    for name in [part[1:-1] for part in path.split("/") if part.startswith("{")]:
        path = path.replace(f"{{{name}}}", names.get(name, "none"))
    return path.removeprefix("/api/v1")


@pytest.fixture(scope="module")
def busy(shared_site: Site) -> Site:
    """A site with a case and a certificate of the client at the body."""
    shared_site.shop.ready("case-1", "case-2")
    shared_site.shop.grant("case-1", "DEMO-2026-000001")
    return shared_site


def ask(site: Site, route: Route, person: str) -> tuple[int, int, Any]:
    """Return status, number of queries and body."""
    data = b"" if route.method in ("GET", "DELETE") else b"{}"
    with CaptureQueriesContext(connection) as asked:
        answer = site.call(route.method, filled(route.path, site), person, data)
    content = answer.getvalue() if answer.streaming else answer.content
    return answer.status_code, queries_in(asked), content


@pytest.mark.parametrize("route", CALLED, ids=lambda one: f"{one.method} {one.path}")
def test_nobody_gets_in_where_an_account_is_needed(busy: Site, route: Route) -> None:
    status, queries, body = ask(busy, route, "")
    assert queries <= MOST_QUERIES
    if route.access is Access.PUBLIC:
        assert status in (200, 404)
    else:
        assert (status, json.loads(body)["code"]) == (401, "E-API-TOKEN")


@pytest.mark.parametrize("route", CALLED, ids=lambda one: f"{one.method} {one.path}")
def test_a_token_without_scope_opens_nothing(busy: Site, route: Route) -> None:
    from datetime import timedelta

    from footproof.server.accounts import clock
    from footproof.server.accounts.models import Account
    from footproof.server.api.models import Token
    from footproof.server.api.tokens import make_token

    account = Account.objects.get(pk="p-client")
    token, text = make_token(account, CLIENT, ("representative",), "none", ["read"], timedelta(days=1), clock.now())
    Token.objects.filter(pk=token.pk).update(scopes=[])
    busy.tokens["none"] = text
    status, _, body = ask(busy, route, "none")
    Token.objects.filter(pk=token.pk).delete()
    if route.access is Access.PUBLIC:
        assert status in (200, 404)
    elif route.access is Access.ACT:
        # The body is checked first; whoever may not act learns nothing of records by it.
        assert status in (403, 422)
    else:
        assert (status, json.loads(body)["code"]) == (403, "E-API-SCOPE")


OVERSIGHT = ("p-regulator", "p-province", "p-accreditor")
"""Who oversees everything there is: of the authorities, the national one and that of the province of all sites."""
EVERYBODY = sorted(people("urn:body"))


@pytest.mark.parametrize("person", EVERYBODY)
def test_everybody_on_every_address(busy: Site, person: str) -> None:
    """All addresses × all roles × own and other organisations: who sees whose."""
    home = people(busy.shop.body)[person][0]
    party = home in (CLIENT, busy.shop.body)
    oversight = person in OVERSIGHT
    for route in CALLED:
        status, queries, body = ask(busy, route, person)
        where = f"{person}: {route.method} {route.path}: {status} {body[:300]!r}"
        assert queries <= MOST_QUERIES, f"{where}: {queries}"
        assert status < 500, where
        if route.access is Access.SIGNED_IN:
            assert status == 403, where  # a token never makes a token
        elif route.path in ("/api/v1/cases/{case}", "/api/v1/certificates/{number}/record"):
            assert status == (200 if party or oversight else 404), where
        elif route.path == "/api/v1/people/{person}":
            assert status == (200 if home == CLIENT or person == "p-registrar" else 404), where
        elif (route.method, route.path) == ("GET", "/api/v1/cases"):
            assert len(json.loads(body)["items"]) == (2 if party or oversight else 0), where
        elif route.access is Access.ACT:
            assert status in (201, 403, 404, 409, 422), where


@pytest.mark.parametrize("person", EVERYBODY)
def test_what_is_another_organisation_s_cannot_be_told_from_what_is_not_there(busy: Site, person: str) -> None:
    home = people(busy.shop.body)[person][0]
    if home in (CLIENT, busy.shop.body) or person in OVERSIGHT:
        pytest.skip("it is theirs, or they oversee")
    there, missing = busy.get("/cases/case-1", person), busy.get("/cases/case-x", person)
    assert there.status_code == missing.status_code == 404
    assert there.json() == {**missing.json(), "detail": missing.json()["detail"].replace("case-x", "case-1")}


def operations_of_others(site: Site) -> list[tuple[str, str, Any]]:
    """Return operations that only parties may do, whole enough to come to the question who asks."""
    return [
        ("/cases/case-2/withdrawal", "p-rival-client", {}),
        ("/cases/case-2/package", "p-rival-client", {"package": site.shop.package}),
        ("/cases/case-2/refusal", "p-rival-planner", {"reasons": "sha256:" + "0" * 64}),
        ("/people/p-client/roles", "p-rival-manager", {"organisation": CLIENT, "role": "representative"}),
        ("/certificates/DEMO-2026-000001/cancellation", "p-rival-client", {"reasons": "sha256:" + "0" * 64}),
    ]


def test_nobody_acts_on_the_records_of_another_organisation(busy: Site) -> None:
    sent(busy.shop.package, RIVAL_CLIENT, "p-rival-client")
    before = busy.get("/cases/case-2", "p-client").json()
    for path, person, body in operations_of_others(busy):
        answer = busy.post(path, body, person)
        assert answer.status_code == 403, f"{path}: {answer.content!r}"
        assert answer.json()["code"] == "E-CASE-FOREIGN"
    assert busy.get("/cases/case-2", "p-client").json() == before


PAGES = [one for one in ROUTES if not one.operation]


@pytest.mark.parametrize("route", PAGES, ids=lambda one: f"{one.method} {one.path}")
def test_pages_of_one_s_own_send_strangers_to_the_door(busy: Site, route: Route) -> None:
    path = route.path.replace("{secret}", "x").replace("{name}", "x")
    with CaptureQueriesContext(connection) as asked:
        answer = Client().generic(route.method, path)
    assert answer.status_code < 500
    assert len(asked.captured_queries) <= MOST_QUERIES
    if route.access is Access.SIGNED_IN:
        assert (answer.status_code, answer.headers["Location"]) == (302, "/accounts/sign-in")


def test_pages_of_one_s_own_ask_few_questions(busy: Site) -> None:
    client = Client()
    assert sign_in(client, "p-client").status_code == 302
    with CaptureQueriesContext(connection) as asked:
        assert client.get("/accounts/").status_code == 200
    assert len(asked.captured_queries) <= MOST_QUERIES
