"""A small world told deed by deed, each deed asked of the operations at its time: what the core says of each."""

from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from footproof.certify.memory import MemoryWorld
from footproof.certify.operation import carry_out
from footproof.certify.record import Recomputed
from footproof.errors import FootproofError
from footproof.server.world.batteries import Calculated
from footproof.server.world.cast import Cast, Deed, maker_deeds
from footproof.server.world.declared import DeclarationStory, Declaring, declarers, lists
from footproof.server.world.engaged import register_of
from footproof.server.world.history import Made, Story, recomputed, register
from footproof.server.world.plan import BODIES, Life, Plan, make_plan
from footproof.server.world.shape import shape

UNTIL = date(2026, 11, 22)
Teller = Life | Declaring | None
"""Of what a deed is: a life, a declaration, or neither."""
COUNT = 500


class _World(MemoryWorld):
    """A world that gives the place in the lists which the deed was told with."""

    given = 0

    def place(self) -> int:
        return self.given


@dataclass
class Replayed:
    """What came of it.

    Args:
        plan: Of the world.
        cast: Who is there.
        world: As it is in the end; what was refused was kept too, as an imported history.
        refused: Deeds that were refused, with the life or declaration and the code.
        changed: Deeds that were allowed but lead to other events, with the same.
        asked: How many deeds.
        made: Packages by digest.
        calculated: Those of declarations by digest.
    """

    plan: Plan
    cast: Cast
    world: MemoryWorld
    refused: list[tuple[Deed, Teller, str]]
    changed: list[tuple[Deed, Teller]]
    asked: int
    made: dict[str, Made]
    calculated: dict[str, Calculated]


def declared(plan: Plan, cast: Cast) -> tuple[list[tuple[Deed, Teller]], dict[str, Calculated]]:
    """Return the deeds of declarations, and their packages."""
    found: list[tuple[Deed, Teller]] = []
    made: dict[str, Calculated] = {}
    for maker in declarers(plan):
        found += [(deed, None) for deed in lists(plan, maker)]
        for one in maker.declarations:
            story = DeclarationStory(cast, one)
            found += [(deed, one) for deed in story.deeds()]
            made |= story.made
    return found, made


def told(plan: Plan, cast: Cast) -> tuple[list[tuple[Deed, Teller]], dict[str, Made]]:
    """Return all deeds of a world but those of declarations, in the order of time, and its packages."""
    found: list[tuple[Any, ...]] = [(one.at, -1, place, one) for place, one in enumerate(cast.deeds())]
    for client in range(plan.makers):
        found += [
            (one.at, -1, 10**6 + client * 100 + place, one) for place, one in enumerate(maker_deeds(plan, client))
        ]
    made: dict[str, Made] = {}
    for life in plan.lives:
        story = Story(cast, life, lambda order: order)
        found += [(one.at, life.index, place, one) for place, one in enumerate(story.deeds())]
        made |= story.made
    found.sort(key=lambda one: one[:3])
    return [(one[3], plan.lives[one[1]] if one[1] >= 0 else None) for one in found], made


@cache
def replayed(count: int = COUNT, seed: int = 1) -> Replayed:
    """Return a world whose every deed was asked of the operations."""
    plan = make_plan(count, seed, UNTIL)
    cast = Cast(plan, tuple(f"did:example:body-{number + 1:02d}" for number in range(BODIES)))
    deeds, made = told(plan, cast)
    more, packs = declared(plan, cast)
    packages: dict[str, Recomputed] = {digest: recomputed(one) for digest, one in made.items()}
    packages |= {digest: one.came for digest, one in packs.items()}
    risks = {digest: register(one) for digest, one in made.items()}
    risks |= {digest: register_of(one.terms) for digest, one in packs.items()}
    world = _World(shape().schemes(), packages, risks, {digest: one.stated for digest, one in packs.items()})
    found = Replayed(plan, cast, world, [], [], 0, made, packs)
    for deed, life in sorted([*deeds, *more], key=lambda one: one[0].at):
        if deed.operation is not None:
            found.asked += 1
            helds = [step.event.held for step in deed.steps if hasattr(step.event, "held")]
            world.given = helds[0].place if helds else 0
            try:
                if carry_out(world, deed.operation, deed.by, deed.at) != deed.steps:
                    found.changed.append((deed, life))
            except FootproofError as refusal:
                found.refused.append((deed, life, refusal.code))
        world.commit(deed.steps, deed.by, deed.at)
    return found
