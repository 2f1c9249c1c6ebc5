"""One unit of work: what is known, read once from the tables, and what is to be added, written all together or not.

Nothing here decides: operations of `certify` look at the unit as their world, their events are applied to its records,
and `save` writes objects, events, records, rows and leaves within the transaction of the caller.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from itertools import chain

from django.db import models

from footproof.canonical import digest
from footproof.certify.case import Case
from footproof.certify.certificate import CertificateIssued, Certified, Holding
from footproof.certify.codec import digest_of, to_json
from footproof.certify.operation import Operation, carry_out
from footproof.certify.record import Actor, R, Recomputed, Recorded, Stamp, Step, Steps, after, need
from footproof.certify.verifications import Verification
from footproof.errors import FootproofError, Where
from footproof.model.engagement import Risk
from footproof.model.rulebook import Rulebook
from footproof.model.scheme import Scheme
from footproof.server.at_once import meanwhile
from footproof.server.editions import editions
from footproof.server.events import event
from footproof.server.record_list import listed_again
from footproof.server.status import hidden_place
from footproof.server.store.insert import Rows, insert
from footproof.server.store.leaves import Told, told
from footproof.server.store.models import CertificateRow, EventRow, LeafRow
from footproof.server.store.packages import kept, look, parameters_of, risks_in
from footproof.server.store.records import LONGEST_NAME, Attested, Kept, Key, Records
from footproof.server.store.rows import FindScheme
from footproof.server.store.seals import SEALED, sealing
from footproof.server.workspace import Workspace
from footproof.tlog import Log

SKEW = timedelta(minutes=1)
LONGEST_LEAF = 65_535
_CHUNK = 500
# As it is, since each decision asks it: putting it together took nine tenths of the time.
_HEADS = """
SELECT "index", "at", (SELECT MAX("sequence") FROM "events") AS "last_event",
    (SELECT MAX("issue") FROM "leaves") AS "last_issue"
FROM "leaves" ORDER BY "index" DESC LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Heads:
    """Where the store stands.

    Args:
        sequence: Of the last event; 0 for none.
        leaf: Index that the next leaf gets.
        issue: How many certificates were issued.
        latest: Time of the last leaf.
    """

    sequence: int
    leaf: int
    issue: int
    latest: datetime | None

    @classmethod
    def load(cls) -> "Heads":
        """Return the heads as the tables have them."""
        found = next(iter(LeafRow.objects.raw(_HEADS)), None)
        if found is None:  # before the first leaf there may be events all the same
            return cls(EventRow.objects.aggregate(found=models.Max("sequence"))["found"] or 0, 0, 0, None)
        sequence, issue = vars(found)["last_event"], vars(found)["last_issue"]
        return cls(sequence or 0, found.index + 1, 0 if issue is None else issue + 1, found.at)


@dataclass(slots=True)
class _Draft:
    """What one operation adds, until it has gone through as a whole."""

    heads: Heads
    events: list[EventRow] = field(default_factory=list)
    recorded: list[Recorded] = field(default_factory=list)
    records: dict[Key, Kept] = field(default_factory=dict)
    leaves: list[LeafRow] = field(default_factory=list)
    objects: list[bytes] = field(default_factory=list)
    attested: dict[str, tuple[str, int]] = field(default_factory=dict)


