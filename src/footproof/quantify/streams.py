"""Summaries of many samples in bounded memory.

The first samples are kept as they are: within the budget, percentiles are exact. Beyond it, each product gets a
histogram whose bins span what the kept samples showed and half as much on either side; a percentile is then known to a
width of a bin. Means and variances are merged block by block (Chan, Golub & LeVeque 1983).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from footproof.quantify.system import Vector

BUDGET = 400 * 2**20
BINS = 512


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
        mean = block.mean(axis=0)
        apart = mean - self._mean
        total = self.count + rows
        self._squares += ((block - mean) ** 2).sum(axis=0) + apart**2 * (self.count * rows / total)
        self._mean += apart * (rows / total)
        self._below += (block[:, self._pairs[:, 0]] < block[:, self._pairs[:, 1]]).sum(axis=0)
        room = max(min(len(self._kept) - self.count, rows), 0)
        self._kept[self.count : self.count + room] = block[:room]
        self.count, self.direct = total, self.direct + direct
        if not self._exact and self.count >= len(self._kept):
            if self._counts is None:
                self._open()
            for sample in block[room:]:
                self._bin(sample)

    def summary(self) -> Summary:
        """Return what the samples taken so far say."""
        spread = np.sqrt(self._squares / max(self.count - 1, 1))
        if self._counts is None:
            percentiles = np.quantile(self._kept[: self.count], self._shares, axis=0)
            resolution = np.zeros_like(spread)
        else:
            percentiles = np.stack([self._percentile(share) for share in self._shares])
            resolution = self._width.copy()
        below = tuple(float(share) for share in self._below / max(self.count, 1))
        return Summary(self.count, self._mean.copy(), spread, self._shares, percentiles, resolution, below, self.direct)

    def _open(self) -> None:
        least, most = self._kept.min(axis=0), self._kept.max(axis=0)
        reach = np.maximum(most - least, 1e-300)
        self._low, self._width = least - 0.5 * reach, 2.0 * reach / BINS
        self._counts = np.zeros((len(least), BINS), dtype=np.int32)
        for sample in self._kept:
            self._bin(sample)

    def _bin(self, sample: Vector) -> None:
        if self._counts is not None:
            place = np.clip((sample - self._low) / self._width, 0, BINS - 1).astype(np.int64)
            self._counts[np.arange(len(sample)), place] += 1

    def _percentile(self, share: float) -> Vector:
        counts = np.asarray(self._counts)
        below = np.cumsum(counts, axis=1)
        rank = share * (self.count - 1) + 0.5
        place = (below < rank).sum(axis=1)
        row = np.arange(len(place))
        before = below[row, place] - counts[row, place]
        inside = (rank - before) / np.maximum(counts[row, place], 1)
        return np.asarray(self._low + (place + inside) * self._width, dtype=np.float64)
