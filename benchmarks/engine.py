"""The matrix engine beside bw2calc, in one run, on systems that look like ecoinvent.

    python benchmarks/engine.py [--radius 0.85] [--radius 0.93] [--size 20000] [--runs 5] [--json FILE]

Both solve the same numbers from the same assembled matrices; every figure is a median, and every answer is compared.
"Cold" starts from the matrices, "warm" has what a program keeps between questions. bw2calc runs with pypardiso where
that is installed; its Monte Carlo gives one product, ours all of them.
"""

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from footproof.quantify.distributions import Spreads, lognormal
from footproof.quantify.intensities import Column, solve_columns
from footproof.quantify.montecarlo import Problem, Uncertain, has_numba, prepare, samples, simulate
from footproof.quantify.portfolio import footprints
from footproof.quantify.random_systems import Shape, random_system
from footproof.quantify.solve import Factorisation, has_pardiso
from footproof.quantify.system import System, Vector

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
from quantify.bw import package

COUNTED = 103
LIMIT = 1e-8
THEIRS = "bw2calc adjoint, pardiso [s]"


def timed(step: Callable[[], Any], runs: int) -> tuple[float, Any]:
    """Return the median time of a step and its last answer. [s]"""
    times, answer = [], None
    for _ in range(runs):
        start = time.perf_counter()
        answer = step()
        times.append(time.perf_counter() - start)
    return statistics.median(times), answer


def in_turn(steps: dict[str, Callable[[], Any]], runs: int) -> tuple[dict[str, float], dict[str, Any]]:
    """Return median times and last answers of steps taken in turn: a machine that slows down slows all of them. [s]"""
    times: dict[str, list[float]] = {name: [] for name in steps}
    answers: dict[str, Any] = {}
    for _ in range(runs):
        for name, step in steps.items():
            start = time.perf_counter()
            answers[name] = step()
            times[name].append(time.perf_counter() - start)
    return {name: statistics.median(spent) for name, spent in times.items()}, answers


def problem_of(size: int, radius: float) -> tuple[Uncertain, Spreads]:
    """Return a system with 103 counted flows, and the emissions' spreads for those who sample all flows."""
    system = random_system(Shape(size=size, radius=radius), 1)
    draw = np.random.Generator(np.random.Philox(key=7))
    score = np.zeros(system.biosphere.shape[0])
    score[:COUNTED] = np.exp(draw.normal(0, 2, COUNTED))
    matrix = system.technosphere
    spread = np.where(matrix.data < 0, draw.uniform(0.05, 0.4, matrix.nnz), 0.0)
    inputs = lognormal(spread, np.cumsum(spread > 0) - (spread > 0))
    counted = score[system.biosphere.indices] != 0
    wide = draw.uniform(0.05, 0.4, system.biosphere.nnz)
    emissions = lognormal(np.where(counted, wide, 0.0), inputs.places + np.cumsum(counted) - counted)
    return Uncertain(system, score, inputs, emissions), lognormal(wide, np.arange(len(wide)))


def static(system: System, score: Vector, runs: int) -> dict[str, float]:
    """Time all products' intensities, cold and warm, against bw2calc's adjoint."""
    burdens = system.biosphere.T @ score
    columns = (Column("score", "all"),)
    factorised = Factorisation(system.technosphere)
    steps: dict[str, Callable[[], Any]] = {
        "cold, iterative [s]": lambda: solve_columns(
            system, columns, (system.biosphere.T @ score)[:, None], method="iterative"
        ),
        "cold, SuperLU [s]": lambda: Factorisation(system.technosphere),
        "warm, SuperLU [s]": lambda: factorised.adjoint(system.biosphere.T @ score, estimate=False),
    }
    if has_pardiso():
        lca = adjoint_of(system, score)
        right = np.vstack(list(lca.precalculated.values())).T
        steps[THEIRS] = lambda: lca.solve_adjoint(right)
    found, answers = in_turn(steps, 2 * runs + 1)
    cold, warm = answers["cold, iterative [s]"], answers["warm, SuperLU [s]"]
    if cold.solver != "bicgstab":
        raise SystemExit("the iterative path fell back to a direct solve")
    scale = np.abs(warm.values).max() * 1e-12 + np.abs(warm.values)
    found["cold error"] = float((np.abs(cold.values[:, 0] - warm.values) / scale).max())
    if found["cold error"] > LIMIT or not np.isfinite(burdens).all():
        raise SystemExit(f"cold and warm differ by {found['cold error']:.1e}")
    if has_pardiso():
        order = [lca.dicts.product[i] for i in range(system.size)]
        compare(answers[THEIRS][order, 0], warm.values)
        found["times faster, cold"] = found[THEIRS] / found["cold, iterative [s]"]
        found["times faster, warm"] = found[THEIRS] / found["warm, SuperLU [s]"]
    return found


