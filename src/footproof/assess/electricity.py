"""Electricity of the reporting site: contracted generation as far as the rule admits it, the grid for the rest.

ISO 14067 6.4.9.4: a contractual instrument counts only if it meets all criteria. What the rule admits is a node of the
sheet, so that the options of a rule are alternatives of one sheet.
"""

from collections.abc import Iterator
from decimal import Decimal

from footproof.assess.builder import SheetBuilder, product, where
from footproof.assess.factors import FactorSource, Resolved
from footproof.assess.quantities import Names
from footproof.assess.terms import Leaf, TermList
from footproof.errors import FootproofError, Where
from footproof.expressions.exact import normalise
from footproof.expressions.tree import Tree
from footproof.model.rulebook import Rulebook
from footproof.model.study import Contract, Study


class Electricity:
    """Splits electricity between contracts and the grid.

    Args:
        study: Study.
        rule: Rulebook edition.
        rule_names: Names of the rule, for what it admits.
        factors: Where factors come from.
        terms: Where findings go.
    """

    def __init__(self, study: Study, rule: Rulebook, rule_names: Names, factors: FactorSource, terms: TermList) -> None:
        self.builder: SheetBuilder = terms.builder
        self.rule = rule.electricity
        self.clause = f"{rule.name}:{rule.electricity.clause}"
        self.rule_names = rule_names
        self.factors = factors
        self.contracts = [contract for contract in study.contracts if self._counts(contract, terms)]

    def split(self, leaf: Leaf, at: Where) -> Iterator[tuple[str, Leaf, Resolved]]:
        """Yield suffix of the term, leaf and factor for every part of some electricity.

        Raises:
            FootproofError: E-PARAM-*, E-EXPR-*.
        """
        for contract in self.contracts:
            part = leaf.times(self._admitted(), normalise(contract.share))
            parameters = {"generation": self.rule.technologies[contract.technology], "delivery": self.rule.delivery}
            for step, name in parameters.items():
                for factor in self.factors.resolve(f"param:{name}", at):
                    yield f"#{contract.id}.{step}{factor.suffix}", part, factor
        grid = leaf.times(self._grid()) if self.contracts else leaf
        for factor in self.factors.resolve(f"param:{self.rule.average}", at):
            yield factor.suffix, grid, factor

    def _admitted(self) -> Tree:
        at = Where("rule.toml", field="electricity.admitted")
        tree = self.rule_names.tree(self.rule.admitted, "1", at)[0]
        return self.builder.node("electricity.admitted", "1", tree, {"clause": self.clause})

    def _grid(self) -> Tree:
        contracted = sum((contract.share for contract in self.contracts), Decimal(0))
        tree: Tree = ("-", "1", product(self._admitted(), normalise(contracted)))
        return self.builder.node("electricity.grid", "1", tree, {"clause": self.clause})

    def _counts(self, contract: Contract, terms: TermList) -> bool:
        """Return whether a contract meets all criteria and its factors were known; if not, say so: the grid counts."""
        lacking = sorted(set(self.rule.criteria) - set(contract.criteria)) or self._unknown_factors(contract)
        if lacking:
            terms.finding("contract-not-counted", contract.id, ", ".join(lacking))
        return not lacking

    def _unknown_factors(self, contract: Contract) -> list[str]:
        unknown = []
        for name in (self.rule.technologies[contract.technology], self.rule.delivery):
            try:
                self.factors.editions(name, where(contract.place))
            except FootproofError as problem:
                if problem.code not in ("E-PARAM-NOT-KNOWN", "E-PARAM-DATA-YEAR"):
                    raise
                unknown.append(name)
        return unknown
