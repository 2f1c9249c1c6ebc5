"""Random sequences of actions by all roles over the cast's world, in memory or in a store; every invariant after each.

A player knows what would come next by the book and mostly does it, so that certificates are granted, suspended, moved
and appealed; often enough it does it as somebody else, out of order or with something wrong, and a refusal then names
its rule and changes nothing. A sequence follows from its seed, so a failure is played again by seed and length.

For another world: found and settle it as the cast does, and give `play` something with `do` and `find`.
"""

import pickle
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cache
from random import Random
from typing import Any

from certify import cast
from certify.cast import (
    ALPHA,
    BETA,
    BODIES,
    CLIENTS,
    CONCLUSIONS,
    ENERGY,
    EVIDENCE_PLAN,
    FACTS,
    LABEL,
    NORTH,
    OFFICIALS,
    REDUCTION,
    REGISTRAR,
    REQUIRED,
    RISKS,
    SCHEMES,
    SOUTH,
    START,
    TERMS,
    UNMODIFIED,
    Doing,
    Script,
    actor,
    agreed,
    copy_of,
    evidence,
    founding,
    mark,
    model_of,
    package,
    packages,
    schemes,
    settle,
    subject,
)
from certify.invariants import Ledger, check_standings, need
from footproof.certify.applications import (
    AcceptApplication,
    AttachPackage,
    DeclineApplication,
    SubmitApplication,
    WithdrawApplication,
)
from footproof.certify.case import Case, CaseState, Outcome, Plan, Severity, TeamMember
from footproof.certify.certificate import Certified, Turn
from footproof.certify.complaints import (
    Acknowledge,
    Appeal,
    CloseComplaint,
    Complain,
    Complaint,
    Investigate,
    Resolve,
)
from footproof.certify.decisions import OUTCOMES, CompleteReview, Decide, ReturnReview
from footproof.certify.declaration import Declaration, Pack
from footproof.certify.declaration_operations import (
    AttachActivityData,
    AttachStatement,
    CorrectDeclaration,
    Declare,
    SelfCalculate,
    StartDeclaration,
)
from footproof.certify.engagements import (
    AgreeEngagement,
    AmendEngagement,
    AnswerFact,
    ConcludeEngagement,
    CorrectMisstatement,
    DecideEngagement,
    DiscoverFact,
    Drawing,
    GatherEvidence,
    IssueStatement,
    PlanEngagement,
    RecordMisstatement,
    ReviewEngagement,
)
from footproof.certify.evaluations import (
    AnswerFinding,
    CloseFinding,
    CompleteActivity,
    Conclude,
    PlanEvaluation,
    RaiseFinding,
)
from footproof.certify.filing_operations import (
    DeregisterFiling,
    FileRule,
    ResubmitFiling,
    ReturnFiling,
    SubmitFiling,
)
from footproof.certify.filings import Filing
from footproof.certify.labels import LicenseLabels, ReportLabels
from footproof.certify.memory import MemoryWorld
from footproof.certify.neutrality import Credit, CreditKind, FootprintReference, NeutralityClaim
from footproof.certify.neutrality import Plan as ReductionPlan
from footproof.certify.neutrality_operations import ClaimNeutrality, EndNeutrality
from footproof.certify.operation import Operation
from footproof.certify.orders import CancelCertificate, IssueOrder, SuspendUrgently
from footproof.certify.people import Competence, Conflict
from footproof.certify.record import Actor, Recorded
from footproof.certify.register import (
    AssignRole,
    ChangeScope,
    DeclareConflict,
    DeclareSystem,
    EndEngagement,
    EndRole,
    EngagePerson,
    GrantCompetence,
    GrantScope,
    RegisterOrganisation,
    RegisterPerson,
)
from footproof.certify.surveillance import NotifyChange, OpenCase, ReportTrigger
from footproof.certify.verifications import Verification
from footproof.errors import FootproofError
from footproof.model.bilingual import Bilingual
from footproof.model.engagement import Assertion, Misstatement, MisstatementKind, Opinion, OpinionKind, State, Team
from footproof.model.recognition import Change, Scope
from footproof.model.scheme import CaseKind
from footproof.texts import describe

WORDS = Bilingual("示例说明", "DEMO words")
REASONS = mark("reasons")
Move = tuple[Operation, Actor]
PEOPLE = (
    *(actor(body, short, role) for body in BODIES for short, roles in cast.STAFF.items() for role in roles),
    *(actor(client, short) for client in CLIENTS for short in ("c1", "c2")),
    *OFFICIALS.values(),
)


