"""A monitor: follows a log from outside and remembers what it saw, sharing nothing with the log.

It keeps the right edge of the tree and the last signed checkpoint. From the entries that are new since then it
computes every tile and the root itself; what the log publishes must be the same, byte for byte. So a new checkpoint
that verifies extends the saved one, without trust in any proof. Event semantics come in as a function over entries.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from footproof.errors import ProofRejected, Where
from footproof.tlog.checkpoint import Checkpoint, open_checkpoint, parse_checkpoint
from footproof.tlog.edge import Edge, grow
from footproof.tlog.encoding import decode_base64, encode_base64
from footproof.tlog.merkle import HASH_SIZE, leaf_hashes, verify_consistency
from footproof.tlog.note import Ed25519Verifier, parse_note
from footproof.tlog.tiles import WIDTH, Read, Tile, Tiles, differences, read_entries, read_hashes, split_tile, tile_at

HEADER = "footproof-monitor/1"
STEP = 64 * WIDTH
"""Entries that are in memory at a time."""

MAX_STATE = 10_000_000

Hook = Callable[[int, Sequence[bytes]], None]
"""Is given the index of the first of some new entries, and them; called in order, once for each entry."""


EMPTY = Edge()


@dataclass(frozen=True, slots=True)
class Seen:
    """What a monitor remembers of a log.

    Args:
        edge: The right edge of the tree that it computed itself, without entries.
        note: The signed checkpoint over it; None before the first.
    """

    edge: Edge = EMPTY
    note: bytes | None = None

    def to_bytes(self) -> bytes:
        """Return the state as it is kept."""
        if self.note is None:
            raise ValueError("there is nothing to keep before the first checkpoint")
        levels = [encode_base64(b"".join(row)) for row in self.edge.levels]
        lines = [HEADER, f"size {self.edge.size}", *(f"level {row}" for row in levels)]
        return "".join(f"{line}\n" for line in lines).encode() + b"\n" + self.note


def parse_seen(data: bytes, verifier: Ed25519Verifier) -> Seen:
    """Return the state that `Seen.to_bytes` wrote.

    Raises:
        ProofRejected: It was damaged or changed: its hashes do not lead to its signed checkpoint.
    """
    head, blank, note = data.partition(b"\n\n")
    lines = head.decode("utf-8", "replace").split("\n")
    if len(data) > MAX_STATE or not blank or lines[0] != HEADER or len(lines) < 2:
        raise ProofRejected("E-MONITOR-STATE", Where("seen", line=1))
    checkpoint = open_checkpoint(note, verifier)
    levels: list[tuple[bytes, ...]] = []
    for number, line in enumerate(lines[2:], start=3):
        row = decode_base64(line.removeprefix("level "))
        count = checkpoint.size >> (8 * len(levels))
        if row is None or not count or len(row) != HASH_SIZE * (count % WIDTH):
            raise ProofRejected("E-MONITOR-STATE", Where("seen", line=number))
        levels.append(tuple(split_tile(row)) if row else ())
    edge = Edge(checkpoint.size, (), tuple(levels))
    if lines[1] != f"size {checkpoint.size}" or edge.root() != checkpoint.root:
        raise ProofRejected("E-MONITOR-STATE", Where("seen", line=2))
    return Seen(edge, note)


def follow(seen: Seen, read: Read, verifier: Ed25519Verifier, hook: Hook | None = None) -> Seen:
    """Return what is known of a log after reading its new entries.

    Args:
        seen: What was known.
        read: The published files. Nothing that comes back is believed.
        verifier: The log's key.
        hook: Looks at the new entries.

    Raises:
        ProofRejected: The log shrank (E-LOG-SHRUNK), contradicts what was seen (E-LOG-SPLIT: keep both notes), or its
            files do not lead to its checkpoint. What was known then stays what is known.
    """
    signed = read_checkpoint(read)
    checkpoint = open_checkpoint(signed, verifier)
    old = seen.edge.size
    if checkpoint.size < old:
        raise ProofRejected("E-LOG-SHRUNK", Where("checkpoint"), old=old, new=checkpoint.size)
    if seen.note is not None:
        agree(seen.note, signed, read, verifier)  # Says at little cost whether it is the log or its files that fail.
    edge = seen.edge
    while edge.size < checkpoint.size:
        edge = _advance(edge, checkpoint.size, read, hook)
    if edge.root() != checkpoint.root:
        raise ProofRejected("E-LOG-ROOT", Where("checkpoint"), size=checkpoint.size)
    return Seen(edge, signed)


def agree(first: bytes, second: bytes, read: Read, verifier: Ed25519Verifier) -> tuple[Checkpoint, Checkpoint]:
    """Check that two signed checkpoints of a log are of one history and return them, the smaller first.

    Args:
        first: A signed note, from anywhere.
        second: Another.
        read: The published files behind the larger of the two.
        verifier: The log's key.

    Raises:
        ProofRejected: E-LOG-SPLIT where they contradict each other: two notes that the log signed and cannot explain.
            E-LOG-ROOT or E-LOG-MISSING where the files do not show it either way.
    """
    old, new = sorted((open_checkpoint(first, verifier), open_checkpoint(second, verifier)), key=lambda one: one.size)
    if old.size == new.size:
        if old.root != new.root:
            raise ProofRejected("E-LOG-SPLIT", Where("checkpoint"), old=old.size, new=new.size)
        return old, new
    if old.size == 0:
        return old, new
    tiles = Tiles(new.size, read)
    within = tiles.subtree(0, old.size)
    # A smaller tree that provably lies in the larger one is what the signer of the larger one committed to. Files that
    # prove nothing are damaged, and no evidence against anybody.
    try:
        verify_consistency(old.size, within, new.size, new.root, tiles.consistency(old.size))
    except ProofRejected:
        raise ProofRejected("E-LOG-ROOT", Where("checkpoint"), size=new.size) from None
    if within != old.root:
        raise ProofRejected("E-LOG-SPLIT", Where("checkpoint"), old=old.size, new=new.size)
    return old, new


def read_checkpoint(read: Read) -> bytes:
    """Return the published checkpoint.

    Raises:
        ProofRejected: There is none.
    """
    try:
        return read("checkpoint")
    except FileNotFoundError:
        raise ProofRejected("E-LOG-MISSING", Where("checkpoint")) from None


def size_of(signed: bytes) -> int:
    """Return the size that a note states; nothing is verified.

    Raises:
        ProofRejected: It is no checkpoint.
    """
    return parse_checkpoint(parse_note(signed).text).size


def _advance(edge: Edge, size: int, read: Read, hook: Hook | None) -> Edge:
    """Return the edge some whole bundles further on, after every file on the way was compared."""
    first = edge.size
    end = min(size, first - first % WIDTH + STEP)
    entries: list[bytes] = []
    for index in range(first // WIDTH, -(-end // WIDTH)):
        entries += read_entries(tile_at(None, index, size), read)
    rest = first % WIDTH
    _check_known(edge, entries[:rest])
    files, grown = grow(Edge(first, tuple(entries[:rest]), edge.levels), entries[rest:])
    for tile, data in files.items():
        if tile.level is not None and tile == tile_at(tile.level, tile.index, size):
            _check_tile(tile, data, read)
    if hook is not None:
        hook(first, entries[rest:])
    return Edge(grown.size, (), grown.levels)


def _check_known(edge: Edge, entries: Sequence[bytes]) -> None:
    """Refuse a bundle whose beginning is not what was seen there before."""
    known = edge.levels[0] if entries else ()
    found = leaf_hashes(entries)
    if tuple(found) != known:
        where = Where(Tile(None, edge.size // WIDTH).path)
        raise ProofRejected("E-LOG-LINK", where, **differences(found, known))


def _check_tile(tile: Tile, data: bytes, read: Read) -> None:
    """Refuse a published tile that is not the one computed from the entries."""
    expected, found = split_tile(data), read_hashes(tile, read)
    if found != expected:
        raise ProofRejected("E-LOG-LINK", Where(tile.path), **differences(found, expected))
