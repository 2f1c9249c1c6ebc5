"""From a database as read to everything that is kept of it: system, health, intensities, unlinked inputs."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from footproof.background.assemble import assemble
from footproof.background.burdens import Burdens, burdens, elementary, weights
from footproof.background.gaps import Hidden, hidden
from footproof.background.gases import GasFlow, GasTable
from footproof.background.health import Health, examine
from footproof.background.linked import Background
from footproof.errors import FootproofError
from footproof.model.dataset import DataSource
from footproof.model.linking import Settings
from footproof.model.parameter import GwpSet
from footproof.quantify.intensities import Intensities
from footproof.quantify.solve import Factorisation, SolverName
from footproof.quantify.system import Vector


@dataclass(frozen=True, slots=True)
class Prepared:
    """What is kept of a database.

    Args:
        background: The system.
        recognised: Greenhouse gases by flow id.
        burdens: What activities give off themselves.
        health: What is wrong with it.
        intensities: What a unit of each product carries; None where the system has no solution.
        hidden: Unlinked inputs, the heaviest first.
        problem: Why there is no solution, or what a person should know of its accuracy.
    """

    background: Background
    recognised: Mapping[str, GasFlow]
    burdens: Burdens
    health: Health
    intensities: Intensities | None
    hidden: tuple[Hidden, ...]
    problem: FootproofError | None


def prepare(
    source: DataSource, settings: Settings, gases: GasTable, known: GwpSet, *, solver: SolverName = "auto"
) -> Prepared:
    """Return the system of a database, examined and solved.

    Args:
        source: The database as read.
        settings: Choices.
        gases: Which flows are greenhouse gases.
        known: A GWP set, as the measure of what unlinked inputs may hide.
        solver: See `Factorisation`.

    Raises:
        FootproofError: E-LINK-*, E-ALLOCATION where a choice cannot be applied.
    """
    background = assemble(source, settings)
    flows = elementary(background)
    recognised = {flow.id: found for flow in flows if (found := gases.recognise(flow)) is not None}
    direct = burdens(background, recognised)
    health = examine(background, gases.suspects(flows))
    try:
        factorised = Factorisation(background.system.technosphere, solver)
        intensities, problem = _solved(factorised, direct)
        values = score(intensities, known)
        gaps = hidden(background, values, factorised if problem is None else None)
    except FootproofError as failed:
        if failed.code != "E-SYSTEM-SINGULAR":
            raise
        nothing = np.zeros(background.system.size)
        intensities, problem, gaps = None, failed, hidden(background, nothing)
    return Prepared(background, recognised, direct, health, intensities, gaps, problem)


def score(found: Intensities, known: GwpSet) -> Vector:
    """Return what a unit of each product counts, biogenic carbon −1/+1. [kg CO2e / product unit]"""
    by_column = np.array([float(weight) for weight in weights(found.columns, known, biogenic="iso")])
    return np.asarray(found.values @ by_column, dtype=np.float64)


def _solved(factorised: Factorisation, direct: Burdens) -> tuple[Intensities, FootproofError | None]:
    solution = factorised.adjoint(direct.values)
    found = Intensities(direct.columns, solution.values, solution.forward_error, solution.solver, solution.warnings)
    return found, solution.warnings[0] if solution.warnings else None
