"""A small world in both stores: it is what single operations would have left, and the same for the same seed."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from footproof.credential import jose
from footproof.credential.conformity import certificate_of
from footproof.server.platform import configure, migrate
from footproof.server.workspace import Workspace, create_workspace
from store.conftest import *  # noqa: F403  (the fixtures of both stores)
from tamper.checking import check_tree
from tamper.world import tree_of

COUNT, SEED = 100, 7
UNTIL = date(2026, 11, 22)
AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
FOUND = {
    "outside-scope": {"recognition": "E-RECOG-CATEGORY"},
    "during-suspension": {"recognition": "E-RECOG-SUSPENDED"},
    "scope-a-day-late": {"recognition": "E-RECOG-EARLY"},
    "without-filing": {"recognition": "E-RECOG-FILING-PENDING"},
    "outside-provinces": {"recognition": "E-RECOG-SITE"},
    "value-not-package": {"recomputation": "E-RECOMPUTE-DIFFERS"},
}
"""Planted faults that anybody finds who checks the certificate: the check that fails, and its code."""


def _empty(folder: Path) -> Workspace:
    workspace = create_workspace(folder, "https://w.footproof.example", "w.footproof.example/log")
    configure(workspace.folder)
    migrate()
    return workspace


def test_store_holds_together(database: str, tmp_path: Path) -> None:
    """Everything stored follows from the events, is what the store signs, and can be gone on with."""
    from footproof.server.store.models import CertificateRow, EventRow, LeafRow
    from footproof.server.store.rebuild import rebuild, verify_store
    from footproof.server.store.unit import Heads
    from footproof.server.world.run import make_world

    world = _empty(tmp_path / database)
    parts: dict[str, float] = {}
    ran = make_world(world, COUNT, SEED, UNTIL, AT, parts.__setitem__)
    assert (ran.loaded.certificates, ran.wrong) == (COUNT, 0)
    assert ran.packages > COUNT // 2
    assert set(parts) == {"make", "rows", "log", "packages", "publish"}

    assert verify_store(world) == []
    rebuild(world)
    assert verify_store(world) == []
    assert CertificateRow.objects.count() == COUNT
    for table in (EventRow, LeafRow):
        times = list(table.objects.order_by("pk").values_list("at", flat=True))
        assert times == sorted(times)
    heads = Heads.load()
    assert (heads.issue, heads.leaf) == (COUNT, LeafRow.objects.count())
    _is_what_the_store_signs(world)
    _declarations_rest_on_what_is_here(world)
    if database == "sqlite":  # what is published does not depend on the store
        _checks(world)


def _declarations_rest_on_what_is_here(world: Workspace) -> None:
    """Documents of declarations are here; their packages say what was told of them; all is as it was planned."""
    from footproof.certify.declaration import Declaration
    from footproof.server.store.journal import Journal
    from footproof.server.store.models import RecordRow
    from footproof.server.store.packages import kept, look, parameters_of
    from footproof.server.world.batteries import Calculated
    from footproof.server.world.cast import Cast
    from footproof.server.world.declared import DeclarationStory, declarers
    from footproof.server.world.load import body_names
    from footproof.server.world.plan import make_plan
    from footproof.server.world.shape import shape

    plan = make_plan(COUNT, SEED, UNTIL)
    cast, journal = Cast(plan, body_names(world)), Journal(world, shape().schemes().__getitem__)
    planned = [one for maker in declarers(plan) for one in maker.declarations]
    assert RecordRow.objects.filter(stream="declaration").count() == len(planned)
    made: dict[str, Calculated] = {}
    for one in planned[::7]:
        story = DeclarationStory(cast, one)
        story.deeds()
        made |= story.made
        found = journal.find(Declaration, one.name)
        assert found is not None
        assert (found.state, found.pack) == (one.last, one.pack)
        for part in ("quality-plan", "activity-data"):
            assert part not in found.parts or kept(world, found.parts[part])
    for digest, told in made.items():
        looked = look(world, digest)
        assert looked is not None
        assert looked.recomputed == told.came
        assert parameters_of(world, digest).items() >= told.stated.items()
    assert len(made) > 5
    assert not kept(world, "sha256:" + "0" * 64)


def _checks(world: Workspace) -> None:
    """Sampled certificates of all bodies hold in every check; those of bodies that were not allowed to do not."""
    from footproof.server.store.models import CertificateRow
    from footproof.server.world.again import publish_some

    faults = {
        one["kind"]: one["certificate"]
        for one in json.loads((world.folder / "world" / "truth.json").read_bytes())["faults"]
        if one["kind"] in FOUND
    }
    rows = CertificateRow.objects.exclude(value="").filter(turn="", last__gte=UNTIL, replaced_by="")
    sound = [number for number in rows.order_by("-leaf").values_list("number", flat=True) if _sound(world, number)][:8]
    publish_some(world, [*sound, *faults.values()], AT)
    tree = tree_of(world)
    anchors, at = tree.files["trust.json"], AT + timedelta(minutes=2)
    for number in sound:
        answer = check_tree(tree, anchors, at, f"c/{number}/certificate.jwt")
        assert answer.ok, (number, answer.failed)
    assert len({CertificateRow.objects.get(number=number).body for number in sound}) > 1
    for kind, number in faults.items():
        failed = check_tree(tree, anchors, at, f"c/{number}/certificate.jwt").failed
        assert failed.items() >= FOUND[kind].items(), (kind, number, failed)


def _sound(world: Workspace, number: str) -> bool:
    """Tell whether nothing was planted in a certificate."""
    said = json.loads((world.folder / "world" / "truth.json").read_bytes())["faults"]
    return number not in {one.get("certificate") for one in said}


def _is_what_the_store_signs(world: Workspace) -> None:
    """A signed certificate of the bulk path says what `attest` says from its package and decision."""
    from footproof.certify.certificate import Certified
    from footproof.server.store.attest import attest
    from footproof.server.store.journal import Journal
    from footproof.server.store.models import CertificateRow, EventRow
    from footproof.server.store.unit import Unit
    from footproof.server.store.writer import writing
    from footproof.server.world.again import newest
    from footproof.server.world.shape import shape

    schemes = shape().schemes()
    journal, compared = Journal(world, schemes.__getitem__), 0
    faults = {
        one.get("certificate") for one in json.loads((world.folder / "world" / "truth.json").read_bytes())["faults"]
    }
    with writing():
        unit = Unit(world, schemes.__getitem__)
        restated = EventRow.objects.filter(kind="certificate.restated").values_list("record", flat=True)
        assert restated
        for number in (*newest(40), *restated):
            found = journal.find(Certified, number)
            assert found is not None
            if number in faults:
                continue
            ours = certificate_of(jose.payload_of(world.get(CertificateRow.objects.get(number=number).token)))
            assert certificate_of(jose.payload_of(attest(world, unit, found.held))) == ours
            compared += 1
    assert compared > 20


def test_same_seed_same_world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two worlds of one seed have the same faults and packages, whatever their keys; any package is made again."""
    from footproof.package import open_package
    from footproof.server.store.models import CertificateRow
    from footproof.server.world.again import keep_truth, package_of
    from footproof.server.world.cast import Cast
    from footproof.server.world.load import body_names, load
    from footproof.server.world.plan import make_plan

    monkeypatch.delenv("FOOTPROOF_DATABASE", raising=False)
    plan, seen = make_plan(COUNT, SEED, UNTIL), []
    for name in ("a", "b"):
        workspace = _empty(tmp_path / name)
        load(workspace, plan, lambda *_: None)
        truth = keep_truth(workspace, Cast(plan, body_names(workspace)), COUNT).read_bytes()
        rows = CertificateRow.objects.order_by("number").values_list("number", "value", "category", "token")
        packages = {
            number: certificate_of(jose.payload_of(workspace.get(token))).package_digest
            for number, value, _, token in rows
            if value
        }
        seen.append((truth, packages, [row[:3] for row in rows]))
    assert seen[0] == seen[1]
    named = seen[0][1]
    for number in list(named)[::10]:
        assert open_package(package_of(workspace, number)).digest == named[number]
