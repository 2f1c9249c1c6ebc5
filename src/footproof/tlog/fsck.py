"""Check a whole log by rebuilding it: entries, leaf hashes, every tile, the root, the signature.

Every link is checked by itself (bundle to leaf tile, tile to tile above, top to checkpoint), so that one
defect is reported where it lies and does not hide another. Files beyond the checkpoint are no part of the
log: an interrupted writer leaves them, and nobody was told of them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from footproof.errors import FootproofError, ProofRejected, Where
from footproof.tlog.checkpoint import Checkpoint, open_checkpoint, parse_checkpoint
from footproof.tlog.edge import Edge
from footproof.tlog.merkle import HASH_SIZE, leaf_hashes, tree_root
from footproof.tlog.note import Verifier, parse_note
from footproof.tlog.tiles import (
    WIDTH,
    Read,
    Tile,
    differences,
    parse_path,
    read_entries,
    read_hashes,
    split_tile,
)

MAX_PROBLEMS = 10_000
"""Where a report ends: a forged size would otherwise keep the check busy for ever."""

_Row = list[bytes | None]


@dataclass(frozen=True, slots=True)
class _Hashes:
    """Hashes of a level: as the tiles below it give them, and as the entries do; None where unknown."""

    stored: _Row
    rebuilt: _Row


@dataclass(frozen=True, slots=True)
class Report:
    """What `fsck` found.

    Args:
        ok: No problem at all.
        size: Entries under the checkpoint; 0 where it cannot be read.
        root: Root rebuilt from the entries; None where some could not be read.
        signed: The checkpoint's signature was checked and holds.
        problems: All of them; each names its file in `where`.
    """

    ok: bool
    size: int
    root: bytes | None
    signed: bool
    problems: tuple[FootproofError, ...]


def fsck(folder: Path, verifier: Verifier | None = None, origin: str | None = None) -> Report:
    """Rebuild the log in a folder and compare it with what is published there.

    Args:
        folder: With `checkpoint` and `tile/`; only read.
        verifier: The log's key; without it the signature is not checked and `signed` is False.
        origin: Expected origin; the name of the key if left out.

    Returns:
        All problems found. A history rewritten with the log's own key shows no problem here: only an older
        checkpoint or a witness tells.
    """

    def read(path: str) -> bytes:
        return (folder / path).read_bytes()

    problems: list[FootproofError] = []
    checkpoint, signed = _checkpoint(read, verifier, origin, problems)
    root: bytes | None = None
    if checkpoint is not None:
        root = _rebuild(checkpoint, read, problems)
        problems += _files(folder, checkpoint.size)
    return Report(not problems, checkpoint.size if checkpoint else 0, root, signed, tuple(problems))


def _checkpoint(
    read: Read, verifier: Verifier | None, origin: str | None, problems: list[FootproofError]
) -> tuple[Checkpoint | None, bool]:
    """Return the checkpoint, even one with a bad signature, so that its tiles are looked at as well."""
    try:
        data = read("checkpoint")
    except OSError:
        problems.append(ProofRejected("E-LOG-MISSING", Where("checkpoint")))
        return None, False
    try:
        if verifier is not None:
            return open_checkpoint(data, verifier, origin), True
    except ProofRejected as error:
        problems.append(error.at(Where("checkpoint")))
    try:
        return parse_checkpoint(parse_note(data).text), False
    except ProofRejected as error:
        if verifier is None:
            problems.append(error.at(Where("checkpoint")))
        return None, False


def _rebuild(checkpoint: Checkpoint, read: Read, problems: list[FootproofError]) -> bytes | None:
    """Check every link from the entries to the root; return the root of the entries."""
    below = _Hashes([], [])
    edges: list[_Hashes] = []
    count = checkpoint.size
    while count:
        below, edge = _check_level(len(edges), count, below, read, problems)
        edges.append(edge)
        count //= WIDTH
        if len(problems) > MAX_PROBLEMS:
            problems.append(FootproofError("E-LOG-MANY", limit=MAX_PROBLEMS))
            return None
    root = _root(checkpoint.size, [edge.rebuilt for edge in edges])
    tops = _root(checkpoint.size, [edge.stored for edge in edges])
    if not {root, tops} <= {None, checkpoint.root}:
        problems.append(ProofRejected("E-LOG-ROOT", Where("checkpoint"), size=checkpoint.size))
    return root


def _check_level(
    level: int, count: int, below: _Hashes, read: Read, problems: list[FootproofError]
) -> tuple[_Hashes, _Hashes]:
    """Check the tiles of a level; return what they give the level above, and what is left at the edge."""
    above, edge = _Hashes([], []), _Hashes([], [])
    for index in range(-(-count // WIDTH)):
        first = WIDTH * index
        tile = Tile(level, index, min(WIDTH, count - first))
        claimed, truth = below.stored[first : first + tile.width], below.rebuilt[first : first + tile.width]
        if level == 0:
            claimed = truth = _leaves(tile, read, problems)
        hashes = _stored(tile, read, problems)
        _compare(tile, claimed, hashes, problems)
        if tile.width < WIDTH:
            edge = _Hashes(hashes, truth)
        else:
            above.stored.append(_fold(hashes))
            above.rebuilt.append(above.stored[-1] if truth == hashes else _fold(truth))
        if len(problems) > MAX_PROBLEMS:
            break
    return above, edge


def _leaves(tile: Tile, read: Read, problems: list[FootproofError]) -> _Row:
    """Return the leaf hashes of the bundle under a level-0 tile, computed from its entries."""
    try:
        entries = read_entries(Tile(None, tile.index, tile.width), read)
    except (FootproofError, OSError) as error:
        problems.append(_problem(error, Tile(None, tile.index, tile.width)))
        return [None] * tile.width
    return list(leaf_hashes(entries))


def _stored(tile: Tile, read: Read, problems: list[FootproofError]) -> _Row:
    """Return the hashes of a tile as stored; None for each that cannot be read."""
    try:
        return list(read_hashes(tile, read))
    except (FootproofError, OSError) as error:
        problems.append(_problem(error, tile))
        return [None] * tile.width


def _problem(error: FootproofError | OSError, tile: Tile) -> FootproofError:
    """Return what went wrong with a file as a problem of that file."""
    if isinstance(error, FootproofError):
        return error
    return ProofRejected("E-LOG-UNREADABLE", Where(tile.path), reason=error.strerror or str(error))


def _compare(tile: Tile, below: _Row, hashes: _Row, problems: list[FootproofError]) -> None:
    """Report where a tile differs from what the files below give; what is unreadable is reported already."""
    if below == hashes:
        return
    both = [(a, b) for a, b in zip(below, hashes, strict=True) if a is not None and b is not None]
    apart = sum(a != b for a, b in both)
    if apart:
        pairs = enumerate(zip(below, hashes, strict=True))
        first = next(n for n, (a, b) in pairs if a is not None and b is not None and a != b)
        problems.append(ProofRejected("E-LOG-LINK", Where(tile.path), count=apart, first=first))


def _fold(hashes: _Row) -> bytes | None:
    """Return the hash over a full tile; None where a part of it is unknown."""
    known = [value for value in hashes if value is not None]
    return tree_root(known) if len(known) == len(hashes) else None


def _root(size: int, levels: Sequence[_Row]) -> bytes | None:
    """Return the root over the right edge, or None where a part of it is unknown."""
    known = [tuple(value for value in row if value is not None) for row in levels]
    if any(len(row) != len(whole) for row, whole in zip(known, levels, strict=True)):
        return None
    return Edge(size, (), tuple(known)).root()


def _files(folder: Path, size: int) -> Iterator[FootproofError]:
    """Yield files that are no tiles, and partial tiles that are not the beginning of their successors."""
    for file in sorted((folder / "tile").rglob("*")):
        if file.is_dir():
            continue
        path = file.relative_to(folder).as_posix()
        tile = parse_path(path)
        if tile is None:
            yield ProofRejected("E-LOG-STRAY", Where(path))
        elif tile.width < WIDTH and _end(tile) <= size:
            yield from _partial(folder, tile, size)


def _end(tile: Tile) -> int:
    """Return the smallest size of a log that has this tile."""
    return (WIDTH * tile.index + tile.width) << (8 * (tile.level or 0))


def _partial(folder: Path, tile: Tile, size: int) -> Iterator[FootproofError]:
    """Yield a problem where an older partial tile disagrees with the present tile."""
    present = min(WIDTH, (size >> (8 * (tile.level or 0))) - WIDTH * tile.index)
    if present == tile.width:
        return  # It is the present tile, and was compared.
    current = Tile(tile.level, tile.index, present)
    try:
        old, new = (folder / tile.path).read_bytes(), (folder / current.path).read_bytes()
    except OSError:
        return  # A missing present tile is reported already.
    if tile.level is not None and len(old) != tile.width * HASH_SIZE:
        yield ProofRejected("E-LOG-TILE", Where(tile.path), found=len(old), needed=tile.width * HASH_SIZE)
    elif not new.startswith(old):
        apart = {"count": 1, "first": 0}
        if tile.level is not None:
            apart = differences(split_tile(old), split_tile(new)[: tile.width])
        yield ProofRejected("E-LOG-PARTIAL", Where(tile.path), **apart)
