"""CSV tables (RFC 4180, UTF-8) read strictly, row by row, each row knowing its line."""

import csv
import io
import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from footproof.errors import FootproofError, Where
from footproof.expressions.exact import normalise, number
from footproof.formats.toml import CONTROL
from footproof.model.bilingual import Bilingual
from footproof.model.study import Figure, Place, Quality

MOST_BYTES = 10_000_000
MOST_ROWS = 100_000
LONGEST_CELL = 10_000

IDENTIFIER = re.compile(r"[a-z0-9][a-z0-9_-]{0,47}", re.ASCII)
_LOOSE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,47}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table, by column."""

    file: str
    line: int
    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")

    def where(self, column: str | None = None) -> Where:
        """Return the place of a cell, or of the row."""
        return Where(self.file, self.line, column)

    def place(self) -> Place:
        """Return the place of the row, for later errors."""
        return Place(self.file, self.line)

    def text(self, column: str) -> str:
        """Return a cell that must not be empty.

        Raises:
            FootproofError: E-TABLE-EMPTY.
        """
        if not self[column]:
            raise FootproofError("E-TABLE-EMPTY", self.where(column), column=column)
        return self[column]

    def id(self, column: str, *, loose: bool = False) -> str:
        """Return an identifier.

        Raises:
            FootproofError: E-TABLE-ID.
        """
        value = self.text(column)
        if not (_LOOSE_ID if loose else IDENTIFIER).fullmatch(value):
            raise FootproofError("E-TABLE-ID", self.where(column), found=value[:80])
        return value

    def choice(self, column: str, allowed: Collection[str]) -> str:
        """Return one of a closed list of words.

        Raises:
            FootproofError: E-TABLE-CHOICE.
        """
        value = self[column]
        if value not in allowed:
            shown = ", ".join(word or "(empty)" for word in allowed)
            raise FootproofError("E-TABLE-CHOICE", self.where(column), column=column, found=value[:80], allowed=shown)
        return value

    def bilingual(self, prefix: str) -> Bilingual:
        """Return a text in both languages from the columns `<prefix>_zh` and `<prefix>_en`."""
        return Bilingual(self.text(f"{prefix}_zh"), self.text(f"{prefix}_en"))

    def optional_bilingual(self, prefix: str) -> Bilingual | None:
        """Return a text in both languages, or None where both cells are empty."""
        if not self[f"{prefix}_zh"] and not self[f"{prefix}_en"]:
            return None
        return self.bilingual(prefix)

    def decimal(self, column: str) -> Decimal:
        """Return an exact number.

        Raises:
            FootproofError: E-NUMBER for NaN, infinity, too many digits or an absurd exponent.
        """
        return read_number(self.text(column), self.where(column))

    def optional_decimal(self, column: str) -> Decimal | None:
        """Return an exact number, or None for an empty cell."""
        return self.decimal(column) if self[column] else None

    def figure(self, column: str, unit: str) -> Figure:
        """Return a number, or a formula where the cell starts with `=`."""
        cell = self.text(column)
        if cell.startswith("="):
            return Figure(None, cell[1:].strip(), unit)
        return Figure(self.decimal(column), None, unit)

    def quality(self) -> Quality:
        """Return the data quality scores of the row."""
        return Quality(*(self._score(f"dq_{name}") for name in ("technology", "geography", "time")))

    def _score(self, column: str) -> int | None:
        value = self.choice(column, ("", "1", "2", "3", "4", "5"))
        return int(value) if value else None


def read_number(text: str, where: Where) -> Decimal:
    """Return the exact number a cell holds.

    Raises:
        FootproofError: E-NUMBER.
    """
    try:
        value = Decimal(text) if len(text) <= 64 else Decimal("NaN")
        adjusted = value.adjusted() if value.is_finite() else 99
        if "_" in text or not text.isascii() or not -42 <= adjusted <= 42:
            raise InvalidOperation
        number(normalise(value))
    except (InvalidOperation, FootproofError) as problem:
        raise FootproofError("E-NUMBER", where, found=text[:40], digits=12, exponent=30) from problem
    return value


def read_table(data: bytes, name: str, columns: Collection[str], needed: Collection[str]) -> Iterator[Row]:
    """Yield the rows of a table.

    Args:
        data: The file.
        name: Its name, for errors.
        columns: Columns that may stand in it.
        needed: Columns that must.

    Raises:
        FootproofError: E-TABLE-SIZE, E-TABLE-ENCODING, E-TABLE-COLUMN, E-TABLE-ROW.
    """
    if len(data) > MOST_BYTES:
        raise FootproofError("E-TABLE-SIZE", Where(name), found=len(data), most=MOST_BYTES)
    try:
        text = unicodedata.normalize("NFC", data.decode("utf-8-sig"))
    except UnicodeDecodeError as problem:
        line = data.count(b"\n", 0, problem.start) + 1
        raise FootproofError("E-TABLE-ENCODING", Where(name, line)) from problem
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [cell.strip() for cell in next(reader, [])]
        _check_header(header, name, columns, needed)
        yield from _rows(reader, header, name)
    except csv.Error as problem:
        line = _unclosed(text) or reader.line_num
        raise FootproofError("E-TABLE-ROW", Where(name, line), reason=str(problem)) from problem


def _unclosed(text: str) -> int | None:
    """Return the line of the last double quote that opens and never closes, or None."""
    if text.count('"') % 2 == 0:
        return None
    return text.count("\n", 0, text.rindex('"')) + 1


def _check_header(header: list[str], name: str, columns: Collection[str], needed: Collection[str]) -> None:
    for column in header:
        if column not in columns or header.count(column) > 1:
            known = ", ".join(sorted(columns))
            raise FootproofError("E-TABLE-COLUMN", Where(name, 1, column[:80]), found=column[:80], known=known)
    missing = [column for column in needed if column not in header]
    if missing:
        raise FootproofError("E-TABLE-MISSING", Where(name, 1), missing=", ".join(missing))


def _rows(reader: Iterator[list[str]], header: list[str], name: str) -> Iterator[Row]:
    line = 1
    for count, cells in enumerate(reader):
        start, line = line + 1, reader.line_num  # type: ignore[attr-defined]  # csv.reader counts lines
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(header):
            raise FootproofError("E-TABLE-CELLS", Where(name, start), found=len(cells), needed=len(header))
        if count >= MOST_ROWS:
            raise FootproofError("E-TABLE-SIZE", Where(name, start), found=f"> {MOST_ROWS}", most=MOST_ROWS)
        if any(len(cell) > LONGEST_CELL for cell in cells):
            raise FootproofError("E-TABLE-LONG", Where(name, start), most=LONGEST_CELL)
        for column, cell in zip(header, cells, strict=True):
            if CONTROL.search(cell):
                raise FootproofError("E-TEXT-CONTROL", Where(name, start, column))
        yield Row(name, start, {column: cell.strip() for column, cell in zip(header, cells, strict=True)})
