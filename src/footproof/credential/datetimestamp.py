"""The `dateTimeStamp` of XML Schema 1.1 part 2 (§3.4.28, §3.3.7), whole: any year, 24:00:00, any offset and fraction.

VCDM 2.0 and Data Integrity allow all of it, so credentials of others may use it; what we write is narrower (`moment`).
A moment is a number of seconds since 1970-01-01T00:00:00Z in the proleptic Gregorian calendar; year 0 is 1 BCE.
"""

import re
from datetime import UTC, datetime
from decimal import Decimal

LONGEST = 64

_FORM = re.compile(
    r"(-?(?:[1-9][0-9]{3,}|0[0-9]{3}))-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
    r"T(?:([01][0-9]|2[0-3]):([0-5][0-9]):([0-5][0-9](?:\.[0-9]+)?)|24:00:00(?:\.0+)?)"
    r"(Z|[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00))"
)
_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_DAYS_BEFORE_1970 = 719162  # From 0001-01-01.
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def seconds_of(text: object) -> Decimal | None:
    """Return the moment a `dateTimeStamp` names, or None where the value is none.

    Args:
        text: Any JSON value.

    Returns:
        Time since 1970-01-01T00:00:00Z, exact. [s]
    """
    found = _FORM.fullmatch(text) if isinstance(text, str) and len(text) <= LONGEST else None
    if found is None:
        return None
    year, month, day = int(found[1]), int(found[2]), int(found[3])
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    if found[1] == "-0000" or day > _DAYS[month - 1] + (leap and month == 2):
        return None
    clock = Decimal(86400) if found[4] is None else int(found[4]) * 3600 + int(found[5]) * 60 + Decimal(found[6])
    before = year - 1
    days = before * 365 + before // 4 - before // 100 + before // 400 + sum(_DAYS[: month - 1]) + day - 1
    days += (leap and month > 2) - _DAYS_BEFORE_1970
    zone = 0
    if found[7] != "Z":
        zone = (int(found[7][1:3]) * 3600 + int(found[7][4:6]) * 60) * (-1 if found[7][0] == "-" else 1)
    return days * 86400 + clock - zone


def seconds_at(moment: datetime) -> Decimal:
    """Return a moment of the caller's clock on the same scale.

    Args:
        moment: With a time zone.

    Returns:
        Time since 1970-01-01T00:00:00Z. [s]

    Raises:
        ValueError: The moment has no time zone, so it is no moment.
    """
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    passed = moment - _EPOCH
    return passed.days * 86400 + passed.seconds + Decimal(passed.microseconds).scaleb(-6)
