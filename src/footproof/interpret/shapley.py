"""Share a difference among switches, so that the order in which they are thrown does not matter.

Shapley (1953), A value for n-person games: the mean, over all orders, of what a switch adds when it is thrown. The
shares sum to the difference exactly, a switch that never moves anything gets zero, and swapping the two sides turns
all signs.
"""

from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import combinations
from math import factorial

Value = Callable[[frozenset[str]], Fraction]


def shapley(switches: Sequence[str], value: Value) -> dict[str, Fraction]:
    """Return the share of each switch in `value(all) - value(none)`.

    Args:
        switches: Names.
        value: Result where the named switches are thrown; asked once per subset.
    """
    count = len(switches)
    weights = [Fraction(factorial(k) * factorial(count - k - 1), factorial(count)) for k in range(count)]
    known = {subset: value(subset) for subset in _subsets(switches)}
    return {
        name: sum(
            (weights[len(subset)] * (known[subset | {name}] - known[subset]) for subset in known if name not in subset),
            Fraction(0),
        )
        for name in switches
    }


def waterfall(order: Sequence[str], value: Value) -> dict[str, Fraction]:
    """Return what each switch adds where they are thrown one after the other; another order gives other steps."""
    steps: dict[str, Fraction] = {}
    thrown: frozenset[str] = frozenset()
    for name in order:
        after = thrown | {name}
        steps[name] = value(after) - value(thrown)
        thrown = after
    return steps


def _subsets(names: Sequence[str]) -> list[frozenset[str]]:
    return [frozenset(chosen) for size in range(len(names) + 1) for chosen in combinations(names, size)]
