"""What a person hands to `check`: a certificate as token, SD-JWT, JSON or PDF, its address, the mark or a photo of it.

All end in the same: the token, the place its material comes from, and what else was handed over and has to agree.
"""

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from footproof.credential import jose, sd_jwt
from footproof.credential.selective import is_selective
from footproof.errors import FootproofError, ProofRejected, Where
from footproof.server.drawing import is_drawing, read_drawing
from footproof.server.fetch import fetch
from footproof.server.gather import MOST_TOKEN
from footproof.server.photo import is_picture, read_codes
from footproof.server.sources import FirstOf, Get, LooseFiles, Source, TreeFolder, Web, read_place

PDF = b"%PDF"
SECONDS = 20.0
MOST_SECONDS = 300.0
MOST_FETCHED = 512_000_000
MOST_FILE = 20_000_000
_PAGE = re.compile(r"(?P<base>https?://[^\s?#]+?)/c/(?P<number>[A-Za-z0-9][A-Za-z0-9._-]{0,99})(/.*)?", re.ASCII)
_TYPES = (
    "application/json",
    "application/octet-stream",
    "application/vc+jwt",
    "application/jwt",
    "text/plain",
    "application/zip",
)
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True)
class Target:
    """What is to be checked.

    Args:
        jwt: The token.
        source: Where its material lies.
        document: The JSON with an embedded proof that was handed over.
        pdf: The PDF that was handed over.
        showing: The SD-JWT that was handed over.
        address: The address that a photo or the caller gave.
    """

    jwt: bytes
    source: Source
    document: bytes | None = None
    pdf: bytes | None = None
    showing: bytes | None = None
    address: str | None = None


def find_target(given: str, places: tuple[Source, ...], *, online: bool) -> Target:
    """Return what a person means by a file name or an address.

    Args:
        given: Path of a file, or an address.
        places: Trees to look in before any other.
        online: Whether addresses may be fetched.

    Raises:
        FootproofError: E-CHECK-KIND where it is nothing that can be checked; E-CHECK-OFFLINE; E-PHOTO-…; E-FETCH-…;
            E-FILE-READ.
    """
    if "://" in given:
        return _at_address(given, places, online=online, by_hand=True)
    file = Path(given)
    data = _read(file)
    around = (*places, *around_file(file))
    if is_picture(data):
        return _at_address(_pictured(data, file.name), places, online=online, by_hand=False)
    if is_drawing(data):
        # A mark that lies in its tree is checked against that tree, as the certificate beside it would be.
        return _at_address(_drawn(data, file.name), around, online=online, by_hand=False)
    return _in_file(data, FirstOf(around), file.name)


def _in_file(data: bytes, around: Source, file: str) -> Target:
    """Return the certificate in a file: as PDF, as JSON, as SD-JWT, or the token itself."""
    if data.startswith(PDF):
        from footproof.credential.pdf_form import JWT_NAME, open_pdf  # loads a PDF library

        return Target(open_pdf(data, file).files[JWT_NAME], around, pdf=data)
    if data.lstrip().startswith(b"{"):
        return Target(_named(jose.read_object(data), around, file), around, document=data)
    if is_selective(data):
        showing = data.strip()
        return Target(_named(sd_jwt.claims_of(showing), around, file), around, showing=showing)
    return Target(data.strip(), around)


def _pictured(data: bytes, file: str) -> str:
    """Return the one address of a certificate in a picture; of two, nobody can say which mark was meant."""
    return _one_address(read_codes(data, file), file)


def _drawn(data: bytes, file: str) -> str:
    """Return the address of the certificate in a drawing; the code and the words must lead to the same."""
    found = read_drawing(data, file)
    address = _one_address(found.codes or found.addresses, file)
    others = {text for text in found.addresses if _PAGE.fullmatch(text)} - {address}
    if others:
        told = ", ".join([address, *sorted(others)])[:300]
        raise FootproofError("E-PHOTO-MANY", Where(file), count=1 + len(others), found=told)
    return address


