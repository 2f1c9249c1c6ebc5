"""Attacks on the interface, each with what it would win."""

import json
import logging
import sqlite3
import statistics
import time
from contextlib import closing
from datetime import timedelta

import pytest
from django.db import InterfaceError, OperationalError, connection
from django.test import Client

from api.stores import on_both_stores
from api.worlds import PASSWORD, RIVAL_CLIENT, Site, sign_in
from footproof.certify.record import Actor
from footproof.server.accounts import clock, throttle
from footproof.server.accounts.models import Account
from footproof.server.api.models import Answer, Token
from footproof.server.api.tokens import make_token
from footproof.server.store.journal import Ask
from store.worlds import CLIENT

NEW = {"id": "urn:x:new", "kind": "client", "title": {"zh": "示例", "en": "DEMO"}, "place": "CN", "demonstration": True}


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"grants": [{"id": "g", "kind": "approval"}]}, "grants"),
        ({"staff": []}, "staff"),
        ({"by": {"person": "p-regulator", "role": "regulator"}}, "by"),
        ({"title": {"zh": "示例", "en": "DEMO", "fr": "x"}}, "fr"),
    ],
)
def test_members_that_no_operation_has_are_refused(site: Site, more: dict[str, object], field: str) -> None:
    """Mass assignment: to give oneself what only events give."""
    answer = site.post("/organisations", NEW | more, "p-registrar")
    assert (answer.status_code, answer.json()["code"]) == (422, "E-API-FIELDS")
    assert field in json.dumps(answer.json()["fields"])


def test_the_actor_is_never_taken_from_the_request(fresh_site: Site) -> None:
    """To act as somebody else: headers name a role and an organisation, never a person; both are checked."""
    answer = fresh_site.post(
        "/organisations",
        NEW,
        "p-client",
        Footproof_Role="registrar",
        Footproof_Organisation="urn:footproof:demo:registrar",
    )
    assert (answer.status_code, answer.json()["code"]) == (403, "E-API-ROLE")
    assert fresh_site.get("/me", "p-client", Footproof_Organisation=RIVAL_CLIENT).json()["organisation"] == CLIENT


@pytest.mark.parametrize(
    "body",
    [
        b'{"a":' * 2000 + b"1" + b"}" * 2000,
        b'{"id":"a","id":"b"}',
        b'{"id":NaN}',
        b'{"id":1e999999}',
        b"\xff\xfe{}",
        b"[]",
        b"null",
        b'{"id":"\\ud800"}',
        b"",
    ],
    ids=["depth", "twice", "nan", "huge", "utf-16", "list", "null", "half-pair", "empty"],
)
def test_json_that_readers_understand_differently_or_bombs_is_refused(site: Site, body: bytes) -> None:
    answer = site.post("/organisations", body, "p-registrar")
    assert answer.status_code in (400, 422)
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_a_body_beyond_its_size_is_refused_before_it_is_read(site: Site) -> None:
    answer = site.post("/organisations", b'{"id":"' + b"a" * 2**20 + b'"}', "p-registrar")
    assert (answer.status_code, answer.json()["code"]) == (413, "E-API-SIZE")
    long = site.post("/organisations", NEW | {"place": "x" * 5000}, "p-registrar")
    assert long.status_code == 422


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_only_json_is_read(site: Site, kind: str) -> None:
    """What a form of another page can send without asking first is not read."""
    answer = site.call("POST", "/organisations", "p-registrar", json.dumps(NEW).encode(), content_type=kind)
    assert (answer.status_code, answer.json()["code"]) == (415, "E-API-TYPE")


