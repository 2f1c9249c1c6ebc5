"""A certificate whose signature holds, and how the key that made it was found."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from footproof.check.anchors import Anchors
from footproof.credential import jose
from footproof.credential.conformity import certificate_of
from footproof.credential.did_key import PublicKey
from footproof.credential.documents import Documents, verification_key
from footproof.credential.securing import need_issuer
from footproof.errors import ProofRejected
from footproof.model.certificate import Certificate

PURPOSE = "assertionMethod"


class Signed(NamedTuple):
    """A certificate whose signature holds.

    Args:
        certificate: What it says.
        credential: The payload.
        kid: Name of the key.
        key: The key.
    """

    certificate: Certificate
    credential: Mapping[str, Any]
    kid: str
    key: PublicKey


def key_finder(anchors: Anchors, documents: Documents) -> jose.FindKey:
    """Return the function that finds keys: among the anchors, in the name itself (did:key), in a DID document.

    That a key is found says who signed, not that they may: this is for the recognition chain to say.
    """

    def find(url: str, purpose: str) -> PublicKey:
        known = anchors.keys.get(url) if purpose == PURPOSE else None
        return known if known is not None else verification_key(documents, url, purpose)

    return find


def read_signed(jwt: bytes, keys: jose.Keys) -> Signed:
    """Return the certificate of a token whose signature holds.

    Raises:
        ProofRejected: As `verify_certificate`, without the day.
    """
    signed = jose.verify(jwt, keys)
    certificate = certificate_of(signed.credential)
    need_issuer(signed.kid, certificate.body.id, ProofRejected)
    return Signed(certificate, signed.credential, signed.kid, jose.find_key(keys, signed.kid, PURPOSE))
