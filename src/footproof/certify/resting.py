"""What rests on the statement of a verification, and what happens to it when the statement does not stand any more.

ISO 14064-3:2019, clause 10; ISO/IEC 17029, 9.8. The case of a verification is known to it. Whatever else rests on its
statement is written down there when it comes to rest on it: a certificate that took the statement over or whose base it
verified, a declaration that it confirmed. So who has to hear of it is known without a search.
"""

from collections.abc import Iterator
from datetime import date

from footproof.certify.case import Case
from footproof.certify.certificate import LIVING, Certified
from footproof.certify.declaration import Declaration, StatementLost
from footproof.certify.impartiality import latest
from footproof.certify.record import Step, Steps, World, need
from footproof.certify.reliance import line_of
from footproof.certify.surveillance import DecisionDue
from footproof.certify.verifications import Resting, StatementReliedOn, Verification


def relying(world: World, case: Case, number: str) -> Steps:
    """Return that the verifications behind a decision, beside those of the case itself, learn of the certificate.

    Args:
        world: What is known.
        case: The case that is decided.
        number: Of its certificate.
    """
    names = dict.fromkeys(_behind(world, case))
    world.fetch(names)
    others = [name for name in names if need(world, Verification, name).case != case.id]
    return tuple(step for name in others for step in relied_on(world, name, Resting(Certified.stream, number)))


def relied_on(world: World, name: str, resting: Resting) -> Steps:
    """Return that a verification learns what rests on its statement, where it does not know yet.

    Args:
        world: What is known.
        name: Id of the verification.
        resting: What rests on it.
    """
    known = need(world, Verification, name).resting or ()
    return () if resting in known else (Step(Verification, name, StatementReliedOn(resting)),)


def fallen(world: World, found: Verification, outcome: str, day: date) -> Steps:
    """Return what follows where a statement is withdrawn or revised: open questions, and marks on declarations.

    Args:
        world: What is known.
        found: The verification.
        outcome: "withdrawn" or "revised".
        day: Today; what does not live any more is not asked about.
    """
    resting = found.resting or ()
    world.fetch([one.id for one in resting])
    numbers = (_own(world, found), *(one.id for one in resting if one.record == Certified.stream))
    living = (one for one in (latest(world, number) for number in numbers) if one is not None)
    asked = dict.fromkeys(one.id for one in living if one.standing(day) in LIVING)
    named = (need(world, Declaration, one.id) for one in resting if one.record == Declaration.stream)
    marked = (one.id for one in named if one.verification == found.id)
    due, lost = DecisionDue(f"statement {found.id}"), StatementLost(found.id, outcome)
    return (*(Step(Certified, one, due) for one in asked), *(Step(Declaration, one, lost) for one in marked))


def _own(world: World, found: Verification) -> str:
    """Return the number of the certificate that the case of a verification was decided on; empty without one."""
    case = need(world, Case, found.case) if found.case else None
    return case.decision.certificate if case is not None and case.decision is not None else ""


def _behind(world: World, case: Case) -> Iterator[str]:
    """Yield the verifications that a case rests on: those of its work, and those by which its base is believed."""
    yield from (one.verification for one in case.current if one.verification)
    base = case.base
    if base is None:
        return
    if base.verification:
        yield base.verification
    if base.certificate:
        world.fetch(need(world, Certified, base.certificate).closed)
    for earlier in line_of(world, base.certificate):
        yield from (one.verification for one in earlier.activities if one.verification and one.package == base.package)
