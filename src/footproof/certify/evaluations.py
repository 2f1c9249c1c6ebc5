"""Operations of an evaluation: plan and team, activities, conclusions, findings (ISO/IEC 17065, 7.4)."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from footproof.certify.applications import facts_of
from footproof.certify.case import (
    Activity,
    ActivityCompleted,
    Case,
    CaseState,
    Concluded,
    Conclusion,
    Evidence,
    Finding,
    FindingAnswered,
    FindingClosed,
    FindingRaised,
    Plan,
    PlanApproved,
    Severity,
)
from footproof.certify.impartiality import need_fit, need_impartial
from footproof.certify.operation import Operation
from footproof.certify.people import Person
from footproof.certify.record import Actor, Step, Steps, World, need
from footproof.certify.refusals import need_own, need_state, refuse
from footproof.certify.scheme import activities_for, missing_before
from footproof.certify.verifications import Verification
from footproof.model.engagement import State
from footproof.model.scheme import Activity as SchemeActivity
from footproof.model.scheme import Function, Scheme

EVALUATION = (Function.SELECTION, Function.DETERMINATION, Function.SURVEILLANCE)
EXPORTS = ("public", "authorities", "site", "country")
TEAM_ROLES = ("assessor", "verifier")


@dataclass(frozen=True, slots=True)
class PlanEvaluation(Operation):
    """Plan an evaluation and appoint its team."""

    name: ClassVar[str] = "evaluations.plan"
    path: ClassVar[str] = "cases/{case}/plan"
    roles: ClassVar[tuple[str, ...]] = ("planner",)
    clause: ClassVar[str] = "ISO/IEC 17065, 7.4.1"
    case: str
    plan: Plan

    def steps(self, world: World, by: Actor, at: datetime) -> Steps:
        """Return the plan."""
        case = need(world, Case, self.case)
        need_own(by, case.body)
        need_state(case.state, CaseState.ACCEPTED, CaseState.PLANNED)
        scheme = world.scheme(case.scheme)
        need_impartial(need(world, Person, by.person), case.client, scheme, at.date())
        needed = {one.role for one in evaluation(scheme, case)} & set(TEAM_ROLES)
        given = {one.role for one in self.plan.team}
        if not given <= set(TEAM_ROLES) or not needed <= given:
            raise refuse(
                "E-TEAM-ROLE",
                "ISO/IEC 17065, 7.4.2",
                "plan.team",
                found=tuple(sorted(given)),
                needed=tuple(sorted(needed)),
            )
        for member in self.plan.team:
            need_fit(world, case, member, scheme, at.date())
        self._need_separation(scheme, case)
        return (Step(Case, self.case, PlanApproved(self.plan)),)

    def _need_separation(self, scheme: Scheme, case: Case) -> None:
        """Refuse one person in two roles that the scheme keeps apart."""
        for member in self.plan.team:
            others = {one.role for one in self.plan.team if one.person == member.person and one.role != member.role}
            apart = {role for one in evaluation(scheme, case) if one.role == member.role for role in one.separate_from}
            if others & apart:
                raise refuse("E-TEAM-SEPARATE", "I4", "plan.team", person=member.person, role=member.role)


@dataclass(frozen=True, slots=True)
class CompleteActivity(Operation):
    """Record that an activity of the scheme was carried out, and on what it rests."""

    name: ClassVar[str] = "evaluations.complete-activity"
    path: ClassVar[str] = "cases/{case}/activities"
    roles: ClassVar[tuple[str, ...]] = TEAM_ROLES
    clause: ClassVar[str] = "ISO/IEC 17065, 7.4.4"
    case: str
    activity: str
    evidence: tuple[Evidence, ...] = ()
    verification: str = ""
    outsourced: str = ""

    def steps(self, world: World, by: Actor, at: datetime) -> Steps:
        """Return the activity."""
        case = need(world, Case, self.case)
        need_own(by, case.body)
        need_state(case.state, CaseState.PLANNED)
        scheme = world.scheme(case.scheme)
        wanted = self._need_next(scheme, case)
        if wanted.role != by.role:
            raise refuse("E-ROLE-OPERATION", "I15", "activity", found=by.role, needed=(wanted.role,))
        need_on_team(case, by)
        need_fit(world, case, by, scheme, at.date())
        need_exports(self.evidence)
        statement, opinion = self._concluded(world, case, wanted)
        if self.outsourced and (case.terms is None or self.outsourced not in case.terms.laboratories):
            raise refuse("E-CASE-LABORATORY", "ISO/IEC 17065, 6.2.2", "outsourced", organisation=self.outsourced)
        looked_at = case.package if wanted.statement else ""
        activity = Activity(
            self.activity,
            by.person,
            self.evidence,
            self.verification,
            statement,
            opinion,
            self.outsourced,
            looked_at,
        )
        return (Step(Case, self.case, ActivityCompleted(activity)),)

    def _need_next(self, scheme: Scheme, case: Case) -> SchemeActivity:
        done = done_in(scheme, case)
        wanted = next((one for one in evaluation(scheme, case) if one.id == self.activity), None)
        if wanted is None or self.activity in done:
            open_ = tuple(one.id for one in evaluation(scheme, case) if one.id not in done)
            raise refuse("E-ACTIVITY-UNKNOWN", "I3", "activity", found=self.activity, needed=open_)
        facts = facts_of(scheme, case.facts)
        lacking = tuple(one.id for one in missing_before(scheme, case.kind, self.activity, done, facts))
        if lacking:
            raise refuse("E-ACTIVITY-NEEDS", "I3", "activity", found=self.activity, needed=lacking)
        return wanted

    def _concluded(self, world: World, case: Case, wanted: SchemeActivity) -> tuple[str, str]:
        """Return statement and opinion of the verification, which only an activity with a statement names."""
        if bool(wanted.statement) != bool(self.verification):
            raise refuse("E-ACTIVITY-STATEMENT", "ISO/IEC 17029, 9.7", "verification", activity=wanted.id)
        if not wanted.statement:
            return "", ""
        found = need_statement(world, case, self.verification).engagement
        opinion = found.opinion.kind.value if found.opinion is not None else ""
        needed = wanted.level_of_assurance
        if needed not in ("", found.assurance):
            raise refuse("E-STATEMENT-ASSURANCE", "ISO/IEC 17029, 9.7", "verification", needed=needed)
        return found.statement, opinion


@dataclass(frozen=True, slots=True)
class Conclude(Operation):
    """Conclude on one of the points that the scheme's certificate rests on."""

    name: ClassVar[str] = "evaluations.conclude"
    path: ClassVar[str] = "cases/{case}/conclusions"
    roles: ClassVar[tuple[str, ...]] = TEAM_ROLES
    clause: ClassVar[str] = "ISO/IEC 17065, 7.4.9"
    case: str
    conclusion: str
    positive: bool
    evidence: tuple[Evidence, ...] = ()

    def steps(self, world: World, by: Actor, at: datetime) -> Steps:
        """Return the conclusion."""
        case = need(world, Case, self.case)
        need_own(by, case.body)
        need_state(case.state, CaseState.PLANNED)
        scheme = world.scheme(case.scheme)
        wanted = next((one for one in scheme.conclusions if one.id == self.conclusion), None)
        if wanted is None:
            known = tuple(one.id for one in scheme.conclusions)
            raise refuse("E-CASE-WORD", "I3", "conclusion", found=self.conclusion, needed=known)
        if wanted.concluded_by != by.role:
            raise refuse("E-ROLE-OPERATION", "I15", "conclusion", found=by.role, needed=(wanted.concluded_by,))
        need_on_team(case, by)
        need_fit(world, case, by, scheme, at.date())
        need_exports(self.evidence)
        missing = tuple(kind for kind in wanted.evidence if kind not in {one.kind for one in self.evidence})
        if self.positive and missing:
            raise refuse("E-CONCLUSION-EVIDENCE", "I3", "evidence", conclusion=self.conclusion, needed=missing)
        conclusion = Conclusion(self.conclusion, self.positive, by.person, self.evidence)
        return (Step(Case, self.case, Concluded(conclusion)),)


