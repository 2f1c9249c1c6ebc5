"""Data Integrity: W3C's vectors hold and are made again, every change of them is refused, and so is every misuse."""

import copy
import hashlib
import importlib
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, SECP384R1, derive_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from credential.credentials import alumni, by_did_key
from footproof.credential.contexts import V2, Contexts, shipped
from footproof.credential.did_key import PublicKey, base58btc, from_base58btc, key_name
from footproof.credential.integrity import PrivateKey, add_proof, verify_proofs
from footproof.credential.jcs import jcs_bytes
from footproof.credential.jose import read_object
from footproof.credential.rdfc import rdfc_bytes
from footproof.errors import FootproofError, ProofRejected

DATA = Path(__file__).resolve().parents[2] / "../shared/data/interop"
EDDSA = DATA / "w3c-vc-di-eddsa/TestVectors"
ECDSA = DATA / "w3c-vc-di-ecdsa/TestVectors"
NEEDS_VECTORS = pytest.mark.skipif(not EDDSA.exists(), reason="needs ../shared/data/interop/w3c-vc-di-*")
CREATED = "2026-11-22T08:00:00Z"
MOST = 10**6

Document = dict[str, Any]

KEYS: dict[str, tuple[str, PrivateKey]] = {
    "Ed25519": ("eddsa-jcs-2022", Ed25519PrivateKey.from_private_bytes(bytes(range(32)))),
    "P-256": ("ecdsa-jcs-2019", derive_private_key(0xC0FFEE, SECP256R1())),
    "P-384": ("ecdsa-jcs-2019", derive_private_key(0xBADBEE, SECP384R1())),
}


def _signed(kind: str = "Ed25519", document: Document | None = None, **options: Any) -> Document:
    suite, key = KEYS[kind]
    name = key_name(key.public_key())
    return add_proof(alumni() if document is None else document, key, name, CREATED, cryptosuite=suite, **options)


def _code(document: Document, **options: Any) -> str:
    try:
        verify_proofs(document, by_did_key, **options)
    except FootproofError as problem:
        return problem.code
    return "ok"


# --- W3C's vectors ---------------------------------------------------------------------------------------------------

VECTORS = {
    "eddsa-jcs-2022": (EDDSA / "eddsa-jcs-2022", "JCS", "sha256"),
    "eddsa-rdfc-2022": (EDDSA / "eddsa-rdfc-2022", "DataInt", "sha256"),
    "ecdsa-jcs-2019-p256": (ECDSA / "ecdsa-jcs-2019-p256", "JCSECDSAP256", "sha256"),
    "ecdsa-jcs-2019-p384": (ECDSA / "ecdsa-jcs-2019-p384", "JCSECDSAP384", "sha384"),
    "ecdsa-rdfc-2019-p256": (ECDSA / "ecdsa-rdfc-2019-p256", "ECDSAP256", "sha256"),
    "ecdsa-rdfc-2019-p384": (ECDSA / "ecdsa-rdfc-2019-p384", "ECDSAP384", "sha384"),
}


@NEEDS_VECTORS
@pytest.mark.parametrize("name", VECTORS)
def test_every_step_of_a_vector(name: str) -> None:
    folder, ending, hash_name = VECTORS[name]

    def text(stem: str) -> str:
        return (folder / f"{stem}{ending}.txt").read_text("utf-8")

    signed = json.loads((folder / f"signed{ending}.json").read_bytes())
    proof = {key: value for key, value in signed["proof"].items() if key != "proofValue"}
    unsigned = {key: value for key, value in signed.items() if key != "proof"}
    if "jcs" in name:
        forms = jcs_bytes(unsigned, MOST), jcs_bytes(proof, MOST)
    else:
        proof["@context"] = signed["@context"]
        forms = rdfc_bytes(unsigned, shipped(), hash_name), rdfc_bytes(proof, shipped(), hash_name)
    assert forms == (text("canonDoc").encode(), text("proofCanon").encode())
    hashes = [hashlib.new(hash_name, form).hexdigest() for form in forms]
    assert hashes == [text("docHash").strip(), text("proofHash").strip()]
    assert hashes[1] + hashes[0] == text("combinedHash").strip()
    assert from_base58btc(signed["proof"]["proofValue"], 140).hex() == text("sigHex").strip()
    (proved,) = verify_proofs(signed, by_did_key)
    assert (proved.cryptosuite, proved.purpose) == (signed["proof"]["cryptosuite"], "assertionMethod")
    assert proved.controller == signed["proof"]["verificationMethod"].split("#")[0]


