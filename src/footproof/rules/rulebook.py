"""Read a rulebook edition from its folder: `rule.toml`, `clauses.toml`, `cases/*.toml`.

An edition inherits what it does not say from its parent: stages, GWP set, conventions, rounding, electricity. Its
digest covers its own files and the digest of its parent, so that a change anywhere is another edition.
"""

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from importlib import resources
from importlib.resources.abc import Traversable

from footproof.canonical import digest, record_digest
from footproof.errors import FootproofError, Where
from footproof.expressions.parse import parse
from footproof.expressions.tree import references
from footproof.formats.toml import Table, read_toml
from footproof.model.bilingual import Bilingual
from footproof.model.rulebook import (
    Axis,
    Case,
    Clause,
    ClauseKind,
    ElectricityRule,
    Formula,
    FunctionalUnit,
    Option,
    RecyclingTerm,
    Requirement,
    Rulebook,
    Status,
)
from footproof.model.study import STAGES
from footproof.units import unit

_HEAD = [
    "id",
    "edition",
    "status",
    "status_note",
    "title",
    "parent",
    "stage",
    "excluded_stages",
    "gwp",
    "biogenic",
    "methane",
    "digits",
    "functional_unit",
    "electricity",
    "axis",
    "require",
    "table",
    "formula",
    "recycling",
    "given",
]
_CLAUSE = (
    "id",
    "refers_to",
    "kind",
    "text",
    "confidence",
    "severity",
    "check",
    "needs",
    "where",
    "finding",
    "axis",
)
MOST_DIGITS = 15
RECYCLING_COLUMNS = ("virgin", "recycled", "disposal")
RECYCLING_NUMBERS = ("amount", "r1", "r2", "a", "q_in", "q_out")
_CONVENTIONS = {"biogenic": ("iso", "ef"), "methane": ("split", "single")}


def shipped_editions() -> Mapping[str, tuple[str, ...]]:
    """Return the editions that come with footproof by rulebook id, newest last."""
    root = resources.files("footproof") / "rulebooks"
    return {
        folder.name: tuple(sorted(edition.name for edition in folder.iterdir() if edition.is_dir()))
        for folder in sorted(root.iterdir(), key=lambda item: item.name)
        if folder.is_dir()
    }


def load_rulebook(name: str) -> Rulebook:
    """Return a shipped edition.

    Args:
        name: `id` for the newest edition or `id@edition`.

    Raises:
        FootproofError: E-RULE-UNKNOWN, or as `read_rulebook`.
    """
    wanted, _, edition = name.partition("@")
    editions = shipped_editions()
    if wanted not in editions or (edition and edition not in editions[wanted]):
        known = ", ".join(f"{key}@{each}" for key, found in editions.items() for each in found)
        raise FootproofError("E-RULE-UNKNOWN", name=name, known=known)
    folder = resources.files("footproof") / "rulebooks" / wanted / (edition or editions[wanted][-1])
    files = dict(_files_in(folder, ""))
    return read_rulebook(files, load_rulebook)


def read_rulebook(files: Mapping[str, bytes], parents: Callable[[str], Rulebook]) -> Rulebook:
    """Return the edition that some files describe.

    Args:
        files: Content by path inside the folder of the edition.
        parents: Gives an edition by name, for the parent.

    Raises:
        FootproofError: E-RULE-FILE, E-KEY-*, E-TOML-*, E-EXPR-SYNTAX, E-UNIT-UNKNOWN, E-RULE-AXIS, E-RULE-CLAUSE.
    """
    if "rule.toml" not in files:
        raise FootproofError("E-RULE-FILE", Where("rule.toml"))
    head = _read(files, "rule.toml")
    head.refuse_unknown(_HEAD)
    parent = parents(head.text("parent")) if "parent" in head.values else None
    clauses = {**(parent.clauses if parent else {}), **_clauses(files)}
    rule = Rulebook(
        id=head.text("id"),
        edition=head.text("edition"),
        digest=edition_digest(files, parent.digest if parent else None),
        status=head.choice("status", Status),
        status_note=_text(head, "status_note"),
        title=_text(head, "title"),
        parent=parent.name if parent else "",
        stages=_stages(head) if "stage" in head.values else _inherited(parent, head, "stage").stages,
        excluded_stages=tuple(head.values.get("excluded_stages", ())),
        gwp=head.text("gwp") if "gwp" in head.values else _inherited(parent, head, "gwp").gwp,
        biogenic=_convention(head, parent, "biogenic"),
        methane=_convention(head, parent, "methane"),
        digits=head.integer("digits") if "digits" in head.values else _inherited(parent, head, "digits").digits,
        functional_unit=_functional_unit(head),
        electricity=_electricity(head, parent),
        axes={axis.id: axis for axis in map(_axis, _named(head, "axis"))},
        requirements={item.id: item for item in map(_requirement, _named(head, "require"))},
        tables=dict(map(_table, _named(head, "table"))),
        formulas={item.id: item for item in map(_formula, _named(head, "formula"))},
        recycling=tuple(map(_recycling, head.tables("recycling"))) if "recycling" in head.values else (),
        clauses=clauses,
        cases=tuple(_cases(files)),
        files=files,
    )
    _check_clauses(rule)
    _check_sense(rule, head)
    return rule


