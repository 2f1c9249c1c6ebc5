"""Nothing of an evaluation is left out: by a word for a role, a condition, a declared fact, a rulebook not at hand."""

from dataclasses import replace
from datetime import timedelta

import pytest

from certify import cast
from certify.cast import (
    ALPHA,
    ENERGY,
    FACTS,
    LABEL,
    NORTH,
    STARS,
    TERMS,
    Script,
    actor,
    evidence,
    mark,
    package,
    packages,
    proposed,
    schemes,
    settled,
)
from footproof.certify.applications import AcceptApplication
from footproof.certify.case import Outcome, Plan, TeamMember
from footproof.certify.decisions import CompleteReview
from footproof.certify.evaluations import PlanEvaluation, evaluation
from footproof.certify.memory import MemoryWorld
from footproof.certify.scheme import lint
from footproof.certify.surveillance import NotifyChange
from footproof.errors import FootproofError
from footproof.model.scheme import CaseKind, Function, Scheme

PLANNER = actor(ALPHA, "p")
UNCHANGED = ("system_changed", "false")
LATER_AUDIT = (("first_audit", "false"), UNCHANGED)


@pytest.fixture
def script() -> Script:
    return Script(settled())


def refused(script: Script, operation: object, by: object) -> tuple[str, str]:
    with pytest.raises(FootproofError) as refusal:
        script.do(operation, by)  # type: ignore[arg-type]  # any operation, by anybody
    return refusal.value.code, str(refusal.value.values.get("needed", ""))


def with_role(scheme: Scheme, role: str) -> Scheme:
    """Return a scheme whose audits are done by another role, from which review and decision are kept apart."""
    audits = (Function.DETERMINATION,)
    apart = (Function.REVIEW, Function.DECISION)
    return replace(
        scheme,
        roles={**scheme.roles, role: scheme.roles["assessor"]},
        activities=tuple(
            replace(one, role=role)
            if one.function in audits
            else replace(one, separate_from=(*one.separate_from, role))
            if one.function in apart
            else one
            for one in scheme.activities
        ),
        conclusions=(),
    )


@pytest.mark.parametrize("role", ["auditor", "planner", "manager"])
def test_a_determination_is_for_the_team(role: str) -> None:
    codes = {one.code for one in lint(with_role(schemes()[ENERGY], role))}
    assert codes == {"E-SCHEME-HELD"}


@pytest.mark.parametrize(
    ("function", "role"),
    [
        (Function.REVIEW, "decision-maker"),
        (Function.DECISION, "manager"),
        (Function.SURVEILLANCE, "manager"),
        (Function.SELECTION, "clerk"),
    ],
)
def test_an_activity_is_for_somebody_who_can_do_it(function: Function, role: str) -> None:
    shipped = schemes()[ENERGY]
    first = next(one for one in shipped.activities if one.function in (function, Function.SELECTION))
    wrong = replace(first, function=function, role=role, separate_from=())
    activities = tuple(wrong if one is first else one for one in shipped.activities)
    roles = {**shipped.roles, role: shipped.roles["assessor"]}
    assert "E-SCHEME-HELD" in {one.code for one in lint(replace(shipped, roles=roles, activities=activities))}


def test_a_conclusion_is_for_the_team() -> None:
    shipped = schemes()[ENERGY]
    wrong = replace(shipped.conclusions[0], concluded_by="reviewer")
    found = lint(replace(shipped, conclusions=(wrong, *shipped.conclusions[1:])))
    assert [(one.code, one.values["name"]) for one in found] == [("E-SCHEME-HELD", wrong.id)]


def test_one_determination_of_each_kind_of_case_has_no_condition() -> None:
    shipped = schemes()[ENERGY]
    activities = tuple(
        replace(one, condition="system_changed") if one.id == "surveillance-audit" else one
        for one in shipped.activities
    )
    found = lint(replace(shipped, activities=activities))
    assert [(one.code, one.values["kind"]) for one in found] == [("E-SCHEME-UNCONDITIONAL", "surveillance")]