@NEEDS_VECTORS
def test_the_deterministic_vector_is_made_again() -> None:
    secret = json.loads((EDDSA / "keyPair.json").read_bytes())["privateKeyMultibase"]
    raw = from_base58btc(secret)
    assert raw[:2] == bytes([0x80, 0x26])  # multicodec ed25519-priv
    signed = json.loads((EDDSA / "eddsa-jcs-2022/signedJCS.json").read_bytes())
    proof = signed.pop("proof")
    made = add_proof(
        signed,
        Ed25519PrivateKey.from_private_bytes(raw[2:]),
        proof["verificationMethod"],
        proof["created"],
        cryptosuite="eddsa-jcs-2022",
    )
    assert made["proof"] == proof


@NEEDS_VECTORS
@pytest.mark.parametrize("name", ["signedProofSet1", "signedProofSet2", "signedProofChain1", "signedProofChain2"])
def test_sets_and_chains_of_the_vectors(name: str) -> None:
    document = json.loads((EDDSA / f"proof-set-chain/{name}.json").read_bytes())
    proofs = document["proof"] if isinstance(document["proof"], list) else [document["proof"]]
    assert len(verify_proofs(document, by_did_key)) == len(proofs)
    if "Chain" in name:
        for lost in (0, 1):
            broken = {**document, "proof": [one for number, one in enumerate(proofs) if number != lost]}
            assert _code(broken) == "E-DI-PREVIOUS"
        swapped = copy.deepcopy(document)
        swapped["proof"][0]["proofValue"], swapped["proof"][1]["proofValue"] = (
            proofs[1]["proofValue"],
            proofs[0]["proofValue"],
        )
        assert _code(swapped) == "E-DI-SIGNATURE"


@NEEDS_VECTORS
def test_what_we_do_not_read_is_named() -> None:
    old = json.loads((EDDSA / "Ed25519Signature2020/signedEdSig.json").read_bytes())
    assert _code(old) == "E-DI-TYPE"
    selective = json.loads((ECDSA / "ecdsa-sd-2023/employ/addSignedSDBase.json").read_bytes())
    assert _code(selective) == "E-DI-SUITE-UNSUPPORTED"
    document = json.loads((EDDSA / "eddsa-rdfc-2022/employ/signedDataInt.json").read_bytes())
    assert _code(document) == "E-DI-RDFC"  # Its context, of a vocabulary of citizens, is not shipped.


# --- Every change is refused -----------------------------------------------------------------------------------------


def _leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, dict | list) and value:
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _leaves(item, (*path, key))
    else:
        yield path


def _changed(document: Document, path: tuple[Any, ...], change: Callable[[Any], Any]) -> Document:
    found: Any = copy.deepcopy(document)
    whole = found
    for key in path[:-1]:
        found = found[key]
    found[path[-1]] = change(found[path[-1]])
    assert isinstance(whole, dict)
    return whole


def _with_value(document: Document, value: bytes) -> Document:
    return {**document, "proof": {**document["proof"], "proofValue": base58btc(value)}}


@NEEDS_VECTORS
@pytest.mark.parametrize("name", VECTORS)
def test_every_leaf_of_a_vector_counts(name: str) -> None:
    folder, ending, _ = VECTORS[name]
    document = json.loads((folder / f"signed{ending}.json").read_bytes())
    for path in _leaves(document):
        for change in (lambda text: text + "x", lambda text: text[:-1], lambda _: None, lambda _: 5, lambda _: "A"):
            assert _code(_changed(document, path, change)) != "ok", path


