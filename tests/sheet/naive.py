"""A third, simple-minded evaluator: fractions reduced at every step, no limits, no attention to errors.

Written from docs/reference/sheet.md sections 3, 5 and 6 for sheets that have a value; shares no code with the others.
"""

import operator
from collections.abc import Callable
from decimal import MAX_EMAX, ROUND_HALF_EVEN, Context, Decimal, Inexact
from fractions import Fraction
from functools import reduce
from math import prod
from typing import Any

ORDER = ("fossil", "biogenic_emission", "biogenic_removal", "dluc", "land_use", "undifferentiated")
STRICT: dict[str, Callable[..., Any]] = {
    "+": lambda *a: sum(a, Fraction(0)),
    "*": lambda *a: prod(a, start=Fraction(1)),
    "-": operator.sub,
    "/": operator.truediv,
    "min": lambda *a: min(a),
    "max": lambda *a: max(a),
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "=": operator.eq,
    "!=": operator.ne,
    "and": lambda *a: all(a),
    "or": lambda *a: any(a),
    "not": operator.not_,
}


def value_of(expr: Any, nodes: dict[str, Any], tables: Any) -> Any:  # noqa: PLR0911  # one case each
    """Return the value of an expression: a fraction, a truth value or a text."""
    if isinstance(expr, str):
        return Fraction(expr)
    match expr:
        case ["ref", name]:
            return nodes[name]
        case ["text", text]:
            return text
        case ["ratio", p, q]:
            return Fraction(int(Decimal(p)), int(Decimal(q)))
        case ["if", condition, yes, no]:
            return value_of(yes if value_of(condition, nodes, tables) else no, nodes, tables)
        case ["lookup", table, key]:
            return Fraction(tables[table][value_of(key, nodes, tables)])
    return STRICT[expr[0]](*(value_of(part, nodes, tables) for part in expr[1:]))


def run(sheet: Any, replaced: Any) -> dict[str, Any]:
    """Return nodes, terms and sums under some other expressions."""
    nodes: dict[str, Any] = {}
    for node in sheet["nodes"]:
        nodes[node["id"]] = value_of(replaced.get(node["id"], node["expr"]), nodes, sheet["tables"])
    assert all(value_of(check["expr"], nodes, sheet["tables"]) == 0 for check in sheet["checks"])
    cells = {stage: dict.fromkeys(ORDER, Fraction(0)) for stage in sheet["stages"]}
    terms, aircraft = {}, Fraction(0)
    for term in sheet["terms"]:
        amount = value_of(term["amount"], nodes, sheet["tables"])
        parts = [(e, amount * Fraction(e[2]) * Fraction(sheet["gwp"][e[0]][e[1]])) for e in term["factor"]]
        terms[term["id"]] = sum((part for _, part in parts), Fraction(0))
        aircraft += sum((part for entry, part in parts if len(entry) == 4), Fraction(0))
        for entry, part in parts:
            cells[term["stage"]][entry[0]] += part
    value = reduce(operator.add, terms.values(), Fraction(0))
    return {"nodes": nodes, "terms": terms, "cells": cells, "aircraft": aircraft, "value": value}


def rounded(value: Fraction, digits: int) -> str:
    """Round with Python's decimal arithmetic, half to even, from an exact quotient or a long enough one."""
    context = Context(prec=70_000, Emax=MAX_EMAX, Emin=-MAX_EMAX)
    quotient = context.divide(Decimal(value.numerator), Decimal(value.denominator))
    if context.flags[Inexact]:  # never a tie, and 70,000 digits tell on which side of one it lies
        assert len(str(value.denominator.bit_length())) < 6
    declared = Context(prec=digits, rounding=ROUND_HALF_EVEN, Emax=MAX_EMAX, Emin=-MAX_EMAX).plus(quotient)
    text = format(declared, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if declared == 0 else text


def result_of(sheet: Any) -> dict[str, Any]:
    """Return the result of section 6, with fractions for figures."""
    base = run(sheet, {})
    others = {each["id"]: run(sheet, each["set"])["value"] for each in sheet["alternatives"]}
    axes = [others[each["id"]] for each in sheet["alternatives"] if each["kind"] == "axis"]
    cells = base["cells"]
    return {
        "value": base["value"],
        "declared": rounded(base["value"], sheet["rounding"]["digits"]),
        "unit": sheet["unit"],
        "interval": {"low": min([base["value"], *axes]), "high": max([base["value"], *axes])},
        "stages": {stage: {"total": sum(row.values(), Fraction(0)), **row} for stage, row in cells.items()},
        "origins": {origin: sum((row[origin] for row in cells.values()), Fraction(0)) for origin in ORDER},
        "aircraft": base["aircraft"],
        "nodes": base["nodes"],
        "terms": base["terms"],
        "beside": {each["id"]: value_of(each["expr"], base["nodes"], sheet["tables"]) for each in sheet["beside"]},
        "alternatives": others,
    }


def disagreement(mine: Any, written: Any, path: str = "") -> str | None:
    """Return the first place where a written result does not say what this evaluator found."""
    if isinstance(mine, dict):
        if not isinstance(written, dict) or mine.keys() != written.keys():
            return path or "/"
        return next((d for key in mine if (d := disagreement(mine[key], written[key], f"{path}/{key}"))), None)
    if isinstance(mine, Fraction):
        p, _, q = str(written).partition("/")
        same = isinstance(written, str) and Fraction(Decimal(p)) / (int(Decimal(q)) if q else 1) == mine
        return None if same else path
    return None if type(mine) is type(written) and mine == written else path