@dataclass(frozen=True, slots=True)
class RaiseFinding(Operation):
    """Raise a nonconformity or an observation."""

    name: ClassVar[str] = "findings.raise"
    path: ClassVar[str] = "cases/{case}/findings"
    roles: ClassVar[tuple[str, ...]] = TEAM_ROLES
    clause: ClassVar[str] = "ISO/IEC 17065, 7.4.6"
    case: str
    finding: str
    about: str
    severity: Severity
    text: str

    def steps(self, world: World, by: Actor, at: datetime) -> Steps:  # noqa: ARG002
        """Return the finding."""
        case = need(world, Case, self.case)
        need_own(by, case.body)
        need_state(case.state, CaseState.PLANNED)
        need_on_team(case, by)
        if any(one.id == self.finding for one in case.findings):
            raise refuse("E-CASE-EXISTS", "I18", "finding", record="finding", id=self.finding)
        finding = Finding(self.finding, self.about, self.severity, self.text, by.person)
        return (Step(Case, self.case, FindingRaised(finding)),)


@dataclass(frozen=True, slots=True)
class AnswerFinding(Operation):
    """Say what caused a nonconformity and what was done about it."""

    name: ClassVar[str] = "findings.answer"
    path: ClassVar[str] = "cases/{case}/findings/{finding}/answer"
    roles: ClassVar[tuple[str, ...]] = ("representative",)
    clause: ClassVar[str] = "ISO/IEC 17065, 7.4.7"
    case: str
    finding: str
    action: str

    def steps(self, world: World, by: Actor, at: datetime) -> Steps:  # noqa: ARG002
        """Return the answer."""
        case = need(world, Case, self.case)
        need_own(by, case.client)
        need_state(case.state, CaseState.PLANNED)
        need_open_finding(case, self.finding)
        return (Step(Case, self.case, FindingAnswered(self.finding, self.action)),)


