"""What the verification statements behind a case say: which stand for it, and which its evidence may name.

ISO/IEC 17029, 9.7; ISO/IEC 17065, 7.4.5 for results that were there before the application.
"""

from collections.abc import Iterator

from footproof.certify.case import Case, Evidence
from footproof.certify.certificate import Certified
from footproof.certify.impartiality import cases_of
from footproof.certify.record import World, need
from footproof.certify.refusals import refuse
from footproof.certify.verifications import Verification
from footproof.model.engagement import State

NAMED_APART = (PACKAGE, STATEMENT) = ("package", "verification-statement")
"""Kinds of evidence that are no documents of their own: `need_named` says which of them a case may name."""


def need_statement(world: World, case: Case, name: str) -> Verification:
    """Return a verification whose statement stands for the package of a case.

    It was made for the case by its body, or the agreement names it as an earlier one of the client that is taken over.

    Raises:
        FootproofError: E-CASE-UNKNOWN, E-STATEMENT-CASE for another case or package, E-STATEMENT-STATE.
    """
    found = need(world, Verification, name)
    done = found.engagement
    reused = case.terms is not None and name in case.terms.reused
    own, earlier = (found.case, found.body) == (case.id, case.body), (done.client, found.case) == (case.client, "")
    if not (earlier if reused else own) or done.claim is None or done.claim.package != case.package:
        raise refuse("E-STATEMENT-CASE", "I1", "verification", id=name[:100])
    if done.state is not State.ISSUED:
        raise refuse("E-STATEMENT-STATE", "ISO/IEC 17029, 9.7", "verification", found=done.state.value)
    return found


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
    """Yield a case and those about its certificate, and about the one before where it was transferred or renewed."""
    yield case
    number = case.certificate
    while number:
        found = need(world, Certified, number)
        yield from cases_of(world, found)
        issued = found.former[0].case if found.former else found.held.case
        number = need(world, Case, issued).certificate
