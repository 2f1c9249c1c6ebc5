"""Operations on claims of carbon neutrality: claim, name in a case, take back (ISO 14068-1:2023).

A claim refers to a certified footprint and never changes it. A retired credit counts once over all claims there are:
each block of serial numbers is a record, so two claims that reach for the same credit meet there. How a claim stands
follows from the certificate it rests on; nothing writes it anywhere.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import ClassVar

from footproof.certify.case import Case, CaseState
from footproof.certify.certificate import LIVING, Certified, Held, Standing
from footproof.certify.forms import Name, SchemeKey
from footproof.certify.neutrality import Credit, NeutralityClaim, check_claim, claim_digest
from footproof.certify.operation import Operation
from footproof.certify.record import Actor, Beginning, Event, Public, Stamp, Step, Steps, World, fresh, need
from footproof.certify.refusals import Side, need_own, need_state, own_case, refuse
from footproof.model.days import legal_day
from footproof.model.scheme import Category, Scheme

CLAUSE = "ISO 14068-1:2023"


class ClaimStanding(Enum):
    """How a claim stands on a day; the scheme of the standard is silent on it, so the rule is one of our own."""

    STANDS = "claim-stands"
    SUSPENDED = "claim-suspended"
    VOID = "claim-void"
    ENDED = "claim-ended"


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
    public: ClassVar[Public] = Public.YES
    claim: NeutralityClaim
    scheme: str

    def begin(self, _: Stamp) -> Neutrality:
        """Return the claim."""
        return Neutrality(self.claim, self.scheme, claim_digest(self.claim))


@dataclass(frozen=True, slots=True)
class NeutralityEnded(Event[Neutrality]):
    """The claim is taken back."""

    kind: ClassVar[str] = "neutrality.ended"
    public: ClassVar[Public] = Public.YES

    def apply(self, record: Neutrality, stamp: Stamp) -> Neutrality:
        """Return the claim as it ended."""
        return replace(record, ended=legal_day(stamp.at))


@dataclass(frozen=True, slots=True)
class ClaimNamed(Event[Case]):
    """The client names the claim that a case is about."""

    kind: ClassVar[str] = "neutrality.named"
    public: ClassVar[Public] = Public.NO
    claim: str

    def apply(self, record: Case, _: Stamp) -> Case:
        """Return the case with its claim."""
        return replace(record, claim=self.claim)


@dataclass(frozen=True, slots=True)
class BlockOpened(Beginning[CreditBlock]):
    """Credits of a block are spent for the first time."""

    kind: ClassVar[str] = "credits.block-opened"
    public: ClassVar[Public] = Public.NO
    id: str

    def begin(self, _: Stamp) -> CreditBlock:
        """Return the block, of which nothing is spent."""
        return CreditBlock(self.id)


@dataclass(frozen=True, slots=True)
class CreditsSpent(Event[CreditBlock]):
    """A claim spends a run of credits."""

    kind: ClassVar[str] = "credits.spent"
    public: ClassVar[Public] = Public.YES
    run: Run

    def apply(self, record: CreditBlock, _: Stamp) -> CreditBlock:
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
    scheme: SchemeKey

    def steps(self, world: World, by: Actor, at: datetime) -> Steps:
        """Return the claim and the credits it spends."""
        claim, day = self.claim, legal_day(at)
        fresh(world, Neutrality, claim.id)
        need_own(by, claim.claimant)
        found = need(world, Certified, claim.footprint.certificate)
        need_own(by, found.held.client)
        need_state(found.standing(day), Standing.VALID)
        if claim.on != day:
            raise refuse("E-CASE-DATES", "I18", "claim.on", found=claim.on.isoformat())
        _need_scheme(world, self.scheme, found.held)
        first, last = found.held.subject.first, found.held.subject.last
        if not first.year <= claim.year <= last.year:
            raise refuse("E-NEUTRAL-PERIOD", CLAUSE, "claim.year", found=claim.year, needed=f"{first} … {last}")
        problems = check_claim(claim, _Stated.of(found.held), world.scheme(self.scheme).figures)
        if problems:
            raise problems[0]
        claimed = Step(Neutrality, claim.id, NeutralityClaimed(claim, self.scheme))
        return (claimed, *_spend(world, claim))


@dataclass(frozen=True, slots=True)
class NameClaim(Operation):
    """Name the claim that a case under a scheme of neutrality is about, before anything of it is evaluated."""

    name: ClassVar[str] = "neutrality.name"
    path: ClassVar[str] = "cases/{case}/claim"
    roles: ClassVar[tuple[str, ...]] = ("representative",)
    clause: ClassVar[str] = CLAUSE
    case: str
    claim: str

    def steps(self, world: World, by: Actor, at: datetime) -> Steps:
        """Return the name."""
        case = own_case(world, by, self.case, Side.CLIENT, *_EARLY, CaseState.PLANNED)
        need_state(case.state, *((CaseState.PLANNED,) if not case.activities else ()), *_EARLY)
        _need_fitting(world, case, world.scheme(case.scheme), self.claim)
        need_standing(world, self.claim, legal_day(at))
        return (Step(Case, self.case, ClaimNamed(self.claim)),)


_EARLY = (CaseState.SUBMITTED, CaseState.ACCEPTED)


@dataclass(frozen=True, slots=True)
class EndNeutrality(Operation):
    """Take a claim back; the credits it spent stay spent."""

    name: ClassVar[str] = "neutrality.end"
    path: ClassVar[str] = "neutrality/{claim}/end"
    roles: ClassVar[tuple[str, ...]] = ("representative",)
    clause: ClassVar[str] = CLAUSE
    claim: Name

    def steps(self, world: World, by: Actor, _: datetime) -> Steps:
        """Return the end."""
        found = need(world, Neutrality, self.claim)
        need_own(by, found.claim.claimant)
        if found.ended is not None:
            raise refuse("E-CASE-STATE", CLAUSE, "claim", found="ended", needed=("claimed",))
        return (Step(Neutrality, self.claim, NeutralityEnded()),)


def need_claim(world: World, case: Case, scheme: Scheme, day: date) -> str:
    """Return the claim that a certificate of neutrality is granted on; empty under every other scheme.

    Args:
        world: What is known.
        case: Names a claim; one about a certificate goes on with the claim of that certificate.
        scheme: Edition of the case.
        day: Today.

    Raises:
        FootproofError: E-NEUTRAL-CLAIM where none is named, or one of another client, scheme or package;
            E-NEUTRAL-STANDING where it does not stand.
    """
    if scheme.category is not Category.NEUTRALITY:
        return ""
    old = world.find(Certified, case.certificate) if case.certificate else None
    name = case.claim or (old.held.claim if old is not None else "")
    if name:
        _need_fitting(world, case, scheme, name)
    if not name or need(world, Neutrality, name).claim.footprint.digest != case.package:
        raise refuse("E-NEUTRAL-CLAIM", CLAUSE, "case", claim=name[:100] or "—")
    need_standing(world, name, day)
    return name


def need_standing(world: World, name: str, day: date) -> None:
    """Refuse to rest on a claim that does not stand.

    Raises:
        FootproofError: E-NEUTRAL-STANDING.
    """
    standing = claim_standing(world, need(world, Neutrality, name), day)
    if standing is not ClaimStanding.STANDS:
        raise refuse("E-NEUTRAL-STANDING", CLAUSE, "claim", claim=name[:100], found=standing.value)


def claim_standing(world: World, found: Neutrality, day: date) -> ClaimStanding:
    """Return how a claim stands on a day: as the certificate of its footprint, or the one that took its place by then.

    A year that is over stays certified when the certificate expires or is renewed on newer data; what was withdrawn,
    given up, or restated for the same year carries no claim any more.

    Args:
        world: What is known.
        found: The claim.
        day: Not before the day of the claim.
    """
    if found.ended is not None and found.ended <= day:
        return ClaimStanding.ENDED
    certificate = need(world, Certified, found.claim.footprint.certificate)
    stated = _stated(certificate, day)
    while certificate.replaced_by:
        later = need(world, Certified, certificate.replaced_by)
        if not (more := _stated(later, day)):
            break
        certificate, stated = later, stated + more
    period = next(one.subject for one in stated if one.package == found.claim.footprint.digest)
    same = [one for one in stated if (one.subject.first, one.subject.last) == (period.first, period.last)]
    standing = certificate.standing(day)
    if same[-1].package != found.claim.footprint.digest or standing not in (*LIVING, Standing.EXPIRED):
        return ClaimStanding.VOID
    holds = standing in (Standing.VALID, Standing.EXPIRED)
    return ClaimStanding.STANDS if holds else ClaimStanding.SUSPENDED


def _stated(certificate: Certified, day: date) -> list[Held]:
    """Return what a certificate stated up to a day, in order."""
    return [one for one in (*certificate.former, certificate.held) if one.decided <= day]


def _need_scheme(world: World, name: str, held: Held) -> None:
    """Refuse a claim under a scheme that is not of neutrality, or one that rests on a certificate of neutrality."""
    if world.scheme(name).category is not Category.NEUTRALITY:
        raise refuse("E-NEUTRAL-SCHEME", CLAUSE, "scheme", scheme=name[:100])
    if world.scheme(held.scheme).category is Category.NEUTRALITY:
        raise refuse("E-NEUTRAL-SCHEME", CLAUSE, "claim.footprint", scheme=held.scheme)


def _need_fitting(world: World, case: Case, scheme: Scheme, name: str) -> None:
    """Refuse to name a claim of another client or scheme."""
    found = need(world, Neutrality, name)
    same = found.claim.claimant == case.client and found.scheme.partition("@")[0] == scheme.id
    if not same:
        raise refuse("E-NEUTRAL-CLAIM", CLAUSE, "claim", claim=name[:100])


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
