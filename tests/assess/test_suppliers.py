"""A supplier's certified footprint counts as a factor where it fits, and is refused with its own words where it does
not."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from footproof.assess import Assessment, assess
from footproof.assess.contents import about, suppliers
from footproof.canonical import canonical_bytes
from footproof.errors import FootproofError
from footproof.expressions import exact
from footproof.formats.folder import read_folder
from footproof.formats.study import StudyFiles, read_study
from footproof.model.bilingual import Bilingual
from footproof.model.study import Study
from footproof.model.supplier import SupplierFootprint, Upstream
from footproof.package import Contents, Held, Package, disclose, downstream, open_package, pack, seal
from footproof.rules.parameters import shipped
from footproof.rules.rulebook import load_rulebook

KETTLE = Path(__file__).resolve().parents[1] / "assets" / "kettle"
RULE = "cn.gbt.24067"
KNOWN_ON = date(2026, 6, 30)
DIGEST = "sha256:" + "5" * 64
STEEL = SupplierFootprint(
    certificate="CFP-2026-000007",
    digest=DIGEST,
    body="did:web:body.example",
    product="urn:example:steel",
    product_name=Bilingual("不锈钢带", "stainless steel strip"),
    value=Decimal("4.5"),
    unit="kg CO2e / kg",
    unit_name=Bilingual("1 kg", "1 kg"),
    boundary=Bilingual("从摇篮到大门", "cradle to gate"),
    stages=("raw_materials", "manufacturing"),
    rule="cn.gbt.24067@2024",
    rule_edition="sha256:" + "1" * 64,
    rule_status="in-force",
    period_start=date(2025, 1, 1),
    period_end=date(2025, 12, 31),
    valid_from=date(2026, 2, 1),
    valid_until=date(2028, 1, 31),
    package="sha256:" + "2" * 64,
    demonstration=False,
    recomputed="all terms",
)
HEAD = "id,name_zh,name_en,folder,certificate,digest,product,unit,use\n"


def row(found: SupplierFootprint, name: str = "steel", use: str = "") -> str:
    return f"{name},钢带,strip,{name},{found.certificate},{found.digest},{found.product},{found.unit},{use}\n"


def files(table: str | None = None, changed: Mapping[str, tuple[str, str]] | None = None) -> StudyFiles:
    """Return the kettle, its steel from a supplier."""
    found = read_folder(KETTLE)
    tables = dict(found.tables)
    if table is not None:
        tables["suppliers.csv"] = table.encode("utf-8")
        tables["exchanges.csv"] = tables["exchanges.csv"].replace(b",factor:steel,", b",certificate:steel,", 1)
    for name, (old, new) in (changed or {}).items():
        assert old.encode("utf-8") in tables[name]
        tables[name] = tables[name].replace(old.encode("utf-8"), new.encode("utf-8"), 1)
    return StudyFiles(tables, found.documents)


def study(table: str | None = None, changed: Mapping[str, tuple[str, str]] | None = None) -> Study:
    return read_study(files(table, changed))


def assessed(found: Study, **checked: SupplierFootprint) -> Assessment:
    return assess(found, load_rulebook(RULE), shipped(), KNOWN_ON, checked)


def fraction(text: str) -> Fraction:
    return Fraction(*exact.read(text))


# ---------------------------------------------------------------- what it counts


def test_the_term_counts_the_certified_value_and_says_whose_it_is() -> None:
    done = assessed(study(HEAD + row(STEEL)), steel=STEEL)
    term = next(item for item in done.sheet.record["terms"] if item["id"] == "steel")
    run = fraction(done.result["nodes"]["run.body"])
    assert fraction(done.result["terms"]["steel"]) == run * Fraction("1.05") * Fraction("4.5")
    assert term["factor"] == [["undifferentiated", "CO2e", "4.5"]]
    said = term["info"]
    assert said["certificate_digest"] == DIGEST
    assert (said["factor"], said["boundary"], said["rule"]) == ("certificate:steel", "cradle to gate", STEEL.rule)
    assert said["valid_until"] == "2028-01-31"
    assert set(done.suppliers) == {"steel"}
    assert suppliers(done)["steel"]["value"] == "4.5"


def test_a_disclosed_vector_keeps_its_origins_and_the_certified_sum() -> None:
    parts = {"fossil": Decimal("4.3"), "land_use": Decimal("0.2")}
    done = assessed(study(HEAD + row(STEEL)), steel=replace(STEEL, origins=parts))
    plain = assessed(study(HEAD + row(STEEL)), steel=STEEL)
    assert done.result["value"] == plain.result["value"]
    assert fraction(done.result["origins"]["land_use"]) - fraction(plain.result["origins"]["land_use"]) > 0


def test_amounts_in_other_units_of_the_same_kind_are_converted() -> None:
    changed = {"exchanges.csv": ("stainless steel,1.05,kg,", "stainless steel,0.00105,t,")}
    done = assessed(study(HEAD + row(STEEL), changed), steel=STEEL)
    assert done.result["terms"]["steel"] == assessed(study(HEAD + row(STEEL)), steel=STEEL).result["terms"]["steel"]


def test_a_study_without_suppliers_has_the_same_sheet_as_ever() -> None:
    plain, empty = study(), study(None)
    table = StudyFiles({**files().tables, "suppliers.csv": HEAD.encode("utf-8")}, files().documents)
    assert assessed(plain).sheet_digest == assessed(empty).sheet_digest == assessed(read_study(table)).sheet_digest


def test_footprints_that_a_study_carries_serve_without_being_handed_over() -> None:
    carried = replace(study(HEAD + row(STEEL)), certified={"steel": STEEL})
    done = assess(carried, load_rulebook(RULE), shipped(), KNOWN_ON)
    assert done.sheet_digest == assessed(study(HEAD + row(STEEL)), steel=STEEL).sheet_digest


# ---------------------------------------------------------------- what is refused

BAD: dict[str, tuple[SupplierFootprint, str, str]] = {
    "another unit": (replace(STEEL, unit="kg CO2e / t"), "E-SUPPLIER-UNIT", "unit"),
    "another number": (replace(STEEL, certificate="CFP-1"), "E-SUPPLIER-OTHER", "certificate"),
    "another certificate of the number": (replace(STEEL, digest="sha256:" + "6" * 64), "E-SUPPLIER-OTHER", "digest"),
    "another product": (replace(STEEL, product="urn:example:tin"), "E-SUPPLIER-OTHER", "product"),
    "use and end of life in it": (
        replace(STEEL, stages=("raw_materials", "manufacturing", "end_of_life")),
        "E-SUPPLIER-BOUNDARY",
        "certificate",
    ),
    "gate to gate only": (replace(STEEL, stages=("manufacturing",)), "E-SUPPLIER-BOUNDARY", "certificate"),
    "a boundary nobody sees": (replace(STEEL, stages=()), "E-SUPPLIER-BOUNDARY", "certificate"),
    "expired the day before": (replace(STEEL, valid_until=date(2026, 6, 29)), "E-SUPPLIER-VALIDITY", "certificate"),
    "valid from the day after": (replace(STEEL, valid_from=date(2026, 7, 1)), "E-SUPPLIER-VALIDITY", "certificate"),
    "data more than three years old": (
        replace(STEEL, period_start=date(2021, 1, 1), period_end=date(2021, 12, 31)),
        "E-SUPPLIER-PERIOD",
        "certificate",
    ),
    "data of a later time": (
        replace(STEEL, period_start=date(2026, 1, 1), period_end=date(2026, 3, 31)),
        "E-SUPPLIER-PERIOD",
        "certificate",
    ),
    "a demonstration in a real study": (replace(STEEL, demonstration=True), "E-SUPPLIER-DEMONSTRATION", "use"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_does_not_fit_is_refused_at_its_row(name: str) -> None:
    found, code, column = BAD[name]
    with pytest.raises(FootproofError) as refused:
        assessed(study(HEAD + row(STEEL)), steel=found)
    assert refused.value.code == code
    where = refused.value.where
    assert where is not None
    assert (where.file, where.line, where.field) == ("suppliers.csv", 2, column)


FITS: dict[str, SupplierFootprint] = {
    "valid to the very day": replace(STEEL, valid_until=KNOWN_ON),
    "valid from the very day": replace(STEEL, valid_from=KNOWN_ON),
    "data exactly three years old": replace(STEEL, period_start=date(2021, 1, 2), period_end=date(2022, 1, 1)),
    "with distribution to the customer": replace(STEEL, stages=("raw_materials", "distribution")),
}


@pytest.mark.parametrize("name", FITS)
def test_what_just_fits_is_taken(name: str) -> None:
    assert assessed(study(HEAD + row(STEEL)), steel=FITS[name]).suppliers == {"steel": FITS[name]}


def test_a_row_without_a_checked_footprint_and_a_name_without_a_row_are_refused() -> None:
    for table, code in ((HEAD + row(STEEL), "E-SUPPLIER-MISSING"), (HEAD, "E-SUPPLIER-UNKNOWN")):
        with pytest.raises(FootproofError) as refused:
            assessed(study(table))
        assert refused.value.code == code


def test_an_amount_in_another_kind_of_unit_is_refused() -> None:
    with pytest.raises(FootproofError) as refused:
        assessed(
            study(HEAD + row(STEEL), {"exchanges.csv": ("stainless steel,1.05,kg,", "stainless steel,1.05,kWh,")}),
            steel=STEEL,
        )
    assert refused.value.code == "E-UNIT-MISMATCH"


def test_a_certified_footprint_takes_no_upstream() -> None:
    head = "stainless steel,1.05,kg,,certificate:steel,,"
    with pytest.raises(FootproofError) as refused:
        assessed(study(HEAD + row(STEEL), {"exchanges.csv": (head, f"{head}factor:plastic")}), steel=STEEL)
    assert refused.value.code == "E-FACTOR-TWICE"


TABLES: dict[str, tuple[Callable[[str], str], str]] = {
    "a digest of another form": (lambda text: text.replace(DIGEST, "5555"), "E-SUPPLIER-DIGEST"),
    "a unit that is none": (lambda text: text.replace("kg CO2e / kg", "kg CO2e / thing"), "E-UNIT-UNKNOWN"),
    "a folder that leads elsewhere": (lambda text: text.replace(",steel,CFP", ",../steel,CFP"), "E-TABLE-ID"),
    "a use that is none": (lambda text: text.replace(",\n", ",real\n"), "E-TABLE-CHOICE"),
    "a row twice": (lambda text: text + row(STEEL), "E-STUDY-DUPLICATE"),
    "no number": (lambda text: text.replace(STEEL.certificate, ""), "E-TABLE-EMPTY"),
}


@pytest.mark.parametrize("name", TABLES)
def test_a_table_of_another_form_is_refused(name: str) -> None:
    change, code = TABLES[name]
    with pytest.raises(FootproofError) as refused:
        study(HEAD + change(row(STEEL)))
    assert refused.value.code == code


# ---------------------------------------------------------------- what is said


def codes(done: Assessment) -> set[str]:
    return {finding["code"] for finding in done.findings if finding["code"].startswith("supplier-")}


def test_what_a_reader_must_know_is_a_finding() -> None:
    table = HEAD + row(STEEL, use="demonstration")
    for found, expected in (
        (STEEL, set()),
        (replace(STEEL, rule="eu.cfb@draft-2024-04"), {"supplier-rule"}),
        (replace(STEEL, rule_status="provisional"), {"supplier-provisional"}),
        (replace(STEEL, recomputed="sealed"), {"supplier-sealed"}),
        (replace(STEEL, recomputed="disclosed subtotals"), {"supplier-sealed"}),
        (replace(STEEL, demonstration=True), {"supplier-demonstration"}),
    ):
        done = assessed(study(table), steel=found)
        assert codes(done) == expected
        assert len([item for item in done.findings if item["code"].startswith("supplier-")]) == len(expected)


# ---------------------------------------------------------------- who is affected


def package_of(done: Assessment, found: StudyFiles, name: str, secret: bytes | None = None) -> Package:
    contents = Contents(
        about={**about(done), "study": name},
        tables=found.tables,
        sheet=done.sheet_bytes,
        result=done.result,
        parameters=done.parameters,
        rules={},
        evidence={},
        suppliers=suppliers(done),
    )
    return open_package(seal(contents, secret))


def certified(name: str, rests_on: tuple[Upstream, ...] = ()) -> SupplierFootprint:
    return replace(
        STEEL, certificate=name, digest="sha256:" + name.encode("ascii").hex().rjust(64, "0"), rests_on=rests_on
    )


def held(using: SupplierFootprint, name: str, secret: bytes | None = None) -> Held:
    """Return a package whose steel comes from a certificate, and the certificate on it, of its own name."""
    source = files(HEAD + row(using))
    package = package_of(assessed(read_study(source), steel=using), source, name, secret)
    return Held(package, ((name, certified(name).digest),))


def share(item: Held) -> Fraction:
    result = item.package.record("result.json")
    sizes = {name: abs(fraction(value)) for name, value in result["terms"].items()}
    return sizes["steel"] / sum(sizes.values())


def test_a_chain_of_three_is_found_with_its_shares() -> None:
    mine, works, maker = (
        held(certified("ORE"), "STEEL"),
        held(certified("STEEL"), "BODY"),
        held(certified("BODY"), "KETTLE"),
    )
    other = held(certified("TIN"), "CAN")
    for target in ("ORE", certified("ORE").digest):
        found = downstream([maker, other, mine, works], target)
        assert {item.study: item.share for item in found.affected} == {
            "STEEL": share(mine),
            "BODY": share(works) * share(mine),
            "KETTLE": share(maker) * share(works) * share(mine),
        }
        assert [item.study for item in found.affected] == ["STEEL", "BODY", "KETTLE"]
        assert found.affected[2].certificates == ("KETTLE",)
        assert found.affected[2].through == ("BODY",)
        assert not found.unread
    assert {item.study for item in downstream([maker, other, mine, works], "BODY").affected} == {"KETTLE"}
    assert not downstream([maker, other, mine, works], "KETTLE").affected


def test_a_chain_is_found_where_the_packages_between_are_not_at_hand() -> None:
    told = (Upstream("ORE", certified("ORE").digest, "0.5"), Upstream("COAL", certified("COAL").digest, ""))
    maker = held(certified("STEEL", told), "KETTLE")
    [found] = downstream([maker], "ORE").affected
    assert found.share == share(maker) / 2
    [found] = downstream([maker], "COAL").affected
    assert found.share is None


def test_a_package_that_hides_its_suppliers_is_named_as_unread() -> None:
    full = held(certified("ORE"), "STEEL", bytes(32))
    assert downstream([full], "ORE").affected
    for keep, affected, unread in (
        (["nothing"], 0, 1),
        (["suppliers.json"], 1, 0),
        (["terms", "suppliers.json"], 1, 0),
    ):
        shown = Held(open_package(disclose(full.package, keep)))
        found = downstream([shown], "ORE")
        assert (len(found.affected), len(found.unread)) == (affected, unread)
        if affected:
            assert (found.affected[0].share is not None) == ("terms" in keep)


def test_a_forged_ring_of_suppliers_ends() -> None:
    one, two = held(certified("B"), "A"), held(certified("A"), "B")
    assert not downstream([one, two], "ORE").affected
    assert {item.study for item in downstream([one, two], "A").affected} == {"A", "B"}


def listing(record: object) -> Package:
    return open_package(pack({"about.json": b"{}", "suppliers.json": canonical_bytes(record)}))


@pytest.mark.parametrize(
    "record",
    [
        [],
        "x",
        {"a": {}},
        {"a": {"certificate": 1, "digest": "d", "rests_on": []}},
        {"a": {"certificate": "c", "digest": ["d"], "rests_on": []}},
        {"a": {"certificate": "c", "digest": "d", "rests_on": None}},
        {"a": {"certificate": "c", "digest": "d", "rests_on": [{}]}},
        {"a": {"certificate": "c", "digest": "d", "rests_on": [{"certificate": "x", "digest": "y", "share": "1e9"}]}},
        {"a": {"certificate": "c", "digest": "d", "rests_on": [{"certificate": "x", "digest": "y", "share": 1}]}},
        {str(number): {"certificate": "c", "digest": "d", "rests_on": []} for number in range(1001)},
    ],
    ids=lambda record: str(record)[:60],
)
def test_a_hostile_list_of_suppliers_is_refused_with_a_code(record: object) -> None:
    with pytest.raises(FootproofError) as refused:
        downstream([Held(listing(record))], "x")
    assert refused.value.code == "E-PACKAGE-FORM"
