"""Working days of mainland China: the days of the notices, and the laws of counting."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footproof.certify.calendar import (
    add_working_days,
    due_day,
    is_working_day,
    load_calendar,
    read_calendar,
    unknown_years,
    working_days_between,
)
from footproof.certify.scheme import load_scheme
from footproof.errors import FootproofError

CN = load_calendar("cn")
days = st.dates(date(2024, 1, 1), date(2028, 12, 31))
counts = st.integers(0, 120)


@pytest.mark.parametrize(("year", "off", "worked"), [(2025, 28, 5), (2026, 33, 6)])
def test_the_years_hold_what_the_notices_say(year: int, off: int, worked: int) -> None:
    # 2025: 1 + 8 + 3 + 5 + 3 + 8 days off; 2026: 3 + 9 + 3 + 5 + 3 + 3 + 7.
    assert (len(CN.years[year].holidays), len(CN.years[year].workdays)) == (off, worked)


@pytest.mark.parametrize(
    ("day", "worked"),
    [
        (date(2026, 2, 14), True),
        (date(2026, 2, 16), False),
        (date(2026, 2, 23), False),
        (date(2026, 2, 24), True),
        (date(2026, 9, 20), True),
        (date(2026, 9, 19), False),
        (date(2026, 10, 7), False),
        (date(2026, 10, 10), True),
        (date(2025, 9, 28), True),
    ],
)
def test_days_of_the_notices(day: date, worked: bool) -> None:
    assert is_working_day(CN, day) is worked


def test_fifteen_working_days_over_the_national_holiday() -> None:
    assert add_working_days(CN, date(2026, 9, 18), 15) == date(2026, 10, 15)
    assert working_days_between(CN, date(2026, 9, 18), date(2026, 10, 15)) == 15


@given(days, counts, counts)
def test_adding_working_days_is_additive(day: date, one: int, other: int) -> None:
    assert add_working_days(CN, add_working_days(CN, day, one), other) == add_working_days(CN, day, one + other)


@given(days, counts)
def test_counting_undoes_adding(day: date, count: int) -> None:
    last = add_working_days(CN, day, count)
    assert working_days_between(CN, day, last) == count
    assert count == 0 or is_working_day(CN, last)


@given(days, st.integers(0, 400), st.integers(0, 400))
def test_spans_add_up(day: date, one: int, other: int) -> None:
    middle, last = day + timedelta(days=one), day + timedelta(days=one + other)
    whole = working_days_between(CN, day, last)
    assert working_days_between(CN, day, middle) + working_days_between(CN, middle, last) == whole


def test_a_year_without_a_notice_is_said() -> None:
    assert unknown_years(CN, date(2026, 12, 1), date(2027, 1, 15)) == (2027,)
    assert unknown_years(CN, date(2025, 12, 1), date(2026, 1, 15)) == ()
    assert is_working_day(CN, date(2027, 1, 1))  # a Friday, and nothing else is known


def test_a_limit_in_days_counts_every_day() -> None:
    limit = load_scheme("cn.cfp.label@CNCA-CFP-00-2025").time_limits[0]
    assert (limit.days, limit.working) == (90, False)
    assert due_day(CN, limit, date(2026, 1, 1)) == date(2026, 4, 1)


@pytest.mark.parametrize("count", [-1, 20_001])
def test_a_number_of_days_beyond_reason_is_refused(count: int) -> None:
    with pytest.raises(FootproofError) as refusal:
        add_working_days(CN, date(2026, 1, 1), count)
    assert refusal.value.code == "E-CALENDAR-RANGE"


def test_time_does_not_run_backwards() -> None:
    with pytest.raises(FootproofError) as refusal:
        working_days_between(CN, date(2026, 1, 2), date(2026, 1, 1))
    assert refusal.value.code == "E-CALENDAR-RANGE"


def test_an_unknown_calendar_is_refused() -> None:
    with pytest.raises(FootproofError) as refusal:
        load_calendar("de")
    assert refusal.value.code == "E-CALENDAR-UNKNOWN"


YEAR = """
id = "x"
title = {{ zh = "示例", en = "x" }}
[[year]]
year = 2026
source = "invented"
confidence = "recalled"
workdays = [{workdays}]
[[year.holiday]]
name = {{ zh = "假日", en = "holiday" }}
first = {first}
last = {last}
"""


@pytest.mark.parametrize(
    ("workdays", "first", "last", "code"),
    [
        ("2026-01-04", "2026-01-01", "2026-01-03", ""),
        ("2026-01-05", "2026-01-01", "2026-01-03", "E-CALENDAR-DAY"),
        ("2026-01-03", "2026-01-01", "2026-01-03", "E-CALENDAR-DAY"),
        ("2026-01-04, 2026-01-04", "2026-01-01", "2026-01-03", "E-CALENDAR-DAY"),
        ("2027-01-03", "2026-01-01", "2026-01-03", "E-CALENDAR-DAY"),
        ("", "2025-12-31", "2026-01-03", "E-CALENDAR-DAY"),
        ("", "2026-01-03", "2026-01-01", "E-CALENDAR-DAY"),
        ('"Sunday"', "2026-01-01", "2026-01-01", "E-KEY-TYPE"),
    ],
)
def test_a_calendar_is_read_strictly(workdays: str, first: str, last: str, code: str) -> None:
    data = YEAR.format(workdays=workdays, first=first, last=last).encode()
    if not code:
        assert len(read_calendar(data, "x.toml").years[2026].holidays) == 3
        return
    with pytest.raises(FootproofError) as refusal:
        read_calendar(data, "x.toml")
    assert refusal.value.code == code
