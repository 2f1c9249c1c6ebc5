"""Evaluate a calculation sheet exactly. Specification, section 5; its steps are named here as there."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from footproof.errors import FootproofError, Where
from footproof.expressions import exact
from footproof.expressions.evaluate import Scope, Value, evaluate, evaluate_number
from footproof.expressions.exact import ZERO, Exact
from footproof.expressions.tree import Tree
from footproof.sheet.form import Alternative, Sheet, Term
from footproof.sheet.origins import ORIGINS

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
    terms, cells, aircraft = _evaluate_terms(sheet, scope, "")
    beside = {figure.id: _placed(f"beside/{figure.id}", figure.expr, scope) for figure in sheet.beside}
    totals = _sum_up(sheet.stages, cells, "totals")
    values = scope.values
    alternatives = {
        alternative.id: _evaluate_alternative(sheet, alternative, scope) for alternative in sheet.alternatives
    }
    return Evaluation(values, terms, cells, aircraft, totals, beside, alternatives)


def _at(place: str, problem: FootproofError) -> FootproofError:
    return problem.at(Where("sheet", field=place))


def _evaluate_nodes(sheet: Sheet, scope: Scope, replaced: Mapping[str, Tree], prefix: str) -> None:
    scope.values = {}
    for node in sheet.nodes:
        try:
            scope.values[node.id] = evaluate(replaced.get(node.id, node.expr), scope)
        except FootproofError as problem:
            raise _at(f"{prefix}nodes/{node.id}", problem) from problem


def _evaluate_checks(sheet: Sheet, scope: Scope, prefix: str) -> None:
    for check in sheet.checks:
        place = f"{prefix}checks/{check.id}"
        residual = _placed(place, check.expr, scope)
        if residual[0] != 0:
            raise _at(place, FootproofError("E-SHEET-RESIDUAL", residual=exact.write(residual)[:200]))


def _evaluate_terms(sheet: Sheet, scope: Scope, prefix: str) -> tuple[dict[str, Exact], Cells, Exact]:
    terms: dict[str, Exact] = {}
    cells: Cells = {}
    aircraft = ZERO
    factors = _characterised(sheet)
    for term in sheet.terms:
        try:
            amount = evaluate_number(term.amount, scope)
            terms[term.id], aircraft = _add_term(term, amount, factors, cells, aircraft)
        except FootproofError as problem:
            raise _at(f"{prefix}terms/{term.id}", problem) from problem
    return terms, cells, aircraft


def _characterised(sheet: Sheet) -> Mapping[str, Mapping[str, Exact]]:
    return {origin: {gas: exact.number(number) for gas, number in gases.items()} for origin, gases in sheet.gwp.items()}


def _add_term(
    term: Term,
    amount: Exact,
    gwp: Mapping[str, Mapping[str, Exact]],
    cells: Cells,
    aircraft: Exact,
) -> tuple[Exact, Exact]:
    total = ZERO
    for entry in term.factor:
        mass = exact.multiply(amount, exact.number(entry.number))
        contribution = exact.multiply(mass, gwp[entry.origin][entry.gas])
        total = exact.add(total, contribution)
        cell = term.stage, entry.origin
        cells[cell] = exact.add(cells.get(cell, ZERO), contribution)
        if entry.aircraft:
            aircraft = exact.add(aircraft, contribution)
    return total, aircraft


def _sum_up(stages: Iterable[str], cells: Cells, place: str) -> Totals:
    stages = tuple(stages)
    try:
        by_stage = {s: _sum(cells.get((s, o), ZERO) for o in ORIGINS) for s in stages}
        by_origin = {o: _sum(cells.get((s, o), ZERO) for s in stages) for o in ORIGINS}
        return Totals(_sum(by_stage.values()), by_stage, by_origin)
    except FootproofError as problem:
        raise _at(place, problem) from problem


def _sum(values: Iterable[Exact]) -> Exact:
    total = ZERO
    for value in values:
        total = exact.add(total, value)
    return total


def _evaluate_alternative(sheet: Sheet, alternative: Alternative, scope: Scope) -> Exact:
    prefix = f"alternatives/{alternative.id}/"
    other = Scope(tables=sheet.tables, steps=scope.steps)
    _evaluate_nodes(sheet, other, alternative.replaced, prefix)
    _evaluate_checks(sheet, other, prefix)
    _, cells, _ = _evaluate_terms(sheet, other, prefix)
    scope.steps = other.steps
    return _sum_up(sheet.stages, cells, f"{prefix}totals").value


def _placed(place: str, tree: Tree, scope: Scope) -> Exact:
    try:
        return evaluate_number(tree, scope)
    except FootproofError as problem:
        raise _at(place, problem) from problem
