"""Verification engagements of a body, and the events that make them (ISO/IEC 17029, clause 9; ISO 14064-3).

What may follow what is decided in `verify.engagement`; an event says only what happened and by whom.
"""

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import ClassVar

from footproof.certify.record import Beginning, Event, Stamp
from footproof.model.bilingual import Bilingual
from footproof.model.engagement import (
    Assurance,
    Claim,
    Engagement,
    EvidencePlan,
    Materiality,
    Misstatement,
    Opinion,
    Risk,
    Sample,
    Team,
)
from footproof.verify import engagement as verify


@dataclass(frozen=True, slots=True)
class Verification:
    """An engagement and the body that carries it out.

    Args:
        body: Id of the body.
        engagement: How far it has come.
        recorded: Package that a misstatement was found in, by its id.
    """

    stream: ClassVar[str] = "verification"

    body: str
    engagement: Engagement
    recorded: tuple[tuple[str, str], ...] = ()

    def now(self, engagement: Engagement) -> "Verification":
        """Return it with its engagement as it is now."""
        return replace(self, engagement=engagement)

    @property
    def id(self) -> str:
        """Return the id of the engagement."""
        return self.engagement.id

    @property
    def case(self) -> str:
        """Return the case that it serves; empty for one of its own."""
        return self.engagement.case


@dataclass(frozen=True, slots=True)
class Agreed:
    """What body and client agree on (ISO/IEC 17029, 9.3).

    Args:
        claim: What is verified.
        objectives: What for.
        criteria: Against what.
        scope: Product, sites, period, boundary.
        assurance: Level of assurance.
        materiality: From where on misstatements matter.
        coverage: Share of the positive emissions that evidence has to cover. [1]
        consulted: Persons who prepared or advised on the claim; they take no part.
    """

    claim: Claim
    objectives: Bilingual
    criteria: tuple[str, ...]
    scope: Bilingual
    assurance: Assurance
    materiality: Materiality
    coverage: Decimal = Decimal("0.8")
    consulted: tuple[str, ...] = ()

    def terms(self) -> dict[str, object]:
        """Return the terms by name."""
        return {name: getattr(self, name) for name in verify.AMENDABLE}


@dataclass(frozen=True, slots=True)
class EngagementAgreed(Beginning[Verification]):
    """Body and client agree on a verification."""

    kind: ClassVar[str] = "engagement.agreed"
    id: str
    body: str
    case: str
    client: str
    agreed: Agreed

    def begin(self, stamp: Stamp) -> Verification:  # noqa: ARG002
        """Return the engagement as agreed."""
        draft = verify.set_terms(Engagement(self.id, self.case, self.client), **self.agreed.terms())
        return Verification(self.body, verify.agree(draft))


@dataclass(frozen=True, slots=True)
class EngagementAmended(Event[Verification]):
    """What was agreed changes, as a new version; the work starts anew on it."""

    kind: ClassVar[str] = "engagement.amended"
    agreed: Agreed
    reason: Bilingual

    def apply(self, record: Verification, stamp: Stamp) -> Verification:  # noqa: ARG002
        """Return the next version."""
        return record.now(verify.amend(record.engagement, self.reason, **self.agreed.terms()))


@dataclass(frozen=True, slots=True)
class EngagementPlanned(Event[Verification]):
    """Team, risks, evidence plan and samples are approved."""

    kind: ClassVar[str] = "engagement.planned"
    team: Team
    risks: tuple[Risk, ...]
    evidence: EvidencePlan
    samples: tuple[Sample, ...]

    def apply(self, record: Verification, stamp: Stamp) -> Verification:  # noqa: ARG002
        """Return the planned engagement."""
        staffed = verify.assign(record.engagement, self.team)
        return record.now(verify.plan(staffed, self.risks, self.evidence, self.samples))


