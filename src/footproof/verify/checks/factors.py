"""Factors that are not those of their row: another kind of flow, another product, another origin, an older year.

A unit, a basis or a role that does not fit is refused by the assessment; a factor that nobody takes is found by the
rule. Here the words of a row are read against the words of its factor.
"""

from collections.abc import Iterable, Iterator, Mapping
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
from footproof.verify.slips import near

FUELS = ("coal", "oil", "gas")
CARRIERS = ("electricity", "heat", "road", "rail", "sea", "inland", "air", "wastewater")
MUCH_BETTER = 2
"""Another factor must fit the words of a row this many times as well as its own."""
LEAST = 1
SPECIAL = ("recycled", "disposal")


def findings_of_processes(view: View) -> Iterator[Finding]:
    """Yield rows that take the product of one process while their words name another.

    Args:
        view: Assessment as facts read it.
    """
    names = {f"process:{item.id}": item.name for item in view.study.processes.values()}
    known = Names(names)
    for row in view.counted:
        if row.source_of not in names:
            continue
        scores = known.scores(row, but=(row.process.replace("_", " "),))
        own = known.scores(row)[row.source_of]
        best = max(sorted(scores), key=lambda name: scores[name])
        passed_on = _takes_in(view, row.source_of)
        if best in (f"process:{row.process}", *passed_on):
            continue
        if scores[best] >= LEAST and scores[best] >= MUCH_BETTER * own:
            said = worded("V-FACTOR-NAME", {"row": row.id, "factor": names[row.source_of], "other": names[best]})
            yield Finding("V-FACTOR-NAME", (place(row.place, "from"),), said, "6.4.4")


def _takes_in(view: View, source: str) -> set[str]:
    """Return the processes whose product one only passes on, directly or on the way: packed cement is still cement."""
    found: set[str] = set()
    open_ = [source]
    while open_:
        name = open_.pop().removeprefix("process:").partition("/")[0]
        for row in view.counted:
            if row.process == name and _passes_on(view, row) and row.source_of not in found:
                found.add(row.source_of)
                open_.append(row.source_of)
    return found


def _passes_on(view: View, row: Exchange) -> bool:
    """Return whether a row is the product of another process, and its own process makes as much of it."""
    made, taken = view.output(row.process), view.amount(row)
    unit = view.study.processes[row.process].output.unit
    if not row.source_of.startswith("process:") or not made or not taken or not same_dimension(unit, row.amount.unit):
        return False
    return near(taken * conversion(row.amount.unit, unit), made)


def findings(view: View, book: ParameterBook) -> Iterator[Finding]:
    """Yield rows whose factor is of another kind, product or origin, and factors with a newer published value."""
    taken = [row for row in view.counted if row.kind is not Kind.EMISSION and not row.source_of.startswith("process:")]
    names = names_by_unit(view.study)
    for row in taken:
        other_kind = list(_of_other_kind(view, book, row))
        yield from other_kind
        yield from _supply_of_another(view, book, row)
        yield from _supply_alone(view, row)
        yield from _of_other_supplier(view, row)
        factor = view.study.factors.get(row.source_of.removeprefix("factor:"))
        if factor is not None and not other_kind:
            yield from of_other_product(view.study, row, factor, names)
            yield from _of_other_origin(row, factor)
    yield from findings_of_processes(view)
    used = {row.source_of.removeprefix("factor:") for row in taken}
    for factor in view.study.factors.values():
        if factor.id in used:
            yield from _superseded(view, book, factor)
            yield from _against_itself(view.study, factor)


def _of_other_kind(view: View, book: ParameterBook, row: Exchange) -> Iterator[Finding]:
    name = _factor_name(view.study, book, row.source_of)
    if name is None:
        return
    theirs = (name.zh, name.en)
    if _unlike(telling(row), theirs, CARRIERS) or (row.kind is Kind.FUEL and _unlike(telling(row), theirs, FUELS)):
        values = {"row": row.id, "factor": name}
        said = worded("V-FACTOR-KIND", values)
        yield Finding("V-FACTOR-KIND", (place(row.place, "from"),), said, "6.4.4")


def _unlike(first: Iterable[str], second: Iterable[str], among: Iterable[str]) -> bool:
    """Return whether two texts each speak of some kinds, and of none in common."""
    own, theirs = kinds_of(first, among), kinds_of(second, among)
    return bool(own and theirs and not own & theirs)


