"""Facts of a study under a rule: what checks of clauses are written over. The catalogue is `docs/reference/clauses.md`.

A fact that the study gives no ground for is unknown: it is left out, never false and never zero.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from footproof.assess import Assessment
from footproof.interpret import clause_data, clause_power, clause_system
from footproof.interpret.clause_view import FactValue, Known, View

__all__ = ["FACTS", "Fact", "FactValue", "Known", "facts", "known_facts"]


@dataclass(frozen=True, slots=True)
class Fact:
    """One entry of the catalogue; what it means is in the texts, under `fact.<id>`.

    Args:
        unit: "truth", "text", or the unit of the number.
        find: Returns the fact, or None where the study gives no ground for it.
    """

    id: str
    unit: str
    find: Callable[[View], Known | None]


FACTS: Mapping[str, Fact] = {
    name: Fact(name, unit, find)
    for group in (clause_system.FACTS, clause_data.FACTS, clause_power.FACTS)
    for name, (unit, find) in group.items()
}


def facts(assessment: Assessment) -> Mapping[str, FactValue]:
    """Return every fact that is known of a study, exactly.

    Args:
        assessment: The footprint with its study, rule and sheet.
    """
    return {name: item.value for name, item in known_facts(assessment).items()}


def known_facts(assessment: Assessment) -> Mapping[str, Known]:
    """Return every fact that is known of a study, with the rows that make it so.

    Args:
        assessment: The footprint with its study, rule and sheet.
    """
    view = View(assessment)
    found = {name: fact.find(view) for name, fact in FACTS.items()}
    return {name: item for name, item in found.items() if item is not None}
