"""Two profiles: ours is exact, that of others ignores what it need not obey; other libraries read every algorithm."""

import json
import shutil
import subprocess
import warnings
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import jwt as pyjwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc import jws
from joserfc.jwk import ECKey, OKPKey

from credential.sample import AT, BODY, CERTIFICATE, KEY, KEYS, KID, OTHER_KEY
from footproof.canonical import canonical_bytes
from footproof.credential import jose
from footproof.credential.conformity import certificate_of, credential_of, same_json
from footproof.credential.jwk import public_jwk
from footproof.credential.securing import sign_certificate, sign_certificates, verify_certificate
from footproof.errors import FootproofError, ProofRejected

ED = Ed25519PrivateKey.from_private_bytes(b"a key of the demonstration body.")
PRIVATE: dict[str, Any] = {
    "ES256": KEY,
    "ES384": ec.derive_private_key(0xC0FFEE, ec.SECP384R1()),
    "ES512": ec.derive_private_key(0xC0FFEE, ec.SECP521R1()),
    "EdDSA": ED,
}
DOCUMENT = {"@context": ["https://www.w3.org/ns/credentials/v2"], "type": ["VerifiableCredential"], "issuer": BODY}
PLACE = "https://footproof.example/status/1"
ORACLES = Path(__file__).resolve().parents[1] / "oracles"


def keys(algorithm: str) -> dict[str, Any]:
    return {KID: PRIVATE[algorithm].public_key()}


def token(header: dict[str, Any], payload: bytes = b"", key: Any = KEY) -> bytes:
    signed = jose.encode(json.dumps(header).encode()) + b"." + jose.encode(payload or canonical_bytes(DOCUMENT))
    return signed + b"." + jose.encode(jose._signature(signed, key))


def refused(jwt: bytes, profile: jose.Profile = jose.CREDENTIAL, found: Any = KEYS) -> str:
    with pytest.raises(FootproofError) as caught:
        jose.verify(jwt, found, profile)
    return caught.value.code


HEADER: dict[str, Any] = {"alg": "ES256", "typ": "vc+jwt", "cty": "vc", "kid": KID}


@pytest.mark.parametrize("algorithm", PRIVATE)
def test_other_libraries_read_ours_and_we_read_theirs(algorithm: str) -> None:
    key = PRIVATE[algorithm]
    ours = jose.sign(DOCUMENT, key, KID, jose.CREDENTIAL)
    assert pyjwt.PyJWS().decode_complete(ours, key.public_key(), algorithms=[algorithm])["header"]["alg"] == algorithm
    imported = OKPKey.import_key(key) if algorithm == "EdDSA" else ECKey.import_key(key)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # joserfc warns that RFC 9864 has a new name for EdDSA
        assert jws.deserialize_compact(ours, imported, algorithms=[algorithm]).payload == canonical_bytes(DOCUMENT)
        theirs = jws.serialize_compact(HEADER | {"alg": algorithm}, canonical_bytes(DOCUMENT), imported, [algorithm])
    assert jose.verify(theirs.encode(), keys(algorithm), jose.CREDENTIAL).credential == DOCUMENT


@pytest.mark.node
@pytest.mark.parametrize("algorithm", PRIVATE)
def test_jose_for_node_reads_ours(algorithm: str) -> None:
    if not (ORACLES / "node_modules/jose").is_dir() or shutil.which("node") is None:
        pytest.skip("needs Node.js and the package jose in tests/oracles/node_modules (npm install there)")
    script = """
    import { compactVerify, importJWK } from "jose";
    const [token, jwk, alg] = process.argv.slice(1);
    const { payload } = await compactVerify(token, await importJWK(JSON.parse(jwk), alg), { algorithms: [alg] });
    process.stdout.write(new TextDecoder().decode(payload));
    """
    ours = jose.sign(DOCUMENT, PRIVATE[algorithm], KID, jose.CREDENTIAL).decode()
    jwk = json.dumps(public_jwk(PRIVATE[algorithm].public_key()))
    call = ["node", "--input-type=module", "-e", script, ours, jwk, algorithm]
    ran = subprocess.run(call, cwd=ORACLES, capture_output=True, timeout=60, check=False)
    assert ran.stdout == canonical_bytes(DOCUMENT), ran.stderr.decode()


def test_a_certificate_may_be_signed_with_ed25519() -> None:
    jwt = sign_certificate(CERTIFICATE, ED, KID)
    assert verify_certificate(jwt, keys("EdDSA"), AT) == CERTIFICATE
    assert verify_certificate(jwt, lambda kid, purpose: ED.public_key(), AT) == CERTIFICATE
    assert refused(jwt, jose.CERTIFICATE) == "E-CRED-HEADER"  # the key under that name is P-256
    assert refused(jwt[:-8] + b"AAAAAAAA", jose.CERTIFICATE, keys("EdDSA")) in {"E-CRED-SIGNATURE", "E-CRED-FORM"}


