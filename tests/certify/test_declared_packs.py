"""A declaration is of one's own pack as it is sold, of one's own verified package, with documents that are here."""

from dataclasses import replace
from decimal import Decimal

import pytest

from certify.actions import in_memory
from certify.cast import NORTH, RULE, SOUTH, Script, actor, mark, package, packages, packs_of, parameters, schemes
from footproof.certify.declaration import Pack
from footproof.certify.declaration_operations import AttachActivityData, SelfCalculate, StartDeclaration
from footproof.certify.declaration_rule import shipped_rules
from footproof.certify.memory import MemoryWorld
from footproof.certify.operation import Operation
from footproof.certify.pack_lists import ListPacks, PackList
from footproof.errors import FootproofError

PACK, SMALL = packs_of(NORTH)
MAKER = actor(NORTH, "c1")
PLAN, DATA, ABSENT = mark("plan"), mark("data"), mark("a document that nobody sent")


@pytest.fixture
def script() -> Script:
    """Return a settled world, in which one document is not here."""
    watched = in_memory(0)
    world = MemoryWorld(schemes(), packages(), absent=frozenset({ABSENT}), parameters=parameters())
    world._records = watched.world._records  # type: ignore[attr-defined]
    return Script(world)


def refused(script: Script, operation: Operation) -> str:
    """Return the code by which the maker is refused."""
    with pytest.raises(FootproofError) as problem:
        script.do(operation, MAKER)
    assert problem.value.values["rule"]
    return problem.value.code


def started(script: Script, pack: Pack = PACK) -> None:
    """Begin a declaration up to its calculation."""
    script.do(StartDeclaration("D", pack, PLAN), MAKER)
    script.do(AttachActivityData("D", DATA), MAKER)


def test_every_package_of_the_cast_was_computed_by_a_rule_of_the_notice() -> None:
    assert "@" in RULE.name
    assert all(RULE.name.partition("@")[0] in rule.rulebooks for rule in shipped_rules())


@pytest.mark.parametrize(
    "pack",
    [
        replace(PACK, energy=Decimal(61)),
        replace(PACK, chemistry="lfp"),
        replace(PACK, model="another"),
        replace(PACK, market="DE"),
    ],
)
def test_a_pack_is_declared_as_it_is_sold(script: Script, pack: Pack) -> None:
    assert refused(script, StartDeclaration("D", pack, PLAN)) == "E-DECL-UNLISTED"
    script.do(StartDeclaration("D", replace(PACK, energy=Decimal("60.0")), PLAN), MAKER)


def test_who_lists_nothing_declares_nothing(script: Script) -> None:
    del script.world._records[PackList.stream, NORTH]  # type: ignore[attr-defined]
    assert refused(script, StartDeclaration("D", PACK, PLAN)) == "E-DECL-UNLISTED"


def test_a_later_list_takes_the_place_of_the_one_before(script: Script) -> None:
    other = replace(PACK, model="M-2")
    script.do(ListPacks((other,)), MAKER)
    assert refused(script, StartDeclaration("D", PACK, PLAN)) == "E-DECL-UNLISTED"
    script.do(StartDeclaration("D", other, PLAN), MAKER)
    assert refused(script, StartDeclaration("E", SMALL, PLAN)) == "E-DECL-UNLISTED"
    script.do(ListPacks((other, SMALL)), MAKER)
    assert refused(script, StartDeclaration("E", SMALL, PLAN)) == "E-DECL-SCOPE"


@pytest.mark.parametrize(
    ("packs", "code"),
    [
        ((), "E-DECL-LIST"),
        ((PACK, replace(PACK, chemistry="lfp")), "E-DECL-LIST"),
        ((PACK, packs_of(SOUTH)[0]), "E-CASE-FOREIGN"),
    ],
)
def test_a_list_has_each_model_of_ones_own_once(script: Script, packs: tuple[Pack, ...], code: str) -> None:
    assert refused(script, ListPacks(packs)) == code


@pytest.mark.parametrize(("part", "needed"), [("plan", "quality-plan"), ("data", "activity-data")])
def test_a_document_has_to_be_here(script: Script, part: str, needed: str) -> None:
    if part == "data":
        script.do(StartDeclaration("D", PACK, PLAN), MAKER)
    asked = AttachActivityData("D", ABSENT) if part == "data" else StartDeclaration("D", PACK, ABSENT)
    with pytest.raises(FootproofError, match=needed) as problem:
        script.do(asked, MAKER)
    assert problem.value.code == "E-DECL-OBJECT"


@pytest.mark.parametrize(
    ("stated", "ok"),
    [
        ({"capacity": "60 kWh", "chemistry": "nmc"}, True),
        ({"rated_energy": "60 kWh", "capacity": "57 kWh", "chemistry": "nmc"}, True),
        ({"rated_energy": "57 kWh", "capacity": "60 kWh", "chemistry": "nmc"}, False),
        ({"capacity": "60 MJ", "chemistry": "nmc"}, False),
        ({"capacity": "60 kWh", "chemistry": "lfp"}, False),
        ({"capacity": "60 kWh"}, False),
        ({"chemistry": "nmc"}, False),
        ({}, False),
    ],
)
def test_a_package_states_the_pack_that_is_declared(script: Script, stated: dict[str, str], ok: bool) -> None:
    started(script)
    sent = package(NORTH, 2025)
    script.world._parameters = {sent: stated}  # type: ignore[attr-defined]
    if ok:
        script.do(SelfCalculate("D", sent), MAKER)
        return
    assert refused(script, SelfCalculate("D", sent)) == "E-DECL-STATED"


def test_a_package_is_of_the_maker_and_by_a_rule_of_the_notice(script: Script) -> None:
    sent, kept = package(NORTH, 2025), packages()
    started(script)
    for changed, code in (
        ({"producer": kept[package(SOUTH, 2025)].producer}, "E-CLAIM-PACKAGE"),
        ({"model": "another"}, "E-CLAIM-PACKAGE"),
        ({"ok": False}, "E-DECISION-RECOMPUTE"),
        ({"rule": "cn.pcf.traction-battery-like@1"}, "E-RULE-STATUS"),
    ):
        script.world._packages = {sent: replace(kept[sent], **changed)}  # type: ignore[attr-defined]
        assert refused(script, SelfCalculate("D", sent)) == code
    script.world._packages = kept  # type: ignore[attr-defined]
    script.do(SelfCalculate("D", sent), MAKER)
