"""Random numbers, distributions, and Monte Carlo on every product: reproducible, equal on every path, and right."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csc_array
from scipy.special import ndtr, ndtri

from footproof.errors import FootproofError
from footproof.quantify.distributions import (
    Kind,
    Spreads,
    factors,
    fixed,
    grouped,
    lognormal,
    normals,
    pedigree_sigma,
)
from footproof.quantify.montecarlo import Problem, Uncertain, has_numba, prepare, samples, simulate
from footproof.quantify.random_systems import Shape, random_system
from footproof.quantify.streams import Percentiles
from footproof.quantify.system import System, Vector
from footproof.quantify.variance import variance_by_place

numba_only = pytest.mark.skipif(not has_numba(), reason="numba, an extra, is not installed")
ENGINES = ["scipy", pytest.param("numba", marks=numba_only)]
SMALL = Shape(size=150, inputs=6, hubs=12, sector=12, flows=30, emissions=5, outputs=True)


def uncertain(system: System, seed: int = 1, sigma: float = 0.3) -> Uncertain:
    draw = np.random.Generator(np.random.Philox(key=seed))
    matrix = system.technosphere
    own = matrix.data > 0
    inputs = lognormal(np.where(own, 0.0, sigma * draw.random(matrix.nnz)), np.arange(matrix.nnz))
    emissions = lognormal(sigma * draw.random(system.biosphere.nnz), matrix.nnz + np.arange(system.biosphere.nnz))
    return Uncertain(system, draw.random(system.biosphere.shape[0]), inputs, emissions)


def values_of(problem: Problem, count: int, **more: Any) -> Vector:
    return np.concatenate([batch.values for batch in samples(problem, count, **({"seed": 3} | more))])


def dense(problem: Problem, seed: int, sample: int) -> tuple[Vector, Vector]:
    """Return a sample solved densely from the same random numbers, and the sum of magnitudes that make it."""
    draws = normals(seed, sample, problem.places)
    inputs = problem.found.inputs.data.astype(np.float32) * factors(problem.inputs, draws)
    amounts = problem.amounts.astype(np.float32) * factors(problem.emissions, draws)
    pattern = problem.found.inputs
    matrix = csc_array((inputs.astype(float), pattern.indices, pattern.indptr), shape=pattern.shape).toarray()
    size = len(matrix)
    burdens = np.bincount(problem.products, amounts.astype(float), minlength=size)
    gross = np.linalg.solve(np.eye(size) - abs(matrix).T, np.abs(burdens))
    return np.linalg.solve(np.eye(size) - matrix.T, burdens), gross


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("credited", [0.0, 0.1])
def test_each_sample_is_its_own_system_solved(engine: Any, credited: float) -> None:
    problem = prepare(uncertain(random_system(Shape(**(_fields() | {"credits": credited})), 5)))
    found = values_of(problem, 19, engine=engine)
    for sample in range(19):
        expected, gross = dense(problem, 3, sample)
        # The pattern holds 32-bit amounts; engines may differ by their last place, loops multiply that.
        limit = 1e-9 if engine == "scipy" else 5e-6
        assert (np.abs(found[sample] - expected) <= limit * gross).all()


def _fields() -> dict[str, Any]:
    return {name: getattr(SMALL, name) for name in Shape.__dataclass_fields__}


@pytest.mark.parametrize("engine", ENGINES)
def test_a_sample_depends_on_seed_and_number_alone(engine: Any) -> None:
    problem = prepare(uncertain(random_system(SMALL, 2)))
    whole = values_of(problem, 40, engine=engine)
    np.testing.assert_array_equal(values_of(problem, 40, engine=engine, workers=2), whole)
    part = values_of(problem, 13, engine=engine, first=11)
    np.testing.assert_allclose(part, whole[11:24], rtol=1e-8)
    assert not np.array_equal(values_of(problem, 8, engine=engine, seed=4), whole[:8])


@numba_only
@given(st.integers(0, 2**63 - 1), st.integers(0, 2**40))
@settings(max_examples=20, deadline=None)
def test_compiled_random_numbers_are_those_of_numpy(seed: int, first: int) -> None:
    from footproof.quantify import kernels

    draws = np.empty((4096, 8), dtype=np.float32)
    raw = np.empty((4096, 8), dtype=np.uint32)
    kernels.draw(seed, first, raw, draws)
    for lane in range(8):
        words = np.random.Philox(key=np.array([seed, first + lane], dtype=np.uint64)).random_raw(2048)
        np.testing.assert_array_equal(raw[:, lane], words.view("<u4"))
        np.testing.assert_allclose(draws[:, lane], normals(seed, first + lane, 4096), rtol=2e-6, atol=2e-7)


def test_random_numbers_are_normal() -> None:
    words = np.random.Philox(key=np.array([9, 4], dtype=np.uint64)).random_raw(100_000)
    share = ((words.view("<u4") >> 8) + 0.5) / 2**24
    drawn = normals(9, 4, 200_000)
    np.testing.assert_allclose(drawn, ndtri(share), rtol=3e-6, atol=3e-7)
    ranks = np.sort(ndtr(drawn.astype(float)))
    assert np.abs(ranks - (np.arange(200_000) + 0.5) / 200_000).max() < 1.63 / np.sqrt(200_000)  # Kolmogorov, 1 %


@pytest.mark.parametrize(
    ("kind", "mean", "deviation"),
    [
        (Kind.FIXED, 1.0, 0.0),
        (Kind.LOGNORMAL, np.exp(0.02), np.exp(0.02) * np.sqrt(np.expm1(0.04))),
        (Kind.NORMAL, 1.0, 0.2),
        (Kind.TRIANGULAR, (0.5 + 2 + 0.8) / 3, np.sqrt((0.25 + 4 + 0.64 - 1 - 0.4 - 1.6) / 18)),
        (Kind.UNIFORM, 1.25, 1.5 / np.sqrt(12)),
    ],
)
def test_distributions_have_their_moments(kind: Kind, mean: float, deviation: float) -> None:
    count = 200_000
    full = np.ones(count)
    spreads = Spreads(
        np.full(count, kind, dtype=np.int8), 0.2 * full, 0.5 * full, 2.0 * full, 0.8 * full, np.arange(count)
    )
    found = factors(spreads, normals(1, 1, count)).astype(float)
    assert found.mean() == pytest.approx(mean, abs=4 * max(deviation, 1e-6) / np.sqrt(count))
    assert found.std() == pytest.approx(deviation, rel=0.01, abs=1e-7)


@numba_only
def test_every_kind_is_the_same_compiled() -> None:
    system = random_system(SMALL, 8)
    plain = uncertain(system)
    count = system.biosphere.nnz
    kind = np.arange(count) % 5
    full = np.ones(count)
    spreads = Spreads(kind.astype(np.int8), 0.2 * full, 0.5 * full, 2.0 * full, 0.8 * full, plain.emissions.place)
    problem = prepare(Uncertain(system, plain.score, plain.inputs, spreads))
    np.testing.assert_allclose(values_of(problem, 8, engine="numba"), values_of(problem, 8, engine="scipy"), rtol=5e-6)


def test_correlated_amounts_share_a_random_number() -> None:
    assert grouped(["grid", None, "grid", None]).tolist() == [0, 1, 0, 2]
    system = System(csc_array(np.eye(2)), csc_array(np.array([[1.0, 0.0], [0.0, 1.0]])))
    together = Uncertain(system, np.ones(2), fixed(2), lognormal(np.full(2, 0.3), grouped(["grid", "grid"])))
    values = values_of(prepare(together), 50, engine="scipy")
    np.testing.assert_array_equal(values[:, 0], values[:, 1])


@pytest.mark.parametrize("engine", ENGINES)
def test_comparisons_are_made_within_a_sample(engine: Any) -> None:
    # B is A plus a hundredth: always more, although both spread by a third.
    system = System(csc_array(np.array([[1.0, -1.0], [0.0, 1.0]])), csc_array(np.array([[1.0, 0.01]])))
    spreads = lognormal(np.full(2, 0.3), np.arange(2))
    found = simulate(
        prepare(Uncertain(system, np.ones(1), fixed(3), spreads)), 200, seed=1, pairs=((0, 1), (1, 0)), engine=engine
    )
    assert found.below == (1.0, 0.0)
    assert found.deviation[0] > 0.2


@pytest.mark.parametrize("engine", ENGINES)
def test_a_sample_that_does_not_settle_is_solved_directly(engine: Any) -> None:
    # A loop whose gain may pass one: iteration diverges there, the direct answer still solves the equations.
    system = System(csc_array(np.array([[1.0, -0.95], [-0.95, 1.0]])), csc_array(np.array([[1.0, 1.0]])))
    width = np.array([0.0, 0.3, 0.3, 0.0])
    problem = prepare(Uncertain(system, np.ones(1), lognormal(width, np.arange(4)), fixed(2)))
    found = values_of(problem, 64, engine=engine)
    assert (found < 0).any()
    for sample in range(64):
        draws = normals(3, sample, problem.places)
        a, b = (np.float32(0.95) * factors(problem.inputs, draws)).astype(float)
        expected = np.linalg.solve(np.eye(2) - np.array([[0, b], [a, 0]]).T, np.ones(2))
        condition = np.linalg.cond(np.eye(2) - np.array([[0, b], [a, 0]]).T)
        np.testing.assert_allclose(found[sample], expected, rtol=1e-6 * max(condition, 1))


def test_variance_to_first_order_is_that_of_many_samples() -> None:
    problem = prepare(uncertain(random_system(SMALL, 11), sigma=0.04))
    found = simulate(problem, 4000, seed=2, workers=2)
    for product in (0, 60, 149):
        parts = variance_by_place(problem, product)
        if parts.sum() > 0:
            assert np.sqrt(parts.sum()) == pytest.approx(found.deviation[product], rel=0.06)


def test_percentiles_beyond_the_budget_are_within_a_bin() -> None:
    draw = np.random.Generator(np.random.Philox(key=1))
    block = np.exp(draw.normal(0, 0.4, (6000, 3))) * [1.0, 1e6, 1e-6]
    shares = (0.025, 0.5, 0.975)
    exact, streamed = Percentiles(3, 6000, shares), Percentiles(3, 6000, shares, budget=3 * 8 * 500)
    for start in range(0, 6000, 7):
        exact.add(block[start : start + 7])
        streamed.add(block[start : start + 7])
    one, other = exact.summary(), streamed.summary()
    np.testing.assert_allclose(one.percentiles, np.quantile(block, shares, axis=0), rtol=1e-12)
    assert (np.abs(one.percentiles - other.percentiles) <= 1.5 * other.resolution).all()
    assert (other.resolution < 0.03 * one.percentiles[1]).all()
    np.testing.assert_allclose(one.mean, block.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(other.deviation, block.std(axis=0, ddof=1), rtol=1e-10)


def test_pedigree_gives_the_sigma_of_its_scores() -> None:
    # Scores 2, 3, 1, 2, 4 over the basic 0.0006: 0.0006 + 0.0006 + 0.0006 + 0 + 0.000025 + 0.04.
    scores = {"reliability": 2, "completeness": 3, "temporal": 1, "geographical": 2, "technological": 4}
    assert pedigree_sigma(scores) == pytest.approx(np.sqrt(0.041825), rel=1e-14)
    with pytest.raises(FootproofError, match="E-PEDIGREE"):
        pedigree_sigma({"reliability": 6})


def test_distributions_that_contradict_themselves_are_refused() -> None:
    one = np.ones(1)
    with pytest.raises(FootproofError, match="E-DISTRIBUTION"):
        Spreads(np.array([Kind.TRIANGULAR], dtype=np.int8), one, one, 2 * one, 3 * one, np.zeros(1, dtype=np.int64))
    with pytest.raises(FootproofError, match="E-DISTRIBUTION"):
        lognormal(np.array([np.nan]), np.zeros(1, dtype=np.int64))  # NaN is neither fixed nor spread.
    system = System(csc_array(np.eye(1)), csc_array(np.eye(1)))
    with pytest.raises(FootproofError, match="E-DISTRIBUTION-PLACE"):
        prepare(Uncertain(system, one, lognormal(one, np.zeros(1, dtype=np.int64)), fixed(1)))
    with pytest.raises(FootproofError, match="E-DISTRIBUTION-PLACE"):
        Uncertain(system, one, fixed(2), fixed(1))
