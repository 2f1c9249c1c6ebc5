"""Solve for what each product carries without factorising: stabilised bi-conjugate gradients on the recipes.

The unknowns satisfy `x = burdens + inputs.T @ x`. Van der Vorst (1992), BiCGSTAB, with the diagonal already divided
out. The error of every component is bounded, not guessed: with `N = |inputs|` and `M = I - N`, Ostrowski (1937) gives
`|error| <= M^-T |residual|` as long as the loops of `N` have a gain below one, whatever the signs of the inputs.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.sparse import csr_array

from footproof.quantify.system import Recipes, Vector, by_length

STEPS = 300
BOUND_STEPS = 60
SAFETY = 2.0
REACH = 5
FIRST = 6
BLOCKS = 5
EASY = 1e-9
TOLERANCE = 1e-11  # Some steps beyond what the answer needs: the cheap bound then proves it.


@dataclass(frozen=True, slots=True)
class Iterated:
    """What an iteration reached.

    Args:
        values: One entry per product. [x / product unit]
        error: Bound of the largest error of a component, relative to the sum of the magnitudes that make it;
            infinite where there is none. [1]
        steps: Iterations; each reads the matrix twice.
    """

    values: Vector
    error: float
    steps: int


def carried(found: Recipes, burdens: Vector, *, tolerance: float = TOLERANCE, start: Vector | None = None) -> Iterated:
    """Return what one unit of each product carries, with a bound of its error.

    Args:
        found: One recipe per product.
        burdens: What making one unit gives off itself. [x / product unit]
        tolerance: Residual to stop at, relative to that of the start. [1]
        start: A guess, such as the values of a neighbouring system.

    Returns:
        The values, not to be used where `error` is above what the caller allows: solve directly then.
    """
    rows = by_length(found)
    transposed = rows.matrix(found.inputs.data)
    burdens = burdens[rows.order]
    guess = None if start is None else start[rows.order]
    values, steps = bicgstab(transposed, burdens, tolerance=tolerance, start=guess)
    error = _error(found, transposed, burdens, values)
    return Iterated(values[rows.position], error, steps)


def _error(found: Recipes, transposed: csr_array, burdens: Vector, values: Vector) -> float:
    residual = np.abs(burdens + transposed @ values - values)
    magnitude = abs(transposed) if found.has_credits else transposed
    scale = np.abs(values)
    if found.has_credits:
        scale, _ = bicgstab(magnitude, np.abs(burdens), tolerance=1e-3)
        if not _is_majorant(magnitude, scale, np.abs(burdens)):
            return float("inf")
    # Rounding of the residual itself: one unit in the last place per term.
    residual = residual + 4 * np.finfo(np.float64).eps * np.abs(values)
    error = _reach(magnitude, residual, scale)
    return error if error <= EASY else _bound(magnitude, residual, scale)


def bicgstab(
    transposed: csr_array,
    burdens: Vector,
    *,
    tolerance: float,
    start: Vector | None = None,
    sizes: Vector | None = None,
    most: int = STEPS,
) -> tuple[Vector, int]:
    """Return an approximate solution of `x - transposed @ x = burdens` and how many steps it took.

    What is iterated is a sweep of Gauss and Seidel by blocks. Its residual is measured component by component against
    the first guess, so that products counted in grams and in ships weigh alike.

    Args:
        transposed: Products × products, transposed recipes. [unit / unit]
        burdens: Right-hand side.
        tolerance: Relative residual to stop at. [1]
        start: First guess; some sweeps if left out.
        sizes: Expected magnitude of each component, where known.
        most: Steps after which to give up; the caller checks the result either way.
    """
    values = _guess(transposed, burdens) if start is None else start.copy()
    size = _sizes(transposed, burdens, values) if sizes is None else sizes
    size = np.maximum(size, max(size.max(initial=0.0) * 1e-30, np.finfo(np.float64).tiny))
    blocks = _blocks(transposed, size)
    room = np.empty_like(values)  # Arrays are written over: making new ones would cost as much as the arithmetic.

    def apply(vector: Vector, out: Vector) -> None:
        np.copyto(room, vector)
        for rows, block in blocks:
            room[rows] = block @ room
        np.subtract(vector, room, out=out)

    def add(to: Vector, factor: float, vector: Vector) -> None:
        np.multiply(vector, factor, out=room)
        to += room

    solution, residual = values / size, np.zeros_like(values)
    for rows, block in blocks:
        residual[rows] = block @ residual + burdens[rows] / size[rows]
    image, second = np.empty_like(values), np.empty_like(values)
    limit = tolerance * max(_norm(residual), np.finfo(np.float64).tiny)
    apply(solution, image)
    residual -= image
    shadow, direction = residual.copy(), residual.copy()
    rho = _dot(shadow, residual)
    for step in range(most):
        if not _norm(residual) > limit:
            return size * solution, step
        apply(direction, image)
        along = _dot(shadow, image)
        if along == 0.0 or not np.isfinite(along):
            return size * solution, step
        alpha = rho / along
        add(residual, -alpha, image)
        apply(residual, second)
        square = _dot(second, second)
        omega = _dot(second, residual) / square if square > 0.0 else 0.0
        add(solution, alpha, direction)
        add(solution, omega, residual)
        add(residual, -omega, second)
        before, rho = rho, _dot(shadow, residual)
        if rho == 0.0 or omega == 0.0:
            return size * solution, step + 1
        add(direction, -omega, image)
        direction *= (rho / before) * (alpha / omega)
        direction += residual
    return size * solution, most


def _sizes(transposed: csr_array, burdens: Vector, values: Vector) -> Vector:
    if (values >= 0).all():
        return values
    # Where signs mix, sizes must not cancel.
    again = np.abs(burdens) + np.abs(transposed @ np.abs(values))
    return np.asarray(np.abs(burdens) + np.abs(transposed @ again), dtype=np.float64)


def _blocks(transposed: csr_array, size: Vector) -> list[tuple[slice, csr_array]]:
    """Return rows of the matrix, scaled to components near one, in blocks of about as many entries each.

    A block sees what those before it have just found, as in the method of Gauss and Seidel: a third fewer steps,
    and a step costs as much as before.
    """
    starts = transposed.indptr
    data = transposed.data * size.take(transposed.indices)
    data /= np.repeat(size, np.diff(starts))
    cuts = np.searchsorted(starts, np.linspace(0, starts[-1], BLOCKS + 1)[1:-1]).tolist()
    found = []
    for first, last in pairwise([0, *cuts, len(size)]):
        entries = slice(starts[first], starts[last])
        rows = starts[first : last + 1] - starts[first]
        shape = (last - first, len(size))
        found.append((slice(first, last), csr_array((data[entries], transposed.indices[entries], rows), shape=shape)))
    return found


def _guess(transposed: csr_array, burdens: Vector) -> Vector:
    """Return what some sweeps along the chain of supply bring: a sweep costs a quarter of a step."""
    values = burdens
    for _ in range(FIRST):
        values = burdens + transposed @ values
    return np.asarray(values, dtype=np.float64)


def _dot(left: Vector, right: Vector) -> float:
    """Return a dot product without the linear algebra library: its threads cost more than they give at this size."""
    return float(np.einsum("i,i->", left, right))


def _norm(vector: Vector) -> float:
    return float(np.sqrt(_dot(vector, vector)))


def _is_majorant(magnitude: csr_array, scale: Vector, burdens: Vector) -> bool:
    """Return whether `scale` is a plausible sum of magnitudes: positive, and reproduced by one sweep."""
    if not (np.isfinite(scale).all() and (scale >= -1e-9 * scale.max(initial=0.0)).all()):
        return False
    again = burdens + magnitude @ scale
    return bool((np.abs(again - scale) <= 0.1 * np.maximum(again, np.abs(scale)) + 1e-300).all())


def _reach(magnitude: csr_array, residual: Vector, scale: Vector) -> float:
    """Return a bound of the same by few sweeps: infinite where burdens lie further up the chain than these reach.

    With `z_k = N^k scale`, the candidate `delta * (z_0 + ... + z_K)` leaves `delta * (z_0 - z_(K+1))` after a sweep,
    which is no less than the residual for the right delta: a super-solution of an M-matrix, as in `_bound`.
    """
    total, power = scale.copy(), scale
    for _ in range(REACH):
        power = magnitude @ power
        total += power
    left = scale - magnitude @ power
    open_ = residual > 0
    if not (left[open_] > 0).all():
        return float("inf")
    delta = float((residual[open_] / left[open_]).max(initial=0.0)) * (1 + 1e-6)
    ratio = np.divide(total, scale, out=np.zeros_like(total), where=scale > 0)
    return delta * float(ratio.max(initial=0.0))


def _bound(magnitude: csr_array, residual: Vector, scale: Vector) -> float:
    """Return the largest component of `M^-T residual` relative to `scale`, proved by one sweep over a candidate."""
    candidate, _ = bicgstab(magnitude, residual, tolerance=1e-2, most=BOUND_STEPS)
    candidate = SAFETY * np.abs(candidate)
    for _ in range(3):
        swept = residual + magnitude @ candidate
        if (swept <= candidate).all():  # A super-solution of an M-matrix bounds the solution.
            break
        candidate = np.maximum(candidate, swept)
    else:
        return float("inf")
    ratio = np.divide(candidate, scale, out=np.zeros_like(candidate), where=scale > 0)
    if ((scale <= 0) & (candidate > 0) & (residual > 1e-300)).any():
        return float("inf")
    return float(ratio.max(initial=0.0))
