"""The VCDM 2.0 validator: all inputs of W3C's suite, what its code asserts beside them, and planted defects."""

import copy
import hashlib
import json
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credential.credentials import alumni
from footproof.credential.contexts import V1, V2, shipped
from footproof.credential.did_key import base58btc
from footproof.credential.vcdm import require_holder, validate_credential, validate_presentation
from footproof.errors import FootproofError, ProofRejected

DATA = Path(__file__).resolve().parents[2] / "../shared/data/interop"
INPUTS = sorted((DATA / "w3c-vcdm2-inputs").glob("*.json"))
SAMPLES = sorted((DATA / "untp-0.7.0").rglob("samples/**/D*_instance.json"))
SAMPLES += sorted((DATA / "untp-0.7.0").rglob("samples/**/ConformityCredential*_instance.json"))
SAMPLES += sorted((DATA / "untp-0.6.1").rglob("untp-*-instance.json"))
JOSE = sorted((DATA / "w3c-vc-jose-cose-inputs").glob("[cp]r*.json"))
ISSUER = "did:example:issuer"
EXAMPLES = "https://www.w3.org/ns/credentials/examples/v2"

Document = dict[str, Any]


def _code(check: Callable[[], object]) -> str:
    try:
        check()
    except FootproofError as problem:
        return problem.code if isinstance(problem, ProofRejected) and problem.where else f"no verdict: {problem}"
    return "ok"


def _credential(**members: Any) -> Document:
    found = {
        "@context": [V2],
        "type": ["VerifiableCredential"],
        "issuer": ISSUER,
        "credentialSubject": {"id": "did:ex:1"},
    }
    return {name: value for name, value in {**found, **members}.items() if value is not ...}


def _presentation(**members: Any) -> Document:
    return {"@context": [V2], "type": ["VerifiablePresentation"], **members}


@pytest.mark.skipif(not INPUTS, reason="needs ../shared/data/interop/w3c-vcdm2-inputs")
@pytest.mark.parametrize("path", INPUTS, ids=lambda path: path.stem)
def test_input_of_the_official_suite(path: Path) -> None:
    document = json.loads(path.read_bytes())
    for name, text in (("PAST DATE", "2020-01-01T00:00:00Z"), ("FUTURE DATE", "2099-01-01T00:00:00Z")):
        document = {key: text if value == name else value for key, value in document.items()}
    check = validate_presentation if path.stem.startswith("presentation") else validate_credential
    if check is validate_credential and document.get("issuer", {}) == {}:
        document["issuer"] = {"id": ISSUER} if "issuer" in document else ISSUER  # As the suite does.
    code = _code(lambda: check(document, shipped()))
    assert (code != "ok") is ("-fail" in path.stem), code
    assert code == "ok" or code.startswith("E-VCDM-")


def test_all_inputs_of_the_official_suite_are_there() -> None:
    if not INPUTS:
        pytest.skip("needs ../shared/data/interop/w3c-vcdm2-inputs")
    assert (len(INPUTS), sum("-fail" in path.stem for path in INPUTS)) == (96, 48)


@pytest.mark.skipif(not SAMPLES, reason="needs ../shared/data/interop/untp-*")
@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: "-".join(path.parts[-3:]))
def test_sample_of_untp(path: Path) -> None:
    validate_credential(json.loads(path.read_bytes()), shipped())


@pytest.mark.skipif(not JOSE, reason="needs ../shared/data/interop/w3c-vc-jose-cose-inputs")
@pytest.mark.parametrize("path", JOSE, ids=lambda path: path.stem)
def test_input_of_the_jose_suite(path: Path) -> None:
    check = validate_presentation if path.stem.startswith("presentation") else validate_credential
    check(json.loads(path.read_bytes()), shipped())


LANGUAGE = {"@value": "Name", "@language": "zh-Hans", "@direction": "ltr"}
LINK = "https://w3c.github.io/vc-data-model/related-resource.json"
DIGEST = {"id": LINK, "digestSRI": "sha256-" + "ca3d163bab055381827226140568f3bef7eaac187cebd76878e0b63e9e442356"}
MULTIBASE = {"id": LINK, "digestMultibase": "uEiAjCHMnK5-ayOIZLWo_TBoKYVvSAprlkYEjRlm19Cj0uw"}
TYPED = {"type": "https://example.org/#T"}

