"""Laws of units: conversion is exact and hangs together, and the unit of an expression follows from its parts."""

from fractions import Fraction
from itertools import product
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from footproof.errors import FootproofError
from footproof.expressions.dimension import infer
from footproof.expressions.evaluate import Scope, evaluate
from footproof.units import ONE, Unit, conversion, same_dimension, symbols, unit

SYMBOLS = tuple(symbols())
PLAIN = st.sampled_from(SYMBOLS)
PRODUCTS = st.lists(PLAIN, min_size=1, max_size=3).map(" ".join)
UNITS = PRODUCTS | st.builds(lambda top, bottom: f"{top} / ({bottom})", PRODUCTS, PRODUCTS)
GROUPS = [group for group in ({b for b in SYMBOLS if same_dimension(a, b)} for a in SYMBOLS) if len(group) > 1]
MASSES = st.sampled_from(sorted(next(group for group in GROUPS if "kg" in group)))
ENERGIES = st.sampled_from(sorted(next(group for group in GROUPS if "MJ" in group)))


@pytest.mark.parametrize("group", GROUPS, ids=min)
def test_conversion_is_its_own_inverse_and_goes_by_any_third(group: set[str]) -> None:
    for a, b, c in product(sorted(group), repeat=3):
        assert conversion(a, a) == 1
        assert conversion(a, b) * conversion(b, a) == 1
        assert conversion(a, b) * conversion(b, c) == conversion(a, c)


@given(UNITS, UNITS)
def test_only_what_measures_the_same_is_converted(a: str, b: str) -> None:
    if same_dimension(a, b):
        assert conversion(a, b) == unit(a).scale / unit(b).scale
        assert isinstance(conversion(a, b), Fraction)
    else:
        with pytest.raises(FootproofError, match="E-UNIT-MISMATCH"):
            conversion(a, b)


@given(MASSES, ENERGIES, MASSES, ENERGIES)
def test_a_quotient_converts_as_its_parts(mass: str, energy: str, to_mass: str, to_energy: str) -> None:
    expected = conversion(mass, to_mass) / conversion(energy, to_energy)
    assert conversion(f"{mass} CO2e / {energy}", f"{to_mass} CO2e / {to_energy}") == expected


@given(UNITS, UNITS, UNITS)
def test_units_form_an_abelian_group(a: str, b: str, c: str) -> None:
    x, y, z = unit(a), unit(b), unit(c)
    assert x * y == y * x
    assert (x * y) * z == x * (y * z)
    assert x * ONE == x == x / ONE
    assert x * y / y == x
    assert x / y == ONE / (y / x)


def test_a_solidus_divides_by_all_that_follows() -> None:
    assert unit("kg / t km") == unit("kg / (t * km)") == unit("kg") / (unit("t") * unit("km"))
    assert unit("kg / t / km") == unit("kg") / (unit("t") / unit("km"))


@given(
    st.text(max_size=90)
    | st.lists(st.sampled_from([*SYMBOLS, *"()*·/ ^1", "10^3", "kgCO2e"]), max_size=30).map("".join)
)
@example("(" * 80)
@example("/" * 80)
@example("kg" + "/kg" * 26)
@example("kg" + " " * 200)
@example(" " * 500)
@example("10^9 10^9")
@example("١")
@example("\ud800")
def test_arbitrary_text_is_a_unit_or_refused(text: str) -> None:
    try:
        found = unit(text)
    except FootproofError as problem:
        assert problem.code == "E-UNIT-UNKNOWN"  # noqa: PT017  # either outcome is right
    else:
        assert found.scale > 0
        assert list(found.dimensions) == sorted(found.dimensions)
        assert all(exponent for _, exponent in found.dimensions)


@given(UNITS, UNITS)
def test_a_product_and_a_quotient_have_the_unit_of_their_parts(a: str, b: str) -> None:
    units = {"x": unit(a), "y": unit(b)}
    assert infer(["*", ["ref", "x"], ["ref", "y"]], units, {}) == unit(a) * unit(b)
    assert infer(["/", ["ref", "x"], ["ref", "y"]], units, {}) == unit(a) / unit(b)
    assert infer(["*", "2.5", ["ref", "x"]], units, {}) == unit(a)


@given(UNITS, UNITS, st.sampled_from(("+", "-", "min", "max", "<", "<=", ">", ">=", "=", "!=")))
def test_only_one_unit_is_added_or_compared(a: str, b: str, sign: str) -> None:
    units = {"x": unit(a), "y": unit(b)}
    tree = [sign, ["ref", "x"], ["ref", "y"]]
    if unit(a) == unit(b):
        expected: Any = unit(a) if sign in ("+", "-", "min", "max") else "truth"
        assert infer(tree, units, {}) == expected
    else:
        with pytest.raises(FootproofError, match="E-EXPR-UNIT"):
            infer(tree, units, {})
        with pytest.raises(FootproofError, match="E-EXPR-UNIT"):
            infer(["if", ["<", "1", "2"], ["ref", "x"], ["ref", "y"]], units, {})


