"""Claims of neutrality: made on a certified footprint with retired credits of an invented registry, then certified."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from footproof.certify.certificate import Held
from footproof.certify.neutrality import Credit, CreditKind, FootprintReference, NeutralityClaim, Plan
from footproof.certify.neutrality_operations import (
    BlockOpened,
    ClaimNeutrality,
    CreditBlock,
    CreditsSpent,
    Neutrality,
    NeutralityClaimed,
    Run,
)
from footproof.certify.record import Step, Steps
from footproof.server.world.cast import mark
from footproof.server.world.plan import CLAIMING, NEUTRAL

if TYPE_CHECKING:
    from footproof.server.world.history import Story

KG_PER_TONNE = 1000
BEFORE = Decimal("1.25")
"""Footprint of the year before, as a share of the certified one."""


def neutral(story: "Story", held: Held) -> None:
    """Tell of a claim on what a certificate states, and of its certificate.

    Args:
        story: Of the life.
        held: What the certificate states.
    """
    second = story.life.second
    if second is None or held.value is None:
        return
    at = datetime(second.decided.year, second.decided.month, second.decided.day, 6, tzinfo=UTC) - CLAIMING
    name = f"claim-{story.life.index + 1:06d}"
    claim = _claim(name, held, held.value, at)
    story.tell(ClaimNeutrality(claim, NEUTRAL), story.client, at, (*_claimed(claim), _opened(claim), _spent(claim)))
    story.neutrality(held, name, at.date() + timedelta(days=1))
    if story.life.defect == "credits-twice":
        later = at + timedelta(days=5)
        again = _claim(f"{name}-2", held, held.value, later)
        story.tell(ClaimNeutrality(again, NEUTRAL), story.client, later, (*_claimed(again), _spent(again)))


def _claim(name: str, held: Held, value: Decimal, at: datetime) -> NeutralityClaim:
    units, year = Decimal(200), held.subject.last.year
    tonnes = int(value * units / KG_PER_TONNE) + 1
    block = f"DEMO-{held.number}"
    spent = Credit(
        "Demo Registry", block, 1, tonnes, year - 1, Decimal(tonnes), CreditKind.REMOVAL, at.date(), held.client
    )
    base = value * BEFORE
    return NeutralityClaim(
        id=name,
        claimant=held.client,
        footprint=FootprintReference(held.number, held.package, value, held.unit),
        year=year,
        on=at.date(),
        units=units,
        plan=Plan(mark(f"plan {name}"), year - 1, base, {year: value}, {}),
        achieved={year - 1: base, year: value},
        residual=value * units,
        credits=(spent,),
    )


def _claimed(claim: NeutralityClaim) -> Steps:
    return (Step(Neutrality, claim.id, NeutralityClaimed(claim, NEUTRAL)),)


def _opened(claim: NeutralityClaim) -> Step:
    name = CreditBlock.name(claim.credits[0])
    return Step(CreditBlock, name, BlockOpened(name))


def _spent(claim: NeutralityClaim) -> Step:
    credit = claim.credits[0]
    return Step(CreditBlock, CreditBlock.name(credit), CreditsSpent(Run(credit.first, credit.last, claim.id)))
