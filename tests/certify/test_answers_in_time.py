"""Until when a nonconformity is answered, how clocks stand still meanwhile, what an appeal against a refusal does."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certify.actions import in_memory
from certify.cast import ALPHA, LABEL, NORTH, TERMS, Script, actor, mark, package, schemes
from footproof.certify.applications import AcceptApplication, DeclineApplication, WithdrawApplication
from footproof.certify.calendar import add_working_days, load_calendar, working_days_between
from footproof.certify.case import CaseState, Outcome, Severity
from footproof.certify.certificate import Certified, Standing
from footproof.certify.clocks import due_of
from footproof.certify.complaints import Acknowledge, Appeal, Investigate, Resolve
from footproof.certify.evaluations import AnswerFinding, CloseFinding, RaiseFinding
from footproof.certify.operation import Operation
from footproof.certify.record import Actor
from footproof.errors import FootproofError
from footproof.model.days import legal_day
from footproof.model.scheme import CaseKind

CN, REASONS, NUMBER = load_calendar("cn"), mark("reasons"), "DEMO-00001"
ASSESSOR, HOLDER, PLANNER = actor(ALPHA, "a1"), actor(NORTH, "c1"), actor(ALPHA, "p")
DAYS = 60
"""Figure `answer_days` of the shipped schemes."""


@pytest.fixture
def script() -> Script:
    """Return a world with its cast and a case whose team is at work."""
    made = Script(in_memory(0))
    made.apply("C")
    made.accept("C")
    made.plan("C")
    return made


def refused(script: Script, operation: Operation, by: Actor) -> tuple[str, Any]:
    with pytest.raises(FootproofError) as caught:
        script.do(operation, by)
    return caught.value.code, caught.value.values["rule"]


def raised(script: Script, severity: Severity = Severity.MINOR, name: str = "N") -> date:
    """Raise a finding; return the day."""
    script.do(RaiseFinding("C", name, "5.1", severity, REASONS), ASSESSOR)
    return legal_day(script.now)


def due(script: Script) -> date:
    found = due_of(script.case("C"), schemes()[LABEL], CN)
    assert found is not None
    return found


# Nonconformities


def test_a_nonconformity_is_answered_in_time_or_not_at_all(script: Script) -> None:
    day = raised(script)
    (found,) = script.case("C").findings
    assert (found.raised, found.until, found.answered) == (day, day + timedelta(days=DAYS), None)
    answer = AnswerFinding("C", "N", mark("action"))
    script.now += timedelta(days=DAYS + 1)
    assert refused(script, answer, HOLDER) == ("E-FINDING-LATE", "ISO/IEC 17065, 7.4.7")
    script.complete("C")
    with pytest.raises(FootproofError, match="E-FINDINGS-OPEN"):
        script.review("C", Outcome.GRANT)
    script.review("C", Outcome.REFUSE)
    script.decide("C", Outcome.REFUSE)


def test_what_was_answered_in_time_may_be_added_to_later(script: Script) -> None:
    day = raised(script)
    script.now += timedelta(days=DAYS - 1)
    script.do(AnswerFinding("C", "N", mark("action")), HOLDER)
    script.now += timedelta(days=30)
    script.do(AnswerFinding("C", "N", mark("more")), HOLDER)
    (found,) = script.case("C").findings
    assert (found.action, found.answered) == (mark("more"), day + timedelta(days=DAYS - 1))
    script.do(CloseFinding("C", "N"), ASSESSOR)


def test_an_observation_has_no_day(script: Script) -> None:
    raised(script, Severity.OBSERVATION)
    before = due(script)
    assert script.case("C").findings[0].until is None
    script.now += timedelta(days=DAYS + 100)
    script.do(AnswerFinding("C", "N", mark("thanks")), HOLDER)
    assert due(script) == before


@pytest.mark.parametrize("name", sorted(schemes()))
def test_every_scheme_says_how_long_an_answer_may_take(name: str) -> None:
    figure = schemes()[name].figures["answer_days"]
    assert (schemes()[name].answer_days, figure.unit, figure.confidence.value) == (DAYS, "day", "recalled")


# Clocks


def test_clocks_stand_still_while_the_client_answers(script: Script) -> None:
    before, accepted = due(script), script.case("C").accepted
    assert accepted is not None
    day = raised(script)
    assert due(script) == min(
        add_working_days(CN, accepted, TERMS.working_days, ((day, day + timedelta(days=DAYS)),)),
        accepted + timedelta(days=90 + DAYS),
    )
    script.now += timedelta(days=10)
    script.do(AnswerFinding("C", "N", mark("action")), HOLDER)
    last = legal_day(script.now)
    assert before < due(script) == add_working_days(CN, accepted, TERMS.working_days, ((day, last),))
    script.do(CloseFinding("C", "N"), ASSESSOR)
    assert due(script) == add_working_days(CN, accepted, TERMS.working_days, ((day, last),))


def test_what_is_not_answered_in_time_stops_nothing_further(script: Script) -> None:
    raised(script)
    expected = due(script)
    script.now += timedelta(days=DAYS + 200)
    assert due(script) == expected


def test_two_at_a_time_stop_a_clock_once(script: Script) -> None:
    raised(script)
    once = due(script)
    raised(script, name="M")
    assert due(script) == once


@given(st.integers(1, 80), st.integers(0, 60), st.integers(0, 90), st.integers(0, 40), st.integers(0, 90))
def test_a_clock_loses_exactly_the_working_days_it_stood_still(
    days: int, first: int, long: int, second: int, again: int
) -> None:
    start = date(2026, 3, 2)
    spans = tuple(
        (start + timedelta(days=begin), start + timedelta(days=begin + length))
        for begin, length in ((first, long), (second, again))
    )
    last = add_working_days(CN, start, days, spans)
    still = {
        begin + timedelta(days=step)
        for begin, end in spans
        for step in range(1, (end - begin).days + 1)
        if begin + timedelta(days=step) <= last
    }
    lost = sum(working_days_between(CN, day - timedelta(days=1), day) for day in still)
    assert working_days_between(CN, start, last) == days + lost


# Appeals against a refusal


def upheld(script: Script, case: str = "C", name: str = "A") -> None:
    """Appeal, and have it upheld by somebody who took no part."""
    script.do(Appeal(case, name, REASONS), HOLDER)
    script.do(Acknowledge(name), actor(ALPHA, "m"))
    script.do(Investigate(name), actor(ALPHA, "q"))
    script.do(Resolve(name, "upheld", REASONS), actor(ALPHA, "q"))


def test_a_refusal_that_was_appealed_is_decided_anew(script: Script) -> None:
    script.complete("C")
    script.review("C", Outcome.REFUSE)
    script.decide("C", Outcome.REFUSE)
    ended = legal_day(script.now)
    script.now += timedelta(days=20)
    upheld(script)
    case = script.case("C")
    assert (case.state, case.decision, case.reviewer, case.recommendation) == (CaseState.PLANNED, None, "", None)
    assert case.halted == ((ended, legal_day(script.now)),)
    assert {actor(ALPHA, "r").person, actor(ALPHA, "d").person} <= set(case.judged)
    script.review("C", Outcome.GRANT)
    script.decide("C", Outcome.GRANT, NUMBER)
    found = script.world.find(Certified, NUMBER)
    assert found is not None
    assert found.standing(legal_day(script.now)) is Standing.VALID


def test_the_time_of_an_appeal_is_nobodys(script: Script) -> None:
    script.complete("C")
    script.review("C", Outcome.REFUSE)
    before = due(script)
    script.decide("C", Outcome.REFUSE)
    script.now += timedelta(days=20)
    upheld(script)
    assert due(script) > before


def test_an_application_that_was_declined_is_looked_at_again() -> None:
    script = Script(in_memory(0))
    script.apply("C")
    script.do(DeclineApplication("C", REASONS), PLANNER)
    upheld(script)
    assert script.case("C").state is CaseState.SUBMITTED
    script.certify(NUMBER, client=NORTH, year=2024)
    script.do(AcceptApplication("C", TERMS, script.case(f"case-{NUMBER}").facts), PLANNER)
    script.do(WithdrawApplication("C"), HOLDER)


def test_a_change_that_was_refused_is_decided_anew_and_its_question_stays_until_then() -> None:
    script = Script(in_memory(0))
    script.certify(NUMBER, year=2024)
    script.apply("C", kind=CaseKind.CHANGE, certificate=NUMBER)
    script.evaluate("C")
    script.review("C", Outcome.REFUSE)
    script.decide("C", Outcome.REFUSE)
    upheld(script)
    found = script.world.find(Certified, NUMBER)
    assert found is not None
    assert found.pending == ("appeal A",)
    script.review("C", Outcome.RESTATE)
    script.decide("C", Outcome.RESTATE)
    found = script.world.find(Certified, NUMBER)
    assert found is not None
    assert (found.pending, found.closed, found.held.package) == ((), ("C",), package(NORTH, 2025))


@pytest.mark.parametrize("outcome", ["rejected", "upheld"])
def test_nothing_is_reopened_but_a_refusal(script: Script, outcome: str) -> None:
    script.complete("C")
    script.review("C", Outcome.GRANT if outcome == "upheld" else Outcome.REFUSE)
    script.decide("C", Outcome.GRANT if outcome == "upheld" else Outcome.REFUSE, NUMBER if outcome == "upheld" else "")
    script.do(Appeal("C", "A", REASONS), HOLDER)
    script.do(Acknowledge("A"), actor(ALPHA, "m"))
    script.do(Investigate("A"), actor(ALPHA, "q"))
    script.do(Resolve("A", outcome, REASONS), actor(ALPHA, "q"))
    assert script.case("C").state is CaseState.DECIDED


def test_a_second_appeal_against_what_goes_on_again_reopens_nothing(script: Script) -> None:
    script.complete("C")
    script.review("C", Outcome.REFUSE)
    script.decide("C", Outcome.REFUSE)
    script.do(Appeal("C", "B", REASONS), HOLDER)
    upheld(script)
    before = script.case("C")
    script.do(Acknowledge("B"), actor(ALPHA, "m"))
    script.do(Investigate("B"), actor(ALPHA, "q"))
    script.do(Resolve("B", "upheld", REASONS), actor(ALPHA, "q"))
    assert script.case("C") == replace(before)
