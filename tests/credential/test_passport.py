"""The passport meets the published schema, and its claim is borne out by the certificate and by nothing else."""

import copy
import json
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from credential.sample import BODY, CERTIFICATE
from credential.untp import EARLY, EVIDENCE, INTEROP, NEW, PASSPORT, STATUS, STATUS_UNTP, problems
from footproof.canonical import canonical_bytes
from footproof.credential.claims import match_claims, read_attested, read_passport
from footproof.credential.conformity import credential_of
from footproof.credential.contexts import shipped
from footproof.credential.jose import read_object
from footproof.credential.passport import passport_of
from footproof.credential.untp import status_of
from footproof.credential.vcdm import validate_credential
from footproof.errors import FootproofError, ProofRejected
from footproof.model.certificate import StatusPlace

SCHEMA = NEW / "DigitalProductPassport.json"
PASS = passport_of(CERTIFICATE, PASSPORT)
DCC = credential_of(CERTIFICATE)
CLAIM = ("credentialSubject", "performanceClaim", 0)
ASSESSMENT = ("credentialSubject", "conformityAssessment", 0)
OTHER = "https://elsewhere.example/x"


@pytest.mark.parametrize("granularity", ["model", "batch", "item"])
@pytest.mark.parametrize("demonstration", [True, False])
def test_the_passport_meets_the_published_schema(granularity: Any, demonstration: bool) -> None:
    number = None if granularity == "model" else "2025-0342"
    certificate = replace(CERTIFICATE, demonstration=demonstration, rule_status="in-force")
    found = passport_of(certificate, replace(PASSPORT, granularity=granularity, number=number))
    validate_credential(found, shipped())
    canonical_bytes(found)
    assert ("示例 DEMO" in found["name"]) == demonstration
    assert problems(found, SCHEMA) == []


def test_the_index_is_text_by_default_and_a_number_in_the_profile_of_untp() -> None:
    found = passport_of(CERTIFICATE, PASSPORT, status=STATUS)
    validate_credential(found, shipped())
    assert found["credentialStatus"]["statusListIndex"] == "94567"
    assert passport_of(CERTIFICATE, PASSPORT, status=STATUS_UNTP)["credentialStatus"]["statusListIndex"] == 94567
    assert problems(passport_of(CERTIFICATE, PASSPORT, status=STATUS_UNTP), SCHEMA) == []
    # The known conflict of UNTP 0.7.0 with the Recommendation, and nothing beside it.
    assert problems(found, SCHEMA) == ["credentialStatus/statusListIndex: '94567' is not of type 'integer'"]


def test_a_place_in_two_lists_is_written_in_either_profile() -> None:
    place = StatusPlace("https://footproof.example/status/1", 94567)
    both = status_of(place)
    assert isinstance(both, list)
    assert [(one["statusPurpose"], one["statusListIndex"]) for one in both] == [
        ("revocation", "94567"),
        ("suspension", "94567"),
    ]
    validate_credential(passport_of(CERTIFICATE, PASSPORT, status=both), shipped())
    one = status_of(place, "untp-0.7.0")
    assert problems(passport_of(CERTIFICATE, PASSPORT, status=one), SCHEMA) == []


def test_a_passport_names_product_maker_figure_and_certificate() -> None:
    found = read_passport(read_object(canonical_bytes(PASS)))
    (claim,) = found.items
    assert (found.version, found.issuer, found.id) == ("0.7.0", CERTIFICATE.client.id, PASSPORT.address)
    assert claim.products == {CERTIFICATE.product_id}
    metric = "https://vocabulary.uncefact.org/performance-metric/product-carbon-footprint"
    assert (metric, Decimal(61234), "GRM") in claim.figures
    assert claim.evidence[0].url == EVIDENCE.url
    assert "61.234 kg CO2e / kWh" in PASS["credentialSubject"]["performanceClaim"][0]["description"]


def test_the_certificate_bears_the_claim_out() -> None:
    (found,) = match_claims(read_passport(PASS), read_attested(DCC), EVIDENCE.digest)
    assert (found.ok, found.reasons) == (True, ())
    assert found.assessment == f"{CERTIFICATE.id}#assessment"


@pytest.mark.parametrize("word", ["performance-metric", "conformity-topic"])
def test_both_spellings_of_an_address_are_one(word: str) -> None:
    other = json.loads(json.dumps(PASS).replace(f"/{word}/", f"/{word}s/"))
    assert other != PASS
    assert all(found.ok for found in match_claims(read_passport(other), read_attested(DCC), EVIDENCE.digest))


