"""EcoSpold 2 (ecoinvent 3 and openLCA exports) into a `DataSource`.

Follows the EcoSpold 2 data format (ecoinvent Centre, schema EcoSpold02.xsd). A process is known by its activity id;
where one activity stands in several files, one for each product, the id of the product is added. Variances are of
the logarithm (lognormal) or of the amount (normal), and the one that includes the pedigree is taken. Amounts that a
formula gave are taken as the file stores them. A negative reference amount is a treatment service, its sign is kept.
"""

import math
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace

from footproof.formats.ecospold1 import Collector, at, read_documents, recognise_root
from footproof.formats.repair import as_number
from footproof.formats.xml import Element
from footproof.model.dataset import (
    DataExchange,
    Dataset,
    DatasetKind,
    DataSource,
    Distribution,
    Flow,
    FlowKind,
    Severity,
    Uncertainty,
)

NAMESPACE = "http://www.EcoInvent.org/EcoSpold02"
_MIXES = {"1", "4", "6", "10"}  # market, production mix, supply mix, market group
_PEDIGREE = (
    "reliability",
    "completeness",
    "temporalCorrelation",
    "geographicalCorrelation",
    "furtherTechnologyCorrelation",
)


def recognise(names: Collection[str], peek: Callable[[str], bytes]) -> bool:
    """Say whether an archive holds EcoSpold 2.

    Args:
        names: Of its files.
        peek: Returns at least the beginning of one.
    """
    return recognise_root(names, peek, NAMESPACE)


def read(files: Iterable[tuple[str, bytes]]) -> DataSource:
    """Read EcoSpold 2 files; master data in the same archive is not needed.

    Args:
        files: Name and content of each.

    Returns:
        Datasets by activity id, flows by their id, and what was repaired or lost.

    Raises:
        FootproofError: E-DB-VERSION where the files are of another format; E-DB-UNKNOWN where none has data.
    """
    found = Collector("EcoSpold 2")
    kept: list[Dataset] = []

    def take(element: Element, file: str) -> None:
        dataset = _dataset(element, file, found)
        if dataset is not None:
            kept.append(dataset)

    read_documents(files, found, NAMESPACE, {"activityDataset", "childActivityDataset"}, take)
    for dataset in _linked(kept, found):
        found.dataset(dataset, dataset.id)
    return found.source("EcoSpold 2 (ecoSpold/activityDataset)")


def _linked(datasets: list[Dataset], found: Collector) -> list[Dataset]:
    """Give activities with several files one id each, and name suppliers by these ids."""
    count = Counter(item.id for item in datasets)
    supplies: dict[tuple[str, str], str] = {}
    named = []
    for dataset in datasets:
        products = [item.flow for item in dataset.exchanges if item.reference]
        name = f"{dataset.id}_{products[0]}" if count[dataset.id] > 1 and products else dataset.id
        supplies.update({(dataset.id, product): name for product in products})
        named.append(replace(dataset, id=name))
    known = {item.id for item in named}
    return [_with_suppliers(item, supplies, known, found) for item in named]


def _with_suppliers(
    dataset: Dataset, supplies: Mapping[tuple[str, str], str], known: Collection[str], found: Collector
) -> Dataset:
    """Resolve activity links; one that leads outside is kept and found."""
    exchanges = []
    for item in dataset.exchanges:
        supplier = supplies.get((item.provider, item.flow), item.provider) if item.provider else ""
        if supplier and supplier not in known:
            found.find_once(
                f"{supplier} {item.flow}",
                "F-PROVIDER-MISSING",
                Severity.WARNING,
                dataset.file,
                dataset.id,
                provider=supplier,
            )
        exchanges.append(replace(item, provider=supplier) if supplier != item.provider else item)
    return replace(dataset, exchanges=tuple(exchanges))


