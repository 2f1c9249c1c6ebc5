"""Sections that come from other computations: two rulebooks, a limit, the clause report, the breakdown by origin."""

from collections import Counter
from dataclasses import replace
from datetime import date
from fractions import Fraction
from functools import cache
from pathlib import Path

import pytest
from click.testing import CliRunner

from footproof.assess import Assessment, assess
from footproof.cli.report import report as command
from footproof.errors import FootproofError
from footproof.formats.folder import read_folder
from footproof.formats.study import read_study
from footproof.interpret.clauses import Outcome, clause_report
from footproof.interpret.components import components, undifferentiated
from footproof.interpret.lens import Case, compare
from footproof.interpret.lens import Comparison as Explained
from footproof.interpret.limits import judge, judge_number
from footproof.interpret.terms import merged_scores
from footproof.interpret.uncertainty import Verdict, sampled
from footproof.model.study import Quality
from footproof.report import (
    Extras,
    LimitDecision,
    comparison_of,
    compose,
    limit_of,
    render_html,
    report_record,
    uncertainty_of,
)
from footproof.report.blocks import Block, Bullets, Figure, Heading, Paragraph, Table
from footproof.report.pictures import Step, waterfall
from footproof.rules.limits import load_limit
from footproof.rules.parameters import shipped
from footproof.rules.rulebook import load_rulebook
from footproof.texts import LANGUAGES, Lang
from report.drawn import values, words
from report.made import CASES, EXAMPLES, assessment, record

KETTLE = EXAMPLES.parent / "tests/assets/kettle"
OPEN_RULE, OTHER_RULE = CASES[1][1], "eu.cfb"
FIELDS = ("technology", "geography", "time")


@cache
def explained() -> Explained:
    side = assessment("nmc811-pack", OPEN_RULE)
    sides = [Case(side.study, load_rulebook(rule), side.known_on) for rule in (OPEN_RULE, OTHER_RULE)]
    return compare(sides[0], sides[1], shipped())


@cache
def kettle() -> Assessment:
    study = read_study(read_folder(KETTLE))
    assert study.known_on is not None
    return assess(study, load_rulebook("cn.gbt.24067@2024"), shipped(), study.known_on)


@cache
def decision(on: date) -> LimitDecision:
    made = kettle()
    found = limit_of(judge(made, load_limit("demo.limit.kettle"), sampled(made, 200, 1), on, 0.05))
    assert found is not None
    return found


def section(blocks: tuple[Block, ...], name: str) -> list[Block]:
    """Return the blocks from a heading to the next."""
    start = next(n for n, block in enumerate(blocks) if isinstance(block, Heading) and block.id == name)
    end = next((n for n in range(start + 1, len(blocks)) if isinstance(blocks[n], Heading)), len(blocks))
    return list(blocks[start:end])


def text_of(blocks: list[Block]) -> str:
    return " ".join(repr(block) for block in blocks)


# ---- two rulebooks


def test_an_axis_without_a_share_stays_where_an_open_option_moves_it() -> None:
    found = comparison_of(explained())
    causes = {cause.name.en: cause for cause in found.causes}
    energy = causes["Energy over life"]
    assert energy.value == 0
    assert energy.low is not None
    assert energy.high is not None
    assert energy.high > energy.low
    kept = {share.axis.name.en for share in explained().shares if share.moves}
    assert set(causes) == kept
    assert {name.en for name in found.agreed}.isdisjoint(kept)


def test_causes_and_steps_each_sum_to_the_difference_and_lie_within_their_ranges() -> None:
    found = comparison_of(explained())
    difference = found.end.value - found.start.value
    assert sum((cause.value for cause in found.causes), Fraction(0)) == difference
    assert sum((cause.step or Fraction(0) for cause in found.causes), Fraction(0)) == difference
    for cause in found.causes:
        if cause.low is not None and cause.high is not None:
            assert cause.low <= cause.value <= cause.high
    assert found.interval is not None
    assert found.interval[0] <= difference <= found.interval[1]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_section_has_picture_interval_sequence_choices_and_what_is_not_switched(lang: Lang) -> None:
    found = comparison_of(explained())
    blocks = section(compose(record("nmc811-pack", OPEN_RULE), lang, Extras(found)).blocks, "s6-difference")
    picture = next(block.picture for block in blocks if isinstance(block, Figure))
    assert len(values(picture, "step")) == len(found.causes)
    ranged = [cause for cause in found.causes if cause.low is not None]
    assert values(picture, "low") == [cause.low for cause in ranged]
    assert values(picture, "high") == [cause.high for cause in ranged]
    terms, options = (block for block in blocks if isinstance(block, Table))
    assert len(terms.head) == 4
    assert {"zh": "取决于次序", "en": "depends on order"}[lang] in terms.head[3]
    assert [row.cells[0] for row in options.rows] == [cause.name.say(lang) for cause in found.causes]
    items = next(block.items for block in blocks if isinstance(block, Bullets))
    assert len(items) == len(explained().unreached) > 0
    warnings = [block for block in blocks if isinstance(block, Paragraph) and block.tone == "warning"]
    assert len(warnings) == 1 + len(found.notes)


