"""Operations on claims of carbon neutrality: claim, and take back (ISO 14068-1:2023).

A claim refers to a certified footprint and never changes it. A retired credit counts once over all claims there are:
each block of serial numbers is a record, so two claims that reach for the same credit meet there.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar

from footproof.certify.certificate import Certified, Held, Standing
from footproof.certify.neutrality import Credit, NeutralityClaim, check_claim, claim_digest
from footproof.certify.operation import Operation
from footproof.certify.record import Actor, Beginning, Event, Stamp, Step, Steps, World, fresh, need
from footproof.certify.refusals import need_own, need_state, refuse

CLAUSE = "ISO 14068-1:2023"


@dataclass(frozen=True, slots=True)
class Neutrality:
    """A claim that was made.

    Args:
        claim: What is claimed.
        scheme: Scheme edition it is made under, `id@edition`.
        digest: Digest of the claim, by which a decision and a mark name it.
        ended: Day it was taken back; None while it stands. Credits it spent stay spent.
    """

    stream: ClassVar[str] = "neutrality"

    claim: NeutralityClaim
    scheme: str
    digest: str
    ended: date | None = None

    @property
    def id(self) -> str:
        """Return the name of the claim."""
        return self.claim.id


@dataclass(frozen=True, slots=True)
class Run:
    """Serial numbers of a block that a claim spent, both ends included."""

    first: int
    last: int
    claim: str


@dataclass(frozen=True, slots=True)
class CreditBlock:
    """A block of serial numbers of a registry, and which of them are spent.

    Args:
        id: See `name`.
        spent: Runs that claims spent; none overlaps another.
    """

    stream: ClassVar[str] = "credit-block"

    id: str
    spent: tuple[Run, ...] = ()

    @staticmethod
    def name(credit: Credit) -> str:
        """Return the id of the block of a credit; capital letters make no other registry."""
        return f"{credit.registry.strip().casefold()}|{credit.block.strip().casefold()}"

    def taken(self, credit: Credit) -> Run | None:
        """Return a run that has a serial number in common with a credit."""
        return next((run for run in self.spent if credit.first <= run.last and run.first <= credit.last), None)


@dataclass(frozen=True, slots=True)
class NeutralityClaimed(Beginning[Neutrality]):
    """Somebody claims that a product is carbon neutral over a year."""

    kind: ClassVar[str] = "neutrality.claimed"
    public: ClassVar[bool] = True
    claim: NeutralityClaim
    scheme: str

    def begin(self, stamp: Stamp) -> Neutrality:  # noqa: ARG002
        """Return the claim."""
        return Neutrality(self.claim, self.scheme, claim_digest(self.claim))


@dataclass(frozen=True, slots=True)
class NeutralityEnded(Event[Neutrality]):
    """The claim is taken back."""

    kind: ClassVar[str] = "neutrality.ended"
    public: ClassVar[bool] = True

    def apply(self, record: Neutrality, stamp: Stamp) -> Neutrality:
        """Return the claim as it ended."""
        return replace(record, ended=stamp.at.date())


@dataclass(frozen=True, slots=True)
class BlockOpened(Beginning[CreditBlock]):
    """Credits of a block are spent for the first time."""

    kind: ClassVar[str] = "credits.block-opened"
    id: str

    def begin(self, stamp: Stamp) -> CreditBlock:  # noqa: ARG002
        """Return the block, of which nothing is spent."""
        return CreditBlock(self.id)


@dataclass(frozen=True, slots=True)
class CreditsSpent(Event[CreditBlock]):
    """A claim spends a run of credits."""

    kind: ClassVar[str] = "credits.spent"
    public: ClassVar[bool] = True
    run: Run

    def apply(self, record: CreditBlock, stamp: Stamp) -> CreditBlock:  # noqa: ARG002
        """Return the block with the run."""
        return replace(record, spent=(*record.spent, self.run))


@dataclass(frozen=True, slots=True)
class ClaimNeutrality(Operation):
    """Claim that a product with a certified footprint is carbon neutral."""

    name: ClassVar[str] = "neutrality.claim"
    path: ClassVar[str] = "neutrality"
    roles: ClassVar[tuple[str, ...]] = ("representative",)
    clause: ClassVar[str] = CLAUSE
    claim: NeutralityClaim
    scheme: str

    def steps(self, world: World, by: Actor, at: datetime) -> Steps:
        """Return the claim and the credits it spends."""
        claim, day = self.claim, at.date()
        fresh(world, Neutrality, claim.id)
        need_own(by, claim.claimant)
        found = need(world, Certified, claim.footprint.certificate)
        need_own(by, found.held.client)
        need_state(found.standing(day), Standing.VALID)
        if claim.on != day:
            raise refuse("E-CASE-DATES", "I18", "claim.on", found=claim.on.isoformat())
        problems = check_claim(claim, _Stated.of(found.held), world.scheme(self.scheme).figures)
        if problems:
            raise problems[0]
        claimed = Step(Neutrality, claim.id, NeutralityClaimed(claim, self.scheme))
        return (claimed, *_spend(world, claim))


@dataclass(frozen=True, slots=True)
class EndNeutrality(Operation):
    """Take a claim back; the credits it spent stay spent."""

    name: ClassVar[str] = "neutrality.end"
    path: ClassVar[str] = "neutrality/{claim}/end"
    roles: ClassVar[tuple[str, ...]] = ("representative",)
    clause: ClassVar[str] = CLAUSE
    claim: str

    def steps(self, world: World, by: Actor, at: datetime) -> Steps:  # noqa: ARG002
        """Return the end."""
        found = need(world, Neutrality, self.claim)
        need_own(by, found.claim.claimant)
        if found.ended is not None:
            raise refuse("E-CASE-STATE", CLAUSE, "claim", found="ended", needed=("claimed",))
        return (Step(Neutrality, self.claim, NeutralityEnded()),)


@dataclass(frozen=True, slots=True)
class _Stated:
    """What a certificate states, by the names that a claim is checked against."""

    number: str
    package_digest: str
    value: Decimal
    unit: str
    valid_from: date
    valid_until: date

    @classmethod
    def of(cls, held: Held) -> "_Stated":
        """Return what a certificate with a figure states."""
        if held.value is None:
            raise refuse("E-NEUTRAL-NO-FIGURE", CLAUSE, "claim.footprint", certificate=held.number)
        return cls(held.number, held.package, held.value, held.unit, held.first, held.last)


def _spend(world: World, claim: NeutralityClaim) -> Steps:
    """Return the credits as spent, each block once opened."""
    steps: list[Step] = []
    opened: set[str] = set()
    for credit in claim.credits:
        name = CreditBlock.name(credit)
        block = world.find(CreditBlock, name)
        taken = block.taken(credit) if block is not None else None
        if taken is not None:
            raise refuse("E-NEUTRAL-TWICE", CLAUSE, "claim.credits", name=credit.name, claim=taken.claim)
        if block is None and name not in opened:
            opened.add(name)
            steps.append(Step(CreditBlock, name, BlockOpened(name)))
        steps.append(Step(CreditBlock, name, CreditsSpent(Run(credit.first, credit.last, claim.id))))
    return tuple(steps)
