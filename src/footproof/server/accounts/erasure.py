"""Erasing an account, or all of what says who a person is; what the person did stays under the pseudonym.

Personal Information Protection Law of the PRC, article 47; GDPR, article 17(3)(b): records that law asks for are kept.
"""

from datetime import date

from django.db import transaction

from footproof.certify.record import World
from footproof.certify.retention import need_forgettable
from footproof.server.accounts.models import Account, Identity, Invitation, RecoveryCode
from footproof.server.accounts.sessions import end_sessions
from footproof.server.api.tokens import end_tokens
from footproof.server.store import personal


def erase(account: Account) -> None:
    """Erase e-mail, password, second factor, identities, invitations, tokens and sessions of an account.

    Args:
        account: Whose; its row stays, without anything personal, so that the pseudonym is not given twice.
    """
    with transaction.atomic():
        Invitation.objects.filter(person=account.pk).delete()
        RecoveryCode.objects.filter(account=account).delete()
        Identity.objects.filter(account=account).delete()
        account.email = None
        account.totp = b""
        account.is_active = False
        account.set_unusable_password()
        account.save()
        end_sessions(account.pk)
        end_tokens(account)


def forget(world: World, person: str, day: date) -> bool:
    """Erase everything that says who a pseudonym is, in one transaction, once no record needs it; events stay whole.

    Args:
        world: What is known.
        person: Pseudonym.
        day: Today.

    Returns:
        Whether anything was known.

    Raises:
        FootproofError: E-RETENTION-WORKS while the person works somewhere, E-RETENTION-RUNS while records of a case in
            which the person took part are kept.
    """
    need_forgettable(world, person, day)
    with transaction.atomic():
        account = Account.objects.filter(pk=person).first()
        if account is not None:
            erase(account)
        return personal.erase(person) or account is not None
