"""A verification engagement: what is agreed, planned, gathered, found and concluded (ISO 14064-3, ISO/IEC 17029).

Nouns only; what may follow what is decided in `verify.engagement`. Amounts are exact and in the unit of the claim.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from footproof.errors import Where
from footproof.model.bilingual import Bilingual


class State(StrEnum):
    """How far an engagement has come (ISO/IEC 17029, clause 9)."""

    PRE_ENGAGEMENT = "pre-engagement"
    ENGAGED = "engaged"
    PLANNED = "planned"
    EXECUTED = "executed"
    REVIEWED = "reviewed"
    DECIDED = "decided"
    ISSUED = "statement-issued"
    FACTS_AFTER_ISSUE = "facts-after-issue"
    REVISED = "revised"
    WITHDRAWN = "withdrawn"


class Assurance(StrEnum):
    """Level of assurance."""

    REASONABLE = "reasonable"
    LIMITED = "limited"


class OpinionKind(StrEnum):
    """What a statement concludes."""

    UNMODIFIED = "unmodified"
    MODIFIED = "modified"
    ADVERSE = "adverse"
    DISCLAIMER = "disclaimer"


class MisstatementKind(StrEnum):
    """How a claim can be wrong (ISO 14064-3:2019, 3.6.15)."""

    ERROR = "error"
    OMISSION = "omission"
    MISREPORTING = "misreporting"
    MISREPRESENTATION = "misrepresentation"


class Assertion(StrEnum):
    """What a client says, without words, with every figure."""

    OCCURRENCE = "occurrence"
    COMPLETENESS = "completeness"
    ACCURACY = "accuracy"
    CUT_OFF = "cut-off"
    CLASSIFICATION = "classification"


class Level(StrEnum):
    """How large a risk is."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@dataclass(frozen=True, slots=True)
class Claim:
    """What a client states and a verifier is asked about.

    Args:
        package: Digest of the sealed package.
        sheet: Digest of its calculation sheet.
        value: Declared footprint. [unit]
        unit: Such as "kg CO2e / kWh".
        rulebook: `id@edition`.
        rulebook_digest: Digest of the edition.
        product: What it is of.
        model: Model of the product.
        site: Where it is made.
        responsible: Who makes the claim.
        boundary: System boundary in words.
        start: First day of its data.
        end: Last day of its data.
        gross: Positive emissions by category, no credit or uptake taken off: what materiality is a share of. [unit]
        origins: Result by origin (fossil, biogenic, …), as documented separately. [unit]
    """

    package: str
    sheet: str
    value: Decimal
    unit: str
    rulebook: str
    rulebook_digest: str
    product: Bilingual
    model: str
    site: Bilingual
    responsible: Bilingual
    boundary: Bilingual
    start: date
    end: date
    gross: Mapping[str, Fraction]
    origins: Mapping[str, Fraction] = field(default_factory=dict)

    @property
    def whole(self) -> Fraction:
        """Return all positive emissions. [unit]"""
        return sum(self.gross.values(), Fraction(0))


@dataclass(frozen=True, slots=True)
class Materiality:
    """From which share of the positive emissions on misstatements matter; the programme or the client sets it.

    Args:
        overall: Of all positive emissions, and of those of a category without a share of its own. [1]
        categories: Of the positive emissions of a category. [1]
    """

    overall: Decimal
    categories: Mapping[str, Decimal] = field(default_factory=dict)

    def of(self, category: str) -> Decimal:
        """Return the share of a category. [1]"""
        return self.categories.get(category, self.overall)


@dataclass(frozen=True, slots=True)
class Analysis:
    """The strategic analysis: what the verifier understood of the claim before risks were weighed (14064-3, 6.1.1).

    Args:
        document: Digest of the analysis.
        aspects: What it treats, of `verify.engagement.ASPECTS`.
        export: Who may see it, as evidence.
        by: Who analysed.
        on: Day.
    """

    document: str
    aspects: tuple[str, ...]
    export: str
    by: str
    on: date


@dataclass(frozen=True, slots=True)
class Answer:
    """Why a risk that the checks proposed is seen otherwise.

    Args:
        risk: Id of the risk.
        text: Why.
    """

    risk: str
    text: Bilingual


@dataclass(frozen=True, slots=True)
class Team:
    """Who carries out an engagement, by pseudonymous id; the leader is a member."""

    leader: str
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Risk:
    """Where a claim could be wrong.

    Args:
        id: Row of the study, or term of the sheet.
        category: Life-cycle stage.
        assertion: What could be wrong about it.
        share: Of all positive emissions. [1]
        level: What follows from the reasons and the share.
        reasons: Keys of texts ("verify.risk.<key>"): why.
        findings: Codes of what the checks found there.
        rows: Where to look.
        errors: Those of them that speak against the claim; the others are gaps and recommendations.
        effect: What the client's figure is off there, where recomputing it gives another one: claimed less ours. None
            where it gives the same, or something else was found. [unit of the claim]
    """

    id: str
    name: Bilingual
    category: str
    assertion: Assertion
    share: Fraction
    level: Level
    reasons: tuple[str, ...]
    findings: tuple[str, ...] = ()
    rows: tuple[Where, ...] = ()
    errors: tuple[str, ...] = ()
    effect: Fraction | None = None


@dataclass(frozen=True, slots=True)
class EvidenceItem:
    """Evidence to gather on one row.

    Args:
        id: Row of the study, or term of the sheet.
        share: Of all positive emissions. [1]
        procedures: Keys of texts ("verify.procedure.<key>"): what to do.
        documents: Evidence and meters that the study names; empty where the client has to be asked.
    """

    id: str
    share: Fraction
    procedures: tuple[str, ...]
    documents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EvidencePlan:
    """What evidence to gather.

    Args:
        needed: Share of the positive emissions that it must cover. [1]
    """

    items: tuple[EvidenceItem, ...]
    needed: Decimal

    @property
    def covered(self) -> Fraction:
        """Return the share of the positive emissions that the items make. [1]"""
        return sum((item.share for item in self.items), Fraction(0))