CREDENTIALS: list[tuple[str, dict[str, Any]]] = [
    # What the suite asserts in code, beside its input files: sections 4.3 to 4.11, 5.2 to 5.6.
    ("ok", {"name": "Name"}),
    ("ok", {"name": LANGUAGE, "description": {"@value": "Text"}}),
    ("ok", {"name": [LANGUAGE, {"@value": "Nom", "@language": "fr"}]}),
    ("E-VCDM-TEXT", {"name": {**LANGUAGE, "url": "did:example:1"}}),
    ("E-VCDM-TEXT", {"description": [{**LANGUAGE, "extra": 1}]}),
    ("ok", {"issuer": {"id": ISSUER, "name": [LANGUAGE], "description": LANGUAGE}}),
    ("E-VCDM-TEXT", {"issuer": {"id": ISSUER, "name": {**LANGUAGE, "extra": 1}}}),
    ("E-VCDM-TEXT", {"issuer": {"id": ISSUER, "description": {**LANGUAGE, "extra": 1}}}),
    ("ok", {"relatedResource": [DIGEST]}),
    ("ok", {"relatedResource": {**MULTIBASE, "mediaType": "application/json"}}),
    ("ok", {"relatedResource": [DIGEST, {**MULTIBASE, "id": LINK + "?q=1"}]}),
    ("E-VCDM-OBJECT", {"relatedResource": [LINK]}),
    ("E-VCDM-OBJECT", {"relatedResource": []}),
    ("E-VCDM-ID-MISSING", {"relatedResource": [{"digestSRI": DIGEST["digestSRI"]}]}),
    ("E-VCDM-ID", {"relatedResource": [{**DIGEST, "id": "x"}]}),
    ("E-VCDM-RESOURCE-TWICE", {"relatedResource": [DIGEST, MULTIBASE]}),
    ("E-VCDM-DIGEST-MISSING", {"relatedResource": [{"id": LINK}]}),
    ("E-VCDM-DIGEST", {"relatedResource": [{"id": LINK, "digestSRI": "md5-AAAA"}]}),
    ("E-VCDM-DIGEST", {"relatedResource": [{"id": LINK, "digestMultibase": "uAAAA"}]}),
    ("E-VCDM-DIGEST", {"relatedResource": [{"id": LINK, "digestMultibase": 5}]}),
    # Contexts.
    ("E-VCDM-CONTEXT-MISSING", {"@context": ...}),
    ("E-VCDM-CONTEXT-MISSING", {"@context": []}),
    ("E-VCDM-CONTEXT-MISSING", {"@context": None}),
    ("ok", {"@context": V2}),
    ("E-VCDM-CONTEXT-FIRST", {"@context": [EXAMPLES, V2]}),
    ("E-VCDM-CONTEXT-FIRST", {"@context": [{"x": "https://example.org/x"}, V2]}),
    ("E-VCDM-CONTEXT-FIRST", {"@context": V2 + "/"}),
    ("E-VCDM-VERSION", {"@context": [V1]}),
    ("E-VCDM-REDEFINED", {"@context": [V2, V1]}),
    ("ok", {"@context": [V2, V2]}),
    ("E-VCDM-CONTEXT-ITEM", {"@context": [V2, True]}),
    ("E-VCDM-CONTEXT-ITEM", {"@context": [V2, [EXAMPLES]]}),
    ("E-VCDM-CONTEXT-NULL", {"@context": [V2, None]}),
    ("E-VCDM-CONTEXT-UNKNOWN", {"@context": [V2, "https://example.com"]}),
    ("E-VCDM-CONTEXT-UNKNOWN", {"@context": [V2, V2 + "#"]}),
    ("ok", {"@context": [V2, {"@language": "zh", "@direction": "rtl", "@version": 1.1, "x": {"@id": "ex:x"}}]}),
    ("E-VCDM-CONTEXT-FORM", {"@context": [V2, {"@version": 1.0}]}),
    ("E-VCDM-CONTEXT-FORM", {"@context": [V2, {"@graph": []}]}),
    ("E-VCDM-CONTEXT-FORM", {"@context": [V2, {"@vocab": "no iri"}]}),
    ("E-VCDM-CONTEXT-FORM", {"@context": [V2, {"@import": "https://example.com"}]}),
    ("E-VCDM-CONTEXT-FORM", {"@context": [V2, {"@protected": "true"}]}),
    ("E-VCDM-CONTEXT-FORM", {"@context": [V2, {"x": 5}]}),
    ("E-VCDM-CONTEXT-FORM", {"@context": [V2, {"x": {"@id": "ex:x", "url": "ex:y"}}]}),
    ("E-VCDM-CONTEXT-FORM", {"@context": [V2, {"x": "y", "y": "x"}]}),
    ("E-VCDM-CONTEXT-FORM", {"@context": [V2, {"x": {}}]}),
    ("E-VCDM-CONTEXT-FORM", {"@context": [V2, {f"t{n}": f"t{n + 1}" for n in range(900)}]}),
    ("E-VCDM-CONTEXT-FORM", {"@context": [V2, *[{"x": "ex:x"}] * 64]}),
    # Redefinition of what the base context protects, also where it does so only inside a credential.
    ("E-VCDM-REDEFINED", {"@context": [V2, {"id": "https://example.org/id"}]}),
    ("E-VCDM-REDEFINED", {"@context": [V2, {"type": {"@id": "@type", "@container": "@set"}}]}),
    ("E-VCDM-REDEFINED", {"@context": [V2, {"VerifiableCredential": None}]}),
    ("E-VCDM-REDEFINED", {"@context": [V2, {"@protected": True, "issuer": "https://example.org/issuer"}]}),
    ("ok", {"@context": [V2, {"issuer": "https://example.org/issuer"}]}),
    ("ok", {"@context": [V2, {"name": "https://schema.org/name"}]}),
    (
        "E-VCDM-REDEFINED",
        {
            "@context": [V2, {"@protected": True, "T": {"@id": "ex:T", "@context": {"id": "ex:id"}}}],
            "type": ["VerifiableCredential", "T"],
        },
    ),
    (
        "E-VCDM-REDEFINED",
        {"@context": [V2, "https://vocabulary.uncefact.org/untp/0.7.0/context/", {"Party": "https://example.org/P"}]},
    ),
    # Types.
    ("ok", {"type": "VerifiableCredential"}),
    ("E-VCDM-TYPE-MISSING", {"type": []}),
    ("E-VCDM-TYPE-FORM", {"type": ["VerifiableCredential", 5]}),
    ("E-VCDM-TYPE-FORM", {"type": ["VerifiableCredential", ["T"]]}),
    ("E-VCDM-TYPE-REQUIRED", {"type": ["https://www.w3.org/2018/credentials#VerifiableCredential"]}),
    ("E-VCDM-TYPE-REQUIRED", {"type": ["VerifiablePresentation"]}),
    ("E-VCDM-TYPE-UNMAPPED", {"type": ["VerifiableCredential", "Unknown"]}),
    ("ok", {"type": ["VerifiableCredential", "ex:T"], "@context": [V2, {"ex": "https://example.org/#"}]}),
    ("E-VCDM-TYPE-URL", {"type": ["VerifiableCredential", "ex:T"], "@context": [V2, {"ex": "https ://example.org/#"}]}),
    ("E-VCDM-TYPE-UNMAPPED", {"type": ["VerifiableCredential", "@type"]}),
    ("ok", {"type": ["VerifiableCredential", "T"], "@context": [V2, EXAMPLES]}),
    ("E-VCDM-KEYWORD", {"@type": "https://example.org/#T"}),
    ("E-VCDM-KEYWORD", {"@id": "did:example:1"}),
    ("E-VCDM-TYPE-UNMAPPED", {"credentialSubject": {"type": "Unknown"}}),
    ("E-VCDM-TYPE-UNMAPPED", {"issuer": {"id": ISSUER, "type": "Unknown"}}),
    ("ok", {"credentialSubject": {"@context": {"T": "https://example.org/#T"}, "type": "T"}}),
    (
        "E-VCDM-TYPE-UNMAPPED",
        {"evidence": {"type": "T"}, "credentialSubject": {"@context": {"T": "ex:T"}, "type": "T"}},
    ),
    # Identifiers.
    ("ok", {"id": "urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33"}),
    ("ok", {"id": "https://例子.中国/证书/1"}),
    ("E-VCDM-ID", {"id": None}),
    ("E-VCDM-ID", {"id": ""}),
    ("E-VCDM-ID", {"id": "relative/path"}),
    ("E-VCDM-ID", {"id": "did:"}),
    ("E-VCDM-ID", {"id": "did:Example:1"}),
    ("E-VCDM-ID", {"id": "https:///nohost"}),
    ("E-VCDM-ID", {"id": "https://[::1"}),
    ("E-VCDM-ID", {"id": "https://example.org:port/"}),
    ("E-VCDM-ID", {"id": "https://example.org/%zz"}),
    ("E-VCDM-ID", {"id": "https://example.org/\u202e"}),
    ("E-VCDM-ID", {"id": "https://example.org/ "}),
    ("E-VCDM-ID", {"id": {"id": "did:example:1"}}),
    ("E-VCDM-ID", {"credentialSubject": {"id": 5}}),
    # Issuer and subject.
    ("E-VCDM-ISSUER-MISSING", {"issuer": ...}),
    ("E-VCDM-ISSUER", {"issuer": [ISSUER]}),
    ("E-VCDM-ISSUER", {"issuer": {}}),
    ("E-VCDM-SUBJECT-MISSING", {"credentialSubject": ...}),
    ("E-VCDM-SUBJECT", {"credentialSubject": []}),
    ("E-VCDM-SUBJECT", {"credentialSubject": "did:example:1"}),
    ("E-VCDM-SUBJECT", {"credentialSubject": None}),
    ("E-VCDM-SUBJECT", {"credentialSubject": {"@context": {"x": "ex:x"}}}),
    # Dates.
    ("ok", {"validFrom": "2024-02-29T24:00:00Z", "validUntil": "2024-03-01T00:00:00Z"}),
    ("E-VCDM-DATE", {"validFrom": "2023-02-29T00:00:00Z"}),
    ("E-VCDM-DATE", {"validFrom": "2023-02-28T00:00:00"}),
    ("E-VCDM-DATE", {"validFrom": "2023-02-28"}),
    ("E-VCDM-DATE", {"validFrom": "2023-02-28t00:00:00z"}),
    ("E-VCDM-DATE", {"validUntil": 1700000000}),
    ("E-VCDM-DATE", {"validUntil": None}),
    ("E-VCDM-PERIOD", {"validFrom": "2023-01-01T00:00:00Z", "validUntil": "2023-01-01T00:30:00+01:00"}),
    ("ok", {"validFrom": "2023-01-01T00:00:00Z", "validUntil": "2023-01-01T01:00:00+01:00"}),
    # Extension points: a type each, an id where it must be.
    *(
        (code, {name: value})
        for name in ("credentialStatus", "termsOfUse", "evidence", "refreshService", "renderMethod")
        for code, value in (
            ("ok", TYPED),
            ("ok", [TYPED, TYPED]),
            ("E-VCDM-OBJECT", []),
            ("E-VCDM-OBJECT", "x"),
            ("E-VCDM-OBJECT", None),
            ("E-VCDM-TYPE-MISSING", [TYPED, {}]),
            ("E-VCDM-TYPE-MISSING", {"type": []}),
            ("E-VCDM-ID", {**TYPED, "id": None}),
        )
    ),
    ("ok", {"credentialSchema": {**TYPED, "id": LINK}}),
    ("E-VCDM-ID-MISSING", {"credentialSchema": [{**TYPED, "id": LINK}, TYPED]}),
    ("ok", {"credentialStatus": {"type": "BitstringStatusListEntry", "statusListIndex": "5"}}),
    ("E-VCDM-OBJECT", {"proof": "x"}),
    ("E-VCDM-OBJECT", {"proof": []}),
    ("E-VCDM-TYPE-MISSING", {"proof": {"created": "2023-01-01T00:00:00Z"}}),
    # Value objects anywhere (11.1).
    ("E-VCDM-TEXT", {"credentialSubject": {"id": "did:ex:1", "label": [{"@value": "x", "href": "y"}]}}),
    ("E-VCDM-TEXT", {"name": {"@language": "en"}}),
    ("E-VCDM-TEXT", {"name": {"@value": 5}}),
    ("E-VCDM-TEXT", {"name": {"@value": "x", "@language": "no language"}}),
    ("E-VCDM-TEXT", {"name": {"@value": "x", "@direction": "up"}}),
    ("E-VCDM-TEXT", {"name": []}),
    ("E-VCDM-TEXT", {"name": None}),
]


