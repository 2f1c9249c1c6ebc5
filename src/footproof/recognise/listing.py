"""The list of all recognition records at a moment, and the one file that carries it with its place in the log.

A signed record says nothing about whether it is the last of its name. The log does: whoever keeps it states, as an
event of the log, which records its first entries amount to, and until when that may be relied on. The file brings that
event, its proof, and every entry that the records follow from, each with its own proof below the root that the list
names. docs/reference/recognition.md, "The list".
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from footproof.canonical import canonical_bytes, digest, read_canonical
from footproof.errors import FootproofError
from footproof.model.recognition import CodeList, Statement
from footproof.recognise.sources import records_of_events
from footproof.tlog.encoding import decode_base64, encode_base64

FORMAT = "footproof-recognition-index/2"
LISTED = "recognition.listed"
VERSION = 1
MOST_RECORDS = 10_000
MOST_ENTRIES = 100_000
_FILE = re.compile(r"recognition/[A-Za-z0-9_-]{1,100}\.jwt", re.ASCII)
_TIME = "%Y-%m-%dT%H:%M:%SZ"
_ROOT = re.compile(r"sha256:[0-9a-f]{64}", re.ASCII)

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Listing:
    """What whoever keeps a log states about the records in it.

    Args:
        issued: The moment whose knowledge it is.
        until: The moment up to which it may be relied on.
        origin: Of the log.
        size: Number of entries it speaks about: all from the first on.
        root: Of the tree over them. [32 bytes]
        records: Digest of each record by its file in the static tree.
        entries: Positions of all entries that concern recognition.
    """

    issued: datetime
    until: datetime
    origin: str
    size: int
    root: bytes
    records: Mapping[str, str]
    entries: tuple[int, ...]

    def to_bytes(self) -> bytes:
        """Return the canonical form, whose digest is the object of the event."""
        return canonical_bytes(
            {
                "v": VERSION,
                "issued": moment_text(self.issued),
                "relied_upon_until": moment_text(self.until),
                "log": {"origin": self.origin, "size": self.size, "root": f"sha256:{self.root.hex()}"},
                "records": [{"file": file, "digest": self.records[file]} for file in sorted(self.records)],
                "entries": list(self.entries),
            }
        )


@dataclass(frozen=True, slots=True)
class LoggedItem:
    """An entry of the log that concerns recognition.

    Args:
        event: The entry.
        item: What it is about, by the digest it names: a record, or a part of one.
        path: Inclusion proof below the root of the list. [32 bytes each]
    """

    event: bytes
    item: bytes
    path: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class ListingFile:
    """What `recognition/index.json` holds; nothing of it is verified yet.

    Args:
        listing: The list.
        event: Its event in the log.
        proof: The tlog-proof of that event.
        items: The entries it names, in its order.
    """

    listing: Listing
    event: bytes
    proof: bytes
    items: tuple[LoggedItem, ...]

    def to_bytes(self) -> bytes:
        """Return the file: what is in it is in its one byte form already, and put together as it is.

        Raises:
            FootproofError: E-CANONICAL where an event or an object is not.
        """
        entries = b",".join(
            b'{"event":%b,"object":%b,"path":%b}'
            % (_whole(one.event), _whole(one.item), canonical_bytes([encode_base64(step) for step in one.path]))
            for one in self.items
        )
        proof = canonical_bytes(self.proof.decode("utf-8"))
        parts = (entries, _whole(self.event), canonical_bytes(FORMAT), self.listing.to_bytes(), proof)
        return b'{"entries":[%b],"event":%b,"format":%b,"index":%b,"proof":%b}' % parts


def moment_text(moment: datetime) -> str:
    """Return a moment as lists and events write it: UTC, whole seconds."""
    return moment.astimezone(UTC).strftime(_TIME)


def read_list(data: bytes) -> Listing:
    """Read a list alone, as `Listing.to_bytes` writes it.

    Raises:
        FootproofError: E-CHECK-INDEX.
    """
    try:
        return _listing(read_canonical(data))
    except (FootproofError, LookupError, TypeError, ValueError, AttributeError) as problem:
        raise _refused(problem) from problem


@lru_cache(maxsize=1)  # whoever gathers the records reads it, whoever judges them, and whoever judges the list
def read_listing(data: bytes) -> ListingFile:
    """Read `recognition/index.json`.

    Raises:
        FootproofError: E-CHECK-INDEX where it has another form.
    """
    try:
        record = read_canonical(data)
        _need(isinstance(record, dict) and record.get("format") == FORMAT, "format")
        _members(record, "format", "index", "event", "proof", "entries")
        listing = _listing(record["index"])
        items = tuple(_item(one) for one in record["entries"])
        _need(len(items) == len(listing.entries), "entries")
        return ListingFile(listing, canonical_bytes(record["event"]), record["proof"].encode("utf-8"), items)
    except (FootproofError, LookupError, TypeError, ValueError, AttributeError) as problem:
        raise _refused(problem) from problem


def logged_records(items: Sequence[LoggedItem]) -> tuple[tuple[Statement, ...], tuple[FootproofError, ...]]:
    """Return the records that entries amount to, and what was refused among them: that has no effect.

    Args:
        items: In the order of the log.

    Raises:
        FootproofError: E-RECOG-CONFLICT.
    """
    objects = {digest(one.item): one.item for one in items}
    refused: list[FootproofError] = []
    records = records_of_events((one.event for one in items), objects.__getitem__, refused=refused.append)
    return tuple(one for one in records.records if not isinstance(one, CodeList)), tuple(refused)


@lru_cache(maxsize=1024)  # the same few entries stand in every list
def _whole(data: bytes) -> bytes:
    """Return a record that is in its one byte form."""
    read_canonical(data)
    return data


def _listing(record: Json) -> Listing:
    _members(record, "v", "issued", "relied_upon_until", "log", "records", "entries")
    _need(record["v"] == VERSION, "v")
    log, entries = record["log"], record["entries"]
    _members(log, "origin", "size", "root")
    _need(isinstance(log["origin"], str) and log["origin"] != "", "log.origin")
    _need(_count(log["size"]) and _ROOT.fullmatch(log["root"]) is not None, "log")
    _need(len(record["records"]) <= MOST_RECORDS and len(entries) <= MOST_ENTRIES, "size")
    _need(all(_count(one) and one < log["size"] for one in entries), "entries")
    _need(sorted(set(entries)) == entries, "entries")
    for one in record["records"]:
        _members(one, "file", "digest")
        _need(_FILE.fullmatch(one["file"]) is not None and _ROOT.fullmatch(one["digest"]) is not None, "records")
    files = {one["file"]: one["digest"] for one in record["records"]}
    _need(list(files) == sorted(files) and len(files) == len(record["records"]), "records")
    issued, until = _moment(record["issued"]), _moment(record["relied_upon_until"])
    _need(issued <= until, "relied_upon_until")
    root = bytes.fromhex(log["root"].removeprefix("sha256:"))
    return Listing(issued, until, log["origin"], log["size"], root, files, tuple(entries))


def _item(record: Json) -> LoggedItem:
    _members(record, "event", "object", "path")
    path = [decode_base64(step) for step in record["path"]]
    _need(len(path) < 64, "path")  # a longer way belongs to no tree
    found = tuple(step for step in path if step is not None)
    _need(len(found) == len(path), "path")
    return LoggedItem(canonical_bytes(record["event"]), canonical_bytes(record["object"]), found)


def _moment(text: str) -> datetime:
    moment = datetime.strptime(text, _TIME).replace(tzinfo=UTC)
    _need(moment_text(moment) == text, text[:40])
    return moment


def _count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _members(record: Json, *names: str) -> None:
    _need(isinstance(record, dict) and record.keys() == set(names), ", ".join(names))


def _need(holds: bool, what: str) -> None:
    if not holds:
        raise ValueError(what)


def _refused(problem: Exception) -> FootproofError:
    return FootproofError("E-CHECK-INDEX", reason=f"{type(problem).__name__}: {problem}"[:200])
