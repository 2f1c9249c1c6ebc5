"""Amounts that are out of all proportion to what the process makes, or to what their own source says.

The bounds are physical, not typical: no material of mass production takes 500 kWh per kg (silicon for solar cells, the
thirstiest, takes some 100), and nothing but ore, water and gases goes in at a hundred times the weight of the product.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

from footproof.errors import FootproofError, Where
from footproof.interpret.clause_view import View, place
from footproof.interpret.clauses import show
from footproof.model.study import Exchange, Kind, Process
from footproof.rules.parameters import ParameterBook
from footproof.units import conversion, same_dimension, unit
from footproof.verify.finding import Finding, worded
from footproof.verify.kinds import kinds_of
from footproof.verify.slips import CLOSE, COMMAS, SHIFTS, Slip, near, slipped

MOST_ENERGY = Fraction(1800)
"""MJ per kg of product: 500 kWh."""
MOST_MASS = Fraction(100)
"""kg of one input per kg of product."""
AGREES = Fraction(20, 100)
"""A stated intensity that holds this well for anything the process has is no sign of a slip."""
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_STATED = re.compile(
    r"(?<![\d.,])(\d[\d,]*(?:\.\d+)?) ?([A-Za-z]+[0-9]?) per ([A-Za-z]+[0-9]?)\b(?: of ([a-z]+))?", re.ASCII
)


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
        most = MOST_ENERGY * conversion("MJ", "kWh")
        yield from _beyond(row, process, share, (most, "kWh / kg"), _figures_of(view, row))
    elif same_dimension(row.amount.unit, "kg") and not kinds_of(texts, ("precious", "diluent", "extraction")):
        share = amount * conversion(row.amount.unit, "kg") / made
        yield from _beyond(row, process, share, (MOST_MASS, "kg / kg"), _figures_of(view, row))


def _beyond(
    row: Exchange, process: Process, found: Fraction, bound: tuple[Fraction, str], figures: tuple[Where, ...]
) -> Iterator[Finding]:
    most, unit_ = bound
    if found > most:
        values = {
            "row": row.id,
            "process": process.id,
            "found": f"{show(found, 'en')} {unit_}",
            "most": f"{show(most, 'en')} {unit_}",
        }
        remedy = Slip(row, Fraction(1, 1000)).put_right
        where = (place(row.place, "amount"), *figures)
        yield Finding("V-MAGNITUDE", where, worded("V-MAGNITUDE", values), "6.4.3", remedy=remedy)


def _figures_of(view: View, row: Exchange) -> tuple[Where, ...]:
    """Return the figures of the study that the amount of a row is worked out from: the slip may stand there."""
    named = _NAME.findall(row.amount.formula or "")
    return tuple(place(view.study.quantities[name].place) for name in named if name in view.study.quantities)


def _mass_made(view: View, process: Process) -> Fraction | None:
    made = view.output(process.id)
    return made * conversion(process.output.unit, "kg") if made and same_dimension(process.output.unit, "kg") else None


def _against_source(view: View, row: Exchange, process: Process) -> Iterator[Finding]:
    amount = view.amount(row)
    if amount is None or row.amount.number is None:
        return
    for stated, per, noun in _intensities(row):
        named = [base for base in _named(view, process, per, noun) if base] if noun else []
        bases = [base for base in _bases(view, row, process, per) if base]
        have = amount * conversion(row.amount.unit, stated[1])
        if any(near(have / base, stated[0], AGREES) for base in named or bases):
            continue
        fitting = {shift for shift in SHIFTS for base in bases if near(have * shift / base, stated[0], CLOSE)}
        made = named or [base for base in _named(view, process, per, "") if base]
        commas = {shift for shift in COMMAS for base in made if near(have * shift / base, stated[0], CLOSE)}
        found = fitting if len(fitting) == 1 else commas
        if len(found) == 1:
            shift = found.pop()
            yield _either(slipped(Slip(row, shift), process.id), _partner(view, row, per, stated, shift))
            return


def _either(found: Finding, partner: Exchange | None) -> Finding:
    """Return a slip with the row that it may as well be: then nothing can be put right by itself."""
    if partner is None:
        return found
    return replace(found, rows=(*found.rows, place(partner.place, "unit")), remedy=None)


def _partner(view: View, row: Exchange, per: str, stated: tuple[Fraction, str], shift: Fraction) -> Exchange | None:
    """Return the one other row of the process that a stated intensity refers to, where no product does."""
    have = (view.amount(row) or Fraction(0)) * conversion(row.amount.unit, stated[1])
    made = view.output(row.process)
    output = view.study.processes[row.process].output
    own = made * conversion(output.unit, per) if made and same_dimension(output.unit, per) else None
    if own and near(have * shift / own, stated[0], CLOSE):
        return None
    for item in view.counted:
        if item.process == row.process and item.id != row.id and same_dimension(item.amount.unit, per):
            base = (view.amount(item) or Fraction(0)) * conversion(item.amount.unit, per)
            if base and near(have * shift / base, stated[0], CLOSE):
                return item
    return None


def _named(view: View, process: Process, per: str, noun: str) -> Iterator[Fraction]:
    """Yield what a figure "per t of rock" refers to: the product of the process, or the quantity of that name. [per]"""
    made = view.output(process.id)
    products = f"{process.id} {process.name.en} {view.study.product.name.en}".lower().replace("_", " ")
    if made and same_dimension(process.output.unit, per) and (not noun or noun in products):
        yield made * conversion(process.output.unit, per)
    for quantity in view.study.quantities.values():
        figure = quantity.figure
        if noun and noun in quantity.name.en.lower() and figure.number and same_dimension(figure.unit, per):
            yield Fraction(figure.number) * conversion(figure.unit, per)


def _intensities(row: Exchange) -> Iterator[tuple[tuple[Fraction, str], str, str]]:
    """Yield the figures per product that the source of a row gives, in the dimension of the row."""
    for number, measured, per, noun in _STATED.findall(f"{row.source} {row.note.en if row.note else ''}"):
        try:
            fits = same_dimension(measured, row.amount.unit) and unit(per)
        except FootproofError:
            continue
        if fits:
            yield (Fraction(number.replace(",", "")), measured), per, noun


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
