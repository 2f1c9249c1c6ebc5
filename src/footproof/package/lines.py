"""The lines of a confidential part: where a part is divided, what each line is called, and how it is hidden.

A table is divided into its records, a JSON record into the items of its members, `study.toml` into its tables. The
lines of a part follow each other without gaps, so that together they are the part, byte for byte; what a line is
called follows from its content and is nowhere written down.
"""

import csv
import hmac
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from footproof.canonical import canonical_bytes, read_canonical
from footproof.package.merkle import line_commitment

_SALTS = b"footproof-package/2\0"
_HEADING = re.compile(rb"^\[", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a confidential part.

    Args:
        commitment: What the digest of the package rests on.
        salt: What opens it; None where the line is withheld.
        content: Its bytes; None where the line is withheld.
    """

    commitment: bytes
    salt: bytes | None = None
    content: bytes | None = None

    @property
    def opened(self) -> bool:
        """Return whether the line can be read."""
        return self.content is not None

    def withheld(self) -> "Line":
        """Return the line without its content."""
        return Line(self.commitment)


def opened_line(salt: bytes, content: bytes) -> Line:
    """Return a line that can be read."""
    return Line(line_commitment(salt, content), salt, content)


def salt_key(secret: bytes, plain_digest: str) -> bytes:
    """Return the key of the salts of one package.

    It depends on the whole content: a salt that is shown with a line of this package opens nothing of another one, even
    where the same secret seals the next year's study.

    Args:
        secret: Of the study.
        plain_digest: Digest the same parts would have if they were public.
    """
    return hmac.digest(secret, _SALTS + plain_digest.encode("ascii"), "sha256")


def hidden_lines(path: str, content: bytes, key: bytes) -> tuple[Line, ...]:
    """Return the lines of a part, each with its own salt.

    Args:
        path: Where the part stands.
        content: The part.
        key: From `salt_key`.
    """
    name = path.encode("ascii") + b"\0"
    pieces = enumerate(divide(path, content))
    return tuple(
        opened_line(hmac.digest(key, name + place.to_bytes(4, "big"), "sha256"), piece) for place, piece in pieces
    )


def divide(path: str, content: bytes) -> list[bytes]:
    """Return the lines of a part, at least one; joined they are the part."""
    return [piece for _, piece in _pieces(path, content)]


def labels(path: str, content: bytes) -> list[str]:
    """Return what the lines of a part are called, such as `terms/cell.nickel` or the id of a row, in their order."""
    return [label for label, _ in _pieces(path, content)]


def _pieces(path: str, content: bytes) -> list[tuple[str, bytes]]:
    if path.endswith(".csv"):
        found = list(_records(content))
    elif path.endswith(".json"):
        found = list(_members(read_canonical(content)))
    else:
        found = list(_sections(content))
    return found or [("all", content)]


def _records(content: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield the records of a table; one with an odd number of quotes so far goes on in the next line of the file."""
    record, column, number = b"", None, 0
    for line in content.splitlines(keepends=True):
        record += line
        if record.count(b'"') % 2 == 0:
            cells = next(csv.reader(io.StringIO(record.decode("utf-8"), newline="")), [])
            if number == 0:
                column = cells.index("id") if "id" in cells else None
            named = column is not None and number > 0 and column < len(cells)
            yield (cells[column or 0] if named else f"{number}" if number else "header"), record
            record, number = b"", number + 1
    if record:
        yield f"{number}", record


def _sections(content: bytes) -> Iterator[tuple[str, bytes]]:
    starts = [0, *(match.start() for match in _HEADING.finditer(content) if match.start()), len(content)]
    for start, end in pairwise(starts):
        piece = content[start:end]
        if piece:
            heading = piece.split(b"\n", 1)[0].decode("utf-8").strip() if piece.startswith(b"[") else "head"
            yield heading.strip("[] "), piece


def _members(record: Any) -> Iterator[tuple[str, bytes]]:  # JSON
    """Yield the items of the members of a record with the punctuation before them; the last closes what is open."""
    if not isinstance(record, dict):
        return
    names = _in_order(record)
    for position, name in enumerate(names):
        before = ("," if position else "{") + _text(name) + ":"
        after = "}" if position == len(names) - 1 else ""
        value = record[name]
        if isinstance(value, dict) and value:
            yield from _items(name, _entries(value), before + "{", "}" + after)
        elif isinstance(value, list) and value:
            items = [(_name_of(item, at), _text(item)) for at, item in enumerate(value)]
            yield from _items(name, items, before + "[", "]" + after)
        else:
            yield name, (before + _text(value) + after).encode("utf-8")


def _items(member: str, items: list[tuple[str, str]], before: str, after: str) -> Iterator[tuple[str, bytes]]:
    for at, (label, text) in enumerate(items):
        end = after if at == len(items) - 1 else ""
        yield f"{member}/{label}", ((before if at == 0 else ",") + text + end).encode("utf-8")


def _entries(record: dict[str, Any]) -> list[tuple[str, str]]:
    return [(name, f"{_text(name)}:{_text(record[name])}") for name in _in_order(record)]


def _in_order(record: dict[str, Any]) -> list[str]:
    return sorted(record, key=lambda name: name.encode("utf-16-be"))  # RFC 8785


def _name_of(item: Any, at: int) -> str:  # JSON
    return item["id"] if isinstance(item, dict) and isinstance(item.get("id"), str) else str(at)


def _text(value: Any) -> str:  # JSON
    return canonical_bytes(value).decode("utf-8")