@pytest.mark.parametrize(("code", "members"), CREDENTIALS, ids=[f"{n}-{c}" for n, (c, _) in enumerate(CREDENTIALS)])
def test_credential(code: str, members: dict[str, Any]) -> None:
    document = _credential(**members)
    before = copy.deepcopy(document)
    assert _code(lambda: validate_credential(document, shipped())) == code
    assert document == before


JWT = "data:application/vc+jwt,eyJh.eyJh.AAAA"
ENVELOPED = {"@context": V2, "type": "EnvelopedVerifiableCredential", "id": JWT}
PROOF = {"type": "DataIntegrityProof"}
PRESENTATIONS: list[tuple[str, dict[str, Any]]] = [
    ("ok", {"verifiableCredential": [ENVELOPED, _credential()]}),
    ("ok", {"verifiableCredential": ENVELOPED}),
    ("ok", {"verifiableCredential": [{**ENVELOPED, "type": ["EnvelopedVerifiableCredential"]}]}),
    ("E-VCDM-CONTEXT-FIRST", {"verifiableCredential": [{**ENVELOPED, "@context": []}]}),
    ("E-VCDM-CONTEXT-FIRST", {"verifiableCredential": [{**ENVELOPED, "@context": EXAMPLES}]}),
    ("E-VCDM-ENVELOPE", {"verifiableCredential": [{**ENVELOPED, "id": "eyJh.eyJh.AAAA"}]}),
    ("E-VCDM-ENVELOPE", {"verifiableCredential": [{**ENVELOPED, "id": "data:application/vc+jwt,"}]}),
    ("E-VCDM-ENVELOPE", {"verifiableCredential": [{**ENVELOPED, "id": "data:,eyJh"}]}),
    ("E-VCDM-ENVELOPE", {"verifiableCredential": [{**ENVELOPED, "id": JWT + "\n"}]}),
    ("E-VCDM-TYPE-MISSING", {"verifiableCredential": [{"@context": V2, "id": JWT}]}),
    ("E-VCDM-ISSUER-MISSING", {"verifiableCredential": [{**ENVELOPED, "type": "VerifiableCredential"}]}),
    ("E-VCDM-TYPE-REQUIRED", {"verifiableCredential": [{**ENVELOPED, "type": [ENVELOPED["type"], "ex:T"]}]}),
    ("E-VCDM-PRESENTED", {"verifiableCredential": []}),
    ("E-VCDM-PRESENTED", {"verifiableCredential": [5]}),
    ("E-VCDM-PRESENTED", {"verifiableCredential": "https://example.org/credentials/1"}),
    ("E-VCDM-SUBJECT", {"verifiableCredential": [_credential(credentialSubject={})]}),
    ("E-VCDM-ID", {"id": 5}),
    ("E-VCDM-TYPE-MISSING", {"termsOfUse": {}}),
    ("E-VCDM-HOLDER", {"holder": None}),
    ("E-VCDM-HOLDER", {"holder": {"id": ["did:ex:1"]}}),
    ("ok", {"holder": ISSUER, "verifiableCredential": [_credential()], "proof": PROOF}),
    ("ok", {"holder": {"id": ISSUER}, "verifiableCredential": [_credential(issuer={"id": ISSUER})], "proof": PROOF}),
    ("E-VCDM-SELF-ASSERTED", {"verifiableCredential": [_credential()], "proof": PROOF}),
    ("E-VCDM-SELF-ASSERTED", {"holder": "did:ex:2", "verifiableCredential": [_credential()], "proof": PROOF}),
    ("ok", {"holder": "did:ex:2", "verifiableCredential": [_credential(proof=PROOF), ENVELOPED], "proof": PROOF}),
]


