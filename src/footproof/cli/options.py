"""Options that several commands share, and how their values are read."""

import os
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, TypeVar

import click

from footproof.cli.language import told
from footproof.errors import FootproofError, Where
from footproof.model.days import end_of_legal_day, legal_day

F = TypeVar("F", bound=Callable[..., Any])


def json_option(function: F) -> F:
    """Add --json."""
    return click.option("--json", "as_json", is_flag=True, help=told("option.json"))(function)


def known_on_option(function: F) -> F:
    """Add --known-on."""
    return click.option("--known-on", metavar="DATE", help=told("option.known-on"))(function)


def rulebook_option(function: F) -> F:
    """Add --rulebook."""
    return click.option("--rulebook", required=True, metavar="ID[@EDITION]", help=told("option.rulebook"))(function)


def dir_option(function: F) -> F:
    """Add --dir."""
    return click.option("--dir", "folder", type=click.Path(path_type=Path), metavar="DIR", help=told("option.dir"))(
        function
    )


def read_day(text: str) -> date:
    """Return a date.

    Raises:
        FootproofError: E-DATE.
    """
    try:
        day = date.fromisoformat(text)
    except ValueError as problem:
        raise FootproofError("E-DATE", found=text[:40]) from problem
    if day.isoformat() != text:
        raise FootproofError("E-DATE", found=text[:40])
    return day


def now() -> datetime:
    """Return the moment it is, in UTC: the clock is read here and nowhere below."""
    return datetime.now(UTC)


def at_moment(at: str | None) -> datetime:
    """Return now, or the end of the day that was asked about.

    Raises:
        FootproofError: E-DATE.
    """
    present = now()
    present_day = legal_day(present)
    day = read_day(at) if at else present_day
    return present if day == present_day else end_of_legal_day(day)


def today() -> date:
    """Return the legal day it is."""
    return legal_day(now())


def home(folder: Path | None) -> Path:
    """Return the folder of the workspace: the option, else FOOTPROOF_HOME, else the user's data folder."""
    if folder is not None:
        return folder
    if os.environ.get("FOOTPROOF_HOME"):
        return Path(os.environ["FOOTPROOF_HOME"])
    if sys.platform == "win32":
        data = os.environ.get("LOCALAPPDATA") or str(Path.home() / "AppData" / "Local")
    else:
        data = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(data) / "footproof"


def read_file(path: Path, most: int) -> bytes:
    """Return a file that is not larger than allowed.

    Raises:
        FootproofError: E-FILE-READ, E-PACKAGE-SIZE.
    """
    shown = str(path)[-120:]
    try:
        if not path.is_file():
            reason = "not a file" if path.exists() else "no such file"
            raise FootproofError("E-FILE-READ", path=shown, reason=reason)
        with path.open("rb") as file:
            data = file.read(most + 1)
    except (OSError, ValueError) as problem:
        reason = getattr(problem, "strerror", None) or type(problem).__name__
        raise FootproofError("E-FILE-READ", path=shown, reason=reason) from problem
    if len(data) > most:
        raise FootproofError("E-PACKAGE-SIZE", Where(shown), found=f"> {most}", most=most)
    return data
