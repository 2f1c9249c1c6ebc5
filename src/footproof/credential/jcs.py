"""The byte form of signed documents of others: RFC 8785 (JCS), numbers as IEEE 754 doubles.

What we sign holds no float and goes through `footproof.canonical`. Documents of others may, and need not be in NFC.
A number whose decimal says more than its double holds is refused: two documents with different digits would otherwise
share one signature. The standard library writes everything but floats, thirty times faster than `rfc8785`; floats are
put in afterwards, each as `rfc8785` writes it.
"""

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import rfc8785

from footproof.canonical import LARGEST_INTEGER
from footproof.errors import ProofRejected, Where

DEEPEST = 64
_MARK = "\uf8ff"
_HOLES = re.compile(f'"{_MARK}([0-9]+)"')
# Bytes as far as they can begin a value, or make it a float.
_SHAPE = bytes(
    ord(
        "0" if char in "0123456789" else ":" if char in ":,[" else "e" if char in "eE" else char if char == "." else " "
    )
    for char in map(chr, range(256))
)
# First bytes of characters below U+E000, and all later ones.
_BEFORE = bytes(range(0xEE))
_SURROGATE = re.compile("[\ud800-\udfff]")
# Keys with these sort otherwise by code point than by UTF-16, as RFC 8785 wants it.
_BEYOND = re.compile("[\ue000-\U0010ffff]")
_BEYOND_IN_KEY = re.compile(r'[\ue000-\U0010ffff][^"\\]*(?:\\.[^"\\]*)*":')


def jcs_bytes(document: Mapping[str, Any], most: int) -> bytes:
    """Return the JCS form of a JSON object.

    Args:
        document: As read by `jose.read_object`, figures as integers and Decimals; floats are taken as they are.
        most: Most bytes the form may have.

    Raises:
        ProofRejected: E-DI-NUMBER for a number that no double holds as written; E-DI-CANONICAL for half a character,
            nesting deeper than 64 or a value that is not JSON; E-DI-SIZE for a form that is too long.
    """
    data = _without_floats(document)
    if data is None:
        data = _with_floats(document)
    if len(data) > most:
        raise ProofRejected("E-DI-SIZE", found=len(data), limit=most)
    return data


def exact_numbers(value: Any, depth: int = 0) -> Any:
    """Return a copy of a JSON value with Decimals and large integers as doubles, for libraries without Decimal.

    Args:
        value: Any JSON value.
        depth: How deep it stands.

    Raises:
        ProofRejected: E-DI-NUMBER for a number that no double holds as written; E-DI-CANONICAL deeper than 64.
    """
    if depth > DEEPEST and isinstance(value, dict | list):
        raise ProofRejected("E-DI-CANONICAL", Where("document"), reason=f"nested deeper than {DEEPEST}")
    if isinstance(value, dict):
        return {key: exact_numbers(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list):
        return [exact_numbers(item, depth + 1) for item in value]
    return _double(value) if _is_number_to_check(value) else value


def _without_floats(document: Mapping[str, Any]) -> bytes | None:
    """Return the form of a document as the standard library writes it, or None where RFC 8785 might write another."""
    try:
        text = _dumped(document)
        data = text.encode("utf-8")
    except (TypeError, ValueError, RecursionError):
        return None
    if _may_hold_floats(data) or (data.translate(None, _BEFORE) and _BEYOND_IN_KEY.search(text)):
        return None
    return data


def _may_hold_floats(data: bytes) -> bool:
    """Tell whether JSON may hold a float or a large integer; what looks like one inside a text only costs time.

    Numbers shrink to one digit each, so that plain searches do; a regular expression takes fifteen times as long.
    """
    shape = data.translate(_SHAPE, b"-")
    if b"0000000000000000" in shape:
        return True
    for run in (b"00000000", b"0000", b"00", b"00"):
        shape = shape.replace(run, b"0")
    return b":0." in shape or b":0e" in shape


def _with_floats(document: Mapping[str, Any]) -> bytes:
    """Return the form of any document, or say why it has none."""
    found = _Walk()
    plain = found.copied(document, 0)
    if found.rare:
        return rfc8785.dumps(exact_numbers(document))
    return _HOLES.sub(lambda hole: rfc8785.dumps(found.floats[int(hole[1])]).decode(), _dumped(plain)).encode("utf-8")


def _dumped(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def _is_number_to_check(value: object) -> bool:
    if isinstance(value, bool):
        return False
    return isinstance(value, float | Decimal) or (isinstance(value, int) and abs(value) > LARGEST_INTEGER)


def _double(value: float | Decimal) -> float:
    """Return the double a number stands for, if the shortest decimal of that double is the number."""
    try:
        double = float(value)
        same = Decimal(repr(double)) == (Decimal(repr(value)) if isinstance(value, float) else Decimal(value))
    except (ValueError, ArithmeticError):
        same = False
    if not same or double in (float("inf"), float("-inf")):
        raise ProofRejected("E-DI-NUMBER", Where("document"), found=str(value)[:60])
    return double


class _Walk:
    """One walk over a document: checks every value, and takes floats out of it."""

    def __init__(self) -> None:
        self.floats: list[float] = []
        self.rare = False

    def copied(self, value: Any, depth: int) -> Any:
        """Return a value that the standard library writes as RFC 8785 does, with a mark for each float."""
        kind = type(value)
        if kind is str:
            return value if value.isascii() else self._text(value)
        if kind is dict or kind is list:
            if depth > DEEPEST:
                raise ProofRejected("E-DI-CANONICAL", Where("document"), reason=f"nested deeper than {DEEPEST}")
            if kind is list:
                return [self.copied(item, depth + 1) for item in value]
            return {self._key(key): self.copied(item, depth + 1) for key, item in value.items()}
        if value is None or kind is bool or (kind is int and -LARGEST_INTEGER <= value <= LARGEST_INTEGER):
            return value
        if not _is_number_to_check(value):
            raise ProofRejected("E-DI-CANONICAL", Where("document"), reason=f"a {kind.__name__}")
        self.floats.append(_double(value))
        return f"{_MARK}{len(self.floats) - 1}"

    def _key(self, key: Any) -> str:
        if type(key) is not str:
            raise ProofRejected("E-DI-CANONICAL", Where("document"), reason=f"the key {key!r:.60}")
        if not key.isascii():
            self._text(key)
            self.rare = self.rare or _BEYOND.search(key) is not None
        return key

    def _text(self, text: str) -> str:
        if _SURROGATE.search(text):
            raise ProofRejected("E-DI-CANONICAL", Where("document"), reason="half a character")
        self.rare = self.rare or _MARK in text
        return text
