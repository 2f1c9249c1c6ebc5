"""The quick way into a certificate takes nothing that the careful one refuses, and both read the same."""

import json
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from credential.sample import AT, CERTIFICATE, KEY, KEYS, KID, LINK, STARS
from footproof.canonical import canonical_bytes, digest
from footproof.credential import jose
from footproof.credential.conformity import certificate_of, certificate_written, credential_bytes, credential_of
from footproof.credential.securing import need_issuer, need_validity, verify_certificate
from footproof.credential.template import Template, escaped
from footproof.errors import FootproofError, ProofRejected
from footproof.model.bilingual import Bilingual
from footproof.model.certificate import Certificate, CertificationScope, Party, Stage, StatusPlace

SCOPE = CertificationScope("product-certification", "cn.pcf", "2026", "cpc:46420", "CN-FJ", True, "DEMO-A-1")
W3C = StatusPlace("https://footproof.example/status/1", 70123)
CERTIFICATES = [
    CERTIFICATE,
    replace(CERTIFICATE, scope=SCOPE, status=W3C),
    replace(CERTIFICATE, scope=replace(SCOPE, accreditation=None), status=replace(W3C, profile="untp-0.7.0")),
    replace(CERTIFICATE, stages=(), interval=None, unit="mPt", body=replace(CERTIFICATE.body, address=None)),
    replace(CERTIFICATE, demonstration=False, rule_status="in-force", value=Decimal("0.0000000001"), interval=None),
]
WITHOUT_GRADE = [
    "sha256:8b8c57ef801b2017180c9c9ebd1b620f3c84793b6dfec076bc9e866631b956f9",
    "sha256:7c3108c888f5361526d8ba75640516517e9ba076b21e3af1c873c05ddfb8c014",
    "sha256:ef6e12ec61fc1c63e498108f65d18ceb6ab5ac553648eaf209a882ae7ca84ba6",
    "sha256:37adc4c6b2dbbe946e0528271e57eaccdcd7d8c44b3c0af3db07f62249743dfa",
    "sha256:eb899bcdf2fc6225f67b2f9d19af620e27a29418f3429b53a7916acffebcbc5f",
]
"""What the same were before certificates could state a grade."""
START = jose.header_segment(KEY, KID, jose.CERTIFICATE)

texts = st.text(min_size=1, max_size=12).filter(str.strip) | st.sampled_from(
    ['","', '"', "\\", "=", "=\u0338", "\u0338", "a\n\u0303", "e\u0301", "\ud800", "x=y", '"],"type":["', "\x7f", "𝄞"]
)


def _carefully(payload: bytes) -> Certificate | str:
    """Return the certificate of a payload, or the code of its refusal, by the way that reads JSON."""
    try:
        credential = jose.read_object(payload)
        jose.refuse_claims(credential, jose.Opened(KID, payload, {}), jose.CERTIFICATE)
        found = certificate_of(credential)
        need_issuer(KID, found.body.id, ProofRejected)
        need_validity(found, AT)
    except ProofRejected as problem:
        return problem.code
    return found


def _verified(payload: bytes) -> Certificate | str:
    """Return the same by the way that certificates are verified."""
    try:
        return verify_certificate(jose.seal(START, payload, KEY, jose.CERTIFICATE), KEYS, AT)
    except ProofRejected as problem:
        return problem.code


@pytest.mark.parametrize(("certificate", "before"), list(zip(CERTIFICATES, WITHOUT_GRADE, strict=True)))
def test_a_certificate_without_a_grade_is_what_it_was(certificate: Certificate, before: str) -> None:
    assert digest(credential_bytes(certificate)) == before


@pytest.mark.parametrize("certificate", [*CERTIFICATES, *(replace(one, grade=STARS) for one in CERTIFICATES)])
def test_what_we_write_is_read_the_quick_way(certificate: Certificate) -> None:
    payload = credential_bytes(certificate)
    assert payload == canonical_bytes(credential_of(certificate))
    assert certificate_written(payload) == certificate == _carefully(payload)


def _canonical(certificate: Certificate) -> bytes | None:
    """Return the canonical form of a certificate's credential by the careful way, or None where it has none."""
    try:
        return canonical_bytes(credential_of(certificate))
    except FootproofError:
        return None


@settings(deadline=None)
@given(named=st.lists(texts, min_size=6, max_size=6))
def test_any_text_is_written_in_canonical_form_or_not_at_all(named: list[str]) -> None:
    product, client, model, number, stage, unit = named
    certificate = replace(
        CERTIFICATE,
        product_name=Bilingual(product, client),
        client=Party("did:web:maker.footproof.example", Bilingual(client, "Demo")),
        product_model=model,
        number=number,
        unit=unit,
        stages=(Stage(stage.encode("utf-8", "replace").decode(), Bilingual(stage, product), Decimal(1)),),
    )
    needed = _canonical(certificate)
    if needed is None:
        with pytest.raises(FootproofError, match="E-CANONICAL"):
            credential_bytes(certificate)
        return
    assert credential_bytes(certificate) == needed
    assert _carefully(needed) == certificate
    assert certificate_written(needed) == (None if b"\\" in needed else certificate)


@settings(deadline=None, max_examples=300)
@given(data=st.data())
def test_both_ways_agree_on_changed_bytes(data: st.DataObject) -> None:
    payload = credential_bytes(data.draw(st.sampled_from(CERTIFICATES)))
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(payload) - 1))
        end = data.draw(st.integers(start, min(len(payload), start + 40)))
        piece = data.draw(
            st.binary(max_size=3) | st.sampled_from([b'"', b'","', b" ", b"\\u0061", b"0", payload[start:end] * 2])
        )
        payload = payload[:start] + piece + payload[end:]
    assert _verified(payload) == _carefully(payload)


