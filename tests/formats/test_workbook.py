"""Workbooks: a round trip loses nothing, mistakes are told cell by cell, and no file of an outsider does harm."""

import dataclasses
import io
import re
import zipfile
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from assess.draft import DOCUMENT, GENERIC, TODAY, TRACTION
from assess.generator import random_study
from footproof.assess import assess
from footproof.errors import FootproofError
from footproof.formats.folder import read_folder
from footproof.formats.study import StudyFiles, read_study
from footproof.formats.toml import read_toml
from footproof.formats.workbook import Imported, Level, Offer, export_workbook, import_workbook, new_workbook
from footproof.formats.workbook_cells import cell_name, column_name, read_workbook
from footproof.formats.workbook_tables import csv_bytes
from footproof.formats.workbook_toml import read_value, write_toml, write_value
from footproof.formats.workbook_words import tab_name
from footproof.model.bilingual import Bilingual
from footproof.model.study import Place, Study
from footproof.rules.parameters import shipped
from footproof.rules.rulebook import load_rulebook
from footproof.texts import LANGUAGES, describe

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = {"nmc811-pack": TRACTION, "portland-cement": GENERIC}
KETTLE = ROOT / "tests/assets/kettle"
NAME = Bilingual("电水壶（示例）", "Kettle (DEMO)")
OFFERS = (Offer("param:cn.transport.rail", Bilingual("铁路", "rail"), "transport"),)
NOWHERE = Place("", None)
XLSX = Callable[[Any], None]
law = settings(max_examples=40, deadline=None, derandomize=True)


