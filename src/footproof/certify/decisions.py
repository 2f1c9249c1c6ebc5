"""Operations of review and decision (ISO/IEC 17065, 7.5 and 7.6), and what a decision leads to, all in one.

A decision is taken on the package that was verified, by somebody who took no part in the evaluation, while the body
is allowed to; the certificate, the mark and the end of what it replaces are events of the same operation or of none.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar

from footproof.certify.applications import need_allowed, need_still_later, need_subject
from footproof.certify.case import (
    Case,
    CaseState,
    Decided,
    DecisionTaken,
    Outcome,
    ReviewCompleted,
    ReviewReturned,
    Subject,
)
from footproof.certify.certificate import (
    LIVING,
    CaseClosed,
    CertificateIssued,
    CertificateReplaced,
    CertificateRestated,
    Certified,
    Held,
    Holding,
    HoldingBegun,
    HoldingPassed,
    MarkLicensed,
    Settled,
    Standing,
    StatusChange,
    StatusChanged,
    SurveillanceDone,
    Surveyed,
    Turn,
)
from footproof.certify.evaluations import unfinished
from footproof.certify.families import as_looked_at, need_members
from footproof.certify.forms import AnyDigest, AnyName, Name, TextDigest
from footproof.certify.grading import grade_of
from footproof.certify.green import counting
from footproof.certify.impartiality import cases_of, evaluators_of, need_apart, need_fit, need_impartial, need_unbound
from footproof.certify.labels import closing
from footproof.certify.neutrality_operations import need_claim
from footproof.certify.operation import Operation
from footproof.certify.people import Organisation, Person
from footproof.certify.record import Actor, Recomputed, Step, Steps, World, need
from footproof.certify.reduction import need_no_less, reduction_of
from footproof.certify.refusals import need_own, need_state, refuse, transfer_clause
from footproof.certify.reliance import need_statement
from footproof.certify.resting import relying
from footproof.certify.scheme import suspended_until, valid_until
from footproof.model.days import legal_day
from footproof.model.engagement import OpinionKind
from footproof.model.scheme import CaseKind, Consequence, Scheme

_NUMBER = re.compile(r"[A-Z0-9][A-Z0-9-]{5,39}", re.ASCII)
OUTCOMES: dict[CaseKind, tuple[Outcome, ...]] = {
    CaseKind.INITIAL: (Outcome.GRANT, Outcome.REFUSE),
    CaseKind.RENEWAL: (Outcome.GRANT, Outcome.REFUSE),
    CaseKind.TRANSFER: (Outcome.GRANT, Outcome.REFUSE),
    CaseKind.SURVEILLANCE: (
        Outcome.MAINTAIN,
        Outcome.RESTATE,
        Outcome.REDUCE,
        Outcome.SUSPEND,
        Outcome.WITHDRAW,
    ),
    CaseKind.CHANGE: (
        Outcome.MAINTAIN,
        Outcome.RESTATE,
        Outcome.REDUCE,
        Outcome.REFUSE,
        Outcome.SUSPEND,
        Outcome.WITHDRAW,
    ),
    CaseKind.SPECIAL: (
        Outcome.MAINTAIN,
        Outcome.RESTATE,
        Outcome.RESTORE,
        Outcome.REDUCE,
        Outcome.SUSPEND,
        Outcome.WITHDRAW,
        Outcome.CANCEL,
    ),
}
GROUNDS = {
    Outcome.SUSPEND: Consequence.SUSPENDED,
    Outcome.REDUCE: Consequence.REDUCED,
    Outcome.WITHDRAW: Consequence.WITHDRAWN,
    Outcome.CANCEL: Consequence.CANCELLED,
}
"""What is against a certificate, and to what a ground of the scheme has to lead for it."""
POSITIVE = (Outcome.GRANT, Outcome.MAINTAIN, Outcome.RESTATE, Outcome.RESTORE, Outcome.REDUCE)
"""Outcomes after which a certificate stands: for them the whole evaluation must have ended well."""
RESTING = (CaseKind.TRANSFER, CaseKind.SPECIAL)
"""Cases that rest on what was evaluated before: who did that takes no part in their review and decision (I4)."""
_TURNS = {Outcome.SUSPEND: Turn.SUSPENDED, Outcome.WITHDRAW: Turn.WITHDRAWN, Outcome.CANCEL: Turn.CANCELLED}


@dataclass(frozen=True, slots=True)
class CompleteReview(Operation):
    """Review an evaluation and recommend what to decide."""

    name: ClassVar[str] = "reviews.complete"
    path: ClassVar[str] = "cases/{case}/review"
    roles: ClassVar[tuple[str, ...]] = ("reviewer",)
    clause: ClassVar[str] = "ISO/IEC 17065, 7.5"
    case: Name
    recommendation: Outcome
    reasons: TextDigest

    def steps(self, world: World, by: Actor, at: datetime) -> Steps:
        """Return the review."""
        case, scheme = _reviewable(world, self.case, by, legal_day(at), CaseState.PLANNED)
        need_unbound(world, case.body, case.client, scheme, legal_day(at))
        need_complete(world, scheme, case, self.recommendation)
        return (Step(Case, self.case, ReviewCompleted(by.person, self.recommendation, self.reasons)),)


@dataclass(frozen=True, slots=True)
class ReturnReview(Operation):
    """Send an evaluation back to its team."""

    name: ClassVar[str] = "reviews.return"
    path: ClassVar[str] = "cases/{case}/review/return"
    roles: ClassVar[tuple[str, ...]] = ("reviewer", "decision-maker")
    clause: ClassVar[str] = "ISO/IEC 17065, 7.5"
    case: Name
    reasons: TextDigest

    def steps(self, world: World, by: Actor, at: datetime) -> Steps:
        """Return the case to its team."""
        _reviewable(world, self.case, by, legal_day(at), CaseState.PLANNED, CaseState.REVIEWED)
        return (Step(Case, self.case, ReviewReturned(by.person, self.reasons)),)


def _reviewable(world: World, name: str, by: Actor, day: date, *states: CaseState) -> tuple[Case, Scheme]:
    case = need(world, Case, name)
    need_own(by, case.body)
    need_state(case.state, *states)
    scheme = world.scheme(case.scheme)
    code = "E-REVIEW-SEPARATE" if by.role == "reviewer" else "E-DECISION-SEPARATE"
    need_apart(by.person, evaluators_of(world, case), code)
    if case.kind in RESTING:
        for earlier in cases_of(world, need(world, Certified, case.certificate)):
            need_apart(by.person, evaluators_of(world, earlier), code)
    need_fit(world, case, by, scheme, day)
    return case, scheme


def need_complete(world: World, scheme: Scheme, case: Case, outcome: Outcome) -> None:
    """Refuse to end an evaluation before its time, or well when it did not go well (I3).

    What is against a certificate can be decided before everything is done; what is for it cannot.

    Raises:
        FootproofError: E-CASE-OUTCOME, E-ACTIVITIES-OPEN, E-FINDINGS-OPEN, E-CONCLUSIONS-OPEN, E-OPINION.
    """
    if outcome not in OUTCOMES[case.kind]:
        allowed = tuple(one.value for one in OUTCOMES[case.kind])
        raise refuse("E-CASE-OUTCOME", "ISO/IEC 17065, 7.6", "outcome", found=outcome.value, needed=allowed)
    if outcome not in POSITIVE:
        return
    open_ = unfinished(scheme, case)
    if open_:
        raise refuse("E-ACTIVITIES-OPEN", "I3", "case", needed=open_)
    findings = tuple(one.id for one in case.findings if one.open)
    if findings:
        raise refuse("E-FINDINGS-OPEN", "ISO/IEC 17065, 7.4.8", "case", needed=findings)
    positive = {one.id for one in case.conclusions if one.positive}
    lacking = tuple(one.id for one in scheme.conclusions if one.id not in positive)
    if lacking:
        raise refuse("E-CONCLUSIONS-OPEN", "I3", "case", needed=lacking)
    for activity in case.current:
        if activity.opinion not in ("", OpinionKind.UNMODIFIED.value):
            raise refuse("E-OPINION", "I20", "case", activity=activity.id, found=activity.opinion)
        if activity.verification:
            need_statement(world, case, activity.verification)


def need_still_impartial(world: World, scheme: Scheme, case: Case, day: date) -> None:
    """Refuse to decide for a client on the work of somebody who turns out to have had a tie to it (I4).

    Raises:
        FootproofError: E-TEAM-CONFLICT.
    """
    for name in sorted({*evaluators_of(world, case), case.reviewer} - {""}):
        person = need(world, Person, name)
        for known in (case.accepted or day, day):
            need_impartial(person, case.client, scheme, known)


@dataclass(frozen=True, slots=True)
class Decide(Operation):
    """Decide on a case; the certificate or its change, the mark and the publication are part of the same operation."""

    name: ClassVar[str] = "decisions.take"
    path: ClassVar[str] = "cases/{case}/decision"
    roles: ClassVar[tuple[str, ...]] = ("decision-maker",)
    clause: ClassVar[str] = "ISO/IEC 17065, 7.6"
    case: Name
    outcome: Outcome
    reasons: TextDigest
    package: AnyDigest = ""
    certificate: AnyName = ""
    until: date | None = None
    subject: Subject | None = None
    settles: tuple[Settled, ...] = ()
    ground: str = ""

    def steps(self, world: World, by: Actor, at: datetime) -> Steps:
        """Return the decision and everything it leads to."""
        day = legal_day(at)
        case, scheme = _reviewable(world, self.case, by, day, CaseState.REVIEWED)
        need_complete(world, scheme, case, self.outcome)
        if self.package not in ("", case.package):
            raise refuse("E-DECISION-PACKAGE", "I1", "package", found=self.package)
        if self.outcome in POSITIVE:
            if case.recommendation not in POSITIVE:
                said = case.recommendation.value if case.recommendation is not None else ""
                raise refuse("E-DECISION-REVIEW", self.clause, "outcome", found=said, outcome=self.outcome.value)
            need_allowed(world, case, scheme, day)
            need_still_later(world, case, day)
            need_still_impartial(world, scheme, case, day)
        self._need_ground(scheme)
        number = self.certificate if self.outcome is Outcome.GRANT else case.certificate
        decided = Decided(self.outcome, by.person, self.reasons, self.package, number, day, self.ground)
        taken = Step(Case, self.case, DecisionTaken(decided)), *self._closed(world, case)
        follow = _FOLLOW.get(self.outcome)
        if follow is None:
            return taken
        return *taken, *follow(self, world, case, scheme, day), *relying(world, case, number)

    def _need_ground(self, scheme: Scheme) -> None:
        """Refuse what is against a certificate without a ground of its scheme, and a ground for anything else."""
        leads = GROUNDS.get(self.outcome)
        known = tuple(one.id for one in scheme.grounds if one.leads_to is leads)
        if (self.ground or known) and self.ground not in known:
            raise refuse("E-DECISION-GROUND", "ISO/IEC 17065, 7.11.1", "ground", found=self.ground[:80], needed=known)

    def _closed(self, world: World, case: Case) -> Steps:
        """Return what a certificate learns of the end of a case about it: which open questions are answered, and why.

        Raises:
            FootproofError: E-DECISION-SETTLES for one that is not open, named twice or without reasons.
        """
        pending = need(world, Certified, case.certificate).pending if case.certificate else ()
        named = [one.reason for one in self.settles]
        wrong = [one.reason for one in self.settles if not one.reasons or one.reason not in pending]
        if wrong or len(set(named)) < len(named):
            found = tuple(one[:100] for one in wrong or named)
            raise refuse("E-DECISION-SETTLES", self.clause, "settles", found=found, needed=pending)
        return (Step(Certified, case.certificate, CaseClosed(case.id, self.settles)),) if case.certificate else ()


Follow = Callable[[Decide, World, Case, Scheme, date], Steps]


def _grant(asked: Decide, world: World, case: Case, scheme: Scheme, day: date) -> Steps:
    number = _need_number(world, asked.certificate)
    found = _need_recomputed(world, asked.package, case, scheme)
    need_members(world, case.subject, found)
    held = Held(
        number=number,
        case=case.id,
        body=case.body,
        client=case.client,
        scheme=case.scheme,
        subject=case.subject,
        package=asked.package,
        value=found.value if found else None,
        unit=found.unit if found else "",
        rule=f"{found.rule} {found.edition}" if found else "",
        decided=day,
        first=day,
        last=_last_day(world, case, scheme, day),
        national=scheme.national,
        place=world.place(),
        claim=need_claim(world, case, scheme, day),
        grade=grade_of(scheme, case),
        reduction=reduction_of(world, case, scheme, found),
    )
    issued = CertificateIssued(held)
    if case.kind is CaseKind.TRANSFER:
        old = need(world, Certified, case.certificate)
        issued = CertificateIssued(held, old.watched, _newest_of(world, old))
    steps = [Step(Certified, number, issued), _holding(world, held, case, day)]
    if scheme.mark is not None:
        steps.append(Step(Certified, number, MarkLicensed(scheme.mark.id)))
    if found is not None:
        steps.extend(counting(world, case, number))
    if case.certificate:
        steps.extend(_replaced(asked, world, case, day))
    return tuple(steps)


def _holding(world: World, held: Held, case: Case, day: date) -> Step:
    """Return that this is the certificate of its subject: beside no other, against no order, on no older data (I7).

    The one before it, of whatever body, binds an initial certification too: to give it up does not make newer data
    unseen.
    """
    name = Holding.name(held.scheme, held.subject)
    found = world.find(Holding, name)
    if found is None:
        return Step(Holding, name, HoldingBegun(name, held.number))
    old = need(world, Certified, found.certificate)
    standing = old.standing(day)
    if old.id != case.certificate and (standing in LIVING or old.barred(day)):
        raise refuse("E-CASE-HELD", "I7", "subject", certificate=old.id, found=standing.value)
    _need_newest(world, old, case)
    return Step(Holding, name, HoldingPassed(held.number))


def _replaced(asked: Decide, world: World, case: Case, day: date) -> Steps:
    """Return the end of the certificate that a renewal or transfer takes the place of; one that ended stays ended."""
    old = need(world, Certified, case.certificate)
    standing = old.standing(day)
    if standing in (Standing.WITHDRAWN, Standing.CANCELLED):
        raise refuse("E-CASE-STATE", "I7", "certificate", found=standing.value, needed=("valid",))
    _need_no_order(old, day)
    _need_cured(world, old, day)
    answered = {one.reason for one in asked.settles}
    left = tuple(one for one in old.pending if one not in answered)
    if left:
        raise refuse("E-CASE-PENDING", "ISO/IEC 17065, 7.6", "certificate", needed=left)
    if case.kind is CaseKind.TRANSFER and standing is not Standing.VALID:
        rule = transfer_clause(world.scheme(old.held.scheme))
        raise refuse("E-CASE-STATE", rule, "certificate", found=standing.value, needed=("valid",))
    return (Step(Certified, case.certificate, CertificateReplaced(asked.certificate, day)),)


def _last_day(world: World, case: Case, scheme: Scheme, day: date) -> date:
    """Return the last day of validity: what the scheme allows (I7); a transfer adds nothing to what was left."""
    last = valid_until(scheme, day)
    if case.kind is CaseKind.TRANSFER:
        return min(last, need(world, Certified, case.certificate).held.last)
    return last


def _maintain(asked: Decide, world: World, case: Case, scheme: Scheme, day: date) -> Steps:
    old = _need_living(world, case, day)
    _need_as_before(world, asked, case, scheme, old)
    need_claim(world, case, scheme, day)
    _need_grade(old, scheme, case)
    return _surveyed(asked, case, scheme, day)


def _restate(asked: Decide, world: World, case: Case, scheme: Scheme, day: date) -> Steps:
    old = _need_living(world, case, day)
    found = _need_recomputed(world, asked.package, case, scheme)
    if found is None and scheme.grading is None:
        raise refuse("E-DECISION-PACKAGE", "I1", "package", found=asked.package)
    _need_newest(world, old, case)
    if not _anew(old, case, day):
        _need_drift(old, found, scheme, asked.outcome)
    need_members(world, case.subject, found)
    held = replace(
        old.held,
        case=case.id,
        subject=case.subject,
        package=found.package if found else "",
        value=found.value if found else None,
        unit=found.unit if found else "",
        rule=f"{found.rule} {found.edition}" if found else "",
        decided=day,
        claim=need_claim(world, case, scheme, day),
        grade=grade_of(scheme, case),
        reduction=reduction_of(world, case, scheme, found),
    )
    restated = Step(Certified, case.certificate, CertificateRestated(held))
    counted = counting(world, case, case.certificate) if found is not None else ()
    return restated, *counted, *closing(old, held, scheme, day), *_surveyed(asked, case, scheme, day)


def _reduce(asked: Decide, world: World, case: Case, scheme: Scheme, day: date) -> Steps:
    """Return the certificate with a smaller family; nothing may be added to it."""
    old = _need_living(world, case, day)
    family, smaller = old.held.subject.family, asked.subject.family if asked.subject else None
    if asked.subject is None or family is None or smaller is None:
        raise refuse("E-CASE-REDUCE", "ISO/IEC 17065, 7.11.3", "subject")
    left = set(smaller.members)
    same = replace(smaller, members=family.members) == family
    if not left < set(family.members) or not same or replace(asked.subject, family=family) != old.held.subject:
        raise refuse("E-CASE-REDUCE", "ISO/IEC 17065, 7.11.3", "subject.family")
    need_subject(asked.subject, scheme, day)
    _need_as_before(world, asked, case, scheme, old)
    held = replace(old.held, case=case.id, subject=asked.subject, decided=day)
    return (Step(Certified, case.certificate, CertificateRestated(held)), *_surveyed(asked, case, scheme, day))


def _restore(asked: Decide, world: World, case: Case, scheme: Scheme, day: date) -> Steps:
    old = _need_living(world, case, day)
    standing = old.standing(day)
    if standing is Standing.VALID:
        raise refuse("E-CASE-STATE", "I7", "certificate", found=standing.value, needed=("suspended",))
    _need_no_order(old, day)
    _need_cured(world, old, day)
    _need_as_before(world, asked, case, scheme, old)
    need_claim(world, case, scheme, day)
    _need_grade(old, scheme, case)
    return (_change(case, StatusChange(Turn.RESTORED, day, None, case.id, case.body, asked.reasons)),)


def _turn(asked: Decide, world: World, case: Case, scheme: Scheme, day: date) -> Steps:
    standing = _need_living(world, case, day).standing(day)
    suspends = asked.outcome is Outcome.SUSPEND
    if suspends and standing is not Standing.VALID:
        raise refuse("E-CASE-STATE", "I7", "certificate", found=standing.value, needed=("valid",))
    until = need_until(asked.until, scheme, day) if suspends else None
    change = StatusChange(_TURNS[asked.outcome], day, until, case.id, case.body, asked.reasons, ground=asked.ground)
    return (_change(case, change), *_surveyed(asked, case, scheme, day))


_FOLLOW: dict[Outcome, Follow] = {
    Outcome.GRANT: _grant,
    Outcome.MAINTAIN: _maintain,
    Outcome.RESTATE: _restate,
    Outcome.REDUCE: _reduce,
    Outcome.RESTORE: _restore,
    Outcome.SUSPEND: _turn,
    Outcome.WITHDRAW: _turn,
    Outcome.CANCEL: _turn,
}


def _change(case: Case, change: StatusChange) -> Step:
    return Step(Certified, case.certificate, StatusChanged(change))


def _surveyed(asked: Decide, case: Case, scheme: Scheme, day: date) -> Steps:
    """Return that a surveillance was done; one that was refused or broken off is none, nor is another kind of case."""
    if case.kind is not CaseKind.SURVEILLANCE or unfinished(scheme, case):
        return ()
    surveyed = Surveyed(case.id, day, asked.outcome.value, asked.package, case.subject.first)
    return (Step(Certified, case.certificate, SurveillanceDone(surveyed)),)


def _need_living(world: World, case: Case, day: date) -> Certified:
    old = need(world, Certified, case.certificate)
    standing = old.standing(day)
    if standing not in LIVING:
        needed = tuple(one.value for one in LIVING)
        raise refuse("E-CASE-STATE", "I7", "certificate", found=standing.value, needed=needed)
    return old


def _need_cured(world: World, old: Certified, day: date) -> None:
    """Refuse to bring back what lapsed where the scheme says what follows a suspension that was not cured in time.

    Raises:
        FootproofError: E-CASE-LAPSED.
    """
    then = world.scheme(old.held.scheme).suspension.then
    if old.standing(day) is Standing.LAPSED and then in (Consequence.WITHDRAWN, Consequence.CANCELLED):
        raise refuse("E-CASE-LAPSED", "ISO/IEC 17065, 7.11.1", "certificate", certificate=old.id, needed=(then.value,))


def _need_no_order(old: Certified, day: date) -> None:
    """Refuse to bring back by decision what an authority suspended; it lifts its own order."""
    authority = old.ordered(day)
    if authority:
        raise refuse("E-ORDER-STANDS", "ISO/IEC 17065, 7.11", "certificate", organisation=authority)


def _need_number(world: World, number: str) -> str:
    if not _NUMBER.fullmatch(number):
        raise refuse("E-CODE-NUMBER", "I13", "certificate", found=number[:60])
    if world.find(Certified, number) is not None:
        raise refuse("E-CASE-EXISTS", "I13", "certificate", record="certificate", id=number)
    return number


def _need_recomputed(world: World, package: str, case: Case, scheme: Scheme) -> Recomputed | None:
    """Return the recomputed package that the decision names; None where nothing is certified of one (I1, I2, I6)."""
    if not scheme.rulebooks or (not package and _goes_without(world, case, scheme)):
        if package:
            raise refuse("E-DECISION-PACKAGE", "I1", "package", found=package)
        return None
    found = world.recomputed(package)
    if not package or package != case.package or found is None:
        raise refuse("E-DECISION-PACKAGE", "I1", "package", found=package)
    if not found.ok:
        raise refuse("E-DECISION-RECOMPUTE", "I2", "package", package=package)
    subject = case.subject
    same = (found.model, found.first, found.last) == (subject.model, subject.first, subject.last)
    if not same or found.producer != need(world, Organisation, case.client).name or not _same_site(world, found, case):
        raise refuse("E-DECISION-SUBJECT", "I1", "package", package=package, model=found.model)
    if found.status != "in-force" and not need(world, Organisation, case.body).demonstration:
        raise refuse("E-RULE-STATUS", "I6", "package", rulebook=found.rule, status=found.status)
    _need_verified(world, package, case, scheme)
    return found


def _goes_without(world: World, case: Case, scheme: Scheme) -> bool:
    """Tell whether a case needs no footprint: its scheme leaves that open, and no figure that is stated vanishes."""
    old = world.find(Certified, case.certificate) if case.certificate and case.kind is not CaseKind.RENEWAL else None
    return scheme.footprint_optional and not case.package and (old is None or not old.held.package)


def _same_site(world: World, found: Recomputed, case: Case) -> bool:
    """Tell whether a package is of the site that the certificate's package named; packages know sites by name."""
    old = world.find(Certified, case.certificate) if case.certificate else None
    before = world.recomputed(old.held.package) if old is not None else None
    return before is None or before.site == found.site