class Unit:
    """A world over the tables; has to be used inside one transaction in which nobody else writes.

    Args:
        workspace: Whose packages, keys and status lists serve.
        schemes: Finds a scheme edition by `id@edition`, or raises E-SCHEME-UNKNOWN.
    """

    def __init__(self, workspace: Workspace, schemes: FindScheme) -> None:
        self._workspace = workspace
        self._schemes = schemes
        self._records = Records()
        self._places = 0
        self._whole = _Draft(Heads.load())

    @property
    def sequence(self) -> int:
        """Return the number of the last event, of those that are to be added too."""
        return self._whole.heads.sequence

    def find(self, record: type[R], identity: str) -> R | None:
        """Return a record, or None where there is no such."""
        found: R | None = self._records.get((record.stream, identity)).record
        return found

    def scheme(self, key: str) -> Scheme:
        """Return a scheme edition.

        Raises:
            FootproofError: E-SCHEME-UNKNOWN.
        """
        return self._schemes(key)

    def rulebook(self, name: str, edition: str) -> Rulebook | None:
        """Return a rulebook by `id@edition` and digest, that ships or is the workspace's own, or None."""
        return editions(self._workspace.folder).rulebook(name, edition)

    def recomputed(self, package: str) -> Recomputed | None:
        """Return what came out when a package was recomputed, or None where the package is not here."""
        found = look(self._workspace, package)
        return found.recomputed if found else None

    def parameters(self, package: str) -> Mapping[str, str]:
        """Return the parameters that the study in a package states, by name."""
        return parameters_of(self._workspace, package)

    def kept(self, document: str) -> bool:
        """Tell whether a document is here."""
        return kept(self._workspace, document)

    def risks(self, package: str) -> tuple[Risk, ...]:
        """Return the risks of the claim that a package makes, as checking it proposes them."""
        return risks_in(self._workspace, package)

    def certificates_under(self, body: str, scheme: str) -> tuple[str, ...]:
        """Return the numbers of the certificates that a body issued under a scheme edition, in order; ended ones too.

        Rows know what is committed; what this unit adds, its records do.
        """
        stored = CertificateRow.objects.filter(body=body, scheme=scheme).exclude(turn__in=("withdrawn", "cancelled"))
        added = (one.held for one in self._records.changed(Certified))
        new = {held.number for held in added if (held.body, held.scheme) == (body, scheme)}
        return tuple(sorted(new.union(stored.values_list("number", flat=True))))

    def cases_by(self, person: str) -> tuple[str, ...]:
        """Return the names of the cases in which a person acted, or on whose verifications; in order."""
        streams = (Case.stream, Verification.stream)
        stored = EventRow.objects.filter(person=person, stream__in=streams).order_by()
        acted = set(stored.values_list("stream", "record").distinct())
        acted |= {(one.stream, one.record) for one in self._whole.events if one.person == person}
        found = {name for stream, name in acted if stream == Case.stream}
        verified = sorted(name for stream, name in acted if stream == Verification.stream)
        self._records.fetch(verified)
        return tuple(sorted(found | {need(self, Verification, name).case for name in verified} - {""}))

    def place(self) -> int:
        """Return the place in the status lists that belongs to the next issue."""
        self._places += 1
        return hidden_place(self._workspace, self._whole.heads.issue + self._places - 1)

    @property
    def events(self) -> Sequence[EventRow]:
        """Return the events that are to be added, or were, in order."""
        return self._whole.events

    @property
    def leaves(self) -> Sequence[LeafRow]:
        """Return the entries that are to be added to the log, or were, in order."""
        return self._whole.leaves

    @property
    def attested(self) -> Attested:
        """Return token and leaf of each certificate that was signed anew, by number."""
        return self._whole.attested

    def fetch(self, names: Iterable[str]) -> None:
        """Read all records of some names at once.

        Args:
            names: Ids, of whatever kind of record.
        """
        self._records.fetch(names)

    def fetch_about(self, names: Sequence[str]) -> None:
        """Read all records of some names at once, and then whatever the cases among them are about.

        Args:
            names: Ids, of whatever kind of record.
        """
        self.fetch(names)
        cases = [found for found in (self.find(Case, name) for name in names) if found is not None]
        self.fetch(filter(None, chain.from_iterable(map(about, cases))))

    def do(self, operation: Operation, by: Actor, at: datetime) -> tuple[Recorded, ...]:
        """Carry out an operation; what it leads to is kept for `save`, and nothing where it is refused.

        Args:
            operation: What is to be done.
            by: Who does it.
            at: Now, with a time zone.

        Raises:
            FootproofError: What stands in the way; E-STORE-TIME where the clock ran back behind what is in the log.
        """
        self._places = 0
        return self.add(carry_out(self, operation, by, at), Stamp(by, at))

    def add(self, steps: Steps, stamp: Stamp) -> tuple[Recorded, ...]:
        """Keep events for `save`, all of them or none.

        Args:
            steps: What happened to which records.
            stamp: By whom and when.

        Raises:
            FootproofError: E-STORE-TIME, E-STORE-NAME; E-CASE-ORDER; what signing raises.
        """
        draft = _Draft(self._whole.heads)
        for step in steps:
            self._add(draft, step, stamp)
        self._records.put(draft.records)
        whole = self._whole
        whole.heads = draft.heads
        whole.events += draft.events
        whole.leaves += draft.leaves
        whole.objects += draft.objects
        whole.attested.update(draft.attested)
        return tuple(draft.recorded)

    def save(self, log: Log) -> tuple[int, ...]:
        """Write everything that was kept: objects are durable when this returns, before the rows that name them are.

        Args:
            log: Opened, and as long as there were leaves before.

        Returns:
            Indices of the leaves that were added.
        """
        whole = self._whole
        self._seal()
        if any(leaf.issue is not None for leaf in whole.leaves):
            self._list_again(log)
        if whole.leaves and whole.leaves[0].index != log.size:
            raise FootproofError("E-STORE-LOG", Where("leaves"), index=log.size)
        with meanwhile(partial(self._workspace.put_many, whole.objects)):  # rows are seen by nobody before the commit
            rows = self._records.rows(whole.attested, self._schemes)
            insert(Rows(EventRow, whole.events), *rows, Rows(LeafRow, whole.leaves))
        return tuple(leaf.index for leaf in whole.leaves)

    def _seal(self) -> None:
        """Add the leaf that seals what has none of its own."""
        whole = self._whole
        rows = [row for row in whole.events if row.kind in SEALED]
        if rows:
            at = max(filter(None, (whole.heads.latest, *(row.at for row in rows))))
            entry = sealing(self._workspace, [row.digest for row in rows], at)
            whole.leaves.append(LeafRow(index=whole.heads.leaf, event_id=rows[-1].sequence, entry=entry, at=at))
            whole.heads = replace(whole.heads, leaf=whole.heads.leaf + 1, latest=at)

    def _list_again(self, log: Log) -> None:
        """Add a list of recognition records that comes after the certificates: a check asks for no older one.

        It says what the last one said, of a longer log; where there is none, or records came since, publishing does.
        """
        whole = self._whole
        last, at = whole.leaves[-1], (whole.heads.latest or whole.leaves[-1].at).replace(microsecond=0)
        size, root = log.preview([leaf.entry for leaf in whole.leaves])
        listing = listed_again(self._workspace, size, root, at) if size == last.index + 1 else None
        if listing is not None:
            item, entry = listing
            whole.leaves.append(LeafRow(index=size, entry=entry, at=last.at))
            whole.objects.append(item)

    def _add(self, draft: _Draft, step: Step, stamp: Stamp) -> None:
        """Add one event to a draft, with the record and the leaf that follow from it."""
        if len(step.id) > LONGEST_NAME:
            raise FootproofError("E-STORE-NAME", Where(step.record.stream), most=LONGEST_NAME, found=len(step.id))
        key = (step.record.stream, step.id)
        before = draft.records.get(key) or self._records.get(key)
        kept = Kept(before.version + 1, after(before.record, step.event, stamp))
        recorded = Recorded(step.record, step.id, kept.version, step.event, stamp)
        draft.heads = replace(draft.heads, sequence=draft.heads.sequence + 1)
        draft.records[key] = kept
        draft.recorded.append(recorded)
        row = event_row(recorded, draft.heads.sequence)
        draft.events.append(row)
        said = told(self._workspace, self, recorded, before.record, kept.record, name=row.digest)
        if said is not None:
            _tell(draft, said, recorded)


