"""A decision and its publication, one after the other: what was decided is in the public tree when the answer is given.

Order: decision (objects, transaction), log, cosignatures, files of the certificates with lists and tiles, and the
checkpoint last. A crash in between publishes less, never more, than was decided; `publish_store` makes up for it.
Sealed PDFs, and the pages of large batches, are left to it as well.

What was committed is done, whatever becomes of its publication: where that fails, the decision is answered all the
same, the workspace says so in a file, and `publish_left` tries again.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, partial
from itertools import chain
from pathlib import Path
from typing import Any, TypeAlias

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
from footproof.server.at_once import meanwhile
from footproof.server.certify import Issued, package_file
from footproof.server.demo_witnesses import cosign
from footproof.server.figureless import is_figureless
from footproof.server.publish import (
    drop_partials,
    lasting_files,
    proof_file,
    publish,
    publish_records,
    readable_files,
    trust_file,
)
from footproof.server.record_list import FILE as LISTING
from footproof.server.record_list import list_file
from footproof.server.staging import Staging
from footproof.server.status import list_name, place_named, status_lists
from footproof.server.store.beforehand import prepared
from footproof.server.store.journal import Ask, Journal, Outcome
from footproof.server.store.log import append_leaves
from footproof.server.store.models import CertificateRow
from footproof.server.store.recognised import Use, enter_recognition, moves, uses, uses_in
from footproof.server.store.records import Records
from footproof.server.store.summary import summary, summary_name
from footproof.server.store.unit import Unit
from footproof.server.together import Together
from footproof.server.workspace import Workspace, write_durably, write_many
from footproof.tlog import Log, Tiles, parse_checkpoint, parse_note
from footproof.tlog.tiles import Tile, tiles_of

PAGES = 10
"""Certificates up to which pages are made at once; those of a larger batch are left to `publish_store`, like PDFs."""

TOGETHER = PAGES
"""Most operations of several threads that are carried out together, so that the pages of all are made at once."""

LEFT = "unpublished"
"""File of the workspace that says since when something that was decided waits for its publication."""

RETRY = timedelta(minutes=5)
"""Pause before publication is tried again."""

_log = logging.getLogger("footproof.store")
_SIGNED = (CertificateIssued, CertificateRestated)
_TURNED = (StatusChanged, CertificateReplaced, OrderIssued)
_CHUNK = 500
Find: TypeAlias = Callable[[type[Any], str], Any]
_RECOGNISED: dict[Path, set[Use]] = {}
_LEFT: dict[Path, datetime] = {}
_WAITING: dict[Path, Together[Ask, Outcome]] = {}


def decide_and_publish(
    journal: Journal, operation: Operation, by: Actor, at: datetime, key: str = ""
) -> tuple[Recorded, ...]:
    """Carry out an operation and publish what it made public; with those that other threads ask for meanwhile.

    Args:
        journal: The store.
        operation: What.
        by: Who does it.
        at: Now, with a time zone.
        key: As in `Ask`.

    Raises:
        FootproofError: As `Journal.carry_out`.
    """
    [ask] = prepared(journal, [Ask(operation, by, at, key)])
    waiting = _WAITING.setdefault(journal.workspace.folder, Together(TOGETHER))
    found = waiting.ask(partial(_carry_out, journal), ask)
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
    return _carry_out(journal, prepared(journal, asks))


def _carry_out(journal: Journal, asks: Sequence[Ask]) -> list[Outcome]:
    """Do what `decide_and_publish_many` does when what can be done before is done."""
    with journal.opened() as log:
        outcomes, unit = journal.committed(log, asks)
        done = chain.from_iterable(one for one in outcomes if not isinstance(one, FootproofError))
        fresh = {(row.stream, row.record, row.version) for row in unit.events}  # what is answered again is none of them
        added = [one for one in done if (one.record.stream, one.id, one.version) in fresh]
        if added:
            at = max(ask.at for ask in asks)
            try:
                _publish(journal, log, _Done(added, unit, at))
            except Exception as problem:  # whatever it is: the decision stands
                _leave(journal.workspace, problem, at)
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
        since = left_since(workspace)
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
    with journal.opened():
        if since is not None and left_since(workspace) == since:  # else something more was left meanwhile
            (workspace.folder / LEFT).unlink(missing_ok=True)
            _LEFT.pop(workspace.folder, None)


def publish_left(journal: Journal, at: datetime) -> bool:
    """Publish everything again where something was left: a crash came in between, or publication failed.

    Where it fails again, that is told in the log, and `left_since` says so.

    Args:
        journal: The store.
        at: Now, with a time zone.

    Returns:
        Whether anything was left.

    Raises:
        FootproofError: As `Journal.opened`.
    """
    workspace = journal.workspace
    with journal.opened() as log:
        left = left_since(workspace) is not None or _published(workspace) < log.size
    if left:
        try:
            publish_store(journal, at)
        except Exception as problem:  # whatever it is, the next try may go better
            _leave(workspace, problem, at)
    return left


def left_since(workspace: Workspace) -> datetime | None:
    """Return when publication was last tried in vain; None where nothing is known to be left."""
    try:
        return datetime.fromisoformat((workspace.folder / LEFT).read_text("ascii"))
    except FileNotFoundError:
        return _LEFT.get(workspace.folder)


def _leave(workspace: Workspace, problem: Exception, at: datetime) -> None:
    """Note that publication failed; in memory too, since the disk may be what is at fault."""
    _log.error("publication: %s", type(problem).__name__, exc_info=problem)
    _LEFT[workspace.folder] = at
    with suppress(OSError):
        write_durably(workspace.folder / LEFT, at.isoformat().encode("ascii"))


def _published(workspace: Workspace) -> int:
    """Return the size of the log as it was last published."""
    published = workspace.public / "log" / "checkpoint"
    return parse_checkpoint(parse_note(published.read_bytes()).text).size if published.is_file() else 0


def _write_summaries(workspace: Workspace, numbers: Iterable[str]) -> None:
    wanted = list(numbers)
    write_many({workspace.public / name: data for name, data in _summaries(wanted, _found_in_rows(wanted))})


@dataclass(frozen=True, slots=True)
class _Done:
    """What was committed and is to be published.

    Args:
        added: Events.
        unit: What was done, with every record as it is now.
        at: Now.
    """

    added: Sequence[Recorded]
    unit: Unit
    at: datetime


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


@dataclass(frozen=True, slots=True)
class _Signed:
    """A certificate as it was signed last.

    Args:
        token: Digest of the token.
        leaf: Index of its leaf.
        entry: The leaf.
    """

    token: str
    leaf: int
    entry: bytes


def _publish(journal: Journal, log: Log, done: _Done) -> None:
    """Publish what some events made public, in the order in which readers need it."""
    workspace, unit, at = journal.workspace, done.unit, done.at
    changed = _changed(workspace, done)
    pages = len(changed.signed) <= PAGES
    same = _recognised(journal, done.added)
    staging = Staging(workspace.public)
    try:
        # The log has to be durable and cosigned before anything is published; what does not speak of it is made then.
        with meanwhile(partial(_enter, workspace, log, unit, at if same else None)):
            issued = list(_with_packages(workspace, _signed_by(unit, changed.signed)))
            staging.add(chain.from_iterable(map(lasting_files, issued)))
            staging.add(chain.from_iterable(readable_files(workspace, one) for one in issued) if pages else ())
            staging.add(_summaries(changed.touched, unit.find))
        renewed = not same and _recognise(journal, log, done)
        read = cache(log.read)
        tree = Tiles(log.size, read)
        staging.add(proof_file(read, log.signed, one, tree) for one in issued)
        staging.add(status_lists(workspace, at, only=changed.lists) if changed.lists else ())
        if not renewed and (workspace.public / LISTING).is_file():
            staging.add([(LISTING, list_file(workspace, log))])
        tiles = _new_tiles(workspace, log)
        staging.add((f"log/{tile.path}", read(tile.path)) for tile in tiles)
        staging.settle()
    finally:
        staging.drop()
    write_durably(workspace.public / "log" / "checkpoint", log.signed)
    drop_partials(workspace, tiles)


def _enter(workspace: Workspace, log: Log, unit: Unit, at: datetime | None) -> None:
    """Enter in the log what was committed, and have it cosigned where nothing more will be entered."""
    append_leaves(log, unit.leaves)
    if at is not None:
        cosign(workspace, log, at)


def _recognised(journal: Journal, added: Sequence[Recorded]) -> bool:
    """Tell whether the log says already what the events let bodies be recognised for."""
    known = _RECOGNISED.setdefault(journal.workspace.folder, set())
    return uses_in(added) <= known and not any(map(moves, added))


def _recognise(journal: Journal, log: Log, done: _Done) -> bool:
    """Enter in the log what the events let bodies be recognised for, and tell whether all about it was published."""
    workspace, made = journal.workspace, uses_in(done.added)
    known = _RECOGNISED[workspace.folder]
    entered = enter_recognition(workspace, log, journal.schemes, made | known, done.at)
    known |= made
    if not entered and (workspace.public / LISTING).is_file():
        cosign(workspace, log, done.at)
        return False
    publish_records(workspace, log, done.at)
    write_durably(workspace.public / "trust.json", trust_file(workspace, log, done.at))
    return True


def _changed(workspace: Workspace, done: _Done) -> _Changed:
    about = [one for one in done.added if one.record is Certified]
    helds = [_held(done.unit.find, one.id) for one in about if isinstance(one.event, _TURNED)]
    lists = {place_named(workspace, held.place, held.body).lists for held in helds}
    begun = (one.event.held for one in about if isinstance(one.event, CertificateIssued))
    places = (place_named(workspace, held.place, held.body) for held in begun)
    # A list has many places; whether it was ever published is asked once.
    first = {place.lists: list_name(workspace, place.address(STATUS_PURPOSES[0])) for place in places}
    lists |= {lists_of for lists_of, name in first.items() if not (workspace.public / name).is_file()}
    signed = tuple(dict.fromkeys(one.id for one in about if isinstance(one.event, _SIGNED)))
    return _Changed(signed, tuple(dict.fromkeys(one.id for one in about)), frozenset(lists))


def _held(find: Find, number: str) -> Held:
    found: Certified = find(Certified, number)
    return found.held


def _signed_by(unit: Unit, numbers: Iterable[str]) -> Iterator[_Signed]:
    """Yield certificates as a unit signed them."""
    entries = {leaf.index: leaf.entry for leaf in unit.leaves}
    for token, leaf in map(unit.attested.__getitem__, numbers):
        yield _Signed(token, leaf, entries[leaf])


def _summaries(numbers: Iterable[str], find: Find) -> Iterator[tuple[str, bytes]]:
    """Yield the summaries of certificates."""
    for number in numbers:
        yield summary_name(number), summary(find(Certified, number), partial(find, Organisation))


def _found_in_rows(numbers: Iterable[str]) -> Find:
    """Return what finds certificates and their organisations in the tables, which are read here once for all."""
    records, wanted = Records(), list(numbers)

    def find(record: type[Any], identity: str) -> Any:
        return records.get((record.stream, identity)).record

    records.fetch(wanted)
    records.fetch(chain.from_iterable((held.body, held.client) for held in (_held(find, one) for one in wanted)))
    return find


def _with_packages(workspace: Workspace, signed: Iterable[_Signed]) -> Iterator[Issued]:
    """Yield certificates with all that belongs to them, but for those without a figure."""
    sealed = cache(lambda package: workspace.get(package_file(workspace, package)))
    for one in signed:
        token = workspace.get(one.token)
        if not is_figureless(token):
            payload = jose.decode(token.split(b".")[1])
            certificate = certificate_written(payload) or certificate_of(jose.payload_of(token))
            yield Issued(one.leaf, one.entry, token, sealed(certificate.package_digest), certificate)


def _new_tiles(workspace: Workspace, log: Log) -> list[Tile]:
    """Return the tiles that are new since the last publication."""
    old = set(tiles_of(_published(workspace)))
    return [tile for tile in tiles_of(log.size) if tile not in old]
