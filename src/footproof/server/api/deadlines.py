"""Days that follow from a record and its scheme: until when a case is decided, how long records are kept.

They are computed when they are asked for and written nowhere. A record of an edition that this server does not know has
no such day.
"""

from collections.abc import Mapping
from typing import Any

from footproof.certify.calendar import load_calendar, unknown_years
from footproof.certify.case import Case
from footproof.certify.certificate import Certified
from footproof.certify.retention import keep_until
from footproof.errors import FootproofError
from footproof.model.scheme import Scheme
from footproof.server.accounts import here
from footproof.server.store.rows import CALENDAR, due_day


def scheme_of(key: str) -> Scheme | None:
    """Return a scheme edition, None where this server does not know it."""
    try:
        return here.find_scheme(key)
    except FootproofError as problem:
        if problem.code != "E-SCHEME-UNKNOWN":
            raise
        return None


def with_due(case: Case, seen: Mapping[str, Any]) -> dict[str, Any]:
    """Return a case as somebody sees it, with its last day, and the years whose holidays were not known in counting it.

    Args:
        case: The case.
        seen: What of it is seen; a laboratory that works for it sees of the agreement this day, and no more.
    """
    due = due_day(case, here.find_scheme)
    unknown = unknown_years(load_calendar(CALENDAR), case.submitted, due) if due is not None else ()
    return {**seen, "due": due.isoformat() if due is not None else None, "due_without_holidays_of": list(unknown)}


def kept_until(certified: Certified) -> str | None:
    """Return the last day on which the records of a certificate have to be there; None where no scheme says."""
    scheme = scheme_of(certified.held.scheme)
    found = keep_until(scheme, certified) if scheme is not None else None
    return found.isoformat() if found is not None else None
