"""The log after kill -9, failing system calls and a loss of power, at every point of an append."""

import errno
import os
import random
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from footproof.errors import FootproofError
from footproof.tlog import Checkpoint, Log, Tiles, fsck, verify_consistency
from footproof.tlog import durable as durable_module
from footproof.tlog.tiles import encode_bundle

ORIGIN = "demo.example/log"
BATCHES = [1, 3, 252, 1, 300, 40]


def entries_of(first: int, end: int, label: str = "entry") -> list[bytes]:
    return [f"{label} {number}".encode() for number in range(first, end)]


def kill_rounds(folder: Path, key: Ed25519PrivateKey, rounds: int, seed: int) -> int:
    """Kill a writer again and again; return the entries that survived."""
    chance = random.Random(seed)
    with Log.create(folder, ORIGIN, key) as log:
        known: Checkpoint = log.checkpoint
    for number in range(rounds):
        writer = subprocess.Popen(
            [sys.executable, Path(__file__).with_name("append_and_report.py"), str(folder), str(number)],
            stdout=subprocess.PIPE,
        )
        assert writer.stdout is not None
        first = writer.stdout.readline()
        assert first, "the writer did not start"
        time.sleep(chance.uniform(0, 0.06))
        writer.kill()
        rest, _ = writer.communicate()
        size, root = (first + rest)[: (first + rest).rfind(b"\n")].split(b"\n")[-1].split()
        with Log.open(folder, ORIGIN, key) as log:
            assert log.size >= int(size), "an acknowledged entry is lost"
            tiles = Tiles(log.size, log.read)
            for old_size, old_root in ((known.size, known.root), (int(size), bytes.fromhex(root.decode()))):
                verify_consistency(old_size, old_root, log.size, log.root, tiles.consistency(old_size))
            known = log.checkpoint
        assert not list((folder / durable_module.WORK).glob("*.tmp"))
    report = fsck(folder, log.verifier)
    assert report.ok, report.problems
    return report.size


def test_kill_at_random_moments(tmp_path: Path, key: Ed25519PrivateKey) -> None:
    assert kill_rounds(tmp_path / "log", key, rounds=10, seed=1) > 0


@pytest.mark.slow
def test_kill_at_many_random_moments(tmp_path: Path, key: Ed25519PrivateKey) -> None:
    assert kill_rounds(tmp_path / "log", key, rounds=150, seed=2) > 0


class Died(BaseException):
    """Stands for the end of the process at a system call."""


def at_call(number: int, action: Callable[[], None], monkeypatch: pytest.MonkeyPatch) -> None:
    """Run `action` in place of the writer's system call of this number; the calls before it are real."""
    count = iter(range(number + 1_000_000))

    def counted(real: Callable[..., object]) -> Callable[..., object]:
        def call(*arguments: object, **named: object) -> object:
            if next(count) == number:
                action()
            return real(*arguments, **named)

        return call

    for owner, name in ((os, "fsync"), (os, "rename"), (Path, "unlink"), (Path, "mkdir"), (Path, "rmdir")):
        monkeypatch.setattr(owner, name, counted(getattr(owner, name)))


def dies() -> None:
    raise Died


def fails() -> None:
    raise OSError(errno.EIO, os.strerror(errno.EIO))


def result_of(step: Callable[[], object]) -> str:
    """Return how a step ended: "done", "died" or a code."""
    try:
        step()
    except Died:
        return "died"
    except FootproofError as error:
        return error.code
    return "done"


@pytest.mark.parametrize("action", [dies, fails], ids=["died", "input-output-error"])
@pytest.mark.parametrize("before", [0, 5, 255, 600])
def test_an_append_that_ends_at_any_system_call(
    tmp_path: Path, key: Ed25519PrivateKey, action: Callable[[], None], before: int
) -> None:
    for number in range(1000):
        folder = tmp_path / f"{number}"
        log = Log.create(folder, ORIGIN, key)
        log.append(entries_of(0, before))
        signed = log.signed
        with pytest.MonkeyPatch.context() as patch:
            at_call(number, action, patch)
            outcome = result_of(lambda: log.append(entries_of(before, before + 300, "lost")))  # noqa: B023
        ended = outcome == "done"
        assert outcome in {"done", "died", "E-LOG-WRITE"}
        if not ended:
            with pytest.raises(FootproofError, match="E-LOG-STOPPED"):
                log.append([b"more"])
        log.close()
        with Log.open(folder, ORIGIN, key) as again:
            assert again.signed == signed or again.size == before + 300
            assert not ended or again.size == before + 300
            size = again.size
            again.append(entries_of(size, size + 100, "next"))
            again.append(entries_of(size + 100, size + 400, "next"))
            assert again.tiles().entry(size + 399) == f"next {size + 399}".encode()
        report = fsck(folder, again.verifier)
        assert report.ok, report.problems
        if ended and number > 20:
            return
    pytest.fail("the append never came to its end")


