"""EcoSpold 1 (ecoinvent 2000-2012, SimaPro and openLCA exports) into a `DataSource`.

Follows the field descriptions of the EcoSpold 1 schema (Hedemann & Koenig, ecoinvent report no. 4): `inputGroup`
1-3 and 5 come from other processes, 4 from nature; `outputGroup` 0 is the reference product, 1 an avoided product,
2 a co-product, 3 waste to treatment, 4 goes to nature. `standardDeviation95` is the square of the geometric
standard deviation (lognormal) or twice the standard deviation (normal). Flows have no id of their own: name, unit,
category and location identify them; the numbers of exchanges differ between programs and are not used.

The collector of datasets and the walk over files at the top are shared by the readers of databases beside this one.
"""

import math
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from footproof.errors import FootproofError, Where
from footproof.formats.archive import HEAD
from footproof.formats.repair import Notes, as_number
from footproof.formats.xml import Element, root_name, stream
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

NAMESPACE = "http://www.EcoInvent.org/EcoSpold01"
AUTHOR_LIMIT = 40
_ENDINGS = (".xml", ".spold")
_MASTER_DATA = {"categories", "units", "companyCodes", "regionalCodes", "persons", "sources", "names", "languageCodes"}
_SPREADS = ("standardDeviation95", "minValue", "maxValue", "mostLikelyValue")
_BASES = {"0": "physical", "1": "economic", "2": "causal"}
_INPUTS = {"1": FlowKind.PRODUCT, "2": FlowKind.PRODUCT, "3": FlowKind.PRODUCT, "5": FlowKind.PRODUCT}
_OUTPUTS = {"0": FlowKind.PRODUCT, "1": FlowKind.PRODUCT, "2": FlowKind.PRODUCT, "3": FlowKind.WASTE}


# ---- shared by the readers of databases


class Collector(Notes):
    """Gathers what a reader finds: datasets and flows beside the notes.

    Args:
        form: Name of the format, for `DataSource.format`.
    """

    def __init__(self, form: str) -> None:
        super().__init__()
        self.form = form
        self.datasets: dict[str, Dataset] = {}
        self.flows: dict[str, Flow] = {}
        self.foreign: list[tuple[str, str]] = []
        self._said: set[tuple[str, str]] = set()
        self._numbers: dict[str, str] = {}

    def find(self, code: str, severity: Severity, file: str, place: str = "", **values: object) -> None:
        """Add a finding; values become text."""
        self._add(code, severity, file, place, values)

    def find_once(self, key: str, code: str, severity: Severity, file: str, place: str = "", **values: object) -> None:
        """Add a finding unless one of this code stands for the same thing already (a flow used many times)."""
        if (code, key) not in self._said:
            self._said.add((code, key))
            self.find(code, severity, file, place, **values)

    def name(self, text: str, file: str, place: str = "") -> str:
        """Return a name without surrounding blanks; a changed one is found at its first use."""
        name = text.strip()
        if name != text:
            self.find_once(text, "F-NAME-BLANK", Severity.REPAIRED, file, place, name=repr(text))
        return name

    def cas(self, text: str, file: str, place: str = "") -> str:
        """Return a CAS number without leading zeros; a wrong one is found at its first use."""
        if text not in self._numbers:
            self._numbers[text] = super().cas(text, file, place)
        return self._numbers[text]

    def spread(
        self,
        distribution: Distribution,
        parameters: Sequence[float | None],
        amount: float,
        *,
        file: str,
        place: str,
        pedigree: tuple[int, ...] = (),
    ) -> Uncertainty | None:
        """Return a distribution as `uncertainty` does; a triangle whose peak lies outside its limits is none."""
        known = [item for item in parameters if item is not None]
        if len(known) == 3 and sorted(known)[1] != known[1]:
            shown = [f"{item:g}" for item in known]
            self.find("F-UNCERTAINTY", Severity.WARNING, file, place, distribution=distribution, found=", ".join(shown))
            return None
        return self.uncertainty(distribution, parameters, amount=amount, file=file, place=place, pedigree=pedigree)

    def flow(self, flow: Flow, file: str, place: str, *, decides: bool = False) -> str:
        """Keep a flow and return its id; the first description holds, unless the later one `decides`."""
        known = self.flows.get(flow.id)
        if known is None:
            self.flows[flow.id] = flow
            if not flow.unit:
                self.find("F-FLOW-UNITLESS", Severity.WARNING, file, place, flow=flow.name)
        else:
            if (known.name, known.kind) != (flow.name, flow.kind):
                self.find_once(
                    f"{flow.id} {flow.name} {flow.kind}",
                    "F-FLOW-TWO-FACES",
                    Severity.WARNING,
                    file,
                    place,
                    flow=flow.id,
                    first=f"{known.name} ({known.kind.value})",
                    second=f"{flow.name} ({flow.kind.value})",
                )
            if decides:
                self.flows[flow.id] = replace(flow, cas=flow.cas or known.cas)
        return flow.id

    def dataset(self, dataset: Dataset, place: str) -> None:
        """Keep a dataset; one whose id is taken is kept under a numbered id, with a finding."""
        if not any(item.reference for item in dataset.exchanges):
            code = "F-DATASET-HOLLOW" if not dataset.exchanges else "F-REFERENCE-MISSING"
            self.find(code, Severity.WARNING, dataset.file, place, name=dataset.name)
        name, copy = dataset.id, 1
        while name in self.datasets:
            copy += 1
            name = f"{dataset.id}#{copy}"
        if copy > 1:
            self.find("F-DATASET-TWICE", Severity.WARNING, dataset.file, place, dataset=dataset.id, kept=name)
            dataset = replace(dataset, id=name)
        self.datasets[name] = dataset

    def source(self, needed: str) -> DataSource:
        """Return what was gathered.

        Args:
            needed: The content this reader reads, for the error.

        Raises:
            FootproofError: E-DB-VERSION where only files of other content came, E-DB-UNKNOWN where nothing came
                at all: neither may pass for an empty database.
        """
        if not self.datasets:
            if self.foreign:
                file, found = self.foreign[0]
                raise FootproofError("E-DB-VERSION", Where(file), found=found, needed=needed)
            if not any(item.severity is Severity.LOST for item in self.findings):
                raise FootproofError("E-DB-UNKNOWN", None, found="-", needed=needed)
        return DataSource(self.form, self.datasets, self.flows, tuple(self.findings))


