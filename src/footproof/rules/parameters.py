"""Read parameters from TOML files and choose the value that held for a data year as known on a day.

One file is one parameter; `docs/reference/parameters.md` shows its form. What holds is the newest data year
not after the study's among those published by `known_on`; of one data year, its latest publication.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from footproof.errors import FootproofError, Where
from footproof.formats.toml import Table, read_toml
from footproof.model.bilingual import Bilingual
from footproof.model.parameter import (
    AnyEdition,
    Confidence,
    DatedValue,
    Edition,
    EmissionOrigin,
    FactorQuantity,
    FactorRole,
    FactorScope,
    Fuel,
    GwpEntry,
    GwpSet,
    Parameter,
    ParameterKind,
    as_known,
    first_known,
)

_HEAD = frozenset({"id", "kind", "name", "unit", "region", "annual", "note", "value"})
_KEYS = {
    ParameterKind.FACTOR: _HEAD | {"quantity", "scope", "role", "origin", "gas"},
    ParameterKind.QUANTITY: _HEAD,
    ParameterKind.FUEL: _HEAD | {"guideline", "origin"},
    ParameterKind.GWP_SET: _HEAD | {"horizon", "sources"},
}
_DATED = frozenset({"data_year", "published", "valid_from", "source", "confidence", "published_confidence", "note"})
_FUEL = frozenset({"ncv", "ncv_unit", "carbon", "carbon_unit", "oxidation", "oxidation_by_device"})

E = TypeVar("E", bound=Edition)


def read_parameter(data: bytes, name: str) -> Parameter:
    """Return the parameter that a TOML file describes.

    Args:
        data: The file.
        name: Its name, relative to the folder of parameters.

    Raises:
        FootproofError: E-TOML-SYNTAX, E-TOML-SIZE, E-NUMBER, E-KEY-UNKNOWN, E-KEY-MISSING, E-KEY-TYPE,
            E-KEY-CHOICE and E-TEXT-LANGUAGE where the file has not the form; E-PARAM-DATA-YEAR-KEY where an
            annual value has no data year or another has one; E-PARAM-SAME-DATES where two values share data
            year and publication day, as no choice between them would be right; E-PARAM-ORDER where values do
            not stand in the order of their publication; E-PARAM-RANGE for a value that cannot be.
    """
    values, lines = read_toml(data, name)
    head = Table(values, name, lines)
    kind = head.choice("kind", ParameterKind)
    head.refuse_unknown(_KEYS[kind])
    annual = head.flag("annual")
    sources = _sources(head) if kind is ParameterKind.GWP_SET else {}
    editions = tuple(_edition(kind, table, annual, sources) for table in head.tables("value"))
    _refuse_disorder(editions, head)
    return Parameter(
        id=head.text("id"),
        kind=kind,
        name=_wording(head, "name"),
        unit=head.text("unit"),
        region=head.text("region"),
        annual=annual,
        editions=editions,
        file=name,
        note=_note(head),
        **_traits(kind, head),
    )


class ParameterBook(Mapping[str, Parameter]):
    """Parameters by id.

    Args:
        parameters: Each id once.

    Raises:
        FootproofError: E-PARAM-DUPLICATE where two files claim one id.
    """

    def __init__(self, parameters: Iterable[Parameter]) -> None:
        found: dict[str, Parameter] = {}
        for parameter in parameters:
            if parameter.id in found:
                raise FootproofError(
                    "E-PARAM-DUPLICATE",
                    Where(parameter.file, field="id"),
                    id=parameter.id,
                    other=found[parameter.id].file,
                )
            found[parameter.id] = parameter
        self._found: Mapping[str, Parameter] = MappingProxyType(dict(sorted(found.items())))

    @classmethod
    def read(cls, files: Iterable[tuple[str, bytes]]) -> "ParameterBook":
        """Return the parameters of some files, given as name and bytes.

        Raises:
            FootproofError: As `read_parameter`, and E-PARAM-DUPLICATE.
        """
        return cls(read_parameter(data, name) for name, data in files)

    @classmethod
    def read_folder(cls, folder: Path) -> "ParameterBook":
        """Return the parameters of all TOML files in a folder and below it.

        Raises:
            FootproofError: As `read`.
        """
        return cls.read(_files_in(folder))

    def __getitem__(self, key: str) -> Parameter:
        return self._found[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)

    def parameter(self, key: str) -> Parameter:
        """Return a parameter.

        Raises:
            FootproofError: E-PARAM-UNKNOWN, with the ids most like the one asked for.
        """
        if key not in self._found:
            close = get_close_matches(key, self._found, n=3) or [i for i in self._found if key in i][:3]
            raise FootproofError("E-PARAM-UNKNOWN", id=key, close=", ".join(close) or "-")
        return self._found[key]

    def edition(self, key: str, known_on: date, data_year: int | None = None) -> AnyEdition:
        """Return what held for a data year as known on a day, of a parameter of any kind.

        Args:
            key: Id of the parameter.
            known_on: The day whose knowledge counts.
            data_year: Year the study is about; without it the newest year known counts.

        Raises:
            FootproofError: E-PARAM-UNKNOWN; E-PARAM-NOT-KNOWN where nothing that serves the data year had
                been published by that day; E-PARAM-DATA-YEAR where all values describe later years.
        """
        parameter = self.parameter(key)
        return _chosen(parameter, parameter.editions, known_on, data_year)

    def value(self, key: str, known_on: date, data_year: int | None = None) -> DatedValue:
        """Return the number that held for a data year as known on a day. [unit of the parameter]

        Raises:
            FootproofError: As `edition`, and E-PARAM-KIND for a fuel or a set of global warming potentials.
        """
        return self._of(DatedValue, key, known_on, data_year)

    def fuel(self, key: str, known_on: date, data_year: int | None = None) -> Fuel:
        """Return the defaults of a fuel as known on a day.

        Raises:
            FootproofError: As `edition`, and E-PARAM-KIND for what is not a fuel.
        """
        return self._of(Fuel, key, known_on, data_year)

    def gwp_set(self, key: str, known_on: date) -> GwpSet:
        """Return a set of global warming potentials as known on a day.

        Raises:
            FootproofError: As `edition`, and E-PARAM-KIND for what is not such a set.
        """
        return self._of(GwpSet, key, known_on, None)

    def _of(self, kind: type[E], key: str, known_on: date, data_year: int | None) -> E:
        parameter = self.parameter(key)
        editions = [edition for edition in parameter.editions if isinstance(edition, kind)]
        if not editions:
            raise FootproofError(
                "E-PARAM-KIND", Where(parameter.file, field="kind"), id=key, found=parameter.kind.value
            )
        return _chosen(parameter, editions, known_on, data_year)


@cache
def shipped() -> ParameterBook:
    """Return the parameters that come with footproof."""
    return ParameterBook.read(_files_in(resources.files("footproof") / "params"))


def _chosen(parameter: Parameter, editions: Iterable[E], known_on: date, data_year: int | None) -> E:
    candidates = tuple(editions)
    chosen = as_known(candidates, known_on, data_year)
    if chosen is not None:
        return chosen
    where = Where(parameter.file, field="value")
    first = first_known(candidates, data_year)
    if first is None:
        years = [edition.data_year for edition in candidates if edition.data_year is not None]
        raise FootproofError("E-PARAM-DATA-YEAR", where, id=parameter.id, data_year=data_year, first_year=min(years))
    raise FootproofError("E-PARAM-NOT-KNOWN", where, id=parameter.id, known_on=known_on, first=first)


def _files_in(folder: Traversable, prefix: str = "") -> Iterator[tuple[str, bytes]]:
    for entry in sorted(folder.iterdir(), key=lambda item: item.name):
        name = f"{prefix}{entry.name}"
        if entry.is_dir():
            yield from _files_in(entry, f"{name}/")
        elif name.endswith(".toml"):
            yield name, entry.read_bytes()


def _wording(table: Table, key: str) -> Bilingual:
    zh, en = table.bilingual(key)
    return Bilingual(zh, en)


def _note(table: Table) -> Bilingual | None:
    return _wording(table, "note") if "note" in table.values else None


def _traits(kind: ParameterKind, head: Table) -> dict[str, Any]:
    """Read what only parameters of one kind have."""
    if kind is ParameterKind.FACTOR:
        return {
            "quantity": head.choice("quantity", FactorQuantity),
            "scope": head.choice("scope", FactorScope),
            "role": head.choice("role", FactorRole) if "role" in head.values else None,
            "origin": head.choice("origin", EmissionOrigin),
            "gas": head.text("gas"),
        }
    if kind is ParameterKind.FUEL:
        return {"guideline": head.text("guideline"), "origin": head.choice("origin", EmissionOrigin)}
    if kind is ParameterKind.GWP_SET:
        return {"horizon": head.integer("horizon")}
    return {}


def _edition(
    kind: ParameterKind, table: Table, annual: bool, sources: Mapping[str, tuple[Bilingual, Confidence]]
) -> AnyEdition:
    if kind is ParameterKind.FUEL:
        table.refuse_unknown(_DATED | _FUEL)
        return _fuel(table, annual)
    if kind is ParameterKind.GWP_SET:
        table.refuse_unknown(_DATED | {"species"})
        return GwpSet(**_dates(table, annual), species=_species(table.table("species"), sources))
    table.refuse_unknown(_DATED | {"value"})
    return DatedValue(**_dates(table, annual), value=table.number("value"))


def _dates(table: Table, annual: bool) -> dict[str, Any]:
    """Read what every edition has."""
    confidence = table.choice("confidence", Confidence)
    return {
        "published": table.day("published"),
        "source": _wording(table, "source"),
        "confidence": confidence,
        "data_year": _data_year(table, annual),
        "valid_from": table.day("valid_from") if "valid_from" in table.values else None,
        "published_confidence": (
            table.choice("published_confidence", Confidence) if "published_confidence" in table.values else confidence
        ),
        "note": _note(table),
    }


def _data_year(table: Table, annual: bool) -> int | None:
    if annual != ("data_year" in table.values):
        raise FootproofError("E-PARAM-DATA-YEAR-KEY", table.where("data_year"), annual=str(annual).lower())
    if not annual:
        return None
    year = table.integer("data_year")
    if not 1900 <= year <= 2200:
        raise _out_of_range(table, "data_year", year, "1900 … 2200")
    return year


def _fuel(table: Table, annual: bool) -> Fuel:
    devices: dict[str, Decimal] = {}
    if "oxidation_by_device" in table.values:
        listed = table.table("oxidation_by_device")
        devices = {device: _share(listed, device) for device in listed.values}
    return Fuel(
        **_dates(table, annual),
        ncv=_positive(table, "ncv"),
        ncv_unit=table.text("ncv_unit"),
        carbon=_positive(table, "carbon"),
        carbon_unit=table.text("carbon_unit"),
        oxidation=_share(table, "oxidation") if "oxidation" in table.values else None,
        oxidation_by_device=MappingProxyType(devices),
    )


def _sources(head: Table) -> dict[str, tuple[Bilingual, Confidence]]:
    """Read the texts that entries of a set name by a short key, each with how the figures came to us."""
    found: dict[str, tuple[Bilingual, Confidence]] = {}
    listed = head.table("sources")
    for key in listed.values:
        source = listed.table(key)
        source.refuse_unknown({"text", "confidence"})
        found[key] = (_wording(source, "text"), source.choice("confidence", Confidence))
    return found


def _species(table: Table, sources: Mapping[str, tuple[Bilingual, Confidence]]) -> Mapping[str, GwpEntry]:
    entries: dict[str, GwpEntry] = {}
    for species in table.values:
        entry = table.table(species)
        entry.refuse_unknown({"value", "source"})
        key = entry.text("source")
        if key not in sources:
            raise FootproofError(
                "E-KEY-CHOICE", entry.where("source"), key="source", found=key, allowed=", ".join(sources)
            )
        entries[species] = GwpEntry(_positive(entry, "value"), *sources[key])
    return MappingProxyType(entries)


def _positive(table: Table, key: str) -> Decimal:
    number = table.number(key)
    if number <= 0:
        raise _out_of_range(table, key, number, "> 0")
    return number


def _share(table: Table, key: str) -> Decimal:
    number = table.number(key)
    if not 0 < number <= 1:
        raise _out_of_range(table, key, number, "> 0, ≤ 1")
    return number


def _out_of_range(table: Table, key: str, found: object, needed: str) -> FootproofError:
    return FootproofError("E-PARAM-RANGE", table.where(key), key=key, found=found, needed=needed)


def _refuse_disorder(editions: tuple[AnyEdition, ...], head: Table) -> None:
    """Values stand in the order of publication, so that a new one is a line at the end, never an edit."""
    seen: set[tuple[date, int | None]] = set()
    last: tuple[date, int] = (date.min, 0)
    for table, edition in zip(head.tables("value"), editions, strict=True):
        key = (edition.published, edition.data_year)
        if key in seen:
            raise FootproofError(
                "E-PARAM-SAME-DATES",
                table.where("published"),
                published=edition.published,
                data_year=edition.data_year or "-",
            )
        seen.add(key)
        place = (edition.published, edition.data_year or 0)
        if place < last:
            raise FootproofError("E-PARAM-ORDER", table.where("published"), found=edition.published, before=last[0])
        last = place
