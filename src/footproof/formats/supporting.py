"""What supports the figures of a study: meters, what is left out, green certificates, the carbon of the product.

All of it is optional. `docs/reference/study.md` says the columns and keys.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal

from footproof.errors import FootproofError, Where
from footproof.formats.table import Row
from footproof.formats.toml import Table
from footproof.model.study import CarbonContent, Certificates, CutOff, Meter, NumberRange, Place, Supplier
from footproof.units import same_dimension, unit

METER = (
    "id", "name_zh", "name_en", "unit", "serial", "accuracy", "calibrated_from", "calibrated_to", "reading", "share",
    "evidence",
)  # fmt: skip
CUT_OFF = (
    "id", "name_zh", "name_en", "process", "mass_share", "energy_share", "footprint_share", "reason_zh", "reason_en",
    "evidence",
)  # fmt: skip
SUPPLIER = (
    "id", "name_zh", "name_en", "folder", "certificate", "digest", "product", "unit", "use", "note_zh", "note_en",
)  # fmt: skip
SUPPLIERS = "suppliers.csv"
CERTIFICATES = ("numbers", "project", "generated", "site_mwh", "holder", "cancelled_on", "reference")
_RANGE = re.compile(r"(?P<prefix>[^\s.]{0,40}?)(?P<first>[0-9]{1,18})(?:\.\.(?P=prefix)(?P<last>[0-9]{1,18}))?")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}", re.ASCII)
_MONTH = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])", re.ASCII)


def read_meters(rows: Iterable[Row]) -> Mapping[str, Meter]:
    """Return the meters of a study by id.

    Raises:
        FootproofError: E-TABLE-*, E-NUMBER, E-UNIT-UNKNOWN; E-STUDY-CALIBRATION where a calibration ends before
            it begins, E-STUDY-NEGATIVE, E-STUDY-SHARE, E-STUDY-DUPLICATE for an id that stands twice.
    """
    found: dict[str, Meter] = {}
    for row in rows:
        meter = _meter(row)
        if meter.id in found:
            raise FootproofError("E-STUDY-DUPLICATE", row.where("id"), id=meter.id)
        found[meter.id] = meter
    return found


def read_cut_offs(rows: Iterable[Row], processes: Iterable[str]) -> tuple[CutOff, ...]:
    """Return what a study leaves out.

    Args:
        rows: Of cut_offs.csv.
        processes: Ids of the processes that a row may name.

    Raises:
        FootproofError: E-TABLE-*, E-NUMBER; E-STUDY-SHARE for a share outside 0 … 1, E-STUDY-PROVIDER for a process
            that does not exist, E-STUDY-DUPLICATE for an id that stands twice.
    """
    known = set(processes)
    found: dict[str, CutOff] = {}
    for row in rows:
        item = _cut_off(row)
        if item.id in found:
            raise FootproofError("E-STUDY-DUPLICATE", row.where("id"), id=item.id)
        if item.process and item.process not in known:
            raise FootproofError("E-STUDY-PROVIDER", row.where("process"), name=item.process)
        found[item.id] = item
    return tuple(found.values())


def read_suppliers(rows: Iterable[Row]) -> Mapping[str, Supplier]:
    """Return the certificates of suppliers by id.

    Raises:
        FootproofError: E-TABLE-*, E-UNIT-UNKNOWN; E-SUPPLIER-DIGEST for a digest of another form, E-STUDY-DUPLICATE for
            an id that stands twice.
    """
    found: dict[str, Supplier] = {}
    for row in rows:
        item = _supplier(row)
        if item.id in found:
            raise FootproofError("E-STUDY-DUPLICATE", row.where("id"), id=item.id)
        found[item.id] = item
    return found


def read_certificates(contract: Table) -> Certificates | None:
    """Return the green certificates of a contract, or None where it lists none.

    Raises:
        FootproofError: E-KEY-*; E-STUDY-CERTIFICATES for numbers that are no range, E-STUDY-MONTH for months that
            are not "2025-01", E-STUDY-NEGATIVE for electricity of the site that is not above zero.
    """
    if "certificates" not in contract.values:
        return None
    table = contract.table("certificates")
    table.refuse_unknown(CERTIFICATES)
    site = table.number("site_mwh")
    if site <= 0:
        raise FootproofError("E-STUDY-NEGATIVE", table.where("site_mwh"), found=site)
    where = table.where()
    return Certificates(
        ranges=tuple(_range(text, table) for text in _texts(table, "numbers")),
        project=table.text("project"),
        generated=_months(table),
        site_mwh=site,
        holder=table.text("holder") if "holder" in table.values else "",
        cancelled_on=table.day("cancelled_on") if "cancelled_on" in table.values else None,
        reference=table.text("reference") if "reference" in table.values else "",
        place=Place(where.file, where.line, where.field),
    )


def read_carbon_content(head: Table) -> CarbonContent | None:
    """Return the biogenic carbon of the product, or None where the study does not state it.

    Raises:
        FootproofError: E-KEY-*, E-UNIT-*, the latter for a unit that is no mass; E-STUDY-NEGATIVE below zero.
    """
    if "carbon_content" not in head.values:
        return None
    table = head.table("carbon_content")
    table.refuse_unknown(("biogenic", "unit", "source", "evidence"))
    amount, text = table.number("biogenic"), table.text("unit")
    if not (_measures(text, "kg", table.where("unit")) or _measures(text, "kg C", table.where("unit"))):
        raise FootproofError("E-UNIT-MISMATCH", table.where("unit"), found=text, needed="kg C")
    if amount < 0:
        raise FootproofError("E-STUDY-NEGATIVE", table.where("biogenic"), found=amount)
    where = table.where()
    return CarbonContent(
        amount,
        text,
        table.text("source") if "source" in table.values else "",
        table.text("evidence") if "evidence" in table.values else "",
        Place(where.file, where.line, where.field),
    )


def check_meter(meter: str, measured: str, meters: Mapping[str, Meter] | None, at: Where) -> None:
    """Refuse a meter that is not listed or that measures something else.

    Args:
        meter: Id, or empty.
        measured: Unit of the figure that names it.
        meters: Those of the study.
        at: Place of the figure.

    Raises:
        FootproofError: E-STUDY-METER, E-UNIT-MISMATCH.
    """
    if not meter:
        return
    if meters is None or meter not in meters:
        raise FootproofError("E-STUDY-METER", at, id=meter)
    if not same_dimension(meters[meter].unit, measured):
        raise FootproofError("E-UNIT-MISMATCH", at, found=measured, needed=meters[meter].unit)


def _meter(row: Row) -> Meter:
    start, end = _day(row, "calibrated_from"), _day(row, "calibrated_to")
    if end < start:
        raise FootproofError("E-STUDY-CALIBRATION", row.where("calibrated_to"), start=start, end=end)
    _known_unit(row.text("unit"), row.where("unit"))
    reading = row.optional_decimal("reading")
    if reading is not None and reading < 0:
        raise FootproofError("E-STUDY-NEGATIVE", row.where("reading"), found=reading)
    return Meter(
        row.id("id"),
        row.bilingual("name"),
        row.text("unit"),
        row.text("serial"),
        row.text("accuracy"),
        start,
        end,
        row["evidence"],
        row.place(),
        reading,
        _share(row, "share"),
    )


def _cut_off(row: Row) -> CutOff:
    return CutOff(
        id=row.id("id"),
        name=row.bilingual("name"),
        process=row["process"],
        mass_share=_share(row, "mass_share"),
        energy_share=_share(row, "energy_share"),
        footprint_share=_share(row, "footprint_share"),
        reason=row.bilingual("reason"),
        evidence=row["evidence"],
        place=row.place(),
    )


def _share(row: Row, column: str) -> Decimal | None:
    value = row.optional_decimal(column)
    if value is not None and not 0 <= value <= 1:
        raise FootproofError("E-STUDY-SHARE", row.where(column), column=column, found=value)
    return value


def _day(row: Row, column: str) -> date:
    text = row.text(column)
    try:
        day = date.fromisoformat(text)
    except ValueError as problem:
        raise FootproofError("E-TABLE-DATE", row.where(column), found=text[:40]) from problem
    if day.isoformat() != text:
        raise FootproofError("E-TABLE-DATE", row.where(column), found=text[:40])
    return day


def _known_unit(text: str, where: Where) -> None:
    try:
        unit(text)
    except FootproofError as problem:
        raise problem.at(where) from problem


def _measures(text: str, wanted: str, where: Where) -> bool:
    _known_unit(text, where)
    return same_dimension(text, wanted)


def _texts(table: Table, key: str) -> list[str]:
    value = table.values.get(key)
    if value is None:
        raise FootproofError("E-KEY-MISSING", table.where(key), key=key)
    if not isinstance(value, list) or not value or not all(isinstance(item, str) for item in value):
        raise FootproofError("E-KEY-TYPE", table.where(key), key=key, found=str(value)[:40], needed="array of text")
    return value


def _range(text: str, table: Table) -> NumberRange:
    match = _RANGE.fullmatch(text)
    if match is None:
        raise FootproofError("E-STUDY-CERTIFICATES", table.where("numbers"), found=text[:80])
    first, last = match["first"], match["last"] or match["first"]
    if len(first) != len(last) or int(last) < int(first):
        raise FootproofError("E-STUDY-CERTIFICATES", table.where("numbers"), found=text[:80])
    return NumberRange(match["prefix"], int(first), int(last))


def _months(table: Table) -> tuple[date, date]:
    texts = _texts(table, "generated")
    matches = [_MONTH.fullmatch(text) for text in texts]
    days = [date(int(match[1]), int(match[2]), 1) for match in matches if match and match[1] != "0000"]
    if len(texts) != 2 or len(days) != 2 or days[1] < days[0]:
        raise FootproofError("E-STUDY-MONTH", table.where("generated"), found=", ".join(texts)[:80])
    return days[0], days[1]


def _supplier(row: Row) -> Supplier:
    digest = row.text("digest")
    if not _DIGEST.fullmatch(digest):
        raise FootproofError("E-SUPPLIER-DIGEST", row.where("digest"), found=digest[:80])
    measured = row.text("unit")
    try:
        unit(measured)
    except FootproofError as problem:
        raise problem.at(row.where("unit")) from problem
    return Supplier(
        id=row.id("id"),
        name=row.bilingual("name"),
        folder=row.id("folder", loose=True),
        certificate=row.text("certificate"),
        digest=digest,
        product=row.text("product"),
        unit=measured,
        demonstration=row.choice("use", ("", "demonstration")) == "demonstration",
        note=row.optional_bilingual("note"),
        place=row.place(),
    )
