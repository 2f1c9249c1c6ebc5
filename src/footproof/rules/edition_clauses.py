"""The clauses of an edition and its worked examples, each read on its own (`docs/reference/rulebook.md`)."""

import re
from decimal import Decimal
from functools import partial

from footproof.errors import FootproofError, Where
from footproof.formats.toml import Table
from footproof.model.bilingual import Bilingual
from footproof.model.rulebook import Case, CheckCase, Clause, ClauseKind
from footproof.rules.reading import CONFIDENCE, SEVERITY, Reading, expression, maybe, text, word, word_list

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

_FACT = re.compile(r"\{[a-z][a-z0-9_]*(:%)?\}")


def read_clauses(reading: Reading, head: Table) -> tuple[dict[str, Clause], dict[str, Where]]:
    """Return the clauses by id, and where each stands."""
    reading.refuse_unknown(head, ("clause",))
    found: dict[str, Clause] = {}
    places: dict[str, Where] = {}
    for table in reading.attempt(lambda: head.tables("clause")) or ():
        clause = reading.attempt(partial(_clause, reading, table))
        if clause is not None and clause.id in found:
            reading.problems.append(FootproofError("E-STUDY-DUPLICATE", table.where("id"), id=clause.id))
        elif clause is not None:
            found[clause.id] = clause
            places[clause.id] = table.where()
    return found, places


def _clause(reading: Reading, table: Table) -> Clause:
    reading.refuse_unknown(table, _CLAUSE)
    return Clause(
        table.text("id"),
        table.text("refers_to"),
        table.choice("kind", ClauseKind),
        text(table, "text"),
        word(table, "confidence", CONFIDENCE),
        severity=word(table, "severity", SEVERITY, "shall"),
        check=expression(table, "check") if "check" in table.values else "",
        needs=word_list(table, "needs"),
        where=maybe(table, "where"),
        finding=_finding(table) if "finding" in table.values else None,
        axis=maybe(table, "axis"),
    )


def _finding(table: Table) -> Bilingual:
    """Return the text of a finding, in which braces hold the name of a fact and nothing that reaches further.

    Raises:
        FootproofError: E-RULE-BRACES.
    """
    found = text(table, "finding")
    for wording in (found.zh, found.en):
        rest = _FACT.sub("", wording)
        if "{" in rest or "}" in rest:
            raise FootproofError("E-RULE-BRACES", table.where("finding"), found=wording[:80])
    return found


def read_cases(reading: Reading) -> tuple[tuple[Case, ...], tuple[CheckCase, ...]]:
    """Return the worked examples of formulas and of checks."""
    formulas: list[Case] = []
    checks: list[CheckCase] = []
    for name in sorted(reading.files):
        if not name.startswith("cases/") or not name.endswith(".toml"):
            continue
        head = reading.open(name)
        if head is None:
            continue
        about_clause = "clause" in head.values
        reading.refuse_unknown(head, ("clause" if about_clause else "formula", "source", "case"))
        for table in reading.attempt(partial(head.tables, "case")) or ():
            if about_clause:
                check = reading.attempt(partial(_check_case, reading, head, table))
                checks += [check] if check else []
            else:
                case = reading.attempt(partial(_case, reading, head, table))
                formulas += [case] if case else []
    return tuple(formulas), tuple(checks)


def _case(reading: Reading, head: Table, table: Table) -> Case:
    reading.refuse_unknown(table, ("name", "given", "expect"))
    expect = table.values.get("expect")
    place = table.where()
    return Case(
        table.text("name"),
        head.text("formula"),
        _figures(table.table("given")),
        expect if isinstance(expect, str) else table.number("expect"),
        head.text("source"),
        place.file,
        place.line,
    )


def _check_case(reading: Reading, head: Table, table: Table) -> CheckCase:
    reading.refuse_unknown(table, ("name", "facts", "met"))
    place = table.where()
    return CheckCase(
        table.text("name"),
        head.text("clause"),
        _given(table.table("facts")),
        table.flag("met"),
        place.file,
        place.line,
    )


def _given(table: Table) -> dict[str, Decimal | str | bool]:
    """Return the figures, words and truth values of a worked example."""
    return {key: value if isinstance(value, str | bool) else table.number(key) for key, value in table.values.items()}


def _figures(table: Table) -> dict[str, Decimal | str]:
    """Return the figures and words of a worked example of a formula."""
    return {key: value if isinstance(value, str) else table.number(key) for key, value in table.values.items()}
