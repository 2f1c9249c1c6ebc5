"""Whether the certificate found at an address is the one the address names.

A mark leads to an address, and whoever answers there could show another product's certificate, sound in itself. Only
the last part of the address counts: the same tree may be served from many places.
"""

from collections.abc import Mapping

from footproof.errors import ProofRejected
from footproof.model.certificate import Certificate


def check_address(address: str, certificate: Certificate) -> Mapping[str, str]:
    """Return the number that both name.

    Args:
        address: Of the page of a certificate, `…/c/<number>/…`, as a photo or a person gave it.
        certificate: Whose signature holds.

    Raises:
        ProofRejected: E-CHECK-ADDRESS where the certificate belongs at another one.
    """
    asked = address.partition("/c/")[2].partition("/")[0]
    own = certificate.id.partition("/c/")[2].strip("/")
    if asked != own or own != certificate.number:
        raise ProofRejected("E-CHECK-ADDRESS", address=address[:200], found=certificate.number)
    return {"number": own}
