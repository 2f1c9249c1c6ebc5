"""A certificate says the same after the way through UNTP's vocabulary, and nothing else is taken for one."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credential.sample import CERTIFICATE, STARS
from footproof.canonical import canonical_bytes
from footproof.credential.conformity import certificate_of, credential_of, digest_multibase, exact_text
from footproof.errors import FootproofError, ProofRejected
from footproof.model.bilingual import Bilingual
from footproof.model.certificate import Certificate, RuleStatus, Stage

INTEROP = Path(__file__).resolve().parents[2] / "../shared/data/interop"
UNTP = INTEROP / "untp-0.7.0/published/schema/ConformityCredential.json"
VCDM = INTEROP / "w3c-vc-schema/verifiable-credential-schema.json"

figures = st.builds(
    lambda digits, exponent: Decimal(digits).scaleb(exponent),
    st.integers(-(10**15) + 1, 10**15 - 1),
    st.integers(-12, 3),
)
texts = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S")), min_size=1, max_size=20).filter(
    lambda text: text.isascii()
)
names = st.builds(Bilingual, st.sampled_from(["产品", "每千瓦时=1", "阶段 / 甲"]), texts)


@pytest.mark.parametrize("schema", [UNTP, VCDM], ids=lambda path: path.stem)
@pytest.mark.parametrize("demonstration", [True, False])
def test_the_credential_meets_the_published_schemas(schema: Path, demonstration: bool) -> None:
    if not schema.exists():
        pytest.skip(f"needs the published schema {schema.name}, kept beside the repository")
    certificate = replace(CERTIFICATE, demonstration=demonstration, rule_status="in-force", grade=STARS)
    rules = json.loads(schema.read_text("utf-8"))
    checker = jsonschema.Draft202012Validator(rules, format_checker=jsonschema.FormatChecker())
    found = sorted(checker.iter_errors(credential_of(certificate)), key=str)
    assert [error.message for error in found] == []


def test_a_planted_defect_fails_the_published_schema() -> None:
    if not UNTP.exists():
        pytest.skip(f"needs the published schema {UNTP.name}, kept beside the repository")
    credential = credential_of(CERTIFICATE)
    measure = credential["credentialSubject"]["conformityAssessment"][0]["assessedPerformance"][0]["measure"]
    measure["value"] = "61.234"
    checker = jsonschema.Draft202012Validator(json.loads(UNTP.read_text("utf-8")))
    assert not checker.is_valid(credential)


@settings(deadline=None)  # a busy machine is not a defect
@given(
    value=figures,
    unit=st.sampled_from(["kg CO2e / kWh", "t CO2e / t", "g CO2e / km", "kg CO2e", "kg CO2e / kg=1"]),
    stages=st.lists(st.tuples(texts, names, figures), max_size=4, unique_by=lambda stage: stage[0]),
    width=st.none() | st.tuples(st.integers(0, 5), st.integers(0, 5)),
    text=names,
)
def test_a_certificate_survives_the_way_there_and_back(
    value: Decimal,
    unit: str,
    stages: list[tuple[str, Bilingual, Decimal]],
    width: tuple[int, int] | None,
    text: Bilingual,
) -> None:
    step = Decimal(1).scaleb(value.adjusted())
    interval = None
    if width is not None:
        interval = (value - width[0] * step, value + width[1] * step)
        if any(len(end.normalize().as_tuple().digits) > 15 for end in interval):
            interval = None
    certificate = replace(
        CERTIFICATE,
        value=value,
        unit=unit,
        stages=tuple(Stage(*stage) for stage in stages),
        interval=interval,
        boundary=text,
    )
    written = canonical_bytes(credential_of(certificate))
    assert certificate_of(json.loads(written)) == certificate
    assert b"." not in b"".join(_numbers(json.loads(written)))


def _numbers(value: Any) -> list[bytes]:
    """Collect every JSON number, written out."""
    if isinstance(value, dict):
        return [number for item in value.values() for number in _numbers(item)]
    if isinstance(value, list):
        return [number for item in value for number in _numbers(item)]
    return [json.dumps(value).encode()] if isinstance(value, int | float) else []


@pytest.mark.parametrize(
    ("value", "unit", "measure"),
    [
        ("61.234", "kg CO2e / kWh", {"value": 61234, "unit": "GRM"}),
        ("870", "kg CO2e / t", {"value": 870, "unit": "KGM"}),
        ("0.0001", "kg CO2e", {"value": 100, "unit": "MGM"}),
        ("0.0000000001", "kg CO2e", None),
        ("-2.5", "t CO2e / t", {"value": -2500, "unit": "KGM"}),
        ("123456789012345", "kg CO2e", {"value": 123456789012345, "unit": "KGM"}),
        ("5", "mPt / kg", None),
    ],
)
def test_a_measure_is_a_whole_number_or_absent(value: str, unit: str, measure: object) -> None:
    certificate = replace(CERTIFICATE, value=Decimal(value), unit=unit, interval=None)
    assessment = credential_of(certificate)["credentialSubject"]["conformityAssessment"][0]
    assert assessment["assessedPerformance"][0].get("measure") == measure
    assert f"value={value}" in assessment["specifiedCondition"]


def test_the_interval_becomes_tolerances() -> None:
    assessment = credential_of(CERTIFICATE)["credentialSubject"]["conformityAssessment"][0]
    assert assessment["assessedPerformance"][0]["measure"] == {
        "value": 61234,
        "lowerTolerance": 2334,
        "upperTolerance": 4786,
        "unit": "GRM",
    }


def _assessment(credential: dict[str, Any]) -> dict[str, Any]:
    return credential["credentialSubject"]["conformityAssessment"][0]  # type: ignore[no-any-return]


def _line(credential: dict[str, Any], old: str, new: str) -> None:
    lines = _assessment(credential)["specifiedCondition"]
    lines[lines.index(old)] = new


CHANGES: dict[str, Callable[[dict[str, Any]], object]] = {
    "the measure says less than the line": lambda c: _assessment(c)["assessedPerformance"][0]["measure"].update(
        value=51234
    ),
    "the line says less than the measure": lambda c: _line(c, "value=61.234", "value=51.234"),
    "the measure is true": lambda c: _assessment(c)["assessedPerformance"][0]["measure"].update(value=True),
    "the value has an idle zero": lambda c: _line(c, "value=61.234", "value=61.2340"),
    "the value is in full-width digits": lambda c: _line(c, "value=61.234", "value=６１.234"),
    "the value is huge": lambda c: _line(c, "value=61.234", "value=1E+999999999"),
    "the value is not a number": lambda c: _line(c, "value=61.234", "value=NaN"),
    "a line is missing": lambda c: _assessment(c)["specifiedCondition"].remove("unit=kg CO2e / kWh"),
    "a line stands twice": lambda c: _assessment(c)["specifiedCondition"].append("unit=kg CO2e / t"),
    "a line is unknown": lambda c: _assessment(c)["specifiedCondition"].append("offset=61"),
    "a line is a number": lambda c: _assessment(c)["specifiedCondition"].append(1),
    "a million stages": lambda c: _line(c, "stages=3", "stages=1000000"),
    "an unknown member": lambda c: c.update(note="carbon neutral"),
    "another format": lambda c: _line(c, "format=footproof-certificate/1", "format=footproof-certificate/2"),
    "not a demonstration after all": lambda c: _line(c, "demonstration=yes", "demonstration=no"),
    "demonstration is unclear": lambda c: _line(c, "demonstration=yes", "demonstration=YES"),
    "the description flatters": lambda c: c["credentialSubject"].update(description="0 kg CO2e"),
    "the title hides DEMO": lambda c: c.update(name="Product carbon footprint certificate"),
    "the endorsement is claimed": lambda c: c["credentialSubject"].update(assessmentLevel="authority-mandate"),
    "another digest in the link": lambda c: _assessment(c)["evidence"][0].update(digestMultibase="zQm"),
    "the day has a time": lambda c: c.update(validUntil="2099-01-01T12:00:00Z"),
    "no subject": lambda c: c.pop("credentialSubject"),
    "two subjects": lambda c: c.update(credentialSubject=[c["credentialSubject"]] * 2),
    "another context": lambda c: c["@context"].append("https://elsewhere.example/context"),
    "the address of the body is half given": lambda c: _assessment(c)["specifiedCondition"].remove(
        "body.address.en=1 First Road, Demo City"
    ),
}


GRADES: dict[str, Callable[[dict[str, Any]], object]] = {
    "the line flatters": lambda c: _line(c, "grade=3", "grade=4"),
    "the score flatters": lambda c: c["credentialSubject"]["profileScore"].update(code="4"),
    "the score is a number": lambda c: c["credentialSubject"]["profileScore"].update(code=3),
    "the words flatter": lambda c: c["credentialSubject"]["profileScore"].update(definition="Four stars"),
    "the score is missing": lambda c: c["credentialSubject"].pop("profileScore"),
    "the line is missing": lambda c: _assessment(c)["specifiedCondition"].remove("grade=3"),
    "no grade": lambda c: _line(c, "grade=3", "grade=0"),
    "another spelling": lambda c: _line(c, "grade=3", "grade=03"),
}


@pytest.mark.parametrize("name", GRADES)
def test_a_grade_says_the_same_everywhere(name: str) -> None:
    credential = json.loads(canonical_bytes(credential_of(replace(CERTIFICATE, grade=STARS))))
    assert credential["credentialSubject"]["profileScore"] == {"code": "3", "definition": "三星级 / Three stars"}
    GRADES[name](credential)
    with pytest.raises(ProofRejected, match="E-CRED-CONTENT"):
        certificate_of(credential)


@pytest.mark.parametrize("name", CHANGES)
def test_a_credential_that_contradicts_itself_is_refused(name: str) -> None:
    credential = json.loads(canonical_bytes(credential_of(CERTIFICATE)))
    CHANGES[name](credential)
    with pytest.raises(ProofRejected) as caught:
        certificate_of(credential)
    assert caught.value.code == "E-CRED-CONTENT"


def test_the_digest_is_a_multihash_as_vcdm_writes_it() -> None:
    # VCDM 2.0 §5.3 and multihash: sha2-256 is 0x12, 32 bytes long is 0x20; base58btc "zQm…" as IPFS shows it.
    empty = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert digest_multibase(empty) == "zQmdfTbBqBPQ7VNxZEYEj14VmRuZBkqFbiwReogJgS1zR1n"


@pytest.mark.parametrize(
    ("figure", "text"),
    [("61.20", "61.2"), ("1E+3", "1000"), ("-0", "0"), ("-0.00", "0"), ("1E-7", "0.0000001"), ("100", "100")],
)
def test_a_figure_has_one_text(figure: str, text: str) -> None:
    assert exact_text(Decimal(figure)) == text


WRONG: dict[str, dict[str, Any]] = {
    "sixteen digits": {"value": Decimal("1.234567890123456"), "interval": None},
    "digits hidden beyond the context": {"value": Decimal("1." + "0" * 40 + "1"), "interval": None},
    "not finite": {"value": Decimal("NaN"), "interval": None},
    "no level": {"grade": STARS._replace(level=0)},
    "swollen exponent": {"value": Decimal("1E+31"), "interval": None},
    "value outside its interval": {"interval": (Decimal(1), Decimal(2))},
    "a digest without its kind": {"package_digest": "2b" * 32},
    "a digest in capitals": {"sheet_digest": "sha256:" + "3C" * 32},
    "an address with a fragment": {"id": "https://footproof.example/c/1#x"},
    "an address that runs": {"id": "javascript:alert(1)"},
    "a product without URI": {"product_id": "DM-811"},
    "ends before it starts": {"valid_until": date(2026, 11, 21)},
    "decided before the data were complete": {"decided_on": date(2025, 12, 30)},
    "decided after it began": {"decided_on": date(2026, 11, 23)},
    "no number": {"number": " "},
    "an unknown status": {"rule_status": "final"},
    "a stage twice": {"stages": CERTIFICATE.stages + CERTIFICATE.stages[:1]},
}


@pytest.mark.parametrize("name", WRONG)
def test_a_certificate_that_cannot_be_signed_exactly_is_refused(name: str) -> None:
    with pytest.raises(FootproofError) as caught:
        replace(CERTIFICATE, **WRONG[name])
    assert caught.value.code == "E-CERT-FIELD"


@pytest.mark.parametrize("status", ["draft", "provisional"])
def test_a_real_certificate_needs_a_rule_in_force(status: RuleStatus) -> None:
    with pytest.raises(FootproofError, match="E-CERT-RULE"):
        replace(CERTIFICATE, demonstration=False, rule_status=status)
    real: Certificate = replace(CERTIFICATE, demonstration=False, rule_status="in-force")
    assert "DEMO" not in credential_of(real)["credentialSubject"]["description"]


def test_a_text_needs_both_languages() -> None:
    with pytest.raises(FootproofError, match="E-TEXT-MISSING"):
        Bilingual("产品", " ")
