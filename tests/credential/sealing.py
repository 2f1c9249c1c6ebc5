"""An invented body's seal, a time stamp authority on one's own machine, and ways to seal what should not be sealed."""

# mypy: disallow-untyped-calls=False

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from io import BytesIO
from typing import Any

from asn1crypto import keys as asn1_keys  # type: ignore[import-untyped]
from asn1crypto import tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.writer import PageObject, PdfFileWriter
from pyhanko.sign.timestamps.dummy_client import DummyTimeStamper
from pyhanko_certvalidator.registry import SimpleCertificateStore

from credential.sample import BODY, CERTIFICATE, KEY, KID
from footproof.credential import pades
from footproof.credential.demo_seal import demo_seal
from footproof.credential.seal import Seal
from footproof.credential.securing import sign_certificate

AT = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
SEAL, ROOT = demo_seal(CERTIFICATE.body, AT - timedelta(days=1))
JWT = sign_certificate(CERTIFICATE, KEY, KID)


def sealed_as(
    change: Callable[[PdfFileWriter], None], files: dict[str, bytes] | None = None, seal: Seal = SEAL
) -> bytes:
    """Return a file whose seal holds but which was changed before: what an insider or a careless body could make."""
    writer = pades._copied(page())
    held = files if files is not None else {"certificate.jwt": JWT, "certificate.json": payload(JWT)}
    pades._attach(writer, held)
    change(writer)
    return asyncio.run(pades._signed(writer, seal, AT, None))


def payload(jwt: bytes) -> bytes:
    """Return what a token says."""
    from footproof.credential import jose

    return jose.decode(jwt.split(b".")[1])


@cache
def page() -> bytes:
    """Return the page of the sample certificate."""
    from footproof.registry.certificate_pdf import render_certificate_pdf

    return render_certificate_pdf(CERTIFICATE, "en")


@cache
def plain() -> bytes:
    """Return an empty page: fewer objects, where many files are read."""
    writer = PdfFileWriter(stream_xrefs=False)
    empty = writer.add_object(generic.StreamObject(stream_data=b""))
    writer.insert_page(PageObject(contents=empty, media_box=(0, 0, 595, 842)))
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


@cache
def sealed() -> bytes:
    """Return the sample certificate, sealed."""
    return pades.seal_pdf(page(), JWT, SEAL, AT)


def certificate(
    subject: str,
    key: EllipticCurvePrivateKey | rsa.RSAPrivateKey,
    issuer: tuple[x509.Certificate, EllipticCurvePrivateKey] | None = None,
    *,
    authority: bool = False,
    body: str | None = None,
    stamps: bool = False,
    lists: bool = False,
    first: datetime = AT - timedelta(days=30),
    last: datetime = AT + timedelta(days=3000),
) -> x509.Certificate:
    """Return a certificate of any kind, marked DEMO."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"DEMO {subject}")])
    given, signer = (name, key) if issuer is None else (issuer[0].subject, issuer[1])
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(given)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(first)
        .not_valid_after(last)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(
            x509.KeyUsage(not authority, not authority, False, False, False, authority, authority, False, False),
            critical=True,
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
    )
    if body is not None:
        uri = x509.SubjectAlternativeName([x509.UniformResourceIdentifier(body)])
        builder = builder.add_extension(uri, critical=False)
    if lists:
        place = x509.DistributionPoint([x509.UniformResourceIdentifier("http://demo.example/crl")], None, None, None)
        builder = builder.add_extension(x509.CRLDistributionPoints([place]), critical=False)
    if stamps:
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
    return builder.sign(signer, SHA256())


@cache
def _rsa() -> rsa.RSAPrivateKey:
    """Return the authority's key; pyHanko's dummy signs with RSA only."""
    return rsa.generate_private_key(65537, 2048)


class Authority:
    """A time stamp authority in memory: pyHanko's dummy, at a moment that the test sets."""

    def __init__(
        self, moment: datetime = AT, last: datetime = AT + timedelta(days=3000), *, stamps: bool = True
    ) -> None:
        root_key, key = generate_private_key(SECP256R1()), _rsa()
        self.root = certificate("TSA root", root_key, authority=True)
        self.certificate = certificate("TSA", key, (self.root, root_key), stamps=stamps, last=last)
        store = SimpleCertificateStore()
        store.register(_asn1(self.certificate))
        der = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        self._dummy = DummyTimeStamper(
            _asn1(self.certificate), asn1_keys.PrivateKeyInfo.load(der), store, fixed_dt=moment
        )
        self.asked = 0

    def answer(self, request: bytes) -> bytes:
        """Return the answer to a request."""
        self.asked += 1
        return bytes(self._dummy.request_tsa_response(tsp.TimeStampReq.load(request)).dump())


def _asn1(found: x509.Certificate) -> Any:
    return asn1_x509.Certificate.load(found.public_bytes(Encoding.DER))


def chained(body: str = BODY, last: datetime = AT + timedelta(days=3000)) -> tuple[Seal, x509.Certificate]:
    """Return a seal below an intermediate authority, and the root."""
    root_key, middle_key, key = (generate_private_key(SECP256R1()) for _ in range(3))
    root = certificate("root", root_key, authority=True)
    middle = certificate("middle", middle_key, (root, root_key), authority=True)
    leaf = certificate("body", key, (middle, middle_key), body=body, last=last)
    return Seal(key, leaf, (middle,)), root
