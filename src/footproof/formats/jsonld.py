"""Read openLCA JSON-LD, schema versions 1 and 2 (GreenDelta olca-schema).

The two differ in their key words only ("input" and "isInput" ...); read by the words of the other, a process has no
inputs at all, so the version is taken from the content, and a package with neither is refused. Amounts and units stay
as written; where a flow is counted in another unit, F-UNIT-OTHER gives the factor of the file's own unit groups and
flow properties. An avoided product is an input in this format; it keeps that direction and is marked as avoided.
"""

import json
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from footproof.errors import FootproofError, Where
from footproof.formats.archive import Files, in_order
from footproof.formats.repair import Notes, as_number, as_pedigree
from footproof.model.dataset import (
    DataExchange,
    Dataset,
    DatasetKind,
    DataSource,
    Distribution,
    Flow,
    FlowKind,
    Uncertainty,
)

Record = Mapping[str, Any]

_FOLDERS = {"unit_groups": 1, "flow_properties": 2, "locations": 3, "categories": 4, "flows": 5, "processes": 6}
_TYPES = {"UnitGroup": 1, "FlowProperty": 2, "Location": 3, "Category": 4, "Flow": 5, "Process": 6}
_MANIFESTS = {"olca-schema.json", "context.json"}
_TYPE = re.compile(rb'"@type"\s*:\s*"(\w+)"')
_KINDS = {
    "ELEMENTARY_FLOW": FlowKind.ELEMENTARY,
    "PRODUCT_FLOW": FlowKind.PRODUCT,
    "WASTE_FLOW": FlowKind.WASTE,
}
_BASES = {"PHYSICAL_ALLOCATION": "physical", "ECONOMIC_ALLOCATION": "economic", "CAUSAL_ALLOCATION": "causal"}
INDICATORS = 5
_DISTRIBUTIONS = {
    "LOG_NORMAL_DISTRIBUTION": (Distribution.LOGNORMAL, ("geomSd",)),
    "NORMAL_DISTRIBUTION": (Distribution.NORMAL, ("sd",)),
    "TRIANGLE_DISTRIBUTION": (Distribution.TRIANGULAR, ("minimum", "mode", "maximum")),
    "UNIFORM_DISTRIBUTION": (Distribution.UNIFORM, ("minimum", "maximum")),
}


@dataclass(frozen=True, slots=True)
class _Words:
    """Key words of one version of the schema."""

    version: int
    input: str
    reference: str
    avoided: str
    pedigree: str


_VERSIONS = (
    _Words(1, "input", "quantitativeReference", "avoidedProduct", "pedigreeUncertainty"),
    _Words(2, "isInput", "isQuantitativeReference", "isAvoidedProduct", "dqEntry"),
)


@dataclass(slots=True)
class _Reading:
    """What has been read so far."""

    notes: Notes = field(default_factory=Notes)
    declared: int = 0
    units: dict[str, float] = field(default_factory=dict)  # Factor to the reference unit of its group, by unit id.
    references: dict[str, str] = field(default_factory=dict)  # Name of the reference unit, by unit group id.
    properties: dict[str, str] = field(default_factory=dict)  # Unit group id by flow property id.
    places: dict[str, str] = field(default_factory=dict)  # Location code by id.
    categories: dict[str, tuple[str, str]] = field(default_factory=dict)  # Name and parent by id.
    flows: dict[str, Flow] = field(default_factory=dict)
    factors: dict[str, dict[str, float]] = field(default_factory=dict)  # By flow and flow property.
    missing: dict[str, int] = field(default_factory=dict)  # Finding of each missing flow.
    others: set[tuple[str, str]] = field(default_factory=set)  # Flow and unit of F-UNIT-OTHER.
    datasets: dict[str, Dataset] = field(default_factory=dict)
    versions: dict[int, int] = field(default_factory=dict)  # Exchanges by version of their key words; 0 for neither.


