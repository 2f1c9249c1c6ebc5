"""The rows of the world, made on all cores; a process of its own configures Django before it asks for tables."""

import gc
import multiprocessing
import os
import pickle
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from footproof.server.workspace import Workspace, open_workspace
from footproof.server.world.cast import Cast
from footproof.server.world.job import Job
from footproof.server.world.plan import Plan

if TYPE_CHECKING:
    from footproof.server.world.rows import Maker

CHUNK = 1000


def make_rows(workspace: Workspace, cast: Cast, folder: Path) -> None:
    """Write the rows of a whole world, month by month.

    Args:
        workspace: For which; it gets the objects.
        cast: Who is there.
        folder: For the rows.
    """
    work = list(jobs(cast.plan))
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if cores < 2 or len(work) < 8:
        from footproof.server.world.rows import Maker  # needs settings

        maker = Maker(workspace, cast, folder)
        for job in work:
            maker.make(job)
        return
    (folder / "cast").write_bytes(pickle.dumps((cast.plan, cast.bodies), pickle.HIGHEST_PROTOCOL))
    # Spawned, not forked: whoever calls may have threads.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(cores, context, _begin, (workspace.folder, folder)) as pool:
        for _ in pool.map(_work, work):
            pass
    (folder / "cast").unlink()


def jobs(plan: Plan) -> Iterator[Job]:
    """Yield what one process makes at a time, those of authorities and bodies first."""
    yield Job("cast", True, range(0), range(0))
    for first in range(0, plan.makers, CHUNK):
        yield Job(f"makers-{first:07d}", False, range(first, min(first + CHUNK, plan.makers)), range(0))
    for first in range(0, len(plan.lives), CHUNK):
        yield Job(f"lives-{first:07d}", False, range(0), range(first, min(first + CHUNK, len(plan.lives))))


_MAKERS: "list[Maker]" = []


def _begin(workspace: Path, folder: Path) -> None:
    """Prepare a process."""
    from footproof.server.platform import configure

    configure(workspace)
    from footproof.server.world.rows import Maker

    gc.disable()  # nothing here refers to itself, and looking for it took a fifth of the time
    plan, bodies = pickle.loads((folder / "cast").read_bytes())  # noqa: S301  (our own, of a moment ago)
    _MAKERS.append(Maker(open_workspace(workspace), Cast(plan, bodies), folder))


def _work(job: Job) -> tuple[int, int]:
    return _MAKERS[0].make(job)
