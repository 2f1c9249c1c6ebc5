"""Records as credentials of UNTP and of W3C, and back: nothing is lost, nothing contradictory is believed."""

import copy
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, cast

import jsonschema
import pytest

from footproof.canonical import canonical_bytes
from footproof.credential.anchor import Version, anchor_credential, grant_of, read_anchor
from footproof.credential.contexts import shipped
from footproof.credential.recognized import read_recognized, recognized_credential, record_of
from footproof.credential.vcdm import validate_credential
from footproof.errors import FootproofError, ProofRejected
from footproof.model.recognition import Accreditation, Arrangement, Change, SchemeEdition, Statement
from recognise.test_cases import CASES
from recognise.world import changed, sound_world

INTEROP = Path(__file__).resolve().parents[2] / "../shared/data/interop"
ADDRESS = "https://ab.example/recognition/42"
RECORDS = sound_world()[1]
GRANT = RECORDS.accreditations["did:web:body.example"][0]
VERSIONS: tuple[Version, ...] = ("0.7.0", "0.6.1")
STATUS = {
    "type": "BitstringStatusListEntry",
    "statusPurpose": "revocation",
    "statusListIndex": "7",
    "statusListCredential": "https://ab.example/status/1",
}
SCHEMAS = {
    "0.7.0": INTEROP / "untp-0.7.0/published/schema/DigitalIdentityAnchor.json",
    "0.6.1": INTEROP / "untp-0.6.1/dia/untp-dia-schema.json",
}
SAMPLES = [
    *sorted(INTEROP.glob("untp-0.7.0/published/samples/dia/*.json")),
    INTEROP / "untp-0.6.1/dia/DigitalIdentityAnchor-instance.json",
]


def statements() -> Iterator[Statement]:
    """Every record of every case, each once."""
    seen = set()
    for _, case in CASES:
        for one in changed(case)[1].records:
            if hasattr(one, "stated_by") and one not in seen:
                seen.add(one)
                yield cast(Statement, one)


STATEMENTS = list(statements())
GRANTS = [one for one in STATEMENTS if isinstance(one, Accreditation)]


def test_there_is_enough_to_try() -> None:
    assert len(GRANTS) > 40
    assert len({type(one) for one in STATEMENTS}) == 6


@pytest.mark.parametrize("version", VERSIONS)
def test_a_grant_survives_its_anchor(version: Version) -> None:
    for one in GRANTS:
        credential = json.loads(canonical_bytes(anchor_credential(one, ADDRESS, version=version, status=STATUS)))
        assert grant_of(credential) == one


@pytest.mark.parametrize("upper", [None, "https://global.example/members"])
def test_a_record_survives_its_recognised_entity_credential(upper: str | None) -> None:
    for one in STATEMENTS:
        credential = recognized_credential(one, ADDRESS, recognized_in=upper, status=STATUS)
        assert record_of(json.loads(canonical_bytes(credential))) == one


def test_a_scheme_edition_recognises_nobody() -> None:
    edition = next(one for one in STATEMENTS if isinstance(one, SchemeEdition))
    (found,) = read_recognized(recognized_credential(edition, ADDRESS))
    assert (found.entity, found.action) == (edition.owner.id, "")


@pytest.mark.parametrize("version", VERSIONS)
def test_an_anchor_is_valid_by_the_published_schema(version: Version) -> None:
    if not SCHEMAS[version].exists():
        pytest.skip("needs ../shared/data/interop/untp-*")
    validator = jsonschema.Draft202012Validator(
        json.loads(SCHEMAS[version].read_text("utf-8")), format_checker=jsonschema.FormatChecker()
    )
    for one in GRANTS:
        assert list(validator.iter_errors(anchor_credential(one, ADDRESS, version=version))) == []
    # UNTP wants the index as an integer, W3C as text; which of the two is the issuer's choice.
    integer = STATUS | {"statusListIndex": 7}
    assert list(validator.iter_errors(anchor_credential(GRANT, ADDRESS, version=version, status=integer))) == []


def test_every_credential_conforms_to_vcdm() -> None:
    contexts = shipped()
    for one in GRANTS:
        validate_credential(anchor_credential(one, ADDRESS), contexts)
        validate_credential(anchor_credential(one, ADDRESS, version="0.6.1"), contexts)
    for record in STATEMENTS:
        validate_credential(recognized_credential(record, ADDRESS, recognized_in="https://a.example/1"), contexts)


def paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield (*path, key)
        yield from paths(item, (*path, key))


def spoiled(credential: Mapping[str, Any], path: tuple[Any, ...], with_it: Callable[[Any], Any]) -> Any:
    found = copy.deepcopy(credential)
    place: Any = found
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = with_it(place[path[-1]])
    return found


def _other(value: Any) -> Any:
    return f"{value}x" if isinstance(value, str) else [value]


@pytest.mark.parametrize("kind", ["anchor-0.7.0", "anchor-0.6.1", "recognised"])
def test_a_member_that_does_not_follow_from_the_record_is_refused(kind: str) -> None:
    if kind == "recognised":
        read: Callable[[Mapping[str, Any]], Statement] = record_of
        credential = recognized_credential(GRANT, ADDRESS)
    else:
        read = grant_of
        credential = anchor_credential(GRANT, ADDRESS, version=cast(Version, kind.removeprefix("anchor-")))
    tried = 0
    for path in paths(credential):
        if path == ("id",):  # The address of a credential is no part of the record; the signature covers it.
            continue
        with pytest.raises(ProofRejected) as caught:
            read(spoiled(credential, path, _other))
        assert caught.value.code == "E-RECOG-CREDENTIAL"
        tried += 1
    assert tried > 25
    with pytest.raises(ProofRejected, match="E-RECOG-CREDENTIAL"):
        read(credential | {"termsOfUse": {"type": "https://example.org/T"}})


def test_a_line_of_another_record_is_refused() -> None:
    other = replace(GRANT, number="AB-C-0043")
    lines = anchor_credential(other, ADDRESS)["description"]
    with pytest.raises(ProofRejected, match="does not follow from its line"):
        grant_of(anchor_credential(GRANT, ADDRESS) | {"description": lines})


def test_an_anchor_lists_only_scopes_that_are_open() -> None:
    first, second = replace(GRANT.scopes[0], id="1"), replace(GRANT.scopes[0], id="2", places=("place:DE",))
    change = Change("reduced", date(2026, 2, 1), date(2026, 2, 1), ("1",))
    reduced = replace(GRANT, scopes=(first, second), changes=(change,))
    scopes = anchor_credential(reduced, ADDRESS)["credentialSubject"]["registrationScope"]
    assert scopes == [
        "urn:footproof:scope:activity=product-certification;scheme=pcf@2026;category=cpc-2.1:464;place=place:DE;"
        "first=2025-01-10;last=2029-01-09"
    ]
    assert [one.action for one in read_recognized(recognized_credential(reduced, ADDRESS))] == ["issue"]
    withdrawn = replace(GRANT, changes=(Change("withdrawn", date(2026, 2, 1), date(2026, 2, 1)),))
    assert anchor_credential(withdrawn, ADDRESS)["credentialSubject"]["registrationScope"] == []
    assert read_recognized(recognized_credential(withdrawn, ADDRESS))[0].action == ""


@pytest.mark.parametrize("version", VERSIONS)
def test_an_anchor_of_ours_reads_as_anybodys(version: Version) -> None:
    found = read_anchor(anchor_credential(GRANT, ADDRESS, version=version))
    assert (found.version, found.issuer, found.subject) == (version, "did:web:ab.example", "did:web:body.example")
    assert (found.register, found.number, len(found.scopes)) == ("accreditation", "AB-C-0042", 1)
    assert found.name == "示例认证中心 / DEMO Certification Centre"


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_a_published_sample_of_an_anchor_is_read(path: Path) -> None:
    if not path.exists():
        pytest.skip("needs ../shared/data/interop/untp-*")
    found = read_anchor(json.loads(path.read_text("utf-8")))
    assert found.issuer.startswith("did:web:")
    assert found.subject.startswith("did:web:")
    assert found.register in {"trademark", "business", "land", "facility"}
    assert found.scopes
    with pytest.raises(ProofRejected, match="E-RECOG-CREDENTIAL"):
        grant_of(json.loads(path.read_text("utf-8")))


