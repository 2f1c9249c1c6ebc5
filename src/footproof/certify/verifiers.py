"""Who may verify, review and issue: what the body is accredited for, who is competent, impartial and apart.

ISO/IEC 17029, 7.2, 7.3, 9.6 and 9.7. A verification that serves a case asks what the case asks; one of its own asks the
same of the rulebook, the category and the place that it is about.
"""

from datetime import date

from footproof.certify.case import Case
from footproof.certify.evaluations import need_on_team
from footproof.certify.impartiality import USUAL_LOOK_BACK, bars, need_apart, need_competent_in, need_fit
from footproof.certify.people import Organisation, Person
from footproof.certify.record import Actor, World, need
from footproof.certify.refusals import Verified, accredited_for, need_verification_scope, refuse
from footproof.certify.verifications import Agreed, Verification
from footproof.errors import FootproofError
from footproof.model.engagement import Engagement


def need_scope_to_verify(world: World, body: str, agreed: Agreed | Engagement, day: date) -> None:
    """Refuse a verification of its own that the body is not accredited or approved for on a day (I5).

    Args:
        world: What is known.
        body: Id of the body.
        agreed: What it is about.
        day: Of the agreement, or of the statement.

    Raises:
        FootproofError: E-VERIFY-INCOMPLETE where it does not say what it is about, E-SCOPE-MISSING.
    """
    missing = [name for name in ("category", "site", "place") if not getattr(agreed, name)]
    if missing or agreed.claim is None:
        raise FootproofError("E-VERIFY-INCOMPLETE", missing=", ".join(missing) or "claim")
    about = Verified(agreed.claim.rulebook, agreed.category, agreed.site, agreed.place)
    need_verification_scope(need(world, Organisation, body), about, day)


def accreditation_of(world: World, found: Verification, day: date) -> str:
    """Return the number of the accreditation that covers a verification on a day; empty where none does."""
    done = found.engagement
    standard = need(world, Case, found.case).scheme if found.case else _standard(done)
    about = Verified(standard, done.category, done.site, done.place)
    return accredited_for(need(world, Organisation, found.body), about, day)


def need_verifier(world: World, found: Verification, name: str, day: date) -> None:
    """Refuse somebody who may not verify: without the role or competence, with a tie, or not on the team of the case.

    Raises:
        FootproofError: E-ROLE-NONE, E-TEAM-CONFLICT, E-TEAM-COMPETENCE, E-TEAM-MEMBER.
    """
    member = Actor(name, "verifier", found.body)
    _need_fit(world, found, member, day)
    if found.case:
        need_on_team(need(world, Case, found.case), member)


def need_independent(world: World, found: Verification, by: Actor, day: date) -> None:
    """Refuse somebody who may not review, decide or issue: who verified, evaluated, has a tie or lacks competence.

    Raises:
        FootproofError: E-ROLE-NONE, E-TEAM-CONFLICT, E-TEAM-COMPETENCE, E-REVIEW-SEPARATE.
    """
    _need_fit(world, found, by, day)
    evaluated = need(world, Case, found.case).evaluators if found.case else frozenset()
    need_apart(by.person, {*evaluated, *found.engagement.worked}, "E-REVIEW-SEPARATE")


def need_no_tie(person: Person, client: str, day: date) -> None:
    """Refuse somebody with a tie to the client (I4).

    Raises:
        FootproofError: E-TEAM-CONFLICT.
    """
    tie = bars(person, client, USUAL_LOOK_BACK, day)
    if tie:
        raise refuse("E-TEAM-CONFLICT", "I4", "person", person=person.id, conflict=tie, client=client)


def _need_fit(world: World, found: Verification, by: Actor, day: date) -> None:
    if found.case:
        case = need(world, Case, found.case)
        need_fit(world, case, by, world.scheme(case.scheme), day)
        return
    person, done = need(world, Person, by.person), found.engagement
    if not person.holds(by.role, found.body, day):
        raise refuse("E-ROLE-NONE", "I15", "person", person=person.id, role=by.role, organisation=found.body)
    need_no_tie(person, done.client, day)
    need_competent_in(person, by.role, _standard(done).partition("@")[0], done.category, day)


def _standard(done: Engagement) -> str:
    return done.claim.rulebook if done.claim is not None else ""
