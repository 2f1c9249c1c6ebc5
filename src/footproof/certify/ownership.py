"""Who controls whom: a body or laboratory and a client under one owner are bound, whoever works there.

ISO/IEC 17065, 4.2; ISO/IEC 17029, 5.3. The registrar states owners with share and first day, as a register of companies
has them; a share from one half on is control. Chains of control are followed upwards from both.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar

from footproof.certify.forms import Name
from footproof.certify.operation import Operation
from footproof.certify.people import Organisation, Owner
from footproof.certify.record import Actor, Event, Stamp, Step, Steps, World, need
from footproof.certify.refusals import refuse
from footproof.certify.scheme import add_months
from footproof.model.days import legal_day

CLAUSE = "ISO/IEC 17065, 4.2"
CONTROL = Decimal("0.5")
"""Share from which an owner controls: a rule of ours, no text that we hold gives a figure. [1]"""
MOST = 50
"""So many organisations are followed upwards from one; whose owners go on beyond that is not shown to be free."""


@dataclass(frozen=True, slots=True)
class OwnerStated(Event[Organisation]):
    """Somebody owns a part of an organisation."""

    kind: ClassVar[str] = "owner.stated"
    owner: Owner

    def apply(self, record: Organisation, _: Stamp) -> Organisation:
        """Return the organisation with the owner."""
        return replace(record, owners=(*record.owners, self.owner))


@dataclass(frozen=True, slots=True)
class OwnerEnded(Event[Organisation]):
    """Somebody owns that part no more; `last` is the last day."""

    kind: ClassVar[str] = "owner.ended"
    owner: Name
    last: date

    def apply(self, record: Organisation, _: Stamp) -> Organisation:
        """Return the organisation whose owner has an end."""
        owners = (replace(one, last=self.last) if self.ends(one) else one for one in record.owners)
        return replace(record, owners=tuple(owners))

    def ends(self, one: Owner) -> bool:
        """Tell whether this ends a share."""
        return one.organisation == self.owner and one.last is None


@dataclass(frozen=True, slots=True)
class StateOwner(Operation):
    """State who owns a part of an organisation; another share is stated after the end of the one before."""

    name: ClassVar[str] = "organisations.state-owner"
    path: ClassVar[str] = "organisations/{organisation}/owners"
    roles: ClassVar[tuple[str, ...]] = ("registrar",)
    clause: ClassVar[str] = CLAUSE
    organisation: Name
    owner: Name
    share: Decimal
    first: date

    def steps(self, world: World, _: Actor, at: datetime) -> Steps:
        """Return the share."""
        found, day = need(world, Organisation, self.organisation), legal_day(at)
        need(world, Organisation, self.owner)
        if self.first > day:
            raise refuse("E-CASE-DATES", "I18", "first", found=self.first.isoformat())
        owned = [one for one in found.owners if one.last is None]
        if any(one.organisation == self.owner for one in owned):
            raise refuse("E-CASE-EXISTS", CLAUSE, "owner", record="owner", id=self.owner)
        left = 1 - sum((one.share for one in owned), Decimal(0))
        if not self.share.is_finite() or not 0 < self.share <= left or self.owner == self.organisation:
            raise refuse("E-OWNER-SHARE", CLAUSE, "share", found=self.share, left=left, organisation=self.organisation)
        return (Step(Organisation, self.organisation, OwnerStated(Owner(self.owner, self.share, self.first))),)


@dataclass(frozen=True, slots=True)
class EndOwner(Operation):
    """State that somebody owns a part of an organisation no more, after today."""

    name: ClassVar[str] = "organisations.end-owner"
    path: ClassVar[str] = "organisations/{organisation}/owners/end"
    roles: ClassVar[tuple[str, ...]] = ("registrar",)
    clause: ClassVar[str] = CLAUSE
    organisation: Name
    owner: Name

    def steps(self, world: World, _: Actor, at: datetime) -> Steps:
        """Return the end."""
        event = OwnerEnded(self.owner, legal_day(at))
        if not any(event.ends(one) for one in need(world, Organisation, self.organisation).owners):
            raise refuse("E-CASE-UNKNOWN", CLAUSE, "owner", record="owner", id=self.owner)
        return (Step(Organisation, self.organisation, event),)


def controllers(world: World, organisation: str, day: date, months: int) -> frozenset[str]:
    """Return an organisation and all that control it, through others too.

    Args:
        world: What is known.
        organisation: Id.
        day: The day.
        months: How long control counts after its end. [month]

    Raises:
        FootproofError: E-OWNER-CHAIN where there are more of them than are followed.
    """
    found, asked = {organisation}, [organisation]
    while asked:
        record = world.find(Organisation, asked.pop())
        for one in record.owners if record is not None else ():
            if one.share >= CONTROL and _counts(one, day, months) and one.organisation not in found:
                found.add(one.organisation)
                asked.append(one.organisation)
        if len(found) > MOST:
            raise refuse("E-OWNER-CHAIN", CLAUSE, "organisation", organisation=organisation, most=MOST)
    return frozenset(found)


def _counts(one: Owner, day: date, months: int) -> bool:
    return one.first <= day and (one.last is None or day <= add_months(one.last, months))


def need_unowned(world: World, organisation: str, client: str, day: date, months: int) -> None:
    """Refuse a body or laboratory that one owner controls together with the client, or of which one controls the other.

    Args:
        world: What is known.
        organisation: Id of the body or laboratory.
        client: Id of the client.
        day: The day.
        months: How long control counts after its end. [month]

    Raises:
        FootproofError: E-BODY-OWNED; as `controllers`.
    """
    common = controllers(world, organisation, day, months) & controllers(world, client, day, months)
    if common:
        nearest = next((one for one in (organisation, client) if one in common), min(common))
        raise refuse("E-BODY-OWNED", CLAUSE, "organisation", organisation=organisation, client=client, owner=nearest)
