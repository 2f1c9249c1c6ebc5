# Compiled functions take positions only, and numba passes arguments that an intrinsic need not use.
# ruff: noqa: PLR0917, ARG001
"""Compiled loops of the Monte Carlo engine: random numbers, factors, and batched Gauss-Seidel sweeps.

Eight samples stand side by side and share the indices, so one read of the pattern serves eight. Needs numba, which is
imported here only; nothing else depends on this module being there. Superword-level vectorising is what keeps eight
sums in registers: it is switched on in numba's own configuration, no environment variable is set.
"""

import math
from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
import numpy as np
from llvmlite import ir
from numba.core import config, types
from numba.extending import intrinsic
from numpy.typing import NDArray

from footproof.quantify.distributions import CENTRE, TAIL

vars(config)["SLP_VECTORIZE"] = 1
LANES = 8
CHUNK = 256
F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
I32 = NDArray[np.int32]
_F = TypeVar("_F", bound=Callable[..., Any])


def _jit(function: _F) -> _F:
    """Compile at first use; contraction to fused multiply-add is the one liberty taken with the arithmetic."""
    return cast(_F, numba.njit(nogil=True, fastmath={"contract", "nsz"}, error_model="numpy", cache=True)(function))


def _inline(function: _F) -> _F:
    made = numba.njit(nogil=True, fastmath={"contract", "nsz"}, error_model="numpy", inline="always")(function)
    return cast(_F, made)


def _loose(function: _F) -> _F:
    """Compile sums that may be reordered: they steer the acceleration and do not enter the result."""
    return cast(_F, numba.njit(nogil=True, fastmath=True, error_model="numpy", cache=True)(function))


def _intrinsic(function: Callable[..., Any]) -> Callable[..., Any]:
    """Hide the typing context, which only the compiler passes."""
    return cast(Callable[..., Any], intrinsic(function))


