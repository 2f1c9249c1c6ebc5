"""Who calls: a token or a session, the person behind it, the organisation it is for, the roles held there today.

Roles come from the person's record alone; neither token nor session can add one.
"""

from dataclasses import dataclass
from datetime import date

from django.http import HttpRequest
from ninja.security.base import AuthBase
from ninja.utils import check_csrf

from footproof.certify.forms import LONGEST_NAME
from footproof.certify.operation import Operation
from footproof.certify.people import ACCREDITATION_BODY, Organisation, Person
from footproof.certify.record import Actor
from footproof.errors import FootproofError, Where
from footproof.model.days import legal_day
from footproof.server.accounts import clock
from footproof.server.accounts.here import address_of
from footproof.server.accounts.middleware import signed_in
from footproof.server.accounts.models import Account
from footproof.server.accounts.throttle import API, PUBLIC, need_turn
from footproof.server.api import policy
from footproof.server.api.policy import Access, Reader, holds_grant_of
from footproof.server.api.readings import read, read_all, read_many
from footproof.server.api.tokens import find_token

ORGANISATION = "Footproof-Organisation"
ROLE = "Footproof-Role"
_SCOPES = {Access.READ: "read", Access.UPLOAD: "upload", Access.WEBHOOKS: "webhooks"}


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who calls.

    Args:
        account: None for the public.
        reader: As whom records are read.
        scopes: Of a token; None for a session, which has none of its own.
        name: Under which keys of idempotency and tries are counted.
    """

    account: Account | None
    reader: Reader
    scopes: frozenset[str] | None
    name: str

    def need_account(self) -> Account:
        """Return the account.

        Raises:
            FootproofError: E-API-TOKEN where nobody is signed in.
        """
        if self.account is None:
            raise FootproofError("E-API-TOKEN")
        return self.account

    def actor(self, operation: type[Operation], asked: str) -> Actor:
        """Return in which role somebody does something.

        Args:
            operation: What.
            asked: Role that the request names; empty for the first that fits.

        Raises:
            FootproofError: E-API-ROLE where no role fits; E-API-SCOPE where the token has it not.
        """
        held = [role for role in operation.roles if role in self.reader.roles and asked in ("", role)]
        if not held:
            found, needed = ", ".join(sorted(self.reader.roles)), ", ".join(operation.roles)
            raise FootproofError("E-API-ROLE", found=asked[:80] or found or "—", needed=needed, rule="I15")
        allowed = [role for role in held if self.scopes is None or f"act:{role}" in self.scopes]
        if not allowed:
            raise FootproofError("E-API-SCOPE", needed=f"act:{held[0]}")
        return Actor(self.reader.person, allowed[0], self.reader.organisation)


class Guard(AuthBase):
    """Lets in who may call an address at all, and asks it nothing that it does not know.

    A misspelt filter would otherwise list everything.

    Args:
        access: Who may.
    """

    openapi_type = "http"
    openapi_scheme = "bearer"
    openapi_description = "A token (`fp_…`), or the session of a browser with its token against forged requests."

    def __init__(self, access: Access) -> None:
        self.access = access
        self.questions: frozenset[str] = frozenset()
        super().__init__()

    def __call__(self, request: HttpRequest) -> Caller:
        """Return who calls.

        Raises:
            FootproofError: E-API-TOKEN, E-API-SCOPE, E-API-ROLE, E-API-CSRF, E-ACCOUNT-SLOW, E-API-QUERY.
        """
        caller = self._let_in(request)
        unknown = sorted(set(request.GET) - self.questions)
        if unknown:
            known = ", ".join(sorted(self.questions)) or "-"
            raise FootproofError("E-API-QUERY", Where("query"), found=ascii(unknown[0][:60])[1:-1], known=known)
        return caller

    def _let_in(self, request: HttpRequest) -> Caller:
        caller = caller_of(request)
        needed = _SCOPES.get(self.access)
        if self.access is Access.PUBLIC:
            return caller
        caller.need_account()
        if self.access is Access.SIGNED_IN and caller.scopes is not None:
            raise FootproofError("E-API-SCOPE", needed="session")
        if needed and caller.scopes is not None and needed not in caller.scopes:
            raise FootproofError("E-API-SCOPE", needed=needed)
        if self.access is not Access.SIGNED_IN and not caller.reader.roles:
            raise FootproofError("E-API-ROLE", found="—", needed="*", rule="I15")
        return caller


def caller_in(request: HttpRequest) -> Caller:
    """Return whom the guard of an address let in."""
    caller: Caller = request.auth  # type: ignore[attr-defined]  # django-ninja sets it
    return caller


def caller_of(request: HttpRequest) -> Caller:
    """Return who calls, counted against the limit of calls.

    Raises:
        FootproofError: E-API-TOKEN for a token that does not hold; E-API-CSRF; E-ACCOUNT-SLOW.
    """
    at = clock.now()
    header = request.headers.get("Authorization", "")
    if header:
        address = address_of(request)
        kind, _, text = header.partition(" ")
        try:
            token = find_token(text.strip() if kind.casefold() == "bearer" else "", at)
        except FootproofError:
            need_turn(PUBLIC, address, at)
            raise
        need_turn(API, token.pk, at)
        reader = reader_of(token.account, token.organisation)
        return Caller(token.account, reader, frozenset(token.scopes), f"token:{token.pk}")
    account = signed_in(request)
    if account is None:
        need_turn(PUBLIC, address_of(request), at)
        return Caller(None, policy.PUBLIC, None, "")
    if check_csrf(request) is not None:
        raise FootproofError("E-API-CSRF")
    need_turn(API, account.pk, at)
    reader = reader_of(account, request.headers.get(ORGANISATION, ""))
    return Caller(account, reader, None, f"account:{account.pk}:{reader.organisation}")


def reader_of(account: Account, organisation: str) -> Reader:
    """Return as whom somebody reads; without a role there is nothing to read as."""
    today = legal_day(clock.now())
    if len(organisation) > LONGEST_NAME:
        raise FootproofError("E-API-HEADER", Where("request", field=ORGANISATION), name=ORGANISATION)
    found = read("person", account.pk)
    person = found.record if found is not None else Person(account.pk)
    held: dict[str, set[str]] = {}
    for duty in person.duties:
        if person.keeps(duty.role, duty.organisation, today):
            held.setdefault(duty.organisation, set()).add(duty.role)
    chosen = organisation or (next(iter(held)) if len(held) == 1 else "")
    records = read_many("organisation", [chosen]) if chosen in held else []
    if not records:
        return Reader(account.pk)
    where: Organisation = records[0].record
    bodies = _with_grant_of(where.id, today) if where.kind == ACCREDITATION_BODY else frozenset()
    return Reader(account.pk, where.id, where.kind, where.place, frozenset(held[chosen]), bodies)


def _with_grant_of(giver: str, day: date) -> frozenset[str]:
    """Return the bodies that hold a grant of an accreditation body; there are few bodies, so all of them are read."""
    bodies = (one.record for one in read_all("organisation", kind="body"))
    return frozenset(one.id for one in bodies if holds_grant_of(giver, one, day))
