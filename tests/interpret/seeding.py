"""Plants one error in a study as a file of `seeded/` describes it.

`base` is the tray of `seeded/base`, or an example. An edit names a `table` and a `row` (its id; a co-product is
`process/product`) and says what changes: `set = {column = value}`, `remove = true`, or `add = {column = value, …}` for
a row of its own. Without a row, `remove` takes the file away and `replace = [old, new]` changes text that stands there
once.
"""

import csv
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from footproof.formats.folder import read_folder
from footproof.formats.study import StudyFiles

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]
BASES = {
    "tray": HERE / "seeded" / "base",
    "portland-cement": REPOSITORY / "examples" / "portland-cement",
    "nmc811-pack": REPOSITORY / "examples" / "nmc811-pack",
}


def planted(case: Mapping[str, Any], bases: Mapping[str, Path] = BASES) -> StudyFiles:
    """Return the files of the base of a case with its edits; the documents are taken as they are listed."""
    tables = dict(read_folder(bases[case["base"]]).tables)
    for edit in case.get("edit", ()):
        name = edit["table"]
        if "replace" in edit:
            tables[name] = _replaced(tables[name].decode("utf-8"), *edit["replace"]).encode("utf-8")
        elif "add" not in edit and "row" not in edit:
            assert edit["remove"]
            del tables[name]
        else:
            tables[name] = _edited(tables[name].decode("utf-8"), edit).encode("utf-8")
    return StudyFiles(tables, None)


def _replaced(text: str, old: str, new: str) -> str:
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times"
    return text.replace(old, new)


def _edited(text: str, edit: Mapping[str, Any]) -> str:
    reader = csv.DictReader(io.StringIO(text, newline=""))
    rows = list(reader)
    columns = list(reader.fieldnames or ())
    given = {**edit.get("set", {}), **edit.get("add", {})}
    assert set(given) <= set(columns), f"{sorted(set(given) - set(columns))} are no columns of {edit['table']}"
    if "add" in edit:
        rows.append(dict.fromkeys(columns, "") | edit["add"])
    else:
        wanted = [row for row in rows if edit["row"] in (row.get("id"), f"{row.get('process')}/{row.get('product')}")]
        assert wanted, f"{edit['row']!r} is no row of {edit['table']}"
        for row in wanted:
            row.update(edit.get("set", {}))
        rows = [row for row in rows if not (edit.get("remove") and row in wanted)]
    target = io.StringIO(newline="")
    writer = csv.DictWriter(target, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return target.getvalue()
