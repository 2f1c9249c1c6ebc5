"""Systems from a seed that look like real background databases, for tests and benchmarks.

Calibrated on published properties of ecoinvent-like matrices: about 12 inputs to a process, a few hundred suppliers
that nearly all use (ranked by Zipf), sectors of some forty processes that use each other, one arc in ten backwards,
and products counted by the piece that are a thousand to ten million times larger than a kilogram.
"""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csc_array, diags_array, eye_array

from footproof.quantify.loops import spectral_radius
from footproof.quantify.system import Index, System, Vector


@dataclass(frozen=True, slots=True)
class Shape:
    """What a random system looks like.

    Args:
        size: Processes.
        inputs: Mean inputs of a process.
        hubs: Suppliers that all may use.
        sector: Processes of a sector.
        backward: Share of arcs that may close a loop. [1]
        radius: Spectral radius of the recipes: how much of what is made comes back. [1]
        pieces: Share of products counted by the piece. [1]
        credits: Share of inputs that are credits. [1]
        outputs: Whether runs make other amounts than one.
        flows: Elementary flows.
        emissions: Mean flows of a process.
    """

    size: int = 20_000
    inputs: int = 12
    hubs: int = 300
    sector: int = 40
    backward: float = 0.1
    radius: float = 0.85
    pieces: float = 0.08
    credits: float = 0.0
    outputs: bool = False
    flows: int = 2_000
    emissions: int = 30


def random_system(shape: Shape, seed: int) -> System:
    """Return a system of a shape; the same seed gives the same system.

    Args:
        shape: What it looks like.
        seed: Key of the random stream.
    """
    draw = np.random.Generator(np.random.Philox(key=seed))
    recipe = _recipes(shape, draw)
    radius = spectral_radius(csc_array(abs(recipe)))
    if radius > 0:
        recipe = csc_array(recipe * (shape.radius / radius))
    scale = _piece_sizes(shape, draw)
    recipe = csc_array(diags_array(1 / scale) @ recipe @ diags_array(scale))
    output = np.exp(draw.normal(0.0, 1.0, shape.size)) if shape.outputs else np.ones(shape.size)
    technosphere = csc_array((eye_array(shape.size) - recipe) @ diags_array(output))
    biosphere = csc_array(_emissions(shape, draw) @ diags_array(scale * output))
    aircraft = draw.random(shape.size) < 0.01
    return System(technosphere, biosphere, {"aircraft": aircraft}, output)


def _recipes(shape: Shape, draw: np.random.Generator) -> csc_array:
    size = shape.size
    user = np.repeat(np.arange(size), draw.poisson(shape.inputs - 1, size))
    supplier = _suppliers(shape, draw, user)
    kept = supplier != user
    user, supplier = user[kept], supplier[kept]
    amount = np.exp(draw.normal(-3.0, 1.0, len(user)))
    amount[draw.random(len(user)) < shape.credits] *= -1
    matrix = csc_array((amount, (supplier, user)), shape=(size, size))
    matrix.sum_duplicates()
    return matrix


def _suppliers(shape: Shape, draw: np.random.Generator, user: Index) -> Index:
    """Half of the inputs come from hubs, the rest from the own sector; all but a few from further up the chain."""
    size, count = shape.size, len(user)
    hubs = min(shape.hubs, size)
    rank = 1.0 / np.arange(1, hubs + 1)
    hub = draw.permutation(size)[:hubs][draw.choice(hubs, count, p=rank / rank.sum())]
    near = np.minimum(user - user % shape.sector + draw.integers(0, shape.sector, count), size - 1)
    common = draw.random(count) < 0.5
    supplier = np.where(common, hub, near)
    # Half of the arcs drawn run against the chain. Nine in ten that may stay so lead to hubs, as in real databases.
    stays = draw.random(count) < shape.backward * np.where(common, 3.6, 0.4)
    upstream = np.maximum(user - 1 - draw.integers(0, shape.sector, count), 0)
    return np.asarray(np.where((supplier > user) & ~stays, upstream, supplier), dtype=np.int64)


def _piece_sizes(shape: Shape, draw: np.random.Generator) -> Vector:
    pieces = draw.random(shape.size) < shape.pieces
    return np.asarray(np.where(pieces, 10 ** draw.uniform(3, 7, shape.size), 1.0), dtype=np.float64)


def _emissions(shape: Shape, draw: np.random.Generator) -> csc_array:
    count = draw.poisson(shape.emissions, shape.size)
    process = np.repeat(np.arange(shape.size), count)
    flow = np.minimum((shape.flows * draw.random(len(process)) ** 1.3).astype(np.int64), shape.flows - 1)
    amount = np.exp(draw.normal(-5.0, 2.0, len(process)))
    matrix = csc_array((amount, (flow, process)), shape=(shape.flows, shape.size))
    matrix.sum_duplicates()
    return matrix
