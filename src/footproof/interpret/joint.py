"""Two rulebooks as one, with a switch for every axis: which of the two decides it.

A formula that the two write differently becomes both, and a choice between them by the switch of its axis; formulas of
other axes that it refers to go by their own switches. What no formula can hold (gases' potentials, what is left out,
which parameters stand for electricity, the unit) is an *outer* axis: another pair of rulebooks is joined for it.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from footproof.interpret.words import worded
from footproof.model.bilingual import Bilingual
from footproof.model.rulebook import Axis, Formula, Option, RecyclingTerm, Requirement, Rulebook

Side = str
A: Side = "a"
B: Side = "b"
ELECTRICITY = "electricity"
RECYCLING = "end_of_life"
OTHER = "other_formulas"
UNSAID = "–"
UNIT = "functional_unit"

# Fields of a rulebook that `joined` merges, and those that move no result; every other field belongs to an outer axis.
MERGED = frozenset({"axes", "requirements", "tables", "formulas", "recycling", "electricity", "clauses"})
APART = frozenset(
    {"id", "edition", "digest", "status", "status_note", "title", "parent", "parent_digest", "digits", "given"}
    | {"cases", "check_cases", "files", "data", "decisions", "reported", "sources", "shipped_digest"}
)

_NAME = re.compile(r'"[^"]*"|[A-Za-z_][A-Za-z0-9_]*')


@dataclass(frozen=True, slots=True)
class SharedAxis:
    """A choice that both rules make.

    Args:
        id: Such as "electricity".
        clauses: Clause of A and of B that makes it, with the name of the rulebook.
        options: What A and B choose, in words.
        switch: Node of the sheet that says whose choice counts; empty for an outer axis.
    """

    id: str
    name: Bilingual
    clauses: tuple[str, str]
    options: tuple[Bilingual, Bilingual]
    switch: str


@dataclass(frozen=True, slots=True)
class Outer:
    """An axis of what formulas do not hold: some fields of a rulebook."""

    id: str
    fields: tuple[str, ...]
    said: Callable[[Rulebook], Bilingual]


def outer_axes() -> tuple[Outer, ...]:
    """Return the outer axes that any two rulebooks share, whether or not they differ on them."""
    return (
        Outer("gwp", ("gwp",), lambda rule: _plain(rule.gwp)),
        Outer("biogenic", ("biogenic",), lambda rule: worded(f"lens.biogenic.{rule.biogenic}")),
        Outer("methane", ("methane",), lambda rule: worded(f"lens.methane.{rule.methane}")),
        Outer("boundary", ("stages", "excluded_stages"), _stages),
        Outer(UNIT, ("functional_unit",), _unit_in_words),
        Outer("electricity_data", ("electricity",), _electricity_data),
    )


def differs(axis: Outer, a: Rulebook, b: Rulebook) -> bool:
    """Return whether two rulebooks differ on an outer axis in what can move a figure."""
    return bool(_substance(axis, a) != _substance(axis, b))


def given_over(axis: Outer, to: Rulebook, source: Rulebook) -> Rulebook:
    """Return a rulebook with one outer axis decided as another rulebook does."""
    changes: dict[str, Any] = {name: getattr(source, name) for name in axis.fields}
    if axis.id == "electricity_data":
        changes = {"electricity": replace(source.electricity, admitted=to.electricity.admitted)}
    return replace(to, **changes)


def joined(a: Rulebook, b: Rulebook) -> tuple[Rulebook, tuple[SharedAxis, ...]]:
    """Return one rulebook that holds both, and the axes its switches decide.

    Args:
        a: Decides where a switch says "a", and whatever is outer.
        b: Decides where a switch says "b".
    """
    axes = _shared(a, b)
    join = _Join(a, b, {axis.id for axis in axes})
    rule = replace(
        a,
        axes={**join.switches(axes), **_own_axes(a, A), **_own_axes(b, B)},
        requirements=_requirements(a, b),
        tables={**_own_tables(a, A), **_own_tables(b, B)},
        formulas=join.formulas(),
        recycling=join.recycling(),
        electricity=replace(a.electricity, admitted=join.choice(ELECTRICITY, "electricity_admitted")),
        clauses={**b.clauses, **a.clauses},
    )
    return rule, axes


def chosen_option(axis: str, side: Side) -> str:
    """Return the node that holds the option of one side's own axis."""
    return f"axis.{side}_{axis}"


