"""Unlinked inputs stand in the order of what they may hide, carried through the system."""

import numpy as np
import pytest

from background.made import CO2, dataset, flow, into, out, source
from footproof.background.assemble import assemble
from footproof.background.gaps import Hidden, hidden
from footproof.background.linked import Background
from footproof.model.linking import Settings
from footproof.quantify.solve import Factorisation

FLOWS = [CO2, flow("steel"), flow("car"), flow("ore"), flow("glue", "g"), flow("seal", "EUR 2000"), flow("kwh", "kWh")]


def ranked() -> tuple[Background, tuple[Hidden, ...]]:
    """Return steel that lacks ore, and a car of it that lacks glue and seals."""
    steel = dataset("steel", out("steel", 1, reference=True), out("co2", 2), into("ore", 1))
    car = dataset(
        "car", out("car", 1, reference=True), into("steel", 3), into("glue", 100, "g"), into("seal", 4, "EUR 2000")
    )
    background = assemble(source(FLOWS, steel, car), Settings())
    values = np.array([2.0, 6.0])
    return background, hidden(background, values, Factorisation(background.system.technosphere))


def test_what_is_missing_upstream_counts_in_all_that_is_made_of_it() -> None:
    _, found = ranked()
    ore = next(each for each in found if each.flow == "ore")
    assert ore.assumed == pytest.approx(4.0)  # Median of 2 and 6 kg CO2e/kg.
    assert ore.weight == pytest.approx(4 / (2 + 4) + 12 / (6 + 12))
    assert ore.largest == pytest.approx(2 / 3)
    assert ore.users == 1


def test_units_convert_and_the_heaviest_stands_first_the_unknown_last() -> None:
    _, found = ranked()
    assert [each.flow for each in found] == ["ore", "glue", "seal"]
    glue, seal = found[1], found[2]
    assert glue.assumed == pytest.approx(0.004)
    assert glue.weight == pytest.approx(0.4 / 6.4)
    assert np.isnan(seal.assumed)
    assert (seal.weight, seal.worst) == (0.0, -1)


def test_without_a_solution_only_direct_users_count() -> None:
    background, _ = ranked()
    found = hidden(background, np.array([2.0, 6.0]))
    assert found[0].weight == pytest.approx(4 / 6)
