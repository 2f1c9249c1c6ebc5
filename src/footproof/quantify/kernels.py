# Compiled functions take positions only, and numba passes arguments that an intrinsic need not use.
# ruff: noqa: PLR0917, ARG001
"""Compiled loops of the Monte Carlo engine: random amounts and batched Gauss-Seidel sweeps.

`LANES` samples stand side by side and share the indices, so one read of the pattern serves all of them. The inner steps
are written as vectors (`vectors`), so that speed does not hang on what a compiler recognises. Amounts are drawn, turned
into factors and multiplied in registers: random numbers are never stored. Needs numba, which is imported here and in
the modules beside this one that it uses; nothing else depends on them being there.
"""

import math
from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
import numpy as np
from numba.core import types
from numba.extending import intrinsic
from numpy.typing import NDArray

from footproof.quantify.vectors import F32 as SINGLE
from footproof.quantify.vectors import F64 as DOUBLE
from footproof.quantify.vectors import I64, Cell, Emitter, exponential, interleaved, normal, philox

LANES = 8
GROUP = 16  # Entries drawn at once: long vectors hide the latency of the random rounds.
AHEAD = 64  # How many entries before their turn amounts are asked for.
EVERY = 2  # Sweeps to a mix.
DEPTH = 3
PAIRS = DEPTH * (DEPTH + 1) // 2
SLOTS = DEPTH + 1  # The last is for what the first sweep leaves, which is no difference.
F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
I32 = NDArray[np.int32]
_F = TypeVar("_F", bound=Callable[..., Any])


def signed(seed: int) -> int:
    """Return a seed of 64 bits as the signed number of the same bits: numba takes every Python integer for one."""
    return seed - (seed >> 63 << 64)


def _jit(function: _F) -> _F:
    """Compile at first use; contraction to fused multiply-add is the one liberty taken with the arithmetic."""
    return cast(_F, numba.njit(nogil=True, fastmath={"contract", "nsz"}, error_model="numpy", cache=True)(function))


def _intrinsic(function: Callable[..., Any]) -> Callable[..., Any]:
    """Hide the typing context, which only the compiler passes."""
    return cast(Callable[..., Any], intrinsic(function))


@_intrinsic
def _normals(typing: Any, place: Any, entry: Any, block: Any, low: Any, high: Any, draws: Any) -> Any:
    """Fill `draws` with the normal numbers of a group of entries, samples from block `block` on, under a seed."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        emit = Emitter(context, builder, signature, args)
        place, entry, block, low, high, draws = emit.args
        blocks = LANES // 4
        places = [emit.index(place, builder.add(entry, I64(member))) for member in range(GROUP)]
        number = [builder.add(block, I64(k)) for k in range(blocks)]
        first = emit.joined([each for each in places for _ in range(blocks)])
        third = emit.joined(number * GROUP)
        key = [emit.repeated(half, first.count) for half in (low, high)]
        words = philox([first, first.same(0), third, third >> 32], key)
        emit.store(draws, I64(0), normal(interleaved(words)))
        return context.get_dummy_value()

    return types.void(place, types.int64, types.int64, types.int64, types.int64, draws), generate


@_intrinsic
def _amounts(typing: Any, draws: Any, nominal: Any, width: Any, entry: Any, values: Any, row: Any) -> Any:
    """Write lognormal amounts of a group of entries to the rows of `values` from `row` on."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        emit = Emitter(context, builder, signature, args)
        draws, nominal, width, entry, values, row = emit.args
        members = [builder.add(entry, I64(member)) for member in range(GROUP)]
        spread = emit.joined([emit.at(width, each) for each in members for _ in range(LANES)])
        amount = emit.joined([emit.at(nominal, each) for each in members for _ in range(LANES)])
        drawn = emit.load(draws, I64(0), GROUP * LANES)
        emit.store(values, builder.udiv(row, I64(GROUP)), exponential(drawn * spread) * amount)
        return context.get_dummy_value()

    return types.void(draws, nominal, width, types.int64, values, types.int64), generate


