"""Whether a certificate was withdrawn or is suspended, as far as the lists at hand know, and how old that knowledge is.

W3C Bitstring Status List v1.0 §3.2. A list states the moment whose knowledge it is; the answer never claims to be
younger.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from footproof.check.material import Material
from footproof.credential import jose
from footproof.credential.status_list import Entry, Status, read_list, status_at
from footproof.errors import ProofRejected, Where
from footproof.model.certificate import STATUS_PURPOSES, Certificate

_SKEW = timedelta(days=1)
_ENDED = {"revocation": "E-CHECK-WITHDRAWN", "suspension": "E-CHECK-SUSPENDED"}


def check_status(
    certificate: Certificate,
    material: Material,
    keys: jose.FindKey,
    moment: datetime,
    *,
    present: datetime | None = None,
) -> Mapping[str, str]:
    """Return what the lists say, where neither purpose is set.

    Args:
        certificate: Whose signature holds.
        material: Holds the lists.
        keys: Finds the key of the body, which alone may state the lists.
        moment: The moment asked about. Lists know one state only: about an earlier moment they answer as of theirs.
        present: Now; a list that claims to know more than a day beyond it is refused. Not asked where left out.

    Raises:
        ProofRejected: E-CHECK-NO-STATUS where the certificate names no lists; E-CHECK-WITHDRAWN,
            E-CHECK-SUSPENDED; E-CHECK-MISSING where a list is not at hand; those of `jose.verify` and
            `status_list.status_at` where one is expired, not the body's, or another list.
    """
    place = certificate.status
    if place is None:
        raise ProofRejected("E-CHECK-NO-STATUS", Where("certificate"), found="—")
    # The place names both lists, also where the form of the credential has room for one.
    entries = [Entry(purpose, place.index, place.address(purpose)) for purpose in STATUS_PURPOSES]
    said = {entry.purpose: _status(entry, certificate, material, keys, moment) for entry in entries}
    for one in said.values():
        if present is not None and one.as_of is not None and one.as_of > present + _SKEW:
            raise ProofRejected("E-STATUS-NOT-YET", valid_from=_text(one.as_of), at=_text(present))
    for purpose, code in _ENDED.items():
        if said[purpose].set:
            raise ProofRejected(code, Where("certificate"), number=certificate.number, as_of=_text(said[purpose].as_of))
    dated = [one.as_of for one in said.values() if one.as_of is not None]
    ends = [one.valid_until for one in said.values() if one.valid_until is not None]
    as_of = min(dated) if len(dated) == len(said) else None  # of one undated list nobody knows how old it is
    return {
        "as_of": _text(as_of),
        "age": _age(max(0, int((moment - as_of).total_seconds()))) if as_of is not None else "—",
        "fresh": "yes" if all(one.fresh for one in said.values()) else "no",
        "relied_until": _text(min(ends, default=None)),
    }


def _status(entry: Entry, certificate: Certificate, material: Material, keys: jose.FindKey, moment: datetime) -> Status:
    data = material.lists.get(entry.list_url)
    if data is None:
        raise ProofRejected("E-CHECK-MISSING", what=entry.list_url)
    known = read_list(jose.verify(data, keys, jose.CREDENTIAL).credential)
    asked = max(moment, known.valid_from) if known.valid_from is not None else moment
    return status_at(entry, known, asked, issuer=certificate.body.id, url=entry.list_url)


def _text(moment: datetime | None) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if moment is not None else "—"


def _age(seconds: int) -> str:
    """Return an age in the largest unit that is not nought: 3 d, 5 h, 12 min, 40 s."""
    for unit, size in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"
