"""What a process makes against what the others take of it, where a study states totals of a period.

In such a study every process makes what its consumers take, less what is sold. A study that states one kilogram of
everything has no totals, and nothing is said of it.
"""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import TypeAlias

from footproof.interpret.clause_view import View, place
from footproof.interpret.clauses import show
from footproof.model.study import Exchange, Place
from footproof.rules.parameters import ParameterBook
from footproof.units import conversion, same_dimension
from footproof.verify.finding import Finding, worded
from footproof.verify.slips import EXACT, near, slipped, sole_slip

Made: TypeAlias = Mapping[str, tuple[Fraction, str, Place]]
Takes: TypeAlias = Mapping[str, list[tuple[Exchange, Fraction]]]

FEWEST = 3


def findings(view: View, book: ParameterBook) -> Iterator[Finding]:
    """Yield rows that take a thousand times too much or too little, and products taken beyond what is made."""
    del book
    made, takes = _made_and_taken(view)
    if not _states_totals(made, takes):
        return
    for name, rows in takes.items():
        amount, unit, at = made[name]
        total = sum((value for _, value in rows), Fraction(0))
        if near(total, amount, EXACT):
            continue
        slip = sole_slip(rows, amount)
        if slip is not None:
            yield slipped(slip, name)
        elif total > amount:
            over = worded("V-OVERTAKEN", {"product": name, "made": _shown(amount, unit), "taken": _shown(total, unit)})
            yield Finding("V-OVERTAKEN", (place(at), *(place(row.place) for row, _ in rows)), over, "6.4.3")


def states_totals(view: View) -> bool:
    """Return whether a study states what its processes make and take in the whole period.

    Args:
        view: Assessment as facts read it.
    """
    return _states_totals(*_made_and_taken(view))


def _made_and_taken(view: View) -> tuple[Made, Takes]:
    made = {name: (amount, unit, at) for name, amount, unit, at in _products(view)}
    takes = {name: list(_takes(view, name, unit)) for name, (_, unit, _) in made.items()}
    return made, {name: rows for name, rows in takes.items() if rows}


def _products(view: View) -> Iterator[tuple[str, Fraction, str, Place]]:
    """Yield what `from` may name, with how much of it one run makes."""
    several = {row.process for row in view.study.coproducts}
    for item in view.study.processes.values():
        made = view.output(item.id)
        if item.id not in several and made is not None:
            yield f"process:{item.id}", made, item.output.unit, item.place
    for row in view.study.coproducts:
        name = row.process if row.product == row.process else f"{row.process}/{row.product}"
        yield f"process:{name}", Fraction(row.amount), row.unit, row.place


def _takes(view: View, name: str, unit: str) -> Iterator[tuple[Exchange, Fraction]]:
    for row in view.counted:
        if row.source_of == name and same_dimension(row.amount.unit, unit):
            amount = view.amount(row)
            if amount is not None:
                yield row, amount * conversion(row.amount.unit, unit)


def _states_totals(made: Made, takes: Takes) -> bool:
    """Return whether most products are taken exactly as made: then amounts are totals of the period."""
    exact = [near(sum((value for _, value in rows), Fraction(0)), made[name][0], EXACT) for name, rows in takes.items()]
    return sum(exact) >= FEWEST and 2 * sum(exact) >= len(exact)


def _shown(amount: Fraction, unit: str) -> str:
    return f"{show(amount, 'en')} {unit}"
