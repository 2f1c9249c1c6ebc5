"""Ways around evaluation and decision that a review found, each refused now with its rule, and the lawful neighbour."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from certify.actions import in_memory
from certify.cast import (
    ALPHA,
    BETA,
    DRAWING,
    ENERGY,
    EVIDENCE_PLAN,
    FACTS,
    LABEL,
    LABORATORY,
    LEVELS,
    NORTH,
    OFFICIALS,
    REDUCTION,
    REGISTRAR,
    RISKS,
    SOUTH,
    STARS,
    TERMS,
    UNMODIFIED,
    WORK,
    Script,
    _engage,
    actor,
    agreed,
    analyse,
    answers_to,
    evidence,
    ground_for,
    mark,
    package,
    proof,
    schemes,
    stricter,
    subject,
)
from footproof.certify.applications import AcceptApplication, SubmitApplication
from footproof.certify.case import Answer, Case, Family, Member, Met, Outcome, Severity, Subject
from footproof.certify.certificate import Certified, Settled, Turn
from footproof.certify.checklist import all_met, checked, checklist, shipped_rulebook
from footproof.certify.clocks import surveillance_due
from footproof.certify.complaints import Acknowledge, Complain, Investigate, Resolve
from footproof.certify.decisions import CompleteReview, Decide, ReturnReview
from footproof.certify.engagements import (
    AgreeEngagement,
    ConcludeEngagement,
    DecideEngagement,
    IssueStatement,
    PlanEngagement,
    ReviewEngagement,
)
from footproof.certify.evaluations import CompleteActivity, Conclude, RaiseFinding
from footproof.certify.labels import LicenseLabels
from footproof.certify.operation import Operation
from footproof.certify.record import Actor
from footproof.certify.register import ChangeScope, GrantScope, SeekAccreditation
from footproof.certify.surveillance import NotifyChange, OpenCase
from footproof.errors import FootproofError
from footproof.model.days import legal_day
from footproof.model.engagement import Assurance, Team
from footproof.model.recognition import Change, Scope
from footproof.model.scheme import CaseKind
from footproof.rules.rulebook import load_rulebook

REASONS, NUMBER = mark("reasons"), "DEMO-00001"
ASSESSOR, VERIFIER, DECIDER = actor(ALPHA, "a1"), actor(ALPHA, "v1"), actor(ALPHA, "d")


@pytest.fixture
def script() -> Script:
    """Return a world with its cast and no certificate."""
    return Script(in_memory(0))


def refused(script: Script, operation: Operation, by: Actor) -> tuple[str, Any]:
    with pytest.raises(FootproofError) as caught:
        script.do(operation, by)
    return caught.value.code, caught.value.values["rule"]


def certificate(script: Script, number: str = NUMBER) -> Certified:
    found = script.world.find(Certified, number)
    assert found is not None
    return found


def planned(script: Script, name: str = "C", **given: Any) -> Case:
    """Bring a case to where its team begins."""
    script.apply(name, **given)
    script.accept(name)
    script.plan(name)
    return script.case(name)


# Data that are newer


@pytest.mark.parametrize("scheme", [LABEL, ENERGY])
@pytest.mark.parametrize("kind", [CaseKind.SURVEILLANCE, CaseKind.RENEWAL])
def test_a_surveillance_or_renewal_looks_at_newer_data(script: Script, scheme: str, kind: CaseKind) -> None:
    script.certify(NUMBER, scheme, year=2024)
    holder = actor(NORTH, "c1")
    for year in (2024, 2025):
        sent = "" if scheme == ENERGY else package(NORTH, year)
        asked = SubmitApplication(f"C-{year}", kind, ALPHA, scheme, subject(NORTH, year, scheme), sent, NUMBER)
        if year == 2025:
            script.do(asked, holder)
        else:
            assert refused(script, asked, holder) == ("E-CASE-NEWER", "ISO/IEC 17065, 7.9")
    opened = OpenCase(NUMBER, "O", CaseKind.SURVEILLANCE, subject(NORTH, 2024, scheme))
    assert refused(script, opened, actor(ALPHA, "p")) == ("E-CASE-NEWER", "ISO/IEC 17065, 7.9")
    script.do(replace(opened, kind=CaseKind.SPECIAL), actor(ALPHA, "p"))


def test_what_one_surveillance_saw_is_old_for_the_next(script: Script) -> None:
    script.certify(NUMBER, year=2024)
    for name in ("S1", "S2"):
        script.apply(name, kind=CaseKind.SURVEILLANCE, certificate=NUMBER)
        script.evaluate(name)
        script.review(name, Outcome.MAINTAIN)
    script.decide("S1", Outcome.MAINTAIN)
    assert certificate(script).held.subject.first < certificate(script).newest == date(2025, 1, 1)
    with pytest.raises(FootproofError, match="E-CASE-NEWER"):
        script.decide("S2", Outcome.MAINTAIN)
    with pytest.raises(FootproofError, match="E-CASE-OLDER"):
        script.later("old", NUMBER, CaseKind.TRANSFER, Outcome.GRANT, 2024, "DEMO-00002", to=BETA)
    script.later("move", NUMBER, CaseKind.TRANSFER, Outcome.GRANT, 2025, "DEMO-00002", to=BETA)
    assert certificate(script, "DEMO-00002").newest == date(2025, 1, 1)
    again = OpenCase("DEMO-00002", "S3", CaseKind.SURVEILLANCE, subject(NORTH, 2025))
    assert refused(script, again, actor(BETA, "p")) == ("E-CASE-NEWER", "ISO/IEC 17065, 7.9")


def test_only_a_surveillance_moves_the_day_of_the_next(script: Script) -> None:
    script.certify(NUMBER, year=2024)
    first = surveillance_due(certificate(script), schemes()[LABEL])
    script.now += timedelta(days=100)
    script.later("special", NUMBER, CaseKind.SPECIAL, Outcome.MAINTAIN)
    script.later("change", NUMBER, CaseKind.CHANGE, Outcome.RESTATE, 2025)
    assert certificate(script).surveys == ()
    assert surveillance_due(certificate(script), schemes()[LABEL]) == first
    script.now += timedelta(days=280)
    planner, labels = actor(ALPHA, "p"), LicenseLabels(NUMBER, "B", 10)
    assert refused(script, labels, planner) == ("E-LABEL-OVERDUE", "I12")
    script.later("watch", NUMBER, CaseKind.SURVEILLANCE, Outcome.MAINTAIN)
    assert [one.case for one in certificate(script).surveys] == ["watch"]
    assert certificate(script).closed == ("special", "change", "watch")
    script.do(labels, planner)


# What an evaluation rests on


def test_nobody_concludes_before_the_work_is_done(script: Script) -> None:
    planned(script)
    kept = evidence("site-record", "bill-of-materials")
    early = Conclude("C", "product-consistency", True, kept)
    assert refused(script, early, ASSESSOR) == ("E-CONCLUSION-EARLY", "I3")
    script.do(script.done("C", "document-review"), ASSESSOR)
    assert refused(script, replace(early, positive=False), ASSESSOR)[0] == "E-CONCLUSION-EARLY"
    site = script.done("C", "site-inspection")
    script.do(site, ASSESSOR)
    script.do(early, ASSESSOR)


def test_evidence_names_the_package_and_the_statement_of_the_case(script: Script) -> None:
    other = script.certify(NUMBER, client=SOUTH)
    planned(script)
    script.complete("C")
    case = script.case("C")
    sound = Conclude("C", "number", True, proof(script.world, case, "package", "verification-statement"))
    theirs = proof(script.world, script.case(other), "package", "verification-statement")
    for wrong in ((theirs[0], sound.evidence[1]), (sound.evidence[0], theirs[1])):
        assert refused(script, replace(sound, evidence=wrong), VERIFIER) == ("E-EVIDENCE-CASE", "I1")
    script.do(sound, VERIFIER)


def test_another_package_undoes_every_activity(script: Script) -> None:
    planned(script, flavour="drift")
    script.do(script.done("C", "document-review"), ASSESSOR)
    assert script.case("C").done == {"document-review"}
    script.attach("C", package(NORTH, 2025))
    assert script.case("C").done == frozenset()
    site = script.done("C", "site-inspection")
    assert refused(script, site, ASSESSOR) == ("E-ACTIVITY-NEEDS", "I3")
    script.complete("C")
    assert len(script.case("C").done) == 3
    assert len(script.case("C").activities) == 4


# Families


def family(**changed: Any) -> Subject:
    about = subject(SOUTH)
    assert about.family is not None
    return replace(about, family=replace(about.family, **changed))


def test_a_family_is_no_wider_than_its_scheme_lets_it_be(script: Script) -> None:
    holder, sent = actor(SOUTH, "c1"), package(SOUTH, 2025)
    wide = SubmitApplication("C", CaseKind.INITIAL, ALPHA, LABEL, family(spread=Decimal("0.11")), sent)
    assert refused(script, wide, holder) == ("E-CASE-FAMILY-WIDE", LABEL)
    figure = schemes()[LABEL].figures["family_spread_most"]
    assert "assumed" in figure.source
    script.do(replace(wide, subject=family(spread=figure.value)), holder)
    about = replace(
        subject(SOUTH, 2025, ENERGY), family=Family(wide.subject.name, "representative", Decimal(0), (Member(""),))
    )
    none = SubmitApplication("E", CaseKind.INITIAL, ALPHA, ENERGY, about)
    assert refused(script, none, holder) == ("E-CASE-FAMILY-WIDE", ENERGY)


def test_an_older_case_brings_back_no_model(script: Script) -> None:
    script.certify(NUMBER, client=SOUTH)
    about = subject(SOUTH)
    assert about.family is not None
    for name in ("older", "reducing"):
        script.apply(name, client=SOUTH, kind=CaseKind.CHANGE, certificate=NUMBER)
        script.evaluate(name)
    script.review("older", Outcome.RESTATE)
    script.review("reducing", Outcome.REDUCE)
    fewer = replace(about, family=replace(about.family, members=about.family.members[:2]))
    ground = ground_for(LABEL, Outcome.REDUCE)
    sent = script.case("reducing").package
    script.do(Decide("reducing", Outcome.REDUCE, REASONS, sent, subject=fewer, ground=ground), DECIDER)
    back = Decide("older", Outcome.RESTATE, REASONS, package(SOUTH, 2025))
    assert refused(script, back, DECIDER) == ("E-CASE-CERTIFICATE", "ISO/IEC 17065, 7.10")
    script.now += timedelta(days=1)
    script.later("newer", NUMBER, CaseKind.CHANGE, Outcome.RESTATE)
    assert certificate(script).held.subject == about


# Who works for the body, and what is taken over


def scope(*activities: str, category: str = "*", place: str = "*", day: date) -> Scope:
    return Scope("1", activities, ("*",), (category,), (place,), day, None, day)


def test_a_laboratory_is_covered_for_what_it_did_on_the_day_it_did_it(script: Script) -> None:
    day = legal_day(script.now)
    accreditor = OFFICIALS["accreditor"]
    manager = Actor("laboratory-m", "manager", LABORATORY)
    _engage(script.world, manager, ("manager",), script.now, REGISTRAR)
    script.do(SeekAccreditation(LABORATORY, accreditor.organisation), manager)
    script.do(GrantScope(LABORATORY, "testing", "DEMO-1", (scope("testing", "inspection", day=day),)), accreditor)
    script.do(GrantScope(LABORATORY, "abroad", "DEMO-2", (scope("auditing", place="place:DE", day=day),)), accreditor)
    script.apply("C")
    terms = replace(TERMS, laboratories=(LABORATORY,))
    script.do(AcceptApplication("C", terms, FACTS[LABEL]), actor(ALPHA, "p"))
    script.plan("C")
    script.do(script.done("C", "document-review", outsourced=LABORATORY), ASSESSOR)
    site = script.done("C", "site-inspection", outsourced=LABORATORY)
    assert refused(script, site, ASSESSOR) == ("E-CASE-LABORATORY", "ISO/IEC 17065, 6.2.2")
    script.do(GrantScope(LABORATORY, "here", "DEMO-3", (scope("auditing", place="place:CN", day=day),)), accreditor)
    script.do(ChangeScope(LABORATORY, "here", Change("suspended", day, day)), accreditor)
    assert refused(script, site, ASSESSOR)[0] == "E-CASE-LABORATORY"
    script.now += timedelta(days=1)
    later = legal_day(script.now)
    script.do(ChangeScope(LABORATORY, "here", Change("restored", later, later)), accreditor)
    script.do(site, ASSESSOR)


def alone(script: Script, name: str = "V", client: str = NORTH) -> None:
    """Bring a verification of its own, by the other body, to its statement."""
    planner, verifier, reviewer = (actor(BETA, short) for short in ("p", "v1", "r"))
    script.do(AgreeEngagement(name, client, agreed(package(client, 2025))), planner)
    script.do(analyse(name), verifier)
    script.do(
        PlanEngagement(name, Team(verifier.person, (verifier.person,)), RISKS, EVIDENCE_PLAN, (DRAWING,)), planner
    )
    script.gather(name, verifier)
    script.do(ConcludeEngagement(name, UNMODIFIED, WORK), verifier)
    for operation in (ReviewEngagement(name), DecideEngagement(name), IssueStatement(name)):
        script.do(operation, reviewer)


def test_what_is_taken_over_is_a_statement_that_stands_on_the_same_package(script: Script) -> None:
    alone(script)
    script.apply("C")
    script.apply("D", client=SOUTH)
    planner = actor(ALPHA, "p")
    accept = AcceptApplication("C", replace(TERMS, reused=("V",)), FACTS[LABEL])
    assert refused(script, replace(accept, terms=replace(TERMS, reused=("none",))), planner)[0] == "E-CASE-UNKNOWN"
    assert refused(script, replace(accept, case="D"), planner) == ("E-STATEMENT-CASE", "I1")
    script.do(accept, planner)
    script.plan("C")
    script.do(script.done("C", "document-review"), ASSESSOR)
    script.do(script.done("C", "pcf-verification", verification="V"), VERIFIER)
    assert script.case("C").activities[-1].opinion == "unmodified"
    script.accept("D")
    script.plan("D")
    script.do(script.done("D", "document-review"), ASSESSOR)
    assert refused(script, script.done("D", "pcf-verification", verification="V"), VERIFIER) == (
        "E-STATEMENT-CASE",
        "I1",
    )


TAKING_OVER = AcceptApplication("C", replace(TERMS, reused=("V",)), FACTS[LABEL])


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"category": "cn.pcf:16"}, "E-STATEMENT-CASE"),
        ({"site": "urn:demo:elsewhere"}, "E-STATEMENT-CASE"),
        ({"place": "CN-XJ"}, "E-STATEMENT-CASE"),
        ({"assurance": Assurance.LIMITED}, "E-STATEMENT-ASSURANCE"),
    ],
)
def test_what_is_taken_over_is_about_the_same_and_as_sure(script: Script, change: dict[str, Any], code: str) -> None:
    script.state("V", NORTH, ALPHA, replace(agreed(package(NORTH, 2025)), **change))
    script.apply("C")
    assert refused(script, TAKING_OVER, actor(ALPHA, "p"))[0] == code


def test_what_is_taken_over_keeps_below_the_materiality_of_the_scheme(script: Script) -> None:
    """It was agreed without the scheme, under the usual ceiling; it is asked again when somebody rests on it."""
    world = script.world.world  # type: ignore[attr-defined]
    planner = actor(ALPHA, "p")
    script.state("V", NORTH, ALPHA, agreed(package(NORTH, 2025)))
    script.apply("C")
    world._schemes = stricter(LABEL, "0.01")
    assert refused(script, TAKING_OVER, planner) == ("E-VERIFY-CEILING", "I20")
    world._schemes = stricter(LABEL, "0.05")
    script.do(TAKING_OVER, planner)
    script.plan("C")
    script.do(script.done("C", "document-review"), ASSESSOR)
    world._schemes = stricter(LABEL, "0.01")
    done = script.done("C", "pcf-verification", verification="V")
    assert refused(script, done, VERIFIER) == ("E-VERIFY-CEILING", "I20")


# Grades, checklists, grounds


def test_a_grade_is_what_the_answers_come_to(script: Script) -> None:
    script.certify(NUMBER, STARS, year=2024)
    assert certificate(script).held.grade == 2
    script.do(LicenseLabels(NUMBER, "B", 10), actor(ALPHA, "p"))
    assert certificate(script).labels[0].value == "2"
    script.apply("S", STARS, kind=CaseKind.SURVEILLANCE, certificate=NUMBER)
    script.evaluate("S")
    kept = evidence("test-report", "site-record")
    script.do(Conclude("S", "grade", True, kept, (LEVELS[0], *((name, "3") for name, _ in LEVELS[1:]))), ASSESSOR)
    script.review("S", Outcome.RESTATE)
    better = Decide("S", Outcome.MAINTAIN, REASONS, package(NORTH, 2025))
    assert refused(script, better, DECIDER) == ("E-DECISION-GRADE", STARS)
    script.decide("S", Outcome.RESTATE)
    assert certificate(script).held.grade == 3
    assert certificate(script).former[0].grade == 2


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (LEVELS[:-1], "E-SCHEME-GRADE-OPEN"),
        ((("basic_met", "false"), *LEVELS[1:]), "E-DECISION-GRADE"),
        ((*LEVELS[:-1], ("quality", "0")), "E-DECISION-GRADE"),
    ],
)
def test_no_certificate_without_a_grade(script: Script, said: tuple[tuple[str, str], ...], code: str) -> None:
    script.apply("C", STARS)
    script.evaluate("C")
    kept = evidence("test-report", "site-record")
    script.do(Conclude("C", "grade", True, kept, said), ASSESSOR)
    script.review("C", Outcome.GRANT)
    with pytest.raises(FootproofError, match=code):
        script.decide("C", Outcome.GRANT, NUMBER)
    script.do(ReturnReview("C", REASONS), actor(ALPHA, "r"))
    script.do(Conclude("C", "grade", True, kept, LEVELS), ASSESSOR)
    script.review("C", Outcome.GRANT)
    script.decide("C", Outcome.GRANT, NUMBER)


def test_answers_to_a_grading_are_those_of_the_scheme(script: Script) -> None:
    script.apply("C", STARS)
    script.evaluate("C")
    wrong = Conclude("C", "grade", True, evidence("test-report", "site-record"), (("bonus", "1"),))
    assert refused(script, wrong, ASSESSOR)[0] == "E-SCHEME-FACT"
    script.apply("D")
    script.evaluate("D")
    none = Conclude("D", "product-consistency", True, evidence("site-record", "bill-of-materials"), LEVELS)
    assert refused(script, none, ASSESSOR)[0] == "E-SCHEME-FACT"


def test_an_activity_is_done_once_its_checklist_is_answered(script: Script) -> None:
    planned(script)
    script.do(script.done("C", "document-review"), ASSESSOR)
    answers = answers_to(script.case("C"), "site-inspection")
    site = CompleteActivity("C", "site-inspection", answers=answers)
    first = answers[0]
    for wrong, code in (
        ((), "E-CHECKLIST-OPEN"),
        (answers[1:], "E-CHECKLIST-OPEN"),
        ((*answers[1:], replace(first, result=Met.NOT_APPLICABLE)), "E-CHECKLIST-OPEN"),
        ((*answers, first), "E-CHECKLIST-UNKNOWN"),
        ((*answers, Answer("7.1", Met.MET)), "E-CHECKLIST-UNKNOWN"),
        ((*answers[1:], replace(first, result=Met.NOT_MET)), "E-CHECKLIST-FINDING"),
    ):
        assert refused(script, replace(site, answers=wrong), ASSESSOR)[0] == code
    script.do(RaiseFinding("C", "F", first.question, Severity.MINOR, mark("finding")), ASSESSOR)
    failed = replace(first, result=Met.NOT_MET, note=mark("seen"))
    spared = replace(answers[1], result=Met.NOT_APPLICABLE, note=mark("why"))
    script.do(replace(site, answers=(failed, spared, *answers[2:])), ASSESSOR)
    found = script.case("C").activities[-1].checked
    assert found is not None
    assert (found.questions, found.not_met, found.not_applicable) == (
        len(answers),
        (failed.question,),
        (spared.question,),
    )
    script.do(script.done("C", "pcf-verification", verification=script.verify("C")), VERIFIER)
    review = CompleteReview("C", Outcome.GRANT, REASONS)
    assert refused(script, review, actor(ALPHA, "r"))[0] == "E-FINDINGS-OPEN"


def test_the_clauses_of_a_rulebook_are_asked_where_it_is_ours() -> None:
    rule = load_rulebook("cn.gbt.24067@2024")
    assert shipped_rulebook(rule.name, rule.digest) is rule
    assert shipped_rulebook(rule.name, mark("another")) is None
    assert shipped_rulebook(rule.id, rule.digest) is None
    review = schemes()[LABEL].activity("document-review")
    assert review is not None
    asked = checklist(schemes()[LABEL], review, rule)
    assert len(asked) > 10
    found = checked(asked, all_met(asked), ())
    assert found is not None
    assert found.questions == len(asked)
    musts = tuple(one for one in all_met(asked) if next(q.shall for q in asked if q.id == one.question))
    assert checked(asked, musts, ()) is not None
    with pytest.raises(FootproofError, match="E-CHECKLIST-OPEN"):
        checked(asked, musts[1:], ())


def test_what_is_against_a_certificate_has_a_ground_of_its_scheme(script: Script) -> None:
    script.certify(NUMBER)
    planned(script, "S", kind=CaseKind.SPECIAL, certificate=NUMBER)
    script.review("S", Outcome.SUSPEND)
    until = legal_day(script.now) + timedelta(days=30)
    suspend = Decide("S", Outcome.SUSPEND, REASONS, until=until, ground="mark-misused")
    for ground in ("", "fraud", "nothing"):
        assert refused(script, replace(suspend, ground=ground), DECIDER) == (
            "E-DECISION-GROUND",
            "ISO/IEC 17065, 7.11.1",
        )
    script.do(suspend, DECIDER)
    change = certificate(script).changes[-1]
    assert (change.turn, change.ground) == (Turn.SUSPENDED, "mark-misused")
    decision = script.case("S").decision
    assert decision is not None
    assert decision.ground == "mark-misused"
    script.apply("M", kind=CaseKind.SPECIAL, certificate=NUMBER)
    script.evaluate("M")
    script.review("M", Outcome.RESTORE)
    restore = Decide("M", Outcome.RESTORE, REASONS, package(NORTH, 2025), ground="mark-misused")
    assert refused(script, restore, DECIDER)[0] == "E-DECISION-GROUND"
    script.do(replace(restore, ground=""), DECIDER)


# Open questions


def test_a_decision_settles_only_what_it_names(script: Script) -> None:
    script.certify(NUMBER, REDUCTION)
    script.do(NotifyChange(NUMBER, mark("notice")), actor(NORTH, "c1"))
    script.do(Complain("K", NUMBER, mark("complaint")), actor(SOUTH, "c1"))
    script.do(Acknowledge("K"), actor(ALPHA, "m"))
    script.do(Investigate("K"), actor(ALPHA, "q"))
    script.do(Resolve("K", "upheld", REASONS), actor(ALPHA, "q"))
    notice, complaint = certificate(script).pending
    script.apply("S", REDUCTION, kind=CaseKind.SPECIAL, certificate=NUMBER)
    script.evaluate("S")
    script.review("S", Outcome.MAINTAIN)
    answered = Settled(notice, REASONS)
    keep = Decide("S", Outcome.MAINTAIN, REASONS, package(NORTH, 2025), settles=(answered,))
    for wrong in ((answered, answered), (Settled("complaint K-2", REASONS),)):
        assert refused(script, replace(keep, settles=wrong), DECIDER) == ("E-DECISION-SETTLES", "ISO/IEC 17065, 7.6")
    script.do(keep, DECIDER)
    assert certificate(script).pending == (complaint,)
    script.later("again", NUMBER, CaseKind.SPECIAL, Outcome.MAINTAIN)
    assert certificate(script).pending == ()


def test_an_initial_decision_settles_nothing(script: Script) -> None:
    script.apply("C")
    script.evaluate("C")
    script.review("C", Outcome.GRANT)
    settles = (Settled("complaint K", REASONS),)
    asked = Decide("C", Outcome.GRANT, REASONS, package(NORTH, 2025), NUMBER, settles=settles)
    assert refused(script, asked, DECIDER)[0] == "E-DECISION-SETTLES"
