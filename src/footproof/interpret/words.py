"""Words of the interpretation in both languages."""

from fractions import Fraction
from math import ceil, floor

from footproof.model.bilingual import Bilingual
from footproof.texts import catalogue


def worded(key: str) -> Bilingual:
    """Return a text of the catalogue "interpret"."""
    record = catalogue("interpret")[key]
    return Bilingual(record["zh"], record["en"])


def chance(share: float | Fraction, draws: int) -> str:
    """Return a probability that some draws show, as a percentage that claims no more than they can.

    Draws that all agree show a bound: with 95 % confidence the other outcome is rarer than 3 in as many (rule of three,
    Hanley & Lippman-Hand 1983). What only rounds to 0 or 100 % is short of it.

    Args:
        share: Part of the draws. [1]
        draws: How many there were.
    """
    part = Fraction(share)
    least = Fraction(min(Fraction(3, draws), Fraction(1)) if part in (0, 1) else 0)
    tenths = round(part * 1000)
    if tenths >= 1000:
        return f"> {min(floor((1 - least) * 1000), 999) / 10:.1f} %"
    if tenths <= 0:
        return f"< {max(ceil(least * 1000), 1) / 10:.1f} %"
    return f"{tenths / 10:.1f} %"
