"""What holds after the grant: claims, ties, appeals, orders, labels; each hole that a review found, closed."""

from dataclasses import replace
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from certify.actions import in_memory
from certify.cast import (
    ALPHA,
    BETA,
    LABEL,
    NEUTRAL,
    NORTH,
    OFFICIALS,
    PROVINCE,
    SOUTH,
    Script,
    actor,
    agreed,
    mark,
    neutral_claim,
    package,
)
from footproof.certify.applications import DeclineApplication
from footproof.certify.case import Outcome
from footproof.certify.certificate import Certified, Standing, Turn
from footproof.certify.complaints import Acknowledge, AppealChange, Complaint, Investigate
from footproof.certify.engagements import AmendEngagement, AnswerFact, DiscoverFact
from footproof.certify.labels import LicenseLabels, ReportLabels
from footproof.certify.neutrality_operations import (
    ClaimNeutrality,
    ClaimStanding,
    EndNeutrality,
    NameClaim,
    Neutrality,
    claim_standing,
)
from footproof.certify.operation import Operation
from footproof.certify.orders import CancelCertificate, EndLapsed, IssueOrder, SuspendUrgently
from footproof.certify.people import Competence, Conflict, Person
from footproof.certify.record import Actor, World
from footproof.certify.register import (
    AssignRole,
    ChangeScope,
    DeclareConflict,
    EndCompetence,
    EndEngagement,
    EndRole,
    EngagePerson,
    GrantCompetence,
)
from footproof.certify.retention import keep_case_until, need_forgettable
from footproof.errors import FootproofError
from footproof.model.bilingual import Bilingual
from footproof.model.days import legal_day
from footproof.model.recognition import Change
from footproof.model.scheme import CaseKind

REASONS, NUMBER, NEUTER = mark("reasons"), "DEMO-00001", "DEMO-00002"
HOLDER, REGULATOR = actor(NORTH, "c1"), OFFICIALS["regulator"]
WORDS = Bilingual("示例", "DEMO")
MANAGER = actor(ALPHA, "m")


@pytest.fixture
def script() -> Script:
    """Return a world in which the northern maker has one certificate."""
    found = Script(in_memory(0))
    found.certify(NUMBER)
    return found


def refused(script: Script, operation: Operation, by: Actor) -> tuple[str, Any]:
    with pytest.raises(FootproofError) as caught:
        script.do(operation, by)
    return caught.value.code, caught.value.values["rule"]


def certificate(script: Script, number: str = NUMBER) -> Certified:
    found = script.world.find(Certified, number)
    assert found is not None
    return found


def standing(script: Script, number: str = NUMBER) -> Standing:
    return certificate(script, number).standing(legal_day(script.now))


def claim(script: Script, name: str = "N-1", first: int = 1) -> None:
    said = neutral_claim(name, certificate(script).held, legal_day(script.now), first)
    script.do(ClaimNeutrality(said, NEUTRAL), HOLDER)


def claim_stands(script: Script, name: str = "N-1") -> ClaimStanding:
    found = script.world.find(Neutrality, name)
    assert found is not None
    return claim_standing(script.world, found, legal_day(script.now))  # type: ignore[arg-type]


def suspended(script: Script, by: str = "d", days: int = 20) -> date:
    until = legal_day(script.now) + timedelta(days=days)
    script.do(SuspendUrgently(NUMBER, "mark-misused", REASONS, until), actor(ALPHA, by, "decision-maker"))
    return until


# A14: neutrality


def test_neutral_without_a_claim(script: Script) -> None:
    script.apply("C", NEUTRAL)
    script.evaluate("C")
    script.review("C", Outcome.GRANT)
    with pytest.raises(FootproofError, match="E-NEUTRAL-CLAIM"):
        script.decide("C", Outcome.GRANT, NEUTER)


