"""Brightway workbooks: the inventories of premise, small books with planted defects, hostile books."""

import io
import re
import zipfile
from collections import Counter
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest

from footproof.errors import FootproofError
from footproof.formats import brightway
from footproof.model.dataset import DataSource, Distribution, FlowKind, Severity
from footproof.texts import LANGUAGES, say

PREMISE = Path(__file__).resolve().parents[2] / "../shared/data/lci/premise-inventories"

HEADER = ["name", "amount", "unit", "location", "categories", "type", "reference product"]
SPREAD = ["uncertainty type", "loc", "scale", "minimum", "maximum"]
Row = list[object]


def activity(
    *lines: Row, name: str = "steel making", product: str | None = "steel", header: list[str] | None = None
) -> list[Row]:
    fields: list[Row] = [["Activity", name], ["location", "CH"], ["unit", "kilogram"], ["comment", "none"]]
    if product is not None:
        fields.append(["reference product", product])
    return [*fields, ["Exchanges"], list(header or HEADER), *lines]


PRODUCTION: Row = ["steel making", 1.0, "kilogram", "CH", None, "production", "steel"]
COAL: Row = ["coal mining", 2.0, "kilogram", "RER", None, "technosphere", "coal"]
CO2: Row = ["Carbon dioxide, fossil", 3.0, "kilogram", None, "air::urban air", "biosphere", None]


def book(**sheets: list[Row]) -> bytes:
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.active)
    for name, rows in sheets.items():
        sheet = workbook.create_sheet(name)
        for row in rows:
            sheet.append(row)
    target = io.BytesIO()
    workbook.save(target)
    return target.getvalue()


def read_one(*rows: list[Row]) -> DataSource:
    return brightway.read([("a.xlsx", book(one=[row for block in rows for row in block]))])


def codes(source: DataSource) -> Counter[str]:
    return Counter(item.code for item in source.findings)


def assert_told(source: DataSource) -> None:
    for finding in {item.code: item for item in source.findings}.values():
        for lang in LANGUAGES:
            text = say("findings", f"{finding.code}.message", lang, **finding.values)
            assert not re.search(r"\{[a-z_]+\}", text), (finding, text)


@pytest.mark.skipif(not PREMISE.exists(), reason="the inventories of premise are not beside this checkout")
def test_every_activity_of_premise_is_accounted_for() -> None:
    paths = sorted(PREMISE.glob("*.xlsx"))
    source = brightway.read([(path.name, path.read_bytes()) for path in paths])
    skipped = sum(int(item.values["count"]) for item in source.findings if item.code == "F-SHEET-SKIPPED")
    assert (len(paths), len(source.datasets), skipped) == (82, 3251, 21)
    assert len(source.datasets) + skipped == 3272
    lines = [item for dataset in source.datasets.values() for item in dataset.exchanges]
    kinds = Counter((source.flows[item.flow].kind, item.reference) for item in lines)
    assert kinds == {
        (FlowKind.PRODUCT, True): 3251,
        (FlowKind.PRODUCT, False): 34107 + 38,  # 38 co-products
        (FlowKind.ELEMENTARY, False): 35354,
    }
    assert not [item for item in source.findings if item.severity is Severity.LOST]
    uses = sum(int(item.values["uses"]) for item in source.findings if item.code == "F-SUPPLIER-OUTSIDE")
    asked = sum(item.input and source.flows[item.flow].kind is FlowKind.PRODUCT for item in lines)
    linked = sum(bool(item.provider) for item in lines)
    assert asked == linked + uses
    assert all(item.provider in source.datasets for item in lines if item.provider)
    assert codes(source)["F-TYPE-TRIMMED"] == 12
    assert_told(source)


def test_an_activity_with_its_lines() -> None:
    source = read_one(
        activity(PRODUCTION, COAL, CO2),
        activity(
            ["coal mining", 5.0, "kilogram", "RER", None, "production", "coal"], name="coal mining", product="coal"
        ),
    )
    assert not [item for item in source.findings if item.code != "F-SUPPLIER-OUTSIDE"]
    steel = source.datasets["steel making | steel | CH"]
    made, coal, emitted = steel.exchanges
    assert (made.reference, made.input, made.amount) == (True, False, 1.0)
    assert (coal.input, coal.provider) == (True, "")  # from RER, which is not the one in CH
    assert (emitted.input, source.flows[emitted.flow].category) == (False, ("air", "urban air"))


def test_suppliers_are_named_by_their_code() -> None:
    maker = activity(
        ["coal mining", 5.0, "kilogram", "CH", None, "production", "coal"], name="coal mining", product="coal"
    )
    maker.insert(1, ["code", "c0de"])
    source = read_one(activity(PRODUCTION, [*COAL[:3], "CH", *COAL[4:]]), maker)
    assert source.datasets["steel making | steel | CH"].exchanges[1].provider == "c0de"
    assert not source.findings


def test_substitution_resources_and_co_products() -> None:
    heat: Row = ["heat making", 4.0, "megajoule", "CH", None, "substitution", "heat"]
    ore: Row = ["Iron", 5.0, "kilogram", None, "natural resource::in ground", "biosphere", None]
    slag: Row = ["steel making", 0.5, "kilogram", "CH", None, "production", "slag"]
    source = read_one(activity(PRODUCTION, heat, ore, slag))
    seen = [
        (item.input, item.reference, item.avoided) for item in source.datasets["steel making | steel | CH"].exchanges
    ]
    assert seen == [(False, True, False), (False, False, True), (True, False, False), (False, False, False)]