def recognise(names: Collection[str], peek: Callable[[str], bytes]) -> bool:
    """Say whether these are the files of an openLCA JSON-LD package with processes.

    Args:
        names: Paths inside the archive.
        peek: Returns the beginning of a file.
    """
    jsons = [name for name in names if name.endswith(".json")]
    bases = {name.rpartition("/")[2] for name in jsons}
    processes = [name for name in jsons if _folder(name) == "processes"]
    if processes and (bases & _MANIFESTS or any(_folder(name) == "flow_properties" for name in jsons)):
        return True
    return any(_type(peek(name)) == "Process" for name in (processes or jsons)[:50])


def read(files: Files) -> DataSource:
    """Return the processes and flows of an openLCA JSON-LD package.

    Args:
        files: An archive or pairs of name and content.

    Raises:
        FootproofError: E-DB-VERSION for a version other than 1 and 2, E-DB-DEPTH for hostile nesting, and what reading
            an archive raises.
    """
    reading = _Reading()
    readers = (_manifest, _unit_group, _flow_property, _location, _category, _flow, _process)
    for rank, name, data in in_order(files, _rank):
        record = _load(reading, name, data, rank)
        if record is not None:
            readers[rank](reading, name, record)
    return _finish(reading)


def _folder(name: str) -> str:
    return name.split("/")[-2] if "/" in name else ""


def _type(head: bytes) -> str:
    match = _TYPE.search(head)
    return match[1].decode("ascii", "replace") if match else ""


def _rank(name: str, peek: Callable[[], bytes]) -> int | None:
    if not name.endswith(".json"):
        return None
    if name.rpartition("/")[2] in _MANIFESTS:
        return 0
    rank = _FOLDERS.get(_folder(name))
    return rank if rank is not None else _TYPES.get(_type(peek()))


def _load(reading: _Reading, name: str, data: bytes, rank: int) -> Record | None:
    """Return a JSON object; what is none is reported, and with it the process or flow that it was."""
    try:
        record = json.loads(data)
    except RecursionError:
        raise FootproofError("E-DB-DEPTH", Where(name), most=1000) from None
    except ValueError as problem:
        reading.notes.lost("F-FILE-SYNTAX", name, reason=problem)
        return None
    if not isinstance(record, dict):
        reading.notes.lost("F-FILE-SYNTAX", name, reason="no JSON object")
        return None
    if rank and not _text(record, "@id"):
        reading.notes.lost("F-ID-MISSING", name, name=_text(record, "name"))
        return None
    return record


# ---- values of records that may hold anything


def _text(record: Record, key: str) -> str:
    value = record.get(key)
    return value if isinstance(value, str) else ""


def _part(record: Record, key: str) -> Record:
    value = record.get(key)
    return value if isinstance(value, dict) else {}


def _parts(record: Record, key: str) -> list[Record]:
    value = record.get(key)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


# ---- what processes refer to


def _manifest(reading: _Reading, name: str, record: Record) -> None:
    if name.endswith("olca-schema.json"):
        version = as_number(record.get("version"))
        if version not in {1, 2}:
            found = json.dumps(record.get("version"))[:40]
            raise FootproofError("E-DB-VERSION", Where(name), found=f"openLCA JSON-LD {found}", needed="1, 2")
        reading.declared = int(version)
    elif not reading.declared and "/v1" in _text(record, "@vocab"):
        reading.declared = 1


def _unit_group(reading: _Reading, name: str, record: Record) -> None:
    for unit in _parts(record, "units"):
        factor = as_number(unit.get("conversionFactor"))
        if factor is None or factor <= 0:
            reading.notes.warn("F-UNIT-FACTOR", name, _text(unit, "name"), found=repr(unit.get("conversionFactor")))
            continue
        reading.units[_text(unit, "@id")] = factor
        if unit.get("referenceUnit") is True or unit.get("isRefUnit") is True:
            reading.references[_text(record, "@id")] = _text(unit, "name").strip()


def _flow_property(reading: _Reading, _: str, record: Record) -> None:
    reading.properties[_text(record, "@id")] = _text(_part(record, "unitGroup"), "@id")


def _location(reading: _Reading, _: str, record: Record) -> None:
    reading.places[_text(record, "@id")] = _text(record, "code").strip()


