"""Each operation where it is refused, with the rule that stands in the way; the list of operations."""

import re
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from certify import cast
from certify.actions import in_memory
from certify.cast import (
    ALPHA,
    BETA,
    ENERGY,
    FACTS,
    LABEL,
    LONG_AGO,
    NORTH,
    OFFICIALS,
    REDUCTION,
    REGISTRAR,
    SOUTH,
    TERMS,
    Script,
    actor,
    agreed,
    evidence,
    mark,
    package,
    schemes,
    subject,
)
from footproof.certify.applications import AcceptApplication, AttachPackage, SubmitApplication
from footproof.certify.case import Member, Outcome, Plan, TeamMember
from footproof.certify.certificate import Certified, Standing, Turn
from footproof.certify.codec import adapter
from footproof.certify.decisions import CompleteReview, Decide
from footproof.certify.engagements import AgreeEngagement, AnswerFact, DiscoverFact
from footproof.certify.evaluations import CompleteActivity, Conclude, PlanEvaluation
from footproof.certify.filing_operations import DeregisterFiling, FileRule, ResubmitFiling, SubmitFiling
from footproof.certify.labels import LicenseLabels
from footproof.certify.memory import MemoryWorld
from footproof.certify.operation import Operation
from footproof.certify.operations import EVENTS, OPERATIONS, RECORDS
from footproof.certify.orders import CancelCertificate, IssueOrder, SuspendUrgently
from footproof.certify.people import Competence, Conflict
from footproof.certify.record import Actor
from footproof.certify.register import (
    AssignRole,
    DeclareConflict,
    EngagePerson,
    GrantCompetence,
    GrantScope,
    RegisterOrganisation,
)
from footproof.certify.surveillance import NotifyChange, OpenCase, ReportTrigger
from footproof.errors import FootproofError
from footproof.model.bilingual import Bilingual
from footproof.model.days import legal_day
from footproof.model.recognition import Scope
from footproof.model.rulebook import Status
from footproof.model.scheme import CaseKind

NUMBER, REASONS = "DEMO-00001", mark("reasons")
REFERENCE = Path(__file__).resolve().parents[2] / "docs/reference/certification.md"


@pytest.fixture
def script() -> Script:
    """A world where SOUTH holds DEMO-00001 (label) and NORTH DEMO-00002 (filed scheme), both of ALPHA."""
    found = Script(in_memory(1))
    found.now += timedelta(days=30)
    return found


def refused(script: Script, operation: Operation, by: Actor) -> tuple[str, Any]:
    with pytest.raises(FootproofError) as caught:
        script.do(operation, by)
    return caught.value.code, caught.value.values["rule"]


def test_every_operation_is_complete() -> None:
    assert len({one.path for one in OPERATIONS.values()}) == len(OPERATIONS)
    for name, one in OPERATIONS.items():
        assert re.fullmatch(r"[a-z-]+\.[a-z-]+", name)
        assert one.roles
        assert one.clause
        assert one.__doc__
        assert set(re.findall(r"\{(\w+)\}", one.path)) <= {field.name for field in fields(one)}
    kinds: list[Any] = [*OPERATIONS.values(), *EVENTS.values(), *RECORDS.values()]
    for kind in kinds:
        assert adapter(kind).json_schema()["type"] == "object"


def test_the_reference_lists_every_operation() -> None:
    rows = re.findall(r"^\| `(.+?)` \| `(.+?)` \| (.+?) \| (.+?) \|$", REFERENCE.read_text("utf-8"), re.MULTILINE)
    assert rows == [(one.name, one.path, ", ".join(one.roles), one.clause) for one in OPERATIONS.values()]


def test_a_subject_that_is_not_over_cannot_be_certified(script: Script) -> None:
    about = replace(subject(NORTH), last=date(2030, 1, 1))
    submit = SubmitApplication("C-1", CaseKind.INITIAL, ALPHA, LABEL, about)
    assert refused(script, submit, actor(NORTH, "c1")) == ("E-CASE-DATES", "I6")


