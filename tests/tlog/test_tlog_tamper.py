"""Whatever is done to a published log, somebody finds it: fsck, a monitor with an older checkpoint, or a witness.

And what fsck cannot find, a history rewritten as a whole with the real key, is shown not to be found by it.
"""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from footproof.errors import FootproofError, ProofRejected
from footproof.tlog import (
    Log,
    Request,
    Seen,
    Tiles,
    WitnessSigner,
    agree,
    answer,
    follow,
    fsck,
    leaf_hash,
    prove,
    tree_root,
    verify_proof,
)
from footproof.tlog.checkpoint import Checkpoint
from footproof.tlog.edge import Edge, grow
from footproof.tlog.tiles import Tile, decode_bundle, encode_bundle
from footproof.tlog.witness import Held

ORIGIN = "demo.example/log"
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
WITNESS = WitnessSigner("witness.example/w1", KEY)
NOW = 1_790_000_000

Edit = Callable[[list[bytes], int, int], list[bytes]]
EDITS: dict[str, Edit] = {
    "delete": lambda entries, a, _: entries[:a] + entries[a + 1 :],
    "edit": lambda entries, a, _: [*entries[:a], entries[a] + b"!", *entries[a + 1 :]],
    "reorder": lambda entries, a, b: [*entries[:a], entries[b], *entries[a + 1 : b], entries[a], *entries[b + 1 :]],
    "insert": lambda entries, a, _: [*entries[:a], b"inserted", *entries[a:]],
    "cut the end": lambda entries, a, _: entries[:a],
}


def entries_of(size: int) -> list[bytes]:
    return [b"event %d" % number for number in range(size)]


@settings(max_examples=30, deadline=None)
@given(st.sampled_from(sorted(EDITS)), st.integers(2, 700), st.data())
def test_any_change_of_the_entries_is_found(kind: str, size: int, data: st.DataObject) -> None:
    """The entries alone, their leaf tiles too, and then the whole tree rewritten and signed with the real key."""
    a = data.draw(st.integers(0, size - 2))
    b = data.draw(st.integers(a + 1, size - 1))
    changed = EDITS[kind](entries_of(size), a, b)
    with TemporaryDirectory() as folder:
        place = Path(folder) / "log"
        with Log.create(place, ORIGIN, KEY) as log:
            log.append(entries_of(size))
            seen, held = known(log)
        for tiles in (False, True):
            overwrite(place, changed, size, tiles=tiles)
            assert not fsck(place, log.verifier).ok
            with pytest.raises(FootproofError):
                follow(Seen(), lambda path: (place / path).read_bytes(), log.verifier)
        with Log.create(Path(folder) / "rewritten", ORIGIN, KEY) as other:
            other.append(changed)
            assert fsck(other._folder.root, other.verifier).ok, "no check of one copy can find this"
            follow(Seen(), other.read, other.verifier)
            with pytest.raises(ProofRejected, match=r"E-LOG-SPLIT|E-LOG-SHRUNK"):
                follow(seen, other.read, log.verifier)
            assert refuses(other, held, size)
            if other.size >= size:
                with pytest.raises(ProofRejected, match="E-LOG-SPLIT"):
                    agree(held.note, other.signed, other.read, log.verifier)


def known(log: Log) -> tuple[Seen, Held]:
    """Return what a monitor and a witness know of a log."""
    seen = follow(Seen(), log.read, log.verifier)
    outcome = answer(Request(0, (), log.signed).to_bytes(), NOW, WITNESS, {ORIGIN: log.verifier}, lambda _: None)
    assert outcome.keep is not None
    return seen, Held(outcome.keep, log.checkpoint, NOW)


def refuses(other: Log, held: Held, size: int) -> bool:
    """Say whether a witness refuses a log for any old size, as that may be claimed."""
    logs = {ORIGIN: other.verifier}
    for old in {0, size - 1, size, min(size, other.size)}:
        hashes = Tiles(other.size, other.read).consistency(old) if 0 < old <= other.size else []
        body = Request(old, tuple(hashes), other.signed).to_bytes()
        if answer(body, NOW, WITNESS, logs, {ORIGIN: held}.get).answer.status == 200:
            return False
    return True


def overwrite(place: Path, entries: list[bytes], size: int, *, tiles: bool) -> None:
    """Put other entries into the bundles of a log of `size`, and into all its tiles if asked, under its checkpoint."""
    padded = (entries + [b"pad"] * size)[:size]
    files, _ = grow(Edge(), padded)
    for tile, data in files.items():
        if tile.level is None or tiles:
            (place / tile.path).write_bytes(data)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_flipped_byte_of_any_file_is_found(data: st.DataObject) -> None:
    files = sorted(PUBLISHED)
    path = data.draw(st.sampled_from(files))
    content = PUBLISHED[path]
    spot = data.draw(st.integers(0, len(content) - 1))
    change = data.draw(st.integers(1, 255))
    spoiled = content[:spot] + bytes([content[spot] ^ change]) + content[spot + 1 :]
    with TemporaryDirectory() as folder:
        for name, value in PUBLISHED.items():
            (Path(folder) / name).parent.mkdir(parents=True, exist_ok=True)
            (Path(folder) / name).write_bytes(spoiled if name == path else value)
        report = fsck(Path(folder), VERIFIER)
        assert not report.ok
        # A flip inside the base64 of a signature, or in a name, leaves the tree as it was; the note is then refused.
        with pytest.raises(FootproofError):
            follow(Seen(), lambda name: (Path(folder) / name).read_bytes(), VERIFIER)


