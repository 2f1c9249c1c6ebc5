"""Matrices into a `DataSource`: labelled CSV, bw_processing data packages, and the JSON of USEEIO.

The CSV form is ours (docs/reference/matrix-csv.md): `A.csv` and `B.csv`, dense or as coordinates, with the signs of
Heijungs & Suh (2002): in `A` what a process makes is positive and what it takes is negative. A data package is a
folder with `datapackage.json` and NumPy arrays as bw_processing 0.8 to 1.6 writes it: indices, data, flip and
distributions. USEEIO's `A.json` holds coefficients of an input-output table: all inputs positive, one USD made.
"""

import csv
import io
import json
import math
import tokenize
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from footproof.errors import FootproofError, Where
from footproof.formats.ecospold1 import Collector
from footproof.formats.repair import as_number
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

_PACKAGE = "datapackage.json"
_SECTORS = "sectors.json"
_KINDS = {"technosphere": "A", "biosphere": "B"}
_SPREADS = {
    "lognormal": (Distribution.LOGNORMAL, 1),
    "normal": (Distribution.NORMAL, 1),
    "triangular": (Distribution.TRIANGULAR, 3),
    "uniform": (Distribution.UNIFORM, 2),
}
_HEADER_LIMIT = 10_000
_DAMAGE = (
    ArithmeticError,
    EOFError,
    KeyError,
    MemoryError,
    OSError,
    RecursionError,
    SyntaxError,
    TypeError,
    ValueError,
)
_SPREAD_FIELDS = {"uncertainty_type", "loc", "scale", "minimum", "maximum"}
_Row = Mapping[str, str]


def recognise(names: Collection[str], peek: Callable[[str], bytes]) -> bool:
    """Say whether an archive holds matrices in one of the three forms.

    Args:
        names: Of its files.
        peek: Returns at least the beginning of one.
    """
    ends = {name.rpartition("/")[2] for name in names}
    if _PACKAGE in ends:
        head = next(peek(name) for name in names if name.rpartition("/")[2] == _PACKAGE)
        return b"bw_processing" in head or any(name.endswith(".npy") for name in names)
    if _SECTORS in ends:
        return any(name.endswith(("matrix/A.json", "matrix/L.json")) for name in names)
    return "A.csv" in ends


def read(files: Iterable[tuple[str, bytes]]) -> DataSource:
    """Read matrices.

    Args:
        files: Name and content of each.

    Returns:
        One dataset for each column, flows, and what was repaired or lost.

    Raises:
        FootproofError: E-DB-UNKNOWN where no technosphere matrix is there; E-DB-SYNTAX where its list of contents
            cannot be read.
    """
    held = dict(files)
    by_end = {name.rpartition("/")[2]: name for name in held}
    if _PACKAGE in by_end:
        folder = by_end[_PACKAGE].removesuffix(_PACKAGE)
        return _read_package({name.removeprefix(folder): data for name, data in held.items()})
    if _SECTORS in by_end:
        folder = by_end[_SECTORS].removesuffix(_SECTORS)
        return _read_useeio({name.removeprefix(folder): data for name, data in held.items()})
    if "A.csv" in by_end:
        return _read_csv({end: held[name] for end, name in by_end.items()})
    raise FootproofError("E-DB-UNKNOWN", None, found=", ".join(sorted(by_end)[:5]), needed="A.csv, datapackage.json")


# ---- columns


@dataclass(slots=True)
class _System:
    """Entries by column, and what rows and columns are called.

    Args:
        made: Technosphere entries: column, row, amount; positive is made.
        used: Technosphere entries of inputs, whatever their sign: column, row, amount.
        emitted: Biosphere entries: column, row, amount.
        spread: Distribution by matrix, row and column.
        products: Description of a row of the technosphere.
        processes: Description of a column.
        elementary: Description of a row of the biosphere.
    """

    made: list[tuple[str, str, float]] = field(default_factory=list)
    used: list[tuple[str, str, float]] = field(default_factory=list)
    emitted: list[tuple[str, str, float]] = field(default_factory=list)
    spread: dict[tuple[str, str, str], Uncertainty] = field(default_factory=dict)
    products: dict[str, _Row] = field(default_factory=dict)
    processes: dict[str, _Row] = field(default_factory=dict)
    elementary: dict[str, _Row] = field(default_factory=dict)


