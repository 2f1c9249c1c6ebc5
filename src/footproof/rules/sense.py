"""Refuse an edition that would fail only when a study meets it: unknown names, stages, columns, clauses, digits."""

from collections.abc import Iterator

from footproof.errors import FootproofError, Where
from footproof.expressions.parse import parse
from footproof.expressions.tree import references
from footproof.model.rulebook import COMMON_AXES, Rulebook
from footproof.model.study import STAGES
from footproof.rules.edition import Own
from footproof.rules.reading import CLAUSES, Reading

MOST_DIGITS = 15
RECYCLING_COLUMNS = ("virgin", "recycled", "disposal", "recycled_end", "avoided", "recovery", "displaced")
RECYCLING_NUMBERS = ("amount", "r1", "r2", "r3", "a", "b", "q_in", "q_out")


def check_sense(rule: Rulebook, own: Own, reading: Reading) -> None:
    """Note every part of an edition that refers to something that is not there.

    Args:
        rule: Edition with what it inherits.
        own: What the edition itself says: only its own parts are judged, its parent was judged before.
        reading: Notes E-RULE-SENSE and E-RULE-CLAUSE.
    """
    if not 1 <= rule.digits <= MOST_DIGITS:
        _note(reading, own.place("digits"), str(rule.digits), {f"1 … {MOST_DIGITS}"})
    _check_clauses(rule, own, reading)
    _check_stages(rule, own, reading)
    _check_axes(rule, own, reading)
    _check_names(rule, own, reading)
    for place, text, known in _expressions(rule, own):
        missing = references(parse(text)) - known
        if missing:
            _note(reading, place, min(missing), known)
    _check_cases(rule, own, reading)


def _check_stages(rule: Rulebook, own: Own, reading: Reading) -> None:
    stages = {*rule.stages, *STAGES}
    used = [(own.place("excluded_stages"), stage) for stage in rule.excluded_stages]
    used += [(own.place("data", name, "stages"), stage) for name, item in own.data.items() for stage in item.stages]
    used += [(own.place("recycling", index, "stage"), term.stage) for index, term in enumerate(own.recycling)]
    for place, stage in used:
        if stage not in stages:
            _note(reading, place, stage, stages)
    for index, term in enumerate(own.recycling):
        if term.factor not in RECYCLING_COLUMNS:
            _note(reading, own.place("recycling", index, "factor"), term.factor, set(RECYCLING_COLUMNS))


def _check_names(rule: Rulebook, own: Own, reading: Reading) -> None:
    """A name in a formula means one thing: no axis, figure or formula shares it."""
    groups = {
        "axis": set(rule.axes),
        "require": set(rule.requirements),
        "formula": {name for name in rule.formulas if name not in rule.decisions},
        "decision": set(rule.decisions),
        "given": set(rule.given),
    }
    for group in ("axis", "require", "formula", "decision"):
        others = {name for other, names in groups.items() if other != group for name in names}
        for name in sorted(own.declared(group) & others):
            reading.problems.append(FootproofError("E-STUDY-DUPLICATE", own.place(group, name), id=name))


def known_names(rule: Rulebook, own: Own) -> set[str]:
    """Return the names a formula may use, those whose definition could not be read included."""
    declared = {name for group in ("axis", "require", "formula", "decision") for name in own.declared(group)}
    return declared | {*rule.axes, *rule.requirements, *rule.formulas, *rule.decisions, *rule.given}


def _expressions(rule: Rulebook, own: Own) -> Iterator[tuple[Where, str, set[str]]]:
    known = known_names(rule, own)
    if own.electricity:
        yield own.place("electricity", "admitted"), own.electricity.admitted, known
    if own.functional_unit:
        yield own.place("functional_unit", "flow"), own.functional_unit.flow, known
    for name, formula in own.formulas.items():
        yield own.place("formula", name, "expr"), formula.expr, known
    for index, term in enumerate(own.recycling):
        yield own.place("recycling", index, "amount"), term.amount, known | set(RECYCLING_NUMBERS)
    for name, decision in own.decisions.items():
        for index, row in enumerate(decision.rows if decision.unit else ()):
            yield own.place("decision", name, "row", index, "then"), row.then, known


def _check_clauses(rule: Rulebook, own: Own, reading: Reading) -> None:
    """Every choice and formula names a clause that exists."""
    named: list[tuple[str, str, str]] = [
        *(("formula", name, item.clause) for name, item in own.formulas.items()),
        *(("decision", name, item.clause) for name, item in own.decisions.items()),
        *(("data", name, item.clause) for name, item in own.data.items()),
        *(("table", name, item.clause) for name, item in own.sources.items()),
        *(("axis", name, item.clause) for name, item in own.axes.items()),
        *(("axis", name, item.clause) for name, item in own.choices.items()),
    ]
    used = [(own.place(group, name, "clause"), clause) for group, name, clause in named]
    used += [(own.place("recycling", index, "clause"), term.clause) for index, term in enumerate(own.recycling)]
    used += [(own.place("report", "values", name, "clause"), item.clause) for name, item in own.reported.items()]
    if own.electricity:
        used.append((own.place("electricity", "clause"), own.electricity.clause))
    if own.functional_unit:
        used.append((own.place("functional_unit", "clause"), own.functional_unit.clause))
    for place, clause in used:
        if clause and clause not in rule.clauses:
            reading.problems.append(FootproofError("E-RULE-CLAUSE", place, clause=clause))


def _check_axes(rule: Rulebook, own: Own, reading: Reading) -> None:
    known = {*rule.axes, *own.declared("axis")}
    used = [("formula", name, item.axis) for name, item in own.formulas.items()]
    used += [("decision", name, item.axis) for name, item in own.decisions.items()]
    for group, name, axis in used:
        if axis and axis not in known:
            _note(reading, own.place(group, name, "axis"), axis, known)
    for name, clause in own.clauses.items():
        if clause.axis and clause.axis not in known | COMMON_AXES:
            _note(reading, own.clause_places.get(name, Where(CLAUSES)), clause.axis, known | COMMON_AXES)


def _check_cases(rule: Rulebook, own: Own, reading: Reading) -> None:
    for case in own.cases:
        if case.formula not in {*rule.formulas, *rule.decisions, *own.declared("formula"), *own.declared("decision")}:
            _note(reading, Where(case.file, case.line, "formula"), case.formula, {*rule.formulas, *rule.decisions})
    for check in own.check_cases:
        if check.clause not in rule.clauses:
            place = Where(check.file, check.line, "clause")
            reading.problems.append(FootproofError("E-RULE-CLAUSE", place, clause=check.clause))


def _note(reading: Reading, place: Where, what: str, known: set[str]) -> None:
    listed = ", ".join(sorted(known)) or "-"
    reading.problems.append(FootproofError("E-RULE-SENSE", place, what=what, known=listed))
