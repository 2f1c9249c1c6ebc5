"""What uploaded bytes are, told from the bytes alone; their names and the media type of the request say nothing."""

import codecs
import mmap
import zipfile
from pathlib import Path

from footproof.errors import FootproofError

_MOST_MEMBERS = 10_000
_ENTRY = b"PK\x01\x02"
"""What each member has in the directory of an archive."""
_PIECE = 2**16
_CONTROLS = bytes(set(range(32)) - set(b"\t\r\n"))
_BLANK = "\ufeff \t\r\n"
_STARTS = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
)
_TEXT = "text/plain"
PACKAGE = "application/vnd.footproof.package"
_SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TYPES = (*(kind for _, kind in _STARTS), _TEXT, PACKAGE, _SHEET)


def media_type_of(path: Path) -> str:
    """Return the media type of a file.

    Raises:
        FootproofError: E-API-CONTENT where it is none of TYPES.
    """
    with path.open("rb") as file:
        start = file.read(16)
    for begin, kind in _STARTS:
        if start.startswith(begin):
            return kind
    if start.startswith(b"PK\x03\x04"):
        return _archive_type(path)
    if _is_text(path):
        return _TEXT
    raise FootproofError("E-API-CONTENT", needed=", ".join(TYPES))


def _archive_type(path: Path) -> str:
    """Tell a package from a workbook by what lies inside; nothing is unpacked.

    Members are counted before they are listed: listing many takes seconds, and what the archive says of their number
    need not be true.
    """
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            few = _at_most(data, _MOST_MEMBERS)
        names = _names(path) if few else []
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as problem:
        raise FootproofError("E-API-CONTENT", needed=", ".join(TYPES)) from problem
    if "[Content_Types].xml" in names:
        return _SHEET
    if "manifest.json" in names:
        return PACKAGE
    raise FootproofError("E-API-CONTENT", needed=", ".join(TYPES))


def _names(path: Path) -> list[str]:
    with zipfile.ZipFile(path) as archive:
        return archive.namelist()


def _at_most(data: mmap.mmap, most: int) -> bool:
    """Tell whether an archive has at most so many members; one that holds archives as they are has theirs as well."""
    found = -1
    for _ in range(most + 1):
        found = data.find(_ENTRY, found + 1)
        if found < 0:
            return True
    return False


def _is_text(path: Path) -> bool:
    """Tell whether a file is UTF-8 text: tables, TOML, JSON. Markup that a browser would run is none."""
    decoder, begun = codecs.getincrementaldecoder("utf-8")(), False
    with path.open("rb") as file:
        try:
            while piece := file.read(_PIECE):
                text = decoder.decode(piece)
                if len(piece.translate(None, _CONTROLS)) != len(piece):
                    return False
                start = "" if begun else text.lstrip(_BLANK)
                if start.startswith("<"):
                    return False
                begun = begun or bool(start)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True
