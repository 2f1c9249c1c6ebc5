"""Operations of an evaluation: plan and team, activities, conclusions, findings (ISO/IEC 17065, 7.4)."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import ClassVar

from footproof.certify.applications import case_facts, facts_of
from footproof.certify.case import (
    Activity,
    ActivityCompleted,
    ActivityStarted,
    Answer,
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
from footproof.certify.checklist import checked, checklist, rule_for
from footproof.certify.forms import AnyName, Name, TextDigest
from footproof.certify.impartiality import need_fit, need_planner, need_unbound
from footproof.certify.operation import Operation
from footproof.certify.people import TEAM_ROLES, Organisation
from footproof.certify.record import Actor, Step, Steps, World, need
from footproof.certify.refusals import Side, covered, own_case, refuse
from footproof.certify.reliance import need_level, need_named, need_statement
from footproof.certify.scheme import activities_for, missing_before
from footproof.model.days import legal_day
from footproof.model.scheme import Activity as SchemeActivity
from footproof.model.scheme import CaseKind, Function, Scheme, Technique

DETERMINING = (Function.DETERMINATION, Function.SURVEILLANCE)
EXPORTS = ("public", "authorities", "site", "country")
WORK: dict[Technique, str] = {
    **dict.fromkeys(Technique, "inspection"),
    **dict.fromkeys((Technique.SAMPLE_TEST, Technique.FACTORY_SAMPLE, Technique.MARKET_SAMPLE), "testing"),
    Technique.SYSTEM_AUDIT: "auditing",
    Technique.VERIFICATION: "verification",
}
"""What the scope of an outside organisation has to say, by how a determination is done (ISO/IEC 17065, 6.2.1)."""


@dataclass(frozen=True, slots=True)
class PlanEvaluation(Operation):
    """Plan an evaluation and appoint its team."""

    name: ClassVar[str] = "evaluations.plan"
    path: ClassVar[str] = "cases/{case}/plan"
    roles: ClassVar[tuple[str, ...]] = ("planner",)
    clause: ClassVar[str] = "ISO/IEC 17065, 7.4.1"
    case: Name
    plan: Plan

    def steps(self, world: World, by: Actor, at: datetime) -> Steps:
        """Return the plan."""
        case = own_case(world, by, self.case, Side.BODY, CaseState.ACCEPTED, CaseState.PLANNED)
        scheme = world.scheme(case.scheme)
        need_planner(world, case, by, scheme, legal_day(at))
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
            need_fit(world, case, member, scheme, legal_day(at))
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
class BeginActivity(Operation):
    """Record that an activity begins; whoever begins it ends it, and nobody else meanwhile."""

    name: ClassVar[str] = "evaluations.begin-activity"
    path: ClassVar[str] = "cases/{case}/activities/{activity}/beginning"
    roles: ClassVar[tuple[str, ...]] = TEAM_ROLES
    clause: ClassVar[str] = "ISO/IEC 17065, 7.4.4"
    case: Name
    activity: Name

    def steps(self, world: World, by: Actor, at: datetime) -> Steps:
        """Return the beginning."""
        case, _, _ = _at_work(world, by, at, self.case, self.activity)
        if any(one.activity == self.activity for one in case.begun):
            raise refuse("E-ACTIVITY-BEGUN", self.clause, "activity", activity=self.activity)
        return (Step(Case, self.case, ActivityStarted(self.activity, by.person)),)


@dataclass(frozen=True, slots=True)
class CompleteActivity(Operation):
    """Record that an activity of the scheme was carried out, and on what it rests."""

    name: ClassVar[str] = "evaluations.complete-activity"
    path: ClassVar[str] = "cases/{case}/activities"
    roles: ClassVar[tuple[str, ...]] = TEAM_ROLES
    clause: ClassVar[str] = "ISO/IEC 17065, 7.4.4"
    case: Name
    activity: str
    evidence: tuple[Evidence, ...] = ()
    verification: AnyName = ""
    outsourced: AnyName = ""
    answers: tuple[Answer, ...] = ()

    def steps(self, world: World, by: Actor, at: datetime) -> Steps:
        """Return the activity."""
        case, scheme, wanted = _at_work(world, by, at, self.case, self.activity)
        if any(one.activity == self.activity and one.person != by.person for one in case.begun):
            raise refuse("E-ACTIVITY-BEGUN", self.clause, "activity", activity=self.activity)
        need_exports(self.evidence)
        need_named(world, case, self.evidence)
        statement, opinion = self._concluded(world, case, wanted)
        if self.outsourced:
            self._need_laboratory(world, case, wanted, legal_day(at))
        asked = checklist(scheme, wanted, rule_for(world, wanted, case.package))
        activity = Activity(
            self.activity,
            by.person,
            self.evidence,
            self.verification,
            statement,
            opinion,
            self.outsourced,
            case.package,
            checked(asked, self.answers, {one.clause for one in case.findings}),
        )
        return (Step(Case, self.case, ActivityCompleted(activity)),)

    def _need_laboratory(self, world: World, case: Case, wanted: SchemeActivity, day: date) -> None:
        """Refuse a laboratory that the agreement does not name, or whose scope leaves out what it did, on that day."""
        named = case.terms is not None and self.outsourced in case.terms.laboratories
        scheme, work = world.scheme(case.scheme), WORK[wanted.technique]
        if not named or not covered(need(world, Organisation, self.outsourced), work, scheme, case.subject, day):
            raise refuse("E-CASE-LABORATORY", "ISO/IEC 17065, 6.2.2", "outsourced", organisation=self.outsourced)
        need_unbound(world, self.outsourced, case.client, scheme, day)

    def _concluded(self, world: World, case: Case, wanted: SchemeActivity) -> tuple[str, str]:
        """Return statement and opinion of the verification, which only an activity with a statement names."""
        if bool(wanted.statement) != bool(self.verification):
            raise refuse("E-ACTIVITY-STATEMENT", "ISO/IEC 17029, 9.7", "verification", activity=wanted.id)
        if not wanted.statement:
            return "", ""
        found = need_statement(world, case, self.verification).engagement
        opinion = found.opinion.kind.value if found.opinion is not None else ""
        need_level(found, {wanted.level_of_assurance}, "verification")
        return found.statement, opinion


def _at_work(world: World, by: Actor, at: datetime, name: str, activity: str) -> tuple[Case, Scheme, SchemeActivity]:
    """Return a case, its scheme and the activity that somebody of its team may do now."""
    case = own_case(world, by, name, Side.BODY, CaseState.PLANNED)
    scheme = world.scheme(case.scheme)
    wanted = _need_next(scheme, case, activity)
    if wanted.role != by.role:
        raise refuse("E-ROLE-OPERATION", "I15", "activity", found=by.role, needed=(wanted.role,))
    need_on_team(case, by)
    need_fit(world, case, by, scheme, legal_day(at))
    return case, scheme, wanted


def _need_next(scheme: Scheme, case: Case, activity: str) -> SchemeActivity:
    done = done_in(scheme, case)
    beyond = next((one for one in further(scheme, case) if one.id == activity), None)
    if beyond is not None and activity not in done:
        return beyond
    wanted = next((one for one in evaluation(scheme, case) if one.id == activity), None)
    if wanted is None or activity in done:
        raise refuse("E-ACTIVITY-UNKNOWN", "I3", "activity", found=activity, needed=unfinished(scheme, case))
    facts = case_facts(scheme, case)
    lacking = tuple(one.id for one in missing_before(scheme, case.kind, activity, done, facts))
    if lacking:
        raise refuse("E-ACTIVITY-NEEDS", "I3", "activity", found=activity, needed=lacking)
    return wanted


@dataclass(frozen=True, slots=True)
class Conclude(Operation):
    """Conclude on one of the points that the scheme's certificate rests on."""

    name: ClassVar[str] = "evaluations.conclude"
    path: ClassVar[str] = "cases/{case}/conclusions"
    roles: ClassVar[tuple[str, ...]] = TEAM_ROLES
    clause: ClassVar[str] = "ISO/IEC 17065, 7.4.9"
    case: Name
    conclusion: str
    positive: bool
    evidence: tuple[Evidence, ...] = ()
    answers: tuple[tuple[str, str], ...] = ()

    def steps(self, world: World, by: Actor, at: datetime) -> Steps:
        """Return the conclusion."""
        case = own_case(world, by, self.case, Side.BODY, CaseState.PLANNED)
        scheme = world.scheme(case.scheme)
        wanted = next((one for one in scheme.conclusions if one.id == self.conclusion), None)
        if wanted is None:
            known = tuple(one.id for one in scheme.conclusions)
            raise refuse("E-CASE-WORD", "I3", "conclusion", found=self.conclusion, needed=known)
        if wanted.concluded_by != by.role:
            raise refuse("E-ROLE-OPERATION", "I15", "conclusion", found=by.role, needed=(wanted.concluded_by,))
        need_on_team(case, by)
        need_fit(world, case, by, scheme, legal_day(at))
        need_exports(self.evidence)
        need_named(world, case, self.evidence)
        facts_of(replace(scheme, facts=scheme.grading.facts if scheme.grading is not None else {}), self.answers)
        missing = tuple(kind for kind in wanted.evidence if kind not in {one.kind for one in self.evidence})
        if self.positive and missing:
            raise refuse("E-CONCLUSION-EVIDENCE", "I3", "evidence", conclusion=self.conclusion, needed=missing)
        _need_worked(scheme, case, by.role, self.conclusion)
        conclusion = Conclusion(self.conclusion, self.positive, by.person, self.evidence, self.answers)
        return (Step(Case, self.case, Concluded(conclusion)),)


