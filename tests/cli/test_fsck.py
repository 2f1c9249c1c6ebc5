"""`footproof log fsck --key`: whose signature stands under the checkpoint."""

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from cli.running import run
from footproof.tlog import Ed25519Signer, Log


def test_the_key_decides_whether_the_checkpoint_is_believed(tmp_path: Path) -> None:
    signer, other = (Ed25519Signer("demo.example/log", Ed25519PrivateKey.generate()) for _ in range(2))
    with Log.create(tmp_path / "log", "demo.example/log", signer.key) as log:
        log.append([b"one", b"two"])
    place = tmp_path / "log"
    without = run("log", "fsck", place, "--json")
    assert (without.code, without.record["ok"], without.record["signed"]) == (0, True, None)
    right = run("log", "fsck", place, "--key", signer.verifier.vkey, "--json")
    assert (right.code, right.record["signed"]) == (0, True)
    assert "--key" in run("log", "fsck", place).out
    assert "--key" not in run("log", "fsck", place, "--key", signer.verifier.vkey).out
    wrong = run("log", "fsck", place, "--key", other.verifier.vkey, "--json")
    assert (wrong.code, wrong.record["ok"], wrong.record["signed"]) == (1, False, False)
    assert wrong.record["problems"][0]["code"].startswith("E-LOG-")
    assert wrong.record["size"] == 2
