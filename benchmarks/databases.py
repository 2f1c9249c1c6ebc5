"""Time real databases: import, health, intensities, and the same intensities by bw2calc from the same matrices.

Run as `python benchmarks/databases.py [--runs 5] [--json FILE]`. The databases lie beside the repository; those that do
not are left out. Times are medians, of fewer runs for what takes seconds; every answer is compared.
"""

import argparse
import sys
from datetime import date
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from footproof.background.assemble import assemble, default_settings
from footproof.background.health import examine
from footproof.formats.database import read_database
from footproof.quantify.intensities import Column, solve_columns
from footproof.quantify.solve import Factorisation
from footproof.rules.parameters import shipped
from footproof.server.databases import import_database

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
from background.real import DATA, PATHS
from background.test_real_databases import score_of
from engine import machine, tell, timed
from quantify.bw import package

DAY = date(2026, 1, 1)


def measure(path: Path, runs: int) -> dict[str, float]:
    """Return times of one database, and how many times faster its intensities are than bw2calc's."""
    found: dict[str, float] = {}
    known = shipped().gwp_set("gwp100.ar6", DAY)
    with TemporaryDirectory() as home:
        step = partial(import_database, Path(home), path, "timed", DAY, known, replace=True)
        found["import with health and intensities [s]"], _ = timed(step, max(runs // 2, 3))
    found["reading alone [s]"], source = timed(lambda: read_database(path), max(runs // 2, 3))
    found["linking [s]"], background = timed(lambda: assemble(source, default_settings(source)), runs)
    found["import: read and linked [s]"] = found["reading alone [s]"] + found["linking [s]"]
    found["health [s]"], health = timed(lambda: examine(background), min(runs, 3))
    system, score = background.system, score_of(background)
    columns = (Column("score", "all"),)
    burdens = (system.biosphere.T @ score)[:, None]
    found["products"] = system.size
    found["cold [s]"], cold = timed(lambda: solve_columns(system, columns, burdens, method="iterative"), runs)
    factorised = Factorisation(system.technosphere)
    found["warm [s]"], warm = timed(lambda: factorised.adjoint(system.biosphere.T @ score, estimate=False), 3 * runs)
    import bw2calc

    lca = bw2calc.FastScoresOnlyMultiLCA(
        demands={"first": {0: 1.0}},
        method_config={"impact_categories": [("score",)]},
        data_objs=[package(system, score)],
        direction="adjoint",
    )
    next(lca)
    right = np.vstack(list(lca.precalculated.values())).T
    found["bw2calc adjoint, pardiso [s]"], theirs = timed(lambda: lca.solve_adjoint(right), runs)
    order = [lca.dicts.product[number] for number in range(system.size)]
    sound = np.array([number not in health.unsound for number in range(system.size)])
    size = np.abs(warm.values) + 1e-9 * np.abs(warm.values[sound]).max(initial=0.0)
    for other in (theirs[order, 0], cold.values[:, 0]):
        gap = float((np.abs(other - warm.values) / size)[sound].max(initial=0.0))
        if not gap < 1e-7:
            raise SystemExit(f"{path.name}: answers differ by {gap:.1e}")
    found["times faster, cold"] = found["bw2calc adjoint, pardiso [s]"] / found["cold [s]"]
    found["times faster, warm"] = found["bw2calc adjoint, pardiso [s]"] / found["warm [s]"]
    return found


def main() -> None:
    """Print a table for each database."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--only", action="append", choices=list(PATHS))
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args()
    report: dict[str, Any] = {"machine": machine()}
    for name in chosen.only or PATHS:
        path = DATA / PATHS[name]
        if path.exists():
            report[name] = measure(path, chosen.runs)
    tell(report, chosen.json)


if __name__ == "__main__":
    main()