@dataclass
class Watched:
    """A world whose every transaction is checked, and whose every refusal is looked at.

    Args:
        world: Memory or a store.
        ledger: What its events said so far.
    """

    world: Doing
    ledger: Ledger
    done: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)

    def do(self, operation: Operation, by: Actor, at: datetime) -> tuple[Recorded, ...]:
        """Carry out an operation and check what it led to, or the refusal."""
        before = _state(self.world)
        try:
            added = self.world.do(operation, by, at)
        except FootproofError as problem:
            self.refused[f"{operation.name} {problem.code}"] += 1
            check_refusal(problem)
            need(_state(self.world) == before, "I18", f"{operation.name} was refused and changed something")
            raise
        self.ledger.take(added)
        self.done[operation.name] += 1
        return added

    def find(self, record: type[Any], identity: str) -> Any:
        """Return a record."""
        return self.world.find(record, identity)


def _state(world: Doing) -> tuple[int, tuple[int, ...]]:
    """Return what shows whether a world in memory changed; a store is asked by its own tests."""
    if not isinstance(world, MemoryWorld):
        return 0, ()
    records = world._records
    return len(world.journal), tuple(map(id, records.values()))


def check_refusal(problem: FootproofError) -> None:
    """Check that a refusal names its rule and reads in both languages."""
    rule = problem.values.get("rule")
    need(isinstance(rule, str | Bilingual) and rule, "refusal", f"{problem.code} names no rule")
    key = problem.code, tuple(sorted(problem.values))
    if key in _READ:
        return
    for language in ("zh", "en"):
        for text in describe(problem, language):
            need(text and not any(f"{{{name}}}" in text for name in ("rule", "found", "needed")), "I19", text)
    _READ.add(key)


_READ: set[tuple[str, tuple[str, ...]]] = set()


