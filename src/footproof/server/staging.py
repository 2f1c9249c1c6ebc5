"""Files on their way into a tree: each is written and made durable while the next is still being made, then all appear.

Whoever makes files computes, and the disk takes its time; both go on at once here. Nothing has its name before all are
durable, so a crash leaves each file whole or not at all.
"""

import os
from collections.abc import Iterable
from concurrent.futures import Future, wait
from pathlib import Path

from footproof.server.at_once import at_once, begun
from footproof.server.workspace import FEW
from footproof.tlog.durable import sync_path


class Staging:
    """Files that are about to appear in a tree, one writer at a time.

    Args:
        root: The tree; it exists.
        many: Whether there will be many, for which one wait for all that is unwritten serves better.
    """

    def __init__(self, root: Path, *, many: bool = False) -> None:
        self._root = str(root)
        self._many = many
        self._drafts: dict[str, str] = {}
        self._fresh: set[str] = set()
        self._there: set[str] = {str(root)}
        self._folders: set[str] = set()
        self._waits: list[Future[None]] = []

    def add(self, files: Iterable[tuple[str, bytes]]) -> None:
        """Write files that are not yet seen; what says so already is left alone.

        Args:
            files: Path below the tree, and bytes; of two with one path the later counts.

        Raises:
            OSError: The disk refuses; `drop` removes what was written.
        """
        for name, data in files:
            path = os.path.join(self._root, name)
            folder = os.path.dirname(path)
            self._make(folder)
            if folder not in self._fresh and path not in self._drafts and _says(path, data):
                continue
            draft = f"{folder}/.{os.path.basename(path)}.{os.getpid()}.tmp"
            self._drafts[path] = draft
            with open(draft, "wb", 0) as file:
                file.write(data)
            self._many = self._many or len(self._drafts) > FEW
            if not self._many:
                self._waits.append(begun(sync_path, Path(draft)))

    def settle(self) -> None:
        """Let all files appear, durably, pages after what they link to; many with one wait for all that is unwritten.

        Raises:
            OSError: The disk refuses; some of the files may be there.
        """
        for one in self._waits:
            one.result()
        if self._many:
            os.sync()
        for path, draft in sorted(self._drafts.items(), key=_is_page):
            os.replace(draft, path)
        self._folders |= {os.path.dirname(path) for path in self._drafts}
        self._drafts = {}
        if self._many:
            os.sync()
        else:
            at_once(sync_path, map(Path, self._folders))

    def drop(self) -> None:
        """Remove what has not appeared."""
        wait(self._waits)
        for draft in self._drafts.values():
            Path(draft).unlink(missing_ok=True)

    def _make(self, folder: str) -> None:
        """Make a folder with those above it, not yet durable."""
        if folder in self._there:
            return
        self._there.add(folder)
        if os.path.isdir(folder):
            return
        above = os.path.dirname(folder)
        self._make(above)
        os.mkdir(folder)
        self._fresh.add(folder)
        self._folders |= {folder, above}


def _is_page(moved: tuple[str, str]) -> bool:
    return moved[0].endswith(".html")


def _says(path: str, data: bytes) -> bool:
    try:
        with open(path, "rb", 0) as file:
            return file.read() == data
    except FileNotFoundError:
        return False
