"""A model file system on which the power fails: what a writer did, call by call, and what may be left of it.

`recorded` notes the system calls of a writer that runs on a real folder. `Disk` replays them and knows, for every file
and every directory, what is certain to be on disk and what is only on its way: bytes written since the last sync of
the file, names changed since the last sync of the directory. `Disk.after_power_cut` is one state that a loss of power
may leave: of each change on its way it takes all, nothing, or, where a coin decides, some, and of bytes on their way
a torn part. The model promises less than any real file system: names of one directory reach the disk in any order.
"""

import os
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import pytest

Tree = dict[str, bytes]
"""Bytes of every file by its path below the root."""


@dataclass(frozen=True)
class Call:
    """One system call: what it did to which path, or to which inode."""

    what: str
    path: str = ""
    target: str = ""
    inode: int = 0
    data: bytes = b""
    acknowledged: int = 0


@dataclass
class Recorder:
    """Notes what happens below a root."""

    root: Path
    calls: list[Call] = field(default_factory=list)

    def name(self, path: Path | str) -> str:
        """Return a path below the root."""
        return Path(path).relative_to(self.root).as_posix()

    def note(self, call: Call) -> None:
        """Take down one call."""
        self.calls.append(call)

    def acknowledge(self, size: int) -> None:
        """Take down that somebody was told that so many entries are safe."""
        self.note(Call("acknowledge", acknowledged=size))