@pytest.mark.parametrize("kind", KEYS)
def test_every_byte_of_a_proof_value_counts(kind: str) -> None:
    document = _signed(kind)
    value = from_base58btc(document["proof"]["proofValue"], 140)
    for place in range(len(value)):
        changed = bytes([*value[:place], value[place] ^ 1, *value[place + 1 :]])
        assert _code(_with_value(document, changed)) != "ok"


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.sampled_from(["", "a", "é", "中", "\u2028", "😀"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc中é"), inner, max_size=3),
    max_leaves=8,
)


@given(document=st.dictionaries(st.sampled_from("abcd字"), JSON, min_size=1), new=JSON, data=st.data())
def test_any_change_of_any_leaf_breaks_it(document: Document, new: Any, data: st.DataObject) -> None:
    signed = _signed(document=document)
    assert _code(signed) == "ok"
    assert _code(read_object(json.dumps(signed).encode())) == "ok"
    paths = [path for path in _leaves(signed) if path[0] != "proof"]
    changed = _changed(signed, data.draw(st.sampled_from(paths)), lambda _: new)
    if jcs_bytes(changed, MOST) != jcs_bytes(signed, MOST):
        assert _code(changed) == "E-DI-SIGNATURE"
    assert _code({**signed, "new": new}) == "E-DI-SIGNATURE"
    assert _code({**signed, "proof": {**signed["proof"], "new": new}}) == "E-DI-SIGNATURE"


@given(st.floats(allow_nan=False, allow_infinity=False), st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_of_others_are_held_to_their_value(one: float, other: float) -> None:
    """A document of others with a float: signed by hand over its JCS form, verified from its text."""
    _, key = KEYS["Ed25519"]
    assert isinstance(key, Ed25519PrivateKey)
    proof = {
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-jcs-2022",
        "verificationMethod": key_name(key.public_key()),
        "proofPurpose": "assertionMethod",
    }
    digest = b"".join(hashlib.sha256(jcs_bytes(part, MOST)).digest() for part in (proof, {"n": one}))
    proof["proofValue"] = base58btc(key.sign(digest))
    assert _code(read_object(json.dumps({"n": one, "proof": proof}).encode())) == "ok"
    if one != other:
        assert _code(read_object(json.dumps({"n": other, "proof": proof}).encode())) == "E-DI-SIGNATURE"


MEMBERS = [
    "type",
    "cryptosuite",
    "verificationMethod",
    "proofPurpose",
    "created",
    "expires",
    "id",
    "challenge",
    "domain",
]
MEMBERS += ["nonce", "previousProof", "proofValue", "@context", "other"]


@given(name=st.sampled_from(MEMBERS), value=JSON, suite=st.sampled_from(["eddsa-jcs-2022", "eddsa-rdfc-2022"]))
def test_whatever_stands_in_a_proof_the_answer_is_a_verdict(name: str, value: Any, suite: str) -> None:
    signed = _signed()
    proof = {**signed["proof"], "cryptosuite": suite, name: value}
    assert _code({**signed, "proof": proof}).startswith("E-")
    assert _code({**signed, "proof": [proof, value]}).startswith("E-")
    assert _code({**signed, name: value, "proof": {**proof, name: signed["proof"].get(name)}}).startswith(("E-", "ok"))


# --- Misuse ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KEYS)
def test_what_we_sign_verifies(kind: str) -> None:
    document = _signed(kind)
    assert document["proof"]["@context"] == document["@context"]
    (proved,) = verify_proofs(document, by_did_key)
    assert proved.created == CREATED
    assert alumni() == {name: value for name, value in document.items() if name != "proof"}


def test_floats_have_no_place_in_what_we_sign() -> None:
    for number in (1.5, 1.0, read_object(b'{"n": 1.5}')["n"]):
        with pytest.raises(FootproofError, match="E-CANONICAL"):
            _signed(document={**alumni(), "credentialSubject": {"figure": number}})


@pytest.mark.parametrize(
    ("member", "value", "code"),
    [
        ("type", "Ed25519Signature2020", "E-DI-TYPE"),
        ("type", ["DataIntegrityProof"], "E-DI-TYPE"),
        ("cryptosuite", "none", "E-DI-SUITE"),
        ("cryptosuite", None, "E-DI-SUITE"),
        ("cryptosuite", ["eddsa-jcs-2022"], "E-DI-SUITE"),
        ("cryptosuite", "ecdsa-sd-2023", "E-DI-SUITE-UNSUPPORTED"),
        ("cryptosuite", "ecdsa-jcs-2019", "E-DI-KEY"),
        ("cryptosuite", "eddsa-rdfc-2022", "E-DI-SIGNATURE"),
        ("verificationMethod", {"id": "did:ex:1"}, "E-DI-METHOD"),
        ("verificationMethod", "key-1", "E-DI-METHOD"),
        ("proofPurpose", "authentication", "E-DI-PURPOSE"),
        ("proofPurpose", ["assertionMethod"], "E-DI-FORM"),
        ("created", "2026-11-22", "E-DI-DATE"),
        ("created", "2026-11-22T08:00:00.0Z", "E-DI-SIGNATURE"),
        ("expires", 5, "E-DI-DATE"),
        ("id", 5, "E-DI-FORM"),
        ("challenge", 5, "E-DI-FORM"),
        ("domain", [5], "E-DI-FORM"),
        ("domain", [], "E-DI-FORM"),
        ("nonce", {}, "E-DI-FORM"),
        ("nonce", "n", "E-DI-SIGNATURE"),
        ("previousProof", 5, "E-DI-FORM"),
        ("previousProof", "urn:uuid:1", "E-DI-PREVIOUS"),
        ("previousProof", ["urn:uuid:1", "urn:uuid:1"], "E-DI-FORM"),
        ("proofValue", 5, "E-DI-VALUE"),
        ("proofValue", "", "E-DI-VALUE"),
        ("proofValue", "z", "E-DI-SIGNATURE"),
        ("proofValue", "z0", "E-DI-VALUE"),
        ("proofValue", "uAAAA", "E-DI-VALUE"),
        ("proofValue", "z" + "1" * 200, "E-DI-VALUE"),
        ("@context", [V2], "E-DI-SIGNATURE"),
        ("@context", V2, "E-DI-SIGNATURE"),
        ("@context", [V2, "https://example.org/other"], "E-DI-CONTEXT"),
    ],
)
def test_a_member_of_another_form_is_refused(member: str, value: Any, code: str) -> None:
    document = _signed()
    assert _code({**document, "proof": {**document["proof"], member: value}}) == code


@pytest.mark.parametrize("proof", [None, [], 5, "x", [5], {}, [None]])
def test_a_document_without_proof_is_refused(proof: Any) -> None:
    assert _code({**alumni(), "proof": proof}).startswith("E-DI-")
    assert _code(alumni()) == "E-DI-MISSING"


def test_a_proof_that_hashes_contexts_it_does_not_write_is_refused() -> None:
    """The defect of a library we test against: the signature covers `proof.@context`, the proof lacks it."""
    document = _signed()
    document["proof"].pop("@context")
    assert _code(document) == "E-DI-SIGNATURE"


def test_a_context_added_without_proof_is_refused() -> None:
    document = _signed()
    longer = {**document, "@context": [*document["@context"], {"alumniOf": "https://example.org/evil"}]}
    assert _code(longer) == "E-DI-CONTEXT"
    both = _signed("P-256", longer)  # A second signer vouches for the longer list.
    assert [one.cryptosuite for one in verify_proofs(both, by_did_key)] == ["eddsa-jcs-2022", "ecdsa-jcs-2019"]
    assert _code({**both, "@context": both["@context"][::-1]}) == "E-DI-CONTEXT"


def test_a_set_needs_all_its_proofs() -> None:
    document = _signed("P-256", _signed())
    assert len(verify_proofs(document, by_did_key)) == 2
    bad = copy.deepcopy(document)
    bad["proof"][1]["proofValue"] = document["proof"][0]["proofValue"]
    assert _code(bad) == "E-DI-SIGNATURE"
    assert _code({**document, "proof": document["proof"][:1]}) == "ok"  # That is what sets are: each stands alone.


def test_a_chain_of_ours_holds_and_breaks() -> None:
    first, second = "urn:uuid:00000000-0000-4000-8000-000000000001", "urn:uuid:00000000-0000-4000-8000-000000000002"
    document = _signed("P-384", _signed(proof_id=first), previous=first, proof_id=second)
    document = _signed("P-256", document, previous=[first, second])
    assert [one.previous for one in verify_proofs(document, by_did_key)] == [(), (first,), (first, second)]
    assert _code({**document, "proof": document["proof"][1:]}) == "E-DI-PREVIOUS"
    again = copy.deepcopy(document)
    again["proof"][0] = _signed(proof_id=first, domain="other")["proof"]
    assert _code(again) == "E-DI-SIGNATURE"
    with pytest.raises(FootproofError, match="E-DI-PREVIOUS"):
        _signed("P-256", document, previous="urn:uuid:3")
    with pytest.raises(FootproofError, match="E-DI-FORM"):
        _signed("P-256", document, proof_id="no url")
    twice = {**document, "proof": [*document["proof"], document["proof"][0]]}
    assert _code(twice) == "E-DI-FORM"
    many = {**document, "proof": [document["proof"][2]] * 17}
    assert _code(many) == "E-DI-FORM"


def test_challenge_and_domain() -> None:
    document = _signed(purpose="authentication", challenge="c1", domain="verifier.example")
    good = {"purpose": "authentication", "challenge": "c1", "domain": "verifier.example"}
    assert _code(document, **good) == "ok"
    assert _code(document, purpose="authentication") == "ok"
    assert _code(document) == "E-DI-PURPOSE"
    assert _code(document, **{**good, "challenge": "c2"}) == "E-DI-CHALLENGE"
    assert _code(document, **{**good, "domain": "evil.example"}) == "E-DI-DOMAIN"
    assert _code(_signed(purpose="authentication"), **good) == "E-DI-CHALLENGE"


def test_the_moment_asked_about_counts() -> None:
    document = _signed(expires="2027-01-01T00:00:00Z")
    made, end = datetime(2026, 11, 22, 8, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
    tick = timedelta(microseconds=1)
    verdicts = [_code(document, at=at) for at in (made - tick, made, end, end + tick)]
    assert verdicts == ["E-DI-NOT-YET", "ok", "ok", "E-DI-EXPIRED"]


def test_a_key_must_fit_its_suite() -> None:
    document = _signed("P-256")

    def wrong(url: str, purpose: str) -> PublicKey:
        return KEYS["P-384" if purpose else url][1].public_key()

    with pytest.raises(ProofRejected, match="E-DI-SIGNATURE"):
        verify_proofs(document, wrong)
    for suite, kind in (("eddsa-jcs-2022", "P-256"), ("ecdsa-jcs-2019", "Ed25519")):
        with pytest.raises(FootproofError, match="E-DI-KEY"):
            add_proof(alumni(), KEYS[kind][1], "did:ex:1#1", CREATED, cryptosuite=suite)
    for suite in ("eddsa-rdfc-2022", "ecdsa-sd-2023", "none"):
        with pytest.raises(FootproofError, match="E-DI-SUITE"):
            add_proof(alumni(), KEYS["Ed25519"][1], "did:ex:1#1", CREATED, cryptosuite=suite)


def test_the_twin_of_an_ecdsa_signature_is_valid_so_it_is_no_name() -> None:
    document = _signed("P-256")
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # FIPS 186-4, D.1.2.3
    value = from_base58btc(document["proof"]["proofValue"], 140)
    twin = value[:32] + (order - int.from_bytes(value[32:], "big")).to_bytes(32, "big")
    assert _code(_with_value(document, twin)) == "ok"
    for bad in (bytes(64), value[:32] + bytes(32), value + b"\0", value[:32] + order.to_bytes(32, "big")):
        assert _code(_with_value(document, bad)) == "E-DI-SIGNATURE"


def test_a_key_that_is_not_known_keeps_its_code() -> None:
    def none(url: str, purpose: str) -> PublicKey:
        raise ProofRejected("E-CRED-UNKNOWN-KEY", kid=url)

    with pytest.raises(ProofRejected, match="E-CRED-UNKNOWN-KEY"):
        verify_proofs(_signed(), none)


# --- RDF -------------------------------------------------------------------------------------------------------------


@NEEDS_VECTORS
@pytest.mark.parametrize(
    "extra",
    [
        {"undefined": "x"},
        {"credentialSubject": {"id": "did:example:abcdefgh", "alumniOf": "The School of Examples", "type": "Unmapped"}},
        {"evidence": {"id": "relative"}},
    ],
)
def test_what_rdf_would_leave_out_is_refused(extra: Document) -> None:
    document = json.loads((EDDSA / "eddsa-rdfc-2022/signedDataInt.json").read_bytes())
    document["@context"] = document["@context"][:1]
    with pytest.raises(ProofRejected, match="E-DI-RDFC"):
        rdfc_bytes({"@context": [V2], "type": "VerifiableCredential", **extra}, shipped(), "sha256")


def test_a_graph_made_to_take_forever_is_given_up() -> None:
    context = {"@vocab": "https://example.org/"}
    nodes = [{"@id": f"_:b{n}", "p": [{"@id": f"_:b{m}"} for m in range(12) if m != n]} for n in range(12)]
    with pytest.raises(ProofRejected, match="steps"):
        rdfc_bytes({"@context": context, "@graph": nodes}, shipped(), "sha256")


def test_a_large_document_is_not_made_into_rdf() -> None:
    with pytest.raises(ProofRejected, match="E-DI-SIZE"):
        rdfc_bytes({"@context": V2, "name": "x" * 70_000}, shipped(), "sha256")


def test_two_stores_do_not_mix() -> None:
    url = "https://example.org/context"

    def form(iri: str) -> bytes:
        store = Contexts({}, {url: {"p": iri}}, {})
        return rdfc_bytes({"@context": url, "p": "x"}, store, "sha256")

    assert form("https://example.org/a") != form("https://example.org/b")


def test_without_pyld_the_answer_is_a_code(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> Any:
        raise ImportError(name)

    monkeypatch.setattr(importlib, "import_module", absent)
    with pytest.raises(ProofRejected, match="E-DI-RDFC-ABSENT"):
        rdfc_bytes({"@context": V2}, shipped(), "sha256")


@NEEDS_VECTORS
def test_many_proofs_over_rdf_are_given_up() -> None:
    document = json.loads((EDDSA / "eddsa-rdfc-2022/signedDataInt.json").read_bytes())
    assert _code({**document, "proof": [document["proof"]] * 11}) == "ok"
    assert _code({**document, "proof": [document["proof"]] * 12}) == "E-DI-FORM"
