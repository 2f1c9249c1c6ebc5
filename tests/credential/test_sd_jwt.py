"""Selective disclosure: the reference library agrees both ways, and every rule of reading refuses by its name."""

import base64
import hashlib
import itertools
import json
from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st
from jwcrypto.jwk import JWK
from sd_jwt.common import SDObj
from sd_jwt.holder import SDJWTHolder
from sd_jwt.issuer import SDJWTIssuer
from sd_jwt.verifier import SDJWTVerifier

from credential.sample import BODY, KEY, KEYS, KID, OTHER_KEY
from footproof.credential import jose, sd_jwt
from footproof.credential.jwk import public_jwk, public_key_of
from footproof.errors import FootproofError, ProofRejected

HOLDER = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
HOLDER_EC = OTHER_KEY
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
DOCUMENT: dict[str, Any] = {
    "@context": ["https://www.w3.org/ns/credentials/v2"],
    "type": ["VerifiableCredential"],
    "issuer": BODY,
    "credentialSubject": {
        "id": "did:web:maker.footproof.example",
        "name": "示例电池",
        "address": {"street": "一路 1 号", "city": "示例市"},
        "stages": ["原材料", {"id": "production", "value": "13.634"}, 7],
    },
}
SUBJECT = "credentialSubject"
HIDE: list[sd_jwt.Path] = [
    (SUBJECT, "name"),
    (SUBJECT, "address"),
    (SUBJECT, "address", "street"),
    (SUBJECT, "stages", 1),
    (SUBJECT, "stages", 1, "value"),
]


def salts() -> Callable[[], bytes]:
    counter = itertools.count()
    return lambda: hashlib.sha256(str(next(counter)).encode()).digest()[:16]


def issued(hide: list[sd_jwt.Path] = HIDE, document: dict[str, Any] = DOCUMENT, **more: Any) -> bytes:
    return sd_jwt.issue(document, hide, KEY, KID, salt=salts(), **more)


def refused(token: bytes, **more: Any) -> str:
    with pytest.raises(FootproofError) as caught:
        sd_jwt.verify(token, KEYS, **more)
    return caught.value.code


def signed(payload: dict[str, Any], *disclosures: list[Any], raw: tuple[bytes, ...] = ()) -> bytes:
    """Sign any payload, with any disclosures behind it, so that only the planted defect is wrong."""
    token = jose.sign(payload, KEY, KID, jose.SD_CREDENTIAL)
    return b"~".join([token, *(encoded(each) for each in disclosures), *raw, b""])


def encoded(disclosure: object) -> bytes:
    return jose.encode(json.dumps(disclosure).encode())


def digest(disclosure: object) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(encoded(disclosure)).digest()).rstrip(b"=").decode()


def test_everything_shown_is_the_document() -> None:
    found = sd_jwt.verify(issued(), KEYS)
    assert found.claims == DOCUMENT
    assert set(found.shown) == set(HIDE)
    assert found.hidden == ()
    assert found.bound is False


def test_nothing_hidden_stands_in_the_signed_part() -> None:
    payload = jose.decode(issued().split(b".")[1]).decode()
    for secret in ("示例电池", "示例市", "一路", "production", "13.634"):
        assert secret not in payload


def test_a_holder_shows_what_he_wants() -> None:
    token = issued()
    bare = sd_jwt.verify(sd_jwt.select(token, []), KEYS)
    assert bare.claims[SUBJECT] == {"id": "did:web:maker.footproof.example", "stages": ["原材料", 7]}
    assert sorted(bare.hidden) == [(SUBJECT,), (SUBJECT,), (SUBJECT, "stages")]
    # What lies inside another hidden member brings that along, and nothing else.
    some = sd_jwt.verify(sd_jwt.select(token, [(SUBJECT, "stages", 1, "value")]), KEYS)
    assert some.claims[SUBJECT]["stages"] == DOCUMENT[SUBJECT]["stages"]
    assert "address" not in some.claims[SUBJECT]
    with pytest.raises(FootproofError, match="E-SD-PATH"):
        sd_jwt.select(token, [(SUBJECT, "id")])


