"""The facility record meets the schema of the pre-release, the only one to be had, and names the certificate."""

from dataclasses import replace

import pytest

from credential.sample import CERTIFICATE
from credential.untp import EARLY, EVIDENCE, FACILITY, STATUS, STATUS_UNTP, problems
from footproof.canonical import canonical_bytes
from footproof.credential.contexts import shipped
from footproof.credential.facility import facility_of
from footproof.credential.vcdm import validate_credential
from footproof.errors import FootproofError

SCHEMA = EARLY / "dfr/DigitalFacilityRecord.json"


@pytest.mark.parametrize("plus_code", [None, FACILITY.plus_code])
def test_the_record_meets_the_schema(plus_code: str | None) -> None:
    found = facility_of(CERTIFICATE, replace(FACILITY, plus_code=plus_code))
    validate_credential(found, shipped())
    canonical_bytes(found)
    assert problems(found, SCHEMA) == []


def test_the_index_is_text_by_default_and_a_number_in_the_profile_of_untp() -> None:
    assert problems(facility_of(CERTIFICATE, FACILITY, status=STATUS_UNTP), SCHEMA) == []
    assert problems(facility_of(CERTIFICATE, FACILITY, status=STATUS), SCHEMA) == [
        "credentialStatus/statusListIndex: '94567' is not of type 'integer'"
    ]


def test_the_record_names_the_certificate_and_claims_no_emissions() -> None:
    subject = facility_of(CERTIFICATE, FACILITY)["credentialSubject"]
    assert subject["relatedDocument"][0]["linkURL"] == EVIDENCE.url
    assert subject["relatedDocument"][0]["digestMultibase"].startswith("z")
    assert "performanceClaim" not in subject
    assert subject["id"] == CERTIFICATE.site.id


def test_facts_of_another_form_are_refused() -> None:
    for changed in ({"country": "cn"}, {"plus_code": "8Q"}, {"address": ""}, {"processes": ()}):
        with pytest.raises(FootproofError, match="E-UNTP-FACT"):
            replace(FACILITY, **changed)
