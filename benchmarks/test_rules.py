"""How long a person waits for the clause report of a study, with its answer checked in the same breath.

The assessment comes first and is timed apart: whoever edits a study waits for both.
"""

from collections.abc import Callable
from pathlib import Path

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from footproof.assess import Assessment, assess
from footproof.formats.folder import read_folder
from footproof.formats.study import read_study
from footproof.interpret.clauses import Outcome, clause_report
from footproof.rules.parameters import shipped
from footproof.rules.rulebook import load_rulebook

BATTERY = Path(__file__).resolve().parents[1] / "examples" / "nmc811-pack"
LIMIT = 1.0
RULES = pytest.mark.parametrize("rulebook", ["cn.gbt.24067", "cn.pcf.traction-battery"])


def assessed(rulebook: str) -> Assessment:
    study = read_study(read_folder(BATTERY))
    assert study.known_on is not None
    return assess(study, load_rulebook(rulebook), shipped(), study.known_on)


def check(assessment: Assessment, seconds: float) -> None:
    report = clause_report(assessment)
    assert [item.clause.id for item in report] == list(assessment.rule.clauses)
    assert {item.clause.id for item in report if item.outcome is Outcome.NOT_MET} >= {"6.3.5-age", "6.3.5-verified"}
    assert seconds < LIMIT


@RULES
def test_clause_report_of_the_battery_study(benchmark: BenchmarkFixture, rulebook: str) -> None:
    assessment = assessed(rulebook)
    benchmark(clause_report, assessment)
    seconds = benchmark.stats.stats.median if benchmark.stats else 0.0
    benchmark.extra_info.update({"clauses": len(assessment.rule.clauses), "terms": len(assessment.sheet.terms)})
    check(assessment, seconds)


@RULES
def test_from_the_folder_to_the_clause_report(benchmark: BenchmarkFixture, rulebook: str) -> None:
    def run() -> Assessment:
        assessment = assessed(rulebook)
        clause_report(assessment)
        return assessment

    pedantic: Callable[..., Assessment] = benchmark.pedantic
    assessment = pedantic(run, rounds=5, warmup_rounds=1)
    check(assessment, benchmark.stats.stats.median if benchmark.stats else 0.0)
