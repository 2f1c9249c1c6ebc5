"""Embedded proofs per second and core, beside the bare signature; and the check against the data model.

A busy machine stretches all alike, so they are taken in turns, the fastest of many rounds counts, and what is asserted
is how much a proof costs beyond what nobody can avoid. The document has the size of a UNTP certificate, 8.7 KB.
"""

import json
import time
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import pytest
import rfc8785
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, derive_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pytest_benchmark.fixture import BenchmarkFixture

from footproof.credential.contexts import shipped
from footproof.credential.did_key import PublicKey, base58btc, key_name
from footproof.credential.integrity import PrivateKey, add_proof, verify_proofs
from footproof.credential.jcs import jcs_bytes
from footproof.credential.vcdm import validate_credential

ED25519 = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
P256 = derive_private_key(0xC0FFEE, SECP256R1())
PUBLIC: dict[str, PublicKey] = {"z6Mk": ED25519.public_key(), "zDna": P256.public_key()}
PARTS = [
    {
        "type": ["ConformityAssessment"],
        "id": f"https://footproof.example/c/{number}#assessment",
        "name": f"产品碳足迹 / Product carbon footprint {number}",
        "specifiedCondition": [f"stage.{number}.{key}=12.{key}34" for key in range(10)],
        "evidence": {
            "digestMultibase": base58btc(b"\x12\x20" + sha256(b"%d" % number).digest()),
            "linkURL": f"https://footproof.example/p/{number}",
        },
    }
    for number in range(17)
]
DOCUMENT: dict[str, Any] = {
    "@context": ["https://www.w3.org/ns/credentials/v2", "https://vocabulary.uncefact.org/untp/0.7.0/context/"],
    "type": ["DigitalConformityCredential", "VerifiableCredential"],
    "id": "https://footproof.example/c/DEMO-1",
    "issuer": {"type": ["CredentialIssuer"], "id": "did:web:body.footproof.example", "name": "示例 DEMO"},
    "validFrom": "2026-01-01T00:00:00Z",
    "credentialSubject": {"type": ["ConformityAttestation"], "id": "urn:demo:1", "conformityAssessment": PARTS},
}
CREATED = "2026-11-22T08:00:00Z"


def _keys(url: str, purpose: str) -> PublicKey:
    assert purpose
    return PUBLIC[url[8:12]]


def _fastest(calls: dict[str, Callable[[], object]], rounds: int = 60) -> dict[str, float]:
    """Return the shortest time of each call, all taken in turns. [s]"""
    best = dict.fromkeys(calls, float("inf"))
    for _ in range(rounds):
        for name, call in calls.items():
            begin = time.perf_counter()
            call()
            best[name] = min(best[name], time.perf_counter() - begin)
    return best


def test_a_proof_costs_little_beyond_its_signature(benchmark: BenchmarkFixture) -> None:
    assert 8_000 < len(json.dumps(DOCUMENT, ensure_ascii=False).encode()) < 10_000
    names: dict[str, PrivateKey] = {"eddsa-jcs-2022": ED25519, "ecdsa-jcs-2019": P256}
    signed = {
        suite: add_proof(DOCUMENT, key, key_name(key.public_key()), CREATED, cryptosuite=suite)
        for suite, key in names.items()
    }
    method = key_name(ED25519.public_key())
    public = ED25519.public_key()
    bare = ED25519.sign(bytes(64))
    calls: dict[str, Callable[[], object]] = {
        "bare verify": lambda: public.verify(bare, bytes(64)),
        "add": lambda: add_proof(DOCUMENT, ED25519, method, CREATED, cryptosuite="eddsa-jcs-2022"),
        "verify eddsa": lambda: verify_proofs(signed["eddsa-jcs-2022"], _keys),
        "verify ecdsa": lambda: verify_proofs(signed["ecdsa-jcs-2019"], _keys),
        "data model": lambda: validate_credential(DOCUMENT, shipped()),
    }
    best = _fastest(calls)
    benchmark.extra_info.update({f"{name} a second": round(1 / seconds) for name, seconds in best.items()})
    benchmark(calls["verify eddsa"])
    # On a quiet core the bare verification takes 0.11 ms; peers take ten times that for a proof.
    assert best["verify eddsa"] < 6 * best["bare verify"]
    assert best["add"] < 5 * best["bare verify"]
    assert best["data model"] < 3 * best["bare verify"]


@pytest.mark.parametrize(("figure", "most"), [("12.34", 4), (12.34, 16)], ids=["text", "float"])
def test_the_byte_form_of_others_costs_little_beyond_json(figure: object, most: float) -> None:
    document = {**DOCUMENT, "figures": [figure] * 20}
    assert jcs_bytes(document, 10**6) == rfc8785.dumps(document)
    best = _fastest({"form": lambda: jcs_bytes(document, 10**6), "json": lambda: json.dumps(document, sort_keys=True)})
    assert best["form"] < most * best["json"]
