"""How the files of an edition are read: part by part, noting what is wrong and going on.

A part that cannot be read is noted and left out, so that an author sees all problems at once; whoever uses the edition
refuses it at the first.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import TypeVar

from footproof.errors import FootproofError, Where
from footproof.expressions.parse import parse
from footproof.formats.toml import Table, read_toml
from footproof.model.bilingual import Bilingual
from footproof.units import unit

T = TypeVar("T")

RULE = "rule.toml"
CLAUSES = "clauses.toml"
LOCK = "EDITION.lock"
CONFIDENCE = ("official", "secondary", "derived", "recalled")
SEVERITY = ("shall", "should", "may")
ITEMS = {
    "axis": "axis of choice",
    "clause": "clause of the rule",
    "require": "required figure",
    "formula": "named formula",
    "decision": "decision table",
    "data": "data requirement",
    "electricity": "electricity rule",
    "recycling": "recycling term",
    "convention": "convention of the rule",
    "table": "lookup table",
    "row": "row of a table",
    "given": "name for examples",
}
"""What a part is called, by its key: words of `texts/words_rulebook.toml`."""


class Reading:
    """Notes what is wrong and goes on.

    Args:
        files: Content by path.
    """

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self.files = files
        self.problems: list[FootproofError] = []

    def attempt(self, read: Callable[[], T]) -> T | None:
        """Return what a function reads, or None where it is refused."""
        try:
            return read()
        except FootproofError as problem:
            self.problems.append(problem)
            return None

    def refuse_unknown(self, table: Table, allowed: Iterable[str]) -> None:
        """Note every key that nobody reads."""
        known = sorted(allowed)
        for key in table.values:
            if key not in known:
                self.problems.append(FootproofError("E-KEY-UNKNOWN", table.where(key), key=key, known=", ".join(known)))

    def open(self, name: str) -> Table | None:
        """Return the table of a file, or None where it is absent or no TOML."""
        if name not in self.files:
            self.problems.append(FootproofError("E-RULE-FILE", Where(name)))
            return None

        def read() -> Table:
            values, lines = read_toml(self.files[name], name)
            return Table(values, name, lines)

        return self.attempt(read)

    def each(self, head: Table, key: str, read: "Callable[[Reading, str, Table], T]") -> dict[str, T]:
        """Return the named tables below a key that can be read."""
        found: dict[str, T] = {}
        for name, table in self.attempt(lambda: list(named(head, key))) or []:
            item = self.attempt(partial(read, self, name, table))
            if item is not None:
                found[name] = item
        return found


def named(head: Table, key: str) -> Iterator[tuple[str, Table]]:
    """Yield the named tables below a key; none where there is no such key."""
    if key in head.values:
        group = head.table(key)
        for name in group.values:
            yield name, group.table(name)


def text(table: Table, key: str) -> Bilingual:
    """Return a text in both languages."""
    return Bilingual(*table.bilingual(key))


def word(table: Table, key: str, allowed: Iterable[str], default: str = "") -> str:
    """Return one of some words.

    Raises:
        FootproofError: E-KEY-CHOICE.
    """
    if default and key not in table.values:
        return default
    value = table.text(key)
    if value not in allowed:
        raise FootproofError("E-KEY-CHOICE", table.where(key), key=key, found=value, allowed=", ".join(allowed))
    return value


def maybe(table: Table, key: str) -> str:
    """Return a text, or the empty one where there is no such key."""
    return table.text(key) if key in table.values else ""


def word_list(table: Table, key: str) -> tuple[str, ...]:
    """Return a list of texts; none where there is no such key."""
    found = table.values.get(key, [])
    if not isinstance(found, list) or not all(isinstance(item, str) and item.strip() for item in found):
        raise FootproofError("E-KEY-TYPE", table.where(key), key=key, found=str(found)[:40], needed="list of words")
    return tuple(found)


def expression(table: Table, key: str) -> str:
    """Return an expression that can be parsed.

    Raises:
        FootproofError: E-EXPR-SYNTAX at the key.
    """
    found = table.text(key)
    try:
        parse(found)
    except FootproofError as problem:
        raise problem.at(table.where(key)) from problem
    return found


def unit_name(table: Table, key: str) -> str:
    """Return a unit of the table of units.

    Raises:
        FootproofError: E-UNIT-UNKNOWN at the key.
    """
    found = table.text(key)
    try:
        unit(found)
    except FootproofError as problem:
        raise problem.at(table.where(key)) from problem
    return found
