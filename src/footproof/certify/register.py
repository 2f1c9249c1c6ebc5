"""Operations on organisations and people: registration, scopes, engagements, roles, competence, conflicts.

ISO/IEC 17011 (scopes), ISO/IEC 17065, 4.2 and 6.1.
"""

import re
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import ClassVar

from footproof.certify.attestation import attestation
from footproof.certify.case import Case
from footproof.certify.certificate import LIVING, Certified
from footproof.certify.codes import need_credit_code
from footproof.certify.forms import Name, Place, Pseudonym
from footproof.certify.impartiality import USUAL_LOOK_BACK, bars, involved, latest, staff_of
from footproof.certify.operation import Operation
from footproof.certify.people import (
    ACCREDITATION_BODY,
    CONFLICTS,
    ORGANISATIONS,
    ROLES_OF,
    AccreditationSought,
    CodeTaken,
    Competence,
    CompetenceEnded,
    CompetenceGranted,
    Conflict,
    ConflictDeclared,
    CreditCode,
    Duty,
    Engagement,
    Grant,
    Organisation,
    OrganisationRegistered,
    Person,
    PersonEngaged,
    PersonLeft,
    PersonRegistered,
    RoleAssigned,
    RoleEnded,
    ScopeChanged,
    ScopeGranted,
    Staff,
    StaffJoined,
    StaffLeft,
    SystemDeclared,
)
from footproof.certify.record import Actor, Step, Steps, World, fresh, need
from footproof.certify.refusals import HOME, PILOT, need_own, need_reach, refuse
from footproof.certify.surveillance import DecisionDue
from footproof.model.bilingual import Bilingual
from footproof.model.certificate import Party
from footproof.model.days import legal_day
from footproof.model.recognition import Change, Scope

GRANTED_BY = {"regulator": "approval", "accreditor": "accreditation"}
GRANTED_TO = ("body", "laboratory")
_CHANGES = ("suspended", "restored", "reduced", "withdrawn")
_PSEUDONYM = re.compile(r"[a-z0-9][a-z0-9-]{2,63}", re.ASCII)
MANAGING = ("manager", "registrar")
"""Who says who works at an organisation, and in which roles: its managers; the registrar until it has one."""


@dataclass(frozen=True, slots=True)
class RegisterOrganisation(Operation):
    """Register an organisation."""

    name: ClassVar[str] = "organisations.register"
    path: ClassVar[str] = "organisations"
    roles: ClassVar[tuple[str, ...]] = ("registrar",)
    clause: ClassVar[str] = "ISO/IEC 17065, 4.1"
    id: Name
    kind: str
    title: Bilingual
    place: Place
    demonstration: bool
    code: str = ""

    def steps(self, world: World, _: Actor, __: datetime) -> Steps:
        """Return the registration."""
        if self.kind not in ORGANISATIONS:
            raise refuse("E-CASE-WORD", "I15", "kind", found=self.kind, needed=ORGANISATIONS)
        fresh(world, Organisation, self.id)
        event = OrganisationRegistered(self.kind, self.title, self.code, self.place, self.demonstration, self.id)
        registered = Step(Organisation, self.id, event)
        if not self.code:
            return (registered,)
        need_credit_code(self.code)
        fresh(world, CreditCode, self.code)
        return registered, Step(CreditCode, self.code, CodeTaken(self.code, self.id))


@dataclass(frozen=True, slots=True)
class DeclareSystem(Operation):
    """Declare a management system that a client runs."""

    name: ClassVar[str] = "organisations.declare-system"
    path: ClassVar[str] = "organisations/{organisation}/systems"
    roles: ClassVar[tuple[str, ...]] = ("representative",)
    clause: ClassVar[str] = "CNCA-CFP-00:2025"
    organisation: Name
    standard: str
    since: date

    def steps(self, world: World, by: Actor, at: datetime) -> Steps:
        """Return the declaration."""
        need(world, Organisation, self.organisation)
        need_own(by, self.organisation)
        _need_past(self.since, at, "since")
        return (Step(Organisation, self.organisation, SystemDeclared(self.standard, self.since)),)


