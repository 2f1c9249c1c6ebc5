"""An engagement at any stage, for tests: an invented client, body and team (示例 / DEMO)."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from fractions import Fraction

from footproof.model.bilingual import Bilingual
from footproof.model.engagement import (
    Analysis,
    Assertion,
    Assurance,
    Body,
    Claim,
    Engagement,
    EvidenceItem,
    EvidencePlan,
    Level,
    Materiality,
    Misstatement,
    MisstatementKind,
    Opinion,
    OpinionKind,
    Risk,
    Statement,
    Team,
)
from footproof.verify import engagement as steps
from footproof.verify.sampling import draw, frame_of

CLAIM = Claim(
    package="sha256:" + "a" * 64,
    sheet="sha256:" + "b" * 64,
    value=Decimal(90),
    unit="kg CO2e / kg",
    rulebook="cn.gbt.24067@2024",
    rulebook_digest="sha256:" + "c" * 64,
    product=Bilingual("示例产品", "example product (DEMO)"),
    model="X-1",
    site=Bilingual("示例工厂", "example plant (DEMO)"),
    responsible=Bilingual("示例公司", "Example Co. (DEMO)"),
    boundary=Bilingual("从摇篮到大门", "cradle to gate"),
    start=date(2025, 1, 1),
    end=date(2025, 12, 31),
    gross={"raw_materials": Fraction(80), "manufacturing": Fraction(20), "end_of_life": Fraction(0)},
    origins={"fossil": Fraction(90)},
)
TERMS = {
    "claim": CLAIM,
    "objectives": Bilingual("核查声明是否正确", "whether the claim is correct"),
    "criteria": ("ISO 14067:2018", "cn.gbt.24067@2024"),
    "scope": Bilingual("一个型号、一个场址、一年", "one model, one site, one year"),
    "assurance": Assurance.REASONABLE,
    "materiality": Materiality(Decimal("0.05"), {"manufacturing": Decimal("0.1")}),
    "consulted": ("adviser",),
}
PLAN = EvidencePlan(
    (EvidenceItem("a", Fraction(3, 5), ("inquiry",)), EvidenceItem("b", Fraction(3, 10), ("inquiry",))), Decimal("0.8")
)
RISKS = tuple(
    Risk(id_, Bilingual("项", id_), category, Assertion.ACCURACY, share, level, ("finding",))
    for id_, category, share, level in (
        ("a", "raw_materials", Fraction(3, 5), Level.HIGH),
        ("b", "raw_materials", Fraction(3, 10), Level.HIGH),
        ("c", "manufacturing", Fraction(1, 10), Level.LOW),
    )
)
SEED = "sha256:" + "5" * 64
TEAM = Team("lead", ("lead", "second"))
PLANNER = "planner"
DAY = date(2026, 3, 1)
ANALYSIS = Analysis("sha256:" + "f" * 64, steps.ASPECTS, "authorities", "lead", DAY)
SAMPLES = (draw(SEED, frame_of(RISKS), 1),)
REASON = Bilingual("另有说明", "as explained (DEMO)")
CLEAN = Opinion(OpinionKind.UNMODIFIED)


def draft() -> Engagement:
    return steps.set_terms(Engagement("E-1", "case-1", "client-1"), **TERMS)


def engaged() -> Engagement:
    """Return an engagement that is agreed, analysed and staffed."""
    return steps.assign(steps.analyse(steps.agree(draft()), ANALYSIS), TEAM)


def planned() -> Engagement:
    return steps.plan(engaged(), PLANNER, RISKS, PLAN, SAMPLES)


def gathered() -> Engagement:
    found = planned()
    for item in steps.wanted_items(found):
        found = steps.gather(found, item, "sha256:" + "d" * 64, "second", DAY, "authorities")
    return found


def issued(opinion: Opinion = CLEAN, misstatements: Iterable[Misstatement] = ()) -> Engagement:
    found = gathered()
    for item in misstatements:
        found = steps.misstate(found, item)
    done = steps.decide(steps.review(steps.conclude(found, opinion), "reviewer"), "decider")
    return steps.issue(done, "sha256:" + "e" * 64, "decider")


def misstatement(
    id_: str, amount: Fraction | int | None, category: str = "raw_materials", *, corrected: bool = False
) -> Misstatement:
    figure = None if amount is None else Fraction(amount)
    return Misstatement(id_, id_, category, Assertion.ACCURACY, figure, corrected, MisstatementKind.ERROR)


def statement(found: Engagement) -> Statement:
    return Statement(
        number="DEMO-V-1",
        issued=date(2026, 4, 1),
        addressee=Bilingual("示例公司", "Example Co. (DEMO)"),
        engagement=found,
        body=Body(Bilingual("示例核查机构", "Example Verifiers (DEMO)"), Bilingual("示例市", "Example City"), "", True),
        leader="A. Leader (DEMO)",
        reviewer="B. Reviewer (DEMO)",
        work=Bilingual("两日现场核查", "two days on site"),
    )
