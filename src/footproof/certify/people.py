"""People and organisations: who practises where, in which roles, with what competence and which conflicts.

ISO/IEC 17065, 4.2 (impartiality), 6.1 (competence of personnel); ISO/IEC 17029, 7.2 and 7.3. A person is a pseudonym
here; names stand beside, where they can be erased.
"""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Annotated, ClassVar

from footproof.certify.codec import ADDED
from footproof.certify.forms import AnyName, Name, Pseudonym
from footproof.certify.record import Beginning, Event, Public, Stamp
from footproof.model.bilingual import Bilingual
from footproof.model.recognition import Change, Scope

ACCREDITATION_BODY = "accreditation-body"
ORGANISATIONS = ("registrar", "client", "body", "laboratory", ACCREDITATION_BODY, "regulator", "scheme-owner")
CLIENT_ROLES = ("representative",)
TEAM_ROLES = ("assessor", "verifier")
"""Who evaluates."""
BODY_ROLES = ("manager", "planner", "assessor", "verifier", "reviewer", "decision-maker", "appeals")
ROLES_OF: dict[str, tuple[str, ...]] = {
    "registrar": ("registrar",),
    "client": CLIENT_ROLES,
    "body": BODY_ROLES,
    "laboratory": ("manager", "assessor"),
    ACCREDITATION_BODY: ("accreditor",),
    "regulator": ("regulator",),
    "scheme-owner": ("scheme-owner",),
}
ROLES = tuple(dict.fromkeys(role for roles in ROLES_OF.values() for role in roles))
CONFLICTS = ("consulted", "employed", "owned", "family", "supplier")


@dataclass(frozen=True, slots=True)
class Grant:
    """An approval or accreditation that an organisation holds.

    Args:
        id: Name of the grant.
        kind: "approval" or "accreditation".
        number: Number under which the authority published it.
        scopes: What it covers.
        changes: Suspensions and the like; see `model.recognition`.
        giver: Authority that gave it and alone changes it; empty where that is not recorded.
    """

    id: Name
    kind: str
    number: str
    scopes: tuple[Scope, ...]
    changes: tuple[Change, ...] = ()
    giver: AnyName = ""


@dataclass(frozen=True, slots=True)
class Staff:
    """Somebody who works at an organisation.

    Args:
        person: Pseudonym.
        fulltime: Whether full time.
        field_since: Since when in the field; None where that is not known.
    """

    person: Pseudonym
    fulltime: bool
    field_since: date | None


@dataclass(frozen=True, slots=True)
class Owner:
    """Who owns a part of an organisation; see `certify.ownership`.

    Args:
        organisation: Id of the owner.
        share: Part of the whole. [1]
        first: First day.
        last: Last day; None while it goes on.
    """

    organisation: Name
    share: Decimal
    first: date
    last: date | None = None


@dataclass(frozen=True, slots=True)
class Organisation:
    """A client, a body, an authority.

    Args:
        id: URI of the organisation, such as its DID.
        kind: One of ORGANISATIONS.
        name: What people call it.
        code: Unified social credit code; empty for one outside China.
        place: ISO 3166-2 such as "CN-FJ", or a country; of a regulator, how far it reaches: "CN" is the national one.
        demonstration: True for an invented organisation, whose certificates attest nothing.
        grants: What a body is allowed to do.
        systems: Management systems a client runs: standard and first day.
        staff: Pseudonyms of the people who work there now, with what schemes ask about them.
        owners: Who owns or owned a part of it, as the registrar stated.
        sought: Accreditation bodies to which it applied for accreditation; None while it applied to none.
    """

    stream: ClassVar[str] = "organisation"

    id: str
    kind: str
    name: Bilingual
    code: str
    place: str
    demonstration: bool
    grants: tuple[Grant, ...] = ()
    systems: tuple[tuple[str, date], ...] = ()
    staff: tuple[Staff, ...] = ()
    owners: tuple[Owner, ...] = ()
    sought: Annotated[tuple[Name, ...] | None, ADDED] = None


@dataclass(frozen=True, slots=True)
class CreditCode:
    """A unified social credit code and the organisation that has it; nobody else can have it too (I13).

    Args:
        id: The code.
        organisation: Id of the organisation.
    """

    stream: ClassVar[str] = "credit-code"

    id: str
    organisation: str


@dataclass(frozen=True, slots=True)
class Engagement:
    """A person at an organisation.

    Args:
        organisation: Id.
        kind: Kind of the organisation.
        first: First day.
        last: Last day; None while it goes on.
        fulltime: Whether the person works there full time.
        field_since: Since when the person has worked in the field, for schemes that ask for experience.
    """

    organisation: Name
    kind: str
    first: date
    last: date | None = None
    fulltime: bool = True
    field_since: date | None = None

    def on(self, day: date) -> bool:
        """Tell whether it goes on that day; both ends count."""
        return self.first <= day and (self.last is None or day <= self.last)


@dataclass(frozen=True, slots=True)
class Duty:
    """A role of a person at an organisation, from a first to a last day."""

    organisation: Name
    role: str
    first: date
    last: date | None = None