@dataclass(frozen=True, slots=True)
class EvidenceGathered(Event[Verification]):
    """Evidence on an item of the plan was gathered."""

    kind: ClassVar[str] = "engagement.evidence-gathered"
    item: str
    digest: str

    def apply(self, record: Verification, stamp: Stamp) -> Verification:
        """Return the engagement with the evidence."""
        day = stamp.at.date()
        return record.now(verify.gather(record.engagement, self.item, self.digest, stamp.by.person, day))


@dataclass(frozen=True, slots=True)
class MisstatementRecorded(Event[Verification]):
    """Something in the claim is not as it should be."""

    kind: ClassVar[str] = "misstatement.recorded"
    misstatement: Misstatement

    def apply(self, record: Verification, stamp: Stamp) -> Verification:  # noqa: ARG002
        """Return the engagement with the misstatement."""
        claim = record.engagement.claim
        found = self.misstatement.id, claim.package if claim is not None else ""
        later = record.now(verify.misstate(record.engagement, self.misstatement))
        return replace(later, recorded=(*record.recorded, found))


@dataclass(frozen=True, slots=True)
class MisstatementCorrected(Event[Verification]):
    """The client corrected a misstatement, and the team saw it."""

    kind: ClassVar[str] = "misstatement.corrected"
    misstatement: str

    def apply(self, record: Verification, stamp: Stamp) -> Verification:  # noqa: ARG002
        """Return the engagement with the correction."""
        return record.now(verify.correct(record.engagement, self.misstatement))


@dataclass(frozen=True, slots=True)
class EngagementConcluded(Event[Verification]):
    """The team completes its work with the draft of an opinion."""

    kind: ClassVar[str] = "engagement.concluded"
    opinion: Opinion

    def apply(self, record: Verification, stamp: Stamp) -> Verification:  # noqa: ARG002
        """Return the executed engagement."""
        return record.now(verify.conclude(record.engagement, self.opinion))


@dataclass(frozen=True, slots=True)
class EngagementReviewed(Event[Verification]):
    """Somebody outside the team reviewed the work."""

    kind: ClassVar[str] = "engagement.reviewed"

    def apply(self, record: Verification, stamp: Stamp) -> Verification:
        """Return the reviewed engagement."""
        return record.now(verify.review(record.engagement, stamp.by.person))


@dataclass(frozen=True, slots=True)
class EngagementDecided(Event[Verification]):
    """Somebody outside the team confirmed the opinion."""

    kind: ClassVar[str] = "engagement.decided"

    def apply(self, record: Verification, stamp: Stamp) -> Verification:
        """Return the decided engagement."""
        return record.now(verify.decide(record.engagement, stamp.by.person))


@dataclass(frozen=True, slots=True)
class StatementIssued(Event[Verification]):
    """The statement is issued."""

    kind: ClassVar[str] = "statement.issued"
    public: ClassVar[bool] = True
    statement: str

    def apply(self, record: Verification, stamp: Stamp) -> Verification:  # noqa: ARG002
        """Return the engagement with its statement."""
        return record.now(verify.issue(record.engagement, self.statement))


@dataclass(frozen=True, slots=True)
class FactDiscovered(Event[Verification]):
    """A fact came to light after the statement was issued."""

    kind: ClassVar[str] = "statement.fact-discovered"
    text: Bilingual

    def apply(self, record: Verification, stamp: Stamp) -> Verification:
        """Return the engagement with the open fact."""
        return record.now(verify.discover(record.engagement, self.text, stamp.at.date()))


@dataclass(frozen=True, slots=True)
class FactAnswered(Event[Verification]):
    """What follows from such a fact: the statement stands, is revised, or is withdrawn."""

    kind: ClassVar[str] = "statement.fact-answered"
    public: ClassVar[bool] = True
    outcome: str

    def apply(self, record: Verification, stamp: Stamp) -> Verification:  # noqa: ARG002
        """Return the engagement after the answer."""
        return record.now(ANSWERS[self.outcome](record.engagement))


ANSWERS = {"stands": verify.stand, "revised": verify.revise, "withdrawn": verify.withdraw}
"""What may follow from a fact after issue."""
