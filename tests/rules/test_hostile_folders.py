"""Folders of editions that are damaged, endless or lead elsewhere: every command refuses them with a code."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from footproof.errors import FootproofError
from footproof.rules.reading import LOCK
from footproof.rules.rulebook import LARGEST_EDITION, edition_files, load_rulebook, shipped_editions
from rules.small import FRAME, KETTLE
from rules.test_authoring import write
from rules.test_rulebook_command import told

GENERIC = "cn.gbt.24067@2024"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a sound edition that has no lock."""
    files = {name: data.decode() for name, data in edition_files(GENERIC).items() if name != LOCK}
    return write(tmp_path / "demo" / "2024", files)


def linked_cases(folder: Path) -> None:
    (folder / "cases" / "elsewhere").symlink_to("/etc")


def linked_rule(folder: Path) -> None:
    (folder / "rule.toml").rename(folder.parent / "rule.toml")
    (folder / "rule.toml").symlink_to(folder.parent / "rule.toml")


def linked_lock(folder: Path) -> None:
    (folder / LOCK).symlink_to(folder.parent / "target")


def folder_as_lock(folder: Path) -> None:
    (folder / LOCK).mkdir()


def damaged_lock(folder: Path) -> None:
    (folder / LOCK).write_text("sealed")


def oversized(folder: Path) -> None:
    with (folder / "cases" / "vast.toml").open("wb") as file:  # Sparse: a terabyte that takes no room.
        file.truncate(10**12)


def many(folder: Path) -> None:
    for at in range(3):
        (folder / "cases" / f"large{at}.toml").write_bytes(b"#" * (LARGEST_EDITION // 2))


def deep(folder: Path) -> None:
    below = folder / "cases" / "a" / "b" / "c"
    below.mkdir(parents=True)
    (below / "unseen.toml").write_text("x = 1")


def without_text(folder: Path) -> None:
    (folder / "clauses.toml").write_bytes(b"\xff\xfe")


def cases_as_file(folder: Path) -> None:
    shutil.rmtree(folder / "cases")
    (folder / "cases").write_text("")


HARM: dict[Callable[[Path], None], str] = {
    linked_cases: "E-RULE-LINK",
    linked_rule: "E-RULE-LINK",
    linked_lock: "E-RULE-LINK",
    folder_as_lock: "E-RULE-LINK",
    damaged_lock: "E-TOML-SYNTAX",
    oversized: "E-RULE-SIZE",
    many: "E-RULE-SIZE",
    deep: "E-RULE-DEPTH",
    cases_as_file: "E-RULE-CASES",
}


@pytest.mark.parametrize("harm", HARM, ids=[harm.__name__ for harm in HARM])
def test_a_hostile_folder_is_refused_by_every_command(harm: Callable[[Path], None], folder: Path) -> None:
    harm(folder)
    for call in (("diff", GENERIC, str(folder)), ("test", str(folder)), ("seal", str(folder)), ("lint", str(folder))):
        if (harm, call[0]) == (damaged_lock, "lint"):
            continue  # There the damage is a finding among others.
        code, record = told(*call)
        assert (code, record["error"]["code"]) == (1, HARM[harm]), call[0]
    assert not (folder.parent / "target").exists()


def test_what_is_no_toml_is_not_sealed(folder: Path) -> None:
    without_text(folder)
    assert told("seal", str(folder))[1]["error"]["code"] == "E-RULE-LINT"
    assert told("diff", GENERIC, str(folder))[1]["error"]["code"] == "E-TOML-SYNTAX"
    assert not (folder / LOCK).exists()


@pytest.mark.parametrize("parent", ["../../demo@2024", "..@2024", "/etc@passwd", "demo@..", "demo@../2024", "@", ""])
def test_a_parent_outside_the_folder_is_unknown(parent: str, tmp_path: Path) -> None:
    write(tmp_path / "demo.frame" / "1", dict(FRAME))
    text = KETTLE["rule.toml"]
    line = next(line for line in text.splitlines() if line.startswith("parent"))
    rule = {**KETTLE, "rule.toml": text.replace(line, f'parent = "{parent}"')}
    with pytest.raises(FootproofError) as caught:
        load_rulebook(str(write(tmp_path / "demo.kettle" / "1", rule)))
    assert caught.value.code in ("E-RULE-UNKNOWN", "E-KEY-TYPE", "E-KEY-EMPTY", "E-KEY-MISSING")


def test_an_edition_that_inherits_from_itself_is_refused(tmp_path: Path) -> None:
    text = KETTLE["rule.toml"]
    line = next(line for line in text.splitlines() if line.startswith("parent"))
    for name, parent in (("demo.kettle", "demo.pot"), ("demo.pot", "demo.kettle")):
        rule = text.replace(line, f'parent = "{parent}@1"').replace('"demo.kettle"', f'"{name}"')
        write(tmp_path / name / "1", {**KETTLE, "rule.toml": rule})
    code, record = told("diff", GENERIC, str(tmp_path / "demo.pot" / "1"))
    assert (code, record["error"]["code"]) == (1, "E-RULE-CYCLE")


@pytest.mark.parametrize("how", ["missing", "empty"])
def test_an_edition_without_cases_is_not_said_to_hold(how: str, folder: Path) -> None:
    shutil.rmtree(folder / "cases")
    if how == "empty":
        (folder / "cases").mkdir()
    code, record = told("test", str(folder))
    assert (code, record["error"]["code"]) == (1, "E-RULE-CASES")


def test_a_file_of_cases_that_holds_none_is_refused(folder: Path) -> None:
    (folder / "cases" / "1.toml").write_text('clause = "1"\n')
    assert told("test", str(folder))[1]["error"]["code"] == "E-KEY-MISSING"
    (folder / "cases" / "1.toml").write_text('clause = "1"\ncase = []\n')
    assert told("test", str(folder))[1]["error"]["code"] == "E-KEY-TYPE"


def test_every_edition_that_ships_is_sealed_and_is_what_was_sealed() -> None:
    for name, editions in shipped_editions().items():
        for edition in editions:
            files = edition_files(f"{name}@{edition}")
            assert LOCK in files, f"{name}@{edition}: run 'footproof rulebook seal'"
            rule = load_rulebook(f"{name}@{edition}")  # Refuses what its lock does not say.
            assert f'digest  = "{rule.digest}"' in files[LOCK].decode()
