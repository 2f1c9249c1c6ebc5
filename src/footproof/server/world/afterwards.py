"""What happens to a certificate once it was granted: labels, surveillance, suspension, complaint, end, another one."""

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from footproof.certify.certificate import Certified, Held, Labels, StatusChange, StatusChanged, Turn
from footproof.certify.complaints import (
    Acknowledge,
    CloseComplaint,
    Complain,
    Complaint,
    ComplaintAcknowledged,
    ComplaintClosed,
    ComplaintReceived,
    ComplaintResolved,
    Investigate,
    InvestigationBegun,
    Resolve,
)
from footproof.certify.labels import LabelsLicensed, LabelsUsed, LicenseLabels, ReportLabels, shown_by
from footproof.certify.orders import CancelCertificate, IssueOrder, OrderIssued, SuspendUrgently
from footproof.certify.record import Step
from footproof.certify.scheme import add_months, suspended_until
from footproof.certify.surveillance import DecisionDue
from footproof.model.scheme import CaseKind
from footproof.server.world.cast import OFFICIAL, mark
from footproof.server.world.neutral import neutral
from footproof.server.world.plan import RENEWING, moment

if TYPE_CHECKING:
    from footproof.server.world.history import Story

GROUNDS = ("surveillance-failed", "change-unreported", "mark-misused", "fees-unpaid")


def afterwards(story: "Story", held: Held) -> None:
    """Tell what follows the first certificate of a life.

    Args:
        story: Of the life.
        held: What the certificate states.
    """
    life, random = story.life, story.random
    _labels(story, held)
    day = held.first + timedelta(days=random.randint(30, 130))
    fate = {"urgent": _urgent, "ordered": _ordered, "withdrawn": _withdrawn, "cancelled": _cancelled}.get(life.fate)
    ended = fate is not None and fate(story, held, day)
    if life.fate == "complained":
        _complaint(story, held, day)
    if ended or life.defect == "missing-surveillance":
        return
    if life.fate == "neutral":
        neutral(story, held)
    replaced = life.second if life.fate != "neutral" else None
    last = _surveillances(story, held, life.body, replaced.decided.date() if replaced else held.last, "s")
    if replaced is not None:
        _successor(story, last)


def _successor(story: "Story", held: Held) -> None:
    """Tell of the certificate that takes the place of the first one."""
    life = story.life
    if life.second is None:
        return
    kind = CaseKind.TRANSFER if life.fate == "transferred" else CaseKind.RENEWAL
    spent = 26 if kind is CaseKind.TRANSFER else RENEWING
    start = life.second.decided.date() - timedelta(days=spent)
    told = story.later(kind, f"case-{life.index + 1:06d}-n", held, life.heir, start, life.second.decided)
    moved = kind is CaseKind.TRANSFER
    since = story.looked if moved else None
    _surveillances(story, told.grant(life.second), life.heir, held.last if moved else None, "t", since)


def _surveillances(  # noqa: PLR0917
    story: "Story", held: Held, body: int, until: date | None, sign: str, since: date | None = None
) -> Held:
    """Tell of the surveillances of a certificate; return what it states after them."""
    months, random = story.scheme.surveillance.every_months, story.random
    until = until or held.last
    before, turn = since or held.first, 1
    story.looked = before
    if months is None:
        return held
    while (due := add_months(before, months)) < until:
        end = due - timedelta(days=random.randint(6, 50))
        start = max(end - timedelta(days=random.randint(26, 60)), held.first + timedelta(days=2))
        start = max(start, date(story.year + 2, 1, 2))  # when the next year of data is over
        end = max(end, start + timedelta(days=26))
        if end > story.cast.plan.until + timedelta(days=60):
            break
        name = f"case-{story.life.index + 1:06d}-{sign}{turn}"
        told = story.later(CaseKind.SURVEILLANCE, name, held, body, start, moment(end, random))
        restate = bool(held.package) and story.scheme.surveillance.drift_limit is not None and random.random() < 0.1
        held = told.keep(restate=restate)
        before, turn = end, turn + 1
        story.looked = before
    return held


