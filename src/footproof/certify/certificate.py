"""A certificate after it was granted: its status on any day, surveillance, labels, and the events that change it.

ISO/IEC 17065, 7.7 to 7.11. The status on a day follows from events and dates; nothing writes "expired" anywhere.
"""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Annotated, ClassVar

from footproof.certify.case import Subject
from footproof.certify.codec import ADDED
from footproof.certify.forms import AnyDigest, AnyName, AnyPseudonym, AnyTextDigest, Name, SchemeKey, TextDigest
from footproof.certify.record import Beginning, Event, Public, Stamp
from footproof.model.reduction import StatedReduction


class Standing(Enum):
    """The status of a certificate on a day."""

    NOT_YET = "not-yet"
    VALID = "valid"
    SUSPENDED = "suspended"
    LAPSED = "lapsed"
    WITHDRAWN = "withdrawn"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


CONFIRMING = ("maintain", "restate", "reduce")
"""Outcomes of a surveillance that stand by its package."""
LIVING = (Standing.VALID, Standing.SUSPENDED, Standing.LAPSED)
"""What a certificate is as long as nothing ended it."""


class Turn(Enum):
    """A change of status."""

    SUSPENDED = "suspended"
    RESTORED = "restored"
    WITHDRAWN = "withdrawn"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class StatusChange:
    """What changed a status.

    Args:
        turn: To what.
        on: First day of the new status.
        until: Last day of a suspension; after it the certificate has lapsed until the body withdraws or restores it.
        case: Case whose decision it carries out; empty for an order or a request.
        by: Organisation that ordered it; the body itself as a rule.
        reasons: Digest of the reasons.
        person: Who suspended it between cases; empty where a case, an order or the holder says so.
        ground: Ground of the scheme; empty for what needs none: an order, a wish of the holder, a restoration.
    """

    turn: Turn
    on: date
    until: date | None
    case: AnyName
    by: Name
    reasons: AnyTextDigest
    person: AnyPseudonym = ""
    ground: str = ""


@dataclass(frozen=True, slots=True)
class Settled:
    """An open question that a decision answers; those it does not name stay open.

    Args:
        reason: The question, as it stands among the pending ones.
        reasons: Digest of why it is settled.
    """

    reason: str
    reasons: TextDigest


@dataclass(frozen=True, slots=True)
class Surveyed:
    """A surveillance that was carried out.

    Args:
        case: Its case.
        on: Day of the decision.
        outcome: What was decided, such as "maintain".
        package: Package of the new data; empty where the scheme has none.
        data: First day of the data it looked at.
    """

    case: Name
    on: date
    outcome: str
    package: AnyDigest
    data: date


@dataclass(frozen=True, slots=True)
class Labels:
    """Labels that a licence covers.

    Args:
        id: Name of the batch; a label is numbered by certificate, batch and place in the batch.
        quantity: How many. [labels]
        on: Day.
        value: Figure that they show, or grade; empty where the mark shows neither. [unit of the certificate]
        used: How many the holder reported as used. [labels]
        closed: Day from which no more of them are used; None while they are.
    """

    id: Name
    quantity: int
    on: date
    value: str = ""
    used: int = 0
    closed: date | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """What a certificate states, as its body holds it. The public form is `model.certificate.Certificate`.

    Args:
        number: Number of the certificate.
        case: Case that it was granted in.
        body: Who decided.
        client: To whom.
        scheme: Scheme edition, `id@edition`.
        subject: What is certified.
        package: Digest of the package that recomputes the value; empty where none is concerned.
        value: Certified footprint; None where the scheme certifies no figure. [unit]
        unit: Unit of the value; empty without one.
        rule: Rulebook and edition under which it was computed; empty without one.
        decided: Day of the decision.
        first: First day of validity.
        last: Last day of validity.
        national: Whether it may carry the national mark.
        place: Index in the status lists.
        claim: Claim of neutrality that it was granted on; empty under other schemes.
        grade: Grade, such as the number of stars; None where the scheme grades nothing.
        reduction: By how much the value lies below that of a base; None where the scheme certifies no reduction.
    """

    number: Name
    case: Name
    body: Name
    client: Name
    scheme: SchemeKey
    subject: Subject
    package: AnyDigest
    value: Decimal | None
    unit: str
    rule: str
    decided: date
    first: date
    last: date
    national: bool
    place: int
    claim: AnyName = ""
    grade: int | None = None
    reduction: Annotated[StatedReduction | None, ADDED] = None


