"""Errors that were written without a look at the checks, and edits that are none: what is told of each, and where.

`unseen.toml` holds them in the form of `planted.toml`. `at` names every place that a verifier would call right; `told`
is the strongest that verification says at one of them, empty where it says nothing there; `beside` lists the errors it
says elsewhere. A third of the cases (`held_out`) were not looked at while the checks were written: the rate of those is
what others may expect (docs/reference/verification.md).
"""

import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from footproof.errors import Where
from footproof.formats.study import StudyFiles
from footproof.verify.finding import ERROR, SEVERITIES, Finding
from verify.planting import before, files_of, label, verified

CORPUS = tomllib.loads((Path(__file__).resolve().parent / "unseen.toml").read_text("utf-8"))
CASES: Mapping[str, Mapping[str, Any]] = {case["name"]: case for case in CORPUS["case"]}
HARMLESS: Mapping[str, Mapping[str, Any]] = {case["name"]: case for case in CORPUS["harmless"]}
EXAMPLES = {"portland-cement", "nmc811-pack", "demo-cathode", "demo-cell"}


def new_findings(case: Mapping[str, Any]) -> tuple[list[Finding], StudyFiles]:
    """Return what verifying an edited study finds beyond what is found in its base."""
    files = files_of(case)
    renamed = case.get("renamed", {})
    old = Counter({(code, renamed.get(at, at)): n for (code, at), n in before(case["base"], case["rulebook"]).items()})
    found = []
    for item in verified(files, case["rulebook"]).findings:
        key = (item.code, label(item.rows[0], files) if item.rows else "")
        old[key] -= 1
        if old[key] < 0:
            found.append(item)
    return found, files


def places(item: Finding, files: StudyFiles) -> set[str]:
    """Return the names of all rows of a finding; a line of study.toml is named by its table as well."""
    return {name for at in item.rows for name in _names(at, files)}


def _names(at: Where, files: StudyFiles) -> Iterator[str]:
    yield label(at, files)
    if at.file == "study.toml" and at.line is not None:
        lines = files.tables["study.toml"].decode("utf-8").splitlines()[: at.line]
        heads = [line.strip("[] ") for line in lines if line.startswith("[")]
        yield f"study.toml/{heads[-1]}"


def strongest(case: Mapping[str, Any], found: list[Finding], files: StudyFiles) -> str:
    here = {item.severity for item in found if places(item, files) & set(case["at"])}
    return next((severity for severity in SEVERITIES if severity in here), "")


def test_the_corpus_is_wide_enough() -> None:
    assert len(CASES) >= 200
    assert len(HARMLESS) >= 45
    assert len({case["kind"] for case in CASES.values()}) >= 12
    for cases in (CASES, HARMLESS):
        assert {case["base"] for case in cases.values()} == EXAMPLES
        assert 3 * sum(case["held_out"] for case in cases.values()) >= len(cases) * 0.9


@pytest.mark.parametrize("name", CASES)
def test_an_error_is_told_as_recorded(name: str) -> None:
    case = CASES[name]
    found, files = new_findings(case)
    assert strongest(case, found, files) == case["told"]
    elsewhere = [item for item in found if item.severity == ERROR and not places(item, files) & set(case["at"])]
    assert sorted([item.code, label(item.rows[0], files)] for item in elsewhere) == sorted(case.get("beside", []))


@pytest.mark.parametrize("name", HARMLESS)
def test_an_edit_that_is_no_error_is_told_nothing(name: str) -> None:
    case = HARMLESS[name]
    found, files = new_findings(case)
    told = [[item.code, label(item.rows[0], files)] for item in found if item.severity in SEVERITIES[:2]]
    assert told == case.get("asked", []), "only what the rule itself asks for"
