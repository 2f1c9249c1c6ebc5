"""Monte Carlo for all products at once: every sample gives what a unit of *each* product carries.

Solved from the side of the burdens (adjoint): `x = burdens + inputs.T @ x` has one unknown per product. Only entries
that count for the score are sampled, into a fixed pattern. With numba, eight samples are swept together
(Gauss-Seidel in an order with little feedback, Anderson's method on what feeds back); with SciPy alone, each is solved
by BiCGSTAB from the nominal values. A sample that does not settle is solved directly, and counted.
"""

from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from threading import local
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array, csr_array, eye_array
from scipy.sparse.linalg import splu

from footproof.errors import FootproofError
from footproof.quantify.distributions import Kind, Spreads, factors, normals
from footproof.quantify.iterative import bicgstab
from footproof.quantify.streams import Percentiles, Summary
from footproof.quantify.system import Recipes, System, Vector, recipes

Engine = Literal["auto", "numba", "scipy"]
LANES = 8
SWEEPS = 200
TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True)
class Uncertain:
    """A system with a score and the spread of everything that counts for it.

    Args:
        system: Its entries are the nominal ones: medians of lognormal spreads.
        score: What one unit of each flow counts. [kg CO2e / flow unit]
        inputs: Spreads of `system.technosphere.data`; outputs on the diagonal stay fixed.
        emissions: Spreads of `system.biosphere.data`.

    Raises:
        FootproofError: E-DISTRIBUTION-PLACE where an output is spread, or the spreads are not as many as the entries.
    """

    system: System
    score: Vector
    inputs: Spreads
    emissions: Spreads

    def __post_init__(self) -> None:
        wanted = (self.system.technosphere.nnz, self.system.biosphere.nnz)
        got = (len(self.inputs.kind), len(self.emissions.kind))
        if wanted != got:
            raise FootproofError("E-DISTRIBUTION-PLACE", wanted=wanted, got=got)


@dataclass(frozen=True, slots=True)
class Problem:
    """What a sample needs: nominal recipes and burdens per unit, entry by entry, with their spreads.

    Args:
        found: Recipes of the system.
        inputs: Spreads of `found.inputs.data`.
        amounts: What each counted emission brings per unit of product. [kg CO2e / product unit]
        products: Which product it belongs to, ascending.
        emissions: Spreads of `amounts`.
        values: What a unit of each product carries, nominally. [kg CO2e / product unit]
        floor: Smallest magnitude that an error is measured against; zero without credits. [kg CO2e / product unit]
    """

    found: Recipes
    inputs: Spreads
    amounts: Vector
    products: NDArray[np.int64]
    emissions: Spreads
    values: Vector
    floor: Vector

    @property
    def places(self) -> int:
        """How many random numbers a sample needs."""
        return max(self.inputs.places, self.emissions.places)


@dataclass(frozen=True, slots=True)
class Batch:
    """Some consecutive samples.

    Args:
        first: Number of the first sample.
        values: Samples × products. [kg CO2e / product unit]
        direct: How many had to be solved directly.
    """

    first: int
    values: Vector
    direct: int


def prepare(uncertain: Uncertain) -> Problem:
    """Return what sampling needs, with everything that does not count for the score left out.

    Raises:
        FootproofError: E-SYSTEM-SINGULAR where the nominal system has no answer, E-DISTRIBUTION-PLACE where an
            output is spread.
    """
    system = uncertain.system
    found = recipes(system)
    inputs = _of_recipes(uncertain, found)
    product = np.argsort(found.maker)
    process = np.repeat(np.arange(system.size), np.diff(system.biosphere.indptr))
    weight = uncertain.score[system.biosphere.indices] * system.biosphere.data
    counted = np.flatnonzero(weight)
    counted = counted[np.argsort(product[process[counted]], kind="stable")]
    products = product[process[counted]]
    amounts = weight[counted] / found.output[products]
    burdens = _summed(products, amounts, system.size)
    values = _direct(found.inputs, burdens)
    floor = np.zeros(system.size)
    if found.has_credits or (amounts < 0).any():
        gross = _summed(products, np.abs(amounts), system.size)
        floor, _ = bicgstab(csr_array(abs(found.inputs).T), gross, tolerance=1e-3)
        floor = np.maximum(np.abs(floor), np.abs(values))
    return Problem(found, inputs, amounts, products, _part(uncertain.emissions, counted), values, floor)