@settings(deadline=None, max_examples=40)
@given(st.sets(st.sampled_from(HIDE)), st.sets(st.sampled_from(HIDE)), st.integers(0, 3))
def test_any_selection_shows_exactly_itself_and_what_it_lies_in(
    hide: set[sd_jwt.Path], show: set[sd_jwt.Path], decoys: int
) -> None:
    token = issued(list(hide), decoys=decoys)
    wanted = hide & show
    found = sd_jwt.verify(sd_jwt.select(token, wanted), KEYS)
    around = {path for path in hide if any(each[: len(path)] == path for each in wanted)}
    assert set(found.shown) == around
    if around == hide and decoys == 0:
        assert found.claims == DOCUMENT
        assert found.hidden == ()


def test_decoys_look_like_digests_of_what_is_hidden() -> None:
    found = sd_jwt.verify(issued([(SUBJECT, "name"), (SUBJECT, "stages", 0)], decoys=5), KEYS)
    assert found.claims == DOCUMENT
    assert len(found.hidden) == 10
    payload = jose.read_object(jose.decode(issued([(SUBJECT, "name")], decoys=5).split(b".")[1]))
    assert payload[SUBJECT]["_sd"] == sorted(payload[SUBJECT]["_sd"])
    assert len({len(each) for each in payload[SUBJECT]["_sd"]}) == 1


@pytest.mark.parametrize(
    ("path", "code"),
    [
        (("nothing",), "E-SD-PATH"),
        ((SUBJECT, "stages", 3), "E-SD-PATH"),
        ((SUBJECT, "stages", "id"), "E-SD-PATH"),
        ((SUBJECT, 0), "E-SD-PATH"),
        ((SUBJECT, "name", "zh"), "E-SD-PATH"),
        ((), "E-SD-NEVER"),
        (("@context",), "E-SD-NEVER"),
        (("issuer",), "E-SD-NEVER"),
        (("type", 0), "E-SD-NEVER"),
        (("credentialStatus",), "E-SD-NEVER"),
    ],
)
def test_what_cannot_or_must_not_be_hidden_is_refused(path: sd_jwt.Path, code: str) -> None:
    with pytest.raises(FootproofError) as caught:
        issued([path])
    assert caught.value.code == code


def test_salts_are_long_and_never_repeated() -> None:
    for salt in (lambda: b"0" * 16, lambda: b"short"):
        with pytest.raises(FootproofError, match="E-SD-SALT"):
            sd_jwt.issue(DOCUMENT, HIDE, KEY, KID, salt=salt)


@pytest.mark.parametrize("name", ["_sd", "...", "_sd_alg"])
def test_names_of_sd_jwt_are_not_issued(name: str) -> None:
    with pytest.raises(FootproofError, match="E-SD-RESERVED"):
        issued([], DOCUMENT | {"evidence": [{"deep": {name: "x"}}]})


def test_limits_hold_on_both_sides() -> None:
    many = [(SUBJECT, str(number)) for number in range(600)]
    with pytest.raises(FootproofError, match="E-SD-MANY"):
        issued(many)  # type: ignore[arg-type]  # mypy sees narrower tuples
    with pytest.raises(FootproofError, match="E-SD-MANY"):
        issued(decoys=65)
    assert refused(issued() + b"~".join([b"WyIxIiwiYSIsMV0"] * 600) + b"~") == "E-SD-MANY"
    assert refused(issued() + b"A" * 70_000 + b"~") == "E-CRED-SIZE"
    assert refused(issued() + b"~" * 2_000_000) == "E-CRED-SIZE"


@pytest.mark.parametrize(
    ("text", "path"),
    [("a", ("a",)), ("a.b[0].c", ("a", "b", 0, "c")), ("a[10][2]", ("a", 10, 2)), ("@context[1]", ("@context", 1))],
)
def test_a_path_has_one_text(text: str, path: sd_jwt.Path) -> None:
    assert sd_jwt.read_path(text) == path
    assert sd_jwt.write_path(path) == text


@pytest.mark.parametrize("text", ["", ".", "a..b", "a.", "a[", "a[x]", "a]", "a[-1]", "a[0", "a[0]b"])
def test_no_other_text_is_a_path(text: str) -> None:
    with pytest.raises(FootproofError, match="E-SD-PATH"):
        sd_jwt.read_path(text)


# Every rule of RFC 9901 §7.1 that a reader must refuse by.

A = ["c2FsdHNhbHRzYWx0c2FsdA", "a", 1]
ELEMENT = ["c2FsdHNhbHRzYWx0c2FsdA", 1]
BASE = {"type": ["VerifiableCredential"], "issuer": BODY}

