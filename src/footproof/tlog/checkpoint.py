"""Checkpoints: what a log signs about itself.

Follows C2SP tlog-checkpoint (c2sp.org/tlog-checkpoint): a signed note of three lines, origin, size and root.
Extension lines are refused: witnesses do not cosign what they cannot check.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from footproof.errors import FootproofError, ProofRejected
from footproof.tlog.encoding import MAX_NUMBER, decode_base64, decode_number, encode_base64
from footproof.tlog.merkle import EMPTY_ROOT, HASH_SIZE
from footproof.tlog.note import Signature, Signer, Verifier, open_note, sign_note


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The tree that a log commits to.

    Args:
        origin: The one name of the log, such as "example.com/log".
        size: Number of entries.
        root: Root hash over them. [32 bytes]
    """

    origin: str
    size: int
    root: bytes

    def __post_init__(self) -> None:
        if not self.origin or "\n" in self.origin or not 0 <= self.size <= MAX_NUMBER:
            raise FootproofError("E-LOG-CHECKPOINT", origin=self.origin)
        if len(self.root) != HASH_SIZE or (self.size == 0) != (self.root == EMPTY_ROOT):
            raise FootproofError("E-LOG-CHECKPOINT", origin=self.origin)

    @property
    def text(self) -> str:
        """The text that is signed."""
        return f"{self.origin}\n{self.size}\n{encode_base64(self.root)}\n"


@lru_cache(maxsize=32)  # as notes
def parse_checkpoint(text: str) -> Checkpoint:
    """Return the checkpoint of a note text.

    Raises:
        ProofRejected: Not exactly origin, size and root, each on its line and in its one spelling.
    """
    lines = text.split("\n")
    if len(lines) != 4 or lines[3] or not lines[0]:
        raise ProofRejected("E-LOG-CHECKPOINT", origin=lines[0])
    size, root = decode_number(lines[1]), decode_base64(lines[2])
    if size is None or root is None or len(root) != HASH_SIZE or (size == 0) != (root == EMPTY_ROOT):
        raise ProofRejected("E-LOG-CHECKPOINT", origin=lines[0])
    return Checkpoint(lines[0], size, root)


def open_checkpoint(data: bytes, verifier: Verifier, origin: str | None = None) -> Checkpoint:
    """Return a checkpoint after its signature by the log's key and its origin were verified.

    Args:
        data: The signed note.
        verifier: The log's own key; cosignatures of witnesses are a matter for `open_note`.
        origin: Expected origin; the name of the key if left out.

    Raises:
        ProofRejected: Malformed, not signed by the key, or of another log.
    """
    checkpoint = parse_checkpoint(open_note(data, [verifier]).text)
    expected = verifier.name if origin is None else origin
    if checkpoint.origin != expected:
        raise ProofRejected("E-LOG-ORIGIN", found=checkpoint.origin, expected=expected)
    return checkpoint


def sign_checkpoint(checkpoint: Checkpoint, signers: Sequence[Signer], others: Sequence[Signature] = ()) -> bytes:
    """Return the signed note of a checkpoint.

    Args:
        checkpoint: What is committed to.
        signers: The log's key first.
        others: Lines to keep, such as cosignatures over this very text.
    """
    return sign_note(checkpoint.text, signers, others)
