"""Rows that stand twice in other words: the same flow of the same process, in another unit or form of number.

And rows of the same flow in two processes with the same digits and other units: one of the units is wrong.

A row repeated to the letter is found by the rule (5.12-rows).
"""

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

from footproof.interpret.clause_view import View, place
from footproof.model.study import Exchange, Kind, Study
from footproof.rules.parameters import ParameterBook
from footproof.units import unit
from footproof.verify.finding import Finding, Remedy, worded

Key = tuple[object, ...]
SEVERAL_DIGITS = 4
FEW_DIGITS = 3


def findings(view: View, book: ParameterBook) -> Iterator[Finding]:
    """Yield rows whose amount stands in an earlier row of the same flow already, in another unit."""
    del book
    yield from _same_digits(view)
    yield from _same_current(view)
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


def _same_digits(view: View) -> Iterator[Finding]:
    """Yield rows whose number of several digits stands elsewhere for the same flow, in another unit of its kind."""
    by_number: dict[Key, list[Exchange]] = {}
    for row in view.counted:
        number = row.amount.number
        if number is not None and len(number.normalize().as_tuple().digits) >= SEVERAL_DIGITS:
            key = (number, unit(row.amount.unit).dimensions, row.source_of, row.upstream)
            by_number.setdefault(key, []).append(row)
    for rows in by_number.values():
        units = [row.amount.unit for row in rows]
        for row in rows:
            if len(set(units)) > 1 and units.count(row.amount.unit) == 1 and unit_differs(row, rows):
                others = [item for item in rows if item.amount.unit != row.amount.unit]
                values = {
                    "row": row.id,
                    "unit": row.amount.unit,
                    "other": others[0].id,
                    "theirs": others[0].amount.unit,
                }
                where = (place(row.place, "unit"), *(place(item.place, "unit") for item in others))
                yield Finding("V-UNIT-ODD", where, worded("V-UNIT-ODD", values), "6.3.5")
                break


def unit_differs(row: Exchange, rows: list[Exchange]) -> bool:
    """Return whether the unit of a row is another size than that of others, not another spelling of it.

    Args:
        row: The row.
        rows: Rows of the same dimension, itself among them.
    """
    return any(unit(item.amount.unit).scale != unit(row.amount.unit).scale for item in rows)


def _same_current(view: View) -> Iterator[Finding]:
    """Yield rows of one process that take the very same energy, of several digits, from two sources."""
    seen: dict[Key, Exchange] = {}
    for row in view.counted:
        number, measured = row.amount.number, unit(row.amount.unit)
        if number is None or row.kind is not Kind.INPUT or measured.dimensions != unit("MJ").dimensions:
            continue
        if len(number.normalize().as_tuple().digits) < FEW_DIGITS:
            continue
        first = seen.setdefault((row.process, Fraction(number) * measured.scale), row)
        if first.source_of != row.source_of:
            said = worded("V-SAME-CURRENT", {"row": row.id, "first": first.id})
            yield Finding("V-SAME-CURRENT", (place(row.place), place(first.place)), said, "5.12-rows")


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
