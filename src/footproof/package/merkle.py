"""The digest of a package: the RFC 6962 Merkle root over its parts in the order of their paths.

A public leaf binds a part's path and the digest of its content. A confidential part is a tree of its own: each line is
hidden behind a salted commitment, and the leaf of the part binds its path, the number of its lines and their root. A
reader computes every leaf anew, also of what is withheld, from path, place and commitment; so nothing that is
withheld can be passed off as absent, as shorter, or as standing elsewhere.
"""

import hashlib
from collections.abc import Iterable, Sequence

from footproof.tlog.merkle import leaf_hash as tree_leaf
from footproof.tlog.merkle import tree_root

SALT_SIZE = 32
_COMMITMENT = b"\x02"
_CONFIDENTIAL = b"\x80"  # Where a public leaf has the length of its salt.


def leaf_hash(path: str, salt: bytes, content_digest: bytes) -> bytes:
    """Return the leaf of one part.

    Args:
        path: Where it stands in the package, ASCII.
        salt: Empty, or 32 bytes.
        content_digest: SHA-256 of its content, 32 bytes.
    """
    return tree_leaf(bytes([len(salt)]) + salt + _named(path) + content_digest)


def content_digest(content: bytes) -> bytes:
    """Return the SHA-256 of a part."""
    return hashlib.sha256(content).digest()


def line_commitment(salt: bytes, content: bytes) -> bytes:
    """Return what stands for a line that is withheld: it binds the line, and hides it while the salt is unknown.

    Args:
        salt: 32 bytes that nobody else knows.
        content: The line.
    """
    return hashlib.sha256(_COMMITMENT + salt + content).digest()


def lines_root(commitments: Sequence[bytes]) -> bytes:
    """Return the root over the lines of a confidential part; a leaf binds the place of its line."""
    return tree_root([tree_leaf(place.to_bytes(4, "big") + item) for place, item in enumerate(commitments)])


def confidential_leaf(path: str, count: int, root: bytes) -> bytes:
    """Return the leaf of a confidential part.

    Args:
        path: Where it stands in the package, ASCII.
        count: How many lines it has.
        root: Root over its lines.
    """
    return tree_leaf(_CONFIDENTIAL + _named(path) + count.to_bytes(4, "big") + root)


def package_digest(leaves: Iterable[bytes]) -> str:
    """Return `sha256:<root>` over the leaves, which stand in the order of their paths."""
    return "sha256:" + tree_root(list(leaves)).hex()


def _named(path: str) -> bytes:
    name = path.encode("ascii")
    return len(name).to_bytes(2, "big") + name
