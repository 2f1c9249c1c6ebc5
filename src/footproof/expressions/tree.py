"""The form of an expression tree: nested arrays, as in JSON, checked before anything is evaluated.

`docs/reference/sheet.md` section 3.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TypeAlias

from footproof.errors import FootproofError
from footproof.expressions import exact

Tree: TypeAlias = str | Sequence["Tree"]

DEEPEST = 32
MOST_ARGUMENTS = 1000
LONGEST_TEXT = 200

# operator: (fewest, most) expression arguments
ARGUMENTS: Mapping[str, tuple[int, int]] = {
    "+": (2, MOST_ARGUMENTS),
    "*": (2, MOST_ARGUMENTS),
    "-": (2, 2),
    "/": (2, 2),
    "min": (1, MOST_ARGUMENTS),
    "max": (1, MOST_ARGUMENTS),
    "<": (2, 2),
    "<=": (2, 2),
    ">": (2, 2),
    ">=": (2, 2),
    "=": (2, 2),
    "!=": (2, 2),
    "and": (2, MOST_ARGUMENTS),
    "or": (2, MOST_ARGUMENTS),
    "not": (1, 1),
    "if": (3, 3),
}


def check_form(tree: object, known: Collection[str], tables: Collection[str], *, named: bool) -> None:
    """Refuse a tree that is not an expression.

    Args:
        tree: JSON value to be checked.
        known: Ids that may be referred to.
        tables: Names of tables.
        named: Whether the tree is the whole of a named node, where division and `ratio` have their place.

    Raises:
        FootproofError: E-SHEET-FORM, -NUMBER, -REFERENCE or -DEPTH.
    """
    if named and isinstance(tree, list | tuple) and tree and tree[0] == "ratio":
        if len(tree) != 3 or not all(isinstance(part, str) for part in tree[1:]):
            raise FootproofError("E-SHEET-FORM", reason="ratio takes two integers as text")
        exact.ratio(tree[1], tree[2])
        return
    _check(tree, known, tables, 1, division=named)


def references(tree: Tree) -> set[str]:
    """Return the ids a tree refers to."""
    if isinstance(tree, str):
        return set()
    if tree[0] == "ref":
        return {str(tree[1])}
    found: set[str] = set()
    for part in tree[1:]:
        if not isinstance(part, str):
            found |= references(part)
    return found


def _check(tree: object, known: Collection[str], tables: Collection[str], depth: int, *, division: bool) -> None:
    if depth > DEEPEST:
        raise FootproofError("E-SHEET-DEPTH")
    if isinstance(tree, str):
        exact.number(tree)
        return
    if not isinstance(tree, list | tuple) or not tree or not isinstance(tree[0], str):
        raise FootproofError(
            "E-SHEET-FORM", reason="an expression is a number or an array that starts with an operator"
        )
    operator, arguments = tree[0], tree[1:]
    special = _SPECIAL.get(operator)
    if special is not None:
        special(arguments, known, tables, depth)
        return
    if operator not in ARGUMENTS or (operator == "/" and not division):
        raise FootproofError("E-SHEET-FORM", reason=f"operator {operator[:40]!r} has no place here")
    if len(arguments) > MOST_ARGUMENTS:
        raise FootproofError("E-SHEET-LIMIT", found=len(arguments), most=MOST_ARGUMENTS)
    fewest, most = ARGUMENTS[operator]
    if not fewest <= len(arguments) <= most:
        raise FootproofError("E-SHEET-FORM", reason=f"{operator} with {len(arguments)} arguments")
    for argument in arguments:
        _check(argument, known, tables, depth + 1, division=False)


def _check_ref(arguments: Sequence[object], known: Collection[str], tables: Collection[str], depth: int) -> None:
    del tables, depth
    if len(arguments) != 1 or not isinstance(arguments[0], str):
        raise FootproofError("E-SHEET-FORM", reason="ref takes one id")
    if arguments[0] not in known:
        raise FootproofError("E-SHEET-REFERENCE", name=arguments[0][:80])


def _check_text(arguments: Sequence[object], known: Collection[str], tables: Collection[str], depth: int) -> None:
    del known, tables, depth
    if len(arguments) != 1 or not isinstance(arguments[0], str) or text_length(arguments[0]) > LONGEST_TEXT:
        raise FootproofError("E-SHEET-FORM", reason="text takes one text of at most 200 characters")


def _check_lookup(arguments: Sequence[object], known: Collection[str], tables: Collection[str], depth: int) -> None:
    if len(arguments) != 2 or not isinstance(arguments[0], str):
        raise FootproofError("E-SHEET-FORM", reason="lookup takes a table name and a key")
    if arguments[0] not in tables:
        raise FootproofError("E-SHEET-REFERENCE", name=arguments[0][:80])
    _check(arguments[1], known, tables, depth + 1, division=False)


def text_length(text: str) -> int:
    """Return the length in UTF-16 code units, as JavaScript counts."""
    if text.isascii():
        return len(text)
    return len(text) + sum(character > "\uffff" for character in text)


_SPECIAL: Mapping[str, Callable[[Sequence[object], Collection[str], Collection[str], int], None]] = {
    "ref": _check_ref,
    "text": _check_text,
    "lookup": _check_lookup,
}