def _labels(story: "Story", held: Held) -> None:
    mark_, exceeded = story.scheme.mark, story.life.defect == "labels-exceeded"
    if mark_ is None or (held.value is None and held.grade is None) or (story.random.random() > 0.2 and not exceeded):
        return
    random, number = story.random, held.number
    quantity = 1000 * random.randint(1, 400)
    at = _noon(held.first + timedelta(days=random.randint(2, 14)))
    shown = shown_by(mark_, held)
    planner = story.cast.pick(story.life, story.life.body, "planner", random)
    labels, story.batch = Labels("L-1", quantity, at.date(), shown), shown
    story.tell(LicenseLabels(number, "L-1", quantity), planner, at, (Step(Certified, number, LabelsLicensed(labels)),))
    used = quantity + 500 if exceeded else quantity * random.randint(1, 9) // 10
    later = at + timedelta(days=random.randint(5, 12))
    told = Step(Certified, number, LabelsUsed("L-1", used))
    story.tell(ReportLabels(number, "L-1", used), story.client, later, (told,))


def _urgent(story: "Story", held: Held, day: date) -> bool:
    """Tell of a suspension by the body, and whether the certificate came back."""
    random, number, reasons = story.random, held.number, mark(f"suspension {held.number}")
    until = suspended_until(story.scheme, day)
    ground = random.choice(GROUNDS)
    by = story.cast.pick(story.life, story.life.body, "decision-maker", random)
    change = StatusChange(Turn.SUSPENDED, day, until, "", held.body, reasons, by.person, ground)
    asked = SuspendUrgently(number, ground, reasons, until)
    story.tell(asked, by, _noon(day), (Step(Certified, number, StatusChanged(change)),))
    if random.random() < 0.65:
        end = moment(day + timedelta(days=random.randint(45, 120)), random)
        name = f"case-{story.life.index + 1:06d}-r"
        start = day + timedelta(days=12)
        story.later(CaseKind.SPECIAL, name, held, story.life.body, start, end).restore()
        return False
    if random.random() < 0.3:
        _withdrawn(story, held, day + timedelta(days=230))
    return True


def _ordered(story: "Story", held: Held, day: date) -> bool:
    """Tell of a suspension by order of the authority, which lifts it again."""
    random, number = story.random, held.number
    for turn, on in ((Turn.SUSPENDED, day), (Turn.RESTORED, day + timedelta(days=random.randint(15, 80)))):
        _order(story, number, turn, on)
    return False


def _withdrawn(story: "Story", held: Held, day: date) -> bool:
    _order(story, held.number, Turn.WITHDRAWN, day)
    return True


def _order(story: "Story", number: str, turn: Turn, day: date) -> None:
    reasons = mark(f"order {turn.value} {number}")
    change = StatusChange(turn, day, None, "", OFFICIAL.organisation, reasons)
    step = Step(Certified, number, OrderIssued(change))
    story.tell(IssueOrder(number, turn, reasons), OFFICIAL, _noon(day), (step,))


def _cancelled(story: "Story", held: Held, day: date) -> bool:
    reasons = mark(f"cancelled {held.number}")
    change = StatusChange(Turn.CANCELLED, day, None, "", held.client, reasons)
    step = Step(Certified, held.number, StatusChanged(change))
    story.tell(CancelCertificate(held.number, reasons), story.client, _noon(day), (step,))
    return True


def _complaint(story: "Story", held: Held, day: date) -> None:
    """Tell of a complaint by the authority, from its receipt to its end."""
    name, text, reasons = f"complaint-{held.number}", mark(f"complaint {held.number}"), mark(f"answer {held.number}")
    by = story.cast.people(story.life.body, "appeals")[0]
    outcome = "upheld" if story.random.random() < 0.3 else "rejected"
    event = ComplaintReceived(name, "complaint", OFFICIAL.organisation, held.body, "", held.number, text)
    resolved = [Step(Complaint, name, ComplaintResolved(outcome, reasons))]
    if outcome == "upheld":
        resolved.append(Step(Certified, held.number, DecisionDue(f"complaint {name}")))
    for later, asked, who, steps in (
        (0, Complain(name, held.number, text), OFFICIAL, (Step(Complaint, name, event),)),
        (3, Acknowledge(name), by, (Step(Complaint, name, ComplaintAcknowledged()),)),
        (8, Investigate(name), by, (Step(Complaint, name, InvestigationBegun()),)),
        (30, Resolve(name, outcome, reasons), by, tuple(resolved)),
        (35, CloseComplaint(name), by, (Step(Complaint, name, ComplaintClosed()),)),
    ):
        story.tell(asked, who, _noon(day + timedelta(days=later)), steps)


def _noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 9, 30, tzinfo=UTC)