def test_a_session_needs_the_token_against_forged_requests(fresh_site: Site) -> None:
    """CSRF: a page somebody has open elsewhere posts with the browser's cookie."""
    client = Client(enforce_csrf_checks=True)
    page = client.get("/accounts/sign-in")
    token = page.cookies[_csrf()].value
    from api.worlds import PASSWORD, code_now

    head = {"X-CSRFToken": token}
    client.post("/accounts/sign-in", {"email": "p-registrar@demo.example", "password": PASSWORD}, headers=head)
    head = {"X-CSRFToken": client.cookies[_csrf()].value}
    client.post("/accounts/sign-in/code", {"code": code_now()}, headers=head)
    assert client.get("/api/v1/me").json()["person"] == "p-registrar"
    forged = client.post("/api/v1/organisations", json.dumps(NEW), "application/json")
    assert (forged.status_code, forged.json()["code"]) == (403, "E-API-CSRF")
    old = client.post("/api/v1/organisations", json.dumps(NEW), "application/json", headers={"X-CSRFToken": "x" * 64})
    assert old.status_code == 403
    head = {"X-CSRFToken": client.cookies[_csrf()].value}
    assert client.post("/api/v1/organisations", json.dumps(NEW), "application/json", headers=head).status_code == 201


def _csrf() -> str:
    from django.conf import settings

    return str(settings.CSRF_COOKIE_NAME)


