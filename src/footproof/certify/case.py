"""A case: one application from its submission to its decision, and the events that make it.

ISO/IEC 17065, 7.2 to 7.6 (application, review of it, evaluation, review, decision); the same path serves the initial
certification and every later one of a certificate: surveillance, change, renewal, transfer.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Annotated, ClassVar

from footproof.certify.codec import ADDED
from footproof.certify.forms import (
    AnyDigest,
    AnyDocument,
    AnyName,
    AnyPseudonym,
    AnyTextDigest,
    Digest,
    Document,
    Name,
    Place,
    Pseudonym,
    SchemeKey,
    TextDigest,
    Uri,
)
from footproof.certify.record import Beginning, Event, Public, Stamp
from footproof.model.bilingual import Bilingual
from footproof.model.days import legal_day
from footproof.model.scheme import CaseKind


class CaseState(Enum):
    """Where a case stands."""

    SUBMITTED = "submitted"
    ACCEPTED = "accepted"
    PLANNED = "planned"
    REVIEWED = "reviewed"
    DECIDED = "decided"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


class Outcome(Enum):
    """What a decision may say (ISO/IEC 17065, 7.6 and 7.11)."""

    GRANT = "grant"
    REFUSE = "refuse"
    MAINTAIN = "maintain"
    RESTATE = "restate"
    SUSPEND = "suspend"
    RESTORE = "restore"
    REDUCE = "reduce"
    WITHDRAW = "withdraw"
    CANCEL = "cancel"


class Severity(Enum):
    """How grave a finding is."""

    MAJOR = "major"
    MINOR = "minor"
    OBSERVATION = "observation"


@dataclass(frozen=True, slots=True)
class Member:
    """A model of a variant family.

    Args:
        model: Model.
        package: Digest of its own sealed package, from which its figure comes; empty for the model of the subject,
            whose package is that of the case, where no figure is certified, and before the client sends it.
    """

    model: str
    package: AnyDigest = ""


@dataclass(frozen=True, slots=True)
class Family:
    """Models that are certified together.

    Args:
        criterion: What they have in common, in words.
        basis: "representative" (the value is that of a typical model) or "worst-case" (of the highest).
        spread: Most that a member may differ from the certified value, as a share of it. [1]
        members: The models, that of the subject among them.
    """

    criterion: Bilingual
    basis: str
    spread: Decimal
    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True)
class Subject:
    """What is certified: one model at one site for one period.

    Args:
        product: URI of the product, or of the system or service.
        name: What people call it.
        model: Model; empty for a management system.
        category: `list:code`.
        site: URI of the site.
        place: ISO 3166-2 of the site.
        first: First day of the data.
        last: Last day of the data.
        family: Further models certified with it.
    """

    product: Uri
    name: Bilingual
    model: str
    category: str
    site: Uri
    place: Place
    first: date
    last: date
    family: Family | None = None

    @property
    def others(self) -> tuple[Member, ...]:
        """Return the models that are certified with that of the subject, each by a package of its own."""
        members = self.family.members if self.family is not None else ()
        return tuple(one for one in members if one.model != self.model)

    def with_packages(self, sent: tuple[Member, ...]) -> "Subject":
        """Return the subject with other packages for some models of its family; models that it lacks stay out."""
        if self.family is None:
            return self
        packages = {one.model: one for one in sent}
        members = tuple(packages.get(one.model, one) for one in self.family.members)
        return replace(self, family=replace(self.family, members=members))


@dataclass(frozen=True, slots=True)
class Base:
    """What a footprint is compared with, where a scheme certifies a reduction, and by what that is believed.

    Args:
        package: Digest of its sealed package.
        certificate: Number of a certificate of the client that states it or was confirmed on it; else empty.
        verification: Id of a verification of it with an unmodified statement; else empty.
    """

    package: Digest
    certificate: AnyName = ""
    verification: AnyName = ""


@dataclass(frozen=True, slots=True)
class TeamMember:
    """A person with a role in one case."""

    person: Pseudonym
    role: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """Something that supports a conclusion.

    Args:
        digest: Of the bytes; of a package that of what it holds, of a statement that of its record.
        kind: Such as "photo", "meter-reading", "contract".
        export: Who may see it: "public", "authorities", "site" (never leaves the site) or "country".
    """

    digest: Document
    kind: str
    export: str


class Met(Enum):
    """What a question of a checklist was answered with."""

    MET = "met"
    NOT_MET = "not-met"
    NOT_APPLICABLE = "not-applicable"


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one question of a checklist.

    Args:
        question: Its id.
        result: Whether it is met.
        note: Digest of what was seen, or why it does not apply.
    """

    question: Uri
    result: Met
    note: AnyTextDigest = ""


