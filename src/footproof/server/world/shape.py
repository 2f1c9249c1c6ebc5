"""The shape of the world as data: provinces, categories with bands of values, schemes, each with a weight."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib import resources

from footproof.certify.scheme import load_scheme
from footproof.model.bilingual import Bilingual
from footproof.model.scheme import Scheme


@dataclass(frozen=True, slots=True)
class Province:
    """A province.

    Args:
        code: ISO 3166-2.
        weight: How many sites lie there, relative to others.
        grid: Invented factor of its grid power. [kg CO2e / kWh]
    """

    code: str
    weight: int
    grid: Decimal


@dataclass(frozen=True, slots=True)
class Kind:
    """A category of products.

    Args:
        code: `list:code`.
        unit: Declared unit.
        low: Lowest plausible footprint. [kg CO2e / unit]
        high: Highest. [kg CO2e / unit]
        weight: How many certificates, relative to others.
        word: What such makers call themselves.
        material: What the main input is.
        factor: Of the main input. [kg CO2e / kg]
        source: Where the band comes from, or "invented".
    """

    code: str
    unit: str
    low: Decimal
    high: Decimal
    weight: int
    word: Bilingual
    material: Bilingual
    factor: Decimal
    source: str


@dataclass(frozen=True, slots=True)
class Offer:
    """A scheme edition in the world.

    Args:
        scheme: The edition as shipped.
        weight: How many certificates, relative to others.
        category: Category of all its certificates; empty where they have one of the products.
        facts: What cases declare.
    """

    scheme: Scheme
    weight: int
    category: str
    facts: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Shape:
    """All of it; `outside` is a province in which no body of the pilot may certify."""

    provinces: tuple[Province, ...]
    outside: str
    kinds: tuple[Kind, ...]
    offers: tuple[Offer, ...]

    def kind(self, category: str) -> Kind:
        """Return the category of a product; materials that are no category of their own are like the last one."""
        return next((one for one in self.kinds if one.code == category), self.kinds[-1])

    def offer(self, scheme: str) -> Offer:
        """Return a scheme by `id@edition`."""
        return next(one for one in self.offers if one.scheme.name == scheme)

    def schemes(self) -> Mapping[str, Scheme]:
        """Return the editions by `id@edition`."""
        return {one.scheme.name: one.scheme for one in self.offers}


@cache
def shape() -> Shape:
    """Return the shape that comes with footproof."""
    data = tomllib.loads((resources.files("footproof.server.world") / "shape.toml").read_text("utf-8"))
    return Shape(
        provinces=tuple(Province(one["code"], one["weight"], Decimal(one["grid"])) for one in data["provinces"]),
        outside=data["outside"],
        kinds=tuple(
            Kind(
                code=one["code"],
                unit=one["unit"],
                low=Decimal(one["low"]),
                high=Decimal(one["high"]),
                weight=one["weight"],
                word=Bilingual(**one["word"]),
                material=Bilingual(**one["material"]),
                factor=Decimal(one["factor"]),
                source=one["source"],
            )
            for one in data["category"]
        ),
        offers=tuple(
            Offer(load_scheme(one["name"]), one["weight"], one.get("category", ""), tuple(one["facts"].items()))
            for one in data["scheme"]
        ),
    )
