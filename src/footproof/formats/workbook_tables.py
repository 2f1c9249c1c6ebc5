"""Tables of a study kept in a spreadsheet: the first sheet of `<table>.xlsx`, or the sheet `<table>` of `tables.xlsx`.

They become the CSV that the study reader takes, row n on line n, so that a study in either form has the same sheet and
the same digests. Strict, as the CSV is: an error cell, an uncalculated formula or a number of more than 12 digits is
refused.
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence

from footproof.errors import FootproofError, Where
from footproof.formats.toml import MOST_DIGITS
from footproof.formats.workbook_cells import Sheet, read_workbook

ALL_TABLES = "tables.xlsx"


def one_table(data: bytes, name: str) -> bytes:
    """Return the first sheet of a workbook as CSV.

    Args:
        data: The workbook.
        name: Its name, for errors.

    Raises:
        FootproofError: E-WORKBOOK-FILE, E-WORKBOOK-SIZE, E-WORKBOOK-CELL-*, E-WORKBOOK-DIGITS.
    """
    sheets = read_workbook(data, name).sheets
    return table_bytes(sheets[0], name) if sheets else b""


def all_tables(data: bytes, tables: Iterable[str]) -> Mapping[str, bytes]:
    """Return the sheets of `tables.xlsx` as CSV by the name of their table; empty sheets are left out.

    Args:
        data: The workbook.
        tables: Names that a sheet may have, without an ending.

    Raises:
        FootproofError: E-WORKBOOK-SHEET for a sheet of another name, which nobody would read; else as `one_table`.
    """
    known = sorted(tables)
    found: dict[str, bytes] = {}
    for sheet in read_workbook(data, ALL_TABLES).sheets:
        content = table_bytes(sheet, f"{ALL_TABLES}/{sheet.name}")
        if not content:
            continue
        if sheet.name not in known:
            raise FootproofError(
                "E-WORKBOOK-SHEET", Where(ALL_TABLES, field=sheet.name), sheet=sheet.name, known=", ".join(known)
            )
        found[sheet.name] = content
    return found


def table_bytes(sheet: Sheet, file: str) -> bytes:
    """Return a sheet with a header in its first row as CSV; empty rows and columns at the end are left out.

    Raises:
        FootproofError: E-WORKBOOK-CELL-* or E-WORKBOOK-DIGITS for the first cell that cannot be taken.
    """
    header = sheet.rows[0] if sheet.rows else ()
    for row, column in sorted({*sheet.faults, *sheet.rounded}):
        name = header[column].strip() if column < len(header) else ""
        where = Where(file, row + 1, name or None)
        if (row, column) in sheet.faults:
            fault = sheet.faults[row, column]
            raise FootproofError(fault.code, where, found=fault.found)
        raise FootproofError("E-WORKBOOK-DIGITS", where, found=sheet.rounded[row, column], digits=MOST_DIGITS)
    return csv_bytes(_trimmed(sheet.rows))


def csv_bytes(rows: Iterable[Sequence[str]]) -> bytes:
    """Return rows as CSV, lines ending in a line feed."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode("utf-8")


def _trimmed(rows: Sequence[Sequence[str]]) -> Sequence[Sequence[str]]:
    """Leave out what is empty at the right and below; cells beside the header stay, and are refused as such later."""
    last = max((index for index, cells in enumerate(rows) if any(cell.strip() for cell in cells)), default=-1)
    kept = rows[: last + 1]
    width = max((_width(cells) for cells in kept), default=0)
    return [[*cells[:width], *[""] * (width - len(cells))] if _width(cells) else [] for cells in kept]


def _width(cells: Sequence[str]) -> int:
    return max((index + 1 for index, cell in enumerate(cells) if cell.strip()), default=0)
