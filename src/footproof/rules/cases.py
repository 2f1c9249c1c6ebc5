"""Run the worked examples of an edition: formulas to the last digit, checks over the facts they are given."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from footproof.errors import FootproofError, Where
from footproof.expressions import exact
from footproof.expressions.dimension import infer
from footproof.expressions.evaluate import Scope, Value, evaluate
from footproof.expressions.exact import normalise
from footproof.expressions.parse import parse
from footproof.expressions.tree import references
from footproof.model.rulebook import Case, CheckCase, Rulebook
from footproof.rules.compile import expression_of, word_inputs
from footproof.units import ONE, Unit, unit


@dataclass(frozen=True, slots=True)
class CaseResult:
    """What a worked example gives.

    Args:
        name: Its sentence.
        subject: Formula, decision table or clause it is about.
        clause: Clause it belongs to, or empty.
        expected: What it should give, as text.
        found: What it gives, as text; empty where it could not be worked out.
        place: Where it stands.
        problem: Why it could not be worked out.
    """

    name: str
    subject: str
    clause: str
    expected: str
    found: str
    place: Where
    problem: FootproofError | None = None

    @property
    def holds(self) -> bool:
        """Return whether it gives exactly what it should."""
        return self.problem is None and self.expected == self.found


def run_cases(rule: Rulebook) -> tuple[CaseResult, ...]:
    """Return what every worked example of an edition gives: those of formulas, then those of checks."""
    return (*(run_case(rule, case) for case in rule.cases), *(run_check(rule, case) for case in rule.check_cases))


def tried_cases(rule: Rulebook) -> tuple[CaseResult, ...]:
    """Return what every worked example of an edition gives, of which there is one at least.

    Raises:
        FootproofError: E-RULE-CASES where the edition has none: that nothing failed would say nothing.
    """
    results = run_cases(rule)
    if not results:
        raise FootproofError("E-RULE-CASES", Where("cases"), place=f"{rule.name}: cases/*.toml")
    return results


def run_case(rule: Rulebook, case: Case) -> CaseResult:
    """Return what one example of a formula or decision table gives, exactly."""
    place = Where(case.file, case.line)
    item = rule.formulas.get(case.formula) or rule.decisions.get(case.formula)
    clause = item.clause if item else ""
    expected = case.expect if isinstance(case.expect, str) else normalise(case.expect)
    try:
        found, problem = written(worked_out(rule, case.formula, case.given)), None
    except FootproofError as refusal:
        found, problem = "", refusal.at(place)
    return CaseResult(case.name, case.formula, clause, expected, found, place, problem)


def run_check(rule: Rulebook, case: CheckCase) -> CaseResult:
    """Return whether a check holds for the facts of an example."""
    place = Where(case.file, case.line)
    expected = written(case.met)
    try:
        found, problem = written(check_met(rule, case.clause, case.facts)), None
    except FootproofError as refusal:
        found, problem = "", refusal.at(place)
    return CaseResult(case.name, case.clause, case.clause, expected, found, place, problem)


def check_met(rule: Rulebook, clause: str, facts: Mapping[str, Decimal | str | bool]) -> Value:
    """Return what the check of a clause gives over some facts.

    Raises:
        FootproofError: E-RULE-CASE-CHECK where the clause has no check, E-EXPR-NAME for a fact that is not given,
            E-SHEET-* where it cannot be worked out.
    """
    text = rule.clauses[clause].check if clause in rule.clauses else ""
    if not text:
        raise FootproofError("E-RULE-CASE-CHECK", clause=clause)
    tree = parse(text)
    values = {name: _value(item) for name, item in facts.items()}
    _refuse_missing(references(tree), values)
    return evaluate(tree, Scope(values=values, tables=_tables(rule)))


def worked_out(rule: Rulebook, name: str, given: Mapping[str, Decimal | str]) -> Value:
    """Return a formula over given names; formulas it refers to are worked out first, unless they are given.

    Args:
        rule: Edition.
        name: Formula, or decision table.
        given: Figures in the units the rule asks for, options and words.

    Raises:
        FootproofError: E-EXPR-NAME for a name that is not given, E-FORMULA-CYCLE, E-EXPR-UNIT, E-UNIT-MISMATCH,
            E-SHEET-* where it cannot be worked out.
    """
    values: dict[str, Value] = {key: _value(item) for key, item in given.items()}
    scope = Scope(values=values, tables=_tables(rule))
    kinds, tables = kinds_of(rule), table_units(rule)
    for formula in in_order(rule, name, frozenset(given)):
        tree = parse(expression_of(rule, formula) or "0")
        _refuse_missing(references(tree), values)
        found = evaluate(tree, scope)
        kind = infer(tree, kinds, tables)
        if isinstance(found, tuple) and isinstance(kind, Unit):
            found = exact.lowest(exact.multiply(found, _scale(kind, rule.formulas[formula].unit)))
        values[formula] = found
    if name not in values:
        raise FootproofError("E-EXPR-NAME", name=name, known=", ".join(sorted(rule.formulas)) or "-")
    return values[name]


def in_order(rule: Rulebook, name: str, given: frozenset[str] = frozenset()) -> list[str]:
    """Return the formulas that a formula or a decision table needs, itself last.

    Raises:
        FootproofError: E-FORMULA-CYCLE, naming the ring.
    """
    order: list[str] = []
    path: list[str] = []

    def visit(formula: str) -> None:
        if formula in path:
            ring = " → ".join([*path[path.index(formula) :], formula])
            raise FootproofError("E-FORMULA-CYCLE", Where("rule.toml", field=f"formula.{formula}"), ring=ring)
        if formula in order or formula in given:
            return
        text = expression_of(rule, formula)
        if text is None:
            return
        path.append(formula)
        for other in sorted(references(parse(text))):
            visit(other)
        path.pop()
        order.append(formula)

    visit(name)
    return order


def kinds_of(rule: Rulebook) -> dict[str, Unit | str]:
    """Return the unit of each name of an edition, "text" for words."""
    kinds: dict[str, Unit | str] = dict.fromkeys(word_inputs(rule), "text")
    kinds.update({name: unit(item.unit) for name, item in rule.requirements.items() if not item.options})
    kinds.update({name: unit(item.unit) for name, item in rule.formulas.items()})
    return {**dict.fromkeys(rule.given, ONE), **kinds}


def table_units(rule: Rulebook) -> dict[str, Unit]:
    """Return the unit of the numbers of each table."""
    return {name: unit(rows[0]) for name, rows in rule.tables.items()}


def written(value: Value) -> str:
    """Return a value as text: exact figures, `true` or `false`, words as they are."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else exact.write(value)


