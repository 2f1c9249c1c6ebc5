"""A study: one product at one site for one period, as its maker wrote it (`docs/reference/study.md`)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from footproof.model.bilingual import Bilingual
from footproof.model.supplier import SupplierFootprint

STAGES = ("raw_materials", "manufacturing", "distribution", "use", "end_of_life")
DATA_KINDS = ("measured", "calculated", "secondary", "estimated")
"""How the amount of an exchange came about: read from a meter or scale, computed from such readings, taken from a
source outside the site, or put down without one."""
BALANCES = ("none", "mass", "energy")
CONTROLS = ("own", "other")


class Kind(StrEnum):
    """What an exchange is."""

    INPUT = "input"
    FUEL = "fuel"
    EMISSION = "emission"
    TREATMENT = "treatment"
    CREDIT = "credit"


class Basis(StrEnum):
    """How co-products share the burdens of their process (ISO 14067 6.4.6)."""

    NONE = ""
    MASS = "mass"
    ENERGY = "energy"
    ECONOMIC = "economic"
    GIVEN = "given"


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands in the study, so that a later error can name it."""

    file: str
    line: int | None
    field: str | None = None


@dataclass(frozen=True, slots=True)
class Quality:
    """Data quality, 1 (very good) to 5 (poor); None where the study says nothing."""

    technology: int | None = None
    geography: int | None = None
    time: int | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure that is stated, or computed by a formula over the study's parameters.

    Args:
        number: The stated figure. [unit]
        formula: Text of the expression, where there is one instead.
        unit: Unit of measurement.
    """

    number: Decimal | None
    formula: str | None
    unit: str


@dataclass(frozen=True, slots=True)
class Quantity:
    """A named figure of the study, or a word that a rule asks for.

    Args:
        text: The word, such as the category of a vehicle; the figure then has no number.
        meter: Id in meters.csv of what measured it, or empty.
    """

    id: str
    name: Bilingual
    figure: Figure
    source: str
    evidence: str
    place: Place
    text: str = ""
    meter: str = ""


@dataclass(frozen=True, slots=True)
class Party:
    """A maker or a site."""

    name: Bilingual
    address: Bilingual


@dataclass(frozen=True, slots=True)
class Product:
    """What the footprint is of."""

    name: Bilingual
    model: str
    description: Bilingual


@dataclass(frozen=True, slots=True)
class DeclaredUnit:
    """The unit a study declares where a rule leaves it open.

    Args:
        name: In words.
        unit: Unit of measurement.
        flow: Formula: how much of the reference product makes one unit. [product unit / unit]
        boundary: System boundary in words.
        stages: Stages that lie inside the boundary; empty where the study does not list them.
    """

    name: Bilingual
    unit: str
    flow: str
    boundary: Bilingual
    place: Place
    stages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NumberRange:
    """Consecutive numbers of green certificates, one MWh each.

    Args:
        prefix: What all of them begin with.
        first: Number of the first.
        last: Number of the last, included.
    """

    prefix: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Certificates:
    """The green certificates behind a contract.

    Args:
        ranges: Their numbers.
        project: Where the electricity was generated.
        generated: First day of the first and of the last month of generation.
        site_mwh: Electricity of the reporting site in the period, of which the contract claims its share. [MWh]
        holder: In whose name they are cancelled, or empty.
        cancelled_on: Day of cancellation; None while they are not cancelled.
        reference: Reference of the cancellation, or empty.
    """

    ranges: tuple[NumberRange, ...]
    project: str
    generated: tuple[date, date]
    site_mwh: Decimal
    holder: str
    cancelled_on: date | None
    reference: str
    place: Place


@dataclass(frozen=True, slots=True)
class Contract:
    """A contractual instrument for electricity (ISO 14067 6.4.9.4).

    Args:
        id: Name in the study.
        technology: Kind of generation, such as "wind".
        share: Part of the electricity of the reporting site. [1]
        criteria: Which of the five criteria there is evidence for.
        evidence: Id of the document.
        certificates: Green certificates behind it, where the study lists them.
    """

    id: str
    technology: str
    share: Decimal
    criteria: tuple[str, ...]
    evidence: str
    place: Place
    certificates: Certificates | None = None


@dataclass(frozen=True, slots=True)
class Process:
    """One foreground process.

    Args:
        balance: "mass" or "energy" where all that goes in comes out in rows of the study; "none" or empty else.
        control: "own" where the maker runs it, "other" where a supplier does, or empty.
    """

    id: str
    name: Bilingual
    stage: str
    output: Figure
    allocation: Basis
    alternative: Basis
    source: str
    evidence: str
    note: Bilingual | None
    place: Place
    balance: str = ""
    control: str = ""


@dataclass(frozen=True, slots=True)
class Exchange:
    """What one run of a process takes or gives off.

    Args:
        origin_of: What `from` says: "process:cell", "factor:M01", "param:…", "certificate:…", "electricity", "fuel:…",
            or empty.
        distance_km: With it the amount is a mass, and the exchange is its transport. [km]
        meter: Id in meters.csv of what measured the amount, or empty.
        data: One of DATA_KINDS, or empty where the study does not say.
    """

    process: str
    id: str
    kind: Kind
    name: Bilingual | None
    amount: Figure
    distance_km: Decimal | None
    source_of: str
    device: str
    upstream: str
    gas: str
    origin: str
    basis: str
    stage: str
    aircraft: bool
    evidence: str
    quality: Quality
    source: str
    note: Bilingual | None
    place: Place
    meter: str = ""
    data: str = ""


@dataclass(frozen=True, slots=True)
class FactorEntry:
    """One component of a factor.

    Args:
        number: kg of the gas per unit of the amount. [unit]
        unit: Such as "kg CO2e / kg", or "kg / kg" for a single gas.
        aircraft: Whether it is given off by aircraft.
    """

    origin: str
    gas: str
    number: Decimal
    unit: str
    aircraft: bool = False


@dataclass(frozen=True, slots=True)
class IntensityOrigin:
    """Where an intensity of a background database was taken from.

    Args:
        database: Name of the database.
        digest: Digest of the database.
        set: Digest of the intensity set.
        product: Id of the product in the set: the dataset, and the flow where it makes several.
        solver: Name and versions of what solved it.
    """

    database: str
    digest: str
    set: str
    product: str
    solver: str


@dataclass(frozen=True, slots=True)
class Factor:
    """A factor that a study cites itself, or a published parameter seen as one.

    Args:
        unit: Such as "kg CO2e / kg".
        quantity: "life-cycle CO2e", "direct CO2" or "direct CO2e"; they never stand in for each other.
        scope: "life cycle", "upstream" or "direct".
        role: "virgin", "recycled", "market mix", "disposal" or empty.
        entries: Its vector, by origin and gas.
        basis: What the amount must refer to, such as a hydrate.
        confidence: "official", "secondary", "derived" or "recalled".
        taken: Where it was taken from, for an intensity of a background database.
    """

    id: str
    name: Bilingual
    unit: str
    quantity: str
    scope: str
    role: str
    entries: tuple[FactorEntry, ...]
    basis: str
    boundary: str
    region: str
    year: str
    source: str
    confidence: str
    quality: Quality
    note: Bilingual | None
    place: Place
    taken: IntensityOrigin | None = None


@dataclass(frozen=True, slots=True)
class Coproduct:
    """One output of a process that has several.

    Args:
        amount: How much one run gives.
        basis: Allocation quantity of the whole amount. [basis_unit]
        alternative: The same under the alternative basis. [alternative_unit]
    """

    process: str
    product: str
    name: Bilingual
    amount: Decimal
    unit: str
    basis: Decimal
    basis_unit: str
    alternative: Decimal | None
    alternative_unit: str
    place: Place


@dataclass(frozen=True, slots=True)
class Recovered:
    """A material recovered at the end of life, for the Circular Footprint Formula.

    Args:
        amount: Per reference product.
        numbers: r1, r2, a, q_in, q_out, r3, b. [1]
        recycled_end: Factor of recycling at the end of life where it is not that of the recycled input, or empty.
        avoided: Factor of the virgin material that is replaced where it is not the one bought, or empty.
        recovery: Factor of burning with energy recovery, or empty.
        displaced: Factor of the heat and power that burning replaces, per amount of material, or empty.
    """

    id: str
    name: Bilingual
    amount: Figure
    numbers: Mapping[str, Decimal]
    virgin: str
    recycled: str
    disposal: str
    source: str
    note: Bilingual | None
    place: Place
    recycled_end: str = ""
    avoided: str = ""
    recovery: str = ""
    displaced: str = ""

    @property
    def factors(self) -> tuple[str, ...]:
        """Return every factor it names."""
        named = (self.virgin, self.recycled, self.disposal, self.recycled_end, self.avoided, self.recovery)
        return tuple(name for name in (*named, self.displaced) if name)


@dataclass(frozen=True, slots=True)
class Evidence:
    """A document that supports rows of the study."""

    id: str
    file: str
    sha256: str
    name: Bilingual
    captured: str


@dataclass(frozen=True, slots=True)
class Meter:
    """A measuring instrument behind figures of the study.

    Args:
        unit: What it reads in.
        accuracy: Class or error limit as stated, such as "0.5S".
        calibrated_from: First day on which its calibration holds.
        calibrated_to: Last such day.
        evidence: Id of the calibration certificate, or empty.
        reading: What it counted in the period; None where the study does not say. [unit]
        share: Part of the reading that this product accounts for; None where the study does not say. [1]
    """

    id: str
    name: Bilingual
    unit: str
    serial: str
    accuracy: str
    calibrated_from: date
    calibrated_to: date
    evidence: str
    place: Place
    reading: Decimal | None = None
    share: Decimal | None = None


@dataclass(frozen=True, slots=True)
class CutOff:
    """Something that the study leaves out, with its estimated size.

    Args:
        process: Process it would belong to, or empty.
        mass_share: Part of the mass that enters the system; None where not estimated. [1]
        energy_share: The same of energy. [1]
        footprint_share: The same of the footprint. [1]
    """

    id: str
    name: Bilingual
    process: str
    mass_share: Decimal | None
    energy_share: Decimal | None
    footprint_share: Decimal | None
    reason: Bilingual
    evidence: str
    place: Place


@dataclass(frozen=True, slots=True)
class Supplier:
    """A supplier's certificate that the study uses as a factor: what the study says it is.

    Args:
        id: What exchanges call it, behind `certificate:`.
        folder: Name of the folder under suppliers/ that holds the certificate and its material.
        certificate: Number of the certificate.
        digest: Of the signed certificate, `sha256:…`.
        product: Id of the product in the certificate.
        unit: Unit of the certificate, such as "kg CO2e / kg".
        demonstration: Whether this study is a demonstration, in which a certificate that attests nothing may stand.
    """

    id: str
    name: Bilingual
    folder: str
    certificate: str
    digest: str
    product: str
    unit: str
    demonstration: bool
    note: Bilingual | None
    place: Place


@dataclass(frozen=True, slots=True)
class CarbonContent:
    """Biogenic carbon that leaves with the product.

    Args:
        biogenic: Mass of carbon in one unit of the reference product. [unit]
        unit: A mass, or a mass of carbon.
    """

    biogenic: Decimal
    unit: str
    source: str
    evidence: str
    place: Place


@dataclass(frozen=True, slots=True)
class Range:
    """How far a figure of the study may lie from what is stated.

    Args:
        kind: "parameter", "amount" (of an exchange) or "factor".
        id: Which one.
        distribution: "lognormal", "normal", "triangular" or "uniform".
        low: Lower limit as a share of the figure. [1]
        high: Upper limit. [1]
        group: What moves together with it, or empty.
        source: Why these limits can be defended.
    """

    kind: str
    id: str
    distribution: str
    low: Decimal
    high: Decimal
    group: str
    source: str
    place: Place


@dataclass(frozen=True, slots=True)
class Study:
    """The whole study, checked for form but not yet computed.

    Args:
        meters: Measuring instruments by id; None where the study lists none.
        cut_offs: What is left out; None where the study does not say, empty where it says: nothing.
        carbon_content: Biogenic carbon of the product, where stated.
        ranges: How far figures may lie from what is stated.
        suppliers: Certificates of suppliers that serve as factors, by id.
        certified: Their footprints by id, once the certificates have been checked.
        produced: How much of the reference product was made in the period, where stated. [unit of its process]
    """

    id: str
    title: Bilingual
    note: Bilingual
    known_on: date | None
    product: Product
    producer: Party
    site: Party
    region: str
    start: date
    end: date
    reference: str
    reference_place: Place
    declared_unit: DeclaredUnit
    quantities: Mapping[str, Quantity]
    contracts: tuple[Contract, ...]
    processes: Mapping[str, Process]
    exchanges: tuple[Exchange, ...]
    factors: Mapping[str, Factor]
    intensities: Mapping[str, Factor]
    coproducts: tuple[Coproduct, ...]
    recovered: tuple[Recovered, ...]
    evidence: Mapping[str, Evidence]
    meters: Mapping[str, Meter] | None = None
    cut_offs: tuple[CutOff, ...] | None = None
    carbon_content: CarbonContent | None = None
    ranges: tuple[Range, ...] = ()
    produced: Decimal | None = None
    suppliers: Mapping[str, Supplier] = field(default_factory=dict)
    certified: Mapping[str, SupplierFootprint] = field(default_factory=dict)