@dataclass(frozen=True, slots=True)
class SeekAccreditation(Operation):
    """Apply to an accreditation body for accreditation, which nobody gives who was not asked."""

    name: ClassVar[str] = "scopes.seek-accreditation"
    path: ClassVar[str] = "organisations/{organisation}/accreditation-applications"
    roles: ClassVar[tuple[str, ...]] = ("manager",)
    clause: ClassVar[str] = "ISO/IEC 17011, 7.2"
    organisation: Name
    accreditor: Name

    def steps(self, world: World, by: Actor, _: datetime) -> Steps:
        """Return the application."""
        need_own(by, self.organisation)
        found = need(world, Organisation, self.organisation)
        asked = need(world, Organisation, self.accreditor)
        if asked.kind != ACCREDITATION_BODY:
            raise refuse("E-CASE-WORD", self.clause, "accreditor", found=asked.kind, needed=(ACCREDITATION_BODY,))
        if self.accreditor in (found.sought or ()):
            raise refuse("E-CASE-EXISTS", self.clause, "accreditor", record="accreditation", id=self.accreditor)
        return (Step(Organisation, self.organisation, AccreditationSought(self.accreditor)),)


@dataclass(frozen=True, slots=True)
class GrantScope(Operation):
    """Approve or accredit a body for a scope; an authority approves for places that it reaches only (I15)."""

    name: ClassVar[str] = "scopes.grant"
    path: ClassVar[str] = "organisations/{organisation}/scopes"
    roles: ClassVar[tuple[str, ...]] = ("regulator", "accreditor")
    clause: ClassVar[str] = "ISO/IEC 17011, 7.8"
    organisation: Name
    grant: Name
    number: str
    scopes: tuple[Scope, ...]

    def steps(self, world: World, by: Actor, at: datetime) -> Steps:
        """Return the grant."""
        body = need(world, Organisation, self.organisation)
        if body.kind not in GRANTED_TO:
            raise refuse("E-CASE-WORD", "I5", "organisation", found=body.kind, needed=GRANTED_TO)
        if any(one.id == self.grant for one in body.grants):
            raise refuse("E-CASE-EXISTS", "I13", "grant", record="scope", id=self.grant)
        _need_sought(body, by)
        for scope in self.scopes:
            _need_known_today(scope.known, at)
            _need_reached(world, by, scope)
        grant = Grant(self.grant, GRANTED_BY[by.role], self.number, self.scopes, (), by.organisation)
        _need_statable(world, body, grant, at)
        return (Step(Organisation, self.organisation, ScopeGranted(grant)),)


@dataclass(frozen=True, slots=True)
class ChangeScope(Operation):
    """Suspend, restore, reduce or withdraw what was granted."""

    name: ClassVar[str] = "scopes.change"
    path: ClassVar[str] = "organisations/{organisation}/scopes/{grant}/changes"
    roles: ClassVar[tuple[str, ...]] = ("regulator", "accreditor")
    clause: ClassVar[str] = "ISO/IEC 17011, 7.11"
    organisation: Name
    grant: Name
    change: Change

    def steps(self, world: World, by: Actor, at: datetime) -> Steps:
        """Return the change."""
        body = need(world, Organisation, self.organisation)
        held = next((one for one in body.grants if one.id == self.grant), None)
        if held is None or held.kind != GRANTED_BY[by.role]:
            raise refuse("E-CASE-UNKNOWN", "I5", "grant", record="scope", id=self.grant)
        need_own(by, held.giver)
        if self.change.kind not in _CHANGES:
            raise refuse("E-CASE-WORD", "I5", "change.kind", found=self.change.kind, needed=_CHANGES)
        _need_known_today(self.change.known, at)
        if self.change.kind != "withdrawn" or self.change.scopes:  # even what was granted wrongly can be withdrawn
            _need_statable(world, body, replace(held, changes=(*held.changes, self.change)), at)
        return (Step(Organisation, self.organisation, ScopeChanged(self.grant, self.change)),)


