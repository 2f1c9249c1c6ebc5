"""The how-to as a reader follows it, and the commands that show and check schemes."""

import re
from pathlib import Path

import pytest

from cli.running import run
from footproof.certify.conditions import unmet
from footproof.certify.scheme import activities_for, lint, schemes_in, shipped_schemes
from footproof.model.scheme import CaseKind

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/how-to/a-scheme.md").read_text("utf-8")
REFERENCE = (ROOT / "docs/reference/schemes.md").read_text("utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The scheme of the how-to, as it stands on the page."""
    (block,) = re.findall(r"^```toml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    edition = tmp_path / "demo.bicycle/2026"
    edition.mkdir(parents=True)
    (edition / "scheme.toml").write_text(block, "utf-8")
    return edition


def _mend(edition: Path) -> None:
    file = edition / "scheme.toml"
    text = file.read_text("utf-8").replace(
        'needs    = ["review"]', 'needs    = ["review"]\nseparate_from = ["assessor"]'
    )
    file.write_text(text, "utf-8")


def test_the_how_to_leads_from_a_finding_to_a_scheme_that_runs(folder: Path) -> None:
    first = run("scheme", "lint", folder, "--json")
    assert first.code == 1
    assert [one["code"] for one in first.record["findings"]] == ["E-SCHEME-SEPARATION"]
    _mend(folder)
    again = run("scheme", "lint", folder, "--json")
    assert (again.code, again.record["ok"]) == (0, True)
    (scheme,) = schemes_in(folder.parents[1]).values()
    assert lint(scheme) == ()
    assert [one.id for one in activities_for(scheme, CaseKind.INITIAL)] == [
        "visit",
        "review",
        "decision",
        "certificate",
    ]
    asked = (*scheme.body_requirements, *scheme.client_requirements)
    assert unmet(asked, {"legal_person": True}, scheme.figures) == ()


def test_what_cannot_be_read_is_a_finding_too(folder: Path) -> None:
    file = folder / "scheme.toml"
    file.write_text(file.read_text("utf-8").replace("transfer", "transfers"), "utf-8")
    ran = run("scheme", "lint", folder, "--json")
    assert ran.code == 1
    assert [one["code"] for one in ran.record["findings"]] == ["E-KEY-UNKNOWN"]
    assert "line" in ran.record["findings"][0]["where"]


def test_the_commands_show_what_ships() -> None:
    listed = run("scheme", "list", "--json").record["schemes"]
    assert [one["scheme"] for one in listed] == list(shipped_schemes())
    shown = run("scheme", "show", listed[0]["scheme"], "--kind", "surveillance", "--json").record
    assert shown["activities"][-1]["id"] == "decision"
    assert all(isinstance(figure["value"], str) and figure["source"] for figure in shown["figures"].values())
    assert run("scheme", "show", "cn.nowhere@1", "--json").code == 2


def test_the_reference_lists_every_scheme_that_ships() -> None:
    assert set(re.findall(r"^\| `([^`]+@[^`]+)`", REFERENCE, re.MULTILINE)) == set(shipped_schemes())
