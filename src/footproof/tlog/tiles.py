"""Tiles: the files a log publishes, and how proofs are read from them.

Follows C2SP tlog-tiles (c2sp.org/tlog-tiles): tiles of 256 hashes, each hash of level L + 1 over a full tile
of level L, and bundles of 256 entries. A proof opens a number of tiles that grows with the logarithm of the
log.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from footproof.errors import FootproofError, ProofRejected, Where
from footproof.tlog.merkle import (
    HASH_SIZE,
    consistency_path,
    inclusion_path,
    node_hash,
    node_hashes,
    split,
    tree_root,
)

WIDTH = 256
MAX_ENTRY = 65_535
_HEIGHT = 8
_PATH = re.compile(r"tile/(entries|[0-9]{1,2})/((?:x[0-9]{3}/)*[0-9]{3})(?:\.p/([0-9]{1,3}))?", re.ASCII)

Read = Callable[[str], bytes]
"""Returns the bytes of a published file by its path, or raises FileNotFoundError."""


@dataclass(frozen=True, slots=True)
class Tile:
    """One published file: hashes of a level, or entries.

    Args:
        level: 0 holds leaf hashes; None is a bundle of entries.
        index: Position among the files of its level.
        width: Hashes or entries in it; less than WIDTH is a partial one. [1..256]
    """

    level: int | None
    index: int
    width: int = WIDTH

    @property
    def path(self) -> str:
        """Path below the folder or address of the log."""
        groups = [self.index % 1000]
        rest = self.index // 1000
        while rest:
            groups.append(rest % 1000)
            rest //= 1000
        number = "/".join(f"x{group:03d}" for group in reversed(groups[1:]))
        number = f"{number}/{groups[0]:03d}" if number else f"{groups[0]:03d}"
        level = "entries" if self.level is None else str(self.level)
        return f"tile/{level}/{number}" + (f".p/{self.width}" if self.width < WIDTH else "")

    @property
    def whole(self) -> "Tile":
        """The full tile that takes the place of this partial one."""
        return Tile(self.level, self.index)


def parse_path(path: str) -> Tile | None:
    """Return the tile of a path, or None where the path is not one that `Tile.path` writes."""
    match = _PATH.fullmatch(path)
    if match is None:
        return None
    level, number, width = match.groups()
    tile = Tile(
        None if level == "entries" else int(level),
        int(number.replace("x", "").replace("/", "")),
        int(width) if width else WIDTH,
    )
    return tile if tile.path == path and tile.width > 0 and (tile.level or 0) < 64 else None


def tiles_of(size: int) -> Iterator[Tile]:
    """Yield every file that a log of `size` entries publishes: bundles first, then level after level."""
    yield from _row(None, size)
    level, count = 0, size
    while count:
        yield from _row(level, count)
        level, count = level + 1, count // WIDTH


def tile_at(level: int | None, index: int, size: int) -> Tile:
    """Return the tile of this level and index as it stands in a log of `size` entries."""
    count = size >> (_HEIGHT * (level or 0))
    return Tile(level, index, min(WIDTH, count - WIDTH * index))


def check_entries(entries: Sequence[bytes]) -> None:
    """Refuse entries that a bundle cannot hold.

    Raises:
        FootproofError: An entry is longer than 65,535 bytes; log its digest instead.
    """
    if max(map(len, entries), default=0) <= MAX_ENTRY:
        return
    for number, entry in enumerate(entries):
        if len(entry) > MAX_ENTRY:
            raise FootproofError("E-LOG-ENTRY-SIZE", number=number, found=len(entry), limit=MAX_ENTRY)


def encode_bundle(entries: Sequence[bytes]) -> bytes:
    """Return entries, each after its length as a big-endian uint16.

    Raises:
        FootproofError: An entry is longer than 65,535 bytes.
    """
    check_entries(entries)
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)


def decode_bundle(data: bytes) -> list[bytes]:
    """Return the entries of a bundle.

    Raises:
        ProofRejected: The bundle ends inside an entry or its length.
    """
    entries: list[bytes] = []
    position, end = 0, len(data)
    add = entries.append  # This loop sees every byte of a log at each check.
    while position + 1 < end:
        start = position + 2
        position = start + (data[position] << 8) + data[position + 1]
        add(data[start:position])
    if position != end:
        whole = len(entries) - (position > end)
        raise ProofRejected("E-LOG-BUNDLE", found=whole, needed=whole + 1)
    return entries


def split_tile(data: bytes) -> list[bytes]:
    """Return the hashes of a tile; a remainder shorter than a hash is the last element."""
    bounds = [*range(0, len(data), HASH_SIZE), len(data)]
    return [data[first:end] for first, end in pairwise(bounds)]


def read_hashes(tile: Tile, read: Read) -> list[bytes]:
    """Return the hashes of a tile, from the full tile where the partial one is gone.

    Raises:
        ProofRejected: Neither is there, or it does not hold exactly its hashes.
    """
    data, found = _read(tile, read)
    if len(data) != found.width * HASH_SIZE:
        where = Where(found.path)
        raise ProofRejected("E-LOG-TILE", where, found=len(data), needed=found.width * HASH_SIZE)
    return split_tile(data)[: tile.width]


def read_entries(tile: Tile, read: Read) -> list[bytes]:
    """Return the entries of a bundle, from the full bundle where the partial one is gone.

    Raises:
        ProofRejected: Neither is there, or it does not hold exactly its entries.
    """
    data, found = _read(tile, read)
    try:
        entries = decode_bundle(data)
    except ProofRejected as error:
        raise ProofRejected("E-LOG-BUNDLE", Where(found.path), **error.values) from None
    if len(entries) != found.width:
        raise ProofRejected("E-LOG-BUNDLE", Where(found.path), found=len(entries), needed=found.width)
    return entries[: tile.width]


def differences(found: Sequence[bytes], expected: Sequence[bytes]) -> dict[str, int]:
    """Return how many hashes differ (`count`) and where the first of them stands (`first`)."""
    shared = min(len(found), len(expected))
    apart = [n for n in range(shared) if found[n] != expected[n]]
    apart += range(shared, max(len(found), len(expected)))
    return {"count": len(apart), "first": apart[0] if apart else shared}


class Tiles:
    """A log of a given size, read tile by tile; each tile is opened once.

    Args:
        size: Number of entries, from a checkpoint.
        read: Where the files come from. What comes back is not believed: check each proof against the
            checkpoint.
    """

    __slots__ = ("_read", "_rows", "size")

    def __init__(self, size: int, read: Read) -> None:
        self.size = size
        self._read = read
        self._rows: dict[Tile, list[list[bytes]]] = {}

    def root(self) -> bytes:
        """Return the root hash, from the right edge of the tree."""
        return self.subtree(0, self.size) if self.size else tree_root([])

    def leaf(self, index: int) -> bytes:
        """Return the hash of a leaf as level 0 has it."""
        self._check_index(index)
        return self._complete(index, 1)

    def entry(self, index: int) -> bytes:
        """Return an entry.

        Raises:
            ProofRejected: The log has no such entry, or its bundle is missing or broken.
        """
        self._check_index(index)
        return read_entries(tile_at(None, index // WIDTH, self.size), self._read)[index % WIDTH]

    def inclusion(self, index: int) -> list[bytes]:
        """Return the inclusion proof of a leaf in this tree, the leaf's sibling first."""
        return inclusion_path(index, self.size, self.subtree)

    def consistency(self, old: int) -> list[bytes]:
        """Return the proof that this tree extends the one of `old` entries."""
        return consistency_path(old, self.size, self.subtree)

    def subtree(self, first: int, end: int) -> bytes:
        """Return the tree hash over the leaves [first, end).

        Args:
            first: A multiple of the power of two that spans the leaves.
            end: Not beyond the size.
        """
        parts: list[bytes] = []
        while end > first:
            span = end - first
            part = span if span & (span - 1) == 0 else split(span)
            parts.append(self._complete(first, part))
            first += part
        root = parts.pop()
        while parts:  # Parts shrink to the right, so they join from the right.
            root = node_hash(parts.pop(), root)
        return root

    def _complete(self, first: int, span: int) -> bytes:
        """Return the hash over `span` leaves, a power of two, from the highest level that shows them."""
        level, height = divmod(span.bit_length() - 1, _HEIGHT)
        position = first >> (_HEIGHT * level)
        tile = tile_at(level, position // WIDTH, self.size)
        if tile not in self._rows:
            self._rows[tile] = _pyramid(b"".join(read_hashes(tile, self._read)))
        return self._rows[tile][height][position % WIDTH >> height]

    def _check_index(self, index: int) -> None:
        if not 0 <= index < self.size:
            raise ProofRejected("E-LOG-INDEX", index=index, size=self.size)


@lru_cache(maxsize=64)  # whoever appends, cosigns and proves reads the same few; the same bytes make the same hashes
def _pyramid(hashes: bytes) -> list[list[bytes]]:
    """Return the hashes of a tile and, row by row, those of the complete subtrees over them."""
    rows = [split_tile(hashes)]
    while len(rows[-1]) > 1:
        rows.append(node_hashes(rows[-1]))
    return rows


def _row(level: int | None, count: int) -> Iterator[Tile]:
    """Yield the tiles that hold `count` hashes or entries."""
    full, rest = divmod(count, WIDTH)
    yield from (Tile(level, index) for index in range(full))
    if rest:
        yield Tile(level, full, rest)


def _read(tile: Tile, read: Read) -> tuple[bytes, Tile]:
    """Return the bytes of a tile and which of the two possible files they come from."""
    try:
        return read(tile.path), tile
    except FileNotFoundError:
        if tile.width == WIDTH:
            raise ProofRejected("E-LOG-MISSING", Where(tile.path)) from None
    try:
        return read(tile.whole.path), tile.whole
    except FileNotFoundError:
        raise ProofRejected("E-LOG-MISSING", Where(tile.path)) from None
