"""An own reduction: how far a footprint lies below that of an earlier period, stated with all that it follows from.

Only what a maker reduced itself counts (the label family as reported with CNCA-CFP-00:2025). Footprints never hold
offsets, so no difference of two of them does.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import floor

SHARE_DIGITS = 4


def reduction_share(base: Decimal, value: Decimal) -> Decimal | None:
    """Return (base − value) / |base|, exact and then rounded down, so that no reduction is said larger than it is. [1]

    Args:
        base: Footprint of the base period. [any unit]
        value: Later footprint. [the same unit]

    Returns:
        At most SHARE_DIGITS places; None for a base of zero, of which nothing is a share.
    """
    if not base:
        return None
    share = (Fraction(base) - Fraction(value)) / abs(Fraction(base))
    return Decimal(floor(share * 10**SHARE_DIGITS)).scaleb(-SHARE_DIGITS)


def percent_text(share: Decimal) -> str:
    """Return a share as people write it, such as "8.25 %": all its digits, none that says nothing.

    Args:
        share: As `reduction_share` gives it. [1]
    """
    text = format(share * 100, "f")
    return f"{text.rstrip('0').rstrip('.') if '.' in text else text} %"


@dataclass(frozen=True, slots=True)
class StatedReduction:
    """What a certificate states of a reduction.

    Args:
        base: Digest of the package of the base.
        value: Footprint of the base. [unit of the certificate]
        first: First day of its data.
        last: Last day of its data.
        share: The reduction, as `reduction_share` gives it. [1]
    """

    base: str
    value: Decimal
    first: date
    last: date
    share: Decimal