# After the use case "product conformity" of the Working Draft, list-example/conformity-accreditation.json.
DRAFT: dict[str, Any] = {
    "@context": ["https://www.w3.org/ns/credentials/v2", "https://www.w3.org/ns/credentials/examples/v2"],
    "type": ["VerifiableCredential", "RecognizedEntityCredential"],
    "issuer": {"id": "did:web:accreditation.example.gov", "type": "RecognizedIssuer"},
    "validFrom": "2024-06-01T00:00:00Z",
    "validUntil": "2028-06-01T00:00:00Z",
    "credentialSubject": [
        {
            "id": "did:web:samplecertifier.example.com",
            "type": "RecognizedEntity",
            "recognizedTo": {
                "type": "RecognizedAction",
                "action": "issue",
                "recognizedBy": "did:web:accreditation.example.gov",
                "outputValidation": {"id": "https://a.example/s.json", "type": "JsonSchema"},
                "validUntil": "2027-01-01T00:00:00Z",
            },
            "recognizedIn": {"id": "https://a.example/tsl.xml", "type": "EtsiTrustServiceList"},
        },
        {"id": "did:web:listed.example", "type": ["RecognizedEntity"]},
    ],
}


def test_a_recognised_entity_of_the_draft_is_read() -> None:
    first, second = read_recognized(DRAFT)
    assert (first.entity, first.action) == ("did:web:samplecertifier.example.com", "issue")
    assert (first.by, first.schemas) == ("did:web:accreditation.example.gov", ("https://a.example/s.json",))
    assert (first.valid_from, first.valid_until) == ("2024-06-01T00:00:00Z", "2027-01-01T00:00:00Z")
    assert first.recognized_in == ("https://a.example/tsl.xml",)
    assert (second.entity, second.action, second.by) == ("did:web:listed.example", "", first.by)
    assert read_recognized(DRAFT | {"issuer": "did:web:x.example"})[1].by == "did:web:x.example"


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("type",), ["VerifiableCredential"]),
        (("issuer",), {"name": "nobody"}),
        (("credentialSubject",), ["did:web:x.example"]),
        (("credentialSubject", 0, "id"), 7),
        (("credentialSubject", 0, "type"), "Entity"),
        (("credentialSubject", 0, "recognizedTo"), ["issue"]),
        (("credentialSubject", 0, "recognizedTo", "action"), None),
        (("credentialSubject", 0, "recognizedTo", "recognizedBy"), {"name": "x"}),
        (
            ("credentialSubject", 0, "recognizedTo", "outputValidation"),
            {"id": "https://a.example/s.xsd", "type": "Xsd"},
        ),
        (("credentialSubject", 0, "recognizedTo", "validUntil"), 2027),
        (("credentialSubject", 0, "recognizedIn"), ["https://a.example/tsl.xml"]),
        (("credentialSubject",), [DRAFT["credentialSubject"][1]] * 10_001),
    ],
)
def test_a_recognised_entity_of_another_form_is_refused(path: tuple[Any, ...], value: object) -> None:
    with pytest.raises(ProofRejected, match="E-RECOG-CREDENTIAL"):
        read_recognized(spoiled(DRAFT, path, lambda _: value))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("type",), "DigitalIdentityAnchor"),
        (("@context",), ["https://www.w3.org/ns/credentials/v2"]),
        (("issuer",), "did:web:ab.example"),
        (("credentialSubject",), []),
        (("credentialSubject", "registeredName"), ""),
        (("credentialSubject", "registerType"), "guild"),
        (("credentialSubject", "registrationScope"), [1]),
        (("credentialSubject", "registrationScope"), ["urn:x:1"] * 2001),
        (("credentialSubject", "schemeId"), "did:web:ab.example"),
        (("validFrom",), None),
    ],
)
def test_an_anchor_of_another_form_is_refused(path: tuple[Any, ...], value: object) -> None:
    with pytest.raises(ProofRejected, match="E-RECOG-CREDENTIAL"):
        read_anchor(spoiled(anchor_credential(GRANT, ADDRESS), path, lambda _: value))


def test_a_text_that_is_not_in_nfc_is_not_published() -> None:
    with pytest.raises(FootproofError, match="E-CANONICAL"):
        anchor_credential(replace(GRANT, number="e\u0301"), ADDRESS)


def test_an_arrangement_recognises_each_signatory() -> None:
    arrangement = next(one for one in RECORDS.records if isinstance(one, Arrangement))
    found = read_recognized(recognized_credential(arrangement, ADDRESS))
    assert [(one.entity, one.by) for one in found] == [("did:web:ab.example", "did:web:global.example")]
