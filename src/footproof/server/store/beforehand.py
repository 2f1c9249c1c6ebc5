"""What is done before it is our turn to decide, so that nobody else need wait for it.

The packages of a case are recomputed, which takes long: acceptance and decision ask for the same again, and get what
came out for these very bytes (see `store.packages`). The case says as well which records will be looked at; they are
then read all at once. Nothing of this decides anything: in its turn everything is read anew.
"""

from collections.abc import Sequence
from dataclasses import replace

from footproof.certify.applications import AcceptApplication
from footproof.certify.case import Case
from footproof.certify.decisions import Decide
from footproof.errors import FootproofError
from footproof.server.store.journal import Ask, Journal
from footproof.server.store.packages import KEPT, look, risks_in
from footproof.server.store.records import Records
from footproof.server.store.unit import about


def prepared(journal: Journal, asks: Sequence[Ask]) -> list[Ask]:
    """Return what is asked with the records that it will look at; the packages are recomputed.

    Args:
        journal: The store.
        asks: What.
    """
    names = [one.operation.case for one in asks if isinstance(one.operation, AcceptApplication | Decide)]
    records = Records()
    records.fetch(names)
    found = {name: records.get((Case.stream, name)).record for name in names}
    cases = {name: case for name, case in found.items() if isinstance(case, Case)}
    _recompute(journal, list(cases.values()))
    ready = {name: about(case) for name, case in cases.items()}
    return [replace(one, about=ready.get(getattr(one.operation, "case", ""), ())) for one in asks]


def _recompute(journal: Journal, cases: Sequence[Case]) -> None:
    """Recompute the packages of cases, and assess those that nobody verifies."""
    looked, checked = list[str](), set[str]()
    for case in cases:
        members = [one.package for one in case.subject.others]
        looked += (case.package, case.base.package if case.base is not None else "", *members)
        checked |= {*members, *((case.package,) if _unverified(journal, case) else ())}
    wanted = list(dict.fromkeys(filter(None, looked)))[: KEPT // 2]
    for package in wanted:
        look(journal.workspace, package)
    for package in checked.intersection(wanted):
        risks_in(journal.workspace, package)


def _unverified(journal: Journal, case: Case) -> bool:
    """Tell whether the scheme has nobody verify packages, so that the decision assesses them."""
    try:
        return not journal.schemes(case.scheme).verified
    except FootproofError:  # the decision says so
        return False