def test_a_family_holds_the_model_that_stands_for_it(script: Script) -> None:
    about = subject(SOUTH)
    assert about.family is not None
    for family in (
        replace(about.family, members=(Member("other"),)),
        replace(about.family, members=(*about.family.members, about.family.members[0])),
        replace(about.family, basis="best-case"),
        replace(about.family, spread=Decimal(1)),
    ):
        submit = SubmitApplication("C-1", CaseKind.INITIAL, ALPHA, LABEL, replace(about, family=family))
        assert refused(script, submit, actor(SOUTH, "c1"))[0] == "E-CASE-FAMILY"


LATER: dict[str, tuple[Callable[[Any], Any], CaseKind, str, str]] = {
    "another model": (lambda s: replace(s, model="X", family=None), CaseKind.SURVEILLANCE, ALPHA, LABEL),
    "another site": (lambda s: replace(s, site="urn:demo:elsewhere"), CaseKind.CHANGE, ALPHA, LABEL),
    "another place": (lambda s: replace(s, place="CN-GD"), CaseKind.SURVEILLANCE, ALPHA, LABEL),
    "another scheme": (lambda s: s, CaseKind.SURVEILLANCE, ALPHA, REDUCTION),
    "another body": (lambda s: s, CaseKind.SURVEILLANCE, BETA, LABEL),
    "a transfer to the same body": (lambda s: s, CaseKind.TRANSFER, ALPHA, LABEL),
    "a larger family": (
        lambda s: replace(s, family=replace(s.family, members=(*s.family.members, Member("new")))),
        CaseKind.SURVEILLANCE,
        ALPHA,
        LABEL,
    ),
}


@pytest.mark.parametrize("name", LATER)
def test_a_later_case_is_about_the_same_thing(script: Script, name: str) -> None:
    changed, kind, body, scheme = LATER[name]
    submit = SubmitApplication("C-1", kind, body, scheme, changed(subject(SOUTH)), "", NUMBER)
    assert refused(script, submit, actor(SOUTH, "c1"))[0] == "E-CASE-CERTIFICATE"


def test_a_transfer_needs_a_scheme_that_allows_it() -> None:
    fixed = {name: replace(one, transfer=False) for name, one in schemes().items()}
    sound = in_memory(1).world
    assert isinstance(sound, MemoryWorld)
    world = MemoryWorld(fixed, cast.packages())
    world._records = dict(sound._records)
    submit = SubmitApplication("C-1", CaseKind.TRANSFER, BETA, LABEL, subject(SOUTH), "", NUMBER)
    assert refused(Script(world), submit, actor(SOUTH, "c1")) == ("E-CASE-CERTIFICATE", "ISO/IEC 17065, 7.4.5")


def test_a_certificate_of_somebody_else_is_not_touched(script: Script) -> None:
    stranger = actor(NORTH, "c1")
    for operation in (
        SubmitApplication("C-1", CaseKind.CHANGE, ALPHA, LABEL, subject(SOUTH), "", NUMBER),
        NotifyChange(NUMBER, mark("notice")),
        CancelCertificate(NUMBER, REASONS),
    ):
        assert refused(script, operation, stranger) == ("E-CASE-FOREIGN", "I15")
    for theirs in (LicenseLabels(NUMBER, "B", 1), OpenCase(NUMBER, "C", CaseKind.SPECIAL, subject(SOUTH))):
        assert refused(script, theirs, actor(BETA, "p")) == ("E-CASE-FOREIGN", "I15")


@pytest.mark.parametrize(
    ("change", "code", "rule"),
    [
        ({"facts": FACTS[LABEL][:1]}, "E-SCHEME-REQUIREMENT-OPEN", "ISO/IEC 17065, 7.3"),
        ({"facts": (*FACTS[LABEL][:1], ("legal_person", "false"))}, "E-SCHEME-REQUIREMENT", "ISO/IEC 17065, 7.3"),
        ({"facts": (("weather", "fine"),)}, "E-SCHEME-FACT", "ISO/IEC 17065, 7.3"),
        ({"terms": replace(TERMS, fee=Decimal(-1))}, "E-CASE-TERMS", "ISO/IEC 17065, 4.1.2"),
        ({"terms": replace(TERMS, laboratories=(cast.LABORATORY,))}, "E-CASE-LABORATORY", "ISO/IEC 17065, 6.2.2"),
    ],
)
def test_what_stands_in_the_way_of_accepting(script: Script, change: dict[str, Any], code: str, rule: str) -> None:
    script.apply("C-1")
    accept = replace(AcceptApplication("C-1", TERMS, FACTS[LABEL]), **change)
    assert refused(script, accept, actor(ALPHA, "p")) == (code, rule)


