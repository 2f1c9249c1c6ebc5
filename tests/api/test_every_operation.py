"""Every operation over the network: done by whom it is for, refused to everybody else, with few questions to the store.

The world is the cast of the tests of `certify`, beside the people of the site; its packages stand for sealed ones, and
each certificate is signed as one without a figure, so that publication is the real one.
"""

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar
from urllib.parse import quote

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from api.routes import MOST_QUERIES, queries_in
from api.worlds import Site, make_account, sent
from certify.cast import (
    ALPHA,
    BETA,
    CLIENTS,
    DRAWING,
    EVIDENCE_PLAN,
    FLAVOURS,
    MEMBERS,
    NORTH,
    OFFICIALS,
    REDUCTION,
    REGISTRAR,
    SOUTH,
    UNMODIFIED,
    WORK,
    YEARS,
    Script,
    actor,
    agreed,
    analyse,
    founding,
    mark,
    misstated,
    package,
    packs_of,
    proposed,
    schemes,
    settle,
    subject,
)
from footproof.certify.applications import (
    DeclineApplication,
    SubmitApplication,
    WithdrawApplication,
)
from footproof.certify.case import Severity
from footproof.certify.certificate import Certified, Held, Turn
from footproof.certify.codec import to_json
from footproof.certify.complaints import (
    Acknowledge,
    Appeal,
    AppealChange,
    CloseComplaint,
    Complain,
    Investigate,
    Resolve,
)
from footproof.certify.decisions import ReturnReview
from footproof.certify.declaration_operations import (
    AttachActivityData,
    AttachStatement,
    CorrectDeclaration,
    Declare,
    SelfCalculate,
    StartDeclaration,
)
from footproof.certify.engagements import (
    AgreeEngagement,
    AmendEngagement,
    AnswerFact,
    ConcludeEngagement,
    CorrectMisstatement,
    DecideEngagement,
    DiscoverFact,
    IssueStatement,
    PlanEngagement,
    RecordMisstatement,
    ReviewEngagement,
)
from footproof.certify.evaluations import AnswerFinding, BeginActivity, CloseFinding, RaiseFinding
from footproof.certify.filing_operations import DeregisterFiling, FileRule, ResubmitFiling, ReturnFiling, SubmitFiling
from footproof.certify.labels import LicenseLabels, ReportLabels
from footproof.certify.neutrality_operations import EndNeutrality
from footproof.certify.operation import Operation
from footproof.certify.operations import OPERATIONS
from footproof.certify.orders import CancelCertificate, EndLapsed, IssueOrder, SuspendUrgently
from footproof.certify.ownership import EndOwner, StateOwner
from footproof.certify.pack_lists import ListPacks
from footproof.certify.people import Competence, Conflict
from footproof.certify.record import Actor, Record, Recorded, Stamp
from footproof.certify.register import (
    AssignRole,
    ChangeScope,
    DeclareConflict,
    DeclareSystem,
    EndCompetence,
    EndEngagement,
    EndRole,
    EngagePerson,
    GrantCompetence,
    GrantScope,
    RegisterOrganisation,
    RegisterPerson,
    SeekAccreditation,
)
from footproof.certify.surveillance import NotifyChange, OpenCase, ReportTrigger
from footproof.model.bilingual import Bilingual
from footproof.model.days import legal_day
from footproof.model.engagement import Team
from footproof.model.recognition import Change, Scope
from footproof.model.scheme import CaseKind
from footproof.server.accounts import clock, here
from footproof.server.accounts.models import Account
from footproof.server.api.documents import documents_in
from footproof.server.api.operating import in_path
from footproof.server.api.tokens import PLAIN_SCOPES, make_token
from footproof.server.figureless import sign_figureless
from footproof.server.status import place_named
from footproof.server.store import leaves, publication
from footproof.server.store.journal import Journal
from footproof.server.store.models import EventRow
from footproof.server.workspace import Workspace
from store.acting import Stored, stand_in

R = TypeVar("R", bound=Record)
BEGIN = datetime(2026, 11, 23, 9, tzinfo=UTC)
WORDS = Bilingual("示例说明", "DEMO words")
REASONS = mark("reasons")
GAMMA = "urn:demo:body-gamma"
OTHERS = {ALPHA: BETA, BETA: ALPHA, GAMMA: ALPHA, NORTH: SOUTH, SOUTH: NORTH}
PLANNER, MANAGER, DECIDER, APPEALS = (actor(ALPHA, short) for short in "pmdq")
VERIFIER, REVIEWER, ASSESSOR = actor(ALPHA, "v1"), actor(ALPHA, "r"), actor(ALPHA, "a1")
HOLDER, AUTHORITY = actor(NORTH, "c1"), OFFICIALS["regulator"]

