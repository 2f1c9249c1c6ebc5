"""The edges from the certificate to its key, from the key to the body, and from the body to what it was granted."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import TypeVar

from footproof.model.bilingual import Bilingual
from footproof.model.recognition import (
    ANY,
    Accreditation,
    Change,
    CodeList,
    KeyDelegation,
    Scope,
    Statement,
    in_force,
    state_on,
)
from footproof.model.recognition_records import RecognitionRecords, plain_name
from footproof.recognise.chain import Edge, EdgeName, Word
from footproof.recognise.cover import Case, Miss, covering, held, nearest_miss
from footproof.recognise.question import Question

Values = Mapping[str, object]
Fault = tuple[tuple[int, ...], str, Values]
"""How far off, the code, and what the wording needs; the least is told."""

Grant = TypeVar("Grant", bound=Accreditation)

_CODES = {
    "suspended": "E-RECOG-SUSPENDED",
    "early": "E-RECOG-EARLY",
    "late": "E-RECOG-LATE",
    "reduced": "E-RECOG-REDUCED",
    "withdrawn": "E-RECOG-WITHDRAWN",
    "category": "E-RECOG-CATEGORY",
    "site": "E-RECOG-SITE",
    "edition": "E-RECOG-EDITION",
    "scheme": "E-RECOG-SCHEME",
    "activity": "E-RECOG-ACTIVITY",
}


def key_edge(case: Case, records: RecognitionRecords) -> Edge:
    """Return whether the body had delegated the signing key on the day of issue.

    A key that has expired since does no harm, hence the day of issue; a revocation that was published since and reaches
    back before the issue does.

    Args:
        case: What is asked.
        records: What is known.
    """
    asked = case.question
    if asked.key.partition("#")[0] != asked.body.id:
        return Edge("key", "broken", None, "E-RECOG-KEY-OTHER", {"key": asked.key, "body": asked.body.id})
    known = [
        one for one in records.keys.get(asked.key, ()) if one.known <= case.known_on and one.body.id == asked.body.id
    ]
    faults = []
    for one in known:
        fault = next(_key_faults(one, asked, case.known_on), None)
        if fault is None:
            return Edge("key", "ok", one)
        faults.append((fault, one))
    if faults:
        (_, code, values), one = min(faults, key=lambda each: each[0][0])
        return Edge("key", "broken", one, code, values)
    others = tuple(
        one.key
        for one in records.delegated.get(asked.body.id, ())
        if one.known <= case.known_on and one.key != asked.key
    )
    return Edge("key", "broken", None, "E-RECOG-KEY-NONE", {"key": asked.key, "body": asked.body.name, "held": others})


def _key_faults(one: KeyDelegation, asked: Question, known_on: date) -> Iterator[Fault]:
    """Yield why a delegation of the key's name does not serve, the most basic first."""
    values: Values = {"key": one.key, "body": one.body.name, "day": asked.issued, "first": one.first, "last": one.last}
    if one.stated_by != one.entitled:
        yield (6,), "E-RECOG-STATED-BY", stated_by_values(one, Word("key"))
    if one.thumbprint != asked.thumbprint:
        yield (5,), "E-RECOG-KEY-THUMBPRINT", {**values, "found": asked.thumbprint, "needed": one.thumbprint}
    state = state_on(one.changes, asked.issued, known_on)
    if state is not None and not in_force(state):
        yield (1,), "E-RECOG-KEY-REVOKED", {**values, "since": state.on, "known": state.known}
    if asked.issued < one.first:
        yield (2,), "E-RECOG-KEY-EARLY", values
    if one.last is not None and asked.issued > one.last:
        yield (3,), "E-RECOG-KEY-LATE", values
    if asked.activity not in one.activities and ANY not in one.activities:
        told = tuple(map(shown_activity, one.activities))
        yield (4,), "E-RECOG-KEY-ACTIVITY", {**values, "found": shown_activity(asked.activity), "held": told}


