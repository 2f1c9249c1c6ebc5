"""What a study report says, before any wording or rounding: frozen nouns with exact figures and texts in two languages.

The order of the fields follows the Chinese report template; ISO 14067 clause 7 says what must be there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction

from footproof.errors import Where
from footproof.interpret.clauses import Outcome
from footproof.model.bilingual import Bilingual
from footproof.model.rulebook import Status
from footproof.model.study import Quality


class Stand(StrEnum):
    """How far a required value or item is given."""

    GIVEN = "given"
    PART = "part"
    NOT_STATED = "not-stated"
    NOT_CALCULATED = "not-calculated"
    NOT_APPLICABLE = "not-applicable"


@dataclass(frozen=True, slots=True)
class Item:
    """One row of the inventory: a term of the calculation sheet.

    Args:
        term: Id of the term.
        stage: Where it counts.
        process: Where it arises.
        name: What it is.
        amount: Per unit of the result. [amount_unit]
        factor: Characterised. [kg CO2e / amount_unit]
        value: Amount × factor. [unit of the result]
        source: Where the factor comes from.
        factor_id: Such as "param:cn.electricity.average".
        year: Data year of the factor, or empty.
        confidence: Of the factor, or empty.
        evidence: Id of the document behind the amount, or empty.
        data: How the amount was obtained ("measured", "calculated", "secondary", "estimated"), or empty.
        quality: Scores of the row, else of its factor.
        electricity: Whether it is electricity that the rule decides on.
    """

    term: str
    stage: str
    process: str
    name: Bilingual
    amount: Fraction
    amount_unit: str
    factor: Fraction
    value: Fraction
    source: Bilingual
    factor_id: str
    year: str
    confidence: str
    evidence: str
    data: str
    quality: Quality
    electricity: bool


@dataclass(frozen=True, slots=True)
class StagePart:
    """Result of one stage.

    Args:
        above: Sum of its positive terms. [unit]
        below: Sum of its negative terms. [unit]
        origins: By origin. [unit]
    """

    id: str
    name: Bilingual
    above: Fraction
    below: Fraction
    origins: Mapping[str, Fraction]

    @property
    def value(self) -> Fraction:
        """Return the result of the stage. [unit]"""
        return self.above + self.below


@dataclass(frozen=True, slots=True)
class Course:
    """One stage of the whole life cycle, covered or not.

    Args:
        stand: "in", "in_zero" (part of the rule, without data in the study), "outside" (outside the boundary that the
            study declares) or "out" (left out by the rule).
    """

    id: str
    name: Bilingual
    stand: str


@dataclass(frozen=True, slots=True)
class ProcessPart:
    """One unit process with what arises in it; None where that is not for everybody. [unit]"""

    id: str
    name: Bilingual
    stage: str
    value: Fraction | None


@dataclass(frozen=True, slots=True)
class IsoValue:
    """One of the values that ISO 14067 7.2 wants stated separately.

    Args:
        id: "V1" to "V10".
        stand: Whether it is known.
        value: Where it is known. [unit]
        unit: Of the value.
        reason: Key of the text that says why it is not given in full, or empty.
    """

    id: str
    stand: Stand
    value: Fraction | None
    unit: str
    reason: str


@dataclass(frozen=True, slots=True)
class Choice:
    """The result under another choice.

    Args:
        kind: "axis" (the rule leaves it open), "allocation" or "companion".
    """

    id: str
    kind: str
    name: Bilingual
    value: Fraction


@dataclass(frozen=True, slots=True)
class Share:
    """How one co-product shares the burdens of its process.

    Args:
        share: By the basis that was applied. [1]
        other: By the alternative basis, where there is one. [1]
    """

    process: Bilingual
    product: Bilingual
    amount: Fraction
    amount_unit: str
    basis: str
    share: Fraction
    alternative: str
    other: Fraction | None


@dataclass(frozen=True, slots=True)
class Power:
    """A contractual instrument for electricity, and whether it counted.

    Args:
        share: Of the electricity of the site. [1]
        lacking: Criteria without evidence, or factors not known; empty where there are none.
        counted: Whether the rule admits it, so that it is part of the result.
    """

    id: str
    technology: str
    share: Fraction
    lacking: str
    counted: bool


@dataclass(frozen=True, slots=True)
class Recovery:
    """A material recovered at the end of life. [amount_unit; numbers in 1]"""

    name: Bilingual
    amount: str
    amount_unit: str
    numbers: Mapping[str, Fraction]
    source: str


@dataclass(frozen=True, slots=True)
class FactorRow:
    """One factor in the annex.

    Args:
        entries: Origin, gas and number as published.
    """

    id: str
    name: Bilingual
    value: Fraction
    unit: str
    entries: tuple[tuple[str, str, str], ...]
    year: str
    region: str
    published: str
    confidence: str
    source: Bilingual


@dataclass(frozen=True, slots=True)
class StudyFigure:
    """A figure that the study states or computes.

    Args:
        text: The word, where it is no number.
    """

    id: str
    name: Bilingual
    value: Fraction | None
    unit: str
    text: str
    formula: str
    source: str
    evidence: str


@dataclass(frozen=True, slots=True)
class Instrument:
    """A meter behind figures of the study, and how long its calibration holds."""

    id: str
    name: Bilingual
    unit: str
    serial: str
    accuracy: str
    start: date
    end: date


@dataclass(frozen=True, slots=True)
class Document:
    """A document that supports the study."""

    id: str
    name: Bilingual
    file: str
    sha256: str
    captured: str


@dataclass(frozen=True, slots=True)
class QualityPart:
    """Mean scores of one stage, weighted by the size of its contributions. [1 to 5; sizes in unit]"""

    stage: str
    scores: Mapping[str, Fraction]
    scored: Fraction
    whole: Fraction


@dataclass(frozen=True, slots=True)
class RuleFacts:
    """Under which rule the result stands.

    Args:
        cut_off: Clauses about what may be left out, by id.
        sector: Whether it is a rule for a kind of product, not the general framework alone.
        local_copy: Whether it was read from a folder, bears the id of an edition that ships, and is another.
    """

    name: str
    title: Bilingual
    digest: str
    status: Status
    status_note: Bilingual
    parent: str
    gwp: str
    biogenic: str
    methane: str
    digits: int
    electricity_clause: str
    electricity_text: Bilingual
    cut_off: tuple[tuple[str, Bilingual], ...]
    sector: bool
    local_copy: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """What the reader of the result must know, as `assess` found it."""

    code: str
    subject: str
    detail: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What the study shows of one clause of the rule.

    Args:
        severity: "shall", "should" or "may".
        finding: What the study is told, or None.
        rows: Places of the study to look at.
    """

    id: str
    text: Bilingual
    severity: str
    outcome: Outcome
    finding: Bilingual | None
    rows: tuple[Where, ...]


