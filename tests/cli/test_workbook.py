"""`footproof workbook`: a workbook goes out and comes back as a study, and a wrong one leaves nothing behind."""

import io
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from cli.running import BATTERY, GENERIC, KETTLE, SECTOR, Ran, is_clean, run
from footproof.cli.main import footproof
from footproof.cli.workbook import workbook
from footproof.formats.workbook_words import tab_name

footproof.add_command(workbook)
CEMENT = BATTERY.parent / "portland-cement"


def said(*arguments: object, lang: str = "en") -> Ran:
    return run("workbook", *arguments, lang=lang)


def spoil(path: Path, sheet: str, cell: str, value: object) -> None:
    book: Any = openpyxl.load_workbook(io.BytesIO(path.read_bytes()))
    book[tab_name(sheet)][cell].value = value
    book.save(path)


@pytest.mark.parametrize(("study", "rule"), [(BATTERY, SECTOR), (CEMENT, GENERIC), (KETTLE, GENERIC)])
def test_a_study_goes_out_and_comes_back(study: Path, rule: str, tmp_path: Path) -> None:
    book, folder = tmp_path / "x.xlsx", tmp_path / "back"
    assert said("export", study, "-o", book, "--json").record == {"workbook": str(book)}
    back = said("import", book, "-o", folder, "--evidence", study / "evidence", "--json")
    assert back.code == 0
    assert back.record["ok"] is True
    assert back.record["counts"]["error"] == 0
    before, after = (
        run("quantify", each, "--rulebook", rule, "--known-on", "2026-06-30", "--json").record
        for each in (study, folder)
    )
    assert after["sheet_digest"] == before["sheet_digest"]
    assert sorted(path.name for path in (folder / "evidence").glob("*")) == sorted(
        path.name for path in (study / "evidence").glob("*")
    )


def test_a_new_workbook_names_its_rule_and_asks_to_be_filled_in(tmp_path: Path) -> None:
    book, folder = tmp_path / "x.xlsx", tmp_path / "back"
    assert said("new", "--product", "电池", "--product-en", "battery", "--rulebook", SECTOR, "-o", book).code == 0
    ran = said("import", book, "-o", folder, "--json")
    assert ran.code == 1
    assert ran.record["rulebook"].startswith(SECTOR)
    assert ran.record["rulebook_digest"].startswith("sha256:")
    assert ran.record["ok"] is False
    assert ran.record["study"] is None
    assert all({"level", "sheet", "cell", "code", "message", "try"} == set(item) for item in ran.record["findings"])
    assert list(tmp_path.iterdir()) == [book]


def test_a_workbook_for_a_study_starts_from_its_data(tmp_path: Path) -> None:
    book = tmp_path / "x.xlsx"
    assert said("new", CEMENT, "--rulebook", SECTOR, "-o", book).code == 0
    ran = said("import", book, "-o", tmp_path / "back", "--evidence", CEMENT / "evidence", "--json")
    assert ran.code == 0
    assert {item["code"] for item in ran.record["findings"]} == {"E-WORKBOOK-UNFILLED"}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_wrong_cell_is_told_and_nothing_is_written(lang: str, tmp_path: Path) -> None:
    book, folder = tmp_path / "x.xlsx", tmp_path / "back"
    said("export", CEMENT, "-o", book)
    spoil(book, "processes", "F5", "viel")
    ran = said("import", book, "-o", folder, "--evidence", CEMENT / "evidence", lang=lang)
    assert ran.code == 1
    assert f"{tab_name('processes')}!F5" in ran.out
    assert "E-NUMBER" in ran.out
    assert "E-WORKBOOK-REFUSED" in ran.err
    assert is_clean(ran.out + ran.err)
    assert list(tmp_path.iterdir()) == [book]


def test_documents_beside_the_workbook_are_copied(tmp_path: Path) -> None:
    book, folder = tmp_path / "x.xlsx", tmp_path / "back"
    said("export", CEMENT, "-o", book)
    ran = said("import", book, "-o", folder, "--json")
    assert ran.code == 0
    assert {item["code"] for item in ran.record["findings"]} == {"E-WORKBOOK-DOCUMENT"}
    (tmp_path / "evidence").mkdir()
    for path in (CEMENT / "evidence").iterdir():
        (tmp_path / "evidence" / path.name).write_bytes(path.read_bytes())
    ran = said("import", book, "-o", tmp_path / "again", "--json")
    assert ran.record["findings"] == []
    assert run("quantify", tmp_path / "again", "--rulebook", GENERIC, "--known-on", "2026-06-30").code == 0


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    book, folder = tmp_path / "x.xlsx", tmp_path / "back"
    said("export", KETTLE, "-o", book)
    folder.mkdir()
    (folder / "mine.txt").write_text("mine")
    ran = said("import", book, "-o", folder)
    assert ran.code != 0
    assert "E-WORKBOOK-TARGET-FOLDER" in ran.err
    assert [path.name for path in folder.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("new", "--rulebook", GENERIC, "-o", "x.xlsx"),
        ("new", KETTLE, "--product", "x", "--rulebook", GENERIC, "-o", "x.xlsx"),
    ],
)
def test_a_product_or_a_study_not_both(arguments: tuple[object, ...], tmp_path: Path) -> None:
    ran = said(*arguments)
    assert ran.code == 2
    assert "E-CALL" in ran.err


def test_what_is_no_workbook_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    path.write_text("id,name\n")
    ran = said("import", path, "-o", tmp_path / "back")
    assert ran.code == 1
    assert "E-WORKBOOK-FILE" in ran.err


def test_help_speaks() -> None:
    for name in ("new", "import", "export"):
        assert "footproof workbook" in said(name, "--help").out
