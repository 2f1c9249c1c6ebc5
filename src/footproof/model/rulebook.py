"""A rulebook edition: what a rule computes and checks, as data. Its digest is its identity."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from footproof.model.bilingual import Bilingual

COMMON_AXES = frozenset({"functional_unit", "boundary", "gwp", "biogenic", "methane", "electricity", "end_of_life"})
"""What every rule decides, whether or not it offers options: a clause may name it, for the comparison of two rules."""


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
        extensible: Whether an edition that inherits it may add options of its own.
    """

    id: str
    name: Bilingual
    clause: str
    default: str
    open: bool
    companion: str
    options: tuple[Option, ...]
    extensible: bool = False


@dataclass(frozen=True, slots=True)
class Requirement:
    """A figure that the study must give, or a choice among words where there are options.

    Args:
        unit: Of the figure; "1" for a word.
        options: Words that may be given.
        default: What counts where the study says nothing: a number as text, or one of the words; empty if it must say.
    """

    id: str
    unit: str
    name: Bilingual
    options: tuple[str, ...] = ()
    default: str = ""


class DataSource(StrEnum):
    """Where data that a rule asks for may come from."""

    PRIMARY = "primary"
    SECONDARY = "secondary"
    ANY = "any"


MINOR_ROW = Decimal("0.01")
MINOR_ROWS = Decimal("0.05")
"""What a single row and all minor rows together may make of a stage: the usual cut-off of Chinese product standards."""


@dataclass(frozen=True, slots=True)
class DataRequirement:
    """Data that the maker collects, and how good they must be.

    Args:
        clause: Clause that asks for them.
        source: Whether they are measured on site.
        quality: Highest (poorest) score that is admitted, 1 to 5; None where the rule sets none.
        stages: Life-cycle stages they are needed for.
        processes: Processes of the study they are needed for; with neither, the whole study.
        share: Part of the contribution of those rows that has to come from the site; None where the rule states none,
            and then only minor rows may do without: `MINOR_ROW` each and `MINOR_ROWS` together at most. [1]
    """

    id: str
    name: Bilingual
    clause: str
    source: DataSource
    quality: Decimal | None = None
    stages: tuple[str, ...] = ()
    processes: tuple[str, ...] = ()
    share: Decimal | None = None


@dataclass(frozen=True, slots=True)
class ReportedValue:
    """A result that the rule wants stated on its own, such as ISO 14067's values."""

    id: str
    name: Bilingual
    clause: str


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """One row of a decision table.

    Args:
        conditions: One per input: words that match, an interval, or "*" for anything.
        then: Expression, or the word that the table gives.
    """

    conditions: Mapping[str, tuple[str, ...] | str]
    then: str


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision table: exactly one row holds for any inputs. It is computed as the formula of the same name.

    Args:
        unit: Of what it gives; empty where it gives words.
        inputs: Names of axes, required figures and words, and formulas.
        axis: Axis it belongs to, as for a formula.
    """

    id: str
    clause: str
    name: Bilingual
    unit: str
    inputs: tuple[str, ...]
    rows: tuple[DecisionRow, ...]
    axis: str = ""


@dataclass(frozen=True, slots=True)
class Formula:
    """A named formula over required figures, axes, tables and other formulas.

    Args:
        axis: Axis it belongs to: where two rules are compared, it goes over from one to the other with that axis.
        beside: Whether it is stated beside the result, which does not rest on it.
    """

    id: str
    expr: str
    unit: str
    clause: str
    name: Bilingual
    axis: str = ""
    beside: bool = False


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
class TableSource:
    """Where the numbers of a table come from.

    Args:
        confidence: How they are known ("official", "secondary", "derived", "recalled"), or empty.
        clause: Clause that sets them, or empty.
    """

    source: str
    confidence: str = ""
    clause: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """A worked example of a formula."""

    name: str
    formula: str
    given: Mapping[str, Decimal | str]
    expect: Decimal | str
    source: str
    file: str = ""
    line: int | None = None


@dataclass(frozen=True, slots=True)
class CheckCase:
    """A worked example of a check: facts of a study, and whether the clause is met."""

    name: str
    clause: str
    facts: Mapping[str, Decimal | str | bool]
    met: bool
    file: str = ""
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Rulebook:
    """One edition of a rule, with what it inherits.

    Args:
        parent: Name of the edition it inherits from, or empty.
        given: Names that only worked examples give.
        files: Its own files by path.
        shipped_digest: Where this edition was read from a folder and bears the id of one that ships, without being it:
            the digest of the shipped one; else empty.
    """

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
    parent_digest: str = ""
    given: tuple[str, ...] = ()
    data: Mapping[str, DataRequirement] = field(default_factory=dict)
    decisions: Mapping[str, Decision] = field(default_factory=dict)
    check_cases: tuple[CheckCase, ...] = ()
    reported: Mapping[str, ReportedValue] = field(default_factory=dict)
    sources: Mapping[str, TableSource] = field(default_factory=dict)
    shipped_digest: str = ""

    @property
    def name(self) -> str:
        """Return `id@edition`."""
        return f"{self.id}@{self.edition}"
