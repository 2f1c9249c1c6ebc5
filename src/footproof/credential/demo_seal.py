"""A seal for demonstrations: a root made on the spot, and the certificate of an invented body under it.

Every name in it says 示例 DEMO. Nobody but the demonstration itself trusts the root.
"""

from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import NameOID

from footproof.credential.seal import Seal
from footproof.model.certificate import Party

_DAYS = 3650


def demo_seal(body: Party, at: datetime) -> tuple[Seal, x509.Certificate]:
    """Return the seal of an invented body and the root that gave it.

    Args:
        body: Its DID goes into the certificate.
        at: From when the certificates hold, with a time zone.
    """
    root_key, key = generate_private_key(SECP256R1()), generate_private_key(SECP256R1())
    root_name = _name("示例 DEMO Footproof Seal Root")
    root = _certificate(root_name, root_name, root_key, root_key, at, authority=True)
    sealed = _certificate(_name(f"示例 DEMO {body.name.en}"), root_name, key, root_key, at, uri=body.id)
    return Seal(key, sealed), root


def _certificate(
    subject: x509.Name,
    issuer: x509.Name,
    key: EllipticCurvePrivateKey,
    issuer_key: EllipticCurvePrivateKey,
    at: datetime,
    *,
    authority: bool = False,
    uri: str | None = None,
) -> x509.Certificate:
    usage = x509.KeyUsage(
        digital_signature=not authority,
        content_commitment=not authority,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(at)
        .not_valid_after(at + timedelta(days=_DAYS))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=0 if authority else None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
    )
    if uri is not None:
        names = x509.SubjectAlternativeName([x509.UniformResourceIdentifier(uri)])
        builder = builder.add_extension(names, critical=False)
    return builder.sign(issuer_key, SHA256())


def _name(text: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "示例 DEMO"),
            x509.NameAttribute(NameOID.COMMON_NAME, text.encode("utf-8")[:64].decode("utf-8", "ignore")),
        ]
    )