def _spelled(change: Callable[[bytes], bytes]) -> bytes:
    changed = change(credential_bytes(CERTIFICATES[1]))
    assert changed != credential_bytes(CERTIFICATES[1])
    return changed


def _edited(change: Callable[[dict[str, Any]], object]) -> bytes:
    credential = credential_of(CERTIFICATES[1])
    change(credential)
    return canonical_bytes(credential)


def _assessment(credential: dict[str, Any]) -> dict[str, Any]:
    return credential["credentialSubject"]["conformityAssessment"][0]  # type: ignore[no-any-return]


SPELLED_OTHERWISE: dict[str, bytes] = {
    "with white space": _spelled(lambda p: p.replace(b'","', b'", "')),
    "in another order": json.dumps(
        dict(reversed(credential_of(CERTIFICATES[1]).items())), ensure_ascii=False, separators=(",", ":")
    ).encode(),
    "with escapes": json.dumps(credential_of(CERTIFICATES[1]), separators=(",", ":"), sort_keys=True).encode(),
    "with a solidus escaped": _spelled(lambda p: p.replace(b"https://footproof", b"https:\\/\\/footproof")),
}


@pytest.mark.parametrize("name", SPELLED_OTHERWISE)
def test_another_spelling_of_the_same_is_left_to_the_careful_way(name: str) -> None:
    payload = SPELLED_OTHERWISE[name]
    assert certificate_written(payload) is None
    assert _verified(payload) == _carefully(payload) == CERTIFICATES[1]


REFUSED: dict[str, tuple[bytes, str]] = {
    "a key twice": (_spelled(lambda p: p[:-1] + b',"validUntil":"2028-11-21T23:59:59+08:00"}'), "E-CRED-FORM"),
    "the first key twice": (_spelled(lambda p: b'{"@context":[],' + p[1:]), "E-CRED-FORM"),
    "a float": (_spelled(lambda p: p.replace(b'"value":61234', b'"value":61234.0')), "E-CRED-CONTENT"),
    "minus nought": (
        credential_bytes(replace(CERTIFICATE, stages=(Stage("a", Bilingual("甲", "A"), Decimal(0)),))).replace(
            b'"value":0}', b'"value":-0}'
        ),
        "E-CRED-CONTENT",
    ),
    "an exponent": (_spelled(lambda p: p.replace(b'"value":61234', b'"value":61234e0')), "E-CRED-CONTENT"),
    "text after the end": (_spelled(lambda p: p + b"{}"), "E-CRED-FORM"),
    "a byte order mark": (_spelled(lambda p: b"\xef\xbb\xbf" + p), "E-CRED-FORM"),
    "a line end inside a text": (_spelled(lambda p: p.replace(b"DM-811", b"DM\n811")), "E-CRED-FORM"),
    "half a character": (_spelled(lambda p: p.replace("示例".encode(), b"\xed\xa0\x80")), "E-CRED-FORM"),
    "a wrapper": (_edited(lambda c: c.update(vc={})), "E-CRED-CLAIMS"),
    "another issuer in iss": (_edited(lambda c: c.update(iss="did:web:other.example")), "E-CRED-CLAIMS"),
    "an unknown member": (_edited(lambda c: c.update(note="carbon neutral")), "E-CRED-CONTENT"),
    "a smaller measure": (
        _edited(lambda c: _assessment(c)["assessedPerformance"][0]["measure"].update(value=51234)),
        "E-CRED-CONTENT",
    ),
    "an index as a number": (_spelled(lambda p: p.replace(b'"70123"', b"70123")), "E-CRED-CONTENT"),
    "one body's key for another": (
        credential_bytes(replace(CERTIFICATE, body=replace(CERTIFICATE.body, id="did:web:other.example"))),
        "E-CRED-ISSUER",
    ),
    "long expired": (
        credential_bytes(replace(CERTIFICATE, valid_until=CERTIFICATE.valid_from)),
        "E-CRED-EXPIRED",
    ),
    "not composed": (
        _spelled(lambda p: p.replace("三元动力电池包".encode(), "e\u0301".encode())),
        "E-CRED-CONTENT",
    ),
    "nothing": (b"{}", "E-CRED-CONTENT"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_both_ways_name_the_same_fault(name: str) -> None:
    payload, code = REFUSED[name]
    assert _verified(payload) == _carefully(payload) == code


@given(st.integers(0, 2**40 - 1), st.sampled_from(["w3c", "untp-0.7.0"]), st.booleans(), texts)
@example(0, "w3c", False, LINK)
def test_scope_and_status_come_back(index: int, profile: Any, national: bool, number: str) -> None:
    accreditation = number.encode("utf-8", "replace").decode() if national else None
    scope = replace(SCOPE, national=national, accreditation=accreditation)
    certificate = replace(CERTIFICATE, scope=scope, status=replace(W3C, index=index, profile=profile))
    payload = json.dumps(credential_of(certificate), ensure_ascii=False).encode()
    found = _carefully(payload)
    assert found in (certificate, "E-CRED-CONTENT")  # the latter where a text is not composed


def test_a_template_writes_and_reads() -> None:
    template = Template({"b": "{text} of 1", "a": [True, "{=value=}"], "c": "{text}"}, {"value", "text"})
    assert template.write({"text": escaped('"'), "value": "[1,2]"}) == '{"a":[true,[1,2]],"b":"\\" of 1","c":"\\""}'
    assert template.read('{"a":[true,[1,2]],"b":"x of 1","c":"x"}') == {"value": "[1,2]", "text": "x"}
    with pytest.raises(ValueError, match="not found"):
        template.read('{"a":[true,1],"b":"x of 2","c":"x"}')
    with pytest.raises(KeyError):
        template.write({"text": "x"})