def _value(item: Decimal | str | bool) -> Value:
    return item if isinstance(item, str | bool) else exact.number(normalise(item))


def _tables(rule: Rulebook) -> dict[str, dict[str, str]]:
    return {name: {key: normalise(value) for key, value in rows.items()} for name, (_, rows) in rule.tables.items()}


def _scale(kind: Unit, wanted: str) -> exact.Exact:
    target = unit(wanted)
    if kind.dimensions != target.dimensions:
        found = " ".join(f"{name}^{power}" for name, power in kind.dimensions) or "1"
        raise FootproofError("E-UNIT-MISMATCH", found=found, needed=wanted)
    ratio: Fraction = kind.scale / target.scale
    return ratio.numerator, ratio.denominator


def _refuse_missing(names: set[str], values: Mapping[str, Value]) -> None:
    for name in sorted(names):
        if name not in values:
            raise FootproofError("E-EXPR-NAME", name=name, known=", ".join(sorted(values)) or "-")


def unused_given(rule: Rulebook, case: Case) -> Iterator[str]:
    """Yield the names that an example of a formula gives and nothing of it uses."""
    texts = [expression_of(rule, formula) or "0" for formula in in_order(rule, case.formula)]
    used = {name for text in texts for name in references(parse(text))}
    yield from (name for name in case.given if name not in used)
