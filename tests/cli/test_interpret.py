"""`footproof compare` and `footproof sensitivity` as people and programs call them."""

import json
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from assess.draft import Draft
from cli.running import BATTERY, GENERIC, KETTLE, REPOSITORY, SECTOR, copied, run
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


def test_two_versions_under_one_id_are_told_apart_by_their_digests(tmp_path: Path) -> None:
    later = copied(KETTLE, tmp_path / "later")
    text = (later / "study.toml").read_text("utf-8")
    (later / "study.toml").write_text(text.replace("value    = 0.8", "value    = 0.9", 1), encoding="utf-8")
    call = ("compare", KETTLE, "--study", later, "--rulebook", GENERIC)
    sides = record(*call)["sides"]
    assert sides["a"]["study"] == sides["b"]["study"]
    assert sides["a"]["sheet_digest"] != sides["b"]["sheet_digest"]
    shown = run(*call).out
    for side in sides.values():
        assert f"kettle ({side['sheet_digest'][:19]})" in shown


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_people_read_it_in_their_language(lang: str) -> None:
    ran = run("compare", BATTERY, "--rulebook", GENERIC, "--rulebook", SECTOR, lang=lang)
    assert ran.code == 0
    said = {
        "zh": ("功能单位", "暂定", "合计", "未切换"),
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


KETTLE_LIMIT = ("sensitivity", KETTLE, "--rulebook", GENERIC, "--samples", "50", "--known-on", "2026-06-30")
DAYS = {
    "zh": "限值按 2026-11-01 是否有效判定；所用数据为 2026-06-30 及以前发布",
    "en": "the limit is judged as it holds on 2026-11-01; the data are those published by 2026-06-30",
}


def test_a_limit_is_judged_on_a_day_of_its_own() -> None:
    call = (*KETTLE_LIMIT, "--limit", "demo.limit.kettle")
    for day, judged in (((), "2026-06-30"), (("--on", "2026-11-01"), "2026-11-01")):
        found = record(*call, *day)["decision"]
        assert (found["judged_on"], found["known_on"]) == (judged, "2026-06-30")
    ran = run(*call, "--on", "2025-12-31")
    assert ran.code == 1
    assert "E-LIMIT-DAY" in ran.err


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_both_days_and_the_coverage_are_said(lang: str) -> None:
    ran = run(*KETTLE_LIMIT, "--limit", "demo.limit.kettle", "--on", "2026-11-01", lang=lang)
    assert ran.code == 0
    assert DAYS[lang] in ran.out
    assert {"zh": "自身用量有变动的项占", "en": "the own amounts of"}[lang] in ran.out


@pytest.mark.parametrize("limit", [(), ("--limit", "3")])
def test_a_day_without_a_limit_that_has_one_is_refused(limit: tuple[str, ...]) -> None:
    ran = run(*KETTLE_LIMIT, *limit, "--on", "2026-11-01")
    assert (ran.code, ran.out) == (2, "")
    assert "E-CALL" in ran.err


def test_coverage_is_stated_for_amounts_and_factors() -> None:
    found = record(*KETTLE_LIMIT)
    shares = [float(found[f"{name}_share"]) for name in ("unvaried", "amounts_varied", "factors_varied")]
    assert all(0 <= share <= 1 for share in shares)
    assert sum(shares) >= 1 - 1e-5
    assert found["left_out"] == {"draws": 0, "requirements": {}}


def with_loop(folder: Path, high: str) -> Path:
    """Return a study that takes back what two parameters together say, with ranges of both."""
    draft = Draft().process("made").exchange("made", "own", "=a * b", "kg", "process:made")
    draft.parameters.update(a=("0.75", "kg"), b=("1", "1"))
    draft.emission("made", "stack", "1", "kg").write(folder)
    rows = [f"parameter,{name},uniform,0.5,{high},,DEMO" for name in "ab"]
    (folder / "uncertainty.csv").write_text("\n".join(["kind,id,distribution,low,high,group,source", *rows]) + "\n")
    return folder


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_draws_that_gave_no_sample_are_counted_in_words(tmp_path: Path, lang: str) -> None:
    ran = run("sensitivity", with_loop(tmp_path, "1.2"), "--rulebook", GENERIC, "--samples", "500", lang=lang)
    assert ran.code == 0
    assert {"zh": "未计入样本（E-LOOP-GAIN made）", "en": "gave no sample (E-LOOP-GAIN made)"}[lang] in ran.out


def test_a_limit_of_a_range_that_would_be_refused_is_refused(tmp_path: Path) -> None:
    ran = run("sensitivity", with_loop(tmp_path, "1.5"), "--rulebook", GENERIC, "--samples", "500")
    assert (ran.code, ran.out) == (1, "")
    assert all(word in ran.err for word in ("E-RANGE-REFUSED", "E-LOOP-GAIN made", "uncertainty.csv, line 2, high"))


@pytest.mark.parametrize(
    ("lang", "said"), [("zh", "0（不附不确定性）或 2 至"), ("en", "0 (no uncertainty) or a whole number from 2")]
)
def test_a_report_needs_none_or_two_samples(tmp_path: Path, lang: str, said: str) -> None:
    for count in ("1", "-1"):
        out = tmp_path / "report.html"
        ran = run("report", KETTLE, "--rulebook", GENERIC, "--samples", count, "-o", out, lang=lang)
        assert (ran.code, out.exists()) == (2, False)
        assert said in ran.err


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
