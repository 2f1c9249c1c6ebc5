"""What goes into a package, in the form that does not depend on machine, locale or time."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from footproof.canonical import canonical_bytes
from footproof.errors import FootproofError, Where
from footproof.package.archive import pack


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
    """

    about: Mapping[str, Any]
    tables: Mapping[str, bytes]
    sheet: bytes
    result: Mapping[str, Any]
    parameters: Mapping[str, Any]
    rules: Mapping[str, Mapping[str, bytes]]
    evidence: Mapping[str, Any]


def seal(contents: Contents) -> bytes:
    """Return the package file of some contents; equal contents give equal bytes.

    Raises:
        FootproofError: E-TABLE-ENCODING for a table that is not UTF-8, E-PACKAGE-SIZE.
    """
    parts = {
        "about.json": canonical_bytes(contents.about),
        "evidence.json": canonical_bytes(contents.evidence),
        "parameters.json": canonical_bytes(contents.parameters),
        "result.json": canonical_bytes(contents.result),
        "sheet.json": contents.sheet,
    }
    for name, data in contents.tables.items():
        parts[f"study/{name}"] = normal_text(data, name)
    for rule, files in contents.rules.items():
        for name, data in files.items():
            parts[f"rules/{rule}/{name}"] = data
    return pack(parts)


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
