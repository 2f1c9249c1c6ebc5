"""Intensities of background databases that a study has taken up: `intensities.csv` (`docs/reference/study.md`).

The table is written by the command that takes them up and read with every study: declared decimals by gas and origin,
each with the digest of database and set, the product and the solver. Rows with the same id make one vector.
"""

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import replace

from footproof.errors import FootproofError
from footproof.expressions.exact import normalise
from footproof.formats.table import Row, read_table
from footproof.model.bilingual import Bilingual
from footproof.model.parameter import EmissionOrigin
from footproof.model.study import Factor, FactorEntry, IntensityOrigin, Quality
from footproof.units import unit

TABLE = "intensities.csv"
COLUMNS = (
    "id", "name_zh", "name_en", "value", "unit", "origin", "gas", "tag", "role", "region", "year", "database",
    "database_digest", "set_digest", "product", "solver",
)  # fmt: skip
LOOSE = ("tag", "role")
ORIGINS = tuple(origin.value for origin in EmissionOrigin)
ROLES = ("", "virgin", "recycled", "market mix", "disposal")


def read_intensities_table(data: bytes) -> Mapping[str, Factor]:
    """Return the intensities of a study by id.

    Raises:
        FootproofError: E-TABLE-*, E-NUMBER, E-UNIT-UNKNOWN; E-STUDY-DUPLICATE where one gas stands twice,
            E-STUDY-VECTOR where the rows of an id contradict each other.
    """
    found: dict[str, Factor] = {}
    for row in read_table(data, TABLE, COLUMNS, [column for column in COLUMNS if column not in LOOSE]):
        factor = _factor(row)
        known = found.get(factor.id)
        found[factor.id] = factor if known is None else _joined(known, factor, row)
    return found


def write_intensities_table(factors: Iterable[Factor]) -> bytes:
    """Return the table of some intensities, which `read_intensities_table` reads to the same."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for factor in factors:
        taken = factor.taken or IntensityOrigin("", "", "", "", "")
        about = (taken.database, taken.digest, taken.set, taken.product, taken.solver)
        for entry in factor.entries:
            tag = "aircraft" if entry.aircraft else ""
            figures = (normalise(entry.number), entry.unit, entry.origin, entry.gas, tag)
            head = (factor.id, factor.name.zh, factor.name.en)
            writer.writerow((*head, *figures, factor.role, factor.region, factor.year, *about))
    return text.getvalue().encode("utf-8")


def _factor(row: Row) -> Factor:
    unit_text = row.text("unit")
    try:
        unit(unit_text)
    except FootproofError as problem:
        raise problem.at(row.where("unit")) from problem
    taken = IntensityOrigin(
        *(row.text(column) for column in ("database", "database_digest", "set_digest", "product", "solver"))
    )
    entry = FactorEntry(
        row.choice("origin", ORIGINS),
        row.text("gas"),
        row.decimal("value"),
        unit_text,
        row.choice("tag", ("", "aircraft")) == "aircraft",
    )
    if entry.aircraft and entry.origin != EmissionOrigin.FOSSIL.value:
        raise FootproofError("E-STUDY-VECTOR", row.where("tag"), id=row.text("id"))
    return Factor(
        id=row.id("id", loose=True),
        name=Bilingual(row.text("name_zh"), row.text("name_en")),
        unit=unit_text,
        quantity="life-cycle CO2e",
        scope="life cycle",
        role=row.choice("role", ROLES),
        entries=(entry,),
        basis="",
        boundary="cradle to gate",
        region=row.text("region"),
        year=row.text("year"),
        source=f"{taken.database}: {taken.product}",
        confidence="secondary",
        quality=Quality(None, None, None),
        note=None,
        place=row.place(),
        taken=taken,
    )


def _joined(known: Factor, added: Factor, row: Row) -> Factor:
    entry = added.entries[0]
    kinds = {(each.origin, each.gas, each.aircraft) for each in known.entries}
    if (entry.origin, entry.gas, entry.aircraft) in kinds:
        raise FootproofError("E-STUDY-DUPLICATE", row.where("id"), id=known.id)
    if (known.taken, known.role, _per(known.unit)) != (added.taken, added.role, _per(added.unit)):
        raise FootproofError("E-STUDY-VECTOR", row.where("id"), id=known.id)
    return replace(known, entries=(*known.entries, entry))


def _per(text: str) -> str:
    return text.partition("/")[2].strip()
