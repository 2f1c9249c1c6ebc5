"""Unlinked inputs by the weight of what they may hide.

Nobody knows what an input without supplier carries. Its weight is a *what if*: as much per unit as the median of the
products of the same database counted in the same unit. That is carried through the system, and stated as the sum over
all products of the share of their footprint that would be missing; the worst single product stands beside it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csc_array

from footproof.background.linked import Background, Gap
from footproof.background.measures import between, closed
from footproof.quantify.solve import Factorisation
from footproof.quantify.system import Vector

BLOCK = 256


@dataclass(frozen=True, slots=True)
class Hidden:
    """What one unlinked flow may hide.

    Args:
        flow: Its id.
        unit: Unit it is counted in.
        users: How many activities take it.
        reasons: Why it is not linked.
        assumed: What a unit of it was taken to carry; nan where the database has no product in such a unit.
            [kg CO2e / unit]
        weight: Sum over all products of the share of their footprint it would be. [1]
        largest: The largest of these shares. [1]
        worst: Number of the activity with that share; −1 where nothing could be assumed.
    """

    flow: str
    unit: str
    users: int
    reasons: tuple[str, ...]
    assumed: float
    weight: float
    largest: float
    worst: int


def hidden(background: Background, values: Vector, factorised: Factorisation | None = None) -> tuple[Hidden, ...]:
    """Return the unlinked flows, the heaviest first; those nothing could be assumed for come last, by users.

    Args:
        background: The system.
        values: What a unit of each product carries. [kg CO2e / product unit]
        factorised: Of its technosphere, where the caller has it. Without it, only direct users count.
    """
    groups: dict[tuple[str, str], list[Gap]] = {}
    for gap in background.gaps:
        groups.setdefault((gap.flow, gap.unit), []).append(gap)
    medians = _medians(background, values)
    found: list[Hidden] = []
    entries = list(groups.items())
    for start in range(0, len(entries), BLOCK):
        block = entries[start : start + BLOCK]
        assumed = [_assumed(unit, medians) for (_, unit), _ in block]
        shares = _shares(background, values, [gaps for _, gaps in block], assumed, factorised)
        for place, ((flow, unit), gaps) in enumerate(block):
            column = shares[:, place]
            known = np.isfinite(assumed[place])
            found.append(
                Hidden(
                    flow=flow,
                    unit=unit,
                    users=len({gap.activity for gap in gaps}),
                    reasons=tuple(sorted({gap.reason for gap in gaps})),
                    assumed=assumed[place],
                    weight=float(column.sum()) if known else 0.0,
                    largest=float(column.max(initial=0.0)) if known else 0.0,
                    worst=int(column.argmax()) if known and len(column) else -1,
                )
            )
    return tuple(sorted(found, key=lambda each: (-each.weight, -each.users, each.flow)))


def _medians(background: Background, values: Vector) -> Mapping[str, float]:
    """Return the median of what products carry per unit of the closed table. [kg CO2e / unit]"""
    groups: dict[str, list[float]] = {}
    for number, value in enumerate(values):
        known = closed(background.unit(number))
        if known and np.isfinite(value) and value > 0:
            groups.setdefault(known[0], []).append(float(value) / known[1])
    return {unit: float(np.median(group)) for unit, group in groups.items()}


def _assumed(unit: str, medians: Mapping[str, float]) -> float:
    known = closed(unit)
    if known is None:
        return float("nan")
    if known[0] in medians:
        return medians[known[0]] * known[1]
    return next(
        (value * factor for symbol, value in medians.items() if (factor := between(unit, symbol)) is not None),
        float("nan"),
    )


def _shares(
    background: Background,
    values: Vector,
    groups: Sequence[Sequence[Gap]],
    assumed: Sequence[float],
    factorised: Factorisation | None,
) -> Vector:
    """Return products × flows: the share of a product's footprint that a flow would be. [1]"""
    size = background.system.size
    rows = [gap.activity for group in groups for gap in group]
    columns = [place for place, group in enumerate(groups) for _ in group]
    amounts = [
        abs(gap.amount) * (carried if np.isfinite(carried) else 0.0)
        for group, carried in zip(groups, assumed, strict=True)
        for gap in group
    ]
    burdens = csc_array((amounts, (rows, columns)), shape=(size, len(groups))).toarray()
    if factorised is None:
        added: Vector = burdens / np.abs(background.system.technosphere.diagonal())[:, None]
    else:
        added = np.abs(factorised.rough_adjoint(burdens))
    whole = added + np.abs(values)[:, None]
    shares: Vector = np.divide(added, whole, out=np.zeros_like(added), where=whole > 0)
    return shares
