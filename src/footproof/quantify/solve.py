"""Solve a product system directly: what runs for a demand, and what a unit of each product carries.

The transpose is factorised, not the matrix itself: its columns are recipes, which keep the factors sparse. Residuals
alone prove little on waste and recycling loops, so every solution states its backward error component by component
(Oettli & Prager 1964) and, on request, an estimate of its forward error (Arioli, Demmel & Duff 1989; Higham 2002, 15).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Literal

import numpy as np
from scipy.sparse import csc_array, csr_array
from scipy.sparse.linalg import LinearOperator, onenormest, splu

from footproof.errors import FootproofError
from footproof.quantify.system import System, Vector, makers

SolverName = Literal["auto", "superlu", "pardiso"]
EPSILON = float(np.finfo(np.float64).eps)
BACKWARD_LIMIT = 1e-12
ENOUGH = 2e-13  # Where nobody asks how far to trust it; else as good as rounding allows.
SWEEPS = 3
FORWARD_LIMIT = 1e-6


@dataclass(frozen=True, slots=True)
class Solution:
    """A solution and how far it can be trusted.

    Args:
        values: The unknowns; one column per right-hand side if there were several.
        backward_error: Largest relative change of an entry that would make the solution exact. [1]
        forward_error: Estimated largest relative error of a component; nan where not asked for. [1]
        solver: Which solver gave it.
        warnings: What a person should know before using it; empty as a rule.
    """

    values: Vector
    backward_error: float
    forward_error: float
    solver: str
    warnings: tuple[FootproofError, ...] = ()


class Factorisation:
    """The factorised transpose of a technosphere matrix; solves both ways for any number of right-hand sides.

    Args:
        technosphere: Square, products × processes.
        solver: "pardiso" needs the package pypardiso; "auto" takes SuperLU, whose repeated solves are faster.

    Raises:
        FootproofError: E-SYSTEM-SINGULAR where the matrix has no inverse, E-ENGINE-ABSENT where the solver is not
            installed.
    """

    def __init__(self, technosphere: csc_array, solver: SolverName = "auto") -> None:
        self._matrix = technosphere
        self._transposed = csr_array(technosphere.T)
        self._diagonal = technosphere.diagonal()
        self._magnitudes: tuple[csc_array, csr_array] | None = None
        self.solver = "superlu" if solver == "auto" else solver
        self._apply = _pardiso(technosphere) if self.solver == "pardiso" else _superlu(technosphere)

    def adjoint(self, burdens: Vector, *, estimate: bool = True) -> Solution:
        """Return what one unit of each product carries: `technosphere.T @ x = burdens`.

        Args:
            burdens: One row per process, one column per quantity if there are several. [x / run]
            estimate: Whether to estimate the forward error, which costs some ten further solves.

        Returns:
            One row per product. [x / product unit]
        """
        return self._solve(burdens, estimate=estimate, transposed=True)

    def rough_adjoint(self, burdens: Vector) -> Vector:
        """Return the same as `adjoint` by one solve, neither refined nor judged: for estimates only. [x / unit]"""
        return np.asarray(self._apply(np.asarray(burdens, dtype=np.float64), True), dtype=np.float64)

    def forward(self, demand: Vector, *, estimate: bool = True) -> Solution:
        """Return how often each process runs: `technosphere @ x = demand`.

        Args:
            demand: One row per product. [product unit]
            estimate: As for `adjoint`.

        Returns:
            One row per process. [runs]
        """
        return self._solve(demand, estimate=estimate, transposed=False)

    def _solve(self, right: Vector, *, estimate: bool, transposed: bool) -> Solution:
        right = np.asarray(right, dtype=np.float64)
        matrix = self._transposed if transposed else self._matrix
        magnitude = self._magnitude(transposed=transposed)
        enough = 4 * EPSILON if estimate else ENOUGH
        values, residual, scale = self._refined(matrix, magnitude, right, enough, transposed=transposed)
        backward = _largest_ratio(np.abs(residual), scale)
        if not backward <= BACKWARD_LIMIT:
            values = self._cleared(values, right, transposed=transposed)
            values = values + self._apply(right - matrix @ values, transposed)
            values = self._cleared(values, right, transposed=transposed)
            residual, scale = right - matrix @ values, magnitude @ np.abs(values) + np.abs(right)
            backward = _largest_ratio(np.abs(residual), scale)
        if not backward <= BACKWARD_LIMIT and self.solver == "pardiso":
            # PARDISO perturbs small pivots instead of exchanging rows; SuperLU exchanges.
            self._apply, self.solver = _superlu(self._matrix), "superlu"
            return self._solve(right, estimate=estimate, transposed=transposed)
        forward = self._forward_error(values, residual, scale, transposed=transposed) if estimate else float("nan")
        warnings: tuple[FootproofError, ...] = ()
        if not backward <= BACKWARD_LIMIT or forward > FORWARD_LIMIT:
            warnings = (FootproofError("E-SYSTEM-CONDITION", backward=f"{backward:.1e}", forward=f"{forward:.1e}"),)
        return Solution(values, backward, forward, self.solver, warnings)

    def _magnitude(self, *, transposed: bool) -> Any:
        if self._magnitudes is None:
            matrix = csc_array(abs(self._matrix))
            self._magnitudes = (matrix, csr_array(matrix.T))
        return self._magnitudes[transposed]

    def _cleared(self, values: Vector, right: Vector, *, transposed: bool) -> Vector:
        """Return the values with an exact zero where nothing asks or nothing is carried, instead of its rounding."""
        maker = makers(self._matrix)
        links = csr_array(self._matrix[:, maker] != 0, dtype=np.float64)
        links = csr_array(links.T) if transposed else links
        reached = right[maker] != 0 if transposed else right != 0
        before = -1
        while before != reached.sum():
            before = reached.sum()
            reached = reached | (links @ reached.astype(np.float64) > 0)
        rows = np.arange(len(maker)) if transposed else maker
        cleared = values.copy()
        cleared[rows] = np.where(reached, values[rows], 0.0)
        return cleared

    def _refined(
        self, matrix: Any, magnitude: Any, right: Vector, enough: float, *, transposed: bool
    ) -> tuple[Vector, Vector, Vector]:
        """Solve, then refine: by sweeps, which cost little, else by solving again, at most thrice."""
        values, residual, scale = self._polished(matrix, magnitude, right, enough, transposed=transposed)
        for _ in range(3):
            before = _largest_ratio(np.abs(residual), scale)
            if before <= enough or not np.isfinite(before):
                break
            better = values + self._apply(residual, transposed)
            rest = right - matrix @ better
            room = magnitude @ np.abs(better) + np.abs(right)
            if not _largest_ratio(np.abs(rest), room) < before / 2:
                break
            values, residual, scale = better, rest, room
        return values, residual, scale

    def _polished(
        self, matrix: Any, magnitude: Any, right: Vector, enough: float, *, transposed: bool
    ) -> tuple[Vector, Vector, Vector]:
        """Solve, then sweep while that halves the backward error: what rounding leaves is local; sweeps spread it."""
        values = self._apply(right, transposed)
        residual = right - matrix @ values
        scale = magnitude @ np.abs(values) + np.abs(right)
        if not self._diagonal.all():
            return values, residual, scale
        diagonal = self._diagonal if values.ndim == 1 else self._diagonal[:, None]
        for _ in range(SWEEPS):
            before = _largest_ratio(np.abs(residual), scale)
            if before <= enough or not np.isfinite(before):
                break
            better = values + residual / diagonal
            rest = right - matrix @ better  # The scale stays: values move by no more than their last digits.
            if not _largest_ratio(np.abs(rest), scale) < before / 2:
                break
            values, residual = better, rest
        return values, residual, scale

    def _forward_error(self, values: Vector, residual: Vector, scale: Vector, *, transposed: bool) -> float:
        if values.ndim > 1:
            columns = zip(values.T, residual.T, scale.T, strict=True)
            return max((self._forward_error(*each, transposed=transposed) for each in columns), default=0.0)
        if not np.isfinite(values).all():
            return float("inf")
        weight = np.abs(values)
        counted = weight > 1e-12 * weight.max(initial=0.0)  # What is zero but for rounding has no relative error.
        inverse = np.divide(1.0, weight, out=np.zeros_like(weight), where=counted)
        entries = np.diff(self._transposed.indptr if transposed else csr_array(self._matrix).indptr)
        spread = np.abs(residual) + (entries + 1) * EPSILON * scale

        def down(vector: Vector) -> Vector:
            return np.asarray(spread * self._apply(inverse * vector.ravel(), not transposed))

        def up(vector: Vector) -> Vector:
            return np.asarray(inverse * self._apply(spread * vector.ravel(), transposed))

        size = len(values)
        if size < 5:  # Too small for the estimator: take all columns.
            return float(max(np.abs(down(unit)).sum() for unit in np.eye(size)))
        return float(onenormest(LinearOperator((size, size), matvec=down, rmatvec=up, dtype=np.float64)))


def supply(system: System, demand: Vector, *, solver: SolverName = "auto") -> Solution:
    """Return how often each process runs to deliver exactly `demand`, with its accuracy.

    Args:
        system: What may run.
        demand: What leaves the system, one entry per product. [product unit]
        solver: See `Factorisation`.

    Returns:
        One entry per process. [runs]

    Raises:
        FootproofError: E-SYSTEM-SINGULAR where no or more than one supply meets the demand.
    """
    return Factorisation(system.technosphere, solver).forward(demand)


def inventory(system: System, runs: Vector) -> Vector:
    """Return what a supply gives off.

    Args:
        system: The system that ran.
        runs: One entry per process. [runs]

    Returns:
        One entry per flow. [flow unit]
    """
    return np.asarray(system.biosphere @ runs, dtype=np.float64)


@cache
def has_pardiso() -> bool:
    """Return whether the package pypardiso is installed."""
    return find_spec("pypardiso") is not None


def _superlu(technosphere: csc_array) -> Callable[[Vector, bool], Vector]:
    rows = csr_array(technosphere)
    transposed = csc_array((rows.data, rows.indices, rows.indptr), shape=rows.shape)
    try:
        factors = splu(transposed)
    except RuntimeError:  # "Factor is exactly singular"
        raise FootproofError("E-SYSTEM-SINGULAR", size=technosphere.shape[0]) from None

    def apply(right: Vector, adjoint: bool) -> Vector:
        return np.asarray(factors.solve(right, trans="N" if adjoint else "T"), dtype=np.float64)

    return apply


def _pardiso(technosphere: csc_array) -> Callable[[Vector, bool], Vector]:
    if not has_pardiso():
        raise FootproofError("E-ENGINE-ABSENT", package="pypardiso", engine="pardiso")
    solver = import_module("pypardiso").PyPardisoSolver()
    rows = csr_array(technosphere.T)
    rows.sort_indices()
    solver.factorize(rows)
    superlu: list[Callable[[Vector, bool], Vector]] = []

    def apply(right: Vector, adjoint: bool) -> Vector:
        if not adjoint:  # pypardiso leaves the choice of the transpose to the format of the matrix it factorised.
            if not superlu:
                superlu.append(_superlu(technosphere))
            return superlu[0](right, False)
        solution = solver.solve(rows, np.asfortranarray(right))
        return np.asarray(solution, dtype=np.float64).reshape(right.shape)

    return apply


def _largest_ratio(part: Vector, whole: Vector) -> float:
    if not np.isfinite(part).all():
        return float("inf")
    ratio = np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)
    return float(ratio.max(initial=0.0))
