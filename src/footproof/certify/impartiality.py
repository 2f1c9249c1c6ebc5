"""Who may not: ties to the client, competence that is lacking, and the separation of duties.

ISO/IEC 17065, 4.2, 6.1 and 7.5 to 7.6; ISO/IEC 17029, 9.6 to 9.7; facts of segregation from ISO/IEC 17067.
"""

from collections.abc import Iterable
from datetime import date

from footproof.certify.case import Case, TeamMember
from footproof.certify.certificate import Certified
from footproof.certify.ownership import need_unowned
from footproof.certify.people import Organisation, Person
from footproof.certify.record import Actor, World, need
from footproof.certify.refusals import refuse
from footproof.certify.scheme import add_months
from footproof.certify.verifications import Verification
from footproof.model.scheme import Scheme

USUAL_LOOK_BACK = 24
"""Months that consultancy bars where a scheme does not say: the usual period (unconfirmed, in no standard we hold)."""
COMPETENCE = ("scheme", "category")
"""What whoever evaluates, reviews or decides is found competent in, beside the role."""


def need_impartial(person: Person, client: str, scheme: Scheme, day: date) -> None:
    """Refuse somebody with a tie to the client, or who had one within the look-back period (I4).

    Raises:
        FootproofError: E-TEAM-CONFLICT.
    """
    tie = bars(person, client, _look_back(scheme), day)
    if tie:
        raise refuse("E-TEAM-CONFLICT", "I4", "person", person=person.id, conflict=tie, client=client)


def _look_back(scheme: Scheme) -> int:
    return scheme.look_back_months if scheme.look_back_months is not None else USUAL_LOOK_BACK


def bars(person: Person, client: str, months: int, day: date) -> str:
    """Return the tie that bars a person from work for a client on a day; empty where there is none.

    Args:
        person: The person.
        client: Id of the organisation.
        months: How long a tie bars after its end. [month]
        day: The day.
    """
    for one in person.conflicts:
        if one.organisation == client and _holds(one.first, one.last, day, months):
            return one.kind
    if any(one.organisation == client and _holds(one.first, one.last, day, months) for one in person.engagements):
        return "employed"
    return ""


def need_competent(person: Person, role: str, scheme: Scheme, category: str, day: date) -> None:
    """Refuse somebody whom nobody found competent for the role in the scheme and category.

    Raises:
        FootproofError: E-TEAM-COMPETENCE.
    """
    need_competent_in(person, role, scheme.id, category, day)


def need_competent_in(
    person: Person, role: str, standard: str, category: str, day: date, *, asked: tuple[str, ...] = COMPETENCE
) -> None:
    """Refuse somebody whom nobody found competent for the role by a standard: a scheme, or a rulebook without one.

    Args:
        person: The person.
        role: Such as "verifier".
        standard: Id without edition.
        category: Of the product.
        day: The day.
        asked: In what beside the role: "scheme", "category".

    Raises:
        FootproofError: E-TEAM-COMPETENCE.
    """
    for one in person.competences:
        fits = one.role == role and ("scheme" not in asked or one.scheme in ("*", standard))
        fits = fits and ("category" not in asked or one.category in ("*", category))
        if fits and one.first <= day <= one.last:
            return
    raise refuse(
        "E-TEAM-COMPETENCE",
        "ISO/IEC 17065, 6.1.2",
        "person",
        person=person.id,
        role=role,
        scheme=standard if "scheme" in asked else "*",
        category=category if "category" in asked else "*",
    )


def need_planner(world: World, case: Case, by: Actor, scheme: Scheme, day: date) -> None:
    """Refuse a planner with a tie to the client, or without the competence that the scheme asks of who plans.

    Raises:
        FootproofError: E-TEAM-CONFLICT, E-TEAM-COMPETENCE.
    """
    person = need(world, Person, by.person)
    need_impartial(person, case.client, scheme, day)
    asked = tuple({word for one in scheme.activities if one.role == by.role for word in one.competence})
    if asked:
        need_competent_in(person, by.role, scheme.id, case.subject.category, day, asked=asked)


