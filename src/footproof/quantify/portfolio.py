"""Footprints of a whole portfolio: many sparse recipes times intensities, in one product.

A recipe lists what a unit of a product takes from background products. Once intensities are there, a hundred thousand
recipes cost one sparse multiplication, for one score or for all columns at once.
"""

from collections.abc import Iterable

import numpy as np
from scipy.sparse import csr_array

from footproof.errors import FootproofError
from footproof.quantify.system import Vector


def portfolio(rows: Iterable[tuple[int, int, float]], recipes: int, products: int) -> csr_array:
    """Return recipes as a matrix, recipes × products; amounts named twice add up.

    Args:
        rows: Recipe, product and amount. [product unit]
        recipes: How many recipes there are.
        products: How many products there are.

    Raises:
        FootproofError: E-PORTFOLIO-INDEX where a row names a recipe or product that does not exist.
    """
    table = np.array(list(rows), dtype=np.float64).reshape(-1, 3)
    recipe, product = table[:, 0].astype(np.int64), table[:, 1].astype(np.int64)
    outside = np.flatnonzero((recipe < 0) | (recipe >= recipes) | (product < 0) | (product >= products))
    if len(outside):
        row = int(outside[0])
        raise FootproofError("E-PORTFOLIO-INDEX", row=row, recipe=int(recipe[row]), product=int(product[row]))
    return csr_array((table[:, 2], (recipe, product)), shape=(recipes, products))


def footprints(recipes: csr_array, intensities: Vector, direct: Vector | None = None) -> Vector:
    """Return what a unit of each recipe carries.

    Args:
        recipes: Recipes × products. [product unit / unit]
        intensities: Per product, one column per quantity if there are several. [kg / product unit]
        direct: What a unit of each recipe gives off itself, in the shape of the result. [kg / unit]

    Returns:
        One row per recipe. [kg / unit]
    """
    carried: Vector = np.asarray(recipes @ intensities, dtype=np.float64)
    return carried if direct is None else carried + direct
