"""The parts of `rule.toml`, each read on its own (`docs/reference/rulebook.md`)."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import partial

from footproof.errors import FootproofError, Where
from footproof.expressions.exact import normalise
from footproof.formats.toml import Table
from footproof.model.bilingual import Bilingual
from footproof.model.rulebook import (
    Axis,
    DataRequirement,
    DataSource,
    Decision,
    DecisionRow,
    ElectricityRule,
    Formula,
    FunctionalUnit,
    Option,
    RecyclingTerm,
    ReportedValue,
    Requirement,
    TableSource,
)
from footproof.rules.reading import CONFIDENCE, Reading, expression, maybe, named, text, unit_name, word, word_list


@dataclass(frozen=True, slots=True)
class Choice:
    """An inherited axis that an edition decides."""

    option: str
    clause: str
    place: Where


def stage(reading: Reading, name: str, table: Table) -> Bilingual:
    """Return the name of a stage."""
    del name
    reading.refuse_unknown(table, ("name",))
    return text(table, "name")


def functional_unit(reading: Reading, table: Table) -> FunctionalUnit:
    """Return the functional unit."""
    reading.refuse_unknown(table, ("name", "unit", "flow", "boundary", "clause"))
    return FunctionalUnit(
        text(table, "name"),
        unit_name(table, "unit"),
        expression(table, "flow"),
        text(table, "boundary"),
        table.text("clause"),
    )


def electricity(reading: Reading, table: Table) -> ElectricityRule:
    """Return the rule for electricity."""
    reading.refuse_unknown(table, ("average", "delivery", "technology", "admitted", "criteria", "clause"))
    kinds = table.table("technology")
    return ElectricityRule(
        table.text("average"),
        table.text("delivery"),
        {name: kinds.text(name) for name in kinds.values},
        expression(table, "admitted"),
        word_list(table, "criteria"),
        table.text("clause"),
    )


def axis(reading: Reading, name: str, table: Table, by_clause: Mapping[str, str]) -> Axis | Choice:
    """Read an axis, or the choice of an inherited one; without a clause, the one that names the axis decides it."""
    clause = maybe(table, "clause") or by_clause.get(name, "")
    if "choose" in table.values:
        reading.refuse_unknown(table, ("choose", "clause"))
        return Choice(table.text("choose"), clause, table.where("choose"))
    reading.refuse_unknown(table, ("name", "clause", "default", "open", "companion", "extensible", "option"))
    options = tuple(_option(reading, key, each) for key, each in named(table, "option"))
    default, companion = table.text("default"), maybe(table, "companion")
    ids = [option.id for option in options]
    for key, found in (("default", default), ("companion", companion)):
        if found not in ids and (found or key == "default"):
            raise FootproofError("E-RULE-AXIS", table.where(key), axis=name, found=found, options=", ".join(ids))
    if not clause:
        reading.problems.append(FootproofError("E-RULE-AXIS-CLAUSE", table.where(), axis=name))
    extensible = "extensible" in table.values and table.flag("extensible")
    return Axis(name, text(table, "name"), clause, default, table.flag("open"), companion, options, extensible)


def _option(reading: Reading, name: str, table: Table) -> Option:
    reading.refuse_unknown(table, ("name",))
    return Option(name, text(table, "name"))


def requirement(reading: Reading, name: str, table: Table) -> Requirement:
    """Return a figure or word that the study must give."""
    if "options" in table.values:
        reading.refuse_unknown(table, ("options", "name", "default"))
        options = word_list(table, "options")
        default = word(table, "default", options) if "default" in table.values else ""
        return Requirement(name, "1", text(table, "name"), options, default)
    reading.refuse_unknown(table, ("unit", "name", "default"))
    default = normalise(table.number("default")) if "default" in table.values else ""
    return Requirement(name, unit_name(table, "unit"), text(table, "name"), default=default)


def data(reading: Reading, name: str, table: Table) -> DataRequirement:
    """Return a data requirement."""
    reading.refuse_unknown(table, ("name", "clause", "source", "quality", "stages", "processes", "share"))
    quality = table.number("quality") if "quality" in table.values else None
    if quality is not None and not 1 <= quality <= 5:
        raise FootproofError(
            "E-KEY-CHOICE", table.where("quality"), key="quality", found=normalise(quality), allowed="1 … 5"
        )
    return DataRequirement(
        name,
        text(table, "name"),
        table.text("clause"),
        table.choice("source", DataSource),
        quality,
        word_list(table, "stages"),
        word_list(table, "processes"),
        _share(table),
    )


def _share(table: Table) -> Decimal | None:
    """Return the part of the contribution that has to come from the site."""
    if "share" not in table.values:
        return None
    share = table.number("share")
    if not 0 < share <= 1:
        raise FootproofError(
            "E-KEY-CHOICE", table.where("share"), key="share", found=normalise(share), allowed="0 < share ≤ 1"
        )
    return share


def table_of(reading: Reading, name: str, table: Table) -> tuple[str, Mapping[str, Decimal], TableSource]:
    """Return the unit, the rows and the source of a table."""
    del name
    reading.refuse_unknown(table, ("unit", "source", "confidence", "clause", "rows"))
    rows = table.table("rows")
    confidence = word(table, "confidence", CONFIDENCE) if "confidence" in table.values else ""
    source = TableSource(table.text("source"), confidence, maybe(table, "clause"))
    return unit_name(table, "unit"), {key: rows.number(key) for key in rows.values}, source


def formula(reading: Reading, name: str, table: Table) -> Formula:
    """Return a formula."""
    reading.refuse_unknown(table, ("expr", "unit", "clause", "name", "axis", "beside"))
    return Formula(
        name,
        expression(table, "expr"),
        unit_name(table, "unit"),
        table.text("clause"),
        text(table, "name"),
        maybe(table, "axis"),
        "beside" in table.values and table.flag("beside"),
    )


def decision(reading: Reading, name: str, table: Table) -> Decision:
    """Return a decision table."""
    reading.refuse_unknown(table, ("clause", "name", "unit", "hit", "inputs", "axis", "row"))
    word(table, "hit", ("unique",), "unique")
    inputs = word_list(table, "inputs")
    measured = unit_name(table, "unit") if "unit" in table.values else ""
    rows = tuple(_row(reading, row, inputs, words=not measured) for row in table.tables("row"))
    return Decision(name, table.text("clause"), text(table, "name"), measured, inputs, rows, maybe(table, "axis"))


def _row(reading: Reading, table: Table, inputs: tuple[str, ...], *, words: bool) -> DecisionRow:
    reading.refuse_unknown(table, (*inputs, "then"))
    conditions: dict[str, tuple[str, ...] | str] = {}
    for name in inputs:
        if name not in table.values:
            raise FootproofError("E-KEY-MISSING", table.where(name), key=name)
        listed = isinstance(table.values[name], list)
        conditions[name] = word_list(table, name) if listed else table.text(name)
    return DecisionRow(conditions, table.text("then") if words else expression(table, "then"))


def recycling_terms(reading: Reading, head: Table) -> tuple[RecyclingTerm, ...]:
    """Return the terms that each row of recycling.csv makes."""
    if "recycling" not in head.values:
        return ()
    tables = reading.attempt(lambda: head.tables("recycling")) or ()
    found = [reading.attempt(partial(_recycling, reading, table)) for table in tables]
    return tuple(item for item in found if item is not None)


def _recycling(reading: Reading, table: Table) -> RecyclingTerm:
    reading.refuse_unknown(table, ("id", "stage", "amount", "factor", "clause"))
    return RecyclingTerm(
        table.text("id"), table.text("stage"), expression(table, "amount"), table.text("factor"), table.text("clause")
    )


def reported(reading: Reading, head: Table) -> dict[str, ReportedValue]:
    """Read the results that are stated on their own: `[report.values.<id>]`."""
    report = reading.attempt(lambda: head.table("report")) if "report" in head.values else None
    if report is None:
        return {}
    reading.refuse_unknown(report, ("values",))
    return reading.each(report, "values", _reported_value)


def _reported_value(reading: Reading, name: str, table: Table) -> ReportedValue:
    reading.refuse_unknown(table, ("name", "clause"))
    return ReportedValue(name, text(table, "name"), table.text("clause"))
