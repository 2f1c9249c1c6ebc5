"""Misstatements against materiality: net and gross, of the whole and of each category.

The measure is the positive emissions, not the net total, so that a credit cannot hide a misstatement. What cannot be
quantified counts as material until it is corrected (domain study, invariant I20).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from footproof.model.engagement import Claim, Materiality, Misstatement, OpinionKind

OVERALL = ""


@dataclass(frozen=True, slots=True)
class Weighed:
    """Uncorrected misstatements of the whole claim or of one category.

    Args:
        category: Life-cycle stage; empty for the whole.
        net: Their sum, without its sign. [unit of the claim]
        gross: The sum of each without its sign. [unit of the claim]
        base: Positive emissions that they are measured on. [unit of the claim]
        limit: Share from which on they matter. [1]
    """

    category: str
    net: Fraction
    gross: Fraction
    base: Fraction
    limit: Decimal

    @property
    def material(self) -> bool:
        """Return whether the net or the gross sum reaches the limit; the limit itself is material."""
        return bool(self.gross) and max(self.net, self.gross) >= Fraction(self.limit) * self.base


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What the uncorrected misstatements of an engagement come to.

    Args:
        weighed: The whole first, then every category.
        unquantified: Ids of those that have no amount.
    """

    weighed: tuple[Weighed, ...]
    unquantified: tuple[str, ...]

    @property
    def overall(self) -> Weighed:
        """Return the sums of the whole claim."""
        return self.weighed[0]

    @property
    def material(self) -> tuple[Weighed, ...]:
        """Return where they reach the limit."""
        return tuple(item for item in self.weighed if item.material)

    @property
    def clean(self) -> bool:
        """Return whether an unmodified opinion is possible."""
        return not self.material and not self.unquantified


def evaluate(claim: Claim, materiality: Materiality, misstatements: Iterable[Misstatement]) -> Evaluation:
    """Return what uncorrected misstatements come to.

    Args:
        claim: With its positive emissions by category.
        materiality: Limits.
        misstatements: All; those that are corrected do not count.
    """
    open_ = [item for item in misstatements if not item.corrected]
    counted = [(item.category, item.amount) for item in open_ if item.amount is not None]
    weighed = [_weighed(OVERALL, [amount for _, amount in counted], claim.whole, materiality.overall)]
    for category in sorted({*claim.gross, *(name for name, _ in counted)}):
        amounts = [amount for name, amount in counted if name == category]
        base = claim.gross.get(category, Fraction(0))
        weighed.append(_weighed(category, amounts, base, materiality.of(category)))
    return Evaluation(tuple(weighed), tuple(item.id for item in open_ if item.amount is None))


def proposed(found: Evaluation, *, complete: bool) -> OpinionKind:
    """Return the opinion that misstatements and evidence lead to; a person may choose a stricter one.

    Args:
        found: The misstatements against their limits.
        complete: Whether the planned evidence was gathered.
    """
    if not complete:
        return OpinionKind.DISCLAIMER
    if found.clean:
        return OpinionKind.UNMODIFIED
    return OpinionKind.ADVERSE if found.overall.material else OpinionKind.MODIFIED


def _weighed(category: str, amounts: list[Fraction], base: Fraction, limit: Decimal) -> Weighed:
    net, gross = abs(sum(amounts, Fraction(0))), sum(map(abs, amounts), Fraction(0))
    return Weighed(category, net, gross, base, limit)
