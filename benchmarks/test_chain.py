"""What a person waits for: quantify, seal and recompute the battery. Target: seal and recompute under a second."""

from pathlib import Path

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from footproof.cli.chain import assess_folder, seal_assessment
from footproof.package import open_package, recompute

STUDY = Path(__file__).parents[1] / "examples" / "nmc811-pack"
RULES = ("cn.gbt.24067", "cn.pcf.traction-battery")


@pytest.mark.parametrize("rule", RULES)
def test_quantify(benchmark: BenchmarkFixture, rule: str) -> None:
    assessment, _ = benchmark(assess_folder, STUDY, rule, None, dated=True)
    assert assessment.result["declared"] in ("82.2832", "0.172944")


@pytest.mark.parametrize("rule", RULES)
def test_seal_and_recompute(benchmark: BenchmarkFixture, rule: str) -> None:
    def run() -> bool:
        assessment, files = assess_folder(STUDY, rule, None, dated=True)
        return recompute(open_package(seal_assessment(assessment, files, rule))).ok

    assert benchmark(run)
    if benchmark.stats is not None:  # None where benchmarks are switched off
        assert benchmark.stats.stats.median < 1.0


@pytest.mark.parametrize("rule", RULES)
def test_recompute(benchmark: BenchmarkFixture, rule: str) -> None:
    assessment, files = assess_folder(STUDY, rule, None, dated=True)
    sealed = seal_assessment(assessment, files, rule)
    assert benchmark(lambda: recompute(open_package(sealed))).ok
