"""The edges above the body: its accreditation, the accreditation body, and the arrangements up to a trusted one."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from footproof.model.recognition import Accreditation, Arrangement, Signatory
from footproof.model.recognition_records import RecognitionRecords, plain_name
from footproof.recognise.chain import Edge, Word
from footproof.recognise.cover import Case, covering
from footproof.recognise.edges import Fault, Values, broken_grant, judge_grants, scope_fault, stated_by_values

MOST_LEVELS = 4

Upper = tuple[Edge, Edge, Edge]


def accreditation_edges(case: Case, records: RecognitionRecords) -> Upper:
    """Return the edges of accreditation, accreditation body and arrangement; of several ways up, the soundest.

    Args:
        case: What is asked.
        records: What is known.
    """
    asked = case.question
    if not asked.accredited:
        return _unaccredited(case)
    grants = [one for one in records.accreditations.get(asked.body.id, ()) if one.known <= case.known_on]
    if asked.accreditation_number is not None:
        named = [one for one in grants if one.number == asked.accreditation_number]
        if grants and not named:
            return _other_number(case, grants)
        grants = named
    judged = judge_grants(grants, case, records)
    best: Upper | None = None
    for one, fault in judged:
        if fault is None:
            above = _above(one, case, records)
            found = (Edge("accreditation", "ok", one), *above)
            if all(edge.verdict != "broken" for edge in above):
                return found
            best = best or found
    if best is not None:
        return best
    edge = broken_grant("accreditation", judged, case)
    if isinstance(edge.record, Accreditation):
        return (edge, *_above(edge.record, case, records))
    return (edge, Edge("accreditation-body", "not-reached"), Edge("arrangement", "not-reached"))


def _unaccredited(case: Case) -> Upper:
    """Nothing is asked of the edges above, unless nothing at all would then speak for the body."""
    edge = Edge("accreditation", "not-needed")
    if not case.roots.needs_approval:
        edge = Edge("accreditation", "broken", None, "E-RECOG-NOTHING", {"body": case.question.body.name})
    return edge, Edge("accreditation-body", "not-needed"), Edge("arrangement", "not-needed")


def _other_number(case: Case, grants: Sequence[Accreditation]) -> Upper:
    held = tuple(one.number for one in grants)
    values = {"holder": case.question.body.name, "found": case.question.accreditation_number, "held": held}
    return (
        Edge("accreditation", "broken", None, "E-RECOG-NUMBER", values),
        Edge("accreditation-body", "not-reached"),
        Edge("arrangement", "not-reached"),
    )


def _above(one: Accreditation, case: Case, records: RecognitionRecords) -> tuple[Edge, Edge]:
    giver = one.giver
    values = {"giver": giver.name, "id": giver.id, "holder": one.holder.name}
    if giver.id == one.holder.id:
        edge = Edge("accreditation-body", "broken", one, "E-RECOG-SELF-ACCREDITED", values)
        return edge, Edge("arrangement", "not-reached")
    seated = any(_known(*seat, case) for seat in records.arrangements.get(giver.id, ()))
    direct = giver.id in case.roots.accreditation_bodies
    if not direct and not seated:
        others = _namesakes(one, records, case)
        code = "E-RECOG-ACCREDITOR-NAMESAKE" if others else "E-RECOG-ACCREDITOR"
        edge = Edge("accreditation-body", "broken", one, code, values | {"others": others})
        return edge, Edge("arrangement", "not-reached")
    edge = Edge("accreditation-body", "ok", one)
    if direct and not case.roots.needs_arrangement:
        return edge, Edge("arrangement", "not-needed")
    return edge, _climb(one, case, records)


def _known(arrangement: Arrangement, seat: Signatory, case: Case) -> bool:
    known_on = case.known_on
    return arrangement.known <= known_on and any(scope.known <= known_on for scope in seat.scopes)


def _namesakes(one: Accreditation, records: RecognitionRecords, case: Case) -> tuple[str, ...]:
    """Return the identifiers of signatories that bear the giver's name; told only where the giver is unknown."""
    name = plain_name(one.giver.name.zh)
    return tuple(
        sorted(
            {
                seat.party.id
                for seats in records.arrangements.values()
                for arrangement, seat in seats
                if _known(arrangement, seat, case) and plain_name(seat.party.name.zh) == name
            }
        )
    )


