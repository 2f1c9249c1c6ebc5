"""Until when a case is decided and records are kept: the clocks of agreement and scheme, by working days."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footproof.certify.calendar import load_calendar, working_days_between
from footproof.certify.case import Case, CaseState, Decided, Outcome, Subject, Terms
from footproof.certify.certificate import Certified, Held, StatusChange, Turn
from footproof.certify.clocks import RUNNING, due_of
from footproof.certify.progress import done_of
from footproof.certify.retention import keep_until
from footproof.certify.scheme import add_months, load_scheme, shipped_schemes, valid_until
from footproof.model.bilingual import Bilingual
from footproof.model.scheme import CaseKind

CN = load_calendar("cn")
LABEL = load_scheme("cn.cfp.label@CNCA-CFP-00-2025")
SYSTEM = load_scheme("cn.energy-management@GBT-23331-2020")
SUBJECT = Subject(
    "urn:x",
    Bilingual("壶（示例）", "kettle (DEMO)"),
    "K",
    "l:c",
    "urn:s",
    "CN-FJ",
    date(2025, 1, 1),
    date(2025, 12, 31),
)
SUBMITTED, ACCEPTED = date(2026, 9, 1), date(2026, 9, 18)


def case(days: int, state: CaseState = CaseState.ACCEPTED, kind: CaseKind = CaseKind.INITIAL) -> Case:
    terms = Terms(Decimal(1), "CNY", days, "sha256:" + "0" * 64)
    return Case("c", kind, state, "urn:c", "urn:b", LABEL.name, SUBJECT, "", "", SUBMITTED, ACCEPTED, terms=terms)


@pytest.mark.parametrize(
    ("days", "due"),
    [
        (15, date(2026, 10, 15)),  # over the National Day holidays and a worked Sunday
        (1, date(2026, 9, 20)),  # a Sunday that is worked
        (500, ACCEPTED + timedelta(days=90)),  # the scheme's own limit comes first
    ],
)
def test_the_earliest_clock_counts(days: int, due: date) -> None:
    assert due_of(case(days), LABEL, CN) == due


@given(st.integers(1, 200))
def test_the_time_of_the_agreement_is_exactly_spent_on_the_last_day(days: int) -> None:
    due = due_of(case(days), SYSTEM, CN)
    assert due is not None
    assert working_days_between(CN, ACCEPTED, due) == days


def test_a_limit_counts_only_where_the_case_has_its_activity() -> None:
    limited = [one.end for one in LABEL.time_limits]
    without = next(kind for kind in CaseKind if not any(kind in LABEL.activity(end).kinds for end in limited))  # type: ignore[union-attr]
    assert due_of(case(500, kind=without), LABEL, CN) == due_of(case(500, kind=without), SYSTEM, CN)


@pytest.mark.parametrize("state", [one for one in CaseState if one not in RUNNING])
def test_a_case_that_ended_is_not_due(state: CaseState) -> None:
    assert due_of(case(10, state), LABEL, CN) is None


def test_before_acceptance_no_clock_of_ours_runs() -> None:
    fresh = replace(case(10), state=CaseState.SUBMITTED, accepted=None, terms=None)
    assert due_of(fresh, LABEL, CN) is None


def certificate(first: date, last: date) -> Certified:
    held = Held("N", "c", "b", "k", "s", SUBJECT, "", None, "", "", first, first, last, national=False, place=0)
    return Certified(held)


@pytest.mark.parametrize("name", shipped_schemes())
def test_records_are_kept_for_the_years_of_the_scheme_and_never_less_than_the_certificate_holds(name: str) -> None:
    scheme, first = load_scheme(name), date(2026, 2, 28)
    found = certificate(first, valid_until(scheme, first))
    kept = keep_until(scheme, found)
    years = scheme.retention_years
    assert years is not None
    assert kept == max(add_months(first, 12 * years) - timedelta(days=1), found.held.last)
    assert kept >= found.held.last


def test_an_early_end_or_a_restatement_does_not_shorten_the_time() -> None:
    first = date(2026, 3, 1)
    found = certificate(first, date(2028, 2, 29))
    ended = found.changed(StatusChange(Turn.WITHDRAWN, date(2026, 6, 1), None, "", "b", ""))
    assert keep_until(LABEL, ended) == keep_until(LABEL, found) == date(2030, 2, 28)
    longer = replace(found, former=(replace(found.held, last=date(2031, 1, 1)),))
    assert keep_until(LABEL, longer) == date(2031, 1, 1)


def test_where_a_scheme_sets_no_time_nothing_may_be_given_up() -> None:
    silent = replace(LABEL, figures={name: one for name, one in LABEL.figures.items() if name != "retention_years"})
    assert keep_until(silent, certificate(date(2026, 1, 1), date(2027, 12, 31))) is None


@pytest.mark.parametrize(
    ("state", "done"),
    [
        (CaseState.SUBMITTED, {"application"}),
        (CaseState.ACCEPTED, {"application", "acceptance"}),
        (CaseState.PLANNED, {"application", "acceptance", "planning"}),
        (CaseState.REVIEWED, {"application", "acceptance", "planning", "review"}),
    ],
)
def test_what_is_done_follows_the_state(state: CaseState, done: set[str]) -> None:
    found = replace(case(10, state), accepted=None if state is CaseState.SUBMITTED else ACCEPTED)
    assert done_of(LABEL, found) == done


@pytest.mark.parametrize(("certificate", "more"), [("", set()), ("N", {"certificate", "mark-licence"})])
def test_a_decision_against_the_client_ends_without_a_certificate(certificate: str, more: set[str]) -> None:
    outcome = Outcome.GRANT if certificate else Outcome.REFUSE
    decided = Decided(outcome, "p", "sha256:" + "0" * 64, "", certificate, ACCEPTED)
    found = replace(case(10, CaseState.DECIDED), decision=decided)
    assert done_of(LABEL, found) == {"application", "acceptance", "planning", "review", "decision"} | more