def placeless(value: Any) -> Any:
    """A study without the lines on which things stand: comments of study.toml are not kept."""
    if isinstance(value, Place):
        return NOWHERE
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return tuple(placeless(getattr(value, item.name)) for item in dataclasses.fields(value))
    if isinstance(value, Mapping):
        return {key: placeless(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return tuple(placeless(item) for item in value)
    return value


def errors(found: Imported) -> list[tuple[str, str, str]]:
    return [(item.sheet, item.cell, item.error.code) for item in found.findings if item.level is Level.ERROR]


def codes(found: Imported) -> list[str]:
    return [item.error.code for item in found.findings]


def written(fill: XLSX) -> bytes:
    """A workbook that some code has written."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True, "strings_to_formulas": False})
    fill(book)
    book.close()
    return target.getvalue()


def edited(data: bytes, change: XLSX) -> bytes:
    """A workbook that a person has opened, changed and saved."""
    book = openpyxl.load_workbook(io.BytesIO(data))
    change(book)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


# ---- round trips


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_comes_back_the_same(name: str) -> None:
    files = read_folder(ROOT / "examples" / name)
    study = read_study(files)
    found = import_workbook(export_workbook(files, None, OFFERS), "x.xlsx", files.documents or {})
    assert found.findings == ()
    assert found.study is not None
    assert found.tables is not None
    assert placeless(found.study) == placeless(study)
    assert list(found.study.quantities) == list(study.quantities)
    rule, book = load_rulebook(EXAMPLES[name]), shipped()
    before, after = assess(study, rule, book, TODAY), assess(found.study, rule, book, TODAY)
    assert before.sheet_digest == after.sheet_digest
    again = export_workbook(StudyFiles(found.tables, files.documents), None, OFFERS)
    assert again == export_workbook(StudyFiles(found.tables, files.documents), None, OFFERS)
    assert import_workbook(again, "x.xlsx", files.documents or {}).tables == found.tables


@law
@given(st.integers(0, 10**9))
def test_a_generated_study_comes_back_the_same(seed: int) -> None:
    files = StudyFiles(random_study(seed).tables(), {"paper.txt": "-"})
    study = read_study(StudyFiles(files.tables, None))
    found = import_workbook(export_workbook(files), "x.xlsx", {})
    assert errors(found) == []
    assert found.study is not None
    assert placeless(found.study) == placeless(study)
    rule, book = load_rulebook(GENERIC), shipped()
    assert assess(found.study, rule, book, TODAY).sheet_digest == assess(study, rule, book, TODAY).sheet_digest


TEXTS = st.one_of(
    st.sampled_from(
        ["=1+1", "+86", "@SUM(A1)", "-3", "=cmd|' /C calc'!A0", "'x", "_x0041_", "1e5", "012", "TRUE", "#REF!", "a | b"]
    ),
    st.text(st.characters(exclude_categories=("Cs", "Cc", "Co", "Cn", "Cf", "Zl", "Zp")), min_size=1, max_size=30),
).filter(lambda text: text.strip() == text and text != "")


@law
@given(TEXTS, TEXTS)
def test_any_text_stays_text(one: str, other: str) -> None:
    draft = random_study(7)
    for row in draft.exchanges:
        row |= {"name_zh": one, "name_en": other, "source": other}
    draft.factors[0] |= {"name_zh": other, "source": one, "year": "2024"}
    files = StudyFiles(draft.tables(), None)
    data = export_workbook(files)
    found = import_workbook(data, "x.xlsx", {})
    assert found.study is not None
    assert placeless(found.study) == placeless(read_study(files))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        sheets = [archive.read(name) for name in archive.namelist() if name.startswith("xl/worksheets/sheet")]
    assert not any(re.search(rb"<f[ >]", sheet) for sheet in sheets)


def test_supporting_tables_and_unknown_columns_come_back() -> None:
    draft = random_study(3)
    draft.exchanges[0] |= {"meter": "e-1"}
    draft.contracts = []
    tables = draft.tables()
    tables["meters.csv"] = csv_bytes(
        [
            ["id", "name_zh", "name_en", "unit", "serial", "accuracy", "calibrated_from", "calibrated_to", "evidence"],
            ["e-1", "电表", "meter", "kWh", "007", "0.5S", "2024-06-01", "2026-05-31", "paper"],
        ]
    )
    tables["cut_offs.csv"] = csv_bytes(
        [
            [
                "id",
                "name_zh",
                "name_en",
                "process",
                "mass_share",
                "energy_share",
                "footprint_share",
                "reason_zh",
                "reason_en",
                "evidence",
            ]
        ]
    )
    certificates = (
        '{ numbers = ["G-001..G-009", "G-100"], project = "示例", generated = ["2025-01", "2025-12"], '
        "site_mwh = 10, cancelled_on = 2026-01-05 }"
    )
    contract = (
        '[[contract]]\nid = "g"\ntechnology = "wind"\nshare = 0.5\ncriteria = ["unique"]\nevidence = "paper"\n'
        f"certificates = {certificates}\n"
    )
    tables["study.toml"] += f'[carbon_content]\nbiogenic = 0.10\nunit = "kg C"\n{contract}'.encode()
    study = read_study(StudyFiles(tables, None))
    assert study.meters is not None
    assert study.cut_offs == ()
    found = import_workbook(export_workbook(StudyFiles(tables, None)), "x.xlsx", {})
    assert errors(found) == []
    assert found.study is not None
    assert placeless(found.study) == placeless(study)


def test_the_same_form_gives_the_same_bytes() -> None:
    rule = load_rulebook(TRACTION)
    assert new_workbook(NAME, rule, OFFERS) == new_workbook(NAME, rule, OFFERS)


VALUES = st.recursive(
    st.one_of(
        st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=20),
        st.booleans(),
        st.integers(-(10**11), 10**11),
        st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**6), max_value=10**6),
        st.dates(min_value=date(1, 1, 1)),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text("abc-. \"'é", min_size=1, max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)


@law
@given(st.dictionaries(st.text("abc_-. é", min_size=1, max_size=6), VALUES, max_size=5))
def test_toml_is_read_as_it_was_written(values: dict[str, Any]) -> None:
    def composed(value: Any) -> Any:
        return read_toml(write_toml({"x": value}), "x")[0]["x"]

    assert read_toml(write_toml(values), "x")[0] == {key: composed(value) for key, value in values.items()}
    for value in values.values():
        assert read_value(write_value(value)) == composed(value)


@pytest.mark.parametrize("text", ["1\ny = 2", "1 2", "", "[1", "nan\n"])
def test_a_literal_is_one_value(text: str) -> None:
    with pytest.raises(FootproofError) as caught:
        read_value(text)
    assert caught.value.code in ("E-WORKBOOK-LITERAL", "E-NUMBER")


# ---- a workbook for a plant


def filled(data: bytes) -> bytes:
    """A new workbook after a plant has filled it in, in Chinese only."""

    def fill(book: Any) -> None:
        head = book[tab_name("product")]
        texts = {
            "product.model": "K-1",
            "product.description": "示例电水壶",
            "producer.name": "示例公司（虚构）",
            "producer.address": "示例路 1 号",
            "site.name": "示例一厂（虚构）",
            "site.address": "示例路 1 号",
            "period.start": datetime(2025, 1, 1, tzinfo=UTC).replace(tzinfo=None),
            "period.end": "2025/12/31",
        }
        for row in range(5, head.max_row + 1):
            if head.cell(row, 1).value in texts:
                head.cell(row, 4).value = texts[head.cell(row, 1).value]
        put(book, "processes", "product", amount=120000)
        put(book, "materials", "main-material", amount="=100+50.5", name_zh="不锈钢", name_en=None)
        put(book, "energy", "electricity", amount=0.1 + 0.2)
        put(book, "transport", "inbound", amount=150.5, distance_km=320)

    return edited(data, fill)


def put(book: Any, sheet: str, row_id: str, **cells: object) -> None:
    tab = book[tab_name(sheet)]
    keys = {cell.value: cell.column for cell in tab[1]}
    for row in range(5, 60):
        if tab.cell(row, keys["id"]).value == row_id:
            for key, value in cells.items():
                tab.cell(row, keys[key]).value = value
            return
    raise AssertionError(row_id)


def calculated(data: bytes, formula: str, value: str) -> bytes:
    """What a spreadsheet program does on saving: it writes the value beside the formula."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(
                name,
                re.sub(
                    rf"<f>{re.escape(formula)}</f><v ?/?>(</v>)?".encode(),
                    f"<f>{formula}</f><v>{value}</v>".encode(),
                    content,
                ),
            )
    return target.getvalue()


@pytest.mark.parametrize("rule", [GENERIC, TRACTION])
def test_a_new_workbook_asks_for_what_the_rule_needs(rule: str) -> None:
    edition = load_rulebook(rule)
    data = new_workbook(NAME, edition, OFFERS)
    book = openpyxl.load_workbook(io.BytesIO(data))
    assert read_workbook(data, "x").properties["footproof.rulebook"] == edition.name
    assert read_workbook(data, "x").properties["footproof.rulebook_digest"] == edition.digest
    parameters = book[tab_name("parameters")]
    asked = {parameters.cell(row, 9).value for row in range(5, 80)} | {
        parameters.cell(row, 10).value for row in range(5, 80)
    }
    assert set(edition.requirements) <= asked
    stages = {row[3].value for tab in book.worksheets for row in tab.iter_rows(5, 30) if len(row) > 3}
    excluded = [
        stage for stage in edition.excluded_stages if any(str(value).endswith(f"| {stage}") for value in stages)
    ]
    assert excluded == []
    assert all(tab.protection.sheet for tab in book.worksheets)
    for tab in book.worksheets:
        assert len(tab.title) <= 31
    for tab in book.worksheets:
        areas = [area for rule in tab.data_validations.dataValidation for area in rule.sqref.ranges]
        cells = [tuple(cell) for area in areas for row in area.rows for cell in row]
        assert len(cells) == len(set(cells)), tab.title
    energy = book[tab_name("energy")]
    assert energy.data_validations.dataValidation
    assert not energy["C5"].protection.locked
    assert energy["C3"].protection.locked
    assert energy.row_dimensions[1].hidden


def test_a_plant_fills_it_in_and_the_study_reads() -> None:
    data = calculated(filled(new_workbook(NAME, load_rulebook(GENERIC), OFFERS)), "100+50.5", "150.5")
    found = import_workbook(data, "x.xlsx", {})
    assert errors(found) == []
    assert found.study is not None
    amounts = {item.id: str(item.amount.number) for item in found.study.exchanges}
    assert amounts == {"main-material": "150.5", "electricity": "0.3", "inbound": "150.5"}
    assert found.study.end == date(2025, 12, 31)
    steel = found.study.exchanges[0]
    assert steel.source_of == "factor:main-material"
    assert steel.name == Bilingual("不锈钢", "不锈钢")
    assert {"E-WORKBOOK-FACTOR", "E-WORKBOOK-UNFILLED", "E-WORKBOOK-TRANSLATION"} <= set(codes(found))
    left_out = [item for item in found.findings if item.error.code == "E-WORKBOOK-UNFILLED"]
    assert all(item.level is Level.OPEN and item.cell for item in left_out)


def test_an_untouched_workbook_says_all_that_is_missing() -> None:
    found = import_workbook(new_workbook(NAME, load_rulebook(TRACTION), OFFERS), "x.xlsx", {})
    assert found.tables is None
    assert found.study is None
    assert [code for _, _, code in errors(found)] == ["E-WORKBOOK-EMPTY"] * 8 + ["E-TABLE-EMPTY"]


MISTAKES: list[tuple[str, str, str, object, str]] = [
    # sheet, row, column, what somebody types, code
    ("energy", "electricity", "unit", "桶", "E-UNIT-UNKNOWN"),
    ("energy", "electricity", "amount", "1,200", "E-NUMBER"),
    ("energy", "electricity", "amount", "约 100", "E-NUMBER"),
    ("energy", "electricity", "amount", -5, "E-WORKBOOK-NEGATIVE"),
    ("energy", "electricity", "amount", time(2, 3), "E-WORKBOOK-CELL-KIND"),
    ("energy", "electricity", "amount", "=1/0", "E-WORKBOOK-CELL-UNCALCULATED"),
    ("energy", "electricity", "process", "welding", "E-WORKBOOK-LINK"),
    ("energy", "electricity", "stage", "生产", "E-TABLE-CHOICE"),
    ("energy", "electricity", "id", "Strom 1", "E-TABLE-ID"),
    ("transport", "inbound", "id", "electricity", "E-STUDY-DUPLICATE"),
    ("energy", "electricity", "evidence", "nobody", "E-WORKBOOK-LINK"),
    ("energy", "electricity", "device", "kiln", "E-WORKBOOK-COLUMN"),
    ("energy", "electricity", "from", "process:nothing", "E-WORKBOOK-TARGET"),
    ("energy", "electricity", "dq_time", 6, "E-TABLE-CHOICE"),
    ("transport", "inbound", "distance_km", "远", "E-NUMBER"),
    ("transport", "inbound", "name_zh", "a\x07b", "E-TEXT-CONTROL"),
    ("processes", "product", "stage", None, "E-TABLE-EMPTY"),
    ("processes", "product", "amount", 0, "E-WORKBOOK-NEGATIVE"),
    ("processes", "product", "amount", "=a +", "E-EXPR-SYNTAX"),
]


@pytest.mark.parametrize(
    ("sheet", "row", "column", "typed", "code"), MISTAKES, ids=[f"{m[2]}-{m[4]}" for m in MISTAKES]
)
def test_a_mistake_is_told_with_its_cell(sheet: str, row: str, column: str, typed: object, code: str) -> None:
    data = calculated(filled(new_workbook(NAME, load_rulebook(GENERIC), OFFERS)), "100+50.5", "150.5")

    def spoil(book: Any) -> None:
        tab = book[tab_name(sheet)]
        keys = {cell.value: cell.column for cell in tab[1]}
        at = next(number for number in range(5, 60) if tab.cell(number, keys["id"]).value == row)
        cell = tab.cell(at, keys[column])
        if isinstance(typed, str) and "\x07" in typed:
            cell.value = typed.replace("\x07", "_x0007_")
        else:
            cell.value = typed
        if typed == "=a +":
            cell.data_type = "s"

    spoilt = calculated(edited(data, spoil), "100+50.5", "150.5")
    found = import_workbook(spoilt, "x.xlsx", {})
    assert found.tables is None
    tab = tab_name(sheet)
    keys = [cell.value for cell in openpyxl.load_workbook(io.BytesIO(data))[tab][1]]
    mine = [(place, each) for name, place, each in errors(found) if name == tab]
    letter = column_name(keys.index(column))
    assert [(place, each) for place, each in mine if each == code and place.startswith(letter)], errors(found)
    for item in found.findings:
        for lang in LANGUAGES:
            message, advice = describe(item.error, lang)
            assert "{" not in message + advice


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("生产制造", "manufacturing"),
        ("manufacturing", "manufacturing"),
        ("Manufacturing", "manufacturing"),
        ("生产制造 Manufacturing | manufacturing", "manufacturing"),
        ("随便 | use", "use"),
    ],
)
def test_a_word_may_be_typed_in_either_language(typed: str, code: str) -> None:
    data = calculated(filled(new_workbook(NAME, load_rulebook(GENERIC), OFFERS)), "100+50.5", "150.5")
    data = calculated(edited(data, lambda book: put(book, "energy", "electricity", stage=typed)), "100+50.5", "150.5")
    found = import_workbook(data, "x.xlsx", {})
    assert found.study is not None
    assert {item.stage for item in found.study.exchanges if item.id == "electricity"} == {code}


