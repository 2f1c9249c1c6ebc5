"""What a dataset makes: its reference product, co-products, treatments, or the use of a product.

A dataset makes what leaves it as a product, or what enters it as waste. Where its reference is a product that *enters*,
it describes the use of that product, such as the burning of a gas: it has a footprint per unit used, and supplies
nobody. A reference that is an elementary flow (a defect of some files) is taken as a product of that name.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from footproof.background.measures import between
from footproof.model.dataset import DataExchange, Dataset, DataSource, FlowKind

Converter = Callable[[DataExchange], float | None]


@dataclass(frozen=True, slots=True)
class Output:
    """Something a dataset makes.

    Args:
        flow: Id of the flow.
        amount: Per run; negative where the file counts a treatment that way. [unit of the flow]
        reference: Whether it is the quantitative reference.
        service: Whether the flow is taken, not made.
        supplies: Whether others may be linked to it.
        lines: Which exchanges of the dataset it consists of.
    """

    flow: str
    amount: float
    reference: bool
    service: bool
    supplies: bool
    lines: tuple[int, ...]


def converter(source: DataSource, factors: dict[tuple[str, str], float]) -> Converter:
    """Return a function that gives the amount of an exchange in the unit of its flow, or None.

    Args:
        source: The database.
        factors: Units of the flow per unit of the exchange, by flow id and unit, as the file itself defines them.
    """

    def converted(exchange: DataExchange) -> float | None:
        own = source.flows[exchange.flow].unit
        if exchange.unit == own:
            return exchange.amount
        factor = factors.get((exchange.flow, exchange.unit))
        factor = between(exchange.unit, own) if factor is None else factor
        return None if factor is None else exchange.amount * factor

    return converted


def outputs(dataset: Dataset, source: DataSource, converted: Converter) -> tuple[Output, ...]:
    """Return what a dataset makes, its reference first; nothing where it makes nothing that can be counted.

    Args:
        dataset: The dataset.
        source: Its database.
        converted: From `converter`.
    """
    lines: dict[str, list[int]] = {}
    for number, exchange in enumerate(dataset.exchanges):
        if exchange.amount and (exchange.reference or _made(source.flows[exchange.flow].kind, exchange)):
            lines.setdefault(exchange.flow, []).append(number)
    found = [made for flow, numbers in lines.items() if (made := _output(dataset, source, flow, numbers, converted))]
    return tuple(sorted(found, key=lambda output: not output.reference))


def _made(kind: FlowKind, exchange: DataExchange) -> bool:
    if exchange.avoided or exchange.amount < 0:
        return False
    return kind is (FlowKind.WASTE if exchange.input else FlowKind.PRODUCT)


def _output(
    dataset: Dataset, source: DataSource, flow: str, numbers: Sequence[int], converted: Converter
) -> Output | None:
    exchanges = [dataset.exchanges[number] for number in numbers]
    reference = [exchange for exchange in exchanges if exchange.reference]
    service = (reference or exchanges)[0].input
    kept = [number for number, each in zip(numbers, exchanges, strict=True) if each.input == service]
    amounts = [converted(dataset.exchanges[number]) for number in kept]
    total = sum(amount for amount in amounts if amount is not None)
    if None in amounts or total == 0:
        return None
    supplies = not service or source.flows[flow].kind is FlowKind.WASTE
    return Output(flow, total, bool(reference), service, supplies, tuple(kept))
