"""Slips by powers of a thousand (g, kg, t; Wh, kWh, MWh) or ten: found by the one row whose shift makes a sum come out.

A sum that is off by chance is not put right by shifting a single row by a thousand; one that is, names the row and the
unit that was meant. Two rows that both would do leave it open which it is, and none is named. A shift by ten or a
hundred happens by chance more often, so the sum has to come out more closely.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from footproof.interpret.clause_view import place
from footproof.model.study import Exchange, Figure, Study
from footproof.units import conversion
from footproof.verify.finding import Finding, worded

SHIFTS = (Fraction(1000), Fraction(1, 1000), Fraction(10) ** 6, Fraction(1, 10**6))
COMMAS = (Fraction(10), Fraction(1, 10), Fraction(100), Fraction(1, 100))
EXACT = Fraction(1, 100)
TO_A_HAIR = (Fraction(1, 1000), Fraction(1, 400))
CLOSE = Fraction(5, 100)
LADDERS = (("g", "kg", "t"), ("Wh", "kWh", "MWh", "GWh"), ("kJ", "MJ", "GJ", "TJ"))


@dataclass(frozen=True, slots=True)
class Slip:
    """A row that stands for a thousand, or a million, times too much or too little.

    Args:
        shift: What its amount is multiplied by to be right. [1]
    """

    row: Exchange
    shift: Fraction

    @property
    def meant(self) -> str:
        """Return the unit that was meant with the number that stands there, or the factor where no unit is it."""
        found = self.row.amount.unit
        for ladder in LADDERS:
            if found in ladder:
                fitting = [name for name in ladder if conversion(name, found) == self.shift]
                return fitting[0] if fitting else _times(self.shift)
        return _times(self.shift)

    def put_right(self, study: Study) -> Study:
        """Return the study with the amount that was meant."""
        return shifted(study, self.row.id, self.shift)


def sole_slip(parts: Iterable[tuple[Exchange, Fraction]], target: Fraction) -> Slip | None:
    """Return the one stated row whose shift makes a sum come to a target, or None.

    Args:
        parts: Rows with what each adds to the sum. [any unit]
        target: What the sum should be. [the same]
    """
    rows = [(row, value) for row, value in parts if value]
    # A row of which any small part would do says only that the others suffice, unless it outweighs them all.
    outweighs = sum((value for _, value in rows), Fraction(0)) > 2 * target
    for tolerance in (EXACT, CLOSE):
        found = list(_fitting(rows, target, SHIFTS, tolerance))
        if found:
            sole = len({slip.row.id for slip in found}) == 1 if outweighs and tolerance == EXACT else len(found) == 1
            return found[0] if sole else None
    return None


def slipped_comma(parts: Iterable[tuple[Exchange, Fraction]], target: Fraction) -> Slip | None:
    """Return the one stated row that, a tenth or a hundredth of it, makes a sum come to a target closely, or None.

    A sum that is short is more likely short of a row than of a comma; only what is too much is tried.

    Args:
        parts: Rows with what each adds to the sum. [any unit]
        target: What the sum should be. [the same]
    """
    rows = [(row, value) for row, value in parts if value]
    for tolerance in TO_A_HAIR:
        found = list(_fitting(rows, target, [shift for shift in COMMAS if shift < 1], tolerance))
        if found:
            return found[0] if len({slip.row.id for slip in found}) == 1 else None
    return None


def _fitting(
    rows: list[tuple[Exchange, Fraction]], target: Fraction, shifts: Iterable[Fraction], tolerance: Fraction
) -> Iterator[Slip]:
    """Yield the shifts of single rows that bring the sum to the target, the smallest shift of a row first."""
    total = sum((value for _, value in rows), Fraction(0))
    for row, value in rows:
        for shift in shifts:
            if row.amount.number is not None and near(total + value * (shift - 1), target, tolerance):
                yield Slip(row, shift)


def slipped(slip: Slip, product: str) -> Finding:
    """Return the finding of a row that is off by powers of a thousand.

    Args:
        slip: The row and its shift.
        product: Process or product whose amount shows it.
    """
    values = {"row": slip.row.id, "unit": slip.row.amount.unit, "meant": slip.meant, "product": product}
    at = place(slip.row.place, "unit")
    return Finding("V-SLIP", (at,), worded("V-SLIP", values), "6.3.5-meter-unit", remedy=slip.put_right)


def near(found: Fraction, target: Fraction, tolerance: Fraction = CLOSE) -> bool:
    """Return whether a figure lies within a tolerance of a target. [1]"""
    return abs(found - target) <= tolerance * abs(target)


def shifted(study: Study, row: str, shift: Fraction) -> Study:
    """Return a study in which the amount of a row is multiplied; a row with a formula stays as it is."""

    def changed(item: Exchange) -> Exchange:
        number = item.amount.number
        if item.id != row or number is None:
            return item
        return replace(item, amount=Figure(number * shift.numerator / shift.denominator, None, item.amount.unit))

    return replace(study, exchanges=tuple(map(changed, study.exchanges)))


def _times(shift: Fraction) -> str:
    return f"× {shift}"
