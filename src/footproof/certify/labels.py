"""The ledger of labels: how many a holder may use, what they show, and how many were used.

ISO/IEC 17067, 5.2 and ISO/IEC 17030. A batch is licensed on a day on which the certificate is valid; a label shows the
certified value, rounded once by the rule of the mark (I12).
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar

from footproof.certify.certificate import Certified, Labels, Standing
from footproof.certify.marks import label_value, may_license
from footproof.certify.operation import Operation
from footproof.certify.record import Actor, Event, Stamp, Step, Steps, World, need
from footproof.certify.refusals import need_own, need_state, refuse
from footproof.certify.scheme import due

MOST = 1_000_000_000


@dataclass(frozen=True, slots=True)
class LabelsLicensed(Event[Certified]):
    """The body licenses a batch of labels."""

    kind: ClassVar[str] = "labels.licensed"
    labels: Labels

    def apply(self, record: Certified, stamp: Stamp) -> Certified:  # noqa: ARG002
        """Return the certificate with the batch."""
        return replace(record, labels=(*record.labels, self.labels))


@dataclass(frozen=True, slots=True)
class LabelsUsed(Event[Certified]):
    """The holder reports labels as used."""

    kind: ClassVar[str] = "labels.used"
    quantity: int

    def apply(self, record: Certified, stamp: Stamp) -> Certified:  # noqa: ARG002
        """Return the certificate with the sum."""
        return replace(record, used=record.used + self.quantity)


@dataclass(frozen=True, slots=True)
class LicenseLabels(Operation):
    """License a batch of labels."""

    name: ClassVar[str] = "labels.license"
    path: ClassVar[str] = "certificates/{certificate}/labels"
    roles: ClassVar[tuple[str, ...]] = ("planner", "manager")
    clause: ClassVar[str] = "ISO/IEC 17067, 5.2"
    certificate: str
    batch: str
    quantity: int

    def steps(self, world: World, by: Actor, at: datetime) -> Steps:
        """Return the batch with the figure that its labels show."""
        found, day = need(world, Certified, self.certificate), at.date()
        held = found.held
        need_own(by, held.body)
        need_state(found.standing(day), Standing.VALID)
        by_when = due(world.scheme(held.scheme), found.looked or held.first, found.watches)
        if by_when is not None and by_when < day:
            raise refuse("E-LABEL-OVERDUE", "I12", "certificate", certificate=self.certificate, found=f"{by_when}")
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
        value = label_value(mark, held.value) if mark.shows == "value" and held.value is not None else ""
        return (Step(Certified, self.certificate, LabelsLicensed(Labels(self.batch, self.quantity, day, value))),)


@dataclass(frozen=True, slots=True)
class ReportLabels(Operation):
    """Report how many further labels were used; never more than were licensed."""

    name: ClassVar[str] = "labels.report"
    path: ClassVar[str] = "certificates/{certificate}/labels/used"
    roles: ClassVar[tuple[str, ...]] = ("representative",)
    clause: ClassVar[str] = "ISO/IEC 17067, 5.2"
    certificate: str
    quantity: int

    def steps(self, world: World, by: Actor, at: datetime) -> Steps:  # noqa: ARG002
        """Return the report."""
        found = need(world, Certified, self.certificate)
        need_own(by, found.held.client)
        left = sum(one.quantity for one in found.labels) - found.used
        if not 0 < self.quantity <= left:
            raise refuse("E-LABEL-QUANTITY", self.clause, "quantity", found=self.quantity, most=left)
        return (Step(Certified, self.certificate, LabelsUsed(self.quantity)),)