def test_neutral_on_a_claim_of_the_client_and_its_package(script: Script) -> None:
    claim(script)
    script.apply("C", NEUTRAL)
    script.do(NameClaim("C", "N-1"), HOLDER)
    script.evaluate("C")
    assert refused(script, NameClaim("C", "N-1"), HOLDER)[0] == "E-CASE-STATE"
    script.review("C", Outcome.GRANT)
    script.decide("C", Outcome.GRANT, NEUTER)
    assert certificate(script, NEUTER).held.claim == "N-1"
    licence = LicenseLabels(NEUTER, "B-1", 10)
    script.do(licence, actor(ALPHA, "p"))
    suspended(script)
    assert refused(script, replace(licence, batch="B-2"), actor(ALPHA, "p")) == (
        "E-NEUTRAL-STANDING",
        "ISO 14068-1:2023",
    )


def test_a_claim_of_somebody_else_or_under_another_scheme_is_not_named(script: Script) -> None:
    claim(script)
    script.apply("S", NEUTRAL, SOUTH)
    assert refused(script, NameClaim("S", "N-1"), actor(SOUTH, "c1"))[0] == "E-NEUTRAL-CLAIM"
    script.apply("L", year=2025, body=BETA)
    assert refused(script, NameClaim("L", "N-1"), HOLDER)[0] == "E-NEUTRAL-CLAIM"


def test_what_a_claim_may_be_made_under_and_about(script: Script) -> None:
    said = neutral_claim("N-1", certificate(script).held, legal_day(script.now))
    assert refused(script, ClaimNeutrality(said, LABEL), HOLDER)[0] == "E-NEUTRAL-SCHEME"
    for year in (said.year - 1, said.year + 1):
        asked = ClaimNeutrality(replace(said, year=year), NEUTRAL)
        assert refused(script, asked, HOLDER) == ("E-NEUTRAL-PERIOD", "ISO 14068-1:2023")
    script.do(ClaimNeutrality(said, NEUTRAL), HOLDER)
    script.apply("C", NEUTRAL)
    script.do(NameClaim("C", "N-1"), HOLDER)
    script.evaluate("C")
    script.review("C", Outcome.GRANT)
    script.decide("C", Outcome.GRANT, NEUTER)
    again = neutral_claim("N-2", certificate(script, NEUTER).held, legal_day(script.now), 50)
    assert refused(script, ClaimNeutrality(again, NEUTRAL), HOLDER)[0] == "E-NEUTRAL-SCHEME"


def test_a_claim_stands_as_the_certificate_of_its_footprint(script: Script) -> None:
    claim(script)
    assert claim_stands(script) is ClaimStanding.STANDS
    script.do(IssueOrder(NUMBER, Turn.SUSPENDED, REASONS), REGULATOR)
    assert claim_stands(script) is ClaimStanding.SUSPENDED
    script.apply("C", NEUTRAL)
    assert refused(script, NameClaim("C", "N-1"), HOLDER)[0] == "E-NEUTRAL-STANDING"
    script.do(IssueOrder(NUMBER, Turn.WITHDRAWN, REASONS), REGULATOR)
    assert claim_stands(script) is ClaimStanding.VOID
    script.do(EndNeutrality("N-1"), HOLDER)
    assert claim_stands(script) is ClaimStanding.ENDED


def test_a_claim_outlives_the_time_of_its_certificate(script: Script) -> None:
    claim(script)
    script.now += timedelta(days=1000)
    assert standing(script) is Standing.EXPIRED
    assert claim_stands(script) is ClaimStanding.STANDS


@pytest.mark.parametrize(("days", "stands"), [(0, "STANDS"), (9, "STANDS"), (10, "VOID")])
def test_a_claim_stands_on_an_earlier_day_as_it_did_then(script: Script, days: int, stands: str) -> None:
    claim(script)
    day, old, found = legal_day(script.now), certificate(script), script.world.find(Neutrality, "N-1")
    assert found is not None
    now = replace(old.held, package=REASONS, decided=day + timedelta(days=10))
    later = SimpleNamespace(find=lambda *_: replace(old, held=now, former=(old.held,)))
    assert claim_standing(cast(World, later), found, day + timedelta(days=days)) is ClaimStanding[stands]


# A9: what comes to light after the grant


def told(script: Script) -> tuple[str, ...]:
    return certificate(script).pending


