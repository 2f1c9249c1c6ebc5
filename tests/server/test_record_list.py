"""The list of recognition records: when it is renewed, what a check proves of it, how each way to cheat is refused."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from footproof.canonical import canonical_bytes, read_canonical
from footproof.check import Anchors, Material, Outcome, check_certificate, read_anchors
from footproof.model.recognition import Accreditation, Change, Scope
from footproof.model.recognition_records import part_json
from footproof.recognise.listing import LISTED, ListingFile, read_listing
from footproof.server.demo_world import change_record, recognition
from footproof.server.events import event, logged
from footproof.server.gather import gather
from footproof.server.publish import publish, publish_status
from footproof.server.sources import TreeFolder
from footproof.server.workspace import Workspace
from footproof.texts import LANGUAGES, describe
from footproof.tlog import Tiles, leaf_hash, prefix_root, prove, tree_root
from server_worlds import AT, NUMBER, workspace_with_one
from tamper.world import sealed

INDEX = "recognition/index.json"
DAY = timedelta(days=1)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    found, _ = workspace_with_one(tmp_path / "w")
    publish(found, AT)
    return found


def lists(workspace: Workspace) -> list[int]:
    return [at for at, _ in logged(workspace, f'"type":"{LISTED}"'.encode())]


def accreditation(workspace: Workspace) -> Accreditation:
    return next(
        one for one in recognition(workspace).records if isinstance(one, Accreditation) and one.KIND == "accreditation"
    )


def suspend(workspace: Workspace, at: datetime) -> None:
    change_record(workspace, accreditation(workspace), Change("suspended", at.date(), at.date()), at)


def material(workspace: Workspace) -> Material:
    return gather((workspace.public / "c" / NUMBER / "certificate.jwt").read_bytes(), TreeFolder(workspace.public))


def anchors(workspace: Workspace) -> Anchors:
    return read_anchors((workspace.public / "trust.json").read_bytes())


def asked(workspace: Workspace, at: datetime = AT, found: Material | None = None, **more: Any) -> Outcome:
    _, outcomes = check_certificate(found or material(workspace), anchors(workspace), at.date(), at, **more)
    return next(one for one in outcomes if one.name == "recognition")


def code(outcome: Outcome) -> str:
    if outcome.problem is None:
        return ""
    for lang in LANGUAGES:
        message, remedy = describe(outcome.problem, lang)
        assert message
        assert remedy
        assert "{" not in message + remedy
    return outcome.problem.code


# ---- what is published


def test_the_list_is_renewed_when_something_changed_and_once_a_day(workspace: Workspace) -> None:
    first = lists(workspace)
    assert len(first) == 1
    publish(workspace, AT + timedelta(hours=1))
    publish_status(workspace, AT + timedelta(hours=23))
    assert lists(workspace) == first
    publish_status(workspace, AT + DAY)
    assert len(lists(workspace)) == 2
    suspend(workspace, AT + DAY)
    publish_status(workspace, AT + DAY)
    assert len(lists(workspace)) == 3


def test_a_checkpoint_that_others_cosigned_stays_the_last_one(workspace: Workspace) -> None:
    publish(workspace, AT + 2 * DAY, renew=False)
    assert len(lists(workspace)) == 1


def test_the_list_covers_every_certificate_that_is_published_with_it(workspace: Workspace) -> None:
    from footproof.server.certify import issue

    later = AT + timedelta(hours=1)
    one = issue(workspace, sealed("K-2"), later)
    publish(workspace, later)
    assert lists(workspace)[-1] > one.index
    assert read_listing((workspace.public / INDEX).read_bytes()).listing.size > one.index


def test_a_record_that_changed_leaves_no_old_file_behind(workspace: Workspace) -> None:
    before = {path.name for path in (workspace.public / "recognition").iterdir()}
    suspend(workspace, AT + DAY)
    publish(workspace, AT + DAY)
    after = {path.name for path in (workspace.public / "recognition").iterdir()}
    assert len(before) == len(after)
    assert len(before - after) == 1


def test_a_list_reads_as_it_was_written(workspace: Workspace) -> None:
    data = (workspace.public / INDEX).read_bytes()
    assert read_listing(data).to_bytes() == data


@pytest.mark.parametrize("size", [*range(1, 35), 63, 64, 65, 255, 256, 257])
def test_the_way_to_a_leaf_gives_the_tree_before_it(size: int) -> None:
    leaves = [leaf_hash(bytes([number % 256, number // 256])) for number in range(size)]
    from footproof.tlog.merkle import inclusion_path

    for index in range(size):
        path = inclusion_path(index, size, lambda first, end: tree_root(leaves[first:end]))
        assert prefix_root(index, size, path) == tree_root(leaves[:index])


# ---- what a check says


def test_a_sound_list_says_of_when_it_is_and_that_the_log_was_read(workspace: Workspace) -> None:
    found = asked(workspace, AT + timedelta(hours=2))
    assert found.ok
    assert found.facts["as_of"] == "2026-11-22T09:00:00Z"
    assert found.facts["relied_until"] == "2026-11-29T09:00:00Z"
    size = len(list(logged(workspace)))
    assert found.facts["log_read"] == str(size)
    assert "日志 " + str(size) in found.notes[-1].zh


def test_without_the_log_it_is_said_that_its_word_is_taken(workspace: Workspace) -> None:
    found = asked(workspace, found=replace(material(workspace), log=None))
    assert found.ok
    assert found.facts["log_read"] == "—"
    assert "word of the log" in found.notes[-1].en


def test_a_stale_list_is_no_knowledge(workspace: Workspace) -> None:
    assert asked(workspace, AT + 7 * DAY).ok
    assert code(asked(workspace, AT + 7 * DAY + timedelta(seconds=1))) == "E-CHECK-INDEX-STALE"


def test_a_list_of_tomorrow_is_refused_and_one_of_later_today_is_not(workspace: Workspace) -> None:
    assert asked(workspace, present=AT - DAY).ok
    assert code(asked(workspace, present=AT - DAY - timedelta(seconds=1))) == "E-CHECK-INDEX-AHEAD"


def test_who_asks_about_an_earlier_day_is_answered_as_of_the_list(workspace: Workspace) -> None:
    suspend(workspace, AT + DAY)
    publish(workspace, AT + DAY)
    assert asked(workspace, AT).ok


def test_a_file_more_or_less_is_named(workspace: Workspace) -> None:
    path = next((workspace.public / "recognition").glob("*.jwt"))
    added = path.with_name("zz.jwt")
    added.write_bytes(path.read_bytes())
    found = asked(workspace)
    assert code(found) == "E-CHECK-RECORD-ADDED"
    assert found.problem is not None
    assert found.problem.values["name"] == "recognition/zz.jwt"
    added.unlink()
    path.unlink()
    found = asked(workspace)
    assert code(found) == "E-CHECK-MISSING"
    assert found.problem is not None
    assert path.name in str(found.problem.values["what"])


def older(workspace: Workspace, keep: tuple[str, ...] = ("recognition",)) -> Callable[[], None]:
    """Keep parts of the tree as they are; the function that is returned puts them back."""
    from shutil import copytree, rmtree

    kept = workspace.folder / "kept"
    for name in keep:
        copytree(workspace.public / name, kept / name)

    def back() -> None:
        for name in keep:
            rmtree(workspace.public / name)
            copytree(kept / name, workspace.public / name)

    return back


def test_an_older_list_beside_a_newer_log_is_refused_by_the_record(workspace: Workspace) -> None:
    back = older(workspace)
    suspend(workspace, AT + DAY)
    publish(workspace, AT + DAY)
    assert code(asked(workspace, AT + DAY)) == "E-RECOG-SUSPENDED-STILL"
    back()
    found = asked(workspace, AT + DAY)
    assert code(found) == "E-CHECK-RECORD-LATER"
    assert found.problem is not None
    assert found.problem.values["name"] == "accreditation-1"
    # Without the log nobody can see it; the answer ends with the list.
    blind = replace(material(workspace), log=None)
    assert asked(workspace, AT + DAY, blind).ok
    assert code(asked(workspace, AT + 8 * DAY, blind)) == "E-CHECK-INDEX-STALE"


def reproved(workspace: Workspace, file: ListingFile) -> ListingFile:
    """Return a file whose proof is under the present checkpoint, as anybody can make it from the tiles."""
    position = lists(workspace)[0]
    return replace(file, proof=prove(TreeLog(workspace), position).to_bytes())


class TreeLog:
    """The log of a static tree as a reader."""

    def __init__(self, workspace: Workspace) -> None:
        self.folder = workspace.public / "log"

    def __call__(self, path: str) -> bytes:
        return (self.folder / path).read_bytes()


def test_a_replayed_list_with_a_new_proof_is_found_out_by_the_log_and_by_a_newer_certificate(
    workspace: Workspace,
) -> None:
    from footproof.server.certify import issue

    file = read_listing((workspace.public / INDEX).read_bytes())
    back = older(workspace)
    later = AT + DAY
    issue(workspace, sealed("K-2"), later)
    suspend(workspace, later)
    publish(workspace, later)
    back()
    (workspace.public / INDEX).write_bytes(reproved(workspace, file).to_bytes())
    assert code(asked(workspace, later)) == "E-CHECK-RECORD-LATER"
    # A certificate that came after the list: nothing but the two files is needed.
    tree = TreeFolder(workspace.public)
    newer = gather((workspace.public / "c/DEMO-2026-000002/certificate.jwt").read_bytes(), tree)
    assert code(asked(workspace, later, replace(newer, log=None))) == "E-CHECK-INDEX-OLDER"


def test_a_list_of_another_log_is_refused(workspace: Workspace, tmp_path: Path) -> None:
    from tamper.world import merged_anchors, seeded_workspace

    other = seeded_workspace(tmp_path / "x", "https://x.footproof.example", "x.footproof.example/log", "x")
    publish(other, AT)
    file = read_listing((workspace.public / INDEX).read_bytes())
    foreign = read_listing((other.public / INDEX).read_bytes())
    mine, both = (
        material(workspace),
        read_anchors(
            merged_anchors((workspace.public / "trust.json").read_bytes(), (other.public / "trust.json").read_bytes())
        ),
    )

    def said(found: ListingFile, whom: Anchors) -> str:
        from footproof.check.listing import check_listing
        from footproof.errors import FootproofError

        with pytest.raises(FootproofError) as caught:
            check_listing(replace(mine, listing=found.to_bytes()), {}, whom, AT, place=(workspace.origin, 1))
        return caught.value.code

    assert said(foreign, both) == "E-CHECK-INDEX-ORIGIN"
    assert said(foreign, anchors(workspace)) == "E-CHECK-LOG-UNKNOWN"  # nobody knows it
    renamed = replace(file.listing, origin=other.origin)
    assert said(replace(file, listing=renamed), both) == "E-CHECK-INDEX-ORIGIN"


@pytest.mark.parametrize("member", ["until", "issued", "size", "root", "records", "entries"])
def test_no_member_of_a_list_can_be_changed(workspace: Workspace, member: str) -> None:
    file = read_listing((workspace.public / INDEX).read_bytes())
    found = file.listing
    changes: dict[str, Any] = {
        "until": found.until + DAY,
        "issued": found.issued + timedelta(seconds=1),
        "size": found.size + 1,
        "root": bytes(32),
        "records": dict(list(found.records.items())[:-1]),
        "entries": (*found.entries[:-1], found.entries[-1] + 1),
    }
    changed = replace(file, listing=replace(found, **{member: changes[member]}))
    mine = material(workspace)
    kept = {name: data for name, data in mine.recognition.items() if name in changed.listing.records}
    outcome = asked(workspace, found=replace(mine, listing=changed.to_bytes(), recognition=kept))
    assert not outcome.ok
    if member != "records":  # there a record of the chain is gone
        assert code(outcome) == "E-CHECK-INDEX-LOG"


def relisted(workspace: Workspace, change: Callable[[ListingFile], ListingFile], at: datetime) -> None:
    """Have the log state another list and publish it: whoever keeps the log conspires."""
    from footproof.server.demo_witnesses import cosign

    file = change(read_listing((workspace.public / INDEX).read_bytes()))
    with workspace.open_log() as log:
        new = replace(file.listing, size=log.size, root=log.root, issued=at)
        entry = event(LISTED, at, workspace.origin, "recognition", workspace.put(new.to_bytes()))
        position = log.append([entry])[0]
        cosign(workspace, log, at)
        tiles = Tiles(new.size, log.read)
        items = tuple(
            replace(one, path=tuple(tiles.inclusion(place))) for place, one in zip(new.entries, file.items, strict=True)
        )
        whole = ListingFile(new, entry, prove(log.read, position, log.signed).to_bytes(), items)
    from footproof.server.publish import _publish_log

    with workspace.open_log() as log:
        _publish_log(workspace, log)
    (workspace.public / INDEX).write_bytes(whole.to_bytes())


def test_a_log_that_hides_a_suspension_is_found_out_by_whoever_reads_it(workspace: Workspace) -> None:
    later = AT + DAY
    back = older(workspace)
    suspend(workspace, later)
    publish(workspace, later)
    back()
    relisted(workspace, lambda file: file, later)
    found = asked(workspace, later)
    assert code(found) == "E-CHECK-RECORD-HIDDEN"
    blind = asked(workspace, later, replace(material(workspace), log=None))
    assert blind.ok
    assert "word of the log" in blind.notes[-1].en


def test_a_record_that_the_log_does_not_have_is_refused_by_name(workspace: Workspace) -> None:
    """Signed by who is entitled to, listed by the log, and yet no entry says so: wider than what was logged."""
    from footproof.canonical import record_digest
    from footproof.credential import jose
    from footproof.credential.recognized import recognized_credential
    from footproof.model.recognition_records import record_json
    from footproof.server.demo_world import _signers

    one = accreditation(workspace)
    wide = replace(one, scopes=(replace(one.scopes[0], activities=("*",)),))
    digest = record_digest(record_json(wide))
    name = f"recognition/{digest.removeprefix('sha256:')[:32]}.jwt"
    key, kid = _signers(workspace)[wide.stated_by]
    old = record_digest(record_json(one))

    def change(file: ListingFile) -> ListingFile:
        kept = {place: digest for place, digest in file.listing.records.items() if digest != old}
        return replace(file, listing=replace(file.listing, records={**kept, name: digest}))

    relisted(workspace, change, AT + timedelta(hours=1))
    for path in (workspace.public / "recognition").glob(f"{old.removeprefix('sha256:')[:32]}.jwt"):
        path.unlink()
    token = jose.sign(recognized_credential(wide, f"{workspace.base}/{name}"), key, kid, jose.CREDENTIAL)
    (workspace.public / name).write_bytes(token)
    found = asked(workspace, AT + timedelta(hours=1))
    assert code(found) == "E-CHECK-RECORD-LOG"
    assert found.problem is not None
    assert found.problem.values["name"] == "accreditation accreditation-1"


def test_a_change_that_claims_to_have_been_known_earlier_is_refused_from_the_list(workspace: Workspace) -> None:
    one = accreditation(workspace)
    scope: Scope = replace(one.scopes[0], id="2", known=AT.date() - 3 * DAY)
    item = workspace.put(canonical_bytes({"record": one.id, "part": part_json(scope)}))
    with workspace.open_log() as log:
        position = log.append([event("accreditation.widened", AT + DAY, one.stated_by, one.id, item)])[0]

    def change(file: ListingFile) -> ListingFile:
        entries = (*file.listing.entries, position)
        added = next(entry for at, entry in logged(workspace) if at == position)
        items = (*file.items, replace(file.items[0], event=added, item=workspace.get(item)))
        return replace(file, listing=replace(file.listing, entries=entries), items=items)

    relisted(workspace, change, AT + DAY)
    # It has no effect on the records, so that those at hand are still what the log amounts to.
    assert asked(workspace, AT + DAY).ok


@pytest.mark.parametrize("bad", [b"", b"[]", b"{}", b'{"format":"footproof-recognition-index/1","records":[]}'])
def test_what_is_no_list_is_said_to_be_none(workspace: Workspace, bad: bytes) -> None:
    (workspace.public / INDEX).write_bytes(bad)
    assert code(asked(workspace)) == "E-CHECK-INDEX"


def test_every_part_of_the_file_counts(workspace: Workspace) -> None:
    """Each leaf of its JSON, changed by a little, makes it fail."""
    record = read_canonical((workspace.public / INDEX).read_bytes())
    mine, whom = material(workspace), anchors(workspace)
    accepted = []
    for path in leaves_of(record):
        changed = read_canonical(canonical_bytes(record))
        place = changed
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = other(place[path[-1]])
        _, outcomes = check_certificate(replace(mine, listing=canonical_bytes(changed)), whom, AT.date(), AT)
        if next(one for one in outcomes if one.name == "recognition").ok:
            accepted.append(path)
    assert accepted == []


def leaves_of(record: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(record, dict):
        return [leaf for name, value in record.items() for leaf in leaves_of(value, (*path, name))]
    if isinstance(record, list) and record:
        return [leaf for at, value in enumerate(record) for leaf in leaves_of(value, (*path, at))]
    return [path]


def other(value: Any) -> Any:
    if isinstance(value, bool) or value is None or isinstance(value, list):
        return "x"
    if isinstance(value, int):
        return value + 1
    return value[:-2] + ("0" if value[-2:-1] != "0" else "1") + value[-1:] if len(value) > 1 else value + "x"