@pytest.mark.parametrize(("code", "members"), PRESENTATIONS, ids=[f"{n}-{c}" for n, (c, _) in enumerate(PRESENTATIONS)])
def test_presentation(code: str, members: dict[str, Any]) -> None:
    assert _code(lambda: validate_presentation(_presentation(**members), shipped())) == code


@pytest.mark.parametrize("document", [None, 5, "x", [], ["VerifiableCredential"], {"type": ["NonconformingDocument"]}])
def test_what_is_no_document_is_refused(document: object) -> None:
    assert _code(lambda: validate_credential(document, shipped())).startswith("E-VCDM-")
    assert _code(lambda: validate_presentation(document, shipped())).startswith("E-VCDM-")


def test_an_enveloped_presentation_has_a_data_url() -> None:
    document = {"@context": [V2], "type": "EnvelopedVerifiablePresentation", "id": "data:application/vp+jwt,a.b.c"}
    validate_presentation(document, shipped())
    with pytest.raises(ProofRejected, match="E-VCDM-ENVELOPE"):
        validate_presentation({**document, "id": "a.b.c"}, shipped())
    for wrong in ([], [EXAMPLES], EXAMPLES):
        with pytest.raises(ProofRejected, match="E-VCDM-CONTEXT-FIRST"):
            validate_presentation({**document, "@context": wrong}, shipped())


