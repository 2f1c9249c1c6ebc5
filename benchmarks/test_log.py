"""The log as its operator waits for it: appending with every sync, a full check, a proof from cold tiles, a witness.

Certificate events of 225 bytes; every figure includes the check of its answer. Beside them stand what bounds them, the
hashes alone and the same files written plainly with a sync each, and a peer: Go's sumdb rebuilding the same tree.
"""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pytest_benchmark.fixture import BenchmarkFixture

from footproof.tlog import (
    Log,
    Request,
    Seen,
    Tiles,
    WitnessSigner,
    WitnessState,
    follow,
    fsck,
    prove,
    tree_root,
    verify_proof,
)
from footproof.tlog.edge import Edge, grow
from footproof.tlog.merkle import leaf_hashes

SIZE = 100_000
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


def entries_of(first: int, count: int) -> list[bytes]:
    return [b"%0225d" % number for number in range(first, first + count)]


def repeated(benchmark: BenchmarkFixture, step: Callable[[], object], rounds: int) -> None:
    """Run a step that takes long enough to be timed singly."""
    pedantic: Callable[..., object] = benchmark.pedantic
    pedantic(step, rounds=rounds)


def per_second(benchmark: BenchmarkFixture, what: str, count: int) -> None:
    """Note the median rate beside the times; there is none where benchmarks are switched off."""
    if benchmark.stats is not None:
        benchmark.extra_info[f"{what} per second"] = round(count / benchmark.stats.stats.median)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Log:
    log = Log.create(tmp_path_factory.mktemp("filled") / "log", "demo.example/log", KEY)
    log.append(entries_of(0, SIZE))
    return log


@pytest.mark.parametrize("batch", [1, 256, 2000, 10_000])
def test_append(benchmark: BenchmarkFixture, tmp_path: Path, batch: int) -> None:
    log = Log.create(tmp_path / "log", "demo.example/log", KEY)
    entries = entries_of(0, batch)
    repeated(benchmark, lambda: log.append(entries), rounds=20)
    per_second(benchmark, "entries", batch)
    assert log.size % batch == 0
    assert log.tiles().entry(log.size - 1) == entries[-1]


def test_limit_hashes(benchmark: BenchmarkFixture) -> None:
    """Each entry as a leaf and in the tree, once to write it and once from what is on disk: an append needs that."""
    entries = entries_of(0, 10_000)

    def step() -> list[bytes]:
        return [tree_root(leaf_hashes(entries)) for _ in range(2)]

    repeated(benchmark, step, rounds=20)
    per_second(benchmark, "entries", 10_000)
    assert step()[0] == tree_root(leaf_hashes(entries))


def test_limit_plain_files(benchmark: BenchmarkFixture, tmp_path: Path) -> None:
    """The files of the same append, each written and synced, without order, rename or reading back."""
    files, _ = grow(Edge(), entries_of(0, 10_000))
    contents = list(files.values())

    def step() -> None:
        for number, data in enumerate(contents):
            with (tmp_path / str(number)).open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())

    repeated(benchmark, step, rounds=20)
    per_second(benchmark, "entries", 10_000)


def test_peer_go_rebuilds_the_tree(
    benchmark: BenchmarkFixture, filled: Log, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Go's sumdb reads every entry, computes the tree and compares every tile: what fsck does."""
    compiler, sources = shutil.which("go"), Path("/usr/share/gocode")
    if compiler is None or not (sources / "src/golang.org/x/mod/sumdb/tlog").is_dir():
        pytest.skip("needs golang-go and golang-golang-x-mod-dev")
    folder = tmp_path_factory.mktemp("go")
    program = Path(__file__).resolve().parents[1] / "tests/tlog/go/main.go"
    settings = {"GO111MODULE": "off", "GOPATH": str(sources), "GOCACHE": str(folder / "cache"), "GOFLAGS": ""}
    subprocess.run([compiler, "build", "-o", folder / "main", program], check=True, env={**os.environ, **settings})
    command: list[str | Path] = [folder / "main", "tree", filled._folder.root, filled.verifier.vkey]

    def step() -> bytes:
        return subprocess.run(command, check=True, capture_output=True).stdout

    repeated(benchmark, step, rounds=5)
    per_second(benchmark, "leaves", SIZE)
    assert step() == f"{SIZE} {filled.root.hex()}\n".encode()


def test_monitor_from_the_beginning(benchmark: BenchmarkFixture, filled: Log) -> None:
    repeated(benchmark, lambda: follow(Seen(), filled.read, filled.verifier), rounds=5)
    per_second(benchmark, "leaves", SIZE)
    assert follow(Seen(), filled.read, filled.verifier).edge.root() == filled.root


def test_witness_cosigns_a_growth(benchmark: BenchmarkFixture, tmp_path: Path) -> None:
    """One request in memory, from its bytes to an answer that is durable; HTTP comes on top."""
    (tmp_path / "witness").mkdir()
    state = WitnessState(tmp_path / "witness", WitnessSigner("witness.example/w1", KEY))
    requests = []
    with Log.create(tmp_path / "log", "demo.example/log", KEY) as log:
        state.watch(log.verifier.vkey)
        for _ in range(200):
            old = log.size
            log.append([b"entry"] * 10)
            proof = Tiles(log.size, log.read).consistency(old)
            requests.append(Request(old, tuple(proof), log.signed).to_bytes())
    waiting = iter(requests)
    answers = []
    pedantic: Callable[..., object] = benchmark.pedantic
    pedantic(lambda: answers.append(state.add_checkpoint(next(waiting), 1_790_000_000)), rounds=len(requests))
    assert {answer.status for answer in answers} == {200}


def test_fsck(benchmark: BenchmarkFixture, filled: Log) -> None:
    repeated(benchmark, lambda: fsck(filled._folder.root, filled.verifier), rounds=5)
    per_second(benchmark, "leaves", SIZE)
    report = fsck(filled._folder.root, filled.verifier)
    assert (report.ok, report.size, report.root) == (True, SIZE, filled.root)


def test_proof_from_cold_tiles(benchmark: BenchmarkFixture, filled: Log) -> None:
    proof = benchmark(prove, filled.read, 54_321)
    assert verify_proof(proof, b"%0225d" % 54_321, filled.verifier).size == SIZE


def test_verification(benchmark: BenchmarkFixture, filled: Log) -> None:
    proof = prove(filled.read, 54_321)
    checkpoint = benchmark(verify_proof, proof, b"%0225d" % 54_321, filled.verifier)
    assert checkpoint.size == SIZE
