"""`footproof rulebook`: what it prints and which code it exits with."""

import io
import json
import os
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from footproof.cli.main import tell
from footproof.cli.rulebook import rulebook
from footproof.errors import FootproofError
from footproof.rules.reading import LOCK
from footproof.rules.rulebook import edition_files
from rules.small import FRAME, KETTLE, edited
from rules.test_authoring import write

ROOT = Path(__file__).resolve().parents[2]
BATTERY = ROOT / "examples" / "nmc811-pack"
CEMENT = ROOT / "examples" / "portland-cement"
TRACTION = "cn.pcf.traction-battery@2026-provisional"
GENERIC = "cn.gbt.24067@2024"


def run(*arguments: str) -> tuple[int, str]:
    """Return exit code and output of the group, errors told as the program tells them."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        try:
            outcome = rulebook.main([*arguments], prog_name="rulebook", standalone_mode=False)
            code = outcome if isinstance(outcome, int) else 0
        except FootproofError as problem:
            code = tell(problem, as_json="--json" in arguments)
    return code, out.getvalue()


def told(*arguments: str) -> tuple[int, Any]:
    """Return exit code and the one JSON object on stdout."""
    code, out = run(*arguments, "--json")
    return code, json.loads(out)


@pytest.fixture
def books(tmp_path: Path) -> Path:
    """A folder with both small editions."""
    write(tmp_path / "demo.frame" / "1", dict(FRAME))
    write(tmp_path / "demo.kettle" / "1", dict(KETTLE))
    return tmp_path


def broken(books: Path, files: Mapping[str, str]) -> str:
    """Write the sector rule anew and return its folder."""
    return str(write(books / "demo.kettle" / "2", dict(files)))


# The command knows the facts of real studies, which the small editions do not use.
REAL = {"measured_share": "primary_share", "left_out": "cut_off_total", "energy_measured": "sources_given"}


def real(files: Mapping[str, str]) -> dict[str, str]:
    """Return an edition whose checks are over facts that studies have."""
    found = dict(files)
    for name, text in found.items():
        for before, after in REAL.items():
            text = text.replace(before, after)  # noqa: PLW2901
        found[name] = text
    return found


def test_lint_names_file_line_and_clause(books: Path) -> None:
    folder = broken(books, edited(real(KETTLE), years=("expect = 2.25", "expect = 2")))
    code, record = told("lint", folder)
    assert code == 1
    assert record["ok"] is False
    assert [(item["code"], item["file"], item["line"], item["clause"]) for item in record["findings"]] == [
        ("E-LINT-CASE", "cases/years.toml", 9, "K-2")
    ]
    code, out = run("lint", folder)
    assert code == 1
    assert "cases/years.toml, line 9" in out
    assert "E-LINT-CASE" in out


def test_lint_of_what_is_right_exits_with_zero(books: Path) -> None:
    code, record = told("lint", broken(books, real(KETTLE)))
    assert (code, record["findings"]) == (0, [])


@pytest.mark.parametrize("name", [TRACTION, GENERIC])
def test_the_examples_of_what_ships_hold(name: str) -> None:
    code, record = told("test", name)
    assert (code, record["ok"]) == (0, True)
    assert record["cases"]
    assert all(item["expected"] == item["found"] for item in record["cases"])


def test_a_case_that_fails_exits_with_one(books: Path) -> None:
    folder = broken(books, edited(KETTLE, years=("expect = 2.25", "expect = 2")))
    code, record = told("test", folder)
    assert code == 1
    assert [item["ok"] for item in record["cases"]] == [True, False, True, True]
    assert run("test", folder)[0] == 1


def test_explain_walks_a_study_with_its_values() -> None:
    code, record = told("explain", TRACTION, str(BATTERY), "--known-on", "2025-12-01")
    assert code == 0
    clauses = {item["id"]: item for item in record["clauses"]}
    energy = next(item for item in clauses["TB-2"]["carriers"] if item["id"] == "lifetime_energy")
    assert (energy["value"], energy["unit"]) == ("38169.6", "kWh")  # 79.52 kWh × 60 / a × 8 a
    chosen = next(item for item in clauses["TB-2"]["carriers"] if item["part"] == "axis")
    assert chosen["value"] == "warranty"
    power = clauses["TB-3"]["terms"] + clauses["6.4.9.4"]["terms"]
    assert power > 0
    assert clauses["6.3.4-limits"]["outcome"] == "evidence-missing"
    assert clauses["5.12-rows"]["values"] == {"exchanges_double": "0"}
    _, plain = told("explain", TRACTION)
    assert {item["outcome"] for item in plain["clauses"]} == {None}
    assert [item["id"] for item in plain["clauses"]] == [item["id"] for item in record["clauses"]]
    assert run("explain", TRACTION, str(BATTERY), "--known-on", "2025-12-01")[0] == 0


def test_diff_says_the_option_and_its_effect(tmp_path: Path) -> None:
    files = {name: data.decode() for name, data in edition_files(TRACTION).items() if name != LOCK}
    files["rule.toml"] = files["rule.toml"].replace('default = "warranty"', 'default = "cycle_life"')
    folder = str(write(tmp_path / "cn.pcf.traction-battery" / "next", files))
    arguments = ("diff", TRACTION, folder, "--study", str(BATTERY), "--study", str(CEMENT), "--known-on", "2025-12-01")
    code, record = told(*arguments)
    assert code == 0
    assert [(item["clause"], item["part"], item["id"]) for item in record["changes"]] == [("TB-2", "axis", "lifetime")]
    battery, cement = record["effects"]
    assert Fraction(battery["b"]["value"]) - Fraction(battery["a"]["value"]) == Fraction(battery["difference"])
    # The same burden over 60 full cycles in each of 8 years, and over 1,200 cycles at 90 %.
    assert Fraction(battery["a"]["value"]) * 480 == Fraction(battery["b"]["value"]) * 1080
    assert cement["a"]["error"]["code"] == "E-RULE-REQUIRES"
    assert cement["difference"] is None
    _, out = run(*arguments)
    assert "TB-2: option changed (axis lifetime)" in out
    assert "E-RULE-REQUIRES" in out


def test_seal_writes_a_lock_that_is_checked(books: Path) -> None:
    write(books / "demo.frame" / "1", real(FRAME))
    folder = Path(broken(books, real(KETTLE)))
    code, record = told("seal", str(folder))
    assert code == 0
    assert (folder / LOCK).read_text().count(record["digest"]) == 1
    assert told("seal", str(folder))[1]["digest"] == record["digest"]
    assert told("test", str(folder))[0] == 0
    (folder / "clauses.toml").write_text(real(KETTLE)["clauses.toml"] + "\n# later\n")
    code, failed = told("test", str(folder))
    assert (code, failed["error"]["code"]) == (1, "E-RULE-LOCK")


def test_seal_refuses_what_is_wrong_and_writes_nothing(books: Path) -> None:
    folder = Path(broken(books, edited(real(KETTLE), years=("expect = 2.25", "expect = 2"))))
    code, failed = told("seal", str(folder))
    assert (code, failed["error"]["code"]) == (1, "E-RULE-LINT")
    assert not (folder / LOCK).exists()


def test_help_has_an_example() -> None:
    for name in rulebook.commands:
        out = CliRunner().invoke(rulebook, [name, "--help"]).output
        assert f"footproof rulebook {name}" in out


def test_an_edition_holds_ordinary_files_only(books: Path) -> None:
    folder = books / "demo.frame" / "1"
    (folder / "endless.toml").symlink_to("/dev/zero")
    with pytest.raises(FootproofError, match="E-RULE-LINK"):
        edition_files(str(folder))
    (folder / "endless.toml").unlink()
    os.mkfifo(folder / "pipe.toml")
    with pytest.raises(FootproofError, match="E-RULE-LINK"):
        edition_files(str(folder))
