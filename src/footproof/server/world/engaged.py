"""A verification of the world as it is told: agreed, analysed, planned, gathered, concluded, reviewed, decided."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from footproof.certify.engagements import (
    AgreeEngagement,
    AnalyseEngagement,
    ConcludeEngagement,
    DecideEngagement,
    GatherEvidence,
    PlanEngagement,
    ReviewEngagement,
)
from footproof.certify.operation import Operation
from footproof.certify.record import Actor, Event, Recomputed
from footproof.certify.verifications import (
    Agreed,
    EngagementAgreed,
    EngagementAnalysed,
    EngagementConcluded,
    EngagementDecided,
    EngagementPlanned,
    EngagementReviewed,
    EvidenceGathered,
    Verification,
)
from footproof.model.bilingual import Bilingual
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
from footproof.server.world.cast import mark
from footproof.verify.engagement import ASPECTS

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


def engaged(  # noqa: PLR0917
    name: str, case: str, client: str, agreed: Agreed, risks: tuple[Risk, ...], who: Verifiers
) -> tuple[Told, ...]:
    """Return the steps of a verification up to its decision, each with how much of a case is over by then.

    Args:
        name: Of the verification.
        case: That it serves; empty where it stands for itself.
        client: Id of the client.
        agreed: What was agreed.
        risks: Of the package.
        who: Takes part.
    """
    by, team, analysis = who.verifier, Team(who.verifier.person, (who.verifier.person,)), mark(f"analysis {name}")
    plan = EvidencePlan(tuple(EvidenceItem(one.id, one.share, ("inspect",)) for one in risks), Decimal("0.8"))
    proofs = [(one.id, mark(f"evidence {name} {one.id}")) for one in risks]
    begun = EngagementAgreed(name, who.planner.organisation, case, client, agreed)
    analysed = EngagementAnalysed(analysis, ASPECTS, "authorities")
    return (
        (0.50, AgreeEngagement(name, client, agreed, case), who.planner, begun),
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
