"""Exchange views as data: `<id>/<edition>/view.toml` beside the rulebooks.

A view says how an assessment is read in the words of an exchange format: which stages, units and standards it knows,
and for each field whether the study or only the issuer can fill it. It computes nothing of its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from importlib import resources

from footproof.formats.toml import Table, read_toml
from footproof.model.bilingual import Bilingual
from footproof.model.parameter import Confidence

FILE = "view.toml"


class Needed(StrEnum):
    """How much the format wants a field."""

    REQUIRED = "required"
    SHALL = "shall"
    SHOULD = "should"
    MAY = "may"


class FilledBy(StrEnum):
    """Who can fill a field."""

    STUDY = "study"
    ISSUER = "issuer"
    EITHER = "either"


@dataclass(frozen=True, slots=True)
class ViewField:
    """One field of the format, in our own words."""

    id: str
    needed: Needed
    by: FilledBy
    text: Bilingual


@dataclass(frozen=True, slots=True)
class View:
    """How an assessment is read in the words of a format.

    Args:
        gate: Stages that are exchanged.
        units: Name and amount in the format of one unit of the reference product, by our unit.
        standards: General standards as the format names them, by id of the rulebook.
        fields: By id.
    """

    id: str
    edition: str
    title: Bilingual
    spec_version: str
    confidence: Confidence
    gate: tuple[str, ...]
    units: Mapping[str, tuple[str, Decimal]]
    standards: Mapping[str, tuple[str, ...]]
    fields: Mapping[str, ViewField]


def load_view(name: str, edition: str) -> View:
    """Return a shipped view."""
    file = resources.files("footproof") / "rulebooks" / name / edition / FILE
    return read_view(file.read_bytes(), f"{name}/{edition}/{FILE}")


def read_view(data: bytes, name: str) -> View:
    """Return the view that a file describes.

    Args:
        data: The file.
        name: Its name, for errors.

    Raises:
        FootproofError: E-TOML-*, E-KEY-*, E-NUMBER, E-TEXT-LANGUAGE.
    """
    values, lines = read_toml(data, name)
    head = Table(values, name, lines)
    head.refuse_unknown(
        ("id", "edition", "title", "spec_version", "confidence", "gate", "unit", "standards", "field"),
    )
    units, standards = head.table("unit"), head.table("standards")
    fields = [_field(table) for table in head.tables("field")]
    return View(
        head.text("id"),
        head.text("edition"),
        Bilingual(*head.bilingual("title")),
        head.text("spec_version"),
        head.choice("confidence", Confidence),
        tuple(map(str, head.values.get("gate", ()))),
        {key: _unit(units.table(key)) for key in units.values},
        {key: tuple(map(str, standards.values[key])) for key in standards.values},
        {field.id: field for field in fields},
    )


def _unit(table: Table) -> tuple[str, Decimal]:
    table.refuse_unknown(("name", "amount"))
    return table.text("name"), table.number("amount")


def _field(table: Table) -> ViewField:
    table.refuse_unknown(("id", "needed", "by", "text"))
    return ViewField(
        table.text("id"),
        table.choice("needed", Needed),
        table.choice("by", FilledBy),
        Bilingual(*table.bilingual("text")),
    )
