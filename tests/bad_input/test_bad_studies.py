"""Every case of cases.toml: one clear message with file and line, in both languages, under a stable code."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from bad_input.planting import plant
from cli.running import GENERIC, KETTLE, copied, is_clean, run

CASES = tomllib.loads((Path(__file__).parent / "cases.toml").read_text("utf-8"))["case"]
HARMLESS = tomllib.loads((Path(__file__).parent / "harmless.toml").read_text("utf-8"))["case"]
LONGEST_MESSAGE = 1500


def _call(case: Mapping[str, Any], study: Path) -> list[str]:
    options = ["--known-on", case["known_on"]] if "known_on" in case else []
    return [str(study), "--rulebook", case.get("rulebook", GENERIC), *options]


def _places(case: Mapping[str, Any], changed: int) -> list[str]:
    """Return what the message may name: a key or the table it stands in; nothing where the call is at fault."""
    if case.get("no_place"):
        return [""]
    file = case.get("where", case["file"])
    line = case.get("line", changed)
    lines = line if isinstance(line, list) else [line]
    return [f"{file}, line {line}" if line else file for line in lines]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_one_clear_message_and_nothing_written(case: Mapping[str, Any], tmp_path: Path) -> None:
    study = copied(KETTLE, tmp_path / "kettle")
    places = _places(case, plant(study, case))
    target = tmp_path / "out" / "kettle.footproof"
    target.parent.mkdir()

    english = run("quantify", *_call(case, study))
    chinese = run("seal", *_call(case, study), "-o", target, lang="zh")
    as_json = run("quantify", *_call(case, study), "--json")

    assert english.code == chinese.code == as_json.code == case.get("exit", 1)
    assert f"  code   {case['code']}\n" in english.err
    assert f"  代码  {case['code']}\n" in chinese.err
    for ran in (english, chinese, as_json):
        assert is_clean(ran.err), ran.err
        assert any(place in ran.err for place in places), ran.err
        assert len(ran.err) < LONGEST_MESSAGE, ran.err
    assert "\n  try    " in english.err
    assert "\n  办法  " in chinese.err
    assert not any("\u4e00" <= letter <= "\u9fff" for letter in _own_words(english.err, case)), english.err
    assert any("\u4e00" <= letter <= "\u9fff" for letter in chinese.err.splitlines()[0].removeprefix("错误："))
    assert english.out == chinese.out == ""
    assert as_json.error["code"] == case["code"]
    assert any(place in (as_json.error["where"] or "") for place in places)
    assert as_json.error["message"] in english.err
    assert list(target.parent.iterdir()) == []
    for needed in case.get("says", ()):
        assert needed in english.err


@pytest.mark.parametrize("case", HARMLESS, ids=lambda case: case["name"])
def test_what_looks_odd_but_is_right_gives_the_same_figure(case: Mapping[str, Any], tmp_path: Path) -> None:
    plain = run("quantify", *_call({}, KETTLE), "--json").record
    study = copied(KETTLE, tmp_path / "kettle")
    plant(study, case)
    ran = run("quantify", *_call(case, study), "--json")
    assert ran.code == 0, ran.err
    assert (ran.record["value"] == plain["value"]) is case.get("same", True)


def test_the_kettle_itself_is_right() -> None:
    ran = run("quantify", *_call({}, KETTLE), "--json")
    assert ran.code == 0
    assert ran.record["unit"] == "kg CO2e / piece"
    assert ran.err == ""


def _own_words(text: str, case: Mapping[str, Any]) -> str:
    """Return the message without what it quotes of the study, which may well be Chinese."""
    if case.get("quotes_chinese"):
        return ""
    return text