def test_an_enveloped_payload_asks_for_its_holder() -> None:
    with pytest.raises(ProofRejected, match="E-VCDM-SELF-ASSERTED"):
        require_holder(_presentation(verifiableCredential=_credential()))
    require_holder(_presentation(verifiableCredential=_credential(), holder=ISSUER))


@pytest.mark.parametrize(
    ("at", "code"),
    [
        (datetime(2022, 12, 31, 23, 59, 59, tzinfo=UTC), "E-VCDM-NOT-YET"),
        (datetime(2023, 1, 1, tzinfo=UTC), "ok"),
        (datetime(2024, 1, 1, tzinfo=UTC), "ok"),
        (datetime(2024, 1, 1, 0, 0, 0, 1, tzinfo=UTC), "E-VCDM-EXPIRED"),
    ],
)
def test_the_moment_asked_about_counts(at: datetime, code: str) -> None:
    document = _credential(validFrom="2023-01-01T00:00:00Z", validUntil="2023-12-31T19:00:00-05:00")
    assert _code(lambda: validate_credential(document, shipped(), at)) == code


def test_nesting_is_limited() -> None:
    deep: Any = "x"
    for _ in range(70):
        deep = {"a": deep}
    assert _code(lambda: validate_credential(_credential(credentialSubject=deep), shipped())) == "E-VCDM-DEPTH"


