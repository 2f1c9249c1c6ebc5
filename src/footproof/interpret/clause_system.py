"""Facts about the product system: unit, boundary, cut-offs, allocation, balances, carbon, time and conventions."""

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction

from footproof.interpret.boundary import ends_at_the_gate, stages_counted, stages_inside
from footproof.interpret.clause_view import Finder, Known, SeenTerm, Unknown, View, count, place
from footproof.interpret.components import undifferentiated
from footproof.interpret.terms import figure
from footproof.model.study import Basis, CutOff, Exchange, Kind, Process
from footproof.units import conversion, same_dimension, unit

OFFSET_WORDS = ("offset", "carbon credit", "ccer", "抵消", "碳信用", "减排量")
_CARBON = {"CO2": Fraction(12, 44), "CH4": Fraction(12, 16)}
_UPTAKE = {**_CARBON, "CO2e": _CARBON["CO2"]}  # plants take up nothing but carbon dioxide, whatever a factor calls it
_BALANCED_IN = {"mass": "kg", "energy": "MJ"}


# ---- unit and boundary


def _reference_flow(view: View) -> Known | None:
    value = view.values.get("flow.reference")
    return Known(Fraction(*value)) if isinstance(value, tuple) else None


def _stages_empty(view: View) -> Known:
    return Known(Fraction(sum(stage not in stages_counted(view) for stage in view.sheet.stages)))


def _stages_missing(view: View) -> Known | None:
    inside = stages_inside(view)
    if inside is None:
        return None
    lacking = [stage for stage in inside if stage not in stages_counted(view)]
    at = place(view.study.declared_unit.place, "stages")
    return Known(Fraction(len(lacking)), (at,) if lacking else ())


def _stages_outside(view: View) -> Known | None:
    inside = stages_inside(view)
    if inside is None:
        return None
    rows = dict.fromkeys(
        place(view.study.processes[term.process].place, "stage")
        for term in view.terms
        if term.amount and term.stage not in inside and term.process in view.study.processes
    )
    return Known(Fraction(len(stages_counted(view) - set(inside))), tuple(rows))


def _cradle_to_gate(view: View) -> Known:
    return Known(ends_at_the_gate(view))


def _processes_unused(view: View) -> Known:
    unused = {item["subject"] for item in view.assessment.findings if item["code"] == "process-unused"}
    return count(place(item.place) for name, item in view.study.processes.items() if name in unused)


# ---- cut-offs


def _cut_offs_listed(view: View) -> Known | None:
    return None if view.study.cut_offs is None else Known(value=True)


def _largest(item: CutOff) -> Fraction | None:
    shares = [share for share in (item.mass_share, item.energy_share, item.footprint_share) if share is not None]
    return Fraction(max(shares)) if shares else None


def _sizes(view: View) -> list[tuple[Fraction, CutOff]] | None:
    if view.study.cut_offs is None:
        return None
    sizes = [(_largest(item), item) for item in view.study.cut_offs]
    known = [(size, item) for size, item in sizes if size is not None]
    return known if len(known) == len(sizes) else None


def _cut_off_total(view: View) -> Known | None:
    """Rows may state different shares: of each, the largest counts, so that the total errs on the high side."""
    sizes = _sizes(view)
    if sizes is None:
        return None
    return Known(sum((size for size, _ in sizes), Fraction(0)), tuple(place(item.place) for _, item in sizes))


def _cut_off_largest(view: View) -> Known | None:
    sizes = _sizes(view)
    if sizes is None:
        return None
    largest = max((size for size, _ in sizes), default=Fraction(0))
    each = tuple((size, place(item.place)) for size, item in sizes)
    return Known(largest, tuple(at for size, at in each if size == largest), each)


def _cut_offs_without_evidence(view: View) -> Known | None:
    if view.study.cut_offs is None:
        return None
    return count(place(item.place, "evidence") for item in view.study.cut_offs if not item.evidence)


# ---- allocation


def _allocated(view: View) -> list[Process]:
    several = {row.process for row in view.study.coproducts}
    return [item for item in view.study.processes.values() if item.id in several]


def _processes_allocated(view: View) -> Known:
    return Known(Fraction(len(_allocated(view))))