@dataclass(frozen=True, slots=True)
class RegisterPerson(Operation):
    """Register a person under a pseudonym."""

    name: ClassVar[str] = "people.register"
    path: ClassVar[str] = "people"
    roles: ClassVar[tuple[str, ...]] = ("registrar",)
    clause: ClassVar[str] = "ISO/IEC 17065, 6.1"
    id: Pseudonym

    def steps(self, world: World, _: Actor, __: datetime) -> Steps:
        """Return the registration."""
        if not _PSEUDONYM.fullmatch(self.id):
            raise refuse("E-CASE-WORD", "I10", "id", found=self.id[:80], needed=("a-z, 0-9, -",))
        return (Step(Person, fresh(world, Person, self.id), PersonRegistered(self.id)),)


@dataclass(frozen=True, slots=True)
class EngagePerson(Operation):
    """Take a person on; nobody is at two bodies, or at organisations of two kinds, at a time (I21)."""

    name: ClassVar[str] = "people.engage"
    path: ClassVar[str] = "people/{person}/engagements"
    roles: ClassVar[tuple[str, ...]] = MANAGING
    clause: ClassVar[str] = "I21"
    person: Pseudonym
    organisation: Name
    first: date
    fulltime: bool = True
    field_since: date | None = None

    def steps(self, world: World, by: Actor, at: datetime) -> Steps:
        """Return the engagement, on the person's record and the organisation's."""
        person = _managed(world, by, self.person, self.organisation)
        organisation = need(world, Organisation, self.organisation)
        _need_past(self.first, at, "first")
        self._refuse_second(person, organisation)
        engagement = Engagement(self.organisation, organisation.kind, self.first, None, self.fulltime, self.field_since)
        staff = Staff(self.person, self.fulltime, self.field_since)
        return (
            Step(Person, self.person, PersonEngaged(engagement)),
            Step(Organisation, self.organisation, StaffJoined(staff)),
        )

    def _refuse_second(self, person: Person, organisation: Organisation) -> None:
        for one in person.engagements:
            overlaps = one.last is None or self.first <= one.last
            same = one.organisation == organisation.id
            if overlaps and (same or one.kind == "body" or one.kind != organisation.kind):
                # Where is not said: of work elsewhere a manager sees nothing (`person_as_seen` of the interface).
                raise refuse("E-PERSON-BODY", "I21", "organisation", person=person.id)


@dataclass(frozen=True, slots=True)
class EndEngagement(Operation):
    """End the work of a person at an organisation: today is the last day, and nobody begins elsewhere on it."""

    name: ClassVar[str] = "people.leave"
    path: ClassVar[str] = "people/{person}/engagements/end"
    roles: ClassVar[tuple[str, ...]] = MANAGING
    clause: ClassVar[str] = "I21"
    person: Pseudonym
    organisation: Name

    def steps(self, world: World, by: Actor, at: datetime) -> Steps:
        """Return the end, on the person's record and the organisation's."""
        person = _managed(world, by, self.person, self.organisation)
        found = person.at(self.organisation, legal_day(at))
        if found is None or found.last is not None:
            raise refuse("E-CASE-UNKNOWN", "I21", "organisation", record="engagement", id=self.organisation)
        return (
            Step(Person, self.person, PersonLeft(self.organisation, legal_day(at))),
            Step(Organisation, self.organisation, StaffLeft(self.person)),
        )


@dataclass(frozen=True, slots=True)
class AssignRole(Operation):
    """Give a person a role at the organisation."""

    name: ClassVar[str] = "roles.assign"
    path: ClassVar[str] = "people/{person}/roles"
    roles: ClassVar[tuple[str, ...]] = MANAGING
    clause: ClassVar[str] = "I15"
    person: Pseudonym
    organisation: Name
    role: str

    def steps(self, world: World, by: Actor, at: datetime) -> Steps:
        """Return the role."""
        person = _managed(world, by, self.person, self.organisation)
        engagement = person.at(self.organisation, legal_day(at))
        if engagement is None:
            raise refuse("E-CASE-UNKNOWN", "I15", "organisation", record="engagement", id=self.organisation)
        if by.role == "registrar" and (
            by.person == self.person or managers_of(world, self.organisation, legal_day(at))
        ):  # a registrar serves neither itself nor where a manager of the organisation can
            raise refuse("E-ROLE-OPERATION", "I15", "person", found=by.role, needed=("manager",))
        if self.role not in ROLES_OF[engagement.kind]:
            raise refuse("E-CASE-WORD", "I15", "role", found=self.role, needed=ROLES_OF[engagement.kind])
        if person.holds(self.role, self.organisation, legal_day(at)):
            raise refuse("E-CASE-EXISTS", "I15", "role", record="role", id=self.role)
        return (Step(Person, self.person, RoleAssigned(Duty(self.organisation, self.role, legal_day(at)))),)


