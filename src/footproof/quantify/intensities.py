"""What one unit of each product carries, kept apart by gas, origin and tag, and characterised afterwards.

One factorisation of the transpose serves every column. A set of global warming potentials and a convention for
biogenic carbon are only weights on the columns, so the same intensities answer every rule. A tagged part, such as
emissions of aircraft, is solved with the burdens of all other processes masked: it is *of which*, not beside.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from footproof.errors import FootproofError
from footproof.quantify.iterative import carried
from footproof.quantify.solve import Factorisation, SolverName
from footproof.quantify.system import Recipes, System, Vector, recipes

ITERATIVE_LIMIT = 1e-9
Method = Literal["direct", "iterative"]


@dataclass(frozen=True, slots=True, order=True)
class Column:
    """What one column of intensities counts: a gas from an origin, and only from tagged processes if a tag is named."""

    gas: str
    origin: str
    tag: str = ""


@dataclass(frozen=True, slots=True)
class Intensities:
    """What one unit of each product carries.

    Args:
        columns: What is counted.
        values: Products × columns. [kg gas / product unit]
        forward_error: Estimated or bounded relative error of the worst component. [1]
        solver: What computed it.
        warnings: What a person should know before using it; empty as a rule.
    """

    columns: tuple[Column, ...]
    values: Vector
    forward_error: float
    solver: str
    warnings: tuple[FootproofError, ...] = ()


@dataclass(frozen=True, slots=True)
class Convention:
    """Weights that turn gases into CO2e.

    Args:
        potentials: By gas, or by gas and origin where a gas has more than one. [kg CO2e / kg]
        origins: Weight by origin: 1 where left out. ISO counts biogenic removal −1 through the sign of the flow and
            weight 1; the Environmental Footprint sets biogenic emission and removal of CO2 to 0. [1]
        unweighted_gases: Gases to which `origins` does not apply, such as biogenic CH4 under EF 0/0.
    """

    potentials: Mapping[str | tuple[str, str], float]
    origins: Mapping[str, float] = field(default_factory=dict)
    unweighted_gases: frozenset[str] = frozenset()

    def weight(self, column: Column) -> float:
        """Return what one kilogram of a column counts. [kg CO2e / kg]

        Raises:
            FootproofError: E-GWP-UNKNOWN where the set has no potential for the gas.
        """
        found = self.potentials.get((column.gas, column.origin), self.potentials.get(column.gas))
        if found is None:
            raise FootproofError("E-GWP-UNKNOWN", gas=column.gas, origin=column.origin)
        if column.gas in self.unweighted_gases:
            return found
        return found * self.origins.get(column.origin, 1.0)


def burdens_by_column(
    system: System,
    flows: Sequence[tuple[str, str] | None],
    tags: Sequence[str] = (),
    factors: Vector | None = None,
) -> tuple[tuple[Column, ...], Vector]:
    """Return what each process gives off itself by gas and origin, then the same of tagged processes only.

    Args:
        system: The system.
        flows: Gas and origin of each flow; None where it is no greenhouse gas.
        tags: Tags of the system to show apart.
        factors: Kilograms of its gas in one unit of each flow; one where left out. [kg / flow unit]

    Returns:
        The columns and processes × columns. [kg / run]
    """
    kinds = sorted({kind for kind in flows if kind is not None})
    place = {kind: index for index, kind in enumerate(kinds)}
    chosen = [(place[kind], flow) for flow, kind in enumerate(flows) if kind is not None]
    rows = np.array([row for row, _ in chosen], dtype=np.int64)
    cols = np.array([flow for _, flow in chosen], dtype=np.int64)
    sizes = np.ones(len(flows)) if factors is None else factors
    grouping = csr_array((sizes[cols], (rows, cols)), shape=(len(kinds), len(flows)))
    plain: Vector = (grouping @ system.biosphere).toarray().T
    parts = [plain, *(plain * system.tags[tag][:, None] for tag in tags)]
    columns = tuple(Column(gas, origin, tag) for tag in ("", *tags) for gas, origin in kinds)
    return columns, np.hstack(parts)


def intensities(
    system: System,
    flows: Sequence[tuple[str, str] | None],
    *,
    tags: Sequence[str] = (),
    method: Method = "direct",
    solver: SolverName = "auto",
) -> Intensities:
    """Return what one unit of every product carries, by gas, origin and tag.

    Args:
        system: The system.
        flows: Gas and origin of each flow; None where it is no greenhouse gas.
        tags: Tags to show apart.
        method: "direct" factorises once; "iterative" is faster for few columns and falls back to "direct" where it
            cannot prove an error below 1e-9.
        solver: See `Factorisation`.

    Raises:
        FootproofError: E-SYSTEM-SINGULAR where intensities are not unique.
    """
    columns, burdens = burdens_by_column(system, flows, tags)
    return solve_columns(system, columns, burdens, method=method, solver=solver)


def solve_columns(
    system: System,
    columns: tuple[Column, ...],
    burdens: Vector,
    *,
    method: Method = "direct",
    solver: SolverName = "auto",
    found: Recipes | None = None,
) -> Intensities:
    """Return intensities for burdens that are at hand already.

    Args:
        system: The system.
        columns: What the columns of `burdens` count.
        burdens: Processes × columns. [kg / run]
        method: See `intensities`.
        solver: See `Factorisation`.
        found: The recipes of the system, where the caller has them.
    """
    if method == "iterative":
        made = recipes(system) if found is None else found
        results = [carried(made, made.per_unit(column)) for column in burdens.T]
        error = max((result.error for result in results), default=0.0)
        if error <= ITERATIVE_LIMIT:
            values = np.column_stack([result.values for result in results]) if results else np.zeros((system.size, 0))
            return Intensities(columns, values, error, "bicgstab")
    solution = Factorisation(system.technosphere, solver).adjoint(burdens)
    return Intensities(columns, solution.values, solution.forward_error, solution.solver, solution.warnings)


def characterise(found: Intensities, convention: Convention, *, tag: str = "") -> Vector:
    """Return intensities in CO2e under one set of potentials and one biogenic convention.

    Args:
        found: Intensities by column.
        convention: The weights.
        tag: Only what tagged processes give off; all processes if left out.

    Returns:
        One entry per product. [kg CO2e / product unit]
    """
    weights = np.array([convention.weight(c) if c.tag == tag else 0.0 for c in found.columns])
    return np.asarray(found.values @ weights, dtype=np.float64)


def by_origin(found: Intensities, convention: Convention) -> dict[str, NDArray[np.float64]]:
    """Return intensities in CO2e by origin; the origins sum to `characterise`. [kg CO2e / product unit]"""
    result: dict[str, Vector] = {}
    for index, column in enumerate(found.columns):
        if not column.tag:
            part = found.values[:, index] * convention.weight(column)
            result[column.origin] = result[column.origin] + part if column.origin in result else part
    return result
