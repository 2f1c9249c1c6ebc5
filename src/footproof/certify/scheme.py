"""The scheme interpreter: what a scheme asks of a case, what may be done next, who may do it, and until when it holds.

ISO/IEC 17067 as data: an edition lists its activities, this module reads them in order. An activity whose condition
cannot be answered yet belongs to the case: nothing is left out for want of a fact.
"""

from collections.abc import Collection, Mapping
from datetime import date, timedelta

from footproof.certify.conditions import Facts, Unknown, check_facts, holds
from footproof.certify.scheme_files import load_scheme, read_scheme, schemes_in, shipped_schemes
from footproof.certify.scheme_lint import lint
from footproof.errors import FootproofError, Where
from footproof.model.scheme import (
    Activity,
    CaseKind,
    CertifiedObject,
    Function,
    Scheme,
    Technique,
    Trigger,
)

__all__ = [
    "activities_for",
    "add_months",
    "derived_type",
    "due",
    "lint",
    "load_scheme",
    "missing_before",
    "read_scheme",
    "ready",
    "schemes_in",
    "shipped_schemes",
    "suspended_until",
    "triggered",
    "valid_until",
]

NO_FACTS: Facts = {}


def activities_for(scheme: Scheme, kind: CaseKind, facts: Facts = NO_FACTS) -> tuple[Activity, ...]:
    """Return the activities of a case in an order in which each comes after what it needs.

    Args:
        scheme: Edition.
        kind: What the case is about.
        facts: What is declared of the case, for conditions.

    Raises:
        FootproofError: E-SCHEME-FACT, E-SCHEME-FACT-VALUE for facts the scheme does not know; E-SCHEME-CYCLE where no
            order exists.
    """
    check_facts(facts, scheme.facts)
    waiting = {one.id: one for one in scheme.activities if kind in one.kinds and _applies(scheme, one, facts)}
    needs = _needs(scheme, waiting)
    ordered: list[Activity] = []
    placed: set[str] = set()
    while waiting:
        free = next((name for name in waiting if needs[name] <= placed), None)
        if free is None:
            at = Where("scheme.toml", field="activity")
            raise FootproofError("E-SCHEME-CYCLE", at, names=", ".join(sorted(waiting)))
        ordered.append(waiting.pop(free))
        placed.add(free)
    return tuple(ordered)


def ready(scheme: Scheme, kind: CaseKind, done: Collection[str], facts: Facts = NO_FACTS) -> tuple[Activity, ...]:
    """Return the activities that may be done now: not done yet, and everything they need is.

    Args:
        scheme: Edition.
        kind: What the case is about.
        done: Activities that are complete, by id.
        facts: What is declared of the case.
    """
    chosen = activities_for(scheme, kind, facts)
    needs = _needs(scheme, {one.id for one in chosen})
    return tuple(one for one in chosen if one.id not in done and needs[one.id] <= set(done))


def missing_before(
    scheme: Scheme, kind: CaseKind, activity_id: str, done: Collection[str], facts: Facts = NO_FACTS
) -> tuple[Activity, ...]:
    """Return everything that has to be done before an activity and is not, in order (invariant I3).

    Args:
        scheme: Edition.
        kind: What the case is about.
        activity_id: The activity somebody wants to do.
        done: Activities that are complete, by id.
        facts: What is declared of the case.

    Raises:
        FootproofError: E-SCHEME-ACTIVITY where the case has no such activity.
    """
    chosen = activities_for(scheme, kind, facts)
    needs = _needs(scheme, {one.id for one in chosen})
    if activity_id not in needs:
        known = ", ".join(one.id for one in chosen)
        at = Where("scheme.toml")
        raise FootproofError("E-SCHEME-ACTIVITY", at, name=activity_id[:80], kind=kind.value, known=known)
    before: set[str] = set()
    waiting = [activity_id]
    while waiting:
        fresh = needs[waiting.pop()] - before
        before |= fresh
        waiting += fresh
    return tuple(one for one in chosen if one.id in before and one.id not in done)