def edition_digest(files: Mapping[str, bytes], parent: str | None) -> str:
    """Return the identity of an edition.

    Args:
        files: Content by path.
        parent: Digest of the parent edition.
    """
    return record_digest({"files": {name: digest(data) for name, data in files.items()}, "parent": parent})


def _files_in(folder: Traversable, prefix: str) -> Iterator[tuple[str, bytes]]:
    for entry in sorted(folder.iterdir(), key=lambda item: item.name):
        if entry.is_dir():
            yield from _files_in(entry, f"{prefix}{entry.name}/")
        elif entry.name.endswith((".toml", ".md")):
            yield f"{prefix}{entry.name}", entry.read_bytes()


def _read(files: Mapping[str, bytes], name: str) -> Table:
    values, lines = read_toml(files[name], name)
    return Table(values, name, lines)


def _inherited(parent: Rulebook | None, head: Table, key: str) -> Rulebook:
    if parent is None:
        raise FootproofError("E-KEY-MISSING", head.where(key), key=key)
    return parent


def _text(table: Table, key: str) -> Bilingual:
    return Bilingual(*table.bilingual(key))


def _named(head: Table, key: str) -> Iterator[tuple[str, Table]]:
    if key in head.values:
        group = head.table(key)
        for name in group.values:
            yield name, group.table(name)


def _stages(head: Table) -> dict[str, Bilingual]:
    return {name: _text(table, "name") for name, table in _named(head, "stage")}


def _convention(head: Table, parent: Rulebook | None, key: str) -> str:
    if key not in head.values:
        return str(getattr(_inherited(parent, head, key), key))
    value = head.text(key)
    if value not in _CONVENTIONS[key]:
        allowed = ", ".join(_CONVENTIONS[key])
        raise FootproofError("E-KEY-CHOICE", head.where(key), key=key, found=value, allowed=allowed)
    return value


def _expr(table: Table, key: str) -> str:
    text = table.text(key)
    try:
        parse(text)
    except FootproofError as problem:
        raise problem.at(table.where(key)) from problem
    return text


def _unit(table: Table, key: str) -> str:
    text = table.text(key)
    try:
        unit(text)
    except FootproofError as problem:
        raise problem.at(table.where(key)) from problem
    return text


def _functional_unit(head: Table) -> FunctionalUnit | None:
    if "functional_unit" not in head.values:
        return None
    table = head.table("functional_unit")
    table.refuse_unknown(("name", "unit", "flow", "boundary", "clause"))
    return FunctionalUnit(
        _text(table, "name"),
        _unit(table, "unit"),
        _expr(table, "flow"),
        _text(table, "boundary"),
        table.text("clause"),
    )


def _electricity(head: Table, parent: Rulebook | None) -> ElectricityRule:
    if "electricity" not in head.values:
        return _inherited(parent, head, "electricity").electricity
    table = head.table("electricity")
    table.refuse_unknown(("average", "delivery", "technology", "admitted", "criteria", "clause"))
    kinds = table.table("technology")
    return ElectricityRule(
        table.text("average"),
        table.text("delivery"),
        {name: kinds.text(name) for name in kinds.values},
        _expr(table, "admitted"),
        tuple(table.values.get("criteria", ())),
        table.text("clause"),
    )


def _axis(item: tuple[str, Table]) -> Axis:
    name, table = item
    table.refuse_unknown(("name", "clause", "default", "open", "companion", "option"))
    options = tuple(Option(key, _text(each, "name")) for key, each in _named(table, "option"))
    default = table.text("default")
    companion = table.text("companion") if "companion" in table.values else ""
    ids = [option.id for option in options]
    if default not in ids or (companion and companion not in ids):
        raise FootproofError("E-RULE-AXIS", table.where("default"), axis=name, found=default, options=", ".join(ids))
    return Axis(name, _text(table, "name"), table.text("clause"), default, table.flag("open"), companion, options)


def _requirement(item: tuple[str, Table]) -> Requirement:
    name, table = item
    if "options" in table.values:
        table.refuse_unknown(("options", "name"))
        return Requirement(name, "1", _text(table, "name"), tuple(map(str, table.values["options"])))
    table.refuse_unknown(("unit", "name"))
    return Requirement(name, _unit(table, "unit"), _text(table, "name"))


