"""Signed notes and the keys that sign them.

Follows C2SP signed-note (c2sp.org/signed-note): a text, a blank line, then lines `— name base64(key id ||
signature)`. Only Ed25519 (type 0x01) is built in; whoever brings another type, as `cosignature` does, passes
objects of the same shape.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from footproof.errors import FootproofError, ProofRejected, Where
from footproof.tlog.encoding import decode_base64, encode_base64

ED25519 = 0x01
MAX_NOTE = 1_000_000
MAX_SIGNATURES = 100
MAX_VKEY = 10_000
_DASH = "— "
_NOT_IN_NAMES = re.compile(r"[\s+\x00-\x1f]")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")


class Verifier(Protocol):
    """A key that a reader trusts to sign notes."""

    @property
    def name(self) -> str:
        """Name in the signature line."""

    @property
    def key_id(self) -> bytes:
        """Four bytes that, with the name, pick the key."""

    def accepts(self, text: bytes, signature: bytes) -> bool:
        """Say whether the signature, without key id, is this key's over the note text."""


class Signer(Protocol):
    """A key that signs notes."""

    @property
    def name(self) -> str:
        """Name in the signature line."""

    @property
    def key_id(self) -> bytes:
        """Four bytes that, with the name, pick the key."""

    def sign(self, text: bytes) -> bytes:
        """Return the signature, without key id, over the note text."""


@dataclass(frozen=True, slots=True)
class Ed25519Verifier:
    """An Ed25519 key under the name that its signature lines carry.

    Args:
        name: Schema-less URL such as "example.com/log"; no spaces, no plus sign.
        public: Public key. [32 bytes, RFC 8032]
    """

    name: str
    public: bytes

    def __post_init__(self) -> None:
        check_name(self.name)
        if len(self.public) != 32:
            raise FootproofError("E-LOG-VKEY", key=self.name)

    @property
    def key_id(self) -> bytes:
        """First four bytes of SHA-256(name, newline, type, public key)."""
        return key_id(self.name, ED25519, self.public)

    @property
    def vkey(self) -> str:
        """The key as others configure it: `name+hex(key id)+base64(type || public key)`."""
        return write_vkey(self.name, ED25519, self.public)

    def accepts(self, text: bytes, signature: bytes) -> bool:
        """Say whether the signature is this key's over the text."""
        return verifies(self.public, text, signature)


