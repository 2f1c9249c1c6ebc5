"""Uncertainty of a study: floats agree with the exact sheet, draws are shared, decisions state their risk.

Laws: a lone lognormal input gives back its own percentiles; independent sampling of two products that share their
background gives a measurably wrong probability (JCGM 101:2008; JCGM 106:2012).
"""

import math
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from footproof.assess import Assessment, assess
from footproof.errors import FootproofError
from footproof.expressions import exact
from footproof.formats.folder import read_folder
from footproof.formats.study import read_study
from footproof.formats.uncertainty import read_ranges
from footproof.interpret.floats import FloatSheet
from footproof.interpret.inputs import NORMAL_95, inputs_of
from footproof.interpret.uncertainty import (
    Verdict,
    decide,
    factors_of,
    normal_draws,
    paired,
    sampled,
    tornado,
    variance_shares,
)
from footproof.interpret.words import chance
from footproof.model.study import Place, Range, Study
from footproof.rules.parameters import shipped
from footproof.rules.rulebook import load_rulebook

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
PACK = read_study(read_folder(EXAMPLES / "nmc811-pack"))
CEMENT = read_study(read_folder(EXAMPLES / "portland-cement"))
RULE = load_rulebook("cn.gbt.24067@2024")
DAY = date(2026, 6, 30)
BOOK = shipped()


def stated(kind: str, name: str, low: str, high: str, *, shape: str = "lognormal", group: str = "") -> Range:
    return Range(kind, name, shape, Decimal(low), Decimal(high), group, "DEMO", Place("uncertainty.csv", 2))


def only(study: Study, *ranges: Range) -> Study:
    """Return a study in which nothing but some ranges is uncertain: its quality scores are taken away."""
    bare = replace(next(iter(study.factors.values())).quality, technology=None, geography=None, time=None)
    factors = {name: replace(factor, quality=bare) for name, factor in study.factors.items()}
    exchanges = tuple(replace(exchange, quality=bare) for exchange in study.exchanges)
    return replace(study, ranges=ranges, factors=factors, exchanges=exchanges)


def assessed(study: Study) -> Assessment:
    return assess(study, RULE, BOOK, DAY)


def value(assessment: Assessment) -> float:
    return float(Fraction(*exact.read(assessment.result["value"])))


@pytest.mark.parametrize("study", [PACK, CEMENT], ids=lambda study: study.id)
@pytest.mark.parametrize("rule", ["cn.gbt.24067", "cn.pcf.traction-battery"])
def test_floats_agree_with_the_exact_sheet(study: Study, rule: str) -> None:
    if study is CEMENT and rule != "cn.gbt.24067":
        pytest.skip("no battery")
    found = assess(study, load_rulebook(rule), BOOK, DAY)
    sheet = FloatSheet(found.sheet)
    assert sheet.total({}, {}, 1)[0] == pytest.approx(value(found), rel=1e-12)
    for name, term in sheet.terms({}, {}).items():
        assert term == pytest.approx(float(Fraction(*exact.read(found.result["terms"][name]))), rel=1e-12, abs=0)


def test_a_lone_factor_gives_back_its_own_limits() -> None:
    found = assessed(only(PACK, stated("factor", "M01", "0.5", "2")))
    result = sampled(found, 40_000, 7)
    share = sum(
        float(Fraction(*exact.read(found.result["terms"][name]))) for name in result.inputs.varied[0].terms
    ) / value(found)
    low, high = result.percentiles((0.025, 0.975))
    assert low / value(found) == pytest.approx(1 - share * 0.5, rel=2e-3)
    assert high / value(found) == pytest.approx(1 + share, rel=1e-2)
    (bar,) = tornado(found)
    assert (bar.low / value(found), bar.high / value(found)) == pytest.approx((1 - share * 0.5, 1 + share), rel=1e-9)


def test_a_parameter_moves_what_formulas_make_of_it() -> None:
    found = assessed(only(PACK, stated("parameter", "capacity", "0.9", "1.1", shape="uniform")))
    (bar,) = tornado(found)
    assert bar.low == pytest.approx(value(found) / 0.9, rel=1e-9)
    assert bar.high == pytest.approx(value(found) / 1.1, rel=1e-9)
    result = sampled(found, 4000, 1)
    assert result.samples.min() >= bar.high * (1 - 1e-12)
    assert result.samples.max() <= bar.low * (1 + 1e-12)


@pytest.mark.parametrize("shape", ["lognormal", "normal", "triangular", "uniform"])
def test_draws_keep_their_limits(shape: str) -> None:
    found = assessed(only(PACK, stated("factor", "M01", "0.7", "1.6", shape=shape)))
    (item,) = inputs_of(found).varied
    factors = factors_of(item.spread, normal_draws("key", 3, 200_000))
    inside = float(((factors >= 0.7) & (factors <= 1.6)).mean())
    assert inside == 1.0 if shape in ("triangular", "uniform") else inside == pytest.approx(0.95, abs=2e-3)


