"""A small invented world for the tests of certification: two bodies, two makers, three authorities, packages, schemes.

Everything is done through operations, so the same world can be founded in memory and in a store. Each body has one
person too many roles (`x`), so that separation of duties is tried and not only kept, and a newcomer (`n`) whom nobody
found competent yet.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cache
from hashlib import sha256
from typing import Protocol, TypeVar, cast

from footproof.certify.applications import AcceptApplication, AttachPackage, SubmitApplication
from footproof.certify.case import (
    Answer,
    Base,
    Case,
    Evidence,
    Family,
    Member,
    Outcome,
    Plan,
    Subject,
    TeamMember,
    Terms,
)
from footproof.certify.certificate import Certified, Held, Settled
from footproof.certify.checklist import all_met, checklist
from footproof.certify.codes import credit_check
from footproof.certify.decisions import GROUNDS, CompleteReview, Decide
from footproof.certify.declaration import Pack
from footproof.certify.engagements import (
    AgreeEngagement,
    AnalyseEngagement,
    ConcludeEngagement,
    DecideEngagement,
    Drawing,
    GatherEvidence,
    IssueStatement,
    PlanEngagement,
    RecordMisstatement,
    ReviewEngagement,
)
from footproof.certify.evaluations import CompleteActivity, Conclude, PlanEvaluation
from footproof.certify.filing_operations import FileRule, SubmitFiling
from footproof.certify.memory import MemoryWorld
from footproof.certify.neutrality import Credit, CreditKind, FootprintReference, NeutralityClaim
from footproof.certify.neutrality import Plan as ReductionPlan
from footproof.certify.neutrality_operations import ClaimNeutrality, NameClaim
from footproof.certify.operation import Operation
from footproof.certify.pack_lists import ListPacks
from footproof.certify.people import (
    Competence,
    Duty,
    Engagement,
    Organisation,
    OrganisationRegistered,
    Person,
    PersonEngaged,
    PersonRegistered,
    RoleAssigned,
)
from footproof.certify.record import Actor, Recomputed, Record, Recorded, Step, Steps, World
from footproof.certify.register import (
    AssignRole,
    DeclareSystem,
    EngagePerson,
    GrantCompetence,
    GrantScope,
    RegisterOrganisation,
    RegisterPerson,
    SeekAccreditation,
)
from footproof.certify.reliance import statements_of
from footproof.certify.scheme import load_scheme
from footproof.certify.verifications import Agreed, Verification
from footproof.model.bilingual import Bilingual
from footproof.model.days import legal_day
from footproof.model.engagement import Answer as Explained
from footproof.model.engagement import (
    Assertion,
    Assurance,
    Claim,
    EvidenceItem,
    EvidencePlan,
    Level,
    Materiality,
    Misstatement,
    MisstatementKind,
    Opinion,
    OpinionKind,
    Risk,
    Team,
)
from footproof.model.recognition import Scope
from footproof.model.rulebook import Status
from footproof.model.scheme import CaseKind, Scheme
from footproof.model.study import NumberRange
from footproof.rules.rulebook import load_rulebook
from footproof.verify.engagement import ASPECTS, wanted_items

R = TypeVar("R", bound=Record)
START = datetime(2026, 3, 2, 9, tzinfo=UTC)
LONG_AGO = date(2020, 1, 1)
REGISTRY, REGULATOR, ACCREDITOR = "urn:demo:registry", "urn:demo:regulator", "urn:demo:accreditor"
PROVINCE, ELSEWHERE = "urn:demo:regulator-of-the-province", "urn:demo:regulator-elsewhere"
PLACES = {REGULATOR: "CN", ELSEWHERE: "CN-ZJ"}
"""How far authorities reach; everybody else is in the province of the sites."""
ALPHA, BETA = "urn:demo:body-alpha", "urn:demo:body-beta"
NORTH, SOUTH = "urn:demo:maker-north", "urn:demo:maker-south"
LABORATORY = "urn:demo:laboratory"
BODIES, CLIENTS = (ALPHA, BETA), (NORTH, SOUTH)
LABEL, REDUCTION, ENERGY = (
    "cn.cfp.label@CNCA-CFP-00-2025",
    "cn.cfp.reduction-label@2025-structure",
    "cn.energy-management@GBT-23331-2020",
)
NEUTRAL = "cn.carbon-neutral@ISO-14068-1-2023"
STARS = "cn.green-building-materials@2020"
RULE = load_rulebook("cn.pcf.traction-battery")
"""What every package here was computed by."""
SCHEMES = (LABEL, REDUCTION, ENERGY, STARS)
BATTERY, SYSTEM = "cn.pcf:2", "demo.system:energy"
LARGE = "cn.pcf:3"
CATEGORIES = {NORTH: BATTERY, SOUTH: LARGE}
"""What each makes: batteries for small and for large vehicles."""
ENERGY_LAST = date(2030, 12, 31)
"""Last day of the edition, as if the next one were known."""
YEARS = (2024, 2025, 2026, 2027)
BASE_YEAR = 2023
"""Year before them, with which the first footprints are compared where a reduction is certified."""
FLAVOURS = ("good", "drift", "broken", "draft", "alien", "second")
SECOND = "second"
"""Flavour of a package of the same model as it is made at the second site of its maker."""
MEMBERS = {"b": Decimal("60.9"), "c": Decimal("62.1")}
"""Figures of the further models of the southern maker's family by their letter, for 2025."""
ODD_UNIT = "unit"
"""Flavour of a package per another unit than its rulebook has it, which only straight ways send."""
HIGHER = "higher"
"""As well: one that is a little higher than the years before, which the drift limit lets pass."""
OF_ANOTHER = "twice"
"""As well: one that counts on the green certificates of the southern maker."""
STAFF = {
    "m": ("manager",),
    "p": ("planner",),
    "a1": ("assessor",),
    "a2": ("assessor",),
    "v1": ("verifier",),
    "v2": ("verifier",),
    "r": ("reviewer",),
    "d": ("decision-maker",),
    "q": ("appeals",),
    "q2": ("appeals",),
    "q3": ("appeals",),
    "n": ("verifier", "reviewer", "planner"),
    "x": ("assessor", "verifier", "reviewer", "decision-maker", "appeals"),
}
REQUIRED: dict[tuple[str, CaseKind], tuple[tuple[str, str], ...]] = {}
"""What the team of a case has to do, read off the scheme files by hand: activity and role."""
_DOCUMENTS, _SITE, _VERIFY = (
    ("document-review", "assessor"),
    ("site-inspection", "assessor"),
    ("pcf-verification", "verifier"),
)
for _scheme in (LABEL, REDUCTION):
    for _kind in (CaseKind.INITIAL, CaseKind.SURVEILLANCE, CaseKind.CHANGE, CaseKind.RENEWAL):
        REQUIRED[_scheme, _kind] = (_DOCUMENTS, _SITE, _VERIFY)
    REQUIRED[_scheme, CaseKind.TRANSFER] = (_DOCUMENTS,)
    REQUIRED[_scheme, CaseKind.SPECIAL] = (_SITE,)