def test_a_determination_that_nobody_can_do_is_open_for_ever() -> None:
    """Where a scheme was never looked over, the review asks for it all the same."""
    odd = with_role(schemes()[ENERGY], "auditor")
    world = MemoryWorld({**schemes(), ENERGY: odd}, packages(), proposed())
    world._records = dict(settled()._records)
    script = Script(world)
    script.apply("C", ENERGY)
    script.accept("C")
    script.do(PlanEvaluation("C", Plan(())), PLANNER)
    assert [one.id for one in evaluation(odd, script.case("C"))] == ["stage-1", "stage-2"]
    review = CompleteReview("C", Outcome.GRANT, mark("reasons"))
    assert refused(script, review, actor(ALPHA, "r")) == ("E-ACTIVITIES-OPEN", "stage-1, stage-2")


def test_a_first_audit_is_none_that_somebody_declares(script: Script) -> None:
    script.apply("C", ENERGY)
    accept = AcceptApplication("C", TERMS, (*FACTS[ENERGY], *LATER_AUDIT))
    assert refused(script, accept, PLANNER) == ("E-FACT-KNOWN", "true")
    few = replace(accept, facts=(*FACTS[ENERGY], ("management_system_months", "99")))
    assert refused(script, few, PLANNER)[0] == "E-FACT-KNOWN"
    script.do(replace(accept, facts=(*FACTS[ENERGY], ("first_audit", "true"), UNCHANGED)), PLANNER)
    assert [one.id for one in evaluation(schemes()[ENERGY], script.case("C"))] == ["stage-1", "stage-2"]


def renewal(script: Script) -> AcceptApplication:
    """Apply for the renewal of a certificate of an energy management system in which, it is said, nothing changed."""
    script.certify("DEMO-EN-001", ENERGY, NORTH)
    script.now += timedelta(days=300)
    script.apply("R", ENERGY, NORTH, kind=CaseKind.RENEWAL, certificate="DEMO-EN-001", year=2026)
    return AcceptApplication("R", TERMS, (*FACTS[ENERGY], UNCHANGED))


def test_a_renewal_of_what_did_not_change_has_no_first_stage(script: Script) -> None:
    script.now += timedelta(days=365)
    script.do(renewal(script), PLANNER)
    assert [one.id for one in evaluation(schemes()[ENERGY], script.case("R"))] == ["stage-2"]


def test_what_the_holder_told_of_is_a_change(script: Script) -> None:
    script.now += timedelta(days=365)
    accept = renewal(script)
    script.do(NotifyChange("DEMO-EN-001", mark("a second plant")), actor(NORTH, "c1"))
    assert refused(script, accept, PLANNER) == ("E-FACT-KNOWN", "true")
    script.do(replace(accept, facts=FACTS[ENERGY]), PLANNER)
    assert [one.id for one in evaluation(schemes()[ENERGY], script.case("R"))] == ["stage-1", "stage-2"]


def test_no_declaration_takes_the_place_of_a_sample(script: Script) -> None:
    script.apply("C", STARS)
    accept = AcceptApplication("C", TERMS, (*FACTS[STARS], ("results_reused", "true")))
    assert refused(script, accept, PLANNER)[0] == "E-SCHEME-FACT"
    script.accept("C")
    assert "sample-test" in {one.id for one in evaluation(schemes()[STARS], script.case("C"))}


def test_the_clauses_of_a_rulebook_that_is_not_at_hand_are_not_passed_over() -> None:
    name = package(NORTH, 2025)
    came = packages()[name]
    for other in (replace(came, edition=mark("another edition")), replace(came, rule="cn.pcf.traction-battery@9")):
        known = {**packages(), name: other}
        world = MemoryWorld(schemes(), known, proposed())
        world._records = dict(settled()._records)
        script = Script(world)
        script.apply("C")
        script.accept("C")
        team = tuple(TeamMember(actor(ALPHA, short).person, cast.STAFF[short][0]) for short in ("a1", "v1"))
        script.do(PlanEvaluation("C", Plan(team)), PLANNER)
        done = script.done("C", "document-review", evidence("record"))
        assert refused(script, done, actor(ALPHA, "a1"))[0] == "E-CHECKLIST-RULE"


def test_the_visit_goes_through_what_can_only_be_seen_there(script: Script) -> None:
    script.certify("DEMO-00001", LABEL, NORTH)
    found = {one.id: one.checked for one in script.case("case-DEMO-00001").activities}
    asked = {name: one.questions if one is not None else 0 for name, one in found.items()}
    assert asked == {"document-review": 57, "site-inspection": 5 + 25, "pcf-verification": 57}
