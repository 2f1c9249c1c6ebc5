"""The risks that a sealed package proposes are those of its study, and a register answers them all."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from functools import cache

import pytest

from footproof.errors import FootproofError
from footproof.model.bilingual import Bilingual
from footproof.model.engagement import Answer, EvidenceItem, EvidencePlan, Level, Risk
from footproof.model.study import NumberRange
from footproof.package import disclose, open_package
from footproof.package.archive import pack
from footproof.rules.parameters import shipped
from footproof.texts import catalogue
from footproof.verify.packaged import UNASSESSED, claim_in, green_in, proposed_risks
from footproof.verify.risk import require_answered, risks_of
from footproof.verify.verify import verify_study
from verify.planting import CASES, edition, files_of, verified
from verify.test_command import GENERIC, sealed

WORDS = Bilingual("另有说明（示例）", "as explained (DEMO)")


@pytest.mark.parametrize("base", ["nmc811-pack", "tray"])
def test_they_are_those_of_the_study(base: str) -> None:
    package = open_package(sealed(base))
    files, client = claim_in(package)
    found = verify_study(files, edition(GENERIC), shipped(), client=client)
    assert found.assessment is not None
    risks = proposed_risks(package, shipped())
    assert risks == risks_of(found.assessment, found.findings)
    assert sum((risk.share for risk in risks), Fraction(0)) == 1


def test_where_the_study_cannot_be_assessed_every_term_is_a_high_risk() -> None:
    parts = dict(open_package(sealed("nmc811-pack")).parts)
    parts["about.json"] = parts["about.json"].replace(b"cn.gbt.24067@", b"no.such.rule@")
    package = open_package(pack(parts))
    risks = proposed_risks(package, shipped())
    assert {(risk.reasons, risk.level) for risk in risks} == {((UNASSESSED,), Level.HIGH)}
    assert {risk.id for risk in risks} == {"study/", *package.record("result.json")["terms"]}
    assert risks[0].errors == ("E-RULE-UNKNOWN",), "which the team has to explain before it confirms the claim"
    assert sum((risk.share for risk in risks), Fraction(0)) == 1
    assert f"risk.{UNASSESSED}" in catalogue("verification")


def test_of_a_copy_with_withheld_lines_only_what_is_disclosed_is_known() -> None:
    whole = open_package(sealed("tray", b"x" * 32))
    assert proposed_risks(whole, shipped())[0].reasons != (UNASSESSED,)
    assert proposed_risks(open_package(disclose(whole, [], "a buyer")), shipped()) == ()


def test_the_green_certificates_of_a_package_are_those_of_its_study() -> None:
    assert green_in(open_package(sealed("nmc811-pack"))) == (NumberRange("DEMO-W-", 1, 1132),)
    assert green_in(open_package(sealed("portland-cement"))) == ()
    assert green_in(open_package(disclose(open_package(sealed("nmc811-pack", b"x" * 32)), [], "a buyer"))) == ()


@cache
def proposed() -> tuple[Risk, ...]:
    """Return the risks of a study with a planted omission: high ones, low ones, and one without a term."""
    found = verified(files_of(CASES["cement: delivery omitted"]), GENERIC)
    assert found.assessment is not None
    return risks_of(found.assessment, found.findings)


def evidence(*left_out: str) -> EvidencePlan:
    high = [risk for risk in proposed() if risk.level is Level.HIGH and risk.id not in left_out]
    return EvidencePlan(tuple(EvidenceItem(risk.id, risk.share, ("inquiry",)) for risk in high), Decimal("0.1"))


def opened(
    register: tuple[Risk, ...], plan: EvidencePlan | None = None, answers: tuple[Answer, ...] = ()
) -> tuple[str, str]:
    with pytest.raises(FootproofError) as caught:
        require_answered(proposed(), register, plan or evidence(), answers)
    return caught.value.code, str(caught.value.values["id"])


def changed(risk: Risk, **values: object) -> tuple[Risk, ...]:
    return tuple(replace(one, **values) if one == risk else one for one in proposed())  # type: ignore[arg-type]


def test_a_register_takes_up_what_was_proposed_or_says_why_not() -> None:
    high = next(risk for risk in proposed() if risk.level is Level.HIGH and risk.share)
    low = next(risk for risk in proposed() if risk.level is Level.LOW and risk.share)
    omitted = next(risk for risk in proposed() if not risk.share)
    answer = (Answer(high.id, WORDS),)
    require_answered(proposed(), proposed(), evidence())
    require_answered(proposed(), changed(low, level=Level.HIGH), evidence())
    added = (*proposed(), replace(low, id="a stage that nobody mentions", share=Fraction(0), category=""))
    require_answered(proposed(), added, evidence())
    for register, plan in ((changed(high, level=Level.MEDIUM), evidence()), (proposed(), evidence(high.id))):
        assert opened(register, plan) == ("E-VERIFY-RISK-OPEN", high.id)
        require_answered(proposed(), register, plan, answer)
    without = tuple(risk for risk in proposed() if risk != omitted)
    assert opened(without, evidence(omitted.id)) == ("E-VERIFY-RISK-OPEN", omitted.id)
    require_answered(proposed(), without, evidence(omitted.id), (Answer(omitted.id, WORDS),))


def test_the_frame_is_every_term_as_the_package_has_it() -> None:
    low = next(risk for risk in proposed() if risk.level is Level.LOW and risk.share)
    without = tuple(risk for risk in proposed() if risk != low)
    for answers in ((), (Answer(low.id, WORDS),)):
        assert opened(without, None, answers) == ("E-VERIFY-RISK-OPEN", low.id), "an answer takes no term away"
    assert opened(changed(low, share=low.share / 2)) == ("E-VERIFY-RISK-SHARE", low.id)
    assert opened(changed(low, category="elsewhere")) == ("E-VERIFY-RISK-SHARE", low.id)
    assert opened((*proposed(), replace(low, id="x"))) == ("E-VERIFY-RISK-SHARE", "x")
    assert opened(proposed(), None, (Answer("x", WORDS),)) == ("E-VERIFY-ITEM", "x")