def test_a_laboratory_works_for_a_body_once_it_is_approved(script: Script) -> None:
    day = legal_day(script.now)
    scope = Scope("1", ("inspection",), ("*",), ("*",), ("*",), day, None, day)
    script.do(GrantScope(cast.LABORATORY, "approval", "DEMO-9", (scope,)), OFFICIALS["regulator"])
    script.apply("C-1")
    terms = replace(TERMS, laboratories=(cast.LABORATORY,))
    script.do(AcceptApplication("C-1", terms, FACTS[LABEL]), actor(ALPHA, "p"))
    script.plan("C-1")
    done = script.done("C-1", "document-review", evidence("record"), "", cast.LABORATORY)
    script.do(done, actor(ALPHA, "a1"))
    assert script.case("C-1").activities[0].outsourced == cast.LABORATORY
    again = replace(done, activity="site-inspection", outsourced=BETA)
    assert refused(script, again, actor(ALPHA, "a1"))[0] == "E-CASE-LABORATORY"


def test_a_scheme_that_is_not_in_force_serves_demonstrations_only(script: Script) -> None:
    assert schemes()[ENERGY].status is Status.PROVISIONAL
    script.apply("C-1", ENERGY, NORTH, BETA)
    assert refused(script, AcceptApplication("C-1", TERMS, FACTS[ENERGY]), actor(BETA, "p")) == (
        "E-SCHEME-STATUS",
        "I6",
    )


@pytest.mark.parametrize(
    ("flavour", "code", "rule"),
    [
        ("alien", "E-CLAIM-PACKAGE", "I1"),
        ("broken", "E-DECISION-RECOMPUTE", "I2"),
    ],
)
def test_a_package_that_cannot_be_confirmed(script: Script, flavour: str, code: str, rule: str) -> None:
    script.apply("C-1", flavour=flavour)
    script.accept("C-1")
    script.plan("C-1")
    terms = agreed(package(NORTH, 2025, flavour))
    if flavour == "alien":
        terms = replace(terms, claim=replace(terms.claim, model=cast.model_of(NORTH)))
        assert refused(script, AgreeEngagement("V-1", NORTH, terms, "C-1"), actor(ALPHA, "p")) == (code, rule)
        return
    with pytest.raises(FootproofError) as caught:
        script.verify("C-1")
    assert (caught.value.code, caught.value.values["rule"]) == (code, rule)


def test_a_draft_rulebook_serves_demonstrations_only(script: Script) -> None:
    for body, name in ((ALPHA, "C-1"), (BETA, "C-2")):
        script.apply(name, flavour="draft", body=body)
        script.evaluate(name)
        script.review(name, Outcome.GRANT)
    script.decide("C-1", Outcome.GRANT, "DEMO-00008")
    decide = Decide("C-2", Outcome.GRANT, REASONS, package(NORTH, 2025, "draft"), "DEMO-00009")
    assert refused(script, decide, actor(BETA, "d")) == ("E-RULE-STATUS", "I6")