@dataclass(frozen=True, slots=True)
class RaiseFinding(Operation):
    """Raise a nonconformity or an observation."""

    name: ClassVar[str] = "findings.raise"
    path: ClassVar[str] = "cases/{case}/findings"
    roles: ClassVar[tuple[str, ...]] = TEAM_ROLES
    clause: ClassVar[str] = "ISO/IEC 17065, 7.4.6"
    case: Name
    finding: Name
    about: str
    severity: Severity
    text: TextDigest

    def steps(self, world: World, by: Actor, at: datetime) -> Steps:
        """Return the finding, with the last day on which the client answers it in time."""
        case = own_case(world, by, self.case, Side.BODY, CaseState.PLANNED)
        need_on_team(case, by)
        if any(one.id == self.finding for one in case.findings):
            raise refuse("E-CASE-EXISTS", "I18", "finding", record="finding", id=self.finding)
        until = answer_by(world.scheme(case.scheme), self.severity, legal_day(at))
        finding = Finding(self.finding, self.about, self.severity, self.text, by.person, until=until)
        return (Step(Case, self.case, FindingRaised(finding)),)


@dataclass(frozen=True, slots=True)
class AnswerFinding(Operation):
    """Say what caused a nonconformity and what was done about it, the first time within the time of the scheme."""

    name: ClassVar[str] = "findings.answer"
    path: ClassVar[str] = "cases/{case}/findings/{finding}/answer"
    roles: ClassVar[tuple[str, ...]] = ("representative",)
    clause: ClassVar[str] = "ISO/IEC 17065, 7.4.7"
    case: Name
    finding: Name
    action: TextDigest

    def steps(self, world: World, by: Actor, at: datetime) -> Steps:
        """Return the answer."""
        case = own_case(world, by, self.case, Side.CLIENT, CaseState.PLANNED)
        need_in_time(need_open_finding(case, self.finding), legal_day(at))
        return (Step(Case, self.case, FindingAnswered(self.finding, self.action)),)


