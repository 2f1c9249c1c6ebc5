"""Read ILCD and eILCD data sets (XML), as published by the European Platform on LCA; TIDAS is the same in JSON.

ILCD Handbook, data set formats 1.1: `resultingAmount` is the amount that counts, in the reference unit of the flow's
reference property; `meanAmount` times a variable should give the same. A flow of which the archive holds no data set is
taken up from the short description of the reference. Shares of co-products are percentages.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field

from footproof.errors import FootproofError, Where
from footproof.formats.archive import Files, in_order
from footproof.formats.repair import Notes, as_number
from footproof.formats.xml import Element, parse, root_name
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

NAMESPACE = "http://lca.jrc.it/ILCD/"
RANKS = {"unitGroupDataSet": 0, "flowPropertyDataSet": 1, "flowDataSet": 2, "processDataSet": 3}

_FOLDERS = {"unitgroups": 0, "flowproperties": 1, "flows": 2, "processes": 3}
_SKIPPED = (
    "administrativeInformation",
    "complianceDeclarations",
    "completeness",
    "dataDerivationTypeStatus",
    "dataSourcesTreatmentAndRepresentativeness",
    "synonyms",
    "technology",
    "validation",
    f"{NAMESPACE}Process}}generalComment",  # Of an exchange; that of the data set is in the common namespace.
)
_NAME_PARTS = (
    "baseName",
    "treatmentStandardsRoutes",
    "mixAndLocationTypes",
    "functionalUnitFlowProperties",
    "flowProperties",
)
_FLOWS = {
    "Elementary flow": FlowKind.ELEMENTARY,
    "Product flow": FlowKind.PRODUCT,
    "Waste flow": FlowKind.WASTE,
}
_DATASETS = {
    "Unit process, single operation": DatasetKind.UNIT,
    "Unit process, black box": DatasetKind.UNIT,
    "LCI result": DatasetKind.SYSTEM,
}
_DISTRIBUTIONS = {
    "log-normal": Distribution.LOGNORMAL,
    "normal": Distribution.NORMAL,
    "triangular": Distribution.TRIANGULAR,
    "uniform": Distribution.UNIFORM,
}
_BASES = (("market value", "economic"), ("mass", "physical"), ("calorific", "physical"), ("exergetic", "physical"))


@dataclass(slots=True)
class _Reading:
    """What has been read so far."""

    notes: Notes = field(default_factory=Notes)
    units: dict[str, str] = field(default_factory=dict)  # Reference unit by unit group.
    properties: dict[str, str] = field(default_factory=dict)  # Reference unit by flow property.
    flows: dict[str, Flow] = field(default_factory=dict)
    datasets: dict[str, Dataset] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Line:
    """An exchange with what is needed until all of its process is read."""

    exchange: DataExchange
    element: Element


def recognise(names: Collection[str], peek: Callable[[str], bytes]) -> bool:
    """Say whether these are the files of an ILCD archive with processes.

    Args:
        names: Paths inside the archive.
        peek: Returns the beginning of a file.
    """
    xmls = [name for name in names if name.lower().endswith(".xml")]
    processes = [name for name in xmls if folder(name) == "processes"]
    return any(root_name(peek(name))[0] == "processDataSet" for name in (processes or xmls)[:50])


def read(files: Files) -> DataSource:
    """Return the processes and flows of an ILCD archive.

    Args:
        files: An archive or pairs of name and content.

    Raises:
        FootproofError: E-DB-VERSION for a version other than 1.x, E-DB-XML-ENTITY, E-DB-DEPTH, E-DB-XML-SIZE for
            hostile XML, and what reading an archive raises.
    """
    notes = Notes()
    return read_documents(_documents(files, notes), "ILCD", notes)


def folder(name: str) -> str:
    """Return the folder that a file of an archive lies in, in lower case."""
    return name.split("/")[-2].lower() if "/" in name else ""


def rank(suffix: str, root: Callable[[bytes], str]) -> Callable[[str, Callable[[], bytes]], int | None]:
    """Return what puts data sets in the order of reading, by folder, else by what they begin with.

    Args:
        suffix: Of the files that are data sets, such as ".xml".
        root: Returns the name of a data set's root from its beginning.
    """

    def place(name: str, peek: Callable[[], bytes]) -> int | None:
        if not name.lower().endswith(suffix):
            return None
        known = _FOLDERS.get(folder(name))
        return known if known is not None else RANKS.get(root(peek()))

    return place


def read_documents(documents: Iterable[tuple[str, Element]], format_: str, notes: Notes) -> DataSource:
    """Return the processes and flows of data sets: unit groups, flow properties and flows come before processes.

    Args:
        documents: Name and root of each.
        format_: Name of the format.
        notes: What was found while the documents were parsed.

    Raises:
        FootproofError: E-DB-VERSION.
    """
    reading = _Reading(notes)
    readers = {
        "unitGroupDataSet": _unit_group,
        "flowPropertyDataSet": _flow_property,
        "flowDataSet": _flow,
        "processDataSet": _process,
    }
    for name, root in documents:
        reader = readers.get(root.name)
        if reader is None:
            notes.lost("F-FILE-OTHER", name, root=root.name)
            continue
        _check_version(name, root, format_, notes)
        reader(reading, name, root)
    return DataSource(format_, reading.datasets, reading.flows, tuple(notes.findings))


def _documents(files: Files, notes: Notes) -> Iterator[tuple[str, Element]]:
    for _, name, data in in_order(files, rank(".xml", lambda head: root_name(head)[0])):
        try:
            root = parse(data, name, _SKIPPED)
        except FootproofError as problem:
            if problem.code != "E-DB-SYNTAX":
                raise
            notes.lost("F-FILE-SYNTAX", name, reason=problem)
            continue
        yield name, root


def _check_version(name: str, root: Element, format_: str, notes: Notes) -> None:
    version = root.attributes.get("version", "")
    if not root.namespace.startswith(NAMESPACE) or (version and not re.fullmatch(r"1(\.\d+)*", version)):
        found = f"{format_} {root.namespace} {version}".strip()
        raise FootproofError("E-DB-VERSION", Where(name), found=found, needed=f"{NAMESPACE}… 1.x")
    if not version:
        notes.warn("F-VERSION-FROM-CONTENT", name, declared="?", version="1.1", one="", two="")


# ---- names and ids


def _names(reading: _Reading, file: str, element: Element | None) -> dict[str, str]:
    """Return the name by language: base name, route, mix and properties, joined as ILCD shows them."""
    parts: dict[str, list[str]] = {}
    for part in _NAME_PARTS:
        for item in element.all(part) if element else []:
            text = reading.notes.name(item.text, file, part)
            if text:
                parts.setdefault(item.attributes.get("lang", "en"), []).append(text)
    return {lang: "; ".join(texts) for lang, texts in parts.items()}


def _first(texts: dict[str, str]) -> str:
    return texts.get("en") or next(iter(texts.values()), "")


def _by_language(elements: Iterable[Element]) -> dict[str, str]:
    texts: dict[str, str] = {}
    for element in elements:
        if element.text.strip():
            texts.setdefault(element.attributes.get("lang", "en"), element.text.strip())
    return texts


def _reference(element: Element | None) -> str:
    return element.attributes.get("refObjectId", "").strip() if element else ""


def _id(reading: _Reading, file: str, about: Element | None) -> str:
    """Return the UUID of a data set; where it has none it cannot be referred to, and is lost."""
    id_ = about.text_at("UUID") if about else ""
    if not id_:
        reading.notes.lost("F-ID-MISSING", file, name=about.text_at("name", "baseName") if about else "")
    return id_


def _classes(about: Element | None) -> tuple[str, ...]:
    """Return the first classification of a data set, coarse to fine."""
    where = about.at("classificationInformation") if about else None
    if where is None:
        return ()
    elementary = where.at("elementaryFlowCategorization")
    classes = elementary.all("category") if elementary else (where.at("classification") or where).all("class")
    ordered = sorted(classes, key=lambda item: as_number(item.attributes.get("level", "0")) or 0.0)
    return tuple(text for item in ordered if (text := item.text.strip()))


# ---- what processes refer to


def _unit_group(reading: _Reading, file: str, root: Element) -> None:
    id_ = _id(reading, file, root.at("unitGroupInformation", "dataSetInformation"))
    wanted = root.text_at("unitGroupInformation", "quantitativeReference", "referenceToReferenceUnit")
    units = root.at("units")
    for unit in units.all("unit") if units else []:
        if unit.attributes.get("dataSetInternalID") == wanted:
            reading.units[id_] = unit.text_at("name")
    if id_ and not reading.units.get(id_):
        reading.notes.warn("F-UNIT-UNKNOWN", file, wanted, name=id_)


def _flow_property(reading: _Reading, file: str, root: Element) -> None:
    about = root.at("flowPropertiesInformation")
    id_ = _id(reading, file, about.at("dataSetInformation") if about else None)
    group = _reference(about.at("quantitativeReference", "referenceToReferenceUnitGroup")) if about else ""
    if id_ and group in reading.units:
        reading.properties[id_] = reading.units[group]
    elif id_:
        reading.notes.warn("F-UNIT-UNKNOWN", file, group, name=id_)


def _flow(reading: _Reading, file: str, root: Element) -> None:
    notes = reading.notes
    about = root.at("flowInformation", "dataSetInformation")
    id_ = _id(reading, file, about)
    if not about or not id_:
        return
    names = _names(reading, file, about.at("name"))
    if id_ in reading.flows:
        notes.lost("F-FLOW-REPEATED", file, id_, name=_first(names))
        return
    kind = root.text_at("modellingAndValidation", "LCIMethod", "typeOfDataSet")
    if kind not in _FLOWS:
        notes.warn("F-FLOW-KIND", file, id_, found=kind)
    reading.flows[id_] = Flow(
        id=id_,
        name=_first(names),
        kind=_FLOWS.get(kind, FlowKind.PRODUCT),
        unit=_flow_unit(reading, file, id_, root),
        category=_classes(about),
        names=names,
        cas=notes.cas(about.text_at("CASNumber"), file, id_),
        location=root.text_at("flowInformation", "geography", "locationOfSupply"),
    )


def _flow_unit(reading: _Reading, file: str, id_: str, root: Element) -> str:
    wanted = root.text_at("flowInformation", "quantitativeReference", "referenceToReferenceFlowProperty")
    properties = root.at("flowProperties")
    for item in properties.all("flowProperty") if properties else []:
        if item.attributes.get("dataSetInternalID") == wanted:
            unit = reading.properties.get(_reference(item.at("referenceToFlowPropertyDataSet")), "")
            if unit:
                return unit
    reading.notes.warn("F-UNIT-UNKNOWN", file, wanted, name=id_)
    return ""


# ---- processes


def _process(reading: _Reading, file: str, root: Element) -> None:
    information = root.at("processInformation") or Element("processInformation")
    about = information.at("dataSetInformation")
    id_ = _id(reading, file, about)
    if not about or not id_:
        return
    names = _names(reading, file, about.at("name"))
    if id_ in reading.datasets:
        reading.notes.lost("F-DATASET-REPEATED", file, id_, name=_first(names))
        return
    lines = _lines(reading, file, root, _references(information))
    method = root.at("modellingAndValidation", "LCIMethodAndAllocation") or Element("LCIMethodAndAllocation")
    category = _classes(about)
    place = information.at("geography", "locationOfOperationSupplyOrProduction")
    dataset = Dataset(
        id=id_,
        name=_first(names),
        kind=_kind(reading, file, method, category),
        location=place.attributes.get("location", "").strip() if place else "",
        exchanges=tuple(line.exchange for line in lines.values()),
        allocation=_allocation(reading, file, method, lines),
        period=(
            _year(reading, file, information, "referenceYear"),
            _year(reading, file, information, "dataSetValidUntil"),
        ),
        names=names,
        category=category,
        comment=_first(_by_language(about.all("generalComment"))),
        file=file,
    )
    reading.datasets[id_] = dataset
    _check_reference(reading, dataset)


def _references(information: Element) -> set[str]:
    quantitative = information.at("quantitativeReference")
    return {item.text.strip() for item in quantitative.all("referenceToReferenceFlow")} if quantitative else set()


def _year(reading: _Reading, file: str, information: Element, name: str) -> str:
    return reading.notes.day(information.text_at("time", name), file, name)


def _kind(reading: _Reading, file: str, method: Element, category: tuple[str, ...]) -> DatasetKind:
    found = method.text_at("typeOfDataSet")
    if any("input-output" in part.lower() for part in category):
        reading.notes.warn("F-DATASET-SECTOR", file, "typeOfDataSet", found=found, category=" / ".join(category))
        return DatasetKind.SECTOR
    if found not in _DATASETS:
        reading.notes.warn("F-DATASET-KIND", file, "typeOfDataSet", found=found)
    return _DATASETS.get(found, DatasetKind.UNIT)


def _lines(reading: _Reading, file: str, root: Element, references: set[str]) -> dict[str, _Line]:
    """Return the exchanges of a process by their internal id."""
    lines: dict[str, _Line] = {}
    exchanges = root.at("exchanges")
    variables = _variables(root)
    for place, element in enumerate(exchanges.all("exchange") if exchanges else []):
        id_ = element.attributes.get("dataSetInternalID", "").strip()
        exchange = _exchange(reading, file, element, id_ in references, variables)
        if exchange is not None:
            key = id_ if id_ and id_ not in lines else f"line {element.line} ({place})"
            lines[key] = _Line(exchange, element)
    return lines


def _variables(root: Element) -> dict[str, float]:
    relations = root.at("processInformation", "mathematicalRelations")
    values: dict[str, float] = {}
    for item in relations.all("variableParameter") if relations else []:
        value = as_number(item.text_at("meanValue"))
        if value is not None:
            values[item.attributes.get("name", "")] = value
    return values


def _exchange(
    reading: _Reading, file: str, element: Element, reference: bool, variables: dict[str, float]
) -> DataExchange | None:
    notes = reading.notes
    place = f"exchange {element.attributes.get('dataSetInternalID', '?')}, line {element.line}"
    amount = _amount(reading, file, place, element, variables)
    direction = element.text_at("exchangeDirection").lower()
    if direction not in {"input", "output"}:
        notes.lost("F-DIRECTION-LOST", file, place, found=direction)
        return None
    flow = _flow_of(reading, file, place, element)
    if amount is None or not flow or _is_reminder(reading, file, place, element):
        return None
    return DataExchange(
        flow=flow,
        amount=amount,
        unit=reading.flows[flow].unit,
        input=direction == "input",
        reference=reference,
        uncertainty=_uncertainty(reading, file, place, element, amount),
        location=element.text_at("location"),
    )


def _is_reminder(reading: _Reading, file: str, place: str, element: Element) -> bool:
    """Say whether an exchange only recalls what the inventory already holds, which would count it twice."""
    function = element.text_at("functionType")
    if "reminder" not in function.lower():
        return False
    reading.notes.lost("F-REMINDER", file, place, function=function)
    return True


def _amount(reading: _Reading, file: str, place: str, element: Element, variables: dict[str, float]) -> float | None:
    notes = reading.notes
    resulting, mean = element.text_at("resultingAmount"), element.text_at("meanAmount")
    if not resulting and mean:
        notes.repaired("F-AMOUNT-MEAN", file, place, mean=mean)
    amount = notes.number(resulting or mean, file, place)
    variable = element.text_at("referenceToVariable")
    if variable and amount is not None:
        notes.warn("F-FORMULA", file, place, formula=variable, amount=amount)
    factor = variables.get(variable) if variable else 1.0
    expected = as_number(mean)
    if amount is None or expected is None or factor is None:
        return amount
    if abs(expected * factor - amount) > 1e-6 * max(abs(amount), abs(expected * factor)):
        notes.warn("F-AMOUNT-DIFFERS", file, place, mean=expected * factor, amount=amount)
    return amount


def _flow_of(reading: _Reading, file: str, place: str, element: Element) -> str:
    """Return the id of the flow of an exchange; take it up from its short description where it has no data set."""
    reference = element.at("referenceToFlowDataSet")
    given = reference.attributes.get("refObjectId", "") if reference else ""
    id_ = given.strip()
    if id_ != given:
        reading.notes.repaired("F-ID-BLANK", file, place, id=repr(given))
    if id_ in reading.flows:
        return id_
    names = _by_language(reference.all("shortDescription")) if reference else {}
    name = _first(names) or id_
    id_ = id_ or (f"name:{name}" if name else "")
    if not id_:
        reading.notes.lost("F-EXCHANGE-FLOW", file, place, found="")
    elif id_ not in reading.flows:
        reading.flows[id_] = Flow(id_, name, FlowKind.PRODUCT, "", names=names)
        reading.notes.warn("F-FLOW-MISSING", file, place, id=id_, name=name, kind=FlowKind.PRODUCT)
    return id_


def _uncertainty(reading: _Reading, file: str, place: str, element: Element, amount: float) -> Uncertainty | None:
    kind = element.text_at("uncertaintyDistributionType")
    if not kind or kind == "undefined":
        return None
    low, high = as_number(element.text_at("minimumAmount")), as_number(element.text_at("maximumAmount"))
    spread = as_number(element.text_at("relativeStandardDeviation95In"))
    distribution = _DISTRIBUTIONS.get(kind)
    if distribution is None:
        reading.notes.lost("F-UNCERTAINTY", file, place, distribution=kind, found="")
        return None
    given: dict[Distribution, list[float | None]] = {
        # The field holds the square of the geometric standard deviation, or twice the standard deviation.
        Distribution.LOGNORMAL: [None if spread is None or spread < 0 else spread**0.5],
        Distribution.NORMAL: [None if spread is None else spread / 2],
        Distribution.TRIANGULAR: [low, amount, high],
        Distribution.UNIFORM: [low, high],
    }
    return reading.notes.uncertainty(distribution, given[distribution], amount=amount, file=file, place=place)


def _allocation(reading: _Reading, file: str, method: Element, lines: dict[str, _Line]) -> dict[str, dict[str, float]]:
    """Return the share of each co-product where all exchanges are shared alike; otherwise it is reported."""
    shares: dict[str, set[float]] = {}
    for line in lines.values():
        allocations = line.element.at("allocations")
        for item in allocations.all("allocation") if allocations else []:
            share = as_number(item.attributes.get("allocatedFraction", ""))
            product = item.attributes.get("internalReferenceToCoProduct", "").strip()
            if share is None or product not in lines:
                reading.notes.lost("F-ALLOCATION-PRODUCT", file, product, count=1)
            else:
                shares.setdefault(product, set()).add(share / 100)
    if not shares:
        return {}
    if any(len(found) > 1 for found in shares.values()):
        reading.notes.lost("F-ALLOCATION-SINGLE", file, "allocations", count=len(shares))
        return {}
    total = sum(next(iter(found)) for found in shares.values())
    basis = _basis(method)
    if abs(total - 1) > 0.001:
        reading.notes.warn("F-SHARES-SUM", file, basis, sum=total)
    return {basis: {lines[product].exchange.flow: next(iter(found)) for product, found in shares.items()}}


def _basis(method: Element) -> str:
    """Return the basis of allocation that the method names first; causal where it names none."""
    for approach in method.all("LCIMethodApproaches"):
        text = approach.text.lower()
        for word, basis in _BASES:
            if "allocation" in text and word in text:
                return basis
    return "causal"


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
