"""Runs the command line inside this process and keeps what it printed.

An exception that escapes fails the test, as a traceback would.
"""

import contextlib
import io
import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from footproof.cli import main

REPOSITORY = Path(__file__).resolve().parents[2]
KETTLE = REPOSITORY / "tests" / "assets" / "kettle"
BATTERY = REPOSITORY / "examples" / "nmc811-pack"
GENERIC, SECTOR = "cn.gbt.24067", "cn.pcf.traction-battery"

_UNFILLED = re.compile(r"\{[a-z_]+(:[^}]*)?\}")


@dataclass(frozen=True, slots=True)
class Ran:
    """What one call of the command line did."""

    code: int
    out: str
    err: str

    @property
    def record(self) -> Any:  # JSON
        """The one JSON object on stdout, and nothing else there."""
        return json.loads(self.out)

    @property
    def error(self) -> Mapping[str, Any]:
        """What `--json` says about a failure."""
        record: Mapping[str, Any] = self.record
        assert set(record["error"]) == {"code", "message", "where"}
        return record["error"]  # type: ignore[no-any-return]  # JSON


@contextlib.contextmanager
def environment(**values: str) -> Iterator[None]:
    """Set environment variables for a while."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def run(*arguments: object, lang: str = "en") -> Ran:
    """Call the command line with some arguments, in a language."""
    out, err = io.StringIO(), io.StringIO()
    code: object = None
    with environment(FOOTPROOF_LANG=lang), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main([str(argument) for argument in arguments])
        except SystemExit as ended:
            code = ended.code
    assert isinstance(code, int)
    return Ran(code, out.getvalue(), err.getvalue())


def is_clean(text: str) -> bool:
    """Whether a message has no traceback and no brace that nobody filled."""
    return "Traceback" not in text and not _UNFILLED.search(text)


def copied(study: Path, target: Path) -> Path:
    """Return a copy of a study that a test may spoil."""
    shutil.copytree(study, target)
    return target
