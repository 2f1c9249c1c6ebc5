"""Stage subtotals that can be shown while the terms behind them are not.

They are rounded to the last place of the declared value: exact subtotals would be equations of sixty digits against
which a guess at a hidden amount could be tested. Whoever reads them adds them up and compares with the declared value.
"""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from footproof.errors import FootproofError, Where
from footproof.expressions import exact

TOTALS = "totals.json"
MOST_DIGITS = 15
MOST_STAGES = 100


def totals_record(result: Mapping[str, Any], digits: int) -> dict[str, Any]:
    """Return the subtotals of a result.

    Args:
        result: What evaluating the sheet gave, figures exact.
        digits: Significant digits of the declared value.
    """
    place = last_place(result["declared"], digits)
    stages = {name: _rounded(Fraction(*exact.read(of["total"])), place) for name, of in result["stages"].items()}
    return {"digits": str(digits), "stages": stages}


def last_place(declared: str, digits: int) -> Fraction:
    """Return one unit of the last digit that a declared value has.

    Args:
        declared: Value rounded to `digits` significant digits.
        digits: 1 to 15.
    """
    value = Decimal(declared)
    return Fraction(10) ** (value.adjusted() - digits + 1 if value else -digits)


def totals_differ(totals: object, declared: str) -> str | None:
    """Return why subtotals do not make the declared value, or None where they do.

    Each of n subtotals and the value are rounded by half a unit of the last place at most, so the sum may be (n + 1)
    / 2 units away.

    Raises:
        FootproofError: E-PACKAGE-FORM where they have another form.
    """
    digits, stages = _read(totals)
    whole = _figure(declared)
    if exact.round_significant((whole.numerator, whole.denominator), digits) != declared:
        return f"declared {declared} has more than {digits} digits"
    place = last_place(declared, digits)
    figures = [_figure(text) for text in stages.values()]
    if any((figure / place).denominator != 1 for figure in figures):
        return "a subtotal is finer than the declared value"
    if abs(sum(figures) - whole) > place * (len(figures) + 1) / 2:
        return f"subtotals add up to {_rounded(sum(figures, Fraction(0)), place)}, declared {declared}"
    return None


def _read(totals: object) -> tuple[int, Mapping[str, str]]:
    form = FootproofError("E-PACKAGE-FORM", Where(TOTALS), reason=f"{TOTALS} has the keys digits, stages")
    if not isinstance(totals, dict) or set(totals) != {"digits", "stages"}:
        raise form
    digits, stages = totals["digits"], totals["stages"]
    if digits not in map(str, range(1, MOST_DIGITS + 1)) or not isinstance(stages, dict):
        raise form
    if not 1 <= len(stages) <= MOST_STAGES or not all(isinstance(text, str) for text in stages.values()):
        raise form
    return int(digits), stages


def _figure(text: str) -> Fraction:
    try:
        if len(text) > 60 or "/" in text:
            raise FootproofError("E-SHEET-NUMBER", text=text[:80])
        return Fraction(*exact.read(text))
    except FootproofError as problem:
        raise FootproofError("E-PACKAGE-FORM", Where(TOTALS), reason=f"{text[:40]!r} is no figure") from problem


def _rounded(value: Fraction, place: Fraction) -> str:
    steps = round(value / place) * place  # half to even
    return exact.write((steps.numerator, steps.denominator))
