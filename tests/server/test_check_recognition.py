"""A record that changes after the issue: the check names the broken edge, at the issue and since, in both languages."""

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from footproof.check import Outcome, check_certificate, read_anchors
from footproof.model.recognition import Change, CodeList, Statement
from footproof.server.demo_world import change_record, recognition
from footproof.server.gather import gather
from footproof.server.publish import publish
from footproof.server.sources import TreeFolder
from footproof.server.workspace import Workspace
from footproof.texts import describe
from server_worlds import AT, NUMBER, workspace_with_one

DAYS = 10
CASES = {
    ("accreditation", "suspended"): ("accreditation", "E-RECOG-SUSPENDED-STILL", "暂停", "suspended"),
    ("accreditation", "withdrawn"): ("accreditation", "E-RECOG-WITHDRAWN", "撤销", "withdr"),
    ("approval", "withdrawn"): ("approval", "E-RECOG-WITHDRAWN", "撤销", "withdr"),
    ("approval", "suspended"): ("approval", "E-RECOG-SUSPENDED-STILL", "暂停", "suspended"),
    ("filing", "deregistered"): ("rule", "E-RECOG-DEREGISTERED", "注销", "deregister"),
    ("arrangement", "withdrawn"): ("arrangement", "E-RECOG-WITHDRAWN", "撤销", "withdr"),
    ("key", "revoked"): ("key", "E-RECOG-KEY-REVOKED", "", ""),
}


def record(workspace: Workspace, kind: str) -> Statement:
    """Return the record of a kind."""
    return next(one for one in recognition(workspace).records if kind == one.KIND and not isinstance(one, CodeList))


def checked(workspace: Workspace, at: datetime) -> Outcome:
    """Publish at a moment and return what a check says of the recognition then."""
    publish(workspace, at)
    material = gather((workspace.public / "c" / NUMBER / "certificate.jwt").read_bytes(), TreeFolder(workspace.public))
    anchors = read_anchors((workspace.public / "trust.json").read_bytes())
    _, outcomes = check_certificate(material, anchors, at.date(), at)
    assert [one.name for one in outcomes if not one.ok and one.name != "recognition"] == []
    return next(one for one in outcomes if one.name == "recognition")


def changed(workspace: Workspace, kind: str, change: str, on: date, at: datetime) -> None:
    """Enter a change that takes effect on a day and becomes known on the day of a moment."""
    change_record(workspace, record(workspace, kind), Change(change, on, at.date()), at)


@pytest.mark.parametrize(("kind", "change"), sorted(CASES))
def test_what_ends_later_breaks_its_edge_since_then(tmp_path: Path, kind: str, change: str) -> None:
    workspace, _ = workspace_with_one(tmp_path / "w")
    edge, code, zh, en = CASES[kind, change]
    later = AT + timedelta(days=DAYS)
    assert checked(workspace, AT).ok
    changed(workspace, kind, change, later.date(), later)
    found = checked(workspace, later)
    if kind == "key":  # a signature made before stays made
        assert found.ok
        return
    assert found.problem is not None
    assert found.problem.code.startswith(code)
    assert found.facts["finding"] == "broken-since"
    assert found.problem.where is not None
    assert found.problem.where.field == edge
    for lang, word in (("zh", zh), ("en", en)):
        message, remedy = describe(found.problem, lang)  # type: ignore[arg-type]  # one of the two
        assert remedy
        assert word in message
        assert found.notes[0].say(lang)  # type: ignore[arg-type]
    assert found.notes[0].zh != found.notes[0].en


@pytest.mark.parametrize(("kind", "change"), sorted(CASES))
def test_what_had_ended_before_the_issue_breaks_its_edge_in_hindsight(tmp_path: Path, kind: str, change: str) -> None:
    """Published ten days later, with effect from the day of the issue: nobody could know, and now everybody does."""
    workspace, _ = workspace_with_one(tmp_path / "w")
    edge, code, _, _ = CASES[kind, change]
    later = AT + timedelta(days=DAYS)
    changed(workspace, kind, change, AT.date(), later)
    found = checked(workspace, later)
    assert found.problem is not None
    assert found.problem.code.startswith(code)
    assert found.facts["finding"] == "broken-in-hindsight"
    assert found.problem.where is not None
    assert found.problem.where.field == edge


def test_a_suspension_of_three_days_that_is_over_breaks_nothing(tmp_path: Path) -> None:
    workspace, _ = workspace_with_one(tmp_path / "w")
    held, over = AT + timedelta(days=2), AT + timedelta(days=5)
    changed(workspace, "accreditation", "suspended", held.date(), held)
    assert checked(workspace, held).problem is not None
    changed(workspace, "accreditation", "restored", over.date(), over)
    assert checked(workspace, over).ok


def test_who_asks_about_a_day_before_is_not_told_of_what_came_after(tmp_path: Path) -> None:
    workspace, _ = workspace_with_one(tmp_path / "w")
    later = AT + timedelta(days=DAYS)
    changed(workspace, "approval", "withdrawn", later.date(), later)
    publish(workspace, later)
    material = gather((workspace.public / "c" / NUMBER / "certificate.jwt").read_bytes(), TreeFolder(workspace.public))
    anchors = read_anchors((workspace.public / "trust.json").read_bytes())
    _, outcomes = check_certificate(material, anchors, (later - timedelta(days=1)).date())
    assert next(one for one in outcomes if one.name == "recognition").ok
