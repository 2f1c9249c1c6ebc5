"""Who may ask what, and who may read which record: the one place that says so.

Every view carries an `Access` (a test walks all addresses and refuses one without); every kind of record has an entry
in `READABLE`. What an operation needs is said by the operation itself and checked by `certify` (I15).
OWASP API Security 2023, API1, API3 and API5: objects, properties, functions.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Any, TypeVar

from footproof.certify.case import Case, CaseState, Subject
from footproof.certify.certificate import Certified
from footproof.certify.people import ACCREDITATION_BODY, Organisation, Person
from footproof.certify.refusals import reaches
from footproof.certify.verifications import Verification
from footproof.errors import FootproofError
from footproof.model.recognition import state_on

View = TypeVar("View", bound=Callable[..., Any])
Json = dict[str, Any]

REGULATOR = "regulator"


class Access(Enum):
    """Who may call an address at all."""

    PUBLIC = "public"  # anybody
    DOOR = "door"  # anybody, at the pages for signing in
    SIGNED_IN = "signed-in"  # a session, never a token
    READ = "read"  # a session, or a token with this scope
    ACT = "act"  # a session, or a token with act:<role>; the operation says which roles
    UPLOAD = "upload"
    WEBHOOKS = "webhooks"


def guarded(access: Access) -> Callable[[View], View]:
    """State who may call a view."""

    def mark(view: View) -> View:
        view.access = access  # type: ignore[attr-defined]
        return view

    return mark


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who reads.

    Args:
        person: Pseudonym; empty for the public.
        organisation: For whom.
        kind: Kind of the organisation; empty for the public.
        place: ISO 3166-2 of the organisation.
        roles: Held there today.
        bodies: Those that hold a grant of an accreditation body; empty for all others.
    """

    person: str = ""
    organisation: str = ""
    kind: str = ""
    place: str = ""
    roles: frozenset[str] = frozenset()
    bodies: frozenset[str] = frozenset()


PUBLIC = Reader()


def holds_grant_of(giver: str, body: Organisation, day: date) -> bool:
    """Tell whether a body holds a grant of somebody on a day; one that was suspended is held, one withdrawn is not."""
    states = [state_on(one.changes, day, day) for one in body.grants if one.giver == giver]
    return any(state is None or state.kind != "withdrawn" for state in states)


def oversees(reader: Reader, body: str, place: str = "") -> bool:
    """Tell whether somebody oversees some work.

    A regulator oversees what is in its place, the national one everything; an accreditation body, whatever the bodies
    do that hold a grant of it.

    Args:
        reader: Who reads.
        body: Whose work it is; empty where it is no body's, which only a regulator oversees.
        place: Where it is (ISO 3166-2); empty where it is in no place, which of all regulators the national one sees.
    """
    if reader.kind == REGULATOR:
        return reaches(reader.place, place)
    return body in reader.bodies


def body_of(record: Any) -> str:
    """Return the body whose work a record is; empty where it is no body's."""
    return str(getattr(getattr(record, "held", record), "body", ""))


def place_of(record: Any) -> str:
    """Return the ISO 3166-2 of the site that a record is about; empty where it is about none."""
    if isinstance(record, Verification):
        return record.engagement.place
    about = getattr(getattr(record, "held", record), "subject", None)
    return about.place if isinstance(about, Subject) else ""


def may_read_case(reader: Reader, case: Case) -> bool:
    """Tell whether somebody may read a case: its client, its body, its laboratories, those who oversee."""
    if oversees(reader, case.body, place_of(case)):
        return True
    if reader.kind == "laboratory":
        return case.terms is not None and reader.organisation in case.terms.laboratories
    return bool(reader.organisation) and reader.organisation in (case.client, case.body)


def case_as_seen(reader: Reader, case: Case, state: Json) -> Json:
    """Return what of a case somebody sees.

    A client does not see what a reviewer recommends before it was decided; a laboratory sees its own activities and no
    fees, conclusions or findings.
    """
    shown = dict(state)
    if reader.kind in ("client", "laboratory") and case.state is not CaseState.DECIDED:
        shown.update(reviewer="", recommendation=None)
    if reader.kind == "laboratory":
        own = [one for one in state["activities"] if one["outsourced"] == reader.organisation]
        shown.update(activities=own, terms=None, plan=None, conclusions=[], findings=[], decision=None, team_ever=[])
        shown.update(begun=[], judged=[])
    return shown