def _supply_of_another(view: View, book: ParameterBook, row: Exchange) -> Iterator[Finding]:
    """Yield a row whose upstream factor supplies another fuel, or another kind of transport, than the row takes."""
    upstream = _factor_name(view.study, book, row.upstream)
    taken = _factor_name(view.study, book, row.source_of)
    if upstream is None:
        return
    texts = (*((taken.zh, taken.en) if taken else ()), *telling(row))
    theirs = (upstream.zh, upstream.en)
    fuels = row.kind is Kind.FUEL and _unlike(texts, theirs, FUELS)
    if fuels or _unlike(texts, theirs, ("road", "rail", "sea", "inland", "air")):
        said = worded("V-UPSTREAM-KIND", {"row": row.id, "factor": upstream})
        yield Finding("V-UPSTREAM-KIND", (place(row.place, "upstream"),), said, "6.4.4")


def _supply_alone(view: View, row: Exchange) -> Iterator[Finding]:
    """Yield a row that takes a factor of the supply only, where no other row of the process takes the rest."""
    factor = view.study.factors.get(row.source_of.removeprefix("factor:"))
    if factor is None or factor.scope != "upstream":
        return
    others = [item for item in view.counted if item.process == row.process and item.id != row.id]
    beside = any(
        item.amount == row.amount and item.distance_km == row.distance_km and item.source_of != row.source_of
        for item in others
    )
    if not beside:
        said = worded("V-UPSTREAM-ALONE", {"row": row.id, "factor": factor.name})
        yield Finding("V-UPSTREAM-ALONE", (place(row.place, "from"),), said, "6.4.4")


def _of_other_supplier(view: View, row: Exchange) -> Iterator[Finding]:
    """Yield a row at a supplier's certificate, or beside one, whose words fit another product far better."""
    suppliers = view.study.suppliers
    own = row.source_of
    if not suppliers or not own.startswith(("certificate:", "factor:")):
        return
    names = {f"certificate:{item.id}": item.name for item in suppliers.values()}
    names |= {f"factor:{item.id}": item.name for item in view.study.factors.values() if item.scope == "life cycle"}
    scores = Names(names).scores(row)
    best = max(sorted(scores), key=lambda name: scores[name])
    among = {own, best}
    if own not in scores or not any(name.startswith("certificate:") for name in among):
        return
    if scores[best] >= LEAST and scores[best] >= MUCH_BETTER * scores[own] and best != own:
        said = worded("V-FACTOR-NAME", {"row": row.id, "factor": names[own], "other": names[best]})
        yield Finding("V-FACTOR-NAME", (place(row.place, "from"),), said, "6.4.4")


def _factor_name(study: Study, book: ParameterBook, source: str) -> Bilingual | None:
    """Return the name of what a row takes."""
    kind, _, key = source.partition(":")
    if kind == "electricity":
        return Bilingual("电网电力", "grid electricity")
    if kind == "factor" and key in study.factors:
        return study.factors[key].name
    if kind in ("param", "fuel") and key in book:
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
    """A row that says it is recycled takes no factor of virgin material, the other way round, and no input disposal."""
    says = bool(kinds_of(telling(row), ("recycled",)))
    bought_as_waste = factor.role == "disposal" and row.kind is Kind.INPUT
    if (factor.role == "virgin" and says) or (factor.role == "recycled" and not says) or bought_as_waste:
        said = worded("V-FACTOR-ROLE", {"row": row.id, "factor": factor.name})
        yield Finding("V-FACTOR-ROLE", (place(row.place, "from"),), said, "6.4.6.3")


def _against_itself(study: Study, factor: Factor) -> Iterator[Finding]:
    """Yield a life-cycle factor that begins at a gate, and one of another region that is scored as of the same."""
    begins_at_gate = factor.boundary.lower().startswith("gate to") or factor.boundary.startswith("从大门")
    if factor.scope == "life cycle" and factor.role != "disposal" and begins_at_gate:
        said = worded("V-FACTOR-BOUNDARY", {"factor": factor.name, "boundary": factor.boundary})
        yield Finding("V-FACTOR-BOUNDARY", (place(factor.place, "boundary"),), said, "6.4.4")
    scored_same = factor.quality.geography == 1
    if scored_same and len(factor.region) == len(study.region) == 2 and factor.region != study.region:
        values = {"factor": factor.name, "region": factor.region, "site": study.region}
        said = worded("V-FACTOR-REGION", values)
        yield Finding("V-FACTOR-REGION", (place(factor.place, "region"),), said, "6.3.5")


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
