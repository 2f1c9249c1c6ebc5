"""Keys as JSON Web Keys, in and out: RFC 7517, RFC 7518 §6.2, RFC 8037 §2.

Only signature keys on P-256, P-384, P-521 and Ed25519. A public key that is handed over with its private part is
refused: whoever sees it could sign.
"""

from collections.abc import Mapping
from typing import Any, cast

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey

from footproof.credential.did_key import PublicKey
from footproof.credential.jose import PrivateKey
from footproof.errors import FootproofError

_KINDS: dict[tuple[str, str], type[ECKey] | type[OKPKey]] = {
    ("EC", "P-256"): ECKey,
    ("EC", "P-384"): ECKey,
    ("EC", "P-521"): ECKey,
    ("OKP", "Ed25519"): OKPKey,
}
_MEMBERS = ("kty", "crv", "x", "y")


def public_key_of(jwk: Mapping[str, Any]) -> PublicKey:
    """Return the public key of a JWK.

    Args:
        jwk: Without private members.

    Raises:
        FootproofError: E-CRED-JWK for a private part, another kind of key, a use that is not signature, or numbers that
            are no point of the curve.
    """
    if "d" in jwk:
        raise FootproofError("E-CRED-JWK", reason="the key holds its private part")
    return cast(PublicKey, _imported(jwk).public_key)


def private_key_of(jwk: Mapping[str, Any]) -> PrivateKey:
    """Return the private key of a JWK.

    Args:
        jwk: With `d`.

    Raises:
        FootproofError: E-CRED-JWK.
    """
    key = _imported(jwk).private_key if isinstance(jwk.get("d"), str) else None
    if not isinstance(key, EllipticCurvePrivateKey | Ed25519PrivateKey):
        raise FootproofError("E-CRED-JWK", reason="the key has no private part")
    return key


def public_jwk(key: PublicKey) -> dict[str, str]:
    """Return a public key as a JWK: kty, crv, x and, on a NIST curve, y.

    Args:
        key: P-256, P-384, P-521 or Ed25519.
    """
    found = OKPKey.import_key(key) if isinstance(key, Ed25519PublicKey) else ECKey.import_key(key)
    fields = found.as_dict(private=False)
    return {name: str(fields[name]) for name in _MEMBERS if name in fields}


def _imported(jwk: Mapping[str, Any]) -> ECKey | OKPKey:
    kind = _KINDS.get((str(jwk.get("kty")), str(jwk.get("crv"))))
    if kind is None or jwk.get("use", "sig") != "sig":
        raise FootproofError("E-CRED-JWK", reason=f"kty {jwk.get('kty')!r}, crv {jwk.get('crv')!r}"[:120])
    try:
        fields = {name: jwk[name] for name in (*_MEMBERS, "d") if name in jwk}
        key = kind.import_key(fields)
        key.public_key  # noqa: B018  # numbers off the curve are found only now
    except (JoseError, ValueError, TypeError, AttributeError) as problem:
        raise FootproofError("E-CRED-JWK", reason=f"{type(problem).__name__}: {problem}"[:120]) from problem
    return key
