"""Sign a certificate, and verify one at a date: envelope, key, issuer, content and validity together.

UNTP 0.7.0 technical profile (VCDM 2.0, enveloped with JOSE). The order is fixed: nothing of the content is
read before the signature holds, and nothing of it is believed before it names the holder of that key as its
issuer. Status and recognition of the body are checked elsewhere; a certificate that verifies here can still
be withdrawn.
"""

from collections.abc import Mapping
from datetime import date

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey, EllipticCurvePublicKey

from footproof.credential import jose
from footproof.credential.conformity import certificate_of, credential_of
from footproof.errors import FootproofError, ProofRejected
from footproof.model.certificate import Certificate


def sign_certificate(certificate: Certificate, key: EllipticCurvePrivateKey, kid: str) -> bytes:
    """Return a certificate as a signed `vc+jwt`.

    Args:
        certificate: The decision to publish.
        key: P-256 key of the body.
        kid: Name of the key, a DID URL of the body: <body.id>#<fragment>.

    Raises:
        FootproofError: E-CRED-ISSUER where the key's name is not one of the body's; E-CRED-KEY, E-CRED-SIZE
        as
            in `jose.sign`; E-CANONICAL where a text is not in NFC.
    """
    if not _belongs(kid, certificate.body.id):
        raise FootproofError("E-CRED-ISSUER", kid=kid, issuer=certificate.body.id)
    return jose.sign(credential_of(certificate), key, kid)


def verify_certificate(jwt: bytes, keys: Mapping[str, EllipticCurvePublicKey], at: date) -> Certificate:
    """Return the certificate in a token that holds on a day.

    Args:
        jwt: The `vc+jwt`, without a line end.
        keys: Public keys the caller trusts, by `kid`. A key signs only for the DID its name begins with.
        at: The day to ask about; the clock is the caller's.

    Raises:
        ProofRejected: E-CRED-FORM, E-CRED-SIZE, E-CRED-HEADER, E-CRED-UNKNOWN-KEY, E-CRED-SIGNATURE,
            E-CRED-CLAIMS as in `jose.verify`; E-CRED-CONTENT where the credential does not state one
            certificate; E-CRED-ISSUER where one body's key signed for another; E-CRED-NOT-YET and
            E-CRED-EXPIRED where `at` lies outside the validity.
    """
    signed = jose.verify(jwt, keys)
    certificate = certificate_of(signed.credential)
    if not _belongs(signed.kid, certificate.body.id):
        raise ProofRejected("E-CRED-ISSUER", kid=signed.kid, issuer=certificate.body.id)
    if at < certificate.valid_from:
        raise ProofRejected("E-CRED-NOT-YET", at=at, valid_from=certificate.valid_from)
    if at > certificate.valid_until:
        raise ProofRejected("E-CRED-EXPIRED", at=at, valid_until=certificate.valid_until)
    return certificate


def _belongs(kid: str, issuer: str) -> bool:
    name, mark, fragment = kid.partition("#")
    return name == issuer and bool(mark) and bool(fragment)
