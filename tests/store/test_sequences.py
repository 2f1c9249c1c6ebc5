"""Random sequences of actions through each store keep every invariant, and the store is what its events say.

The player and the checks are those of the core (`certify.actions`). Packages and signing have tests of their own; here
the cast's packages stand for sealed ones, and a body's signature for itself.
"""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from certify.actions import Watched, begin, play
from certify.cast import REGISTRAR, START, founding, schemes
from footproof.canonical import canonical_bytes
from footproof.certify.codec import to_json
from footproof.certify.memory import MemoryWorld
from footproof.server.platform import configure, migrate
from footproof.server.store import leaves
from footproof.server.store.journal import Journal
from footproof.server.store.rebuild import verify_store
from store.acting import Stored, stand_in
from tamper.world import seeded_workspace


@pytest.fixture
def store(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Watched]:
    """Settle the cast in a store, with certificates already granted."""

    def attest(*given: Any) -> bytes:
        return canonical_bytes({"held": to_json(given[-1])})

    stand_in(monkeypatch)
    monkeypatch.setattr(leaves, "attest", attest)
    workspace = seeded_workspace(tmp_path / "workspace", "https://w.footproof.example", "w.footproof.example/log", "w")
    configure(workspace.folder)
    migrate()
    journal = Journal(workspace, MemoryWorld(schemes()).scheme)  # which refuses what it does not know

    def settled() -> Watched:
        return begin(Stored(journal), journal.found(founding(), REGISTRAR, START), 2)

    return settled


def play_through(watched: Watched, seeds: range, length: int) -> None:
    now = START + timedelta(days=30)
    for seed in seeds:
        now = play(watched, seed, length, now, leaps=False)
    stored = watched.world
    assert isinstance(stored, Stored)
    assert verify_store(stored.journal.workspace) == []


def test_sequences_through_a_store(store: Callable[[], Watched]) -> None:
    watched = store()
    play_through(watched, range(5), 20)
    assert sum(watched.done.values()) > 40


@pytest.mark.slow
def test_three_hundred_sequences_through_a_store(store: Callable[[], Watched]) -> None:
    watched = store()
    play_through(watched, range(300), 40)
    # One world for all of them: ties and suspended scopes gather, so that more is refused than in fresh ones.
    assert sum(watched.done.values()) > 2_000
