"""Evaluate a sheet in floats, many samples at once. For statistics only: a declared figure never comes from here.

The same expressions as `sheet`, over arrays of one entry per sample; with nothing varied it agrees with the exact
evaluator to rounding (tests demand 1e-12).
"""

from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import reduce
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from footproof.errors import FootproofError
from footproof.expressions import exact
from footproof.expressions.tree import Tree
from footproof.interpret.terms import term_weight
from footproof.sheet import Sheet

Values = NDArray[np.float64]
Number = Values | float
Held = Any  # A number, a truth or a text, or arrays of the first two.


class FloatSheet:
    """A sheet made ready for many samples."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        self.tables = {
            name: {key: float(_number(text)) for key, text in rows.items()} for name, rows in sheet.tables.items()
        }
        self.weights = {term.id: float(term_weight(term, sheet.gwp)) for term in sheet.terms}

    def terms(self, on_nodes: Mapping[str, Number], on_terms: Mapping[str, Number]) -> dict[str, Number]:
        """Return each term under factors on some nodes and terms. [unit of the sheet]

        Args:
            on_nodes: Factor by node, one entry per sample. [1]
            on_terms: Factor by term. [1]
        """
        values: dict[str, Held] = {}
        for node in self.sheet.nodes:
            found = self._evaluate(node.expr, values)
            values[node.id] = found * on_nodes[node.id] if node.id in on_nodes else found
        return {
            term.id: self._evaluate(term.amount, values) * self.weights[term.id] * on_terms.get(term.id, 1.0)
            for term in self.sheet.terms
        }

    def total(self, on_nodes: Mapping[str, Number], on_terms: Mapping[str, Number], samples: int) -> Values:
        """Return the result of each sample. [unit of the sheet]"""
        total = np.zeros(samples)
        for value in self.terms(on_nodes, on_terms).values():
            total += value
        return total

    def _evaluate(self, tree: Tree, values: Mapping[str, Held]) -> Held:
        if isinstance(tree, str):
            return float(_number(tree))
        operator, first = cast(str, tree[0]), tree[1]
        if operator == "ref":
            return values[cast(str, first)]
        if operator in ("text", "ratio"):
            return first if operator == "text" else float(Fraction(int(cast(str, first)), int(cast(str, tree[2]))))
        if operator == "lookup":
            return self.tables[cast(str, first)][self._evaluate(tree[2], values)]
        if operator == "if":
            return self._chosen(tree, values)
        return _OPERATORS[operator]([self._evaluate(part, values) for part in tree[1:]])

    def _chosen(self, tree: Tree, values: Mapping[str, Held]) -> Held:
        condition = self._evaluate(tree[1], values)
        if isinstance(condition, bool | np.bool_):
            return self._evaluate(tree[2] if condition else tree[3], values)
        with np.errstate(all="ignore"):  # A branch that a sample does not take may divide by zero there.
            return np.where(condition, self._evaluate(tree[2], values), self._evaluate(tree[3], values))


def _number(text: str) -> float:
    top, bottom = exact.number(text)
    return top / bottom


def _divided(parts: list[Held]) -> Held:
    if not isinstance(parts[1], np.ndarray) and parts[1] == 0:
        raise FootproofError("E-SHEET-DIVISION")
    return parts[0] / parts[1]


_OPERATORS: Mapping[str, Callable[[list[Held]], Held]] = {
    "+": lambda parts: reduce(lambda a, b: a + b, parts),
    "*": lambda parts: reduce(lambda a, b: a * b, parts),
    "-": lambda parts: parts[0] - parts[1],
    "/": _divided,
    "min": lambda parts: reduce(np.minimum, parts),
    "max": lambda parts: reduce(np.maximum, parts),
    "<": lambda parts: parts[0] < parts[1],
    "<=": lambda parts: parts[0] <= parts[1],
    ">": lambda parts: parts[0] > parts[1],
    ">=": lambda parts: parts[0] >= parts[1],
    "=": lambda parts: parts[0] == parts[1],
    "!=": lambda parts: parts[0] != parts[1],
    "and": lambda parts: reduce(np.logical_and, parts),
    "or": lambda parts: reduce(np.logical_or, parts),
    "not": lambda parts: np.logical_not(parts[0]),
}
