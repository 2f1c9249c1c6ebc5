"""Evaluate a calculation sheet exactly. Specification, section 5; its steps are named here as there.

Under an alternative most of a sheet is as it was. What refers to nothing that changed has the same value and takes the
same steps again; so it is not worked out twice, but its steps are charged, since a sheet must be refused at the same
place by every evaluator.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from footproof.errors import FootproofError, Where
from footproof.expressions import exact
from footproof.expressions.evaluate import Scope, Value, evaluate, evaluate_number
from footproof.expressions.exact import ZERO, Exact
from footproof.expressions.tree import Tree, references
from footproof.sheet.form import Alternative, Check, Entry, Sheet, Term
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
    first = _First()
    scope = Scope(first.values, sheet.tables)
    _evaluate_nodes(sheet, scope, first)
    _evaluate_checks(sheet, scope, first)
    sums = _evaluate_terms(sheet, scope, first)
    terms = {name: worked.total for name, worked in first.terms.items()}
    beside = {figure.id: _placed(f"beside/{figure.id}", figure.expr, scope, kept=True) for figure in sheet.beside}
    totals = _sum_up(sheet.stages, sums.cells, scope, "totals")
    needs = _needs(sheet) if sheet.alternatives else {}
    alternatives = {
        alternative.id: _evaluate_alternative(sheet, alternative, scope, first, needs)
        for alternative in sheet.alternatives
    }
    return Evaluation(scope.values, terms, sums.cells, sums.aircraft, totals, beside, alternatives)


def _at(place: str, problem: FootproofError) -> FootproofError:
    return problem.at(Where("sheet", field=place))


@dataclass(frozen=True, slots=True)
class _Worked:
    """A term as it was worked out.

    Args:
        steps: What its amount took.
        parts: Of each entry of its factor, the steps it took and what it gives. [unit of the sheet]
        total: Their sum. [unit of the sheet]
    """

    steps: int
    parts: tuple[tuple[int, Exact], ...]
    total: Exact


@dataclass(slots=True)
class _First:
    """What the first evaluation gave and took, by id: values of nodes, steps of nodes and checks, and terms."""

    values: dict[str, Value] = field(default_factory=dict)
    nodes: dict[str, int] = field(default_factory=dict)
    checks: dict[str, int] = field(default_factory=dict)
    terms: dict[str, _Worked] = field(default_factory=dict)


Needs = Mapping[tuple[str, str], set[str]]


def _needs(sheet: Sheet) -> Needs:
    """Return the nodes that each node, check and term refers to."""
    trees = [(("nodes", node.id), node.expr) for node in sheet.nodes]
    trees += [(("checks", check.id), check.expr) for check in sheet.checks]
    trees += [(("terms", term.id), term.amount) for term in sheet.terms]
    return {place: references(tree) for place, tree in trees}


def _evaluate_nodes(sheet: Sheet, scope: Scope, first: _First) -> None:
    for node in sheet.nodes:
        before = scope.steps
        try:
            scope.values[node.id] = scope.keep(evaluate(node.expr, scope))
        except FootproofError as problem:
            raise _at(f"nodes/{node.id}", problem) from problem
        first.nodes[node.id] = scope.steps - before


def _evaluate_checks(sheet: Sheet, scope: Scope, first: _First) -> None:
    for check in sheet.checks:
        before = scope.steps
        _evaluate_check(check, scope, "")
        first.checks[check.id] = scope.steps - before


def _evaluate_check(check: Check, scope: Scope, prefix: str) -> None:
    place = f"{prefix}checks/{check.id}"
    residual = _placed(place, check.expr, scope)
    if residual[0] != 0:
        raise _at(place, FootproofError("E-SHEET-RESIDUAL", residual=exact.write(residual)[:200]))


@dataclass(slots=True)
class _Sums:
    """What the terms add up to: by cell, and what is tagged as aircraft."""

    cells: Cells = field(default_factory=dict)
    aircraft: Exact = ZERO

    def count(self, term: Term, entry: Entry, contribution: Exact, scope: Scope) -> None:
        """Add what one entry of a term gives. [unit of the sheet]"""
        cell = term.stage, entry.origin
        self.cells[cell] = scope.add(self.cells.get(cell, ZERO), contribution)
        if entry.aircraft:
            self.aircraft = scope.add(self.aircraft, contribution)


def _evaluate_terms(sheet: Sheet, scope: Scope, first: _First) -> _Sums:
    sums = _Sums()
    gwp = _characterised(sheet)
    for term in sheet.terms:
        try:
            first.terms[term.id] = _work_out(term, sums, gwp, scope)
        except FootproofError as problem:
            raise _at(f"terms/{term.id}", problem) from problem
    return sums


def _characterised(sheet: Sheet) -> Mapping[str, Mapping[str, Exact]]:
    return {origin: {gas: exact.number(number) for gas, number in gases.items()} for origin, gases in sheet.gwp.items()}


def _work_out(term: Term, sums: _Sums, gwp: Mapping[str, Mapping[str, Exact]], scope: Scope) -> _Worked:
    before = scope.steps
    amount = evaluate_number(term.amount, scope)
    steps = scope.steps - before
    total = ZERO
    parts: list[tuple[int, Exact]] = []
    for entry in term.factor:
        before = scope.steps
        scope.charge(STEPS_OF_ENTRY)
        mass = scope.multiply(amount, exact.number(entry.number))
        contribution = scope.multiply(mass, gwp[entry.origin][entry.gas])
        total = scope.add(total, contribution)
        parts.append((scope.steps - before, contribution))
        sums.count(term, entry, contribution, scope)
    scope.keep(total)
    return _Worked(steps, tuple(parts), total)


def _count_again(term: Term, worked: _Worked, sums: _Sums, scope: Scope) -> None:
    scope.charge(worked.steps)
    for entry, (steps, contribution) in zip(term.factor, worked.parts, strict=True):
        scope.charge(steps)
        sums.count(term, entry, contribution, scope)
    scope.keep(worked.total)


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


def _evaluate_alternative(sheet: Sheet, alternative: Alternative, scope: Scope, first: _First, needs: Needs) -> Exact:
    prefix = f"alternatives/{alternative.id}/"
    other = Scope(tables=sheet.tables, steps=scope.steps)
    changed = _evaluate_changed(sheet, alternative, other, first, needs)
    for check in sheet.checks:
        if changed.isdisjoint(needs["checks", check.id]):
            _charge(f"{prefix}checks/{check.id}", first.checks[check.id], other)
        else:
            _evaluate_check(check, other, prefix)
    sums = _Sums()
    gwp = _characterised(sheet)
    for term in sheet.terms:
        try:
            if changed.isdisjoint(needs["terms", term.id]):
                _count_again(term, first.terms[term.id], sums, other)
            else:
                _work_out(term, sums, gwp, other)
        except FootproofError as problem:
            raise _at(f"{prefix}terms/{term.id}", problem) from problem
    value = _sum_up(sheet.stages, sums.cells, other, f"{prefix}totals").value
    scope.steps = other.steps
    return value


def _evaluate_changed(sheet: Sheet, alternative: Alternative, other: Scope, first: _First, needs: Needs) -> set[str]:
    """Evaluate the nodes under an alternative; return those that have another value than before."""
    changed: set[str] = set()
    for node in sheet.nodes:
        place = f"alternatives/{alternative.id}/nodes/{node.id}"
        replacing = alternative.replaced.get(node.id)
        if replacing is None and changed.isdisjoint(needs["nodes", node.id]):
            _charge(place, first.nodes[node.id], other)
            other.values[node.id] = first.values[node.id]
            continue
        try:
            other.values[node.id] = other.keep(evaluate(node.expr if replacing is None else replacing, other))
        except FootproofError as problem:
            raise _at(place, problem) from problem
        if other.values[node.id] != first.values[node.id]:
            changed.add(node.id)
    return changed


def _charge(place: str, steps: int, scope: Scope) -> None:
    try:
        scope.charge(steps)
    except FootproofError as problem:
        raise _at(place, problem) from problem


def _placed(place: str, tree: Tree, scope: Scope, *, kept: bool = False) -> Exact:
    try:
        value = evaluate_number(tree, scope)
        if kept:
            scope.keep(value)
        return value
    except FootproofError as problem:
        raise _at(place, problem) from problem
