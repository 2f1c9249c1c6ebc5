"""What the lens must know of studies and rulebooks: a difference in a field that it cannot place stays unexplained."""

import re
from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from footproof.interpret import joint, parts
from footproof.interpret.joint import differs, given_over, outer_axes
from footproof.model.rulebook import ElectricityRule, FunctionalUnit, RecyclingTerm, Rulebook
from footproof.model.study import Study
from footproof.rules.rulebook import load_rulebook
from footproof.texts import catalogue

ASSESS = Path(__file__).resolve().parents[2] / "src" / "footproof" / "assess"
RULE = load_rulebook("cn.pcf.traction-battery@2026-provisional")
MERGED_ELECTRICITY = {"admitted", "clause"}  # `joined` puts the formula behind the switch of its axis.
SAID_ONLY = {"name", "boundary", "clause"}  # Of a functional unit: no figure.


def names(noun: type) -> set[str]:
    return {item.name for item in fields(noun)}


def read_by_assess(noun: str, holder: type) -> set[str]:
    """Return the fields of a study or rule that the making of sheets reads."""
    found = {
        name
        for file in ASSESS.glob("*.py")
        if file.name != "contents.py"  # What a package says about the assessment.
        for name in re.findall(rf"\b{noun}\.([a-z_]+)", file.read_text("utf-8"))
    }
    return found & names(holder)


def changed(value: Any) -> Any:
    """Return another value of the same kind."""
    if isinstance(value, str):
        return f"{value}x"
    if isinstance(value, Mapping):
        return dict(list(value.items())[1:])
    assert isinstance(value, tuple), f"say here how {type(value).__name__} is changed"
    return value[1:]


def with_field(noun: Any, name: str, value: Any) -> Any:
    """Return a noun with another value in a field known by name only."""
    return replace(noun, **{name: value})


def test_every_field_of_a_study_is_in_one_part_or_apart() -> None:
    placed = [name for part in parts.PARTS.values() for name in part]
    assert len(placed) == len(set(placed))
    assert set(placed) | parts.APART == names(Study)
    assert not set(placed) & parts.APART


def test_no_figure_rests_on_a_field_apart() -> None:
    said = {"id", "title", "reference_place"}  # At the head of a sheet and in errors.
    assert read_by_assess("study", Study) & parts.APART <= said


def test_every_part_has_a_name_in_words() -> None:
    for axis in (*parts.PARTS, *(axis.id for axis in outer_axes())):
        assert f"lens.axis.{axis}" in catalogue("interpret")


def test_every_field_of_a_rulebook_is_on_an_outer_axis_or_merged_or_apart() -> None:
    outer = {name for axis in outer_axes() for name in axis.fields}
    assert outer | joint.MERGED | joint.APART == names(Rulebook)
    assert not joint.APART & (outer | joint.MERGED)
    assert outer & joint.MERGED == {"electricity"}  # Its formula is merged, its parameters are an outer axis.


def test_no_result_rests_on_a_field_of_a_rule_that_is_apart() -> None:
    # Head of a sheet, rounding, findings, and which certificates of suppliers are admitted.
    said = {"digest", "status", "digits", "sources", "shipped_digest", "parent"}
    assert read_by_assess("rule", Rulebook) & joint.APART <= said


@pytest.mark.parametrize("name", sorted(names(ElectricityRule) - MERGED_ELECTRICITY))
def test_electricity_data_differ_in_any_of_their_fields(name: str) -> None:
    (axis,) = [axis for axis in outer_axes() if axis.id == "electricity_data"]
    other = replace(RULE, electricity=with_field(RULE.electricity, name, changed(getattr(RULE.electricity, name))))
    assert differs(axis, RULE, other)
    assert not differs(axis, given_over(axis, RULE, other), other)


@pytest.mark.parametrize("name", sorted(names(FunctionalUnit) - SAID_ONLY))
def test_functional_units_differ_in_any_field_that_is_a_figure(name: str) -> None:
    (axis,) = [axis for axis in outer_axes() if axis.id == joint.UNIT]
    assert RULE.functional_unit is not None
    unit = with_field(RULE.functional_unit, name, changed(getattr(RULE.functional_unit, name)))
    assert differs(axis, RULE, replace(RULE, functional_unit=unit))


@pytest.mark.parametrize("name", sorted(names(RecyclingTerm) - {"id", "clause"}))
def test_recycling_terms_are_told_apart_by_any_field_that_is_a_figure(name: str) -> None:
    first, *rest = RULE.recycling
    other = replace(RULE, recycling=(with_field(first, name, changed(getattr(first, name))), *rest))
    rule, _ = joint.joined(RULE, other)
    assert len(rule.recycling) == 2 * len(RULE.recycling)


@pytest.mark.parametrize("axis", outer_axes(), ids=lambda axis: axis.id)
def test_an_outer_axis_sees_a_difference_in_its_fields(axis: joint.Outer) -> None:
    for name in axis.fields:
        value = getattr(RULE, name)
        if name in ("electricity", "functional_unit"):
            continue  # Field by field, above.
        other = with_field(
            RULE, name, (*value, next(iter(RULE.stages))) if isinstance(value, tuple) else changed(value)
        )
        assert differs(axis, RULE, other)
        assert not differs(axis, given_over(axis, RULE, other), other)
