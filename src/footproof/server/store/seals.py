"""Seals: that an event stands in the journal can be proven by who is shown it, while the log says nothing of it.

Of events that are public by their hash alone (`certify.record.Public`), each transaction enters one leaf: the root of
the Merkle tree over their seals. It names neither client nor kind, for that somebody applied is nobody's business (ISO/
IEC 17065, 4.5). The salt of an event follows from a secret of the workspace, so that one can be shown without others.
"""

import hmac
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from footproof.certify.operations import EVENTS
from footproof.certify.public import seal
from footproof.certify.record import Public
from footproof.server.events import event
from footproof.server.keys import kept_secret
from footproof.server.workspace import Workspace
from footproof.tlog.merkle import leaf_hashes, tree_root

KIND = "journal.sealed"
SEALED = tuple(kind for kind, one in EVENTS.items() if one.public is Public.HASH)
"""Kinds of events that seals stand for."""
_SIZE = 32


def salt_of(workspace: Workspace, name: str) -> bytes:
    """Return the salt of an event, to be shown with the event and to nobody else.

    Args:
        workspace: Whose journal.
        name: Digest of the event.
    """
    keyed = _keyed(workspace.folder).copy()  # half the time of beginning with the key
    keyed.update(name.encode("ascii"))
    return keyed.digest()


def seal_of(workspace: Workspace, name: str) -> str:
    """Return the seal of an event.

    Args:
        workspace: Whose journal.
        name: Digest of the event.
    """
    return seal(name, salt_of(workspace, name))


def root_of(workspace: Workspace, names: Iterable[str]) -> str:
    """Return the root over the seals of events, as a digest.

    Args:
        workspace: Whose journal.
        names: Digests of the events, in their order.
    """
    seals = [seal_of(workspace, name).encode("ascii") for name in names]
    return f"sha256:{tree_root(leaf_hashes(seals)).hex()}"


def sealing(workspace: Workspace, names: Iterable[str], at: datetime) -> bytes:
    """Return the entry of the log that seals some events. Who keeps the log says so, in nobody else's name.

    Args:
        workspace: Whose journal.
        names: Digests of the events, in their order.
        at: Time of the entry.
    """
    return event(KIND, at, workspace.origin, "journal", root_of(workspace, names))


@lru_cache(maxsize=8)
def _keyed(folder: Path) -> hmac.HMAC:
    """Return the keyed hash that salts follow from; its secret is made on first use, and never changed."""
    return hmac.new(kept_secret(folder / "keys" / "journal.secret", _SIZE), digestmod=sha256)
