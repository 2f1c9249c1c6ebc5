"""A certificate as a sealed PDF: the page, the `vc+jwt` and its JSON in one file, under one PAdES signature.

ETSI EN 319 142-1, levels B-B and, where a time stamp authority is given, B-T; attachments as associated files of
ISO 19005-3. The page is for people; what counts is the token attached. The seal says who made this file and that it is
whole. It does not replace the signature of the token, the status list or the log: those are asked afterwards, with the
token taken from here.

What is read is stricter than PAdES: one revision and one signature over every byte but its own gap (`pdf_form`), and
in the CMS structure no member that the signature does not cover and no step of the check uses.

pyHanko is asynchronous inside: call these functions from a thread without a running loop.
"""

# mypy: disallow-untyped-calls=False

import asyncio
import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any

from asn1crypto import cms, tsp  # type: ignore[import-untyped]
from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pyhanko.pdf_utils import embed, generic
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import BasePdfFileWriter, PdfFileWriter, copy_into_new_writer
from pyhanko.sign.ades.report import AdESIndeterminate
from pyhanko.sign.fields import MDPPerm, SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, SimpleSigner
from pyhanko.sign.signers.constants import ESIC_EXTENSION_1
from pyhanko.sign.signers.pdf_cms import PdfCMSSignedAttributes
from pyhanko.sign.timestamps import TimeStamper
from pyhanko.sign.validation import async_validate_pdf_signature
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko.sign.validation.status import PdfSignatureStatus
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

from footproof.credential import jose
from footproof.credential.der import der_length, der_tags
from footproof.credential.pdf_form import JSON_NAME, JWT_NAME, OpenedPdf, needed_files, open_pdf
from footproof.credential.seal import Seal, Sealer, need_body, sealer_of
from footproof.errors import FootproofError, ProofRejected, Where

# Without a handler of its own pyHanko's warnings would go to standard error; what it finds is in our answer.
logging.getLogger("pyhanko").addHandler(logging.NullHandler())
logging.getLogger("pyhanko_certvalidator").addHandler(logging.NullHandler())

FIELD = "FootproofSeal"
# Room for a signature without its chain, and for a time stamp with its own. [bytes]
ROOM, STAMP_ROOM = 1536, 10 * 1024

Stamper = Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class PdfFound:
    """What a sealed PDF holds, once it is whole. Its token is not verified by this.

    Args:
        jwt: The `vc+jwt`, to be verified next.
        credential: What the token says, which is what `certificate.json` says.
        sealer: Whom the seal names; the issuer in the token is one of them.
        trusted: Whether the seal leads to one of the roots given. False: intact, but nobody here knows the signer.
        signed_at: As the signer says, or as the time stamp says where there is a trusted one.
        timestamp: Moment of a time stamp that leads to one of the roots given.
        stamped: Whether there is a time stamp at all (level B-T); without trust it says nothing.
    """

    jwt: bytes
    credential: dict[str, Any]
    sealer: Sealer
    trusted: bool
    signed_at: datetime
    timestamp: datetime | None
    stamped: bool


def seal_pdf(page: bytes, jwt: bytes, seal: Seal, at: datetime, stamper: Stamper | None = None) -> bytes:
    """Return a page as a sealed PDF that carries a token and its JSON.

    Args:
        page: PDF of the certificate, as `registry.certificate_pdf` makes it.
        jwt: The certificate as `vc+jwt`.
        seal: Of the body that the token names as its issuer.
        at: What the signature says about its time, with a time zone; the clock is the caller's.
        stamper: Takes a request of RFC 3161 and returns the answer of an authority; None leaves the stamp out.

    Raises:
        FootproofError: E-PDF-SEAL-BODY where the seal is of somebody else; E-PDF-STAMP where the authority refuses;
            E-CRED-FORM where the token is none; E-PDF-FORM and others of `open_pdf` where the page holds what a
            certificate may not.
    """
    credential = jose.payload_of(jwt)
    need_body(sealer_of(seal.certificate), _issuer(credential), FootproofError)
    writer = _copied(page)
    _attach(writer, {JWT_NAME: jwt, JSON_NAME: jose.decode(jwt.split(b".")[1])})
    try:
        sealed = asyncio.run(_signed(writer, seal, at, stamper))
    except (SigningError, OSError, LookupError, TypeError, ValueError) as problem:
        raise FootproofError("E-PDF-STAMP", reason=f"{type(problem).__name__}: {problem}"[:300]) from problem
    open_pdf(sealed)  # what we could not read ourselves is not handed out
    return sealed


