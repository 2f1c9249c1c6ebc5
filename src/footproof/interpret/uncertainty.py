"""How uncertain a footprint is: tornado, Monte Carlo with common random numbers, decisions with a guard band.

The random number of an input depends on the seed, on its key and on the number of the sample alone, so that two rules
on one study, or two products that cite one factor, are compared within the same draw. Decisions follow JCGM 106:2012:
conformity is said only where the risk of being wrong is small enough, else that it cannot be decided.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from footproof.assess import Assessment
from footproof.errors import FootproofError
from footproof.interpret.floats import FloatSheet, Number, Values
from footproof.interpret.inputs import Input, Inputs, Spread, inputs_of
from footproof.quantify.distributions import Kind, philox

SHARES = (0.025, 0.05, 0.5, 0.95, 0.975)
MOST_SAMPLES = 1_000_000
RISK = 0.05
MOST_UNVARIED = 0.05


@dataclass(frozen=True, slots=True)
class Bar:
    """What one input does to the result alone. [unit of the result]

    Args:
        low: Result with the input at its lower limit.
        high: Result with the input at its upper limit.
    """

    input: Input
    low: float
    high: float

    @property
    def reach(self) -> float:
        """Return how far apart the two results lie."""
        return abs(self.high - self.low)


@dataclass(frozen=True, slots=True)
class Sampled:
    """Monte Carlo results of one study. [unit of the result]

    Args:
        samples: In the order of the draws.
        unvaried: Share of the magnitude of terms for which no range can be defended. [1]
    """

    unit: str
    samples: Values
    seed: int
    inputs: Inputs
    unvaried: float

    @property
    def mean(self) -> float:
        """Return the mean of the samples."""
        return float(self.samples.mean())

    @property
    def deviation(self) -> float:
        """Return their standard deviation."""
        return float(self.samples.std(ddof=1)) if len(self.samples) > 1 else 0.0

    def percentiles(self, shares: Sequence[float] = SHARES) -> tuple[float, ...]:
        """Return percentiles by share."""
        return tuple(float(value) for value in np.quantile(self.samples, shares))


class Verdict(StrEnum):
    """What can be said of a limit."""

    CONFORMS = "conforms"
    EXCEEDS = "exceeds"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision against a limit.

    Args:
        limit: Largest value that conforms. [unit of the result]
        below: Share of samples at or below it. [1]
        guard: How far below the limit the median would have to lie for conformity at this risk. [unit of the result]
        risk: Largest accepted probability of a wrong statement. [1]
        unvaried: Share of the magnitude of terms that no range covers; where it is large, nothing can be decided. [1]
    """

    verdict: Verdict
    limit: float
    below: float
    guard: float
    risk: float
    unvaried: float


@dataclass(frozen=True, slots=True)
class Paired:
    """Two results within the same draws.

    Args:
        below: Probability that A is smaller than B. [1]
        percentiles: Of B less A, by `SHARES`. [unit of the result]
        apart: The same probability if the two were drawn independently: what ignoring shared inputs would say. [1]
    """

    below: float
    percentiles: tuple[float, ...]
    apart: float


def tornado(assessment: Assessment) -> tuple[Bar, ...]:
    """Return the reach of every input that has a range, the largest first."""
    inputs = inputs_of(assessment).varied
    sheet = FloatSheet(assessment.sheet)
    bars = []
    for item in inputs:
        limits = np.array([item.spread.low, item.spread.high])
        with np.errstate(all="ignore"):
            low, high = sheet.total(dict.fromkeys(item.nodes, limits), dict.fromkeys(item.terms, limits), 2)
        if not np.isfinite((low, high)).all():
            raise FootproofError("E-SHEET-DIVISION")
        bars.append(Bar(item, float(low), float(high)))
    return tuple(sorted(bars, key=lambda bar: (-bar.reach, bar.input.key)))


def sampled(assessment: Assessment, count: int, seed: int) -> Sampled:
    """Return Monte Carlo results of a study.

    Args:
        count: Samples, 2 to 1,000,000.
        seed: Any whole number of 64 bits; the same seed gives the same samples on any machine.

    Raises:
        FootproofError: E-SAMPLES for a number of samples or a seed out of range; E-SHEET-DIVISION where a range lets a
            divisor be zero; as `inputs_of`.
    """
    if not 2 <= count <= MOST_SAMPLES or not 0 <= seed < 2**64:
        raise FootproofError("E-SAMPLES", count=count, seed=seed, most=MOST_SAMPLES)
    inputs = inputs_of(assessment)
    sheet = FloatSheet(assessment.sheet)
    drawn = {item.key: normal_draws(item.key, seed, count) for item in inputs.varied}
    on_nodes: dict[str, Number] = {}
    on_terms: dict[str, Number] = {}
    for item in inputs.varied:
        factors = factors_of(item.spread, drawn[item.key])
        for names, on in ((item.nodes, on_nodes), (item.terms, on_terms)):
            for name in names:
                on[name] = on.get(name, 1.0) * factors
    with np.errstate(all="ignore"):
        total = sheet.total(on_nodes, on_terms, count)
    if not np.isfinite(total).all():
        raise FootproofError("E-SHEET-DIVISION")
    return Sampled(assessment.sheet.unit, total, seed, inputs, _unvaried(sheet, inputs))