def body_edge(case: Case, records: RecognitionRecords, rests_on: Sequence[Accreditation]) -> Edge:
    """Return whether the registers know the body under this identifier, and by the name the certificate gives it.

    A register that nobody trusts could lend the body any name; hence the grants that the chain rests on decide.

    Args:
        case: What is asked.
        records: What is known.
        rests_on: Approval and accreditation that hold, all the way up.
    """
    body = case.question.body
    for one in rests_on:
        if not _same_name(one.holder.name, body.name):
            return _misnamed(one, case)
    if rests_on:
        return Edge("body", "ok", rests_on[0])
    own = [
        one
        for one in (*records.approvals.get(body.id, ()), *records.accreditations.get(body.id, ()))
        if one.known <= case.known_on and one.stated_by == one.entitled
    ]
    if not own:
        namesakes = tuple(
            sorted(
                {
                    one.holder.id
                    for name in (body.name.zh, body.name.en)
                    for one in records.named.get(plain_name(name), ())
                    if one.known <= case.known_on and one.holder.id != body.id
                }
            )
        )
        code = "E-RECOG-BODY-NAMESAKE" if namesakes else "E-RECOG-BODY-NONE"
        return Edge("body", "broken", None, code, {"body": body.name, "id": body.id, "others": namesakes})
    for one in own:
        if _same_name(one.holder.name, body.name):
            return Edge("body", "ok", one)
    return _misnamed(own[0], case)


def _misnamed(one: Accreditation, case: Case) -> Edge:
    body = case.question.body
    values = {"id": body.id, "found": _both(body.name), "needed": _both(one.holder.name)}
    return Edge("body", "broken", one, "E-RECOG-BODY-NAME", values)


def approval_edge(case: Case, records: RecognitionRecords) -> Edge:
    """Return whether a trusted authority had approved the body for the case.

    Args:
        case: What is asked.
        records: What is known.
    """
    if not case.roots.needs_approval:
        return Edge("approval", "not-needed")
    found = records.approvals.get(case.question.body.id, ())
    judged = judge_grants(found, case, records)
    for one, fault in judged:
        if fault is None and one.giver.id in case.roots.authorities:
            return Edge("approval", "ok", one)
    untrusted = [(one, fault or _untrusted(one)) for one, fault in judged]
    return broken_grant("approval", untrusted, case)


def judge_grants(grants: Iterable[Grant], case: Case, records: RecognitionRecords) -> list[tuple[Grant, Fault | None]]:
    """Return each grant that was published by then, with why it does not cover the case, or None.

    Args:
        grants: Of one body.
        case: What is asked.
        records: For the names of categories.
    """
    found: list[tuple[Grant, Fault | None]] = []
    for one in grants:
        if one.known > case.known_on:
            continue
        if one.stated_by != one.entitled:
            found.append((one, _misstated(one)))
        elif covering(one.scopes, one.changes, case) is not None:
            found.append((one, None))
        else:
            fault = scope_fault(one.scopes, one.changes, case, records, grant_values(one))
            found.append((one, fault))
    return found


def broken_grant(name: EdgeName, judged: Sequence[tuple[Accreditation, Fault | None]], case: Case) -> Edge:
    """Return the broken edge that tells the nearest of several grants that do not cover the case.

    Args:
        name: "approval" or "accreditation".
        judged: Grants with their faults.
        case: What is asked.
    """
    faults = [(fault, one) for one, fault in judged if fault is not None]
    if not faults:
        missing: Values = {"what": Word(name), "holder": case.question.body.name, "day": case.at}
        return Edge(name, "broken", None, "E-RECOG-NONE", missing)
    (_, code, values), one = min(faults, key=lambda each: each[0][0])
    return Edge(name, "broken", one, code, values)


def scope_fault(
    scopes: Sequence[Scope], changes: Sequence[Change], case: Case, records: RecognitionRecords, values: Values
) -> Fault:
    """Return the nearest miss of scopes that do not cover the case, with its code and all its wording needs.

    Args:
        scopes: Of one record.
        changes: Of the same record.
        case: What is asked.
        records: For the names of categories.
        values: What the wording needs of the record.
    """
    miss = nearest_miss(scopes, changes, case)
    if miss is None:
        return (0, 99), "E-RECOG-NO-SCOPE", {**values, "day": case.at, "known_on": case.known_on}
    told: Values = {**values, "day": case.at, **_miss_values(miss, scopes, case, records)}
    code = _CODES[miss.cause]
    if miss.cause == "suspended" and miss.until is None:
        code = "E-RECOG-SUSPENDED-STILL"
    ended = _carried(miss.scope, case, records) if miss.cause == "edition" else None
    if ended is not None:
        code, told = "E-RECOG-TRANSITION", {**told, "last": ended, "issued": case.question.issued}
    return (0, *miss.rank), code, told


