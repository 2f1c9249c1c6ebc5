"""Which elementary flows are greenhouse gases, how much of which gas one unit is, and where its carbon comes from.

The engine's `biosphere[flow, process]` is what a process gives off; what it takes from nature is negative there. A gas
counts where it reaches the air; carbon dioxide also where it is taken from the air (a removal: the entry is negative
already) or laid down in soil or standing biomass (a removal: the factor is -1). Gases, names, words and compartments
are data, `gases.toml`: species of IPCC AR6 WGI Table 7.SM.7, names of EF 3.1, ecoinvent, the Federal LCA Commons and
IUPAC. Origins are those of ISO 14067:2018, 7.2; nitrous oxide and fluorinated gases go with fossil, as in EF 3.1,
unless their name says otherwise.
"""

import re
import tomllib
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from importlib import resources
from typing import Any

from footproof.model.dataset import Flow, FlowKind
from footproof.model.parameter import EmissionOrigin

MIXTURE = "CO2e"
_UNVALUED, _MINOR = "unvalued", "minor"
_UNCOUNTED = frozenset({"", _UNVALUED, _MINOR})
_BRACKET = re.compile(r"\[[^\]]*\]\s*$")
_INVERTED = re.compile(r"((?:cyclo)?(?:meth|eth|prop|but|pent|hex|hept|oct)[ae]ne), (.+)")
_TWICE = re.compile(r"(.+?) ?\((.+)\)?")
_NOT_WORD = re.compile(r"[\W_]+")
_CO2E_UNIT = re.compile(r"(.*?) ?co2[ -]?(?:e|eq|equiv|equivalents?)\.?", re.IGNORECASE)
_STORAGE, _UPTAKE = "storage", "uptake"
_GROUND = re.compile(r"\bground\b|\bsubterranean\b|地下", re.IGNORECASE)


class _Place(StrEnum):
    """Where a flow goes to or comes from."""

    AIR = "air"
    FROM_AIR = "from air"
    RESOURCE = "resource"
    WATER = "water"
    SOIL = "soil"
    ELSEWHERE = "elsewhere"
    UNCLEAR = "unclear"
    UNKNOWN = "unknown"


_OPEN = frozenset({_Place.AIR, _Place.UNKNOWN, _Place.UNCLEAR})


@dataclass(frozen=True, slots=True)
class GasFlow:
    """What one unit of an elementary flow is, as a greenhouse gas.

    Args:
        gas: Name as in the GWP sets, such as "CO2", "CH4" or "HFC134a"; "CO2e" where the database counts a mixture so.
        origin: Where the carbon comes from; undifferentiated only for mixtures.
        factor: How much of the gas one unit of the flow is, as given off; negative where giving it off is a removal.
            [kg / unit of the flow]
        assumed: Whether nothing states the origin of the carbon, so that fossil is assumed.
    """

    gas: str
    origin: EmissionOrigin
    factor: float
    assumed: bool = False


@dataclass(frozen=True, slots=True)
class _Said:
    """What the names and the CAS number of a flow say."""

    gas: str
    origin: str = ""
    doubtful: bool = False
    clash: bool = False


