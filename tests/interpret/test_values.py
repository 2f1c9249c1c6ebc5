"""The values of ISO 14067 7.2: exact where known, and never zero for what is unknown."""

import tomllib
from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from functools import cache
from pathlib import Path

import pytest

from assess.draft import GENERIC, TRACTION, Contract, Draft, amended, exact
from footproof.assess import Assessment, assess
from footproof.formats.folder import read_folder
from footproof.formats.study import read_study
from footproof.interpret.components import undifferentiated
from footproof.interpret.values import IsoValue, Standing, iso_values
from footproof.rules.parameters import shipped
from footproof.rules.rulebook import load_rulebook
from footproof.texts import catalogue

ROOT = Path(__file__).resolve().parents[2]
TEXTS = ROOT / "src/footproof/texts/interpret_values.toml"
SHIPPED = [
    ("nmc811-pack", GENERIC),
    ("nmc811-pack", TRACTION),
    ("nmc811-pack", "eu.cfb@draft-2024-04"),
    ("portland-cement", GENERIC),
    ("portland-cement", "cn.cement@provisional"),
]


@cache
def example(folder: str, rule: str) -> Assessment:
    study = read_study(read_folder(ROOT / "examples" / folder))
    return assess(study, load_rulebook(rule), shipped(), date(2026, 6, 30))


def plain() -> Draft:
    """All emissions are stated by gas and origin: nothing is undivided."""
    draft = Draft(reference="made").process("made")
    draft.emission("made", "fossil", "3", "kg").emission("made", "bio", "2", "kg", origin="biogenic_emission")
    return draft.emission("made", "uptake", "5", "kg", origin="biogenic_removal")


def values(draft: Draft, rule: str = GENERIC) -> Mapping[str, IsoValue]:
    return iso_values(draft.assess(rule))


@pytest.mark.parametrize(("folder", "rule"), SHIPPED)
def test_all_ten_stand_in_order_and_what_is_not_stated_has_no_figure(folder: str, rule: str) -> None:
    found = iso_values(example(folder, rule))
    assert list(found) == [f"V{number}" for number in range(1, 11)] == list(load_rulebook(GENERIC).reported)
    for value in found.values():
        stated = value.standing in (Standing.STATED, Standing.PARTLY)
        assert bool(value.figures) is stated, value.id
        assert bool(value.unit) is stated
        assert bool(value.reason) is (value.standing is not Standing.STATED)


@pytest.mark.parametrize(("folder", "rule"), SHIPPED)
def test_stages_sum_to_the_result_and_their_shares_to_one(folder: str, rule: str) -> None:
    found = iso_values(example(folder, rule))["V1"]
    assert sum(found.figures.values()) == exact(example(folder, rule).result["value"])
    assert sum(found.shares.values()) == 1


def test_values_of_a_study_that_divides_all_origins() -> None:
    found = values(plain())
    assert found["V1"].figures["manufacturing"] == 0
    assert found["V1"].shares == {}  # nothing can be a share of zero
    assert found["V2"] == IsoValue("V2", Standing.STATED, {"fossil": Fraction(3), "net": Fraction(3)}, "kg CO2e / kg")
    assert found["V3"].figures == {"biogenic_emission": 2, "biogenic_removal": -5, "net": -3}
    assert {found[name].standing for name in ("V2", "V3", "V4", "V5")} == {Standing.STATED}
    assert found["V4"].figures["net"] == found["V5"].figures["net"] == 0


def test_one_undivided_factor_makes_what_it_may_hold_unknown() -> None:
    draft = plain().factor("mixed", "1").exchange("made", "bought", "1", "kg", "factor:mixed")
    found = values(draft)
    assert found["V2"].standing is Standing.PARTLY
    assert found["V2"].figures["net"] == 3
    assert found["V3"].standing is Standing.PARTLY
    for name in ("V4", "V5"):
        assert (found[name].standing, found[name].figures) == (Standing.NOT_STATED, {}), name
    assert undifferentiated(draft.assess()) == Fraction(1, 11)  # beside 3, 2 and 5


