"""Read the files of a database from a folder, a ZIP archive or a single file, without trusting any of them.

A ZIP is judged by its directory before anything is inflated: paths that leave the archive, links, encryption, methods
that cannot be inflated in bounded steps, entries that overlap, and content out of proportion are refused. What is then
inflated never exceeds what the directory declares. Limits: 2 GB in all, 200 MB an entry, 1,000,000 entries.
"""

import os
import re
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from footproof.errors import FootproofError, Where

MOST_BYTES = 2_000_000_000
LARGEST_ENTRY = 200_000_000
MOST_ENTRIES = 1_000_000
STEEPEST = 250  # Bytes inflated from one; XML and JSON of real databases stay below 60.
SMALL = 10_000_000  # Below this, a steep entry does no harm.
HEAD = 4096
REMEMBERED = 8192  # Beginnings of files: several readers look at that of every file.

_OUTSIDE = re.compile(r"^/|^[A-Za-z]:|\\|[\x00-\x1f]|(^|/)\.\.(/|$)")
_LOCAL_HEADER = 30
_CLUTTER = {".DS_Store", ".git", "__MACOSX"}

Files = Iterable[tuple[str, bytes]]
Rank = Callable[[str, Callable[[], bytes]], int | None]


@dataclass(frozen=True, slots=True)
class Archive:
    """The files of a database, read one at a time.

    Args:
        names: Paths with "/" inside the archive or folder, in the order of the archive; of a folder, sorted.
        open: Returns at most so many bytes of a file, from its beginning.
        heads: Beginnings that were seen already.
    """

    names: tuple[str, ...]
    open: Callable[[str, int], bytes]
    heads: dict[str, bytes] = field(default_factory=dict, repr=False, compare=False)

    def __iter__(self) -> Iterator[tuple[str, bytes]]:
        return ((name, self.read(name)) for name in self.names)

    def read(self, name: str) -> bytes:
        """Return the content of a file.

        Raises:
            FootproofError: E-DB-ARCHIVE where it is damaged, E-DB-ARCHIVE-SIZE where it is too large.
        """
        content = self.open(name, LARGEST_ENTRY + 1)
        if len(content) > LARGEST_ENTRY:
            raise FootproofError("E-DB-ARCHIVE-SIZE", Where(name), found=len(content), most=LARGEST_ENTRY)
        self._remember(name, content[:HEAD])
        return content

    def peek(self, name: str) -> bytes:
        """Return the beginning of a file, at most 4,096 bytes.

        Raises:
            FootproofError: E-DB-ARCHIVE where it is damaged.
        """
        if name not in self.heads:
            self._remember(name, self.open(name, HEAD))
        return self.heads[name]

    def _remember(self, name: str, head: bytes) -> None:
        if len(self.heads) >= REMEMBERED:
            self.heads.clear()
        self.heads[name] = head


@contextmanager
def open_archive(path: Path) -> Iterator[Archive]:
    """Open a database for reading.

    Args:
        path: A folder, a ZIP archive (by its content, not its name) or a single file.

    Raises:
        FootproofError: E-DB-PATH for a path or link that leads elsewhere, E-DB-ARCHIVE for a damaged, encrypted or
            unusual archive, E-DB-ARCHIVE-SIZE beyond the limits, E-FILE-READ where the disk refuses.
    """
    try:
        if path.is_dir():
            yield _folder(path)
        elif _is_zip(path):
            with _zip(path) as archive:
                yield archive
        else:
            _measure(path.name, path.stat().st_size)
            yield Archive((path.name,), lambda _, most: _read_file(path, most))
    except OSError as problem:
        raise FootproofError("E-FILE-READ", Where(path.name), path=path.name, reason=problem.strerror) from problem


def in_order(files: Files, rank: Rank) -> Iterator[tuple[int, str, bytes]]:
    """Yield the files that are wanted, lowest rank first, so that what is referred to is read before what refers.

    Args:
        files: An archive, read entry by entry, or any pairs of name and content.
        rank: Given a name and a way to see the file's beginning, its rank, or None where it is not wanted.

    Raises:
        FootproofError: As `Archive.read`.
    """
    archive = files if isinstance(files, Archive) else _held(dict(files))
    ranks = [(place, name) for name in archive.names if (place := rank(name, partial(archive.peek, name))) is not None]
    for place, name in sorted(ranks, key=lambda pair: pair[0]):
        yield place, name, archive.read(name)


def _held(contents: dict[str, bytes]) -> Archive:
    return Archive(tuple(contents), lambda name, most: contents[name][:most])


def _is_zip(path: Path) -> bool:
    with path.open("rb") as file:
        start = file.read(4)
    return start in {b"PK\x03\x04", b"PK\x05\x06"}