def _category(reading: _Reading, _: str, record: Record) -> None:
    reading.categories[_text(record, "@id")] = (_text(record, "name").strip(), _text(_part(record, "category"), "@id"))


def _place(reading: _Reading, record: Record) -> str:
    place = record.get("location")
    if isinstance(place, str):
        return place.strip()
    place = _part(record, "location")
    return reading.places.get(_text(place, "@id")) or _text(place, "name").strip()


def _path(reading: _Reading, record: Record) -> tuple[str, ...]:
    """Return the category of a record: a path in version 2, a chain of categories in version 1."""
    category = record.get("category")
    if isinstance(category, str):
        return tuple(part.strip() for part in category.split("/") if part.strip())
    category = _part(record, "category")
    path: list[str] = []
    id_ = _text(category, "@id")
    while id_ in reading.categories and len(path) < 50:
        name, id_ = reading.categories[id_]
        path.insert(0, name)
    if path or not category:
        return tuple(path)
    above = category.get("categoryPath")
    names = [part for part in above if isinstance(part, str)] if isinstance(above, list) else []
    return (*names, _text(category, "name").strip())


def _flow(reading: _Reading, name: str, record: Record) -> None:
    notes = reading.notes
    id_ = _text(record, "@id")
    kind = _KINDS.get(_text(record, "flowType"))
    if kind is None:
        notes.warn("F-FLOW-KIND", name, id_, found=_text(record, "flowType"))
    if id_ in reading.flows:
        notes.lost("F-FLOW-REPEATED", name, id_, name=_text(record, "name"))
        return
    reading.flows[id_] = Flow(
        id=id_,
        name=notes.name(_text(record, "name"), name, id_),
        kind=kind or FlowKind.PRODUCT,
        unit=_flow_unit(reading, name, record),
        category=_path(reading, record),
        cas=notes.cas(_text(record, "cas"), name, id_),
        location=_place(reading, record),
    )


def _flow_unit(reading: _Reading, name: str, record: Record) -> str:
    """Return the unit a flow is counted in, and keep the factors of its flow properties."""
    factors: dict[str, float] = {}
    unit = ""
    for item in _parts(record, "flowProperties"):
        id_ = _text(_part(item, "flowProperty"), "@id")
        factors[id_] = as_number(item.get("conversionFactor")) or 1.0
        if item.get("referenceFlowProperty") is True or item.get("isRefFlowProperty") is True:
            unit = reading.references.get(reading.properties.get(id_, ""), "")
    reading.factors[_text(record, "@id")] = factors
    if not unit:
        reading.notes.warn("F-UNIT-UNKNOWN", name, _text(record, "@id"), name=_text(record, "name"))
    return unit


# ---- processes


def _process(reading: _Reading, name: str, record: Record) -> None:
    notes = reading.notes
    id_ = _text(record, "@id")
    if id_ in reading.datasets:
        notes.lost("F-DATASET-REPEATED", name, id_, name=_text(record, "name"))
        return
    words = _words(reading, record)
    read = [
        exchange
        for place, item in enumerate(_parts(record, "exchanges"))
        if (exchange := _exchange(reading, words, name, f"exchanges[{place}]", item)) is not None
    ]
    about = _part(record, "processDocumentation")
    dataset = Dataset(
        id=id_,
        name=notes.name(_text(record, "name"), name, id_),
        kind=_kind(reading, name, record),
        location=_place(reading, record),
        exchanges=tuple(read),
        allocation=_allocation(reading, name, record, read),
        period=(
            notes.day(_text(about, "validFrom"), name, "validFrom"),
            notes.day(_text(about, "validUntil"), name, "validUntil"),
        ),
        category=_path(reading, record),
        comment=_text(record, "description").strip(),
        file=name,
    )
    reading.datasets[id_] = dataset
    _check_reference(reading, dataset)


def _words(reading: _Reading, record: Record) -> _Words:
    """Return the key words that the exchanges of a process use, and count them."""
    counts = {0: 0, 1: 0, 2: 0}
    for item in _parts(record, "exchanges"):
        counts[next((words.version for words in _VERSIONS if words.input in item), 0)] += 1
    for version, count in counts.items():
        reading.versions[version] = reading.versions.get(version, 0) + count
    if counts[1] == counts[2]:
        return _VERSIONS[(reading.declared or 2) - 1]
    return _VERSIONS[0] if counts[1] > counts[2] else _VERSIONS[1]