def read_certificate_pdf(
    data: bytes,
    roots: Sequence[x509.Certificate],
    at: datetime,
    *,
    stamp_roots: Sequence[x509.Certificate] = (),
    crls: Sequence[bytes] = (),
    file: str = "PDF",
) -> PdfFound:
    """Return what a sealed PDF holds, once its seal holds over every byte of it.

    Args:
        data: The file, of anybody.
        roots: Trusted for seals. The machine's own list is never asked.
        at: Moment to ask about, with a time zone; a trusted time stamp takes its place for the seal.
        stamp_roots: Trusted for time stamps.
        crls: Revocation lists at hand, DER.
        file: Name for messages.

    Raises:
        ProofRejected: As `open_pdf`; E-PDF-SIGNATURE where the signature does not hold; E-PDF-SEAL where the seal's
            certificate was not valid or not for this; E-PDF-STAMP-INVALID where a time stamp does not hold;
            E-PDF-ATTACHMENT where token and JSON differ; E-PDF-SEAL-BODY where the seal is of another body.
    """
    opened = open_pdf(data, file)
    credential = jose.payload_of(opened.files[JWT_NAME])
    if jose.decode(opened.files[JWT_NAME].split(b".")[1]) != opened.files[JSON_NAME]:
        raise ProofRejected("E-PDF-ATTACHMENT", Where(file), reason=f"{JSON_NAME} ≠ {JWT_NAME}")
    try:
        found = _verified(opened, roots, at, stamp_roots, crls)
        sealer = sealer_of(x509.load_der_x509_certificate(found.certificate))
    except ProofRejected as problem:
        raise problem.at(Where(file)) from problem
    except Exception as problem:  # a hostile signature may trip the parser anywhere; every way is one answer
        reason = f"{type(problem).__name__}: {problem}"[:300]
        raise ProofRejected("E-PDF-SIGNATURE", Where(file), reason=reason) from problem
    need_body(sealer, _issuer(credential), ProofRejected)
    return PdfFound(
        jwt=opened.files[JWT_NAME],
        credential=credential,
        sealer=sealer,
        trusted=found.trusted,
        signed_at=found.timestamp or found.claimed,
        timestamp=found.timestamp,
        stamped=found.stamped,
    )


def need_trusted(found: PdfFound) -> None:
    """Refuse a file that is whole but whose signer nobody here knows.

    Args:
        found: As read.

    Raises:
        ProofRejected: E-PDF-SIGNER-UNKNOWN.
    """
    if not found.trusted:
        raise ProofRejected("E-PDF-SIGNER-UNKNOWN", subject=found.sealer.subject, issuer=found.sealer.issuer)


# Sealing.


class _Signer(PdfSigner):
    """pyHanko's signer, which takes a file to PDF 2.0 for an elliptic curve; PDF/A-3 and PAdES are at home in 1.7."""

    def register_extensions(self, pdf_out: BasePdfFileWriter, *, md_algorithm: str) -> None:  # noqa: ARG002  # as it is called
        pdf_out.register_extension(ESIC_EXTENSION_1)


