"""Digital Bazaar's JavaScript libraries accept our proofs, refuse changed ones, and we accept theirs."""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, SECP384R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from credential.credentials import alumni, by_did_key
from footproof.credential.contexts import shipped
from footproof.credential.did_key import key_name
from footproof.credential.integrity import PrivateKey, add_proof, verify_proofs
from footproof.credential.jose import read_object
from footproof.errors import ProofRejected

ORACLES = Path(__file__).resolve().parents[1] / "oracles"
MODULES = Path(os.environ.get("FOOTPROOF_NODE_MODULES", ORACLES / "node_modules"))
NEEDED = ("data-integrity", "eddsa-jcs-2022-cryptosuite", "ecdsa-jcs-2019-cryptosuite", "ecdsa-rdfc-2019-cryptosuite")

pytestmark = [
    pytest.mark.node,
    pytest.mark.skipif(shutil.which("node") is None, reason="needs Node.js"),
    pytest.mark.skipif(
        not all((MODULES / "@digitalbazaar" / name).exists() for name in NEEDED),
        reason="needs the packages of tests/oracles/package.json (npm install there)",
    ),
]

OURS: dict[str, tuple[str, PrivateKey]] = {
    "Ed25519": ("eddsa-jcs-2022", Ed25519PrivateKey.generate()),
    "P-256": ("ecdsa-jcs-2019", generate_private_key(SECP256R1())),
    "P-384": ("ecdsa-jcs-2019", generate_private_key(SECP384R1())),
}
THEIRS = [
    ("eddsa-jcs-2022", "Ed25519"),
    ("ecdsa-jcs-2019", "P-256"),
    ("ecdsa-jcs-2019", "P-384"),
    ("eddsa-rdfc-2022", "Ed25519"),
    ("ecdsa-rdfc-2019", "P-256"),
    ("ecdsa-rdfc-2019", "P-384"),
]


def _ask(tmp_path: Path, requests: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    (tmp_path / "node_modules").symlink_to(MODULES)
    shutil.copy(ORACLES / "data_integrity.mjs", tmp_path)
    contexts = {url: json.loads(data) for url, data in shipped().documents.items()}
    lines = "\n".join(json.dumps({"contexts": contexts, **request}) for request in requests)
    done = subprocess.run(
        ["node", "data_integrity.mjs"],
        cwd=tmp_path,
        input=lines,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return [read_object(line.encode()) for line in done.stdout.strip().split("\n")]


def test_others_accept_our_proofs_and_refuse_changed_ones(tmp_path: Path) -> None:
    requests = []
    for suite, key in OURS.values():
        signed = add_proof(alumni(), key, key_name(key.public_key()), "2026-11-22T08:00:00Z", cryptosuite=suite)
        changed = {**signed, "validFrom": "2023-01-01T00:00:01Z"}
        requests += [{"action": "verify", "suite": suite, "document": document} for document in (signed, changed)]
    answers = _ask(tmp_path, requests)
    assert [answer["ok"] for answer in answers] == [True, False] * len(OURS), answers


def test_we_accept_the_proofs_of_others_and_refuse_changed_ones(tmp_path: Path) -> None:
    date = "2026-11-22T08:00:00Z"
    asked = [
        {"action": "sign", "suite": suite, "key": key, "document": alumni(), "date": date} for suite, key in THEIRS
    ]
    for (suite, _), answer in zip(THEIRS, _ask(tmp_path, asked), strict=True):
        document = answer["document"]
        assert [one.cryptosuite for one in verify_proofs(document, by_did_key)] == [suite]
        with pytest.raises(ProofRejected) as caught:
            verify_proofs({**document, "name": "Changed"}, by_did_key)
        assert caught.value.code == "E-DI-SIGNATURE"


def test_numbers_of_others_have_the_same_bytes_here(tmp_path: Path) -> None:
    numbers = [1.0, 1e-7, 1e21, -0.0, 123.456, 5e-324, 1.7976931348623157e308, 1e-6, 9007199254740991, 0.1, 1e20]
    document = {**alumni(), "credentialSubject": {"id": "did:example:1", "figures": numbers, "字": "é😀\u2028\x1f"}}
    asked = [
        {
            "action": "sign",
            "suite": "eddsa-jcs-2022",
            "key": "Ed25519",
            "document": document,
            "date": "2026-11-22T08:00:00Z",
        }
    ]
    (answer,) = _ask(tmp_path, asked)
    assert len(verify_proofs(answer["document"], by_did_key)) == 1
