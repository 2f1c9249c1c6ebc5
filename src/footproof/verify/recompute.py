"""Recompute a claim independently and say where it differs: node by node, term by term, in exact figures.

The client's sheet is evaluated as it stands; beside it the sheet is built anew from study and rule. The result is the
sum of its terms, so the effects of the terms that differ sum to the whole difference.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from footproof.assess import Assessment
from footproof.canonical import digest
from footproof.errors import FootproofError
from footproof.expressions.tree import references
from footproof.interpret.terms import figure
from footproof.sheet import Sheet, evaluate_bytes, evaluate_sheet, read_sheet, sheet_of

Record = Mapping[str, Any]
_PARTS = ("stage", "process", "unit", "amount", "factor")


@dataclass(frozen=True, slots=True)
class TermDifference:
    """One term that is not the same.

    Args:
        client: Its value in the client's sheet; None where it lacks the term. [unit]
        ours: Its value in the sheet built anew; None where that lacks it. [unit]
        what: Parts that differ: "missing", "extra", "stage", "process", "unit", "amount", "factor", "potential", or
            "node" where only what the amount refers to does.
    """

    id: str
    stage: str
    process: str
    client: Fraction | None
    ours: Fraction | None
    what: tuple[str, ...]

    @property
    def effect(self) -> Fraction:
        """Return what it adds to the client's result. [unit]"""
        return (self.client or Fraction(0)) - (self.ours or Fraction(0))


@dataclass(frozen=True, slots=True)
class NodeDifference:
    """A node whose own expression differs: a cause, not one that only carries another's difference on.

    Args:
        client: Its value in the client's sheet, or None.
        ours: Its value in the sheet built anew, or None.
        terms: Terms whose amount it reaches and that differ.
        alone: How much of the client's result goes away when only this node is set right; None where it cannot be
            tried alone. Several of them need not sum to the difference. [unit]
    """

    id: str
    client: str | None
    ours: str | None
    terms: tuple[str, ...]
    alone: Fraction | None


@dataclass(frozen=True, slots=True)
class Recomputed:
    """The client's figure and ours.

    Args:
        stated: What the client states; None where nothing is stated beside the sheet. [unit]
        client: What the client's sheet gives; None where it gives nothing. [unit]
        ours: What the sheet built anew gives. [unit]
        unit: Of both.
        client_unit: Unit of the client's sheet.
        same: Whether both sheets are the same bytes.
        error: Code and place where the client's sheet cannot be evaluated, or empty.
        terms: Terms that differ, the largest effect first.
        nodes: Nodes that are the cause.
    """

    stated: Fraction | None
    client: Fraction | None
    ours: Fraction
    unit: str
    client_unit: str
    same: bool
    error: str
    terms: tuple[TermDifference, ...]
    nodes: tuple[NodeDifference, ...]

    @property
    def difference(self) -> Fraction | None:
        """Return the client's result less ours. [unit]"""
        return None if self.client is None else self.client - self.ours

    @property
    def agrees(self) -> bool:
        """Return whether sheet and stated figure are ours to the last digit."""
        return self.same and (self.stated is None or self.stated == self.ours)


def recompute_beside(assessment: Assessment, client: bytes, stated: Fraction | None = None) -> Recomputed:
    """Return a client's sheet beside ours.

    Args:
        assessment: Study and rule of the claim, assessed anew.
        client: Sheet that the client states.
        stated: Exact result that the client states. [unit of the sheet]
    """
    ours = figure(assessment.result["value"])
    unit = assessment.result["unit"]
    same = digest(client) == assessment.sheet_digest
    found = evaluate_bytes(client)
    if "error" in found:
        error = f"{found['error']['code']} {found['error']['at']}".strip()
        return Recomputed(stated, None, ours, unit, "", same, error, (), ())
    sheet = read_sheet(client)
    terms = () if same else tuple(_terms(sheet, found, assessment))
    ordered = tuple(sorted(terms, key=lambda item: (-abs(item.effect), item.id)))
    nodes = () if same else tuple(_nodes(sheet, found, assessment, {item.id for item in terms}))
    return Recomputed(stated, figure(found["value"]), ours, unit, found["unit"], same, "", ordered, nodes)


def _terms(sheet: Sheet, found: Record, ours: Assessment) -> Iterator[TermDifference]:
    client, own = _by_id(sheet.record["terms"]), _by_id(ours.sheet.record["terms"])
    for name in [*own, *(name for name in client if name not in own)]:
        theirs = figure(found["terms"][name]) if name in client else None
        mine = figure(ours.result["terms"][name]) if name in own else None
        what = _what(client.get(name), own.get(name), sheet, ours.sheet)
        if what or theirs != mine:
            item = own.get(name) or client[name]
            yield TermDifference(name, item["stage"], item["process"], theirs, mine, what or ("node",))


def _what(client: Record | None, own: Record | None, sheet: Sheet, ours: Sheet) -> tuple[str, ...]:
    if client is None or own is None:
        return ("missing",) if client is None else ("extra",)
    parts = [part for part in _PARTS if client[part] != own[part]]
    gases = {(entry[0], entry[1]) for entry in own["factor"]} & {(entry[0], entry[1]) for entry in client["factor"]}
    if any(sheet.gwp[origin][gas] != ours.gwp[origin][gas] for origin, gas in gases):
        parts.append("potential")
    return tuple(parts)


def _nodes(sheet: Sheet, found: Record, ours: Assessment, different: set[str]) -> Iterator[NodeDifference]:
    client, own = _by_id(sheet.record["nodes"]), _by_id(ours.sheet.record["nodes"])
    for name in [*own, *(name for name in client if name not in own)]:
        if name in client and name in own and client[name]["expr"] == own[name]["expr"]:
            continue
        values = [record["nodes"][name] if name in nodes else None for record, nodes in _both(found, client, ours, own)]
        theirs, mine = (None if value is None else str(value) for value in values)
        reached = _reached(sheet if name in client else ours.sheet, name) & different
        alone = _alone(sheet, found, name, own[name]["expr"]) if name in client and name in own else None
        yield NodeDifference(name, theirs, mine, tuple(sorted(reached)), alone)


def _both(found: Record, client: Record, ours: Assessment, own: Record) -> tuple[tuple[Record, Record], ...]:
    return (found, client), (ours.result, own)


def _reached(sheet: Sheet, start: str) -> set[str]:
    """Return the terms whose amount refers to a node, directly or through others."""
    reached = {start}
    for node in sheet.nodes:
        if references(node.expr) & reached:
            reached.add(node.id)
    return {term.id for term in sheet.terms if references(term.amount) & reached}


def _alone(sheet: Sheet, found: Record, name: str, expr: Any) -> Fraction | None:
    """Return how far the client's result moves when one node is set right; None where its sheet then has no result."""
    record = json.loads(json.dumps(sheet.record))
    for node in record["nodes"]:
        if node["id"] == name:
            node["expr"] = expr
    try:
        value = evaluate_sheet(sheet_of(record)).totals.value
    except FootproofError:
        return None
    return figure(found["value"]) - Fraction(*value)


def _by_id(records: Any) -> dict[str, Record]:
    return {item["id"]: item for item in records}