@dataclass(frozen=True, slots=True)
class CloseFinding(Operation):
    """Verify a corrective action and close the finding."""

    name: ClassVar[str] = "findings.close"
    path: ClassVar[str] = "cases/{case}/findings/{finding}/closure"
    roles: ClassVar[tuple[str, ...]] = TEAM_ROLES
    clause: ClassVar[str] = "ISO/IEC 17065, 7.4.8"
    case: Name
    finding: Name

    def steps(self, world: World, by: Actor, _: datetime) -> Steps:
        """Return the closure."""
        case = own_case(world, by, self.case, Side.BODY, CaseState.PLANNED)
        need_on_team(case, by)
        if not need_open_finding(case, self.finding).action:
            raise refuse("E-FINDING-ANSWER", "ISO/IEC 17065, 7.4.8", "finding", finding=self.finding)
        return (Step(Case, self.case, FindingClosed(self.finding, by.person)),)


def _need_worked(scheme: Scheme, case: Case, role: str, conclusion: str) -> None:
    """Refuse a conclusion of a role before everything that the role has to do is done."""
    done = done_in(scheme, case)
    open_ = tuple(one.id for one in evaluation(scheme, case) if one.role == role and one.id not in done)
    if open_:
        raise refuse("E-CONCLUSION-EARLY", "I3", "conclusion", conclusion=conclusion, needed=open_)


