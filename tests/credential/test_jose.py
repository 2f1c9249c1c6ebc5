"""The envelope: independent libraries agree with it, and every way to be wrong is refused by name."""

import base64
import json
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

import jwt as pyjwt
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from joserfc.jwk import ECKey

from credential.sample import AT, BODY, CERTIFICATE, KEY, KEYS, KID, OTHER_KEY
from footproof.canonical import canonical_bytes
from footproof.credential.conformity import credential_of
from footproof.credential.jose import MOST_PAYLOAD, read_object, sign, verify
from footproof.credential.securing import sign_certificate, verify_certificate
from footproof.errors import FootproofError, ProofRejected

INPUTS = Path(__file__).resolve().parents[2] / "../shared/data/interop/w3c-vc-jose-cose-inputs"
TOKEN = sign_certificate(CERTIFICATE, KEY, KID)
HEADER = {"alg": "ES256", "cty": "vc", "kid": KID, "typ": "vc+jwt"}
PAYLOAD = canonical_bytes(credential_of(CERTIFICATE))


def b64(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def token(header: object = None, payload: bytes = PAYLOAD, key: ec.EllipticCurvePrivateKey = KEY) -> bytes:
    """Sign anything, with primitives only, so that only the planted defect is wrong."""
    head = header if isinstance(header, bytes) else json.dumps(header or HEADER).encode()
    signed = b64(head) + b"." + b64(payload)
    r, s = decode_dss_signature(key.sign(signed, ec.ECDSA(hashes.SHA256())))
    return signed + b"." + b64(r.to_bytes(32, "big") + s.to_bytes(32, "big"))


def refused(jwt: bytes, at: date = AT, keys: Any = KEYS) -> str:
    with pytest.raises(ProofRejected) as caught:
        verify_certificate(jwt, keys, at)
    return caught.value.code


def test_a_signed_certificate_is_read_back() -> None:
    assert verify_certificate(TOKEN, KEYS, AT) == CERTIFICATE
    assert verify_certificate(token(), KEYS, AT) == CERTIFICATE


def test_header_and_payload_are_the_same_bytes_every_time() -> None:
    head, payload, _ = TOKEN.split(b".")
    assert head == b64(canonical_bytes(HEADER))
    assert payload == b64(PAYLOAD)


def test_pyjwt_verifies_ours() -> None:
    found = pyjwt.PyJWS().decode_complete(TOKEN, KEY.public_key(), algorithms=["ES256"])
    assert found["header"] == HEADER
    assert json.loads(found["payload"]) == credential_of(CERTIFICATE)


def test_ours_verifies_pyjwt() -> None:
    theirs = pyjwt.encode(
        credential_of(CERTIFICATE),
        KEY,
        algorithm="ES256",
        headers={"typ": "vc+jwt", "cty": "vc", "kid": KID},
    )
    assert verify_certificate(theirs.encode(), KEYS, AT) == CERTIFICATE
    with pytest.raises(pyjwt.InvalidSignatureError):
        pyjwt.PyJWS().decode(theirs, OTHER_KEY.public_key(), algorithms=["ES256"])


def _survivors(flips: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the flips of one bit (position, bit) after which the token still verifies."""
    found = []
    for position, bit in flips:
        flipped = bytearray(TOKEN)
        flipped[position] ^= 1 << bit
        try:
            verify_certificate(bytes(flipped), KEYS, AT)
        except ProofRejected:
            continue
        found.append((position, bit))
    return found


def test_a_flipped_bit_anywhere_is_detected() -> None:
    """Every bit of header, dots and signature, and one bit of every character of the payload."""
    start, end = TOKEN.index(b"."), TOKEN.rindex(b".")
    around = [position for position in range(len(TOKEN)) if position <= start or position >= end]
    assert _survivors((position, bit) for position in around for bit in range(8)) == []
    assert _survivors((position, position % 8) for position in range(start, end)) == []


@pytest.mark.slow
def test_every_flipped_bit_is_detected() -> None:
    assert _survivors((position, bit) for position in range(len(TOKEN)) for bit in range(8)) == []


def test_every_shortened_token_is_refused() -> None:
    for length in range(len(TOKEN)):
        with pytest.raises(ProofRejected):
            verify_certificate(TOKEN[:length], KEYS, AT)


def _but(**change: object) -> dict[str, object]:
    header = HEADER | change
    return {key: value for key, value in header.items() if value is not None}


@pytest.mark.parametrize(
    "header",
    [
        _but(alg="none"),
        _but(alg="None"),
        _but(alg="HS256"),
        _but(alg="ES384"),
        _but(alg=None),
        _but(alg=["ES256"]),
        _but(typ="JWT"),
        _but(typ="vp+jwt"),
        _but(typ="VC+JWT"),
        _but(typ="application/vc+jwt"),
        _but(typ=None),
        _but(cty="vp"),
        _but(kid=None),
        _but(kid=""),
        _but(kid=1),
        _but(b64=False),
        _but(crit=["b64"], b64=False),
        _but(crit=[]),
        _but(jwk={"kty": "EC"}),
        _but(jku="https://elsewhere.example/keys"),
        _but(x5c=["MII"]),
        _but(zip="DEF"),
    ],
    ids=lambda header: ",".join(f"{k}={v}" for k, v in header.items() if HEADER.get(k) != v) or "missing",
)
def test_a_header_must_say_exactly_what_we_sign(header: dict[str, object]) -> None:
    assert refused(token(header)) == "E-CRED-HEADER"


def test_alg_none_with_an_empty_signature_is_refused() -> None:
    bare = b64(json.dumps(_but(alg="none")).encode()) + b"." + b64(PAYLOAD) + b"."
    assert refused(bare) == "E-CRED-FORM"


def test_hmac_with_the_public_key_as_secret_is_refused() -> None:
    secret = ECKey.import_key(KEY.public_key()).as_pem(private=False)
    head = b64(json.dumps(_but(alg="HS256")).encode())
    signer = hashes.Hash(hashes.SHA256())
    signer.update(secret + head + b"." + b64(PAYLOAD))
    forged = head + b"." + b64(PAYLOAD) + b"." + b64(signer.finalize() * 2)
    assert refused(forged) == "E-CRED-HEADER"


def test_a_missing_content_type_is_allowed() -> None:
    assert verify_certificate(token(_but(cty=None)), KEYS, AT) == CERTIFICATE


def test_another_key_under_the_same_name_is_refused() -> None:
    assert refused(token(key=OTHER_KEY)) == "E-CRED-SIGNATURE"
    assert refused(TOKEN, keys={KID: OTHER_KEY.public_key()}) == "E-CRED-SIGNATURE"
    assert refused(TOKEN, keys={}) == "E-CRED-UNKNOWN-KEY"


def test_a_swapped_payload_is_refused() -> None:
    other = token(payload=PAYLOAD.replace(b"61.234", b"11.234"))
    head, _, signature = TOKEN.split(b".")
    assert refused(b".".join([head, other.split(b".")[1], signature])) == "E-CRED-SIGNATURE"


@pytest.mark.parametrize(
    "signature", [b"\0" * 64, b"\xff" * 64, b"\0" * 63, b"\0" * 65, b"\0" * 31 + b"\1" + b"\0" * 31 + b"\1"]
)
def test_a_hollow_signature_is_refused(signature: bytes) -> None:
    head, payload, _ = TOKEN.split(b".")
    forged = b".".join([head, payload, b64(signature)])
    assert refused(forged) == ("E-CRED-SIGNATURE" if len(signature) == 64 else "E-CRED-FORM")


def test_a_der_signature_is_refused() -> None:
    head, payload, _ = TOKEN.split(b".")
    der = KEY.sign(head + b"." + payload, ec.ECDSA(hashes.SHA256()))
    assert refused(b".".join([head, payload, b64(der)])) == "E-CRED-FORM"


@pytest.mark.parametrize(
    "change",
    [
        lambda t: t + b"\n",
        lambda t: b" " + t,
        lambda t: t + b"=",
        lambda t: t + b".",
        lambda t: t + b".x",
        lambda t: t.replace(b".", b"..", 1),
        lambda t: t.replace(b".", b"", 1),
        lambda t: b"\xef\xbb\xbf" + t,
        lambda t: b"",
        lambda t: b"..",
        lambda t: t + b"!!!!",
        lambda t: t[:-1] + bytes([t[-1] + 1]),
    ],
)
def test_a_token_with_a_second_spelling_is_refused(change: Any) -> None:
    assert refused(change(TOKEN)) == "E-CRED-FORM"


DUPLICATE = PAYLOAD.replace(b'"id":"https', b'"id":"https://elsewhere.example","id":"https', 1)


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (DUPLICATE, "E-CRED-FORM"),
        (PAYLOAD + b"{}", "E-CRED-FORM"),
        (PAYLOAD + b"\0", "E-CRED-FORM"),
        (b"\xef\xbb\xbf" + PAYLOAD, "E-CRED-FORM"),
        (b"\xff" + PAYLOAD, "E-CRED-FORM"),
        (b"[]", "E-CRED-FORM"),
        (b"", "E-CRED-FORM"),
        (b"null", "E-CRED-FORM"),
        (PAYLOAD.replace(b'"value":61234', b'"value":NaN'), "E-CRED-FORM"),
        (b'{"a":' * 100_00 + b"1" + b"}" * 100_00, "E-CRED-FORM"),
        (b'{"a":' + b"9" * 5000 + b"}", "E-CRED-FORM"),
        (PAYLOAD.replace(b'"value":61234', b'"value":61234.0'), "E-CRED-CONTENT"),
        (PAYLOAD.replace(b'"value":61234', b'"value":6.1234e4'), "E-CRED-CONTENT"),
        (PAYLOAD[:-1] + b',"vc":{}}', "E-CRED-CLAIMS"),
        (PAYLOAD[:-1] + b',"vp":null}', "E-CRED-CLAIMS"),
        (PAYLOAD[:-1] + b',"iss":"did:web:elsewhere.example"}', "E-CRED-CLAIMS"),
        (PAYLOAD[:-1] + b',"jti":"urn:elsewhere"}', "E-CRED-CLAIMS"),
        (PAYLOAD[:-1] + b',"exp":1}', "E-CRED-CONTENT"),
        (b'{"vc":' + PAYLOAD + b"}", "E-CRED-CLAIMS"),
        (b"{}", "E-CRED-CONTENT"),
        (PAYLOAD.replace(b'"demonstration=yes"', b'"demonstration=\\ud800"'), "E-CRED-CONTENT"),
        (PAYLOAD[:-1] + b',"x":"' + b"x" * MOST_PAYLOAD + b'"}', "E-CRED-SIZE"),
        (b"x" * (2 * MOST_PAYLOAD), "E-CRED-SIZE"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_well_signed_payload_must_still_say_one_thing(payload: bytes, code: str) -> None:
    assert refused(token(payload=payload)) == code


def test_a_header_with_a_duplicate_key_is_refused() -> None:
    twice = canonical_bytes(HEADER).replace(b'{"alg"', b'{"alg":"none","alg"')
    assert refused(token(twice)) == "E-CRED-FORM"


def test_a_large_header_is_refused() -> None:
    assert refused(token(_but(kid="k" * 4000))) == "E-CRED-SIZE"


def test_one_body_cannot_sign_for_another() -> None:
    kid = "did:web:other-body.footproof.example#key-1"
    forged = token(_but(kid=kid), key=OTHER_KEY)
    assert refused(forged, keys=KEYS | {kid: OTHER_KEY.public_key()}) == "E-CRED-ISSUER"
    for name in (kid, BODY, f"{BODY}#", f"{BODY}.evil.example#key-1", "key-1"):
        with pytest.raises(FootproofError, match="E-CRED-ISSUER"):
            sign_certificate(CERTIFICATE, KEY, name)


def test_validity_is_asked_at_a_day() -> None:
    assert refused(TOKEN, at=date(2026, 11, 21)) == "E-CRED-NOT-YET"
    assert verify_certificate(TOKEN, KEYS, date(2026, 11, 22)) == CERTIFICATE
    assert verify_certificate(TOKEN, KEYS, date(2028, 11, 21)) == CERTIFICATE
    assert refused(TOKEN, at=date(2028, 11, 22)) == "E-CRED-EXPIRED"


def test_another_curve_neither_signs_nor_verifies() -> None:
    large: Any = ec.generate_private_key(ec.SECP384R1())
    with pytest.raises(FootproofError, match="E-CRED-KEY"):
        sign_certificate(CERTIFICATE, large, KID)
    with pytest.raises(FootproofError, match="E-CRED-KEY"):
        verify_certificate(TOKEN, {KID: large.public_key()}, AT)


@pytest.mark.parametrize("value", [61.234, float("nan"), 2**53, "e\u0301"])
def test_no_float_and_no_ambiguous_text_is_signed(value: object) -> None:
    with pytest.raises(FootproofError, match="E-CANONICAL"):
        sign({"value": value}, KEY, KID)


def test_nothing_is_signed_that_we_would_not_read() -> None:
    with pytest.raises(FootproofError, match="E-CRED-SIZE"):
        sign({"x": "x" * MOST_PAYLOAD}, KEY, KID)


def _w3c(name: str) -> bytes:
    path = INPUTS / name
    if not path.exists():
        pytest.skip(f"needs the W3C input {name}, kept beside the repository")
    return path.read_bytes().strip()


def _w3c_keys(name: str) -> dict[str, Any]:
    jwk = json.loads(_w3c(name))["publicKeyJwk"]
    return {jwk["kid"]: ECKey.import_key(jwk).public_key}


def test_the_w3c_es256_credential_verifies() -> None:
    signed = verify(_w3c("credential-jose-minimal.txt"), _w3c_keys("vm-p256.json"))
    expected = json.loads(_w3c("credential-minimal.json"))
    assert {key: signed.credential[key] for key in expected} == expected


@pytest.mark.parametrize(
    "name",
    [
        "credential-jose-bad-media-type.txt",
        "credential-jose-bad-signature.txt",
        "credential-jose-unknown-extensions.txt",
        "credential-jose-vc-vp-claims.txt",
        "presentation-jose-bad-credential.txt",
        "presentation-jose-bad-media-type.txt",
        "presentation-jose-multiple.txt",
    ],
)
def test_the_other_w3c_tokens_are_refused(name: str) -> None:
    """These are bad, or signed with algorithms this edition does not take (EdDSA, ES384, ES512)."""
    keys = _w3c_keys("vm-p256.json")
    kid = json.loads(base64.urlsafe_b64decode(_w3c(name).split(b".")[0] + b"=="))["kid"]
    with pytest.raises(ProofRejected) as caught:
        verify(_w3c(name), {kid: next(iter(keys.values()))})
    assert caught.value.code == "E-CRED-HEADER"


def test_the_w3c_wrapped_credential_is_refused_for_its_claims() -> None:
    """The published token is signed with Ed25519; its payload is signed again here with our algorithm."""
    payload = _w3c("credential-jose-vc-vp-claims.txt").split(b".")[1]
    data = base64.urlsafe_b64decode(payload + b"=" * (-len(payload) % 4))
    with pytest.raises(ProofRejected, match="E-CRED-CLAIMS"):
        verify(token(payload=data), KEYS)


def test_the_reader_never_makes_a_float() -> None:
    assert not isinstance(read_object(b'{"a":1.5}')["a"], float)
