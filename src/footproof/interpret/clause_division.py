"""Which quantities of an expression are zero where it divides by them: what a check without an answer names."""

from collections.abc import Iterator, Mapping

from footproof.errors import FootproofError
from footproof.expressions.evaluate import Scope, Value, evaluate
from footproof.expressions.tree import Tree, references


def zero_divisors(tree: Tree, values: Mapping[str, Value]) -> set[str]:
    """Return the names that make a divisor of an expression zero.

    Args:
        tree: Parsed expression.
        values: What its names stand for.

    Returns:
        Of each such divisor the names that are zero themselves, else all of it (a difference may be zero); none where
        nothing is divided by zero, or by a zero that is written out.
    """
    found: set[str] = set()
    for divisor in _divisors(tree, values):
        if _is_zero(_value(divisor, values)):
            names = references(divisor)
            found |= {name for name in names if _is_zero(values.get(name))} or names
    return found


def _divisors(tree: Tree, values: Mapping[str, Value]) -> Iterator[Tree]:
    """Yield what an expression divides by, in the branches that it takes."""
    if isinstance(tree, str) or tree[0] in ("ref", "text", "ratio"):
        return
    parts = list(tree[2 if tree[0] == "lookup" else 1 :])
    if tree[0] == "if" and isinstance(chosen := _value(tree[1], values), bool):
        parts = [tree[1], tree[2] if chosen else tree[3]]
    elif tree[0] == "/":
        yield from parts[1:]
    for part in parts:
        yield from _divisors(part, values)


def _value(tree: Tree, values: Mapping[str, Value]) -> Value | None:
    """Return the value of a part, or None where it has none: then another part says what is wrong."""
    try:
        return evaluate(tree, Scope(values=dict(values)))
    except (FootproofError, KeyError):
        return None


def _is_zero(value: Value | None) -> bool:
    return isinstance(value, tuple) and value[0] == 0
