"""How often something may be tried: fixed windows.

Tries to get in are counted in the database, so that every process counts the same and a start forgets nothing; counting
is one statement, so that tries made at the same time are all counted. Calls are counted in memory, by each process for
itself: what is only read need not wait for whoever writes. OWASP ASVS 5, 6.3 and 2.4.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

from django.db import connection
from django.http import HttpRequest

from footproof.errors import FootproofError
from footproof.server.accounts.here import note
from footproof.server.accounts.models import Tally


@dataclass(frozen=True, slots=True)
class Limit:
    """How many tries a window has.

    Args:
        name: What is counted.
        most: Tries. [1]
        window: Length of the window.
    """

    name: str
    most: int
    window: timedelta


# From one address first, so that a stranger cannot keep somebody out for nothing.
SIGN_IN_PAIR = Limit("pair", 5, timedelta(minutes=15))
SIGN_IN_ACCOUNT = Limit("account", 25, timedelta(minutes=15))
SIGN_IN_ADDRESS = Limit("address", 50, timedelta(minutes=15))
CODE = Limit("code", 5, timedelta(minutes=15))
INVITED = Limit("invited", 20, timedelta(minutes=15))
API = Limit("api", 600, timedelta(minutes=1))
PUBLIC = Limit("public", 600, timedelta(minutes=1))

_COUNT = """
INSERT INTO accounts_tally (key, count, until) VALUES (%s, 1, %s)
ON CONFLICT (key) DO UPDATE SET
  count = CASE WHEN accounts_tally.until <= %s THEN 1 ELSE accounts_tally.count + 1 END,
  until = CASE WHEN accounts_tally.until <= %s THEN excluded.until ELSE accounts_tally.until END
RETURNING count, until
"""


def tried(limit: Limit, who: str, at: datetime) -> int:
    """Count one try and return how many there were in the window, this one included.

    Args:
        limit: What is counted.
        who: Digest of whoever tries.
        at: Now.
    """
    moment, until = (connection.ops.adapt_datetimefield_value(one) for one in (at, at + limit.window))
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [_key(limit, who), until, moment, moment])
        return int(cursor.fetchone()[0])


MOST_WINDOWS = 50_000
"""Callers that are counted in memory at the same time; of more, those whose windows began first are forgotten."""


class Calls:
    """Calls, counted in memory."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._windows: dict[str, tuple[int, datetime]] = {}

    def made(self, limit: Limit, who: str, at: datetime) -> int:
        """Count one call and return how many there were in the window; as `tried`."""
        key = _key(limit, who)
        with self._lock:
            count, until = self._windows.get(key, (0, at))
            if until <= at:
                self._windows.pop(key, None)  # a new window goes to the end: the dict is in order of their beginnings
                count, until = 0, at + limit.window
            self._windows[key] = count + 1, until
            if len(self._windows) > MOST_WINDOWS:
                del self._windows[next(iter(self._windows))]
        return count + 1


_CALLS = Calls()


def need_turn(limit: Limit, who: str, at: datetime) -> None:
    """Count one call, in memory, and refuse it where there were too many.

    Raises:
        FootproofError: E-ACCOUNT-SLOW.
    """
    if _CALLS.made(limit, who, at) > limit.most:
        raise _slow(limit)


def need_room(request: HttpRequest, limit: Limit, who: str, at: datetime, account: str = "") -> None:
    """Count one try, in the database, and refuse it where there were too many.

    The first refusal of a window is noted, and no later one: whoever keeps trying would fill the record.

    Args:
        request: Who asks.
        limit: What is counted.
        who: As `tried`.
        at: Now.
        account: Whose account it is about, where that is known.

    Raises:
        FootproofError: E-ACCOUNT-SLOW.
    """
    made = tried(limit, who, at)
    if made == limit.most + 1:
        note(request, "tries.refused", account)
    if made > limit.most:
        raise _slow(limit)


def _slow(limit: Limit) -> FootproofError:
    return FootproofError("E-ACCOUNT-SLOW", seconds=int(limit.window.total_seconds()))


def exhausted(limit: Limit, who: str, at: datetime) -> bool:
    """Tell whether a window has no try left, counting nothing."""
    return Tally.objects.filter(key=_key(limit, who), until__gt=at, count__gte=limit.most).exists()


def forgive(limit: Limit, who: str) -> None:
    """Forget the tries of somebody who proved to be who they say."""
    Tally.objects.filter(key=_key(limit, who)).delete()


def sweep(at: datetime) -> None:
    """Forget windows that are over."""
    Tally.objects.filter(until__lte=at).delete()


def _key(limit: Limit, who: str) -> str:
    return f"{limit.name}:{who}"
