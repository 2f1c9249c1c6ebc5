"""Monte Carlo for all products at once: every sample gives what a unit of *each* product carries.

Solved from the side of the burdens (adjoint): `x = burdens + inputs.T @ x` has one unknown per product. Only entries
that count for the score are sampled, into a fixed pattern. With numba, several samples are swept together (`compiled`);
with SciPy alone, each is solved by BiCGSTAB from the nominal values. A sample that does not settle is solved directly,
and counted.
"""

from collections import deque
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from functools import cache
from importlib.util import find_spec
from itertools import islice
from typing import Literal, Protocol

import numpy as np
from scipy.sparse import csc_array, csr_array

from footproof.errors import FootproofError
from footproof.quantify.distributions import Draws, factors, quartet
from footproof.quantify.iterative import bicgstab
from footproof.quantify.problems import Batch, Problem, Uncertain, part, prepare, solved_directly, summed
from footproof.quantify.streams import SHARES, Difference, Percentiles, Summary, difference
from footproof.quantify.system import Vector, by_length

__all__ = ["Batch", "Problem", "Uncertain", "compare", "has_numba", "prepare", "samples", "simulate"]

Engine = Literal["auto", "numba", "scipy"]
Progress = Callable[[int], None]
QUARTET = 4  # Samples that share a block of random numbers.
TOLERANCE = 1e-9


class _Solver(Protocol):
    """What solves batches of `size` samples."""

    size: int

    def batch(self, first: int) -> Batch:
        """Return the samples from a multiple of `size` on."""


def samples(
    problem: Problem,
    count: int,
    *,
    seed: int,
    first: int = 0,
    engine: Engine = "auto",
    workers: int = 1,
    tolerance: float = TOLERANCE,
    progress: Progress | None = None,
) -> Generator[Batch, None, None]:
    """Yield samples in order, some to a batch.

    Sample `s` depends on `seed` and `s` alone, to the last bit, whatever `workers`, `first` and `count`: batches begin
    at multiples of their size, and what lies outside is cut off.

    Args:
        problem: From `prepare`.
        count: How many samples.
        seed: Key of the random streams. [64 bits]
        first: Number of the first sample.
        engine: "numba" sweeps many at once; "scipy" needs nothing else; "auto" takes numba where it is installed.
        workers: Threads.
        tolerance: Largest relative change of a component in the last sweep or step. [1]
        progress: Called with the number of samples done, after each batch.

    Raises:
        FootproofError: E-ENGINE-ABSENT where numba is asked for and not installed.
    """
    solver = _solver(engine, problem, seed, tolerance)
    size, last = solver.size, first + count
    done = 0
    with closing(_in_order(solver.batch, range(first - first % size, last, size), workers)) as batches:
        for batch in batches:
            cut = slice(max(first - batch.first, 0), min(last - batch.first, size))
            part = Batch(batch.first + cut.start, batch.values[cut], batch.direct, batch.sweeps)
            done += len(part.values)
            yield part
            if progress is not None:
                progress(done)


def _in_order(batch: Callable[[int], Batch], starts: range, workers: int) -> Generator[Batch, None, None]:
    if workers == 1:
        yield from map(batch, starts)
        return
    pool = ThreadPoolExecutor(workers)
    try:
        ahead = iter(starts)
        pending = deque(pool.submit(batch, start) for start in islice(ahead, 2 * workers))
        while pending:
            done = pending.popleft().result()
            pending.extend(pool.submit(batch, start) for start in islice(ahead, 1))
            yield done
    finally:  # Whoever stops early need not wait for what was begun ahead.
        pool.shutdown(cancel_futures=True)


def simulate(
    problem: Problem,
    count: int,
    *,
    seed: int,
    shares: tuple[float, ...] = SHARES,
    pairs: tuple[tuple[int, int], ...] = (),
    engine: Engine = "auto",
    workers: int = 1,
    progress: Progress | None = None,
) -> Summary:
    """Return mean, standard deviation and percentiles of every product, and how often one is below another.

    Args:
        problem: From `prepare`.
        count: How many samples.
        seed: Key of the random streams.
        shares: Percentiles as shares. [1]
        pairs: Products a, b: how often a carries less than b in the same sample.
        engine: See `samples`.
        workers: Threads.
        progress: See `samples`.
    """
    stream = Percentiles(problem.found.size, count, shares, pairs)
    with closing(samples(problem, count, seed=seed, engine=engine, workers=workers, progress=progress)) as batches:
        for batch in batches:
            stream.add(batch.values, batch.direct)
    return stream.summary()


