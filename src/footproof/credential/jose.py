"""The envelope: any credential as a `vc+jwt`, signed with ES256.

W3C Securing Verifiable Credentials using JOSE and COSE (2025-05-15) §3.1.1, RFC 7515, RFC 7518 §3.4, RFC
8725. One algorithm, one curve, four header members. The payload is the credential itself; there is no `vc`
claim. The bytes are read only after the signature holds, and then by one reader that allows no duplicate key
and no float.

An ECDSA signature (r, s) has a twin (r, n - s), which is also valid. A token's own digest is therefore no
name for a certificate; its payload is.
"""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
)
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from footproof.canonical import canonical_bytes
from footproof.errors import FootproofError, ProofRejected

ALGORITHM = "ES256"
TOKEN_TYPE = "vc+jwt"  # noqa: S105  # a media type, not a secret
CONTENT_TYPE = "vc"
MOST_PAYLOAD = 256 * 1024
MOST_HEADER = 2048
SIGNATURE = 64

_BASE64URL = re.compile(rb"[A-Za-z0-9_-]+")
_HEADER = frozenset({"alg", "typ", "cty", "kid"})
_WRAPPERS = ("vc", "vp")


@dataclass(frozen=True, slots=True)
class Signed:
    """What a verified token says.

    Args:
        kid: Name of the key that signed it.
        credential: The payload; figures are integers or Decimals, never floats.
    """

    kid: str
    credential: Mapping[str, Any]


def sign(credential: Mapping[str, object], key: EllipticCurvePrivateKey, kid: str) -> bytes:
    """Return a credential as a signed `vc+jwt`, its claims in canonical order.

    Args:
        credential: VCDM 2.0 credential of text, integers, booleans, lists and objects.
        key: P-256 key.
        kid: Name under which a verifier finds the public key.

    Raises:
        FootproofError: E-CRED-KEY where the key is on another curve; E-CANONICAL where the credential holds a
            float or has no single byte form; E-CRED-SIZE where no verifier of ours would read it.
    """
    _need_p256(key)
    payload = canonical_bytes(credential)
    if len(payload) > MOST_PAYLOAD:
        raise FootproofError("E-CRED-SIZE", found=len(payload), limit=MOST_PAYLOAD)
    header = {"alg": ALGORITHM, "cty": CONTENT_TYPE, "kid": kid, "typ": TOKEN_TYPE}
    token = jws.serialize_compact(header, payload, ECKey.import_key(key), algorithms=[ALGORITHM])
    return token.encode("ascii")


def verify(token: bytes, keys: Mapping[str, EllipticCurvePublicKey]) -> Signed:
    """Return what a `vc+jwt` says, once its signature holds under the key it names.

    Args:
        token: The compact form and nothing else: no white space, no line end.
        keys: Public keys the caller trusts, by `kid`.

    Raises:
        ProofRejected: E-CRED-FORM where the token or its JSON has not exactly one reading; E-CRED-SIZE where
        it
            is too large; E-CRED-HEADER for another type, algorithm or header member; E-CRED-UNKNOWN-KEY where
            `kid` is not among the keys; E-CRED-SIGNATURE where the signature does not hold; E-CRED-CLAIMS for
            a wrapped credential or registered claims that contradict it.
        FootproofError: E-CRED-KEY where the caller's key is on another curve.
    """
    header, payload, signature = _parts(token)
    kid = _kid(header)
    if len(signature) != SIGNATURE:
        raise ProofRejected("E-CRED-FORM", reason=f"the signature has {len(signature)} bytes, not {SIGNATURE}")
    if kid not in keys:
        raise ProofRejected("E-CRED-UNKNOWN-KEY", kid=kid)
    _need_p256(keys[kid])
    try:
        jws.deserialize_compact(token, ECKey.import_key(keys[kid]), algorithms=[ALGORITHM])
    except (JoseError, ValueError) as problem:
        raise ProofRejected("E-CRED-SIGNATURE", kid=kid) from problem
    credential = read_object(payload)
    _refuse_claims(credential)
    return Signed(kid, credential)