class _Join:
    """Merges the formulas of two rulebooks."""

    def __init__(self, a: Rulebook, b: Rulebook, axes: set[str]) -> None:
        self.sides = {A: a, B: b}
        self.axes = axes
        self.found: dict[str, Formula] = {}

    def switches(self, axes: tuple[SharedAxis, ...]) -> dict[str, Axis]:
        options = (Option(A, _plain(self.sides[A].name)), Option(B, _plain(self.sides[B].name)))
        return {
            _switch(axis.id): Axis(
                _switch(axis.id), axis.name, axis.clauses[0].partition(":")[2], A, False, "", options
            )
            for axis in axes
        }

    def formulas(self) -> dict[str, Formula]:
        for name in dict.fromkeys((*self.sides[A].formulas, *self.sides[B].formulas)):
            self._merge(name)
        for side, rule in self.sides.items():
            name, power = f"{side}_electricity_admitted", rule.electricity
            text = self._renamed(power.admitted, rule, side)
            self.found[name] = Formula(name, text, "1", power.clause, worded("lens.axis.electricity"))
        return self.found

    def recycling(self) -> tuple[RecyclingTerm, ...]:
        """Return the terms of both sides, each counted only where the switch names its side."""
        a, b = self.sides[A], self.sides[B]
        same = [self._renamed(t.amount, a, A) for t in a.recycling] == [
            self._renamed(t.amount, b, B) for t in b.recycling
        ]
        if same and [(t.stage, t.factor) for t in a.recycling] == [(t.stage, t.factor) for t in b.recycling]:
            return tuple(replace(term, amount=self._renamed(term.amount, a, A)) for term in a.recycling)
        return tuple(
            replace(
                term,
                id=f"{side}-{term.id}",
                amount=f'({self._renamed(term.amount, rule, side)}) * if({_switch(RECYCLING)} = "{side}", 1, 0)',
                clause=term.clause,
            )
            for side, rule in self.sides.items()
            for term in rule.recycling
        )

    def choice(self, axis: str, name: str) -> str:
        return f'if({_switch(axis)} = "{A}", {A}_{name}, {B}_{name})'

    def _merge(self, name: str) -> None:
        owners = [(side, rule, rule.formulas[name]) for side, rule in self.sides.items() if name in rule.formulas]
        texts = [self._renamed(formula.expr, rule, side) for side, rule, formula in owners]
        first, last = owners[0][2], owners[-1][2]
        if len(set(texts)) == 1 and first.unit == last.unit:
            self.found[name] = replace(first, expr=texts[0])
            return
        for (side, _, formula), text in zip(owners, texts, strict=True):
            self.found[f"{side}_{name}"] = replace(formula, id=f"{side}_{name}", expr=text, unit=first.unit)
        axis = next((item.axis for item in (first, last) if item.axis in self.axes), OTHER)
        self.found[name] = replace(first, expr=self.choice(axis, name))

    def _renamed(self, expr: str, rule: Rulebook, side: Side) -> str:
        """Return an expression with the names of a side's own axes and tables told apart from the other's."""
        own = {*rule.axes, *rule.tables}

        def name(match: re.Match[str]) -> str:
            return f"{side}_{match[0]}" if match[0] in own else match[0]

        return _NAME.sub(name, expr)