@given(UNITS)
def test_zero_goes_with_any_unit(a: str) -> None:
    units = {"x": unit(a)}
    for tree in (["+", "0", ["ref", "x"]], ["max", ["ref", "x"], "0"], ["-", "0", ["ref", "x"]]):
        assert infer(tree, units, {}) == unit(a)
    assert infer(["+", "0", "0"], units, {}) is None


@given(UNITS, st.sampled_from(("+", "*", "-", "/", "min", "max")), st.booleans())
def test_text_and_truth_are_no_numbers(a: str, sign: str, first: bool) -> None:
    units: dict[str, Unit | str] = {"x": unit(a), "t": "text"}
    for other in (["ref", "t"], ["text", "a"], ["<", "1", "2"]):
        pair = [other, ["ref", "x"]] if first else [["ref", "x"], other]
        with pytest.raises(FootproofError, match="E-EXPR-UNIT"):
            infer([sign, *pair], units, {})
        with pytest.raises(FootproofError, match="E-EXPR-UNIT"):
            infer([sign, other, other], units, {})


def test_names_and_tables_must_be_known() -> None:
    kilograms = unit("kg")
    assert infer(["lookup", "t", ["text", "a"]], {}, {"t": kilograms}) == kilograms
    for tree in (["ref", "x"], ["lookup", "u", ["text", "a"]], ["+", "1", ["ref", "x"]]):
        with pytest.raises(FootproofError, match="E-EXPR-NAME"):
            infer(tree, {"t": kilograms}, {"t": kilograms})


def trees(depth: int) -> st.SearchStrategy[Any]:
    leaves: st.SearchStrategy[Any] = st.sampled_from(
        (["ref", "m"], ["ref", "e"], "2", "0", ["text", "a"], ["<", "1", "2"])
    )
    if depth == 0:
        return leaves
    inner = trees(depth - 1)
    two = st.tuples(st.sampled_from(("+", "-", "*", "min", "<", "=", "and", "or")), inner, inner).map(list)
    three = st.tuples(st.just("if"), inner, inner, inner).map(list)
    return leaves | two | three | inner.map(lambda part: ["not", part])


@given(trees(3), st.integers(1, 50), st.integers(1, 50), st.sampled_from((10, 1000)))
def test_what_has_a_unit_scales_with_it(tree: Any, mass: int, energy: int, k: int) -> None:
    """A result with a unit is of the kind that is foretold, and grams in place of kilograms give the same quantity."""
    units: dict[str, Unit | str] = {"m": unit("kg"), "e": unit("MJ")}
    try:
        kind = infer(tree, units, {})
        base = evaluate(tree, Scope(values={"m": (mass, 1), "e": (energy, 1)}))
    except FootproofError:
        return
    if kind == "truth":
        assert isinstance(base, bool)
    elif kind == "text":
        assert isinstance(base, str)
    else:
        assert isinstance(base, tuple)
        scaled = evaluate(tree, Scope(values={"m": (mass * k, 1), "e": (energy, 1)}))
        assert isinstance(scaled, tuple)
        power = 0 if kind is None else dict(kind.dimensions if isinstance(kind, Unit) else ()).get("kg", 0)
        assert not pure(tree) or Fraction(*scaled) == Fraction(*base) * k**power


@given(trees(3))
@example(["=", "0", ["text", "a"]])
@example(["<", ["text", "a"], ["text", "b"]])
@example(["=", ["<", "1", "2"], ["<", "1", "2"]])
@example(["if", ["<", "1", "2"], "0", ["text", "a"]])
def test_what_has_a_unit_is_never_of_the_wrong_kind(tree: Any) -> None:
    units: dict[str, Unit | str] = {"m": unit("kg"), "e": unit("MJ")}
    try:
        kind = infer(tree, units, {})
    except FootproofError:
        return
    value = evaluate(tree, Scope(values={"m": (2, 1), "e": (3, 1)}))
    assert isinstance(value, {"truth": bool, "text": str}.get(str(kind), tuple))


def pure(tree: Any) -> bool:
    """Tell whether a tree holds no figure with a unit of its own and no condition, which would not scale."""
    if isinstance(tree, str):
        return True
    return tree[0] in ("ref", "+", "-", "*", "min") and all(pure(part) for part in tree[1:] if tree[0] != "ref")
