"""What recomputing finds binds the opinion: another figure is a misstatement of that amount, the rest is answered."""

import csv
import io
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import cast

import pytest

from certify.cast import (
    ALPHA,
    BATTERY,
    NORTH,
    UNMODIFIED,
    WORK,
    Script,
    actor,
    agreed,
    analyse,
    misstated,
    name_of,
    package,
    packages,
    proposed,
    settled,
)
from footproof.certify.engagements import (
    AgreeEngagement,
    ConcludeEngagement,
    PlanEngagement,
    RecordMisstatement,
)
from footproof.certify.memory import MemoryWorld
from footproof.certify.record import Recomputed
from footproof.certify.verifications import Verification
from footproof.errors import FootproofError
from footproof.model.bilingual import Bilingual
from footproof.model.engagement import Answer, Assurance, EvidenceItem, EvidencePlan, Opinion, OpinionKind, Risk, Team
from footproof.package import Package, open_package, recompute
from footproof.package.archive import pack
from footproof.rules.parameters import shipped
from footproof.verify.packaged import claim_of, proposal, proposed_risks
from footproof.verify.risk import unsettled
from verify.test_command import sealed

WORDS = Bilingual("已核对（示例）", "looked at (DEMO)")
VERIFIER = actor(ALPHA, "v1")
ADVERSE = Opinion(OpinionKind.ADVERSE, (WORDS,))


