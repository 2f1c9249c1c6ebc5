"""Terms of a sheet and figures of its result as interpretation reads them: exactly, and in one way."""

from collections.abc import Mapping
from fractions import Fraction

from footproof.assess import Assessment
from footproof.expressions import exact
from footproof.model.study import Quality
from footproof.sheet import Entry, Term

Potentials = Mapping[str, Mapping[str, str]]
DIMENSIONS = ("technology", "geography", "time")


def figure(text: str) -> Fraction:
    """Return an exact figure of a result record."""
    return Fraction(*exact.read(text))


def exchange_of(term: str) -> str:
    """Return the exchange that a term was made of; its parts carry a suffix."""
    return term.partition("#")[0].partition("@")[0]


def entry_weight(entry: Entry, gwp: Potentials) -> Fraction:
    """Return what one unit of the amount makes through one entry of its factor. [kg CO2e / unit of the amount]"""
    return Fraction(*exact.number(entry.number)) * Fraction(*exact.number(gwp[entry.origin][entry.gas]))


def term_weight(term: Term, gwp: Potentials) -> Fraction:
    """Return what one unit of the amount of a term makes. [kg CO2e / unit of the amount]"""
    return sum((entry_weight(entry, gwp) for entry in term.factor), Fraction(0))


def magnitudes(assessment: Assessment) -> tuple[Mapping[str, Fraction], Fraction]:
    """Return every term without its sign, and their sum. [unit of the result]"""
    values = {name: abs(figure(text)) for name, text in assessment.result["terms"].items()}
    return values, sum(values.values(), Fraction(0))


def merged_scores(own: Quality, of_factor: Quality) -> Quality:
    """Return the scores of a term: those of its row go before those of its factor, one by one."""
    pairs = ((getattr(own, name), getattr(of_factor, name)) for name in DIMENSIONS)
    return Quality(*(first if first is not None else second for first, second in pairs))
