"""What is kept beside the log never says anything the log does not, however it came about."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from footproof.canonical import canonical_bytes, read_canonical, record_digest
from footproof.server.batch import issue_batch
from footproof.server.events import ISSUES, event, logged
from footproof.server.ledger import FEW, FILE, Ledger, entries_of, keep_ledger, read_ledger
from footproof.server.status import Change, change_status, state_of
from footproof.server.workspace import Workspace, open_workspace
from server_worlds import AT, NUMBER, REASON, more_like, workspace_with_one

CHANGED = 2 * FEW


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A workspace whose log is longer than two bundles, of several types."""
    workspace, one = workspace_with_one(tmp_path_factory.mktemp("ledger") / "w")
    for start in range(3):
        fresh = [replace(each, number=f"{each.number}-{start}") for each in more_like(workspace, one.certificate, 100)]
        fresh = [replace(each, id=f"{workspace.base}/c/{each.number}/") for each in fresh]
        issue_batch(workspace, fresh, AT)
        with workspace.open_log() as log:
            log.append([event(f"kind{start}.made", AT, "did:web:demo.example", "a", "sha256:" + "0" * 64)])
            log.append([event("certificate.suspended.not", AT, "did:web:demo.example", "b", "sha256:" + "0" * 64)])
    return workspace


def test_a_list_of_records_in_another_name_is_none(workspace: Workspace) -> None:
    own = entries_of(workspace, "recognition.listed")
    foreign = event("recognition.listed", AT, "did:web:stranger.example", "recognition", "sha256:" + "0" * 64)
    with workspace.open_log() as log:
        log.append([foreign])
    assert entries_of(workspace, "recognition.listed") == own
    assert list(_anew(workspace).kinds.get("recognition.listed", ())) == [index for index, _ in own]
    listed = event("recognition.listed", AT, workspace.origin, "recognition", "sha256:" + "0" * 64)
    with workspace.open_log() as log:
        log.append([listed])
    assert [entry for _, entry in entries_of(workspace, "recognition.listed")] == [listed]


@pytest.fixture
def workspace(base: Workspace, tmp_path: Path) -> Workspace:
    """A copy that may be changed."""
    return open_workspace(Path(shutil.copytree(base.folder, tmp_path / "w")))


def _anew(workspace: Workspace) -> Ledger:
    """Return the ledger as it is without what was kept."""
    path = workspace.folder / FILE
    kept = path.read_bytes() if path.exists() else None
    path.unlink(missing_ok=True)
    found = keep_ledger(workspace)
    if kept is not None:
        path.write_bytes(kept)
    return found


def _numbers(workspace: Workspace) -> list[str]:
    return [read_canonical(entry)["subject"] for _, entry in logged(workspace, ISSUES)]


def test_what_is_kept_grows_as_the_log_does(workspace: Workspace) -> None:
    chance = Random(7)
    numbers = _numbers(workspace)
    for step in range(CHANGED):
        number = chance.choice(numbers)
        change: Change = "restored" if state_of(workspace, number) == "suspended" else "suspended"
        change_status(workspace, number, change, REASON, AT + timedelta(seconds=step))
        found = keep_ledger(workspace)
        assert {number: found.places[number] for number in _anew(workspace).places} == _anew(workspace).places
        assert (
            replace(found, places={})
            == replace(_anew(workspace), places={})
            == replace(read_ledger(workspace), places={})
        )
    assert found.issues == len(numbers)
    assert found.size > json.loads((workspace.folder / FILE).read_bytes())["size"] == 256
    assert set(found.kinds) >= {"kind0.made", "kind1.made", "kind2.made"}
    assert "certificate.suspended.not" not in found.kinds


def test_many_new_changes_are_found_in_one_go(workspace: Workspace) -> None:
    numbers = _numbers(workspace)[:: 301 // CHANGED]
    assert len(numbers) > FEW
    actor = "did:web:demo.example"
    with workspace.open_log() as log:
        log.append([event("certificate.withdrawn", AT, actor, number, "sha256:" + "0" * 64) for number in numbers])
    many = keep_ledger(workspace).places
    (workspace.folder / FILE).unlink()
    assert set(many) == set(numbers)
    assert len({(place.lists, place.index) for place in many.values() if place is not None}) == len(numbers)


def test_entries_are_found_by_their_type(workspace: Workspace) -> None:
    keep_ledger(workspace)
    for starts in (("kind",), ("kind1.", "kind2."), ("scheme.", "accreditation.", "kind0"), ("nothing",)):
        parts = [f'"type":"{start}'.encode() for start in starts]
        assert entries_of(workspace, *starts) == list(logged(workspace, *parts))
    assert len(entries_of(workspace, "kind")) == 3


def _resealed(record: dict[str, object]) -> bytes:
    bare = {key: value for key, value in record.items() if key != "digest"}
    return canonical_bytes({**bare, "digest": record_digest(bare)})


SPOILED: dict[str, Callable[[dict[str, Any], bytes], bytes]] = {
    "cut": lambda record, data: data[:-20],
    "empty": lambda record, data: b"",
    "no text": lambda record, data: b"\xff" + data,
    "a list": lambda record, data: b"[]",
    "one issue more": lambda record, data: canonical_bytes({**record, "issues": record["issues"] + 1}),
    "a state forgotten": lambda record, data: canonical_bytes({**record, "states": {}}),
    "of another log": lambda record, data: _resealed({**record, "root": "ab" * 32, "issues": 0}),
    "beyond the log": lambda record, data: _resealed({**record, "size": 2**40, "issues": 0}),
    "of a size below nothing": lambda record, data: _resealed({**record, "size": -256, "issues": 0}),
    "of another format": lambda record, data: _resealed({**record, "format": "x", "issues": 0}),
    "a place that is none": lambda record, data: _resealed({**record, "places": {"x": ["y"]}, "issues": 0}),
    "a member less": lambda record, data: _resealed({key: record[key] for key in record if key != "kinds"}),
}


@pytest.mark.parametrize("name", SPOILED)
def test_what_is_not_of_this_log_is_not_taken_up(workspace: Workspace, name: str) -> None:
    change_status(workspace, NUMBER, "suspended", REASON, AT)
    right = keep_ledger(workspace)
    path = workspace.folder / FILE
    data = path.read_bytes()
    path.write_bytes(SPOILED[name](json.loads(data), data))
    assert keep_ledger(workspace) == right
    assert path.read_bytes() == data


def test_parts_of_the_log_are_read_by_their_bounds(workspace: Workspace) -> None:
    whole = list(logged(workspace))
    for start, end in ((0, 5), (250, 260), (255, 256), (256, 257), (len(whole), None), (10, 10)):
        assert list(logged(workspace, start=start, end=end)) == whole[start:end]
    assert list(logged(workspace, b'"kind0.', b'"kind2.')) == [
        one for one in whole if b"kind0" in one[1] or b"kind2" in one[1]
    ]
