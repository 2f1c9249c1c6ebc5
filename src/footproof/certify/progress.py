"""How far a case is: which activities of its scheme are done, read off its state and its record."""

from footproof.certify.case import Case, CaseState
from footproof.certify.people import CLIENT_ROLES
from footproof.certify.scheme import activities_for
from footproof.model.scheme import Activity, Function, Scheme

PLANNING = "planning"
_ENTRY = (Function.SELECTION,)
_END = (Function.DECISION, Function.ATTESTATION, Function.LICENSING)
_AFTER_PLANNING = (CaseState.PLANNED, CaseState.REVIEWED, CaseState.DECIDED)


def done_of(scheme: Scheme, case: Case) -> frozenset[str]:
    """Return the activities of a case that are done, by id.

    What the team does stands in the record; what comes before and after it follows from the state. A decision against
    the client ends without certificate and licence.

    Args:
        scheme: Edition of the case.
        case: The case.
    """
    return case.done | {one.id for one in activities_for(scheme, case.kind) if _behind(one, case)}


def _behind(one: Activity, case: Case) -> bool:
    if one.function in _ENTRY and one.role in CLIENT_ROLES:
        return True
    if one.function in _ENTRY and one.role == "planner":
        return case.state in _AFTER_PLANNING if one.id == PLANNING else case.accepted is not None
    if one.function is Function.REVIEW:
        return case.state in (CaseState.REVIEWED, CaseState.DECIDED)
    if one.function in _END and case.decision is not None:
        return one.function is Function.DECISION or bool(case.decision.certificate)
    return False
