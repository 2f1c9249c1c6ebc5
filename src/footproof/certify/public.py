"""What anybody may see of an event: its public form, and the seal by which all of it can be proven later.

A public form names organisations, records and digests of what is public anyway. People, their words, and digests from
which short words could be guessed are left out by the type of their field (`forms`), so nobody has to think of it for
each event. What is left out stays provable: the seal is the digest of the whole event behind a salt that the keeper of
the journal alone knows; whoever is shown the event and its salt can compute it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, is_dataclass
from datetime import date
from typing import Any

from footproof.canonical import digest
from footproof.certify.case import Case, DecisionTaken, Outcome
from footproof.certify.certificate import CertificateReplaced, Certified, StatusChanged, Turn
from footproof.certify.codec import to_json
from footproof.certify.forms import form_of, kinds_of
from footproof.certify.orders import OrderIssued
from footproof.certify.record import Recorded

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
class Said:
    """What is said of an event.

    Args:
        kind: In the terms of monitors, such as "decision.granted".
        subject: Number of a certificate, or id of a record.
        form: What is public of it.
    """

    kind: str
    subject: str
    form: Mapping[str, Any]


def said_of(recorded: Recorded, before: Any, after: Any) -> Said:
    """Return what is said of an event whose class is public.

    Changes of status keep to the order that monitors hold a log to (check/events): a suspension upon a suspension is
    told of, but not as another one.

    Args:
        recorded: The event.
        before: The record before it; None for its beginning.
        after: The record after it.
    """
    event = recorded.event
    if isinstance(event, DecisionTaken):
        return _decision(event, after)
    if isinstance(event, StatusChanged | CertificateReplaced | OrderIssued):
        kind = _status(before, after)
        return Said(kind, recorded.id, {"what": kind, "number": recorded.id, **visible(event)})
    return Said(event.kind, recorded.id, {"what": event.kind, "id": recorded.id, **visible(event)})


def visible(value: Any) -> dict[str, Any]:
    """Return an event or record as JSON without what its fields say is hidden.

    Args:
        value: A dataclass.
    """
    found: dict[str, Any] = _pruned(value, to_json(value))
    return found


def seal(event: str, salt: bytes) -> str:
    """Return the digest that stands for an event of which nothing is shown.

    Args:
        event: Its digest (`codec.digest_of`).
        salt: Known to the keeper of the journal, and to whom an event was shown.
    """
    return digest(salt + event.encode("ascii"))


def _pruned(value: Any, form: Any) -> Any:
    """Return the JSON of a value without what is hidden in it."""
    if is_dataclass(value):
        kinds = kinds_of(value.__class__)
        shown = [name for name, hint in kinds if name in form and not _hides(hint)]
        return {name: _pruned(getattr(value, name), form[name]) for name in shown}
    if isinstance(value, tuple):
        return [_pruned(one, said) for one, said in zip(value, form, strict=True)]
    return form


def _hides(hint: Any) -> bool:
    form = form_of(hint)
    return form is not None and form.hidden


def _decision(event: DecisionTaken, case: Case) -> Said:
    """Return the public part of a decision: what was decided about which package, not by which person and why."""
    decided = event.decision
    kind = f"decision.{_SAID[decided.outcome]}"
    form = {
        "what": kind,
        "scheme": case.scheme,
        "package": decided.package,
        "certificate": decided.certificate,
        "public": ["nothing"],
    }
    return Said(kind, decided.certificate or case.id, form)


def _status(before: Certified, after: Certified) -> str:
    """Return the type of a change of status; that of a note where it does not decide the status of the certificate.

    Under an order the body's own suspension goes on unseen; it shows again when the order is lifted.
    """
    return f"certificate.{after.changes[-1].turn.value}" if _state(before) != _state(after) else "certificate.noted"


def _state(record: Certified) -> str:
    """Return the state that the log has of a certificate."""
    last = record.last_change(date.max)
    return last.turn.value if last is not None and last.turn is not Turn.RESTORED else "valid"
