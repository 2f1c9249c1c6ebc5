"""An assessment as a PACT record: valid by the published data model once the issuer has said what only it knows."""

import json
from collections.abc import Callable
from datetime import date
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from assess.draft import GENERIC, TRACTION, Draft, exact
from footproof.assess import Assessment, assess
from footproof.errors import FootproofError
from footproof.formats.folder import read_folder
from footproof.formats.study import read_study
from footproof.interpret.pact import product_footprint
from footproof.rules.parameters import shipped
from footproof.rules.rulebook import load_rulebook
from footproof.rules.views import Needed, load_view

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = ROOT / "../shared/data/interop/pact/openapi_v3_0.yaml"
EU = "eu.cfb@draft-2024-04"
CEMENT = "cn.cement@provisional"
GIVEN = {
    "id": "3893bb5d-da16-4dc1-9185-11d97476c254",
    "created": "2026-07-01T00:00:00Z",
    "companyIds": ["urn:company:example:demo-cement"],
    "productIds": ["urn:product:example:demo-po-42-5"],
    "pcf.fossilCarbonContent": "0",
    "pcf.exemptedEmissionsPercent": "0.2",
}
MASS = {"pcf.productMassPerDeclaredUnit": "400"}


@cache
def example(folder: str, rule: str) -> Assessment:
    study = read_study(read_folder(ROOT / "examples" / folder))
    return assess(study, load_rulebook(rule), shipped(), date(2026, 6, 30))


@cache
def schema() -> dict[str, Any]:
    """Return the data model as JSON Schema; the published file is OpenAPI in YAML."""
    if not SCHEMA.is_file():
        pytest.skip("the PACT data model is not beside the repository")
    yaml = pytest.importorskip("yaml", reason="PyYAML reads the published data model")
    document = yaml.load(SCHEMA.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    found = _typed(document["components"]["schemas"])
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "components": {"schemas": found}} | {
        "$ref": "#/components/schemas/ProductFootprint"
    }


def _typed(node: Any) -> Any:
    """Return the node with the few figures and truth values that JSON Schema needs as such."""
    if isinstance(node, list):
        return [_typed(item) for item in node]
    if not isinstance(node, dict):
        return node
    kinds: dict[str, Callable[[str], object]] = {
        "minItems": int,
        "minLength": int,
        "uniqueItems": lambda text: text == "true",
    }
    dropped = ("examples", "description")
    return {
        key: kinds[key](value) if key in kinds and isinstance(value, str) else _typed(value)
        for key, value in node.items()
        if key not in dropped and not key.startswith("x-")
    }


@pytest.mark.parametrize(
    ("folder", "rule", "more"),
    [
        ("portland-cement", CEMENT, {}),
        ("portland-cement", GENERIC, {}),
        ("nmc811-pack", TRACTION, MASS),
        ("nmc811-pack", GENERIC, MASS),
        ("nmc811-pack", EU, MASS),
    ],
)
def test_a_record_is_valid_by_the_published_data_model(folder: str, rule: str, more: dict[str, str]) -> None:
    found = product_footprint(example(folder, rule), GIVEN | more)
    assert found.complete
    checker = jsonschema.Draft202012Validator(schema(), format_checker=jsonschema.FormatChecker())
    record = json.loads(json.dumps(found.record))
    assert [error.message for error in checker.iter_errors(record)] == []
    del record["pcf"]["fossilGhgEmissions"]
    assert list(checker.iter_errors(record))  # the check itself bites


def test_the_view_asks_for_what_the_data_model_requires() -> None:
    models = schema()["components"]["schemas"]
    wanted = set(models["ProductFootprint"]["required"]) - {"pcf"}
    wanted |= {f"pcf.{name}" for name in models["CarbonFootprint"]["required"]}
    fields = load_view("pact.v3", "3.0").fields
    assert {item.id for item in fields.values() if item.needed is Needed.REQUIRED} == wanted
    known = set(models["ProductFootprint"]["properties"])
    known |= {f"pcf.{name}" for name in models["CarbonFootprint"]["properties"]}
    assert set(fields) <= known


def test_what_nobody_has_said_is_listed_and_not_invented() -> None:
    found = product_footprint(example("portland-cement", CEMENT))
    assert not found.complete
    required = {item.id for item in found.missing if item.needed is Needed.REQUIRED}
    assert required == set(GIVEN)
    flat = {**found.record, **{f"pcf.{name}": value for name, value in found.record["pcf"].items()}}
    assert not required & set(flat)
    for item in found.missing:
        assert item.text.zh
        assert item.text.en


