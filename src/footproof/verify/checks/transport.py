"""Transports against what they carry: weight for weight, and no farther than there is earth.

A row that moves a thing of its process moves all of it; a row that moves a thing that the process does not take was
left behind when the thing was taken out; what is delivered is carried once at least.
"""

from collections.abc import Iterator
from fractions import Fraction

from footproof.interpret.clause_view import View, place
from footproof.interpret.clauses import show
from footproof.model.study import Exchange, Kind
from footproof.rules.parameters import ParameterBook
from footproof.units import conversion, same_dimension
from footproof.verify.checks.stated import TENS
from footproof.verify.finding import Finding, Remedy, worded
from footproof.verify.kinds import kinds_of
from footproof.verify.naming import words_of
from footproof.verify.slips import EXACT, near, shifted

ROUND_THE_EARTH = 40_000
"""km: nothing on earth is farther by land or by sea than once around it."""
BY_LAND = 15_000
"""km: the longest unbroken road and railway, Lisbon or Cape Town to the Russian Far East, stay below it (recalled)."""
SHORTEST = {"rail": 5, "sea": 20, "air": 50}
"""km: below this a carrier is not loaded; a distance stated in thousands of kilometres is (assumed)."""
FEWEST = 2
CARRIED = Fraction(90, 100)
"""Stocks, and weights wet or dry, are that far apart (assumed)."""
MODES = ("road", "rail", "sea", "inland", "air")
_NO_THING = frozenset(
    words_of(("transport freight delivery delivered customer customers dispatch plant works site by to",))
)


def findings(view: View, book: ParameterBook) -> Iterator[Finding]:
    """Yield transports of another weight than their thing, of a thing that is not there, and beyond any distance."""
    rows = [row for row in view.counted if row.distance_km is not None]
    for row in rows:
        yield from _distance(row, book)
        thing = _thing(view, row)
        if thing is not None:
            yield from _weight(view, row, thing)
        else:
            yield from _alone(view, row)
    yield from _not_carried(view, rows)
    yield from _delivered_short(view, rows)
    yield from _work(view)


def _distance(row: Exchange, book: ParameterBook) -> Iterator[Finding]:
    distance = Fraction(row.distance_km or 0)
    modes = _modes(row, book)
    most = BY_LAND if modes and modes <= {"road", "rail", "inland"} else ROUND_THE_EARTH
    least = min((SHORTEST.get(mode, 0) for mode in modes), default=0)
    if distance > most or 0 < distance < least:
        values = {"row": row.id, "found": f"{show(distance, 'en')} km"}
        said = worded("V-DISTANCE", values)
        yield Finding("V-DISTANCE", (place(row.place, "distance_km"),), said, "6.4.3")


def _modes(row: Exchange, book: ParameterBook) -> frozenset[str]:
    """Return how a row is carried, by its own words and those of its published factor."""
    key = row.source_of.removeprefix("param:")
    names = (book[key].name.zh, book[key].name.en) if key in book else ()
    own = (row.id.replace("-", " "), *((row.name.zh, row.name.en) if row.name else ()))
    return kinds_of((*names, *own), MODES)


def _thing(view: View, row: Exchange) -> Exchange | None:
    """Return the row that a transport belongs to: the one whose id it carries on, in the same process."""
    same = [item for item in view.counted if item.process == row.process and item.distance_km is None]
    fitting = [item for item in same if row.id.startswith(f"{item.id}-") and same_dimension(item.amount.unit, "kg")]
    return max(fitting, key=lambda item: len(item.id), default=None)


def _weight(view: View, row: Exchange, thing: Exchange) -> Iterator[Finding]:
    carried, taken = _kilograms(view, row), _kilograms(view, thing)
    if not carried or not taken:
        return
    for shift in TENS:
        if near(carried, taken * shift, EXACT):
            yield _unequal(row, thing, carried, taken, _shifting(thing, shift))
            return
    if carried < taken * CARRIED and not _several(view, row, thing):
        yield _unequal(row, thing, carried, taken, None)


def _several(view: View, row: Exchange, thing: Exchange) -> bool:
    """Return whether a thing has more than one transport: then each carries a part."""
    return any(
        item.id != row.id and item.id.startswith(f"{thing.id}-") and item.distance_km is not None
        for item in view.counted
    )


def _shifting(thing: Exchange, shift: Fraction) -> Remedy | None:
    return (lambda study: shifted(study, thing.id, shift)) if thing.amount.number is not None else None


def _unequal(row: Exchange, thing: Exchange, carried: Fraction, taken: Fraction, remedy: Remedy | None) -> Finding:
    values = {
        "row": row.id,
        "thing": thing.id,
        "carried": f"{show(carried, 'en')} kg",
        "taken": f"{show(taken, 'en')} kg",
    }
    where = (place(thing.place, "amount"), place(row.place, "amount"))
    return Finding("V-CARRIED", where, worded("V-CARRIED", values), "6.4.3", remedy=remedy)


