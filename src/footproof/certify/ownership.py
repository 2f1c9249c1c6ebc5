"""Who controls whom: a body or laboratory and a client under one owner are bound, whoever works there.

ISO/IEC 17065, 4.2; ISO/IEC 17029, 5.3. The registrar states owners with share and first day, as a register of companies
has them; from one half on a share is control, and what somebody controls holds its shares for them: what one
organisation and all that it controls own at once is added up. Owners are followed upwards from both.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
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
MOST = 200
"""So many organisations are followed upwards from one; whose owners go on beyond that is not shown to be free."""

Shares = Mapping[str, tuple[Owner, ...]]
"""Who owns parts of an organisation, by its id."""


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
        FootproofError: E-OWNER-CHAIN where it has more owners, and owners of owners, than are followed.
    """
    above = _shares_above(world, organisation, day, months)
    return frozenset(one for one in above if organisation in _controlled(above, one))


def _shares_above(world: World, organisation: str, day: date, months: int) -> Shares:
    """Return the shares in an organisation, in its owners, in theirs, and so on; a small one may count with others."""
    above: dict[str, tuple[Owner, ...]] = {}
    asked = {organisation}
    while asked:
        name = asked.pop()
        record = world.find(Organisation, name)
        owners = record.owners if record is not None else ()
        above[name] = tuple(one for one in owners if _counts(one, day, months))
        asked |= {one.organisation for one in above[name]} - above.keys()
        if len(above) + len(asked) > MOST:
            raise refuse("E-OWNER-CHAIN", CLAUSE, "organisation", organisation=organisation, most=MOST)
    return above


def _counts(one: Owner, day: date, months: int) -> bool:
    return one.first <= day and (one.last is None or day <= add_months(one.last, months))


def _controlled(above: Shares, owner: str) -> frozenset[str]:
    """Return what an organisation controls, itself included: all of which it and what it controls hold one half.

    The set only grows and has an end, so circles of owners end too, and the order of owners does not matter.
    """
    owned_by: dict[str, set[str]] = defaultdict(set)
    for name, owners in above.items():
        for one in owners:
            owned_by[one.organisation].add(name)
    found, asked = {owner}, set(owned_by[owner])
    while asked:
        name = asked.pop()
        if name not in found and _held([one for one in above[name] if one.organisation in found]) >= CONTROL:
            found.add(name)
            asked |= owned_by[name]
    return frozenset(found)


def _held(shares: Collection[Owner]) -> Decimal:
    """Return the most that shares ever came to on one day, which is a day on which one of them began."""
    return max((_held_on(shares, one.first) for one in shares), default=Decimal(0))


def _held_on(shares: Collection[Owner], day: date) -> Decimal:
    """Return what shares came to at the end of a day; of two that are stated for one owner the larger counts.

    What ended that day was sold by then, so a part that passes on counts once; what began that day counts anyway.
    """
    held = [one for one in shares if one.first == day or (one.first < day and (one.last is None or day < one.last))]
    largest = {one.organisation: one.share for one in sorted(held, key=lambda one: one.share)}
    return sum(largest.values(), Decimal(0))


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
