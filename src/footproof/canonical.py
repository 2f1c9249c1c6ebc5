"""One byte form and one digest per record: RFC 8785 over strings, integers, booleans, null, lists and objects.

Figures travel as normalised decimal strings, never as floats; text is NFC; integers stay below 2^53 so that
every JSON reader sees the same value.
"""

import hashlib
import json
import unicodedata
from collections.abc import Mapping, Sequence
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
    _refuse_ambiguous(record, "$", 0)
    return rfc8785.dumps(record)  # type: ignore[arg-type]  # narrowed by the check above


def digest(data: bytes) -> str:
    """Return `sha256:<hex>` of some bytes."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


def record_digest(record: object) -> str:
    """Return the digest of a record's byte form."""
    return digest(canonical_bytes(record))


def read_canonical(data: bytes) -> Any:  # noqa: ANN401  # JSON has no narrower type
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


def _refuse_ambiguous(value: object, path: str, depth: int) -> None:
    if depth > DEEPEST:
        raise FootproofError("E-CANONICAL", reason=f"nested deeper than {DEEPEST}")
    if value is None or isinstance(value, bool):
        return
    if isinstance(value, str):
        _refuse_text(value, path)
    elif isinstance(value, int):
        if abs(value) > LARGEST_INTEGER:
            raise FootproofError("E-CANONICAL", reason=f"{path} is an integer beyond 2^53")
    elif isinstance(value, Mapping):
        for key, item in value.items():
            if not isinstance(key, str):
                raise FootproofError("E-CANONICAL", reason=f"{path} has a key that is not text")
            _refuse_text(key, path)
            _refuse_ambiguous(item, f"{path}.{key}", depth + 1)
    elif isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
        for index, item in enumerate(value):
            _refuse_ambiguous(item, f"{path}[{index}]", depth + 1)
    else:
        raise FootproofError("E-CANONICAL", reason=f"{path} is a {type(value).__name__}")


def _refuse_text(text: str, path: str) -> None:
    if not text.isascii() and unicodedata.normalize("NFC", text) != text:
        raise FootproofError("E-CANONICAL", reason=f"{path} is not in NFC")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as problem:
        raise FootproofError("E-CANONICAL", reason=f"{path} holds half a character") from problem