def _allocation_shares_sum(view: View) -> Known:
    """The sheet checks the shares of every allocated process; it would not evaluate were one off."""
    checked = {item.id for item in view.sheet.checks}
    return Known(all(f"shares.{item.id}" in checked for item in _allocated(view)))


def _allocation_alternatives_missing(view: View) -> Known:
    stated = {item.id for item in view.sheet.alternatives}
    return count(place(item.place, "alternative") for item in _allocated(view) if f"allocation:{item.id}" not in stated)


def _allocation_justified(view: View) -> Known | None:
    """By a physical quantity, or with a note that says why not; without a note nobody can tell."""
    physical = (Basis.MASS, Basis.ENERGY)
    bare = [item for item in _allocated(view) if item.allocation not in physical and item.note is None]
    return None if bare else Known(value=True)


# ---- balances


def _balance_worst(view: View) -> Known | None:
    balanced = [item for item in view.study.processes.values() if item.balance in _BALANCED_IN]
    gaps = [(_gap(view, item), item) for item in balanced]
    known = [(gap, item) for gap, item in gaps if gap is not None]
    if not known or len(known) < len(gaps):
        return None
    worst = max(gap for gap, _ in known)
    each = tuple((gap, place(item.place, "balance")) for gap, item in known)
    return Known(worst, tuple(at for gap, at in each if gap == worst), each)


def _processes_balanced(view: View) -> Known:
    return Known(Fraction(sum(item.balance in _BALANCED_IN for item in view.study.processes.values())))


def _balance_unsaid(view: View) -> Known:
    return count(place(item.place, "balance") for item in view.study.processes.values() if not item.balance)


def _gap(view: View, process: Process) -> Fraction | None:
    """Return how far what comes out differs from what goes in, as a share of the larger of the two. [1]"""
    measured = _BALANCED_IN[process.balance]
    made = view.output(process.id)
    if made is None:
        return None
    out = made * conversion(process.output.unit, measured)
    for row in view.study.coproducts:
        if row.process == process.id and row.product != process.id and same_dimension(row.unit, measured):
            out += Fraction(row.amount) * conversion(row.unit, measured)
    taken = Fraction(0)
    for exchange in view.study.exchanges:
        if exchange.process == process.id and _is_measured(exchange, measured):
            amount = view.amount(exchange)
            if amount is None:
                return None
            amount *= conversion(exchange.amount.unit, measured)
            taken, out = (taken + amount, out) if _goes_in(exchange) else (taken, out + amount)
    larger = max(taken, out)
    return abs(taken - out) / larger if larger else None


def _is_measured(exchange: Exchange, measured: str) -> bool:
    """A transport moves what another row brings in."""
    return exchange.distance_km is None and same_dimension(exchange.amount.unit, measured)


def _goes_in(exchange: Exchange) -> bool:
    if exchange.kind is Kind.EMISSION:
        return exchange.origin == "biogenic_removal"
    return exchange.kind in (Kind.INPUT, Kind.FUEL)


# ---- carbon


def _biogenic_content(view: View) -> Known | None:
    """Per unit of the result, not of the reference product."""
    content, flow = view.study.carbon_content, _reference_flow(view)
    if content is None or flow is None or not isinstance(flow.value, Fraction):
        return None
    scale = unit(content.unit).scale / unit("kg").scale
    return Known(Fraction(content.biogenic) * scale * flow.value, (place(content.place),))


def _biogenic_gap(view: View) -> Known | None:
    """What plants took up must leave again, or leave with the product."""
    if any(origin == "biogenic_emission" and gas == "CO2e" for term in view.terms for origin, gas, _ in term.entries):
        return None  # carbon dioxide and methane in one number: its carbon is not known
    taken, given = _biogenic(view, "biogenic_removal", _UPTAKE), _biogenic(view, "biogenic_emission", _CARBON)
    content = _biogenic_content(view)
    stays = content.value if content and isinstance(content.value, Fraction) else Fraction(0)
    if content is None and taken != given and ends_at_the_gate(view):
        return None
    larger = max(abs(taken), abs(given + stays))
    rows = (place(e.place, "origin") for e in view.counted if e.origin.startswith("biogenic"))
    return Known(abs(taken - given - stays) / larger if larger else Fraction(0), tuple(rows))


