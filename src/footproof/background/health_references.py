"""Reference amounts judged by what goes in: money, mass and energy that cannot fit, and products that feed themselves.

No name is looked at. Inputs in the measure of the reference are added up and compared with it; what is above the second
limit cannot be true, what is above the first should be looked at.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from footproof.background.health_items import HealthItem, Severity, dataset_names, figure, flow_names
from footproof.background.linked import Activity, Background
from footproof.background.measures import between
from footproof.background.products import Converter
from footproof.model.dataset import DataExchange, Dataset, FlowKind

FULL = 1 - 1e-9
_CURRENCY = re.compile(r"\b(?:AUD|BRL|CAD|CHF|CNY|EUR|GBP|HKD|INR|JPY|KRW|RMB|RUB|SEK|TWD|USD)|[€¥￥$£]")
_CARBON_DIOXIDE = re.compile(r"^carbon dioxide|^co2\b|^二氧化碳", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Limit:
    """How much may go into one unit of a reference of one measure.

    Args:
        code: Code of the item over what is above a limit.
        symbol: Unit that all are brought to; empty for money, where units must be the same.
        odd: Above it, somebody should look. [1]
        absurd: Above it, it cannot be true. [1]
        carbon_dioxide: The most that one process gives off itself. [kg / symbol]
    """

    code: str
    symbol: str
    odd: float
    absurd: float
    carbon_dioxide: float


# Money: who buys for more than he sells runs at a loss; for twice as much, nobody does. Mass: a tonne of ore for a
# kilogram is an ore of a tenth of a per cent; the poorest that are mined hold 0.1 g/t. Energy: efficiencies of a tenth
# and a hundredth. CO2: platinum comes to 8 t/kg, burnt coal to 0.1 kg/MJ, cement to some 10 kg/EUR.
LIMITS = (
    Limit("F-HEALTH-INPUTS-MONEY", "", 1.0, 2.0, 100.0),
    Limit("F-HEALTH-INPUTS-MASS", "kg", 1e3, 1e7, 1e4),
    Limit("F-HEALTH-INPUTS-ENERGY", "MJ", 10.0, 100.0, 10.0),
)


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A reference whose inputs are too much for it.

    Args:
        limit: What it is held against.
        ratio: Inputs per unit of reference, in the same unit. [1]
    """

    limit: Limit
    ratio: float

    @property
    def absurd(self) -> bool:
        """Whether it cannot be true."""
        return self.ratio > self.limit.absurd


def mismatches(background: Background) -> Mapping[int, Mismatch]:
    """Return the activities whose inputs in the measure of their reference are more than it can hold."""
    found: dict[int, Mismatch] = {}
    for number, activity in enumerate(background.activities):
        unit = background.unit(number)
        limit, factor = measure_of(unit)
        if limit is None or not activity.amount:
            continue
        dataset = background.source.datasets[activity.dataset]
        total = sum(_inputs(background, dataset, limit, unit)) * activity.share
        ratio = total / abs(activity.amount * factor)
        if ratio > limit.odd:
            found[number] = Mismatch(limit, ratio)
    return found


def measure_of(unit: str) -> tuple[Limit | None, float]:
    """Return what a unit measures, and how many of the limit's unit one is; None where there is no limit for it."""
    if _CURRENCY.search(unit):
        return LIMITS[0], 1.0
    for limit in LIMITS[1:]:
        factor = between(unit, limit.symbol)
        if factor is not None:
            return limit, factor
    return None, 1.0


def _inputs(background: Background, dataset: Dataset, limit: Limit, unit: str) -> Iterator[float]:
    """Yield the products that a dataset takes, where they are of the measure of its reference."""
    flows = background.source.flows
    for each in dataset.exchanges:
        if each.input and not each.reference and not each.avoided and each.amount > 0:
            if flows[each.flow].kind is not FlowKind.PRODUCT:
                continue
            factor = between(each.unit, limit.symbol or unit)
            if factor is not None:
                yield each.amount * factor


def own_use(background: Background, converted: Converter) -> Mapping[int, float]:
    """Return how much of what it makes each activity takes of the same, whoever supplies it; zero left out. [1]

    The use of a product (a reference that enters) makes nothing and is not among them.
    """
    found: dict[int, float] = {}
    for number, activity in enumerate(background.activities):
        kind = background.source.flows[activity.flow].kind
        if activity.supplies and kind is not FlowKind.ELEMENTARY and activity.amount:
            dataset = background.source.datasets[activity.dataset]
            taken = sum(_taken(each, activity, converted) for each in dataset.exchanges) * activity.share
            if taken > 0:
                found[number] = taken / abs(activity.amount)
    return found


