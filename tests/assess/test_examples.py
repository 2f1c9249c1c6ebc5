"""The shipped studies equal the oracle, for every choice of the rule and on every day of knowledge.

The oracle is given published values by hand: electricity 0.6205 (data year 2023, published 2025-01-17) and 0.5777
(2024, published 2025-10-23), the factors of generation of 2024, and for contracts the delivery of 0.0327 besides.
"""

import csv
import re
import shutil
from collections import defaultdict
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cache
from itertools import product
from pathlib import Path

import pytest

from assess.draft import GENERIC, TODAY, TRACTION, amended, exact
from assess.test_random_studies import KNOWN, by_exchange
from footproof.assess import Assessment, assess
from footproof.formats.folder import read_folder
from footproof.formats.study import read_study
from footproof.model.rulebook import Rulebook
from footproof.rules.parameters import shipped
from footproof.rules.rulebook import load_rulebook
from oracles.study_oracle import Known, Result, footprint

ROOT = Path(__file__).resolve().parents[2]
BATTERY = ROOT / "examples/nmc811-pack"
CEMENT = ROOT / "examples/portland-cement"
EARLIER = date(2025, 6, 30)  # the factors of 2024 were not published yet
LATER = date(2025, 12, 1)
LIFETIME = {"warranty": "1 / (capacity * 60 * 8)", "cycle_life": "1 / (capacity * 1200 * 0.9)"}


@cache
def assessed(folder: Path, rule: str, day: date = TODAY) -> Assessment:
    return assess(read_study(read_folder(folder)), load_rulebook(rule), shipped(), day)


def under(folder: Path, rule: Rulebook) -> Assessment:
    return assess(read_study(read_folder(folder)), rule, shipped(), TODAY)


def older(known: Known) -> Known:
    factor = Fraction("0.6205")
    return replace(known, electricity=factor, values={**known.values, "param:cn.electricity.average": (factor, "kWh")})


def same(found: Assessment, wanted: Result) -> None:
    """Equal by value, stage and exchange, exactly."""
    assert exact(found.result["value"]) == wanted.total
    stages = {name: exact(stage["total"]) for name, stage in found.result["stages"].items()}
    assert stages == {name: wanted.stages.get(name, Fraction(0)) for name in stages}
    sums: dict[str, Fraction] = defaultdict(Fraction)
    for term in wanted.terms:
        sums[term.exchange] += term.value
    assert {name.split(".")[0]: value for name, value in grouped(found).items()} == sums


def grouped(found: Assessment) -> dict[str, Fraction]:
    """Terms by exchange, and the terms of a recovered material by its row."""
    sums: dict[str, Fraction] = defaultdict(Fraction)
    for name, value in by_exchange(found).items():
        sums[name.split(".")[0]] += value
    return dict(sums)


# ---- the battery


@pytest.mark.parametrize(("day", "known"), [(TODAY, KNOWN), (LATER, KNOWN), (EARLIER, older(KNOWN))], ids=str)
def test_battery_under_the_traction_rule(day: date, known: Known) -> None:
    found = assessed(BATTERY, TRACTION, day)
    wanted = footprint(BATTERY, known, contracts=False, recovery=False, changes={"flow": LIFETIME["warranty"]})
    assert exact(found.result["value"]) == wanted.total
    assert {name: exact(stage["total"]) for name, stage in found.result["stages"].items()} == wanted.stages


@pytest.mark.parametrize(
    ("lifetime", "green", "recovery"), list(product(LIFETIME, (False, True), (False, True))), ids=str
)
def test_every_combination_of_the_open_choices(lifetime: str, green: bool, recovery: bool) -> None:
    wanted = footprint(BATTERY, KNOWN, contracts=green, recovery=recovery, changes={"flow": LIFETIME[lifetime]})
    chosen = {
        "lifetime": (lifetime, "warranty"),
        "electricity": ("contractual_instruments" if green else "average_only", "average_only"),
        "end_of_life": ("cff" if recovery else "cut_off", "cut_off"),
    }
    name = "/".join(f"{axis}:{option}" for axis, (option, default) in chosen.items() if option != default)
    result = assessed(BATTERY, TRACTION).result
    assert exact(result["alternatives"][name] if name else result["value"]) == wanted.total


