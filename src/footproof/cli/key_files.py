"""Key files that a person names on the command line: PEM, JWK, or a verification method with one."""

from collections.abc import Mapping
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from footproof.cli.options import read_file
from footproof.credential import jose
from footproof.credential.did_key import PublicKey, key_name
from footproof.credential.jwk import private_key_of, public_key_of
from footproof.errors import FootproofError, Where

MOST_KEY = 64 * 1024


def private_key(path: Path) -> tuple[jose.PrivateKey, str]:
    """Return a private key and its name: of a verification method, a JWK or PEM.

    Raises:
        FootproofError: E-FILE-READ, E-CRED-JWK, E-CRED-KEY.
    """
    data = read_file(path, MOST_KEY)
    if not data.lstrip().startswith(b"{"):
        try:
            key = load_pem_private_key(data, None)
        except (ValueError, TypeError, UnsupportedAlgorithm) as problem:
            raise FootproofError("E-CRED-JWK", Where(path.name), reason=str(problem)[:120]) from problem
        if not isinstance(key, EllipticCurvePrivateKey | Ed25519PrivateKey):
            raise FootproofError("E-CRED-KEY", Where(path.name), found=type(key).__name__, needed="EC, Ed25519")
        return key, key_name(key.public_key())
    record = jose.read_object(data)
    jwk = record.get("secretKeyJwk", record.get("privateKeyJwk", record))
    key = private_key_of(jwk if isinstance(jwk, Mapping) else {})
    name = record.get("id", jwk.get("kid"))
    return key, name if isinstance(name, str) and name else key_name(key.public_key())


def public_key(path: Path) -> tuple[PublicKey, list[str]]:
    """Return a public key and the names its file gives it; none for PEM.

    Raises:
        FootproofError: E-FILE-READ, E-CRED-JWK, E-CRED-KEY.
    """
    data = read_file(path, MOST_KEY)
    if data.lstrip().startswith(b"{"):
        record = jose.read_object(data)
        jwk = record.get("publicKeyJwk", record)
        names = [record.get("id"), jwk.get("kid")] if isinstance(jwk, Mapping) else []
        return public_key_of(jwk if isinstance(jwk, Mapping) else {}), [name for name in names if isinstance(name, str)]
    try:
        key = load_pem_public_key(data)
    except (ValueError, TypeError, UnsupportedAlgorithm) as problem:
        raise FootproofError("E-CRED-JWK", Where(path.name), reason=str(problem)[:120]) from problem
    if not isinstance(key, EllipticCurvePublicKey | Ed25519PublicKey):
        raise FootproofError("E-CRED-KEY", Where(path.name), found=type(key).__name__, needed="EC, Ed25519")
    return key, []