@_intrinsic
def _collect(typing: Any, values: Any, row: Any, sums: Any, at: Any) -> Any:
    """Add a row of amounts to a row of sums."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        emit = Emitter(context, builder, signature, args)
        values, row, sums, at = emit.args
        emit.store(sums, at, emit.load(sums, at, LANES) + emit.load(values, row, LANES).to("fpext", DOUBLE))
        return context.get_dummy_value()

    return types.void(values, types.int64, sums, types.int64), generate


@_jit
def _bounded(kind: int, draw: float, low: float, high: float, mode: float) -> float:
    share = 0.5 * math.erfc(-draw / math.sqrt(2.0))
    if kind == 4:
        return low + (high - low) * share
    if share * (high - low) <= mode - low:
        return low + math.sqrt(share * (high - low) * (mode - low))
    return high - math.sqrt((1 - share) * (high - low) * (high - mode))


@_jit
def _others(
    nominal: F32, kind: NDArray[np.int8], width: F32, shape: F64, entry: int, draws: F32, values: F32, row: int
) -> None:
    """Overwrite the amounts of those of a group that are neither fixed nor lognormal."""
    for member in range(GROUP):
        at = entry + member
        for lane in range(LANES):
            draw = draws[member * LANES + lane]
            if kind[at] == 2:
                values[row + member, lane] = nominal[at] * (np.float32(1) + width[at] * draw)
            elif kind[at] > 2:
                factor = _bounded(kind[at], draw, shape[at, 0], shape[at, 1], shape[at, 2])
                values[row + member, lane] = nominal[at] * np.float32(factor)


@_jit
def sample(
    seed: int,
    first: int,
    nominal: F32,
    kind: NDArray[np.int8],
    width: F32,
    shape: F64,
    place: I32,
    plain: NDArray[np.bool_],
    values: F32,
) -> None:
    """Fill `values` (entries × lanes) with amounts: the nominal ones times their factors.

    Entries come in groups; `plain` says of each whether it holds fixed and lognormal ones only.
    """
    low, high = np.int64(np.uint64(seed) & np.uint64(0xFFFFFFFF)), np.int64(np.uint64(seed) >> np.uint64(32))
    draws = np.empty(GROUP * LANES, np.float32)
    for group in range(len(plain)):
        entry = group * GROUP
        _normals(place, entry, first // 4, low, high, draws)
        _amounts(draws, nominal, width, entry, values, entry)
        if not plain[group]:
            _others(nominal, kind, width, shape, entry, draws, values, entry)


@_jit
def gather(
    seed: int,
    first: int,
    nominal: F32,
    kind: NDArray[np.int8],
    width: F32,
    shape: F64,
    place: I32,
    plain: NDArray[np.bool_],
    rows: I32,
    sums: F64,
) -> None:
    """Fill `sums` (products × lanes) with the sums of sampled amounts by the row that each entry names."""
    low, high = np.int64(np.uint64(seed) & np.uint64(0xFFFFFFFF)), np.int64(np.uint64(seed) >> np.uint64(32))
    draws, values = np.empty(GROUP * LANES, np.float32), np.empty((GROUP, LANES), np.float32)
    sums[:] = 0.0
    for group in range(len(plain)):
        entry = group * GROUP
        _normals(place, entry, first // 4, low, high, draws)
        _amounts(draws, nominal, width, entry, values, 0)
        if not plain[group]:
            _others(nominal, kind, width, shape, entry, draws, values, 0)
        for member in range(GROUP):
            _collect(values, member, sums, rows[entry + member])


@_intrinsic
def _carry(
    typing: Any,
    users: Any,
    values: Any,
    burdens: Any,
    state: Any,
    first: Any,
    last: Any,
    row: Any,
    floor: Any,
    tol: Any,
) -> Any:
    """Recompute one row of the state from the entries `first` to `last`; return a bit for each lane that moved."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        emit = Emitter(context, builder, signature, args)
        users, values, burdens, state, first, last, row, floor, tolerance = emit.args
        total = Cell(emit.load(burdens, row, LANES))
        with emit.each(first, last) as entry:
            amount = emit.load(values, entry, LANES).to("fpext", DOUBLE)
            emit.fetch(values, builder.add(entry, I64(AHEAD)), LANES)
            total.set(amount * emit.load(state, emit.index(users, entry), LANES) + total.get())
        before, now = emit.load(state, row, LANES), total.get()
        emit.store(state, row, now)
        size = now.called("fabs").larger(emit.repeated(floor, LANES))
        return (now - before).called("fabs").above(size * emit.repeated(tolerance, LANES))

    made = types.int64(
        users, values, burdens, state, types.int64, types.int64, types.int64, types.float64, types.float64
    )
    return made, generate


