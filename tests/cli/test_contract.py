"""The fixed points of the interface: one JSON object on stdout, exact strings, exit codes, nothing left behind."""

import json
import os
import re
import stat
import subprocess
import sys
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from cli.running import BATTERY, GENERIC, KETTLE, SECTOR, copied, environment, is_clean, run

EXACT = re.compile(r"-?[0-9]+(\.[0-9]+)?(/[0-9]+)?")
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
SECRET = re.compile(r"PRIVATE KEY|\"d\": ?\"[A-Za-z0-9_-]{43}\"")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Mapping[str, Any]]:
    """A workspace in which the demonstration has run once, and what it printed."""
    folder = tmp_path_factory.mktemp("demo") / "workspace"
    ran = run("demo", "--dir", folder, "--no-serve", "--json")
    assert ran.code == 0, ran.err
    return folder, ran.record


def _no_floats(record: object) -> bool:
    if isinstance(record, dict):
        return all(_no_floats(item) for item in record.values())
    if isinstance(record, list):
        return all(_no_floats(item) for item in record)
    return not isinstance(record, float)


# ---- quantify


@pytest.mark.parametrize(("study", "rulebook"), [(KETTLE, GENERIC), (BATTERY, GENERIC), (BATTERY, SECTOR)])
def test_quantify_prints_one_object_of_exact_strings(study: Path, rulebook: str) -> None:
    ran = run("quantify", study, "--rulebook", rulebook, "--json")
    assert ran.code == 0
    assert ran.err == ""
    record = ran.record
    assert {"value", "unit", "stages", "rulebook", "status", "sheet_digest"} <= set(record)
    assert _no_floats(record)
    assert EXACT.fullmatch(record["value"])
    assert all(EXACT.fullmatch(value) for value in record["stages"].values())
    assert DIGEST.fullmatch(record["sheet_digest"])
    assert record["unit"].startswith("kg CO2e / ")


@pytest.mark.parametrize(("day", "value"), [("2025-06-30", "0.6205"), ("2025-12-01", "0.5777")])
def test_what_was_known_on_a_day_counts(day: str, value: str) -> None:
    shown = run("parameter", "cn.electricity.average", "--known-on", day, "--json")
    assert shown.code == 0
    assert shown.record["value"] == value
    used = run("quantify", KETTLE, "--rulebook", GENERIC, "--known-on", day, "--json").record["parameters"]
    assert any(value in json.dumps(item) for item in _those_of(used, "cn.electricity.average"))


def _those_of(parameters: Any, key: str) -> list[Any]:  # JSON, a mapping or a list
    items = parameters.items() if isinstance(parameters, dict) else [(item["id"], item) for item in parameters]
    return [item for name, item in items if str(name).partition("@")[0] == key]


def test_the_language_changes_words_and_no_figures() -> None:
    records = [run("quantify", KETTLE, "--rulebook", GENERIC, "--json", lang=lang).record for lang in ("zh", "en")]
    assert records[0]["value"] == records[1]["value"]
    printed = [run("quantify", KETTLE, "--rulebook", GENERIC, lang=lang).out for lang in ("zh", "en")]
    assert printed[0] != printed[1]
    assert all("4.34507" in text and is_clean(text) for text in printed)


@pytest.mark.parametrize("kind", ["electricity", "param:cn.electricity.average", "process:body", "factor:steel"])
def test_a_credit_lowers_the_footprint_whatever_it_avoids(kind: str, tmp_path: Path) -> None:
    study = copied(KETTLE, tmp_path / "kettle")
    unit = "kWh" if "electricity" in kind else "kg"
    row = f"kettle,avoided,credit,抵扣,avoided,0.1,{unit},,{kind},,,,,,,,,,,,meter (DEMO),,\n"
    with (study / "exchanges.csv").open("a", encoding="utf-8") as file:
        file.write(row)
    plain = run("quantify", KETTLE, "--rulebook", GENERIC, "--json").record["declared"]
    less = run("quantify", study, "--rulebook", GENERIC, "--json").record["declared"]
    assert Decimal(less) < Decimal(plain)


