"""Small databases made by hand."""

from collections.abc import Iterable, Mapping

from footproof.model.dataset import DataExchange, Dataset, DatasetKind, DataSource, Flow, FlowKind

P, W, E = FlowKind.PRODUCT, FlowKind.WASTE, FlowKind.ELEMENTARY


def flow(id_: str, unit: str = "kg", kind: FlowKind = P, name: str = "") -> Flow:
    """Return a flow."""
    return Flow(id_, name or id_, kind, unit)


def out(id_: str, amount: float, unit: str = "kg", *, reference: bool = False, avoided: bool = False) -> DataExchange:
    """Return what leaves a process."""
    return DataExchange(id_, amount, unit, input=False, reference=reference, avoided=avoided)


def into(id_: str, amount: float, unit: str = "kg", provider: str = "", *, reference: bool = False) -> DataExchange:
    """Return what a process takes."""
    return DataExchange(id_, amount, unit, input=True, provider=provider, reference=reference)


def dataset(
    id_: str,
    *exchanges: DataExchange,
    location: str = "CN",
    name: str = "",
    kind: DatasetKind = DatasetKind.UNIT,
    allocation: Mapping[str, Mapping[str, float]] | None = None,
    role: str = "",
) -> Dataset:
    """Return a dataset."""
    return Dataset(id_, name or id_, kind, location, exchanges, allocation or {}, role=role, file=f"{id_}.json")


def source(flows: Iterable[Flow], *datasets: Dataset, format_: str = "Brightway Excel") -> DataSource:
    """Return a database."""
    return DataSource(format_, {each.id: each for each in datasets}, {each.id: each for each in flows}, ())


CO2 = flow("co2", "kg", E, "Carbon dioxide, fossil")
