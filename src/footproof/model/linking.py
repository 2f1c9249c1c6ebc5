"""How a person steers the making of a system from a database: suppliers, allocation, what is left out, roles, tags.

Everything here is a choice, not a fact of the database; the choices made are part of what an intensity set names.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Preference(StrEnum):
    """How one supplier, or a mix, is found where several make the same product; applied one after the other.

    `location` keeps those at the place of the user, else those of the whole world. `market` keeps market mixes. `unit`
    keeps unit processes. `equal` mixes what is left in equal parts, `leave` links nothing unless one is left.
    """

    LOCATION = "location"
    MARKET = "market"
    UNIT = "unit"
    EQUAL = "equal"
    LEAVE = "leave"


class AllocationMethod(StrEnum):
    """How the burdens of a process are shared between what it makes (ISO 14044, 4.3.4).

    `given` takes the shares of the file, `shares` those of the person. `mass` and `energy` need all products in such
    units, `economic` needs prices or economic shares of the file. `cut-off` gives all to the reference product and lets
    the others leave free. `substitution` gives all to the reference product and credits what others need not make.
    """

    GIVEN = "given"
    SHARES = "shares"
    MASS = "mass"
    ENERGY = "energy"
    ECONOMIC = "economic"
    CUT_OFF = "cut-off"
    SUBSTITUTION = "substitution"


class Role(StrEnum):
    """What a dataset may stand for in a formula of recycling or of electricity."""

    VIRGIN = "virgin"
    RECYCLED = "recycled"
    MARKET_MIX = "market mix"
    DISPOSAL = "disposal"


@dataclass(frozen=True, slots=True)
class SupplierChoice:
    """Who supplies a flow.

    Args:
        flow: Id or name of the flow.
        shares: Share by dataset id; they sum to 1. Empty: nobody, the input stays unlinked. [1]
        user: Id of the dataset it holds for; all if empty.
        location: Location of the users it holds for; all if empty.
    """

    flow: str
    shares: Mapping[str, float]
    user: str = ""
    location: str = ""


@dataclass(frozen=True, slots=True)
class AllocationChoice:
    """How one dataset is allocated.

    Args:
        dataset: Its id.
        method: Method.
        weights: Share (`shares`) or price per unit of the flow (`economic`) by flow id or name.
    """

    dataset: str
    method: AllocationMethod
    weights: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Exclusion:
    """What is left out of the system; who uses it finds it among the unlinked inputs.

    Args:
        dataset: Id of one dataset, or empty.
        kind: A `DatasetKind` value, or empty: all datasets of that kind.
        reason: Why, for the reader of the record.
    """

    dataset: str = ""
    kind: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Settings:
    """All choices for one database.

    Args:
        several: What to prefer where several datasets make a flow, in this order.
        match_names: Whether an input without supplier may be linked to a product of the same name and unit.
        allocation: Methods to try for a dataset with several products, in this order; the last must always work.
        suppliers: Choices for single flows; the first that fits holds.
        allocations: Choices for single datasets, by id.
        exclusions: What is left out.
        roles: Role by dataset id; goes before what the name says.
        tags: Dataset ids by tag; where a tag is named, it goes before what the name says.
    """

    several: tuple[Preference, ...] = (Preference.LOCATION, Preference.MARKET, Preference.EQUAL)
    match_names: bool = True
    allocation: tuple[AllocationMethod, ...] = (
        AllocationMethod.GIVEN,
        AllocationMethod.MASS,
        AllocationMethod.ENERGY,
        AllocationMethod.CUT_OFF,
    )
    suppliers: tuple[SupplierChoice, ...] = ()
    allocations: Mapping[str, AllocationChoice] = field(default_factory=dict)
    exclusions: tuple[Exclusion, ...] = ()
    roles: Mapping[str, Role] = field(default_factory=dict)
    tags: Mapping[str, frozenset[str]] = field(default_factory=dict)