# ---- calls that are wrong

BAD_CALLS: list[tuple[list[str], str]] = [
    (["brew"], "E-CALL"),
    (["quantify"], "E-CALL"),
    (["quantify", "--rulebook", GENERIC], "E-CALL"),
    (["quantify", str(KETTLE)], "E-CALL"),
    (["quantify", str(KETTLE), "--rulebook"], "E-CALL"),
    (["quantify", str(KETTLE), "--rulebook", GENERIC, "--fast"], "E-CALL"),
    (["quantify", str(KETTLE), "--rulebook", ""], "E-RULE-UNKNOWN"),
    (["quantify", str(KETTLE), "--rulebook", "cn.gbt.24067@1999"], "E-RULE-UNKNOWN"),
    (["quantify", str(KETTLE), "--rulebook", "../../etc"], "E-RULE-UNKNOWN"),
    (["quantify", str(KETTLE), "--rulebook", GENERIC, "--known-on", "tomorrow"], "E-DATE"),
    (["quantify", str(KETTLE), "--rulebook", GENERIC, "--known-on", "2025-13-01"], "E-DATE"),
    (["quantify", str(KETTLE), "--rulebook", GENERIC, "--known-on", "2025-02-29"], "E-DATE"),
    (["quantify", str(KETTLE), "--rulebook", GENERIC, "--known-on", "２０２５-06-30"], "E-DATE"),
    (["quantify", str(KETTLE), "--rulebook", GENERIC, "--known-on", "2025-W01-1"], "E-DATE"),
    (["quantify", str(KETTLE), "--rulebook", GENERIC, "--known-on", ""], "E-DATE"),
    (["quantify", "no-such-study", "--rulebook", GENERIC], "E-STUDY-FOLDER"),
    (["quantify", "", "--rulebook", GENERIC], "E-STUDY-FOLDER"),
    (["quantify", "x" * 5000, "--rulebook", GENERIC], "E-STUDY-FOLDER"),
    (["quantify", str(KETTLE / "study.toml"), "--rulebook", GENERIC], "E-STUDY-FOLDER"),
    (["seal", str(KETTLE), "--rulebook", GENERIC], "E-CALL"),
    (["recompute"], "E-CALL"),
    (["recompute", "no-such-file"], "E-FILE-READ"),
    (["recompute", "x" * 5000], "E-FILE-READ"),
    (["check", "no-such-file"], "E-FILE-READ"),
    (["check", "https://example.org/c/1", "--offline"], "E-CHECK-OFFLINE"),
    (["check", "ftp://example.org/c/1"], "E-CHECK-KIND"),
    (["check", str(KETTLE / "study.toml"), "--at", "soon"], "E-DATE"),
    (["log", "fsck", "no-such-folder"], "E-FILE-READ"),
    (["parameter"], "E-CALL"),
    (["parameter", "no.such.parameter"], "E-PARAM-UNKNOWN"),
    (["parameter", "cn.electricity.average", "--known-on", "soon"], "E-DATE"),
    (["parameter", "cn.electricity.average", "--data-year", "soon"], "E-CALL"),
    (["demo", "--port", "99999", "--no-serve"], "E-CALL"),
    (["serve", "--dir", "no-such-folder"], "E-WORKSPACE"),
]