@dataclass(frozen=True, slots=True)
class Gathered:
    """Evidence that was gathered on an item that is planned or drawn.

    Args:
        item: Id of the item.
        digest: Of the document or record, `sha256:…`.
        by: Member of the team.
        on: Day.
        version: Version of the engagement under which it was gathered.
        export: Who may see it: "public", "authorities", "site" (never leaves the site) or "country".
    """

    item: str
    digest: str
    by: str
    on: date
    version: int
    export: str


@dataclass(frozen=True, slots=True)
class Sample:
    """What was drawn from a frame, and how, so that anyone can draw it again (`verify.sampling`).

    Args:
        seed: Fixed before the frame was known; that of an engagement is the digest of its agreement.
        frame: Digest of the frame.
        method: "size" or "stratified".
        size: How many points were asked for.
        items: Drawn items with how often each was hit.
    """

    seed: str
    frame: str
    method: str
    size: int
    items: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Misstatement:
    """Something in the claim that is not as it should be.

    Args:
        id: Name in the engagement.
        row: Row of the study or node of the sheet.
        category: Life-cycle stage that it belongs to.
        assertion: What is wrong about it.
        amount: Claimed less right; None where it cannot be quantified. [kg CO2e per unit]
        corrected: Whether the client has corrected it.
        kind: How it came about.
        clause: Clause of the rule, or empty.
    """

    id: str
    row: str
    category: str
    assertion: Assertion
    amount: Fraction | None
    corrected: bool
    kind: MisstatementKind
    clause: str = ""


@dataclass(frozen=True, slots=True)
class Opinion:
    """The conclusion of an engagement.

    Args:
        kind: Of the four.
        qualifications: What it is subject to; every kind but "unmodified" needs one.
    """

    kind: OpinionKind
    qualifications: tuple[Bilingual, ...] = ()


@dataclass(frozen=True, slots=True)
class LaterFact:
    """Something that came to light after the statement was issued.

    Args:
        text: What.
        on: Day on which it was learnt.
        outcome: "", "revised", "withdrawn" or "stands".
    """

    text: Bilingual
    on: date
    outcome: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """A later version of what was agreed, and why."""

    version: int
    fields: tuple[str, ...]
    reason: Bilingual


@dataclass(frozen=True, slots=True)
class Engagement:
    """One verification, from the agreement to what follows the statement.

    Args:
        id: Name of the engagement.
        case: Certification case that it serves, or empty.
        client: Organisation whose claim it is.
        claim: What is verified; None before it is known.
        objectives: What the engagement is for.
        criteria: Standards and rules it is verified against.
        scope: Product, sites, period, boundary.
        assurance: Level of assurance.
        materiality: From where on misstatements matter.
        coverage: Share of the positive emissions that evidence has to cover. [1]
        consulted: Persons who prepared or advised on the same claim; they take no part.
        category: Product category, `list:code`; empty where the case says so.
        site: URI of the site; as well.
        place: ISO 3166-2 of the site; as well.
        version: Of what was agreed, from 1.
        analysis: The strategic analysis of this version.
        worked: Everyone who ever was on the team, analysed or planned the evidence; leaving does not undo it.
        answers: Why risks that the checks proposed are seen otherwise.
        explained: Why what the checks found against the claim does not stand, by the team that looked at it.
        work: What was done, as the statement sums it up.
    """

    id: str
    case: str
    client: str
    claim: Claim | None = None
    objectives: Bilingual | None = None
    criteria: tuple[str, ...] = ()
    scope: Bilingual | None = None
    assurance: Assurance | None = None
    materiality: Materiality | None = None
    coverage: Decimal = Decimal("0.8")
    consulted: tuple[str, ...] = ()
    category: str = ""
    site: str = ""
    place: str = ""
    version: int = 1
    state: State = State.PRE_ENGAGEMENT
    team: Team | None = None
    analysis: Analysis | None = None
    worked: tuple[str, ...] = ()
    reviewer: str = ""
    decider: str = ""
    risks: tuple[Risk, ...] = ()
    answers: tuple[Answer, ...] = ()
    plan: EvidencePlan | None = None
    samples: tuple[Sample, ...] = ()
    gathered: tuple[Gathered, ...] = ()
    misstatements: tuple[Misstatement, ...] = ()
    opinion: Opinion | None = None
    explained: tuple[Answer, ...] = ()
    work: Bilingual | None = None
    statement: str = ""
    later: tuple[LaterFact, ...] = ()
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class Body:
    """A verification body as a statement names it.

    Args:
        accreditation: Number of its accreditation, or empty.
        demonstration: Whether it is invented.
    """

    name: Bilingual
    address: Bilingual
    accreditation: str
    demonstration: bool = False


@dataclass(frozen=True, slots=True)
class Statement:
    """A verification statement (ISO 14064-3:2019, clause 9; ISO/IEC 17029, clause 9.7).

    Args:
        number: Of the statement.
        issued: Day.
        addressee: For whom.
        engagement: What it concludes.
        body: Who issues it.
        leader: Team leader, as named in public.
        reviewer: Independent reviewer, as named in public.
        work: What was done: sites, sampling, procedures.
        signature: Reference of the signature or seal; the signature itself covers the digest.
        replaces: Digest of the statement that it revises, or empty.
    """

    number: str
    issued: date
    addressee: Bilingual
    engagement: Engagement
    body: Body
    leader: str
    reviewer: str
    work: Bilingual
    signature: str = ""
    replaces: str = ""
