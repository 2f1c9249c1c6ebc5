"""Pictures sum, conserve, name their unit and are well-formed, whatever they are given."""

import itertools
from fractions import Fraction
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from footproof.report.figures import fixed, percent
from footproof.report.pictures import (
    Contribution,
    Flow,
    Node,
    Picture,
    QualityRow,
    StageBar,
    Step,
    Swing,
    contribution_bars,
    quality_grid,
    sankey,
    stage_bars,
    tornado,
    uncertainty_dots,
    uncertainty_interval,
    waterfall,
)
from footproof.report.pictures.svg import fit, ticks, width_of, wrap
from footproof.texts import LANGUAGES, Lang
from report.drawn import elements, values, words

UNIT = "kg CO2e / kWh"
FIGURES = st.fractions(min_value=-1000, max_value=1000, max_denominator=997)
POSITIVE = st.fractions(min_value=Fraction(1, 997), max_value=1000, max_denominator=997)
NAMES = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), min_size=1, max_size=40)
LANGS = cast("st.SearchStrategy[Lang]", st.sampled_from(LANGUAGES))


@st.composite
def bars(draw: st.DrawFn) -> list[StageBar]:
    count = draw(st.integers(1, 7))
    return [StageBar(draw(NAMES), abs(draw(FIGURES)), -abs(draw(FIGURES))) for _ in range(count)]


@given(bars(), LANGS)
@settings(max_examples=60, deadline=None)
def test_stage_bars_and_their_stack_sum_to_the_total(found: list[StageBar], lang: Lang) -> None:
    picture = stage_bars(found, UNIT, 3, lang)
    whole = sum((bar.net for bar in found), Fraction(0))
    assert sum(values(picture, "above") + values(picture, "below"), Fraction(0)) == whole
    assert sum(values(picture, "stack"), Fraction(0)) == whole
    assert values(picture, "total") == [whole]


@given(bars())
@settings(max_examples=40, deadline=None)
def test_credits_are_drawn_below_zero_and_emissions_above(found: list[StageBar]) -> None:
    picture = stage_bars(found, UNIT, 3, "en")
    drawn = [item for item in elements(picture) if item["data-part"] in ("above", "below")]
    tops = [float(item["y"]) for item in drawn if item["data-part"] == "below"]
    bottoms = [float(item["y"]) + float(item["height"]) for item in drawn if item["data-part"] == "above"]
    if tops and bottoms:
        assert max(bottoms) <= min(tops) + 0.02


@given(st.lists(st.tuples(NAMES, FIGURES), min_size=1, max_size=14), LANGS)
@settings(max_examples=60, deadline=None)
def test_contribution_bars_sum_to_the_total(rows: list[tuple[str, Fraction]], lang: Lang) -> None:
    picture = contribution_bars([Contribution(name, value) for name, value in rows], UNIT, 3, lang)
    assert values(picture, "part") == [value for _, value in rows]
    assert values(picture, "total") == [sum((value for _, value in rows), Fraction(0))]


@st.composite
def layered(draw: st.DrawFn) -> tuple[list[Node], list[Flow]]:
    """Return conserving flows from sources through middles to ends."""
    sums: dict[tuple[str, str], Fraction] = {}
    for _ in range(draw(st.integers(1, 12))):
        path = [f"{column}{draw(st.integers(0, 3))}" for column in "abc"]
        value = draw(POSITIVE)
        for pair in itertools.pairwise(path):
            sums[pair] = sums.get(pair, Fraction(0)) + value
    ids = sorted({name for pair in sums for name in pair})
    return [Node(name, name, "abc".index(name[0])) for name in ids], [Flow(a, b, v) for (a, b), v in sums.items()]


