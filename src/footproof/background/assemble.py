"""Make the matrices of a database: one column and one row for each product of each dataset.

Column `j` is a run of the dataset of activity `j` with that product's share of its inputs and emissions; the diagonal
is what the run makes, net of its own use. What is given off is positive, what is taken from nature negative.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

import numpy as np
from scipy.sparse import csc_array

from footproof.background.allocation import ALONE, allocate
from footproof.background.linked import Activity, Background, Choice, Entries, Gap
from footproof.background.measures import between
from footproof.background.products import Converter, Output, converter, outputs
from footproof.background.roles import AIRCRAFT, is_tagged, role_of
from footproof.background.suppliers import Suppliers, Supply
from footproof.errors import FootproofError
from footproof.formats.database import conversions
from footproof.formats.repair import Notes
from footproof.model.dataset import DataExchange, Dataset, DatasetKind, DataSource, FlowKind
from footproof.model.linking import AllocationMethod, Settings
from footproof.quantify.system import System

BY_REFERENCE = frozenset({"ILCD", "TIDAS"})
WITH_IDS = frozenset({"ILCD", "TIDAS", "openLCA", "EcoSpold 2"})


def default_settings(source: DataSource) -> Settings:
    """Return what holds for a database where nobody chose anything.

    ILCD and TIDAS do not tell co-products from wastes reliably: their reference carries all burdens, which errs on the
    side of a higher figure. Elsewhere shares of the file, mass, energy and cut-off are tried in that order. Where flows
    have identifiers of their own, a flow of the same name is another flow until a person says otherwise.
    """
    family = source.format.partition(" ")[0]
    names = not ({family, source.format} & WITH_IDS)
    if family in BY_REFERENCE:
        return Settings(match_names=names, allocation=(AllocationMethod.GIVEN, AllocationMethod.CUT_OFF))
    return Settings(match_names=names)


def assemble(source: DataSource, settings: Settings) -> Background:
    """Return the system of a database.

    Args:
        source: The database as read.
        settings: Suppliers, allocation, exclusions, roles and tags.

    Raises:
        FootproofError: E-LINK-CHOICE, E-ALLOCATION where a choice cannot be applied; E-LINK-NOTHING where no dataset
            makes anything.
    """
    return _Assembly(source, settings).background()


def first_lines(source: DataSource) -> dict[str, int]:
    """Return the number of the first exchange of each dataset, counted through the database."""
    counts = accumulate((len(dataset.exchanges) for dataset in source.datasets.values()), initial=0)
    return dict(zip(source.datasets, counts, strict=False))


@dataclass(slots=True)
class _Parts:
    """Entries of a matrix in the making."""

    rows: list[int] = field(default_factory=list)
    columns: list[int] = field(default_factory=list)
    amounts: list[float] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)

    def add(self, row: int, column: int, amount: float, line: int) -> None:
        self.rows.append(row)
        self.columns.append(column)
        self.amounts.append(amount)
        self.lines.append(line)

    def entries(self) -> Entries:
        rows, columns, lines = (np.array(each, dtype=np.int64) for each in (self.rows, self.columns, self.lines))
        return Entries(rows, columns, np.array(self.amounts, dtype=np.float64), lines)


def _matrix(entries: Entries, rows: int, columns: int) -> csc_array:
    return csc_array((entries.amounts, (entries.rows, entries.columns)), shape=(rows, columns))


@dataclass(frozen=True, slots=True)
class _Use:
    """An exchange of a dataset as part of one activity; `line` numbers it through the database."""

    number: int
    activity: Activity
    dataset: Dataset
    exchange: DataExchange
    line: int


class _Assembly:
    """Holds what grows while a database is walked through."""

    def __init__(self, source: DataSource, settings: Settings) -> None:
        self.source, self.settings = source, settings
        self.notes = Notes()
        self.converted: Converter = converter(source, dict(conversions(source)))
        self.choices: list[Choice] = []
        self.gaps: list[Gap] = []
        self.technosphere, self.biosphere = _Parts(), _Parts()
        self.first = first_lines(source)
        self.flows: dict[str, int] = {}
        self.made: dict[str, tuple[Output, ...]] = {}
        self.supplies: dict[tuple[str, str, str, tuple[tuple[int, float], ...]], int] = {}
        self.activities = self._activities(self._kept())
        if not self.activities:
            raise FootproofError("E-LINK-NOTHING", datasets=len(source.datasets))
        self.suppliers = Suppliers(source, self.activities, settings)

    def background(self) -> Background:
        for number, activity in enumerate(self.activities):
            self._column(number, activity)
        size = len(self.activities)
        production = np.array([activity.amount for activity in self.activities])
        inputs, emissions = self.technosphere.entries(), self.biosphere.entries()
        system = System(
            _matrix(inputs, size, size),
            _matrix(emissions, len(self.flows), size),
            {AIRCRAFT: self._tagged(AIRCRAFT)},
            production,
        )
        return Background(
            source=self.source,
            settings=self.settings,
            activities=self.activities,
            system=system,
            flows=tuple(self.flows),
            choices=(*self.choices, *self._supplier_choices()),
            gaps=tuple(self.gaps),
            findings=tuple(self.notes.findings),
            inputs=inputs,
            emissions=emissions,
        )

    # ---- what is made

    def _kept(self) -> list[Dataset]:
        named = {item.dataset: item for item in self.settings.exclusions if item.dataset}
        kinds = {DatasetKind(item.kind): item for item in self.settings.exclusions if item.kind}
        for name in named.keys() - self.source.datasets.keys():
            raise FootproofError("E-LINK-DATASET", dataset=name)
        kept, left = [], dict.fromkeys(kinds, 0)
        for dataset in self.source.datasets.values():
            if dataset.id in named:
                self.choices.append(Choice("exclusion", dataset.id, "choice", {"reason": named[dataset.id].reason}))
            elif dataset.kind in kinds:
                left[dataset.kind] += 1
            else:
                kept.append(dataset)
        for kind, count in left.items():
            self.choices.append(Choice("exclusion", kind.value, "kind", {"reason": kinds[kind].reason}, count=count))
        return kept

    def _activities(self, datasets: Iterable[Dataset]) -> tuple[Activity, ...]:
        found: list[Activity] = []
        for dataset in datasets:
            made = outputs(dataset, self.source, self.converted)
            self.made[dataset.id] = made
            if not made:
                self._makes_nothing(dataset)
                continue
            self._note_product(dataset, made[0])
            role, how = role_of(dataset, self.settings)
            if how in {"choice", "name"}:
                self.choices.append(Choice("role", dataset.id, how, {"role": role}))
            activities = self._of_dataset(dataset, made, role)
            if not activities:
                self.notes.lost("F-LINK-NO-REFERENCE", dataset.file, dataset.id, name=dataset.name, count=len(made))
            found += activities
        return tuple(found)

    def _of_dataset(self, dataset: Dataset, made: Sequence[Output], role: str) -> list[Activity]:
        if len(made) == 1:
            shares, method = {made[0].flow: 1.0}, ""
        else:
            allocation = allocate(dataset, made, self.source, self.settings)
            if allocation is None:
                return []
            shares, method = dict(allocation.shares), allocation.method.value
            shown = {flow: f"{share:.6g}" for flow, share in shares.items()}
            how = "choice" if dataset.id in self.settings.allocations else "preference"
            self.choices.append(Choice("allocation", dataset.id, f"{method} ({how})", shown))
        single = len(shares) == 1
        return [
            Activity(
                id=dataset.id if single else f"{dataset.id}/{each.flow}",
                dataset=dataset.id,
                flow=each.flow,
                amount=each.amount,
                share=shares[each.flow],
                method=method,
                service=each.service,
                supplies=each.supplies,
                location=dataset.location,
                role=role,
            )
            for each in made
            if each.flow in shares
        ]

    def _makes_nothing(self, dataset: Dataset) -> None:
        references = [exchange for exchange in dataset.exchanges if exchange.reference]
        reason = "E" if not dataset.exchanges else "Z" if references else "N"
        code = {"E": "F-LINK-EMPTY", "Z": "F-LINK-REFERENCE-ZERO", "N": "F-LINK-NO-PRODUCT"}[reason]
        self.notes.lost(code, dataset.file, dataset.id, name=dataset.name)

    def _note_product(self, dataset: Dataset, first: Output) -> None:
        flow = self.source.flows[first.flow]
        if not first.reference:
            self.notes.warn("F-LINK-REFERENCE-ASSUMED", dataset.file, dataset.id, name=dataset.name, flow=flow.name)
        if flow.kind is FlowKind.ELEMENTARY:
            self.notes.warn("F-LINK-REFERENCE-ELEMENTARY", dataset.file, dataset.id, name=dataset.name, flow=flow.name)
        elif not first.supplies:
            self.notes.warn("F-LINK-REFERENCE-INPUT", dataset.file, dataset.id, name=dataset.name, flow=flow.name)

    # ---- what is used and given off

    def _column(self, number: int, activity: Activity) -> None:
        dataset = self.source.datasets[activity.dataset]
        made = {line: each for each in self.made[dataset.id] for line in each.lines}
        self.technosphere.add(number, number, activity.amount, -1)
        for line, exchange in enumerate(dataset.exchanges):
            use = _Use(number, activity, dataset, exchange, self.first[dataset.id] + line)
            output = made.get(line)
            if output is None:
                self._exchange(use)
            elif activity.method in ALONE and output.flow != activity.flow:
                self._left_over(use)

    def _exchange(self, use: _Use) -> None:
        exchange, flow = use.exchange, self.source.flows[use.exchange.flow]
        if exchange.amount == 0:
            return
        amount = self.converted(exchange)
        if amount is None:
            self._unconverted(use)
        elif flow.kind is FlowKind.ELEMENTARY:
            signed = -amount if exchange.input else amount
            row = self.flows.setdefault(exchange.flow, len(self.flows))
            self.biosphere.add(row, use.number, signed * use.activity.share, use.line)
        else:
            leaves = (flow.kind is FlowKind.WASTE) is not exchange.input  # Waste that leaves asks for treatment.
            taken = amount if leaves and not exchange.avoided else -amount
            self._link(use, taken * use.activity.share)

    def _unconverted(self, use: _Use) -> None:
        exchange, flow = use.exchange, self.source.flows[use.exchange.flow]
        self.notes.lost(
            "F-LINK-UNIT", use.dataset.file, use.dataset.id, flow=flow.name, found=exchange.unit, needed=flow.unit
        )
        if flow.kind is not FlowKind.ELEMENTARY:
            amount = exchange.amount * use.activity.share
            self.gaps.append(Gap(use.number, exchange.flow, amount, exchange.unit, "unit"))

    def _left_over(self, use: _Use) -> None:
        """Credit what a co-product replaces, where its process is allocated by substitution; else it leaves free."""
        amount = self.converted(use.exchange)
        if amount is not None and use.activity.method == AllocationMethod.SUBSTITUTION.value:
            self._link(use, -amount)

    def _link(self, use: _Use, taken: float) -> None:
        asked = use.exchange.flow
        supply = self.suppliers.supply(use.exchange, use.dataset)
        own, other = self.source.flows[asked].unit, self.source.flows[supply.flow].unit
        factor = between(own, other) if supply.flow != asked else 1.0
        if not supply.shares or factor is None:
            reason = "unit" if supply.shares else supply.method
            self.gaps.append(Gap(use.number, asked, taken, own, reason))
            return
        self._remember(supply, asked, use.dataset)
        for supplier, share in supply.shares:
            self.technosphere.add(supplier, use.number, -taken * factor * share, use.line)

    # ---- what was decided

    def _remember(self, supply: Supply, flow: str, dataset: Dataset) -> None:
        if supply.method not in {"only one", "provider"}:
            user = dataset.id if supply.method == "choice" else dataset.location
            key = (flow, supply.method, user, supply.shares)
            self.supplies[key] = self.supplies.get(key, 0) + 1

    def _supplier_choices(self) -> list[Choice]:
        return [
            Choice(
                "supplier",
                flow,
                method,
                {self.activities[number].id: f"{share:.6g}" for number, share in shares},
                user,
                count,
            )
            for (flow, method, user, shares), count in self.supplies.items()
        ]

    def _tagged(self, tag: str) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        marks: dict[str, bool] = {}
        for activity in self.activities:
            if activity.dataset not in marks:
                dataset = self.source.datasets[activity.dataset]
                marks[activity.dataset], how = is_tagged(tag, dataset, self.settings)
                if marks[activity.dataset]:
                    self.choices.append(Choice("tag", activity.dataset, how, {"tag": tag}))
        return np.array([marks[activity.dataset] for activity in self.activities], dtype=np.bool_)
