"""The day that a moment falls on for the law: that of China Standard Time, UTC+8 the whole year.

Days of decisions, deadlines, orders and scopes are days of the place where the body, the authority and the holder are;
after 16:00 UTC that is the day after the one in Greenwich. The offset is fixed, since the country has one time and no
daylight saving: no time zone database can ever answer otherwise for a certificate that was issued.
"""

from datetime import date, datetime, time, timedelta, timezone

LEGAL_TIME = timezone(timedelta(hours=8))
DAY_STARTS = "T00:00:00+08:00"
DAY_ENDS = "T23:59:59+08:00"
"""What makes a day the first or last moment of it, as signed documents write their validity."""


def legal_day(at: datetime) -> date:
    """Return the day on which something that happens at a moment has happened.

    Args:
        at: With a time zone, whichever.

    Raises:
        ValueError: The moment has no time zone, so nobody can know its day.
    """
    if at.utcoffset() is None:
        raise ValueError("a moment without a time zone has no legal day")
    return at.astimezone(LEGAL_TIME).date()


def end_of_legal_day(day: date) -> datetime:
    """Return the last second of a day.

    Args:
        day: Of which `legal_day` is the converse.
    """
    return datetime.combine(day, time(23, 59, 59), LEGAL_TIME)