@pytest.mark.parametrize(("typed", "symbol"), [("度", "kWh"), ("Megawatt hours", "MWh"), ("GJ", "GJ"), ("吉焦", "GJ")])
def test_a_unit_may_be_typed_by_its_name(typed: str, symbol: str) -> None:
    data = filled(new_workbook(NAME, load_rulebook(GENERIC), OFFERS))
    data = edited(data, lambda book: put(book, "energy", "electricity", unit=typed))
    found = import_workbook(calculated(data, "100+50.5", "150.5"), "x.xlsx", {})
    assert found.study is not None
    assert {item.amount.unit for item in found.study.exchanges if item.id == "electricity"} == {symbol}


def test_an_offer_is_shown_with_its_name_and_read_as_its_code() -> None:
    files = read_folder(ROOT / "examples/nmc811-pack")
    tab = openpyxl.load_workbook(io.BytesIO(export_workbook(files, None, OFFERS)))[tab_name("transport")]
    shown = {cell.value for row in tab.iter_rows(5) for cell in row}
    assert "铁路 rail | param:cn.transport.rail" in shown
    assert "param:cn.transport.rail" not in shown


def test_an_excel_error_is_told_with_its_cell() -> None:
    def spoil(book: Any) -> None:
        put(book, "energy", "electricity", amount="=pack_mass*2")

    data = filled(new_workbook(NAME, load_rulebook(GENERIC), OFFERS))
    data = calculated(edited(data, spoil), "100+50.5", "150.5")
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():  # As Excel saves a name that it does not know.
            content = re.sub(
                rb'<c (r="\w+")([^>]*)><f>pack_mass\*2</f><v ?/?>(</v>)?',
                rb'<c \1\2 t="e"><f>pack_mass*2</f><v>#NAME?</v>',
                old.read(name),
            )
            new.writestr(name, content)
    found = import_workbook(target.getvalue(), "x.xlsx", {})
    assert [(sheet, code) for sheet, _, code in errors(found)] == [(tab_name("energy"), "E-WORKBOOK-CELL-ERROR")]


