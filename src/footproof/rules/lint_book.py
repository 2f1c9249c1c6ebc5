"""An edition as lint looks at it: what was read, what its own files say, and where each part stands in them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from footproof.errors import FootproofError, Where
from footproof.expressions.parse import parse
from footproof.expressions.tree import references
from footproof.formats.toml import LineLookup, Path, show_path
from footproof.model.rulebook import Clause, Rulebook
from footproof.rules.reach import names_of_examples, reached_names
from footproof.rules.reading import CLAUSES, RULE


@dataclass(frozen=True, slots=True)
class Source:
    """A file of the edition as it was read."""

    values: Mapping[str, Any]
    lines: LineLookup


class Book:
    """What every look at an edition needs.

    Args:
        rule: Edition with what it inherits.
        sources: Its own files that are TOML, by name.
    """

    def __init__(self, rule: Rulebook, sources: Mapping[str, Source]) -> None:
        self.rule = rule
        self.sources = sources
        self.alive = reached_names(rule) | names_of_examples(rule)

    def broken(self) -> bool:
        """Return whether a name of rule.toml is declared but could not be read."""
        rule = self.rule
        known: dict[str, Collection[str]] = {
            "axis": rule.axes,
            "require": rule.requirements,
            "table": rule.tables,
            "formula": rule.formulas,
            "decision": {*rule.formulas, *(name for name, item in rule.decisions.items() if not item.unit)},
        }
        return any(name not in known[group] for group in known for name in self.own(group))

    def written_names(self) -> set[str]:
        """Return the names that the expressions of rule.toml use as they are written, and inputs of its tables.

        A table of words is written out where its name stands, so that its name is no longer there once it is read.
        """
        head = self.sources[RULE].values
        decisions = _inner(head.get("decision"))
        tables = [*_items([head.get("electricity"), head.get("functional_unit")]), *_items(head.get("recycling"))]
        tables += [*_inner(head.get("formula")), *(row for item in decisions for row in _items(item.get("row")))]
        texts = [item[key] for item in tables for key in ("expr", "admitted", "flow", "amount", "then") if key in item]
        found = {str(name) for item in decisions for name in _list(item.get("inputs"))}
        for text in texts:
            try:
                found |= references(parse(str(text)))
            except FootproofError:  # the reader has said so
                continue
        return found

    def own(self, group: str) -> list[str]:
        """Return the names that the edition itself declares below a key of rule.toml."""
        found = self.sources[RULE].values.get(group, {})
        return list(found) if isinstance(found, dict) else []

    def own_clauses(self) -> list[Clause]:
        """Return the clauses that the edition itself has."""
        ids = dict.fromkeys(str(item.get("id")) for item in _items(self.sources[CLAUSES].values.get("clause")))
        return [self.rule.clauses[name] for name in ids if name in self.rule.clauses]

    def own_recycling(self) -> dict[str, int]:
        """Return where each recycling term that the edition itself has stands in its list."""
        listed = _items(self.sources[RULE].values.get("recycling"))
        return {str(item.get("id")): index for index, item in enumerate(listed)}

    def own_given(self) -> list[str]:
        """Return the names that only worked examples of the edition itself give."""
        return [str(name) for name in _list(self.sources[RULE].values.get("given"))]

    def at(self, *path: str | int) -> Where:
        """Return a place in rule.toml."""
        return Where(RULE, self.sources[RULE].lines(tuple(path)), ".".join(map(str, path)))

    def at_clause(self, name: str, key: str | None = None) -> Where:
        """Return the place of a clause, or of one of its keys."""
        listed = _items(self.sources[CLAUSES].values.get("clause"))
        index = next((number for number, item in enumerate(listed) if item.get("id") == name), 0)
        path: Path = ("clause", index, key) if key else ("clause", index)
        return Where(CLAUSES, self.sources[CLAUSES].lines(path), show_path(path))


def _list(value: object) -> list[Any]:
    """Return a list; none where the file has something else, which the reader has said."""
    return value if isinstance(value, list) else []


def _items(value: object) -> list[dict[str, Any]]:
    """Return tables of an array, an empty one for what is no table, so that their places stay."""
    return [item if isinstance(item, dict) else {} for item in _list(value)]


def _inner(value: object) -> list[dict[str, Any]]:
    """Return the tables below a key."""
    return [item for item in value.values() if isinstance(item, dict)] if isinstance(value, dict) else []
