"""Where a score comes from: by process, flow and stage, along the supply chain, and as a Sankey diagram.

All follow from one forward solve (how much of each product runs) and the intensities. With `y = demand + inputs @ y`
and `x = burdens + inputs.T @ x`, the burden `inputs[i, j] · y[j] · x[i]` that `i` hands to `j` leaves nothing
over at any node, loops included: what comes in and what is given off there is what goes out and what is delivered.
"""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csc_array

from footproof.quantify.solve import Factorisation
from footproof.quantify.system import Index, Recipes, System, Vector, recipes


@dataclass(frozen=True, slots=True)
class Balance:
    """A demand solved both ways.

    Args:
        found: Recipes of the system.
        demand: What leaves the system. [product unit]
        amounts: How much of each product is made for it. [product unit]
        direct: What making one unit of each product gives off itself. [kg CO2e / product unit]
        values: What one unit of each product carries. [kg CO2e / product unit]
        flows: What each flow counts in all. [kg CO2e]
    """

    found: Recipes
    demand: Vector
    amounts: Vector
    direct: Vector
    values: Vector
    flows: Vector

    @property
    def total(self) -> float:
        """What the demand carries. [kg CO2e]"""
        return float(self.demand @ self.values)

    @property
    def by_product(self) -> Vector:
        """What is given off where each product is made. [kg CO2e]"""
        return self.direct * self.amounts

    @property
    def by_process(self) -> Vector:
        """What each process gives off. [kg CO2e]"""
        result = np.zeros_like(self.amounts)
        result[self.found.maker] = self.by_product
        return result


@dataclass(frozen=True, slots=True)
class Link:
    """A burden that a supplier hands to a user. [kg CO2e]"""

    supplier: int
    user: int
    value: float


@dataclass(frozen=True, slots=True)
class Node:
    """A product in a Sankey diagram.

    What is `through` equals direct + links in + `rest_in`, and links out + `rest_out` + `delivered`. [kg CO2e]
    """

    product: int
    through: float
    direct: float
    delivered: float
    rest_in: float
    rest_out: float


@dataclass(frozen=True, slots=True)
class Sankey:
    """Nodes and links at or above the cut-off; what is below is in the nodes' rests.

    Args:
        cut_off: Share of the total below which a link is not drawn. [1]
    """

    nodes: tuple[Node, ...]
    links: tuple[Link, ...]
    total: float
    cut_off: float


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the supply chain, seen from the demand.

    Args:
        parent: Index of the step that asks for it; −1 for the demand itself.
        product: What is asked for.
        amount: How much. [product unit]
        score: What that carries. [kg CO2e]
        direct: What making it gives off itself. [kg CO2e]
        rest: What its inputs that are not followed carry. [kg CO2e]
    """

    parent: int
    product: int
    amount: float
    score: float
    direct: float
    rest: float


def balance(system: System, demand: Vector, score: Vector) -> Balance:
    """Return a demand solved both ways, for all kinds of contributions.

    Args:
        system: The system.
        demand: What leaves it, one entry per product. [product unit]
        score: What one unit of each flow counts. [kg CO2e / flow unit]

    Raises:
        FootproofError: E-SYSTEM-SINGULAR where there is no unique answer.
    """
    found = recipes(system)
    factorisation = Factorisation(system.technosphere)
    burdens = system.biosphere.T @ score
    runs = factorisation.forward(demand, estimate=False).values
    values = factorisation.adjoint(burdens, estimate=False).values
    amounts = runs[found.maker] * found.output
    flows = score * (system.biosphere @ runs)
    return Balance(found, demand, amounts, found.per_unit(burdens), values, flows)


def by_group(values: Vector, groups: Index, count: int) -> Vector:
    """Return sums by group, such as contributions by stage; they add up to the sum of `values`.

    Args:
        values: One entry per process. [kg CO2e]
        groups: Group of each process.
        count: How many groups there are.
    """
    return np.asarray(np.bincount(groups, values, minlength=count), dtype=np.float64)


def sankey(of: Balance, cut_off: float = 0.01) -> Sankey:
    """Return a diagram of what hands what to whom.

    Args:
        of: A demand solved both ways.
        cut_off: Links below this share of the total are summed into the rests of their nodes. [1]
    """
    flow = csc_array(of.found.inputs, copy=True)
    user = np.repeat(np.arange(of.found.size), np.diff(flow.indptr))
    supplier = flow.indices
    value = flow.data * of.amounts[user] * of.values[supplier]
    limit = cut_off * abs(of.total)
    drawn = np.flatnonzero((np.abs(value) >= limit) & (value != 0))
    through, delivered = of.amounts * of.values, of.demand * of.values
    size = of.found.size
    incoming = np.bincount(user[drawn], value[drawn], minlength=size)
    outgoing = np.bincount(supplier[drawn], value[drawn], minlength=size)
    shown = np.zeros(size, dtype=bool)
    shown[user[drawn]] = shown[supplier[drawn]] = True
    shown |= (np.abs(delivered) >= limit) & (delivered != 0)
    nodes = tuple(
        Node(
            int(i),
            float(through[i]),
            float(of.by_product[i]),
            float(delivered[i]),
            float(through[i] - of.by_product[i] - incoming[i]),
            float(through[i] - delivered[i] - outgoing[i]),
        )
        for i in np.flatnonzero(shown)
    )
    links = tuple(Link(int(supplier[k]), int(user[k]), float(value[k])) for k in drawn)
    return Sankey(nodes, links, of.total, cut_off)


def traverse(of: Balance, product: int, *, cut_off: float = 0.01, most: int = 10_000) -> tuple[Step, ...]:
    """Follow the supply chain of a product, the largest burdens first.

    Each step's score is its direct part, the scores of the steps below it and its `rest`, so nothing is lost to
    the cut-off: it is shown.

    Args:
        of: A demand solved both ways; its demand for `product` is the root.
        product: Where to start.
        cut_off: Share of the root's score below which a branch is not followed. [1]
        most: Steps after which no further branch is opened.
    """
    inputs = of.found.inputs
    root = float(of.demand[product])
    limit = cut_off * abs(root * of.values[product])
    waiting: list[tuple[float, int, int, float]] = [(0.0, -1, product, root)]
    steps: list[Step] = []
    while waiting:
        _, parent, node, amount = heapq.heappop(waiting)
        entries = slice(inputs.indptr[node], inputs.indptr[node + 1])
        suppliers, amounts = inputs.indices[entries], inputs.data[entries] * amount
        scores = amounts * of.values[suppliers]
        room = len(steps) + len(waiting) < most
        followed = (np.abs(scores) >= limit) & (scores != 0) & room
        rest = float(scores[~followed].sum())
        steps.append(Step(parent, node, amount, amount * float(of.values[node]), amount * float(of.direct[node]), rest))
        for supplier, part, score in zip(suppliers[followed], amounts[followed], scores[followed], strict=True):
            heapq.heappush(waiting, (-abs(float(score)), len(steps) - 1, int(supplier), float(part)))
    return tuple(steps)


def largest(values: Vector, count: int) -> Sequence[int]:
    """Return the indices of the largest contributions by magnitude, the largest first."""
    return [int(i) for i in np.argsort(-np.abs(values), kind="stable")[:count]]
