"""All samples on disk, for what does not fit in memory: an array of samples × products that can be mapped.

Samples come in order, so the file is written from front to back under a passing name, synced and renamed: nothing
half-written ever stands under the final name.
"""

import os
from contextlib import closing, suppress
from pathlib import Path
from tempfile import mkstemp

import numpy as np

from footproof.quantify.montecarlo import Engine, Progress, samples
from footproof.quantify.problems import Problem
from footproof.quantify.streams import SHARES, Percentiles, Summary
from footproof.tlog.durable import sync_directory

BLOCK = 64  # Samples read at a time.


def record(
    problem: Problem,
    count: int,
    path: Path,
    *,
    seed: int,
    engine: Engine = "auto",
    workers: int = 1,
    progress: Progress | None = None,
) -> int:
    """Write samples × products as a `.npy` file of 64-bit floats; `numpy.load(path, mmap_mode="r")` reads it back.

    Args:
        problem: From `prepare`.
        count: How many samples; each takes eight bytes per product.
        path: Where the file will stand; one that is there is replaced as a whole.
        seed: Key of the random streams.
        engine: See `samples`.
        workers: Threads.
        progress: See `samples`.

    Returns:
        How many samples had to be solved directly.

    Raises:
        OSError: The disk refuses; nothing changes under `path`.
        FootproofError: See `samples`.
    """
    header = {"descr": "<f8", "fortran_order": False, "shape": (count, problem.found.size)}
    handle, draft = mkstemp(prefix=f".{path.name}.", suffix=".draft", dir=path.parent)
    direct = 0
    try:
        with os.fdopen(handle, "wb") as file:
            np.lib.format.write_array_header_1_0(file, header)
            with closing(
                samples(problem, count, seed=seed, engine=engine, workers=workers, progress=progress)
            ) as batches:
                for batch in batches:
                    file.write(np.ascontiguousarray(batch.values, dtype="<f8").data)
                    direct += batch.direct
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)
    except BaseException:  # Interrupted by hand as well.
        with suppress(FileNotFoundError):
            os.unlink(draft)
        raise
    sync_directory(path.parent)
    return direct


def summarise(
    path: Path, *, direct: int = 0, shares: tuple[float, ...] = SHARES, pairs: tuple[tuple[int, int], ...] = ()
) -> Summary:
    """Return what recorded samples say, as `simulate` would have.

    Args:
        path: From `record`.
        direct: What `record` returned.
        shares: Percentiles as shares. [1]
        pairs: Products a, b: how often a carries less than b in the same sample.
    """
    values = np.load(path, mmap_mode="r")
    stream = Percentiles(values.shape[1], len(values), shares, pairs)
    for first in range(0, len(values), BLOCK):
        stream.add(np.asarray(values[first : first + BLOCK]), direct if first == 0 else 0)
    return stream.summary()