def samples(
    problem: Problem,
    count: int,
    *,
    seed: int,
    first: int = 0,
    engine: Engine = "auto",
    workers: int = 1,
    tolerance: float = TOLERANCE,
) -> Generator[Batch, None, None]:
    """Yield samples in order, eight to a batch.

    Sample `s` depends on `seed` and `s` alone, whatever `workers` and `first`.

    Args:
        problem: From `prepare`.
        count: How many samples.
        seed: Key of the random streams. [64 bits]
        first: Number of the first sample.
        engine: "numba" sweeps eight at once; "scipy" needs nothing else; "auto" takes numba where it is installed.
        workers: Threads.
        tolerance: Largest relative change of a component in the last sweep or step. [1]

    Raises:
        FootproofError: E-ENGINE-ABSENT where numba is asked for and not installed.
    """
    solver = _engine(engine)(problem, seed, tolerance)
    starts = range(first, first + count, LANES)
    sizes = [min(LANES, first + count - start) for start in starts]
    if workers == 1:
        yield from map(solver.batch, starts, sizes)
        return
    with ThreadPoolExecutor(workers) as pool:
        ahead = 4 * workers
        pending = [pool.submit(solver.batch, s, n) for s, n in zip(starts[:ahead], sizes[:ahead], strict=True)]
        for place in range(len(sizes)):
            done = pending.pop(0).result()
            if place + ahead < len(sizes):
                pending.append(pool.submit(solver.batch, starts[place + ahead], sizes[place + ahead]))
            yield done


