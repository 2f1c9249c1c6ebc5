"""Laws of rounding to significant digits, and the ties as GB/T 8170 settles them."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footproof.errors import FootproofError
from footproof.label.rounding import MODES, RoundingMode, plain_text, round_significant

figures = st.builds(
    lambda digits, exponent: Decimal(digits).scaleb(exponent),
    st.integers(-(10**15) + 1, 10**15 - 1),
    st.integers(-20, 10),
)
digit_counts = st.integers(1, 15)
modes = st.sampled_from(["half-even", "half-up", "up"])


def _unit(value: Decimal, digits: int) -> Decimal:
    """Return the size of the last digit kept."""
    return Decimal(1).scaleb(value.adjusted() - digits + 1)


@given(figures, digit_counts, modes)
def test_rounding_twice_is_rounding_once(value: Decimal, digits: int, mode: RoundingMode) -> None:
    once = round_significant(value, digits, mode)
    assert str(round_significant(once, digits, mode)) == str(once)


@given(figures, digit_counts, modes)
def test_no_more_digits_are_left_than_asked(value: Decimal, digits: int, mode: RoundingMode) -> None:
    found = round_significant(value, digits, mode)
    assert len(found.as_tuple().digits) <= digits or found == value


@given(figures, digit_counts, modes)
def test_the_sign_plays_no_part(value: Decimal, digits: int, mode: RoundingMode) -> None:
    assert round_significant(-value, digits, mode) == -round_significant(value, digits, mode)


@given(figures, digit_counts, modes, st.integers(-10, 10))
def test_the_decimal_point_plays_no_part(value: Decimal, digits: int, mode: RoundingMode, power: int) -> None:
    moved = round_significant(value.scaleb(power), digits, mode)
    assert moved == round_significant(value, digits, mode).scaleb(power)


@given(figures, digit_counts)
def test_the_nearest_is_within_half_a_unit(value: Decimal, digits: int) -> None:
    for mode in ("half-even", "half-up"):
        error = abs(round_significant(value, digits, mode) - value)
        assert 2 * error <= _unit(value, digits)


@given(figures, digit_counts)
def test_up_never_flatters(value: Decimal, digits: int) -> None:
    found = round_significant(value, digits, "up")
    assert abs(value) <= abs(found) < abs(value) + _unit(value, digits)


@given(figures, figures, digit_counts, modes)
def test_order_is_kept(a: Decimal, b: Decimal, digits: int, mode: RoundingMode) -> None:
    low, high = sorted((a, b))
    assert round_significant(low, digits, mode) <= round_significant(high, digits, mode)


@given(st.integers(-999, 999), st.integers(-9, 9), modes)
def test_what_has_the_digits_already_stays(number: int, exponent: int, mode: RoundingMode) -> None:
    value = Decimal(number).scaleb(exponent)
    assert str(round_significant(value, 3, mode)) == str(value)


@pytest.mark.parametrize(
    ("value", "digits", "mode", "shown"),
    [
        ("1.0502", 2, "half-even", "1.1"),  # just above a tie
        ("1.050", 2, "half-even", "1.0"),  # a tie after an even digit
        ("1.150", 2, "half-even", "1.2"),  # a tie after an odd digit
        ("0.0350", 1, "half-even", "0.04"),
        ("0.0325", 2, "half-even", "0.032"),
        ("32500", 2, "half-even", "32000"),
        ("-365", 2, "half-even", "−360"),
        ("15.4546", 2, "half-even", "15"),  # in one step; in two steps it would become 16
        ("61.25", 3, "half-even", "61.2"),
        ("61.25", 3, "half-up", "61.3"),
        ("61.201", 3, "up", "61.3"),
        ("9.996", 3, "half-even", "10.0"),
        ("99.96", 3, "half-even", "100"),
        ("999.6", 3, "half-even", "1000"),
        ("0.00099951", 3, "half-even", "0.00100"),
        ("1234567", 3, "half-even", "1230000"),
        ("61", 3, "half-even", "61"),
        ("0", 3, "half-even", "0"),
        ("0.00", 1, "half-even", "0.00"),
    ],
)
def test_ties_and_carries(value: str, digits: int, mode: RoundingMode, shown: str) -> None:
    assert plain_text(round_significant(Decimal(value), digits, mode)) == shown


@pytest.mark.parametrize(
    ("value", "digits", "mode"),
    [
        ("1", 0, "half-even"),
        ("1", 16, "half-even"),
        ("1", 3, "down"),
        ("NaN", 3, "up"),
        ("Infinity", 3, "up"),
    ],
)
def test_a_wrong_call_is_refused(value: str, digits: int, mode: RoundingMode) -> None:
    assert set(MODES) == {"half-even", "half-up", "up"}
    with pytest.raises(FootproofError, match="E-LABEL-RULE"):
        round_significant(Decimal(value), digits, mode)
