"""Every artefact with one byte changed, cut short or made longer: no such thing passes, and nothing falls over.

The ordinary run tries a seeded sample of places in each artefact, the long one every place. What a check believes
beforehand, the anchors of the checker's own, cannot betray themselves: there a change must be harmless or be refused.
"""

import json
import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from credential import sample
from footproof.canonical import canonical_bytes, digest, read_canonical
from footproof.check import Anchors, key_finder, read_anchors, read_signed
from footproof.credential import jose
from footproof.credential.documents import OfflineDocuments, document_of_keys
from footproof.credential.securing import sign_certificate
from footproof.errors import FootproofError
from footproof.server.events import logged
from footproof.server.publish import publish
from footproof.server.workspace import open_workspace
from footproof.tlog import fsck, parse_vkey
from tamper.checking import Answer, check_tree
from tamper.world import AT, Tree, World, members

SAMPLE = 200
SEED = 20261122
ARTEFACTS = (
    "certificate.jwt",
    "event.json",
    "proof.txt",
    "package.footproof",
    "revocation list",
    "suspension list",
    "recognition index",
    "record key",
    "record approval",
    "record accreditation",
    "record arrangement",
    "record filing",
    "record scheme",
)
WHICH = ("sample", pytest.param("every", marks=pytest.mark.slow))


