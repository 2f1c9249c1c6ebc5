"""Uploads and downloads: packages and evidence, named by their digest.

Bytes are read in pieces up to a limit, typed by what they are, kept in the object store and never run or shown: every
download is an attachment. Where evidence may go is decided by its class: public, authorities, country, site.
OWASP ASVS 5, chapter 5.
"""

import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path as FilePath
from tempfile import NamedTemporaryFile
from typing import Annotated, Any, Literal

from django.db import transaction
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.request import UnreadablePostError
from ninja import Path, Query

from footproof.certify.forms import PLACE
from footproof.errors import FootproofError, Where
from footproof.package.archive import open_package
from footproof.server.accounts import clock
from footproof.server.accounts.here import workspace
from footproof.server.api.answers import made_answer
from footproof.server.api.callers import caller_in
from footproof.server.api.contents import PACKAGE, media_type_of
from footproof.server.api.documents import own_upload, upload_of
from footproof.server.api.keeping import need_room
from footproof.server.api.models import Upload
from footproof.server.api.policy import Access
from footproof.server.api.shapes import UploadOut
from footproof.server.certify import name_package
from footproof.server.gate import GRACE, RATE

MOST_BYTES = 64 * 2**20
PIECE = 2**16
BINARY = "application/octet-stream"
Digest = Annotated[str, Path(..., pattern=r"^sha256:[0-9a-f]{64}$")]
Kind = Annotated[str, Query(pattern=r"^[a-z][a-z0-9-]{0,39}$", description='What it is, such as "package" or "photo".')]
Place = Annotated[
    str,
    Query(
        pattern=f"^(?:{PLACE})?$",
        description="Where it was captured, ISO 3166-2; your own place if left out.",
    ),
]
_RECORD = r"^([a-z-]{1,32}:[^\x00-\x1f\x7f]{1,600})?$"
Export = Literal["public", "authorities", "country", "site"]
# A browser that opens it all the same may run nothing in it.
LOCKED = "default-src 'none'; sandbox; frame-ancestors 'none'"


def add_receiving(add: Callable[..., None]) -> None:
    """Add uploads and downloads to the interface."""
    binary = {"content": {BINARY: {"schema": {"type": "string", "format": "binary"}}}}
    add(
        "POST",
        "/objects",
        upload,
        Access.UPLOAD,
        answer={201: UploadOut},
        operation_id="upload_object",
        summary="Send a package or evidence",
        description="The bytes are the body. Sending the same bytes again changes nothing and has the same answer. "
        "A package is opened first; cases and decisions name it by `package`. "
        "Of what no record names an organisation keeps only so many bytes (E-API-QUOTA).",
        tags=["objects"],
        extra={"requestBody": {"required": True, **binary}},
    )
    add(
        "GET",
        "/objects/{digest}",
        download,
        Access.READ,
        answer={200: bytes},
        operation_id="download_object",
        summary="Fetch a package or evidence",
        tags=["objects"],
        extra={"responses": {200: {"description": "The bytes, as an attachment.", **binary}}},
    )


def upload(
    request: HttpRequest,
    kind: Kind,
    export: Annotated[Export, Query(description="Where it may go.")],
    place: Place = "",
) -> HttpResponse:
    """Take the bytes of a body."""
    caller = caller_in(request)
    reader = caller.reader
    home = workspace()
    draft, digest, size = _received(request, home.folder)
    try:
        media_type = media_type_of(draft)
        package = _whole(draft.read_bytes()) if media_type == PACKAGE else ""
        with transaction.atomic():  # the row first: a purge leaves alone what a row names, and what was sent lately
            row, new = Upload.objects.select_for_update().get_or_create(
                digest=digest,
                organisation=reader.organisation,
                defaults={
                    "person": reader.person,
                    "package": package,
                    "kind": kind,
                    "media_type": media_type,
                    "size": size,
                    "export": export,
                    "place": place or reader.place,
                    "at": clock.now(),
                    "named": Upload.objects.filter(digest=digest, named=True).exists(),
                },
            )
            if new:
                need_room(reader.organisation, size)
            else:
                row.at = clock.now()
                row.save(update_fields=["at"])
            home.adopt(draft, digest)
    finally:
        draft.unlink(missing_ok=True)
    if package:
        name_package(home, package, digest)
    if (row.export, row.kind) != (export, kind):
        raise FootproofError("E-API-UPLOADED", Where("request", field="export"), export=row.export, kind=row.kind)
    return made_answer(201, _shown(row))