def told(sheet: str, row: str, column: str, typed: object) -> dict[str, str]:
    """Return what a plant reads of one mistake, in both languages."""
    data = calculated(filled(new_workbook(NAME, load_rulebook(GENERIC), OFFERS)), "100+50.5", "150.5")
    spoilt = calculated(edited(data, lambda book: put(book, sheet, row, **{column: typed})), "100+50.5", "150.5")
    found = import_workbook(spoilt, "x.xlsx", {})
    first = next(item for item in found.findings if item.level == "error" and item.sheet == tab_name(sheet))
    return {lang: " ".join(describe(first.error, lang)) for lang in LANGUAGES}


def test_a_finding_speaks_as_the_sheet_does() -> None:
    below = told("energy", "electricity", "amount", -5)
    assert "核算期用量" in below["zh"]
    assert "“抵扣”" in below["zh"]
    assert "废物与生命末期" in below["zh"]
    assert "Used in the period" in below["en"]
    assert "'Credit'" in below["en"]
    stage = told("energy", "electricity", "stage", "生产")
    assert "生命周期阶段" in stage["zh"]
    assert "原材料获取、生产制造" in stage["zh"]
    assert "Raw materials, Manufacturing" in stage["en"]
    empty = told("processes", "product", "stage", None)
    assert "“生命周期阶段”" in empty["zh"]
    device = told("energy", "electricity", "device", "kiln")
    assert "“燃烧设备”" in device["zh"]
    assert "“投入”" in device["zh"]
    lost = told("energy", "electricity", "evidence", "nowhere")
    assert tab_name("evidence") in lost["zh"]
    for said in (below, stage, empty, device, lost):
        for text in said.values():
            assert not re.search(r"kind =|\.csv|raw_materials|manufacturing|\bamount\b|\bdevice\b", text), text