@dataclass(frozen=True, slots=True)
class Competence:
    """What a person was found competent for (ISO/IEC 17065, 6.1.2).

    Args:
        role: Such as "assessor".
        scheme: Scheme id without edition, or "*".
        category: Such as "cn.pcf:2", or "*".
        first: First day.
        last: Last day, until which it was granted.
    """

    role: str
    scheme: str
    category: str
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Conflict:
    """A tie of a person to an organisation.

    Args:
        organisation: Id of the client.
        kind: One of CONFLICTS.
        first: First day.
        last: Last day; None while it goes on. Consultancy bars for the look-back period of the scheme after that.
    """

    organisation: Name
    kind: str
    first: date
    last: date | None = None

    def ends(self, other: "Conflict") -> bool:
        """Tell whether this is the end of a tie that was declared without one."""
        same = (self.organisation, self.kind, self.first) == (other.organisation, other.kind, other.first)
        return same and other.last is None and self.last is not None


@dataclass(frozen=True, slots=True)
class Person:
    """A person under a pseudonym.

    Args:
        id: Pseudonym.
        engagements: Where the person works or worked.
        duties: Roles.
        competences: What the person was found competent for.
        conflicts: Ties declared.
    """

    stream: ClassVar[str] = "person"

    id: str
    engagements: tuple[Engagement, ...] = ()
    duties: tuple[Duty, ...] = ()
    competences: tuple[Competence, ...] = ()
    conflicts: tuple[Conflict, ...] = ()

    def at(self, organisation: str, day: date) -> Engagement | None:
        """Return the engagement at an organisation on a day."""
        return next((one for one in self.engagements if one.organisation == organisation and one.on(day)), None)

    def holds(self, role: str, organisation: str, day: date) -> bool:
        """Tell whether the person has a role at an organisation on a day, and works there (I15)."""
        if self.at(organisation, day) is None:
            return False
        return any(
            one.role == role
            and one.organisation == organisation
            and one.first <= day
            and (one.last is None or day <= one.last)
            for one in self.duties
        )

    def keeps(self, role: str, organisation: str, day: date) -> bool:
        """Tell whether the person has a role on a day and nobody has ended it.

        What was done on the last day of a role was done in it; what the role opens, it opens until its end was said.
        """
        open_ended = any((one.role, one.organisation, one.last) == (role, organisation, None) for one in self.duties)
        return open_ended and self.holds(role, organisation, day)


@dataclass(frozen=True, slots=True)
class OrganisationRegistered(Beginning[Organisation]):
    """An organisation is known from now on."""

    kind: ClassVar[str] = "organisation.registered"
    public: ClassVar[Public] = Public.YES
    type: str
    name: Bilingual
    code: str
    place: str
    demonstration: bool
    id: Name

    def begin(self, _: Stamp) -> Organisation:
        """Return the organisation."""
        return Organisation(self.id, self.type, self.name, self.code, self.place, self.demonstration)


@dataclass(frozen=True, slots=True)
class CodeTaken(Beginning[CreditCode]):
    """A unified social credit code belongs to an organisation."""

    kind: ClassVar[str] = "credit-code.taken"
    public: ClassVar[Public] = Public.NO
    code: str
    organisation: str

    def begin(self, _: Stamp) -> CreditCode:
        """Return the code as taken."""
        return CreditCode(self.code, self.organisation)


@dataclass(frozen=True, slots=True)
class SystemDeclared(Event[Organisation]):
    """A client runs a management system since a day."""

    kind: ClassVar[str] = "organisation.system-declared"
    standard: str
    since: date

    def apply(self, record: Organisation, _: Stamp) -> Organisation:
        """Return the organisation with the system."""
        return replace(record, systems=(*record.systems, (self.standard, self.since)))


@dataclass(frozen=True, slots=True)
class AccreditationSought(Event[Organisation]):
    """A body or laboratory applies to an accreditation body for accreditation (ISO/IEC 17011, 7.2)."""

    kind: ClassVar[str] = "accreditation.sought"
    public: ClassVar[Public] = Public.NO
    accreditor: Name

    def apply(self, record: Organisation, _: Stamp) -> Organisation:
        """Return the organisation that has applied."""
        return replace(record, sought=(*(record.sought or ()), self.accreditor))


@dataclass(frozen=True, slots=True)
class ScopeGranted(Event[Organisation]):
    """An authority allows a body to do something."""

    kind: ClassVar[str] = "scope.granted"
    public: ClassVar[Public] = Public.YES
    grant: Grant

    def apply(self, record: Organisation, _: Stamp) -> Organisation:
        """Return the body with the grant."""
        return replace(record, grants=(*record.grants, self.grant))


