"""SimaPro CSV exports of processes into a `DataSource`.

Follows the export format of SimaPro 7 to 9 (PRé, "SimaPro CSV file format specification", versions 7.0 to 9.0):
blocks of a title, sections with one line for each exchange, and in newer files an `End`. Older files put the amount
before the unit and the value of a field on the line of its name. SimaPro links by the names of products, so a product
is known by its name; a substance by section, name and subcompartment. Expressions are evaluated with the parameters
of process, project and database; the second number of a lognormal is the square of its geometric standard deviation.
"""

import ast
import csv
import math
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

from footproof.formats.ecospold1 import Collector
from footproof.formats.repair import as_cas, as_number
from footproof.model.dataset import (
    DataExchange,
    Dataset,
    DatasetKind,
    DataSource,
    Distribution,
    Flow,
    FlowKind,
    Severity,
    Uncertainty,
)

_PRODUCTS = {"products", "waste treatment", "waste scenario"}
_TECHNOSPHERE = {"avoided products", "materials/fuels", "electricity/heat", "waste to treatment"}
_BIOSPHERE = {
    "resources": "Raw materials",
    "emissions to air": "Airborne emissions",
    "emissions to water": "Waterborne emissions",
    "emissions to soil": "Emissions to soil",
    "final waste flows": "Final waste flows",
    "non material emissions": "Non material emissions",
    "social issues": "Social issues",
    "economic issues": "Economic issues",
}
_PARAMETERS = {"input parameters", "calculated parameters"}
_UNREAD = {"separated waste", "remaining waste"}
_SECTIONS = _PRODUCTS | _TECHNOSPHERE | set(_BIOSPHERE) | _PARAMETERS | _UNREAD
_FIELDS = {
    "category type",
    "process identifier",
    "platformid",
    "type",
    "process name",
    "status",
    "time period",
    "geography",
    "technology",
    "representativeness",
    "waste treatment allocation",
    "multiple output allocation",
    "substitution allocation",
    "cut off rules",
    "capital goods",
    "boundary with nature",
    "infrastructure",
    "date",
    "record",
    "generator",
    "external documents",
    "literature references",
    "collection method",
    "data treatment",
    "verification",
    "comment",
    "allocation rules",
    "system description",
}
_SUBSTANCES = {item.lower(): item for item in _BIOSPHERE.values()}
_GLOBAL_PARAMETERS = {f"{scope} {kind}" for scope in ("database", "project") for kind in _PARAMETERS}
_LOST = "lost"
_LOST_BLOCKS = {"product stage", "assembly", "disassembly", "disposal scenario", "life cycle", "reuse"}
_SEPARATORS = {"semicolon": ";", "comma": ",", "tab": "\t"}
_DISTRIBUTIONS = {"lognormal", "normal", "triangle", "uniform"}
_LOCATIONS = re.compile(r"\{([^{}|]{2,30})\}|/([A-Z]{2,4}(?:-[A-Z]{2,4})?)(?:/I)?(?: [US])?$")
_MARKS = re.compile(r"\{(CSV separator|Decimal separator): ?(.*?)\}", re.IGNORECASE)
_LONGEST = 1000
_DEEPEST = 50


# ---- expressions


def evaluate(text: str, known: Callable[[str], float]) -> float:
    """Return the value of an expression: numbers, names, + - * / ^, parentheses and a few functions.

    Args:
        text: With decimal points.
        known: Returns the value of a parameter by its lower-case name, or raises KeyError.

    Raises:
        ValueError: It is not such an expression, or has no finite value.
    """
    if len(text) > _LONGEST:
        raise ValueError("too long")
    try:
        tree = ast.parse(text.replace("^", "**").strip(), mode="eval")
        value = _value(tree.body, known, 0)
    except (SyntaxError, KeyError, ArithmeticError, TypeError, MemoryError, RecursionError) as fault:
        raise ValueError(str(fault)) from None
    if isinstance(value, complex) or not math.isfinite(value):
        raise ValueError("no finite value")
    return value


_FUNCTIONS: Mapping[str, Callable[[float], float]] = {
    "sqrt": math.sqrt,
    "sqr": lambda x: x * x,
    "exp": math.exp,
    "ln": math.log,
    "abs": abs,
}


