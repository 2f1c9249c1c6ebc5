"""Invitations: how a person known under a pseudonym gets an account and roles.

An invitation opens once, for a while, for one e-mail. It never sets the password of an account that is there: whoever
invites holds the link, and would take the account over. For the same reason nobody invites a pseudonym that works
where others say who does what. Roles are given in the name of whoever invited, who must be allowed to when inviting and
still when the invitation is taken up (I15).
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from django.db import transaction

from footproof.certify.operation import Operation
from footproof.certify.people import Organisation, Person
from footproof.certify.record import Actor, World, need
from footproof.certify.refusals import need_own, need_role, refuse
from footproof.certify.register import MANAGING, AssignRole, EngagePerson, managers_of
from footproof.errors import FootproofError
from footproof.model.days import legal_day
from footproof.server.accounts.here import journal, world
from footproof.server.accounts.models import LONGEST_EMAIL, Account, AccountManager, Invitation
from footproof.server.accounts.signing_in import need_password
from footproof.server.accounts.vault import digest_secret, new_secret
from footproof.server.store.journal import Ask

LIFETIME = timedelta(days=7)
MOST_OPEN = 500
"""Invitations to one organisation at a time."""


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
        FootproofError: E-ACCOUNT-EMAIL; E-ACCOUNT-OPEN where too many are open; what `_need_giver` raises; what
            `certify` refuses of giving the roles.
    """
    known = world()
    found = need(known, Person, person)
    need(known, Organisation, organisation)
    _need_giver(known, by, found, organisation, at)
    for operation in _missing(found, organisation, roles, at):
        known.do(operation, by, at)  # a rehearsal: nothing of it is saved
    plain = AccountManager.plain(email)
    name, _, domain = plain.partition("@")
    fits = len(plain) <= LONGEST_EMAIL  # as it is stored: in small letters some signs are two
    if not (name and fits and "." in domain) or any(sign.isspace() or not sign.isprintable() for sign in plain):
        raise FootproofError("E-ACCOUNT-EMAIL", found=email[:80])
    if len(open_invitations(organisation, at)) >= MOST_OPEN:
        raise FootproofError("E-ACCOUNT-OPEN", most=MOST_OPEN)
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


def need_sole_charge(world: World, by: Actor, person: Person, homes: Collection[str], at: datetime) -> None:
    """Refuse whoever does not say who does what at each place where a person works.

    Args:
        world: What is known.
        by: A manager of the one organisation, or the registrar where no organisation has a manager yet.
        person: About whom.
        homes: Organisations, beside those where the person works or has roles.
        at: Now.

    Raises:
        FootproofError: E-ROLE-… as `certify`; E-ACCOUNT-ELSEWHERE for a manager, E-ROLE-OPERATION for a registrar.
    """
    need_role(world, by, MANAGING, at)
    day = legal_day(at)
    works = {one.organisation for one in person.engagements if one.last is None or one.last >= day}
    works |= {one.organisation for one in person.duties if one.last is None or one.last >= day}
    for home in sorted(works.union(homes)):
        if by.role != "registrar" and home != by.organisation:
            raise FootproofError("E-ACCOUNT-ELSEWHERE", person=person.id, rule="I15")
        if by.role == "registrar" and managers_of(world, home, day) - {person.id}:
            raise refuse("E-ROLE-OPERATION", "I15", "organisation", found=by.role, needed=("manager",))


def _need_giver(world: World, by: Actor, person: Person, organisation: str, at: datetime) -> None:
    """Refuse whoever may not give roles at the organisation or, while nobody has the pseudonym, would take it over."""
    need_role(world, by, MANAGING, at)
    inviter = need(world, Person, by.person)
    if not inviter.keeps(by.role, by.organisation, legal_day(at)):
        raise refuse("E-ROLE-NONE", "I15", person=by.person, role=by.role, organisation=by.organisation)
    if by.role != "registrar":
        need_own(by, organisation)
    there = Account.objects.filter(pk=person.id).exists()
    need_sole_charge(world, by, Person(person.id) if there else person, [organisation], at)


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
            `invite` refuses where whoever invited may not any more.
    """
    need_password(password, invitation.email)
    if account_of(invitation) is not None or invitation.renews:
        raise FootproofError("E-ACCOUNT-INVITATION")
    _give_roles(invitation, at)
    account = Account(pk=invitation.person, email=invitation.email, language=language, created=at)
    account.set_password(password)
    with transaction.atomic():
        use(invitation, at)
        account.save(force_insert=True)
    return account


def accept_signed_in(invitation: Invitation, account: Account, at: datetime) -> None:
    """Give the roles of an invitation to an account that is there, whose owner is signed in.

    Raises:
        FootproofError: E-ACCOUNT-INVITATION where it is for somebody else; what `invite` refuses.
    """
    if (invitation.person, invitation.email, invitation.renews) != (account.pk, account.email, False):
        raise FootproofError("E-ACCOUNT-INVITATION")
    _give_roles(invitation, at)
    use(invitation, at)


def open_invitations(organisation: str, at: datetime) -> list[Invitation]:
    """Return the invitations that can still be taken up, the oldest first.

    Args:
        organisation: Where; empty for all organisations.
        at: Now.
    """
    found = Invitation.objects.filter(used=None, expires__gt=at, renews=False).order_by("pk")
    return list(found.filter(organisation=organisation) if organisation else found)


def name_of(invitation: Invitation) -> str:
    """Return the short name under which an invitation is listed and withdrawn; it opens nothing."""
    return invitation.digest[:16]


def withdraw(name: str, organisation: str, at: datetime) -> Invitation:
    """Take an invitation back and return it.

    Args:
        name: As `name_of` says.
        organisation: Where it is to; empty for any.
        at: Now.

    Raises:
        FootproofError: E-API-UNKNOWN.
    """
    found = next((one for one in open_invitations(organisation, at) if name_of(one) == name), None)
    if found is None or not Invitation.objects.filter(pk=found.pk, used=None).delete()[0]:
        raise FootproofError("E-API-UNKNOWN", record="invitation", id=name[:100])
    return found


def use(invitation: Invitation, at: datetime) -> None:
    """Use an invitation up: of two who take it at the same time, one changes a row."""
    if not Invitation.objects.filter(pk=invitation.pk, used=None, expires__gt=at).update(used=at):
        raise FootproofError("E-ACCOUNT-INVITATION")


def _give_roles(invitation: Invitation, at: datetime) -> None:
    """Give what is not yet given, so that a second try after a crash ends where the first would have."""
    by, known = Actor(invitation.by_person, invitation.by_role, invitation.by_organisation), world()
    person = need(known, Person, invitation.person)
    _need_giver(known, by, person, invitation.organisation, at)
    asks = [Ask(one, by, at) for one in _missing(person, invitation.organisation, invitation.roles, at)]
    for outcome in journal().carry_out_many(asks):
        if isinstance(outcome, FootproofError):
            raise outcome


def _missing(person: Person, organisation: str, roles: Sequence[str], at: datetime) -> list[Operation]:
    """Return what has to be done so that a person works at an organisation in some roles."""
    day, asks = legal_day(at), list[Operation]()
    if person.at(organisation, day) is None:
        asks.append(EngagePerson(person.id, organisation, day))
    wanted = [role for role in dict.fromkeys(roles) if not person.holds(role, organisation, day)]
    return [*asks, *(AssignRole(person.id, organisation, role) for role in wanted)]