@dataclass(frozen=True, slots=True)
class CloseFinding(Operation):
    """Verify a corrective action and close the finding."""

    name: ClassVar[str] = "findings.close"
    path: ClassVar[str] = "cases/{case}/findings/{finding}/closure"
    roles: ClassVar[tuple[str, ...]] = TEAM_ROLES
    clause: ClassVar[str] = "ISO/IEC 17065, 7.4.8"
    case: str
    finding: str

    def steps(self, world: World, by: Actor, at: datetime) -> Steps:  # noqa: ARG002
        """Return the closure."""
        case = need(world, Case, self.case)
        need_own(by, case.body)
        need_state(case.state, CaseState.PLANNED)
        need_on_team(case, by)
        if not need_open_finding(case, self.finding).action:
            raise refuse("E-FINDING-ANSWER", "ISO/IEC 17065, 7.4.8", "finding", finding=self.finding)
        return (Step(Case, self.case, FindingClosed(self.finding, by.person)),)


def evaluation(scheme: Scheme, case: Case) -> tuple[SchemeActivity, ...]:
    """Return the activities of selection and determination that the case needs before its review."""
    wanted = activities_for(scheme, case.kind, facts_of(scheme, case.facts))
    return tuple(one for one in wanted if one.role in TEAM_ROLES)


def done_in(scheme: Scheme, case: Case) -> frozenset[str]:
    """Return what is done: by the team, and by the acceptance and planning that the state of the case stands for."""
    wanted = activities_for(scheme, case.kind, facts_of(scheme, case.facts))
    behind = {one.id for one in wanted if one.role not in TEAM_ROLES and one.function is Function.SELECTION}
    return case.done | behind


def need_statement(world: World, case: Case, name: str) -> Verification:
    """Return the verification of this case and package whose statement stands.

    Raises:
        FootproofError: E-CASE-UNKNOWN, E-STATEMENT-CASE for another case or package, E-STATEMENT-STATE.
    """
    found = need(world, Verification, name)
    claim = found.engagement.claim
    if (found.case, found.body) != (case.id, case.body) or claim is None or claim.package != case.package:
        raise refuse("E-STATEMENT-CASE", "I1", "verification", id=name[:100])
    if found.engagement.state is not State.ISSUED:
        raise refuse("E-STATEMENT-STATE", "ISO/IEC 17029, 9.7", "verification", found=found.engagement.state.value)
    return found


def need_on_team(case: Case, by: Actor) -> None:
    """Refuse who is not appointed.

    Raises:
        FootproofError: E-TEAM-MEMBER.
    """
    team = case.plan.team if case.plan is not None else ()
    if not any((one.person, one.role) == (by.person, by.role) for one in team):
        raise refuse("E-TEAM-MEMBER", "ISO/IEC 17065, 7.4.2", "person", person=by.person, role=by.role)


def need_open_finding(case: Case, name: str) -> Finding:
    """Return a finding that is not closed.

    Raises:
        FootproofError: E-CASE-UNKNOWN.
    """
    for one in case.findings:
        if one.id == name and not one.closed_by:
            return one
    raise refuse("E-CASE-UNKNOWN", "ISO/IEC 17065, 7.4", "finding", record="finding", id=name)


def need_exports(evidence: tuple[Evidence, ...]) -> None:
    """Refuse evidence that does not say who may see it.

    Raises:
        FootproofError: E-CASE-WORD.
    """
    for one in evidence:
        if one.export not in EXPORTS:
            raise refuse("E-CASE-WORD", "I10", "evidence.export", found=one.export, needed=EXPORTS)
