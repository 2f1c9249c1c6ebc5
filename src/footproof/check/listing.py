"""Whether the recognition records at hand are all there were, which entries of the log they follow from, and when.

What is proved: the list and every entry that it names stand in the log, the tree before the list is the one it names,
and the records are what those entries amount to, no more and no less. That the entries it names are all that concern
recognition is the word of the log, until the log itself is read; what came after the list is known only from there.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from footproof.canonical import digest, read_canonical, record_digest
from footproof.check.anchors import Anchors
from footproof.check.events import read_event
from footproof.check.material import Material
from footproof.errors import FootproofError, ProofRejected, Where
from footproof.model.bilingual import Bilingual
from footproof.model.recognition import Statement
from footproof.model.recognition_records import record_json
from footproof.recognise.listing import LISTED, ListingFile, logged_records, moment_text, read_listing
from footproof.recognise.sources import KINDS
from footproof.texts import LANGUAGES, say
from footproof.tlog import (
    Checkpoint,
    Ed25519Verifier,
    Read,
    Seen,
    follow,
    leaf_hash,
    open_checkpoint,
    parse_proof,
    prefix_root,
    verify_inclusion,
    verify_proof,
)

MOST_READ = 10_000
"""Entries of a log that a check reads; a monitor reads them all."""
_SKEW = timedelta(days=1)
_TYPE = re.compile(f'"type":"(?:{"|".join(sorted(KINDS))})\\.'.encode())


Place = tuple[str, int]
"""Origin of a log, and a position in it."""


@dataclass(frozen=True, slots=True)
class Listed:
    """What a list of records is worth.

    Args:
        facts: Figures worth showing.
        notes: What was proved and what not.
    """

    facts: Mapping[str, str]
    notes: tuple[Bilingual, ...]


def check_listing(
    material: Material,
    stated: Mapping[str, Statement],
    anchors: Anchors,
    moment: datetime,
    *,
    present: datetime | None = None,
    place: Place | None = None,
) -> Listed:
    """Return of when the records at hand are and what is proved of them.

    Args:
        material: Holds the list and, where it is at hand, the log.
        stated: The records by their file, of which the signatures have held.
        anchors: Name the logs.
        moment: The moment asked about. A list knows one state only: about an earlier moment it answers as of its own.
        present: Now; a list that claims to know more than a day beyond it is refused. Not asked where left out.
        place: Of the certificate, as proved; the list must be of the same log and come after it.

    Raises:
        ProofRejected: E-CHECK-INDEX-LOG, E-CHECK-INDEX-ORIGIN, E-CHECK-LOG-UNKNOWN, E-LOG-… where the list is not what
            the log has; E-CHECK-RECORD-LOG where a record is not what its entries amount to; E-CHECK-RECORD-HIDDEN,
            E-CHECK-RECORD-LATER where the log has more; E-CHECK-INDEX-OLDER where the certificate came after the list;
            E-CHECK-INDEX-STALE, E-CHECK-INDEX-AHEAD where it says nothing about the moment.
        FootproofError: E-CHECK-INDEX.
    """
    file = read_listing(material.listing or b"")
    verifier, position, checkpoint = _in_log(file, anchors)
    if place is not None:
        _after(file, place)
    _entries(file)
    _same_records(file, stated)
    size = _read_log(file, position, stated, material.log, verifier)
    _current(file, moment, present)
    facts = {
        "as_of": moment_text(file.listing.issued),
        "relied_until": moment_text(file.listing.until),
        "list_entry": str(position),
        "entries": str(len(file.items)),
        "log_read": str(size) if size else "—",
    }
    return Listed(facts, _notes(facts, checkpoint.origin, len(stated), read=size > 0))


def _in_log(file: ListingFile, anchors: Anchors) -> tuple[Ed25519Verifier, int, Checkpoint]:
    """Check that a log of the anchors has the list at the place that it names itself; return key, place, checkpoint."""
    listing, proof = file.listing, parse_proof(file.proof)
    origin = proof.checkpoint.split(b"\n", 1)[0].decode("utf-8", "replace")
    if origin not in anchors.logs:
        raise ProofRejected("E-CHECK-LOG-UNKNOWN", origin=origin)
    if origin != listing.origin:
        raise ProofRejected("E-CHECK-INDEX-ORIGIN", found=listing.origin[:200], needed=origin)
    verifier = anchors.logs[origin]
    checkpoint = verify_proof(proof, file.event, verifier, origin)
    if anchors.policy is not None:
        anchors.policy.require_entry(proof, file.event)
    event = read_event(file.event)
    said = (event["type"], event["actor"], event["object"], event["at"])
    # Whoever keeps the log states the list, under the name of the log: nobody else may enter such an event.
    if said != (LISTED, origin, digest(listing.to_bytes()), moment_text(listing.issued)):
        raise ProofRejected("E-CHECK-INDEX-LOG", found=" ".join(one[:80] for one in said))
    if proof.index != listing.size or prefix_root(proof.index, checkpoint.size, proof.hashes) != listing.root:
        raise ProofRejected("E-CHECK-INDEX-LOG", found=f"{proof.index} / {listing.size}, {listing.root.hex()[:16]}")
    return verifier, proof.index, checkpoint


def _after(file: ListingFile, place: Place) -> None:
    """Refuse a list of another log than the certificate's, or one that is older than the certificate."""
    origin, position = place
    if origin != file.listing.origin:
        raise ProofRejected("E-CHECK-INDEX-ORIGIN", found=file.listing.origin[:200], needed=origin)
    if position >= file.listing.size:
        raise ProofRejected("E-CHECK-INDEX-OLDER", position=position, size=file.listing.size)


