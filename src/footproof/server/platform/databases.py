"""Which database a workspace uses, as Django wants to be told: a file in it, or a PostgreSQL server that it names.

SQLite writes ahead (WAL), waits for the disk at every commit (synchronous FULL: a decision that was answered survives
a loss of power) and takes the write lock at the beginning of a transaction (IMMEDIATE: what was read stays true until
it is written). See docs/adr/0037.
"""

import os
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from django.db import OperationalError

from footproof.errors import FootproofError, Where
from footproof.server.workspace import CONFIGURATION

VARIABLE = "FOOTPROOF_DATABASE"
FILE = "db.sqlite3"
PATIENCE = 20
"""How long a writer waits for another. [s]"""

_SCHEMES = ("postgresql", "postgres")
_PRAGMAS = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"


def database_of(folder: Path) -> dict[str, Any]:
    """Return the settings of the database of a workspace.

    Args:
        folder: Of the workspace; the variable FOOTPROOF_DATABASE goes before its configuration.

    Raises:
        FootproofError: E-STORE-DATABASE where the address is none of PostgreSQL; E-WORKSPACE where the configuration
            cannot be read.
    """
    address = os.environ.get(VARIABLE) or _configured(folder)
    return _postgresql(address) if address else _sqlite(folder / FILE)


def keep_to_owner(folder: Path, database: Mapping[str, Any]) -> None:
    """Let nobody but the owner of a workspace read its configuration, which may hold a password, and its database.

    Args:
        folder: Of the workspace.
        database: Its settings; the file of one that is none yet is made here.
    """
    if database["NAME"] == folder / FILE:
        os.close(os.open(folder / FILE, os.O_CREAT | os.O_RDWR, 0o600))
    for name in (CONFIGURATION, FILE, f"{FILE}-wal", f"{FILE}-shm"):
        with suppress(FileNotFoundError, PermissionError):  # one who may use it and does not own it may not change it
            mode = (folder / name).stat().st_mode
            if mode & 0o077:
                (folder / name).chmod(mode & 0o700)


@contextmanager
def answering() -> Iterator[None]:
    """Say in our words that a database does not answer.

    Raises:
        FootproofError: E-STORE-UNAVAILABLE.
    """
    try:
        yield
    except OperationalError as problem:
        raise FootproofError("E-STORE-UNAVAILABLE", reason=str(problem).partition("\n")[0][:200]) from problem


def _configured(folder: Path) -> str:
    path = folder / CONFIGURATION
    try:
        settings = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as problem:
        raise FootproofError("E-WORKSPACE", Where(str(folder)), path=folder, reason=str(problem)) from problem
    part = settings.get("database", {})
    found = part.get("url", "") if isinstance(part, dict) else None
    if not isinstance(found, str):
        raise FootproofError("E-STORE-DATABASE", Where(CONFIGURATION, field="database.url"), reason="no text")
    return found


def _sqlite(path: Path) -> dict[str, Any]:
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path,
        "CONN_MAX_AGE": None,
        "OPTIONS": {"timeout": PATIENCE, "transaction_mode": "IMMEDIATE", "init_command": _PRAGMAS},
    }


def _postgresql(address: str) -> dict[str, Any]:
    """Return the settings of an address such as postgresql://user:password@host:5432/name?sslmode=require."""
    parts = urlsplit(address)
    options: dict[str, str] = dict(parse_qsl(parts.query))
    name = unquote(parts.path.removeprefix("/"))
    if parts.scheme not in _SCHEMES or not name:
        reason = "postgresql://user@host:port/name"  # the address itself may hold a password
        raise FootproofError("E-STORE-DATABASE", Where(CONFIGURATION, field="database.url"), reason=reason)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", "") or parts.hostname or "",
        "PORT": _port(parts, options),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"connect_timeout": str(PATIENCE), **_options(options)},
    }


def _port(parts: SplitResult, options: dict[str, str]) -> str:
    try:
        return options.pop("port", "") or str(parts.port or "")
    except ValueError as problem:
        raise FootproofError("E-STORE-DATABASE", Where(CONFIGURATION, field="database.url"), reason="port") from problem


def _options(asked: Mapping[str, str]) -> dict[str, str]:
    """Return the further options of an address; libpq knows which there are and refuses the rest when it connects."""
    return {name: value for name, value in asked.items() if name != "options"} | {
        "options": " ".join(filter(None, [asked.get("options"), "-c synchronous_commit=on"]))
    }
