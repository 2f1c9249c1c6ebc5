"""What each activity gives off itself, by gas and origin, and what a kilogram of it counts under a convention.

Columns are kilograms *given off*: an uptake is negative. The part of tagged activities, such as aircraft, stands in
columns of its own, as part of the whole and not beside it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from footproof.background.gases import GasFlow
from footproof.background.linked import Background
from footproof.model.dataset import Flow
from footproof.model.parameter import EmissionOrigin, GwpSet
from footproof.quantify.intensities import Column, burdens_by_column
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
    found = [recognised.get(flow) for flow in background.flows]
    kinds = [(each.gas, str(each.origin)) if each else None for each in found]
    factors = np.array([each.factor if each else 0.0 for each in found], dtype=np.float64)
    columns, values = burdens_by_column(background.system, kinds, tuple(background.system.tags), factors)
    # Aircraft are told apart in fossil emissions only, and where there are any: that is what a rule asks for.
    flown = {column.tag for number, column in enumerate(columns) if _is_fossil(column) and values[:, number].any()}
    shown = [n for n, each in enumerate(columns) if not each.tag or (_is_fossil(each) and each.tag in flown)]
    return Burdens(tuple(columns[number] for number in shown), values[:, shown])


def _is_fossil(column: Column) -> bool:
    return column.origin == EmissionOrigin.FOSSIL.value


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