def test_an_activity_takes_its_opinion_from_a_verification_of_its_own(script: Script) -> None:
    script.apply("C-1")
    script.accept("C-1")
    script.plan("C-1")
    verifier, assessor = actor(ALPHA, "v1"), actor(ALPHA, "a1")
    verify = script.done("C-1", "pcf-verification", (), "V-none")
    assert refused(script, verify, verifier) == ("E-ACTIVITY-NEEDS", "I3")
    script.do(script.done("C-1", "document-review"), assessor)
    assert refused(script, verify, verifier)[0] == "E-CASE-UNKNOWN"
    assert refused(script, replace(verify, verification=""), verifier)[0] == "E-ACTIVITY-STATEMENT"
    other = f"V-case-DEMO-00001-{package(SOUTH, 2024)[7:13]}"
    assert refused(script, replace(verify, verification=other), verifier) == ("E-STATEMENT-CASE", "I1")
    own = script.verify("C-1")
    script.do(DiscoverFact(own, Bilingual("新事实", "a new fact")), verifier)
    assert refused(script, replace(verify, verification=own), verifier)[0] == "E-STATEMENT-STATE"
    script.do(AnswerFact(own, "stands"), actor(ALPHA, "r"))
    script.do(replace(verify, verification=own), verifier)
    assert script.case("C-1").activities[-1].opinion == "unmodified"
    assert refused(script, CompleteActivity("C-1", "site-inspection", (), own), assessor)[0] == "E-ACTIVITY-STATEMENT"


def test_a_fact_that_comes_to_light_stops_the_decision(script: Script) -> None:
    script.apply("C-1")
    script.evaluate("C-1")
    script.review("C-1", Outcome.GRANT)
    own = script.case("C-1").activities[-1].verification or script.case("C-1").activities[-2].verification
    script.do(DiscoverFact(own, Bilingual("新事实", "a new fact")), actor(ALPHA, "v1"))
    decide = Decide("C-1", Outcome.GRANT, REASONS, package(NORTH, 2025), "DEMO-00009")
    assert refused(script, decide, actor(ALPHA, "d"))[0] == "E-STATEMENT-STATE"


def test_separation_of_duties(script: Script) -> None:
    script.apply("C-1")
    script.accept("C-1")
    jack = actor(ALPHA, "x")
    team = (TeamMember(jack.person, "assessor"), TeamMember(actor(ALPHA, "v1").person, "verifier"))
    script.do(PlanEvaluation("C-1", Plan(team)), actor(ALPHA, "p"))
    script.plan("C-1")  # Jack leaves the team, which undoes nothing.
    script.complete("C-1")
    review = CompleteReview("C-1", Outcome.GRANT, REASONS)
    assert refused(script, review, actor(ALPHA, "x", "reviewer")) == ("E-REVIEW-SEPARATE", "I4")
    script.do(review, actor(ALPHA, "r"))
    decide = Decide("C-1", Outcome.GRANT, REASONS, package(NORTH, 2025), "DEMO-00009")
    assert refused(script, decide, actor(ALPHA, "x", "decision-maker")) == ("E-DECISION-SEPARATE", "I4")
    tie = Conflict(NORTH, "consulted", legal_day(script.now) - timedelta(days=400))
    script.do(DeclareConflict(actor(ALPHA, "a1").person, tie), actor(ALPHA, "m"))
    assert refused(script, decide, actor(ALPHA, "d")) == ("E-TEAM-CONFLICT", "I4")


@pytest.mark.parametrize(("scheme", "code"), [(LABEL, "E-REVIEW-SEPARATE"), (ENERGY, "")])
def test_who_planned_neither_reviews_nor_decides(script: Script, scheme: str, code: str) -> None:
    """Jack plans the evaluation, the planner accepts the application and plans the evidence, where there is one."""
    planner, jack, manager = actor(ALPHA, "p"), actor(ALPHA, "x", "planner"), actor(ALPHA, "m")
    for one, roles in ((jack, ("planner",)), (planner, ("reviewer", "decision-maker"))):
        for role in roles:
            script.do(AssignRole(one.person, ALPHA, role), manager)
            script.do(GrantCompetence(one.person, Competence(role, "*", "*", LONG_AGO, date(2036, 1, 1))), manager)
    script.apply("C-1", scheme)
    script.accept("C-1")
    team = (TeamMember(actor(ALPHA, "a1").person, "assessor"), TeamMember(actor(ALPHA, "v1").person, "verifier"))
    script.do(PlanEvaluation("C-1", Plan(team)), jack)
    script.complete("C-1")
    review = CompleteReview("C-1", Outcome.GRANT, REASONS)
    assert refused(script, review, replace(jack, role="reviewer")) == ("E-REVIEW-SEPARATE", "I4")
    if code:
        assert refused(script, review, replace(planner, role="reviewer")) == (code, "I4")
        script.do(review, actor(ALPHA, "r"))
    else:
        script.do(review, replace(planner, role="reviewer"))
    decide = Decide("C-1", Outcome.GRANT, REASONS, script.case("C-1").package, "DEMO-00009")
    assert refused(script, decide, replace(jack, role="decision-maker")) == ("E-DECISION-SEPARATE", "I4")
    if code:
        assert refused(script, decide, replace(planner, role="decision-maker")) == ("E-DECISION-SEPARATE", "I4")
    script.do(decide, actor(ALPHA, "d"))


