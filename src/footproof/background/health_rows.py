"""Rows and datasets that stand twice, coefficients beyond belief, and flows that lead nowhere."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from scipy.sparse import coo_array, csc_array

from footproof.background.health_items import (
    HealthItem,
    Severity,
    dataset_names,
    figure,
    flow_names,
    kept_datasets,
    short,
)
from footproof.background.linked import Background
from footproof.model.dataset import DataExchange, Dataset, Flow
from footproof.quantify.system import Vector

COEFFICIENT = 1e5
CUT_OFF = "CUTOFF"
CHOSEN = frozenset({"left out", "excluded"})


def row_items(background: Background, recipes: csc_array, suspects: Sequence[Flow]) -> Iterator[HealthItem]:
    """Yield what is wrong with single lines and with flows.

    Args:
        background: The database made into a system.
        recipes: From `health_loops.gross_recipes`.
        suspects: Elementary flows that look as if they mattered and that no characterisation factor reaches.
    """
    yield from _coefficients(background, recipes)
    yield from _repeated_rows(background)
    yield from _repeated_datasets(background)
    yield from _dangling(background)
    yield from _unreached(background, suspects)


def _coefficients(background: Background, recipes: csc_array) -> Iterator[HealthItem]:
    """Yield inputs and emissions of more than 100,000 units per unit made."""
    made = np.array([abs(activity.amount) or 1.0 for activity in background.activities])
    inputs, given = recipes.tocoo(), background.system.biosphere.tocoo()
    parts = (
        (inputs, np.abs(inputs.data), [activity.flow for activity in background.activities]),
        (given, np.abs(given.data) / made[given.col], list(background.flows)),
    )
    found = [each for matrix, size, flows in parts for each in _large(matrix, size, flows)]
    if found:
        found.sort(key=lambda each: (-each[0], each[1], each[2]))
        datasets = tuple(dict.fromkeys(background.activities[column].dataset for _, column, _ in found))
        flows = tuple(dict.fromkeys(flow for _, _, flow in found))
        values = {
            "count": str(len(found)),
            "datasets": str(len(datasets)),
            "worst": figure(found[0][0]),
            "flow": short(background.source.flows[found[0][2]].name),
            "limit": figure(COEFFICIENT),
            "examples": dataset_names(background, datasets),
        }
        yield HealthItem("F-HEALTH-COEFFICIENT", "warning", datasets, flows, values)


def _large(matrix: coo_array, size: Vector, flows: Sequence[str]) -> list[tuple[float, int, str]]:
    chosen = np.flatnonzero(size > COEFFICIENT)
    return [(float(size[each]), int(matrix.col[each]), flows[int(matrix.row[each])]) for each in chosen]


def _repeated_rows(background: Background) -> Iterator[HealthItem]:
    """Yield datasets in which a flow stands twice with the same amount, direction, supplier and place."""
    repeated: dict[str, int] = {}
    flows: Counter[str] = Counter()
    for dataset in kept_datasets(background):
        for line, count in Counter(_line(each) for each in dataset.exchanges if each.amount).items():
            if count > 1:
                repeated[dataset.id] = repeated.get(dataset.id, 0) + count - 1
                flows[line[0]] += count - 1
    if repeated:
        count = sum(repeated.values())
        yield _counted(background, "F-HEALTH-ROW-TWICE", "warning", datasets=repeated, flows=flows, count=count)


def _line(each: DataExchange) -> tuple[str, bool, float, str, bool, str, str]:
    return each.flow, each.input, each.amount, each.unit, each.avoided, each.provider, each.location


def _repeated_datasets(background: Background) -> Iterator[HealthItem]:
    """Yield datasets of the same name, place and lines; the first of each group is not among them."""
    seen: dict[tuple[object, ...], str] = {}
    again: list[str] = []
    for dataset in kept_datasets(background):
        first = seen.setdefault(_content(dataset), dataset.id)
        if first != dataset.id and dataset.exchanges:
            again.append(dataset.id)
    if again:
        values = {"count": str(len(again)), "examples": dataset_names(background, again)}
        yield HealthItem("F-HEALTH-DATASET-TWICE", "warning", tuple(again), (), values)


def _content(dataset: Dataset) -> tuple[object, ...]:
    lines = Counter((*_line(each), each.reference) for each in dataset.exchanges)
    return dataset.name, dataset.location, dataset.period, frozenset(lines.items())


def _dangling(background: Background) -> Iterator[HealthItem]:
    """Yield what is taken and made by nobody; apart, what the file itself names as cut off."""
    asked = {
        (background.activities[gap.activity].dataset, gap.flow)
        for gap in background.gaps
        if gap.reason not in CHOSEN and gap.reason != "unit"
    }
    lines = [
        (dataset.id, each.flow)
        for dataset in kept_datasets(background)
        for each in dataset.exchanges
        if each.amount and not each.reference and (dataset.id, each.flow) in asked
    ]
    flows = background.source.flows
    marked = {flow for _, flow in lines if flows[flow].name.lstrip().startswith(CUT_OFF)}
    if left := [line for line in lines if line[1] not in marked]:
        yield _of_lines(background, "F-HEALTH-DANGLING", "warning", left)
    if cut := [line for line in lines if line[1] in marked]:
        yield _of_lines(background, "F-HEALTH-CUT-OFF", "note", cut)


def _of_lines(background: Background, code: str, severity: Severity, lines: Sequence[tuple[str, str]]) -> HealthItem:
    """Return an item over lines, each a dataset and a flow."""
    users, flows = Counter(dataset for dataset, _ in lines), Counter(flow for _, flow in lines)
    return _counted(background, code, severity, datasets=users, flows=flows, count=len(flows), uses=str(len(lines)))


def _unreached(background: Background, suspects: Sequence[Flow]) -> Iterator[HealthItem]:
    """Yield elementary flows that look as if they mattered and that no factor reaches."""
    named = {flow.id for flow in suspects}
    lines = [
        (dataset.id, each.flow)
        for dataset in kept_datasets(background)
        for each in dataset.exchanges
        if each.flow in named and each.amount
    ]
    if lines:
        yield _of_lines(background, "F-HEALTH-UNREACHED", "warning", lines)


def _counted(
    background: Background,
    code: str,
    severity: Severity,
    *,
    datasets: Mapping[str, int],
    flows: Counter[str],
    count: int,
    **values: str,
) -> HealthItem:
    """Return an item over datasets and flows, those that occur most often first."""
    order = tuple(sorted(datasets, key=lambda dataset: -datasets[dataset]))
    most = tuple(flow for flow, _ in flows.most_common())
    shown = {"count": str(count), "datasets": str(len(order)), "examples": flow_names(background, most)}
    return HealthItem(code, severity, order, most, shown | values)