def test_notes_of_a_comparison_are_said_and_closed_rules_need_no_ranges() -> None:
    found = comparison_of(explained())
    note = found.start.name
    closed = replace(
        found, causes=tuple(replace(c, low=None, high=None) for c in found.causes), interval=None, notes=(note,)
    )
    blocks = section(compose(record("nmc811-pack", OPEN_RULE), "en", Extras(closed)).blocks, "s6-difference")
    assert Paragraph(note.en, "warning") in blocks
    assert [len(block.head) for block in blocks if isinstance(block, Table)] == [3, 4]


def test_a_comparison_under_one_rule_tracks_and_one_of_two_rules_does_not() -> None:
    assert not comparison_of(explained()).tracking
    side = assessment(*CASES[2])
    case = Case(side.study, side.rule, side.known_on)
    assert comparison_of(compare(case, case, shipped())).tracking


def test_whiskers_stay_inside_the_picture_and_are_explained() -> None:
    step = Step("x", Fraction(0), "", Fraction(-3), Fraction(5))
    picture = waterfall(Step("A", Fraction(1)), [step], Step("B", Fraction(1)), "kg CO2e / kg", "en")
    assert (values(picture, "low"), values(picture, "high")) == ([Fraction(-3)], [Fraction(5)])
    assert "any option that the rules leave open" in words(picture)
    assert "x 0 [−3 … +5]" in picture.alt
    plain = waterfall(Step("A", Fraction(1)), [Step("x", Fraction(0))], Step("B", Fraction(1)), "kg CO2e / kg", "en")
    assert "leave open" not in words(plain)


# ---- a limit


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_decision_says_limit_edition_value_guard_band_and_both_days(lang: Lang) -> None:
    on = date(2026, 9, 1)
    found = decision(on)
    blocks = section(compose(report_record(kettle()), lang, Extras(limit=found)).blocks, "s6-limit")
    text = text_of(blocks)
    for needed in ("demo.limit.kettle@2026", "12 kg", on.isoformat(), kettle().known_on.isoformat(), "L-1"):
        assert needed in text
    assert isinstance(blocks[0], Heading)
    assert blocks[0].text.startswith("6.7")


def test_a_decision_is_not_said_where_the_spread_covers_too_little() -> None:
    found = decision(date(2026, 9, 1))
    assert not found.covered
    text = text_of(section(compose(report_record(kettle()), "en", Extras(limit=found)).blocks, "s6-limit"))
    assert "cannot be decided" in text
    assert "too narrow to decide by" in text
    covered = replace(found, covered=True, verdict=Verdict.CONFORMS)
    text = text_of(section(compose(report_record(kettle()), "en", Extras(limit=covered)).blocks, "s6-limit"))
    assert "conforms to" in text
    assert "too narrow" not in text
    over = replace(found, covered=True, verdict=Verdict.EXCEEDS, declared=False)
    text = text_of(section(compose(report_record(kettle()), "en", Extras(limit=over)).blocks, "s6-limit"))
    assert "exceeds" in text
    assert "does not keep the limit" in text


def test_a_bare_number_is_no_limit_of_a_report() -> None:
    made = kettle()
    assert limit_of(judge_number(made, load_limit("demo.limit.kettle").value, sampled(made, 50, 1), 0.05)) is None


def test_a_report_without_a_limit_or_a_comparison_has_neither_section() -> None:
    ids = {block.id for block in compose(record(*CASES[2]), "en").blocks if isinstance(block, Heading)}
    assert ids.isdisjoint({"s6-limit", "s6-difference"})