@dataclass(frozen=True, slots=True)
class GasTable:
    """Greenhouse gases as databases name them.

    Args:
        cas: Gas by CAS number without leading zeros.
        names: Gas by name without case, blanks and punctuation.
        codes: Gas by designation, such as "hfc134a", which may follow another name after a comma.
        carbon: Gases for which the origin of their carbon matters.
        units: Size of the units of mass. [kg / unit]
        origins: Origin and the phrases that say it, in the order in which they are cut out of a name.
        words: Patterns: "any" origin at all, "neutral", "doubtful", "fluorinated", "suspect" and "unless".
        places: Compartment and its words, in the order in which they decide.
    """

    cas: Mapping[str, str]
    names: Mapping[str, str]
    codes: Mapping[str, str]
    carbon: frozenset[str]
    units: Mapping[str, float]
    origins: tuple[tuple[str, re.Pattern[str]], ...]
    words: Mapping[str, re.Pattern[str]]
    places: tuple[tuple[str, re.Pattern[str]], ...]

    @property
    def gases(self) -> frozenset[str]:
        """Return the names of the gases it can recognise, as in the GWP sets."""
        return frozenset({*self.cas.values(), *self.names.values(), *self.codes.values()} - _UNCOUNTED)

    def recognise(self, flow: Flow) -> GasFlow | None:
        """Return what one unit of a flow is as a greenhouse gas, or None where it counts as none.

        A gas is known by CAS number or by name; where the two differ the name decides (EF 3.1 gives one CAS number to
        four ethers) and `suspects` lists the flow.

        Args:
            flow: A flow of a background database; products and wastes are never gases.
        """
        if flow.kind is not FlowKind.ELEMENTARY:
            return None
        said = self._said(flow)
        if (scale := self._co2e(flow.unit)) is not None:
            return self._mixture(flow, said, scale)
        if said.gas in _UNCOUNTED or said.gas == MIXTURE or said.doubtful:
            return None
        scale = self._mass(flow.unit)
        return None if scale is None else self._counted(said, self._place(flow.category), scale)

    def suspects(self, flows: Iterable[Flow]) -> tuple[Flow, ...]:
        """Return the elementary flows that look like greenhouse gases but are not counted, in the order given.

        They are gases without a value in the GWP sets (a GWP100 below 1 aside), unknown gases and mixtures, gases in a
        unit that is no mass, names of which it is not clear whether anything was given off, carbon dioxide into soil or
        as fossil carbon from the air, and flows whose name and CAS number are of different gases.

        Args:
            flows: Flows of a background database.
        """
        return tuple(flow for flow in flows if flow.kind is FlowKind.ELEMENTARY and self._suspect(flow))

    def _suspect(self, flow: Flow) -> bool:
        said = self._said(flow)
        place = self._place(flow.category)
        if self.recognise(flow) is not None:
            return said.clash
        if place in _OPEN:
            return said.gas != _MINOR and (bool(said.gas) or self._looks_like(flow))
        return said.gas == "CO2" and place in (_Place.SOIL, _Place.FROM_AIR, _Place.RESOURCE)

    def _looks_like(self, flow: Flow) -> bool:
        text = " | ".join(_plain(name) for name in _names(flow))
        found = self.words["suspect"].search(text) or self._co2e(flow.unit) is not None
        return bool(found) and not self.words["unless"].search(text)

    def _said(self, flow: Flow) -> _Said:
        by_cas = self.cas.get(flow.cas.lstrip("0"), "") if flow.cas else ""
        names = [_plain(name) for name in _names(flow)]
        cut = [self._cut(name) for name in names]
        origin = next((word for _, word in cut if word), "")
        by_name = next((gas for text, _ in cut if (gas := self._named(text))), "")
        gas = by_name or by_cas
        doubtful = bool(gas) and any(self.words["doubtful"].search(name) for name in names)
        return _Said(gas, origin, doubtful, bool(by_cas) and gas != by_cas)

    def _cut(self, text: str) -> tuple[str, str]:
        """Return a name without the words on the origin, and the origin they state."""
        found = ""
        if self.words["any"].search(text):
            for origin, pattern in self.origins:
                text, count = pattern.subn(" ", text)
                found = found or (origin if count else "")
            text = self.words["neutral"].sub(" ", text)
        return text.strip(" ,;()-"), found

    def _named(self, text: str) -> str:
        """Return the gas a name stands for: whole, twice ("methane (CH4)"), by designation at its end, or inverted."""
        if gas := self._exactly(text):
            return gas
        twice = _TWICE.fullmatch(text)
        if twice and (gas := self._exactly(twice[1])) and gas == self._exactly(twice[2]):
            return gas
        _, comma, last = text.rpartition(",")
        if comma and (gas := self.codes.get(_key(last), "")):
            return gas
        inverted = _INVERTED.fullmatch(text)
        return self.names.get(_key(inverted[2] + inverted[1]), "") if inverted else ""

    def _exactly(self, text: str) -> str:
        key = _key(text)
        return self.names.get(key) or self.codes.get(key, "")

    def _place(self, category: tuple[str, ...]) -> _Place:
        return _place(self.places, category)

    def _mass(self, unit: str) -> float | None:
        text = " ".join(unit.split())
        found = self.units.get(text)
        return self.units.get(text.casefold()) if found is None and len(text) > 2 else found

    def _co2e(self, unit: str) -> float | None:
        match = _CO2E_UNIT.fullmatch(" ".join(unit.split()))
        return self._mass(match[1]) if match else None

    def _mixture(self, flow: Flow, said: _Said, scale: float) -> GasFlow | None:
        """Return what a flow in CO2e is: one gas or family of known origin, or a sum that nobody can take apart."""
        if self._place(flow.category) not in _OPEN or said.doubtful:
            return None
        if said.gas == MIXTURE:
            stated = said.origin if said.origin in tuple(EmissionOrigin) else EmissionOrigin.UNDIFFERENTIATED
            return GasFlow(MIXTURE, EmissionOrigin(stated), scale)
        if said.gas in _UNCOUNTED:
            fluorinated = self.words["fluorinated"].search(_plain(flow.name))
            return GasFlow(MIXTURE, EmissionOrigin.FOSSIL, scale) if fluorinated else None
        found = self._counted(said, _Place.AIR, scale)
        return found and replace(found, gas=MIXTURE)

    def _counted(self, said: _Said, place: _Place, scale: float) -> GasFlow | None:
        if said.origin == _STORAGE:
            return _stored(said.gas, place, scale)
        if said.origin == _UPTAKE or place is _Place.FROM_AIR:
            return _taken(said, place, scale)
        if place not in _OPEN or (place is _Place.UNCLEAR and said.gas == "CO2"):
            return None
        origin = EmissionOrigin(said.origin or EmissionOrigin.FOSSIL)
        return GasFlow(said.gas, origin, scale, said.gas in self.carbon and not said.origin)