def adjoint_of(system: System, score: Vector) -> Any:
    """Return bw2calc's adjoint calculation, ready to solve."""
    import bw2calc

    lca = bw2calc.FastScoresOnlyMultiLCA(
        demands={"first": {0: 1.0}},
        method_config={"impact_categories": [("score",)]},
        data_objs=[package(system, score)],
        direction="adjoint",
    )
    next(lca)
    return lca


def compare(theirs: Vector, ours: Vector) -> None:
    """Stop where the two engines do not agree."""
    gap = float((np.abs(theirs - ours) / (np.abs(ours) + 1e-12 * np.abs(ours).max())).max())
    if not gap < LIMIT:
        raise SystemExit(f"bw2calc and footproof differ by {gap:.1e}")


def rate(problem: Problem, count: int, engine: Any, workers: int, *, runs: int, plan: float = 0.0) -> list[float]:
    """Return samples per second without planning the order, how many were solved directly, and sweeps to a sample."""
    batches: list[tuple[int, int]] = []

    def step() -> None:
        stream = samples(problem, count, seed=1, engine=engine, workers=workers)
        batches[:] = [(batch.direct, batch.sweeps) for batch in stream]

    step()  # Compile.
    spent, _ = timed(step, runs)
    return [
        count / (spent - plan),
        sum(direct for direct, _ in batches),
        statistics.mean(sweeps for _, sweeps in batches),
    ]


def advance(lca: Any, count: int) -> None:
    """Draw and solve some samples."""
    for _ in range(count):
        next(lca)


def chance(uncertain: Uncertain, wide: Spreads, runs: int) -> dict[str, float]:
    """Time Monte Carlo against bw2calc's classes for one product."""
    found: dict[str, float] = {}
    found["prepare [s]"], problem = timed(lambda: prepare(uncertain), 1)
    workers = os.cpu_count() or 1
    found["scipy [samples/s]"], found["scipy direct"], _ = rate(problem, 24 * workers, "scipy", workers, runs=runs)
    if has_numba():
        found |= swept(problem, workers, runs)
    import bw2calc

    for name in ("IterativeLCA", "JacobiGMRESLCA", "LCA"):
        lca = getattr(bw2calc, name)(
            {0: 1.0},
            data_objs=[package(uncertain.system, uncertain.score, uncertain.inputs, wide)],
            use_distributions=True,
            seed_override=1,
        )
        lca.lci()
        lca.lcia()
        next(lca)
        count = 5 if name == "LCA" else 10
        spent, _ = timed(partial(advance, lca, count), runs)
        found[f"bw2calc {name} [samples/s]"] = count / spent
    best = max(value for name, value in found.items() if name.startswith("bw2calc"))
    found["times faster, scipy"] = found["scipy [samples/s]"] / best
    if has_numba():
        found["times faster, numba"] = found["numba [samples/s]"] / best
    found["1,000 samples with percentiles [s]"], _ = timed(
        lambda: simulate(problem, 1000, seed=1, workers=workers), min(runs, 3)
    )
    return found


def swept(problem: Problem, workers: int, runs: int) -> dict[str, float]:
    """Time the compiled engine, and relate it to what the memory gives."""
    from footproof.quantify.compiled import Compiled

    found: dict[str, float] = {}
    engine = Compiled(problem, 1, 1e-9)
    found["plan and set up [s]"], _ = timed(lambda: Compiled(problem, 1, 1e-9), runs)
    plan = found["plan and set up [s]"]
    found["variables that close loops"] = len(engine.plan.back)
    found["numba, 1 thread [samples/s]"], _, _ = rate(problem, 480, "numba", 1, runs=runs, plan=plan)
    found["numba [samples/s]"], found["numba direct"], found["sweeps"] = rate(
        problem, 960, "numba", workers, runs=runs, plan=plan
    )
    size, entries, lanes = engine.plan.order.size, engine.plan.suppliers.size, engine.size
    # What no second-level cache keeps: indices and 32-bit values of the pattern, and burdens, in every sweep; entries
    # read and amounts written when drawing.
    swept = entries * (4 + 4 * lanes) + 8 * size * lanes
    drawn = (entries + problem.amounts.size) * 20 + 4 * entries * lanes
    found["megabytes a sample moves"] = (found["sweeps"] * swept + drawn) / lanes / 1e6
    room = 4 * entries * (lanes + 1) + 2 * 8 * size * lanes
    found["memory, arrays of that size [GB/s]"] = bandwidth(workers, room, runs)
    found["memory, large arrays [GB/s]"] = bandwidth(workers, 256 * 2**20, runs)
    moved = found["numba [samples/s]"] * found["megabytes a sample moves"] / 1e3
    found["share of the memory's speed [%]"] = 100 * moved / found["memory, arrays of that size [GB/s]"]
    return found


