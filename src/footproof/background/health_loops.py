"""Loops of a system judged gross: which use up what they make, which have no inverse, and what to leave out.

A column is divided by what a run makes *before* its own use, so that own use counts as a loop of one product. Entries
are taken by magnitude, as waste treatment may be written with negative production. A loop whose gain by magnitude is
below one has an inverse and a positive answer (Berman & Plemmons 1994, Nonnegative Matrices, chapter 6); only
the others are looked at more closely.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csc_array, csr_array, diags_array

from footproof.quantify.loops import Loop, loops
from footproof.quantify.system import Index, Mask, Recipes, System, Vector

LIMIT = 1.0 - 1e-9
SINGULAR = 1e-12
DENSE = 1500
PART = 0.01
TRIED = 12
STEPS = 500
FEW = 50


@dataclass(frozen=True, slots=True)
class Judged:
    """A loop that was looked at more closely because its gain by magnitude is one or more.

    Args:
        loop: The loop; one product that feeds itself is a loop too.
        grows: Whether it uses up what it makes. Where credits turn the sign of part of it, it may not.
        singular: Whether its balance has no inverse, to rounding.
    """

    loop: Loop
    grows: bool
    singular: bool

    @property
    def bad(self) -> bool:
        """Whether figures that rest on it mean nothing."""
        return self.grows or self.singular


@dataclass(frozen=True, slots=True)
class Cut:
    """An activity to leave out, and why.

    Args:
        activity: Its number.
        rule: "itself", "reference", "own", "suffices" or "link"; see `cuts`.
        gain: Gain of the loop it was found in. [1]
    """

    activity: int
    rule: str
    gain: float


def gross_recipes(system: System) -> csc_array:
    """Return what one unit of each product takes of each product, its own included.

    Signs of production are taken out of rows and columns: what is negative is a credit. A column that makes nothing
    is empty; see `idle`.

    Returns:
        Products × products. [unit / unit]
    """
    production = _production(system)
    made = np.where(production == 0, 1.0, production)
    inputs = csc_array(diags_array(production) - system.technosphere)
    sign = diags_array(np.sign(made))
    scaled = csc_array(sign @ inputs @ diags_array(np.where(production == 0, 0.0, 1 / np.abs(made))))
    scaled.eliminate_zeros()
    return scaled


def idle(system: System) -> Index:
    """Return the activities that make nothing, so that the system cannot be solved."""
    return np.flatnonzero(_production(system) == 0).astype(np.int64)


def judge(recipes: csc_array) -> tuple[Judged, ...]:
    """Return the loops whose gain by magnitude is one or more, the strongest first.

    Args:
        recipes: From `gross_recipes`, or a part of it.
    """
    own = np.abs(recipes.diagonal())
    # What feeds itself and is in no loop besides is not among the components of two or more.
    found = {loop.products: loop for loop in loops(_as_recipes(recipes)) if loop.gain >= LIMIT}
    inside = {member for loop in found.values() for member in loop.products}
    alone = [int(each) for each in np.flatnonzero(own >= LIMIT) if int(each) not in inside]
    every = [*found.values(), *(Loop((each,), float(own[each]), (each, each)) for each in alone)]
    every.sort(key=lambda loop: (-loop.gain, loop.products))
    return tuple(_judged(loop, recipes) for loop in every)


def reaching(system: System, start: Iterable[int]) -> Mask:
    """Return which activities are in `start` or have one of them in their supply chain.

    Args:
        system: Credits and treatments count as supply.
        start: Numbers of activities.
    """
    users = csr_array(system.technosphere)
    reached = np.zeros(system.size, dtype=np.bool_)
    front = np.unique(np.fromiter(start, dtype=np.int64))
    while len(front):
        reached[front] = True
        nearby = np.unique(users[front].indices)
        front = nearby[~reached[nearby]]
    return reached


def cuts(
    recipes: csc_array, wrong: Mapping[int, float], eaters: Collection[int], dataset: Sequence[str]
) -> tuple[Cut, ...]:
    """Return which activities to leave out until no loop is bad.

    In every bad loop, the first rule that names somebody holds, and the rest is judged again:

    1. "itself": those whose link to themselves is all they make or more;
    2. "reference": of those that carry at least a hundredth of the loop, the one whose reference matches its inputs
       worst;
    3. "own": of the same, all that take as much of their own product as they make, whoever supplies it: without the
       others, each would feed itself;
    4. "suffices": of the twelve that carry most of the loop, one without which its gain falls below one; the one that
       the fewest use directly, so that the least is lost;
    5. "link": the user of the strongest link.

    Args:
        recipes: From `gross_recipes`.
        wrong: Activities whose reference does not match their inputs, and by how much.
        eaters: Activities that take as much of their own product as they make.
        dataset: Which dataset each activity belongs to: the whole dataset is left out.
    """
    kept = np.arange(recipes.shape[0])
    names = np.array(dataset, dtype=np.str_)
    found: list[Cut] = []
    while bad := [each for each in judge(_part(recipes, kept)) if each.bad]:
        picked = [cut for each in bad for cut in _picked(each.loop, kept, recipes, wrong, eaters)]
        found += picked
        gone = {dataset[cut.activity] for cut in picked}
        kept = kept[~np.isin(names[kept], list(gone))]
    return tuple(found)


def _production(system: System) -> Vector:
    production = system.technosphere.diagonal() if system.production is None else system.production
    return np.asarray(production, dtype=np.float64)


def _as_recipes(recipes: csc_array) -> Recipes:
    size = recipes.shape[0]
    return Recipes(np.arange(size, dtype=np.int64), np.ones(size), recipes)


def _part(recipes: csc_array, members: Sequence[int] | Index) -> csc_array:
    return csc_array(recipes[:, list(members)][list(members)])


# ---- how bad a loop is


def _judged(loop: Loop, recipes: csc_array) -> Judged:
    block = _part(recipes, loop.products)
    if len(loop.products) > DENSE:
        return Judged(loop, grows=True, singular=False)
    signed = block.toarray()
    return Judged(loop, _grows(signed), _is_singular(signed))


def _grows(signed: Vector) -> bool:
    """Return whether a real eigenvalue is one or more: what is fed back then leaves nothing for others."""
    if (signed >= 0).all():
        return True
    # The determinant falls from one at no feedback; below zero at full feedback, a real eigenvalue lies above one.
    if np.linalg.slogdet(np.eye(len(signed)) - signed)[0] < 0:
        return True
    values = np.linalg.eigvals(signed)
    real = np.abs(values.imag) <= 1e-9 * (1 + np.abs(values.real))
    return bool((values.real[real] >= LIMIT).any())


def _is_singular(signed: Vector) -> bool:
    """Return whether a relative change of its entries as small as rounding takes the inverse away.

    The smallest such change is about 1 / ρ(|A⁻¹| |A|), whatever the units of rows and columns (Demmel 1992, The
    Componentwise Distance to the Nearest Singular Matrix).
    """
    levels = _levels(csr_array(np.abs(signed)))
    balanced = np.eye(len(signed)) - signed * (levels[None, :] / levels[:, None])
    try:
        inverse = np.linalg.inv(balanced)
    except np.linalg.LinAlgError:
        return True
    vector = np.ones(len(signed))
    root = 0.0
    for _ in range(FEW):
        image = np.abs(inverse) @ (np.abs(balanced) @ vector)
        root = float(image.max())
        if not np.isfinite(root):
            return True
        vector = np.maximum(image / root, 1e-100)
    return root * SINGULAR >= 1


def _levels(inside: csr_array) -> Vector:
    """Return how much of each product a loop makes at balance (the Perron vector, roughly). [1]"""
    vector = np.ones(inside.shape[0])
    for _ in range(STEPS):
        image = inside @ vector
        root = float(image @ vector / (vector @ vector))
        following = image + 0.5 * root * vector
        following = np.maximum(following / max(following.max(), 1e-300), 1e-100)
        if np.abs(following - vector).max() < 1e-9:
            break
        vector = following
    return np.asarray(vector, dtype=np.float64)


# ---- whom to leave out


def _picked(
    loop: Loop, kept: Index, recipes: csc_array, wrong: Mapping[int, float], eaters: Collection[int]
) -> list[Cut]:
    members = kept[list(loop.products)]
    block = csc_array(abs(_part(recipes, members)))

    def cut(places: Iterable[int], rule: str) -> list[Cut]:
        return [Cut(int(members[place]), rule, loop.gain) for place in places]

    own = np.flatnonzero(block.diagonal() >= LIMIT).tolist()
    if own:
        return cut(own, "itself")
    part = _levels(csr_array(block)) * _levels(csr_array(block.T))
    heavy = np.flatnonzero(part >= PART * part.sum()).tolist()
    score = {place: wrong[int(members[place])] for place in heavy if int(members[place]) in wrong}
    if score:
        return cut([max(score, key=lambda place: score[place])], "reference")
    hungry = [place for place in heavy if int(members[place]) in eaters]
    if hungry:
        return cut(hungry, "own")
    # Equal but for rounding is equal: the first of the database goes then, whatever the size of a run.
    heaviest = np.argsort(-np.round(part / part.max(), 6), kind="stable")[:TRIED].tolist()
    enough = [place for place in heaviest if _gain_without(block, place) < LIMIT]
    if enough:
        users = csr_array(recipes)[members]
        return cut([min(enough, key=lambda place: users[[place]].nnz)], "suffices")
    return cut([loop.products.index(loop.strongest[1])], "link")


def _gain_without(block: csc_array, place: int) -> float:
    rest = _part(block, [each for each in range(block.shape[0]) if each != place])
    found = loops(_as_recipes(rest))
    return max(float(rest.diagonal().max(initial=0.0)), found[0].gain if found else 0.0)