class _Stamper(TimeStamper):
    """pyHanko's way to ask a time stamp authority, over a function that carries bytes."""

    def __init__(self, carry: Stamper) -> None:
        super().__init__()
        self._carry = carry

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        answer = self._carry(req.dump())
        if len(answer) > STAMP_ROOM:
            raise SigningError(f"the answer has {len(answer)} bytes, at most {STAMP_ROOM}")
        der_length(answer)
        found = tsp.TimeStampResp.load(answer, strict=True)
        token = found["time_stamp_token"]
        # pyHanko compares the nonce too, but trips over the wording of its own complaint.
        if token.native and token["content"]["encap_content_info"]["content"].parsed["nonce"] != req["nonce"]:
            raise SigningError("the answer is to another request")
        return found


def _copied(page: bytes) -> PdfFileWriter:
    """Return a page as one new revision, all objects in plain sight."""
    writer = copy_into_new_writer(PdfFileReader(BytesIO(page), strict=True))
    # pyHanko would write the machine's time and its own name into the metadata; those of the page stay as they are.
    writer._update_meta = lambda: None  # type: ignore[method-assign]
    return writer


def _attach(writer: PdfFileWriter, files: dict[str, bytes]) -> None:
    """Put files into the name tree and among the associated files; uncompressed, so that no reader inflates them."""
    tree, associated = generic.ArrayObject(), generic.ArrayObject()
    for name, media_type, relationship in needed_files():
        stream = embed.EmbeddedFileObject.from_file_data(writer, files[name], compress=False, mime_type=media_type)
        size = generic.DictionaryObject({generic.pdf_name("/Size"): generic.NumberObject(len(files[name]))})
        stream["/Params"] = size
        kind = generic.pdf_name(relationship)
        spec = embed.FileSpec(name, name, embedded_data=stream, description=name, af_relationship=kind)
        reference = writer.add_object(spec.as_pdf_object())
        tree.append(generic.pdf_string(name))
        tree.append(reference)
        associated.append(reference)
    names = generic.DictionaryObject({generic.pdf_name("/Names"): tree})
    root = writer.root
    root["/Names"] = generic.DictionaryObject({generic.pdf_name("/EmbeddedFiles"): writer.add_object(names)})
    root["/AF"] = associated


async def _signed(writer: PdfFileWriter, seal: Seal, at: datetime, stamper: Stamper | None) -> bytes:
    store = SimpleCertificateStore()
    store.register_multiple([_asn1(one) for one in seal.chain])
    key = seal.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    signer = _Signer(
        # A certifying signature that permits no change: other readers, too, then complain about anything appended.
        PdfSignatureMetadata(
            field_name=FIELD,
            md_algorithm="sha256",
            subfilter=SigSeedSubFilter.PADES,
            certify=True,
            docmdp_permissions=MDPPerm.NO_CHANGES,
        ),
        signer=SimpleSigner(_asn1(seal.certificate), asn1_keys.PrivateKeyInfo.load(key), store, embed_roots=False),
        timestamper=None if stamper is None else _Stamper(stamper),
        new_field_spec=SigFieldSpec(FIELD),
    )
    session = signer.init_signing_session(writer)
    session.system_time = at
    certificates = sum(len(one.public_bytes(Encoding.DER)) for one in (seal.certificate, *seal.chain))
    room = ROOM + certificates + (0 if stamper is None else STAMP_ROOM)
    # pyHanko counts the hexadecimal digits.
    document = session.prepare_tbs_document(validation_info=None, bytes_reserved=2 * room)
    prepared, output = document.digest_tbs_document()
    unsigned = await document.perform_signature(
        document_digest=prepared.document_digest, pdf_cms_signed_attrs=PdfCMSSignedAttributes(signing_time=at)
    )
    await unsigned.post_signature_processing(output)
    output.seek(0)
    return bytes(output.read())


# Reading.


@dataclass(frozen=True, slots=True)
class _Verified:
    """What the signature says, once it holds."""

    certificate: bytes
    trusted: bool
    claimed: datetime
    timestamp: datetime | None
    stamped: bool


