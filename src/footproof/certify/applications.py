"""Operations on applications: submit, review, accept or decline (ISO/IEC 17065, 7.2 and 7.3).

Accepting is where a body commits itself, so everything that would make a certificate impossible later is asked here:
scope, filing, mark, staff, the client's own conditions, and what is known of the scheme.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise
from typing import ClassVar

from footproof.certify.applicability import need_applicable, need_dates
from footproof.certify.case import (
    ApplicationAccepted,
    ApplicationDeclined,
    ApplicationSubmitted,
    ApplicationWithdrawn,
    Base,
    Case,
    CaseState,
    Member,
    PackageAttached,
    Subject,
    Terms,
)
from footproof.certify.certificate import LIVING, CaseOpened, Certified, Standing
from footproof.certify.clocks import renewal_until, surveillance_due
from footproof.certify.conditions import FactValue, check_facts, unmet
from footproof.certify.families import (
    models_of,
    need_comparable,
    need_family,
    need_listed,
    need_members,
    need_members_here,
)
from footproof.certify.filings import Filing
from footproof.certify.forms import AnyDigest, AnyName, Digest, Name, SchemeKey, TextDigest
from footproof.certify.green import need_uncounted
from footproof.certify.impartiality import need_planner, need_unbound, staff_of
from footproof.certify.operation import Operation
from footproof.certify.people import Organisation, Person
from footproof.certify.record import Actor, Step, Steps, World, fresh, need
from footproof.certify.reduction import base_named, need_base, reduction_of
from footproof.certify.refusals import (
    Side,
    holds_scope,
    in_pilot,
    need_own,
    need_scope,
    own_case,
    refuse,
    transfer_clause,
)
from footproof.certify.reliance import need_statement
from footproof.model.days import legal_day
from footproof.model.rulebook import Status
from footproof.model.scheme import CaseKind, CertifiedObject, FactKind, Requirement, Scheme

ACTIVITIES = {
    CertifiedObject.PRODUCT: "product-certification",
    CertifiedObject.PROCESS: "process-certification",
    CertifiedObject.SERVICE: "service-certification",
    CertifiedObject.MANAGEMENT_SYSTEM: "management-system-certification",
}
WITHDRAWABLE = (CaseKind.INITIAL, CaseKind.CHANGE, CaseKind.RENEWAL, CaseKind.TRANSFER)
"""What a client asks for and may take back; surveillance and special evaluation are the body's."""
NEWER = (CaseKind.SURVEILLANCE, CaseKind.RENEWAL)
"""Cases that look at newer data than the certificate states and than any surveillance of it has seen (own rule)."""
GRANTING = (CaseKind.INITIAL, CaseKind.RENEWAL, CaseKind.TRANSFER)
"""Cases that end in a certificate or in none."""
OPEN = (CaseState.SUBMITTED, CaseState.ACCEPTED, CaseState.PLANNED)
"""States of a case in which its client may still send another package."""


@dataclass(frozen=True, slots=True)
class SubmitApplication(Operation):
    """Apply for a certification, or for a later evaluation of a certificate."""

    name: ClassVar[str] = "applications.submit"
    path: ClassVar[str] = "cases"
    roles: ClassVar[tuple[str, ...]] = ("representative",)
    clause: ClassVar[str] = "ISO/IEC 17065, 7.2"
    case: Name
    kind: CaseKind
    body: Name
    scheme: SchemeKey
    subject: Subject
    package: AnyDigest = ""
    certificate: AnyName = ""
    base: Base | None = None

    def steps(self, world: World, by: Actor, at: datetime) -> Steps:
        """Return the application."""
        fresh(world, Case, self.case)
        if need(world, Organisation, self.body).kind != "body":
            raise refuse("E-CASE-WORD", "I5", "body", found=self.body, needed=("body",))
        scheme = world.scheme(self.scheme)
        need_subject(self.subject, scheme, legal_day(at))
        if (self.kind is CaseKind.INITIAL) != (self.certificate == ""):
            raise refuse("E-CASE-CERTIFICATE", "ISO/IEC 17065, 7.9", "certificate", kind=self.kind.value)
        event = ApplicationSubmitted(
            self.case, self.kind, by.organisation, self.body, self.scheme, self.subject, self.package, self.certificate
        )
        if self.certificate:
            found = need(world, Certified, self.certificate)
            need_own(by, found.held.client)
            need_later(world, found, event, legal_day(at))
        event = replace(event, base=base_named(world, scheme, self.base, self.certificate))
        return Step(Case, self.case, event), *opening(event)