def test_an_undivided_factor_of_zero_hides_nothing() -> None:
    draft = plain().factor("none", "0").exchange("made", "waste", "1", "kg", "factor:none")
    assert values(draft)["V4"].standing is Standing.STATED


def test_a_credit_does_not_hide_an_undivided_burden() -> None:
    draft = plain().factor("mixed", "1").exchange("made", "bought", "1", "kg", "factor:mixed")
    draft.exchange("made", "avoided", "1", "kg", "factor:mixed", kind="credit")
    assert undifferentiated(draft.assess()) == Fraction(2, 12)
    assert values(draft)["V4"].standing is Standing.NOT_STATED


def test_land_use_change_and_land_use_are_told_apart() -> None:
    draft = plain().emission("made", "cleared", "7", "kg", origin="dluc")
    found = values(draft)
    assert found["V4"].figures["net"] == 7
    assert found["V7"].standing is Standing.NOT_CALCULATED
    found = values(draft.emission("made", "soil", "4", "kg", origin="land_use"))
    assert found["V7"].figures["net"] == 4
    assert found["V4"].figures["net"] == 7


def test_aircraft_counts_where_it_is_tagged() -> None:
    found = values(
        plain().exchange("made", "flight", "9", "kg", kind="emission", gas="CO2", origin="fossil", tag="aircraft")
    )
    assert found["V5"].figures["net"] == 9
    assert found["V2"].figures["net"] == 12


def test_the_result_on_the_mix_is_that_of_the_study_without_its_contract() -> None:
    draft = Draft().process("made").exchange("made", "power", "10", "kWh", "electricity")
    without = draft.copy()
    draft.contracts = [Contract("wind", "wind", "0.4")]
    found = values(draft)["V8"]
    assert found.figures["net"] == without.value()
    assert found.figures["net"] != draft.value()
    assert values(without)["V8"].standing is Standing.NOT_APPLICABLE


def test_where_the_rule_counts_no_contract_the_result_is_on_the_mix_already() -> None:
    found = iso_values(example("nmc811-pack", TRACTION))["V8"]
    assert found.figures["net"] == exact(example("nmc811-pack", TRACTION).result["value"])


def test_a_contract_that_lacks_a_criterion_leaves_nothing_to_compare() -> None:
    draft = Draft().process("made").exchange("made", "power", "10", "kWh", "electricity")
    draft.contracts = [Contract("wind", "wind", "0.4", criteria=("unique",))]
    assert values(draft)["V8"].standing is Standing.NOT_APPLICABLE


def test_carbon_content_is_asked_for_up_to_the_gate_only() -> None:
    assert iso_values(example("portland-cement", GENERIC))["V10"].standing is Standing.NOT_STATED
    assert iso_values(example("nmc811-pack", TRACTION))["V10"].standing is Standing.NOT_APPLICABLE


def test_where_biogenic_carbon_dioxide_counts_zero_its_value_is_no_mass() -> None:
    rule = amended(GENERIC, lambda text: text.replace('biogenic = "iso"', 'biogenic = "ef"'))
    found = iso_values(plain().assess(rule))["V3"]
    assert (found.standing, found.reason) == (Standing.PARTLY, "biogenic-counts-zero")
    assert found.figures["net"] == 0


def test_every_reason_has_its_words_and_every_word_a_reason() -> None:
    known = set(tomllib.loads(TEXTS.read_text(encoding="utf-8"))["iso"]["reason"])
    source = (ROOT / "src/footproof/interpret/values.py").read_text(encoding="utf-8")
    assert {name for name in known if f'"{name}"' in source} == known
    for folder, rule in SHIPPED:
        for value in iso_values(example(folder, rule)).values():
            assert not value.reason or f"iso.reason.{value.reason}" in catalogue("interpret")
