"""Facts about the data of a study: sources, evidence, meters, where figures come from, quality, years."""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction

from footproof.errors import Where
from footproof.interpret.clause_view import Finder, Known, SeenTerm, View, count, place
from footproof.interpret.terms import DIMENSIONS, merged_scores
from footproof.model.study import Contract, CutOff, Exchange, Meter, Process, Quality, Quantity
from footproof.units import conversion, same_dimension

PRIMARY = ("measured", "calculated")
WEAK = ("recalled", "derived")
_YEAR = re.compile(r"(?:19|20)[0-9]{2}")


def _exchanges_without_source(view: View) -> Known:
    """A formula rests on its parameters, which have sources of their own."""
    return count(
        place(item.place, "source")
        for item in view.counted
        if item.amount.formula is None and not (item.source or item.evidence or item.meter)
    )


def _parameters_without_source(view: View) -> Known:
    return count(
        place(item.place, "source")
        for item in view.study.quantities.values()
        if item.figure.formula is None and not (item.source or item.evidence or item.meter)
    )


def _leaves(view: View) -> list[Exchange]:
    """Return the exchanges whose amount is a figure of their own: what one process takes from another too."""
    return [item for item in view.counted if item.amount.formula is None or not item.source_of.startswith("process:")]


def _data_unmarked(view: View) -> Known:
    return count(place(item.place, "data") for item in _leaves(view) if not item.data)


def _share_by_data(*kinds: str) -> Callable[[View], Known | None]:
    """Return the share of the result whose amounts are of some kinds; unknown while a row does not say."""

    def fact(view: View) -> Known | None:
        terms = [term for term in view.terms if term.value]
        if any(term.exchange is None or not term.exchange.data for term in terms):
            return None
        share = view.share(term for term in terms if term.exchange and term.exchange.data in kinds)
        return None if share is None else Known(share)

    return fact


def _own(view: View) -> list[Exchange] | None:
    """Return the rows of the maker's own processes that are no flow between processes.

    None while a process does not say who runs it, or where the maker runs none: then there is nothing to say of them.
    """
    processes = view.study.processes
    if any(not process.control for process in processes.values()):
        return None
    own = [
        item
        for item in view.counted
        if processes[item.process].control == "own" and not item.source_of.startswith("process:")
    ]
    return own or None


def _own_data_primary(view: View) -> Known | None:
    own = _own(view)
    if own is None or any(not item.data for item in own):
        return None
    rows = tuple(place(item.place, "data") for item in own if item.data not in PRIMARY)
    return Known(not rows, rows)


def _own_without_evidence(view: View) -> Known | None:
    own = _own(view)
    if own is None:
        return None
    return count(place(item.place, "evidence") for item in own if not (item.evidence or item.meter))


def _sources_given(view: View) -> Known:
    rows = (*_exchanges_without_source(view).rows, *_parameters_without_source(view).rows)
    return Known(not rows, rows)


def _measured_without_proof(view: View) -> Known | None:
    if not any(item.data for item in view.counted):
        return None
    return count(
        place(item.place, "meter")
        for item in view.counted
        if item.data == "measured" and not (item.meter or item.evidence)
    )


def _named_meters(view: View) -> Iterator[Meter]:
    rows: tuple[Exchange | Quantity, ...] = (*view.counted, *view.study.quantities.values())
    meters = view.study.meters or {}
    for name in sorted({item.meter for item in rows if item.meter}):
        yield meters[name]


def _metered(view: View) -> bool:
    """Return whether any figure names a meter: of meters that nobody names nothing can be said."""
    return any(True for _ in _named_meters(view))


def _meters_expired(view: View) -> Known | None:
    if not _metered(view):
        return None
    start, end = view.study.start, view.study.end
    return count(
        place(meter.place, "calibrated_to")
        for meter in _named_meters(view)
        if meter.calibrated_from > start or meter.calibrated_to < end
    )


def _meters_without_evidence(view: View) -> Known | None:
    if not _metered(view):
        return None
    return count(place(meter.place, "evidence") for meter in _named_meters(view) if not meter.evidence)


def _meters_unused(view: View) -> Known | None:
    if view.study.meters is None:
        return None
    used = {meter.id for meter in _named_meters(view)}
    return count(place(meter.place) for meter in view.study.meters.values() if meter.id not in used)