@dataclass(frozen=True, slots=True)
class AttachPackage(Operation):
    """Send another sealed package for the case; what was verified on the one before has to be redone.

    Members are models of the family with packages of their own; those that are not named keep theirs. Another package
    of one of them leaves what was done: that they fit is computed at the decision. Only conclusions come anew.
    """

    name: ClassVar[str] = "applications.attach-package"
    path: ClassVar[str] = "cases/{case}/package"
    roles: ClassVar[tuple[str, ...]] = ("representative",)
    clause: ClassVar[str] = "ISO/IEC 17065, 7.2"
    case: Name
    package: Digest
    members: tuple[Member, ...] = ()

    def steps(self, world: World, by: Actor, _: datetime) -> Steps:
        """Return the new package."""
        case = own_case(world, by, self.case, Side.CLIENT, *OPEN)
        need_listed(case.subject, self.members)
        _need_here(world, self.package)
        need_members_here(world, self.members)
        return (Step(Case, self.case, PackageAttached(self.package, self.members)),)


@dataclass(frozen=True, slots=True)
class WithdrawApplication(Operation):
    """Take an application back before it is decided on."""

    name: ClassVar[str] = "applications.withdraw"
    path: ClassVar[str] = "cases/{case}/withdrawal"
    roles: ClassVar[tuple[str, ...]] = ("representative",)
    clause: ClassVar[str] = "ISO/IEC 17065, 7.2"
    case: Name

    def steps(self, world: World, by: Actor, _: datetime) -> Steps:
        """Return the withdrawal."""
        case = own_case(world, by, self.case, Side.CLIENT, *OPEN, CaseState.REVIEWED)
        if case.kind not in WITHDRAWABLE:
            allowed = tuple(one.value for one in WITHDRAWABLE)
            raise refuse("E-CASE-WORD", self.clause, "case", found=case.kind.value, needed=allowed)
        return (Step(Case, self.case, ApplicationWithdrawn()),)


@dataclass(frozen=True, slots=True)
class DeclineApplication(Operation):
    """Decline an application, with reasons."""

    name: ClassVar[str] = "applications.decline"
    path: ClassVar[str] = "cases/{case}/refusal"
    roles: ClassVar[tuple[str, ...]] = ("planner",)
    clause: ClassVar[str] = "ISO/IEC 17065, 7.3.4"
    case: Name
    reasons: TextDigest

    def steps(self, world: World, by: Actor, _: datetime) -> Steps:
        """Return the refusal."""
        own_case(world, by, self.case, Side.BODY, CaseState.SUBMITTED)
        return (Step(Case, self.case, ApplicationDeclined(self.reasons)),)


@dataclass(frozen=True, slots=True)
class AcceptApplication(Operation):
    """Accept an application after its review, on the terms of an agreement."""

    name: ClassVar[str] = "applications.accept"
    path: ClassVar[str] = "cases/{case}/acceptance"
    roles: ClassVar[tuple[str, ...]] = ("planner",)
    clause: ClassVar[str] = "ISO/IEC 17065, 7.3"
    case: Name
    terms: Terms
    facts: tuple[tuple[str, str], ...] = ()

    def steps(self, world: World, by: Actor, at: datetime) -> Steps:
        """Return the acceptance."""
        case = own_case(world, by, self.case, Side.BODY, CaseState.SUBMITTED)
        day = legal_day(at)
        scheme = world.scheme(case.scheme)
        need_allowed(world, case, scheme, day)
        need_planner(world, case, by, scheme, day)
        for organisation in (case.body, *self.terms.laboratories):
            need_unbound(world, organisation, case.client, scheme, day)
        _need_here(world, case.package)
        _need_family_so_far(world, case, scheme)
        _need_reduction_so_far(world, case, scheme)
        self._need_terms(world, case, day)
        facts, known = facts_of(scheme, self.facts), known_facts(world, case, scheme, day)
        _need_undisputed(facts, known)
        _need_met(scheme, (*scheme.body_requirements, *scheme.client_requirements), {**facts, **known})
        return (Step(Case, self.case, ApplicationAccepted(self.terms, self.facts)),)

    def _need_terms(self, world: World, case: Case, day: date) -> None:
        if self.terms.fee < 0 or self.terms.working_days < 1:
            raise refuse("E-CASE-TERMS", "ISO/IEC 17065, 4.1.2", "terms", found=f"{self.terms.fee}")
        for name in self.terms.laboratories:
            if not holds_scope(need(world, Organisation, name), day):
                raise refuse("E-CASE-LABORATORY", "ISO/IEC 17065, 6.2.2", "laboratories", organisation=name)
        for name in self.terms.reused:
            need_statement(world, replace(case, terms=self.terms), name)


