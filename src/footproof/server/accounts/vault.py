"""What accounts keep secret at rest: sealed second-factor secrets, and digests that only this workspace can make.

AES-256-GCM (NIST SP 800-38D) bound to its owner; HMAC-SHA-256 for what is only compared. The key lies in the keys
folder of the workspace, never in the database, so that a copy of the database alone opens nothing.
"""

import hashlib
import hmac
import os
import secrets
from functools import cache
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from footproof.errors import FootproofError, Where
from footproof.server.keys import kept_secret

KEY_FILE = "keys/accounts.secret"
_SIZE = 32
_NONCE = 12


class Vault:
    """Seals and digests with keys that are derived from one.

    Args:
        root: Secret bytes.
    """

    def __init__(self, root: bytes) -> None:
        self._seal = AESGCM(_derived(root, b"seal"))
        self._digest = _derived(root, b"digest")
        self._root = root

    def seal(self, plain: bytes, owner: str) -> bytes:
        """Return a text that only this vault opens, and only for the same owner.

        Args:
            plain: What is to be kept.
            owner: Whose it is, with what it serves.
        """
        nonce = os.urandom(_NONCE)
        return nonce + self._seal.encrypt(nonce, plain, owner.encode("utf-8"))

    def open(self, sealed: bytes, owner: str) -> bytes:
        """Return what was sealed.

        Raises:
            FootproofError: E-ACCOUNT-VAULT where it was changed, or belongs to somebody else.
        """
        try:
            return self._seal.decrypt(sealed[:_NONCE], sealed[_NONCE:], owner.encode("utf-8"))
        except (InvalidTag, ValueError) as problem:
            raise FootproofError("E-ACCOUNT-VAULT", Where(KEY_FILE)) from problem

    def mark(self, text: str) -> str:
        """Return a digest that nobody without the key can make: for addresses and names in counters and records."""
        return hmac.new(self._digest, text.encode("utf-8"), hashlib.sha256).hexdigest()

    def secret(self, purpose: str) -> str:
        """Return a secret of the workspace for one purpose, as text."""
        return _derived(self._root, purpose.encode("utf-8")).hex()


@cache
def open_vault(folder: Path) -> Vault:
    """Return the vault of a workspace; its key is made on first use.

    Raises:
        FootproofError: E-KEY-FILE where it was damaged.
        OSError: The disk refuses.
    """
    return Vault(kept_secret(folder / KEY_FILE, _SIZE))


def new_secret() -> str:
    """Return a new secret of 256 bits, in letters that need no escaping."""
    return secrets.token_urlsafe(32)


def digest_secret(secret: str) -> str:
    """Return what is stored of a secret of full strength; one of 256 bits needs no slow hash."""
    return hashlib.sha256(secret.encode("utf-8")).hexdigest()


def _derived(root: bytes, purpose: bytes) -> bytes:
    return HKDF(SHA256(), 32, None, b"footproof accounts " + purpose).derive(root)
