"""A client's sheet beside ours: the difference is told by term and node, and the effects sum to all of it."""

import json
from collections.abc import Callable
from fractions import Fraction
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from footproof.assess import Assessment
from footproof.canonical import canonical_bytes
from footproof.interpret.terms import figure
from footproof.rules.parameters import shipped
from footproof.verify.recompute import recompute_beside
from footproof.verify.verify import Client, verify_assessment
from verify.planting import files_of, verified

Record = dict[str, Any]


@cache
def battery() -> Assessment:
    found = verified(files_of({"base": "nmc811-pack"}), "cn.gbt.24067").assessment
    assert found is not None
    return found


def client(change: Callable[[Record], None]) -> bytes:
    record = json.loads(battery().sheet_bytes)
    change(record)
    return canonical_bytes(record)


def by_id(items: list[Record], name: str) -> Record:
    return next(item for item in items if item["id"] == name)


def test_the_same_sheet_agrees() -> None:
    found = recompute_beside(battery(), battery().sheet_bytes, figure(battery().result["value"]))
    assert found.agrees
    assert found.difference == 0
    assert not found.terms
    assert not found.nodes


def test_a_stated_figure_that_is_not_ours_does_not_agree() -> None:
    stated = figure(battery().result["value"]) - 1
    found = recompute_beside(battery(), battery().sheet_bytes, stated)
    assert found.same
    assert not found.agrees
    item = next(
        item
        for item in verify_assessment(battery(), shipped(), client=Client(battery().sheet_bytes, str(stated))).findings
        if item.code == "V-STATED"
    )
    assert item.effect == -1


def test_an_exchanged_factor_is_one_term() -> None:
    def change(record: Record) -> None:
        by_id(record["terms"], "hydroxide-soda")["factor"][0][2] = "9.9"

    found = recompute_beside(battery(), client(change))
    assert [(item.id, item.what) for item in found.terms] == [("hydroxide-soda", ("factor",))]
    assert found.terms[0].effect == found.difference
    assert found.terms[0].ours is not None
    assert found.terms[0].client == found.terms[0].ours * Fraction("9.9") / Fraction("1.59")
    assert found.nodes == ()


def test_a_changed_parameter_is_one_node_that_reaches_terms() -> None:
    def change(record: Record) -> None:
        by_id(record["nodes"], "study.assembly_electricity")["expr"] = "0.0102156226057"

    found = recompute_beside(battery(), client(change))
    assert [item.id for item in found.nodes] == ["study.assembly_electricity"]
    node = found.nodes[0]
    assert (node.client, node.ours) == ("0.0102156226057", "0.00102156226057")
    assert node.alone == found.difference != 0
    assert set(node.terms) == {item.id for item in found.terms}
    assert all(item.id.startswith("pack-electricity") for item in found.terms)


def test_a_missing_an_added_and_a_moved_term() -> None:
    def change(record: Record) -> None:
        terms = record["terms"]
        terms.remove(by_id(terms, "cell-heat"))
        terms.append({**by_id(terms, "anode-heat"), "id": "anode-heat-again"})
        by_id(terms, "cathode-heat")["stage"] = "distribution"

    found = recompute_beside(battery(), client(change))
    told = {item.id: item for item in found.terms}
    assert {name: item.what for name, item in told.items()} == {
        "cell-heat": ("missing",),
        "anode-heat-again": ("extra",),
        "cathode-heat": ("stage",),
    }
    assert told["cell-heat"].client is None
    assert told["cathode-heat"].effect == 0
    assert sum(item.effect for item in found.terms) == found.difference


def test_another_potential_is_told_by_the_terms_it_changes() -> None:
    def change(record: Record) -> None:
        record["gwp"]["undifferentiated"]["CO2e"] = "1.1"

    found = recompute_beside(battery(), client(change))
    assert {item.what for item in found.terms} == {("potential",)}
    assert sum(item.effect for item in found.terms) == found.difference


def test_a_sheet_that_gives_nothing_is_told() -> None:
    def change(record: Record) -> None:
        by_id(record["nodes"], "study.capacity")["expr"] = "0"

    broken = recompute_beside(battery(), client(change))
    assert broken.client is None
    assert broken.error.startswith("E-SHEET-DIVISION")
    found = verify_assessment(battery(), shipped(), client=Client(client(change)))
    assert "E-SHEET-DIVISION" in {item.code for item in found.errors}
    assert recompute_beside(battery(), b"{}").error == "E-SHEET-FORM"


def test_another_edition_of_the_rule_is_told() -> None:
    stated = Client(battery().sheet_bytes, battery().result["value"], "sha256:" + "0" * 64)
    found = verify_assessment(battery(), shipped(), client=stated)
    assert "V-RULE" in {item.code for item in found.errors}
    same = Client(battery().sheet_bytes, battery().result["value"], battery().rule.digest)
    plain = verify_assessment(battery(), shipped())
    assert verify_assessment(battery(), shipped(), client=same).findings == plain.findings


@given(st.dictionaries(st.integers(0, 151), st.decimals("0.001", "500", places=3), min_size=1, max_size=6))
@settings(max_examples=15, deadline=None)
def test_effects_sum_to_the_whole_difference(changed: dict[int, Any]) -> None:
    def change(record: Record) -> None:
        for index, number in changed.items():
            record["terms"][index]["factor"][0][2] = str(number.normalize() + 0)

    found = recompute_beside(battery(), client(change))
    if not found.error:
        assert found.difference == sum((item.effect for item in found.terms), Fraction(0))
        assert {item.id for item in found.terms} <= {battery().sheet.terms[index].id for index in changed}


@pytest.mark.parametrize("name", ["study.pack_mass", "study.capacity", "study.cell_share"])
def test_one_wrong_node_alone_explains_everything(name: str) -> None:
    def change(record: Record) -> None:
        node = by_id(record["nodes"], name)
        node["expr"] = str(2 * Fraction(node["expr"]) / 1) if name == "study.pack_mass" else "0.5"

    found = recompute_beside(battery(), client(change))
    assert [item.id for item in found.nodes] == [name]
    assert found.nodes[0].alone == found.difference
    assert sum(item.effect for item in found.terms) == found.difference