def _value(node: ast.expr, known: Callable[[str], float], depth: int) -> float:
    """Evaluate one node."""
    if depth > _DEEPEST:
        raise ValueError("nests too deep")
    match node:
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            return float(number)
        case ast.Name(id=name):
            return known(name.lower())
        case ast.UnaryOp(op=ast.USub() | ast.UAdd() as sign, operand=operand):
            inner = _value(operand, known, depth + 1)
            return -inner if isinstance(sign, ast.USub) else inner
        case ast.BinOp(left=left, op=operator, right=right):
            return _binary(operator, _value(left, known, depth + 1), _value(right, known, depth + 1))
        case ast.Call(func=ast.Name(id=name), args=[only], keywords=[]) if name.lower() in _FUNCTIONS:
            return _FUNCTIONS[name.lower()](_value(only, known, depth + 1))
    raise ValueError("not an expression of numbers and parameters")


def _binary(operator: ast.operator, left: float, right: float) -> float:
    """Apply one operator to floats, so that no power can grow beyond them."""
    match operator:
        case ast.Add():
            return left + right
        case ast.Sub():
            return left - right
        case ast.Mult():
            return left * right
        case ast.Div():
            return left / right
        case ast.Pow():
            return math.pow(left, right)
    raise ValueError("unknown operator")


class _Parameters:
    """Parameters by lower-case name: process before project before database.

    Args:
        outer: What holds where this one has no such name.
    """

    def __init__(self, outer: "_Parameters | None" = None) -> None:
        self.texts: dict[str, str] = {}
        self.values: dict[str, float] = {}  # each is evaluated once, however often others refer to it
        self.outer = outer

    def value(self, name: str, depth: int = 0) -> float:
        """Return the value of a parameter.

        Raises:
            KeyError: It is unknown.
            ValueError: It refers to itself, or is no expression.
        """
        if depth > _DEEPEST:
            raise ValueError(f"{name} refers to itself")
        if name not in self.texts:
            if self.outer is None:
                raise KeyError(name)
            return self.outer.value(name, depth)
        if name not in self.values:
            self.values[name] = evaluate(self.texts[name], lambda other: self.value(other, depth + 1))
        return self.values[name]


# ---- lines


@dataclass(slots=True)
class _Line:
    """Cells of a line and its number in the file."""

    number: int
    cells: list[str]


@dataclass(slots=True)
class _Block:
    """A process as it stands in the file."""

    line: int
    fields: dict[str, str] = field(default_factory=dict)
    sections: dict[str, list[_Line]] = field(default_factory=dict)


@dataclass(slots=True)
class _File:
    """What the lines of one file share."""

    name: str
    found: Collector
    point: str
    braced: bool
    database: _Parameters
    parameters: _Parameters
    processes: list[_Block]
    substances: dict[tuple[str, str], str]


def recognise(names: Collection[str], peek: Callable[[str], bytes]) -> bool:
    """Say whether some file is a SimaPro export of processes or of anything else.

    Args:
        names: Of the files.
        peek: Returns at least the beginning of one.
    """
    return any(name.lower().endswith((".csv", ".txt")) and _is_simapro(peek(name)) for name in names)


def _is_simapro(data: bytes) -> bool:
    return data.removeprefix(b"\xef\xbb\xbf").lstrip(b'"{').startswith(b"SimaPro")


def read(files: Iterable[tuple[str, bytes]]) -> DataSource:
    """Read SimaPro CSV files.

    Args:
        files: Name and content of each.

    Returns:
        Datasets by process identifier, flows, and what was repaired or lost.

    Raises:
        FootproofError: E-DB-VERSION where the files hold methods or other things, not processes; E-DB-UNKNOWN where
            none is a SimaPro export.
    """
    found = Collector("SimaPro CSV")
    for name, data in files:
        if name.lower().endswith((".csv", ".txt")):
            _read_file(name, data, found)
        elif data:
            found.find("F-FILE-UNREAD", Severity.REPAIRED, name, content="-")
    return found.source("SimaPro CSV {processes}")


def _read_file(name: str, data: bytes, found: Collector) -> None:
    """Read one file."""
    if not _is_simapro(data):
        first = data[:80].split(b"\n")[0].decode("latin-1").strip()
        found.foreign.append((name, first or "-"))
        found.find("F-FILE-FOREIGN", Severity.LOST, name, found=first or "-", needed=found.form)
        return
    text = _decode(data, name, found)
    separator, point = _marks(text)
    lines = _split(text, separator, name, found)
    file = _blocks(lines, name, point, found)
    if not file.processes:
        content = lines[1].cells[0].strip() if len(lines) > 1 else "-"
        found.foreign.append((name, f"SimaPro {content}"))
        found.find("F-FILE-FOREIGN", Severity.LOST, name, found=f"SimaPro {content}", needed=found.form)
    for block in file.processes:
        _dataset(block, file)
    for (section, substance), cas in file.substances.items():
        for key, flow in list(found.flows.items()):
            if not flow.cas and flow.name == substance and flow.category[:1] == (section,):
                found.flows[key] = replace(flow, cas=cas)


