"""What is to happen to each certificate of the world: drawn from a seed, before anything is made.

A life is an application and all that follows from it: its certificate, surveillances, suspensions, a certificate that
takes its place. Lives are drawn with skewed sizes of bodies, makers and provinces, more in some months than in others;
numbers are given in the order of the decisions.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import accumulate
from random import Random
from typing import TypeVar

from footproof.certify.scheme import add_months, valid_until
from footproof.server.world.shape import Kind, Offer, Shape, shape

T = TypeVar("T")
YEARS = 3
BODIES = 26
LABEL, REDUCTION = "cn.cfp.label@CNCA-CFP-00-2025", "cn.cfp.reduction-label@2025-structure"
NEUTRAL = "cn.carbon-neutral@ISO-14068-1-2023"
CLAIMING = timedelta(days=40)
"""From a claim of neutrality to the decision on it."""
SUSPENDED_BODY, LATE_BODY, LAPSED_BODY, LOOSE_BODY, UNFILED_BODY = range(21, 26)
"""Bodies with trouble: suspended for a while, a scope that came late, accreditation with a gap, two careless ones."""
LATE_CATEGORY, LOOSE_CATEGORY = "cn.pcf:9", "cn.pcf:15"
SUSPENDED, LAPSED = (400, 355), (200, 140)
"""First and last day of the trouble, counted back from the end. [days]"""
LATE = 300
NEUTRAL_DAYS = 250
"""Certificates of neutrality are no older: their first surveillance is still ahead. [days]"""
RENEWING = 55
"""From application to decision of a renewal. [days]"""
_SEASON = (5, 3, 8, 7, 8, 11, 7, 7, 9, 8, 12, 15)
_GROWTH = (6, 18, 76)
PLANTED = (
    "outside-scope",
    "during-suspension",
    "scope-a-day-late",
    "expired-accreditation",
    "evaluator-decided",
    "consultant-evaluated",
    "without-filing",
    "outside-provinces",
    "missing-surveillance",
    "labels-exceeded",
    "value-not-package",
    "stale-grid-year",
    "duplicated-inventory",
    "outlier-value",
    "impossible-balance",
    "family-too-wide",
    "credits-twice",
)
"""Kinds of faults in lives; that a person works at two bodies is a fault of people and stands in the cast."""
_FATES = {
    "plain": 800,
    "urgent": 40,
    "ordered": 75,
    "withdrawn": 9,
    "cancelled": 15,
    "transferred": 12,
    "complained": 14,
    "neutral": 45,
}
_NAMES, _CHANCES = tuple(_FATES), tuple(accumulate(_FATES.values()))


@dataclass(frozen=True, slots=True)
class Issue:
    """One certificate of a life.

    Args:
        decided: When.
        number: Its number.
        order: How many were issued before it.
    """

    decided: datetime
    number: str = ""
    order: int = -1


@dataclass(frozen=True, slots=True)
class Life:
    """An application and what follows.

    Args:
        index: Among all lives.
        body: Index of the body.
        client: Index of the maker.
        scheme: `id@edition`.
        category: `list:code`.
        place: ISO 3166-2 of the site.
        submitted: Day of the application.
        outcome: "granted", "refused", "declined", "taken-back" or "open": not decided by the last day.
        fate: One of _FATES.
        first: The certificate; for other outcomes only its day counts.
        second: Certificate that takes its place; None where there is none.
        heir: Body of the second certificate.
        defect: Kind of a planted fault; empty for none.
        twin: Life whose measurements it repeats; -1 for none.
    """

    index: int
    body: int
    client: int
    scheme: str
    category: str
    place: str
    submitted: date
    outcome: str
    fate: str
    first: Issue
    second: Issue | None = None
    heir: int = -1
    defect: str = ""
    twin: int = -1


@dataclass(frozen=True, slots=True)
class Plan:
    """The whole world before it is made.

    Args:
        seed: From which all is drawn.
        until: Last day.
        lives: In order.
        makers: How many makers there are.
    """

    seed: int
    until: date
    lives: tuple[Life, ...] = field(repr=False)
    makers: int

    @property
    def since(self) -> date:
        """Return the first day on which certificates are decided."""
        return self.until.replace(day=1, year=self.until.year - YEARS)

    @property
    def settled(self) -> datetime:
        """Return the moment at which all bodies and people are there."""
        return datetime(self.since.year, self.since.month, 1, 1, tzinfo=UTC) - timedelta(days=300)

    def day(self, back: int) -> date:
        """Return a day counted back from the end. [days]"""
        return self.until - timedelta(days=back)

    def trouble(self, body: int) -> tuple[date, date] | None:
        """Return the days on which a body may not certify."""
        window = {SUSPENDED_BODY: SUSPENDED, LAPSED_BODY: LAPSED}.get(body)
        return None if window is None else (self.day(window[0]), self.day(window[1]))

    def random(self, life: Life, what: int = 0) -> Random:
        """Return the source of chance of a life, the same each time it is asked for."""
        return Random(((self.seed << 32) + life.index) * 16 + what)  # noqa: S311


def make_plan(count: int, seed: int, until: date) -> Plan:
    """Return the plan of a world.

    Args:
        count: How many certificates.
        seed: From which all is drawn.
        until: Last day.
    """
    drawing = _Drawing(count, seed, until)
    lives = list(drawing.granted())
    lives += [drawing.other(len(lives) + place) for place in range(count // 12)]
    found = Plan(seed, until, tuple(lives), drawing.makers)
    planted = _plant(found, max(2, min(24, count // 100)), Random(seed + 1))  # noqa: S311
    return replace(found, lives=_numbered(planted))


def categories(body: int) -> tuple[str, ...]:
    """Return the categories of products that a body is approved for from the beginning."""
    codes = [one.code for one in shape().kinds]
    if body < 12 or body in (SUSPENDED_BODY, LAPSED_BODY, UNFILED_BODY):
        return tuple(codes)
    left_out = {LATE_BODY: LATE_CATEGORY, LOOSE_BODY: LOOSE_CATEGORY}.get(body)
    chosen = [code for place, code in enumerate(codes) if (place * 7 + body * 5) % 17 < 10]
    return tuple(code for code in (codes if left_out else chosen) if code != left_out)


def files(body: int) -> bool:
    """Tell whether a body filed rules of its own, for schemes that need that."""
    return body < 14


class _Drawing:
    """Draws lives one after another."""

    def __init__(self, count: int, seed: int, until: date) -> None:
        self.count, self.until = count, until
        self.random = Random(seed)  # noqa: S311
        self.shape: Shape = shape()
        self.makers = max(12, count // 8)
        self._makers = tuple(accumulate(1 / (place + 8) ** 0.8 for place in range(self.makers)))
        self._bodies = tuple(accumulate(1 / (place + 2) ** 0.9 for place in range(BODIES)))
        self._kinds = tuple(accumulate(one.weight for one in self.shape.kinds))
        self._offers = tuple(accumulate(one.weight for one in self.shape.offers))
        self._days, self._weights = self._calendar()

    def granted(self) -> Iterator[Life]:
        """Yield lives until there are certificates enough."""
        issues, index = 0, 0
        while issues < self.count:
            life = self._life(index)
            if issues + 1 == self.count:
                life = replace(life, second=None, fate="plain")
            issues += 2 if life.second else 1
            index += 1
            yield life

    def other(self, index: int) -> Life:
        """Return a life that leads to no certificate."""
        random = self.random
        outcome = random.choice(("refused", "refused", "declined", "taken-back", "open", "open"))
        life = replace(self._life(index), outcome=outcome, fate="plain", second=None)
        if outcome != "open":
            return life
        end = moment(self.until + timedelta(days=random.randint(5, 60)), random)
        offer, start = self.shape.offer(life.scheme), end.date() - timedelta(days=random.randint(66, 110))
        return replace(life, body=self._body(offer, life.category, start), submitted=start, first=Issue(end))

    def _life(self, index: int) -> Life:
        random, offer = self.random, self._pick(self.shape.offers, self._offers)
        client = self._pick(range(self.makers), self._makers)
        kind = maker_kind(client) if random.random() < 0.85 else self._pick(self.shape.kinds, self._kinds)
        decided = moment(self._pick(self._days, self._weights), random)
        scheme, category = offer.scheme.name, offer.category or kind.code
        body = self._body(offer, category, decided.date())
        spent = min(150, max(24, int(random.lognormvariate(4.1, 0.35))))
        place = maker_place(client)
        fate = random.choices(_NAMES, cum_weights=_CHANCES)[0]
        if body > 20 and fate != "cancelled":
            fate = "plain"
        life = Life(
            index, body, client, scheme, category, place, decided.date() - timedelta(days=spent), "granted", fate,
            Issue(decided),
        )  # fmt: skip
        return self._followed(life, offer)

    def _followed(self, life: Life, offer: Offer) -> Life:
        """Return a life with the certificate that takes the place of its first one, if any."""
        random, first = self.random, life.first.decided.date()
        if life.fate == "transferred":
            moved = first + timedelta(days=random.randint(120, 300))
            heir = (life.body + 1 + random.randrange(10)) % 12
            if moved >= self.until or heir == life.body or not offer.scheme.transfer or offer.scheme.filing_needed:
                return replace(life, fate="plain")
            return replace(life, second=Issue(moment(moved, random)), heir=heir)
        if life.fate == "neutral":
            return self._claimed(life)
        last = valid_until(offer.scheme, first)
        renewed = last - timedelta(days=random.randint(6, 50))
        newer = date(life.submitted.year + 2 + _before(offer, first, renewed), 1, 2)  # data of the next year are there
        late = renewed >= self.until or renewed - timedelta(days=RENEWING) < newer
        if life.fate != "plain" or late or random.random() > 0.7 or life.body > 20:
            return life
        return replace(life, second=Issue(moment(renewed, random)), heir=life.body)

    def _claimed(self, life: Life) -> Life:
        """Return a life with a certificate of neutrality beside its first one, where that is young enough."""
        random = self.random
        decided = life.first.decided.date() + CLAIMING + timedelta(days=random.randint(5, 90))
        if life.scheme != LABEL or decided >= self.until or (self.until - decided).days > NEUTRAL_DAYS:
            return replace(life, fate="plain")
        return replace(life, second=Issue(moment(decided, random)), heir=random.randrange(12))

    def _body(self, offer: Offer, category: str, day: date) -> int:
        wanted = category if not offer.category else ""
        while True:
            body = self._pick(range(BODIES), self._bodies)
            known = not wanted or wanted in categories(body)
            filed = not offer.scheme.filing_needed or files(body)
            if known and filed and not (body in (SUSPENDED_BODY, LAPSED_BODY) and self._late(offer, day)):
                return body

    def _late(self, offer: Offer, day: date) -> bool:
        """Tell whether a body with trouble would meet it: while the certificate lives, or in a later case."""
        return offer.scheme.valid_months != 24 or (self.until - day).days < 860

    def _pick(self, among: Sequence[T], weights: Sequence[float]) -> T:
        return self.random.choices(among, cum_weights=weights)[0]

    def _calendar(self) -> tuple[list[date], list[float]]:
        """Return the working days of the years with how many decisions fall on them, summed up."""
        first = self.until.replace(day=1, year=self.until.year - YEARS)
        days = [first + timedelta(days=place) for place in range((self.until - first).days)]
        days = [day for day in days if day.weekday() < 5]
        share = [_GROWTH[min(2, (day - first).days // 366)] * _SEASON[day.month - 1] for day in days]
        return days, list(accumulate(share))


def _before(offer: Offer, first: date, renewed: date) -> int:
    """Return how many surveillances come before a renewal."""
    months, count = offer.scheme.surveillance.every_months, 0
    while months is not None and add_months(first, months * (count + 1)) < renewed:
        count += 1
    return count


@cache
def maker_kind(client: int) -> Kind:
    """Return the category that a maker mostly makes."""
    kinds = shape().kinds
    return Random(client * 7919 + 3).choices(kinds, [one.weight for one in kinds])[0]  # noqa: S311


@cache
def maker_place(client: int) -> str:
    """Return the province of a maker."""
    provinces = shape().provinces
    return Random(client * 104729 + 5).choices(provinces, [one.weight for one in provinces])[0].code  # noqa: S311


def moment(day: date, random: Random) -> datetime:
    """Return a moment of the afternoon of a day on which something is decided: 07:00 to 09:00 UTC."""
    start = datetime(day.year, day.month, day.day, 7, tzinfo=UTC)
    return start + timedelta(seconds=random.randrange(7200), microseconds=random.randrange(1_000_000))


def _plant(plan: Plan, each: int, random: Random) -> list[Life]:
    """Return the lives with faults planted in some, and bodies and days changed so that they come true."""
    lives = list(plan.lives)
    free = [one.index for one in lives if _plantable(plan, one)]
    random.shuffle(free)
    old = [index for index in free if lives[index].first.decided.date() < plan.day(420)]
    young = [index for index in free if lives[index].first.decided.date() > plan.day(300)]
    claimed = [one.index for one in lives if one.fate == "neutral"]
    for kind in PLANTED:
        for _ in range(each):
            source = {"missing-surveillance": old, "value-not-package": young, "credits-twice": claimed}.get(kind, free)
            while source and lives[source[-1]].defect:
                source.pop()
            if source:  # of claims there may be fewer
                index = source.pop()
                lives[index] = _spoiled(plan, lives[index], kind, random)
    sound = [one for one in lives if not one.defect and one.outcome == "granted" and one.scheme == LABEL]
    for one in [life for life in lives if life.defect == "duplicated-inventory"]:
        twin = sound.pop(next(place for place, other in enumerate(sound) if other.client != one.client))
        lives[one.index] = replace(one, twin=twin.index, category=twin.category, body=one.index % 8)
    return lives


def _plantable(plan: Plan, one: Life) -> bool:
    granted = one.outcome == "granted" and one.fate == "plain" and one.second is None and one.scheme == LABEL
    return granted and one.body < 20 and plan.day(700) < one.first.decided.date() < plan.day(8)


def _spoiled(plan: Plan, one: Life, kind: str, random: Random) -> Life:
    one = replace(one, defect=kind)
    if kind == "outside-scope":
        return replace(one, body=LOOSE_BODY, category=LOOSE_CATEGORY)
    if kind == "without-filing":
        return replace(one, body=UNFILED_BODY, scheme=REDUCTION)
    if kind == "outside-provinces":
        return replace(one, place=shape().outside)
    if kind in ("during-suspension", "expired-accreditation"):
        body = SUSPENDED_BODY if kind == "during-suspension" else LAPSED_BODY
        first, last = plan.trouble(body) or (plan.until, plan.until)
        day = first + timedelta(days=random.randint(10, (last - first).days - 5))
        return _moved(one, body, day, random)
    if kind == "scope-a-day-late":
        return replace(_moved(one, LATE_BODY, plan.day(LATE) - timedelta(days=1), random), category=LATE_CATEGORY)
    return one


def _moved(one: Life, body: int, day: date, random: Random) -> Life:
    spent = one.first.decided.date() - one.submitted
    return replace(one, body=body, submitted=day - spent, first=Issue(moment(day, random)))


def _numbered(lives: list[Life]) -> tuple[Life, ...]:
    """Return the lives with numbers in the order of the decisions."""
    issues = [
        (issue.decided, life.index, second)
        for life in lives
        if life.outcome == "granted"
        for second, issue in enumerate((life.first, life.second))
        if issue is not None
    ]
    for order, (decided, index, second) in enumerate(sorted(issues)):
        issue = Issue(decided, f"DEMO-{decided.year}-{order + 1:06d}", order)
        lives[index] = replace(lives[index], second=issue) if second else replace(lives[index], first=issue)
    return tuple(lives)