def _dataset(element: Element, file: str, found: Collector) -> Dataset | None:
    """Return one activity, or None with a finding."""
    about = at(element, "activityDescription")
    activity = at(about, "activity")
    if activity is None:
        found.find("F-DATASET-NAMELESS", Severity.LOST, file, element.name)
        return None
    names = _names(activity, "activityName")
    number = activity.attributes.get("id", "").strip()
    place = f"activity {number or '?'}"
    name = found.name(names.get("en") or next(iter(names.values()), ""), file, place)
    _check_inheritance(element, activity, file, place, found)
    special = activity.attributes.get("specialActivityType", "0").strip()
    return Dataset(
        number or name,
        name,
        _kind(activity.attributes.get("type", "1").strip(), special),
        about.text_at("geography", "shortname") if about else "",
        _exchanges(element, file, place, found),
        {},
        _period(at(about, "timePeriod"), file, place, found),
        {key: text.strip() for key, text in names.items() if text.strip()},
        _categories(about),
        "market mix" if special in _MIXES else "",
        _comment(activity),
        file,
    )


def _kind(kind: str, special: str) -> DatasetKind:
    if special == "2":
        return DatasetKind.SECTOR
    return DatasetKind.SYSTEM if kind == "2" else DatasetKind.UNIT


def _check_inheritance(element: Element, activity: Element, file: str, place: str, found: Collector) -> None:
    """Report a child that takes over lines of a parent: what it inherits is not in its file."""
    depth = as_number(activity.attributes.get("inheritanceDepth", "0"))
    if element.name == "childActivityDataset" and depth is not None and depth > 0:
        parent = activity.attributes.get("parentActivityId", "-")
        found.find("F-PARENT-NOT-APPLIED", Severity.WARNING, file, place, parent=parent)


def _names(element: Element, name: str) -> dict[str, str]:
    """Return the texts of one name by language, English where none is given."""
    found: dict[str, str] = {}
    for item in element.children:
        if item.name == name and item.text and item.text.strip():
            found.setdefault(item.attributes.get("lang", "en"), item.text)
    return found


def _comment(activity: Element) -> str:
    general = at(activity, "generalComment")
    parts = (item.text or "" for item in (general.children if general else ()) if item.name == "text")
    return "\n".join(part.strip() for part in parts if part.strip())


def _categories(about: Element | None) -> tuple[str, ...]:
    """Return the first classification, from coarse to fine."""
    value = about.text_at("classification", "classificationValue") if about else ""
    return tuple(part.strip() for part in value.split("/") if part.strip())


def _period(time: Element | None, file: str, place: str, found: Collector) -> tuple[str, str]:
    ends = (time.attributes.get("startDate", ""), time.attributes.get("endDate", "")) if time is not None else ("", "")
    first, last = (found.day(end, file, f"{place}/timePeriod") if end else "" for end in ends)
    return first, last


def _exchanges(element: Element, file: str, place: str, found: Collector) -> tuple[DataExchange, ...]:
    """Return the lines that can be read; other results in the flow data are found."""
    flows = at(element, "flowData")
    master = _master(element)
    exchanges = []
    ignored = 0
    for item in flows.children if flows else ():
        kind = item.name
        if kind in {"intermediateExchange", "elementaryExchange"}:
            exchange = _exchange(item, master, file, f"{place}/{kind} {item.attributes.get('id', '?')}", found)
            if exchange is not None:
                exchanges.append(exchange)
        elif kind == "impactIndicator":
            ignored += 1
    if ignored:
        found.find("F-RESULTS-UNREAD", Severity.REPAIRED, file, place, count=ignored)
    return tuple(exchanges)


def _master(element: Element) -> dict[str, Element]:
    """Return the descriptions of flows that stand at the end of the dataset itself."""
    used = at(element, "usedUserMasterData")
    if used is None:
        used = at(element, "administrativeInformation", "usedUserMasterData")
    wanted = {"intermediateExchanges", "elementaryExchanges"}
    return {item.attributes.get("id", ""): item for item in (used.children if used else ()) if item.name in wanted}


def _exchange(
    item: Element, master: Mapping[str, Element], file: str, place: str, found: Collector
) -> DataExchange | None:
    """Return one line, or None with a finding."""
    taken, given = item.text_at("inputGroup"), item.text_at("outputGroup")
    if not taken and not given:
        found.find("F-DIRECTION-LOST", Severity.LOST, file, place, found="-")
        return None
    amount = found.number(item.attributes.get("amount"), file, place)
    if amount is None:
        return None
    if item.attributes.get("mathematicalRelation", "").strip():
        relation = item.attributes.get("mathematicalRelation", "").strip()
        found.find("F-FORMULA", Severity.WARNING, file, place, formula=relation, amount=f"{amount:g}")
    flow = _flow(item, master, given, file=file, place=place, found=found)
    return DataExchange(
        found.flow(flow, file, place, decides=given == "0"),
        amount,
        flow.unit,
        bool(taken),
        item.attributes.get("activityLinkId", "").strip(),
        given == "0",
        False,
        _uncertainty(item, amount, file, place, found),
    )


