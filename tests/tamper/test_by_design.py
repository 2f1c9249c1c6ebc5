"""What one check of one certificate cannot find, by design: there the answer says how far its knowledge reaches.

Whoever holds back what is new can show only what was true once. Three things stand against it: lists end, every answer
gives its moment or size, and witnesses and monitors see the log as a whole.
"""

import json
import shutil
from datetime import date, timedelta
from pathlib import Path

import pytest

from footproof.errors import ProofRejected
from footproof.model.bilingual import Bilingual
from footproof.model.recognition import Accreditation, Change
from footproof.server.demo_world import change_record, recognition
from footproof.server.publish import publish
from footproof.server.status import change_status
from footproof.server.workspace import Workspace, open_workspace
from footproof.tlog import Tiles, parse_checkpoint, parse_note
from footproof.tlog.merkle import verify_consistency
from tamper.checking import check_tree
from tamper.edits import Scene, apply
from tamper.world import AT, NOW, Tree, World, tree_of

REASON = Bilingual("示例", "demonstration")
NUMBER = "DEMO-2026-000001"


@pytest.fixture
def workspace(world: World, tmp_path: Path) -> Workspace:
    """Body A's workspace, to go on with."""
    return open_workspace(Path(shutil.copytree(world.a.workspace.folder, tmp_path / "a")))


def with_older(later: Tree, older: Tree, start: str) -> Tree:
    """Return a tree in which some files are older than the rest."""
    tree = later.copy()
    kept = {name: data for name, data in older.files.items() if name.startswith(start)}
    for name in [name for name in tree.files if name.startswith(start)]:
        del tree.files[name]
    tree.files.update(kept)
    return tree


def test_an_older_list_that_still_counts_passes_and_its_age_is_said(world: World, workspace: Workspace) -> None:
    at = AT + timedelta(days=2)
    change_status(workspace, NUMBER, "suspended", REASON, at)
    publish(workspace, at)
    later = tree_of(workspace)
    assert check_tree(later, world.anchors, at).failed == {"status": "E-CHECK-SUSPENDED"}
    answer = check_tree(with_older(later, world.a.tree, "status/"), world.anchors, at)
    assert answer.ok
    assert answer.facts["status"] == {
        "as_of": "2026-11-22T09:00:00Z",
        "age": "2 d",
        "fresh": "no",
        "relied_until": "2026-11-29T09:00:00Z",
    }
    after = check_tree(with_older(later, world.a.tree, "status/"), world.anchors, AT + timedelta(days=7, seconds=1))
    assert after.failed == {"status": "E-STATUS-EXPIRED"}


def test_one_old_list_makes_the_answer_as_old_as_itself(world: World, workspace: Workspace) -> None:
    at = AT + timedelta(days=2)
    publish(workspace, at)
    tree = with_older(tree_of(workspace), world.a.tree, "status/1-suspension")
    assert check_tree(tree, world.anchors, at).facts["status"]["age"] == "2 d"


def test_older_recognition_records_pass_only_where_the_log_is_held_back_too_and_until_their_list_ends(
    world: World, workspace: Workspace
) -> None:
    at = AT + timedelta(days=2)
    record = next(
        one for one in recognition(workspace).records if isinstance(one, Accreditation) and one.KIND == "accreditation"
    )
    change_record(workspace, record, Change("suspended", at.date(), at.date()), at)
    publish(workspace, at)
    later = tree_of(workspace)
    found = check_tree(later, world.anchors, at)
    assert found.failed == {"recognition": "E-RECOG-SUSPENDED-STILL"}
    assert found.facts["recognition"]["newest"] == date(2026, 11, 24).isoformat()
    older_records = with_older(later, world.a.tree, "recognition/")
    assert check_tree(older_records, world.anchors, at).failed == {"recognition": "E-CHECK-RECORD-LATER"}
    held_back = with_older(older_records, world.a.tree, "log/")
    older = check_tree(held_back, world.anchors, at)
    assert older.ok
    assert older.facts["recognition"]["as_of"] == "2026-11-22T09:00:00Z"
    after = check_tree(held_back, world.anchors, AT + timedelta(days=8))
    assert after.failed["recognition"] == "E-CHECK-INDEX-STALE"
    assert older.facts["recognition"]["newest"] == date(2026, 11, 22).isoformat()


def test_an_older_checkpoint_passes_and_its_size_is_said(world: World, workspace: Workspace) -> None:
    """The proof still holds under it; that newer events are held back, a witness or monitor sees."""
    at = AT + timedelta(days=1)
    change_status(workspace, NUMBER, "suspended", REASON, at)
    change_status(workspace, NUMBER, "restored", REASON, at)
    publish(workspace, at)
    later = tree_of(workspace)
    newer = check_tree(later, world.anchors, at)
    older = check_tree(with_older(later, world.a.tree, "c/"), world.anchors, at)
    assert newer.ok
    assert older.ok
    assert int(newer.facts["log"]["size"]) == int(older.facts["log"]["size"]) + 3  # and a list
    # The two checkpoints agree: one is the beginning of the other.
    both = [parse_checkpoint(parse_note(tree.files["log/checkpoint"]).text) for tree in (world.a.tree, later)]
    tiles = Tiles(both[1].size, lambda path: later.files[f"log/{path}"])
    proof = tiles.consistency(both[0].size)
    verify_consistency(both[0].size, both[0].root, both[1].size, both[1].root, proof)
    with pytest.raises(ProofRejected):
        verify_consistency(both[0].size, bytes(32), both[1].size, both[1].root, proof)


@pytest.mark.parametrize(("at", "said"), [("2026-11-21T16", False), ("2026-11-23T09", False), ("2027-01-31T09", True)])
def test_a_late_entry_in_the_log_passes_and_is_said(world: World, at: str, said: bool) -> None:
    """Until its entry in the log, the day of a decision is the word of the body; a day later is no delay."""
    tree = world.a.tree.copy()
    tree.files["trust.json"] = world.anchors
    apply(Scene(world, {}, tree), {"do": "event", "set": {"/at": f"{at}:00:00Z"}})
    apply(Scene(world, {}, tree), {"do": "json", "file": "trust.json", "unset": ["/policy"]})
    answer = check_tree(tree, tree.files["trust.json"])
    assert "log" not in answer.failed
    [log] = [one for one in answer.outcomes if one.name == "log"]
    assert [note.en for note in log.notes if "70 days later" in note.en] == [note.en for note in log.notes]
    assert bool(log.notes) == said


def test_another_certificate_in_a_file_passes_as_what_it_is(world: World) -> None:
    """A file has no name of its own; the answer says whose certificate it is. An address has one."""
    tree = world.a.tree.copy()
    tree.files[f"c/{NUMBER}/certificate.jwt"] = tree.files["c/DEMO-2026-000002/certificate.jwt"]
    answer = check_tree(tree, world.anchors)
    assert answer.ok
    assert answer.certificate is not None
    assert (answer.certificate.number, answer.certificate.product_model) == ("DEMO-2026-000002", "K-2")


def test_white_space_in_embedded_json_is_the_same_content(world: World) -> None:
    document = json.dumps(json.loads(world.a.tree.files[f"c/{NUMBER}/certificate.json"]), indent=1).encode()
    assert check_tree(world.a.tree, world.anchors, NOW, document=document).failed == {}
