"""The order in which sweeps settle fast: suppliers before users, loops opened where they carry least.

The weight of an arc is the share of the user's burden that it brings. What is still used before it is known are the
variables that close loops: only these need the history that Anderson's method keeps, so the fewer the better.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array, csr_array, diags_array

from footproof.quantify.loops import component_labels
from footproof.quantify.ordering import cuts, line_up, sift
from footproof.quantify.system import Index, Recipes, Reordered, Vector, reordered

PASSES = 5
Pattern = tuple[NDArray[np.int32], NDArray[np.int32]]
Links = tuple[NDArray[np.int32], NDArray[np.int32], Vector, NDArray[np.int32], NDArray[np.int32], Vector]


@dataclass(frozen=True, slots=True)
class Sweep(Reordered):
    """Recipes in an order for sweeping.

    Args:
        back: Positions that are used before they are known.
    """

    back: NDArray[np.int32]


def sweep_plan(found: Recipes, values: Vector) -> Sweep:
    """Return the order for a system and its pattern in that order.

    Two are tried, each improved: that of the database, which often follows the chains of supply, and one that cuts all
    loops at few products. The one with fewer variables that close loops is taken.

    Args:
        found: Recipes.
        values: What a unit of each product carries, nominally; arcs weigh the share they bring of it.
    """
    size = np.abs(values)
    # The root of the share: few arcs against the order matter as well as little weight, and so need less history.
    share = csc_array(diags_array(size) @ abs(found.inputs) @ diags_array(1 / np.maximum(size, 1e-300)))
    share.data = np.sqrt(share.data)
    rows = csr_array(share)
    links = (*_pattern(share), share.data, *_pattern(rows), rows.data)
    label = component_labels(found)
    inside = csc_array(share)
    inside.data = (label[share.indices] == np.repeat(label, np.diff(share.indptr))).astype(np.float64)
    inside.eliminate_zeros()
    cut = cuts(*_pattern(inside), *_pattern(csr_array(inside)))
    starts = (np.arange(found.size, dtype=np.int32), line_up(*links, cut))
    plans = [_along(found, _sifted(links, start)) for start in starts]
    return min(plans, key=lambda plan: len(plan.back))


def _sifted(links: Links, order: NDArray[np.int32]) -> Index:
    """Return the order after some passes, forwards and backwards in turn."""
    for pass_ in range(PASSES):
        key = np.empty(len(order))
        key[order] = np.arange(len(order))
        sift(*links, order if pass_ % 2 == 0 else order[::-1].copy(), key)
        order = np.argsort(key, kind="stable").astype(np.int32)
    return order.astype(np.int64)


def _pattern(matrix: csc_array | csr_array) -> Pattern:
    return matrix.indptr.astype(np.int32), matrix.indices.astype(np.int32)


def _along(found: Recipes, order: Index) -> Sweep:
    rows = reordered(found, order)
    own = np.repeat(np.arange(found.size), np.diff(rows.starts))
    back = np.unique(rows.suppliers[rows.suppliers > own])
    return Sweep(rows.order, rows.position, rows.starts, rows.suppliers, rows.source, back)
