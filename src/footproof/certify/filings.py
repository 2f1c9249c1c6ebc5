"""Rules that bodies file with the authority, and what hangs on them (CNCA announcement 2024 No. 3).

A rule of a body's own may be used from the day it was filed until it is deregistered. Deregistration ends no
certificate by itself: it leaves one pending decision on each certificate issued under the rule (I8).
"""

from dataclasses import dataclass, replace
from datetime import date
from typing import ClassVar

from footproof.certify.forms import Document, Name, SchemeKey, TextDigest
from footproof.certify.record import Beginning, Event, Public, Stamp
from footproof.model.days import legal_day


@dataclass(frozen=True, slots=True)
class Filing:
    """A rule that a body filed.

    Args:
        id: See `name`.
        body: Who filed it.
        scheme: Scheme edition it is for, `id@edition`.
        category: "reduction-removal", "disclosure" or "neutrality".
        rule: Digest of the rule.
        state: "submitted", "filed", "returned" or "deregistered".
        filed: Day it was filed.
        ended: Day it was deregistered.
    """

    stream: ClassVar[str] = "filing"

    id: str
    body: str
    scheme: str
    category: str
    rule: str
    state: str
    filed: date | None = None
    ended: date | None = None

    @staticmethod
    def name(body: str, scheme: str) -> str:
        """Return the id of the filing of a body for a scheme edition."""
        return f"{scheme} {body}"

    def in_force(self, day: date) -> bool:
        """Tell whether certificates may be issued under it on a day."""
        return self.filed is not None and self.filed <= day and (self.ended is None or day < self.ended)


@dataclass(frozen=True, slots=True)
class FilingSubmitted(Beginning[Filing]):
    """A body submits a rule."""

    kind: ClassVar[str] = "rule-filing.submitted"
    public: ClassVar[Public] = Public.YES
    body: Name
    scheme: SchemeKey
    category: str
    rule: Document

    def begin(self, _: Stamp) -> Filing:
        """Return the filing."""
        return Filing(
            Filing.name(self.body, self.scheme), self.body, self.scheme, self.category, self.rule, "submitted"
        )


@dataclass(frozen=True, slots=True)
class FilingFiled(Event[Filing]):
    """The authority filed it."""

    kind: ClassVar[str] = "rule-filing.filed"
    public: ClassVar[Public] = Public.YES

    def apply(self, record: Filing, stamp: Stamp) -> Filing:
        """Return the filing in force."""
        return replace(record, state="filed", filed=legal_day(stamp.at), ended=None)


@dataclass(frozen=True, slots=True)
class FilingReturned(Event[Filing]):
    """The authority returned it."""

    kind: ClassVar[str] = "rule-filing.returned"
    public: ClassVar[Public] = Public.YES
    reasons: TextDigest

    def apply(self, record: Filing, _: Stamp) -> Filing:
        """Return the filing as returned."""
        return replace(record, state="returned")


@dataclass(frozen=True, slots=True)
class FilingResubmitted(Event[Filing]):
    """The body submits it again, mended."""

    kind: ClassVar[str] = "rule-filing.resubmitted"
    public: ClassVar[Public] = Public.YES
    category: str
    rule: Document

    def apply(self, record: Filing, _: Stamp) -> Filing:
        """Return the filing as submitted."""
        return replace(record, state="submitted", category=self.category, rule=self.rule)


@dataclass(frozen=True, slots=True)
class FilingDeregistered(Event[Filing]):
    """The authority strikes it from the register."""

    kind: ClassVar[str] = "rule-filing.deregistered"
    public: ClassVar[Public] = Public.YES
    reasons: TextDigest

    def apply(self, record: Filing, stamp: Stamp) -> Filing:
        """Return the filing as ended."""
        return replace(record, state="deregistered", ended=legal_day(stamp.at))
