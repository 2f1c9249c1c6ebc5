"""The Chinese font that PDF and pictures are set in: it comes in a wheel, and what it lacks is an error.

The type setter leaves out a character without a word when no font has it, so the characters of a report are
compared with the character map of the font first (OpenType specification, table `cmap`, formats 4 and 12).
"""

import struct
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from footproof.errors import FootproofError

FAMILY = "Noto Sans SC"
_PACKAGE = "pylopdf-fonts-zh-cn"
_SHOWN = 12
# Digits of CO₂ are set as small digits, and a place where a word may break shows nothing.
SET_OTHERWISE = frozenset("₂₄₆\u200b")


@cache
def font_file() -> Path:
    """Return the file of the font.

    Raises:
        FootproofError: E-REPORT-FONT where the package or its file is missing.
    """
    try:
        from pylopdf_fonts_zh_cn import sans_path
    except ImportError as problem:
        raise FootproofError("E-REPORT-FONT", package=_PACKAGE, missing=FAMILY) from problem
    path = Path(sans_path())
    if not path.is_file():
        raise FootproofError("E-REPORT-FONT", package=_PACKAGE, missing=path.name)
    return path


def check_glyphs(text: str) -> None:
    """Make sure that the font can show every character.

    Args:
        text: All that will be set.

    Raises:
        FootproofError: E-REPORT-FONT with the characters it lacks.
    """
    known = characters(font_file())
    missing = sorted({c for c in text if not c.isspace() and c not in SET_OTHERWISE and ord(c) not in known})
    if missing:
        shown = " ".join(f"{c} (U+{ord(c):04X})" for c in missing[:_SHOWN])
        raise FootproofError("E-REPORT-FONT", package=_PACKAGE, missing=shown)


@cache
def characters(path: Path) -> frozenset[int]:
    """Return the code points that a font file has glyphs for.

    Args:
        path: OpenType or TrueType file with a single font.

    Raises:
        FootproofError: E-REPORT-FONT for a file that is no such font.
    """
    data = path.read_bytes()
    try:
        found: set[int] = set()
        for table in _maps(data):
            found.update(_code_points(data, table))
    except (struct.error, IndexError) as problem:
        raise FootproofError("E-REPORT-FONT", package=_PACKAGE, missing=path.name) from problem
    if not found:
        raise FootproofError("E-REPORT-FONT", package=_PACKAGE, missing=path.name)
    return frozenset(found)


def _maps(data: bytes) -> Iterator[int]:
    """Yield where the sub-tables of the character map start."""
    (count,) = struct.unpack_from(">H", data, 4)
    for index in range(count):
        tag, _, start, _ = struct.unpack_from(">4sIII", data, 12 + 16 * index)
        if tag == b"cmap":
            (tables,) = struct.unpack_from(">H", data, start + 2)
            for number in range(tables):
                yield start + int(struct.unpack_from(">HHI", data, start + 4 + 8 * number)[2])


def _code_points(data: bytes, at: int) -> Iterator[int]:
    (form,) = struct.unpack_from(">H", data, at)
    if form == 12:
        (groups,) = struct.unpack_from(">I", data, at + 12)
        for index in range(groups):
            first, last, glyph = struct.unpack_from(">III", data, at + 16 + 12 * index)
            yield from range(first + (glyph == 0), last + 1)
    elif form == 4:
        (double,) = struct.unpack_from(">H", data, at + 6)
        for index in range(0, double, 2):
            (last,) = struct.unpack_from(">H", data, at + 14 + index)
            (first,) = struct.unpack_from(">H", data, at + 16 + double + index)
            yield from range(first, min(last, 0xFFFE) + 1)
