"""Real databases: every process is accounted for, and figures are those of an engine that shares no code.

bw2calc 3.1 (a test extra) solves the same matrices. Agreement is measured against the sum of the magnitudes that make
a figure, outside of what the health report flags.
"""

from datetime import date

import numpy as np
import pytest

from background.real import PATHS, background_of
from footproof.background.burdens import burdens, elementary, weights
from footproof.background.gases import shipped_gases
from footproof.background.health import examine
from footproof.background.linked import Background
from footproof.quantify.intensities import solve_columns
from footproof.quantify.solve import Factorisation
from footproof.quantify.system import System, Vector
from footproof.rules.parameters import shipped
from quantify.bw import package

AR6 = shipped().gwp_set("gwp100.ar6", date(2026, 1, 1))
LOST = ("F-LINK-EMPTY", "F-LINK-NO-PRODUCT", "F-LINK-NO-REFERENCE", "F-LINK-REFERENCE-ZERO")


def score_of(background: Background) -> Vector:
    """Return what a unit of each elementary flow counts. [kg CO2e / unit]"""
    table = shipped_gases()
    known = {flow.id: found for flow in elementary(background) if (found := table.recognise(flow))}
    direct = burdens(background, known)
    by_column = [float(weight) for weight in weights(direct.columns, AR6, biogenic="iso")]
    place = {(column.gas, column.origin): number for number, column in enumerate(direct.columns) if not column.tag}
    return np.array(
        [
            known[flow].factor * by_column[place[known[flow].gas, known[flow].origin]] if flow in known else 0.0
            for flow in background.flows
        ]
    )


@pytest.mark.parametrize("name", PATHS)
def test_every_dataset_is_in_the_system_or_said_to_be_left_out(name: str) -> None:
    background = background_of(name)
    inside = {activity.dataset for activity in background.activities}
    said = {finding.place for finding in background.findings if finding.code in LOST}
    assert inside | said == set(background.source.datasets)
    assert not inside & said


@pytest.mark.parametrize("name", PATHS)
def test_every_input_is_linked_to_a_maker_or_listed_as_missing(name: str) -> None:
    background = background_of(name)
    gaps = {(gap.activity, gap.flow) for gap in background.gaps}
    makers: dict[str, set[int]] = {}
    for number, activity in enumerate(background.activities):
        makers.setdefault(activity.flow, set()).add(number)
    matrix, flows, checked = background.system.technosphere, background.source.flows, 0
    for number, activity in enumerate(background.activities):
        taken = set(matrix.indices[matrix.indptr[number] : matrix.indptr[number + 1]].tolist())
        for exchange in background.source.datasets[activity.dataset].exchanges:
            used = exchange.input and not exchange.reference and flows[exchange.flow].kind == "product"
            if used and exchange.amount and (number, exchange.flow) not in gaps and not exchange.provider:
                # Where nobody makes the very flow, a namesake is in its place.
                assert taken & makers.get(exchange.flow, taken), (activity.id, exchange.flow)
                checked += 1
    assert checked or name == "premise"


@pytest.mark.parametrize("name", PATHS)
def test_intensities_equal_those_of_bw2calc(name: str) -> None:
    bw2calc = pytest.importorskip("bw2calc", reason="bw2calc, a test extra, is not installed")
    background = background_of(name)
    health = examine(background)
    sound = np.array([number not in health.unsound for number in range(background.system.size)])
    score = score_of(background)
    gross = Factorisation(background.system.technosphere)
    ours = gross.adjoint(background.system.biosphere.T @ score, estimate=False).values
    chosen = np.random.Generator(np.random.Philox(key=5)).permutation(np.flatnonzero(sound))[:40]
    demand = {f"d{number}": {int(number): 1.0} for number in chosen}
    lca = bw2calc.MultiLCA(
        demands=demand,
        method_config={"impact_categories": [("score",)]},
        data_objs=[package(background.system, score)],
    )
    lca.lci()
    lca.lcia()
    for key, inventory in lca.inventories.items():
        number = int(str(key[-1] if isinstance(key, tuple) else key)[1:])
        characterised = lca.characterization_matrices[("score",)] @ inventory
        theirs, size = float(characterised.sum()), float(abs(characterised).sum())
        assert abs(ours[number] - theirs) <= 1e-9 * size + 1e-300, background.activities[number].id


@pytest.mark.parametrize("name", PATHS)
def test_a_second_solver_agrees(name: str) -> None:
    pytest.importorskip("pypardiso", reason="pypardiso, an extra, is not installed")
    background = background_of(name)
    unsound = examine(background).unsound
    sound = [number for number in range(background.system.size) if number not in unsound]
    direct = background.system.biosphere.T @ score_of(background)
    system: System = background.system
    first, second = (
        solve_columns(system, (), direct[:, None], solver=s).values[sound, 0] for s in ("superlu", "pardiso")
    )
    size = np.abs(first) + 1e-9 * np.abs(first).max(initial=0.0)
    assert (np.abs(first - second) <= 1e-9 * size).all()