def _keep(system: _System, kind: DatasetKind, file: str, found: Collector) -> None:
    """Turn columns into datasets."""
    columns: dict[str, list[DataExchange]] = {key: [] for key in system.processes}
    entries: list[tuple[str, bool, str, str, float]]
    entries = [("A", amount < 0, column, row, abs(amount)) for column, row, amount in system.made]
    entries += [("A", True, *entry) for entry in system.used]
    entries += [("B", False, *entry) for entry in system.emitted]
    for matrix, taken, column, row, amount in entries:
        flow = _flow(matrix, row, system, file, found)
        spread = system.spread.get((matrix, row, column))
        exchange = DataExchange(
            flow, amount, found.flows[flow].unit, taken or _is_resource(found.flows[flow]), uncertainty=spread
        )
        columns.setdefault(column, []).append(exchange)
    for column, exchanges in columns.items():
        about = system.processes.get(column, {})
        place = f"column {column}"
        name = found.name(about.get("name") or column, file, place)
        marked = _with_reference(exchanges, column, about.get("reference", ""), found, file)
        category = tuple(part.strip() for part in about.get("category", "").split("/") if part.strip())
        location = about.get("location", "").strip()
        found.dataset(
            Dataset(column, name, kind, location, tuple(marked), category=category, file=file),
            place,
        )


def _flow(matrix: str, row: str, system: _System, file: str, found: Collector) -> str:
    """Return the flow of a row; a row without description is called by its id."""
    key = row if matrix == "A" else f"{row} (B)" if row in system.products else row
    if key not in found.flows:
        known = system.products if matrix == "A" else system.elementary
        about = known.get(row, {})
        kind = FlowKind.ELEMENTARY if matrix == "B" else FlowKind.PRODUCT
        if matrix == "A" and about.get("kind", "").strip().lower() == "waste":
            kind = FlowKind.WASTE
        category = tuple(part.strip() for part in about.get("category", "").split("/") if part.strip())
        name = found.name(about.get("name") or row, file, f"row {row}")
        location, cas = about.get("location", "").strip(), found.cas(about.get("cas", ""), file, f"row {row}")
        found.flow(
            Flow(key, name, kind, about.get("unit", "").strip(), category, {}, cas, location), file, f"row {row}"
        )
    return key


def _is_resource(flow: Flow) -> bool:
    return (
        flow.kind is FlowKind.ELEMENTARY
        and bool(flow.category)
        and flow.category[0].lower().startswith(("resource", "natural resource"))
    )


def _with_reference(
    exchanges: list[DataExchange], column: str, named: str, found: Collector, file: str
) -> list[DataExchange]:
    """Mark the reference: the row the column names, the row of its own id, or its only output."""
    outputs = [
        at
        for at, item in enumerate(exchanges)
        if not item.input and found.flows[item.flow].kind is not FlowKind.ELEMENTARY
    ]
    wanted = named or column
    own = [at for at, item in enumerate(exchanges) if item.flow == wanted]
    chosen = [at for at in own if at in outputs] or (own if named or not outputs else [])  # a treatment takes its waste
    if not chosen and len(outputs) > 1:
        found.find("F-REFERENCE-TAKEN", Severity.WARNING, file, f"column {column}", dataset=column, count=len(outputs))
    chosen = chosen or outputs
    return [replace(item, reference=True) if at in chosen else item for at, item in enumerate(exchanges)]


# ---- CSV


def _read_csv(files: Mapping[str, bytes]) -> DataSource:
    """Read labelled CSV."""
    found = Collector("matrix CSV")
    system = _System()
    for name, target in (
        ("processes.csv", system.processes),
        ("products.csv", system.products),
        ("flows.csv", system.elementary),
    ):
        if name in files:
            target.update(_labels(name, files[name], found))
        else:
            found.find("F-LABELS-ABSENT", Severity.WARNING, name)
    system.made = _entries("A", files["A.csv"], system, found)
    if not system.made:
        raise FootproofError("E-DB-UNKNOWN", Where("A.csv"), found="A.csv", needed="A.csv")
    if "B.csv" in files:
        system.emitted = _entries("B", files["B.csv"], system, found)
    else:
        found.find("F-MATRIX-ABSENT", Severity.LOST, "B.csv", matrix="B.csv")
    _keep(system, DatasetKind.UNIT, "A.csv", found)
    return found.source("A.csv")


