"""Sessions: kept in the database under a digest, with an end after idleness and an end whatever happens.

OWASP ASVS 5, chapter 7. The browser's key never stands in the database; a new one is given whenever somebody signs in.
What a session says of somebody holds for the password that the account had then: one that is half signed in stands
under no account in the table, and could not be ended by its row.
"""

from datetime import timedelta
from typing import Any

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

from footproof.server.accounts import clock
from footproof.server.accounts.models import Account, Session
from footproof.server.accounts.vault import digest_secret

IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=12)
_TOUCH = timedelta(minutes=1)
_COLUMN = 40

ACCOUNT = "account"
AGENT = "agent"
BOUND = "bound"


class SessionStore(DatabaseStore):
    """The session of one browser."""

    @classmethod
    def get_model_class(cls) -> type[Session]:
        """Return the table."""
        return Session

    def _get_session_from_db(self) -> Session | None:
        """Return the row, where the session goes on; one that is over is deleted."""
        row = Session.objects.filter(session_key=_stored(self.session_key)).first()
        at = clock.now()
        if row is None or row.seen + IDLE <= at or row.began + ABSOLUTE <= at:
            if row is not None:
                row.delete()
            self._session_key = None
            return None
        if row.seen + _TOUCH <= at:
            Session.objects.filter(pk=row.pk).update(seen=at)
        return row

    def exists(self, session_key: str) -> bool:
        """Tell whether a key is taken."""
        return Session.objects.filter(session_key=_stored(session_key)).exists()

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        """Return the row of a session as it is to be saved."""
        at = clock.now()
        key: str = self._get_or_create_session_key()  # type: ignore[attr-defined]  # which the stubs lack
        digest = _stored(key)
        there = Session.objects.filter(session_key=digest).values_list("began", flat=True).first()
        return Session(
            session_key=digest,
            session_data=self.encode(data),
            expire_date=at + IDLE,
            account=str(data.get(ACCOUNT, "")),
            began=there or at,
            seen=at,
            agent=str(data.get(AGENT, ""))[:120],
        )

    def delete(self, session_key: str | None = None) -> None:
        """Delete a session; the present one where none is named."""
        key = session_key if session_key is not None else self.session_key
        if key is not None:
            Session.objects.filter(session_key=_stored(key)).delete()


def bind(request: HttpRequest, account: Account) -> None:
    """Let the session that asks hold until the account has another password, or none."""
    request.session[BOUND] = account.get_session_auth_hash()


def is_bound(request: HttpRequest, account: Account) -> bool:
    """Tell whether the account still has the password that it had when the session that asks was bound to it."""
    return constant_time_compare(str(request.session.get(BOUND, "")), account.get_session_auth_hash())


def sessions_of(account: str) -> list[Session]:
    """Return the sessions of an account that go on, the latest first."""
    at = clock.now()
    going = Session.objects.filter(account=account, seen__gt=at - IDLE, began__gt=at - ABSOLUTE)
    return list(going.order_by("-seen"))


def is_present(request: HttpRequest, session: Session) -> bool:
    """Tell whether a session is the one that asks."""
    return session.session_key == _stored(request.session.session_key)


def end_sessions(account: str, name: str = "") -> int:
    """End sessions of an account and return how many.

    Args:
        account: Whose.
        name: Which, as `name_of` says; all where left out.
    """
    mine = [one for one in Session.objects.filter(account=account) if not name or name_of(one) == name]
    Session.objects.filter(pk__in=[one.pk for one in mine]).delete()
    return len(mine)


def name_of(session: Session) -> str:
    """Return the short name under which a session is listed and ended."""
    return session.session_key[:16]


def sweep() -> None:
    """Delete sessions that are over."""
    at = clock.now()
    Session.objects.filter(seen__lte=at - IDLE).delete()
    Session.objects.filter(began__lte=at - ABSOLUTE).delete()


def _stored(key: str | None) -> str:
    """Return what stands in the table for the key of a browser: 160 bits, which is what Django's column holds."""
    return digest_secret(key or "")[:_COLUMN]
