"""Days are those of China: of a moment, in every operation, and of a decision taken in the evening of Greenwich."""

import re
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import footproof
from certify.actions import in_memory
from certify.cast import ALPHA, LABEL, Script, actor, schemes
from footproof.certify.calendar import add_working_days, load_calendar
from footproof.certify.case import Outcome
from footproof.certify.certificate import Certified, Standing
from footproof.certify.clocks import due_of
from footproof.certify.labels import LicenseLabels
from footproof.credential.moment import read_legal_day, read_moment
from footproof.model.days import DAY_ENDS, DAY_STARTS, LEGAL_TIME, end_of_legal_day, legal_day

SOURCES = Path(footproof.__file__).parent
EVENING = datetime(2026, 3, 20, 17, 30, tzinfo=UTC)
NEXT = date(2026, 3, 21)
offsets = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
moments = st.builds(datetime.fromtimestamp, st.integers(0, 200_000_000_000), offsets)
days = st.dates(date(1970, 1, 1), date(9000, 1, 1))


@given(days)
def test_the_day_begins_at_sixteen_hours_of_the_day_before_in_greenwich(day: date) -> None:
    begins = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=8)
    assert begins.hour == 16
    assert legal_day(begins) == day
    assert legal_day(begins - timedelta(microseconds=1)) == day - timedelta(days=1)
    assert legal_day(begins + timedelta(hours=24) - timedelta(microseconds=1)) == day


@given(moments, offsets)
def test_a_moment_has_one_day_wherever_its_clock_stands(at: datetime, zone: timezone) -> None:
    assert legal_day(at) == legal_day(at.astimezone(zone)) == legal_day(at.astimezone(UTC))
    assert legal_day(at) - at.astimezone(UTC).date() in (timedelta(0), timedelta(days=1))


@given(moments, st.timedeltas(timedelta(0), timedelta(days=400)))
def test_days_follow_each_other_as_moments_do(at: datetime, later: timedelta) -> None:
    assert legal_day(at) <= legal_day(at + later)
    assert legal_day(at + timedelta(days=1)) == legal_day(at) + timedelta(days=1)


@given(days)
def test_a_day_ends_with_its_last_second_and_is_written_so(day: date) -> None:
    assert legal_day(end_of_legal_day(day)) == day
    assert legal_day(end_of_legal_day(day) + timedelta(seconds=1)) == day + timedelta(days=1)
    assert read_moment(f"{day.isoformat()}{DAY_ENDS}") == end_of_legal_day(day)
    assert read_moment(f"{day.isoformat()}{DAY_STARTS}") == datetime(day.year, day.month, day.day, tzinfo=LEGAL_TIME)


def test_a_moment_without_a_zone_has_no_day() -> None:
    with pytest.raises(ValueError, match="time zone"):
        legal_day(EVENING.replace(tzinfo=None))


@pytest.mark.parametrize("text", ["2026-03-20", "2026-03-20T17:30:00", "9999-12-31T16:00:00Z", "", None, 5])
def test_a_text_that_names_no_moment_names_no_day(text: object) -> None:
    assert read_legal_day(text) is None
    assert read_legal_day("2026-03-20T17:30:00Z") == NEXT


@pytest.mark.parametrize("part", ["certify", "check", "recognise", "server/accounts", "server/api", "server/store"])
def test_nobody_takes_the_day_of_greenwich(part: str) -> None:
    found = [
        f"{path.relative_to(SOURCES)}:{number}"
        for path in sorted((SOURCES / part).rglob("*.py"))
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if re.search(r"\.date\(\)|\[:10\]\)", line)
    ]
    assert found == [], "the day of a moment is legal_day(at)"


def test_a_decision_in_the_evening_of_greenwich_is_of_the_next_day() -> None:
    script = Script(in_memory(0))
    script.apply("evening")
    script.now = EVENING - timedelta(days=2)
    script.accept("evening")
    calendar, case = load_calendar("cn"), script.case("evening")
    accepted = NEXT - timedelta(days=2)
    assert (case.accepted, case.terms is not None) == (accepted, True)
    assert case.terms is not None
    agreed = add_working_days(calendar, accepted, case.terms.working_days)
    due = due_of(case, schemes()[LABEL], calendar)
    assert due is not None
    assert due <= agreed
    script.plan("evening")
    script.complete("evening")
    script.review("evening", Outcome.GRANT)
    script.now = EVENING
    script.decide("evening", Outcome.GRANT, "DEMO-2026-0001")
    found = script.world.find(Certified, "DEMO-2026-0001")
    assert found is not None
    held, decision = found.held, script.case("evening").decision
    assert decision is not None
    assert held.decided == held.first == decision.on == NEXT
    assert held.last == date(2028, 3, 20)
    assert found.standing(legal_day(script.now)) is Standing.VALID
    assert found.standing(EVENING.date()) is Standing.NOT_YET
    assert found.standing(held.last + timedelta(days=1)) is Standing.EXPIRED
    script.do(LicenseLabels("DEMO-2026-0001", "B-1", 1000), actor(ALPHA, "p"))  # of a certificate that holds that day