class _Noted:
    """A file whose writes are noted."""

    def __init__(self, file: IO[bytes], recorder: Recorder) -> None:
        self._file = file
        self._recorder = recorder
        self._inode = os.fstat(file.fileno()).st_ino

    def write(self, data: bytes) -> int:
        self._recorder.note(Call("write", inode=self._inode, data=bytes(data)))
        return self._file.write(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def __enter__(self) -> "_Noted":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()


class _Watched:
    """Stands in for the system calls of a process and notes those below a root."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder
        self.real = {name: getattr(Path, name) for name in ("open", "mkdir", "unlink", "rmdir")}
        self.real |= {name: getattr(os, name) for name in ("fsync", "rename")}

    def below(self, path: Path) -> bool:
        return path.is_relative_to(self.recorder.root)

    def open(self, path: Path, mode: str = "r", *arguments: Any, **named: Any) -> Any:
        file = self.real["open"](path, mode, *arguments, **named)
        if mode != "wb" or not self.below(path):
            return file
        inode = os.fstat(file.fileno()).st_ino
        self.recorder.note(Call("create", self.recorder.name(path), inode=inode))
        return _Noted(file, self.recorder)

    def mkdir(self, path: Path, *arguments: Any, **named: Any) -> None:
        new = not path.exists()
        self.real["mkdir"](path, *arguments, **named)
        if new and self.below(path) and path != self.recorder.root:
            self.recorder.note(Call("mkdir", self.recorder.name(path)))

    def unlink(self, path: Path, *arguments: Any, **named: Any) -> None:
        self.real["unlink"](path, *arguments, **named)
        if self.below(path):
            self.recorder.note(Call("unlink", self.recorder.name(path)))

    def rmdir(self, path: Path) -> None:
        self.real["rmdir"](path)
        if self.below(path):
            self.recorder.note(Call("rmdir", self.recorder.name(path)))

    def fsync(self, handle: int) -> None:
        self.real["fsync"](handle)
        path = Path(os.readlink(f"/proc/self/fd/{handle}"))
        if self.below(path):
            what = "sync names" if path.is_dir() else "sync bytes"
            self.recorder.note(Call(what, self.recorder.name(path), inode=os.fstat(handle).st_ino))

    def rename(self, source: Path, target: Path) -> None:
        self.real["rename"](source, target)
        if self.below(target):
            self.recorder.note(Call("rename", self.recorder.name(source), self.recorder.name(target)))


@contextmanager
def recorded(root: Path) -> Iterator[Recorder]:
    """Note every call of this process that changes something below a folder."""
    watched = _Watched(Recorder(root))

    def method(name: str) -> Callable[..., Any]:
        def call(path: Path, *arguments: Any, **named: Any) -> Any:
            return getattr(watched, name)(path, *arguments, **named)

        return call

    with pytest.MonkeyPatch.context() as patch:
        for name in ("open", "mkdir", "unlink", "rmdir"):
            patch.setattr(Path, name, method(name))
        patch.setattr(os, "fsync", watched.fsync)
        patch.setattr(os, "rename", watched.rename)
        yield watched.recorder


@dataclass
class _File:
    """Bytes of a file: those that are safe, and all."""

    safe: bytes = b""
    now: bytes = b""


@dataclass
class _Directory:
    """Names in a directory, each with its file or directory: those that are safe, and changes on their way."""

    safe: dict[str, "_File | _Directory"] = field(default_factory=dict)
    now: dict[str, "_File | _Directory"] = field(default_factory=dict)


class Disk:
    """What calls have made of a disk."""

    def __init__(self) -> None:
        self.root = _Directory()
        self._files: dict[int, _File] = {}
        self.acknowledged = 0

    def apply(self, call: Call) -> None:
        """Do one call."""
        match call.what:
            case "acknowledge":
                self.acknowledged = call.acknowledged
            case "mkdir":
                self._set(call.path, _Directory())
            case "create":
                self._files[call.inode] = _File()
                self._set(call.path, self._files[call.inode])
            case "write":
                self._files[call.inode].now += call.data
            case "sync bytes":
                file = self._files[call.inode]
                file.safe = file.now
            case "sync names":
                directory = self._at(call.path)
                assert isinstance(directory, _Directory)
                directory.safe = dict(directory.now)
            case "rename":
                self._set(call.target, self._take(call.path))
            case "unlink" | "rmdir":
                self._take(call.path)

    def after_power_cut(self, coin: random.Random | None, *, everything: bool = False) -> Tree:
        """Return what is left: with no coin nothing that was on its way, or everything."""
        tree: Tree = {}
        self._collect(self.root, "", tree, coin, everything=everything)
        return tree

    def _collect(
        self, directory: _Directory, path: str, tree: Tree, coin: random.Random | None, *, everything: bool
    ) -> None:
        names = dict(directory.now if everything else directory.safe)
        if coin is not None:
            for name in directory.safe.keys() | directory.now.keys():
                if directory.safe.get(name) is not directory.now.get(name) and coin.random() < 0.5:
                    names.pop(name, None)
                    if name in directory.now:
                        names[name] = directory.now[name]
        for name, found in names.items():
            below = f"{path}{name}"
            if isinstance(found, _Directory):
                tree[f"{below}/"] = b""
                self._collect(found, f"{below}/", tree, coin, everything=everything)
            else:
                tree[below] = _bytes(found, coin, everything=everything)

    def _at(self, path: str) -> "_File | _Directory":
        found: _File | _Directory = self.root
        for name in [part for part in path.split("/") if part not in {"", "."}]:
            assert isinstance(found, _Directory)
            found = found.now[name]
        return found

    def _parent(self, path: str) -> tuple[_Directory, str]:
        head, _, name = path.rpartition("/")
        directory = self._at(head)
        assert isinstance(directory, _Directory)
        return directory, name

    def _set(self, path: str, found: "_File | _Directory") -> None:
        directory, name = self._parent(path)
        directory.now[name] = found

    def _take(self, path: str) -> "_File | _Directory":
        directory, name = self._parent(path)
        return directory.now.pop(name)


def _bytes(file: _File, coin: random.Random | None, *, everything: bool) -> bytes:
    """Return the bytes of a file after a power cut; those on their way may be there, missing, cut, zero or mixed."""
    if everything or file.safe == file.now:
        return file.now
    if coin is None:
        return file.safe
    cut = coin.randrange(len(file.now) + 1)
    # Length reached the disk and some blocks did not; a length that ends in the middle; old blocks before new ones.
    torn = [
        file.safe,
        file.now,
        file.now[:cut],
        file.now[:cut] + bytes(len(file.now) - cut),
        bytes(cut) + file.now[cut:],
    ]
    return coin.choice(torn)


def materialise(tree: Tree, folder: Path) -> None:
    """Write a tree to a real folder."""
    folder.mkdir()
    for path, data in sorted(tree.items()):
        if path.endswith("/"):
            (folder / path).mkdir(parents=True, exist_ok=True)
        else:
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(data)
