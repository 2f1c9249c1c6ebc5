"""Uncertain amounts and the random numbers that move them.

A distribution is a factor on the amount in the matrix, so an amount keeps its sign and a sample its sparsity. Random
numbers are counter-based (Salmon et al. 2011, Philox4x64-10, as in NumPy): sample `s` of seed `k` is the stream of key
(k, s), and each uncertain amount names its place in it. The result therefore depends neither on the number of workers
nor on the size of batches; equal places are one random number (correlation group), and two systems that share places
share their draws (common random numbers).

Pedigree: Ciroth et al. (2016), Int J LCA 21, 1338–1348; Weidema & Wesnæs (1996); ecoinvent report no. 1 (2013), 10.2.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from footproof.errors import FootproofError
from footproof.quantify.system import Index, Vector

Draws = NDArray[np.float32]

BASIC_VARIANCE = 0.0006
PEDIGREE_VARIANCE: Mapping[str, tuple[float, ...]] = {
    "reliability": (0.0, 0.0006, 0.002, 0.008, 0.04),
    "completeness": (0.0, 0.0001, 0.0006, 0.002, 0.008),
    "temporal": (0.0, 0.0002, 0.002, 0.008, 0.04),
    "geographical": (0.0, 2.5e-5, 0.0001, 0.0006, 0.002),
    "technological": (0.0, 0.0006, 0.008, 0.04, 0.12),
}
"""Variance of the underlying normal distribution by indicator and score 1 to 5 (ecoinvent 3)."""


class Kind(IntEnum):
    """How the factor on an amount is spread; `low`, `high` and `mode` are factors as well."""

    FIXED = 0
    LOGNORMAL = 1
    NORMAL = 2
    TRIANGULAR = 3
    UNIFORM = 4


@dataclass(frozen=True, slots=True)
class Spreads:
    """The distribution of every stored entry of a matrix, in the order of its `data`.

    Args:
        kind: A `Kind` per entry.
        width: Sigma of the logarithm (lognormal) or coefficient of variation (normal). [1]
        low: Smallest factor (triangular, uniform). [1]
        high: Largest factor. [1]
        mode: Most likely factor (triangular). [1]
        place: Which random number of the sample moves the entry.

    Raises:
        FootproofError: E-DISTRIBUTION where parameters contradict each other.
    """

    kind: NDArray[np.int8]
    width: Vector
    low: Vector
    high: Vector
    mode: Vector
    place: Index

    def __post_init__(self) -> None:
        bounded = (self.kind == Kind.TRIANGULAR) | (self.kind == Kind.UNIFORM)
        bad = ~np.isfinite(self.width) | (self.width < 0) | (self.place < 0)
        bad |= bounded & ~(self.low <= self.high)
        bad |= (self.kind == Kind.TRIANGULAR) & ~((self.low <= self.mode) & (self.mode <= self.high))
        if bad.any():
            entry = int(np.flatnonzero(bad)[0])
            name = Kind(int(self.kind[entry])).name.lower()
            raise FootproofError("E-DISTRIBUTION", entry=entry, kind=name)

    @property
    def places(self) -> int:
        """How many random numbers a sample needs for these entries."""
        moved = self.place[self.kind != Kind.FIXED]
        return int(moved.max()) + 1 if len(moved) else 0


def lognormal(sigma: Vector, place: Index) -> Spreads:
    """Return lognormal spreads around amounts that are medians; sigma 0 is fixed.

    Args:
        sigma: Standard deviation of the logarithm: ln of the geometric standard deviation. [1]
        place: Random number of each entry.
    """
    kind = np.where(sigma > 0, Kind.LOGNORMAL, Kind.FIXED).astype(np.int8)
    ones = np.ones(len(sigma))
    return Spreads(kind, np.asarray(sigma, dtype=np.float64), ones, ones, ones, np.asarray(place, dtype=np.int64))


def fixed(size: int) -> Spreads:
    """Return spreads of entries that do not move."""
    return lognormal(np.zeros(size), np.zeros(size, dtype=np.int64))


def pedigree_sigma(scores: Mapping[str, int], basic: float = BASIC_VARIANCE) -> float:
    """Return the sigma of the logarithm that a pedigree stands for.

    Args:
        scores: 1 (best) to 5 by indicator.
        basic: Variance of the logarithm before the pedigree. [1]

    Raises:
        FootproofError: E-PEDIGREE for an unknown indicator or score.
    """
    variance = basic
    for name, score in scores.items():
        if name not in PEDIGREE_VARIANCE or not 1 <= score <= 5:
            raise FootproofError("E-PEDIGREE", indicator=name, score=score)
        variance += PEDIGREE_VARIANCE[name][score - 1]
    return float(np.sqrt(variance))


def grouped(groups: Sequence[object], first: int = 0) -> Index:
    """Return a place for each entry: one for each group, one of its own where the group is None."""
    known: dict[object, int] = {}
    places = []
    for position, group in enumerate(groups):
        key: object = ("entry", position) if group is None else ("group", group)
        places.append(known.setdefault(key, first + len(known)))
    return np.array(places, dtype=np.int64)


def normals(seed: int, sample: int, count: int) -> Draws:
    """Return the standard normal numbers of one sample.

    Each 64-bit word of the stream gives two numbers, the low half first; the upper 24 bits of a half are turned by
    the inverse of the error function (Giles 2012), so numbers lie within ±5.4.

    Args:
        seed: Key of the study. [64 bits]
        sample: Key of the sample.
        count: How many.
    """
    words = np.random.Philox(key=np.array([seed, sample], dtype=np.uint64)).random_raw((count + 1) // 2)
    halves = words.astype("<u8").view("<u4")[:count]
    middle = ((halves >> 8).astype(np.int32) - (1 << 23)).astype(np.float32)
    spots: Draws = (middle + np.float32(0.5)) * np.float32(2.0**-23)
    return np.asarray(_erfinv(spots) * np.float32(np.sqrt(2.0)), dtype=np.float32)


def factors(spreads: Spreads, draws: Draws) -> NDArray[np.float32]:
    """Return the factor on each entry in one sample. [1]

    Args:
        spreads: Distributions.
        draws: Standard normal numbers of the sample, `spreads.places` or more.
    """
    result = np.ones(len(spreads.kind), dtype=np.float32)
    for kind in (Kind.LOGNORMAL, Kind.NORMAL, Kind.TRIANGULAR, Kind.UNIFORM):
        chosen = np.flatnonzero(spreads.kind == kind)
        if len(chosen):
            whole = len(chosen) == len(result)
            place = spreads.place if whole else spreads.place[chosen]
            result[chosen] = _factor(kind, spreads, slice(None) if whole else chosen, draws[place])
    return result


def _factor(kind: Kind, spreads: Spreads, at: slice | NDArray[np.intp], draws: Draws) -> NDArray[np.float32]:
    width = spreads.width[at].astype(np.float32)
    if kind is Kind.LOGNORMAL:
        return np.asarray(np.exp(width * draws), dtype=np.float32)
    if kind is Kind.NORMAL:
        return np.asarray(np.float32(1) + width * draws, dtype=np.float32)
    share = ndtr(draws.astype(np.float64))
    low, high, mode = spreads.low[at], spreads.high[at], spreads.mode[at]
    if kind is Kind.UNIFORM:
        return np.asarray(low + (high - low) * share, dtype=np.float32)
    span = high - low
    left = low + np.sqrt(share * span * (mode - low))
    right = high - np.sqrt((1 - share) * span * (high - mode))
    return np.asarray(np.where(share * span <= mode - low, left, right), dtype=np.float32)


CENTRE = (
    *(2.81022636e-08, 3.43273939e-07, -3.5233877e-06, -4.39150654e-06, 0.00021858087),
    *(-0.00125372503, -0.00417768164, 0.246640727, 1.50140941),
)
TAIL = (
    *(-0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773),
    *(-0.0076224613, 0.00943887047, 1.00167406, 2.83297682),
)


def _erfinv(x: Draws) -> Draws:
    """Return the inverse error function in single precision (Giles 2012, GPU Computing Gems, chapter 10)."""
    one = np.float32(1)
    w = -np.log((one - x) * (one + x))
    result = _polynomial(CENTRE, w - np.float32(2.5))
    far = np.flatnonzero(w >= 5)
    result[far] = _polynomial(TAIL, np.sqrt(w[far]) - np.float32(3))
    return np.asarray(result * x, dtype=np.float32)


def _polynomial(coefficients: Sequence[float], x: Draws) -> Draws:
    result = np.full_like(x, coefficients[0])
    for coefficient in coefficients[1:]:
        result *= x
        result += np.float32(coefficient)
    return result
