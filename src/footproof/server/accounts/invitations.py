"""Invitations: how a person known under a pseudonym gets an account and roles.

An invitation opens once, for a while, for one e-mail. It never sets the password of an account that is there: whoever
invites holds the link, and would take the account over. Roles are given in the name of whoever invited, who must still
be allowed to when the invitation is taken up (I15).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from footproof.certify.operation import Operation
from footproof.certify.people import Organisation, Person
from footproof.certify.record import Actor, need
from footproof.certify.refusals import need_own, need_role
from footproof.certify.register import AssignRole, EngagePerson
from footproof.errors import FootproofError
from footproof.server.accounts.here import journal, world
from footproof.server.accounts.models import Account, AccountManager, Invitation
from footproof.server.accounts.signing_in import need_password
from footproof.server.accounts.vault import digest_secret, new_secret
from footproof.server.store.journal import Ask

LIFETIME = timedelta(days=7)
MAY_INVITE = ("manager", "registrar")


def invite(  # noqa: PLR0917
    by: Actor, person: str, email: str, organisation: str, roles: Sequence[str], at: datetime
) -> str:
    """Return the secret of a new invitation; it is stored nowhere and shown once.

    Args:
        by: Who invites: the manager of the organisation, or the registrar.
        person: Pseudonym of a person who is registered.
        email: For whom.
        organisation: Where.
        roles: Which roles.
        at: Now.

    Raises:
        FootproofError: E-ROLE-…, E-CASE-FOREIGN, E-CASE-UNKNOWN as `certify`; E-ACCOUNT-EMAIL.
    """
    known = world()
    need_role(known, by, MAY_INVITE, at)
    if by.role != "registrar":
        need_own(by, organisation)
    need(known, Person, person)
    need(known, Organisation, organisation)
    plain = AccountManager.plain(email)
    name, _, domain = plain.partition("@")
    if not name or "." not in domain or any(sign.isspace() or not sign.isprintable() for sign in plain):
        raise FootproofError("E-ACCOUNT-EMAIL", found=email[:80])
    secret = new_secret()
    Invitation.objects.create(
        digest=digest_secret(secret),
        person=person,
        email=plain,
        organisation=organisation,
        roles=list(roles),
        by_person=by.person,
        by_role=by.role,
        by_organisation=by.organisation,
        expires=at + LIFETIME,
    )
    return secret


def find_invitation(secret: str, at: datetime) -> Invitation:
    """Return an invitation that can be taken up.

    Raises:
        FootproofError: E-ACCOUNT-INVITATION where it is unknown, used or too old; which of them is not said.
    """
    found = Invitation.objects.filter(digest=digest_secret(secret), used=None, expires__gt=at).first()
    if found is None:
        raise FootproofError("E-ACCOUNT-INVITATION")
    return found


def account_of(invitation: Invitation) -> Account | None:
    """Return the account that the person or the e-mail of an invitation has already."""
    return (
        Account.objects.filter(pk=invitation.person).first() or Account.objects.filter(email=invitation.email).first()
    )


def accept_new(invitation: Invitation, password: str, language: str, at: datetime) -> Account:
    """Make an account and give it the roles of the invitation.

    Raises:
        FootproofError: E-ACCOUNT-PASSWORD; E-ACCOUNT-INVITATION where the person or e-mail has an account; what
            `certify` refuses where whoever invited may not any more.
    """
    need_password(password, invitation.email)
    if account_of(invitation) is not None:
        raise FootproofError("E-ACCOUNT-INVITATION")
    _give_roles(invitation, at)
    account = Account(pk=invitation.person, email=invitation.email, language=language, created=at)
    account.set_password(password)
    with transaction.atomic():
        _use(invitation, at)
        account.save(force_insert=True)
    return account


def accept_signed_in(invitation: Invitation, account: Account, at: datetime) -> None:
    """Give the roles of an invitation to an account that is there, whose owner is signed in.

    Raises:
        FootproofError: E-ACCOUNT-INVITATION where it is for somebody else; what `certify` refuses.
    """
    if (invitation.person, invitation.email) != (account.pk, account.email):
        raise FootproofError("E-ACCOUNT-INVITATION")
    _give_roles(invitation, at)
    _use(invitation, at)


def _use(invitation: Invitation, at: datetime) -> None:
    """Use an invitation up: of two who take it at the same time, one changes a row."""
    if not Invitation.objects.filter(pk=invitation.pk, used=None, expires__gt=at).update(used=at):
        raise FootproofError("E-ACCOUNT-INVITATION")


def _give_roles(invitation: Invitation, at: datetime) -> None:
    """Give what is not yet given, so that a second try after a crash ends where the first would have."""
    by = Actor(invitation.by_person, invitation.by_role, invitation.by_organisation)
    person = need(world(), Person, invitation.person)
    asks: list[Operation] = []
    if person.at(invitation.organisation, at.date()) is None:
        asks.append(EngagePerson(invitation.person, invitation.organisation, at.date()))
    missing = [role for role in invitation.roles if not person.holds(role, invitation.organisation, at.date())]
    asks += [AssignRole(invitation.person, invitation.organisation, role) for role in missing]
    for outcome in journal().carry_out_many([Ask(one, by, at) for one in asks]):
        if isinstance(outcome, FootproofError):
            raise outcome