def compare(
    one: Problem,
    other: Problem,
    count: int,
    *,
    pairs: tuple[tuple[int, int], ...],
    seed: int,
    shares: tuple[float, ...] = SHARES,
    engine: Engine = "auto",
    workers: int = 1,
    progress: Progress | None = None,
) -> Difference:
    """Return how far products of two systems, scores or scenarios lie apart, both moved by the same random numbers.

    Amounts at equal places have the same random number in both problems, so what they share cancels.

    Args:
        one: From `prepare`.
        other: Another, such as the same system with another process, another score, or the same again.
        count: How many samples.
        pairs: A product of `one` and a product of `other`.
        seed: Key of the random streams.
        shares: Percentiles as shares. [1]
        engine: See `samples`.
        workers: Threads.
        progress: See `samples`.
    """
    left, right = (np.array([pair[side] for pair in pairs], dtype=np.int64) for side in (0, 1))
    first, second = np.empty((count, len(pairs))), np.empty((count, len(pairs)))
    direct = done = 0
    with ExitStack() as stack:
        streams = [
            stack.enter_context(closing(samples(each, count, seed=seed, engine=engine, workers=workers)))
            for each in ((one,) if other is one else (one, other))
        ]
        for batches in zip(*streams, strict=True):
            rows = slice(done, done + len(batches[0].values))
            first[rows], second[rows] = batches[0].values[:, left], batches[-1].values[:, right]
            direct += sum(batch.direct for batch in batches)
            done = rows.stop
            if progress is not None:
                progress(done)
    return difference(first, second, shares, direct)


@cache
def has_numba() -> bool:
    """Return whether numba is installed."""
    return find_spec("numba") is not None


def _solver(engine: Engine, problem: Problem, seed: int, tolerance: float) -> _Solver:
    if engine == "numba" and not has_numba():
        raise FootproofError("E-ENGINE-ABSENT", package="numba", engine="numba")
    if engine == "scipy" or not has_numba():
        return _Scipy(problem, seed, tolerance)
    from footproof.quantify.compiled import Compiled  # Needs numba.

    return Compiled(problem, seed, tolerance)


class _Scipy:
    """One sample after the other, BiCGSTAB from the nominal values."""

    size = QUARTET

    def __init__(self, problem: Problem, seed: int, tolerance: float) -> None:
        self.problem, self.seed, self.tolerance = problem, seed, tolerance
        self.rows = rows = by_length(problem.found)
        self.nominal = problem.found.inputs.data[rows.source].astype(np.float32)
        self.inputs = part(problem.inputs, rows.source)
        self.amounts = problem.amounts.astype(np.float32)
        self.products = rows.position[problem.products].astype(np.int64)
        self.floor, self.values = problem.floor[rows.order], problem.values[rows.order]
        self.sizes = np.maximum(np.abs(self.values), self.floor)

    def batch(self, first: int) -> Batch:
        """Return the samples from a multiple of `size` on."""
        solved = [self._one(draws) for draws in quartet(self.seed, first // QUARTET, self.problem.places)]
        values = np.stack([values[self.rows.position] for values, _ in solved])
        return Batch(first, values, sum(direct for _, direct in solved))

    def _one(self, draws: Draws) -> tuple[Vector, bool]:
        rows, shape = self.rows, (len(self.values), len(self.values))
        inputs = (self.nominal * factors(self.inputs, draws)).astype(np.float64)
        amounts = (self.amounts * factors(self.problem.emissions, draws)).astype(np.float64)
        burdens = summed(self.products, amounts, len(self.values))
        transposed = csr_array((inputs, rows.suppliers, rows.starts), shape=shape, copy=False)
        values = self.values
        for tighter in (0.5, 0.05, 0.003):  # Mostly the first is enough for every component.
            values, _ = bicgstab(
                transposed, burdens, tolerance=tighter * self.tolerance, start=values, sizes=self.sizes
            )
            again = burdens + transposed @ values
            room = self.tolerance * np.maximum(np.abs(again), self.floor)
            if (np.abs(again - values) <= room).all():
                return again, False
        return solved_directly(csc_array((inputs, rows.suppliers, rows.starts), shape=shape), burdens), True
