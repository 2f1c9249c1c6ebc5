"""The world into a workspace: made by all cores, entered in the order of time, in one transaction, and logged."""

import gc
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from django.db import connection

from footproof.certify.filings import Filing
from footproof.credential.did_key import did_key
from footproof.server.bodies import FOLDER, add_body
from footproof.server.keys import read_p256_key
from footproof.server.store.log import claim, derive_log
from footproof.server.store.models import CaseRow, CertificateRow, EventRow, LeafRow, RecordRow
from footproof.server.store.writer import alone, writing
from footproof.server.workspace import Workspace
from footproof.server.world.bulk import columns, insert
from footproof.server.world.cast import Cast
from footproof.server.world.making import make_rows
from footproof.server.world.plan import BODIES, Plan
from footproof.server.world.rows import Row, in_order, parts

_EVENT = ("sequence", "stream", "record", "version", "kind", "at", "person", "role", "organisation", "data", "digest")
_LEAF = ("index", "event_id", "entry", "at", "issue")
_RECORD = ("stream", "record", "version", "state")
Say = Callable[[str, float], None]


@dataclass(frozen=True, slots=True)
class Loaded:
    """What was loaded.

    Args:
        events: How many.
        leaves: How many entries of the log.
        certificates: How many.
        seconds: What each part took. [s]
    """

    events: int
    leaves: int
    certificates: int
    seconds: dict[str, float]


@contextmanager
def _timed(seconds: dict[str, float], name: str, say: Say) -> Iterator[None]:
    start = perf_counter()
    yield
    seconds[name] = seconds.get(name, 0.0) + perf_counter() - start
    say(name, seconds[name])


def body_names(workspace: Workspace) -> tuple[str, ...]:
    """Return the DIDs of the bodies of the world, whose keys are made on first use.

    Args:
        workspace: In which they issue.
    """
    folder = workspace.folder / "keys" / FOLDER
    found = [did_key(workspace.body_key().public_key())]
    for number in range(2, BODIES + 1):
        file = folder / f"body-{number:02d}.pem"
        found.append(
            did_key(read_p256_key(file).public_key()) if file.is_file() else add_body(workspace, f"body-{number:02d}")
        )
    return tuple(found)


def load(workspace: Workspace, plan: Plan, say: Say) -> Loaded:
    """Load a world into the empty store of a workspace.

    Args:
        workspace: For which Django is configured, its tables made.
        plan: Of the world.
        say: Told of each part that is done, and its seconds.

    Raises:
        OSError: The disk refuses; the workspace is then of no use.
        FootproofError: What database or log refuse.
    """
    seconds: dict[str, float] = {}
    folder = workspace.folder / ".world"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    cast = Cast(plan, body_names(workspace))
    with _timed(seconds, "make", say):
        make_rows(workspace, cast, folder)
    with _timed(seconds, "sync", say):
        os.sync()
    with alone(workspace):
        claim(workspace)
        with _fast(), writing():
            with _timed(seconds, "events", say):
                events, leaves, latest = _enter_events(folder)
            with _timed(seconds, "rows", say):
                certificates = _enter_rows(folder, plan, cast, latest)
        with _timed(seconds, "log", say):
            derive_log(workspace)
    shutil.rmtree(folder)
    return Loaded(events, leaves, certificates, seconds)


@contextmanager
def _fast() -> Iterator[None]:
    """Let SQLite wait for the disk once, at the end: before that the store names nothing. Rows need no collector."""
    gc.disable()
    try:
        with _relaxed():
            yield
    finally:
        gc.enable()


@contextmanager
def _relaxed() -> Iterator[None]:
    if connection.vendor != "sqlite":
        yield
        return
    with connection.cursor() as cursor:
        for name, value in (("synchronous", "OFF"), ("cache_size", "-500000"), ("wal_autocheckpoint", "0")):
            cursor.execute(f"PRAGMA {name}={value}")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA synchronous=FULL")
            cursor.execute("PRAGMA wal_autocheckpoint=1000")
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            cursor.execute("PRAGMA cache_size=-2000")


def _enter_events(folder: Path) -> tuple[int, int, dict[str, int]]:
    """Enter events and leaves; return how many, and the last leaf of each certificate."""
    sequence, index, issue = 0, 0, 0
    latest: dict[str, int] = {}
    for rows in in_order(folder):
        events: list[Row] = []
        leaves: list[Row] = []
        for row in rows:
            sequence += 1
            at, leaf = row[0], row[12]
            events.append((sequence, row[3], row[4], row[5], row[6], at, *row[7:12]))
            if leaf is None:
                continue
            entry, issued, number = leaf
            leaves.append((index, sequence, entry, at, issue if issued else None))
            issue += issued
            if number:
                latest[number] = index
            index += 1
        insert(EventRow, _EVENT, events)
        insert(LeafRow, _LEAF, leaves)
    return sequence, index, latest


def _enter_rows(folder: Path, plan: Plan, cast: Cast, latest: dict[str, int]) -> int:
    """Enter records and the rows of lists; return how many certificates there are."""
    used = _filings(plan, cast)
    for rows in parts(folder, "records"):
        # Filings that lives add to stand with the cast, which comes first.
        insert(RecordRow, _RECORD, [_with_used(row, used) if row[0] == Filing.stream else row for row in rows])
    for rows in parts(folder, "cases"):
        insert(CaseRow, columns(CaseRow), rows)
    names = columns(CertificateRow)
    number, leaf = names.index("number"), names.index("leaf")
    count = 0
    for rows in parts(folder, "certificates"):
        found = ((*row[:leaf], latest[row[number]], *row[leaf + 1 :]) for row in rows)
        count += insert(CertificateRow, names, found)
    return count


def _filings(plan: Plan, cast: Cast) -> dict[str, list[tuple[int, str]]]:
    """Return the certificates under each filing, with the version that each makes."""
    found: dict[str, list[tuple[int, str]]] = {}
    for life in plan.lives:
        for issue, body in ((life.first, life.body), (life.second, life.heir)):
            if issue is not None and issue.used:
                found.setdefault(Filing.name(cast.bodies[body], life.scheme), []).append((issue.used, issue.number))
    return {name: sorted(used) for name, used in found.items()}


def _with_used(row: Row, used: dict[str, list[tuple[int, str]]]) -> Row:
    """Return the record of a filing with the certificates under it."""
    import json

    stream, name, version, text = row
    state = json.loads(text)
    mine = used.get(name, [])
    state["certificates"] = [number for _, number in mine]
    return stream, name, version + len(mine), json.dumps(state, ensure_ascii=False)
