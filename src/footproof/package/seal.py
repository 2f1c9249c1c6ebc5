"""What goes into a package, in the form that does not depend on machine, locale or time."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from footproof.canonical import canonical_bytes, read_canonical
from footproof.errors import FootproofError, Where
from footproof.package.archive import pack, plain_digest
from footproof.package.lines import hidden_lines, salt_key
from footproof.package.merkle import SALT_SIZE, lines_root
from footproof.package.totals import TOTALS, totals_record

ABOUT = "about.json"
SHEET = "sheet.json"
SUPPLIERS = "suppliers.json"


@dataclass(frozen=True, slots=True)
class Contents:
    """The parts of a package.

    Args:
        about: Study, product, site, period, dates, rule: what a reader sees first.
        tables: study.toml and the tables of the study, by name.
        sheet: The calculation sheet in its byte form.
        result: What evaluating the sheet gives.
        parameters: Published values used, by id and data year.
        rules: Files of the rulebook editions used, by `id@edition`, parents included.
        evidence: Digest and name of each document, by id; the documents stay with their owner.
        suppliers: Certified footprints of suppliers that were used, by id; without any the package has no such part.
    """

    about: Mapping[str, Any]
    tables: Mapping[str, bytes]
    sheet: bytes
    result: Mapping[str, Any]
    parameters: Mapping[str, Any]
    rules: Mapping[str, Mapping[str, bytes]]
    evidence: Mapping[str, Any]
    suppliers: Mapping[str, Any] = field(default_factory=dict)


def seal(contents: Contents, secret: bytes | None = None) -> bytes:
    """Return the package file of some contents; equal contents, and equal secrets, give equal bytes.

    Args:
        contents: What goes in.
        secret: Of the study. With it everything but `about.json` and the rules is divided into salted lines that can be
            withheld later; the file that is returned has all of them opened and is for its maker alone.

    Raises:
        FootproofError: E-TABLE-ENCODING for a table that is not UTF-8, E-PACKAGE-SIZE, E-SECRET-FORM for a secret of
            less than 32 bytes.
    """
    return pack(_parts(contents)) if secret is None else _seal_confidential(contents, secret)


def _seal_confidential(contents: Contents, secret: bytes) -> bytes:
    if len(secret) < SALT_SIZE:
        raise FootproofError("E-SECRET-FORM", found=len(secret), needed=SALT_SIZE)
    digits = read_canonical(contents.sheet)["rounding"]["digits"]
    parts = _parts(contents)
    parts[TOTALS] = canonical_bytes(totals_record(contents.result, digits))
    key = salt_key(secret, plain_digest(parts))
    public = {path: content for path, content in parts.items() if path == ABOUT or path.startswith("rules/")}
    lines = {path: hidden_lines(path, content, key) for path, content in parts.items() if path not in public}
    # The plain digest of the sheet would let anyone test a guess at its last hidden line.
    sheet = "sha256:" + lines_root([line.commitment for line in lines[SHEET]]).hex()
    about = {**contents.about, "declared": contents.result["declared"], "sheet_digest": sheet}
    public[ABOUT] = canonical_bytes(about)
    return pack(public, lines)


def _parts(contents: Contents) -> dict[str, bytes]:
    parts = {
        ABOUT: canonical_bytes(contents.about),
        "evidence.json": canonical_bytes(contents.evidence),
        "parameters.json": canonical_bytes(contents.parameters),
        "result.json": canonical_bytes(contents.result),
        SHEET: contents.sheet,
    }
    if contents.suppliers:
        parts[SUPPLIERS] = canonical_bytes(contents.suppliers)
    for name, data in contents.tables.items():
        parts[f"study/{name}"] = normal_text(data, name)
    for rule, files in contents.rules.items():
        for name, data in files.items():
            parts[f"rules/{rule}/{name}"] = data
    return parts


def normal_text(data: bytes, name: str) -> bytes:
    """Return a text file in UTF-8 and NFC with LF line ends and no byte order mark, as every machine would have it.

    Raises:
        FootproofError: E-TABLE-ENCODING.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise FootproofError("E-TABLE-ENCODING", Where(name)) from problem
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")).encode("utf-8")