def _entries(file: ListingFile) -> None:
    listing = file.listing
    for position, one in zip(listing.entries, file.items, strict=True):
        verify_inclusion(leaf_hash(one.event), position, listing.size, listing.root, one.path)


def _same_records(file: ListingFile, stated: Mapping[str, Statement]) -> None:
    """Refuse a set of records that is not what the entries amount to, by the first record in question."""
    logged, refused = logged_records(file.items)
    whole = {_name(one): record_digest(record_json(one)) for one in logged}
    reason = refused[0].code if refused else ""
    for name, record in stated.items():
        found = record_digest(record_json(record))
        if found != file.listing.records.get(name) or found != whole.pop(_name(record), None):
            raise ProofRejected("E-CHECK-RECORD-LOG", Where(name), name=_shown(_name(record)), reason=reason or name)
    for left in whole:
        raise ProofRejected("E-CHECK-RECORD-LOG", Where("recognition"), name=_shown(left), reason=reason or "—")


def _name(record: Statement) -> tuple[str, str, str]:
    return (record.KIND, record.stated_by, record.id)


def _shown(name: tuple[str, str, str]) -> str:
    return f"{name[0]} {name[2]}"


def _read_log(
    file: ListingFile, position: int, stated: Mapping[str, Statement], read: Read | None, verifier: Ed25519Verifier
) -> int:
    """Return how many entries of the log were read, none of which the list leaves out; 0 where it was not read."""
    size = _size(read, verifier)
    if read is None or not position < size <= MOST_READ:
        return 0
    found: list[tuple[int, bytes]] = []
    try:
        follow(Seen(), read, verifier, lambda first, entries: found.extend(enumerate(entries, first)))
    except ProofRejected as problem:
        if problem.code == "E-LOG-MISSING":  # a checkpoint without its tiles is no contradiction
            return 0
        raise
    if found[position][1] != file.event:
        raise ProofRejected("E-CHECK-INDEX-LOG", found=f"log/: {position}")
    staters = {(one.KIND, one.stated_by) for one in stated.values()}
    for index, kind, event in _about_recognition(found):
        if index < position and index not in file.listing.entries:
            raise ProofRejected("E-CHECK-RECORD-HIDDEN", Where("log"), kind=event["type"], index=index)
        if index > position and (kind, event.get("actor")) in staters:
            values = {"kind": event["type"], "index": index, "at": str(event.get("at"))[:40]}
            raise ProofRejected("E-CHECK-RECORD-LATER", Where("log"), name=str(event.get("subject"))[:80], **values)
    return size


def _size(read: Read | None, verifier: Ed25519Verifier) -> int:
    try:
        return 0 if read is None else open_checkpoint(read("checkpoint"), verifier).size
    except FileNotFoundError:
        return 0


def _about_recognition(entries: Sequence[tuple[int, bytes]]) -> list[tuple[int, str, Mapping[str, str]]]:
    """Return the events among entries that may change a record, each with its position and kind of record."""
    found = []
    for index, entry in entries:
        if _TYPE.search(entry) is None:  # one form has one spelling; reading each entry would take most of the time
            continue
        try:
            event = read_canonical(entry)
        except FootproofError:
            continue  # says nothing to any reader of ours
        kind = str(event.get("type", "")).partition(".")[0] if isinstance(event, dict) else ""
        if kind in KINDS:
            found.append((index, kind, event))
    return found


def _current(file: ListingFile, moment: datetime, present: datetime | None) -> None:
    """Refuse a list that says nothing about the moment."""
    issued, until = file.listing.issued, file.listing.until
    if present is not None and issued > present + _SKEW:
        raise ProofRejected("E-CHECK-INDEX-AHEAD", issued=moment_text(issued), at=moment_text(present))
    if moment > until:
        raise ProofRejected("E-CHECK-INDEX-STALE", until=moment_text(until), at=moment_text(moment))


def _notes(facts: Mapping[str, str], origin: str, count: int, *, read: bool) -> tuple[Bilingual, ...]:
    values = {**facts, "origin": origin, "count": count}
    return (note("listed", values), note("read" if read else "unread", values))


def note(key: str, values: Mapping[str, object]) -> Bilingual:
    """Return a sentence of `check.toml` in both languages.

    Args:
        key: Of the sentence.
        values: For its braces.
    """
    zh, en = (say("check", f"note.{key}", lang, **values) for lang in LANGUAGES)
    return Bilingual(zh, en)