@_jit
def sweep(starts: I32, users: I32, values: F32, burdens: F64, state: F64, floor: F64, tolerance: float) -> int:
    """Carry burdens along every recipe once, in order; return a bit for each lane in which a component moved."""
    moved = 0
    for row in range(len(starts) - 1):
        moved |= _carry(users, values, burdens, state, starts[row], starts[row + 1], row, floor[row], tolerance)
    return moved


@_intrinsic
def _learn(
    typing: Any, back: Any, weight: Any, state: Any, now: Any, old: Any, change: Any, ways: Any, falls: Any, slot: Any,
    sums: Any,
) -> Any:  # fmt: skip
    """Store what the last sweep did to the variables that close loops, and the products that a mix needs.

    The difference between the last two results goes to slot `slot` of `ways`, that between the last two changes to
    `falls`. `sums` gets the weighted products of all pairs of falls, then of each fall with the last change.
    """

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        emit = Emitter(context, builder, signature, args)
        back, weight, state, now, old, change, ways, falls, slot, sums = emit.args
        count = emit.lengths[0]
        totals = [Cell(emit.repeated(DOUBLE(0.0), LANES)) for _ in range(PAIRS + DEPTH)]
        with emit.each(I64(0), count) as i:
            after = emit.load(state, emit.index(back, i), LANES)
            moved = after - emit.load(now, i, LANES)
            place = builder.add(builder.mul(slot, count), i)
            fall = moved - emit.load(change, i, LANES).to("fpext", DOUBLE)
            emit.store(falls, place, fall.to("fptrunc", SINGLE))
            emit.store(ways, place, (after - emit.load(old, i, LANES)).to("fptrunc", SINGLE))
            emit.store(change, i, moved.to("fptrunc", SINGLE))
            emit.store(old, i, after)
            each = [
                emit.load(falls, builder.add(builder.mul(I64(k), count), i), LANES).to("fpext", DOUBLE)
                for k in range(DEPTH)
            ]
            heavy = emit.repeated(emit.at(weight, i), LANES)
            pairs = [(a, b) for k, a in enumerate(each) for b in each[k:]] + [(a, moved) for a in each]
            for (a, b), total in zip(pairs, totals, strict=True):
                total.set(a * heavy * b + total.get())
        for k, total in enumerate(totals):
            emit.store(sums, I64(k), total.get())
        return context.get_dummy_value()

    return types.void(back, weight, state, now, old, change, ways, falls, types.int64, sums), generate


