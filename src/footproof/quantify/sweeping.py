"""The order in which sweeps settle fast: suppliers before users, loops opened where they carry least.

Strongly connected components come in topological order; inside one, the weight of an arc is the share of the user's
burden that it brings, and the order leaves little of it against itself. What is still used before it is known are the
variables that close loops: only these need the history that Anderson's method keeps.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array, csr_array, diags_array

from footproof.quantify.kernels import least_feedback, sift
from footproof.quantify.loops import component_labels
from footproof.quantify.system import Index, Recipes, Vector

LARGEST_SORTED = 60_000
PASSES = 20


@dataclass(frozen=True, slots=True)
class Sweep:
    """A pattern permuted for sweeping.

    Args:
        order: Product at each position.
        starts: First entry of each position.
        suppliers: Position of the supplier of each entry.
        source: Index of each entry in `Recipes.inputs.data`.
        back: Positions that are used before they are known.
    """

    order: Index
    starts: NDArray[np.int32]
    suppliers: NDArray[np.int32]
    source: Index
    back: NDArray[np.int32]


def sweep_plan(found: Recipes, values: Vector) -> Sweep:
    """Return the order for a system and its pattern in that order.

    Args:
        found: Recipes.
        values: What a unit of each product carries, nominally; arcs weigh the share they bring of it.
    """
    order = _order(found, values)
    position = np.empty(found.size, dtype=np.int64)
    position[order] = np.arange(found.size)
    lengths = np.diff(found.inputs.indptr)[order]
    starts = np.concatenate(([0], np.cumsum(lengths)))
    source = np.repeat(found.inputs.indptr[order] - starts[:-1], lengths) + np.arange(starts[-1])
    suppliers = position[found.inputs.indices[source]]
    own = np.repeat(np.arange(found.size), lengths)
    back = np.unique(suppliers[suppliers > own])
    return Sweep(order, starts.astype(np.int32), suppliers.astype(np.int32), source, back.astype(np.int32))


def _order(found: Recipes, values: Vector) -> Index:
    size = np.abs(values)
    # The root of the share: few arcs against the order matter as well as little weight, and so need less history.
    share = csc_array(diags_array(size) @ abs(found.inputs) @ diags_array(1 / np.maximum(size, 1e-300)))
    share.data = np.sqrt(share.data)
    labels = component_labels(found)
    members = np.argsort(labels, kind="stable")
    groups = np.split(members, np.cumsum(np.bincount(labels))[:-1])
    inside: dict[int, Index] = {}
    for label, group in enumerate(groups):
        inside[label] = group
        if 1 < len(group) <= LARGEST_SORTED:
            part = csc_array(share[group][:, group])
            chosen = _least_feedback(part, csr_array(part))
            inside[label] = group[chosen]
    return np.concatenate([inside[label] for label in _topological(found, labels, len(groups))])


def _least_feedback(columns: csc_array, rows: csr_array) -> Index:
    takes = (columns.indptr.astype(np.int32), columns.indices.astype(np.int32), columns.data)
    gives = (rows.indptr.astype(np.int32), rows.indices.astype(np.int32), rows.data)
    return np.asarray(sift(*takes, *gives, least_feedback(*takes, *gives), PASSES), dtype=np.int64)


def _topological(found: Recipes, labels: Index, count: int) -> list[int]:
    """Return components with suppliers first (Kahn 1962)."""
    user = np.repeat(np.arange(found.size), np.diff(found.inputs.indptr))
    pairs = np.unique(np.stack([labels[found.inputs.indices], labels[user]]), axis=1)
    pairs = pairs[:, pairs[0] != pairs[1]]
    waiting = np.bincount(pairs[1], minlength=count)
    starts = np.searchsorted(pairs[0], np.arange(count + 1))
    ready = [int(label) for label in np.flatnonzero(waiting == 0)]
    done: list[int] = []
    while ready:
        label = ready.pop()
        done.append(label)
        for other in pairs[1, starts[label] : starts[label + 1]]:
            waiting[other] -= 1
            if waiting[other] == 0:
                ready.append(int(other))
    return done
