"""One byte form and one digest per record: RFC 8785 over strings, integers, booleans, null, lists and objects.

Figures travel as normalised decimal strings, never as floats; text is NFC; integers stay below 2^53 so that
every JSON reader sees the same value.
"""

import hashlib
import json
import unicodedata
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
    if _refuse_ambiguous(record, 0):
        # With ASCII keys and no floats the standard library writes the same bytes, thirty times faster.
        text = json.dumps(record, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return text.encode("utf-8")
    return rfc8785.dumps(record)  # type: ignore[arg-type]  # narrowed by the check above


def digest(data: bytes) -> str:
    """Return `sha256:<hex>` of some bytes."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


def record_digest(record: object) -> str:
    """Return the digest of a record's byte form."""
    return digest(canonical_bytes(record))


def read_canonical(data: bytes) -> Any:  # JSON has no narrower type
    """Read JSON and insist that it is in canonical form.

    Raises:
        FootproofError: E-CANONICAL where the bytes are not the canonical form of what they say, which also
            catches duplicate keys, byte order marks and trailing text.
    """
    try:
        record = json.loads(data.decode("utf-8"))
        same = canonical_bytes(record) == data
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as problem:
        raise FootproofError("E-CANONICAL", reason=str(problem)) from problem
    if not same:
        raise FootproofError("E-CANONICAL", reason="the bytes are not in RFC 8785 form")
    return record


def _refuse_ambiguous(value: object, depth: int) -> bool:
    """Refuse what has no single byte form; return whether all keys are ASCII."""
    kind = type(value)
    if depth > DEEPEST:
        raise FootproofError("E-CANONICAL", reason=f"nested deeper than {DEEPEST}")
    if kind is str:
        _refuse_text(value)  # type: ignore[arg-type]  # kind is str
        return True
    if value is None or kind is bool:
        return True
    if kind is int:
        if not -LARGEST_INTEGER <= value <= LARGEST_INTEGER:  # type: ignore[operator]  # kind is int
            raise FootproofError("E-CANONICAL", reason="an integer beyond 2^53")
        return True
    if isinstance(value, dict):
        return _refuse_mapping(value, depth)
    if isinstance(value, list | tuple):
        return all([_refuse_ambiguous(item, depth + 1) for item in value])  # noqa: C419  # every item must be looked at
    raise FootproofError("E-CANONICAL", reason=f"{str(value)[:60]!r} is a {kind.__name__}")


def _refuse_mapping(value: dict[object, object], depth: int) -> bool:
    plain = True
    for key, item in value.items():
        if type(key) is not str:
            raise FootproofError("E-CANONICAL", reason=f"the key {key!r} is not text")
        if not key.isascii():
            _refuse_text(key)
            plain = False
        plain &= _refuse_ambiguous(item, depth + 1)
    return plain


def _refuse_text(text: str) -> None:
    if text.isascii():
        return
    if not unicodedata.is_normalized("NFC", text):
        raise FootproofError("E-CANONICAL", reason=f"{text[:60]!r} is not in NFC")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as problem:
        raise FootproofError("E-CANONICAL", reason="half a character") from problem