def _meter_units_differ(view: View) -> Known | None:
    meters = view.study.meters
    if meters is None or not _metered(view):
        return None
    exchanges = [(item.meter, item.amount.unit, item.place) for item in view.counted]
    figures = [(item.meter, item.figure.unit, item.place) for item in view.study.quantities.values()]
    return count(place(at, "unit") for meter, unit, at in exchanges + figures if meter and meters[meter].unit != unit)


def _meter_gaps(view: View) -> list[tuple[Fraction, Meter]] | None:
    """Return how far the figures that name a meter are from its reading; None unless every such meter has one.

    What the result takes of a row is its amount × the runs of its process; scaled to the production of the period it
    must come to the part of the reading that the product accounts for.
    """
    produced, flow = view.study.produced, view.values.get("flow.reference")
    if produced is None or not isinstance(flow, tuple):
        return None
    units = Fraction(produced) / Fraction(*flow)
    gaps = []
    counting = {item.meter for item in view.counted}
    for meter in (meter for meter in _named_meters(view) if meter.id in counting):
        taken = _taken(view, meter)
        weighs = same_dimension(meter.unit, "kg")
        if weighs and meter.reading is None:
            continue  # A scale weighs pieces and has no reading of the period.
        if meter.reading is None or meter.share is None or taken is None:
            return None  # A meter that is not reconciled would hide behind those that are.
        told = Fraction(meter.reading) * Fraction(meter.share)
        larger = max(abs(taken * units), told)
        gaps.append((abs(taken * units - told) / larger if larger else Fraction(0), meter))
    return gaps or None


def _taken(view: View, meter: Meter) -> Fraction | None:
    """Return what the rows of a meter come to per unit of the result, or None where one is not known. [its unit]"""
    total = Fraction(0)
    for item in view.counted:
        if item.meter == meter.id:
            amount, runs = view.amount(item), view.values.get(f"run.{item.process}")
            if amount is None or not isinstance(runs, tuple):
                return None
            total += amount * conversion(item.amount.unit, meter.unit) * Fraction(*runs)
    return total


def _meter_gap_worst(view: View) -> Known | None:
    gaps = _meter_gaps(view)
    if gaps is None:
        return None
    worst = max(gap for gap, _ in gaps)
    each = tuple((gap, place(meter.place, "reading")) for gap, meter in gaps)
    return Known(worst, tuple(at for gap, at in each if gap == worst), each)


def _meters_reconciled(view: View) -> Known:
    return Known(Fraction(len(_meter_gaps(view) or ())))


def _evidence_named(view: View) -> set[str]:
    study = view.study
    rows: tuple[Exchange | Process | Quantity, ...] = (
        *study.exchanges,
        *study.processes.values(),
        *study.quantities.values(),
    )
    others: tuple[Meter | CutOff | Contract, ...] = (
        *(study.meters or {}).values(),
        *(study.cut_offs or ()),
        *study.contracts,
    )
    named = {item.evidence for item in rows} | {item.evidence for item in others}
    return (named | ({study.carbon_content.evidence} if study.carbon_content else set())) - {""}


def _evidence_unused(view: View) -> Known:
    named = _evidence_named(view)
    return count(Where("evidence.csv", field=name) for name in view.study.evidence if name not in named)


