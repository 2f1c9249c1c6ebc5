"""One byte form and one digest per record: RFC 8785 over strings, integers, booleans, null, lists and objects.

Figures travel as normalised decimal strings, never as floats; text is NFC; integers stay below 2^53 so that
every JSON reader sees the same value.
"""

import hashlib
import json
import re
import unicodedata
from contextlib import suppress
from typing import Any

import rfc8785

from footproof.errors import FootproofError

LARGEST_INTEGER = 2**53 - 1
DEEPEST = 64


def canonical_bytes(record: object) -> bytes:
    """Return the one byte form of a record.

    Raises:
        FootproofError: E-CANONICAL for a float, a too large integer, text that is not NFC, a key that is not
            text, nesting deeper than 64, or any other type: such a value has no single byte form.
    """
    if _plainly_unambiguous(record):
        with suppress(UnicodeEncodeError):  # half a character; said below
            return _ENCODER.encode(record).encode("utf-8")
    keys: list[str] = []
    _refuse_ambiguous(record, 0, keys)
    return _write(record, plain=not any(map(_BEYOND.search, keys)))


def recordable(text: str) -> str:
    """Return a text from outside as a record may hold it: NFC, U+FFFD for a lone surrogate."""
    return unicodedata.normalize("NFC", _SURROGATE.sub("\ufffd", text))


def digest(data: bytes) -> str:
    """Return `sha256:<hex>` of some bytes."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


def record_digest(record: object) -> str:
    """Return the digest of a record's byte form."""
    return digest(canonical_bytes(record))


def read_canonical(data: bytes) -> Any:  # JSON has no narrower type
    """Read JSON and insist that it is in canonical form.

    Text need not be NFC here: which code points compose depends on the Unicode version of the reader, and two readers
    must not differ over the same bytes. Writing insists on it.

    Raises:
        FootproofError: E-CANONICAL where the bytes are not the canonical form of what they say, which also
            catches duplicate keys, byte order marks and trailing text.
    """
    try:
        text = data.decode("utf-8")
        record = json.loads(text, parse_int=_integer, parse_float=_no_float, parse_constant=_no_float)
        _refuse_depth(record)
        same = _write(record, plain=_BEYOND.search(text) is None) == data
    except (ValueError, RecursionError) as problem:
        raise FootproofError("E-CANONICAL", reason=str(problem)[:200]) from problem
    if not same:
        raise FootproofError("E-CANONICAL", reason="the bytes are not in RFC 8785 form")
    return record


# No record comes here before its depth was limited, so none runs in a circle.
_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), check_circular=False)
_TEXT = frozenset({str})
_SCALARS = frozenset({int, bool, type(None)})
_SURROGATE = re.compile("[\ud800-\udfff]")
# Keys with these sort otherwise by code point than by UTF-16, as RFC 8785 wants it.
_BEYOND = re.compile("[\ud800-\udfff\ue000-\U0010ffff]")
# From the first such character of a text to its end and what follows; no character is looked at twice.
_REST_OF_TEXT = re.compile('[\ue000-\U0010ffff](?>(?:[^"\\\\]|\\\\.)*)"(:?)')
_NESTS = frozenset({dict, list})


def _write(record: object, *, plain: bool) -> bytes:
    """Return the RFC 8785 form; without floats the standard library writes the same, thirty times faster."""
    text = _ENCODER.encode(record)
    if plain or _BEYOND.search(text) is None or not (_SURROGATE.search(text) or _sorts_otherwise(text)):
        return text.encode("utf-8")
    return rfc8785.dumps(record)  # type: ignore[arg-type]  # checked by the callers


def _sorts_otherwise(text: str) -> bool:
    """Return whether a key, at any depth, holds a character of which the two orders differ; in values none matters.

    Args:
        text: JSON without white space: a colon follows upon keys and nothing else.
    """
    return any(found[1] for found in _REST_OF_TEXT.finditer(text))


