"""Families of variants: what each model comes to is recomputed from a package of its own, never typed in (I2)."""

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certify import cast
from certify.cast import (
    ALPHA,
    ENERGY,
    LABEL,
    MEMBERS,
    SOUTH,
    STARS,
    Script,
    actor,
    ground_for,
    members,
    model_of,
    package,
    packages,
    proposed,
    subject,
    without_packages,
)
from footproof.certify.applications import AcceptApplication, AttachPackage, SubmitApplication
from footproof.certify.case import Family, Member, Outcome, Subject
from footproof.certify.certificate import Certified
from footproof.certify.decisions import Decide, ReturnReview
from footproof.certify.evaluations import Conclude
from footproof.certify.families import MOST, need_family, need_members
from footproof.certify.green import GreenBlock
from footproof.certify.memory import MemoryWorld
from footproof.certify.record import Recomputed
from footproof.certify.surveillance import OpenCase
from footproof.errors import FootproofError
from footproof.model.bilingual import Bilingual
from footproof.model.scheme import CaseKind
from footproof.model.study import NumberRange

NUMBER, REASONS = "DEMO-00001", cast.mark("reasons")
HOLDER, DECIDER = actor(SOUTH, "c1"), actor(ALPHA, "d")
OWN = package(SOUTH, 2025)
B, C = (f"{model_of(SOUTH)}{letter}" for letter in MEMBERS)
OF_B = package(SOUTH, 2025, "good-b")


def family(**changed: Any) -> Subject:
    """Return the southern maker's family with some part of it changed."""
    about = subject(SOUTH)
    assert about.family is not None
    return replace(about, family=replace(about.family, **changed))


def with_b(sent: str) -> Subject:
    """Return the family in which one model names another package."""
    return subject(SOUTH).with_packages((Member(B, sent),))


def script_with(changed: Mapping[str, Recomputed] | None = None, risks: Any = None) -> Script:
    """Return a way through a world in which some packages give something else."""
    world = cast.settled()
    found = {**packages(), **(changed or {})}
    copy = MemoryWorld(cast.schemes(), found, {**proposed(), **(risks or {})}, cast.parameters())
    copy._records, copy.journal = dict(world._records), list(world.journal)
    return Script(copy)


def refused(script: Script, asked: Any, by: Any) -> str:
    """Return the code by which something is refused."""
    with pytest.raises(FootproofError) as found:
        script.do(asked, by)
    return found.value.code


def applied(script: Script, about: Subject, sent: str = OWN, scheme: str = LABEL) -> None:
    """Apply with a subject as it is."""
    script.do(SubmitApplication("C", CaseKind.INITIAL, ALPHA, scheme, about, sent), HOLDER)


def acceptance(script: Script) -> str:
    """Return why the application is not accepted; empty where it is."""
    case = script.case("C")
    try:
        script.do(AcceptApplication("C", cast.TERMS, cast.FACTS[case.scheme]), actor(ALPHA, "p"))
    except FootproofError as refusal:
        return refusal.code
    return ""


def at_the_decision(script: Script) -> str:
    """Return why a case that was accepted leads to no certificate; empty where it does."""
    script.plan("C")
    script.complete("C")
    script.review("C", Outcome.GRANT)
    try:
        script.decide("C", Outcome.GRANT, NUMBER)
    except FootproofError as refusal:
        return refusal.code
    return ""


@pytest.mark.parametrize(
    ("about", "code"),
    [
        (subject(SOUTH), ""),
        (with_b(""), "E-CASE-FAMILY-VALUE"),
        (with_b(cast.mark("nowhere")), "E-CASE-PACKAGE"),
        (with_b(OWN), "E-CASE-MEMBER"),
        (with_b(package(SOUTH, 2024, "good-b")), "E-CASE-MEMBER"),
        (with_b(package(SOUTH, 2025, "second-b")), "E-CASE-MEMBER"),
        (family(spread=Decimal("0.02")), "E-CASE-SPREAD"),
        (family(basis="worst-case"), "E-CASE-SPREAD"),
    ],
)
def test_what_the_packages_of_members_say_against_a_family_is_asked_when_it_is_accepted(
    about: Subject, code: str
) -> None:
    script = script_with()
    applied(script, about)
    assert acceptance(script) == code


ODD: dict[str, tuple[Callable[[Recomputed], Recomputed], str]] = {
    "does not recompute": (lambda one: replace(one, ok=False), "E-DECISION-RECOMPUTE"),
    "another rulebook": (lambda one: replace(one, rule="cn.gbt.24067@2024"), "E-CASE-MEMBER"),
    "another edition": (lambda one: replace(one, edition=cast.mark("edition")), "E-CASE-MEMBER"),
    "another unit": (lambda one: replace(one, unit="kg CO2e / piece"), "E-CASE-MEMBER"),
    "another maker": (lambda one: replace(one, producer=Bilingual("别家", "somebody else")), "E-CASE-MEMBER"),
    "another site": (lambda one: replace(one, site=Bilingual("别处", "elsewhere")), "E-CASE-MEMBER"),
    "another model": (lambda one: replace(one, model=C), "E-CASE-MEMBER"),
    "other days": (lambda one: replace(one, last=one.last - timedelta(days=1)), "E-CASE-MEMBER"),
    "too far": (lambda one: replace(one, value=one.value * 2), "E-CASE-SPREAD"),
}


