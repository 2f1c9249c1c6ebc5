"""The document form of a calculation sheet: bytes in, frozen nouns out, or one error. Sections 1 and 4."""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from footproof.canonical import read_canonical
from footproof.errors import FootproofError
from footproof.expressions import exact
from footproof.expressions.tree import Tree, check_form, text_length
from footproof.sheet.origins import ORIGINS

VERSION = "footproof-sheet/1"
MOST_BYTES = 16 * 1024 * 1024
MOST_NODES = 20_000
MOST_TERMS = 50_000
MOST_ALTERNATIVES = 64
MOST_STAGES = 100
MOST_TABLES = 64
MOST_ROWS = 10_000
MOST_ENTRIES = 200
LONGEST_TEXT = 200
KINDS = ("axis", "allocation", "companion")

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:/@#-]{0,127}", re.ASCII)
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Node:
    """A named scalar; `expr` may refer to nodes before it."""

    id: str
    unit: str
    expr: Tree


@dataclass(frozen=True, slots=True)
class Check:
    """A residual that must be exactly zero."""

    id: str
    expr: Tree


@dataclass(frozen=True, slots=True)
class Entry:
    """One component of a factor: kg of `gas` under `origin` per unit of the amount."""

    origin: str
    gas: str
    number: str
    aircraft: bool = False


@dataclass(frozen=True, slots=True)
class Term:
    """An amount times a factor vector, counted in a stage."""

    id: str
    stage: str
    process: str
    unit: str
    amount: Tree
    factor: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure beside the total."""

    id: str
    unit: str
    expr: Tree


@dataclass(frozen=True, slots=True)
class Alternative:
    """Other expressions for some nodes: another option of an axis, another allocation, a companion run."""

    id: str
    kind: str
    replaced: Mapping[str, Tree]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A calculation sheet whose form has been checked.

    Args:
        unit: Unit of the result, such as "kg CO2e / kWh".
        digits: Significant digits of the declared value.
        stages: Stage ids in order.
        gwp: kg CO2e per kg of a gas, by origin and gas.
        tables: Numbers by key, by table name.
        nodes: Scalars in order of evaluation.
        checks: Residuals.
        terms: What is summed.
        beside: Figures that stand beside the total.
        alternatives: Other results under other choices.
        record: The JSON document itself, for people and for other formats.
    """

    unit: str
    digits: int
    stages: tuple[str, ...]
    gwp: Mapping[str, Mapping[str, str]]
    tables: Mapping[str, Mapping[str, str]]
    nodes: tuple[Node, ...]
    checks: tuple[Check, ...]
    terms: tuple[Term, ...]
    beside: tuple[Figure, ...]
    alternatives: tuple[Alternative, ...]
    record: Mapping[str, Any]


def read_sheet(data: bytes) -> Sheet:
    """Read a sheet and check its form in full.

    Raises:
        FootproofError: E-SHEET-JSON, -VERSION, -FORM, -NUMBER, -REFERENCE, -DEPTH or -LIMIT.
    """
    if len(data) > MOST_BYTES:
        raise FootproofError("E-SHEET-JSON", reason=f"{len(data)} bytes")
    try:
        document = read_canonical(data)
    except FootproofError as problem:
        raise FootproofError("E-SHEET-JSON", reason=problem.values.get("reason", "")) from problem
    return sheet_of(document)


def sheet_of(document: object) -> Sheet:
    """Check the form of a sheet that is at hand as JSON already.

    Args:
        document: As `read_canonical` gives it; a sheet from outside goes through `read_sheet`.

    Raises:
        FootproofError: E-SHEET-JSON, -VERSION, -FORM, -NUMBER, -REFERENCE, -DEPTH or -LIMIT.
    """
    if not isinstance(document, dict):
        raise FootproofError("E-SHEET-JSON", reason="a sheet is an object")
    if "sheet" not in document:
        raise _form("the key sheet is missing")
    if document.get("sheet") != VERSION:
        raise FootproofError("E-SHEET-VERSION", found=str(document.get("sheet"))[:80], needed=VERSION)
    return _read_document(document)


