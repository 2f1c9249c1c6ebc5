"""What a data-collection workbook starts from: the rows of a study, or those that a rule suggests for a new product."""

import csv
import io
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from footproof.expressions.exact import normalise
from footproof.formats.study import StudyFiles
from footproof.formats.toml import read_toml
from footproof.formats.workbook_layout import (
    BY_ID,
    EXCHANGES,
    LAYOUTS,
    ORDER,
    SECTIONS,
    Content,
    Layout,
    sheet_of,
)
from footproof.formats.workbook_toml import split_words, write_value
from footproof.model.bilingual import Bilingual
from footproof.model.rulebook import Rulebook
from footproof.texts import catalogue

CellRow = dict[str, str]
Both = Mapping[str, str]

_SUGGESTED: tuple[tuple[str, str, str, str, CellRow], ...] = (
    # sheet, id, stage, unit, more cells
    ("materials", "main-material", "raw_materials", "t", {}),
    ("materials", "auxiliary-material", "raw_materials", "t", {}),
    ("materials", "packaging", "raw_materials", "t", {}),
    ("energy", "electricity", "manufacturing", "kWh", {"from": "electricity"}),
    ("energy", "natural-gas", "manufacturing", "Nm3", {"kind": "fuel", "from": "fuel:cn.fuel.mee_cement.natural_gas"}),
    ("energy", "steam", "manufacturing", "GJ", {}),
    ("energy", "plant-diesel", "manufacturing", "t", {"kind": "fuel", "from": "fuel:cn.fuel.mee_cement.diesel"}),
    ("energy", "use-electricity", "use", "kWh", {"from": "param:cn.electricity.average"}),
    ("transport", "inbound", "raw_materials", "t", {"from": "param:cn.transport.truck.diesel.heavy"}),
    ("transport", "outbound", "distribution", "t", {"from": "param:cn.transport.truck.diesel.heavy"}),
    ("emissions", "process-co2", "manufacturing", "t", {"gas": "CO2", "origin": "fossil"}),
    ("waste", "waste-water", "manufacturing", "m3", {"kind": "treatment"}),
    ("waste", "solid-waste", "manufacturing", "t", {"kind": "treatment"}),
    ("waste", "end-of-life", "end_of_life", "t", {"kind": "treatment"}),
)
PRODUCT = "product"


@dataclass(frozen=True, slots=True)
class Offer:
    """Something a cell may point to, with its name: a published factor or fuel.

    Args:
        value: Such as "param:cn.transport.rail".
        group: List it stands on: "energy", "transport" or "supplier".
    """

    value: str
    name: Bilingual
    group: str


@dataclass(slots=True)
class Form:
    """What stands in a workbook before it is written.

    Args:
        head: study.toml without its sections.
        rows: Rows by sheet id; cells as text.
        words: Words that a cell of the sheet of parameters may hold, by the id of its row.
        suggested: Rows that nobody has filled in yet, as "sheet:id", and tables without rows, as "table:name".
    """

    head: dict[str, Any]
    rows: dict[str, list[CellRow]]
    words: dict[str, tuple[str, ...]] = field(default_factory=dict)
    suggested: list[str] = field(default_factory=list)


def form_of_study(files: StudyFiles) -> Form:
    """Return all that a study says, by sheet.

    Args:
        files: Of a study that `read_study` accepts.

    Raises:
        FootproofError: E-TOML-*.
    """
    head, _ = read_toml(files.tables["study.toml"], "study.toml")
    rows: dict[str, list[CellRow]] = {layout.id: [] for layout in LAYOUTS}
    for layout in LAYOUTS:
        if layout.source in SECTIONS:
            rows[layout.id] = _section(head.pop(layout.source, {}), layout)
    head.pop("format", None)
    for name, data in files.tables.items():
        if name == EXCHANGES:
            for number, row in enumerate(_csv(data), 1):
                rows[sheet_of(row)].append({ORDER: str(number), **row})
        elif name.endswith(".csv"):
            rows[name.removesuffix(".csv")] = _csv(data)
    # An empty table says that there is nothing of its kind; no table says nothing.
    empty = [f"table:{name}" for name in files.tables if name.endswith(".csv") and not _csv(files.tables[name])]
    return Form(head, rows, suggested=empty)


