"""Files on their way into a tree: all are written under passing names, made durable together, and then appear.

Nothing has its name before all are durable, so a crash leaves each file whole or not at all. One wait for all that is
unwritten costs a quarter of a wait for each of a dozen files; that it reports no error of the disk is borne here, since
the tree is made again from store and log as often as one likes.
"""

import os
from collections.abc import Iterable
from pathlib import Path


class Staging:
    """Files that are about to appear in a tree, one writer at a time.

    Args:
        root: The tree; it exists.
    """

    def __init__(self, root: Path) -> None:
        self._root = str(root)
        self._drafts: dict[str, str] = {}
        self._fresh: set[str] = set()
        self._there: set[str] = {str(root)}

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

    def settle(self) -> None:
        """Let all files appear, durably, pages after what they link to.

        Raises:
            OSError: The disk refuses; some of the files may be there.
        """
        if not self._drafts:
            return
        os.sync()
        for path, draft in sorted(self._drafts.items(), key=_is_page):
            os.replace(draft, path)
        self._drafts = {}
        os.sync()

    def drop(self) -> None:
        """Remove what has not appeared."""
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


def _is_page(moved: tuple[str, str]) -> bool:
    return moved[0].endswith(".html")


def _says(path: str, data: bytes) -> bool:
    try:
        with open(path, "rb", 0) as file:
            return file.read() == data
    except FileNotFoundError:
        return False
