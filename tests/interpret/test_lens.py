"""The lens: shares sum exactly, agree where rules agree, turn with the sides, and need few evaluations.

Laws of the Shapley value: efficiency, dummy, symmetry (Shapley 1953), checked on random games and on the shipped study.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from fractions import Fraction
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from footproof.assess import assess
from footproof.errors import FootproofError
from footproof.expressions import exact
from footproof.formats.folder import read_folder
from footproof.formats.study import read_study
from footproof.interpret.lens import Case, Comparison, compare
from footproof.interpret.shapley import shapley, waterfall
from footproof.model.rulebook import Rulebook
from footproof.model.study import Quantity
from footproof.rules.parameters import shipped
from footproof.rules.rulebook import load_rulebook

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
PACK = read_study(read_folder(EXAMPLES / "nmc811-pack"))
CEMENT = read_study(read_folder(EXAMPLES / "portland-cement"))
TRACTION = load_rulebook("cn.pcf.traction-battery@2026-provisional")
GENERAL = load_rulebook("cn.gbt.24067@2024")
DAY = date(2026, 6, 30)
BOOK = shipped()


def chosen(rule: Rulebook, options: Mapping[str, str], biogenic: str = "iso") -> Rulebook:
    """Return a rule with other options, nothing left open."""
    axes = {
        name: replace(axis, default=options.get(name, axis.default), open=False) for name, axis in rule.axes.items()
    }
    return replace(rule, id="demo.other", axes=axes, biogenic=biogenic)


OTHER = chosen(
    TRACTION, {"electricity": "contractual_instruments", "lifetime": "cycle_life", "end_of_life": "cff"}, biogenic="ef"
)


def explained(a: Case, b: Case) -> Comparison:
    """Return a comparison whose shares and steps were seen to sum to the difference."""
    found = compare(a, b, BOOK)
    assert sum(share.value for share in found.shares) == found.difference
    assert sum(share.step for share in found.shares) == found.difference
    assert found.low <= found.difference <= found.high
    return found


def by_axis(found: Comparison) -> dict[str, Fraction]:
    return {share.axis.id: share.value for share in found.shares}


tables = st.integers(1, 5).flatmap(
    lambda n: st.tuples(st.just(n), st.lists(st.fractions(max_denominator=50), min_size=2**n, max_size=2**n))
)


@given(tables)
def test_the_share_is_the_mean_over_all_orders(table: tuple[int, list[Fraction]]) -> None:
    count, values = table
    names = [f"axis{i}" for i in range(count)]

    def value(subset: frozenset[str]) -> Fraction:
        return values[sum(1 << i for i, name in enumerate(names) if name in subset)]

    found = shapley(names, value)
    orders = list(permutations(names))
    for name in names:
        assert found[name] == sum(waterfall(order, value)[name] for order in orders) / len(orders)
    assert sum(found.values()) == value(frozenset(names)) - value(frozenset())


@given(tables)
def test_an_axis_that_moves_nothing_has_nothing(table: tuple[int, list[Fraction]]) -> None:
    count, values = table
    names = [f"axis{i}" for i in range(count)]
    found = shapley([*names, "idle"], lambda s: values[sum(1 << i for i, name in enumerate(names) if name in s)])
    assert found["idle"] == 0


def test_shares_of_two_rules_sum_and_turn_with_the_sides() -> None:
    forth = explained(Case(PACK, TRACTION, DAY), Case(PACK, OTHER, DAY))
    back = explained(Case(PACK, OTHER, DAY), Case(PACK, TRACTION, DAY))
    assert forth.difference == -back.difference != 0
    assert by_axis(forth) == {name: -value for name, value in by_axis(back).items()}
    assert all(by_axis(forth)[name] < 0 for name in ("lifetime", "electricity", "end_of_life"))


def test_both_ends_are_the_results_of_the_two_rules() -> None:
    found = explained(Case(PACK, TRACTION, DAY), Case(PACK, OTHER, DAY))
    for value, rule in ((found.a, TRACTION), (found.b, OTHER)):
        assert value == Fraction(*exact.read(assess(PACK, rule, BOOK, DAY).result["value"]))


def test_an_axis_on_which_they_agree_is_exactly_zero() -> None:
    other = chosen(TRACTION, {"lifetime": "cycle_life"})
    found = explained(Case(PACK, TRACTION, DAY), Case(PACK, other, DAY))
    assert {name for name, value in by_axis(found).items() if value} == {"lifetime"}
    assert by_axis(found)["lifetime"] == found.difference


def test_every_share_names_the_clause_of_both_sides() -> None:
    found = explained(Case(PACK, TRACTION, DAY), Case(PACK, OTHER, DAY))
    clauses = {share.axis.id: share.axis.clauses for share in found.shares}
    assert clauses["lifetime"] == ("cn.pcf.traction-battery@2026-provisional:TB-2", "demo.other@2026-provisional:TB-2")


def test_open_axes_give_intervals_that_hold_every_closed_choice() -> None:
    closed = chosen(TRACTION, {})
    found = explained(Case(PACK, TRACTION, DAY), Case(PACK, closed, DAY))
    assert found.difference == 0
    assert found.low < 0 or found.high > 0
    for options in ({"lifetime": "cycle_life"}, {"end_of_life": "cff"}, {"electricity": "contractual_instruments"}):
        one = explained(Case(PACK, chosen(TRACTION, options), DAY), Case(PACK, closed, DAY))
        ranges = {share.axis.id: (share.low, share.high) for share in found.shares}
        for name, value in by_axis(one).items():
            assert ranges[name][0] <= value <= ranges[name][1]


def test_what_an_axis_cannot_reach_is_said_with_its_size() -> None:
    found = explained(Case(PACK, TRACTION, DAY), Case(PACK, OTHER, DAY))
    sizes = {item.axis: item.share for item in found.unreached}
    assert set(sizes) == {"electricity", "end_of_life", "biogenic"}
    assert all(0 < share < 1 for share in sizes.values())


def test_two_days_of_publication_differ_by_the_factors_of_their_years() -> None:
    found = explained(Case(PACK, GENERAL, date(2025, 6, 30)), Case(PACK, GENERAL, DAY))
    assert by_axis(found)["known_on"] == found.difference != 0


def test_two_versions_of_a_study_are_told_apart_by_part() -> None:
    lighter = replace(PACK, quantities={**PACK.quantities, "pack_mass": _halved(PACK.quantities["pack_mass"])})
    cited = replace(
        PACK.factors["M01"],
        entries=(replace(PACK.factors["M01"].entries[0], number=PACK.factors["M01"].entries[0].number * 2),),
    )
    second = replace(lighter, factors={**PACK.factors, "M01": cited}, contracts=())
    found = explained(Case(PACK, GENERAL, DAY), Case(second, GENERAL, DAY))
    assert {name for name, value in by_axis(found).items() if value} == {"inventory", "factors", "contracts"}


def test_rules_and_days_and_versions_at_once() -> None:
    second = replace(PACK, contracts=())
    found = explained(Case(PACK, TRACTION, date(2025, 6, 30)), Case(second, OTHER, DAY))
    assert by_axis(found)["known_on"] != 0


def test_results_in_different_units_are_not_compared() -> None:
    with pytest.raises(FootproofError, match="E-COMPARE-UNIT"):
        compare(Case(PACK, GENERAL, DAY), Case(CEMENT, GENERAL, DAY), BOOK)


def test_a_different_functional_unit_is_an_axis_and_is_warned_of() -> None:
    found = explained(Case(PACK, GENERAL, DAY), Case(PACK, TRACTION, DAY))
    assert found.notes
    assert abs(by_axis(found)["functional_unit"]) > abs(found.difference) / 2


@settings(max_examples=20, deadline=None)
@given(
    st.fixed_dictionaries({name: st.sampled_from([o.id for o in axis.options]) for name, axis in TRACTION.axes.items()})
)
def test_any_two_choices_are_explained_exactly(options: dict[str, str]) -> None:
    other = chosen(TRACTION, options)
    found = explained(Case(PACK, OTHER, DAY), Case(PACK, other, DAY))
    for name, option in options.items():
        if option == OTHER.axes[name].default:
            assert by_axis(found)[name] == 0


def _halved(item: Quantity) -> Quantity:
    assert item.figure.number is not None
    return replace(item, figure=replace(item.figure, number=item.figure.number / 2))