def _need_here(world: World, package: str) -> None:
    """Refuse a package that nobody can look at: without it neither clauses nor figure are known to the body.

    Raises:
        FootproofError: E-CASE-PACKAGE.
    """
    if package and world.recomputed(package) is None:
        raise refuse("E-CASE-PACKAGE", "ISO/IEC 17065, 7.3.1", "package", package=package)


def _need_family_so_far(world: World, case: Case, scheme: Scheme) -> None:
    """Refuse a family that the packages sent so far speak against.

    How far its models lie apart is asked here only where a certificate is granted on them: in other cases it may turn
    out that some have to be taken out.
    """
    need_members_here(world, case.subject.others)
    found = world.recomputed(case.package) if case.package and scheme.rulebooks else None
    if found is not None and found.ok and case.kind in GRANTING:
        need_members(world, case.subject, found)
    elif found is not None and found.ok:
        need_comparable(world, case.subject, found)


def _need_reduction_so_far(world: World, case: Case, scheme: Scheme) -> None:
    """Refuse a base that bears no reduction; how large it is, is asked here where a certificate is granted on it."""
    found = world.recomputed(case.package) if case.package and case.kind in GRANTING else None
    if scheme.least_reduction is not None and reduction_of(world, case, scheme, found) is None:
        need_base(world, case)


def _need_met(scheme: Scheme, requirements: tuple[Requirement, ...], facts: Mapping[str, FactValue]) -> None:
    problems = unmet(requirements, facts, scheme.figures)
    if problems:
        raise problems[0]


def opening(event: ApplicationSubmitted) -> Steps:
    """Return what a certificate learns of a case about it: a special one stands in the way of giving it up."""
    special = event.case is CaseKind.SPECIAL
    return (Step(Certified, event.certificate, CaseOpened(event.id)),) if special else ()


def need_later(world: World, found: Certified, asked: ApplicationSubmitted, day: date) -> None:
    """Refuse a later case about a certificate that ended, another scheme or product, old data, or the wrong body.

    Args:
        world: What is known.
        found: The certificate.
        asked: Why the case is opened, with which body, scheme edition and subject. A renewal may go on to another
            edition; only a change or a renewal may add models to a family.
        day: Today.

    Raises:
        FootproofError: E-CASE-STATE, E-CASE-CERTIFICATE, E-CASE-EXPIRED, E-CASE-OVERDUE, E-CASE-NEWER.
    """
    held, standing, kind = found.held, found.standing(day), asked.case
    if standing not in LIVING and not (kind is CaseKind.RENEWAL and standing is Standing.EXPIRED):
        raise refuse("E-CASE-STATE", "I7", "certificate", found=standing.value, needed=("valid",))
    moves = kind is CaseKind.TRANSFER
    known = world.scheme(held.scheme)
    if moves == (held.body == asked.body) or (moves and not known.transfer):
        raise refuse("E-CASE-CERTIFICATE", transfer_clause(known), "body", kind=kind.value)
    renewed = kind is CaseKind.RENEWAL and asked.scheme.partition("@")[0] == held.scheme.partition("@")[0]
    if asked.scheme != held.scheme and not renewed:
        raise refuse("E-CASE-CERTIFICATE", "ISO/IEC 17067, 6.5", "scheme", kind=kind.value)
    _need_on_time(found, known, kind, day)
    mine, theirs = asked.subject, held.subject
    if kind in NEWER and mine.first <= found.newest:
        first, newest = mine.first.isoformat(), found.newest.isoformat()
        raise refuse("E-CASE-NEWER", "ISO/IEC 17065, 7.9", "subject.first", found=first, needed=newest)
    for part in ("product", "model", "site", "place", "category"):
        if getattr(mine, part) != getattr(theirs, part):
            raise refuse("E-CASE-CERTIFICATE", "ISO/IEC 17065, 7.10", f"subject.{part}", kind=kind.value)
    if kind not in (CaseKind.CHANGE, CaseKind.RENEWAL) and not models_of(mine) <= models_of(theirs):
        raise refuse("E-CASE-CERTIFICATE", "ISO/IEC 17065, 7.10", "subject.family", kind=kind.value)