def _one_address(texts: tuple[str, ...], file: str) -> str:
    addresses = [text for text in texts if _PAGE.fullmatch(text)]
    if not addresses:
        raise FootproofError("E-PHOTO-OTHER", Where(file), found=texts[0][:200])
    if len(addresses) > 1:
        raise FootproofError("E-PHOTO-MANY", Where(file), count=len(addresses), found=", ".join(addresses)[:300])
    return addresses[0]


def _at_address(address: str, places: tuple[Source, ...], *, online: bool, by_hand: bool) -> Target:
    """Return the certificate of an address, from a tree at hand or from the network."""
    found = _PAGE.fullmatch(address)
    if found is None:
        raise FootproofError("E-CHECK-KIND", found=address[:200])
    number, base = found["number"], found["base"]
    here = [place for place in places if place.read(f"c/{number}/certificate.jwt", MOST_TOKEN) is not None]
    if here or not online:
        if not here:
            raise FootproofError("E-CHECK-OFFLINE", address=address[:200])
        source: Source = FirstOf(tuple(here))
    else:
        source = Web(base, getter(base, private=by_hand and urlsplit(base).hostname in _LOOPBACK))
    return Target(_token(number, source), source, address=address)


def getter(base: str, *, private: bool) -> Get:
    """Return the function that fetches files of a tree, all together within MOST_SECONDS and MOST_FETCHED bytes.

    It returns None for what the server does not have.

    Args:
        base: Address of the tree.
        private: Whether it lies on this very machine, as the caller said by name. A photo never says so.
    """
    port = urlsplit(base).port
    ports = (port,) if port is not None and private else ()
    end, left = time.monotonic() + MOST_SECONDS, MOST_FETCHED

    def get(address: str, most: int) -> bytes | None:
        nonlocal left
        # Each file has limits of its own, but a server says itself how many files there are.
        seconds = min(SECONDS, end - time.monotonic())
        if seconds <= 0:
            raise FootproofError("E-FETCH-TIME", url=address)
        if left <= 0:
            raise FootproofError("E-FETCH-SIZE", url=address, limit=MOST_FETCHED)
        try:
            most = min(most, left)
            data = fetch(
                address, most_bytes=most, seconds=seconds, accept=_TYPES, allow_private=private, ports=ports
            ).data
            left -= len(data)
            return data
        except FootproofError as problem:
            if problem.code == "E-FETCH-STATUS" and str(problem.values.get("found")) == "404":
                return None
            raise

    return get


def _named(credential: Mapping[str, Any], source: Source, file: str) -> bytes:
    """Return the logged token of the certificate that a document says it is."""
    found = _PAGE.fullmatch(str(credential.get("id")))
    if found is None:
        raise ProofRejected("E-CHECK-KIND", Where(file), found=str(credential.get("id"))[:200])
    return _token(found["number"], source)


def _token(number: str, source: Source) -> bytes:
    data = source.read(f"c/{number}/certificate.jwt", MOST_TOKEN)
    if data is None:
        raise ProofRejected("E-CHECK-MISSING", what=f"c/{number}/certificate.jwt ({source.place})")
    return data.strip()


def around_file(file: Path) -> tuple[Source, ...]:
    """Return the tree that a file lies in, if it does, and the folder it lies in.

    Args:
        file: Somewhere on this machine.
    """
    folder = file.resolve().parent
    trees = [TreeFolder(place) for place in (folder, *folder.parents[:3]) if (place / "trust.json").is_file()]
    return (*trees[:1], LooseFiles(folder))


def _read(file: Path) -> bytes:
    shown = str(file)[-120:]
    try:
        data = read_place(file, shown, MOST_FILE)
        there = file.exists()
    except OSError as problem:
        raise FootproofError("E-FILE-READ", path=shown, reason=problem.strerror) from problem
    if data is None:
        raise FootproofError("E-FILE-READ", path=shown, reason="not a file" if there else "no such file")
    return data
