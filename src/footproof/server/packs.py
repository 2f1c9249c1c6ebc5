"""Packs of objects: many in one file, found by their digest as single files are.

A hundred thousand small files at once cost a disk more than their bytes do. Whoever brings that many into an empty
workspace writes packs instead, and then their index, without which no object in them is there:

packs/<number>   objects one after another
packs/index      for each object, in the order of digests: digest (32 bytes), pack (4), place (8), length (4)
"""

import os
from collections.abc import Iterable
from pathlib import Path
from struct import Struct
from typing import BinaryIO

from footproof.tlog.durable import sync_directory

FOLDER, INDEX = "packs", "index"
_ENTRY = Struct(">32sIQI")


class Pack:
    """A pack that is being written.

    Args:
        objects: Folder of the objects.
        number: Of the pack; nobody else has it.
    """

    def __init__(self, objects: Path, number: int) -> None:
        folder = objects / FOLDER
        folder.mkdir(exist_ok=True)
        self._number, self._place = number, 0
        self._entries: list[bytes] = []
        self._path = folder / f"{number:08d}"
        self._file = self._path.open("xb")

    def put(self, name: str, data: bytes) -> None:
        """Add an object.

        Args:
            name: Its digest.
            data: Its bytes.
        """
        self._file.write(data)
        self._entries.append(_ENTRY.pack(bytes.fromhex(name[7:]), self._number, self._place, len(data)))
        self._place += len(data)

    def close(self) -> bytes:
        """Make the pack durable and return what the index has to say of it."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        return b"".join(self._entries)


def write_index(objects: Path, parts: Iterable[bytes]) -> None:
    """Write the index, after which the objects of all packs are there.

    Args:
        objects: Folder of the objects.
        parts: What `Pack.close` returned, of every pack.
    """
    whole = b"".join(parts)
    entries = sorted(whole[place : place + _ENTRY.size] for place in range(0, len(whole), _ENTRY.size))
    draft = objects / FOLDER / f".{INDEX}.tmp"
    with draft.open("wb") as file:
        file.write(b"".join(entries))
        file.flush()
        os.fsync(file.fileno())
    draft.replace(objects / FOLDER / INDEX)
    sync_directory(objects / FOLDER)
    sync_directory(objects)


def packed(objects: Path, name: str) -> bytes | None:
    """Return an object of a pack; None where no pack has it.

    Args:
        objects: Folder of the objects.
        name: Its digest.
    """
    try:
        with (objects / FOLDER / INDEX).open("rb", buffering=0) as index:
            found = _sought(index, bytes.fromhex(name[7:]))
    except FileNotFoundError:
        return None
    if found is None:
        return None
    pack, place, length = found
    with (objects / FOLDER / f"{pack:08d}").open("rb") as file:
        file.seek(place)
        return file.read(length)


def _sought(index: BinaryIO, digest: bytes) -> tuple[int, int, int] | None:
    """Return pack, place and length of an object by halving the index."""
    first, last = 0, index.seek(0, os.SEEK_END) // _ENTRY.size
    while first < last:
        middle = (first + last) // 2
        index.seek(middle * _ENTRY.size)
        name, pack, place, length = _ENTRY.unpack(index.read(_ENTRY.size))
        if name == digest:
            return pack, place, length
        first, last = (middle + 1, last) if name < digest else (first, middle)
    return None
