"""A period over two factor years, from the command line and with the published factors of China, by hand."""

import csv
import json
from fractions import Fraction
from pathlib import Path

import pytest
from click.testing import CliRunner

from footproof.cli.quantify import quantify

BASE = Path(__file__).resolve().parents[1] / "interpret/seeded/base"
TRIABLE = Path(__file__).resolve().parents[1] / "assets/two-factor-years"
OF_2023, OF_2024 = Fraction("0.6205"), Fraction("0.5777")  # Published 2025-01-17 and 2025-10-23. [kg CO2e / kWh]
STUDY = """
format   = "footproof-study/1"
id       = "pressed"
title    = {{ zh = "压制件（示例）", en = "Pressed part (DEMO)" }}
product  = {{ name = {{ zh = "压制件", en = "part" }}, model = "P-1", description = {{ zh = "压制件", en = "part" }} }}
producer = {{ name = {{ zh = "示例公司（DEMO）", en = "DEMO company" }}, address = {{ zh = "示例路", en = "Road" }} }}
site     = {{ name = {{ zh = "示例厂", en = "plant" }}, address = {{ zh = "示例路", en = "Road" }}, region = "CN" }}
note     = {{ zh = "示例", en = "DEMO" }}
period   = {{ start = {start}, end = {end} }}
reference = {{ process = "press" }}
[declared_unit]
name     = {{ zh = "1 kg", en = "1 kg" }}
unit     = "kg"
flow     = "1"
boundary = {{ zh = "工厂之内", en = "inside the plant" }}
"""
ROWS = {
    "processes.csv": {"id": "press", "name_zh": "压制", "name_en": "pressing", "stage": "manufacturing", "amount": "1"}
    | {"unit": "kg", "source": "DEMO"},
    "exchanges.csv": {"process": "press", "id": "power", "kind": "input", "name_zh": "用电", "name_en": "power"}
    | {"amount": "10", "unit": "kWh", "from": "electricity", "source": "DEMO"},
    "factors.csv": {},
}


def quantified(folder: Path, start: str, end: str, known_on: str) -> Fraction:
    """Return the footprint of a part that takes 10 kWh. [kg CO2e / kg]"""
    (folder / "study.toml").write_text(STUDY.format(start=start, end=end), encoding="utf-8")
    for name, row in ROWS.items():
        columns = (BASE / name).read_text("utf-8").splitlines()[0].split(",")
        with (folder / name).open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, columns)
            writer.writeheader()
            writer.writerows([row] if row else [])
    call = [str(folder), "--rulebook", "cn.gbt.24067", "--known-on", known_on, "--json"]
    ran = CliRunner().invoke(quantify, call, standalone_mode=False, catch_exceptions=False)
    return Fraction(json.loads(ran.output)["value"])


@pytest.mark.parametrize(
    ("start", "end", "known_on", "factor"),
    [
        ("2023-07-01", "2024-06-30", "2025-12-31", (184 * OF_2023 + 182 * OF_2024) / 366),
        ("2023-12-31", "2024-12-30", "2025-12-31", (OF_2023 + 365 * OF_2024) / 366),
        ("2023-07-01", "2024-06-30", "2025-06-30", OF_2023),  # The factor of 2024 was not known yet.
        ("2024-10-01", "2025-09-30", "2025-12-31", OF_2024),  # That of 2025 is not known either.
    ],
)
def test_a_period_over_two_years_is_split_by_its_days(
    start: str, end: str, known_on: str, factor: Fraction, tmp_path: Path
) -> None:
    assert quantified(tmp_path, start, end, known_on) == 10 * factor


def test_the_study_that_anybody_can_try_gives_what_a_hand_gives() -> None:
    """184 days at 0.6205 and 182 at 0.5777: 10 × (114.172 + 105.1414) / 366 = 5.99217 kg CO2e."""
    call = [str(TRIABLE), "--rulebook", "cn.gbt.24067", "--json"]
    ran = CliRunner().invoke(quantify, call, standalone_mode=False, catch_exceptions=False)
    record = json.loads(ran.output)
    assert Fraction(record["value"]) == Fraction("2193.134") / 366
    assert record["declared"] == "5.99217"
    assert sorted(record["parameters"]) == ["cn.electricity.average@2023", "cn.electricity.average@2024"]
