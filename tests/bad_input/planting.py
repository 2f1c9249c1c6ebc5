"""Plants one fault in the kettle as a case of cases.toml describes it.

A case names the file and says how it changes: `replace = [old, new]` (old stands there once), `append`, `content`,
`remove`, `encoding`; `<<text*N>>` in what is new stands for N times the text. `also` holds further changes. The line
that the message must name is that of the first change, unless `line` says another (0: none, the fault has no line).
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_MANY = re.compile(r"<<(.+?)\*([0-9]+)>>", re.DOTALL)


def plant(study: Path, change: Mapping[str, Any]) -> int:
    """Change one file of a study and return the line of the first change, 0 where a file is gone.

    Args:
        study: Folder.
        change: `file`, and one of `replace`, `append`, `content`, `remove`, `encoding`.
    """
    path = study / change["file"]
    for further in change.get("also", ()):
        plant(study, further)
    if change.get("remove"):
        path.unlink()
        return 0
    old = path.read_text("utf-8") if path.is_file() else ""
    new = _changed(old, change)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(new.encode(change.get("encoding", "utf-8")))
    return _first_line(old, new)


def _changed(old: str, change: Mapping[str, Any]) -> str:
    if "replace" in change:
        before, after = change["replace"]
        assert old.count(before) == 1, f"{before!r} stands {old.count(before)} times in {change['file']}"
        return old.replace(before, _expanded(after))
    if "append" in change:
        return old + _expanded(change["append"])
    return _expanded(change["content"]) if "content" in change else old


def _expanded(text: str) -> str:
    return _MANY.sub(lambda match: match.group(1) * int(match.group(2)), text)


def _first_line(old: str, new: str) -> int:
    same = next((i for i, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
    return new.count("\n", 0, same) + 1