def read_documents(
    files: Iterable[tuple[str, bytes]],
    found: Collector,
    namespace: str,
    wanted: Collection[str],
    take: Callable[[Element, str], None],
) -> None:
    """Hand every dataset of XML files to `take`; what cannot be read is found.

    Args:
        files: Name and content.
        found: Takes the findings.
        namespace: Of the version this reader reads.
        wanted: Names of the elements that are datasets.
        take: Called with each dataset and its file.

    Raises:
        FootproofError: A file is hostile (document type, depth, size): that is refused, not worked around.
    """
    for file, data in files:
        if not file.lower().endswith(_ENDINGS):
            if data:
                found.find("F-FILE-UNREAD", Severity.REPAIRED, file, content="-")
            continue
        if not _is_ours(root_name(data[:HEAD]), file, found, namespace):
            continue
        taken = 0
        try:
            for element in stream(data, file, wanted):
                taken += 1
                take(element, file)
        except FootproofError as fault:
            if fault.code != "E-DB-SYNTAX":
                raise
            left = max(_count(data, wanted) - taken, 0)
            reason = fault.values.get("reason", "")
            found.find("F-FILE-BROKEN", Severity.LOST, file, str(fault.where), reason=reason, read=taken, lost=left)


def _count(data: bytes, wanted: Collection[str]) -> int:
    """Count the start tags of datasets in a broken file, as far as bytes tell."""
    return sum(len(re.findall(rb"<(?:\w+:)?" + name.encode() + rb"[\s>]", data)) for name in wanted)


def _is_ours(root: tuple[str, str], file: str, found: Collector, namespace: str) -> bool:
    """Say whether a root element is that of a dataset file; another is found."""
    name, space = root
    if name == "ecoSpold" and space == namespace:
        return True
    if name == "ecoSpold" and not space:
        found.find("F-VERSION-GUESSED", Severity.WARNING, file, version=found.form)
        return True
    if name in _MASTER_DATA or name.startswith("valid"):
        found.find("F-FILE-UNREAD", Severity.REPAIRED, file, content=name)
        return False
    seen = f"{name} ({space})" if name else "-"
    found.foreign.append((file, seen))
    found.find("F-FILE-FOREIGN", Severity.LOST, file, found=seen, needed=found.form)
    return False


def recognise_root(names: Collection[str], peek: Callable[[str], bytes], namespace: str) -> bool:
    """Say whether some XML file begins with an `ecoSpold` element of a namespace."""
    return any(name.lower().endswith(_ENDINGS) and root_name(peek(name)) == ("ecoSpold", namespace) for name in names)


# ---- EcoSpold 1


def recognise(names: Collection[str], peek: Callable[[str], bytes]) -> bool:
    """Say whether an archive holds EcoSpold 1.

    Args:
        names: Of its files.
        peek: Returns at least the beginning of one.
    """
    return recognise_root(names, peek, NAMESPACE)


