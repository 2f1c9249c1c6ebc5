"""The canonical JSON of events and records, written value by value: the text that `certify.codec` leads to, sooner.

The codec makes objects of a value and then text of the objects, which for millions of events is most of the work. What
stands here writes only what the core has: anything else is refused, and the tests compare both on a whole world.
What an event says stands in a record afterwards: the text of each object is kept until `forget`, and not made twice.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from operator import attrgetter
from typing import Any, get_type_hints

from footproof.canonical import digest
from footproof.certify.codec import ADDED
from footproof.certify.record import Recorded

Write = Callable[[Any], str]
quoted: Write = json.encoder.encode_basestring
"""Return a text as JSON has it."""


_KEPT: dict[int, tuple[object, str]] = {}
"""Objects that were written, with their texts; being held, none of them can leave its id to another."""


def forget() -> None:
    """Forget the texts of what was written so far."""
    _KEPT.clear()


class _Writers(dict[type, Write]):
    """How each type is written; worked out on first use."""

    def __missing__(self, kind: type) -> Write:
        self[kind] = found = self._found(kind)
        return found

    def _found(self, kind: type) -> Write:
        if is_dataclass(kind):
            return self._record(kind)
        if issubclass(kind, Enum):
            return lambda value: quoted(value.value)
        if issubclass(kind, Mapping):
            return self._table
        raise TypeError(kind.__name__)

    def _record(self, kind: Any) -> Write:
        names = sorted(one.name for one in fields(kind))
        hints = get_type_hints(kind, include_extras=True)
        later = [name for name in names if ADDED in getattr(hints[name], "__metadata__", ())]
        if later:
            return self._with_added(kind, later)
        return self._whole(names)

    def _with_added(self, kind: Any, later: list[str]) -> Write:
        """Return how a record is written of which the codec leaves out some members while they are None."""
        names = sorted(one.name for one in fields(kind))
        writers: dict[tuple[str, ...], Write] = {}

        def write(value: Any) -> str:
            absent = tuple(name for name in later if getattr(value, name) is None)
            if absent not in writers:
                writers[absent] = self._whole([name for name in names if name not in absent])
            return writers[absent](value)

        return write

    def _whole(self, names: list[str]) -> Write:
        form = "{" + ",".join(f'"{name}":%s' for name in names) + "}"
        if len(names) < 2:
            return lambda value: "{" + ",".join([f'"{name}":{text(getattr(value, name))}' for name in names]) + "}"
        taken = attrgetter(*names)

        def write(value: Any) -> str:
            found = _KEPT.get(id(value))
            if found is None:
                found = _KEPT[id(value)] = value, form % tuple([self[type(one)](one) for one in taken(value)])
            return found[1]

        return write

    def _table(self, value: Mapping[Any, Any]) -> str:
        pairs = sorted((str(key), one) for key, one in value.items())
        return "{" + ",".join([f"{quoted(key)}:{self[type(one)](one)}" for key, one in pairs]) + "}"

    def _row(self, value: tuple[Any, ...]) -> str:
        return "[" + ",".join([self[type(one)](one) for one in value]) + "]" if value else "[]"


_WRITERS = _Writers(
    {
        str: quoted,
        int: str,
        bool: lambda value: "true" if value else "false",
        type(None): lambda _: "null",
        date: lambda value: f'"{value.isoformat()}"',
        datetime: lambda value: f'"{value.isoformat().replace("+00:00", "Z")}"',
        Decimal: lambda value: f'"{value}"',
        Fraction: lambda value: f'"{value}"',
    }
)
_WRITERS[tuple] = _WRITERS._row


def text(value: object) -> str:
    """Return the canonical JSON of an event or record.

    Args:
        value: As the core has it.

    Raises:
        TypeError: It holds a type that the core does not have.
    """
    return _WRITERS[type(value)](value)


def digest_of(recorded: Recorded) -> str:
    """Return what `codec.digest_of` gives for an event.

    Args:
        recorded: The event.
    """
    stamp, record = recorded.stamp, recorded.record
    rest = (
        f'{{"actor":{text(stamp.by)},"at":"{stamp.at.isoformat()}","data":{text(recorded.event)},'
        f'"id":{quoted(recorded.id)},"record":"{record.stream}","type":"{recorded.event.kind}",'
        f'"version":{recorded.version}}}'
    )
    return digest(rest.encode("utf-8"))
