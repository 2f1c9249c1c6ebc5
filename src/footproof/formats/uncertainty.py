"""Ranges that a study states for its own figures: `uncertainty.csv` (`docs/reference/study.md`).

A row names a parameter, the amount of an exchange or a factor, and how far it may lie from what is stated: for
lognormal and normal spreads the limits hold 95 % of the values, for triangular and uniform ones all of them. Rows of
one group move together.
"""

from decimal import Decimal
from enum import StrEnum

from footproof.errors import FootproofError
from footproof.formats.table import Row, read_table
from footproof.model.dataset import Distribution
from footproof.model.study import Range

TABLE = "uncertainty.csv"
COLUMNS = ("kind", "id", "distribution", "low", "high", "group", "source")
NEEDED = ("kind", "id", "distribution", "low", "high", "source")


class Target(StrEnum):
    """What a range is of."""

    PARAMETER = "parameter"
    AMOUNT = "amount"
    FACTOR = "factor"


def read_ranges(data: bytes) -> tuple[Range, ...]:
    """Return the ranges of a study, each target once.

    Args:
        data: Content of the table; `low` and `high` are shares of the stated figure, such as 0.9 and 1.2.

    Raises:
        FootproofError: E-TABLE-*, E-NUMBER, E-STUDY-DUPLICATE; E-RANGE where the limits do not enclose the figure.
    """
    found: dict[tuple[str, str], Range] = {}
    for row in read_table(data, TABLE, COLUMNS, NEEDED):
        item = _range(row)
        if (item.kind, item.id) in found:
            raise FootproofError("E-STUDY-DUPLICATE", row.where("id"), id=item.id)
        found[item.kind, item.id] = item
    return tuple(found.values())


def _range(row: Row) -> Range:
    distribution = row.choice("distribution", tuple(Distribution))
    low, high = row.decimal("low"), row.decimal("high")
    least = Decimal(0)
    positive = distribution == Distribution.LOGNORMAL
    if not (low < high and low <= 1 <= high and (low > least if positive else low >= least)):
        raise FootproofError("E-RANGE", row.where("low"), low=low, high=high)
    return Range(
        row.choice("kind", tuple(Target)),
        row.id("id", loose=True),
        distribution,
        low,
        high,
        row["group"],
        row.text("source"),
        row.place(),
    )