@dataclass(frozen=True, slots=True)
class Certified:
    """A certificate and what happened to it.

    Args:
        held: What it states now.
        changes: Changes of status, in the order they were made.
        surveys: Surveillance carried out.
        labels: Label batches licensed.
        notices: Digests of changes the holder told of.
        pending: Reasons that call for a decision: of a filing deregistered, a complaint upheld; each with its id.
        replaced_by: Number of the certificate that took its place.
        former: What it stated before it was restated or reduced.
        mark: Mark the holder may show; empty where the scheme has none.
        looked: Day from which the time to the first surveillance counts, where it was transferred; else None.
        opened: Special cases that were opened about it.
        closed: Cases about it that were decided, in order.
        seen: First day of the newest data looked at before a transfer; else None.
    """

    stream: ClassVar[str] = "certificate"

    held: Held
    changes: tuple[StatusChange, ...] = ()
    surveys: tuple[Surveyed, ...] = ()
    labels: tuple[Labels, ...] = ()
    notices: tuple[str, ...] = ()
    pending: tuple[str, ...] = ()
    replaced_by: str = ""
    former: tuple[Held, ...] = ()
    mark: str = ""
    looked: date | None = None
    opened: tuple[str, ...] = ()
    closed: tuple[str, ...] = ()
    seen: date | None = None

    @property
    def watched(self) -> date:
        """Return the day from which the time to the next surveillance counts; a transfer does not begin it anew."""
        return max((self.looked or self.held.first, *self.watches))

    @property
    def watches(self) -> tuple[date, ...]:
        """Return the days of its surveillances; special evaluations and changes are none."""
        return tuple(one.on for one in self.surveys)

    @property
    def confirmed(self) -> frozenset[str]:
        """Return the packages on which surveillance let it stand."""
        return frozenset(one.package for one in self.surveys if one.outcome in CONFIRMING)

    @property
    def newest(self) -> date:
        """Return the first day of the newest data that it states, or that a surveillance looked at."""
        return max((self.held.subject.first, self.seen or date.min, *(one.data for one in self.surveys)))

    @property
    def id(self) -> str:
        """Return the number."""
        return self.held.number

    def standing(self, day: date) -> Standing:
        """Return the status on a day, computed from the events and dates."""
        if day < self.held.first:
            return Standing.NOT_YET
        last = self.last_change(day)
        if last is not None and last.turn in (Turn.WITHDRAWN, Turn.CANCELLED):
            return Standing(last.turn.value)
        if day > self.held.last:
            return Standing.EXPIRED
        if last is not None and last.turn is Turn.SUSPENDED:
            return Standing.SUSPENDED if last.until is None or day <= last.until else Standing.LAPSED
        return Standing.VALID

    def changed(self, change: StatusChange) -> "Certified":
        """Return the certificate after a change; what was open ends with the certificate."""
        ended = change.turn in (Turn.WITHDRAWN, Turn.CANCELLED)
        return replace(self, changes=(*self.changes, change), pending=() if ended else self.pending)

    def ordered(self, day: date) -> str:
        """Return the organisation other than the body by whose order it is suspended; empty where there is none."""
        orders = self.orders(day)
        return orders[0].by if orders else ""

    def barred(self, day: date) -> bool:
        """Tell whether an order of an authority ended it, or stands still: then nothing takes its place."""
        last = self.last_change(day)
        return last is not None and last.turn in (Turn.WITHDRAWN, Turn.SUSPENDED) and last.by != self.held.body

    def last_change(self, day: date) -> StatusChange | None:
        """Return the change that decides the status on a day: an end, else an order that stands, else the body's own.

        What ends a certificate is never undone. Where an order is lifted, the body's own suspension holds as before.
        """
        told = [one for one in self.changes if one.on <= day]
        ended = [one for one in told if one.turn in (Turn.WITHDRAWN, Turn.CANCELLED)]
        if ended:
            return ended[0]
        orders = self.orders(day)
        own = [one for one in told if one.by == self.held.body]
        if orders:
            return orders[0]
        return own[-1] if own and own[-1].turn is Turn.SUSPENDED else told[-1] if told else None

    def orders(self, day: date) -> tuple[StatusChange, ...]:
        """Return the suspensions that authorities ordered and did not lift, one of each."""
        last = {one.by: one for one in self.changes if one.on <= day and one.by != self.held.body}
        return tuple(one for one in last.values() if one.turn is Turn.SUSPENDED)


@dataclass(frozen=True, slots=True)
class Holding:
    """What is certified under a scheme, whoever certifies it: one model at one site has one certificate at a time.

    Args:
        id: Scheme without edition, model (or product) and site.
        certificate: Number of its latest certificate.
    """

    stream: ClassVar[str] = "holding"

    id: str
    certificate: str

    @staticmethod
    def name(scheme: str, subject: Subject) -> str:
        """Return the id for a scheme edition and a subject."""
        return f"{scheme.partition('@')[0]} {subject.site} {subject.model or subject.product}"