def simulate(
    problem: Problem,
    count: int,
    *,
    seed: int,
    shares: tuple[float, ...] = (0.025, 0.5, 0.975),
    pairs: tuple[tuple[int, int], ...] = (),
    engine: Engine = "auto",
    workers: int = 1,
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
    """
    stream = Percentiles(problem.found.size, count, shares, pairs)
    with closing(samples(problem, count, seed=seed, engine=engine, workers=workers)) as batches:
        for batch in batches:
            stream.add(batch.values, batch.direct)
    return stream.summary()


@cache
def has_numba() -> bool:
    """Return whether numba is installed."""
    return find_spec("numba") is not None


def _engine(name: Engine) -> "type[_Scipy] | type[_Numba]":
    if name == "numba" and not has_numba():
        raise FootproofError("E-ENGINE-ABSENT", package="numba", engine="numba")
    return _Scipy if name == "scipy" or not has_numba() else _Numba


class _Scipy:
    """One sample after the other, BiCGSTAB from the nominal values."""

    def __init__(self, problem: Problem, seed: int, tolerance: float) -> None:
        self.problem, self.seed, self.tolerance = problem, seed, tolerance
        self.nominal = problem.found.inputs.data.astype(np.float32)
        self.amounts = problem.amounts.astype(np.float32)
        self.sizes = np.maximum(np.abs(problem.values), problem.floor)

    def batch(self, first: int, count: int) -> Batch:
        values = np.empty((count, self.problem.found.size))
        direct = 0
        for lane in range(count):
            values[lane], fell_back = self._one(first + lane)
            direct += fell_back
        return Batch(first, values, direct)

    def _one(self, sample: int) -> tuple[Vector, bool]:
        problem = self.problem
        draws = normals(self.seed, sample, problem.places)
        inputs = (self.nominal * factors(problem.inputs, draws)).astype(np.float64)
        amounts = (self.amounts * factors(problem.emissions, draws)).astype(np.float64)
        burdens = _summed(problem.products, amounts, problem.found.size)
        pattern = problem.found.inputs
        transposed = csr_array((inputs, pattern.indices, pattern.indptr), shape=pattern.shape, copy=False)
        values = problem.values
        for tighter in (0.1, 0.003):  # Mostly the first is enough for every component.
            values, _ = bicgstab(
                transposed, burdens, tolerance=tighter * self.tolerance, start=values, sizes=self.sizes
            )
            again = burdens + transposed @ values
            room = self.tolerance * np.maximum(np.abs(again), problem.floor)
            if (np.abs(again - values) <= room).all():
                return again, False
        return _direct(csc_array((inputs, pattern.indices, pattern.indptr), shape=pattern.shape), burdens), True


class _Numba:
    """Eight samples side by side."""

    def __init__(self, problem: Problem, seed: int, tolerance: float) -> None:
        from footproof.quantify.sweeping import sweep_plan

        self.problem, self.seed, self.tolerance = problem, seed, tolerance
        self.rooms = local()
        self.plan = plan = sweep_plan(problem.found, problem.values)
        self.inputs = _arrays(problem.found.inputs.data, problem.inputs, plan.source)
        position = np.empty(problem.found.size, dtype=np.int64)
        position[plan.order] = np.arange(problem.found.size)
        own = position[problem.products]
        self.emissions = _arrays(problem.amounts, problem.emissions, np.argsort(own, kind="stable"))
        self.starts = np.concatenate(([0], np.cumsum(np.bincount(own, minlength=problem.found.size)))).astype(np.int32)
        self.start = np.repeat(problem.values[plan.order][:, None], LANES, axis=1)
        self.floor = problem.floor[plan.order]
        size = np.maximum(np.abs(problem.values[plan.order]), self.floor)[plan.back]
        self.weight = np.divide(1.0, size * size, out=np.zeros_like(size), where=size > 0)

    def batch(self, first: int, count: int) -> Batch:
        from footproof.quantify import kernels

        plan, room = self.plan, self._room()
        kernels.draw(self.seed, first, room.raw, room.draws)
        inputs, burdens, state = room.inputs, room.burdens, room.state
        kernels.sample(*self.inputs, room.draws, inputs)
        kernels.sample(*self.emissions, room.draws, room.emitted)
        kernels.add_up(self.starts, room.emitted, burdens)
        state[:] = self.start
        sweeps = kernels.settle(
            plan.starts, plan.suppliers, inputs, burdens, state, plan.back, self.weight, self.floor, self.tolerance,
            SWEEPS, room.history,
        )  # fmt: skip
        direct = self._redo(inputs, burdens, state, count) if sweeps < 0 or not np.isfinite(state).all() else 0
        values = np.empty((count, len(plan.order)))
        values[:, plan.order] = state.T[:count]
        return Batch(first, values, direct)

    def _room(self) -> "_Room":
        """Return the arrays of this thread: fresh pages for each batch would cost as much as the sampling."""
        if not hasattr(self.rooms, "own"):
            sizes = (-(-self.problem.places // 8) * 8, len(self.plan.suppliers), len(self.problem.amounts))
            self.rooms.own = _Room.sized(*sizes, len(self.plan.order), len(self.plan.back))
        own: _Room = self.rooms.own
        return own

    def _redo(self, inputs: NDArray[np.float32], burdens: Vector, state: Vector, count: int) -> int:
        """Solve those samples directly that one more sweep would still change; return how many."""
        plan = self.plan
        size, direct = len(plan.order), 0
        for lane in range(count):
            data = inputs[:, lane].astype(np.float64)
            pattern = csc_array((data, plan.suppliers, plan.starts), shape=(size, size))
            again = burdens[:, lane] + pattern.T @ state[:, lane]
            room = self.tolerance * np.maximum(np.abs(again), self.floor)
            if not (np.abs(again - state[:, lane]) <= room).all():
                state[:, lane] = _direct(pattern, burdens[:, lane])
                direct += 1
        return direct


@dataclass(frozen=True, slots=True)
class _Room:
    """Working arrays of one thread."""

    raw: NDArray[np.uint32]
    draws: NDArray[np.float32]
    inputs: NDArray[np.float32]
    emitted: NDArray[np.float32]
    burdens: Vector
    state: Vector
    history: Vector

    @classmethod
    def sized(cls, places: int, inputs: int, emissions: int, products: int, back: int) -> "_Room":
        return cls(
            np.empty((places, LANES), dtype=np.uint32),
            np.empty((places, LANES), dtype=np.float32),
            np.empty((inputs, LANES), dtype=np.float32),
            np.empty((emissions, LANES), dtype=np.float32),
            np.empty((products, LANES)),
            np.empty((products, LANES)),
            np.empty((8, LANES, back)),
        )


def _arrays(nominal: Vector, spreads: Spreads, order: NDArray[np.int64]) -> tuple[Any, Any, Any, Any, Any]:
    bounds = np.stack([spreads.low, spreads.high, spreads.mode], axis=1)[order]
    return (
        nominal[order].astype(np.float32),
        spreads.kind[order],
        np.where(spreads.kind == Kind.FIXED, 0.0, spreads.width)[order].astype(np.float32),
        bounds,
        spreads.place[order].astype(np.int32),
    )


def _part(spreads: Spreads, chosen: NDArray[np.int64]) -> Spreads:
    return Spreads(
        spreads.kind[chosen],
        spreads.width[chosen],
        spreads.low[chosen],
        spreads.high[chosen],
        spreads.mode[chosen],
        spreads.place[chosen],
    )


def _of_recipes(uncertain: Uncertain, found: Recipes) -> Spreads:
    """Return the spreads in the order of `found.inputs.data`."""
    matrix = uncertain.system.technosphere
    entry = csc_array((np.arange(1, matrix.nnz + 1, dtype=np.float64), matrix.indices, matrix.indptr), matrix.shape)
    entry = csc_array(entry[:, found.maker])
    entry.sort_indices()
    column = np.repeat(np.arange(found.size), np.diff(entry.indptr))
    source = entry.data.astype(np.int64) - 1
    own = entry.indices == column
    if (uncertain.inputs.kind[source[own]] != Kind.FIXED).any():
        raise FootproofError("E-DISTRIBUTION-PLACE", wanted="fixed outputs", got="a spread on an output")
    return _part(uncertain.inputs, source[~own])


def _summed(products: NDArray[np.int64], amounts: Vector, size: int) -> Vector:
    return np.asarray(np.bincount(products, amounts, minlength=size), dtype=np.float64)


def _direct(inputs: csc_array, burdens: Vector) -> Vector:
    try:
        factorised = splu(csc_array(eye_array(inputs.shape[0]) - inputs.T))
    except RuntimeError:
        raise FootproofError("E-SYSTEM-SINGULAR", size=inputs.shape[0]) from None
    values = factorised.solve(burdens)
    values = values + factorised.solve(burdens - values + inputs.T @ values)
    return np.asarray(values, dtype=np.float64)
