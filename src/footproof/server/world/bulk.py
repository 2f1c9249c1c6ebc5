"""Many rows into the empty store at once: SQLite gets a new file, PostgreSQL COPY; indexes come after the rows.

Rows hold what both databases take as it is: texts, whole numbers, bytes and None; see `written`.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

from django.db import connection, models

from footproof.server.store.models import CaseRow, CertificateRow, EventRow, LeafRow, RecordRow, StandingRow
from footproof.server.store.writer import writing
from footproof.tlog.durable import sync_directory, sync_path

TABLES = (EventRow, LeafRow, RecordRow, CaseRow, CertificateRow, StandingRow)
Row: TypeAlias = Sequence[Any]
Insert: TypeAlias = Callable[[type[models.Model], Sequence[str], Iterable[Row]], None]
"""Inserts rows into a table: its model, the names of the columns, the rows."""

_FAST = ("journal_mode=OFF", "synchronous=OFF", "locking_mode=EXCLUSIVE", "cache_size=-500000", "threads=2")
_QUICK = """SELECT set_config('maintenance_work_mem', '512MB', true);
SELECT set_config(name, 'lz4', true) FROM pg_settings
WHERE name = 'default_toast_compression' AND 'lz4' = ANY(enumvals)"""
"""Room for sorting millions of rows, where 64 MB are usual; long texts compressed by what is quick, if built in."""
_INDEXES = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name = ?"
_PLAIN = """SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i
WHERE i.indrelid = %s::regclass AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conindid = i.indexrelid)"""
_RULES = """SELECT quote_ident(conname), pg_get_constraintdef(oid) FROM pg_constraint
WHERE conrelid = %s::regclass AND contype IN ('u', 'f')"""


@contextmanager
def loading() -> Iterator[Insert]:
    """Load an empty store; all of it is there afterwards, or nothing.

    Raises:
        FootproofError: E-STORE-UNAVAILABLE.
    """
    if connection.vendor == "sqlite":
        with _beside(Path(connection.settings_dict["NAME"])) as insert:
            yield insert
    else:
        with writing(), _unindexed():
            yield _copied


@contextmanager
def _beside(file: Path) -> Iterator[Insert]:
    """Fill a new file, which takes the place of the empty one when it is whole and on the disk."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    draft = file.with_name(f".{file.name}.new")
    shutil.copyfile(file, draft)
    try:
        with closing(sqlite3.connect(draft, isolation_level=None)) as database:
            for pragma in _FAST:
                database.execute(f"PRAGMA {pragma}")
            database.execute("BEGIN")
            found = [row for table in TABLES for row in database.execute(_INDEXES, [table._meta.db_table])]
            for name, _ in found:
                database.execute(f'DROP INDEX "{name}"')
            yield lambda table, names, rows: _inserted(database, table, names, rows)
            for _, statement in found:
                database.execute(statement)
            database.execute("COMMIT")
            database.execute("PRAGMA journal_mode=WAL")
        sync_path(draft)
        draft.replace(file)
        sync_directory(file.parent)
    finally:
        draft.unlink(missing_ok=True)


def _inserted(
    database: sqlite3.Connection, table: type[models.Model], names: Sequence[str], rows: Iterable[Row]
) -> None:
    marks = ", ".join("?" * len(names))
    database.executemany(f"INSERT INTO {_target(table, names)} VALUES ({marks})", rows)  # noqa: S608  (our own names)


@contextmanager
def _unindexed() -> Iterator[None]:
    """Take indexes and rules from the tables and give them back: what breaks a rule then breaks the transaction."""
    with connection.cursor() as cursor:
        cursor.execute(_QUICK)
        again: list[str] = []
        for table in (one._meta.db_table for one in TABLES):
            cursor.execute(_RULES, [table])
            for name, rule in cursor.fetchall():
                cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
                again.append(f"ALTER TABLE {table} ADD CONSTRAINT {name} {rule}")
            cursor.execute(_PLAIN, [table])
            for name, statement in cursor.fetchall():
                cursor.execute(f"DROP INDEX {name}")
                again.append(statement)
        yield
        for statement in again:
            cursor.execute(statement)


def _copied(table: type[models.Model], names: Sequence[str], rows: Iterable[Row]) -> None:
    with connection.cursor() as cursor, cursor.copy(f"COPY {_target(table, names)} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _target(table: type[models.Model], names: Sequence[str]) -> str:
    fields = {one.attname: one for one in table._meta.concrete_fields}
    columns = ", ".join(f'"{fields[name].column}"' for name in names)
    return f'"{table._meta.db_table}" ({columns})'


def values(row: models.Model) -> tuple[Any, ...]:
    """Return the values of a row in the order of its columns.

    Args:
        row: Not saved.
    """
    return tuple([written(getattr(row, name)) for name in columns(type(row))])


def written(value: Any) -> Any:
    """Return a value as both databases take it; a time is that of UTC."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat(" ")
    return str(value) if isinstance(value, date | Decimal) else value


@cache
def columns(table: type[models.Model]) -> tuple[str, ...]:
    """Return the names of the columns of a table, as attributes of the model.

    Args:
        table: Of the store.
    """
    return tuple(one.attname for one in table._meta.concrete_fields)
