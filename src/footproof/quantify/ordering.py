# Compiled functions take positions only.
# ruff: noqa: PLR0917
"""Orders of products with few loops left open: which to cut, who comes before whom, and local improvement.

Cutting takes the product with the most links in and out first, what is in no loop any more falling away in between: the
greedy rule for feedback vertex sets (Levy & Low 1988). Sifting moves each product to its best place among the others
(Rudell 1993). Needs numba.
"""

import heapq
from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np
from numba import njit
from numpy.typing import NDArray

F64 = NDArray[np.float64]
I32 = NDArray[np.int32]
Mask = NDArray[np.bool_]
_F = TypeVar("_F", bound=Callable[..., Any])


def _jit(function: _F) -> _F:
    """Compile at first use."""
    return cast(_F, njit(nogil=True, cache=True)(function))


@_jit
def _peel(node: int, starts: I32, others: I32, alive: Mask, left: I32, bare: I32, count: int) -> int:
    """Take a node from its neighbours' counts of links, note those that have none left; return how many are noted."""
    for k in range(starts[node], starts[node + 1]):
        other = others[k]
        if alive[other]:
            left[other] -= 1
            if left[other] == 0:
                bare[count] = other
                count += 1
    return count


@_jit
def cuts(starts: I32, suppliers: I32, out_starts: I32, users: I32) -> Mask:
    """Return products without which there are no loops.

    Row `j` of the first pattern holds what `j` takes, row `i` of the second what takes `i`; arcs in no loop may be left
    out of both.
    """
    size = len(starts) - 1
    takes, gives = starts[1:] - starts[:-1], out_starts[1:] - out_starts[:-1]
    alive, cut = np.ones(size, np.bool_), np.zeros(size, np.bool_)
    bare, count, left, level = np.empty(3 * size, np.int32), 0, size, 0
    for node in range(size):
        level = max(level, takes[node] * gives[node])
        if takes[node] == 0 or gives[node] == 0:
            bare[count] = node
            count += 1
    while left > 0:
        for node in range(size):
            if alive[node] and takes[node] * gives[node] >= level and count == 0:
                cut[node] = True
                bare[0], count = node, 1
            while count > 0:
                count -= 1
                gone = bare[count]
                if alive[gone]:
                    alive[gone] = False
                    left -= 1
                    count = _peel(gone, starts, suppliers, alive, gives, bare, count)
                    count = _peel(gone, out_starts, users, alive, takes, bare, count)
        level = level * 7 // 8  # Nearly the greedy order, at the cost of some passes.
    return cut


@_jit
def line_up(starts: I32, suppliers: I32, weights: F64, out_starts: I32, users: I32, out_weights: F64, cut: Mask) -> I32:
    """Return an order in which only cut products are used before they are known, as little of them as may be.

    Of those that could come next, the one with the least weight of cut products still unknown does.
    """
    size = len(starts) - 1
    waiting, lacking = np.zeros(size, np.int32), np.zeros(size)
    for user in range(size):
        for k in range(starts[user], starts[user + 1]):
            if cut[suppliers[k]]:
                lacking[user] += weights[k]
            else:
                waiting[user] += 1
    heap = [(lacking[node], np.int64(node)) for node in range(size) if waiting[node] == 0]
    heapq.heapify(heap)
    done, order, count = np.zeros(size, np.bool_), np.empty(size, np.int32), 0
    while len(heap) > 0:
        _, node = heapq.heappop(heap)
        if done[node]:
            continue
        done[node] = True
        order[count] = node
        count += 1
        for k in range(out_starts[node], out_starts[node + 1]):
            other = np.int64(users[k])
            if cut[node]:
                lacking[other] -= out_weights[k]
            else:
                waiting[other] -= 1
            if waiting[other] == 0 and not done[other]:
                heapq.heappush(heap, (lacking[other], other))
    return order


@_jit
def _sort(at: F64, step: F64) -> None:
    """Sort places and what happens there, in place (Shell 1959, gaps of Ciura 2001)."""
    for gap in (1750, 701, 301, 132, 57, 23, 10, 4, 1):
        for i in range(gap, len(at)):
            place, what, j = at[i], step[i], i
            while j >= gap and at[j - gap] > place:
                at[j], step[j] = at[j - gap], step[j - gap]
                j -= gap
            at[j], step[j] = place, what


@_jit
def _spot_of(here: float, at: F64, step: F64, level: float) -> float:
    """Return the place with least weight against the order; `here` if that is as good.

    Args:
        here: Where it stands.
        at: Places of suppliers and users, sorted.
        step: What passing each of them adds.
        level: What is against the order if it stands first: all that it takes.
    """
    now, best, spot = level, level, at[0] - 1.0
    for k in range(len(at)):
        level += step[k]
        if at[k] < here:
            now = level
        if level < best:
            best = level
            spot = 0.5 * (at[k] + (at[k + 1] if k + 1 < len(at) else at[k] + 2.0))
    return spot if best < now - 1e-12 else here


@_jit
def sift(
    starts: I32, suppliers: I32, weights: F64, out_starts: I32, users: I32, out_weights: F64, order: I32, key: F64
) -> None:
    """Move each product, in some order, to where least weight stands against it, the others staying.

    `key` is the place of each product, before and after.
    """
    at, step = np.empty(2 * len(order)), np.empty(2 * len(order))
    for turn in range(len(order)):
        node, count, level = order[turn], 0, 0.0
        for k in range(starts[node], starts[node + 1]):
            at[count], step[count] = key[suppliers[k]], -weights[k]
            level += weights[k]
            count += 1
        for k in range(out_starts[node], out_starts[node + 1]):
            at[count], step[count] = key[users[k]], out_weights[k]
            count += 1
        if count > 0:
            _sort(at[:count], step[:count])
            key[node] = _spot_of(key[node], at[:count], step[:count], level)
