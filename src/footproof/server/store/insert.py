"""Many rows of several tables written at once, each over the one there was where it has a key.

PostgreSQL gets all of them in one statement, as JSON that it takes apart by the types of its columns: one way there and
back, whatever there is to write. SQLite is beside us and gets row by row. Both write what Django's models would.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django.db import connection, models
from django.db.backends.base.base import BaseDatabaseWrapper

_PLAIN = (models.CharField, models.TextField, models.IntegerField)
"""Kinds of columns whose values are written as they are; a bigint is an integer to Django."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of one table.

    Args:
        model: The table.
        rows: What is to be written.
        key: Columns by which a row is known that is there already; none where there must not be any.
        update: Columns that such a row then gets anew; where there are none, it stays as it is.
    """

    model: type[models.Model]
    rows: Sequence[models.Model]
    key: tuple[str, ...] = ()
    update: tuple[str, ...] = ()


def insert(*tables: Rows) -> None:
    """Write rows within the transaction of the caller.

    Args:
        tables: In an order in which no row needs a later one.

    Raises:
        django.db.Error: What the database refuses.
    """
    wanted = [one for one in tables if one.rows]
    if not wanted:
        return
    statements = [_statement(one.model, one.key, one.update, connection.vendor) for one in wanted]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            *before, last = statements
            parts = ", ".join(f"part{number} AS ({part})" for number, part in enumerate(before))
            cursor.execute(f"WITH {parts} {last}" if before else last, [_json(one) for one in wanted])
            return
        for statement, one in zip(statements, wanted, strict=True):
            cursor.executemany(statement, list(_values(one)))


@lru_cache(maxsize=64)
def _statement(model: type[models.Model], key: tuple[str, ...], update: tuple[str, ...], vendor: str) -> str:
    """Return the statement that writes rows of a table; all names in it are those of our models."""
    quoted, fields = connection.ops.quote_name, _columns(model)
    names = ", ".join(quoted(str(one.column)) for one in fields)
    if vendor == "postgresql":
        # The limits of lengths are those of the table, which refuses what is too long.
        kinds = (f"{quoted(str(one.column))} {_kind(one)}" for one in fields)
        values = f"SELECT {names} FROM json_to_recordset(%s::json) AS given({', '.join(kinds)})"  # noqa: S608
    else:
        values = f"VALUES ({', '.join(['%s'] * len(fields))})"
    anew = ", ".join(f"{quoted(one)} = EXCLUDED.{quoted(one)}" for one in update)
    then = f"DO UPDATE SET {anew}" if update else "DO NOTHING"
    again = f" ON CONFLICT ({', '.join(map(quoted, key))}) {then}" if key else ""
    return f"INSERT INTO {quoted(model._meta.db_table)} ({names}) {values}{again}"


@lru_cache(maxsize=64)
def _columns(model: type[models.Model]) -> tuple["models.Field[Any, Any]", ...]:
    """Return the columns of a table but for one that numbers its rows."""
    return tuple(one for one in model._meta.concrete_fields if not isinstance(one, models.AutoField))


def _kind(field: "models.Field[Any, Any]") -> str:
    kind = str(field.db_type(connection))
    return "text" if kind.startswith("varchar") else kind


def _json(table: Rows) -> str:
    fields = [(one.column, one.attname) for one in _columns(table.model)]
    rows = [{column: getattr(row, name) for column, name in fields} for row in table.rows]
    return json.dumps(rows, ensure_ascii=False, default=_plain)


def _plain(value: object) -> str:
    """Return what PostgreSQL reads as a value of its column."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        return f"\\x{bytes(value).hex()}"
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(type(value).__name__)


def _values(table: Rows) -> Iterable[list[Any]]:
    fields = [(one.attname, _prepared(one, connection)) for one in _columns(table.model)]
    for row in table.rows:
        values = ((getattr(row, name), prepare) for name, prepare in fields)
        yield [value if prepare is None or value is None else prepare(value) for value, prepare in values]


def _prepared(field: "models.Field[Any, Any]", there: BaseDatabaseWrapper) -> Callable[[Any], Any] | None:
    """Return what makes of a value what the database is given; None where that is the value."""
    return None if isinstance(field, _PLAIN) else lambda value: field.get_db_prep_save(value, there)