@pytest.mark.parametrize("algorithm", ["ES384", "ES512"])
def test_a_certificate_is_not_signed_with_larger_curves(algorithm: str) -> None:
    with pytest.raises(FootproofError, match="E-CRED-KEY"):
        sign_certificate(CERTIFICATE, PRIVATE[algorithm], KID)
    jwt = token(HEADER | {"alg": algorithm}, canonical_bytes(credential_of(CERTIFICATE)), PRIVATE[algorithm])
    assert refused(jwt, jose.CERTIFICATE, keys(algorithm)) == "E-CRED-HEADER"
    assert jose.verify(jwt, keys(algorithm), jose.CREDENTIAL).algorithm == algorithm


def test_the_new_name_of_ed25519_is_read_from_others_and_not_in_certificates() -> None:
    jwt = token(HEADER | {"alg": "Ed25519"}, key=ED)
    assert jose.verify(jwt, keys("EdDSA"), jose.CREDENTIAL).credential == DOCUMENT
    assert refused(jwt, jose.CERTIFICATE, keys("EdDSA")) == "E-CRED-HEADER"


@pytest.mark.parametrize(
    "header",
    [
        HEADER | {"unknown": {"extension": 1}},
        HEADER | {"iat": "2010-01-01T19:23:24Z"},
        HEADER | {"typ": "application/vc+jwt", "cty": "application/vc"},
        HEADER | {"iss": BODY},
        {"alg": "ES256", "typ": "vc+jwt", "iss": BODY},
    ],
)
def test_what_is_not_understood_is_ignored_in_tokens_of_others_only(header: dict[str, Any]) -> None:
    jwt = token(header)
    assert jose.verify(jwt, KEYS | {BODY: KEY.public_key()}, jose.CREDENTIAL).credential == DOCUMENT
    assert refused(jwt, jose.CERTIFICATE) == "E-CRED-HEADER"


@pytest.mark.parametrize(
    "header",
    [
        HEADER | {"crit": ["exp"], "exp": 1},
        HEADER | {"crit": []},
        HEADER | {"b64": False},
        HEADER | {"b64": True},
        HEADER | {"jwk": public_jwk(OTHER_KEY.public_key())},
        HEADER | {"jku": "https://elsewhere.example/keys"},
        HEADER | {"x5c": ["MII"]},
        HEADER | {"x5u": "https://elsewhere.example/chain"},
        HEADER | {"zip": "DEF"},
        HEADER | {"alg": "none"},
        HEADER | {"alg": "HS256"},
        HEADER | {"alg": "RS256"},
        HEADER | {"alg": "ES256K"},
        HEADER | {"alg": ["ES256"]},
        HEADER | {"alg": "EdDSA"},
        HEADER | {"typ": "JWT"},
        HEADER | {"typ": "vc+sd-jwt"},
        HEADER | {"typ": ["vc+jwt"]},
        HEADER | {"cty": "vp"},
        HEADER | {"cty": None},
        HEADER | {"kid": None},
        HEADER | {"kid": {"a": 1}},
        {"alg": "ES256", "typ": "vc+jwt"},
        {"alg": "ES256", "kid": KID},
    ],
    ids=lambda header: ",".join(f"{k}={v}" for k, v in header.items() if HEADER.get(k) != v)[:40] or "missing",
)
def test_what_would_change_the_reading_is_refused_under_every_profile(header: dict[str, Any]) -> None:
    assert refused(token(header)) == "E-CRED-HEADER"
    assert refused(token(header), jose.CERTIFICATE) == "E-CRED-HEADER"


def test_a_signature_of_another_curves_size_is_refused() -> None:
    assert refused(token(HEADER | {"alg": "ES384"})) == "E-CRED-FORM"
    assert refused(token(HEADER | {"alg": "ES384"}, key=PRIVATE["ES384"])) == "E-CRED-HEADER"  # under our P-256 key
    assert refused(token(HEADER), found={KID: ec.derive_private_key(7, ec.SECP256K1()).public_key()}) == "E-CRED-KEY"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"iss": "did:web:other.example"}, "E-CRED-CLAIMS"),
        ({"jti": "urn:other"}, "E-CRED-CLAIMS"),
        ({"credentialSubject": {"id": "urn:a"}, "sub": "urn:b"}, "E-CRED-CLAIMS"),
        ({"vc": {}}, "E-CRED-CLAIMS"),
        ({"vp": {}}, "E-CRED-CLAIMS"),
        ({"issuer": "did:web:other.example"}, "E-CRED-ISSUER"),
        ({"issuer": {"id": "did:web:other.example", "name": "x"}}, "E-CRED-ISSUER"),
    ],
)
def test_claims_must_agree_with_the_credential(change: dict[str, Any], code: str) -> None:
    assert refused(token(HEADER, canonical_bytes(DOCUMENT | change))) == code


