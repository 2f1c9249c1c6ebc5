"""Collects the parts of a sheet, keeps their values at hand, and puts divisions where the sheet language wants them."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Any

from footproof.errors import FootproofError, Where
from footproof.expressions import exact
from footproof.expressions.evaluate import Scope, Value, evaluate
from footproof.expressions.tree import Tree, check_form
from footproof.model.study import Place

Info = Mapping[str, Any]


class Sense(StrEnum):
    """What a study's figure must be for there to be a footprint."""

    ZERO = "zero"
    POSITIVE = "positive"
    NOT_NEGATIVE = "not negative"


@dataclass(frozen=True, slots=True)
class Guard:
    """What was required of a figure when the sheet was made; it is required of any variation of it too.

    Args:
        code: Of the error where it does not hold.
        subject: Row of the study that it is about.
    """

    code: str
    subject: str
    sense: Sense
    tree: Tree


def where(place: Place, field: str | None = None) -> Where:
    """Return a place of the study as errors name it."""
    return Where(place.file, place.line, field or place.field)


def ref(name: str) -> Tree:
    """Return a reference to a node."""
    return ("ref", name)


def product(*factors: Tree) -> Tree:
    """Return the product of some trees, flat and without ones."""
    flat: list[Tree] = []
    for factor in factors:
        if not isinstance(factor, str) and factor[0] == "*":
            flat.extend(factor[1:])
        elif factor != "1":
            flat.append(factor)
    if not flat:
        return "1"
    return flat[0] if len(flat) == 1 else ("*", *flat)


def shown(value: Fraction) -> str:
    """Return a number as an error shows it: six significant digits."""
    return exact.round_significant((value.numerator, value.denominator), 6)[:60]


def total(parts: list[Tree]) -> Tree:
    """Return the sum of some trees; of none, zero."""
    if not parts:
        return "0"
    return parts[0] if len(parts) == 1 else ("+", *parts)


class SheetBuilder:
    """A sheet in the making.

    Args:
        tables: Numbers by key, by table name, as text.
    """

    def __init__(self, tables: Mapping[str, Mapping[str, str]]) -> None:
        self.tables = tables
        self.scope = Scope(tables=tables)
        self.nodes: list[dict[str, Any]] = []
        self.checks: list[dict[str, Any]] = []
        self.terms: list[dict[str, Any]] = []
        self.alternatives: list[dict[str, Any]] = []
        self.guards: list[Guard] = []

    def node(self, name: str, unit: str, tree: Tree, info: Info, at: Where | None = None) -> Tree:
        """Add a named scalar and return a reference to it; divisions inside become nodes of their own.

        Raises:
            FootproofError: What the evaluation of the node meets, at the given place.
        """
        if name in self.scope.values:
            return ref(name)
        lifted = self._lift(tree, name, at, outermost=True)
        try:
            check_form(lifted, self.scope.values, self.tables, named=True)
            self.scope.values[name] = evaluate(lifted, self.scope)
        except FootproofError as problem:
            raise problem.at(at) if at and not problem.where else problem from None
        self.nodes.append({"id": name, "unit": unit, "expr": lifted, "info": dict(info)})
        return ref(name)

    def plain(self, tree: Tree, name: str, at: Where | None = None) -> Tree:
        """Return a tree without divisions, for places where the sheet language allows none."""
        return self._lift(tree, name, at, outermost=False)

    def check(self, name: str, tree: Tree, info: Info) -> None:
        """Add a residual that must be zero."""
        self.checks.append({"id": name, "expr": tree, "info": dict(info)})

    def require(self, sense: Sense, tree: Tree, subject: str, problem: FootproofError) -> None:
        """Refuse a figure that makes no sense, and note what was required of it.

        Raises:
            FootproofError: The given one.
        """
        value = self.value(tree)
        holds = {Sense.ZERO: value == 0, Sense.POSITIVE: value > 0, Sense.NOT_NEGATIVE: value >= 0}
        if not holds[sense]:
            raise problem
        self.guards.append(Guard(problem.code, subject, sense, tree))

    def scaled(self, tree: Tree, factor: Fraction) -> Tree:
        """Return a tree times an exact factor; a factor that is no short decimal becomes a node."""
        if factor == 1:
            return tree
        text = exact.write((factor.numerator, factor.denominator))
        try:
            exact.number(text)
        except FootproofError:
            name = f"unit.{factor.numerator}_{factor.denominator}"
            top, bottom = str(factor.numerator), str(factor.denominator)
            return product(tree, self.node(name, "1", ("/", top, bottom), {"what": "unit conversion"}))
        return product(tree, text)

    def value(self, tree: Tree) -> Fraction:
        """Return the number a tree stands for, exactly."""
        found: Value = evaluate(tree, self.scope)
        if not isinstance(found, tuple):
            raise FootproofError("E-SHEET-TYPE", found=str(found), needed="number")
        return Fraction(*found)

    def _lift(self, tree: Tree, name: str, at: Where | None, *, outermost: bool) -> Tree:
        if isinstance(tree, str) or tree[0] in ("ref", "text", "ratio"):
            return tree
        parts = tuple(
            part if tree[0] == "lookup" and index == 0 else self._lift(part, name, at, outermost=False)
            for index, part in enumerate(tree[1:])
        )
        lifted: Tree = (tree[0], *parts)
        if tree[0] == "/" and not outermost:
            number = sum(node["id"].startswith(f"{name}#") for node in self.nodes) + 1
            return self.node(f"{name}#{number}", "", lifted, {"part_of": name}, at)
        return lifted
