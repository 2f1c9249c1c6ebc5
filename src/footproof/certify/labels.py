"""The ledger of labels: how many a holder may use, what they show, and how many were used.

ISO/IEC 17067, 5.2 and ISO/IEC 17030. A batch is licensed on a day on which the certificate is valid; a label shows the
certified value, rounded once by the rule of the mark (I12).
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import ClassVar

from footproof.certify.certificate import Certified, Held, Labels, Standing
from footproof.certify.clocks import surveillance_due
from footproof.certify.forms import Name
from footproof.certify.marks import label_value, may_license
from footproof.certify.neutrality_operations import need_standing
from footproof.certify.operation import Operation
from footproof.certify.record import Actor, Event, Stamp, Step, Steps, World, need
from footproof.certify.refusals import need_own, need_state, refuse
from footproof.model.days import legal_day
from footproof.model.reduction import percent_text
from footproof.model.scheme import Mark, Scheme

MOST = 1_000_000_000


@dataclass(frozen=True, slots=True)
class LabelsLicensed(Event[Certified]):
    """The body licenses a batch of labels."""

    kind: ClassVar[str] = "labels.licensed"
    labels: Labels

    def apply(self, record: Certified, _: Stamp) -> Certified:
        """Return the certificate with the batch."""
        return replace(record, labels=(*record.labels, self.labels))


@dataclass(frozen=True, slots=True)
class LabelsUsed(Event[Certified]):
    """The holder reports labels of a batch as used."""

    kind: ClassVar[str] = "labels.used"
    batch: Name
    quantity: int

    def apply(self, record: Certified, _: Stamp) -> Certified:
        """Return the certificate with the sum."""
        labels = record.labels
        more = tuple(replace(one, used=one.used + self.quantity) if one.id == self.batch else one for one in labels)
        return replace(record, labels=more)


@dataclass(frozen=True, slots=True)
class LabelsClosed(Event[Certified]):
    """Batches that show what is not certified any more are closed; labels used before stay where they are."""

    kind: ClassVar[str] = "labels.closed"
    batches: tuple[Name, ...]
    on: date

    def apply(self, record: Certified, _: Stamp) -> Certified:
        """Return the certificate with the closed batches."""
        shut = tuple(replace(one, closed=self.on) if one.id in self.batches else one for one in record.labels)
        return replace(record, labels=shut)


@dataclass(frozen=True, slots=True)
class LicenseLabels(Operation):
    """License a batch of labels."""

    name: ClassVar[str] = "labels.license"
    path: ClassVar[str] = "certificates/{certificate}/labels"
    roles: ClassVar[tuple[str, ...]] = ("planner", "manager")
    clause: ClassVar[str] = "ISO/IEC 17067, 5.2"
    certificate: Name
    batch: Name
    quantity: int

    def steps(self, world: World, by: Actor, at: datetime) -> Steps:
        """Return the batch with the figure that its labels show."""
        found, day = need(world, Certified, self.certificate), legal_day(at)
        held = found.held
        need_own(by, held.body)
        need_state(found.standing(day), Standing.VALID)
        by_when = surveillance_due(found, world.scheme(held.scheme))
        if by_when is not None and by_when < day:
            raise refuse("E-LABEL-OVERDUE", "I12", "certificate", certificate=self.certificate, found=f"{by_when}")
        if held.claim:
            need_standing(world, held.claim, day)
        mark = world.scheme(held.scheme).mark
        if mark is None or found.mark != mark.id:
            raise refuse("E-LABEL-MARK", "I9", "certificate", certificate=self.certificate)
        answer = may_license(world.scheme(held.scheme), mark, held.subject.category, held.subject.place)
        if answer.problem is not None:
            raise answer.problem
        if not 0 < self.quantity <= MOST:
            raise refuse("E-LABEL-QUANTITY", self.clause, "quantity", found=self.quantity, most=MOST)
        if any(one.id == self.batch for one in found.labels):
            raise refuse("E-CASE-EXISTS", "I13", "batch", record="labels", id=self.batch[:100])
        value = shown_by(mark, held)
        return (Step(Certified, self.certificate, LabelsLicensed(Labels(self.batch, self.quantity, day, value))),)


@dataclass(frozen=True, slots=True)
class ReportLabels(Operation):
    """Report how many further labels of a batch were used; never more than were licensed, and none out of their time.

    Labels that turn up on goods while the certificate is not valid are no use to be reported but misuse of the mark
    (ISO/IEC 17065, 4.1.3): the body takes it up as a trigger or complaint.
    """

    name: ClassVar[str] = "labels.report"
    path: ClassVar[str] = "certificates/{certificate}/labels/{batch}/used"
    roles: ClassVar[tuple[str, ...]] = ("representative",)
    clause: ClassVar[str] = "ISO/IEC 17067, 5.2"
    certificate: Name
    batch: Name
    quantity: int

    def steps(self, world: World, by: Actor, at: datetime) -> Steps:
        """Return the report."""
        found = need(world, Certified, self.certificate)
        need_own(by, found.held.client)
        need_state(found.standing(legal_day(at)), Standing.VALID)
        batch = next((one for one in found.labels if one.id == self.batch), None)
        if batch is None:
            raise refuse("E-CASE-UNKNOWN", self.clause, "batch", record="labels", id=self.batch[:100])
        if batch.closed is not None:
            raise refuse("E-LABEL-CLOSED", "I12", "batch", id=batch.id, day=batch.closed.isoformat())
        left = batch.quantity - batch.used
        if not 0 < self.quantity <= left:
            raise refuse("E-LABEL-QUANTITY", self.clause, "quantity", found=self.quantity, most=left)
        return (Step(Certified, self.certificate, LabelsUsed(self.batch, self.quantity)),)


def shown_by(mark: Mark, held: Held) -> str:
    """Return what a label shows beside the mark: the figure, the reduction, the grade, or nothing.

    Args:
        mark: Of the scheme.
        held: What the certificate states.
    """
    if mark.shows == "reduction" and held.reduction is not None:
        return percent_text(held.reduction.share)
    if mark.shows == "grade" and held.grade is not None:
        return f"{held.grade}"
    return label_value(mark, held.value) if mark.shows == "value" and held.value is not None else ""


def closing(old: Certified, held: Held, scheme: Scheme, day: date) -> Steps:
    """Return the end of the batches that show another figure than the certificate states from now on (I12).

    Args:
        old: The certificate before it is restated.
        held: What it states from now on.
        scheme: Its edition.
        day: Today.
    """
    shown = shown_by(scheme.mark, held) if scheme.mark is not None else ""
    stale = tuple(one.id for one in old.labels if one.closed is None and one.value not in ("", shown))
    return (Step(Certified, old.id, LabelsClosed(stale, day)),) if stale else ()
