"""Facts about data that a rule wants from the site: whether enough of what they make rests on measurements.

Rows are weighed by what they make of the result, since one measured row says nothing of a stage whose large rows come
from elsewhere.
"""

from collections.abc import Mapping
from fractions import Fraction

from footproof.interpret.clause_data import PRIMARY
from footproof.interpret.clause_view import Finder, Known, View, place
from footproof.model.rulebook import MINOR_ROW, MINOR_ROWS, DataRequirement, DataSource
from footproof.model.study import Exchange


def _required_data_missing(view: View) -> Known | None:
    """Count what the rule wants from the site and too small a part of the stages or processes it names rests on it.

    Unknown while a row of them that counts does not say where its amount comes from: a row that is not marked would
    hide behind those that are.
    """
    found = [_rows_short(view, item) for item in _wanted(view)]
    short = [rows for rows in found if rows is not None]
    if len(short) < len(found):
        return None
    lacking = [rows for asked, rows in zip(_wanted(view), short, strict=True) if rows or not _sizes_of(view, asked)]
    at = dict.fromkeys(place(row.place, "data") for rows in lacking for row in rows)
    return Known(Fraction(len(lacking)), tuple(at))


def _required_data_given(view: View) -> Known | None:
    """True where the rule asks for data from the site, and gets them; of a rule that asks for none nothing is said."""
    missing = _required_data_missing(view)
    if missing is None or not _wanted(view):
        return None
    return Known(missing.value == 0, missing.rows)


def _wanted(view: View) -> list[DataRequirement]:
    return [item for item in view.rule.data.values() if item.source is DataSource.PRIMARY]


def _sizes_of(view: View, asked: DataRequirement) -> dict[str, tuple[Exchange, Fraction]]:
    """Return the rows that a requirement is about with what they make, signs left out; rows of nothing do not count.

    What a process takes from another is no row of its own here: its amount shows in the rows of that other process.
    """
    sizes: dict[str, tuple[Exchange, Fraction]] = {}
    for term in view.terms:
        row = term.exchange
        if row is None or not term.value or (asked.processes and row.process not in asked.processes):
            continue
        if not asked.stages or term.stage in asked.stages:
            sizes[row.id] = row, sizes.get(row.id, (row, Fraction(0)))[1] + abs(term.value)
    return sizes


def _rows_short(view: View, asked: DataRequirement) -> tuple[Exchange, ...] | None:
    """Return the rows that leave a requirement unmet, the largest first; None while one of its rows is not marked.

    ISO 14067:2018 6.3.5 lets other data stand in where a process is minor: without a share of the rule, a row is minor
    up to 1 % of what the rows make, and all minor rows are up to 5 %.
    """
    sizes = sorted(_sizes_of(view, asked).values(), key=lambda item: -item[1])
    if any(not row.data for row, _ in sizes):
        return None
    whole = sum((size for _, size in sizes), Fraction(0))
    other = [(row, size) for row, size in sizes if row.data not in PRIMARY]
    part = sum((size for _, size in other), Fraction(0))
    least = Fraction(1 - MINOR_ROWS if asked.share is None else asked.share)
    enough = whole - part >= least * whole
    small = asked.share is not None or all(size <= Fraction(MINOR_ROW) * whole for _, size in other)
    return () if enough and small else tuple(row for row, _ in other)


FACTS: Mapping[str, tuple[str, Finder]] = {
    "required_data_missing": ("1", _required_data_missing),
    "required_data_given": ("truth", _required_data_given),
}