@pytest.mark.parametrize(
    "header",
    ["Bearer", "Bearer fp_0000000000000000_" + "A" * 43, "Basic cDpw", "Bearer fp_x_y", "Bearer " + "x" * 5000, "fp"],
)
def test_what_is_no_token_opens_nothing_not_even_what_is_public(site: Site, header: str) -> None:
    answer = Client().get("/api/v1/schemes", headers={"Authorization": header})
    assert (answer.status_code, answer.json()["code"]) == (401, "E-API-TOKEN")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_token_ends_with_its_time_its_account_and_its_role(fresh_site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    assert fresh_site.get("/cases", "p-client").status_code == 200
    at = clock.now()
    monkeypatch.setattr(clock, "now", lambda: at + timedelta(days=31))
    assert fresh_site.get("/cases", "p-client").status_code == 401
    monkeypatch.setattr(clock, "now", lambda: at)
    Account.objects.filter(pk="p-client").update(is_active=False)
    assert fresh_site.get("/cases", "p-client").status_code == 401
    Account.objects.filter(pk="p-client").update(is_active=True)
    from footproof.certify.register import EndEngagement

    by = Actor("p-registrar", "registrar", "urn:footproof:demo:registrar")
    outcome = fresh_site.shop.journal.carry_out_many([Ask(EndEngagement("p-client", CLIENT), by, at)])
    assert isinstance(outcome[0], tuple), outcome
    for later in (timedelta(), timedelta(days=1)):  # at once, though the day of its end still counts as worked
        monkeypatch.setattr(clock, "now", lambda later=later: at + later)
        answer = fresh_site.get("/cases", "p-client")
        assert (answer.status_code, answer.json()["code"]) == (403, "E-API-ROLE")


def test_a_token_can_do_no_more_than_its_owner(site: Site) -> None:
    """To make a token with a role of somebody else."""
    from footproof.errors import FootproofError

    account = Account.objects.get(pk="p-client")
    for scopes in (["act:registrar"], ["admin"], [], ["read", "act:*"]):
        with pytest.raises(FootproofError, match="E-API-SCOPES"):
            make_token(account, CLIENT, ("representative",), "x", scopes, timedelta(days=1), clock.now())
    with pytest.raises(FootproofError, match="E-API-LIFETIME"):
        make_token(account, CLIENT, ("representative",), "x", ["read"], timedelta(days=4000), clock.now())


@on_both_stores
def test_no_secret_stands_in_the_database(fresh_site: Site) -> None:
    """A stolen copy of the database opens nothing: neither tokens, nor answers kept for repetition, nor webhooks."""
    hook = {"url": "https://hooks.footproof.example/in", "kinds": ["certificate.issued"]}
    made = fresh_site.post("/webhooks", hook, "p-client", Idempotency_Key="k1").json()
    secret = made["secret"].removeprefix("whsec_")
    from django.db import connection

    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            found += [repr(row) for row in cursor.fetchall()]
    text = "\n".join(found)
    assert secret not in text
    assert not any(token.split("_", 2)[2] in text for token in fresh_site.tokens.values())
    assert "JBSWY3DPEHPK3PXP" not in text
    assert bytes(Answer.objects.get().body) != b""


def test_what_the_server_fails_at_shows_nothing_of_its_inside(
    fresh_site: Site, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from footproof.server.api import readings

    def broken(*_: object) -> None:
        raise RuntimeError("SELECT secret FROM /var/lib/inside")

    monkeypatch.setattr(readings, "from_json", broken)
    with caplog.at_level(logging.ERROR, "footproof.api"):
        answer = fresh_site.get(f"/organisations/{CLIENT}")
    assert answer.status_code == 500
    assert answer.json()["code"] == "E-API-INTERNAL"
    assert b"inside" not in answer.content
    assert b"Traceback" not in answer.content


def test_tokens_stand_in_no_log(
    fresh_site: Site, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    secret = fresh_site.tokens["p-client"]
    with caplog.at_level(logging.DEBUG):
        for path in ("/cases", "/cases/none", "/no-such", "/certificates/none"):
            fresh_site.get(path, "p-client")
        Client().get(f"/accounts/invitation/{secret}")
        Client().get("/api/v1/cases", headers={"Authorization": f"Bearer {secret}x"})
    told = caplog.text + "".join(capfd.readouterr())
    assert secret.split("_", 2)[2] not in told


@pytest.mark.parametrize("path", ["/%0d%0aSet-Cookie:%20a=b", "/cases/%0d%0aX:%20y", "/objects/..%2f..%2fetc", "/%00"])
def test_headers_and_paths_are_not_injected(site: Site, path: str) -> None:
    answer = site.get(path, "p-client")
    assert answer.status_code in (400, 404, 422)
    assert "X" not in answer.headers
    assert not answer.cookies


def test_a_scheme_is_never_a_path(fresh_site: Site, tmp_path_factory: pytest.TempPathFactory) -> None:
    """To make the server read a folder as a scheme of one's own making."""
    from footproof.errors import FootproofError
    from footproof.server.accounts import here

    folder = tmp_path_factory.mktemp("scheme")
    for name in (str(folder), "./x", "../x", "/etc"):
        with pytest.raises(FootproofError, match="E-SCHEME-UNKNOWN"):
            _real_find_scheme(here, name)
    assert fresh_site.get("/schemes/..%2F..%2Fx").status_code == 404


def _real_find_scheme(here: object, name: str) -> None:
    import importlib.util

    source = importlib.util.find_spec("footproof.server.accounts.here")
    assert source is not None
    assert source.loader is not None
    again = importlib.util.module_from_spec(source)
    source.loader.exec_module(again)
    again.find_scheme(name)


@on_both_stores
def test_calls_are_limited(fresh_site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    from footproof.server.api import callers

    monkeypatch.setattr(callers, "API", throttle.Limit("api", 3, timedelta(minutes=1)))
    answers = [fresh_site.get("/me", "p-client") for _ in range(5)]
    assert [one.status_code for one in answers] == [200, 200, 200, 429, 429]
    assert int(answers[-1].headers["Retry-After"]) == 60
    assert fresh_site.get("/me", "p-reviewer").status_code == 200
    at = clock.now()
    monkeypatch.setattr(clock, "now", lambda: at + timedelta(minutes=2))
    assert fresh_site.get("/me", "p-client").status_code == 200


def test_calls_are_counted_in_memory_within_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttle, "MOST_WINDOWS", 2)
    calls, limit, at = throttle.Calls(), throttle.Limit("x", 3, timedelta(minutes=1)), clock.now()
    assert [calls.made(limit, "a", at) for _ in range(3)] == [1, 2, 3]
    assert calls.made(limit, "b", at) == 1
    assert calls.made(limit, "a", at + timedelta(seconds=59)) == 4
    assert calls.made(limit, "a", at + timedelta(seconds=60)) == 1
    assert calls.made(limit, "c", at) == 1
    assert len(calls._windows) == 2
    assert calls.made(limit, "a", at) == 2, "the window that began first was forgotten"


def test_who_writes_keeps_nobody_from_reading(
    fresh_site: Site,
) -> None:
    """SQLite has one write lock; a call that takes it waits for the slowest writer."""
    if connection.vendor != "sqlite":
        pytest.skip("SQLite")
    fresh_site.get("/me", "p-client")  # that a token was used is noted once a minute
    with closing(sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        begun = time.monotonic()
        assert fresh_site.get("/certificates").status_code == 200
        assert fresh_site.get("/cases", "p-client").status_code == 200
        assert time.monotonic() - begun < 10
        other.execute("ROLLBACK")


@pytest.mark.parametrize("failure", [OperationalError, InterfaceError])
def test_a_database_that_does_not_answer_is_said_to_be_one(fresh_site: Site, failure: type[Exception]) -> None:
    def fails(*_: object) -> None:
        raise failure('connection to server at "10.9.8.7", port 5432 failed')

    browser = Client(raise_request_exception=False)
    with connection.execute_wrapper(fails):
        answers = [
            fresh_site.get("/certificates"),
            fresh_site.get("/me", "p-client"),
            fresh_site.post("/cases/case-9/withdrawal", {}, "p-client"),
            browser.post("/accounts/sign-in", {"email": "a@demo.example", "password": PASSWORD}),
        ]
    for answer in answers:
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5"), answer.content
        assert b"10.9.8.7" not in answer.content
    assert {one.json()["code"] for one in answers[:3]} == {"E-STORE-UNAVAILABLE"}
    assert answers[3].headers["Content-Type"].startswith("text/plain")


def test_guessing_tokens_is_limited_as_well(fresh_site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    from footproof.server.api import callers

    monkeypatch.setattr(callers, "PUBLIC", throttle.Limit("public", 3, timedelta(minutes=1)))
    wrong = {"Authorization": "Bearer fp_0000000000000000_" + "A" * 43}
    assert [Client().get("/api/v1/me", headers=wrong).status_code for _ in range(5)] == [401, 401, 401, 429, 429]


def test_cross_origin_pages_read_nothing(site: Site) -> None:
    answer = Client().get("/api/v1/schemes", headers={"Origin": "https://evil.example"})
    assert not any(name.lower().startswith("access-control") for name in answer.headers)
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_token_never_makes_a_token_and_a_session_does(fresh_site: Site) -> None:
    """A leaked token is not a way to stay."""
    body = {"title": "x", "scopes": ["read"], "days": 30}
    assert fresh_site.post("/tokens", body, "p-client").json()["code"] == "E-API-SCOPE"
    client = Client()
    sign_in(client, "p-client")
    made = client.post("/api/v1/tokens", json.dumps(body), "application/json")
    assert made.status_code == 201
    listed = client.get("/api/v1/tokens").json()["items"]
    assert made.json()["token"] not in json.dumps(listed)
    mine = [one for one in listed if one["id"] == made.json()["id"]]
    assert mine[0]["scopes"] == ["read"]
    other = Token.objects.filter(account="p-reviewer").first()
    assert other is not None
    assert client.delete(f"/api/v1/tokens/{other.pk}").status_code == 404
    assert client.delete(f"/api/v1/tokens/{made.json()['id']}").status_code == 204


def test_the_time_of_a_wrong_sign_in_says_nothing(fresh_site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Timing: whether an e-mail has an account. The work is the same; here measured, with room for a busy machine."""
    from footproof.server.accounts import signing_in

    for name in ("SIGN_IN_PAIR", "SIGN_IN_ACCOUNT", "SIGN_IN_ADDRESS"):
        monkeypatch.setattr(signing_in, name, throttle.Limit(name, 10**6, timedelta(minutes=1)))

    def spent(email: str) -> float:
        begin = time.perf_counter()
        answer = Client().post("/accounts/sign-in", {"email": email, "password": "wrong wrong wrong"})
        assert answer.status_code == 403
        return time.perf_counter() - begin

    spent("nobody@demo.example")
    pairs = [(spent("p-client@demo.example"), spent("nobody@demo.example")) for _ in range(8)]
    known, unknown = (statistics.median(times) for times in zip(*pairs, strict=True))
    assert 0.5 < known / unknown < 2
