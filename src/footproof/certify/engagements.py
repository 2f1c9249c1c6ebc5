"""Operations of a verification engagement: agree, plan, gather, misstate, conclude, review, decide, issue, look again.

ISO/IEC 17029, clause 9, and ISO 14064-3:2019, clauses 5 to 10. Who works in an engagement that serves a case is on the
team of the case, so whoever verified can neither review nor decide on the certificate (I4).
"""

import re
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar

from footproof.certify.case import Case, CaseState
from footproof.certify.certificate import LIVING, Certified
from footproof.certify.evaluations import need_on_team
from footproof.certify.impartiality import USUAL_LOOK_BACK, bars, need_apart, need_fit
from footproof.certify.operation import Operation
from footproof.certify.people import Organisation, Person
from footproof.certify.record import Actor, Beginning, Event, Recomputed, Stamp, Step, Steps, World, fresh, need
from footproof.certify.refusals import need_own, need_state, refuse
from footproof.certify.surveillance import DecisionDue
from footproof.certify.verifications import (
    ANSWERS,
    Agreed,
    EngagementAgreed,
    EngagementAmended,
    EngagementConcluded,
    EngagementDecided,
    EngagementPlanned,
    EngagementReviewed,
    EvidenceGathered,
    FactAnswered,
    FactDiscovered,
    MisstatementCorrected,
    MisstatementRecorded,
    StatementIssued,
    Verification,
)
from footproof.model.bilingual import Bilingual
from footproof.model.engagement import (
    Assurance,
    Claim,
    EvidencePlan,
    Misstatement,
    Opinion,
    OpinionKind,
    Risk,
    Sample,
    Team,
)
from footproof.verify.sampling import draw, frame_of

MATERIALITY = {Assurance.REASONABLE: Decimal("0.05"), Assurance.LIMITED: Decimal("0.10")}
"""Highest materiality by level of assurance: the usual figures (recalled, in no text that we hold)."""
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Drawing:
    """How a sample is drawn from the risks of a plan: the list follows from seed and frame, nobody chooses it (I14).

    Args:
        seed: Public, and fixed before the frame was known.
        size: How many points fall.
        method: "size" or "stratified".
    """

    seed: str
    size: int
    method: str = "size"

    def sample(self, risks: tuple[Risk, ...]) -> Sample:
        """Return the sample.

        Raises:
            FootproofError: E-VERIFY-SAMPLE.
        """
        return draw(self.seed, frame_of(risks), self.size, self.method)


@dataclass(frozen=True, slots=True)
class AgreeEngagement(Operation):
    """Agree on a verification with the client, for a case or on its own."""

    name: ClassVar[str] = "verifications.agree"
    path: ClassVar[str] = "verifications"
    roles: ClassVar[tuple[str, ...]] = ("planner",)
    clause: ClassVar[str] = "ISO/IEC 17029, 9.3"
    verification: str
    client: str
    agreed: Agreed
    case: str = ""

    def steps(self, world: World, by: Actor, at: datetime) -> Steps:
        """Return the agreement."""
        fresh(world, Verification, self.verification)
        need(world, Organisation, self.client)
        if self.case:
            case = _open_case(world, self.case, by)
            if case.client != self.client or case.package != self.agreed.claim.package:
                raise refuse("E-STATEMENT-CASE", "I1", "agreed.claim.package", id=self.case)
        agreed = need_agreed(world, self.agreed, self.client)
        _need_no_tie(need(world, Person, by.person), self.client, at.date())
        event = EngagementAgreed(self.verification, by.organisation, self.case, self.client, agreed)
        return _begin(event, self.verification, by, at)


@dataclass(frozen=True, slots=True)
class AmendEngagement(Operation):
    """Change what was agreed, as a new version on which the work starts anew; so too after a statement is revised."""

    name: ClassVar[str] = "verifications.amend"
    path: ClassVar[str] = "verifications/{verification}/versions"
    roles: ClassVar[tuple[str, ...]] = ("planner",)
    clause: ClassVar[str] = "ISO/IEC 17029, 9.3"
    verification: str
    agreed: Agreed
    reason: Bilingual

    def steps(self, world: World, by: Actor, at: datetime) -> Steps:
        """Return the next version."""
        found = _own(world, self.verification, by)
        if found.case:
            case = _open_case(world, found.case, by)
            if case.package != self.agreed.claim.package:
                raise refuse("E-STATEMENT-CASE", "I1", "agreed.claim.package", id=found.case)
        agreed = need_agreed(world, self.agreed, found.engagement.client)
        _need_no_tie(need(world, Person, by.person), found.engagement.client, at.date())
        return _step(found, EngagementAmended(agreed, self.reason), by, at)


