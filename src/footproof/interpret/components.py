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
