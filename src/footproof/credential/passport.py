"""UNTP Digital Product Passport 0.7.0 of a certified product: the maker claims the certified footprint.

The claim repeats the criteria, topic and performance of the certificate's credential and names that credential as
evidence, by address and digest. It is the maker who signs a passport, so nothing in it proves anything by itself:
`claims.match_claim` says whether the certificate bears the claim out.
"""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from footproof.credential.conformity import CONTEXTS, credential_of
from footproof.credential.recognition_lines import both, validity
from footproof.credential.untp import (
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
    scheme_of,
    since,
    titled,
    with_status,
)
from footproof.errors import FootproofError, Where
from footproof.model.certificate import Certificate, Party


@dataclass(frozen=True, slots=True)
class PassportFacts:
    """What a passport needs and a certificate does not hold.

    Args:
        address: URI of the passport.
        published: Day the maker publishes it.
        id_scheme: Scheme of the product's identifier.
        categories: What the product is, at least one.
        country: Where it is made, ISO 3166-1 alpha-2.
        evidence: The published certificate.
        granularity: A certificate covers a model; batches and items of it may have passports too.
        number: Of the batch or item, where the passport is about one.
        issuer: DID the maker signs as, where it is another than its identifier in the certificate.

    Raises:
        FootproofError: E-UNTP-FACT for a member of another form.
    """

    address: str
    published: date
    id_scheme: Party
    categories: tuple[Category, ...]
    country: str
    evidence: Evidence
    granularity: Literal["model", "batch", "item"] = "model"
    number: str | None = None
    issuer: str | None = None

    def __post_init__(self) -> None:
        need_uri("address", self.address)
        need_uri("id_scheme.id", self.id_scheme.id)
        need_country(self.country)
        if not self.categories:
            raise FootproofError("E-UNTP-FACT", Where("untp", field="categories"), found="—", needed="1 …")
        if (self.granularity == "model") != (self.number is None):
            raise FootproofError(
                "E-UNTP-FACT",
                Where("untp", field="number"),
                found=self.number,
                needed=f"granularity {self.granularity}",
            )


def passport_of(certificate: Certificate, facts: PassportFacts, *, status: Status | None = None) -> Json:
    """Return the passport of a certified product, unsigned; its issuer is the maker.

    Args:
        certificate: Of the product.
        facts: What else a passport needs.
        status: As `untp.status_of` gives it.

    Raises:
        FootproofError: As `credential_of`.
    """
    found: Json = {
        "@context": list(CONTEXTS),
        "type": ["DigitalProductPassport", "VerifiableCredential"],
        "id": facts.address,
        "name": titled(
            certificate,
            f"数字产品护照 {certificate.product_model}",
            f"Digital product passport {certificate.product_model}",
        ),
        "issuer": issuer_of(certificate.client, facts.issuer),
        **validity(since(certificate, facts.published), certificate.valid_until),
        "credentialSubject": _product(certificate, facts),
    }
    return with_status(found, status)


def _product(certificate: Certificate, facts: PassportFacts) -> Json:
    site = certificate.site
    found: Json = {
        "type": ["Product"],
        "id": certificate.product_id,
        "name": both(certificate.product_name),
        "idScheme": scheme_of(facts.id_scheme),
        "modelNumber": certificate.product_model,
        "idGranularity": facts.granularity,
        "productCategory": [category_of(one) for one in facts.categories],
        "relatedParty": [{"role": "manufacturer", "party": party_of(certificate.client)}],
        "producedAtFacility": {"type": ["Facility"], "id": site.id, "name": both(site.name)},
        "countryOfProduction": {"countryCode": facts.country},
        "performanceClaim": [_claim(certificate, facts)],
    }
    return found if facts.number is None else found | {f"{facts.granularity}Number": facts.number}


def _claim(certificate: Certificate, facts: PassportFacts) -> Json:
    subject = credential_of(certificate)["credentialSubject"]
    assessment = subject["conformityAssessment"][0]
    return {
        "type": ["Claim"],
        "id": f"{facts.address}#footprint",
        "name": titled(certificate, "产品碳足迹", "Product carbon footprint"),
        "description": subject["description"],
        "referenceCriteria": assessment["assessmentCriteria"],
        "claimDate": since(certificate, facts.published).isoformat(),
        "applicablePeriod": {
            "startDate": certificate.period_start.isoformat(),
            "endDate": certificate.period_end.isoformat(),
        },
        "claimedPerformance": assessment["assessedPerformance"],
        "evidence": [dcc_link(certificate, facts.evidence)],
        "conformityTopic": assessment["conformityTopic"],
    }
