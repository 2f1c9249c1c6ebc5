"""What uploaded bytes are, told from the bytes alone; their names and the media type of the request say nothing."""

import zipfile
from pathlib import Path

from footproof.errors import FootproofError

_MOST_MEMBERS = 10_000
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
    """Tell a package from a workbook by what lies inside; nothing is unpacked."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as problem:
        raise FootproofError("E-API-CONTENT", needed=", ".join(TYPES)) from problem
    if len(names) <= _MOST_MEMBERS and "[Content_Types].xml" in names:
        return _SHEET
    if len(names) <= _MOST_MEMBERS and "manifest.json" in names:
        return PACKAGE
    raise FootproofError("E-API-CONTENT", needed=", ".join(TYPES))


def _is_text(path: Path) -> bool:
    """Tell whether a file is UTF-8 text: tables, TOML, JSON. Markup that a browser would run is none."""
    try:
        text = path.read_text("utf-8")
    except UnicodeDecodeError:
        return False
    return not any(sign < " " and sign not in "\t\r\n" for sign in text) and not text.lstrip(
        "\ufeff \t\r\n"
    ).startswith("<")