def spoiled(data: bytes, which: str, name: str) -> Iterator[tuple[str, bytes]]:
    """Yield copies of some bytes, each with one change, and what was done."""
    chance = random.Random(f"{SEED} {name}")
    places = range(len(data))
    chosen = (
        places if which == "every" and len(data) < 20_000 else sorted(chance.sample(places, min(SAMPLE, len(data))))
    )
    for at in chosen:
        mask = chance.choice((1, 2, 4, 8, 16, 32, 64, 128, 255))
        yield f"byte {at} ^ {mask}", data[:at] + bytes([data[at] ^ mask]) + data[at + 1 :]
    for keep in (0, 1, len(data) // 2, len(data) - 1):
        yield f"cut to {keep}", data[:keep]
    for more in (b"\0", b"\n", b" ", b"A", b"=", data[-1:], data):
        yield f"followed by {more[:8]!r}", data + more
    yield "preceded by a byte order mark", b"\xef\xbb\xbf" + data
    yield "preceded by a space", b" " + data


def undetected(name: str, data: bytes, which: str, run: Callable[[bytes], bool]) -> list[str]:
    """Return what was done where a spoiled copy passed."""
    return [done for done, copy in spoiled(data, which, name) if copy != data and not run(copy)]


@pytest.mark.parametrize("which", WHICH)
@pytest.mark.parametrize("artefact", ARTEFACTS)
def test_no_changed_artefact_passes(world: World, artefact: str, which: str) -> None:
    name = members(world.a.tree)[artefact]
    tree = world.a.tree.copy()
    if artefact != "package.footproof":  # half of the time of a check, and no part of this question
        del tree.files[members(tree)["package.footproof"]]
    before = check_tree(tree, world.anchors).failed

    def is_found(copy: bytes) -> bool:
        tree.files[name] = copy
        return check_tree(tree, world.anchors).failed.keys() - before.keys() != set()

    assert undetected(artefact, tree.files[name], which, is_found) == []


def _believed(data: bytes) -> object:
    """Return whom anchors believe; what people call things, and lists this certificate does not ask, are left out."""
    found = read_anchors(data)
    return found.keys, {origin: (one.name, one.key_id) for origin, one in found.logs.items()}, found.roots


@pytest.mark.parametrize("which", WHICH)
def test_changed_anchors_are_refused_or_lead_nowhere_or_say_the_same(world: World, which: str) -> None:
    tree = world.a.tree.copy()
    del tree.files[members(tree)["package.footproof"]]
    before = check_tree(tree, world.anchors).failed
    data = world.a.tree.files["trust.json"]

    def is_harmless(copy: bytes) -> bool:
        answer: Answer = check_tree(tree, copy)
        return answer.failed != before or _believed(copy) == _believed(data)

    assert undetected("anchors", data, which, is_harmless) == []


# ---- the log as published, and what the workspace keeps


@pytest.fixture
def kept(world: World, tmp_path: Path) -> Path:
    """A workspace that may be spoiled."""
    return Path(shutil.copytree(world.a.workspace.folder, tmp_path / "workspace"))


@pytest.mark.parametrize("which", WHICH)
@pytest.mark.parametrize("part", ["checkpoint", "tile/0", "tile/entries"])
def test_no_changed_file_of_the_log_passes_fsck(world: World, kept: Path, part: str, which: str) -> None:
    folder = kept / "public" / "log"
    policy = read_anchors(world.a.tree.files["trust.json"]).policy
    assert policy is not None
    verifier = parse_vkey(json.loads(world.a.tree.files["trust.json"])["logs"][0]["vkey"])
    assert fsck(folder, verifier, world.a.workspace.origin).ok
    files = (
        [folder / part]
        if (folder / part).is_file()
        else [path for path in (folder / part).rglob("*") if path.is_file()]
    )
    size = max(int(path.name) for path in files) if part != "checkpoint" else 0
    for file in files:
        if part != "checkpoint" and int(file.name) != size:
            continue
        data = file.read_bytes()

        def is_found(copy: bytes, file: Path = file) -> bool:
            file.write_bytes(copy)
            if not fsck(folder, verifier, world.a.workspace.origin).ok:
                return True
            try:  # lines of others than the log are for those who ask for witnesses
                policy.require((folder / "checkpoint").read_bytes())
            except FootproofError:
                return True
            return False

        assert undetected(f"{part}/{file.name}", data, which, is_found) == []
        file.write_bytes(data)


def test_no_changed_object_is_published(world: World, kept: Path) -> None:
    workspace = open_workspace(kept)
    chance = random.Random(SEED)
    kinds = ("certificate", "key", "approval", "accreditation", "arrangement", "filing", "scheme")
    events = [read_canonical(entry) for _, entry in logged(workspace)]
    # Decisions and parameters are in the log by their digest and are not read again.
    read_by_publish = {one["object"] for one in events if one["type"].partition(".")[0] in kinds}
    for file in sorted(path for path in (kept / "objects").rglob("*") if path.is_file()):
        data = file.read_bytes()
        missed = []
        for at in chance.sample(range(len(data)), min(12, len(data))):
            copy = data[:at] + bytes([data[at] ^ chance.choice((1, 32, 128))]) + data[at + 1 :]
            file.write_bytes(copy)
            try:
                publish(workspace, AT)
                missed.append(f"{file.parent.name}: byte {at}")
            except FootproofError as problem:
                missed += [] if problem.code in ("E-OBJECT", "E-RECOG-EVENT") else [str(problem)]
        file.write_bytes(data)
        is_read = data.startswith(b"PK") or file.parent.name == "packages" or digest(data) in read_by_publish
        assert missed == [] or not is_read, missed
    publish(workspace, AT)


def test_a_package_is_not_published_under_the_certificate_of_another(world: World, kept: Path) -> None:
    first, second = sorted((kept / "objects" / "packages").iterdir())
    one, other = first.read_bytes(), second.read_bytes()
    first.write_bytes(other)
    second.write_bytes(one)
    with pytest.raises(FootproofError, match="E-OBJECT"):
        publish(open_workspace(kept), AT)


def test_the_sound_tree_passes(world: World) -> None:
    for body in (world.a, world.b):
        assert check_tree(body.tree, world.anchors).ok
    second = "c/DEMO-2026-000002/certificate.jwt"
    assert check_tree(world.a.tree, world.anchors, name=second).ok
    assert not check_tree(Tree(), world.anchors, jwt=world.a.tree.files[second]).ok


def test_a_changed_did_document_gives_the_same_key_or_none() -> None:
    """The token holds under the true key alone, so whatever passes has named it; nothing else may happen."""
    did, kid = sample.BODY, sample.KID
    jwt = sign_certificate(sample.CERTIFICATE, sample.KEY, kid)
    document = canonical_bytes(document_of_keys(did, {"key-1": sample.KEY.public_key()}, ["assertionMethod"]))

    def passes(copy: bytes) -> bool:
        try:
            found = key_finder(Anchors({}, {}), OfflineDocuments({did: jose.read_object(copy)}))
            return read_signed(jwt, found).key == sample.KEY.public_key()
        except FootproofError:
            return False

    assert passes(document)
    harmless = [done for done, copy in spoiled(document, "sample", "did document") if passes(copy)]
    assert len(harmless) < SAMPLE // 2
