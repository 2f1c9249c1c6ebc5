"""The same certificate, passport and facility record in UNTP 0.6.1, the version today's test tools know.

0.6.1 has no list of free text in an assessment. The lines that carry a certificate exactly stand in the description of
the attestation instead, below a sentence for people; a reader takes them, writes the credential again and compares. It
has neither tolerances nor a member for the model: these stand in the lines only. The scorecard of emissions is left
out: it wants a share of primary data, which no certificate states. The anchor of 0.6.1 is in `anchor`.
"""

from collections.abc import Mapping
from decimal import InvalidOperation
from typing import Any

from footproof.credential.conformity import certificate_from_lines, credential_of, lines_of, same_json
from footproof.credential.facility import FacilityFacts
from footproof.credential.passport import PassportFacts
from footproof.credential.recognition_lines import V2, both, validity
from footproof.credential.untp import (
    DCC_LINK,
    Category,
    Evidence,
    Json,
    Status,
    dcc_name,
    issuer_of,
    scheme_of,
    since,
    titled,
    with_status,
)
from footproof.errors import FootproofError, ProofRejected, Where
from footproof.model.certificate import Certificate, Party

TOPIC = "environment.emissions"
MOST_LINES = 4000

_CONTEXT = "https://test.uncefact.org/vocabulary/untp/{}/0.6.1/"
_FIRST_LINE = "footproof-certificate-lines/1"
_STATUSES = {"in-force": "active", "draft": "proposed", "provisional": "proposed"}
# No part of the content: a status entry may be given to a credential, and a proof may be embedded in it.
_BESIDE = ("credentialStatus", "proof")


def conformity_061(certificate: Certificate, *, status: Status | None = None) -> Json:
    """Return a certificate as a Digital Conformity Credential of UNTP 0.6.1, unsigned.

    Args:
        certificate: The decision to publish.
        status: As `untp.status_of` gives it.

    Raises:
        FootproofError: E-UNTP-FACT where a text of the certificate has more than one line.
    """
    newer = credential_of(certificate)
    subject = newer["credentialSubject"]
    found = _credential("dcc", "DigitalConformityCredential", certificate.id, certificate.body) | {
        **validity(certificate.valid_from, certificate.valid_until),
        "credentialSubject": {
            "type": ["ConformityAttestation", "Attestation"],
            "id": subject["id"],
            "name": subject["name"],
            "description": _description(newer),
            "assessorLevel": "3rdParty",
            "assessmentLevel": "Unspecified",
            "attestationType": "certification",
            "issuedToParty": _named(certificate.client),
            "auditableEvidence": _secure(subject["auditableEvidence"], certificate.package_digest),
            "assessment": [_assessment(certificate, newer)],
        },
    }
    return with_status(found, status)


def certificate_of_061(credential: Mapping[str, Any]) -> Certificate:
    """Return the certificate that a 0.6.1 credential of ours states.

    Args:
        credential: Payload of which a signature has held; the caller has compared key and issuer.

    Raises:
        ProofRejected: E-CRED-CONTENT where it is none of ours, or says one thing in its lines and another in its
            members.
    """
    try:
        _, _, text = str(credential["credentialSubject"]["description"]).partition(f"\n{_FIRST_LINE}\n")
        lines: dict[str, str] = {}
        for line in text.split("\n", MOST_LINES):
            key, mark, value = line.partition("=")
            if not mark or key in lines:
                raise ValueError(f"line {key!r} stands twice or says nothing")
            lines[key] = value
        certificate = certificate_from_lines(lines)
        needed = conformity_061(certificate)
        bare = {key: value for key, value in credential.items() if key not in _BESIDE}
        same = same_json(needed, bare)
    except FootproofError as problem:
        raise _refused(str(problem)) from problem
    except (LookupError, ValueError, TypeError, AttributeError, InvalidOperation) as problem:
        raise _refused(f"{type(problem).__name__}: {problem}") from problem
    if not same:
        differing = sorted(key for key in needed.keys() | bare.keys() if not same_json(needed.get(key), bare.get(key)))
        raise _refused(f"{differing[0]} does not follow from its lines")
    return certificate


def passport_061(certificate: Certificate, facts: PassportFacts, *, status: Status | None = None) -> Json:
    """Return the passport of a certified product in UNTP 0.6.1, unsigned; its issuer is the maker.

    Args:
        certificate: Of the product.
        facts: As for 0.7.0; the evidence is the certificate in 0.6.1.
        status: As `untp.status_of` gives it.
    """
    newer = credential_of(certificate)
    product: Json = {
        "type": ["Product"],
        "id": certificate.product_id,
        "name": both(certificate.product_name),
        "registeredId": certificate.product_model,
        "idScheme": scheme_of(facts.id_scheme),
        "productCategory": [_category(one) for one in facts.categories],
        "producedByParty": _named(certificate.client),
        "producedAtFacility": _named(certificate.site),
        "countryOfProduction": facts.country,
    }
    if facts.number is not None:
        product[{"batch": "batchNumber", "item": "serialNumber"}[facts.granularity]] = facts.number
    found = _credential("dpp", "DigitalProductPassport", facts.address, certificate.client, facts.issuer) | {
        **validity(since(certificate, facts.published), certificate.valid_until),
        "credentialSubject": {
            "type": ["ProductPassport"],
            "id": f"{facts.address}#passport",
            "product": product,
            "granularityLevel": facts.granularity,
            "conformityClaim": [
                {
                    "type": ["Claim", "Declaration"],
                    "id": f"{facts.address}#footprint",
                    **_declared(certificate, newer),
                    "description": newer["credentialSubject"]["description"],
                    "conformityEvidence": _link(certificate, facts.evidence)
                    | {"hashDigest": facts.evidence.digest.removeprefix("sha256:"), "hashMethod": "SHA-256"}
                    | {"encryptionMethod": "none"},
                }
            ],
        },
    }
    return with_status(found, status)


