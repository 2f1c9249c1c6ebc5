"""The Merkle tree of a log: hashes, proofs and their verification.

Hashing follows RFC 6962 section 2.1 (leaf prefix 0x00, node prefix 0x01, SHA-256, the empty tree hashes the
empty string); verification follows the algorithms of RFC 9162 sections 2.1.3.2 and 2.1.4.2, with every length
checked.
"""

from collections.abc import Callable, Sequence
from hashlib import sha256

from footproof.errors import ProofRejected

HASH_SIZE = 32
EMPTY_ROOT = sha256(b"").digest()

Subtree = Callable[[int, int], bytes]
"""Returns the tree hash over the leaves [first, end), a node of the tree in RFC 6962's sense."""


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash of an entry as a leaf."""
    return sha256(b"\x00" + entry).digest()


def leaf_hashes(entries: Sequence[bytes]) -> list[bytes]:
    """Return the hashes of many entries as leaves."""
    return [sha256(b"\x00" + entry).digest() for entry in entries]


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of a node over its two children."""
    return sha256(b"\x01" + left + right).digest()


def node_hashes(row: Sequence[bytes]) -> list[bytes]:
    """Return the hashes of the nodes over a row, two by two; an odd one at its end is left out."""
    return [sha256(b"\x01" + left + right).digest() for left, right in zip(row[0::2], row[1::2], strict=False)]


def tree_root(leaves: Sequence[bytes]) -> bytes:
    """Return the root over leaf hashes, or over the roots of equally large complete subtrees.

    Args:
        leaves: Hashes of HASH_SIZE bytes, left to right.
    """
    if not leaves:
        return EMPTY_ROOT
    row = list(leaves)
    while len(row) > 1:
        odd = row[-1:] if len(row) % 2 else []
        row = [*node_hashes(row), *odd]
    return row[0]


def split(size: int) -> int:
    """Return the largest power of two below `size`: where RFC 6962 divides a tree of 2 leaves or more."""
    return 1 << ((size - 1).bit_length() - 1)


def inclusion_path(index: int, size: int, subtree: Subtree) -> list[bytes]:
    """Return the hashes that lead from a leaf to the root, the leaf's sibling first.

    Args:
        index: Position of the leaf, below `size`.
        size: Number of leaves in the tree.
        subtree: Where the hashes come from.

    Raises:
        ProofRejected: The tree has no such leaf, so nothing can be proved about it.
    """
    if not 0 <= index < size:
        raise ProofRejected("E-LOG-INDEX", index=index, size=size)
    path: list[bytes] = []
    first, end = 0, size
    while end - first > 1:
        middle = first + split(end - first)
        if index < middle:
            path.append(subtree(middle, end))
            end = middle
        else:
            path.append(subtree(first, middle))
            first = middle
    path.reverse()
    return path


def consistency_path(old: int, new: int, subtree: Subtree) -> list[bytes]:
    """Return the hashes that show that the tree of `new` leaves extends that of `old` leaves.

    Args:
        old: Earlier number of leaves; 0 needs no proof.
        new: Later number of leaves, not less than `old`.
        subtree: Where the hashes come from; it must reach to `new`.

    Raises:
        ProofRejected: The later tree is smaller than the earlier one.
    """
    if not 0 <= old <= new:
        raise ProofRejected("E-LOG-SHRUNK", old=old, new=new)
    if old in {0, new}:
        return []
    path: list[bytes] = []
    first, end = 0, new
    while end != old:
        middle = first + split(end - first)
        if old <= middle:
            path.append(subtree(middle, end))
            end = middle
        else:
            path.append(subtree(first, middle))
            first = middle
    if first:  # The old tree ends with this subtree; where it *is* this subtree, the verifier has its hash.
        path.append(subtree(first, end))
    path.reverse()
    return path