def test_nobody_ends_a_tie_of_their_own(script: Script) -> None:
    one = actor(ALPHA, "a1")
    tie = Conflict(NORTH, "consulted", date(2020, 1, 1))
    script.do(DeclareConflict(one.person, tie), one)
    ended = DeclareConflict(one.person, replace(tie, last=date(2021, 1, 1)))
    assert refused(script, ended, one) == ("E-ROLE-OPERATION", "I4")
    script.do(ended, actor(ALPHA, "m"))
    script.apply("C-1")
    script.accept("C-1")
    script.plan("C-1")


def test_a_conclusion_lacks_no_evidence(script: Script) -> None:
    script.apply("C-1")
    script.accept("C-1")
    script.plan("C-1")
    bare = Conclude("C-1", "product-consistency", True, evidence("site-record"))
    assert refused(script, bare, actor(ALPHA, "a1")) == ("E-CONCLUSION-EVIDENCE", "I3")
    assert refused(script, bare, actor(ALPHA, "a2"))[0] == "E-TEAM-MEMBER"


def test_a_code_and_a_person_belong_to_one(script: Script) -> None:
    title = Bilingual("示例", "DEMO")
    twice = RegisterOrganisation("urn:demo:new", "client", title, "CN-FJ", True, cast.credit_code(2))
    assert refused(script, twice, REGISTRAR)[0] == "E-CASE-EXISTS"
    assert refused(script, replace(twice, code="91000000DEM0000012"), REGISTRAR) == ("E-CODE-CREDIT", "I13")
    second = EngagePerson(actor(ALPHA, "a1").person, BETA, legal_day(script.now))
    assert refused(script, second, actor(BETA, "m")) == ("E-PERSON-BODY", "I21")


def test_a_suspension_ends_and_is_not_prolonged_by_another(script: Script) -> None:
    suspend = SuspendUrgently(NUMBER, "mark-misused", REASONS, legal_day(script.now) + timedelta(days=400))
    decider = actor(ALPHA, "d")
    assert refused(script, suspend, decider) == ("E-CASE-SUSPENSION", "I7")
    assert refused(script, replace(suspend, ground="mood"), decider)[0] == "E-CASE-WORD"
    sound = replace(suspend, until=legal_day(script.now) + timedelta(days=100))
    script.do(sound, decider)
    assert refused(script, sound, decider)[0] == "E-CASE-STATE"
    until = legal_day(script.now) + timedelta(days=100)
    with pytest.raises(FootproofError, match="E-CASE-STATE"):
        script.later("S", NUMBER, CaseKind.SPECIAL, Outcome.SUSPEND, until=until)


def test_an_urgent_suspension_leaves_open_what_was_open(script: Script) -> None:
    script.do(NotifyChange(NUMBER, mark("notice")), actor(SOUTH, "c1"))
    until = legal_day(script.now) + timedelta(days=100)
    script.do(SuspendUrgently(NUMBER, "mark-misused", REASONS, until), actor(ALPHA, "d"))
    found = script.world.find(Certified, NUMBER)
    assert found is not None
    assert found.pending == (f"notice {mark('notice')}",)


