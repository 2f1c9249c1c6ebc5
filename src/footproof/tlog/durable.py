"""A folder in which files appear whole and stay, whenever the power fails.

Each file is written under a passing name and synced, then renamed, then its directory is synced; so is the
parent of every directory that may be new. After an error of the system nothing is tried again: Linux forgets
what a failed `fsync` lost, and a second call would report success (see docs/reference/log.md).
"""

import os
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path, PurePosixPath

from footproof.errors import FootproofError, Where

WORK = ".writer"
"""Subfolder for passing files and the lock; it is never published."""

MOST_OPEN = 200
"""Files that are open at a time; systems allow 256 and more."""


class Folder:
    """A folder with durable writes.

    Args:
        root: The folder; it exists.
    """

    __slots__ = ("_settled", "root")

    def __init__(self, root: Path) -> None:
        self.root = root
        self._settled: set[PurePosixPath] = {PurePosixPath()}

    def read(self, name: str) -> bytes:
        """Return the bytes of a file.

        Raises:
            FileNotFoundError: There is no such file.
        """
        return (self.root / name).read_bytes()

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
        for name in names:
            self._settle(PurePosixPath(name).parent)
        with ExitStack() as stack:
            # Opened before anything is renamed: an error of writing back then reaches the sync of this
            # handle.
            handles = [_open_directory(self.root / path, stack) for path in {_parent(name) for name in files}]
            for number, passing in enumerate(self._stage(list(files.values()))):
                os.rename(passing, self.root / names[number])
            for handle in handles:
                os.fsync(handle)

    def names(self, name: str) -> list[str]:
        """Return what is in a directory, nothing if there is none."""
        path = self.root / name
        return sorted(file.name for file in path.iterdir()) if path.is_dir() else []

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
        self._settled.discard(PurePosixPath(name))

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

    def _settle(self, path: PurePosixPath) -> None:
        """Make a directory and its parents exist durably; one found there may not have been synced either."""
        if path in self._settled:
            return
        self._settle(path.parent)
        (self.root / path).mkdir(exist_ok=True)
        sync_directory(self.root / path.parent)
        self._settled.add(path)


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


def hold_lock(root: Path) -> int:
    """Take the one lock for writing under a folder and return its handle; closing the handle gives it back.

    Raises:
        FootproofError: Another writer has it, or the system has no such locks.
    """
    try:
        import fcntl
    except ImportError:
        raise FootproofError("E-LOG-PLATFORM", Where(str(root))) from None
    (root / WORK).mkdir(exist_ok=True)
    handle = os.open(root / WORK / "lock", os.O_RDWR | os.O_CREAT, 0o600)
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


def _parent(name: str) -> PurePosixPath:
    """Return the directory of a file below the folder."""
    return PurePosixPath(name).parent


def _open_directory(path: Path, stack: ExitStack) -> int:
    """Open a directory for syncing until the stack closes."""
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    stack.callback(os.close, handle)
    return handle