def need_unbound(world: World, organisation: str, client: str, scheme: Scheme, day: date) -> None:
    """Refuse a body or laboratory that is bound to the client by who manages or controls it, or did in the look-back.

    Raises:
        FootproofError: E-BODY-CONFLICT; E-BODY-OWNED, E-OWNER-CHAIN.
    """
    months = _look_back(scheme)
    need_unowned(world, organisation, client, day, months)
    for person in staff_of(world, organisation):
        tie = bars(person, client, months, day) if person.holds("manager", organisation, day) else ""
        if tie:
            raise refuse(
                "E-BODY-CONFLICT",
                "ISO/IEC 17065, 4.2",
                "organisation",
                organisation=organisation,
                conflict=tie,
                client=client,
            )


def staff_of(world: World, organisation: str) -> tuple[Person, ...]:
    """Return who works at an organisation now, read all at once."""
    names = [one.person for one in need(world, Organisation, organisation).staff]
    world.fetch(names)
    return tuple(found for found in (world.find(Person, name) for name in names) if found is not None)


def need_apart(person: str, others: Iterable[str], code: str) -> None:
    """Refuse somebody who took part in what is now reviewed, decided or appealed (I4, I17).

    Args:
        person: Who wants to act.
        others: Who took part.
        code: E-REVIEW-SEPARATE, E-DECISION-SEPARATE or E-APPEAL-SEPARATE.
    """
    if person in others:
        raise refuse(code, "I17" if code == "E-APPEAL-SEPARATE" else "I4", "person", person=person)


def need_fit(world: World, case: Case, by: TeamMember | Actor, scheme: Scheme, day: date) -> Person:
    """Return a person who may take a role in a case: works at the body in the role, is impartial and competent.

    Raises:
        FootproofError: E-ROLE-NONE, E-TEAM-CONFLICT, E-TEAM-COMPETENCE.
    """
    person, role = need(world, Person, by.person), by.role
    if not person.holds(role, case.body, day):
        raise refuse("E-ROLE-NONE", "I15", "person", person=person.id, role=role, organisation=case.body)
    need_impartial(person, case.client, scheme, day)
    need_competent(person, role, scheme, case.subject.category, day)
    return person


def cases_of(world: World, found: Certified) -> tuple[Case, ...]:
    """Return the cases that were decided about a certificate, its first one included."""
    held = (one.case for one in (found.held, *found.former))
    changed = (one.case for one in found.changes)
    names = dict.fromkeys(name for name in (*held, *changed, *found.closed) if name)
    return tuple(need(world, Case, name) for name in names)


def evaluators_of(world: World, case: Case) -> frozenset[str]:
    """Return everyone who took part in the evaluation of a case, or in a verification that it rests on (I4)."""
    names = (one.verification for one in case.activities if one.verification)
    return case.evaluators.union(*(need(world, Verification, name).engagement.worked for name in names))


def involved(world: World, case: Case) -> frozenset[str]:
    """Return everyone who took part in a case: in its acceptance, evaluation, verification, review or decision."""
    decided = (case.decision.person,) if case.decision is not None else ()
    names = (one.verification for one in case.activities if one.verification)
    verified = [need(world, Verification, name).engagement for name in names]
    outside = {person for one in verified for person in (one.reviewer, one.decider) if person}
    return evaluators_of(world, case) | outside | {*decided, *case.judged}


def latest(world: World, number: str) -> Certified | None:
    """Return a certificate, or the one that took its place; None without a number."""
    found = world.find(Certified, number) if number else None
    while found is not None and found.replaced_by:
        found = need(world, Certified, found.replaced_by)
    return found


def _holds(first: date, last: date | None, day: date, months: int) -> bool:
    return first <= day and (last is None or day <= add_months(last, months))