@dataclass(frozen=True, slots=True)
class CutOff:
    """Something that the study leaves out.

    Args:
        shares: By kind ("mass", "energy", "footprint"). [1]
    """

    name: Bilingual
    process: str
    shares: Mapping[str, Fraction]
    reason: Bilingual


@dataclass(frozen=True, slots=True)
class SourcePart:
    """How much of the result rests on one kind of data.

    Args:
        kind: "documented" and "undocumented" amounts; "data", where the study says how amounts were obtained;
            "factor", "background" and "direct" factors.
        name: Confidence of a factor, kind of the data, or empty.
        count: Terms.
        size: Sum of their absolute contributions. [unit of the result]
    """

    kind: str
    name: str
    count: int
    size: Fraction


@dataclass(frozen=True, slots=True)
class Record:
    """Everything a report says, in either language and any format.

    Args:
        demonstration: Whether the study says of itself that it is one.
        offsets_excluded: Whether nothing that lowers the result calls itself an offset; None where rows lower it that
            a person must judge.
        allocation_justified: Whether every allocation is by a physical quantity or says why not; None where it is open.
        undifferentiated: Share of the result that rests on figures without a breakdown by origin. [1]
        answers: The clause report: every clause of the rule, in its order.
        public: Whether rows, factors and documents of the maker are left out.
        declared: The result as the rule rounds it. [unit]
        value: The result, exactly. [unit]
        flow: Reference product per unit of the result. [flow_unit]
        interval: Lowest and highest result over open choices. [unit]
        inside: Stages inside the boundary by study or rule; where neither says, those in which something counts.
        coproducts: How many outputs share the burdens of their process, whether or not `shares` may be shown.
        whole: Sum of the absolute contributions of all terms. [unit]
        electricity: What the electricity of the site contributes. [unit]
        grid: Factors of that electricity.
        potentials: kg CO2e per kg by origin and gas.
    """

    study: str
    title: Bilingual
    note: Bilingual
    product: Bilingual
    model: str
    description: Bilingual
    producer: Bilingual
    producer_address: Bilingual
    site: Bilingual
    site_address: Bilingual
    region: str
    start: date
    end: date
    known_on: date
    demonstration: bool
    public: bool
    rule: RuleFacts
    unit: str
    unit_name: Bilingual
    boundary: Bilingual
    flow: Fraction
    flow_unit: str
    declared: str
    value: Fraction
    interval: tuple[Fraction, Fraction]
    stages: tuple[StagePart, ...]
    course: tuple[Course, ...]
    inside: frozenset[str]
    origins: Mapping[str, Fraction]
    whole: Fraction
    aircraft: Fraction
    values: tuple[IsoValue, ...]
    processes: tuple[ProcessPart, ...]
    items: tuple[Item, ...]
    sources: tuple[SourcePart, ...]
    electricity: Fraction
    grid: tuple[FactorRow, ...]
    choices: tuple[Choice, ...]
    coproducts: int
    shares: tuple[Share, ...]
    power: tuple[Power, ...]
    recovered: tuple[Recovery, ...]
    cut_offs: tuple[CutOff, ...] | None
    quality: tuple[QualityPart, ...]
    potentials: Mapping[str, Mapping[str, str]]
    factors: tuple[FactorRow, ...]
    figures: tuple[StudyFigure, ...]
    meters: tuple[Instrument, ...]
    documents: tuple[Document, ...]
    offsets_excluded: bool | None
    allocation_justified: bool | None
    undifferentiated: Fraction
    answers: tuple[Answer, ...]
    findings: tuple[Finding, ...]
    sheet_digest: str
    terms: int
