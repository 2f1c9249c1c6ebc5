"""Evaluate a sheet under many settings of some of its nodes, working out again only what a setting touches.

Every node and term knows on which of the set nodes it depends; its value is kept by what these hold. Terms with the
same dependence are summed once per setting of it.
"""

from collections.abc import Mapping
from copy import copy
from fractions import Fraction

from footproof.expressions.evaluate import Scope, Value, evaluate, evaluate_number
from footproof.expressions.tree import Tree, references
from footproof.interpret.terms import Potentials, term_weight
from footproof.sheet import Sheet
from footproof.sheet.form import Term

Key = tuple[str, ...]


class Switched:
    """A sheet some of whose text nodes are set from outside.

    Args:
        sheet: Its checks are not evaluated again: they hold for any choice of a rule, and the sheet was checked.
        nodes: Nodes that are set, such as "axis.from_electricity".
    """

    def __init__(self, sheet: Sheet, nodes: tuple[str, ...]) -> None:
        self.sheet = sheet
        self.set = nodes
        self.trees: dict[str, Tree] = {node.id: node.expr for node in sheet.nodes}
        self.needs: dict[str, tuple[str, ...]] = {}
        for node in sheet.nodes:
            self.needs[node.id] = (node.id,) if node.id in nodes else self._needs(node.expr)
        self.weights = {term.id: term_weight(term, sheet.gwp) for term in sheet.terms}
        self.groups: dict[tuple[str, ...], list[Term]] = {}
        for term in sheet.terms:
            self.groups.setdefault(self._needs(term.amount), []).append(term)
        self.values: dict[tuple[str, Key], Value] = {}
        self.sums: dict[tuple[tuple[str, ...], Key], Fraction] = {}

    def weighed(self, gwp: Potentials) -> "Switched":
        """Return the same sheet with other potentials; values of nodes are shared, since none depends on them.

        Args:
            gwp: kg CO2e per kg of a gas, by origin and gas, for all that the sheet counts.
        """
        other = copy(self)
        other.weights = {term.id: term_weight(term, gwp) for term in self.sheet.terms}
        other.sums = {}
        return other

    def total(self, setting: Mapping[str, str]) -> Fraction:
        """Return the result under a setting of the nodes. [unit of the sheet]

        Raises:
            FootproofError: What evaluating the sheet meets under that setting.
        """
        for node in self.sheet.nodes:  # In order, so that no chain of nodes is walked by recursion.
            self._value(node.id, setting)
        return sum((self._sum(needs, setting) for needs in self.groups), Fraction(0))

    def touched(self) -> dict[str, tuple[str, ...]]:
        """Return which terms each of the set nodes touches."""
        return {
            name: tuple(term.id for needs, terms in self.groups.items() if name in needs for term in terms)
            for name in self.set
        }

    def _needs(self, tree: Tree) -> tuple[str, ...]:
        found = {name for reference in references(tree) for name in self.needs[reference]}
        return tuple(sorted(found))

    def _sum(self, needs: tuple[str, ...], setting: Mapping[str, str]) -> Fraction:
        key = needs, tuple(setting[name] for name in needs)
        if key not in self.sums:
            self.sums[key] = sum(
                (self._amount(term.amount, setting) * self.weights[term.id] for term in self.groups[needs]), Fraction(0)
            )
        return self.sums[key]

    def _amount(self, tree: Tree, setting: Mapping[str, str]) -> Fraction:
        return Fraction(*evaluate_number(tree, self._scope(tree, setting)))

    def _scope(self, tree: Tree, setting: Mapping[str, str]) -> Scope:
        values = {name: self._value(name, setting) for name in references(tree)}
        return Scope(values=values, tables=self.sheet.tables)

    def _value(self, name: str, setting: Mapping[str, str]) -> Value:
        if name in setting:
            return setting[name]
        key = name, tuple(setting[each] for each in self.needs[name])
        if key not in self.values:
            tree = self.trees[name]
            found = evaluate(tree, self._scope(tree, setting))
            self.values[key] = _reduced(found)
        return self.values[key]


def _reduced(value: Value) -> Value:
    """Return a number in lowest terms, so that long chains stay short."""
    if not isinstance(value, tuple):
        return value
    found = Fraction(*value)
    return found.numerator, found.denominator
