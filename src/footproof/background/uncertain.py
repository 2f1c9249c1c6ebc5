"""The uncertainty of a database, entry by entry of its matrices, for Monte Carlo over all products.

One exchange is one random number, wherever it goes: its parts in a mix of suppliers, and its shares in co-products,
move together. Two scores or two products are thereby compared within the same draw. Where several exchanges add up to
one entry, their spreads are joined into a lognormal one with the same coefficient of variation.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from footproof.background.gases import GasFlow
from footproof.background.linked import Background, Entries
from footproof.model.dataset import Distribution, Uncertainty
from footproof.quantify.distributions import PEDIGREE_VARIANCE, Kind, Spreads, pedigree_sigma
from footproof.quantify.intensities import Column
from footproof.quantify.problems import Uncertain
from footproof.quantify.system import Index, Vector

_KINDS = {
    Distribution.LOGNORMAL: Kind.LOGNORMAL,
    Distribution.NORMAL: Kind.NORMAL,
    Distribution.TRIANGULAR: Kind.TRIANGULAR,
    Distribution.UNIFORM: Kind.UNIFORM,
}


@dataclass(frozen=True, slots=True)
class _Factor:
    """How the factor on an exchange is spread; see `Spreads`."""

    kind: Kind
    width: float = 0.0
    low: float = 1.0
    high: float = 1.0
    mode: float = 1.0

    @property
    def deviation(self) -> float:
        """Coefficient of variation. [1]"""
        if self.kind is Kind.LOGNORMAL:
            return float(np.sqrt(np.expm1(self.width**2)))
        if self.kind is Kind.NORMAL:
            return self.width
        low, high, mode = self.low, self.high, self.mode
        if self.kind is Kind.UNIFORM:
            return float((high - low) / np.sqrt(12))
        return float(np.sqrt(max(low**2 + high**2 + mode**2 - low * high - low * mode - high * mode, 0) / 18))


def score(
    background: Background, recognised: Mapping[str, GasFlow], columns: tuple[Column, ...], by_column: Vector
) -> Vector:
    """Return what one unit of each elementary flow counts. [kg CO2e / flow unit]

    Args:
        background: The system.
        recognised: Greenhouse gases by flow id.
        columns: Gases by origin.
        by_column: What a kilogram of each counts. [kg CO2e / kg]
    """
    weight = {
        (column.gas, column.origin): float(value)
        for column, value in zip(columns, by_column, strict=True)
        if not column.tag
    }
    return np.array(
        [
            weight[found.gas, found.origin] * found.factor if (found := recognised.get(flow)) else 0.0
            for flow in background.flows
        ]
    )


def uncertain(background: Background, flow_score: Vector) -> Uncertain:
    """Return a database with the spread of every entry that its authors gave one.

    Args:
        background: The system.
        flow_score: What one unit of each elementary flow counts. [kg CO2e / flow unit]
    """
    factors = _by_line(background)
    system = background.system
    return Uncertain(
        system,
        flow_score,
        _spreads(background.inputs, system.technosphere.indptr, system.technosphere.indices, factors),
        _spreads(background.emissions, system.biosphere.indptr, system.biosphere.indices, factors),
    )


def spread_share(problem: Uncertain) -> tuple[int, int]:
    """Return how many inputs and emissions have a spread."""
    return int((problem.inputs.kind != Kind.FIXED).sum()), int((problem.emissions.kind != Kind.FIXED).sum())


def _by_line(background: Background) -> dict[int, _Factor]:
    """Return the spread of each exchange that has one, by its number."""
    lines = enumerate(each for dataset in background.source.datasets.values() for each in dataset.exchanges)
    return {
        line: factor
        for line, each in lines
        if each.uncertainty is not None and each.amount and (factor := _factor(each.uncertainty, each.amount))
    }


def _factor(given: Uncertainty, amount: float) -> _Factor | None:
    """Return a distribution around an amount as a distribution of the factor on it."""
    kind = _KINDS[given.distribution]
    if not given.parameters:
        scores = dict(zip(PEDIGREE_VARIANCE, given.pedigree, strict=False))
        return _Factor(kind, pedigree_sigma(scores)) if len(given.pedigree) >= len(PEDIGREE_VARIANCE) else None
    if kind is Kind.LOGNORMAL:
        return _Factor(kind, float(np.log(given.parameters[0])))
    if kind is Kind.NORMAL:
        return _Factor(kind, given.parameters[0] / abs(amount))
    bounds = sorted(value / amount for value in (given.parameters[0], given.parameters[-1]))
    mode = given.parameters[1] / amount if kind is Kind.TRIANGULAR else 1.0
    return _Factor(kind, 0.0, bounds[0], bounds[1], min(max(mode, bounds[0]), bounds[1]))


def _spreads(
    entries: Entries, starts: NDArray[np.int32], rows: NDArray[np.int32], factors: Mapping[int, _Factor]
) -> Spreads:
    """Return the spreads of the stored entries of a matrix, in the order of its data."""
    size = len(rows)
    kind = np.zeros(size, dtype=np.int8)
    width, low, high, mode = np.zeros(size), np.ones(size), np.ones(size), np.ones(size)
    place = np.zeros(size, dtype=np.int64)
    rank = {line: number for number, line in enumerate(sorted(factors))}  # The same for every score of a database.
    for position, parts in _parts(entries, starts, rows, factors).items():
        factor = _joined(entries, parts, factors)
        if factor is not None:
            kind[position], width[position], mode[position] = factor.kind, factor.width, factor.mode
            low[position], high[position] = factor.low, factor.high
            place[position] = min(rank[line] for part in parts if (line := int(entries.lines[part])) in rank)
    return Spreads(kind, width, low, high, mode, place)


def _parts(
    entries: Entries, starts: NDArray[np.int32], rows: NDArray[np.int32], factors: Mapping[int, _Factor]
) -> dict[int, list[int]]:
    """Return the parts of each stored entry off the diagonal of which one at least has a spread."""
    position = _positions(entries, starts, rows)
    moved = np.isin(entries.lines, np.fromiter(factors, dtype=np.int64, count=len(factors)))
    wanted = np.unique(position[moved & (position >= 0)])
    output = set(position[entries.lines < 0].tolist())  # What is made does not move: amounts are per output.
    found: dict[int, list[int]] = {int(each): [] for each in wanted if int(each) not in output}
    for part in np.flatnonzero(np.isin(position, wanted)):
        if int(position[part]) in found:
            found[int(position[part])].append(int(part))
    return found


def _positions(entries: Entries, starts: NDArray[np.int32], rows: NDArray[np.int32]) -> Index:
    """Return where each part is stored; −1 where its entry cancelled out."""
    columns = np.repeat(np.arange(len(starts) - 1, dtype=np.int64), np.diff(starts))
    height = int(max(rows.max(initial=0), entries.rows.max(initial=0))) + 1
    stored = columns * height + rows
    order = np.argsort(stored, kind="stable")
    wanted = entries.columns * height + entries.rows
    at = np.minimum(np.searchsorted(stored[order], wanted), max(len(stored) - 1, 0))
    found = order[at] if len(stored) else np.full(len(wanted), -1, dtype=np.int64)
    return np.where(stored[found] == wanted, found, -1) if len(stored) else found


def _joined(entries: Entries, parts: list[int], factors: Mapping[int, _Factor]) -> _Factor | None:
    if len(parts) == 1:
        return factors[int(entries.lines[parts[0]])]
    amounts = entries.amounts[parts]
    deviations = [factor.deviation if (factor := factors.get(int(entries.lines[part]))) else 0.0 for part in parts]
    total = float(abs(amounts.sum()))
    variation = float(np.sqrt(((amounts * np.array(deviations)) ** 2).sum())) / total if total else 0.0
    return _Factor(Kind.LOGNORMAL, float(np.sqrt(np.log1p(variation**2)))) if variation else None
