"""Signing in, and what is tried instead: guessing, replaying, fixing a session, keeping one, taking an account over."""

import re
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pyotp
import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client

from api.stores import on_both_stores
from api.worlds import PASSWORD, RIVAL_CLIENT, Site, code_now, sign_in
from footproof.certify.record import Actor
from footproof.certify.register import AssignRole, RegisterPerson
from footproof.errors import FootproofError
from footproof.model.bilingual import Bilingual
from footproof.server.accounts import clock, throttle
from footproof.server.accounts.erasure import erase
from footproof.server.accounts.invitations import invite
from footproof.server.accounts.models import Account, Invitation, RecoveryCode, Session, SignIn
from footproof.server.accounts.signing_in import set_password
from footproof.server.accounts.vault import Vault
from store.worlds import CLIENT, REGISTRAR

EMAIL = "p-client@demo.example"
MANAGER = "p-manager"


def cookie(client: Client) -> str:
    return client.cookies["__Host-footproof"].value


def first_factor(client: Client, password: str = PASSWORD, email: str = EMAIL) -> Any:
    return client.post("/accounts/sign-in", {"email": email, "password": password})


def move(monkeypatch: pytest.MonkeyPatch, **after: int) -> None:
    at = clock.now() + timedelta(**after)
    monkeypatch.setattr(clock, "now", lambda: at)


@on_both_stores
def test_both_factors_open_a_session(fresh_site: Site) -> None:
    client = Client()
    assert client.get("/accounts/").headers["Location"] == "/accounts/sign-in"
    assert first_factor(client).headers["Location"] == "/accounts/sign-in/code"
    assert client.get("/accounts/").status_code == 302, "the first factor opens nothing"
    assert client.get("/api/v1/me").status_code == 401
    assert client.post("/accounts/sign-in/code", {"code": code_now()}).headers["Location"] == "/accounts/"
    assert client.get("/accounts/").status_code == 200
    events = list(SignIn.objects.filter(account="p-client").order_by("pk").values_list("event", flat=True))
    assert events == ["first-factor.right", "code.right", "session.began"]


def test_a_session_gets_a_new_key_at_every_step(fresh_site: Site) -> None:
    """Session fixation: a key that an attacker planted is worth nothing after signing in."""
    client = Client()
    client.cookies["__Host-footproof"] = "planted0planted0planted0planted0"
    first_factor(client)
    pending = cookie(client)
    client.post("/accounts/sign-in/code", {"code": code_now()})
    signed = cookie(client)
    assert len({"planted0planted0planted0planted0", pending, signed}) == 3
    thief = Client()
    for key in ("planted0planted0planted0planted0", pending):
        thief.cookies["__Host-footproof"] = key
        assert thief.get("/accounts/").status_code == 302


def test_cookies_are_bound_to_host_and_https(fresh_site: Site) -> None:
    client = Client()
    sign_in(client, "p-client")
    one = client.cookies["__Host-footproof"]
    assert (one["secure"], one["httponly"], one["samesite"], one["domain"], one["path"]) == (True, True, "Lax", "", "/")
    answer = client.get("/accounts/")
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=")
    assert "'unsafe" not in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert answer.headers["Cache-Control"] == "no-store"
    assert not re.search(rb"<script|\son\w+=|style=", answer.content)


def test_the_key_of_a_session_does_not_stand_in_the_database(fresh_site: Site) -> None:
    client = Client()
    sign_in(client, "p-client")
    assert not Session.objects.filter(session_key=cookie(client)).exists()
    thief = Client()
    thief.cookies["__Host-footproof"] = Session.objects.get(account="p-client").session_key
    assert thief.get("/accounts/").status_code == 302


@on_both_stores
def test_a_code_is_good_once(fresh_site: Site) -> None:
    """Replay of a code that was seen over somebody's shoulder."""
    code = code_now()
    first, second = Client(), Client()
    first_factor(first)
    assert first.post("/accounts/sign-in/code", {"code": code}).status_code == 302
    first_factor(second)
    assert second.post("/accounts/sign-in/code", {"code": code}).status_code == 403
    assert second.post("/accounts/sign-in/code", {"code": code_now(30)}).status_code == 302


