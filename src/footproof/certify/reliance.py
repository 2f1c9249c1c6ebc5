"""What the verification statements behind a case say: which stand for it, and which its evidence may name.

ISO/IEC 17029, 9.7; ISO/IEC 17065, 7.4.5 for results that were there before the application.
"""

from collections.abc import Collection, Iterator

from footproof.certify.case import Case, Evidence
from footproof.certify.certificate import Certified
from footproof.certify.impartiality import cases_of
from footproof.certify.materiality import need_ceiling
from footproof.certify.record import World, need
from footproof.certify.refusals import refuse
from footproof.certify.verifications import Verification
from footproof.model.engagement import Engagement, State
from footproof.model.scheme import Scheme

NAMED_APART = (PACKAGE, STATEMENT) = ("package", "verification-statement")
"""Kinds of evidence that are no documents of their own: `need_named` says which of them a case may name."""


def need_statement(world: World, case: Case, name: str) -> Verification:
    """Return a verification whose statement stands for the package of a case.

    It was made for the case by its body, or the agreement names it as an earlier one of the client that is taken over;
    such a one was agreed before there was a case, so it is held to what the case is about and what its scheme asks.

    Raises:
        FootproofError: E-CASE-UNKNOWN, E-STATEMENT-CASE for another case, package, category or place,
            E-STATEMENT-STATE, E-STATEMENT-ASSURANCE, E-VERIFY-CEILING.
    """
    found = need(world, Verification, name)
    done = found.engagement
    reused = case.terms is not None and name in case.terms.reused
    own = (found.case, found.body) == (case.id, case.body)
    earlier = (done.client, found.case) == (case.client, "") and _same_object(done, case)
    if not (earlier if reused else own) or done.claim is None or done.claim.package != case.package:
        raise refuse("E-STATEMENT-CASE", "I1", "verification", id=name[:100])
    if done.state is not State.ISSUED:
        raise refuse("E-STATEMENT-STATE", "ISO/IEC 17029, 9.7", "verification", found=done.state.value)
    if reused:
        need_assured(done, world.scheme(case.scheme), "verification")
    return found


def need_assured(done: Engagement, scheme: Scheme, where: str) -> None:
    """Refuse to rely on a verification that is looser than those of a scheme, in level of assurance or materiality.

    Args:
        done: A verification that was agreed without the scheme.
        scheme: That of the case that relies on it.
        where: Field that names it.

    Raises:
        FootproofError: E-STATEMENT-ASSURANCE, E-VERIFY-CEILING.
    """
    need_level(done, {one.level_of_assurance for one in scheme.activities if one.statement}, where)
    if done.materiality is not None and done.assurance is not None:
        need_ceiling(done.materiality, done.assurance, scheme, where)


def need_level(done: Engagement, levels: Collection[str], where: str) -> None:
    """Refuse a verification of another level of assurance than is asked for; an empty one asks for none.

    Raises:
        FootproofError: E-STATEMENT-ASSURANCE.
    """
    if levels and "" not in levels and done.assurance not in levels:
        needed = tuple(sorted(levels))
        raise refuse("E-STATEMENT-ASSURANCE", "ISO/IEC 17029, 9.7", where, needed=needed)


def _same_object(done: Engagement, case: Case) -> bool:
    about = case.subject
    return (done.category, done.site, done.place) == (about.category, about.site, about.place)


def need_named(world: World, case: Case, evidence: tuple[Evidence, ...]) -> None:
    """Refuse evidence that names another package than that of the case, or a statement on something else (I1).

    Raises:
        FootproofError: E-EVIDENCE-CASE.
    """
    for one in evidence:
        if one.kind == PACKAGE:
            known = {case.package}
        elif one.kind == STATEMENT:
            known = statements_of(world, case)
        else:
            continue
        if one.digest not in known:
            raise refuse("E-EVIDENCE-CASE", "I1", "evidence", kind=one.kind, found=one.digest)


def statements_of(world: World, case: Case) -> set[str]:
    """Return the statements on the package of a case: its own, or those the certificate got its figure by."""
    return {
        done.statement
        for one in _line_of(world, case)
        for done in one.activities
        if done.statement and done.package == case.package
    }


def _line_of(world: World, case: Case) -> Iterator[Case]:
    """Yield a case and those of the certificate that it is about."""
    yield case
    yield from line_of(world, case.certificate)


def line_of(world: World, number: str) -> Iterator[Case]:
    """Yield the cases about a certificate, and about the one before where it was transferred or renewed.

    Args:
        world: What is known.
        number: Of the certificate; empty for none.
    """
    while number:
        found = need(world, Certified, number)
        yield from cases_of(world, found)
        issued = found.former[0].case if found.former else found.held.case
        number = need(world, Case, issued).certificate