def test_the_command_judges_a_limit_on_its_own_day(tmp_path: Path) -> None:
    path = tmp_path / "kettle.html"
    arguments = [str(KETTLE), "--rulebook", "cn.gbt.24067", "--lang", "en", "--samples", "50", "-o", str(path)]
    limit = ["--limit", "demo.limit.kettle"]
    result = CliRunner().invoke(command, [*arguments, *limit, "--on", "2026-09-01"], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    assert "2026-09-01" in path.read_text("utf-8")
    early = CliRunner().invoke(command, [*arguments, *limit, "--on", "2020-01-01"])
    assert isinstance(early.exception, FootproofError)
    assert early.exception.code == "E-LIMIT-DAY"
    alone = CliRunner().invoke(command, [*arguments, "--on", "2026-09-01"])
    assert isinstance(alone.exception, FootproofError)
    assert alone.exception.code == "E-CALL"
    none = CliRunner().invoke(command, [*arguments, *limit, "--samples", "0"])
    assert isinstance(none.exception, FootproofError)
    assert none.exception.code == "E-CALL"


def test_draws_that_give_no_sample_are_counted() -> None:
    found = sampled(kettle(), 50, 1)
    kept = found.kept.copy()
    kept[:3] = False
    said = uncertainty_of(replace(found, kept=kept, refused={"E-X a": 3})).method
    assert "3 draws" in said.en
    assert "E-X a" in said.zh
    assert "draws do not meet" not in uncertainty_of(found).method.en


# ---- the clause report


@pytest.mark.parametrize(("study", "rule"), CASES)
def test_the_annex_has_every_clause_once_and_its_counts(study: str, rule: str) -> None:
    report = clause_report(assessment(study, rule))
    blocks = section(compose(record(study, rule), "en").blocks, "annex-e")
    counts, *groups = (block for block in blocks if isinstance(block, Table))
    totals = dict(zip(("not met", "evidence missing", "needs judgement", "met"), counts.rows, strict=False))
    tally = Counter(item.outcome for item in report)
    for outcome in Outcome:
        assert totals[outcome.value.replace("-", " ")].cells[-1] == str(tally[outcome])
    assert counts.rows[-1].cells[-1] == str(len(report))
    listed = [row.cells[0] for group in groups for row in group.rows]
    assert sorted(listed) == sorted(item.clause.id for item in report)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_an_unmet_requirement_is_named_with_its_finding_and_place(lang: Lang) -> None:
    found = record(*CASES[0])
    unmet = next(item for item in found.answers if item.outcome is Outcome.NOT_MET and item.severity == "shall")
    assert unmet.finding is not None
    text = text_of(section(compose(found, lang).blocks, "annex-e"))
    assert unmet.finding.say(lang) in text
    assert {"zh": "factors.csv 第", "en": "factors.csv line"}[lang] in text


def test_the_public_version_has_answers_but_no_findings() -> None:
    found = record(*CASES[0])
    text = text_of(section(compose(record(*CASES[0], public=True), "en").blocks, "annex-e"))
    for item in found.answers:
        assert item.text.en.partition(" ")[0] in text
        if item.outcome is not Outcome.NEEDS_JUDGEMENT and item.finding:
            assert item.finding.en not in text
    assert ".csv line" not in text


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_leads_to_the_annex(lang: Lang) -> None:
    page = render_html(compose(record(*CASES[2]), lang)).decode("utf-8")
    assert '<a href="#annex-e">' in page
    assert page.index('id="annex-d"') < page.index('id="annex-e"') < page.index('id="annex-f"')


# ---- shared definitions


@pytest.mark.parametrize(("study", "rule"), CASES)
def test_the_undifferentiated_share_is_that_of_components_without_signs(study: str, rule: str) -> None:
    made = assessment(study, rule)
    parts = list(components(made))
    whole = sum((abs(part.value) for part in parts), Fraction(0))
    plain = sum((abs(part.value) for part in parts if part.entry.origin == "undifferentiated"), Fraction(0))
    assert record(study, rule).undifferentiated == undifferentiated(made) == plain / whole
    assert 0 < plain / whole <= 1


def test_own_scores_go_before_those_of_the_factor_one_by_one() -> None:
    assert merged_scores(Quality(1, None, 3), Quality(5, 4, None)) == Quality(1, 4, 3)
    assert merged_scores(Quality(), Quality()) == Quality()
    for name in FIELDS:
        assert getattr(merged_scores(Quality(**{name: 2}), Quality(5, 5, 5)), name) == 2