def _biogenic(view: View, wanted: str, carbon: Mapping[str, Fraction]) -> Fraction:
    """Return the carbon under an origin. [kg C / unit of the result]"""
    return sum(
        (
            term.amount * number * carbon.get(gas, Fraction(0))
            for term in view.terms
            for origin, gas, number in term.entries
            if origin == wanted
        ),
        Fraction(0),
    )


def _subtracting(view: View) -> Iterator[Exchange | None]:
    """Yield the row of every term that lowers the result other than as uptake by biomass, or by recycling."""
    for term in view.terms:
        of_recycling = term.exchange is None and term.process == "recycling"
        negative = term.amount < 0 or any(number < 0 for _, _, number in term.entries)
        if negative and not of_recycling:
            yield term.exchange


def _taking_up(view: View) -> Iterator[SeenTerm]:
    """Yield every term that counts an uptake: it lowers the result without a negative figure."""
    for term in view.terms:
        if any(origin == "biogenic_removal" for origin, _, _ in term.entries):
            yield term


def _offsets_excluded(view: View) -> Known | Unknown | None:
    """True where nothing is subtracted, false where what is subtracted calls itself an offset; else unknown.

    An uptake subtracts nothing only as far as it is shown to be carbon of the product system: a sink elsewhere that is
    stated as uptake lowers the result just the same.
    """
    rows = list(_subtracting(view))
    uptakes = list(_taking_up(view))
    taking = (*rows, *(term.exchange for term in uptakes))
    named = [item for item in taking if item is not None and _names_offset(view, item)]
    if named:
        return Known(value=False, rows=tuple(dict.fromkeys(place(item.place) for item in named)))
    if rows:
        return None
    unshown = [term for term in uptakes if _lowers(term) and _is_unshown(view, term)]
    at = dict.fromkeys(place(term.exchange.place, "from") for term in unshown if term.exchange)
    return Unknown("uptake", tuple(at)) if unshown else Known(value=True)


def _lowers(term: SeenTerm) -> bool:
    """Return whether a term takes up more than it gives off again: a background product does both."""
    net = sum(
        (-n if o == "biogenic_removal" else n for o, _, n in term.entries if o.startswith("biogenic")), Fraction(0)
    )
    return term.amount * net < 0


def _is_unshown(view: View, term: SeenTerm) -> bool:
    """Return whether nothing shows that an uptake is of carbon which the product system holds or gives off again.

    What is stated in CO2e does not say what was taken up; what a factor takes up beyond what leaves and stays is
    elsewhere. Of an uptake that the maker states as carbon dioxide the balance says whether its figures agree.
    """
    if any(origin == "biogenic_removal" and gas == "CO2e" for origin, gas, _ in term.entries):
        return True
    content = _biogenic_content(view)
    own = term.exchange is not None and term.exchange.kind is Kind.EMISSION
    if own and content is not None:
        return False
    stays = content.value if content and isinstance(content.value, Fraction) else Fraction(0)
    # What leaves as CO2e is not known by its carbon: none of it is taken to be.
    return _biogenic(view, "biogenic_removal", _UPTAKE) > _biogenic(view, "biogenic_emission", _CARBON) + stays


def _names_offset(view: View, exchange: Exchange) -> bool:
    factor = view.study.factors.get(exchange.source_of.partition(":")[2])
    texts = [exchange.id, exchange.source, *((exchange.name.zh, exchange.name.en) if exchange.name else ())]
    texts += [factor.name.zh, factor.name.en, factor.source] if factor else []
    return any(word in text.lower() for text in texts for word in OFFSET_WORDS)


def _subtractions(view: View) -> Known:
    rows = [item for item in _subtracting(view) if item is not None]
    return count(dict.fromkeys(place(item.place) for item in rows))


# ---- aircraft


def _aircraft_untagged(view: View) -> Known:
    return count(place(item.place, "tag") for item in view.counted if _flies(view, item) and not item.aircraft)


def _flies(view: View, exchange: Exchange) -> bool:
    kind, _, key = exchange.source_of.partition(":")
    factor = view.study.factors.get(key) if kind == "factor" else None
    if factor is None:
        return kind == "param" and key.rpartition(".")[2] == "air"
    text = f"{factor.name.zh} {factor.name.en}".lower()
    freight = same_dimension(factor.unit, "kg CO2e / (t*km)") or same_dimension(factor.unit, "kg / (t*km)")
    return freight and any(word in text for word in ("航空", "空运", "aircraft", "by air", "air freight"))


