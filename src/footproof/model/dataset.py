"""Background data as read from a database file, before anything is linked: flows, exchanges, datasets, findings.

Figures are floats here: background amounts are inputs of the matrix engine and become decimals where a study takes
them up (`assess`). Nothing is repaired in silence: what a reader changed or could not read is a finding.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class FlowKind(StrEnum):
    """What crosses the boundary of a process."""

    PRODUCT = "product"
    WASTE = "waste"
    ELEMENTARY = "elementary"


class DatasetKind(StrEnum):
    """How much of its own chain a dataset holds."""

    UNIT = "unit process"
    SYSTEM = "system process"
    SECTOR = "input-output sector"


class Severity(StrEnum):
    """How much a finding matters: a repair that changes nothing, a gap, or something that was left out."""

    REPAIRED = "repaired"
    WARNING = "warning"
    LOST = "lost"


class Distribution(StrEnum):
    """Distributions of exchange amounts."""

    LOGNORMAL = "lognormal"
    NORMAL = "normal"
    TRIANGULAR = "triangular"
    UNIFORM = "uniform"


@dataclass(frozen=True, slots=True)
class Uncertainty:
    """A distribution around an amount.

    Args:
        distribution: Which one.
        parameters: Lognormal: (geometric standard deviation, > 1) around the amount as median; normal: (standard
            deviation); triangular: (lowest, most likely, highest); uniform: (lowest, highest). Empty where a
            lognormal spread is to be derived from the pedigree. [unit of the amount]
        pedigree: Scores 1 to 5 as the file gives them, or empty.
    """

    distribution: Distribution
    parameters: tuple[float, ...]
    pedigree: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Flow:
    """A product, waste or elementary flow of a database.

    Args:
        id: As in the file, or made of name, unit and category where the file has none.
        name: Name without surrounding blanks.
        kind: Product, waste or elementary.
        unit: Unit of measurement as the file writes it.
        category: Compartment or classification, from coarse to fine.
        names: Name by language where the file has several.
        cas: CAS number without leading zeros, or empty.
        location: Code, or empty.
    """

    id: str
    name: str
    kind: FlowKind
    unit: str
    category: tuple[str, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    cas: str = ""
    location: str = ""


@dataclass(frozen=True, slots=True)
class DataExchange:
    """One line of a dataset.

    Args:
        flow: Id of the flow.
        amount: As written; the sign is the file's. [unit]
        unit: As the file writes it.
        input: Whether the process takes it.
        provider: Id of the dataset that supplies it, where the file says so.
        reference: Whether it is the quantitative reference.
        avoided: Whether it is a product that is avoided (substitution).
        uncertainty: Its distribution, where the file has one.
        location: Code of where it comes from, where the file says so.
    """

    flow: str
    amount: float
    unit: str
    input: bool
    provider: str = ""
    reference: bool = False
    avoided: bool = False
    uncertainty: Uncertainty | None = None
    location: str = ""


@dataclass(frozen=True, slots=True)
class Dataset:
    """A background process.

    Args:
        id: As in the file.
        name: Name without surrounding blanks.
        kind: Unit process, system process or sector.
        location: Code, or empty.
        exchanges: In the order of the file.
        allocation: Share of each product by basis ("physical", "economic", "causal") and flow id, where given. [1]
        period: First and last year or date as text, where the file says so.
        names: Name by language.
        category: Classification, from coarse to fine.
        role: "virgin", "recycled", "market mix", "disposal" or empty.
        comment: Remarks of the authors.
        file: Where it was read, inside the archive.
    """

    id: str
    name: str
    kind: DatasetKind
    location: str
    exchanges: tuple[DataExchange, ...]
    allocation: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    period: tuple[str, str] = ("", "")
    names: Mapping[str, str] = field(default_factory=dict)
    category: tuple[str, ...] = ()
    role: str = ""
    comment: str = ""
    file: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something a reader of a database must know; its wording is the record of its code.

    Args:
        code: Such as "F-NAME-BLANK".
        severity: Repaired, warning or lost.
        file: Where, inside the archive.
        place: Path, line or id inside the file.
        values: What the wording refers to.
    """

    code: str
    severity: Severity
    file: str
    place: str = ""
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DataSource:
    """A database as read.

    Args:
        format: Such as "openLCA JSON-LD 1" or "ILCD".
        datasets: By id, in the order of the file.
        flows: By id.
        findings: What was repaired, missing or lost.
    """

    format: str
    datasets: Mapping[str, Dataset]
    flows: Mapping[str, Flow]
    findings: tuple[Finding, ...]