class Player:
    """Chooses moves.

    Args:
        world: What it looks at.
        seed: From which every choice follows.
        now: When it begins.
        leaps: Whether months may pass between two moves.
    """

    def __init__(self, world: Watched, seed: int, now: datetime, *, leaps: bool = True) -> None:
        self.world, self.now, self.leaps = world, now, leaps
        self.random = Random(seed)  # a game
        self.ledger = world.ledger
        self.count = 0
        self.theme = self.random.choice(("cases", "cases", "certificates", "certificates", "disputes", "claims"))
        self.claims: list[str] = []
        self.stuck: Counter[str] = Counter()

    # Choosing

    def name(self, prefix: str) -> str:
        """Return a new name."""
        self.count += 1
        return f"{prefix}-{len(self.ledger.versions)}-{self.count}"

    def move(self) -> Move:
        """Return what is done next, an hour to some months later."""
        r = self.random
        jump = r.random()
        minutes = (
            r.randint(1, 90) if jump < 0.93 else r.randint(1, 40) * 1440 if jump < 0.985 else r.randint(60, 400) * 1440
        )
        self.now += timedelta(minutes=minutes if self.leaps else min(minutes, 2880))
        roll = r.random()
        found = self.sensible() if roll < 0.93 else self.wild()
        operation, by = found
        if r.random() < 0.07:
            by = r.choice(PEOPLE)
        elif r.random() < 0.04:
            by = replace(by, person=r.choice(PEOPLE).person)
        return operation, by

    def sensible(self) -> Move:  # noqa: PLR0911  # one turn each
        """Return something that the book allows, as far as one can see."""
        r = self.random
        cases = [name for name, case in self.ledger.cases.items() if not case.ended]
        certificates = list(self.ledger.certificates)
        weights = {
            "cases": (24, 3, 1, 1, 1),
            "certificates": (24, 7, 1, 1, 0),
            "disputes": (10, 3, 4, 2, 0),
            "claims": (3, 1, 0, 1, 12),
        }[self.theme]
        chosen = r.choices(range(5), weights)[0]
        if chosen == 4:
            return self.claim()
        if chosen == 3:
            return self.register() if r.random() < 0.6 else self.filing()
        if chosen == 2 and (self.ledger.complaints or certificates):
            return self.dispute()
        if chosen == 1 and certificates:
            return self.certificate(r.choice(certificates[-4:]), busy=len(cases) > 1)
        if cases and (len(cases) > 1 or r.random() < 0.95):
            return self.case(r.choice(cases[-2:]))
        if certificates and r.random() < 0.5:
            return self.certificate(r.choice(certificates[-4:]))
        return self.apply()

    def somebody(self, body: str, role: str) -> Actor:
        """Return a person of a body with a role; the one with too many roles now and then."""
        able = [short for short, roles in cast.STAFF.items() if role in roles and short != "x"]
        if role in cast.STAFF["x"] and self.random.random() < 0.08:
            return actor(body, "x", role)
        return actor(body, self.random.choice(able), role)

    def holder(self, client: str) -> Actor:
        """Return a representative."""
        return actor(client, self.random.choice(("c1", "c2")))

    # Cases

    def apply(self) -> Move:
        """Apply for a first certificate."""
        r = self.random
        client, body = r.choice(CLIENTS), r.choices(BODIES, (3, 2))[0]
        scheme = r.choices(SCHEMES, (4, 3, 4 if body == ALPHA or r.random() < 0.1 else 0))[0]
        year = r.choice(cast.YEARS)
        sent = "" if scheme == ENERGY else package(client, year, r.choices(cast.FLAVOURS, (16, 1, 1, 1, 1))[0])
        about = subject(client, year, scheme)
        submit = SubmitApplication(self.name("C"), CaseKind.INITIAL, body, scheme, about, sent)
        return submit, self.holder(client)

    def case(self, name: str) -> Move:  # noqa: PLR0911  # one turn each
        """Return what comes next in a case."""
        case = self.world.find(Case, name)
        r, body = self.random, case.body
        if self.stuck[name] > 3 or r.random() < 0.01:
            self.stuck[name] = 0
            if case.state is CaseState.REVIEWED:
                return ReturnReview(name, REASONS), self.somebody(body, "reviewer")
            best = package(case.client, case.subject.first.year)
            if case.package not in ("", best):
                return AttachPackage(name, best), self.holder(case.client)
            return WithdrawApplication(name), self.holder(case.client)
        if case.state is CaseState.SUBMITTED:
            if not case.package and case.scheme != ENERGY:
                return AttachPackage(name, self.fitting(case)), self.holder(case.client)
            if r.random() < 0.03:
                return DeclineApplication(name, REASONS), self.somebody(body, "planner")
            facts = FACTS[case.scheme] if r.random() < 0.97 else FACTS[case.scheme][1:]
            laboratories = (r.choice((cast.LABORATORY, BETA)),) if r.random() < 0.1 else ()
            terms = replace(TERMS, laboratories=laboratories)
            return AcceptApplication(name, terms, facts), self.somebody(body, "planner")
        if case.state is CaseState.ACCEPTED or (case.state is CaseState.PLANNED and r.random() < 0.02):
            return self.plan(case)
        if case.state is CaseState.PLANNED:
            return self.work(case)
        if r.random() < 0.05:
            return ReturnReview(name, REASONS), self.somebody(body, r.choice(("reviewer", "decision-maker")))
        return self.decide(case)

    def fitting(self, case: Case) -> str:
        """Return a package of the case's product and period, mostly a good one."""
        flavour = self.random.choices(cast.FLAVOURS, (20, 2, 1, 1, 1))[0]
        return package(case.client, case.subject.first.year, flavour)

    def plan(self, case: Case) -> Move:
        """Appoint a team."""
        r = self.random
        team = [TeamMember(self.somebody(case.body, role).person, role) for role in ("assessor", "verifier")]
        if r.random() < 0.04:
            team.append(
                TeamMember(self.somebody(r.choice(BODIES), "reviewer").person, r.choice(("assessor", "reviewer")))
            )
        return PlanEvaluation(case.id, Plan(tuple(team))), self.somebody(case.body, "planner")

    def member(self, case: Case, role: str) -> Actor:
        """Return somebody of the team."""
        team = case.plan.team if case.plan is not None else ()
        person = next((one.person for one in team if one.role == role), actor(case.body, "a2").person)
        return Actor(person, role, case.body)

    def work(self, case: Case) -> Move:  # noqa: PLR0911, C901  # one turn each
        """Return what the team or the client does next, or the review."""
        r = self.random
        role = r.choice(("assessor", "verifier"))
        if r.random() < 0.03:
            severity = r.choice(tuple(Severity))
            return RaiseFinding(case.id, self.name("F"), "7.1", severity, REASONS), self.member(case, role)
        for finding in case.findings:
            if finding.open and r.random() < 0.5:
                if finding.action:
                    return CloseFinding(case.id, finding.id), self.member(case, role)
                return AnswerFinding(case.id, finding.id, mark("action")), self.holder(case.client)
        if r.random() < 0.02 and case.scheme != ENERGY:
            return AttachPackage(case.id, self.fitting(case)), self.holder(case.client)
        for activity, who in REQUIRED[case.scheme, case.kind]:
            if activity not in case.done and r.random() < 0.97:
                if who == "verifier":
                    return self.verify(case)
                kept = evidence("record", export=r.choice(("authorities", "site")))
                outsourced = cast.LABORATORY if r.random() < 0.02 else ""
                return CompleteActivity(case.id, activity, kept, "", outsourced), self.member(case, who)
        reached = {one.id for one in case.conclusions if one.positive}
        for conclusion, who, kinds in CONCLUSIONS[case.scheme]:
            if conclusion not in reached and r.random() < 0.98:
                positive = r.random() < 0.97
                kept = evidence(*(kinds if r.random() < 0.97 else kinds[1:]), export="site")
                return Conclude(case.id, conclusion, positive, kept), self.member(case, who)
        return CompleteReview(case.id, self.wanted(case), REASONS), self.somebody(case.body, "reviewer")

    def wanted(self, case: Case) -> Outcome:
        """Return what a case is to end with."""
        r = self.random
        if r.random() < 0.15:
            return r.choice(tuple(Outcome))
        if case.kind in (CaseKind.INITIAL, CaseKind.RENEWAL, CaseKind.TRANSFER):
            return Outcome.GRANT if r.random() < 0.93 else Outcome.REFUSE
        if case.kind is CaseKind.SPECIAL and self.ledger.standing(case.certificate, self.now.date()) != "valid":
            return Outcome.RESTORE
        return r.choice((Outcome.MAINTAIN, Outcome.RESTATE, *OUTCOMES[case.kind]))

    def decide(self, case: Case) -> Move:
        """Decide, mostly as the reviewer recommended."""
        r, day = self.random, self.now.date()
        if r.random() < 0.04:
            worker = r.choice(sorted(case.evaluators))
            tie = Conflict(case.client, "consulted", day - timedelta(days=r.choice((1, 400))))
            return DeclareConflict(worker, tie), actor(case.body, "m")
        outcome = case.recommendation if r.random() < 0.9 else self.wanted(case)
        assert outcome is not None
        number = ""
        if outcome is Outcome.GRANT:
            number = f"DEMO-{len(self.ledger.versions):05d}-{self.count}" if r.random() < 0.96 else "DEMO-00001"
            self.count += 1
        until = day + timedelta(days=r.choice((30, 90, 170, 400))) if outcome is Outcome.SUSPEND else None
        about = None
        if outcome is Outcome.REDUCE and case.subject.family is not None and case.certificate:
            held = self.ledger.certificates[case.certificate].held.subject
            less = replace(held.family, members=held.family.members[:-1]) if held.family is not None else None
            about = replace(held, family=less)
        named = case.package if r.random() < 0.97 else package(case.client, 2024, "broken")
        if case.scheme == ENERGY and r.random() < 0.99:
            named = ""
        return Decide(case.id, outcome, REASONS, named, number, until, about), self.somebody(
            case.body, "decision-maker"
        )

    # Verifications

    def verify(self, case: Case) -> Move:
        """Return what comes next in the verification of the case's package, or the activity that it completes."""
        r, body = self.random, case.body
        mine = [
            name
            for name, one in self.ledger.verifications.items()
            if one.case == case.id and one.agreed.claim.package == case.package
        ]
        verifier = self.member(case, "verifier")
        if not mine or r.random() < 0.01:
            if case.package not in packages():
                return AttachPackage(case.id, self.fitting(case)), self.holder(case.client)
            terms = agreed(case.package)
            return AgreeEngagement(self.name("V"), case.client, terms, case.id), self.somebody(body, "planner")
        if r.random() < 0.04:
            some = r.choice(list(self.ledger.verifications))
            return CompleteActivity(case.id, "pcf-verification", evidence("statement"), some), verifier
        found = self.world.find(Verification, mine[-1])
        if found.engagement.state is State.ISSUED and r.random() < 0.9:
            name = "pcf-verification"
            return CompleteActivity(case.id, name, evidence("statement"), found.id), verifier
        return self.engagement(found, verifier)

    def engagement(self, found: Verification, verifier: Actor) -> Move:  # noqa: PLR0911  # one turn each
        """Return what comes next in a verification."""
        r, name, body, done = self.random, found.id, found.body, found.engagement
        if done.state is State.ENGAGED:
            team = Team(verifier.person, (verifier.person,))
            size = r.choice((1, 2, 3))
            drawing = Drawing("seed of the lottery", size, r.choice(("size", "stratified")))
            return PlanEngagement(name, team, RISKS, EVIDENCE_PLAN, (drawing,)), self.somebody(body, "planner")
        if done.state is State.PLANNED:
            return self.gather(found, verifier)
        reviewer = self.somebody(body, "reviewer")
        if done.state is State.EXECUTED:
            return ReviewEngagement(name), reviewer
        if done.state is State.REVIEWED:
            return DecideEngagement(name), self.somebody(body, r.choice(("reviewer", "decision-maker")))
        if done.state is State.DECIDED:
            return IssueStatement(name, mark(f"statement {name} {done.version}")), reviewer
        if done.state is State.ISSUED:
            return DiscoverFact(name, WORDS), verifier
        if done.state is State.FACTS_AFTER_ISSUE:
            return AnswerFact(name, r.choice(("stands", "stands", "revised", "withdrawn"))), reviewer
        terms = agreed(done.claim.package) if done.claim is not None else agreed(package(NORTH, 2025))
        return AmendEngagement(name, terms, WORDS), self.somebody(body, "planner")

    def gather(self, found: Verification, verifier: Actor) -> Move:
        """Gather, find misstatements, conclude."""
        r, done = self.random, found.engagement
        if r.random() < 0.08:
            claim = done.claim
            assert claim is not None
            share = r.choice((Fraction(1, 100), Fraction(1, 50), Fraction(-1, 30), Fraction(1, 5)))
            amount = None if r.random() < 0.1 else share * claim.whole
            category = r.choice(("materials", "production"))
            item = Misstatement(
                self.name("M"), "row-1", category, Assertion.ACCURACY, amount, False, MisstatementKind.ERROR
            )
            return RecordMisstatement(found.id, item), verifier
        open_ = [one.id for one in done.misstatements if not one.corrected]
        if open_ and r.random() < 0.4:
            return CorrectMisstatement(found.id, r.choice(open_)), verifier
        gathered = {one.item for one in done.gathered if one.version == done.version}
        for wanted in EVIDENCE_PLAN.items:
            if wanted.id not in gathered and r.random() < 0.97:
                return GatherEvidence(found.id, wanted.id, mark(wanted.id)), verifier
        opinion = UNMODIFIED if r.random() < 0.93 else Opinion(r.choice(tuple(OpinionKind)), (WORDS,))
        return ConcludeEngagement(found.id, opinion), verifier

    # Certificates

    def certificate(self, number: str, *, busy: bool = False) -> Move:
        """Return something about a certificate; no further case while there are some."""
        r = self.random
        held = self.ledger.certificates[number].held
        standing = self.ledger.standing(number, self.now.date())
        if standing == "valid":
            choices: tuple[tuple[Callable[[str, Any], Move], int], ...] = (
                (self.later, 0 if busy else 10),
                (self.open, 0 if busy else 4),
                (self.labels, 5),
                (self.notify, 2),
                (self.interrupt, 4),
                (self.neutral, 1),
            )
        else:
            choices = (
                (self.later, 0 if busy else 5),
                (self.open, 0 if busy else 6),
                (self.interrupt, 3),
                (self.labels, 1),
            )
        chosen = r.choices([one for one, _ in choices], [weight for _, weight in choices])[0]
        return chosen(number, held)

    def _about(self, held: Any, year: int) -> Any:
        family = held.subject.family
        return subject(held.client, year, held.scheme, len(family.members) if family is not None else 3)

    def later(self, number: str, held: Any) -> Move:
        """Apply for a later case."""
        r = self.random
        kind = r.choices(tuple(CaseKind), (1, 8, 3, 4, 5, 3))[0]
        body = held.body if kind is not CaseKind.TRANSFER or r.random() < 0.05 else _other(held.body)
        year = r.choice(cast.YEARS) if kind is not CaseKind.TRANSFER else held.subject.first.year
        flavour = r.choices(cast.FLAVOURS, (16, 6, 1, 1, 1))[0]
        sent = "" if held.scheme == ENERGY else package(held.client, year, flavour)
        if kind is CaseKind.TRANSFER:
            sent = held.package
        scheme = held.scheme if r.random() < 0.98 else r.choice(SCHEMES)
        about = self._about(held, year)
        submit = SubmitApplication(self.name("C"), kind, body, scheme, about, sent, number)
        return submit, self.holder(held.client)

    def open(self, number: str, held: Any) -> Move:
        """Open a case without an application."""
        kind = self.random.choice((CaseKind.SURVEILLANCE, CaseKind.SPECIAL))
        year = held.subject.first.year if kind is CaseKind.SPECIAL else self.random.choice(cast.YEARS)
        opened = OpenCase(number, self.name("C"), kind, self._about(held, year))
        return opened, self.somebody(held.body, "planner")

    def labels(self, number: str, held: Any) -> Move:
        """License labels, or report their use."""
        r = self.random
        if self.ledger.certificates[number].batches and r.random() < 0.5:
            return ReportLabels(number, r.choice((1, 10, 600, 0))), self.holder(held.client)
        batch = self.name("B") if r.random() < 0.9 else "B-1"
        return LicenseLabels(number, batch, r.choice((1000, 500, -1))), self.somebody(held.body, "planner")

    def notify(self, number: str, held: Any) -> Move:
        """Tell of a change, or of a trigger."""
        r = self.random
        if r.random() < 0.5:
            return NotifyChange(number, mark(self.name("notice"))), self.holder(held.client)
        facts = (("complaint_upheld", r.choice(("true", "true", "false"))),)
        return ReportTrigger(number, facts), r.choice((OFFICIALS["regulator"], self.somebody(held.body, "planner")))

    def interrupt(self, number: str, held: Any) -> Move:
        """Suspend, lift, withdraw or give up."""
        r = self.random
        if r.random() < 0.12:
            return CancelCertificate(number, REASONS), self.holder(held.client)
        if r.random() < 0.5:
            turn = r.choices((Turn.SUSPENDED, Turn.RESTORED, Turn.WITHDRAWN, Turn.CANCELLED), (6, 6, 1, 1))[0]
            return IssueOrder(number, turn, REASONS), OFFICIALS["regulator"]
        until = self.now.date() + timedelta(days=r.choice((20, 100, 170, 300)))
        suspend = SuspendUrgently(number, r.choice(("mark-misused", "change-unreported", "nothing")), REASONS, until)
        return suspend, actor(held.body, r.choice(("d", "d", "x")), "decision-maker")

    # Disputes, filings, people

    def dispute(self) -> Move:
        """Complain or appeal, or go on with one."""
        r = self.random
        running = [name for name, one in self.ledger.complaints.items() if one["state"] != "closed"]
        if running and r.random() < 0.75:
            found = self.world.find(Complaint, r.choice(running))
            by = actor(found.body, r.choice(("q", "q", "x")), "appeals")
            if found.handler and r.random() < 0.9:
                by = replace(by, person=found.handler)
            moves: dict[str, Operation] = {
                "received": Acknowledge(found.id),
                "acknowledged": Investigate(found.id),
                "under-investigation": Resolve(found.id, r.choices(("upheld", "rejected"), (3, 1))[0], REASONS),
                "resolved": CloseComplaint(found.id),
            }
            return moves[found.state], by
        decided = [name for name, one in self.ledger.cases.items() if one.ended]
        if decided and r.random() < 0.6:
            name = r.choice(decided)
            return Appeal(name, self.name("A"), REASONS), self.holder(self.ledger.cases[name].client)
        number = r.choice(list(self.ledger.certificates) or ["DEMO-NONE"])
        return Complain(self.name("K"), number, REASONS), self.holder(r.choice(CLIENTS))

    def filing(self) -> Move:
        """Deregister, submit again, file or return."""
        r = self.random
        names = {body: Filing.name(body, REDUCTION) for body in BODIES}
        ended = [body for body, name in names.items() if self.ledger.filings[name].get("ended")]
        body = r.choice(ended or BODIES)
        found = self.world.find(Filing, Filing.name(body, REDUCTION))
        regulator, manager = OFFICIALS["regulator"], actor(body, "m")
        if found is None or r.random() < 0.05:
            scheme = r.choice(SCHEMES)
            return SubmitFiling(scheme, "reduction-removal", mark("rule")), manager
        moves: dict[str, Move] = {
            "filed": (DeregisterFiling(body if r.random() < 0.4 else "", REDUCTION, REASONS), regulator),
            "deregistered": (ResubmitFiling(REDUCTION, "reduction-removal", mark("rule 2"), body), manager),
            "returned": (ResubmitFiling(REDUCTION, "reduction-removal", mark("rule 3"), body), manager),
            "submitted": (FileRule(body, REDUCTION), regulator),
        }
        if found.state == "submitted" and r.random() < 0.2:
            return ReturnFiling(body, REDUCTION, REASONS), regulator
        return moves[found.state]

    def register(self) -> Move:
        """Change something about people and scopes."""
        r, body, day = self.random, self.random.choice(BODIES), self.now.date()
        manager = actor(body, "m")
        short = r.choice(("a1", "a2", "v1", "v2", "r", "d", "q", "x"))
        person = actor(body, short).person
        client = r.choice(CLIENTS)
        last = r.choice((None, day, day - timedelta(days=900)))
        tie = Conflict(client, r.choice(("consulted", "family")), day - timedelta(days=r.choice((5, 1000))), last)
        suspended = Change(r.choice(("suspended", "restored", "restored", "restored")), day, day)
        scope = Scope("1", ("product-certification",), ("*",), ("*",), ("place:CN",), cast.LONG_AGO, None, day)
        role = r.choice(cast.STAFF[short])
        regulator = OFFICIALS["regulator"]
        for one in PEOPLE:
            if one.organisation == body and not self.ledger.works(one.person, body, day):
                return EngagePerson(one.person, body, day), manager
            if one.organisation == body and not self.ledger.holds(one.person, one.role, body, day):
                return AssignRole(one.person, body, one.role), manager
        moves: tuple[Move, ...] = (
            (DeclareConflict(person, tie), r.choice((manager, actor(body, short)))),
            (EndRole(person, body, role), manager),
            (AssignRole(person, body, role), manager),
            (EngagePerson(person, _other(body), day), actor(_other(body), "m")),
            (EndEngagement(person, body), manager),
            (ChangeScope(body, f"approval {body}", suspended), regulator),
            (ChangeScope(body, f"approval {body}", Change("restored", day, day)), regulator),
            (GrantCompetence(person, Competence(role, "*", "*", day, date(2040, 1, 1))), manager),
            (RegisterPerson(self.name("person").lower()), REGISTRAR),
            (
                RegisterOrganisation(self.name("urn:demo:o"), "client", WORDS, "CN-GD", True, r.choice(_CODES)),
                REGISTRAR,
            ),
            (DeclareSystem(client, "ISO 9001", day), self.holder(client)),
            (GrantScope(cast.LABORATORY, self.name("approval"), "DEMO-3", (scope,)), regulator),
            (GrantScope(body, self.name("approval"), "DEMO-4", (replace(scope, known=cast.LONG_AGO),)), regulator),
        )
        return r.choice(moves)

    # Claims and declarations

    def claim(self) -> Move:
        """Go on with a declaration, with the verification that it needs, or claim neutrality."""
        r = self.random
        certificates = [name for name, one in self.ledger.certificates.items() if one.held.value is not None]
        if certificates and r.random() < 0.2:
            number = r.choice(certificates)
            return self.neutral(number, self.ledger.certificates[number].held)
        running = list(self.ledger.declared)
        if not running or r.random() < 0.05:
            client = r.choice(CLIENTS)
            energy = r.choice((Decimal(60), Decimal(60), Decimal(60), Decimal(2)))
            pack = Pack(client, model_of(client), "nmc", energy)
            return StartDeclaration(self.name("D"), pack, mark("plan")), self.holder(client)
        found = self.world.find(Declaration, r.choice(running))
        return self.declare(found)

    def declare(self, found: Declaration) -> Move:  # noqa: PLR0911  # one turn each
        """Return what comes next in a declaration."""
        r, maker = self.random, found.pack.maker
        by = self.holder(maker)
        year = 2025 if found.state.value != "corrected" and found.declared_on is None else 2024
        sent = package(maker, year, r.choices(cast.FLAVOURS, (20, 1, 1, 1, 1))[0])
        if found.state.value == "quality-plan":
            return AttachActivityData(found.id, mark("data")), by
        if found.state.value == "activity-data":
            return SelfCalculate(found.id, sent), by
        if found.state.value == "verified":
            return Declare(found.id), by
        wanted = (
            found.parts.get("self-calculation", "") if found.state.value == "self-calculated" else package(maker, 2024)
        )
        mine = [
            name
            for name, one in self.ledger.verifications.items()
            if not one.case and one.agreed.claim.package == wanted
        ]
        if not mine:
            terms = agreed(wanted)
            return AgreeEngagement(self.name("V"), maker, terms), self.somebody(r.choice(BODIES), "planner")
        done = self.world.find(Verification, mine[-1])
        if done.engagement.state is not State.ISSUED and r.random() < 0.95:
            team = done.engagement.team
            verifier = Actor(team.leader, "verifier", done.body) if team else self.somebody(done.body, "verifier")
            return self.engagement(done, verifier)
        if found.state.value == "self-calculated":
            return AttachStatement(found.id, done.id), by
        correction = CorrectDeclaration(found.id, mark("plan 2"), mark("data 2"), wanted, done.id, "meter")
        return correction, by

    def neutral(self, number: str, held: Any) -> Move:
        """Claim neutrality for the product of a certificate, or take a claim back."""
        r, day = self.random, self.now.date()
        if self.claims and r.random() < 0.2:
            return EndNeutrality(self.claims[-1]), self.holder(held.client)
        value = held.value if held.value is not None else Decimal(1)
        units = Decimal(100)
        tonnes = int(value * units / 1000) + 1
        first = r.choice((1, 1, 20, 40, 60, 80))
        credit = Credit(
            "Demo Registry",
            r.choice(("block-a", "Block-A", "block-b")),
            first,
            first + tonnes - 1,
            day.year - 1,
            Decimal(tonnes),
            CreditKind.REMOVAL,
            day,
            held.client,
        )
        base = value * 2
        plan = ReductionPlan(mark("neutral plan"), day.year - 1, base, {day.year: value}, {})
        claim = NeutralityClaim(
            self.name("N"),
            held.client,
            FootprintReference(number, held.package, value, held.unit),
            day.year,
            day,
            units,
            plan,
            {day.year - 1: base, day.year: value},
            value * units,
            (credit,),
        )
        self.claims.append(claim.id)
        return ClaimNeutrality(claim, LABEL), self.holder(held.client)

    def wild(self) -> Move:
        """Return something out of order about anything."""
        r = self.random
        name = r.choice(list(self.ledger.cases) or ["C-0"])
        number = r.choice(list(self.ledger.certificates) or ["DEMO-NONE"])
        case = self.ledger.cases.get(name)
        body, client = (case.body, case.client) if case is not None else (ALPHA, NORTH)
        until = self.now.date() + timedelta(days=100)
        moves: tuple[Move, ...] = (
            (
                Decide(name, r.choice(tuple(Outcome)), REASONS, case.package if case else "", number, until),
                actor(body, "x", "decision-maker"),
            ),
            (Decide(name, Outcome.GRANT, REASONS, case.package if case else "", self.name("DEMO-W")), actor(body, "d")),
            (CompleteReview(name, Outcome.GRANT, REASONS), actor(body, "x", "reviewer")),
            (CompleteReview(name, r.choice(tuple(Outcome)), REASONS), actor(body, "r")),
            (PlanEvaluation(name, Plan((TeamMember(actor(body, "x").person, "assessor"),))), actor(body, "p")),
            (AttachPackage(name, package(client, r.choice(cast.YEARS), r.choice(cast.FLAVOURS))), self.holder(client)),
            (WithdrawApplication(name), self.holder(client)),
            (AcceptApplication(name, TERMS, ()), actor(body, "p")),
            (Conclude(name, "number", True, evidence("package", "verification-statement")), actor(body, "v1")),
            (IssueOrder(number, r.choice(tuple(Turn)), REASONS), OFFICIALS["regulator"]),
            (
                Resolve(r.choice(list(self.ledger.complaints) or ["K-0"]), "upheld", REASONS),
                actor(body, "x", "appeals"),
            ),
            (LicenseLabels(number, "B-1", 10), actor(body, "p")),
            (SubmitApplication(name, CaseKind.INITIAL, body, "no@scheme", subject(client)), self.holder(client)),
        )
        return r.choice(moves)