def evaluation(scheme: Scheme, case: Case) -> tuple[SchemeActivity, ...]:
    """Return what the case needs before its review: the work of its team, and every determination, whoever does it."""
    wanted = activities_for(scheme, case.kind, case_facts(scheme, case))
    return tuple(one for one in wanted if one.role in TEAM_ROLES or one.function in DETERMINING)


def further(scheme: Scheme, case: Case) -> tuple[SchemeActivity, ...]:
    """Return what a special evaluation may do beyond what it has to: verify anew, where a statement does not stand."""
    if case.kind is not CaseKind.SPECIAL:
        return ()
    return tuple(one for one in scheme.activities if one.statement and case.kind not in one.kinds)


def done_in(scheme: Scheme, case: Case) -> frozenset[str]:
    """Return what is done: by the team, and by the acceptance and planning that the state of the case stands for."""
    wanted = activities_for(scheme, case.kind, case_facts(scheme, case))
    behind = {one.id for one in wanted if one.role not in TEAM_ROLES and one.function is Function.SELECTION}
    return case.done | behind


def unfinished(scheme: Scheme, case: Case) -> tuple[str, ...]:
    """Return what of the evaluation is still to be done, by the ids of the scheme."""
    done = done_in(scheme, case)
    return tuple(one.id for one in evaluation(scheme, case) if one.id not in done)


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


def answer_by(scheme: Scheme, severity: Severity, day: date) -> date | None:
    """Return the last day on which a client answers a finding in time; None where nothing has to be answered by a day.

    Args:
        scheme: Its figure `answer_days` says how long that may take.
        severity: An observation needs no answer.
        day: Day on which the finding is raised.
    """
    if scheme.answer_days is None or severity is Severity.OBSERVATION:
        return None
    return day + timedelta(days=scheme.answer_days)


def need_in_time(finding: Finding, day: date) -> None:
    """Refuse the first answer to a nonconformity after the last day for it; then the body can only decide against.

    Raises:
        FootproofError: E-FINDING-LATE.
    """
    if finding.until is not None and finding.answered is None and day > finding.until:
        until = finding.until.isoformat()
        raise refuse("E-FINDING-LATE", "ISO/IEC 17065, 7.4.7", "finding", finding=finding.id, needed=until)


def need_exports(evidence: tuple[Evidence, ...]) -> None:
    """Refuse evidence that does not say who may see it.

    Raises:
        FootproofError: E-CASE-WORD.
    """
    for one in evidence:
        if one.export not in EXPORTS:
            raise refuse("E-CASE-WORD", "I10", "evidence.export", found=one.export, needed=EXPORTS)
