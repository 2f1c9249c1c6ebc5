"""Loops of a system: which products need each other, how strongly, and which use themselves.

A loop with a gain of one or more uses up what it makes: the matrix may still be regular, but the figures mean nothing.
Gains are spectral radii, found per strongly connected component by power iteration, so one bad loop has an address.
"""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csc_array, csr_array
from scipy.sparse.csgraph import connected_components

from footproof.quantify.system import Index, Recipes, System, Vector

DENSE = 64
STEPS = 2000


@dataclass(frozen=True, slots=True)
class Loop:
    """Products that need each other, directly or not.

    Args:
        products: Their indices, ascending.
        gain: How much of what the loop makes comes back into it, with inputs counted by magnitude. [1]
        strongest: The link with the largest weight at balance: supplier and user.
    """

    products: tuple[int, ...]
    gain: float
    strongest: tuple[int, int]


def loops(found: Recipes) -> tuple[Loop, ...]:
    """Return every loop of two or more products, the strongest first.

    Args:
        found: The recipes. Own use is part of `Recipes.output`; see `self_use`.
    """
    count, label = connected_components(found.inputs, directed=True, connection="strong")
    sizes = np.bincount(label, minlength=count)
    order = np.argsort(label, kind="stable")
    starts = np.concatenate(([0], np.cumsum(sizes)))
    result = []
    for component in np.flatnonzero(sizes > 1):
        members = np.sort(order[starts[component] : starts[component + 1]])
        inside = csr_array(abs(found.inputs)[members][:, members])
        gain, strongest = _gain(inside)
        supplier, user = (int(members[strongest[0]]), int(members[strongest[1]]))
        result.append(Loop(tuple(map(int, members)), gain, (supplier, user)))
    return tuple(sorted(result, key=lambda loop: (-loop.gain, loop.products)))


def self_use(system: System) -> Vector:
    """Return the share of its output that each process uses itself. [1]

    Args:
        system: With `production`; without it the net diagonal is all there is, and the answer is zero.
    """
    if system.production is None:
        return np.zeros(system.size)
    net = system.technosphere.diagonal()
    gross = system.production
    share: Vector = np.divide(gross - net, gross, out=np.zeros_like(gross), where=gross != 0)
    return share


def spectral_radius(matrix: csc_array) -> float:
    """Return the largest magnitude of an eigenvalue of a non-negative matrix: that of its strongest component."""
    found = Recipes(np.arange(matrix.shape[0], dtype=np.int64), np.ones(matrix.shape[0]), csc_array(matrix))
    diagonal = float(np.abs(matrix.diagonal()).max(initial=0.0))
    return max(diagonal, max((loop.gain for loop in loops(found)), default=0.0))


def component_labels(found: Recipes) -> Index:
    """Return the strongly connected component of each product, as consecutive numbers."""
    _, label = connected_components(found.inputs, directed=True, connection="strong")
    return np.asarray(label, dtype=np.int64)


def _gain(inside: csr_array) -> tuple[float, tuple[int, int]]:
    size = inside.shape[0]
    if size <= DENSE:
        values, vectors = np.linalg.eig(inside.toarray())
        best = int(np.argmax(values.real))
        gain, vector = float(values[best].real), np.abs(vectors[:, best].real)
    else:
        gain, vector = _power(inside)
    entries = inside.tocoo()
    weight = entries.data * vector[entries.col] / np.maximum(vector[entries.row], np.finfo(np.float64).tiny)
    # Around a simple loop all links weigh the same but for rounding: the first of them then.
    strongest = int(np.argmax(np.round(weight / weight.max(), 9)))
    return gain, (int(entries.row[strongest]), int(entries.col[strongest]))


def _power(inside: csr_array) -> tuple[float, Vector]:
    """Return the Perron root and vector of an irreducible matrix (Collatz–Wielandt bounds decide when to stop).

    Half of the last root is added to the diagonal, so that a loop of even length does not swing for ever.
    """
    vector = np.ones(inside.shape[0])
    root = 0.0
    for _ in range(STEPS):
        image = inside @ vector
        ratio = image / vector
        low, high = float(ratio.min()), float(ratio.max())
        root = float(image @ vector / (vector @ vector))
        if high - low <= 1e-10 * high:
            break
        vector = image + 0.5 * root * vector
        vector = np.maximum(vector / vector.max(), 1e-280)
    return root, vector