@pytest.mark.parametrize(
    ("arguments", "code"),
    BAD_CALLS,
    ids=[" ".join(each).replace(str(KETTLE), "kettle")[:60] or "nothing" for each, _ in BAD_CALLS],
)
def test_a_bad_call_is_told_in_one_message(arguments: list[str], code: str, tmp_path: Path) -> None:
    with environment(FOOTPROOF_HOME=str(tmp_path / "home")):
        ran, chinese = run(*arguments), run(*arguments, lang="zh")
        as_json = run(*arguments, "--json") if "--json" not in arguments else ran
    assert ran.code == chinese.code == 2
    assert f"  code   {code}\n" in ran.err
    assert f"  代码  {code}\n" in chinese.err
    assert is_clean(ran.err)
    assert ran.out == ""
    assert len(ran.err) < 1500
    if arguments and arguments[-1] != "--rulebook":
        assert as_json.error["code"] in (code, "E-CALL")
    assert list(tmp_path.iterdir()) == []


def test_help_exits_with_zero_in_both_languages() -> None:
    for lang in ("zh", "en"):
        done = subprocess.run(
            [sys.executable, "-m", "footproof", "quantify", "--help"],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "FOOTPROOF_LANG": lang, "PYTHONIOENCODING": "utf-8"},
        )
        assert done.returncode == 0
        assert done.stderr == ""
        assert ("按规则" in done.stdout) is (lang == "zh")


# ---- seal


def test_seal_and_recompute_agree(tmp_path: Path) -> None:
    target = tmp_path / "kettle.footproof"
    sealed = run("seal", KETTLE, "--rulebook", GENERIC, "-o", target, "--json")
    assert sealed.code == 0
    assert [path.name for path in tmp_path.iterdir()] == ["kettle.footproof"]
    assert DIGEST.fullmatch(sealed.record["package_digest"])
    again = run("recompute", target, "--json")
    assert again.code == 0
    assert {"ok", "value", "unit", "package_digest", "differs"} <= set(again.record)
    assert again.record["ok"] is True
    assert again.record["differs"] == []
    for key in ("value", "unit", "package_digest"):
        assert again.record[key] == sealed.record[key]
    quantified = run("quantify", KETTLE, "--rulebook", GENERIC, "--json").record
    assert quantified["value"] == again.record["value"]
    assert quantified["sheet_digest"] == sealed.record["sheet_digest"]


def test_seal_wants_a_day_of_knowledge(tmp_path: Path) -> None:
    study = copied(KETTLE, tmp_path / "kettle")
    text = (study / "study.toml").read_text("utf-8")
    (study / "study.toml").write_text(text.replace("known_on = 2026-06-30\n", ""), "utf-8")
    target = tmp_path / "kettle.footproof"
    ran = run("seal", study, "--rulebook", GENERIC, "-o", target)
    assert ran.code == 2
    assert "E-STUDY-KNOWN-ON" in ran.err
    assert not target.exists()
    assert run("seal", study, "--rulebook", GENERIC, "-o", target, "--known-on", "2026-06-30").code == 0


@pytest.mark.parametrize("place", ["/proc/nowhere/k.footproof", "/dev/full/k.footproof"])
def test_seal_to_where_nothing_can_be_written(place: str) -> None:
    if not Path(place).parts[1:2] or not Path("/" + Path(place).parts[1]).exists():
        pytest.skip("this system has no such place")
    ran = run("seal", KETTLE, "--rulebook", GENERIC, "-o", place, "--json")
    assert ran.code in (1, 2)
    assert ran.error["code"] == "E-FILE-WRITE"
    assert place in ran.error["message"]


