"""Grades by gate, score and bands: on the limit is not above it, and no better answer makes a worse grade."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footproof.certify.conditions import FactValue
from footproof.certify.grading import grade, graded, load_grading
from footproof.certify.scheme import load_scheme
from footproof.certify.scheme_beside import read_grading
from footproof.errors import FootproofError
from footproof.formats.toml import Table, read_toml
from footproof.model.scheme import Grading

INDEX = load_grading("sac.association-index@2024-08-07")
STARS = load_grading("cn.green-building-materials@2020")
levels = st.integers(0, 3).map(Decimal)
points = st.integers(0, 1000).map(lambda tenths: Decimal(tenths) / 10)
ATTRIBUTES = ("resources", "energy", "environment", "quality")


def _index(score: str, basic: int = 17) -> int:
    return grade(INDEX, {"basic_met": Decimal(basic), "points": Decimal(score)}).grade


@pytest.mark.parametrize(
    ("score", "stars"),
    [("0", 0), ("70", 0), ("70.01", 1), ("85", 1), ("85.01", 2), ("95", 2), ("95.01", 3), ("100", 3)],
)
def test_a_band_begins_strictly_above_its_number(score: str, stars: int) -> None:
    assert _index(score) == stars


def test_one_basic_indicator_failed_is_no_grade_at_all() -> None:
    found = grade(INDEX, {"basic_met": Decimal(16), "points": Decimal(100)})
    assert (found.passed, found.score, found.band) == (False, None, None)


@given(points, points)
def test_more_points_never_make_a_lower_grade(one: Decimal, other: Decimal) -> None:
    low, high = sorted((one, other))
    assert _index(str(low)) <= _index(str(high))


@given(st.lists(levels, min_size=4, max_size=4), st.integers(0, 3))
def test_a_product_has_the_stars_of_its_weakest_attribute(found: list[Decimal], better: int) -> None:
    facts: dict[str, FactValue] = {"basic_met": True, **dict(zip(ATTRIBUTES, found, strict=True))}
    assert grade(STARS, facts).grade == min(found)
    raised = {**facts, ATTRIBUTES[better]: Decimal(3)}
    assert grade(STARS, raised).grade >= grade(STARS, facts).grade
    assert grade(STARS, {**facts, "basic_met": False}).grade == 0


def test_the_scheme_reads_the_same_grading() -> None:
    assert load_scheme("cn.green-building-materials@2020").grading == STARS


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"points": Decimal(90)}, "E-SCHEME-GRADE-OPEN"),
        ({"basic_met": Decimal(17), "points": Decimal(101)}, "E-SCHEME-FACT-VALUE"),
        ({"basic_met": Decimal(18), "points": Decimal(90)}, "E-SCHEME-FACT-VALUE"),
        ({"basic_met": Decimal(17), "points": Decimal(90), "bonus": Decimal(5)}, "E-SCHEME-FACT"),
    ],
)
def test_answers_that_are_missing_or_out_of_range_are_refused(facts: dict[str, FactValue], code: str) -> None:
    with pytest.raises(FootproofError) as refusal:
        grade(INDEX, facts)
    assert refusal.value.code == code


TEXT = """
id = "x"
edition = "1"
title = { zh = "示例", en = "x" }
gate = "points >= 0"
score = "points * 2"
most = 100
failing = { zh = "不合格", en = "failed" }
source = "invented"
confidence = "recalled"
[fact.points]
kind = "number"
title = { zh = "得分", en = "points" }
"""


def _read(bands: tuple[tuple[str, int], ...]) -> Grading:
    lines = "".join(
        f'[[band]]\nabove = {above}\ngrade = {number}\ntitle = {{ zh = "级", en = "g" }}\n' for above, number in bands
    )
    values, places = read_toml((TEXT + lines).encode(), "grading.toml")
    return read_grading(Table(values, "grading.toml", places))


def test_a_score_beyond_the_highest_is_refused() -> None:
    grading = _read((("10", 1),))
    assert grade(grading, {"points": Decimal(50)}).grade == 1
    with pytest.raises(FootproofError) as refusal:
        grade(grading, {"points": Decimal("50.5")})
    assert refusal.value.code == "E-SCHEME-GRADE-SCORE"


@pytest.mark.parametrize("bands", [(("10", 1), ("10", 2)), (("10", 2), ("20", 1)), (("20", 1), ("10", 2))])
def test_bands_rise(bands: tuple[tuple[str, int], ...]) -> None:
    with pytest.raises(FootproofError) as refusal:
        _read(bands)
    assert refusal.value.code == "E-SCHEME-BANDS"


def test_an_unknown_grading_is_refused() -> None:
    with pytest.raises(FootproofError) as refusal:
        load_grading("sac.association-index@2030")
    assert refusal.value.code == "E-SCHEME-UNKNOWN"


def test_answers_as_text_come_to_the_grade_of_the_scheme() -> None:
    scheme = load_scheme("cn.green-building-materials@2020")
    said = (("basic_met", "true"), ("resources", "3"), ("energy", "2"), ("environment", "3"), ("quality", "2.0"))
    assert graded(scheme, said).grade == 2
    assert not graded(scheme, (("basic_met", "false"), *said[1:])).passed
    with pytest.raises(FootproofError) as missing:
        graded(scheme, said[1:])
    assert missing.value.code == "E-SCHEME-GRADE-OPEN"


def test_a_scheme_without_grades_gives_none() -> None:
    with pytest.raises(FootproofError) as refused:
        graded(load_scheme("cn.cfp.label@CNCA-CFP-00-2025"), ())
    assert refused.value.code == "E-SCHEME-GRADE-NONE"
