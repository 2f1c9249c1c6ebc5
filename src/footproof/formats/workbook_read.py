"""Read a filled-in workbook back into the files of a study, and say of every row what is wrong with it.

All findings are told at once. The study's own reader is the judge at the end: what it refuses is traced back to the
cell, the row is set aside, and it is asked again, so that one wrong row does not hide the next.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cache
from typing import Any

from footproof.errors import FootproofError, Where
from footproof.formats.study import FORMAT as STUDY_FORMAT
from footproof.formats.study import REQUIRED, StudyFiles, read_study
from footproof.formats.table import read_number
from footproof.formats.toml import MOST_DIGITS, parse_path
from footproof.formats.workbook_cells import Sheet, cell_name, read_workbook
from footproof.formats.workbook_layout import (
    CHOICES,
    EXCHANGE_COLUMNS,
    EXCHANGE_SHEETS,
    EXCHANGES,
    FIRST_ROW,
    HEAD,
    HEAD_FIELDS,
    LATER,
    LAYOUTS,
    LISTS,
    MARK,
    ORDER,
    SECTIONS,
    Content,
    HeadField,
    Layout,
    layout_of,
)
from footproof.formats.workbook_tables import csv_bytes
from footproof.formats.workbook_toml import read_value, split_words, write_toml
from footproof.formats.workbook_words import head_words, in_sheet_words, tab_name
from footproof.model.study import Kind, Study
from footproof.texts import catalogue
from footproof.units import unit

_SHADOWS = {
    "E-EVIDENCE-UNKNOWN": ("evidence.csv", "id"),
    "E-STUDY-METER": ("meters.csv", "id"),
    "E-STUDY-PROVIDER": ("processes.csv", "name"),
}
_PIECEWISE = (EXCHANGES, "factors.csv", "intensities.csv")  # Tables that the reader checks nothing else against.
PIECE = 200  # Rows of a long table that are judged at a time.
MOST_FAULTS = 100  # Rows that the study's reader may refuse before it is no longer asked.
EVIDENCE = "evidence.csv"
_NUMBERED = (
    *EXCHANGE_SHEETS,
    "recycling",
    "evidence",
    "meters",
    "cut_offs",
)  # Sheets whose rows need no id of their own.

_DAY = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?", re.ASCII)
_POINTER = re.compile(r".* \| ((?:param|fuel|factor|db|process):\S+|electricity)", re.DOTALL)
_BARE = re.compile(r".* \| (\S[^|]*)", re.DOTALL)
_PAIRED = re.compile(r"(.+)_(zh|en)")


class Level(StrEnum):
    """What a finding means for the study."""

    ERROR = "error"  # Nothing is written.
    OPEN = "open"  # The study is written; this is still to be done.
    NOTE = "note"  # The study is written; this was taken otherwise than it stood.


@dataclass(frozen=True, slots=True)
class CellFinding:
    """What was found in a cell or row.

    Args:
        sheet: Tab of the sheet.
        cell: Such as "C7", or "7" for a whole row, or empty for the sheet.
        error: What was found and what is needed, under a code.
    """

    level: Level
    sheet: str
    cell: str
    error: FootproofError


@dataclass(frozen=True, slots=True)
class Imported:
    """What a workbook gave.

    Args:
        tables: study.toml and the tables; None where there is an error.
        study: The same, read; None where there is an error.
        rulebook: Name of the rule the workbook was made for, or empty.
        rulebook_digest: Its digest, or empty.
    """

    tables: Mapping[str, bytes] | None
    study: Study | None
    findings: tuple[CellFinding, ...]
    rulebook: str
    rulebook_digest: str


@dataclass(slots=True)
class _Line:
    """One row of a sheet.

    Args:
        places: Column of each key, from 0.
        bad: Whether something in it is wrong, so that it is set aside.
    """

    sheet: Sheet
    layout: Layout
    row: int
    cells: dict[str, str]
    places: Mapping[str, int]
    bad: bool = False

    def cell(self, column: str | None) -> str:
        place = self.places.get(column or "")
        return str(self.row + 1) if place is None else cell_name(self.row, place)


@dataclass(slots=True)
class _Reading:
    """What has been read so far."""

    findings: list[CellFinding] = field(default_factory=list)
    head: dict[str, Any] = field(default_factory=dict)
    head_cells: dict[str, tuple[str, str]] = field(default_factory=dict)  # Path to tab and cell.
    lines: dict[str, list[_Line]] = field(default_factory=dict)  # By table or section.
    suggested: frozenset[str] = frozenset()

    def find(self, level: Level, sheet: str, cell: str, code: str, **values: object) -> None:
        self.add(level, sheet, cell, FootproofError(code, Where(sheet, field=cell or None), **values))

    def add(self, level: Level, sheet: str, cell: str, error: FootproofError) -> None:
        self.findings.append(CellFinding(level, sheet, cell, error.at(Where(sheet, field=cell or None))))

    def refuse(self, line: _Line, place: str | None, code: str, **values: object) -> None:
        self.refuse_row(line, place, FootproofError(code, None, **values))

    def ids(self, source: str, column: str = "id") -> set[str]:
        """Return the ids of a table, those of rows set aside included: a reference to them is not at fault."""
        return {line.cells.get(column, "") for line in self.lines.get(source, ())}

    def refuse_row(self, line: "_Line", column: str | None, error: FootproofError) -> None:
        """Refuse a row in the words of its sheet."""
        line.bad = True
        self.add(Level.ERROR, line.sheet.name, line.cell(column), in_sheet_words(error, line.layout, column))

    def failed(self) -> bool:
        return any(finding.level is Level.ERROR for finding in self.findings)


def import_workbook(data: bytes, name: str, documents: Mapping[str, str]) -> Imported:
    """Return the study that a workbook describes, or what is wrong with it.

    Args:
        data: The workbook.
        name: Its file name.
        documents: SHA-256 in hex by name of the documents at hand.

    Raises:
        FootproofError: E-WORKBOOK-FILE, E-WORKBOOK-SIZE; E-WORKBOOK-FORMAT where no sheet bears the mark,
            E-WORKBOOK-TWICE where two bear the same one.
    """
    book = read_workbook(data, name)
    marked = [(sheet, mark) for sheet in book.sheets if (mark := _mark(sheet))]
    if not any(mark == HEAD for _, mark in marked):
        raise FootproofError("E-WORKBOOK-FORMAT", Where(name), needed=f"{MARK}{HEAD}")
    _refuse_twins(marked)
    reading = _Reading(suggested=_suggested(sheet for sheet, mark in marked if mark == LISTS))
    for sheet, mark in marked:
        if mark == HEAD:
            _read_head(sheet, reading)
        elif mark != LISTS:
            _read_lines(sheet, layout_of(mark), reading)
    _settle(reading)
    for lines in reading.lines.values():
        for line in lines:
            _check(line, reading)
    _check_names(reading)
    _check_documents(reading, documents)
    study, tables = _judge(reading)
    if study is not None:
        _check_links(reading)
    findings = tuple(sorted(reading.findings, key=lambda item: list(Level).index(item.level)))
    failed = study is None or reading.failed()
    rule, digest = (book.properties.get(f"footproof.{key}", "") for key in ("rulebook", "rulebook_digest"))
    return Imported(None if failed else tables, None if failed else study, findings, rule, digest)


def _mark(sheet: Sheet) -> str:
    mark = sheet.rows[0][0] if sheet.rows and sheet.rows[0] else ""
    return mark.removeprefix(MARK) if mark.startswith(MARK) else ""


def _refuse_twins(marked: Sequence[tuple[Sheet, str]]) -> None:
    """Refuse a copy of a sheet left in the workbook: its rows would count twice.

    Raises:
        FootproofError: E-WORKBOOK-TWICE.
    """
    first: dict[str, str] = {}
    for sheet, mark in marked:
        if mark in first:
            where = Where(sheet.name)
            raise FootproofError("E-WORKBOOK-TWICE", where, table=mark, first=first[mark], second=sheet.name)
        first[mark] = sheet.name


def _suggested(sheets: Iterable[Sheet]) -> frozenset[str]:
    """Return the rows that the workbook came with."""
    found: set[str] = set()
    for sheet in sheets:
        keys = list(sheet.rows[0])
        if "suggested" in keys:
            place = keys.index("suggested")
            found |= {cells[place] for cells in sheet.rows[FIRST_ROW:]}
    return frozenset(found)


# ---- product, site and period


def _read_head(sheet: Sheet, reading: _Reading) -> None:
    fields = {item.path: item for item in HEAD_FIELDS}
    reading.head = {"format": STUDY_FORMAT}
    seen: set[str] = set()
    for row, cells in enumerate(sheet.rows[FIRST_ROW:], FIRST_ROW):
        key, _, _, zh, en = ([cell.strip() for cell in cells] + [""] * 5)[:5]
        if not key or key in seen or _has_fault(sheet, row, reading):
            continue
        seen.add(key)
        path = key.removeprefix("=")
        reading.head_cells[path] = (sheet.name, cell_name(row, 3))
        if key in fields:
            _head_field(sheet, row, fields[key], (zh, en), reading)
        else:
            _other_field(sheet, row, path, zh, reading)
    for item in HEAD_FIELDS:
        if item.needed and item.path not in seen:
            _stand_in(item, reading)
            if not any(finding.sheet == sheet.name for finding in reading.findings):
                reading.find(Level.ERROR, sheet.name, "", "E-KEY-MISSING", key=head_words(item.path))


def _has_fault(sheet: Sheet, row: int, reading: _Reading) -> bool:
    found = False
    for column in (3, 4):
        fault = sheet.faults.get((row, column))
        if fault is not None:
            reading.find(Level.ERROR, sheet.name, cell_name(row, column), fault.code, found=fault.found)
            found = True
    return found


def _head_field(sheet: Sheet, row: int, item: HeadField, texts: tuple[str, str], reading: _Reading) -> None:
    zh, en = texts
    if not zh and not (item.both and en):
        if item.needed:
            label = catalogue("workbook")[f"head.{item.path}.label"]
            name = f"{label['zh']} {label['en']}"
            reading.find(Level.ERROR, sheet.name, cell_name(row, 3), "E-WORKBOOK-EMPTY", label=name)
            _stand_in(item, reading)
        return
    if item.both:
        if not zh or not en:
            reading.find(
                Level.OPEN, sheet.name, cell_name(row, 3 if en else 4), "E-WORKBOOK-TRANSLATION", found=zh or en
            )
        _put(reading.head, item.path, {"zh": zh or en, "en": en or zh})
    elif item.day:
        try:
            _put(reading.head, item.path, date.fromisoformat(_iso(zh)))
        except ValueError:
            reading.find(Level.ERROR, sheet.name, cell_name(row, 3), "E-DATE", found=zh[:40])
            _stand_in(item, reading)
    else:
        _put(reading.head, item.path, zh)


def _stand_in(item: HeadField, reading: _Reading) -> None:
    """Fill a faulty line with something harmless, so that the rest can be judged; the study is not written anyway."""
    plain: object = date(2025, 1, 1) if item.day else "1" if item.path.startswith("declared_unit") else "x"
    if item.needed:
        _put(reading.head, item.path, {"zh": "x", "en": "x"} if item.both else plain)
    if item.path.startswith("period."):
        _put(reading.head, "period", {"start": plain, "end": plain})


def _other_field(sheet: Sheet, row: int, path: str, text: str, reading: _Reading) -> None:
    if not text:
        return
    try:
        _put(reading.head, path, read_value(text))
    except FootproofError as problem:
        reading.add(Level.ERROR, sheet.name, cell_name(row, 3), problem)


def _put(table: dict[str, Any], path: str, value: object) -> None:
    *steps, last = path.split(".")
    for step in steps:
        table = table.setdefault(step, {})
        if not isinstance(table, dict):
            raise FootproofError("E-WORKBOOK-LITERAL", found=path[:80])
    table[last] = value


# ---- rows


def _read_lines(sheet: Sheet, layout: Layout, reading: _Reading) -> None:
    keys = [key.strip() for key in sheet.rows[0]]
    places = {key: place for place, key in enumerate(keys) if place and key not in ("", ORDER)}
    lines = reading.lines.setdefault(layout.source, [])
    for place, key in enumerate(keys):
        if place not in (0, places.get(key, place)):  # Else one column would be taken, and nobody would say which.
            known = ", ".join(column.name for column in layout.columns)
            reading.find(Level.ERROR, sheet.name, cell_name(0, place), "E-TABLE-COLUMN", found=key[:80], known=known)
    order = 0
    for row, cells in enumerate(sheet.rows[FIRST_ROW:], FIRST_ROW):
        _find_strays(sheet, row, len(cells), keys, reading)
        given = {key: cells[place].strip() for key, place in places.items() if place < len(cells)}
        spoilt = [key for key, place in places.items() if (row, place) in sheet.faults]
        if not any(given.values()) and not spoilt:
            continue
        order = int(cells[0]) if cells[0].isascii() and cells[0].isdigit() and len(cells[0]) < 9 else order
        line = _Line(sheet, layout, row, {ORDER: str(order), **given}, places)
        lines.append(line)
        for key in spoilt:
            fault = sheet.faults[row, places[key]]
            reading.refuse(line, key, fault.code, found=fault.found)
        for key, place in places.items():
            if (row, place) in sheet.rounded:
                found = sheet.rounded[row, place]
                values = {"found": found, "taken": given[key], "digits": MOST_DIGITS}
                reading.find(Level.NOTE, sheet.name, line.cell(key), "E-WORKBOOK-ROUNDED", **values)


def _find_strays(sheet: Sheet, row: int, width: int, keys: Sequence[str], reading: _Reading) -> None:
    """Tell of what stands beside the table, where nobody would read it."""
    for place in range(1, width):
        if sheet.rows[row][place].strip() and (place >= len(keys) or not keys[place]):
            found = sheet.rows[row][place].strip()[:80]
            reading.find(Level.NOTE, sheet.name, cell_name(row, place), "E-WORKBOOK-STRAY", found=found)


def _settle(reading: _Reading) -> None:
    """Bring rows into their order and fill in what an empty cell stands for."""
    exchanges = reading.lines.get(EXCHANGES, [])
    exchanges.sort(key=lambda line: int(line.cells[ORDER]))  # Stable: new rows stay behind the row they were put under.
    processes = sorted(reading.ids("processes.csv") - {""})
    for source, lines in reading.lines.items():
        taken = reading.ids(source)
        for line in lines:
            if source == EXCHANGES and len(processes) == 1 and not line.cells.get("process"):
                line.cells["process"] = processes[0]
            _fill(line, taken, reading)


def _fill(line: _Line, taken: set[str], reading: _Reading) -> None:
    cells, layout = line.cells, line.layout
    for column in layout.columns:
        cells[column.name] = _code(cells.get(column.name, ""), column.content, column.options)
    for name, value in layout.defaults.items():
        if not cells.get(name):
            fuel = name == "kind" and cells.get("from", "").startswith("fuel:")
            cells[name] = Kind.FUEL.value if fuel else value
    if layout.id in _NUMBERED and not cells.get("id"):
        cells["id"] = _free(f"{layout.id}-{line.row + 1}", taken)
        taken.add(cells["id"])
    for key in list(cells):
        match = _PAIRED.fullmatch(key)
        if match and match[2] == "zh" and f"{match[1]}_en" in cells:
            _translate(line, match[1], reading)


def _free(name: str, taken: set[str]) -> str:
    found, number = name, 2
    while found in taken:
        found, number = f"{name}-{number}", number + 1
    return found


def _translate(line: _Line, name: str, reading: _Reading) -> None:
    zh, en = line.cells[f"{name}_zh"], line.cells[f"{name}_en"]
    if bool(zh) != bool(en) and f"{name}_en" in line.places:
        missing = f"{name}_{'zh' if en else 'en'}"
        line.cells[missing] = zh or en
        reading.find(Level.OPEN, line.sheet.name, line.cell(missing), "E-WORKBOOK-TRANSLATION", found=(zh or en)[:80])


def _iso(text: str) -> str:
    """Return a day as YYYY-MM-DD, also where it was typed as 2025/1/31 or 2025年1月31日."""
    match = _DAY.fullmatch(text)
    return f"{match[1]}-{match[2]:0>2}-{match[3]:0>2}" if match else text


def _code(text: str, content: Content, options: str) -> str:
    """Return the word behind what a drop-down shows."""
    if content is Content.REFERENCE:
        match = _POINTER.fullmatch(text)
        return match[1] if match else text
    if content is Content.AMOUNT and text.startswith("＝"):
        return "=" + text[1:]
    if content is Content.DAY:
        return _iso(text)
    if content is Content.UNIT:
        return _unit_names().get(text.casefold(), text)
    return _word(text, options) if content is Content.CHOICE else text


@cache
def _unit_names() -> Mapping[str, str]:
    """Return the symbol of each unit by the names people give it."""
    found: dict[str, str] = {}
    for key, record in catalogue("workbook").items():
        if key.startswith("unit."):
            names = (*record["zh"].split("、"), *record["en"].split(", "))
            found |= dict.fromkeys(names, key.removeprefix("unit."))
    return found


def _word(text: str, options: str) -> str:
    """Return the word of a list that a cell means: the word, its label, or its name in either language."""
    if text in CHOICES[options]:
        return text
    match = _BARE.fullmatch(text)
    if match and match[1] in CHOICES[options]:
        return match[1]
    wording = catalogue("workbook")
    for code in CHOICES[options]:
        record = wording.get(f"choice.{options}.{code}")
        if record and text.casefold() in (record["zh"].casefold(), record["en"].casefold()):
            return code
    return text


# ---- checks


def _check(line: _Line, reading: _Reading) -> None:
    """Check each cell of a row; a suggested row that nobody filled in is left out."""
    if not line.bad and _is_unfilled(line):
        if f"{line.layout.id}:{line.cells.get('id', '')}" in reading.suggested:
            line.bad = True
            name = line.cells.get("name_zh") or line.cells.get("id", "")
            empty = "value" if line.layout.id == "parameters" else "amount"
            reading.find(Level.OPEN, line.sheet.name, line.cell(empty), "E-WORKBOOK-UNFILLED", row=name[:80])
            return
        if line.layout.id == "parameters":
            reading.refuse(line, "value", "E-TABLE-EMPTY", column="value")
            return
    if line.layout.source == EXCHANGES:
        _point(line, reading)
    known = {column.name for column in line.layout.columns}
    others = [line.layout.column(key) for key in line.places if key not in known]
    for column in (*line.layout.columns, *others):
        text = line.cells.get(column.name, "")
        if (line.row, line.places.get(column.name, -1)) in line.sheet.faults:
            continue
        try:
            if text:
                _check_cell(text, column.content, column.options, column.name)
            elif column.needed and not (line.layout.source == EVIDENCE and column.name == "sha256"):
                raise FootproofError("E-TABLE-EMPTY", column=column.name)
        except FootproofError as problem:
            reading.refuse_row(line, column.name, problem)


def _is_unfilled(line: _Line) -> bool:
    if line.layout.id == "parameters":
        return not line.cells.get("value") and not line.cells.get("text")
    return line.layout.source == EXCHANGES and not line.cells.get("amount")


def _check_cell(text: str, content: Content, options: str, name: str) -> None:
    here = Where(name)
    if content is Content.LITERAL or (content is Content.WORDS and text.startswith("[")):
        read_value(text)
    elif content is Content.DAY:
        _refuse_day(text)
    elif content is Content.NUMBER or (content is Content.AMOUNT and not text.startswith("=")):
        read_number(text, here)
    elif content is Content.UNIT:
        unit(text)
    elif content is Content.CHOICE and text not in CHOICES[options]:
        raise FootproofError("E-TABLE-CHOICE", here, column=name, found=text[:80], allowed=", ".join(CHOICES[options]))


def _refuse_day(text: str) -> None:
    try:
        right = date.fromisoformat(text).isoformat() == text
    except ValueError:
        right = False
    if not right:
        raise FootproofError("E-DATE", found=text[:40])


def _point(line: _Line, reading: _Reading) -> None:
    """Let an exchange whose factor nobody knows yet point to one of its own name, and say that it is to be found."""
    cells = line.cells
    if cells.get("kind") != Kind.EMISSION.value and not cells.get("from") and not line.bad:
        cells["from"] = f"factor:{cells['id']}"
        reading.find(
            Level.OPEN, line.sheet.name, line.cell("from"), "E-WORKBOOK-FACTOR", row=_called(line), factor=cells["id"]
        )
    if cells.get("from", "").startswith("fuel:") and not cells.get("upstream"):
        reading.find(Level.OPEN, line.sheet.name, line.cell("upstream"), "E-WORKBOOK-UPSTREAM", row=_called(line))


def _called(line: _Line) -> str:
    return (line.cells.get("name_zh") or line.cells.get("id", ""))[:80]


def _check_names(reading: _Reading) -> None:
    """Refuse a second figure or formula of a name: in study.toml one would replace the other."""
    seen: set[str] = set()
    for section in ("parameter", "formula"):
        for line in reading.lines.get(section, ()):
            name = line.cells.get("id", "")
            if not line.bad and name in seen:
                reading.refuse(line, "id", "E-STUDY-DUPLICATE", id=name)
            seen.add(name)


def _check_documents(reading: _Reading, documents: Mapping[str, str]) -> None:
    """Fill in the digests of documents at hand; a document that is not at hand needs its digest written down."""
    for line in reading.lines.get(EVIDENCE, ()):
        file, written = line.cells.get("file", ""), line.cells.get("sha256", "").lower()
        if line.bad or not file:
            continue
        found = documents.get(file)
        if found is None:
            level = Level.OPEN if written else Level.ERROR
            reading.find(level, line.sheet.name, line.cell("file"), "E-WORKBOOK-DOCUMENT", file=file[:80])
            line.bad = line.bad or not written
        elif written and written != found:
            reading.refuse(line, "sha256", "E-EVIDENCE-HASH", file=file, found=found, needed=written)
        line.cells["sha256"] = written or found or ""


def _check_links(reading: _Reading) -> None:
    """Find what points to nothing: a wrong process or document is an error, a factor may still come."""
    processes, documents = reading.ids("processes.csv"), reading.ids(EVIDENCE)
    known = {
        "process": {f"process:{name}" for name in processes}
        | {
            f"process:{line.cells['process']}/{line.cells['product']}"
            for line in reading.lines.get("coproducts.csv", ())
        },
        "factor": {f"factor:{name}" for name in reading.ids("factors.csv")},
        "db": {f"db:{name}" for name in reading.ids("intensities.csv")},
    }
    named = {(item.sheet, item.cell) for item in reading.findings if item.error.code == "E-WORKBOOK-FACTOR"}
    for source, lines in reading.lines.items():
        for line in lines:
            if line.bad:
                continue
            evidence = line.cells.get("evidence", "")
            if evidence and source not in SECTIONS and evidence not in documents:
                reading.refuse(line, "evidence", "E-WORKBOOK-LINK", found=evidence[:80], needed=tab_name("evidence"))
            if source in (EXCHANGES, "coproducts.csv") and line.cells["process"] not in processes:
                reading.refuse(
                    line, "process", "E-WORKBOOK-LINK", found=line.cells["process"], needed=tab_name("processes")
                )
            for column in ("from", "upstream", "virgin", "recycled", "disposal"):
                target = line.cells.get(column, "")
                kind = target.partition(":")[0]
                told = (line.sheet.name, line.cell(column)) in named
                if kind in known and target not in known[kind] and not told:
                    level = Level.ERROR if kind == "process" else Level.OPEN
                    reading.find(level, line.sheet.name, line.cell(column), "E-WORKBOOK-TARGET", found=target[:80])


# ---- the study's own reader as the judge


def _judge(reading: _Reading) -> tuple[Study | None, Mapping[str, bytes]]:
    """Read what the good rows make; trace each refusal to its cell and set the row aside.

    Where something is refused, long tables are judged in pieces first, since after each refusal all is read again.
    """
    left = MOST_FAULTS
    tables, _ = _tables(reading, {})
    try:
        return read_study(StudyFiles(tables, None)), tables
    except FootproofError:
        parts = (*_pieces(reading), {})
    for part in parts:
        study = None
        while study is None:
            tables, where = _tables(reading, part)
            try:
                study = read_study(StudyFiles(tables, None))
            except FootproofError as problem:
                left -= 1
                if not _trace(problem, where, reading) or left == 0:
                    return None, {}
    return study, tables


def _pieces(reading: _Reading) -> Iterator[Mapping[str, Sequence[_Line]]]:
    """Yield which rows of long tables are read together: first none, then a piece at a time."""
    long = {source: lines for source in _PIECEWISE if len(lines := reading.lines.get(source, [])) > 2 * PIECE}
    nothing: dict[str, Sequence[_Line]] = dict.fromkeys(long, ())
    if long:
        yield nothing
    for source, lines in long.items():
        for start in range(0, len(lines), PIECE):
            yield {**nothing, source: lines[start : start + PIECE]}


def _trace(problem: FootproofError, where: Mapping[tuple[str, int | str], _Line], reading: _Reading) -> bool:
    """Note a refusal where it belongs; say whether the rest can be read without it."""
    place = problem.where or Where("")
    steps = parse_path(place.field or "") if place.file == "study.toml" else ()
    line = where.get((place.file, place.line or 0))
    column = place.field or ("id" if problem.code == "E-STUDY-DUPLICATE" else None)
    if len(steps) > 1 and steps[0] in SECTIONS:
        line, column = where.get((str(steps[0]), steps[1])), str(steps[2]) if len(steps) > 2 else None
    if line is not None:
        line.bad = True
        source, key = _SHADOWS.get(problem.code, ("", ""))
        if not (source and problem.values.get(key) in reading.ids(source)):  # A row set aside is no second fault.
            reading.refuse_row(line, column, problem)
        return True
    if steps and steps[0] in SECTIONS and reading.lines.get(str(steps[0])):
        reading.add(Level.ERROR, reading.lines[str(steps[0])][0].sheet.name, "", problem)
        return False
    path = ".".join(str(step) for step in steps)
    sheet, cell = reading.head_cells.get(path) or reading.head_cells.get(path.rpartition(".")[0]) or ("", "")
    reading.add(Level.ERROR, sheet or place.file, cell, problem)
    return False


def _tables(
    reading: _Reading, part: Mapping[str, Sequence[_Line]]
) -> tuple[dict[str, bytes], dict[tuple[str, int | str], _Line]]:
    """Return the files that the good rows make, and which row stands on which line of them.

    Args:
        part: Rows that are taken of some tables; of the others all.
    """
    where: dict[tuple[str, int | str], _Line] = {}
    good = {
        source: [line for line in part.get(source, lines) if not line.bad] for source, lines in reading.lines.items()
    }
    head = dict(reading.head)
    for section in SECTIONS:
        records = _section(section, good.get(section, []), where)
        if records:
            head[section] = records
    tables = {"study.toml": write_toml(head)}
    for name in dict.fromkeys((*REQUIRED[1:], *good)):
        wanted = name in REQUIRED or f"table:{name}" in reading.suggested
        if name in SECTIONS or not (good.get(name) or wanted):
            continue
        columns = _columns(name, good.get(name, []))
        at = 2
        for line in good.get(name, []):
            where[name, at] = line
            at += 1 + sum(line.cells.get(column, "").count("\n") for column in columns)
        rows = [[line.cells.get(column, "") for column in columns] for line in good.get(name, [])]
        tables[name] = csv_bytes([columns, *rows])
    return tables, where


def _columns(name: str, lines: Sequence[_Line]) -> list[str]:
    """Return the columns of a table: all that the layout has, and of others those that somebody filled in."""
    known = EXCHANGE_COLUMNS if name == EXCHANGES else _known(name)
    used = dict.fromkeys(key for line in lines for key, text in line.cells.items() if text and key != ORDER)
    return [*(key for key in known if key not in LATER or key in used), *(key for key in used if key not in known)]


def _known(name: str) -> tuple[str, ...]:
    for layout in LAYOUTS:
        if layout.source == name:
            return tuple(column.name for column in layout.columns)
    return ()


def _section(
    section: str, lines: Sequence[_Line], where: dict[tuple[str, int | str], _Line]
) -> dict[str, Any] | list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    named: dict[str, Any] = {}
    for line in lines:
        record: dict[str, Any] = {}
        for key, value in _entries(line):
            _put(record, key, value)
        if section == "contract":
            where[section, len(items)] = line
            items.append(record)
        else:
            name = str(record.pop("id"))
            where[section, name] = line
            named[name] = record
    return items if section == "contract" else named


def _entries(line: _Line) -> Iterator[tuple[str, object]]:
    """Yield what a row says, as study.toml has it."""
    if line.cells.get("name_zh"):
        yield "name", {"zh": line.cells["name_zh"], "en": line.cells["name_en"]}
    word = bool(line.cells.get("text"))
    for key, text in line.cells.items():
        if not text or key in (ORDER, "name_zh", "name_en") or (word and key in ("value", "unit")):
            continue
        content = line.layout.column(key).content
        if content is Content.NUMBER:
            yield key, read_number(text, Where(key))
        elif content is Content.DAY:
            yield key, date.fromisoformat(text)
        elif content is Content.WORDS:
            yield key, read_value(text) if text.startswith("[") else split_words(text)
        elif content is Content.LITERAL:
            yield key, read_value(text)
        else:
            yield key, text


def summary(findings: Iterable[CellFinding]) -> Mapping[str, int]:
    """Return how many findings there are of each level."""
    levels = [finding.level for finding in findings]
    return {level.value: levels.count(level) for level in Level}
