"""The log before an independent judge: Go's sumdb recomputes the tree, checks the tiles and judges proofs."""

import os
import random
import shutil
import subprocess
from base64 import b64encode
from collections.abc import Sequence
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from footproof.errors import ProofRejected
from footproof.tlog import (
    Log,
    Tiles,
    WitnessSigner,
    add_signatures,
    leaf_hash,
    parse_note,
    prove,
    verify_consistency,
    verify_inclusion,
)

GOPATH = Path("/usr/share/gocode")  # Where Debian's golang-golang-x-mod-dev puts its sources.


@pytest.fixture(scope="session")
def go(tmp_path_factory: pytest.TempPathFactory) -> Path:
    compiler = shutil.which("go")
    if compiler is None:
        pytest.skip("needs the Go compiler (Debian: golang-go)")
    if not (GOPATH / "src/golang.org/x/mod/sumdb/tlog").is_dir():
        pytest.skip("needs golang.org/x/mod (Debian: golang-golang-x-mod-dev)")
    folder = tmp_path_factory.mktemp("go")
    program = folder / "main"
    settings = {"GO111MODULE": "off", "GOPATH": str(GOPATH), "GOCACHE": str(folder / "cache"), "GOFLAGS": ""}
    source = Path(__file__).with_name("go") / "main.go"
    subprocess.run([compiler, "build", "-o", program, source], check=True, env={**os.environ, **settings})
    return program


