"""The writer: what it promises while all goes well, and what it refuses."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from footproof.errors import FootproofError, ProofRejected
from footproof.tlog import Checkpoint, Ed25519Signer, Log, Tiles, fsck, leaf_hash, open_note, tree_root
from footproof.tlog.durable import WORK, Folder

ORIGIN = "demo.example/log"


def entries_of(first: int, end: int) -> list[bytes]:
    return [b"entry %d" % number for number in range(first, end)]


def contents(folder: Path) -> dict[str, bytes]:
    files = (file for file in folder.rglob("*") if file.is_file() and WORK not in file.parts)
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in files}


def test_a_log_grows_and_opens_again(log: Log, key: Ed25519PrivateKey) -> None:
    assert log.size == 0
    assert log.append(entries_of(0, 3)) == range(3)
    assert log.append([]) == range(3, 3)
    assert log.append(entries_of(3, 700)) == range(3, 700)
    folder = log._folder.root
    log.close()
    with Log.open(folder, ORIGIN, key) as again:
        assert again.append(entries_of(700, 1000)) == range(700, 1000)
        assert again.root == tree_root([leaf_hash(entry) for entry in entries_of(0, 1000)])
        assert [again.tiles().entry(index) for index in range(1000)] == entries_of(0, 1000)
    assert fsck(folder, again.verifier).ok


def test_batches_do_not_matter(tmp_path: Path, key: Ed25519PrivateKey) -> None:
    with Log.create(tmp_path / "one", ORIGIN, key) as one, Log.create(tmp_path / "many", ORIGIN, key) as many:
        one.append(entries_of(0, 1300))
        for first in range(0, 1300, 100):
            many.append(entries_of(first, first + 100))
        assert one.signed == many.signed
    kept, whole = contents(tmp_path / "many"), contents(tmp_path / "one")
    assert whole.items() <= kept.items()
    assert all(".p/" in path for path in kept.keys() - whole.keys())


def test_a_full_tile_is_never_written_again_and_full_tiles_replace_partial_ones(log: Log) -> None:
    folder = log._folder.root
    log.append(entries_of(0, 200))
    assert (folder / "tile/entries/000.p/200").exists()
    log.append(entries_of(200, 600))
    assert not (folder / "tile/entries/000.p").exists()
    before = {path: os.stat(folder / path).st_ino for path in contents(folder) if ".p" not in path}
    log.append(entries_of(600, 900))
    after = {path: os.stat(folder / path).st_ino for path in before if path != "checkpoint"}
    assert after == {path: inode for path, inode in before.items() if path != "checkpoint"}


def test_older_checkpoints_stay_provable_after_their_partial_tiles_went(log: Log) -> None:
    log.append(entries_of(0, 200))
    size, root = log.size, log.root
    log.append(entries_of(200, 700))
    assert Tiles(size, log.read).root() == root


def test_entries_of_every_length(log: Log) -> None:
    log.append([b"", b"x" * 65_535])
    with pytest.raises(FootproofError, match="E-LOG-ENTRY-SIZE"):
        log.append([b"good", b"x" * 65_536])
    assert log.append([b"goes on"]) == range(2, 3)
    assert [log.tiles().entry(index) for index in range(3)] == [b"", b"x" * 65_535, b"goes on"]


def test_further_signers_sign_each_checkpoint(tmp_path: Path, key: Ed25519PrivateKey) -> None:
    second = Ed25519Signer("demo.example/second", Ed25519PrivateKey.from_private_bytes(bytes(32)))
    with Log.create(tmp_path / "log", ORIGIN, key, also=[second]) as log:
        log.append([b"a"])
        assert len(open_note(log.signed, [log.verifier, second.verifier]).signatures) == 2


def test_a_second_log_in_the_same_folder_is_refused(log: Log, key: Ed25519PrivateKey) -> None:
    folder = log._folder.root
    log.append([b"a"])
    log.close()
    with pytest.raises(FootproofError, match="E-LOG-EXISTS"):
        Log.create(folder, ORIGIN, key)
    (folder / "checkpoint").unlink()
    with pytest.raises(FootproofError, match="E-LOG-EXISTS"):
        Log.create(folder, ORIGIN, key)
    with pytest.raises(FootproofError, match="E-LOG-ABSENT"):
        Log.open(folder, ORIGIN, key)


def test_two_writers_cannot_both_append(log: Log, key: Ed25519PrivateKey) -> None:
    folder = log._folder.root
    with pytest.raises(FootproofError, match="E-LOG-LOCKED"):
        Log.open(folder, ORIGIN, key)
    other = subprocess.run(
        [sys.executable, Path(__file__).with_name("append_and_report.py"), str(folder), "0"],
        capture_output=True,
        check=False,
    )
    assert b"E-LOG-LOCKED" in other.stderr
    log.append([b"a"])
    log.close()
    log.close()
    with pytest.raises(FootproofError, match="E-LOG-CLOSED"):
        log.append([b"b"])
    Log.open(folder, ORIGIN, key).close()


def test_a_forked_child_does_not_append(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getpid", lambda: -1)
    with pytest.raises(FootproofError, match="E-LOG-LOCKED"):
        log.append([b"a"])


def test_the_wrong_key_or_origin_is_refused(log: Log, key: Ed25519PrivateKey) -> None:
    folder = log._folder.root
    log.close()
    with pytest.raises(ProofRejected, match="E-LOG-UNSIGNED"):
        Log.open(folder, ORIGIN, Ed25519PrivateKey.from_private_bytes(bytes(32)))
    with pytest.raises(ProofRejected, match="E-LOG-UNSIGNED"):
        Log.open(folder, "demo.example/other", key)
    Log.open(folder, ORIGIN, key).close()


@pytest.mark.parametrize("origin", ["", "a b", "a+b", "a\nb", "a\u2003b"])
def test_a_name_that_no_signature_line_can_carry_is_refused(
    tmp_path: Path, key: Ed25519PrivateKey, origin: str
) -> None:
    with pytest.raises(FootproofError, match="E-LOG-NAME"):
        Log.create(tmp_path / "log", origin, key)


def test_a_log_restored_from_an_older_copy_is_refused(log: Log, key: Ed25519PrivateKey) -> None:
    folder = log._folder.root
    log.append(entries_of(0, 10))
    seen = log.checkpoint
    log.close()
    Log.open(folder, ORIGIN, key, seen=seen).close()
    newer = Checkpoint(ORIGIN, 12, leaf_hash(b"newer"))
    with pytest.raises(ProofRejected, match="E-LOG-SHRUNK"):
        Log.open(folder, ORIGIN, key, seen=newer)
    with pytest.raises(ProofRejected, match="E-LOG-CONSISTENCY"):
        Log.open(folder, ORIGIN, key, seen=Checkpoint(ORIGIN, 9, leaf_hash(b"forked")))
    with pytest.raises(ProofRejected, match="E-LOG-ORIGIN"):
        Log.open(folder, ORIGIN, key, seen=Checkpoint("demo.example/other", 9, leaf_hash(b"x")))


@pytest.mark.parametrize("path", ["tile/entries/001.p/44", "tile/0/001.p/44", "tile/1/000.p/1"])
def test_a_damaged_edge_is_not_built_upon(log: Log, key: Ed25519PrivateKey, path: str) -> None:
    folder = log._folder.root
    log.append(entries_of(0, 300))
    log.close()
    data = (folder / path).read_bytes()
    for damage in (data[:-1] + bytes([data[-1] ^ 1]), data[:-1], data + b"\0", b""):
        (folder / path).write_bytes(damage)
        with pytest.raises(ProofRejected):
            Log.open(folder, ORIGIN, key)
    (folder / path).unlink()
    with pytest.raises(ProofRejected, match="E-LOG-MISSING"):
        Log.open(folder, ORIGIN, key)
    (folder / path).write_bytes(data)
    Log.open(folder, ORIGIN, key).close()


def test_a_bit_that_flips_on_its_way_to_disk_is_not_signed(
    log: Log, key: Ed25519PrivateKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, put = log._folder.root, Folder.put
    log.append(entries_of(0, 300))
    signed = log.signed

    def flipping(victim: str) -> Callable[[Folder, dict[str, bytes]], None]:
        def spoiled_put(folder: Folder, files: dict[str, bytes]) -> None:
            good = files.get(victim, b"\0")
            put(folder, {**files, victim: good[:-1] + bytes([good[-1] ^ 1])})

        return spoiled_put

    for victim in ("tile/entries/001", "tile/0/001", "tile/1/000.p/2", "tile/0/002.p/88"):
        with monkeypatch.context() as patch:
            patch.setattr(Folder, "put", flipping(victim))
            with pytest.raises(ProofRejected, match=r"E-LOG-(LINK|CONSISTENCY)"):
                log.append(entries_of(300, 600))
        with pytest.raises(FootproofError, match="E-LOG-STOPPED"):
            log.append([b"later"])
        assert (folder / "checkpoint").read_bytes() == signed
        log.close()
        log = Log.open(folder, ORIGIN, key)
        assert (log.size, log.signed) == (300, signed)
    log.append(entries_of(300, 600))
    assert fsck(folder, log.verifier).ok


def test_a_checkpoint_changed_by_others_stops_the_writer(log: Log) -> None:
    log.append([b"a"])
    (log._folder.root / "checkpoint").write_bytes(log.signed + b"\n")
    with pytest.raises(ProofRejected, match="E-LOG-CHANGED"):
        log.append([b"b"])
