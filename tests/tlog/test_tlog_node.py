"""Proof files before a judge from Node.js: the checkpoint and Merkle code of @sigstore/verify."""

import json
import shutil
import subprocess
from base64 import b64encode
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from footproof.tlog import Ed25519Signer, Log, LogProof, WitnessSigner, parse_note, prove

ORACLES = Path(__file__).resolve().parents[1] / "oracles"

pytestmark = pytest.mark.node


def judged(cases: list[tuple[str, LogProof, bytes]]) -> list[bool]:
    node = shutil.which("node")
    if node is None:
        pytest.skip("needs Node.js")
    if not (ORACLES / "node_modules/@sigstore/verify").is_dir():
        pytest.skip("needs @sigstore/verify: npm ci --ignore-scripts in tests/oracles")
    lines = [
        json.dumps({"vkey": vkey, "proof": proof.to_bytes().decode(), "entry": b64encode(entry).decode()}) + "\n"
        for vkey, proof, entry in cases
    ]
    program: list[str | Path] = [node, ORACLES / "sigstore_log.mjs"]
    answer = subprocess.run(
        program, input="".join(lines), capture_output=True, text=True, check=True, timeout=60, cwd=ORACLES
    )
    return [line == "true" for line in answer.stdout.split()]


def test_sigstore_accepts_our_proofs_and_refuses_others(log: Log) -> None:
    vkey = log.verifier.vkey
    other = Ed25519Signer(log.verifier.name, Ed25519PrivateKey.generate()).verifier.vkey
    witness = WitnessSigner("witness.example/w1", Ed25519PrivateKey.generate())
    good: list[tuple[str, LogProof, bytes]] = []
    bad: list[tuple[str, LogProof, bytes]] = []
    for size in (1, 2, 3, 255, 256, 257, 1000):
        log.append([b"entry %d" % number for number in range(log.size, size)])
        if size == 1000:
            log.attach([witness.cosign(parse_note(log.signed).text.encode(), 1_790_000_000)])
        for index in {0, size // 2, size - 1}:
            entry = b"entry %d" % index
            proof = prove(log.read, index, extra=b"any")
            good.append((vkey, proof, entry))
            bad.append((vkey, proof, entry + b"!"))
            bad.append((other, proof, entry))
            bad.append((vkey, LogProof(index, (*proof.hashes, bytes(32)), proof.checkpoint), entry))
            if size > 1:
                bad.append((vkey, LogProof((index + 1) % size, proof.hashes, proof.checkpoint), entry))
                bad.append((vkey, LogProof(index, proof.hashes[:-1], proof.checkpoint), entry))
            text = proof.checkpoint.replace(b"\n%d\n" % size, b"\n%d\n" % (size + 1), 1)
            bad.append((vkey, LogProof(index, proof.hashes, text), entry))
    assert judged(good + bad) == [True] * len(good) + [False] * len(bad)
