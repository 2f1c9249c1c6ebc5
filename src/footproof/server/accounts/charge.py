"""Taking access away, and giving back what was lost: ended sessions and tokens, locked accounts, new second factors.

NIST SP 800-63B, 4.2 to 4.4 (recovery, loss and revocation of authenticators). Whoever renews an account could enter as
its owner; so no role renews one, but only whoever holds the folder of the workspace.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from footproof.certify.people import Person
from footproof.certify.record import Actor
from footproof.certify.refusals import need_role
from footproof.certify.register import MANAGING
from footproof.errors import FootproofError
from footproof.model.days import legal_day
from footproof.server.accounts.here import world
from footproof.server.accounts.invitations import need_sole_charge, use
from footproof.server.accounts.models import Account, Identity, Invitation, RecoveryCode
from footproof.server.accounts.sessions import end_sessions
from footproof.server.accounts.signing_in import need_password
from footproof.server.accounts.vault import digest_secret, new_secret
from footproof.server.api.tokens import end_tokens

LIFETIME = timedelta(days=1)


def need_charge(by: Actor, person: str, at: datetime) -> None:
    """Refuse whoever does not answer for the access of a person: the registrar, and managers of whoever is only theirs.

    Args:
        by: Who wants to see or change it.
        person: Pseudonym.
        at: Now.

    Raises:
        FootproofError: E-ROLE-… as `certify`; E-API-UNKNOWN where a manager has no such person; E-ACCOUNT-ELSEWHERE.
    """
    known = world()
    need_role(known, by, MANAGING, at)
    found = known.find(Person, person)
    if found is None or (by.role != "registrar" and found.at(by.organisation, legal_day(at)) is None):
        raise FootproofError("E-API-UNKNOWN", record="person", id=person[:100])
    if by.role != "registrar":
        need_sole_charge(known, by, found, (), at)


def account_named(person: str) -> Account:
    """Return the account of a pseudonym.

    Raises:
        FootproofError: E-ACCOUNT-UNKNOWN where there is none, or it was erased.
    """
    found = Account.objects.filter(pk=person, email__isnull=False).first()
    if found is None:
        raise FootproofError("E-ACCOUNT-UNKNOWN", person=person[:100])
    return found


def end_access(account: Account) -> None:
    """End all sessions and tokens of an account; its owner can sign in again."""
    end_sessions(account.pk)
    end_tokens(account)


def lock(account: Account) -> None:
    """Let nobody sign in to an account, end what was open, and take back its invitations: a thief would keep one."""
    with transaction.atomic():
        Invitation.objects.filter(by_person=account.pk, used=None).delete()
        Account.objects.filter(pk=account.pk).update(is_active=False)
        end_access(account)


def unlock(account: Account) -> None:
    """Let the owner of an account sign in again."""
    Account.objects.filter(pk=account.pk).update(is_active=True)


CHANGES: Mapping[str, tuple[Callable[[Account], None], str]] = {
    "lock": (lock, "account.locked"),
    "unlock": (unlock, "account.unlocked"),
    "end-access": (end_access, "access.ended"),
}
"""What can be done to an account at once, each with what the record of the door then says."""


def renew(account: Account, at: datetime) -> str:
    """Take everything from an account that opened it, and return the secret of a link by which its owner starts anew.

    Args:
        account: Whose password or second factor was lost; one that was locked opens again with the link.
        at: Now.
    """
    secret = new_secret()
    with transaction.atomic():
        _strip(account)
        Invitation.objects.filter(Q(person=account.pk) | Q(by_person=account.pk), used=None).delete()
        account.is_active = True
        account.set_unusable_password()
        account.save(update_fields=["totp", "is_active", "password"])
        Invitation.objects.create(
            digest=digest_secret(secret),
            person=account.pk,
            email=account.email or "",
            organisation="",
            roles=[],
            by_person=account.pk,
            by_role="",
            by_organisation="",
            expires=at + LIFETIME,
            renews=True,
        )
    return secret


def restore(invitation: Invitation, password: str, at: datetime) -> Account:
    """Give an account that was renewed its new password, and nothing beside; the second factor is set up next.

    What was there before the link was opened is taken from it once more: whoever was at the door in the moment of the
    reset may have left something behind, and the owner could then not enter.

    Raises:
        FootproofError: E-ACCOUNT-PASSWORD; E-ACCOUNT-INVITATION where the link renews nothing any more.
    """
    need_password(password, invitation.email)
    account = Account.objects.filter(pk=invitation.person, email=invitation.email, is_active=True).first()
    if account is None or not invitation.renews:
        raise FootproofError("E-ACCOUNT-INVITATION")
    account.set_password(password)
    with transaction.atomic():
        use(invitation, at)
        _strip(account)
        account.save(update_fields=["totp", "password"])
    return account


def _strip(account: Account) -> None:
    """End sessions and tokens of an account, and take from it second factor (yet to be saved) and linked identities."""
    end_access(account)
    RecoveryCode.objects.filter(account=account).delete()
    Identity.objects.filter(account=account).delete()
    account.totp = b""