@pytest.mark.parametrize(("short", "role"), [("a1", "assessor"), ("v1", "verifier"), ("r", "reviewer"), ("d", "")])
def test_a_tie_of_who_worked_on_it_comes_to_light(script: Script, short: str, role: str) -> None:
    worker = actor(ALPHA, short, role)
    before = Conflict(NORTH, "consulted", legal_day(script.now) - timedelta(days=300))
    script.do(DeclareConflict(worker.person, before), MANAGER)
    assert told(script) == (f"conflict case-{NUMBER}",)


def test_a_tie_that_bars_nothing_leaves_no_question(script: Script) -> None:
    day = legal_day(script.now)
    script.now += timedelta(days=1)
    for person, tie in (
        ("a1", Conflict(NORTH, "consulted", day + timedelta(days=1))),
        ("a1", Conflict(SOUTH, "consulted", day - timedelta(days=300))),
        ("a1", Conflict(NORTH, "family", date(2020, 1, 1), date(2021, 1, 1))),
        ("a2", Conflict(NORTH, "consulted", day - timedelta(days=300))),
    ):
        script.do(DeclareConflict(actor(ALPHA, person).person, tie), MANAGER)
    assert told(script) == ()


def test_a_tie_is_held_against_the_certificate_that_took_the_place(script: Script) -> None:
    script.later("move", NUMBER, CaseKind.TRANSFER, Outcome.GRANT, replacement=NEUTER, to=BETA)
    tie = Conflict(NORTH, "owned", date(2025, 1, 1))
    script.do(DeclareConflict(actor(ALPHA, "a1").person, tie), MANAGER)
    assert certificate(script, NEUTER).pending == (f"conflict case-{NUMBER}",)


def test_a_revised_statement_goes_on_in_a_special_case(script: Script) -> None:
    planner, verifier, reviewer = actor(ALPHA, "p"), actor(ALPHA, "v1"), actor(ALPHA, "r")
    name = next(one.verification for one in script.case(f"case-{NUMBER}").activities if one.verification)
    script.do(DiscoverFact(name, WORDS), verifier)
    script.do(AnswerFact(name, "revised"), reviewer)
    assert told(script) == (f"statement {name}",)
    script.apply("special", kind=CaseKind.SPECIAL, certificate=NUMBER)
    script.apply("other", client=SOUTH)
    for case in ("special", "other"):
        script.accept(case)
        script.plan(case)
    terms = agreed(package(NORTH, 2025))
    assert refused(script, AmendEngagement(name, terms, WORDS), planner)[0] == "E-CASE-STATE"
    assert refused(script, AmendEngagement(name, terms, WORDS, "other"), planner)[0] == "E-STATEMENT-CASE"
    script.do(AmendEngagement(name, terms, WORDS, "special"), planner)
    again = AmendEngagement(name, terms, WORDS, "special")
    assert refused(script, again, planner)[0] == "E-STATEMENT-CASE"


# A11: appeals against a change of status


def test_an_appeal_against_an_urgent_suspension(script: Script) -> None:
    suspended(script, "x")
    appeal = AppealChange(NUMBER, 1, "A-1", REASONS)
    assert refused(script, appeal, actor(SOUTH, "c1"))[0] == "E-CASE-FOREIGN"
    assert refused(script, replace(appeal, change=2), HOLDER) == ("E-APPEAL-CHANGE", "ISO/IEC 17065, 7.13.1")
    script.do(appeal, HOLDER)
    script.do(Acknowledge("A-1"), actor(ALPHA, "q"))
    assert refused(script, Investigate("A-1"), actor(ALPHA, "x", "appeals")) == ("E-APPEAL-SEPARATE", "I17")
    script.do(Investigate("A-1"), actor(ALPHA, "q"))
    found = script.world.find(Complaint, "A-1")
    assert found is not None
    assert (found.type, found.certificate, found.change) == ("appeal", NUMBER, 1)


def test_an_order_is_appealed_with_the_authority(script: Script) -> None:
    script.do(IssueOrder(NUMBER, Turn.SUSPENDED, REASONS), REGULATOR)
    assert refused(script, AppealChange(NUMBER, 1, "A-1", REASONS), HOLDER)[0] == "E-APPEAL-CHANGE"


# A17: authorities and registers