def _set(document: dict[str, Any], *path: Any, value: Any) -> dict[str, Any]:
    found = copy.deepcopy(document)
    place: Any = found
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return found


@pytest.mark.parametrize(
    ("code", "passport", "certificate"),
    [
        ("E-UNTP-PRODUCT", _set(PASS, "credentialSubject", "id", value=OTHER), DCC),
        ("E-UNTP-TOPIC", _set(PASS, *CLAIM, "conformityTopic", 0, "id", value=OTHER), DCC),
        ("E-UNTP-TOPIC", _set(PASS, *CLAIM, "conformityTopic", value=[]), DCC),
        ("E-UNTP-CRITERION", _set(PASS, *CLAIM, "referenceCriteria", 0, "id", value=OTHER), DCC),
        ("E-UNTP-CRITERION", _set(PASS, *CLAIM, "referenceCriteria", value=[]), DCC),
        ("E-UNTP-CONFORMANCE", PASS, _set(DCC, *ASSESSMENT, "conformance", value=False)),
        ("E-UNTP-FIGURE", _set(PASS, *CLAIM, "claimedPerformance", 0, "measure", "value", value=59000), DCC),
        ("E-UNTP-FIGURE", _set(PASS, *CLAIM, "claimedPerformance", 0, "metric", "id", value=OTHER), DCC),
        ("E-UNTP-EVIDENCE", _set(PASS, *CLAIM, "evidence", 0, "digestMultibase", value="zQmX"), DCC),
        ("E-UNTP-EVIDENCE", _set(PASS, *CLAIM, "evidence", value=[]), DCC),
        ("E-UNTP-SELF", _set(PASS, "issuer", "id", value=BODY), DCC),
        ("E-UNTP-NO-ASSESSMENT", PASS, _set(DCC, "credentialSubject", "conformityAssessment", value=[])),
    ],
)
def test_each_mismatch_has_its_reason(code: str, passport: dict[str, Any], certificate: dict[str, Any]) -> None:
    (found,) = match_claims(read_passport(passport), read_attested(certificate), EVIDENCE.digest)
    assert [reason.code for reason in found.reasons] == [code]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda found: found.update(type=["VerifiableCredential"]),
        lambda found: found.update({"@context": ["https://www.w3.org/ns/credentials/v2"]}),
        lambda found: found.update({"@context": 7}),
        lambda found: found.update(credentialSubject=[]),
        lambda found: found["credentialSubject"].update(id=7),
        lambda found: found["credentialSubject"].update(performanceClaim=["x"]),
        lambda found: found["credentialSubject"].update(performanceClaim=[{}] * 501),
        lambda found: found["credentialSubject"]["performanceClaim"][0]["claimedPerformance"][0]["measure"].update(
            value=True
        ),
        lambda found: found.update(issuer=""),
        lambda found: found.update(issuer={}),
    ],
)
def test_a_foreign_form_is_refused(spoil: Callable[[dict[str, Any]], None]) -> None:
    found = copy.deepcopy(PASS)
    spoil(found)
    with pytest.raises(ProofRejected) as refused:
        read_passport(found)
    assert refused.value.code == "E-UNTP-FORM"


@pytest.mark.parametrize("conformance", ["true", 1])
def test_conformance_is_true_or_it_is_not(conformance: object) -> None:
    with pytest.raises(ProofRejected, match="E-UNTP-FORM"):
        read_attested(_set(DCC, *ASSESSMENT, "conformance", value=conformance))


def test_the_published_samples_are_read() -> None:
    folder = EARLY.parents[1] / "samples/v0.7.0/dpp"
    if not folder.exists():
        pytest.skip("needs the published samples, kept beside the repository")
    for path in sorted(folder.glob("*.json")):
        assert read_passport(read_object(path.read_bytes())).items
    for path in sorted((INTEROP / "untp-0.7.0/published/samples/dcc").glob("*.json")):
        assert read_attested(read_object(path.read_bytes())).items


@pytest.mark.parametrize(
    "changed",
    [
        {"address": "no uri"},
        {"country": "China"},
        {"categories": ()},
        {"number": "1"},
        {"granularity": "item"},
    ],
)
def test_facts_of_another_form_are_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(FootproofError) as refused:
        replace(PASSPORT, **changed)
    assert refused.value.code == "E-UNTP-FACT"


def test_evidence_needs_a_digest() -> None:
    with pytest.raises(FootproofError, match="E-UNTP-FACT"):
        replace(EVIDENCE, digest="sha256:12")
