"""The record of a report: its parts are the result, exactly, and the public version holds no row of the maker."""

from dataclasses import replace
from fractions import Fraction

import pytest

from footproof.interpret.terms import figure
from footproof.model.bilingual import Bilingual
from footproof.report import Extras, Range, compose, report_record
from footproof.report.chapters.words import words_for
from footproof.report.flows import contributions, flows
from footproof.report.form import Stand
from footproof.report.pictures.sankey import conserved
from report.made import CASES, assessment, record


@pytest.mark.parametrize(("study", "rule"), CASES)
def test_items_stages_and_origins_sum_to_the_result(study: str, rule: str) -> None:
    found = record(study, rule)
    assert sum((item.value for item in found.items), Fraction(0)) == found.value
    assert sum((stage.value for stage in found.stages), Fraction(0)) == found.value
    assert sum(found.origins.values(), Fraction(0)) == found.value
    assert sum((part.value or 0 for part in found.processes), Fraction(0)) == found.value


@pytest.mark.parametrize(("study", "rule"), CASES)
def test_every_row_is_amount_times_factor(study: str, rule: str) -> None:
    for item in record(study, rule).items:
        assert item.amount * item.factor == item.value, item.term


@pytest.mark.parametrize(("study", "rule"), CASES)
def test_stages_agree_with_the_result_of_the_sheet(study: str, rule: str) -> None:
    stages = assessment(study, rule).result["stages"]
    assert {s.id: s.value for s in record(study, rule).stages} == {
        name: figure(figures["total"]) for name, figures in stages.items()
    }


@pytest.mark.parametrize(("study", "rule"), CASES)
def test_sources_of_amounts_and_of_factors_are_each_the_whole(study: str, rule: str) -> None:
    found = record(study, rule)
    amounts = [part for part in found.sources if part.kind in ("documented", "undocumented")]
    factors = [part for part in found.sources if part.kind in ("factor", "background", "direct")]
    for group in (amounts, factors):
        assert sum((part.size for part in group), Fraction(0)) == found.whole
        assert sum(part.count for part in group) == found.terms


@pytest.mark.parametrize(("study", "rule"), CASES)
def test_contributions_sum_and_flows_conserve(study: str, rule: str) -> None:
    found = record(study, rule)
    words = words_for(found, "en")
    assert sum((part.value for part in contributions(found, words)), Fraction(0)) == found.value
    nodes, ribbons = flows(found, words)
    assert conserved(ribbons, {node.id: node.column for node in nodes})
    gross = sum((item.value for item in found.items if item.value > 0), Fraction(0))
    assert sum((flow.value for flow in ribbons if flow.source.startswith("i:")), Fraction(0)) == gross


def test_all_ten_values_are_there_and_unknown_ones_have_no_figure() -> None:
    for study, rule in CASES:
        values = record(study, rule).values
        assert [value.id for value in values] == [f"V{number}" for number in range(1, 11)]
        for value in values:
            assert (value.value is not None) == (value.stand in (Stand.GIVEN, Stand.PART)), value


def test_the_clauses_on_cut_off_are_cited_and_no_others() -> None:
    assert "6.3.4" in dict(record(*CASES[0]).rule.cut_off)
    assert "6.3.3" not in dict(record(*CASES[0]).rule.cut_off)


def test_coproduct_shares_sum_to_one_in_every_process() -> None:
    shares = record(*CASES[2]).shares
    assert shares
    for process in {share.process.en for share in shares}:
        group = [share for share in shares if share.process.en == process]
        assert sum((share.share for share in group), Fraction(0)) == 1
        assert sum((share.other or Fraction(0) for share in group), Fraction(0)) == 1


@pytest.mark.parametrize(("study", "rule"), CASES)
def test_the_public_version_holds_no_row_factor_figure_or_document(study: str, rule: str) -> None:
    found = record(study, rule, public=True)
    assert found.value == record(study, rule).value
    assert not (found.items)
    assert not (found.factors)
    assert not (found.figures)
    assert not (found.documents)
    assert not (found.shares)
    assert not (found.recovered)
    assert all(part.value is None for part in found.processes)


@pytest.mark.parametrize(("study", "rule"), CASES)
def test_the_public_report_names_no_amount_factor_or_document(study: str, rule: str) -> None:
    whole = record(study, rule)
    said = Bilingual("区间", "range")
    ranges = Extras(ranges=(Range(said, Fraction(1), Fraction(2), "secret range"),))
    text = repr(compose(record(study, rule, public=True), "en", ranges))
    assert "secret range" not in text
    for document in whole.documents:
        assert document.sha256 not in text
        assert document.name.en not in text
    for factor in whole.factors:
        assert factor.id in {row.id for row in whole.grid} or factor.id.partition(":")[2] + "]" not in text
    for stated in whole.figures:
        assert stated.source not in text or len(stated.source) < 4


def test_a_demonstration_says_so_and_another_study_does_not() -> None:
    made = assessment(*CASES[0])
    assert report_record(made).demonstration
    plain = Bilingual("电池", "battery")
    study = replace(
        made.study,
        title=plain,
        product=replace(made.study.product, name=plain),
        producer=replace(made.study.producer, name=plain),
        site=replace(made.study.site, name=plain),
    )
    assert not report_record(replace(made, study=study)).demonstration


def test_a_contract_says_whether_it_counts_and_idle_factors_are_not_listed_as_used() -> None:
    counted, not_admitted = (record(study, rule) for study, rule in CASES[:2])
    assert [item.counted for item in counted.power] == [True]
    assert [item.counted for item in not_admitted.power] == [False]
    assert [row.id for row in not_admitted.grid] == ["param:cn.electricity.average"]
    assert len(counted.grid) == 3


def test_a_stage_that_the_rule_leaves_out_is_in_the_course_of_the_life_cycle() -> None:
    course = {stage.name.en: stage.stand for stage in record(*CASES[1]).course}
    assert course["Use"] == "out"
    assert list(course)[-1] == "End of life and recycling"
    assert course["Distribution"] == "in"


@pytest.mark.parametrize(("stages", "stand"), [((), "in_zero"), (("raw_materials", "manufacturing"), "outside")])
def test_a_stage_without_data_is_outside_only_where_the_study_says_so(stages: tuple[str, ...], stand: str) -> None:
    made = assessment(*CASES[0])
    declared = replace(made.study.declared_unit, stages=stages)
    found = report_record(replace(made, study=replace(made.study, declared_unit=declared)))
    assert {stage.name.en: stage.stand for stage in found.course}["Use"] == stand


def test_criteria_that_a_contract_lacks_are_said_in_the_language_of_the_report() -> None:
    found = record(*CASES[0])
    power = (replace(found.power[0], lacking="retired, unique", counted=False),)
    for lang, needed in (("zh", "缺：已核销、声明唯一"), ("en", "lacking: retired, unique claim")):
        assert needed in repr(compose(replace(found, power=power), "zh" if lang == "zh" else "en").blocks)
