"""Evaluate an expression tree whose form has been checked. `docs/reference/sheet.md` section 3."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TypeAlias, cast

from footproof.errors import FootproofError
from footproof.expressions import exact
from footproof.expressions.exact import Exact
from footproof.expressions.tree import Tree

Value: TypeAlias = Exact | bool | str
Tables: TypeAlias = Mapping[str, Mapping[str, str]]

MOST_STEPS = 2_000_000


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


def evaluate(tree: Tree, scope: Scope) -> Value:
    """Return the value of an expression.

    Raises:
        FootproofError: E-SHEET-TYPE, -DIVISION, -SIZE, -LOOKUP or -STEPS.
    """
    scope.steps += 1
    if scope.steps > MOST_STEPS:
        raise FootproofError("E-SHEET-STEPS")
    if isinstance(tree, str):
        return _number(tree)
    operator = cast(str, tree[0])
    special = _SPECIAL.get(operator)
    if special is not None:
        return special(tree, scope)
    return _OPERATORS[operator]([evaluate(argument, scope) for argument in tree[1:]])


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
    return _number(rows[key])


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


def _fold(step: Callable[[Exact, Exact], Exact]) -> Callable[[Sequence[Value]], Value]:
    def run(arguments: Sequence[Value]) -> Value:
        numbers = [_as_number(argument) for argument in arguments]
        total = numbers[0]
        for item in numbers[1:]:
            total = step(total, item)
        return total

    return run


def _extreme(sign: int) -> Callable[[Sequence[Value]], Value]:
    def run(arguments: Sequence[Value]) -> Value:
        numbers = [_as_number(argument) for argument in arguments]
        best = numbers[0]
        for item in numbers[1:]:
            if exact.compare(item, best) == sign:
                best = item
        return best

    return run


def _comparison(holds: Callable[[int], bool]) -> Callable[[Sequence[Value]], Value]:
    def run(arguments: Sequence[Value]) -> Value:
        return holds(exact.compare(_as_number(arguments[0]), _as_number(arguments[1])))

    return run


def _equality(wanted: bool) -> Callable[[Sequence[Value]], Value]:
    def run(arguments: Sequence[Value]) -> Value:
        left, right = arguments
        if isinstance(left, tuple) and isinstance(right, tuple):
            return (exact.compare(left, right) == 0) is wanted
        if isinstance(left, str) and isinstance(right, str):
            return (left == right) is wanted
        raise FootproofError("E-SHEET-TYPE", found=f"{_kind(left)} = {_kind(right)}", needed="two numbers or two texts")

    return run


def _every(arguments: Sequence[Value]) -> Value:
    return all([_as_truth(argument) for argument in arguments])  # noqa: C419  # every kind is checked


def _some(arguments: Sequence[Value]) -> Value:
    return any([_as_truth(argument) for argument in arguments])  # noqa: C419  # every kind is checked


def _not(arguments: Sequence[Value]) -> Value:
    return not _as_truth(arguments[0])


@lru_cache(maxsize=65536)
def _number(text: str) -> Exact:
    return exact.number(text)


_SPECIAL: Mapping[str, Callable[[Tree, Scope], Value]] = {
    "ref": _reference,
    "text": _text,
    "ratio": _ratio,
    "if": _if,
    "lookup": _lookup,
}

_OPERATORS: Mapping[str, Callable[[Sequence[Value]], Value]] = {
    "+": _fold(exact.add),
    "*": _fold(exact.multiply),
    "-": _fold(exact.subtract),
    "/": _fold(exact.divide),
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