def _carried(scope: Scope, case: Case, records: RecognitionRecords) -> date | None:
    """Return the last day on which a scope for the edition before counted for the one asked about."""
    asked = case.question
    for one in records.schemes.get((asked.scheme, asked.edition), ()):
        stated = one.known <= case.known_on and one.stated_by == one.entitled
        trusted = stated and one.owner.id in case.roots.scheme_owners
        if trusted and f"{asked.scheme}@{one.follows}" in scope.schemes:
            return one.carried_until
    return None


def _miss_values(miss: Miss, scopes: Sequence[Scope], case: Case, records: RecognitionRecords) -> Values:
    asked, scope, change = case.question, miss.scope, miss.change
    if change is not None:
        return {
            "since": change.on,
            "until": miss.until,
            "known": change.known,
            "reason": change.reason or Word("no-reason"),
        }
    found: object
    shown: tuple[object, ...]
    if miss.cause == "category":
        found = shown_category(asked.category, records.code_lists)
        shown = tuple(shown_category(one, records.code_lists) for one in held(scopes, case, "categories"))
    elif miss.cause == "site":
        found = Bilingual(zh=f"{asked.site}（{asked.country}）", en=f"{asked.site} ({asked.country})")
        shown = tuple(map(_shown, held(scopes, case, "places")))
    elif miss.cause in ("edition", "scheme"):
        found = f"{asked.scheme}@{asked.edition}"
        shown = tuple(map(_shown, held(scopes, case, "schemes")))
    elif miss.cause == "activity":
        found = shown_activity(asked.activity)
        shown = tuple(map(shown_activity, held(scopes, case, "activities")))
    else:
        return {"first": scope.first, "last": scope.last}
    return {"found": found, "held": shown}


def grant_values(one: Accreditation) -> Values:
    """Return what every wording about a grant names: what, by whom, to whom, its number.

    Args:
        one: Accreditation or approval.
    """
    return {"what": Word(one.KIND), "giver": one.giver.name, "holder": one.holder.name, "number": one.number}


def stated_by_values(one: Statement, what: Word) -> Values:
    """Return the wording of a record that somebody stated who may not.

    Args:
        one: The record.
        what: What it is.
    """
    return {"what": what, "number": one.id, "found": one.stated_by, "needed": one.entitled}


def shown_category(pattern: str, lists: Mapping[str, CodeList]) -> object:
    """Return a category with its name in the code list, where the list has one.

    Args:
        pattern: As in a scope.
        lists: Known code lists.
    """
    name, _, code = pattern.partition(":")
    listed = lists.get(name)
    if listed is None or pattern == ANY:
        return _shown(pattern)
    text = listed.name if code == ANY else next((one.name for one in listed.codes if one.code == code), None)
    return pattern if text is None else Bilingual(zh=f"{text.zh}（{pattern}）", en=f"{text.en} ({pattern})")


def shown_activity(activity: str) -> object:
    """Return an activity in words where we have them, else as it is written.

    Args:
        activity: As in a scope.
    """
    return Word(f"activity.{activity}") if activity in _ACTIVITIES else _shown(activity)


_ACTIVITIES = frozenset({"product-certification", "system-certification", "verification", "validation", "testing"})


def _shown(pattern: str) -> object:
    return Word("any") if pattern == ANY else pattern.removeprefix("place:").removeprefix("site:")


def _both(name: Bilingual) -> str:
    return f"{name.zh} / {name.en}"


def _same_name(left: Bilingual, right: Bilingual) -> bool:
    return plain_name(left.zh) == plain_name(right.zh) and plain_name(left.en) == plain_name(right.en)


def _misstated(one: Accreditation) -> Fault:
    if one.stated_by == one.holder.id:
        return (2,), "E-RECOG-SELF-STATED", grant_values(one)
    return (2,), "E-RECOG-STATED-BY", stated_by_values(one, Word(one.KIND))


def _untrusted(one: Accreditation) -> Fault:
    return (1,), "E-RECOG-UNTRUSTED", {**grant_values(one), "id": one.giver.id}
