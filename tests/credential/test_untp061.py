"""UNTP 0.6.1 says the same as 0.7.0: schema-valid, read back to the same certificate, claims borne out."""

import copy
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credential.sample import CERTIFICATE, STARS
from credential.test_conformity import figures
from credential.untp import EVIDENCE, FACILITY, INTEROP, OLD, PASSPORT, STATUS, STATUS_UNTP, problems
from footproof.canonical import canonical_bytes, read_canonical
from footproof.credential.claims import match_claims, read_attested, read_passport
from footproof.credential.conformity import certificate_of, credential_of
from footproof.credential.contexts import shipped
from footproof.credential.facility import facility_of
from footproof.credential.passport import passport_of
from footproof.credential.untp import Status
from footproof.credential.untp061 import certificate_of_061, conformity_061, facility_061, passport_061
from footproof.credential.vcdm import validate_credential
from footproof.errors import FootproofError, ProofRejected
from footproof.model.bilingual import Bilingual
from footproof.model.certificate import Stage

letters = st.text(st.characters(codec="ascii", exclude_categories=("Cc", "Zs")), min_size=1, max_size=20)
names = st.builds(Bilingual, st.sampled_from(["产品", "每千瓦时=1", "阶段 / 甲"]), letters)

MADE: dict[str, Callable[[Status | None], dict[str, Any]]] = {
    "dcc": lambda status: conformity_061(CERTIFICATE, status=status),
    "dpp": lambda status: passport_061(CERTIFICATE, PASSPORT, status=status),
    "dfr": lambda status: facility_061(CERTIFICATE, FACILITY, status=status),
}


@pytest.mark.parametrize("kind", MADE)
@pytest.mark.parametrize("status", [None, STATUS, STATUS_UNTP], ids=["none", "string", "integer"])
def test_each_document_meets_the_published_schema(kind: str, status: dict[str, Any] | None) -> None:
    found = MADE[kind](status)
    canonical_bytes(found)
    if status is not STATUS_UNTP:
        validate_credential(found, shipped())
    assert problems(found, OLD / kind / f"untp-{kind}-schema.json") == []


@pytest.mark.parametrize("granularity", ["batch", "item"])
def test_a_passport_of_a_batch_or_item_meets_the_schema(granularity: Any) -> None:
    found = passport_061(CERTIFICATE, replace(PASSPORT, granularity=granularity, number="42"))
    assert problems(found, OLD / "dpp/untp-dpp-schema.json") == []


def test_both_versions_state_the_same_certificate() -> None:
    for found in (CERTIFICATE, replace(CERTIFICATE, grade=STARS)):
        old = certificate_of_061(read_canonical(canonical_bytes(conformity_061(found, status=STATUS))))
        assert old == certificate_of(credential_of(found)) == found


@settings(deadline=None, max_examples=40)
@given(figures, names, st.lists(st.tuples(names, figures), max_size=4))
def test_any_certificate_comes_back(value: Decimal, name: Bilingual, stages: list[tuple[Bilingual, Decimal]]) -> None:
    found = replace(
        CERTIFICATE,
        value=value,
        interval=None,
        boundary=name,
        stages=tuple(Stage(f"s{index}", each, part) for index, (each, part) in enumerate(stages)),
    )
    assert certificate_of_061(read_canonical(canonical_bytes(conformity_061(found)))) == found


def test_the_certificate_bears_the_claim_out() -> None:
    passport, attested = read_passport(MADE["dpp"](None)), read_attested(MADE["dcc"](None))
    (found,) = match_claims(passport, attested, EVIDENCE.digest)
    assert found.ok
    (mixed,) = match_claims(passport, read_attested(credential_of(CERTIFICATE)), EVIDENCE.digest)
    assert "E-UNTP-VERSIONS" in {reason.code for reason in mixed.reasons}


@pytest.mark.parametrize("path", ["declaredValue", "conformance", "assessedProduct", "conformityTopic"])
def test_a_member_that_does_not_follow_from_the_lines_is_refused(path: str) -> None:
    found = copy.deepcopy(MADE["dcc"](None))
    found["credentialSubject"]["assessment"][0][path] = 1
    with pytest.raises(ProofRejected, match="E-CRED-CONTENT"):
        certificate_of_061(found)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("value=61.234", "value=51.234"),
        lambda text: text + "\nvalue=51.234",
        lambda text: text.replace("footproof-certificate-lines/1", "x"),
        lambda text: text + "\n",
        lambda text: text.replace("decided=2026-11-20", "decided=tomorrow"),
    ],
)
def test_changed_lines_are_refused(change: Callable[[str], str]) -> None:
    found = copy.deepcopy(MADE["dcc"](None))
    subject = found["credentialSubject"]
    subject["description"] = change(subject["description"])
    with pytest.raises(ProofRejected, match="E-CRED-CONTENT"):
        certificate_of_061(found)


def test_a_text_of_two_lines_is_refused_before_signing() -> None:
    with pytest.raises(FootproofError, match="E-UNTP-FACT"):
        conformity_061(replace(CERTIFICATE, boundary=Bilingual("从摇篮\nvalue=1", "cradle")))


W3C = INTEROP / "w3c-contexts/credentials/v2.jsonld"
CONTEXTS = {
    "https://www.w3.org/ns/credentials/v2": W3C,
    "https://vocabulary.uncefact.org/untp/0.7.0/context/": INTEROP / "untp-0.7.0/published/context/untp.jsonld",
    **{
        f"https://test.uncefact.org/vocabulary/untp/{kind}/0.6.1/": OLD / kind / "context.jsonld"
        for kind in ("dcc", "dpp", "dfr")
    },
}


def _members(value: Any) -> Iterator[str]:
    """Yield every member of a document, in whatever depth, but those of JSON-LD itself."""
    if isinstance(value, dict):
        for key, item in value.items():
            if key not in ("@context", "type", "id") and not key.startswith("@"):
                yield key
            yield from _members(item)
    elif isinstance(value, list):
        for item in value:
            yield from _members(item)


@pytest.mark.parametrize(
    "document",
    [
        passport_of(CERTIFICATE, PASSPORT, status=STATUS),
        facility_of(CERTIFICATE, FACILITY, status=STATUS),
        *(make(STATUS) for make in MADE.values()),
    ],
    ids=["dpp-0.7.0", "dfr-0.7.0", *MADE],
)
def test_no_member_is_lost_in_json_ld(document: dict[str, Any]) -> None:
    if not W3C.exists():
        pytest.skip("needs the published contexts, kept beside the repository")
    expand: Any = pytest.importorskip("pyld.jsonld").expand

    def load(url: str, options: object) -> dict[str, Any]:
        return {"contextUrl": None, "documentUrl": url, "document": json.loads(CONTEXTS[url].read_text("utf-8"))}

    expanded = expand(document, {"documentLoader": load})
    assert len(list(_members(expanded))) >= len(list(_members(document)))