@given(layered())
@settings(max_examples=60, deadline=None)
def test_a_sankey_conserves_at_every_node(drawing: tuple[list[Node], list[Flow]]) -> None:
    nodes, found = drawing
    picture = sankey(nodes, found, UNIT, 3, "en")
    drawn = elements(picture)
    ribbons = [item for item in drawn if item["data-part"] == "flow"]
    for node in (item for item in drawn if item["data-part"] == "node"):
        name = node["data-id"]
        into = sum((Fraction(i["data-value"]) for i in ribbons if i["data-target"] == name), Fraction(0))
        out_of = sum((Fraction(i["data-value"]) for i in ribbons if i["data-source"] == name), Fraction(0))
        assert {into, out_of} <= {Fraction(0), Fraction(node["data-value"])}
    columns = [sum(Fraction(i["data-value"]) for i in drawn if i.get("data-column") == c) for c in "012"]
    assert len(set(columns)) == 1


def test_a_sankey_that_does_not_conserve_is_refused() -> None:
    nodes = [Node("a", "a", 0), Node("b", "b", 1), Node("c", "c", 2)]
    with pytest.raises(ValueError, match="does not conserve"):
        sankey(nodes, [Flow("a", "b", Fraction(2)), Flow("b", "c", Fraction(1))], UNIT, 3, "en")


def test_a_sankey_refuses_flows_that_run_leftwards_or_are_negative() -> None:
    nodes = [Node("a", "a", 0), Node("b", "b", 1)]
    for flow in (Flow("b", "a", Fraction(1)), Flow("a", "b", Fraction(-1))):
        with pytest.raises(ValueError, match="above zero"):
            sankey(nodes, [flow], UNIT, 3, "en")


@given(FIGURES, st.lists(st.tuples(NAMES, FIGURES), max_size=8), LANGS)
@settings(max_examples=60, deadline=None)
def test_a_waterfall_arrives_at_its_end(start: Fraction, rows: list[tuple[str, Fraction]], lang: Lang) -> None:
    end = start + sum((value for _, value in rows), Fraction(0))
    steps = [Step(name, value, "A:1 / B:2") for name, value in rows]
    picture = waterfall(Step("A", start), steps, Step("B", end), UNIT, lang)
    assert values(picture, "start")[0] + sum(values(picture, "step"), Fraction(0)) == values(picture, "end")[0]


def test_a_waterfall_that_does_not_add_up_is_refused() -> None:
    with pytest.raises(ValueError, match="is reached"):
        waterfall(Step("A", Fraction(1)), [Step("x", Fraction(1))], Step("B", Fraction(3)), UNIT, "en")


def test_a_waterfall_prints_its_check() -> None:
    picture = waterfall(Step("A", Fraction(1)), [Step("x", Fraction(1, 3))], Step("B", Fraction(4, 3)), UNIT, "en")
    assert "Sum check: 1 +0.333333 = 1.33333" in words(picture)


@given(FIGURES, st.lists(st.tuples(NAMES, FIGURES, FIGURES), max_size=8))
@settings(max_examples=40, deadline=None)
def test_a_tornado_is_sorted_by_width(base: Fraction, rows: list[tuple[str, Fraction, Fraction]]) -> None:
    picture = tornado(base, [Swing(*row) for row in rows], UNIT, "zh")
    widths = [abs(b - a) for a, b in zip(values(picture, "low"), values(picture, "high"), strict=True)]
    assert widths == sorted(widths, reverse=True)
    assert values(picture, "base") == [base]


@given(st.lists(FIGURES, min_size=1, max_size=200), FIGURES, LANGS)
@settings(max_examples=40, deadline=None)
def test_dots_are_fifty_ordered_quantiles_around_the_median(
    samples: list[Fraction], stated: Fraction, lang: Lang
) -> None:
    picture = uncertainty_dots(samples, stated, UNIT, lang)
    dots = sorted(values(picture, "dot"))
    low, median, high = (values(picture, f"p{share}")[0] for share in (5, 50, 95))
    assert len(dots) == 50
    assert min(samples) <= low <= median <= high <= max(samples)
    assert sum(dot <= median for dot in dots) >= 25


