"""Lists in pages: a cursor names the last line seen, so that nothing is skipped or doubled while lines are added."""

import base64
import json
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db.models import Model, Q, QuerySet

from footproof.errors import FootproofError, Where

MOST = 200
USUAL = 50


@dataclass(frozen=True, slots=True)
class Order:
    """How a list is sorted.

    Args:
        column: By which column.
        key: Column that makes lines distinct.
        down: Whether from the largest.
    """

    column: str
    key: str
    down: bool = False


def order_of(asked: str, key: str) -> Order:
    """Return the order that a request names, such as "submitted" or "-submitted"."""
    return Order(asked.removeprefix("-"), key, asked.startswith("-"))


def page(rows: QuerySet[Any], order: Order, cursor: str, limit: int) -> tuple[list[Any], str | None]:
    """Return the lines of a page, and the cursor of the next one; None after the last.

    Args:
        rows: All lines.
        order: How they are sorted.
        cursor: Where to go on; empty for the first page.
        limit: Most lines.

    Raises:
        FootproofError: E-API-CURSOR for a cursor that is none of this list.
    """
    sign, side = ("-", "lt") if order.down else ("", "gt")
    rows = rows.filter(**{f"{order.column}__isnull": False})
    if cursor:
        value, key = _opened(cursor, order, rows.model)
        beyond = Q(**{f"{order.column}__{side}": value})
        rows = rows.filter(beyond | Q(**{order.column: value, f"{order.key}__{side}": key}))
    found = list(rows.order_by(f"{sign}{order.column}", f"{sign}{order.key}")[: limit + 1])
    if len(found) <= limit:
        return found, None
    return found[:limit], _closed(order, found[limit - 1])


def _closed(order: Order, row: Any) -> str:
    value, key = getattr(row, order.column), getattr(row, order.key)
    text = json.dumps([order.column, order.down, str(value), str(key)], ensure_ascii=False)
    return base64.urlsafe_b64encode(text.encode("utf-8")).decode("ascii").rstrip("=")


def _opened(cursor: str, order: Order, model: type[Model]) -> tuple[Any, Any]:
    try:
        data = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        column, down, value, key = data
        texts = all(isinstance(one, str) and "\0" not in one for one in (column, value, key))
        if not texts or (column, down) != (order.column, order.down):
            raise ValueError("of another list")
        for one in (value, key):
            one.encode("utf-8")
        read = [_typed(model, name, text) for name, text in ((order.column, value), (order.key, key))]
    except (ValueError, TypeError, InvalidOperation, RecursionError) as problem:
        raise FootproofError("E-API-CURSOR", Where("request", field="cursor")) from problem
    return read[0], read[1]


def _typed(model: type[Model], column: str, text: str) -> Any:
    """Return a value as its column has it."""
    kind = model._meta.get_field(column).get_internal_type()  # Django's public name for it
    if kind == "DateField":
        return date.fromisoformat(text)
    if kind == "DecimalField":
        found = Decimal(text)
        if not found.is_finite() or abs(found.adjusted()) > 38:
            raise ValueError("no figure")
        return found
    if kind in ("BigIntegerField", "IntegerField"):
        number = int(text)
        if abs(number) >= 2**63:
            raise ValueError("no number")
        return number
    return text