@dataclass(frozen=True, slots=True)
class EndRole(Operation):
    """Take a role from a person: today is the last day of it, since what was done today was done in it."""

    name: ClassVar[str] = "roles.end"
    path: ClassVar[str] = "people/{person}/roles/end"
    roles: ClassVar[tuple[str, ...]] = MANAGING
    clause: ClassVar[str] = "I15"
    person: Pseudonym
    organisation: Name
    role: str

    def steps(self, world: World, by: Actor, at: datetime) -> Steps:
        """Return the end of the role."""
        person = _managed(world, by, self.person, self.organisation)
        goes_on = Duty(self.organisation, self.role, legal_day(at))
        if not any(replace(one, first=goes_on.first) == goes_on for one in person.duties):
            raise refuse("E-CASE-UNKNOWN", "I15", "role", record="role", id=self.role)
        ended = RoleEnded(self.organisation, self.role, legal_day(at))
        return (Step(Person, self.person, ended),)


@dataclass(frozen=True, slots=True)
class GrantCompetence(Operation):
    """Record that a person was found competent."""

    name: ClassVar[str] = "people.grant-competence"
    path: ClassVar[str] = "people/{person}/competences"
    roles: ClassVar[tuple[str, ...]] = ("manager",)
    clause: ClassVar[str] = "ISO/IEC 17065, 6.1.2"
    person: Pseudonym
    competence: Competence

    def steps(self, world: World, by: Actor, at: datetime) -> Steps:
        """Return the competence."""
        person = need(world, Person, self.person)
        if person.at(by.organisation, legal_day(at)) is None:
            raise refuse("E-CASE-FOREIGN", "I15", "person", organisation=by.organisation)
        if by.person == self.person:
            raise refuse("E-PERSON-SELF", "I4", "person", person=self.person)
        if self.competence.last < self.competence.first:
            raise refuse("E-CASE-DATES", "I7", "competence.last", found=self.competence.last.isoformat())
        return (Step(Person, self.person, CompetenceGranted(self.competence)),)


@dataclass(frozen=True, slots=True)
class EndCompetence(Operation):
    """Record that a person is not found competent any more, after today; what was done before stands."""

    name: ClassVar[str] = "people.end-competence"
    path: ClassVar[str] = "people/{person}/competences/end"
    roles: ClassVar[tuple[str, ...]] = ("manager",)
    clause: ClassVar[str] = "ISO/IEC 17065, 6.1.2"
    person: Pseudonym
    role: str
    scheme: str
    category: str

    def steps(self, world: World, by: Actor, at: datetime) -> Steps:
        """Return the end."""
        person, day = need(world, Person, self.person), legal_day(at)
        if person.at(by.organisation, day) is None:
            raise refuse("E-CASE-FOREIGN", "I15", "person", organisation=by.organisation)
        if by.person == self.person:
            raise refuse("E-PERSON-SELF", "I4", "person", person=self.person)
        event = CompetenceEnded(self.role, self.scheme, self.category, day)
        if not any(event.ends(one) for one in person.competences):
            raise refuse("E-CASE-UNKNOWN", "I4", "competence", record="competence", id=f"{self.role} {self.scheme}")
        return (Step(Person, self.person, event),)