@pytest.mark.parametrize("green", [False, True])
@pytest.mark.parametrize("recovery", [False, True])
def test_every_choice_as_the_default_by_stage_and_row(green: bool, recovery: bool) -> None:
    """The sheet of an edition that decides otherwise has the stages and rows of the oracle."""
    rule = amended(
        TRACTION,
        lambda text: (
            text.replace(
                'default = "average_only"', f'default = "{"contractual_instruments" if green else "average_only"}"'
            )
            .replace('default = "cut_off"', f'default = "{"cff" if recovery else "cut_off"}"')
            .replace("digits  = 6", "digits  = 7")
        ),
    )
    found = under(BATTERY, rule)
    wanted = footprint(BATTERY, KNOWN, contracts=green, recovery=recovery, changes={"flow": LIFETIME["warranty"]})
    assert exact(found.result["value"]) == wanted.total
    stages = {name: exact(stage["total"]) for name, stage in found.result["stages"].items()}
    assert stages == wanted.stages
    rows = grouped(found)
    sums: dict[str, Fraction] = defaultdict(Fraction)
    for term in wanted.terms:
        sums[term.exchange] += term.value
    assert {name: value for name, value in rows.items() if value} == {
        name: value for name, value in sums.items() if value
    }


def test_the_interval_spans_all_eight() -> None:
    totals = [
        footprint(BATTERY, KNOWN, contracts=green, recovery=recovery, changes={"flow": flow}).total
        for flow, green, recovery in product(LIFETIME.values(), (False, True), (False, True))
    ]
    result = assessed(BATTERY, TRACTION).result
    assert len(result["alternatives"]) == 7
    assert (exact(result["interval"]["low"]), exact(result["interval"]["high"])) == (min(totals), max(totals))


@pytest.mark.parametrize("contract", [True, False])
def test_battery_under_the_generic_rule(contract: bool, tmp_path: Path) -> None:
    """The generic rule counts the wind contract, with its delivery, and leaves recycling.csv aside."""
    folder = Path(shutil.copytree(BATTERY, tmp_path / "study"))
    if not contract:
        text = (folder / "study.toml").read_text(encoding="utf-8")
        (folder / "study.toml").write_text(text[: text.index("[[contract]]")], encoding="utf-8")
    found = assess(read_study(read_folder(folder)), load_rulebook(GENERIC), shipped(), TODAY)
    same(found, footprint(folder, KNOWN, contracts=contract, recovery=False))


def test_the_companion_is_the_battery_without_its_contract() -> None:
    found = exact(assessed(BATTERY, GENERIC).result["alternatives"]["electricity:average_only"])
    assert found == footprint(BATTERY, KNOWN, contracts=False, recovery=False).total


def test_power_from_a_contract_counts_as_grid_power_until_its_factor_is_published() -> None:
    found = assessed(BATTERY, GENERIC, EARLIER)
    same(found, footprint(BATTERY, older(KNOWN), contracts=False, recovery=False))
    (finding,) = [finding for finding in found.findings if finding["code"] == "contract-not-counted"]
    assert finding["subject"] == "wind-2025"
    assert finding["detail"] == "cn.electricity.transmission_with_losses"


def per_kwh_of_capacity(*, green: bool = False, recovery: bool = True) -> dict[str, Fraction]:
    """The product's result per kWh of capacity: stages and total, under the recycling formula as in the README."""
    rule = amended(
        TRACTION,
        lambda text: (
            text.replace('default = "cut_off"', f'default = "{"cff" if recovery else "cut_off"}"')
            .replace(
                'default = "average_only"', f'default = "{"contractual_instruments" if green else "average_only"}"'
            )
            .replace("digits  = 6", "digits  = 7")
        ),
    )
    result = under(BATTERY, rule).result
    stages = {name: 480 * exact(stage["total"]) for name, stage in result["stages"].items()}
    return stages | {"total": 480 * exact(result["value"])}  # 60 cycles a year for 8 years


def rounded(value: Fraction, digits: int) -> str:
    return f"{Decimal(value.numerator) / Decimal(value.denominator):.{digits}f}"


def test_the_readme_states_what_the_product_finds() -> None:
    found = per_kwh_of_capacity()
    text = (BATTERY / "README.md").read_text(encoding="utf-8")
    for value in found.values():
        assert text.count(rounded(value, 2)) >= 2, float(value)
    assert text.count(rounded(found["total"] / 480, 4)) >= 2


def test_the_readme_states_the_contract_as_the_rule_counts_it() -> None:
    text = (BATTERY / "README.md").read_text(encoding="utf-8")
    assert text.count(rounded(per_kwh_of_capacity(green=True)["total"], 2)) >= 2


def test_the_battery_lies_where_published_figures_lead_one_to_expect() -> None:
    """Section 8.4 of the fact base, with the remarks the README makes on each."""
    found = per_kwh_of_capacity()
    per_kg = found["total"] * Fraction("79.52") / 400
    assert abs(per_kg - Fraction("17.63")) < Fraction("7.34")  # median and standard deviation, arXiv 2506.05531
    assert Fraction("-0.20") < per_kg / Fraction("17.33") - 1 < Fraction("-0.15")  # made in China, the same paper
    gate = found["raw_materials"] + found["manufacturing"]
    assert Fraction("-0.30") < gate / 104 - 1 < Fraction("-0.25")  # Hao et al. 2017, NMC, 104.0 kg/kWh
    assert abs(gate / Fraction("72.9") - 1) < Fraction("0.05")  # GREET 2019, Dai et al.
    assert abs(found["total"] / 480 / Fraction("0.1548") - 1) < Fraction("0.05")  # CFB-EV study