ROLE_ALONE = {
    "organisations.register": "there is one registrar for all",
    "people.register": "there is one registrar for all",
    "scopes.grant": "every authority may, in its own name",
    "orders.issue": "every authority may, in its own name",
    "filings.file": "every authority may",
    "filings.return": "every authority may",
    "filings.deregister": "every authority may",
    "filings.submit": "of one's own rule: no record of another is named",
    "complaints.submit": "everybody may complain about every certificate",
}
"""Where the same role at another organisation may do the same, and why; refused to other roles all the same."""


@dataclass
class Online:
    """A world in which everything is done over the network, after somebody else tried in vain.

    Args:
        site: Served.
        journal: Its store.
        at: What its clock says.
        done: Queries of each operation, at most.
    """

    site: Site
    journal: Journal
    at: datetime = BEGIN
    done: dict[str, int] = field(default_factory=dict)

    def do(self, operation: Operation, by: Actor, at: datetime) -> tuple[Recorded, ...]:
        """Carry an operation out as the one who may; nobody and a stranger are refused first."""
        self.at = at
        stranger = stranger_to(operation, by)
        for document in documents_in(operation):
            for who in (by, stranger):
                sent(document, who.organisation, who.person)
        before = EventRow.objects.count()
        status, refused, _ = self.post(operation, None)
        assert (status, refused["code"]) == (401, "E-API-TOKEN"), operation
        status, refused, asked = self.post(operation, stranger)
        assert refused.get("code") == refusal(operation, stranger, by), (operation, stranger, refused)
        assert status in (403, 422)
        assert asked <= MOST_QUERIES
        assert EventRow.objects.count() == before
        status, answer, asked = self.post(operation, by)
        assert status == 201, (operation, answer)
        assert asked <= MOST_QUERIES, (operation, asked)
        assert EventRow.objects.count() == before + len(answer["events"])
        self.done[operation.name] = max(asked, self.done.get(operation.name, 0))
        return ()

    def find(self, record: type[R], identity: str) -> R | None:
        """Return a record."""
        return self.journal.find(record, identity)

    def post(self, operation: Operation, by: Actor | None) -> tuple[int, Any, int]:
        """Return status and body of the answer, and how many queries it took."""
        told = to_json(operation)
        names = in_path(operation.path)
        path = operation.path.format(**{name: quote(str(told.pop(name)), safe="") for name in names})
        sender, role = ("", {}) if by is None else (self._sender(by), {"Footproof-Role": by.role})
        with CaptureQueriesContext(connection) as asked:
            answer = self.site.post(f"/{path}", told, sender, **role)
        return answer.status_code, answer.json(), queries_in(asked)

    def _sender(self, by: Actor) -> str:
        """Return the name of the token of somebody, who gets one, and an account, the first time."""
        name = f"{by.person} as {by.role}"
        if name not in self.site.tokens:
            account = Account.objects.filter(pk=by.person).first() or make_account(by.person)
            year, scopes = timedelta(days=366), [*PLAIN_SCOPES, f"act:{by.role}"]
            _, text = make_token(account, by.organisation, (by.role,), "tests", scopes, year, clock.now())
            self.site.tokens[name] = text
        return name


def stranger_to(operation: Operation, by: Actor) -> Actor:
    """Return who has the same role at another organisation; where that one may do it, who has another role."""
    if operation.name in ROLE_ALONE or by.role == "registrar":
        return actor(BETA, "a1")
    if by == AUTHORITY:
        return OFFICIALS["province"]
    return actor(OTHERS[by.organisation], by.person.rpartition("-")[2], by.role)


def refusal(operation: Operation, stranger: Actor, by: Actor) -> str:
    """Return the code by which a stranger is refused: for the role, for a package never sent, or for the record."""
    if stranger.role != by.role:
        return "E-API-ROLE"
    begins = isinstance(operation, SubmitApplication) or (isinstance(operation, AgreeEngagement) and not operation.case)
    return "E-CASE-PACKAGE" if begins else "E-CASE-FOREIGN"


@pytest.fixture
def online(fresh_site: Site, monkeypatch: pytest.MonkeyPatch) -> Script:
    """Settle the cast at a site."""
    journal = Journal(fresh_site.shop.workspace, schemes().__getitem__)
    world = Online(fresh_site, journal)

    def attest(where: Workspace, _: Any, held: Held) -> bytes:
        place = place_named(where, held.place, held.body)
        return sign_figureless(f"{where.base}/c/{held.number}/", held.body, to_json(held), place, where.body_key())

    stand_in(monkeypatch)
    monkeypatch.setattr(leaves, "attest", attest)
    monkeypatch.setattr(here, "find_scheme", schemes().__getitem__)
    monkeypatch.setattr(clock, "now", lambda: world.at)
    with journal._unit() as begun:
        begun.add(founding(), Stamp(REGISTRAR, BEGIN))
    settle(Stored(journal), BEGIN)
    for client in CLIENTS:
        for year in YEARS:
            for flavour in FLAVOURS:
                sent(package(client, year, flavour), client, "")
                for letter in MEMBERS:
                    sent(package(client, year, f"{flavour}-{letter}"), client, "")
    return Script(world, BEGIN + timedelta(hours=1))