def published() -> tuple[dict[str, bytes], Log]:
    with TemporaryDirectory() as folder:
        with Log.create(Path(folder) / "log", ORIGIN, KEY) as log:
            log.append(entries_of(700))
        place = log._folder.root
        files = [file for file in place.rglob("*") if file.is_file() and ".writer" not in file.parts]
        return {file.relative_to(place).as_posix(): file.read_bytes() for file in files}, log


PUBLISHED, _LOG = published()
VERIFIER = _LOG.verifier


@pytest.mark.parametrize("path", sorted(PUBLISHED))
@pytest.mark.parametrize("kind", ["missing", "empty", "cut", "longer", "of another place"])
def test_a_file_that_is(kind: str, path: str, tmp_path: Path) -> None:
    others = [name for name in sorted(PUBLISHED) if name != path]
    for name, value in PUBLISHED.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(value)
    file, content = tmp_path / path, PUBLISHED[path]
    match kind:
        case "missing":
            file.unlink()
        case "empty":
            file.write_bytes(b"")
        case "cut":
            file.write_bytes(content[:-1])
        case "longer":
            file.write_bytes(content + b"\0")
        case _:
            file.write_bytes(PUBLISHED[others[0]])
    assert not fsck(tmp_path, VERIFIER).ok
    with pytest.raises(FootproofError):
        follow(Seen(), lambda name: (tmp_path / name).read_bytes(), VERIFIER)


def test_a_stray_file_is_found(tmp_path: Path) -> None:
    for extra in ("tile/0/notes.txt", "tile/0/000.p/300", "tile/x", "tile/entries/1"):
        for name, value in PUBLISHED.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_bytes(value)
        (tmp_path / extra).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / extra).write_bytes(b"")
        assert [one.code for one in fsck(tmp_path, VERIFIER).problems] == ["E-LOG-STRAY"], extra
        (tmp_path / extra).unlink()


def test_an_older_copy_signs_no_second_history_when_a_witness_is_asked(tmp_path: Path) -> None:
    with Log.create(tmp_path / "log", ORIGIN, KEY) as log:
        log.append(entries_of(300))
        held = known(log)[1]
    with Log.create(tmp_path / "restored", ORIGIN, KEY) as restored:
        restored.append(entries_of(200))
    with pytest.raises(ProofRejected, match="E-LOG-SHRUNK"):
        Log.open(tmp_path / "restored", ORIGIN, KEY, seen=held.checkpoint)
    with pytest.raises(ProofRejected, match="E-LOG-ORIGIN"):
        Log.open(tmp_path / "restored", ORIGIN, KEY, seen=Checkpoint("other.example", 300, held.checkpoint.root))
    with pytest.raises(ProofRejected, match="E-LOG-UNSIGNED"):
        Log.open(tmp_path / "log", ORIGIN, Ed25519PrivateKey.generate())
    with pytest.raises(ProofRejected):
        Log.open(tmp_path / "log", "other.example/log", KEY)


def test_a_proof_of_a_deleted_event_still_holds_against_the_log() -> None:
    """Who kept a proof file keeps the evidence: the rewritten log signs another root over the same size."""
    with TemporaryDirectory() as folder:
        with Log.create(Path(folder) / "log", ORIGIN, KEY) as log:
            log.append(entries_of(300))
            proof = prove(log.read, 17)
        with Log.create(Path(folder) / "rewritten", ORIGIN, KEY) as other:
            other.append([*entries_of(300)[:17], b"other", *entries_of(300)[18:]])
            assert verify_proof(proof, b"event 17", other.verifier).size == 300
            with pytest.raises(ProofRejected, match="E-LOG-SPLIT"):
                agree(proof.checkpoint, other.signed, other.read, other.verifier)


def test_bundles_and_tiles_agree_on_what_an_entry_is() -> None:
    entries = decode_bundle(PUBLISHED[Tile(None, 0).path])
    assert encode_bundle(entries) == PUBLISHED[Tile(None, 0).path]
    assert b"".join(leaf_hash(entry) for entry in entries) == PUBLISHED[Tile(0, 0).path]
    assert tree_root([leaf_hash(entry) for entry in entries]) == PUBLISHED[Tile(1, 0, 2).path][:32]
