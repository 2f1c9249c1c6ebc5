"""Complaints and appeals: received, acknowledged, investigated, resolved, closed (ISO/IEC 17065, 7.13).

An appeal goes against a decision, an application declined, or a change of status that the body made between cases.
Whoever handles one took no part in what it is about (I17). An outcome edits nothing: a complaint or appeal that is
upheld leaves a question on which the body decides anew; against a refusal, it reopens the case for a new decision.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import ClassVar

from footproof.certify.case import Case, CaseReopened, CaseState, Outcome
from footproof.certify.certificate import LIVING, Certified
from footproof.certify.forms import AnyName, Name, TextDigest
from footproof.certify.impartiality import cases_of, involved, need_apart, need_impartial
from footproof.certify.operation import Operation
from footproof.certify.people import Person
from footproof.certify.record import Actor, Beginning, Event, Public, Stamp, Step, Steps, World, fresh, need
from footproof.certify.refusals import need_own, refuse
from footproof.certify.surveillance import DecisionDue
from footproof.model.days import legal_day

STATES = ("received", "acknowledged", "under-investigation", "resolved", "closed")
OUTCOMES = ("upheld", "rejected")
COMPLAINT, APPEAL = KINDS = ("complaint", "appeal")


@dataclass(frozen=True, slots=True)
class Complaint:
    """A complaint about a certificate, or an appeal against a decision.

    Args:
        id: Name.
        type: "complaint" or "appeal".
        by: Organisation that brings it.
        body: Body it goes to.
        case: Case whose decision is appealed; empty for a complaint.
        certificate: Certificate it is about; empty for an appeal where there is none.
        text: Digest of what is brought forward.
        received: Day.
        state: One of STATES.
        handler: Person who investigates; empty before.
        outcome: One of OUTCOMES; empty before.
        reasons: Digest of the reasons for the outcome.
        change: Which change of the certificate's status is appealed, counted from 1; 0 for none.
    """

    stream: ClassVar[str] = "complaint"

    id: str
    type: str
    by: str
    body: str
    case: str
    certificate: str
    text: str
    received: date
    state: str = "received"
    handler: str = ""
    outcome: str = ""
    reasons: str = ""
    change: int = 0


@dataclass(frozen=True, slots=True)
class ComplaintReceived(Beginning[Complaint]):
    """Somebody complains, or appeals."""

    kind: ClassVar[str] = "complaint.received"
    id: Name
    type: str
    by: Name
    body: Name
    case: AnyName
    certificate: AnyName
    text: TextDigest
    change: int = 0

    def begin(self, stamp: Stamp) -> Complaint:
        """Return the complaint."""
        begun = Complaint(
            self.id, self.type, self.by, self.body, self.case, self.certificate, self.text, legal_day(stamp.at)
        )
        return replace(begun, change=self.change)


@dataclass(frozen=True, slots=True)
class ComplaintAcknowledged(Event[Complaint]):
    """The body says that it has it."""

    kind: ClassVar[str] = "complaint.acknowledged"

    def apply(self, record: Complaint, _: Stamp) -> Complaint:
        """Return the acknowledged complaint."""
        return replace(record, state="acknowledged")


@dataclass(frozen=True, slots=True)
class InvestigationBegun(Event[Complaint]):
    """Somebody who took no part begins to investigate."""

    kind: ClassVar[str] = "complaint.investigation-begun"

    def apply(self, record: Complaint, stamp: Stamp) -> Complaint:
        """Return the complaint with its handler."""
        return replace(record, state="under-investigation", handler=stamp.by.person)


@dataclass(frozen=True, slots=True)
class ComplaintResolved(Event[Complaint]):
    """The handler decides on it."""

    kind: ClassVar[str] = "complaint.resolved"
    public: ClassVar[Public] = Public.YES
    outcome: str
    reasons: TextDigest

    def apply(self, record: Complaint, _: Stamp) -> Complaint:
        """Return the complaint with its outcome."""
        return replace(record, state="resolved", outcome=self.outcome, reasons=self.reasons)


@dataclass(frozen=True, slots=True)
class ComplaintClosed(Event[Complaint]):
    """Whoever brought it was told."""

    kind: ClassVar[str] = "complaint.closed"

    def apply(self, record: Complaint, _: Stamp) -> Complaint:
        """Return the complaint as it ended."""
        return replace(record, state="closed")


@dataclass(frozen=True, slots=True)
class Complain(Operation):
    """Complain about a certificate; what comes from outside, a manager of the body records."""

    name: ClassVar[str] = "complaints.submit"
    path: ClassVar[str] = "complaints"
    roles: ClassVar[tuple[str, ...]] = ("representative", "regulator", "accreditor", "manager")
    clause: ClassVar[str] = "ISO/IEC 17065, 7.13.1"
    complaint: Name
    certificate: Name
    text: TextDigest

    def steps(self, world: World, by: Actor, _: datetime) -> Steps:
        """Return the complaint."""
        fresh(world, Complaint, self.complaint)
        found = need(world, Certified, self.certificate)
        event = ComplaintReceived(
            self.complaint, COMPLAINT, by.organisation, found.held.body, "", self.certificate, self.text
        )
        return (Step(Complaint, self.complaint, event),)


@dataclass(frozen=True, slots=True)
class Appeal(Operation):
    """Appeal against a decision, or against an application being declined."""

    name: ClassVar[str] = "appeals.submit"
    path: ClassVar[str] = "cases/{case}/appeals"
    roles: ClassVar[tuple[str, ...]] = ("representative",)
    clause: ClassVar[str] = "ISO/IEC 17065, 7.13.1"
    case: AnyName
    appeal: Name
    text: TextDigest

    def steps(self, world: World, by: Actor, _: datetime) -> Steps:
        """Return the appeal."""
        fresh(world, Complaint, self.appeal)
        case = need(world, Case, self.case)
        need_own(by, case.client)
        if case.state not in (CaseState.DECIDED, CaseState.DECLINED):
            raise refuse("E-CASE-STATE", self.clause, "case", found=case.state.value, needed=("decided", "declined"))
        number = case.decision.certificate if case.decision is not None else case.certificate
        event = ComplaintReceived(self.appeal, APPEAL, by.organisation, case.body, self.case, number, self.text)
        return (Step(Complaint, self.appeal, event),)


@dataclass(frozen=True, slots=True)
class AppealChange(Operation):
    """Appeal against a change of status that the body made between cases; an order goes to the authority instead."""

    name: ClassVar[str] = "appeals.submit-change"
    path: ClassVar[str] = "certificates/{certificate}/changes/{change}/appeals"
    roles: ClassVar[tuple[str, ...]] = ("representative",)
    clause: ClassVar[str] = "ISO/IEC 17065, 7.13.1"
    certificate: Name
    change: int
    appeal: Name
    text: TextDigest

    def steps(self, world: World, by: Actor, _: datetime) -> Steps:
        """Return the appeal."""
        fresh(world, Complaint, self.appeal)
        found = need(world, Certified, self.certificate)
        need_own(by, found.held.client)
        known = {place for place, one in enumerate(found.changes, 1) if not one.case and one.by == found.held.body}
        if self.change not in known:
            needed = tuple(map(str, sorted(known))) or ("—",)
            raise refuse("E-APPEAL-CHANGE", self.clause, "change", found=self.change, needed=needed)
        event = ComplaintReceived(
            self.appeal, APPEAL, by.organisation, found.held.body, "", found.id, self.text, self.change
        )
        return (Step(Complaint, self.appeal, event),)


@dataclass(frozen=True, slots=True)
class Acknowledge(Operation):
    """Acknowledge a complaint or appeal."""

    name: ClassVar[str] = "complaints.acknowledge"
    path: ClassVar[str] = "complaints/{complaint}/acknowledgement"
    roles: ClassVar[tuple[str, ...]] = ("appeals", "manager")
    clause: ClassVar[str] = "ISO/IEC 17065, 7.13.3"
    complaint: Name

    def steps(self, world: World, by: Actor, _: datetime) -> Steps:
        """Return the acknowledgement."""
        _own(world, self.complaint, by, "received")
        return (Step(Complaint, self.complaint, ComplaintAcknowledged()),)


@dataclass(frozen=True, slots=True)
class Investigate(Operation):
    """Begin to investigate, as somebody who took no part in what it is about."""

    name: ClassVar[str] = "complaints.investigate"
    path: ClassVar[str] = "complaints/{complaint}/investigation"
    roles: ClassVar[tuple[str, ...]] = ("appeals",)
    clause: ClassVar[str] = "I17"
    complaint: Name

    def steps(self, world: World, by: Actor, at: datetime) -> Steps:
        """Return the beginning."""
        found = _own(world, self.complaint, by, "acknowledged")
        need_uninvolved(world, found, by.person, legal_day(at))
        return (Step(Complaint, self.complaint, InvestigationBegun()),)


@dataclass(frozen=True, slots=True)
class Resolve(Operation):
    """Decide on a complaint or appeal; if upheld, the body has to decide anew on the certificate."""

    name: ClassVar[str] = "complaints.resolve"
    path: ClassVar[str] = "complaints/{complaint}/outcome"
    roles: ClassVar[tuple[str, ...]] = ("appeals",)
    clause: ClassVar[str] = "ISO/IEC 17065, 7.13.5"
    complaint: Name
    outcome: str
    reasons: TextDigest

    def steps(self, world: World, by: Actor, at: datetime) -> Steps:
        """Return the outcome and, where it is upheld, the case reopened and the question on a living certificate."""
        day = legal_day(at)
        found = _own(world, self.complaint, by, "under-investigation")
        if by.person != found.handler:
            raise refuse("E-APPEAL-HANDLER", "I17", "person", person=by.person)
        need_uninvolved(world, found, by.person, day)
        if self.outcome not in OUTCOMES:
            raise refuse("E-CASE-WORD", self.clause, "outcome", found=self.outcome[:40], needed=OUTCOMES)
        steps: list[Step] = [Step(Complaint, self.complaint, ComplaintResolved(self.outcome, self.reasons))]
        if self.outcome == "upheld" and found.case:
            steps.extend(_reopened(found, need(world, Case, found.case)))
        certificate = world.find(Certified, found.certificate) if found.certificate else None
        if self.outcome == "upheld" and certificate is not None and certificate.standing(day) in LIVING:
            steps.append(Step(Certified, certificate.id, DecisionDue(f"{found.type} {found.id}")))
        return tuple(steps)


@dataclass(frozen=True, slots=True)
class CloseComplaint(Operation):
    """Close a complaint or appeal once whoever brought it was told."""

    name: ClassVar[str] = "complaints.close"
    path: ClassVar[str] = "complaints/{complaint}/closure"
    roles: ClassVar[tuple[str, ...]] = ("appeals", "manager")
    clause: ClassVar[str] = "ISO/IEC 17065, 7.13.8"
    complaint: Name

    def steps(self, world: World, by: Actor, _: datetime) -> Steps:
        """Return the end."""
        _own(world, self.complaint, by, "resolved")
        return (Step(Complaint, self.complaint, ComplaintClosed()),)


def _reopened(found: Complaint, case: Case) -> Steps:
    """Return that a case that was refused or declined goes on; any other decision is followed up on its certificate."""
    if case.state is CaseState.DECLINED:
        return (Step(Case, case.id, CaseReopened(found.id, found.received)),)
    if case.decision is not None and case.decision.outcome is Outcome.REFUSE:
        return (Step(Case, case.id, CaseReopened(found.id, case.decision.on)),)
    return ()


def need_uninvolved(world: World, found: Complaint, person: str, day: date) -> None:
    """Refuse a handler who took part in the case or decision, or has a tie to whom it is about (I17).

    Raises:
        FootproofError: E-APPEAL-SEPARATE, E-TEAM-CONFLICT.
    """
    certificate = world.find(Certified, found.certificate) if found.certificate else None
    changes = certificate.changes if certificate is not None else ()
    need_apart(person, (one.person for one in changes), "E-APPEAL-SEPARATE")
    for case in _cases(world, found):
        need_apart(person, involved(world, case), "E-APPEAL-SEPARATE")
        need_impartial(need(world, Person, person), case.client, world.scheme(case.scheme), day)


def _cases(world: World, found: Complaint) -> tuple[Case, ...]:
    about = (need(world, Case, found.case),) if found.case else ()
    certificate = world.find(Certified, found.certificate) if found.certificate else None
    return (*about, *(cases_of(world, certificate) if certificate is not None else ()))


def _own(world: World, name: str, by: Actor, *states: str) -> Complaint:
    found = need(world, Complaint, name)
    need_own(by, found.body)
    if found.state not in states:
        raise refuse("E-CASE-STATE", "ISO/IEC 17065, 7.13", "complaint", found=found.state, needed=states)
    return found
