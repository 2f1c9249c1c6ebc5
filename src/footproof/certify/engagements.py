"""Operations of a verification engagement: agree, analyse, plan, gather, misstate, conclude, review, decide, issue.

ISO/IEC 17029, clause 9, and ISO 14064-3:2019, clauses 5 to 10. Who works in an engagement that serves a case is on the
team of the case, so whoever verified can neither review nor decide on the certificate (I4).
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import ClassVar

from footproof.certify.case import Case, CaseState
from footproof.certify.evaluations import EXPORTS, need_on_team
from footproof.certify.forms import AnyName, Document, Name, need_form
from footproof.certify.impartiality import USUAL_LOOK_BACK, latest
from footproof.certify.materiality import need_ceiling
from footproof.certify.operation import Operation
from footproof.certify.ownership import need_unowned
from footproof.certify.people import Organisation, Person
from footproof.certify.record import Actor, Beginning, Event, Recomputed, Stamp, Step, Steps, World, fresh, need
from footproof.certify.refusals import need_own, need_state, refuse
from footproof.certify.resting import fallen
from footproof.certify.statements import statement_of
from footproof.certify.verifications import (
    ANSWERS,
    Agreed,
    EngagementAgreed,
    EngagementAmended,
    EngagementAnalysed,
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
from footproof.certify.verifiers import need_independent, need_no_tie, need_scope_to_verify, need_verifier
from footproof.expressions import exact
from footproof.model.bilingual import Bilingual
from footproof.model.days import legal_day
from footproof.model.engagement import (
    Answer,
    Claim,
    EvidencePlan,
    Misstatement,
    Opinion,
    OpinionKind,
    Risk,
    Sample,
    State,
    Team,
)
from footproof.verify.risk import require_answered, unsettled
from footproof.verify.sampling import draw, frame_of
from footproof.verify.statement import statement_digest


@dataclass(frozen=True, slots=True)
class Drawing:
    """How a sample is drawn from the terms of the claim; seed and frame are given, so nobody chooses the list (I14).

    Args:
        size: How many points fall.
        method: "size" or "stratified".
    """

    size: int
    method: str = "size"

    def sample(self, seed: str, risks: tuple[Risk, ...]) -> Sample:
        """Return the sample.

        Args:
            seed: Digest of the event by which the engagement was agreed.
            risks: Register, which holds every term of the claim with the share that the package gives it.

        Raises:
            FootproofError: E-VERIFY-SAMPLE.
        """
        return draw(seed, frame_of(risks), self.size, self.method)


@dataclass(frozen=True, slots=True)
class AgreeEngagement(Operation):
    """Agree on a verification with the client, for a case or on its own."""

    name: ClassVar[str] = "verifications.agree"
    path: ClassVar[str] = "verifications"
    roles: ClassVar[tuple[str, ...]] = ("planner",)
    clause: ClassVar[str] = "ISO/IEC 17029, 9.3"
    verification: Name
    client: Name
    agreed: Agreed
    case: AnyName = ""

    def steps(self, world: World, by: Actor, at: datetime) -> Steps:
        """Return the agreement."""
        fresh(world, Verification, self.verification)
        need(world, Organisation, self.client)
        agreed = _agreed(world, self.agreed, self.client, self.case, by, legal_day(at))
        event = EngagementAgreed(self.verification, by.organisation, self.case, self.client, agreed)
        return _begin(event, self.verification, by, at)


@dataclass(frozen=True, slots=True)
class AmendEngagement(Operation):
    """Change what was agreed, as a new version on which the work starts anew; so too after a statement is revised."""

    name: ClassVar[str] = "verifications.amend"
    path: ClassVar[str] = "verifications/{verification}/versions"
    roles: ClassVar[tuple[str, ...]] = ("planner",)
    clause: ClassVar[str] = "ISO/IEC 17029, 9.3"
    verification: Name
    agreed: Agreed
    reason: Bilingual
    case: AnyName = ""

    def steps(self, world: World, by: Actor, at: datetime) -> Steps:
        """Return the next version."""
        found = _own(world, self.verification, by)
        if self.case:
            _need_passing(world, found, self.case)
        name, client = self.case or found.case, found.engagement.client
        agreed = _agreed(world, self.agreed, client, name, by, legal_day(at))
        return _step(found, EngagementAmended(agreed, self.reason, self.case), by, at)


@dataclass(frozen=True, slots=True)
class AnalyseEngagement(Operation):
    """Record the strategic analysis: what was understood of the claim, before risks are weighed."""

    name: ClassVar[str] = "verifications.analyse"
    path: ClassVar[str] = "verifications/{verification}/analysis"
    roles: ClassVar[tuple[str, ...]] = ("verifier",)
    clause: ClassVar[str] = "ISO 14064-3:2019, 6.1.1"
    verification: Name
    document: Document
    aspects: tuple[str, ...]
    export: str

    def steps(self, world: World, by: Actor, at: datetime) -> Steps:
        """Return the analysis."""
        found = _own(world, self.verification, by)
        need_verifier(world, found, by.person, legal_day(at))
        _need_export(self.export)
        return _step(found, EngagementAnalysed(self.document, self.aspects, self.export), by, at)


@dataclass(frozen=True, slots=True)
class PlanEngagement(Operation):
    """Assign the team and approve risks, evidence plan and samples.

    The register answers every risk that checking the package proposes; shares and stages are those of the package.
    """

    name: ClassVar[str] = "verifications.plan"
    path: ClassVar[str] = "verifications/{verification}/plan"
    roles: ClassVar[tuple[str, ...]] = ("planner",)
    clause: ClassVar[str] = "ISO 14064-3:2019, 6.1"
    verification: Name
    team: Team
    risks: tuple[Risk, ...]
    evidence: EvidencePlan
    drawings: tuple[Drawing, ...] = ()
    answers: tuple[Answer, ...] = ()

    def steps(self, world: World, by: Actor, at: datetime) -> Steps:
        """Return the plan; samples are drawn here, since a list that is sent could be a choice."""
        found = _own(world, self.verification, by)
        for name in self.team.members:
            need_verifier(world, found, name, legal_day(at))
        claim = found.engagement.claim
        if claim is not None:
            require_answered(world.risks(claim.package), self.risks, self.evidence, self.answers)
        samples = tuple(one.sample(found.seed, self.risks) for one in self.drawings)
        return _step(found, EngagementPlanned(self.team, self.risks, self.evidence, samples, self.answers), by, at)


@dataclass(frozen=True, slots=True)
class GatherEvidence(Operation):
    """Record evidence on an item that is planned or drawn."""

    name: ClassVar[str] = "verifications.gather"
    path: ClassVar[str] = "verifications/{verification}/evidence"
    roles: ClassVar[tuple[str, ...]] = ("verifier",)
    clause: ClassVar[str] = "ISO 14064-3:2019, 6.2"
    verification: Name
    item: str
    digest: Document
    export: str

    def steps(self, world: World, by: Actor, at: datetime) -> Steps:
        """Return the evidence."""
        found = _worked(world, self.verification, by, legal_day(at))
        _need_export(self.export)
        return _step(found, EvidenceGathered(self.item, self.digest, self.export), by, at)


@dataclass(frozen=True, slots=True)
class RecordMisstatement(Operation):
    """Record something in the claim that is not as it should be."""

    name: ClassVar[str] = "verifications.misstate"
    path: ClassVar[str] = "verifications/{verification}/misstatements"
    roles: ClassVar[tuple[str, ...]] = ("verifier",)
    clause: ClassVar[str] = "ISO 14064-3:2019, 6.2"
    verification: Name
    misstatement: Misstatement

    def steps(self, world: World, by: Actor, at: datetime) -> Steps:
        """Return the misstatement."""
        found = _worked(world, self.verification, by, legal_day(at))
        need_form(CorrectMisstatement(self.verification, self.misstatement.id))  # by which it is named again
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
    verification: Name
    misstatement: Name

    def steps(self, world: World, by: Actor, at: datetime) -> Steps:
        """Return the correction."""
        found = _worked(world, self.verification, by, legal_day(at))
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
    verification: Name
    opinion: Opinion
    work: Bilingual
    explained: tuple[Answer, ...] = ()

    def steps(self, world: World, by: Actor, at: datetime) -> Steps:
        """Return the opinion; an unmodified one leaves open nothing that was found against the claim."""
        found = _worked(world, self.verification, by, legal_day(at))
        claim = found.engagement.claim
        if self.opinion.kind is OpinionKind.UNMODIFIED and claim is not None:
            need_recomputed(world, claim)
            need_settled(world, found, claim, self.explained)
        return _step(found, EngagementConcluded(self.opinion, self.work, self.explained), by, at)


@dataclass(frozen=True, slots=True)
class ReviewEngagement(Operation):
    """Review the work, outside the team."""

    name: ClassVar[str] = "verifications.review"
    path: ClassVar[str] = "verifications/{verification}/review"
    roles: ClassVar[tuple[str, ...]] = ("reviewer",)
    clause: ClassVar[str] = "ISO/IEC 17029, 9.6"
    verification: Name

    def steps(self, world: World, by: Actor, at: datetime) -> Steps:
        """Return the review."""
        found = _own(world, self.verification, by)
        need_independent(world, found, by, legal_day(at))
        return _step(found, EngagementReviewed(), by, at)


@dataclass(frozen=True, slots=True)
class DecideEngagement(Operation):
    """Confirm the opinion, outside the team."""

    name: ClassVar[str] = "verifications.decide"
    path: ClassVar[str] = "verifications/{verification}/decision"
    roles: ClassVar[tuple[str, ...]] = ("reviewer", "decision-maker")
    clause: ClassVar[str] = "ISO/IEC 17029, 9.7"
    verification: Name

    def steps(self, world: World, by: Actor, at: datetime) -> Steps:
        """Return the confirmation."""
        found = _own(world, self.verification, by)
        need_independent(world, found, by, legal_day(at))
        return _step(found, EngagementDecided(), by, at)


@dataclass(frozen=True, slots=True)
class IssueStatement(Operation):
    """Issue the statement, which is made from the engagement: nothing of it is sent."""

    name: ClassVar[str] = "verifications.issue"
    path: ClassVar[str] = "verifications/{verification}/statement"
    roles: ClassVar[tuple[str, ...]] = ("reviewer", "decision-maker")
    clause: ClassVar[str] = "ISO/IEC 17029, 9.7"
    verification: Name

    def steps(self, world: World, by: Actor, at: datetime) -> Steps:
        """Return the statement."""
        found, day = _own(world, self.verification, by), legal_day(at)
        need_independent(world, found, by, day)
        if not found.case:
            need_scope_to_verify(world, found.body, found.engagement, day)
            need_unowned(world, found.body, found.engagement.client, day, USUAL_LOOK_BACK)
        statement = statement_digest(statement_of(world, found, day))
        return _step(found, StatementIssued(statement), by, at)


@dataclass(frozen=True, slots=True)
class DiscoverFact(Operation):
    """Record a fact that came to light after the statement was issued."""

    name: ClassVar[str] = "verifications.discover"
    path: ClassVar[str] = "verifications/{verification}/facts"
    roles: ClassVar[tuple[str, ...]] = ("planner", "verifier", "reviewer")
    clause: ClassVar[str] = "ISO 14064-3:2019, 10"
    verification: Name
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
    verification: Name
    outcome: str

    def steps(self, world: World, by: Actor, at: datetime) -> Steps:
        """Return the answer."""
        found = _own(world, self.verification, by)
        if self.outcome not in ANSWERS:
            raise refuse("E-CASE-WORD", self.clause, "outcome", found=self.outcome[:40], needed=tuple(ANSWERS))
        need_independent(world, found, by, legal_day(at))
        answered = _step(found, FactAnswered(self.outcome), by, at)
        stands = self.outcome == "stands"
        return answered if stands else (*answered, *fallen(world, found, self.outcome, legal_day(at)))


def _agreed(world: World, agreed: Agreed, client: str, name: str, by: Actor, day: date) -> Agreed:  # noqa: PLR0917
    """Return what is agreed, by somebody who may, on the package of the case or as the body is accredited for."""
    case = _open_case(world, name, by) if name else None
    if case is not None and (case.client, case.package) != (client, agreed.claim.package):
        raise refuse("E-STATEMENT-CASE", "I1", "agreed.claim.package", id=name)
    found = need_agreed(world, agreed, client, case)
    if case is None:
        need_scope_to_verify(world, by.organisation, found, day)
        need_unowned(world, by.organisation, client, day, USUAL_LOOK_BACK)
    need_no_tie(need(world, Person, by.person), client, day)
    return found


def need_agreed(world: World, agreed: Agreed, client: str, case: Case | None) -> Agreed:
    """Return what is agreed with all that package and case say of it, materiality within its ceiling (I20).

    Maker, site, rule and positive emissions are those of the package; category and place those of the case.

    Raises:
        FootproofError: E-CLAIM-PACKAGE for a package of somebody else or other emissions, E-STATEMENT-CASE for another
            category or place than those of the case, E-VERIFY-CEILING.
    """
    claim = agreed.claim
    found = need_claim(world, claim)
    if found.producer != need(world, Organisation, client).name or claim.gross not in ({}, found.gross):
        raise refuse("E-CLAIM-PACKAGE", "I1", "claim.package", found=claim.package)
    need_ceiling(agreed.materiality, agreed.assurance, world.scheme(case.scheme) if case is not None else None)
    known = replace(
        claim,
        gross=found.gross,
        site=found.site,
        responsible=found.producer,
        rulebook=found.rule,
        rulebook_digest=found.edition,
    )
    if case is None:
        return replace(agreed, claim=known)
    for part in ("category", "site", "place"):
        if getattr(agreed, part) not in ("", getattr(case.subject, part)):
            raise refuse("E-STATEMENT-CASE", "I1", f"agreed.{part}", id=case.id)
    about = case.subject
    return replace(agreed, claim=known, category=about.category, site=about.site, place=about.place)


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


def need_settled(world: World, found: Verification, claim: Claim, explained: tuple[Answer, ...]) -> None:
    """Refuse to confirm a claim while something found against it is neither a misstatement nor explained (I2, I20).

    Misstatements count that were found in the package as it is now; materiality then decides on them.

    Raises:
        FootproofError: E-VERIFY-DIFFERENCE where our own figure is another one: words do not explain that away;
            E-VERIFY-FINDING for anything else that was found; E-VERIFY-ITEM for an explanation of nothing.
    """
    proposed, recorded = world.risks(claim.package), dict(found.recorded)
    known = {one.id for one in proposed if one.errors}
    for name in sorted({one.risk for one in explained} - known):
        raise refuse("E-VERIFY-ITEM", "I20", "explained", id=name[:100])
    mine = [one for one in found.engagement.misstatements if recorded.get(one.id) == claim.package]
    for one in sorted(unsettled(proposed, mine, explained), key=lambda risk: risk.effect is None):
        if one.effect is not None:
            off, unit = exact.round_significant((one.effect.numerator, one.effect.denominator), 6), claim.unit
            raise refuse("E-VERIFY-DIFFERENCE", "I2", "opinion", id=one.id[:100], effect=off, unit=unit)
        raise refuse("E-VERIFY-FINDING", "I20", "opinion", id=one.id[:100], found=one.errors)


def _need_export(export: str) -> None:
    if export not in EXPORTS:
        raise refuse("E-CASE-WORD", "I10", "export", found=export[:40], needed=EXPORTS)


def _need_passing(world: World, found: Verification, name: str) -> None:
    """Refuse to go on in another case, unless a statement is revised there that a certificate of the case rests on."""
    about, before = need(world, Case, name), need(world, Case, found.case) if found.case else None
    granted = before.decision.certificate if before is not None and before.decision is not None else ""
    certificate = latest(world, granted)
    revised = found.engagement.state is State.REVISED
    if not revised or certificate is None or about.certificate != certificate.id:
        raise refuse("E-STATEMENT-CASE", "I1", "case", id=name[:100])


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
    need_verifier(world, found, by.person, day)
    return found


def _begin(event: Beginning[Verification], name: str, by: Actor, at: datetime) -> Steps:
    event.begin(Stamp(by, at))
    return (Step(Verification, name, event),)


def _step(found: Verification, event: Event[Verification], by: Actor, at: datetime) -> Steps:
    """Return a step that the engagement itself allows: what may follow what is decided there."""
    event.apply(found, Stamp(by, at))
    return (Step(Verification, found.id, event),)
