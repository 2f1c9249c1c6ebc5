"""What the calculation of an edition can reach: formulas, rows of tables, words that make a difference.

Words (options of axes, words a study gives) are few, so that every combination is tried: an expression is simplified as
far as the words decide it, both branches of what numbers decide are kept.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from math import prod
from typing import TypeAlias, cast

from footproof.expressions.parse import parse
from footproof.expressions.tree import Tree, references
from footproof.model.rulebook import Rulebook
from footproof.rules.compile import word_inputs

Part: TypeAlias = "bool | str | tuple[object, ...]"
MOST_COMBINATIONS = 20_000


@dataclass(slots=True)
class Looked:
    """What simplifying expressions met.

    Args:
        rows: Keys of each table that are looked up, with the words for which they are.
        free: Tables whose key no word decides, so that any row may be looked up.
    """

    rows: dict[tuple[str, str], Mapping[str, str]] = field(default_factory=dict)
    free: set[str] = field(default_factory=set)


def roots(rule: Rulebook) -> dict[str, str]:
    """Return the expressions from which a calculation or a check starts, by what they are."""
    found = {"electricity": rule.electricity.admitted}
    if rule.functional_unit:
        found["functional_unit"] = rule.functional_unit.flow
    found |= {f"recycling.{term.id}": term.amount for term in rule.recycling}
    found |= {f"clause.{name}": clause.check for name, clause in rule.clauses.items() if clause.check}
    return found


def reached_names(rule: Rulebook) -> set[str]:
    """Return every name that the roots, the figures beside the result and the needs of evidence lead to."""
    todo = {name for text in roots(rule).values() for name in references(parse(text))}
    todo |= {name for clause in rule.clauses.values() for name in clause.needs}
    todo |= {name for name, formula in rule.formulas.items() if formula.beside}
    return _closure(rule, todo)


def names_of_examples(rule: Rulebook) -> set[str]:
    """Return what the examples lead to of formulas that stand for the examples only: those over `given` names."""
    given = set(rule.given)
    found: set[str] = set()
    for case in rule.cases:
        reached = _closure(rule, {case.formula})
        found |= reached if reached & given else set()
    return found


def _closure(rule: Rulebook, start: set[str]) -> set[str]:
    found: set[str] = set()
    todo = set(start)
    while todo:
        name = todo.pop()
        found.add(name)
        more: set[str] = set()
        if name in rule.formulas:
            more |= references(parse(rule.formulas[name].expr))
        if name in rule.decisions:
            more |= set(rule.decisions[name].inputs)
        todo |= more - found
    return found


def texts_in(tree: Tree) -> set[str]:
    """Return the text constants of an expression."""
    if isinstance(tree, str):
        return set()
    if tree[0] == "text":
        return {str(tree[1])}
    return {text for part in tree[1:] if not isinstance(part, str) for text in texts_in(part)}


def combinations(words: Mapping[str, tuple[str, ...]], names: set[str]) -> Iterator[dict[str, str]] | None:
    """Return every combination of the words of some names; None where there are too many to try."""
    used = sorted(names & words.keys())
    if prod(len(words[name]) for name in used) > MOST_COMBINATIONS:
        return None
    return (dict(zip(used, chosen, strict=True)) for chosen in product(*(words[name] for name in used)))


def simplified(tree: Tree, words: Mapping[str, str], looked: Looked) -> Part:
    """Return an expression as far as words decide it.

    Args:
        tree: Expression.
        words: Word of each name.
        looked: Takes note of rows that are looked up.

    Returns:
        A truth value where the words decide it, else what is left of the expression.
    """
    if isinstance(tree, str):
        return tree
    operator = cast(str, tree[0])
    special = _SPECIAL.get(operator)
    if special is not None:
        return special(tree, words, looked)
    parts = [simplified(part, words, looked) for part in tree[1:]]
    if operator in _LOGIC:
        return _LOGIC[operator](parts)
    if operator in ("=", "!=") and all(isinstance(part, tuple) and part[0] == "text" for part in parts):
        return (parts[0] == parts[1]) is (operator == "=")
    return (operator, *parts)


def _name(tree: Tree, words: Mapping[str, str], looked: Looked) -> Part:
    del looked
    name = cast(str, tree[1])
    return ("text", words[name]) if name in words else ("ref", name)


def _text(tree: Tree, words: Mapping[str, str], looked: Looked) -> Part:
    del words, looked
    return ("text", tree[1])


def _lookup(tree: Tree, words: Mapping[str, str], looked: Looked) -> Part:
    table = cast(str, tree[1])
    key = simplified(tree[2], words, looked)
    if isinstance(key, tuple) and key[0] == "text":
        looked.rows.setdefault((table, str(key[1])), words)
    else:
        looked.free.add(table)
    return ("lookup", table, key)


def _if(tree: Tree, words: Mapping[str, str], looked: Looked) -> Part:
    condition = simplified(tree[1], words, looked)
    if condition is True:
        return simplified(tree[2], words, looked)
    if condition is False:
        return simplified(tree[3], words, looked)
    chosen, other = simplified(tree[2], words, looked), simplified(tree[3], words, looked)
    return chosen if chosen == other else ("if", condition, chosen, other)


def _both(parts: list[Part]) -> Part:
    left = [part for part in parts if part is not True]
    if False in left:
        return False
    return True if not left else left[0] if len(left) == 1 else ("and", *left)


def _either(parts: list[Part]) -> Part:
    left = [part for part in parts if part is not False]
    if True in left:
        return True
    return False if not left else left[0] if len(left) == 1 else ("or", *left)


def _opposite(parts: list[Part]) -> Part:
    return not parts[0] if isinstance(parts[0], bool) else ("not", parts[0])


_SPECIAL: Mapping[str, Callable[[Tree, Mapping[str, str], Looked], Part]] = {
    "ref": _name,
    "text": _text,
    "lookup": _lookup,
    "if": _if,
}
_LOGIC: Mapping[str, Callable[[list[Part]], Part]] = {"and": _both, "or": _either, "not": _opposite}


def alike(trees: list[Tree], name: str, words: Mapping[str, tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Return groups of words of a name between which no expression tells.

    Args:
        trees: Expressions.
        name: What is a word.
        words: Words of each name.
    """
    effects: dict[object, list[str]] = {}
    for word in words[name]:
        effects.setdefault(_effect(trees, {**words, name: (word,)}, name), []).append(word)
    return [tuple(group) for group in effects.values() if len(group) > 1]


def _effect(trees: list[Tree], words: Mapping[str, tuple[str, ...]], name: str) -> object:
    found: list[object] = []
    for tree in trees:
        names = references(tree)
        if name not in names:
            continue
        tried = combinations(words, names)
        if tried is None:
            return words[name]  # too many to try: taken as different from all others
        found += [simplified(tree, chosen, Looked()) for chosen in tried]
    return tuple(found)


def lookups(rule: Rulebook, names: set[str]) -> Looked:
    """Return the rows of tables that the roots and some formulas can look up."""
    words = word_inputs(rule)
    looked = Looked()
    texts = [*roots(rule).values(), *(rule.formulas[name].expr for name in sorted(names & rule.formulas.keys()))]
    for text in texts:
        tree = parse(text)
        tried = combinations(words, references(tree))
        if tried is None:
            looked.free |= set(rule.tables)
            continue
        for chosen in tried:
            simplified(tree, chosen, looked)
    return looked
