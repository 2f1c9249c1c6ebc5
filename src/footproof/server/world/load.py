"""The world into a workspace: made by all cores, entered meanwhile in the order of time, all or nothing, and logged."""

import gc
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from time import perf_counter

from footproof.credential.did_key import did_key
from footproof.server.bodies import FOLDER, add_body
from footproof.server.keys import read_p256_key
from footproof.server.store.log import claim, derive_log
from footproof.server.store.models import CaseRow, CertificateRow, EventRow, LeafRow, RecordRow, StandingRow
from footproof.server.store.seals import SEALED, sealing
from footproof.server.store.writer import alone
from footproof.server.workspace import Workspace
from footproof.server.world.bulk import Insert, columns, loading
from footproof.server.world.cast import Cast
from footproof.server.world.making import make_rows
from footproof.server.world.plan import BODIES, Plan
from footproof.server.world.rows import Row, in_order, part

_EVENT = ("sequence", "stream", "record", "version", "kind", "at", "person", "role", "organisation", "data", "digest")
_LEAF = ("index", "event_id", "entry", "at", "issue")
_RECORD = ("stream", "record", "version", "state")
_APART = (
    ("records", RecordRow, _RECORD),
    ("cases", CaseRow, columns(CaseRow)),
    ("standings", StandingRow, columns(StandingRow)[1:]),
)
"""What a job leaves that nothing else has to be there for: kind, table, columns."""
_SEALED = frozenset(SEALED)
_CHUNK = 20_000
"""Entries of the log that are made durable together."""
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
def _timed(seconds: dict[str, float], name: str, say: Say, start: float | None = None) -> Iterator[None]:
    start = perf_counter() if start is None else start
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
    with alone(workspace):
        claim(workspace)
        with _uncollected(), loading() as insert:
            entering = _Entering(workspace, folder, insert)
            with _timed(seconds, "make", say):
                for number, end in make_rows(workspace, cast, folder):
                    entering.records(number)
                    entering.events(end)
            start = perf_counter()
            entering.certificates()
        with _timed(seconds, "rows", say, start):
            shutil.rmtree(folder)
        with _timed(seconds, "log", say):
            derive_log(workspace, _CHUNK)
    return Loaded(entering.sequence, entering.index, entering.count, seconds)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Rows need no collector."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


class _Entering:
    """Enters what the jobs leave, in the order of time.

    Args:
        workspace: Whose store.
        folder: With the rows of all jobs.
        insert: Of the store.
    """

    def __init__(self, workspace: Workspace, folder: Path, insert: Insert) -> None:
        self._workspace = workspace
        self.sequence, self.index, self.count = 0, 0, 0
        self._folder, self._insert = folder, insert
        self._issue = 0
        self._jobs: list[int] = []
        self._months: set[str] = set()
        self._latest: dict[str, int] = {}

    def events(self, end: date) -> None:
        """Enter events and leaves of the months before a day."""
        for rows in in_order(self._folder, self._months, end):
            events: list[Row] = []
            leaves: list[Row] = []
            for row in rows:
                self.sequence += 1
                at, leaf = row[0], row[12]
                events.append((self.sequence, row[3], row[4], row[5], row[6], at, *row[7:12]))
                if leaf is not None:
                    leaves.append(self._leaf(at, *leaf))
            leaves += self._seals(events)
            self._insert(EventRow, _EVENT, events)
            self._insert(LeafRow, _LEAF, leaves)

    def _leaf(self, at: str, entry: bytes, issued: bool, number: str) -> Row:
        """Return the row of the next leaf; it is the last one of the certificate, if it attests one."""
        found = self.index, self.sequence, entry, at, self._issue if issued else None
        self._issue += issued
        if number:
            self._latest[number] = self.index
        self.index += 1
        return found

    def _seals(self, events: list[Row]) -> Iterator[Row]:
        """Yield the row of the leaf that seals those events of a month that have none of their own."""
        sealed = [(row[0], row[10]) for row in events if row[4] in _SEALED]
        if sealed:
            at = events[-1][5]
            moment = datetime.fromisoformat(at).replace(tzinfo=UTC)
            entry = sealing(self._workspace, [name for _, name in sealed], moment)
            yield self.index, sealed[-1][0], entry, at, None
            self.index += 1

    def records(self, number: int) -> None:
        """Enter records and most rows of lists of a job."""
        self._jobs.append(number)
        for kind, table, names in _APART:
            self._insert(table, names, part(self._folder, kind, number))

    def certificates(self) -> None:
        """Enter the rows of certificates, which name leaves; all events are there."""
        names = columns(CertificateRow)
        place, leaf = names.index("number"), names.index("leaf")
        for number in self._jobs:
            rows = part(self._folder, "certificates", number)
            found = [(*row[:leaf], self._latest[row[place]], *row[leaf + 1 :]) for row in rows]
            self._insert(CertificateRow, names, found)
            self.count += len(found)
