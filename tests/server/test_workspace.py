"""Workspaces on disk: keys that nobody else reads, objects that are what their names say, certificates issued once."""

import shutil
import stat
import time
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread

import pytest

from footproof.canonical import read_canonical
from footproof.cli.chain import assess_folder, seal_assessment
from footproof.errors import FootproofError
from footproof.server.certify import _years_later, issue, issued
from footproof.server.events import logged
from footproof.server.workspace import FEW, Workspace, create_workspace, held, open_workspace, write_durably
from footproof.tlog import fsck

EXAMPLES = Path(__file__).parents[2] / "examples"
NOW = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)


@pytest.fixture(name="sealed", scope="module")
def _sealed() -> bytes:
    assessment, files = assess_folder(EXAMPLES / "portland-cement", "cn.gbt.24067", None, dated=True)
    return seal_assessment(assessment, files, "cn.gbt.24067")


@pytest.fixture(name="workspace")
def _workspace(tmp_path: Path) -> Workspace:
    return create_workspace(tmp_path / "ws", "http://127.0.0.1:8642/", "footproof.test/log")


def test_keys_are_for_their_owner_alone(workspace: Workspace) -> None:
    keys = workspace.folder / "keys"
    assert stat.S_IMODE(keys.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in keys.iterdir()} == {0o600}


def test_sealed_packages_are_for_their_owner_alone(workspace: Workspace) -> None:
    assert stat.S_IMODE((workspace.folder / "objects").stat().st_mode) == 0o700


def test_a_folder_with_other_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("mine")
    with pytest.raises(FootproofError) as refused:
        create_workspace(tmp_path, "http://127.0.0.1:1", "footproof.test/log")
    assert refused.value.code == "E-WORKSPACE-EXISTS"
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_what_is_no_workspace_is_said_to_be_none(tmp_path: Path) -> None:
    with pytest.raises(FootproofError) as refused:
        open_workspace(tmp_path)
    assert refused.value.code == "E-WORKSPACE"


def test_many_objects_are_stored_as_each_would_be(workspace: Workspace) -> None:
    first = workspace.put(b"object 0")
    items = [b"object %d" % number for number in range(300)]
    names = workspace.put_many([*items, items[7]])
    assert names[0] == first
    assert names[-1] == names[7]
    assert [workspace.get(name) for name in names] == [*items, items[7]]
    assert not list((workspace.folder / "objects").rglob(".*"))


def test_a_failure_in_the_middle_leaves_no_half_written_object(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("footproof.server.workspace.os.sync", refuse)
    monkeypatch.setattr("footproof.server.workspace.sync_path", refuse)
    for count in (1, 2, FEW + 1):
        with pytest.raises(OSError, match="Input"):
            workspace.put_many([b"object %d" % number for number in range(count)])
    assert not [path for path in (workspace.folder / "objects").rglob("*") if path.is_file()]


def test_an_object_that_was_changed_is_refused(workspace: Workspace) -> None:
    name = workspace.put(b"something")
    path = next(path for path in (workspace.folder / "objects").rglob("*") if path.is_file())
    path.write_bytes(b"something else")
    with pytest.raises(FootproofError) as refused:
        workspace.get(name)
    assert refused.value.code == "E-OBJECT"


def test_a_certificate_is_issued_once_for_a_package(workspace: Workspace, sealed: bytes) -> None:
    first = issue(workspace, sealed, NOW)
    size = fsck(workspace.log_folder).size
    again = issue(workspace, sealed, NOW)
    assert again.jwt == first.jwt
    assert [one.certificate.number for one in issued(workspace)] == ["DEMO-2026-000001"]
    assert fsck(workspace.log_folder).size == size == first.index + 1


def test_the_certificate_says_what_the_package_gives(workspace: Workspace, sealed: bytes) -> None:
    certificate = issue(workspace, sealed, NOW).certificate
    assert (str(certificate.value), certificate.unit) == ("705.276", "kg CO2e / t")
    assert certificate.demonstration
    assert (certificate.valid_from.isoformat(), certificate.valid_until.isoformat()) == ("2026-11-22", "2028-11-21")


def test_the_log_holds_the_decision_before_the_certificate(workspace: Workspace, sealed: bytes) -> None:
    one = issue(workspace, sealed, NOW)
    everything = [read_canonical(entry) for _, entry in logged(workspace)]
    events = [event for event in everything if event["subject"] == one.certificate.number]
    assert [event["type"] for event in events] == ["decision.granted", "certificate.issued"]
    assert events == everything[-2:]  # recognition, rules and parameters stand before what rests on them
    assert {"key.delegated", "approval.granted", "accreditation.granted", "filing.submitted", "edition.sealed"} < {
        event["type"] for event in everything
    }
    assert set(events[0]) == {"v", "id", "type", "at", "actor", "subject", "object"}


def test_a_lost_object_is_named(workspace: Workspace, sealed: bytes) -> None:
    issue(workspace, sealed, NOW)
    shutil.rmtree(workspace.folder / "objects")
    with pytest.raises(FootproofError) as refused:
        issued(workspace)
    assert refused.value.code == "E-OBJECT"


def test_a_leap_day_ends_two_years_later() -> None:
    leap = datetime(2028, 2, 29, tzinfo=UTC).date()
    assert _years_later(leap).isoformat() == "2030-02-28"


def test_a_draft_never_becomes_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "file"
    write_durably(target, b"old")

    def broken(_: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("os.fsync", broken)
    with pytest.raises(OSError, match="Input/output"):
        write_durably(target, b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
    assert target.read_bytes() == b"old"


def test_who_waits_for_a_workspace_is_next(tmp_path: Path) -> None:
    """Planted: somebody gives the lock back and takes it again at once, for as long as nobody else got it."""
    waiting, got = Event(), Event()

    def wait() -> None:
        waiting.set()
        with held(tmp_path):
            got.set()

    other = Thread(target=wait)
    with held(tmp_path):
        other.start()
        waiting.wait()
        time.sleep(0.1)  # it has its place in the row by now
    taken = 0
    while not got.is_set():
        with held(tmp_path):
            taken += not got.is_set()
    other.join()
    assert taken == 0


def test_nobody_waits_for_a_workspace_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("footproof.server.workspace.PATIENCE", 0.05)
    with held(tmp_path), pytest.raises(FootproofError, match="E-WORKSPACE-BUSY"), held(tmp_path):
        pass
    with held(tmp_path):
        pass
