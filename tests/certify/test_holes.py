"""Ways around the rules that a review found, each refused now with the rule that stands in the way."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from certify.actions import in_memory
from certify.cast import (
    ALPHA,
    BETA,
    DRAWING,
    EVIDENCE_PLAN,
    FACTS,
    LABEL,
    NORTH,
    OFFICIALS,
    REGISTRAR,
    RISKS,
    SOUTH,
    TERMS,
    Script,
    actor,
    agreed,
    analyse,
    evidence,
    ground_for,
    mark,
    package,
    subject,
)
from footproof.certify.applications import (
    AcceptApplication,
    DeclineApplication,
    SubmitApplication,
    WithdrawApplication,
)
from footproof.certify.case import Outcome
from footproof.certify.certificate import Certified, Holding, Turn
from footproof.certify.complaints import Acknowledge, Appeal, Complain, Investigate
from footproof.certify.decisions import CompleteReview, Decide, ReturnReview
from footproof.certify.engagements import (
    AgreeEngagement,
    AmendEngagement,
    AnswerFact,
    CorrectMisstatement,
    DiscoverFact,
    PlanEngagement,
    RecordMisstatement,
)
from footproof.certify.labels import LicenseLabels
from footproof.certify.operation import Operation
from footproof.certify.orders import CancelCertificate, IssueOrder, SuspendUrgently
from footproof.certify.people import Competence, Conflict
from footproof.certify.record import Actor
from footproof.certify.register import (
    AssignRole,
    ChangeScope,
    DeclareConflict,
    EndEngagement,
    EngagePerson,
    GrantCompetence,
    RegisterOrganisation,
    RegisterPerson,
)
from footproof.certify.surveillance import NotifyChange, OpenCase
from footproof.certify.verifications import Verification
from footproof.errors import FootproofError
from footproof.model.bilingual import Bilingual
from footproof.model.days import legal_day
from footproof.model.engagement import Assertion, Assurance, Materiality, Misstatement, MisstatementKind, Team
from footproof.model.recognition import Change
from footproof.model.scheme import CaseKind

REASONS, NUMBER = mark("reasons"), "DEMO-00001"
WORDS = Bilingual("示例", "DEMO")


@pytest.fixture
def script() -> Script:
    """Return a world with its cast and no certificate."""
    return Script(in_memory(0))


def refused(script: Script, operation: Operation, by: Actor) -> tuple[str, Any]:
    with pytest.raises(FootproofError) as caught:
        script.do(operation, by)
    return caught.value.code, caught.value.values["rule"]


def engaged(script: Script, flavour: str = "good") -> tuple[Actor, Actor]:
    """Bring a case to where its verification "V" is planned; return planner and verifier."""
    planner, verifier = actor(ALPHA, "p"), actor(ALPHA, "v1")
    script.apply("C", flavour=flavour)
    script.accept("C")
    script.plan("C")
    script.do(script.done("C", "document-review", evidence("record")), actor(ALPHA, "a1"))
    script.do(AgreeEngagement("V", NORTH, agreed(script.case("C").package), "C"), planner)
    plan(script, planner, verifier)
    return planner, verifier


def plan(script: Script, planner: Actor, verifier: Actor) -> None:
    script.do(analyse("V"), verifier)
    team = Team(verifier.person, (verifier.person,))
    script.do(PlanEngagement("V", team, RISKS, EVIDENCE_PLAN, (DRAWING,)), planner)
    script.gather("V", verifier)


def test_a_package_of_another_maker(script: Script) -> None:
    stolen = replace(subject(NORTH), site="urn:demo:site-elsewhere", product="urn:demo:maker-south:steel")
    script.do(SubmitApplication("C", CaseKind.INITIAL, ALPHA, LABEL, stolen, package(NORTH, 2025)), actor(SOUTH, "c1"))
    script.accept("C")
    script.plan("C")
    asked = AgreeEngagement("V", SOUTH, agreed(package(NORTH, 2025)), "C")
    assert refused(script, asked, actor(ALPHA, "p")) == ("E-CLAIM-PACKAGE", "I1")


def test_emissions_that_were_typed_in(script: Script) -> None:
    script.apply("C")
    script.accept("C")
    script.plan("C")
    planner, terms = actor(ALPHA, "p"), agreed(package(NORTH, 2025))
    inflated = {stage: share * 1000 for stage, share in terms.claim.gross.items()}
    asked = AgreeEngagement("V", NORTH, replace(terms, claim=replace(terms.claim, gross=inflated)), "C")
    assert refused(script, asked, planner) == ("E-CLAIM-PACKAGE", "I1")
    for share, level in (("0.99", Assurance.REASONABLE), ("0.051", Assurance.REASONABLE), ("0.11", Assurance.LIMITED)):
        loose = replace(terms, materiality=Materiality(Decimal(share)), assurance=level)
        assert refused(script, replace(asked, agreed=loose), planner) == ("E-VERIFY-CEILING", "I20")
    one_stage = Materiality(Decimal("0.05"), {"materials": Decimal("0.06")})
    loose = replace(terms, materiality=one_stage)
    assert refused(script, replace(asked, agreed=loose), planner) == ("E-VERIFY-CEILING", "I20")
    script.do(replace(asked, agreed=replace(terms, claim=replace(terms.claim, gross={}))), planner)
    found = script.world.find(Verification, "V")
    assert found is not None
    assert found.engagement.claim is not None
    assert found.engagement.claim.gross == terms.claim.gross


def test_an_amount_is_corrected_by_another_package(script: Script) -> None:
    planner, verifier = engaged(script, "drift")
    item = Misstatement("M", "row-1", "materials", Assertion.ACCURACY, Fraction(30), False, MisstatementKind.ERROR)
    unnamed = RecordMisstatement("V", replace(item, id="M/1"))
    assert refused(script, unnamed, verifier) == ("E-FORM-NAME", "I10"), "nobody could name it in an address"
    script.do(RecordMisstatement("V", item), verifier)
    script.do(RecordMisstatement("V", replace(item, id="no-amount", amount=None)), verifier)
    correct = CorrectMisstatement("V", "M")
    assert refused(script, correct, verifier) == ("E-VERIFY-CORRECTION", "I20")
    script.do(replace(correct, misstatement="no-amount"), verifier)
    script.attach("C", package(NORTH, 2025))
    script.do(AmendEngagement("V", agreed(package(NORTH, 2025)), WORDS), planner)
    plan(script, planner, verifier)
    script.do(correct, verifier)


def test_a_second_certificate_beside_the_first(script: Script) -> None:
    script.certify(NUMBER)
    with pytest.raises(FootproofError, match="E-CASE-HELD"):
        script.certify("DEMO-00002", body=BETA)
    script.do(IssueOrder(NUMBER, Turn.SUSPENDED, REASONS), OFFICIALS["regulator"])
    with pytest.raises(FootproofError, match="E-CASE-HELD"):
        script.certify("DEMO-00003", body=BETA)
    script.do(IssueOrder(NUMBER, Turn.WITHDRAWN, REASONS), OFFICIALS["regulator"])
    with pytest.raises(FootproofError, match="E-CASE-HELD"):
        script.certify("DEMO-00004")


def test_a_certificate_after_one_was_given_up(script: Script) -> None:
    script.certify(NUMBER)
    script.do(CancelCertificate(NUMBER, REASONS), actor(NORTH, "c1"))
    script.certify("DEMO-00002", body=BETA)
    name = Holding.name(LABEL, subject(NORTH))
    assert script.world.find(Holding, name) == Holding(name, "DEMO-00002")


def test_a_transfer_leaves_no_question_open_and_does_not_begin_the_year_anew(script: Script) -> None:
    script.certify(NUMBER)
    granted = legal_day(script.now)
    script.do(NotifyChange(NUMBER, mark("notice")), actor(NORTH, "c1"))
    script.now += timedelta(days=300)
    script.apply("move", body=BETA, kind=CaseKind.TRANSFER, certificate=NUMBER)
    script.evaluate("move")
    script.review("move", Outcome.GRANT)
    unread = Decide("move", Outcome.GRANT, REASONS, package(NORTH, 2025), "DEMO-00002")
    assert refused(script, unread, actor(BETA, "d")) == ("E-CASE-PENDING", "ISO/IEC 17065, 7.6")
    script.later("answer", NUMBER, CaseKind.CHANGE, Outcome.MAINTAIN)
    script.decide("move", Outcome.GRANT, "DEMO-00002")
    found = script.world.find(Certified, "DEMO-00002")
    assert found is not None
    assert granted == found.looked == found.watched < legal_day(script.now)


def test_who_evaluated_for_the_old_certificate_does_not_decide_on_its_transfer(script: Script) -> None:
    script.assessor = "x"
    script.certify(NUMBER)
    jack = actor(ALPHA, "x")
    script.do(EndEngagement(jack.person, ALPHA), actor(ALPHA, "m"))
    today = EngagePerson(jack.person, BETA, legal_day(script.now))
    assert refused(script, today, actor(BETA, "m")) == ("E-PERSON-BODY", "I21")
    script.now += timedelta(days=1)
    script.do(replace(today, first=legal_day(script.now)), actor(BETA, "m"))
    for role in ("reviewer", "decision-maker"):
        script.do(AssignRole(jack.person, BETA, role), actor(BETA, "m"))
    script.assessor = "a1"
    script.apply("T", body=BETA, kind=CaseKind.TRANSFER, certificate=NUMBER)
    script.evaluate("T")
    review = CompleteReview("T", Outcome.GRANT, REASONS)
    assert refused(script, review, Actor(jack.person, "reviewer", BETA)) == ("E-REVIEW-SEPARATE", "I4")
    script.do(review, actor(BETA, "r"))
    decide = Decide("T", Outcome.GRANT, REASONS, package(NORTH, 2025), "DEMO-00002")
    assert refused(script, decide, Actor(jack.person, "decision-maker", BETA)) == ("E-DECISION-SEPARATE", "I4")


def test_the_holder_does_not_stop_what_the_body_opened(script: Script) -> None:
    script.certify(NUMBER)
    script.do(OpenCase(NUMBER, "S", CaseKind.SPECIAL, subject(NORTH)), actor(ALPHA, "p"))
    holder, cancel = actor(NORTH, "c1"), CancelCertificate(NUMBER, REASONS)
    assert refused(script, WithdrawApplication("S"), holder) == ("E-CASE-WORD", "ISO/IEC 17065, 7.2")
    assert refused(script, cancel, holder) == ("E-CASE-SPECIAL", "ISO/IEC 17065, 7.11")
    script.attach("S", package(NORTH, 2025))
    script.evaluate("S")
    script.review("S", Outcome.MAINTAIN)
    script.decide("S", Outcome.MAINTAIN)
    script.do(IssueOrder(NUMBER, Turn.SUSPENDED, REASONS), OFFICIALS["regulator"])
    assert refused(script, cancel, holder)[0] == "E-ORDER-STANDS"
    script.do(IssueOrder(NUMBER, Turn.RESTORED, REASONS), OFFICIALS["regulator"])
    script.do(cancel, holder)


def test_a_statement_that_falls_leaves_a_question_on_the_certificate(script: Script) -> None:
    name = script.certify(NUMBER)
    own = next(one.verification for one in script.case(name).activities if one.verification)
    for outcome, pending in (("stands", ()), ("withdrawn", (f"statement {own}",))):
        script.do(DiscoverFact(own, WORDS), actor(ALPHA, "v1"))
        script.do(AnswerFact(own, outcome), actor(ALPHA, "r"))
        found = script.world.find(Certified, NUMBER)
        assert found is not None
        assert found.pending == pending


def test_a_tie_of_the_reviewer_and_a_decision_against_the_review(script: Script) -> None:
    script.apply("C")
    script.evaluate("C")
    script.review("C", Outcome.REFUSE)
    decide = Decide("C", Outcome.GRANT, REASONS, package(NORTH, 2025), NUMBER)
    assert refused(script, decide, actor(ALPHA, "d")) == ("E-DECISION-REVIEW", "ISO/IEC 17065, 7.6")
    script.do(ReturnReview("C", REASONS), actor(ALPHA, "r"))
    script.review("C", Outcome.GRANT)
    tie = Conflict(NORTH, "owned", date(2020, 1, 1))
    script.do(DeclareConflict(actor(ALPHA, "r").person, tie), actor(ALPHA, "m"))
    assert refused(script, decide, actor(ALPHA, "d")) == ("E-TEAM-CONFLICT", "I4")


def test_a_planner_with_a_tie(script: Script) -> None:
    planner = actor(ALPHA, "p")
    script.apply("C")
    script.do(DeclareConflict(planner.person, Conflict(NORTH, "owned", date(2020, 1, 1))), planner)
    accept = AcceptApplication("C", TERMS, FACTS[LABEL])
    assert refused(script, accept, planner) == ("E-TEAM-CONFLICT", "I4")


def test_nobody_serves_themselves(script: Script) -> None:
    day, manager, regulator = legal_day(script.now), actor(ALPHA, "m"), OFFICIALS["regulator"]
    for organisation in (NORTH, "urn:demo:regulator"):
        both = EngagePerson(actor(ALPHA, "d").person, organisation, day)
        assert refused(script, both, REGISTRAR) == ("E-PERSON-BODY", "I21")
    given = AssignRole(actor(ALPHA, "a1").person, ALPHA, "verifier")
    assert refused(script, given, REGISTRAR) == ("E-ROLE-OPERATION", "I15")
    script.do(given, manager)
    own = GrantCompetence(manager.person, Competence("reviewer", "*", "*", day, day))
    assert refused(script, own, manager) == ("E-PERSON-SELF", "I4")
    script.do(RegisterOrganisation("urn:demo:second", "regulator", WORDS, "CN-FJ", True), REGISTRAR)
    script.do(RegisterPerson("second-1"), REGISTRAR)
    script.do(EngagePerson("second-1", "urn:demo:second", day), REGISTRAR)
    script.do(AssignRole("second-1", "urn:demo:second", "regulator"), REGISTRAR)
    change = ChangeScope(ALPHA, f"approval:{ALPHA}", Change("withdrawn", day, day))
    assert refused(script, change, Actor("second-1", "regulator", "urn:demo:second")) == ("E-CASE-FOREIGN", "I15")
    script.do(change, regulator)


def test_an_appeal_is_heard_by_nobody_who_had_a_part(script: Script) -> None:
    planner, jack = actor(ALPHA, "p"), actor(ALPHA, "x", "appeals")
    script.apply("C")
    script.do(DeclineApplication("C", REASONS), planner)
    script.do(AssignRole(planner.person, ALPHA, "appeals"), actor(ALPHA, "m"))
    script.do(Appeal("C", "A", REASONS), actor(NORTH, "c1"))
    script.do(Acknowledge("A"), actor(ALPHA, "m"))
    assert refused(script, Investigate("A"), replace(planner, role="appeals")) == ("E-APPEAL-SEPARATE", "I17")
    script.certify(NUMBER)
    until = legal_day(script.now) + timedelta(days=30)
    script.do(SuspendUrgently(NUMBER, "mark-misused", REASONS, until), replace(jack, role="decision-maker"))
    script.do(Complain("K", NUMBER, REASONS), actor(SOUTH, "c1"))
    script.do(Acknowledge("K"), actor(ALPHA, "m"))
    assert refused(script, Investigate("K"), jack) == ("E-APPEAL-SEPARATE", "I17")
    script.do(Investigate("K"), actor(ALPHA, "q"))


def test_a_family_changes_only_by_its_members(script: Script) -> None:
    script.certify(NUMBER, client=SOUTH)
    about = subject(SOUTH)
    assert about.family is not None
    script.apply("S", client=SOUTH, kind=CaseKind.SPECIAL, certificate=NUMBER)
    script.evaluate("S")
    script.review("S", Outcome.RESTATE)
    script.apply("C", client=SOUTH, kind=CaseKind.CHANGE, certificate=NUMBER)
    script.evaluate("C")
    script.review("C", Outcome.REDUCE)
    fewer = replace(about.family, members=about.family.members[:2])
    ground = ground_for(LABEL, Outcome.REDUCE)
    sent = script.case("C").package
    reduce = Decide("C", Outcome.REDUCE, REASONS, sent, subject=replace(about, family=fewer), ground=ground)
    wider = replace(about, family=replace(fewer, spread=Decimal("0.9")))
    headless = replace(about, family=replace(about.family, members=about.family.members[1:]))
    for asked, code in ((wider, "E-CASE-REDUCE"), (headless, "E-CASE-FAMILY")):
        assert refused(script, replace(reduce, subject=asked), actor(ALPHA, "d"))[0] == code
    script.do(reduce, actor(ALPHA, "d"))
    with pytest.raises(FootproofError, match="E-CASE-CERTIFICATE"):
        script.decide("S", Outcome.RESTATE)


def test_no_labels_while_surveillance_is_overdue_and_a_special_case_is_none(script: Script) -> None:
    script.certify(NUMBER)
    script.now += timedelta(days=300)
    script.later("S", NUMBER, CaseKind.SPECIAL, Outcome.MAINTAIN)
    script.now += timedelta(days=70)
    planner = actor(ALPHA, "p")
    assert refused(script, LicenseLabels(NUMBER, "B", 10), planner) == ("E-LABEL-OVERDUE", "I12")
    script.later("Y", NUMBER, CaseKind.SURVEILLANCE, Outcome.MAINTAIN)
    script.do(LicenseLabels(NUMBER, "B", 10), planner)