@cache
def forged() -> Package:
    """Return a package whose study takes five times the electricity in four rows that its sheet was built from."""
    parts = dict(open_package(sealed("nmc811-pack")).parts)
    text = io.StringIO(parts["study/exchanges.csv"].decode())
    rows = list(csv.DictReader(text))
    for row in [one for one in rows if one["from"] == "electricity"][:4]:
        row["amount"] = str(Decimal(row["amount"]) * 5)
    out = io.StringIO()
    writer = csv.DictWriter(out, rows[0].keys(), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return open_package(pack({**parts, "study/exchanges.csv": out.getvalue().encode()}))


@cache
def found() -> tuple[Risk, ...]:
    """Return the risks that checking it proposes."""
    return proposed_risks(forged(), shipped())


def world() -> MemoryWorld:
    """Return the cast's world with the package in it, as if the northern maker had made it."""
    claim, result = claim_of(forged()), recompute(forged())
    came = Recomputed(
        package=forged().digest,
        ok=result.ok,
        value=claim.value,
        unit=claim.unit,
        rule=claim.rulebook,
        edition=claim.rulebook_digest,
        status="in-force",
        model=claim.model,
        first=claim.start,
        last=claim.end,
        producer=name_of(NORTH),
        site=claim.site,
        gross=claim.gross,
    )
    made = settled()
    made._packages = {**packages(), came.package: came}
    made._risks = {**proposed(), came.package: found()}
    return made


def worked(digest: str, risks: tuple[Risk, ...], script: Script | None = None) -> Script:
    """Return a script in which everything on the package of the verification V-1 was gathered, up to the opinion."""
    script = script or Script(world())
    if digest == forged().digest:
        claim = replace(claim_of(forged()), responsible=name_of(NORTH))
        terms = replace(agreed(package(NORTH, 2025)), claim=claim, category=BATTERY)
    else:
        terms = agreed(digest)
    script.do(AgreeEngagement("V-1", NORTH, terms), actor(ALPHA, "p"))
    script.do(analyse("V-1"), VERIFIER)
    items = tuple(EvidenceItem(one.id, one.share, ("inspect",)) for one in risks)
    plan = EvidencePlan(items, Decimal("0.8"))
    script.do(PlanEngagement("V-1", Team(VERIFIER.person, (VERIFIER.person,)), risks, plan), actor(ALPHA, "p"))
    script.gather("V-1", VERIFIER)
    return script


def refused(script: Script, opinion: Opinion = UNMODIFIED, explained: tuple[Answer, ...] = ()) -> str:
    with pytest.raises(FootproofError) as caught:
        script.do(ConcludeEngagement("V-1", opinion, WORK, explained), VERIFIER)
    return caught.value.code


def test_a_sheet_that_is_not_that_of_its_study_is_a_misstatement_and_a_material_one() -> None:
    """The figure comes out of the sheet, so a package agrees with itself; the opinion asks for more (I2)."""
    assert recompute(forged()).ok
    different = [one for one in found() if one.effect is not None]
    assert {code for one in different for code in one.errors} == {"V-RECOMPUTED"}, "the terms account for the result"
    script = worked(forged().digest, found())
    assert refused(script) == "E-VERIFY-DIFFERENCE"
    others = tuple(Answer(one.id, WORDS) for one in found() if one.errors)
    assert refused(script, UNMODIFIED, others) == "E-VERIFY-DIFFERENCE", "words do not explain a figure away"
    nothing = replace(misstated(different[0], "M-0"), amount=Fraction(0))
    script.do(RecordMisstatement("V-1", nothing), VERIFIER)
    assert refused(script, UNMODIFIED, others) == "E-VERIFY-DIFFERENCE", "nor does an amount of one's own"
    for place, one in enumerate(different, 1):
        script.do(RecordMisstatement("V-1", misstated(one, f"M-{place}")), VERIFIER)
    assert refused(script, UNMODIFIED, others) == "E-VERIFY-OPINION"
    script.do(ConcludeEngagement("V-1", ADVERSE, WORK), VERIFIER)


def test_a_term_that_is_told_of_is_not_counted_again_in_the_result() -> None:
    told = [one for one in found() if "V-STATED" in one.findings]
    assert [(one.errors, one.effect) for one in told] == [((), None)]
    whole = sum((one.effect for one in found() if one.effect is not None), Fraction(0))
    claim = proposal(forged(), found(), Decimal("0.8"), Assurance.REASONABLE).claim
    assert abs(whole) > claim.whole / 20


def test_what_else_was_found_is_explained_or_recorded() -> None:
    digest = package(NORTH, 2025, "draft")
    risks = proposed()[digest]
    script = worked(digest, risks, Script(settled()))
    assert refused(script) == "E-VERIFY-FINDING"
    assert refused(script, UNMODIFIED, (Answer("row-2", WORDS),)) == "E-VERIFY-ITEM", "an explanation of nothing"
    script.do(ConcludeEngagement("V-1", UNMODIFIED, WORK, (Answer("row-1", WORDS),)), VERIFIER)
    verification = cast(MemoryWorld, script.world).find(Verification, "V-1")
    assert verification is not None
    assert [one.risk for one in verification.engagement.explained] == ["row-1"]


def test_a_misstatement_settles_what_it_was_found_at() -> None:
    digest = package(NORTH, 2025, "draft")
    risks = proposed()[digest]
    small = replace(misstated(risks[0], "M-1"), amount=Fraction(1, 1000))
    assert not list(unsettled(risks, (small,)))
    assert [one.id for one in unsettled(risks, (replace(small, row="row-3"),))] == ["row-1"]
    script = worked(digest, risks, Script(settled()))
    script.do(RecordMisstatement("V-1", small), VERIFIER)
    script.do(ConcludeEngagement("V-1", UNMODIFIED, WORK), VERIFIER)


def test_another_opinion_needs_no_answers() -> None:
    digest = package(NORTH, 2025, "draft")
    script = worked(digest, proposed()[digest], Script(settled()))
    modified = Opinion(OpinionKind.MODIFIED, (WORDS,))
    script.do(ConcludeEngagement("V-1", modified, WORK), VERIFIER)


def test_a_difference_is_settled_by_its_own_open_amount_only() -> None:
    risk = proposed()[package(NORTH, 2025, "drift")][1]
    item = misstated(risk, "M-1")
    assert not list(unsettled((risk,), (item,)))
    for wrong in (
        replace(item, amount=Fraction(1, 2000)),
        replace(item, amount=-Fraction(1, 1000)),
        replace(item, corrected=True),
        replace(item, row="row-1"),
    ):
        assert list(unsettled((risk,), (wrong,))) == [risk]
    assert not list(unsettled((risk,), (replace(item, amount=None),))), "which is never clean"
    halves = (replace(item, amount=Fraction(1, 2000)), replace(item, id="M-2", amount=Fraction(1, 2000)))
    assert not list(unsettled((risk,), halves))


def test_where_nothing_could_be_recomputed_the_team_says_why() -> None:
    parts = dict(forged().parts)
    parts["about.json"] = parts["about.json"].replace(b"cn.gbt.24067@", b"no.such.rule@")
    first, *terms = proposed_risks(open_package(pack(parts)), shipped())
    assert first.errors == ("E-RULE-UNKNOWN",)
    assert list(unsettled((first, *terms), ())) == [first]
    assert not list(unsettled((first, *terms), (), (Answer(first.id, WORDS),)))
