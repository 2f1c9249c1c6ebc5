"""What the register grants a body, as the record that everybody is shown: an accreditation or an approval.

A grant that no such record can state is refused when it is given, since what is recognised is published for all bodies
together. ISO/IEC 17011, 7.8 (what accreditation documents say) and 7.11 (changes of scopes).
"""

from dataclasses import replace
from datetime import date
from typing import TypeVar

from footproof.certify.people import Grant, Organisation
from footproof.model.certificate import Party
from footproof.model.recognition import Accreditation, Approval, Change, Scope

P = TypeVar("P", Scope, Change)


def attestation(holder: Organisation, grant: Grant, giver: Party, name: str, day: date) -> Accreditation:
    """Return the record that states a grant.

    Args:
        holder: Body or laboratory that has the grant.
        grant: What it was granted, with all changes.
        giver: Who states it.
        name: Of the record.
        day: On which it becomes public; nothing in it is dated back.

    Raises:
        FootproofError: E-RECOG-FIELD where no record can state it: without a scope, two scopes of one name, a change of
            a scope that is not there.
    """
    kind = Approval if grant.kind == Approval.KIND else Accreditation
    return kind(
        id=name,
        giver=giver,
        holder=Party(holder.id, holder.name),
        number=grant.number,
        known=day,
        scopes=tuple(_not_before(one, day) for one in grant.scopes),
        changes=tuple(_not_before(one, day) for one in grant.changes),
        stated_by=giver.id,
    )


def _not_before(part: P, day: date) -> P:
    return replace(part, known=max(part.known, day))