def _verified(
    opened: OpenedPdf,
    roots: Sequence[x509.Certificate],
    at: datetime,
    stamp_roots: Sequence[x509.Certificate],
    crls: Sequence[bytes],
) -> _Verified:
    signed = _strict_cms(opened.contents)
    (embedded,) = opened.reader.embedded_signatures
    stamp = _stamp_of(signed)
    status = asyncio.run(_status(embedded, roots, at, stamp_roots, crls))
    timestamp = _need_stamp(status, stamp)
    if timestamp is not None:
        # The seal had to be valid when it was used, and the stamp says when that was.
        status = asyncio.run(_status(embedded, roots, timestamp, stamp_roots, crls, stamped_at=at))
    _need_valid(status)
    if status.trusted:
        _need_used(signed, status.validation_path)
    claimed = embedded.self_reported_timestamp
    if claimed is None or claimed.tzinfo is None:
        raise _broken("no /M with a time zone")
    certificate = embedded.signer_cert.dump()
    return _Verified(certificate, bool(status.trusted), claimed, timestamp, stamp is not None)


async def _status(
    embedded: EmbeddedPdfSignature,
    roots: Sequence[x509.Certificate],
    at: datetime,
    stamp_roots: Sequence[x509.Certificate],
    crls: Sequence[bytes],
    *,
    stamped_at: datetime | None = None,
) -> PdfSignatureStatus:
    return await async_validate_pdf_signature(
        embedded,
        signer_validation_context=_context(roots, at, crls),
        ts_validation_context=_context(stamp_roots, stamped_at or at, crls),
        key_usage_settings=KeyUsageConstraints(
            key_usage={"digital_signature", "non_repudiation"}, match_all_key_usages=False
        ),
    )


def _context(roots: Sequence[x509.Certificate], at: datetime, crls: Sequence[bytes]) -> ValidationContext:
    return ValidationContext(
        trust_roots=[_asn1(root) for root in roots],
        moment=at,
        allow_fetching=False,
        crls=list(crls),
        # A list that is at hand counts; one that is not was not asked for.
        revocation_mode="soft-fail",
    )


def _need_stamp(status: PdfSignatureStatus, stamp: cms.SignedData | None) -> datetime | None:
    """Return the moment of a trusted time stamp."""
    found = status.timestamp_validity
    if (stamp is None) != (found is None):
        raise ProofRejected("E-PDF-STAMP-INVALID", reason="—")
    if stamp is None or found is None:
        return None
    if not (found.intact and found.valid):
        raise ProofRejected("E-PDF-STAMP-INVALID", reason=str(found.summary())[:200])
    if not found.trusted:
        return None
    _need_used(stamp, found.validation_path)
    moment: datetime = found.timestamp
    return moment


def _need_valid(status: PdfSignatureStatus) -> None:
    if not (status.intact and status.valid):
        raise _broken(str(status.summary())[:200])
    if not status.coverage or status.coverage.name != "ENTIRE_FILE":
        raise _broken(str(status.coverage))
    problem = status.trust_problem_indic
    # No chain to a root: the signer is not known. Anything else is a fault of a certificate that is.
    if problem is not None and problem is not AdESIndeterminate.NO_CERTIFICATE_CHAIN_FOUND:
        raise ProofRejected("E-PDF-SEAL", reason=problem.standard_name)


def _strict_cms(contents: bytes) -> cms.SignedData:
    """Return the CMS structure in the gap, once nothing in it could be changed unnoticed."""
    return _need_strict(_element(contents), "data", "v1")


def _element(contents: bytes) -> cms.ContentInfo:
    """Return the one DER value at the start; only zeros may follow it."""
    end = der_length(contents)
    if contents[end:].strip(b"\0"):
        raise _broken("more than one DER value in the gap")
    return cms.ContentInfo.load(contents[:end], strict=True)