def test_a_key_that_names_another_party_signs_for_nobody_else() -> None:
    for kid in ("did:web:other.example#key-1", "did:web:other.example", "https://other.example/key"):
        assert refused(token(HEADER | {"kid": kid}), found=lambda *_: KEY.public_key()) == "E-CRED-ISSUER"
    assert jose.verify(token(HEADER | {"kid": "thumbprint"}), {"thumbprint": KEY.public_key()}, jose.CREDENTIAL)


def test_an_issuer_in_the_header_must_be_that_of_the_credential() -> None:
    assert refused(token(HEADER | {"iss": "did:web:other.example"})) == "E-CRED-CLAIMS"


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ({"exp": 1}, "E-CRED-EXPIRED"),
        ({"exp": Decimal("1.5")}, "E-CRED-EXPIRED"),
        ({"nbf": 4102444800}, "E-CRED-NOT-YET"),
        ({"exp": "1"}, "E-CRED-CLAIMS"),
        ({"exp": True}, "E-CRED-CLAIMS"),
        ({"exp": 10**30}, "E-CRED-CLAIMS"),
        ({"nbf": -1}, "E-CRED-CLAIMS"),
        ({"validUntil": "2020-01-01T00:00:00Z"}, "E-CRED-EXPIRED"),
        ({"validFrom": "2030-01-01T00:00:00+08:00"}, "E-CRED-NOT-YET"),
        ({"validFrom": "2020-01-01"}, "E-CRED-CLAIMS"),
    ],
)
def test_times_are_judged_at_a_moment(document: dict[str, Any], code: str) -> None:
    with pytest.raises(ProofRejected) as caught:
        jose.need_time(document, datetime(2026, 11, 22, tzinfo=UTC))
    assert caught.value.code == code


def test_depth_is_limited_before_anything_walks_the_document() -> None:
    deep = b'{"a":' * 64 + b"{}" + b"}" * 64
    assert refused(token(HEADER, b'{"a":' * 65 + b"1" + b"}" * 65)) == "E-CRED-FORM"
    assert refused(token(HEADER, deep)) == "E-CRED-FORM"
    assert jose.read_object(b'{"a":' * 64 + b"1" + b"}" * 64)


def _scalars(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of everything in a credential that is no text."""
    if isinstance(value, dict | list):
        for step, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _scalars(item, (*path, step))
    elif not isinstance(value, str):
        yield path


def test_nothing_that_is_no_text_has_a_twin() -> None:
    """True, 1 and 1.0 are equal in Python and different in JSON; each such place is tried."""
    certificate = replace(CERTIFICATE, value=Decimal(1), interval=(Decimal(0), Decimal(2)), unit="kg CO2e / kWh")
    paths = list(_scalars(credential_of(certificate)))
    assert len(paths) >= 8
    for path in paths:
        credential = credential_of(certificate)
        parent: Any = credential
        for step in path[:-1]:
            parent = parent[step]
        value = parent[path[-1]]
        for twin in ({True: 1, False: 0}[value] if isinstance(value, bool) else bool(value), Decimal(int(value))):
            parent[path[-1]] = twin
            assert not same_json(credential_of(certificate), credential)
            if twin == value:
                with pytest.raises(ProofRejected, match="E-CRED-CONTENT"):
                    certificate_of(credential)
        parent[path[-1]] = value
        assert certificate_of(credential) == certificate


@pytest.mark.parametrize("text", ["e\u0301", "\ud800"])
def test_a_text_that_nobody_could_sign_is_not_read_either(text: str) -> None:
    plain = credential_of(replace(CERTIFICATE, product_name=replace(CERTIFICATE.product_name, zh="ZZZZ")))
    payload = json.dumps(plain).replace("ZZZZ", json.dumps(text)[1:-1]).encode()
    assert (
        text
        in jose.read_object(payload)["credentialSubject"]["conformityAssessment"][0]["assessedProduct"][0]["product"][
            "name"
        ]
    )
    with pytest.raises(ProofRejected, match="E-CRED-CONTENT"):
        certificate_of(jose.read_object(payload))


def test_many_certificates_are_signed_one_by_one() -> None:
    many = [replace(CERTIFICATE, number=f"DEMO-{number}") for number in range(5)]
    signed = list(sign_certificates(many, KEY, KID))
    assert [verify_certificate(jwt, KEYS, AT) for jwt in signed] == many
    stranger = replace(CERTIFICATE, body=replace(CERTIFICATE.body, id="did:web:other.example"))
    batch = sign_certificates([CERTIFICATE, stranger], KEY, KID)
    assert next(batch)
    with pytest.raises(FootproofError, match="E-CRED-ISSUER"):
        next(batch)


@pytest.mark.parametrize("text", ["e\u0301", "\ud800", "\u1100\u1161"])
def test_a_text_without_one_byte_form_is_not_signed(text: str) -> None:
    named = replace(CERTIFICATE, product_name=replace(CERTIFICATE.product_name, zh=text))
    with pytest.raises(FootproofError, match="E-CANONICAL"):
        sign_certificate(named, KEY, KID)
