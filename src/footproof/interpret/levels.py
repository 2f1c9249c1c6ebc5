"""How often the members of a foreground loop run, many samples at once: the small linear system, solved again.

The same system as `assess.system` solves exactly, with the same refusal of a loop that uses up more than it makes.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from footproof.assess.system import Loop, coefficient_node, level_node

Values = NDArray[np.float64]
Truths = NDArray[np.bool_]
BELOW_ZERO = -1e-12


def solved_levels(loop: Loop, values: Mapping[str, Any]) -> tuple[dict[str, Values], Truths]:
    """Return the levels of a loop by node, and which samples have a loop that makes more than it uses.

    Args:
        loop: Its members.
        values: Nodes before the levels: numbers, or arrays of one entry per sample.
    """
    matrix = _matrix(loop, values)
    asked = np.zeros((len(loop.processes), len(loop.entries)))
    for column, entry in enumerate(loop.entries):
        asked[loop.processes.index(entry), column] = 1
    runs = _solve(matrix, asked)
    levels = {
        level_node(name, entry): runs[:, row, column]
        for row, name in enumerate(loop.processes)
        for column, entry in enumerate(loop.entries)
    }
    return levels, _gains(matrix, runs)


def _matrix(loop: Loop, values: Mapping[str, Any]) -> Values:
    """Return identity less coefficients. (samples, members, members)"""
    size = len(loop.processes)
    found = {
        (row, column): np.atleast_1d(values[node])
        for row, name in enumerate(loop.processes)
        for column, consumer in enumerate(loop.processes)
        if (node := coefficient_node(name, consumer)) in values
    }
    matrix = np.zeros((max(len(value) for value in found.values()), size, size))
    matrix += np.eye(size)
    for (row, column), value in found.items():
        matrix[:, row, column] -= value
    return matrix


def _solve(matrix: Values, right: Values) -> Values:
    """Solve every sample; one that has no solution becomes infinite, and does not stop the others."""
    try:
        found = np.linalg.solve(matrix, np.broadcast_to(right, (len(matrix), *right.shape)))
        return np.asarray(found, dtype=np.float64)
    except np.linalg.LinAlgError:
        if len(matrix) == 1:
            return np.full((1, *right.shape), -np.inf)
    return np.concatenate([_solve(matrix[i : i + 1], right) for i in range(len(matrix))])


def _gains(matrix: Values, runs: Values) -> Truths:
    """Return where no process runs a negative number of times, credits left aside.

    A sample whose coefficients are no numbers is left to whoever looks for divisions by zero.
    """
    fine = _not_negative(runs)
    inputs = np.minimum(matrix, np.eye(matrix.shape[1]))
    credited = (inputs != matrix).any(axis=(1, 2))
    if credited.any():
        first = np.eye(matrix.shape[1])[:, :1]
        fine[credited] = _not_negative(_solve(inputs[credited], first))
    return np.asarray(fine | ~np.isfinite(matrix).all(axis=(1, 2)), dtype=np.bool_)


def _not_negative(runs: Values) -> Truths:
    largest = np.abs(runs).max(axis=(1, 2))
    return np.asarray((runs.min(axis=(1, 2)) >= BELOW_ZERO * largest) & np.isfinite(largest), dtype=np.bool_)
