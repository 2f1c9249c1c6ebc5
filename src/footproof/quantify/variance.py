"""Which uncertain amounts make a result uncertain, to first order.

With `y` the amounts made for one unit of a product and `x` what each unit carries, the result moves by
`y[j] · inputs[i, j] · x[i]` per unit of factor on that input: two solves give every sensitivity at once. Amounts that
share a random number move together, so their effects add up before they are squared.
"""

import numpy as np
from scipy.sparse import csc_array, eye_array
from scipy.sparse.linalg import splu

from footproof.quantify.distributions import Kind, Spreads
from footproof.quantify.montecarlo import Problem
from footproof.quantify.system import Vector


def variance_by_place(problem: Problem, product: int) -> Vector:
    """Return the part of the variance of one product's result that each random number makes, to first order.

    Args:
        problem: From `montecarlo.prepare`.
        product: Whose result.

    Returns:
        One entry per random number; their sum is the variance to first order. [(kg CO2e / product unit)²]
    """
    size = problem.found.size
    demand = np.zeros(size)
    demand[product] = 1.0
    inputs = problem.found.inputs
    # The transpose is factorised for its sparser factors, and solved for the other side.
    made = splu(csc_array(eye_array(size) - inputs.T)).solve(demand, trans="T")
    user = np.repeat(np.arange(size), np.diff(inputs.indptr))
    effect = made[user] * inputs.data * problem.values[inputs.indices] * deviations(problem.inputs)
    emitted = made[problem.products] * problem.amounts * deviations(problem.emissions)
    total = np.bincount(problem.inputs.place, effect, minlength=problem.places)
    total += np.bincount(problem.emissions.place, emitted, minlength=problem.places)
    return np.asarray(total**2, dtype=np.float64)


def deviations(spreads: Spreads) -> Vector:
    """Return the standard deviation of each factor, that of the logarithm for lognormal ones. [1]"""
    low, high, mode = spreads.low, spreads.high, spreads.mode
    triangular = np.sqrt((low**2 + high**2 + mode**2 - low * high - low * mode - high * mode).clip(min=0) / 18)
    return np.select(
        [spreads.kind == Kind.FIXED, spreads.kind == Kind.TRIANGULAR, spreads.kind == Kind.UNIFORM],
        [np.zeros_like(low), triangular, (high - low) / np.sqrt(12)],
        spreads.width,
    )