def read_object(data: bytes) -> dict[str, Any]:
    """Read one JSON object that every reader understands alike.

    Args:
        data: UTF-8 without byte order mark.

    Raises:
        ProofRejected: E-CRED-FORM for a duplicate key, NaN or Infinity, trailing text, wrong UTF-8, nesting
            beyond what the reader takes, or anything but an object.
    """
    try:
        found = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_once,
            parse_float=Decimal,
            parse_constant=_no_constant,
        )
    except (ValueError, ArithmeticError, RecursionError) as problem:
        raise ProofRejected("E-CRED-FORM", reason=str(problem)) from problem
    if not isinstance(found, dict):
        raise ProofRejected("E-CRED-FORM", reason="the JSON is not an object")
    return found


def _parts(token: bytes) -> tuple[bytes, bytes, bytes]:
    """Return header, payload and signature of a token whose every character matters."""
    if len(token) > (MOST_PAYLOAD + MOST_HEADER) * 4 // 3 + 128:
        raise ProofRejected("E-CRED-SIZE", found=len(token), limit=MOST_PAYLOAD)
    segments = token.split(b".")
    if len(segments) != 3:
        raise ProofRejected("E-CRED-FORM", reason=f"{len(segments)} parts between dots, not 3")
    header, payload, signature = (_decoded(segment) for segment in segments)
    if len(header) > MOST_HEADER or len(payload) > MOST_PAYLOAD:
        raise ProofRejected("E-CRED-SIZE", found=max(len(header), len(payload)), limit=MOST_PAYLOAD)
    return header, payload, signature


def _decoded(segment: bytes) -> bytes:
    """Decode base64url without padding, refusing a last letter with bits that say nothing (RFC 4648 §3.5)."""
    try:
        if not _BASE64URL.fullmatch(segment):
            raise ValueError("a part is empty or has letters outside base64url")
        data = base64.urlsafe_b64decode(segment + b"=" * (-len(segment) % 4))
        if base64.urlsafe_b64encode(data).rstrip(b"=") != segment:
            raise ValueError("a part has a second spelling in base64url")
    except (ValueError, binascii.Error) as problem:
        raise ProofRejected("E-CRED-FORM", reason=str(problem)) from problem
    return data


def _kid(data: bytes) -> str:
    """Return the key name of a header that says nothing beyond what we check."""
    header = read_object(data)
    unknown = sorted(header.keys() - _HEADER)
    if unknown:
        raise ProofRejected("E-CRED-HEADER", field=unknown[0], found=header[unknown[0]], needed="—")
    for field, needed in (("alg", ALGORITHM), ("typ", TOKEN_TYPE)):
        if header.get(field) != needed:
            raise ProofRejected("E-CRED-HEADER", field=field, found=header.get(field), needed=needed)
    if header.get("cty", CONTENT_TYPE) != CONTENT_TYPE:
        raise ProofRejected("E-CRED-HEADER", field="cty", found=header["cty"], needed=CONTENT_TYPE)
    kid = header.get("kid")
    if not isinstance(kid, str) or not kid:
        raise ProofRejected("E-CRED-HEADER", field="kid", found=kid, needed="text")
    return kid


def _refuse_claims(credential: Mapping[str, Any]) -> None:
    """Refuse wrapped credentials, and registered claims that contradict the credential they repeat."""
    for wrapper in _WRAPPERS:
        if wrapper in credential:
            raise ProofRejected("E-CRED-CLAIMS", claim=wrapper)
    issuer = credential.get("issuer")
    said = {"iss": issuer.get("id") if isinstance(issuer, dict) else issuer, "jti": credential.get("id")}
    for claim, needed in said.items():
        if claim in credential and credential[claim] != needed:
            raise ProofRejected("E-CRED-CLAIMS", claim=claim)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(f"key {name!r} stands twice")
        found[name] = value
    return found


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _need_p256(key: EllipticCurvePrivateKey | EllipticCurvePublicKey) -> None:
    curve = getattr(key, "curve", None)
    if not isinstance(curve, SECP256R1):
        raise FootproofError("E-CRED-KEY", found=getattr(curve, "name", type(key).__name__), needed="P-256")