for _kind in (CaseKind.INITIAL, CaseKind.SURVEILLANCE, CaseKind.CHANGE, CaseKind.RENEWAL):
    REQUIRED[NEUTRAL, _kind] = (_DOCUMENTS, _SITE, ("claim-verification", "verifier"))
REQUIRED[NEUTRAL, CaseKind.TRANSFER] = (_DOCUMENTS,)
REQUIRED[NEUTRAL, CaseKind.SPECIAL] = (_SITE,)
for _kind, _names in {
    CaseKind.INITIAL: ("stage-1", "stage-2"),
    CaseKind.RENEWAL: ("stage-1", "stage-2"),
    CaseKind.SURVEILLANCE: ("surveillance-audit",),
    CaseKind.CHANGE: ("special-audit",),
    CaseKind.SPECIAL: ("special-audit",),
    CaseKind.TRANSFER: ("transfer-review",),
}.items():
    REQUIRED[ENERGY, _kind] = tuple((_name, "assessor") for _name in _names)
_FACTORY, _SAMPLE, _AGAIN = (
    ("factory-inspection", "assessor"),
    ("sample-test", "assessor"),
    ("surveillance-test", "assessor"),
)
for _kind in (CaseKind.INITIAL, CaseKind.CHANGE, CaseKind.RENEWAL):
    REQUIRED[STARS, _kind] = (_DOCUMENTS, _FACTORY, _SAMPLE)
REQUIRED[STARS, CaseKind.SURVEILLANCE] = (_DOCUMENTS, _FACTORY, _AGAIN)
REQUIRED[STARS, CaseKind.SPECIAL] = (_FACTORY, _AGAIN)
REQUIRED[STARS, CaseKind.TRANSFER] = (_DOCUMENTS,)


