"""The statement of a verification, made from its records: nobody types in what was found, by whom, or for whom.

ISO/IEC 17029, 9.7; ISO 14064-3:2019, clause 9. People stand in it under their pseudonyms; who prints it puts the names.
"""

from datetime import date

from footproof.certify.people import Organisation
from footproof.certify.record import World, need
from footproof.certify.verifications import Verification
from footproof.certify.verifiers import accreditation_of
from footproof.errors import FootproofError
from footproof.model.bilingual import Bilingual
from footproof.model.engagement import Body, State, Statement


def statement_of(world: World, found: Verification, day: date) -> Statement:
    """Return the statement that an engagement leads to, or led to.

    Args:
        world: What is known.
        found: Engagement that is decided.
        day: Day of the statement.

    Raises:
        FootproofError: E-VERIFY-INCOMPLETE where nobody is on the team or nothing is said of the work.
    """
    done, body = found.engagement, need(world, Organisation, found.body)
    before = found.statements if done.state is State.DECIDED else found.statements[:-1]
    if done.team is None or done.work is None:
        raise FootproofError("E-VERIFY-INCOMPLETE", missing="team, work")
    return Statement(
        number=f"{found.id}/{done.version}",
        issued=day,
        addressee=need(world, Organisation, done.client).name,
        engagement=done,
        body=_body(body, accreditation_of(world, found, day)),
        leader=done.team.leader,
        reviewer=done.reviewer,
        work=done.work,
        replaces=before[-1].digest if before else "",
    )


def _body(body: Organisation, accreditation: str) -> Body:
    return Body(body.name, Bilingual(body.place, body.place), accreditation, body.demonstration)