def about(case: Case) -> tuple[str, ...]:
    """Return the ids of what a decision on a case looks at; those that are not foreseen are read when asked for.

    Args:
        case: The case.
    """
    held = Holding.name(case.scheme, case.subject)
    people = (case.reviewer, *case.evaluators, *case.judged)
    verifications = (one.verification for one in case.activities)
    base = (case.base.certificate, case.base.verification) if case.base is not None else ()
    return case.body, case.client, case.certificate, case.claim, held, *people, *verifications, *base


def event_row(recorded: Recorded, sequence: int) -> EventRow:
    """Return an event as its table has it.

    Args:
        recorded: The event.
        sequence: Its number among all.
    """
    by = recorded.stamp.by
    return EventRow(
        sequence=sequence,
        stream=recorded.record.stream,
        record=recorded.id,
        version=recorded.version,
        kind=recorded.event.kind,
        at=recorded.stamp.at,
        person=by.person,
        role=by.role,
        organisation=by.organisation,
        data=to_json(recorded.event),
        digest=digest_of(recorded),
    )


def _tell(draft: _Draft, said: Told, recorded: Recorded) -> None:
    """Add the leaf of an event. Times in the log never run back: monitors hold it to that."""
    heads, stamp, name = draft.heads, recorded.stamp, digest(said.item)
    if heads.latest is not None and stamp.at < heads.latest - SKEW:
        raise FootproofError("E-STORE-TIME", found=stamp.at.isoformat(), latest=heads.latest.isoformat())
    at = stamp.at if heads.latest is None else max(stamp.at, heads.latest)
    entry = event(said.kind, at, stamp.by.organisation, said.subject, name)
    if len(entry) > LONGEST_LEAF:
        raise FootproofError("E-STORE-NAME", Where("log"), most=LONGEST_LEAF, found=len(entry))
    issued = isinstance(recorded.event, CertificateIssued)
    draft.leaves.append(
        LeafRow(index=heads.leaf, event_id=heads.sequence, entry=entry, at=at, issue=heads.issue if issued else None)
    )
    draft.objects.append(said.item)
    if said.kind in ("certificate.issued", "certificate.restated"):
        draft.attested[recorded.id] = (name, heads.leaf)
    draft.heads = replace(heads, leaf=heads.leaf + 1, issue=heads.issue + issued, latest=at)
