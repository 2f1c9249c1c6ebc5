"""Workbooks that somebody made to do harm, or broke by accident: each is refused with a code or read as it stands."""

import io
import re
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from footproof.errors import FootproofError
from footproof.formats.folder import read_folder
from footproof.formats.study import StudyFiles, read_study
from footproof.formats.workbook import Imported, export_workbook, import_workbook
from footproof.formats.workbook_cells import read_workbook
from footproof.formats.workbook_strings import LONGEST_CELL
from footproof.formats.workbook_tables import all_tables, one_table

STUDY = Path(__file__).resolve().parents[1] / "interpret/seeded/base"
FILES = StudyFiles(read_folder(STUDY).tables, None)
PLAIN = export_workbook(FILES)
BOOK, STRINGS, PARAMETERS = "xl/workbook.xml", "xl/sharedStrings.xml", "xl/worksheets/sheet3.xml"
SHEET = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>%b</sheetData></worksheet>'
SHARED = b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">%b</sst>'
DOCTYPE = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">]>'


def changed(edit: Callable[[str, bytes], bytes], more: Mapping[str, bytes] = {}) -> bytes:
    """Return the workbook of the tray with some parts changed and others added."""
    target = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(PLAIN)) as old,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            new.writestr(name, edit(name, old.read(name)))
        for name, content in more.items():
            new.writestr(name, content)
    return target.getvalue()


def part(name: str, old: bytes, new: bytes, count: int = 1) -> bytes:
    """Return the workbook with a text of one part replaced."""

    def edit(found: str, content: bytes) -> bytes:
        assert found != name or old in content
        return content.replace(old, new, count) if found == name else content

    return changed(edit)


def same(name: str, content: bytes) -> bytes:
    del name
    return content


def amplified(length: int, cells: int) -> bytes:
    """Return a workbook in which one text stands once and every cell of every sheet names it."""
    rows = b"".join(b'<row r="%d"><c r="A%d" t="s"><v>0</v></c></row>' % (at, at) for at in range(1, cells + 1))

    def edit(name: str, content: bytes) -> bytes:
        if name == STRINGS:
            return SHARED % (b"<si><t>" + b"A" * length + b"</t></si>")
        return SHEET % rows if name.startswith("xl/worksheets/sheet") else content

    return changed(edit)


def sheets(fill: Callable[[Any], None]) -> bytes:
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True})
    fill(book)
    book.close()
    return target.getvalue()


