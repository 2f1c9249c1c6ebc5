"""Figures and certificates that a study works out or lists and then never takes: what they stand for was left out.

A factor that no row takes is found by the rule (6.3.5-unused); it may be left over. A formula is written for a row, and
a supplier's certificate is asked for because something was bought.
"""

import re
from collections.abc import Iterator

from footproof.interpret.clause_view import View, place
from footproof.model.study import Recovered
from footproof.rules.parameters import ParameterBook
from footproof.verify.finding import GAP, Finding, worded
from footproof.verify.naming import telling, words_of

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_PART = re.compile(r"\b(?:without|excluding|exclusive of)\b|不含|不包括")


def findings(view: View, book: ParameterBook) -> Iterator[Finding]:
    """Yield formulas that nothing refers to, certificates that no row takes, and factors of a part alone."""
    del book
    study = view.study
    used = _names(view)
    for item in study.quantities.values():
        if item.figure.formula is not None and item.id not in used:
            said = worded("V-FORMULA-IDLE", {"name": item.name})
            yield Finding("V-FORMULA-IDLE", (place(item.place),), said, "6.3.3")
    taken = {source for row in study.exchanges for source in (row.source_of, row.upstream)}
    for supplier in study.suppliers.values():
        if f"certificate:{supplier.id}" not in taken:
            said = worded("V-SUPPLIER-IDLE", {"supplier": supplier.name})
            yield Finding("V-SUPPLIER-IDLE", (place(supplier.place),), said, "6.3.3")
    yield from _factors_idle(view, taken)
    for factor in study.factors.values():
        if f"factor:{factor.id}" in taken and len(factor.entries) == 1 and _PART.search(factor.boundary):
            said = worded("V-FACTOR-PART", {"factor": factor.name, "boundary": factor.boundary})
            yield Finding("V-FACTOR-PART", (place(factor.place, "boundary"),), said, "6.4.4", GAP)


def _factors_idle(view: View, taken: set[str]) -> Iterator[Finding]:
    """Yield factors that no row takes, and of whose thing no row speaks: the row was likely left out."""
    study = view.study
    used = taken | {source for item in study.recovered for source in sources_of(item)}
    spoken = [frozenset(words_of(telling(row))) for row in study.exchanges]
    spoken += [frozenset(words_of((item.id, item.name.zh, item.name.en))) for item in study.recovered]
    for factor in study.factors.values():
        if factor.scope != "life cycle" or f"factor:{factor.id}" in used or factor.role == "market mix":
            continue
        words = frozenset(words_of((factor.name.en,)))
        if words and not any(2 * len(words & item) >= len(words) for item in spoken):
            said = worded("V-FACTOR-IDLE", {"factor": factor.name})
            yield Finding("V-FACTOR-IDLE", (place(factor.place),), said, "6.3.3", GAP)


def sources_of(item: Recovered) -> tuple[str, ...]:
    """Return every factor that a recovered material refers to.

    Args:
        item: Row of recycling.csv.
    """
    return (item.virgin, item.recycled, item.disposal, item.recycled_end, item.avoided, item.recovery, item.displaced)


def _names(view: View) -> frozenset[str]:
    """Return every name that an expression of the study refers to."""
    study = view.study
    texts = [study.declared_unit.flow]
    texts += [item.figure.formula or "" for item in study.quantities.values()]
    texts += [item.amount.formula or "" for item in study.exchanges]
    texts += [item.output.formula or "" for item in study.processes.values()]
    texts += [item.amount.formula or "" for item in study.recovered]
    names = {name for text in texts for name in _NAME.findall(text)}
    return frozenset(names | set(view.rule.requirements) | _of_rule(view))


def _of_rule(view: View) -> set[str]:
    """Return the names that the formulas of the rule refer to: a rule may ask for a figure that no row takes."""
    return {name for item in view.rule.formulas.values() for name in _NAME.findall(str(item))}
