"""Uncertain amounts and the random numbers that move them.

A distribution is a factor on the amount in the matrix, so an amount keeps its sign and a sample its sparsity. Random
numbers are counter-based (Salmon et al. 2011, Philox4x32-10): under the seed as key, the counter is the place that an
uncertain amount names and the number of its sample, four samples to a block. The result therefore depends neither on
the number of workers nor on the size of batches; equal places are one random number (correlation group), and two
systems that share places share their draws (common random numbers).

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
Words = NDArray[np.uint64]

ROUNDS = 10
MULTIPLIERS = (0xD2511F53, 0xCD9E8D57)
KEY_STEPS = (0x9E3779B9, 0xBB67AE85)
HALF, WORD = np.uint64(32), np.uint64(2**32 - 1)
SLICE = 16384

BASIC_VARIANCE = 0.0006
PEDIGREE_VARIANCE: Mapping[str, tuple[float, ...]] = {
    "reliability": (0.0, 0.0006, 0.002, 0.008, 0.04),
    "completeness": (0.0, 0.0001, 0.0006, 0.002, 0.008),
    "temporal": (0.0, 0.0002, 0.002, 0.008, 0.04),
    "geographical": (0.0, 2.5e-5, 0.0001, 0.0006, 0.002),
    "technological": (0.0, 0.0006, 0.008, 0.04, 0.12),
}
"""Variance of the underlying normal distribution by indicator and score 1 to 5, as ecoinvent 3 uses it.

Source: Weidema et al. (2013), ecoinvent report no. 1 (v3), section 10.2, table 10.5. How sure: the report was not
seen; three independent programs that transcribe its table, one naming page 77, agree in every figure. Ciroth et al.
(2016) propose other, larger factors.
"""


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


def philox(counter: Sequence[Words | int], key: tuple[int, int]) -> list[Words]:
    """Return Philox4x32-10 of a counter of four words under a key of two (Salmon et al. 2011).

    Args:
        counter: Numbers below 2^32, or arrays of such in 64 bits.
        key: Numbers below 2^32.

    Returns:
        Four words of 32 bits, each an array of 64.
    """
    words = [word.copy() for word in np.broadcast_arrays(*(np.atleast_1d(np.uint64(word)) for word in counter))]
    a, b, c, d = words
    first, second = np.empty_like(a), np.empty_like(a)
    for turn in range(ROUNDS):
        np.multiply(a, np.uint64(MULTIPLIERS[0]), out=first)
        np.multiply(c, np.uint64(MULTIPLIERS[1]), out=second)
        for word, product, other, half, step in zip((a, c), (second, first), (b, d), key, KEY_STEPS, strict=True):
            np.right_shift(product, HALF, out=word)
            np.bitwise_xor(word, other, out=word)
            np.bitwise_xor(word, np.uint64((half + turn * step) % 2**32), out=word)
            np.bitwise_and(product, WORD, out=other)
    return words


def normals(seed: int, sample: int, count: int) -> Draws:
    """Return the standard normal numbers of one sample, by place.

    Args:
        seed: Key of the study. [64 bits]
        sample: Number of the sample. [66 bits]
        count: How many places.
    """
    drawn: Draws = quartet(seed, sample // 4, count)[sample % 4]
    return drawn


def quartet(seed: int, block: int, count: int) -> Draws:
    """Return the standard normal numbers of the four samples of a block, samples × places.

    The counter is (place, 0, block), its last two words being those of the block, low first; word `w` belongs to sample
    `4 · block + w`. The upper 24 bits of a word are turned by the inverse of the error function (Giles 2012), so
    numbers lie within ±5.4.

    Args:
        seed: Key of the study. [64 bits]
        block: A quarter of the number of its first sample. [64 bits]
        count: How many places.
    """
    drawn = np.empty((4, count), dtype=np.float32)
    for first in range(0, count, SLICE):  # A slice stays in the cache.
        place = np.arange(first, min(first + SLICE, count), dtype=np.uint64)
        words = philox((place, 0, block % 2**32, block >> 32), (seed % 2**32, seed >> 32))
        for row, word in zip(drawn, words, strict=True):
            middle = ((word >> np.uint64(8)).astype(np.int32) - (1 << 23)).astype(np.float32)
            spots = (middle + np.float32(0.5)) * np.float32(2.0**-23)
            row[first : first + SLICE] = _erfinv(spots) * np.float32(np.sqrt(2.0))
    return drawn


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