REFUSED = {
    "a document type in a sheet": (part(PARAMETERS, b"<worksheet", DOCTYPE + b"<worksheet"), "E-WORKBOOK-FILE"),
    "a document type in the shared texts": (part(STRINGS, b"<sst", DOCTYPE + b"<sst"), "E-WORKBOOK-FILE"),
    "a document type in a part nobody parses": (
        part("xl/styles.xml", b"<styleSheet", DOCTYPE + b"<styleSheet"),
        "E-WORKBOOK-FILE",
    ),
    "a part that unpacks out of proportion": (
        changed(same, {"xl/media/a.bin": b"\0" * 60_000_000}),
        "E-WORKBOOK-SIZE",
    ),
    "thousands of parts": (changed(same, {f"x/{at}.xml": b"<a/>" for at in range(2100)}), "E-WORKBOOK-SIZE"),
    "a cell in the last corner": (
        part(PARAMETERS, b"</sheetData>", b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'),
        "E-WORKBOOK-SIZE",
    ),
    "a cell in the last corner outside any row": (
        part(PARAMETERS, b"</sheetData>", b'<c r="XFD1048576"><v>1</v></c></sheetData>'),
        "E-WORKBOOK-SIZE",
    ),
    "a text longer than a cell": (amplified(LONGEST_CELL + 1, 1), "E-WORKBOOK-SIZE"),
    "a text that thousands of cells repeat": (amplified(LONGEST_CELL, 400), "E-WORKBOOK-SIZE"),
    "a cell that names no shared text": (part(PARAMETERS, b't="s"><v>', b't="s"><v>99999'), "E-WORKBOOK-FILE"),
    "a cell that names a shared text below zero": (part(PARAMETERS, b't="s"><v>', b't="s"><v>-'), "E-WORKBOOK-FILE"),
    "a part twice, in capitals": (changed(same, {PARAMETERS.upper(): b"<worksheet/>"}), "E-WORKBOOK-SIZE"),
    "a part twice, with other slashes": (
        changed(same, {PARAMETERS.replace("/", "\\"): b"<worksheet/>"}),
        "E-WORKBOOK-SIZE",
    ),
    "a sheet outside the archive": (
        part("xl/_rels/workbook.xml.rels", b"worksheets/sheet3.xml", b"../../../etc/passwd"),
        "E-WORKBOOK-FILE",
    ),
    "elements without end": (
        part(PARAMETERS, b"</worksheet>", b"<a>" * 20000 + b"</a>" * 20000 + b"</worksheet>"),
        "E-WORKBOOK-FILE",
    ),
    "two sheets of one name": (
        part(BOOK, "过程 Processes".encode(), "参数 parameters".encode()),
        "E-WORKBOOK-FILE",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_hostile_workbook_is_refused(name: str) -> None:
    data, code = REFUSED[name]
    assert len(data) < 2_000_000
    with pytest.raises(FootproofError) as caught:
        import_workbook(data, "hostile.xlsx", {})
    assert caught.value.code == code


@pytest.mark.slow
def test_a_million_rows_are_refused_before_they_are_loaded() -> None:
    def fill(book: Any) -> None:
        sheet = book.add_worksheet("exchanges")
        for row in range(150_000):
            sheet.write_number(row, 0, 1)

    with pytest.raises(FootproofError, match="E-WORKBOOK-SIZE"):
        all_tables(sheets(fill), ["exchanges"])


HARMLESS = {
    "an external link": changed(
        same,
        {
            "xl/externalLinks/externalLink1.xml": b"<externalLink/>",
            "xl/externalLinks/_rels/externalLink1.xml.rels": b'<Relationships><Relationship Id="r1" '
            b'TargetMode="External" Target="file:///etc/passwd"/></Relationships>',
        },
    ),
    "a macro": changed(same, {"xl/vbaProject.bin": b"macro"}),
    "a range that is said to be vast": part(PARAMETERS, b'<dimension ref="', b'<dimension ref="A1:XFD1048576" x="'),
    "one merged range over the whole sheet": part(
        PARAMETERS,
        b"</sheetData>",
        b'</sheetData><mergeCells count="1"><mergeCell ref="A1:XFD1048576"/></mergeCells>',
    ),
}


@pytest.mark.parametrize("name", HARMLESS)
def test_what_a_study_has_no_use_for_is_not_read(name: str) -> None:
    found = import_workbook(HARMLESS[name], "book.xlsx", {})
    assert found.tables is not None
    assert found.tables == import_workbook(PLAIN, "book.xlsx", {}).tables


def test_a_sheet_left_as_a_copy_does_not_count_twice() -> None:
    with zipfile.ZipFile(io.BytesIO(PLAIN)) as book:
        tabs = re.findall(r'<sheet name="([^"]*)" sheetId="\d+" r:id="(rId\d+)"', book.read(BOOK).decode())
    name, relation = next(item for item in tabs if "Energy" in item[0])
    copy = f'<sheet name="{name} (2)" sheetId="99" r:id="{relation}"/></sheets>'
    with pytest.raises(FootproofError) as caught:
        import_workbook(part(BOOK, b"</sheets>", copy.encode()), "book.xlsx", {})
    assert caught.value.code == "E-WORKBOOK-TWICE"
    assert caught.value.values["second"] == f"{name} (2)"


def imported(tab: str, fill: Callable[[Any], None]) -> Imported:
    """Return the workbook of the tray read back after one sheet was edited in a spreadsheet program."""
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.load_workbook(io.BytesIO(PLAIN))
    fill(next(sheet for sheet in book if tab in sheet.title))
    target = io.BytesIO()
    book.save(target)
    return import_workbook(target.getvalue(), "book.xlsx", {})


def test_a_heading_that_stands_twice_is_an_error() -> None:
    def fill(sheet: Any) -> None:
        keys = {cell.value: cell.column for cell in sheet[1]}
        sheet.cell(1, keys["source"]).value = "amount"

    found = imported("Energy", fill)
    assert found.tables is None
    assert "E-TABLE-COLUMN" in {item.error.code for item in found.findings}


def test_a_date_typed_as_a_number_is_told() -> None:
    def fill(sheet: Any) -> None:
        keys = {cell.value: cell.column for cell in sheet[1]}
        cell = sheet.cell(5, keys["calibrated_to"])
        cell.value, cell.number_format = 46538, "General"  # 2027-05-31, as a spreadsheet counts days.

    found = imported("Meters", fill)
    assert found.tables is None
    assert [item.error.code for item in found.findings if item.level == "error"] == ["E-DATE"]


def test_a_merged_amount_is_the_amount_of_its_first_row_only() -> None:
    """Only the first cell of a merged range holds a value; the other rows are told of, and nothing is invented."""

    def fill(sheet: Any) -> None:
        keys = {cell.value: cell.column for cell in sheet[1]}
        column = sheet.cell(1, keys["amount"]).column_letter
        sheet.merge_cells(f"{column}5:{column}6")

    found = imported("Energy", fill)
    assert found.tables is None
    assert {item.error.code for item in found.findings if item.level == "error"} == {"E-TABLE-EMPTY"}


@pytest.mark.parametrize("text", ["=HYPERLINK(0)", "+1", "@SUM(A1)", "-2", "=cmd|' /C calc'!A0", "\t=1+1", "'=1"])
def test_text_that_looks_like_a_formula_stays_text_in_the_workbook(text: str) -> None:
    name = text.strip()
    tables = dict(FILES.tables)
    quoted = '"' + name.replace('"', '""') + '"'
    tables["exchanges.csv"] = tables["exchanges.csv"].replace("胶黏剂".encode(), quoted.encode())
    data = export_workbook(StudyFiles(tables, None))
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        bodies = [book.read(item) for item in book.namelist() if item.startswith("xl/worksheets/sheet")]
    assert not any(b"<f>" in body for body in bodies)
    found = import_workbook(data, "book.xlsx", {})
    assert found.study is not None
    glue = next(item for item in found.study.exchanges if item.id == "glue")
    assert glue.name is not None
    assert glue.name.zh == name


@pytest.mark.parametrize(
    ("header", "code"),
    [(["process", "id", "id"], "E-TABLE-COLUMN"), (["process", "ID "], "E-TABLE-COLUMN")],
)
def test_a_table_whose_headings_repeat_or_differ_is_refused(header: list[str], code: str) -> None:
    data = sheets(lambda book: book.add_worksheet("x").write_row(0, 0, header))
    tables = {**FILES.tables, "exchanges.csv": one_table(data, "exchanges.xlsx")}
    with pytest.raises(FootproofError) as caught:
        read_study(StudyFiles(tables, None))
    assert caught.value.code == code


def test_a_cell_takes_the_value_that_its_formula_had() -> None:
    def fill(book: Any) -> None:
        sheet = book.add_worksheet("x")
        sheet.write_row(0, 0, ["id", "amount"])
        sheet.write_formula(1, 1, "=[1]Other!A1*2", None, 42)  # A link to another file, with what it gave.

    assert one_table(sheets(fill), "x.xlsx") == b"id,amount\n,42\n"
    assert read_workbook(sheets(fill), "x.xlsx").sheets[0].rows[1][1] == "42"