_CODES = ("", "91000000DEM0000012", cast.credit_code(1), cast.credit_code(77))


def _other(body: str) -> str:
    return BETA if body == ALPHA else ALPHA


def play(
    watched: Watched, seed: int, length: int, now: datetime = START + timedelta(days=30), *, leaps: bool = True
) -> datetime:
    """Play one sequence: every action is checked by the ledger, the status of every certificate now and then.

    Args:
        watched: A settled world with its ledger.
        seed: From which every choice follows.
        length: How many actions.
        now: When it begins; after everything in the world.
        leaps: Whether months may pass between two actions.

    Returns:
        When it ended.

    Raises:
        AssertionError: An invariant does not hold.
    """
    player = Player(watched, seed, now, leaps=leaps)
    for step in range(length):
        operation, by = player.move()
        try:
            watched.do(operation, by, player.now)
        except FootproofError:
            player.stuck[getattr(operation, "case", "")] += 1
            continue
        except Exception as problem:
            problem.add_note(f"seed {seed}, action {step + 1}: {operation} by {by} at {player.now}")
            raise
        if step % 8 == 7:
            check_standings(watched.ledger, lambda number: watched.find(Certified, number), player.now.date())
    check_standings(watched.ledger, lambda number: watched.find(Certified, number), player.now.date())
    return player.now


