"""Ranges of amounts between processes, inside loops and outside: every end and sample is what an edited study gives.

The law throughout: varying a figure by a factor gives the result of the study in which that figure is written as the
product, to 1e-9. What `assess` refuses of such an edited study is refused of the range too, and says by what.
"""

import random
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Context, Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assess.draft import Draft
from assess.generator import random_study
from footproof.assess import Assessment, assess
from footproof.errors import FootproofError
from footproof.formats.folder import read_folder
from footproof.formats.study import read_study
from footproof.interpret.floats import float_sheet
from footproof.interpret.inputs import inputs_of
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
from footproof.model.study import Place, Quality, Range
from footproof.rules.parameters import shipped
from footproof.rules.rulebook import load_rulebook

RULE, BOOK, DAY = load_rulebook("cn.gbt.24067@2024"), shipped(), date(2026, 6, 30)
CEMENT = read_study(read_folder(Path(__file__).resolve().parents[2] / "examples" / "portland-cement"))
PACK = read_study(read_folder(Path(__file__).resolve().parents[2] / "examples" / "nmc811-pack"))
TWELVE = Context(prec=12)


def stated(name: str, low: str, high: str, *, kind: str = "amount", shape: str = "uniform", group: str = "") -> Range:
    return Range(kind, name, shape, Decimal(low), Decimal(high), group, "DEMO", Place("uncertainty.csv", 2))


def ranged(draft: Draft, *ranges: Range) -> Assessment:
    """Return the assessment of a draft whose study states some ranges."""
    return assess(replace(draft.assess().study, ranges=ranges), RULE, BOOK, DAY)


def edited(draft: Draft, factors: Mapping[str, float]) -> float:
    """Return the result of a draft in which some amounts or parameters are written as multiplied."""
    other = draft.copy()
    for row in other.exchanges:
        if row["id"] in factors:
            row["amount"] = times(row["amount"], factors[row["id"]])
    for name, (value, unit) in other.parameters.items():
        if name in factors:
            other.parameters[name] = times(value, factors[name]), unit
    return float(other.value())


def times(text: str, factor: float) -> str:
    if text.startswith("="):
        return f"=({text[1:]}) * {times('1', factor)}"
    return format(TWELVE.create_decimal(Decimal(text) * Decimal(factor)), "f")


def system(seed: int, *, loops: bool) -> Draft:
    """A few processes, each using others and perhaps itself; once round, less comes back than went out."""
    rng = random.Random(seed)
    names = [f"p{i}" for i in range(rng.randint(2, 5))]
    draft = Draft(reference="made").process("made", str(rng.randint(1, 9)))
    draft.parameters["heat"] = "3", "kg"
    made = {name: rng.randint(1, 40) for name in names}
    for name in names:
        draft.process(name, str(made[name])).emission(name, f"e-{name}", str(rng.randint(1, 90)), "kg")
    draft.exchange("made", "first", "2.5", "kg", "process:p0").exchange(
        "made", "last", "4", "kg", f"process:{names[-1]}"
    )
    for number, user in enumerate(names):
        others = names if loops else names[number + 1 :]
        for used in rng.sample(others, rng.randint(min(1, len(others)), min(2, len(others)))):
            amount = f"{0.3 * rng.uniform(0.1, 1) * made[used]:.4f}"
            kind = "credit" if rng.random() < 0.15 else "input"
            draft.exchange(user, f"x{len(draft.exchanges)}", amount, "kg", f"process:{used}", kind=kind)
    if loops:
        for user, used in zip(names, [*names[1:], names[0]], strict=True):
            draft.exchange(user, f"r-{user}", f"={0.05 * made[used]:.3f} * heat", "kg", f"process:{used}")
    return draft


def links_of(draft: Draft) -> list[str]:
    return [row["id"] for row in draft.exchanges if row["from"].startswith("process:")]


@given(st.integers(0, 10**9), st.booleans())
@settings(max_examples=25, deadline=None)
def test_a_bar_is_what_the_edited_study_gives(seed: int, loops: bool) -> None:
    draft = system(seed, loops=loops)
    names = links_of(draft)
    ranges = [stated(name, "0.8", "1.2") for name in names]
    if loops:
        ranges.append(stated("heat", "0.9", "1.15", kind="parameter"))
    bars = {bar.input.range.id: bar for bar in tornado(ranged(draft, *ranges)) if bar.input.range}
    assert len(bars) == len(ranges)
    for item in ranges:
        for factor, found in ((item.low, bars[item.id].low), (item.high, bars[item.id].high)):
            assert found == pytest.approx(edited(draft, {item.id: float(factor)}), rel=1e-9, abs=1e-9)


