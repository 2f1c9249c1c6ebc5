"""Evaluate a calculation sheet exactly. Specification, section 5; its steps are named here as there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from footproof.errors import FootproofError, Where
from footproof.expressions import exact
from footproof.expressions.evaluate import Scope, Value, evaluate, evaluate_number
from footproof.expressions.exact import ZERO, Exact
from footproof.expressions.tree import Tree
from footproof.sheet.form import Alternative, Sheet, Term
from footproof.sheet.origins import ORIGINS

STEPS_OF_ENTRY = 4

Cells = dict[tuple[str, str], Exact]


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over the cells (stage, origin)."""

    value: Exact
    stages: Mapping[str, Exact]
    origins: Mapping[str, Exact]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All values of a sheet, exact and not yet in lowest terms.

    Args:
        nodes: Scalars by id.
        terms: Contribution of each term by id. [unit of the sheet]
        cells: Sums by stage and origin. [unit of the sheet]
        aircraft: Sum of what is tagged, within fossil. [unit of the sheet]
        totals: Sums of the cells. [unit of the sheet]
        beside: Figures beside the total, by id.
        alternatives: Total under each alternative. [unit of the sheet]
    """

    nodes: Mapping[str, Value]
    terms: Mapping[str, Exact]
    cells: Mapping[tuple[str, str], Exact]
    aircraft: Exact
    totals: Totals
    beside: Mapping[str, Exact]
    alternatives: Mapping[str, Exact]


def evaluate_sheet(sheet: Sheet) -> Evaluation:
    """Return every value of the sheet.

    Raises:
        FootproofError: E-SHEET-TYPE, -DIVISION, -SIZE, -LOOKUP, -STEPS or -RESIDUAL; `where.field` is the place.
    """
    scope = Scope(tables=sheet.tables)
    _evaluate_nodes(sheet, scope, {}, "")
    _evaluate_checks(sheet, scope, "")
    terms, sums = _evaluate_terms(sheet, scope, "")
    beside = {figure.id: _placed(f"beside/{figure.id}", figure.expr, scope, kept=True) for figure in sheet.beside}
    totals = _sum_up(sheet.stages, sums.cells, scope, "totals")
    values = scope.values
    alternatives = {
        alternative.id: _evaluate_alternative(sheet, alternative, scope) for alternative in sheet.alternatives
    }
    return Evaluation(values, terms, sums.cells, sums.aircraft, totals, beside, alternatives)


def _at(place: str, problem: FootproofError) -> FootproofError:
    return problem.at(Where("sheet", field=place))


def _evaluate_nodes(sheet: Sheet, scope: Scope, replaced: Mapping[str, Tree], prefix: str) -> None:
    scope.values = {}
    for node in sheet.nodes:
        try:
            scope.values[node.id] = scope.keep(evaluate(replaced.get(node.id, node.expr), scope))
        except FootproofError as problem:
            raise _at(f"{prefix}nodes/{node.id}", problem) from problem


def _evaluate_checks(sheet: Sheet, scope: Scope, prefix: str) -> None:
    for check in sheet.checks:
        place = f"{prefix}checks/{check.id}"
        residual = _placed(place, check.expr, scope)
        if residual[0] != 0:
            raise _at(place, FootproofError("E-SHEET-RESIDUAL", residual=exact.write(residual)[:200]))


@dataclass(slots=True)
class _Sums:
    """What the terms add up to: by cell, and what is tagged as aircraft."""

    cells: Cells
    aircraft: Exact = ZERO


def _evaluate_terms(sheet: Sheet, scope: Scope, prefix: str) -> tuple[dict[str, Exact], _Sums]:
    terms: dict[str, Exact] = {}
    sums = _Sums({})
    gwp = _characterised(sheet)
    for term in sheet.terms:
        try:
            terms[term.id] = _add_term(term, evaluate_number(term.amount, scope), sums, gwp, scope)
            scope.keep(terms[term.id])
        except FootproofError as problem:
            raise _at(f"{prefix}terms/{term.id}", problem) from problem
    return terms, sums


def _characterised(sheet: Sheet) -> Mapping[str, Mapping[str, Exact]]:
    return {origin: {gas: exact.number(number) for gas, number in gases.items()} for origin, gases in sheet.gwp.items()}


def _add_term(term: Term, amount: Exact, sums: _Sums, gwp: Mapping[str, Mapping[str, Exact]], scope: Scope) -> Exact:
    total = ZERO
    for entry in term.factor:
        scope.charge(STEPS_OF_ENTRY)
        mass = scope.multiply(amount, exact.number(entry.number))
        contribution = scope.multiply(mass, gwp[entry.origin][entry.gas])
        total = scope.add(total, contribution)
        cell = term.stage, entry.origin
        sums.cells[cell] = scope.add(sums.cells.get(cell, ZERO), contribution)
        if entry.aircraft:
            sums.aircraft = scope.add(sums.aircraft, contribution)
    return total


def _sum_up(stages: tuple[str, ...], cells: Cells, scope: Scope, place: str) -> Totals:
    try:
        by_stage = {s: _sum([cells.get((s, o), ZERO) for o in ORIGINS], scope) for s in stages}
        by_origin = {o: _sum([cells.get((s, o), ZERO) for s in stages], scope) for o in ORIGINS}
        return Totals(_sum(list(by_stage.values()), scope), by_stage, by_origin)
    except FootproofError as problem:
        raise _at(place, problem) from problem


def _sum(values: Sequence[Exact], scope: Scope) -> Exact:
    total = ZERO
    for value in values:
        total = scope.add(total, value)
    return total


def _evaluate_alternative(sheet: Sheet, alternative: Alternative, scope: Scope) -> Exact:
    prefix = f"alternatives/{alternative.id}/"
    other = Scope(tables=sheet.tables, steps=scope.steps)
    _evaluate_nodes(sheet, other, alternative.replaced, prefix)
    _evaluate_checks(sheet, other, prefix)
    _, sums = _evaluate_terms(sheet, other, prefix)
    value = _sum_up(sheet.stages, sums.cells, other, f"{prefix}totals").value
    scope.steps = other.steps
    return value


def _placed(place: str, tree: Tree, scope: Scope, *, kept: bool = False) -> Exact:
    try:
        value = evaluate_number(tree, scope)
        if kept:
            scope.keep(value)
        return value
    except FootproofError as problem:
        raise _at(place, problem) from problem
