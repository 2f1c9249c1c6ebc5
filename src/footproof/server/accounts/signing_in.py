"""Signing in: password, then second factor, then a session under a new key.

NIST SP 800-63B, 3.1.1 and 3.2.2; OWASP ASVS 5, chapter 6. Whoever fails learns nothing: an account that does not exist,
a wrong password and too many tries have one answer, after the same work.
"""

from datetime import datetime, timedelta
from functools import cache

from django.contrib.auth.hashers import check_password, make_password
from django.http import HttpRequest
from django.middleware.csrf import rotate_token

from footproof.errors import FootproofError
from footproof.server.accounts import clock, second_factor
from footproof.server.accounts.here import address_of, note, vault
from footproof.server.accounts.models import Account, AccountManager
from footproof.server.accounts.sessions import ACCOUNT, AGENT, bind, end_sessions, is_bound
from footproof.server.accounts.throttle import (
    CODE,
    SIGN_IN_ACCOUNT,
    SIGN_IN_ADDRESS,
    SIGN_IN_PAIR,
    exhausted,
    forgive,
    need_room,
    tried,
)
from footproof.server.api.tokens import end_tokens

SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 256
PENDING = "pending"
PENDING_AT = "pending-at"
PENDING_FOR = timedelta(minutes=10)


def check_sign_in(request: HttpRequest, email: str, password: str) -> Account:
    """Return the account of an e-mail and password.

    Raises:
        FootproofError: E-ACCOUNT-SIGN-IN where they do not belong together, or were tried too often; E-ACCOUNT-SLOW
            where one address tries too much.
    """
    at, address = clock.now(), address_of(request)
    need_room(request, SIGN_IN_ADDRESS, address, at)
    plain = AccountManager.plain(email)
    who = vault().mark(f"email:{plain}")
    pair = vault().mark(f"pair:{who}:{address}")
    shut = exhausted(SIGN_IN_PAIR, pair, at) or exhausted(SIGN_IN_ACCOUNT, who, at)
    account = Account.objects.filter(email=plain, is_active=True).first() if plain else None
    right = _right(account, password)
    if account is None or shut or not right:
        tried(SIGN_IN_PAIR, pair, at)
        tried(SIGN_IN_ACCOUNT, who, at)
        note(request, "password.shut" if shut else "password.wrong", account.pk if account else "")
        raise FootproofError("E-ACCOUNT-SIGN-IN")
    forgive(SIGN_IN_PAIR, pair)
    return account


def _right(account: Account | None, password: str) -> bool:
    """Compare a password; without an account the same work is done for nothing."""
    stored = account.password if account is not None and account.has_usable_password() else _nobody()
    found = check_password(password[:LONGEST_PASSWORD], stored)
    return found and account is not None and stored == account.password and len(password) <= LONGEST_PASSWORD


@cache
def _nobody() -> str:
    return make_password("nobody")


def begin_pending(request: HttpRequest, account: Account) -> None:
    """Remember that the first factor was right; it opens nothing but the question for the second.

    Args:
        request: Who asks.
        account: As it was when the factor was compared; another password given meanwhile ends what begins here.
    """
    request.session.flush()
    bind(request, account)
    request.session[PENDING] = account.pk
    request.session[PENDING_AT] = clock.now().timestamp()
    rotate_token(request)
    note(request, "first-factor.right", account.pk)


def pending(request: HttpRequest) -> Account:
    """Return the account whose first factor was right a moment ago.

    Raises:
        FootproofError: E-ACCOUNT-AGAIN where there is none, it took too long, or the account was reset or has a new
            password since.
    """
    since = request.session.get(PENDING_AT)
    if since is not None and clock.now() - datetime.fromtimestamp(since, clock.now().tzinfo) < PENDING_FOR:
        account = Account.objects.filter(pk=request.session.get(PENDING, ""), is_active=True).first()
        if account is not None and is_bound(request, account):
            return account
    raise FootproofError("E-ACCOUNT-AGAIN")


def check_code(request: HttpRequest, account: Account, code: str) -> None:
    """Check the second factor: a code, or a recovery code.

    Raises:
        FootproofError: E-ACCOUNT-CODE where it is wrong or was used; E-ACCOUNT-SLOW after too many tries.
    """
    at = clock.now()
    need_room(request, CODE, account.pk, at, account.pk)
    plain = code.strip().replace(" ", "")
    if plain.isascii() and plain.isdigit():
        right, event = second_factor.take_code(account, plain, vault(), at), "code"
    else:
        right, event = second_factor.take_recovery(account, code), "recovery-code"
    note(request, f"{event}.right" if right else f"{event}.wrong", account.pk)
    if not right:
        raise FootproofError("E-ACCOUNT-CODE")
    forgive(CODE, account.pk)


def begin_session(request: HttpRequest, account: Account) -> None:
    """Sign somebody in, under a new session key and a new token against forged requests."""
    request.session.flush()
    bind(request, account)
    request.session[ACCOUNT] = account.pk
    request.session[AGENT] = str(request.headers.get("User-Agent", ""))[:120]
    rotate_token(request)
    note(request, "session.began", account.pk)


def end_session(request: HttpRequest, account: str) -> None:
    """Sign somebody out."""
    request.session.flush()
    note(request, "session.ended", account)


def set_password(account: Account, password: str) -> None:
    """Give an account a password and end all of its sessions, those half begun as well, and tokens.

    Raises:
        FootproofError: E-ACCOUNT-PASSWORD.
    """
    need_password(password, account.email or "")
    account.set_password(password)
    account.save(update_fields=["password"])
    end_sessions(account.pk)
    end_tokens(account)


def need_password(password: str, email: str) -> None:
    """Refuse a password that is short, long, common, or the person's own name (NIST SP 800-63B, 3.1.1.2).

    Raises:
        FootproofError: E-ACCOUNT-PASSWORD.
    """
    from django.contrib.auth.password_validation import CommonPasswordValidator

    name = AccountManager.plain(email).partition("@")[0]
    plain = password.casefold()
    few = len(set(plain)) < 5
    common = plain in CommonPasswordValidator().passwords
    own = bool(name) and len(name) > 2 and name in plain
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD or few or common or own:
        raise FootproofError("E-ACCOUNT-PASSWORD", shortest=SHORTEST_PASSWORD, longest=LONGEST_PASSWORD)