def test_seal_onto_a_folder_leaves_it_alone(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    ran = run("seal", KETTLE, "--rulebook", GENERIC, "-o", tmp_path / "folder")
    assert ran.code == 2
    assert list((tmp_path / "folder").iterdir()) == []


def test_a_disk_that_is_full_leaves_no_draft_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    ran = run("seal", KETTLE, "--rulebook", GENERIC, "-o", tmp_path / "kettle.footproof")
    assert ran.code in (1, 2)
    assert "E-FILE-WRITE" in ran.err
    assert list(tmp_path.iterdir()) == []


# ---- demo, log, check


def test_demo_prints_its_keys_and_its_files_exist(demo: tuple[Path, Mapping[str, Any]]) -> None:
    folder, record = demo
    needed = {"value", "unit", "package", "package_digest", "certificate", "log", "log_root", "page"}
    assert needed <= set(record)
    for key in ("package", "certificate", "log", "page"):
        assert Path(record[key]).exists()
        assert Path(record[key]).is_relative_to(folder)
    assert _no_floats(record)
    assert EXACT.fullmatch(record["value"])


def test_a_second_demo_gives_the_same_certificate(demo: tuple[Path, Mapping[str, Any]]) -> None:
    folder, record = demo
    again = run("demo", "--dir", folder, "--no-serve", "--json")
    assert again.code == 0
    assert again.record == record


def test_the_log_of_the_demo_is_sound(demo: tuple[Path, Mapping[str, Any]]) -> None:
    _, record = demo
    for place in (record["log"], str(Path(record["log"]).parent), str(Path(record["log"]).parent / "public")):
        ran = run("log", "fsck", place, "--json")
        assert ran.code == 0
        assert {"ok", "size", "root"} <= set(ran.record)
        assert ran.record["ok"] is True
        assert ran.record["root"] == record["log_root"]


def test_a_log_that_was_touched_is_not_sound(tmp_path: Path, demo: tuple[Path, Mapping[str, Any]]) -> None:
    log = copied(Path(demo[1]["log"]), tmp_path / "log")
    bundles = [path for path in (log / "tile" / "entries").rglob("*") if path.is_file()]
    bundle = max(bundles, key=lambda path: path.stat().st_size)  # smaller ones are of trees that have grown since
    bundle.write_bytes(bundle.read_bytes().replace(b"decision.granted", b"decision.refused"))
    ran = run("log", "fsck", log, "--json")
    assert ran.code == 1
    assert ran.record["ok"] is False
    assert ran.record["problems"]
    for lang in ("zh", "en"):
        assert is_clean(run("log", "fsck", log, lang=lang).out)


def test_check_says_yes_to_the_demo_and_its_keys_are_there(demo: tuple[Path, Mapping[str, Any]]) -> None:
    ran = run("check", demo[1]["certificate"], "--json", "--offline")
    assert ran.code == 0, ran.out
    assert ran.record["ok"] is True
    assert ran.record["checks"]
    for one in ran.record["checks"]:
        assert {"name", "ok", "code", "reason"} <= set(one)


def test_check_says_no_to_a_package_of_another_product(tmp_path: Path, demo: tuple[Path, Mapping[str, Any]]) -> None:
    folder, record = demo
    public = copied(folder / "public", tmp_path / "public")
    certificate = public / Path(record["certificate"]).relative_to(folder / "public")
    assert run("seal", KETTLE, "--rulebook", GENERIC, "-o", certificate.parent / "package.footproof").code == 0
    ran = run("check", certificate, "--json")
    assert ran.code == 1
    assert ran.record["ok"] is False
    assert [one["code"] for one in ran.record["checks"] if not one["ok"]]


@pytest.mark.skipif(os.name == "nt", reason="POSIX permissions")
def test_keys_are_readable_by_their_owner_only(demo: tuple[Path, Mapping[str, Any]]) -> None:
    folder, _ = demo
    assert stat.S_IMODE((folder / "keys").stat().st_mode) == 0o700
    keys = [path for path in (folder / "keys").iterdir() if path.is_file()]
    assert keys
    assert {stat.S_IMODE(path.stat().st_mode) for path in keys} == {0o600}


def test_no_secret_is_published_or_printed(demo: tuple[Path, Mapping[str, Any]]) -> None:
    folder, record = demo
    secrets = [
        "".join(path.read_text("ascii").splitlines()[1:-1])
        for path in (folder / "keys").iterdir()
        if path.suffix == ".pem"
    ]
    seed = (folder / "keys" / "status.seed").read_bytes()
    secrets += [seed.decode("latin-1"), seed.hex()]
    texts = [json.dumps(record), *(run("demo", "--dir", folder, "--no-serve", lang=lang).out for lang in ("zh", "en"))]
    public = [path for path in folder.rglob("*") if path.is_file() and path.parent.name != "keys"]
    texts += [path.read_bytes().decode("latin-1") for path in public]
    for text in texts:
        assert not SECRET.search(text)
        assert not any(secret in text for secret in secrets)


def test_a_folder_with_other_files_is_not_taken(tmp_path: Path) -> None:
    (tmp_path / "thesis.doc").write_bytes(b"years of work")
    ran = run("demo", "--dir", tmp_path, "--no-serve", "--json")
    assert ran.code == 2
    assert ran.error["code"] == "E-WORKSPACE-EXISTS"
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.doc"]


def test_a_file_is_no_workspace(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"")
    for command in (["demo", "--no-serve"], ["serve"]):
        ran = run(*command, "--dir", file)
        assert ran.code in (1, 2)
        assert is_clean(ran.err)
        assert ran.err.startswith("error: ")


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe", b"format = 1", b'format = "footproof-workspace/1"\n', b"x = ", b'format = "x/9"\n']
)
def test_a_damaged_workspace_is_told_and_not_mended_by_force(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "workspace.toml").write_bytes(content)
    for command in (["demo", "--no-serve"], ["serve"]):
        ran = run(*command, "--dir", tmp_path)
        assert ran.code == 2
        assert "E-WORKSPACE" in ran.err
        assert is_clean(ran.err)
    assert (tmp_path / "workspace.toml").read_bytes() == content


