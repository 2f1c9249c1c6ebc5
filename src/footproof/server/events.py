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
from footproof.tlog import parse_checkpoint, parse_note
from footproof.tlog.durable import Folder
from footproof.tlog.tiles import WIDTH, read_entries, tile_at

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


def logged(workspace: Workspace, part: bytes = b"") -> Iterator[tuple[int, bytes]]:
    """Yield the entries of the log that contain some bytes, with their index, bundle by bundle; no lock is needed.

    Args:
        workspace: Whose log.
        part: Such as b'"subject":"DEMO-1"'; all entries if empty.
    """
    folder = Folder(workspace.log_folder)
    size = parse_checkpoint(parse_note(folder.read("checkpoint")).text).size
    for first in range(0, size, WIDTH):
        tile = tile_at(None, first // WIDTH, size)
        with suppress(FileNotFoundError):  # a full bundle may have come in the place of this one
            if part not in folder.read(tile.path):
                continue
        entries = read_entries(tile, folder.read)
        yield from ((index, entry) for index, entry in enumerate(entries, start=first) if part in entry)


def subject_of(entry: bytes) -> bytes:
    """Return the subject of an event of ours as it stands there, with its quotes: `canonical_bytes` of the text.

    Args:
        entry: As `event` wrote it; empty text where it has no subject.
    """
    found = _SUBJECT.search(entry)
    return found[1] if found is not None else b""
