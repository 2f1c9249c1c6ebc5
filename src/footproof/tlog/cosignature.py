"""What a witness signs: that a checkpoint continued all it had seen of the log, and when.

Follows C2SP tlog-cosignature (c2sp.org/tlog-cosignature), type 0x04: Ed25519 over `cosignature/v1`, a line with
the time, then the text of the note. Lines of other types, such as ML-DSA-44 (0x06), are lines of unknown keys.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from footproof.errors import FootproofError, ProofRejected
from footproof.tlog.encoding import MAX_NUMBER
from footproof.tlog.note import Signature, check_name, key_id, parse_note, read_vkey, verifies, write_vkey

COSIGNATURE = 0x04
_TIME = 8
_LENGTH = _TIME + 64


@dataclass(frozen=True, slots=True)
class WitnessKey:
    """The public key of a witness under the name that its signature lines carry; a `Verifier`.

    Args:
        name: Schema-less URL such as "witness.example/w1".
        public: Public key. [32 bytes, RFC 8032]
    """

    name: str
    public: bytes

    def __post_init__(self) -> None:
        check_name(self.name)
        if len(self.public) != 32:
            raise FootproofError("E-LOG-WITNESS-KEY", key=self.name)

    @property
    def key_id(self) -> bytes:
        """Four bytes that, with the name, pick the key."""
        return key_id(self.name, COSIGNATURE, self.public)

    @property
    def vkey(self) -> str:
        """The key as others configure it."""
        return write_vkey(self.name, COSIGNATURE, self.public)

    def accepts(self, text: bytes, signature: bytes) -> bool:
        """Say whether the signature, with its time, is this key's over the note text."""
        if len(signature) != _LENGTH:
            return False
        time = int.from_bytes(signature[:_TIME], "big")
        return time <= MAX_NUMBER and verifies(self.public, cosigned_message(time, text), signature[_TIME:])


@dataclass(frozen=True, slots=True)
class WitnessSigner:
    """The private key of a witness with its name; used for nothing but cosignatures of this one witness."""

    name: str
    key: Ed25519PrivateKey

    @property
    def verifier(self) -> WitnessKey:
        """The key that accepts what this one signs."""
        return WitnessKey(self.name, self.key.public_key().public_bytes_raw())

    def cosign(self, text: bytes, time: int) -> Signature:
        """Return the signature line over a note text.

        Args:
            text: Ends in a newline.
            time: Now. [seconds since 1970]
        """
        value = time.to_bytes(_TIME, "big") + self.key.sign(cosigned_message(time, text))
        return Signature(self.name, self.verifier.key_id, value)


@dataclass(frozen=True, slots=True)
class Cosignature:
    """A verified statement of a witness.

    Args:
        witness: Who.
        time: When it signed. [seconds since 1970]
    """

    witness: WitnessKey
    time: int


def cosigned_message(time: int, text: bytes) -> bytes:
    """Return the bytes that a witness signs."""
    return b"cosignature/v1\ntime %d\n%b" % (time, text)


def parse_witness_key(vkey: str) -> WitnessKey:
    """Return the key of a witness from its line `name+hex+base64`.

    Raises:
        FootproofError: Not such a line, or of another type; a log's key is not a witness's.
    """
    name, kind, public = read_vkey(vkey)
    if kind != COSIGNATURE:
        raise FootproofError("E-LOG-WITNESS-KEY", key=vkey[:200])
    return WitnessKey(name, public)


def read_cosignatures(data: bytes, witnesses: Sequence[WitnessKey]) -> tuple[Cosignature, ...]:
    """Return what these witnesses said about a signed note, the latest statement of each, in their order.

    Raises:
        ProofRejected: The note is malformed, or a line of one of these witnesses is not its signature.
    """
    note = parse_note(data)
    text = note.text.encode()
    known = {(witness.name, witness.key_id): witness for witness in witnesses}
    times: dict[WitnessKey, int] = {}
    for signature in note.signatures:
        witness = known.get((signature.name, signature.key_id))
        if witness is None:
            continue
        if not witness.accepts(text, signature.value):
            raise ProofRejected("E-LOG-SIGNATURE", name=signature.name)
        time = int.from_bytes(signature.value[:_TIME], "big")
        times[witness] = max(time, times.get(witness, 0))
    return tuple(Cosignature(witness, times[witness]) for witness in witnesses if witness in times)
