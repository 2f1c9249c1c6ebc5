"""Records as they are now, read from the store without taking a lock."""

from dataclasses import dataclass
from typing import Any

from footproof.certify.codec import from_json
from footproof.certify.operations import RECORDS
from footproof.errors import FootproofError
from footproof.server.api.policy import Reader, as_seen, need_seen
from footproof.server.store.models import RecordRow


@dataclass(frozen=True, slots=True)
class Read:
    """A record as it was read.

    Args:
        record: A record of `certify`.
        state: The same as JSON.
        version: How many events made it.
    """

    record: Any
    state: dict[str, Any]
    version: int

    def seen(self, reader: Reader) -> dict[str, Any]:
        """Return what somebody sees of it, with its version.

        Raises:
            FootproofError: E-API-UNKNOWN where it is not for them.
        """
        return {**need_seen(reader, self.record, self.state), "version": self.version}


def read(stream: str, name: str) -> Read | None:
    """Return a record, or None where there is none."""
    row = RecordRow.objects.filter(stream=stream, record=name).first()
    return _read(row) if row is not None else None


def need_read(stream: str, name: str) -> Read:
    """Return a record that must be there.

    Raises:
        FootproofError: E-API-UNKNOWN.
    """
    found = read(stream, name)
    if found is None:
        raise FootproofError("E-API-UNKNOWN", record=stream, id=name[:100])
    return found


def read_many(stream: str, names: list[str]) -> list[Read]:
    """Return records in the order of their names, in one question."""
    rows = {row.record: row for row in RecordRow.objects.filter(stream=stream, record__in=names)}
    return [_read(rows[name]) for name in names if name in rows]


def read_all(stream: str, **members: str) -> list[Read]:
    """Return all records of a kind of which few are kept, in one question.

    Args:
        stream: Kind.
        **members: What members of the state have to be.
    """
    asked = {f"state__{name}": value for name, value in members.items()}
    return [_read(row) for row in RecordRow.objects.filter(stream=stream, **asked)]


def seen_many(reader: Reader, stream: str, names: list[str]) -> list[dict[str, Any]]:
    """Return what somebody sees of records; those that are not for them are left out."""
    found = ((one, as_seen(reader, one.record, one.state)) for one in read_many(stream, names))
    return [{**state, "version": one.version} for one, state in found if state is not None]


def _read(row: RecordRow) -> Read:
    return Read(from_json(RECORDS[row.stream], row.state), row.state, row.version)
