"""`footproof jose`: keys in every form, answers in the suite's file and on stdout."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, derive_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from footproof.cli.jose import jose_commands
from footproof.credential.did_key import did_key, key_name
from footproof.credential.jwk import public_jwk
from footproof.errors import FootproofError

ED = Ed25519PrivateKey.from_private_bytes(b"a key of the demonstration body.")
EC = derive_private_key(0xC0FFEE, SECP256R1())
PEM = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def document(key: Any) -> dict[str, Any]:
    return {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "type": ["VerifiableCredential"],
        "issuer": did_key(key.public_key()),
        "validUntil": "2026-12-31T23:59:59Z",
        "credentialSubject": {"id": "urn:footproof:demo", "name": "示例", "description": "DEMO"},
    }


def files(folder: Path, key: Any) -> dict[str, Path]:
    paths = {name: folder / name for name in ("credential.json", "key.pem", "public.pem", "token.txt", "out.json")}
    paths["credential.json"].write_text(json.dumps(document(key)), "utf-8")
    paths["key.pem"].write_bytes(key.private_bytes(*PEM))
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    paths["public.pem"].write_bytes(public)
    return paths


def run(*arguments: object) -> Result:
    return CliRunner().invoke(jose_commands, [str(each) for each in arguments])


def refused(*arguments: object) -> str:
    found = run(*arguments).exception
    assert isinstance(found, FootproofError), found
    return found.code


@pytest.mark.parametrize("key", [ED, EC], ids=["Ed25519", "P-256"])
def test_a_pem_key_signs_under_its_own_name(tmp_path: Path, key: Any) -> None:
    at = files(tmp_path, key)
    made = run("sign", "--input", at["credential.json"], "--key", at["key.pem"])
    assert made.exit_code == 0, made
    at["token.txt"].write_text(made.stdout)
    call = ("verify", "--input", at["token.txt"], "--key", at["public.pem"])
    read = run(*call, "--json", "--at", "2026-11-22T00:00:00Z")
    answer = json.loads(read.stdout)
    assert (answer["result"], answer["kid"]) == ("success", key_name(key.public_key()))
    assert answer["document"] == document(key)
    assert refused(*call, "--at", "2027-01-01T00:00:00Z") == "E-CRED-EXPIRED"
    other = tmp_path / "other.json"
    other.write_text(json.dumps({"publicKeyJwk": public_jwk(EC.public_key() if key is ED else ED.public_key())}))
    assert refused("verify", "--input", at["token.txt"], "--key", other, "--output", at["out.json"]) == "E-CRED-HEADER"
    assert json.loads(at["out.json"].read_text("utf-8"))["result"] == "failure"


def test_hidden_members_are_named(tmp_path: Path) -> None:
    at = files(tmp_path, EC)
    sd = ("--feature", "credential_sdjwt")
    made = run(
        "issue", "--input", at["credential.json"], "--key", at["key.pem"], *sd, "--hide", "credentialSubject.name"
    )
    head, disclosure, _ = made.stdout.strip().split("~")
    at["token.txt"].write_text(f"{head}~{disclosure}~\n")
    whole = json.loads(run("verify", "--input", at["token.txt"], "--key", at["public.pem"], *sd, "--json").stdout)
    assert (whole["document"], whole["hidden"], whole["bound"]) == (document(EC), [], False)
    at["token.txt"].write_text(f"{head}~\n")
    part = run("verify", "--input", at["token.txt"], "--key", at["public.pem"], *sd)
    assert "credentialSubject" in part.stdout
    assert "示例" not in part.stdout


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"carbonNeutral": True}, "E-JOSE-EXTENSION"),
        ({"issuer": "did:web:other.example"}, "E-CRED-ISSUER"),
        ({"type": ["Something"]}, "E-VCDM"),
        ({"credentialSubject": []}, "E-VCDM"),
        ({"validFrom": "2026"}, "E-VCDM"),
    ],
)
def test_what_we_would_refuse_we_do_not_sign(tmp_path: Path, change: dict[str, Any], code: str) -> None:
    at = files(tmp_path, EC)
    at["credential.json"].write_text(json.dumps(document(EC) | change))
    assert refused("issue", "--input", at["credential.json"], "--key", at["key.pem"]).startswith(code)


def test_a_presentation_answers_a_challenge(tmp_path: Path) -> None:
    at = files(tmp_path, ED)
    token = run("issue", "--input", at["credential.json"], "--key", at["key.pem"]).stdout.strip()
    held = {"@context": "https://www.w3.org/ns/credentials/v2", "type": "EnvelopedVerifiableCredential"}
    shown = {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "type": ["VerifiablePresentation"],
        "verifiableCredential": [held | {"id": f"data:application/vc+jwt,{token}"}],
    }
    at["credential.json"].write_text(json.dumps(shown))
    asked = ("--feature", "presentation_jose", "--nonce", "n-1", "--audience", "https://buyer.example")
    made = run("issue", "--input", at["credential.json"], "--key", at["key.pem"], *asked)
    at["token.txt"].write_text(made.stdout)
    call = ("verify", "--input", at["token.txt"], "--key", at["public.pem"])
    answer = json.loads(run(*call, *asked, "--json").stdout)
    assert answer["credentials"][0]["verified"] is True
    assert run(*call, *asked).exit_code == 0
    assert refused(*call, "--feature", "presentation_jose") == "E-CRED-CHALLENGE"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "E-CRED-JWK"),
        (EC.private_bytes(*PEM)[:60], "E-CRED-JWK"),
        (b"{", "E-CRED-FORM"),
        (b"{}", "E-CRED-JWK"),
        (json.dumps({"secretKeyJwk": 1}).encode(), "E-CRED-JWK"),
        (json.dumps(public_jwk(EC.public_key())).encode(), "E-CRED-JWK"),
        (generate_private_key(65537, 2048).private_bytes(*PEM), "E-CRED-KEY"),
    ],
    ids=["nothing", "broken PEM", "broken JSON", "no key", "a number", "a public key", "RSA"],
)
def test_a_file_that_is_no_key_is_named(tmp_path: Path, content: bytes, code: str) -> None:
    at = files(tmp_path, EC)
    at["key.pem"].write_bytes(content)
    assert refused("issue", "--input", at["credential.json"], "--key", at["key.pem"]) == code


def test_a_call_that_makes_no_sense_is_refused(tmp_path: Path) -> None:
    at = files(tmp_path, EC)
    assert refused("issue", "--input", at["credential.json"], "--key", at["key.pem"], "--hide", "issuer") == "E-CALL"
    assert refused("verify", "--input", tmp_path / "none", "--key", at["public.pem"]) == "E-FILE-READ"
    assert refused("verify", "--input", at["credential.json"], "--key", at["public.pem"], "--at", "today") == "E-DATE"
