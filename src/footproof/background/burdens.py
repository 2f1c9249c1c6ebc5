"""What each activity gives off itself, by gas and origin, and what a kilogram of it counts under a convention.

Columns are kilograms *given off*: an uptake is negative. The part of tagged activities, such as aircraft, stands in
columns of its own, as part of the whole and not beside it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
from scipy.sparse import csr_array

from footproof.background.gases import GasFlow
from footproof.background.linked import Background
from footproof.model.dataset import Flow
from footproof.model.parameter import EmissionOrigin, GwpSet
from footproof.quantify.intensities import Column
from footproof.quantify.system import Vector
from footproof.rules.characterisation import potential


@dataclass(frozen=True, slots=True)
class Burdens:
    """What activities give off themselves.

    Args:
        columns: What is counted.
        values: Activities × columns. [kg / run]
    """

    columns: tuple[Column, ...]
    values: Vector


def burdens(background: Background, recognised: Mapping[str, GasFlow]) -> Burdens:
    """Return what each activity gives off itself, by gas and origin, then the same of tagged activities only.

    Args:
        background: The system.
        recognised: Greenhouse gases by id of the flow.
    """
    counted = [(row, found) for row, flow in enumerate(background.flows) if (found := recognised.get(flow)) is not None]
    kinds = sorted({(found.gas, found.origin) for _, found in counted})
    place = {kind: number for number, kind in enumerate(kinds)}
    rows = np.array([place[found.gas, found.origin] for _, found in counted], dtype=np.int64)
    flows = np.array([row for row, _ in counted], dtype=np.int64)
    factors = np.array([found.factor for _, found in counted], dtype=np.float64)
    grouping = csr_array((factors, (rows, flows)), shape=(len(kinds), len(background.flows)))
    plain: Vector = (grouping @ background.system.biosphere).toarray().T
    columns, parts = [Column(gas, origin) for gas, origin in kinds], [plain]
    for tag, marked in background.system.tags.items():
        tagged = plain * marked[:, None]
        # Aircraft are told apart in fossil emissions only: that is what a rule asks for.
        chosen = [number for number, (_, origin) in enumerate(kinds) if origin == EmissionOrigin.FOSSIL.value]
        if tagged[:, chosen].any():
            columns += [Column(*kinds[number], tag) for number in chosen]
            parts.append(tagged[:, chosen])
    return Burdens(tuple(columns), np.hstack(parts))


def weights(columns: Sequence[Column], known: GwpSet, *, biogenic: str, name: str = "") -> list[Decimal]:
    """Return what a kilogram given off counts by column; zero for tagged columns, which are part of others.

    Args:
        columns: What is counted.
        known: GWP set.
        biogenic: "iso" (−1/+1) or "ef" (0/0).
        name: Of the set, for the error.

    Raises:
        FootproofError: E-GAS-UNKNOWN where the set lacks a gas.
    """
    return [Decimal(0) if column.tag else weight(column, known, biogenic=biogenic, name=name) for column in columns]


def weight(column: Column, known: GwpSet, *, biogenic: str, name: str = "") -> Decimal:
    """Return what a kilogram given off counts. [kg CO2e / kg]

    Raises:
        FootproofError: E-GAS-UNKNOWN where the set lacks the gas.
    """
    split = "CH4_fossil" in known.species
    found = potential(known, column.origin, column.gas, biogenic=biogenic, split_methane=split, name=name)
    return -found if column.origin == EmissionOrigin.BIOGENIC_REMOVAL.value else found


def elementary(background: Background) -> tuple[Flow, ...]:
    """Return the elementary flows of a system, row by row."""
    return tuple(background.source.flows[flow] for flow in background.flows)
