"""The writer of a log: one folder, one process, append only.

Tiles become durable before the checkpoint that covers them. What is signed is recomputed from what stands on
disk, never from memory alone. The layout below the folder is that of C2SP tlog-tiles: `checkpoint` and
`tile/`.
"""

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from footproof.errors import FootproofError, ProofRejected, Where
from footproof.tlog.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint
from footproof.tlog.durable import Folder, hold_lock, sync_directory
from footproof.tlog.edge import Edge, grow, read_edge
from footproof.tlog.merkle import EMPTY_ROOT, leaf_hashes, tree_root, verify_consistency
from footproof.tlog.note import Ed25519Signer, Note, Signature, Signer, add_signatures, check_name, parse_note
from footproof.tlog.tiles import (
    WIDTH,
    Tile,
    Tiles,
    check_entries,
    differences,
    read_entries,
    read_hashes,
    tile_at,
)

CHECKPOINT = "checkpoint"


class Log:
    """A log that can be appended to; made by `create` or `open`, given back by `close` or as a context
    manager.

    `checkpoint` is the last one published, `verifier` the key that readers need. After any error while
    appending the object refuses to go on: what is on disk is known again only after `open`.
    """

    __slots__ = (
        "_edge",
        "_folder",
        "_lock",
        "_owner",
        "_signed",
        "_signers",
        "_state",
        "_tidied",
        "checkpoint",
        "verifier",
    )

    def __init__(
        self,
        folder: Folder,
        lock: int,
        signer: Ed25519Signer,
        also: Sequence[Signer],
        *,
        signed: bytes,
        edge: Edge,
    ) -> None:
        self._folder = folder
        self._lock = lock
        self._owner = os.getpid()
        self._signers = (signer, *also)
        self._state = "open"
        self._tidied: set[str] = set()
        self.verifier = signer.verifier
        self._publish(signed, edge)

    @classmethod
    def create(cls, folder: Path, origin: str, key: Ed25519PrivateKey, also: Sequence[Signer] = ()) -> "Log":
        """Start an empty log.

        Args:
            folder: Made if absent. Its parent exists.
            origin: The one name of the log, such as "example.com/log"; also the name of its key.
            key: Private key of the log.
            also: Further keys that sign each checkpoint, such as one of another algorithm.

        Raises:
            FootproofError: The folder already holds a log or what is left of one, another writer is at it, or
                the system could not write.
        """
        check_name(origin)
        try:
            folder.mkdir(exist_ok=True)
            sync_directory(folder.resolve().parent)
            lock = hold_lock(folder)
        except OSError as error:
            raise _not_written(folder, error) from error
        try:
            if (folder / CHECKPOINT).exists() or (folder / "tile").exists():
                raise FootproofError("E-LOG-EXISTS", Where(str(folder)))
            signer = Ed25519Signer(origin, key)
            signed = sign_checkpoint(Checkpoint(origin, 0, EMPTY_ROOT), [signer, *also])
            disk = Folder(folder)
            disk.put({CHECKPOINT: signed})
            return cls(disk, lock, signer, also, signed=signed, edge=Edge())
        except BaseException as error:
            os.close(lock)
            if isinstance(error, OSError):
                raise _not_written(folder, error) from error
            raise

    @classmethod
    def open(
        cls,
        folder: Path,
        origin: str,
        key: Ed25519PrivateKey,
        also: Sequence[Signer] = (),
        seen: Checkpoint | None = None,
    ) -> "Log":
        """Open a log to append to it, in the state of its last checkpoint, whatever interrupted the last
        writer.

        Args:
            folder: Where `create` made it.
            origin: Its origin.
            key: Its private key.
            also: As in `create`.
            seen: The newest checkpoint known from elsewhere, such as a witness; a log restored from an older
                copy would otherwise sign a second history.

        Raises:
            FootproofError: No log there, or another writer is at it.
            ProofRejected: Its checkpoint is of another log or key, its tiles do not lead to the checkpoint,
                or it does not extend `seen`.
        """
        if not (folder / CHECKPOINT).exists():
            raise FootproofError("E-LOG-ABSENT", Where(str(folder)))
        signer = Ed25519Signer(origin, key)
        lock = hold_lock(folder)
        try:
            disk = Folder(folder)
            disk.sweep()
            signed = disk.read(CHECKPOINT)
            found = open_checkpoint(signed, signer.verifier, origin)
            edge = read_edge(found.size, disk.read)
            _check_edge(edge, found)
            if seen is not None:
                _check_extends(seen, found, disk)
            # A process that died between rename and sync may have left a checkpoint that a power cut still
            # undoes.
            sync_directory(folder)
            return cls(disk, lock, signer, also, signed=signed, edge=edge)
        except BaseException as error:
            os.close(lock)
            if isinstance(error, OSError):
                raise _not_written(folder, error) from error
            raise

    @property
    def size(self) -> int:
        """Number of entries under the last checkpoint."""
        return self.checkpoint.size

    @property
    def root(self) -> bytes:
        """Root hash under the last checkpoint. [32 bytes]"""
        return self.checkpoint.root

    @property
    def signed(self) -> bytes:
        """The last checkpoint as published."""
        return self._signed

    def read(self, path: str) -> bytes:
        """Return a published file; a `Read` for `Tiles` and `prove`.

        Raises:
            FileNotFoundError: There is none of that path.
        """
        return self._folder.read(path)

    def tiles(self) -> Tiles:
        """Return a reader for the tree of the last checkpoint."""
        return Tiles(self.size, self.read)

    def preview(self, entries: Sequence[bytes]) -> tuple[int, bytes]:
        """Return size and root that the log would have with some more entries; nothing is written.

        Args:
            entries: In their order. [each at most 65,535 bytes]
        """
        edge = grow(self._edge, entries)[1]
        return edge.size, edge.root()

    def append(self, entries: Sequence[bytes]) -> range:
        """Append entries and publish a checkpoint over them; many at once are much faster than one by one.

        When this returns, the entries and the checkpoint survive a loss of power. When it raises, they may or
        may not be in the log: open it again and look.

        Args:
            entries: In their order. [each at most 65,535 bytes]

        Returns:
            The indices that the entries got.

        Raises:
            FootproofError: An entry is too long (the log goes on); the log is closed, or stopped after an
                earlier error; or the system could not write, and the log stops.
            ProofRejected: What was read back from disk is not what was written, and the log stops.
        """
        self._check_open()
        check_entries(entries)
        first = self.size
        if not entries:
            return range(first, first)
        self._state = "stopped"  # Until everything below has come through.
        try:
            self._write(entries)
        except OSError as error:
            raise _not_written(self._folder.root, error) from error
        self._state = "open"
        return range(first, self.size)

    def attach(self, signatures: Sequence[Signature]) -> None:
        """Publish the last checkpoint again with further signature lines, such as cosignatures of witnesses.

        Args:
            signatures: Verified by the caller; a line of the same key replaces the older one.

        Raises:
            FootproofError: The log is closed or stopped, or the system could not write, and the log stops.
            ProofRejected: The result is no note, or another process changed the checkpoint.
        """
        self._check_open()
        signed = add_signatures(self._signed, signatures)
        self._state = "stopped"
        try:
            if self._folder.read(CHECKPOINT) != self._signed:
                raise ProofRejected("E-LOG-CHANGED", Where(CHECKPOINT))
            self._folder.put({CHECKPOINT: signed})
        except OSError as error:
            raise _not_written(self._folder.root, error) from error
        self._publish(signed, self._edge)
        self._state = "open"

    def close(self) -> None:
        """Give the lock back; calling twice does no harm."""
        if self._state != "closed":
            self._state = "closed"
            os.close(self._lock)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _check_open(self) -> None:
        """Refuse to append where this object does not, or not alone, hold the log."""
        where = Where(str(self._folder.root))
        if self._state != "open":
            raise FootproofError("E-LOG-STOPPED" if self._state == "stopped" else "E-LOG-CLOSED", where)
        if os.getpid() != self._owner:
            raise FootproofError("E-LOG-LOCKED", where)  # A forked child shares the lock and would fork the tree.

    def _write(self, entries: Sequence[bytes]) -> None:
        """Tiles, then what is on disk, then the checkpoint, then old partial tiles."""
        files, edge = grow(self._edge, entries)
        self._tidy(list(files))
        self._folder.put({tile.path: data for tile, data in files.items()})
        root = self._recompute(list(files), edge.size)
        if self._folder.read(CHECKPOINT) != self._signed:
            raise ProofRejected("E-LOG-CHANGED", Where(CHECKPOINT))
        signed = sign_checkpoint(Checkpoint(self.checkpoint.origin, edge.size, root), self._signers)
        self._folder.put({CHECKPOINT: signed})
        self._publish(signed, edge)
        self._drop_partials(list(files))

    def _tidy(self, planned: Sequence[Tile]) -> None:
        """Remove partial tiles that an interrupted writer left beyond the checkpoint; none knows of them.

        Beside a tile that is about to be full too: a kill before `_drop_partials` would leave the stranger for ever.
        """
        for tile in planned:
            directory = f"{tile.whole.path}.p"
            if directory in self._tidied:
                continue
            covered = tile_at(tile.level, tile.index, self.size).width
            strangers = [n for n in self._folder.names(directory) if not n.isdecimal() or int(n) > covered]
            for name in strangers:
                self._folder.remove(f"{directory}/{name}")
            if strangers:
                sync_directory(self._folder.root / directory)
            self._tidied.add(directory)

    def _recompute(self, written: Sequence[Tile], size: int) -> bytes:
        """Return the root of the new tree from the files alone, after checking each link that is new."""
        read = self._folder.read
        for tile in written:
            if tile.level is None:
                hashes = leaf_hashes(read_entries(tile, read))
                above = read_hashes(tile_at(0, tile.index, size), read)
                _check_link(tile, hashes, above)
            elif tile.width == WIDTH:
                parent = tile_at(tile.level + 1, tile.index // WIDTH, size)
                above = read_hashes(parent, read)[tile.index % WIDTH :][:1]
                _check_link(tile, [tree_root(read_hashes(tile, read))], above)
        tiles = Tiles(size, read)
        root = tiles.root()
        old = self.checkpoint
        verify_consistency(old.size, old.root, size, root, tiles.consistency(old.size))
        return root

    def _publish(self, signed: bytes, edge: Edge) -> None:
        """Take over a checkpoint that is durable."""
        self._signed = signed
        self._edge = edge
        self.checkpoint = open_checkpoint(signed, self.verifier)

    def _drop_partials(self, written: Sequence[Tile]) -> None:
        """Remove the partial forms of tiles that are now full and under the checkpoint."""
        for tile in written:
            if tile.width == WIDTH:
                self._folder.drop(f"{tile.path}.p")
                self._tidied.discard(f"{tile.path}.p")


def attach_signatures(folder: Path, note: Note, signatures: Sequence[Signature]) -> bytes:
    """Do what `Log.attach` does, for whoever does not have the log's private key; return the new note.

    Args:
        folder: Of the log.
        note: The checkpoint over which the signatures were made.
        signatures: Verified by the caller.

    Raises:
        FootproofError: A writer is at the log, or the system could not write.
        ProofRejected: The log went on meanwhile.
    """
    lock = hold_lock(folder)
    try:
        disk = Folder(folder)
        signed = disk.read(CHECKPOINT)
        if parse_note(signed).text != note.text:
            raise ProofRejected("E-LOG-CHANGED", Where(CHECKPOINT))
        signed = add_signatures(signed, signatures)
        disk.put({CHECKPOINT: signed})
    except OSError as error:
        raise _not_written(folder, error) from error
    finally:
        os.close(lock)
    return signed


def _check_edge(edge: Edge, found: Checkpoint) -> None:
    """Refuse to build on tiles that do not lead to the signed root, or entries that are not their leaves."""
    if edge.root() != found.root:
        raise ProofRejected("E-LOG-ROOT", Where(CHECKPOINT), size=found.size)
    if edge.entries:
        tile = tile_at(None, found.size // WIDTH, found.size)
        _check_link(tile, leaf_hashes(edge.entries), edge.levels[0])


def _check_extends(seen: Checkpoint, found: Checkpoint, disk: Folder) -> None:
    """Refuse a log that lacks, or contradicts, what was seen of it elsewhere."""
    if seen.origin != found.origin:
        raise ProofRejected("E-LOG-ORIGIN", found=found.origin, expected=seen.origin)
    path: list[bytes] = []
    with suppress(ProofRejected):  # A smaller log has no path; the verification then says so.
        path = Tiles(found.size, disk.read).consistency(seen.size)
    verify_consistency(seen.size, seen.root, found.size, found.root, path)


def _check_link(tile: Tile, found: Sequence[bytes], above: Sequence[bytes]) -> None:
    """Compare hashes computed from a file with those that the tile above holds."""
    if list(found) != list(above):
        raise ProofRejected("E-LOG-LINK", Where(tile.path), **differences(found, above))


def _not_written(folder: Path, error: OSError) -> FootproofError:
    """Return the error that tells a person that the system failed, and how."""
    return FootproofError("E-LOG-WRITE", Where(str(folder)), reason=error.strerror or str(error))