def verify_inclusion(leaf: bytes, index: int, size: int, root: bytes, path: Sequence[bytes]) -> None:
    """Check that a leaf stands at `index` in the tree of `size` leaves with this root.

    Args:
        leaf: Hash of the entry, from `leaf_hash`.
        index: Claimed position.
        size: Number of leaves, from a checkpoint whose signature was verified.
        root: Root hash of the same checkpoint.
        path: Hashes from the leaf's sibling upwards.

    Raises:
        ProofRejected: The position is outside the tree, or the hashes are too many, too few or lead to
            another root.
    """
    if not 0 <= index < size:
        raise ProofRejected("E-LOG-INDEX", index=index, size=size)
    rejected = ProofRejected("E-LOG-INCLUSION", index=index, size=size)
    _check_lengths(rejected, (leaf, root, *path))
    node, last, found = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            raise rejected
        if node % 2 or node == last:
            found = node_hash(sibling, found)
            while node and not node % 2:  # A right edge without sibling on its level rises unchanged.
                node, last = node >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        node, last = node >> 1, last >> 1
    if last or found != root:
        raise rejected


def prefix_root(index: int, size: int, path: Sequence[bytes]) -> bytes:
    """Return the root of the tree as it stood before a leaf was appended, from a proof that the leaf is in a later one.

    Whatever stands to the left on the way from a leaf upwards is whole, and all of it together is all that came before.

    Args:
        index: Position of the leaf.
        size: Number of leaves of the later tree.
        path: Its inclusion proof, which `verify_inclusion` has accepted.
    """
    node, last, found = index, size - 1, b""
    for sibling in path:
        if node % 2 or node == last:
            found = node_hash(sibling, found) if found else sibling
            while node and not node % 2:
                node, last = node >> 1, last >> 1
        node, last = node >> 1, last >> 1
    return found or EMPTY_ROOT


def verify_consistency(old: int, old_root: bytes, new: int, new_root: bytes, path: Sequence[bytes]) -> None:
    """Check that the tree of `new` leaves begins with the tree of `old` leaves.

    Args:
        old: Earlier number of leaves.
        old_root: Root of the earlier tree; for 0 leaves it must be EMPTY_ROOT.
        new: Later number of leaves.
        new_root: Root of the later tree.
        path: Hashes as `consistency_path` lists them.

    Raises:
        ProofRejected: The tree shrank, or the hashes are too many, too few or lead to other roots.
    """
    if not 0 <= old <= new:
        raise ProofRejected("E-LOG-SHRUNK", old=old, new=new)
    rejected = ProofRejected("E-LOG-CONSISTENCY", old=old, new=new)
    _check_lengths(rejected, (old_root, new_root, *path))
    for size, root in ((old, old_root), (new, new_root)):
        if size == 0 and root != EMPTY_ROOT:
            raise rejected
    if old in {0, new}:
        if path or (old == new and old_root != new_root):
            raise rejected
        return
    if not path:
        raise rejected
    if _replay(old, old_root, new, path) != (old_root, new_root):
        raise rejected


def _replay(old: int, old_root: bytes, new: int, path: Sequence[bytes]) -> tuple[bytes, bytes] | None:
    """Return both roots a consistency path leads to, or None where its length does not fit the sizes."""
    hashes = [old_root, *path] if old & (old - 1) == 0 else list(path)
    node, last = old - 1, new - 1
    while node % 2:
        node, last = node >> 1, last >> 1
    before = after = hashes[0]
    for sibling in hashes[1:]:
        if last == 0:
            return None
        if node % 2 or node == last:
            before, after = node_hash(sibling, before), node_hash(sibling, after)
            while node and not node % 2:
                node, last = node >> 1, last >> 1
        else:
            after = node_hash(after, sibling)
        node, last = node >> 1, last >> 1
    return (before, after) if last == 0 else None


def _check_lengths(rejected: ProofRejected, hashes: Sequence[bytes]) -> None:
    """Refuse a hash of another length: concatenated, it could be cut into other hashes."""
    if any(len(value) != HASH_SIZE for value in hashes):
        raise rejected
