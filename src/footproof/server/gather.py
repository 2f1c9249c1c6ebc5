"""Gather the material of a check from a source: what belongs to a certificate lies around it in the static tree.

The certificate itself says where: its address ends in `/c/<number>/`, and what comes before is the tree that has its
status lists and the recognition records. Nothing found here is believed; the check does that.
"""

from collections.abc import Sequence

from footproof.check import Material
from footproof.credential import jose
from footproof.credential.conformity import certificate_of
from footproof.errors import FootproofError, ProofRejected
from footproof.model.certificate import STATUS_PURPOSES, Certificate, StatusPlace
from footproof.package import MOST_BYTES
from footproof.recognise.listing import read_listing
from footproof.server.log_source import MOST_BYTES as MOST_BUNDLE
from footproof.server.sources import Source
from footproof.tlog import Read
from footproof.tlog.note import MAX_NOTE

MOST_TOKEN = 400_000
MOST_SMALL = 1_000_000
MOST_LIST = 16_000_000
MOST_INDEX = 64_000_000
LISTING = "recognition/index.json"


def gather(jwt: bytes, source: Source) -> Material:
    """Return what a source has about a certificate.

    Args:
        jwt: The certificate; it is read to learn where its material lies, and not believed.
        source: Where to look.

    Raises:
        FootproofError: E-SOURCE-SIZE for a larger file than any sound one; what the source raises.
    """
    return gather_around(_certificate(jwt), jwt, source)


def gather_around(found: Certificate | None, jwt: bytes, source: Source) -> Material:
    """Return what a source has about a certificate that was read already, whatever form it came in.

    Args:
        found: What it says, not believed; None where it is none of ours.
        jwt: The logged token, or nothing where only another form of it is at hand.
        source: Where to look.

    Raises:
        FootproofError: As `gather`.
    """
    address = found.id if found is not None else ""
    listing = source.read(LISTING, MOST_INDEX)
    listed, added = _records(listing, source)
    records = {name: source.read(name, MOST_TOKEN) for name in listed}
    place = address.partition("/c/")[2].strip("/")
    base = address.removesuffix(f"/c/{place}/")
    here = f"c/{place}" if place and "/" not in place else "c/-"
    return Material(
        jwt=jwt,
        event=source.read(f"{here}/event.json", MOST_SMALL),
        proof=source.read(f"{here}/proof.txt", MOST_SMALL),
        package=source.read(f"{here}/package.footproof", MOST_BYTES),
        lists=_lists(found.status, base, source) if found is not None and found.status is not None else {},
        listing=listing,
        recognition={name: data for name, data in records.items() if data is not None} | dict.fromkeys(added, b""),
        log=_log(source),
    )


def _certificate(jwt: bytes) -> Certificate | None:
    """Return what a token says, unverified; None where it is none of ours."""
    try:
        return certificate_of(jose.payload_of(jwt))
    except ProofRejected:
        return None


def _lists(status: StatusPlace, base: str, source: Source) -> dict[str, bytes]:
    """Return the lists that lie in the same tree as the certificate."""
    found = {}
    for address in map(status.address, STATUS_PURPOSES):
        name = address.removeprefix(f"{base}/")
        if name != address:
            data = source.read(name, MOST_LIST)
            if data is not None:
                found[address] = data
    return found


def _records(listing: bytes | None, source: Source) -> tuple[Sequence[str], Sequence[str]]:
    """Return the files of the records that a list names, and of those that lie beside it without being named."""
    if listing is None:
        return (), ()
    try:
        named = read_listing(listing).listing.records
    except FootproofError:
        return (), ()  # the check says what is wrong with it
    beside = [name for name in source.names(LISTING) if name.endswith(".jwt") and name not in named]
    return tuple(named), beside


def _log(source: Source) -> Read:
    """Return a reader of the log that lies in the same tree."""

    def read(path: str) -> bytes:
        data = source.read(f"log/{path}", MAX_NOTE if path == "checkpoint" else MOST_BUNDLE)
        if data is None:
            raise FileNotFoundError(path)
        return data

    return read