def run(program: Path, *arguments: str | Path, given: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run([program, *arguments], input=given, capture_output=True, text=True, check=False, timeout=60)


def grown(log: Log, sizes: Sequence[int], folder: Path) -> list[Path]:
    """Grow a log to each size and keep the checkpoints."""
    kept = []
    for size in sizes:
        log.append([b"entry %d" % number for number in range(log.size, size)])
        kept.append(folder / f"checkpoint{size}")
        kept[-1].write_bytes(log.signed)
    return kept


@pytest.mark.parametrize(
    "sizes", [[1], [1, 2, 3, 200, 255, 256], [257, 300, 70_000], [65_535, 65_536, 65_537], [65_536]]
)
def test_go_rebuilds_the_same_tree(go: Path, log: Log, tmp_path: Path, sizes: list[int]) -> None:
    kept = grown(log, sizes, tmp_path)
    answer = run(go, "tree", log._folder.root, log.verifier.vkey, *kept)
    assert answer.stdout == f"{sizes[-1]} {log.root.hex()}\n"


def test_go_notices_what_is_wrong(go: Path, log: Log, tmp_path: Path) -> None:
    grown(log, [600], tmp_path)
    folder = log._folder.root
    for path in ("tile/entries/001", "tile/0/001", "tile/1/000.p/2", "checkpoint"):
        data = (folder / path).read_bytes()
        (folder / path).write_bytes(data[:-9] + bytes([data[-9] ^ 1]) + data[-8:])
        assert run(go, "tree", folder, log.verifier.vkey).returncode == 1, path
        (folder / path).write_bytes(data)
    assert run(go, "tree", folder, log.verifier.vkey).returncode == 0


def test_go_accepts_proof_files(go: Path, log: Log, tmp_path: Path) -> None:
    grown(log, [300, 1000], tmp_path)
    arguments: list[str | Path] = []
    for index in (0, 255, 256, 511, 767, 768, 998, 999):
        proof, entry = tmp_path / f"{index}.tlog-proof", tmp_path / f"{index}.entry"
        proof.write_bytes(prove(log.read, index, extra=b"any").to_bytes())
        entry.write_bytes(log.tiles().entry(index))
        arguments += [proof, entry]
    assert run(go, "proof", log.verifier.vkey, *arguments).returncode == 0
    for pair in zip(arguments[0::2], arguments[3::2], strict=False):
        assert run(go, "proof", log.verifier.vkey, *pair).returncode == 1


@pytest.mark.parametrize(("old", "new"), [(1, 2), (255, 257), (300, 1000), (65_000, 66_000)])
def test_go_reads_proofs_from_our_tiles(go: Path, log: Log, tmp_path: Path, old: int, new: int) -> None:
    kept = grown(log, [old, new], tmp_path)
    folder = log._folder.root
    assert run(go, "tiles", folder, log.verifier.vkey, kept[0]).stdout == f"{new} {old} true\n"
    tile = folder / "tile/0/000"
    tile = tile if tile.is_file() else folder / f"tile/0/000.p/{new}"
    tile.write_bytes(bytes(32) + tile.read_bytes()[32:])
    assert run(go, "tiles", folder, log.verifier.vkey, kept[0]).returncode == 1


def test_go_accepts_cosigned_checkpoints(go: Path, log: Log, tmp_path: Path) -> None:
    log.append([b"entry"] * 300)
    signers = [WitnessSigner(f"witness.example/w{n}", Ed25519PrivateKey.generate()) for n in range(3)]
    text = parse_note(log.signed).text.encode()
    log.attach([signer.cosign(text, 1_790_000_000 + n) for n, signer in enumerate(signers[:2])])
    file = log._folder.root / "checkpoint"
    keys = [signer.verifier.vkey for signer in signers]
    answer = run(go, "cosigned", file, log.verifier.vkey, *keys[:2])
    assert answer.stdout == "1790000000\n1790000001\n"
    assert run(go, "cosigned", file, log.verifier.vkey, keys[2]).returncode == 1
    spoiled = tmp_path / "spoiled"
    signed = log.signed
    line = signers[0].cosign(text.replace(b"\n300\n", b"\n301\n"), 1_790_000_000)
    spoiled.write_bytes(add_signatures(signed, [line]))
    assert run(go, "cosigned", spoiled, log.verifier.vkey, keys[0]).returncode == 1
    assert run(go, "tree", log._folder.root, log.verifier.vkey).stdout == f"300 {log.root.hex()}\n"


def test_go_and_python_agree_on_good_and_spoiled_proofs(go: Path, log: Log, tmp_path: Path) -> None:
    sizes = [*range(1, 40), 100, 255, 256, 257, 511, 600, 768, 1000]
    grown(log, sizes, tmp_path)
    chance = random.Random(5)
    lines, verdicts = [], []
    for _ in range(4000):
        new = chance.choice(sizes)
        old = chance.randint(1, new)
        tiles = Tiles(new, log.read)
        kind = chance.choice(["record", "tree"])
        index = old - 1
        path = tiles.inclusion(index) if kind == "record" else tiles.consistency(old)
        start = tiles.leaf(index) if kind == "record" else tiles.subtree(0, old)
        number = index if kind == "record" else old
        path, number, new = spoiled(path, number, new, chance)
        if kind == "tree" and not 1 <= number <= new:
            continue
        lines.append(f"{kind} {new} {number} {text(tiles.root())} {text(start)} {','.join(map(text, path))}\n")
        verdicts.append(holds(kind, (number, new), tiles.root(), start, path))
    answers = run(go, "judge", given="".join(lines)).stdout.split()
    assert answers == [str(verdict).lower() for verdict in verdicts]
    assert 1000 < sum(verdicts) < 3500


def spoiled(path: list[bytes], number: int, new: int, chance: random.Random) -> tuple[list[bytes], int, int]:
    """Return a proof as it is or with one thing changed."""
    match chance.randint(0, 9):
        case 0 if path:
            path = path[:-1]
        case 1:
            path = [*path, leaf_hash(b"more")]
        case 2 if path:
            spot = chance.randrange(len(path))
            path = [*path[:spot], leaf_hash(b"other"), *path[spot + 1 :]]
        case 3:
            number = max(0, number + chance.choice([-1, 1]))
        case 4:
            new = max(1, new + chance.choice([-1, 1]))
    return path, number, new


def holds(kind: str, sizes: tuple[int, int], root: bytes, start: bytes, path: list[bytes]) -> bool:
    number, new = sizes
    try:
        if kind == "record":
            verify_inclusion(start, number, new, root, path)
        else:
            verify_consistency(number, start, new, root, path)
    except ProofRejected:
        return False
    return True


def text(value: bytes) -> str:
    return b64encode(value).decode()
