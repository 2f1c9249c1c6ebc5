"""Mass and energy that come from nowhere or get lost, for processes that declare no balance of their own.

What a process declares to balance is checked by the rule (6.4.3). Here stands what holds without a declaration:
a product is not heavier than all that goes in, and no device gives off more energy than it takes.
"""

from collections.abc import Iterable, Iterator
from fractions import Fraction

from footproof.interpret.clause_view import View, place
from footproof.interpret.clauses import show
from footproof.model.study import Exchange, Kind, Process
from footproof.rules.parameters import ParameterBook
from footproof.units import conversion, same_dimension
from footproof.verify.finding import Finding, worded
from footproof.verify.kinds import kinds_of
from footproof.verify.slips import slipped, sole_slip

TOLERANCE = Fraction(5, 100)
LOST_ON_THE_WAY = Fraction(15, 100)
"""Transformers and lines of a plant lose a few percent; what is lost beyond this was not metered, or is not a line."""
TWICE = 2
FAR = 100
NOT_MADE = ("distribution", "use", "end_of_life")
"""Stages whose processes do not make a thing from what they take."""


def findings(view: View, book: ParameterBook) -> Iterator[Finding]:
    """Yield processes whose mass or energy does not come out, or the row that explains it."""
    del book
    for process in view.study.processes.values():
        if process.balance not in ("mass", "energy"):
            yield from _mass(view, process)
            yield from _energy(view, process)


def _mass(view: View, process: Process) -> Iterator[Finding]:
    made = _made(view, process, "kg")
    rows = list(_taken(view, process, "kg"))
    if made is None or not rows or process.stage in NOT_MADE or _wins(process):
        return
    total = sum((value for _, value in rows), Fraction(0))
    short = total < made * (1 - TOLERANCE)
    # Where everything is short by as much, it is the product whose unit is off, not the largest of its inputs.
    slip = None if len(rows) > 1 and total * FAR < made else sole_slip(rows, made)
    if slip is not None and (short or total > TWICE * made):
        yield slipped(slip, process.id)
    elif short:
        yield _from_nowhere("V-MASS-CREATED", process, total, made, "kg")


def _energy(view: View, process: Process) -> Iterator[Finding]:
    made = _made(view, process, "MJ")
    rows = list(_taken(view, process, "MJ"))
    if made is None or not rows or _takes_fuel_by_mass(view, process):
        return
    total = sum((value for _, value in rows), Fraction(0))
    created = total < made * (1 - TOLERANCE)
    if not created and not (_only_electricity(process, rows) and total * (1 - LOST_ON_THE_WAY) > made):
        return
    slip = sole_slip(rows, made)
    if slip is not None:
        yield slipped(slip, process.id)
    else:
        yield _from_nowhere("V-ENERGY-CREATED" if created else "V-ENERGY-LOST", process, total, made, "MJ")


def _from_nowhere(code: str, process: Process, total: Fraction, made: Fraction, unit: str) -> Finding:
    values = {
        "process": process.id,
        "taken": f"{show(total, 'en')} {unit}",
        "made": f"{show(made, 'en')} {unit}",
    }
    return Finding(code, (place(process.place, "amount"),), worded(code, values), "6.4.3")


def _made(view: View, process: Process, unit: str) -> Fraction | None:
    """Return what a run makes in all of one dimension, or None where its main product is of another."""
    amount = view.output(process.id)
    if amount is None or not same_dimension(process.output.unit, unit):
        return None
    total = amount * conversion(process.output.unit, unit)
    for row in view.study.coproducts:
        if row.process == process.id and row.product != process.id and same_dimension(row.unit, unit):
            total += Fraction(row.amount) * conversion(row.unit, unit)
    return total


def _taken(view: View, process: Process, unit: str) -> Iterator[tuple[Exchange, Fraction]]:
    """Yield what goes in; what a row carries over a distance is brought in by another."""
    for row in view.counted:
        into = row.kind is Kind.INPUT or (row.kind is Kind.FUEL and unit == "MJ")
        if row.process == process.id and into and row.distance_km is None and same_dimension(row.amount.unit, unit):
            amount = view.amount(row)
            if amount is not None:
                yield row, amount * conversion(row.amount.unit, unit)


def _wins(process: Process) -> bool:
    """Return whether a process takes its product from nature."""
    return bool(kinds_of((process.id, process.name.zh, process.name.en), ("extraction",)))


def _takes_fuel_by_mass(view: View, process: Process) -> bool:
    return any(
        row.process == process.id and row.kind is Kind.FUEL and not same_dimension(row.amount.unit, "MJ")
        for row in view.counted
    )


def _only_electricity(process: Process, rows: Iterable[tuple[Exchange, Fraction]]) -> bool:
    """Return whether electricity goes in and comes out: kilowatt-hours tell it, where heat is stated in joules."""
    return process.output.unit.endswith("Wh") and all(row.amount.unit.endswith("Wh") for row, _ in rows)