def test_an_order_upon_the_bodys_own_suspension(script: Script) -> None:
    until = suspended(script)
    script.do(IssueOrder(NUMBER, Turn.SUSPENDED, REASONS), REGULATOR)
    assert refused(script, IssueOrder(NUMBER, Turn.SUSPENDED, REASONS), REGULATOR)[0] == "E-ORDER-TWICE"
    lift = IssueOrder(NUMBER, Turn.RESTORED, REASONS)
    assert refused(script, lift, OFFICIALS["province"])[0] == "E-CASE-FOREIGN"
    script.now += timedelta(days=40)
    assert standing(script) is Standing.SUSPENDED
    script.do(lift, REGULATOR)
    assert standing(script) is Standing.LAPSED
    assert certificate(script).standing(until) is Standing.SUSPENDED
    script.do(IssueOrder(NUMBER, Turn.SUSPENDED, REASONS), REGULATOR)
    assert standing(script) is Standing.SUSPENDED


def test_two_authorities_lift_each_their_own(script: Script) -> None:
    for official in ("regulator", "province"):
        script.do(IssueOrder(NUMBER, Turn.SUSPENDED, REASONS), OFFICIALS[official])
    assert {one.by for one in certificate(script).orders(legal_day(script.now))} == {REGULATOR.organisation, PROVINCE}
    lift = IssueOrder(NUMBER, Turn.RESTORED, REASONS)
    script.do(lift, REGULATOR)
    assert standing(script) is Standing.SUSPENDED
    script.do(lift, OFFICIALS["province"])
    assert standing(script) is Standing.VALID


def test_another_authority_changes_no_grant(script: Script) -> None:
    day = legal_day(script.now)
    found = ChangeScope(ALPHA, f"approval:{ALPHA}", Change("suspended", day, day))
    assert refused(script, found, OFFICIALS["province"])[0] == "E-CASE-FOREIGN"
    script.do(found, REGULATOR)


def test_competence_ends_tomorrow_and_by_nobody_for_oneself(script: Script) -> None:
    person = actor(ALPHA, "a1").person
    end = EndCompetence(person, "assessor", "*", "*")
    themselves = EndCompetence(MANAGER.person, "assessor", "*", "*")
    assert refused(script, themselves, MANAGER) == ("E-PERSON-SELF", "I4")
    competence = Competence("assessor", "*", "*", date(2020, 1, 1), date(2036, 1, 1))
    assert refused(script, GrantCompetence(MANAGER.person, competence), MANAGER) == ("E-PERSON-SELF", "I4")
    script.do(end, MANAGER)
    assert refused(script, end, MANAGER)[0] == "E-CASE-UNKNOWN"
    script.apply("C", body=ALPHA, client=SOUTH)
    script.accept("C")
    script.plan("C")
    script.now += timedelta(days=1)
    script.apply("D", LABEL, SOUTH, BETA)
    with pytest.raises(FootproofError, match="E-TEAM-COMPETENCE"):
        script.plan("C")


def test_a_role_given_and_ended_on_one_day_was_held_that_day(script: Script) -> None:
    person, day = actor(ALPHA, "a1").person, legal_day(script.now)
    script.do(AssignRole(person, ALPHA, "planner"), MANAGER)
    script.do(EndRole(person, ALPHA, "planner"), MANAGER)
    assert refused(script, EndRole(person, ALPHA, "planner"), MANAGER)[0] == "E-CASE-UNKNOWN"
    found = script.world.find(Person, person)
    assert found is not None
    assert [found.holds("planner", ALPHA, one) for one in (day, day + timedelta(days=1))] == [True, False]
    script.now += timedelta(days=1)
    script.do(AssignRole(person, ALPHA, "planner"), MANAGER)


def test_who_leaves_works_to_the_end_of_the_day(script: Script) -> None:
    person = actor(ALPHA, "a1").person
    script.do(EndEngagement(person, ALPHA), MANAGER)
    assert refused(script, EndEngagement(person, ALPHA), MANAGER)[0] == "E-CASE-UNKNOWN"
    engage = EngagePerson(person, BETA, legal_day(script.now))
    assert refused(script, engage, actor(BETA, "m")) == ("E-PERSON-BODY", "I21")
    script.now += timedelta(days=1)
    script.do(replace(engage, first=legal_day(script.now)), actor(BETA, "m"))


# B21: labels