@dataclass(frozen=True, slots=True)
class PlanEngagement(Operation):
    """Assign the team and approve risks, evidence plan and samples."""

    name: ClassVar[str] = "verifications.plan"
    path: ClassVar[str] = "verifications/{verification}/plan"
    roles: ClassVar[tuple[str, ...]] = ("planner",)
    clause: ClassVar[str] = "ISO 14064-3:2019, 6.1"
    verification: str
    team: Team
    risks: tuple[Risk, ...]
    evidence: EvidencePlan
    drawings: tuple[Drawing, ...] = ()

    def steps(self, world: World, by: Actor, at: datetime) -> Steps:
        """Return the plan; samples are drawn here, since a list that is sent could be a choice."""
        found = _own(world, self.verification, by)
        for name in self.team.members:
            _need_verifier(world, found, name, at.date())
        samples = tuple(one.sample(self.risks) for one in self.drawings)
        return _step(found, EngagementPlanned(self.team, self.risks, self.evidence, samples), by, at)


@dataclass(frozen=True, slots=True)
class GatherEvidence(Operation):
    """Record evidence on an item of the plan."""

    name: ClassVar[str] = "verifications.gather"
    path: ClassVar[str] = "verifications/{verification}/evidence"
    roles: ClassVar[tuple[str, ...]] = ("verifier",)
    clause: ClassVar[str] = "ISO 14064-3:2019, 6.2"
    verification: str
    item: str
    digest: str

    def steps(self, world: World, by: Actor, at: datetime) -> Steps:
        """Return the evidence."""
        found = _worked(world, self.verification, by, at.date())
        _need_digest(self.digest, "digest")
        return _step(found, EvidenceGathered(self.item, self.digest), by, at)


@dataclass(frozen=True, slots=True)
class RecordMisstatement(Operation):
    """Record something in the claim that is not as it should be."""

    name: ClassVar[str] = "verifications.misstate"
    path: ClassVar[str] = "verifications/{verification}/misstatements"
    roles: ClassVar[tuple[str, ...]] = ("verifier",)
    clause: ClassVar[str] = "ISO 14064-3:2019, 6.2"
    verification: str
    misstatement: Misstatement

    def steps(self, world: World, by: Actor, at: datetime) -> Steps:
        """Return the misstatement."""
        found = _worked(world, self.verification, by, at.date())
        if self.misstatement.corrected:
            raise refuse("E-CASE-WORD", "I20", "misstatement.corrected", found="true", needed=("false",))
        return _step(found, MisstatementRecorded(self.misstatement), by, at)


@dataclass(frozen=True, slots=True)
class CorrectMisstatement(Operation):
    """Record that the client corrected a misstatement; an amount is corrected by another package (`amend`)."""

    name: ClassVar[str] = "verifications.correct"
    path: ClassVar[str] = "verifications/{verification}/misstatements/{misstatement}/correction"
    roles: ClassVar[tuple[str, ...]] = ("verifier",)
    clause: ClassVar[str] = "ISO 14064-3:2019, 6.3"
    verification: str
    misstatement: str

    def steps(self, world: World, by: Actor, at: datetime) -> Steps:
        """Return the correction."""
        found = _worked(world, self.verification, by, at.date())
        self._need_another_package(found)
        return _step(found, MisstatementCorrected(self.misstatement), by, at)

    def _need_another_package(self, found: Verification) -> None:
        """Refuse to call an amount corrected while the claim is still that of the package it was found in (I20)."""
        claim, before = found.engagement.claim, dict(found.recorded).get(self.misstatement, "")
        amounts = {one.id: one.amount for one in found.engagement.misstatements}
        if claim is not None and amounts.get(self.misstatement) is not None and claim.package == before:
            raise refuse("E-VERIFY-CORRECTION", "I20", "misstatement", id=self.misstatement[:100])


@dataclass(frozen=True, slots=True)
class ConcludeEngagement(Operation):
    """Complete the work with the draft of an opinion."""

    name: ClassVar[str] = "verifications.conclude"
    path: ClassVar[str] = "verifications/{verification}/opinion"
    roles: ClassVar[tuple[str, ...]] = ("verifier",)
    clause: ClassVar[str] = "I20"
    verification: str
    opinion: Opinion

    def steps(self, world: World, by: Actor, at: datetime) -> Steps:
        """Return the opinion."""
        found = _worked(world, self.verification, by, at.date())
        claim = found.engagement.claim
        if self.opinion.kind is OpinionKind.UNMODIFIED and claim is not None:
            need_recomputed(world, claim)
        return _step(found, EngagementConcluded(self.opinion), by, at)


