"""Keys as names: did:key and Multikey for P-256, P-384 and Ed25519, over multibase base58btc.

W3C CCG did:key method 0.9, W3C Controlled Identifiers 1.0 §2.2.2 and §2.4, multicodec table (p256-pub 0x1200,
p384-pub 0x1201, ed25519-pub 0xed). Strict: one text per key, so that a name can be compared as text.
"""

from functools import lru_cache
from typing import TypeAlias

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, SECP384R1, EllipticCurve, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from footproof.errors import FootproofError

PublicKey: TypeAlias = EllipticCurvePublicKey | Ed25519PublicKey

ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
LONGEST = 128
PREFIX = "did:key:"

_ED25519 = bytes([0xED, 0x01])
# Multicodec prefix and length of the compressed point, by curve.
_CURVES: tuple[tuple[type[EllipticCurve], bytes, int], ...] = (
    (SECP256R1, bytes([0x80, 0x24]), 33),
    (SECP384R1, bytes([0x81, 0x24]), 49),
)
_PAIRS = [high + low for high in ALPHABET for low in ALPHABET]
_VALUES = {letter: value for value, letter in enumerate(ALPHABET)}


@lru_cache(maxsize=256)  # the same few keys and digests stand in all that is signed
def base58btc(data: bytes) -> str:
    """Return the multibase text of some bytes: "z" and base58 with Bitcoin's alphabet.

    Args:
        data: Any bytes; each leading zero byte becomes a leading "1".
    """
    number = int.from_bytes(data, "big")
    pairs: list[str] = []
    while number:
        number, rest = divmod(number, 58 * 58)
        pairs.append(_PAIRS[rest])
    zeros = len(data) - len(data.lstrip(b"\0"))
    return "z" + ALPHABET[0] * zeros + "".join(reversed(pairs)).lstrip(ALPHABET[0])


def from_base58btc(text: str, longest: int = LONGEST) -> bytes:
    """Return the bytes of a multibase base58btc text.

    Args:
        text: "z" and letters of Bitcoin's alphabet.
        longest: Most letters it may have; decoding takes quadratic time, hence the limit.

    Raises:
        FootproofError: E-CRED-KEY-NAME for another multibase letter, a letter outside the alphabet, or a
            text that is too long.
    """
    if not text.startswith("z") or len(text) > longest or not set(text[1:]) <= _VALUES.keys():
        raise _refused(text, "z + base58btc")
    number = 0
    for letter in text[1:]:
        number = number * 58 + _VALUES[letter]
    zeros = len(text[1:]) - len(text[1:].lstrip(ALPHABET[0]))
    return b"\0" * zeros + number.to_bytes((number.bit_length() + 7) // 8, "big")


def multikey(key: PublicKey) -> str:
    """Return the Multikey text of a public key.

    Args:
        key: P-256, P-384 or Ed25519.

    Raises:
        FootproofError: E-CRED-KEY for another curve.
    """
    if isinstance(key, Ed25519PublicKey):
        return base58btc(_ED25519 + key.public_bytes(Encoding.Raw, PublicFormat.Raw))
    for curve, prefix, _ in _CURVES:
        if isinstance(key.curve, curve):
            return base58btc(prefix + key.public_bytes(Encoding.X962, PublicFormat.CompressedPoint))
    raise FootproofError("E-CRED-KEY", found=key.curve.name, needed="P-256, P-384, Ed25519")


def from_multikey(text: str) -> PublicKey:
    """Return the public key of a Multikey text.

    Args:
        text: Such as "zDna…" (P-256), "z82L…" (P-384) or "z6Mk…" (Ed25519).

    Raises:
        FootproofError: E-CRED-KEY-NAME where the text is not base58btc, names another kind of key, has a
            wrong length, or names no point of the curve.
    """
    data = from_base58btc(text)
    try:
        for curve, prefix, length in _CURVES:
            if data.startswith(prefix) and len(data) == 2 + length:
                return EllipticCurvePublicKey.from_encoded_point(curve(), data[2:])
        if data.startswith(_ED25519) and len(data) == 34:
            return Ed25519PublicKey.from_public_bytes(data[2:])
    except (ValueError, UnsupportedAlgorithm) as problem:
        raise _refused(text, "a point of the curve") from problem
    raise _refused(text, "P-256 (35 bytes), P-384 (51 bytes), Ed25519 (34 bytes)")


def did_key(key: PublicKey) -> str:
    """Return the did:key of a public key.

    Args:
        key: P-256, P-384 or Ed25519.

    Raises:
        FootproofError: E-CRED-KEY for another curve.
    """
    return PREFIX + multikey(key)


def from_did_key(did: str) -> PublicKey:
    """Return the public key of a did:key, with or without the fragment that names its only key.

    Args:
        did: did:key:z… or did:key:z…#z…

    Raises:
        FootproofError: E-CRED-KEY-NAME where it is no did:key, its fragment names another key, or the text
            names no key.
    """
    name, mark, fragment = did.removeprefix(PREFIX).partition("#")
    if not did.startswith(PREFIX) or (mark and fragment != name):
        raise _refused(did, "did:key:z…, did:key:z…#z…")
    return from_multikey(name)


def key_name(key: PublicKey) -> str:
    """Return the `kid` of a key that names itself: did:key:z…#z…

    Args:
        key: P-256, P-384 or Ed25519.

    Raises:
        FootproofError: E-CRED-KEY for another curve.
    """
    return f"{did_key(key)}#{multikey(key)}"


def _refused(found: str, needed: str) -> FootproofError:
    return FootproofError("E-CRED-KEY-NAME", found=found[:LONGEST], needed=needed)
