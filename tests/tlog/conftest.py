"""Keys and logs that the tests of the log share."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from footproof.tlog import Log

ORIGIN = "demo.example/log"


@pytest.fixture(scope="session")
def key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


@pytest.fixture
def log(tmp_path: Path, key: Ed25519PrivateKey) -> Log:
    return Log.create(tmp_path / "log", ORIGIN, key)
