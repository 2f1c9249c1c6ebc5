"""Cells of an XLSX workbook as text, read from people one does not know (ISO/IEC 29500-1, SpreadsheetML).

Before anything is unpacked the archive is measured, and before the cells are loaded every sheet is walked once: how far
it reaches, which cells hold an error such as #REF!, and which a formula that was never calculated. A number is written
as the shortest decimal that gives the same double, rounded to the 15 digits that spreadsheet programs keep, so that
0.1 + 0.2 is 0.3; a date as YYYY-MM-DD; a formula as its value; text as it is.
"""

import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Context, Decimal
from io import BytesIO

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    WorksheetNotFound,
    XmlError,
    ZipError,
)

from footproof.errors import FootproofError, Where
from footproof.expressions.exact import normalise
from footproof.formats.table import MOST_ROWS
from footproof.formats.toml import MOST_DIGITS
from footproof.formats.workbook_strings import Budget, string_lengths
from footproof.formats.xml import Element, parse, stream

LARGEST_WORKBOOK = 20_000_000
MOST_UNPACKED = 200_000_000
STEEPEST = 250  # Bytes unpacked from one.
SMALL = 10_000_000  # Below this, a steep part does no harm.
MOST_PARTS = 2_000
MOST_SHEETS = 100
MOST_COLUMNS = 200
MOST_CELLS = 3_000_000
KEPT_DIGITS = 15  # What spreadsheet programs keep of a number.

_BOOK = "xl/workbook.xml"
_RELATIONS = "xl/_rels/workbook.xml.rels"
_PROPERTIES = "docProps/custom.xml"
_REFERENCE = re.compile(r"\$?([A-Za-z]{1,3})\$?([0-9]{1,7})", re.ASCII)
_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError)
_FOREIGN = (*_DAMAGE, CalamineError, ZipError, XmlError, PasswordError, WorksheetNotFound)
_KEEP = Context(prec=KEPT_DIGITS)
_DECLARE = Context(prec=MOST_DIGITS)

