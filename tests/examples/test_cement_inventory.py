"""The inventory of the cement example: sources, stoichiometry, mass and power balances, evidence.

Reads the tables as text, so that it holds whatever reader and engine do with them. Check value: clinker
process 535 kg CO2/t (China Products Carbon Footprint Factors Database, record 37430X0782025C); molar masses
44, 56, 40 and 12 as in the Chinese accounting guideline.
"""

import ast
import csv
import hashlib
import operator
import tomllib
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from footproof.expressions.dimension import infer
from footproof.expressions.parse import parse
from footproof.units import Unit, unit

ROOT = Path(__file__).resolve().parents[2]
STUDY = ROOT / "examples" / "portland-cement"
PARAMETERS = ROOT / "src" / "footproof" / "params"
OPERATORS: dict[type[ast.operator], Callable[[Fraction, Fraction], Fraction]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
DEFAULT_CLINKER = Fraction(535, 1000)
MARGIN = Fraction(2, 100)


def rows(name: str) -> list[dict[str, str]]:
    with (STUDY / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def evidence(name: str) -> list[dict[str, str]]:
    """The rows of a document below its DEMO line."""
    lines = (STUDY / "evidence" / f"{name}.csv").read_text(encoding="utf-8").splitlines()
    assert "DEMO" in lines[0]
    return list(csv.DictReader(lines[1:]))


def study() -> dict[str, Any]:
    text = (STUDY / "study.toml").read_text(encoding="utf-8")
    return tomllib.loads(text, parse_float=Decimal)


def value(expression: str) -> Fraction:
    """Evaluate an expression over the parameters and formulas of the study, exactly."""
    facts = study()

    def visit(node: ast.expr) -> Fraction:
        match node:
            case ast.Constant(value=int() | float()):
                return Fraction(ast.get_source_segment(expression, node) or "")
            case ast.Name(id=name) if name in facts["parameter"]:
                return Fraction(facts["parameter"][name]["value"])
            case ast.Name(id=name):
                return value(facts["formula"][name]["expr"])
            case ast.BinOp(left=left, op=sign, right=right):
                return OPERATORS[type(sign)](visit(left), visit(right))
        raise AssertionError(ast.dump(node))

    return visit(ast.parse(expression, mode="eval").body)


def amount(row: dict[str, str]) -> Fraction:
    text = row["amount"]
    return value(text[1:]) if text.startswith("=") else Fraction(text)


def exchange(wanted: str) -> Fraction:
    (found,) = [amount(row) for row in rows("exchanges.csv") if row["id"] == wanted]
    return found


def test_every_factor_has_source_year_region_and_confidence() -> None:
    for row in rows("factors.csv"):
        assert len(row["source"]) > 20, row["id"]
        assert 2010 <= int(row["year"]) <= 2025, row["id"]
        assert row["region"]
        assert row["boundary"]
        assert row["confidence"] in {"official", "secondary", "derived", "recalled"}
        assert "ecoinvent" not in row["source"].lower()
        assert all(row[f"dq_{axis}"] in set("12345") for axis in ("technology", "geography", "time"))


def test_what_is_not_verified_says_so() -> None:
    recalled = {row["id"] for row in rows("factors.csv") if row["confidence"] == "recalled"}
    assert recalled == {"F-EXPLOSIVE", "F-GRINDING-AID"}


def test_stoichiometry_agrees_with_the_national_default() -> None:
    carbonates = value("calcination_co2")
    by_hand = (Fraction("0.652") - Fraction("0.0091")) * Fraction(44, 56) + (
        Fraction("0.0205") - Fraction("0.0018")
    ) * Fraction(44, 40)
    assert carbonates == by_hand
    assert abs(carbonates / DEFAULT_CLINKER - 1) < MARGIN
    with_organic_carbon = (exchange("calcination") + exchange("meal-carbon")) / value("clinker_made")
    assert abs(with_organic_carbon / DEFAULT_CLINKER - 1) < Fraction(1, 100)


def test_forgotten_magnesia_is_outside_the_margin() -> None:
    only_lime = value("clinker_cao - clinker_cao_other") * Fraction(44, 56)
    assert abs(only_lime / DEFAULT_CLINKER - 1) > MARGIN


def test_formulas_and_amounts_have_the_unit_they_state() -> None:
    facts = study()
    named: dict[str, Unit | str] = {
        name: unit(entry["unit"]) for part in ("parameter", "formula") for name, entry in facts[part].items()
    }
    stated = [(entry["expr"], entry["unit"]) for entry in facts["formula"].values()]
    for name in ("processes.csv", "exchanges.csv"):
        stated += [(row["amount"][1:], row["unit"]) for row in rows(name) if row["amount"].startswith("=")]
    assert len(stated) > 20
    for expression, wanted in stated:
        assert infer(parse(expression), named, {}) == unit(wanted), expression


def test_clinker_composition_is_the_mean_of_the_months() -> None:
    months = evidence("clinker-xrf-2025")
    assert len(months) == 12
    for oxide, parameter in (("CaO", "clinker_cao"), ("MgO", "clinker_mgo")):
        mean = sum((Fraction(month[oxide]) for month in months), Fraction(0)) / 12
        assert abs(mean - value(parameter)) < Fraction("0.00005")
    for month in months:
        assert sum(Fraction(month[oxide]) for oxide in month if oxide != "month") <= 1


def test_direct_fuels_have_their_supply() -> None:
    fuels = [row for row in rows("exchanges.csv") if row["kind"] == "fuel"]
    assert {row["from"] for row in fuels} == {
        "fuel:cn.fuel.mee_cement.diesel",
        "fuel:cn.fuel.mee_cement.bituminous_coal",
    }
    supply = {row["id"] for row in rows("factors.csv") if row["scope"] == "upstream"}
    for row in fuels:
        assert row["upstream"].removeprefix("factor:") in supply, row["id"]
    assert not [row for row in rows("factors.csv") if row["scope"] == "direct"]


def test_coal_supply_counts_mine_methane_as_methane() -> None:
    gases = {row["gas"] for row in rows("factors.csv") if row["id"] == "F-COAL"}
    assert gases == {"CH4", "CO2e"}


def test_references_exist() -> None:
    processes = {row["id"] for row in rows("processes.csv")}
    shared = {f"{row['process']}/{row['product']}" for row in rows("coproducts.csv")}
    factors = {row["id"] for row in rows("factors.csv")}
    documents = {row["id"] for row in rows("evidence.csv")}
    for row in rows("exchanges.csv"):
        assert row["process"] in processes
        kind, _, name = row["from"].partition(":")
        if kind == "process":
            assert name in processes | shared, row["id"]
        if kind == "factor":
            assert name in factors, row["id"]
        assert row["evidence"] in documents | {""}, row["id"]
    assert study()["reference"]["process"] in processes
    ids = [row["id"] for row in rows("exchanges.csv")]
    assert len(ids) == len(set(ids))


def test_published_parameters_exist_and_cover_the_supply() -> None:
    published = {}
    for path in PARAMETERS.rglob("*.toml"):
        record = tomllib.loads(path.read_text(encoding="utf-8"))
        published[record["id"]] = record
    for row in rows("exchanges.csv"):
        kind, _, name = row["from"].partition(":")
        if kind == "param":
            assert published[name].get("scope") == "life cycle" or row["upstream"], row["id"]
        if kind == "fuel" and row["device"]:
            assert row["device"] in published[name]["value"][-1]["oxidation_by_device"]
        elif kind == "fuel":
            assert "oxidation" in published[name]["value"][-1]


def test_default_of_the_study_is_the_published_one() -> None:
    path = PARAMETERS / "cn" / "fuel" / "mee_cement" / "bituminous_coal.toml"
    coal = tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)["value"][-1]
    assert Fraction(coal["ncv"]) == value("coal_heat_value")
    assert Fraction(coal["oxidation_by_device"]["cement_kiln"]) == value("kiln_oxidation")


def test_basis_of_an_exchange_equals_the_factor() -> None:
    bases = {row["id"]: row["basis"] for row in rows("factors.csv")}
    for row in rows("exchanges.csv"):
        if row["from"].startswith("factor:"):
            assert row["basis"] == bases[row["from"].removeprefix("factor:")], row["id"]


@pytest.mark.parametrize("row", rows("evidence.csv"), ids=lambda row: str(row["id"]))
def test_evidence_has_its_hash(row: dict[str, str]) -> None:
    content = (STUDY / "evidence" / row["file"]).read_bytes()
    assert hashlib.sha256(content).hexdigest() == row["sha256"]
    assert "示例" in row["name_zh"]


def test_meters_equal_the_table() -> None:
    meters = {row["meter"]: Fraction(row["quantity"]) for row in evidence("meter-summary-2025")}
    pairs = {
        "E-01": "quarry-power",
        "E-02": "meal-power",
        "E-03": "kiln-power",
        "E-04": "cement-power",
        "E-05": "packing-power",
        "E-06": "pumps",
        "E-07": "boiler-power",
        "E-10": "grid",
        "E-11": "own-power",
        "H-01": "boiler-heat",
    }
    assert {meter: exchange(name) for meter, name in pairs.items()} == {m: meters[m] for m in pairs}


def test_power_balance_closes() -> None:
    (bus,) = [amount(row) for row in rows("processes.csv") if row["id"] == "plant_power"]
    taken = sum(amount(row) for row in rows("exchanges.csv") if row["from"] == "process:plant_power")
    assert taken == bus
    lost = 1 - bus / (exchange("grid") + exchange("own-power"))
    assert Fraction(1, 100) < lost < Fraction(2, 100)


def test_waste_heat_closes_a_loop_through_the_bus() -> None:
    used = {
        (row["process"], row["from"].removeprefix("process:").partition("/")[0])
        for row in rows("exchanges.csv")
        if row["from"].startswith("process:")
    }
    loop = ["clinker", "plant_power", "waste_heat_power", "clinker"]
    assert all(step in used for step in pairwise(loop))
    assert ("waste_heat_power", "plant_power") in used


def test_no_process_gives_away_more_than_it_makes() -> None:
    made = {row["id"]: amount(row) for row in rows("processes.csv")}
    made |= {f"{r['process']}/{r['product']}": Fraction(r["amount"]) for r in rows("coproducts.csv")}
    for name, output in made.items():
        taken = sum(amount(row) for row in rows("exchanges.csv") if row["from"] == f"process:{name}")
        assert taken <= output, name


def test_coproducts_repeat_the_output_of_their_process() -> None:
    made = {row["id"]: (amount(row), row["unit"]) for row in rows("processes.csv")}
    for row in rows("coproducts.csv"):
        if row["product"] == row["process"]:
            assert (Fraction(row["amount"]), row["unit"]) == made[row["process"]]


def test_raw_meal_and_cement_balance() -> None:
    meal = [exchange(f"meal-{name}") for name in ("limestone", "sandstone", "shale", "steel-slag")]
    assert sum(meal) == value("raw_meal_made")
    parts = ("clinker", "limestone", "gypsum", "slag", "fly-ash")
    excess = sum(exchange(f"cement-{part}") for part in parts) / value("cement_made") - 1
    assert 0 <= excess < Fraction(1, 100)  # moisture that leaves in the mills
    binder = exchange("cement-clinker") + exchange("cement-gypsum")
    assert Fraction(80, 100) <= binder / value("cement_made") < Fraction(95, 100)  # GB 175, P·O


def test_heat_of_the_kiln_is_that_of_a_large_dry_line() -> None:
    heat = value("kiln_fuel_heat / clinker_made")
    assert Fraction("2.9") < heat < Fraction("3.3")  # GJ per t of clinker
    assert value("waste_heat_used / kiln_fuel_heat") < Fraction(1, 4)


def test_coal_analysis_supports_the_default() -> None:
    measured = {row["item"]: Fraction(row["value"]) for row in evidence("coal-analysis-2025")}
    assert measured["coal burnt"] == value("coal_burnt")
    default_carbon = Fraction("23.076") * Fraction("0.02618")
    assert abs(measured["carbon"] / default_carbon - 1) < Fraction(1, 100)
    assert abs(measured["net calorific value"] / value("coal_heat_value") - 1) < Fraction(1, 100)


def test_biogenic_carbon_leaves_as_it_came() -> None:
    assert exchange("rdf-biogenic") == exchange("rdf-uptake")
    whole = value("rdf_burnt * rdf_carbon * kiln_oxidation") * Fraction(44, 12)
    assert exchange("rdf-biogenic") + exchange("rdf-fossil") == whole


def test_texts_exist_in_both_languages() -> None:
    for name in ("processes.csv", "exchanges.csv", "factors.csv", "coproducts.csv", "evidence.csv"):
        for row in rows(name):
            assert row["name_zh"], row
            assert row["name_en"], row
            assert bool(row.get("note_zh")) == bool(row.get("note_en")), row
