"""XML Schema's dateTimeStamp against `datetime` where that reaches, and by the rules beyond."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footproof.credential.datetimestamp import seconds_at, seconds_of

OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
# Away from the ends of `datetime`, whose own conversion to UTC fails there.
MOMENTS = st.datetimes(datetime(2, 1, 1), datetime(9998, 12, 31), timezones=OFFSETS)  # noqa: DTZ001


@given(MOMENTS)
def test_both_ways_name_the_same_second(moment: datetime) -> None:
    text = moment.isoformat()
    assert seconds_of(text) == seconds_at(moment)
    assert seconds_of(moment.astimezone(UTC).isoformat().replace("+00:00", "Z")) == seconds_at(moment)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2024-02-29T24:00:00Z", "2024-03-01T00:00:00Z"),
        ("1999-12-31T24:00:00.000Z", "2000-01-01T00:00:00Z"),
        ("2000-01-01T00:00:00-14:00", "2000-01-01T14:00:00Z"),
        ("2000-01-01T00:00:00.10Z", "2000-01-01T00:00:00.1Z"),
        ("0000-12-31T24:00:00Z", "0001-01-01T00:00:00Z"),
        ("-0001-12-31T24:00:00Z", "0000-01-01T00:00:00Z"),
        ("12024-12-31T24:00:00Z", "12025-01-01T00:00:00Z"),
        ("0000-02-29T00:00:00Z", "0000-02-28T24:00:00Z"),
    ],
)
def test_two_texts_of_one_moment(one: str, other: str) -> None:
    assert seconds_of(one) is not None
    assert seconds_of(one) == seconds_of(other)


def test_fractions_are_exact() -> None:
    assert seconds_of("1970-01-01T00:00:00.123456789012345678Z") == Decimal("0.123456789012345678")


@pytest.mark.parametrize(
    "text",
    [
        "2023-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2023-04-31T00:00:00Z", "2023-00-01T00:00:00Z",
        "2023-13-01T00:00:00Z", "2023-01-01T24:00:01Z", "2023-01-01T23:59:60Z", "2023-01-01T23:60:00Z",
        "2023-01-01T00:00:00", "2023-01-01", "2023-01-01T00:00Z", "2023-01-01T00:00:00+14:01",
        "2023-01-01T00:00:00+15:00",
        "2023-01-01T00:00:00+0100", "2023-01-01 00:00:00Z", "2023-01-01t00:00:00z", "23-01-01T00:00:00Z",
        "02023-01-01T00:00:00Z", "+2023-01-01T00:00:00Z", "-0000-01-01T00:00:00Z", "2023-01-01T00:00:00.Z",
        "２０２３-01-01T00:00:00Z", "2023-01-01T00:00:00Z\n", " 2023-01-01T00:00:00Z", "2023-1-1T00:00:00Z",
        "2023-01-01T00:00:00." + "0" * 60 + "Z", "", None, 5, ["2023-01-01T00:00:00Z"],
    ],
)  # fmt: skip
def test_what_is_no_moment(text: object) -> None:
    assert seconds_of(text) is None


def test_a_clock_without_zone_is_no_clock() -> None:
    with pytest.raises(ValueError, match="zone"):
        seconds_at(datetime(2023, 1, 1))  # noqa: DTZ001