def test_all_mistakes_are_told_at_once() -> None:
    data = calculated(filled(new_workbook(NAME, load_rulebook(GENERIC), OFFERS)), "100+50.5", "150.5")

    def spoil(book: Any) -> None:
        put(book, "energy", "electricity", unit="桶", amount="x")
        put(book, "transport", "inbound", amount=-1)
        put(book, "materials", "packaging", amount=-2)
        head = book[tab_name("product")]
        for row in range(5, 40):
            if head.cell(row, 1).value == "period.end":
                head.cell(row, 4).value = "2025-13-01"

    found = import_workbook(calculated(edited(data, spoil), "100+50.5", "150.5"), "x.xlsx", {})
    assert sorted(code for _, _, code in errors(found)) == sorted(
        ["E-DATE", "E-NUMBER", "E-UNIT-UNKNOWN", "E-WORKBOOK-NEGATIVE", "E-WORKBOOK-NEGATIVE"]
    )


def test_rounding_and_strays_are_told() -> None:
    data = filled(new_workbook(NAME, load_rulebook(GENERIC), OFFERS))

    def spoil(book: Any) -> None:
        put(book, "energy", "electricity", amount=1 / 3)
        book[tab_name("energy")].cell(5, 60).value = "call Mr Li"

    found = import_workbook(calculated(edited(data, spoil), "100+50.5", "150.5"), "x.xlsx", {})
    assert errors(found) == []
    assert {"E-WORKBOOK-ROUNDED", "E-WORKBOOK-STRAY"} <= set(codes(found))
    assert found.study is not None
    assert "0.333333333333" in {str(item.amount.number) for item in found.study.exchanges}