@pytest.mark.parametrize("odd", ODD)
def test_each_member_compares_with_the_subject_and_lies_near_it(odd: str) -> None:
    change, code = ODD[odd]
    script = script_with({OF_B: change(packages()[OF_B])})
    applied(script, subject(SOUTH))
    assert acceptance(script) == code


@pytest.mark.parametrize("odd", ODD)
def test_it_is_asked_again_at_the_decision(odd: str) -> None:
    change, code = ODD[odd]
    found = dict(packages())
    script = Script(MemoryWorld(cast.schemes(), found, proposed(), cast.parameters()))
    world = cast.settled()
    script.world._records = dict(world._records)  # type: ignore[attr-defined]
    applied(script, subject(SOUTH))
    assert acceptance(script) == ""
    found[OF_B] = change(found[OF_B])
    assert at_the_decision(script) == code


def test_a_figure_that_study_and_rule_do_not_give_again_is_none() -> None:
    script = script_with(risks={OF_B: cast.DIFFERENT})
    applied(script, subject(SOUTH))
    assert acceptance(script) == "E-DECISION-RECOMPUTE"


def test_packages_of_members_may_come_later_but_not_after_the_decision() -> None:
    script = script_with()
    applied(script, without_packages(subject(SOUTH)), "")
    assert acceptance(script) == ""
    script.attach("C", OWN)
    assert at_the_decision(script) == "E-CASE-FAMILY-VALUE"
    script.do(ReturnReview("C", REASONS), actor(ALPHA, "r"))
    script.do(AttachPackage("C", OWN, members()[1:]), HOLDER)
    assert script.case("C").subject == subject(SOUTH)
    for conclusion, role, kinds in cast.CONCLUSIONS[LABEL]:
        who = actor(ALPHA, {"assessor": "a1", "verifier": "v1"}[role])
        script.do(Conclude("C", conclusion, True, cast.proof(script.world, script.case("C"), *kinds)), who)
    script.review("C", Outcome.GRANT)
    script.decide("C", Outcome.GRANT, NUMBER)
    assert held(script).subject == subject(SOUTH)


def held(script: Script) -> Any:
    """Return what the certificate states."""
    found = script.world.find(Certified, NUMBER)
    assert found is not None
    return found.held


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ((Member("other", OF_B),), "E-CASE-FAMILY"),
        ((Member(model_of(SOUTH), OF_B),), "E-CASE-FAMILY"),
        ((Member(B, OF_B), Member(B, OF_B)), "E-CASE-FAMILY"),
        ((Member(B, cast.mark("nowhere")),), "E-CASE-PACKAGE"),
    ],
)
def test_only_models_of_the_family_are_sent_packages_for(sent: tuple[Member, ...], code: str) -> None:
    script = script_with()
    applied(script, subject(SOUTH))
    assert refused(script, AttachPackage("C", OWN, sent), HOLDER) == code


def test_the_model_of_the_subject_has_the_package_of_the_case() -> None:
    listed = family(members=(Member(model_of(SOUTH), OWN), *members()[1:]))
    asked = SubmitApplication("C", CaseKind.INITIAL, ALPHA, LABEL, listed, OWN)
    assert refused(script_with(), asked, HOLDER) == "E-CASE-FAMILY"


def test_a_family_has_so_many_models_and_no_more() -> None:
    own, scheme = Member(model_of(SOUTH)), cast.schemes()[LABEL]
    need_family(family(members=(own, *(Member(f"x{n}") for n in range(MOST - 1)))), scheme)
    with pytest.raises(FootproofError, match="E-CASE-FAMILY-LARGE"):
        need_family(family(members=(own, *(Member(f"x{n}") for n in range(MOST)))), scheme)


def test_without_a_figure_members_have_no_packages() -> None:
    for sent, code in ((members(), "E-DECISION-PACKAGE"), (tuple(Member(one.model) for one in members()), "")):
        script = script_with()
        applied(script, family(members=sent), "", STARS)
        script.evaluate("C")
        script.review("C", Outcome.GRANT)
        asked = Decide("C", Outcome.GRANT, REASONS, "", NUMBER)
        if code:
            assert refused(script, asked, DECIDER) == code
        else:
            script.do(asked, DECIDER)
            assert held(script).value is None


def test_a_management_system_takes_no_family() -> None:
    about = replace(subject(SOUTH, 2025, ENERGY), family=Family(DEMO, "representative", Decimal(0), (Member(""),)))
    asked = SubmitApplication("C", CaseKind.INITIAL, ALPHA, ENERGY, about)
    assert refused(script_with(), asked, HOLDER) == "E-CASE-FAMILY-WIDE"