def people_and_scopes(script: Script) -> None:
    """Register, take on, and let go."""
    gamma, day = GAMMA, legal_day(script.now)
    script.do(RegisterOrganisation(gamma, "body", WORDS, "CN-GD", True), REGISTRAR)
    manager = Actor("gamma-m", "manager", gamma)
    script.do(RegisterPerson(manager.person), REGISTRAR)
    script.do(EngagePerson(manager.person, gamma, day), REGISTRAR)
    script.do(AssignRole(manager.person, gamma, "manager"), REGISTRAR)
    script.do(SubmitFiling(REDUCTION, "reduction-removal", mark("rule")), manager)
    person = "newcomer"
    script.do(RegisterPerson(person), REGISTRAR)
    script.do(EngagePerson(person, ALPHA, day), MANAGER)
    script.do(AssignRole(person, ALPHA, "assessor"), MANAGER)
    script.do(GrantCompetence(person, Competence("assessor", "*", "*", day, date(2040, 1, 1))), MANAGER)
    script.do(EndCompetence(person, "assessor", "*", "*"), MANAGER)
    script.do(DeclareConflict(person, Conflict(SOUTH, "consulted", day)), MANAGER)
    script.do(EndRole(person, ALPHA, "assessor"), MANAGER)
    script.do(EndEngagement(person, ALPHA), MANAGER)
    script.do(DeclareSystem(NORTH, "ISO 9001", date(2024, 1, 1)), HOLDER)
    script.do(StateOwner(gamma, SOUTH, Decimal("0.75"), day), REGISTRAR)
    script.do(EndOwner(gamma, SOUTH), REGISTRAR)
    script.do(ListPacks(packs_of(NORTH)), HOLDER)
    scope = Scope("1", ("inspection",), ("*",), ("*",), ("place:CN",), date(2020, 1, 1), None, day)
    script.do(SeekAccreditation(gamma, OFFICIALS["accreditor"].organisation), manager)
    script.do(GrantScope(gamma, "accreditation-gamma", "DEMO-8", (scope,)), OFFICIALS["accreditor"])
    script.do(GrantScope(gamma, "approval-gamma", "DEMO-9", (scope,)), AUTHORITY)
    script.do(ChangeScope(gamma, "approval-gamma", Change("suspended", day, day)), AUTHORITY)


def filings(script: Script) -> None:
    """Strike a rule from the register, and bring it back at the second try."""
    again = ResubmitFiling(REDUCTION, "reduction-removal", mark("rule 2"), BETA)
    script.do(DeregisterFiling(BETA, REDUCTION, REASONS), AUTHORITY)
    script.do(again, actor(BETA, "m"))
    script.do(ReturnFiling(BETA, REDUCTION, REASONS), AUTHORITY)
    script.do(again, actor(BETA, "m"))
    script.do(FileRule(BETA, REDUCTION), AUTHORITY)


def applications(script: Script) -> None:
    """Take an application back, and decline one, which is appealed against."""
    script.apply("C-1")
    sent(package(NORTH, 2024), SOUTH, "")  # as if the other maker had come by it: that opens nothing of this one
    script.attach("C-1", package(NORTH, 2024))
    script.do(WithdrawApplication("C-1"), HOLDER)
    script.apply("C-2")
    script.do(DeclineApplication("C-2", REASONS), PLANNER)
    script.do(Appeal("C-2", "A-1", REASONS), HOLDER)
    script.do(Acknowledge("A-1"), APPEALS)
    script.do(Investigate("A-1"), APPEALS)
    script.do(Resolve("A-1", "rejected", REASONS), APPEALS)
    script.do(CloseComplaint("A-1"), APPEALS)


