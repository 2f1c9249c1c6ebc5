"""Where the material of a check comes from: a static tree in a folder, loose files beside a certificate, or an address.

Each gives the files of the static tree under their names, `c/<number>/event.json` or `trust.json`, and None for what is
not there. A name never leads out of the place, and nothing larger than asked for is read.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Protocol

from footproof.errors import FootproofError, Where

Get = Callable[[str, int], bytes | None]

_NAME = re.compile(r"[A-Za-z0-9_@%+-][A-Za-z0-9._@%+-]*(/[A-Za-z0-9_@%+-][A-Za-z0-9._@%+-]*){0,9}", re.ASCII)


class Source(Protocol):
    """A place that has files of a static tree."""

    @property
    def place(self) -> str:
        """What people call the place: a folder or an address."""

    def read(self, name: str, most: int) -> bytes | None:
        """Return a file, or None where there is none.

        Args:
            name: Path in the static tree, without a leading slash.
            most: Largest size. [bytes]

        Raises:
            FootproofError: E-SOURCE-NAME for a name that no tree has; E-SOURCE-SIZE for a larger file; E-FILE-READ
                where there is one that cannot be read.
        """

    def names(self, beside: str) -> tuple[str, ...]:
        """Return the files that lie beside a file of the tree, where the place has it and can be looked through.

        Args:
            beside: Path of that file in the static tree.
        """


@dataclass(frozen=True, slots=True)
class TreeFolder:
    """A folder that holds a static tree, or the public folder of a workspace."""

    root: Path

    @property
    def place(self) -> str:
        """Return the path of the folder."""
        return str(self.root)

    def read(self, name: str, most: int) -> bytes | None:
        """Return a file below the folder; a link that leads out of it counts as absent."""
        _check_name(name)
        path = self.root.joinpath(*PurePosixPath(name).parts)
        if not path.resolve().is_relative_to(self.root.resolve()):
            return None
        return read_place(path, name, most)

    def names(self, beside: str) -> tuple[str, ...]:
        """Return the files of the folder in which a file lies."""
        _check_name(beside)
        path = self.root.joinpath(*PurePosixPath(beside).parts)
        if not path.is_file():
            return ()
        return tuple(sorted(str(PurePosixPath(beside).with_name(one.name)) for one in path.parent.iterdir()))


@dataclass(frozen=True, slots=True)
class LooseFiles:
    """A folder in which the files of one certificate lie without the tree around them: names count, paths do not."""

    folder: Path

    @property
    def place(self) -> str:
        """Return the path of the folder."""
        return str(self.folder)

    def read(self, name: str, most: int) -> bytes | None:
        """Return the file with the last part of the name."""
        _check_name(name)
        return read_place(self.folder / PurePosixPath(name).name, name, most)

    def names(self, beside: str) -> tuple[str, ...]:  # noqa: ARG002  # as `Source` has it
        """Return nothing: in one folder nobody can tell what belongs to what."""
        return ()


@dataclass(frozen=True, slots=True)
class Web:
    """A static tree behind an address.

    Args:
        base: Address of the tree, without a slash at the end.
        get: Fetches an address with at most so many bytes; None where the server says that there is nothing.
    """

    base: str
    get: Get

    @property
    def place(self) -> str:
        """Return the address."""
        return self.base

    def read(self, name: str, most: int) -> bytes | None:
        """Return what the server has under the name."""
        _check_name(name)
        return self.get(f"{self.base}/{name}", most)

    def names(self, beside: str) -> tuple[str, ...]:  # noqa: ARG002  # as `Source` has it
        """Return nothing: a server need not say what it has."""
        return ()


@dataclass(frozen=True, slots=True)
class FirstOf:
    """Several sources; the first that has a file gives it."""

    sources: tuple[Source, ...]

    @property
    def place(self) -> str:
        """Return the first place."""
        return self.sources[0].place if self.sources else ""

    def read(self, name: str, most: int) -> bytes | None:
        """Return the file of the first source that has it."""
        return next((data for source in self.sources if (data := source.read(name, most)) is not None), None)

    def names(self, beside: str) -> tuple[str, ...]:
        """Return what the first source that can say so has beside a file."""
        return next((found for source in self.sources if (found := source.names(beside))), ())


def _check_name(name: str) -> None:
    if len(name) > 500 or not _NAME.fullmatch(name):
        raise FootproofError("E-SOURCE-NAME", Where(name[:120]), found=name[:120])


def read_place(path: Path, name: str, most: int) -> bytes | None:
    """Return a file, or None where there is none.

    Args:
        path: Where it lies.
        name: For messages.
        most: Largest size. [bytes]

    Raises:
        FootproofError: E-SOURCE-SIZE, E-FILE-READ.
    """
    try:
        if not path.is_file():
            return None
        with path.open("rb") as file:
            data = file.read(most + 1)
    except (OSError, ValueError) as problem:
        reason = getattr(problem, "strerror", None) or type(problem).__name__
        raise FootproofError("E-FILE-READ", path=name, reason=reason) from problem
    if len(data) > most:
        raise FootproofError("E-SOURCE-SIZE", Where(name), found=f"> {most}", limit=most)
    return data
