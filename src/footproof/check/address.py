"""Whether the certificate found at an address is the one the address names.

A mark leads to an address, and whoever answers there could show another product's certificate, sound in itself. Only
the last part of the address decides: the same tree may be served from many places. That it is another place than the
certificate names is said, since a mark that was copied leads elsewhere too.
"""

from collections.abc import Mapping
from urllib.parse import urlsplit

from footproof.errors import ProofRejected
from footproof.model.certificate import Certificate


def check_address(address: str, certificate: Certificate) -> Mapping[str, str]:
    """Return the number that both name, and where the hosts differ both hosts: `asked` and `elsewhere`.

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
    hosts = (_host(address), _host(certificate.id))
    return {"number": own} | ({} if hosts[0] == hosts[1] else {"asked": hosts[0], "elsewhere": hosts[1]})


def _host(address: str) -> str:
    """Return host and port of an address; "—" where it has none."""
    try:
        return urlsplit(address).netloc.rpartition("@")[2].lower()[:200] or "—"
    except ValueError:
        return "—"
