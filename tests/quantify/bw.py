"""A system written as a Brightway data package, so that bw2calc can solve the same numbers."""

from typing import Any

import numpy as np
import pytest

from footproof.quantify.distributions import Spreads
from footproof.quantify.system import System, Vector

FIRST_PROCESS = 1_000_000
FIRST_FLOW = 2_000_000


def package(system: System, score: Vector, inputs: Spreads | None = None, emissions: Spreads | None = None) -> Any:
    """Return products as ids 0.., processes from a million, flows from two million, one method."""
    bwp = pytest.importorskip("bw_processing", reason="bw_processing, a test extra, is not installed")
    made = bwp.create_datapackage()
    for name, matrix, row, spreads in (
        ("technosphere_matrix", system.technosphere, 0, inputs),
        ("biosphere_matrix", system.biosphere, FIRST_FLOW, emissions),
    ):
        column = np.repeat(np.arange(matrix.shape[1]), np.diff(matrix.indptr))
        indices = np.empty(matrix.nnz, dtype=bwp.INDICES_DTYPE)
        indices["row"], indices["col"] = matrix.indices + row, column + FIRST_PROCESS
        more = {} if spreads is None else {"distributions_array": _uncertain(bwp, matrix.data, spreads)}
        made.add_persistent_vector(
            matrix=name, name=name, data_array=np.abs(matrix.data), indices_array=indices,
            flip_array=matrix.data < 0, **more,
        )  # fmt: skip
    flows = np.flatnonzero(score)
    indices = np.empty(len(flows), dtype=bwp.INDICES_DTYPE)
    indices["row"] = indices["col"] = flows + FIRST_FLOW
    made.add_persistent_vector(
        matrix="characterization_matrix", name="score", data_array=score[flows], indices_array=indices,
        identifier=["score"],
    )  # fmt: skip
    return made


def _uncertain(bwp: Any, data: Vector, spreads: Spreads) -> Any:
    rows = np.zeros(len(data), dtype=bwp.UNCERTAINTY_DTYPE)
    for name in ("loc", "scale", "shape", "minimum", "maximum"):
        rows[name] = np.nan
    moved = spreads.width > 0
    rows["uncertainty_type"] = np.where(moved, 2, 0)
    rows["loc"] = np.where(moved, np.log(np.abs(data)), np.abs(data))
    rows["scale"] = np.where(moved, spreads.width, np.nan)
    return rows
