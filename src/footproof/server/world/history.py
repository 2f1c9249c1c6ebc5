"""What happened in one life of the world, deed by deed: each the operation somebody asked for and its events.

The events are written here directly, since a hundred thousand lives through every question of the core would take an
hour; that the core would have allowed each of them, and led to the same events, is what the tests carry out.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Context, Decimal
from fractions import Fraction
from functools import cache
from typing import Any

from footproof.certify.applications import (
    AcceptApplication,
    DeclineApplication,
    SubmitApplication,
    WithdrawApplication,
)
from footproof.certify.case import (
    Activity,
    ActivityCompleted,
    ApplicationAccepted,
    ApplicationDeclined,
    ApplicationSubmitted,
    ApplicationWithdrawn,
    Case,
    Concluded,
    Conclusion,
    Decided,
    DecisionTaken,
    Evidence,
    Finding,
    FindingAnswered,
    FindingClosed,
    FindingRaised,
    Outcome,
    PlanApproved,
    ReviewCompleted,
    Severity,
    Subject,
    TeamMember,
    Terms,
)
from footproof.certify.case import (
    Plan as Evaluation,
)
from footproof.certify.certificate import (
    CaseOpened,
    CertificateIssued,
    CertificateReplaced,
    CertificateRestated,
    Certified,
    Held,
    Holding,
    HoldingBegun,
    HoldingPassed,
    MarkLicensed,
    StatusChange,
    StatusChanged,
    SurveillanceDone,
    Surveyed,
    Turn,
)
from footproof.certify.decisions import CompleteReview, Decide
from footproof.certify.engagements import (
    AgreeEngagement,
    ConcludeEngagement,
    DecideEngagement,
    GatherEvidence,
    IssueStatement,
    PlanEngagement,
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
from footproof.certify.filings import Filing, FilingUsed
from footproof.certify.operation import Operation
from footproof.certify.record import Actor, Event, Recomputed, Step, Steps
from footproof.certify.scheme import activities_for, valid_until
from footproof.certify.verifications import (
    Agreed,
    EngagementAgreed,
    EngagementConcluded,
    EngagementDecided,
    EngagementPlanned,
    EngagementReviewed,
    EvidenceGathered,
    StatementIssued,
    Verification,
)
from footproof.model.bilingual import Bilingual
from footproof.model.engagement import (
    Assertion,
    Assurance,
    Claim,
    EvidenceItem,
    EvidencePlan,
    Level,
    Materiality,
    Opinion,
    OpinionKind,
    Risk,
    Team,
)
from footproof.model.scheme import CaseKind, Scheme
from footproof.rules.rulebook import load_rulebook
from footproof.server.world import names
from footproof.server.world.afterwards import afterwards
from footproof.server.world.cast import Cast, Deed, maker_name, mark, representative
from footproof.server.world.packages import RULE, Figures, Footprint, Study, footprint
from footproof.server.world.plan import Issue, Life
from footproof.server.world.shape import shape

FOUR = Context(prec=4)
DEMO = Bilingual("示例", "DEMO")
OPENING, LAST = 1, 10
"""Cases go on from 01:00 UTC, a step every so many minutes; decisions that lead to a certificate come after 07:00."""
_RISK = Risk(
    id="main",
    name=Bilingual("主要原料", "main material"),
    category="raw_materials",
    assertion=Assertion.ACCURACY,
    share=Fraction(9, 10),
    level=Level.HIGH,
    reasons=("share",),
)
_EVIDENCE = EvidencePlan((EvidenceItem("main", Fraction(9, 10), ("inspect",)),), Decimal("0.8"))
_UNMODIFIED = Opinion(OpinionKind.UNMODIFIED)
Place = Callable[[int], int]


@dataclass(frozen=True, slots=True)
class Made:
    """A package of the world: what it was made from, and what comes out of it."""

    study: Study
    footprint: Footprint


class Story:
    """A life as it is told.

    Args:
        cast: Who is there.
        life: Whose story.
        place: Returns the place in the status lists by how many certificates were issued before.
    """

    def __init__(self, cast: Cast, life: Life, place: Place) -> None:
        self.cast, self.life, self.place = cast, life, place
        self.random = cast.plan.random(life)
        self.scheme: Scheme = shape().schemes()[life.scheme]
        self.facts = shape().offer(life.scheme).facts
        self.client = representative(life.client)
        self.made: dict[str, Made] = {}
        """Packages of the life by digest."""
        self.looked: date | None = None
        """Day of the last surveillance, or of the first certificate."""
        self._told: list[Deed] = []

    def deeds(self) -> list[Deed]:
        """Return what happened until the last day of the world, in order."""
        self._first()
        end = datetime(*self.cast.plan.until.timetuple()[:3], 23, 59, tzinfo=UTC)
        return sorted((one for one in self._told if one.at <= end), key=lambda one: one.at)

    def tell(self, operation: Operation, by: Actor, at: datetime, steps: Steps) -> None:
        """Add a deed."""
        self._told.append(Deed(operation, by, at, steps))

    def _first(self) -> None:
        life, name = self.life, f"case-{self.life.index + 1:06d}"
        told = Telling(self, name, CaseKind.INITIAL, life.body, life.submitted, life.first.decided)
        told.subject(self._study(life.submitted, 0))
        told.submit()
        if life.outcome == "declined":
            told.decline()
        elif life.outcome == "taken-back":
            told.accept()
            told.take_back()
        else:
            self._decided(told)

    def _decided(self, told: "Telling") -> None:
        told.evaluate()
        if self.life.outcome != "granted":
            told.refuse()
            return
        held = told.grant(self.life.first)
        afterwards(self, held)

    def later(self, kind: CaseKind, name: str, held: Held, body: int, start: date, end: datetime) -> "Telling":  # noqa: PLR0917
        """Begin the telling of a later case about a certificate."""
        told = Telling(self, name, kind, body, start, end, held)
        if kind in (CaseKind.TRANSFER, CaseKind.SPECIAL):
            told.same_subject()
        else:
            told.subject(self._study(start, 1 + start.year % 8))
        told.submit()
        told.evaluate()
        return told

    def subject(self, study: Study | None, day: date) -> Subject:
        """Return what is certified."""
        life = self.life
        site, place = f"{self.client.organisation}:site", life.place
        year = study.year if study else day.year - 1
        if study is None:
            # A scheme certifies a thing once at a time (I7): each life is about a system of its own.
            product = f"{self.client.organisation}:{life.category}:{life.index + 1:06d}"
            name, model = _title(life), ""
        else:
            product, name, model = f"https://id.example/01/{names.product_code(life.index)}", study.product, study.model
        return Subject(product, name, model, life.category, site, place, date(year, 1, 1), date(year, 12, 31))

    def _study(self, day: date, again: int) -> Study | None:
        """Return the study of a case; None where the scheme certifies no figure."""
        if not self.scheme.rulebooks:
            return None
        life, maker = self.life, maker_name(self.life.client)
        return Study(
            category=life.category,
            figures=self._figures(day.year - 1, again),
            model=f"DM-{life.index + 1:06d}",
            product=_title(life),
            client=maker,
            site=Bilingual(f"{maker.zh}工厂", f"{maker.en}, plant"),
            year=day.year - 1,
            known=date(day.year, 1, 1),
        )

    def _figures(self, year: int, again: int) -> Figures:
        """Return measurements whose footprint lies in the band of the category, planted faults apart."""
        life, plan = self.life, self.cast.plan
        source = plan.lives[life.twin] if life.twin >= 0 else life
        kind, random = shape().kind(life.category), plan.random(source, 1)
        value = float(kind.low) + float(kind.high - kind.low) * random.betavariate(2.2, 2.8)
        share, grid = random.uniform(0.55, 0.72), next(
            (one.grid for one in shape().provinces if one.code == source.place), shape().provinces[0].grid
        )  # fmt: skip
        more = random.uniform(0.05, 0.1)
        yields = random.uniform(0.86, 0.97)
        power = random.uniform(0.4, 0.75)
        turn = plan.random(life, 8 + again % 8).uniform(0.982, 1.008) if again else 1.0
        value *= turn * {"outlier-value": (10, 1000)[life.index % 2]}.get(life.defect, 1)
        main, other = _four(value * share / float(kind.factor)), _four(value * more / 2.1)
        rest = value * (1 - share - more)
        product = FOUR.create_decimal((main + other) * Decimal(str(round(yields, 3))))
        if life.defect == "impossible-balance":
            product = FOUR.create_decimal((main + other) * Decimal("1.25"))
        return Figures(
            product=product,
            main=main,
            other=other,
            power=_four(rest * power / float(grid)),
            fuel=_four(rest * (1 - power) / 0.07),
            grid=grid,
            grid_year=year - (4 if life.defect == "stale-grid-year" else 1),
        )


class Telling:
    """One case of a life, told from its application to its decision."""

    def __init__(  # noqa: PLR0917
        self,
        story: Story,
        name: str,
        kind: CaseKind,
        body: int,
        start: date,
        end: datetime,
        old: Held | None = None,
    ) -> None:
        self.story, self.name, self.kind, self.body = story, name, kind, body
        self.start, self.end, self.old = start, end, old
        self.made: Made | None = None
        self.about: Subject
        self._step = 0
        self._evaluator: Actor | None = None

    # ---- what it is about

    def subject(self, study: Study | None) -> None:
        """Say what is to be certified; with a study, on its package."""
        self.about = self.story.subject(study, self.start)
        if study is not None:
            self.made = Made(study, footprint(study))
            self.story.made[self.made.footprint.package] = self.made

    def same_subject(self) -> None:
        """Go on about what the certificate states, on the package that was verified for it."""
        if self.old is None:
            raise ValueError(self.name)
        self.about = self.old.subject
        self.made = self.story.made.get(self.old.package)

    @property
    def package(self) -> str:
        """Return the digest of the package; empty without one."""
        return self.made.footprint.package if self.made else ""

    # ---- the way to the decision

    def submit(self) -> None:
        """Apply."""
        story = self.story
        body, number = story.cast.bodies[self.body], self.old.number if self.old else ""
        asked = SubmitApplication(self.name, self.kind, body, story.life.scheme, self.about, self.package, number)
        client, scheme = story.client.organisation, story.life.scheme
        event = ApplicationSubmitted(
            self.name, self.kind, client, body, scheme, self.about, self.package, number
        )  # fmt: skip
        opened = (Step(Certified, number, CaseOpened(self.name)),) if self.kind is CaseKind.SPECIAL else ()
        story.tell(asked, story.client, self._at(0.0), (Step(Case, self.name, event), *opened))

    def accept(self) -> None:
        """Accept on terms."""
        fee = Decimal(18000 + 500 * (self.story.life.index % 60))
        terms = Terms(fee, "CNY", 60 + 10 * (self.body % 4), mark(f"agreement {self.name}"))
        event = ApplicationAccepted(terms, self.story.facts)
        self._do(0.08, AcceptApplication(self.name, terms, self.story.facts), self._somebody("planner"), event)

    def decline(self) -> None:
        """Decline."""
        reasons = mark(f"declined {self.name}")
        self._do(0.1, DeclineApplication(self.name, reasons), self._somebody("planner"), ApplicationDeclined(reasons))

    def take_back(self) -> None:
        """Take the application back."""
        self._do(0.3, WithdrawApplication(self.name), self.story.client, ApplicationWithdrawn())

    def evaluate(self) -> None:
        """Accept, plan, carry out and conclude."""
        self.accept()
        assessor, verifier = self._assessor(), self._somebody("verifier")
        team: tuple[TeamMember, ...] = (TeamMember(assessor.person, "assessor"),)
        conclusions = self.story.scheme.conclusions
        activities = _activities(self.story.life.scheme, self.kind)
        if any(role == "verifier" for _, role, _ in activities) or any(
            one.concluded_by == "verifier" for one in conclusions
        ):
            team = (*team, TeamMember(verifier.person, "verifier"))
        plan = Evaluation(team, "", "", mark(f"plan {self.name}"))
        self._do(0.16, PlanEvaluation(self.name, plan), self._somebody("planner"), PlanApproved(plan))
        self._evaluator = assessor
        who = {"assessor": assessor, "verifier": verifier}
        for place, (name, role, stated) in enumerate(activities):
            self._carry_out(name, who[role], stated, 0.3 + 0.12 * place)
        if self.story.random.random() < 0.25:
            self._find(assessor)
        if self.story.life.outcome in ("granted", "open"):
            for one in conclusions:
                self._conclude(one.id, who[one.concluded_by], one.evidence)

    def grant(self, issue: Issue) -> Held:
        """Review, decide well and issue; return what the certificate states."""
        scheme, found, day = self.story.scheme, self.made, self.end.date()
        value = found.footprint.value if found else None
        if self.story.life.defect == "value-not-package" and value is not None:
            value = Context(prec=6).create_decimal(value * Decimal("0.9"))
        last = valid_until(scheme, day)
        if self.kind is CaseKind.TRANSFER and self.old is not None:
            last = min(last, self.old.last)
        held = Held(
            number=issue.number,
            case=self.name,
            body=self.story.cast.bodies[self.body],
            client=self.story.client.organisation,
            scheme=scheme.name,
            subject=self.about,
            package=self.package,
            value=value,
            unit=f"kg CO2e / {shape().kind(self.about.category).unit}" if found else "",
            rule=_rule() if found else "",
            decided=day,
            first=day,
            last=last,
            national=scheme.national,
            place=self.story.place(issue.order),
        )
        looked = self.story.looked if self.kind is CaseKind.TRANSFER else None
        object_ = Holding.name(held.scheme, held.subject)
        passed = HoldingPassed(held.number) if self.old else HoldingBegun(object_, held.number)
        steps = [Step(Certified, held.number, CertificateIssued(held, looked)), Step(Holding, object_, passed)]
        if scheme.mark is not None:
            steps.append(Step(Certified, held.number, MarkLicensed(scheme.mark.id)))
        if issue.used:
            steps.append(Step(Filing, Filing.name(held.body, held.scheme), FilingUsed(held.number)))
        if self.old is not None:
            steps.append(Step(Certified, self.old.number, CertificateReplaced(held.number, day)))
        self._decide(Outcome.GRANT, held.number, tuple(steps))
        return held

    def refuse(self) -> None:
        """Review and refuse."""
        self._decide(Outcome.REFUSE, "", ())

    def keep(self, *, restate: bool) -> Held:
        """Decide a surveillance well; return what the certificate states then."""
        old = self._old()
        outcome = Outcome.RESTATE if restate else Outcome.MAINTAIN
        surveyed = Surveyed(self.name, self.end.date(), outcome.value, self.package)
        steps: tuple[Step, ...] = (Step(Certified, old.number, SurveillanceDone(surveyed)),)
        held = old
        if restate and self.made is not None:
            held = replace(
                old,
                case=self.name,
                subject=self.about,
                package=self.package,
                value=self.made.footprint.value,
                decided=self.end.date(),
            )
            steps = (Step(Certified, old.number, CertificateRestated(held)), *steps)
        self._decide(outcome, old.number, steps)
        return held

    def restore(self) -> None:
        """Decide that a suspended certificate holds again."""
        old = self._old()
        reasons = mark(f"decision {self.name}")
        change = StatusChange(Turn.RESTORED, self.end.date(), None, self.name, old.body, reasons)
        self._decide(Outcome.RESTORE, old.number, (Step(Certified, old.number, StatusChanged(change)),))

    # ---- its parts

    def _old(self) -> Held:
        if self.old is None:
            raise ValueError(self.name)
        return self.old

    def _do(  # noqa: PLR0917
        self, share: float, asked: Operation, by: Actor, event: Event[Any], record: type[Any] = Case, name: str = ""
    ) -> None:
        self.story.tell(asked, by, self._at(share), (Step(record, name or self.name, event),))

    def _at(self, share: float) -> datetime:
        """Return the time of the next step: its day by how much of the case is over, its hour by how many steps are."""
        self._step += 1
        day = self.start + timedelta(days=int((self.end.date() - self.start).days * share))
        return datetime(day.year, day.month, day.day, OPENING, tzinfo=UTC) + timedelta(
            minutes=LAST * self._step, seconds=self.story.life.index % 600
        )

    def _somebody(self, role: str) -> Actor:
        return self.story.cast.pick(self.story.life, self.body, role, self.story.random)

    def _assessor(self) -> Actor:
        if self.story.life.defect == "consultant-evaluated" and self.kind is CaseKind.INITIAL:
            return self.story.cast.consultant(self.story.life)
        if self.story.life.defect == "evaluator-decided":
            return self.story.cast.people(self.body, "assessor")[0]
        return self._somebody("assessor")

    def _carry_out(self, name: str, by: Actor, stated: bool, share: float) -> None:
        verification = self._verify(by) if stated else ""
        statement = mark(f"statement {verification}") if stated else ""
        proof = self._evidence("record", name)
        asked = CompleteActivity(self.name, name, proof, verification)
        activity = Activity(
            name,
            by.person,
            proof,
            verification,
            statement,
            "unmodified" if stated else "",
            "",
            self.package if stated else "",
        )
        self._do(max(share, 0.62) if stated else share, asked, by, ActivityCompleted(activity))

    def _verify(self, by: Actor) -> str:
        """Verify the package and issue the statement; return the id of the verification."""
        if self.made is None:
            raise ValueError(self.name)
        name, agreed = f"verification-{self.name}", _agreed(self.made, self.about)
        planner, reviewer = self._somebody("planner"), self._somebody("reviewer")
        body, client = self.story.cast.bodies[self.body], self.story.client.organisation
        team, statement = Team(by.person, (by.person,)), mark(f"statement {name}")
        proof = mark(f"evidence {name}")
        begun = EngagementAgreed(name, body, self.name, client, agreed)
        planned = EngagementPlanned(team, (_RISK,), _EVIDENCE, ())
        for share, asked, who, event in (
            (0.50, AgreeEngagement(name, client, agreed, self.name), planner, begun),
            (0.51, PlanEngagement(name, team, (_RISK,), _EVIDENCE), planner, planned),
            (0.54, GatherEvidence(name, "main", proof), by, EvidenceGathered("main", proof)),
            (0.57, ConcludeEngagement(name, _UNMODIFIED), by, EngagementConcluded(_UNMODIFIED)),
            (0.59, ReviewEngagement(name), reviewer, EngagementReviewed()),
            (0.60, DecideEngagement(name), reviewer, EngagementDecided()),
            (0.61, IssueStatement(name, statement), reviewer, StatementIssued(statement)),
        ):  # fmt: skip
            self._do(share, asked, who, event, Verification, name)
        return name

    def _find(self, by: Actor) -> None:
        """Raise a nonconformity, have it answered, and close it."""
        text, action = mark(f"finding {self.name}"), mark(f"action {self.name}")
        severity = Severity.MAJOR if self.story.random.random() < 0.15 else Severity.MINOR
        clause = self.story.scheme.activities[0].id
        finding = Finding("N-1", clause, severity, text, by.person)
        self._do(0.64, RaiseFinding(self.name, "N-1", clause, severity, text), by, FindingRaised(finding))
        self._do(0.70, AnswerFinding(self.name, "N-1", action), self.story.client, FindingAnswered("N-1", action))
        self._do(0.76, CloseFinding(self.name, "N-1"), by, FindingClosed("N-1", by.person))

    def _conclude(self, name: str, by: Actor, kinds: tuple[str, ...]) -> None:
        proof = tuple(one for kind in kinds for one in self._evidence(kind, name))
        asked = Conclude(self.name, name, True, proof)
        self._do(0.8, asked, by, Concluded(Conclusion(name, True, by.person, proof)))

    def _evidence(self, kind: str, about: str) -> tuple[Evidence, ...]:
        return (Evidence(mark(f"{kind} {about} {self.name}"), kind, "authorities"),)

    def _decide(self, outcome: Outcome, number: str, steps: Steps) -> None:
        story, reasons = self.story, mark(f"decision {self.name}")
        reviewer = self._somebody("reviewer")
        event = ReviewCompleted(reviewer.person, outcome, reasons)
        self._do(0.9, CompleteReview(self.name, outcome, reasons), reviewer, event)
        by = self._somebody("decision-maker")
        if story.life.defect == "evaluator-decided" and self.kind is CaseKind.INITIAL and self._evaluator is not None:
            by = Actor(self._evaluator.person, "decision-maker", by.organisation)
        package = self.package if outcome is not Outcome.REFUSE else ""
        decided = Decided(outcome, by.person, reasons, package, number, self.end.date())
        asked = Decide(self.name, outcome, reasons, package, number if outcome is Outcome.GRANT else "")
        story.tell(asked, by, self.end, (Step(Case, self.name, DecisionTaken(decided)), *steps))


def recomputed(made: Made) -> Recomputed:
    """Return what comes out of a package of the world when it is opened and recomputed."""
    study, found = made.study, made.footprint
    return Recomputed(
        package=found.package,
        ok=True,
        value=found.value,
        unit=f"kg CO2e / {shape().kind(study.category).unit}",
        rule=_rule().split(" ")[0],
        edition=_rule().split(" ")[1],
        status="in-force",
        model=study.model,
        first=date(study.year, 1, 1),
        last=date(study.year, 12, 31),
        producer=study.client,
        site=study.site,
        gross=_gross(found),
    )


def _gross(found: Footprint) -> dict[str, Fraction]:
    return {name: Fraction(value) for name, value in found.stages.items()}


@cache
def _rule() -> str:
    rule = load_rulebook(RULE)
    return f"{rule.name} {rule.digest}"


@cache
def _activities(scheme: str, kind: CaseKind) -> tuple[tuple[str, str, bool], ...]:
    """Return what a team has to do: activity, role, whether with a statement."""
    wanted = activities_for(shape().schemes()[scheme], kind)
    return tuple((one.id, one.role, bool(one.statement)) for one in wanted if one.role in ("assessor", "verifier"))


def _agreed(made: Made, subject: Subject) -> Agreed:
    study, found = made.study, made.footprint
    rule, edition = _rule().split(" ")
    claim = Claim(
        package=found.package,
        sheet=found.sheet,
        value=found.value,
        unit=f"kg CO2e / {shape().kind(study.category).unit}",
        rulebook=rule,
        rulebook_digest=edition,
        product=study.product,
        model=study.model,
        site=study.site,
        responsible=study.client,
        boundary=Bilingual("从摇篮到大门", "cradle to gate"),
        start=subject.first,
        end=subject.last,
        gross=_gross(found),
    )
    return Agreed(claim, DEMO, ("ISO 14067:2018",), DEMO, Assurance.REASONABLE, Materiality(Decimal("0.05")))


def _title(life: Life) -> Bilingual:
    kind = shape().kind(life.category)
    return Bilingual(f"{kind.word.zh}产品（示例）", f"{kind.word.en} product (DEMO)")


def _four(value: float) -> Decimal:
    return FOUR.create_decimal(f"{value:.6g}").normalize(FOUR)
