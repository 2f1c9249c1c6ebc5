"""Published numbers as nouns: what they say, what year they are about, when they became known, who says so.

A parameter has two time axes: the *data year* its value describes and the day it was *published*. A value is
never edited; a later publication supersedes or corrects it from its own day on, so that an answer given as
known on a day stays the same for ever.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

from footproof.model.bilingual import Bilingual


class ParameterKind(StrEnum):
    """What a parameter holds."""

    FACTOR = "factor"
    QUANTITY = "quantity"
    FUEL = "fuel"
    GWP_SET = "gwp-set"


class Confidence(StrEnum):
    """How a number came to us."""

    OFFICIAL = "official"
    SECONDARY = "secondary"
    RECALLED = "recalled"
    DERIVED = "derived"


class FactorQuantity(StrEnum):
    """What a factor measures; life-cycle CO2e and direct CO2 never stand in for each other."""

    LIFE_CYCLE_CO2E = "life-cycle CO2e"
    DIRECT_CO2 = "direct CO2"
    DIRECT_CO2E = "direct CO2e"
    UPSTREAM_CO2E = "upstream CO2e"


class FactorScope(StrEnum):
    """Which part of the chain a factor covers."""

    DIRECT = "direct"
    UPSTREAM = "upstream"
    LIFE_CYCLE = "life cycle"


class FactorRole(StrEnum):
    """What a factor may stand for in a formula of recycling or of electricity."""

    VIRGIN = "virgin"
    RECYCLED = "recycled"
    MARKET_MIX = "market mix"
    DISPOSAL = "disposal"
    SUPPLIER_SPECIFIC = "supplier-specific"


class EmissionOrigin(StrEnum):
    """Where the carbon of an emission or removal comes from."""

    FOSSIL = "fossil"
    BIOGENIC_EMISSION = "biogenic_emission"
    BIOGENIC_REMOVAL = "biogenic_removal"
    DLUC = "dluc"
    LAND_USE = "land_use"
    UNDIFFERENTIATED = "undifferentiated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """One publication of a parameter.

    Args:
        published: Day it became known.
        source: The text that sets it.
        confidence: How the figure came to us.
        data_year: Year the figure describes; absent for what belongs to no year.
        valid_from: First day the publisher wants it used, where the publisher says one.
        published_confidence: How the day came to us.
        note: What a reader of this edition must know.
    """

    published: date
    source: Bilingual
    confidence: Confidence
    data_year: int | None = None
    valid_from: date | None = None
    published_confidence: Confidence = Confidence.SECONDARY
    note: Bilingual | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DatedValue(Edition):
    """One published number. [unit of its parameter]"""

    value: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Fuel(Edition):
    """Defaults of one fuel under one guideline, for mass × NCV × carbon content × oxidation × 44/12.

    Args:
        ncv: Net calorific value. [ncv_unit]
        ncv_unit: Such as "GJ / t".
        carbon: Carbon content of the energy. [carbon_unit]
        carbon_unit: Such as "t C / GJ".
        oxidation: Share of the carbon that becomes CO2, where one figure holds for all devices. [1]
        oxidation_by_device: The same share by combustion device; it goes before `oxidation`. [1]
    """

    ncv: Decimal
    ncv_unit: str
    carbon: Decimal
    carbon_unit: str
    oxidation: Decimal | None = None
    oxidation_by_device: Mapping[str, Decimal]

    def oxidised_share(self, device: str | None = None) -> Decimal | None:
        """Return the oxidised share in a device, or None where the guideline gives none. [1]

        Args:
            device: Key of `oxidation_by_device`; a device it does not list has the general share.
        """
        if device is None:
            return self.oxidation
        return self.oxidation_by_device.get(device, self.oxidation)


@dataclass(frozen=True, slots=True)
class GwpEntry:
    """The global warming potential of one species. [kg CO2e / kg]"""

    value: Decimal
    source: Bilingual
    confidence: Confidence


@dataclass(frozen=True, slots=True, kw_only=True)
class GwpSet(Edition):
    """The global warming potentials of one assessment report, by species."""

    species: Mapping[str, GwpEntry]


AnyEdition = DatedValue | Fuel | GwpSet


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A published number or table with its editions, in the order of publication.

    Args:
        id: Dotted name, such as "cn.electricity.average".
        kind: What an edition holds.
        name: What people call it.
        unit: Unit of the values; of a fuel, the unit of the emission factor its figures make.
        region: Where it holds, such as "CN" or "CN-BJ"; "GLO" for everywhere.
        annual: Whether an edition belongs to a data year.
        editions: At least one.
        file: File it was read from, relative to its folder.
        quantity: What a factor measures.
        scope: Which part of the chain a factor covers.
        role: What a factor may stand for.
        origin: Where the carbon comes from.
        gas: Gas of the mass; CO2e says that it is characterised already.
        guideline: Which set of defaults a fuel belongs to.
        horizon: Time horizon of a set of global warming potentials. [year]
        note: Traps.
    """

    id: str
    kind: ParameterKind
    name: Bilingual
    unit: str
    region: str
    annual: bool
    editions: tuple[AnyEdition, ...]
    file: str
    quantity: FactorQuantity | None = None
    scope: FactorScope | None = None
    role: FactorRole | None = None
    origin: EmissionOrigin | None = None
    gas: str | None = None
    guideline: str | None = None
    horizon: int | None = None
    note: Bilingual | None = None


E = TypeVar("E", bound=Edition)


def as_known(editions: Iterable[E], known_on: date, data_year: int | None = None) -> E | None:
    """Return the edition that holds for a data year as known on a day, or None where there is none.

    The newest data year not after the asked one among those published by the day; of one data year the latest
    publication, so that a correction counts from its own day. Without a data year the newest one counts; for
    editions that belong to no year, the latest publication.

    Args:
        editions: Editions of one parameter, in any order.
        known_on: The day whose knowledge counts.
        data_year: Year the study is about.
    """
    known = [edition for edition in editions if edition.published <= known_on and _serves(edition, data_year)]
    return max(known, key=lambda edition: (edition.data_year or 0, edition.published), default=None)


def first_known(editions: Iterable[Edition], data_year: int | None = None) -> date | None:
    """Return the first day on which `as_known` has an answer, or None where nothing serves the data year."""
    days = [edition.published for edition in editions if _serves(edition, data_year)]
    return min(days, default=None)


def _serves(edition: Edition, data_year: int | None) -> bool:
    return data_year is None or edition.data_year is None or edition.data_year <= data_year
