"""Changes of status between cases: an authority's order, the holder's wish, the body's urgent suspension.

ISO/IEC 17065, 7.11; Regulations on Certification and Accreditation. An authority's order is an event of its own, never
the body's decision. What was withdrawn or cancelled does not come back.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from footproof.certify.case import Case, CaseState
from footproof.certify.certificate import LIVING, Certified, Standing, StatusChange, StatusChanged, Turn
from footproof.certify.decisions import need_until
from footproof.certify.forms import Name, TextDigest
from footproof.certify.impartiality import cases_of, evaluators_of, need_apart, need_fit
from footproof.certify.operation import Operation
from footproof.certify.record import Actor, Event, Public, Stamp, Step, Steps, World, need
from footproof.certify.refusals import need_own, need_reach, need_state, refuse
from footproof.model.days import legal_day
from footproof.model.scheme import Consequence

ORDERS = {Turn.SUSPENDED: LIVING, Turn.RESTORED: (Standing.SUSPENDED,), Turn.WITHDRAWN: LIVING}
"""What an authority may order, and the standing that it needs; it suspends what the body suspended, too."""


@dataclass(frozen=True, slots=True)
class OrderIssued(Event[Certified]):
    """An authority suspends or withdraws a certificate, or lifts its own suspension: no decision of the body."""

    kind: ClassVar[str] = "order.issued"
    public: ClassVar[Public] = Public.YES
    change: StatusChange

    def apply(self, record: Certified, _: Stamp) -> Certified:
        """Return the certificate with the change."""
        return record.changed(self.change)


@dataclass(frozen=True, slots=True)
class IssueOrder(Operation):
    """Order the suspension or withdrawal of a certificate of the authority's own place, or lift what it ordered."""

    name: ClassVar[str] = "orders.issue"
    path: ClassVar[str] = "certificates/{certificate}/orders"
    roles: ClassVar[tuple[str, ...]] = ("regulator",)
    clause: ClassVar[str] = "Regulations on Certification and Accreditation"
    certificate: Name
    turn: Turn
    reasons: TextDigest

    def steps(self, world: World, by: Actor, at: datetime) -> Steps:
        """Return the order."""
        found, day = need(world, Certified, self.certificate), legal_day(at)
        need_reach(world, by, found.held.subject.place)
        if self.turn not in ORDERS:
            raise refuse("E-CASE-WORD", self.clause, "turn", found=self.turn.value, needed=_words())
        need_state(found.standing(day), *ORDERS[self.turn])
        standing = any(one.by == by.organisation for one in found.orders(day))
        if self.turn is Turn.RESTORED and not standing:
            raise refuse("E-CASE-FOREIGN", self.clause, "turn", organisation=by.organisation)
        if self.turn is Turn.SUSPENDED and standing:
            raise refuse("E-ORDER-TWICE", self.clause, "turn", organisation=by.organisation)
        change = StatusChange(self.turn, day, None, "", by.organisation, self.reasons)
        return (Step(Certified, self.certificate, OrderIssued(change)),)


@dataclass(frozen=True, slots=True)
class CancelCertificate(Operation):
    """Give a certificate up."""

    name: ClassVar[str] = "certificates.cancel"
    path: ClassVar[str] = "certificates/{certificate}/cancellation"
    roles: ClassVar[tuple[str, ...]] = ("representative",)
    clause: ClassVar[str] = "ISO/IEC 17065, 7.11.3"
    certificate: Name
    reasons: TextDigest

    def steps(self, world: World, by: Actor, at: datetime) -> Steps:
        """Return the end."""
        found, day = need(world, Certified, self.certificate), legal_day(at)
        need_own(by, found.held.client)
        need_state(found.standing(day), *LIVING)
        _need_not_looked_into(world, found, day)
        change = StatusChange(Turn.CANCELLED, day, None, "", by.organisation, self.reasons)
        return (Step(Certified, self.certificate, StatusChanged(change)),)


