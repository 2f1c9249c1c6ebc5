"""A certificate in UNTP 0.7.0's form of status names one list; both are found and asked all the same."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from footproof.check import check_certificate, read_anchors
from footproof.cli.chain import assess_folder, seal_assessment
from footproof.credential.did_key import key_name
from footproof.credential.securing import sign_certificate
from footproof.model.bilingual import Bilingual
from footproof.server.certify import issue
from footproof.server.gather import gather
from footproof.server.publish import publish, publish_status
from footproof.server.sources import TreeFolder
from footproof.server.status import Change, change_status
from footproof.server.workspace import create_workspace

STUDY = Path(__file__).parents[2] / "examples" / "portland-cement"
NOW = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)


@pytest.mark.parametrize(("change", "code"), [("suspended", "E-CHECK-SUSPENDED"), ("withdrawn", "E-CHECK-WITHDRAWN")])
def test_both_lists_are_asked(tmp_path: Path, change: Change, code: str) -> None:
    workspace = create_workspace(tmp_path / "ws", "http://127.0.0.1:8642/", "footproof.test/log")
    assessment, files = assess_folder(STUDY, "cn.gbt.24067", None, dated=True)
    one = issue(workspace, seal_assessment(assessment, files, "cn.gbt.24067"), NOW).certificate
    publish(workspace, NOW)
    key = workspace.body_key()
    assert one.status is not None
    as_untp = replace(one, status=replace(one.status, profile="untp-0.7.0"))
    token = sign_certificate(as_untp, key, key_name(key.public_key()))
    tree = TreeFolder(workspace.public)
    anchors = read_anchors((workspace.public / "trust.json").read_bytes())

    def status() -> str | None:
        _, outcomes = check_certificate(gather(token, tree), anchors, NOW.date(), NOW)
        problem = next(outcome.problem for outcome in outcomes if outcome.name == "status")
        return problem.code if problem is not None else None

    assert status() is None
    change_status(workspace, one.number, change, Bilingual("试", "trial"), NOW)
    publish_status(workspace, NOW)
    assert status() == code


def test_a_list_from_the_future_is_no_knowledge(tmp_path: Path) -> None:
    workspace = create_workspace(tmp_path / "ws", "http://127.0.0.1:8642/", "footproof.test/log")
    assessment, files = assess_folder(STUDY, "cn.gbt.24067", None, dated=True)
    one = issue(workspace, seal_assessment(assessment, files, "cn.gbt.24067"), NOW).certificate
    publish(workspace, NOW)
    publish_status(workspace, NOW + timedelta(days=400))
    tree = TreeFolder(workspace.public)
    anchors = read_anchors((workspace.public / "trust.json").read_bytes())
    material = gather((workspace.public / "c" / one.number / "certificate.jwt").read_bytes(), tree)
    _, outcomes = check_certificate(material, anchors, NOW.date(), NOW, present=NOW)
    problem = next(outcome.problem for outcome in outcomes if outcome.name == "status")
    assert problem is not None
    assert problem.code == "E-STATUS-NOT-YET"
