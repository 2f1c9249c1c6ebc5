"""Read TIDAS data sets: ILCD as JSON (TianGong), attributes as "@name" and text as "#text".

A data set becomes the elements it would be in XML; `ilcd` reads those.
"""

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from footproof.errors import FootproofError, Where
from footproof.formats.archive import Files, in_order
from footproof.formats.ilcd import NAMESPACE, RANKS, folder, rank, read_documents
from footproof.formats.repair import Notes
from footproof.formats.xml import DEEPEST, Element
from footproof.model.dataset import DataSource

_ROOT = re.compile(rb'^(?:\xef\xbb\xbf)?\s*\{\s*"(\w+DataSet)"\s*:')


def recognise(names: Collection[str], peek: Callable[[str], bytes]) -> bool:
    """Say whether these are the files of a TIDAS package with processes.

    Args:
        names: Paths inside the archive.
        peek: Returns the beginning of a file.
    """
    jsons = [name for name in names if name.lower().endswith(".json")]
    processes = [name for name in jsons if folder(name) == "processes"]
    return any(_root(peek(name)) == "processDataSet" for name in (processes or jsons)[:50])


def read(files: Files) -> DataSource:
    """Return the processes and flows of a TIDAS package.

    Args:
        files: An archive or pairs of name and content.

    Raises:
        FootproofError: E-DB-VERSION for a version other than 1.x, E-DB-DEPTH for hostile nesting, and what reading an
            archive raises.
    """
    notes = Notes()
    return read_documents(_documents(files, notes), "TIDAS", notes)


def _root(head: bytes) -> str:
    match = _ROOT.match(head)
    return match[1].decode("ascii", "replace") if match else ""


def _documents(files: Files, notes: Notes) -> Iterator[tuple[str, Element]]:
    for _, name, data in in_order(files, rank(".json", _root)):
        try:
            record = json.loads(data)
        except RecursionError:
            raise FootproofError("E-DB-DEPTH", Where(name), most=DEEPEST) from None
        except ValueError as problem:
            notes.lost("F-FILE-SYNTAX", name, reason=problem)
            continue
        roots = [key for key in record if key in RANKS] if isinstance(record, dict) else []
        if not roots or not isinstance(record[roots[0]], dict):
            notes.lost("F-FILE-OTHER", name, root=next(iter(record), "") if isinstance(record, dict) else "")
            continue
        yield name, _element(roots[0], record[roots[0]], name)


def _element(name: str, value: Any, file: str, depth: int = 0) -> Element:  # JSON
    """Turn a JSON value into the element it stands for."""
    if depth > DEEPEST:
        raise FootproofError("E-DB-DEPTH", Where(file), most=DEEPEST)
    if not isinstance(value, Mapping):
        return Element(name, text=_plain(value))
    element = Element(name, text=_plain(value.get("#text")))
    for key, item in value.items():
        local = key.rpartition(":")[2]
        if key.startswith("@"):
            element.attributes[local.removeprefix("@")] = _plain(item)
        elif key != "#text":
            items = item if isinstance(item, list) else [item]
            element.children.extend(_element(local, part, file, depth + 1) for part in items)
    element.namespace = _plain(value.get("@xmlns")) or (NAMESPACE if depth == 0 else "")
    return element


def _plain(value: Any) -> str:  # JSON
    if isinstance(value, str):
        return value
    return "" if isinstance(value, bool | list | dict) or value is None else repr(value)
