"""From the name of a key to the key: what a document must say before its key counts, and each way it does not."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP384R1, derive_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from credential.sample import BODY, KEY, KID, OTHER_KEY
from footproof.canonical import canonical_bytes
from footproof.credential.did_key import PublicKey, did_key, key_name, multikey
from footproof.credential.documents import (
    MANIFEST,
    OfflineDocuments,
    document_of_keys,
    method_key,
    verification_key,
)
from footproof.credential.integrity import add_proof, verify_proofs
from footproof.credential.jwk import public_jwk
from footproof.credential.moment import read_moment, write_moment
from footproof.credential.webvh_write import approve, create, deactivate, update, witness_file
from footproof.errors import FootproofError, ProofRejected

P384 = derive_private_key(0xBEE, SECP384R1())
ED25519 = Ed25519PrivateKey.from_private_bytes(b"\7" * 32)
ALL: list[PublicKey] = [KEY.public_key(), P384.public_key(), ED25519.public_key()]
AT = datetime(2026, 11, 22, tzinfo=UTC)
METHOD = {"id": KID, "type": "Multikey", "controller": BODY, "publicKeyMultibase": multikey(KEY.public_key())}


def document(**changed: Any) -> dict[str, Any]:
    return {"id": BODY, "verificationMethod": [METHOD], "assertionMethod": [KID], **changed}


def found(
    stated: Mapping[str, Any], url: str = KID, purpose: str = "assertionMethod", at: datetime | None = None
) -> Any:
    return verification_key(OfflineDocuments({BODY: stated}), url, purpose, at)


@pytest.mark.parametrize("key", ALL, ids=["P-256", "P-384", "Ed25519"])
@pytest.mark.parametrize("form", ["Multikey", "JsonWebKey", "JsonWebKey2020"])
def test_each_kind_of_key_in_each_form(key: PublicKey, form: str) -> None:
    written = {"publicKeyMultibase": multikey(key)} if form == "Multikey" else {"publicKeyJwk": public_jwk(key)}
    method = {"id": KID, "type": form, "controller": BODY, **written}
    assert found(document(verificationMethod=[method])) == key
    assert found(document(verificationMethod=[{**method, "id": "#key-1"}], assertionMethod=["#key-1"])) == key
    assert found(document(verificationMethod=[], assertionMethod=[method])) == key


def test_a_did_key_needs_no_document() -> None:
    nothing = OfflineDocuments({})
    for key in ALL:
        assert verification_key(nothing, did_key(key), "assertionMethod") == key
        assert verification_key(nothing, key_name(key), "authentication") == key
    with pytest.raises(FootproofError, match="E-CRED-KEY-NAME"):
        verification_key(nothing, f"{did_key(ALL[0])}#{multikey(ALL[1])}", "assertionMethod")


def test_keys_written_here_are_read_here() -> None:
    written = document_of_keys(BODY, {"key-1": ALL[0], "key-2": ALL[2]}, ["assertionMethod", "authentication"])
    assert found(written) == ALL[0]
    assert found(written, f"{BODY}#key-2", "authentication") == ALL[2]


OTHER = {**METHOD, "id": f"{BODY}#key-2", "publicKeyMultibase": multikey(OTHER_KEY.public_key())}
JWK = {"id": KID, "type": "JsonWebKey", "controller": BODY, "publicKeyJwk": public_jwk(KEY.public_key())}


@pytest.mark.parametrize(
    ("stated", "code"),
    [
        (document(assertionMethod=[]), "E-DID-PURPOSE"),
        (document(assertionMethod=[], authentication=[KID]), "E-DID-PURPOSE"),
        (document(verificationMethod=[], assertionMethod=[], authentication=[METHOD]), "E-DID-PURPOSE"),
        (document(assertionMethod=[f"{BODY}#key-2"]), "E-DID-PURPOSE"),
        (document(verificationMethod=[]), "E-CRED-UNKNOWN-KEY"),
        (document(verificationMethod=[OTHER]), "E-CRED-UNKNOWN-KEY"),
        ({"id": BODY}, "E-CRED-UNKNOWN-KEY"),
        (document(verificationMethod=[METHOD, METHOD]), "E-DID-DOCUMENT"),
        (document(verificationMethod=[METHOD, {**OTHER, "id": "#key-1"}]), "E-DID-DOCUMENT"),
        (document(authentication=[{**OTHER, "id": KID}]), "E-DID-DOCUMENT"),
        (document(verificationMethod={}), "E-DID-DOCUMENT"),
        (document(assertionMethod=KID), "E-DID-DOCUMENT"),
        (document(verificationMethod=[METHOD] * 201), "E-DID-DOCUMENT"),
        (document(verificationMethod=[KID]), "E-DID-DOCUMENT"),
        (document(verificationMethod=[{**METHOD, "controller": "did:web:other.example"}]), "E-DID-CONTROLLER"),
        (document(verificationMethod=[{**METHOD, "controller": None}]), "E-DID-CONTROLLER"),
        (document(verificationMethod=[{**METHOD, "controller": [BODY]}]), "E-DID-CONTROLLER"),
        (document(verificationMethod=[{**METHOD, "type": "EcdsaSecp256k1VerificationKey2019"}]), "E-DID-KEY"),
        (document(verificationMethod=[{**METHOD, "publicKeyMultibase": "zDna"}]), "E-DID-KEY"),
        (document(verificationMethod=[{**METHOD, "publicKeyMultibase": 1}]), "E-DID-KEY"),
        (document(verificationMethod=[{**METHOD, "publicKeyJwk": JWK["publicKeyJwk"]}]), "E-DID-KEY"),
        (document(verificationMethod=[{**METHOD, "secretKeyMultibase": "z1"}]), "E-DID-KEY"),
        (document(verificationMethod=[{**METHOD, "revoked": "yesterday"}]), "E-DID-KEY"),
        (document(verificationMethod=[{**METHOD, "revoked": "2030-01-01T00:00:00Z"}]), "E-DID-REVOKED"),
        (document(id="did:web:other.example"), "E-DID-ID"),
    ],
)
def test_a_key_that_does_not_count(stated: Mapping[str, Any], code: str) -> None:
    with pytest.raises(ProofRejected) as caught:
        found(stated)
    assert caught.value.code == code


@pytest.mark.parametrize(
    "change",
    [
        {"crv": "secp256k1"},
        {"crv": "P-384"},
        {"kty": "RSA"},
        {"x": "AAAA"},
        {"x": None},
        {"x": public_jwk(KEY.public_key())["x"] + "="},
        {"y": public_jwk(OTHER_KEY.public_key())["y"]},
        {"d": "AAAA"},
        {"use": "enc"},
    ],
)
def test_a_jwk_that_does_not_count(change: Mapping[str, Any]) -> None:
    with pytest.raises(ProofRejected, match="E-DID-KEY"):
        method_key({**JWK, "publicKeyJwk": {**public_jwk(KEY.public_key()), **change}}, KID)


def test_a_key_serves_until_it_ends() -> None:
    for member, code in (("revoked", "E-DID-REVOKED"), ("expires", "E-DID-EXPIRED")):
        stated = document(verificationMethod=[{**METHOD, member: "2026-11-22T00:00:00Z"}])
        assert found(stated, at=AT - timedelta(seconds=1)) == KEY.public_key()
        with pytest.raises(ProofRejected, match=code):
            found(stated, at=AT)
    # What expires may still serve who names no moment; what was revoked may not.
    assert found(document(verificationMethod=[{**METHOD, "expires": "2020-01-01T00:00:00Z"}])) == KEY.public_key()


@pytest.mark.parametrize(
    ("url", "purpose", "code"),
    [
        ("did:web:unknown.example#key-1", "assertionMethod", "E-CRED-UNKNOWN-KEY"),
        (BODY, "assertionMethod", "E-CRED-UNKNOWN-KEY"),
        (BODY + "#", "assertionMethod", "E-CRED-UNKNOWN-KEY"),
        (KID + "#key-1", "assertionMethod", "E-CRED-UNKNOWN-KEY"),
        (KID + "x" * 2000, "assertionMethod", "E-CRED-UNKNOWN-KEY"),
        ("", "assertionMethod", "E-CRED-UNKNOWN-KEY"),
        (KID, "verificationMethod", "E-DID-PURPOSE"),
        (KID, "id", "E-DID-PURPOSE"),
        (KID, "", "E-DID-PURPOSE"),
    ],
)
def test_a_name_that_leads_nowhere(url: str, purpose: str, code: str) -> None:
    with pytest.raises(ProofRejected) as caught:
        found(document(), url, purpose)
    assert caught.value.code == code


def test_it_finds_the_keys_of_proofs() -> None:
    signed = add_proof({"a": 1}, ED25519, KID, "2026-11-22T00:00:00Z", cryptosuite="eddsa-jcs-2022")
    documents = OfflineDocuments({BODY: document_of_keys(BODY, {"key-1": ED25519.public_key()}, ["assertionMethod"])})
    assert verify_proofs(signed, partial(verification_key, documents))[0].controller == BODY


def folder(path: Path) -> tuple[Path, str]:
    """Write a folder with a did:web, and a did:webvh of two witnessed entries whose second changes the key."""
    stated = document_of_keys("did:webvh:{SCID}:b.example", {"key-1": ALL[0]}, ["assertionMethod"])
    witness = Ed25519PrivateKey.from_private_bytes(b"\1" * 32)
    start = AT - timedelta(days=10)
    did, log = create("b.example", stated, ED25519, start, witnesses=(1, [witness.public_key()]))
    log = update(
        log,
        did,
        ED25519,
        start + timedelta(days=5),
        document=document_of_keys(did, {"key-1": ALL[1]}, ["assertionMethod"]),
    )
    log = deactivate(log, did, ED25519, start + timedelta(days=8))
    last = log.splitlines()[-1].partition(b'"versionId":"')[2].partition(b'"')[0].decode()
    (path / "b.jsonl").write_bytes(log)
    (path / "b.witness.json").write_bytes(witness_file({last: [approve(last, witness, AT)]}))
    (path / "body.json").write_bytes(canonical_bytes(document()))
    (path / MANIFEST).write_text(
        f'[[document]]\ndid = "{BODY}"\nfile = "body.json"\n'
        f'[[document]]\ndid = "{did}"\nfile = "b.jsonl"\nwitness = "b.witness.json"\n',
        "utf-8",
    )
    return path, did


def test_a_folder_of_documents(tmp_path: Path) -> None:
    path, did = folder(tmp_path)
    documents = OfflineDocuments(path, now=AT)
    assert verification_key(documents, KID, "assertionMethod") == ALL[0]
    for days, key in ((-10, ALL[0]), (-5.5, ALL[0]), (-5, ALL[1]), (-3, ALL[1])):
        assert verification_key(documents, f"{did}#key-1", "assertionMethod", AT + timedelta(days=days)) == key
    for at, code in (
        (AT - timedelta(days=11), "E-WEBVH-NO-VERSION"),
        (AT, "E-WEBVH-DEACTIVATED"),
        (None, "E-WEBVH-DEACTIVATED"),
    ):
        with pytest.raises(ProofRejected, match=code):
            verification_key(documents, f"{did}#key-1", "assertionMethod", at)
    with pytest.raises(ProofRejected, match="E-CRED-UNKNOWN-KEY"):
        documents.document("did:web:other.example")
    with pytest.raises(FootproofError, match="E-DID-CLOCK"):
        OfflineDocuments(path).document(did)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda path: (path / MANIFEST).unlink(), "E-DID-MANIFEST"),
        (lambda path: (path / MANIFEST).write_text("document = 1", "utf-8"), "E-DID-MANIFEST"),
        (lambda path: (path / MANIFEST).write_text("[[document]]\ndid = 'a'", "utf-8"), "E-DID-MANIFEST"),
        (
            lambda path: (path / MANIFEST).write_text("[[document]]\ndid = 'a'\nfile = '../a'", "utf-8"),
            "E-DID-MANIFEST",
        ),
        (
            lambda path: (path / MANIFEST).write_text("[[document]]\ndid = 'a'\nfile = 'a'\n" * 2, "utf-8"),
            "E-DID-MANIFEST",
        ),
        (lambda path: (path / MANIFEST).write_bytes(b"\xff"), "E-DID-MANIFEST"),
        (lambda path: (path / "body.json").unlink(), "E-DID-MANIFEST"),
        (lambda path: (path / "body.json").write_text('{"id":"did:web:other.example"}', "utf-8"), "E-DID-ID"),
        (lambda path: (path / "body.json").write_text("{", "utf-8"), "E-CRED-FORM"),
    ],
)
def test_a_folder_that_does_not_hold(tmp_path: Path, change: Callable[[Path], object], code: str) -> None:
    folder(tmp_path)
    change(tmp_path)
    with pytest.raises(FootproofError) as caught:
        OfflineDocuments(tmp_path, now=AT).document(BODY)
    assert caught.value.code == code


def test_moments() -> None:
    assert read_moment("2026-11-22T08:00:00.5+08:00") == datetime(2026, 11, 22, 0, 0, 0, 500_000, tzinfo=UTC)
    assert write_moment(AT + timedelta(microseconds=9)) == "2026-11-22T00:00:00Z"
    with pytest.raises(ValueError, match="time zone"):
        write_moment(datetime(2026, 1, 1))  # noqa: DTZ001
    wrong = ["", "2026-11-22", "2026-11-22T00:00:00", "2026-13-01T00:00:00Z", "2026-11-22T24:00:00Z"]
    wrong += ["2026-11-22t00:00:00z", "2026-11-22T00:00:00Z\n", "0001-01-01T00:00:00+14:00", "２026-11-22T00:00:00Z"]
    for text in (None, 1, *wrong):
        assert read_moment(text) is None
