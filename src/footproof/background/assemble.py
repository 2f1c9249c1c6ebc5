"""Make the matrices of a database: one column and one row for each product of each dataset.

Column `j` is a run of the dataset of activity `j` with that product's share of its inputs and emissions; the diagonal
is what the run makes, net of its own use. What is given off is positive, what is taken from nature negative.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.sparse import csc_array

from footproof.background.allocation import ALONE, allocate
from footproof.background.linked import Activity, Background, Choice, Gap
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


@dataclass(slots=True)
class _Entries:
    """Entries of a matrix in the making."""

    rows: list[int] = field(default_factory=list)
    columns: list[int] = field(default_factory=list)
    amounts: list[float] = field(default_factory=list)

    def add(self, row: int, column: int, amount: float) -> None:
        self.rows.append(row)
        self.columns.append(column)
        self.amounts.append(amount)

    def matrix(self, rows: int, columns: int) -> csc_array:
        place = (np.array(self.rows, dtype=np.int64), np.array(self.columns, dtype=np.int64))
        return csc_array((np.array(self.amounts, dtype=np.float64), place), shape=(rows, columns))


class _Assembly:
    """Holds what grows while a database is walked through."""

    def __init__(self, source: DataSource, settings: Settings) -> None:
        self.source, self.settings = source, settings
        self.notes = Notes()
        self.converted: Converter = converter(source, dict(conversions(source)))
        self.choices: list[Choice] = []
        self.gaps: list[Gap] = []
        self.technosphere, self.biosphere = _Entries(), _Entries()
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
        system = System(
            self.technosphere.matrix(size, size),
            self.biosphere.matrix(len(self.flows), size),
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
        self.technosphere.add(number, number, activity.amount)
        for line, exchange in enumerate(dataset.exchanges):
            output = made.get(line)
            if output is None:
                self._exchange(number, activity, dataset, exchange)
            elif activity.method in ALONE and output.flow != activity.flow:
                self._left_over(number, activity, dataset, exchange)

    def _exchange(self, number: int, activity: Activity, dataset: Dataset, exchange: DataExchange) -> None:
        flow = self.source.flows[exchange.flow]
        if exchange.amount == 0:
            return
        amount = self.converted(exchange)
        if amount is None:
            self.notes.lost(
                "F-LINK-UNIT", dataset.file, dataset.id, flow=flow.name, found=exchange.unit, needed=flow.unit
            )
            if flow.kind is not FlowKind.ELEMENTARY:
                self.gaps.append(Gap(number, exchange.flow, exchange.amount * activity.share, exchange.unit, "unit"))
        elif flow.kind is FlowKind.ELEMENTARY:
            signed = -amount if exchange.input else amount
            row = self.flows.setdefault(exchange.flow, len(self.flows))
            self.biosphere.add(row, number, signed * activity.share)
        else:
            self._intermediate(number, dataset, exchange, amount * activity.share)

    def _intermediate(self, number: int, dataset: Dataset, exchange: DataExchange, amount: float) -> None:
        """Link a product or waste: taken, handed to treatment, or avoided."""
        waste = self.source.flows[exchange.flow].kind is FlowKind.WASTE
        if exchange.avoided:
            taken = -amount
        elif waste:
            taken = amount if not exchange.input else -amount
        else:
            taken = amount if exchange.input else -amount
        self._link(number, dataset, exchange, taken)

    def _left_over(self, number: int, activity: Activity, dataset: Dataset, exchange: DataExchange) -> None:
        """Credit what a co-product replaces, where its process is allocated by substitution; else it leaves free."""
        amount = self.converted(exchange)
        if amount is not None and activity.method == AllocationMethod.SUBSTITUTION.value:
            self._link(number, dataset, exchange, -amount)

    def _link(self, number: int, dataset: Dataset, exchange: DataExchange, taken: float) -> None:
        supply = self.suppliers.supply(exchange, dataset)
        own, other = self.source.flows[exchange.flow].unit, self.source.flows[supply.flow].unit
        factor = between(own, other) if supply.flow != exchange.flow else 1.0
        if not supply.shares or factor is None:
            reason = "unit" if supply.shares else supply.method
            self.gaps.append(Gap(number, exchange.flow, taken, own, reason))
            return
        self._remember(supply, exchange.flow, dataset)
        for supplier, share in supply.shares:
            self.technosphere.add(supplier, number, -taken * factor * share)

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