def _need_strict(info: cms.ContentInfo, content: str, version: str) -> cms.SignedData:
    """Refuse what no signature covers: other versions, further algorithms, lists, signers or unsigned attributes."""
    if info["content_type"].native != "signed_data":
        raise _broken("no signed data")
    signed = info["content"]
    if signed["version"].native != version or signed["encap_content_info"]["content_type"].native != content:
        raise _broken(f"version {signed['version'].native}")
    if len(signed["digest_algorithms"]) != 1 or len(signed["signer_infos"]) != 1 or signed["crls"]:
        raise _broken("one algorithm, one signer and no lists are needed")
    (signer,) = signed["signer_infos"]
    # The parser passes over values that do not belong there.
    tags = (der_tags(info.dump()), der_tags(signed.untag().dump()), der_tags(signer.dump()))
    if tags[0] != _INFO or tags[1] != _SIGNED or tags[2] not in (_SIGNER, _SIGNER + b"\xa1"):
        raise _broken("values beside those of RFC 5652")
    _need_named(signed, signer)
    outer, inner = signed["digest_algorithms"][0], signer["digest_algorithm"]
    if outer.dump() != inner.dump() or signer["version"].native != "v1":
        raise _broken("algorithms differ")
    _need_plain(signer["signature_algorithm"], inner["algorithm"].native)
    kinds = [one["type"].native for one in signer["unsigned_attrs"] or ()]
    if kinds not in ([], ["signature_time_stamp_token"]) or (kinds and content != "data"):
        raise _broken(f"unsigned attributes {kinds}")
    return signed


_INFO, _SIGNED, _SIGNER = b"\x06\xa0", b"\x02\x31\x30\xa0\x31", b"\x02\x30\x30\xa0\x30\x04"


def _need_named(signed: cms.SignedData, signer: cms.SignerInfo) -> None:
    """Refuse a signer whose certificate is not named letter by letter: names are compared without regard to case."""
    named = signer["sid"].chosen
    if signer["sid"].name != "issuer_and_serial_number" or not any(
        one.chosen.serial_number == named["serial_number"].native and one.chosen.issuer.dump() == named["issuer"].dump()
        for one in signed["certificates"]
    ):
        raise _broken("the signer's certificate is not there")


def _need_plain(algorithm: cms.SignedDigestAlgorithm, digest: str) -> None:
    """Refuse an algorithm that names another digest than the signer's, or has parameters that nobody reads."""
    name = algorithm["algorithm"].native
    if name == "rsassa_pss":
        return
    if algorithm["parameters"].dump() not in (b"", b"\x05\x00"):
        raise _broken(f"parameters of {name}")
    if name not in ("rsassa_pkcs1v15", f"{digest}_rsa", f"{digest}_ecdsa"):
        raise _broken(f"{name} with {digest}")


def _stamp_of(signed: cms.SignedData) -> cms.SignedData | None:
    for attribute in signed["signer_infos"][0]["unsigned_attrs"] or ():
        if len(attribute["values"]) != 1:
            raise _broken("more than one time stamp")
        return _need_strict(attribute["values"][0], "tst_info", "v3")
    return None


def _need_used(signed: cms.SignedData, path: Any) -> None:
    """Refuse certificates that lie in the structure and lead nowhere: nothing says they are what they were."""
    known = {one.dump() for one in path.iter_certs(include_root=True)}
    if any(one.chosen.dump() not in known for one in signed["certificates"]):
        raise _broken("a certificate that is not in the chain")


def _issuer(credential: dict[str, Any]) -> str:
    issuer = credential.get("issuer")
    name = issuer.get("id") if isinstance(issuer, dict) else issuer
    if not isinstance(name, str):
        raise ProofRejected("E-CRED-FORM", reason=f"issuer {json.dumps(issuer, default=str)[:100]}")
    return name


def _asn1(certificate: x509.Certificate) -> asn1_x509.Certificate:
    return asn1_x509.Certificate.load(certificate.public_bytes(Encoding.DER))


def _broken(reason: str) -> ProofRejected:
    return ProofRejected("E-PDF-SIGNATURE", reason=reason)
