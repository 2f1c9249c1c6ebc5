"""What a report can show beyond its own assessment: a comparison, an uncertainty, a sensitivity, computed elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from footproof.model.bilingual import Bilingual


@dataclass(frozen=True, slots=True)
class Cause:
    """One bar of a comparison.

    Args:
        value: A result at either end, else a difference. [unit of the comparison]
        note: Such as the clauses of both rules.
    """

    name: Bilingual
    value: Fraction
    note: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two results and what lies between them; start and causes sum exactly to the end.

    Args:
        unit: Of all figures.
        method: How the causes were told apart, such as Shapley values, and what it depends on.
    """

    start: Cause
    causes: tuple[Cause, ...]
    end: Cause
    unit: str
    method: Bilingual


@dataclass(frozen=True, slots=True)
class Uncertainty:
    """A distribution of the result, as samples or as percentiles 5, 50 and 95. [unit of the result]

    Args:
        method: How it was computed, with its seed.
    """

    method: Bilingual
    samples: tuple[Fraction, ...] = ()
    percentiles: Mapping[int, Fraction] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Range:
    """The result at either end of the defensible range of one input. [unit of the result]"""

    name: Bilingual
    low: Fraction
    high: Fraction
    note: str = ""


@dataclass(frozen=True, slots=True)
class Extras:
    """All of them; each may be missing."""

    comparison: Comparison | None = None
    uncertainty: Uncertainty | None = None
    ranges: tuple[Range, ...] = ()