def _table(item: tuple[str, Table]) -> tuple[str, tuple[str, Mapping[str, Decimal]]]:
    name, table = item
    table.refuse_unknown(("unit", "source", "rows"))
    rows = table.table("rows")
    return name, (_unit(table, "unit"), {key: rows.number(key) for key in rows.values})


def _formula(item: tuple[str, Table]) -> Formula:
    name, table = item
    table.refuse_unknown(("expr", "unit", "clause", "name", "axis"))
    axis = table.text("axis") if "axis" in table.values else ""
    return Formula(name, _expr(table, "expr"), _unit(table, "unit"), table.text("clause"), _text(table, "name"), axis)


def _recycling(table: Table) -> RecyclingTerm:
    table.refuse_unknown(("id", "stage", "amount", "factor", "clause"))
    return RecyclingTerm(
        table.text("id"),
        table.text("stage"),
        _expr(table, "amount"),
        table.text("factor"),
        table.text("clause"),
    )


def _clauses(files: Mapping[str, bytes]) -> Mapping[str, Clause]:
    if "clauses.toml" not in files:
        raise FootproofError("E-RULE-FILE", Where("clauses.toml"))
    head = _read(files, "clauses.toml")
    head.refuse_unknown(("clause",))
    found: dict[str, Clause] = {}
    for table in head.tables("clause"):
        table.refuse_unknown(_CLAUSE)
        clause = Clause(
            table.text("id"),
            table.text("refers_to"),
            table.choice("kind", ClauseKind),
            _text(table, "text"),
            table.text("confidence"),
            severity=table.text("severity") if "severity" in table.values else "shall",
            check=_expr(table, "check") if "check" in table.values else "",
            needs=tuple(map(str, table.values.get("needs", ()))),
            where=table.text("where") if "where" in table.values else "",
            finding=_text(table, "finding") if "finding" in table.values else None,
            axis=table.text("axis") if "axis" in table.values else "",
        )
        if clause.id in found:
            raise FootproofError("E-STUDY-DUPLICATE", table.where("id"), id=clause.id)
        found[clause.id] = clause
    return found


def _cases(files: Mapping[str, bytes]) -> Iterator[Case]:
    for name in sorted(files):
        if not name.startswith("cases/"):
            continue
        head = _read(files, name)
        head.refuse_unknown(("formula", "source", "case"))
        for table in head.tables("case"):
            table.refuse_unknown(("name", "given", "expect"))
            given = table.table("given")
            yield Case(
                table.text("name"),
                head.text("formula"),
                dict(given.values),
                table.number("expect"),
                head.text("source"),
            )


def _check_clauses(rule: Rulebook) -> None:
    """Every choice and formula names a clause that exists."""
    named = [(axis.clause, f"axis.{axis.id}") for axis in rule.axes.values()]
    named += [(formula.clause, f"formula.{formula.id}") for formula in rule.formulas.values()]
    named += [(term.clause, f"recycling.{term.id}") for term in rule.recycling]
    named.append((rule.electricity.clause, "electricity"))
    if rule.functional_unit:
        named.append((rule.functional_unit.clause, "functional_unit"))
    for clause, place in named:
        if clause not in rule.clauses:
            raise FootproofError("E-RULE-CLAUSE", Where("rule.toml", field=place), clause=clause)


def _check_sense(rule: Rulebook, head: Table) -> None:
    """Refuse an edition that would fail only when a study meets it: unknown names, stages, columns, digits."""
    if not 1 <= rule.digits <= MOST_DIGITS:
        raise FootproofError("E-RULE-SENSE", head.where("digits"), what=str(rule.digits), known=f"1 … {MOST_DIGITS}")
    stages = ", ".join((*rule.stages, *STAGES))
    for stage in (*rule.excluded_stages, *(term.stage for term in rule.recycling)):
        if stage not in rule.stages and stage not in STAGES:
            raise FootproofError("E-RULE-SENSE", head.where("excluded_stages"), what=stage, known=stages)
    for term in rule.recycling:
        if term.factor not in RECYCLING_COLUMNS:
            raise FootproofError(
                "E-RULE-SENSE", head.where("recycling"), what=term.factor, known=", ".join(RECYCLING_COLUMNS)
            )
    given = head.values.get("given", [])
    known = {*rule.axes, *rule.requirements, *rule.formulas, *map(str, given)}
    _check_names(rule.electricity.admitted, known, head.where("electricity"))
    if rule.functional_unit:
        _check_names(rule.functional_unit.flow, known, head.where("functional_unit"))
    for formula in rule.formulas.values():
        _check_names(formula.expr, known, head.where("formula"))
    for term in rule.recycling:
        _check_names(term.amount, known | set(RECYCLING_NUMBERS), head.where("recycling"))


def _check_names(text: str, known: set[str], at: Where) -> None:
    missing = references(parse(text)) - known
    if missing:
        raise FootproofError("E-RULE-SENSE", at, what=min(missing), known=", ".join(sorted(known)))
