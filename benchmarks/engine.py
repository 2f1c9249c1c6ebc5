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
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from footproof.quantify.distributions import Spreads, lognormal
from footproof.quantify.intensities import Column, solve_columns
from footproof.quantify.montecarlo import Problem, Uncertain, has_numba, prepare, samples, simulate
from footproof.quantify.random_systems import Shape, random_system
from footproof.quantify.solve import Factorisation, has_pardiso
from footproof.quantify.sweeping import sweep_plan
from footproof.quantify.system import System, Vector

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
from quantify.bw import package

COUNTED = 103
LIMIT = 1e-8


def timed(step: Callable[[], Any], runs: int) -> tuple[float, Any]:
    """Return the median time of a step and its last answer. [s]"""
    times, answer = [], None
    for _ in range(runs):
        start = time.perf_counter()
        answer = step()
        times.append(time.perf_counter() - start)
    return statistics.median(times), answer


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
    found: dict[str, float] = {}
    burdens = system.biosphere.T @ score
    columns = (Column("score", "all"),)
    found["cold, iterative [s]"], cold = timed(
        lambda: solve_columns(system, columns, (system.biosphere.T @ score)[:, None], method="iterative"), runs
    )
    if cold.solver != "bicgstab":
        raise SystemExit("the iterative path fell back to a direct solve")
    found["cold, SuperLU [s]"], factorised = timed(lambda: Factorisation(system.technosphere), min(runs, 3))
    found["warm, SuperLU [s]"], warm = timed(
        lambda: factorised.adjoint(system.biosphere.T @ score, estimate=False), 3 * runs
    )
    scale = np.abs(warm.values).max() * 1e-12 + np.abs(warm.values)
    found["cold error"] = float((np.abs(cold.values[:, 0] - warm.values) / scale).max())
    if found["cold error"] > LIMIT or not np.isfinite(burdens).all():
        raise SystemExit(f"cold and warm differ by {found['cold error']:.1e}")
    import bw2calc

    demands = {"first": {0: 1.0}}
    method = {"impact_categories": [("score",)]}
    if has_pardiso():
        lca = bw2calc.FastScoresOnlyMultiLCA(
            demands=demands, method_config=method, data_objs=[package(system, score)], direction="adjoint"
        )
        next(lca)
        right = np.vstack(list(lca.precalculated.values())).T
        found["bw2calc adjoint, pardiso [s]"], theirs = timed(lambda: lca.solve_adjoint(right), runs)
        order = [lca.dicts.product[i] for i in range(system.size)]
        compare(theirs[order, 0], warm.values)
        best = found["bw2calc adjoint, pardiso [s]"]
        found["times faster, cold"] = best / found["cold, iterative [s]"]
        found["times faster, warm"] = best / found["warm, SuperLU [s]"]
    return found


def compare(theirs: Vector, ours: Vector) -> None:
    """Stop where the two engines do not agree."""
    gap = float((np.abs(theirs - ours) / (np.abs(ours) + 1e-12 * np.abs(ours).max())).max())
    if not gap < LIMIT:
        raise SystemExit(f"bw2calc and footproof differ by {gap:.1e}")


def rate(problem: Problem, count: int, engine: Any, workers: int, runs: int) -> tuple[float, int]:
    """Return samples per second and how many were solved directly."""
    direct = 0

    def step() -> None:
        nonlocal direct
        direct = sum(batch.direct for batch in samples(problem, count, seed=1, engine=engine, workers=workers))

    step()  # Compile, and plan the order: told apart below.
    plan = timed(lambda: sweep_plan(problem.found, problem.values), 1)[0] if engine == "numba" else 0.0
    spent, _ = timed(step, runs)
    return count / (spent - plan), direct


def advance(lca: Any, count: int) -> None:
    """Draw and solve some samples."""
    for _ in range(count):
        next(lca)


def chance(uncertain: Uncertain, wide: Spreads, runs: int) -> dict[str, float]:
    """Time Monte Carlo against bw2calc's classes for one product."""
    found: dict[str, float] = {}
    found["prepare [s]"], problem = timed(lambda: prepare(uncertain), 1)
    workers = os.cpu_count() or 1
    found["scipy [samples/s]"], found["scipy direct"] = rate(problem, 16 * workers, "scipy", workers, runs)
    if has_numba():
        found["plan [s]"], plan = timed(lambda: sweep_plan(problem.found, problem.values), 1)
        found["feedback variables"] = len(plan.back)
        found["numba, 1 thread [samples/s]"], _ = rate(problem, 400, "numba", 1, runs)
        found["numba [samples/s]"], found["numba direct"] = rate(problem, 800, "numba", workers, runs)
        found["gigabytes/s of patterns and state"] = found["numba [samples/s]"] * _touched(problem) / 1e9
    found["read bandwidth [GB/s]"] = _bandwidth(workers)
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
        spent, _ = timed(partial(advance, lca, count), max(runs // 2, 2))
        found[f"bw2calc {name} [samples/s]"] = count / spent
    best = max(value for name, value in found.items() if name.startswith("bw2calc"))
    found["times faster, scipy"] = found["scipy [samples/s]"] / best
    if has_numba():
        found["times faster, numba"] = found["numba [samples/s]"] / best
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        spent, _ = timed(lambda: simulate(problem, 1000, seed=1, workers=workers), 1)
        found["1,000 samples with percentiles [s]"] = spent
        found["peak memory of the whole run [MB]"] = (
            max(before, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss) / 1e3
        )
    return found


def _touched(problem: Problem) -> float:
    """Return bytes a sample reads at least: some 18 sweeps over an eighth of the indices, its values and its state."""
    inputs = int(problem.found.inputs.nnz)
    return 18 * inputs * (4 / 8 + 4) + 12 * (inputs + len(problem.amounts))


def _bandwidth(workers: int) -> float:
    """Return how fast threads read arrays beyond the second-level cache. [GB/s]"""
    blocks = [np.ones(4_000_000) for _ in range(workers)]
    with ThreadPoolExecutor(workers) as pool:
        spent, _ = timed(lambda: list(pool.map(np.max, blocks)), 9)
    return float(workers * 32e6 / spent / 1e9)


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


def main() -> None:
    """Print a table for each radius."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--radius", type=float, action="append")
    parser.add_argument("--size", type=int, default=20_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args()
    report: dict[str, Any] = {"machine": machine()}
    for radius in chosen.radius or [0.85, 0.93]:
        uncertain, wide = problem_of(chosen.size, radius)
        report[f"radius {radius}"] = static(uncertain.system, uncertain.score, chosen.runs) | chance(
            uncertain, wide, chosen.runs
        )
    for title, figures in report.items():
        print(f"\n{title}")
        for name, value in figures.items():
            print(f"  {name:<42} {value if isinstance(value, str) else f'{value:,.4g}'}")
    if chosen.json:
        chosen.json.write_text(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
