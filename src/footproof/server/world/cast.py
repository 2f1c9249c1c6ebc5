"""The people and organisations of the world, and the deeds by which they came to be there.

Registry, regulator, two accreditation bodies, a scheme owner, 26 certification bodies with their people, and makers. A
deed is an operation with the events that it leads to: the events are written in bulk, and the tests carry the
operations out and compare.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache, cached_property, lru_cache
from random import Random
from typing import Any

from footproof.canonical import digest
from footproof.certify.case import Case
from footproof.certify.filing_operations import FileRule, SubmitFiling
from footproof.certify.filings import Filing, FilingFiled, FilingSubmitted
from footproof.certify.operation import Operation
from footproof.certify.people import (
    AccreditationSought,
    CodeTaken,
    Competence,
    CompetenceGranted,
    Conflict,
    ConflictDeclared,
    CreditCode,
    Duty,
    Engagement,
    Grant,
    Organisation,
    OrganisationRegistered,
    Person,
    PersonEngaged,
    PersonRegistered,
    RoleAssigned,
    ScopeChanged,
    ScopeGranted,
    Staff,
    StaffJoined,
    SystemDeclared,
)
from footproof.certify.record import Actor, Event, R, Stamp, Step, Steps, after
from footproof.certify.refusals import HOME, PILOT
from footproof.certify.register import (
    AssignRole,
    ChangeScope,
    DeclareConflict,
    DeclareSystem,
    EngagePerson,
    GrantCompetence,
    GrantScope,
    RegisterOrganisation,
    RegisterPerson,
    SeekAccreditation,
)
from footproof.model.bilingual import Bilingual
from footproof.model.days import legal_day
from footproof.model.recognition import Change, Scope
from footproof.server.world import names
from footproof.server.world.packages import RULE
from footproof.server.world.plan import (
    BODIES,
    LAPSED_BODY,
    LATE,
    LATE_BODY,
    LATE_CATEGORY,
    SUSPENDED_BODY,
    UNFILED_BODY,
    Life,
    Plan,
    categories,
    files,
    maker_kind,
    maker_place,
)
from footproof.server.world.shape import shape

REGISTRY, REGULATOR = "urn:footproof:demo:registry", "urn:footproof:demo:regulator"
ACCREDITORS = ("urn:footproof:demo:accreditor-1", "urn:footproof:demo:accreditor-2")
OWNER = "urn:footproof:demo:scheme-owner"
REGISTRAR = Actor("registry-1", "registrar", REGISTRY)
OFFICIAL = Actor("regulator-1", "regulator", REGULATOR)
SINCE = date(2015, 3, 2)
_ROLES = ("manager", "planner", "assessor", "verifier", "reviewer", "decision-maker", "appeals")
_LEAST = {"manager": 1, "planner": 2, "assessor": 4, "verifier": 3, "reviewer": 2, "decision-maker": 2, "appeals": 1}
_SYSTEMS = ("product-certification", "management-system-certification", "service-certification", PILOT)
MOST_TIES = 5
BATTERIES, BATTERY_KINDS = "cn.pcf.traction-battery@*", ("cn.pcf:2", "cn.pcf:3")
VERIFYING = 8
"""So many bodies, the first ones, are accredited to verify footprints of traction batteries."""


@dataclass(frozen=True, slots=True)
class Deed:
    """Something done in the world.

    Args:
        operation: What, as it could be asked for; None for the founding of a store, which comes before all roles.
        by: Who did it.
        at: When.
        steps: Events it led to.
    """

    operation: Operation | None
    by: Actor
    at: datetime
    steps: Steps


def mark(text: str) -> str:
    """Return a digest that stands for a document of the world."""
    return digest(text.encode("utf-8"))


def maker_id(client: int) -> str:
    """Return the id of a maker."""
    return f"urn:footproof:demo:maker:{client:05d}"


@cache
def maker_name(client: int) -> Bilingual:
    """Return the name of a maker."""
    return names.maker(client, maker_kind(client).word)


def representative(client: int) -> Actor:
    """Return who acts for a maker."""
    return Actor(f"maker-{client:05d}-1", "representative", maker_id(client))


class Registered:
    """What a statement looks up of the world on a day: its organisations, and the case that it serves.

    Args:
        cast: Who is there.
        case: Which; None for a verification of its own.
        day: On which.
    """

    def __init__(self, cast: "Cast", case: Case | None, day: date) -> None:
        self._cast, self._case, self._day = cast, case, day

    def find(self, record: type[R], identity: str) -> R | None:
        """Return an organisation or the case."""
        found: Any = self._case if record is Case else self._cast.organisation(identity, self._day)
        return found  # type: ignore[no-any-return]


class Cast:
    """Who is there.

    Args:
        plan: Of the world.
        bodies: DIDs of the bodies, in order.
    """

    def __init__(self, plan: Plan, bodies: tuple[str, ...]) -> None:
        self.plan, self.bodies = plan, bodies
        self.ties = dict(self._ties())
        self._barred = {(person, client) for person, client, _ in self.ties.values()}

    def people(self, body: int, role: str) -> tuple[Actor, ...]:
        """Return those of a body who have a role."""
        return _people(self.bodies[body], body, role)

    def pick(self, life: Life, body: int, role: str, random: Random) -> Actor:
        """Return somebody of a body for a case, without a tie to the client."""
        found = self.people(body, role)
        start = random.randrange(len(found))
        for step in range(len(found)):
            one = found[(start + step) % len(found)]
            if (one.person, life.client) not in self._barred:
                return one
        return found[start]

    def organisation(self, name: str, day: date) -> Organisation | None:
        """Return an organisation as it stood at the beginning of a day."""
        found = None
        for since, state in self._states.get(name, ()):
            found = state if since < day else found
        return found or _client(name)

    @cached_property
    def _states(self) -> dict[str, list[tuple[date, Organisation]]]:
        """Return the states of every organisation but makers, each with the day on which it began."""
        found: dict[str, list[tuple[date, Organisation]]] = {}
        for deed in sorted(self.deeds(), key=lambda one: one.at):
            for step in deed.steps:
                if step.record is Organisation:
                    states = found.setdefault(step.id, [])
                    before = states[-1][1] if states else None
                    states.append((legal_day(deed.at), after(before, step.event, Stamp(deed.by, deed.at))))
        return found

    def consultant(self, life: Life) -> Actor:
        """Return the assessor who has consulted for the client of a life."""
        person = self.ties[life.index][0]
        return next(one for one in self.people(life.body, "assessor") if one.person == person)

    def _ties(self) -> Iterator[tuple[int, tuple[str, int, Conflict]]]:
        """Yield ties of people to makers: those of planted faults, and others that bar nobody who is picked."""
        for life in self.plan.lives:
            if life.defect == "consultant-evaluated" or life.index % 97 == 5:
                people = self.people(life.body, "assessor")
                one = people[1 + life.index % (len(people) - 1)]
                last = life.submitted - timedelta(days=90 + life.index % 300)
                tie = Conflict(maker_id(life.client), "consulted", last - timedelta(days=200), last)
                yield life.index, (one.person, life.client, tie)

    def founding(self) -> Deed:
        """Return how the store begins: with the registry and its registrar."""
        day = legal_day(self.plan.settled) - timedelta(days=30)
        name = Bilingual("认证登记处（示例）", "Registry of Certification (DEMO)")
        steps = (
            Step(Organisation, REGISTRY, OrganisationRegistered("registrar", name, "", "CN-BJ", True, REGISTRY)),
            Step(Person, REGISTRAR.person, PersonRegistered(REGISTRAR.person)),
            Step(Person, REGISTRAR.person, PersonEngaged(Engagement(REGISTRY, "registrar", day))),
            Step(Person, REGISTRAR.person, RoleAssigned(Duty(REGISTRY, "registrar", day))),
        )
        return Deed(None, REGISTRAR, self.plan.settled - timedelta(days=20), steps)

    def deeds(self) -> Iterator[Deed]:
        """Yield all that authorities and bodies did apart from cases, in no order of time."""
        yield self.founding()
        at = self.plan.settled - timedelta(days=10)
        yield from _authorities(at)
        for body in range(BODIES):
            yield from self._body(body, at + timedelta(hours=body, minutes=10))
        for place, (person, _, tie) in enumerate(self.ties.values()):
            by = next(one for one in self._managers() if one.person.split("-")[1] == person.split("-")[1])
            moment = self.plan.settled + timedelta(days=1, seconds=place)
            yield Deed(DeclareConflict(person, tie), by, moment, (Step(Person, person, ConflictDeclared(tie)),))
        yield from self._troubles()
        yield from self.moonlighting()

    def moonlighting(self) -> Iterator[Deed]:
        """Yield the fault that people work at two bodies at a time."""
        for place in range(self.moonlighters):
            body, other = 5 + place % 12, 6 + place % 12
            people = self.people(body, "assessor")
            one = people[place // 12 % len(people)]
            at = self.plan.settled + timedelta(days=200 + 7 * place)
            asked = EngagePerson(one.person, self.bodies[other], legal_day(at), True, SINCE)
            yield Deed(asked, REGISTRAR, at, _engaged(one.person, self.bodies[other], "body", legal_day(at)))

    @property
    def moonlighters(self) -> int:
        """Return how many people work at two bodies."""
        return sum(life.defect == "evaluator-decided" for life in self.plan.lives)

    def _managers(self) -> tuple[Actor, ...]:
        return tuple(self.people(body, "manager")[0] for body in range(BODIES))

    def _body(self, body: int, at: datetime) -> Iterator[Deed]:
        name = self.bodies[body]
        yield _registered(name, "body", names.body_name(body), 1000 + body, shape().provinces[body % 25].code, at)
        manager = self.people(body, "manager")[0]
        for role in _ROLES:
            for one in self.people(body, role):
                giver = REGISTRAR if one == manager else manager
                yield from _engage(one, (role, *self._also(body, one)), at, giver)
        until = date(self.plan.until.year + 2, 12, 31)
        for role in _ROLES[1:]:
            for one in self.people(body, role):
                for which in (role, *self._also(body, one)):
                    held = Competence(which, "*", "*", SINCE, until)
                    event = CompetenceGranted(held)
                    yield Deed(GrantCompetence(one.person, held), manager, at, (Step(Person, one.person, event),))
        yield self._granted(body, OFFICIAL, "approval", self._scopes(body, None, legal_day(at)), at)
        accreditor = Actor(f"accreditor-{body % 2 + 1}", "accreditor", ACCREDITORS[body % 2])
        trouble = self.plan.trouble(body) if body == LAPSED_BODY else None
        last = trouble[0] - timedelta(days=1) if trouble else None
        sought = (Step(Organisation, name, AccreditationSought(accreditor.organisation)),)
        yield Deed(SeekAccreditation(name, accreditor.organisation), manager, at, sought)
        yield self._granted(body, accreditor, "accreditation", self._scopes(body, last, legal_day(at)), at)
        if body < VERIFYING:
            places = tuple(f"place:{one.code}" for one in shape().provinces)
            packs = Scope("4", ("verification",), (BATTERIES,), BATTERY_KINDS, places, SINCE, None, legal_day(at))
            kinds = tuple(one.code for one in shape().kinds)
            bases = Scope("5", ("verification",), (f"{RULE}@*",), kinds, places, SINCE, None, legal_day(at))
            yield self._granted(body, accreditor, "accreditation", (packs, bases), at)
        for place, offer in enumerate(shape().offers):
            if offer.scheme.filing_needed and files(body) and body != UNFILED_BODY:
                yield from self._filed(body, offer.scheme.name, offer.scheme.category.value, place, at)

    def _also(self, body: int, one: Actor) -> tuple[str, ...]:
        """Return the further role of the first assessor of a body, who decides too: not on what he evaluated."""
        return ("decision-maker",) if one == self.people(body, "assessor")[0] else ()

    def _scopes(self, body: int, last: date | None, known: date) -> tuple[Scope, ...]:
        places = tuple(f"place:{one.code}" for one in shape().provinces)
        kinds = (*categories(body), "demo.gbm:*", "demo.system:*", "demo.service:*")
        return (Scope("1", _SYSTEMS, ("*",), kinds, places, SINCE, last, known),)

    def _granted(self, body: int, by: Actor, kind: str, scopes: tuple[Scope, ...], at: datetime) -> Deed:
        name = _grant(kind, body, scopes[0].id)
        number = f"DEMO-{name.upper()}"
        asked = GrantScope(self.bodies[body], name, number, scopes)
        event = ScopeGranted(Grant(name, kind, number, scopes, (), by.organisation))
        return Deed(asked, by, at, (Step(Organisation, self.bodies[body], event),))

    def _filed(self, body: int, scheme: str, category: str, place: int, at: datetime) -> Iterator[Deed]:
        name, manager = self.bodies[body], self.people(body, "manager")[0]
        rule, filing = mark(f"rule {body} {scheme}"), Filing.name(name, scheme)
        moment = at + timedelta(minutes=20 + place)
        event = FilingSubmitted(name, scheme, category, rule)
        yield Deed(SubmitFiling(scheme, category, rule), manager, moment, (Step(Filing, filing, event),))
        later = moment + timedelta(days=2)
        yield Deed(FileRule(name, scheme), OFFICIAL, later, (Step(Filing, filing, FilingFiled()),))

    def _troubles(self) -> Iterator[Deed]:
        """Yield what makes the bodies with trouble what they are."""
        for kind, day in zip(("suspended", "restored"), self.plan.trouble(SUSPENDED_BODY) or (), strict=True):
            at = _at(day + timedelta(days=kind == "restored"))
            change = Change(kind, legal_day(at), legal_day(at))
            grant = _grant("approval", SUSPENDED_BODY, "1")
            name = self.bodies[SUSPENDED_BODY]
            yield Deed(
                ChangeScope(name, grant, change), OFFICIAL, at, (Step(Organisation, name, ScopeChanged(grant, change)),)
            )
        gap = self.plan.trouble(LAPSED_BODY)
        again = _at((gap[1] if gap else self.plan.until) + timedelta(days=1))
        accreditor = Actor(f"accreditor-{LAPSED_BODY % 2 + 1}", "accreditor", ACCREDITORS[LAPSED_BODY % 2])
        whole = self._scopes(LAPSED_BODY, None, legal_day(again))[0]
        renewed = Scope(
            "2",
            whole.activities,
            whole.schemes,
            whole.categories,
            whole.places,
            legal_day(again),
            None,
            legal_day(again),
        )
        yield self._granted(LAPSED_BODY, accreditor, "accreditation", (renewed,), again)
        late = _at(self.plan.day(LATE))
        for by, kind in (
            (OFFICIAL, "approval"),
            (Actor("accreditor-1", "accreditor", ACCREDITORS[0]), "accreditation"),
        ):
            more = Scope(
                "3", whole.activities, ("*",), (LATE_CATEGORY,), whole.places, legal_day(late), None, legal_day(late)
            )
            yield self._granted(LATE_BODY, by, kind, (more,), late)


def maker_deeds(plan: Plan, client: int) -> Iterator[Deed]:
    """Yield how a maker came to be there.

    Args:
        plan: Of the world.
        client: Index of the maker.
    """
    at = plan.settled + timedelta(seconds=2 * client)
    one = representative(client)
    yield _registered(one.organisation, "client", maker_name(client), 10_000 + client, maker_place(client), at)
    yield from _engage(one, (one.role,), at)
    for standard in ("GB/T 24001", "GB/T 23331"):
        since = legal_day(at) - timedelta(days=200 + client % 900)
        event = SystemDeclared(standard, since)
        asked = DeclareSystem(one.organisation, standard, since)
        yield Deed(asked, one, at, (Step(Organisation, one.organisation, event),))


@lru_cache(maxsize=4096)
def _client(name: str) -> Organisation:
    """Return a maker, of which a statement says the name only."""
    number = int(name.rpartition(":")[2])
    return Organisation(name, "client", maker_name(number), "", maker_place(number), demonstration=True)


@cache
def _people(name: str, body: int, role: str) -> tuple[Actor, ...]:
    more = 24 // (body + 2) if role in ("planner", "assessor", "verifier", "reviewer", "decision-maker") else 0
    return tuple(Actor(f"body-{body + 1:02d}-{role}-{place + 1}", role, name) for place in range(_LEAST[role] + more))


def _grant(kind: str, body: int, scope: str) -> str:
    return f"{kind}-{body + 1:02d}-{scope}"


def _authorities(at: datetime) -> Iterator[Deed]:
    kinds: Mapping[str, tuple[str, Bilingual, str]] = {
        REGULATOR: ("regulator", Bilingual("市场监管机构（示例）", "Market Regulator (DEMO)"), "regulator"),
        ACCREDITORS[0]: (
            "accreditation-body",
            Bilingual("第一认可机构（示例）", "First Accreditation (DEMO)"),
            "accreditor",
        ),
        ACCREDITORS[1]: (
            "accreditation-body",
            Bilingual("第二认可机构（示例）", "Second Accreditation (DEMO)"),
            "accreditor",
        ),
        OWNER: ("scheme-owner", Bilingual("方案所有者（示例）", "Scheme Owner (DEMO)"), "scheme-owner"),
    }
    for place, (name, (kind, title, role)) in enumerate(kinds.items()):
        reach = HOME if name == REGULATOR else "CN-BJ"
        yield _registered(name, kind, title, place + 1, reach, at)
        person = name.rpartition(":")[2]
        person = person if person[-1].isdigit() else f"{person}-1"
        yield from _engage(Actor(person, role, name), (role,), at)


def _registered(name: str, kind: str, title: Bilingual, number: int, place: str, at: datetime) -> Deed:  # noqa: PLR0917
    code = names.credit_code(number)
    event = OrganisationRegistered(kind, title, code, place, True, name)
    asked = RegisterOrganisation(name, kind, title, place, True, code)
    taken = Step(CreditCode, code, CodeTaken(code, name))
    return Deed(asked, REGISTRAR, at, (Step(Organisation, name, event), taken))


_KIND_OF = {
    "representative": "client",
    "regulator": "regulator",
    "accreditor": "accreditation-body",
    "scheme-owner": "scheme-owner",
}


def _engage(one: Actor, roles: tuple[str, ...], at: datetime, by: Actor = REGISTRAR) -> Iterator[Deed]:
    """Yield how a person comes to work somewhere, in roles."""
    event = PersonRegistered(one.person)
    yield Deed(RegisterPerson(one.person), REGISTRAR, at, (Step(Person, one.person, event),))
    first = legal_day(at)
    asked = EngagePerson(one.person, one.organisation, first, True, SINCE)
    yield Deed(asked, REGISTRAR, at, _engaged(one.person, one.organisation, _KIND_OF.get(one.role, "body"), first))
    for role in roles:
        duty: Event[Person] = RoleAssigned(Duty(one.organisation, role, first))
        yield Deed(AssignRole(one.person, one.organisation, role), by, at, (Step(Person, one.person, duty),))


def _engaged(person: str, organisation: str, kind: str, first: date) -> Steps:
    return (
        Step(Person, person, PersonEngaged(Engagement(organisation, kind, first, None, True, SINCE))),
        Step(Organisation, organisation, StaffJoined(Staff(person, True, SINCE))),
    )


def _at(day: date) -> datetime:
    from datetime import UTC

    return datetime(day.year, day.month, day.day, 0, 30, tzinfo=UTC)
