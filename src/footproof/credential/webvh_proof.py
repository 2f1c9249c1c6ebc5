"""The two primitives of a did:webvh log: multihashes in base58btc, and `eddsa-jcs-2022` proofs by did:key.

did:webvh 1.0 §"SCID Generation", §"Entry Hash Generation", §"Authorized Keys"; W3C Data Integrity EdDSA Cryptosuites
1.0 §3.3. Version 1.0 permits SHA-256 and this one cryptosuite only, so a proof that names another is refused unread.
The name of a key says the key twice, before and after "#"; both must be the same.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from footproof.credential.did_key import base58btc, from_base58btc, from_multikey, key_name
from footproof.credential.integrity import PROOF, add_proof, verify_proofs
from footproof.credential.jcs import jcs_bytes
from footproof.credential.moment import read_moment, write_moment
from footproof.errors import FootproofError, ProofRejected

CRYPTOSUITE = "eddsa-jcs-2022"
MOST_BYTES = 256 * 1024

_MULTIHASH = bytes([0x12, 0x20])
_KIND = {"type": PROOF, "cryptosuite": CRYPTOSUITE, "proofPurpose": "assertionMethod"}
_MEMBERS = frozenset({*_KIND, "verificationMethod", "created", "proofValue", "id"})


def multihash(data: bytes) -> str:
    """Return the SHA-256 multihash of some bytes in base58btc, without the multibase letter."""
    return base58btc(_MULTIHASH + hashlib.sha256(data).digest())[1:]


def is_multihash(text: object) -> bool:
    """Return whether a text has the form of what `multihash` gives."""
    if not isinstance(text, str) or len(text) != 46:
        return False
    try:
        data = from_base58btc("z" + text)
    except FootproofError:
        return False
    return len(data) == 34 and data.startswith(_MULTIHASH)


def canonical(record: Mapping[str, Any]) -> bytes:
    """Return the RFC 8785 form of an entry of a log.

    Raises:
        ProofRejected: E-WEBVH-LOG where it holds what has no one byte form.
    """
    try:
        return jcs_bytes(record, MOST_BYTES)
    except FootproofError as problem:
        version = str(record.get("versionId", "—"))[:100]
        raise ProofRejected("E-WEBVH-LOG", version=version, reason=problem.code) from problem


def prove(document: Mapping[str, Any], key: Ed25519PrivateKey, created: datetime) -> dict[str, Any]:
    """Return a proof over a document, by a key that names itself.

    Args:
        document: Without `proof`.
        key: Ed25519.
        created: Moment that the proof states.
    """
    name = key_name(key.public_key())
    proof: dict[str, Any] = add_proof(document, key, name, write_moment(created), cryptosuite=CRYPTOSUITE)["proof"]
    return proof


def proved_by(document: Mapping[str, Any], proof: object, version: str) -> str:
    """Return the Multikey text of the key under which a proof over a document holds.

    Args:
        document: Without `proof`.
        proof: One proof object.
        version: Entry of the log, for the error.

    Raises:
        ProofRejected: E-WEBVH-PROOF for another form, cryptosuite or purpose; E-WEBVH-KEY-NAME where the key name is no
            did:key of an Ed25519 key, or names two keys; E-WEBVH-SIGNATURE where the signature does not hold.
    """
    if not isinstance(proof, Mapping):
        raise ProofRejected("E-WEBVH-PROOF", version=version, field="proof", found=str(type(proof).__name__))
    for member, needed in _KIND.items():
        if proof.get(member) != needed:
            raise ProofRejected("E-WEBVH-PROOF", version=version, field=member, found=str(proof.get(member))[:100])
    unknown = sorted(proof.keys() - _MEMBERS)
    if unknown or read_moment(proof.get("created")) is None:
        raise ProofRejected("E-WEBVH-PROOF", version=version, field=(unknown or ["created"])[0][:100], found="—")
    name, key = _named_key(proof.get("verificationMethod"), version)
    try:
        verify_proofs({**document, "proof": proof}, lambda _url, _purpose: key)
    except FootproofError as problem:
        raise ProofRejected("E-WEBVH-SIGNATURE", version=version, key=name) from problem
    return name


def update_key(text: object) -> Ed25519PublicKey | None:
    """Return the Ed25519 key of a Multikey text, or None where it names none."""
    try:
        key = from_multikey(text) if isinstance(text, str) else None
    except FootproofError:
        return None
    return key if isinstance(key, Ed25519PublicKey) else None


def _named_key(url: object, version: str) -> tuple[str, Ed25519PublicKey]:
    body, _, fragment = str(url).removeprefix("did:key:").partition("#")
    key = update_key(body)
    if not str(url).startswith("did:key:") or fragment != body or key is None:
        raise ProofRejected("E-WEBVH-KEY-NAME", version=version, found=str(url)[:200])
    return body, key