def test_a_quality_score_is_written_in_its_cell() -> None:
    row = QualityRow("Production", {"time": Fraction(5, 2)}, Fraction(1), Fraction(4))
    picture = quality_grid([row], "en")
    assert values(picture, "score") == [Fraction(5, 2)]
    assert "2.5" in words(picture)
    assert "25.0 %" in words(picture)
    assert "no score" in words(picture)


def _all(lang: Lang) -> list[Picture]:
    one = Fraction(1)
    return [
        stage_bars([StageBar("A", one, -one / 2)], UNIT, 3, lang),
        contribution_bars([Contribution("A", one)], UNIT, 3, lang),
        sankey([Node("a", "A", 0), Node("b", "B", 1)], [Flow("a", "b", one)], UNIT, 3, lang),
        waterfall(Step("A", one), [], Step("B", one), UNIT, lang),
        tornado(one, [Swing("A", one / 2, one * 2)], UNIT, lang),
        uncertainty_dots([one, 2 * one], one, UNIT, lang),
        uncertainty_interval({5: one, 50: 2 * one, 95: 3 * one}, one, UNIT, lang),
    ]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_picture_names_its_unit_in_title_and_text_alternative(lang: Lang) -> None:
    for picture in _all(lang):
        assert "kg CO₂e/kWh" in picture.title, picture.name
        assert "kg CO₂e/kWh" in picture.alt, picture.name


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_same_figures_give_the_same_bytes(lang: Lang) -> None:
    assert [picture.svg for picture in _all(lang)] == [picture.svg for picture in _all(lang)]


def test_bars_of_neighbouring_stages_differ_in_hatching_not_only_in_colour() -> None:
    picture = stage_bars([StageBar(name, Fraction(1), Fraction(0)) for name in "ABCDE"], UNIT, 3, "en")
    fills = [item["fill"] for item in elements(picture) if item["data-part"] == "above"]
    assert len(set(fills)) == 5
    assert sum(fill.startswith("url(#") for fill in fills) == 4


def test_a_name_cannot_break_out_of_a_picture() -> None:
    picture = stage_bars([StageBar('</svg><script>"&', Fraction(1), Fraction(0))], UNIT, 3, "en")
    assert "<script" not in picture.svg
    assert '</svg><script>"&' in words(picture)


@given(FIGURES, FIGURES)
def test_ticks_cover_their_interval_in_equal_steps(a: Fraction, b: Fraction) -> None:
    found = ticks(min(a, b), max(a, b))
    steps = {y - x for x, y in itertools.pairwise(found)}
    assert found[0] <= min(a, b)
    assert found[-1] >= max(a, b)
    assert len(steps) == 1
    assert len(found) <= 9


@given(NAMES, st.integers(20, 300), st.integers(1, 3))
def test_wrapped_text_fits(name: str, width: int, most: int) -> None:
    lines = wrap(name, 10, width, most)
    assert len(lines) <= most
    assert all(width_of(line, 10) <= width + 10 for line in lines)


def test_a_text_that_fits_is_left_alone() -> None:
    assert fit("电池", 10, 20) == "电池"
    assert fit("电池包装", 10, 20).endswith("…")


@pytest.mark.parametrize(
    ("value", "places", "text"),
    [
        (Fraction(1, 8), 2, "0.12"),
        (Fraction(3, 8), 2, "0.38"),
        (Fraction(-5, 4), 1, "−1.2"),
        (Fraction(0), 2, "0.00"),
        (Fraction(1, 1000), 2, "<0.01"),
        (Fraction(-1, 1000), 2, ">−0.01"),
        (Fraction(5, 2), 0, "2"),
    ],
)
def test_figures_are_rounded_half_to_even_and_what_is_not_zero_does_not_read_as_zero(
    value: Fraction, places: int, text: str
) -> None:
    assert fixed(value, places) == text


def test_a_share_of_nothing_is_a_dash() -> None:
    assert percent(Fraction(1), Fraction(0)) == "–"
    assert percent(Fraction(1, 3), Fraction(1)) == "33.3 %"
