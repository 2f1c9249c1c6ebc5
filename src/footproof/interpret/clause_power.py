"""Facts about contractual electricity: criteria, green certificates, their numbers, months and cancellation.

A green certificate stands for one MWh. Numbers are counted as intervals, never one by one.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from fractions import Fraction

from footproof.interpret.clause_view import Finder, Known, View, count, place
from footproof.model.study import Certificates, Contract, NumberRange


def _contracts(view: View) -> Known:
    return Known(Fraction(len(view.study.contracts)))


def _contracts_without_criteria(view: View) -> Known:
    wanted = set(view.rule.electricity.criteria)
    return count(place(item.place, "criteria") for item in view.study.contracts if wanted - set(item.criteria))


def _contracts_not_counted(view: View) -> Known:
    names = {item["subject"] for item in view.assessment.findings if item["code"] == "contract-not-counted"}
    return count(place(item.place) for item in view.study.contracts if item.id in names)


def _listed(view: View) -> list[tuple[Contract, Certificates]] | None:
    """Return every contract with its certificates, or None where one lists none."""
    found = [(item, item.certificates) for item in view.study.contracts]
    listed = [(item, certificates) for item, certificates in found if certificates is not None]
    return listed if len(listed) == len(found) else None


def _certificates_unlisted(view: View) -> Known:
    return count(place(item.place, "certificates") for item in view.study.contracts if item.certificates is None)


def _green_mwh_claimed(view: View) -> Known | None:
    listed = _listed(view)
    if listed is None:
        return None
    return Known(
        sum((Fraction(contract.share) * Fraction(found.site_mwh) for contract, found in listed), Fraction(0)),
        tuple(place(contract.place, "share") for contract, _ in listed),
    )


def _green_mwh_cancelled(view: View) -> Known | None:
    """Only a number that is cancelled, with day and reference, counts; each number counts once."""
    listed = _listed(view)
    if listed is None:
        return None
    cancelled = [item for _, item in listed if item.cancelled_on is not None and item.reference]
    return Known(Fraction(_distinct(number for item in cancelled for number in item.ranges)))


def _certificates_twice(view: View) -> Known | None:
    listed = _listed(view)
    if listed is None:
        return None
    ranges = [number for _, item in listed for number in item.ranges]
    every = sum(number.last - number.first + 1 for number in ranges)
    twice = every - _distinct(ranges)
    return Known(Fraction(twice), tuple(place(item.place, "numbers") for _, item in listed) if twice else ())


def _distinct(ranges: Iterable[NumberRange]) -> int:
    """Return how many different numbers some ranges hold."""
    total = 0
    reached: dict[str, int] = {}
    for item in sorted(ranges, key=lambda found: (found.prefix, found.first)):
        start = max(item.first, reached.get(item.prefix, -1) + 1)
        total += max(0, item.last - start + 1)
        reached[item.prefix] = max(item.last, reached.get(item.prefix, -1))
    return total


def _certificate_age_months(view: View) -> Known | None:
    """From the earliest month of generation to the day of cancellation."""
    listed = _listed(view)
    if listed is None or any(item.cancelled_on is None for _, item in listed):
        return None
    ages = [(_months(item.cancelled_on) - _months(item.generated[0]), item) for _, item in listed if item.cancelled_on]
    oldest = max((age for age, _ in ages), default=0)
    rows = tuple(place(item.place, "cancelled_on") for age, item in ages if age == oldest)
    return Known(Fraction(oldest), rows)


def _months(day: date) -> int:
    return day.year * 12 + day.month


def _generation_outside_period(view: View) -> Known | None:
    listed = _listed(view)
    if listed is None:
        return None
    first, last = _months(view.study.start), _months(view.study.end)
    return count(
        place(item.place, "generated")
        for _, item in listed
        if _months(item.generated[0]) < first or _months(item.generated[1]) > last
    )


def _cancelled_before_generation(view: View) -> Known | None:
    listed = _listed(view)
    if listed is None or any(item.cancelled_on is None for _, item in listed):
        return None
    return count(
        place(item.place, "cancelled_on")
        for _, item in listed
        if item.cancelled_on is not None and _months(item.cancelled_on) < _months(item.generated[1])
    )


def _certificates_other_holder(view: View) -> Known | None:
    listed = _listed(view)
    if listed is None or any(not item.holder for _, item in listed):
        return None
    maker = view.study.producer.name
    return count(place(item.place, "holder") for _, item in listed if item.holder not in (maker.zh, maker.en))


def _site_figures_differ(view: View) -> Known | None:
    """The electricity of one site in one period is one figure, whichever contract refers to it."""
    listed = _listed(view)
    if listed is None:
        return None
    figures = {item.site_mwh for _, item in listed}
    rows = tuple(place(item.place, "site_mwh") for _, item in listed) if len(figures) > 1 else ()
    return Known(Fraction(max(0, len(figures) - 1)), rows)


def _grid_result_given(view: View) -> Known:
    """Where contracts count, the sheet must hold the result with the grid alone."""
    counted = len(view.study.contracts) - len(_contracts_not_counted(view).rows)
    without = any("axis.electricity" in item.replaced for item in view.sheet.alternatives)
    return Known(counted == 0 or without)


FACTS: Mapping[str, tuple[str, Finder]] = {
    "contracts": ("1", _contracts),
    "contracts_without_criteria": ("1", _contracts_without_criteria),
    "contracts_not_counted": ("1", _contracts_not_counted),
    "certificates_unlisted": ("1", _certificates_unlisted),
    "green_mwh_claimed": ("MWh", _green_mwh_claimed),
    "green_mwh_cancelled": ("MWh", _green_mwh_cancelled),
    "certificates_twice": ("1", _certificates_twice),
    "certificate_age_months": ("1", _certificate_age_months),
    "generation_outside_period": ("1", _generation_outside_period),
    "cancelled_before_generation": ("1", _cancelled_before_generation),
    "certificates_other_holder": ("1", _certificates_other_holder),
    "site_figures_differ": ("1", _site_figures_differ),
    "grid_result_given": ("truth", _grid_result_given),
}
