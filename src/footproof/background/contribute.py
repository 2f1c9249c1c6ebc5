"""Where the footprint of a product comes from, in words: by dataset, by flow, by stage, along the chain, as a Sankey.

Stages are what the database groups its datasets by: the first part of their category. Every list closes: what it does
not show is in its rest.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from footproof.background.linked import Background
from footproof.quantify.contributions import Balance, Step, balance, by_group, largest, sankey, traverse
from footproof.quantify.system import Vector


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a footprint. [kg CO2e]"""

    id: str
    name: str
    value: float


@dataclass(frozen=True, slots=True)
class Contributions:
    """Where a footprint comes from.

    Args:
        activity: Number of the activity.
        amount: How much of its product. [product unit]
        of: The demand solved both ways.
        by_dataset: Datasets that give off most, then the rest.
        by_flow: Elementary flows that count most, then the rest.
        by_stage: All stages; they sum to the total.
        steps: The chain, the largest burdens first.
        cut_off: Share of the total below which a branch is not followed. [1]
    """

    activity: int
    amount: float
    of: Balance
    by_dataset: tuple[Part, ...]
    by_flow: tuple[Part, ...]
    by_stage: tuple[Part, ...]
    steps: tuple[Step, ...]
    cut_off: float


def contributions(
    background: Background, activity: int, amount: float, score: Vector, *, cut_off: float, count: int
) -> Contributions:
    """Return where the footprint of some amount of a product comes from.

    Args:
        background: The system.
        activity: Number of the activity.
        amount: How much of its product. [product unit]
        score: What one unit of each elementary flow counts. [kg CO2e / flow unit]
        cut_off: Share of the total below which branches and links are summed into rests. [1]
        count: Entries of each list.

    Raises:
        FootproofError: E-SYSTEM-SINGULAR where there is no unique answer.
    """
    demand = np.zeros(background.system.size)
    demand[activity] = amount
    of = balance(background.system, demand, score)
    datasets = [each.dataset for each in background.activities]
    flows = [background.source.flows[flow] for flow in background.flows]
    return Contributions(
        activity,
        amount,
        of,
        _listed(of.by_process, datasets, [background.name(n) for n in range(len(datasets))], count),
        _listed(of.flows, [flow.id for flow in flows], [_flow_name(flow.name, flow.category) for flow in flows], count),
        _by_stage(background, of.by_process),
        traverse(of, activity, cut_off=cut_off, most=2000),
        cut_off,
    )


def contributions_record(background: Background, found: Contributions) -> dict[str, Any]:
    """Return contributions as a record; figures are text of six digits. [kg CO2e]"""
    names = [background.name(number) for number in range(background.system.size)]
    picture = sankey(found.of, found.cut_off)
    return {
        "id": background.activities[found.activity].id,
        "name": names[found.activity],
        "amount": _text(found.amount),
        "per": background.unit(found.activity),
        "value": _text(found.of.total),
        "by_dataset": [_part(part) for part in found.by_dataset],
        "by_flow": [_part(part) for part in found.by_flow],
        "by_stage": [_part(part) for part in found.by_stage],
        "cut_off": _text(found.cut_off),
        "path": [
            {
                "parent": step.parent,
                "id": background.activities[step.product].id,
                "name": names[step.product],
                "amount": _text(step.amount),
                "unit": background.unit(step.product),
                "value": _text(step.score),
                "direct": _text(step.direct),
                "rest": _text(step.rest),
            }
            for step in found.steps
        ],
        "sankey": {
            "nodes": [
                {
                    "id": background.activities[node.product].id,
                    "name": names[node.product],
                    **{key: _text(getattr(node, key)) for key in _NODE},
                }
                for node in picture.nodes
            ],
            "links": [
                {
                    "from": background.activities[link.supplier].id,
                    "to": background.activities[link.user].id,
                    "value": _text(link.value),
                }
                for link in picture.links
            ],
        },
    }


_NODE = ("through", "direct", "delivered", "rest_in", "rest_out")


def _listed(values: Vector, ids: Sequence[str], names: Sequence[str], count: int) -> tuple[Part, ...]:
    """Return the largest parts, those of one id together, and what is left."""
    places: dict[str, int] = {}
    group = np.array([places.setdefault(id_, len(places)) for id_ in ids], dtype=np.int64)
    sums = by_group(values, group, len(places))
    name: dict[int, tuple[str, str]] = {}
    for id_, text in zip(ids, names, strict=True):
        name.setdefault(places[id_], (id_, text))
    shown = [place for place in largest(sums, count) if sums[place]]
    parts = [Part(*name[place], float(sums[place])) for place in shown]
    rest = float(sums.sum() - sum(part.value for part in parts))
    return (*parts, Part("", "", rest))


def _by_stage(background: Background, values: Vector) -> tuple[Part, ...]:
    sums: dict[str, float] = {}
    for activity, value in zip(background.activities, values, strict=True):
        stage = next(iter(background.source.datasets[activity.dataset].category), "")
        sums[stage] = sums.get(stage, 0.0) + float(value)
    ranked = sorted(sums, key=lambda key: -abs(sums[key]))
    return tuple(Part(stage, stage, sums[stage]) for stage in ranked if sums[stage])


def _flow_name(name: str, category: Sequence[str]) -> str:
    return f"{name} ({' / '.join(category)})" if category else name


def _part(part: Part) -> dict[str, str]:
    return {"id": part.id, "name": part.name, "value": _text(part.value)}


def _text(value: float) -> str:
    """Return a figure of the engine as text: six digits, for people; it is not declared."""
    return f"{value:.6g}"
