"""Intensity sets: declared decimals, one byte form, solved again within the tolerance, taken up into a study."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from background.made import CO2, E, dataset, flow, into, out, source
from background.real import background_of
from footproof.background.assemble import assemble
from footproof.background.burdens import burdens, elementary, weights
from footproof.background.gases import shipped_gases
from footproof.background.intensity_set import (
    IntensitySet,
    by_origin,
    characterised,
    compare,
    declare,
    read_intensities,
)
from footproof.background.linked import Background
from footproof.background.take import differs, product_of, take
from footproof.errors import FootproofError
from footproof.formats.intensities import read_intensities_table, write_intensities_table
from footproof.model.linking import Settings
from footproof.quantify.intensities import solve_columns
from footproof.rules.parameters import shipped

DAY = date(2026, 1, 1)
AR4, AR5, AR6 = (shipped().gwp_set(f"gwp100.{name}", DAY) for name in ("ar4", "ar5", "ar6"))
AIR = ("emissions", "air")
FLOWS = [
    CO2,
    flow("ch4", "kg", E, "Methane, fossil"),
    flow("bio", "kg", E, "Carbon dioxide, non-fossil"),
    flow("bioch4", "kg", E, "Methane, non-fossil"),
    flow("uptake", "kg", E, "Carbon dioxide, in air"),
    flow("luc", "kg", E, "Carbon dioxide, from soil or biomass stock"),
    flow("sf6", "g", E, "Sulfur hexafluoride"),
    flow("dust", "kg", E, "Particulates, > 10 um"),
    flow("wood"),
    flow("board"),
    flow("flight", "tkm"),
]


def system() -> Background:
    """Return wood that grows, board made of it, and a flight that takes it somewhere."""
    forest = dataset("forest", out("wood", 1, reference=True), into("uptake", 1.8), out("luc", 0.1))
    mill = dataset(
        "mill",
        out("board", 2, reference=True),
        into("wood", 3),
        into("flight", 0.5, "t*km"),
        out("co2", 4),
        out("ch4", 0.25),
        out("bio", 2.5),
        out("bioch4", 0.125),
        out("sf6", 2, "g"),
        out("dust", 9),
    )
    plane = dataset(
        "plane", out("flight", 1, "tkm", reference=True), out("co2", 1.5), name="transport, freight, aircraft"
    )
    return assemble(source(FLOWS, forest, mill, plane), Settings())


def solved(background: Background, unsound: frozenset[int] = frozenset()) -> IntensitySet:
    """Return the intensity set of a system."""
    table = shipped_gases()
    known = {each.id: gas for each in elementary(background) if (gas := table.recognise(each))}
    direct = burdens(background, known)
    found = solve_columns(background.system, direct.columns, direct.values)
    about = {"name": "made", "format": "none", "digest": "sha256:" + "0" * 64}
    return declare(
        background, found, unsound=unsound, database=about, choices="sha256:" + "1" * 64, solver={"scipy": "1"}
    )


def board(found: IntensitySet, known: Any = AR6, biogenic: str = "iso") -> Decimal:
    """Return what a kilogram of board counts."""
    return characterised(product_of(found, "mill"), weights(found.columns, known, biogenic=biogenic))


def test_gases_and_origins_stay_apart_until_they_are_characterised() -> None:
    found = solved(system())
    product = product_of(found, "mill")
    amounts = {
        (found.columns[n].gas, found.columns[n].origin, found.columns[n].tag): v for n, v in product.values.items()
    }
    assert amounts == {
        ("CO2", "fossil", ""): Decimal("2.375"),
        ("CO2", "fossil", "aircraft"): Decimal("0.375"),
        ("CH4", "fossil", ""): Decimal("0.125"),
        ("CO2", "biogenic_emission", ""): Decimal("1.25"),
        ("CH4", "biogenic_emission", ""): Decimal("0.0625"),
        ("CO2", "biogenic_removal", ""): Decimal("-2.7"),
        ("CO2", "dluc", ""): Decimal("0.15"),
        ("SF6", "fossil", ""): Decimal("0.001"),
    }


@pytest.mark.parametrize(
    ("known", "biogenic", "value"),
    [
        # 2.375 + 0.125·CH4f + 0.0625·CH4b + (1.25 − 2.7) + 0.15 + 0.001·SF6, by hand
        (AR6, "iso", "2.375 + 3.725 + 1.6875 - 1.45 + 0.15 + 25.2"),
        (AR6, "ef", "2.375 + 3.725 + 1.6875 + 0.15 + 25.2"),
        (AR4, "iso", "2.375 + 3.125 + 1.5625 - 1.45 + 0.15 + 22.8"),
    ],
)
def test_one_set_serves_every_gwp_set_and_both_conventions(known: Any, biogenic: str, value: str) -> None:
    expected = sum(Decimal(part) for part in value.replace("- ", "+ -").split(" + "))
    assert board(solved(system()), known, biogenic) == expected


def test_fifth_report_uses_its_own_methane() -> None:
    species = AR5.species
    split = "CH4_fossil" in species
    fossil = species["CH4_fossil" if split else "CH4"].value
    other = species["CH4_nonfossil" if split else "CH4"].value
    expected = (
        Decimal("2.375") + Decimal("0.125") * fossil + Decimal("0.0625") * other - Decimal("1.45") + Decimal("0.15")
    )
    assert board(solved(system()), AR5) == expected + Decimal("0.001") * species["SF6"].value


def test_origins_sum_to_the_value_and_aircraft_is_part_of_fossil() -> None:
    found = solved(system())
    product = product_of(found, "mill")
    by_column = weights(found.columns, AR6, biogenic="iso")
    assert sum(by_origin(product, found.columns, by_column).values()) == characterised(product, by_column)


def test_the_record_reads_to_the_same_and_nothing_else() -> None:
    found = solved(system(), frozenset({1}))
    data = found.to_bytes()
    again = read_intensities(data, "x")
    assert again == found
    assert again.digest() == found.digest()
    assert [product.sound for product in again.products] == [True, False, True]
    for spoilt, code in (
        (data + b" ", "E-CANONICAL"),
        (b'{"format":"other"}', "E-INTENSITIES-FORM"),
        (b"[]", "E-INTENSITIES-FORM"),
    ):
        with pytest.raises(FootproofError) as caught:
            read_intensities(spoilt, "x")
        assert caught.value.code == code


@given(st.sampled_from(["mill", "forest", "plane"]), st.floats(1e-7, 0.5), st.sampled_from([1, -1]))
def test_a_changed_figure_is_found_and_rounding_is_not(id_: str, part: float, sign: int) -> None:
    found = solved(system())
    column, value = next(iter(product_of(found, id_).values.items()))
    change = value * Decimal(repr(part))
    spoilt = tuple(
        replace(each, values={**each.values, column: value + sign * change}) if each.id == id_ else each
        for each in found.products
    )
    wrong = [each.product for each in compare(replace(found, products=spoilt), found, AR6)]
    by_column = weights(found.columns, AR6, biogenic="iso")
    total = sum(abs(each * by_column[number]) for number, each in product_of(found, id_).values.items())
    assert wrong == [id_] or abs(change * by_column[column]) <= Decimal("1.1e-8") * total
    close = replace(found, products=tuple(
        replace(p, values={c: v * (1 + Decimal("1e-10")) for c, v in p.values.items()}) for p in found.products
    ))  # fmt: skip
    assert compare(found, close, AR6) == []


def test_a_missing_or_added_product_is_a_difference() -> None:
    found = solved(system())
    fewer = replace(found, products=found.products[1:])
    assert [each.product for each in compare(found, fewer, AR6)] == ["forest"]
    assert [each.product for each in compare(fewer, found, AR6)] == ["forest"]


def test_a_study_takes_an_intensity_with_signs_turned_once_and_aircraft_beside_the_rest() -> None:
    found = solved(system())
    factor = take(found, product_of(found, "mill"), "board")
    entries = {(each.origin, each.gas, each.aircraft): (each.number, each.unit) for each in factor.entries}
    assert entries["fossil", "CO2", False] == (Decimal(2), "kg / kg")
    assert entries["fossil", "CO2", True] == (Decimal("0.375"), "kg / kg")
    assert entries["biogenic_removal", "CO2", False] == (Decimal("2.7"), "kg / kg")
    assert entries["dluc", "CO2", False] == (Decimal("0.15"), "kg / kg")
    assert factor.taken is not None
    assert (factor.taken.set, factor.taken.product) == (found.digest(), "mill")
    flight = take(found, product_of(found, "plane"), "flight")
    assert [(each.unit, each.aircraft) for each in flight.entries] == [("kg / tkm", True)]


def test_the_table_of_a_study_reads_to_the_same_and_a_changed_figure_is_found() -> None:
    found = solved(system())
    factors = {id_: take(found, product_of(found, id_), id_) for id_ in ("mill", "plane")}
    data = write_intensities_table(factors.values())
    again = read_intensities_table(data)
    assert {id_: factor.entries for id_, factor in again.items()} == {id_: f.entries for id_, f in factors.items()}
    assert differs(again, found) == ()
    assert differs(read_intensities_table(data.replace(b"0.375", b"0.376", 1)), found) == ("mill",)


@pytest.mark.parametrize(
    ("edit", "code"),
    [
        (lambda rows: [*rows, rows[1]], "E-STUDY-DUPLICATE"),
        (lambda rows: [rows[0], rows[1].replace("kg / kg", "kg / MJ"), *rows[2:]], "E-STUDY-VECTOR"),
        (lambda rows: [rows[0], rows[1].replace("sha256:0", "sha256:9"), *rows[2:]], "E-STUDY-VECTOR"),
        (lambda rows: [rows[0], rows[1].replace("kg / kg", "kg / furlong"), *rows[2:]], "E-UNIT-UNKNOWN"),
        (lambda rows: [rows[0], rows[1].replace("biogenic_emission", "green"), *rows[2:]], "E-TABLE-CHOICE"),
        (lambda rows: [rows[0] + ",more", *(row + "," for row in rows[1:])], "E-TABLE-COLUMN"),
        (lambda rows: [rows[0], rows[1].replace(",CH4,,", ",CH4,aircraft,"), *rows[2:]], "E-STUDY-VECTOR"),
    ],
)
def test_a_spoilt_table_is_refused(edit: Any, code: str) -> None:
    found = solved(system())
    rows = write_intensities_table([take(found, product_of(found, "mill"), "mill")]).decode().splitlines()
    assert "biogenic_emission,CH4,," in rows[1]
    with pytest.raises(FootproofError) as caught:
        read_intensities_table("\n".join(edit(rows)).encode())
    assert caught.value.code == code
    assert caught.value.where is not None


def test_what_is_flagged_or_empty_or_in_an_unknown_unit_is_not_taken() -> None:
    found = solved(system(), frozenset({1}))
    with pytest.raises(FootproofError, match="E-DB-UNSOUND"):
        take(found, product_of(found, "mill"), "board")
    assert take(found, product_of(found, "mill"), "board", unsound=True).entries
    nothing = replace(found.products[0], values={})
    with pytest.raises(FootproofError, match="E-DB-NOTHING"):
        take(found, nothing, "x")
    with pytest.raises(FootproofError, match="E-DB-UNIT"):
        take(found, replace(found.products[0], unit="EUR 2000"), "x")
    with pytest.raises(FootproofError, match="E-DB-PRODUCT"):
        product_of(found, "no such thing")


# README of the data: GWP100 (AR6), after stripping names. Its methane is 27.9 for all origins, ours 29.8 for fossil.
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Electricity, bituminous coal, at power plant", 0.306),
        ("Electricity, natural gas, at power plant", 0.209),
        ("Aluminum, primary, ingot, at plant, 1998", 13.70),
        ("Transport, combination truck, diesel powered", 0.132),
    ],
)
def test_uslci_gives_the_figures_of_its_readme(name: str, value: float) -> None:
    found = solved(background_of("uslci"))
    product = product_of(found, name)
    assert float(characterised(product, weights(found.columns, AR6, biogenic="iso"))) == pytest.approx(value, rel=0.006)


# Published matrix N of USEEIO 2.0.1-411. [kg CO2e / USD]
@pytest.mark.parametrize(
    ("id_", "value"),
    [("327310/US", 8.755), ("221100/US", 4.491), ("331313/US", 1.549), ("335911/US", 0.5129), ("335912/US", 0.3709)],
)
def test_useeio_gives_its_published_totals(id_: str, value: float) -> None:
    found = solved(background_of("useeio"))
    product = product_of(found, id_)
    assert float(characterised(product, weights(found.columns, AR6, biogenic="iso"))) == pytest.approx(value, rel=2e-4)
