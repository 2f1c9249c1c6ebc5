"""Verification engagements of a body, and the events that make them (ISO/IEC 17029, clause 9; ISO 14064-3).

What may follow what is decided in `verify.engagement`; an event says only what happened and by whom.
"""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Annotated, ClassVar

from footproof.certify.codec import ADDED, digest_of
from footproof.certify.forms import AnyName, AnyPlace, AnyUri, Digest, Document, Name
from footproof.certify.record import Beginning, Event, Public, Recorded, Stamp
from footproof.model.bilingual import Bilingual
from footproof.model.days import legal_day
from footproof.model.engagement import (
    Analysis,
    Answer,
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
class Issued:
    """A statement that was issued: its digest, and the day."""

    digest: Digest
    on: date


@dataclass(frozen=True, slots=True)
class Resting:
    """What rests on a statement, beside the case that it was made for.

    Args:
        record: Kind of the record, "certificate" or "declaration".
        id: Its number or id.
    """

    record: str
    id: Name


@dataclass(frozen=True, slots=True)
class Verification:
    """An engagement and the body that carries it out.

    Args:
        body: Id of the body.
        engagement: How far it has come.
        recorded: Package that a misstatement was found in, by its id.
        seed: From which samples are drawn: digest of the event by which it was agreed, so that it is committed before
            anybody plans; a later version keeps it, else amending would be a way to draw again.
        statements: Every statement that was issued, in order; each later one replaces the one before.
        resting: What hears of it when a statement is withdrawn or revised, beside the case; None for nothing.
    """

    stream: ClassVar[str] = "verification"

    body: str
    engagement: Engagement
    recorded: tuple[tuple[str, str], ...] = ()
    seed: str = ""
    statements: tuple[Issued, ...] = ()
    resting: Annotated[tuple[Resting, ...] | None, ADDED] = None

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
        category: Product category, `list:code`; what the body has to be allowed to verify.
        site: URI of the site; as well.
        place: ISO 3166-2 of the site; as well. The three are those of the case where there is one.
    """

    claim: Claim
    objectives: Bilingual
    criteria: tuple[str, ...]
    scope: Bilingual
    assurance: Assurance
    materiality: Materiality
    coverage: Decimal = Decimal("0.8")
    consulted: tuple[Name, ...] = ()
    category: str = ""
    site: AnyUri = ""
    place: AnyPlace = ""

    def terms(self) -> dict[str, object]:
        """Return the terms by name."""
        return {name: getattr(self, name) for name in verify.AMENDABLE}


@dataclass(frozen=True, slots=True)
class EngagementAgreed(Beginning[Verification]):
    """Body and client agree on a verification."""

    kind: ClassVar[str] = "engagement.agreed"
    id: Name
    body: Name
    case: AnyName
    client: Name
    agreed: Agreed

    def begin(self, stamp: Stamp) -> Verification:
        """Return the engagement as agreed."""
        draft = verify.set_terms(Engagement(self.id, self.case, self.client), **self.agreed.terms())
        seed = digest_of(Recorded(Verification, self.id, 1, self, stamp))
        return Verification(self.body, verify.agree(draft), seed=seed)


@dataclass(frozen=True, slots=True)
class EngagementAmended(Event[Verification]):
    """What was agreed changes, as a new version; the work starts anew on it."""

    kind: ClassVar[str] = "engagement.amended"
    agreed: Agreed
    reason: Bilingual
    case: AnyName = ""

    def apply(self, record: Verification, _: Stamp) -> Verification:
        """Return the next version, in another case where it passed on to one."""
        there = replace(record.engagement, case=self.case or record.case)
        return record.now(verify.amend(there, self.reason, **self.agreed.terms()))


@dataclass(frozen=True, slots=True)
class EngagementAnalysed(Event[Verification]):
    """The verifier understood what the claim is about, before risks are weighed."""

    kind: ClassVar[str] = "engagement.analysed"
    document: Document
    aspects: tuple[str, ...]
    export: str

    def apply(self, record: Verification, stamp: Stamp) -> Verification:
        """Return the analysed engagement."""
        found = Analysis(self.document, self.aspects, self.export, stamp.by.person, legal_day(stamp.at))
        return record.now(verify.analyse(record.engagement, found))


@dataclass(frozen=True, slots=True)
class EngagementPlanned(Event[Verification]):
    """Team, risks, evidence plan and samples are approved."""

    kind: ClassVar[str] = "engagement.planned"
    team: Team
    risks: tuple[Risk, ...]
    evidence: EvidencePlan
    samples: tuple[Sample, ...]
    answers: tuple[Answer, ...] = ()

    def apply(self, record: Verification, stamp: Stamp) -> Verification:
        """Return the planned engagement; who planned what is looked at has worked on it."""
        staffed, by = verify.assign(record.engagement, self.team), stamp.by.person
        return record.now(verify.plan(staffed, by, self.risks, self.evidence, self.samples, self.answers))


@dataclass(frozen=True, slots=True)
class EvidenceGathered(Event[Verification]):
    """Evidence on an item of the plan was gathered."""

    kind: ClassVar[str] = "engagement.evidence-gathered"
    item: str
    digest: Document
    export: str

    def apply(self, record: Verification, stamp: Stamp) -> Verification:
        """Return the engagement with the evidence."""
        day = legal_day(stamp.at)
        done = verify.gather(record.engagement, self.item, self.digest, stamp.by.person, day, self.export)
        return record.now(done)


@dataclass(frozen=True, slots=True)
class MisstatementRecorded(Event[Verification]):
    """Something in the claim is not as it should be."""

    kind: ClassVar[str] = "misstatement.recorded"
    misstatement: Misstatement

    def apply(self, record: Verification, _: Stamp) -> Verification:
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

    def apply(self, record: Verification, _: Stamp) -> Verification:
        """Return the engagement with the correction."""
        return record.now(verify.correct(record.engagement, self.misstatement))


@dataclass(frozen=True, slots=True)
class EngagementConcluded(Event[Verification]):
    """The team completes its work with the draft of an opinion."""

    kind: ClassVar[str] = "engagement.concluded"
    opinion: Opinion
    work: Bilingual
    explained: tuple[Answer, ...] = ()

    def apply(self, record: Verification, _: Stamp) -> Verification:
        """Return the executed engagement."""
        return record.now(verify.conclude(record.engagement, self.opinion, self.work, self.explained))


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
    public: ClassVar[Public] = Public.YES
    statement: Digest

    def apply(self, record: Verification, stamp: Stamp) -> Verification:
        """Return the engagement with its statement."""
        done = verify.issue(record.engagement, self.statement, stamp.by.person)
        return replace(record.now(done), statements=(*record.statements, Issued(self.statement, legal_day(stamp.at))))


@dataclass(frozen=True, slots=True)
class StatementReliedOn(Event[Verification]):
    """A certificate or declaration rests on the statement from now on, though it was not made for its case."""

    kind: ClassVar[str] = "statement.relied-on"
    public: ClassVar[Public] = Public.NO
    resting: Resting

    def apply(self, record: Verification, _: Stamp) -> Verification:
        """Return the verification, which knows what rests on it."""
        return replace(record, resting=(*(record.resting or ()), self.resting))


@dataclass(frozen=True, slots=True)
class FactDiscovered(Event[Verification]):
    """A fact came to light after the statement was issued."""

    kind: ClassVar[str] = "statement.fact-discovered"
    text: Bilingual

    def apply(self, record: Verification, stamp: Stamp) -> Verification:
        """Return the engagement with the open fact."""
        return record.now(verify.discover(record.engagement, self.text, legal_day(stamp.at)))


@dataclass(frozen=True, slots=True)
class FactAnswered(Event[Verification]):
    """What follows from such a fact: the statement stands, is revised, or is withdrawn."""

    kind: ClassVar[str] = "statement.fact-answered"
    public: ClassVar[Public] = Public.YES
    outcome: str

    def apply(self, record: Verification, _: Stamp) -> Verification:
        """Return the engagement after the answer."""
        return record.now(ANSWERS[self.outcome](record.engagement))


ANSWERS = {"stands": verify.stand, "revised": verify.revise, "withdrawn": verify.withdraw}
"""What may follow from a fact after issue."""
