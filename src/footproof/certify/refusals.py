"""What every operation asks first: does this person have the role here today, and is the record theirs and in state.

Each refusal names the rule that stands in the way: an invariant (I1 to I21) and the clause it comes from.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum

from footproof.certify.case import Case, CaseState, Subject
from footproof.certify.people import Organisation, Person
from footproof.certify.record import Actor, World, need
from footproof.errors import FootproofError, Where
from footproof.model.days import legal_day
from footproof.model.recognition import Change, Scope, in_force, state_on
from footproof.model.scheme import CertifiedObject, Scheme

HOME = "CN"
"""Place of the national authority: the register is China's, wherever a certified site may be."""
PILOT = "pilot-certification"
"""What an approval names, beside the kind of certification, where an authority listed the body for a pilot."""


def refuse(code: str, rule: str, field: str = "", **values: object) -> FootproofError:
    """Return a refusal.

    Args:
        code: Stable code of the refusal.
        rule: Invariant or clause that stands in the way.
        field: Part of the operation it is about.
        values: What the wording refers to.
    """
    shown = {name: ", ".join(map(str, value)) if isinstance(value, tuple) else value for name, value in values.items()}
    return FootproofError(code, Where("operation", field=field or None), rule=rule, **shown)


def need_role(world: World, by: Actor, allowed: Collection[str], at: datetime) -> Person:
    """Return the person who acts, who must have the role at the organisation on that day (I15).

    Raises:
        FootproofError: E-ROLE-OPERATION where the operation is not for the role; E-ROLE-NONE where the person does not
            have it.
    """
    if by.role not in allowed:
        raise refuse("E-ROLE-OPERATION", "I15", found=by.role, needed=tuple(allowed))
    person = world.find(Person, by.person)
    if person is None or not person.holds(by.role, by.organisation, legal_day(at)):
        raise refuse("E-ROLE-NONE", "I15", person=by.person, role=by.role, organisation=by.organisation)
    return person


def need_own(by: Actor, organisation: str) -> None:
    """Refuse to act on the record of another organisation.

    Raises:
        FootproofError: E-CASE-FOREIGN.
    """
    if by.organisation != organisation:
        raise refuse("E-CASE-FOREIGN", "I15", organisation=by.organisation)


def reaches(authority: str, place: str) -> bool:
    """Tell whether an authority reaches a place: that of a province or another country its own, the national one all.

    Args:
        authority: ISO 3166-2 of the authority, or its country.
        place: ISO 3166-2; empty where something is in no place.
    """
    return authority == HOME or (bool(authority) and (place == authority or place.startswith(f"{authority}-")))


def need_reach(world: World, by: Actor, place: str, field: str = "certificate") -> None:
    """Refuse an authority that acts on what is in another place; who is none reaches as far as other rules let it.

    Args:
        world: What is known.
        by: Who acts.
        place: ISO 3166-2 of what it acts on: of the site that a certificate is about, of the country for a register
            that is kept for all of it; what names no place only the national authority reaches.
        field: Part of the operation it is about.

    Raises:
        FootproofError: E-AUTHORITY-PLACE.
    """
    own = need(world, Organisation, by.organisation).place
    if by.role == "regulator" and not reaches(own, place):
        raise refuse("E-AUTHORITY-PLACE", "I15", field, found=place, needed=own)


def need_state(found: Enum, *allowed: Enum) -> None:
    """Refuse what is out of order.

    Raises:
        FootproofError: E-CASE-STATE.
    """
    if found not in allowed:
        raise refuse("E-CASE-STATE", "ISO/IEC 17065, 7", found=code_of(found), needed=tuple(map(code_of, allowed)))


class Side(Enum):
    """To whom of a case somebody has to belong."""

    BODY = "body"
    CLIENT = "client"


def own_case(world: World, by: Actor, name: str, side: Side, *allowed: CaseState) -> Case:
    """Return a case of the actor's organisation, in a state in which something can be done about it.

    Args:
        world: What is known.
        by: Who acts.
        name: Of the case.
        side: Whether the organisation has to be its body or its client.
        allowed: States in which it may be.

    Raises:
        FootproofError: E-CASE-UNKNOWN, E-CASE-FOREIGN, E-CASE-STATE.
    """
    case = need(world, Case, name)
    need_own(by, case.body if side is Side.BODY else case.client)
    need_state(case.state, *allowed)
    return case


def transfer_clause(scheme: Scheme) -> str:
    """Return the text that a transfer between bodies rests on: IAF MD 2 speaks of management systems only.

    Args:
        scheme: Of the certificate; for other objects, results of another body are relied on as 7.4.5 allows.
    """
    return "IAF MD 2" if scheme.object is CertifiedObject.MANAGEMENT_SYSTEM else "ISO/IEC 17065, 7.4.5"


def code_of(state: Enum) -> str:
    """Return the code by which texts know a state; a client's withdrawal of a case is another thing than a body's."""
    return "case-withdrawn" if state is CaseState.WITHDRAWN else str(state.value)


