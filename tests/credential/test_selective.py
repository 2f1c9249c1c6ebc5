"""A certificate with hidden parts says what it hides, and nothing else can be missing from it."""

import hashlib
import itertools
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from credential.sample import AT, BODY, CERTIFICATE, KEY, KEYS, KID
from footproof.credential import jose, sd_jwt
from footproof.credential.conformity import credential_of
from footproof.credential.selective import GROUPS, Group, issue_selective, show, verify_selective
from footproof.errors import FootproofError
from footproof.model.certificate import CertificationScope, StatusPlace

HOLDER = Ed25519PrivateKey.from_private_bytes(b"holder of the certificate 012345")
ASSESSMENT = ("credentialSubject", "conformityAssessment", 0)


def salts() -> Any:
    counter = itertools.count()
    return lambda: hashlib.sha256(str(next(counter)).encode()).digest()[:16]


def issued(*may_hide: Group, **change: Any) -> bytes:
    return issue_selective(replace(CERTIFICATE, **change), may_hide, KEY, KID, salt=salts())


def refused(token: bytes, at: date = AT) -> str:
    with pytest.raises(FootproofError) as caught:
        verify_selective(token, KEYS, at)
    return caught.value.code


@settings(deadline=None, max_examples=30)
@given(st.sets(st.sampled_from(GROUPS)), st.sets(st.sampled_from(GROUPS)))
def test_what_is_not_shown_is_said_to_be_hidden(may_hide: set[Group], shown: set[Group]) -> None:
    token = show(issued(*may_hide), shown & may_hide)
    found = verify_selective(token, KEYS, AT)
    assert found.may_hide == tuple(group for group in GROUPS if group in may_hide)
    assert found.hidden == tuple(group for group in GROUPS if group in may_hide - shown)
    assert found.certificate.value == CERTIFICATE.value
    for group in ("client", "site"):
        party, original = getattr(found.certificate, group), getattr(CERTIFICATE, group)
        assert (party == original) is (group not in found.hidden)
        assert group not in found.hidden or party.name.en == "not disclosed"
    assert (found.certificate.stages == CERTIFICATE.stages) is ("stages" not in found.hidden)


def test_scope_and_status_stay_visible() -> None:
    scope = CertificationScope("product-certification", "demo.pcf", "2026", "demo:battery", "CN", True)
    status = StatusPlace("https://footproof.example/status/1", 7, "untp-0.7.0")
    found = verify_selective(show(issued(*GROUPS, scope=scope, status=status), []), KEYS, AT)
    assert found.hidden == GROUPS
    assert (found.certificate.scope, found.certificate.status) == (scope, status)


def test_a_hidden_maker_is_nowhere_in_the_token() -> None:
    token = show(issued("client", "site"), [])
    for part in token.split(b"~")[0].split(b".")[:2]:
        text = jose.decode(part).decode()
        for secret in (
            CERTIFICATE.client.id,
            CERTIFICATE.client.name.zh,
            CERTIFICATE.site.name.en,
            CERTIFICATE.site.id,
        ):
            assert secret not in text


def test_a_group_shown_in_part_is_refused() -> None:
    token = issued("client")
    parts = token.split(b"~")
    for number in range(1, len(parts) - 1):
        assert refused(b"~".join(parts[:number] + parts[number + 1 :])) == "E-CRED-CONTENT"


def test_a_body_cannot_hide_more_than_it_says() -> None:
    """Signed by the body itself, yet the line does not speak of the interval, the address or the evidence."""
    credential = credential_of(CERTIFICATE)
    conditions = credential["credentialSubject"]["conformityAssessment"][0]["specifiedCondition"]
    conditions.append("selective=")
    for path in [
        (*ASSESSMENT, "evidence", 0),
        (*ASSESSMENT, "conformance"),
        ("credentialSubject", "description"),
        *((*ASSESSMENT, "specifiedCondition", index) for index in range(len(conditions))),
    ]:
        token = sd_jwt.issue(credential, [path], KEY, KID, salt=salts())
        assert refused(sd_jwt.select(token, [])) == "E-CRED-CONTENT"
        assert refused(token) == "E-CRED-CONTENT"


@pytest.mark.parametrize(
    "line",
    [
        "selective=client:4,client:4",
        "selective=stages:1,client:4",
        "selective=value:1",
        "selective=client:04",
        "selective=client:x",
        "selective=client",
        "selective=client:4",
        "sheet=x",
    ],
)
def test_the_line_has_one_form(line: str) -> None:
    credential = credential_of(CERTIFICATE)
    credential["credentialSubject"]["conformityAssessment"][0]["specifiedCondition"].append(line)
    assert refused(sd_jwt.issue(credential, [], KEY, KID, salt=salts())) == "E-CRED-CONTENT"


def test_a_certificate_that_contradicts_its_lines_is_refused() -> None:
    credential = credential_of(CERTIFICATE)
    assessment = credential["credentialSubject"]["conformityAssessment"][0]
    assessment["specifiedCondition"].append("selective=")
    assessment["conformance"] = 1
    assert refused(sd_jwt.issue(credential, [], KEY, KID, salt=salts())) == "E-CRED-CONTENT"


def test_days_issuer_and_groups_are_asked_as_always() -> None:
    assert refused(issued(), date(2030, 1, 1)) == "E-CRED-EXPIRED"
    assert refused(issued(), date(2020, 1, 1)) == "E-CRED-NOT-YET"
    with pytest.raises(FootproofError, match="E-SD-GROUP"):
        issued("value")  # type: ignore[arg-type]  # the point of it
    with pytest.raises(FootproofError, match="E-SD-GROUP"):
        show(issued("client"), ["stages"])
    with pytest.raises(FootproofError, match="E-CRED-ISSUER"):
        issue_selective(CERTIFICATE, [], KEY, "did:web:other.example#k", salt=salts())
    assert verify_selective(issued(stages=()), KEYS, AT).certificate.stages == ()


def test_only_the_holder_of_the_key_shows_it() -> None:
    token = issue_selective(CERTIFICATE, ["client"], KEY, KID, salt=salts(), holder=HOLDER.public_key())
    now = datetime(2026, 12, 1, tzinfo=UTC)
    answer = sd_jwt.bind(show(token, []), HOLDER, "n-1", "https://buyer.example", now)
    found = verify_selective(answer, KEYS, AT, nonce="n-1", audience="https://buyer.example")
    assert (found.bound, found.hidden) == (True, ("client",))
    assert found.certificate.body.id == BODY