def test_distributions_of_stats_arrays() -> None:
    def coal(*spread: object) -> Row:
        return [*COAL, *spread]

    source = read_one(
        activity(
            PRODUCTION,
            coal(0),
            coal(1),
            coal(2, 0.6931471805599453, 0.1823215567939546),
            coal(3, 2, 0.5),
            coal(4, None, None, 1, 3),
            coal(5, 2, None, 1, 3),
            coal(9, 2),
            coal(2, 5.0, 0.1),
            coal(2, 0.6931471805599453, "#REF!"),
            header=HEADER + SPREAD,
        )
    )
    spreads = [item.uncertainty for item in source.datasets["steel making | steel | CH"].exchanges[1:]]
    kinds = [item.distribution if item else None for item in spreads]
    assert kinds == [
        None,
        None,
        Distribution.LOGNORMAL,
        Distribution.NORMAL,
        Distribution.UNIFORM,
        Distribution.TRIANGULAR,
        None,
        Distribution.LOGNORMAL,
        None,
    ]
    assert spreads[2] is not None
    assert spreads[2].parameters == pytest.approx((1.2,))
    assert codes(source) == {
        "F-UNCERTAINTY-KIND": 1,
        "F-UNCERTAINTY-CENTRE": 1,
        "F-UNCERTAINTY": 1,
        "F-SUPPLIER-OUTSIDE": 1,
    }
    assert_told(source)


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ([PRODUCTION, [*CO2[:1], "=1/0", *CO2[2:]]], "F-AMOUNT"),
        ([PRODUCTION, [*CO2[:1], "many", *CO2[2:]]], "F-AMOUNT"),
        ([PRODUCTION, [*CO2[:5], "biosphere ", None]], "F-TYPE-TRIMMED"),
        ([PRODUCTION, [*CO2[:5], None, None]], "F-TYPE-ASSUMED"),
        ([PRODUCTION, [*CO2[:5], "emission", None]], "F-TYPE-UNKNOWN"),
        ([PRODUCTION, ["Methane ", *CO2[1:]]], "F-NAME-BLANK"),
        ([PRODUCTION, [*CO2[:2], None, *CO2[3:]]], "F-FLOW-UNITLESS"),
        ([PRODUCTION, COAL], "F-SUPPLIER-OUTSIDE"),
        ([CO2], "F-PRODUCTION-ASSUMED"),
        ([["iron making", *PRODUCTION[1:]]], "F-PRODUCTION-NAME"),
    ],
)
def test_a_planted_defect_is_found_and_the_rest_is_read(lines: list[Row], code: str) -> None:
    source = read_one(activity(*lines))
    assert codes(source) == {code: 1}
    assert list(source.datasets) == ["steel making | steel | CH"]
    assert_told(source)


def test_empty_rows_between_exchanges_lose_nothing() -> None:
    source = read_one(activity(PRODUCTION, [None], CO2))
    assert len(source.datasets["steel making | steel | CH"].exchanges) == 2


def test_nameless_double_and_productless_activities() -> None:
    source = read_one(
        activity(PRODUCTION, name=""), activity(PRODUCTION), activity(PRODUCTION), activity(name="iron", product=None)
    )
    assert list(source.datasets) == ["steel making | steel | CH", "steel making | steel | CH#2", "iron | iron | CH"]
    assert codes(source) == {
        "F-DATASET-NAMELESS": 1,
        "F-DATASET-TWICE": 1,
        "F-PRODUCT-ASSUMED": 1,
        "F-PRODUCTION-ASSUMED": 1,
    }
    assert_told(source)


def test_sheets_that_say_skip_or_cutoff() -> None:
    wide = [[*row, *[None] * (8 - len(row)), "note"] for row in activity(PRODUCTION)]
    data = book(one=[["cutoff", 7], *wide], two=[["skip"], *activity(PRODUCTION)])
    source = brightway.read([("a.xlsx", data)])
    assert len(source.datasets) == 1
    assert codes(source) == {"F-SHEET-SKIPPED": 1}
    assert_told(source)


def test_a_workbook_that_was_opened_as_an_archive_is_read_all_the_same() -> None:
    data = book(one=activity(PRODUCTION))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = [(name, archive.read(name)) for name in archive.namelist()]
    assert brightway.recognise([name for name, _ in parts], dict(parts).__getitem__)
    source = brightway.read([("a.xlsx", data)])
    again = {key: replace(item, file="workbook.xlsx") for key, item in source.datasets.items()}
    assert brightway.read(parts).datasets == again


def test_other_and_damaged_books_are_never_an_empty_database() -> None:
    with pytest.raises(FootproofError) as caught:
        brightway.read([("a.xlsx", book(one=[["a", "b"], [1, 2]]))])
    assert caught.value.code == "E-DB-VERSION"
    with pytest.raises(FootproofError) as caught:
        brightway.read([("readme.md", b"text")])
    assert caught.value.code == "E-DB-UNKNOWN"
    good = book(one=activity(PRODUCTION))
    source = brightway.read([("bad.xlsx", good[: len(good) // 2]), ("empty.xlsx", b"PK"), ("good.xlsx", good)])
    assert len(source.datasets) == 1
    assert codes(source) == {"F-FILE-BROKEN": 2}
    assert_told(source)


def test_a_book_that_unpacks_out_of_proportion_is_refused() -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b" " * 30_000_000)
    with pytest.raises(FootproofError) as caught:
        brightway.read([("bomb.xlsx", target.getvalue())])
    assert caught.value.code == "E-DB-ARCHIVE-SIZE"