@dataclass(frozen=True, slots=True)
class SuspendUrgently(Operation):
    """Suspend a certificate at once on a ground of its scheme, by somebody who evaluated nothing about it."""

    name: ClassVar[str] = "certificates.suspend"
    path: ClassVar[str] = "certificates/{certificate}/suspension"
    roles: ClassVar[tuple[str, ...]] = ("decision-maker",)
    clause: ClassVar[str] = "ISO/IEC 17065, 7.11.1"
    certificate: Name
    ground: str
    reasons: TextDigest
    until: date | None = None

    def steps(self, world: World, by: Actor, at: datetime) -> Steps:
        """Return the suspension."""
        found, day = need(world, Certified, self.certificate), legal_day(at)
        held = found.held
        need_own(by, held.body)
        need_state(found.standing(day), Standing.VALID)
        scheme = world.scheme(held.scheme)
        grounds = tuple(one.id for one in scheme.grounds if one.leads_to is Consequence.SUSPENDED)
        if self.ground not in grounds:
            raise refuse("E-CASE-WORD", self.clause, "ground", found=self.ground[:80], needed=grounds)
        for case in cases_of(world, found):
            need_apart(by.person, evaluators_of(world, case), "E-DECISION-SEPARATE")
        need_fit(world, need(world, Case, held.case), by, scheme, day)
        until = need_until(self.until, scheme, day)
        change = StatusChange(Turn.SUSPENDED, day, until, "", held.body, self.reasons, by.person, self.ground)
        return (Step(Certified, self.certificate, StatusChanged(change)),)


@dataclass(frozen=True, slots=True)
class EndLapsed(Operation):
    """End a certificate whose suspension lapsed without being cured: withdrawn or cancelled, as its scheme says."""

    name: ClassVar[str] = "certificates.end-lapsed"
    path: ClassVar[str] = "certificates/{certificate}/end"
    roles: ClassVar[tuple[str, ...]] = ("decision-maker",)
    clause: ClassVar[str] = "ISO/IEC 17065, 7.11.1"
    certificate: Name
    reasons: TextDigest

    def steps(self, world: World, by: Actor, at: datetime) -> Steps:
        """Return the end."""
        found, day = need(world, Certified, self.certificate), legal_day(at)
        held = found.held
        need_own(by, held.body)
        need_state(found.standing(day), Standing.LAPSED)
        scheme = world.scheme(held.scheme)
        then = scheme.suspension.then
        if then not in ENDS:
            raise refuse("E-CASE-WORD", self.clause, "certificate", found=then.value, needed=tuple(ENDS))
        for case in cases_of(world, found):
            need_apart(by.person, evaluators_of(world, case), "E-DECISION-SEPARATE")
        need_fit(world, need(world, Case, held.case), by, scheme, day)
        ground = next((one.id for one in scheme.grounds if one.id == UNCURED and one.leads_to is then), "")
        change = StatusChange(ENDS[then], day, None, "", held.body, self.reasons, by.person, ground)
        return (Step(Certified, self.certificate, StatusChanged(change)),)


ENDS = {Consequence.WITHDRAWN: Turn.WITHDRAWN, Consequence.CANCELLED: Turn.CANCELLED}
"""What a lapsed suspension may end in."""
UNCURED = "suspension-not-cured"
"""Ground of a scheme that says so."""


def _need_not_looked_into(world: World, found: Certified, day: date) -> None:
    """Refuse to give up what an authority suspended or a special case looks into: that ends by order or decision."""
    authority = found.ordered(day)
    if authority:
        raise refuse("E-ORDER-STANDS", "ISO/IEC 17065, 7.11", "certificate", organisation=authority)
    ended = (CaseState.DECIDED, CaseState.DECLINED, CaseState.WITHDRAWN)
    open_ = tuple(name for name in found.opened if need(world, Case, name).state not in ended)
    if open_:
        raise refuse("E-CASE-SPECIAL", "ISO/IEC 17065, 7.11", "certificate", needed=open_)


def _words() -> tuple[str, ...]:
    return tuple(one.value for one in ORDERS)
