"""Contributions close: what a list does not show is in its rest, and every view sums to the same total."""

import numpy as np
import pytest

from background.made import CO2, dataset, flow, into, out, source
from background.real import background_of
from background.test_real_databases import score_of
from footproof.background.assemble import assemble
from footproof.background.contribute import contributions, contributions_record
from footproof.model.linking import Settings


def test_every_view_sums_to_the_total_on_a_real_database() -> None:
    background = background_of("uslci")
    score = score_of(background)
    draw = np.random.Generator(np.random.Philox(key=11))
    for activity in draw.choice(background.system.size, 12, replace=False):
        found = contributions(background, int(activity), 3.0, score, cut_off=0.02, count=5)
        size = float(np.abs(found.of.by_process).sum())
        for parts in (found.by_dataset, found.by_flow, found.by_stage):
            assert sum(part.value for part in parts) == pytest.approx(found.of.total, abs=1e-9 * size + 1e-300)
        record = contributions_record(background, found)
        children: dict[int, float] = {}
        for step in found.steps:
            children[step.parent] = children.get(step.parent, 0.0) + step.score
        for number, step in enumerate(found.steps):
            whole = step.direct + step.rest + children.get(number, 0.0)
            assert step.score == pytest.approx(whole, abs=1e-9 * size + 1e-300)
        assert all(isinstance(node["through"], str) for node in record["sankey"]["nodes"])


def test_a_chain_is_told_in_order_with_its_amounts() -> None:
    flows = [CO2, flow("kwh", "kWh"), flow("steel"), flow("car", "unit")]
    power = dataset("power", out("kwh", 1, "kWh", reference=True), out("co2", 0.5))
    mill = dataset("mill", out("steel", 1, reference=True), into("kwh", 2, "kWh"), out("co2", 1))
    plant = dataset("plant", out("car", 1, "unit", reference=True), into("steel", 3), into("kwh", 4, "kWh"))
    background = assemble(source(flows, power, mill, plant), Settings())
    found = contributions_record(background, contributions(background, 2, 1.0, np.ones(1), cut_off=0, count=9))
    assert found["value"] == "8"
    assert [(step["id"], step["amount"], step["value"]) for step in found["path"]] == [
        ("plant", "1", "8"),
        ("mill", "3", "6"),
        ("power", "6", "3"),
        ("power", "4", "2"),
    ]
    assert [(part["id"], part["value"]) for part in found["by_dataset"]] == [("power", "5"), ("mill", "3"), ("", "0")]
    assert {(link["from"], link["to"]): link["value"] for link in found["sankey"]["links"]} == {
        ("power", "mill"): "3",
        ("power", "plant"): "2",
        ("mill", "plant"): "6",
    }
