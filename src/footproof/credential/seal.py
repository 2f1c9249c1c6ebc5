"""The X.509 certificate with which a body seals its PDF certificates: which body it names, and what it must be like.

The seal and the `vc+jwt` are two signatures under two kinds of key. What joins them is one text: the seal's certificate
carries the DID of the body as a URI in its subjectAltName, and that must be the issuer in the token. The
organizationIdentifier (ETSI EN 319 412-1), which trust service providers write as well, is shown but decides nothing:
it names an entry of a national register, and no rule leads from there to a DID. The idea of a seal that says "this is
an accredited body" is that of the digital accreditation symbol in use in Germany since 2024.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, SECP384R1, SECP521R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from cryptography.x509.oid import NameOID

from footproof.errors import FootproofError, ProofRejected

MOST_PEM = 256 * 1024
MOST_CHAIN = 8
FEWEST_RSA_BITS = 3072

SealKey: TypeAlias = EllipticCurvePrivateKey | RSAPrivateKey
_CURVES = (SECP256R1, SECP384R1, SECP521R1)


@dataclass(frozen=True, slots=True, eq=False)
class Seal:
    """What a body seals with.

    Args:
        key: Private key.
        certificate: Of the key; names the body.
        chain: What leads to the root, without the root.
    """

    key: SealKey
    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...] = ()


@dataclass(frozen=True, slots=True)
class Sealer:
    """Whom a seal's certificate names.

    Args:
        subject: Distinguished name, RFC 4514.
        issuer: Distinguished name of who gave the certificate.
        serial: Serial number, in hexadecimal.
        bodies: DIDs and other URIs in its subjectAltName.
        organization: organizationIdentifier, where it stands.
    """

    subject: str
    issuer: str
    serial: str
    bodies: frozenset[str]
    organization: str | None


def read_seal(key: bytes, chain: bytes, password: bytes | None = None) -> Seal:
    """Return the seal in two PEM files.

    Args:
        key: Private key, PKCS #8.
        chain: The seal's certificate first, then what leads to the root; a root at the end is left out.
        password: Of the key.

    Raises:
        FootproofError: E-PDF-SEAL-FILE for another form, a key of another kind, or a certificate of another key.
    """
    try:
        found = load_pem_private_key(key, password)
        certificates = read_certificates(chain)
    except (ValueError, TypeError) as problem:
        raise _unusable(str(problem)) from problem
    if isinstance(found, EllipticCurvePrivateKey):
        strong = isinstance(found.curve, _CURVES)
    elif isinstance(found, RSAPrivateKey):
        strong = found.key_size >= FEWEST_RSA_BITS
    else:
        raise _unusable(f"{type(found).__name__}, not P-256, P-384, P-521 or RSA")
    if not strong:
        raise _unusable(f"{found.key_size} bits")
    if _public(found.public_key()) != _public(certificates[0].public_key()):
        raise _unusable("the first certificate is of another key")
    rest = tuple(one for one in certificates[1:] if one.issuer != one.subject)
    return Seal(found, certificates[0], rest)


def read_certificates(pem: bytes) -> tuple[x509.Certificate, ...]:
    """Return the certificates in a PEM file: a chain, or trust roots.

    Args:
        pem: One or more certificates.

    Raises:
        FootproofError: E-PDF-SEAL-FILE for another form, none, or more than the limit.
    """
    if len(pem) > MOST_PEM:
        raise _unusable(f"{len(pem)} bytes > {MOST_PEM}")
    try:
        return tuple(x509.load_pem_x509_certificates(pem))
    except ValueError as problem:
        raise _unusable(str(problem)) from problem


def sealer_of(certificate: x509.Certificate) -> Sealer:
    """Return whom a certificate names.

    Args:
        certificate: Of a seal; of anybody, so its members may have any form.

    Raises:
        ProofRejected: E-PDF-SEAL where its names cannot be read.
    """
    try:
        numbers = certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATION_IDENTIFIER)
        return Sealer(
            subject=certificate.subject.rfc4514_string(),
            issuer=certificate.issuer.rfc4514_string(),
            serial=f"{certificate.serial_number:x}",
            bodies=frozenset(_uris(certificate)),
            organization=str(numbers[0].value) if numbers else None,
        )
    except ValueError as problem:
        raise ProofRejected("E-PDF-SEAL", reason=str(problem)[:300]) from problem


def need_body(sealer: Sealer, body: str, refusal: type[FootproofError]) -> None:
    """Refuse a seal that does not name the body.

    Args:
        sealer: Whom the seal names.
        body: DID of the issuer in the token.
        refusal: FootproofError before sealing, ProofRejected after.

    Raises:
        FootproofError: E-PDF-SEAL-BODY.
    """
    if body not in sealer.bodies:
        raise refusal(
            "E-PDF-SEAL-BODY", body=body, subject=sealer.subject, found=", ".join(sorted(sealer.bodies)) or "—"
        )


def _uris(certificate: x509.Certificate) -> Iterator[str]:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return
    yield from names.get_values_for_type(x509.UniformResourceIdentifier)


def _public(key: object) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)  # type: ignore[attr-defined,no-any-return]


def _unusable(reason: str) -> FootproofError:
    return FootproofError("E-PDF-SEAL-FILE", reason=reason[:300])
