"""Records from what others signed or logged: credentials, and public events of a log.

A record is believed only as the statement of whoever signed it; whether that party was entitled to state it is a
question for the walk. A log says more than a signature: the day on which something became public. An event whose
content claims to have been public earlier than the event itself is refused.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any, NamedTuple, cast

from footproof.canonical import digest, read_canonical
from footproof.credential import jose
from footproof.credential.anchor import grant_of
from footproof.credential.moment import read_legal_day
from footproof.credential.recognized import record_of
from footproof.errors import FootproofError, ProofRejected, Where
from footproof.model.recognition import Arrangement, Change, CodeList, Scope, Statement
from footproof.model.recognition_records import (
    RecognitionRecords,
    part_from_json,
    record_from_json,
    record_json,
)

# What the verb of an event's type brings: a whole record, a scope, or a change of state of that kind.
_NEW = frozenset({"granted", "recorded", "submitted", "delegated", "published"})
_WIDER = frozenset({"widened"})
KINDS = frozenset({"accreditation", "approval", "arrangement", "filing", "key", "scheme"})

Named = tuple[str, str, str]


def record_of_token(token: bytes, keys: jose.Keys) -> Statement:
    """Return the record that a signed recognition credential states, as the statement of whoever signed it.

    Args:
        token: A `vc+jwt`: UNTP Digital Identity Anchor or W3C RecognizedEntityCredential of ours.
        keys: Public keys the caller trusts, or a function that finds them.

    Raises:
        ProofRejected: As `jose.verify`, which also compares key and issuer; E-RECOG-CREDENTIAL for other content.
    """
    return record_of_credential(jose.verify(token, keys, jose.CREDENTIAL).credential)


def record_of_credential(credential: Mapping[str, Any]) -> Statement:
    """Return the record that a recognition credential states, whichever of the two forms it has.

    Args:
        credential: Payload of which a signature or an embedded proof by its issuer has held.

    Raises:
        ProofRejected: E-RECOG-CREDENTIAL.
    """
    types = credential.get("type")
    anchor = isinstance(types, list) and "DigitalIdentityAnchor" in types
    return grant_of(credential) if anchor else record_of(credential)


def records_of_events(
    entries: Iterable[bytes],
    fetch: Callable[[str], bytes],
    known: RecognitionRecords | None = None,
    *,
    refused: Callable[[FootproofError], None] | None = None,
) -> RecognitionRecords:
    """Return the records that the public events of a log state; other events are passed over.

    Types are `<kind>.<verb>`: a new record ("accreditation.granted", "arrangement.recorded", "filing.submitted",
    "key.delegated", "scheme.published"), a wider scope ("approval.widened"), or a change
    ("accreditation.suspended", "filing.deregistered", "key.revoked", …). The object is a record, or
    `{"record", "part", "party"?}` that names the record, and the signatory where it is about one.

    Args:
        entries: Canonical events in the order of the log, of which inclusion was proved.
        fetch: Returns the bytes of an object by its digest.
        known: Records to start from.
        refused: Told of each event that is refused, which then has no effect; without it, the first one is raised.
            Where several parties may write to a log, one of them must not silence it.

    Raises:
        FootproofError: E-RECOG-EVENT where an object does not fit its digest or its event; E-RECOG-BACKDATED where it
            claims to have been public before the event; E-RECOG-ACTOR where another party changes a record;
            E-RECOG-CONFLICT, E-RECOG-FORM, E-RECOG-FIELD from the records; E-CANONICAL.
    """
    start = known or RecognitionRecords()
    found = {(one.KIND, one.stated_by, one.id): one for one in start.records if not isinstance(one, CodeList)}
    lists = [one for one in start.records if isinstance(one, CodeList)]
    for entry in entries:
        event = read_canonical(entry)
        kind, _, verb = str(event.get("type", "")).partition(".") if isinstance(event, dict) else ("", "", "")
        if kind in KINDS:
            try:
                record = _applied(event, kind, verb, fetch, found)
            except FootproofError as problem:
                if refused is None:
                    raise
                refused(problem)
                continue
            found[record.KIND, record.stated_by, record.id] = record
    return RecognitionRecords((*lists, *found.values()))


class _Event(NamedTuple):
    """What of an event concerns recognition."""

    id: str
    kind: str
    verb: str
    actor: str
    day: date


def _applied(
    event: Mapping[str, Any], kind: str, verb: str, fetch: Callable[[str], bytes], found: Mapping[Named, Statement]
) -> Statement:
    name = str(event.get("id"))
    try:
        about = _Event(name, kind, verb, str(event["actor"]), _day(event["at"]))
        data = fetch(event["object"])
        if digest(data) != event["object"]:
            raise ValueError("the object has another digest")
        item = read_canonical(data)
        return _new(item, about, found) if verb in _NEW else _grown(item, about, found)
    except (LookupError, ValueError, TypeError, AttributeError, StopIteration) as problem:
        reason = f"{type(problem).__name__}: {problem}"[:200]
        raise FootproofError("E-RECOG-EVENT", Where("log"), event=name, reason=reason) from problem


def _day(at: object) -> date:
    """Return the legal day of an event, as records state theirs."""
    day = read_legal_day(at)
    if day is None:
        raise ValueError(f"no moment: {at}")
    return day


def _new(item: object, about: _Event, found: Mapping[Named, Statement]) -> Statement:
    record = record_from_json(item)
    if isinstance(record, CodeList) or about.kind != record.KIND:
        raise ValueError(f"a {record.KIND} in an event about a {about.kind}")
    if record.stated_by != about.actor:
        raise ProofRejected("E-RECOG-ACTOR", Where("log"), event=about.id, found=about.actor, needed=record.stated_by)
    _refuse_backdated(record_json(record), about)
    known = found.get((record.KIND, about.actor, record.id))
    if known is None:
        return record
    return cast(Statement, RecognitionRecords((known, record)).records[0])


def _grown(item: Mapping[str, Any], about: _Event, found: Mapping[Named, Statement]) -> Statement:
    """Return a record with one more scope or change, which only its stater may add."""
    if item.keys() - {"record", "part", "party"}:
        raise ValueError("members beside record, part, party")
    record = found.get((about.kind, about.actor, item["record"]))
    if record is None:
        staters = [key[1] for key in found if (key[0], key[2]) == (about.kind, item["record"])]
        if not staters:
            raise ValueError(f"no {about.kind} {item['record']!r} was stated before")
        raise ProofRejected("E-RECOG-ACTOR", Where("log"), event=about.id, found=about.actor, needed=staters[0])
    _refuse_backdated(item["part"], about)
    member = _member(item["part"], about.verb)
    grown = record_json(record)
    _holder(grown, item.get("party"), record).setdefault(member, []).append(item["part"])
    return cast(Statement, record_from_json(grown))


def _member(part: object, verb: str) -> str:
    """Return the member that a part belongs into, once it has the form of one."""
    if verb in _WIDER:
        part_from_json(Scope, part, "part")
        return "scopes"
    if part_from_json(Change, part, "part").kind != verb:
        raise ValueError(f"a change of another kind than {verb}")
    return "changes"


def _holder(record: dict[str, Any], party: str | None, of: Statement) -> dict[str, Any]:
    """Return what a part belongs to: the record, or one signatory of an arrangement."""
    if party is None:
        return record
    if not isinstance(of, Arrangement):
        raise ValueError(f"a {of.KIND} has no parties")
    return next(cast(dict[str, Any], seat) for seat in record["parties"] if seat["party"]["id"] == party)


def _refuse_backdated(item: object, about: _Event) -> None:
    """Refuse any `known` before the day of the event, at whatever depth."""
    layer = [item]
    while layer:
        one = layer.pop()
        if isinstance(one, Mapping):
            known = one.get("known")
            if isinstance(known, str) and known < about.day.isoformat():
                raise ProofRejected("E-RECOG-BACKDATED", Where("log"), event=about.id, found=about.day, stated=known)
            layer.extend(one.values())
        elif isinstance(one, list):
            layer.extend(one)
