"""Round a footprint to significant digits, as GB/T 8170 does: to the nearest, ties to the even digit, in one
step.

A label shows less than the certificate says. What it shows follows from the certified value and the rule of
the label alone, never from a value that was rounded before.
"""

from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, ROUND_UP, Context, Decimal
from typing import Literal

from footproof.errors import FootproofError, Where

RoundingMode = Literal["half-even", "half-up", "up"]
MODES: dict[str, str] = {"half-even": ROUND_HALF_EVEN, "half-up": ROUND_HALF_UP, "up": ROUND_UP}
MOST_DIGITS = 15

_EXACT = Context(prec=400, Emin=-999_999, Emax=999_999)


def round_significant(value: Decimal, digits: int, mode: RoundingMode = "half-even") -> Decimal:
    """Return a value rounded to significant digits; a value with no more digits than that stays as it is.

    Args:
        value: Finite, at most 400 digits. [any unit]
        digits: 1 to 15.
        mode: "half-even" (GB/T 8170), "half-up", or "up" (away from zero, never flattering).

    Raises:
        FootproofError: E-LABEL-RULE for another mode or number of digits, or a value that is not finite.
    """
    if mode not in MODES:
        raise _refused("mode", mode, " | ".join(MODES))
    if not 1 <= digits <= MOST_DIGITS:
        raise _refused("digits", digits, f"1 … {MOST_DIGITS}")
    if not value.is_finite():
        raise _refused("value", value, "finite")
    if len(value.as_tuple().digits) <= digits:
        return value
    rounded = _at(value, value.adjusted() - digits + 1, mode)
    # 9.996 becomes 10.00, which has one digit too many; dropping its last zero changes nothing.
    return _at(rounded, rounded.adjusted() - digits + 1, mode)


def plain_text(value: Decimal) -> str:
    """Return a value as people write it: no exponent, its zeros kept, and a true minus sign.

    Args:
        value: Finite, of bounded exponent. [any unit]
    """
    text = format(abs(value), "f")
    return f"−{text}" if value < 0 else text


def _at(value: Decimal, exponent: int, mode: RoundingMode) -> Decimal:
    return value.quantize(Decimal((0, (1,), exponent)), rounding=MODES[mode], context=_EXACT)


def _refused(field: str, found: object, needed: str) -> FootproofError:
    return FootproofError("E-LABEL-RULE", Where("label", field=field), field=field, found=found, needed=needed)
