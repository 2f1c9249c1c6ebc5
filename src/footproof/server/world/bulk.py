"""Many rows into a table at once: `executemany` on SQLite, COPY on PostgreSQL, in the forms that Django would write."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from django.db import connection, models

_CHUNK = 5000


def insert(table: type[models.Model], names: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Insert rows.

    Args:
        table: Of the store.
        names: Names of the columns, as attributes of the model.
        rows: Values; JSON as text, the rest as Python has it.

    Returns:
        How many.
    """
    fields = {one.attname: one for one in table._meta.concrete_fields}
    chosen = [fields[name] for name in names]
    columns = ", ".join(connection.ops.quote_name(str(one.column)) for one in chosen)
    target = connection.ops.quote_name(table._meta.db_table)
    if connection.vendor == "postgresql":
        return _copied(f"COPY {target} ({columns}) FROM STDIN", rows)
    forms = [(place, form) for place, one in enumerate(chosen) if (form := _form(one))]
    marks = ", ".join(["%s"] * len(chosen))
    statement = f"INSERT INTO {target} ({columns}) VALUES ({marks})"  # noqa: S608  (names of our own model)
    return _many(statement, (_shaped(row, forms) for row in rows))


def values(row: models.Model) -> tuple[Any, ...]:
    """Return the values of a row in the order of its columns.

    Args:
        row: Not saved.
    """
    return tuple(getattr(row, name) for name in columns(type(row)))


@cache
def columns(table: type[models.Model]) -> tuple[str, ...]:
    """Return the names of the columns of a table, as attributes of the model.

    Args:
        table: Of the store.
    """
    return tuple(one.attname for one in table._meta.concrete_fields)


def _shaped(row: Sequence[Any], forms: list[tuple[int, Callable[[Any], Any]]]) -> list[Any]:
    found = list(row)
    for place, form in forms:
        found[place] = form(found[place])
    return found


def _many(statement: str, rows: Iterable[list[Any]]) -> int:
    count = 0
    chunk: list[list[Any]] = []
    with connection.cursor() as cursor:
        for row in rows:
            chunk.append(row)
            if len(chunk) == _CHUNK:
                cursor.executemany(statement, chunk)
                count += len(chunk)
                chunk = []
        if chunk:
            cursor.executemany(statement, chunk)
    return count + len(chunk)


def _copied(statement: str, rows: Iterable[Sequence[Any]]) -> int:
    count = 0
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)
            count += 1
    return count


def _form(field: models.Field[Any, Any]) -> Callable[[Any], Any] | None:
    """Return how SQLite writes a column; None for what it takes as it is."""
    if isinstance(field, models.DateTimeField):
        return _time
    if isinstance(field, models.DateField):
        return lambda value: None if value is None else str(value)
    if isinstance(field, models.DecimalField):
        return lambda value: connection.ops.adapt_decimalfield_value(value, field.max_digits, field.decimal_places)
    return None


def _time(value: datetime) -> str:
    return value.replace(tzinfo=None).isoformat(" ")  # always UTC
