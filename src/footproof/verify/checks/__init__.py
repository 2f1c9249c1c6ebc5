"""Checks that find errors in a study which the rule's own clauses leave to the verifier.

Each module holds one kind of error and yields findings; none refuses anything. What the clauses of the rule find
already is not found a second time here.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeAlias

from footproof.interpret.clause_view import View
from footproof.model.study import Study
from footproof.rules.parameters import ParameterBook
from footproof.verify.checks import (
    balance,
    certificates,
    coproducts,
    factors,
    idle,
    intensity,
    links,
    period,
    recycling,
    rows,
    stages,
    stated,
    transport,
)
from footproof.verify.finding import ERROR, Finding

Line: TypeAlias = tuple[str, int | None]
Check: TypeAlias = Callable[[View, ParameterBook], Iterator[Finding]]

CHECKS: Mapping[str, Check] = {
    "links": links.findings,
    "balance": balance.findings,
    "intensity": intensity.findings,
    "factors": factors.findings,
    "certificates": certificates.findings,
    "coproducts": coproducts.findings,
    "stages": stages.findings,
    "period": period.findings,
    "rows": rows.findings,
    "stated": stated.findings,
    "transport": transport.findings,
    "idle": idle.findings,
    "recycling": recycling.findings,
}


def found_by_checks(view: View, book: ParameterBook) -> tuple[Finding, ...]:
    """Return what all checks find, each thing once: a row may be caught by several of them.

    Args:
        view: Assessment as facts read it.
        book: Published parameters.
    """
    found = {item.key: item for check in CHECKS.values() for item in check(view, book)}
    told = _told(view, found.values())
    return tuple(item for item in found.values() if not (item.code in told and _line(item) in told[item.code]))


def _told(view: View, found: Iterable[Finding]) -> Mapping[str, set[Line]]:
    """Return, by code, the lines of which more is known: what follows from a slip, or from an exchanged factor."""
    slips = {_line(item) for item in found if item.code == "V-SLIP"}
    amounts = slips | {_line(item) for item in found if item.code == "V-MAGNITUDE"}
    processes = {row.process for row in view.study.exchanges if (row.place.file, row.place.line) in amounts}
    heavy = {(item.place.file, item.place.line) for item in view.study.processes.values() if item.id in processes}
    meant = {(at.file, at.line) for item in found if item.code == "V-FACTOR-NAME" for at in item.rows[1:]}
    return {"V-MAGNITUDE": slips, "V-CARRIED": slips, "V-MASS-LOST": heavy, "V-FACTOR-IDLE": meant}


def found_in_words(study: Study) -> tuple[Finding, ...]:
    """Return what the words of a study contradict in its figures, without an assessment: it may have been refused.

    Args:
        study: As it was read.
    """
    found = (*stated.of_study(study), *period.of_study(study))
    return tuple({item.key: item for item in found if item.severity == ERROR}.values())


def _line(item: Finding) -> Line:
    return item.rows[0].file, item.rows[0].line