def _need_on_time(found: Certified, scheme: Scheme, kind: CaseKind, day: date) -> None:
    """Refuse to renew what expired long ago, and to move what was not looked at in time."""
    until = renewal_until(found, scheme)
    if kind is CaseKind.RENEWAL and found.standing(day) is Standing.EXPIRED and day > until:
        last, needed = found.held.last.isoformat(), until.isoformat()
        raise refuse("E-CASE-EXPIRED", "I7", "certificate", certificate=found.id, found=last, needed=needed)
    by = surveillance_due(found, scheme)
    if kind is CaseKind.TRANSFER and by is not None and by < day:
        clause = transfer_clause(scheme)
        raise refuse("E-CASE-OVERDUE", clause, "certificate", certificate=found.id, found=by.isoformat())


def need_still_later(world: World, case: Case, day: date) -> None:
    """Refuse to decide well on a later case that the certificate has overtaken since it was opened.

    Args:
        world: What is known.
        case: Of any kind; an initial one is about no certificate.
        day: Today.

    Raises:
        FootproofError: As `need_later`; E-CASE-CERTIFICATE also for models taken out since the case was opened.
    """
    if not case.certificate:
        return
    found = need(world, Certified, case.certificate)
    asked = ApplicationSubmitted(
        case.id, case.kind, case.client, case.body, case.scheme, case.subject, case.package, case.certificate
    )
    need_later(world, found, asked, day)
    if removed_since(found, case.submitted) & models_of(case.subject):
        raise refuse("E-CASE-CERTIFICATE", "ISO/IEC 17065, 7.10", "subject.family", kind=case.kind.value)


def removed_since(found: Certified, day: date) -> set[str]:
    """Return the models that were taken out of a certificate on a day or later and are not in it now."""
    states = (*found.former, found.held)
    removed = {
        model
        for before, after in pairwise(states)
        if after.decided >= day
        for model in models_of(before.subject) - models_of(after.subject)
    }
    return removed - models_of(found.held.subject)


def need_subject(subject: Subject, scheme: Scheme, day: date) -> None:
    """Refuse a subject whose period is not over, or a family that is none.

    Raises:
        FootproofError: E-CASE-DATES; as `need_family`.
    """
    if not subject.first <= subject.last <= day:
        raise refuse("E-CASE-DATES", "I6", "subject.last", found=subject.last.isoformat())
    need_family(subject, scheme)


def need_allowed(world: World, case: Case, scheme: Scheme, day: date) -> None:
    """Refuse what the body may not certify on that day, asked at acceptance and again at the decision.

    Raises:
        FootproofError: E-SCHEME-STATUS, E-CASE-CATEGORY, E-FILING-NEEDED, E-MARK-NATIONAL, E-SCOPE-MISSING; as
            `need_dates`, `need_applicable` and `need_uncounted`.
    """
    body, subject = need(world, Organisation, case.body), case.subject
    if scheme.status is not Status.IN_FORCE and not body.demonstration:
        raise refuse("E-SCHEME-STATUS", "I6", "scheme", scheme=scheme.name, status=scheme.status.value)
    need_dates(scheme, subject, day)
    _need_catalogue(scheme, subject, day)
    need_applicable(world, case, scheme, day)
    need_uncounted(world, case)
    if scheme.national and scheme.provinces and subject.place not in scheme.provinces:
        raise refuse("E-MARK-NATIONAL", "I9", "subject.place", place=subject.place, scheme=scheme.name)
    if scheme.filing_needed:
        filing = world.find(Filing, Filing.name(case.body, scheme.name))
        if filing is None or not filing.in_force(day):
            raise refuse("E-FILING-NEEDED", "I8", "scheme", scheme=scheme.name, body=case.body)
    activity = ACTIVITIES[scheme.object]
    need_scope(body, activity, scheme, subject, day)


def _need_catalogue(scheme: Scheme, subject: Subject, day: date) -> None:
    if not scheme.catalogue:
        return
    item = next((one for one in scheme.catalogue if one.code == subject.category), None)
    if item is None or (item.accept_from is not None and day < item.accept_from):
        raise refuse("E-CASE-CATEGORY", "I9", "subject.category", category=subject.category, scheme=scheme.name)


