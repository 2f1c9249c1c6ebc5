"""What sector rules need of an assessment: defaults that stand in, words, figures beside the result, tables that say
how they are known. The sheets are evaluated by the evaluator of the page as well.
"""

import base64
import json
import shutil
import subprocess
from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from assess.draft import GENERIC, TODAY, TRACTION, Draft, amended, exact
from footproof.assess import Assessment, assess
from footproof.errors import FootproofError
from footproof.formats.folder import read_folder
from footproof.formats.study import read_study
from footproof.model.rulebook import Rulebook
from footproof.rules.parameters import shipped
from footproof.rules.rulebook import load_rulebook

ROOT = Path(__file__).resolve().parents[2]
RUNNER = ROOT / "tests/sheet/run_vectors.mjs"
NODE = shutil.which("node")
EU = "eu.cfb@draft-2024-04"
CEMENT = "cn.cement@provisional"
STEEL = "cn.steel.eaf@provisional"


def example(folder: str, rule: str | Rulebook) -> Assessment:
    study = read_study(read_folder(ROOT / "examples" / folder))
    edition = load_rulebook(rule) if isinstance(rule, str) else rule
    return assess(study, edition, shipped(), date(2026, 6, 30))


def steel(parameters: Mapping[str, tuple[str, str]]) -> Draft:
    draft = Draft(unit="t").process("made", unit="t").emission("made", "e", "100", "kg")
    draft.parameters = dict(parameters)
    return draft


CHARGE = {"scrap_charged": ("9", "t"), "steel_made": ("8", "t")}


def codes(found: Assessment, code: str) -> dict[str, str]:
    return {item["subject"]: item["detail"] for item in found.findings if item["code"] == code}


# ---- defaults


def test_a_default_is_the_figure_it_says_in_the_unit_of_the_rule() -> None:
    absent, stated = steel(CHARGE).assess(STEEL), steel({**CHARGE, "iron_charged": ("0", "kg")}).assess(STEEL)
    assert absent.result["beside"] == stated.result["beside"]
    assert codes(absent, "default-used") == {"iron_charged": "0 t"}
    assert codes(stated, "default-used") == {}
    (node,) = [node for node in absent.sheet.record["nodes"] if node["id"] == "default.iron_charged"]
    assert (node["unit"], node["expr"]) == ("t", "0")


def test_a_default_word_stands_in_as_text() -> None:
    rule = amended(
        EU, lambda text: text.replace("[require.vehicle_category]\n", '[require.vehicle_category]\ndefault = "L"\n')
    )
    draft = Draft(reference="made", unit="piece").process("made", unit="piece").emission("made", "e", "100", "kg")
    draft.parameters = {"capacity": ("2", "kWh"), "warranty_years": ("5", "a"), "pack_mass": ("9", "kg")}
    found = draft.assess(rule)
    assert found.result["nodes"]["rule.lifetime_energy"] == "200"
    assert codes(found, "default-used") == {"vehicle_category": "L", "warranty_km": "0 km"}


def test_without_a_default_what_is_missing_is_named() -> None:
    with pytest.raises(FootproofError) as caught:
        steel({"scrap_charged": ("9", "t")}).assess(STEEL)
    assert caught.value.code == "E-RULE-REQUIRES"
    assert str(caught.value.values["missing"]).startswith("steel_made [t]")


def test_a_figure_in_another_unit_of_its_kind_is_converted() -> None:
    one, other = steel(CHARGE), steel({"scrap_charged": ("9000", "kg"), "steel_made": ("0.008", "kt")})
    assert one.assess(STEEL).result["beside"] == other.assess(STEEL).result["beside"]


# ---- figures beside the result


def test_figures_beside_name_unit_and_clause_and_are_in_no_total() -> None:
    found = example("portland-cement", CEMENT)
    beside = {item["id"]: item for item in found.sheet.record["beside"]}
    assert list(beside) == ["clinker_ratio", "calcination_per_clinker", "calcination_per_cement"]
    for item in beside.values():
        assert item["info"]["clause"].startswith(f"{CEMENT}:CE-")
        assert set(item["info"]["name"]) == {"zh", "en"}
    assert sum(map(exact, found.result["terms"].values())) == exact(found.result["value"])


@pytest.mark.parametrize(("folder", "rule"), [("nmc811-pack", GENERIC), ("nmc811-pack", TRACTION)])
def test_a_rule_without_such_figures_has_none(folder: str, rule: str) -> None:
    assert example(folder, rule).result["beside"] == {}


def test_a_figure_beside_that_cannot_be_formed_is_refused_at_its_formula() -> None:
    with pytest.raises(FootproofError) as caught:
        steel({"scrap_charged": ("9", "t"), "steel_made": ("0", "t")}).assess(STEEL)
    assert caught.value.code == "E-SHEET-DIVISION"
    assert caught.value.where is not None
    assert caught.value.where.field == "formula.charge_per_steel"


# ---- tables


def test_tables_that_are_looked_up_say_how_they_are_known() -> None:
    assert codes(example("nmc811-pack", EU), "rule-number") == {
        "cycles_a_year": "secondary",
        "distance_a_year": "recalled",
    }
    official = amended(
        EU, lambda text: text.replace('confidence = "secondary"\nclause = "CFB-3"', 'confidence = "official"')
    )
    assert codes(example("nmc811-pack", official), "rule-number") == {"distance_a_year": "recalled"}
    assert codes(example("nmc811-pack", TRACTION), "rule-number") == {}


# ---- the clause of the unit


@pytest.mark.parametrize(("rule", "clause"), [(TRACTION, "TB-1"), (EU, "CFB-1")])
def test_the_flow_names_the_clause_that_sets_the_unit(rule: str, clause: str) -> None:
    (flow,) = [node for node in example("nmc811-pack", rule).sheet.record["nodes"] if node["id"] == "flow.reference"]
    assert flow["info"]["clause"] == f"{rule}:{clause}"


def test_a_unit_of_the_study_names_no_clause() -> None:
    (flow,) = [
        node for node in Draft().process("made").assess().sheet.record["nodes"] if node["id"] == "flow.reference"
    ]
    assert "clause" not in flow["info"]


# ---- the second evaluator


@pytest.mark.node
@pytest.mark.skipif(NODE is None, reason="Node.js is not installed")
def test_both_evaluators_agree_on_the_sheets_of_the_shipped_rules() -> None:
    found = [example("nmc811-pack", EU), example("portland-cement", CEMENT), steel(CHARGE).assess(STEEL, TODAY)]
    lines = [json.dumps({"sheet_b64": base64.b64encode(item.sheet_bytes).decode()}) for item in found]
    assert NODE is not None
    done = subprocess.run(
        [NODE, str(RUNNER)], input="\n".join(lines) + "\n", capture_output=True, text=True, check=True, timeout=120
    )
    answers: list[Any] = [json.loads(line) for line in done.stdout.splitlines()]
    for item, answer in zip(found, answers, strict=True):
        assert answer["value"] == item.result["value"]
        assert answer["beside"] == item.result["beside"]
        assert answer["stages"] == item.result["stages"]
        assert Fraction(answer["declared"]) > 0