def test_a_restatement_closes_batches_of_the_old_value(script: Script) -> None:
    other = "DEMO-00009"
    script.certify(other, client=SOUTH, year=2024)
    holder, planner = actor(SOUTH, "c1"), actor(ALPHA, "p")
    script.do(LicenseLabels(other, "B-1", 100), planner)
    script.do(ReportLabels(other, "B-1", 40), holder)
    assert refused(script, ReportLabels(other, "B-9", 1), holder)[0] == "E-CASE-UNKNOWN"
    script.later("year", other, CaseKind.SURVEILLANCE, Outcome.RESTATE, 2025)
    batch = certificate(script, other).labels[0]
    assert (batch.used, batch.closed) == (40, legal_day(script.now))
    assert refused(script, ReportLabels(other, "B-1", 1), holder) == ("E-LABEL-CLOSED", "I12")
    script.do(LicenseLabels(other, "B-2", 100), planner)
    script.do(ReportLabels(other, "B-2", 1), holder)


def test_no_use_is_reported_after_the_end(script: Script) -> None:
    script.do(LicenseLabels(NUMBER, "B-1", 100), actor(ALPHA, "p"))
    report = ReportLabels(NUMBER, "B-1", 1)
    script.do(report, HOLDER)
    script.do(CancelCertificate(NUMBER, REASONS), HOLDER)
    assert refused(script, report, HOLDER)[0] == "E-CASE-STATE"


# What follows a suspension that was not cured


def test_a_suspension_that_was_not_cured_ends_the_certificate(script: Script) -> None:
    suspended(script)
    script.later("cure", NUMBER, CaseKind.SPECIAL, Outcome.RESTORE)
    suspended(script)
    end = EndLapsed(NUMBER, REASONS)
    assert refused(script, end, actor(ALPHA, "d"))[0] == "E-CASE-STATE"
    script.now += timedelta(days=21)
    with pytest.raises(FootproofError, match="E-CASE-LAPSED"):
        script.later("late", NUMBER, CaseKind.SPECIAL, Outcome.RESTORE)
    script.do(end, actor(ALPHA, "d"))
    assert standing(script) is Standing.WITHDRAWN
    last = certificate(script).changes[-1]
    assert (last.ground, last.case) == ("suspension-not-cured", "")


def test_an_evaluator_does_not_end_it(script: Script) -> None:
    script.assessor = "x"
    script.certify(NEUTER, client=SOUTH)
    until = legal_day(script.now) + timedelta(days=5)
    script.do(SuspendUrgently(NEUTER, "mark-misused", REASONS, until), actor(ALPHA, "d"))
    script.now += timedelta(days=6)
    worker = actor(ALPHA, "x", "decision-maker")
    assert refused(script, EndLapsed(NEUTER, REASONS), worker) == ("E-DECISION-SEPARATE", "I4")


# Retention


def forget(script: Script, person: str) -> str:
    try:
        need_forgettable(script.world.world, person, legal_day(script.now))  # type: ignore[attr-defined]
    except FootproofError as problem:
        return problem.code
    return ""


def test_who_somebody_is_stays_known_as_long_as_the_records(script: Script) -> None:
    person = actor(ALPHA, "a1").person
    assert forget(script, person) == "E-RETENTION-WORKS"
    script.do(EndEngagement(person, ALPHA), MANAGER)
    script.now += timedelta(days=1)
    assert forget(script, person) == "E-RETENTION-RUNS"
    until = keep_case_until(script.world.world, script.case(f"case-{NUMBER}"))  # type: ignore[attr-defined]
    assert until is not None
    script.now += until - legal_day(script.now)
    assert forget(script, person) == "E-RETENTION-RUNS"
    script.now += timedelta(days=1)
    assert forget(script, person) == ""


def test_an_open_case_is_kept_and_one_declined_has_an_end(script: Script) -> None:
    world = script.world.world  # type: ignore[attr-defined]
    script.apply("C", client=SOUTH)
    assert keep_case_until(world, script.case("C")) is None
    script.do(DeclineApplication("C", REASONS), actor(ALPHA, "p"))
    years = world.scheme(LABEL).retention_years
    assert keep_case_until(world, script.case("C")) == legal_day(script.now).replace(year=script.now.year + years)