def test_rows_typed_below_stay_behind_the_row_they_were_put_under() -> None:
    files = read_folder(ROOT / "examples/portland-cement")
    first = next(row.id for row in read_study(files).exchanges if row.source_of == "process:plant_power")

    def add(book: Any) -> None:
        tab = book[tab_name("materials")]
        keys = {cell.value: cell.column for cell in tab[1]}
        at = next(row for row in range(5, 200) if tab.cell(row, keys["id"]).value == first)
        tab.insert_rows(at + 1)
        row = {"process": "quarry", "id": "added", "name_zh": "新", "name_en": "new", "amount": 1, "unit": "t"}
        for key, value in row.items():
            tab.cell(at + 1, keys[key]).value = value

    found = import_workbook(edited(export_workbook(files), add), "x.xlsx", files.documents or {})
    assert errors(found) == []
    assert found.study is not None
    names = [item.id for item in found.study.exchanges]
    assert names.index("added") == names.index(first) + 1


def test_digests_of_documents_are_filled_in() -> None:
    data = calculated(filled(new_workbook(NAME, load_rulebook(GENERIC), OFFERS)), "100+50.5", "150.5")

    def list_it(book: Any) -> None:
        tab = book[tab_name("evidence")]
        for column, text in ((2, "meter.pdf"), (3, "抄表"), (4, "meter")):
            tab.cell(5, column).value = text

    data = calculated(edited(data, list_it), "100+50.5", "150.5")
    missing = import_workbook(data, "x.xlsx", {})
    assert [
        (code, level)
        for code, level in ((i.error.code, i.level) for i in missing.findings)
        if code == "E-WORKBOOK-DOCUMENT"
    ] == [("E-WORKBOOK-DOCUMENT", Level.ERROR)]
    found = import_workbook(data, "x.xlsx", {"meter.pdf": "ab" * 32})
    assert errors(found) == []
    assert found.study is not None
    assert found.study.evidence["evidence-5"].sha256 == "ab" * 32


def test_a_document_that_changed_is_told() -> None:
    files = read_folder(ROOT / "examples/portland-cement")
    documents = dict(files.documents or {})
    changed = next(iter(documents))
    found = import_workbook(export_workbook(files), "x.xlsx", {**documents, changed: "0" * 64})
    assert [code for _, _, code in errors(found)] == ["E-EVIDENCE-HASH"]


# ---- tables of a study as spreadsheets


def as_xlsx(tables: Mapping[str, bytes]) -> bytes:
    """The tables as a person would paste them into a spreadsheet: figures as numbers."""

    def fill(book: Any) -> None:
        for name, data in tables.items():
            sheet = book.add_worksheet(name.removesuffix(".csv"))
            import csv

            for row, cells in enumerate(csv.reader(io.StringIO(data.decode(), newline=""))):
                for column, text in enumerate(cells):
                    if re.fullmatch(r"-?(0|[1-9]\d*)(\.\d*[1-9])?", text):
                        sheet.write_number(row, column, float(text))
                    elif text:
                        sheet.write_string(row, column, text)

    return written(fill)