@dataclass(frozen=True, slots=True)
class HoldingBegun(Beginning[Holding]):
    """Something is certified for the first time."""

    kind: ClassVar[str] = "holding.begun"
    public: ClassVar[Public] = Public.NO
    id: str
    certificate: str

    def begin(self, _: Stamp) -> Holding:
        """Return the holding."""
        return Holding(self.id, self.certificate)


@dataclass(frozen=True, slots=True)
class HoldingPassed(Event[Holding]):
    """Another certificate takes the place of one that ended."""

    kind: ClassVar[str] = "holding.passed"
    public: ClassVar[Public] = Public.NO
    certificate: str

    def apply(self, record: Holding, _: Stamp) -> Holding:
        """Return the holding with its certificate."""
        return replace(record, certificate=self.certificate)


@dataclass(frozen=True, slots=True)
class CaseOpened(Event[Certified]):
    """A special case about the certificate was opened; while it is open the holder cannot give the certificate up."""

    kind: ClassVar[str] = "case.opened"
    public: ClassVar[Public] = Public.NO
    case: str

    def apply(self, record: Certified, _: Stamp) -> Certified:
        """Return the certificate with the case."""
        return replace(record, opened=(*record.opened, self.case))


@dataclass(frozen=True, slots=True)
class CaseClosed(Event[Certified]):
    """A case about the certificate was decided, and with it the open questions that the decision names."""

    kind: ClassVar[str] = "case.closed"
    public: ClassVar[Public] = Public.NO
    case: str
    settled: tuple[Settled, ...] = ()

    def apply(self, record: Certified, _: Stamp) -> Certified:
        """Return the certificate with the case; questions that nobody answered stay open."""
        answered = {one.reason for one in self.settled}
        left = tuple(one for one in record.pending if one not in answered)
        return replace(record, closed=tuple(dict.fromkeys((*record.closed, self.case))), pending=left)


@dataclass(frozen=True, slots=True)
class CertificateIssued(Beginning[Certified]):
    """The certificate of a positive decision (ISO/IEC 17065, 7.7)."""

    kind: ClassVar[str] = "certificate.issued"
    public: ClassVar[Public] = Public.YES
    held: Held
    looked: date | None = None
    seen: date | None = None

    def begin(self, _: Stamp) -> Certified:
        """Return the certificate."""
        return Certified(self.held, looked=self.looked, seen=self.seen)


@dataclass(frozen=True, slots=True)
class StatusChanged(Event[Certified]):
    """A certificate is suspended, restored, withdrawn or cancelled."""

    kind: ClassVar[str] = "certificate.status-changed"
    public: ClassVar[Public] = Public.YES
    change: StatusChange

    def apply(self, record: Certified, _: Stamp) -> Certified:
        """Return the certificate with the change."""
        return record.changed(self.change)


@dataclass(frozen=True, slots=True)
class SurveillanceDone(Event[Certified]):
    """A surveillance ended with a decision."""

    kind: ClassVar[str] = "surveillance.done"
    surveyed: Surveyed

    def apply(self, record: Certified, _: Stamp) -> Certified:
        """Return the certificate with the surveillance."""
        return replace(record, surveys=(*record.surveys, self.surveyed))


@dataclass(frozen=True, slots=True)
class CertificateRestated(Event[Certified]):
    """A new decision gave the certificate another value or a smaller scope; what it said before stays readable."""

    kind: ClassVar[str] = "certificate.restated"
    public: ClassVar[Public] = Public.YES
    held: Held

    def apply(self, record: Certified, _: Stamp) -> Certified:
        """Return the certificate as restated."""
        return replace(record, held=self.held, former=(*record.former, record.held))


@dataclass(frozen=True, slots=True)
class MarkLicensed(Event[Certified]):
    """The holder may show the mark of the scheme while the certificate is valid (ISO/IEC 17067, 5.2)."""

    kind: ClassVar[str] = "mark.licensed"
    public: ClassVar[Public] = Public.YES
    mark: str

    def apply(self, record: Certified, _: Stamp) -> Certified:
        """Return the certificate with the mark."""
        return replace(record, mark=self.mark)


@dataclass(frozen=True, slots=True)
class CertificateReplaced(Event[Certified]):
    """Another certificate takes its place: by renewal, or by transfer to another body."""

    kind: ClassVar[str] = "certificate.replaced"
    public: ClassVar[Public] = Public.YES
    by: Name
    on: date

    def apply(self, record: Certified, stamp: Stamp) -> Certified:
        """Return the certificate, cancelled and with the number of the other."""
        change = StatusChange(Turn.CANCELLED, self.on, None, "", stamp.by.organisation, "")
        return replace(record.changed(change), replaced_by=self.by)