def begin(world: Doing, founded: tuple[Recorded, ...], chapter: int) -> Watched:
    """Bring a founded world to where a sequence begins: settled, and in later chapters with certificates.

    Args:
        world: Founded, nothing else.
        founded: The events it was founded with.
        chapter: 0 for nothing more; 1 for a certificate of each scheme; 2 for one suspended and one of the other body.
    """
    watched = Watched(world, Ledger())
    watched.ledger.take(founded, founding=True)
    settle(watched)
    script = Script(watched)
    if chapter >= 1:
        script.certify("DEMO-00001", LABEL, SOUTH)
        script.certify("DEMO-00002", REDUCTION, NORTH)
    if chapter >= 2:
        script.assessor = "x"
        script.certify("DEMO-00003", ENERGY, NORTH)
        script.assessor = "a1"
        script.certify("DEMO-00004", LABEL, NORTH, BETA)
        until = script.now.date() + timedelta(days=170)
        script.do(SuspendUrgently("DEMO-00004", "mark-misused", REASONS, until), actor(BETA, "d"))
    watched.done.clear()
    return watched


CHAPTERS = 3


@cache
def _chapter(number: int) -> tuple[MemoryWorld, bytes]:
    world = MemoryWorld(schemes(), packages())
    watched = begin(world, world.commit(founding(), REGISTRAR, START), number)
    return world, pickle.dumps(watched.ledger)


def in_memory(chapter: int) -> Watched:
    """Return a world in memory as a chapter begins, made once and copied."""
    world, ledger = _chapter(chapter)
    return Watched(copy_of(world), pickle.loads(ledger))  # made above
