"""What managers and the registrar settle for others: invitations, and whose account opens.

What happened at the door of an account is read here too, by whoever answers for the person (OWASP ASVS 5, 16.3).
"""

from collections.abc import Callable
from typing import Annotated, Any, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Body, Path
from pydantic import Field

from footproof.certify.forms import LONGEST_NAME
from footproof.certify.operation import Operation
from footproof.certify.record import Actor
from footproof.certify.register import MANAGING
from footproof.server.accounts import charge, clock
from footproof.server.accounts.here import note, workspace
from footproof.server.accounts.invitations import LIFETIME, invite, name_of, open_invitations, withdraw
from footproof.server.accounts.models import LONGEST_EMAIL, Invitation, SignIn
from footproof.server.accounts.sessions import sessions_of
from footproof.server.api.answers import made_answer, once, read_answer
from footproof.server.api.callers import Caller, caller_in
from footproof.server.api.models import Token
from footproof.server.api.policy import Access
from footproof.server.api.schemas import Text
from footproof.server.api.settling import Name, Strict, Words
from footproof.server.api.shapes import AccountOut, InvitationOut, Page

Pseudonym = Annotated[str, Path(..., pattern=r"^[a-z0-9][a-z0-9-]{2,63}$")]
EVENTS = 100


class NewInvitation(Strict):
    """An invitation to be made."""

    person: Annotated[Text, Field(min_length=1, max_length=64)]
    email: Annotated[Text, Field(min_length=3, max_length=LONGEST_EMAIL)]
    organisation: Annotated[Text, Field(min_length=1, max_length=LONGEST_NAME)]
    roles: Words


class AccountChange(Strict):
    """What is to become of an account."""

    do: Literal["lock", "unlock", "end-access"]  # those of `charge.CHANGES`


class _Manage(Operation):
    """Answering for people, as far as roles are concerned."""

    __slots__ = ()
    roles = MANAGING


class _Unlock(Operation):
    """Unlocking: not for managers, who would undo what the registrar locked."""

    __slots__ = ()
    roles = ("registrar",)


def add_charges(add: Callable[..., None]) -> None:
    """Add invitations and the accounts of others to the interface."""
    for method, path, view, access, answer, tag in (
        ("GET", "/invitations", list_invitations, Access.READ, {200: Page, 304: None}, "invitations"),
        ("POST", "/invitations", new_invitation, Access.ACT, {201: InvitationOut}, "invitations"),
        ("DELETE", "/invitations/{invitation}", no_invitation, Access.ACT, {204: None}, "invitations"),
        ("GET", "/people/{person}/account", account_of, Access.READ, {200: AccountOut, 304: None}, "people"),
        ("POST", "/people/{person}/account", change_account, Access.ACT, {201: AccountOut}, "people"),
    ):
        summary = (view.__doc__ or "").rstrip(".")
        add(method, path, view, access, answer=answer, operation_id=view.__name__, summary=summary, tags=[tag])


def list_invitations(request: HttpRequest) -> HttpResponse:
    """Read the invitations that can still be taken up: to your organisation, as its manager; as registrar, all."""
    by = caller_in(request).actor(_Manage, "")
    return read_answer(
        request, {"items": [_invitation(one) for one in open_invitations(_where(by), clock.now())], "next": None}
    )


def new_invitation(request: HttpRequest, body: Annotated[NewInvitation, Body()]) -> HttpResponse:
    """Invite a person who is registered; the link is told once."""
    caller = caller_in(request)

    def make() -> HttpResponse:
        at = clock.now()
        by = caller.actor(_Manage, "")
        secret = invite(by, body.person, body.email, body.organisation, body.roles, at)
        note(request, "invitation.made", body.person, by.person)
        answer = {"link": f"{workspace().base}/accounts/invitation/{secret}", "expires": (at + LIFETIME).isoformat()}
        return made_answer(201, answer)

    return once(request, caller, make)


def no_invitation(request: HttpRequest, invitation: Name) -> HttpResponse:
    """Withdraw an invitation."""
    by = caller_in(request).actor(_Manage, "")
    found = withdraw(invitation, _where(by), clock.now())
    note(request, "invitation.withdrawn", found.person, by.person)
    return HttpResponse(status=204)


def account_of(request: HttpRequest, person: Pseudonym) -> HttpResponse:
    """Read whether the account of a person of yours opens, and what happened at its door."""
    _charged(caller_in(request), _Manage, person)
    return read_answer(request, _account(person))


def change_account(request: HttpRequest, person: Pseudonym, body: Annotated[AccountChange, Body()]) -> HttpResponse:
    """Lock the account of a person of yours, or end its sessions and tokens; the registrar unlocks."""
    caller = caller_in(request)

    def make() -> HttpResponse:
        by = _charged(caller, _Unlock if body.do == "unlock" else _Manage, person)
        change, event = charge.CHANGES[body.do]
        change(charge.account_named(person))
        note(request, event, person, by.person)
        return made_answer(201, _account(person))

    return once(request, caller, make)


def _charged(caller: Caller, needed: type[Operation], person: str) -> Actor:
    by = caller.actor(needed, "")
    charge.need_charge(by, person, clock.now())
    return by


def _where(by: Actor) -> str:
    """Return to which organisation the invitations are that somebody answers for; empty for all."""
    return "" if by.role == "registrar" else by.organisation


def _invitation(one: Invitation) -> dict[str, Any]:
    return {
        "id": name_of(one),
        "person": one.person,
        "email": one.email,
        "organisation": one.organisation,
        "roles": one.roles,
        "by": one.by_person,
        "expires": one.expires.isoformat(),
    }


def _account(person: str) -> dict[str, Any]:
    account = charge.account_named(person)
    return {
        "person": person,
        "locked": not account.is_active,
        "second_factor": bool(account.totp),
        "sessions": len(sessions_of(person)),
        "tokens": Token.objects.filter(account=account, expires__gt=clock.now()).count(),
        "events": [
            {"at": one.at.isoformat(), "event": one.event, "by": one.by}
            for one in SignIn.objects.filter(account=person).order_by("-pk")[:EVENTS]
        ],
    }