DEMO = Bilingual("示例", "DEMO")


@pytest.mark.parametrize("outcome", [Outcome.MAINTAIN, Outcome.RESTATE])
@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (None, ""),
        (members()[:2], "E-CASE-FAMILY-VALUE"),
        ((*members()[:2], Member(C)), "E-CASE-FAMILY-VALUE"),
        (members(2025, cast.SECOND), "E-CASE-MEMBER"),
    ],
)
def test_a_surveillance_looks_at_every_model(outcome: Outcome, sent: Any, code: str) -> None:
    script = script_with()
    script.certify(NUMBER, client=SOUTH, year=2024)
    about = subject(SOUTH) if sent is None else family(members=sent)
    opened = OpenCase(NUMBER, "C", CaseKind.SURVEILLANCE, about)
    script.do(opened, actor(ALPHA, "p"))
    script.accept("C")
    script.attach("C", OWN)
    script.plan("C")
    script.complete("C")
    script.review("C", outcome)
    fewer = outcome is Outcome.RESTATE and sent == members()[:2]
    if code and not fewer:
        with pytest.raises(FootproofError, match=code):
            script.decide("C", outcome)
    else:
        script.decide("C", outcome)
        assert held(script).subject == (about if outcome is Outcome.RESTATE else subject(SOUTH, 2024))


def test_a_family_goes_on_as_wide_as_the_certificate_says_whatever_a_later_case_says() -> None:
    """A later case states a wider spread; the certificate, whose figure goes on, does not."""
    apart = replace(packages()[OF_B], value=packages()[OWN].value * Decimal("1.06"))
    script = script_with({OF_B: apart})
    script.certify(NUMBER, client=SOUTH, year=2024)
    script.do(
        SubmitApplication("C", CaseKind.SURVEILLANCE, ALPHA, LABEL, family(spread=Decimal("0.1")), OWN, NUMBER), HOLDER
    )
    script.evaluate("C")
    script.review("C", Outcome.MAINTAIN)
    with pytest.raises(FootproofError, match="E-CASE-SPREAD"):
        script.decide("C", Outcome.MAINTAIN)


def test_a_smaller_family_leaves_out_the_model_that_lies_too_far() -> None:
    sent = package(SOUTH, 2025, "good-c")
    apart = replace(packages()[sent], value=packages()[OWN].value * Decimal("1.06"))
    script = script_with({sent: apart})
    script.certify(NUMBER, client=SOUTH, year=2024)
    script.apply("C", client=SOUTH, kind=CaseKind.SURVEILLANCE, certificate=NUMBER)
    script.evaluate("C")
    script.review("C", Outcome.REDUCE)
    old = subject(SOUTH, 2024)
    assert old.family is not None
    for left, code in (((0, 2), "E-CASE-SPREAD"), ((0, 1), "")):
        fewer = replace(old, family=replace(old.family, members=tuple(old.family.members[place] for place in left)))
        asked = Decide("C", Outcome.REDUCE, REASONS, OWN, subject=fewer, ground=ground_for(LABEL, Outcome.REDUCE))
        if code:
            assert refused(script, asked, DECIDER) == code
        else:
            script.do(asked, DECIDER)
            assert held(script).subject == fewer


def test_green_certificates_of_members_count_as_well() -> None:
    mine, theirs = NumberRange("GEC-b-", 1, 9), packages()[package(cast.NORTH, 2025)].green[0]
    script = script_with({OF_B: replace(packages()[OF_B], green=(mine,))})
    script.certify(NUMBER, client=SOUTH)
    block = script.world.find(GreenBlock, GreenBlock.name(mine))
    assert block is not None
    assert [one.certificate for one in block.counted] == [NUMBER]
    script = script_with({OF_B: replace(packages()[OF_B], green=(theirs,))})
    script.certify(NUMBER)
    applied(script, subject(SOUTH))
    assert acceptance(script) == "E-GREEN-TWICE"


@given(
    own=st.decimals(-1000, 1000, places=3),
    other=st.decimals(-1000, 1000, places=3),
    spread=st.decimals(0, "0.1", places=3),
    worst=st.booleans(),
)
def test_a_member_is_near_just_where_its_recomputed_figure_is(
    own: Decimal, other: Decimal, spread: Decimal, worst: bool
) -> None:
    found = {OWN: replace(packages()[OWN], value=own), OF_B: replace(packages()[OF_B], value=other)}
    world = MemoryWorld(cast.schemes(), found)
    about = family(basis="worst-case" if worst else "representative", spread=spread, members=members()[:2])
    near = abs(other - own) <= spread * abs(own) and not (worst and other > own)
    with nullcontext() if near else pytest.raises(FootproofError, match="E-CASE-SPREAD"):
        need_members(world, about, found[OWN])
