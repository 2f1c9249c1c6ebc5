"""Units of an expression, found before it is evaluated: adding kWh to kg is refused where it is written."""

from collections.abc import Mapping
from typing import cast

from footproof.errors import FootproofError
from footproof.expressions.tree import Tree
from footproof.units import ONE, Unit

Kind = Unit | str | None
"""A unit, "text", "truth", or None for a zero, which goes with any unit."""


def infer(tree: Tree, units: Mapping[str, Unit | str], tables: Mapping[str, Unit]) -> Kind:
    """Return the unit of an expression.

    Args:
        tree: Expression.
        units: Unit of each name, or "text" for names that hold text.
        tables: Unit of the numbers of each table.

    Raises:
        FootproofError: E-EXPR-UNIT where parts that must have one unit have two, or text stands for a number;
            E-EXPR-NAME for an unknown name or table.
    """
    if isinstance(tree, str):
        return None if tree == "0" else ONE
    operator = cast(str, tree[0])
    if operator == "ref":
        return _known(units, cast(str, tree[1]))
    if operator == "text":
        return "text"
    if operator == "lookup":
        return cast(Unit, _known(tables, cast(str, tree[1])))
    kinds = [infer(part, units, tables) for part in tree[1:]]
    return _combine(operator, kinds)


def _known(names: Mapping[str, Unit | str] | Mapping[str, Unit], name: str) -> Unit | str:
    if name not in names:
        raise FootproofError("E-EXPR-NAME", name=name, known=", ".join(sorted(names))[:300] or "-")
    return names[name]


def _combine(operator: str, kinds: list[Kind]) -> Kind:
    if operator in ("and", "or", "not"):
        _all_truth(operator, kinds)
        return "truth"
    if operator == "if":
        _all_truth(operator, kinds[:1])
        return _same(operator, kinds[1:])
    if operator in ("=", "!="):
        if "truth" in kinds:
            raise FootproofError("E-EXPR-UNIT", operator=operator, found=_names(kinds))
        _same(operator, kinds)
        return "truth"
    if operator in ("<", "<=", ">", ">="):
        _numbers(operator, kinds)
        return "truth"
    return _product(operator, kinds) if operator in ("*", "/") else _numbers(operator, kinds)


def _all_truth(operator: str, kinds: list[Kind]) -> None:
    if any(kind != "truth" for kind in kinds):
        raise FootproofError("E-EXPR-UNIT", operator=operator, found=_names(kinds))


def _same(operator: str, kinds: list[Kind]) -> Kind:
    """Return the kind that all parts share; a zero goes with any unit, and with nothing else."""
    firm = [kind for kind in kinds if kind is not None]
    mixed = len(firm) < len(kinds) and any(isinstance(kind, str) for kind in firm)
    if mixed or any(kind != firm[0] for kind in firm):
        raise FootproofError("E-EXPR-UNIT", operator=operator, found=_names(kinds))
    return firm[0] if firm else None


def _numbers(operator: str, kinds: list[Kind]) -> Kind:
    kind = _same(operator, kinds)
    if isinstance(kind, str):
        raise FootproofError("E-EXPR-UNIT", operator=operator, found=_names(kinds))
    return kind


def _product(operator: str, kinds: list[Kind]) -> Kind:
    total = ONE
    for position, kind in enumerate(kinds):
        if isinstance(kind, str):
            raise FootproofError("E-EXPR-UNIT", operator=operator, found=kind)
        if kind is not None:
            total = total / kind if operator == "/" and position else total * kind
    return total


def _names(kinds: list[Kind]) -> str:
    return ", ".join(_name(kind) for kind in kinds)


def _name(kind: Kind) -> str:
    if kind is None or isinstance(kind, str):
        return kind or "0"
    parts = [f"{name}^{exponent}" if exponent != 1 else name for name, exponent in kind.dimensions]
    scale = f"{kind.scale} " if kind.scale != 1 else ""
    return f"{scale}{' '.join(parts) or '1'}"