def may_read_certificate(reader: Reader, certificate: Certified) -> bool:
    """Tell whether somebody may read all that the body holds of a certificate; the public form is everybody's."""
    held = certificate.held
    own = bool(reader.organisation) and reader.organisation in (held.client, held.body)
    return own or oversees(reader, held.body, place_of(certificate))


def may_read_organisation(reader: Reader, organisation: Organisation) -> bool:  # noqa: ARG001
    """Tell whether somebody may read an organisation: anybody, though not everything of it."""
    return True


def organisation_as_seen(reader: Reader, organisation: Organisation, state: Json) -> Json:
    """Return what of an organisation somebody sees; its people are its own matter."""
    if reader.kind == "registrar" or (reader.organisation and reader.organisation == organisation.id):
        return state
    overseen = organisation.kind == "body" and oversees(reader, organisation.id, organisation.place)
    hidden = {"systems", "sought"} if overseen else {"staff", "systems", "sought"}
    shown = {name: value for name, value in state.items() if name not in hidden}
    if reader.organisation in (organisation.sought or ()):  # an accreditation body sees that it was applied to
        shown["sought"] = [reader.organisation]
    return shown


def may_read_person(reader: Reader, person: Person) -> bool:
    """Tell whether somebody may read a person: that person, those of the same organisation, the registrar."""
    if not reader.organisation:
        return False
    return (
        reader.kind == "registrar"
        or reader.person == person.id
        or any(one.organisation == reader.organisation for one in person.engagements)
    )


def person_as_seen(reader: Reader, person: Person, state: Json) -> Json:
    """Return what of a person somebody sees: of work elsewhere nothing, of ties only who has to weigh them."""
    if reader.person == person.id or reader.kind == "registrar":
        return state
    shown = dict(state)
    for part in ("engagements", "duties"):
        shown[part] = [one for one in state[part] if one["organisation"] == reader.organisation]
    if not reader.roles & {"manager", "planner"}:
        shown["conflicts"] = []
    return shown


def may_know_event(reader: Reader, stream: str, record: str, organisation: str, whole: bool) -> bool:
    """Tell whether somebody sees what an event says, and not only that it happened.

    Ties and work of a person are told to that person, the registrar, and those of the organisation who have to weigh
    them, as `person_as_seen` has it; oversight of records does not reach them.

    Args:
        reader: Who reads.
        stream: Kind of the record.
        record: Its id.
        organisation: That caused the event.
        whole: Whether the reader sees everything of the record.
    """
    own = organisation == reader.organisation
    if stream != "person":
        return whole or own
    weighs = own and bool(reader.roles & {"manager", "planner"})
    return reader.person == record or reader.kind == "registrar" or weighs


def may_know_evidence(reader: Reader, stream: str, organisation: str, said: Json, place: str) -> bool:
    """Tell whether what an event says of evidence or analysis may go to somebody, as `verification_as_seen` has it.

    Args:
        reader: Who reads.
        stream: Kind of the record.
        organisation: That caused the event.
        said: What the event says.
        place: Of the site that the record is about; empty where it is not known, which shows no more.
    """
    if stream != Verification.stream or "export" not in said or reader.organisation == organisation:
        return True
    return may_export(reader, said["export"], organisation, place)


def _unchanged(reader: Reader, record: Any, state: Json) -> Json:  # noqa: ARG001
    return state


@dataclass(frozen=True, slots=True)
class Readable:
    """How a kind of record is read.

    Args:
        may: Who may.
        seen: What of it they see.
        parties: The organisations whose matter it is; what they sent for it, they sent for each other.
    """

    may: Callable[[Reader, Any], bool]
    seen: Callable[[Reader, Any, Json], Json] = _unchanged
    parties: Callable[[Any], tuple[str, ...]] = lambda _: ()


def _of_parties(
    parties: Callable[[Any], tuple[str, ...]], seen: Callable[[Reader, Any, Json], Json] = _unchanged
) -> Readable:
    """Return how a record is read by the organisations whose matter it is, and by those who oversee."""

    def may(reader: Reader, record: Any) -> bool:
        own = bool(reader.organisation) and reader.organisation in parties(record)
        return own or oversees(reader, body_of(record), place_of(record))

    return Readable(may, seen, parties)


def _of_case(case: Case) -> tuple[str, ...]:
    return case.client, case.body, *(case.terms.laboratories if case.terms is not None else ())


def _anybody_with_a_role(reader: Reader, record: Any) -> bool:  # noqa: ARG001
    return bool(reader.roles)