def test_only_what_is_the_issuers_can_be_given() -> None:
    for name in ("pcf.fossilGhgEmissions", "companyName", "pcf.nowhere"):
        with pytest.raises(FootproofError, match="E-VIEW-FIELD"):
            product_footprint(example("portland-cement", CEMENT), {name: "1"})


def test_the_mass_of_what_is_weighed_is_its_own() -> None:
    found = product_footprint(example("portland-cement", CEMENT), MASS).record["pcf"]
    assert found["declaredUnitOfMeasurement"] == "kilogram"
    assert found["declaredUnitAmount"] == found["productMassPerDeclaredUnit"] == "1000"


@pytest.mark.parametrize("rule", [GENERIC, TRACTION])
def test_the_figure_is_per_product_up_to_the_gate_whatever_the_unit_of_the_rule(rule: str) -> None:
    """On the grid mix the two rules agree up to the gate; the contract is what tells them apart."""
    assessment = example("nmc811-pack", rule)
    stages = {name: exact(stage["total"]) for name, stage in assessment.result["stages"].items()}
    flow = exact(assessment.result["nodes"]["flow.reference"])
    found = product_footprint(assessment).record["pcf"]
    expected = (stages["raw_materials"] + stages["manufacturing"]) / flow
    assert abs(Fraction(found["pcfIncludingBiogenicUptake"]) / expected - 1) < Fraction(1, 10**11)
    assert found["declaredUnitOfMeasurement"] == "piece"


def test_uptake_is_what_tells_the_two_totals_apart() -> None:
    found = product_footprint(example("portland-cement", CEMENT)).record["pcf"]
    including, excluding = (Fraction(found[f"pcf{name}BiogenicUptake"]) for name in ("Including", "Excluding"))
    assert abs(including - excluding - Fraction(found["biogenicCO2Uptake"])) < Fraction(1, 10**8)
    assert Fraction(found["biogenicCO2Uptake"]) < 0


def test_parts_that_the_study_divides_are_exact() -> None:
    draft = Draft(reference="made", unit="kg", flow="2").process("made")
    draft.emission("made", "fossil", "3", "kg").emission(
        "made", "methane", "1", "kg", "CH4", origin="biogenic_emission"
    )
    draft.emission("made", "bio", "2", "kg", origin="biogenic_emission")
    draft.emission("made", "uptake", "5", "kg", origin="biogenic_removal")
    draft.emission("made", "cleared", "7", "kg", origin="dluc")
    draft.exchange("made", "truck", "4", "kg", kind="emission", gas="CO2", origin="fossil", stage="distribution")
    found = product_footprint(draft.assess()).record["pcf"]
    figures = {name: Fraction(found[name]) for name in found if name.endswith(("Emissions", "Uptake"))}
    assert figures == {
        "pcfIncludingBiogenicUptake": 3 + 27 + 2 - 5 + 7,
        "pcfExcludingBiogenicUptake": 3 + 27 + 2 + 7,
        "fossilGhgEmissions": 3,
        "landUseChangeGhgEmissions": 7,
        "biogenicCO2Uptake": -5,
        "biogenicNonCO2Emissions": 27,
        "aircraftGhgEmissions": 0,
    }
    assert found["referencePeriodStart"] == "2025-01-01T00:00:00Z"
    assert found["referencePeriodEnd"] == "2026-01-01T00:00:00Z"


def test_an_undivided_factor_is_counted_as_fossil_and_said_so() -> None:
    draft = Draft(reference="made").process("made").emission("made", "fossil", "3", "kg")
    draft.factor("mixed", "1").exchange("made", "bought", "2", "kg", "factor:mixed")
    found = product_footprint(draft.assess())
    assert found.record["pcf"]["fossilGhgEmissions"] == "5"
    assert "2 kg CO2e" in found.record["comment"]
    assert "landUseChangeGhgEmissions" not in found.record["pcf"]
    assert "aircraftGhgEmissions" not in found.record["pcf"]
    assert {"name": "invented", "version": "2024"} in found.record["pcf"]["secondaryEmissionFactorSources"]


def test_a_rule_that_is_no_law_says_so_in_the_record() -> None:
    comment = product_footprint(example("nmc811-pack", EU)).record["comment"]
    assert "not adopted" in comment
    assert product_footprint(example("nmc811-pack", EU)).record["pcf"]["crossSectoralStandards"] == ["PEF"]
