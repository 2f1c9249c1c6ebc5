"""Surveillance: what is due, what the holder tells of, what calls for a special look, and cases a body opens itself.

ISO/IEC 17065, 7.9 and 7.10. What is due follows from the scheme and the days; nothing writes it anywhere.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import ClassVar

from footproof.certify.applications import facts_of, need_later, need_subject, opening
from footproof.certify.case import ApplicationSubmitted, Case, Subject
from footproof.certify.certificate import LIVING, Certified, Standing
from footproof.certify.clocks import surveillance_due
from footproof.certify.conditions import FactValue
from footproof.certify.forms import AnyDigest, Name, TextDigest
from footproof.certify.operation import Operation
from footproof.certify.record import Actor, Event, Stamp, Step, Steps, World, fresh, need
from footproof.certify.reduction import base_kept
from footproof.certify.refusals import need_own, need_reach, need_state, refuse
from footproof.certify.scheme import triggered
from footproof.model.days import legal_day
from footproof.model.scheme import CaseKind, Scheme

MOVE = "abs_move"
"""Fact of a scheme: how far a result moved from the certified one, as a share of it, without its sign."""
BODY_KINDS = (CaseKind.SURVEILLANCE, CaseKind.SPECIAL)


@dataclass(frozen=True, slots=True)
class DecisionDue(Event[Certified]):
    """Something happened on which the body has to decide; the certificate holds meanwhile.

    Args:
        reason: What, with its id, such as "complaint 2026-7".
    """

    kind: ClassVar[str] = "decision.due"
    reason: str

    def apply(self, record: Certified, _: Stamp) -> Certified:
        """Return the certificate with the open question; the same one is open only once."""
        return replace(record, pending=tuple(dict.fromkeys((*record.pending, self.reason))))


@dataclass(frozen=True, slots=True)
class ChangeNotified(Event[Certified]):
    """The holder tells of a change that may affect conformity."""

    kind: ClassVar[str] = "change.notified"
    notice: TextDigest

    def apply(self, record: Certified, _: Stamp) -> Certified:
        """Return the certificate with the notice, on which the body has to decide."""
        pending = tuple(dict.fromkeys((*record.pending, f"notice {self.notice}")))
        return replace(record, notices=(*record.notices, self.notice), pending=pending)


@dataclass(frozen=True, slots=True)
class Due:
    """A surveillance that is due.

    Args:
        certificate: Number.
        by: Last day on which it is done in time.
        overdue: Whether that day is past.
    """

    certificate: str
    by: date
    overdue: bool


@dataclass(frozen=True, slots=True)
class NotifyChange(Operation):
    """Tell of a change of product, site, process or system."""

    name: ClassVar[str] = "certificates.notify-change"
    path: ClassVar[str] = "certificates/{certificate}/notices"
    roles: ClassVar[tuple[str, ...]] = ("representative",)
    clause: ClassVar[str] = "ISO/IEC 17065, 7.10"
    certificate: Name
    notice: TextDigest

    def steps(self, world: World, by: Actor, at: datetime) -> Steps:
        """Return the notice."""
        found = need(world, Certified, self.certificate)
        need_own(by, found.held.client)
        need_state(found.standing(legal_day(at)), *LIVING)
        if self.notice in found.notices:
            raise refuse("E-CASE-EXISTS", "I18", "notice", record="notice", id=self.notice[:100])
        return (Step(Certified, self.certificate, ChangeNotified(self.notice)),)


@dataclass(frozen=True, slots=True)
class ReportTrigger(Operation):
    """Report facts on which the scheme wants a special surveillance: a factor that moved, a finding on the market.

    How far the result moved is computed from the package of the study as it comes out now; nobody types it in.
    """

    name: ClassVar[str] = "certificates.report-trigger"
    path: ClassVar[str] = "certificates/{certificate}/triggers"
    roles: ClassVar[tuple[str, ...]] = ("planner", "regulator")
    clause: ClassVar[str] = "ISO/IEC 17065, 7.9"
    certificate: Name
    facts: tuple[tuple[str, str], ...] = ()
    package: AnyDigest = ""

    def steps(self, world: World, by: Actor, at: datetime) -> Steps:
        """Return an open question for each trigger that the facts pull."""
        found = need(world, Certified, self.certificate)
        if by.role == "planner":
            need_own(by, found.held.body)
        need_reach(world, by, found.held.subject.place)
        need_state(found.standing(legal_day(at)), *LIVING)
        scheme = world.scheme(found.held.scheme)
        pulled = triggered(scheme, {**facts_of(scheme, self.facts), **self._moved(world, found)})
        if not pulled:
            known = tuple(one.id for one in scheme.surveillance.triggers)
            raise refuse("E-TRIGGER-NONE", self.clause, "facts", needed=known)
        return tuple(Step(Certified, self.certificate, DecisionDue(f"trigger {one.id}")) for one in pulled)

    def _moved(self, world: World, found: Certified) -> dict[str, FactValue]:
        """Return how far the result has moved, from a package about the same product in the same unit.

        Raises:
            FootproofError: E-TRIGGER-MOVE.
        """
        if any(name == MOVE for name, _ in self.facts):
            raise refuse("E-TRIGGER-MOVE", "I2", "facts", package=self.package or MOVE)
        if not self.package:
            return {}
        came, value = world.recomputed(self.package), found.held.value
        same = came is not None and came.ok and (came.model, came.unit) == (found.held.subject.model, found.held.unit)
        if came is None or not same or not value:
            raise refuse("E-TRIGGER-MOVE", "I2", "package", package=self.package)
        return {MOVE: abs(came.value - value) / abs(value)}


@dataclass(frozen=True, slots=True)
class OpenCase(Operation):
    """Open a surveillance or a special evaluation of a certificate without an application of its holder."""

    name: ClassVar[str] = "surveillance.open"
    path: ClassVar[str] = "certificates/{certificate}/cases"
    roles: ClassVar[tuple[str, ...]] = ("planner",)
    clause: ClassVar[str] = "ISO/IEC 17065, 7.9"
    certificate: Name
    case: Name
    kind: CaseKind
    subject: Subject

    def steps(self, world: World, by: Actor, at: datetime) -> Steps:
        """Return the new case; the holder sends its package."""
        fresh(world, Case, self.case)
        found, day = need(world, Certified, self.certificate), legal_day(at)
        held = found.held
        need_own(by, held.body)
        if self.kind not in BODY_KINDS:
            allowed = tuple(one.value for one in BODY_KINDS)
            raise refuse("E-CASE-WORD", self.clause, "kind", found=self.kind.value, needed=allowed)
        need_subject(self.subject, world.scheme(held.scheme), day)
        event = ApplicationSubmitted(
            self.case,
            self.kind,
            held.client,
            held.body,
            held.scheme,
            self.subject,
            "",
            self.certificate,
            base_kept(world, self.certificate),
        )
        need_later(world, found, event, day)
        return Step(Case, self.case, event), *opening(event)


def due_list(
    certificates: Iterable[Certified], scheme: Callable[[str], Scheme], day: date, within: int = 0
) -> tuple[Due, ...]:
    """Return the surveillances that are due, the earliest first.

    Args:
        certificates: Those to look at.
        scheme: Returns an edition by `id@edition`.
        day: Today.
        within: How far to look ahead. [day]

    Returns:
        Of certificates that are valid or suspended that day; others have none.
    """
    every = (watch(one, scheme(one.held.scheme), day) for one in certificates)
    found = (one for one in every if one is not None and (one.by - day).days <= within)
    return tuple(sorted(found, key=lambda item: (item.by, item.certificate)))


def watch(found: Certified, scheme: Scheme, day: date) -> Due | None:
    """Return the next surveillance of a certificate that is valid or suspended on a day; None where none is due.

    Args:
        found: The certificate.
        scheme: Its edition.
        day: Today.
    """
    by = surveillance_due(found, scheme) if found.standing(day) in (Standing.VALID, Standing.SUSPENDED) else None
    return Due(found.id, by, by < day) if by is not None else None