@given(st.text(max_size=20), st.integers(0, 2**64 - 1), st.integers(2, 300))
@settings(max_examples=40, deadline=None)
def test_a_draw_depends_on_key_seed_and_number_alone(key: str, seed: int, count: int) -> None:
    many = normal_draws(key, seed, 300)
    assert (normal_draws(key, seed, count) == many[:count]).all()
    assert np.isfinite(many).all()
    assert not (normal_draws(key + "x", seed, 300) == many).all()


def test_draws_are_standard_normal() -> None:
    drawn = normal_draws("any", 1, 100_000)
    assert drawn.mean() == pytest.approx(0, abs=0.01)
    assert drawn.std() == pytest.approx(1, abs=0.01)
    assert np.quantile(drawn, 0.975) == pytest.approx(NORMAL_95, abs=0.02)
    assert np.corrcoef(drawn, normal_draws("other", 1, 100_000))[0, 1] == pytest.approx(0, abs=0.01)


def test_equal_groups_move_together() -> None:
    ranges = [stated("factor", name, "0.8", "1.25", group=group) for name, group in (("M01", "g"), ("M23", "g"))]
    together = sampled(assessed(only(PACK, *ranges)), 5000, 1)
    apart = sampled(assessed(only(PACK, *(replace(item, group="") for item in ranges))), 5000, 1)
    assert len({item.key for item in together.inputs.varied}) == 1
    assert together.deviation > apart.deviation * 1.05


def test_shared_background_is_drawn_once_for_two_products() -> None:
    first = only(PACK, *(stated("factor", name, "0.5", "2") for name in ("M01", "M23", "M25")))
    second = replace(first, id="other-pack", quantities={**first.quantities})
    pack = first.quantities["pack_mass"]
    assert pack.figure.number is not None
    heavier = replace(pack, figure=replace(pack.figure, number=pack.figure.number))
    second = replace(second, quantities={**second.quantities, "pack_mass": heavier}, contracts=())
    found = paired(assessed(first), assessed(second), 4000, 1)
    assert found.below == 1.0  # The grid carries more than wind, whatever the materials carry.
    assert 0.45 < found.apart < 0.7  # Independent draws would hardly tell.


def test_products_are_compared_under_one_rule_unit_and_boundary_only() -> None:
    pack = assessed(PACK)
    with pytest.raises(FootproofError, match="E-COMPARE-RULE"):
        paired(pack, assess(PACK, load_rulebook("cn.pcf.traction-battery"), BOOK, DAY), 10, 1)
    with pytest.raises(FootproofError, match="E-COMPARE-UNIT"):
        paired(pack, assessed(CEMENT), 10, 1)
    unit = replace(
        PACK.declared_unit, boundary=replace(PACK.declared_unit.boundary, en="cradle to gate", zh="从摇篮到大门")
    )
    with pytest.raises(FootproofError, match="E-COMPARE-BOUNDARY"):
        paired(pack, assessed(replace(PACK, declared_unit=unit)), 10, 1)


def test_a_decision_states_its_risk() -> None:
    found = sampled(assessed(only(PACK, stated("factor", "M01", "0.5", "2"))), 20_000, 1)
    low, middle, high = found.percentiles((0.001, 0.5, 0.999))
    assert decide(found, high, most_unvaried=1).verdict is Verdict.CONFORMS
    assert decide(found, low * 0.99, most_unvaried=1).verdict is Verdict.EXCEEDS
    near = decide(found, middle, most_unvaried=1)
    assert near.verdict is Verdict.UNDECIDED
    assert near.below == pytest.approx(0.5, abs=0.01)
    exactly = decide(found, middle + near.guard, most_unvaried=1)
    assert exactly.below == pytest.approx(0.95, abs=0.005)


def test_nothing_is_decided_by_a_spread_that_leaves_most_out() -> None:
    found = sampled(assessed(only(PACK, stated("factor", "M01", "0.99", "1.01"))), 1000, 1)
    assert found.unvaried > 0.5
    assert decide(found, found.mean * 100).verdict is Verdict.UNDECIDED
    assert decide(found, found.mean * 100, most_unvaried=1).verdict is Verdict.CONFORMS


def test_products_with_other_stages_or_days_are_not_compared() -> None:
    gate = replace(PACK, exchanges=tuple(e for e in PACK.exchanges if e.stage != "distribution"))
    gate = replace(
        gate, exchanges=tuple(e for e in gate.exchanges if PACK.processes[e.process].stage != "distribution")
    )
    with pytest.raises(FootproofError, match="E-COMPARE-BOUNDARY"):
        paired(assessed(PACK), assessed(gate), 10, 1)
    with pytest.raises(FootproofError, match="E-COMPARE-DAY"):
        paired(assessed(PACK), assess(PACK, RULE, BOOK, date(2025, 6, 30)), 10, 1)


def test_a_range_that_moves_nothing_is_refused() -> None:
    row = next(e for e in PACK.exchanges if not e.source_of.startswith("process:") and e.amount.formula is None)
    stage = row.stage or PACK.processes[row.process].stage
    rule = replace(RULE, excluded_stages=(stage,))
    study = replace(PACK, ranges=(stated("amount", row.id, "0.9", "1.1"),))
    with pytest.raises(FootproofError, match="E-RANGE-TARGET"):
        inputs_of(assess(study, rule, BOOK, DAY))


