"""Events as entries of the log: who did what, when, about which record; canonical bytes, nothing personal.

Their names are those of the field: a certificate is issued, suspended and restored, withdrawn by its body or cancelled
at the holder's request (ISO/IEC 17000, 8.1 to 8.5). The object is the digest of what was signed or decided.
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from uuid import uuid4

from footproof.canonical import canonical_bytes
from footproof.server.workspace import Workspace
from footproof.tlog import Checkpoint, parse_checkpoint, parse_note
from footproof.tlog.durable import Folder
from footproof.tlog.tiles import WIDTH, Read, Tiles, read_entries, tile_at

ISSUES = b'"type":"certificate.issued"'
_SUBJECT = re.compile(rb'"subject":("(?:[^"\\]|\\.)*")')


def event(kind: str, at: datetime, actor: str, subject: str, item: str) -> bytes:
    """Return the bytes of an event.

    Args:
        kind: Such as "certificate.issued".
        at: Now, with a time zone.
        actor: DID of the organisation that acts; people stay out of the log.
        subject: What it is about: a certificate's number, a record's name.
        item: Digest of what was signed or decided.
    """
    return canonical_bytes(
        {
            "v": 1,
            "id": f"urn:uuid:{uuid4()}",
            "type": kind,
            "at": at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
            "actor": actor,
            "subject": subject,
            "object": item,
        }
    )


def log_tiles(workspace: Workspace) -> Tiles:
    """Return the tiles of the log as its checkpoint has it now.

    Args:
        workspace: Whose log.
    """
    return Tiles(log_checkpoint(workspace).size, Folder(workspace.log_folder).read)


def log_checkpoint(workspace: Workspace) -> Checkpoint:
    """Return the checkpoint of the log as it is now; its writer signed it, and nobody verifies it here.

    Args:
        workspace: Whose log.
    """
    return parse_checkpoint(parse_note(Folder(workspace.log_folder).read("checkpoint")).text)


def logged(workspace: Workspace, *parts: bytes, start: int = 0, end: int | None = None) -> Iterator[tuple[int, bytes]]:
    """Yield the entries of the log that contain some bytes, with their index, bundle by bundle; no lock is needed.

    Args:
        workspace: Whose log.
        parts: Such as b'"subject":"DEMO-1"', of which an entry contains any; all entries where there are none.
        start: First index.
        end: Index after the last, not beyond the size; None for all there are.
    """
    folder = Folder(workspace.log_folder)
    size = log_tiles(workspace).size
    end = size if end is None else end
    for first in range(start - start % WIDTH, end, WIDTH):
        tile = tile_at(None, first // WIDTH, size)
        read: Read = folder.read
        with suppress(FileNotFoundError):  # a full bundle may have come in the place of this one
            data = folder.read(tile.path)
            if parts and not any(part in data for part in parts):
                continue
            read = {tile.path: data}.__getitem__
        for index, entry in enumerate(read_entries(tile, read), start=first):
            if start <= index < end and (not parts or any(part in entry for part in parts)):
                yield index, entry


def subject_of(entry: bytes) -> bytes:
    """Return the subject of an event of ours as it stands there, with its quotes: `canonical_bytes` of the text.

    Args:
        entry: As `event` wrote it; empty text where it has no subject.
    """
    found = _SUBJECT.search(entry)
    return found[1] if found is not None else b""