@dataclass(frozen=True, slots=True)
class Checked:
    """A checklist that was gone through; the list itself is a document of the body, known by its digest.

    Args:
        digest: Of all answers.
        questions: How many were answered.
        not_met: Questions that are not met; each has its finding.
        not_applicable: Questions that do not apply.
    """

    digest: TextDigest
    questions: int
    not_met: tuple[Uri, ...] = ()
    not_applicable: tuple[Uri, ...] = ()


@dataclass(frozen=True, slots=True)
class Activity:
    """An activity of the scheme that was carried out.

    Args:
        id: As the scheme names it.
        person: Who.
        evidence: What it rests on.
        verification: Id of the verification engagement, where the scheme asks for a statement.
        statement: Digest of its statement.
        opinion: Its opinion; empty without a statement.
        outsourced: Id of the laboratory that did it; empty if the body did.
        package: Digest of the package the case had then; what was done before the client sent another has to be redone.
        checked: The checklist that was gone through; None for an activity without one.
    """

    id: str
    person: Pseudonym
    evidence: tuple[Evidence, ...] = ()
    verification: AnyName = ""
    statement: AnyDigest = ""
    opinion: str = ""
    outsourced: AnyName = ""
    package: AnyDigest = ""
    checked: Checked | None = None


@dataclass(frozen=True, slots=True)
class Begun:
    """An activity that is under way.

    Args:
        activity: As the scheme names it.
        person: Who began it, and will end it.
        at: When.
    """

    activity: Name
    person: Pseudonym
    at: datetime


@dataclass(frozen=True, slots=True)
class Conclusion:
    """One of the conclusions a scheme asks for, such as that the product is consistent.

    Args:
        id: As the scheme names it.
        positive: Whether it is so.
        person: Who concluded.
        evidence: On what.
        answers: What the grading of the scheme asks, as far as this conclusion answers it: name and value.
    """

    id: str
    positive: bool
    person: Pseudonym
    evidence: tuple[Evidence, ...] = ()
    answers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """A nonconformity or observation, and what became of it.

    Args:
        id: Name inside the case.
        clause: Clause that is not met.
        severity: How grave.
        text: Digest of its text.
        raised_by: Person.
        action: Digest of cause and corrective action; empty while the client has not answered.
        closed_by: Person who verified the action; empty while it is open.
        raised: Day on which it was raised.
        until: Last day on which the client answers in time; None where the scheme sets none, and for an observation.
        answered: Day of the first answer; None before.
    """

    id: Name
    clause: str
    severity: Severity
    text: TextDigest
    raised_by: Pseudonym
    action: AnyTextDigest = ""
    closed_by: AnyPseudonym = ""
    raised: date | None = None
    until: date | None = None
    answered: date | None = None

    @property
    def open(self) -> bool:
        """Tell whether the finding stands in the way of a review; observations do not."""
        return self.severity is not Severity.OBSERVATION and not self.closed_by


