"""Evaluate an expression tree whose form has been checked. `docs/reference/sheet.md` section 3."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias, cast

from footproof.errors import FootproofError
from footproof.expressions import exact
from footproof.expressions.exact import Exact
from footproof.expressions.tree import Tree

Value: TypeAlias = Exact | bool | str
Tables: TypeAlias = Mapping[str, Mapping[str, str]]

MOST_STEPS = 2_000_000
LARGE = 1 << 1024
HUGE = 1 << 8192


@dataclass(slots=True)
class Scope:
    """What an expression can see, and how many steps are left.

    Args:
        values: Values of the nodes so far, by id.
        tables: Numbers by key, by table name.
        steps: Evaluations of an expression so far, shared by a whole sheet.
    """

    values: dict[str, Value] = field(default_factory=dict)
    tables: Tables = field(default_factory=dict)
    steps: int = 0

    def charge(self, steps: int) -> None:
        """Count steps.

        Raises:
            FootproofError: E-SHEET-STEPS above 2,000,000.
        """
        self.steps += steps
        if self.steps > MOST_STEPS:
            raise FootproofError("E-SHEET-STEPS")

    def add(self, a: Exact, b: Exact) -> Exact:
        """Return a + b; two large denominators are charged for, since their common divisor must be found."""
        if a[1] >= LARGE and b[1] >= LARGE:
            self.charge(4000 if a[1] >= HUGE and b[1] >= HUGE else 100)
        return exact.add(a, b)

    def subtract(self, a: Exact, b: Exact) -> Exact:
        """Return a − b, charged as a sum."""
        return self.add(a, (-b[0], b[1]))

    def multiply(self, a: Exact, b: Exact) -> Exact:
        """Return a × b, charged by the size of the result."""
        return self._sized(exact.multiply(a, b))

    def divide(self, a: Exact, b: Exact) -> Exact:
        """Return a ÷ b, charged by the size of the result."""
        return self._sized(exact.divide(a, b))

    def compare(self, a: Exact, b: Exact) -> int:
        """Return −1, 0 or 1, charged by the size of what is compared."""
        size = max(abs(a[0]), a[1], abs(b[0]), b[1])
        if size >= LARGE:
            self.charge(40 if size >= HUGE else 2)
        return exact.compare(a, b)

    def keep(self, value: Value) -> Value:
        """Return a value that will be reduced and written; a large one is charged for."""
        if isinstance(value, tuple):
            size = max(abs(value[0]), value[1])
            if size >= LARGE:
                self.charge(4000 if size >= HUGE else 100)
        return value

    def _sized(self, value: Exact) -> Exact:
        size = max(abs(value[0]), value[1])
        if size >= LARGE:
            self.charge(40 if size >= HUGE else 2)
        return value


def evaluate(tree: Tree, scope: Scope) -> Value:
    """Return the value of an expression.

    Raises:
        FootproofError: E-SHEET-TYPE, -DIVISION, -SIZE, -LOOKUP or -STEPS.
    """
    scope.charge(1)
    if isinstance(tree, str):
        return exact.number(tree)
    operator = cast(str, tree[0])
    special = _SPECIAL.get(operator)
    if special is not None:
        return special(tree, scope)
    return _OPERATORS[operator]([evaluate(argument, scope) for argument in tree[1:]], scope)


def evaluate_number(tree: Tree, scope: Scope) -> Exact:
    """Return the value of an expression that must give a number.

    Raises:
        FootproofError: E-SHEET-TYPE where it does not.
    """
    return _as_number(evaluate(tree, scope))


def _reference(tree: Tree, scope: Scope) -> Value:
    return scope.values[cast(str, tree[1])]


def _text(tree: Tree, scope: Scope) -> Value:
    del scope
    return cast(str, tree[1])


def _ratio(tree: Tree, scope: Scope) -> Value:
    del scope
    return exact.ratio(cast(str, tree[1]), cast(str, tree[2]))


def _if(tree: Tree, scope: Scope) -> Value:
    chosen = tree[2] if _as_truth(evaluate(tree[1], scope)) else tree[3]
    return evaluate(chosen, scope)


def _lookup(tree: Tree, scope: Scope) -> Value:
    key = evaluate(tree[2], scope)
    if not isinstance(key, str):
        raise FootproofError("E-SHEET-TYPE", found=_kind(key), needed="text")
    rows = scope.tables[cast(str, tree[1])]
    if key not in rows:
        raise FootproofError("E-SHEET-LOOKUP", table=tree[1], key=key[:80])
    return exact.number(rows[key])


def _as_number(value: Value) -> Exact:
    if isinstance(value, tuple):
        return value
    raise FootproofError("E-SHEET-TYPE", found=_kind(value), needed="number")


def _as_truth(value: Value) -> bool:
    if isinstance(value, bool):
        return value
    raise FootproofError("E-SHEET-TYPE", found=_kind(value), needed="truth value")


def _kind(value: Value) -> str:
    if isinstance(value, bool):
        return "truth value"
    return "text" if isinstance(value, str) else "number"


Operator: TypeAlias = Callable[[Sequence[Value], Scope], Value]


def _fold(step: Callable[[Scope, Exact, Exact], Exact]) -> Operator:
    def run(arguments: Sequence[Value], scope: Scope) -> Value:
        numbers = [_as_number(argument) for argument in arguments]
        total = numbers[0]
        for item in numbers[1:]:
            total = step(scope, total, item)
        return total

    return run


def _extreme(sign: int) -> Operator:
    def run(arguments: Sequence[Value], scope: Scope) -> Value:
        numbers = [_as_number(argument) for argument in arguments]
        best = numbers[0]
        for item in numbers[1:]:
            if scope.compare(item, best) == sign:
                best = item
        return best

    return run


def _comparison(holds: Callable[[int], bool]) -> Operator:
    def run(arguments: Sequence[Value], scope: Scope) -> Value:
        return holds(scope.compare(_as_number(arguments[0]), _as_number(arguments[1])))

    return run


def _equality(wanted: bool) -> Operator:
    def run(arguments: Sequence[Value], scope: Scope) -> Value:
        left, right = arguments
        if isinstance(left, tuple) and isinstance(right, tuple):
            return (scope.compare(left, right) == 0) is wanted
        if isinstance(left, str) and isinstance(right, str):
            return (left == right) is wanted
        found = f"{_kind(left)} = {_kind(right)}"
        raise FootproofError("E-SHEET-TYPE", found=found, needed="two numbers or two texts")

    return run


def _every(arguments: Sequence[Value], scope: Scope) -> Value:
    del scope
    return all([_as_truth(argument) for argument in arguments])  # noqa: C419  # every kind is checked


def _some(arguments: Sequence[Value], scope: Scope) -> Value:
    del scope
    return any([_as_truth(argument) for argument in arguments])  # noqa: C419  # every kind is checked


def _not(arguments: Sequence[Value], scope: Scope) -> Value:
    del scope
    return not _as_truth(arguments[0])


_SPECIAL: Mapping[str, Callable[[Tree, Scope], Value]] = {
    "ref": _reference,
    "text": _text,
    "ratio": _ratio,
    "if": _if,
    "lookup": _lookup,
}

_OPERATORS: Mapping[str, Operator] = {
    "+": _fold(Scope.add),
    "*": _fold(Scope.multiply),
    "-": _fold(Scope.subtract),
    "/": _fold(Scope.divide),
    "min": _extreme(-1),
    "max": _extreme(1),
    "<": _comparison(lambda order: order < 0),
    "<=": _comparison(lambda order: order <= 0),
    ">": _comparison(lambda order: order > 0),
    ">=": _comparison(lambda order: order >= 0),
    "=": _equality(True),
    "!=": _equality(False),
    "and": _every,
    "or": _some,
    "not": _not,
}