def read(files: Iterable[tuple[str, bytes]]) -> DataSource:
    """Read EcoSpold 1 files.

    Args:
        files: Name and content of each.

    Returns:
        Datasets by number, flows, and what was repaired or lost.

    Raises:
        FootproofError: E-DB-VERSION where the files are of another format; E-DB-UNKNOWN where none has data.
    """
    found = Collector("EcoSpold 1")
    read_documents(files, found, NAMESPACE, {"dataset"}, lambda element, file: _dataset(element, file, found))
    return found.source("EcoSpold 1 (ecoSpold/dataset)")


def _dataset(element: Element, file: str, found: Collector) -> None:
    """Keep one dataset."""
    number = (element.attributes.get("number") or "").strip()
    place = f"dataset {number or '?'}"
    process = at(element, "metaInformation", "processInformation")
    reference = at(process, "referenceFunction")
    about = at(process, "dataSetInformation")
    kind = about.attributes.get("type", "1") if about is not None else "1"
    if reference is None:
        found.find("F-DATASET-NAMELESS", Severity.LOST, file, place)
        return
    if kind in {"3", "4"}:
        found.find("F-DATASET-NO-PROCESS", Severity.LOST, file, place, kind=kind)
        return
    name = found.name(reference.attributes.get("name", ""), file, place)
    _check_authors(element, file, place, found)
    location = _attribute(at(process, "geography"), "location")
    lines = _lines(element, file, place, found)
    exchanges = [item for _, item, _ in lines]
    if exchanges and not any(item.reference for item in exchanges):
        exchanges = _with_reference(exchanges, lines, reference, location=location, file=file, place=place, found=found)
    local_name = reference.attributes.get("localName", "").strip()
    languages = {_attribute(about, "languageCode") or "en": name, _attribute(about, "localLanguageCode"): local_name}
    found.dataset(
        Dataset(
            number or name,
            name,
            DatasetKind.SYSTEM if kind in {"0", "2"} else DatasetKind.UNIT,
            location,
            tuple(exchanges),
            _allocation(element, lines, file, place, found),
            _period(process, file, place, found),
            {key: value for key, value in languages.items() if key and value},
            _category(reference),
            "",
            reference.attributes.get("generalComment", "").strip(),
            file,
        ),
        place,
    )


def at(element: Element | None, *path: str) -> Element | None:
    """Return the first element along a path, or None, of nothing as well."""
    return element.at(*path) if element is not None else None


def _attribute(element: Element | None, name: str) -> str:
    return element.attributes.get(name, "").strip() if element is not None else ""


def _category(element: Element) -> tuple[str, ...]:
    return tuple(part for key in ("category", "subCategory") if (part := element.attributes.get(key, "").strip()))


def _check_authors(element: Element, file: str, place: str, found: Collector) -> None:
    """Report authors the schema calls too long: strict readers refuse the whole file over one."""
    sources = element.at("metaInformation", "modellingAndValidation")
    for source in sources.all("source") if sources else ():
        author = source.attributes.get("firstAuthor", "")
        if len(author) > AUTHOR_LIMIT:
            found.find("F-AUTHOR-LONG", Severity.REPAIRED, file, place, author=author, length=len(author))


def _period(process: Element | None, file: str, place: str, found: Collector) -> tuple[str, str]:
    """Return first and last day, month or year."""
    time = at(process, "timePeriod")
    if time is None:
        return "", ""
    ends = []
    for end in ("start", "end"):
        raw = next((text for form in ("Date", "YearMonth", "Year") if (text := time.text_at(end + form))), "")
        ends.append(found.day(raw, file, f"{place}/timePeriod") if raw else "")
    return ends[0], ends[1]


_Line = tuple[str, DataExchange, Element]


def _lines(element: Element, file: str, place: str, found: Collector) -> list[_Line]:
    """Return number, exchange and element of every line that can be read."""
    flows = element.at("flowData")
    lines = []
    for item in flows.all("exchange") if flows is not None else ():
        exchange = _exchange(item, file, f"{place}/exchange {item.attributes.get('number', '?')}", found)
        if exchange is not None:
            lines.append((item.attributes.get("number", ""), exchange, item))
    return lines


