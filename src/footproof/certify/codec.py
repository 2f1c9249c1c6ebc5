"""Events and records as JSON and back; the digest of an event.

Figures and days are texts, so that what is stored is exactly what was said. What was stored is read strictly by its
type; a member that is missing or of another kind is refused.
"""

from functools import cache
from typing import Any, TypeVar

from pydantic import Field, TypeAdapter

from footproof.canonical import record_digest
from footproof.certify.record import Recorded

T = TypeVar("T")
ADDED = Field(exclude_if=lambda value: value is None)
"""Of a field that a noun got after events with it were recorded: None is left out, so that their digests stay."""


@cache
def adapter(kind: Any) -> TypeAdapter[Any]:
    """Return what converts values of a type; made once for each."""
    return TypeAdapter(kind)


def to_json(value: object) -> Any:  # JSON has no narrower type
    """Return an event or record as objects, lists and texts."""
    kind: Any = type(value)
    return adapter(kind).dump_python(value, mode="json")


def from_json(kind: type[T], data: object) -> T:
    """Return the event or record that some JSON describes.

    Args:
        kind: Its type.
        data: As `to_json` gave it.

    Raises:
        pydantic.ValidationError: It is of another form.
    """
    form: Any = kind
    found: T = adapter(form).validate_python(data)
    return found


def digest_of(recorded: Recorded) -> str:
    """Return the digest of an event with all that belongs to it: record, version, actor, role and time."""
    by = recorded.stamp.by
    return record_digest(
        {
            "record": recorded.record.stream,
            "id": recorded.id,
            "version": recorded.version,
            "type": recorded.event.kind,
            "at": recorded.stamp.at.isoformat(),
            "actor": {"person": by.person, "role": by.role, "organisation": by.organisation},
            "data": to_json(recorded.event),
        }
    )
