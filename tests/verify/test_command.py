"""`footproof verify` on studies and packages."""

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from footproof.assess import assess
from footproof.canonical import canonical_bytes
from footproof.cli.chain import contents_of, seal_assessment
from footproof.cli.main import tell
from footproof.cli.verify import verify as command
from footproof.errors import FootproofError
from footproof.formats.folder import read_folder
from footproof.formats.study import read_study
from footproof.package import disclose, open_package, seal
from footproof.package.archive import pack
from footproof.rules.parameters import shipped
from verify.planting import BASES, edition

GENERIC = "cn.gbt.24067"


def sealed(base: str, secret: bytes | None = None) -> bytes:
    files = read_folder(BASES[base])
    study = read_study(files)
    assert study.known_on is not None
    return seal_assessment(assess(study, edition(GENERIC), shipped(), study.known_on), files, GENERIC, secret)


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(command, list(arguments), standalone_mode=False)
    if isinstance(result.exception, FootproofError):
        tell(result.exception, as_json=False)
        raise result.exception
    assert result.exception is None, result.exception
    return int(result.return_value or 0), result.output


def run_json(*arguments: str) -> tuple[int, dict[str, Any]]:
    code, output = run(*arguments, "--json")
    return code, json.loads(output)


def test_a_study_with_json() -> None:
    code, record = run_json(str(BASES["nmc811-pack"]), "--rulebook", GENERIC)
    assert code == 1
    assert record["ok"] is False
    assert {item["code"] for item in record["findings"] if item["severity"] == "error"} == {"clause:6.3.5-verified"}
    assert sum(Fraction(risk["share"]) for risk in record["risks"]) == 1
    assert Fraction(record["plan"]["covered"]) >= Fraction(record["plan"]["needed"]) == Fraction("0.8")
    assert sum(map(Fraction, record["gross"].values())) == Fraction(record["value"]), "no credit under this rule"
    assert record["recomputed"] is None


def test_credits_are_not_taken_off_the_base_of_materiality() -> None:
    _, record = run_json(str(BASES["kettle"]), "--rulebook", GENERIC)
    assert sum(map(Fraction, record["gross"].values())) > Fraction(record["value"])


def test_a_study_without_errors_exits_well() -> None:
    code, record = run_json(str(BASES["tray"]), "--rulebook", GENERIC)
    assert (code, record["ok"]) == (0, True)


@pytest.mark.parametrize(("lang", "word"), [("zh_CN.UTF-8", "证据计划"), ("C", "Evidence plan")])
def test_a_study_for_people(lang: str, word: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOOTPROOF_LANG", lang[:2] if lang != "C" else "en")
    code, output = run(str(BASES["portland-cement"]), "--rulebook", GENERIC, "--coverage", "0.95")
    assert code == 1
    assert word in output
    assert "705.276" in output


def test_a_package_agrees_to_the_last_digit(tmp_path: Path) -> None:
    file = tmp_path / "pack.footproof"
    file.write_bytes(sealed("nmc811-pack"))
    _, record = run_json(str(file), "--study", str(BASES["nmc811-pack"]))
    beside = record["recomputed"]
    assert beside["same"] is True
    assert beside["stated"] == beside["client"] == beside["ours"]
    assert (beside["difference"], beside["terms"], beside["nodes"]) == ("0", [], [])
    assert record["rulebook"].startswith(GENERIC)


def test_a_package_whose_sheet_is_not_that_of_its_study(tmp_path: Path) -> None:
    """Sealed anew with a lighter factor in the sheet: `recompute` agrees with such a package, verifying does not."""
    parts = dict(open_package(sealed("nmc811-pack")).parts)
    sheet = json.loads(parts["sheet.json"])
    term = next(item for item in sheet["terms"] if item["id"] == "enclosure-aluminium")
    term["factor"][0][2] = "1.638"
    parts["sheet.json"] = canonical_bytes(sheet)
    file = tmp_path / "other.footproof"
    file.write_bytes(pack(parts))
    code, record = run_json(str(file))
    assert code == 1
    beside = record["recomputed"]
    assert [item["id"] for item in beside["terms"]] == ["enclosure-aluminium"]
    assert beside["terms"][0]["what"] == ["factor"]
    assert Fraction(beside["terms"][0]["effect"]) == Fraction(beside["difference"]) < 0
    told = next(item for item in record["findings"] if item["code"] == "V-RECOMPUTED")
    assert told["where"] == ["sheet.json, terms/enclosure-aluminium"]
    code, output = run(str(file))
    assert "enclosure-aluminium" in output


def test_a_confidential_package_cannot_be_built_anew(tmp_path: Path) -> None:
    package = sealed("tray", b"x" * 32)
    hidden = tmp_path / "hidden.footproof"
    hidden.write_bytes(disclose(open_package(package), [], "a buyer"))
    with pytest.raises(FootproofError) as caught:
        run(str(hidden))
    assert caught.value.code == "E-VERIFY-SEALED"
    whole = tmp_path / "whole.footproof"
    whole.write_bytes(package)
    _, record = run_json(str(whole))
    assert record["recomputed"]["same"] is True


def test_documents_are_compared_where_they_are(tmp_path: Path) -> None:
    study = tmp_path / "study"
    (study / "evidence").mkdir(parents=True)
    for path in (item for item in BASES["nmc811-pack"].iterdir() if item.is_file()):
        (study / path.name).write_bytes(path.read_bytes())
    for path in (BASES["nmc811-pack"] / "evidence").iterdir():
        (study / "evidence" / path.name).write_bytes(path.read_bytes())
    (study / "evidence" / "meters-2025.md").write_text("another reading", "utf-8")
    (study / "evidence" / "weighing-2025.md").unlink()
    _, record = run_json(str(study), "--rulebook", GENERIC)
    codes = {(item["code"], item["where"][0]) for item in record["findings"] if item["code"].startswith("V-EVIDENCE")}
    assert codes == {("V-EVIDENCE-CHANGED", "evidence.csv, meters"), ("V-EVIDENCE-ABSENT", "evidence.csv, weighing")}


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("no-such-file",), "E-VERIFY-TARGET"),
        ((str(BASES["tray"]), "--rulebook", GENERIC, "--coverage", "80"), "E-VERIFY-MATERIALITY"),
        ((str(BASES["tray"]), "--rulebook", GENERIC, "--coverage", "much"), "E-VERIFY-MATERIALITY"),
        ((str(BASES["tray"]), "--rulebook", "no.such.rule"), "E-RULE-UNKNOWN"),
    ],
)
def test_a_bad_call_is_told(arguments: tuple[str, ...], code: str) -> None:
    with pytest.raises(FootproofError) as caught:
        run(*arguments)
    assert caught.value.code == code


def test_contents_and_seal_are_those_of_the_chain() -> None:
    files = read_folder(BASES["tray"])
    study = read_study(files)
    assert study.known_on is not None
    found = assess(study, edition(GENERIC), shipped(), study.known_on)
    assert seal(contents_of(found, files, GENERIC)) == sealed("tray")
