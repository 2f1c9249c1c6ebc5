"""Who invites whom, and how access is taken away and given back: nobody enters as somebody else by either."""

import re
from datetime import timedelta
from typing import Any, get_args

import pyotp
import pytest
from click.testing import CliRunner
from django.test import Client

from api.stores import on_both_stores
from api.worlds import LABORATORY, PASSWORD, RIVAL_BODY, Site, sign_in
from footproof.certify.people import (
    Duty,
    Engagement,
    Organisation,
    Person,
    PersonEngaged,
    PersonRegistered,
    RoleAssigned,
    Staff,
    StaffJoined,
)
from footproof.certify.record import Actor, Stamp, Step
from footproof.certify.register import AssignRole, EndEngagement, EndRole, EngagePerson, RegisterPerson
from footproof.errors import FootproofError
from footproof.server.accounts import clock
from footproof.server.accounts.charge import CHANGES
from footproof.server.accounts.invitations import invite
from footproof.server.accounts.models import Account, Identity, Invitation, RecoveryCode, SignIn
from footproof.server.api.charges import AccountChange
from footproof.server.api.models import Token
from store.worlds import CLIENT, DAY, REGISTRAR

NEW = "another quite long phrase"


def test_command_line_and_interface_change_accounts_alike() -> None:
    from footproof.cli.account import account

    asked = AccountChange.model_fields["do"].annotation
    assert set(CHANGES) == set(get_args(asked)) == account.commands.keys() - {"invite", "reset", "record"}


def engaged(site: Site, person: str, *homes: tuple[str, str, str]) -> None:
    """Register somebody without an account who works and has a role at organisations of a kind."""
    steps = [Step(Person, person, PersonRegistered(person))]
    for home, kind, role in homes:
        steps.append(Step(Person, person, PersonEngaged(Engagement(home, kind, DAY))))
        steps.append(Step(Person, person, RoleAssigned(Duty(home, role, DAY))))
    with site.shop.journal._unit() as unit:
        unit.add(tuple(steps), Stamp(REGISTRAR, clock.now()))


def asked(person: str, organisation: str, *roles: str) -> dict[str, Any]:
    return {"person": person, "email": "me@evil.example", "organisation": organisation, "roles": list(roles)}


