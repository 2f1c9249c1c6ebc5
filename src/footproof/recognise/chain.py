"""The answer: edges in their order, each sound or broken for a named cause; then, in hindsight, and now."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, NamedTuple

from footproof.model.recognition import Record

EdgeName = Literal["key", "body", "approval", "accreditation", "accreditation-body", "arrangement", "rule"]
EDGES: tuple[EdgeName, ...] = (
    "key",
    "body",
    "approval",
    "accreditation",
    "accreditation-body",
    "arrangement",
    "rule",
)
Verdict = Literal["ok", "broken", "not-needed", "not-reached"]
Finding = Literal["sound", "broken-at-issue", "broken-in-hindsight", "broken-since", "known-later"]


class Word(NamedTuple):
    """A word of the catalogue `recognise`, in whichever language the sentence is read."""

    key: str


@dataclass(frozen=True, slots=True)
class Edge:
    """One edge of the chain.

    Args:
        name: Which.
        verdict: "ok", "broken", "not-needed" (the case does not ask for it) or "not-reached" (an edge before it that
            leads here is broken).
        record: The record it rests on, or the one that comes nearest.
        code: Why it is broken; a code with wording.
        values: What the wording needs: texts, days, `Bilingual`, `Word`, tuples of them.
    """

    name: EdgeName
    verdict: Verdict
    record: Record | None = None
    code: str | None = None
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Chain:
    """All edges, judged as of one day and as known on another.

    Args:
        at: The day judged.
        known_on: What was published later does not count.
        edges: In their order.
    """

    at: date
    known_on: date
    edges: tuple[Edge, ...]

    @property
    def sound(self) -> bool:
        """Tell whether no edge is broken."""
        return not self.broken

    @property
    def broken(self) -> tuple[Edge, ...]:
        """Return the broken edges; the first is the headline."""
        return tuple(edge for edge in self.edges if edge.verdict == "broken")

    @property
    def headline(self) -> Edge | None:
        """Return the first broken edge, or None."""
        return next((edge for edge in self.edges if edge.verdict == "broken"), None)


@dataclass(frozen=True, slots=True)
class Both:
    """A certificate's chain on the day of issue and today.

    Args:
        issue: As of the day of issue, as known then.
        hindsight: As of the day of issue, as known now.
        now: As of today, as known now.
    """

    issue: Chain
    hindsight: Chain
    now: Chain

    @property
    def finding(self) -> Finding:
        """Return what the three chains say together.

        "broken-at-issue": the body was not entitled on that day, then or in hindsight. "broken-in-hindsight": what was
        published later says so. "broken-since": it was entitled, and something has ended since. "known-later": sound,
        but its evidence was published after the issue.
        """
        if not self.hindsight.sound:
            return "broken-in-hindsight" if self.issue.sound else "broken-at-issue"
        if not self.now.sound:
            return "broken-since"
        return "sound" if self.issue.sound else "known-later"

    @property
    def sound(self) -> bool:
        """Tell whether a relying party may rely on the chain today."""
        return self.finding in ("sound", "known-later")

    @property
    def headline(self) -> Edge | None:
        """Return the broken edge to name first, or None."""
        return self.hindsight.headline or self.now.headline or self.issue.headline