@dataclass(frozen=True, slots=True)
class ReviewEngagement(Operation):
    """Review the work, outside the team."""

    name: ClassVar[str] = "verifications.review"
    path: ClassVar[str] = "verifications/{verification}/review"
    roles: ClassVar[tuple[str, ...]] = ("reviewer",)
    clause: ClassVar[str] = "ISO/IEC 17029, 9.6"
    verification: str

    def steps(self, world: World, by: Actor, at: datetime) -> Steps:
        """Return the review."""
        found = _own(world, self.verification, by)
        _need_independent(world, found, by, at.date())
        return _step(found, EngagementReviewed(), by, at)


@dataclass(frozen=True, slots=True)
class DecideEngagement(Operation):
    """Confirm the opinion, outside the team."""

    name: ClassVar[str] = "verifications.decide"
    path: ClassVar[str] = "verifications/{verification}/decision"
    roles: ClassVar[tuple[str, ...]] = ("reviewer", "decision-maker")
    clause: ClassVar[str] = "ISO/IEC 17029, 9.7"
    verification: str

    def steps(self, world: World, by: Actor, at: datetime) -> Steps:
        """Return the confirmation."""
        found = _own(world, self.verification, by)
        _need_independent(world, found, by, at.date())
        return _step(found, EngagementDecided(), by, at)


@dataclass(frozen=True, slots=True)
class IssueStatement(Operation):
    """Issue the statement."""

    name: ClassVar[str] = "verifications.issue"
    path: ClassVar[str] = "verifications/{verification}/statement"
    roles: ClassVar[tuple[str, ...]] = ("reviewer", "decision-maker")
    clause: ClassVar[str] = "ISO/IEC 17029, 9.7"
    verification: str
    statement: str

    def steps(self, world: World, by: Actor, at: datetime) -> Steps:
        """Return the statement."""
        found = _own(world, self.verification, by)
        _need_digest(self.statement, "statement")
        return _step(found, StatementIssued(self.statement), by, at)


@dataclass(frozen=True, slots=True)
class DiscoverFact(Operation):
    """Record a fact that came to light after the statement was issued."""

    name: ClassVar[str] = "verifications.discover"
    path: ClassVar[str] = "verifications/{verification}/facts"
    roles: ClassVar[tuple[str, ...]] = ("planner", "verifier", "reviewer")
    clause: ClassVar[str] = "ISO 14064-3:2019, 10"
    verification: str
    text: Bilingual

    def steps(self, world: World, by: Actor, at: datetime) -> Steps:
        """Return the fact."""
        return _step(_own(world, self.verification, by), FactDiscovered(self.text), by, at)


@dataclass(frozen=True, slots=True)
class AnswerFact(Operation):
    """Say what follows from such a fact for the statement."""

    name: ClassVar[str] = "verifications.answer"
    path: ClassVar[str] = "verifications/{verification}/facts/answer"
    roles: ClassVar[tuple[str, ...]] = ("reviewer", "decision-maker")
    clause: ClassVar[str] = "ISO 14064-3:2019, 10"
    verification: str
    outcome: str

    def steps(self, world: World, by: Actor, at: datetime) -> Steps:
        """Return the answer."""
        found = _own(world, self.verification, by)
        if self.outcome not in ANSWERS:
            raise refuse("E-CASE-WORD", self.clause, "outcome", found=self.outcome[:40], needed=tuple(ANSWERS))
        _need_independent(world, found, by, at.date())
        answered = _step(found, FactAnswered(self.outcome), by, at)
        return answered if self.outcome == "stands" else (*answered, *_reopened(world, found, at.date()))


def need_agreed(world: World, agreed: Agreed, client: str) -> Agreed:
    """Return what is agreed with the positive emissions that the package gives, materiality within its ceiling (I20).

    Raises:
        FootproofError: E-CLAIM-PACKAGE for a package of somebody else or other emissions, E-VERIFY-CEILING.
    """
    claim, limits = agreed.claim, agreed.materiality
    found = need_claim(world, claim)
    if found.producer != need(world, Organisation, client).name or claim.gross not in ({}, found.gross):
        raise refuse("E-CLAIM-PACKAGE", "I1", "claim.package", found=claim.package)
    ceiling = MATERIALITY[agreed.assurance]
    highest = max(limits.overall, *limits.categories.values(), Decimal(0))
    if highest > ceiling:
        raise refuse("E-VERIFY-CEILING", "I20", "agreed.materiality", found=f"{highest}", limit=f"{ceiling}")
    return replace(agreed, claim=replace(claim, gross=found.gross))