@given(st.integers(0, 10**9), st.booleans())
@settings(max_examples=15, deadline=None)
def test_a_sample_is_what_the_study_edited_everywhere_gives(seed: int, loops: bool) -> None:
    draft = system(seed, loops=loops)
    names = [*links_of(draft), *(["heat"] if loops else [])]
    kinds = {name: "parameter" if name == "heat" else "amount" for name in names}
    found = sampled(ranged(draft, *(stated(name, "0.85", "1.15", kind=kinds[name]) for name in names)), 3, seed)
    drawn = {i.range.id: factors_of(i.spread, normal_draws(i.key, seed, 3)) for i in found.inputs.varied if i.range}
    assert found.left_out == 0
    for number in range(3):
        factors = {name: float(drawn[name][number]) for name in names}
        assert found.samples[number] == pytest.approx(edited(draft, factors), rel=1e-9, abs=1e-9)


@given(st.integers(0, 10**9))
@settings(max_examples=12, deadline=None)
def test_any_figure_of_any_study_is_varied_or_refused_as_its_edit_is(seed: int) -> None:
    draft = random_study(seed)
    study = draft.assess().study
    known = [("amount", row["id"]) for row in draft.exchanges] + [("parameter", name) for name in draft.parameters]
    for kind, name in random.Random(seed).sample(known, min(len(known), 6)):
        found = assess(replace(study, ranges=(stated(name, "0.9", "1.25", kind=kind),)), RULE, BOOK, DAY)
        refused = None
        try:
            bar = next(bar for bar in tornado(found) if bar.input.range)
        except FootproofError as problem:
            refused = problem
        if refused is None:
            ends = [edited(draft, {name: factor}) for factor in (0.9, 1.25)]
            assert (bar.low, bar.high) == pytest.approx(ends, rel=1e-9, abs=1e-12), (kind, name)
        else:
            assert refused.code == "E-RANGE-REFUSED"
            with pytest.raises(FootproofError, match=str(refused.values["check"]).partition(" ")[0]):
                edited(draft, {name: float(str(refused.values["factor"]))})


def chain() -> Draft:
    """Three processes in a row: 2 × 3 × 5 = 30 kg."""
    draft = Draft().process("made").process("part").process("stuff")
    draft.exchange("made", "parts", "2", "kg", "process:part").exchange("part", "stuffs", "3", "kg", "process:stuff")
    return draft.emission("stuff", "stack", "5", "kg")


def test_in_a_chain_the_factors_multiply() -> None:
    found = ranged(chain(), stated("parts", "0.5", "2"), stated("stuffs", "0.9", "1.1"))
    assert {bar.input.range.id: (bar.low, bar.high) for bar in tornado(found) if bar.input.range} == {
        "parts": (15, 60),
        "stuffs": (27, 33),
    }
    together = sampled(ranged(chain(), *(stated(x, "0.9", "1.1", group="g") for x in ("parts", "stuffs"))), 50, 1)
    one = sampled(ranged(chain(), stated("parts", "0.9", "1.1", group="g")), 50, 1)
    assert together.samples == pytest.approx(30 * (one.samples / 30) ** 2, rel=1e-12)


def test_scores_of_an_amount_between_processes_spread_it() -> None:
    study = chain().assess().study
    scored = Quality(technology=2, geography=2, time=2)
    exchanges = tuple(replace(e, quality=scored) if e.id == "parts" else e for e in study.exchanges)
    (bar,) = tornado(assess(replace(study, exchanges=exchanges), RULE, BOOK, DAY))
    assert (bar.low, bar.high) == pytest.approx((30 * bar.input.spread.low, 30 * bar.input.spread.high))
    assert not bar.input.stated


def test_the_opened_sheet_gives_the_same_figures() -> None:
    for study in (CEMENT, PACK):
        found = assess(study, RULE, BOOK, DAY)
        links = frozenset(link.exchange for link in found.foreground.links)
        sheet = float_sheet(found, links)
        assert sheet.total({}, {}, 1)[0] == pytest.approx(float(Fraction(found.result["value"])), rel=1e-12)
        ones = sheet.run({f"range.{name}": np.ones(3) for name in links}, {}, 3)  # Loops are solved again.
        assert ones.totals == pytest.approx(float(Fraction(found.result["value"])), rel=1e-12)
        assert not ones.broken


@pytest.mark.parametrize("name", ["boiler-power", "meal-power", "cement-clinker", "kiln-water"])
def test_the_loop_of_the_cement_plant_is_solved_again(name: str) -> None:
    """Waste heat power takes power of the plant bus, which takes waste heat power."""
    bars = tornado(assess(replace(CEMENT, ranges=(stated(name, "0.8", "1.25"),)), RULE, BOOK, DAY))
    bar = next(bar for bar in bars if bar.input.range)
    for factor, found in ((Decimal("0.8"), bar.low), (Decimal("1.25"), bar.high)):
        exchanges = tuple(
            replace(e, amount=replace(e.amount, number=(e.amount.number or 0) * factor)) if e.id == name else e
            for e in CEMENT.exchanges
        )
        again = assess(replace(CEMENT, exchanges=exchanges), RULE, BOOK, DAY).result["value"]
        assert found == pytest.approx(float(Fraction(again)), rel=1e-9)
    assert bar.reach > 0


