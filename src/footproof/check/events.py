"""What a log of certification may say: the order of events that a monitor holds it to.

A pure fold over the entries. The log below proves that nothing was changed afterwards; whether what was entered
makes sense (canonical bytes, times that do not run back, one issue for each number, no change of status before the
issue or after the end, no list of recognition records but the log's own) shows only to who reads the entries. Types of
events that are not known here are let pass.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from footproof.canonical import canonical_bytes, read_canonical
from footproof.errors import FootproofError, Where
from footproof.recognise.listing import LISTED

FIELDS = ("id", "type", "at", "actor", "subject", "object")
ISSUED = "certificate.issued"
CHANGES = {
    "certificate.suspended": (frozenset({"valid"}), "suspended"),
    "certificate.restored": (frozenset({"suspended"}), "valid"),
    "certificate.withdrawn": (frozenset({"valid", "suspended"}), "withdrawn"),
    "certificate.cancelled": (frozenset({"valid", "suspended"}), "cancelled"),
}
"""For each change of status: from which states it may lead, and to which."""

MAX_PROBLEMS = 1000


@dataclass(slots=True)
class EventState:
    """What a monitor knows after some entries.

    Args:
        latest: Time of the last event; empty before the first.
        standing: State of each certificate by its number.
        problems: What was wrong, the first MAX_PROBLEMS of it.
        origin: Of the log, in whose name alone the recognition records may be listed; not asked where it is empty.
    """

    latest: str = ""
    standing: dict[str, str] = field(default_factory=dict)
    problems: list[FootproofError] = field(default_factory=list)
    origin: str = ""

    def read(self, first: int, entries: Sequence[bytes]) -> None:
        """Take in some entries.

        Args:
            first: Index of the first.
            entries: In the order of the log.
        """
        for index, entry in enumerate(entries, start=first):
            try:
                self._read(entry)
            except FootproofError as problem:
                if len(self.problems) < MAX_PROBLEMS:
                    self.problems.append(problem.at(Where(f"entry {index}")))

    def to_bytes(self) -> bytes:
        """Return times and states, without problems, in canonical form."""
        return canonical_bytes({"latest": self.latest, "standing": self.standing})

    @classmethod
    def from_bytes(cls, data: bytes, origin: str = "") -> "EventState":
        """Return what `to_bytes` wrote.

        Args:
            data: As it was kept.
            origin: Of the log.

        Raises:
            FootproofError: E-EVENT-STATE where it is something else.
        """
        try:
            record = read_canonical(data)
            latest, standing = record["latest"], record["standing"]
        except (FootproofError, KeyError, TypeError) as problem:
            raise FootproofError("E-EVENT-STATE", Where("events")) from problem
        if not isinstance(standing, dict) or not all(
            isinstance(text, str) for text in (latest, *standing, *standing.values())
        ):
            raise FootproofError("E-EVENT-STATE", Where("events"))
        return cls(latest, standing, origin=origin)

    def _read(self, entry: bytes) -> None:
        event = read_event(entry)
        kind, subject, at = event["type"], event["subject"], event["at"]
        self._standing(kind, subject)
        if self.origin:
            need_own_list(event, self.origin)
        if at < self.latest:
            raise FootproofError("E-EVENT-TIME", found=at, latest=self.latest)
        self.latest = at

    def _standing(self, kind: str, subject: str) -> None:
        state = self.standing.get(subject)
        if kind == ISSUED:
            if state is not None:
                raise FootproofError("E-EVENT-TWICE", number=subject[:200])
            self.standing[subject] = "valid"
        elif kind in CHANGES:
            before, after = CHANGES[kind]
            if state not in before:
                raise FootproofError("E-EVENT-ORDER", kind=kind, number=subject[:200], found=state or "–")
            self.standing[subject] = after


def need_own_list(event: Mapping[str, Any], origin: str) -> None:
    """Refuse a list of recognition records that is not stated in the name of the log.

    A reader takes the last list for what the log itself states; one of somebody else's would hide what it leaves out.

    Args:
        event: About to be entered, or read.
        origin: Of the log.

    Raises:
        FootproofError: E-EVENT-LISTED.
    """
    if event.get("type") == LISTED and event.get("actor") != origin:
        raise FootproofError("E-EVENT-LISTED", actor=str(event.get("actor"))[:200], origin=origin)


def read_event(entry: bytes) -> dict[str, Any]:
    """Return the event of an entry.

    Raises:
        FootproofError: E-EVENT-FORM where the bytes are not its one canonical form, or a field is missing.
    """
    try:
        event = read_canonical(entry)
    except FootproofError as problem:
        raise FootproofError("E-EVENT-FORM", reason=problem.code) from problem
    if not isinstance(event, dict) or event.get("v") != 1:
        raise FootproofError("E-EVENT-FORM", reason="v")
    for name in FIELDS:
        if not isinstance(event.get(name), str) or not event[name]:
            raise FootproofError("E-EVENT-FORM", reason=name)
    if not _is_time(event["at"]):
        raise FootproofError("E-EVENT-FORM", reason="at")
    return event


def _is_time(text: str) -> bool:
    """Say whether a text is a UTC time of whole seconds, `2026-11-22T12:00:00Z`; such texts sort as their times do."""
    try:
        moment = datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        return False
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") == text
