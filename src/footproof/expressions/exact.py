"""Exact numbers as pairs of integers (n, d), d > 0, handled as `docs/reference/sheet.md` section 2 says.

The pairs are not kept in lowest terms: the specification fixes when integers grow, so that two evaluators refuse
the same sheets with the same code.
"""

import re
from decimal import ROUND_HALF_EVEN, Context, Decimal
from functools import lru_cache
from math import gcd
from typing import TypeAlias

from footproof.errors import FootproofError

Exact: TypeAlias = tuple[int, int]

ZERO: Exact = (0, 1)
WORKING_BOUND = 1 << 65536
LOWER_BOUND = -WORKING_BOUND
STORED_BOUND = 1 << 4096
MOST_DIGITS = 12
SMALLEST_PLACE = 30
LARGEST_PLACE = 41
MOST_DECIMALS = 60

_WRITTEN = re.compile(r"-?[0-9]{1,40000}(\.[0-9]{1,60}|/[0-9]{1,40000})?", re.ASCII)
_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]*[1-9])?", re.ASCII)


@lru_cache(maxsize=65536)
def number(text: str) -> Exact:
    """Return the value of a number in its normal form.

    Raises:
        FootproofError: E-SHEET-NUMBER for any other text, more than 12 significant digits, or an exponent
            beyond ±30: two readers could otherwise take it for different values.
    """
    if len(text) > 80 or not _NUMBER.fullmatch(text) or text == "-0":
        raise FootproofError("E-SHEET-NUMBER", text=text[:80])
    whole, _, fraction = text.partition(".")
    digits = (whole + fraction).lstrip("-0")
    if (
        len(digits.rstrip("0")) > MOST_DIGITS
        or len(fraction) > SMALLEST_PLACE
        or len(whole.lstrip("-")) > LARGEST_PLACE + 1
    ):
        raise FootproofError("E-SHEET-NUMBER", text=text[:80])
    return int(whole + fraction), int(10 ** len(fraction))


def ratio(p: str, q: str) -> Exact:
    """Return p/q from two integers in normal form, in lowest terms, q > 1, both below 2^4096.

    Raises:
        FootproofError: E-SHEET-NUMBER otherwise.
    """
    if not _is_integer(p) or not _is_integer(q) or q.startswith("-") or p == "0":
        raise FootproofError("E-SHEET-NUMBER", text=f"{p[:40]}/{q[:40]}")
    n, d = int(p), int(q)
    if d < 2 or abs(n) >= STORED_BOUND or d >= STORED_BOUND or gcd(n, d) != 1:
        raise FootproofError("E-SHEET-NUMBER", text=f"{p[:40]}/{q[:40]}")
    return n, d


def add(a: Exact, b: Exact) -> Exact:
    """Return a + b over the least common denominator."""
    if a == ZERO:
        return b
    if b == ZERO:
        return a
    if a[1] == b[1]:
        return _bounded(a[0] + b[0], a[1])
    # Sums run over one long and many short denominators: one long division instead of a long gcd and another division.
    factor, rest = divmod(a[1], b[1])
    if rest == 0:
        return _bounded(a[0] + b[0] * factor, a[1])
    shared = gcd(b[1], rest)
    left = b[1] // shared
    right = a[1] if shared == 1 else a[1] // shared
    return _bounded(a[0] * left + b[0] * right, a[1] * left)


def subtract(a: Exact, b: Exact) -> Exact:
    """Return a − b."""
    return add(a, (-b[0], b[1]))


def multiply(a: Exact, b: Exact) -> Exact:
    """Return a × b, not reduced."""
    return _bounded(a[0] * b[0], a[1] * b[1])


def divide(a: Exact, b: Exact) -> Exact:
    """Return a ÷ b, not reduced.

    Raises:
        FootproofError: E-SHEET-DIVISION for b = 0.
    """
    if b[0] == 0:
        raise FootproofError("E-SHEET-DIVISION")
    n, d = a[0] * b[1], a[1] * b[0]
    return _bounded(-n, -d) if d < 0 else _bounded(n, d)


def compare(a: Exact, b: Exact) -> int:
    """Return −1, 0 or 1 as a is below, equal to or above b."""
    left, right = a[0] * b[1], b[0] * a[1]
    return (left > right) - (left < right)


def lowest(value: Exact) -> Exact:
    """Return the value in lowest terms."""
    shared = gcd(value[0], value[1])
    return value[0] // shared, value[1] // shared


