"""Ask a time stamp authority: one POST of RFC 3161 §3.4, with limits of size and time.

The address is the operator's own setting, never one that a document names. Authorities commonly answer over plain
http, since their answer is signed; what is sent is a digest.
"""

import time
from collections.abc import Callable
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

from footproof.credential.timestamp import MOST_BYTES, REQUEST_TYPE, RESPONSE_TYPE
from footproof.errors import FootproofError

SECONDS = 10.0

Post = Callable[[str, bytes], bytes]


def post(url: str, request: bytes, *, seconds: float = SECONDS) -> bytes:
    """Return an authority's answer.

    Args:
        url: Address of the authority, http or https.
        request: DER.
        seconds: For everything together. [s]

    Raises:
        FootproofError: E-STAMP-POST where there is no answer of the needed type within size and time.
    """
    parts = urlsplit(url)
    kinds = {"http": HTTPConnection, "https": HTTPSConnection}
    if parts.scheme not in kinds or not parts.hostname or parts.username is not None:
        raise FootproofError("E-STAMP-POST", url=url, reason="http(s)://host/…")
    deadline = time.monotonic() + seconds
    connection = kinds[parts.scheme](parts.hostname, parts.port, timeout=seconds)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection.request("POST", path, request, {"Content-Type": REQUEST_TYPE, "Accept": RESPONSE_TYPE})
        answer = connection.getresponse()
        kind = (answer.getheader("Content-Type") or "").partition(";")[0].strip().lower()
        if answer.status != 200 or kind != RESPONSE_TYPE:
            raise FootproofError("E-STAMP-POST", url=url, reason=f"{answer.status}, {kind[:80]}")
        data = b""
        while part := answer.read1(8192):
            data += part
            if len(data) > MOST_BYTES or time.monotonic() > deadline:
                raise FootproofError("E-STAMP-POST", url=url, reason=f"> {MOST_BYTES} bytes, > {seconds:g} s")
        return data
    except (OSError, HTTPException) as problem:
        raise FootproofError("E-STAMP-POST", url=url, reason=f"{type(problem).__name__}: {problem}"[:200]) from problem
    finally:
        connection.close()


def stamper(url: str, send: Post = post) -> Callable[[bytes], bytes]:
    """Return what `credential.pades.seal_pdf` takes as its stamper.

    Args:
        url: Address of the authority.
        send: Carries a request there; tests put their own in its place.
    """
    return lambda request: send(url, request)
