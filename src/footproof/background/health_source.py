"""What the reading and the linking of a database noted, gathered into items a person can act on."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from footproof.background.health_items import HealthItem, dataset_names, flow_names, kept_datasets
from footproof.background.linked import Background
from footproof.model.dataset import Finding, FlowKind

NO_COLUMN = frozenset({"F-LINK-EMPTY", "F-LINK-REFERENCE-ZERO", "F-LINK-NO-PRODUCT", "F-LINK-NO-REFERENCE"})
GIVEN = "given"


def source_items(background: Background) -> Iterator[HealthItem]:
    """Yield what was noted when the database was read and linked.

    Args:
        background: The database made into a system.
    """
    yield from _without_reference(background)
    yield from _without_column(background)
    yield from _units(background)
    yield from _missing_flows(background)
    yield from _allocated(background)
    yield from _blanks(background)
    yield from _spread(background)


def _without_reference(background: Background) -> Iterator[HealthItem]:
    found = [
        dataset.id for dataset in kept_datasets(background) if not any(each.reference for each in dataset.exchanges)
    ]
    yield from _over_datasets(background, "F-HEALTH-NO-REFERENCE", found)


def _without_column(background: Background) -> Iterator[HealthItem]:
    found = [each.place for each in background.findings if each.code in NO_COLUMN]
    yield from _over_datasets(background, "F-HEALTH-NO-COLUMN", found)


def _over_datasets(background: Background, code: str, found: Sequence[str]) -> Iterator[HealthItem]:
    if found:
        values = {"count": str(len(found)), "examples": dataset_names(background, found)}
        yield HealthItem(code, "warning", tuple(dict.fromkeys(found)), (), values)


def _units(background: Background) -> Iterator[HealthItem]:
    """Yield lines whose unit does not convert to that of their flow: they are not in the system."""
    lost = [each for each in background.findings if each.code == "F-LINK-UNIT"]
    if lost:
        pairs = Counter((each.values["found"], each.values["needed"]) for each in lost)
        values = {
            "count": str(len(lost)),
            "examples": ", ".join(
                f"{found or '–'} → {needed or '–'} ({n})" for (found, needed), n in pairs.most_common(5)
            ),
        }
        datasets = tuple(dict.fromkeys(each.place for each in lost))
        yield HealthItem("F-HEALTH-UNIT", "error", datasets, _units_flows(background, lost), values)


def _units_flows(background: Background, lost: Iterable[Finding]) -> tuple[str, ...]:
    names = {(each.place, each.values["flow"]) for each in lost}
    flows, datasets = background.source.flows, background.source.datasets
    places = dict.fromkeys(place for place, _ in names)
    lines = (
        each.flow for place in places for each in datasets[place].exchanges if (place, flows[each.flow].name) in names
    )
    return tuple(dict.fromkeys(lines))


def _missing_flows(background: Background) -> Iterator[HealthItem]:
    named = (each.values.get("id", "") for each in background.source.findings if each.code == "F-FLOW-MISSING")
    flows = [flow for flow in dict.fromkeys(named) if flow in background.source.flows]
    yield from _over_flows(background, "F-HEALTH-FLOW-MISSING", flows)


def _blanks(background: Background) -> Iterator[HealthItem]:
    """Yield elementary flows whose name has a blank at its end or start: read elsewhere, they match no factor."""
    flows = background.source.flows
    noted = [each for each in background.source.findings if each.code == "F-NAME-BLANK"]
    places = {each.place for each in noted}
    names = {each.values.get("name", "").strip("'\"").strip() for each in noted if each.place not in flows}
    used = (flow for flow in background.flows if flow in places or (flows[flow].name in names))
    yield from _over_flows(background, "F-HEALTH-NAME-BLANK", [f for f in used if flows[f].kind is FlowKind.ELEMENTARY])


def _over_flows(background: Background, code: str, flows: Sequence[str]) -> Iterator[HealthItem]:
    """Yield an item over flows, those with most users first."""
    asked = set(flows)
    uses: Counter[str] = Counter()
    users: dict[str, None] = {}
    for dataset in kept_datasets(background):
        for each in dataset.exchanges:
            if each.flow in asked and each.amount:
                uses[each.flow] += 1
                users[dataset.id] = None
    if flows:
        order = tuple(sorted(flows, key=lambda flow: -uses[flow]))
        values = {"count": str(len(order)), "uses": str(sum(uses.values())), "examples": flow_names(background, order)}
        yield HealthItem(code, "warning", tuple(users), order, values)


def _allocated(background: Background) -> Iterator[HealthItem]:
    """Yield datasets with several products for which neither the file nor a person gives shares."""
    how = {
        choice.subject: choice.method.partition(" ")[0]
        for choice in background.choices
        if choice.kind == "allocation" and choice.method.endswith("(preference)")
    }
    found = {dataset: method for dataset, method in how.items() if method != GIVEN}
    found |= {each.place: "–" for each in background.findings if each.code == "F-LINK-NO-REFERENCE"}
    if found:
        values = {
            "count": str(len(found)),
            "methods": ", ".join(f"{method} {number}" for method, number in Counter(found.values()).most_common()),
            "examples": dataset_names(background, found),
        }
        yield HealthItem("F-HEALTH-ALLOCATION", "warning", tuple(found), (), values)


def _spread(background: Background) -> Iterator[HealthItem]:
    lost = [each for each in background.source.findings if each.code == "F-UNCERTAINTY-NONE"]
    if lost:
        kinds = Counter(each.values.get("distribution", "") for each in lost)
        shown = ", ".join(f"{kind} {number}" for kind, number in kinds.most_common())
        yield HealthItem("F-HEALTH-SPREAD", "note", (), (), {"count": str(len(lost)), "examples": shown})
