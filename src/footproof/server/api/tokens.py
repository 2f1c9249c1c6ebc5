"""Tokens, what a program shows instead of a session: told once, stored as a digest, for one organisation and time."""

import hmac
import re
import secrets
from collections.abc import Collection
from datetime import datetime, timedelta

from footproof.certify.people import ROLES
from footproof.errors import FootproofError
from footproof.server.accounts.models import Account
from footproof.server.accounts.vault import digest_secret, new_secret
from footproof.server.api.models import Token

PLAIN_SCOPES = ("read", "upload", "webhooks")
SCOPES = (*PLAIN_SCOPES, *(f"act:{role}" for role in ROLES))
LONGEST = timedelta(days=366)
MOST = 50
_FORM = re.compile(r"fp_([0-9a-f]{16})_([A-Za-z0-9_-]{43})", re.ASCII)
_TOUCH = timedelta(minutes=1)


def make_token(  # noqa: PLR0917
    account: Account,
    organisation: str,
    roles: Collection[str],
    title: str,
    scopes: Collection[str],
    lifetime: timedelta,
    at: datetime,
) -> tuple[Token, str]:
    """Return a new token and its text, which is stored nowhere.

    Args:
        account: Whose.
        organisation: For which it acts.
        roles: What the person is there; a token can do no more.
        title: What it is for.
        scopes: What it may do.
        lifetime: How long it holds.
        at: Now.

    Raises:
        FootproofError: E-API-SCOPES for a scope that is unknown or not the person's own; E-API-LIFETIME; E-API-TOKENS.
    """
    own = (*PLAIN_SCOPES, *(f"act:{role}" for role in roles))
    wrong = sorted(set(scopes) - set(own))
    if wrong or not scopes:
        raise FootproofError("E-API-SCOPES", found=", ".join(wrong)[:200] or "—", needed=", ".join(own))
    if not timedelta(0) < lifetime <= LONGEST:
        raise FootproofError("E-API-LIFETIME", longest=LONGEST.days)
    if Token.objects.filter(account=account, expires__gt=at).count() >= MOST:
        raise FootproofError("E-API-TOKENS", most=MOST)
    secret = new_secret()
    token = Token.objects.create(
        id=secrets.token_hex(8),
        digest=digest_secret(secret),
        account=account,
        organisation=organisation,
        title=title[:100],
        scopes=sorted(set(scopes)),
        created=at,
        expires=at + lifetime,
    )
    return token, f"fp_{token.id}_{secret}"


def find_token(text: str, at: datetime) -> Token:
    """Return the token of a text.

    Raises:
        FootproofError: E-API-TOKEN; whether it is unknown, wrong, ended or too old is not said.
    """
    form = _FORM.fullmatch(text)
    found = Token.objects.select_related("account").filter(pk=form[1]).first() if form else None
    stored = found.digest if found is not None else digest_secret("")
    right = hmac.compare_digest(stored, digest_secret(form[2] if form else ""))
    if found is None or form is None or not right or found.expires <= at or not found.account.is_active:
        raise FootproofError("E-API-TOKEN")
    if found.used is None or found.used + _TOUCH <= at:
        Token.objects.filter(pk=found.pk).update(used=at)
    return found


def end_tokens(account: Account) -> int:
    """End all tokens of an account and return how many they were."""
    return Token.objects.filter(account=account).delete()[0]


def end_token(account: Account, name: str) -> None:
    """End a token of an account.

    Raises:
        FootproofError: E-API-UNKNOWN.
    """
    deleted, _ = Token.objects.filter(account=account, pk=name).delete()
    if not deleted:
        raise FootproofError("E-API-UNKNOWN", record="token", id=name[:100])