DEFECTS: dict[str, tuple[bytes, str]] = {
    "no tilde": (signed(BASE)[:-1], "E-SD-FORM"),
    "an empty disclosure": (signed(BASE, raw=(b"",)), "E-CRED-FORM"),
    "a disclosure that is no JSON": (signed(BASE, raw=(b"AAAA",)), "E-CRED-FORM"),
    "a disclosure that is no list": (signed(BASE | {"_sd": [digest({"a": 1})]}, raw=(encoded({"a": 1}),)), "E-SD-FORM"),
    "one item": (signed(BASE | {"_sd": [digest(["x"])]}, ["x"]), "E-SD-FORM"),
    "four items": (signed(BASE | {"_sd": [digest([*A, 1])]}, [*A, 1]), "E-SD-FORM"),
    "a salt that is no text": (signed(BASE | {"_sd": [digest([1, "a", 1])]}, [1, "a", 1]), "E-SD-FORM"),
    "a name that is no text": (signed(BASE | {"_sd": [digest(["s", 1, 1])]}, ["s", 1, 1]), "E-SD-FORM"),
    "_sd is no list": (signed(BASE | {"_sd": digest(A)}, A), "E-SD-FORM"),
    "_sd holds a number": (signed(BASE | {"_sd": [1]}), "E-SD-FORM"),
    "an element disclosed as a member": (signed(BASE | {"_sd": [digest(ELEMENT)]}, ELEMENT), "E-SD-FORM"),
    "a member disclosed as an element": (signed(BASE | {"x": [{"...": digest(A)}]}, A), "E-SD-FORM"),
    "an element of digests with more": (signed(BASE | {"x": [{"...": digest(ELEMENT), "y": 1}]}, ELEMENT), "E-SD-FORM"),
    "an element whose digest is no text": (signed(BASE | {"x": [{"...": 1}]}), "E-SD-FORM"),
    "... outside a list": (signed(BASE | {"x": {"...": digest(ELEMENT)}}, ELEMENT), "E-SD-RESERVED"),
    "a disclosed _sd": (signed(BASE | {"_sd": [digest(["s", "_sd", []])]}, ["s", "_sd", []]), "E-SD-RESERVED"),
    "a disclosed ...": (signed(BASE | {"_sd": [digest(["s", "...", ""])]}, ["s", "...", ""]), "E-SD-RESERVED"),
    "_sd_alg below the top": (signed(BASE | {"x": {"_sd_alg": "sha-256"}}), "E-SD-RESERVED"),
    "a digest twice in a list": (signed(BASE | {"_sd": [digest(A), digest(A)]}, A), "E-SD-DUPLICATE"),
    "a digest in two places": (signed(BASE | {"_sd": [digest(A)], "x": {"_sd": [digest(A)]}}, A), "E-SD-DUPLICATE"),
    "an unknown digest twice": (signed(BASE | {"_sd": ["q", "q"]}), "E-SD-DUPLICATE"),
    "a disclosure twice": (signed(BASE | {"_sd": [digest(A)]}, A, A), "E-SD-DUPLICATE"),
    "a disclosure nobody signed": (signed(BASE, A), "E-SD-UNREFERENCED"),
    "a disclosure for what stands there": (signed(BASE | {"a": 2, "_sd": [digest(A)]}, A), "E-SD-CLASH"),
    "two disclosures of one name": (
        signed(BASE | {"_sd": [digest(A), digest(["t", "a", 2])]}, A, ["t", "a", 2]),
        "E-SD-CLASH",
    ),
    "an unknown hash": (signed(BASE | {"_sd_alg": "md5"}), "E-SD-HASH"),
    "a hash that is no text": (signed(BASE | {"_sd_alg": ["sha-256"]}), "E-SD-HASH"),
    "a disclosed issuer that is not iss": (
        signed(
            {"iss": BODY, "_sd": [digest(["s", "issuer", "did:web:evil.example"])]},
            ["s", "issuer", "did:web:evil.example"],
        ),
        "E-CRED-CLAIMS",
    ),
    "a disclosed vc": (signed(BASE | {"_sd": [digest(["s", "vc", {}])]}, ["s", "vc", {}]), "E-CRED-CLAIMS"),
    "another issuer than the key's": (signed({"issuer": "did:web:evil.example"}), "E-CRED-ISSUER"),
}


@pytest.mark.parametrize("name", DEFECTS)
def test_each_defect_is_refused_by_its_name(name: str) -> None:
    token, code = DEFECTS[name]
    assert refused(token) == code


