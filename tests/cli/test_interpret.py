"""`footproof compare` and `footproof sensitivity` as people and programs call them."""

import json
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from cli.running import BATTERY, GENERIC, REPOSITORY, SECTOR, run
from footproof.expressions import exact

CEMENT = REPOSITORY / "examples" / "portland-cement"


def record(*arguments: str | Path) -> Any:  # JSON
    """Return what a call that succeeds prints for programs."""
    ran = run(*arguments, "--json")
    assert ran.code == 0
    return ran.record


def number(text: str) -> Fraction:
    return Fraction(*exact.read(text))


def test_terms_sum_exactly_to_the_difference() -> None:
    found = record("compare", BATTERY, "--rulebook", GENERIC, "--rulebook", SECTOR)
    assert number(found["difference"]) == number(found["b"]) - number(found["a"])
    assert sum(number(term["value"]) for term in found["terms"]) == number(found["difference"])
    assert sum(number(term["waterfall"]) for term in found["terms"]) == number(found["difference"])
    assert found["unit"] == "kg CO2e / kWh"
    assert found["sides"]["b"]["status"] == "provisional"


def test_both_results_are_those_of_quantify() -> None:
    found = record("compare", BATTERY, "--rulebook", GENERIC, "--rulebook", SECTOR)
    for side, rule in (("a", GENERIC), ("b", SECTOR)):
        assert record("quantify", BATTERY, "--rulebook", rule)["value"] == found[side]


def test_two_days_are_compared() -> None:
    days = ("--known-on", "2025-06-30", "--known-on", "2026-06-30")
    found = record("compare", BATTERY, "--rulebook", GENERIC, *days)
    moved = [term["axis"] for term in found["terms"] if number(term["value"])]
    assert moved == ["known_on"]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_people_read_it_in_their_language(lang: str) -> None:
    ran = run("compare", BATTERY, "--rulebook", GENERIC, "--rulebook", SECTOR, lang=lang)
    assert ran.code == 0
    said = {
        "zh": ("功能单位", "暂行", "合计", "未切换"),
        "en": ("Functional unit", "PROVISIONAL", "sum", "not switched"),
    }
    assert all(word in ran.out for word in said[lang])
    assert not any(word in ran.out for word in said["en" if lang == "zh" else "zh"])
    ran = run("sensitivity", BATTERY, "--rulebook", SECTOR, "--limit", "0.18", lang=lang)
    assert ran.code == 0
    assert {"zh": "无法判定", "en": "cannot be decided"}[lang] in ran.out


@pytest.mark.parametrize(
    "arguments",
    [
        ("compare", BATTERY),
        ("compare", BATTERY, "--rulebook", GENERIC),
        ("compare", BATTERY, *("--rulebook", GENERIC) * 3),
    ],
)
def test_a_comparison_needs_two_sides(arguments: tuple[str, ...]) -> None:
    ran = run(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert "E-COMPARE-SIDES" in ran.err


def test_sensitivity_is_the_same_for_the_same_seed() -> None:
    arguments = ("sensitivity", BATTERY, "--rulebook", SECTOR, "--samples", "500", "--limit", "0.17")
    first, again = record(*arguments), record(*arguments)
    other = record(*arguments, "--seed", "2")
    assert first == again
    assert first["mean"] != other["mean"]
    spread = [Decimal(first["percentiles"][share]) for share in ("0.025", "0.05", "0.5", "0.95", "0.975")]
    assert spread == sorted(spread)
    reach = [abs(Decimal(bar["high"]) - Decimal(bar["low"])) for bar in first["tornado"]]
    assert reach == sorted(reach, reverse=True)
    assert first["decision"]["verdict"] in ("conforms", "exceeds", "undecided")


@pytest.mark.parametrize("limit", ["nan", "snan", "1e400", "-1", "0", "Infinity"])
def test_a_limit_is_a_number_above_zero(limit: str) -> None:
    ran = run("sensitivity", BATTERY, "--rulebook", GENERIC, "--samples", "10", "--limit", limit)
    assert ran.code in (1, 2)
    assert "E-LIMIT-NUMBER" in ran.err


def test_products_in_different_units_are_not_compared() -> None:
    ran = run("sensitivity", BATTERY, "--rulebook", GENERIC, "--against", CEMENT, "--samples", "10")
    assert ran.code == 1
    assert "E-COMPARE-UNIT" in ran.err


def test_a_pact_record_says_what_it_lacks(tmp_path: Path) -> None:
    out, given = tmp_path / "record.json", tmp_path / "given.json"
    ran = run("pact", CEMENT, "--rulebook", GENERIC, "-o", out, "--json")
    missing = {item["field"]: item["by"] for item in ran.record["missing"] if item["needed"] == "required"}
    assert (ran.code, bool(missing), "study" in missing.values()) == (1, True, False)
    known = {"id": "3fa85f64-5717-4562-b3fc-2c963f66afa6", "created": "2026-11-22T00:00:00Z"}
    given.write_text(json.dumps({name: value for name, value in known.items() if name in missing}))
    again = run("pact", CEMENT, "--rulebook", GENERIC, "-o", out, "--given", given, "--json")
    assert {item["field"] for item in again.record["missing"]} < {item["field"] for item in ran.record["missing"]}
    assert json.loads(out.read_text("utf-8"))["pcf"]


@pytest.mark.parametrize("content", ["[]", "{", "1", "[" * 100_000])
def test_what_the_issuer_gives_is_an_object(tmp_path: Path, content: str) -> None:
    (tmp_path / "given.json").write_text(content)
    out = tmp_path / "record.json"
    ran = run("pact", CEMENT, "--rulebook", GENERIC, "-o", out, "--given", tmp_path / "given.json")
    assert ran.code == 1
    assert "E-VIEW-GIVEN" in ran.err
    assert not out.exists()
