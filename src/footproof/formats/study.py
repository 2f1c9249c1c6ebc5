"""The study folder: `study.toml` and its tables (`docs/reference/study.md`). Form only; `assess` checks the sense."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TypeVar

from footproof.errors import FootproofError, Where
from footproof.expressions.parse import parse
from footproof.formats.intensities import ORIGINS, ROLES, TABLE, read_intensities_table
from footproof.formats.supporting import (
    CUT_OFF,
    METER,
    SUPPLIER,
    SUPPLIERS,
    check_meter,
    read_carbon_content,
    read_certificates,
    read_cut_offs,
    read_meters,
    read_suppliers,
)
from footproof.formats.table import IDENTIFIER, Row, read_table
from footproof.formats.toml import LineLookup, Table, read_toml
from footproof.formats.uncertainty import TABLE as RANGES
from footproof.formats.uncertainty import read_ranges
from footproof.model.bilingual import Bilingual
from footproof.model.study import (
    BALANCES,
    CONTROLS,
    DATA_KINDS,
    STAGES,
    Basis,
    Contract,
    Coproduct,
    CutOff,
    DeclaredUnit,
    Evidence,
    Exchange,
    Factor,
    FactorEntry,
    Figure,
    Kind,
    Meter,
    Party,
    Place,
    Process,
    Product,
    Quantity,
    Recovered,
    Study,
)
from footproof.units import same_dimension, unit

FORMAT = "footproof-study/1"
REQUIRED = ("study.toml", "processes.csv", "exchanges.csv", "factors.csv")
OPTIONAL = ("coproducts.csv", "recycling.csv", "evidence.csv", "meters.csv", "cut_offs.csv", SUPPLIERS, RANGES, TABLE)
TECHNOLOGIES = ("coal", "gas", "hydro", "nuclear", "wind", "pv", "csp", "biomass")
CRITERIA = ("conveys", "unique", "retired", "period", "market")
QUANTITIES = ("life-cycle CO2e", "direct CO2", "direct CO2e")
SCOPES = ("life cycle", "upstream", "direct")
CONFIDENCES = ("official", "secondary", "derived", "recalled")

_PROCESS = [
    "id",
    "name_zh",
    "name_en",
    "stage",
    "amount",
    "unit",
    "allocation",
    "alternative",
    "source",
    "evidence",
    "balance",
    "control",
    "note_zh",
    "note_en",
]
_EXCHANGE = [
    "process",
    "id",
    "kind",
    "name_zh",
    "name_en",
    "amount",
    "unit",
    "distance_km",
    "from",
    "device",
    "upstream",
    "gas",
    "origin",
    "basis",
    "stage",
    "tag",
    "data",
    "meter",
    "evidence",
    "dq_technology",
    "dq_geography",
    "dq_time",
    "source",
    "note_zh",
    "note_en",
]
_FACTOR = [
    "id",
    "name_zh",
    "name_en",
    "value",
    "unit",
    "quantity",
    "scope",
    "role",
    "origin",
    "gas",
    "basis",
    "boundary",
    "region",
    "year",
    "source",
    "confidence",
    "dq_technology",
    "dq_geography",
    "dq_time",
    "note_zh",
    "note_en",
]
_COPRODUCT = [
    "process",
    "product",
    "name_zh",
    "name_en",
    "amount",
    "unit",
    "basis",
    "basis_unit",
    "alternative",
    "alternative_unit",
]
_RECOVERY = ("r3", "b", "recycled_end", "avoided", "recovery", "displaced")
_RECOVERED = [
    "id",
    "name_zh",
    "name_en",
    "amount",
    "unit",
    "r1",
    "r2",
    "a",
    "q_in",
    "q_out",
    "r3",
    "b",
    "virgin",
    "recycled",
    "disposal",
    "recycled_end",
    "avoided",
    "recovery",
    "displaced",
    "source",
    "note_zh",
    "note_en",
]
_EVIDENCE = ["id", "file", "sha256", "name_zh", "name_en", "captured"]
_HEAD = [
    "format",
    "id",
    "title",
    "note",
    "known_on",
    "product",
    "producer",
    "site",
    "period",
    "reference",
    "declared_unit",
    "parameter",
    "formula",
    "contract",
    "carbon_content",
]

_BALANCED_IN = {"mass": "kg", "energy": "MJ"}
RESERVED = ("and", "or", "not", "min", "max", "sum", "if", "lookup")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,47}", re.ASCII)
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class StudyFiles:
    """The files of a study.

    Args:
        tables: Content by name: study.toml and the tables.
        documents: SHA-256 in hex by file name of what lies in evidence/; None where it is not at hand, as in a package.
    """

    tables: Mapping[str, bytes]
    documents: Mapping[str, str] | None


def read_study(files: StudyFiles) -> Study:
    """Read a study and check its form.

    Raises:
        FootproofError: What is wrong first, with file and line: E-STUDY-FILE, E-STUDY-FORMAT, E-KEY-*, E-TABLE-*,
            E-NUMBER, E-UNIT-UNKNOWN, E-EXPR-SYNTAX, E-STUDY-DUPLICATE, E-STUDY-NEGATIVE, E-EVIDENCE-*.
    """
    for name in REQUIRED:
        if name not in files.tables:
            raise FootproofError("E-STUDY-FILE", Where(name), name=name)
    values, lines = read_toml(files.tables["study.toml"], "study.toml")
    head = Table(values, "study.toml", lines)
    if head.text("format") != FORMAT:
        raise FootproofError("E-STUDY-FORMAT", head.where("format"), found=head.text("format"), needed=FORMAT)
    head.refuse_unknown(_HEAD)
    period = head.table("period")
    period.refuse_unknown(("start", "end"))
    site = head.table("site")
    start, end = period.day("start"), period.day("end")
    reference, reference_place, produced = _reference(head)
    if end < start:
        raise FootproofError("E-STUDY-PERIOD", period.where("end"), start=start, end=end)
    evidence = _evidence(files)
    meters = read_meters(_table(files, "meters.csv", [*METER])) if "meters.csv" in files.tables else None
    processes = _unique(map(_process, _table(files, "processes.csv", _PROCESS)))
    cut_offs = _cut_offs(files, processes)
    _check_listed(head, evidence, meters)
    _check_supported(meters or {}, cut_offs or (), evidence)
    return Study(
        id=_study_id(head),
        title=_bilingual(head, "title"),
        note=_bilingual(head, "note"),
        known_on=_known_on(head),
        product=_product(head.table("product")),
        producer=_party(head.table("producer"), ("name", "address")),
        site=_party(site, ("name", "address", "region")),
        region=site.text("region"),
        start=start,
        end=end,
        reference=reference,
        reference_place=reference_place,
        declared_unit=_declared_unit(head.table("declared_unit")),
        quantities=_quantities(head),
        contracts=_contracts(head),
        processes=processes,
        exchanges=_exchanges(files, meters),
        factors=_factors(_table(files, "factors.csv", _FACTOR)),
        intensities=read_intensities_table(files.tables[TABLE]) if TABLE in files.tables else {},
        coproducts=_coproducts(_table(files, "coproducts.csv", _COPRODUCT)),
        recovered=tuple(_unique(map(_recovered, _table(files, "recycling.csv", _RECOVERED))).values()),
        evidence=evidence,
        meters=meters,
        cut_offs=cut_offs,
        carbon_content=read_carbon_content(head),
        produced=produced,
        suppliers=read_suppliers(_table(files, SUPPLIERS, [*SUPPLIER])),
        ranges=read_ranges(files.tables[RANGES]) if RANGES in files.tables else (),
    )


def _check_supported(
    meters: Mapping[str, Meter], cut_offs: tuple[CutOff, ...], evidence: Mapping[str, Evidence]
) -> None:
    """Every document that a meter or a cut-off names is listed."""
    rows: tuple[Meter | CutOff, ...] = (*meters.values(), *cut_offs)
    for item in rows:
        if item.evidence and item.evidence not in evidence:
            place = Where(item.place.file, item.place.line, "evidence")
            raise FootproofError("E-EVIDENCE-UNKNOWN", place, id=item.evidence)


def _cut_offs(files: StudyFiles, processes: Iterable[str]) -> tuple[CutOff, ...] | None:
    if "cut_offs.csv" not in files.tables:
        return None
    return read_cut_offs(_table(files, "cut_offs.csv", [*CUT_OFF]), processes)


def _exchanges(files: StudyFiles, meters: Mapping[str, Meter] | None) -> tuple[Exchange, ...]:
    found = tuple(_unique(map(_exchange, _table(files, "exchanges.csv", _EXCHANGE))).values())
    for item in found:
        check_meter(item.meter, item.amount.unit, meters, Where(item.place.file, item.place.line, "meter"))
    return found


def _optional(columns: Iterable[str]) -> tuple[str, ...]:
    loose = (
        "note_zh",
        "note_en",
        "source",
        "evidence",
        "device",
        "tag",
        "basis",
        "data",
        "meter",
        "balance",
        "control",
        "reading",
        "share",
        "use",
        *_RECOVERY,
    )
    return tuple(column for column in columns if column not in loose)


def _table(files: StudyFiles, name: str, columns: list[str]) -> Iterable[Row]:
    data = files.tables.get(name)
    return () if data is None else read_table(data, name, columns, _optional(columns))


def _bilingual(table: Table, key: str) -> Bilingual:
    return Bilingual(*table.bilingual(key))


def _place(table: Table) -> Place:
    where = table.where()
    return Place(where.file, where.line, where.field)


def _study_id(head: Table) -> str:
    value = head.text("id")
    if not IDENTIFIER.fullmatch(value):
        raise FootproofError("E-TABLE-ID", head.where("id"), found=value[:80])
    return value


def _known_on(head: Table) -> date | None:
    return head.day("known_on") if "known_on" in head.values else None


def _product(table: Table) -> Product:
    table.refuse_unknown(("name", "model", "description"))
    return Product(_bilingual(table, "name"), table.text("model"), _bilingual(table, "description"))


def _party(table: Table, keys: tuple[str, ...]) -> Party:
    table.refuse_unknown(keys)
    return Party(_bilingual(table, "name"), _bilingual(table, "address"))


def _reference(head: Table) -> tuple[str, Place, Decimal | None]:
    table = head.table("reference")
    table.refuse_unknown(("process", "produced"))
    where = table.where("process")
    produced = table.number("produced") if "produced" in table.values else None
    if produced is not None and produced <= 0:
        raise FootproofError("E-STUDY-NEGATIVE", table.where("produced"), found=produced)
    return table.text("process"), Place(where.file, where.line, where.field), produced


def _declared_unit(table: Table) -> DeclaredUnit:
    table.refuse_unknown(("name", "unit", "flow", "boundary", "stages"))
    flow = table.text("flow")
    _parsed(flow, table.where("flow"))
    return DeclaredUnit(
        _bilingual(table, "name"),
        _unit(table.text("unit"), table.where("unit")),
        flow,
        _bilingual(table, "boundary"),
        _place(table),
        _words(table, "stages", STAGES),
    )


def _words(table: Table, key: str, allowed: tuple[str, ...]) -> tuple[str, ...]:
    """Return a list of words of a closed list; of none where the key is absent."""
    found = table.values.get(key, [])
    if not isinstance(found, list) or not all(isinstance(item, str) and item in allowed for item in found):
        raise FootproofError(
            "E-KEY-CHOICE", table.where(key), key=key, found=str(found)[:80], allowed=", ".join(allowed)
        )
    return tuple(found)


def _unit(text: str, where: Where) -> str:
    try:
        unit(text)
    except FootproofError as problem:
        raise problem.at(where) from problem
    return text


def _parsed(text: str, where: Where) -> None:
    try:
        parse(text)
    except FootproofError as problem:
        raise problem.at(where) from problem


def _quantities(head: Table) -> Mapping[str, Quantity]:
    found: dict[str, Quantity] = {}
    for section in ("parameter", "formula"):
        if section not in head.values:
            continue
        group = head.table(section)
        for name in group.values:
            table = group.table(name)
            if name in RESERVED or not _NAME.fullmatch(name):
                raise FootproofError("E-STUDY-NAME", table.where(), name=name[:60])
            if name in found:
                raise FootproofError("E-STUDY-DUPLICATE", table.where(), id=name)
            found[name] = _quantity(name, table, formula=section == "formula")
    return found


def _quantity(name: str, table: Table, *, formula: bool) -> Quantity:
    word = not formula and "text" in table.values
    table.refuse_unknown(
        (*(("text",) if word else ("expr" if formula else "value", "unit")), "name", "source", "evidence", "meter")
    )
    unit_text = "1" if word else _unit(table.text("unit"), table.where("unit"))
    if word:
        figure = Figure(None, None, unit_text)
    elif formula:
        expr = table.text("expr")
        _parsed(expr, table.where("expr"))
        figure = Figure(None, expr, unit_text)
    else:
        figure = Figure(table.number("value"), None, unit_text)
    return Quantity(
        name,
        _bilingual(table, "name"),
        figure,
        table.text("source") if "source" in table.values else "",
        table.text("evidence") if "evidence" in table.values else "",
        _place(table),
        table.text("text") if word else "",
        table.text("meter") if "meter" in table.values else "",
    )


def read_contracts(content: bytes) -> tuple[Contract, ...]:
    """Return the contracts for electricity of a study, without reading the rest of it.

    Args:
        content: Of its `study.toml`.

    Raises:
        FootproofError: As `read_study`, without lines.
    """
    values, _ = read_toml(content, "study.toml")
    return _contracts(Table(values, "study.toml", LineLookup("")))  # finding lines takes as long as reading


def _contracts(head: Table) -> tuple[Contract, ...]:
    if "contract" not in head.values:
        return ()
    found = tuple(_contract(table) for table in head.tables("contract"))
    seen: set[str] = set()
    for contract, table in zip(found, head.tables("contract"), strict=True):
        if contract.id in seen:
            raise FootproofError("E-STUDY-DUPLICATE", table.where("id"), id=contract.id)
        seen.add(contract.id)
    total = sum((contract.share for contract in found), Decimal(0))
    if total > 1:
        raise FootproofError("E-STUDY-CONTRACT-SHARE", head.where("contract"), found=total)
    return found


def _contract_id(table: Table) -> str:
    value = table.text("id")
    if not IDENTIFIER.fullmatch(value):
        raise FootproofError("E-TABLE-ID", table.where("id"), found=value[:80])
    return value


def _contract(table: Table) -> Contract:
    table.refuse_unknown(("id", "technology", "share", "criteria", "evidence", "certificates"))
    technology = table.text("technology")
    criteria = table.values.get("criteria", [])
    share = table.number("share")
    for key, found, allowed in (("technology", [technology], TECHNOLOGIES), ("criteria", criteria, CRITERIA)):
        if not isinstance(found, list) or not set(map(str, found)) <= set(allowed):
            raise FootproofError(
                "E-KEY-CHOICE", table.where(key), key=key, found=str(found)[:80], allowed=", ".join(allowed)
            )
    if not 0 < share <= 1:
        raise FootproofError("E-STUDY-CONTRACT-SHARE", table.where("share"), found=share)
    return Contract(
        _contract_id(table),
        technology,
        share,
        tuple(criteria),
        table.text("evidence"),
        _place(table),
        read_certificates(table),
    )


def _unique(items: Iterable[_T]) -> dict[str, _T]:
    found: dict[str, _T] = {}
    for item in items:
        name, place = item.id, item.place  # type: ignore[attr-defined]  # every row noun has both
        if name in found:
            raise FootproofError("E-STUDY-DUPLICATE", Where(place.file, place.line), id=name)
        found[name] = item
    return found


def _process(row: Row) -> Process:
    unit_text = _unit(row.text("unit"), row.where("unit"))
    balance = row.choice("balance", ("", *BALANCES))
    if balance in _BALANCED_IN and not same_dimension(unit_text, _BALANCED_IN[balance]):
        raise FootproofError("E-STUDY-BALANCE", row.where("balance"), balance=balance, unit=unit_text)
    return Process(
        id=row.id("id"),
        name=row.bilingual("name"),
        stage=row.choice("stage", STAGES),
        output=_positive(row, _figure(row, "amount", unit_text)),
        allocation=Basis(row.choice("allocation", tuple(Basis))),
        alternative=Basis(row.choice("alternative", tuple(Basis))),
        source=row["source"],
        evidence=row["evidence"],
        note=row.optional_bilingual("note"),
        place=row.place(),
        balance=balance,
        control=row.choice("control", ("", *CONTROLS)),
    )


def _figure(row: Row, column: str, unit_text: str) -> Figure:
    figure = row.figure(column, unit_text)
    if figure.formula is not None:
        _parsed(figure.formula, row.where(column))
    elif figure.number is not None and figure.number < 0:
        raise FootproofError("E-STUDY-NEGATIVE", row.where(column), found=figure.number)
    return figure


def _positive(row: Row, figure: Figure) -> Figure:
    if figure.number == 0:
        raise FootproofError("E-STUDY-NEGATIVE", row.where("amount"), found=figure.number)
    return figure


def _refuse_columns(row: Row, kind: Kind) -> None:
    """Refuse what a kind of exchange has no use for: it would be read by nobody."""
    useless = ("from", "upstream", "device", "distance_km") if kind is Kind.EMISSION else ("gas", "origin")
    for column in useless:
        if row[column]:
            raise FootproofError("E-STUDY-COLUMN", row.where(column), column=column, kind=kind.value)
    source = row["from"]
    if source.startswith("fuel:") and kind not in (Kind.FUEL, Kind.CREDIT):
        raise FootproofError(
            "E-TABLE-CHOICE", row.where("kind"), column="kind", found=kind.value, allowed="fuel, credit"
        )
    if row["device"] and not source.startswith("fuel:"):
        raise FootproofError("E-STUDY-COLUMN", row.where("device"), column="device", kind=kind.value)


def _exchange(row: Row) -> Exchange:
    kind = Kind(row.choice("kind", tuple(Kind)))
    unit_text = _unit(row.text("unit"), row.where("unit"))
    distance = row.optional_decimal("distance_km")
    if distance is not None and distance < 0:
        raise FootproofError("E-STUDY-NEGATIVE", row.where("distance_km"), found=distance)
    _refuse_columns(row, kind)
    if kind is Kind.EMISSION:
        if row.text("gas") == "CO2e":
            raise FootproofError("E-GAS-UNKNOWN", row.where("gas"), gas="CO2e", set="emission")
        row.choice("origin", ORIGINS[:-1])
    else:
        row.text("from")
    return Exchange(
        process=row.id("process"),
        id=row.id("id"),
        kind=kind,
        name=row.optional_bilingual("name"),
        amount=_figure(row, "amount", unit_text),
        distance_km=distance,
        source_of=row["from"],
        device=row["device"],
        upstream=row["upstream"],
        gas=row["gas"],
        origin=row["origin"],
        basis=row["basis"],
        stage=row.choice("stage", ("", *STAGES)),
        aircraft=row.choice("tag", ("", "aircraft")) == "aircraft",
        evidence=row["evidence"],
        quality=row.quality(),
        source=row["source"],
        note=row.optional_bilingual("note"),
        place=row.place(),
        meter=row["meter"],
        data=row.choice("data", ("", *DATA_KINDS)),
    )


def _factors(rows: Iterable[Row]) -> Mapping[str, Factor]:
    found: dict[str, Factor] = {}
    for row in rows:
        factor = _factor(row)
        known = found.get(factor.id)
        found[factor.id] = factor if known is None else _joined(known, factor, row)
    return found


def _joined(known: Factor, added: Factor, row: Row) -> Factor:
    pairs = {(entry.origin, entry.gas) for entry in known.entries}
    entry = added.entries[0]
    if (entry.origin, entry.gas) in pairs:
        raise FootproofError("E-STUDY-DUPLICATE", row.where("id"), id=known.id)
    if not _same_scale(known.entries[0], entry):
        raise FootproofError("E-STUDY-VECTOR", row.where("unit"), id=known.id)
    traits = (known.quantity, known.scope, known.role, known.basis)
    if traits != (added.quantity, added.scope, added.role, added.basis):
        raise FootproofError("E-STUDY-VECTOR", row.where("id"), id=known.id)
    fields = {name: getattr(known, name) for name in Factor.__slots__}
    return Factor(**{**fields, "entries": (*known.entries, entry)})


def _same_scale(first: FactorEntry, second: FactorEntry) -> bool:
    """Return whether two entries are per the same unit of the amount, their gases aside."""
    one, other = (unit(entry.unit) for entry in (first, second))
    bare = [
        tuple(item for item in found.dimensions if item != (entry.gas, 1))
        for found, entry in ((one, first), (other, second))
    ]
    return one.scale == other.scale and bare[0] == bare[1]


def _factor(row: Row) -> Factor:
    entry = FactorEntry(
        row.choice("origin", ORIGINS),
        row.text("gas"),
        row.decimal("value"),
        _unit(row.text("unit"), row.where("unit")),
    )
    return Factor(
        id=row.id("id", loose=True),
        name=row.bilingual("name"),
        unit=entry.unit,
        quantity=row.choice("quantity", QUANTITIES),
        scope=row.choice("scope", SCOPES),
        role=row.choice("role", ROLES),
        entries=(entry,),
        basis=row["basis"],
        boundary=row.text("boundary"),
        region=row.text("region"),
        year=row.text("year"),
        source=row.text("source"),
        confidence=row.choice("confidence", CONFIDENCES),
        quality=row.quality(),
        note=row.optional_bilingual("note"),
        place=row.place(),
    )


def _coproducts(rows: Iterable[Row]) -> tuple[Coproduct, ...]:
    found: dict[tuple[str, str], Coproduct] = {}
    for row in rows:
        item = _coproduct(row)
        if (item.process, item.product) in found:
            raise FootproofError("E-STUDY-DUPLICATE", row.where("product"), id=item.product)
        found[item.process, item.product] = item
    return tuple(found.values())


def _coproduct(row: Row) -> Coproduct:
    amount, basis = row.decimal("amount"), row.decimal("basis")
    alternative = row.optional_decimal("alternative")
    for column, value in (("amount", amount), ("basis", basis), ("alternative", alternative)):
        if value is not None and (value < 0 or (column == "amount" and value == 0)):
            raise FootproofError("E-STUDY-NEGATIVE", row.where(column), found=value)
    return Coproduct(
        row.id("process"),
        row.id("product"),
        row.bilingual("name"),
        amount,
        _unit(row.text("unit"), row.where("unit")),
        basis,
        row.text("basis_unit"),
        alternative,
        row["alternative_unit"],
        row.place(),
    )


def _recovered(row: Row) -> Recovered:
    numbers = {name: row.decimal(name) for name in ("r1", "r2", "a", "q_in", "q_out")}
    numbers |= {name: row.decimal(name) if row[name] else Decimal(0) for name in ("r3", "b")}
    for name, value in numbers.items():
        if not 0 <= value <= 1:
            raise FootproofError("E-STUDY-SHARE", row.where(name), column=name, found=value)
    if numbers["r3"]:
        row.text("recovery")  # what is burnt has a burden
    if numbers["r2"] + numbers["r3"] > 1:
        raise FootproofError("E-STUDY-SHARE", row.where("r3"), column="r2 + r3", found=numbers["r2"] + numbers["r3"])
    return Recovered(
        row.id("id"),
        row.bilingual("name"),
        _figure(row, "amount", _unit(row.text("unit"), row.where("unit"))),
        numbers,
        row.text("virgin"),
        row.text("recycled"),
        row["disposal"],
        row["source"],
        row.optional_bilingual("note"),
        row.place(),
        *(row[name] for name in ("recycled_end", "avoided", "recovery", "displaced")),
    )


def _evidence(files: StudyFiles) -> Mapping[str, Evidence]:
    found: dict[str, Evidence] = {}
    for row in _table(files, "evidence.csv", _EVIDENCE):
        item = Evidence(row.id("id"), row.text("file"), row.text("sha256"), row.bilingual("name"), row["captured"])
        if item.id in found:
            raise FootproofError("E-STUDY-DUPLICATE", row.where("id"), id=item.id)
        _check_document(item, row, files.documents)
        found[item.id] = item
    return found


def _check_listed(head: Table, evidence: Mapping[str, Evidence], meters: Mapping[str, Meter] | None) -> None:
    """Every document and every meter that study.toml names is listed."""
    figures = [head.table(key).table(name) for key in ("parameter", "formula") for name in head.values.get(key, ())]
    for table in figures:
        if "meter" in table.values:
            measured = table.text("unit") if "unit" in table.values else "1"
            check_meter(table.text("meter"), measured, meters, table.where("meter"))
    contracts = head.tables("contract") if "contract" in head.values else ()
    content = [head.table("carbon_content")] if "carbon_content" in head.values else []
    for table in (*figures, *contracts, *content):
        if "evidence" in table.values and table.text("evidence") not in evidence:
            raise FootproofError("E-EVIDENCE-UNKNOWN", table.where("evidence"), id=table.text("evidence"))


def _check_document(item: Evidence, row: Row, documents: Mapping[str, str] | None) -> None:
    if documents is None:
        return
    if item.file not in documents:
        raise FootproofError("E-EVIDENCE-FILE", row.where("file"), file=item.file)
    if documents[item.file] != item.sha256:
        raise FootproofError(
            "E-EVIDENCE-HASH",
            row.where("sha256"),
            file=item.file,
            found=documents[item.file],
            needed=item.sha256,
        )
