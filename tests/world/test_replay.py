"""Every sound deed of the world is one that the operations allow, and lead to the same events; every fault shows."""

from collections import defaultdict

import pytest

from footproof.canonical import canonical_bytes
from footproof.certify.case import Case, Outcome
from footproof.certify.certificate import Certified, Standing
from footproof.certify.codec import to_json
from footproof.certify.decisions import Decide
from footproof.certify.neutrality_operations import Neutrality
from footproof.certify.people import Organisation, Person
from footproof.certify.surveillance import due_list
from footproof.certify.verifications import Verification
from footproof.model.reduction import reduction_share
from footproof.server.world.cast import Cast
from footproof.server.world.declared import FAULTS, MISSING
from footproof.server.world.history import Story
from footproof.server.world.plan import BODIES, PLANTED, REDUCTION, Life, make_plan
from footproof.server.world.shape import shape
from footproof.server.world.text import text
from footproof.server.world.truth import FINDERS, truth
from world.replayed import COUNT, UNTIL, replayed


def planted(kind: str) -> set[str]:
    """Return the numbers of the certificates with a fault of a kind."""
    found = truth(replayed().cast)["faults"]
    return {one["certificate"] for one in found if one["kind"] == kind}


def test_sound_lives_are_allowed() -> None:
    """What is refused, or would have led to other events, is in a life with a planted fault, and for that reason."""
    world = replayed()
    for deed, life, code in world.refused:
        kind = life.defect if life else "two-bodies"
        assert kind, (code, deed.operation, life)
        assert FINDERS[kind].code == code, (kind, code, deed.operation)
    assert {life.defect for _, life in world.changed if life} == {"value-not-package", "declared-not-package"}
    assert all(life for _, life in world.changed)
    assert world.asked > 20 * COUNT


def test_every_fault_that_operations_refuse_is_refused() -> None:
    """Each life with such a fault meets its refusal at least once."""
    world = replayed()
    met = {life.index for _, life, _ in world.refused if isinstance(life, Life)}
    for life in world.plan.lives:
        if life.defect and FINDERS[life.defect].by == "refusal":
            assert life.index in met, life
    people = {deed.steps[0].id for deed, life, _ in world.refused if life is None}
    assert people == {one["person"] for one in truth(world.cast)["faults"] if one["kind"] == "two-bodies"}


def test_there_is_some_of_each_kind() -> None:
    """No kind of fault is missing, and each says who should find it."""
    faults = truth(replayed().cast)["faults"]
    count: dict[str, int] = defaultdict(int)
    for one in faults:
        count[one["kind"]] += 1
    assert set(count) == {*PLANTED, "two-bodies", *FAULTS, MISSING} == set(FINDERS)
    for kind in ("credits-twice", *FAULTS, MISSING):
        assert count.pop(kind) >= 2  # few certificates are claimed upon, and few makers declare batteries
    assert min(count.values()) >= 5


def test_text_is_that_of_the_codec() -> None:
    """What the world writes value by value is the canonical JSON that the codec leads to."""
    world = replayed().world
    seen: set[type] = set()
    for recorded in world.journal:
        if recorded.id.endswith(("1", "7")) or type(recorded.event) not in seen:
            seen.add(type(recorded.event))
            assert text(recorded.event).encode("utf-8") == canonical_bytes(to_json(recorded.event))
    for kind in (Case, Certified, Verification, Organisation, Person, Neutrality):
        for record in world.all(kind)[:40]:
            assert text(record).encode("utf-8") == canonical_bytes(to_json(record))
    with pytest.raises(TypeError):
        text(object())


def test_missing_surveillances_are_on_the_due_list() -> None:
    """The list of what is overdue holds the planted ones and no other."""
    world = replayed()
    overdue = {
        one.certificate
        for one in due_list(world.world.all(Certified), shape().schemes().__getitem__, UNTIL)
        if one.overdue
    }
    suspended = {one.id for one in world.world.all(Certified) if one.standing(UNTIL) is not Standing.VALID}
    assert overdue - suspended == planted("missing-surveillance")


def test_faults_in_packages() -> None:
    """What the packages of the first certificates say finds four kinds of faults, and only those."""
    world = replayed()
    amounts: dict[object, dict[str, str]] = defaultdict(dict)
    found: dict[str, set[str]] = defaultdict(set)
    for certified in world.world.all(Certified):
        held = (certified.former or (certified.held,))[0]
        if held.value is None:
            continue
        study, kind = world.made[held.package].study, shape().kind(held.subject.category)
        figures = study.figures
        value = world.made[held.package].footprint.value
        first = world.plan.lives[int(held.case[5:11]) - 1].first.number == certified.id
        if study.year - figures.grid_year > 1 and first:
            found["stale-grid-year"].add(certified.id)
        if figures.product > figures.main + figures.other and first:
            found["impossible-balance"].add(certified.id)
        if not kind.low * 9 / 10 <= value <= kind.high * 11 / 10 and first:
            found["outlier-value"].add(certified.id)
        measured = (figures.product, figures.main, figures.other, figures.power, figures.fuel)
        amounts[measured].setdefault(held.client, certified.id)
        if value != held.value:
            found["value-not-package"].add(certified.id)
    twice = [set(by_client.values()) for by_client in amounts.values() if len(by_client) > 1]
    for kind_ in ("stale-grid-year", "impossible-balance", "outlier-value", "value-not-package"):
        assert found[kind_] == planted(kind_), kind_
    faults = planted("duplicated-inventory")
    assert len(twice) == len(faults)
    assert all(len(numbers & faults) == 1 for numbers in twice)


def test_a_reduction_that_shrank_is_restated() -> None:
    """No surveillance maintains more of a reduction than its package leaves; a plan with such years is told."""
    plan = make_plan(COUNT, 2, UNTIL)
    cast = Cast(plan, tuple(f"did:example:body-{number + 1:02d}" for number in range(BODIES)))
    kept, shrank = 0, 0
    for life in plan.lives:
        if life.scheme != REDUCTION or life.defect:
            continue
        story, stated = Story(cast, life, lambda order: order), None
        for deed in story.deeds():
            helds = [step.event.held for step in deed.steps if hasattr(step.event, "held")]
            if isinstance(deed.operation, Decide) and deed.operation.outcome is Outcome.MAINTAIN:
                assert stated is not None
                share = reduction_share(stated.value, story.made[deed.operation.package].footprint.value)
                assert share is not None
                assert share >= stated.share
                kept += 1
            for held in helds:
                if held.reduction is not None:
                    shrank += stated is not None and held.reduction.share < stated.share
                    stated = held.reduction
    assert kept
    assert shrank


def test_shares_are_plausible() -> None:
    """A few in a hundred were ever suspended, and few withdrawn; all provinces and categories and schemes occur."""
    world = replayed()
    all_ = world.world.all(Certified)
    assert len(all_) == COUNT
    suspended = sum(any(change.turn.value == "suspended" for change in one.changes) for one in all_)
    assert 0.03 < suspended / COUNT < 0.12
    assert len({one.held.scheme for one in all_}) >= 7
    assert len({one.held.subject.category for one in all_}) >= 17
