"""How uncertain a footprint is: tornado, Monte Carlo with common random numbers, decisions with a guard band.

The random number of an input depends on the seed, on its key and on the number of the sample alone, so that two rules
on one study, or two products that cite one factor, are compared within the same draw. Decisions follow JCGM 106:2012:
conformity is said only where the risk of being wrong is small enough, else that it cannot be decided.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from footproof.assess import Assessment
from footproof.errors import FootproofError, Where
from footproof.interpret.floats import FloatSheet, Number, Run, float_sheet
from footproof.interpret.inputs import Input, Inputs, Spread, inputs_of
from footproof.interpret.levels import Truths, Values
from footproof.quantify.distributions import Kind, philox

SHARES = (0.025, 0.05, 0.5, 0.95, 0.975)
LEAST_SAMPLES = 2
TOGETHER = 256  # Inputs whose limits are evaluated in one go.
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
        samples: In the order of the draws, without those that meet some requirement of the study not.
        kept: Which of the draws gave a sample.
        refused: How many draws did not meet a requirement, by requirement as "code subject".
        unvaried: Share of the magnitude of terms for which no range can be defended. [1]
        amounts_varied: Share of the magnitude of terms whose own amounts are varied. [1]
        factors_varied: The same of their factors. [1]
    """

    unit: str
    samples: Values
    kept: Truths
    refused: Mapping[str, int]
    seed: int
    inputs: Inputs
    unvaried: float
    amounts_varied: float
    factors_varied: float

    @property
    def left_out(self) -> int:
        """Return how many draws gave no sample."""
        return int(len(self.kept) - self.kept.sum())

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
        below: Share of draws that gave a sample at or below it. [1]
        guard: How far below the limit the median would have to lie for conformity at this risk. [unit of the result]
        risk: Largest accepted probability of a wrong statement. [1]
        unvaried: Share of the magnitude of terms that no range covers; where it is large, nothing can be decided. [1]
        draws: How many there were.
    """

    verdict: Verdict
    limit: float
    below: float
    guard: float
    risk: float
    unvaried: float
    draws: int


@dataclass(frozen=True, slots=True)
class Paired:
    """Two results within the same draws.

    Args:
        below: Probability that A is smaller than B. [1]
        percentiles: Of B less A, by `SHARES`. [unit of the result]
        apart: The same probability if the two were drawn independently: what ignoring shared inputs would say. [1]
        left_out: Draws that gave no sample of A or none of B.
        draws: Draws that gave both.
    """

    below: float
    percentiles: tuple[float, ...]
    apart: float
    left_out: int
    draws: int


def tornado(assessment: Assessment) -> tuple[Bar, ...]:
    """Return the reach of every input that has a range, the largest first.

    Raises:
        FootproofError: E-RANGE-REFUSED where `assess` would refuse a figure at a limit of its range; as `sampled`.
    """
    inputs = inputs_of(assessment)
    return _bars(float_sheet(assessment, inputs.links), inputs)


def _bars(sheet: FloatSheet, inputs: Inputs) -> tuple[Bar, ...]:
    parts = (inputs.varied[start : start + TOGETHER] for start in range(0, len(inputs.varied), TOGETHER))
    bars = [bar for part in parts for bar in _bars_of(sheet, part)]
    return tuple(sorted(bars, key=lambda bar: (-bar.reach, bar.input.key)))


def _bars_of(sheet: FloatSheet, varied: Sequence[Input]) -> list[Bar]:
    """Evaluate both limits of some inputs in one go, two samples an input, all others at one."""
    count = 2 * len(varied)
    factors = np.ones((len(varied), count))
    for number, item in enumerate(varied):
        factors[number, 2 * number : 2 * number + 2] = item.spread.low, item.spread.high
    found = _run(sheet, varied, list(factors), count)
    for name, marks in found.broken.items():
        place = int(np.argmax(marks))
        _refuse(varied[place // 2], place % 2 == 1, name)
    _require_finite(found)
    ends = found.totals.reshape(-1, 2)
    return [Bar(item, float(low), float(high)) for item, (low, high) in zip(varied, ends, strict=True)]


def _refuse(item: Input, high: bool, requirement: str) -> NoReturn:
    place, factor = item.range and item.range.place, item.spread.high if high else item.spread.low
    at = Where(place.file, place.line, "high" if high else "low") if place else None
    named = item.range.id if item.range else item.exchange
    raise FootproofError("E-RANGE-REFUSED", at, kind=item.kind, id=named, factor=f"{factor:.6g}", check=requirement)


def _run(sheet: FloatSheet, varied: Sequence[Input], factors: Sequence[Values], count: int) -> Run:
    """Return the results under the factors of each input. (inputs, samples)"""
    on_nodes: dict[str, Number] = {}
    on_terms: dict[str, Number] = {}
    for item, values in zip(varied, factors, strict=True):
        for names, on in ((item.nodes, on_nodes), (item.terms, on_terms)):
            for name in names:
                on[name] = on.get(name, 1.0) * values
    with np.errstate(all="ignore"):
        return sheet.run(on_nodes, on_terms, count)


def _require_finite(found: Run) -> None:
    if not np.isfinite(found.totals[found.kept]).all():
        raise FootproofError("E-SHEET-DIVISION")


def sampled(assessment: Assessment, count: int, seed: int) -> Sampled:
    """Return Monte Carlo results of a study.

    Args:
        count: Samples, 2 to 1,000,000.
        seed: Any whole number of 64 bits; the same seed gives the same samples on any machine.

    Raises:
        FootproofError: E-SAMPLES for a number of samples or a seed out of range; E-SHEET-DIVISION where a range lets a
            divisor be zero; E-RANGE-REFUSED where a limit of a range is refused; E-RANGE-SAMPLES where together the
            ranges leave fewer than two samples that are not; as `inputs_of`.
    """
    if not LEAST_SAMPLES <= count <= MOST_SAMPLES or not 0 <= seed < 2**64:
        raise FootproofError("E-SAMPLES", count=count, seed=seed, most=MOST_SAMPLES)
    inputs = inputs_of(assessment)
    sheet = float_sheet(assessment, inputs.links)
    _bars(sheet, inputs)  # A limit that would be refused is no limit of anything: nothing is drawn from it.
    drawn = {item.key: normal_draws(item.key, seed, count) for item in inputs.varied}
    found = _run(sheet, inputs.varied, [factors_of(item.spread, drawn[item.key]) for item in inputs.varied], count)
    _require_finite(found)
    kept = found.kept
    refused = {name: int(marks.sum()) for name, marks in found.broken.items()}
    if kept.sum() < LEAST_SAMPLES:
        raise FootproofError("E-RANGE-SAMPLES", found=count - int(kept.sum()), count=count, check=", ".join(refused))
    shares = _shares(sheet, inputs.unvaried, inputs.amounts, inputs.factors)
    return Sampled(assessment.sheet.unit, found.totals[kept], kept, refused, seed, inputs, *shares)


def decide(
    found: Sampled, limit: float, risk: float = RISK, *, strictly: bool = False, most_unvaried: float = MOST_UNVARIED
) -> Decision:
    """Return whether a footprint conforms to a limit, exceeds it, or cannot be told.

    A draw that gave no sample counts against either statement.

    Args:
        limit: Largest value that conforms. [unit of the result]
        risk: Largest accepted probability of a wrong statement. [1]
        strictly: Whether a value equal to the limit does not conform.
        most_unvaried: Above this share of terms without a range the spread is too narrow to decide by. [1]
    """
    kept = found.samples < limit if strictly else found.samples <= limit
    below = float(kept.sum()) / len(found.kept)
    unknown = found.left_out / len(found.kept)
    upper, median = found.percentiles((1 - risk, 0.5))
    verdict = Verdict.CONFORMS if below >= 1 - risk else Verdict.UNDECIDED
    if below + unknown <= risk:
        verdict = Verdict.EXCEEDS
    if found.unvaried > most_unvaried:
        verdict = Verdict.UNDECIDED
    return Decision(verdict, limit, below, upper - median, risk, found.unvaried, len(found.kept))


def paired(a: Assessment, b: Assessment, count: int, seed: int) -> Paired:
    """Return how two products compare, drawn together.

    Raises:
        FootproofError: E-COMPARE-RULE, E-COMPARE-UNIT or E-COMPARE-BOUNDARY where they must not be compared;
            E-RANGE-SAMPLES where hardly a draw gave a sample of both; as `sampled`.
    """
    require_comparable(a, b)
    of_a, of_b = sampled(a, count, seed), sampled(b, count, seed)
    both = of_a.kept & of_b.kept
    left_out = count - int(both.sum())
    if count - left_out < LEAST_SAMPLES:
        names = ", ".join({**of_a.refused, **of_b.refused})
        raise FootproofError("E-RANGE-SAMPLES", found=left_out, count=count, check=names)
    first, second = of_a.samples[both[of_a.kept]], of_b.samples[both[of_b.kept]]
    apart = float(np.searchsorted(np.sort(second), first, side="right").mean()) / len(second)
    shares = tuple(float(value) for value in np.quantile(second - first, SHARES))
    return Paired(float((first < second).mean()), shares, 1 - apart, left_out, count - left_out)


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
        factors = factors_of(item.spread, normal_draws(item.key, found.seed, len(found.kept)))[found.kept]
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


def _shares(sheet: FloatSheet, *parts: frozenset[str]) -> tuple[float, ...]:
    """Return the share of the magnitude of all terms that each of some sets of terms has. [1]"""
    sizes: Mapping[str, float] = {name: abs(float(value)) for name, value in sheet.terms({}, {}).items()}
    whole = sum(sizes.values()) or 1.0
    return tuple(sum(sizes[name] for name in part) / whole for part in parts)
