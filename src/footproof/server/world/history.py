"""What happened in one life of the world, deed by deed: each the operation somebody asked for and its events.

The events are written here directly, since a hundred thousand lives through every question of the core would take an
hour; that the core would have allowed each of them, and led to the same events, is what the tests carry out.
"""

from collections.abc import Callable, Iterable
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
    Answer,
    ApplicationAccepted,
    ApplicationDeclined,
    ApplicationSubmitted,
    ApplicationWithdrawn,
    Base,
    Case,
    Checked,
    Concluded,
    Conclusion,
    Decided,
    DecisionTaken,
    Evidence,
    Family,
    Finding,
    FindingAnswered,
    FindingClosed,
    FindingRaised,
    Member,
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
    CaseClosed,
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
from footproof.certify.checklist import all_met, checked, checklist
from footproof.certify.decisions import CompleteReview, Decide
from footproof.certify.evaluations import (
    AnswerFinding,
    CloseFinding,
    CompleteActivity,
    Conclude,
    PlanEvaluation,
    RaiseFinding,
    answer_by,
)
from footproof.certify.labels import LabelsClosed, shown_by
from footproof.certify.neutrality_operations import ClaimNamed, NameClaim
from footproof.certify.operation import Operation
from footproof.certify.record import Actor, Event, Recomputed, Stamp, Step, Steps
from footproof.certify.scheme import activities_for, valid_until
from footproof.certify.verifications import Resting, StatementReliedOn, Verification
from footproof.model.bilingual import Bilingual
from footproof.model.days import legal_day
from footproof.model.engagement import Risk
from footproof.model.reduction import StatedReduction, reduction_share
from footproof.model.scheme import CaseKind, Scheme
from footproof.rules.rulebook import load_rulebook
from footproof.server.world import names
from footproof.server.world.afterwards import afterwards
from footproof.server.world.cast import VERIFYING, Cast, Deed, maker_name, mark, representative
from footproof.server.world.engaged import TERMS, Verifiers, Verifying, agreed_on, register_of, verified, verified_alone
from footproof.server.world.packages import RULE, Figures, Footprint, Study, footprint
from footproof.server.world.plan import LABEL, NEUTRAL, Issue, Life
from footproof.server.world.shape import shape