def _kind(reading: _Reading, name: str, record: Record) -> DatasetKind:
    found = _text(record, "processType")
    if found not in {"UNIT_PROCESS", "LCI_RESULT"}:
        reading.notes.warn("F-DATASET-KIND", name, "processType", found=found)
    return DatasetKind.SYSTEM if found == "LCI_RESULT" else DatasetKind.UNIT


def _exchange(reading: _Reading, words: _Words, file: str, place: str, item: Record) -> DataExchange | None:
    notes = reading.notes
    flow = _part(item, "flow")
    id_ = _text(flow, "@id")
    amount = notes.number(item.get("amount"), file, place)
    if amount is None or not id_:
        if not id_:
            notes.lost("F-EXCHANGE-FLOW", file, place, found=_text(flow, "name"))
        return None
    input_ = item.get(words.input)
    if not isinstance(input_, bool):
        notes.warn("F-DIRECTION", file, place, found=repr(input_))
    if _text(item, "amountFormula").strip():
        notes.warn("F-FORMULA", file, place, formula=_text(item, "amountFormula"), amount=amount)
    if id_ not in reading.flows:
        _placeholder(reading, file, place, flow)
    return DataExchange(
        flow=id_,
        amount=amount,
        unit=_unit(reading, file, place, item, id_),
        input=input_ is True,
        provider=_text(_part(item, "defaultProvider"), "@id"),
        reference=item.get(words.reference) is True,
        avoided=item.get(words.avoided) is True,
        uncertainty=_uncertainty(reading, words, item, amount=amount, file=file, place=place),
        location=_place(reading, item),
    )


def _placeholder(reading: _Reading, file: str, place: str, flow: Record) -> None:
    """Take up a flow of which the package has only the reference."""
    id_ = _text(flow, "@id")
    kind = _KINDS.get(_text(flow, "flowType"), FlowKind.PRODUCT)
    path = flow.get("categoryPath")
    category = tuple(part for part in path if isinstance(part, str)) if isinstance(path, list) else _path(reading, flow)
    name = _text(flow, "name").strip()
    reading.flows[id_] = Flow(id_, name, kind, _text(flow, "refUnit").strip(), category, location=_place(reading, flow))
    reading.notes.warn("F-FLOW-MISSING", file, place, id=id_, name=name, kind=kind)


def _unit(reading: _Reading, file: str, place: str, item: Record, flow: str) -> str:
    """Return the unit as written; say how it converts where the flow is counted in another one."""
    unit = _part(item, "unit")
    name = _text(unit, "name").strip()
    own = reading.flows[flow].unit
    if not name:
        reading.notes.repaired("F-UNIT-MISSING", file, place, unit=own)
        return own
    if name == own or (flow, name) in reading.others:
        return name
    reading.others.add((flow, name))
    factor = reading.units.get(_text(unit, "@id"))
    factors = reading.factors.get(flow, {})
    by = factors.get(_text(_part(item, "flowProperty"), "@id"), 1.0 if not item.get("flowProperty") else None)
    if factor is None or by is None or not own:
        reading.notes.warn("F-UNIT-UNKNOWN", file, place, name=f"{reading.flows[flow].name} [{name}]")
    else:
        reading.notes.warn("F-UNIT-OTHER", file, place, flow=flow, unit=name, own=own, factor=repr(factor / by))
    return name


def _uncertainty(
    reading: _Reading, words: _Words, item: Record, *, amount: float, file: str, place: str
) -> Uncertainty | None:
    scores = _text(item, words.pedigree) or _text(item, "dqEntry")
    pedigree = as_pedigree(scores) if scores else ()
    about = _part(item, "uncertainty")
    kind = _text(about, "distributionType")
    if not kind or kind == "NO_DISTRIBUTION":
        if not scores:
            return None
        if len(pedigree) != INDICATORS:
            reading.notes.lost("F-PEDIGREE", file, place, found=scores)
            return None
        reading.notes.repaired("F-PEDIGREE-ALONE", file, place, found=scores)
        return Uncertainty(Distribution.LOGNORMAL, (), pedigree) if amount else None
    if kind not in _DISTRIBUTIONS:
        reading.notes.lost("F-UNCERTAINTY", file, place, distribution=kind, found="")
        return None
    distribution, keys = _DISTRIBUTIONS[kind]
    parameters = [about.get(key) for key in keys]
    return reading.notes.uncertainty(distribution, parameters, amount=amount, file=file, place=place, pedigree=pedigree)


