"""Giving up what need not be kept any more: documents that were sent, packages no record named, who pseudonyms are.

What is given up is named by an event in the transaction that forgets its rows; the bytes go after that, and where this
was cut short, the next purge ends it. Events, records and the packages they name stay: the journal verifies as before,
and a certificate can be recomputed for as long as somebody asks.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection

from footproof.canonical import read_canonical
from footproof.certify.people import Organisation
from footproof.certify.record import Actor, Step, Steps, World
from footproof.certify.retention import Purge, RecordsPurged, keep_record_until, need_forgettable
from footproof.errors import FootproofError
from footproof.model.days import legal_day
from footproof.server.accounts import here
from footproof.server.accounts.erasure import forget
from footproof.server.accounts.models import Account
from footproof.server.api.documents import called, digests_in
from footproof.server.api.keeping import UNNAMED
from footproof.server.api.models import Upload
from footproof.server.certify import forget_package, knows_package
from footproof.server.store.journal import Journal
from footproof.server.store.models import EventRow, LeafRow, PersonalRow, RecordRow
from footproof.server.store.unit import Unit
from footproof.server.store.writer import alone, writing
from footproof.server.workspace import Workspace

Key = tuple[str, str]
_CHUNK = 500
_DIGESTS = re.compile(rb"sha256:[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Past:
    """What need not be kept any more.

    Args:
        documents: Digests, in order; of packages, which go only where nothing ever named them, that of what they hold.
        people: Pseudonyms, in order.
    """

    documents: tuple[str, ...]
    people: tuple[str, ...]


def past_on(world: World, day: date) -> Past:
    """Return what need not be kept on a day.

    Args:
        world: What is known.
        day: Day by which the times of keeping are reckoned.
    """
    documents = {*_documents(world, day), *_never_named(day)}
    return Past(tuple(sorted(documents)), tuple(sorted(_people(world, day))))


def purge(journal: Journal, day: date, at: datetime) -> Past:
    """Give up what need not be kept on a day; doing it twice gives nothing more up.

    Args:
        journal: Of the workspace.
        day: Day by which the times of keeping are reckoned; it has come.
        at: Now, with a time zone.

    Returns:
        What was given up now.

    Raises:
        FootproofError: E-RETENTION-DAY where the day is yet to come.
    """
    if day > legal_day(at):
        raise FootproofError("E-RETENTION-DAY", day=day.isoformat(), today=legal_day(at).isoformat())
    found: list[Past] = []

    def work(unit: Unit) -> Steps:
        _hold_uploads()
        past = past_on(unit, day)
        found.append(past)
        return _given_up(unit, past, day)

    journal.keep(work, _keeper(), at)
    sweep(journal.workspace)
    return found[0]


def sweep(workspace: Workspace) -> None:
    """Remove the bytes of documents that were given up, unless they were sent again or the log names the same bytes.

    Args:
        workspace: Of the store.
    """
    with alone(workspace), writing():
        _hold_uploads()
        states = RecordRow.objects.filter(stream=Purge.stream).values_list("state", flat=True)
        given_up = {name for state in states for name in state["documents"]}
        there = {name for name in given_up if workspace.object_file(name).exists()}
        there -= set(Upload.objects.values_list("digest", flat=True)) if there else set()
        for name in _not_in_log(there):
            workspace.object_file(name).unlink()
        _sweep_packages(workspace, given_up)


def _sweep_packages(workspace: Workspace, given_up: set[str]) -> None:
    """Remove the bytes of packages that were given up, unless they are there for another reason by now."""
    there = {name for name in given_up if knows_package(workspace, name)}
    there -= set(Upload.objects.filter(package__in=there).values_list("package", flat=True))
    for name in _not_certified(there - _named(there).keys()):
        forget_package(workspace, name)


def _hold_uploads() -> None:
    """Let uploads wait for the end of the transaction; SQLite, with its one writer, does so by itself."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f'LOCK TABLE "{Upload._meta.db_table}" IN EXCLUSIVE MODE')


def _given_up(unit: Unit, past: Past, day: date) -> Steps:
    """Forget the rows and return what is recorded of it."""
    if past == Past((), ()):
        return ()
    for first in range(0, len(past.documents), _CHUNK):
        Upload.objects.filter(called(past.documents[first : first + _CHUNK])).delete()
    for person in past.people:
        forget(unit, person, day)
    name = f"purge-{RecordRow.objects.filter(stream=Purge.stream).count() + 1:06d}"
    return (Step(Purge, name, RecordsPurged(name, day, past.documents, past.people)),)


