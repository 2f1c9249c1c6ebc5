"""Materials of the Circular Footprint Formula at factors of another material, and recycling above winning anew."""

from collections.abc import Iterator
from fractions import Fraction

from footproof.interpret.clause_view import View, place
from footproof.model.study import Factor, Recovered, Study
from footproof.rules.parameters import ParameterBook
from footproof.verify.finding import GAP, Finding, worded
from footproof.verify.naming import words_of

FAR = 2
"""Recycling that burdens this many times what winning the material does needs a word (assumed)."""


def findings(view: View, book: ParameterBook) -> Iterator[Finding]:
    """Yield recovered materials whose factors are of another material, or exchanged."""
    del book
    study = view.study
    for item in study.recovered:
        for slot, source in (("virgin", item.virgin), ("recycled", item.recycled)):
            factor = study.factors.get(source.removeprefix("factor:"))
            if factor is not None:
                yield from _of_other_material(study, item, slot, factor)
        yield from _dearer(study, item)


def _of_other_material(study: Study, item: Recovered, slot: str, factor: Factor) -> Iterator[Finding]:
    own = frozenset(words_of((item.id, item.name.zh, item.name.en)))
    peers = [other for other in study.factors.values() if other.role == factor.role]
    shared = {other.id: len(own & _words(other)) for other in peers}
    best = max(sorted(shared), key=lambda name: shared[name])
    if not shared[factor.id] and shared[best]:
        values = {"row": item.id, "factor": factor.name, "other": study.factors[best].name}
        said = worded("V-FACTOR-NAME", values)
        yield Finding("V-FACTOR-NAME", (place(item.place, slot),), said, "6.4.6.3")


def _words(factor: Factor) -> frozenset[str]:
    return frozenset(words_of((factor.name.zh, factor.name.en)))


def _dearer(study: Study, item: Recovered) -> Iterator[Finding]:
    virgin, recycled = (_one_number(study, source) for source in (item.virgin, item.recycled))
    if virgin is None or recycled is None or virgin[1] != recycled[1] or recycled[0] <= FAR * virgin[0]:
        return
    values = {"material": item.name, "recycled": recycled[0], "virgin": virgin[0]}
    said = worded("V-RECYCLING-DEARER", {name: _plain(value) for name, value in values.items()})
    factors = [study.factors[source.removeprefix("factor:")] for source in (item.virgin, item.recycled)]
    where = (place(item.place, "recycled"), *(place(factor.place, "value") for factor in factors))
    yield Finding("V-RECYCLING-DEARER", where, said, "6.4.6.3", GAP)


def _plain(value: object) -> object:
    return str(float(value)) if isinstance(value, Fraction) else value


def _one_number(study: Study, source: str) -> tuple[Fraction, str] | None:
    factor = study.factors.get(source.removeprefix("factor:"))
    if factor is None or len(factor.entries) != 1:
        return None
    return Fraction(factor.entries[0].number), factor.entries[0].unit