def download(
    request: HttpRequest,
    digest: Digest,
    record: Annotated[str, Query(pattern=_RECORD, description="Record that names it, as `<kind>:<id>`.")] = "",
) -> StreamingHttpResponse:
    """Return the bytes of an object, as an attachment: of one's own, or of one that a record names."""
    reader = caller_in(request).reader
    stream, _, name = record.partition(":")
    row = upload_of(reader, digest, stream, name) if record else own_upload(reader, digest)
    response = StreamingHttpResponse(_pieces(_file(row.digest)), content_type=BINARY)
    response.headers["Content-Length"] = str(row.size)
    response.headers["Content-Disposition"] = f'attachment; filename="{row.digest[7:23]}.bin"'
    response.headers["Content-Security-Policy"] = LOCKED
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _whole(file: bytes) -> str:
    """Return the digest of a package that can be read whole; empty for a disclosed copy, a document like others.

    The copy has the digest of the package: whoever sent only that must neither count as having sent the package nor put
    the copy in its place.

    Raises:
        FootproofError: As `open_package`.
    """
    found = open_package(file)
    return "" if found.withheld else found.digest


def _received(request: HttpRequest, folder: FilePath) -> tuple[FilePath, str, int]:
    """Write a body to a draft, piece by piece.

    Returns:
        The draft, its digest and its size. [bytes]

    Raises:
        FootproofError: E-API-TYPE, E-API-SIZE, E-API-SLOW, E-API-BODY, also where less came than was declared.
    """
    found = (request.content_type or "").casefold()
    if found != BINARY:
        raise FootproofError("E-API-TYPE", found=found[:80] or "—", needed=BINARY)
    declared = request.META.get("CONTENT_LENGTH") or "0"
    if not declared.isdecimal() or int(declared) > MOST_BYTES:
        raise FootproofError("E-API-SIZE", limit=MOST_BYTES)
    total, running = 0, hashlib.sha256()
    with NamedTemporaryFile(dir=folder / "objects", prefix=".upload.", delete=False) as draft:
        try:
            while piece := request.read(PIECE):
                total += len(piece)
                running.update(piece)
                if total > MOST_BYTES:
                    raise FootproofError("E-API-SIZE", limit=MOST_BYTES)
                draft.write(piece)
            if total < max(int(declared), 1):
                raise FootproofError("E-API-BODY", Where("request"), reason="cut off" if total else "empty")
            draft.flush()
            os.fsync(draft.fileno())
        except UnreadablePostError as problem:
            FilePath(draft.name).unlink(missing_ok=True)
            if isinstance(problem.__cause__, TimeoutError):
                raise FootproofError("E-API-SLOW", grace=int(GRACE), rate=RATE) from problem
            raise FootproofError("E-API-BODY", Where("request"), reason="unreadable") from problem
        except BaseException:
            FilePath(draft.name).unlink(missing_ok=True)
            raise
    return FilePath(draft.name), f"sha256:{running.hexdigest()}", total


def _file(digest: str) -> FilePath:
    """Return where the bytes of an object lie.

    Raises:
        FootproofError: E-OBJECT where they were lost, before anything is answered.
    """
    file = workspace().object_file(digest)
    if not file.is_file():
        raise FootproofError("E-OBJECT", digest=digest, reason="lost")
    return file


def _pieces(path: FilePath) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece


def _shown(row: Upload) -> dict[str, Any]:
    return {
        "digest": row.digest,
        "package": row.package or None,
        "size": row.size,
        "media_type": row.media_type,
        "kind": row.kind,
        "export": row.export,
    }