def facts_of(scheme: Scheme, declared: tuple[tuple[str, str], ...]) -> dict[str, FactValue]:
    """Return declared facts in the kinds that the scheme gives them.

    Raises:
        FootproofError: E-SCHEME-FACT, E-SCHEME-FACT-VALUE.
    """
    facts: dict[str, FactValue] = {}
    for name, text in declared:
        fact = scheme.facts.get(name)
        if fact is not None and fact.kind is FactKind.TRUTH and text in ("true", "false"):
            facts[name] = text == "true"
        elif fact is not None and fact.kind is FactKind.NUMBER:
            facts[name] = _number(text)
        else:
            facts[name] = text
    check_facts(facts, scheme.facts)
    return facts


def case_facts(scheme: Scheme, case: Case) -> dict[str, FactValue]:
    """Return what was declared of a case, and what follows from its kind whatever was declared.

    Args:
        scheme: Edition of the case.
        case: The case.
    """
    return {**facts_of(scheme, case.facts), **_known(scheme, {"first_audit": case.kind is CaseKind.INITIAL})}


def known_facts(world: World, case: Case, scheme: Scheme, day: date) -> dict[str, FactValue]:
    """Return what the register itself knows of a case, its body and its client, so that nobody has to declare it.

    Args:
        world: What is known.
        case: The case.
        scheme: Its edition.
        day: Today.
    """
    old = world.find(Certified, case.certificate) if case.certificate else None
    told: dict[str, FactValue] = {"system_changed": True} if old is not None and old.notices else {}
    return {
        **body_facts(world, case, scheme, day),
        **client_facts(need(world, Organisation, case.client), scheme, day),
        **_known(scheme, {"first_audit": case.kind is CaseKind.INITIAL, **told}),
    }


def _need_undisputed(declared: Mapping[str, FactValue], known: Mapping[str, FactValue]) -> None:
    """Refuse a declaration that the register knows better; it could leave out work that the scheme asks for."""
    for name in sorted(declared.keys() & known.keys()):
        if declared[name] != known[name]:
            found, needed = f"{declared[name]}".lower(), f"{known[name]}".lower()
            raise refuse("E-FACT-KNOWN", "I3", f"facts.{name}", name=name, found=found, needed=needed)


def _number(text: str) -> FactValue:
    try:
        number = Decimal(text)
    except ArithmeticError:
        return text
    return number if number.is_finite() else text


def body_facts(world: World, case: Case, scheme: Scheme, day: date) -> dict[str, FactValue]:
    """Return what the system itself knows of the body of a case, so that nobody has to declare it.

    Staff count who work full time, have been in the field for the years of the scheme and were found competent in it,
    in whatever role. A pilot body is one whose approval names the pilot for the scheme, category and place.
    """
    body, needed = need(world, Organisation, case.body), scheme.figures.get("field_experience_years")
    years = int(needed.value) if needed is not None else 0
    able = {one.id for one in staff_of(world, body.id) if _competent(one, scheme, day)}
    counted = [
        one for one in body.staff if one.person in able and one.fulltime and _years(one.field_since, day) >= years
    ]
    facts: dict[str, FactValue] = {
        "fulltime_staff": Decimal(len(counted)),
        "body_approved": bool(body.grants),
        "pilot_body": in_pilot(body, scheme, case.subject, day),
    }
    return _known(scheme, facts)


def _competent(person: Person, scheme: Scheme, day: date) -> bool:
    return any(one.scheme in ("*", scheme.id) and one.first <= day <= one.last for one in person.competences)


def client_facts(client: Organisation, scheme: Scheme, day: date) -> dict[str, FactValue]:
    """Return what the system itself knows of a client."""
    longest = max((_months(since, day) for _, since in client.systems), default=0)
    return _known(scheme, {"management_system_months": Decimal(longest)})


def _known(scheme: Scheme, facts: dict[str, FactValue]) -> dict[str, FactValue]:
    return {name: value for name, value in facts.items() if name in scheme.facts}


def _years(since: date | None, day: date) -> int:
    return -1 if since is None else _months(since, day) // 12


def _months(since: date, day: date) -> int:
    return (day.year - since.year) * 12 + day.month - since.month - (day.day < since.day)
