"""did:web, and the web location that did:web and did:webvh share: DID -> host, port, path -> https URL.

W3C CCG did:web method (2024), did:webvh 1.0 §"The DID to HTTPS Transformation", RFC 3986 §2 and §3. Strict: one text
per place. A host is a domain name in lower case, never an address in any spelling; only what needs percent-encoding
is encoded, in upper case; no step of a path leads upwards or hides a separator.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_to_bytes

from footproof.credential.jose import read_object
from footproof.errors import ProofRejected

PREFIX = "did:web:"
LONGEST = 1000
MOST_DOCUMENT = 128 * 1024

_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])", re.ASCII)
_PORT = re.compile(r"[1-9][0-9]{0,4}", re.ASCII)
_STEP = re.compile(r"(?:[A-Za-z0-9._-]|%[0-9A-F]{2})+", re.ASCII)
# What hides a separator, or what nobody needs to encode: such a step would have a second spelling.
_NEVER_ENCODED = re.compile(rb"[A-Za-z0-9._\-/\\:%?#\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Location:
    """Where the documents of a DID lie.

    Args:
        host: Domain name.
        port: Absent for 443.
        path: Steps as in the DID, percent-encoded; empty for the well-known place.
    """

    host: str
    port: int | None
    path: tuple[str, ...]

    def url(self, name: str) -> str:
        """Return the https address of a file of this DID, such as `did.json` or `did.jsonl`."""
        port = f":{self.port}" if self.port is not None else ""
        return f"https://{self.host}{port}/{'/'.join(self.path or ('.well-known',))}/{name}"


def location(did: str, identifier: str) -> Location:
    """Return the place that a method-specific identifier names.

    Args:
        did: The whole DID, for the error.
        identifier: `example.com`, `example.com%3A8443:path:to`.

    Raises:
        ProofRejected: E-DID-FRAGMENT where it is a DID URL, not a DID; E-DID-HOST for an address, a name of one label
            or one in upper case; E-DID-ENCODING for a percent-encoding that hides or duplicates; E-DID-PATH for
            an empty step, "." or ".."; E-DID-FORM for anything else that is no DID.
    """
    _refuse_text(did)
    host, *path = identifier.split(":")
    return Location(*_authority(did, host), tuple(_step(did, step) for step in path))


def web_location(did: str) -> Location:
    """Return the place of a did:web.

    Args:
        did: `did:web:example.com`, `did:web:example.com%3A8443:path`; `localhost` is a host as well, for trials on
            one's own machine (whoever fetches decides whether to go there).

    Raises:
        ProofRejected: As `location`, and E-DID-FORM where it is no did:web.
    """
    if not did.startswith(PREFIX):
        raise ProofRejected("E-DID-FORM", did=did[:LONGEST], reason="it does not start with did:web:")
    return location(did, did.removeprefix(PREFIX))


def web_url(did: str) -> str:
    """Return the https address of the document of a did:web.

    Raises:
        ProofRejected: As `web_location`.
    """
    return web_location(did).url("did.json")


def web_document(did: str, data: bytes) -> Mapping[str, Any]:
    """Return the document of a did:web as its bytes state it.

    Args:
        did: The DID asked for.
        data: What lies at its address, at most 128 KiB.

    Raises:
        ProofRejected: E-DID-SIZE where it is too large; E-CRED-FORM where it is not JSON with one reading;
            E-DID-ID where it is the document of another DID.
    """
    if len(data) > MOST_DOCUMENT:
        raise ProofRejected("E-DID-SIZE", did=did[:LONGEST], found=len(data), limit=MOST_DOCUMENT)
    document = read_object(data)
    if document.get("id") != did:
        raise ProofRejected("E-DID-ID", did=did[:LONGEST], found=str(document.get("id"))[:LONGEST])
    return document


def _refuse_text(did: str) -> None:
    if len(did) > LONGEST or not did.isascii():
        raise ProofRejected("E-DID-FORM", did=did[:LONGEST], reason=f"at most {LONGEST} ASCII characters are needed")
    if any(mark in did for mark in "#?/"):
        raise ProofRejected("E-DID-FRAGMENT", did=did)


def _authority(did: str, text: str) -> tuple[str, int | None]:
    """Return host and port; the one percent-encoding an authority may have is %3A before the port."""
    host, mark, port = text.partition("%3A")
    if "%" in host:
        raise ProofRejected("E-DID-ENCODING", did=did, found=text)
    if host != "localhost" and (not _HOST.fullmatch(host) or len(host) > 253):
        raise ProofRejected("E-DID-HOST", did=did, found=host)
    if not mark:
        return host, None
    if not _PORT.fullmatch(port) or int(port) > 65535:
        raise ProofRejected("E-DID-FORM", did=did, reason=f"{port[:20]!r} is no port")
    return host, int(port)


def _step(did: str, text: str) -> str:
    if text in {"", ".", ".."}:
        raise ProofRejected("E-DID-PATH", did=did, found=text)
    if not _STEP.fullmatch(text):
        raise ProofRejected("E-DID-ENCODING", did=did, found=text)
    for encoded in re.findall(r"(?:%[0-9A-F]{2})+", text):
        meant = unquote_to_bytes(encoded)
        try:
            meant.decode("utf-8")
        except UnicodeDecodeError as problem:
            raise ProofRejected("E-DID-ENCODING", did=did, found=text) from problem
        if _NEVER_ENCODED.search(meant):
            raise ProofRejected("E-DID-ENCODING", did=did, found=text)
    return text