@pytest.mark.parametrize("name", ["hot", "meal"])
def test_a_loop_through_a_coproduct_keeps_its_shares(name: str) -> None:
    """A kiln makes heat besides; the heat drives a mill on which the kiln depends."""
    draft = Draft().process("made", "10", allocation="mass", alternative="economic").process("mill", "7")
    draft.coproduct("made", "made", "10", "kg", "3", alternative="9")
    draft.coproduct("made", "heat", "50", "MJ", "1", alternative="1")
    draft.exchange("mill", "hot", "20", "MJ", "process:made/heat").exchange("made", "meal", "6", "kg", "process:mill")
    draft.emission("made", "stack", "8", "kg").emission("mill", "dust", "2", "kg")
    (bar,) = tornado(ranged(draft, stated(name, "0.8", "1.25")))
    assert (bar.low, bar.high) == pytest.approx([edited(draft, {name: factor}) for factor in (0.8, 1.25)], rel=1e-9)


def test_varying_amounts_leaves_the_sealed_sheet_as_it_is() -> None:
    assert ranged(chain(), stated("parts", "0.5", "2")).sheet_digest == chain().assess().sheet_digest


def test_a_link_of_a_stage_that_is_left_out_moves_nothing() -> None:
    draft = chain()
    draft.exchanges[0]["stage"] = "use"
    rule = replace(RULE, excluded_stages=("use",))
    study = replace(draft.assess().study, ranges=(stated("parts", "0.5", "2"),))
    with pytest.raises(FootproofError, match="E-RANGE-TARGET"):
        inputs_of(assess(study, rule, BOOK, DAY))


# ---- what assess would refuse


def ring(gain: str) -> Draft:
    """A process that takes back a share of what it makes, as the product of two parameters."""
    draft = Draft().process("made")
    draft.parameters.update(a=(gain, "kg"), b=("1", "1"))
    draft.exchange("made", "own", "=a * b", "kg", "process:made")
    return draft.emission("made", "stack", "1", "kg")


def test_a_range_that_makes_a_loop_feed_itself_is_refused() -> None:
    draft = Draft().process("made").exchange("made", "own", "0.9", "kg", "process:made")
    draft.emission("made", "stack", "1", "kg")
    with pytest.raises(FootproofError, match="E-RANGE-REFUSED") as caught:
        tornado(ranged(draft, stated("own", "0.9", "1.2")))
    assert caught.value.values["check"] == "E-LOOP-GAIN made"
    assert str(caught.value.where) == "uncertainty.csv, line 2, high"
    with pytest.raises(FootproofError, match="E-RANGE-REFUSED"):
        sampled(ranged(draft, stated("own", "0.9", "1.2")), 100, 1)
    with pytest.raises(FootproofError, match="E-LOOP-GAIN"):
        edited(draft, {"own": 1.2})


def test_a_loop_without_solution_is_refused() -> None:
    draft = Draft().process("made").exchange("made", "own", "0.5", "kg", "process:made")
    draft.emission("made", "stack", "1", "kg")
    with pytest.raises(FootproofError, match="E-RANGE-REFUSED"):
        tornado(ranged(draft, stated("own", "0.5", "2")))


@pytest.mark.parametrize(("study", "name"), [(CEMENT, "clinker_made")], ids=lambda item: getattr(item, "id", str(item)))
def test_a_figure_that_allocation_rests_on_is_refused_as_the_edit_would_be(study: object, name: str) -> None:
    assert study is CEMENT
    with pytest.raises(FootproofError, match="E-RANGE-REFUSED") as caught:
        tornado(assess(replace(CEMENT, ranges=(stated(name, "0.99", "1.01", kind="parameter"),)), RULE, BOOK, DAY))
    assert caught.value.values["check"] == "E-ALLOCATION-MAIN clinker"
    quantity = CEMENT.quantities[name]
    number = (quantity.figure.number or 0) * Decimal("0.99")
    other = replace(quantity, figure=replace(quantity.figure, number=number))
    with pytest.raises(FootproofError, match="E-ALLOCATION-MAIN"):
        assess(replace(CEMENT, quantities={**CEMENT.quantities, name: other}), RULE, BOOK, DAY)


