"""Decision tables: exactly one row holds for any inputs, and the table is computed as a formula.

A table is split into cells: every word of an input, and for a number every bound and every open stretch between two
bounds. Within a cell each condition is either true or false, so looking at one example per cell proves completeness
(no cell without a row) and uniqueness (no cell with two). The hit policy is that of DMN's "unique".
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal
from itertools import pairwise, product
from math import prod

from footproof.errors import FootproofError
from footproof.expressions.exact import normalise
from footproof.expressions.parse import parse
from footproof.model.rulebook import Decision, DecisionRow

ANYTHING = "*"
MOST_CELLS = 100_000
_EXACT = Context(prec=200)
_FIGURE = r"-?[0-9]{1,31}(?:\.[0-9]{1,30})?"
_SPAN = re.compile(rf"([\[(])\s*({_FIGURE})\s*,\s*({_FIGURE})\s*([\])])")
_SIDE = re.compile(rf"(<=|>=|<|>|=)\s*({_FIGURE})")
_PLAIN = re.compile(r"[0-9]+(?:\.[0-9]+)?")
_NAME_OR_TEXT = re.compile(r'"[^"\n]*"|[A-Za-z_][A-Za-z0-9_.]*')

Words = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Interval:
    """Numbers between two bounds.

    Args:
        low: Lower bound, or None.
        high: Upper bound, or None.
        with_low: Whether the lower bound belongs to it.
        with_high: Whether the upper bound belongs to it.
    """

    low: Decimal | None = None
    high: Decimal | None = None
    with_low: bool = False
    with_high: bool = False

    def holds(self, number: Decimal) -> bool:
        """Return whether a number lies in it."""
        if self.low is not None and (number < self.low or (number == self.low and not self.with_low)):
            return False
        return self.high is None or number < self.high or (number == self.high and self.with_high)

    def text(self, name: str, bound: Mapping[Decimal, str]) -> list[str]:
        """Return its conditions as expressions.

        Args:
            name: What is compared.
            bound: How each bound is written, so that it has the unit of what is compared.
        """
        if self.low is not None and self.low == self.high:
            return [f"{name} = {bound[self.low]}"]
        parts = []
        if self.low is not None:
            parts.append(f"{name} {'>=' if self.with_low else '>'} {bound[self.low]}")
        if self.high is not None:
            parts.append(f"{name} {'<=' if self.with_high else '<'} {bound[self.high]}")
        return parts


def interval(text: str) -> Interval:
    """Return an interval from its text: `[2, 5)`, `> 20`, `<= 3`, `= 4`, `*`.

    Raises:
        FootproofError: E-RULE-INTERVAL for any other text, and for an interval that holds no number.
    """
    if text.strip() == ANYTHING:
        return Interval()
    span = _SPAN.fullmatch(text.strip())
    if span:
        found = Interval(Decimal(span[2]), Decimal(span[3]), span[1] == "[", span[4] == "]")
        low, high = Decimal(span[2]), Decimal(span[3])
        if low < high or (low == high and found.with_low and found.with_high):
            return found
    side = _SIDE.fullmatch(text.strip())
    if side is None:
        raise FootproofError("E-RULE-INTERVAL", found=text[:40])
    return _half(side[1], Decimal(side[2]))


def _half(sign: str, bound: Decimal) -> Interval:
    if sign == "=":
        return Interval(bound, bound, True, True)
    if sign.startswith("<"):
        return Interval(high=bound, with_high=sign == "<=")
    return Interval(low=bound, with_low=sign == ">=")


def check_conditions(decision: Decision, words: Words) -> None:
    """Refuse conditions that do not fit their inputs.

    Args:
        decision: Table.
        words: Words of each input that is a word; the others are numbers.

    Raises:
        FootproofError: E-RULE-DECISION-WORD, E-RULE-INTERVAL.
    """
    for row in decision.rows:
        for name, condition in row.conditions.items():
            if name in words:
                known = ", ".join(words[name])
                found = [condition] if isinstance(condition, str) else condition
                for word in found:
                    if word not in words[name] and condition != ANYTHING:
                        raise FootproofError("E-RULE-DECISION-WORD", input=name, found=str(word)[:40], known=known)
            elif not isinstance(condition, str):
                raise FootproofError("E-RULE-INTERVAL", found=", ".join(condition)[:40])
            else:
                interval(condition)


def prove(decision: Decision, words: Words) -> list[FootproofError]:
    """Return what is wrong with a table: an example that no row covers, and one for each two rows that overlap.

    Args:
        decision: Table whose conditions fit its inputs.
        words: Words of each input that is a word; the others are numbers.

    Returns:
        E-RULE-DECISION-GAP, -OVERLAP or -SIZE; nothing where exactly one row holds for any inputs.
    """
    examples = [_examples(decision, name, words) for name in decision.inputs]
    cells = prod(map(len, examples))
    if cells > MOST_CELLS:
        return [FootproofError("E-RULE-DECISION-SIZE", id=decision.id, found=cells, most=MOST_CELLS)]
    gap: FootproofError | None = None
    overlaps: dict[tuple[int, int], FootproofError] = {}
    for cell in product(*examples):
        given = dict(zip(decision.inputs, cell, strict=True))
        rows = matching(decision, given)
        if not rows and gap is None:
            gap = FootproofError("E-RULE-DECISION-GAP", id=decision.id, example=_shown(given))
        if len(rows) > 1 and (rows[0], rows[1]) not in overlaps:
            overlaps[rows[0], rows[1]] = FootproofError(
                "E-RULE-DECISION-OVERLAP",
                id=decision.id,
                first=rows[0] + 1,
                second=rows[1] + 1,
                example=_shown(given),
            )
    return [*([gap] if gap else []), *overlaps.values()]


def matching(decision: Decision, given: Mapping[str, Decimal | str]) -> list[int]:
    """Return the rows that hold for some inputs, from 0.

    Args:
        decision: Table.
        given: A word or a number for each input.
    """
    return [
        number
        for number, row in enumerate(decision.rows)
        if all(_meets(given[name], condition) for name, condition in row.conditions.items())
    ]


def _meets(given: Decimal | str, condition: tuple[str, ...] | str) -> bool:
    if condition == ANYTHING:
        return True
    if isinstance(given, str):
        return given in ((condition,) if isinstance(condition, str) else condition)
    return isinstance(condition, str) and interval(condition).holds(given)


def _bounds(decision: Decision, name: str) -> list[Decimal]:
    found = set()
    for row in decision.rows:
        condition = row.conditions[name]
        if isinstance(condition, str):
            span = interval(condition)
            found |= {bound for bound in (span.low, span.high) if bound is not None}
    return sorted(found)


def _examples(decision: Decision, name: str, words: Words) -> Sequence[Decimal | str]:
    """Return one example of each cell of an input."""
    if name in words:
        return words[name]
    bounds = _bounds(decision, name)
    if not bounds:
        return [Decimal(0)]
    between = [_EXACT.divide(_EXACT.add(low, high), 2) for low, high in pairwise(bounds)]
    return sorted([_EXACT.subtract(bounds[0], 1), *bounds, *between, _EXACT.add(bounds[-1], 1)])


def _shown(given: Mapping[str, Decimal | str]) -> str:
    return ", ".join(
        f"{name} = {value if isinstance(value, str) else normalise(value)}" for name, value in given.items()
    )


@dataclass(frozen=True, slots=True)
class Compiled:
    """A decision table as a formula.

    Args:
        expr: Nested `if`.
        tables: Bounds and results that are plain figures, by table: unit, and number by its own text. A plain figure of
            an expression has no unit; out of a table it has one.
    """

    expr: str
    tables: Mapping[str, tuple[str, Mapping[str, Decimal]]]


def compiled(decision: Decision, words: Words, units: Mapping[str, str]) -> Compiled:
    """Return a table as a formula.

    The last row needs no condition, since the table is complete.

    Args:
        decision: Table of which `prove` finds nothing.
        words: Words of each input that is a word.
        units: Unit of each input that is a number.

    Raises:
        FootproofError: E-EXPR-SYNTAX where the formula is longer or deeper than the language admits.
    """
    tables: dict[str, tuple[str, dict[str, Decimal]]] = {}

    def figure(table: str, unit: str, number: Decimal) -> str:
        if unit == "1" or number == 0:
            return normalise(number) if number >= 0 else f"(0 - {normalise(-number)})"
        rows = tables.setdefault(table, (unit, {}))[1]
        rows[normalise(number)] = number
        return f'lookup({table}, "{normalise(number)}")'

    def then(row: DecisionRow) -> str:
        if not decision.unit:
            return f'"{row.then}"'
        if _PLAIN.fullmatch(row.then.strip()):
            return figure(f"decision.{decision.id}", decision.unit, Decimal(row.then))
        return row.then

    bounds = {
        name: {bound: figure(f"decision.{decision.id}.{name}", units[name], bound) for bound in _bounds(decision, name)}
        for name in decision.inputs
        if name not in words
    }
    groups: dict[str, list[str]] = {}
    for row in decision.rows:
        groups.setdefault(then(row), []).append(_condition(row, words, bounds))
    results = list(groups)
    text = results[-1]
    for result in reversed(results[:-1]):
        text = f"if({' or '.join(groups[result])}, {result}, {text})"
    parse(text)
    return Compiled(text, tables)


def _condition(row: DecisionRow, words: Words, bounds: Mapping[str, Mapping[Decimal, str]]) -> str:
    parts = [part for name, condition in row.conditions.items() for part in _parts(name, condition, words, bounds)]
    return f"({' and '.join(parts)})" if parts else "(1 = 1)"


def _parts(
    name: str, condition: tuple[str, ...] | str, words: Words, bounds: Mapping[str, Mapping[Decimal, str]]
) -> Iterator[str]:
    if condition == ANYTHING:
        return
    if name in words:
        chosen = (condition,) if isinstance(condition, str) else condition
        yield f"({' or '.join(f'{name} = {_quoted(word)}' for word in chosen)})"
    elif isinstance(condition, str):
        yield from interval(condition).text(name, bounds[name])


def _quoted(word: str) -> str:
    return f'"{word}"'


def replace_names(text: str, by: Mapping[str, str]) -> str:
    """Return an expression with names replaced by expressions; texts in quotes stay.

    Args:
        text: Expression.
        by: What stands for a name.
    """
    return _NAME_OR_TEXT.sub(lambda found: f"({by[found[0]]})" if found[0] in by else found[0], text)
