"""Erasing an account: what names the person goes, what the person did stays under the pseudonym.

Personal Information Protection Law of the PRC, article 47; GDPR, article 17(3)(b): records that law asks for are kept.
"""

from django.db import transaction

from footproof.server.accounts.models import Account, Identity, Invitation, RecoveryCode
from footproof.server.accounts.sessions import end_sessions


def erase(account: Account) -> None:
    """Erase e-mail, password, second factor, identities, invitations and sessions of an account.

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