def _decode(data: bytes, name: str, found: Collector) -> str:
    """Return the text: UTF-8, else Windows-1252, as older versions of SimaPro write."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text, encoding = data.decode("cp1252"), "Windows-1252"
        except UnicodeDecodeError:
            text, encoding = data.decode("latin-1"), "ISO 8859-1"
        found.find("F-ENCODING-GUESSED", Severity.REPAIRED, name, encoding=encoding)
        return text


def _marks(text: str) -> tuple[str, str]:
    """Return separator of cells and decimal point, as the head says or the first lines show."""
    head = text[:4000]
    said = {mark[1].lower(): mark[2].strip() for mark in _MARKS.finditer(head)}
    separator = _SEPARATORS.get(said.get("csv separator", "").lower(), "")
    if not separator:
        separator = max("\t;", key=head.count)
        if not head.count(separator):
            separator = "\t"
    point = said.get("decimal separator", "")
    if point not in {".", ","}:
        point = "," if re.search(rf"{separator}\d+,\d+(?:E[+-]?\d+)?{separator}", text) else "."
    return separator, point


def _split(text: str, separator: str, name: str, found: Collector) -> list[_Line]:
    """Return the cells of every line; a stray quotation mark belongs to its cell and spoils nothing after it."""
    lines = []
    for number, raw in enumerate(re.split(r"\r\n|\n|\r", text), 1):
        if raw.count('"') % 2:
            found.find("F-QUOTE-STRAY", Severity.REPAIRED, name, f"line {number}")
            cells = raw.split(separator)
        elif '"' in raw:
            cells = next(csv.reader([raw], delimiter=separator), [])
        else:
            cells = raw.split(separator)
        lines.append(_Line(number, [cell.replace("\x7f", "\n") for cell in cells]))
    return lines


def _title(line: _Line) -> str:
    """Return the lower-case text of a line whose first cell stands alone, else ""."""
    return line.cells[0].strip().lower() if line.cells and not any(cell.strip() for cell in line.cells[1:]) else ""


def _blocks(lines: list[_Line], name: str, point: str, found: Collector) -> _File:
    """Sort lines into processes, parameters and substances; blocks that are lost are found."""
    database = _Parameters()
    braced = bool(lines) and lines[0].cells[0].startswith("{")
    file = _File(name, found, point, braced, database, _Parameters(database), [], {})
    block: _Block | None = None
    section = ""
    for line in lines:
        title = _title(line)
        if title == "process":
            block, section = _Block(line.number), ""
            file.processes.append(block)
        elif title == "end":
            block, section = None, ""
        elif block is not None:
            section = _into_block(block, section, title, line)
        else:
            section = _outside(line, section, title, file)
    return file


def _outside(line: _Line, section: str, title: str, file: _File) -> str:
    """Read a line that is in no process and return the section that holds from here on."""
    if section == _LOST:
        return section
    if title in _SUBSTANCES or title in _GLOBAL_PARAMETERS:
        return title
    if title in _LOST_BLOCKS:
        block = line.cells[0].strip()
        file.found.find("F-BLOCK-UNREAD", Severity.LOST, file.name, f"line {line.number}", block=block)
        return _LOST
    if section in _GLOBAL_PARAMETERS:
        scope = file.database if section.startswith("database") else file.parameters
        _parameter(line, scope, file.point)
    elif section in _SUBSTANCES and len(line.cells) > 2 and line.cells[2].strip():
        file.substances[_SUBSTANCES[section], line.cells[0].strip()] = as_cas(line.cells[2].strip())
    return section


def _into_block(block: _Block, section: str, title: str, line: _Line) -> str:
    """Put one line where it belongs and return the section or field that holds from here on."""
    key = line.cells[0].strip().lower() if line.cells else ""
    if title in _SECTIONS:
        block.sections.setdefault(title, [])
        return title
    if section in _SECTIONS:
        if any(cell.strip() for cell in line.cells):
            block.sections[section].append(line)
        return section
    if key in _FIELDS:
        block.fields[key] = line.cells[1].strip() if len(line.cells) > 1 else ""
        return key
    if section and any(cell.strip() for cell in line.cells):
        text = " ".join(cell.strip() for cell in line.cells if cell.strip())
        block.fields[section] = f"{block.fields[section]}\n{text}".strip()
    return section


def _parameter(line: _Line, scope: _Parameters, point: str) -> None:
    """Keep a parameter: its name and its number or expression."""
    if len(line.cells) > 1 and line.cells[0].strip():
        scope.texts[line.cells[0].strip().lower()] = _pointed(line.cells[1], point)


def _pointed(text: str, point: str) -> str:
    return text.strip().replace(",", ".") if point == "," else text.strip()


# ---- processes


def _dataset(block: _Block, file: _File) -> None:
    """Keep one process."""
    found, place = file.found, f"line {block.line}"
    parameters = _Parameters(file.parameters)
    for section in _PARAMETERS:
        for line in block.sections.get(section, ()):
            _parameter(line, parameters, file.point)
    exchanges: list[DataExchange] = []
    shares: dict[str, float] = {}
    for section, lines in block.sections.items():
        if section in _UNREAD and lines:
            found.find("F-BLOCK-UNREAD", Severity.LOST, file.name, f"line {lines[0].number}", block=section)
        elif section not in _PARAMETERS | _UNREAD:
            for line in lines:
                exchange = _exchange(line, section, parameters, file, shares)
                if exchange is not None:
                    exchanges.append(exchange)
    products = [item.flow for item in exchanges if item.reference]
    first = found.flows[products[0]] if products else None
    name = block.fields.get("process name", "").strip() or (first.name if first else "")
    number = block.fields.get("process identifier", "").strip() or name
    if not number:
        found.find("F-DATASET-NAMELESS", Severity.LOST, file.name, place)
        return
    kind = DatasetKind.SYSTEM if block.fields.get("type", "").strip().lower() == "system" else DatasetKind.UNIT
    geography = block.fields.get("geography", "").strip()
    found.dataset(
        Dataset(
            number,
            name,
            kind,
            (first.location if first else "") or ("" if geography.lower() in {"unspecified", "unknown"} else geography),
            tuple(exchanges),
            _allocation(shares, file, place),
            _period(block),
            {},
            first.category if first else (),
            "disposal" if block.sections.get("waste treatment") else "",
            block.fields.get("comment", ""),
            file.name,
        ),
        place,
    )


def _period(block: _Block) -> tuple[str, str]:
    """Return the years of "1995-1999"; "Unspecified" and the like say nothing."""
    years = re.findall(r"\b\d{4}\b", block.fields.get("time period", ""))
    return (years[0], years[-1]) if years else ("", "")


def _allocation(shares: Mapping[str, float], file: _File, place: str) -> dict[str, dict[str, float]]:
    """Return the shares of co-products; SimaPro does not say on which basis they rest."""
    if len(shares) < 2:
        return {}
    total = math.fsum(shares.values())
    if abs(total - 1) > 1e-3:
        file.found.find("F-SHARES-SUM", Severity.WARNING, file.name, place, sum=f"{total:g}")
    return {"unspecified": dict(shares)}


def _exchange(
    line: _Line, section: str, parameters: _Parameters, file: _File, shares: dict[str, float]
) -> DataExchange | None:
    """Return one line, or None with a finding."""
    cells = [cell.strip() for cell in line.cells]
    place = f"line {line.number}"
    if not cells[0]:
        return None  # goes on with the comment of the line before
    at = 2 if section in _BIOSPHERE else 1
    if len(cells) < at + 2:
        file.found.find("F-LINE-SHORT", Severity.LOST, file.name, place, text=cells[0])
        return None
    unit, text = cells[at], cells[at + 1]
    if _swapped(unit, text, file):
        unit, text = text, unit
    amount = _amount(text, parameters, file, place)
    if amount is None:
        return None
    name = file.found.name(line.cells[0], file.name, place)
    rest = cells[at + 2 :]
    if section in _PRODUCTS:
        return _product(
            name, unit, amount=amount, rest=rest, waste=section != "products", file=file, place=place, shares=shares
        )
    if section in _BIOSPHERE:
        flow = _substance(name, cells[1], unit, section)
    else:
        flow = _good(name, unit, section == "waste to treatment")
    return DataExchange(
        file.found.flow(flow, file.name, place),
        amount,
        unit,
        section in {"resources", "materials/fuels", "electricity/heat"},
        avoided=section == "avoided products",
        uncertainty=_uncertainty(rest, amount, file, place),
    )


def _swapped(unit: str, text: str, file: _File) -> bool:
    """Say whether the amount stands before the unit, as in files without braces around their head."""
    first, second = (as_number(_pointed(cell, file.point)) is not None for cell in (unit, text))
    return first > second or (first == second and not file.braced)


def _amount(text: str, parameters: _Parameters, file: _File, place: str) -> float | None:
    """Return a number or the value of an expression, the latter with a finding."""
    pointed = _pointed(text, file.point)
    number = as_number(pointed)
    if number is not None:
        return number
    try:
        value = evaluate(pointed, parameters.value)
    except ValueError as fault:
        file.found.find("F-EXPRESSION-UNREADABLE", Severity.LOST, file.name, place, text=text, reason=fault)
        return None
    file.found.find("F-EXPRESSION-EVALUATED", Severity.REPAIRED, file.name, place, text=text, amount=f"{value:.12g}")
    return value


def _good(name: str, unit: str, waste: bool, category: tuple[str, ...] = ()) -> Flow:
    """Return a product or waste, known by its name."""
    match = _LOCATIONS.search(name)
    location = (match[1] or match[2] or "").strip() if match else ""
    return Flow(name, name, FlowKind.WASTE if waste else FlowKind.PRODUCT, unit, category, {}, "", location)


def _substance(name: str, compartment: str, unit: str, section: str) -> Flow:
    """Return an elementary flow."""
    category = tuple(part for part in (_BIOSPHERE[section], compartment) if part)
    return Flow(" | ".join((name, *category)), name, FlowKind.ELEMENTARY, unit, category)


def _product(
    name: str,
    unit: str,
    *,
    amount: float,
    rest: list[str],
    waste: bool,
    file: _File,
    place: str,
    shares: dict[str, float],
) -> DataExchange:
    """Return a product, or the waste that a treatment takes."""
    paths = [cell for cell in rest if "\\" in cell] or rest[-1:]
    category = (
        tuple(part.strip() for part in paths[0].split("\\") if part.strip()) if paths and "\\" in paths[0] else ()
    )
    if not waste and rest:
        share = as_number(_pointed(rest[0], file.point))
        if share is None:
            file.found.find("F-ALLOCATION-UNREADABLE", Severity.WARNING, file.name, place)
        else:
            shares[name] = share / 100
    flow = file.found.flow(_good(name, unit, waste, category), file.name, place, decides=True)
    return DataExchange(flow, amount, unit, waste, reference=True)


def _uncertainty(rest: list[str], amount: float, file: _File, place: str) -> Uncertainty | None:
    """Return the distribution of a line: kind, width, lowest, highest."""
    kind = rest[0].lower() if rest else ""
    if kind in {"", "undefined"}:
        return None
    if kind not in _DISTRIBUTIONS:
        file.found.find("F-UNCERTAINTY-KIND", Severity.WARNING, file.name, place, kind=rest[0])
        return None
    numbers = [as_number(_pointed(cell, file.point)) for cell in (*rest[1:4], "", "", "")]
    wide, low, high = numbers[:3]
    pedigree = _pedigree(rest[4:])
    if kind == "lognormal":
        root = math.sqrt(wide) if wide is not None and wide >= 0 else None
        return file.found.spread(
            Distribution.LOGNORMAL, (root,), amount, file=file.name, place=place, pedigree=pedigree
        )
    if kind == "normal":
        half = None if wide is None else wide / 2
        return file.found.spread(Distribution.NORMAL, (half,), amount, file=file.name, place=place, pedigree=pedigree)
    if kind == "triangle":
        return file.found.spread(
            Distribution.TRIANGULAR, (low, amount, high), amount, file=file.name, place=place, pedigree=pedigree
        )
    return file.found.spread(Distribution.UNIFORM, (low, high), amount, file=file.name, place=place, pedigree=pedigree)


def _pedigree(rest: list[str]) -> tuple[int, ...]:
    """Return the scores that some comments begin with, such as "(1,1,1,3,1,na)", as far as they are numbers."""
    match = re.match(r"\(((?:[1-5],){4}[1-5])[,)]", rest[0].replace(" ", "")) if rest else None
    return tuple(int(score) for score in match[1].split(",")) if match else ()
