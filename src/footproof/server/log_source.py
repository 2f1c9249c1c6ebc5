"""Where the published files of a log come from: a folder, a single checkpoint file, or an address."""

from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit

from footproof.errors import FootproofError, Where
from footproof.server.fetch import fetch
from footproof.tlog.note import MAX_NOTE
from footproof.tlog.tiles import MAX_ENTRY, WIDTH, Read

MOST_BYTES = WIDTH * (MAX_ENTRY + 2)
"""The largest file of a log: a bundle of 256 of the longest entries."""

Get = Callable[[str, int], bytes | None]
"""Fetches an address with at most so many bytes; None where the server says that nothing is there."""


SECONDS = 20.0
TYPES = ("application/octet-stream", "text/plain")


def web(*, allow_private: bool = False) -> Get:
    """Return a function that fetches files of logs.

    Args:
        allow_private: Whether an address may lead to this machine or a private network.
    """

    def get(address: str, most: int) -> bytes | None:
        try:
            port = urlsplit(address).port if allow_private else None
            ports = () if port is None else (port,)
            found = fetch(
                address, most_bytes=most, seconds=SECONDS, accept=TYPES, allow_private=allow_private, ports=ports
            )
        except FootproofError as problem:
            gone = {str(int(HTTPStatus.NOT_FOUND)), str(int(HTTPStatus.GONE))}
            if problem.code == "E-FETCH-STATUS" and str(problem.values.get("found")) in gone:
                return None
            raise
        return found.data

    return get


def open_source(name: str, get: Get) -> Read:
    """Return a reader of a log.

    Args:
        name: Folder of a log, workspace or static tree; a checkpoint file; or an address below which a log lies.
        get: Fetches addresses.

    Raises:
        FootproofError: E-LOG-ABSENT where the folder holds no checkpoint.
    """
    return address_source(name, get) if "://" in name else folder_source(Path(name))


def folder_source(folder: Path) -> Read:
    """Return a reader of a folder of a log, or of a workspace or static tree with one in `log/`.

    A single file is a checkpoint without tiles, such as a witness or a friend hands out.

    Raises:
        FootproofError: E-LOG-ABSENT where there is no checkpoint.
    """
    if folder.is_file():
        return _single(folder)
    for place in (folder, folder / "log"):
        if (place / "checkpoint").is_file():
            return lambda path: (place / path).read_bytes()
    raise FootproofError("E-LOG-ABSENT", Where(str(folder)))


def address_source(base: str, get: Get) -> Read:
    """Return a reader of a log below an address, such as "https://footproof.example/log/"."""

    def read(path: str) -> bytes:
        found = get(f"{base.rstrip('/')}/{path}", MAX_NOTE if path == "checkpoint" else MOST_BYTES)
        if found is None:
            raise FileNotFoundError(path)
        return found

    return read


def _single(file: Path) -> Read:
    def read(path: str) -> bytes:
        if path != "checkpoint":
            raise FileNotFoundError(path)
        return file.read_bytes()

    return read