def decide(
    found: Sampled, limit: float, risk: float = RISK, *, strictly: bool = False, most_unvaried: float = MOST_UNVARIED
) -> Decision:
    """Return whether a footprint conforms to a limit, exceeds it, or cannot be told.

    Args:
        limit: Largest value that conforms. [unit of the result]
        risk: Largest accepted probability of a wrong statement. [1]
        strictly: Whether a value equal to the limit does not conform.
        most_unvaried: Above this share of terms without a range the spread is too narrow to decide by. [1]
    """
    kept = found.samples < limit if strictly else found.samples <= limit
    below = float(kept.mean())
    upper, median = found.percentiles((1 - risk, 0.5))
    verdict = Verdict.CONFORMS if below >= 1 - risk else Verdict.EXCEEDS if below <= risk else Verdict.UNDECIDED
    if found.unvaried > most_unvaried:
        verdict = Verdict.UNDECIDED
    return Decision(verdict, limit, below, upper - median, risk, found.unvaried)


def paired(a: Assessment, b: Assessment, count: int, seed: int) -> Paired:
    """Return how two products compare, drawn together.

    Raises:
        FootproofError: E-COMPARE-RULE, E-COMPARE-UNIT or E-COMPARE-BOUNDARY where they must not be compared.
    """
    require_comparable(a, b)
    first, second = sampled(a, count, seed).samples, sampled(b, count, seed).samples
    apart = float(np.searchsorted(np.sort(second), first, side="right").mean()) / count
    shares = tuple(float(value) for value in np.quantile(second - first, SHARES))
    return Paired(float((first < second).mean()), shares, 1 - apart)


def require_comparable(a: Assessment, b: Assessment) -> None:
    """Refuse to compare products unless rule, unit and boundary agree (ISO 14067:2018, annex B).

    Raises:
        FootproofError: E-COMPARE-RULE, E-COMPARE-UNIT, E-COMPARE-BOUNDARY (also where one study has terms in a stage in
            which the other has none) or E-COMPARE-DAY.
    """
    if a.rule.digest != b.rule.digest:
        raise FootproofError("E-COMPARE-RULE", a=a.rule.name, b=b.rule.name)
    declared = [side.rule.functional_unit or side.study.declared_unit for side in (a, b)]
    units = [(side.sheet.unit, unit.name) for side, unit in zip((a, b), declared, strict=True)]
    if units[0] != units[1]:
        said = [f"{unit} ({name.en})" for unit, name in units]
        raise FootproofError("E-COMPARE-UNIT", a=said[0], b=said[1])
    if declared[0].boundary != declared[1].boundary:
        raise FootproofError("E-COMPARE-BOUNDARY", a=declared[0].boundary.en, b=declared[1].boundary.en)
    stages = [", ".join(sorted({term.stage for term in side.sheet.terms})) for side in (a, b)]
    if stages[0] != stages[1]:
        raise FootproofError("E-COMPARE-BOUNDARY", a=stages[0], b=stages[1])
    if a.known_on != b.known_on:
        raise FootproofError("E-COMPARE-DAY", a=a.known_on, b=b.known_on)


def variance_shares(found: Sampled) -> tuple[tuple[Input, float], ...]:
    """Return which inputs make the spread: squared correlation of each with the result, scaled to one. [1]"""
    squares = []
    for item in found.inputs.varied:
        factors = factors_of(item.spread, normal_draws(item.key, found.seed, len(found.samples)))
        moved = factors.std() > 0 and found.samples.std() > 0
        squares.append(float(np.corrcoef(factors, found.samples)[0, 1] ** 2) if moved else 0.0)
    whole = sum(squares) or 1.0
    pairs = zip(found.inputs.varied, squares, strict=True)
    return tuple(sorted(((item, square / whole) for item, square in pairs), key=lambda pair: (-pair[1], pair[0].key)))


def normal_draws(key: str, seed: int, count: int) -> Values:
    """Return standard normal numbers of an input, one per sample, from Philox4x32-10.

    The counter holds 64 bits of the digest of the key and the number of a block of four samples.
    """
    place = int.from_bytes(sha256(key.encode("utf-8")).digest()[:8], "big")
    blocks = np.arange((count + 3) // 4, dtype=np.uint64)
    words = philox((place % 2**32, place >> 32, blocks, 0), (seed % 2**32, seed >> 32))
    uniform = (np.stack(words, axis=1).reshape(-1)[:count].astype(np.float64) + 0.5) / 2.0**32
    return np.asarray(ndtri(uniform), dtype=np.float64)


def factors_of(spread: Spread, draws: Values) -> Values:
    """Return the factor of each sample. [1]"""
    if spread.kind is Kind.LOGNORMAL:
        middle = (spread.low * spread.high) ** 0.5  # Limits need not lie evenly around the stated figure.
        return np.asarray(middle * np.exp(spread.width * draws), dtype=np.float64)
    if spread.kind is Kind.NORMAL:
        middle = (spread.low + spread.high) / 2
        return np.asarray(np.maximum(middle + spread.width * draws, 0.0), dtype=np.float64)
    return _bounded(spread, ndtr(draws))


def _bounded(spread: Spread, share: NDArray[np.float64]) -> Values:
    low, high = spread.low, spread.high
    if spread.kind is Kind.UNIFORM:
        return np.asarray(low + (high - low) * share, dtype=np.float64)
    span = high - low
    left = low + np.sqrt(share * span * (1 - low))
    right = high - np.sqrt((1 - share) * span * (high - 1))
    return np.asarray(np.where(share * span <= 1 - low, left, right), dtype=np.float64)


def _unvaried(sheet: FloatSheet, inputs: Inputs) -> float:
    sizes: Mapping[str, float] = {name: abs(float(value)) for name, value in sheet.terms({}, {}).items()}
    whole = sum(sizes.values()) or 1.0
    return sum(sizes[name] for name in inputs.unvaried) / whole
