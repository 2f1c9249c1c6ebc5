"""The engine against textbooks, hand, published matrices, bw2calc, and its own laws."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csc_array, diags_array

from footproof.errors import FootproofError
from footproof.quantify.contributions import balance, by_group, sankey, traverse
from footproof.quantify.intensities import Convention, by_origin, characterise, intensities
from footproof.quantify.iterative import carried
from footproof.quantify.loops import loops, self_use, spectral_radius
from footproof.quantify.portfolio import footprints, portfolio
from footproof.quantify.random_systems import Shape, random_system
from footproof.quantify.solve import Factorisation, has_pardiso, inventory, supply
from footproof.quantify.system import System, Vector, recipes
from quantify.bw import package

USEEIO = Path(__file__).resolve().parents[2] / "../shared/data/lci/useeio-v2.0.1-411/matrix"
SMALL = Shape(size=120, inputs=6, hubs=12, sector=12, flows=40, emissions=5, credits=0.1, outputs=True)


def system_of(technosphere: Any, biosphere: Any) -> System:
    return System(csc_array(np.array(technosphere, float)), csc_array(np.array(biosphere, float)))


def small(seed: int, **changes: Any) -> System:
    values = {name: getattr(SMALL, name) for name in Shape.__dataclass_fields__}
    return random_system(Shape(**(values | changes)), seed)


# Heijungs & Suh (2002), The Computational Structure of LCA, chapter 2: fuel [l], electricity [kWh];
# carbon dioxide, sulphur dioxide [kg], crude oil [l].
BOOK = system_of([[-2, 100], [10, 0]], [[1, 10], [0.1, 2], [0, -50]])


@pytest.mark.parametrize("solver", ["superlu", "pardiso"])
def test_textbook_of_heijungs_and_suh(solver: Any) -> None:
    if solver == "pardiso" and not has_pardiso():
        pytest.skip("pypardiso, an extra, is not installed")
    found = supply(BOOK, np.array([0.0, 1000.0]), solver=solver)
    np.testing.assert_allclose(found.values, [100, 2], rtol=1e-14)
    np.testing.assert_allclose(inventory(BOOK, found.values), [120, 14, -100], rtol=1e-14)
    assert found.forward_error < 1e-13
    assert not found.warnings
    assert recipes(BOOK).maker.tolist() == [1, 0]


HAND = {
    # Waste (product 1) is taken in by process 1: its column counts what one kg of treatment takes as negative output.
    # Process 0 makes 1 kg and hands over 0.5 kg of waste; treating 1 kg gives off 4 kg. 3 + 0.5 · 4 = 5.
    "negative production": ([[1, 0], [-0.5, 1]], [[3, 4]], [1, 0], 5.0),
    # The same with the sign on the diagonal: waste leaves process 0 as +0.5 and treatment makes −1 of it.
    "treatment on the diagonal": ([[1, 0], [0.5, -1]], [[3, 4]], [1, 0], 5.0),
    # Process 0 brings 2 kWh along, which replace product 1 at 0.6 kg each: 3 − 2 · 0.6 = 1.8.
    "substitution": ([[1, 0], [2, 1]], [[3, 0.6]], [1, 0], 1.8),
    # One run makes 4 units, takes 2 of product 1, whose run makes 10 and gives off 5: (8 + 2 · 0.5) / 4 = 2.25.
    "non-unitary production": ([[4, 0], [-2, 10]], [[8, 5]], [1, 0], 2.25),
    # Each takes from the other: x0 = 1 + 0.5 x1, x1 = 2 + 0.4 x0, so x0 = 2 / 0.8 = 2.5.
    "circular inputs": ([[1, -0.4], [-0.5, 1]], [[1, 2]], [1, 0], 2.5),
    # A process that uses a fifth of what it makes: 2 / 0.8.
    "own use": ([[0.8]], [[2]], [1], 2.5),
}


@pytest.mark.parametrize("name", HAND)
def test_hard_cases_by_hand(name: str) -> None:
    technosphere, biosphere, demand, expected = HAND[name]
    system = system_of(technosphere, biosphere)
    forward = inventory(system, supply(system, np.array(demand, float)).values)[0]
    found = intensities(system, [("CO2", "fossil")])
    assert forward == pytest.approx(expected, rel=1e-14)
    assert found.values[0, 0] == pytest.approx(expected, rel=1e-14)
    made = recipes(system)
    again = carried(made, made.per_unit(np.asarray(system.biosphere.toarray()[0])))
    assert again.values[0] == pytest.approx(expected, rel=1e-9)


def _published(name: str) -> Vector:
    path = USEEIO / f"{name}.json"
    if not path.exists():
        pytest.skip("the USEEIO matrices are not beside the repository")
    return np.array(json.loads(path.read_text()), dtype=float)


@pytest.mark.parametrize("solver", ["superlu", "pardiso"])
def test_useeio_gives_its_published_matrices(solver: Any) -> None:
    if solver == "pardiso" and not has_pardiso():
        pytest.skip("pypardiso, an extra, is not installed")
    a, direct, total, inverse = (_published(name) for name in ("A", "D", "N", "L"))
    factorised = Factorisation(csc_array(np.eye(len(a)) - a), solver)
    found = factorised.adjoint(direct.T)
    scale = np.abs(direct) @ np.abs(inverse)  # The sum of |contributions|; a few inputs of the table are negative.
    assert (np.abs(found.values.T - total) <= 1e-12 * scale).all()
    np.testing.assert_allclose(factorised.forward(np.eye(len(a))).values, inverse, atol=1e-12)
    assert found.forward_error < 1e-11


@pytest.mark.parametrize("seed", range(6))
def test_bw2calc_gives_the_same(seed: int) -> None:
    bw2calc = pytest.importorskip("bw2calc", reason="bw2calc, a test extra, is not installed")
    system = small(seed)
    score = np.exp(np.random.Generator(np.random.Philox(key=seed)).normal(size=40))
    found = intensities(system, [(f"gas{i}", "fossil") for i in range(40)])
    values = found.values @ [score[int(column.gas[3:])] for column in found.columns]
    lca = bw2calc.LCA({0: 1.0}, data_objs=[package(system, score)])
    lca.lci()
    lca.lcia()
    for product in range(0, system.size, 7):
        lca.lcia({product: 1.0})
        scale = float(np.abs(lca.characterized_inventory).sum())
        assert abs(lca.score - values[product]) <= 1e-9 * scale


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32), st.floats(0.1, 100))
def test_an_inventory_doubles_when_demand_doubles(seed: int, factor: float) -> None:
    system = small(seed % 50)
    demand = np.random.Generator(np.random.Philox(key=seed)).random(system.size) * factor
    once, twice = supply(system, demand).values, supply(system, 2 * demand).values
    np.testing.assert_array_equal(inventory(system, twice), 2 * inventory(system, once))


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32))
def test_forward_is_adjoint_is_iterative(seed: int) -> None:
    system = small(seed)
    score = np.ones(system.biosphere.shape[0])
    burdens = system.biosphere.T @ score
    factorised = Factorisation(system.technosphere)
    solution = factorised.adjoint(burdens)
    assert not solution.warnings
    adjoint = solution.values
    forward = burdens @ factorised.forward(np.eye(system.size)).values
    made = recipes(system)
    gross = np.linalg.solve(np.eye(system.size) - abs(made.inputs.toarray()).T, made.per_unit(burdens))
    gross = np.maximum(gross, 1e-9 * gross.max())  # What carries nothing has no relative error.
    assert (np.abs(adjoint - forward) <= 1e-10 * gross).all()
    again = carried(made, made.per_unit(burdens))
    assert again.error < 1e-9
    assert (np.abs(again.values - adjoint) <= again.error * gross * 1.01 + 1e-15 * gross).all()


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32))
def test_the_order_of_processes_and_products_changes_nothing(seed: int) -> None:
    system = small(seed % 20)
    draw = np.random.Generator(np.random.Philox(key=seed))
    row, column = draw.permutation(system.size), draw.permutation(system.size)
    moved = System(system.technosphere[row][:, column], system.biosphere[:, column])
    flows = [("CO2", "fossil")] * system.biosphere.shape[0]
    before, after = intensities(system, flows), intensities(moved, flows)
    np.testing.assert_allclose(after.values, before.values[row], rtol=1e-9)
    made = recipes(moved)
    again = carried(made, made.per_unit(np.asarray(moved.biosphere.sum(axis=0))))
    gross = np.linalg.solve(
        np.eye(system.size) - abs(made.inputs.toarray()).T, made.per_unit(moved.biosphere.sum(axis=0))
    )
    assert again.error < 1e-6
    assert (np.abs(again.values - before.values[row, 0]) <= (again.error + 1e-12) * gross + 1e-20 * gross.max()).all()


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from([0.0, 0.01, 0.2]))
def test_contributions_and_sankey_conserve(seed: int, cut_off: float) -> None:
    system = small(seed)
    draw = np.random.Generator(np.random.Philox(key=seed))
    demand = np.where(draw.random(system.size) < 0.05, draw.random(system.size), 0.0)
    demand[0] = 1.0
    found = balance(system, demand, draw.random(system.biosphere.shape[0]))
    assert found.by_process.sum() == pytest.approx(found.total, rel=1e-9)
    assert found.flows.sum() == pytest.approx(found.total, rel=1e-9)
    stages = by_group(found.by_process, np.arange(system.size) % 5, 5)
    assert stages.sum() == pytest.approx(found.total, rel=1e-9)
    diagram = sankey(found, cut_off)
    tolerance = 1e-9 * np.abs(found.amounts * found.values).sum()
    if cut_off == 0:
        assert all(abs(node.rest_in) <= tolerance and abs(node.rest_out) <= tolerance for node in diagram.nodes)
    for node in diagram.nodes:
        into = sum(link.value for link in diagram.links if link.user == node.product)
        out = sum(link.value for link in diagram.links if link.supplier == node.product)
        assert node.direct + into + node.rest_in == pytest.approx(node.through, abs=tolerance)
        assert out + node.rest_out + node.delivered == pytest.approx(node.through, abs=tolerance)
    steps = traverse(found, 0, cut_off=0.05, most=200)
    below = np.bincount([s.parent for s in steps[1:]], [s.score for s in steps[1:]], minlength=len(steps))
    for step, part in zip(steps, below, strict=True):
        assert step.direct + step.rest + part == pytest.approx(step.score, abs=tolerance)


def test_gases_and_origins_are_kept_until_they_are_characterised() -> None:
    system = System(
        csc_array(np.array([[1.0, -0.5], [0.0, 1.0]])),
        csc_array(np.array([[2.0, 1.0], [0.1, 0.0], [-3.0, 0.0], [5.0, 0.2], [9.0, 9.0]])),
        {"aircraft": np.array([False, True])},
    )
    flows = [
        ("CO2", "fossil"),
        ("CH4", "biogenic_emission"),
        ("CO2", "biogenic_removal"),
        ("CO2", "biogenic_emission"),
        None,
    ]
    found = intensities(system, flows, tags=["aircraft"])
    iso = Convention({"CO2": 1.0, "CH4": 27.0, ("CH4", "fossil"): 29.8})
    ef = Convention(iso.potentials, {"biogenic_removal": 0.0, "biogenic_emission": 0.0}, frozenset({"CH4"}))
    np.testing.assert_allclose(characterise(found, iso), [2 + 2.7 - 3 + 5, 1.2 + 0.5 * 6.7], rtol=1e-14)
    np.testing.assert_allclose(characterise(found, ef), [4.7, 1 + 0.5 * 4.7], rtol=1e-14)
    np.testing.assert_allclose(characterise(found, iso, tag="aircraft"), [0, 1.2], atol=1e-15)
    np.testing.assert_allclose(sum(by_origin(found, iso).values()), characterise(found, iso), rtol=1e-14)
    with pytest.raises(FootproofError, match="E-GWP-UNKNOWN"):
        characterise(found, Convention({"CO2": 1.0}))
    quick = intensities(system, flows, tags=["aircraft"], method="iterative")
    assert quick.solver == "bicgstab"
    np.testing.assert_allclose(quick.values, found.values, atol=1e-9)


def test_an_ill_conditioned_loop_is_told_although_its_residual_is_small() -> None:
    gain = 1 - 1e-12
    system = system_of([[1, -gain], [-1, 1]], [[1, 1]])
    found = supply(system, np.array([1.0, 0.0]))
    assert found.backward_error < 1e-15
    assert found.forward_error > 1e-6
    assert [warning.code for warning in found.warnings] == ["E-SYSTEM-CONDITION"]
    made = recipes(system)
    assert carried(made, np.ones(2)).error > 1e-9
    assert intensities(system, [("CO2", "fossil")], method="iterative").solver == "superlu"


@pytest.mark.parametrize("matrix", [[[1, -1], [-1, 1]], [[1, 1], [0, 0]]])
def test_a_singular_system_is_refused(matrix: Any) -> None:
    with pytest.raises(FootproofError, match="E-SYSTEM-SINGULAR"):
        supply(system_of(matrix, [[1, 1]]), np.array([1.0, 0.0]))


@pytest.mark.parametrize("seed", range(8))
def test_what_nothing_asks_for_does_not_run(seed: int) -> None:
    # A sparse demand reaches few processes; rounding in the others must neither show nor spoil the accuracy.
    system = small(seed)
    demand = np.zeros(system.size)
    demand[3] = 1.0
    found = Factorisation(system.technosphere).forward(demand)
    assert found.backward_error < 1e-14
    assert not found.warnings


def test_matrices_that_do_not_fit_are_refused() -> None:
    with pytest.raises(FootproofError, match="E-SYSTEM-SHAPE"):
        system_of([[1, 0]], [[1, 1]])
    with pytest.raises(FootproofError, match="E-SYSTEM-NUMBER"):
        system_of([[1, np.nan], [0, 1]], [[1, 1]])


def test_loops_are_found_with_their_gain() -> None:
    # A planted loop with a gain above one among harmless ones; own use stands apart.
    size = 200
    inputs = np.zeros((size, size))
    inputs[1, 0], inputs[0, 1] = 0.5, 0.32
    inputs[10, 11], inputs[11, 12], inputs[12, 10] = 2.0, 2.0, 2.0
    inputs[50:59, 49:58] += np.eye(9)
    system = System(csc_array(np.eye(size) - inputs), csc_array((1, size)), production=np.ones(size))
    found = loops(recipes(system))
    assert [loop.products for loop in found] == [(10, 11, 12), (0, 1)]
    assert found[0].gain == pytest.approx(2.0)
    assert found[1].gain == pytest.approx(0.4)
    own = System(csc_array(np.diag([0.9, 1.0])), csc_array((1, 2)), production=np.array([1.0, 1.0]))
    np.testing.assert_allclose(self_use(own), [0.1, 0.0])


@pytest.mark.parametrize("seed", range(5))
def test_gain_is_the_spectral_radius(seed: int) -> None:
    made = abs(recipes(small(seed, size=300)).inputs).toarray()
    assert spectral_radius(csc_array(made)) == pytest.approx(np.abs(np.linalg.eigvals(made)).max(), rel=1e-8)


def test_a_random_system_has_the_radius_it_was_asked_for() -> None:
    system = small(3, size=400, radius=0.93, credits=0.0)
    made = recipes(system).inputs
    assert np.abs(np.linalg.eigvals(made.toarray())).max() == pytest.approx(0.93, rel=1e-8)
    np.testing.assert_array_equal(
        system.technosphere.data, small(3, size=400, radius=0.93, credits=0.0).technosphere.data
    )


def test_a_portfolio_is_one_product() -> None:
    system = small(1)
    found = intensities(system, [("CO2", "fossil")] * system.biosphere.shape[0]).values
    rows = portfolio([(0, 3, 2.0), (0, 3, 1.0), (1, 5, -1.0)], 2, system.size)
    np.testing.assert_allclose(footprints(rows, found), [3 * found[3], -found[5]])
    np.testing.assert_allclose(footprints(rows, found[:, 0], np.ones(2)), [3 * found[3, 0] + 1, 1 - found[5, 0]])
    with pytest.raises(FootproofError, match="E-PORTFOLIO-INDEX"):
        portfolio([(0, system.size, 1.0)], 2, system.size)


def test_footprints_of_a_portfolio_are_sums_over_its_recipes() -> None:
    draw = np.random.Generator(np.random.Philox(key=6))
    amounts = draw.random((30, 12)) * (draw.random((30, 12)) < 0.3)
    intensities_of_three = draw.normal(size=(12, 3))
    rows = portfolio([(i, j, amounts[i, j]) for i, j in zip(*np.nonzero(amounts), strict=True)], 30, 12)
    found = footprints(rows, intensities_of_three, np.ones((30, 3)))
    for recipe in range(30):
        for column in range(3):
            by_hand = 1 + sum(amounts[recipe, j] * intensities_of_three[j, column] for j in range(12))
            assert found[recipe, column] == pytest.approx(by_hand, rel=1e-13, abs=1e-13)


def test_scale_of_units_does_not_disturb_the_bound() -> None:
    system = small(4, credits=0.0)
    scale = 10.0 ** np.linspace(-9, 9, system.size)
    scaled = System(diags_array(scale) @ system.technosphere @ diags_array(1 / scale), system.biosphere)
    made = recipes(scaled)
    found = carried(made, made.per_unit(np.asarray(scaled.biosphere.sum(axis=0))))
    direct = Factorisation(scaled.technosphere).adjoint(np.asarray(scaled.biosphere.sum(axis=0))).values
    assert found.error < 1e-7
    np.testing.assert_allclose(found.values, direct, rtol=2 * found.error + 1e-12)
