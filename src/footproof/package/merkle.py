"""The digest of a package: the RFC 6962 Merkle root over its parts in the order of their paths.

A leaf binds a part's path, a salt and the digest of its content, so that a part can be disclosed or withheld singly.
Salts are empty while everything is public.
"""

import hashlib
from collections.abc import Iterable

from footproof.tlog.merkle import leaf_hash as tree_leaf
from footproof.tlog.merkle import tree_root


def leaf_hash(path: str, salt: bytes, content_digest: bytes) -> bytes:
    """Return the leaf of one part.

    Args:
        path: Where it stands in the package, ASCII.
        salt: Empty, or 32 bytes.
        content_digest: SHA-256 of its content, 32 bytes.
    """
    name = path.encode("ascii")
    return tree_leaf(bytes([len(salt)]) + salt + len(name).to_bytes(2, "big") + name + content_digest)


def content_digest(content: bytes) -> bytes:
    """Return the SHA-256 of a part."""
    return hashlib.sha256(content).digest()


def package_digest(leaves: Iterable[bytes]) -> str:
    """Return `sha256:<root>` over the leaves, which stand in the order of their paths."""
    return "sha256:" + tree_root(list(leaves)).hex()
