"""Mass and energy that come from nowhere or get lost, for processes that declare no balance of their own.

What a process declares to balance is checked by the rule (6.4.3). Here stands what holds without a declaration:
a product is not heavier than all that goes in, and no device gives off more energy than it takes.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from fractions import Fraction

from footproof.interpret.clause_view import View, place
from footproof.interpret.clauses import show
from footproof.model.study import Exchange, Kind, Process
from footproof.rules.parameters import ParameterBook
from footproof.units import conversion, same_dimension
from footproof.verify.finding import GAP, Finding, worded
from footproof.verify.kinds import kinds_of
from footproof.verify.slips import Slip, slipped, slipped_comma, sole_slip

TOLERANCE = Fraction(5, 100)
LOST_ON_THE_WAY = Fraction(15, 100)
"""Transformers and lines of a plant lose a few percent; what is lost beyond this was not metered, or is not a line."""
TWICE = 2
MOST_LOST = 3
"""Solids that go in per unit that comes out, where nothing is said to leave: beyond this somebody has to say where to
(assumed)."""
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
    yield from _recovered(view)


def _recovered(view: View) -> Iterator[Finding]:
    """Yield materials recovered at the end of life that weigh more than all that the product is made of."""
    process = view.study.processes[view.study.reference]
    made = view.output(process.id)
    taken = sum((value for _, value in _taken(view, process, "kg")), Fraction(0))
    if not made or not taken:
        return
    for item in view.study.recovered:
        number = item.amount.number
        value = Fraction(number) if number is not None else amount_of(view, f"amount.recovered.{item.id}")
        if value is None or not same_dimension(item.amount.unit, "kg"):
            continue
        value *= conversion(item.amount.unit, "kg")
        if value > taken / made * (1 + TOLERANCE):
            values = {
                "material": item.name,
                "found": f"{show(value, 'en')} kg",
                "whole": f"{show(taken / made, 'en')} kg",
            }
            said = worded("V-RECOVERED-BEYOND", values)
            yield Finding("V-RECOVERED-BEYOND", (place(item.place, "amount"),), said, "6.4.3")


def amount_of(view: View, node: str) -> Fraction | None:
    """Return the number of a node of the sheet, or None where there is none. [its unit]

    Args:
        view: Assessment as facts read it.
        node: Id of the node.
    """
    value = view.values.get(node)
    return Fraction(*value) if isinstance(value, tuple) else None


def _mass(view: View, process: Process) -> Iterator[Finding]:
    made = _made(view, process, "kg")
    rows = list(_taken(view, process, "kg"))
    if made is None or not rows or process.stage in NOT_MADE or _wins(process):
        return
    total = sum((value for _, value in rows), Fraction(0))
    short = total < made * (1 - TOLERANCE)
    comma = _comma(view, process, rows, made) if total > made * (1 + TOLERANCE) else None
    # Where everything is short by as much, it is the product whose unit is off, not the largest of its inputs.
    slip = None if len(rows) > 1 and total * FAR < made else sole_slip(rows, made)
    if slip is not None and total < FAR * made and not short and kinds_of(_texts(slip.row), ("diluent",)):
        slip = None
    if slip is not None and (short or total > TWICE * made):
        yield slipped(slip, process.id)
    elif comma is not None and len(rows) > 1:
        yield slipped(comma, process.id)
    elif short:
        yield _from_nowhere("V-MASS-CREATED", process, total, made, "kg")
    elif _solid(rows) > made * MOST_LOST and not _gives_off(view, process):
        item = _from_nowhere("V-MASS-LOST", process, _solid(rows), made, "kg")
        yield replace(item, severity=GAP)


def _comma(view: View, process: Process, rows: list[tuple[Exchange, Fraction]], made: Fraction) -> Slip | None:
    """Return the row that is tenfold or a hundredfold too much; what may leave as water or waste shows nothing."""
    if _gives_off(view, process) or any(kinds_of(_texts(row), ("diluent",)) for row, _ in rows):
        return None
    slip = slipped_comma(rows, made)
    return None if slip is None or _stands_twice(view, slip.row) else slip


def _stands_twice(view: View, row: Exchange) -> bool:
    """Return whether the number of a row stands elsewhere in the study as well: then it is no slip of a comma."""
    others = [item.amount for item in view.counted if item.id != row.id]
    others += [item.figure for item in view.study.quantities.values()]
    return any(item.number == row.amount.number and item.unit == row.amount.unit for item in others)


def _solid(rows: Iterable[tuple[Exchange, Fraction]]) -> Fraction:
    """Return what goes in and stays: without water, air, gases, and what any rock or ore may leave behind. [kg]"""
    kept = (value for row, value in rows if not kinds_of(_texts(row), ("diluent", "extraction")))
    return sum(kept, Fraction(0))


def _texts(row: Exchange) -> tuple[str, ...]:
    return (row.id.replace("-", " ").replace("_", " "), *((row.name.zh, row.name.en) if row.name else ()))


def _gives_off(view: View, process: Process) -> bool:
    """Return whether a process has anything that leaves it but its product."""
    rows = [row for row in view.counted if row.process == process.id]
    leaves = any(row.kind in (Kind.TREATMENT, Kind.EMISSION) for row in rows)
    return leaves or any(row.process == process.id for row in view.study.coproducts)


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
