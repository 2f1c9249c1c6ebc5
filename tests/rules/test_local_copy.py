"""An edition in a folder that bears the id of one that ships and is another: outputs say so, in both languages."""

import shutil
from importlib import resources
from pathlib import Path

import pytest

from cli.running import KETTLE, run
from footproof.rules.rulebook import load_rulebook

ID, EDITION = "cn.gbt.24067", "2024"
SAID = {"zh": "本地副本，与随附版本不同", "en": "local copy, differs from the shipped edition"}


def copied(folder: Path, before: str, after: str) -> Path:
    """Return a copy of the shipped edition, with one text of its rule.toml replaced, unsealed."""
    source = resources.files("footproof") / "rulebooks" / ID / EDITION
    with resources.as_file(source) as path:
        target = shutil.copytree(path, folder / ID / EDITION)
    (target / "EDITION.lock").unlink()
    text = (target / "rule.toml").read_text("utf-8")
    assert text.count(before) >= 1
    (target / "rule.toml").write_text(text.replace(before, after, 1), encoding="utf-8")
    return target


@pytest.fixture(scope="module")
def altered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copied(tmp_path_factory.mktemp("altered"), "digits", "# Ours.\ndigits")


def test_the_same_edition_in_a_folder_is_no_other(tmp_path: Path) -> None:
    folder = copied(tmp_path, "digits", "digits")
    rule = load_rulebook(str(folder))
    assert (rule.digest, rule.shipped_digest) == (load_rulebook(ID).digest, "")


def test_another_edition_under_the_id_is_one_too(tmp_path: Path) -> None:
    rule = load_rulebook(str(copied(tmp_path, f'edition = "{EDITION}"', 'edition = "2099"')))
    assert rule.shipped_digest == load_rulebook(ID).digest


CALLS = [
    ("quantify", KETTLE, "--rulebook", "{rule}"),
    ("clauses", KETTLE, "--rulebook", "{rule}"),
    ("compare", KETTLE, "--rulebook", "{rule}", "--rulebook", ID),
    ("sensitivity", KETTLE, "--rulebook", "{rule}", "--samples", "1000"),
    ("rulebook", "explain", "{rule}"),
    ("report", KETTLE, "--rulebook", "{rule}", "--lang", "zh", "--format", "html", "-o", "{out}"),
    ("seal", KETTLE, "--rulebook", "{rule}", "--known-on", "2026-06-30", "-o", "{out}"),
]


@pytest.mark.parametrize("lang", SAID)
@pytest.mark.parametrize("call", CALLS, ids=lambda call: str(call[0]))
def test_every_output_says_so(call: tuple[object, ...], lang: str, altered: Path, tmp_path: Path) -> None:
    out = tmp_path / ("made.html" if call[0] == "report" else "made.footproof")
    words = [str(part).format(rule=altered, out=out) for part in call]
    ran = run(*words, lang=lang)
    assert SAID[lang] in ran.out, ran.err
    if call[0] == "report":
        assert out.read_text("utf-8").count(SAID["zh"]) >= 3  # cover, method, findings
    plain = [ID if part == str(altered) else part for part in words]
    if call[0] != "compare":
        out.unlink(missing_ok=True)
        assert SAID[lang] not in run(*plain, lang=lang).out
