"""Figures against the words beside them: a factor or a parameter a power of ten away from what its own source says.

A source that says "650.86 kg CO2e per t" beside a value of 0.00065 kg CO2e / kg contradicts it, whichever of the two is
wrong. Sources say much else; so nothing is told where any figure in them agrees, or where none is the same digits.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from footproof.errors import FootproofError, Where
from footproof.interpret.clause_view import View, place
from footproof.interpret.clauses import show
from footproof.model.study import Factor, Figure, Quantity, Study
from footproof.rules.parameters import ParameterBook
from footproof.units import conversion, same_dimension
from footproof.verify.finding import GAP, Finding, worded
from footproof.verify.kinds import kinds_of

AGREES = Fraction(20, 100)
DIGITS = Fraction(1, 200)
"""The same digits: within half a percent, as published figures are rounded to three."""
TENS = tuple(Fraction(10) ** power for power in (1, -1, 2, -2, 3, -3, 6, -6))
FEWEST_DIGITS = 3
MOST_PER_KILOGRAM = Fraction(500)
"""kg CO2e per kg. Of 63 metals only precious ones and a few rare ones lie above (Nuss and Eckelman 2014, PLoS ONE 9(7),
e101298, cradle to gate; recalled); assembled electronics reach some 200."""

_FIGURE = r"\d+(?:,\d{3})*(?:\.\d+)?"
_NUMBER = rf"(?<![\d.,A-Za-z/-])({_FIGURE})"
_RANGE = rf"{_NUMBER}(?: ?[-–] ?({_FIGURE}))?"
_UNIT = r"(%|[A-Za-z]+)(?: (?:CO2e|CO2|CH4|N2O))?(?: ?(?:/|per) ?(t\*km|[A-Za-z]+))?"
_WITH_UNIT = re.compile(rf"{_RANGE} ?{_UNIT}", re.ASCII)
_CALLED_TYPICAL = r"(?:typical|default|common|range|mean of) |(?=\d[\d.]*-[\d.]+ (?:is|are) common)"
_OF_NO_UNIT = r"(?![\d.]| (?!(?:is|are)\b)[A-Za-z])"
_TYPICAL = re.compile(rf"(?:{_CALLED_TYPICAL}){_RANGE}( ?%)?{_OF_NO_UNIT}")
_PRODUCT = re.compile(r"(?<![\d.A-Za-z])\d+(?:\.\d+)?(?: ?[x×*] ?\d+(?:\.\d+)?)+(?![\d.A-Za-z%])")
_DECIMAL = re.compile(r"(?<![\d.,A-Za-z/-])(\d+\.\d+)(?![\d.,/A-Za-z-]|[0-9])")
_DATA_YEARS = re.compile(r"\bdata (?:year|of) ((?:19|20)\d{2})(?:[-–]((?:19|20)\d{2}))?")
_PER = re.compile(r"\bper ([A-Za-z]+)\b")
_IDENTIFIERS = re.compile(r"doi:? ?\S+|10\.\d{4,}/\S+|https?://\S+")


@dataclass(frozen=True, slots=True)
class Said:
    """A figure, or a range, that a text gives, in the unit of what it stands beside."""

    low: Fraction
    high: Fraction
    text: str

    def agrees(self, value: Fraction) -> bool:
        """Return whether a value is this figure, roughly: rounding and other bases are no contradiction."""
        return self.low * (1 - AGREES) <= value <= self.high * (1 + AGREES)

    def holds(self, value: Fraction) -> bool:
        """Return whether a value has the same digits, or lies in the range."""
        return self.low * (1 - DIGITS) <= value <= self.high * (1 + DIGITS)


def findings(view: View, book: ParameterBook) -> Iterator[Finding]:
    """Yield factors and parameters that contradict the words beside them."""
    del book
    yield from of_study(view.study)


def of_study(study: Study) -> Iterator[Finding]:
    """Yield the same of a study that need not be assessed: one that is refused may be for such a figure.

    Args:
        study: As it was read.
    """
    for factor in study.factors.values():
        yield from _factor(factor)
        yield from _year(factor)
        yield from _per(factor)
    for quantity in study.quantities.values():
        yield from _quantity(quantity)


def shift_said(value: Fraction, said: Iterable[Said]) -> tuple[Fraction, Said] | None:
    """Return by what a value is multiplied to be one that a text gives, with it; None where one agrees or none fits.

    Args:
        value: Figure of the study.
        said: What the words beside it give, in the same unit.
    """
    given = tuple(said)
    if not value or any(item.agrees(value) for item in given):
        return None
    return next(((shift, item) for item in given for shift in TENS if item.holds(value * shift)), None)


def said_in(text: str, unit: str) -> Iterator[Said]:
    """Yield the figures that a text gives in a unit, or in one that converts to it.

    Args:
        text: Such as a source.
        unit: Unit that they are wanted in; the substance in it does not matter.
    """
    plain = _plain(unit)
    for low, high, measured, per in _WITH_UNIT.findall(_IDENTIFIERS.sub(" ", text)):
        stated = f"{measured} / ({per})" if per else measured
        try:
            scale = conversion(stated, plain)
        except FootproofError:
            continue
        yield _said(
            low, high or low, scale, f"{low}{'-' + high if high else ''} {measured}{' per ' + per if per else ''}"
        )


def _said(low: str, high: str, scale: Fraction, text: str) -> Said:
    first, last = (Fraction(item.replace(",", "")) * scale for item in (low, high))
    return Said(min(first, last), max(first, last), text)


def _plain(unit: str) -> str:
    """Return a unit without the substance: "kg CO2e / (t*km)" as "kg / (t*km)"."""
    return re.sub(r"(?<=g)C\w*|(?<=t)C\w*| ?\bCO2e?\b", "", unit).replace("  ", " ")


def _factor(factor: Factor) -> Iterator[Finding]:
    at = Where(factor.place.file, factor.place.line, "value")
    for entry in factor.entries:
        value = Fraction(entry.number)
        if value < 0 and entry.origin != "biogenic_removal":
            yield Finding("V-FACTOR-SIGN", (at,), worded("V-FACTOR-SIGN", {"factor": factor.name}), "6.4.4")
    if len(factor.entries) != 1:
        return
    entry = factor.entries[0]
    found = shift_said(Fraction(entry.number), said_in(factor.source, entry.unit))
    if found is not None:
        values = {"name": factor.name, "value": f"{entry.number} {entry.unit}", "said": found[1].text}
        yield Finding(
            "V-SOURCE-FIGURE", (at,), worded("V-SOURCE-FIGURE", values), "6.3.5", remedy=_Rescaled(factor.id, found[0])
        )
    elif _beyond(factor):
        values = {"factor": factor.name, "value": f"{entry.number} {entry.unit}", "most": show(MOST_PER_KILOGRAM, "en")}
        yield Finding("V-FACTOR-MAGNITUDE", (at,), worded("V-FACTOR-MAGNITUDE", values), "6.4.4")


def _year(factor: Factor) -> Iterator[Finding]:
    """Yield a factor whose source gives the year of its data, and it is another."""
    years = {int(year) for pair in _DATA_YEARS.findall(factor.source) for year in pair if year}
    if years and factor.year.isdigit() and not min(years) <= int(factor.year) <= max(years):
        values = {"factor": factor.name, "year": factor.year, "said": "–".join(map(str, sorted(years)))}
        at = Where(factor.place.file, factor.place.line, "year")
        yield Finding("V-FACTOR-YEAR", (at,), worded("V-FACTOR-YEAR", values), "6.3.5-age")


def _per(factor: Factor) -> Iterator[Finding]:
    """Yield a factor whose boundary counts per another unit than its own: nobody can tell which is meant."""
    for entry in factor.entries:
        _, _, own = entry.unit.partition("/")
        for per in _PER.findall(factor.boundary):
            if _other_unit(own.strip(" ()"), per):
                values = {"factor": factor.name, "unit": entry.unit, "per": per}
                at = Where(factor.place.file, factor.place.line, "unit")
                yield Finding("V-FACTOR-PER", (at,), worded("V-FACTOR-PER", values), "6.4.4", GAP)
                return


def _other_unit(own: str, per: str) -> bool:
    try:
        return same_dimension(own, per) and conversion(own, per) != 1
    except FootproofError:
        return False


def _beyond(factor: Factor) -> bool:
    """Return whether a factor of a mass is beyond what any material of mass production has."""
    entry = factor.entries[0]
    if entry.gas != "CO2e" or not same_dimension(_plain(entry.unit), "kg / kg"):
        return False
    value = Fraction(entry.number) * conversion(_plain(entry.unit), "kg / kg")
    return value > MOST_PER_KILOGRAM and not kinds_of((factor.name.zh, factor.name.en), ("precious", "greenhouse_gas"))


@dataclass(frozen=True, slots=True)
class _Rescaled:
    """Puts a factor right by a power of ten."""

    factor: str
    shift: Fraction

    def __call__(self, study: Study) -> Study:
        old = study.factors[self.factor]
        entries = tuple(replace(item, number=_times(item.number, self.shift)) for item in old.entries)
        return replace(study, factors={**study.factors, self.factor: replace(old, entries=entries)})


@dataclass(frozen=True, slots=True)
class _Restated:
    """Puts a parameter right by a power of ten."""

    quantity: str
    shift: Fraction

    def __call__(self, study: Study) -> Study:
        old = study.quantities[self.quantity]
        number = _times(old.figure.number or Decimal(0), self.shift)
        new = replace(old, figure=Figure(number, None, old.figure.unit))
        return replace(study, quantities={**study.quantities, old.id: new})


def _times(number: Decimal, shift: Fraction) -> Decimal:
    return number * shift.numerator / shift.denominator


def _quantity(quantity: Quantity) -> Iterator[Finding]:
    figure = quantity.figure
    if figure.number is None:
        return
    value, at = Fraction(figure.number), place(quantity.place)
    name = quantity.name
    if figure.unit == "1" and not 0 <= value <= 1 and kinds_of((name.zh, name.en), ("share",)):
        said = worded("V-SHARE", {"name": name, "value": show(value, "en")})
        yield Finding("V-SHARE", (at,), said, "6.3.5")
        return
    text = f"{quantity.source}; {name.en}"
    found = shift_said(value, (*said_in(text, figure.unit), *_bare(quantity.source)))
    if found is not None:
        values = {"name": name, "value": f"{figure.number} {figure.unit}", "said": found[1].text}
        remedy = _Restated(quantity.id, found[0])
        yield Finding("V-SOURCE-FIGURE", (at,), worded("V-SOURCE-FIGURE", values), "6.3.5", remedy=remedy)


def _bare(text: str) -> Iterator[Said]:
    """Yield figures that a source gives without a unit: a typical range, a product, a number of several digits."""
    plain = _IDENTIFIERS.sub(" ", text)
    for low, high, percent in _TYPICAL.findall(plain):
        yield _said(low, high or low, Fraction(1, 100) if percent else Fraction(1), low + (f"-{high}" if high else ""))
    for product in _PRODUCT.findall(plain):
        total = Fraction(1)
        for part in re.split(r"[x×*]", product):
            total *= Fraction(part.strip())
        yield Said(total, total, product)
    for number in _DECIMAL.findall(plain):
        if len(number.replace(".", "").strip("0")) >= FEWEST_DIGITS:
            yield Said(Fraction(number), Fraction(number), number)