@pytest.mark.parametrize("name", ["keys/body.pem", "keys/log.pem", "log/checkpoint"])
@pytest.mark.parametrize("content", [None, b"", b"nonsense"])
def test_a_workspace_that_lost_a_file_is_told(
    tmp_path: Path, demo: tuple[Path, Mapping[str, Any]], name: str, content: bytes | None
) -> None:
    folder = copied(demo[0], tmp_path / "workspace")
    (folder / name).unlink()
    if content is not None:
        (folder / name).write_bytes(content)
    ran = run("demo", "--dir", folder, "--no-serve", "--json")
    assert ran.code in (1, 2)
    assert ran.error["code"].startswith("E-")
    assert is_clean(ran.err)


def test_lost_objects_are_told(tmp_path: Path, demo: tuple[Path, Mapping[str, Any]]) -> None:
    folder = copied(demo[0], tmp_path / "workspace")
    for path in (folder / "objects").rglob("*"):
        if path.is_file():
            path.write_bytes(b"changed")
    ran = run("demo", "--dir", folder, "--no-serve", "--json")
    assert ran.code in (1, 2)
    assert ran.error["code"] == "E-OBJECT"


def test_the_workspace_is_the_folder_of_the_environment(tmp_path: Path) -> None:
    with environment(FOOTPROOF_HOME=str(tmp_path / "home")):
        ran = run("demo", "--no-serve", "--json")
    assert ran.code == 0
    assert Path(ran.record["page"]).is_relative_to(tmp_path / "home")
    with environment(FOOTPROOF_HOME="", XDG_DATA_HOME=str(tmp_path / "data")):
        ran = run("demo", "--no-serve", "--json")
    assert Path(ran.record["page"]).is_relative_to(tmp_path / "data" / "footproof")


def test_json_stays_one_object_whatever_the_language(demo: tuple[Path, Mapping[str, Any]]) -> None:
    for lang in ("zh", "en"):
        ran = run("demo", "--dir", demo[0], "--no-serve", "--json", lang=lang)
        assert isinstance(ran.record, dict)
        assert ran.record["value"] == demo[1]["value"]


@pytest.mark.parametrize("arguments", [[], ["log"]])
def test_a_group_alone_shows_its_help(arguments: list[str]) -> None:
    ran = run(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert "Usage: footproof" in ran.err
