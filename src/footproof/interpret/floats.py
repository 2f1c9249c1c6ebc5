"""Evaluate a sheet in floats, many samples at once. For statistics only: a declared figure never comes from here.

The same expressions as `sheet`, over arrays of one entry per sample; with nothing varied it agrees with the exact
evaluator to rounding (tests demand 1e-12). Loops of the foreground are solved again for every sample, and what is
required of the figures is looked at in every sample: what `assess` would refuse is told, and by which requirement.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from typing import Any, cast

import numpy as np

from footproof.assess import Assessment
from footproof.assess.builder import Guard, Sense
from footproof.assess.foreground import opened
from footproof.assess.system import Loop, level_node
from footproof.errors import FootproofError
from footproof.expressions import exact
from footproof.expressions.tree import Tree
from footproof.interpret.levels import Truths, Values, solved_levels
from footproof.interpret.terms import term_weight
from footproof.sheet import Sheet

BLOCK = 8192  # Samples evaluated together: a bound on memory, not on what can be asked.
CELLS = 2_000_000  # Cells of the matrices of a loop that are held together.
NEAR_ZERO = 1e-9
NEAR_NEGATIVE = -1e-12
Number = Values | float
Held = Any  # A number, a truth or a text, or arrays of the first two.


@dataclass(frozen=True, slots=True)
class Run:
    """What many samples came to.

    Args:
        totals: Result of each. [unit of the sheet]
        broken: For each requirement that some sample does not meet, as "code subject": which ones.
    """

    totals: Values
    broken: Mapping[str, Truths]

    @property
    def kept(self) -> Truths:
        """Return which samples meet every requirement."""
        found = np.ones(len(self.totals), dtype=np.bool_)
        for marks in self.broken.values():
            found &= ~marks
        return found


class FloatSheet:
    """A sheet made ready for many samples.

    Args:
        sheet: Its checks are required of every sample.
        loops: Whose levels follow from what is varied.
        guards: What else is required of every sample.
    """

    def __init__(self, sheet: Sheet, loops: tuple[Loop, ...] = (), guards: tuple[Guard, ...] = ()) -> None:
        self.sheet = sheet
        self.loops = {level_node(loop.processes[0], loop.entries[0]): loop for loop in loops if loop.entries}
        self.guards = guards
        largest = max((len(loop.processes) for loop in loops), default=1)
        self.block = min(BLOCK, CELLS // largest**2)
        self.trees = {node.id: node.expr for node in sheet.nodes}
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
        return self._terms(self._nodes(on_nodes, {}), on_terms)

    def run(self, on_nodes: Mapping[str, Number], on_terms: Mapping[str, Number], samples: int) -> Run:
        """Return the result of each sample, and which samples would be refused. [unit of the sheet]

        Args:
            on_nodes: Factor by node, one entry per sample. [1]
            on_terms: Factor by term. [1]
            samples: How many.
        """
        totals = np.zeros(samples)
        broken: dict[str, Truths] = {}
        for start in range(0, samples, self.block):
            part = slice(start, min(start + self.block, samples))
            marks: dict[str, Held] = {}
            values = self._nodes(_part(on_nodes, part), marks)
            marks.update(self._unmet(values))
            for value in self._terms(values, _part(on_terms, part)).values():
                totals[part] += value
            for name, found in marks.items():
                if np.any(found):
                    broken.setdefault(name, np.zeros(samples, dtype=np.bool_))[part] |= found
        return Run(totals, broken)

    def total(self, on_nodes: Mapping[str, Number], on_terms: Mapping[str, Number], samples: int) -> Values:
        """Return the result of each sample, whatever is required of it. [unit of the sheet]"""
        return self.run(on_nodes, on_terms, samples).totals

    def _nodes(self, on_nodes: Mapping[str, Number], marks: dict[str, Held]) -> dict[str, Held]:
        """Return all nodes, and mark the samples in which a loop uses up more than it makes."""
        values: dict[str, Held] = {}
        for node in self.sheet.nodes:
            loop = self.loops.get(node.id) if on_nodes else None
            if loop is not None:
                levels, fine = solved_levels(loop, values)
                values.update(levels)
                marks[f"E-LOOP-GAIN {', '.join(loop.processes)}"] = ~fine
            if node.id not in values:
                found = self._evaluate(node.expr, values)
                values[node.id] = found * on_nodes[node.id] if node.id in on_nodes else found
        return values

    def _terms(self, values: Mapping[str, Held], on_terms: Mapping[str, Number]) -> dict[str, Number]:
        return {
            term.id: self._evaluate(term.amount, values) * self.weights[term.id] * on_terms.get(term.id, 1.0)
            for term in self.sheet.terms
        }

    def _unmet(self, values: Mapping[str, Held]) -> Iterator[tuple[str, Held]]:
        """Yield every requirement with the samples that do not meet it."""
        for check in self.sheet.checks:
            yield f"E-SHEET-RESIDUAL {check.id}", self._differs(check.expr, values)
        for guard in self.guards:
            yield f"{guard.code} {guard.subject}", self._refused(guard, values)

    def _refused(self, guard: Guard, values: Mapping[str, Held]) -> Held:
        if guard.sense is Sense.ZERO:
            return self._differs(guard.tree, values)
        found = self._evaluate(guard.tree, values)
        if guard.sense is Sense.POSITIVE:
            return found <= 0
        tree = self.trees.get(str(guard.tree[1]), guard.tree)  # Behind a reference stands what is added and subtracted.
        return found < NEAR_NEGATIVE * self._size(tree, values)

    def _differs(self, tree: Tree, values: Mapping[str, Held]) -> Held:
        """Return where what should be zero is not, beyond the rounding of the summands it is made of."""
        return np.abs(self._evaluate(tree, values)) > NEAR_ZERO * self._size(tree, values)

    def _size(self, tree: Tree, values: Mapping[str, Held]) -> Held:
        """Return the sum of the magnitudes of what a tree adds and subtracts."""
        if not isinstance(tree, str) and tree[0] in ("+", "-"):
            return reduce(lambda a, b: a + b, (self._size(part, values) for part in tree[1:]))
        return np.abs(self._evaluate(tree, values))

    def _evaluate(self, tree: Tree, values: Mapping[str, Held]) -> Held:
        if isinstance(tree, str):
            return float(_number(tree))
        operator, first = cast(str, tree[0]), tree[1]
        if operator == "ref":
            return values[cast(str, first)]
        if operator in ("text", "ratio"):
            return first if operator == "text" else float(Fraction(int(cast(str, first)), int(cast(str, tree[2]))))
        if operator == "lookup":
            return self._looked_up(cast(str, first), self._evaluate(tree[2], values))
        if operator == "if":
            return self._chosen(tree, values)
        return _OPERATORS[operator]([self._evaluate(part, values) for part in tree[1:]])

    def _looked_up(self, table: str, key: Held) -> Held:
        rows = self.tables[table]
        keys = [str(each) for each in np.atleast_1d(key)]
        missing = next((each for each in keys if each not in rows), None)
        if missing is not None:
            raise FootproofError("E-SHEET-LOOKUP", table=table, key=missing[:80])
        return np.array([rows[each] for each in keys]) if isinstance(key, np.ndarray) else rows[keys[0]]

    def _chosen(self, tree: Tree, values: Mapping[str, Held]) -> Held:
        condition = self._evaluate(tree[1], values)
        if isinstance(condition, bool | np.bool_):
            return self._evaluate(tree[2] if condition else tree[3], values)
        with np.errstate(all="ignore"):  # A branch that a sample does not take may divide by zero there.
            return np.where(condition, self._evaluate(tree[2], values), self._evaluate(tree[3], values))


def float_sheet(assessment: Assessment, links: frozenset[str] = frozenset()) -> FloatSheet:
    """Return the sheet of an assessment made ready for many samples.

    Args:
        links: Rows between processes whose fixed amounts are to be varied by their `range_node`.
    """
    foreground = assessment.foreground
    sheet = opened(assessment.sheet, assessment.study, foreground, links)
    return FloatSheet(sheet, foreground.loops, foreground.guards)


def _part(factors: Mapping[str, Number], part: slice) -> dict[str, Number]:
    return {name: value[part] if isinstance(value, np.ndarray) else value for name, value in factors.items()}


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