def _read_document(document: dict[str, Any]) -> Sheet:
    _keys(
        document,
        "sheet info unit rounding stages gwp tables nodes checks terms beside alternatives",
    )
    _info(document["info"])
    tables = _tables(document["tables"])
    stages = _stages(document["stages"])
    gwp = _gwp(document["gwp"])
    nodes, known = _nodes(document["nodes"], tables)
    return Sheet(
        unit=_text(document["unit"]),
        digits=_digits(document["rounding"]),
        stages=stages,
        gwp=gwp,
        tables=tables,
        nodes=nodes,
        checks=_list(document["checks"], MOST_NODES, lambda item: _check(item, known, tables)),
        terms=_list(document["terms"], MOST_TERMS, lambda item: _term(item, known, tables, stages, gwp)),
        beside=_list(document["beside"], MOST_NODES, lambda item: _figure(item, known, tables)),
        alternatives=_list(document["alternatives"], MOST_ALTERNATIVES, lambda item: _alternative(item, nodes, tables)),
        record=document,
    )


def _form(reason: str) -> FootproofError:
    return FootproofError("E-SHEET-FORM", reason=reason)


def _keys(record: object, needed: str) -> None:
    if not isinstance(record, dict) or set(record) != set(needed.split()):
        found = sorted(record) if isinstance(record, dict) else type(record).__name__
        raise _form(f"found {str(found)[:200]}, needed {needed}")


def _text(value: object, longest: int = LONGEST_TEXT) -> str:
    if not isinstance(value, str) or text_length(value) > longest:
        raise _form(f"text of at most {longest} characters needed, found {str(value)[:80]!r}")
    return value


def _id(value: object) -> str:
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise _form(f"{str(value)[:80]!r} is not an id")
    return value


def _number(value: object) -> str:
    if not isinstance(value, str):
        raise _form(f"a number is text, found {str(value)[:80]!r}")
    exact.number(value)
    return value


def _info(value: object) -> None:
    if not isinstance(value, dict):
        raise _form("info is an object")
    _no_numbers(value)


def _no_numbers(value: object) -> None:
    if isinstance(value, dict):
        for item in value.values():
            _no_numbers(item)
    elif isinstance(value, list):
        for item in value:
            _no_numbers(item)
    elif isinstance(value, int) and not isinstance(value, bool):
        raise _form("info holds no numbers")


def _digits(rounding: Any) -> int:  # JSON
    _keys(rounding, "digits mode")
    digits = rounding["digits"]
    if isinstance(digits, bool) or not isinstance(digits, int) or not 1 <= digits <= 15:
        raise _form("rounding.digits is 1 to 15")
    if rounding["mode"] != "half-even":
        raise _form("rounding.mode is half-even")
    return digits


def _list(value: object, most: int, read: Callable[[Any], _T]) -> tuple[_T, ...]:
    if not isinstance(value, list):
        raise _form("an array is needed")
    if len(value) > most:
        raise FootproofError("E-SHEET-LIMIT", found=len(value), most=most)
    seen: set[str] = set()
    for item in value:
        _unique(item, seen)
    return tuple(read(item) for item in value)


def _unique(item: object, seen: set[str]) -> None:
    name = _id(item.get("id")) if isinstance(item, dict) else _id(None)
    if name in seen:
        raise FootproofError("E-SHEET-REFERENCE", name=name)
    seen.add(name)


