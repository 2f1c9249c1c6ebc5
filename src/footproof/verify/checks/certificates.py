"""Green certificates against the electricity that was metered or counted, and green electricity without any.

Numbers that stand twice, more claimed than cancelled, months outside the period and the like are found by the rule
(6.4.9.4-…); they all rest on the electricity of the site, which the meters of the study show as well.
"""

from collections.abc import Iterator
from fractions import Fraction

from footproof.interpret.clause_view import View, place
from footproof.interpret.clauses import show
from footproof.rules.parameters import ParameterBook
from footproof.units import conversion
from footproof.verify.checks.links import states_totals
from footproof.verify.finding import Finding, worded
from footproof.verify.kinds import kinds_of
from footproof.verify.naming import telling
from footproof.verify.slips import CLOSE, near

TWICE = 2


def findings(view: View, book: ParameterBook) -> Iterator[Finding]:
    """Yield contracts whose electricity of the site is not what its meters read."""
    del book
    yield from _without_contract(view)
    yield from _more_than_taken(view)
    yield from _cancelled_later(view)
    metered = _metered(view)
    for contract in view.study.contracts:
        stated = contract.certificates
        if metered is not None and stated is not None and not near(Fraction(stated.site_mwh), metered, CLOSE):
            values = {
                "contract": contract.id,
                "stated": show(Fraction(stated.site_mwh), "en"),
                "metered": show(metered, "en"),
            }
            at = place(stated.place, "site_mwh")
            yield Finding("V-SITE-METER", (at,), worded("V-SITE-METER", values), "6.4.9.4-site")


def _without_contract(view: View) -> Iterator[Finding]:
    """Yield rows that take one kind of generation without a contract, and not from a plant of the maker's own."""
    rule = view.rule.electricity
    kinds = {f"param:{name}": kind for kind, name in rule.technologies.items()}
    for row in view.counted:
        if row.source_of not in kinds or kinds_of((*telling(row), row.source), ("own_power",)):
            continue
        said = worded("V-GREEN-UNBACKED", {"row": row.id, "technology": kinds[row.source_of]})
        yield Finding("V-GREEN-UNBACKED", (place(row.place, "from"),), said, "6.4.9.4")


def _more_than_taken(view: View) -> Iterator[Finding]:
    """Yield contracts with more certificates than the site took electricity, or a site smaller than its rows."""
    counted, metered = sum_of_period(view), _metered(view)
    for contract in view.study.contracts:
        stated = contract.certificates
        if stated is None:
            continue
        site = Fraction(stated.site_mwh)
        number = Fraction(sum(item.last - item.first + 1 for item in stated.ranges))
        most = site if metered is None else metered
        if number > most * (1 + CLOSE):
            values = {"contract": contract.id, "number": show(number, "en"), "site": show(most, "en")}
            said = worded("V-CERTIFICATES-BEYOND", values)
            yield Finding("V-CERTIFICATES-BEYOND", (place(stated.place, "numbers"),), said, "6.4.9.4-cancelled")
        if counted is not None and site * TWICE < counted:
            values = {"contract": contract.id, "stated": show(site, "en"), "metered": show(counted, "en")}
            at = place(stated.place, "site_mwh")
            yield Finding("V-SITE-METER", (at,), worded("V-SITE-METER", values), "6.4.9.4-site")


def sum_of_period(view: View) -> Fraction | None:
    """Return the grid electricity that the rows of the period take, where the study states totals. [MWh]

    Args:
        view: Assessment as facts read it.
    """
    if not states_totals(view):
        return None
    amounts = [
        (view.amount(row) or Fraction(0)) * conversion(row.amount.unit, "MWh")
        for row in view.counted
        if row.source_of == "electricity"
    ]
    return sum(amounts, Fraction(0)) if amounts else None


def _cancelled_later(view: View) -> Iterator[Finding]:
    """Yield certificates that are cancelled on a day after the study was made: nobody could know it."""
    known_on = view.assessment.known_on
    if known_on < view.study.end:  # found by the rule
        return
    for contract in view.study.contracts:
        stated = contract.certificates
        if stated is not None and stated.cancelled_on is not None and stated.cancelled_on > known_on:
            values = {"document": contract.id, "captured": stated.cancelled_on, "known_on": known_on}
            said = worded("V-LATER", values)
            yield Finding("V-LATER", (place(stated.place, "cancelled_on"),), said, "6.4.9.4-validity")


def _metered(view: View) -> Fraction | None:
    """Return the electricity that the meters of the rows on grid electricity read; None unless all have one. [MWh]"""
    meters = view.study.meters or {}
    rows = [row for row in view.counted if row.source_of == "electricity"]
    named = [meters.get(row.meter) for row in rows]
    read = {item.id: item for item in named if item is not None and item.reading is not None}
    if not rows or any(item is None or item.id not in read for item in named):
        return None
    return sum(
        (Fraction(item.reading) * conversion(item.unit, "MWh") for item in read.values() if item.reading is not None),
        Fraction(0),
    )
