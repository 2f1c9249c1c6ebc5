"""Materials recovered at the end of life: the terms that a rule makes of each row of recycling.csv."""

from collections.abc import Mapping
from fractions import Fraction

from footproof.assess.builder import Sense, where
from footproof.assess.factors import FactorSource, Resolved
from footproof.assess.quantities import Names
from footproof.assess.terms import Leaf, TermList, both, scale_to_kg
from footproof.errors import FootproofError, Where
from footproof.expressions.exact import normalise
from footproof.expressions.tree import Tree
from footproof.model.rulebook import RecyclingTerm, Rulebook
from footproof.model.study import Recovered
from footproof.rules.characterisation import potential
from footproof.units import unit

# Figures at which no recycling term vanishes by chance: whether a rule uses R1 shows where only R1 changes.
_PLAIN = {"r1": "0", "r2": "0.3", "r3": "0.1", "a": "0.4", "b": "0.2", "q_in": "0.7", "q_out": "0.9"}


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

    def uses_content(self, row: Recovered) -> bool:
        """Return whether the rule, with the options it chooses, makes anything of the recycled content of a row."""
        return any(self._plain(row, item, "0") != self._plain(row, item, "0.5") for item in self.rule.recycling)

    def _plain(self, row: Recovered, template: RecyclingTerm, content: str) -> Fraction:
        return self.builder.value(self._tree(row, template, {**_PLAIN, "r1": content}, "1"))

    def content_effect(self, row: Recovered, flow: Tree) -> Fraction | None:
        """Return by how much the recycled-content approach would change the result. [kg CO2e / unit of the result]

        The recycled part of the input carries the burdens of recycling in place of those of virgin material.

        Args:
            row: Material that the inventory counts as virgin.
            flow: Reference product per unit of the result.

        Returns:
            Nothing where a factor of the row cannot be used: under a rule without recycling terms nobody reads them.
        """
        try:
            virgin, recycled = (self._burden(row, name) for name in (row.virgin, row.recycled))
        except FootproofError:
            return None
        amount = self.builder.value(self.names.figure(row.amount, where(row.place, "amount")))
        return amount * Fraction(row.numbers["r1"]) * (recycled - virgin) * self.builder.value(flow)

    def _burden(self, row: Recovered, name: str) -> Fraction:
        """Return what a factor counts. [kg CO2e / unit of the row]"""
        at, rule = where(row.place), self.rule
        # A source of its own: what is worked out beside the sheet does not count as used.
        source = FactorSource(self.builder, self.factors.study, self.factors.book, self.factors.known_on)
        known = source.book.gwp_set(rule.gwp, source.known_on)
        total = Fraction(0)
        for factor in source.resolve(name, at):
            weight = self.builder.value(factor.weight)
            for origin, gas, number, entry_unit, _ in factor.entries:
                counted = potential(
                    known, origin, gas, biogenic=rule.biogenic, split_methane=rule.methane == "split", name=rule.gwp
                )
                scale = scale_to_kg(unit(row.amount.unit), entry_unit, gas, at)
                total += weight * Fraction(number) * scale * Fraction(counted)
        return total

    def _formula(self, row: Recovered, template: RecyclingTerm) -> Tree:
        """Return the amount of a template over the figures of a row, the axes and the formulas of the rule."""
        numbers = {name: normalise(value) for name, value in row.numbers.items()}
        return self._tree(row, template, numbers, self._amount(row))

    def _tree(self, row: Recovered, template: RecyclingTerm, numbers: Mapping[str, str], amount: Tree) -> Tree:
        units = {**self.rule_names.units, "amount": unit(row.amount.unit), **dict.fromkeys(numbers, unit("1"))}
        nodes = {**self.rule_names.nodes, "amount": amount, **numbers}
        at = Where("rule.toml", field=f"recycling.{template.id}")
        return Names(self.builder, units, nodes).tree(template.amount, row.amount.unit, at)[0]

    def _amount(self, row: Recovered) -> Tree:
        at = where(row.place, "amount")
        tree = self.names.figure(row.amount, at)
        node = self.builder.node(f"amount.recovered.{row.id}", row.amount.unit, tree, {"name": both(row.name)}, at)
        below = FootproofError("E-STUDY-NEGATIVE", at, found=row.amount.formula)
        self.builder.require(Sense.NOT_NEGATIVE, node, row.id, below)
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
