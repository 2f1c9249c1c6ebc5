"""Laws of exact numbers, held against Python's fractions and decimals."""

import re
import subprocess
import sys
from collections.abc import Callable
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from math import gcd

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from footproof.errors import FootproofError
from footproof.expressions import exact
from footproof.expressions.exact import Exact

WHOLE = st.integers(-(2**200), 2**200) | st.integers(-20, 20)
POSITIVE = st.integers(1, 2**200) | st.integers(1, 20) | st.integers(0, 99).map(lambda k: 10**k)
PAIRS = st.tuples(WHOLE, POSITIVE)
NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]*[1-9])?", re.ASCII)


def fraction(value: Exact) -> Fraction:
    return Fraction(*value)


@given(PAIRS, PAIRS)
def test_sums_differences_and_products_are_those_of_fractions(a: Exact, b: Exact) -> None:
    assert fraction(exact.add(a, b)) == fraction(a) + fraction(b)
    assert fraction(exact.subtract(a, b)) == fraction(a) - fraction(b)
    assert fraction(exact.multiply(a, b)) == fraction(a) * fraction(b)


@given(PAIRS, PAIRS)
def test_the_pairs_are_those_of_the_specification(a: Exact, b: Exact) -> None:
    shared = gcd(a[1], b[1])
    assert exact.add(a, b) == (a[0] * (b[1] // shared) + b[0] * (a[1] // shared), a[1] * (b[1] // shared))
    assert exact.multiply(a, b) == (a[0] * b[0], a[1] * b[1])
    assert exact.add(exact.ZERO, a) == a


@given(PAIRS, PAIRS)
def test_a_quotient_is_that_of_fractions_over_a_positive_denominator(a: Exact, b: Exact) -> None:
    if b[0] == 0:
        with pytest.raises(FootproofError, match="E-SHEET-DIVISION"):
            exact.divide(a, b)
        return
    quotient = exact.divide(a, b)
    sign = 1 if b[0] > 0 else -1
    assert quotient == (sign * a[0] * b[1], sign * a[1] * b[0])
    assert quotient[1] > 0
    assert fraction(quotient) == fraction(a) / fraction(b)


@given(PAIRS, PAIRS, st.integers(1, 2**70))
def test_order_is_that_of_fractions_and_knows_equals_in_other_terms(a: Exact, b: Exact, k: int) -> None:
    left, right = fraction(a), fraction(b)
    assert exact.compare(a, b) == (left > right) - (left < right) == -exact.compare(b, a)
    assert exact.compare(a, (a[0] * k, a[1] * k)) == 0


@pytest.mark.parametrize("sign", [1, -1])
def test_integers_stay_below_two_to_the_65536(sign: int) -> None:
    most = 2**65536 - 1
    assert exact.add((sign * (most - 1), 1), (sign, 1)) == (sign * most, 1)
    assert exact.divide((1, 1), (sign * most, 1)) == (sign, most)
    works: tuple[Callable[[], Exact], ...] = (
        lambda: exact.add((sign * most, 1), (sign, 1)),
        lambda: exact.subtract((sign * most, 1), (-sign, 1)),
        lambda: exact.multiply((sign * 2**32768, 1), (2**32768, 1)),
        lambda: exact.multiply((1, 2**32768), (1, 2**32768)),
        lambda: exact.divide((1, 2**32768), (sign * 2**32768, 1)),
    )
    for work in works:
        with pytest.raises(FootproofError, match="E-SHEET-SIZE"):
            work()


@given(PAIRS)
@example((1, 2**60))
@example((1, 2**61))
@example((-1, 5**60))
@example((-7, 5**61))
@example((3, 10**60 * 3))
@example((10**70, 1))
def test_what_is_written_is_read_back(value: Exact) -> None:
    text = exact.write(value)
    assert fraction(exact.read(text)) == fraction(value)
    reduced = fraction(value)
    if "/" in text:
        assert text == f"{reduced.numerator}/{reduced.denominator}"
        assert 10**60 % reduced.denominator
    else:
        assert NUMBER.fullmatch(text)
        assert text != "-0"
        assert Fraction(text) == reduced
        assert 10**60 % reduced.denominator == 0


@given(st.integers(5000, 60_000), st.booleans())
def test_long_integers_are_written_in_full(bits: int, over: bool) -> None:
    value = (3**9 * 2**bits + 1, 7) if over else (2**bits + 1, 1)
    shared = gcd(*value)
    p, _, q = exact.write(value).partition("/")
    assert (int(Decimal(p)), int(q or 1)) == (value[0] // shared, value[1] // shared)


@given(st.text("0123456789./-+ ", max_size=12) | st.text(max_size=6))
@example("1/1")
@example("2/4")
@example("1/0")
@example("1/-3")
@example("0/3")
@example("NaN")
@example("sNaN")
@example("-Infinity")
@example("1e5")
@example("1_0")
@example("１")
@example("1/3/3")
@example("NaN/3")
@example("1/Infinity")
def test_reading_accepts_only_what_is_written(text: str) -> None:
    try:
        value = exact.read(text)
    except FootproofError as problem:
        assert problem.code == "E-SHEET-NUMBER"  # noqa: PT017  # either outcome is right
    else:
        assert exact.write(value) == text


@pytest.mark.parametrize("text", ["1e99999999", "1E-99999999", "1e99999999/3", "3/1E+99999999"])
def test_reading_a_huge_exponent_costs_nothing(text: str) -> None:
    work = f"from footproof.expressions import exact\nexact.read({text!r})"
    done = subprocess.run([sys.executable, "-c", work], capture_output=True, timeout=20, check=False)
    assert b"E-SHEET-NUMBER" in done.stderr


def half_even(value: Fraction, digits: int) -> Decimal:
    """Round with decimals: 400 digits are enough to tell on which side of a tie a quotient of 200 bits lies."""
    quotient = Decimal(value.numerator), Decimal(value.denominator)
    long = Context(prec=400, Emax=10**6, Emin=-(10**6)).divide(*quotient)
    return Context(prec=digits, rounding=ROUND_HALF_EVEN, Emax=10**6, Emin=-(10**6)).plus(long)


@given(PAIRS, st.integers(1, 15))
def test_rounding_is_that_of_decimals(value: Exact, digits: int) -> None:
    text = exact.round_significant(value, digits)
    assert NUMBER.fullmatch(text)
    assert text != "-0"
    assert Decimal(text) == half_even(fraction(value), digits)


@given(st.integers(1, 10**15 - 1), st.integers(-40, 40), st.sampled_from((-1, 0, 1)), st.sampled_from((1, -1)))
def test_ties_go_to_the_even_neighbour_and_nothing_else_does(head: int, power: int, beside: int, sign: int) -> None:
    digits = len(str(head))
    scale = Fraction(10) ** power
    value = sign * ((head * 10 + 5) * scale + beside * scale / 10**50)
    up = beside > 0 or (beside == 0 and head % 2 == 1)
    expected = sign * (head + up) * 10 * scale
    assert Fraction(exact.round_significant((value.numerator, value.denominator), digits)) == expected


def is_number(text: str) -> bool:
    """Tell whether section 2 of the specification calls a text a number, by way of decimals."""
    if not NUMBER.fullmatch(text) or text == "-0":
        return False
    _, digits, exponent = Decimal(text).as_tuple()
    assert isinstance(exponent, int)
    shown = "".join(map(str, digits))
    if shown == "0":
        return True
    significant = shown.strip("0")
    last = exponent + len(shown) - len(shown.rstrip("0"))
    first = exponent + len(shown.lstrip("0")) - 1
    return len(significant) <= 12 and last >= -30 and first <= 41


DECIMALS = st.builds(
    lambda digits, exponent: format(Decimal(digits).scaleb(exponent, Context(prec=99)), "f"),
    st.integers(-(10**13), 10**13) | st.integers(-99, 99),
    st.integers(-33, 33),
)
NEAR = DECIMALS.map(lambda text: text.rstrip("0").rstrip(".") if "." in text else text)


@given(DECIMALS | NEAR | st.from_regex(NUMBER, fullmatch=True) | st.text("0123456789.-", max_size=14) | st.text())
@example("-0")
@example("0.0")
@example("1\n")
@example("999999999999" + "0" * 30)
@example("1" + "0" * 42)
@example("0." + "0" * 29 + "1")
@example("0." + "0" * 30 + "1")
@example("0." + "0" * 18 + "123456789012")
@example("0." + "0" * 19 + "123456789012")
@example("1" + "0" * 5000)
def test_a_number_is_exactly_what_the_grammar_says(text: str) -> None:
    if is_number(text):
        assert Fraction(*exact.number(text)) == Fraction(text)
        assert exact.number(text)[1] == 10 ** len(text.partition(".")[2])
    else:
        with pytest.raises(FootproofError, match="E-SHEET-NUMBER"):
            exact.number(text)


@given(st.integers(-40, 40) | WHOLE, st.integers(-3, 40) | POSITIVE)
def test_a_stored_ratio_is_in_lowest_terms_and_not_whole(p: int, q: int) -> None:
    if q > 1 and gcd(p, q) == 1:
        assert exact.ratio(str(p), str(q)) == (p, q)
    else:
        with pytest.raises(FootproofError, match="E-SHEET-NUMBER"):
            exact.ratio(str(p), str(q))


@given(st.decimals(allow_nan=False, allow_infinity=False, places=20) | st.decimals("-1e20", "1e20"))
def test_a_decimal_in_normal_form_keeps_its_value(value: Decimal) -> None:
    text = exact.normalise(value)
    assert NUMBER.fullmatch(text)
    assert text != "-0"
    assert Decimal(text) == value


@given(st.decimals("-1e30", "1e30", allow_nan=False))
def test_twelve_digits_are_enough_for_a_sheet(value: Decimal) -> None:
    short = exact.twelve_digits(value)
    assert Decimal(exact.round_significant(Fraction(value).as_integer_ratio(), 12)) == short
    if value == 0 or abs(short) >= Decimal("1e-18"):
        assert Fraction(*exact.number(exact.normalise(short))) == Fraction(short)
