"""Materials recovered at the end of life: the terms that a rule makes of each row of recycling.csv."""

from collections.abc import Mapping

from footproof.assess.builder import where
from footproof.assess.factors import FactorSource, Resolved
from footproof.assess.quantities import Names
from footproof.assess.terms import Leaf, TermList, both
from footproof.errors import FootproofError, Where
from footproof.expressions.exact import normalise
from footproof.expressions.tree import Tree
from footproof.model.rulebook import RecyclingTerm, Rulebook
from footproof.model.study import Recovered
from footproof.units import unit


class RecyclingWriter:
    """Writes the recycling terms of one rule.

    Args:
        rule: Rulebook edition.
        names: Names of the study, for the amounts.
        rule_names: Names of the rule, for its formulas.
        factors: Where factors come from.
        terms: Where terms go.
    """

    def __init__(self, rule: Rulebook, names: Names, rule_names: Names, factors: FactorSource, terms: TermList) -> None:
        self.builder = terms.builder
        self.rule = rule
        self.names = names
        self.rule_names = rule_names
        self.factors = factors
        self.terms = terms

    def write(self, row: Recovered, template: RecyclingTerm, reference_flow: Tree) -> None:
        """Add one term that the rule makes of a recovered material.

        Args:
            row: Material.
            template: Amount formula, stage and which factor.
            reference_flow: Reference product per unit of the result.

        Raises:
            FootproofError: E-FACTOR-ROLE where a market mix or a recycled material stands for the virgin one.
        """
        name = _sources(row)[template.factor]
        if not name:
            return
        at = where(row.place, template.factor)
        amount = self.builder.plain(self._formula(row, template), f"recycling.{row.id}.{template.id}")
        leaf = Leaf(template.stage, "recycling", amount, unit(row.amount.unit)).times(reference_flow)
        info = {"name": both(row.name), "what": template.id, "clause": f"{self.rule.name}:{template.clause}"}
        for factor in self.factors.resolve(name, at):
            _check_role(factor, template.factor, at)
            self.terms.add(f"{row.id}.{template.id}{factor.suffix}", leaf, factor, at, info)

    def _formula(self, row: Recovered, template: RecyclingTerm) -> Tree:
        """Return the amount of a template over the figures of a row, the axes and the formulas of the rule."""
        numbers = {name: normalise(value) for name, value in row.numbers.items()}
        units = {**self.rule_names.units, "amount": unit(row.amount.unit), **dict.fromkeys(numbers, unit("1"))}
        nodes = {**self.rule_names.nodes, "amount": self._amount(row), **numbers}
        at = Where("rule.toml", field=f"recycling.{template.id}")
        return Names(self.builder, units, nodes).tree(template.amount, row.amount.unit, at)[0]

    def _amount(self, row: Recovered) -> Tree:
        at = where(row.place, "amount")
        tree = self.names.figure(row.amount, at)
        node = self.builder.node(f"amount.recovered.{row.id}", row.amount.unit, tree, {"name": both(row.name)}, at)
        if self.builder.value(node) < 0:
            raise FootproofError("E-STUDY-NEGATIVE", at, found=row.amount.formula)
        return node


def _sources(row: Recovered) -> Mapping[str, str]:
    """Return the factor of a row for each column a rule may take it from."""
    return {
        "virgin": row.virgin,
        "recycled": row.recycled,
        "disposal": row.disposal,
        "recycled_end": row.recycled_end or row.recycled,
        "avoided": row.avoided or row.virgin,
        "recovery": row.recovery,
        "displaced": row.displaced,
    }


def _check_role(factor: Resolved, wanted: str, at: Where) -> None:
    if wanted in ("virgin", "avoided") and factor.role != "virgin":
        name = factor.info["factor"]
        raise FootproofError("E-FACTOR-ROLE", at, name=name, found=factor.role or "-", needed="virgin")
