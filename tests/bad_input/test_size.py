"""Tables that are too large are refused before they are read, and large ones that are allowed are read in time."""

import time
from pathlib import Path

import pytest

from cli.running import GENERIC, KETTLE, copied, run

HEAVY = 50_000_000


@pytest.mark.parametrize("name", ["study.toml", "exchanges.csv", "evidence.csv", "recycling.csv"])
def test_a_table_of_fifty_megabytes_is_refused_at_once(name: str, tmp_path: Path) -> None:
    study = copied(KETTLE, tmp_path / "kettle")
    with (study / name).open("r+b") as file:
        file.truncate(HEAVY)
    began = time.monotonic()
    for lang in ("zh", "en"):
        ran = run("seal", study, "--rulebook", GENERIC, "-o", tmp_path / "out.footproof", lang=lang)
        assert ran.code == 1
        assert "E-TABLE-SIZE" in ran.err
        assert name in ran.err
    assert time.monotonic() - began < 2
    assert not (tmp_path / "out.footproof").exists()


def test_a_table_with_a_row_too_many_is_refused(tmp_path: Path) -> None:
    study = copied(KETTLE, tmp_path / "kettle")
    head = (study / "evidence.csv").read_text("utf-8")
    with (study / "evidence.csv").open("w", encoding="utf-8") as file:
        file.write(head)
        file.writelines(f"d{i},weighing.txt,{head.split(',')[7]},a,b,\n" for i in range(100_000))
    ran = run("quantify", study, "--rulebook", GENERIC)
    assert ran.code == 1
    assert "E-TABLE-SIZE" in ran.err
    assert "evidence.csv" in ran.err


def test_ten_megabytes_of_empty_lines_are_read_in_time(tmp_path: Path) -> None:
    study = copied(KETTLE, tmp_path / "kettle")
    with (study / "exchanges.csv").open("a", encoding="utf-8") as file:
        file.write("\n" * 9_900_000)
    began = time.monotonic()
    assert run("quantify", study, "--rulebook", GENERIC).code in (0, 1)
    assert time.monotonic() - began < 60


def test_a_wide_header_is_refused_in_time(tmp_path: Path) -> None:
    study = copied(KETTLE, tmp_path / "kettle")
    (study / "exchanges.csv").write_text("process" + ",process" * 1_000_000, "utf-8")
    began = time.monotonic()
    ran = run("quantify", study, "--rulebook", GENERIC)
    assert "E-TABLE-COLUMN" in ran.err
    assert time.monotonic() - began < 10


@pytest.mark.parametrize(
    "text", ["a.b." * 2000 + "c = 1", "x = " + "[" * 900 + "]" * 900, 'x = """' + '\\"' * 4_000_000]
)
def test_a_strange_study_toml_is_refused_in_time(text: str, tmp_path: Path) -> None:
    study = copied(KETTLE, tmp_path / "kettle")
    with (study / "study.toml").open("a", encoding="utf-8") as file:
        file.write("\n" + text + "\n")
    began = time.monotonic()
    ran = run("quantify", study, "--rulebook", GENERIC)
    assert ran.code == 1
    assert "study.toml" in ran.err
    assert time.monotonic() - began < 30
