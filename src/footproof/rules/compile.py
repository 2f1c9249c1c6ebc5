"""What an author writes as tables becomes formulas: the calculation sheet knows nothing else.

A table that gives figures is a formula of its own. One that gives words is written out wherever its name stands, since
a formula of the sheet is a number.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

from footproof.errors import FootproofError, Where
from footproof.expressions.parse import parse
from footproof.model.rulebook import Decision, Formula, Rulebook
from footproof.rules.decision import Compiled, check_conditions, compiled, prove, replace_names
from footproof.rules.edition import Own
from footproof.rules.reading import Reading

DEEPEST = 8


def with_decisions(rule: Rulebook, own: Own, reading: Reading) -> Rulebook:
    """Return an edition with its decision tables as formulas.

    Args:
        rule: Edition whose own tables are not formulas yet; those it inherits are.
        own: What the edition itself says, for places.
        reading: Notes tables that have gaps or overlaps.
    """
    if not rule.decisions:
        return rule
    words, units = word_inputs(rule), unit_inputs(rule)
    found: dict[str, Compiled] = {}
    for name, decision in rule.decisions.items():
        place = own.place("decision", name)
        broken = {key for group in ("axis", "require", "formula") for key in own.declared(group)}
        if (broken - words.keys() - units.keys()) & set(decision.inputs):
            continue  # an input could not be read, which has been said
        result = reading.attempt(partial(_at, place, partial(_proven, rule, decision, words, units)))
        if isinstance(result, Compiled):
            found[name] = result
        elif result and name in own.decisions:
            reading.problems.extend(problem.at(place) for problem in result)
    gives_words = {name: item.expr for name, item in found.items() if not rule.decisions[name].unit}
    expand = partial(_expanded, reading=reading, by=gives_words)
    formulas = {
        name: Formula(name, item.expr, decision.unit, decision.clause, decision.name, decision.axis)
        for name, item in found.items()
        if (decision := rule.decisions[name]).unit
    }
    tables = {key: rows for item in found.values() for key, rows in item.tables.items()}
    return replace(
        _expand_rest(rule, expand, own),
        formulas={
            name: replace(item, expr=expand(item.expr, own.place("formula", name)))
            for name, item in {**rule.formulas, **formulas}.items()
        },
        tables={**rule.tables, **tables},
    )


def word_inputs(rule: Rulebook) -> dict[str, tuple[str, ...]]:
    """Return what may stand for each name that is a word: options of axes and requirements, words that tables give."""
    words = {name: tuple(option.id for option in axis.options) for name, axis in rule.axes.items()}
    words |= {name: item.options for name, item in rule.requirements.items() if item.options}
    words |= {
        name: tuple(dict.fromkeys(row.then for row in item.rows))
        for name, item in rule.decisions.items()
        if not item.unit
    }
    return words


def unit_inputs(rule: Rulebook) -> dict[str, str]:
    """Return the unit of each name that is a number."""
    units = {name: item.unit for name, item in rule.requirements.items() if not item.options}
    units |= {name: item.unit for name, item in rule.formulas.items()}
    units |= {name: item.unit for name, item in rule.decisions.items() if item.unit}
    return units | dict.fromkeys(rule.given, "1")


def expression_of(rule: Rulebook, name: str) -> str | None:
    """Return the expression behind a formula or a decision table, with tables of words written out; None for others.

    Raises:
        FootproofError: E-FORMULA-CYCLE where tables of words need one another.
    """
    if name in rule.formulas:
        return rule.formulas[name].expr
    if name not in rule.decisions:
        return None
    words, units = word_inputs(rule), unit_inputs(rule)
    of_words = {key: compiled(item, words, units).expr for key, item in rule.decisions.items() if not item.unit}
    text = of_words.get(name, "0")
    for _ in range(DEEPEST):
        wider = replace_names(text, of_words)
        if wider == text:
            return text
        text = wider
    raise FootproofError("E-FORMULA-CYCLE", ring=name)


def _at(place: Where, read: Callable[[], Compiled | list[FootproofError]]) -> Compiled | list[FootproofError]:
    try:
        return read()
    except FootproofError as problem:
        raise problem.at(place) from problem


def _proven(
    rule: Rulebook, decision: Decision, words: Mapping[str, tuple[str, ...]], units: Mapping[str, str]
) -> Compiled | list[FootproofError]:
    if decision.id in {*rule.axes, *rule.requirements} or not decision.inputs:
        raise FootproofError("E-STUDY-DUPLICATE", id=decision.id)
    for name in decision.inputs:
        if (name not in words and name not in units) or name == decision.id:
            raise FootproofError("E-RULE-SENSE", what=name, known=", ".join(sorted({*words, *units})))
    check_conditions(decision, words)
    return prove(decision, words) or compiled(decision, words, units)


def _expand_rest(rule: Rulebook, expand: Callable[[str, Where], str], own: Own) -> Rulebook:
    power = replace(rule.electricity, admitted=expand(rule.electricity.admitted, own.place("electricity", "admitted")))
    unit = rule.functional_unit
    return replace(
        rule,
        electricity=power,
        functional_unit=replace(unit, flow=expand(unit.flow, own.place("functional_unit", "flow"))) if unit else None,
        recycling=tuple(
            replace(term, amount=expand(term.amount, own.place("recycling", index)))
            for index, term in enumerate(rule.recycling)
        ),
    )


def _expanded(text: str, at: Where, *, reading: Reading, by: Mapping[str, str]) -> str:
    """Return an expression with word tables written out; tables may stand in tables."""
    for _ in range(DEEPEST):
        wider = replace_names(text, by)
        if wider == text:
            return text
        text = wider
        if reading.attempt(partial(_at_place, text, at)) is None:
            return "0"
    reading.problems.append(FootproofError("E-FORMULA-CYCLE", at, ring=", ".join(by)))
    return "0"


def _at_place(text: str, at: Where) -> str:
    try:
        parse(text)
    except FootproofError as problem:
        raise problem.at(at) from problem
    return text
