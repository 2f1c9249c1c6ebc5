"""Until when something has to be done: a case decided, a certificate looked at again, a renewal filed.

ISO/IEC 17065, 4.1.2 (the agreement) and 7.9; working days count by the calendar of the place.
"""

from datetime import date

from footproof.certify.calendar import Spans, WorkingCalendar, add_working_days, due_day
from footproof.certify.case import Case, CaseState, Severity
from footproof.certify.certificate import Certified
from footproof.certify.scheme import add_months, due
from footproof.model.scheme import Scheme, TimeLimit

RUNNING = (CaseState.SUBMITTED, CaseState.ACCEPTED, CaseState.PLANNED, CaseState.REVIEWED)


def due_of(case: Case, scheme: Scheme, calendar: WorkingCalendar) -> date | None:
    """Return the last day on which a case is decided in time: the earliest of its clocks.

    A clock of a scheme counts where the case has its last activity, and it starts with the application or its
    acceptance; of other activities the case does not know the day.

    Args:
        case: Its clocks stop with its end, and stand still while the client answers a nonconformity.
        scheme: Edition of the case.
        calendar: Working days of the place.

    Returns:
        None for a case that has ended, or no clock of which runs yet.
    """
    if case.state not in RUNNING:
        return None
    waits = _waits(case)
    days = [
        due_day(calendar, limit, started, waits)
        for limit in scheme.time_limits
        if (started := _started(case, limit)) is not None and _has(scheme, case, limit.end)
    ]
    if case.accepted is not None and case.terms is not None:
        days.append(add_working_days(calendar, case.accepted, case.terms.working_days, waits))
    return min(days, default=None)


def surveillance_due(found: Certified, scheme: Scheme) -> date | None:
    """Return by which day the next surveillance of a certificate has to be done, None where none is.

    Args:
        found: The certificate.
        scheme: Its edition.
    """
    return due(scheme, found.looked or found.held.first, found.watches)


def renewal_until(found: Certified, scheme: Scheme) -> date:
    """Return the last day on which a certificate can be renewed; later, what it certified is evaluated as at first.

    Args:
        found: The certificate.
        scheme: Its edition.
    """
    return add_months(found.held.last, scheme.late_renewal_months)


def _waits(case: Case) -> Spans:
    """Return when nobody at the body could go on: while the client had a nonconformity to answer, or the case was over.

    A nonconformity that is not answered yet is taken to be answered on the last day for it, so that the clocks say when
    the case is due at the latest; without such a day it stops nothing until it is answered. After that day they go on.
    """
    graver = (one for one in case.findings if one.severity is not Severity.OBSERVATION)
    asked = ((one.raised, one.answered or one.until) for one in graver)
    return (*((first, last) for first, last in asked if first is not None and last is not None), *case.halted)


def _started(case: Case, limit: TimeLimit) -> date | None:
    return {"application": case.submitted, "acceptance": case.accepted}.get(limit.start)


def _has(scheme: Scheme, case: Case, activity: str) -> bool:
    found = scheme.activity(activity)
    return found is not None and case.kind in found.kinds