def _need_verified(world: World, package: str, case: Case, scheme: Scheme) -> None:
    """Refuse a package that nobody verified: not here, nor where it was certified or confirmed by surveillance (I3)."""
    if not scheme.verified:
        _need_same_figure(world, package)
        return
    if any(one.verification for one in case.current):
        return
    old = world.find(Certified, case.certificate) if case.certificate else None
    if old is None or package not in {old.held.package, *old.confirmed}:
        raise refuse("E-DECISION-VERIFIED", "I3", "package", package=package)


def _need_same_figure(world: World, package: str) -> None:
    """Refuse a figure that study and rule do not give, where the scheme has nobody verify it (I2)."""
    if any(one.effect is not None for one in world.risks(package)):
        raise refuse("E-DECISION-RECOMPUTE", "I2", "package", package=package)


def _need_as_before(world: World, asked: Decide, case: Case, scheme: Scheme, old: Certified) -> None:
    """Refuse to go on with the certified figure, or reduction, where the newest data known do not bear it out."""
    found = _need_recomputed(world, asked.package, case, scheme) if old.held.value is not None else None
    _need_newest(world, old, case)
    _need_drift(old, found, scheme, asked.outcome)
    need_no_less(old.held.reduction, reduction_of(world, case, scheme, found), scheme)
    if found is not None:
        reduced = asked.subject if asked.outcome is Outcome.REDUCE else None
        need_members(world, as_looked_at(reduced or old.held.subject, case.subject), found)


