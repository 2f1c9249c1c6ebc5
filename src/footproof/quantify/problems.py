"""What Monte Carlo needs of an uncertain system: nominal recipes and burdens per unit, and how each is spread.

Only entries that count for the score are kept, so that a sample draws nothing in vain.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array, csr_array, eye_array
from scipy.sparse.linalg import splu

from footproof.errors import FootproofError
from footproof.quantify.distributions import Kind, Spreads
from footproof.quantify.iterative import bicgstab
from footproof.quantify.system import Recipes, System, Vector, recipes


@dataclass(frozen=True, slots=True)
class Uncertain:
    """A system with a score and the spread of everything that counts for it.

    Args:
        system: Its entries are the nominal ones: medians of lognormal spreads.
        score: What one unit of each flow counts. [kg CO2e / flow unit]
        inputs: Spreads of `system.technosphere.data`; outputs on the diagonal stay fixed.
        emissions: Spreads of `system.biosphere.data`.

    Raises:
        FootproofError: E-DISTRIBUTION-PLACE where an output is spread, or the spreads are not as many as the entries.
    """

    system: System
    score: Vector
    inputs: Spreads
    emissions: Spreads

    def __post_init__(self) -> None:
        wanted = (self.system.technosphere.nnz, self.system.biosphere.nnz)
        got = (len(self.inputs.kind), len(self.emissions.kind))
        if wanted != got:
            raise FootproofError("E-DISTRIBUTION-PLACE", wanted=wanted, got=got)


@dataclass(frozen=True, slots=True)
class Problem:
    """What a sample needs: nominal recipes and burdens per unit, entry by entry, with their spreads.

    Args:
        found: Recipes of the system.
        inputs: Spreads of `found.inputs.data`.
        amounts: What each counted emission brings per unit of product. [kg CO2e / product unit]
        products: Which product it belongs to, ascending.
        emissions: Spreads of `amounts`.
        values: What a unit of each product carries, nominally. [kg CO2e / product unit]
        floor: Smallest magnitude that an error is measured against; zero without credits. [kg CO2e / product unit]
    """

    found: Recipes
    inputs: Spreads
    amounts: Vector
    products: NDArray[np.int64]
    emissions: Spreads
    values: Vector
    floor: Vector

    @property
    def places(self) -> int:
        """How many random numbers a sample needs."""
        return max(self.inputs.places, self.emissions.places)


@dataclass(frozen=True, slots=True)
class Batch:
    """Some consecutive samples.

    Args:
        first: Number of the first sample.
        values: Samples × products. [kg CO2e / product unit]
        direct: How many had to be solved directly.
        sweeps: How many sweeps settled them; zero where there are none.
    """

    first: int
    values: Vector
    direct: int
    sweeps: int = 0


def prepare(uncertain: Uncertain) -> Problem:
    """Return what sampling needs, with everything that does not count for the score left out.

    Raises:
        FootproofError: E-SYSTEM-SINGULAR where the nominal system has no answer, E-DISTRIBUTION-PLACE where an
            output is spread.
    """
    system = uncertain.system
    found = recipes(system)
    inputs = _of_recipes(uncertain, found)
    product = np.argsort(found.maker)
    process = np.repeat(np.arange(system.size), np.diff(system.biosphere.indptr))
    weight = uncertain.score[system.biosphere.indices] * system.biosphere.data
    counted = np.flatnonzero(weight)
    counted = counted[np.argsort(product[process[counted]], kind="stable")]
    products = product[process[counted]]
    amounts = weight[counted] / found.output[products]
    burdens = summed(products, amounts, system.size)
    values = solved_directly(found.inputs, burdens)
    floor = np.zeros(system.size)
    if found.has_credits or (amounts < 0).any():
        gross = summed(products, np.abs(amounts), system.size)
        floor, _ = bicgstab(csr_array(abs(found.inputs).T), gross, tolerance=1e-3)
        floor = np.maximum(np.abs(floor), np.abs(values))
    return Problem(found, inputs, amounts, products, part(uncertain.emissions, counted), values, floor)


def part(spreads: Spreads, chosen: NDArray[np.int64]) -> Spreads:
    """Return the spreads of some entries, in their order."""
    return Spreads(
        spreads.kind[chosen],
        spreads.width[chosen],
        spreads.low[chosen],
        spreads.high[chosen],
        spreads.mode[chosen],
        spreads.place[chosen],
    )


def _of_recipes(uncertain: Uncertain, found: Recipes) -> Spreads:
    """Return the spreads in the order of `found.inputs.data`."""
    matrix = uncertain.system.technosphere
    entry = csc_array((np.arange(1, matrix.nnz + 1, dtype=np.float64), matrix.indices, matrix.indptr), matrix.shape)
    entry = csc_array(entry[:, found.maker])
    entry.sort_indices()
    column = np.repeat(np.arange(found.size), np.diff(entry.indptr))
    source = entry.data.astype(np.int64) - 1
    own = entry.indices == column
    if (uncertain.inputs.kind[source[own]] != Kind.FIXED).any():
        raise FootproofError("E-DISTRIBUTION-PLACE", wanted="fixed outputs", got="a spread on an output")
    return part(uncertain.inputs, source[~own])


def summed(products: NDArray[np.int64], amounts: Vector, size: int) -> Vector:
    """Return the sum of amounts by product."""
    return np.asarray(np.bincount(products, amounts, minlength=size), dtype=np.float64)


def solved_directly(inputs: csc_array, burdens: Vector) -> Vector:
    """Return what a unit of each product carries, by factorising once and refining once.

    Raises:
        FootproofError: E-SYSTEM-SINGULAR where there is no answer.
    """
    try:
        factorised = splu(csc_array(eye_array(inputs.shape[0]) - inputs.T))
    except RuntimeError:
        raise FootproofError("E-SYSTEM-SINGULAR", size=inputs.shape[0]) from None
    values = factorised.solve(burdens)
    values = values + factorised.solve(burdens - values + inputs.T @ values)
    return np.asarray(values, dtype=np.float64)
