"""A database made into a system: its activities, who supplies whom, and every choice on the way."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from footproof.model.dataset import DataSource, Finding
from footproof.model.linking import Settings
from footproof.quantify.system import Index, System, Vector


@dataclass(frozen=True, slots=True)
class Activity:
    """One product of one dataset: a column of the system, and the row of the same number.

    Args:
        id: The dataset's id; with the flow's behind a solidus where the dataset has several products.
        dataset: Id of the dataset.
        flow: Id of the flow it makes, or takes where it is a service.
        amount: What one run makes. [unit of the flow]
        share: Its part of the inputs and emissions of the dataset. [1]
        method: How that part was found; empty where there is one product only.
        service: Whether the flow is taken, not made: a treatment, or the use of a product.
        supplies: Whether others may be linked to it. The use of a product supplies nobody.
        location: Code, or empty.
        role: "virgin", "recycled", "market mix", "disposal" or empty.
    """

    id: str
    dataset: str
    flow: str
    amount: float
    share: float
    method: str = ""
    service: bool = False
    supplies: bool = True
    location: str = ""
    role: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """Something that was decided, by a person or by a preference.

    Args:
        kind: "supplier", "allocation", "role", "tag" or "exclusion".
        subject: Id of the flow or dataset.
        method: How it was decided.
        result: What came out: share by activity id, or a word.
        user: For whom: a dataset, a location, or empty for all.
        count: How many exchanges or datasets it concerns.
    """

    kind: str
    subject: str
    method: str
    result: Mapping[str, str] = field(default_factory=dict)
    user: str = ""
    count: int = 1


@dataclass(frozen=True, slots=True)
class Gap:
    """An input that nobody supplies.

    Args:
        activity: Number of the activity that takes it.
        flow: Id of the flow.
        amount: Per run of the activity, after allocation; negative for a credit that could not be given. [unit]
        unit: Unit of the amount.
        reason: "no supplier", "namesake" where a product has the same name but another id and names are not to be
            matched, "several suppliers" where none is to be preferred, "unit" where units do not convert, "left out"
            by a person.
    """

    activity: int
    flow: str
    amount: float
    unit: str
    reason: str


@dataclass(frozen=True, slots=True)
class Entries:
    """What a matrix was summed from: which exchange brought how much to which place.

    Args:
        rows: Row of each part.
        columns: Column of each part.
        amounts: Amount of each part. [unit of the row / run]
        lines: Number of the exchange it came from, counted through the database; −1 for what a run makes.
    """

    rows: Index
    columns: Index
    amounts: Vector
    lines: Index


@dataclass(frozen=True, slots=True)
class Background:
    """A database made into a system.

    Args:
        source: The database as read.
        settings: What steered it.
        activities: Column `j` of the system makes row `j`.
        system: The matrices.
        flows: Ids of the elementary flows, row by row of the biosphere.
        choices: What was decided.
        gaps: Inputs without supplier.
        findings: What could not be used and what was assumed.
        inputs: What the technosphere was summed from.
        emissions: What the biosphere was summed from.
    """

    source: DataSource
    settings: Settings
    activities: tuple[Activity, ...]
    system: System
    flows: tuple[str, ...]
    choices: tuple[Choice, ...]
    gaps: tuple[Gap, ...]
    findings: tuple[Finding, ...]
    inputs: Entries
    emissions: Entries

    def unit(self, number: int) -> str:
        """Return the unit in which an activity counts what it makes."""
        return self.source.flows[self.activities[number].flow].unit

    def name(self, number: int) -> str:
        """Return the name of the dataset of an activity."""
        return self.source.datasets[self.activities[number].dataset].name
