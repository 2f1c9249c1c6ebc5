"""Random numbers, distributions, and Monte Carlo on every product: reproducible, equal on every path, and right."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csc_array, csr_array
from scipy.sparse.csgraph import connected_components
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
    philox,
)
from footproof.quantify.montecarlo import Problem, Uncertain, compare, has_numba, prepare, samples, simulate
from footproof.quantify.random_systems import Shape, random_system
from footproof.quantify.recording import record
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
    np.testing.assert_array_equal(values_of(problem, 13, engine=engine, first=11), whole[11:24])
    np.testing.assert_array_equal(values_of(problem, 1, engine=engine, first=39, workers=2), whole[39:])
    assert values_of(problem, 3, engine=engine, first=2**34 + 1).shape == (3, SMALL.size)
    assert not np.array_equal(values_of(problem, 8, engine=engine, seed=4), whole[:8])


# Known-answer tests of Random123 1.09 (kat_vectors, "philox4x32 10"): counter, key, result.
KNOWN_ANSWERS = [
    ("00000000 00000000 00000000 00000000", "00000000 00000000", "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
    ("ffffffff ffffffff ffffffff ffffffff", "ffffffff ffffffff", "408f276d 41c83b0e a20bc7c6 6d5451fd"),
    ("243f6a88 85a308d3 13198a2e 03707344", "a4093822 299f31d0", "d16cfe09 94fdcceb 5001e420 24126ea1"),
]


@pytest.mark.parametrize(("counter", "key", "expected"), KNOWN_ANSWERS)
def test_random_numbers_are_those_of_random123(counter: str, key: str, expected: str) -> None:
    first, second = (int(word, 16) for word in key.split())
    words = philox([int(word, 16) for word in counter.split()], (first, second))
    assert " ".join(f"{int(word[0]):08x}" for word in words) == expected


@numba_only
@given(st.integers(0, 2**64 - 1), st.integers(0, 2**40))
@settings(max_examples=20, deadline=None)
def test_compiled_random_numbers_are_the_same(seed: int, batch: int) -> None:
    from footproof.quantify import kernels

    first, count = kernels.LANES * batch, 16 * kernels.GROUP
    full = np.ones(count, dtype=np.float32)
    values = np.empty((count, kernels.LANES), dtype=np.float32)
    place = np.random.Generator(np.random.Philox(key=batch)).integers(0, 2**31, count).astype(np.int32)
    place[: count // 2] = np.arange(count // 2)
    none = np.zeros((count, 3))
    plain = np.ones(16, dtype=np.bool_)
    kernels.sample(kernels.signed(seed), first, full, full.astype(np.int8), full, none, place, plain, values)
    for lane in range(kernels.LANES):
        drawn = normals(seed, first + lane, count // 2)
        np.testing.assert_allclose(values[: count // 2, lane], np.exp(drawn), rtol=3e-6)


def test_random_numbers_are_normal() -> None:
    words = philox((np.arange(200_000, dtype=np.uint64), 0, 1, 0), (9, 0))
    share = ((words[2] >> np.uint64(8)) + 0.5) / 2**24
    drawn = normals(9, 6, 200_000)
    np.testing.assert_allclose(drawn, ndtri(share), rtol=3e-6, atol=3e-7)
    ranks = np.sort(ndtr(drawn.astype(float)))
    assert np.abs(ranks - (np.arange(200_000) + 0.5) / 200_000).max() < 1.63 / np.sqrt(200_000)  # Kolmogorov, 1 %
    others = np.stack([normals(9, 7, 200_000), normals(10, 6, 200_000), np.roll(drawn, 1)])
    assert (np.abs(np.corrcoef(drawn, others)[0, 1:]) < 3.3 / np.sqrt(200_000)).all()


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
def test_systems_that_share_random_numbers_are_compared_within_a_sample(engine: Any) -> None:
    # The second system is the first with half of one emission: both spread by a third, their difference hardly.
    system = System(csc_array(np.array([[1.0, -1.0], [0.0, 1.0]])), csc_array(np.array([[1.0, 0.5]])))
    better = System(system.technosphere, csc_array(np.array([[1.0, 0.25]])))
    spreads = lognormal(np.full(2, 0.3), np.arange(2))
    one, other = (prepare(Uncertain(each, np.ones(1), fixed(3), spreads)) for each in (system, better))
    done: list[int] = []
    found = compare(
        one, other, 300, pairs=((1, 1), (0, 0), (0, 1)), seed=5, engine=engine, workers=2, progress=done.append
    )
    assert found.below == (0.0, 0.0, 1.0)
    whole = {id(each): values_of(each, 300, engine=engine, seed=5) for each in (one, other)}
    gap = whole[id(other)][:, 1] - whole[id(one)][:, 1]
    assert found.mean[0] == pytest.approx(gap.mean(), rel=1e-12)
    assert found.deviation[0] == pytest.approx(gap.std(ddof=1), rel=1e-9)
    np.testing.assert_allclose(found.percentiles[:, 0], np.quantile(gap, found.shares), rtol=1e-12)
    assert found.mean[1] == pytest.approx(0.0, abs=1e-12)
    assert done[-1] == found.count == 300
    again = compare(one, one, 40, pairs=((0, 1),), seed=5, engine=engine)
    assert again.below == (float((whole[id(one)][:40, 0] < whole[id(one)][:40, 1]).mean()),)


@pytest.mark.parametrize("engine", ENGINES)
def test_samples_on_disk_are_the_samples(engine: Any, tmp_path: Path) -> None:
    problem = prepare(uncertain(random_system(SMALL, 2)))
    done: list[int] = []
    path = tmp_path / "samples.npy"
    record(problem, 21, path, seed=3, engine=engine, workers=2, progress=done.append)
    found = np.load(path, mmap_mode="r")
    assert found.dtype == np.float64
    np.testing.assert_array_equal(found, values_of(problem, 21, engine=engine))
    assert done == sorted(done)
    assert done[-1] == 21
    assert [file.name for file in tmp_path.iterdir()] == ["samples.npy"]


def test_a_run_that_fails_leaves_the_earlier_file(tmp_path: Path) -> None:
    problem = prepare(uncertain(random_system(SMALL, 2)))
    path = tmp_path / "samples.npy"
    record(problem, 4, path, seed=3, engine="scipy")
    before = path.read_bytes()

    def stop(done: int) -> None:
        assert path.read_bytes() == before
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        record(problem, 40, path, seed=4, engine="scipy", progress=stop)
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["samples.npy"]


KILLED = """
import os, sys
from pathlib import Path
import numpy as np
from scipy.sparse import csc_array
from footproof.quantify.distributions import fixed, lognormal
from footproof.quantify.montecarlo import Uncertain, prepare
from footproof.quantify.recording import record
from footproof.quantify.system import System
system = System(csc_array(np.eye(2)), csc_array(np.ones((1, 2))))
problem = prepare(Uncertain(system, np.ones(1), fixed(2), lognormal(np.full(2, 0.3), np.arange(2))))
record(problem, 40, Path(sys.argv[1]), seed=1, engine="scipy", progress=lambda done: os._exit(9) if done > 20 else None)
"""


def test_a_killed_run_leaves_nothing_under_the_final_name(tmp_path: Path) -> None:
    path = tmp_path / "samples.npy"
    ended = subprocess.run([sys.executable, "-c", KILLED, str(path)], check=False)
    assert ended.returncode == 9
    assert not path.exists()


@pytest.mark.parametrize("engine", ENGINES)
def test_progress_is_told_and_stopping_early_is_clean(engine: Any) -> None:
    problem = prepare(uncertain(random_system(SMALL, 2)))
    done: list[int] = []
    simulate(problem, 30, seed=1, engine=engine, workers=2, progress=done.append)
    assert done == sorted(done)
    assert done[-1] == 30
    stream = samples(problem, 10_000_000, seed=1, engine=engine, workers=2)
    assert len(next(stream).values) > 0
    stream.close()


@numba_only
@pytest.mark.parametrize("seed", range(4))
def test_a_sweep_knows_all_but_the_open_variables(seed: int) -> None:
    from footproof.quantify.ordering import cuts
    from footproof.quantify.sweeping import sweep_plan

    found = prepare(uncertain(random_system(SMALL, seed)))
    plan = sweep_plan(found.found, found.values)
    assert sorted(plan.order) == list(range(SMALL.size))
    own = np.repeat(np.arange(SMALL.size), np.diff(plan.starts))
    early = np.unique(plan.suppliers[plan.suppliers > own])
    np.testing.assert_array_equal(plan.back, early)
    assert len(early) < SMALL.size / 2
    np.testing.assert_array_equal(plan.order[plan.suppliers], found.found.inputs.indices[plan.source])
    columns, rows = csc_array(found.found.inputs), csr_array(found.found.inputs)
    cut = cuts(columns.indptr, columns.indices, rows.indptr, rows.indices)
    rest = found.found.inputs[~cut][:, ~cut]
    parts, _ = connected_components(rest, connection="strong")
    assert parts == (~cut).sum()  # No two of those left need each other.


@numba_only
def test_a_sweep_of_a_system_without_loops_leaves_nothing_open() -> None:
    from footproof.quantify.sweeping import sweep_plan

    order = np.random.Generator(np.random.Philox(key=3)).permutation(60)
    chain = np.triu(np.random.Generator(np.random.Philox(key=4)).random((60, 60)) < 0.2, 1) * 0.1
    system = System(csc_array(np.eye(60) - chain[order][:, order]), csc_array(np.ones((1, 60))))
    problem = prepare(Uncertain(system, np.ones(1), fixed(system.technosphere.nnz), fixed(60)))
    assert len(sweep_plan(problem.found, problem.values).back) == 0
    np.testing.assert_allclose(values_of(problem, 2, engine="numba")[0], problem.values, rtol=1e-6)


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
    # ecoinvent report no. 1 (2013), table 10.5, in units of 0.000025: each indicator, scores 2 to 5.
    table = {
        "reliability": (24, 80, 320, 1600),
        "completeness": (4, 24, 80, 320),
        "temporal": (8, 80, 320, 1600),
        "geographical": (1, 4, 24, 80),
        "technological": (24, 320, 1600, 4800),
    }
    for name, figures in table.items():
        assert pedigree_sigma({name: 1}, 0.0) == 0.0
        for score, figure in enumerate(figures, start=2):
            assert pedigree_sigma({name: score}, 0.0) ** 2 == pytest.approx(figure * 2.5e-5, rel=1e-12)
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
