"""Moments as signed documents write them: the `dateTimeStamp` of XML Schema, with a zone that is always said.

W3C XML Schema 1.1 part 2 §3.4.28. Narrower: four-digit years, no 24:00:00, no leap second, at most six decimals.
"""

import re
from datetime import UTC, date, datetime

from footproof.model.days import legal_day

_FORM = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})", re.ASCII
)


def read_moment(text: object) -> datetime | None:
    """Return the moment that a text names, or None where it names none.

    Args:
        text: Such as "2026-11-22T08:00:00Z" or "2026-11-22T16:00:00.5+08:00".

    Returns:
        A moment in UTC.
    """
    if not isinstance(text, str) or not _FORM.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def read_legal_day(text: object) -> date | None:
    """Return the legal day of the moment that a text names, or None where it names none.

    Args:
        text: As for `read_moment`; the very last hours of the year 9999 have no day either.
    """
    moment = read_moment(text)
    try:
        return None if moment is None else legal_day(moment)
    except OverflowError:
        return None


def write_moment(moment: datetime) -> str:
    """Return a moment as text, in UTC and whole seconds.

    Args:
        moment: With a time zone; parts of a second are cut off.

    Raises:
        ValueError: The moment has no time zone, so it is no moment.
    """
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    return moment.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"