@pytest.mark.parametrize("name", EXAMPLES)
@pytest.mark.parametrize("together", [True, False])
def test_a_study_of_spreadsheets_equals_that_of_csv(name: str, together: bool, tmp_path: Path) -> None:
    source = ROOT / "examples" / name
    files = read_folder(source)
    (tmp_path / "study.toml").write_bytes(files.tables["study.toml"])
    (tmp_path / "evidence").symlink_to(source / "evidence")
    tables = {key: data for key, data in files.tables.items() if key.endswith(".csv")}
    if together:
        (tmp_path / "tables.xlsx").write_bytes(as_xlsx(tables))
    else:
        for key, data in tables.items():
            (tmp_path / key.replace(".csv", ".xlsx")).write_bytes(as_xlsx({key: data}))
    found = read_folder(tmp_path)
    assert read_study(found) == read_study(files)
    rule, book = load_rulebook(EXAMPLES[name]), shipped()
    digests = [assess(read_study(each), rule, book, TODAY).sheet_digest for each in (files, found)]
    assert digests[0] == digests[1]


def copied(tmp_path: Path) -> Path:
    for path in KETTLE.iterdir():
        if path.is_file():
            (tmp_path / path.name).write_bytes(path.read_bytes())
    return tmp_path


@pytest.mark.parametrize("second", ["processes.xlsx", "tables.xlsx"])
def test_a_table_in_two_files_is_refused(second: str, tmp_path: Path) -> None:
    folder = copied(tmp_path)
    (folder / second).write_bytes(as_xlsx({"processes.csv": (folder / "processes.csv").read_bytes()}))
    with pytest.raises(FootproofError) as caught:
        read_folder(folder)
    assert caught.value.code == "E-WORKBOOK-TWICE"


def test_a_sheet_that_is_no_table_is_refused(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    (folder / "tables.xlsx").write_bytes(as_xlsx({"proceses.csv": b"id\nx\n"}))
    with pytest.raises(FootproofError) as caught:
        read_folder(folder)
    assert caught.value.code == "E-WORKBOOK-SHEET"


def fault(number: object) -> XLSX:
    def fill(book: Any) -> None:
        sheet = book.add_worksheet("x")
        sheet.write_row(0, 0, ["id", "amount"])
        if isinstance(number, str):
            sheet.write_formula(1, 1, "=A1/0", None, number)
        else:
            sheet.write_number(1, 1, number)

    return fill


@pytest.mark.parametrize(
    ("number", "code"),
    [(1 / 3, "E-WORKBOOK-DIGITS"), ("#DIV/0!", "E-WORKBOOK-CELL-ERROR"), ("#REF!", "E-WORKBOOK-CELL-ERROR")],
)
def test_a_cell_that_cannot_be_taken_is_refused_with_its_row(number: object, code: str, tmp_path: Path) -> None:
    folder = copied(tmp_path)
    (folder / "processes.csv").unlink()
    (folder / "processes.xlsx").write_bytes(written(fault(number)))
    with pytest.raises(FootproofError) as caught:
        read_folder(folder)
    assert caught.value.code == code
    assert str(caught.value.where) == "processes.xlsx, line 2, amount"


NUMBERS = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**25), max_value=10**25).map(
    lambda value: float(f"{value:.12g}")
)


@law
@given(st.lists(NUMBERS, min_size=1, max_size=20))
def test_twelve_digits_survive_a_spreadsheet(numbers: list[float]) -> None:
    from decimal import Decimal

    sheet = read_workbook(written(lambda book: book.add_worksheet("x").write_column(0, 0, numbers)), "x").sheets[0]
    assert sheet.rounded == {}
    found = [Decimal(row[0]) for row in sheet.rows]
    assert [float(value) for value in found] == numbers
    assert all(len(value.normalize().as_tuple().digits) <= 12 for value in found)


# ---- what outsiders send


def corner(reference: str) -> bytes:
    """A workbook whose only cell lies far out: a naive reader fills the plane between."""
    plain = written(lambda book: book.add_worksheet("x").write_number(0, 0, 1))
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(plain)) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            content = old.read(name).replace(b'r="A1"', f'r="{reference}"'.encode())
            new.writestr(name, content.replace(b'<row r="1"', b'<row r="%d"' % int(re.sub("[A-Z]", "", reference))))
    return target.getvalue()


def bomb() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        new.writestr("xl/workbook.xml", b" " * 60_000_000)
    return target.getvalue()


def no_date(number: float) -> bytes:
    """A number in a cell for times that no calendar reaches."""
    return written(
        lambda book: book.add_worksheet("x").write_number(0, 0, number, book.add_format({"num_format": "[hh]:mm"}))
    )


