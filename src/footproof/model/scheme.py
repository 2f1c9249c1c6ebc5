"""A certification scheme as data: who does what in which order, how long it holds, what it lets somebody show.

ISO/IEC 17067 (functional approach: selection, determination, review, decision, attestation, licensing, surveillance),
ISO/IEC 17065 for the activities of the body. Every number of a scheme has a source and says how it is known.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from footproof.model.bilingual import Bilingual
from footproof.model.parameter import Confidence
from footproof.model.rulebook import Status


class CertifiedObject(StrEnum):
    """What a scheme certifies."""

    PRODUCT = "product"
    MANAGEMENT_SYSTEM = "management-system"
    SERVICE = "service"
    PROCESS = "process"


class Category(StrEnum):
    """Category of a carbon-related rule in the Chinese filing system; none for what is not filed as such."""

    REDUCTION_REMOVAL = "reduction-removal"
    DISCLOSURE = "disclosure"
    NEUTRALITY = "neutrality"
    NONE = "none"


class Function(StrEnum):
    """Function of conformity assessment that an activity serves (ISO/IEC 17000, ISO/IEC 17067)."""

    SELECTION = "selection"
    DETERMINATION = "determination"
    REVIEW = "review"
    DECISION = "decision"
    ATTESTATION = "attestation"
    LICENSING = "licensing"
    SURVEILLANCE = "surveillance"


class CaseKind(StrEnum):
    """What a case is about."""

    INITIAL = "initial"
    SURVEILLANCE = "surveillance"
    CHANGE = "change"
    RENEWAL = "renewal"
    TRANSFER = "transfer"
    SPECIAL = "special"


class Technique(StrEnum):
    """How a determination is done; the type under ISO/IEC 17067 follows from it."""

    NONE = "none"
    DOCUMENTS = "documents"
    SYSTEM_AUDIT = "system-audit"
    PRODUCTION = "production"
    SAMPLE_TEST = "sample-test"
    FACTORY_SAMPLE = "factory-sample"
    MARKET_SAMPLE = "market-sample"
    SERVICE = "service"
    VERIFICATION = "verification"


class Checklist(StrEnum):
    """Where the questions of an activity come from."""

    NONE = "none"
    RULE_CLAUSES = "rule-clauses"
    SCHEME_CLAUSES = "scheme-clauses"
    SITE_CLAUSES = "site-clauses"


class FactKind(StrEnum):
    """Kind of a declared fact."""

    TRUTH = "truth"
    NUMBER = "number"
    TEXT = "text"


class Consequence(StrEnum):
    """What a ground leads to, or what follows a suspension that was not cured."""

    SUSPENDED = "suspended"
    REDUCED = "reduced"
    WITHDRAWN = "withdrawn"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of a scheme.

    Args:
        value: The number. [unit]
        unit: "month", "year", "day", "working-day", "person", "item", "1" and the like.
        source: Text that sets it, or where it was read.
        confidence: How it is known.
    """

    id: str
    value: Decimal
    unit: str
    source: str
    confidence: Confidence


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that is declared or found of a case, and that conditions may ask for.

    Args:
        least: Smallest number that makes sense; None for no bound.
        most: Largest.
    """

    id: str
    kind: FactKind
    title: Bilingual
    least: Decimal | None = None
    most: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Requirement:
    """What a body or a client must show.

    Args:
        check: Expression over facts and figures that must hold; what only a person can judge is a declared fact.
    """

    id: str
    text: Bilingual
    check: str
    source: str
    confidence: Confidence


@dataclass(frozen=True, slots=True)
class Activity:
    """One activity of a scheme.

    Args:
        id: Name within the scheme.
        function: Function it serves.
        role: Who does it.
        kinds: Kinds of cases it belongs to.
        needs: Activities that come before it.
        separate_from: Roles of the same case that the person must not have had.
        competence: What the person must be competent for: "scheme", "category", "function".
        statement: Form of the statement it ends with, such as "iso17029.verification"; or empty.
        level_of_assurance: "reasonable", "limited" or empty.
        checklist: Where its questions come from.
        technique: How it is done.
        condition: Expression over facts and figures under which it is done; empty for always.
    """

    id: str
    title: Bilingual
    function: Function
    role: str
    kinds: tuple[CaseKind, ...]
    needs: tuple[str, ...] = ()
    separate_from: tuple[str, ...] = ()
    competence: tuple[str, ...] = ()
    statement: str = ""
    level_of_assurance: str = ""
    checklist: Checklist = Checklist.NONE
    technique: Technique = Technique.NONE
    condition: str = ""


@dataclass(frozen=True, slots=True)
class Trigger:
    """Something that calls for a special surveillance.

    Args:
        check: Expression over facts and figures; it is triggered where it holds.
    """

    id: str
    text: Bilingual
    check: str


@dataclass(frozen=True, slots=True)
class Surveillance:
    """How a certificate is kept valid.

    Args:
        every_months: Longest time between two surveillances; None where the scheme has none. [month]
        triggers: What calls for a special one.
        drift_limit: How far a restated result may move before the certificate is suspended, as a share of the certified
            one; None where the scheme states none. [1]
    """

    every_months: int | None
    triggers: tuple[Trigger, ...]
    drift_limit: Decimal | None


@dataclass(frozen=True, slots=True)
class Suspension:
    """How long a suspension lasts at most, and what follows; None where the scheme does not say. [month]"""

    longest_months: int | None
    then: Consequence


@dataclass(frozen=True, slots=True)
class Ground:
    """A reason to suspend, reduce, withdraw or cancel."""

    id: str
    leads_to: Consequence
    text: Bilingual


@dataclass(frozen=True, slots=True)
class TimeLimit:
    """How long something may take.

    Args:
        start: Activity whose end starts the clock.
        end: Activity that must be done by then.
        days: How many. [working day or day]
        working: Whether only working days count.
        figure: Where the number comes from.
    """

    id: str
    title: Bilingual
    start: str
    end: str
    days: int
    working: bool
    figure: str


@dataclass(frozen=True, slots=True)
class Fee:
    """A fee that the agreement may hold; nothing else may be charged."""

    id: str
    title: Bilingual


@dataclass(frozen=True, slots=True)
class Conclusion:
    """A conclusion a certificate rests on.

    Args:
        evidence: Kinds of evidence that must be there.
        concluded_by: Role that concludes.
    """

    id: str
    title: Bilingual
    text: Bilingual
    evidence: tuple[str, ...]
    concluded_by: str
    confidence: Confidence


@dataclass(frozen=True, slots=True)
class CatalogueItem:
    """One product category that a scheme covers.

    Args:
        code: Category code as in recognition, `list:code`.
        definition: What belongs to it.
        excluded: What does not; empty text where nothing is known to be excluded.
        standard: Standard or rulebook the footprint is quantified by; empty where none is known here.
        rulebooks: Rulebooks by id that a footprint may be quantified by; those of the scheme where there is none.
        accept_from: First day on which applications are taken; None where it is not known.
        mandatory_from: First day on which it is mandatory.
        legacy_until: Last day on which the earlier requirements serve.
    """

    code: str
    name: Bilingual
    group: Bilingual
    definition: Bilingual
    standard: str
    source: str
    confidence: Confidence
    rulebooks: tuple[str, ...] = ()
    excluded: Bilingual | None = None
    accept_from: date | None = None
    mandatory_from: date | None = None
    legacy_until: date | None = None


@dataclass(frozen=True, slots=True)
class Named:
    """Something with an id and a name in both languages: a module, a clause of a standard, a role."""

    id: str
    title: Bilingual


@dataclass(frozen=True, slots=True)
class Grid:
    """Questions of a management system: each module meets each clause.

    Args:
        questions: Question by (module, clause), where the scheme words one of its own.
    """

    modules: tuple[Named, ...]
    clauses: tuple[Named, ...]
    source: str
    confidence: Confidence
    questions: Mapping[tuple[str, str], Bilingual] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Band:
    """One band of a grading.

    Args:
        above: Scores above this one belong to it, up to the next band. [score]
        grade: 1 for the lowest.
    """

    above: Decimal
    grade: int
    title: Bilingual


@dataclass(frozen=True, slots=True)
class Grading:
    """Gate, score and bands.

    Args:
        facts: What is answered.
        gate: Expression that must hold, else there is no grade at all.
        score: Expression of the score.
        most: Highest score there can be.
        bands: From low to high.
        failing: What is said where the gate does not hold.
    """

    id: str
    edition: str
    title: Bilingual
    facts: Mapping[str, Fact]
    figures: Mapping[str, Figure]
    gate: str
    score: str
    most: Decimal
    bands: tuple[Band, ...]
    failing: Bilingual
    source: str
    confidence: Confidence


class Claim(StrEnum):
    """What a mark says of its object."""

    FOOTPRINT = "footprint"
    OWN_REDUCTION = "own-reduction"
    NEUTRAL_WITH_OFFSETS = "neutral-with-offsets"
    GRADE = "grade"
    MANAGEMENT_SYSTEM = "management-system"
    SERVICE = "service"


@dataclass(frozen=True, slots=True)
class Mark:
    """What a certificate holder may show.

    Args:
        claim: What it says.
        object: What it says it of.
        national: Whether it is the national mark, which only the national scheme licenses (invariant I9).
        shows: "value", "grade", "reduction" or "nothing" beside the mark.
        digits: Significant digits of a shown value; 0 where none is shown.
        rounding: "half-even", "half-up" or "up".
        source: Where the rule of the mark was read.
    """

    id: str
    title: Bilingual
    claim: Claim
    object: CertifiedObject
    national: bool
    shows: str
    digits: int
    rounding: str
    source: str
    confidence: Confidence


@dataclass(frozen=True, slots=True)
class Gap:
    """Something the scheme surely settles but that could not be read: nothing is put in its place."""

    id: str
    text: Bilingual


@dataclass(frozen=True, slots=True)
class Validity:
    """When an edition is used; a date that is not known is None and bars nothing.

    Args:
        first: First day on which cases are accepted and decided by it.
        last: Last such day, the transition to the next edition included.
        data_first: Day before which no data may begin.
        data_last: Day after which no data may end.
        source: Text that sets them, or where it was read.
    """

    first: date | None
    last: date | None
    data_first: date | None
    data_last: date | None
    source: str
    confidence: Confidence


@dataclass(frozen=True, slots=True)
class Scheme:
    """One edition of a certification scheme.

    Args:
        digest: Over its files; it is the identity of the edition.
        national: Whether it is the scheme of the state, with its certificate and mark.
        filing_needed: Whether a body must file its rule before it certifies.
        standards: What is certified against.
        rulebooks: Rulebooks by id that a footprint may be quantified by; "*" for any.
        figures: Every number, by id.
        facts: What conditions may ask for.
        transfer: Whether a certificate may move to another body.
        languages: Languages a certificate is issued in, such as "zh", "en".
        grid: Standard clauses to evaluate against, for management systems.
        gaps: What could not be read.
        validity: When it is used; None where no date of it is known.
        footprint_optional: Whether a certificate may be granted without a footprint, where the scheme takes one at all.
        least_reduction: Share of the base by more than which a footprint has to lie below it; None where the scheme
            certifies no reduction. [1]
    """

    id: str
    edition: str
    digest: str
    status: Status
    status_note: Bilingual
    title: Bilingual
    owner: Bilingual
    object: CertifiedObject
    category: Category
    national: bool
    filing_needed: bool
    standards: tuple[str, ...]
    rulebooks: tuple[str, ...]
    languages: tuple[str, ...]
    transfer: bool
    source: str
    figures: Mapping[str, Figure]
    facts: Mapping[str, Fact]
    roles: Mapping[str, Bilingual]
    body_requirements: tuple[Requirement, ...]
    client_requirements: tuple[Requirement, ...]
    activities: tuple[Activity, ...]
    surveillance: Surveillance
    suspension: Suspension
    grounds: tuple[Ground, ...]
    time_limits: tuple[TimeLimit, ...]
    fees: tuple[Fee, ...]
    conclusions: tuple[Conclusion, ...]
    catalogue: tuple[CatalogueItem, ...]
    provinces: tuple[str, ...]
    mark: Mark | None
    grading: Grading | None
    grid: Grid | None
    gaps: tuple[Gap, ...]
    footprint_optional: bool = False
    validity: Validity | None = None
    least_reduction: Decimal | None = None

    @property
    def name(self) -> str:
        """Return `id@edition`."""
        return f"{self.id}@{self.edition}"

    @property
    def verified(self) -> bool:
        """Tell whether an activity ends in a verification statement; else nobody but the decision looks at figures."""
        return any(one.statement for one in self.activities)

    @property
    def valid_months(self) -> int:
        """Return how long a certificate holds. [month]"""
        return int(self.figures["valid_months"].value)

    @property
    def data_age_months(self) -> int | None:
        """Return how old data may be when they are first certified, None where the scheme does not say. [month]"""
        return self._whole("data_age_months")

    @property
    def retention_years(self) -> int | None:
        """Return how long records are kept, None where the scheme does not say. [year]"""
        return self._whole("retention_years")

    @property
    def look_back_months(self) -> int | None:
        """Return how long consultancy for a client bars a person, None where the scheme does not say. [month]"""
        return self._whole("look_back_months")

    @property
    def answer_days(self) -> int | None:
        """Return how long a client may take to answer a nonconformity, None where the scheme does not say. [day]"""
        return self._whole("answer_days")

    @property
    def late_renewal_months(self) -> int:
        """Return how long after its end a certificate may still be renewed; 0 where the scheme does not say. [month]"""
        return self._whole("late_renewal_months") or 0

    @property
    def unconfirmed(self) -> tuple[str, ...]:
        """Return the figures that were not read in an official text, by id."""
        return tuple(name for name, one in self.figures.items() if one.confidence is not Confidence.OFFICIAL)

    def activity(self, name: str) -> Activity | None:
        """Return an activity by id, None where there is no such."""
        return next((one for one in self.activities if one.id == name), None)

    def _whole(self, name: str) -> int | None:
        figure = self.figures.get(name)
        return None if figure is None else int(figure.value)
