"""A certificate as a sealed PDF: whole, sealed by a known seal of the body, and carrying the logged certificate."""

from collections.abc import Mapping
from datetime import UTC, datetime

from footproof.check.anchors import Anchors
from footproof.credential.pades import need_trusted, read_certificate_pdf
from footproof.errors import ProofRejected, Where


def check_pdf(data: bytes, jwt: bytes, anchors: Anchors, moment: datetime) -> Mapping[str, str]:
    """Return who sealed a PDF and when.

    Args:
        data: The PDF.
        jwt: The token that the log has; the PDF has to carry the same.
        anchors: Name the roots of seals and of time stamps.
        moment: For the validity of the seal.

    Raises:
        ProofRejected: As `read_certificate_pdf`; E-PDF-SIGNER-UNKNOWN; E-CHECK-PDF where it carries another token.
    """
    found = read_certificate_pdf(data, anchors.seals, moment, stamp_roots=anchors.stamps)
    need_trusted(found)
    if found.jwt != jwt:
        raise ProofRejected("E-CHECK-PDF", Where("PDF"))
    at = found.signed_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"signer": found.sealer.subject, "signed_at": at, "stamped": "yes" if found.timestamp else "no"}
