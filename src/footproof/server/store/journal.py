"""The journal: operations carried out over the tables, each as a whole or not at all.

What an operation leads to is decided by `certify`; here it is read, asked, written and entered in the log, in an order
in which a crash between any two writes leaves no certificate without its event, its leaf and its place in the lists.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from footproof.canonical import canonical_bytes, digest
from footproof.certify.codec import from_json, to_json
from footproof.certify.operation import Operation
from footproof.certify.operations import EVENTS, RECORDS
from footproof.certify.record import Actor, R, Recorded, Stamp, Steps
from footproof.errors import FootproofError, Where
from footproof.server.store.log import append_leaves, claim, settle_log
from footproof.server.store.models import EventRow, IdempotencyRow
from footproof.server.store.records import Records
from footproof.server.store.rows import FindScheme
from footproof.server.store.unit import Unit
from footproof.server.store.writer import alone, writing
from footproof.server.workspace import Workspace
from footproof.tlog import Log

LONGEST_KEY = 200
KEPT = timedelta(days=1)
"""How long a key names the request it came with."""


@dataclass(frozen=True, slots=True)
class Ask:
    """Something to be done.

    Args:
        operation: What.
        by: Who does it.
        at: Now, with a time zone.
        key: Name of the request (Idempotency-Key): asked again under it within a day, nothing is done again; empty for
            none.
        about: Ids of records that it will probably look at, to be read at once.
    """

    operation: Operation
    by: Actor
    at: datetime
    key: str = ""
    about: tuple[str, ...] = ()


Outcome = tuple[Recorded, ...] | FootproofError
Given = dict[tuple[str, str], tuple[str, tuple[Recorded, ...]]]


class Journal:
    """The store of a workspace.

    Args:
        workspace: For which Django was configured.
        schemes: Finds a scheme edition by `id@edition`, or raises E-SCHEME-UNKNOWN.
    """

    def __init__(self, workspace: Workspace, schemes: FindScheme) -> None:
        self.workspace = workspace
        self.schemes = schemes

    def find(self, record: type[R], identity: str) -> R | None:
        """Return a record as it is now, to show it; decisions read their own."""
        found: R | None = Records().get((record.stream, identity)).record
        return found

    def carry_out(self, operation: Operation, by: Actor, at: datetime, key: str = "") -> tuple[Recorded, ...]:
        """Do one thing and return its events; they are committed and in the log then.

        Args:
            operation: What.
            by: Who does it.
            at: Now, with a time zone.
            key: As in `Ask`.

        Raises:
            FootproofError: What stands in the way; E-STORE-KEY where the key was used for something else;
                E-WORKSPACE-BUSY where another process holds the workspace; E-STORE-UNAVAILABLE.
        """
        found = self.carry_out_many([Ask(operation, by, at, key)])[0]
        if isinstance(found, FootproofError):
            raise found
        return found

    def carry_out_many(self, asks: Sequence[Ask]) -> list[Outcome]:
        """Do many things in their order, in one transaction and with one checkpoint.

        Args:
            asks: What; one that is refused is left out, and later ones are asked as if it had not been.

        Returns:
            For each, its events, or what stands in the way.

        Raises:
            FootproofError: E-STORE-UNAVAILABLE, E-WORKSPACE-BUSY; nothing was then done.
        """
        with self.opened() as log:
            return self.decide(log, asks)

    @contextmanager
    def opened(self) -> Iterator[Log]:
        """Keep everybody else from deciding and publishing; what was committed before is in the log.

        Yields:
            The log of the workspace.

        Raises:
            FootproofError: E-WORKSPACE-BUSY, E-STORE-LOG.
        """
        with alone(self.workspace):
            claim(self.workspace)
            with self.workspace.open_log() as log:
                settle_log(self.workspace, log)
                yield log

    def decide(self, log: Log, asks: Sequence[Ask]) -> list[Outcome]:
        """Do what `carry_out_many` does, for a caller who goes on with the log.

        Args:
            log: From `opened`.
            asks: As for `carry_out_many`.

        Raises:
            FootproofError: As for `carry_out_many`.
        """
        outcomes, unit = self.committed(log, asks)
        append_leaves(log, unit.leaves)
        return outcomes

    def committed(self, log: Log, asks: Sequence[Ask]) -> tuple[list[Outcome], Unit]:
        """Do what `decide` does, for a caller who enters in the log what the unit adds to it: at once, before all else.

        Args:
            log: From `opened`.
            asks: As for `carry_out_many`.

        Returns:
            Also what was done, with every record as it is now.

        Raises:
            FootproofError: As for `carry_out_many`.
        """
        given: Given = {}
        with writing():
            unit = Unit(self.workspace, self.schemes)
            unit.fetch_about([name for ask in asks for name in _names(ask)])
            outcomes = [_one(unit, replace(ask, at=ask.at.astimezone(UTC)), given) for ask in asks]
            unit.save(log)
        return outcomes, unit

    def found(self, steps: Steps, by: Actor, at: datetime) -> tuple[Recorded, ...]:
        """Begin an empty store with what has to be there before anybody can have a role: the first registrar.

        Args:
            steps: Events.
            by: In whose name.
            at: Now, with a time zone.

        Raises:
            FootproofError: E-STORE-FOUNDED where there are events already.
        """
        with self._unit() as unit:
            if unit.sequence:
                raise FootproofError("E-STORE-FOUNDED")
            return unit.add(steps, Stamp(by, at.astimezone(UTC)))

    def keep(self, work: Callable[[Unit], Steps], by: Actor, at: datetime) -> tuple[Recorded, ...]:
        """Record what the keeper of the store does, which is no operation of certification.

        Args:
            work: Looks at what is known, changes other tables, and returns what is to be recorded; all in one
                transaction.
            by: Who does it.
            at: Now, with a time zone.
        """
        with self._unit() as unit:
            return unit.add(work(unit), Stamp(by, at.astimezone(UTC)))

    @contextmanager
    def _unit(self) -> Iterator[Unit]:
        """Do something alone, in one transaction; what it added is in the log afterwards."""
        with self.opened() as log:
            with writing():
                unit = Unit(self.workspace, self.schemes)
                yield unit
                unit.save(log)
            append_leaves(log, unit.leaves)


def forget_keys(at: datetime) -> None:
    """Forget the keys of requests that are older than a day.

    Args:
        at: Now, with a time zone.
    """
    IdempotencyRow.objects.filter(at__lte=at - KEPT).delete()


def recorded_of(row: EventRow) -> Recorded:
    """Return an event from its row.

    Args:
        row: Of the table of events.

    Raises:
        pydantic.ValidationError: The row says something else than an event of its kind.
    """
    stamp = Stamp(Actor(row.person, row.role, row.organisation), row.at)
    return Recorded(RECORDS[row.stream], row.record, row.version, from_json(EVENTS[row.kind], row.data), stamp)


def _one(unit: Unit, ask: Ask, given: Given) -> Outcome:
    name = (_actor(ask.by), ask.key)
    try:
        request = _request(ask.operation)
        known = _answered(ask, request, given.get(name)) if ask.key else None
        if known is not None:
            return known
        first = unit.sequence + 1
        done = unit.do(ask.operation, ask.by, ask.at)
    except FootproofError as refused:
        return refused
    if ask.key:
        IdempotencyRow.objects.create(
            actor=name[0], key=ask.key, request=request, first=first, count=len(done), at=ask.at
        )
        given[name] = (request, done)
    return done


def _request(operation: Operation) -> str:
    """Return the digest of what is asked; what no database can hold is refused."""
    asked = canonical_bytes({"operation": operation.name, "data": to_json(operation)})
    if b"\\u0000" in asked:
        raise FootproofError("E-STORE-TEXT", Where("operation"))
    return digest(asked)


def _answered(ask: Ask, request: str, now: tuple[str, tuple[Recorded, ...]] | None) -> tuple[Recorded, ...] | None:
    """Return the events that the same request led to before; None where it is new."""
    if len(ask.key) > LONGEST_KEY:
        raise FootproofError("E-STORE-NAME", Where("Idempotency-Key"), most=LONGEST_KEY, found=len(ask.key))
    row = None if now else IdempotencyRow.objects.filter(actor=_actor(ask.by), key=ask.key).first()
    if row is not None and row.at <= ask.at - KEPT:
        row.delete()
        row = None
    before = now[0] if now else row.request if row else request
    if before != request:
        raise FootproofError("E-STORE-KEY", Where("Idempotency-Key"), key=ask.key)
    if now or row is None:
        return now[1] if now else None
    found = EventRow.objects.filter(sequence__gte=row.first, sequence__lt=row.first + row.count)
    return tuple(recorded_of(one) for one in found)


def _actor(by: Actor) -> str:
    return f"{by.person} {by.role} {by.organisation}"


def _names(ask: Ask) -> list[str]:
    """Return the texts of an operation that may be ids of records it is about."""
    values: list[Any] = [getattr(ask.operation, one.name) for one in fields(ask.operation)]
    return [
        ask.by.person,
        ask.by.organisation,
        *ask.about,
        *(one for one in values if isinstance(one, str) and "\0" not in one),
    ]
