"""The compiled engine of Monte Carlo: `LANES` samples side by side, from random numbers to what each product carries.

Gauss-Seidel sweeps in an order with few loops left open, Anderson's method (1965) on the variables that close them. A
sample that does not settle is solved directly, and counted. Needs numba.
"""

from dataclasses import dataclass
from threading import local
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array

from footproof.quantify import kernels
from footproof.quantify.distributions import Kind, Spreads
from footproof.quantify.kernels import GROUP, LANES, SLOTS
from footproof.quantify.problems import Batch, Problem, solved_directly
from footproof.quantify.sweeping import sweep_plan
from footproof.quantify.system import Vector

SWEEPS = 200


class Compiled:
    """Solves batches of samples; threads may share it.

    Args:
        problem: What to sample.
        seed: Key of the random streams. [64 bits]
        tolerance: Largest relative change of a component in the last sweep. [1]
    """

    size = LANES

    def __init__(self, problem: Problem, seed: int, tolerance: float) -> None:
        self.problem, self.seed, self.tolerance = problem, kernels.signed(seed), tolerance
        self.rooms = local()
        self.plan = plan = sweep_plan(problem.found, problem.values)
        self.inputs = _Entries.of(problem.found.inputs.data, problem.inputs, plan.source)
        rows = plan.position[problem.products]
        order = np.argsort(rows, kind="stable")
        self.emissions = _Entries.of(problem.amounts, problem.emissions, order)
        self.rows = np.append(rows[order], np.zeros(len(self.emissions.nominal) - len(rows), dtype=np.int32))
        self.start = problem.values[plan.order][:, None]
        self.floor = problem.floor[plan.order]
        size = np.maximum(np.abs(problem.values[plan.order]), self.floor)[plan.back]
        self.weight = np.divide(1.0, size * size, out=np.zeros_like(size), where=size > 0)

    def batch(self, first: int) -> Batch:
        """Return the samples from a multiple of `size` on."""
        plan, room = self.plan, self._room()
        kernels.sample(self.seed, first, *self.inputs.arrays, room.inputs)
        kernels.gather(self.seed, first, *self.emissions.arrays, self.rows, room.burdens)
        room.state[:] = self.start
        sweeps = kernels.settle(
            plan.starts, plan.suppliers, room.inputs, room.burdens, room.state, plan.back, self.weight, self.floor,
            self.tolerance, SWEEPS, room.levels, room.steps,
        )  # fmt: skip
        direct = self._redo(room) if sweeps < 0 or not np.isfinite(room.state).all() else 0
        values = np.empty((LANES, len(plan.order)))
        kernels.spread_out(room.state, plan.position, values)
        return Batch(first, values, direct, abs(sweeps))

    def _room(self) -> "_Room":
        """Return the arrays of this thread: fresh pages for each batch would cost as much as the sampling."""
        if not hasattr(self.rooms, "own"):
            self.rooms.own = _Room.sized(len(self.inputs.nominal), len(self.plan.order), len(self.plan.back))
        own: _Room = self.rooms.own
        return own

    def _redo(self, room: "_Room") -> int:
        """Solve those samples directly that one more sweep would still change; return how many."""
        plan, state = self.plan, room.state
        size, direct = len(plan.order), 0
        for lane in range(state.shape[1]):
            data = room.inputs[: len(plan.suppliers), lane].astype(np.float64)
            pattern = csc_array((data, plan.suppliers, plan.starts), shape=(size, size))
            again = room.burdens[:, lane] + pattern.T @ state[:, lane]
            limit = self.tolerance * np.maximum(np.abs(again), self.floor)
            if not (np.abs(again - state[:, lane]) <= limit).all():
                state[:, lane] = solved_directly(pattern, room.burdens[:, lane])
                direct += 1
        return direct


@dataclass(frozen=True, slots=True)
class _Room:
    """Working arrays of one thread; see `kernels.settle`."""

    inputs: NDArray[np.float32]
    burdens: Vector
    state: Vector
    levels: Vector
    steps: NDArray[np.float32]

    @classmethod
    def sized(cls, inputs: int, products: int, back: int) -> "_Room":
        return cls(
            np.empty((inputs, LANES), dtype=np.float32),
            np.empty((products, LANES)),
            np.empty((products, LANES)),
            np.empty((2, back, LANES)),
            np.empty((1 + 2 * SLOTS, back, LANES), dtype=np.float32),
        )


@dataclass(frozen=True, slots=True)
class _Entries:
    """Uncertain amounts as the compiled loops take them, filled up to whole groups."""

    nominal: NDArray[np.float32]
    kind: NDArray[np.int8]
    width: NDArray[np.float32]
    shape: Vector
    place: NDArray[np.int32]
    plain: NDArray[np.bool_]

    @classmethod
    def of(cls, nominal: Vector, spreads: Spreads, order: NDArray[np.int64]) -> "_Entries":
        def filled(values: NDArray[Any], kind: type) -> NDArray[Any]:
            made = np.zeros((-(-len(order) // GROUP) * GROUP, *values.shape[1:]), dtype=kind)
            made[: len(order)] = values[order]
            return made

        kind = filled(spreads.kind, np.int8)
        return cls(
            filled(nominal, np.float32),
            kind,
            filled(np.where(spreads.kind == Kind.FIXED, 0.0, spreads.width), np.float32),
            filled(np.stack([spreads.low, spreads.high, spreads.mode], axis=1), np.float64),
            filled(spreads.place, np.int32),
            np.asarray((kind <= Kind.LOGNORMAL).reshape(-1, GROUP).all(axis=1)),
        )

    @property
    def arrays(self) -> tuple[Any, Any, Any, Any, Any, Any]:
        """What `kernels.sample` and `kernels.gather` take."""
        return self.nominal, self.kind, self.width, self.shape, self.place, self.plain
