"""The uncertainty of a database reaches its matrices, and what comes from one exchange moves together."""

from dataclasses import replace

import numpy as np
import pytest

from background.made import CO2, dataset, flow, into, out, source
from background.real import background_of
from background.test_real_databases import score_of
from footproof.background.assemble import assemble
from footproof.background.linked import Background
from footproof.background.uncertain import spread_share, uncertain
from footproof.model.dataset import DataExchange, Dataset, Distribution, Uncertainty
from footproof.model.linking import Preference, Settings
from footproof.quantify.distributions import Kind, pedigree_sigma
from footproof.quantify.montecarlo import samples
from footproof.quantify.problems import Uncertain, prepare

LOG = Uncertainty(Distribution.LOGNORMAL, (1.5,))
FLOWS = [CO2, flow("kwh", "kWh"), flow("steel"), flow("bar"), flow("scrap")]


def spread(exchange: DataExchange, given: Uncertainty) -> DataExchange:
    """Return an exchange with a distribution."""
    return replace(exchange, uncertainty=given)


def power(id_: str, burden: float) -> Dataset:
    """Return a power plant."""
    return dataset(id_, out("kwh", 1, "kWh", reference=True), out("co2", burden))


def system(*mill: DataExchange, several: tuple[Preference, ...] = (Preference.EQUAL,)) -> Background:
    """Return two power plants and a mill that takes from both."""
    maker = dataset("mill", out("steel", 1, reference=True), *mill)
    return assemble(source(FLOWS, power("a", 1), power("b", 3), maker), Settings(several=several))


def entries(moved: Uncertain) -> dict[tuple[int, int], tuple[int, float, int]]:
    """Return kind, width and place of each spread input by row and column."""
    matrix = moved.system.technosphere
    columns = np.repeat(np.arange(matrix.shape[1]), np.diff(matrix.indptr))
    rows = zip(matrix.indices, columns, moved.inputs.kind, moved.inputs.width, moved.inputs.place, strict=True)
    return {(int(i), int(j)): (int(k), float(w), int(p)) for i, j, k, w, p in rows if k != Kind.FIXED}


def test_parts_of_one_input_share_their_random_number() -> None:
    moved = uncertain(system(spread(into("kwh", 2, "kWh"), LOG)), np.ones(1))
    expected = (int(Kind.LOGNORMAL), float(np.log(1.5)), 0)
    assert entries(moved) == {(0, 2): expected, (1, 2): expected}
    values = np.vstack([batch.values for batch in samples(prepare(moved), 64, seed=3)])
    # Both plants by half: the mill moves as one lognormal number around 2 · (1 + 3) / 2.
    ratio = np.log(values[:, 2] / 4)
    assert np.std(ratio) == pytest.approx(np.log(1.5), rel=0.3)
    np.testing.assert_allclose(values[:, 0], 1)


def test_shares_of_co_products_move_together() -> None:
    maker = dataset("mill", out("steel", 1, reference=True), out("scrap", 1), spread(out("co2", 4), LOG))
    moved = uncertain(assemble(source(FLOWS, maker), Settings()), np.ones(1))
    values = np.vstack([batch.values for batch in samples(prepare(moved), 16, seed=3)])
    np.testing.assert_array_equal(values[:, 0], values[:, 1])
    assert len(set(values[:, 0])) > 8


def test_each_distribution_becomes_one_of_the_factor() -> None:
    given = {
        Distribution.NORMAL: ((0.5,), "width", 0.25),
        Distribution.TRIANGULAR: ((1.0, 2.0, 4.0), "high", 2.0),
        Distribution.UNIFORM: ((1.0, 3.0), "low", 0.5),
    }
    for kind, (parameters, name, value) in given.items():
        background = system(spread(out("co2", 2), Uncertainty(kind, parameters)))
        found = uncertain(background, np.ones(1)).emissions
        (place,) = np.flatnonzero(found.kind != Kind.FIXED)
        assert getattr(found, name)[place] == pytest.approx(value)


def test_negative_amounts_turn_their_bounds() -> None:
    background = system(spread(out("co2", -2), Uncertainty(Distribution.TRIANGULAR, (-4.0, -2.0, -1.0))))
    found = uncertain(background, np.ones(1)).emissions
    (place,) = np.flatnonzero(found.kind != Kind.FIXED)
    assert (found.low[place], found.mode[place], found.high[place]) == (0.5, 1.0, 2.0)


def test_a_pedigree_alone_gives_a_lognormal_spread() -> None:
    scores = (2, 3, 1, 5, 4)
    names = ("reliability", "completeness", "temporal", "geographical", "technological")
    background = system(spread(out("co2", 2), Uncertainty(Distribution.LOGNORMAL, (), scores)))
    found = uncertain(background, np.ones(1)).emissions
    expected = pedigree_sigma(dict(zip(names, scores, strict=True)))
    assert found.width.max() == pytest.approx(expected)


def test_rows_that_add_up_have_the_spread_of_their_sum() -> None:
    first, second = spread(into("kwh", 1, "kWh"), LOG), into("kwh", 3, "kWh")
    found = entries(uncertain(system(first, second, several=(Preference.EQUAL,)), np.ones(1)))
    variation = np.sqrt(np.expm1(np.log(1.5) ** 2)) / 4
    assert found[0, 2][1] == pytest.approx(np.sqrt(np.log1p(variation**2)))


def test_what_a_run_makes_does_not_move() -> None:
    maker = dataset("mill", spread(out("steel", 2, reference=True), LOG), spread(into("steel", 1), LOG), out("co2", 1))
    moved = uncertain(assemble(source(FLOWS, maker), Settings()), np.ones(1))
    assert entries(moved) == {}
    assert prepare(moved).values.tolist() == [1.0]


@pytest.mark.parametrize("name", ["uslci", "premise", "uslci-ecospold1"])
def test_real_databases_are_sampled_around_their_figures(name: str) -> None:
    background = background_of(name)
    moved = uncertain(background, score_of(background))
    assert min(spread_share(moved)) > 0
    problem = prepare(moved)
    values = np.vstack([batch.values for batch in samples(problem, 24, seed=1, engine="scipy")])
    assert np.isfinite(values).all()
    size = np.maximum(np.abs(problem.values), problem.floor)  # What makes a figure, before credits cancel it.
    still = np.ptp(values, axis=0) <= 1e-6 * size
    assert (np.abs(values[0] - problem.values)[still] <= 1e-6 * size[still] + 1e-20).all()
    assert 0 < still.sum() < len(still)