class PowerModel:
    """What would be left on disk if the power failed now: synced contents under synced names only.

    Follows the writer's own `fsync` calls: one of a file keeps its bytes, one of a directory keeps its names.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.contents: dict[int, bytes] = {}
        self.names: dict[int, dict[str, tuple[int, bool]]] = {}
        self.held: list[int] = []

    def synced(self, handle: int) -> None:
        self.held.append(os.dup(handle))  # While it is open, no other file gets its inode number.
        path = Path(os.readlink(f"/proc/self/fd/{handle}"))
        inode = os.fstat(handle).st_ino
        if path.is_dir():
            self.names[inode] = self.listing(path)
        else:
            self.contents[inode] = path.read_bytes()

    def listing(self, path: Path) -> dict[str, tuple[int, bool]]:
        with os.scandir(path) as items:
            return {item.name: (item.stat().st_ino, item.is_dir()) for item in items}

    def after_power_cut(self, target: Path, chance: random.Random | None = None) -> None:
        """Write what is left; with `chance`, some unsynced names made it to disk as well, others did not."""
        self._restore(self.root, self.root.stat().st_ino, target, chance)

    def _restore(self, live: Path, inode: int, target: Path, chance: random.Random | None) -> None:
        target.mkdir(exist_ok=True)
        names = dict(self.names.get(inode, {}))
        if chance is not None and live.is_dir():
            names.update({k: v for k, v in self.listing(live).items() if chance.random() < 0.5})
        for name, (child, is_directory) in names.items():
            if is_directory:
                self._restore(live / name, child, target / name, chance)
            else:
                (target / name).write_bytes(self.contents.get(child, b""))


def violations(tmp_path: Path, key: Ed25519PrivateKey, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Yield what is wrong in the states that power cuts after each system call of the writer leave."""
    folder = tmp_path / "log"
    model = PowerModel(folder)
    log = Log.create(folder, ORIGIN, key)
    for path in (folder, folder / "checkpoint"):
        handle = os.open(path, os.O_RDONLY)
        model.synced(handle)
        os.close(handle)
    fsync, rename = os.fsync, os.rename
    states: list[tuple[Path, int]] = []
    acknowledged = 0

    def cut() -> None:
        for chance in (None, random.Random(len(states))):
            states.append((tmp_path / f"cut{len(states)}", acknowledged))
            model.after_power_cut(states[-1][0], chance)

    def watched_fsync(handle: int) -> None:
        fsync(handle)
        model.synced(handle)
        cut()

    def watched_rename(source: Path, target: Path) -> None:
        rename(source, target)
        cut()

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", watched_fsync)
        patch.setattr(os, "rename", watched_rename)
        for batch in BATCHES:
            log.append(entries_of(log.size, log.size + batch))
            acknowledged = log.size
            cut()
    log.close()
    for handle in model.held:
        os.close(handle)
    assert len(states) > 150
    for state, promised in states:
        yield from wrong_with(state, promised, key)


def wrong_with(state: Path, promised: int, key: Ed25519PrivateKey) -> Iterator[str]:
    """Yield what is wrong with a folder in which so many entries were acknowledged."""
    try:
        with Log.open(state, ORIGIN, key) as found:
            if found.size < promised:
                yield f"{state.name}: {found.size} entries, {promised} were acknowledged"
        report = fsck(state, found.verifier)
        if not report.ok:
            yield f"{state.name}: {report.problems[0]}"
    except FootproofError as error:
        yield f"{state.name}: {error}"


needs_proc = pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="the power model needs /proc/self/fd")


@needs_proc
def test_a_loss_of_power_after_any_system_call(
    tmp_path: Path, key: Ed25519PrivateKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert list(violations(tmp_path, key, monkeypatch)) == []


@needs_proc
@pytest.mark.parametrize("kind", ["file", "directory"])
def test_the_power_model_notices_a_missing_sync(
    tmp_path: Path, key: Ed25519PrivateKey, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    synced = PowerModel.synced

    def without(self: PowerModel, handle: int) -> None:
        is_directory = Path(os.readlink(f"/proc/self/fd/{handle}")).is_dir()
        first = len(self.names) < 1 or not self.contents
        if first or is_directory != (kind == "directory"):
            synced(self, handle)

    monkeypatch.setattr(PowerModel, "synced", without)
    assert len(list(violations(tmp_path, key, monkeypatch))) > 10


def test_the_checkpoint_comes_last(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    fsync, rename = os.fsync, os.rename
    calls: list[str] = []

    def noted_fsync(handle: int) -> None:
        calls.append("file" if stat.S_ISREG(os.fstat(handle).st_mode) else "directory")
        fsync(handle)

    def noted_rename(source: Path, target: Path) -> None:
        calls.append("checkpoint" if target.name == "checkpoint" else "tile")
        rename(source, target)

    monkeypatch.setattr(os, "fsync", noted_fsync)
    monkeypatch.setattr(os, "rename", noted_rename)
    log.append(entries_of(0, 700))
    assert calls.count("checkpoint") == 1
    assert calls[-4:] == ["directory", "file", "checkpoint", "directory"]
    assert "file" not in calls[calls.index("tile") : -3]
    assert calls.count("tile") == 7


def test_strangers_beside_a_tile_that_becomes_full_are_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A writer died with 147 entries on disk and 100 under its checkpoint; the next one fills the tile and dies too."""
    key = Ed25519PrivateKey.generate()
    with Log.create(tmp_path / "log", "footproof.test/log", key) as log:
        log.append([b"kept %d" % number for number in range(100)])
    entries = encode_bundle([b"lost %d" % number for number in range(147)])
    for name, data in (("entries/000.p/147", entries), ("0/000.p/147", b"\1" * 32 * 147)):
        (tmp_path / "log" / "tile" / name).write_bytes(data)
    monkeypatch.setattr(Log, "_drop_partials", lambda *_: None)
    with Log.open(tmp_path / "log", "footproof.test/log", key) as log:
        log.append([b"new %d" % number for number in range(300)])
        report = fsck(tmp_path / "log", log.verifier)
    assert report.ok, report.problems