@lru_cache(maxsize=256)
def write(value: Exact) -> str:
    """Return the exact value as text: a plain decimal where 60 places hold it, else `p/q` in lowest terms."""
    n, d = lowest(value)
    places = _decimal_places(d)
    if places is None:
        return f"{_digits(n)}/{_digits(d)}"
    text = _plain(abs(n) * 10**places // d, places)
    return f"-{text}" if n < 0 else text


def read(text: str) -> Exact:
    """Return the value that `write` wrote.

    Raises:
        FootproofError: E-SHEET-NUMBER for anything that `write` does not write.
    """
    p, slash, q = text.partition("/")
    if not _WRITTEN.fullmatch(text):
        raise FootproofError("E-SHEET-NUMBER", text=text[:80])
    try:
        if slash:
            value = int(Decimal(p)), int(Decimal(q))
        else:
            top, bottom = Decimal(text).as_integer_ratio()
            value = top, bottom
    except (ArithmeticError, ValueError) as problem:
        raise FootproofError("E-SHEET-NUMBER", text=text[:80]) from problem
    if value[1] < 1 or write(value) != text:
        raise FootproofError("E-SHEET-NUMBER", text=text[:80])
    return value


def round_significant(value: Exact, digits: int) -> str:
    """Return the value rounded to significant digits, half to even (GB/T 8170), as a plain decimal.

    Args:
        value: Exact value.
        digits: How many significant digits, 1 to 15.
    """
    n, d = lowest(value)
    if n == 0:
        return "0"
    exponent = _decimal_exponent(abs(n), d) - digits + 1
    top, bottom = (abs(n), d * 10**exponent) if exponent >= 0 else (abs(n) * 10**-exponent, d)
    whole, rest = divmod(top, bottom)
    if 2 * rest > bottom or (2 * rest == bottom and whole % 2):
        whole += 1
    text = _plain(whole * 10**exponent, 0) if exponent >= 0 else _plain(whole, -exponent)
    return f"-{text}" if n < 0 else text


def normalise(value: Decimal) -> str:
    """Return a decimal in the normal form of a number: plain, no trailing zeros, no `-0`."""
    if value == 0:
        return "0"
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def twelve_digits(value: Decimal) -> Decimal:
    """Return a decimal rounded half to even to the 12 significant digits a sheet may hold."""
    return Context(prec=MOST_DIGITS, rounding=ROUND_HALF_EVEN).plus(value)


def _bounded(n: int, d: int) -> Exact:
    if d >= WORKING_BOUND or n >= WORKING_BOUND or n <= LOWER_BOUND:
        raise FootproofError("E-SHEET-SIZE")
    return n, d


def _plain(scaled: int, places: int) -> str:
    """Return scaled × 10^-places as a plain decimal without trailing zeros after the point; scaled ≥ 0."""
    digits = _digits(scaled)
    if places == 0:
        return digits
    digits = digits.rjust(places + 1, "0")
    return f"{digits[:-places]}.{digits[-places:]}".rstrip("0").rstrip(".")


def _is_integer(text: str) -> bool:
    return len(text) <= 1235 and "." not in text and bool(_NUMBER.fullmatch(text)) and text != "-0"


def _digits(n: int) -> str:
    # str() stops at the interpreter's limit of 4,300 digits and slows down before it: so in halves.
    if n < 0:
        return f"-{_digits(-n)}"
    if n.bit_length() < 13_000:
        return str(n)
    places = n.bit_length() * 30103 // 200_000
    high, low = divmod(n, 10**places)
    return _digits(high) + _digits(low).rjust(places, "0")


def _decimal_places(d: int) -> int | None:
    """Return how many decimal places a reduced denominator needs, or None if not at most 60."""
    twos = (d & -d).bit_length() - 1
    if twos > MOST_DECIMALS:
        return None
    d >>= twos
    fives = 0
    while d % 5 == 0 and fives <= MOST_DECIMALS:
        d //= 5
        fives += 1
    return max(twos, fives) if d == 1 and fives <= MOST_DECIMALS else None


def _decimal_exponent(n: int, d: int) -> int:
    """Return e with 10^e ≤ n/d < 10^(e+1), n and d above zero."""
    guess = (n.bit_length() - d.bit_length()) * 30103 // 100000
    while _below_power(n, d, guess):
        guess -= 1
    while not _below_power(n, d, guess + 1):
        guess += 1
    return guess


def _below_power(n: int, d: int, e: int) -> bool:
    return bool(n < d * 10**e if e >= 0 else n * 10**-e < d)