def facility_061(certificate: Certificate, facts: FacilityFacts, *, status: Status | None = None) -> Json:
    """Return the record of the site of a certified product in UNTP 0.6.1, unsigned; its issuer is the maker.

    Args:
        certificate: Of a product made there.
        facts: As for 0.7.0. 0.6.1 has no place for a link to the certificate in a record without claims.
        status: As `untp.status_of` gives it.
    """
    place = facts.place
    facility: Json = {
        "type": ["Facility"],
        **_named(certificate.site),
        "description": titled(certificate, "认证产品的生产场所", "Site of a certified product"),
        "countryOfOperation": facts.country,
        "processCategory": [_category(one) for one in facts.processes],
        "operatedByParty": _named(certificate.client),
        "address": {
            "streetAddress": both(place.street),
            "postalCode": place.postal_code,
            "addressLocality": both(place.locality),
            "addressRegion": both(place.region),
            "addressCountry": facts.country,
        },
    }
    if facts.plus_code is not None:
        facility["locationInformation"] = {"plusCode": facts.plus_code}
    found = _credential("dfr", "DigitalFacilityRecord", facts.address, certificate.client, facts.issuer) | {
        **validity(since(certificate, facts.published), certificate.valid_until),
        "credentialSubject": {
            "type": ["FacilityRecord"],
            "id": f"{facts.address}#record",
            "facility": facility,
        },
    }
    return with_status(found, status)


def _credential(kind: str, name: str, address: str, issuer: Party, did: str | None = None) -> Json:
    return {
        "type": [name, "VerifiableCredential"],
        "@context": [V2, _CONTEXT.format(kind)],
        "id": address,
        "issuer": issuer_of(issuer, did),
    }


def _description(newer: Json) -> str:
    lines = [f"{key}={value}" for key, value in lines_of(newer).items()]
    found = next((line for line in lines if "\n" in line), None)
    if found is not None:
        raise FootproofError("E-UNTP-FACT", Where("certificate"), found=found[:200], needed="one line")
    return "\n".join([newer["credentialSubject"]["description"], _FIRST_LINE, *lines])


def _assessment(certificate: Certificate, newer: Json) -> Json:
    assessment = newer["credentialSubject"]["conformityAssessment"][0]
    product = {"id": certificate.product_id, "name": both(certificate.product_name)}
    return {
        "type": ["ConformityAssessment", "Declaration"],
        "id": assessment["id"],
        "name": assessment["name"],
        **_declared(certificate, newer),
        "assessedProduct": [
            {"product": product | {"registeredId": certificate.product_model}, "IDverifiedByCAB": True}
        ],
        "assessedFacility": [{"facility": _named(certificate.site), "IDverifiedByCAB": True}],
        "assessedOrganisation": _named(certificate.client),
    }


def _declared(certificate: Certificate, newer: Json) -> Json:
    """Return what a claim and an assessment have in common: criteria, day, figures, conformance, topic."""
    assessment = newer["credentialSubject"]["conformityAssessment"][0]
    performances = assessment["assessedPerformance"]
    return {
        "assessmentCriteria": [
            {
                "type": ["Criterion"],
                "id": one["id"],
                "name": one["name"],
                "description": f"{certificate.rule_id} {certificate.rule_edition} ({certificate.rule_status})",
                "conformityTopic": TOPIC,
                "status": _STATUSES[certificate.rule_status],
            }
            for one in assessment["assessmentCriteria"]
        ],
        "assessmentDate": certificate.decided_on.isoformat(),
        "declaredValue": [_metric(one) for one in performances if "measure" in one],
        "conformance": True,
        "conformityTopic": TOPIC,
    }


def _metric(performance: Json) -> Json:
    metric, measure = performance["metric"], performance["measure"]
    return {
        "metricName": f"{metric['name']} [{metric['id'].rpartition(':')[2].rpartition('/')[2]}]",
        "metricValue": {"value": measure["value"], "unit": measure["unit"]},
    }


def _named(party: Party) -> Json:
    return {"id": party.id, "name": both(party.name)}


def _category(category: Category) -> Json:
    scheme = category.scheme.id
    return {
        "type": ["Classification"],
        "id": f"{scheme}{'' if scheme.endswith('/') else '#'}{category.code}",
        "code": category.code,
        "name": both(category.name),
        "schemeID": scheme,
        "schemeName": both(category.scheme.name),
    }


def _link(certificate: Certificate, evidence: Evidence) -> Json:
    return {"linkURL": evidence.url, "linkName": dcc_name(certificate), "linkType": DCC_LINK}


def _secure(link: Json, digest: str) -> Json:
    return {
        "linkURL": link["linkURL"],
        "linkName": link["linkName"],
        "linkType": link["linkType"],
        "hashDigest": digest.removeprefix("sha256:"),
        "hashMethod": "SHA-256",
        "encryptionMethod": "none",
    }


def _refused(reason: str) -> ProofRejected:
    return ProofRejected("E-CRED-CONTENT", Where("credential"), reason=reason[:300])