def test_a_range_that_lets_a_divisor_be_zero_is_refused() -> None:
    found = assessed(only(PACK, stated("parameter", "capacity", "0", "1.1", shape="uniform")))
    with pytest.raises(FootproofError, match="E-SHEET-DIVISION"):
        tornado(found)


def test_variance_goes_to_what_moves() -> None:
    wide, narrow = stated("factor", "M01", "0.5", "2"), stated("factor", "M23", "0.99", "1.01")
    found = sampled(assessed(only(PACK, wide, narrow)), 5000, 1)
    shares = variance_shares(found)
    assert shares[0][0].name == PACK.factors["M01"].name
    assert shares[0][1] > 0.99
    assert sum(part for _, part in shares) == pytest.approx(1)


def test_what_has_no_range_is_not_varied_and_is_counted() -> None:
    found = sampled(assessed(only(PACK)), 10, 1)
    assert found.unvaried == pytest.approx(1)
    assert found.deviation < 1e-9 * found.mean
    assert 0.1 < sampled(assessed(PACK), 10, 1).unvaried < 0.5


def test_quality_scores_become_the_pedigree_of_the_book() -> None:
    scored = replace(PACK.factors["M01"].quality, technology=3, geography=2, time=4)
    factor = replace(PACK.factors["M01"], quality=scored)
    bare = only(PACK)
    found = inputs_of(assessed(replace(bare, factors={**bare.factors, "M01": factor})))
    (item,) = found.varied
    assert item.spread.width == pytest.approx(math.sqrt(0.0006 + 0.008 + 2.5e-5 + 0.008))
    assert not item.stated


def test_a_missing_score_is_no_good_score() -> None:
    scored = replace(PACK.factors["M01"].quality, technology=3, geography=None, time=None)
    bare = only(PACK)
    found = inputs_of(
        assessed(replace(bare, factors={**bare.factors, "M01": replace(PACK.factors["M01"], quality=scored)}))
    )
    assert found.varied[0].spread.width == pytest.approx(math.sqrt(0.0006 + 0.008 + 0.002 + 0.04))


def test_a_range_of_nothing_is_refused() -> None:
    with pytest.raises(FootproofError, match="E-RANGE-TARGET") as caught:
        inputs_of(assessed(replace(PACK, ranges=(stated("factor", "none", "0.9", "1.1"),))))
    assert str(caught.value.where) == "uncertainty.csv, line 2, id"


HEAD = "kind,id,distribution,low,high,group,source\n"


def test_ranges_are_read_from_the_study() -> None:
    (item,) = read_ranges(f"{HEAD}factor,M01,triangular,0.9,1.2,g,DEMO\n".encode())
    assert (item.kind, item.id, item.low, item.high, item.group) == (
        "factor",
        "M01",
        Decimal("0.9"),
        Decimal("1.2"),
        "g",
    )


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("factor,M01,lognormal,0,1.2,,x", "E-RANGE"),
        ("factor,M01,normal,1.1,1.2,,x", "E-RANGE"),
        ("factor,M01,normal,1.2,0.9,,x", "E-RANGE"),
        ("factor,M01,beta,0.9,1.1,,x", "E-TABLE-CHOICE"),
        ("stage,M01,normal,0.9,1.1,,x", "E-TABLE-CHOICE"),
        ("factor,M01,normal,NaN,1.1,,x", "E-NUMBER"),
        ("factor,M01,normal,0.9,1.1,,", "E-TABLE-EMPTY"),
        ("factor,M01,normal,0.9,1.1,,x\nfactor,M01,normal,0.9,1.1,,x", "E-STUDY-DUPLICATE"),
    ],
)
def test_bad_ranges_are_refused_where_they_stand(row: str, code: str) -> None:
    with pytest.raises(FootproofError) as caught:
        read_ranges(f"{HEAD}{row}\n".encode())
    assert caught.value.code == code
    assert caught.value.where is not None


def test_too_many_samples_are_refused() -> None:
    for count, seed in ((1, 1), (10**7, 1), (10, -1), (10, 2**64)):
        with pytest.raises(FootproofError, match="E-SAMPLES"):
            sampled(assessed(PACK), count, seed)


@pytest.mark.parametrize(
    ("share", "draws", "said"),
    [
        (1.0, 1000, "> 99.7 %"),  # 3 in 1,000
        (1.0, 10000, "> 99.9 %"),
        (1.0, 100, "> 97.0 %"),
        (0.9999, 10000, "> 99.9 %"),
        (0.0, 1000, "< 0.3 %"),
        (0.0, 10000, "< 0.1 %"),
        (0.0001, 10000, "< 0.1 %"),
        (0.5, 1000, "50.0 %"),
        (0.999, 1000, "99.9 %"),
        (Fraction(1, 1000), 1000, "0.1 %"),
    ],
)
def test_draws_claim_no_certainty(share: float | Fraction, draws: int, said: str) -> None:
    assert chance(share, draws) == said
