"""A decision and its publication, one after the other: what was decided is in the public tree when the answer is given.

Order: decision (objects, transaction), log, cosignatures, files of the certificates with lists and tiles, and the
checkpoint last. A crash in between publishes less, never more, than was decided; `publish_store` makes up for it.
Sealed PDFs, and the pages of large batches, are left to it as well.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import chain
from pathlib import Path

from footproof.certify.certificate import (
    CertificateIssued,
    CertificateReplaced,
    CertificateRestated,
    Certified,
    Held,
    StatusChanged,
)
from footproof.certify.operation import Operation
from footproof.certify.orders import OrderIssued
from footproof.certify.people import Organisation
from footproof.certify.record import Actor, Recorded
from footproof.credential import jose
from footproof.credential.conformity import certificate_of, certificate_written
from footproof.errors import FootproofError
from footproof.model.certificate import STATUS_PURPOSES
from footproof.server.certify import Issued, package_file
from footproof.server.demo_witnesses import cosign
from footproof.server.figureless import is_figureless
from footproof.server.publish import checkable_files, publish, publish_records, readable_files, trust_file
from footproof.server.record_list import FILE as LISTING
from footproof.server.record_list import list_file
from footproof.server.status import list_name, place_named, status_lists
from footproof.server.store.journal import Ask, Journal, Outcome
from footproof.server.store.models import CertificateRow, LeafRow
from footproof.server.store.recognised import Use, enter_recognition, moves, uses, uses_in
from footproof.server.store.records import Records
from footproof.server.store.summary import summary, summary_name
from footproof.server.store.writer import alone
from footproof.server.workspace import Workspace, write_durably, write_many
from footproof.tlog import Log, Tiles, parse_checkpoint, parse_note
from footproof.tlog.tiles import tiles_of

PAGES = 10
"""Certificates up to which pages are made at once; those of a larger batch are left to `publish_store`, like PDFs."""

_SIGNED = (CertificateIssued, CertificateRestated)
_TURNED = (StatusChanged, CertificateReplaced, OrderIssued)
_CHUNK = 500
_RECOGNISED: dict[Path, set[Use]] = {}


def decide_and_publish(
    journal: Journal, operation: Operation, by: Actor, at: datetime, key: str = ""
) -> tuple[Recorded, ...]:
    """Carry out an operation and publish what it made public.

    Args:
        journal: The store.
        operation: What.
        by: Who does it.
        at: Now, with a time zone.
        key: As in `Ask`.

    Raises:
        FootproofError: As `Journal.carry_out`.
    """
    found = decide_and_publish_many(journal, [Ask(operation, by, at, key)])[0]
    if isinstance(found, FootproofError):
        raise found
    return found


def decide_and_publish_many(journal: Journal, asks: Sequence[Ask]) -> list[Outcome]:
    """Carry out many operations in one transaction and publish what they made public.

    Args:
        journal: The store.
        asks: What; refused ones are left out.

    Returns:
        As `Journal.carry_out_many`.

    Raises:
        FootproofError: As `Journal.carry_out_many`.
    """
    with journal.opened() as log:
        outcomes = journal.decide(log, asks)
        added = list(chain.from_iterable(one for one in outcomes if not isinstance(one, FootproofError)))
        if added:
            _publish(journal, log, added, max(ask.at for ask in asks))
    return outcomes


def publish_store(journal: Journal, at: datetime) -> None:
    """Publish everything again: what the register says of bodies, every certificate, its summary, and the log.

    Args:
        journal: The store.
        at: Now, with a time zone.

    Raises:
        FootproofError: As `publish`.
    """
    workspace = journal.workspace
    with journal.opened() as log:
        enter_recognition(workspace, log, journal.schemes, uses(), at)
    publish(workspace, at)
    numbers = CertificateRow.objects.order_by("number").values_list("number", flat=True).iterator(chunk_size=_CHUNK)
    batch: list[str] = []
    for number in numbers:
        batch.append(number)
        if len(batch) == _CHUNK:
            _write_summaries(workspace, batch)
            batch = []
    _write_summaries(workspace, batch)


def _write_summaries(workspace: Workspace, numbers: Iterable[str]) -> None:
    write_many({workspace.public / name: data for name, data in _summaries(numbers)})


def publish_certificates(workspace: Workspace, numbers: Iterable[str], at: datetime, *, pages: bool = True) -> None:
    """Publish some certificates and the log as it is now.

    Args:
        workspace: Of the store.
        numbers: Of certificates.
        at: Now.
        pages: Whether to make pages and marks too, which take most of the time; else only what a check needs.

    Raises:
        FootproofError: E-OBJECT where an object is missing or was changed.
    """
    wanted = tuple(dict.fromkeys(numbers))
    with alone(workspace), workspace.open_log() as log:
        cosign(workspace, log, at)
        _write(workspace, log, chain(_certificates(workspace, log, wanted, pages=pages), _summaries(wanted)))


def _write(workspace: Workspace, log: Log, files: Iterable[tuple[str, bytes]]) -> None:
    """Write files of the tree with the new tiles of the log, and its checkpoint after them."""
    write_many({workspace.public / name: data for name, data in chain(files, _tiles(workspace, log))})
    write_durably(workspace.public / "log" / "checkpoint", log.signed)


@dataclass(frozen=True, slots=True)
class _Changed:
    """What of the public tree some events change.

    Args:
        signed: Numbers of certificates whose token is new.
        touched: Numbers of all certificates that an event was about.
        lists: Addresses of pairs of status lists in which a bit may have changed.
    """

    signed: tuple[str, ...]
    touched: tuple[str, ...]
    lists: frozenset[str]


def _publish(journal: Journal, log: Log, added: Sequence[Recorded], at: datetime) -> None:
    """Publish what some events made public, in the order in which readers need it."""
    workspace = journal.workspace
    changed = _changed(workspace, added)
    records = _recognise(journal, log, added, at)
    if records:
        publish_records(workspace, log, at)
        write_durably(workspace.public / "trust.json", trust_file(workspace, log, at))
    else:
        cosign(workspace, log, at)
    files = dict(_files(workspace, log, changed, at))
    if not records and (workspace.public / LISTING).is_file():
        files[LISTING] = list_file(workspace, log)
    _write(workspace, log, files.items())


def _recognise(journal: Journal, log: Log, added: Sequence[Recorded], at: datetime) -> bool:
    """Enter in the log what the events let bodies be recognised for, and tell whether that was anything."""
    known = _RECOGNISED.setdefault(journal.workspace.folder, set())
    made = uses_in(added)
    if made <= known and not any(map(moves, added)):
        return False
    entered = enter_recognition(journal.workspace, log, journal.schemes, made | known, at)
    known |= made
    return entered or not (journal.workspace.public / LISTING).is_file()


def _changed(workspace: Workspace, added: Sequence[Recorded]) -> _Changed:
    about = [one for one in added if one.record is Certified]
    turned = [one.id for one in about if isinstance(one.event, _TURNED)]
    known = _certified(turned)
    helds: list[Held] = [known[number].held for number in turned]
    lists = {place_named(workspace, held.place, held.body).lists for held in helds}
    begun = [one.event.held for one in about if isinstance(one.event, CertificateIssued)]
    first = (place_named(workspace, held.place, held.body) for held in begun)
    lists |= {
        place.lists
        for place in first
        if not (workspace.public / list_name(workspace, place.address(STATUS_PURPOSES[0]))).is_file()
    }
    signed = tuple(dict.fromkeys(one.id for one in about if isinstance(one.event, _SIGNED)))
    return _Changed(signed, tuple(dict.fromkeys(one.id for one in about)), frozenset(lists))


def _files(workspace: Workspace, log: Log, changed: _Changed, at: datetime) -> Iterator[tuple[str, bytes]]:
    """Yield the files of certificates, their summaries, and the status lists."""
    yield from _certificates(workspace, log, changed.signed, pages=len(changed.signed) <= PAGES)
    yield from _summaries(changed.touched)
    if changed.lists:
        yield from status_lists(workspace, at, only=changed.lists)


def _certificates(
    workspace: Workspace, log: Log, numbers: Sequence[str], *, pages: bool
) -> Iterator[tuple[str, bytes]]:
    """Yield the files of certificates with a figure."""
    rows = CertificateRow.objects.in_bulk(numbers)
    leaves = LeafRow.objects.in_bulk([row.leaf for row in rows.values()])
    read = cache(log.read)
    tiles = Tiles(log.size, read)
    for row in rows.values():
        one = _with_package(workspace, row, leaves[row.leaf])
        if one is not None:
            yield from checkable_files(read, log.signed, one, tiles)
            yield from readable_files(workspace, one) if pages else ()


def _summaries(numbers: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    """Yield the summaries of certificates."""
    known = _certified(numbers)
    organisations = Records()
    organisations.fetch(chain.from_iterable((one.held.body, one.held.client) for one in known.values()))

    def organisation(identity: str) -> Organisation | None:
        found: Organisation | None = organisations.get((Organisation.stream, identity)).record
        return found

    for number, one in known.items():
        yield summary_name(number), summary(one, organisation)


def _certified(numbers: Iterable[str]) -> dict[str, Certified]:
    """Return certificates as they are now."""
    records, wanted = Records(), list(numbers)
    records.fetch(wanted)
    return {number: records.get((Certified.stream, number)).record for number in wanted}


def _with_package(workspace: Workspace, row: CertificateRow, leaf: LeafRow) -> Issued | None:
    """Return a certificate with all that belongs to it; None for one without a figure."""
    token = workspace.get(row.token)
    if is_figureless(token):
        return None
    certificate = certificate_written(jose.decode(token.split(b".")[1])) or certificate_of(jose.payload_of(token))
    sealed = workspace.get(package_file(workspace, certificate.package_digest))
    return Issued(leaf.index, bytes(leaf.entry), token, sealed, certificate)


def _tiles(workspace: Workspace, log: Log) -> Iterator[tuple[str, bytes]]:
    """Yield the tiles that are new since the last publication."""
    published = workspace.public / "log" / "checkpoint"
    before = parse_checkpoint(parse_note(published.read_bytes()).text).size if published.is_file() else 0
    old = {tile.path for tile in tiles_of(before)}
    for path in (tile.path for tile in tiles_of(log.size)):
        if path not in old:
            yield f"log/{path}", log.read(path)
