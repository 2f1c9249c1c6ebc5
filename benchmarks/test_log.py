"""The log as its operator waits for it: appending with every sync, a full check, a proof from cold tiles.

Certificate events of 225 bytes; every figure includes the check of its answer.
"""

from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pytest_benchmark.fixture import BenchmarkFixture

from footproof.tlog import Log, fsck, prove, verify_proof

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


@pytest.mark.parametrize("batch", [1, 256, 10_000])
def test_append(benchmark: BenchmarkFixture, tmp_path: Path, batch: int) -> None:
    log = Log.create(tmp_path / "log", "demo.example/log", KEY)
    entries = entries_of(0, batch)
    repeated(benchmark, lambda: log.append(entries), rounds=20)
    per_second(benchmark, "entries", batch)
    assert log.size % batch == 0
    assert log.tiles().entry(log.size - 1) == entries[-1]


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
