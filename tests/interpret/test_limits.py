"""A limit judges results under its own rule, unit and boundary, on a day it holds, and nothing else."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from footproof.assess import assess
from footproof.errors import FootproofError
from footproof.formats.folder import read_folder
from footproof.formats.study import read_study
from footproof.interpret.limits import judge, judge_number
from footproof.interpret.uncertainty import Verdict, sampled
from footproof.model.study import Quality
from footproof.rules.limits import Sense, load_limit
from footproof.rules.parameters import shipped
from footproof.rules.rulebook import load_rulebook

KETTLE = read_study(read_folder(Path(__file__).resolve().parents[1] / "assets" / "kettle"))
SCORES = Quality(technology=2, geography=2, time=2)
STUDY = replace(  # Every factor scored, so that a decision is possible.
    KETTLE,
    exchanges=tuple(replace(exchange, quality=SCORES) for exchange in KETTLE.exchanges),
    factors={name: replace(factor, quality=SCORES) for name, factor in KETTLE.factors.items()},
)
DAY = date(2026, 6, 30)
FOUND = assess(STUDY, load_rulebook("cn.gbt.24067@2024"), shipped(), DAY)
SAMPLES = sampled(FOUND, 2000, 1)
LIMIT = load_limit("demo.limit.kettle")
VALUE = Decimal(str(FOUND.result["declared"]))


def test_a_result_far_below_conforms() -> None:
    found = judge(FOUND, LIMIT, SAMPLES, DAY, 0.05)
    assert found.declared
    assert found.decision.verdict is Verdict.CONFORMS


def test_a_declared_figure_that_breaks_the_limit_never_conforms() -> None:
    found = judge_number(FOUND, VALUE - Decimal("0.000001"), replace(SAMPLES, samples=SAMPLES.samples * 0.5), 0.05)
    assert not found.declared
    assert found.decision.verdict is Verdict.UNDECIDED


def test_exactly_at_the_limit_the_sense_decides() -> None:
    for sense, kept in ((Sense.AT_MOST, True), (Sense.BELOW, False)):
        found = judge(FOUND, replace(LIMIT, value=VALUE, sense=sense), SAMPLES, DAY, 0.05)
        assert found.declared is kept
        assert found.decision.verdict is Verdict.UNDECIDED


def test_a_declared_figure_may_keep_a_limit_that_its_uncertainty_does_not() -> None:
    found = judge(FOUND, replace(LIMIT, value=VALUE * Decimal("1.01")), SAMPLES, DAY, 0.05)
    assert found.declared
    assert found.decision.verdict is Verdict.UNDECIDED


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"rule": "cn.cement@provisional"}, "E-LIMIT-RULE"),
        ({"unit": "kg CO2e / kg"}, "E-LIMIT-OTHER"),
        ({"boundary": replace(LIMIT.boundary, en="cradle to grave")}, "E-LIMIT-BOUNDARY"),
        ({"valid_from": date(2027, 1, 1)}, "E-LIMIT-DAY"),
        ({"valid_to": date(2026, 6, 29)}, "E-LIMIT-DAY"),
    ],
)
def test_other_results_are_not_judged(change: dict[str, object], code: str) -> None:
    with pytest.raises(FootproofError, match=code):
        judge(FOUND, replace(LIMIT, **change), SAMPLES, DAY, 0.05)  # type: ignore[arg-type]
