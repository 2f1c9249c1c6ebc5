"""A verification of the world as it is told: from the agreement to the statement."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from footproof.certify.case import Case
from footproof.certify.engagements import (
    AgreeEngagement,
    AnalyseEngagement,
    ConcludeEngagement,
    DecideEngagement,
    GatherEvidence,
    IssueStatement,
    PlanEngagement,
    ReviewEngagement,
)
from footproof.certify.operation import Operation
from footproof.certify.record import Actor, Event, Recomputed, Stamp, Step
from footproof.certify.statements import statement_of
from footproof.certify.verifications import (
    Agreed,
    EngagementAgreed,
    EngagementAnalysed,
    EngagementConcluded,
    EngagementDecided,
    EngagementPlanned,
    EngagementReviewed,
    EvidenceGathered,
    StatementIssued,
    Verification,
)
from footproof.model.bilingual import Bilingual
from footproof.model.days import legal_day
from footproof.model.engagement import (
    Assertion,
    Assurance,
    Claim,
    EvidenceItem,
    EvidencePlan,
    Level,
    Materiality,
    Opinion,
    OpinionKind,
    Risk,
    Team,
)
from footproof.server.world.cast import Cast, Deed, Registered, mark
from footproof.server.world.folds import Happened, folded
from footproof.verify.engagement import ASPECTS
from footproof.verify.statement import statement_digest

DEMO = Bilingual("示例", "DEMO")
TERMS = {
    "main": ("raw_materials", Bilingual("主要原料", "main material")),
    "other": ("raw_materials", Bilingual("辅料", "other material")),
    "power": ("manufacturing", Bilingual("电力", "electricity")),
    "heat": ("manufacturing", Bilingual("供热", "heat")),
    "waste": ("manufacturing", Bilingual("废料", "waste")),
}
"""Terms of every package of the world, with stage and name."""
_UNMODIFIED = Opinion(OpinionKind.UNMODIFIED)
_WORK = Bilingual("现场核查（示例）", "Verified on site (DEMO)")
ISSUED = 0.61
"""How much of a case is over when the statement is issued."""
Told = tuple[float, Operation, Actor, Event[Verification]]


@dataclass(frozen=True, slots=True)
class Verifiers:
    """Who takes part in a verification.

    Args:
        planner: Agrees and plans.
        verifier: Does the work.
        reviewer: Reviews, confirms and issues.
    """

    planner: Actor
    verifier: Actor
    reviewer: Actor


def register_of(terms: Mapping[str, Decimal] | Mapping[str, Fraction]) -> tuple[Risk, ...]:
    """Return the risks of a package as the verifiers of the world see them: each term, and none of them small.

    Args:
        terms: By name. [kg CO2e / unit]
    """
    positive = {name: max(Fraction(terms[name]), Fraction(0)) for name in TERMS}
    whole = sum(positive.values(), Fraction(0))
    return tuple(
        Risk(
            id=name,
            name=title,
            category=stage,
            assertion=Assertion.ACCURACY,
            share=positive[name] / whole,
            level=Level.HIGH,
            reasons=("no-document",),
        )
        for name, (stage, title) in TERMS.items()
    )


def agreed_on(
    came: Recomputed, sheet: str, product: Bilingual, boundary: Bilingual, about: tuple[str, str, str]
) -> Agreed:
    """Return what body and client agree on about a package.

    Args:
        came: What comes out of it.
        sheet: Digest of its sheet.
        product: Name of the product.
        boundary: Of its life.
        about: Category, site and place.
    """
    claim = Claim(
        package=came.package,
        sheet=sheet,
        value=came.value,
        unit=came.unit,
        rulebook=came.rule,
        rulebook_digest=came.edition,
        product=product,
        model=came.model,
        site=came.site,
        responsible=came.producer,
        boundary=boundary,
        start=came.first,
        end=came.last,
        gross=came.gross,
    )
    category, site, place = about
    return Agreed(
        claim,
        DEMO,
        ("ISO 14067:2018",),
        DEMO,
        Assurance.REASONABLE,
        Materiality(Decimal("0.05")),
        category=category,
        site=site,
        place=place,
    )


@dataclass(frozen=True, slots=True)
class Verifying:
    """A verification that is to be told.

    Args:
        name: Its id.
        client: Id of the client.
        agreed: What was agreed.
        risks: Of the package.
        who: Takes part.
        case: That it serves; None where it stands for itself.
    """

    name: str
    client: str
    agreed: Agreed
    risks: tuple[Risk, ...]
    who: Verifiers
    case: Case | None = None


def verified(cast: Cast, one: Verifying, at: Callable[[int, float], datetime]) -> tuple[list[Deed], str]:
    """Return a verification from its agreement to its statement, and the digest of that.

    Args:
        cast: Who is there.
        one: The verification.
        at: When a step is done, by its number and how much of a case is over by then; asked in their order.
    """
    deeds: list[Deed] = []
    happened: list[Happened] = []
    for step, (share, asked, by, event) in enumerate(_steps(one)):
        done = at(step, share)
        deeds.append(Deed(asked, by, done, (Step(Verification, one.name, event),)))
        happened.append((event, Stamp(by, done)))
    done = at(len(deeds), ISSUED)
    known: Any = Registered(cast, one.case, legal_day(done))  # of a world, a statement only asks for this
    statement = statement_digest(statement_of(known, folded(Verification, one.name, happened), legal_day(done)))
    issued = Step(Verification, one.name, StatementIssued(statement))
    deeds.append(Deed(IssueStatement(one.name), one.who.reviewer, done, (issued,)))
    return deeds, statement


def verified_alone(cast: Cast, one: Verifying, opening: datetime) -> tuple[list[Deed], str]:
    """Return the same for a verification that serves no case: it takes 22 days.

    Args:
        cast: Who is there.
        one: The verification.
        opening: When it is agreed.
    """

    def at(step: int, share: float) -> datetime:
        if share == ISSUED:
            return opening + timedelta(days=22)
        return opening + timedelta(days=int((share - 0.5) * 200), minutes=step)

    return verified(cast, one, at)


def _steps(one: Verifying) -> tuple[Told, ...]:
    """Return the steps of a verification up to its decision, each with how much of a case is over by then."""
    name, agreed, risks, who = one.name, one.agreed, one.risks, one.who
    case = one.case.id if one.case is not None else ""
    by, team, analysis = who.verifier, Team(who.verifier.person, (who.verifier.person,)), mark(f"analysis {name}")
    plan = EvidencePlan(tuple(EvidenceItem(one.id, one.share, ("inspect",)) for one in risks), Decimal("0.8"))
    proofs = [(one.id, mark(f"evidence {name} {one.id}")) for one in risks]
    begun = EngagementAgreed(name, who.planner.organisation, case, one.client, agreed)
    analysed = EngagementAnalysed(analysis, ASPECTS, "authorities")
    return (
        (0.50, AgreeEngagement(name, one.client, agreed, case), who.planner, begun),
        (0.50, AnalyseEngagement(name, analysis, ASPECTS, "authorities"), by, analysed),
        (0.51, PlanEngagement(name, team, risks, plan), who.planner, EngagementPlanned(team, risks, plan, ())),
        *(
            (0.54, GatherEvidence(name, item, proof, "site"), by, EvidenceGathered(item, proof, "site"))
            for item, proof in proofs
        ),
        (0.57, ConcludeEngagement(name, _UNMODIFIED, _WORK), by, EngagementConcluded(_UNMODIFIED, _WORK)),
        (0.59, ReviewEngagement(name), who.reviewer, EngagementReviewed()),
        (0.60, DecideEngagement(name), who.reviewer, EngagementDecided()),
    )