def _alone(view: View, row: Exchange) -> Iterator[Finding]:
    """Yield a transport that names a thing of which no other row, process or product speaks."""
    if row.name is None or view.study.processes[row.process].stage not in ("raw_materials", "manufacturing"):
        return
    words = _things(row)
    others = [item for item in view.counted if item.distance_km is None and not _is_energy(item)]
    spoken = [*map(_words, others), *_of_products(view)]
    if words and not any(2 * len(words & item) >= len(words) for item in spoken):
        said = worded("V-CARRIED-NOTHING", {"row": row.id, "process": row.process})
        yield Finding("V-CARRIED-NOTHING", (place(row.place),), said, "6.3.3")


def _things(row: Exchange) -> frozenset[str]:
    """Return the words by which a transport names what it carries, in English; the words of carriage left out."""
    if row.name is None:
        return frozenset()
    name = row.name.en.lower().partition(", by ")[0]
    found = frozenset(words_of((name,))) - _NO_THING
    return frozenset() if kinds_of((name,), MODES) else found


def _words(row: Exchange) -> frozenset[str]:
    texts = (row.id.replace("-", " ").replace("_", " "), row.name.en if row.name else "", row.source_of)
    return frozenset(words_of((*texts, row.source if row.name is None else "")))


def _of_products(view: View) -> Iterator[frozenset[str]]:
    names = [(view.study.product.name.en,), *((item.id, item.name.en) for item in view.study.processes.values())]
    names += [(item.name.en,) for item in view.study.coproducts]
    yield from (frozenset(words_of(name)) for name in names)


def _is_energy(row: Exchange) -> bool:
    return same_dimension(row.amount.unit, "MJ")


def _not_carried(view: View, rows: list[Exchange]) -> Iterator[Finding]:
    """Yield processes of distribution that carry some of their product, and less than all of it."""
    for process in view.study.processes.values():
        made = view.output(process.id)
        moves = [_kilograms(view, row) or Fraction(0) for row in rows if row.process == process.id]
        if process.stage != "distribution" or not moves or not made or not same_dimension(process.output.unit, "kg"):
            continue
        made *= conversion(process.output.unit, "kg")
        carried = sum(moves, Fraction(0))
        if carried < made * CARRIED:
            values = {
                "process": process.id,
                "carried": f"{show(carried, 'en')} kg",
                "made": f"{show(made, 'en')} kg",
            }
            said = worded("V-NOT-CARRIED", values)
            yield Finding("V-NOT-CARRIED", (place(process.place, "amount"),), said, "6.3.3")


def _delivered_short(view: View, rows: list[Exchange]) -> Iterator[Finding]:
    """Yield deliveries of the reference product, counted in its own process, of less than what it is made of."""
    name = view.study.reference
    if view.study.processes[name].stage == "distribution":
        return
    moves = [row for row in rows if row.process == name and row.stage == "distribution"]
    carried = sum((_kilograms(view, row) or Fraction(0) for row in moves), Fraction(0))
    taken = sum(
        (
            _kilograms(view, row) or Fraction(0)
            for row in view.counted
            if row.process == name and row.kind is Kind.INPUT and row.distance_km is None
        ),
        Fraction(0),
    )
    if not moves or not taken or view.study.processes[name].balance or len(_inputs_of(view, name)) < FEWEST:
        return
    if carried < taken * CARRIED:
        values = {
            "process": name,
            "carried": f"{show(carried, 'en')} kg",
            "made": f"{show(taken, 'en')} kg",
        }
        where = (place(moves[0].place, "amount"), *(place(row.place) for row in _inputs_of(view, name)))
        yield Finding("V-NOT-CARRIED", where, worded("V-NOT-CARRIED", values), "6.3.3")


def _inputs_of(view: View, process: str) -> list[Exchange]:
    """Return the parts that a process puts together, products of other processes."""
    return [row for row in view.counted if row.process == process and row.source_of.startswith("process:")]


def _work(view: View) -> Iterator[Finding]:
    """Yield transport work (t*km) that would carry all that a process takes and makes more than round the earth."""
    for row in view.counted:
        if not same_dimension(row.amount.unit, "t*km") or row.distance_km is not None:
            continue
        work = view.amount(row)
        moved = _moved(view, row.process)
        if not work or not moved:
            continue
        distance = work * conversion(row.amount.unit, "kg*km") / moved
        if distance > ROUND_THE_EARTH:
            said = worded("V-DISTANCE", {"row": row.id, "found": f"{show(distance, 'en')} km"})
            yield Finding("V-DISTANCE", (place(row.place, "amount"),), said, "6.4.3")


def _moved(view: View, process: str) -> Fraction:
    """Return the mass that a process takes, or makes where that is more. [kg]"""
    taken = sum(
        (
            _kilograms(view, row) or Fraction(0)
            for row in view.counted
            if row.process == process and row.distance_km is None
        ),
        Fraction(0),
    )
    item = view.study.processes[process]
    made = view.output(process)
    made = made * conversion(item.output.unit, "kg") if made and same_dimension(item.output.unit, "kg") else Fraction(0)
    return max(taken, made)


def _kilograms(view: View, row: Exchange) -> Fraction | None:
    amount = view.amount(row)
    if amount is None or not same_dimension(row.amount.unit, "kg"):
        return None
    return amount * conversion(row.amount.unit, "kg")