def _flow(item: Element, master: Mapping[str, Element], given: str, *, file: str, place: str, found: Collector) -> Flow:
    """Return the flow of a line; what the line leaves out comes from the master data of the file."""
    elementary = item.name == "elementaryExchange"
    number = item.attributes.get("elementaryExchangeId" if elementary else "intermediateExchangeId", "").strip()
    names, unit, category = _names(item, "name"), item.text_at("unitName"), _compartment(item)
    described = master.get(number)
    if described is not None:
        names = names or _names(described, "name")
        unit = unit or described.text_at("unitName")
        category = category or _compartment(described)
    name = found.name(names.get("en") or next(iter(names.values()), ""), file, place)
    if not name:
        found.find_once(number, "F-FLOW-NAMELESS", Severity.WARNING, file, place, flow=number or "-")
    if elementary and not category:
        found.find_once(number, "F-COMPARTMENT-ABSENT", Severity.WARNING, file, place, flow=name)
    kind = FlowKind.PRODUCT
    if elementary:
        kind = FlowKind.ELEMENTARY
    elif given == "3" or _is_waste(item):
        kind = FlowKind.WASTE
    key = number or " | ".join((name, unit, *category))
    return Flow(
        key,
        name,
        kind,
        unit,
        category,
        {k: v.strip() for k, v in names.items()},
        found.cas(item.attributes.get("casNumber", ""), file, place),
    )


def _compartment(item: Element) -> tuple[str, ...]:
    texts = (item.text_at("compartment", key) for key in ("compartment", "subcompartment"))
    return tuple(text for text in texts if text)


def _is_waste(item: Element) -> bool:
    return any(
        part.text_at("classificationSystem") == "By-product classification"
        and part.text_at("classificationValue").lower() == "waste"
        for part in item.children
        if part.name == "classification"
    )


def _uncertainty(item: Element, amount: float, file: str, place: str, found: Collector) -> Uncertainty | None:
    """Return the distribution of a line."""
    both = at(item, "uncertainty")
    if both is None:
        return None
    pedigree: tuple[int, ...] = ()
    shape = None
    for part in both.children:
        if part.name == "pedigreeMatrix":
            scores = [part.attributes.get(key, "") for key in _PEDIGREE]
            pedigree = (
                tuple(int(score) for score in scores) if all(score in "12345" and score for score in scores) else ()
            )
        elif part.name != "comment":
            shape = part
    if shape is None or shape.name == "undefined":
        return None
    return _distribution(shape, amount, pedigree, file=file, place=place, found=found)


def _distribution(
    shape: Element, amount: float, pedigree: tuple[int, ...], *, file: str, place: str, found: Collector
) -> Uncertainty | None:
    """Return a distribution from its element."""
    kind = shape.name
    if kind in {"lognormal", "normal"}:
        variance = as_number(
            shape.attributes.get("varianceWithPedigreeUncertainty", "") or shape.attributes.get("variance", "")
        )
        root = math.sqrt(variance) if variance is not None and variance >= 0 else None
        if kind == "normal":
            return found.spread(Distribution.NORMAL, (root,), amount, file=file, place=place, pedigree=pedigree)
        wide = math.exp(root) if root is not None and root < 50 else None
        return found.spread(Distribution.LOGNORMAL, (wide,), amount, file=file, place=place, pedigree=pedigree)
    low, high = as_number(shape.attributes.get("minValue", "")), as_number(shape.attributes.get("maxValue", ""))
    if kind == "triangular":
        likely = as_number(shape.attributes.get("mostLikelyValue", ""))
        return found.spread(
            Distribution.TRIANGULAR, (low, likely, high), amount, file=file, place=place, pedigree=pedigree
        )
    if kind == "uniform":
        return found.spread(Distribution.UNIFORM, (low, high), amount, file=file, place=place, pedigree=pedigree)
    found.find("F-UNCERTAINTY-KIND", Severity.WARNING, file, place, kind=kind)
    return None