@_intrinsic
def _mix(typing: Any, back: Any, state: Any, now: Any, old: Any, ways: Any, shares: Any) -> Any:
    """Replace the variables that close loops by the last result less `shares` of the differences of results."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        emit = Emitter(context, builder, signature, args)
        back, state, now, old, ways, shares = emit.args
        count = emit.lengths[0]
        parts = [emit.load(shares, I64(k), LANES) for k in range(DEPTH)]
        with emit.each(I64(0), count) as i:
            mixed = emit.load(old, i, LANES)
            for k, part in enumerate(parts):
                way = emit.load(ways, builder.add(builder.mul(I64(k), count), i), LANES)
                mixed = mixed - way.to("fpext", DOUBLE) * part
            emit.store(now, i, mixed)
            emit.store(state, emit.index(back, i), mixed)
        return context.get_dummy_value()

    return types.void(back, state, now, old, ways, shares), generate


@_jit
def _best_shares(sums: F64, lane: int, shares: F64) -> None:
    """Solve the normal equations of one lane; a direction that the others make already gets nothing."""
    matrix, right, at = np.empty((DEPTH, DEPTH)), np.empty(DEPTH), 0
    for i in range(DEPTH):
        for j in range(i, DEPTH):
            matrix[i, j] = matrix[j, i] = sums[at, lane]
            at += 1
        right[i] = sums[PAIRS + i, lane]
    used = np.zeros(DEPTH, np.bool_)
    for k in range(DEPTH):
        used[k] = matrix[k, k] > 1e-12 * sums[k * DEPTH - k * (k - 1) // 2, lane]
        for i in range(k + 1, DEPTH):
            factor = matrix[i, k] / matrix[k, k] if used[k] else 0.0
            right[i] -= factor * right[k]
            for j in range(k + 1, DEPTH):
                matrix[i, j] -= factor * matrix[k, j]
    for k in range(DEPTH - 1, -1, -1):
        rest = right[k]
        for j in range(k + 1, DEPTH):
            rest -= matrix[k, j] * shares[j, lane]
        shares[k, lane] = rest / matrix[k, k] if used[k] else 0.0


@_jit
def settle(
    starts: I32,
    users: I32,
    values: F32,
    burdens: F64,
    state: F64,
    back: I32,
    weight: F64,
    floor: F64,
    tolerance: float,
    most: int,
    levels: F64,
    steps: F32,
) -> int:
    """Sweep until no component moves, mixing by Anderson's method; return the sweeps, negative if it did not settle.

    The loops' variables are improved after every other sweep, each sample for itself, from the last `DEPTH` differences
    (alternating Anderson, Pratapa et al. 2016).

    Args:
        starts: First entry of each row.
        users: Row of the state that each entry takes from.
        values: Entries × lanes.
        burdens: Rows × lanes.
        state: First guess, then result; rows × lanes.
        back: Rows that are used before they are known.
        weight: What a squared error of each of them counts.
        floor: Smallest magnitude that a change of a row is measured against.
        tolerance: Largest relative change of a settled component.
        most: Sweeps after which to give up.
        levels: Room: 2 × back × lanes.
        steps: Room: (2 · SLOTS + 1) × back × lanes.
    """
    now, old = levels[0], levels[1]
    ways, falls, change = steps[:SLOTS], steps[SLOTS : 2 * SLOTS], steps[2 * SLOTS]
    sums, shares = np.empty((PAIRS + DEPTH, LANES)), np.zeros((DEPTH, LANES))
    steps[:] = np.float32(0)
    for i in range(len(back)):
        for lane in range(LANES):
            now[i, lane] = old[i, lane] = state[back[i], lane]
    for step in range(most):
        if sweep(starts, users, values, burdens, state, floor, tolerance) == 0:
            return step + 1
        if step % EVERY < EVERY - 1:
            continue
        turn = step // EVERY
        _learn(back, weight, state, now, old, change, ways, falls, (turn - 1) % DEPTH if turn else DEPTH, sums)
        for lane in range(LANES):
            _best_shares(sums, lane, shares)
        _mix(back, state, now, old, ways, shares)
    return -most


@_jit
def spread_out(state: F64, position: I32, values: F64) -> None:
    """Copy the state (rows × lanes) to samples × products; `position` is the row of each product."""
    for product in range(len(position)):
        row = position[product]
        for lane in range(len(values)):
            values[lane, product] = state[row, lane]