def _integer(text: str) -> int:
    if len(text) > 17 or abs(int(text)) > LARGEST_INTEGER:
        raise FootproofError("E-CANONICAL", reason="an integer beyond 2^53")
    return int(text)


def _no_float(text: str) -> None:
    raise FootproofError("E-CANONICAL", reason=f"{text[:60]} is not an integer")


def _refuse_depth(record: object) -> None:
    """Refuse nesting deeper than 64 in what was read from JSON, layer by layer, looking only into what nests."""
    layer: list[Any] = [record]
    for depth in range(DEEPEST + 2):
        if depth > DEEPEST and layer:
            raise FootproofError("E-CANONICAL", reason=f"nested deeper than {DEEPEST}")
        inner: list[Any] = []
        for each in layer:
            if type(each) is dict:
                inner += each.values()
            elif type(each) is list:
                inner += each
        # A scalar counts as a layer too, so that "64 deep" means the same for a list and for what is in it.
        layer = inner if depth == DEEPEST else [item for item in inner if type(item) in _NESTS]
        if not layer:
            return


def _plainly_unambiguous(record: object) -> bool:
    """Return whether a record has one byte form as it stands, looking at whole layers at once.

    Most records do, and this finds so five times faster than `_refuse_ambiguous`, which says what is wrong with the
    others. Texts of a layer are joined by line ends, which no character composes with, so they are in NFC together or
    not at all.
    """
    layer: list[Any] = [record]
    for _ in range(DEEPEST + 1):
        inner: list[Any] = []
        names: list[str] = []
        texts: list[str] = []
        for item in layer:
            kind = type(item)
            if kind is str:
                texts.append(item)
            elif kind is dict:
                names += item
                inner += item.values()
            elif kind is list or kind is tuple:
                inner += item
            elif kind not in _SCALARS or (kind is int and not -LARGEST_INTEGER <= item <= LARGEST_INTEGER):
                return False
        text = "\n".join(texts)
        if not text.isascii() and not unicodedata.is_normalized("NFC", text):
            return False
        if not set(map(type, names)) <= _TEXT or not "".join(names).isascii():
            return False
        if not inner:
            return True
        layer = inner
    return False


def _refuse_ambiguous(value: object, depth: int, keys: list[str]) -> None:
    """Refuse what has no single byte form; collect the keys that are not ASCII."""
    if depth > DEEPEST:
        raise FootproofError("E-CANONICAL", reason=f"nested deeper than {DEEPEST}")
    if isinstance(value, str):
        if not value.isascii():
            _refuse_text(value)
    elif isinstance(value, dict):
        _refuse_keys(value, keys)
        for item in value.values():
            _refuse_ambiguous(item, depth + 1, keys)
    elif isinstance(value, list | tuple):
        for item in value:
            _refuse_ambiguous(item, depth + 1, keys)
    else:
        _refuse_scalar(value)


def _refuse_scalar(value: object) -> None:
    if isinstance(value, int) and not -LARGEST_INTEGER <= value <= LARGEST_INTEGER:
        raise FootproofError("E-CANONICAL", reason="an integer beyond 2^53")
    if value is not None and not isinstance(value, int):
        raise FootproofError("E-CANONICAL", reason=f"{str(value)[:60]!r} is a {type(value).__name__}")


def _refuse_keys(record: dict[object, object], keys: list[str]) -> None:
    for key in record:
        if not isinstance(key, str):
            raise FootproofError("E-CANONICAL", reason=f"the key {key!r} is not text")
        if not key.isascii():
            _refuse_text(key)
            keys.append(key)


def _refuse_text(text: str) -> None:
    if not unicodedata.is_normalized("NFC", text):
        raise FootproofError("E-CANONICAL", reason=f"{text[:60]!r} is not in NFC")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as problem:
        raise FootproofError("E-CANONICAL", reason="half a character") from problem
