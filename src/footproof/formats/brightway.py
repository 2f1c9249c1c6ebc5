"""Brightway inventories in Excel workbooks into a `DataSource`.

Follows the template of bw2io's ExcelImporter: a row "Activity" with the name, rows of fields, a row "Exchanges", a
header and one row for each exchange down to the next activity. A sheet whose first cell is "skip" is left out, one with
"cutoff" keeps so many columns. Distributions are those of stats_arrays. An activity is known by name, reference
product and location, and so is the product that it supplies; exchanges name their supplier in the same way.
"""

import math
import zipfile
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from itertools import pairwise

from footproof.errors import FootproofError
from footproof.formats.ecospold1 import Collector
from footproof.formats.repair import as_number
from footproof.formats.workbook_cells import raw_sheets
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

_ENDINGS = (".xlsx", ".xlsm")
_INSIDE = "xl/workbook.xml"
_KINDS = {"production", "technosphere", "substitution", "biosphere", "generic production", "generic consumption"}
_BLOCKS = {"activity", "exchanges", "database", "parameters", "project parameters", "database parameters"}
_NATURE = {"natural resource", "natural resources", "resource", "resources"}
_MEDIAN = 0.01
_Row = Sequence[object]


@dataclass(slots=True)
class _Place:
    """Where in which file, for findings, and who takes them."""

    file: str
    sheet: str
    row: int
    found: Collector

    def __str__(self) -> str:
        return f"{self.sheet}!{self.row}"

    def find(self, code: str, severity: Severity, **values: object) -> None:
        self.found.find(code, severity, self.file, str(self), **values)


def recognise(names: Collection[str], peek: Callable[[str], bytes]) -> bool:
    """Say whether the files are Excel workbooks, or the inside of one.

    Args:
        names: Of the files.
        peek: Returns at least the beginning of one.
    """
    return _INSIDE in names or any(name.lower().endswith(_ENDINGS) and peek(name)[:2] == b"PK" for name in names)


def read(files: Iterable[tuple[str, bytes]]) -> DataSource:
    """Read Brightway workbooks.

    Args:
        files: Name and content of each; or the parts of one workbook, where an archive reader has opened it already.

    Returns:
        Datasets by code or "name | product | location", flows, and what was repaired or lost.

    Raises:
        FootproofError: E-DB-VERSION where the workbooks hold no activities; E-DB-UNKNOWN where there is no workbook;
            E-DB-ARCHIVE-SIZE where a workbook would unpack out of proportion.
    """
    found = Collector("Brightway Excel")
    held = list(files)
    if any(name == _INSIDE for name, _ in held):
        held = [("workbook.xlsx", _repacked(held))]
    for name, data in held:
        if name.lower().endswith(_ENDINGS) and not name.rpartition("/")[2].startswith("~$"):
            _workbook(name, data, found)
        elif data:
            found.find("F-FILE-UNREAD", Severity.REPAIRED, name, content="-")
    _link(found)
    return found.source("Brightway Excel (Activity, Exchanges)")


def _repacked(parts: Iterable[tuple[str, bytes]]) -> bytes:
    """Return the parts of a workbook as one file again."""
    target = BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for name, data in parts:
            archive.writestr(name, data)
    return target.getvalue()


def _workbook(name: str, data: bytes, found: Collector) -> None:
    """Read one workbook; one that cannot be opened is found."""
    try:
        sheets = raw_sheets(data, name)
    except FootproofError as fault:
        if fault.code == "E-WORKBOOK-SIZE":
            raise FootproofError("E-DB-ARCHIVE-SIZE", fault.where, **fault.values) from fault
        reason = str(fault.values.get("reason", fault.code))[:200]
        found.find("F-FILE-BROKEN", Severity.LOST, name, reason=reason, read=0, lost="?")
        return
    before = len(found.datasets)
    skipped = 0
    for sheet, rows in sheets:
        skipped += _sheet(rows, _Place(name, sheet, 0, found))
    if len(found.datasets) == before and not skipped:
        found.foreign.append((name, "xlsx"))
        found.find("F-FILE-FOREIGN", Severity.LOST, name, found="xlsx", needed=found.form)


# ---- sheets


def _key(cell: object) -> str:
    return str(cell).strip().lower()


def _sheet(rows: Sequence[_Row], place: _Place) -> int:
    """Read the activities of one sheet; return how many were left out because the sheet says so."""
    first = _key(rows[0][0]) if rows and rows[0] else ""
    if first == "skip":
        left = sum(1 for row in rows if _key(row[0]) == "activity")
        if left:
            place.row = 1
            place.find("F-SHEET-SKIPPED", Severity.WARNING, sheet=place.sheet, count=left)
        return left
    if first == "cutoff" and len(rows[0]) > 1 and isinstance(rows[0][1], float):
        width = max(int(rows[0][1]), 1)
        rows = [row[:width] for row in rows]
    starts = [at for at, row in enumerate(rows) if row and _key(row[0]) == "activity"]
    for start, stop in pairwise([*starts, len(rows)]):
        _activity(rows, start, stop, place)
    return 0


