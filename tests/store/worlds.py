"""A store with an invented body, its people, a client, and cases that are ready for a decision.

The schemes are shipped ones without their evaluation, which has tests of its own, but for the verification on which a
decision rests: here a case begins after its review, and everything from the decision on is the real thing.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path

from footproof.certify.case import (
    Activity,
    ActivityCompleted,
    ApplicationAccepted,
    ApplicationSubmitted,
    Case,
    Outcome,
    Plan,
    PlanApproved,
    ReviewCompleted,
    Subject,
    Terms,
)
from footproof.certify.decisions import Decide
from footproof.certify.people import (
    Competence,
    CompetenceGranted,
    Duty,
    Engagement,
    Grant,
    Organisation,
    OrganisationRegistered,
    Person,
    PersonEngaged,
    PersonRegistered,
    RoleAssigned,
    ScopeGranted,
)
from footproof.certify.record import Actor, Event, Recorded, Stamp, Step
from footproof.certify.scheme import load_scheme
from footproof.certify.verifications import (
    Agreed,
    EngagementAgreed,
    EngagementAnalysed,
    EngagementConcluded,
    EngagementDecided,
    EngagementPlanned,
    EngagementReviewed,
    EvidenceGathered,
    StatementIssued,
    Verification,
)
from footproof.credential.did_key import did_key
from footproof.errors import FootproofError
from footproof.model.bilingual import Bilingual
from footproof.model.engagement import (
    Assertion,
    Assurance,
    Claim,
    EvidenceItem,
    EvidencePlan,
    Level,
    Materiality,
    Opinion,
    OpinionKind,
    Risk,
    Team,
)
from footproof.model.recognition import Scope
from footproof.model.scheme import CaseKind, CertifiedObject, Scheme
from footproof.server.certify import keep_package
from footproof.server.platform import configure, migrate
from footproof.server.store.journal import Ask, Journal
from footproof.server.workspace import Workspace
from footproof.verify.engagement import ASPECTS
from tamper.world import sealed, seeded_workspace

AT = datetime(2026, 11, 22, 9, tzinfo=UTC)
DAY, LATER = date(2026, 1, 1), date(2036, 1, 1)
CLIENT, MARKER = "urn:footproof:demo:client", "sha256:" + "0" * 64
LABEL, SYSTEM = "demo.label@1", "demo.system@1"
ROLES = ("manager", "planner", "verifier", "reviewer", "decision-maker")
REGISTRAR = Actor("p-registrar", "registrar", "urn:footproof:demo:registrar")
CATEGORY = "demo.category:kettle"


@cache
def schemes() -> dict[str, Scheme]:
    """Return a scheme that certifies a footprint, and one that certifies none."""
    shipped = load_scheme("cn.cfp.label@CNCA-CFP-00-2025")
    bare = replace(
        shipped, edition="1", activities=(), conclusions=(), catalogue=(), provinces=(), national=False, mark=None
    )
    verified = tuple(replace(one, needs=()) for one in shipped.activities if one.statement)
    label = replace(bare, id="demo.label", rulebooks=("*",), filing_needed=False, activities=verified)
    system = replace(bare, id="demo.system", rulebooks=(), object=CertifiedObject.MANAGEMENT_SYSTEM)
    return {one.name: one for one in (label, system)}


def scheme_of(key: str) -> Scheme:
    """Return a scheme of the tests."""
    if key not in schemes():
        raise FootproofError("E-SCHEME-UNKNOWN", name=key, known=", ".join(schemes()))
    return schemes()[key]


@dataclass(frozen=True)
class Shop:
    """A founded store.

    Args:
        workspace: Its workspace.
        journal: Its journal.
        body: DID of the body.
        package: Digest of the package that all label cases name.
    """

    workspace: Workspace
    journal: Journal
    body: str
    package: str

    @property
    def decider(self) -> Actor:
        """Return who decides."""
        return Actor("p-decision-maker", "decision-maker", self.body)

    def ready(self, *cases: str, scheme: str = LABEL, package: str = "", model: str = "K-1") -> None:
        """Bring cases to where a decision can be taken."""
        named = (package or self.package) if scheme == LABEL else ""
        with self.journal._unit() as unit:
            for name in cases:
                for role, steps in verified(name, self.body, named) if named else ():
                    unit.add(steps, Stamp(Actor(f"p-{role}", role, self.body), AT))
                reviewer = Stamp(Actor("p-reviewer", "reviewer", self.body), AT)
                unit.add(tuple(reviewed(name, self.body, scheme, named, model)), reviewer)

    def grant(self, case: str, number: str, at: datetime = AT, key: str = "") -> tuple[Recorded, ...]:
        """Decide well."""
        return self.journal.carry_out(self.asked(case, number), self.decider, at, key)

    def asked(self, case: str, number: str, scheme: str = LABEL) -> Decide:
        """Return the decision that grants."""
        return Decide(case, Outcome.GRANT, MARKER, self.package if scheme == LABEL else "", number)

    def ask(self, case: str, number: str, after: int = 0) -> Ask:
        """Return what a batch asks."""
        return Ask(self.asked(case, number), self.decider, AT + timedelta(seconds=after))


def make_shop(folder: Path) -> Shop:
    """Return a founded store in a new workspace."""
    workspace = seeded_workspace(folder, "https://w.footproof.example", "w.footproof.example/log", "w")
    return open_shop(workspace, new=True)


def open_shop(workspace: Workspace, *, new: bool = False) -> Shop:
    """Return the store of a workspace, as after a start."""
    configure(workspace.folder)
    migrate()
    body = did_key(workspace.body_key().public_key())
    journal = Journal(workspace, scheme_of)
    shop = Shop(workspace, journal, body, keep_package(workspace, sealed()))
    if new:
        journal.found(tuple(founding(body)), REGISTRAR, AT)
    return shop


def founding(body: str) -> list[Step]:
    """Return the events that a store of the tests begins with."""
    names = (
        Bilingual("示例认证机构（DEMO）", "Example body (DEMO)"),
        Bilingual("示例电器有限公司（DEMO）", "Example Appliances Co., Ltd. (DEMO)"),
    )
    steps = [
        Step(Organisation, body, OrganisationRegistered("body", names[0], "", "CN-FJ", True, body)),
        Step(Organisation, CLIENT, OrganisationRegistered("client", names[1], "", "CN-FJ", True, CLIENT)),
        Step(
            Organisation,
            REGISTRAR.organisation,
            OrganisationRegistered("registrar", names[0], "", "CN", True, REGISTRAR.organisation),
        ),
        Step(Organisation, body, ScopeGranted(Grant("g-1", "approval", "DEMO-A-1", (everything(),)))),
    ]
    for person, role, organisation, kind in (
        *((f"p-{role}", role, body, "body") for role in ROLES),
        ("p-client", "representative", CLIENT, "client"),
        (REGISTRAR.person, "registrar", REGISTRAR.organisation, "registrar"),
    ):
        steps += [
            Step(Person, person, PersonRegistered(person)),
            Step(Person, person, PersonEngaged(Engagement(organisation, kind, DAY))),
            Step(Person, person, RoleAssigned(Duty(organisation, role, DAY))),
            Step(Person, person, CompetenceGranted(Competence(role, "*", "*", DAY, LATER))),
        ]
    return steps


def everything() -> Scope:
    """Return a scope that covers all."""
    return Scope("1", ("*",), ("*",), ("*",), ("*",), DAY, None, DAY)


def reviewed(name: str, body: str, scheme: str, package: str, model: str = "K-1") -> list[Step]:
    """Return the events of a case up to its review."""
    subject = Subject(
        product="urn:footproof:demo:kettle",
        name=Bilingual("电热水壶（示例）", "electric kettle (DEMO)"),
        model=model,
        category=CATEGORY,
        site=f"urn:footproof:demo:site:{name}",  # one subject has one certificate at a time
        place="CN-FJ",
        first=date(2025, 1, 1),
        last=date(2025, 12, 31),
    )
    events = (
        ApplicationSubmitted(name, CaseKind.INITIAL, CLIENT, body, scheme, subject, package, ""),
        ApplicationAccepted(Terms(Decimal("12000.00"), "CNY", 60, MARKER), ()),
        PlanApproved(Plan(())),
        *(ActivityCompleted(one) for one in done(name, scheme, package)),
        ReviewCompleted("p-reviewer", Outcome.GRANT, MARKER),
    )
    return [Step(Case, name, event) for event in events]


def done(name: str, scheme: str, package: str) -> tuple[Activity, ...]:
    """Return the activities that were carried out for a case: its verification, where it has a package."""
    return tuple(
        Activity(one.id, "p-verifier", (), f"v-{name}", MARKER, "unmodified", package=package)
        for one in schemes()[scheme].activities
        if package
    )


def verified(case: str, body: str, package: str) -> Iterator[tuple[str, tuple[Step, ...]]]:
    """Yield the events of a verification that found nothing, with the role of those who brought them about."""
    made = Bilingual("示例", "DEMO")
    claim = Claim(
        package, MARKER, Decimal(1), "kg CO2e / kg", "demo", MARKER, made, "K-1", made, made, made,
        date(2025, 1, 1), date(2025, 12, 31), {"manufacturing": Fraction(1)},
    )  # fmt: skip
    agreed = Agreed(claim, made, ("ISO 14067:2018",), made, Assurance.REASONABLE, Materiality(Decimal("0.05")))
    risk = Risk("all", made, "manufacturing", Assertion.ACCURACY, Fraction(1), Level.HIGH, ())
    plan = EvidencePlan((EvidenceItem("all", Fraction(1), ("inspect",)),), Decimal("0.8"))
    team = Team("p-verifier", ("p-verifier",))
    told: tuple[tuple[str, tuple[Event[Verification], ...]], ...] = (
        ("planner", (EngagementAgreed(f"v-{case}", body, case, CLIENT, agreed),)),
        ("verifier", (EngagementAnalysed(MARKER, ASPECTS, "authorities"), EngagementPlanned(team, (risk,), plan, ()))),
        (
            "verifier",
            (EvidenceGathered("all", MARKER, "site"), EngagementConcluded(Opinion(OpinionKind.UNMODIFIED), made)),
        ),
        ("reviewer", (EngagementReviewed(), EngagementDecided(), StatementIssued(MARKER))),
    )
    for role, events in told:
        yield role, tuple(Step(Verification, f"v-{case}", event) for event in events)
