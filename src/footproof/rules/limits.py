"""Limits on the footprint of a product, as data: `<id>/<edition>/limit.toml` beside the rulebooks.

A limit presupposes a rule, a unit and a boundary; whoever judges a result by it compares nothing else.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from importlib import resources

from footproof.errors import FootproofError
from footproof.formats.toml import Table, read_toml
from footproof.model.bilingual import Bilingual
from footproof.model.parameter import Confidence
from footproof.model.rulebook import Status
from footproof.units import unit

FILE = "limit.toml"
_KEYS = frozenset(
    {"id", "edition", "title", "status", "rule", "product", "unit", "value", "sense", "valid_from", "valid_to"}
    | {"boundary", "confidence", "source", "clause", "text"}
)


class Sense(StrEnum):
    """On which side of the limit a product must be."""

    AT_MOST = "at most"
    BELOW = "below"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """A threshold for declared results.

    Args:
        id: Such as "demo.limit.kettle".
        rule: Rulebook edition whose results it is about, `id@edition`.
        value: The limit. [unit]
        unit: Such as "kg CO2e / piece".
        sense: Whether a result equal to it is within.
        valid_from: First day it holds.
        valid_to: Last day it holds; None while none is set.
        boundary: System boundary the result must have, in words.
    """

    id: str
    edition: str
    title: Bilingual
    status: Status
    rule: str
    product: Bilingual
    unit: str
    value: Decimal
    sense: Sense
    valid_from: date
    valid_to: date | None
    boundary: Bilingual
    confidence: Confidence
    source: Bilingual
    clause: str
    text: Bilingual

    @property
    def name(self) -> str:
        """Return `id@edition`."""
        return f"{self.id}@{self.edition}"

    def holds_on(self, day: date) -> bool:
        """Return whether the limit holds on a day."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


def shipped_limits() -> Mapping[str, Limit]:
    """Return the limits that come with footproof, by `id@edition`."""
    root = resources.files("footproof") / "rulebooks"
    found = {}
    for folder in sorted(root.iterdir(), key=lambda item: item.name):
        for edition in sorted(folder.iterdir(), key=lambda item: item.name) if folder.is_dir() else ():
            file = edition / FILE
            if file.is_file():
                limit = read_limit(file.read_bytes(), f"{folder.name}/{edition.name}/{FILE}")
                found[limit.name] = limit
    return found


def load_limit(name: str) -> Limit:
    """Return a shipped limit.

    Args:
        name: `id@edition`, or `id` for the newest edition.

    Raises:
        FootproofError: E-LIMIT-UNKNOWN.
    """
    known = shipped_limits()
    fitting = [limit for limit in known.values() if name in (limit.id, limit.name)]
    if not fitting:
        raise FootproofError("E-LIMIT-UNKNOWN", name=name, known=", ".join(known) or "-")
    return max(fitting, key=lambda limit: limit.valid_from)


def read_limit(data: bytes, name: str) -> Limit:
    """Return the limit that a file describes.

    Args:
        data: The file.
        name: Its name, for errors.

    Raises:
        FootproofError: E-TOML-*, E-KEY-*, E-NUMBER, E-TEXT-LANGUAGE, E-UNIT-UNKNOWN; E-LIMIT-RANGE for a limit that is
            not above zero or ends before it begins; E-LIMIT-UNIT for a unit that is no footprint.
    """
    values, lines = read_toml(data, name)
    head = Table(values, name, lines)
    head.refuse_unknown(("limit",))
    table = head.table("limit")
    table.refuse_unknown(_KEYS)
    limit = Limit(
        id=table.text("id"),
        edition=table.text("edition"),
        title=_text(table, "title"),
        status=table.choice("status", Status),
        rule=table.text("rule"),
        product=_text(table, "product"),
        unit=_footprint_unit(table),
        value=table.number("value"),
        sense=table.choice("sense", Sense),
        valid_from=table.day("valid_from"),
        valid_to=table.day("valid_to") if "valid_to" in table.values else None,
        boundary=_text(table, "boundary"),
        confidence=table.choice("confidence", Confidence),
        source=_text(table, "source"),
        clause=table.text("clause"),
        text=_text(table, "text"),
    )
    if limit.value <= 0:
        raise FootproofError("E-LIMIT-RANGE", table.where("value"), found=limit.value)
    if limit.valid_to is not None and limit.valid_to < limit.valid_from:
        raise FootproofError("E-LIMIT-RANGE", table.where("valid_to"), found=limit.valid_to.isoformat())
    return limit


def _text(table: Table, key: str) -> Bilingual:
    return Bilingual(*table.bilingual(key))


def _footprint_unit(table: Table) -> str:
    """Return the unit, which must be a mass of CO2e per something."""
    found = table.text("unit")
    try:
        dimensions = dict(unit(found).dimensions)
    except FootproofError as problem:
        raise problem.at(table.where("unit")) from problem
    if dimensions.get("CO2e") != 1:
        raise FootproofError("E-LIMIT-UNIT", table.where("unit"), found=found)
    return found