def _climb(one: Accreditation, case: Case, records: RecognitionRecords) -> Edge:
    """Return the arrangement edge: ok where some way leads from the giver to a trusted owner."""
    found = _way(one.giver.id, case, records)
    if isinstance(found, Arrangement):
        return Edge("arrangement", "ok", found)
    if found is None:
        values = {"giver": one.giver.name, "id": one.giver.id}
        return Edge("arrangement", "broken", None, "E-RECOG-ARRANGEMENT-NONE", values)
    (_, code, values_), arrangement = found
    return Edge("arrangement", "broken", arrangement, code, values_)


Blocked = tuple[Fault, Arrangement]


class _Step(NamedTuple):
    """A party on the way up.

    Args:
        party: Accreditation body, or owner of an arrangement.
        path: Parties so far, this one included.
        first: Arrangement by which the way began; None before the first.
        via: Arrangement that led to this party; None before the first.
    """

    party: str
    path: tuple[str, ...]
    first: Arrangement | None
    via: Arrangement | None


def _way(party: str, case: Case, records: RecognitionRecords) -> Arrangement | Blocked | None:
    """Return the first arrangement of the shortest sound way up, or the nearest fault, or None where there is none.

    Level by level, each party once: whoever invents arrangements without number costs one look at each, no more.
    """
    faults: list[Blocked] = []
    seen = {party}
    level = [_Step(party, (party,), None, None)]
    while level:
        upper: list[_Step] = []
        for step in level:
            for found in _next(step, case, records):
                if isinstance(found, Arrangement):
                    return found
                if not isinstance(found, _Step):
                    faults.append(found)
                elif found.party not in seen:
                    seen.add(found.party)
                    upper.append(found)
                elif found.via is not None:
                    faults.append(_circle(found.via, found.path))
        level = upper
    return min(faults, key=lambda each: each[0][0], default=None)


def _circle(arrangement: Arrangement, path: tuple[str, ...]) -> Blocked:
    return ((5,), "E-RECOG-CYCLE", {**_arrangement_values(arrangement), "path": path}), arrangement


def _next(step: _Step, case: Case, records: RecognitionRecords) -> Iterator[Arrangement | Blocked | _Step]:
    """Yield, for each arrangement of a party, the way's end at a trusted owner, the owner to ask next, or a fault."""
    seats = [seat for seat in records.arrangements.get(step.party, ()) if _known(*seat, case)]
    if not seats and step.via is not None:
        values = _arrangement_values(step.via)
        yield ((3,), "E-RECOG-OWNER", {**values, "id": step.party}), step.via
    for arrangement, seat in seats:
        fault = _seat_fault(arrangement, seat, case, records)
        owner = arrangement.owner.id
        path = (*step.path, owner)
        if fault is not None:
            yield fault, arrangement
        elif owner in case.roots.arrangement_owners:
            yield step.first or arrangement
        elif owner in step.path:
            yield _circle(arrangement, path)
        elif len(step.path) >= MOST_LEVELS:
            values = {**_arrangement_values(arrangement), "limit": MOST_LEVELS, "path": path}
            yield ((4,), "E-RECOG-LONG", values), arrangement
        else:
            yield _Step(owner, path, step.first or arrangement, arrangement)


def _seat_fault(arrangement: Arrangement, seat: Signatory, case: Case, records: RecognitionRecords) -> Fault | None:
    if arrangement.stated_by != arrangement.entitled:
        return (6,), "E-RECOG-STATED-BY", stated_by_values(arrangement, Word("arrangement"))
    values = _arrangement_values(arrangement)
    if covering(arrangement.scopes, arrangement.changes, case) is None:
        whole = {**values, "what": Word("arrangement"), "giver": arrangement.owner.name, "holder": arrangement.name}
        return scope_fault(arrangement.scopes, arrangement.changes, case, records, whole)
    if covering(seat.scopes, seat.changes, case) is None:
        place = {**values, "what": Word("membership"), "giver": arrangement.name, "holder": seat.party.name}
        return scope_fault(seat.scopes, seat.changes, case, records, place)
    return None


def _arrangement_values(one: Arrangement) -> Values:
    return {"arrangement": one.name, "owner": one.owner.name, "number": one.id}
