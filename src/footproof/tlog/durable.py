"""A folder in which files appear whole and stay, whenever the power fails.

Each file is written under a passing name and synced, then renamed, then its directory is synced; so is the
parent of every directory that may be new. After an error of the system nothing is tried again: Linux forgets
what a failed `fsync` lost, and a second call would report success (see docs/reference/log.md).
"""

import os
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path

from footproof.errors import FootproofError, Where

WORK = ".writer"
"""Subfolder for passing files and the lock; it is never published."""

MOST_OPEN = 200
"""Files that are open at a time; systems allow 256 and more."""

_SYNCED: dict[str, tuple[int, int] | None] = {}
"""Directories whose names this process made durable, each with what tells it from a later one of its name."""


class Folder:
    """A folder with durable writes.

    Args:
        root: The folder; it exists.
    """

    __slots__ = ("_settled", "root")

    def __init__(self, root: Path) -> None:
        self.root = root
        self._settled: set[str] = {""}

    def read(self, name: str) -> bytes:
        """Return the bytes of a file.

        Raises:
            FileNotFoundError: There is no such file.
        """
        with open(f"{self.root}/{name}", "rb", 0) as file:
            return file.read()

    def put(self, files: Mapping[str, bytes]) -> None:
        """Write files; when this returns, all of them survive a loss of power.

        Among themselves they may appear in any order; each replaces a file of its name as a whole.

        Args:
            files: Bytes by path below the folder.

        Raises:
            OSError: The system could not write or sync; the state on disk is unknown until the folder is read
                again.
        """
        names = list(files)
        parents = {_parent(name) for name in names}
        for parent in parents:
            self._settle(parent)
        with ExitStack() as stack:
            # Opened before anything is renamed: an error of writing back then reaches the sync of this
            # handle.
            handles = [_open_directory(f"{self.root}/{parent}", stack) for parent in parents]
            for number, passing in enumerate(self._stage(list(files.values()))):
                os.rename(passing, self.root / names[number])
            for handle in handles:
                os.fsync(handle)

    def names(self, name: str) -> list[str]:
        """Return what is in a directory, nothing if there is none."""
        try:
            return sorted(os.listdir(f"{self.root}/{name}"))
        except (FileNotFoundError, NotADirectoryError):
            return []

    def remove(self, name: str) -> None:
        """Remove a file; whether that survives a loss of power is left open.

        Raises:
            OSError: The file is not there or cannot be removed.
        """
        (self.root / name).unlink()

    def drop(self, name: str) -> None:
        """Remove a directory of files that are no longer needed; what cannot be removed stays."""
        path = self.root / name
        with suppress(OSError):
            for file in list(path.iterdir()):
                file.unlink()
            path.rmdir()
        self._settled.discard(name)

    def sweep(self) -> None:
        """Remove passing files that an interrupted writer left."""
        for file in (self.root / WORK).glob("*.tmp"):
            file.unlink()

    def _stage(self, contents: Sequence[bytes]) -> list[Path]:
        """Write passing files and sync each of them.

        Syncs come after many writes: the system then has most of them on disk already, and settles the names of all
        in one transaction.
        """
        staged = [self.root / WORK / f"{number}.tmp" for number in range(len(contents))]
        for first in range(0, len(contents), MOST_OPEN):
            with ExitStack() as stack:
                handles = []
                for passing, data in zip(staged[first:], contents[first : first + MOST_OPEN], strict=False):
                    file = stack.enter_context(passing.open("wb"))
                    file.write(data)
                    file.flush()
                    _begin_writing(file.fileno())
                    handles.append(file.fileno())
                for handle in handles:
                    os.fsync(handle)
        return staged

    def _settle(self, name: str) -> None:
        """Make a directory and its parents exist durably; one found there may not have been synced either."""
        if name in self._settled:
            return
        self._settle(_parent(name))
        path = f"{self.root}/{name}"
        found = _identity(path)
        if found is None or found != _SYNCED.get(path):
            (self.root / name).mkdir(exist_ok=True)
            sync_directory((self.root / name).parent)
            _SYNCED[path] = _identity(path)
        self._settled.add(name)


def _identity(path: str) -> tuple[int, int] | None:
    """Return what tells a directory from another one of its name; None where there is none."""
    with suppress(OSError):
        found = os.stat(path)
        return found.st_dev, found.st_ino
    return None


def sync_directory(path: Path) -> None:
    """Make the names in a directory durable."""
    with ExitStack() as stack:
        os.fsync(_open_directory(path, stack))


def sync_path(path: Path) -> None:
    """Make a file that was written before, or the names in a directory, durable."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def hold_lock(root: Path, name: str = "lock") -> int:
    """Take the one lock for writing under a folder and return its handle; closing the handle gives it back.

    Args:
        root: The folder.
        name: Of another lock than that one.

    Raises:
        FootproofError: Another writer has it, or the system has no such locks.
    """
    try:
        import fcntl
    except ImportError:
        raise FootproofError("E-LOG-PLATFORM", Where(str(root))) from None
    (root / WORK).mkdir(exist_ok=True)
    handle = os.open(root / WORK / name, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        raise FootproofError("E-LOG-LOCKED", Where(str(root))) from None
    return handle


def _begin_writing(handle: int) -> None:
    """Have the system start to write a file back, where it can be told; only `fsync` says when it is done."""
    if hasattr(os, "posix_fadvise"):
        os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)


def _parent(name: str) -> str:
    """Return the directory of a file or directory below the folder; empty for the folder itself."""
    return name.rpartition("/")[0]


def _open_directory(path: Path | str, stack: ExitStack) -> int:
    """Open a directory for syncing until the stack closes."""
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    stack.callback(os.close, handle)
    return handle