def test_a_resource_at_hand_must_have_its_digest() -> None:
    data = b"a resource"
    hashed = hashlib.sha256(data).digest()
    good = [
        {"digestSRI": "sha256-" + b64encode(hashed).decode()},
        {"digestSRI": "sha256-" + hashed.hex()},
        {"digestSRI": "sha384-" + b64encode(hashlib.sha384(data).digest()).decode()},
        {"digestMultibase": base58btc(b"\x12\x20" + hashed)},
        {"digestMultibase": "u" + urlsafe_b64encode(hashed).decode().rstrip("=")},  # as the suite of W3C writes it
        {"digestMultibase": "u" + urlsafe_b64encode(b"\x12\x20" + hashed).decode().rstrip("=")},
    ]
    for digest in good:
        document = _credential(relatedResource=[{"id": LINK, **digest}])
        validate_credential(document, shipped(), resources={LINK: data})
        with pytest.raises(ProofRejected, match="E-VCDM-RESOURCE-DIFFERS"):
            validate_credential(document, shipped(), resources={LINK: data + b"."})
    base = {"id": V2, "digestSRI": "sha256-" + b64encode(hashlib.sha256(shipped().documents[V2]).digest()).decode()}
    validate_credential(_credential(relatedResource=base), shipped())
    wrong = _credential(relatedResource={**base, "digestSRI": good[0]["digestSRI"]})
    assert _code(lambda: validate_credential(wrong, shipped())) == "E-VCDM-RESOURCE-DIFFERS"


def test_a_credential_of_the_first_edition_passes_only_where_asked_for() -> None:
    document = _credential(**{"@context": [V1], "issuanceDate": "2010-01-01T19:23:24Z"})
    assert _code(lambda: validate_credential(document, shipped())) == "E-VCDM-VERSION"
    validate_credential(document, shipped(), allow_v1=True)
    document.pop("issuanceDate")
    assert _code(lambda: validate_credential(document, shipped(), allow_v1=True)) == "E-VCDM-DATE"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(name=st.sampled_from([*_credential(), "id", "proof", "evidence", "validFrom", "name"]), value=JSON)
def test_whatever_stands_in_a_member_the_answer_is_a_verdict(name: str, value: Any) -> None:
    document = {**alumni(), name: value}
    verdict = _code(lambda: validate_credential(document, shipped()))
    assert verdict == "ok" or verdict.startswith("E-VCDM-")
    presented = _presentation(verifiableCredential=[document], **{} if name in {"type", "@context"} else {name: value})
    verdict = _code(lambda: validate_presentation(presented, shipped()))
    assert verdict == "ok" or verdict.startswith("E-VCDM-")