@dataclass(frozen=True, slots=True)
class ScopeChanged(Event[Organisation]):
    """An authority suspends, restores, reduces or withdraws what it granted."""

    kind: ClassVar[str] = "scope.changed"
    public: ClassVar[Public] = Public.YES
    grant: Name
    change: Change

    def apply(self, record: Organisation, _: Stamp) -> Organisation:
        """Return the body with the changed grant."""
        grants = tuple(
            replace(one, changes=(*one.changes, self.change)) if one.id == self.grant else one for one in record.grants
        )
        return replace(record, grants=grants)


@dataclass(frozen=True, slots=True)
class StaffJoined(Event[Organisation]):
    """Somebody works at the organisation from now on."""

    kind: ClassVar[str] = "staff.joined"
    public: ClassVar[Public] = Public.NO
    staff: Staff

    def apply(self, record: Organisation, _: Stamp) -> Organisation:
        """Return the organisation with the person."""
        return replace(record, staff=(*record.staff, self.staff))


@dataclass(frozen=True, slots=True)
class StaffLeft(Event[Organisation]):
    """Somebody no longer works there."""

    kind: ClassVar[str] = "staff.left"
    public: ClassVar[Public] = Public.NO
    person: Pseudonym

    def apply(self, record: Organisation, _: Stamp) -> Organisation:
        """Return the organisation without the person."""
        return replace(record, staff=tuple(one for one in record.staff if one.person != self.person))


@dataclass(frozen=True, slots=True)
class PersonRegistered(Beginning[Person]):
    """A person is known under a pseudonym."""

    kind: ClassVar[str] = "person.registered"
    id: Pseudonym

    def begin(self, _: Stamp) -> Person:
        """Return the person."""
        return Person(self.id)


@dataclass(frozen=True, slots=True)
class PersonEngaged(Event[Person]):
    """A person begins at an organisation."""

    kind: ClassVar[str] = "person.engaged"
    engagement: Engagement

    def apply(self, record: Person, _: Stamp) -> Person:
        """Return the person with the engagement."""
        return replace(record, engagements=(*record.engagements, self.engagement))


@dataclass(frozen=True, slots=True)
class PersonLeft(Event[Person]):
    """A person ends at an organisation; roles there end with it."""

    kind: ClassVar[str] = "person.left"
    organisation: Name
    last: date

    def apply(self, record: Person, _: Stamp) -> Person:
        """Return the person without what went on there."""
        engagements = tuple(
            replace(one, last=self.last) if one.organisation == self.organisation and one.last is None else one
            for one in record.engagements
        )
        duties = tuple(
            replace(one, last=self.last) if one.organisation == self.organisation and one.last is None else one
            for one in record.duties
        )
        return replace(record, engagements=engagements, duties=duties)


@dataclass(frozen=True, slots=True)
class RoleAssigned(Event[Person]):
    """A person gets a role."""

    kind: ClassVar[str] = "role.assigned"
    duty: Duty

    def apply(self, record: Person, _: Stamp) -> Person:
        """Return the person with the role."""
        return replace(record, duties=(*record.duties, self.duty))


@dataclass(frozen=True, slots=True)
class RoleEnded(Event[Person]):
    """A role of a person ends."""

    kind: ClassVar[str] = "role.ended"
    organisation: Name
    role: str
    last: date

    def apply(self, record: Person, _: Stamp) -> Person:
        """Return the person whose role has an end."""
        duties = tuple(
            replace(one, last=self.last)
            if (one.organisation, one.role, one.last) == (self.organisation, self.role, None)
            else one
            for one in record.duties
        )
        return replace(record, duties=duties)


@dataclass(frozen=True, slots=True)
class CompetenceGranted(Event[Person]):
    """A body found a person competent."""

    kind: ClassVar[str] = "competence.granted"
    competence: Competence

    def apply(self, record: Person, _: Stamp) -> Person:
        """Return the person with the competence."""
        return replace(record, competences=(*record.competences, self.competence))


@dataclass(frozen=True, slots=True)
class CompetenceEnded(Event[Person]):
    """A body finds a person competent no more; `last` is the last day on which the finding counts."""

    kind: ClassVar[str] = "competence.ended"
    role: str
    scheme: str
    category: str
    last: date

    def ends(self, one: Competence) -> bool:
        """Tell whether this ends a finding, which would have counted longer."""
        same = (one.role, one.scheme, one.category) == (self.role, self.scheme, self.category)
        return same and one.last > self.last

    def apply(self, record: Person, _: Stamp) -> Person:
        """Return the person, competent until that day; what was to begin later never does."""
        kept = tuple(one for one in record.competences if not (self.ends(one) and one.first > self.last))
        ended = tuple(replace(one, last=self.last) if self.ends(one) else one for one in kept)
        return replace(record, competences=ended)


@dataclass(frozen=True, slots=True)
class ConflictDeclared(Event[Person]):
    """A person declares a tie to an organisation, or the end of one."""

    kind: ClassVar[str] = "conflict.declared"
    conflict: Conflict

    def apply(self, record: Person, _: Stamp) -> Person:
        """Return the person with the tie; the end of one stands in the place of its open declaration."""
        others = tuple(one for one in record.conflicts if not self.conflict.ends(one))
        return replace(record, conflicts=(*others, self.conflict))