def required(scheme: str, kind: CaseKind, facts: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Return what the team of a case has to do; the first stage comes again at a renewal, unless nothing changed."""
    asked = REQUIRED[scheme, kind]
    unchanged = (scheme, kind) == (ENERGY, CaseKind.RENEWAL) and facts.get("system_changed") == "false"
    return asked[1:] if unchanged else asked


CONCLUSIONS = {
    STARS: (
        ("requirements", "assessor", ("site-record",)),
        ("grade", "assessor", ("test-report", "site-record")),
    ),
    LABEL: (
        ("number", "verifier", ("package", "verification-statement")),
        ("product-consistency", "assessor", ("site-record", "bill-of-materials")),
        ("continued-reduction", "assessor", ("reduction-plan", "reduction-record")),
    ),
    REDUCTION: (
        ("number", "verifier", ("package", "verification-statement")),
        ("product-consistency", "assessor", ("site-record", "bill-of-materials")),
        ("own-reduction", "verifier", ("reduction-plan", "reduction-record", "comparison")),
    ),
    NEUTRAL: (
        ("footprint", "verifier", ("certificate",)),
        ("own-reductions-first", "verifier", ("plan", "reduction-record")),
        ("offsets", "verifier", ("retirement-record",)),
    ),
    ENERGY: (
        ("conformity", "assessor", ("audit-report",)),
        ("performance", "assessor", ("energy-baseline", "performance-record")),
    ),
}
LEVELS = (
    ("basic_met", "true"),
    *((name, level) for name, level in zip(("resources", "energy", "environment", "quality"), "3223", strict=True)),
)
"""Answers to what the stars ask: two stars."""
FACTS = {
    STARS: (("legal_person", "true"),),
    LABEL: (("pilot_body", "true"), ("legal_person", "true")),
    REDUCTION: (("legal_person", "true"),),
    NEUTRAL: (
        ("legal_person", "true"),
        ("footprint_certified", "true"),
        ("plan_in_place", "true"),
        ("credits_retired", "true"),
    ),
    ENERGY: (("legal_person", "true"), ("internal_audit_done", "true")),
}


class Doing(Protocol):
    """A world in which operations are carried out: in memory, or a store."""

    def do(self, operation: Operation, by: Actor, at: datetime) -> tuple[Recorded, ...]:
        """Carry out an operation."""

    def find(self, record: type[R], identity: str) -> R | None:
        """Return a record."""


def mark(text: str) -> str:
    """Return a digest that stands for a document."""
    return f"sha256:{sha256(text.encode()).hexdigest()}"


@cache
def schemes() -> dict[str, Scheme]:
    """Return shipped schemes; those for products as if they were in force, so that a real body may use them."""
    found = [replace(load_scheme(name), status=Status.IN_FORCE) for name in (LABEL, REDUCTION, NEUTRAL)]
    energy = load_scheme(ENERGY)
    assert energy.validity is not None
    ending = replace(energy, validity=replace(energy.validity, last=ENERGY_LAST))
    return {one.name: one for one in (*found, ending, load_scheme(STARS))}


def stricter(name: str, most: str) -> dict[str, Scheme]:
    """Return the schemes, of which one takes no materiality above a share."""
    scheme = schemes()[name]
    figure = replace(scheme.figures["materiality_reasonable"], value=Decimal(most))
    return {**schemes(), name: replace(scheme, figures={**scheme.figures, figure.id: figure})}


def package(client: str, year: int, flavour: str = "good") -> str:
    """Return the digest of a package of a client's product."""
    return mark(f"package {client} {year} {flavour}")


@cache
def packages() -> dict[str, Recomputed]:
    """Return what came out of every package there is."""
    return {one.package: one for client in CLIENTS for year in (BASE_YEAR, *YEARS) for one in _packages(client, year)}


def _packages(client: str, year: int) -> Iterator[Recomputed]:
    usual = Decimal("61.2645") - (year - 2024) * Decimal("0.9")
    raised = {"drift": Decimal("1.4"), HIGHER: Decimal("1.04")}
    for flavour in (*FLAVOURS, ODD_UNIT, OF_ANOTHER, HIGHER):
        value = usual * raised.get(flavour, 1)
        found = Recomputed(
            package=package(client, year, flavour),
            ok=flavour != "broken",
            value=value,
            unit="kg CO2e / piece" if flavour == ODD_UNIT else "kg CO2e / kWh",
            rule=RULE.name,
            edition=RULE.digest,
            status="draft" if flavour == "draft" else "in-force",
            model="OTHER" if flavour == "alien" else model_of(client),
            first=date(year, 1, 1),
            last=date(year, 12, 31),
            producer=name_of(client),
            site=Bilingual("示例工厂", f"DEMO {'second ' if flavour == SECOND else ''}plant of {client[-5:]}"),
            gross=_gross(value),
            green=_green(SOUTH if flavour == OF_ANOTHER else client, year, flavour) if flavour != "draft" else (),
            unit_name=Bilingual("每千瓦时", "per kWh"),
            boundary=Bilingual("从摇篮到大门", "cradle to gate"),
            stages=("materials", "production"),
        )
        yield found
        if client == SOUTH and flavour in ("good", SECOND):
            for letter in MEMBERS:
                yield _member(found, letter, year, flavour)


def _member(found: Recomputed, letter: str, year: int, flavour: str) -> Recomputed:
    """Return what came out of the package of a further model of a family."""
    value = MEMBERS[letter] - (year - 2025) * Decimal("0.9")
    named = package(SOUTH, year, f"{flavour}-{letter}")
    return replace(found, package=named, model=f"{found.model}{letter}", value=value, gross=_gross(value))


def members(year: int = 2025, flavour: str = "good") -> tuple[Member, ...]:
    """Return the models of the southern maker's family, with their packages of a year."""
    own = model_of(SOUTH)
    others = (Member(f"{own}{letter}", package(SOUTH, year, f"{flavour}-{letter}")) for letter in MEMBERS)
    return Member(own), *others


def without_packages(about: Subject) -> Subject:
    """Return a subject of whose family no model has a package yet."""
    return about.with_packages(tuple(Member(one.model) for one in about.others))


@cache
def proposed() -> dict[str, tuple[Risk, ...]]:
    """Return the risks that checking each package proposes."""
    found: dict[str, tuple[Risk, ...]] = {
        package(client, year, "drift"): DIFFERENT for client in CLIENTS for year in YEARS
    }
    found |= {package(client, year, "draft"): DOUBTFUL for client in CLIENTS for year in YEARS}
    return dict.fromkeys(packages(), RISKS) | found


@cache
def parameters() -> dict[str, dict[str, str]]:
    """Return what the study in every package states of the pack; a drafted one has another energy."""
    odd = {package(client, year, "draft") for client in CLIENTS for year in YEARS}
    return {one: {"capacity": "59 kWh" if one in odd else "60 kWh", "chemistry": "nmc"} for one in packages()}


def packs_of(client: str) -> tuple[Pack, ...]:
    """Return the packs that a client sells: its model, and one that is too small to be declared."""
    return Pack(client, model_of(client), "nmc", Decimal(60)), Pack(client, "SMALL", "lfp", Decimal(2))


def _green(client: str, year: int, flavour: str) -> tuple[NumberRange, ...]:
    prefix = f"{'GEC-2' if flavour == SECOND else 'GEC'}-{client[-5:]}-"
    return NumberRange(prefix, year * 100, year * 100 + 59), NumberRange(prefix, year * 100 + 70, year * 100 + 89)


def _gross(value: Decimal) -> dict[str, Fraction]:
    return {"materials": Fraction(value) * 3 / 5, "production": Fraction(value) * 2 / 5}


def name_of(organisation: str) -> Bilingual:
    """Return the name of an organisation."""
    return Bilingual("示例机构", f"DEMO {organisation.rpartition(':')[2]}")


def model_of(client: str) -> str:
    """Return the model a client makes."""
    return f"M-{client[-5:]}"


def site_of(client: str, *, second: bool = False) -> str:
    """Return where a client makes things."""
    return f"{client}:site{'-2' if second else ''}"


def usual(about: Subject) -> str:
    """Return the flavour of a good package of what is certified: that of its site."""
    return SECOND if about.site.endswith("-2") else "good"


def subject(client: str, year: int = 2025, scheme: str = LABEL, models: int = 3, *, second: bool = False) -> Subject:
    """Return what a client has certified: one model, or, for the southern one, a family."""
    system = scheme == ENERGY
    model = "" if system else model_of(client)
    listed = members(year, SECOND if second else "good")[:models]
    family = Family(Bilingual("同一平台", "one platform"), "representative", Decimal("0.05"), listed)
    return Subject(
        product=f"{client}:{'system' if system else 'product'}",
        name=Bilingual("示例产品", "DEMO product"),
        model=model,
        category=SYSTEM if system else CATEGORIES[client],
        site=site_of(client, second=second),
        place="CN-FJ",
        first=date(year, 1, 1),
        last=date(year, 12, 31),
        family=family if client == SOUTH and not system else None,
    )


def actor(organisation: str, short: str, role: str = "") -> Actor:
    """Return somebody of an organisation in the first of their roles, or in the one that is named."""
    person = f"{organisation.rpartition(':')[2]}-{short}"
    return Actor(person, role or STAFF.get(short, ("representative",))[0], organisation)


OFFICIALS = {
    "registrar": Actor("registry-1", "registrar", REGISTRY),
    "regulator": Actor("regulator-1", "regulator", REGULATOR),
    "province": Actor("regulator-2", "regulator", PROVINCE),
    "elsewhere": Actor("regulator-3", "regulator", ELSEWHERE),
    "accreditor": Actor("accreditor-1", "accreditor", ACCREDITOR),
}
REGISTRAR = OFFICIALS["registrar"]


def founding() -> Steps:
    """Return what has to be there before anybody can have a role: the registry and its registrar."""
    name = Bilingual("示例登记处", "DEMO registry")
    return (
        Step(Organisation, REGISTRY, OrganisationRegistered("registrar", name, "", "CN-BJ", True, REGISTRY)),
        Step(Person, REGISTRAR.person, PersonRegistered(REGISTRAR.person)),
        Step(Person, REGISTRAR.person, PersonEngaged(Engagement(REGISTRY, "registrar", LONG_AGO))),
        Step(Person, REGISTRAR.person, RoleAssigned(Duty(REGISTRY, "registrar", LONG_AGO))),
    )


def credit_code(number: int) -> str:
    """Return an invented unified social credit code of a reserved range."""
    first = f"91000000DEM{number:06d}".replace("O", "0").replace("I", "1")
    return first + credit_check(first)


def settle(world: Doing, at: datetime = START) -> None:
    """Register everybody and grant the scopes."""
    kinds = {
        REGULATOR: "regulator",
        PROVINCE: "regulator",
        ELSEWHERE: "regulator",
        ACCREDITOR: "accreditation-body",
        ALPHA: "body",
        BETA: "body",
        NORTH: "client",
        SOUTH: "client",
        LABORATORY: "laboratory",
    }
    for number, (name, kind) in enumerate(kinds.items()):
        demo = name != BETA
        where = PLACES.get(name, "CN-FJ")
        world.do(RegisterOrganisation(name, kind, name_of(name), where, demo, credit_code(number)), REGISTRAR, at)
    for one in OFFICIALS.values():
        if one != REGISTRAR:
            _engage(world, one, (one.role,), at)
    for client in CLIENTS:
        for short in ("c1", "c2"):
            _engage(world, actor(client, short), ("representative",), at)
        for standard in ("GB/T 24001", "GB/T 23331"):
            world.do(DeclareSystem(client, standard, date(2024, 1, 1)), actor(client, "c1"), at)
        world.do(ListPacks(packs_of(client)), actor(client, "c1"), at)
    for body in BODIES:
        _staff(world, body, at)
        _allow(world, body, at)


def _engage(world: Doing, one: Actor, roles: tuple[str, ...], at: datetime, by: Actor = REGISTRAR) -> None:
    world.do(RegisterPerson(one.person), REGISTRAR, at)
    world.do(EngagePerson(one.person, one.organisation, LONG_AGO, True, LONG_AGO), REGISTRAR, at)
    for role in roles:
        world.do(AssignRole(one.person, one.organisation, role), by, at)


def _staff(world: Doing, body: str, at: datetime) -> None:
    manager = actor(body, "m")
    for short, roles in STAFF.items():
        _engage(world, actor(body, short), roles, at, REGISTRAR if short == "m" else manager)
    for short, roles in STAFF.items():
        for role in roles:
            if role != "manager" and short != "n":
                competence = Competence(role, "*", "*", LONG_AGO, date(2036, 1, 1))
                world.do(GrantCompetence(actor(body, short).person, competence), manager, at)


def _allow(world: Doing, body: str, at: datetime) -> None:
    activities = ("product-certification", "management-system-certification", "verification", "pilot-certification")
    day = legal_day(at)
    scope = Scope("1", activities, ("*",), ("cn.pcf:*", "demo.system:*"), ("place:CN",), LONG_AGO, None, day)
    world.do(GrantScope(body, f"approval:{body}", "DEMO-1", (scope,)), OFFICIALS["regulator"], at)
    if body == ALPHA:
        world.do(SeekAccreditation(body, ACCREDITOR), actor(body, "m"), at)
        world.do(GrantScope(body, f"accreditation:{body}", "DEMO-2", (scope,)), OFFICIALS["accreditor"], at)
    world.do(SubmitFiling(REDUCTION, "reduction-removal", mark("rule")), actor(body, "m"), at)
    world.do(FileRule(body, REDUCTION), OFFICIALS["regulator"], at)
    world.do(SubmitFiling(NEUTRAL, "neutrality", mark("rule of neutrality")), actor(body, "m"), at)
    world.do(FileRule(body, NEUTRAL), OFFICIALS["regulator"], at)


def new_world() -> MemoryWorld:
    """Return a world in memory with its cast."""
    world = MemoryWorld(schemes(), packages(), proposed(), parameters())
    world.commit(founding(), REGISTRAR, START)
    settle(world)
    return world


@cache
def _settled() -> MemoryWorld:
    return new_world()


def copy_of(world: MemoryWorld) -> MemoryWorld:
    """Return a world that goes on from another one; records are values, so they are shared."""
    copy = MemoryWorld(schemes(), packages(), proposed(), parameters())
    copy._records = dict(world._records)
    copy._places = world._places
    copy.journal = list(world.journal)
    return copy


def settled() -> MemoryWorld:
    """Return a world in memory with its cast, made once and copied."""
    return copy_of(_settled())


def evidence(*kinds: str, export: str = "authorities") -> tuple[Evidence, ...]:
    """Return evidence of some kinds."""
    return tuple(Evidence(mark(f"evidence {kind} {export}"), kind, export) for kind in kinds)


def neutral_claim(name: str, held: Held, on: date, first: int = 1, block: str = "block-a") -> NeutralityClaim:
    """Return a sound claim on what a certificate states, with credits from a serial number on."""
    value, year, units = held.value or Decimal(1), held.subject.last.year, Decimal(100)
    tonnes = int(value * units / 1000) + 1
    vintage, retired = year - 1, Decimal(tonnes)
    last = first + tonnes - 1
    spent = Credit("Demo Registry", block, first, last, vintage, retired, CreditKind.REMOVAL, on, held.client)
    return NeutralityClaim(
        name,
        held.client,
        FootprintReference(held.number, held.package, value, held.unit),
        year,
        on,
        units,
        ReductionPlan(mark("neutral plan"), year - 1, value * 2, {year: value}, {}),
        {year - 1: value * 2, year: value},
        value * units,
        (spent,),
    )


def proof(world: Doing, case: Case, *kinds: str, export: str = "authorities") -> tuple[Evidence, ...]:
    """Return evidence of some kinds, which names the package of a case and a statement on it where it is about them."""
    known = {"package": {case.package}, "verification-statement": statements_of(cast(World, world), case)}
    return tuple(
        replace(one, digest=min(known[one.kind])) if known.get(one.kind) else one
        for one in evidence(*kinds, export=export)
    )


def answers_to(case: Case, activity: str) -> tuple[Answer, ...]:
    """Return answers that say of each question that it is met."""
    return _answers(case.scheme, activity, bool(case.package))


@cache
def _answers(scheme: str, activity: str, by_rule: bool) -> tuple[Answer, ...]:
    found = schemes()[scheme]
    wanted = found.activity(activity)
    return all_met(checklist(found, wanted, RULE if by_rule else None)) if wanted is not None else ()


def ground_for(scheme: str, outcome: Outcome) -> str:
    """Return a ground of a scheme that leads to an outcome; empty for an outcome in favour."""
    leads = GROUNDS.get(outcome)
    return next((one.id for one in schemes()[scheme].grounds if one.leads_to is leads), "")


TERMS = Terms(Decimal(30000), "CNY", 60, mark("agreement"), (), ())


def agreed(digest: str, materiality: str = "0.05") -> Agreed:
    """Return what is agreed on the verification of a package."""
    found = packages()[digest]
    text = Bilingual("示例", "DEMO")
    claim = Claim(
        package=digest,
        sheet=mark("sheet"),
        value=found.value,
        unit=found.unit,
        rulebook=found.rule,
        rulebook_digest=found.edition,
        product=text,
        model=found.model,
        site=text,
        responsible=text,
        boundary=text,
        start=found.first,
        end=found.last,
        gross=found.gross,
    )
    client = next(one for one in CLIENTS if name_of(one) == found.producer)
    terms = Agreed(claim, text, ("ISO 14067:2018",), text, Assurance.REASONABLE, Materiality(Decimal(materiality)))
    site = site_of(client, second=digest == package(client, found.first.year, SECOND))
    return replace(terms, category=CATEGORIES[client], site=site, place="CN-FJ")


RISKS = tuple(
    Risk(f"row-{n}", Bilingual("行", "row"), stage, Assertion.ACCURACY, Fraction(share, 10), level, ("share",))
    for n, stage, share, level in (
        (1, "materials", 6, Level.HIGH),
        (2, "production", 3, Level.HIGH),
        (3, "production", 1, Level.LOW),
    )
)
DIFFERENT = (
    RISKS[0],
    replace(RISKS[1], findings=("V-RECOMPUTED",), errors=("V-RECOMPUTED",), effect=Fraction(1, 1000)),
    RISKS[2],
)
"""Of a package whose second row comes out a little otherwise: a misstatement, and far from material."""
DOUBTFUL = (replace(RISKS[0], findings=("V-PERIOD", "V-FACTOR-IDLE"), errors=("V-PERIOD",)), *RISKS[1:])
"""Of a package with a document of another year, for which there may be a good reason."""
EVIDENCE_PLAN = EvidencePlan(tuple(EvidenceItem(one.id, one.share, ("inspect",)) for one in RISKS[:2]), Decimal("0.8"))
"""All that is of high risk; the third row is looked at where it is drawn."""
DRAWING = Drawing(2)
WORK = Bilingual("两日现场核查", "two days on site")
UNMODIFIED = Opinion(OpinionKind.UNMODIFIED)


def misstated(risk: Risk, name: str) -> Misstatement:
    """Return the misstatement that a figure is which comes out otherwise."""
    return Misstatement(name, risk.id, risk.category, risk.assertion, risk.effect, False, MisstatementKind.ERROR)


def explained(digest: str) -> tuple[Explained, ...]:
    """Return why what else was found against a package does not stand."""
    words = Bilingual("已核对原件（示例）", "seen in the original (DEMO)")
    return tuple(Explained(one.id, words) for one in proposed()[digest] if one.errors and one.effect is None)


def analyse(verification: str) -> AnalyseEngagement:
    """Return the strategic analysis of a verification."""
    return AnalyseEngagement(verification, mark(f"analysis {verification}"), ASPECTS, "authorities")


@dataclass
class Script:
    """A way through a world by the book, a minute for each step; what the tests of single operations begin with.

    Args:
        world: Where.
        now: When the next step is done.
        assessor: Who assesses.
    """

    world: Doing
    now: datetime = START + timedelta(days=1)
    assessor: str = "a1"

    def do(self, operation: Operation, by: Actor) -> tuple[Recorded, ...]:
        """Do something a minute later."""
        self.now += timedelta(minutes=1)
        return self.world.do(operation, by, self.now)

    def case(self, name: str) -> Case:
        """Return a case as it is."""
        found = self.world.find(Case, name)
        assert found is not None
        return found

    def apply(  # noqa: PLR0917
        self,
        name: str,
        scheme: str = LABEL,
        client: str = NORTH,
        body: str = ALPHA,
        kind: CaseKind = CaseKind.INITIAL,
        certificate: str = "",
        year: int = 2025,
        flavour: str = "good",
    ) -> None:
        """Apply, with a package where the scheme certifies a figure."""
        sent = "" if scheme == ENERGY else package(client, year, flavour)
        about = subject(client, year, scheme)
        base = self.base(client) if (scheme, kind) == (REDUCTION, CaseKind.INITIAL) else None
        self.do(SubmitApplication(name, kind, body, scheme, about, sent, certificate, base), actor(client, "c1"))

    def base(self, client: str, year: int = BASE_YEAR, flavour: str = "good") -> Base:
        """Return the base of a year, verified on its own by the first body."""
        sent = package(client, year, flavour)
        verification = f"V-base-{sent[7:19]}"
        if self.world.find(Verification, verification) is None:
            self.state(verification, client, ALPHA, agreed(sent))
        return Base(sent, verification=verification)

    def accept(self, name: str) -> None:
        """Accept an application."""
        case = self.case(name)
        self.do(AcceptApplication(name, TERMS, FACTS[case.scheme]), actor(case.body, "p"))

    def plan(self, name: str) -> None:
        """Plan the evaluation with one assessor and one verifier."""
        body = self.case(name).body
        team = tuple(TeamMember(actor(body, short).person, STAFF[short][0]) for short in (self.assessor, "v1"))
        self.do(PlanEvaluation(name, Plan(team)), actor(body, "p"))

    def verify(self, name: str, opinion: Opinion = UNMODIFIED, *, silent: bool = False) -> str:
        """Verify the package of a case and issue the statement; return the id of the verification.

        Args:
            name: Of the case.
            opinion: What is concluded.
            silent: Whether nothing is said of what was found.
        """
        case = self.case(name)
        verification = f"V-{name}-{case.package[7:13]}"
        terms = replace(agreed(case.package), category=case.subject.category, site=case.subject.site)
        self.state(verification, case.client, case.body, terms, name, opinion, silent=silent)
        return verification

    def state(  # noqa: PLR0917
        self,
        verification: str,
        client: str,
        body: str,
        terms: Agreed,
        case: str = "",
        opinion: Opinion = UNMODIFIED,
        *,
        silent: bool = False,
    ) -> None:
        """Carry out a verification, for a case or on its own, and issue the statement."""
        verifier, sent = actor(body, "v1"), terms.claim.package
        self.do(AgreeEngagement(verification, client, terms, case), actor(body, "p"))
        team = Team(verifier.person, (verifier.person,))
        self.do(analyse(verification), verifier)
        self.do(PlanEngagement(verification, team, RISKS, EVIDENCE_PLAN, (DRAWING,)), actor(body, "p"))
        self.gather(verification, verifier)
        for risk in proposed()[sent]:
            if risk.effect is not None and not silent:
                self.do(RecordMisstatement(verification, misstated(risk, f"M-{risk.id}")), verifier)
        told = () if silent else explained(sent)
        self.do(ConcludeEngagement(verification, opinion, WORK, told), verifier)
        self.do(ReviewEngagement(verification), actor(body, "r"))
        self.do(DecideEngagement(verification), actor(body, "r"))
        self.do(IssueStatement(verification), actor(body, "r"))

    def gather(self, verification: str, verifier: Actor) -> None:
        """Gather evidence on everything that is planned or drawn."""
        found = self.world.find(Verification, verification)
        assert found is not None
        for item in wanted_items(found.engagement):
            self.do(GatherEvidence(verification, item, mark(item), "authorities"), verifier)

    def done(
        self, name: str, activity: str, kept: tuple[Evidence, ...] = (), verification: str = "", outsourced: str = ""
    ) -> CompleteActivity:
        """Return an activity as done, with its checklist answered."""
        answers = answers_to(self.case(name), activity)
        return CompleteActivity(name, activity, kept, verification, outsourced, answers)

    def complete(self, name: str) -> None:
        """Carry out every activity and conclude on every point, on the statement that is taken over if there is one."""
        case = self.case(name)
        earlier = "".join(case.terms.reused[:1]) if case.terms is not None else ""
        who = {"assessor": actor(case.body, self.assessor), "verifier": actor(case.body, "v1")}
        for activity, role in required(case.scheme, case.kind, dict(case.facts)):
            verification = (earlier or self.verify(name)) if role == "verifier" else ""
            self.do(self.done(name, activity, evidence("record"), verification), who[role])
        for conclusion, role, kinds in CONCLUSIONS[case.scheme]:
            kept, said = proof(self.world, self.case(name), *kinds), LEVELS if conclusion == "grade" else ()
            self.do(Conclude(name, conclusion, True, kept, said), who[role])

    def review(self, name: str, outcome: Outcome) -> None:
        """Review a case."""
        self.do(CompleteReview(name, outcome, mark("reasons")), actor(self.case(name).body, "r"))

    def decide(self, name: str, outcome: Outcome, certificate: str = "", until: date | None = None) -> None:
        """Decide on a case, and with it all that is open on its certificate."""
        case = self.case(name)
        named = case.package if outcome is not Outcome.REFUSE else ""
        old = self.world.find(Certified, case.certificate) if case.certificate else None
        settles = tuple(Settled(one, mark(f"answer to {one}")) for one in old.pending) if old is not None else ()
        ground = ground_for(case.scheme, outcome)
        asked = Decide(name, outcome, mark("reasons"), named, certificate, until, settles=settles, ground=ground)
        self.do(asked, actor(case.body, "d"))

    def evaluate(self, name: str) -> None:
        """Accept, plan and carry out."""
        self.accept(name)
        self.plan(name)
        self.complete(name)

    def certify(
        self, number: str, scheme: str = LABEL, client: str = NORTH, body: str = ALPHA, year: int = 2025
    ) -> str:
        """Bring an application to its certificate; return the name of its case."""
        name = f"case-{number}"
        self.apply(name, scheme, client, body, year=year)
        self.grant(name, number)
        return name

    def grant(self, name: str, number: str = "DEMO-00001") -> None:
        """Bring a case that was applied for to its certificate."""
        self.evaluate(name)
        self.review(name, Outcome.GRANT)
        self.decide(name, Outcome.GRANT, number)

    def take_over(self, name: str, verification: str, number: str = "DEMO-00001") -> None:
        """Bring a case to its certificate on a statement that is made before it."""
        self.state(verification, NORTH, ALPHA, agreed(package(NORTH, 2025)))
        self.apply(name)
        terms = replace(TERMS, reused=(verification,))
        self.do(AcceptApplication(name, terms, FACTS[LABEL]), actor(ALPHA, "p"))
        self.plan(name)
        self.complete(name)
        self.review(name, Outcome.GRANT)
        self.decide(name, Outcome.GRANT, number)

    def neutral(self, number: str, footprint: str) -> str:
        """Bring a claim on a certified footprint to a certificate of its own; return the name of the case."""
        found = self.world.find(Certified, footprint)
        assert found is not None
        held, name, holder = found.held, f"case-{number}", actor(found.held.client, "c1")
        claim = neutral_claim(f"N-{number}", held, legal_day(self.now), 500)
        self.do(ClaimNeutrality(claim, NEUTRAL), holder)
        self.apply(name, NEUTRAL, held.client, held.body, year=held.subject.last.year)
        self.do(NameClaim(name, claim.id), holder)
        self.evaluate(name)
        self.review(name, Outcome.GRANT)
        self.decide(name, Outcome.GRANT, number)
        return name

    def later(  # noqa: PLR0917
        self,
        name: str,
        number: str,
        kind: CaseKind,
        outcome: Outcome,
        year: int = 0,
        replacement: str = "",
        until: date | None = None,
        to: str = "",
    ) -> None:
        """Bring a later case about a certificate to its decision.

        Args:
            name: Of the case.
            number: Certificate.
            kind: Why.
            outcome: What is decided.
            year: Year of the data; left out, that of the certificate, or the next where the case needs newer data.
            replacement: Number of the certificate that takes its place.
            until: Last day of a suspension.
            to: Body that it moves to.
        """
        found = self.world.find(Certified, number)
        assert found is not None
        held = found.held
        newer = kind in (CaseKind.SURVEILLANCE, CaseKind.RENEWAL)
        year = year or (found.newest.year + 1 if newer else held.subject.first.year)
        self.apply(name, held.scheme, held.client, to or held.body, kind, number, year)
        self.evaluate(name)
        self.review(name, outcome)
        self.decide(name, outcome, replacement, until)

    def attach(self, name: str, digest: str) -> None:
        """Send another package."""
        self.do(AttachPackage(name, digest), actor(self.case(name).client, "c1"))