def verification_as_seen(reader: Reader, verification: Any, state: Json) -> Json:
    """Return what of a verification somebody sees.

    Before the statement a client does not learn what will be examined and what is made of it (ISO/IEC 17029, 9.5);
    evidence and analysis are shown to whom their class lets them go.
    """
    if reader.organisation == verification.body:
        return state
    done = verification.engagement
    shown = {**state["engagement"], **_exported(reader, done, state["engagement"])}
    if not oversees(reader, verification.body, place_of(verification)) and not done.statement:
        shown |= {"analysis": None, "risks": [], "answers": [], "plan": None, "samples": [], "gathered": []}
        shown |= {"opinion": None, "explained": [], "work": None, "reviewer": "", "decider": ""}
    return {**state, "engagement": shown}


def _exported(reader: Reader, done: Any, state: Json) -> Json:
    """Return of evidence and analysis of a verification what may go to a reader outside the body."""

    def may(item: Json) -> bool:
        return may_export(reader, item["export"], done.client, done.place)

    analysis = state["analysis"]
    return {
        "gathered": [item for item in state["gathered"] if may(item)],
        "analysis": analysis if analysis is not None and may(analysis) else None,
    }


def complaint_as_seen(reader: Reader, complaint: Any, state: Json) -> Json:
    """Return what of a complaint somebody sees; who handles it is the body's matter."""
    handles = reader.organisation == complaint.body or oversees(reader, complaint.body)
    return state if handles else {**state, "handler": ""}


READABLE: Mapping[str, Readable] = {
    "case": Readable(may_read_case, case_as_seen, _of_case),
    "certificate": Readable(may_read_certificate, parties=lambda one: (one.held.client, one.held.body)),
    "organisation": Readable(may_read_organisation, organisation_as_seen),
    "person": Readable(may_read_person, person_as_seen),
    "filing": _of_parties(lambda one: (one.body,)),
    "verification": _of_parties(lambda one: (one.body, one.engagement.client), verification_as_seen),
    "complaint": _of_parties(lambda one: (one.by, one.body), complaint_as_seen),
    "neutrality": _of_parties(lambda one: (one.claim.claimant,)),
    "credit-block": Readable(_anybody_with_a_role),
    "green-block": Readable(lambda reader, _: oversees(reader, "")),
    "credit-code": Readable(_anybody_with_a_role),
    "holding": Readable(_anybody_with_a_role),
    "declaration": _of_parties(lambda one: (one.pack.maker,)),
    "pack-list": _of_parties(lambda one: (one.maker,)),
    "declared-pack": _of_parties(lambda one: (one.maker,)),
    "purge": Readable(lambda reader, _: reader.kind in (REGULATOR, "registrar")),
}
OWNERS: Mapping[str, tuple[str, ...]] = {
    "filing": ("body",),
    "verification": ("body", "engagement__client"),
    "complaint": ("by", "body"),
    "neutrality": ("claim__claimant",),
    "declaration": ("pack__maker",),
    "pack-list": ("maker",),
}
"""Where a record of a kind names those who may list it; kinds with tables of their own have them there."""


def as_seen(reader: Reader, record: Any, state: Json) -> Json | None:
    """Return what somebody sees of a record, or None where it is not for them.

    Args:
        reader: Who reads.
        record: A record of `certify`.
        state: The same as JSON.
    """
    rule = READABLE.get(record.stream)
    return rule.seen(reader, record, state) if rule is not None and rule.may(reader, record) else None


def parties_of(record: Any) -> tuple[str, ...]:
    """Return the organisations whose matter a record is; none of a kind that is nobody's."""
    rule = READABLE.get(record.stream)
    return rule.parties(record) if rule is not None else ()


def need_seen(reader: Reader, record: Any, state: Json) -> Json:
    """Return what somebody sees of a record.

    Raises:
        FootproofError: E-API-UNKNOWN: for a stranger, what he may not read does not exist.
    """
    seen = as_seen(reader, record, state)
    if seen is None:
        raise FootproofError("E-API-UNKNOWN", record=record.stream, id=str(record.id)[:100])
    return seen


def may_export(reader: Reader, export: str, owner: str, place: str) -> bool:
    """Tell whether the bytes of a document may go to somebody who may read a record that names it.

    Args:
        reader: Who asks.
        export: One of `certify.evaluations.EXPORTS`, as its owner declared it.
        owner: Organisation that sent it.
        place: Where it was captured, ISO 3166-2.
    """
    if reader.organisation and reader.organisation == owner:
        return True
    if export == "country":
        return bool(place) and reader.place[:2] == place[:2]
    if export == "authorities":
        return reader.kind in (REGULATOR, ACCREDITATION_BODY, "body", "client")
    return export == "public"