def _allocation(reading: _Reading, name: str, record: Record, read: list[DataExchange]) -> dict[str, dict[str, float]]:
    """Return the shares by basis and product; what differs by exchange or lacks a product is lost."""
    products = [e for e in read if not e.avoided and _is_made(reading.flows[e.flow].kind, e)]
    found: dict[str, dict[str, set[float]]] = {}
    nameless = 0
    for factor in _parts(record, "allocationFactors"):
        basis = _BASES.get(_text(factor, "allocationType"), "")
        product = _text(_part(factor, "product"), "@id")
        share = as_number(factor.get("value"))
        if basis and product and share is not None:
            found.setdefault(basis, {}).setdefault(product, set()).add(share)
        else:
            nameless += 1
    if nameless:
        reading.notes.lost("F-ALLOCATION-PRODUCT", name, "allocationFactors", count=nameless)
    shares = {}
    for basis, parts in found.items():
        if all(len(values) == 1 for values in parts.values()):
            shares[basis] = {product: next(iter(values)) for product, values in parts.items()}
        else:
            reading.notes.lost("F-ALLOCATION-SINGLE", name, basis, count=len(parts))
    _check_shares(reading, name, shares, len(products))
    return shares


def _check_shares(reading: _Reading, name: str, shares: Mapping[str, Mapping[str, float]], products: int) -> None:
    for basis, parts in shares.items():
        if abs(sum(parts.values()) - 1) > 0.001:
            reading.notes.warn("F-SHARES-SUM", name, basis, sum=sum(parts.values()))
    if products > 1 and not shares:
        reading.notes.warn("F-ALLOCATION-NONE", name, "allocationFactors", count=products)


def _is_made(kind: FlowKind, exchange: DataExchange) -> bool:
    """Say whether an exchange is what a process is run for: a product given or a waste taken."""
    return kind is (FlowKind.WASTE if exchange.input else FlowKind.PRODUCT)


def _check_reference(reading: _Reading, dataset: Dataset) -> None:
    references = [exchange for exchange in dataset.exchanges if exchange.reference]
    if not references:
        reading.notes.warn("F-REFERENCE-MISSING", dataset.file, dataset.id, name=dataset.name)
    elif len(references) > 1:
        reading.notes.warn("F-REFERENCE-SEVERAL", dataset.file, dataset.id, count=len(references))
    for exchange in references:
        flow = reading.flows[exchange.flow]
        if flow.kind is FlowKind.ELEMENTARY:
            reading.notes.warn("F-REFERENCE-ELEMENTARY", dataset.file, dataset.id, name=flow.name, flow=flow.id)


def _finish(reading: _Reading) -> DataSource:
    notes, counts = reading.notes, reading.versions
    one, two, neither = counts.get(1, 0), counts.get(2, 0), counts.get(0, 0)
    if neither and not one and not two:
        raise FootproofError("E-DB-VERSION", found="openLCA JSON-LD ?", needed="1, 2")
    version = 1 if one > two else 2
    if not reading.declared or (one and two) or (one + two and reading.declared != version):
        notes.warn("F-VERSION-FROM-CONTENT", "", declared=reading.declared or "?", version=version, one=one, two=two)
    for dataset in reading.datasets.values():
        for provider in {exchange.provider for exchange in dataset.exchanges}:
            if provider and provider not in reading.datasets:
                notes.warn("F-PROVIDER-MISSING", dataset.file, dataset.id, provider=provider)
    return DataSource(f"openLCA JSON-LD {version}", reading.datasets, reading.flows, tuple(notes.findings))
