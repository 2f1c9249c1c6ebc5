"""Time stamps of RFC 3161 by themselves: what to ask an authority, and what its answer proves.

An authority says "this digest was shown to me at that moment". Asking is somebody else's task (`server.timestamps`):
here are only the bytes that go out and the bytes that come back. The moment is compared with nothing; a caller who
asks about a day gives it, and the authority's certificate must have been valid at the moment it names.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import rfc3161_client
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID
from rfc3161_client.tsp import TimeStampTokenInfo

from footproof.credential.der import der_length
from footproof.errors import ProofRejected

MOST_BYTES = 64 * 1024
REQUEST_TYPE = "application/timestamp-query"
RESPONSE_TYPE = "application/timestamp-reply"
_SHA256 = "2.16.840.1.101.3.4.2.1"
_SKEW = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class StampRequest:
    """What to send to a time stamp authority.

    Args:
        data: DER, to be posted as `application/timestamp-query`.
        digest: What is to be stamped, sha256:<hex>.
        nonce: Must come back.
    """

    data: bytes
    digest: str
    nonce: int


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a time stamp proves.

    Args:
        digest: What was shown to the authority, sha256:<hex>.
        at: When, as the authority says.
        accuracy: Within what the moment lies. [s]
        authority: Distinguished name of the authority's certificate.
        policy: Object identifier of its policy.
        serial: Number of the stamp, in hexadecimal.
    """

    digest: str
    at: datetime
    accuracy: float
    authority: str
    policy: str
    serial: str


def build_request(content: bytes) -> StampRequest:
    """Return a request for a time stamp over some bytes, with a fresh nonce.

    Args:
        content: What is to be stamped; only its digest leaves the house.
    """
    builder = rfc3161_client.TimestampRequestBuilder(data=content).nonce(nonce=True).cert_request(cert_request=True)
    request = builder.hash_algorithm(rfc3161_client.base.HashAlgorithm.SHA256).build()
    if request.nonce is None:
        raise ValueError("a request without a nonce")
    return StampRequest(request.as_bytes(), f"sha256:{hashlib.sha256(content).hexdigest()}", request.nonce)


def verify_response(
    response: bytes,
    digest: str,
    roots: Sequence[x509.Certificate],
    *,
    nonce: int | None = None,
    at: datetime | None = None,
) -> Stamp:
    """Return what an authority's answer proves about a digest.

    Args:
        response: DER, of anybody.
        digest: What is to have been stamped, sha256:<hex>.
        roots: Trusted for time stamps.
        nonce: Of the request, where the answer is fresh; None for one kept from before.
        at: Moment that a stamp may not lie after by more than five minutes, with a time zone.

    Raises:
        ProofRejected: E-STAMP-FORM where it is no such answer; E-STAMP-REFUSED where the authority refused;
            E-STAMP-DIGEST where it stamped something else; E-STAMP-SIGNATURE where its signature, certificate or nonce
            does not hold; E-STAMP-FUTURE.
    """
    found = _decoded(response)
    if int(found.status) != 0:
        raise ProofRejected("E-STAMP-REFUSED", status=int(found.status), reason="; ".join(found.status_string)[:200])
    info = found.tst_info
    imprint = info.message_imprint
    stamped = f"sha256:{imprint.message.hex()}"
    if imprint.hash_algorithm.dotted_string != _SHA256 or stamped != digest:
        raise ProofRejected("E-STAMP-DIGEST", found=stamped, needed=digest)
    moment = _moment(info.gen_time)
    signer = _verified(found, imprint.message, roots, nonce, moment)
    if at is not None and moment > at + _SKEW:
        raise ProofRejected("E-STAMP-FUTURE", found=moment.isoformat(), at=at.isoformat())
    return Stamp(
        digest=digest,
        at=moment,
        accuracy=_accuracy(info),
        authority=signer.subject.rfc4514_string(),
        policy=info.policy.dotted_string,
        serial=f"{info.serial_number:x}",
    )


def _decoded(response: bytes) -> rfc3161_client.TimeStampResponse:
    try:
        if len(response) > MOST_BYTES or der_length(response) != len(response):
            raise ValueError(f"one DER value of at most {MOST_BYTES} bytes is needed")
        found = rfc3161_client.decode_timestamp_response(response)
        if int(found.status) == 0:
            found.tst_info  # noqa: B018  # read lazily; a broken one must fail here
        return found
    except Exception as problem:  # whatever hostile bytes make the parser trip over is one answer
        raise ProofRejected("E-STAMP-FORM", reason=f"{type(problem).__name__}: {problem}"[:200]) from problem


def _verified(
    found: rfc3161_client.TimeStampResponse,
    digest: bytes,
    roots: Sequence[x509.Certificate],
    nonce: int | None,
    moment: datetime,
) -> x509.Certificate:
    """Return the authority's certificate, once everything it signed holds."""
    try:
        if not roots:
            raise ValueError("no root is trusted for time stamps")
        certificates = [x509.load_der_x509_certificate(one) for one in found.signed_data.certificates]
        signer = _signer(found, certificates)
        builder = rfc3161_client.VerifierBuilder(roots=list(roots))
        builder = builder if nonce is None else builder.nonce(nonce)
        for one in certificates:
            if one != signer and one not in roots:
                builder = builder.add_intermediate_certificate(one)
        builder.tsa_certificate(signer).build().verify(found, digest)
        if not signer.not_valid_before_utc <= moment <= signer.not_valid_after_utc:
            raise ValueError("the authority's certificate was not valid at the moment it names")
        if list(signer.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value) != [
            ExtendedKeyUsageOID.TIME_STAMPING
        ]:
            raise ValueError("the certificate is not for time stamps alone")
    except Exception as problem:  # a hostile certificate may trip the reader anywhere; every way is one answer
        raise ProofRejected("E-STAMP-SIGNATURE", reason=f"{type(problem).__name__}: {problem}"[:200]) from problem
    return signer


def _signer(found: rfc3161_client.TimeStampResponse, certificates: Sequence[x509.Certificate]) -> x509.Certificate:
    signers = list(found.signed_data.signer_infos)
    if len(signers) != 1:
        raise ValueError(f"{len(signers)} signers")
    named = (signers[0].issuer, signers[0].serial_number)
    ours = {one for one in certificates if (one.issuer, one.serial_number) == named}
    if len(ours) != 1:  # of two by one name, the library would verify one and we might show the other
        raise ValueError(f"{len(ours)} different certificates of the authority are in the answer")
    return ours.pop()


def _moment(found: datetime) -> datetime:
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


def _accuracy(info: TimeStampTokenInfo) -> float:
    try:
        found = info.accuracy
    except ValueError:
        return 0.0
    if found is None:
        return 0.0
    return float(found.seconds) + (found.millis or 0) / 1e3 + (found.micros or 0) / 1e6
