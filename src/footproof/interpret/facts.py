"""Facts of a study under a rule: what checks of clauses are written over. The catalogue is `docs/reference/clauses.md`.

A fact that the study gives no ground for is unknown: it is left out, never false and never zero.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from footproof.assess import Assessment
from footproof.interpret import clause_data, clause_power, clause_required, clause_system
from footproof.interpret.clause_view import FactValue, Finder, Known, Unknown, View

__all__ = ["FACTS", "Fact", "FactValue", "Known", "Unknown", "facts", "found_facts", "known_facts"]


@dataclass(frozen=True, slots=True)
class Fact:
    """One entry of the catalogue; what it means is in the texts, under `fact.<id>`.

    Args:
        unit: "truth", "text", or the unit of the number.
        find: Returns the fact; `Unknown` or None where the study gives no ground for it.
    """

    id: str
    unit: str
    find: Finder


FACTS: Mapping[str, Fact] = {
    name: Fact(name, unit, find)
    for group in (clause_system.FACTS, clause_data.FACTS, clause_required.FACTS, clause_power.FACTS)
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
    return {name: item for name, item in found_facts(assessment).items() if isinstance(item, Known)}


def found_facts(assessment: Assessment) -> Mapping[str, Known | Unknown]:
    """Return every fact that is known of a study, and those of which it can be said why they are not.

    Args:
        assessment: The footprint with its study, rule and sheet.
    """
    view = View(assessment)
    found = {name: fact.find(view) for name, fact in FACTS.items()}
    return {name: item for name, item in found.items() if item is not None}
