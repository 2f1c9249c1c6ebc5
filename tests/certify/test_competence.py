"""Who plans is competent, who is counted too, a pilot is granted, and no body works for the client of its manager."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from certify.cast import (
    ALPHA,
    FACTS,
    LABEL,
    LABORATORY,
    LONG_AGO,
    NORTH,
    OFFICIALS,
    REGISTRAR,
    TERMS,
    Script,
    _engage,
    actor,
    mark,
    settled,
)
from footproof.certify.applications import AcceptApplication
from footproof.certify.case import Outcome
from footproof.certify.decisions import CompleteReview
from footproof.certify.people import Competence, Conflict
from footproof.certify.register import DeclareConflict, EndCompetence, GrantCompetence, GrantScope
from footproof.errors import FootproofError
from footproof.model.days import legal_day
from footproof.model.recognition import Scope

MANAGER = actor(ALPHA, "m")
OWNED = Conflict(NORTH, "owned", date(2026, 1, 1))
ACCEPT = AcceptApplication("C-1", TERMS, FACTS[LABEL])


@pytest.fixture
def script() -> Script:
    """Return a world with an application."""
    found = Script(settled())
    found.apply("C-1")
    return found


def test_a_planner_is_competent_in_the_scheme(script: Script) -> None:
    newcomer = actor(ALPHA, "n", "planner")
    with pytest.raises(FootproofError, match="E-TEAM-COMPETENCE"):
        script.do(ACCEPT, newcomer)
    other = Competence("planner", "cn.energy-management", "*", LONG_AGO, date(2036, 1, 1))
    script.do(GrantCompetence(newcomer.person, other), MANAGER)
    with pytest.raises(FootproofError, match="E-TEAM-COMPETENCE"):
        script.do(ACCEPT, newcomer)
    able = replace(other, scheme="cn.cfp.label", category="cn.pcf:9")  # the scheme asks planners for no category
    script.do(GrantCompetence(newcomer.person, able), MANAGER)
    script.do(ACCEPT, newcomer)


def test_staff_counts_that_was_found_competent(script: Script) -> None:
    for short in ("q2", "q3"):
        script.do(EndCompetence(actor(ALPHA, short).person, "appeals", "*", "*"), MANAGER)
    script.now += timedelta(days=1)
    with pytest.raises(FootproofError, match="E-SCHEME-REQUIREMENT"):
        script.do(ACCEPT, actor(ALPHA, "p"))


def test_a_body_is_bound_by_its_manager_at_acceptance(script: Script) -> None:
    script.do(DeclareConflict(MANAGER.person, OWNED), MANAGER)
    with pytest.raises(FootproofError, match="E-BODY-CONFLICT"):
        script.accept("C-1")


def test_a_body_is_bound_by_its_manager_at_the_review(script: Script) -> None:
    script.evaluate("C-1")
    script.do(DeclareConflict(MANAGER.person, OWNED), MANAGER)
    with pytest.raises(FootproofError, match="E-BODY-CONFLICT"):
        script.do(CompleteReview("C-1", Outcome.GRANT, mark("reasons")), actor(ALPHA, "r"))


def test_a_laboratory_is_bound_by_its_manager(script: Script) -> None:
    head = replace(actor(LABORATORY, "head"), role="manager")
    _engage(script.world, head, ("manager",), script.now, REGISTRAR)
    scope = Scope("1", ("*",), ("*",), ("*",), ("*",), LONG_AGO, None, legal_day(script.now))
    script.do(GrantScope(LABORATORY, "approval-lab", "DEMO-9", (scope,)), OFFICIALS["regulator"])
    script.do(DeclareConflict(head.person, OWNED), head)
    with pytest.raises(FootproofError, match="E-BODY-CONFLICT"):
        script.do(replace(ACCEPT, terms=replace(TERMS, laboratories=(LABORATORY,))), actor(ALPHA, "p"))
    script.do(ACCEPT, actor(ALPHA, "p"))
