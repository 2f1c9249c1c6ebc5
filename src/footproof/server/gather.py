"""Gather the material of a check from a source: what belongs to a certificate lies around it in the static tree.

The certificate itself says where: its address ends in `/c/<number>/`, and what comes before is the tree that has its
status lists and the recognition records. Nothing found here is believed; the check does that.
"""

from footproof.canonical import read_canonical
from footproof.check import Material
from footproof.credential import jose
from footproof.credential.conformity import certificate_of
from footproof.errors import FootproofError, ProofRejected
from footproof.model.certificate import STATUS_PURPOSES, Certificate, StatusPlace
from footproof.package import MOST_BYTES
from footproof.server.sources import Source

MOST_TOKEN = 400_000
MOST_SMALL = 1_000_000
MOST_LIST = 16_000_000
MOST_INDEX = 4_000_000
MOST_RECORDS = 10_000
INDEX_FORMAT = "footproof-recognition-index/1"


def gather(jwt: bytes, source: Source) -> Material:
    """Return what a source has about a certificate.

    Args:
        jwt: The certificate; it is read to learn where its material lies, and not believed.
        source: Where to look.

    Raises:
        FootproofError: E-SOURCE-SIZE for a larger file than any sound one, E-CHECK-INDEX for an index of recognition
            records of another form; what the source raises.
    """
    found = _certificate(jwt)
    address = found.id if found is not None else ""
    names = _listed_records(source)
    records = {name: source.read(name, MOST_TOKEN) for name in names}
    place = address.partition("/c/")[2].strip("/")
    base = address.removesuffix(f"/c/{place}/")
    here = f"c/{place}" if place and "/" not in place else "c/-"
    return Material(
        jwt=jwt,
        event=source.read(f"{here}/event.json", MOST_SMALL),
        proof=source.read(f"{here}/proof.txt", MOST_SMALL),
        package=source.read(f"{here}/package.footproof", MOST_BYTES),
        lists=_lists(found.status, base, source) if found is not None and found.status is not None else {},
        recognition=tuple(data for data in records.values() if data is not None),
        missing=tuple(name for name, data in records.items() if data is None),
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


def _listed_records(source: Source) -> tuple[str, ...]:
    """Return the names of the recognition records that a source lists."""
    data = source.read("recognition/index.json", MOST_INDEX)
    if data is None:
        return ()
    try:
        index = read_canonical(data)
        names = index["records"]
        if index.keys() != {"format", "records"} or index["format"] != INDEX_FORMAT:
            raise ValueError("format")
        if not isinstance(names, list) or len(names) > MOST_RECORDS or not all(isinstance(one, str) for one in names):
            raise ValueError("records")
    except (FootproofError, LookupError, TypeError, ValueError, AttributeError) as problem:
        raise FootproofError("E-CHECK-INDEX", reason=str(problem)[:200]) from problem
    return tuple(names)
