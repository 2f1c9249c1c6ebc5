"""Others read what we write and we read what they write: did:webvh histories and status lists, on Node."""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from credential.test_did_webvh import DID, LOG, MOVED, PROOFS
from footproof.credential.did_webvh import history
from footproof.credential.moment import read_moment
from footproof.credential.status_list import FEWEST_ENTRIES, decode_bits, encode_bits

ORACLES = Path(__file__).resolve().parents[1] / "oracles"
MODULES = Path(os.environ.get("FOOTPROOF_NODE_MODULES", ORACLES / "node_modules"))
NEEDED = ("didwebvh-ts", "@digitalbazaar/vc-bitstring-status-list")

pytestmark = [
    pytest.mark.node,
    pytest.mark.skipif(shutil.which("node") is None, reason="needs Node.js"),
    pytest.mark.skipif(
        not all((MODULES / name).exists() for name in NEEDED),
        reason="needs the packages of tests/oracles/package.json (npm install there)",
    ),
]


def ask(folder: Path, requests: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    (folder / "node_modules").symlink_to(MODULES)
    shutil.copy(ORACLES / "identity.mjs", folder)
    done = subprocess.run(
        ["node", "identity.mjs"],
        cwd=folder,
        input="\n".join(map(json.dumps, requests)),
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return [json.loads(line) for line in done.stdout.strip().split("\n")]


def test_others_read_our_histories_and_refuse_changed_ones(tmp_path: Path) -> None:
    entries = [json.loads(line) for line in LOG.splitlines()]
    witness = json.loads(PROOFS)
    changed = json.loads(json.dumps(entries))
    changed[3]["state"]["assertionMethod"] = ["#other"]
    requests: list[dict[str, Any]] = [
        {"action": "resolve", "log": entries, "witness": witness, "did": DID},
        {"action": "resolve", "log": entries, "witness": witness, "did": DID, "versionNumber": 2},
        {"action": "resolve", "log": entries, "witness": witness, "did": MOVED, "versionNumber": 5},
        {"action": "resolve", "log": changed, "witness": witness, "did": DID},
        {"action": "resolve", "log": entries, "witness": [], "did": DID},
    ]
    whole, second, moved, *refused = ask(tmp_path, requests)
    now = read_moment("2026-11-22T00:00:00Z")
    assert now is not None
    found = history(DID, LOG, now=now)
    assert (whole["ok"], whole["versionId"], whole["deactivated"]) == (True, found.latest.id, True), whole
    assert (moved["ok"], moved["doc"]["id"]) == (True, MOVED), moved
    assert (second["ok"], second["versionId"]) == (True, found.versions[1].id), second
    assert second["doc"]["verificationMethod"] == found.versions[1].document["verificationMethod"]
    assert [answer["ok"] for answer in refused] == [False, False], refused


def test_others_read_our_lists_and_we_read_theirs(tmp_path: Path) -> None:
    places = [0, 7, 8, 94567, FEWEST_ENTRIES - 1]
    bits = bytearray(FEWEST_ENTRIES // 8)
    for place in places:
        bits[place // 8] |= 128 >> place % 8
    requests: list[dict[str, Any]] = [
        {"action": "decode", "encodedList": encode_bits(bits), "places": [*places, 1, 9, 94568]},
        {"action": "encode", "length": FEWEST_ENTRIES, "places": places},
    ]
    read, written = ask(tmp_path, requests)
    assert read == {"ok": True, "length": FEWEST_ENTRIES, "set": [True] * 5 + [False] * 3}
    assert decode_bits(written["encodedList"]) == bytes(bits)
