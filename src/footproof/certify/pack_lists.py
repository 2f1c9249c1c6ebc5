"""What a maker sells: its list of battery packs, from which follows what it owes under the declaration (MIIT 551/2025).

The maker states it, as it states its models to the authority; each later list takes the place of the one before, which
stays in the journal. A pack is declared as it stands in the list, and once: what was declared of it is corrected, not
declared again.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from footproof.certify.declaration import CLAUSE, Pack
from footproof.certify.forms import Name
from footproof.certify.operation import Operation
from footproof.certify.record import Actor, Beginning, Event, Public, Stamp, Step, Steps, World
from footproof.certify.refusals import need_own, refuse
from footproof.expressions.exact import normalise


@dataclass(frozen=True, slots=True)
class PackList:
    """Every battery pack model that a maker sells.

    Args:
        maker: Id of the organisation, and of the record.
        packs: Its models; each stands there once.
    """

    stream: ClassVar[str] = "pack-list"

    maker: str
    packs: tuple[Pack, ...]

    @property
    def id(self) -> str:
        """Return the id of the maker."""
        return self.maker


@dataclass(frozen=True, slots=True)
class PacksListed(Beginning[PackList]):
    """A maker states for the first time which models it sells."""

    kind: ClassVar[str] = "pack-list.stated"
    maker: Name
    packs: tuple[Pack, ...]

    def begin(self, _: Stamp) -> PackList:
        """Return the list."""
        return PackList(self.maker, self.packs)


@dataclass(frozen=True, slots=True)
class PacksRelisted(Event[PackList]):
    """A maker states anew which models it sells."""

    kind: ClassVar[str] = "pack-list.restated"
    packs: tuple[Pack, ...]

    def apply(self, record: PackList, _: Stamp) -> PackList:
        """Return the list that counts now."""
        return PackList(record.maker, self.packs)


@dataclass(frozen=True, slots=True)
class DeclaredPack:
    """A pack of which a declaration was made; a model that is listed otherwise later on is another pack.

    Args:
        id: See `name`.
        maker: Id of the organisation.
        declaration: Id of the declaration.
    """

    stream: ClassVar[str] = "declared-pack"

    id: str
    maker: str
    declaration: str

    @staticmethod
    def name(pack: Pack) -> str:
        """Return the id of a pack: maker, what it is, and model."""
        return f"{pack.maker} {pack.market} {pack.chemistry} {normalise(pack.energy)} {pack.model}"


@dataclass(frozen=True, slots=True)
class PackDeclared(Beginning[DeclaredPack]):
    """A pack is declared."""

    kind: ClassVar[str] = "pack.declared"
    public: ClassVar[Public] = Public.NO
    id: str
    maker: Name
    declaration: Name

    def begin(self, _: Stamp) -> DeclaredPack:
        """Return what is declared."""
        return DeclaredPack(self.id, self.maker, self.declaration)


@dataclass(frozen=True, slots=True)
class ListPacks(Operation):
    """State every battery pack model that one sells; the list before stays in the journal."""

    name: ClassVar[str] = "pack-lists.state"
    path: ClassVar[str] = "pack-lists"
    roles: ClassVar[tuple[str, ...]] = ("representative",)
    clause: ClassVar[str] = CLAUSE
    packs: tuple[Pack, ...]

    def steps(self, world: World, by: Actor, _: datetime) -> Steps:
        """Return the list."""
        for pack in self.packs:
            need_own(by, pack.maker)
        models = [pack.model for pack in self.packs]
        twice = sorted({one for one in models if models.count(one) > 1})
        if twice or not models:
            raise refuse("E-DECL-LIST", CLAUSE, "packs", found=", ".join(twice)[:200] or "—")
        maker = by.organisation
        known = world.find(PackList, maker) is not None
        event = PacksRelisted(self.packs) if known else PacksListed(maker, self.packs)
        return (Step(PackList, maker, event),)


def need_listed(world: World, pack: Pack) -> None:
    """Refuse a pack that does not stand in the list of its maker as it is declared.

    Raises:
        FootproofError: E-DECL-UNLISTED.
    """
    listed = world.find(PackList, pack.maker)
    if listed is None or pack not in listed.packs:
        found = [one for one in listed.packs if one.model == pack.model] if listed is not None else []
        words = ", ".join(f"{one.energy} kWh {one.chemistry} {one.market}" for one in found) or "—"
        needed = f"{pack.energy} kWh {pack.chemistry} {pack.market}"
        raise refuse("E-DECL-UNLISTED", CLAUSE, "pack", model=pack.model[:80], found=words, needed=needed)


def need_undeclared(world: World, pack: Pack) -> None:
    """Refuse a pack of which there is a declaration: one figure counts for it, and what is wrong there is corrected.

    Raises:
        FootproofError: E-DECL-TWICE.
    """
    found = world.find(DeclaredPack, DeclaredPack.name(pack))
    if found is not None:
        raise refuse("E-DECL-TWICE", CLAUSE, "pack", model=pack.model[:80], declaration=found.declaration)


def declaring(pack: Pack, declaration: str) -> Step:
    """Return that a pack is declared.

    Args:
        pack: The pack.
        declaration: Id of the declaration.
    """
    name = DeclaredPack.name(pack)
    return Step(DeclaredPack, name, PackDeclared(name, pack.maker, declaration))
