"""The values that ISO 14067:2018 7.2 wants stated separately, as a report shows them: one figure each, or why not."""

from fractions import Fraction

from footproof.assess import Assessment
from footproof.interpret.values import IsoValue as Known
from footproof.interpret.values import Standing, iso_values
from footproof.report.form import IsoValue, Stand

_STANDS = {
    Standing.STATED: Stand.GIVEN,
    Standing.PARTLY: Stand.PART,
    Standing.NOT_STATED: Stand.NOT_STATED,
    Standing.NOT_CALCULATED: Stand.NOT_CALCULATED,
    Standing.NOT_APPLICABLE: Stand.NOT_APPLICABLE,
}


def reported_values(assessment: Assessment) -> tuple[IsoValue, ...]:
    """Return V1 to V10 of an assessment; of V1, which is a table by stage, the sum.

    Args:
        assessment: Footprint with its sheet.
    """
    return tuple(_reported(value) for value in iso_values(assessment).values())


def _reported(value: Known) -> IsoValue:
    number = sum(value.figures.values(), Fraction(0)) if value.id == "V1" else value.figures.get("net")
    return IsoValue(value.id, _STANDS[value.standing], number, value.unit, value.reason)
