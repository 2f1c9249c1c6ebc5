"""Packages of a world on demand: each follows from the seed, and is the one that its certificate names."""

import json
from collections.abc import Iterable
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path

from footproof.canonical import canonical_bytes
from footproof.credential import jose
from footproof.credential.conformity import certificate_of
from footproof.errors import FootproofError, Where
from footproof.server.certify import Issued, keep_package, package_file
from footproof.server.demo_witnesses import cosign
from footproof.server.figureless import is_figureless
from footproof.server.publish import checkable_files, readable_files
from footproof.server.status import hidden_place
from footproof.server.store.models import CertificateRow, LeafRow
from footproof.server.store.writer import alone
from footproof.server.workspace import Workspace, write_durably, write_many
from footproof.server.world.cast import Cast
from footproof.server.world.declared import DeclarationStory, declarers
from footproof.server.world.history import Story
from footproof.server.world.load import body_names
from footproof.server.world.packages import sealed
from footproof.server.world.plan import make_plan
from footproof.server.world.truth import truth
from footproof.tlog.tiles import tiles_of

FOLDER = "world"


def keep_truth(workspace: Workspace, cast: Cast, count: int) -> Path:
    """Write what is wrong in the world, and from what it can be made again; return the file of the truth.

    Args:
        workspace: Of the world.
        cast: Who is there.
        count: How many certificates were asked for.
    """
    folder = workspace.folder / FOLDER
    made = {"certificates": count, "seed": cast.plan.seed, "until": cast.plan.until.isoformat(), "format": "world/1"}
    write_durably(folder / "truth.json", canonical_bytes(truth(cast)))
    write_durably(folder / "world.json", canonical_bytes(made))
    return folder / "truth.json"


def package_of(workspace: Workspace, number: str) -> bytes:
    """Return the package of a certificate of the world, made anew.

    Args:
        workspace: Of the world.
        number: Of the certificate.

    Raises:
        FootproofError: E-OBJECT where the world has no such certificate, or it names no package.
    """
    cast, issues = _world(workspace)
    index = issues.get(number)
    row = CertificateRow.objects.filter(number=number).first()
    if index is None or row is None:
        raise FootproofError("E-OBJECT", Where(FOLDER), digest=number[:80], reason="no such certificate")
    story = Story(cast, cast.plan.lives[index], lambda order: hidden_place(workspace, order))
    story.deeds()
    token = workspace.get(row.token)
    if is_figureless(token):
        raise FootproofError("E-OBJECT", Where(FOLDER), digest=number[:80], reason="no package")
    own = certificate_of(jose.payload_of(token)).package_digest
    return sealed(story.made[own].study)


def declared_packages(workspace: Workspace, name: str) -> list[bytes]:
    """Return the packages of a declaration of the world, made anew: what was declared, and what corrects it.

    Args:
        workspace: Of the world.
        name: Id of the declaration.

    Raises:
        FootproofError: E-OBJECT where the world has no such declaration.
    """
    cast, _ = _world(workspace)
    found = [one for maker in declarers(cast.plan) for one in maker.declarations if one.name == name]
    if not found:
        raise FootproofError("E-OBJECT", Where(FOLDER), digest=name[:80], reason="no such declaration")
    story = DeclarationStory(cast, found[0])
    story.deeds()
    return [one.file for one in story.made.values()]


def publish_some(workspace: Workspace, numbers: Iterable[str], at: datetime) -> None:
    """Publish some certificates of the world with pages and all: the rest of its tree is made on demand like this.

    Args:
        workspace: Of the world.
        numbers: Of certificates with a figure.
        at: Now.

    Raises:
        FootproofError: As `package_of`, and what log and disk refuse.
    """
    files: dict[Path, bytes] = {}
    with alone(workspace), workspace.open_log() as log:
        cosign(workspace, log, at)
        for number in numbers:
            one = _issued(workspace, number)
            found = {**dict(checkable_files(log.read, log.signed, one)), **dict(readable_files(workspace, one))}
            files |= {workspace.public / name: data for name, data in found.items()}
        files |= {workspace.public / "log" / tile.path: log.read(tile.path) for tile in tiles_of(log.size)}
        write_many(files)
        write_durably(workspace.public / "log" / "checkpoint", log.signed)


def _issued(workspace: Workspace, number: str) -> Issued:
    """Return a certificate with its package, which is made where it is not here yet."""
    row = CertificateRow.objects.get(number=number)
    token = workspace.get(row.token)
    certificate = certificate_of(jose.payload_of(token))
    try:
        sealed_ = workspace.get(package_file(workspace, certificate.package_digest))
    except FootproofError:
        sealed_ = package_of(workspace, number)
        keep_package(workspace, sealed_)
    return Issued(row.leaf, bytes(LeafRow.objects.get(index=row.leaf).entry), token, sealed_, certificate)


def newest(count: int) -> list[str]:
    """Return the numbers of the newest certificates with a figure.

    Args:
        count: How many.
    """
    rows = CertificateRow.objects.exclude(value="").order_by("-leaf")
    return list(rows.values_list("number", flat=True)[:count])


@lru_cache(maxsize=1)
def known_world(bodies: tuple[str, ...], count: int, seed: int, until: date) -> tuple[Cast, dict[str, int]]:
    """Return who is in a world, and the life of each number; the last one asked for is remembered.

    Args:
        bodies: Their DIDs.
        count: How many certificates.
        seed: From which all is drawn.
        until: Last day.
    """
    plan = make_plan(count, seed, until)
    issues = {
        issue.number: life.index for life in plan.lives for issue in (life.first, life.second) if issue and issue.number
    }
    return Cast(plan, bodies), issues


def _world(workspace: Workspace) -> tuple[Cast, dict[str, int]]:
    try:
        said = json.loads((workspace.folder / FOLDER / "world.json").read_bytes())
    except OSError as problem:
        raise FootproofError("E-OBJECT", Where(FOLDER), digest="world.json", reason=problem.strerror) from problem
    return known_world(body_names(workspace), said["certificates"], said["seed"], date.fromisoformat(said["until"]))