def _stages(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not value:
        raise _form("stages is an array of at least one id")
    if len(value) > MOST_STAGES:
        raise FootproofError("E-SHEET-LIMIT", found=len(value), most=MOST_STAGES)
    stages = tuple(_id(item) for item in value)
    if len(set(stages)) != len(stages):
        raise FootproofError("E-SHEET-REFERENCE", name="stages")
    return stages


def _gwp(value: object) -> Mapping[str, Mapping[str, str]]:
    if not isinstance(value, dict) or not set(value) <= set(ORIGINS):
        raise _form("gwp maps origins to gases")
    for gases in value.values():
        if not isinstance(gases, dict):
            raise _form("gwp maps origins to gases")
        for gas, number in gases.items():
            _id(gas)
            _number(number)
    return value


def _tables(value: object) -> Mapping[str, Mapping[str, str]]:
    if not isinstance(value, dict):
        raise _form("tables is an object")
    if len(value) > MOST_TABLES:
        raise FootproofError("E-SHEET-LIMIT", found=len(value), most=MOST_TABLES)
    for name, rows in value.items():
        _id(name)
        if not isinstance(rows, dict):
            raise _form("a table maps keys to numbers")
        if len(rows) > MOST_ROWS:
            raise FootproofError("E-SHEET-LIMIT", found=len(rows), most=MOST_ROWS)
        for key, number in rows.items():
            _text(key)
            _number(number)
    return value


def _nodes(value: object, tables: Collection[str]) -> tuple[tuple[Node, ...], set[str]]:
    known: set[str] = set()

    def read(item: Any) -> Node:  # JSON
        _keys(item, "id unit expr info")
        _info(item["info"])
        check_form(item["expr"], known, tables, named=True)
        node = Node(item["id"], _text(item["unit"]), item["expr"])
        known.add(node.id)
        return node

    return _list(value, MOST_NODES, read), known


def _check(item: Any, known: Collection[str], tables: Collection[str]) -> Check:
    _keys(item, "id expr info")
    _info(item["info"])
    check_form(item["expr"], known, tables, named=False)
    return Check(item["id"], item["expr"])


def _figure(item: Any, known: Collection[str], tables: Collection[str]) -> Figure:
    _keys(item, "id unit expr info")
    _info(item["info"])
    check_form(item["expr"], known, tables, named=False)
    return Figure(item["id"], _text(item["unit"]), item["expr"])


def _term(
    item: Any,
    known: Collection[str],
    tables: Collection[str],
    stages: Collection[str],
    gwp: Mapping[str, Mapping[str, str]],
) -> Term:
    _keys(item, "id stage process unit amount factor info")
    _info(item["info"])
    check_form(item["amount"], known, tables, named=False)
    stage = _text(item["stage"])
    if stage not in stages:
        raise FootproofError("E-SHEET-REFERENCE", name=stage[:80])
    factor = item["factor"]
    if not isinstance(factor, list) or not factor:
        raise _form("a factor is an array of at least one entry")
    if len(factor) > MOST_ENTRIES:
        raise FootproofError("E-SHEET-LIMIT", found=len(factor), most=MOST_ENTRIES)
    return Term(
        item["id"],
        stage,
        _text(item["process"]),
        _text(item["unit"]),
        item["amount"],
        tuple(_entry(part, gwp) for part in factor),
    )


def _entry(part: object, gwp: Mapping[str, Mapping[str, str]]) -> Entry:
    if not isinstance(part, list) or len(part) not in (3, 4) or not all(isinstance(p, str) for p in part):
        raise _form("an entry is [origin, gas, number] or with a tag")
    origin, gas, number = part[:3]
    aircraft = len(part) == 4
    if aircraft and (part[3] != "aircraft" or origin != "fossil"):
        raise _form("the tag is aircraft, with origin fossil")
    if gas not in gwp.get(origin, {}):
        raise FootproofError("E-SHEET-REFERENCE", name=f"{origin} {gas}"[:80])
    return Entry(origin, gas, _number(number), aircraft)


def _alternative(item: Any, nodes: tuple[Node, ...], tables: Collection[str]) -> Alternative:
    _keys(item, "id kind set info")
    _info(item["info"])
    if item["kind"] not in KINDS:
        raise _form(f"kind is one of {', '.join(KINDS)}")
    replaced = item["set"]
    if not isinstance(replaced, dict):
        raise _form("set is an object")
    missing = set(replaced) - {node.id for node in nodes}
    if missing:
        raise FootproofError("E-SHEET-REFERENCE", name=min(missing)[:80])
    before: set[str] = set()
    for node in nodes:
        if node.id in replaced:
            check_form(replaced[node.id], before, tables, named=True)
        before.add(node.id)
    return Alternative(item["id"], item["kind"], replaced)