FOUR = Context(prec=4)
OPENING, LAST = 1, 10
"""Cases go on from 01:00 UTC, a step every so many minutes; decisions that lead to a certificate come after 07:00."""
_BOUNDARY = Bilingual("从摇篮到大门", "cradle to gate")
_CRITERION = Bilingual("同一工艺与材料，仅规格不同（示例）", "one process and material, other sizes (DEMO)")
_SPREAD = Decimal("0.05")
_VARIANTS = (("A", Decimal("0.985")), ("B", Decimal("0.97")), ("C", Decimal("0.96")))
"""Further models of a family, with their footprint as a share of the certified one."""
_TOO_WIDE = Decimal("1.2")
_BEFORE = Decimal("1.1")
"""Footprint of the year before a first certificate of a reduction, about as a share of its own."""
_AHEAD = timedelta(days=40)
"""Time from the verification of such a year to the application."""
_SCALED = ("product", "main", "other", "power", "fuel")
"""What is more or less in another size of a product."""
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
        self.client = representative(life.client)
        self.made: dict[str, Made] = {}
        """Packages of the life by digest."""
        self.statements: dict[str, str] = {}
        """Digest of the statement on each package."""
        self.batch = ""
        """Figure that labels show which were licensed; empty without such labels."""
        self.year = life.submitted.year - 1
        """Year of the newest data: each surveillance and renewal looks at the next."""
        self.base: Base | None = None
        """What later footprints are compared with, where a reduction is certified."""
        self.stars = 1 + life.index % 3
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

    def tell_all(self, deeds: Iterable[Deed]) -> None:
        """Add deeds."""
        self._told += deeds

    def _first(self) -> None:
        life, name = self.life, f"case-{self.life.index + 1:06d}"
        told = Telling(self, name, CaseKind.INITIAL, life.body, life.submitted, life.first.decided)
        told.subject(self.year, self._study(self.year, life.submitted, 0))
        self._based()
        told.submit()
        if life.outcome == "declined":
            told.decline()
        elif life.outcome == "taken-back":
            told.accept()
            told.take_back()
        else:
            self._decided(told)

    def _based(self) -> None:
        """Have the footprint of the year before verified, where a reduction against it is to be certified."""
        if self.scheme.least_reduction is None:
            return
        study = self._study(self.year - 1, date(self.year, 1, 1), 0)
        if study is None:
            raise ValueError(self.life.index)
        own = replace(study, figures=_scaled(study.figures, _BEFORE))
        made = Made(own, footprint(own))
        name = f"verification-base-{self.life.index + 1:06d}"
        self.made[made.footprint.package], self.base = made, Base(made.footprint.package, verification=name)
        self._verify(name, made)

    def _verify(self, name: str, made: Made) -> None:
        """Verify a package of the life on its own, before its application."""
        life, start = self.life, self.life.submitted - _AHEAD
        body, random = life.index % VERIFYING, self.cast.plan.random(life, 2)
        planner, verifier, reviewer = (
            self.cast.pick(life, body, role, random) for role in ("planner", "verifier", "reviewer")
        )
        about = life.category, f"{self.client.organisation}:site", life.place
        agreed = agreed_on(recomputed(made), made.footprint.sheet, made.study.product, _BOUNDARY, about)
        opening = datetime(start.year, start.month, start.day, 2, tzinfo=UTC)
        who = Verifiers(planner, verifier, reviewer)
        verifying = Verifying(name, self.client.organisation, agreed, register(made), who)
        deeds, _ = verified_alone(self.cast, verifying, opening)
        self.tell_all(deeds)

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
            self.year += 1
            told.subject(self.year, self._study(self.year, start, 1 + self.year % 8))
        told.submit()
        told.evaluate()
        return told

    def neutrality(self, held: Held, claim: str, start: date) -> None:
        """Tell of the certificate of a claim of neutrality."""
        life = self.life
        if life.second is None:
            raise ValueError(life.index)
        name = f"case-{life.index + 1:06d}-c"
        told = Telling(self, name, CaseKind.INITIAL, life.heir, start, life.second.decided, None, NEUTRAL)
        told.neutral(held, claim)
        told.submit()
        told.name_claim()
        told.evaluate()
        told.grant(life.second)

    def subject(self, study: Study | None, year: int) -> Subject:
        """Return what is certified by the data of a year."""
        life = self.life
        site, place = f"{self.client.organisation}:site", life.place
        if study is None:
            # A scheme certifies a thing once at a time (I7): each life is about a system of its own.
            product = f"{self.client.organisation}:{life.category}:{life.index + 1:06d}"
            name, model = _title(life), ""
        else:
            product, name, model = f"https://id.example/01/{names.product_code(life.index)}", study.product, study.model
        first, last = date(year, 1, 1), date(year, 12, 31)
        return Subject(product, name, model, life.category, site, place, first, last, self._family(study))

    def _family(self, study: Study | None) -> Family | None:
        """Return the models that are certified with the one of highest footprint; None for most lives."""
        wide = self.life.defect == "family-too-wide"
        if study is None or self.life.scheme != LABEL or (self.life.index % 9 and not wide):
            return None
        others = [self._member(study, sign, share) for sign, share in _VARIANTS[: 1 + self.life.index % 3]]
        if wide:
            others[0] = self._member(study, _VARIANTS[0][0], _TOO_WIDE)
        return Family(_CRITERION, "worst-case", _SPREAD, (Member(study.model), *others))

    def _member(self, study: Study, sign: str, share: Decimal) -> Member:
        """Return a further model, of which everything takes so much more or less, with its package."""
        own = replace(study, model=f"{study.model}-{sign}", figures=_scaled(study.figures, share))
        made = Made(own, footprint(own))
        self.made[made.footprint.package] = made
        return Member(own.model, made.footprint.package)

    def _study(self, year: int, day: date, again: int) -> Study | None:
        """Return the study of a year, made on a day; None where the scheme certifies no figure."""
        if not self.scheme.rulebooks:
            return None
        life, maker = self.life, maker_name(self.life.client)
        return Study(
            category=life.category,
            figures=self._figures(year, again),
            model=f"DM-{life.index + 1:06d}",
            product=_title(life),
            client=maker,
            site=Bilingual(f"{maker.zh}工厂", f"{maker.en}, plant"),
            year=year,
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
        scheme: str = "",
    ) -> None:
        self.story, self.name, self.kind, self.body = story, name, kind, body
        self.start, self.end, self.old = start, end, old
        self.scheme = shape().schemes()[scheme or story.life.scheme]
        self.claim = ""
        self.made: Made | None = None
        self.case: Case | None = None
        self.about: Subject
        self._step = 0
        self._days = (end.date() - start).days
        opening = datetime(start.year, start.month, start.day, OPENING, tzinfo=UTC)
        self._opening = opening + timedelta(seconds=story.life.index % 600)
        self._evaluator: Actor | None = None

    # ---- what it is about

    def neutral(self, held: Held, claim: str) -> None:
        """Go on about a claim of neutrality on what another certificate states."""
        self.about, self.made, self.claim = held.subject, self.story.made[held.package], claim

    def name_claim(self) -> None:
        """Name the claim that the case is about."""
        self._do(0.04, NameClaim(self.name, self.claim), self.story.client, ClaimNamed(self.claim))

    def subject(self, year: int, study: Study | None) -> None:
        """Say what is to be certified; with a study, on its package."""
        if study is not None:
            self.made = Made(study, footprint(study))
            self.story.made[self.made.footprint.package] = self.made
        self.about = self.story.subject(study, year)

    def same_subject(self) -> None:
        """Go on about what the certificate states, on the package that was verified for it."""
        if self.old is None:
            raise ValueError(self.name)
        self.about = self.old.subject
        self.made = self.story.made.get(self.old.package)

    @property
    def base(self) -> Base | None:
        """Return what the footprint is compared with; None where no reduction is certified."""
        return self.story.base if self.scheme.least_reduction is not None else None

    @property
    def package(self) -> str:
        """Return the digest of the package; empty without one."""
        return self.made.footprint.package if self.made else ""

    # ---- the way to the decision

    def submit(self) -> None:
        """Apply."""
        story = self.story
        body, number = story.cast.bodies[self.body], self.old.number if self.old else ""
        asked = SubmitApplication(
            self.name, self.kind, body, self.scheme.name, self.about, self.package, number, self.base
        )
        client, scheme = story.client.organisation, self.scheme.name
        event = ApplicationSubmitted(
            self.name, self.kind, client, body, scheme, self.about, self.package, number, self.base
        )  # fmt: skip
        at = self._at(0.0)
        self.case = event.begin(Stamp(story.client, at))
        opened = (Step(Certified, number, CaseOpened(self.name)),) if self.kind is CaseKind.SPECIAL else ()
        story.tell(asked, story.client, at, (Step(Case, self.name, event), *opened))

    def accept(self) -> None:
        """Accept on terms."""
        fee = Decimal(18000 + 500 * (self.story.life.index % 60))
        terms = Terms(fee, "CNY", 60 + 10 * (self.body % 4), mark(f"agreement {self.name}"))
        facts = shape().offer(self.scheme.name).facts
        planner = self._somebody("planner")
        self._do(0.08, AcceptApplication(self.name, terms, facts), planner, ApplicationAccepted(terms, facts))

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
        conclusions = self.scheme.conclusions
        activities = _activities(self.scheme.name, self.kind)
        if any(role == "verifier" for _, role, _ in activities) or any(
            one.concluded_by == "verifier" for one in conclusions
        ):
            team = (*team, TeamMember(verifier.person, "verifier"))
        plan = Evaluation(team, mark(f"plan {self.name}"))
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
        scheme, found, day = self.scheme, self.made, self.end.date()
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
            claim=self.claim,
            grade=self.story.stars if scheme.grading else None,
            reduction=self._reduction(),
        )
        issued = CertificateIssued(held)
        if self.kind is CaseKind.TRANSFER:
            issued = CertificateIssued(held, self.story.looked, date(self.story.year, 1, 1))
        object_ = Holding.name(held.scheme, held.subject)
        passed = HoldingPassed(held.number) if self.old else HoldingBegun(object_, held.number)
        steps = [Step(Certified, held.number, issued), Step(Holding, object_, passed)]
        if scheme.mark is not None:
            steps.append(Step(Certified, held.number, MarkLicensed(scheme.mark.id)))
        if self.old is not None:
            steps.append(Step(Certified, self.old.number, CertificateReplaced(held.number, day)))
        if self.base is not None:
            rests = StatementReliedOn(Resting(Certified.stream, held.number))
            steps.append(Step(Verification, self.base.verification, rests))
        self._decide(Outcome.GRANT, held.number, tuple(steps))
        return held

    def refuse(self) -> None:
        """Review and refuse."""
        self._decide(Outcome.REFUSE, "", ())

    def keep(self, *, restate: bool) -> Held:
        """Decide a surveillance well; return what the certificate states then: less, where a reduction shrank."""
        old = self._old()
        restate = restate or self._shrank(old)
        outcome = Outcome.RESTATE if restate else Outcome.MAINTAIN
        surveyed = Surveyed(self.name, self.end.date(), outcome.value, self.package, self.about.first)
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
                reduction=self._reduction(),
            )
            steps = (Step(Certified, old.number, CertificateRestated(held)), *self._closed_labels(held), *steps)
        self._decide(outcome, old.number, steps)
        return held

    def _reduction(self) -> StatedReduction | None:
        """Return by how much the footprint lies below its base, where that is certified."""
        if self.base is None or self.made is None:
            return None
        base = recomputed(self.story.made[self.base.package])
        share = reduction_share(base.value, self.made.footprint.value)
        return None if share is None else StatedReduction(base.package, base.value, base.first, base.last, share)

    def _shrank(self, old: Held) -> bool:
        """Tell whether less of a reduction is left than a certificate states, which then cannot be maintained."""
        stated, found = old.reduction, self._reduction()
        return stated is not None and found is not None and found.share < stated.share

    def _closed_labels(self, held: Held) -> Steps:
        """Return the end of labels that show another figure than is stated from now on."""
        story, mark_ = self.story, self.scheme.mark
        if mark_ is None or held.value is None or story.batch in ("", shown_by(mark_, held)):
            return ()
        story.batch = ""
        return (Step(Certified, held.number, LabelsClosed(("L-1",), self.end.date())),)

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
        return self._opening + timedelta(int(self._days * share), 60 * LAST * self._step)

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
        statement = self.story.statements[self.package] if stated else ""
        proof, (answers, list_) = self._evidence("record", name), _list(self.scheme.name, self.kind, name)
        asked = CompleteActivity(self.name, name, proof, verification, answers=answers)
        opinion = "unmodified" if stated else ""
        activity = Activity(name, by.person, proof, verification, statement, opinion, "", self.package, list_)
        self._do(max(share, 0.62) if stated else share, asked, by, ActivityCompleted(activity))

    def _verify(self, by: Actor) -> str:
        """Verify the package and issue the statement; return the id of the verification."""
        if self.made is None or self.case is None:
            raise ValueError(self.name)
        name, about, made = f"verification-{self.name}", self.about, self.made
        place = about.category, about.site, about.place
        agreed = agreed_on(recomputed(made), made.footprint.sheet, made.study.product, _BOUNDARY, place)
        who = Verifiers(self._somebody("planner"), by, self._somebody("reviewer"))
        verifying = Verifying(name, self.story.client.organisation, agreed, register(made), who, self.case)
        deeds, self.story.statements[self.package] = verified(
            self.story.cast, verifying, lambda _, share: self._at(share)
        )
        self.story.tell_all(deeds)
        return name

    def _find(self, by: Actor) -> None:
        """Raise a nonconformity, have it answered, and close it."""
        text, action = mark(f"finding {self.name}"), mark(f"action {self.name}")
        severity = Severity.MAJOR if self.story.random.random() < 0.15 else Severity.MINOR
        clause = self.scheme.activities[0].id
        at = self._at(0.64)
        until = answer_by(self.scheme, severity, legal_day(at))
        raised = FindingRaised(Finding("N-1", clause, severity, text, by.person, until=until))
        asked = RaiseFinding(self.name, "N-1", clause, severity, text)
        self.story.tell(asked, by, at, (Step(Case, self.name, raised),))
        self._do(0.70, AnswerFinding(self.name, "N-1", action), self.story.client, FindingAnswered("N-1", action))
        self._do(0.76, CloseFinding(self.name, "N-1"), by, FindingClosed("N-1", by.person))

    def _conclude(self, name: str, by: Actor, kinds: tuple[str, ...]) -> None:
        proof = tuple(one for kind in kinds for one in self._evidence(kind, name))
        answers = self._answers() if name == self.scheme.conclusions[0].id else ()
        asked = Conclude(self.name, name, True, proof, answers)
        self._do(0.8, asked, by, Concluded(Conclusion(name, True, by.person, proof, answers)))

    def _answers(self) -> tuple[tuple[str, str], ...]:
        """Return what the grading of the scheme asks; a product reaches as many stars in all that is graded."""
        facts = self.scheme.grading.facts if self.scheme.grading else {}
        return tuple((name, "true" if one.kind == "truth" else str(self.story.stars)) for name, one in facts.items())

    def _evidence(self, kind: str, about: str) -> tuple[Evidence, ...]:
        known = {"package": self.package, "verification-statement": self.story.statements.get(self.package, "")}
        return (Evidence(known.get(kind) or mark(f"{kind} {about} {self.name}"), kind, "authorities"),)

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
        taken = [Step(Case, self.name, DecisionTaken(decided))]
        if self.old is not None:
            taken.append(Step(Certified, self.old.number, CaseClosed(self.name)))
        story.tell(asked, by, self.end, (*taken, *steps))


