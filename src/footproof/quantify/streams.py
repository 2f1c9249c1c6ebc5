"""Summaries of many samples in bounded memory.

The first samples are kept as they are: within the budget, percentiles are exact. Beyond it, each product gets a
histogram whose bins span what the kept samples showed and half as much on either side; a percentile is then known to a
width of a bin. Means and variances are then merged block by block (Chan, Golub & LeVeque 1983).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from footproof.quantify.system import Vector

BUDGET = 400 * 2**20
BINS = 512
SHARES = (0.025, 0.5, 0.975)
TOGETHER = 256


@dataclass(frozen=True, slots=True)
class Summary:
    """What many samples say about each product.

    Args:
        count: Samples.
        mean: One entry per product. [kg CO2e / product unit]
        deviation: Standard deviation, with count − 1. [kg CO2e / product unit]
        shares: Percentiles asked for, as shares. [1]
        percentiles: Shares × products. [kg CO2e / product unit]
        resolution: Largest possible error of a percentile by product; zero where all samples were kept.
        below: Share of samples in which the first of each pair carries less than the second. [1]
        direct: Samples that had to be solved directly.
    """

    count: int
    mean: Vector
    deviation: Vector
    shares: tuple[float, ...]
    percentiles: Vector
    resolution: Vector
    below: tuple[float, ...]
    direct: int


@dataclass(frozen=True, slots=True)
class Difference:
    """How far pairs lie apart, the second less the first, sample by sample.

    Args:
        count: Samples.
        below: Share of samples in which the first carries less than the second, by pair. [1]
        mean: By pair. [kg CO2e / product unit]
        deviation: Standard deviation, with count − 1. [kg CO2e / product unit]
        shares: Percentiles asked for, as shares. [1]
        percentiles: Shares × pairs. [kg CO2e / product unit]
        direct: Samples that had to be solved directly, of both sides.
    """

    count: int
    below: tuple[float, ...]
    mean: Vector
    deviation: Vector
    shares: tuple[float, ...]
    percentiles: Vector
    direct: int


def difference(first: Vector, second: Vector, shares: tuple[float, ...], direct: int = 0) -> Difference:
    """Return what pairs of samples say.

    Args:
        first: Samples × pairs.
        second: The same samples of what is compared with it.
        shares: Percentiles as shares. [1]
        direct: Samples that had to be solved directly.
    """
    below = tuple(float(share) for share in (first < second).mean(axis=0))
    mean, deviation, percentiles = _described(second - first, shares)
    return Difference(len(first), below, mean, deviation, shares, percentiles, direct)


class Percentiles:
    """Takes samples in any number of blocks and summarises them.

    Args:
        size: Products.
        count: Samples to come.
        shares: Percentiles asked for. [1]
        pairs: Pairs of products to compare within each sample.
        budget: Memory for kept samples. [byte]
    """

    def __init__(
        self,
        size: int,
        count: int,
        shares: tuple[float, ...],
        pairs: tuple[tuple[int, int], ...] = (),
        budget: int = BUDGET,
    ) -> None:
        self._shares, self._pairs = shares, np.array(pairs, dtype=np.int64).reshape(-1, 2)
        fitting = max(budget // (8 * max(size, 1)), 1)
        self._kept = np.empty((count if count <= fitting else min(256, fitting), size))
        self._exact = count <= fitting
        self._counts: NDArray[np.int32] | None = None
        self._low, self._width = np.zeros(size), np.ones(size)
        self._mean, self._squares = np.zeros(size), np.zeros(size)
        self._below = np.zeros(len(self._pairs), dtype=np.int64)
        self.count = self.direct = 0

    def add(self, block: Vector, direct: int = 0) -> None:
        """Take a block of samples × products, of which `direct` were solved directly."""
        rows = len(block)
        before, self.count = self.count, self.count + rows
        self.direct += direct
        self._below += (block[:, self._pairs[:, 0]] < block[:, self._pairs[:, 1]]).sum(axis=0)
        room = max(min(len(self._kept) - before, rows), 0)
        self._kept[before : before + room] = block[:room]
        if self._exact:
            return
        mean = block.mean(axis=0)
        apart = mean - self._mean
        self._squares += ((block - mean) ** 2).sum(axis=0) + apart**2 * (before * rows / self.count)
        self._mean += apart * (rows / self.count)
        if self.count >= len(self._kept):
            if self._counts is None:
                self._counts = self._opened()
            self._bin(self._counts, block[room:])

    def summary(self) -> Summary:
        """Return what the samples taken so far say."""
        if self._counts is None:
            mean, deviation, percentiles = _described(self._kept[: self.count], self._shares)
            resolution = np.zeros_like(mean)
        else:
            mean, deviation = self._mean.copy(), np.sqrt(self._squares / max(self.count - 1, 1))
            percentiles = np.stack([self._percentile(self._counts, share) for share in self._shares])
            resolution = self._width.copy()
        below = tuple(float(share) for share in self._below / max(self.count, 1))
        return Summary(self.count, mean, deviation, self._shares, percentiles, resolution, below, self.direct)

    def _opened(self) -> NDArray[np.int32]:
        least, most = self._kept.min(axis=0), self._kept.max(axis=0)
        reach = np.maximum(most - least, 1e-300)
        self._low, self._width = least - 0.5 * reach, 2.0 * reach / BINS
        counts = np.zeros((len(least), BINS), dtype=np.int32)
        self._bin(counts, self._kept)
        return counts

    def _bin(self, counts: NDArray[np.int32], block: Vector) -> None:
        flat, first = counts.reshape(-1), np.arange(len(counts)) * BINS
        scale = 1.0 / self._width
        for sample in block:
            place = (sample - self._low) * scale
            flat[first + np.clip(place, 0, BINS - 1, out=place).astype(np.int64)] += 1

    def _percentile(self, counts: NDArray[np.int32], share: float) -> Vector:
        below = np.cumsum(counts, axis=1)
        rank = share * (self.count - 1) + 0.5
        place = (below < rank).sum(axis=1)
        row = np.arange(len(place))
        before = below[row, place] - counts[row, place]
        inside = (rank - before) / np.maximum(counts[row, place], 1)
        return np.asarray(self._low + (place + inside) * self._width, dtype=np.float64)


def _described(samples: Vector, shares: tuple[float, ...]) -> tuple[Vector, Vector, Vector]:
    """Return mean, standard deviation and percentiles of each column; between samples they are interpolated."""
    count, size = samples.shape
    mean, deviation, percentiles = np.empty(size), np.empty(size), np.empty((len(shares), size))
    for first in range(0, size, TOGETHER):  # Some columns at a time, each laid out in one piece.
        part = slice(first, first + TOGETHER)
        columns = np.sort(samples[:, part].T, axis=1)
        mean[part] = columns.mean(axis=1)
        deviation[part] = columns.std(axis=1, ddof=1) if count > 1 else 0.0
        percentiles[:, part] = np.quantile(columns, shares, axis=1)
    return mean, deviation, percentiles
