"""Random sequences of actions by all roles over the cast's world, in memory or in a store; every invariant after each.

A player knows what would come next by the book and mostly does it, so that certificates are granted, suspended, moved
and appealed; often enough it does it as somebody else, out of order or with something wrong, and a refusal then names
its rule and changes nothing. A sequence follows from its seed, so a failure is played again by seed and length.

For another world: found and settle it as the cast does, and give `play` something with `do` and `find`.
"""

import pickle
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
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
    NEUTRAL,
    NORTH,
    OFFICIALS,
    REDUCTION,
    REGISTRAR,
    RISKS,
    SCHEMES,
    SOUTH,
    STARS,
    START,
    TERMS,
    UNMODIFIED,
    Doing,
    Script,
    actor,
    agreed,
    answers_to,
    copy_of,
    evidence,
    founding,
    ground_for,
    mark,
    package,
    packages,
    proof,
    proposed,
    required,
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
from footproof.certify.case import Answer as Answered
from footproof.certify.case import Base, Case, CaseState, Met, Outcome, Plan, Severity, Subject, TeamMember
from footproof.certify.certificate import Certified, Settled, Turn
from footproof.certify.complaints import (
    Acknowledge,
    Appeal,
    AppealChange,
    CloseComplaint,
    Complain,
    Complaint,
    Investigate,
    Resolve,
)
from footproof.certify.decisions import OUTCOMES, CompleteReview, Decide, ReturnReview
from footproof.certify.declaration import Declaration
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
    BeginActivity,
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
from footproof.certify.neutrality_operations import ClaimNeutrality, EndNeutrality, NameClaim
from footproof.certify.operation import Operation
from footproof.certify.orders import CancelCertificate, EndLapsed, IssueOrder, SuspendUrgently
from footproof.certify.ownership import EndOwner, StateOwner
from footproof.certify.pack_lists import ListPacks
from footproof.certify.people import Competence, Conflict
from footproof.certify.record import Actor, Recorded
from footproof.certify.register import (
    AssignRole,
    ChangeScope,
    DeclareConflict,
    DeclareSystem,
    EndCompetence,
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
from footproof.model.days import legal_day
from footproof.model.engagement import (
    Answer,
    Assertion,
    Level,
    Misstatement,
    MisstatementKind,
    Opinion,
    OpinionKind,
    State,
    Team,
)
from footproof.model.recognition import Change, Scope
from footproof.model.scheme import CaseKind, FactKind
from footproof.texts import describe
from footproof.verify.engagement import wanted_items

ORDERING = ("regulator", "regulator", "province", "elsewhere")
VERIFIES = (("pcf-verification", "verifier"), ("claim-verification", "verifier"))
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


NAMED = ("Wang Wei was late", "wang.wei@example.cn", "王伟 13800000000", "sha256:wang-wei")


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
        self.pen = Random(-1 - seed)  # another, so that what is written does not change what is done
        self.bases = Random(f"bases {seed}")  # as well: what is compared with what
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

    def written(self, operation: Operation) -> Operation:
        """Return an operation as it is, or, now and then, with a person named where a digest or a name belongs."""
        texts = [one.name for one in fields(operation) if type(getattr(operation, one.name)) is str]
        if not texts or self.pen.random() > 0.03:
            return operation
        return replace(operation, **{self.pen.choice(texts): self.pen.choice(NAMED)})

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
        """Return a person of a body with a role; now and then the one with too many roles, or the newcomer."""
        able = [short for short, roles in cast.STAFF.items() if role in roles and short not in ("x", "n")]
        if role in cast.STAFF["n"] and self.random.random() < 0.02:
            return actor(body, "n", role)
        if role in cast.STAFF["x"] and self.random.random() < 0.08:
            return actor(body, "x", role)
        return actor(body, self.random.choice(able), role)

    def holder(self, client: str) -> Actor:
        """Return a representative."""
        return actor(client, self.random.choice(("c1", "c2")))

    def years(self) -> tuple[int, ...]:
        """Return the years whose data are there."""
        return tuple(year for year in cast.YEARS if year < self.now.year)

    def year(self) -> int:
        """Return a year, now and then one that is not over."""
        return self.random.choice(self.years() if self.random.random() < 0.97 else cast.YEARS)

    def newer(self, number: str) -> int:
        """Return the year that a surveillance or renewal would look at, now and then another."""
        found = self.world.find(Certified, number)
        following = found.newest.year + 1 if found is not None else 0
        return following if following in self.years() and self.random.random() < 0.9 else self.year()

    # Cases

    def apply(self) -> Move:
        """Apply for a first certificate."""
        r = self.random
        client, body = r.choice(CLIENTS), r.choices(BODIES, (3, 2))[0]
        other = body == ALPHA or r.random() < 0.1
        scheme = r.choices(SCHEMES, (4, 3, 4 if other else 0, 3 if other else 0))[0]
        year = min(self.years()) if r.random() < 0.6 else self.year()
        flavour = r.choices(cast.FLAVOURS, (16, 1, 1, 1, 1, 2))[0]
        sent = "" if scheme == ENERGY else package(client, year, flavour)
        if scheme == STARS and r.random() < 0.3:
            sent = ""
        about = self.odd(subject(client, year, scheme, second=flavour == cast.SECOND))
        about = cast.without_packages(about) if not sent and r.random() < 0.9 else about
        base = self.base(client, year, scheme)
        scheme = LABEL if scheme == REDUCTION and base is None and self.bases.random() < 0.9 else scheme
        submit = SubmitApplication(self.name("C"), CaseKind.INITIAL, body, scheme, about, sent, "", base)
        return submit, self.holder(client)

    def base(self, client: str, year: int, scheme: str) -> Base | None:
        """Return a base to name in an application, mostly one that stands, and only where there should be one."""
        r, ledger = self.bases, self.ledger
        if (scheme == REDUCTION) == (r.random() < 0.03):
            return None
        known = [package(client, one) for one in (cast.BASE_YEAR, *cast.YEARS) if one < year]
        good = [Base(one, name) for name, view in ledger.certificates.items() for one in view.seen if one in known]
        stated = [(name, one) for name, one in ledger.verifications.items() if one.standing]
        good += [Base(claim.package, "", name) for name, one in stated if (claim := one.agreed.claim).package in known]
        if r.random() < 0.9:
            return r.choice(good or [None])
        sent = package(client, r.choice((cast.BASE_YEAR, *cast.YEARS)), r.choice((*cast.FLAVOURS, cast.HIGHER)))
        names = list(ledger.certificates) or ["DEMO-NONE"], list(ledger.verifications) or ["V-0"]
        return Base(sent, r.choice((*names[0], "")), r.choice((*names[1], "")))

    def known(self, number: str) -> int:
        """Return the year of the newest data that anybody looked at, mostly; else that of the certificate."""
        view = self.ledger.certificates[number]
        return (max(view.newest, view.looked) if self.random.random() < 0.8 else view.held.subject.first).year

    def odd(self, about: Subject) -> Subject:
        """Return a subject, now and then of no category there is, or its family too wide or wrong."""
        if about.model and self.random.random() < 0.04:
            return replace(about, category="cn.pcf:18")
        if about.family is None or self.random.random() < 0.6:
            return about
        members = about.family.members
        own, other = members[0], members[-1]
        families = (
            replace(about.family, spread=Decimal("0.9")),
            replace(about.family, spread=Decimal("0.02")),
            replace(about.family, basis="worst-case"),
            replace(about.family, members=(*members[:2], replace(other, package=""))),
            replace(about.family, members=(*members[:2], replace(other, package=members[1].package))),
            replace(about.family, members=(replace(own, package=other.package), *members[1:])),
        )
        return replace(about, family=self.random.choice(families))

    def case(self, name: str) -> Move:  # noqa: PLR0911, C901  # one turn each
        """Return what comes next in a case."""
        case = self.world.find(Case, name)
        r, body = self.random, case.body
        if self.stuck[name] > 3 or r.random() < 0.01:
            self.stuck[name] = 0
            if case.state is CaseState.REVIEWED:
                return ReturnReview(name, REASONS), self.somebody(body, "reviewer")
            best = package(case.client, case.subject.first.year, cast.usual(case.subject))
            if case.package not in ("", best):
                return self.attach(case, best), self.holder(case.client)
            return WithdrawApplication(name), self.holder(case.client)
        early = case.state in (CaseState.SUBMITTED, CaseState.ACCEPTED)
        if case.scheme == NEUTRAL and early and not case.claim and r.random() < 0.9:
            return self.named(case)
        if case.state is CaseState.SUBMITTED:
            if not case.package and case.scheme != ENERGY:
                return self.attach(case, self.fitting(case)), self.holder(case.client)
            if r.random() < 0.03:
                return DeclineApplication(name, REASONS), self.somebody(body, "planner")
            facts = self.declared(case.scheme)
            likely = 0.4 if self.ledger.grants[cast.LABORATORY] else 0.05
            laboratories = (r.choice((cast.LABORATORY, BETA)),) if r.random() < likely else ()
            alone = [key for key, one in self.ledger.verifications.items() if one.standing and not one.case]
            reused = (r.choice(alone),) if alone and r.random() < 0.2 else ()
            fitting = [key for key in alone if self.ledger.verifications[key].agreed.claim.package == case.package]
            terms = replace(TERMS, laboratories=laboratories, reused=tuple(fitting) or reused)
            return AcceptApplication(name, terms, facts), self.somebody(body, "planner")
        if case.state is CaseState.ACCEPTED or (case.state is CaseState.PLANNED and r.random() < 0.02):
            return self.plan(case)
        if case.state is CaseState.PLANNED:
            return self.work(case)
        if r.random() < 0.05:
            return ReturnReview(name, REASONS), self.somebody(body, r.choice(("reviewer", "decision-maker")))
        return self.decide(case)

    def declared(self, scheme: str) -> tuple[tuple[str, str], ...]:
        """Return what a planner declares: what is asked for, now and then too little, or any other fact there is."""
        r, usual = self.random, dict(FACTS[scheme])
        if r.random() < 0.03:
            return FACTS[scheme][1:]
        facts = cast.schemes()[scheme].facts
        for name in r.sample(sorted(facts), 2) if r.random() < 0.1 else ():
            truth = facts[name].kind is FactKind.TRUTH
            usual[name] = r.choice(("true", "false", "false") if truth else ("0", "0.08", "5", "24"))
        return tuple(usual.items())

    def fitting(self, case: Case) -> str:
        """Return a package of the case's product and period, mostly a good one."""
        return package(case.client, case.subject.first.year, self.flavour(case.subject, (20, 2, 1, 1, 1, 1)))

    def attach(self, case: Case, digest: str) -> AttachPackage:
        """Return another package of a case, mostly with those of its family, which may name a model that is none."""
        known, r = {one.model for one in case.subject.others}, self.random
        if not known or r.random() < 0.1:
            return AttachPackage(case.id, digest)
        sent = cast.members(case.subject.first.year, cast.usual(case.subject))[1:]
        return AttachPackage(case.id, digest, tuple(one for one in sent if one.model in known or r.random() < 0.05))

    def flavour(self, about: Subject, weights: tuple[int, ...]) -> str:
        """Return a flavour of package; the good one is that of the site."""
        found = self.random.choices(cast.FLAVOURS, weights)[0]
        return cast.usual(about) if found == "good" else found

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
            about = r.choice(("7.1", "client/legal-person"))
            return RaiseFinding(case.id, self.name("F"), about, severity, REASONS), self.member(case, role)
        for finding in case.findings:
            if finding.open and r.random() < 0.5:
                if finding.action:
                    return CloseFinding(case.id, finding.id), self.member(case, role)
                return AnswerFinding(case.id, finding.id, mark("action")), self.holder(case.client)
        if r.random() < 0.02 and case.scheme != ENERGY:
            return self.attach(case, self.fitting(case)), self.holder(case.client)
        beyond = () if case.kind is not CaseKind.SPECIAL or case.scheme == ENERGY or r.random() < 0.7 else VERIFIES
        for activity, who in (*required(case.scheme, case.kind, dict(case.facts)), *beyond):
            if activity not in case.done and r.random() < 0.97:
                if r.random() < 0.1:
                    return BeginActivity(case.id, activity), self.member(case, who)
                if who == "verifier":
                    return self.verify(case, activity)
                kept = evidence("record", export=r.choice(("authorities", "site")))
                named = case.terms.laboratories if case.terms is not None else ()
                outsourced = r.choice(named) if named and r.random() < 0.5 else ""
                outsourced = cast.LABORATORY if r.random() < 0.02 else outsourced
                answers = self.answers(case, activity)
                return CompleteActivity(case.id, activity, kept, "", outsourced, answers), self.member(case, who)
        reached = {one.id for one in case.conclusions if one.positive}
        for conclusion, who, kinds in CONCLUSIONS[case.scheme]:
            if conclusion not in reached and r.random() < 0.98:
                positive = r.random() < 0.97
                asked = kinds if r.random() < 0.97 else kinds[1:]
                kept = proof(self.world, case, *asked, export="site")
                if r.random() < 0.02:
                    kept = evidence(*asked)
                said = self.levels(case) if conclusion == "grade" or r.random() < 0.01 else ()
                return Conclude(case.id, conclusion, positive, kept, said), self.member(case, who)
        return CompleteReview(case.id, self.wanted(case), REASONS), self.somebody(case.body, "reviewer")

    def answers(self, case: Case, activity: str) -> tuple[Answered, ...]:
        """Return answers to a checklist, now and then one too few, twice, or one that is not met or does not apply."""
        r, found = self.random, list(answers_to(case, activity))
        if not found or r.random() < 0.8:
            return tuple(found)
        about = {one.clause for one in case.findings}
        place = next((i for i, one in enumerate(found) if one.question in about), r.randrange(len(found)))
        some = found.pop(place)
        left = r.choice(
            (
                (),
                (some, some),
                (replace(some, result=Met.NOT_MET),),
                (replace(some, result=Met.NOT_MET),),
                (replace(some, result=Met.NOT_APPLICABLE),),
                (replace(some, result=Met.NOT_APPLICABLE, note=REASONS),),
            )
        )
        return (*found, *left)

    def levels(self, case: Case) -> tuple[tuple[str, str], ...]:
        """Return answers to what a grading asks, mostly those the certificate has, now and then too few or too low."""
        r = self.random
        if r.random() < 0.7:
            return cast.LEVELS
        said = (cast.LEVELS[0], *((name, r.choice("01233")) for name, _ in cast.LEVELS[1:]))
        return r.choice((said, said, said[:-1], (("basic_met", "false"), *said[1:]), (*said, ("bonus", "1"))))

    def wanted(self, case: Case) -> Outcome:
        """Return what a case is to end with."""
        r = self.random
        if r.random() < 0.15:
            return r.choice(tuple(Outcome))
        if case.kind in (CaseKind.INITIAL, CaseKind.RENEWAL, CaseKind.TRANSFER):
            return Outcome.GRANT if r.random() < 0.93 else Outcome.REFUSE
        if case.kind is CaseKind.SPECIAL and self.ledger.standing(case.certificate, legal_day(self.now)) != "valid":
            return Outcome.RESTORE
        return r.choice((Outcome.MAINTAIN, Outcome.RESTATE, *OUTCOMES[case.kind]))

    def decide(self, case: Case) -> Move:
        """Decide, mostly as the reviewer recommended."""
        r, day = self.random, legal_day(self.now)
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
        ground = ground_for(case.scheme, outcome) if r.random() < 0.96 else r.choice(("fraud", "nothing", ""))
        asked = Decide(case.id, outcome, REASONS, named, number, until, about, self.settled(case), ground)
        return asked, self.somebody(case.body, "decision-maker")

    def settled(self, case: Case) -> tuple[Settled, ...]:
        """Return answers to what is open on a certificate: mostly to all, or to some, or to what nobody asked."""
        r, found = self.random, self.world.find(Certified, case.certificate) if case.certificate else None
        open_ = list(found.pending) if found is not None else []
        if open_ and r.random() < 0.4:
            open_ = r.sample(open_, r.randint(0, len(open_) - 1))
        if r.random() < 0.02:
            open_.append("complaint K-0")
        return tuple(Settled(one, REASONS) for one in open_)

    # Verifications

    def verify(self, case: Case, activity: str) -> Move:
        """Return what comes next in the verification of the case's package, or the activity that it completes."""
        r, body = self.random, case.body
        mine = [
            name
            for name, one in self.ledger.verifications.items()
            if one.case == case.id and one.agreed.claim.package == case.package
        ]
        if case.terms is not None and case.terms.reused and r.random() < 0.8:
            reused = CompleteActivity(case.id, activity, evidence("statement"), case.terms.reused[0])
            return reused, self.member(case, "verifier")
        verifier = self.member(case, "verifier")
        if not mine or r.random() < 0.01:
            if case.package not in packages():
                return self.attach(case, self.fitting(case)), self.holder(case.client)
            about = case.subject
            terms = replace(agreed(case.package), category=about.category, site=about.site)
            return AgreeEngagement(self.name("V"), case.client, terms, case.id), self.somebody(body, "planner")
        if r.random() < 0.04:
            some = r.choice(list(self.ledger.verifications))
            return CompleteActivity(case.id, activity, evidence("statement"), some), verifier
        found = self.world.find(Verification, mine[-1])
        if found.engagement.state is State.ISSUED and r.random() < 0.8:
            return CompleteActivity(case.id, activity, evidence("statement"), found.id), verifier
        return self.engagement(found, verifier)

    def engagement(self, found: Verification, verifier: Actor) -> Move:  # noqa: PLR0911  # one turn each
        """Return what comes next in a verification."""
        r, name, body, done = self.random, found.id, found.body, found.engagement
        if done.state is State.ENGAGED:
            if done.analysis is None and r.random() < 0.95:
                return self.analyse(name), verifier
            return self.planning(name, verifier), self.somebody(body, "planner")
        if done.state is State.PLANNED:
            return self.gather(found, verifier)
        reviewer = self.somebody(body, "reviewer")
        if done.state is State.EXECUTED:
            return ReviewEngagement(name), reviewer
        if done.state is State.REVIEWED:
            return DecideEngagement(name), self.somebody(body, r.choice(("reviewer", "decision-maker")))
        if done.state is State.DECIDED:
            return IssueStatement(name), verifier if r.random() < 0.05 else reviewer
        if done.state is State.ISSUED:
            return DiscoverFact(name, WORDS), verifier
        if done.state is State.FACTS_AFTER_ISSUE:
            return AnswerFact(name, r.choice(("stands", "stands", "revised", "withdrawn"))), reviewer
        terms = agreed(done.claim.package) if done.claim is not None else agreed(package(NORTH, 2025))
        there = self.revisable(found) if done.state is State.REVISED and r.random() < 0.9 else ("", terms.claim.package)
        return AmendEngagement(name, agreed(there[1]), WORDS, there[0]), self.somebody(body, "planner")

    def revisable(self, found: Verification) -> tuple[str, str]:
        """Return a case in which a revised statement may go on, and its package; none where there is none."""
        for name, case in self.ledger.cases.items():
            if case.kind == "special" and not case.ended and case.accepted and case.package in packages():
                same = case.client == found.engagement.client and case.body == found.body
                if same:
                    return name, case.package
        claim = found.engagement.claim
        return "", claim.package if claim is not None else package(NORTH, 2025)

    def analyse(self, name: str) -> Operation:
        """Return a strategic analysis, now and then one that leaves something out."""
        asked = cast.analyse(name)
        return asked if self.random.random() < 0.97 else replace(asked, aspects=asked.aspects[1:])

    def planning(self, name: str, verifier: Actor) -> Operation:
        """Return a plan; now and then one that spares something."""
        r = self.random
        team = Team(verifier.person, (verifier.person,))
        drawing = Drawing(r.choice((1, 2, 3)), r.choice(("size", "stratified")))
        asked = PlanEngagement(name, team, RISKS, EVIDENCE_PLAN, (drawing,))
        if r.random() < 0.9:
            return asked
        spared, anything = RISKS[:2], replace(EVIDENCE_PLAN.items[0], id="anything", share=Fraction(1))
        lower = (replace(RISKS[0], level=Level.LOW), *RISKS[1:])
        answer = (Answer("row-1", WORDS),)
        return r.choice(
            (
                replace(asked, drawings=()),
                replace(asked, risks=spared),
                replace(asked, risks=lower),
                replace(asked, risks=lower, answers=answer),
                replace(asked, risks=(replace(RISKS[0], share=Fraction(1, 2)), *RISKS[1:])),
                replace(asked, evidence=replace(EVIDENCE_PLAN, items=(anything,))),
                replace(asked, evidence=replace(EVIDENCE_PLAN, items=(*EVIDENCE_PLAN.items[:1], *EVIDENCE_PLAN.items))),
            )
        )

    def gather(self, found: Verification, verifier: Actor) -> Move:
        """Gather, find misstatements, conclude."""
        r, done = self.random, found.engagement
        if r.random() < 0.08:
            claim = done.claim
            assert claim is not None
            share = r.choice((Fraction(1, 100), Fraction(1, 50), Fraction(-1, 30), Fraction(1, 5)))
            amount = None if r.random() < 0.1 else share * claim.whole
            category = r.choice(("materials", "production"))
            row = r.choice(("row-1", "row-3"))
            item = Misstatement(
                self.name("M"), row, category, Assertion.ACCURACY, amount, False, MisstatementKind.ERROR
            )
            return RecordMisstatement(found.id, item), verifier
        if r.random() < 0.04 and done.claim is not None:
            return AmendEngagement(found.id, agreed(done.claim.package), WORDS), self.somebody(found.body, "planner")
        open_ = [one.id for one in done.misstatements if not one.corrected]
        if open_ and r.random() < 0.4:
            return CorrectMisstatement(found.id, r.choice(open_)), verifier
        gathered = {one.item for one in done.gathered if one.version == done.version}
        for wanted in wanted_items(done):
            if wanted not in gathered and r.random() < 0.97:
                export = r.choice(("authorities", "site"))
                return GatherEvidence(found.id, wanted, mark(f"{wanted} {export}"), export), verifier
        package_ = done.claim.package if done.claim is not None else ""
        recorded = {one.row for one in done.misstatements if dict(found.recorded).get(one.id) == package_}
        for risk in proposed().get(package_, ()):
            if risk.effect is not None and risk.id not in recorded and r.random() < 0.9:
                return RecordMisstatement(found.id, cast.misstated(risk, self.name("M"))), verifier
        opinion = UNMODIFIED if r.random() < 0.93 else Opinion(r.choice(tuple(OpinionKind)), (WORDS,))
        told = cast.explained(package_) if package_ and r.random() < 0.9 else ()
        return ConcludeEngagement(found.id, opinion, cast.WORK, told), verifier

    # Certificates

    def certificate(self, number: str, *, busy: bool = False) -> Move:
        """Return something about a certificate; no further case while there are some."""
        r = self.random
        held = self.ledger.certificates[number].held
        standing = self.ledger.standing(number, legal_day(self.now))
        if standing == "valid":
            choices: tuple[tuple[Callable[[str, Any], Move], int], ...] = (
                (self.later, 0 if busy else 10),
                (self.open, 0 if busy else 4),
                (self.labels, 5),
                (self.notify, 2),
                (self.interrupt, 4),
                (self.neutral, 1),
                (self.tie, 1),
            )
        else:
            choices = (
                (self.later, 0 if busy else 5),
                (self.open, 0 if busy else 6),
                (self.interrupt, 3),
                (self.labels, 2),
            )
        chosen = r.choices([one for one, _ in choices], [weight for _, weight in choices])[0]
        return chosen(number, held)

    def tie(self, number: str, held: Any) -> Move:
        """Declare a tie of somebody who worked on the certificate: past, as it was, or of today."""
        r, day = self.random, legal_day(self.now)
        case = self.ledger.cases[held.case]
        worker = r.choice(sorted({*case.workers, case.decision.person}))
        tie = Conflict(held.client, "consulted", r.choice((held.first - timedelta(days=300), day)))
        return DeclareConflict(worker, tie), actor(held.body, "m")

    def _about(self, held: Any, year: int) -> Any:
        family = held.subject.family
        second = cast.usual(held.subject) == cast.SECOND
        return subject(held.client, year, held.scheme, len(family.members) if family is not None else 3, second=second)

    def later(self, number: str, held: Any) -> Move:
        """Apply for a later case."""
        r = self.random
        kind = r.choices(tuple(CaseKind), (1, 8, 3, 4, 5, 3))[0]
        body = held.body if kind is not CaseKind.TRANSFER or r.random() < 0.05 else _other(held.body)
        year = self.newer(number) if kind in (CaseKind.SURVEILLANCE, CaseKind.RENEWAL) else self.year()
        if kind is CaseKind.TRANSFER:
            year = held.subject.first.year
        if kind is CaseKind.SPECIAL:
            year = self.known(number)
        flavour = self.flavour(held.subject, (16, 6, 1, 1, 1, 2))
        flavour = cast.HIGHER if held.reduction is not None and self.bases.random() < 0.15 else flavour
        sent = "" if held.scheme == ENERGY else package(held.client, year, flavour)
        if kind is CaseKind.TRANSFER:
            sent = held.package
        if held.scheme == STARS and not held.package and r.random() < 0.7:
            sent = ""
        scheme = held.scheme if r.random() < 0.98 else r.choice(SCHEMES)
        about = self._about(held, year)
        about = cast.without_packages(about) if not sent and r.random() < 0.9 else about
        submit = SubmitApplication(self.name("C"), kind, body, scheme, about, sent, number)
        return submit, self.holder(held.client)

    def open(self, number: str, held: Any) -> Move:
        """Open a case without an application."""
        kind = self.random.choice((CaseKind.SURVEILLANCE, CaseKind.SPECIAL))
        year = self.known(number) if kind is CaseKind.SPECIAL else self.newer(number)
        opened = OpenCase(number, self.name("C"), kind, cast.without_packages(self._about(held, year)))
        return opened, self.somebody(held.body, "planner")

    def labels(self, number: str, held: Any) -> Move:
        """License labels, or report their use."""
        r = self.random
        if self.ledger.certificates[number].batches and r.random() < 0.5:
            batches = [*self.ledger.certificates[number].batches, "B-1"]
            return ReportLabels(number, r.choice(batches), r.choice((1, 10, 600, 0))), self.holder(held.client)
        batch = self.name("B") if r.random() < 0.9 else "B-1"
        return LicenseLabels(number, batch, r.choice((1000, 500, -1))), self.somebody(held.body, "planner")

    def notify(self, number: str, held: Any) -> Move:
        """Tell of a change, or of a trigger."""
        r = self.random
        if r.random() < 0.5:
            return NotifyChange(number, mark(self.name("notice"))), self.holder(held.client)
        facts = (("complaint_upheld", r.choice(("true", "true", "false"))),)
        sent = package(held.client, self.year(), r.choice(cast.FLAVOURS)) if r.random() < 0.5 else ""
        official = OFFICIALS["regulator" if r.random() < 0.8 else "elsewhere"]
        by = r.choice((official, self.somebody(held.body, "planner")))
        return ReportTrigger(number, facts, sent), by

    def interrupt(self, number: str, held: Any) -> Move:
        """Suspend, lift, withdraw or give up."""
        r = self.random
        if self.ledger.standing(number, legal_day(self.now)) == "lapsed" and r.random() < 0.4:
            return EndLapsed(number, REASONS), self.somebody(held.body, "decision-maker")
        if r.random() < 0.12:
            return CancelCertificate(number, REASONS), self.holder(held.client)
        if r.random() < 0.5:
            turn = r.choices((Turn.SUSPENDED, Turn.RESTORED, Turn.WITHDRAWN, Turn.CANCELLED), (6, 6, 1, 1))[0]
            return IssueOrder(number, turn, REASONS), OFFICIALS[r.choice(ORDERING)]
        until = legal_day(self.now) + timedelta(days=r.choice((20, 100, 170, 300)))
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
            known = {name: self.ledger.cases[name].decision for name in decided}
            against = [name for name, one in known.items() if one is None or one.outcome is Outcome.REFUSE]
            name = r.choice(against if against and r.random() < 0.7 else decided)
            return Appeal(name, self.name("A"), REASONS), self.holder(self.ledger.cases[name].client)
        changed = [name for name, view in self.ledger.certificates.items() if view.changes]
        if changed and r.random() < 0.5:
            name = r.choice(changed)
            view = self.ledger.certificates[name]
            appeal = AppealChange(name, r.randint(1, len(view.changes)), self.name("A"), REASONS)
            return appeal, self.holder(view.held.client)
        number = r.choice(list(self.ledger.certificates) or ["DEMO-NONE"])
        return Complain(self.name("K"), number, REASONS), self.holder(r.choice(CLIENTS))

    def filing(self) -> Move:
        """Deregister, submit again, file or return."""
        r = self.random
        names = {body: Filing.name(body, REDUCTION) for body in BODIES}
        ended = [body for body, name in names.items() if self.ledger.filings[name].get("ended")]
        body = r.choice(ended or BODIES)
        found = self.world.find(Filing, Filing.name(body, REDUCTION))
        regulator, elsewhere, manager = OFFICIALS["regulator"], OFFICIALS["elsewhere"], actor(body, "m")
        if found is None or r.random() < 0.05:
            scheme = r.choice(SCHEMES)
            return SubmitFiling(scheme, "reduction-removal", mark("rule")), manager
        moves: dict[str, Move] = {
            "filed": (DeregisterFiling(body, REDUCTION, REASONS), regulator if r.random() < 0.4 else elsewhere),
            "deregistered": (ResubmitFiling(REDUCTION, "reduction-removal", mark("rule 2"), body), manager),
            "returned": (ResubmitFiling(REDUCTION, "reduction-removal", mark("rule 3"), body), manager),
            "submitted": (FileRule(body, REDUCTION), regulator),
        }
        if found.state == "submitted" and r.random() < 0.2:
            return ReturnFiling(body, REDUCTION, REASONS), regulator
        return moves[found.state]

    def register(self) -> Move:
        """Change something about people and scopes."""
        r, body, day = self.random, self.random.choice(BODIES), legal_day(self.now)
        manager = actor(body, "m")
        short = r.choice(("a1", "a2", "v1", "v2", "r", "d", "q", "x"))
        person = actor(body, short).person
        client = r.choice(CLIENTS)
        last = r.choice((None, day, day - timedelta(days=900)))
        tie = Conflict(client, r.choice(("consulted", "family")), day - timedelta(days=r.choice((5, 1000))), last)
        bound = replace(tie, kind="owned", last=day - timedelta(days=r.choice((3, 900))))
        suspended = Change(r.choice(("suspended", "restored", "restored", "restored")), day, day)
        work = r.choice((("inspection",), ("auditing", "testing"), ("*",)))
        scope = Scope("1", work, ("*",), ("*",), ("place:CN",), cast.LONG_AGO, None, day)
        role = r.choice(cast.STAFF[short])
        regulator = OFFICIALS["regulator"]
        for one in PEOPLE:
            if one.organisation == body and not self.ledger.works(one.person, body, day):
                return EngagePerson(one.person, body, day), manager
            if one.organisation == body and not self.ledger.holds(one.person, one.role, body, day):
                return AssignRole(one.person, body, one.role), manager
        moves: tuple[Move, ...] = (
            (DeclareConflict(person, tie), r.choice((manager, actor(body, short)))),
            (DeclareConflict(manager.person, bound), manager),
            (EndRole(person, body, role), manager),
            (AssignRole(person, body, role), manager),
            (EngagePerson(person, _other(body), day), actor(_other(body), "m")),
            (EndEngagement(person, body), manager),
            (ChangeScope(body, f"approval:{body}", suspended), regulator),
            (ChangeScope(body, f"approval:{body}", Change("restored", day, day)), regulator),
            (GrantCompetence(person, Competence(role, "*", "*", day, date(2040, 1, 1))), manager),
            (EndCompetence(person, role, "*", "*"), r.choice((manager, replace(manager, person=person)))),
            (RegisterPerson(self.name("person").lower()), REGISTRAR),
            (
                RegisterOrganisation(self.name("urn:demo:o"), "client", WORDS, "CN-GD", True, r.choice(_CODES)),
                REGISTRAR,
            ),
            (DeclareSystem(client, "ISO 9001", day), self.holder(client)) if "*" in work else self.owner(client, day),
            (GrantScope(cast.LABORATORY, self.name("approval"), "DEMO-3", (scope,)), regulator),
            (GrantScope(body, self.name("approval"), "DEMO-4", (replace(scope, known=cast.LONG_AGO),)), regulator),
        )
        return r.choice(moves)

    def owner(self, client: str, day: date) -> Move:
        """Let a maker buy a part of the laboratory, or sell it; only one of them buys so much that it controls it."""
        owners = [spell[0] for spell in self.ledger.owners[cast.LABORATORY] if spell[3] is None]
        share = StateOwner(cast.LABORATORY, client, Decimal("0.6" if client == cast.SOUTH else "0.4"), day)
        return EndOwner(cast.LABORATORY, owners[0]) if owners else share, REGISTRAR

    # Claims and declarations

    def claim(self) -> Move:
        """Go on with a declaration, with the verification that it needs, or claim neutrality."""
        r = self.random
        certificates = [name for name, one in self.ledger.certificates.items() if one.held.value is not None]
        claims = [name for name, one in self.ledger.neutral.items() if not one["ended"]]
        if claims and r.random() < 0.15:
            return self.neutral_case(self.ledger.neutral[r.choice(claims)]["claim"])
        if certificates and r.random() < 0.2:
            number = r.choice(certificates)
            return self.neutral(number, self.ledger.certificates[number].held)
        running = list(self.ledger.declared)
        if not running or r.random() < 0.05:
            client = r.choice(CLIENTS)
            large, small = cast.packs_of(client)
            if r.random() < 0.1:
                return ListPacks(r.choice(((large, small), (large, large)))), self.holder(client)
            pack = r.choice((large, large, large, small, replace(large, energy=Decimal(61))))
            return StartDeclaration(self.name("D"), pack, mark("plan")), self.holder(client)
        found = self.world.find(Declaration, r.choice(running))
        return self.declare(found)

    def declare(self, found: Declaration) -> Move:  # noqa: PLR0911  # one turn each
        """Return what comes next in a declaration."""
        r, maker = self.random, found.pack.maker
        by = self.holder(maker)
        year = 2025 if found.state.value != "corrected" and found.declared_on is None else 2024
        sent = package(maker, year, r.choices(cast.FLAVOURS, (20, 1, 1, 1, 1, 1))[0])
        if found.state.value == "quality-plan":
            return AttachActivityData(found.id, mark("data")), by
        if found.state.value == "activity-data":
            return SelfCalculate(found.id, sent), by
        if found.state.value == "verified":
            return Declare(found.id), by
        if found.declared_on is not None and found.verification is not None and r.random() < 0.1:
            return self.verifying(self.world.find(Verification, found.verification))
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
            if r.random() < 0.05:
                terms = replace(terms, category=r.choice(("other:1", "cn.pcf:5", "")))
            return AgreeEngagement(self.name("V"), maker, terms), self.somebody(r.choice(BODIES), "planner")
        done = self.world.find(Verification, mine[-1])
        if (done.engagement.state is not State.ISSUED and r.random() < 0.95) or r.random() < 0.08:
            return self.verifying(done)
        if found.state.value == "self-calculated":
            return AttachStatement(found.id, done.id), by
        correction = CorrectDeclaration(found.id, mark("plan 2"), mark("data 2"), wanted, done.id, "meter")
        return correction, by

    def verifying(self, done: Verification) -> Move:
        """Go on with a verification by who leads it."""
        team = done.engagement.team
        verifier = Actor(team.leader, "verifier", done.body) if team else self.somebody(done.body, "verifier")
        return self.engagement(done, verifier)

    def neutral(self, number: str, held: Any) -> Move:
        """Claim neutrality for the product of a certificate, or take a claim back."""
        r, day = self.random, legal_day(self.now)
        if self.claims and r.random() < 0.2:
            return EndNeutrality(self.claims[-1]), self.holder(held.client)
        first, block = r.choice((1, 1, 20, 40, 60, 80)), r.choice(("block-a", "Block-A", "block-b"))
        claim = cast.neutral_claim(self.name("N"), held, day, first, block)
        if r.random() < 0.05:
            claim = replace(claim, year=claim.year + 1)
        if r.random() < 0.15:
            claim = self.idle(claim)
        self.claims.append(claim.id)
        scheme = NEUTRAL if r.random() < 0.95 else LABEL
        return ClaimNeutrality(claim, scheme), self.holder(held.client)

    def idle(self, claim: Any) -> Any:
        """Return a claim that offsets what its own plan says should have been reduced."""
        year, base = claim.year, claim.plan.base
        plans = (
            replace(claim.plan, targets={}),
            replace(claim.plan, targets={year: base}),
            replace(claim.plan, targets={year: claim.footprint.value / 2}),
        )
        other = replace(claim, achieved={**claim.achieved, year: Decimal(1)})
        return self.random.choice((*(replace(claim, plan=plan) for plan in plans), other))

    def neutral_case(self, claim: Any) -> Move:
        """Apply for the certification of a claim."""
        held = self.ledger.certificates[claim.footprint.certificate].held
        submit = SubmitApplication(
            self.name("C"), CaseKind.INITIAL, held.body, NEUTRAL, held.subject, claim.footprint.digest
        )
        return submit, self.holder(held.client)

    def named(self, case: Case) -> Move:
        """Name a claim in a case, mostly one of the case's package."""
        r = self.random
        claims = {name: one["claim"] for name, one in self.ledger.neutral.items()}
        fit = [name for name, claim in claims.items() if claim.footprint.digest == case.package]
        some = r.choice(fit) if fit and r.random() < 0.9 else r.choice(list(claims) or ["N-0"])
        return NameClaim(case.id, some), self.holder(case.client)

    def wild(self) -> Move:
        """Return something out of order about anything."""
        r = self.random
        name = r.choice(list(self.ledger.cases) or ["C-0"])
        number = r.choice(list(self.ledger.certificates) or ["DEMO-NONE"])
        case = self.ledger.cases.get(name)
        body, client = (case.body, case.client) if case is not None else (ALPHA, NORTH)
        until = legal_day(self.now) + timedelta(days=100)
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
        operation = player.written(operation)
        try:
            watched.do(operation, by, player.now)
        except FootproofError:
            player.stuck[getattr(operation, "case", "")] += 1
            continue
        except Exception as problem:
            problem.add_note(f"seed {seed}, action {step + 1}: {operation} by {by} at {player.now}")
            raise
        if step % 8 == 7:
            check_standings(watched.ledger, lambda number: watched.find(Certified, number), legal_day(player.now))
    check_standings(watched.ledger, lambda number: watched.find(Certified, number), legal_day(player.now))
    return player.now


def begin(world: Doing, founded: tuple[Recorded, ...], chapter: int) -> Watched:
    """Bring a founded world to where a sequence begins: settled, and in later chapters with certificates.

    Args:
        world: Founded, nothing else.
        founded: The events it was founded with.
        chapter: 0 for nothing more; 1 for two certificates, one about to be restated; 2 for one suspended by its body
            and by order, one of the other body, and one of neutrality.
    """
    watched = Watched(world, Ledger())
    watched.ledger.take(founded, founding=True)
    settle(watched)
    script = Script(watched)
    if chapter >= 1:
        script.base(SOUTH)
        script.certify("DEMO-00001", LABEL, SOUTH, year=2024)
        script.certify("DEMO-00002", REDUCTION, NORTH, year=2024)
        script.do(LicenseLabels("DEMO-00001", "B-0", 1000), actor(ALPHA, "p"))
        script.apply("C-year", LABEL, SOUTH, kind=CaseKind.SURVEILLANCE, certificate="DEMO-00001")
        script.evaluate("C-year")
        script.review("C-year", Outcome.RESTATE)
        script.do(StateOwner(cast.LABORATORY, NORTH, Decimal("0.4"), legal_day(script.now)), REGISTRAR)
    if chapter == 1:  # another of the same year: whichever is decided first overtakes the other
        script.apply("C-again", LABEL, SOUTH, kind=CaseKind.SURVEILLANCE, certificate="DEMO-00001")
        script.evaluate("C-again")
        script.review("C-again", Outcome.MAINTAIN)
    if chapter >= 2:
        for notice in ("first", "second"):
            script.do(NotifyChange("DEMO-00002", mark(f"{notice} notice")), actor(NORTH, "c1"))
        script.assessor = "x"
        script.certify("DEMO-00003", ENERGY, NORTH, year=2024)
        script.assessor = "a1"
        script.certify("DEMO-00004", LABEL, NORTH, BETA)
        script.neutral("DEMO-00005", "DEMO-00002")
        script.decide("C-year", Outcome.RESTATE)
        until = legal_day(script.now) + timedelta(days=170)
        script.do(SuspendUrgently("DEMO-00004", "mark-misused", REASONS, until), actor(BETA, "d"))
        script.do(IssueOrder("DEMO-00004", Turn.SUSPENDED, REASONS), OFFICIALS["regulator"])
    watched.done.clear()
    return watched


CHAPTERS = 3


@cache
def _chapter(number: int) -> tuple[MemoryWorld, bytes]:
    world = MemoryWorld(schemes(), packages(), proposed(), cast.parameters())
    watched = begin(world, world.commit(founding(), REGISTRAR, START), number)
    return world, pickle.dumps(watched.ledger)


def in_memory(chapter: int) -> Watched:
    """Return a world in memory as a chapter begins, made once and copied."""
    world, ledger = _chapter(chapter)
    return Watched(copy_of(world), pickle.loads(ledger))  # made above
