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
class Counted:
    """A database as a system, with what its activities give off.

    Args:
        background: The system.
        recognised: Greenhouse gases by flow id.
        burdens: What activities give off themselves.
    """

    background: Background
    recognised: Mapping[str, GasFlow]
    burdens: Burdens


@dataclass(frozen=True, slots=True)
class Prepared(Counted):
    """What is kept of a database.

    Args:
        health: What is wrong with it.
        intensities: What a unit of each product carries; None where the system has no solution.
        hidden: Unlinked inputs, the heaviest first.
        problem: Why there is no solution, or what a person should know of its accuracy.
    """

    health: Health
    intensities: Intensities | None
    hidden: tuple[Hidden, ...]
    problem: FootproofError | None


def count(source: DataSource, settings: Settings, gases: GasTable) -> Counted:
    """Return the system of a database and what its activities give off, neither examined nor solved.

    Args:
        source: The database as read.
        settings: Choices.
        gases: Which flows are greenhouse gases.

    Raises:
        FootproofError: E-LINK-*, E-ALLOCATION where a choice cannot be applied.
    """
    background = assemble(source, settings)
    recognised = {flow.id: found for flow in elementary(background) if (found := gases.recognise(flow)) is not None}
    return Counted(background, recognised, burdens(background, recognised))


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
    counted = count(source, settings, gases)
    background, direct = counted.background, counted.burdens
    health = examine(background, gases.suspects(elementary(background)))
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
    return Prepared(background, counted.recognised, direct, health, intensities, gaps, problem)


def score(found: Intensities, known: GwpSet) -> Vector:
    """Return what a unit of each product counts, biogenic carbon −1/+1. [kg CO2e / product unit]"""
    by_column = np.array([float(weight) for weight in weights(found.columns, known, biogenic="iso")])
    return np.asarray(found.values @ by_column, dtype=np.float64)


def _solved(factorised: Factorisation, direct: Burdens) -> tuple[Intensities, FootproofError | None]:
    solution = factorised.adjoint(direct.values)
    found = Intensities(direct.columns, solution.values, solution.forward_error, solution.solver, solution.warnings)
    return found, solution.warnings[0] if solution.warnings else None