@pytest.mark.parametrize("after", [-120, 120])
def test_a_code_of_another_time_is_wrong(fresh_site: Site, after: int) -> None:
    client = Client()
    first_factor(client)
    assert client.post("/accounts/sign-in/code", {"code": code_now(after)}).status_code == 403


def test_codes_are_not_guessed(fresh_site: Site) -> None:
    client = Client()
    first_factor(client)
    wrong = "000000" if code_now() != "000000" else "111111"
    answers = [client.post("/accounts/sign-in/code", {"code": wrong}).status_code for _ in range(6)]
    assert answers == [403] * 5 + [429]
    # Neither does the right one help then, nor a new start.
    again = Client()
    first_factor(again)
    assert again.post("/accounts/sign-in/code", {"code": code_now()}).status_code == 429
    events = list(SignIn.objects.filter(account="p-client").order_by("pk").values_list("event", flat=True))
    first = "first-factor.right"
    assert events == [first, *["code.wrong"] * 5, "tries.refused", first], "of those refused the first is noted"


def test_passwords_are_not_guessed_and_nobody_learns_of_accounts(
    fresh_site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def tries(email: str) -> list[tuple[int, bytes]]:
        found = []
        for _ in range(7):
            answer = Client().post("/accounts/sign-in", {"email": email, "password": "wrong wrong wrong"})
            found.append((answer.status_code, re.sub(rb'value="[^"]*"', b"", answer.content)))
        return found

    assert tries(EMAIL) == tries("nobody@demo.example"), "the answers differ"
    assert first_factor(Client()).status_code == 403, "the right password does not help while it is shut"
    move(monkeypatch, minutes=16)
    assert first_factor(Client()).status_code == 302


def test_a_stranger_does_not_keep_somebody_out(fresh_site: Site) -> None:
    """Lock-out as a weapon: failures from one address shut the door for that address."""
    for _ in range(6):
        Client(REMOTE_ADDR="203.0.113.9").post("/accounts/sign-in", {"email": EMAIL, "password": "wrong wrong"})
    assert first_factor(Client(REMOTE_ADDR="198.51.100.7")).status_code == 302


def test_one_address_does_not_try_everybody(fresh_site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    from footproof.server.accounts import signing_in

    monkeypatch.setattr(signing_in, "SIGN_IN_ADDRESS", throttle.Limit("address", 3, timedelta(minutes=15)))
    found = [first_factor(Client(), "wrong wrong", f"p{number}@demo.example").status_code for number in range(5)]
    assert found == [403, 403, 403, 429, 429]
    move(monkeypatch, minutes=16)
    assert [first_factor(Client(), "wrong wrong").status_code for _ in range(5)] == found
    events = list(SignIn.objects.order_by("pk").values_list("event", flat=True))
    assert events == [*["password.wrong"] * 3, "tries.refused"] * 2, "once in a window"


def test_a_session_ends_when_idle_and_ends_at_last(fresh_site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    client = Client()
    sign_in(client, "p-client")
    for _ in range(30):
        move(monkeypatch, minutes=25)
        if client.get("/accounts/").status_code != 200:
            break
    began = Session.objects.filter(account="p-client").exists()
    assert not began, "after twelve hours it is over, however busy"
    sign_in(client, "p-client")
    move(monkeypatch, minutes=29)
    assert client.get("/accounts/").status_code == 200
    move(monkeypatch, minutes=31)
    assert client.get("/accounts/").status_code == 302


def test_sessions_are_listed_and_ended(fresh_site: Site) -> None:
    here, there = Client(), Client(headers={"User-Agent": "elsewhere <b>"})
    sign_in(here, "p-client")
    sign_in(there, "p-client", 30)
    page = here.get("/accounts/").content.decode()
    assert "elsewhere &lt;b&gt;" in page
    name = re.search(r'name="session" value="([0-9a-f]{16})"', page)
    assert name is not None
    here.post("/accounts/sessions/end", {"session": name[1]})
    assert there.get("/accounts/").status_code == 302
    assert here.get("/accounts/").status_code == 200
    stranger = Client()
    sign_in(stranger, "p-reviewer")
    mine = Session.objects.get(account="p-client").session_key[:16]
    stranger.post("/accounts/sessions/end", {"session": mine})
    assert here.get("/accounts/").status_code == 200, "nobody ends the session of somebody else"


def test_a_new_password_ends_all_sessions(fresh_site: Site) -> None:
    here, there = Client(), Client()
    sign_in(here, "p-client")
    sign_in(there, "p-client", 30)
    new = "another quite long phrase"
    form = {"old": PASSWORD, "password": new, "again": new}
    assert here.post("/accounts/password", form | {"old": "wrong wrong wrong"}).status_code == 403
    assert here.post("/accounts/password", form | {"again": "x"}).status_code == 422
    assert here.post("/accounts/password", form).status_code == 302
    assert (here.get("/accounts/").status_code, there.get("/accounts/").status_code) == (200, 302)
    assert first_factor(Client(), new).status_code == 302


@pytest.mark.parametrize("where", ["here", "there"])
def test_a_sign_in_half_done_ends_with_the_password(fresh_site: Site, where: str) -> None:
    """Whoever knew the old password and waits at the second factor begins again, with the new one."""
    new, owner, thief = "another quite long phrase", Client(), Client()
    sign_in(owner, "p-client")
    if where == "here":
        first_factor(thief)
        form = {"old": PASSWORD, "password": new, "again": new}
        assert owner.post("/accounts/password", form).status_code == 302
    else:  # compared before, remembered after: as fast as two requests can be
        slow = Account.objects.get(pk="p-client")
        set_password(Account.objects.get(pk="p-client"), new)
        with patch("footproof.server.accounts.views.check_sign_in", return_value=slow):
            first_factor(thief)
    for answer in (
        thief.get("/accounts/sign-in/code"),
        thief.post("/accounts/sign-in/code", {"code": code_now(30)}),
        thief.get("/accounts/sign-in/enrol"),
    ):
        assert b"E-ACCOUNT-AGAIN" in answer.content
    assert thief.get("/accounts/").status_code == 302
    assert thief.get("/api/v1/me").status_code == 401
    again = Client()
    first_factor(again, new)
    assert again.post("/accounts/sign-in/code", {"code": code_now(30)}).headers["Location"] == "/accounts/"


def test_a_session_that_began_in_the_moment_of_a_new_password_opens_nothing(fresh_site: Site) -> None:
    """Its row was not yet there when the others were deleted."""
    thief = Client()
    first_factor(thief)
    with patch("footproof.server.accounts.signing_in.end_sessions"):
        thief.post("/accounts/sign-in/code", {"code": code_now()})
        assert thief.get("/accounts/").status_code == 200
        set_password(Account.objects.get(pk="p-client"), "another quite long phrase")
    assert Session.objects.filter(account="p-client").exists()
    assert thief.get("/accounts/").status_code == 302
    assert thief.get("/api/v1/me").status_code == 401


@pytest.mark.parametrize("password", ["short", "aaaaaaaaaaaaaaaa", "password123456", "p-client-p-client", "x" * 300])
def test_weak_passwords_are_refused(password: str) -> None:
    from footproof.server.accounts.signing_in import need_password

    with pytest.raises(FootproofError, match="E-ACCOUNT-PASSWORD"):
        need_password(password, EMAIL)


@on_both_stores
def test_what_happened_at_the_door_cannot_be_changed(fresh_site: Site) -> None:
    first_factor(Client(), "wrong wrong wrong")
    for change in (lambda: SignIn.objects.update(event="x"), lambda: SignIn.objects.all().delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
    assert SignIn.objects.get().event == "password.wrong"


def test_the_vault_opens_for_its_owner_alone() -> None:
    vault, other = Vault(b"a" * 32), Vault(b"b" * 32)
    sealed = vault.seal(b"secret", "totp:p1")
    assert vault.open(sealed, "totp:p1") == b"secret"
    for key, data, owner in (
        (other, sealed, "totp:p1"),
        (vault, sealed, "totp:p2"),
        (vault, sealed[:-1] + bytes([sealed[-1] ^ 1]), "totp:p1"),
        (vault, b"", "totp:p1"),
    ):
        with pytest.raises(FootproofError, match="E-ACCOUNT-VAULT"):
            key.open(data, owner)


def link_for(site: Site, person: str, email: str, roles: tuple[str, ...] = ("representative",)) -> str:
    """Return the link of an invitation to the client, registering the person first where needed."""
    if site.get(f"/people/{person}", "p-registrar").status_code == 404:
        site.shop.journal.carry_out(RegisterPerson(person), REGISTRAR, clock.now())
    return "/accounts/invitation/" + invite(REGISTRAR, person, email, CLIENT, roles, clock.now())


@on_both_stores
def test_an_invitation_makes_an_account_with_roles_and_a_second_factor(fresh_site: Site) -> None:
    link = link_for(fresh_site, "p-new", "new@demo.example")
    client = Client()
    assert client.get(link).headers["Location"] == "/accounts/invitation", "the secret leaves the address"
    assert b"new@demo.example" in client.get("/accounts/invitation").content
    weak = client.post("/accounts/invitation", {"password": "short", "again": "short"})
    assert (weak.status_code, Account.objects.filter(pk="p-new").count()) == (422, 0)
    done = client.post("/accounts/invitation", {"password": PASSWORD, "again": PASSWORD})
    assert done.headers["Location"] == "/accounts/sign-in/enrol"
    page = client.get("/accounts/sign-in/enrol").content.decode()
    secret = re.search(r'class="secret">([A-Z2-7]{32})<', page)
    assert secret is not None
    assert b"data:image/svg+xml;base64," in page.encode()
    assert client.get("/accounts/").status_code == 302
    wrong = client.post("/accounts/sign-in/enrol", {"code": "000000"})
    assert wrong.status_code == 403
    codes = client.post("/accounts/sign-in/enrol", {"code": pyotp.TOTP(secret[1]).at(clock.now())})
    recovery = re.findall(r"<li><code>([A-Z2-9-]{19})</code>", codes.content.decode())
    assert len(recovery) == 10
    assert client.get("/api/v1/me").json()["roles"] == ["representative"]
    assert Client().get(link).status_code == 404, "it is used"
    # A recovery code stands in for the app, once.
    for status in (302, 403):
        again = Client()
        first_factor(again, PASSWORD, "new@demo.example")
        assert again.post("/accounts/sign-in/code", {"code": recovery[0].lower()}).status_code == status
    assert RecoveryCode.objects.filter(account="p-new").count() == 9


def test_an_invitation_never_takes_an_account_over(fresh_site: Site) -> None:
    """Whoever invites holds the link: it must not set the password of somebody who has an account."""
    link = link_for(fresh_site, "p-other", EMAIL)
    before = Account.objects.get(pk="p-client").password
    client = Client()
    client.get(link)
    client.post("/accounts/invitation", {"password": "another long phrase", "again": "another long phrase"})
    assert Account.objects.get(pk="p-client").password == before
    assert not Account.objects.filter(pk="p-other").exists()
    # The same for the pseudonym of somebody else.
    second = link_for(fresh_site, "p-client", "evil@demo.example")
    client = Client()
    client.get(second)
    client.post("/accounts/invitation", {"password": "another long phrase", "again": "another long phrase"})
    assert Account.objects.get(pk="p-client").password == before
    thief = Client()
    sign_in(thief, "p-reviewer")
    thief.get(second)
    assert thief.post("/accounts/invitation", {}).status_code == 404


def test_an_invitation_ends(fresh_site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    link = link_for(fresh_site, "p-new", "new@demo.example")
    move(monkeypatch, days=8)
    assert Client().get(link).status_code == 404
    assert Client().get("/accounts/invitation/guess").status_code == 404


def test_only_the_manager_of_an_organisation_invites_to_it(fresh_site: Site) -> None:
    site = fresh_site
    site.shop.journal.carry_out(RegisterPerson("p-new"), REGISTRAR, clock.now())
    body = {"person": "p-new", "email": "new@demo.example", "organisation": site.shop.body, "roles": ["planner"]}
    assert site.post("/invitations", body, "p-manager").status_code == 201
    assert site.post("/invitations", body, "p-rival-manager").json()["code"] == "E-CASE-FOREIGN"
    assert site.post("/invitations", body, "p-reviewer").json()["code"] == "E-API-ROLE"
    assert site.post("/invitations", body | {"email": "none"}, "p-manager").json()["code"] == "E-ACCOUNT-EMAIL"


def test_whoever_invited_must_still_be_allowed_to(fresh_site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site = fresh_site
    site.shop.journal.carry_out(RegisterPerson("p-new"), REGISTRAR, clock.now())
    by = Actor(MANAGER, "manager", site.shop.body)
    link = "/accounts/invitation/" + invite(by, "p-new", "new@demo.example", site.shop.body, ("planner",), clock.now())
    from footproof.certify.register import EndRole

    site.shop.journal.carry_out(EndRole(MANAGER, site.shop.body, "manager"), REGISTRAR, clock.now())
    move(monkeypatch, days=1)
    client = Client()
    client.get(link)
    answer = client.post("/accounts/invitation", {"password": PASSWORD, "again": PASSWORD})
    assert answer.status_code == 403
    assert not Account.objects.filter(pk="p-new").exists()
    assert Invitation.objects.get(person="p-new").used is None


@on_both_stores
def test_what_is_erased_names_nobody_and_what_was_done_stays(fresh_site: Site) -> None:
    client = Client()
    sign_in(client, "p-client")
    erase(Account.objects.get(pk="p-client"))
    assert client.get("/accounts/").status_code == 302
    assert first_factor(Client()).status_code == 403
    assert fresh_site.get("/cases", "p-client").status_code == 401
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            assert EMAIL not in repr(cursor.fetchall()), table
    assert SignIn.objects.filter(account="p-client").exists()


@pytest.mark.parametrize(
    "back", ["https://evil.example", "//evil.example", "/\\evil.example", "/accounts/\\x", "", "/x"]
)
def test_the_choice_of_language_leads_nowhere_else(site: Site, back: str) -> None:
    """Open redirect."""
    answer = Client().post("/accounts/language", {"language": "zh", "back": back})
    assert answer.headers["Location"] == "/accounts/"


def test_pages_are_in_both_languages(site: Site) -> None:
    for asked, words, lang in (("zh-CN", "登录", "zh-Hans"), ("en", "Sign in", "en")):
        page = Client(headers={"Accept-Language": asked}).get("/accounts/sign-in").content.decode()
        assert f"<h1>{words}</h1>" in page
        assert f'<html lang="{lang}">' in page


def test_the_first_registrar_is_invited_once(fresh_site: Site) -> None:
    from footproof.server.accounts.bootstrap import first_invitation

    title = Bilingual("示例运营方（DEMO）", "Example operator (DEMO)")
    with pytest.raises(FootproofError, match="E-ACCOUNT-FIRST"):
        first_invitation("urn:x:operator", title, "p-first", "first@demo.example", clock.now())


def test_a_role_at_another_organisation_shows_at_once(fresh_site: Site) -> None:
    """One truth: no copy of roles stands in the account, the session or the token."""
    assert fresh_site.get("/me", "p-reviewer").json()["roles"] == ["reviewer"]
    ask = AssignRole("p-reviewer", fresh_site.shop.body, "planner")
    manager = Actor(MANAGER, "manager", fresh_site.shop.body)
    fresh_site.shop.journal.carry_out(ask, manager, clock.now())
    assert fresh_site.get("/me", "p-reviewer").json()["roles"] == ["planner", "reviewer"]
    assert RIVAL_CLIENT not in fresh_site.get("/me", "p-reviewer").content.decode()
