"""What the files of one edition say, before anything is inherited."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from typing import TypeVar

from footproof.errors import Where
from footproof.formats.toml import Table
from footproof.model.bilingual import Bilingual
from footproof.model.rulebook import (
    Axis,
    Case,
    CheckCase,
    Clause,
    DataRequirement,
    Decision,
    ElectricityRule,
    Formula,
    FunctionalUnit,
    RecyclingTerm,
    ReportedValue,
    Requirement,
    TableSource,
)
from footproof.rules import edition_parts as part
from footproof.rules.edition_clauses import read_cases, read_clauses
from footproof.rules.edition_parts import Choice
from footproof.rules.reading import CLAUSES, RULE, Reading

T = TypeVar("T")

HEAD = (
    "id",
    "edition",
    "status",
    "status_note",
    "title",
    "parent",
    "stage",
    "excluded_stages",
    "gwp",
    "biogenic",
    "methane",
    "digits",
    "functional_unit",
    "electricity",
    "axis",
    "require",
    "data",
    "table",
    "formula",
    "decision",
    "recycling",
    "report",
    "given",
)


@dataclass(frozen=True, slots=True)
class Own:
    """What an edition itself says."""

    head: Table
    clauses: Mapping[str, Clause]
    clause_places: Mapping[str, Where]
    stages: Mapping[str, Bilingual] = field(default_factory=dict)
    axes: Mapping[str, Axis] = field(default_factory=dict)
    choices: Mapping[str, Choice] = field(default_factory=dict)
    requirements: Mapping[str, Requirement] = field(default_factory=dict)
    data: Mapping[str, DataRequirement] = field(default_factory=dict)
    tables: Mapping[str, tuple[str, Mapping[str, Decimal]]] = field(default_factory=dict)
    sources: Mapping[str, TableSource] = field(default_factory=dict)
    formulas: Mapping[str, Formula] = field(default_factory=dict)
    decisions: Mapping[str, Decision] = field(default_factory=dict)
    recycling: tuple[RecyclingTerm, ...] = ()
    reported: Mapping[str, ReportedValue] = field(default_factory=dict)
    functional_unit: FunctionalUnit | None = None
    electricity: ElectricityRule | None = None
    cases: tuple[Case, ...] = ()
    check_cases: tuple[CheckCase, ...] = ()

    def place(self, *path: str | int) -> Where:
        """Return where a part stands in rule.toml."""
        shown = ".".join(map(str, path))
        return Where(self.head.name, self.head.lines(tuple(path)), shown or None)

    def declared(self, group: str) -> set[str]:
        """Return the names of a group, those that could not be read included."""
        found = self.head.values.get(group, {})
        return set(found) if isinstance(found, dict) else set()


def read_own(files: Mapping[str, bytes]) -> tuple[Own | None, Reading]:
    """Return what an edition itself says and what is wrong with it.

    Args:
        files: Content by path inside the folder of the edition.

    Returns:
        Nothing and the problems where rule.toml or clauses.toml is no TOML; else what could be read.
    """
    reading = Reading(files)
    head = reading.open(RULE)
    clause_file = reading.open(CLAUSES)
    if head is None or clause_file is None:
        return None, reading
    reading.refuse_unknown(head, HEAD)
    clauses, places = read_clauses(reading, clause_file)
    both_axes = reading.each(
        head, "axis", partial(part.axis, by_clause={item.axis: name for name, item in clauses.items()})
    )
    tables = reading.each(head, "table", part.table_of)
    cases, checks = read_cases(reading)
    own = Own(
        head=head,
        clauses=clauses,
        clause_places=places,
        stages=reading.each(head, "stage", part.stage),
        axes={name: item for name, item in both_axes.items() if isinstance(item, Axis)},
        choices={name: item for name, item in both_axes.items() if isinstance(item, Choice)},
        requirements=reading.each(head, "require", part.requirement),
        data=reading.each(head, "data", part.data),
        tables={name: (item[0], item[1]) for name, item in tables.items()},
        sources={name: item[2] for name, item in tables.items()},
        formulas=reading.each(head, "formula", part.formula),
        decisions=reading.each(head, "decision", part.decision),
        recycling=part.recycling_terms(reading, head),
        reported=part.reported(reading, head),
        functional_unit=_if(reading, head, "functional_unit", part.functional_unit),
        electricity=_if(reading, head, "electricity", part.electricity),
        cases=cases,
        check_cases=checks,
    )
    return own, reading


def _if(reading: Reading, head: Table, key: str, read: Callable[[Reading, Table], T]) -> T | None:
    if key not in head.values:
        return None
    return reading.attempt(lambda: read(reading, head.table(key)))
