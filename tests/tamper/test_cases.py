"""The corpus: one record of `cases/` per failure, each with what was done and which check must say what.

A case passes when the checks that fail are exactly those named, under those codes: nothing is missed, and no check
fails for a reason that has nothing to do with it. Each refusal must have its words in both languages.
"""

import re
import tomllib
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest

from footproof.model.bilingual import Bilingual
from footproof.model.recognition import Accreditation, Change
from footproof.server.demo_world import change_record, recognition
from footproof.server.publish import publish
from footproof.server.status import change_status
from footproof.server.workspace import open_workspace
from footproof.texts import LANGUAGES, describe
from tamper.checking import Answer, check_tree
from tamper.edits import Scene, apply
from tamper.world import AT, NOW, Tree, World, tree_of

Case = Mapping[str, Any]
FOLDER = Path(__file__).parent / "cases"
UNFILLED = re.compile(r"\{[a-z_]+(:[^}]*)?\}")
REASON = Bilingual("示例", "demonstration")


def _cases() -> list[Any]:
    found = []
    for file in sorted(FOLDER.glob("*.toml")):
        cases = tomllib.loads(file.read_text("utf-8"))["case"]
        found += [pytest.param(case, id=f"{file.stem}: {case['name']}") for case in cases]
    return found


CASES = _cases()


@pytest.fixture(scope="session")
def later(world: World, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Tree]:
    """What body A publishes an hour later, after one thing has changed."""
    found = {}
    for name in ("suspended", "withdrawn", "accreditation-suspended"):
        workspace = open_workspace(
            copytree(world.a.workspace.folder, tmp_path_factory.mktemp("later") / name.replace("-", ""))
        )
        at = AT + timedelta(hours=1)
        if name in ("suspended", "withdrawn"):
            change_status(
                workspace, "DEMO-2026-000001", "suspended" if name == "suspended" else "withdrawn", REASON, at
            )
        elif name == "accreditation-suspended":
            record = next(one for one in recognition(workspace).records if isinstance(one, Accreditation))
            change_record(workspace, record, Change("suspended", at.date(), at.date()), at)
        publish(workspace, at)
        found[name] = tree_of(workspace)
    return found


def outcome(world: World, later: Mapping[str, Tree], case: Case) -> Answer:
    """Return what a check says of the tree of a case."""
    tree = {"a": world.a.tree, "b": world.b.tree, **later}[case.get("tree", "a")].copy()
    tree.files["trust.json"] = world.anchors
    scene = Scene(world, later, tree)
    for step in case["steps"]:
        apply(scene, step)
    at = datetime.fromisoformat(case["at"]) if "at" in case else NOW
    document = tree.files["c/DEMO-2026-000001/certificate.json"] if case.get("embedded", False) else None
    return check_tree(tree, tree.files["trust.json"], at, document=document)


@pytest.mark.parametrize("case", CASES)
def test_every_case_is_found_by_the_check_that_is_meant_to(world: World, later: Mapping[str, Tree], case: Case) -> None:
    answer = outcome(world, later, case)
    assert answer.failed == case["fails"]
    for one in answer.outcomes:
        if one.problem is not None:
            for lang in LANGUAGES:
                message, remedy = describe(one.problem, lang)
                assert message
                assert remedy
                assert not UNFILLED.search(message + remedy)


def test_names_and_deeds_of_the_corpus_are_its_own() -> None:
    names = [case.id for case in CASES]
    assert len(set(names)) == len(names)
    deeds = [repr((case.values[0].get("tree"), case.values[0].get("at"), case.values[0]["steps"])) for case in CASES]
    assert sorted(deeds) == sorted(set(deeds))
    assert all(case.values[0]["fails"] for case in CASES)
