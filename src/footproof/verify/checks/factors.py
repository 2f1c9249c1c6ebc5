"""Factors that are not those of their row: another kind of flow, another product, another origin, an older year.

A unit, a basis or a role that does not fit is refused by the assessment; a factor that nobody takes is found by the
rule. Here the words of a row are read against the words of its factor.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal

from footproof.errors import FootproofError, Where
from footproof.interpret.clause_view import View, place
from footproof.model.bilingual import Bilingual
from footproof.model.parameter import DatedValue, Parameter, ParameterKind
from footproof.model.study import Exchange, Factor, FactorEntry, Kind, Study
from footproof.rules.parameters import ParameterBook
from footproof.units import conversion, same_dimension
from footproof.verify.finding import NOTE, Finding, Remedy, worded
from footproof.verify.kinds import kinds_of
from footproof.verify.naming import Names, telling

CARRIERS = ("electricity", "heat", "road", "rail", "sea", "inland", "air", "wastewater")
MUCH_BETTER = 2
"""Another factor must fit the words of a row this many times as well as its own."""
LEAST = 1
SPECIAL = ("recycled", "disposal")


def findings(view: View, book: ParameterBook) -> Iterator[Finding]:
    """Yield rows whose factor is of another kind, product or origin, and factors with a newer published value."""
    taken = [row for row in view.counted if row.kind is not Kind.EMISSION and not row.source_of.startswith("process:")]
    names = names_by_unit(view.study)
    for row in taken:
        other_kind = list(_of_other_kind(view, book, row))
        yield from other_kind
        factor = view.study.factors.get(row.source_of.removeprefix("factor:"))
        if factor is not None and not other_kind:
            yield from of_other_product(view.study, row, factor, names)
            yield from _of_other_origin(row, factor)
    used = {row.source_of.removeprefix("factor:") for row in taken}
    for factor in view.study.factors.values():
        if factor.id in used:
            yield from _superseded(view, book, factor)


def _of_other_kind(view: View, book: ParameterBook, row: Exchange) -> Iterator[Finding]:
    name = _factor_name(view.study, book, row.source_of)
    if name is None:
        return
    own, theirs = kinds_of(telling(row), CARRIERS), kinds_of((name.zh, name.en), CARRIERS)
    if own and theirs and not own & theirs:
        values = {"row": row.id, "factor": name}
        said = worded("V-FACTOR-KIND", values)
        yield Finding("V-FACTOR-KIND", (place(row.place, "from"),), said, "6.4.4")


def _factor_name(study: Study, book: ParameterBook, source: str) -> Bilingual | None:
    """Return the name of what a row takes."""
    kind, _, key = source.partition(":")
    if kind == "electricity":
        return Bilingual("电网电力", "grid electricity")
    if kind == "factor" and key in study.factors:
        return study.factors[key].name
    if kind == "param" and key in book:
        return book[key].name
    return None


def names_by_unit(study: Study) -> Mapping[str, Names]:
    """Return, by factor, the names of those that could stand for it.

    Args:
        study: Study with its factors.
    """
    found = {}
    for factor in study.factors.values():
        peers = [item for item in study.factors.values() if could_replace(item, factor)]
        found[factor.id] = Names({item.id: item.name for item in peers})
    return found


def could_replace(other: Factor, factor: Factor) -> bool:
    """Return whether a factor could stand for another by unit, scope and origin; a wrong origin is found apart.

    Args:
        other: The one that could.
        factor: The one it would stand for.
    """
    same_origin = (other.role in SPECIAL) == (factor.role in SPECIAL)
    return same_origin and other.scope == factor.scope and same_dimension(other.unit, factor.unit)


def of_other_product(study: Study, row: Exchange, factor: Factor, names: Mapping[str, Names]) -> Iterator[Finding]:
    """Yield a finding where the words of a row fit another factor far better than the one it takes.

    Args:
        study: Study with its factors.
        row: Row.
        factor: What it takes.
        names: Of `names_by_unit`.
    """
    scores = names[factor.id].scores(row, but=(row.process.replace("_", " "),))
    own = names[factor.id].scores(row)[factor.id]
    best = max(sorted(scores), key=lambda name: scores[name])
    if scores[best] >= LEAST and scores[best] >= MUCH_BETTER * own:
        values = {"row": row.id, "factor": factor.name, "other": study.factors[best].name}
        said = worded("V-FACTOR-NAME", values)
        where = (place(row.place, "from"), place(study.factors[best].place))
        yield Finding("V-FACTOR-NAME", where, said, "6.4.4", remedy=_taking(row.id, study.factors[best]))


def _of_other_origin(row: Exchange, factor: Factor) -> Iterator[Finding]:
    """A row that says it is recycled takes no factor of virgin material, and the other way round."""
    says = bool(kinds_of(telling(row), ("recycled",)))
    if (factor.role == "virgin" and says) or (factor.role == "recycled" and not says):
        said = worded("V-FACTOR-ROLE", {"row": row.id, "factor": factor.name})
        yield Finding("V-FACTOR-ROLE", (place(row.place, "from"),), said, "6.4.6.3")


def _taking(row: str, factor: Factor) -> Remedy:
    """Return what makes a row take another factor, with its basis."""

    def remedy(study: Study) -> Study:
        changed = (
            replace(item, source_of=f"factor:{factor.id}", basis=factor.basis) if item.id == row else item
            for item in study.exchanges
        )
        return replace(study, exchanges=tuple(changed))

    return remedy


def _superseded(view: View, book: ParameterBook, factor: Factor) -> Iterator[Finding]:
    """Yield a factor that is a published annual value of an earlier year than the one that serves the period."""
    if len(factor.entries) != 1:
        return
    entry = factor.entries[0]
    for parameter in book.values():
        newer = _newer(view, book, parameter, entry)
        if newer is not None:
            old, new = newer
            values = {
                "factor": factor.name,
                "parameter": parameter.id,
                "year": old.data_year,
                "value": new.value,
                "unit": parameter.unit,
                "newer": new.data_year,
                "published": new.published,
            }
            said = worded("V-FACTOR-SUPERSEDED", values)
            at = Where(factor.place.file, factor.place.line, "value")
            yield Finding(
                "V-FACTOR-SUPERSEDED", (at,), said, "6.3.5-age", NOTE, remedy=_valued(factor, new.value, parameter)
            )
            return


def _newer(
    view: View, book: ParameterBook, parameter: Parameter, entry: FactorEntry
) -> tuple[DatedValue, DatedValue] | None:
    """Return the published value that a factor is, and the one that serves the period, where they differ."""
    if parameter.kind is not ParameterKind.FACTOR or not parameter.annual or entry.gas != (parameter.gas or "CO2e"):
        return None
    if not same_dimension(parameter.unit, entry.unit):
        return None
    number = entry.number * Decimal(conversion(entry.unit, parameter.unit).numerator)
    number /= Decimal(conversion(entry.unit, parameter.unit).denominator)
    old = [item for item in parameter.editions if isinstance(item, DatedValue) and item.value == number]
    try:
        new = book.value(parameter.id, view.assessment.known_on, view.study.end.year)
    except FootproofError:
        return None
    if not old or any(item.data_year == new.data_year for item in old):
        return None
    return old[-1], new


def _valued(factor: Factor, value: Decimal, parameter: Parameter) -> Remedy:
    """Return what gives a factor the published value."""

    def remedy(study: Study) -> Study:
        entries = tuple(replace(entry, number=value, unit=parameter.unit) for entry in factor.entries)
        return replace(study, factors={**study.factors, factor.id: replace(factor, entries=entries)})

    return remedy