def _aircraft_undifferentiated(view: View) -> Known:
    names = {item["subject"] for item in view.assessment.findings if item["code"] == "aircraft-undifferentiated"}
    rows = [term.exchange for term in view.terms if term.id in names and term.exchange is not None]
    return Known(Fraction(len(names)), tuple(dict.fromkeys(place(item.place, "tag") for item in rows)))


# ---- time, conventions and the result


def _direct_without_upstream(view: View) -> Known:
    """The assessment refuses it; counted here so that a rule can say so."""
    return count(place(item.place, "upstream") for item in view.counted if item.kind is Kind.FUEL and not item.upstream)


def _period_days(view: View) -> Known:
    return Known(Fraction((view.study.end - view.study.start).days + 1))


def _period_closed(view: View) -> Known:
    return Known(view.study.end <= view.assessment.known_on)


def _undifferentiated_share(view: View) -> Known | None:
    share = undifferentiated(view.assessment)
    return None if share is None else Known(share)


def _origins_apart(view: View) -> Known | None:
    """A one-number factor does not say what is fossil and what is biogenic."""
    return Known(value=True) if undifferentiated(view.assessment) == 0 else None


def _largest_term_share(view: View) -> Known | None:
    largest = max(view.terms, key=lambda term: abs(term.value), default=None)
    if largest is None or view.whole == 0:
        return None
    rows = (place(largest.exchange.place),) if largest.exchange else ()
    return Known(abs(largest.value) / view.whole, rows)


def _stages_sum(view: View) -> Known:
    result = view.assessment.result
    stages = sum((figure(item["total"]) for item in result["stages"].values()), Fraction(0))
    origins = sum((figure(item) for item in result["origins"].values()), Fraction(0))
    return Known(stages == origins == figure(result["value"]))


def _text(name: str) -> Callable[[View], Known]:
    return lambda view: Known(str(getattr(view.rule, name)))


FACTS: Mapping[str, tuple[str, Finder]] = {
    "reference_flow": ("product unit / unit", _reference_flow),
    "stages_empty": ("1", _stages_empty),
    "stages_missing": ("1", _stages_missing),
    "stages_outside": ("1", _stages_outside),
    "cradle_to_gate": ("truth", _cradle_to_gate),
    "processes_unused": ("1", _processes_unused),
    "cut_offs_listed": ("truth", _cut_offs_listed),
    "cut_off_total": ("1", _cut_off_total),
    "cut_off_largest": ("1", _cut_off_largest),
    "cut_offs_without_evidence": ("1", _cut_offs_without_evidence),
    "processes_allocated": ("1", _processes_allocated),
    "allocation_shares_sum": ("truth", _allocation_shares_sum),
    "allocation_alternatives_missing": ("1", _allocation_alternatives_missing),
    "allocation_justified": ("truth", _allocation_justified),
    "processes_balanced": ("1", _processes_balanced),
    "balance_worst": ("1", _balance_worst),
    "balance_unsaid": ("1", _balance_unsaid),
    "biogenic_content": ("kg C / unit", _biogenic_content),
    "biogenic_gap": ("1", _biogenic_gap),
    "offsets_excluded": ("truth", _offsets_excluded),
    "subtractions": ("1", _subtractions),
    "aircraft_untagged": ("1", _aircraft_untagged),
    "aircraft_undifferentiated": ("1", _aircraft_undifferentiated),
    "direct_without_upstream": ("1", _direct_without_upstream),
    "period_days": ("1", _period_days),
    "period_closed": ("truth", _period_closed),
    "undifferentiated_share": ("1", _undifferentiated_share),
    "origins_apart": ("truth", _origins_apart),
    "largest_term_share": ("1", _largest_term_share),
    "stages_sum": ("truth", _stages_sum),
    "open_axes": ("1", lambda view: Known(Fraction(sum(axis.open for axis in view.rule.axes.values())))),
    "gwp_set": ("text", _text("gwp")),
    "biogenic_convention": ("text", _text("biogenic")),
    "methane_convention": ("text", _text("methane")),
    "rule_status": ("text", lambda view: Known(view.rule.status.value)),
}
