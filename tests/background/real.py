"""Real databases, read once in a process; they lie beside the repository, and tests skip where they do not."""

from functools import cache
from pathlib import Path

import pytest

from footproof.background.assemble import assemble, default_settings
from footproof.background.linked import Background
from footproof.formats.database import read_database
from footproof.model.dataset import DataSource

DATA = Path(__file__).resolve().parents[3] / "shared/data/lci"
PATHS = {
    "tiangong": "tiangong-ilcd/tiangong_v0.2.0_ilcd.zip",
    "uslci": "uslci/uslci_olca1_5_0_json_ld.zip",
    "uslci-ecospold1": "uslci/uslci_fy21_q3_01_olca_10_3_ecospold2.zip",
    "uslci-ecospold2": "uslci/uslci_fy18_q3_01_olca1_7_2.ecospold2.zip",
    "useeio": "useeio-v2.0.1-411",
    "premise": "premise-inventories",
}


def path_of(name: str) -> Path:
    """Return where a database lies, or skip the test."""
    path = DATA / PATHS[name]
    if not path.exists():
        pytest.skip(f"{PATHS[name]} is not beside the repository")
    return path


@cache
def read(path: Path) -> DataSource:
    """Return a database, read once in a process."""
    return read_database(path)


def source_of(name: str) -> DataSource:
    """Return a database as read."""
    return read(path_of(name))


@cache
def _assembled(path: Path) -> Background:
    source = read(path)
    return assemble(source, default_settings(source))


def background_of(name: str) -> Background:
    """Return the system of a database under the preset choices."""
    return _assembled(path_of(name))
