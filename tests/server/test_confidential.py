"""A confidential package is certified whole and published as far as its maker lets; nothing withheld gets out."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from footproof.check import Outcome, check_certificate, read_anchors
from footproof.cli.chain import assess_folder, seal_assessment
from footproof.package import open_package
from footproof.server.certify import issue
from footproof.server.gather import gather
from footproof.server.publish import publish
from footproof.server.sources import TreeFolder
from footproof.server.workspace import Workspace, create_workspace

STUDY = Path(__file__).parents[2] / "examples" / "portland-cement"
NOW = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)
RULE = "cn.gbt.24067"


@pytest.fixture(name="sealed", scope="module")
def _sealed() -> bytes:
    assessment, files = assess_folder(STUDY, RULE, None, dated=True)
    return seal_assessment(assessment, files, RULE, b"a secret of at least 32 bytes ..")


def _published(tmp_path: Path, sealed: bytes, *shown: str) -> tuple[Workspace, dict[str, Outcome]]:
    workspace = create_workspace(tmp_path / "ws", "http://127.0.0.1:8642/", "footproof.test/log")
    one = issue(workspace, sealed, NOW, shown or ("nothing",))
    publish(workspace, NOW)
    tree = TreeFolder(workspace.public)
    anchors = read_anchors((workspace.public / "trust.json").read_bytes())
    token = (workspace.public / "c" / one.certificate.number / "certificate.jwt").read_bytes()
    _, outcomes = check_certificate(gather(token, tree), anchors, NOW.date(), NOW)
    return workspace, {outcome.name: outcome for outcome in outcomes}


def test_nothing_withheld_is_published(tmp_path: Path, sealed: bytes) -> None:
    workspace, outcomes = _published(tmp_path, sealed)
    package = open_package(sealed)
    terms = [term["id"].encode() for term in package.record("sheet.json")["terms"]]
    public = b"".join(path.read_bytes() for path in workspace.public.rglob("*") if path.is_file())
    assert package.parts["sheet.json"] not in public
    assert package.parts["result.json"] not in public
    long_names = [name for name in terms if len(name) > 12]
    assert long_names
    assert not [name for name in long_names if b'"id":"%b"' % name in public]
    problem = outcomes.pop("recomputation").problem
    assert problem is not None
    assert problem.code == "E-CHECK-SEALED"
    assert all(outcome.ok for outcome in outcomes.values()), outcomes


def test_subtotals_that_the_maker_shows_are_recomputed(tmp_path: Path, sealed: bytes) -> None:
    workspace, outcomes = _published(tmp_path, sealed, "stage-totals")
    assert all(outcome.ok for outcome in outcomes.values()), outcomes
    assert int(outcomes["recomputation"].facts["withheld"]) > 100
    assert open_package(next(workspace.public.rglob("*.footproof")).read_bytes()).digest == open_package(sealed).digest


def test_a_certificate_shows_stages_only_where_the_maker_does(tmp_path: Path, sealed: bytes) -> None:
    hidden = create_workspace(tmp_path / "hidden", "http://127.0.0.1:8642/", "footproof.test/log")
    shown = create_workspace(tmp_path / "shown", "http://127.0.0.1:8642/", "footproof.test/log")
    assert issue(hidden, sealed, NOW).certificate.stages == ()
    assert issue(shown, sealed, NOW, ("stage-totals",)).certificate.stages
