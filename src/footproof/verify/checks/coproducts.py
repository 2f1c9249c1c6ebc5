"""Co-products that the words of a process speak of and its tables do not, and shares that are not those of the amounts.

An allocation without rows, or rows without an allocation, is refused by the assessment already.
"""

from collections.abc import Iterator
from fractions import Fraction

from footproof.interpret.clause_view import View, place
from footproof.interpret.clauses import show
from footproof.model.study import Basis, Process
from footproof.rules.parameters import ParameterBook
from footproof.units import conversion, same_dimension
from footproof.verify.finding import Finding, worded
from footproof.verify.kinds import kinds_of
from footproof.verify.slips import near


def findings(view: View, book: ParameterBook) -> Iterator[Finding]:
    """Yield processes that call themselves joint production and have one product only."""
    del book
    rows = view.study.coproducts
    several = {row.process for row in rows if row.product != row.process}
    for process in view.study.processes.values():
        if process.id not in several and (_speaks_of_several(process) or process.allocation is not Basis.NONE):
            said = worded("V-COPRODUCT", {"process": process.id})
            yield Finding("V-COPRODUCT", (place(process.place, "allocation"),), said, "6.4.6")
    yield from _of_other_mass(view)
    yield from _not_whole(view)


def _not_whole(view: View) -> Iterator[Finding]:
    """Yield processes whose given shares do not make a whole."""
    for process in view.study.processes.values():
        rows = [row for row in view.study.coproducts if row.process == process.id]
        total = sum((Fraction(row.basis) for row in rows), Fraction(0))
        if process.allocation is Basis.GIVEN and rows and all(row.basis_unit == "1" for row in rows) and total != 1:
            said = worded("V-COPRODUCT-SHARES", {"process": process.id, "total": show(total, "en")})
            where = (place(rows[0].place, "basis"), place(process.place, "allocation"))
            yield Finding("V-COPRODUCT-SHARES", where, said, "6.4.6")


def _of_other_mass(view: View) -> Iterator[Finding]:
    """Yield products that are shared out by a mass that is not the mass they are listed with."""
    for row in view.study.coproducts:
        by_mass = view.study.processes[row.process].allocation is Basis.MASS
        if by_mass and same_dimension(row.unit, "kg") and same_dimension(row.basis_unit, "kg"):
            listed, basis = (
                Fraction(row.amount) * conversion(row.unit, "kg"),
                Fraction(row.basis) * conversion(row.basis_unit, "kg"),
            )
            if not near(basis, listed):
                values = {
                    "product": row.name,
                    "listed": f"{show(listed, 'en')} kg",
                    "basis": f"{show(basis, 'en')} kg",
                }
                said = worded("V-COPRODUCT-MASS", values)
                yield Finding("V-COPRODUCT-MASS", (place(row.place, "basis"),), said, "6.4.6")


def _speaks_of_several(process: Process) -> bool:
    note = (process.note.zh, process.note.en) if process.note else ()
    return bool(kinds_of((process.name.zh, process.name.en, *note), ("coproduct",)))
