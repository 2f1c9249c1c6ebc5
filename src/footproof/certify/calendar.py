"""Working days: weekdays, less public holidays, plus the weekend days that are worked in exchange.

Holidays are data, year by year, from the notices of the State Council (`schemes/calendars/<id>.toml`). A year without
a notice counts by its weekdays only, and `unknown_years` says so.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib import resources
from typing import Any

from footproof.errors import FootproofError, Where
from footproof.formats.toml import Table, read_toml
from footproof.model.bilingual import Bilingual
from footproof.model.parameter import Confidence
from footproof.model.scheme import TimeLimit
from footproof.rules.reading import text

Spans = tuple[tuple[date, date], ...]
"""Times in which a clock stands still: after the first day, up to and with the last."""
MOST_DAYS = 20_000
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class CalendarYear:
    """One year as it was announced.

    Args:
        holidays: Days off that would be weekdays or weekends, by date with their name.
        workdays: Weekend days that are worked.
        source: The notice.
        confidence: How it is known.
    """

    holidays: Mapping[date, Bilingual]
    workdays: frozenset[date]
    source: str
    confidence: Confidence


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """The working days of a place, year by year."""

    id: str
    title: Bilingual
    years: Mapping[int, CalendarYear]


@cache
def load_calendar(name: str) -> WorkingCalendar:
    """Return a calendar that comes with footproof.

    Args:
        name: Such as "cn".

    Raises:
        FootproofError: E-CALENDAR-UNKNOWN.
    """
    root = resources.files("footproof") / "schemes" / "calendars"
    known = sorted(one.name.removesuffix(".toml") for one in root.iterdir() if one.name.endswith(".toml"))
    if name not in known:
        raise FootproofError("E-CALENDAR-UNKNOWN", name=name[:80], known=", ".join(known))
    return read_calendar((root / f"{name}.toml").read_bytes(), f"{name}.toml")


def read_calendar(data: bytes, name: str) -> WorkingCalendar:
    """Return the calendar that a file describes.

    Args:
        data: The file.
        name: Its name, for errors.

    Raises:
        FootproofError: E-TOML-*, E-KEY-*; E-CALENDAR-DAY for a day that stands in another year, twice, is a holiday and
            worked, or is said to be worked in exchange though it is no weekend day.
    """
    values, lines = read_toml(data, name)
    head = Table(values, name, lines)
    head.refuse_unknown(("id", "title", "year"))
    years: dict[int, CalendarYear] = {}
    for table in head.tables("year"):
        year = table.integer("year")
        if year in years:
            raise FootproofError("E-CALENDAR-DAY", table.where("year"), day=year)
        years[year] = _year(table, year)
    return WorkingCalendar(head.text("id"), text(head, "title"), years)


def is_working_day(calendar: WorkingCalendar, day: date) -> bool:
    """Tell whether a day is worked."""
    year = calendar.years.get(day.year)
    if year is not None:
        if day in year.workdays:
            return True
        if day in year.holidays:
            return False
    return day.weekday() < 5


def add_working_days(calendar: WorkingCalendar, day: date, days: int, waits: Spans = ()) -> date:
    """Return the last day of a time limit: the n-th working day after a day, which itself does not count.

    Args:
        calendar: Of the place.
        day: Day on which the clock starts.
        days: Not negative, at most 20,000; none gives the day itself. [working day]
        waits: When the clock stands still.

    Raises:
        FootproofError: E-CALENDAR-RANGE for another number of days.
    """
    if not 0 <= days <= MOST_DAYS:
        raise FootproofError("E-CALENDAR-RANGE", found=days, most=MOST_DAYS)
    while days:
        day += ONE_DAY
        days -= is_working_day(calendar, day) and not _stands(day, waits)
    return day


def working_days_between(calendar: WorkingCalendar, first: date, last: date) -> int:
    """Return how many working days there are after one day, up to and with another.

    Args:
        calendar: Of the place.
        first: Does not count itself.
        last: Counts; not before `first`.

    Raises:
        FootproofError: E-CALENDAR-RANGE where the last day is before the first or more than 20,000 days after.
    """
    span = (last - first).days
    if not 0 <= span <= MOST_DAYS:
        raise FootproofError("E-CALENDAR-RANGE", found=span, most=MOST_DAYS)
    return sum(is_working_day(calendar, first + timedelta(days=step)) for step in range(1, span + 1))


def due_day(calendar: WorkingCalendar, limit: TimeLimit, started: date, waits: Spans = ()) -> date:
    """Return the last day of a time limit of a scheme.

    Args:
        calendar: Of the place; it matters where only working days count.
        limit: The limit.
        started: Day on which the clock started.
        waits: When it stands still.
    """
    if limit.working:
        return add_working_days(calendar, started, limit.days, waits)
    day, left = started, limit.days
    while left:
        day += ONE_DAY
        left -= not _stands(day, waits)
    return day


def _stands(day: date, waits: Spans) -> bool:
    return any(first < day <= last for first, last in waits)


def unknown_years(calendar: WorkingCalendar, first: date, last: date) -> tuple[int, ...]:
    """Return the years from one day to another whose holidays are not known: there, weekdays alone were counted."""
    return tuple(year for year in range(first.year, last.year + 1) if year not in calendar.years)


def _year(table: Table, year: int) -> CalendarYear:
    table.refuse_unknown(("year", "source", "confidence", "holiday", "workdays"))
    holidays: dict[date, Bilingual] = {}
    for one in table.tables("holiday"):
        one.refuse_unknown(("name", "first", "last"))
        name, first, last = text(one, "name"), one.day("first"), one.day("last")
        for step in range((last - first).days + 1):
            day = first + timedelta(days=step)
            _refuse_day(day, day.year != year or day in holidays, one.where("first"))
            holidays[day] = name
        _refuse_day(last, last < first, one.where("last"))
    days = _days(table)
    for day in days:
        wrong = day.year != year or day in holidays or day.weekday() < 5 or days.count(day) > 1
        _refuse_day(day, wrong, table.where("workdays"))
    return CalendarYear(holidays, frozenset(days), table.text("source"), table.choice("confidence", Confidence))


def _days(table: Table) -> list[date]:
    found: Any = table.values.get("workdays", [])
    if not isinstance(found, list) or any(type(day) is not date for day in found):
        raise FootproofError(
            "E-KEY-TYPE", table.where("workdays"), key="workdays", found=str(found)[:40], needed="list of dates"
        )
    return found


def _refuse_day(day: date, wrong: bool, where: Where) -> None:
    if wrong:
        raise FootproofError("E-CALENDAR-DAY", where, day=day)
