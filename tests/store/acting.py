"""The cast of the tests of `certify` in a store, where its packages stand for sealed ones."""

from datetime import datetime
from types import SimpleNamespace
from typing import Any, TypeVar

import pytest

from certify.cast import packages, parameters, proposed
from footproof.certify.operation import Operation
from footproof.certify.record import Actor, Record, Recorded
from footproof.server.store import beforehand, unit
from footproof.server.store.journal import Journal

R = TypeVar("R", bound=Record)


class Stored:
    """A store as a world to act in."""

    def __init__(self, journal: Journal) -> None:
        self.journal = journal

    def do(self, operation: Operation, by: Actor, at: datetime) -> tuple[Recorded, ...]:
        """Carry out an operation."""
        return self.journal.carry_out(operation, by, at)

    def find(self, record: type[R], identity: str) -> R | None:
        """Return a record."""
        return self.journal.find(record, identity)


def stand_in(patch: pytest.MonkeyPatch) -> None:
    """Let the packages of the cast be found as if they had been sealed, and every document as if it had been sent."""

    def look(_: Any, digest: str) -> Any:
        found = packages().get(digest)
        return SimpleNamespace(recomputed=found) if found is not None else None

    for module in (unit, beforehand):
        patch.setattr(module, "look", look)
    patch.setattr(unit, "kept", lambda *given: True)
    patch.setattr(unit, "parameters_of", lambda _, digest: parameters().get(digest, {}))
    patch.setattr(unit, "risks_in", lambda _, digest: proposed().get(digest, ()))