def test_triggers_are_those_of_the_scheme(script: Script) -> None:
    regulator = OFFICIALS["regulator"]
    assert refused(script, ReportTrigger(NUMBER, (("market_finding", "false"),)), regulator)[0] == "E-TRIGGER-NONE"
    script.do(ReportTrigger(NUMBER, (("market_finding", "true"),)), regulator)
    found = script.world.find(Certified, NUMBER)
    assert found is not None
    assert found.pending == ("trigger market-finding",)


def test_what_has_ended_does_not_come_back(script: Script) -> None:
    script.do(CancelCertificate(NUMBER, REASONS), actor(SOUTH, "c1"))
    found = script.world.find(Certified, NUMBER)
    assert found is not None
    assert found.standing(date(2040, 1, 1)) is Standing.CANCELLED
    for turn in (Turn.SUSPENDED, Turn.RESTORED, Turn.WITHDRAWN):
        assert refused(script, IssueOrder(NUMBER, turn, REASONS), OFFICIALS["regulator"])[0] == "E-CASE-STATE"
    renewal = SubmitApplication("C-9", CaseKind.RENEWAL, ALPHA, LABEL, subject(SOUTH), "", NUMBER)
    assert refused(script, renewal, actor(SOUTH, "c1")) == ("E-CASE-STATE", "I7")


def test_deregistration_leaves_one_decision_on_each_living_certificate(script: Script) -> None:
    script.certify("DEMO-00005", REDUCTION, SOUTH)
    script.do(CancelCertificate("DEMO-00005", REASONS), actor(SOUTH, "c1"))
    script.certify("DEMO-00006", REDUCTION, SOUTH, BETA)
    regulator, manager = OFFICIALS["regulator"], actor(ALPHA, "m")
    added = script.do(DeregisterFiling(ALPHA, REDUCTION, REASONS), regulator)
    assert [(one.record.stream, one.id) for one in added[1:]] == [("certificate", "DEMO-00002")]
    with pytest.raises(FootproofError, match="E-CASE-STATE"):
        script.do(DeregisterFiling(ALPHA, REDUCTION, REASONS), regulator)
    script.apply("C-1", REDUCTION)
    assert refused(script, AcceptApplication("C-1", TERMS, FACTS[REDUCTION]), actor(ALPHA, "p")) == (
        "E-FILING-NEEDED",
        "I8",
    )
    again = ResubmitFiling(REDUCTION, "reduction-removal", mark("rule"), ALPHA)
    assert refused(script, replace(again, category="neutrality"), manager)[0] == "E-CASE-WORD"
    script.do(again, manager)
    script.do(FileRule(ALPHA, REDUCTION), regulator)
    script.accept("C-1")
    assert refused(script, SubmitFiling(LABEL, "disclosure", mark("rule")), manager) == ("E-FILING-NONE", "I8")


def test_a_special_case_does_not_bring_in_a_package_nobody_verified(script: Script) -> None:
    with pytest.raises(FootproofError) as caught:
        script.later("S", "DEMO-00002", CaseKind.SPECIAL, Outcome.RESTATE, 2025)
    assert (caught.value.code, caught.value.values["rule"]) == ("E-EVIDENCE-CASE", "I1")


def test_what_the_client_may_not_do_after_the_review(script: Script) -> None:
    script.apply("C-1")
    script.evaluate("C-1")
    script.review("C-1", Outcome.GRANT)
    assert refused(script, AttachPackage("C-1", package(NORTH, 2024)), actor(NORTH, "c1"))[0] == "E-CASE-STATE"
    wrong = Decide("C-1", Outcome.GRANT, REASONS, package(NORTH, 2024), "DEMO-00009")
    assert refused(script, wrong, actor(ALPHA, "d")) == ("E-DECISION-PACKAGE", "I1")
    for number, code in (("demo", "E-CODE-NUMBER"), (NUMBER, "E-CASE-EXISTS")):
        decide = Decide("C-1", Outcome.GRANT, REASONS, package(NORTH, 2025), number)
        assert refused(script, decide, actor(ALPHA, "d")) == (code, "I13")