def _read_file(path: Path, most: int) -> bytes:
    with path.open("rb") as file:
        return file.read(most)


def _measure(name: str, size: int) -> None:
    if size > LARGEST_ENTRY:
        raise FootproofError("E-DB-ARCHIVE-SIZE", Where(name), found=size, most=LARGEST_ENTRY)


# ---- folders


def _folder(root: Path) -> Archive:
    names: list[str] = []
    total = 0
    for path, size in _walk(root):
        name = path.relative_to(root).as_posix()
        _measure(name, size)
        names.append(name)
        total += size
        if total > MOST_BYTES or len(names) > MOST_ENTRIES:
            raise FootproofError("E-DB-ARCHIVE-SIZE", Where(root.name), found=total, most=MOST_BYTES)
    return Archive(tuple(sorted(names)), lambda name, most: _read_file(root / name, most))


def _walk(root: Path) -> Iterator[tuple[Path, int]]:
    """Yield the regular files of a folder with their size, leaving out what systems put beside data."""
    for folder, folders, files in os.walk(root):
        folders[:] = [name for name in folders if not _is_clutter(name)]
        for name in (*folders, *files):
            path = Path(folder) / name
            mode = path.lstat().st_mode
            if stat.S_ISLNK(mode) or not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
                raise FootproofError("E-DB-PATH", Where(path.relative_to(root).as_posix()), path=name)
            if stat.S_ISREG(mode) and not _is_clutter(name):
                yield path, path.stat().st_size


def _is_clutter(name: str) -> bool:
    return name in _CLUTTER or name.startswith("._")


# ---- ZIP archives


@contextmanager
def _zip(path: Path) -> Iterator[Archive]:
    with _damage(path.name):
        archive = zipfile.ZipFile(path)
    with archive:
        entries = _judge(path, archive.infolist())

        def read(name: str, most: int) -> bytes:
            with _damage(name), archive.open(entries[name]) as file:
                return file.read(min(most, entries[name].file_size + 1))

        yield Archive(tuple(entries), read)


@contextmanager
def _damage(name: str) -> Iterator[None]:
    """Turn every way a ZIP can be damaged into one error."""
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as problem:
        raise _refused(name, str(problem)[:200]) from problem


def _refused(name: str, reason: str) -> FootproofError:
    return FootproofError("E-DB-ARCHIVE", Where(name), reason=reason)


def _judge(path: Path, directory: list[zipfile.ZipInfo]) -> dict[str, zipfile.ZipInfo]:
    """Refuse a hostile directory before anything is inflated; return the files by name."""
    if len(directory) > MOST_ENTRIES:
        raise FootproofError("E-DB-ARCHIVE-SIZE", Where(path.name), found=len(directory), most=MOST_ENTRIES)
    entries: dict[str, zipfile.ZipInfo] = {}
    for entry in directory:
        _judge_entry(entry)
        if entry.filename in entries:
            raise _refused(entry.filename, "the entry stands twice")
        if not entry.is_dir() and not any(_is_clutter(part) for part in entry.filename.split("/")):
            entries[entry.filename] = entry
    _judge_whole(path, directory)
    return entries


def _judge_entry(entry: zipfile.ZipInfo) -> None:
    name = entry.filename
    # `zipfile` cuts a name at a NUL and may turn backslashes round, so the name as stored is judged.
    for text in (name, entry.orig_filename):
        if _OUTSIDE.search(text):
            raise FootproofError("E-DB-PATH", Where(name), path=text)
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise FootproofError("E-DB-PATH", Where(name), path=name)
    if entry.flag_bits & 0x1:
        raise _refused(name, "the entry is encrypted")
    if entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise _refused(name, f"compression method {entry.compress_type} is neither stored nor deflated")
    _measure(name, entry.file_size)
    if entry.file_size > SMALL and entry.file_size > STEEPEST * entry.compress_size:
        raise FootproofError(
            "E-DB-ARCHIVE-SIZE", Where(name), found=entry.file_size, most=STEEPEST * entry.compress_size
        )


def _judge_whole(path: Path, directory: list[zipfile.ZipInfo]) -> None:
    total = sum(entry.file_size for entry in directory)
    most = max(SMALL, min(MOST_BYTES, STEEPEST * path.stat().st_size))
    if total > most:
        raise FootproofError("E-DB-ARCHIVE-SIZE", Where(path.name), found=total, most=most)
    end = 0
    for entry in sorted(directory, key=lambda item: item.header_offset):
        if entry.header_offset < end:
            raise _refused(entry.filename, "entries overlap")
        end = entry.header_offset + _LOCAL_HEADER + entry.compress_size
