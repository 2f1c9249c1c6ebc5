"""Risks name what is large and doubtful; a plan covers what it has to."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cli.running import BATTERY
from footproof.cli.chain import assess_folder, contents_of
from footproof.errors import FootproofError
from footproof.model.engagement import Assertion, Assurance, Level, Risk
from footproof.package import open_package, seal
from footproof.rules.parameters import shipped
from footproof.texts import catalogue
from footproof.verify.claim import gross_by_stage, gross_by_term
from footproof.verify.evidence import evidence_plan
from footproof.verify.packaged import proposal, proposed_risks
from footproof.verify.risk import require_answered, risks_of
from footproof.verify.sampling import draw, frame_of
from footproof.verify.verify import Verification
from verify.planting import CASES, files_of, verified

GENERIC = "cn.gbt.24067"


@cache
def found(base: str) -> Verification:
    return verified(files_of({"base": base}), GENERIC)


@cache
def risks(base: str) -> tuple[Risk, ...]:
    assessment = found(base).assessment
    assert assessment is not None
    return risks_of(assessment, found(base).findings)


@pytest.mark.parametrize("base", ["nmc811-pack", "portland-cement", "demo-cathode", "tray"])
def test_shares_are_of_the_positive_emissions(base: str) -> None:
    assessment = found(base).assessment
    assert assessment is not None
    assert sum((risk.share for risk in risks(base)), Fraction(0)) == 1
    gross = gross_by_term(assessment)
    assert sum(gross.values()) == sum(gross_by_stage(assessment).values())
    assert {risk.id for risk in risks(base)} >= set(gross)
    order = [(list(Level).index(risk.level), -risk.share) for risk in risks(base)]
    assert order == sorted(order)


def test_credits_and_uptake_do_not_lower_what_materiality_is_measured_on() -> None:
    tray = found("tray").assessment
    assert tray is not None
    assert sum(gross_by_stage(tray).values(), Fraction(0)) > Fraction(tray.result["value"])


def test_what_a_package_claims_and_what_checking_it_proposes() -> None:
    assessment, files = assess_folder(BATTERY, GENERIC, None, dated=True)
    package = open_package(seal(contents_of(assessment, files, GENERIC)))
    made = proposal(package, proposed_risks(package, shipped()), Decimal("0.8"), Assurance.REASONABLE)
    claim, result = made.claim, assessment.result
    assert (claim.package, claim.value, claim.unit) == (package.digest, Decimal(result["declared"]), result["unit"])
    assert (claim.rulebook, claim.model) == (assessment.rule.name, assessment.study.product.model)
    assert claim.sheet == assessment.sheet_digest
    assert claim.whole >= Fraction(result["value"])
    require_answered(made.risks, made.risks, made.evidence)
    assert made.evidence.covered >= Fraction("0.8")
    assert any(item.documents for item in made.evidence.items), "documents of the study stand beside their rows"


def test_a_finding_makes_a_term_risky_and_says_what_could_be_wrong() -> None:
    name = "battery: virgin aluminium of the enclosure at recycled"
    verification = verified(files_of(CASES[name]), GENERIC)
    assert verification.assessment is not None
    told = {risk.id: risk for risk in risks_of(verification.assessment, verification.findings)}
    item = told["enclosure-aluminium"]
    assert "V-FACTOR-ROLE" in item.findings
    assert item.reasons[0] == "finding"
    assert item.assertion is Assertion.CLASSIFICATION
    assert item.level is not Level.LOW
    assert "finding" not in {risk.id: risk for risk in risks("nmc811-pack")}["enclosure-aluminium"].reasons


def test_a_recommendation_is_a_reason_too() -> None:
    """An old factor year is a note; its term is a doubtful one all the same, and nobody has to answer for an error."""
    stale = next(case for case in CASES.values() if "V-FACTOR-SUPERSEDED" in str(case))
    verification = verified(files_of(stale), GENERIC)
    assert verification.assessment is not None
    noted = [
        risk
        for risk in risks_of(verification.assessment, verification.findings)
        if "V-FACTOR-SUPERSEDED" in risk.findings
    ]
    assert noted
    for risk in noted:
        assert "V-FACTOR-SUPERSEDED" not in risk.errors
        assert risk.reasons[0] == ("finding" if len(set(risk.findings)) > 1 else "noted")


def test_what_is_left_out_is_a_risk_without_a_share() -> None:
    verification = verified(files_of(CASES["cement: delivery omitted"]), GENERIC)
    assert verification.assessment is not None
    left_out = [risk for risk in risks_of(verification.assessment, verification.findings) if not risk.category]
    assert {risk.assertion for risk in left_out if "V-STAGE" in risk.findings} == {Assertion.COMPLETENESS}
    assert all(risk.level is Level.HIGH and risk.share == 0 for risk in left_out)


def test_every_reason_and_procedure_has_words() -> None:
    words = catalogue("verification")
    for base in ("nmc811-pack", "portland-cement", "demo-cell", "kettle", "tray"):
        assessment = found(base).assessment
        assert assessment is not None
        assert {f"risk.{reason}" for risk in risks(base) for reason in risk.reasons} <= set(words)
        plan = evidence_plan(assessment.study.exchanges, risks(base), Decimal(1))
        assert {f"procedure.{name}" for item in plan.items for name in item.procedures} <= set(words)


@given(st.decimals("0.01", "1", places=2), st.sampled_from(["nmc811-pack", "portland-cement", "demo-cell"]))
@settings(max_examples=40, deadline=None)
def test_a_plan_covers_at_least_its_share_and_every_high_risk(share: Decimal, base: str) -> None:
    assessment = found(base).assessment
    assert assessment is not None
    plan = evidence_plan(assessment.study.exchanges, risks(base), share)
    assert plan.covered >= Fraction(share)
    planned = {item.id for item in plan.items}
    assert {risk.id for risk in risks(base) if risk.level is Level.HIGH} <= planned
    low = [item for item in plan.items if {r.id: r for r in risks(base)}[item.id].level is not Level.HIGH]
    if low:
        assert plan.covered - low[-1].share < Fraction(share), "no item more than needed"


def test_limited_assurance_asks_for_less() -> None:
    assessment = found("nmc811-pack").assessment
    assert assessment is not None
    full = evidence_plan(assessment.study.exchanges, risks("nmc811-pack"))
    limited = evidence_plan(assessment.study.exchanges, risks("nmc811-pack"), assurance=Assurance.LIMITED)
    assert [item.id for item in full.items] == [item.id for item in limited.items]
    assert sum(len(item.procedures) for item in limited.items) < sum(len(item.procedures) for item in full.items)


def test_metered_rows_lead_to_their_meter() -> None:
    assessment = found("nmc811-pack").assessment
    assert assessment is not None
    plan = evidence_plan(assessment.study.exchanges, risks("nmc811-pack"), Decimal(1))
    items = {item.id: item for item in plan.items}
    assert items["cell-heat"].documents == ("meters", "m-heat")
    assert "reconcile-meter" in items["cell-heat"].procedures
    assert "ask" in items["oxide-lithium"].procedures


def test_risks_that_do_not_come_to_the_share_are_refused() -> None:
    assessment = found("nmc811-pack").assessment
    assert assessment is not None
    with pytest.raises(FootproofError) as caught:
        evidence_plan(assessment.study.exchanges, risks("nmc811-pack")[:1], Decimal("0.9"))
    assert caught.value.code == "E-VERIFY-COVERAGE"


def test_risks_are_a_frame_to_draw_from() -> None:
    frame = frame_of(risks("portland-cement"))
    sample = draw("a public seed", frame, 6)
    assert set(sample.items) <= {risk.id for risk in risks("portland-cement")}
    assert "kiln-coal" in sample.items or "calcination" in sample.items
    assert replace(sample, items={}) != sample