def code_of(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code", "")


def manager_of_the_laboratory(site: Site) -> Actor:
    """Give the laboratory a manager, who has a token for it."""
    with site.shop.journal._unit() as unit:
        duty = RoleAssigned(Duty(LABORATORY, "manager", DAY))
        unit.add((Step(Person, "p-laboratory", duty),), Stamp(REGISTRAR, clock.now()))
    Token.objects.filter(account="p-laboratory").update(scopes=["read", "act:manager"])
    return Actor("p-laboratory", "manager", LABORATORY)


# ---- invitations take no pseudonym over


@on_both_stores
def test_nobody_invites_a_pseudonym_that_has_roles_elsewhere(fresh_site: Site) -> None:
    """Two laboratories are allowed at a time: the manager of one would hold the roles at the other."""
    site = fresh_site
    manager_of_the_laboratory(site)
    engaged(site, "p-other", ("urn:footproof:demo:other-laboratory", "laboratory", "assessor"))
    engaged(site, "p-both", (RIVAL_BODY, "body", "decision-maker"), (LABORATORY, "laboratory", "assessor"))
    for person in ("p-other", "p-both"):
        answer = site.post("/invitations", asked(person, LABORATORY, "assessor"), "p-laboratory")
        assert code_of(answer) == (403, "E-ACCOUNT-ELSEWHERE")
    assert not Invitation.objects.exists()
    engaged(site, "p-own", (LABORATORY, "laboratory", "assessor"))
    assert site.post("/invitations", asked("p-own", LABORATORY, "assessor"), "p-laboratory").status_code == 201


def test_a_pseudonym_that_got_roles_elsewhere_meanwhile_is_not_taken_over(fresh_site: Site) -> None:
    site = fresh_site
    by = manager_of_the_laboratory(site)
    engaged(site, "p-own", (LABORATORY, "laboratory", "assessor"))
    link = "/accounts/invitation/" + invite(by, "p-own", "me@evil.example", LABORATORY, ("assessor",), clock.now())
    elsewhere = RoleAssigned(Duty("urn:footproof:demo:other-laboratory", "assessor", DAY))
    with site.shop.journal._unit() as unit:
        unit.add((Step(Person, "p-own", elsewhere),), Stamp(REGISTRAR, clock.now()))
    client = Client()
    client.get(link)
    answer = client.post("/accounts/invitation", {"password": PASSWORD, "again": PASSWORD})
    assert (answer.status_code, b"E-ACCOUNT-ELSEWHERE" in answer.content) == (403, True)
    assert not Account.objects.filter(pk="p-own").exists()


def test_the_registrar_does_not_invite_where_there_is_a_manager(fresh_site: Site) -> None:
    """It may not give a role there (I15), and so not take one that is held."""
    site, body = fresh_site, fresh_site.shop.body
    day = clock.now()
    manager = Actor("p-manager", "manager", body)
    with site.shop.journal._unit() as unit:
        unit.add((Step(Organisation, body, StaffJoined(Staff("p-manager", True, None))),), Stamp(REGISTRAR, day))
    site.shop.journal.carry_out(RegisterPerson("p-new"), REGISTRAR, day)
    site.shop.journal.carry_out(EngagePerson("p-new", body, DAY), manager, day)
    site.shop.journal.carry_out(AssignRole("p-new", body, "decision-maker"), manager, day)
    for role in ("decision-maker", "planner"):
        answer = site.post("/invitations", asked("p-new", body, role), "p-registrar")
        assert code_of(answer) == (403, "E-ROLE-OPERATION")
    assert site.post("/invitations", asked("p-new", body, "decision-maker"), "p-manager").status_code == 201


@pytest.mark.parametrize("roles", [("nonsense",), ("registrar",), ("representative", "registrar"), ("manager",)])
def test_only_roles_that_could_be_given_are_offered(fresh_site: Site, roles: tuple[str, ...]) -> None:
    fresh_site.shop.journal.carry_out(RegisterPerson("p-new"), REGISTRAR, clock.now())
    answer = fresh_site.post("/invitations", asked("p-new", CLIENT, *roles), "p-registrar")
    assert code_of(answer) == (422, "E-CASE-WORD")
    assert not Invitation.objects.exists()
    person = fresh_site.shop.journal.find(Person, "p-new")
    assert person is not None
    assert not person.engagements, "asking whether it could be given gives nothing"


def test_invitations_are_listed_and_withdrawn(fresh_site: Site) -> None:
    site = fresh_site
    site.shop.journal.carry_out(RegisterPerson("p-new"), REGISTRAR, clock.now())
    link = site.post("/invitations", asked("p-new", CLIENT, "representative"), "p-registrar").json()["link"]
    assert site.get("/invitations", "p-manager").json()["items"] == [], "they are for another organisation"
    assert code_of(site.get("/invitations", "p-client")) == (403, "E-API-ROLE")
    [row] = site.get("/invitations", "p-registrar").json()["items"]
    assert (row["person"], row["by"], row["id"] in link) == ("p-new", "p-registrar", False)
    assert code_of(site.call("DELETE", f"/invitations/{row['id']}", "p-manager")) == (404, "E-API-UNKNOWN")
    assert site.call("DELETE", f"/invitations/{row['id']}", "p-registrar").status_code == 204
    assert Client().get("/accounts/invitation/" + link.rpartition("/")[2]).status_code == 404
    found = SignIn.objects.order_by("pk").values_list("account", "event", "by")
    assert list(found) == [
        ("p-new", "invitation.made", "p-registrar"),
        ("p-new", "invitation.withdrawn", "p-registrar"),
        ("", "invitation.wrong", None),
    ]


def test_open_invitations_are_limited(fresh_site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    from footproof.server.accounts import invitations

    monkeypatch.setattr(invitations, "MOST_OPEN", 1)
    fresh_site.shop.journal.carry_out(RegisterPerson("p-new"), REGISTRAR, clock.now())
    body = asked("p-new", CLIENT, "representative")
    assert fresh_site.post("/invitations", body, "p-registrar").status_code == 201
    assert code_of(fresh_site.post("/invitations", body, "p-registrar")) == (422, "E-ACCOUNT-OPEN")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_manager_who_tries_a_pseudonym_does_not_learn_where_it_works(fresh_site: Site, lang: str) -> None:
    site = fresh_site
    engaged(site, "p-both", (LABORATORY, "laboratory", "assessor"))
    for person, manager, home in (
        ("p-planner", "p-rival-manager", RIVAL_BODY),
        ("p-both", "p-manager", site.shop.body),
        ("p-planner", "p-manager", site.shop.body),
    ):
        body = {"organisation": home, "first": DAY.isoformat()}
        answer = site.post(f"/people/{person}/engagements", body, manager, accept_language=lang)
        assert code_of(answer) == (422, "E-PERSON-BODY")
        text = answer.content.decode()
        assert not [one for one in (site.shop.body, LABORATORY, RIVAL_BODY) if one in text]


# ---- what was taken away opens nothing


@on_both_stores
@pytest.mark.parametrize("whole", [True, False])
def test_a_role_that_was_ended_opens_nothing_from_then_on(fresh_site: Site, whole: bool) -> None:
    site, body = fresh_site, fresh_site.shop.body
    site.shop.ready("case-1")
    assert site.get("/cases/case-1", "p-decision-maker").status_code == 200
    end = EndEngagement("p-decision-maker", body) if whole else EndRole("p-decision-maker", body, "decision-maker")
    site.shop.journal.carry_out(end, Actor("p-manager", "manager", body), clock.now())
    for path in ("/me", "/cases/case-1"):
        assert code_of(site.get(path, "p-decision-maker")) == (403, "E-API-ROLE"), path
    person = site.shop.journal.find(Person, "p-decision-maker")
    assert person is not None
    assert whole or person.holds("decision-maker", body, DAY), "what was done in it stands"


def test_an_inviter_who_lost_the_role_today_gives_none(fresh_site: Site) -> None:
    site, body = fresh_site, fresh_site.shop.body
    site.shop.journal.carry_out(RegisterPerson("p-new"), REGISTRAR, clock.now())
    by = Actor("p-manager", "manager", body)
    link = "/accounts/invitation/" + invite(by, "p-new", "new@demo.example", body, ("planner",), clock.now())
    site.shop.journal.carry_out(EndRole("p-manager", body, "manager"), REGISTRAR, clock.now())
    client = Client()
    client.get(link)
    assert client.post("/accounts/invitation", {"password": PASSWORD, "again": PASSWORD}).status_code == 403
    assert not Account.objects.filter(pk="p-new").exists()


@on_both_stores
def test_a_locked_account_opens_nothing_and_only_the_registrar_unlocks(fresh_site: Site) -> None:
    site = fresh_site
    client = Client()
    sign_in(client, "p-reviewer")
    path = "/people/p-reviewer/account"
    invite(REGISTRAR, "p-client", "p-client@demo.example", CLIENT, ("representative",), clock.now())
    Invitation.objects.update(by_person="p-reviewer")
    assert code_of(site.post(path, {"do": "lock"}, "p-planner")) == (403, "E-API-ROLE")
    assert code_of(site.post(path, {"do": "lock"}, "p-rival-manager")) == (404, "E-API-UNKNOWN")
    assert code_of(site.post(path, {"do": "open"}, "p-manager")) == (422, "E-API-FIELDS")
    done = site.post(path, {"do": "lock"}, "p-manager")
    assert (done.status_code, done.json()["locked"], done.json()["sessions"], done.json()["tokens"]) == (
        201,
        True,
        0,
        0,
    )
    assert not Invitation.objects.exists(), "whom a thief invited does not come in afterwards"
    assert done.json()["events"][0] | {"at": ""} == {"at": "", "event": "account.locked", "by": "p-manager"}
    assert client.get("/accounts/").status_code == 302
    assert site.get("/me", "p-reviewer").status_code == 401
    assert (
        client.post("/accounts/sign-in", {"email": "p-reviewer@demo.example", "password": PASSWORD}).status_code == 403
    )
    assert code_of(site.post(path, {"do": "unlock"}, "p-manager")) == (403, "E-API-ROLE")
    assert site.post(path, {"do": "unlock"}, "p-registrar").json()["locked"] is False
    assert sign_in(Client(), "p-reviewer", 30).headers["Location"] == "/accounts/"
    assert site.get("/me", "p-reviewer").status_code == 401, "its tokens ended for good"


def test_a_manager_locks_nobody_who_works_elsewhere_too(fresh_site: Site) -> None:
    site = fresh_site
    manager_of_the_laboratory(site)
    engaged(site, "p-both", (LABORATORY, "laboratory", "assessor"), (RIVAL_BODY, "body", "planner"))
    for answer in (
        site.post("/people/p-both/account", {"do": "lock"}, "p-laboratory"),
        site.get("/people/p-both/account", "p-laboratory"),
    ):
        assert code_of(answer) == (403, "E-ACCOUNT-ELSEWHERE")
    assert code_of(site.get("/people/p-both/account", "p-registrar")) == (404, "E-ACCOUNT-UNKNOWN")


def test_access_ends_at_once_and_is_had_again(fresh_site: Site) -> None:
    site = fresh_site
    client = Client()
    sign_in(client, "p-reviewer")
    assert site.post("/people/p-reviewer/account", {"do": "end-access"}, "p-manager").json()["sessions"] == 0
    assert (client.get("/accounts/").status_code, site.get("/me", "p-reviewer").status_code) == (302, 401)
    assert sign_in(Client(), "p-reviewer", 30).status_code == 302


def test_a_new_password_ends_tokens(fresh_site: Site) -> None:
    client = Client()
    sign_in(client, "p-client")
    assert fresh_site.get("/me", "p-client").status_code == 200
    assert client.post("/accounts/password", {"old": PASSWORD, "password": NEW, "again": NEW}).status_code == 302
    assert fresh_site.get("/me", "p-client").status_code == 401
    assert not Token.objects.filter(account="p-client").exists()


# ---- the operator's commands


def command(site: Site, *words: str) -> str:
    from footproof.cli.account import account

    folder = str(site.shop.workspace.folder)
    done = CliRunner().invoke(account, [words[0], "--dir", folder, *words[1:]], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


@on_both_stores
def test_a_lost_phone_is_replaced_by_the_operator_alone(fresh_site: Site) -> None:
    site = fresh_site
    old = Client()
    sign_in(old, "p-client")
    account = Account.objects.get(pk="p-client")
    Identity.objects.create(account=account, issuer="https://id.example", subject="1")
    RecoveryCode.objects.create(account=account, digest="0" * 64)
    link = re.search(r"/accounts/invitation/\S+", command(site, "reset", "p-client"))
    assert link is not None
    assert old.get("/accounts/").status_code == 302
    assert site.get("/me", "p-client").status_code == 401
    email = {"email": "p-client@demo.example"}
    assert Client().post("/accounts/sign-in", email | {"password": PASSWORD}).status_code == 403
    assert [Identity.objects.count(), RecoveryCode.objects.count()] == [0, 0]
    client = Client()
    client.get(link[0])
    page = client.get("/accounts/invitation").content.decode()
    assert "p-client@demo.example" in page
    assert client.post("/accounts/invitation", {"password": NEW, "again": "x"}).status_code == 422
    done = client.post("/accounts/invitation", {"password": NEW, "again": NEW})
    assert done.headers["Location"] == "/accounts/sign-in/enrol"
    assert client.get("/accounts/").status_code == 302, "the second factor is set up first"
    assert Client().get(link[0]).status_code == 404, "it is used"
    events = list(SignIn.objects.filter(account="p-client").order_by("pk").values_list("event", flat=True))
    assert events[-4:] == ["account.reset", "password.wrong", "account.restored", "first-factor.right"]


def half_in(person: str) -> Client:
    """Return a browser that gave the right password and waits at the second factor."""
    client = Client()
    form = {"email": f"{person}@demo.example", "password": PASSWORD}
    assert client.post("/accounts/sign-in", form).status_code == 302
    return client


def enrolled(client: Client) -> Any:
    """Set up an app in a browser and return the last answer."""
    page = client.get("/accounts/sign-in/enrol").content.decode()
    secret = re.search(r'class="secret">([A-Z2-7]{32})<', page)
    code = pyotp.TOTP(secret[1]).at(clock.now()) if secret else "000000"
    return client.post("/accounts/sign-in/enrol", {"code": code})


@on_both_stores
@pytest.mark.parametrize("opened", [False, True])
def test_a_sign_in_half_done_does_not_outlive_a_reset(fresh_site: Site, opened: bool) -> None:
    """Without a second factor the next page would let whoever had the old password set up one of his own."""
    site, thief, owner = fresh_site, half_in("p-client"), Client()
    link = re.search(r"/accounts/invitation/\S+", command(site, "reset", "p-client"))
    assert link is not None
    owner.get(link[0])
    if opened:
        assert owner.post("/accounts/invitation", {"password": NEW, "again": NEW}).status_code == 302
    assert b"E-ACCOUNT-AGAIN" in thief.get("/accounts/sign-in/enrol").content
    assert b"E-ACCOUNT-AGAIN" in enrolled(thief).content
    assert (thief.get("/accounts/").status_code, thief.get("/api/v1/me").status_code) == (302, 401)
    if not opened:
        assert owner.post("/accounts/invitation", {"password": NEW, "again": NEW}).status_code == 302
    assert enrolled(owner).status_code == 200
    assert owner.get("/api/v1/me").json()["person"] == "p-client"
    assert thief.get("/accounts/").status_code == 302


def test_the_link_after_a_reset_clears_what_was_left_behind(fresh_site: Site) -> None:
    """An app, codes, an identity or a token that came in the moment of the reset would shut the owner out."""
    from footproof.server.accounts.charge import account_named, renew

    kept = Token.objects.get(account="p-client")
    secret = renew(account_named("p-client"), clock.now())
    account = account_named("p-client")
    account.totp = b"of the thief"
    account.save()
    kept.save(force_insert=True)
    RecoveryCode.objects.create(account=account, digest="0" * 64)
    Identity.objects.create(account=account, issuer="https://id.example", subject="1")
    owner = Client()
    owner.get(f"/accounts/invitation/{secret}")
    done = owner.post("/accounts/invitation", {"password": NEW, "again": NEW})
    assert done.headers["Location"] == "/accounts/sign-in/enrol"
    assert [Identity.objects.count(), RecoveryCode.objects.count()] == [0, 0]
    assert fresh_site.get("/me", "p-client").status_code == 401
    assert enrolled(owner).status_code == 200
    assert owner.get("/accounts/").status_code == 200


def test_an_invitation_opens_for_its_owner_after_a_stranger_tried(fresh_site: Site) -> None:
    fresh_site.shop.journal.carry_out(RegisterPerson("p-new"), REGISTRAR, clock.now())
    link = "/accounts/invitation/" + invite(
        REGISTRAR, "p-new", "new@demo.example", CLIENT, ("representative",), clock.now()
    )
    stranger = Client()
    assert stranger.post("/accounts/sign-in", {"email": "new@demo.example", "password": NEW}).status_code == 403
    assert b"E-ACCOUNT-AGAIN" in enrolled(stranger).content
    owner = Client()
    owner.get(link)
    assert owner.post("/accounts/invitation", {"password": NEW, "again": NEW}).status_code == 302
    assert enrolled(owner).status_code == 200
    assert b"E-ACCOUNT-AGAIN" in enrolled(stranger).content


def test_a_link_to_start_anew_ends_and_gives_nothing_to_others(
    fresh_site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    from footproof.server.accounts.charge import account_named, renew, restore
    from footproof.server.accounts.erasure import erase
    from footproof.server.accounts.invitations import accept_new, accept_signed_in

    account = account_named("p-client")
    secret = renew(account, clock.now())
    row = Invitation.objects.get()
    for refused in (
        lambda: accept_signed_in(row, account, clock.now()),
        lambda: accept_new(row, NEW, "en", clock.now()),
    ):
        with pytest.raises(FootproofError, match="E-ACCOUNT-INVITATION"):
            refused()
    assert fresh_site.get("/invitations", "p-registrar").json()["items"] == []
    at = clock.now() + timedelta(hours=25)
    with pytest.raises(FootproofError, match="E-ACCOUNT-INVITATION"):
        restore(row, NEW, at)
    monkeypatch.setattr(clock, "now", lambda: at)
    assert Client().get(f"/accounts/invitation/{secret}").status_code == 404
    erase(account)
    with pytest.raises(FootproofError, match="E-ACCOUNT-UNKNOWN"):
        account_named("p-client")


def test_the_operator_locks_ends_and_reads(fresh_site: Site) -> None:
    client = Client()
    sign_in(client, "p-client")
    command(fresh_site, "end-access", "p-client")
    assert client.get("/accounts/").status_code == 302
    command(fresh_site, "lock", "p-client")
    assert client.post("/accounts/sign-in", {"email": "p-client@demo.example", "password": PASSWORD}).status_code == 403
    command(fresh_site, "unlock", "p-client")
    assert sign_in(client, "p-client", 30).status_code == 302
    text = command(fresh_site, "record", "p-client")
    assert text.splitlines()[0].endswith(("signed in", "登录"))
    assert "account.locked" in command(fresh_site, "record", "--json", "--last", "20")


# ---- what is noted


def test_tokens_webhooks_and_unlinking_are_noted(fresh_site: Site) -> None:
    site, client = fresh_site, Client()
    sign_in(client, "p-client")
    csrf = client.cookies["__Host-footproof_csrf"].value
    headers = {"X-CSRFToken": csrf, "Referer": "https://testserver/"}
    body = {"title": "one", "scopes": ["read"]}
    made = client.post("/api/v1/tokens", body, "application/json", headers=headers)
    assert made.status_code == 201, made.content
    token = made.json()["id"]
    assert client.delete(f"/api/v1/tokens/{token}", headers=headers).status_code == 204
    hook = {"url": "https://example.org/hook", "kinds": ["certificate.issued"]}
    made = site.post("/webhooks", hook, "p-client")
    assert made.status_code == 201, made.content
    assert site.call("DELETE", f"/webhooks/{made.json()['id']}", "p-client").status_code == 204
    mine = Identity.objects.create(account_id="p-client", issuer="https://id.example", subject="1")
    other = Identity.objects.create(account_id="p-reviewer", issuer="https://id.example", subject="2")
    assert "https://id.example" in client.get("/accounts/").content.decode()
    for one in (mine, other):
        client.post("/accounts/identities/end", {"identity": one.pk})
    assert list(Identity.objects.values_list("account", flat=True)) == ["p-reviewer"]
    events = list(SignIn.objects.filter(account="p-client").order_by("pk").values_list("event", flat=True))
    assert events[-5:] == ["token.made", "token.ended", "webhook.made", "webhook.ended", "identity.unlinked"]


def test_failed_identities_are_noted_and_limited(fresh_site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    from footproof.server.accounts import throttle, views

    monkeypatch.setattr(views, "SIGN_IN_ADDRESS", throttle.Limit("address", 2, timedelta(minutes=15)))
    found = [Client().get("/accounts/oidc/corp/back?code=x&state=y").status_code for _ in range(4)]
    assert found == [403, 403, 429, 429]
    events = list(SignIn.objects.order_by("pk").values_list("event", flat=True))
    assert events == [*["identity.wrong"] * 2, "tries.refused"]
