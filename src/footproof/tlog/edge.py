"""The right edge of a log: all that is needed to append to it.

A log grows only at its right edge: the tiles there that are not yet full. `grow` says, without touching a
file, which tiles come into being when entries are appended.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from footproof.tlog.merkle import EMPTY_ROOT, leaf_hashes, tree_root
from footproof.tlog.tiles import WIDTH, Read, Tile, encode_bundle, read_entries, read_hashes, tile_at


@dataclass(frozen=True, slots=True)
class Edge:
    """What the partial tiles of a log hold.

    Args:
        size: Number of entries in the log.
        entries: Those in the partial bundle. [0..255]
        levels: For each level its hashes in the partial tile, level 0 first. [0..255 each]
    """

    size: int = 0
    entries: tuple[bytes, ...] = ()
    levels: tuple[tuple[bytes, ...], ...] = ()

    def root(self) -> bytes:
        """Return the root of the log: each level's hashes, closed by what lies below them."""
        carry: tuple[bytes, ...] = ()
        for hashes in self.levels:
            row = (*hashes, *carry)
            carry = (tree_root(row),) if row else ()
        return carry[0] if carry else EMPTY_ROOT


def read_edge(size: int, read: Read) -> Edge:
    """Return the edge of a log of `size` entries from its tiles.

    Raises:
        ProofRejected: A tile of the edge is missing or broken.
    """
    rest = size % WIDTH
    entries = read_entries(tile_at(None, size // WIDTH, size), read) if rest else []
    levels: list[tuple[bytes, ...]] = []
    count = size
    while count:
        tile = Tile(len(levels), count // WIDTH, count % WIDTH)
        levels.append(tuple(read_hashes(tile, read)) if tile.width else ())
        count //= WIDTH
    return Edge(size, tuple(entries), tuple(levels))


def grow(edge: Edge, entries: Sequence[bytes]) -> tuple[dict[Tile, bytes], Edge]:
    """Return the tiles that appending writes, and the edge afterwards.

    Args:
        edge: Where the log ends now.
        entries: What is appended. [each at most 65,535 bytes]

    Raises:
        FootproofError: An entry is too long.
    """
    files: dict[Tile, bytes] = {}
    size = edge.size + len(entries)
    bundle = [*edge.entries, *entries]
    for tile, part in _chunks(None, edge.size // WIDTH, bundle):
        files[tile] = encode_bundle(part)
    new = leaf_hashes(entries)
    levels: list[tuple[bytes, ...]] = []
    count = edge.size
    while new or len(levels) < len(edge.levels):
        level = len(levels)
        row = [*(edge.levels[level] if level < len(edge.levels) else ()), *new]
        if new:
            files.update((tile, b"".join(part)) for tile, part in _chunks(level, count // WIDTH, row))
        full = len(row) - len(row) % WIDTH
        new = [tree_root(row[start : start + WIDTH]) for start in range(0, full, WIDTH)]
        levels.append(tuple(row[full:]))
        count //= WIDTH
    return files, Edge(size, tuple(bundle[len(bundle) - size % WIDTH :]), tuple(levels))


def _chunks(level: int | None, first: int, row: Sequence[bytes]) -> list[tuple[Tile, Sequence[bytes]]]:
    """Return a row cut into tiles of which the first has index `first`."""
    starts = range(0, len(row), WIDTH)
    parts = [row[start : start + WIDTH] for start in starts]
    return [(Tile(level, first + number, len(part)), part) for number, part in enumerate(parts)]