def test_an_amount_below_zero_is_refused() -> None:
    draft = Draft().process("made").emission("made", "stack", "=whole - part", "kg")
    draft.parameters.update(whole=("10", "kg"), part=("9", "kg"))
    with pytest.raises(FootproofError, match="E-RANGE-REFUSED") as caught:
        tornado(ranged(draft, stated("part", "0.9", "1.2", kind="parameter")))
    assert caught.value.values["check"] == "E-STUDY-NEGATIVE stack"
    (bar,) = tornado(ranged(draft, stated("part", "0.9", "1.1", kind="parameter")))
    assert (bar.low, bar.high) == pytest.approx((1.9, 0.1))


GAIN = [stated(name, "0.5", "1.2", kind="parameter") for name in "ab"]  # Each end alone stays below a gain of one.


def test_draws_that_no_study_could_hold_are_left_out_and_counted() -> None:
    found = sampled(ranged(ring("0.75"), *GAIN), 2000, 1)
    a, b = (factors_of(i.spread, normal_draws(i.key, 1, 2000)) for i in found.inputs.varied)
    kept = 0.75 * a * b < 1
    assert 0 < found.left_out == int((~kept).sum())
    assert found.refused == {"E-LOOP-GAIN made": found.left_out}
    assert found.samples == pytest.approx((1 / (1 - 0.75 * a * b))[kept], rel=1e-9)
    assert len(variance_shares(found)) == 2


def test_a_decision_counts_draws_that_were_left_out_against_itself() -> None:
    found = sampled(ranged(ring("0.8"), *GAIN), 2000, 1)
    left_out = found.left_out / 2000
    assert left_out > 0.02
    far = decide(found, 1e12, 0.01, most_unvaried=1)
    assert far.below == pytest.approx(1 - left_out)
    assert far.verdict is Verdict.UNDECIDED
    assert decide(found, 1e12, left_out * 1.1, most_unvaried=1).verdict is Verdict.CONFORMS
    assert decide(found, 1e-12, 0.01, most_unvaried=1).verdict is Verdict.UNDECIDED
    assert decide(found, 1e-12, left_out * 1.1, most_unvaried=1).verdict is Verdict.EXCEEDS


def test_pairs_are_drawn_where_both_have_a_sample() -> None:
    a = ranged(ring("0.75"), *GAIN)
    b = assess(replace(a.study, id="other"), RULE, BOOK, DAY)
    found = paired(a, b, 2000, 1)
    kept = sampled(a, 2000, 1).kept & sampled(b, 2000, 1).kept
    assert found.left_out == 2000 - kept.sum()
    assert 0.4 < found.below < 0.6


def test_ranges_that_leave_hardly_a_sample_are_refused() -> None:
    wide = [replace(item, low=Decimal("0.999"), high=Decimal("1.02"), group="g") for item in GAIN]
    draft = ring("0.99")
    draft.parameters["c"] = "1", "1"
    draft.exchanges[0]["amount"] = "=a * b * c"
    ends = [replace(item, high=Decimal("1.01")) for item in wide]
    assert sampled(ranged(draft, *ends), 100, 1).left_out > 0
    with pytest.raises(FootproofError, match="E-RANGE-SAMPLES"):
        sampled(ranged(draft, *ends), 2, next(s for s in range(99) if _all_high(s)))


def _all_high(seed: int) -> bool:
    return bool((normal_draws("group:g", seed, 2) > 1).all())


# ---- how much is covered


def test_coverage_tells_amounts_from_factors() -> None:
    draft = Draft().process("made").factor("A", "1").factor("B", "1")
    draft.parameters["share"] = "3", "kg"
    draft.exchange("made", "one", "1", "kg", "factor:A").exchange("made", "two", "2", "kg", "factor:B")
    draft.exchange("made", "three", "=share", "kg", "factor:A").exchange("made", "four", "4", "kg", "factor:B")
    shares = sampled(ranged(draft, stated("share", "0.9", "1.1", kind="parameter"), stated("two", "0.9", "1.1")), 9, 1)
    assert (shares.amounts_varied, shares.factors_varied, shares.unvaried) == pytest.approx((0.5, 0, 0.5))
    shares = sampled(ranged(draft, stated("A", "0.9", "1.1", kind="factor"), stated("one", "0.9", "1.1")), 9, 1)
    assert (shares.amounts_varied, shares.factors_varied, shares.unvaried) == pytest.approx((0.1, 0.4, 0.6))


def test_a_range_of_the_functional_unit_covers_no_term() -> None:
    draft = chain()
    draft.parameters["mass"], draft.flow = ("2", "1"), "mass"
    found = sampled(ranged(draft, stated("mass", "0.9", "1.1", kind="parameter")), 9, 1)
    assert found.deviation > 0
    assert (found.amounts_varied, found.unvaried) == (0, 1)
