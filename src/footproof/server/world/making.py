"""The rows of the world, made on all cores; a process of its own configures Django before it asks for tables.

Lives are made in the order of their applications, so that the months of the world are complete one after another, and
whoever enters them need not wait for the last life.
"""

import gc
import multiprocessing
import os
import pickle
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from footproof.server.packs import write_index
from footproof.server.workspace import Workspace, open_workspace
from footproof.server.world.cast import Cast
from footproof.server.world.declared import declarers
from footproof.server.world.job import Job
from footproof.server.world.plan import Plan

if TYPE_CHECKING:
    from footproof.server.world.rows import Maker

CHUNK = 1000
FEW = 8
TOGETHER = 10
"""Makers whose declarations are made together."""


def make_rows(workspace: Workspace, cast: Cast, folder: Path) -> Iterator[tuple[int, date]]:
    """Write the rows of a whole world, month by month, and its objects; these are all there when it ends.

    Args:
        workspace: For which; it gets the objects.
        cast: Who is there.
        folder: For the rows.

    Yields:
        The number of each job that is done, in order, and a day before which no event is missing any more.
    """
    work = list(jobs(cast.plan))
    index: list[bytes] = []
    ends = [*(job.since for job in work[1:]), date.max]
    for job, end, part in zip(work, ends, _made(workspace, cast, folder, work), strict=True):
        index.append(part)
        if job is work[-1]:
            write_index(workspace.folder / "objects", index)
        yield job.number, end


def _made(workspace: Workspace, cast: Cast, folder: Path, work: list[Job]) -> Iterator[bytes]:
    """Make jobs and yield what the index says of the objects of each, in order."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if cores < 2 or len(work) < FEW:
        from footproof.server.world.rows import Maker  # needs settings

        maker = Maker(workspace, cast, folder)
        yield from map(maker.make, work)
        return
    (folder / "cast").write_bytes(pickle.dumps((cast.plan, cast.bodies), pickle.HIGHEST_PROTOCOL))
    # Spawned, not forked: whoever calls may have threads.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(cores, context, _begin, (workspace.folder, folder)) as pool:
        try:
            yield from pool.map(_work, work)
        finally:
            pool.shutdown(cancel_futures=True)  # whoever enters the rows may have given up
    (folder / "cast").unlink()


def jobs(plan: Plan) -> Iterator[Job]:
    """Yield what one process makes at a time, in the order of the days on which it begins."""
    early = date.min
    chunks = [range(first, min(first + CHUNK, plan.makers)) for first in range(0, plan.makers, CHUNK)]
    lives = sorted(plan.lives, key=lambda one: one.submitted)
    yield Job(0, early, cast=True)
    for number, makers in enumerate(chunks):
        yield Job(1 + number, early, makers=makers)
    before, declaring = 1 + len(chunks), len(declarers(plan))
    packs = [range(first, min(first + TOGETHER, declaring)) for first in range(0, declaring, TOGETHER)]
    for number, some in enumerate(packs):
        yield Job(before + number, early, declarers=some)
    before += len(packs)
    for number, first in enumerate(range(0, len(lives), CHUNK)):
        living = lives[first : first + CHUNK]
        yield Job(before + number, living[0].submitted, lives=tuple(one.index for one in living))


_MAKERS: "list[Maker]" = []


def _begin(workspace: Path, folder: Path) -> None:
    """Prepare a process."""
    from footproof.server.platform import configure

    configure(workspace)
    from footproof.server.world.rows import Maker

    gc.disable()  # nothing here refers to itself, and looking for it took a fifth of the time
    plan, bodies = pickle.loads((folder / "cast").read_bytes())  # noqa: S301  (our own, of a moment ago)
    _MAKERS.append(Maker(open_workspace(workspace), Cast(plan, bodies), folder))


def _work(job: Job) -> bytes:
    return _MAKERS[0].make(job)