def _shared(a: Rulebook, b: Rulebook) -> tuple[SharedAxis, ...]:
    names = [name for name in a.axes if name in b.axes]
    found = [
        SharedAxis(
            name,
            a.axes[name].name,
            (f"{a.name}:{a.axes[name].clause}", f"{b.name}:{b.axes[name].clause}"),
            (_option(a.axes[name]), _option(b.axes[name])),
            f"axis.{_switch(name)}",
        )
        for name in names
    ]
    unsaid = [name for name in (ELECTRICITY, RECYCLING, OTHER) if name not in names]
    return (*found, *(_without_options(name, a, b) for name in unsaid))


def _without_options(name: str, a: Rulebook, b: Rulebook) -> SharedAxis:
    clauses = (f"{a.name}:{clause_for(a, name)}", f"{b.name}:{clause_for(b, name)}")
    said = worded("lens.by-rule")
    return SharedAxis(name, worded(f"lens.axis.{name}"), clauses, (said, said), f"axis.{_switch(name)}")


def clause_for(rule: Rulebook, axis: str) -> str:
    """Return the clause of a rule that decides an axis: that of the axis, one that names it, one of its formulas."""
    if axis in rule.axes:
        return rule.axes[axis].clause
    named = [clause.id for clause in rule.clauses.values() if clause.axis == axis]
    if axis in ("biogenic", "methane"):  # Often said where the potentials are said.
        named += [clause.id for clause in rule.clauses.values() if clause.axis == "gwp"]
    named += [formula.clause for formula in rule.formulas.values() if formula.axis == axis]
    if axis == RECYCLING:
        named += [term.clause for term in rule.recycling]
    if axis in (ELECTRICITY, "electricity_data"):
        named.append(rule.electricity.clause)
    if axis in (UNIT, "boundary") and rule.functional_unit:
        named.append(rule.functional_unit.clause)
    return named[0] if named else UNSAID


def _own_axes(rule: Rulebook, side: Side) -> dict[str, Axis]:
    return {
        f"{side}_{axis.id}": replace(axis, id=f"{side}_{axis.id}", open=False, companion="")
        for axis in rule.axes.values()
    }


def _own_tables(rule: Rulebook, side: Side) -> dict[str, Any]:
    return {f"{side}_{name}": table for name, table in rule.tables.items()}


def _requirements(a: Rulebook, b: Rulebook) -> Mapping[str, Requirement]:
    merged = {**b.requirements, **a.requirements}
    for name in a.requirements.keys() & b.requirements.keys():
        options = a.requirements[name].options
        words = tuple(word for word in b.requirements[name].options if word not in options)
        merged[name] = replace(a.requirements[name], options=(*options, *words))
    return merged


def _switch(axis: str) -> str:
    return f"from_{axis}"


def _option(axis: Axis) -> Bilingual:
    return next(option.name for option in axis.options if option.id == axis.default)


def _plain(text: str) -> Bilingual:
    return Bilingual(text, text)


def _stages(rule: Rulebook) -> Bilingual:
    kept = [text for name, text in rule.stages.items() if name not in rule.excluded_stages]
    return Bilingual("、".join(text.zh for text in kept), ", ".join(text.en for text in kept))


def _unit_in_words(rule: Rulebook) -> Bilingual:
    return rule.functional_unit.name if rule.functional_unit else worded("lens.unit-of-study")


def _electricity_data(rule: Rulebook) -> Bilingual:
    return _plain(rule.electricity.average)


def _substance(axis: Outer, rule: Rulebook) -> Any:
    """Return what of an outer axis can move a figure."""
    if axis.id == "boundary":
        return frozenset(rule.stages) - frozenset(rule.excluded_stages)
    if axis.id == UNIT:
        return rule.functional_unit and (rule.functional_unit.unit, rule.functional_unit.flow)
    if axis.id == "electricity_data":
        power = rule.electricity
        return power.average, power.delivery, dict(power.technologies), frozenset(power.criteria)
    return getattr(rule, axis.fields[0])
