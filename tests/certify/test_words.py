"""Refusals say code words as people do: every role, kind, state and activity has a word in both languages."""

import re
from enum import Enum

import pytest

from footproof.certify.case import CaseState, Outcome
from footproof.certify.certificate import Standing
from footproof.certify.operations import RECORDS
from footproof.certify.people import CONFLICTS, ROLES
from footproof.certify.refusals import code_of, need_state, refuse
from footproof.certify.scheme import load_scheme, shipped_schemes
from footproof.errors import FootproofError
from footproof.model.engagement import OpinionKind, State
from footproof.model.rulebook import Status
from footproof.model.scheme import CaseKind
from footproof.texts import catalogue, describe

WORDS = catalogue("words")
SCHEMES = [load_scheme(name) for name in shipped_schemes()]


def codes() -> set[str]:
    states: tuple[type[Enum], ...] = (CaseState, Outcome, Standing, State, CaseKind, OpinionKind, Status)
    found = {code_of(one) for kind in states for one in kind}
    for scheme in SCHEMES:
        found |= {one.id for one in scheme.activities} | {one.role for one in scheme.activities}
        found |= {one.id for one in scheme.conclusions} | {one.id for one in scheme.surveillance.triggers}
        found |= {kind for one in scheme.conclusions for kind in one.evidence}
        found |= {one.level_of_assurance for one in scheme.activities if one.level_of_assurance}
    return found | {*ROLES, *CONFLICTS, *RECORDS}


@pytest.mark.parametrize("code", sorted(codes()))
def test_every_code_of_what_ships_has_a_word(code: str) -> None:
    assert set(WORDS[f"certify.{code}"]) == {"zh", "en"}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_no_refusal_shows_an_empty_brace_or_an_unknown_vocabulary(lang: str) -> None:
    spoken = [record[lang] for key, record in catalogue("errors").items()]
    assert {one for text in spoken for one in re.findall(r"\{\w+:([a-z]+\+?)\}", text)} <= {"certify", "certify+"}


def test_a_role_is_said_as_people_say_it() -> None:
    error = refuse("E-ROLE-OPERATION", "I15", found="planner", needed=("decision-maker", "reviewer"))
    assert describe(error, "zh")[0] == "职责“认证策划人员”不能办理此事；须为：认证决定人员、复核人员（I15）"
    assert describe(error, "en")[0] == "the role 'planner' is not for this; it needs: decision maker, reviewer (I15)"
    assert error.values["needed"] == "decision-maker, reviewer"


def test_a_code_that_has_to_be_written_stands_beside_its_word_and_an_unknown_one_stays() -> None:
    error = refuse("E-CASE-WORD", "I3", found="x", needed=("grant", "sha256:…"))
    assert "批准认证（grant）、sha256:…" in describe(error, "zh")[0]
    assert "grant, sha256:…" in describe(error, "en")[0]


def test_a_client_withdraws_and_a_body_withdraws_are_two_words() -> None:
    said = {}
    for state, needed in ((CaseState.WITHDRAWN, CaseState.PLANNED), (Standing.WITHDRAWN, Standing.VALID)):
        with pytest.raises(FootproofError) as refused:
            need_state(state, needed)
        said[state] = describe(refused.value, "zh")[0]
    assert "已撤回委托" in said[CaseState.WITHDRAWN]
    assert "“撤销”" in said[Standing.WITHDRAWN]
