"""The QR code of a mark: drawn once by a library, its mask chosen by arithmetic on whole symbols (ISO/IEC 18004, 7.8).

Of eight masks the standard asks for the one with the lowest penalty. A symbol is one number here, a bit for each
module, so that a rule is judged for all modules at once; looking at them one by one took most of the time of a mark.

Data, error correction and placement are linear over GF(2): what a bit of the text changes in a symbol is the same for
all texts of its length. Links of a register differ in a few digits, so the next one follows from one that was drawn.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import segno

MASKS = 8
_LONG = 5
"""Modules of one colour in a row from which on they count against a mask."""

_WITH_VERSION = 45
"""Modules on a side from which on a symbol states its version."""

_FINDER = (True, False, True, True, True, False, True)
_LIGHT = 4
"""Light modules that have to stand before or after what looks like a finder pattern."""

_FEW = 8
"""Letters up to which a text is like another one."""

_KNOWN: dict[int, tuple[str, int, int]] = {}
"""A text of each length with its symbol and version."""


@dataclass(frozen=True, slots=True)
class _Version:
    """What all symbols of a size have in common.

    Args:
        size: Modules on a side.
        judged: Modules that count when a mask is chosen.
        differences: In which modules each mask differs from the first; format information is linear, so it is in them.
    """

    size: int
    judged: int
    differences: tuple[int, ...]


def code_modules(text: str) -> Sequence[bytes]:
    """Return the rows of the smallest QR code of a text, a byte for each module: 1 is dark.

    Args:
        text: What it says. Its correction is of level M, and higher where the size has room for that.

    Raises:
        ValueError: The text is too long for any.
    """
    drawn, version = _near(text) or _drawn(text)
    kind = _version(version)
    best = min(range(MASKS), key=lambda mask: penalty((drawn ^ kind.differences[mask]) & kind.judged, kind.size))
    return _rows(drawn ^ kind.differences[best], kind.size)


@lru_cache(maxsize=64)
def _drawn(text: str, mode: str | None = None) -> tuple[int, int]:
    """Return a symbol under the first mask, and its version, as the library draws it."""
    code = segno.make_qr(text, error="m", boost_error=True, mask=0, mode=mode)
    return _number(code.matrix), int(code.version)


def _near(text: str) -> tuple[int, int] | None:
    """Return the same from a symbol of the same length that was drawn; None where the text is not one of bytes."""
    if not text.isascii() or text.upper() == text:  # it may be written in fewer bits
        return None
    known = _KNOWN.get(len(text))
    if known is None or sum(one != its for one, its in zip(text, known[0], strict=True)) > _FEW:
        known = _KNOWN[len(text)] = (text, *_drawn(text))
    before, symbol, version = known
    for place, (one, its) in enumerate(zip(text, before, strict=True)):
        for bit in _places(ord(one) ^ ord(its)):
            symbol ^= _flipped(len(text), place, bit)
    return symbol, version


@lru_cache(maxsize=4096)
def _flipped(length: int, place: int, bit: int) -> int:
    """Return the modules that a bit of a text of bytes changes."""
    before = "a" * length
    after = before[:place] + chr(ord("a") ^ 1 << bit) + before[place + 1 :]
    return _drawn(before, "byte")[0] ^ _drawn(after, "byte")[0]


def penalty(symbol: int, size: int) -> int:
    """Return the penalty of a symbol (7.8.3.1): long runs, blocks, what looks like a finder pattern, and imbalance.

    Args:
        symbol: A bit for each module, dark ones set, row by row from the lowest.
        size: Modules on a side.
    """
    whole, area = (1 << size * size) - 1, size * size
    light = whole ^ symbol
    score = 0
    for step in (1, size):
        score += sum(_runs(colour, step, _begin(size, step, _LONG)) for colour in (symbol, light))
        score += 40 * _finders(symbol, light, size, step)
    inner = _begin(size, 1, 2)
    for colour in (symbol, light):
        score += 3 * (colour & colour >> 1 & colour >> size & colour >> size + 1 & inner).bit_count()
    return score + 10 * (abs(100 * symbol.bit_count() - 50 * area) // (5 * area))


def _runs(colour: int, step: int, begin: int) -> int:
    """Return the penalty of runs of a colour: 3 for five modules, and 1 for each further one."""
    two = colour & colour >> step
    five = two & two >> 2 * step & colour >> 4 * step & begin
    return five.bit_count() + 2 * (five & ~(five << step)).bit_count()


def _finders(symbol: int, light: int, size: int, step: int) -> int:
    """Count 1011101 with four light modules before or after it; what lies outside of the symbol is light."""
    length = len(_FINDER)
    found = _begin(size, step, length)
    for place, dark in enumerate(_FINDER):
        found &= (symbol if dark else light) >> place * step
    if not found:
        return 0
    before = after = found
    for away in range(1, _LIGHT + 1):
        before &= light << away * step | _edge(size, step, away)
        after &= light >> (length - 1 + away) * step | _edge(size, step, -(length - 1 + away))
    counted = before | after
    # Two that share modules count once: they begin four or six modules apart.
    if counted & (counted << 4 * step | counted << 6 * step):
        return _apart(found, counted, size, step)
    return counted.bit_count()


def _apart(found: int, counted: int, size: int, step: int) -> int:
    """Count patterns in the order in which they are met, none that begins within one that was counted."""
    count, free = 0, dict[int, int]()
    for place in _places(found):
        line, begin = divmod(place, size) if step == 1 else divmod(place, size)[::-1]
        if begin >= free.get(line, 0) and counted >> place & 1:
            count += 1
            free[line] = begin + len(_FINDER)
    return count


def _places(bits: int) -> Iterator[int]:
    while bits:
        lowest = bits & -bits
        yield lowest.bit_length() - 1
        bits ^= lowest


@lru_cache(maxsize=256)
def _begin(size: int, step: int, length: int) -> int:
    """Return the modules at which so many in a line can begin."""
    row = (1 << size - length + 1) - 1 if step == 1 else (1 << size) - 1
    return _repeated(row, size, size if step == 1 else size - length + 1)


@lru_cache(maxsize=1024)
def _edge(size: int, step: int, away: int) -> int:
    """Return the modules for which the one so far before it, or after it where negative, lies outside."""
    near = abs(away)
    if step == 1:
        part = (1 << near) - 1
        return _repeated(part if away > 0 else part << size - near, size, size)
    part = _repeated((1 << size) - 1, size, near)
    return part if away > 0 else part << (size - near) * size


def _repeated(row: int, size: int, times: int) -> int:
    return sum(row << number * size for number in range(times))


@lru_cache(maxsize=40)
def _version(version: int) -> _Version:
    """Return what all symbols of a version have in common, from those of one text."""
    codes = [segno.make_qr("0", version=version, error="m", boost_error=False, mask=mask) for mask in range(MASKS)]
    first, size = _number(codes[0].matrix), len(codes[0].matrix)
    later = sum(1 << row * size + column for row, column in _set_later(size))
    return _Version(size, (1 << size * size) - 1 ^ later, tuple(first ^ _number(code.matrix) for code in codes))


def _set_later(size: int) -> set[tuple[int, int]]:
    """Return the modules of format and version information: they are light while the mask is chosen."""
    ends = [*range(6), 7, 8, *range(size - 8, size)]
    places = [(8, one) for one in ends] + [(one, 8) for one in ends]
    if size >= _WITH_VERSION:
        version = [(far, near) for far in range(size - 11, size - 8) for near in range(6)]
        places += [*version, *((near, far) for far, near in version)]
    return set(places)


def _number(matrix: Sequence[bytes | bytearray]) -> int:
    """Return a symbol as a number, its first module the lowest bit."""
    return int(b"".join(matrix)[::-1].translate(_DIGITS), 2)


def _rows(symbol: int, size: int) -> Sequence[bytes]:
    """Return a number as the rows of a symbol."""
    digits = format(symbol, f"0{size * size}b").encode("ascii")[::-1].translate(_BITS)
    return [digits[first : first + size] for first in range(0, size * size, size)]


_DIGITS = bytes.maketrans(b"\0\1", b"01")
_BITS = bytes.maketrans(b"01", b"\0\1")