@dataclass(frozen=True, slots=True)
class Verified:
    """What a verification is about, as scopes and competences know it.

    Args:
        standard: Scheme edition of the case that it serves, or rulebook of the claim.
        category: Product category, `list:code`.
        site: URI of the site.
        place: ISO 3166-2 of the site.
    """

    standard: str
    category: str
    site: str
    place: str


def need_scope(body: Organisation, activity: str, scheme: Scheme, subject: Subject, day: date) -> None:
    """Refuse what a body is not approved for on a day; where it is accredited at all, also what that leaves out (I5).

    Raises:
        FootproofError: E-SCOPE-MISSING.
    """
    wanted = _wanted(activity, scheme, subject)
    for kind in ("approval", "accreditation"):
        held = [one for one in body.grants if one.kind == kind]
        if kind == "accreditation" and not held:
            continue
        if not any(covers(scope, one.changes, wanted, day) for one in held for scope in one.scopes):
            raise refuse(
                "E-SCOPE-MISSING",
                "I5",
                kind=kind,
                activity=activity,
                scheme=scheme.name,
                category=subject.category,
                place=subject.place,
                day=day.isoformat(),
            )


def need_verification_scope(body: Organisation, about: Verified, day: date) -> None:
    """Refuse a verification that nothing the body holds covers: an accreditation, or an approval where a law has one.

    Args:
        body: Who verifies.
        about: What.
        day: Of the agreement, or of the statement.

    Raises:
        FootproofError: E-SCOPE-MISSING.
    """
    wanted = _asked("verification", about.standard, about.category, about.site, about.place)
    if not any(covers(scope, one.changes, wanted, day) for one in body.grants for scope in one.scopes):
        raise refuse(
            "E-SCOPE-MISSING",
            "I5",
            kind="accreditation",
            activity="verification",
            scheme=about.standard,
            category=about.category,
            place=about.place,
            day=day.isoformat(),
        )


def accredited_for(body: Organisation, about: Verified, day: date) -> str:
    """Return the number of the accreditation that covers a verification on a day; empty where none does."""
    wanted = _asked("verification", about.standard, about.category, about.site, about.place)
    for one in body.grants:
        if one.kind == "accreditation" and any(covers(scope, one.changes, wanted, day) for scope in one.scopes):
            return one.number
    return ""


def holds_scope(organisation: Organisation, day: date) -> bool:
    """Tell whether a body or laboratory is approved or accredited for anything on a day."""
    return organisation.kind in ("body", "laboratory") and any(
        scope.first <= day
        and (scope.last is None or day <= scope.last)
        and scope.known <= day
        and in_force(state_on(grant.changes, day, day, scope.id))
        for grant in organisation.grants
        for scope in grant.scopes
    )


def covered(organisation: Organisation, activity: str, scheme: Scheme, subject: Subject, day: date) -> bool:
    """Tell whether any grant of a body or laboratory covers an activity for a subject on a day."""
    wanted = _wanted(activity, scheme, subject)
    return organisation.kind in ("body", "laboratory") and any(
        covers(scope, grant.changes, wanted, day) for grant in organisation.grants for scope in grant.scopes
    )


def in_pilot(body: Organisation, scheme: Scheme, subject: Subject, day: date) -> bool:
    """Tell whether an approval of a body says that it takes part in the pilot of a scheme; "*" does not say so."""
    _, schemes, categories, places = _wanted(PILOT, scheme, subject)
    wanted = frozenset((PILOT,)), schemes, categories, places
    return any(
        covers(scope, one.changes, wanted, day) for one in body.grants if one.kind == "approval" for scope in one.scopes
    )


Wanted = tuple[frozenset[str], frozenset[str], frozenset[str], frozenset[str]]


def _wanted(activity: str, scheme: Scheme, subject: Subject) -> Wanted:
    """Return, for each dimension of a scope, every pattern that covers what is asked."""
    return _asked(activity, scheme.name, subject.category, subject.site, subject.place)


def _asked(activity: str, standard: str, category: str, site: str, place: str) -> Wanted:
    listed = category.partition(":")[0]
    return (
        frozenset(("*", activity)),
        frozenset(("*", standard, f"{standard.partition('@')[0]}@*")),
        frozenset(("*", category, f"{listed}:*")),
        frozenset(("*", f"site:{site}", f"place:{place}", f"place:{place.partition('-')[0]}")),
    )


def covers(scope: Scope, changes: tuple[Change, ...], wanted: Wanted, day: date) -> bool:
    """Tell whether a scope covers something on a day, as known that day."""
    held = (scope.activities, scope.schemes, scope.categories, scope.places)
    return (
        scope.first <= day
        and (scope.last is None or day <= scope.last)
        and scope.known <= day
        and all(not asked.isdisjoint(given) for asked, given in zip(wanted, held, strict=True))
        and in_force(state_on(changes, day, day, scope.id))
    )