@dataclass(frozen=True, slots=True)
class DeclareConflict(Operation):
    """Declare a tie to a client: by the person, or by the manager who learnt of it."""

    name: ClassVar[str] = "people.declare-conflict"
    path: ClassVar[str] = "people/{person}/conflicts"
    roles: ClassVar[tuple[str, ...]] = (
        "manager",
        "planner",
        "assessor",
        "verifier",
        "reviewer",
        "decision-maker",
        "appeals",
    )
    clause: ClassVar[str] = "ISO/IEC 17065, 4.2"
    person: Pseudonym
    conflict: Conflict

    def steps(self, world: World, by: Actor, at: datetime) -> Steps:
        """Return the declaration."""
        person = need(world, Person, self.person)
        if by.person != self.person and (by.role != "manager" or person.at(by.organisation, legal_day(at)) is None):
            raise refuse("E-CASE-FOREIGN", "I15", "person", organisation=by.organisation)
        if self.conflict.kind not in CONFLICTS:
            raise refuse("E-CASE-WORD", "I4", "conflict.kind", found=self.conflict.kind, needed=CONFLICTS)
        if self.conflict.last is not None and self.conflict.last < self.conflict.first:
            raise refuse("E-CASE-DATES", "I4", "conflict.last", found=self.conflict.last.isoformat())
        if by.role != "manager" and any(self.conflict.ends(one) for one in person.conflicts):
            raise refuse("E-ROLE-OPERATION", "I4", "conflict.last", found=by.role, needed=("manager",))
        need(world, Organisation, self.conflict.organisation)
        declared = Step(Person, self.person, ConflictDeclared(self.conflict))
        return declared, *_touched(world, person, self.conflict, legal_day(at))


def _touched(world: World, person: Person, tie: Conflict, day: date) -> Steps:
    """Return an open question on each certificate whose case the person worked on while the tie barred it (I4)."""
    if any(tie.ends(one) for one in person.conflicts):
        return ()
    alone = Person(person.id, conflicts=(tie,))
    steps = []
    for name in world.cases_by(person.id):
        case = need(world, Case, name)
        if case.client != tie.organisation or case.decision is None or person.id not in involved(world, case):
            continue
        scheme = world.scheme(case.scheme)
        months = USUAL_LOOK_BACK if scheme.look_back_months is None else scheme.look_back_months
        days = (case.accepted or case.submitted, case.decision.on)
        certificate = latest(world, case.decision.certificate)
        barred = any(bars(alone, case.client, months, known) for known in days)
        if barred and certificate is not None and certificate.standing(day) in LIVING:
            steps.append(Step(Certified, certificate.id, DecisionDue(f"conflict {case.id}")))
    return tuple(steps)


def managers_of(world: World, organisation: str, day: date) -> frozenset[str]:
    """Return who manages an organisation on a day; while somebody does, no registrar gives roles there (I15).

    Args:
        world: What is known.
        organisation: Id.
        day: Which.
    """
    people = staff_of(world, organisation)
    return frozenset(one.id for one in people if one.holds("manager", organisation, day))


def _managed(world: World, by: Actor, person: str, organisation: str) -> Person:
    """Return a person about whose work at an organisation its managers say, or the registrar."""
    if by.role != "registrar":
        need_own(by, organisation)
    return need(world, Person, person)


def _need_reached(world: World, by: Actor, scope: Scope) -> None:
    """Refuse an authority that approves for a place it does not reach; all places, a site and a pilot are in none."""
    for place in scope.places:
        need_reach(world, by, place.removeprefix("place:"), "scopes.places")
    if PILOT in scope.activities:
        need_reach(world, by, HOME, "scopes.activities")


def _need_sought(body: Organisation, by: Actor) -> None:
    """Refuse to accredit who did not apply: by a grant, a stranger would oversee whoever it named."""
    if by.role == "accreditor" and by.organisation not in (body.sought or ()):
        raise refuse("E-SCOPE-SOUGHT", SeekAccreditation.clause, giver=by.organisation, organisation=body.id)


def _need_statable(world: World, body: Organisation, grant: Grant, at: datetime) -> None:
    """Refuse a grant that no public record could state (E-RECOG-FIELD)."""
    giver = need(world, Organisation, grant.giver)
    attestation(body, grant, Party(giver.id, giver.name), grant.id, legal_day(at))


def _need_past(day: date, at: datetime, field: str) -> None:
    if day > legal_day(at):
        raise refuse("E-CASE-DATES", "I18", field, found=day.isoformat())


def _need_known_today(day: date, at: datetime) -> None:
    """Refuse to date a publication back or ahead: what was known when cannot be changed afterwards (I18)."""
    if day != legal_day(at):
        raise refuse("E-CASE-DATES", "I18", "known", found=day.isoformat())
