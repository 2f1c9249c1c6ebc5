"""Declarations of traction batteries (MIIT 551/2025) in the world: makers list packs, calculate, are verified, declare.

Makers of three kinds: most have declared all that they sell, some are on the way, some leave out a chemistry. All of it
follows from the plan; what was planned for days after the last one did not happen.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Context, Decimal
from itertools import count, islice
from random import Random

from footproof.certify.declaration import (
    ActivityDataAttached,
    Corrected,
    Declaration,
    DeclarationStarted,
    DeclarationState,
    Declared,
    Pack,
    Result,
    SelfCalculated,
    StatementAttached,
    package_digest,
)
from footproof.certify.declaration_operations import (
    AttachActivityData,
    AttachStatement,
    CorrectDeclaration,
    Declare,
    SelfCalculate,
    StartDeclaration,
)
from footproof.certify.declaration_rule import PARTS, rule_on, shipped_rules
from footproof.certify.operation import Operation
from footproof.certify.pack_lists import ListPacks, PackList, PacksListed, PacksRelisted, declaring
from footproof.certify.record import Actor, Event, Stamp, Step, after
from footproof.certify.verifications import Resting, StatementReliedOn, Verification
from footproof.model.bilingual import Bilingual
from footproof.model.days import legal_day
from footproof.server.world.batteries import BOUNDARY, Calculated, calculated
from footproof.server.world.cast import (
    VERIFYING,
    Cast,
    Deed,
    maker_deeds,
    maker_id,
    maker_name,
    mark,
    representative,
)
from footproof.server.world.engaged import Verifiers, Verifying, agreed_on, register_of, verified_alone
from footproof.server.world.packages import Figures, Study
from footproof.server.world.plan import Plan, maker_kind, maker_place
from footproof.server.world.shape import shape

State = DeclarationState
CHEMISTRIES = ("lfp", "nmc622", "nmc811", "lmfp", "sodium-ion")
CATEGORY, SMALL = "cn.pcf:3", "cn.pcf:2"
MOST_SMALL = 12
"""Up to which energy a pack is of the category of small ones. [kWh]"""
FEWEST, MOST, EACH = 12, 60, 200
"""Makers that declare: one for so many makers of the world, within bounds."""
FAULTS = ("pack-unlisted", "pack-misstated", "declared-unscoped", "declared-not-package")
MISSING = "chemistry-missing"
_STRANGER = 9
"""A body that nobody accredited for verifications."""
_DATA, _CALCULATION, _VERIFICATION, _ATTACHED, _DECLARED, _CORRECTION, _CORRECTED = 14, 26, 30, 56, 62, 90, 126
_WAY = (
    (State.QUALITY_PLAN, 0),
    (State.ACTIVITY_DATA, _DATA),
    (State.SELF_CALCULATED, _CALCULATION),
    (State.VERIFIED, _VERIFICATION),
    (State.DECLARED, _DECLARED),
    (State.CORRECTED, _CORRECTION),
)
"""States with the day on which the work for them begins, from the start of a declaration on."""
_SHOWS = dict(zip(FAULTS, (0, _CALCULATION, _VERIFICATION, _CALCULATION), strict=True))
"""The day from which a fault is there."""
_STOPS = (State.DECLARED, State.VERIFIED, State.SELF_CALCULATED, State.ACTIVITY_DATA, State.QUALITY_PLAN)
_SIX, _FOUR = Context(prec=6), Context(prec=4)
_REASON = Bilingual("电表读数有误，已更正（示例）", "A meter had been read wrongly (DEMO)")


@dataclass(frozen=True, slots=True)
class Declaring:
    """One declaration.

    Args:
        number: Among all.
        client: Index of the maker.
        pack: As it is declared.
        stated: As its study has it.
        body: Index of the body that verifies.
        start: When it begins.
        last: How far it gets.
        defect: Kind of a planted fault; empty for none.
    """

    number: int
    client: int
    pack: Pack
    stated: Pack
    body: int
    start: datetime
    last: State
    defect: str = ""

    @property
    def name(self) -> str:
        """Return the id of the declaration."""
        return f"D-{self.number:06d}"


@dataclass(frozen=True, slots=True)
class Declarer:
    """A maker that declares.

    Args:
        client: Its index.
        packs: Everything it sells.
        listed: When it lists them.
        later: Whether the last pack comes with a second list.
        declarations: Its declarations.
        defect: Kind of a planted fault; empty for none.
    """

    client: int
    packs: tuple[Pack, ...]
    listed: datetime
    later: bool
    declarations: tuple[Declaring, ...]
    defect: str = ""


def declarers(plan: Plan) -> tuple[Declarer, ...]:
    """Return the makers that declare, each with its declarations: those that make batteries, the largest first.

    Args:
        plan: Of the world.
    """
    wanted = max(FEWEST, min(MOST, plan.makers // EACH))
    clients = islice((one for one in count() if maker_kind(one).code in (CATEGORY, SMALL)), wanted)
    found: list[Declarer] = []
    for place, client in enumerate(clients):
        found.append(_declarer(plan, place, client, sum(len(one.declarations) for one in found)))
    return _spoiled(found, max(2, wanted // 10))


def declared_faults(plan: Plan) -> Iterator[dict[str, str]]:
    """Yield the planted faults that are there on the last day.

    Args:
        plan: Of the world.
    """
    for maker in declarers(plan):
        if maker.defect and all(one.start + timedelta(_DECLARED) <= _end(plan) for one in maker.declarations):
            yield {"kind": maker.defect, "maker": maker_id(maker.client)}
        for one in maker.declarations:
            if one.defect and one.start + timedelta(_SHOWS[one.defect]) <= _end(plan):
                body = {"body": f"body-{one.body + 1:02d}"} if one.defect == "declared-unscoped" else {}
                yield {"kind": one.defect, "declaration": one.name, "maker": maker_id(one.client), **body}


def lists(plan: Plan, maker: Declarer) -> Iterator[Deed]:
    """Yield how a maker states what it sells; one beyond the makers of the certificates is registered first.

    Args:
        plan: Of the world.
        maker: Who.
    """
    if maker.listed > _end(plan):
        return
    if maker.client >= plan.makers:
        yield from maker_deeds(plan, maker.client)
    by, first = representative(maker.client), maker.packs[:-1] if maker.later else maker.packs
    stated: Event[PackList] = PacksListed(by.organisation, first)
    yield Deed(ListPacks(first), by, maker.listed, (Step(PackList, by.organisation, stated),))
    again = maker.listed + timedelta(days=20)
    if maker.later and again <= _end(plan):
        stated = PacksRelisted(maker.packs)
        yield Deed(ListPacks(maker.packs), by, again, (Step(PackList, by.organisation, stated),))


class DeclarationStory:
    """A declaration as it is told.

    Args:
        cast: Who is there.
        one: The declaration.
    """

    def __init__(self, cast: Cast, one: Declaring) -> None:
        self.cast, self.one = cast, one
        self.made: dict[str, Calculated] = {}
        """Packages by digest."""
        self.documents: list[str] = []
        """Texts of quality plans and activity data, which are kept."""
        self._by = representative(one.client)
        self._told: list[Deed] = []
        self._record: Declaration | None = None

    def deeds(self) -> list[Deed]:
        """Return what happened until the last day of the world, in order."""
        end = _end(self.cast.plan)
        parts = (self._begin, self._attach, self._calculate, self._verified, self._declare, self._correct)
        for (state, day), part in zip(_WAY, parts, strict=True):
            if self._at(day) > end:
                break
            part()
            if state is self.one.last:
                break
        return [one for one in self._told if one.at <= end]

    # ---- the way to the declaration

    def _begin(self) -> None:
        plan, one, at = self._document("质量控制计划", "quality plan"), self.one, self._at(0)
        event = DeclarationStarted(one.name, rule_on(legal_day(at)).name, one.pack, plan)
        self._do(0, StartDeclaration(one.name, one.pack, plan), event)

    def _attach(self) -> None:
        data = self._document("活动数据", "activity data")
        self._do(_DATA, AttachActivityData(self.one.name, data), ActivityDataAttached(data))

    def _calculate(self) -> None:
        found = self._package(Decimal(1), self._at(0).date().replace(day=1))
        value = found.came.value
        if self.one.defect == "declared-not-package":
            value = _SIX.create_decimal(value * Decimal("0.9"))
        asked = SelfCalculate(self.one.name, found.came.package)
        self._do(_CALCULATION, asked, SelfCalculated(found.came.package, value, found.came.unit))

    def _verified(self) -> None:
        name = f"verification-{self.one.name}"
        statement = self._verify(name, next(iter(self.made.values())), _VERIFICATION)
        event = StatementAttached(statement, self.cast.bodies[self.one.body], name)
        self._do(_ATTACHED, AttachStatement(self.one.name, name), event)

    def _declare(self) -> None:
        rule = rule_on(legal_day(self._at(_DECLARED)))
        event = Declared(rule.name, package_digest(self._now()))
        rested = self._rested(f"verification-{self.one.name}")
        self._do(_DECLARED, Declare(self.one.name), event, declaring(self.one.pack, self.one.name), rested)

    def _correct(self) -> None:
        name, texts = (
            f"verification-{self.one.name}-2",
            (("质量控制计划（第二版）", "quality plan 2"), ("活动数据（更正）", "data 2")),
        )
        found = self._package(Decimal("1.03"), self._at(_CORRECTION).date().replace(day=1))
        plan, data = (self._document(*one) for one in texts)
        statement = self._verify(name, found, _CORRECTION)
        came = found.came
        parts = dict(zip(PARTS, (plan, data, came.package, statement), strict=True))
        asked = CorrectDeclaration(self.one.name, plan, data, came.package, name, _REASON.zh)
        event = Corrected(_REASON.zh, Result(came.value, came.unit, parts), package_digest(self._now()), name)
        self._do(_CORRECTED, asked, event, self._rested(name))

    # ---- its parts

    def _now(self) -> Declaration:
        if self._record is None:
            raise ValueError(self.one.name)
        return self._record

    def _at(self, day: int) -> datetime:
        return self.one.start + timedelta(days=day)

    def _rested(self, verification: str) -> Step:
        """Return that a verification learns of the declaration that rests on its statement."""
        resting = Resting(Declaration.stream, self.one.name)
        return Step(Verification, verification, StatementReliedOn(resting))

    def _do(self, day: int, asked: Operation, event: Event[Declaration], *further: Step) -> None:
        at = self._at(day)
        self._record = after(self._record, event, Stamp(self._by, at))
        self._told.append(Deed(asked, self._by, at, (Step(Declaration, self.one.name, event), *further)))

    def _document(self, zh: str, en: str) -> str:
        self.documents.append(f"{zh}（示例） / {en} (DEMO): {self.one.name}")
        return mark(self.documents[-1])

    def _package(self, power: Decimal, known: date) -> Calculated:
        """Return the package of the pack, with so much of its electricity."""
        one, maker, year = self.one, maker_name(self.one.client), _first().year
        figures = _figures(self.cast.plan, one)
        study = Study(
            category=_category(one.pack),
            figures=replace(figures, power=_FOUR.create_decimal(figures.power * power)),
            model=one.pack.model,
            product=Bilingual("动力电池包（示例）", "Traction battery pack (DEMO)"),
            client=maker,
            site=Bilingual(f"{maker.zh}工厂", f"{maker.en}, plant"),
            year=year,
            known=known,
        )
        found = calculated(study, one.stated)
        self.made[found.came.package] = found
        return found

    def _verify(self, name: str, found: Calculated, day: int) -> str:
        """Verify a package and issue the statement; return its digest."""
        one = self.one
        who, about = self._verifiers(), (_category(one.pack), f"{self._by.organisation}:site", maker_place(one.client))
        agreed = agreed_on(found.came, found.sheet, found.product, BOUNDARY, about)
        verifying = Verifying(name, self._by.organisation, agreed, register_of(found.terms), who)
        deeds, statement = verified_alone(self.cast, verifying, self._at(day))
        self._told += deeds
        return statement

    def _verifiers(self) -> Verifiers:
        return Verifiers(*(self._somebody(role) for role in ("planner", "verifier", "reviewer")))

    def _somebody(self, role: str) -> Actor:
        found = self.cast.people(self.one.body, role)
        return found[self.one.number % len(found)]


def _declarer(plan: Plan, place: int, client: int, before: int) -> Declarer:
    """Return a maker: the third and ninth of twelve leave out a chemistry, every fourth is on the way."""
    random = Random((plan.seed << 32) + client)  # noqa: S311
    missing, behind = place % 12 in (2, 8), place % 4 == 3
    listed = datetime(*_first().timetuple()[:3], 2, tzinfo=UTC) + timedelta(days=10 + place % 20, minutes=place)
    known = [CHEMISTRIES[(place + step) % len(CHEMISTRIES)] for step in range(2 + place % 2)]
    packs = tuple(
        Pack(
            maker_id(client), f"TB-{client:05d}-{turn + 1}", known[turn // 5 if missing else turn % len(known)], energy
        )
        for turn, energy in enumerate(_energies(random, 7 if missing else 5 + place % 3))
    )
    beside = (Pack(maker_id(client), f"TB-{client:05d}-S", known[0], Decimal("1.6")),) if place % 2 else ()
    abroad = (Pack(maker_id(client), f"TB-{client:05d}-X", known[0], Decimal("61.4"), "DE"),) if place % 5 == 0 else ()
    declarations = tuple(
        Declaring(
            number=before + turn + 1,
            client=client,
            pack=pack,
            stated=pack,
            body=(place + turn) % VERIFYING,
            start=listed + timedelta(days=30 + 8 * turn + (place * 13) % 100),
            last=_stop(place, turn, behind=behind),
        )
        for turn, pack in enumerate(packs[:5] if missing else packs)
    )
    return Declarer(
        client, (*beside, *abroad, *packs), listed, place % 3 == 1, declarations, MISSING if missing else ""
    )


def _energies(random: Random, number: int) -> list[Decimal]:
    """Return rated energies: the first pack of a maker is a small one. [kWh]"""
    return [
        Decimal(random.randrange(30, 110)) / 10,
        *(Decimal(random.randrange(200, 1100)) / 10 for _ in range(number - 1)),
    ]


def _stop(place: int, turn: int, *, behind: bool) -> State:
    if behind:
        return _STOPS[turn % len(_STOPS)]
    return State.CORRECTED if (place + turn) % 6 == 0 else State.DECLARED


def _spoiled(found: list[Declarer], each: int) -> tuple[Declarer, ...]:
    """Return the makers with faults planted in declarations of those that have declared everything."""
    sound = [place for place, one in enumerate(found) if not one.defect and place % 4 != 3]
    for number, defect in enumerate(FAULTS * each):
        turn, place = divmod(number, len(sound))
        maker = found[sound[place]]
        some = list(maker.declarations)
        some[1 + turn] = _faulty(some[1 + turn], defect)
        found[sound[place]] = replace(maker, declarations=tuple(some))
    return tuple(found)


def _faulty(one: Declaring, defect: str) -> Declaring:
    one = replace(one, defect=defect, last=State.DECLARED)
    if defect == "pack-unlisted":
        larger = replace(one.pack, energy=one.pack.energy + 5)
        return replace(one, pack=larger, stated=larger)
    if defect == "pack-misstated":
        others = [word for word in CHEMISTRIES if word != one.pack.chemistry]
        return replace(one, stated=replace(one.pack, chemistry=others[0]))
    return replace(one, body=_STRANGER) if defect == "declared-unscoped" else one


def _figures(plan: Plan, one: Declaring) -> Figures:
    """Return what a pack takes: a footprint of making it within the band of its category. [per pack]"""
    kind, random = shape().kind(_category(one.pack)), Random((plan.seed << 32) + one.number * 16 + 3)  # noqa: S311
    grid = next((place.grid for place in shape().provinces if place.code == maker_place(one.client)), Decimal("0.6"))
    value = one.pack.energy * random.randrange(int(kind.low), int(kind.high))
    main, other = value * Decimal("0.62") / kind.factor, value * Decimal("0.08") / Decimal("2.1")
    return Figures(
        product=_FOUR.create_decimal((main + other) * Decimal("0.92")),
        main=_FOUR.create_decimal(main),
        other=_FOUR.create_decimal(other),
        power=_FOUR.create_decimal(value * Decimal("0.2") / grid),
        fuel=_FOUR.create_decimal(value * Decimal("0.1") / Decimal("0.07")),
        grid=grid,
        grid_year=_first().year - 1,
    )


def _category(pack: Pack) -> str:
    return SMALL if pack.energy <= MOST_SMALL else CATEGORY


def _first() -> date:
    """Return the first day of the trial."""
    return shipped_rules()[0].first


def _end(plan: Plan) -> datetime:
    return datetime(*plan.until.timetuple()[:3], 23, 59, tzinfo=UTC)