def _activity(rows: Sequence[_Row], start: int, stop: int, place: _Place) -> None:
    """Read one activity, from its row to the next one's."""
    place.row = start + 1
    at = start + 1
    fields: dict[str, object] = {}
    while at < stop and _key(rows[at][0]) != "exchanges":
        if _key(rows[at][0]) and len(rows[at]) > 1 and rows[at][1] != "":
            fields.setdefault(_key(rows[at][0]), rows[at][1])
        at += 1
    name = _name(rows[start][1] if len(rows[start]) > 1 else "", place)
    if not name:
        place.find("F-DATASET-NAMELESS", Severity.LOST)
        return
    product = _name(fields.get("reference product", ""), place)
    if not product:
        place.find("F-PRODUCT-ASSUMED", Severity.REPAIRED, dataset=name)
        product = name
    location = str(fields.get("location", "")).strip()
    key = _supply(name, product, location)
    unit = str(fields.get("unit", "")).strip()
    main = Flow(key, product, FlowKind.PRODUCT, unit, location=location)
    place.found.flow(main, place.file, str(place), decides=True)
    exchanges = [item for item in _exchanges(rows, range(at + 1, stop), main, name, place) if item is not None]
    place.row = start + 1
    exchanges = _with_reference(exchanges, main, fields, place)
    place.found.dataset(
        Dataset(
            str(fields.get("code", "")).strip() or key,
            name,
            DatasetKind.UNIT,
            location,
            tuple(exchanges),
            category=_parts(fields.get("categories", "")),
            role="market mix" if name.startswith(("market for ", "market group for ")) else "",
            comment=str(fields.get("comment", "")).strip(),
            file=place.file,
        ),
        str(place),
    )


def _name(cell: object, place: _Place) -> str:
    raw = str(cell)
    return place.found.name(raw, place.file, str(place)) if raw.strip() else ""


def _supply(name: str, product: str, location: str) -> str:
    """Return what an activity and its product are known by."""
    return " | ".join((name, product, location))


def _parts(cell: object) -> tuple[str, ...]:
    return tuple(part.strip() for part in str(cell).split("::") if part.strip())


def _with_reference(
    exchanges: list[DataExchange], main: Flow, fields: Mapping[str, object], place: _Place
) -> list[DataExchange]:
    """Add the production of one unit, or of the stated amount, that Brightway assumes where no line says it."""
    if any(item.reference for item in exchanges):
        return exchanges
    amount = as_number(fields.get("production amount", 1.0))
    made = 1.0 if amount is None else amount
    place.find("F-PRODUCTION-ASSUMED", Severity.REPAIRED, dataset=main.id, amount=f"{made:g}")
    return [DataExchange(main.id, made, main.unit, False, reference=True, location=main.location), *exchanges]


def _exchanges(
    rows: Sequence[_Row], span: range, main: Flow, name: str, place: _Place
) -> Iterator[DataExchange | None]:
    """Read the lines under "Exchanges" down to the next block."""
    header: list[str] = []
    for number in span:
        row = rows[number]
        place.row = number + 1
        if not any(cell != "" for cell in row):
            continue  # real books leave rows empty between exchanges
        if not header:
            header = [_key(cell) for cell in row]
            continue
        if _key(row[0]) in _BLOCKS and not any(cell != "" for cell in row[2:]):
            return
        cells: dict[str, object] = {}
        for key, cell in zip(header, row, strict=False):
            if key and cell != "":
                cells.setdefault(key, cell)
        yield _exchange(cells, main, name, place)


def _kind(cells: Mapping[str, object], place: _Place) -> str:
    """Return the type of a line; one that is missing is taken from its compartment, or the line is lost."""
    raw = str(cells.get("type", ""))
    kind = raw.strip().lower()
    if kind in _KINDS:
        if raw != kind:
            place.find("F-TYPE-TRIMMED", Severity.REPAIRED, text=raw, type=kind)
        return kind
    if not kind and cells.get("categories"):
        place.find("F-TYPE-ASSUMED", Severity.REPAIRED, name=cells.get("name", ""), type="biosphere")
        return "biosphere"
    place.find("F-TYPE-UNKNOWN", Severity.LOST, name=cells.get("name", ""), type=raw or "-")
    return ""


