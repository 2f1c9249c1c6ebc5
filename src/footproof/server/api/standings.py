"""How claims of neutrality stand on a day: it follows from the certificates they rest on, and is written nowhere."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from footproof.certify.certificate import Certified
from footproof.certify.neutrality_operations import claim_standing
from footproof.server.accounts import here
from footproof.server.api.policy import Reader
from footproof.server.api.readings import Read
from footproof.server.store.unit import Unit


def with_standing(reader: Reader, claims: Sequence[Read], day: date) -> list[dict[str, Any]]:
    """Return claims as somebody sees them, each with how it stands; None before the day it was made.

    Args:
        reader: Who may read all of them.
        claims: Records of `Neutrality`.
        day: Day of the standing.
    """
    world = here.world()
    _fetch_chains(world, [one.record.claim.footprint.certificate for one in claims])
    return [
        {**one.seen(reader), "on": day.isoformat(), "standing": _standing(world, one.record, day)} for one in claims
    ]


def _standing(world: Unit, found: Any, day: date) -> str | None:
    return claim_standing(world, found, day).value if found.claim.on <= day else None


def _fetch_chains(world: Unit, numbers: Sequence[str]) -> None:
    """Read certificates and those that took their place, each step of all of them at once."""
    while numbers:
        world.fetch(numbers)
        found = [world.find(Certified, number) for number in numbers]
        numbers = [one.replaced_by for one in found if one is not None and one.replaced_by]
