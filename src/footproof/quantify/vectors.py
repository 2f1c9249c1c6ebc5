"""Explicit vectors inside compiled loops: several samples side by side, whatever the compiler would make of a loop.

Operators on `Lanes` write vector instructions of LLVM, which lowers them to what the machine has (AVX-512, AVX2, NEON).
Multiplication and addition may fuse; nothing else is reordered. Random numbers: Salmon et al. (2011), "Parallel random
numbers: as easy as 1, 2, 3". Logarithm and exponential in single precision after Moshier, Cephes (1989); inverse of the
error function after Giles (2012), GPU Computing Gems, chapter 10. Needs numba.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import cgutils as _cgutils
from numba.core import types

from footproof.quantify.distributions import CENTRE, KEY_STEPS, MULTIPLIERS, ROUNDS, TAIL

cgutils: Any = _cgutils
FUSED = ("contract", "nsz")
I32, I64, F32, F64 = ir.IntType(32), ir.IntType(64), ir.FloatType(), ir.DoubleType()
LOW = 0xFFFFFFFF


def _single(value: float) -> float:
    return float(np.float32(value))


LOG = tuple(
    _single(c)
    for c in (
        *(7.0376836292e-2, -1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1),
        *(-1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1),
    )
)
EXP = tuple(
    _single(c)
    for c in (
        *(1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3),
        *(4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1),
    )
)
LOG2E, LN2 = _single(1.4426950408889634), _single(0.6931471805599453)
LN2_HIGH, LN2_LOW = 0.693359375, _single(-2.12194440e-4)
ROOT2, STEP = _single(2.0**0.5), 2.0**-23
SQRT_HALF_BITS = 0x3F3504F3
ROUNDER, BIAS = 12582912.0, 127 - 0x4B400000  # Adding 1.5 · 2^23 leaves the nearest integer in the low bits.
LARGEST = 87.0  # exp(87) is still a finite number of 32 bits.


class Lanes:
    """A vector in the code being written; operators append instructions.

    Args:
        builder: Where instructions go.
        value: The vector so far.
    """

    __slots__ = ("builder", "value")

    def __init__(self, builder: Any, value: Any) -> None:
        self.builder, self.value = builder, value

    @property
    def count(self) -> int:
        """How many lanes there are."""
        return int(self.value.type.count)

    def _of(self, other: "Lanes | float") -> Any:
        if isinstance(other, Lanes):
            return other.value
        return ir.Constant(self.value.type, [other] * self.count)

    def _made(self, whole: str, real: str, other: "Lanes | float") -> "Lanes":
        if isinstance(self.value.type.element, ir.IntType):
            return Lanes(self.builder, getattr(self.builder, whole)(self.value, self._of(other)))
        return Lanes(self.builder, getattr(self.builder, real)(self.value, self._of(other), flags=FUSED))

    def __add__(self, other: "Lanes | float") -> "Lanes":
        return self._made("add", "fadd", other)

    def __sub__(self, other: "Lanes | float") -> "Lanes":
        return self._made("sub", "fsub", other)

    def __mul__(self, other: "Lanes | float") -> "Lanes":
        return self._made("mul", "fmul", other)

    def __xor__(self, other: "Lanes | int") -> "Lanes":
        return self._made("xor", "", other)

    def __and__(self, other: "Lanes | int") -> "Lanes":
        return self._made("and_", "", other)

    def __rshift__(self, other: int) -> "Lanes":
        return self._made("lshr", "", other)

    def __lshift__(self, other: int) -> "Lanes":
        return self._made("shl", "", other)

    def shifted_with_sign(self, bits: int) -> "Lanes":
        """Shift right and keep the sign."""
        return self._made("ashr", "", bits)

    def above(self, other: "Lanes | float") -> Any:
        """Return a number with one bit per lane: whether it is larger, or not a number."""
        found = self.builder.fcmp_unordered(">", self.value, self._of(other))
        return self.builder.zext(self.builder.bitcast(found, ir.IntType(self.count)), I64)

    def larger(self, other: "Lanes") -> "Lanes":
        """Return the larger of two, lane by lane; the other where this one is not a number."""
        bigger = self.builder.fcmp_ordered(">", self.value, other.value)
        return Lanes(self.builder, self.builder.select(bigger, self.value, other.value))

    def smaller(self, other: "Lanes") -> "Lanes":
        """Return the smaller of two, lane by lane; the other where this one is not a number."""
        less = self.builder.fcmp_ordered("<", self.value, other.value)
        return Lanes(self.builder, self.builder.select(less, self.value, other.value))

    def same(self, value: float) -> "Lanes":
        """Return a constant in every lane."""
        return Lanes(self.builder, self._of(value))

    def called(self, name: str) -> "Lanes":
        """Return an LLVM intrinsic of this, such as the square root."""
        kind = self.value.type
        size = {F32: "f32", F64: "f64"}[kind.element]
        function = cgutils.get_or_insert_function(
            self.builder.module, ir.FunctionType(kind, [kind]), f"llvm.{name}.v{self.count}{size}"
        )
        return Lanes(self.builder, self.builder.call(function, [self.value]))

    def read_as(self, element: Any) -> "Lanes":
        """Return the same bits as numbers of another kind."""
        return Lanes(self.builder, self.builder.bitcast(self.value, ir.VectorType(element, self.count)))

    def to(self, how: str, element: Any) -> "Lanes":
        """Return the same numbers in another kind: `how` is trunc, sitofp, fpext or fptrunc."""
        return Lanes(self.builder, getattr(self.builder, how)(self.value, ir.VectorType(element, self.count)))


class Cell:
    """A vector that changes while the code runs, such as a sum.

    Args:
        first: What it holds at first.
    """

    __slots__ = ("_builder", "_room")

    def __init__(self, first: Lanes) -> None:
        self._builder = first.builder
        self._room = cgutils.alloca_once_value(first.builder, first.value)

    def get(self) -> Lanes:
        """Return what it holds."""
        return Lanes(self._builder, self._builder.load(self._room))

    def set(self, lanes: Lanes) -> None:
        """Hold something else from here on."""
        self._builder.store(lanes.value, self._room)


class Emitter:
    """What an intrinsic writes with: array arguments as addresses, the others as values.

    Args:
        context: Of numba's code generation.
        builder: Where instructions go.
        signature: Types of the arguments.
        args: Their values.
    """

    def __init__(self, context: Any, builder: Any, signature: Any, args: Sequence[Any]) -> None:
        self.builder = builder
        self.args = [
            context.make_array(kind)(context, builder, value).data if isinstance(kind, types.Array) else value
            for kind, value in zip(signature.args, args, strict=True)
        ]

        self.lengths = [
            context.make_array(kind)(context, builder, value).nitems if isinstance(kind, types.Array) else None
            for kind, value in zip(signature.args, args, strict=True)
        ]

    @contextmanager
    def each(self, first: Any, last: Any) -> Iterator[Any]:
        """Repeat what is written inside for numbers from `first` to before `last`."""
        with cgutils.for_range_slice(self.builder, first, last, I64(1)) as (number, _):
            yield number

    def at(self, data: Any, index: Any) -> Any:
        """Return one number of an array."""
        return self.builder.load(self.builder.gep(data, [index]))

    def index(self, data: Any, position: Any) -> Any:
        """Return one stored index as a 64-bit number."""
        return self.builder.sext(self.at(data, position), I64)

    def load(self, data: Any, row: Any, count: int) -> Lanes:
        """Return row `row` of an array with `count` columns."""
        found = self.builder.load(self._place(data, row, count))
        found.align = self._alignment(data)
        return Lanes(self.builder, found)

    def store(self, data: Any, row: Any, lanes: Lanes) -> None:
        """Write row `row` of an array with as many columns as there are lanes."""
        done = self.builder.store(lanes.value, self._place(data, row, lanes.count))
        done.align = self._alignment(data)

    def fetch(self, data: Any, row: Any, count: int) -> None:
        """Ask for a row that will be needed soon; it may lie beyond the end."""
        address = self.builder.bitcast(self._place(data, row, count), ir.IntType(8).as_pointer())
        kind = ir.FunctionType(ir.VoidType(), [address.type, I32, I32, I32])
        function = cgutils.get_or_insert_function(self.builder.module, kind, "llvm.prefetch.p0i8")
        self.builder.call(function, [address, I32(0), I32(3), I32(1)])  # To read, into all caches, data.

    def joined(self, scalars: Sequence[Any]) -> Lanes:
        """Return scalars side by side."""
        value = ir.Constant(ir.VectorType(scalars[0].type, len(scalars)), ir.Undefined)
        for lane, scalar in enumerate(scalars):
            value = self.builder.insert_element(value, scalar, I32(lane))
        return Lanes(self.builder, value)

    def repeated(self, scalar: Any, count: int) -> Lanes:
        """Return one scalar in every lane."""
        return self.joined([scalar] * count)

    def _place(self, data: Any, row: Any, count: int) -> Any:
        wide = ir.VectorType(data.type.pointee, count).as_pointer()
        return self.builder.bitcast(self.builder.gep(data, [self.builder.mul(row, I64(count))]), wide)

    @staticmethod
    def _alignment(data: Any) -> int:
        return 4 if data.type.pointee in {F32, I32} else 8


def philox(counter: Sequence[Lanes], key: Sequence[Lanes]) -> list[Lanes]:
    """Return the four words of Philox4x32-10 for a counter of four and a key of two words, in lanes of 64 bits.

    Upper halves of the lanes are left over from products; who uses a word drops them.
    """
    a, b, c, d = counter
    k, m = key
    for _ in range(ROUNDS):
        first, second = (a & LOW) * MULTIPLIERS[0], (c & LOW) * MULTIPLIERS[1]
        a, b, c, d = (second >> 32) ^ b ^ k, second, (first >> 32) ^ d ^ m, first
        k, m = k + KEY_STEPS[0], m + KEY_STEPS[1]
    return [a, b, c, d]


def interleaved(words: Sequence[Lanes]) -> Lanes:
    """Return the low halves of four words lane by lane: all of the first lane, then of the second."""
    builder, count = words[0].builder, words[0].count
    low = [word.to("trunc", I32).value for word in words]

    def mixed(left: Any, right: Any, order: Sequence[int]) -> Any:
        return builder.shuffle_vector(left, right, ir.Constant(ir.VectorType(I32, len(order)), list(order)))

    left, right = (mixed(low[k], low[k + 1], range(2 * count)) for k in (0, 2))
    return Lanes(builder, mixed(left, right, [word * count + lane for lane in range(count) for word in range(4)]))


def normal(words: Lanes) -> Lanes:
    """Return standard normal numbers for words of 32 bits, of which the upper 24 count."""
    x = (((words >> 8) - (1 << 23)).to("sitofp", F32) + 0.5) * STEP
    w = _log((x.same(1.0) - x) * (x + 1.0)) * -1.0
    builder = words.builder
    turned = Cell(polynomial(CENTRE, w - 2.5))
    far = builder.fcmp_ordered(">=", w.value, w.same(5.0).value)
    some = builder.icmp_unsigned("!=", builder.bitcast(far, ir.IntType(w.count)), ir.IntType(w.count)(0))
    with builder.if_then(some, likely=False):
        tail = polynomial(TAIL, w.called("sqrt") - 3.0)
        turned.set(Lanes(builder, builder.select(far, tail.value, turned.get().value)))
    return turned.get() * x * ROOT2


def exponential(x: Lanes) -> Lanes:
    """Return e to the power of numbers of 32 bits; beyond ±87 as at ±87."""
    x = x.smaller(x.same(LARGEST)).larger(x.same(-LARGEST))
    shifted = x * LOG2E + ROUNDER
    whole = shifted - ROUNDER
    f = x - whole * LN2_HIGH - whole * LN2_LOW
    y = polynomial(EXP, f) * f * f + f + 1.0
    return y * ((shifted.read_as(I32) + BIAS) << 23).read_as(F32)


def polynomial(coefficients: Sequence[float], x: Lanes) -> Lanes:
    """Return a polynomial in single precision, the highest power first."""
    result = x.same(_single(coefficients[0]))
    for coefficient in coefficients[1:]:
        result = result * x + _single(coefficient)
    return result


def _log(x: Lanes) -> Lanes:
    bits = x.read_as(I32)
    exponent = (bits - SQRT_HALF_BITS).shifted_with_sign(23)
    m = (bits - (exponent << 23)).read_as(F32) - 1.0  # Between √½ − 1 and √2 − 1.
    series = polynomial((*LOG, -0.5, 1.0), m)
    return series * m + exponent.to("sitofp", F32) * LN2
