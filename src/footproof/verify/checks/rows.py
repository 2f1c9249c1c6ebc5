"""Rows that stand twice in other words: the same flow of the same process, in another unit or form of number.

A row repeated to the letter is found by the rule (5.12-rows).
"""

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

from footproof.interpret.clause_view import View, place
from footproof.model.study import Exchange, Study
from footproof.rules.parameters import ParameterBook
from footproof.units import unit
from footproof.verify.finding import Finding, Remedy, worded

Key = tuple[object, ...]


def findings(view: View, book: ParameterBook) -> Iterator[Finding]:
    """Yield rows whose amount stands in an earlier row of the same flow already, in another unit."""
    del book
    seen: dict[Key, Exchange] = {}
    for row in view.counted:
        number = row.amount.number
        if not number:
            continue
        first = seen.setdefault(_key(row), row)
        if first is not row and (first.amount.unit, first.amount.number) != (row.amount.unit, number):
            said = worded("V-ROW-TWICE", {"row": row.id, "first": first.id})
            where = (place(row.place), place(first.place))
            yield Finding("V-ROW-TWICE", where, said, "5.12-rows", remedy=without(row.id))


def without(row: str) -> Remedy:
    """Return what takes a row out of a study."""

    def remedy(study: Study) -> Study:
        return replace(study, exchanges=tuple(item for item in study.exchanges if item.id != row))

    return remedy


def _key(row: Exchange) -> Key:
    measured = unit(row.amount.unit)
    amount = Fraction(row.amount.number or 0) * measured.scale
    flow = (row.process, row.kind, row.source_of, row.upstream, row.device, row.gas, row.origin)
    return (*flow, amount, measured.dimensions, row.distance_km)
