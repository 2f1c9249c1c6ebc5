"""Amounts that are out of all proportion to what the process makes, or to what their own source says.

The bounds are physical, not typical: no material of mass production takes 500 kWh per kg (silicon for solar cells, the
thirstiest, takes some 100), and nothing but ore, water and gases goes in at a hundred times the weight of the product.
"""

import re
from collections.abc import Iterator
from fractions import Fraction

from footproof.errors import FootproofError
from footproof.interpret.clause_view import View, place
from footproof.interpret.clauses import show
from footproof.model.study import Exchange, Kind, Process
from footproof.rules.parameters import ParameterBook
from footproof.units import conversion, same_dimension, unit
from footproof.verify.finding import Finding, worded
from footproof.verify.kinds import kinds_of
from footproof.verify.slips import CLOSE, SHIFTS, Slip, near, slipped

MOST_ENERGY = Fraction(1800)
"""MJ per kg of product: 500 kWh."""
MOST_MASS = Fraction(100)
"""kg of one input per kg of product."""
AGREES = Fraction(20, 100)
"""A stated intensity that holds this well for anything the process has is no sign of a slip."""
_STATED = re.compile(r"(?<![\d.,])(\d[\d,]*(?:\.\d+)?) ?([A-Za-z]+[0-9]?) per ([A-Za-z]+[0-9]?)\b", re.ASCII)


def findings(view: View, book: ParameterBook) -> Iterator[Finding]:
    """Yield rows that cannot be right beside what their process makes, or beside their own source."""
    del book
    for row in view.counted:
        yield from _against_product(view, row, view.study.processes[row.process])
        yield from _against_source(view, row, view.study.processes[row.process])


def _against_product(view: View, row: Exchange, process: Process) -> Iterator[Finding]:
    made = _mass_made(view, process)
    amount = view.amount(row)
    if made is None or amount is None or row.kind not in (Kind.INPUT, Kind.FUEL) or row.distance_km is not None:
        return
    texts = (row.id, process.id, process.name.zh, process.name.en, *((row.name.zh, row.name.en) if row.name else ()))
    if same_dimension(row.amount.unit, "MJ") and not kinds_of(texts, ("precious",)):
        share = amount * conversion(row.amount.unit, "kWh") / made
        yield from _beyond(row, process, share, MOST_ENERGY * conversion("MJ", "kWh"), "kWh / kg")
    elif same_dimension(row.amount.unit, "kg") and not kinds_of(texts, ("precious", "diluent", "extraction")):
        yield from _beyond(row, process, amount * conversion(row.amount.unit, "kg") / made, MOST_MASS, "kg / kg")


def _beyond(row: Exchange, process: Process, found: Fraction, most: Fraction, unit_: str) -> Iterator[Finding]:
    if found > most:
        values = {
            "row": row.id,
            "process": process.id,
            "found": f"{show(found, 'en')} {unit_}",
            "most": f"{show(most, 'en')} {unit_}",
        }
        remedy = Slip(row, Fraction(1, 1000)).put_right
        yield Finding(
            "V-MAGNITUDE", (place(row.place, "amount"),), worded("V-MAGNITUDE", values), "6.4.3", remedy=remedy
        )


def _mass_made(view: View, process: Process) -> Fraction | None:
    made = view.output(process.id)
    return made * conversion(process.output.unit, "kg") if made and same_dimension(process.output.unit, "kg") else None


def _against_source(view: View, row: Exchange, process: Process) -> Iterator[Finding]:
    amount = view.amount(row)
    if amount is None or row.amount.number is None:
        return
    for stated, per in _intensities(row):
        bases = [base for base in _bases(view, row, process, per) if base]
        have = amount * conversion(row.amount.unit, stated[1])
        if any(near(have / base, stated[0], AGREES) for base in bases):
            continue
        fitting = {shift for shift in SHIFTS for base in bases if near(have * shift / base, stated[0], CLOSE)}
        if len(fitting) == 1:
            yield slipped(Slip(row, fitting.pop()), process.id)
            return


def _intensities(row: Exchange) -> Iterator[tuple[tuple[Fraction, str], str]]:
    """Yield the figures per product that the source of a row gives, in the dimension of the row."""
    for number, measured, per in _STATED.findall(f"{row.source} {row.note.en if row.note else ''}"):
        try:
            fits = same_dimension(measured, row.amount.unit) and unit(per)
        except FootproofError:
            continue
        if fits:
            yield (Fraction(number.replace(",", "")), measured), per


def _bases(view: View, row: Exchange, process: Process, per: str) -> Iterator[Fraction]:
    """Yield what such a figure may refer to: the product, all products, another row, a figure of the study. [per]"""
    made = view.output(process.id)
    amounts = [(made, process.output.unit)] if made else []
    others = [
        (Fraction(item.amount), item.unit)
        for item in view.study.coproducts
        if item.process == process.id and item.product != process.id
    ]
    amounts += others
    if made:
        same = [value * conversion(name, per) for value, name in amounts if same_dimension(name, per)]
        yield sum(same, Fraction(0))
    for item in view.counted:
        if item.process == row.process and item.id != row.id and (value := view.amount(item)):
            amounts.append((value, item.amount.unit))
    for quantity in view.study.quantities.values():
        if quantity.figure.number:
            amounts.append((Fraction(quantity.figure.number), quantity.figure.unit))
    yield from (value * conversion(name, per) for value, name in amounts if same_dimension(name, per))
