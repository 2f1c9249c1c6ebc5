"""The log after kill -9 and failing system calls, at every point of an append; test_tlog_power takes the power away."""

import errno
import os
import random
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from footproof.errors import FootproofError
from footproof.tlog import Checkpoint, Log, Tiles, fsck, verify_consistency
from footproof.tlog import durable as durable_module
from footproof.tlog.tiles import encode_bundle

ORIGIN = "demo.example/log"


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

    for owner, name in CALLS:
        monkeypatch.setattr(owner, name, counted(getattr(owner, name)))
    real_open = Path.open

    def opened(path: Path, mode: str = "r", *arguments: Any, **named: Any) -> Any:
        file = real_open(path, mode, *arguments, **named)
        return Spoiled(file, lambda: next(count) == number, action) if mode == "wb" else file

    monkeypatch.setattr(Path, "open", opened)


CALLS = ((os, "fsync"), (os, "rename"), (os, "open"), (Path, "unlink"), (Path, "mkdir"), (Path, "rmdir"))


class Spoiled:
    """A file of which one write comes half through."""

    def __init__(self, file: IO[bytes], due: Callable[[], bool], action: Callable[[], None]) -> None:
        self._file, self._due, self._action = file, due, action

    def write(self, data: bytes) -> None:
        if self._due():
            self._file.write(data[: len(data) // 2])
            self._file.flush()
            self._action()
        self._file.write(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def __enter__(self) -> "Spoiled":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()


def dies() -> None:
    raise Died


def fails() -> None:
    raise OSError(errno.EIO, os.strerror(errno.EIO))


def is_full() -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def result_of(step: Callable[[], object]) -> str:
    """Return how a step ended: "done", "died" or a code."""
    try:
        step()
    except Died:
        return "died"
    except FootproofError as error:
        return error.code
    return "done"


@pytest.mark.parametrize("action", [dies, fails, is_full], ids=["died", "input-output-error", "no-space"])
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