def _scaled(figures: Figures, share: Decimal) -> Figures:
    """Return measurements of which everything is so much more or less."""
    more: dict[str, Any] = {name: FOUR.multiply(getattr(figures, name), share) for name in _SCALED}
    return replace(figures, **more)


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
        unit_name=Bilingual(f"1 {shape().kind(study.category).unit}", f"1 {shape().kind(study.category).unit}"),
        boundary=_BOUNDARY,
        stages=tuple(found.stages),
    )


def _gross(found: Footprint) -> dict[str, Fraction]:
    """Return the positive emissions of each stage."""
    stages = dict.fromkeys(found.stages, Fraction(0))
    for name, term in found.terms.items():
        stages[TERMS[name][0]] += max(Fraction(term), Fraction(0))
    return stages


def register(made: Made) -> tuple[Risk, ...]:
    """Return the risks of a package as the verifiers of the world see them."""
    return register_of(made.footprint.terms)


@cache
def _rule() -> str:
    rule = load_rulebook(RULE)
    return f"{rule.name} {rule.digest}"


@cache
def _activities(scheme: str, kind: CaseKind) -> tuple[tuple[str, str, bool], ...]:
    """Return what a team has to do: activity, role, whether with a statement."""
    wanted = activities_for(shape().schemes()[scheme], kind)
    return tuple((one.id, one.role, bool(one.statement)) for one in wanted if one.role in ("assessor", "verifier"))


@cache
def _list(scheme: str, kind: CaseKind, activity: str) -> tuple[tuple[Answer, ...], Checked | None]:
    """Return the answers to the checklist of an activity, and what is kept of them."""
    found = shape().schemes()[scheme]
    wanted = next(one for one in activities_for(found, kind) if one.id == activity)
    questions = checklist(found, wanted, load_rulebook(RULE) if found.rulebooks else None)
    answers = all_met(questions)
    return answers, checked(questions, answers, ())


def _title(life: Life) -> Bilingual:
    kind = shape().kind(life.category)
    return Bilingual(f"{kind.word.zh}产品（示例）", f"{kind.word.en} product (DEMO)")


def _four(value: float) -> Decimal:
    return FOUR.create_decimal(f"{value:.6g}").normalize(FOUR)