Place = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a cell.

    Args:
        code: E-WORKBOOK-CELL-ERROR, E-WORKBOOK-CELL-UNCALCULATED or E-WORKBOOK-CELL-KIND.
        found: What stands there.
    """

    code: str
    found: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet as text.

    Args:
        name: Its tab.
        rows: Cells by row, from A1; "" for an empty one. Row 1 of the sheet is `rows[0]`.
        faults: Cells without a value that can be read, by row and column from 0; their text is "".
        rounded: Cells whose number has more than 12 significant digits, with the number before it was rounded to 12.
    """

    name: str
    rows: Sequence[Sequence[str]]
    faults: Mapping[Place, Fault] = field(default_factory=dict)
    rounded: Mapping[Place, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Workbook:
    """The sheets of a workbook in their order, and its own document properties."""

    sheets: tuple[Sheet, ...]
    properties: Mapping[str, str]


def read_workbook(data: bytes, name: str) -> Workbook:
    """Return what a workbook says.

    Args:
        data: The file.
        name: Its name, for errors.

    Raises:
        FootproofError: E-WORKBOOK-FILE where it is no XLSX or is damaged; E-WORKBOOK-SIZE where it is too large,
            unpacks out of proportion, or reaches further than a study can hold.
    """
    if len(data) > LARGEST_WORKBOOK:
        raise FootproofError("E-WORKBOOK-SIZE", Where(name), found=len(data), most=LARGEST_WORKBOOK)
    parts = _parts(data, name)
    with _told(name):
        sheets = tuple(_sheet(sheet, values, faults) for sheet, values, faults in _loaded(data, name, parts))
        return Workbook(sheets, _properties(parts.get(_PROPERTIES), name))


def raw_sheets(data: bytes, name: str) -> tuple[tuple[str, Sequence[Sequence[object]]], ...]:
    """Return the cells of each sheet as the library gives them, once the workbook was measured.

    Raises:
        FootproofError: As `read_workbook`.
    """
    parts = _parts(data, name)
    with _told(name):
        return tuple((sheet, values) for sheet, values, _ in _loaded(data, name, parts))


@contextmanager
def _told(name: str) -> Iterator[None]:
    """Turn every way a workbook can be damaged into one error."""
    try:
        yield
    except _FOREIGN as problem:
        raise FootproofError("E-WORKBOOK-FILE", Where(name), reason=str(problem)[:200]) from problem
    except FootproofError as problem:
        if problem.code in ("E-WORKBOOK-FILE", "E-WORKBOOK-SIZE"):
            raise
        raise FootproofError("E-WORKBOOK-FILE", Where(name), reason=problem.code) from problem


def column_name(column: int) -> str:
    """Return the letters of a column counted from 0: 0 is "A", 26 is "AA"."""
    letters = ""
    rest = column + 1
    while rest:
        rest, letter = divmod(rest - 1, 26)
        letters = chr(ord("A") + letter) + letters
    return letters


def cell_name(row: int, column: int) -> str:
    """Return the name of a cell counted from 0: (0, 0) is "A1"."""
    return f"{column_name(column)}{row + 1}"


# ---- the archive


def _parts(data: bytes, name: str) -> dict[str, bytes]:
    """Unpack the parts that are read here; measure the others, since the reader of cells sets no limits itself."""
    found: dict[str, bytes] = {}
    total = 0
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            entries = archive.infolist()
            if len(entries) > MOST_PARTS or len({_plain(entry.filename) for entry in entries}) < len(entries):
                raise FootproofError("E-WORKBOOK-SIZE", Where(name), found=len(entries), most=MOST_PARTS)
            for entry in entries:
                content = _part(archive, entry, name)
                total += len(content)
                if total > MOST_UNPACKED:
                    raise FootproofError("E-WORKBOOK-SIZE", Where(name), found=f"> {MOST_UNPACKED}", most=MOST_UNPACKED)
                if _plain(entry.filename).endswith((".xml", ".rels")):
                    _refuse_document_type(content, f"{name}/{entry.filename}")
                    found[entry.filename] = content
    except _DAMAGE as problem:
        raise FootproofError("E-WORKBOOK-FILE", Where(name), reason=str(problem)[:200]) from problem
    return found


def _plain(part: str) -> str:
    """Return the path of a part as the library looks for it: it makes no difference of case, nor of slashes."""
    return part.replace("\\", "/").lower()


def _refuse_document_type(content: bytes, part: str) -> None:
    """No spreadsheet program writes a document type; parts that are not parsed here are looked at for it as well."""
    if b"<!DOCTYPE" in content:
        raise FootproofError("E-WORKBOOK-FILE", Where(part), reason="E-DB-XML-ENTITY")


def _part(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, name: str) -> bytes:
    if entry.flag_bits & 0x1:
        raise FootproofError("E-WORKBOOK-FILE", Where(name), reason="encrypted")
    most = min(MOST_UNPACKED, max(SMALL, STEEPEST * entry.compress_size))
    with archive.open(entry) as part:
        content = part.read(most + 1)
    if max(len(content), entry.file_size) > most:
        raise FootproofError("E-WORKBOOK-SIZE", Where(f"{name}/{entry.filename}"), found=f"> {most}", most=most)
    return content


def _sheet_parts(parts: Mapping[str, bytes], name: str) -> Iterator[tuple[str, str]]:
    """Yield each sheet's name and part, in the order of the tabs."""
    targets = {
        item.attributes.get("Id", ""): item.attributes.get("Target", "")
        for item in parse(parts[_RELATIONS], f"{name}/{_RELATIONS}").all("Relationship")
    }
    sheets = parse(parts[_BOOK], f"{name}/{_BOOK}").at("sheets")
    listed = sheets.all("sheet") if sheets else []
    if len(listed) > MOST_SHEETS:
        raise FootproofError("E-WORKBOOK-SIZE", Where(name), found=len(listed), most=MOST_SHEETS)
    names = [sheet.attributes.get("name", "").casefold() for sheet in listed]
    for sheet in listed:
        if names.count(sheet.attributes.get("name", "").casefold()) > 1:  # One would be read for the other.
            raise FootproofError("E-WORKBOOK-FILE", Where(name), reason=f"two sheets {sheet.attributes['name']}"[:200])
        target = targets.get(sheet.attributes.get("id", ""), "")
        part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        if part not in parts:
            raise FootproofError("E-WORKBOOK-FILE", Where(name), reason=f"no {part}"[:200])
        yield sheet.attributes.get("name", ""), part


def _properties(data: bytes | None, name: str) -> Mapping[str, str]:
    if data is None:
        return {}
    root = parse(data, f"{name}/{_PROPERTIES}")
    return {
        item.attributes.get("name", ""): item.children[0].text.strip() for item in root.all("property") if item.children
    }


# ---- a first walk


def _walk(data: bytes, name: str, sheet: str, budget: Budget) -> Mapping[Place, Fault]:
    """Return the cells that hold an error or an uncalculated formula; add up the text of all cells.

    Raises:
        FootproofError: E-WORKBOOK-SIZE where a cell lies beyond what a study can hold: a single cell in the last corner
            of a sheet would make the reader fill the whole plane.
    """
    faults: dict[Place, Fault] = {}
    row = last = -1
    for element in stream(data, f"{name}/{sheet}", {"row", "c"}):
        if element.name == "c":  # A cell outside a row: the library takes it all the same.
            cells = [element]
        else:
            row, cells = _number(element.attributes.get("r", ""), row + 1), element.all("c")
        last, column = max(last, row), -1
        for cell in cells:
            row_of, column = _position(cell, max(row, 0), column + 1)
            last = max(last, row_of)
            if last > MOST_ROWS + 100 or column >= MOST_COLUMNS:
                where = Where(name, field=f"{sheet}!{cell_name(row_of, column)}"[:200])
                most = f"{MOST_ROWS} x {MOST_COLUMNS}"
                raise FootproofError("E-WORKBOOK-SIZE", where, found=cell_name(row_of, column), most=most)
            budget.spend(cell)
            fault = _fault(cell)
            if fault is not None:
                faults[row_of, column] = fault
    return faults


def _number(text: str, otherwise: int) -> int:
    return int(text) - 1 if text.isascii() and text.isdigit() and 0 < len(text) < 8 else otherwise


def _position(cell: Element, row: int, column: int) -> Place:
    match = _REFERENCE.fullmatch(cell.attributes.get("r", ""))
    if match is None:
        return row, column
    number = 0
    for letter in match[1].upper():
        number = number * 26 + ord(letter) - ord("A") + 1
    return int(match[2]) - 1, number - 1


def _fault(cell: Element) -> Fault | None:
    value, formula = cell.at("v"), cell.at("f")
    if cell.attributes.get("t") == "e":
        return Fault("E-WORKBOOK-CELL-ERROR", value.text.strip() if value else "#ERROR")
    empty = value is None or not value.text.strip()
    if formula is not None and empty and cell.at("is") is None and cell.attributes.get("t") != "str":
        return Fault("E-WORKBOOK-CELL-UNCALCULATED", f"={formula.text.strip()}"[:80])
    return None


# ---- the cells


def _loaded(
    data: bytes, name: str, parts: Mapping[str, bytes]
) -> Iterator[tuple[str, Sequence[Sequence[object]], dict[Place, Fault]]]:
    if _BOOK not in parts or _RELATIONS not in parts:
        raise FootproofError("E-WORKBOOK-FILE", Where(name), reason=f"no {_BOOK}")
    budget = Budget(string_lengths(parts, name), name)
    faults = {sheet: _walk(parts[part], name, sheet, budget) for sheet, part in _sheet_parts(parts, name)}
    cells = 0
    with CalamineWorkbook.from_filelike(BytesIO(data)) as book:
        for sheet in (found.name for found in book.sheets_metadata if found.typ == SheetTypeEnum.WorkSheet):
            if sheet not in faults:
                raise FootproofError("E-WORKBOOK-FILE", Where(name), reason=f"no part for sheet {sheet}"[:200])
            loaded = book.get_sheet_by_name(sheet)
            cells += loaded.total_height * loaded.total_width
            if cells > MOST_CELLS:
                raise FootproofError("E-WORKBOOK-SIZE", Where(name), found=f"> {MOST_CELLS}", most=MOST_CELLS)
            yield sheet, _values(loaded, name), dict(faults[sheet])


def _values(sheet: CalamineSheet, name: str) -> Sequence[Sequence[object]]:
    """Load the cells; the library breaks off in its own way over a number beyond the calendar in a cell for dates.

    Raises:
        FootproofError: E-WORKBOOK-FILE with the name of the sheet.
    """
    try:
        return sheet.to_python(skip_empty_area=False)
    except BaseException as problem:
        if not isinstance(problem, OverflowError) and type(problem).__name__ != "PanicException":
            raise
        reason = f"{sheet.name}: a number beyond the calendar in a cell formatted as a date"
        raise FootproofError("E-WORKBOOK-FILE", Where(name, field=sheet.name), reason=reason) from problem


def _sheet(name: str, values: Sequence[Sequence[object]], faults: dict[Place, Fault]) -> Sheet:
    rounded: dict[Place, str] = {}
    rows: list[list[str]] = []
    for row, cells in enumerate(values):
        texts: list[str] = []
        for column, value in enumerate(cells):
            place = (row, column)
            if place in faults or value == "":
                texts.append("")
            elif isinstance(value, str):
                texts.append(value.replace("\r\n", "\n").replace("\r", "\n"))
            else:
                texts.append(_text(value, place, faults, rounded))
        rows.append(texts)
    return Sheet(name, rows, faults, rounded)


def _text(value: object, place: Place, faults: dict[Place, Fault], rounded: dict[Place, str]) -> str:
    """Return a cell that is no text as text; note what cannot be kept."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        kept = _KEEP.create_decimal(repr(value))
        declared = _DECLARE.plus(kept)
        if declared != kept:
            rounded[place] = str(value)
        return _written(declared)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ")
    if isinstance(value, date):
        return value.isoformat()
    faults[place] = Fault("E-WORKBOOK-CELL-KIND", str(value)[:80])
    return ""


def _written(number: Decimal) -> str:
    """Return a number plainly; one beyond what a study may state keeps its exponent, so that it stays short."""
    return normalise(number) if abs(number.adjusted()) <= 60 else str(number)
