"""A product system as two sparse matrices, and the same system as recipes of one unit of each product.

`technosphere[i, j]` is how much of product `i` one run of process `j` makes (+) or uses (-); `biosphere[f, j]` how
much of flow `f` it gives off. Heijungs & Suh (2002), The Computational Structure of LCA, chapter 2.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csc_array, csr_array
from scipy.sparse.csgraph import min_weight_full_bipartite_matching

from footproof.errors import FootproofError, Where

Vector = NDArray[np.float64]
Index = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class System:
    """Processes, what they exchange with each other and with nature.

    Args:
        technosphere: Products × processes, square. [product unit / run]
        biosphere: Flows × processes. [flow unit / run]
        tags: Marked processes by name of the mark, such as "aircraft"; one entry per process.
        production: What one run makes before its own use of it; needed for `self_use` only. [product unit / run]

    Raises:
        FootproofError: E-SYSTEM-SHAPE where the matrices do not fit each other, E-SYSTEM-NUMBER where an entry
            is not finite.
    """

    technosphere: csc_array
    biosphere: csc_array
    tags: Mapping[str, Mask] = field(default_factory=lambda: MappingProxyType({}))
    production: Vector | None = None

    def __post_init__(self) -> None:
        for name in ("technosphere", "biosphere"):
            matrix = csc_array(getattr(self, name), dtype=np.float64, copy=True)
            matrix.sum_duplicates()
            matrix.eliminate_zeros()
            _require_finite(matrix, name)
            object.__setattr__(self, name, matrix)
        products, processes = self.technosphere.shape
        if products != processes or self.biosphere.shape[1] != processes:
            raise FootproofError(
                "E-SYSTEM-SHAPE", products=products, processes=processes, columns=self.biosphere.shape[1]
            )

    @property
    def size(self) -> int:
        """Number of processes, which is the number of products."""
        return int(self.technosphere.shape[1])


@dataclass(frozen=True, slots=True)
class Recipes:
    """The same system per unit of product: column `j` of `inputs` makes one unit of product `j`.

    Args:
        maker: Which process makes each product.
        output: How much of it one run of that process makes, net of own use. [product unit / run]
        inputs: Products × products, without diagonal; negative where something leaves or is credited. [unit / unit]
    """

    maker: Index
    output: Vector
    inputs: csc_array

    @property
    def size(self) -> int:
        """Number of products."""
        return len(self.output)

    @property
    def has_credits(self) -> bool:
        """Whether a recipe holds a negative input: a credit, or a treatment that is paid for in what it takes."""
        return bool((self.inputs.data < 0).any())

    def runs_of(self, amounts: Vector) -> Vector:
        """Return runs by process for amounts by product. [runs]"""
        runs = np.zeros_like(amounts)
        runs[self.maker] = amounts / self.output
        return runs

    def per_unit(self, by_process: Vector) -> Vector:
        """Return what is stated per run of a process per unit of the product it makes. [x / product unit]"""
        return np.asarray(by_process[self.maker] / self.output, dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Reordered:
    """Recipes with their products in another order; row `p` is the recipe of the product at position `p`.

    Args:
        order: Product at each position.
        position: Position of each product.
        starts: First entry of each position.
        suppliers: Position of the supplier of each entry.
        source: Index of each entry in `Recipes.inputs.data`.
    """

    order: Index
    position: NDArray[np.int32]
    starts: NDArray[np.int32]
    suppliers: NDArray[np.int32]
    source: Index

    def matrix(self, data: Vector) -> csr_array:
        """Return the transposed recipes in this order, from the data of `Recipes.inputs`."""
        size = len(self.order)
        return csr_array((data[self.source], self.suppliers, self.starts), shape=(size, size))


def reordered(found: Recipes, order: Index) -> Reordered:
    """Return the pattern of recipes in an order."""
    position = np.empty(found.size, dtype=np.int32)
    position[order] = np.arange(found.size)
    lengths = np.diff(found.inputs.indptr)[order]
    starts = np.concatenate(([0], np.cumsum(lengths)))
    source = np.repeat(found.inputs.indptr[order] - starts[:-1], lengths) + np.arange(starts[-1])
    suppliers = position[found.inputs.indices[source]]
    return Reordered(order, position, starts.astype(np.int32), suppliers, source)


def by_length(found: Recipes) -> Reordered:
    """Return recipes of as many inputs side by side: a processor then foresees where each ends, twice as fast."""
    lengths = np.diff(found.inputs.indptr)
    small = lengths.max(initial=0) < np.iinfo(np.int16).max  # Short integers are sorted by counting.
    return reordered(found, np.argsort(lengths.astype(np.int16) if small else lengths, kind="stable"))


def recipes(system: System) -> Recipes:
    """Return the recipe of one unit of each product.

    Args:
        system: Its products need not stand in the order of the processes that make them.

    Raises:
        FootproofError: E-SYSTEM-SINGULAR where some products cannot each have a process of their own.
    """
    matrix = system.technosphere
    output = matrix.diagonal()
    maker = np.arange(system.size, dtype=np.int64)
    if not output.all():
        maker = makers(matrix)
        matrix = csc_array(matrix[:, maker])
        output = matrix.diagonal()
    matrix.sort_indices()
    lengths = np.diff(matrix.indptr)
    columns = np.repeat(np.arange(system.size, dtype=matrix.indices.dtype), lengths)
    off = np.flatnonzero(matrix.indices != columns)
    data = matrix.data.take(off)
    data /= np.repeat(-output, lengths - 1)  # Every column holds its diagonal once.
    starts = matrix.indptr - np.arange(system.size + 1)
    inputs = csc_array((data, matrix.indices.take(off), starts.astype(np.int32)), shape=matrix.shape)
    return Recipes(maker, output, inputs)


def makers(technosphere: csc_array) -> Index:
    """Return which process makes each product: its own where the diagonal is full, else the best matching.

    The matching takes the largest product of shares (Duff & Koster 2001), so that a solver has firm pivots.

    Raises:
        FootproofError: E-SYSTEM-SINGULAR where there is no such matching.
    """
    size = technosphere.shape[0]
    if technosphere.diagonal().all():
        return np.arange(size, dtype=np.int64)
    entries = coo_array(technosphere)
    largest = np.zeros(size)
    np.maximum.at(largest, entries.col, np.abs(entries.data))
    positive = np.where(entries.data > 0, 0.0, 4.0)  # A maker makes: negative output only where nothing else fits.
    weights = 1.0 + positive + np.log(largest[entries.col] / np.abs(entries.data))
    graph = csr_array((weights, (entries.row, entries.col)), shape=technosphere.shape)
    try:
        row, column = min_weight_full_bipartite_matching(graph)
    except ValueError:
        raise FootproofError("E-SYSTEM-SINGULAR", size=size) from None
    found = np.empty(size, dtype=np.int64)
    found[row] = column
    return found


def _require_finite(matrix: csc_array, name: str) -> None:
    bad = np.flatnonzero(~np.isfinite(matrix.data))
    if len(bad):
        column = int(np.searchsorted(matrix.indptr, bad[0], side="right")) - 1
        raise FootproofError("E-SYSTEM-NUMBER", Where(name, field=f"column {column}"), found=float(matrix.data[bad[0]]))