def _rows(name: str, data: bytes, found: Collector) -> list[list[str]]:
    """Return the cells of a CSV file; UTF-8, with comma, semicolon or tab."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
        found.find("F-ENCODING-GUESSED", Severity.REPAIRED, name, encoding="ISO 8859-1")
    first = text.partition("\n")[0]
    separator = max(",;\t", key=first.count)
    try:
        return [[cell.strip() for cell in row] for row in csv.reader(io.StringIO(text), delimiter=separator)]
    except csv.Error as fault:
        raise FootproofError("E-DB-SYNTAX", Where(name), reason=str(fault)) from None


def _labels(name: str, data: bytes, found: Collector) -> dict[str, _Row]:
    """Return the descriptions of a file by id."""
    rows = _rows(name, data, found)
    header = [cell.lower() for cell in rows[0]] if rows else []
    labels: dict[str, _Row] = {}
    if "id" not in header:
        found.find("F-LABELS-ABSENT", Severity.WARNING, name)
        return labels
    for number, row in enumerate(rows[1:], 2):
        about = dict(zip(header, row, strict=False))
        key = about.get("id", "")
        if key and key not in labels:
            labels[key] = about
        elif any(row):
            found.find("F-LABEL-TWICE", Severity.WARNING, name, f"line {number}", id=key)
    return labels


def _entries(matrix: str, data: bytes, system: _System, found: Collector) -> list[tuple[str, str, float]]:
    """Return column, row and amount of every entry that is not zero; those of one place are added up."""
    name = f"{matrix}.csv"
    rows = _rows(name, data, found)
    header = [cell.lower() for cell in rows[0]] if rows else []
    coordinates = {"process", "amount"} <= set(header) and ("product" if matrix == "A" else "flow") in header
    sums: dict[tuple[str, str], float] = defaultdict(float)
    count: dict[tuple[str, str], int] = defaultdict(int)
    for column, row, text, place, about in _cells(rows, header, matrix, coordinates):
        if not text and not coordinates:
            continue
        amount = found.number(text, name, place)
        if amount is None or (not amount and not coordinates):
            continue
        sums[column, row] += amount
        count[column, row] += 1
        spread = _named_spread(about, amount, name, place, found)
        if spread is not None:
            system.spread[matrix, row, column] = spread
    for (column, row), times in count.items():
        if times > 1:
            found.find("F-ENTRY-SUMMED", Severity.REPAIRED, name, f"{row} × {column}", count=times)
    return [(column, row, amount) for (column, row), amount in sums.items()]


def _cells(
    rows: list[list[str]], header: list[str], matrix: str, coordinates: bool
) -> Iterable[tuple[str, str, str, str, _Row]]:
    """Yield column, row, text, place and further cells of every entry."""
    label = "product" if matrix == "A" else "flow"
    for number, row in enumerate(rows[1:], 2):
        if not any(row):
            continue
        if coordinates:
            about = dict(zip(header, row, strict=False))
            yield about.get("process", ""), about.get(label, ""), about.get("amount", ""), f"line {number}", about
        else:
            for column, text in zip(rows[0][1:], row[1:], strict=False):
                yield column, row[0], text, f"line {number}, {column}", {}


def _named_spread(about: _Row, amount: float, name: str, place: str, found: Collector) -> Uncertainty | None:
    """Return the distribution of the columns `distribution`, `p1`, `p2`, `p3`."""
    kind = about.get("distribution", "").lower()
    if not kind:
        return None
    if kind not in _SPREADS:
        found.find("F-UNCERTAINTY-KIND", Severity.WARNING, name, place, kind=kind)
        return None
    distribution, count = _SPREADS[kind]
    parameters = [as_number(about.get(f"p{at}", "")) for at in range(1, count + 1)]
    return found.spread(distribution, parameters, amount, file=name, place=place)


# ---- bw_processing


@dataclass(slots=True)
class _Group:
    """The arrays of one group of resources."""

    matrix: str = ""
    indices: Any = None
    data: Any = None
    flip: Any = None
    distributions: Any = None


def _json(name: str, data: bytes) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as fault:
        raise FootproofError("E-DB-SYNTAX", Where(name), reason=str(fault)[:200]) from None


def _read_package(files: Mapping[str, bytes]) -> DataSource:
    """Read a data package; groups in its order, where a later one replaces entries of an earlier one."""
    found = Collector("bw_processing")
    package = _json(_PACKAGE, files[_PACKAGE])
    resources = package.get("resources") if isinstance(package, dict) else None
    if not isinstance(resources, list):
        raise FootproofError("E-DB-VERSION", Where(_PACKAGE), found="-", needed="bw_processing (resources)")
    groups: dict[str, _Group] = {}
    for resource in resources:
        if isinstance(resource, dict):
            _resource(resource, files, groups, found)
    add_up = bool(package.get("sum_inter_duplicates", False))
    entries: dict[str, dict[tuple[str, str], float]] = {"A": {}, "B": {}}
    system = _System()
    for name, group in groups.items():
        _group(name, group, entries, add_up=add_up, system=system, found=found)
    system.made = [(column, row, amount) for (row, column), amount in entries["A"].items()]
    system.emitted = [(column, row, amount) for (row, column), amount in entries["B"].items()]
    system.products = {row: {} for _, row, _ in system.made}
    if system.made:
        found.find("F-LABELS-ABSENT", Severity.WARNING, _PACKAGE)
    _keep(system, DatasetKind.UNIT, _PACKAGE, found)
    return found.source("bw_processing (technosphere_matrix)")


def _resource(
    resource: Mapping[str, Any], files: Mapping[str, bytes], groups: dict[str, _Group], found: Collector
) -> None:
    """Put the array of one resource into its group; what is no array of an inventory matrix is found."""
    path, kind = str(resource.get("path", "")), str(resource.get("kind", ""))
    matrix = _KINDS.get(str(resource.get("matrix", "")).removesuffix("_matrix"), "")
    if not matrix or kind not in {"indices", "data", "flip", "distributions"}:
        found.find("F-FILE-UNREAD", Severity.REPAIRED, path or "-", content=str(resource.get("matrix", kind)))
        return
    if resource.get("profile") == "interface" or path not in files:
        found.find("F-MATRIX-ABSENT", Severity.LOST, path or "-", matrix=resource.get("name", path))
        return
    array = _array(path, files[path], found)
    group = groups.setdefault(str(resource.get("group", "")), _Group(matrix))
    if array is not None and kind == "data" and array.ndim == 2:
        found.find("F-SCENARIO-FIRST", Severity.WARNING, path, count=array.shape[1])
        array = array[:, 0]
    setattr(group, kind, array)


def _array(path: str, data: bytes, found: Collector) -> Any:
    """Return a NumPy array; objects, which could run code, are refused."""
    try:
        _measure(data)
        return np.lib.format.read_array(io.BytesIO(data), allow_pickle=False, max_header_size=_HEADER_LIMIT)
    except (*_DAMAGE, tokenize.TokenError) as fault:
        found.find("F-FILE-BROKEN", Severity.LOST, path, reason=str(fault)[:200], read=0, lost="?")
        return None


def _measure(data: bytes) -> None:
    """Refuse an array whose head claims more than the file holds, before memory is set aside for it."""
    file = io.BytesIO(data)
    version = np.lib.format.read_magic(file)
    head = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, _, kind = head(file, max_header_size=_HEADER_LIMIT)
    if math.prod(shape) * max(kind.itemsize, 1) > len(data):
        raise ValueError(f"shape {shape} is more than the file holds")


def _group(
    name: str,
    group: _Group,
    entries: Mapping[str, dict[tuple[str, str], float]],
    *,
    add_up: bool,
    system: _System,
    found: Collector,
) -> None:
    """Add the entries of one group: those of one place are added up within it."""
    fault = _misfit(group)
    if fault:
        found.find("F-MATRIX-ABSENT", Severity.LOST, _PACKAGE, name, matrix=f"{name}: {fault}")
        return
    rows, columns = group.indices["row"].tolist(), group.indices["col"].tolist()
    amounts = group.data.astype(float).tolist()
    flips = group.flip.tolist() if group.flip is not None else [False] * len(rows)
    mine: dict[tuple[str, str], float] = {}
    for at, (row, column, amount, flip) in enumerate(zip(rows, columns, amounts, flips, strict=True)):
        key = (str(row), str(column))
        if not math.isfinite(amount):
            found.find("F-AMOUNT", Severity.LOST, _PACKAGE, f"{name}[{at}]", found=amount)
            continue
        mine[key] = mine.get(key, 0.0) + (-amount if flip else amount)
        if group.distributions is not None:
            spread = _numbered_spread(group.distributions[at], mine[key], f"{name}[{at}]", found)
            if spread is not None:
                system.spread[group.matrix, *key] = spread
    target = entries[group.matrix]
    replaced = sum(1 for key in mine if key in target)
    if replaced and not add_up:
        found.find("F-ENTRY-REPLACED", Severity.WARNING, _PACKAGE, name, count=replaced)
    for key, amount in mine.items():
        target[key] = target.get(key, 0.0) + amount if add_up else amount


def _misfit(group: _Group) -> str:
    """Say what is wrong with the arrays of a group, or nothing."""
    if group.indices is None or group.data is None:
        return "indices or data are absent"
    if group.indices.dtype.names is None or not {"row", "col"} <= set(group.indices.dtype.names):
        return "indices have no row and col"
    if group.data.ndim != 1 or group.data.dtype.kind not in "fiu":
        return "data are not numbers"
    if group.distributions is not None and not set(group.distributions.dtype.names or ()) >= _SPREAD_FIELDS:
        return "distributions lack fields"
    arrays = [item for item in (group.indices, group.data, group.flip, group.distributions) if item is not None]
    return "" if {item.shape for item in arrays} == {(group.data.size,)} else "arrays differ in shape"


def _numbered_spread(line: Any, amount: float, place: str, found: Collector) -> Uncertainty | None:
    """Return a distribution of stats_arrays; the scale of a lognormal is that of the logarithm."""
    kind = int(line["uncertainty_type"])
    loc, scale, low, high = (_finite(line[key]) for key in ("loc", "scale", "minimum", "maximum"))
    if kind in {0, 1}:
        return None
    if kind == 2:
        wide = math.exp(scale) if scale is not None and scale < 50 else None
        return found.spread(Distribution.LOGNORMAL, (wide,), amount, file=_PACKAGE, place=place)
    if kind == 3:
        return found.spread(Distribution.NORMAL, (scale,), amount, file=_PACKAGE, place=place)
    if kind == 4:
        return found.spread(Distribution.UNIFORM, (low, high), amount, file=_PACKAGE, place=place)
    if kind == 5:
        return found.spread(Distribution.TRIANGULAR, (low, loc, high), amount, file=_PACKAGE, place=place)
    found.find("F-UNCERTAINTY-KIND", Severity.WARNING, _PACKAGE, place, kind=kind)
    return None


def _finite(value: Any) -> float | None:
    number = float(value)
    return number if math.isfinite(number) else None


# ---- USEEIO


def _read_useeio(files: Mapping[str, bytes]) -> DataSource:
    """Read an input-output model: sectors make one USD each from the coefficients of `A`."""
    found = Collector("USEEIO JSON")
    sectors = _records(_SECTORS, files)
    flows = _records("flows.json", files) if "flows.json" in files else []
    keys = [str(item.get("id", at)) for at, item in enumerate(sectors)]
    if len(set(keys)) < len(keys):
        raise FootproofError("E-DB-SYNTAX", Where(_SECTORS), reason="an id stands twice")
    coefficients = _coefficients(files, len(sectors), found)
    system = _System()
    for key, item in zip(keys, sectors, strict=True):
        text = {name: str(item.get(name, "")) for name in ("name", "location")}
        text["category"] = str(item.get("description", ""))
        system.products[key] = {**text, "unit": str(item.get("unit", "USD"))}
        system.processes[key] = text
    for column, key in enumerate(keys):
        system.made.append((key, key, 1.0))
        own = coefficients[:, column]
        system.used.extend((key, keys[row], float(own[row])) for row in np.flatnonzero(own))
    _impacts(files, keys, flows, system, found)
    _keep(system, DatasetKind.SECTOR, "matrix/A.json", found)
    return found.source("USEEIO JSON (sectors.json, matrix/A.json)")


def _records(name: str, files: Mapping[str, bytes]) -> list[Mapping[str, Any]]:
    records = _json(name, files[name])
    if not isinstance(records, list) or not all(isinstance(item, dict) for item in records):
        raise FootproofError("E-DB-SYNTAX", Where(name), reason="not a list of records")
    try:
        return sorted(records, key=lambda item: int(item.get("index", 0)))
    except _DAMAGE as fault:
        raise FootproofError("E-DB-SYNTAX", Where(name), reason=str(fault)[:200]) from None


def _table(name: str, files: Mapping[str, bytes], columns: int) -> Any:
    """Return a dense matrix.

    Raises:
        FootproofError: E-DB-SYNTAX where it is not rectangular, not of numbers, or has another width.
    """
    try:
        table = np.array(_json(name, files[name]), dtype=float)
    except _DAMAGE as fault:
        raise FootproofError("E-DB-SYNTAX", Where(name), reason=str(fault)[:200]) from None
    if table.ndim != 2 or table.shape[1] != columns or not np.isfinite(table).all():
        raise FootproofError("E-DB-SYNTAX", Where(name), reason=f"shape {table.shape}, needed {columns} columns")
    return table


def _coefficients(files: Mapping[str, bytes], count: int, found: Collector) -> Any:
    """Return `A`, or what `L` says of it: A = I - L^-1."""
    if "matrix/A.json" in files:
        table = _table("matrix/A.json", files, count)
    elif "matrix/L.json" in files:
        leontief = _table("matrix/L.json", files, count)
        if leontief.shape[0] != count or np.linalg.matrix_rank(leontief) < count:
            raise FootproofError("E-DB-SYNTAX", Where("matrix/L.json"), reason="not invertible")
        found.find("F-MATRIX-DERIVED", Severity.REPAIRED, "matrix/L.json", matrix="A", source="L")
        table = np.eye(count) - np.linalg.inv(leontief)
    else:
        raise FootproofError("E-DB-UNKNOWN", Where(_SECTORS), found=_SECTORS, needed="matrix/A.json")
    if table.shape[0] != count:
        raise FootproofError("E-DB-SYNTAX", Where("matrix/A.json"), reason=f"{table.shape[0]} rows, needed {count}")
    return table


def _impacts(
    files: Mapping[str, bytes], keys: list[str], flows: list[Mapping[str, Any]], system: _System, found: Collector
) -> None:
    """Take emissions from `B`; where it is absent, direct impacts from `D` stand in, one flow for each indicator."""
    if "matrix/B.json" in files:
        table, name = _table("matrix/B.json", files, len(keys)), "B"
        labels = [
            {
                "id": str(item.get("uuid") or item.get("id", "")),
                "name": str(item.get("flowable", "")),
                "unit": str(item.get("unit", "")),
                "category": str(item.get("context", "")),
            }
            for item in flows
        ]
    else:
        found.find("F-MATRIX-ABSENT", Severity.LOST, "matrix/B.json", matrix="B")
        if not {"matrix/D.json", "indicators.json"} <= set(files):
            return
        table, name = _table("matrix/D.json", files, len(keys)), "D"
        labels = [
            {
                "id": str(item.get("code") or item.get("id", "")),
                "name": str(item.get("name", "")),
                "unit": str(item.get("unit", "")),
                "category": f"indicator/{item.get('group', '')}",
            }
            for item in _records("indicators.json", files)
        ]
        found.find("F-MATRIX-DERIVED", Severity.WARNING, "matrix/D.json", matrix="B", source="D")
    if len(labels) != table.shape[0]:
        raise FootproofError(
            "E-DB-SYNTAX", Where(f"matrix/{name}.json"), reason=f"{table.shape[0]} rows, {len(labels)} labels"
        )
    system.elementary = {item["id"]: item for item in labels}
    for column, key in enumerate(keys):
        own = table[:, column]
        system.emitted.extend((key, labels[row]["id"], float(own[row])) for row in np.flatnonzero(own))
