"""Private keys as PEM files that only their owner reads."""

import os
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from tempfile import NamedTemporaryFile

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from footproof.errors import FootproofError, Where
from footproof.tlog.durable import sync_directory


def write_key(path: Path, key: EllipticCurvePrivateKey | Ed25519PrivateKey) -> None:
    """Write a new private key durably; a file that is there is never overwritten.

    Raises:
        OSError: The file is there, or the disk refuses.
    """
    data = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    sync_directory(path.parent)


def kept_secret(path: Path, size: int) -> bytes:
    """Return the secret of a file that only its owner reads; made on first use.

    Args:
        path: Its file.
        size: How long it is. [bytes]

    Raises:
        FootproofError: E-KEY-FILE where it has another length.
        OSError: The disk refuses.
    """
    if not path.exists():
        _offer(path, os.urandom(size))
    secret = path.read_bytes()
    if len(secret) != size:
        raise FootproofError("E-KEY-FILE", Where(f"keys/{path.name}"), reason=f"not {size} bytes")
    return secret


def _offer(path: Path, secret: bytes) -> None:
    """Put a secret in its place, unless somebody else was first.

    Half a secret would stop everything that rests on it, and a second one would contradict what the first sealed: it
    is written whole under a name of its own and linked, which of many threads and processes succeeds for one.
    """
    with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.") as draft:
        draft.write(secret)
        draft.flush()
        os.fsync(draft.fileno())
        with suppress(FileExistsError):
            os.link(draft.name, path)
    sync_directory(path.parent)


def read_ed25519_key(path: Path) -> Ed25519PrivateKey:
    """Return an Ed25519 key.

    Raises:
        FootproofError: E-KEY-FILE where it is missing or of another kind.
    """
    key = _read(path)
    if not isinstance(key, Ed25519PrivateKey):
        raise FootproofError("E-KEY-FILE", Where(f"keys/{path.name}"), reason="not an Ed25519 key")
    return key


def read_p256_key(path: Path) -> EllipticCurvePrivateKey:
    """Return a P-256 key.

    Raises:
        FootproofError: E-KEY-FILE where it is missing or of another kind.
    """
    key = _read(path)
    if not isinstance(key, EllipticCurvePrivateKey) or not isinstance(key.curve, SECP256R1):
        raise FootproofError("E-KEY-FILE", Where(f"keys/{path.name}"), reason="not a P-256 key")
    return key


def _read(path: Path) -> object:
    try:
        return _key_in(path.read_bytes())
    except (OSError, ValueError) as problem:
        raise FootproofError("E-KEY-FILE", Where(f"keys/{path.name}"), reason="unreadable") from problem


@lru_cache(maxsize=64)  # a decision asks for the keys of body, log and witnesses; the files are read each time
def _key_in(data: bytes) -> object:
    return serialization.load_pem_private_key(data, None)