def test_a_disclosure_with_duplicate_keys_is_refused() -> None:
    raw = jose.encode(b'["c2FsdA","a",{"x":1,"x":2}]')
    name = base64.urlsafe_b64encode(hashlib.sha256(raw).digest()).rstrip(b"=").decode()
    assert refused(signed(BASE | {"_sd": [name]}, raw=(raw,))) == "E-CRED-FORM"


def test_disclosures_within_disclosures_have_a_limit() -> None:
    chain: list[list[Any]] = [["s", "a", 1]]
    for _ in range(70):
        chain.append(["s", "a", {"_sd": [digest(chain[-1])]}])
    assert refused(signed(BASE | {"_sd": [digest(chain[-1])]}, *chain)) == "E-SD-FORM"


@pytest.mark.parametrize("name", ["sha-256", "sha-384", "sha-512"])
def test_each_hash_of_the_registry_is_read(name: str) -> None:
    hashed = hashlib.new(name.replace("-", ""), encoded(A)).digest()
    text = base64.urlsafe_b64encode(hashed).rstrip(b"=").decode()
    assert sd_jwt.verify(signed(BASE | {"_sd_alg": name, "_sd": [text]}, A), KEYS).claims["a"] == 1


def test_a_changed_disclosure_belongs_to_nothing() -> None:
    token = issued([(SUBJECT, "name")])
    head, disclosure, _ = token.split(b"~")
    salt, name, _ = json.loads(base64.urlsafe_b64decode(disclosure + b"=="))
    assert refused(b"~".join([head, encoded([salt, name, "别家电池"]), b""])) == "E-SD-UNREFERENCED"


def test_an_sd_jwt_is_no_plain_token_and_the_other_way_round() -> None:
    with pytest.raises(ProofRejected, match="E-CRED-HEADER"):
        jose.verify(issued([]).split(b"~")[0], KEYS, jose.CREDENTIAL)
    assert refused(jose.sign(DOCUMENT, KEY, KID, jose.CREDENTIAL) + b"~") == "E-CRED-HEADER"


# Key binding.


@pytest.mark.parametrize("holder", [HOLDER, HOLDER_EC], ids=["Ed25519", "P-256"])
def test_the_holder_answers_our_challenge(holder: Any) -> None:
    token = issued(holder=holder.public_key())
    shown = sd_jwt.select(token, [(SUBJECT, "name")])
    answer = sd_jwt.bind(shown, holder, "n-1", "https://verifier.example", NOW)
    found = sd_jwt.verify(answer, KEYS, nonce="n-1", audience="https://verifier.example", at=NOW)
    assert found.bound
    assert sd_jwt.bind(answer, holder, "n-1", "https://verifier.example", NOW).count(b"~") == answer.count(b"~")


ASKED: dict[str, Any] = {"nonce": "n-1", "audience": "https://verifier.example", "at": NOW}


def bound(**change: Any) -> bytes:
    made: dict[str, Any] = {"key": HOLDER, "nonce": "n-1", "audience": "https://verifier.example", "at": NOW} | change
    return sd_jwt.bind(issued(holder=HOLDER.public_key()), made["key"], made["nonce"], made["audience"], made["at"])


@pytest.mark.parametrize(
    ("token", "asked", "code"),
    [
        (bound(nonce="n-2"), ASKED, "E-CRED-CHALLENGE"),
        (bound(audience="https://other.example"), ASKED, "E-CRED-CHALLENGE"),
        (bound(key=Ed25519PrivateKey.from_private_bytes(b"x" * 32)), ASKED, "E-CRED-SIGNATURE"),
        (bound(key=KEY), ASKED, "E-CRED-FORM E-CRED-HEADER"),
        (bound(at=NOW - timedelta(minutes=11)), ASKED, "E-SD-BINDING"),
        (bound(at=NOW + timedelta(minutes=2)), ASKED, "E-SD-BINDING"),
        (bound(), {}, "E-CRED-CHALLENGE"),
        (bound(), {"nonce": "n-1"}, "E-SD-BINDING"),
        (issued(holder=HOLDER.public_key()), ASKED, "E-SD-BINDING"),
        (sd_jwt.bind(issued(), HOLDER, "n-1", "https://verifier.example", NOW), ASKED, "E-SD-BINDING"),
    ],
    ids=["nonce", "audience", "key", "kind of key", "old", "early", "not asked", "half asked", "missing", "no cnf"],
)
def test_any_other_answer_is_refused(token: bytes, asked: dict[str, Any], code: str) -> None:
    assert refused(token, **asked) in code.split()