@dataclass(frozen=True, slots=True)
class Ed25519Signer:
    """A private key with the name that its signature lines carry.

    Args:
        name: As in `Ed25519Verifier`.
        key: Private key; where it is kept is the caller's matter.
    """

    name: str
    key: Ed25519PrivateKey

    @property
    def verifier(self) -> Ed25519Verifier:
        """The key that accepts what this one signs."""
        return Ed25519Verifier(self.name, self.key.public_key().public_bytes_raw())

    @property
    def key_id(self) -> bytes:
        """Key id of the verifier."""
        return self.verifier.key_id

    def sign(self, text: bytes) -> bytes:
        """Return the Ed25519 signature over the text. [64 bytes]"""
        return self.key.sign(text)


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line.

    Args:
        name: Key name.
        key_id: Key id. [4 bytes]
        value: What the algorithm of the key produced; one byte at least.
    """

    name: str
    key_id: bytes
    value: bytes

    @property
    def line(self) -> str:
        """The line without newline."""
        return f"{_DASH}{self.name} {encode_base64(self.key_id + self.value)}"


@dataclass(frozen=True, slots=True)
class Note:
    """A text and its signature lines, verified or not.

    Args:
        text: Ends in a newline.
        signatures: In the order of the file.
    """

    text: str
    signatures: tuple[Signature, ...]

    def to_bytes(self) -> bytes:
        """Return the note as it is stored and served."""
        lines = "".join(f"{signature.line}\n" for signature in self.signatures)
        return f"{self.text}\n{lines}".encode()


def check_name(name: str) -> None:
    """Refuse a key name that a signature line could not carry.

    Raises:
        FootproofError: The name is empty or has a space, a plus sign or a control character.
    """
    if not name or _NOT_IN_NAMES.search(name):
        raise FootproofError("E-LOG-NAME", name=name)


def key_id(name: str, kind: int, public: bytes) -> bytes:
    """Return the four bytes that stand for a key of a type under a name."""
    return sha256(name.encode() + b"\n" + bytes([kind]) + public).digest()[:4]


def write_vkey(name: str, kind: int, public: bytes) -> str:
    """Return a key as others configure it: `name+hex(key id)+base64(type || public key)`."""
    return f"{name}+{key_id(name, kind, public).hex()}+{encode_base64(bytes([kind]) + public)}"


def read_vkey(vkey: str) -> tuple[str, int, bytes]:
    """Return name, type and public key of a line `name+hex+base64`, whatever the type.

    Raises:
        FootproofError: Not of that form, or its id belongs to another key or name.
    """
    name, _, rest = vkey.partition("+")
    typed = decode_base64(rest.partition("+")[2])
    if not typed or len(vkey) > MAX_VKEY or write_vkey(name, typed[0], typed[1:]) != vkey:
        raise FootproofError("E-LOG-VKEY", key=vkey[:200])
    check_name(name)
    return name, typed[0], typed[1:]


def parse_vkey(vkey: str) -> Ed25519Verifier:
    """Return the key of a log from its line `name+hex+base64`.

    Raises:
        FootproofError: Not an Ed25519 key in that form, or its id belongs to another key or name.
    """
    name, kind, public = read_vkey(vkey)
    if kind != ED25519 or len(public) != 32:
        raise FootproofError("E-LOG-VKEY", key=vkey[:200])
    return Ed25519Verifier(name, public)


@lru_cache(maxsize=32)  # a checkpoint is read again at each step on its way to the public
def verifies(public: bytes, message: bytes, signature: bytes) -> bool:
    """Say whether an Ed25519 signature is that of the public key over a message. [32 and 64 bytes]"""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


@lru_cache(maxsize=32)  # whoever appends, cosigns, proves and publishes reads the same few
def parse_note(data: bytes) -> Note:
    """Return text and signature lines; nothing is verified yet, so nothing in it may be believed.

    Raises:
        ProofRejected: Too large, not UTF-8, with control characters, or not text, blank line and signature
            lines.
    """
    if len(data) > MAX_NOTE:
        raise ProofRejected("E-LOG-NOTE-LIMIT", found=len(data), limit=MAX_NOTE)
    try:
        whole = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ProofRejected("E-LOG-NOTE-TEXT", position=error.start) from error
    control = _CONTROL.search(whole)
    if control is not None:
        raise ProofRejected("E-LOG-NOTE-TEXT", position=control.start())
    head, blank, tail = whole.rpartition("\n\n")
    if not blank or not tail.endswith("\n"):
        raise ProofRejected("E-LOG-NOTE-SHAPE")
    lines = tail[:-1].split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise ProofRejected("E-LOG-NOTE-LIMIT", found=len(lines), limit=MAX_SIGNATURES)
    first = head.count("\n") + 3
    return Note(head + "\n", tuple(_parse_line(line, first + n) for n, line in enumerate(lines)))


def open_note(data: bytes, verifiers: Sequence[Verifier]) -> Note:
    """Return a note with only the signatures that were verified, one at least.

    Lines of unknown keys are ignored, as the specification demands: they may belong to witnesses, to a new
    key or to another algorithm.

    Args:
        data: The signed note.
        verifiers: The keys that the reader trusts.

    Raises:
        ProofRejected: Malformed; or a line of a known key is not its signature; or no known key signed.
    """
    note = parse_note(data)
    known = {(verifier.name, verifier.key_id): verifier for verifier in verifiers}
    text = note.text.encode()
    good: list[Signature] = []
    for signature in note.signatures:
        verifier = known.get((signature.name, signature.key_id))
        if verifier is None:
            continue
        if not verifier.accepts(text, signature.value):
            raise ProofRejected("E-LOG-SIGNATURE", name=signature.name)
        if signature not in good:
            good.append(signature)
    if not good:
        names = ", ".join(sorted(verifier.name for verifier in verifiers))
        raise ProofRejected("E-LOG-UNSIGNED", names=names)
    return Note(note.text, tuple(good))


def sign_note(text: str, signers: Sequence[Signer], others: Sequence[Signature] = ()) -> bytes:
    """Return a text signed by each key, in order, followed by signatures that others made.

    Args:
        text: Ends in a newline.
        signers: The keys that sign now.
        others: Lines to keep, such as cosignatures; those of a key that signs now are replaced.

    Raises:
        ProofRejected: The result would not be a note that readers accept.
    """
    content = text.encode()
    mine = [Signature(signer.name, signer.key_id, signer.sign(content)) for signer in signers]
    replaced = {(signature.name, signature.key_id) for signature in mine}
    kept = [signature for signature in others if (signature.name, signature.key_id) not in replaced]
    note = Note(text, (*mine, *kept))
    data = note.to_bytes()
    if parse_note(data) != note:
        raise ProofRejected("E-LOG-NOTE-SHAPE")
    return data


def add_signatures(data: bytes, more: Sequence[Signature]) -> bytes:
    """Return a note with further signature lines; a line of the same key takes the place of the older one.

    Raises:
        ProofRejected: The note is malformed, or the result would not be one that readers accept.
    """
    note = parse_note(data)
    replaced = {(signature.name, signature.key_id) for signature in more}
    kept = [signature for signature in note.signatures if (signature.name, signature.key_id) not in replaced]
    return sign_note(note.text, [], [*kept, *more])


def parse_signatures(data: bytes) -> tuple[Signature, ...]:
    """Return signature lines that stand alone, such as the answer of a witness.

    Raises:
        ProofRejected: Something else stands there.
    """
    return parse_note(b"-\n\n" + data).signatures


def _parse_line(line: str, number: int) -> Signature:
    """Return the signature of one line."""
    name, space, encoded = line.removeprefix(_DASH).partition(" ")
    value = decode_base64(encoded)
    if not line.startswith(_DASH) or not space or value is None or len(value) < 5:
        raise ProofRejected("E-LOG-NOTE-LINE", Where("note", line=number))
    if not name or "+" in name or any(sign.isspace() for sign in name):
        raise ProofRejected("E-LOG-NOTE-LINE", Where("note", line=number))
    return Signature(name, value[:4], value[4:])