def findings(script: Script) -> None:
    """Evaluate with findings and misstatements, and agree anew."""
    script.apply("C-3", flavour="drift")
    script.accept("C-3")
    script.plan("C-3")
    script.do(BeginActivity("C-3", "document-review"), ASSESSOR)
    script.do(RaiseFinding("C-3", "F-1", "5.1", Severity.MINOR, REASONS), ASSESSOR)
    script.do(AnswerFinding("C-3", "F-1", mark("action")), HOLDER)
    script.do(CloseFinding("C-3", "F-1"), ASSESSOR)
    terms = agreed(script.case("C-3").package)
    script.do(AgreeEngagement("V-3", NORTH, terms, "C-3"), PLANNER)
    plan_and_gather(script, "V-3", terms.claim.package)
    risk = proposed()[terms.claim.package][1]
    script.do(RecordMisstatement("V-3", replace(misstated(risk, "M-1"), amount=None)), VERIFIER)
    script.do(CorrectMisstatement("V-3", "M-1"), VERIFIER)
    script.do(AmendEngagement("V-3", terms, WORDS), PLANNER)
    script.do(ReturnReview("C-3", REASONS), REVIEWER)


def certificates(script: Script) -> None:
    """Grant, license, and all that happens to a certificate until its suspension lapses; give another one up."""
    number = "DEMO-00001"
    script.certify(number)
    script.do(LicenseLabels(number, "B-1", 100), PLANNER)
    script.do(ReportLabels(number, "B-1", 10), HOLDER)
    script.do(NotifyChange(number, mark("notice")), HOLDER)
    script.do(ReportTrigger(number, (("complaint_upheld", "true"),), package(NORTH, 2025)), PLANNER)
    script.do(OpenCase(number, "C-4", CaseKind.SPECIAL, subject(NORTH)), PLANNER)
    script.do(Complain("K-1", number, REASONS), actor(SOUTH, "c1"))
    script.neutral("DEMO-00002", number)
    script.do(EndNeutrality("N-DEMO-00002"), HOLDER)
    until = legal_day(script.now) + timedelta(days=30)
    script.do(SuspendUrgently(number, "mark-misused", REASONS, until), DECIDER)
    found = script.world.find(Certified, number)
    assert found is not None
    script.do(AppealChange(number, len(found.changes), "A-2", REASONS), HOLDER)
    for turn in (Turn.SUSPENDED, Turn.RESTORED):
        script.do(IssueOrder(number, turn, REASONS), AUTHORITY)
    script.certify("DEMO-00003", client=SOUTH)
    script.do(CancelCertificate("DEMO-00003", REASONS), actor(SOUTH, "c1"))
    script.now += timedelta(days=31)
    script.do(EndLapsed(number, REASONS), DECIDER)


def declarations(script: Script) -> None:
    """Declare a pack with a verification of its own, and correct it; look at a fact that came to light."""
    sent(package(NORTH, 2025), SOUTH, "")  # as that of 2024 above
    script.do(StartDeclaration("D-1", packs_of(NORTH)[0], mark("plan")), HOLDER)
    script.do(AttachActivityData("D-1", mark("data")), HOLDER)
    script.do(SelfCalculate("D-1", package(NORTH, 2025)), HOLDER)
    state(script, "V-1", package(NORTH, 2025))
    script.do(DiscoverFact("V-1", WORDS), VERIFIER)
    script.do(AnswerFact("V-1", "stands"), REVIEWER)
    script.do(AttachStatement("D-1", "V-1"), HOLDER)
    script.do(Declare("D-1"), HOLDER)
    state(script, "V-2", package(NORTH, 2024))
    correction = CorrectDeclaration("D-1", mark("plan 2"), mark("data 2"), package(NORTH, 2024), "V-2", "meter")
    script.do(correction, HOLDER)


def state(script: Script, name: str, digest: str) -> None:
    """Issue the statement of a verification apart from any case."""
    sent(digest, ALPHA, PLANNER.person)
    script.do(AgreeEngagement(name, NORTH, agreed(digest)), PLANNER)
    plan_and_gather(script, name, digest)
    script.do(ConcludeEngagement(name, UNMODIFIED, WORK), VERIFIER)
    for done in (ReviewEngagement, DecideEngagement, IssueStatement):
        script.do(done(name), REVIEWER)


def plan_and_gather(script: Script, name: str, digest: str) -> None:
    """Bring a verification to where its opinion can be given."""
    script.do(analyse(name), VERIFIER)
    team = Team(VERIFIER.person, (VERIFIER.person,))
    script.do(PlanEngagement(name, team, proposed()[digest], EVIDENCE_PLAN, (DRAWING,)), PLANNER)
    script.gather(name, VERIFIER)


def test_every_operation_is_done_by_whom_it_is_for_and_by_nobody_else(online: Script) -> None:
    for way in (people_and_scopes, filings, applications, findings, certificates, declarations):
        way(online)
    world = online.world
    assert isinstance(world, Online)
    assert world.done.keys() == OPERATIONS.keys()
    assert ROLE_ALONE.keys() <= OPERATIONS.keys()
    assert publication.left_since(world.site.shop.workspace) is None, "all of it was published"
