"""Shares of co-products in the burdens of their process, by the method a person prefers (ISO 14044, 4.3.4)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from footproof.background.measures import between
from footproof.background.products import Output
from footproof.errors import FootproofError, Where
from footproof.model.dataset import Dataset, DataSource
from footproof.model.linking import AllocationChoice, AllocationMethod, Settings

NEAR_ONE = 0.01
ALONE = (AllocationMethod.CUT_OFF, AllocationMethod.SUBSTITUTION)


@dataclass(frozen=True, slots=True)
class Allocation:
    """How the burdens of a dataset are shared.

    Args:
        method: Method that could be applied.
        shares: Share by flow id; they sum to 1. Products that are not named leave free or are credited. [1]
    """

    method: AllocationMethod
    shares: Mapping[str, float]


def allocate(dataset: Dataset, made: Sequence[Output], source: DataSource, settings: Settings) -> Allocation | None:
    """Return the shares of a dataset that makes several products; None where no preferred method can be applied.

    Args:
        dataset: The dataset.
        made: What it makes, the reference first.
        source: Its database.
        settings: A choice for the dataset goes before the general preference.

    Raises:
        FootproofError: E-ALLOCATION where a choice for this dataset cannot be applied.
    """
    own = settings.allocations.get(dataset.id)
    if own is not None:
        shares = _shares(own.method, dataset, made, source, own)
        if shares is None:
            raise _refused(dataset, made, source, own.method)
        return Allocation(own.method, shares)
    tried = ((method, _shares(method, dataset, made, source, None)) for method in settings.allocation)
    return next((Allocation(method, shares) for method, shares in tried if shares is not None), None)


def _refused(dataset: Dataset, made: Sequence[Output], source: DataSource, method: AllocationMethod) -> FootproofError:
    listed = "; ".join(f"{source.flows[each.flow].name} [{source.flows[each.flow].unit}]" for each in made[:8])
    return FootproofError(
        "E-ALLOCATION", Where(dataset.file, field=dataset.id), name=dataset.name, method=method.value, products=listed
    )


def _shares(
    method: AllocationMethod,
    dataset: Dataset,
    made: Sequence[Output],
    source: DataSource,
    own: AllocationChoice | None,
) -> Mapping[str, float] | None:
    if method in ALONE:
        return {made[0].flow: 1.0} if made[0].reference else None
    if method is AllocationMethod.GIVEN:
        return next((found for basis in dataset.allocation.values() if (found := _given(basis, made))), None)
    if method is AllocationMethod.SHARES:
        return None if own is None else _given(_by_id(own.weights, made, source), made)
    if method is AllocationMethod.ECONOMIC:
        if own is not None and own.weights:
            prices = _by_id(own.weights, made, source)
            return _weighted([prices.get(each.flow) for each in made], made, worthless=True)
        return _given(dataset.allocation.get("economic", {}), made)
    symbol = "kg" if method is AllocationMethod.MASS else "MJ"
    return _weighted([between(source.flows[each.flow].unit, symbol) for each in made], made)


def _given(shares: Mapping[str, float], made: Sequence[Output]) -> Mapping[str, float] | None:
    """Return shares that name products of the dataset and sum to one."""
    named = {each.flow: shares[each.flow] for each in made if each.flow in shares}
    total = sum(named.values())
    if not named or abs(total - 1) > NEAR_ONE or min(named.values()) < 0:
        return None
    return {flow: share / total for flow, share in named.items() if share > 0}


def _weighted(
    weights: Sequence[float | None], made: Sequence[Output], *, worthless: bool = False
) -> Mapping[str, float] | None:
    """Return shares by amount × weight; None unless every product has a weight, and a part above zero.

    Args:
        weights: By product. [1 / product unit]
        made: Products.
        worthless: Whether a part may be zero: the product then carries nothing.
    """
    parts = [0.0 if weight is None else weight * each.amount for weight, each in zip(weights, made, strict=True)]
    if None in weights or min(parts) < 0 or sum(parts) <= 0 or (min(parts) == 0 and not worthless):
        return None
    return {each.flow: part / sum(parts) for each, part in zip(made, parts, strict=True) if part}


def _by_id(weights: Mapping[str, float], made: Sequence[Output], source: DataSource) -> dict[str, float]:
    """Return weights by flow id, where a person may have named the flow."""
    names = {source.flows[each.flow].name: each.flow for each in made}
    return {names.get(key, key): weight for key, weight in weights.items()}