def form_of_product(name: Bilingual, rule: Rulebook) -> Form:
    """Return a form with one process and the rows that a plant usually has, for the stages of a rule."""
    form = Form(_head(name, rule), {layout.id: [] for layout in LAYOUTS})
    form.rows["processes"].append(
        {"id": PRODUCT, "name_zh": name.zh, "name_en": name.en, "stage": _stage(rule, "manufacturing"), "unit": "piece"}
    )
    wording = catalogue("workbook")
    order = 0
    for sheet, row_id, stage, unit, more in _SUGGESTED:
        if stage not in rule.stages or stage in rule.excluded_stages:
            continue
        order += 1
        row = {ORDER: str(order), "id": row_id, "process": PRODUCT, "stage": stage, "unit": unit}
        row |= {**BY_ID[sheet].defaults, **more} | _names(wording[f"row.{row_id}"])
        form.rows[sheet].append(row)
        form.suggested.append(f"{sheet}:{row_id}")
    return form


def ask(form: Form, rule: Rulebook) -> None:
    """Add the figures and words that a rule needs and the form does not have yet."""
    given = {row.get("id", "") for sheet in ("parameters", "formulas") for row in form.rows[sheet]}
    for requirement in rule.requirements.values():
        if requirement.options:
            form.words[requirement.id] = requirement.options
        if requirement.id in given:
            continue
        row = {"id": requirement.id, **_names({"zh": requirement.name.zh, "en": requirement.name.en})}
        form.rows["parameters"].append(row if requirement.options else {**row, "unit": requirement.unit})
        form.suggested.append(f"parameters:{requirement.id}")


def _head(name: Bilingual, rule: Rulebook) -> dict[str, Any]:
    wording = catalogue("workbook")
    unit = rule.functional_unit
    boundary = unit.boundary if unit else None
    return {
        "id": PRODUCT,
        "title": {lang: wording["start.title"][lang].format(name=name.say(lang)) for lang in ("zh", "en")},
        "note": dict(wording["start.note"]),
        "product": {"name": {"zh": name.zh, "en": name.en}},
        "site": {"region": "CN"},
        "reference": {"process": PRODUCT},
        "declared_unit": {
            "name": dict(wording["start.unit"]),
            "unit": "piece",
            "flow": "1",
            "boundary": {"zh": boundary.zh, "en": boundary.en} if boundary else dict(wording["start.boundary"]),
        },
    }


def _stage(rule: Rulebook, wanted: str) -> str:
    return wanted if wanted in rule.stages else next(iter(rule.stages))


def _names(record: Both) -> CellRow:
    return {"name_zh": record["zh"], "name_en": record["en"]}


def _csv(data: bytes) -> list[CellRow]:
    text = unicodedata.normalize("NFC", data.decode("utf-8-sig"))
    rows = [[cell.strip() for cell in cells] for cells in csv.reader(io.StringIO(text, newline=""), strict=True)]
    return [dict(zip(rows[0], cells, strict=True)) for cells in rows[1:] if any(cells)]


def _section(section: Any, layout: Layout) -> list[CellRow]:  # a table of tables or an array of tables, as TOML has it
    items: Iterable[Mapping[str, Any]] = (
        ({"id": name, **table} for name, table in section.items()) if isinstance(section, Mapping) else section
    )
    return [_section_row(item, layout) for item in items]


def _section_row(item: Mapping[str, Any], layout: Layout) -> CellRow:
    row: CellRow = {}
    for key, value in item.items():
        if key == "name" and isinstance(value, Mapping):
            row |= {f"{key}_zh": value["zh"], f"{key}_en": value["en"]}
        elif isinstance(value, Mapping) and any(column.name.startswith(f"{key}.") for column in layout.columns):
            row |= {f"{key}.{inner}": _section_cell(item, layout, f"{key}.{inner}") for inner, item in value.items()}
        else:
            row[key] = _section_cell(value, layout, key)
    return row


def _section_cell(value: Any, layout: Layout, key: str) -> str:
    content = layout.column(key).content
    if content is Content.LITERAL:
        return write_value(value)
    if content is Content.WORDS:
        words = ", ".join(value)
        return words if split_words(words) == value else write_value(value)
    return normalise(Decimal(value)) if isinstance(value, int | Decimal) else str(value)
