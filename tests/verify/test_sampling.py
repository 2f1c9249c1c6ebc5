"""Samples are a function of seed and frame, fall by size, and can be drawn again by anyone (I14)."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare

from certify.lottery import drawn, frame_mark
from footproof.errors import FootproofError, ProofRejected
from footproof.verify.sampling import BY_SIZE, STRATIFIED, Unit, chance, draw, frame_digest, require_same, stands_for

FRAME = tuple(
    Unit(f"row-{n:02d}", Fraction(size), "large" if size > 20 else "small")
    for n, size in enumerate([1, 2, 3, 5, 8, 13, 21, 34, 55, 0])
)
SEED = "DEMO 2026-04-01 shown in public"


@given(st.permutations(FRAME), st.integers(1, 12))
@settings(max_examples=60, deadline=None)
def test_the_list_is_a_function_of_seed_and_frame(frame: list[Unit], size: int) -> None:
    sample = draw(SEED, tuple(frame), size)
    assert sample == draw(SEED, FRAME, size), "the order of the frame does not matter"
    require_same(sample, FRAME)
    assert sum(sample.items.values()) == size
    assert "row-09" not in sample.items, "what has no size is never drawn"
    whole = sum((item.size for item in FRAME), Fraction(0))
    certain = {item.id for item in FRAME if item.size >= whole / size}
    assert certain <= set(sample.items), "no item of a step or more can be missed"


def test_another_seed_or_frame_gives_another_list() -> None:
    lists = {tuple(draw(f"{SEED} {n}", FRAME, 3).items) for n in range(40)}
    assert len(lists) > 10
    changed = (*FRAME[:-1], replace(FRAME[-1], size=Fraction(1)))
    assert frame_digest(changed) != frame_digest(FRAME)
    sample = draw(SEED, FRAME, 3)
    with pytest.raises(ProofRejected) as caught:
        require_same(sample, changed)
    assert caught.value.code == "E-VERIFY-DRAW"
    with pytest.raises(ProofRejected):
        require_same(replace(sample, items={"row-00": 3}), FRAME)


def test_it_stays_the_same_from_version_to_version() -> None:
    """Recorded when the method was written; a change here would make published samples impossible to draw again."""
    assert draw("footproof sampling 1", FRAME, 4).items == RECORDED
    assert draw("footproof sampling 1", FRAME, 5, STRATIFIED).items == RECORDED_STRATIFIED


def test_chances_are_even() -> None:
    counts = [0] * 20
    for n in range(4000):
        counts[int(chance(f"even {n}") * 20)] += 1
    assert chisquare(counts).pvalue > 0.001


def test_items_are_drawn_in_proportion_to_their_size() -> None:
    draws = 3000
    hits = dict.fromkeys((item.id for item in FRAME), 0)
    for n in range(draws):
        for name, count in draw(f"{SEED} {n}", FRAME, 2).items.items():
            hits[name] += count
    whole = sum((item.size for item in FRAME), Fraction(0))
    sized = [item for item in FRAME if item.size]
    expected = [float(2 * draws * item.size / whole) for item in sized]
    assert chisquare([hits[item.id] for item in sized], expected).pvalue > 0.001


def test_strata_each_have_a_share() -> None:
    for n in range(50):
        sample = draw(f"{SEED} {n}", FRAME, 5, STRATIFIED)
        strata = {item.id: item.stratum for item in FRAME}
        points = dict.fromkeys(("large", "small"), 0)
        for name, count in sample.items.items():
            points[strata[name]] += count
        assert points == {"large": 3, "small": 2}
        require_same(sample, FRAME)


@given(st.lists(st.integers(1, 50), min_size=2, max_size=12), st.integers(1, 30))
@settings(max_examples=60, deadline=None)
def test_a_misstatement_in_proportion_is_projected_exactly(sizes: list[int], size: int) -> None:
    """Where every item is overstated by the same part, every sample by size points to that part of the whole."""
    frame = tuple(Unit(f"u{n}", Fraction(each)) for n, each in enumerate(sizes))
    sample = draw(SEED, frame, size)
    whole, factors = Fraction(sum(sizes)), stands_for(sample, frame)
    assert set(factors) == set(sample.items)
    assert all(factor >= 1 for factor in factors.values())
    projected = sum((factors[item.id] * item.size / 10 for item in frame if item.id in factors), Fraction(0))
    step = whole / size
    if all(item.size <= step for item in frame) and len(sample.items) == size:
        assert projected == whole / 10
    certain = [item.id for item in frame if item.size >= step]
    assert all(factors[name] == 1 for name in certain)


def test_a_stratum_stands_for_itself() -> None:
    sample = draw(SEED, FRAME, 5, STRATIFIED)
    factors, sizes = stands_for(sample, FRAME), {item.id: item.size for item in FRAME}
    strata = {item.id: item.stratum for item in FRAME}
    for name, points in (("large", 3), ("small", 2)):
        step = sum((item.size for item in FRAME if item.stratum == name), Fraction(0)) / points
        for item in (one for one in factors if strata[one] == name):
            assert factors[item] == max(1, step / sizes[item])


@given(st.integers(1, 9), st.sampled_from([BY_SIZE, STRATIFIED]), st.integers(0, 10**6))
@settings(max_examples=60, deadline=None)
def test_somebody_else_draws_the_same(size: int, method: str, number: int) -> None:
    frame = {item.id: (item.size, item.stratum) for item in FRAME if item.size}
    if method == STRATIFIED and size < 2:
        return
    sample = draw(f"{SEED} {number}", tuple(item for item in FRAME if item.size), size, method)
    hits, factors = drawn(f"{SEED} {number}", frame, size, method)
    assert (dict(sample.items), dict(stands_for(sample, FRAME))) == (hits, factors)
    assert sample.frame == frame_mark(frame)


@pytest.mark.parametrize(
    ("seed", "frame", "size", "method"),
    [
        ("short", FRAME, 3, BY_SIZE),
        (SEED, FRAME, 0, BY_SIZE),
        (SEED, FRAME, 3, "haphazard"),
        (SEED, (), 3, BY_SIZE),
        (SEED, (Unit("a", Fraction(0)),), 3, BY_SIZE),
        (SEED, (Unit("a", Fraction(-1)), Unit("b", Fraction(2))), 3, BY_SIZE),
        (SEED, (Unit("a", Fraction(1)), Unit("a", Fraction(2))), 3, BY_SIZE),
        (SEED, FRAME, 1, STRATIFIED),
    ],
)
def test_what_gives_no_sample_is_refused(seed: str, frame: tuple[Unit, ...], size: int, method: str) -> None:
    with pytest.raises(FootproofError) as caught:
        draw(seed, frame, size, method)
    assert caught.value.code == "E-VERIFY-SAMPLE"


RECORDED = {"row-04": 1, "row-06": 1, "row-07": 1, "row-08": 1}
RECORDED_STRATIFIED = {"row-04": 1, "row-05": 1, "row-07": 1, "row-08": 2}
