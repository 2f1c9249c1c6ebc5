"""Which event and which kind of record a name in the tables stands for: every one that certification defines."""

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from footproof import certify
from footproof.certify.record import Beginning, Event


@cache
def events() -> Mapping[str, type[Event[Any]]]:
    """Return the types of events by their kind, such as "application.accepted"."""
    return {one.kind: one for one in _types() if issubclass(one, Event) and one not in (Event, Beginning)}


@cache
def records() -> Mapping[str, type[Any]]:
    """Return the types of records by their stream, such as "case"."""
    return {one.stream: one for one in _types() if hasattr(one, "__dataclass_fields__") and hasattr(one, "stream")}


def _types() -> Iterator[Any]:
    for found in pkgutil.iter_modules(certify.__path__, f"{certify.__name__}."):
        module = importlib.import_module(found.name)
        yield from (one for one in vars(module).values() if isinstance(one, type) and one.__module__ == found.name)
