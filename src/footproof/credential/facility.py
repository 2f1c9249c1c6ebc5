"""UNTP Digital Facility Record 0.7.0 of the site of a certified product.

The released schema of this record was not to be had; the one followed is the pre-release of April 2026, written so
that it also keeps what the released schemas of the other records changed (no `type` on links, codes and addresses).
The record makes no claim about the site's own emissions: what is certified is a product. It names the certificate.
"""

from dataclasses import dataclass
from datetime import date

from footproof.credential.conformity import CONTEXTS
from footproof.credential.recognition_lines import both, validity
from footproof.credential.untp import (
    Address,
    Category,
    Evidence,
    Json,
    Status,
    category_of,
    dcc_link,
    issuer_of,
    need_country,
    need_uri,
    party_of,
    since,
    titled,
    with_status,
)
from footproof.errors import FootproofError, Where
from footproof.model.certificate import Certificate


@dataclass(frozen=True, slots=True)
class FacilityFacts:
    """What a facility record needs and a certificate does not hold.

    Args:
        address: URI of the record.
        published: Day the maker publishes it.
        place: Where the site is.
        country: Of the site, ISO 3166-1 alpha-2.
        processes: What is done there, at least one.
        evidence: The published certificate.
        plus_code: URI of the open location code, where known. Coordinates would be floats and are not written.
        issuer: DID the maker signs as, where it is another than its identifier in the certificate.

    Raises:
        FootproofError: E-UNTP-FACT for a member of another form.
    """

    address: str
    published: date
    place: Address
    country: str
    processes: tuple[Category, ...]
    evidence: Evidence
    plus_code: str | None = None
    issuer: str | None = None

    def __post_init__(self) -> None:
        need_uri("address", self.address)
        need_country(self.country)
        if self.plus_code is not None:
            need_uri("plus_code", self.plus_code)
        if not self.processes:
            raise FootproofError("E-UNTP-FACT", Where("untp", field="processes"), found="—", needed="1 …")


def facility_of(certificate: Certificate, facts: FacilityFacts, *, status: Status | None = None) -> Json:
    """Return the record of the site of a certified product, unsigned; its issuer is the maker.

    Args:
        certificate: Of a product made there.
        facts: What else a record needs.
        status: As `untp.status_of` gives it.
    """
    site = both(certificate.site.name)
    found: Json = {
        "@context": list(CONTEXTS),
        "type": ["DigitalFacilityRecord", "VerifiableCredential"],
        "id": facts.address,
        "name": titled(
            certificate,
            f"数字场所记录：{certificate.site.name.zh}",
            f"Digital facility record: {certificate.site.name.en}",
        ),
        "issuer": issuer_of(certificate.client, facts.issuer),
        **validity(since(certificate, facts.published), certificate.valid_until),
        "credentialSubject": {
            "type": ["Facility"],
            "id": certificate.site.id,
            "name": site,
            "countryOfOperation": {"countryCode": facts.country},
            "processCategory": [category_of(one) for one in facts.processes],
            "relatedParty": [{"role": "operator", "party": party_of(certificate.client)}],
            "relatedDocument": [dcc_link(certificate, facts.evidence)],
            "locationInformation": {} if facts.plus_code is None else {"plusCode": facts.plus_code},
            "address": _address(facts),
        },
    }
    return with_status(found, status)


def _address(facts: FacilityFacts) -> Json:
    place = facts.place
    return {
        "streetAddress": both(place.street),
        "postalCode": place.postal_code,
        "addressLocality": both(place.locality),
        "addressRegion": both(place.region),
        "addressCountry": {"countryCode": facts.country},
    }