def test_the_answer_covers_what_is_shown() -> None:
    """Taking a disclosure away, or putting one back, after the holder signed is seen."""
    token = issued(holder=HOLDER.public_key())
    few = sd_jwt.bind(sd_jwt.select(token, [(SUBJECT, "name")]), HOLDER, "n-1", "https://verifier.example", NOW)
    head, disclosure, answer = few.split(b"~")
    assert refused(b"~".join([head, answer]), **ASKED) == "E-CRED-CHALLENGE"
    assert refused(b"~".join([*token.split(b"~")[:-1], answer]), **ASKED) == "E-CRED-CHALLENGE"
    assert disclosure in token


def test_a_private_key_in_cnf_is_refused() -> None:
    document = deepcopy(DOCUMENT)
    private = json.loads(JWK.from_pem(HOLDER.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())).export())
    token = sd_jwt.issue(document | {"cnf": {"jwk": private}}, [], KEY, KID, salt=salts())
    assert refused(sd_jwt.bind(token, HOLDER, "n-1", "https://verifier.example", NOW), **ASKED) == "E-SD-BINDING"


# Another library, PyPI sd-jwt 0.10 (the RFC authors' reference), both ways.


def jwk(key: Any) -> JWK:
    return JWK.from_pem(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


def public(key: Any) -> JWK:
    return JWK.from_pem(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))


def theirs(claims: dict[str, Any], **more: Any) -> SDJWTIssuer:
    header = {"typ": "vc+sd-jwt", "kid": KID}
    return SDJWTIssuer(claims, jwk(KEY), sign_alg="ES256", extra_header_parameters=header, **more)


def test_the_reference_library_reads_ours() -> None:
    token = issued(decoys=2)
    read = SDJWTVerifier(token.decode(), lambda *_: public(KEY)).get_verified_payload()
    assert read == DOCUMENT
    some = sd_jwt.select(token, [(SUBJECT, "address")])
    read = SDJWTVerifier(some.decode(), lambda *_: public(KEY)).get_verified_payload()
    assert read == sd_jwt.verify(some, KEYS).claims


def test_the_reference_library_reads_our_key_binding() -> None:
    token = sd_jwt.bind(issued(holder=HOLDER_EC.public_key()), HOLDER_EC, "n-1", "https://verifier.example", NOW)
    found = SDJWTVerifier(token.decode(), lambda *_: public(KEY), "https://verifier.example", "n-1")
    assert found.get_verified_payload()[SUBJECT] == DOCUMENT[SUBJECT]


def test_we_read_the_reference_library() -> None:
    claims = {
        **{name: value for name, value in DOCUMENT.items() if name != SUBJECT},
        SUBJECT: {
            "id": "did:web:maker.footproof.example",
            SDObj("name"): "示例电池",
            SDObj("address"): {SDObj("street"): "一路 1 号", "city": "示例市"},
            "stages": ["原材料", SDObj({"id": "production", SDObj("value"): "13.634"}), 7],
        },
    }
    made = theirs(claims, holder_key=public(HOLDER_EC), add_decoy_claims=True)
    found = sd_jwt.verify(made.sd_jwt_issuance.encode(), KEYS)
    assert {name: value for name, value in found.claims.items() if name != "cnf"} == DOCUMENT
    assert set(found.shown) == set(HIDE)
    holder = SDJWTHolder(made.sd_jwt_issuance)
    holder.create_presentation(
        {SUBJECT: {"name": True}}, "n-1", "https://verifier.example", jwk(HOLDER_EC), sign_alg="ES256"
    )
    shown = sd_jwt.verify(holder.sd_jwt_presentation.encode(), KEYS, nonce="n-1", audience="https://verifier.example")
    assert shown.bound
    assert shown.claims[SUBJECT] == {
        "id": "did:web:maker.footproof.example",
        "name": "示例电池",
        "stages": ["原材料", 7],
    }


def test_a_jwk_goes_there_and_back() -> None:
    for key in (KEY, HOLDER):
        assert public_key_of(public_jwk(key.public_key())) == key.public_key()
    for wrong in (
        {"kty": "oct", "k": "AAAA"},
        {"kty": "EC", "crv": "secp256k1", "x": "AA", "y": "AA"},
        {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"},
        {"kty": "EC", "crv": "P-256", "x": 1, "y": 2},
        public_jwk(KEY.public_key()) | {"use": "enc"},
        {},
    ):
        with pytest.raises(FootproofError, match="E-CRED-JWK"):
            public_key_of(wrong)
