"""Cases and verifications after many events at a time: what the events lead to one by one, made once in the end.

Applying an event makes a new record, and of a hundred thousand lives that is most of what has to be made. Here the
events change a draft of the record, which becomes one in the end. Events that a draft does not know are applied by
themselves; that both ways lead to the same is what the tests compare on a whole world.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from footproof.certify.case import (
    ActivityCompleted,
    ApplicationAccepted,
    Case,
    CaseState,
    Concluded,
    DecisionTaken,
    PlanApproved,
    ReviewCompleted,
)
from footproof.certify.record import Event, Recorded, Stamp, after
from footproof.certify.verifications import (
    EngagementAgreed,
    EngagementAnalysed,
    EngagementConcluded,
    EngagementDecided,
    EngagementPlanned,
    EngagementReviewed,
    EvidenceGathered,
    Issued,
    StatementIssued,
    Verification,
)
from footproof.model.days import legal_day
from footproof.model.engagement import Analysis, Engagement, Gathered, State
from footproof.server.world.text import digest_of

DRAFTED = (Case, Verification)
"""Records of which there are drafts."""
Happened = tuple[Event[Any], Stamp]
Draft = dict[str, Any]
_Change = Callable[[Draft, Any, Stamp], None]


def folded(kind: type[Any], identity: str, events: Iterable[Happened]) -> Any:
    """Return the case or verification that events lead to.

    Args:
        kind: Of the record, one of `DRAFTED`.
        identity: Which.
        events: All of it, in order.

    Raises:
        FootproofError: As `record.after`.
    """
    first, *rest = events
    if kind is Case:
        return _drafted(after(None, *first), rest, _CASE, replace)
    return _drafted(_agreed(identity, *first), rest, _VERIFICATION, _verified)


def _drafted(record: Any, events: Iterable[Happened], known: dict[type, _Change], made: Callable[..., Any]) -> Any:
    """Return a record after events, of which those that are known change a draft."""
    draft: Draft = {}
    for event, stamp in events:
        change = known.get(type(event))
        if change is None:
            record = after(made(record, **draft) if draft else record, event, stamp)
            draft = {}
        else:
            if not draft:
                draft = _begun(record)
            change(draft, event, stamp)
    return made(record, **draft) if draft else record


def _begun(record: Any) -> Draft:
    """Return what a draft goes on from: the members that events add to."""
    inner: Any = record.engagement if isinstance(record, Verification) else record
    found = {name: getattr(inner, name) for name in ("judged", "team_ever", "begun") if hasattr(inner, name)}
    names = ("activities", "conclusions") if inner is record else ("worked", "gathered")
    found |= {name: getattr(inner, name) for name in names}
    if inner is not record:
        found["statements"] = record.statements
    return found


def _agreed(identity: str, event: Event[Any], stamp: Stamp) -> Verification:
    """Return a verification as it begins."""
    if not isinstance(event, EngagementAgreed):
        raise TypeError(event.kind)
    terms: dict[str, Any] = event.agreed.terms()
    engagement = Engagement(event.id, event.case, event.client, **terms, state=State.ENGAGED)
    return Verification(event.body, engagement, seed=digest_of(Recorded(Verification, identity, 1, event, stamp)))


def _verified(record: Verification, **draft: Any) -> Verification:
    statements = draft.pop("statements")
    return replace(record, engagement=replace(record.engagement, **draft), statements=statements)


# ---- what the events of a case change


def _accepted(draft: Draft, event: ApplicationAccepted, stamp: Stamp) -> None:
    draft |= {"state": CaseState.ACCEPTED, "terms": event.terms, "facts": event.facts}
    draft |= {"accepted": legal_day(stamp.at), "judged": (*draft["judged"], stamp.by.person)}


def _planned(draft: Draft, event: PlanApproved, stamp: Stamp) -> None:
    people = [one.person for one in event.plan.team]
    draft |= {"state": CaseState.PLANNED, "plan": event.plan}
    draft["team_ever"] = tuple(dict.fromkeys((*draft["team_ever"], stamp.by.person, *people)))
    draft["begun"] = tuple(one for one in draft["begun"] if one.person in people)


def _carried_out(draft: Draft, event: ActivityCompleted, _: Stamp) -> None:
    draft["begun"] = tuple(one for one in draft["begun"] if one.activity != event.activity.id)
    draft["activities"] = (*draft["activities"], event.activity)


def _concluded(draft: Draft, event: Concluded, _: Stamp) -> None:
    others = (one for one in draft["conclusions"] if one.id != event.conclusion.id)
    draft["conclusions"] = (*others, event.conclusion)


def _reviewed(draft: Draft, event: ReviewCompleted, _: Stamp) -> None:
    draft |= {"state": CaseState.REVIEWED, "reviewer": event.person, "recommendation": event.recommendation}
    draft["judged"] = (*draft["judged"], event.person)


def _decided(draft: Draft, event: DecisionTaken, _: Stamp) -> None:
    draft |= {"state": CaseState.DECIDED, "decision": event.decision}


_CASE: dict[type, _Change] = {
    ApplicationAccepted: _accepted,
    PlanApproved: _planned,
    ActivityCompleted: _carried_out,
    Concluded: _concluded,
    ReviewCompleted: _reviewed,
    DecisionTaken: _decided,
}


# ---- what the events of a verification change


def _analysed(draft: Draft, event: EngagementAnalysed, stamp: Stamp) -> None:
    by = stamp.by.person
    draft["analysis"] = Analysis(event.document, event.aspects, event.export, by, legal_day(stamp.at))
    draft["worked"] = tuple(dict.fromkeys((*draft["worked"], by)))


def _engaged(draft: Draft, event: EngagementPlanned, stamp: Stamp) -> None:
    draft |= {"state": State.PLANNED, "team": event.team, "risks": event.risks, "plan": event.evidence}
    draft |= {"samples": event.samples, "answers": event.answers}
    draft["worked"] = tuple(dict.fromkeys((*draft["worked"], *event.team.members, stamp.by.person)))


def _gathered(draft: Draft, event: EvidenceGathered, stamp: Stamp) -> None:
    found = Gathered(event.item, event.digest, stamp.by.person, legal_day(stamp.at), 1, event.export)
    draft["gathered"] = (*draft["gathered"], found)


def _executed(draft: Draft, event: EngagementConcluded, _: Stamp) -> None:
    draft |= {"state": State.EXECUTED, "opinion": event.opinion, "work": event.work}


def _looked_over(draft: Draft, _: EngagementReviewed, stamp: Stamp) -> None:
    draft |= {"state": State.REVIEWED, "reviewer": stamp.by.person}


def _confirmed(draft: Draft, _: EngagementDecided, stamp: Stamp) -> None:
    draft |= {"state": State.DECIDED, "decider": stamp.by.person}


def _stated(draft: Draft, event: StatementIssued, stamp: Stamp) -> None:
    draft |= {"state": State.ISSUED, "statement": event.statement}
    draft["statements"] = (*draft["statements"], Issued(event.statement, legal_day(stamp.at)))


_VERIFICATION: dict[type, _Change] = {
    EngagementAnalysed: _analysed,
    EngagementPlanned: _engaged,
    EvidenceGathered: _gathered,
    EngagementConcluded: _executed,
    EngagementReviewed: _looked_over,
    EngagementDecided: _confirmed,
    StatementIssued: _stated,
}