def _taken(exchange: DataExchange, activity: Activity, converted: Converter) -> float:
    """Return how much of its own product a line takes; for a treatment, of the waste it gives off again."""
    if exchange.flow != activity.flow or exchange.reference or exchange.avoided or exchange.amount <= 0:
        return 0.0
    if exchange.input is activity.service or exchange.provider not in {"", activity.dataset}:
        return 0.0
    return converted(exchange) or 0.0


def reference_items(
    background: Background, found: Mapping[int, Mismatch], own: Mapping[int, float]
) -> Iterator[HealthItem]:
    """Yield what is wrong with references: what enters, what feeds itself, what does not match its inputs."""
    yield from _mismatch_items(background, found)
    yield from _own_items(background, own)
    yield from _kind_items(background)
    yield from _emission_items(background)


def _mismatch_items(background: Background, found: Mapping[int, Mismatch]) -> Iterator[HealthItem]:
    for limit in LIMITS:
        for absurd in (True, False):
            chosen = {n: each.ratio for n, each in found.items() if each.limit is limit and each.absurd is absurd}
            if chosen:
                threshold = limit.absurd if absurd else limit.odd
                severity: Severity = "error" if absurd else "warning"
                yield _ranked(background, limit.code, severity, chosen, limit=figure(threshold))


def _own_items(background: Background, own: Mapping[int, float]) -> Iterator[HealthItem]:
    eaten = {number: share for number, share in own.items() if share >= FULL}
    fed = {number: share for number, share in own.items() if number not in eaten}
    if eaten:
        yield _ranked(background, "F-HEALTH-SELF-EATEN", "warning", eaten)
    if fed:
        yield _ranked(background, "F-HEALTH-SELF-FED", "note", fed)


def _kind_items(background: Background) -> Iterator[HealthItem]:
    flows = background.source.flows
    entering, natural = [], []
    for activity in background.activities:
        if flows[activity.flow].kind is FlowKind.ELEMENTARY:
            natural.append(activity)
        elif activity.service and not activity.supplies:
            entering.append(activity)
    named: tuple[tuple[str, list[Activity]], ...] = (
        ("F-HEALTH-REFERENCE-INPUT", entering),
        ("F-HEALTH-REFERENCE-ELEMENTARY", natural),
    )
    for code, activities in named:
        if activities:
            datasets = tuple(dict.fromkeys(activity.dataset for activity in activities))
            made = tuple(dict.fromkeys(activity.flow for activity in activities))
            values = {"count": str(len(datasets)), "flows": str(len(made)), "examples": flow_names(background, made)}
            yield HealthItem(code, "warning", datasets, made, values)


def _emission_items(background: Background) -> Iterator[HealthItem]:
    """Yield the processes that give off more carbon dioxide than any real one, by measure of their reference."""
    per_unit = carbon_dioxide(background)
    for limit in LIMITS:
        chosen: dict[int, float] = {}
        for number, emitted in per_unit.items():
            unit = background.unit(number)
            measured, factor = measure_of(unit)
            if measured is limit and emitted / factor > limit.carbon_dioxide:
                chosen[number] = emitted / factor
        if chosen:
            unit = limit.symbol or background.unit(next(iter(chosen)))
            yield _ranked(
                background, "F-HEALTH-EMISSION", "error", chosen, limit=f"{figure(limit.carbon_dioxide)} kg/{unit}"
            )


def carbon_dioxide(background: Background) -> Mapping[int, float]:
    """Return what each activity gives off itself per unit of what it makes, where it does. [kg / product unit]"""
    system, flows = background.system, background.source.flows
    weights = [
        between(flows[flow].unit, "kg") or 0.0
        if flows[flow].cas == "124-38-9" or _CARBON_DIOXIDE.search(flows[flow].name)
        else 0.0
        for flow in background.flows
    ]
    emitted = system.biosphere.T @ weights if weights else []
    made = [activity.amount for activity in background.activities]
    return {n: float(kg) / abs(made[n]) for n, kg in enumerate(emitted) if kg > 0 and made[n]}


def _ranked(
    background: Background, code: str, severity: Severity, ratios: Mapping[int, float], **values: str
) -> HealthItem:
    """Return an item over activities, the largest ratio first."""
    order = sorted(ratios, key=lambda number: -ratios[number])
    datasets = tuple(dict.fromkeys(background.activities[number].dataset for number in order))
    made = tuple(dict.fromkeys(background.activities[number].flow for number in order))
    shown = {
        "count": str(len(datasets)),
        "worst": figure(ratios[order[0]]),
        "examples": dataset_names(background, datasets),
    }
    return HealthItem(code, severity, datasets, made, shown | values)