def _evidence_early(view: View) -> Known | None:
    """A record made before the period ended cannot speak for all of it."""
    named = {item.evidence for item in view.counted if item.evidence}
    days = {name: _day(view.study.evidence[name].captured) for name in sorted(named)}
    if any(day is None for day in days.values()):
        return None
    return count(
        Where("evidence.csv", field=name) for name, day in days.items() if day is not None and day < view.study.end
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


# ---- factors


def _referred(view: View) -> set[str]:
    rows = [name for item in view.study.exchanges for name in (item.source_of, item.upstream)]
    rows += [name for item in view.study.recovered for name in item.factors]
    return {name.partition(":")[2] for name in rows if name.startswith("factor:")}


def _factors_unused(view: View) -> Known:
    """A factor that nobody takes is often one whose place another has taken."""
    used = _referred(view)
    return count(place(item.place) for name, item in view.study.factors.items() if name not in used)


def _confidence_share(*marks: str) -> Callable[[View], Known | None]:
    def fact(view: View) -> Known | None:
        terms = [term for term in view.terms if term.info.get("confidence") in marks]
        share = view.share(terms)
        found = {factor.id: factor for factor in map(view.factor, terms) if factor is not None}
        return None if share is None else Known(share, tuple(place(item.place) for item in found.values()))

    return fact


def _years(view: View) -> Iterator[tuple[int, Where | None]]:
    """Yield the year that each factor in use describes, else that of its publication, where it says one."""
    for term in view.terms:
        found = _YEAR.findall(str(term.info.get("data_year") or term.info.get("published", "")))
        if found:
            factor = view.factor(term)
            yield max(map(int, found)), place(factor.place, "year") if factor else None


def _factor_age_max(view: View) -> Known | None:
    ages = [(view.study.end.year - year, at) for year, at in _years(view)]
    if not ages:
        return None
    oldest = max(age for age, _ in ages)
    each = tuple(dict.fromkeys((Fraction(age), at) for age, at in ages if at is not None))
    return Known(Fraction(oldest), tuple(at for age, at in each if age == oldest), each)


def _factors_from_the_future(view: View) -> Known:
    known_on = view.assessment.known_on.year
    return count(dict.fromkeys(at for year, at in _years(view) if year > known_on and at is not None))


def _factors_without_year(view: View) -> Known:
    found = {factor.id: factor for factor in map(view.factor, view.terms) if factor and not _YEAR.search(factor.year)}
    return count(place(item.place, "year") for item in found.values())


# ---- scores


def _score(view: View, term: SeenTerm) -> Fraction | None:
    """Return the mean of the three scores of a term, where all three are known."""
    factor = view.factor(term)
    own = term.exchange.quality if term.exchange else Quality()
    merged = merged_scores(own, factor.quality if factor else Quality())
    known = [score for name in DIMENSIONS if (score := getattr(merged, name)) is not None]
    return Fraction(sum(known), 3) if len(known) == 3 else None


def _dq_mean(view: View) -> Known | None:
    scored = [(_score(view, term), abs(term.value)) for term in view.terms if term.value]
    known = [(score, size) for score, size in scored if score is not None]
    if len(known) < len(scored) or view.whole == 0:
        return None
    return Known(sum((score * size for score, size in known), Fraction(0)) / view.whole)


def _dq_scored_share(view: View) -> Known | None:
    share = view.share(term for term in view.terms if _score(view, term) is not None)
    return None if share is None else Known(share)


# ---- repeated rows


def _exchanges_double(view: View) -> Known:
    """A row that stands twice under two ids counts twice."""
    seen: dict[tuple[str | Decimal | None, ...], Exchange] = {}
    rows = []
    for item in view.counted:
        flow = (item.process, item.kind.value, item.source_of, item.upstream, item.device, item.gas, item.origin)
        key = (*flow, item.amount.number, item.amount.formula, item.amount.unit, item.distance_km, item.stage)
        if key in seen and item.amount.number != 0:
            rows.append(place(item.place))
        seen.setdefault(key, item)
    return count(rows)


FACTS: Mapping[str, tuple[str, Finder]] = {
    "sources_given": ("truth", _sources_given),
    "exchanges_without_source": ("1", _exchanges_without_source),
    "parameters_without_source": ("1", _parameters_without_source),
    "exchanges_double": ("1", _exchanges_double),
    "data_unmarked": ("1", _data_unmarked),
    "primary_share": ("1", _share_by_data(*PRIMARY)),
    "measured_share": ("1", _share_by_data("measured")),
    "estimated_share": ("1", _share_by_data("estimated")),
    "own_data_primary": ("truth", _own_data_primary),
    "own_without_evidence": ("1", _own_without_evidence),
    "measured_without_proof": ("1", _measured_without_proof),
    "meters_expired": ("1", _meters_expired),
    "meters_without_evidence": ("1", _meters_without_evidence),
    "meters_unused": ("1", _meters_unused),
    "meter_units_differ": ("1", _meter_units_differ),
    "meter_gap_worst": ("1", _meter_gap_worst),
    "meters_reconciled": ("1", _meters_reconciled),
    "evidence_unused": ("1", _evidence_unused),
    "evidence_early": ("1", _evidence_early),
    "factors_unused": ("1", _factors_unused),
    "unverified_share": ("1", _confidence_share("recalled")),
    "weak_share": ("1", _confidence_share(*WEAK)),
    "factor_age_max": ("1", _factor_age_max),
    "factors_from_the_future": ("1", _factors_from_the_future),
    "factors_without_year": ("1", _factors_without_year),
    "dq_mean": ("1", _dq_mean),
    "dq_scored_share": ("1", _dq_scored_share),
}