def need_claim(world: World, claim: Claim) -> Recomputed:
    """Return what came out of the package that a claim names, which must be about the same product and period.

    Raises:
        FootproofError: E-CLAIM-PACKAGE.
    """
    found = world.recomputed(claim.package)
    if found is None or (found.model, found.first, found.last) != (claim.model, claim.start, claim.end):
        raise refuse("E-CLAIM-PACKAGE", "I1", "claim.package", found=claim.package)
    return found


def need_recomputed(world: World, claim: Claim) -> None:
    """Refuse to confirm a figure that does not come out of the package (I2).

    Raises:
        FootproofError: E-CLAIM-PACKAGE, E-DECISION-RECOMPUTE.
    """
    found = need_claim(world, claim)
    if not found.ok or (found.value, found.unit) != (claim.value, claim.unit):
        raise refuse("E-DECISION-RECOMPUTE", "I2", "claim.value", package=claim.package)


def _need_digest(text: str, field: str) -> None:
    if not _DIGEST.fullmatch(text):
        raise refuse("E-CASE-WORD", "I18", field, found=text[:80], needed=("sha256:…",))


def _reopened(world: World, found: Verification, day: date) -> Steps:
    """Return the open question on the certificate that was granted on a statement which does not stand any more."""
    case = need(world, Case, found.case) if found.case else None
    decided = case.decision.certificate if case is not None and case.decision is not None else ""
    certificate = world.find(Certified, decided) if decided else None
    while certificate is not None and certificate.replaced_by:
        certificate = world.find(Certified, certificate.replaced_by)
    if certificate is None or certificate.standing(day) not in LIVING:
        return ()
    return (Step(Certified, certificate.id, DecisionDue(f"statement {found.id}")),)


def _own(world: World, name: str, by: Actor) -> Verification:
    found = need(world, Verification, name)
    need_own(by, found.body)
    return found


def _open_case(world: World, name: str, by: Actor) -> Case:
    case = need(world, Case, name)
    need_own(by, case.body)
    need_state(case.state, CaseState.ACCEPTED, CaseState.PLANNED)
    return case


def _worked(world: World, name: str, by: Actor, day: date) -> Verification:
    """Return an engagement that somebody of its team works on, while the case is being evaluated."""
    found = _own(world, name, by)
    team = found.engagement.team
    if team is None or by.person not in team.members:
        raise refuse("E-TEAM-MEMBER", "ISO/IEC 17029, 9.5", "person", person=by.person, role=by.role)
    if found.case:
        case = need(world, Case, found.case)
        need_state(case.state, CaseState.PLANNED)
        need_on_team(case, by)
    _need_verifier(world, found, by.person, day)
    return found


def _need_verifier(world: World, found: Verification, name: str, day: date) -> None:
    """Refuse somebody who may not verify: for a case, who is not on its team; else who has a tie to the client (I4)."""
    if found.case:
        case = need(world, Case, found.case)
        member = Actor(name, "verifier", found.body)
        need_fit(world, case, member, world.scheme(case.scheme), day)
        need_on_team(case, member)
        return
    person = need(world, Person, name)
    if not person.holds("verifier", found.body, day):
        raise refuse("E-ROLE-NONE", "I15", "person", person=name, role="verifier", organisation=found.body)
    _need_no_tie(person, found.engagement.client, day)


def _need_independent(world: World, found: Verification, by: Actor, day: date) -> None:
    person = need(world, Person, by.person)
    if found.case:
        case = need(world, Case, found.case)
        need_fit(world, case, by, world.scheme(case.scheme), day)
        need_apart(by.person, case.evaluators, "E-REVIEW-SEPARATE")
        return
    _need_no_tie(person, found.engagement.client, day)


def _need_no_tie(person: Person, client: str, day: date) -> None:
    tie = bars(person, client, USUAL_LOOK_BACK, day)
    if tie:
        raise refuse("E-TEAM-CONFLICT", "I4", "person", person=person.id, conflict=tie, client=client)


def _begin(event: Beginning[Verification], name: str, by: Actor, at: datetime) -> Steps:
    event.begin(Stamp(by, at))
    return (Step(Verification, name, event),)


def _step(found: Verification, event: Event[Verification], by: Actor, at: datetime) -> Steps:
    """Return a step that the engagement itself allows: what may follow what is decided there."""
    event.apply(found, Stamp(by, at))
    return (Step(Verification, found.id, event),)
