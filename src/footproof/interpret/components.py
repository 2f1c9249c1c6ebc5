"""What each component of a factor makes of a term: amount × figure × potential, exactly.

Not the term shared out by weights: where an uptake and an emission of one factor cancel, the term is nothing and its
components are not.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from footproof.assess import Assessment
from footproof.interpret.clause_view import View
from footproof.interpret.terms import entry_weight
from footproof.sheet import Entry, Term

UNDIFFERENTIATED = "undifferentiated"


@dataclass(frozen=True, slots=True)
class Component:
    """One entry of a term's factor with what it makes. [unit of the result]"""

    term: Term
    entry: Entry
    value: Fraction


def components(assessment: Assessment) -> Iterator[Component]:
    """Yield the components of all terms; those of a term sum to it."""
    gwp = assessment.sheet.gwp
    for term, seen in zip(assessment.sheet.terms, View(assessment).terms, strict=True):
        for entry in term.factor:
            yield Component(term, entry, seen.amount * entry_weight(entry, gwp))


def undifferentiated(assessment: Assessment) -> Fraction | None:
    """Return which part of a result rests on figures that do not say what they consist of; None of nothing. [1]

    ISO 14067:2018 7.2 wants fossil, biogenic, land-use and aircraft shown apart: where any factor that counts has no
    breakdown, the result is undifferentiated in that part. Components are taken without signs, so that nothing hides.
    """
    part = whole = Fraction(0)
    for found in components(assessment):
        whole += abs(found.value)
        part += abs(found.value) if found.entry.origin == UNDIFFERENTIATED else 0
    return part / whole if whole else None