# ---- cement


@pytest.mark.parametrize(("day", "known"), [(TODAY, KNOWN), (LATER, KNOWN), (EARLIER, older(KNOWN))], ids=str)
def test_cement_under_the_generic_rule(day: date, known: Known) -> None:
    same(assessed(CEMENT, GENERIC, day), footprint(CEMENT, with_cement(known), contracts=True, recovery=False))


def with_cement(known: Known) -> Known:
    """The fuel of the kiln, by its device; nothing else is missing."""
    assert "fuel:cn.fuel.mee_cement.bituminous_coal/cement_kiln" in known.values
    return known


@pytest.mark.parametrize("process", ["quarry", "clinker"])
def test_cement_under_the_other_allocation(process: str) -> None:
    found = exact(assessed(CEMENT, GENERIC).result["alternatives"][f"allocation:{process}"])
    wanted = footprint(CEMENT, KNOWN, contracts=True, recovery=False, alternatives=(process,))
    assert found == wanted.total
    assert found != exact(assessed(CEMENT, GENERIC).result["value"])


def test_cement_lies_in_the_band_of_published_products() -> None:
    """CPCD, ordinary cement 42.5, companies 2020-2022: 611-838 kg per t at the gate."""
    result = assessed(CEMENT, GENERIC).result
    gate = exact(result["value"]) - exact(result["stages"]["distribution"]["total"])
    assert 611 < gate < 838


def test_the_readme_of_cement_states_what_the_product_finds() -> None:
    result = assessed(CEMENT, GENERIC).result
    text = (CEMENT / "README.md").read_text(encoding="utf-8")
    printed = [exact(stage["total"]) for name, stage in result["stages"].items() if exact(stage["total"])]
    printed += [
        exact(result["value"]),
        *map(exact, (result["alternatives"][f"allocation:{n}"] for n in ("quarry", "clinker"))),
    ]
    printed.append(exact(result["value"]) - exact(result["stages"]["distribution"]["total"]))
    printed.append(exact(assessed(CEMENT, GENERIC, EARLIER).result["value"]))
    for value in printed:
        assert text.count(rounded(value, 2)) >= 2, rounded(value, 2)


def test_biogenic_carbon_of_cement_cancels_and_is_shown() -> None:
    origins = {name: exact(value) for name, value in assessed(CEMENT, GENERIC).result["origins"].items()}
    assert origins["biogenic_emission"] == -origins["biogenic_removal"] != 0
    assert rounded(origins["biogenic_emission"], 2) == "4.06"


def test_cement_of_the_traction_rule_is_refused() -> None:
    with pytest.raises(Exception, match="E-RULE-REQUIRES"):
        assessed(CEMENT, TRACTION)


# ---- both


@pytest.mark.parametrize(("folder", "rule"), [(BATTERY, GENERIC), (BATTERY, TRACTION), (CEMENT, GENERIC)], ids=str)
def test_declared_is_the_value_rounded(folder: Path, rule: str) -> None:
    result = assessed(folder, rule).result
    value = exact(result["value"])
    assert abs(Fraction(result["declared"]) / value - 1) < Fraction(1, 10**5)
    assert sum(exact(stage["total"]) for stage in result["stages"].values()) == value
    assert sum(map(exact, result["terms"].values())) == value


@pytest.mark.parametrize(("folder", "rule"), [(BATTERY, GENERIC), (BATTERY, TRACTION), (CEMENT, GENERIC)], ids=str)
def test_every_row_of_a_study_is_in_the_sheet_or_in_a_finding(folder: Path, rule: str) -> None:
    found = assessed(folder, rule)
    with (folder / "exchanges.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["id"] for row in csv.DictReader(file) if not row["from"].startswith("process:")}
    seen = {re.split("[#@]", term.id)[0] for term in found.sheet.terms}
    left = {finding["subject"] for finding in found.findings if finding["code"] == "left-out"}
    assert rows <= seen | left


@pytest.mark.parametrize(("folder", "rule"), [(BATTERY, GENERIC), (CEMENT, GENERIC)], ids=str)
def test_the_same_study_gives_the_same_bytes(folder: Path, rule: str) -> None:
    again = assess(read_study(read_folder(folder)), load_rulebook(rule), shipped(), TODAY)
    assert again.sheet_bytes == assessed(folder, rule).sheet_bytes
    assert again.sheet_digest.startswith("sha256:")