def triggered(scheme: Scheme, facts: Facts) -> tuple[Trigger, ...]:
    """Return what calls for a special surveillance, as far as the declared facts tell.

    Args:
        scheme: Edition.
        facts: What happened: each trigger reads facts of the scheme.
    """
    check_facts(facts, scheme.facts)
    return tuple(one for one in scheme.surveillance.triggers if holds(one.check, facts, scheme.figures) is True)


def derived_type(scheme: Scheme) -> str:
    """Return the type of a product scheme under ISO/IEC 17067:2013: "1a", "1b", "2" … "6".

    It follows from what is determined and how it is kept under surveillance; it is empty for management systems, which
    that standard does not type.
    """
    if scheme.object is CertifiedObject.MANAGEMENT_SYSTEM:
        return ""
    if scheme.object in (CertifiedObject.SERVICE, CertifiedObject.PROCESS):
        return "6"
    after = {one.technique for one in scheme.activities if CaseKind.SURVEILLANCE in one.kinds}
    if Technique.SYSTEM_AUDIT in after:
        return "5"
    market, factory = Technique.MARKET_SAMPLE in after, bool(after & {Technique.FACTORY_SAMPLE, Technique.PRODUCTION})
    if market or factory:
        return {(True, True): "4", (True, False): "2", (False, True): "3"}[market, factory]
    licensed = any(one.function is Function.LICENSING for one in scheme.activities)
    return "1b" if licensed else "1a"


def valid_until(scheme: Scheme, on: date) -> date:
    """Return the last day of a certificate granted on a day (invariant I7).

    Args:
        scheme: Edition.
        on: First day of validity.
    """
    return add_months(on, scheme.valid_months) - timedelta(days=1)


def due(scheme: Scheme, granted_on: date, surveillances: Collection[date]) -> date | None:
    """Return by which day the next surveillance must be done.

    The time between two is never longer than the scheme allows, so an early one brings the next forward.

    Args:
        scheme: Edition.
        granted_on: First day of validity.
        surveillances: Days on which surveillances were done; those before the grant do not count.

    Returns:
        None where the scheme has none, or the certificate ends first and renewal takes its place.
    """
    if scheme.surveillance.every_months is None:
        return None
    last = max([granted_on, *(day for day in surveillances if day >= granted_on)])
    following = add_months(last, scheme.surveillance.every_months)
    return following if following <= valid_until(scheme, granted_on) else None


def suspended_until(scheme: Scheme, since: date) -> date | None:
    """Return the last day a suspension may last, None where the scheme does not say.

    Args:
        scheme: Edition; what follows is `scheme.suspension.then`.
        since: First day of the suspension.
    """
    longest = scheme.suspension.longest_months
    return None if longest is None else add_months(since, longest) - timedelta(days=1)


def add_months(day: date, months: int) -> date:
    """Return the same day of a later month; a day that month lacks becomes the first of the next.

    Args:
        day: Where to start.
        months: Not negative. [month]
    """
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    try:
        return date(year, month + 1, day.day)
    except ValueError:
        return date(year, month + 2, 1)  # December lacks no day


def _applies(scheme: Scheme, one: Activity, facts: Facts) -> bool:
    found = holds(one.condition, facts, scheme.figures)
    return found if isinstance(found, bool) else isinstance(found, Unknown)


def _needs(scheme: Scheme, chosen: Collection[str]) -> dict[str, set[str]]:
    """Return what each activity of a case needs there; for what the case leaves out, what that would have needed."""
    by_id = {one.id: one for one in scheme.activities}
    return {name: _needed(by_id, by_id[name], chosen) for name in chosen}


def _needed(by_id: Mapping[str, Activity], one: Activity, chosen: Collection[str]) -> set[str]:
    found: set[str] = set()
    seen: set[str] = set()
    waiting = list(one.needs)
    while waiting:
        name = waiting.pop()
        if name in seen or name not in by_id:
            continue
        seen.add(name)
        if name in chosen:
            found.add(name)
        else:
            waiting += by_id[name].needs
    return found
