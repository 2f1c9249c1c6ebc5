"""Write a `study.toml` from what it says (TOML 1.0): exact figures, texts in both languages on one line.

Comments are not kept: they are no part of what the reader returns.
"""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import date, time
from decimal import Decimal
from typing import Any

from footproof.errors import FootproofError
from footproof.expressions.exact import normalise
from footproof.formats.toml import read_toml

_BARE = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
_LANGUAGES = {"zh", "en"}


def write_toml(values: Mapping[str, Any]) -> bytes:
    """Return a TOML text that `read_toml` reads to the same values.

    Args:
        values: Texts, whole numbers, decimals, dates, truth values, lists and tables, as `read_toml` returns them.

    Raises:
        TypeError: A value of another kind.
    """
    return "\n".join(_table((), values)).strip("\n").encode("utf-8") + b"\n"


def write_value(value: object) -> str:
    """Return a value as TOML writes it, on one line.

    Raises:
        TypeError: It has no such form.
    """
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | Decimal):
        return normalise(Decimal(value))
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, Mapping):
        inside = ", ".join(f"{_key(key)} = {write_value(item)}" for key, item in value.items())
        return f"{{ {inside} }}" if inside else "{}"
    if isinstance(value, Sequence):
        return f"[{', '.join(map(write_value, value))}]"
    raise TypeError(f"{type(value).__name__} has no form in TOML")


def read_value(text: str) -> object:
    """Return the value that `write_value` wrote.

    Raises:
        FootproofError: E-WORKBOOK-LITERAL where it is not one TOML value; E-NUMBER for a number beyond the bounds.
    """
    try:
        values, _ = read_toml(f"value = {text}".encode(), "value")
    except FootproofError as problem:
        if problem.code == "E-NUMBER":
            raise
        raise FootproofError("E-WORKBOOK-LITERAL", found=text[:80]) from problem
    if list(values) != ["value"] or "\n" in text:
        raise FootproofError("E-WORKBOOK-LITERAL", found=text[:80])
    read: object = values["value"]
    return read


def split_words(text: str) -> list[str]:
    """Return the words of a cell, whichever commas, semicolons or blanks stand between them."""
    return [word for word in re.split(r"[,，、;；\s]+", text) if word]


def _table(path: tuple[str, ...], table: Mapping[str, Any]) -> list[str]:
    """Plain values first, then the tables inside, each under its header."""
    lines = [f"{_key(key)} = {write_value(value)}" for key, value in table.items() if not _is_section(value)]
    for key, value in table.items():
        inner = (*path, key)
        name = ".".join(map(_key, inner))
        if isinstance(value, Mapping) and _is_section(value):
            lines += ["", f"[{name}]", *_table(inner, value)]
        elif _is_section(value):
            for item in value:
                lines += ["", f"[[{name}]]", *_table(inner, item)]
    return lines


def _is_section(value: object) -> bool:
    """Whether a value gets a header of its own; a text in two languages does not."""
    if isinstance(value, Mapping):
        return not (value and set(value) <= _LANGUAGES)
    return isinstance(value, list) and bool(value) and all(isinstance(item, Mapping) for item in value)


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else json.dumps(key, ensure_ascii=False)
