"""Packages of the newest certificates and of some declarations, sealed and recomputed while the world is loaded.

All packages of a world follow from its seed, so that these need not wait for it. A process of low priority makes them:
it gets the core that is idle while the database makes its indexes.
"""

import multiprocessing
import os
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from time import perf_counter

from footproof.certify.certificate import CertificateIssued, CertificateRestated
from footproof.server.status import hidden_places
from footproof.server.workspace import Workspace, open_workspace
from footproof.server.world.cast import Cast
from footproof.server.world.declared import DeclarationStory, declarers
from footproof.server.world.history import Story
from footproof.server.world.packages import sealed
from footproof.server.world.plan import make_plan
from footproof.server.world.shape import shape

SAMPLE, DECLARED = 1000, 100


@dataclass(frozen=True, slots=True)
class Kept:
    """What was made.

    Args:
        packages: How many packages were sealed, opened and recomputed.
        wrong: How many of them do not recompute to what they declare.
        seconds: How long it took, while others had the cores before it. [s]
    """

    packages: int
    wrong: int
    seconds: float


@contextmanager
def keeping(folder: Path, bodies: tuple[str, ...], count: int, seed: int, until: date) -> Iterator[Future[Kept]]:
    """Make and store the packages of the newest lives and of the first declarations; the future says what was made.

    Args:
        folder: Of the workspace of the world; its store need not be loaded.
        bodies: DIDs of its bodies.
        count: How many certificates.
        seed: From which all is drawn.
        until: Last day.
    """
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, context) as pool:
        yield pool.submit(_keep, folder, bodies, count, seed, until)


def _keep(folder: Path, bodies: tuple[str, ...], count: int, seed: int, until: date) -> Kept:
    if hasattr(os, "nice"):
        os.nice(19)
    from footproof.server.platform import configure

    configure(folder)
    from footproof.server.certify import keep_package
    from footproof.server.store.packages import look  # needs settings

    start = perf_counter()
    workspace = open_workspace(folder)
    cast = Cast(make_plan(count, seed, until), bodies)
    kept = wrong = 0
    for file in (*_certified(workspace, cast), *_declared(cast)):
        found = look(workspace, keep_package(workspace, file))
        kept += 1
        wrong += found is None or not found.recomputed.ok
    return Kept(kept, wrong, perf_counter() - start)


def _certified(workspace: Workspace, cast: Cast) -> Iterator[bytes]:
    """Yield what the certificates of the newest lives name: their packages, and those of further models of a family."""
    hidden = hidden_places(workspace)
    schemes = shape().schemes()
    figured = (one for one in cast.plan.lives if one.outcome == "granted" and schemes[one.scheme].rulebooks)
    for life in sorted(figured, key=lambda one: one.first.decided)[-SAMPLE:]:
        story = Story(cast, life, hidden)
        events = [step.event for deed in story.deeds() for step in deed.steps]
        held = {one.held.number: one.held for one in events if isinstance(one, CertificateIssued | CertificateRestated)}
        stated = [one for one in held.values() if one.value is not None]
        named = {name for one in stated for name in (one.package, *(other.package for other in one.subject.others))}
        yield from (sealed(story.made[name].study) for name in sorted(named))


def _declared(cast: Cast) -> Iterator[bytes]:
    """Yield what the first declarations name, and what corrects them."""
    declarations = [one for maker in declarers(cast.plan) for one in maker.declarations]
    for one in declarations[:DECLARED]:
        story = DeclarationStory(cast, one)
        story.deeds()
        yield from (made.file for made in story.made.values())