def _exchange(item: Element, file: str, place: str, found: Collector) -> DataExchange | None:
    """Return one line, or None with a finding."""
    taken, given = item.text_at("inputGroup"), item.text_at("outputGroup")
    kind = _INPUTS.get(taken) if taken else _OUTPUTS.get(given)
    if kind is None:
        if "4" not in {taken, given}:
            found.find("F-DIRECTION-LOST", Severity.LOST, file, place, found=taken or given or "-")
            return None
        kind = FlowKind.ELEMENTARY
    amount = found.number(item.attributes.get("meanValue"), file, place)
    if amount is None:
        return None
    name = found.name(item.attributes.get("name", ""), file, place)
    unit, location = item.attributes.get("unit", "").strip(), item.attributes.get("location", "").strip()
    category = _category(item)
    cas = found.cas(item.attributes.get("CASNumber", ""), file, place)
    key = " | ".join((name, unit, "/".join(category), location))
    flow = found.flow(
        Flow(key, name, kind, unit, category, {}, cas, location), file, place, decides=not taken and given in "02"
    )
    return DataExchange(
        flow,
        amount,
        unit,
        bool(taken),
        reference=given == "0",
        avoided=given == "1",
        uncertainty=_uncertainty(item, amount, file, place, found),
        location=location,
    )


def _uncertainty(item: Element, amount: float, file: str, place: str, found: Collector) -> Uncertainty | None:
    """Return the distribution of a line."""
    kind = item.attributes.get("uncertaintyType", "0").strip()
    if kind in {"", "0"}:
        return None
    numbers = (as_number(item.attributes.get(key, "")) for key in _SPREADS)
    wide, low, high, likely = numbers
    if kind == "1":
        root = math.sqrt(wide) if wide is not None and wide >= 0 else None
        return found.spread(Distribution.LOGNORMAL, (root,), amount, file=file, place=place)
    if kind == "2":
        return found.spread(Distribution.NORMAL, (None if wide is None else wide / 2,), amount, file=file, place=place)
    if kind == "3":
        if likely is None and low is not None and high is not None:
            likely = 3 * amount - low - high  # the mean of a triangle is a third of the sum
            found.find("F-UNCERTAINTY-MODE", Severity.REPAIRED, file, place, mode=f"{likely:g}")
        return found.spread(Distribution.TRIANGULAR, (low, likely, high), amount, file=file, place=place)
    if kind == "4":
        return found.spread(Distribution.UNIFORM, (low, high), amount, file=file, place=place)
    found.find("F-UNCERTAINTY-KIND", Severity.WARNING, file, place, kind=kind)
    return None


def _with_reference(
    exchanges: list[DataExchange],
    lines: Sequence[_Line],
    reference: Element,
    *,
    location: str,
    file: str,
    place: str,
    found: Collector,
) -> list[DataExchange]:
    """Mark the output that the reference function names, or all co-products of a multi-output process."""
    name, unit = reference.attributes.get("name", "").strip(), reference.attributes.get("unit", "").strip()
    outputs = [at for at, (_, item, _) in enumerate(lines) if not item.input and not item.avoided]
    products = [at for at in outputs if found.flows[exchanges[at].flow].kind is FlowKind.PRODUCT]
    named = [
        at
        for at in products
        if (found.flows[exchanges[at].flow].name, exchanges[at].unit) == (name, unit)
        and exchanges[at].location in {"", location}
    ]
    chosen = named[:1] or products
    if not chosen:
        return exchanges
    found.find("F-REFERENCE-TAKEN", Severity.REPAIRED, file, place, dataset=name, count=len(chosen))
    return [replace(item, reference=True) if at in chosen else item for at, item in enumerate(exchanges)]


def _allocation(
    element: Element, lines: Sequence[_Line], file: str, place: str, found: Collector
) -> Mapping[str, Mapping[str, float]]:
    """Return the share of each co-product where it is one for all exchanges."""
    flows = element.at("flowData")
    by_number = {number: exchange.flow for number, exchange, _ in lines}
    shares: dict[str, dict[str, set[float]]] = {}
    for item in flows.all("allocation") if flows else ():
        product = by_number.get(item.attributes.get("referenceToCoProduct", "").strip())
        fraction = as_number(item.attributes.get("fraction", ""))
        if product is None or fraction is None:
            found.find("F-ALLOCATION-UNREADABLE", Severity.WARNING, file, place)
            continue
        basis = _BASES.get(item.attributes.get("allocationMethod", "").strip(), "causal")
        shares.setdefault(basis, {}).setdefault(product, set()).add(fraction / 100)
    found_shares: dict[str, dict[str, float]] = {}
    for basis, products in shares.items():
        if any(len(fractions) > 1 for fractions in products.values()):
            found.find("F-ALLOCATION-BY-LINE", Severity.WARNING, file, place, basis=basis)
        else:
            found_shares[basis] = {product: min(fractions) for product, fractions in products.items()}
    return found_shares
