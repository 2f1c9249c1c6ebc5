"""What the log says of a public event: its type in the terms of monitors, its subject, and the object it attests.

A leaf names organisations and digests, never people (see server/events). Changes of status keep to the order that
monitors hold a log to (check/events): a suspension that is prolonged, say, is told of, but not as another suspension.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from footproof.canonical import canonical_bytes
from footproof.certify.case import Case, Decided, DecisionTaken, Outcome
from footproof.certify.certificate import (
    CertificateIssued,
    CertificateReplaced,
    CertificateRestated,
    Certified,
    StatusChanged,
)
from footproof.certify.codec import to_json
from footproof.certify.orders import OrderIssued
from footproof.certify.record import Recorded, World
from footproof.check.events import CHANGES
from footproof.server.store.attest import attest
from footproof.server.workspace import Workspace

_SAID = {
    Outcome.GRANT: "granted",
    Outcome.REFUSE: "refused",
    Outcome.MAINTAIN: "maintained",
    Outcome.RESTATE: "restated",
    Outcome.SUSPEND: "suspended",
    Outcome.RESTORE: "restored",
    Outcome.REDUCE: "reduced",
    Outcome.WITHDRAW: "withdrawn",
    Outcome.CANCEL: "cancelled",
}


@dataclass(frozen=True, slots=True)
class Told:
    """What the log will say of an event.

    Args:
        kind: Type of the leaf.
        subject: Number of a certificate, or id of a record.
        item: Bytes of the object, whose digest the leaf names.
    """

    kind: str
    subject: str
    item: bytes


def told(workspace: Workspace, world: World, recorded: Recorded, before: Any, after: Any) -> Told | None:
    """Return what the log says of an event; None where it is not public.

    Args:
        workspace: Whose keys sign certificates.
        world: What is known.
        recorded: The event.
        before: The record before it; None for its beginning.
        after: The record after it.

    Raises:
        FootproofError: As `attest`.
    """
    event = recorded.event
    if not event.public:
        return None
    if isinstance(event, CertificateIssued | CertificateRestated):
        return Told(event.kind, recorded.id, attest(workspace, world, event.held))
    if isinstance(event, DecisionTaken):
        return _decision(event.decision, after)
    if isinstance(event, StatusChanged | CertificateReplaced | OrderIssued):
        kind = _status(before, after)
        return Told(kind, recorded.id, canonical_bytes({"what": kind, "number": recorded.id, **_plain(event)}))
    return Told(event.kind, recorded.id, canonical_bytes({"what": event.kind, "id": recorded.id, **_plain(event)}))


def _decision(decided: Decided, case: Case) -> Told:
    """Return the public part of a decision: what was decided about which package and why, not by which person."""
    kind = f"decision.{_SAID[decided.outcome]}"
    said = {
        "what": kind,
        "scheme": case.scheme,
        "package": decided.package,
        "certificate": decided.certificate,
        "reasons": decided.reasons,
        "public": ["nothing"],
    }
    return Told(kind, decided.certificate or case.id, canonical_bytes(said))


def _status(before: Certified, after: Certified) -> str:
    """Return the type of a change of status; where monitors would not expect it, that of a note."""
    kind = f"certificate.{after.changes[-1].turn.value}"
    return kind if _state(before) in CHANGES[kind][0] else "certificate.noted"


def _state(record: Certified) -> str:
    """Return the state that the log has of a certificate."""
    state = "valid"
    for change in record.changes:
        expected, then = CHANGES[f"certificate.{change.turn.value}"]
        state = then if state in expected else state
    return state


def _plain(event: object) -> Mapping[str, Any]:
    found: Mapping[str, Any] = to_json(event)
    return found
