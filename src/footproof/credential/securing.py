"""Sign a certificate, and verify one at a date: envelope, key, issuer, content and validity together.

UNTP 0.7.0 technical profile (VCDM 2.0, enveloped with JOSE). The order is fixed: nothing of the content is
read before the signature holds, and nothing of it is believed before it names the holder of that key as its
issuer. Status and recognition of the body are checked elsewhere; a certificate that verifies here can still
be withdrawn.
"""

from collections.abc import Iterable, Iterator
from datetime import date

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from footproof.canonical import canonical_bytes
from footproof.credential import jose
from footproof.credential.conformity import certificate_of, certificate_written, credential_bytes, credential_of
from footproof.credential.integrity import add_proof
from footproof.errors import FootproofError, ProofRejected
from footproof.model.certificate import Certificate


def sign_certificate(certificate: Certificate, key: jose.PrivateKey, kid: str) -> bytes:
    """Return a certificate as a signed `vc+jwt`.

    Args:
        certificate: The decision to publish.
        key: P-256 or Ed25519 key of the body.
        kid: Name of the key, a DID URL of the body: <body.id>#<fragment>.

    Raises:
        FootproofError: E-CRED-ISSUER where the key's name is not one of the body's; E-CRED-KEY, E-CRED-SIZE as in
            `jose.sign`; E-CANONICAL where a text is not in NFC.
    """
    return next(sign_certificates((certificate,), key, kid))


def sign_certificates(certificates: Iterable[Certificate], key: jose.PrivateKey, kid: str) -> Iterator[bytes]:
    """Yield many certificates of one body as signed `vc+jwt`, one by one; the header is written once.

    Args:
        certificates: The decisions to publish; taken as they are asked for, so they need not fit in memory.
        key: P-256 or Ed25519 key of the body.
        kid: Name of the key.

    Raises:
        FootproofError: As `sign_certificate`, at the certificate that cannot be signed; those before it were yielded.
    """
    start = jose.header_segment(key, kid, jose.CERTIFICATE)
    for certificate in certificates:
        need_issuer(kid, certificate.body.id, FootproofError)
        yield jose.seal(start, credential_bytes(certificate), key, jose.CERTIFICATE)


def embed_certificate(certificate: Certificate, key: jose.PrivateKey, kid: str, created: str) -> bytes:
    """Return a certificate as JSON with an embedded proof, in canonical form: the content of `sign_certificate`.

    Args:
        certificate: The decision to publish.
        key: Ed25519 for eddsa-jcs-2022; P-256 or P-384 for ecdsa-jcs-2019.
        kid: Name of the key, a DID URL of the body.
        created: Moment of the proof, such as "2026-11-22T08:00:00Z"; the clock is the caller's.

    Raises:
        FootproofError: E-CRED-ISSUER as `sign_certificate`; those of `integrity.add_proof`.
    """
    need_issuer(kid, certificate.body.id, FootproofError)
    suite = "eddsa-jcs-2022" if isinstance(key, Ed25519PrivateKey) else "ecdsa-jcs-2019"
    return canonical_bytes(add_proof(credential_of(certificate), key, kid, created, cryptosuite=suite))


def verify_certificate(jwt: bytes, keys: jose.Keys, at: date) -> Certificate:
    """Return the certificate in a token that holds on a day.

    Args:
        jwt: The `vc+jwt`, without a line end.
        keys: Public keys the caller trusts, by `kid`, or a function that finds them. A key signs only for the DID its
            name begins with.
        at: The day to ask about; the clock is the caller's.

    Raises:
        ProofRejected: E-CRED-FORM, E-CRED-SIZE, E-CRED-HEADER, E-CRED-UNKNOWN-KEY, E-CRED-SIGNATURE,
            E-CRED-CLAIMS as in `jose.verify`; E-CRED-CONTENT where the credential does not state one
            certificate; E-CRED-ISSUER where one body's key signed for another; E-CRED-NOT-YET and
            E-CRED-EXPIRED where `at` lies outside the validity.
    """
    opened = jose.open_token(jwt, keys, jose.CERTIFICATE)
    certificate = certificate_written(opened.payload) or certificate_of(jose.read_opened(opened, jose.CERTIFICATE))
    need_issuer(opened.kid, certificate.body.id, ProofRejected)
    need_validity(certificate, at)
    return certificate


def need_issuer(kid: str, issuer: str, refusal: type[FootproofError]) -> None:
    """Refuse a key whose name is not one of the issuer's.

    Args:
        kid: Name of the key.
        issuer: Who is to have signed.
        refusal: FootproofError before signing, ProofRejected after.

    Raises:
        FootproofError: E-CRED-ISSUER.
    """
    name, mark, fragment = kid.partition("#")
    if name != issuer or not mark or not fragment:
        raise refusal("E-CRED-ISSUER", kid=kid, issuer=issuer)


def need_validity(certificate: Certificate, at: date) -> None:
    """Refuse a certificate on a day outside its validity.

    Args:
        certificate: Whose first and last day are asked.
        at: The day to ask about.

    Raises:
        ProofRejected: E-CRED-NOT-YET, E-CRED-EXPIRED.
    """
    if at < certificate.valid_from:
        raise ProofRejected("E-CRED-NOT-YET", at=at, valid_from=certificate.valid_from)
    if at > certificate.valid_until:
        raise ProofRejected("E-CRED-EXPIRED", at=at, valid_until=certificate.valid_until)