def with_doctype() -> bytes:
    plain = written(lambda book: book.add_worksheet("x").write_number(0, 0, 1))
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(plain)) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "xl/worksheets/sheet1.xml":
                content = content.replace(b"?>\n", b'?>\n<!DOCTYPE x [<!ENTITY a "b">]>', 1)
            new.writestr(name, content)
    return target.getvalue()


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"id,name\n", "E-WORKBOOK-FILE"),
        (b"", "E-WORKBOOK-FILE"),
        (b"PK\x03\x04 cut", "E-WORKBOOK-FILE"),
        (corner("XFD1048576"), "E-WORKBOOK-SIZE"),
        (corner("A1048576"), "E-WORKBOOK-SIZE"),
        (corner("XFD1"), "E-WORKBOOK-SIZE"),
        (bomb(), "E-WORKBOOK-SIZE"),
        (with_doctype(), "E-WORKBOOK-FILE"),
        (written(lambda book: book.add_worksheet("x"))[:-40], "E-WORKBOOK-FILE"),
        (no_date(1e12), "E-WORKBOOK-FILE"),
        (no_date(-1e300), "E-WORKBOOK-FILE"),
    ],
    ids=["csv", "empty", "cut", "corner", "depth", "width", "bomb", "doctype", "torn", "late", "early"],
)
def test_a_file_that_is_no_workbook_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(FootproofError) as caught:
        read_workbook(data, "x.xlsx")
    assert caught.value.code == code


def test_another_workbook_is_refused() -> None:
    with pytest.raises(FootproofError) as caught:
        import_workbook(written(lambda book: book.add_worksheet("x").write_number(0, 0, 1)), "x.xlsx", {})
    assert caught.value.code == "E-WORKBOOK-FORMAT"


@law
@given(st.integers(0, 10**6), st.binary(min_size=1, max_size=8))
def test_a_damaged_workbook_is_refused_or_read(place: int, noise: bytes) -> None:
    data = bytearray(PLAIN)
    at = place % len(data)
    data[at : at + len(noise)] = noise
    try:
        import_workbook(bytes(data), "x.xlsx", {})
    except FootproofError as problem:
        found = problem.code
    else:
        found = "E-WORKBOOK"
    assert found.startswith("E-WORKBOOK")


TYPED = st.one_of(
    st.none(),
    st.sampled_from(["=", "=1+1", "=(" * 40, "order", "value.x", "=product.name.zh", "[[[", "(" * 5000, "kg / " * 400]),
    st.sampled_from(["1e999", "electricity", "factor:", "process:/", "2025-02-30", "a\nb", "ö | x", "²"]),
    st.sampled_from(["footproof-workbook/1:product", "footproof-workbook/1:energy"]),
    st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(),
    st.dates(min_value=date(1950, 1, 1)),
    st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=12),
)
CHANGES = st.lists(
    st.tuples(st.integers(1, 17), st.integers(1, 12), st.integers(1, 14), TYPED), min_size=1, max_size=40
)


@settings(max_examples=30, deadline=None, derandomize=True)
@given(CHANGES)
def test_whatever_is_typed_is_told_or_taken(changes: list[tuple[int, int, int, object]]) -> None:
    book: Any = openpyxl.load_workbook(io.BytesIO(EXPORTED))
    for tab, row, column, value in changes:
        cell = book.worksheets[tab].cell(row, column)
        if not isinstance(cell, openpyxl.cell.cell.MergedCell):
            cell.value = value
            cell.data_type = "s" if isinstance(value, str) else cell.data_type
    target = io.BytesIO()
    book.save(target)
    try:
        found = import_workbook(target.getvalue(), "x.xlsx", {})
    except FootproofError as problem:
        code = problem.code
    else:
        code = "E-WORKBOOK"
        assert (found.tables is None) == bool(errors(found))
        assert all(item.error.where is not None for item in found.findings)
    assert code.startswith("E-WORKBOOK")


EXPORTED = export_workbook(read_folder(KETTLE))
PLAIN = new_workbook(NAME, load_rulebook(GENERIC), OFFERS)


def test_cells_have_the_names_that_spreadsheets_give_them() -> None:
    assert [column_name(number) for number in (0, 25, 26, 701, 702, 16383)] == ["A", "Z", "AA", "ZZ", "AAA", "XFD"]
    assert cell_name(6, 2) == "C7"


def test_the_paper_of_the_drafts_is_known() -> None:
    assert DOCUMENT.decode().startswith("示例")


def test_a_study_is_read_as_a_study() -> None:
    assert isinstance(read_study(read_folder(KETTLE)), Study)