def read_gases(data: bytes) -> GasTable:
    """Return the table that a TOML file holds (its form is that of `gases.toml`).

    Raises:
        ValueError: It is not TOML or not in UTF-8, or two gases share a CAS number, a name or a designation.
        KeyError: A part is missing.
    """
    table = tomllib.loads(data.decode())
    cas, names, codes = _index(table["gas"], table["prefixes"])
    origins = tuple((item["id"], _phrases(item["phrases"])) for item in table["origin"])
    neutral = _phrases(table["words"]["neutral"])
    patterns = {
        "any": "|".join(pattern.pattern for pattern in (*(pattern for _, pattern in origins), neutral)),
        "neutral": neutral.pattern,
        "doubtful": "|".join(map(re.escape, table["words"]["doubtful"])),
        "fluorinated": table["suspect"]["fluorinated"],
        "suspect": "|".join(table["suspect"]["patterns"]),
        "unless": "|".join(table["suspect"]["unless"]),
    }
    return GasTable(
        cas,
        names,
        codes,
        frozenset(item["id"] for item in table["gas"] if item.get("carbon")),
        {unit: float(size) for unit, size in table["units"].items()},
        origins,
        {name: re.compile(pattern) for name, pattern in patterns.items()},
        tuple((item["id"], re.compile(item["pattern"], re.IGNORECASE)) for item in table["place"]),
    )


@lru_cache(maxsize=1)
def shipped_gases() -> GasTable:
    """Return the table that comes with the software."""
    return read_gases(resources.files("footproof.background").joinpath("gases.toml").read_bytes())


def _index(
    gases: Iterable[Mapping[str, Any]], prefixes: Iterable[str]
) -> tuple[Mapping[str, str], Mapping[str, str], Mapping[str, str]]:
    """Return gases by CAS number, by name and by designation."""
    cas: dict[str, str] = {}
    names: dict[str, str] = {}
    codes: dict[str, str] = {}
    for item in gases:
        numbers = [prefix + number for prefix in prefixes for number in item.get("refrigerant", ())]
        _enter(cas, item.get("cas", ()), item["id"], str)
        _enter(names, item.get("names", ()), item["id"], lambda name: _key(_plain(name)))
        _enter(codes, [*item.get("codes", ()), *numbers], item["id"], lambda name: _key(_plain(name)))
    return cas, names, codes


def _enter(index: dict[str, str], items: Iterable[str], gas: str, key: Callable[[str], str]) -> None:
    for item in items:
        if index.setdefault(key(item), gas) != gas:
            raise ValueError(f"{item} stands for {index[key(item)]} and for {gas}")


def _stored(gas: str, place: _Place, scale: float) -> GasFlow | None:
    """Return carbon dioxide laid down in soil or biomass: a negative factor where given off, an entry negative already
    where taken."""
    signs = {_Place.FROM_AIR: 1, _Place.RESOURCE: 1, _Place.AIR: -1, _Place.SOIL: -1, _Place.UNKNOWN: -1}
    if gas != "CO2" or place not in signs:
        return None
    return GasFlow(gas, EmissionOrigin.DLUC, signs[place] * scale)


def _taken(said: _Said, place: _Place, scale: float) -> GasFlow | None:
    """Return carbon dioxide taken from the air: plants take it, unless its name states a change of land use.

    Fossil carbon from the air is a contradiction that EF 3.1 counts as zero and that is left to a person here.
    """
    named = said.origin == _UPTAKE and place in (_Place.RESOURCE, _Place.UNKNOWN)
    if said.gas != "CO2" or said.origin == EmissionOrigin.FOSSIL or not (named or place is _Place.FROM_AIR):
        return None
    origins = (EmissionOrigin.DLUC, EmissionOrigin.LAND_USE)
    origin = EmissionOrigin(said.origin) if said.origin in origins else EmissionOrigin.BIOGENIC_REMOVAL
    return GasFlow(said.gas, origin, scale)


@lru_cache(maxsize=4096)
def _place(places: tuple[tuple[str, re.Pattern[str]], ...], category: tuple[str, ...]) -> _Place:
    text = "/".join(category).casefold()
    found = next((name for name, pattern in places if pattern.search(text)), _Place.UNKNOWN)
    if found != _Place.RESOURCE:
        return _Place(found)
    if _GROUND.search(text):
        return _Place.ELSEWHERE
    return _Place.FROM_AIR if dict(places)[_Place.AIR].search(text) else _Place.RESOURCE


def _names(flow: Flow) -> tuple[str, ...]:
    return (flow.name, *(name for name in flow.names.values() if name != flow.name))


@lru_cache(maxsize=65536)
def _plain(name: str) -> str:
    """Return a name without case, width, double blanks and a remark in brackets at its end, spelt the American way."""
    text = _BRACKET.sub("", unicodedata.normalize("NFKC", name))
    return " ".join(text.casefold().split()).replace("sulph", "sulf")


def _key(text: str) -> str:
    return _NOT_WORD.sub("", text)


def _phrases(phrases: Iterable[str]) -> re.Pattern[str]:
    """Return a pattern for whole phrases, the longest first; Chinese has no blanks between words."""
    bounded = [
        rf"\b{re.escape(phrase)}\b" if phrase.isascii() else re.escape(phrase)
        for phrase in sorted(phrases, key=len, reverse=True)
    ]
    return re.compile("|".join(bounded))