def _newest_of(world: World, old: Certified) -> date:
    """Return the first day of the newest data that a certificate states or that a decided case about it looked at."""
    looked = (one.subject.first for one in cases_of(world, old) if one.activities)
    return max((old.newest, *looked))


def _need_newest(world: World, old: Certified, case: Case) -> None:
    """Refuse to rest on older data than an earlier case about the certificate has looked at (own rule).

    Raises:
        FootproofError: E-CASE-OLDER.
    """
    newest = _newest_of(world, old)
    if case.subject.first < newest:
        first, needed = case.subject.first.isoformat(), newest.isoformat()
        raise refuse("E-CASE-OLDER", "ISO/IEC 17065, 7.9", "case", found=first, needed=needed)


def _anew(old: Certified, case: Case, day: date) -> bool:
    """Tell whether a result may be stated however far it moved: verified in this case, which is no surveillance.

    The limit keeps a figure from being carried on from year to year. A change is evaluated as an application is; after
    a suspension a special evaluation states what has come out since.
    """
    verified = any(one.verification for one in case.current)
    suspended = case.kind is CaseKind.SPECIAL and old.standing(day) is Standing.SUSPENDED
    return verified and (case.kind is CaseKind.CHANGE or suspended)


def _need_drift(old: Certified, found: Recomputed | None, scheme: Scheme, outcome: Outcome) -> None:
    """Refuse to go on as before where the result moved further than the scheme lets it."""
    limit, before = scheme.surveillance.drift_limit, old.held.value
    if found is None or limit is None or before is None:
        return
    if found.unit != old.held.unit:
        raise refuse("E-CASE-DRIFT", "CNCA-CFP-00:2025", "package", found=found.unit, limit=old.held.unit)
    if abs(found.value - before) > limit * abs(before):
        moved = abs(found.value - before) / abs(before) if before else Decimal("Infinity")
        raise refuse(
            "E-CASE-DRIFT", "CNCA-CFP-00:2025", "outcome", found=f"{moved:.4f}", limit=f"{limit}", outcome=outcome.value
        )


def _need_grade(old: Certified, scheme: Scheme, case: Case) -> None:
    """Refuse to go on as before with another grade than the one that was found; a restatement states it."""
    found = grade_of(scheme, case)
    if found is not None and found != old.held.grade:
        title = scheme.grading.title if scheme.grading is not None else scheme.title
        raise refuse("E-DECISION-GRADE", scheme.name, "outcome", title=title, found=f"{found}")


def need_until(until: date | None, scheme: Scheme, day: date) -> date | None:
    """Return the last day of a suspension, within what the scheme allows.

    Raises:
        FootproofError: E-CASE-SUSPENSION.
    """
    latest = suspended_until(scheme, day)
    open_ = until is None and latest is None
    if not open_ and (until is None or until < day or (latest is not None and until > latest)):
        raise refuse("E-CASE-SUSPENSION", "I7", "until", found=f"{until}", needed=f"{day} … {latest or ''}")
    return until
