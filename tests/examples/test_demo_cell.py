"""The example of a supplier's certificate stands on its feet: what goes in weighs what leaves, and the sum is right."""

import csv
from decimal import Decimal
from pathlib import Path

from footproof.cli.chain import assess_folder

CELL = Path(__file__).resolve().parents[2] / "examples" / "demo-cell"
KILOGRAMS = {"kg": Decimal(1), "t": Decimal(1000)}
CELLS, WASTE = Decimal(1000), Decimal(40)
GRID = Decimal("0.5777")
"""kg CO2e per kWh, average of China for 2024 (ministry's notice)."""
SUPPLIER = Decimal("19.9764")
"""kg CO2e per kg, as the certificate in the example states."""


def rows(name: str) -> list[dict[str, str]]:
    with (CELL / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def masses() -> dict[str, Decimal]:
    """Return what goes into a run. [kg]"""
    return {
        row["id"]: Decimal(row["amount"]) * KILOGRAMS[row["unit"]]
        for row in rows("exchanges.csv")
        if row["unit"] in KILOGRAMS
    }


def test_what_goes_in_weighs_what_leaves() -> None:
    [process] = rows("processes.csv")
    assert (Decimal(process["amount"]), process["unit"]) == (CELLS, "kg")
    assert sum(masses().values()) == CELLS + WASTE
    assert f"{WASTE} kg" in process["note_zh"]
    assert f"{WASTE} kg" in process["note_en"]


def test_the_result_is_the_plain_sum_that_the_readme_states() -> None:
    factors = {row["id"]: Decimal(row["value"]) for row in rows("factors.csv")}
    taken = {row["id"]: row["from"] for row in rows("exchanges.csv")}
    by_row = {
        name: mass * (SUPPLIER if taken[name] == "certificate:cathode" else factors[taken[name].partition(":")[2]])
        for name, mass in masses().items()
    }
    value = (sum(by_row.values()) + Decimal(9000) * GRID) / CELLS
    done, _ = assess_folder(CELL, "cn.gbt.24067", None, dated=True)
    assert Decimal(done.result["declared"]) == value.quantize(Decimal("0.0001")).normalize()
    assert f"{done.result['declared']} kg CO2e" in (CELL / "README.md").read_text("utf-8")
    per_capacity = value / Decimal("0.25")  # kg CO2e per kWh, at 0.25 kWh per kg
    assert Decimal(60) < per_capacity < Decimal(110), "published figures of such cells made in China (recalled)"
