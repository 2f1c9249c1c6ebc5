"""Until when a case has to be decided: the time the agreement gives, and the time limits of the scheme.

ISO/IEC 17065, 4.1.2 (the agreement); working days count by the calendar of the place.
"""

from datetime import date

from footproof.certify.calendar import WorkingCalendar, add_working_days, due_day
from footproof.certify.case import Case, CaseState
from footproof.model.scheme import Scheme, TimeLimit

RUNNING = (CaseState.SUBMITTED, CaseState.ACCEPTED, CaseState.PLANNED, CaseState.REVIEWED)


def due_of(case: Case, scheme: Scheme, calendar: WorkingCalendar) -> date | None:
    """Return the last day on which a case is decided in time: the earliest of its clocks.

    A clock of a scheme counts where the case has its last activity, and it starts with the application or its
    acceptance; of other activities the case does not know the day.

    Args:
        case: Its clocks stop with its end, and do not stop while the body waits for the client.
        scheme: Edition of the case.
        calendar: Working days of the place.

    Returns:
        None for a case that has ended, or no clock of which runs yet.
    """
    if case.state not in RUNNING:
        return None
    days = [
        due_day(calendar, limit, started)
        for limit in scheme.time_limits
        if (started := _started(case, limit)) is not None and _has(scheme, case, limit.end)
    ]
    if case.accepted is not None and case.terms is not None:
        days.append(add_working_days(calendar, case.accepted, case.terms.working_days))
    return min(days, default=None)


def _started(case: Case, limit: TimeLimit) -> date | None:
    return {"application": case.submitted, "acceptance": case.accepted}.get(limit.start)


def _has(scheme: Scheme, case: Case, activity: str) -> bool:
    found = scheme.activity(activity)
    return found is not None and case.kind in found.kinds
