"""A rulebook edition: what a rule computes and checks, as data. Its digest is its identity."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from footproof.model.bilingual import Bilingual


class Status(StrEnum):
    """Standing of a rule; it is said wherever a result of the rule is shown."""

    IN_FORCE = "in-force"
    DRAFT = "draft"
    PROVISIONAL = "provisional"


class ClauseKind(StrEnum):
    """How a clause is applied."""

    COMPUTE = "compute"
    CHECK = "check"
    EVIDENCE = "evidence"
    JUDGEMENT = "judgement"


@dataclass(frozen=True, slots=True)
class Clause:
    """One requirement in our own words.

    Args:
        id: Clause id of the rulebook.
        refers_to: Clause of the standard or regulation it follows.
        kind: How it is applied.
        confidence: How we know the requirement.
        severity: "shall", "should" or "may".
        check: Expression over the facts of a study that must hold, for a check; else empty.
        needs: Facts that must be true for the clause to be met on evidence; for an evidence clause.
        where: Part of the study to change where it is not met.
        finding: What a study that does not meet it is told; `{fact}` stands for the value of a fact.
        axis: Axis that the clause decides, where it decides one.
    """

    id: str
    refers_to: str
    kind: ClauseKind
    text: Bilingual
    confidence: str
    severity: str = "shall"
    check: str = ""
    needs: tuple[str, ...] = ()
    where: str = ""
    finding: Bilingual | None = None
    axis: str = ""


@dataclass(frozen=True, slots=True)
class Option:
    """One way to decide an axis."""

    id: str
    name: Bilingual


@dataclass(frozen=True, slots=True)
class Axis:
    """A methodological choice that rules make differently.

    Args:
        open: Whether the rule leaves the choice open: then its options span an interval.
        companion: Option whose result is stated besides, or empty.
    """

    id: str
    name: Bilingual
    clause: str
    default: str
    open: bool
    companion: str
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class Requirement:
    """A figure that the study must give, or a choice among words where there are options.

    Args:
        unit: Of the figure; "1" for a word.
        options: Words that may be given.
    """

    id: str
    unit: str
    name: Bilingual
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Formula:
    """A named formula over required figures, axes, tables and other formulas.

    Args:
        axis: Axis it belongs to: where two rules are compared, it goes over from one to the other with that axis.
    """

    id: str
    expr: str
    unit: str
    clause: str
    name: Bilingual
    axis: str = ""


@dataclass(frozen=True, slots=True)
class FunctionalUnit:
    """The unit of the result, set by the rule.

    Args:
        flow: How much of the reference product makes one unit.
    """

    name: Bilingual
    unit: str
    flow: str
    boundary: Bilingual
    clause: str


@dataclass(frozen=True, slots=True)
class ElectricityRule:
    """How electricity of the reporting site is counted.

    Args:
        average: Parameter of the grid mix.
        delivery: Parameter of transmission and distribution, added to contracted generation.
        technologies: Parameter of each kind of generation.
        admitted: Formula: share of contracted electricity the rule admits. [1]
        criteria: Criteria a contract must meet to count at all.
    """

    average: str
    delivery: str
    technologies: Mapping[str, str]
    admitted: str
    criteria: tuple[str, ...]
    clause: str


@dataclass(frozen=True, slots=True)
class RecyclingTerm:
    """One term that each row of recycling.csv makes.

    Args:
        amount: Formula over `amount`, r1, r2, a, q_in, q_out, the axes and the formulas of the rule.
        factor: Column whose factor it takes: "virgin", "recycled" or "disposal".
    """

    id: str
    stage: str
    amount: str
    factor: str
    clause: str


@dataclass(frozen=True, slots=True)
class Case:
    """A worked example of a formula."""

    name: str
    formula: str
    given: Mapping[str, Decimal | str]
    expect: Decimal
    source: str


@dataclass(frozen=True, slots=True)
class Rulebook:
    """One edition of a rule."""

    id: str
    edition: str
    digest: str
    status: Status
    status_note: Bilingual
    title: Bilingual
    parent: str
    stages: Mapping[str, Bilingual]
    excluded_stages: tuple[str, ...]
    gwp: str
    biogenic: str
    methane: str
    digits: int
    functional_unit: FunctionalUnit | None
    electricity: ElectricityRule
    axes: Mapping[str, Axis]
    requirements: Mapping[str, Requirement]
    tables: Mapping[str, tuple[str, Mapping[str, Decimal]]]
    formulas: Mapping[str, Formula]
    recycling: tuple[RecyclingTerm, ...]
    clauses: Mapping[str, Clause]
    cases: tuple[Case, ...]
    files: Mapping[str, bytes]

    @property
    def name(self) -> str:
        """Return `id@edition`."""
        return f"{self.id}@{self.edition}"
