"""Declarations of the world: every state and chemistry, planted faults and no other, packages that state the packs."""

from dataclasses import replace
from datetime import date

import pytest

from footproof.certify.declaration import Declaration, DeclarationState, coverage
from footproof.certify.declaration_rule import rule_on
from footproof.certify.pack_lists import PackList
from footproof.package import open_package, recompute
from footproof.server.world.cast import Cast
from footproof.server.world.declared import CHEMISTRIES, FAULTS, MISSING, DeclarationStory, Declaring, declarers, lists
from footproof.server.world.plan import BODIES, make_plan
from footproof.server.world.truth import FINDERS, truth
from footproof.verify.packaged import parameters_in
from world.replayed import UNTIL, replayed


def faults(kind: str) -> list[dict[str, str]]:
    """Return the planted faults of a kind."""
    return [one for one in truth(replayed().cast)["faults"] if one["kind"] == kind]


def test_there_are_declarations_in_every_state_of_every_chemistry() -> None:
    found = replayed().world.all(Declaration)
    assert {one.state for one in found} == set(DeclarationState)
    done = [one for one in found if one.declared_on is not None]
    assert {one.pack.chemistry for one in done} == set(CHEMISTRIES)
    assert len(found) == sum(len(one.declarations) for one in declarers(replayed().plan)) > 50
    assert {one.rule for one in done} == {"cn.battery-declaration@2026-trial"}


def test_a_large_world_has_a_few_hundred() -> None:
    many = declarers(replace(replayed().plan, makers=100_000 // 8))
    assert 300 < sum(len(one.declarations) for one in many) < 400
    assert len({one.name for maker in many for one in maker.declarations}) == sum(len(one.declarations) for one in many)


def test_every_fault_of_a_declaration_is_refused() -> None:
    """Each is met with its code, and only the planted declarations are refused or changed."""
    world = replayed()
    met = {(one.defect, one.name, code) for _, one, code in world.refused if isinstance(one, Declaring)}
    assert met == {(kind, one["declaration"], FINDERS[kind].code) for kind in FAULTS for one in faults(kind)}


def test_coverage_finds_the_missing_chemistries_and_no_other() -> None:
    """Who left one out has models enough; others who owe something are on the way."""
    world, rule = replayed().world, rule_on(UNTIL)
    declared = world.all(Declaration)
    owing = {one.maker: coverage(rule, declared, one.maker, one.packs).problems for one in world.all(PackList)}
    codes = {maker: {one.code for one in problems} for maker, problems in owing.items()}
    assert {maker for maker, one in codes.items() if one == {"E-DECL-CHEMISTRY"}} == {
        one["maker"] for one in faults(MISSING)
    }
    met = [maker for maker, one in codes.items() if not one]
    assert len(met) > len(codes) / 2
    assert all("E-DECL-MODELS" in one for one in codes.values() if one and one != {"E-DECL-CHEMISTRY"})


def test_packages_are_what_is_told_of_them() -> None:
    """A sample recomputes to its figure, by the rulebook of the notice, and states energy and chemistry."""
    for digest, one in list(replayed().calculated.items())[::9]:
        package = open_package(one.file)
        again = recompute(package)
        assert (package.digest, again.ok, again.declared, again.unit) == (
            digest, True, str(one.came.value), one.came.unit,
        )  # fmt: skip
        assert parameters_in(package).items() >= one.stated.items()
        assert one.came.rulebook in rule_on(UNTIL).rulebooks


@pytest.mark.parametrize(
    ("until", "some", "faulty"), [(date(2025, 12, 1), False, False), (date(2026, 3, 1), True, False)]
)
def test_nothing_happens_after_the_last_day(until: date, some: bool, faulty: bool) -> None:
    """Before the trial there is no declaration; in its first months nobody can have left out anything yet."""
    plan = make_plan(100, 1, until)
    cast = Cast(plan, tuple(f"did:example:body-{number + 1:02d}" for number in range(BODIES)))
    deeds = [deed for maker in declarers(plan) for deed in lists(plan, maker)]
    deeds += [
        deed for maker in declarers(plan) for one in maker.declarations for deed in DeclarationStory(cast, one).deeds()
    ]
    assert bool(deeds) is some
    assert all(deed.at.date() <= until for deed in deeds)
    kinds = {one["kind"] for one in truth(cast)["faults"]}
    assert MISSING not in kinds
    assert bool(kinds & set(FAULTS)) is faulty or some
