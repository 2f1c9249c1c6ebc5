"""The second factor: codes that change every 30 seconds, each good once, and recovery codes, each good once.

RFC 6238 (one step before and after is taken for clocks that differ; 5.2: a code that was used is refused).
"""

import secrets
from datetime import datetime

import pyotp

from footproof.server.accounts.models import Account, RecoveryCode
from footproof.server.accounts.vault import Vault, digest_secret

STEP = 30
DRIFT = 1
ISSUER = "Footproof"
RECOVERY_CODES = 10
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


def propose(email: str) -> tuple[str, str]:
    """Return a new secret, and the address from which an app reads it.

    Args:
        email: How the app names the account.
    """
    secret = pyotp.random_base32()
    return secret, address_of(secret, email)


def address_of(secret: str, email: str) -> str:
    """Return the address from which an app reads a secret (otpauth)."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=ISSUER)


def step_of(secret: str, code: str, at: datetime) -> int | None:
    """Return the step that a code belongs to, or None where it belongs to none near now.

    Args:
        secret: Base32.
        code: Six digits.
        at: Now.
    """
    totp = pyotp.TOTP(secret, interval=STEP)
    now = int(at.timestamp()) // STEP
    # Every step is compared, so that how long it takes says nothing.
    found = [step for step in range(now - DRIFT, now + DRIFT + 1) if _same(totp.generate_otp(step), code)]
    return found[-1] if found else None


def enrol(account: Account, secret: str, code: str, vault: Vault, at: datetime) -> tuple[str, ...] | None:
    """Give an account its second factor, once a code shows that the app has the secret.

    Returns:
        Recovery codes, which are shown once; None where the code is wrong.
    """
    step = step_of(secret, code, at)
    if step is None:
        return None
    account.totp = vault.seal(secret.encode("ascii"), _owner(account))
    account.totp_step = step
    account.save(update_fields=["totp", "totp_step"])
    return _new_recovery(account)


def take_code(account: Account, code: str, vault: Vault, at: datetime) -> bool:
    """Tell whether a code is right, and use it up; the same or an older one is never right again."""
    if not account.totp:
        return False
    step = step_of(vault.open(bytes(account.totp), _owner(account)).decode("ascii"), code, at)
    if step is None:
        return False
    # One statement: of two that use one code at the same time, one changes a row.
    return Account.objects.filter(pk=account.pk, totp_step__lt=step).update(totp_step=step) == 1


def take_recovery(account: Account, code: str) -> bool:
    """Tell whether a recovery code is right, and use it up."""
    plain = code.strip().upper().replace("-", "").replace(" ", "")
    deleted, _ = RecoveryCode.objects.filter(account=account, digest=_recovery_digest(account, plain)).delete()
    return deleted == 1


def _new_recovery(account: Account) -> tuple[str, ...]:
    RecoveryCode.objects.filter(account=account).delete()
    codes = tuple("".join(secrets.choice(_LETTERS) for _ in range(16)) for _ in range(RECOVERY_CODES))
    RecoveryCode.objects.bulk_create(
        RecoveryCode(account=account, digest=_recovery_digest(account, code)) for code in codes
    )
    return tuple("-".join(code[place : place + 4] for place in range(0, 16, 4)) for code in codes)


def _recovery_digest(account: Account, plain: str) -> str:
    return digest_secret(f"{account.pk}:{plain}")


def _owner(account: Account) -> str:
    return f"totp:{account.pk}"


def _same(right: str, given: str) -> bool:
    return secrets.compare_digest(right.encode("ascii"), given.encode("utf-8"))
