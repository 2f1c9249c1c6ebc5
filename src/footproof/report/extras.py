"""What a report can show beyond its assessment: comparison, uncertainty, sensitivity, limit, all computed elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from footproof.interpret.uncertainty import Verdict
from footproof.model.bilingual import Bilingual
from footproof.rules.limits import Limit


@dataclass(frozen=True, slots=True)
class Cause:
    """One bar of a comparison.

    Args:
        value: A result at either end, else a difference. [unit of the comparison]
        note: Such as the clauses of both rules.
        low: Least difference over the options that the rules leave open; None where none is. [unit of the comparison]
        high: Largest difference. [unit of the comparison]
        step: The difference where the causes are switched one after the other, which depends on their order; None where
            it was not worked out. [unit of the comparison]
        options: What either side chooses.
    """

    name: Bilingual
    value: Fraction
    note: str = ""
    low: Fraction | None = None
    high: Fraction | None = None
    step: Fraction | None = None
    options: tuple[Bilingual, ...] = ()


@dataclass(frozen=True, slots=True)
class Left:
    """Part of the first result that a cause cannot switch.

    Args:
        share: Of the sum of magnitudes of terms. [1]
        terms: How many.
    """

    text: Bilingual
    share: Fraction
    terms: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two results and what lies between them; start and causes sum exactly to the end.

    Args:
        unit: Of all figures.
        method: How the causes were told apart, such as Shapley values, and what it depends on.
        interval: Least and largest difference over the options that the rules leave open; None where none is. [unit]
        left: What the causes cannot switch.
        notes: What a reader must know first.
        agreed: Choices of method that make no difference.
        tracking: Whether both ends stand under one rule, so that they show how a product changed.
    """

    start: Cause
    causes: tuple[Cause, ...]
    end: Cause
    unit: str
    method: Bilingual
    interval: tuple[Fraction, Fraction] | None = None
    left: tuple[Left, ...] = ()
    notes: tuple[Bilingual, ...] = ()
    agreed: tuple[Bilingual, ...] = ()
    tracking: bool = False


@dataclass(frozen=True, slots=True)
class Uncertainty:
    """A distribution of the result, as samples or as percentiles 5, 50 and 95. [unit of the result]

    Args:
        method: How it was computed, with its seed.
        covered: Whether nearly all of the result has a range, so that the spread is not too narrow.
    """

    method: Bilingual
    samples: tuple[Fraction, ...] = ()
    percentiles: Mapping[int, Fraction] = field(default_factory=dict)
    covered: bool = True


@dataclass(frozen=True, slots=True)
class Range:
    """The result at either end of the defensible range of one input. [unit of the result]"""

    name: Bilingual
    low: Fraction
    high: Fraction
    note: str = ""


@dataclass(frozen=True, slots=True)
class LimitDecision:
    """What can be said of a limit.

    Args:
        day: On which the limit must hold.
        declared: Whether the declared figure alone keeps it.
        below: Part of the samples that keep it. [1]
        guard: How far below the limit the median must lie for conformity at this risk. [unit of the result]
        risk: Largest accepted probability of a wrong statement. [1]
        unvaried: Share of the magnitude of terms that no range covers. [1]
        covered: Whether that share is small enough to decide by the spread.
        draws: How many there were.
    """

    limit: Limit
    day: date
    declared: bool
    verdict: Verdict
    below: Fraction
    guard: Fraction
    risk: Fraction
    unvaried: Fraction
    covered: bool
    draws: int


@dataclass(frozen=True, slots=True)
class Extras:
    """All of them; each may be missing."""

    comparison: Comparison | None = None
    uncertainty: Uncertainty | None = None
    ranges: tuple[Range, ...] = ()
    limit: LimitDecision | None = None