@_intrinsic
def _mulhi(typing: Any, a: Any, b: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        wide = ir.IntType(128)
        product = builder.mul(builder.zext(args[0], wide), builder.zext(args[1], wide))
        return builder.trunc(builder.lshr(product, ir.Constant(wide, 64)), ir.IntType(64))

    return types.uint64(types.uint64, types.uint64), generate


@_intrinsic
def _bits(typing: Any, x: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.bitcast(args[0], ir.IntType(32))

    return types.int32(types.float32), generate


@_intrinsic
def _float(typing: Any, x: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.bitcast(args[0], ir.FloatType())

    return types.float32(types.int32), generate


M0, M1 = np.uint64(0xD2E7470EE14C6C93), np.uint64(0xCA5A826395121157)
W0, W1 = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBB67AE8584CAA73B)
ONE, HALF, TWO = np.float32(1), np.float32(0.5), np.float32(2)
STEP = np.float32(2.0**-23)
ROOT2 = np.float32(math.sqrt(2.0))
LOG2E, LN2 = np.float32(1.4426950408889634), np.float32(0.6931471805599453)
LN2_HIGH, LN2_LOW = np.float32(0.693359375), np.float32(-2.12194440e-4)
SQRT_HALF = np.float32(0.70710678118654752)
C0, C1, C2, C3, C4, C5, C6, C7, C8 = (np.float32(c) for c in CENTRE)
T0, T1, T2, T3, T4, T5, T6, T7, T8 = (np.float32(c) for c in TAIL)
# Coefficients of logf and expf after Moshier, Cephes (1989).
L0, L1, L2 = np.float32(7.0376836292e-2), np.float32(-1.1514610310e-1), np.float32(1.1676998740e-1)
L3, L4, L5 = np.float32(-1.2420140846e-1), np.float32(1.4249322787e-1), np.float32(-1.6668057665e-1)
L6, L7, L8 = np.float32(2.0000714765e-1), np.float32(-2.4999993993e-1), np.float32(3.3333331174e-1)
E0, E1, E2 = np.float32(1.9875691500e-4), np.float32(1.3981999507e-3), np.float32(8.3334519073e-3)
E3, E4, E5 = np.float32(4.1665795894e-2), np.float32(1.6666665459e-1), np.float32(5.0000001201e-1)
MAGIC, OFFSET = np.float32(12582912.0), np.int32(127 - 0x4B400000)
BIG, SMALL = np.float32(126.0), np.float32(-126.0)
MIDDLE, FAR = np.float32(2.5), np.float32(3.0)
EDGE = np.float32(math.sqrt(1 - math.exp(-5.0)))  # Beyond it the tail's polynomial holds.


@_inline
def _log(x: np.float32) -> np.float32:
    bits = _bits(x)
    exponent = np.float32(np.int32((bits >> np.int32(23)) - np.int32(126)))
    mantissa = _float(np.int32((bits & np.int32(0x007FFFFF)) | np.int32(0x3F000000)))
    small = mantissa < SQRT_HALF
    exponent = exponent - ONE if small else exponent
    m = mantissa + mantissa - ONE if small else mantissa - ONE
    z = m * m
    y = (((((((L0 * m + L1) * m + L2) * m + L3) * m + L4) * m + L5) * m + L6) * m + L7) * m + L8
    y = y * m * z + exponent * LN2_LOW - HALF * z
    return np.float32(m + y + exponent * LN2_HIGH)


@_inline
def _exp(x: np.float32) -> np.float32:
    shifted = min(max(x * LOG2E, SMALL), BIG) + MAGIC  # Adding 1.5 · 2^23 leaves the nearest integer in the low bits.
    whole = shifted - MAGIC
    f = x - whole * LN2_HIGH
    f = f - whole * LN2_LOW
    y = ((((E0 * f + E1) * f + E2) * f + E3) * f + E4) * f + E5
    y = y * f * f + f + ONE
    return np.float32(y * _float(np.int32(np.int32(_bits(shifted) + OFFSET) << np.int32(23))))


@_inline
def _spot(half: np.uint32) -> np.float32:
    """Return the middle of one of 2^24 equal parts of (-1, 1)."""
    return (np.float32(np.int32(np.int32(half >> np.uint32(8)) - np.int32(1 << 23))) + HALF) * STEP


@_inline
def _near(x: np.float32) -> np.float32:
    c = -_log((ONE - x) * (ONE + x)) - MIDDLE
    near = (((((((C0 * c + C1) * c + C2) * c + C3) * c + C4) * c + C5) * c + C6) * c + C7) * c + C8
    return near * x * ROOT2


@_inline
def _far(x: np.float32) -> np.float32:
    t = np.float32(math.sqrt(-_log((ONE - x) * (ONE + x)))) - FAR
    far = (((((((T0 * t + T1) * t + T2) * t + T3) * t + T4) * t + T5) * t + T6) * t + T7) * t + T8
    return far * x * ROOT2


@_jit
def draw(seed: int, first: int, raw: NDArray[np.uint32], draws: F32) -> None:
    """Fill `draws` (places × lanes) with the normal numbers of eight consecutive samples."""
    blocks = draws.shape[0] // 8
    for block in range(blocks):
        for lane in range(LANES):
            a, b, c, d = np.uint64(block + 1), np.uint64(0), np.uint64(0), np.uint64(0)
            k, m = np.uint64(seed), np.uint64(first + lane)
            for _ in range(10):
                high0, low0 = _mulhi(M0, a), M0 * a
                high1, low1 = _mulhi(M1, c), M1 * c
                a, b, c, d = high1 ^ b ^ k, low1, high0 ^ d ^ m, low0
                k, m = k + W0, m + W1
            at = 8 * block
            raw[at, lane], raw[at + 1, lane] = np.uint32(a), np.uint32(a >> np.uint64(32))
            raw[at + 2, lane], raw[at + 3, lane] = np.uint32(b), np.uint32(b >> np.uint64(32))
            raw[at + 4, lane], raw[at + 5, lane] = np.uint32(c), np.uint32(c >> np.uint64(32))
            raw[at + 6, lane], raw[at + 7, lane] = np.uint32(d), np.uint32(d >> np.uint64(32))
    flat, out = raw.reshape(-1), draws.reshape(-1)
    for position in range(len(flat)):
        out[position] = _near(_spot(flat[position]))
    for position in range(len(flat)):
        x = _spot(flat[position])
        if abs(x) > EDGE:
            out[position] = _far(x)


@_inline
def _bounded(kind: int, draw: float, low: float, high: float, mode: float) -> float:
    share = 0.5 * math.erfc(-draw / math.sqrt(2.0))
    if kind == 4:
        return low + (high - low) * share
    if share * (high - low) <= mode - low:
        return low + math.sqrt(share * (high - low) * (mode - low))
    return high - math.sqrt((1 - share) * (high - low) * (high - mode))


@_jit
def _bound_lanes(
    entry: int, kind: NDArray[np.int8], shape: F64, place: I32, draws: F32, amount: np.float32, values: F32
) -> None:
    low, high, mode = shape[entry, 0], shape[entry, 1], shape[entry, 2]
    for lane in range(LANES):
        factor = _bounded(kind[entry], draws[place[entry], lane], low, high, mode)
        values[entry, lane] = amount * np.float32(factor)


@_jit
def sample(nominal: F32, kind: NDArray[np.int8], width: F32, shape: F64, place: I32, draws: F32, values: F32) -> None:
    """Fill `values` (entries × lanes) with amounts: the nominal ones times their factors."""
    powers = np.empty(CHUNK * LANES, np.float32)
    for first in range(0, len(nominal), CHUNK):
        last = min(first + CHUNK, len(nominal))
        for entry in range(first, last):
            for lane in range(LANES):
                powers[(entry - first) * LANES + lane] = width[entry] * draws[place[entry], lane]
        for position in range((last - first) * LANES):
            powers[position] = _exp(powers[position])
        for entry in range(first, last):
            amount, spread = nominal[entry], width[entry]
            for lane in range(LANES):
                values[entry, lane] = amount * powers[(entry - first) * LANES + lane]
            if kind[entry] == 2:
                for lane in range(LANES):
                    values[entry, lane] = amount * (ONE + spread * draws[place[entry], lane])
            elif kind[entry] > 2:
                _bound_lanes(entry, kind, shape, place, draws, amount, values)


@_jit
def add_up(starts: I32, values: F32, sums: F64) -> None:
    """Fill `sums` (products × lanes) with the sums of the values of each product."""
    for row in range(len(starts) - 1):
        for lane in range(LANES):
            sums[row, lane] = 0.0
        for entry in range(starts[row], starts[row + 1]):
            for lane in range(LANES):
                sums[row, lane] += values[entry, lane]


@_jit
def sweep(starts: I32, users: I32, values: F32, burdens: F64, state: F64, floor: F64, tolerance: float) -> int:
    """Carry burdens along every recipe once, in order; return how many components still moved."""
    moved = 0
    for row in range(len(starts) - 1):
        a0, a1, a2, a3 = burdens[row, 0], burdens[row, 1], burdens[row, 2], burdens[row, 3]
        a4, a5, a6, a7 = burdens[row, 4], burdens[row, 5], burdens[row, 6], burdens[row, 7]
        for entry in range(starts[row], starts[row + 1]):
            at = users[entry]
            a0 += np.float64(values[entry, 0]) * state[at, 0]
            a1 += np.float64(values[entry, 1]) * state[at, 1]
            a2 += np.float64(values[entry, 2]) * state[at, 2]
            a3 += np.float64(values[entry, 3]) * state[at, 3]
            a4 += np.float64(values[entry, 4]) * state[at, 4]
            a5 += np.float64(values[entry, 5]) * state[at, 5]
            a6 += np.float64(values[entry, 6]) * state[at, 6]
            a7 += np.float64(values[entry, 7]) * state[at, 7]
        least = floor[row]
        moved += abs(a0 - state[row, 0]) > tolerance * max(abs(a0), least)
        moved += abs(a1 - state[row, 1]) > tolerance * max(abs(a1), least)
        moved += abs(a2 - state[row, 2]) > tolerance * max(abs(a2), least)
        moved += abs(a3 - state[row, 3]) > tolerance * max(abs(a3), least)
        moved += abs(a4 - state[row, 4]) > tolerance * max(abs(a4), least)
        moved += abs(a5 - state[row, 5]) > tolerance * max(abs(a5), least)
        moved += abs(a6 - state[row, 6]) > tolerance * max(abs(a6), least)
        moved += abs(a7 - state[row, 7]) > tolerance * max(abs(a7), least)
        state[row, 0], state[row, 1], state[row, 2], state[row, 3] = a0, a1, a2, a3
        state[row, 4], state[row, 5], state[row, 6], state[row, 7] = a4, a5, a6, a7
    return moved


@_loose
def _differences(after: F64, now: F64, change: F64, old: F64, way: F64, fall: F64) -> None:
    for i in range(len(after)):
        moved = after[i] - now[i]
        fall[i] = moved - change[i]
        way[i] = after[i] - old[i]
        change[i] = moved
        old[i] = after[i]


@_loose
def _dot(weight: F64, left: F64, right: F64) -> float:
    total = 0.0
    for i in range(len(weight)):
        total += weight[i] * left[i] * right[i]
    return total


@_loose
def _mixed(old: F64, first: float, way0: F64, second: float, way1: F64, now: F64) -> None:
    for i in range(len(old)):
        now[i] = old[i] - first * way0[i] - second * way1[i]


@_jit
def mix(step: int, back: I32, weight: F64, state: F64, history: F64) -> None:
    """Improve the variables that close loops by Anderson's method of depth two, each sample for itself.

    Rows of `history` (8 × lanes × variables): the values before the sweep, its change, its result, two differences
    of results, two differences of changes, and room for the values after it.
    """
    slot = step % 2
    for lane in range(LANES):
        now, change, old = history[0, lane], history[1, lane], history[2, lane]
        way0, way1, fall0, fall1 = history[3, lane], history[4, lane], history[5, lane], history[6, lane]
        after = history[7, lane]
        for i in range(len(back)):
            after[i] = state[back[i], lane]
        _differences(after, now, change, old, history[3 + slot, lane], history[5 + slot, lane])
        a, b, c = _dot(weight, fall0, fall0), _dot(weight, fall0, fall1), _dot(weight, fall1, fall1)
        p, q = _dot(weight, fall0, change), _dot(weight, fall1, change)
        first, second = 0.0, 0.0
        determinant = a * c - b * b
        if step >= 2 and determinant > 1e-14 * a * c:
            first, second = (p * c - q * b) / determinant, (q * a - p * b) / determinant
        elif step >= 1 and slot == 0:
            first = p / a if a > 0 else 0.0
        elif step >= 1:
            second = q / c if c > 0 else 0.0
        _mixed(old, first, way0, second, way1, now)
        for i in range(len(back)):
            state[back[i], lane] = now[i]


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
    history: F64,
) -> int:
    """Sweep until no component moves; return the number of sweeps, negative where it did not settle."""
    count = len(back)
    history[:] = 0.0
    for i in range(count):
        for lane in range(LANES):
            history[0, lane, i] = state[back[i], lane]
    for step in range(most):
        if sweep(starts, users, values, burdens, state, floor, tolerance) == 0:
            return step + 1
        mix(step, back, weight, state, history)
    return -most


@_jit
def _next(alive: I32, takes: I32, gives: I32, taken: F64, given: F64) -> tuple[int, bool]:
    """Return which to place next and whether at the end: a source, a sink, else what gives most beyond its takings."""
    best, at = -np.inf, 0
    for k in range(len(alive)):
        node = alive[k]
        if gives[node] == 0 or takes[node] == 0:
            return k, takes[node] > 0
        rank = given[node] - taken[node]
        if rank > best:
            best, at = rank, k
    return at, False


@_jit
def least_feedback(starts: I32, suppliers: I32, weights: F64, out_starts: I32, users: I32, out_weights: F64) -> I32:
    """Return an order with little weight against it (Eades, Lin & Smyth 1993), suppliers first.

    Row `j` of the first pattern holds what `j` takes, row `i` of the second what takes `i`; loops are expected.
    """
    size = len(starts) - 1
    taken, given = np.zeros(size), np.zeros(size)
    takes, gives = np.zeros(size, np.int32), np.zeros(size, np.int32)
    for node in range(size):
        takes[node], gives[node] = starts[node + 1] - starts[node], out_starts[node + 1] - out_starts[node]
        for k in range(starts[node], starts[node + 1]):
            taken[node] += weights[k]
        for k in range(out_starts[node], out_starts[node + 1]):
            given[node] += out_weights[k]
    alive = np.arange(size).astype(np.int32)
    left = size
    order, head, tail = np.empty(size, np.int32), 0, size
    while left:
        at, last = _next(alive[:left], takes, gives, taken, given)
        node = alive[at]
        if last:
            tail -= 1
            order[tail] = node
        else:
            order[head] = node
            head += 1
        left -= 1
        alive[at] = alive[left]
        for k in range(starts[node], starts[node + 1]):
            other = suppliers[k]
            given[other] -= weights[k]
            gives[other] -= 1
        for k in range(out_starts[node], out_starts[node + 1]):
            other = users[k]
            taken[other] -= out_weights[k]
            takes[other] -= 1
    return order


@_jit
def _spot_of(here: float, before: F64, taken: F64, after: F64, given: F64) -> float:
    """Return where between its suppliers and users a product has least weight against it; `here` if that is as good."""
    at, step = np.concatenate((before, after)), np.concatenate((-taken, given))
    rank = np.argsort(at)
    level = taken.sum()  # If it stands first, all that it takes is against the order.
    now, best, spot = level, level, here
    if len(at):
        spot = at[rank[0]] - 1.0
    for k in range(len(at)):
        level += step[rank[k]]
        if at[rank[k]] < here:
            now = level
        if level < best:
            best = level
            above = at[rank[k + 1]] if k + 1 < len(at) else at[rank[k]] + 2.0
            spot = 0.5 * (at[rank[k]] + above)
    return spot if best < now - 1e-12 else here


@_jit
def sift(
    starts: I32,
    suppliers: I32,
    weights: F64,
    out_starts: I32,
    users: I32,
    out_weights: F64,
    order: I32,
    passes: int,
) -> I32:
    """Move each product to where least weight stands against it, the others staying, and return the better order."""
    size = len(order)
    key = np.empty(size)
    for pass_ in range(passes):
        for position in range(size):
            key[order[position]] = position
        for turn in range(size):
            node = order[turn] if pass_ % 2 == 0 else order[size - 1 - turn]
            taken, given = slice(starts[node], starts[node + 1]), slice(out_starts[node], out_starts[node + 1])
            key[node] = _spot_of(
                key[node], key[suppliers[taken]], weights[taken], key[users[given]], out_weights[given]
            )
        order = np.argsort(key).astype(np.int32)
    return order