def bandwidth(workers: int, size: int, runs: int) -> float:
    """Return how fast threads together read arrays of some bytes each. [GB/s]"""
    import numba

    def plain(array: Vector) -> float:
        found = 0.0
        for value in array:
            found += value
        return found

    total = numba.njit(nogil=True, fastmath=True)(plain)
    times = max(2**28 // size, 1)
    blocks = [np.ones(size // 8) for _ in range(workers)]
    total(blocks[0])

    def read(block: Vector) -> None:
        for _ in range(times):
            total(block)

    with ThreadPoolExecutor(workers) as pool:  # A limit: the best run counts.
        spent = min(timed(lambda: list(pool.map(read, blocks)), 1)[0] for _ in range(4 * runs))
    return float(workers * times * size / spent / 1e9)


def many(runs: int, recipes: int = 100_000, products: int = 20_000, inputs: int = 20, columns: int = 24) -> Any:
    """Time the footprints of a portfolio, for one score and for all columns at once."""
    draw = np.random.Generator(np.random.Philox(key=3))
    product = draw.integers(0, products, recipes * inputs)
    amount = draw.random(recipes * inputs)
    rows = csr_array((amount, (np.repeat(np.arange(recipes), inputs), product)), shape=(recipes, products))
    values = draw.random((products, columns))
    found = {}
    found["one score [s]"], one = timed(lambda: footprints(rows, values[:, 0]), runs)
    found[f"{columns} columns [s]"], every = timed(lambda: footprints(rows, values), runs)
    if not (np.allclose(every[:, 0], one, rtol=1e-12) and np.allclose(one[7], rows[[7]] @ values[:, 0], rtol=1e-12)):
        raise SystemExit("the columns of a portfolio do not agree")
    return found


def peak(size: int, radius: float) -> None:
    """Print the peak memory of 1,000 samples kept as percentiles. [MB]"""
    simulate(prepare(problem_of(size, radius)[0]), 1000, seed=1, workers=os.cpu_count() or 1)
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3)


def machine() -> dict[str, str]:
    """Return what the figures depend on."""
    found = {"python": platform.python_version(), "cores": str(os.cpu_count()), "machine": platform.machine()}
    cpu = Path("/proc/cpuinfo")
    if cpu.exists():
        lines = [line for line in cpu.read_text().splitlines() if line.startswith("model name")]
        found["processor"] = lines[0].partition(":")[2].strip() if lines else ""
    found["load before"] = f"{os.getloadavg()[0]:.1f}"
    for name in ("numpy", "scipy", "numba", "pypardiso", "mkl", "bw2calc"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "absent"
    return found


def tell(report: dict[str, Any], file: Path | None) -> None:
    """Print what was measured, by title, and write it where that is asked for."""
    report["machine"]["load after"] = f"{os.getloadavg()[0]:.1f}"
    for title, figures in report.items():
        print(f"\n{title}")
        for name, value in figures.items():
            print(f"  {name:<42} {value if isinstance(value, str) else f'{value:,.4g}'}")
    if file:
        file.write_text(json.dumps(report, indent=1))


def main() -> None:
    """Print a table for each radius."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--radius", type=float, action="append")
    parser.add_argument("--size", type=int, default=20_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--peak", action="store_true", help="only measure memory, for the first radius")
    chosen = parser.parse_args()
    radii = chosen.radius or [0.85, 0.93]
    if chosen.peak:
        peak(chosen.size, radii[0])
        return
    report: dict[str, Any] = {"machine": machine()}
    for radius in radii:
        uncertain, wide = problem_of(chosen.size, radius)
        report[f"radius {radius}"] = static(uncertain.system, uncertain.score, chosen.runs) | chance(
            uncertain, wide, chosen.runs
        )
        alone = [sys.executable, __file__, "--peak", "--radius", str(radius), "--size", str(chosen.size)]
        report[f"radius {radius}"]["peak memory of 1,000 samples, alone [MB]"] = float(
            subprocess.run(alone, check=True, capture_output=True, text=True).stdout
        )
    report["portfolio of 100,000 recipes x 20,000 products"] = many(chosen.runs)
    tell(report, chosen.json)


if __name__ == "__main__":
    main()
