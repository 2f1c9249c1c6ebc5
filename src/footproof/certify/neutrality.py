"""A claim of carbon neutrality: an object of its own that refers to a certified footprint and never changes it.

ISO 14068-1:2023: reductions and removals of one's own come first, by a management plan; only the residual is offset,
with credits that are retired, unique and of a limited vintage. A credit counts once, over all claims there are.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Protocol

from footproof.canonical import record_digest
from footproof.certify.forms import AnyDigest, Document, Name
from footproof.errors import FootproofError, Where
from footproof.expressions.exact import normalise
from footproof.model.scheme import Figure

KG_PER_TONNE = 1000


class CreditKind(StrEnum):
    """What a credit stands for."""

    REDUCTION = "reduction"
    REMOVAL = "removal"


@dataclass(frozen=True, slots=True)
class Credit:
    """A run of retired credits; each serial number is one tonne.

    Args:
        registry: Registry that retired them.
        block: Project and batch, within which serial numbers count.
        first: First serial number.
        last: Last.
        vintage: Year of the reduction or removal.
        quantity: As the registry states it. [t CO2e]
        retired_on: Day of retirement; None for credits that are merely held.
        beneficiary: For whom they were retired: id of an organisation.
    """

    registry: str
    block: str
    first: int
    last: int
    vintage: int
    quantity: Decimal
    kind: CreditKind
    retired_on: date | None
    beneficiary: Name

    @property
    def name(self) -> str:
        """Return how people write the run."""
        return f"{self.registry} {self.block} {self.first}–{self.last}"


@dataclass(frozen=True, slots=True)
class FootprintReference:
    """The certified footprint that a claim refers to.

    Args:
        certificate: Number.
        digest: Digest of the sealed package.
        value: As certified. [unit]
        unit: Such as "kg CO2e/kWh".
    """

    certificate: Name
    digest: AnyDigest
    value: Decimal
    unit: str


@dataclass(frozen=True, slots=True)
class Plan:
    """The carbon neutrality management plan, as far as it is figures.

    Args:
        digest: Digest of the document.
        base_year: Year the reductions are counted from.
        base: Footprint of that year. [unit of the footprint]
        targets: Highest footprint by year, falling. [unit of the footprint]
        removal_shares: Least share of removals among the credits, by year. [1]
    """

    digest: Document
    base_year: int
    base: Decimal
    targets: Mapping[int, Decimal]
    removal_shares: Mapping[int, Decimal]


@dataclass(frozen=True, slots=True)
class NeutralityClaim:
    """A claim for one product over one period.

    Args:
        id: Name of the claim.
        claimant: Id of the organisation.
        footprint: What it refers to.
        year: Year it is about.
        on: Day of the claim.
        units: How many units it covers. [unit of analysis]
        plan: The plan.
        achieved: Footprint by year from the base year on, the year of the claim included. [unit of the footprint]
        residual: What is left to be offset. [kg CO2e]
        credits: What offsets it.
    """

    id: Name
    claimant: Name
    footprint: FootprintReference
    year: int
    on: date
    units: Decimal
    plan: Plan
    achieved: Mapping[int, Decimal]
    residual: Decimal
    credits: tuple[Credit, ...]


class CertifiedFootprint(Protocol):
    """What a claim refers to, however it is kept; see `model.certificate.Certificate`."""

    @property
    def number(self) -> str:
        """Return the number of the certificate."""

    @property
    def package_digest(self) -> str:
        """Return the digest of the sealed package."""

    @property
    def value(self) -> Decimal:
        """Return the certified value. [unit]"""

    @property
    def unit(self) -> str:
        """Return the unit."""

    @property
    def valid_from(self) -> date:
        """Return the first day of validity."""

    @property
    def valid_until(self) -> date:
        """Return the last day of validity."""


Problems = Iterator[FootproofError]


def check_claim(
    claim: NeutralityClaim,
    certificate: CertifiedFootprint,
    figures: Mapping[str, Figure],
    others: Iterable[NeutralityClaim] = (),
) -> tuple[FootproofError, ...]:
    """Return everything that stands against a claim.

    Args:
        claim: The claim.
        certificate: The certified footprint it names, as the body issued it.
        figures: Of the scheme: `vintage_years` limits the age of a credit where the scheme states it.
        others: All other claims that are known; a credit in one of them is spent.

    Returns:
        E-NEUTRAL-* findings; none where the claim holds.
    """
    return (
        *_footprint(claim, certificate),
        *_reductions(claim),
        *_residual(claim),
        *_credits(claim, figures),
        *_twice(claim, others),
        *_removals(claim),
    )


def offset(claim: NeutralityClaim) -> Decimal:
    """Return how much the credits of a claim offset, as their registries state it. [t CO2e]"""
    return sum((credit.quantity for credit in claim.credits), Decimal(0))


def removal_share(claim: NeutralityClaim) -> Fraction | None:
    """Return the share of removals among the credits, None where there are no credits. [1]"""
    total = offset(claim)
    removed = sum((one.quantity for one in claim.credits if one.kind is CreditKind.REMOVAL), Decimal(0))
    return Fraction(removed) / Fraction(total) if total else None


def claim_digest(claim: NeutralityClaim) -> str:
    """Return the digest of a claim, by which a decision and an event name it."""
    return record_digest(
        {
            "id": claim.id,
            "claimant": claim.claimant,
            "footprint": {
                "certificate": claim.footprint.certificate,
                "digest": claim.footprint.digest,
                "value": normalise(claim.footprint.value),
                "unit": claim.footprint.unit,
            },
            "year": claim.year,
            "on": claim.on.isoformat(),
            "units": normalise(claim.units),
            "plan": {
                "digest": claim.plan.digest,
                "base_year": claim.plan.base_year,
                "base": normalise(claim.plan.base),
                "targets": _years(claim.plan.targets),
                "removal_shares": _years(claim.plan.removal_shares),
            },
            "achieved": _years(claim.achieved),
            "residual": normalise(claim.residual),
            "credits": [_credit(one) for one in claim.credits],
        }
    )


def _problem(code: str, field: str, **values: object) -> FootproofError:
    return FootproofError(code, Where("neutrality", field=field), **values)


def _footprint(claim: NeutralityClaim, certificate: CertifiedFootprint) -> Problems:
    """The claim repeats what is certified; a difference is never settled in favour of the claim."""
    said = claim.footprint
    pairs = (
        ("certificate", said.certificate, certificate.number),
        ("digest", said.digest, certificate.package_digest),
        ("value", said.value, certificate.value),
        ("unit", said.unit, certificate.unit),
    )
    for field, found, needed in pairs:
        if found != needed:
            yield _problem("E-NEUTRAL-FOOTPRINT", f"footprint.{field}", found=found, needed=needed)
    if not certificate.valid_from <= claim.on <= certificate.valid_until:
        yield _problem(
            "E-NEUTRAL-VALIDITY", "on", on=claim.on, first=certificate.valid_from, last=certificate.valid_until
        )


def _reductions(claim: NeutralityClaim) -> Problems:
    """Own reductions first: the plan falls, each year keeps to it, and the year claimed is what was certified."""
    plan = claim.plan
    if claim.year < plan.base_year:
        yield _problem("E-NEUTRAL-YEAR", "year", year=claim.year, base=plan.base_year)
        return
    ceiling = plan.base
    for year in range(plan.base_year + 1, claim.year + 1):
        target, achieved = plan.targets.get(year), claim.achieved.get(year)
        if target is None or target > ceiling or (year == claim.year and target >= plan.base):
            yield _problem("E-NEUTRAL-PLAN", f"plan.targets.{year}", year=year, found=_or(target), most=ceiling)
        if achieved is None or (target is not None and achieved > target):
            yield _problem("E-NEUTRAL-REDUCTION", f"achieved.{year}", year=year, found=_or(achieved), most=_or(target))
        ceiling = target if target is not None else ceiling
    now = plan.base if claim.year == plan.base_year else claim.achieved.get(claim.year)
    if now != claim.footprint.value:
        yield _problem("E-NEUTRAL-ACHIEVED", "achieved", found=_or(now), needed=claim.footprint.value)
    if claim.year == plan.base_year and not any(target < plan.base for target in plan.targets.values()):
        yield _problem("E-NEUTRAL-PLAN", "plan.targets", year=claim.year + 1, found="—", most=plan.base)


def _residual(claim: NeutralityClaim) -> Problems:
    """The whole footprint of all units is offset; exact, since a rounded residual could hide a tonne."""
    if claim.units <= 0:
        yield _problem("E-NEUTRAL-UNITS", "units", found=claim.units)
        return
    needed = Fraction(claim.footprint.value) * Fraction(claim.units)
    shown = claim.footprint.value * claim.units
    if Fraction(claim.residual) != needed:
        yield _problem("E-NEUTRAL-RESIDUAL", "residual", found=claim.residual, needed=shown)
    if Fraction(offset(claim)) * KG_PER_TONNE < needed:
        yield _problem("E-NEUTRAL-COVER", "credits", found=offset(claim) * KG_PER_TONNE, needed=shown)


def _credits(claim: NeutralityClaim, figures: Mapping[str, Figure]) -> Problems:
    vintages = figures.get("vintage_years")
    for credit in claim.credits:
        if credit.last < credit.first or credit.quantity != credit.last - credit.first + 1:
            count = max(0, credit.last - credit.first + 1)
            yield _problem("E-NEUTRAL-QUANTITY", "credits", name=credit.name, found=credit.quantity, needed=count)
        if credit.retired_on is None or credit.retired_on > claim.on:
            yield _problem("E-NEUTRAL-RETIRED", "credits", name=credit.name, found=_or(credit.retired_on), on=claim.on)
        if credit.beneficiary != claim.claimant:
            yield _problem(
                "E-NEUTRAL-BENEFICIARY",
                "credits",
                name=credit.name,
                found=credit.beneficiary,
                needed=claim.claimant,
            )
        if credit.vintage > claim.on.year or (vintages and claim.year - credit.vintage > vintages.value):
            oldest = claim.year - int(vintages.value) if vintages else "—"
            yield _problem(
                "E-NEUTRAL-VINTAGE",
                "credits",
                name=credit.name,
                found=credit.vintage,
                oldest=oldest,
                year=claim.on.year,
            )


def _twice(claim: NeutralityClaim, others: Iterable[NeutralityClaim]) -> Problems:
    """No serial number counts twice, neither within the claim nor in another one."""
    spent: dict[tuple[str, str], list[tuple[Credit, str]]] = {}
    for other in others:
        if other.id != claim.id:
            for credit in other.credits:
                spent.setdefault(_block(credit), []).append((credit, other.id))
    for credit in claim.credits:
        same = spent.setdefault(_block(credit), [])
        owner = next((name for one, name in same if credit.first <= one.last and one.first <= credit.last), None)
        if owner is not None:
            yield _problem("E-NEUTRAL-TWICE", "credits", name=credit.name, claim=owner)
        same.append((credit, claim.id))


def _block(credit: Credit) -> tuple[str, str]:
    """Return within what serial numbers count; capital letters make no other registry."""
    return credit.registry.strip().casefold(), credit.block.strip().casefold()


def _removals(claim: NeutralityClaim) -> Problems:
    least = claim.plan.removal_shares.get(claim.year)
    share = removal_share(claim)
    if least is not None and share is not None and share < Fraction(least):
        yield _problem("E-NEUTRAL-REMOVALS", "credits", found=f"{float(share):.1%}", needed=least)


def _or(value: object) -> object:
    return "—" if value is None else value


def _years(values: Mapping[int, Decimal]) -> dict[str, str]:
    return {str(year): normalise(value) for year, value in values.items()}


def _credit(one: Credit) -> dict[str, object]:
    return {
        "registry": one.registry,
        "block": one.block,
        "first": one.first,
        "last": one.last,
        "vintage": one.vintage,
        "quantity": normalise(one.quantity),
        "kind": one.kind.value,
        "retired_on": one.retired_on.isoformat() if one.retired_on else None,
        "beneficiary": one.beneficiary,
    }
