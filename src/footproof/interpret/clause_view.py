"""An assessment seen from the rows of its study: which term an exchange made, and how large it is."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any, TypeAlias

from footproof.assess import Assessment
from footproof.errors import FootproofError, Where
from footproof.expressions import exact
from footproof.expressions.evaluate import Scope, Value, evaluate_number
from footproof.expressions.tree import Tree
from footproof.interpret.terms import exchange_of, figure, magnitudes
from footproof.model.study import Exchange, Factor, Place, Study
from footproof.sheet import Sheet

FactValue: TypeAlias = Fraction | bool | str


@dataclass(frozen=True, slots=True)
class Known:
    """A fact that the study gives ground for.

    Args:
        value: What it is.
        rows: Rows of the study that make it so, such as the meters that are out of calibration.
        each: Of a fact that is the worst of many, every one with its row: whoever looks for errors wants all of them.
    """

    value: FactValue
    rows: tuple[Where, ...] = ()
    each: tuple[tuple[Fraction, Where], ...] = ()


@dataclass(frozen=True, slots=True)
class Unknown:
    """A fact that the study gives no ground for, where it can be said why.

    Args:
        reason: Text of the findings, under `unknown.<reason>`.
        rows: Rows of the study that leave it open.
    """

    reason: str
    rows: tuple[Where, ...]


@dataclass(frozen=True, slots=True)
class SeenTerm:
    """One term with the row it comes from.

    Args:
        exchange: Row of exchanges.csv; None for a recovered material.
        amount: Units of its factor per unit of the result.
        value: Its part of the result. [unit of the result]
        entries: (origin, gas, kg of gas per unit of the amount).
        info: Source, year, confidence of the factor.
    """

    id: str
    stage: str
    process: str
    exchange: Exchange | None
    amount: Fraction
    value: Fraction
    entries: tuple[tuple[str, str, Fraction], ...]
    info: Mapping[str, Any]


class View:
    """What facts are read from.

    Args:
        assessment: The footprint with its study, rule and sheet.
    """

    def __init__(self, assessment: Assessment) -> None:
        self.assessment = assessment
        self.study: Study = assessment.study
        self.rule = assessment.rule
        self.sheet: Sheet = assessment.sheet

    @cached_property
    def values(self) -> Mapping[str, Value]:
        """Return the value of every node of the sheet."""
        found = self.assessment.result["nodes"]
        return {node.id: _value(node.expr, found[node.id]) for node in self.sheet.nodes}

    @cached_property
    def terms(self) -> tuple[SeenTerm, ...]:
        """Return the terms in the order of the sheet."""
        exchanges = {item.id: item for item in self.study.exchanges}
        scope = Scope(values=dict(self.values), tables=self.sheet.tables)
        result = self.assessment.result["terms"]
        seen = []
        for item, record in zip(self.sheet.terms, self.sheet.record["terms"], strict=True):
            entries = tuple((e.origin, e.gas, Fraction(*exact.number(e.number))) for e in item.factor)
            amount = Fraction(*evaluate_number(item.amount, scope))
            row = exchanges.get(exchange_of(item.id))
            value = figure(result[item.id])
            seen.append(SeenTerm(item.id, item.stage, item.process, row, amount, value, entries, record["info"]))
        return tuple(seen)

    @cached_property
    def whole(self) -> Fraction:
        """Return the sum of all terms, each without its sign. [unit of the result]"""
        return magnitudes(self.assessment)[1]

    @cached_property
    def counted(self) -> tuple[Exchange, ...]:
        """Return the exchanges that the rule does not leave out."""
        left_out = {item["subject"] for item in self.assessment.findings if item["code"] == "left-out"}
        return tuple(item for item in self.study.exchanges if item.id not in left_out)

    def share(self, terms: Iterable[SeenTerm]) -> Fraction | None:
        """Return which part of the result some terms make, all without their signs; None of nothing. [1]"""
        if self.whole == 0:
            return None
        return sum((abs(term.value) for term in terms), Fraction(0)) / self.whole

    def factor(self, term: SeenTerm) -> Factor | None:
        """Return the factor of the study behind a term, or None for a published one."""
        kind, _, key = str(term.info.get("factor", "")).partition(":")
        return {"factor": self.study.factors, "db": self.study.intensities}.get(kind, {}).get(key)

    def amount(self, exchange: Exchange) -> Fraction | None:
        """Return the amount of an exchange per run of its process, or None where the sheet has none. [its unit]"""
        if exchange.amount.number is not None:
            return Fraction(exchange.amount.number)
        value = self.values.get(f"amount.{exchange.id}")
        return Fraction(*value) if isinstance(value, tuple) else None

    def output(self, process: str) -> Fraction | None:
        """Return the output of one run of a process, or None where the sheet has none. [its unit]"""
        figure = self.study.processes[process].output
        if figure.number is not None:
            return Fraction(figure.number)
        value = self.values.get(f"output.{process}")
        return Fraction(*value) if isinstance(value, tuple) else None


Finder: TypeAlias = Callable[[View], Known | Unknown | None]


def place(item: Place, field: str | None = None) -> Where:
    """Return a place of the study."""
    return Where(item.file, item.line, field or item.field)


def count(rows: Iterable[Where]) -> Known:
    """Return how many rows there are, with the rows."""
    found = tuple(rows)
    return Known(Fraction(len(found)), found)


def _value(expr: Tree, item: object) -> Value:
    """Return the value of a node: a word stays one even where it looks like a number."""
    if isinstance(item, bool):
        return item
    if not isinstance(expr, str) and expr[0] == "text":
        return str(item)
    try:
        return exact.read(str(item))
    except FootproofError:
        return str(item)
