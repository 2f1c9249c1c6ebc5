"""Checks that find errors in a study which the rule's own clauses leave to the verifier.

Each module holds one kind of error and yields findings; none refuses anything. What the clauses of the rule find
already is not found a second time here.
"""

from collections.abc import Callable, Iterator, Mapping

from footproof.interpret.clause_view import View
from footproof.rules.parameters import ParameterBook
from footproof.verify.checks import balance, certificates, coproducts, factors, intensity, links, period, rows, stages
from footproof.verify.finding import Finding

Check = Callable[[View, ParameterBook], Iterator[Finding]]

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
}


def found_by_checks(view: View, book: ParameterBook) -> tuple[Finding, ...]:
    """Return what all checks find, each thing once: a row may be caught by several of them.

    Args:
        view: Assessment as facts read it.
        book: Published parameters.
    """
    found = {item.key: item for check in CHECKS.values() for item in check(view, book)}
    slips = {_line(item) for item in found.values() if item.code == "V-SLIP"}
    return tuple(item for item in found.values() if item.code != "V-MAGNITUDE" or _line(item) not in slips)


def _line(item: Finding) -> tuple[str, int | None]:
    return item.rows[0].file, item.rows[0].line
