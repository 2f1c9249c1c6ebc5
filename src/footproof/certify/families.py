"""Families of variants: models certified with one another, each by a sealed package of its own.

What a family says is that none of its models lies further from the certified figure than its spread (CNCA-CFP-00:2025,
certification unit). That is computed and never typed in: each model but that of the subject, whose package is the
case's, names a package, which is recomputed wherever a figure is certified or confirmed (I2).
"""

from decimal import Decimal

from footproof.certify.case import Family, Member, Subject
from footproof.certify.record import Recomputed, World
from footproof.certify.refusals import refuse
from footproof.model.scheme import Scheme

SPREAD = "family_spread_most"
"""Figure of a scheme: how wide a family may say that it is; without it the scheme takes none."""
MOST = 30
"""Models of a family (own rule): each is recomputed at every decision."""
CLAUSE = "CNCA-CFP-00:2025"
BASES = ("representative", "worst-case")
ALIKE = {
    "rule": "rulebook",
    "edition": "rulebook",
    "unit": "unit",
    "producer": "maker",
    "site": "site",
    "first": "period",
    "last": "period",
}
"""Parts in which a member's package is that of the subject, else figures do not compare, with their words."""


def models_of(subject: Subject) -> set[str]:
    """Return the models of a subject, those of its family included."""
    return {one.model for one in subject.family.members} if subject.family is not None else {subject.model}


def need_family(subject: Subject, scheme: Scheme) -> None:
    """Refuse a family that is none, or that is wider or larger than it may be.

    Args:
        subject: With its family, if any.
        scheme: Edition under which it is certified.

    Raises:
        FootproofError: E-CASE-FAMILY, E-CASE-FAMILY-WIDE, E-CASE-FAMILY-LARGE.
    """
    family = subject.family
    if family is None:
        return
    _need_sound(family, subject.model)
    if len(family.members) > MOST:
        raise refuse("E-CASE-FAMILY-LARGE", "I2", "subject.family", found=f"{len(family.members)}", needed=f"{MOST}")
    most = scheme.figures.get(SPREAD)
    if most is None or family.spread > most.value:
        needed = f"≤ {most.value}" if most is not None else "—"
        found = f"{family.spread}"
        raise refuse("E-CASE-FAMILY-WIDE", scheme.name, "subject.family", found=found, needed=needed)


def _need_sound(family: Family, model: str) -> None:
    """Refuse a family that lists a model twice or leaves out that of the subject, whose package is the case's."""
    models = [one.model for one in family.members]
    once = len(set(models)) == len(models) and Member(model) in family.members
    if not once or family.basis not in BASES or not Decimal(0) <= family.spread < Decimal(1):
        raise refuse("E-CASE-FAMILY", CLAUSE, "subject.family", model=model)


def need_listed(subject: Subject, members: tuple[Member, ...]) -> None:
    """Refuse packages for models that a family does not list, twice for one, or for that of the subject.

    Args:
        subject: With its family, if any.
        members: Models and their packages.

    Raises:
        FootproofError: E-CASE-FAMILY.
    """
    left = {one.model for one in subject.others}
    for one in members:
        if one.model not in left:
            raise refuse("E-CASE-FAMILY", CLAUSE, "members", model=one.model)
        left.remove(one.model)


def need_members_here(world: World, members: tuple[Member, ...]) -> None:
    """Refuse packages of members that nobody can look at.

    Args:
        world: What is known.
        members: Models and their packages; one that names none yet is passed over.

    Raises:
        FootproofError: E-CASE-PACKAGE.
    """
    for one in members:
        if one.package and world.recomputed(one.package) is None:
            raise refuse("E-CASE-PACKAGE", "ISO/IEC 17065, 7.3.1", "subject.family", package=one.package)


def need_members(world: World, subject: Subject, found: Recomputed | None) -> None:
    """Refuse a family of which a member lies further from the figure than it says, or does not show how far it lies.

    Args:
        world: What is known.
        subject: With its family, if any.
        found: What the package of the subject gave; None where no figure is certified, and members then have none.

    Raises:
        FootproofError: E-DECISION-PACKAGE, E-CASE-SPREAD; as `need_comparable`.
    """
    for one in subject.others if found is None else ():
        if one.package:
            raise refuse("E-DECISION-PACKAGE", "I1", "subject.family", found=one.package)
    if found is not None and subject.family is not None:
        for model, value in need_comparable(world, subject, found).items():
            _need_near(subject.family, model, value, found.value)


def need_comparable(world: World, subject: Subject, found: Recomputed) -> dict[str, Decimal]:
    """Return what the further models of a family come to, by model. [unit of the subject]

    Nobody verifies the packages of members, so study and rule have to give their figure again.

    Args:
        world: What is known.
        subject: With its family, if any.
        found: What the package of the subject gave.

    Raises:
        FootproofError: E-CASE-FAMILY-VALUE, E-CASE-PACKAGE, E-DECISION-RECOMPUTE, E-CASE-MEMBER.
    """
    need_members_here(world, subject.others)
    return {one.model: _compared(world, one, found) for one in subject.others}


def _compared(world: World, member: Member, found: Recomputed) -> Decimal:
    """Return the figure of a member, which compares with that of the subject. [unit of the subject]"""
    came = world.recomputed(member.package) if member.package else None
    if came is None:
        raise refuse("E-CASE-FAMILY-VALUE", "I2", "subject.family", model=member.model)
    if not came.ok or any(one.effect is not None for one in world.risks(member.package)):
        raise refuse("E-DECISION-RECOMPUTE", "I2", "subject.family", package=member.package)
    apart = came.unlike(found, ALIKE) + (("model",) if came.model != member.model else ())
    if apart:
        told = {"model": member.model, "package": member.package, "found": apart}
        raise refuse("E-CASE-MEMBER", "I2", "subject.family", **told)
    return came.value


def _need_near(family: Family, model: str, came: Decimal, value: Decimal) -> None:
    """Refuse a member that lies further from the figure than the family says (worst case: none above it)."""
    above = family.basis == "worst-case" and came > value
    if above or abs(came - value) > family.spread * abs(value):
        told = {"found": f"{came}", "value": f"{value}", "spread": f"{family.spread}"}
        raise refuse("E-CASE-SPREAD", CLAUSE, "subject.family", model=model, **told)


def as_looked_at(stated: Subject, looked: Subject) -> Subject:
    """Return what a certificate goes on to state, with the packages by which a case looked at its models.

    Args:
        stated: Its family stays as wide as it says.
        looked: Subject of the case.

    Raises:
        FootproofError: E-CASE-FAMILY-VALUE for a model at which the case did not look.
    """
    for model in sorted(models_of(stated) - models_of(looked)):
        raise refuse("E-CASE-FAMILY-VALUE", "I2", "subject.family", model=model)
    return stated.with_packages(looked.others)
