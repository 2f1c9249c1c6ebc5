"""Green certificates against the electricity that was metered.

Numbers that stand twice, more claimed than cancelled, months outside the period and the like are found by the rule
(6.4.9.4-…); they all rest on the electricity of the site, which the meters of the study show as well.
"""

from collections.abc import Iterator
from fractions import Fraction

from footproof.interpret.clause_view import View, place
from footproof.interpret.clauses import show
from footproof.rules.parameters import ParameterBook
from footproof.units import conversion
from footproof.verify.finding import Finding, worded
from footproof.verify.slips import CLOSE, near


def findings(view: View, book: ParameterBook) -> Iterator[Finding]:
    """Yield contracts whose electricity of the site is not what its meters read."""
    del book
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