def _keeper() -> Actor:
    """Return who keeps the store: whoever holds its folder, for the organisation that registers others."""
    rows = RecordRow.objects.filter(stream=Organisation.stream, state__kind="registrar").order_by("record")
    return Actor("keeper", "registrar", rows.values_list("record", flat=True).first() or "")


def _documents(world: World, day: date) -> Iterable[str]:
    """Return the documents of which every record that ever named them is past its time, and that no log entry names."""
    sent: dict[str, date] = {}
    for name, at in Upload.objects.filter(package="").values_list("digest", "at"):
        sent[name] = max(legal_day(at), sent.get(name, date.min))
    untils: dict[Key, date | None] = {}
    past = set()
    for name, keys in _named(sent.keys()).items():
        for key in keys - untils.keys():
            untils[key] = _kept(world, *key)
        ends = [until for until in (untils[key] for key in keys) if until is not None]
        # What came after the last of them ended was sent for something new.
        if len(ends) == len(keys) and sent[name] <= max(ends) < day:
            past.add(name)
    return _not_in_log(past)


def _never_named(day: date) -> set[str]:
    """Return what was last sent so long ago, and is named by no record, no entry of the log and no certificate."""
    sent: dict[str, tuple[str, date]] = {}
    for digest, package, at in Upload.objects.order_by("at").values_list("digest", "package", "at"):
        sent[digest] = package, legal_day(at)
    old = {digest: package for digest, (package, last) in sent.items() if last + UNNAMED < day}
    named = _named({*old.keys(), *old.values()} - {""}).keys()
    unnamed = {digest: package for digest, package in old.items() if not named & {digest, package}}
    free = _not_certified(_not_in_log({*unnamed.keys(), *unnamed.values()} - {""}))
    return {package or digest for digest, package in unnamed.items() if free >= {digest, package} - {""}}


def _named(documents: Iterable[str]) -> dict[str, set[Key]]:
    """Return the records that name documents, by document; those of a purge do not count."""
    found: dict[str, set[Key]] = defaultdict(set)
    wanted = set(documents)
    if wanted:
        rows = EventRow.objects.exclude(stream=Purge.stream).order_by().values_list("stream", "record", "data")
        for stream, record, data in rows.iterator(chunk_size=_CHUNK):
            for name in wanted & digests_in(data):
                found[name].add((stream, record))
    return found


def _kept(world: World, stream: str, name: str) -> date | None:
    """Return until when a record has to be there; None, for ever, under a scheme that is not known here."""
    try:
        return keep_record_until(world, stream, name)
    except FootproofError as problem:
        if problem.code != "E-SCHEME-UNKNOWN":
            raise
        return None


def _not_in_log(names: set[str]) -> set[str]:
    """Return the digests that no entry of the log names; somebody may have sent the bytes of a public object."""
    if not names:
        return names
    entries = LeafRow.objects.order_by().values_list("entry", flat=True).iterator(chunk_size=_CHUNK)
    return names - {found.decode() for entry in entries for found in _DIGESTS.findall(bytes(entry))}


def _not_certified(names: set[str]) -> set[str]:
    """Return the digests that no decision outside the store names: those of the command line are objects in the log."""
    if not names:
        return names
    workspace, found = here.workspace(), set()
    for entry in LeafRow.objects.filter(event=None).values_list("entry", flat=True).iterator(chunk_size=_CHUNK):
        said = str(read_canonical(bytes(entry)).get("object") or "")
        if said and workspace.has(said):
            found |= {one.decode() for one in _DIGESTS.findall(workspace.get(said))}
    return names - found


def _people(world: World, day: date) -> Iterator[str]:
    """Yield the people who are known, took part in cases and are needed by no record; others are erased one by one."""
    known = set(PersonalRow.objects.values_list("person", flat=True))
    known |= set(Account.objects.filter(email__isnull=False).values_list("pk", flat=True))
    for person in known:
        if world.cases_by(person) and _forgettable(world, person, day):
            yield person


def _forgettable(world: World, person: str, day: date) -> bool:
    try:
        need_forgettable(world, person, day)
    except FootproofError as problem:
        if problem.code not in ("E-RETENTION-WORKS", "E-RETENTION-RUNS", "E-SCHEME-UNKNOWN"):
            raise
        return False
    return True
