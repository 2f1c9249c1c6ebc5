"""A proof that an entry is in a log, as one text file that needs no network.

Follows C2SP tlog-proof (c2sp.org/tlog-proof@v1): header, optional extra data, index, hashes from the leaf's
sibling upwards, a blank line, then the checkpoint with all its signatures, verbatim. Files end in
`.tlog-proof`.
"""

from dataclasses import dataclass

from footproof.errors import ProofRejected, Where
from footproof.tlog.checkpoint import Checkpoint, open_checkpoint, parse_checkpoint
from footproof.tlog.encoding import decode_base64, decode_number, encode_base64
from footproof.tlog.merkle import HASH_SIZE, leaf_hash, verify_inclusion
from footproof.tlog.note import MAX_NOTE, Verifier, parse_note
from footproof.tlog.tiles import Read, Tiles

HEADER = "c2sp.org/tlog-proof@v1"
MAX_HASHES = 63
MAX_PROOF = 2 * MAX_NOTE


@dataclass(frozen=True, slots=True)
class LogProof:
    """What a `.tlog-proof` file holds; believed only after `verify_proof`.

    Args:
        index: Position of the entry in the log.
        hashes: Inclusion proof, the leaf's sibling first. [32 bytes each]
        checkpoint: The signed note as published.
        extra: For the application; nothing vouches for it.
    """

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: bytes
    extra: bytes = b""

    def to_bytes(self) -> bytes:
        """Return the file."""
        extra = [f"extra {encode_base64(self.extra)}"] if self.extra else []
        lines = [HEADER, *extra, f"index {self.index}", *map(encode_base64, self.hashes)]
        return "".join(f"{line}\n" for line in lines).encode() + b"\n" + self.checkpoint


def parse_proof(data: bytes) -> LogProof:
    """Return the proof of a file; nothing is verified yet.

    Raises:
        ProofRejected: Too large, or a line is not what the format demands there.
    """
    if len(data) > MAX_PROOF:
        raise ProofRejected("E-LOG-NOTE-LIMIT", found=len(data), limit=MAX_PROOF)
    head, blank, checkpoint = data.partition(b"\n\n")
    if not blank or not head.isascii():
        raise ProofRejected("E-LOG-PROOF", Where("tlog-proof", line=1))
    lines = head.decode("ascii").split("\n")
    if lines[0] != HEADER:
        raise ProofRejected("E-LOG-PROOF", Where("tlog-proof", line=1))
    extra, position = _parse_extra(lines)
    label, _, number = (lines[position] if position < len(lines) else "").partition(" ")
    index = decode_number(number)
    if label != "index" or index is None:
        raise ProofRejected("E-LOG-PROOF", Where("tlog-proof", line=position + 1))
    hashes: list[bytes] = []
    for line, text in enumerate(lines[position + 1 :], start=position + 2):
        value = decode_base64(text)
        if value is None or len(value) != HASH_SIZE or len(hashes) == MAX_HASHES:
            raise ProofRejected("E-LOG-PROOF", Where("tlog-proof", line=line))
        hashes.append(value)
    return LogProof(index, tuple(hashes), checkpoint, extra)


def prove(
    read: Read, index: int, checkpoint: bytes | None = None, extra: bytes = b"", tiles: Tiles | None = None
) -> LogProof:
    """Return the proof that the log holds the entry at `index`, made from its tiles.

    Args:
        read: The published files of the log.
        index: Position of the entry.
        checkpoint: Signed note to prove against; the published one if left out.
        extra: For the application.
        tiles: Reader for the tree of that checkpoint, where many proofs share one; made from `read` if left out.

    Raises:
        ProofRejected: The tree has no such entry, or the tiles do not lead to the root of the checkpoint, so
            that the proof would not hold.
        FileNotFoundError: No checkpoint is published.
    """
    signed = read("checkpoint") if checkpoint is None else checkpoint
    found = parse_checkpoint(parse_note(signed).text)
    tiles = Tiles(found.size, read) if tiles is None else tiles
    leaf, hashes = tiles.leaf(index), tiles.inclusion(index)
    verify_inclusion(leaf, index, found.size, found.root, hashes)
    return LogProof(index, tuple(hashes), signed, extra)


def verify_proof(proof: LogProof, entry: bytes, verifier: Verifier, origin: str | None = None) -> Checkpoint:
    """Check that a log holds an entry and return the checkpoint that says so.

    Args:
        proof: From `parse_proof` or `prove`.
        entry: The logged bytes, which the proof file does not hold.
        verifier: The log's key, known from elsewhere.
        origin: Expected origin of the log; the name of the key if left out.

    Raises:
        ProofRejected: The checkpoint is not the log's, or the entry is not at that index under it.
    """
    return verify_leaf(proof, leaf_hash(entry), verifier, origin)


def verify_leaf(proof: LogProof, leaf: bytes, verifier: Verifier, origin: str | None = None) -> Checkpoint:
    """Check the same as `verify_proof` where only the leaf hash is known. [32 bytes]

    Raises:
        ProofRejected: As there. Whether the leaf hash is that of the entry is for the caller to know.
    """
    checkpoint = open_checkpoint(proof.checkpoint, verifier, origin)
    verify_inclusion(leaf, proof.index, checkpoint.size, checkpoint.root, proof.hashes)
    return checkpoint


def _parse_extra(lines: list[str]) -> tuple[bytes, int]:
    """Return the extra data and the position of the line after it."""
    if len(lines) < 2 or not lines[1].startswith("extra "):
        return b"", 1
    extra = decode_base64(lines[1].removeprefix("extra "))
    if not extra:
        raise ProofRejected("E-LOG-PROOF", Where("tlog-proof", line=2))
    return extra, 2
