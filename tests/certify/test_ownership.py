"""A body or laboratory and a client under one owner are bound; ties through owners are symmetric and end in cycles."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certify.cast import (
    ALPHA,
    FACTS,
    LABEL,
    LABORATORY,
    LONG_AGO,
    NORTH,
    OFFICIALS,
    REGISTRAR,
    SOUTH,
    TERMS,
    Script,
    actor,
    agreed,
    mark,
    package,
    settled,
)
from footproof.certify.applications import AcceptApplication
from footproof.certify.case import Outcome
from footproof.certify.decisions import CompleteReview
from footproof.certify.engagements import AgreeEngagement
from footproof.certify.memory import MemoryWorld
from footproof.certify.ownership import MOST, EndOwner, OwnerStated, StateOwner, controllers, need_unowned
from footproof.certify.people import Organisation, OrganisationRegistered, Owner
from footproof.certify.record import Actor, Stamp, Step
from footproof.certify.register import GrantScope, RegisterOrganisation
from footproof.errors import FootproofError
from footproof.model.bilingual import Bilingual
from footproof.model.days import legal_day
from footproof.model.recognition import Scope

HOLDING, HALF = "urn:demo:holding", Decimal("0.5")
DAY = date(2026, 6, 1)
ACCEPT = AcceptApplication("C-1", TERMS, FACTS[LABEL])
Edges = list[tuple[int, int, Decimal]]


@pytest.fixture
def script() -> Script:
    """Return a world with an application of one maker, and a holding."""
    found = Script(settled())
    found.do(
        RegisterOrganisation(HOLDING, "client", Bilingual("控股公司（示例）", "Holding (DEMO)"), "CN-GD", True),
        REGISTRAR,
    )
    found.apply("C-1")
    return found


def own(script: Script, owned: str, owner: str, share: Decimal = HALF) -> None:
    script.do(StateOwner(owned, owner, share, legal_day(script.now)), REGISTRAR)


@pytest.mark.parametrize(
    "chain",
    [
        ((ALPHA, NORTH),),
        ((NORTH, ALPHA),),
        ((ALPHA, HOLDING), (NORTH, HOLDING)),
        ((ALPHA, SOUTH), (SOUTH, HOLDING), (NORTH, HOLDING)),
        ((ALPHA, SOUTH), (SOUTH, ALPHA), (NORTH, SOUTH)),
    ],
)
def test_body_and_client_under_one_owner(script: Script, chain: tuple[tuple[str, str], ...]) -> None:
    for owned, owner in chain:
        own(script, owned, owner)
    with pytest.raises(FootproofError, match="E-BODY-OWNED"):
        script.accept("C-1")


def test_less_than_half_is_no_control(script: Script) -> None:
    own(script, ALPHA, HOLDING, Decimal("0.49"))
    own(script, NORTH, HOLDING)
    script.accept("C-1")


def test_a_half_in_two_parts_is_control(script: Script) -> None:
    """Whoever holds forty percent through each of two companies of their own holds eighty."""
    for company in (SOUTH, LABORATORY):
        own(script, company, HOLDING, Decimal(1))
        own(script, ALPHA, company, Decimal("0.4"))
    script.apply("C-2", client=NORTH)
    script.accept("C-2")
    own(script, NORTH, HOLDING)
    with pytest.raises(FootproofError, match="E-BODY-OWNED"):
        script.accept("C-1")


def test_what_passes_from_one_to_the_other_counts_once(script: Script) -> None:
    """A part that a company sells to its sister is no second part, nor is a share that is stated anew."""
    own(script, NORTH, HOLDING)
    own(script, SOUTH, HOLDING)
    own(script, ALPHA, SOUTH, Decimal("0.4"))
    script.now += timedelta(days=30)
    script.do(EndOwner(ALPHA, SOUTH), REGISTRAR)
    own(script, ALPHA, HOLDING, Decimal("0.4"))
    script.now += timedelta(days=30)
    script.do(EndOwner(ALPHA, HOLDING), REGISTRAR)
    script.do(StateOwner(ALPHA, HOLDING, Decimal("0.45"), legal_day(script.now) - timedelta(days=20)), REGISTRAR)
    script.accept("C-1")
    own(script, ALPHA, SOUTH, Decimal("0.05"))
    script.apply("C-2")
    with pytest.raises(FootproofError, match="E-BODY-OWNED"):
        script.accept("C-2")


def test_a_tie_that_comes_later_stands_in_the_way_of_the_review(script: Script) -> None:
    script.evaluate("C-1")
    own(script, ALPHA, NORTH)
    with pytest.raises(FootproofError, match="E-BODY-OWNED"):
        script.do(CompleteReview("C-1", Outcome.GRANT, mark("reasons")), actor(ALPHA, "r"))


def test_what_was_sold_bars_for_the_look_back(script: Script) -> None:
    own(script, ALPHA, NORTH)
    script.do(EndOwner(ALPHA, NORTH), REGISTRAR)
    sold = legal_day(script.now)
    with pytest.raises(FootproofError, match="E-BODY-OWNED"):
        script.accept("C-1")
    world = script.world
    with pytest.raises(FootproofError, match="E-BODY-OWNED"):
        need_unowned(world, ALPHA, NORTH, sold.replace(year=sold.year + 2), 24)  # type: ignore[arg-type]
    need_unowned(world, ALPHA, NORTH, sold.replace(year=sold.year + 2) + timedelta(days=1), 24)  # type: ignore[arg-type]


def test_a_laboratory_of_the_client_does_not_test_for_it(script: Script) -> None:
    scope = Scope("1", ("*",), ("*",), ("*",), ("*",), LONG_AGO, None, legal_day(script.now))
    script.do(GrantScope(LABORATORY, "approval-lab", "DEMO-9", (scope,)), OFFICIALS["regulator"])
    own(script, LABORATORY, NORTH)
    with pytest.raises(FootproofError, match="E-BODY-OWNED"):
        script.do(replace(ACCEPT, terms=replace(TERMS, laboratories=(LABORATORY,))), actor(ALPHA, "p"))


def test_nor_does_its_own_body_verify_without_a_case(script: Script) -> None:
    asked = AgreeEngagement("V", NORTH, agreed(package(NORTH, 2025)))
    own(script, ALPHA, NORTH)
    with pytest.raises(FootproofError, match="E-BODY-OWNED"):
        script.do(asked, actor(ALPHA, "p"))


@pytest.mark.parametrize(
    ("owner", "share", "code"),
    [
        (HOLDING, "0", "E-OWNER-SHARE"),
        (HOLDING, "-0.5", "E-OWNER-SHARE"),
        (HOLDING, "NaN", "E-OWNER-SHARE"),
        (HOLDING, "0.41", "E-OWNER-SHARE"),
        (ALPHA, "0.1", "E-OWNER-SHARE"),
        (SOUTH, "0.1", "E-CASE-EXISTS"),
        ("urn:demo:nobody", "0.1", "E-CASE-UNKNOWN"),
    ],
)
def test_shares_are_parts_of_a_whole(script: Script, owner: str, share: str, code: str) -> None:
    own(script, ALPHA, SOUTH, Decimal("0.6"))
    with pytest.raises(FootproofError, match=code):
        own(script, ALPHA, owner, Decimal(share))
    own(script, ALPHA, HOLDING, Decimal("0.4"))


def test_an_end_is_of_what_goes_on_and_a_share_begins_by_today(script: Script) -> None:
    with pytest.raises(FootproofError, match="E-CASE-UNKNOWN"):
        script.do(EndOwner(ALPHA, SOUTH), REGISTRAR)
    with pytest.raises(FootproofError, match="E-CASE-DATES"):
        script.do(StateOwner(ALPHA, SOUTH, HALF, legal_day(script.now) + timedelta(days=1)), REGISTRAR)
    own(script, ALPHA, SOUTH)
    script.do(EndOwner(ALPHA, SOUTH), REGISTRAR)
    own(script, ALPHA, SOUTH, Decimal("0.7"))
    assert [one.last is None for one in script.world.find(Organisation, ALPHA).owners] == [False, True]  # type: ignore[union-attr]


def world_of(edges: Iterable[tuple[int, int, Decimal]], size: int) -> MemoryWorld:
    """Return a world of organisations with owners: owned, owner, share."""
    world, by = MemoryWorld({}), Actor("registry-1", "registrar", "urn:demo:registry")
    at = Stamp(by, Script(world).now).at
    for number in range(size):
        event = OrganisationRegistered("client", Bilingual("示例", "DEMO"), "", "CN", True, f"o-{number}")
        world.commit((Step(Organisation, f"o-{number}", event),), by, at)
    for owned, owner, share in edges:
        stated = OwnerStated(Owner(f"o-{owner}", share, date(2020, 1, 1)))
        world.commit((Step(Organisation, f"o-{owned}", stated),), by, at)
    return world


SHARES = st.sampled_from([Decimal("0.2"), Decimal("0.3"), HALF, Decimal(1)])
EDGES = st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7), SHARES), max_size=20)


def bound(world: MemoryWorld, one: int, other: int) -> bool:
    """Tell whether two organisations are bound."""
    try:
        need_unowned(world, f"o-{one}", f"o-{other}", DAY, 24)
    except FootproofError as refusal:
        return refusal.code == "E-BODY-OWNED"
    return False


def below(edges: Edges, top: int) -> set[int]:
    """Return what an organisation controls: eight times, whatever has a half held by what is known by then."""
    parts = {(owned, owner): max(s for o, w, s in edges if (o, w) == (owned, owner)) for owned, owner, _ in edges}
    found = {top}
    for _ in range(8):
        found |= {name for name in range(8) if sum(parts.get((name, owner), 0) for owner in found) >= HALF}
    return found


def above(edges: Edges, name: int = 0) -> set[str]:
    return set(controllers(world_of(edges, 16), f"o-{name}", DAY, 24))


@given(EDGES, st.integers(0, 7), st.integers(0, 7))
def test_a_tie_through_owners_is_symmetric(edges: Edges, one: int, other: int) -> None:
    """However owners own each other in turn; it is there exactly where some organisation lies above both."""
    world = world_of(edges, 8)
    expected = any({one, other} <= below(edges, top) for top in range(8))
    assert bound(world, one, other) == bound(world, other, one) == expected


@given(EDGES, st.randoms(use_true_random=False))
def test_the_order_of_owners_does_not_matter(edges: Edges, random: Random) -> None:
    assert above(random.sample(edges, len(edges))) == above(edges)


@given(EDGES, EDGES)
def test_a_further_owner_takes_control_from_nobody(edges: Edges, more: Edges) -> None:
    assert above(edges) <= above([*edges, *more])


@given(EDGES)
def test_a_part_through_companies_of_one_s_own_is_one_s_own(edges: Edges) -> None:
    """Each owner of the first one holds half of its share through each of two companies that are all its own."""
    parts = {owner: share for owned, owner, share in sorted(edges, key=lambda edge: edge[2]) if owned == 0}
    others = [edge for edge in edges if edge[0] != 0]
    direct = [*others, *((0, owner, share) for owner, share in parts.items())]
    through: Edges = []
    for place, (owner, share) in enumerate(parts.items()):
        for company in (8 + place, 16 + place):
            through += [(company, owner, Decimal(1)), (0, company, share / 2)]
    found = controllers(world_of([*others, *through], 24), "o-0", DAY, 24)
    assert {one for one in found if int(one[2:]) < 8} == above(direct)


@given(EDGES)
def test_who_controls_what_controls_controls(edges: Edges) -> None:
    world = world_of(edges, 8)
    found = {f"o-{name}": controllers(world, f"o-{name}", DAY, 24) for name in range(8)}
    for name, tops in found.items():
        assert name in tops
        assert all(found[top] <= tops for top in tops)


def test_a_chain_without_end_is_not_followed_for_ever() -> None:
    world = world_of([(number, number + 1, HALF) for number in range(MOST + 5)], MOST + 6)
    with pytest.raises(FootproofError, match="E-OWNER-CHAIN"):
        controllers(world, "o-0", DAY, 24)
    assert len(controllers(world, "o-10", DAY, 24)) == MOST - 4