def _exchange(cells: Mapping[str, object], main: Flow, activity: str, place: _Place) -> DataExchange | None:
    """Return one line, or None with a finding."""
    kind = _kind(cells, place)
    if not kind:
        return None
    amount = as_number(cells.get("amount", ""))
    if amount is None:
        place.find("F-AMOUNT", Severity.LOST, found=cells.get("amount", ""))
        return None
    name = _name(cells.get("name", ""), place)
    unit, location = str(cells.get("unit", "")).strip(), str(cells.get("location", "")).strip()
    uncertainty = _uncertainty(cells, amount, place)
    if kind == "biosphere":
        category = _parts(cells.get("categories", ""))
        key = " | ".join((name, unit, "/".join(category)))
        cas = place.found.cas(str(cells.get("cas number", "")), place.file, str(place))
        flow = place.found.flow(Flow(key, name, FlowKind.ELEMENTARY, unit, category, cas=cas), place.file, str(place))
        taken = bool(category) and category[0].lower() in _NATURE
        return DataExchange(flow, amount, unit, taken, uncertainty=uncertainty, location=location)
    product = _name(cells.get("reference product", "") or cells.get("product", ""), place)
    if "production" in kind:
        return _production(
            main,
            activity,
            name=name,
            product=product,
            amount=amount,
            unit=unit or main.unit,
            uncertainty=uncertainty,
            place=place,
        )
    key = _supply(name, product or name, location)
    flow = place.found.flow(
        Flow(key, product or name, FlowKind.PRODUCT, unit, location=location), place.file, str(place)
    )
    avoided = kind == "substitution"
    return DataExchange(flow, amount, unit, not avoided, key, False, avoided, uncertainty, location)


def _production(
    main: Flow,
    activity: str,
    *,
    name: str,
    product: str,
    amount: float,
    unit: str,
    uncertainty: Uncertainty | None,
    place: _Place,
) -> DataExchange:
    """Return a line of production; one of another product is a co-product, one under another name is found."""
    if product and product != main.name:
        key = _supply(activity, product, main.location)
        flow = place.found.flow(replace(main, id=key, name=product, unit=unit), place.file, str(place))
        return DataExchange(flow, amount, unit, False, uncertainty=uncertainty, location=main.location)
    if name not in {activity, main.name, ""}:
        place.find("F-PRODUCTION-NAME", Severity.WARNING, name=name, dataset=activity)
    return DataExchange(main.id, amount, unit, False, "", True, False, uncertainty, main.location)


# ---- distributions, numbered as in stats_arrays


def _uncertainty(cells: Mapping[str, object], amount: float, place: _Place) -> Uncertainty | None:
    """Return the distribution of a line."""
    number = as_number(cells.get("uncertainty type", 0.0))
    if number in {0.0, 1.0}:
        return None
    loc, scale, low, high = (as_number(cells.get(key, "")) for key in ("loc", "scale", "minimum", "maximum"))
    take = place.found.spread
    if number == 2:
        if loc is not None and amount and abs(math.exp(min(loc, 700)) / abs(amount) - 1) > _MEDIAN:
            place.find(
                "F-UNCERTAINTY-CENTRE",
                Severity.WARNING,
                distribution="lognormal",
                found=f"{math.exp(min(loc, 700)):g}",
                amount=f"{amount:g}",
            )
        wide = math.exp(scale) if scale is not None and scale < 50 else None
        return take(Distribution.LOGNORMAL, (wide,), amount, file=place.file, place=str(place))
    if number == 3:
        return take(Distribution.NORMAL, (scale,), amount, file=place.file, place=str(place))
    if number == 4:
        return take(Distribution.UNIFORM, (low, high), amount, file=place.file, place=str(place))
    if number == 5:
        mode = amount if loc is None else loc
        return take(Distribution.TRIANGULAR, (low, mode, high), amount, file=place.file, place=str(place))
    place.find("F-UNCERTAINTY-KIND", Severity.WARNING, kind=cells.get("uncertainty type", "-"))
    return None


# ---- suppliers


def _link(found: Collector) -> None:
    """Name the suppliers by the ids of their datasets; those that lie outside are found once each, with their uses."""
    makers: dict[str, str] = {}
    for dataset in found.datasets.values():
        for item in dataset.exchanges:
            if item.reference:
                makers.setdefault(item.flow, dataset.id)
    outside: dict[str, tuple[str, str, int]] = {}
    for key, dataset in found.datasets.items():
        exchanges = []
        for item in dataset.exchanges:
            maker = makers.get(item.provider, "") if item.provider else ""
            if item.provider and not maker:
                file, name, uses = outside.get(item.provider, (dataset.file, dataset.name, 0))
                outside[item.provider] = (file, name, uses + 1)
            exchanges.append(replace(item, provider=maker) if maker != item.provider else item)
        found.datasets[key] = replace(dataset, exchanges=tuple(exchanges))
    for provider, (file, name, uses) in outside.items():
        found.find("F-SUPPLIER-OUTSIDE", Severity.WARNING, file, name, supplier=provider, uses=uses)
