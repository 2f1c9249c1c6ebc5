"""The edge of the rule: an edition of the scheme open on the day, and a rule that it sets or that the body filed."""

from collections.abc import Iterator

from footproof.model.recognition import Change, FiledRule, SchemeEdition, in_force, state_on
from footproof.model.recognition_records import RecognitionRecords
from footproof.recognise.chain import Edge, Word
from footproof.recognise.cover import Case
from footproof.recognise.edges import Fault, Values, stated_by_values


def rule_edge(case: Case, records: RecognitionRecords) -> Edge:
    """Return whether the scheme edition was open on the day of issue and the rule is the scheme's own or filed.

    Args:
        case: What is asked.
        records: What is known.
    """
    asked = case.question
    known = [one for one in records.schemes.get((asked.scheme, asked.edition), ()) if one.known <= case.known_on]
    faults: list[tuple[Fault, SchemeEdition]] = []
    for one in known:
        fault = _scheme_fault(one, case)
        if fault is None:
            return _rule(one, case, records)
        faults.append((fault, one))
    if faults:
        (_, code, values), one = min(faults, key=lambda each: each[0][0])
        return Edge("rule", "broken", one, code, values)
    held = tuple(sorted({one.edition for group in records.schemes.values() for one in group if _same(one, case)}))
    values = {"scheme": asked.scheme, "found": asked.edition, "held": held}
    return Edge("rule", "broken", None, "E-RECOG-SCHEME-NONE", values)


def _same(one: SchemeEdition, case: Case) -> bool:
    return one.scheme == case.question.scheme and one.known <= case.known_on


def _scheme_fault(one: SchemeEdition, case: Case) -> Fault | None:
    issued = case.question.issued
    values = {"scheme": one.name, "edition": one.edition, "day": issued, "first": one.first, "last": one.last}
    if one.stated_by != one.entitled:
        return (9,), "E-RECOG-STATED-BY", stated_by_values(one, Word("scheme"))
    if one.owner.id not in case.roots.scheme_owners:
        return (8,), "E-RECOG-SCHEME-OWNER", {**values, "owner": one.owner.name, "id": one.owner.id}
    if issued < one.first:
        return (1,), "E-RECOG-SCHEME-EARLY", values
    if one.last is not None and issued > one.last:
        return (2,), "E-RECOG-SCHEME-LATE", values
    return None


def _rule(scheme: SchemeEdition, case: Case, records: RecognitionRecords) -> Edge:
    asked = case.question
    if asked.rule_edition in scheme.rules:
        return Edge("rule", "ok", scheme)
    values: Values = {
        "rule": asked.rule,
        "edition": asked.rule_edition,
        "scheme": scheme.name,
        "body": asked.body.name,
        "day": case.at,
    }
    if asked.national:
        return Edge("rule", "broken", scheme, "E-RECOG-NOT-NATIONAL", values)
    faults: list[tuple[Fault, FiledRule]] = []
    for one in records.filings.get(asked.rule, ()):
        if one.known > case.known_on:
            continue
        fault = next(_filing_faults(one, case, values), None)
        if fault is None:
            return Edge("rule", "ok", one)
        faults.append((fault, one))
    if not faults:
        return Edge("rule", "broken", None, "E-RECOG-FILING-NONE", values)
    (_, code, values), one = min(faults, key=lambda each: each[0][0])
    return Edge("rule", "broken", one, code, values)


def _filing_faults(one: FiledRule, case: Case, values: Values) -> Iterator[Fault]:
    """Yield why a filing of the same rule does not serve, the most basic first; the nearer, the smaller its rank."""
    asked = case.question
    about = {**values, "number": one.number, "authority": one.authority.name}
    if one.body.id != asked.body.id:
        yield (6,), "E-RECOG-FILING-BODY", {**about, "other": one.body.name}
    if one.scheme != asked.scheme:
        yield (5,), "E-RECOG-FILING-SCHEME", {**about, "found": asked.scheme, "needed": one.scheme}
    if one.edition != asked.rule_edition:
        yield (4,), "E-RECOG-FILING-EDITION", {**about, "needed": one.edition}
    if one.stated_by != one.entitled:
        yield (3,), "E-RECOG-STATED-BY", stated_by_values(one, Word("filing"))
    if one.authority.id not in case.roots.authorities:
        yield (2,), "E-RECOG-FILING-AUTHORITY", {**about, "id": one.authority.id}
    state = state_on(one.changes, case.at, case.known_on)
    if state is None:
        yield _not_yet_filed(one, case, about)
    elif not in_force(state):
        yield (1,), _STATES[state.kind], {**about, **_change_values(state)}


_STATES = {"returned": "E-RECOG-FILING-RETURNED", "deregistered": "E-RECOG-DEREGISTERED"}


def _not_yet_filed(one: FiledRule, case: Case, about: Values) -> Fault:
    days = [each.on for each in one.changes if each.kind == "filed" and each.known <= case.known_on]
    if not days:
        return (1,), "E-RECOG-FILING-PENDING", about
    return (1,), "E-RECOG-FILING-EARLY", {**about, "first": min(days)}


def _change_values(state: Change) -> Values:
    return {"since": state.on, "known": state.known, "reason": state.reason or Word("no-reason")}