@dataclass(frozen=True, slots=True)
class Terms:
    """The certification agreement (ISO/IEC 17065, 4.1.2).

    Args:
        fee: What the client pays. [currency]
        currency: ISO 4217.
        working_days: Time the body takes from acceptance to decision. [working days]
        agreement: Digest of the agreement both signed.
        reused: Ids of verifications on earlier engagements whose statements are taken over (7.4.5).
        laboratories: Organisations that work for the body.
    """

    fee: Decimal
    currency: str
    working_days: int
    agreement: TextDigest
    reused: tuple[Name, ...] = ()
    laboratories: tuple[Name, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """The evaluation plan (ISO/IEC 17065, 7.4.1).

    Args:
        team: Who does what.
        digest: Of the plan in words.
    """

    team: tuple[TeamMember, ...]
    digest: AnyDocument = ""


@dataclass(frozen=True, slots=True)
class Decided:
    """A certification decision (ISO/IEC 17065, 7.6).

    Args:
        outcome: What was decided.
        person: Who decided.
        reasons: Digest of the reasons.
        package: Digest of the package decided on; empty where none is concerned.
        certificate: Number of the certificate concerned; empty for a refusal.
        on: Day.
        ground: Ground of the scheme for what is against the certificate; else empty.
    """

    outcome: Outcome
    person: Pseudonym
    reasons: TextDigest
    package: AnyDigest
    certificate: AnyName
    on: date
    ground: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """One application and everything done about it.

    Args:
        id: Name of the case.
        kind: Why.
        state: Where it stands.
        client: Organisation that applies.
        body: Organisation it applies to.
        scheme: Scheme edition, `id@edition`.
        subject: What is to be certified.
        package: Digest of the sealed package; empty where the scheme needs none, or before the client sends it.
        certificate: Number of the certificate a later case is about; empty for an initial one.
        submitted: Day.
        accepted: Day the review of the application ended well.
        facts: What was declared, by the names the scheme gives: "true", "false", a number, a text.
        terms: The agreement.
        plan: The plan and team.
        activities: What was carried out.
        conclusions: What was concluded.
        findings: What was found.
        reviewer: Person who reviewed; empty before.
        recommendation: What the reviewer recommends.
        decision: What was decided.
        team_ever: Everyone who ever planned the evaluation (7.4.1) or was on its team; leaving does not undo it.
        judged: Everyone who ever accepted, declined, reviewed or returned it.
        claim: Id of the claim of neutrality that it is about; empty under other schemes.
        begun: Activities that are under way.
        halted: Times in which nobody worked on it, from its end to the day on which an appeal reopened it.
        base: What the footprint is compared with; None where the scheme certifies no reduction.
        declined: Digest of the reasons for which the body did not take it on, which its client may fetch; None before.
    """

    stream: ClassVar[str] = "case"

    id: str
    kind: CaseKind
    state: CaseState
    client: str
    body: str
    scheme: str
    subject: Subject
    package: str
    certificate: str
    submitted: date
    accepted: date | None = None
    facts: tuple[tuple[str, str], ...] = ()
    terms: Terms | None = None
    plan: Plan | None = None
    activities: tuple[Activity, ...] = ()
    conclusions: tuple[Conclusion, ...] = ()
    findings: tuple[Finding, ...] = ()
    reviewer: str = ""
    recommendation: Outcome | None = None
    decision: Decided | None = None
    team_ever: tuple[str, ...] = ()
    judged: tuple[str, ...] = ()
    claim: AnyName = ""
    begun: tuple[Begun, ...] = ()
    halted: tuple[tuple[date, date], ...] = ()
    base: Annotated[Base | None, ADDED] = None
    declined: Annotated[str | None, ADDED] = None

    @property
    def current(self) -> tuple[Activity, ...]:
        """Return the activities carried out on the package as it is now."""
        return tuple(one for one in self.activities if one.package == self.package)

    @property
    def done(self) -> frozenset[str]:
        """Return the ids of the activities that are done."""
        return frozenset(one.id for one in self.current)

    @property
    def evaluators(self) -> frozenset[str]:
        """Return everyone who took part in the evaluation or verification (I4)."""
        took_part = [one.person for one in self.activities] + [one.person for one in self.conclusions]
        closed = [one.closed_by for one in self.findings if one.closed_by]
        return frozenset((*took_part, *closed, *(one.raised_by for one in self.findings), *self.team_ever))


@dataclass(frozen=True, slots=True)
class ApplicationSubmitted(Beginning[Case]):
    """A client applies."""

    kind: ClassVar[str] = "application.submitted"
    id: Name
    case: CaseKind
    client: Name
    body: Name
    scheme: SchemeKey
    subject: Subject
    package: AnyDigest
    certificate: AnyName
    base: Annotated[Base | None, ADDED] = None

    def begin(self, stamp: Stamp) -> Case:
        """Return the case."""
        return Case(
            self.id,
            self.case,
            CaseState.SUBMITTED,
            self.client,
            self.body,
            self.scheme,
            self.subject,
            self.package,
            self.certificate,
            legal_day(stamp.at),
            base=self.base,
        )


@dataclass(frozen=True, slots=True)
class PackageAttached(Event[Case]):
    """The client sends another sealed package for the case, say after a corrective action.

    Args:
        package: Digest.
        members: Models of the family with other packages of theirs.
    """

    kind: ClassVar[str] = "package.attached"
    package: Digest
    members: tuple[Member, ...] = ()

    def apply(self, record: Case, _: Stamp) -> Case:
        """Return the case with the package; what was concluded, or done on the one before, has to be done anew."""
        about = record.subject.with_packages(self.members)
        return replace(record, subject=about, package=self.package, conclusions=(), begun=())


@dataclass(frozen=True, slots=True)
class ApplicationAccepted(Event[Case]):
    """The body reviewed the application and takes it on."""

    kind: ClassVar[str] = "application.accepted"
    terms: Terms
    facts: tuple[tuple[str, str], ...]

    def apply(self, record: Case, stamp: Stamp) -> Case:
        """Return the accepted case."""
        on = legal_day(stamp.at)
        judged = (*record.judged, stamp.by.person)
        return replace(record, state=CaseState.ACCEPTED, terms=self.terms, facts=self.facts, accepted=on, judged=judged)


@dataclass(frozen=True, slots=True)
class ApplicationDeclined(Event[Case]):
    """The body does not take it on."""

    kind: ClassVar[str] = "application.declined"
    reasons: TextDigest

    def apply(self, record: Case, stamp: Stamp) -> Case:
        """Return the case as it ended."""
        judged = (*record.judged, stamp.by.person)
        return replace(record, state=CaseState.DECLINED, judged=judged, declined=self.reasons)


@dataclass(frozen=True, slots=True)
class ApplicationWithdrawn(Event[Case]):
    """The client takes the application back."""

    kind: ClassVar[str] = "application.withdrawn"

    def apply(self, record: Case, _: Stamp) -> Case:
        """Return the case as it ended."""
        return replace(record, state=CaseState.WITHDRAWN)


@dataclass(frozen=True, slots=True)
class PlanApproved(Event[Case]):
    """The evaluation is planned, its team appointed; a second plan replaces the first."""

    kind: ClassVar[str] = "plan.approved"
    plan: Plan

    def apply(self, record: Case, stamp: Stamp) -> Case:
        """Return the planned case; planning is part of the evaluation, so who approved the plan took part in it."""
        ever = dict.fromkeys((*record.team_ever, stamp.by.person, *(one.person for one in self.plan.team)))
        left = {one.person for one in self.plan.team}
        begun = tuple(one for one in record.begun if one.person in left)
        return replace(record, state=CaseState.PLANNED, plan=self.plan, team_ever=tuple(ever), begun=begun)


@dataclass(frozen=True, slots=True)
class ActivityStarted(Event[Case]):
    """Somebody of the team begins an activity, such as an inspection of some days."""

    kind: ClassVar[str] = "activity.started"
    activity: Name
    person: Pseudonym

    def apply(self, record: Case, stamp: Stamp) -> Case:
        """Return the case with what is under way."""
        return replace(record, begun=(*record.begun, Begun(self.activity, self.person, stamp.at)))


@dataclass(frozen=True, slots=True)
class ActivityCompleted(Event[Case]):
    """An activity of the scheme was carried out."""

    kind: ClassVar[str] = "activity.completed"
    activity: Activity

    def apply(self, record: Case, _: Stamp) -> Case:
        """Return the case with the activity."""
        begun = tuple(one for one in record.begun if one.activity != self.activity.id)
        return replace(record, activities=(*record.activities, self.activity), begun=begun)


@dataclass(frozen=True, slots=True)
class Concluded(Event[Case]):
    """The team concluded on one of the points the scheme asks about; a later conclusion replaces an earlier one."""

    kind: ClassVar[str] = "conclusion.reached"
    conclusion: Conclusion

    def apply(self, record: Case, _: Stamp) -> Case:
        """Return the case with the conclusion."""
        others = tuple(one for one in record.conclusions if one.id != self.conclusion.id)
        return replace(record, conclusions=(*others, self.conclusion))


@dataclass(frozen=True, slots=True)
class FindingRaised(Event[Case]):
    """Something does not conform."""

    kind: ClassVar[str] = "finding.raised"
    finding: Finding

    def apply(self, record: Case, stamp: Stamp) -> Case:
        """Return the case with the finding and its day."""
        raised = replace(self.finding, raised=legal_day(stamp.at))
        return replace(record, findings=(*record.findings, raised))


@dataclass(frozen=True, slots=True)
class FindingAnswered(Event[Case]):
    """The client says what caused it and what was done."""

    kind: ClassVar[str] = "finding.answered"
    finding: Name
    action: TextDigest

    def apply(self, record: Case, stamp: Stamp) -> Case:
        """Return the case with the answer, and the day of the first one."""
        day = legal_day(stamp.at)
        given = tuple(
            replace(one, action=self.action, answered=one.answered or day) if one.id == self.finding else one
            for one in record.findings
        )
        return replace(record, findings=given)


@dataclass(frozen=True, slots=True)
class FindingClosed(Event[Case]):
    """The team verified the corrective action."""

    kind: ClassVar[str] = "finding.closed"
    finding: Name
    person: Pseudonym

    def apply(self, record: Case, _: Stamp) -> Case:
        """Return the case with the closed finding."""
        shut = tuple(replace(one, closed_by=self.person) if one.id == self.finding else one for one in record.findings)
        return replace(record, findings=shut)


@dataclass(frozen=True, slots=True)
class ReviewCompleted(Event[Case]):
    """Somebody who took no part in the evaluation reviewed it (ISO/IEC 17065, 7.5)."""

    kind: ClassVar[str] = "review.completed"
    person: Pseudonym
    recommendation: Outcome
    reasons: TextDigest

    def apply(self, record: Case, _: Stamp) -> Case:
        """Return the reviewed case."""
        judged = (*record.judged, self.person)
        later = replace(record, state=CaseState.REVIEWED, reviewer=self.person, judged=judged)
        return replace(later, recommendation=self.recommendation)


@dataclass(frozen=True, slots=True)
class ReviewReturned(Event[Case]):
    """The reviewer sends the case back to the team, saying what is missing."""

    kind: ClassVar[str] = "review.returned"
    person: Pseudonym
    reasons: TextDigest

    def apply(self, record: Case, _: Stamp) -> Case:
        """Return the case as planned."""
        judged = (*record.judged, self.person)
        return replace(record, state=CaseState.PLANNED, reviewer="", recommendation=None, judged=judged)


@dataclass(frozen=True, slots=True)
class DecisionTaken(Event[Case]):
    """The body decided."""

    kind: ClassVar[str] = "decision.taken"
    public: ClassVar[Public] = Public.YES
    decision: Decided

    def apply(self, record: Case, _: Stamp) -> Case:
        """Return the decided case."""
        return replace(record, state=CaseState.DECIDED, decision=self.decision)


@dataclass(frozen=True, slots=True)
class CaseReopened(Event[Case]):
    """An appeal against a refusal was upheld: it is reviewed and decided anew, or the application looked at again.

    Args:
        appeal: Which.
        since: Day on which the case ended; of an application that was declined, the day of the appeal.
    """

    kind: ClassVar[str] = "case.reopened"
    public: ClassVar[Public] = Public.YES
    appeal: Name
    since: date

    def apply(self, record: Case, stamp: Stamp) -> Case:
        """Return the case as it was before its end; who ended it stays known."""
        state = CaseState.SUBMITTED if record.decision is None else CaseState.PLANNED
        judged = (*record.judged, *((record.decision.person,) if record.decision is not None else ()))
        halted = (*record.halted, (self.since, legal_day(stamp.at)))
        before = replace(record, state=state, reviewer="", recommendation=None, decision=None, declined=None)
        return replace(before, judged=judged, halted=halted)
