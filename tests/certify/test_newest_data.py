"""What a certificate rests on after its grant: the newest data anybody looked at, a limit to what moves, real looks."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from certify.actions import in_memory
from certify.cast import (
    ALPHA,
    BETA,
    ENERGY,
    FACTS,
    LABEL,
    NORTH,
    SOUTH,
    STARS,
    TERMS,
    Script,
    actor,
    evidence,
    ground_for,
    mark,
    package,
    schemes,
    subject,
)
from footproof.certify.applications import AcceptApplication, SubmitApplication
from footproof.certify.case import Outcome
from footproof.certify.certificate import Certified, Standing
from footproof.certify.clocks import surveillance_due
from footproof.certify.decisions import Decide
from footproof.certify.labels import LicenseLabels
from footproof.certify.operation import Operation
from footproof.certify.orders import CancelCertificate
from footproof.certify.record import Actor
from footproof.certify.surveillance import OpenCase, ReportTrigger
from footproof.errors import FootproofError
from footproof.model.days import legal_day
from footproof.model.scheme import CaseKind

NUMBER, OTHER, REASONS = "DEMO-00001", "DEMO-00002", mark("reasons")
PLANNER, DECIDER = actor(ALPHA, "p"), actor(ALPHA, "d")


@pytest.fixture
def script() -> Script:
    """Return a world with its cast and a certificate on data of 2024."""
    made = Script(in_memory(0))
    made.certify(NUMBER, year=2024)
    made.now += timedelta(days=300)
    return made


def certificate(script: Script, number: str = NUMBER) -> Certified:
    found = script.world.find(Certified, number)
    assert found is not None
    return found


def refused(script: Script, operation: Operation, by: Actor) -> tuple[str, Any]:
    with pytest.raises(FootproofError) as caught:
        script.do(operation, by)
    return caught.value.code, caught.value.values["rule"]


def evaluated(script: Script, name: str, kind: CaseKind, outcome: Outcome, flavour: str = "good", **given: Any) -> None:
    """Bring a later case to where it is decided."""
    script.apply(name, LABEL, given.get("client", NORTH), kind=kind, certificate=NUMBER, flavour=flavour)
    script.accept(name)
    script.plan(name)
    if given.get("anew"):
        verified(script, name)
    script.complete(name)
    script.review(name, outcome)


def verified(script: Script, name: str) -> None:
    """Verify in a special evaluation, beyond what it has to do."""
    done = script.done(name, "pcf-verification", evidence("record"), script.verify(name))
    script.do(done, actor(ALPHA, "v1"))


def suspended(script: Script) -> None:
    """Suspend it at a surveillance of 2025, by which the result is 40 % higher."""
    evaluated(script, "watch", CaseKind.SURVEILLANCE, Outcome.SUSPEND, "drift")
    script.decide("watch", Outcome.SUSPEND, until=legal_day(script.now) + timedelta(days=100))
    assert certificate(script).standing(legal_day(script.now)) is Standing.SUSPENDED


# The newest data


@pytest.mark.parametrize("outcome", [Outcome.RESTORE, Outcome.MAINTAIN, Outcome.RESTATE])
def test_nothing_goes_on_by_data_older_than_a_surveillance_saw(script: Script, outcome: Outcome) -> None:
    suspended(script)
    with pytest.raises(FootproofError, match="E-CASE-OLDER"):
        script.later("old", NUMBER, CaseKind.SPECIAL, outcome, 2024)
    assert certificate(script).standing(legal_day(script.now)) is Standing.SUSPENDED


def test_data_of_a_case_that_was_refused_are_known_too(script: Script) -> None:
    evaluated(script, "change", CaseKind.CHANGE, Outcome.REFUSE, "drift")
    script.decide("change", Outcome.REFUSE)
    assert certificate(script).newest == date(2024, 1, 1)
    with pytest.raises(FootproofError, match="E-CASE-OLDER"):
        script.later("old", NUMBER, CaseKind.SPECIAL, Outcome.MAINTAIN, 2024)
    script.later("watch", NUMBER, CaseKind.SURVEILLANCE, Outcome.MAINTAIN, 2025)


def test_a_certificate_that_was_given_up_does_not_take_its_newer_data_with_it(script: Script) -> None:
    suspended(script)
    script.do(CancelCertificate(NUMBER, REASONS), actor(NORTH, "c1"))
    for body in (ALPHA, BETA):
        with pytest.raises(FootproofError, match="E-CASE-OLDER"):
            script.certify(f"DEMO-{body[-4:].upper()}", body=body, year=2024)
    script.certify("DEMO-00003", body=BETA, year=2025)
    assert certificate(script, "DEMO-00003").held.subject.first == date(2025, 1, 1)


def test_a_transfer_rests_on_the_newest_data_too(script: Script) -> None:
    evaluated(script, "change", CaseKind.CHANGE, Outcome.REFUSE, "drift")
    script.decide("change", Outcome.REFUSE)
    with pytest.raises(FootproofError, match="E-CASE-OLDER"):
        script.later("old", NUMBER, CaseKind.TRANSFER, Outcome.GRANT, 2024, OTHER, to=BETA)
    script.later("watch", NUMBER, CaseKind.SURVEILLANCE, Outcome.MAINTAIN, 2025)
    script.later("move", NUMBER, CaseKind.TRANSFER, Outcome.GRANT, 2025, OTHER, to=BETA)
    moved = certificate(script, OTHER)
    assert (moved.held.package, moved.seen) == (package(NORTH, 2025), date(2025, 1, 1))


def test_a_renewal_rests_on_data_no_older_than_a_refused_change(script: Script) -> None:
    script.now = datetime(2027, 2, 1, 9, tzinfo=UTC)
    script.apply("change", LABEL, NORTH, kind=CaseKind.CHANGE, certificate=NUMBER, year=2026)
    script.evaluate("change")
    script.review("change", Outcome.REFUSE)
    script.decide("change", Outcome.REFUSE)
    with pytest.raises(FootproofError, match="E-CASE-OLDER"):
        script.later("old", NUMBER, CaseKind.RENEWAL, Outcome.GRANT, 2025, OTHER)
    script.later("new", NUMBER, CaseKind.RENEWAL, Outcome.GRANT, 2026, OTHER)


def test_what_expired_is_not_renewed_beside_a_new_certificate(script: Script) -> None:
    script.now = datetime(2028, 3, 20, 9, tzinfo=UTC)
    assert certificate(script).standing(legal_day(script.now)) is Standing.EXPIRED
    script.certify(OTHER, body=BETA, year=2026)
    with pytest.raises(FootproofError, match="E-CASE-HELD"):
        script.later("late", NUMBER, CaseKind.RENEWAL, Outcome.GRANT, 2027, "DEMO-00003")


def test_a_special_evaluation_may_rest_on_what_a_surveillance_confirmed(script: Script) -> None:
    script.later("watch", NUMBER, CaseKind.SURVEILLANCE, Outcome.MAINTAIN, 2025)
    script.later("special", NUMBER, CaseKind.SPECIAL, Outcome.MAINTAIN, 2025)
    assert certificate(script).closed == ("watch", "special")


# How far a result may move


def test_what_came_out_since_is_stated_after_a_suspension_and_then_it_is_restored(script: Script) -> None:
    suspended(script)
    script.apply("anew", LABEL, NORTH, kind=CaseKind.SPECIAL, certificate=NUMBER, flavour="drift")
    script.accept("anew")
    script.plan("anew")
    verified(script, "anew")
    script.complete("anew")
    script.review("anew", Outcome.RESTATE)
    with pytest.raises(FootproofError, match="E-CASE-DRIFT"):
        script.decide("anew", Outcome.RESTORE)
    script.decide("anew", Outcome.RESTATE)
    assert certificate(script).held.package == package(NORTH, 2025, "drift")
    assert certificate(script).standing(legal_day(script.now)) is Standing.SUSPENDED
    evaluated(script, "back", CaseKind.SPECIAL, Outcome.RESTORE, "drift")
    script.decide("back", Outcome.RESTORE)
    assert certificate(script).standing(legal_day(script.now)) is Standing.VALID


def test_a_special_evaluation_of_a_valid_certificate_keeps_to_the_limit(script: Script) -> None:
    evaluated(script, "special", CaseKind.SPECIAL, Outcome.RESTATE, "drift", anew=True)
    with pytest.raises(FootproofError, match="E-CASE-DRIFT"):
        script.decide("special", Outcome.RESTATE)


@pytest.mark.parametrize("kind", [CaseKind.CHANGE, CaseKind.SURVEILLANCE])
def test_a_change_states_what_came_out_and_a_surveillance_does_not(script: Script, kind: CaseKind) -> None:
    evaluated(script, "later", kind, Outcome.RESTATE, "drift")
    if kind is CaseKind.SURVEILLANCE:
        with pytest.raises(FootproofError, match="E-CASE-DRIFT"):
            script.decide("later", Outcome.RESTATE)
    else:
        script.decide("later", Outcome.RESTATE)
        assert certificate(script).held.package == package(NORTH, 2025, "drift")


def test_a_smaller_family_keeps_its_figure_only_where_it_still_comes_out() -> None:
    script = Script(in_memory(0))
    script.certify(NUMBER, client=SOUTH, year=2024)
    about = certificate(script).held.subject
    assert about.family is not None
    fewer = replace(about, family=replace(about.family, members=about.family.members[:2]))
    for name, flavour in (("moved", "drift"), ("same", "good")):
        evaluated(script, name, CaseKind.SURVEILLANCE, Outcome.REDUCE, flavour, client=SOUTH)
    asked = Decide("moved", Outcome.REDUCE, REASONS, subject=fewer, ground=ground_for(LABEL, Outcome.REDUCE))
    assert refused(script, asked, DECIDER) == ("E-DECISION-PACKAGE", "I1")
    named = replace(asked, package=package(SOUTH, 2025, "drift"))
    assert refused(script, named, DECIDER) == ("E-CASE-DRIFT", "CNCA-CFP-00:2025")
    script.do(replace(asked, case="same", package=package(SOUTH, 2025)), DECIDER)
    assert certificate(script).held.subject == fewer


# What counts as a surveillance


@pytest.mark.parametrize("scheme", [LABEL, ENERGY])
def test_a_surveillance_that_was_refused_is_none(scheme: str) -> None:
    script = Script(in_memory(0))
    script.certify(NUMBER, scheme, year=2024)
    script.now += timedelta(days=360)
    due = surveillance_due(certificate(script), schemes()[scheme])
    script.do(OpenCase(NUMBER, "watch", CaseKind.SURVEILLANCE, subject(NORTH, 2025, scheme)), PLANNER)
    script.do(AcceptApplication("watch", TERMS, FACTS[scheme]), PLANNER)
    script.plan("watch")
    script.review("watch", Outcome.SUSPEND)
    script.decide("watch", Outcome.SUSPEND, until=legal_day(script.now) + timedelta(days=100))
    assert certificate(script).surveys == ()
    assert surveillance_due(certificate(script), schemes()[scheme]) == due


def test_a_certificate_that_is_overdue_does_not_move(script: Script) -> None:
    move = SubmitApplication("move", CaseKind.TRANSFER, BETA, LABEL, subject(NORTH, 2024), package(NORTH, 2024), NUMBER)
    holder = actor(NORTH, "c1")
    script.now += timedelta(days=80)
    assert refused(script, move, holder) == ("E-CASE-OVERDUE", "ISO/IEC 17065, 7.4.5")
    assert refused(script, LicenseLabels(NUMBER, "B", 10), PLANNER)[0] == "E-LABEL-OVERDUE"
    script.later("watch", NUMBER, CaseKind.SURVEILLANCE, Outcome.MAINTAIN)
    script.do(move, holder)


@pytest.mark.parametrize(("days", "code"), [(150, ""), (190, "E-CASE-EXPIRED"), (4000, "E-CASE-EXPIRED")])
def test_a_renewal_comes_soon_after_the_end_or_not_at_all(script: Script, days: int, code: str) -> None:
    last = certificate(script).held.last
    script.now += last - legal_day(script.now) + timedelta(days=days)
    asked = SubmitApplication(
        "again", CaseKind.RENEWAL, ALPHA, LABEL, subject(NORTH, 2026), package(NORTH, 2026), NUMBER
    )
    if code:
        assert refused(script, asked, actor(NORTH, "c1")) == (code, "I7")
    else:
        script.do(asked, actor(NORTH, "c1"))


# How far a result moved is computed


def test_nobody_types_how_far_a_result_moved(script: Script) -> None:
    typed = ReportTrigger(NUMBER, (("abs_move", "0.06"),))
    assert refused(script, typed, PLANNER) == ("E-TRIGGER-MOVE", "I2")
    for wrong in ("broken", "alien"):
        named = ReportTrigger(NUMBER, package=package(NORTH, 2025, wrong))
        assert refused(script, named, PLANNER) == ("E-TRIGGER-MOVE", "I2")
    small = ReportTrigger(NUMBER, package=package(NORTH, 2025))
    assert refused(script, small, PLANNER)[0] == "E-TRIGGER-NONE"
    script.do(ReportTrigger(NUMBER, package=package(NORTH, 2025, "drift")), PLANNER)
    assert certificate(script).pending == ("trigger factor-move",)


# Grades without a figure


def stars(script: Script, name: str, kind: CaseKind, sent: str, number: str = "") -> None:
    year = 2025 if kind is CaseKind.INITIAL else 2026
    about = subject(NORTH, year, STARS)
    script.do(SubmitApplication(name, kind, ALPHA, STARS, about, sent, number), actor(NORTH, "c1"))
    script.evaluate(name)


def test_stars_are_granted_without_a_footprint_and_go_on_without_one() -> None:
    script = Script(in_memory(0))
    stars(script, "first", CaseKind.INITIAL, "")
    script.review("first", Outcome.GRANT)
    script.decide("first", Outcome.GRANT, NUMBER)
    held = certificate(script).held
    assert (held.package, held.value, held.unit, held.rule, held.grade) == ("", None, "", "", 2)
    script.now += timedelta(days=400)
    stars(script, "watch", CaseKind.SURVEILLANCE, "", NUMBER)
    script.review("watch", Outcome.RESTATE)
    script.decide("watch", Outcome.RESTATE)
    assert certificate(script).held.subject.first == date(2026, 1, 1)


def test_a_figure_that_is_stated_does_not_vanish() -> None:
    script = Script(in_memory(0))
    script.certify(NUMBER, STARS)
    script.now += timedelta(days=400)
    stars(script, "watch", CaseKind.SURVEILLANCE, "", NUMBER)
    script.review("watch", Outcome.RESTATE)
    for outcome in (Outcome.RESTATE, Outcome.MAINTAIN):
        with pytest.raises(FootproofError, match="E-DECISION-PACKAGE"):
            script.decide("watch", outcome)
