"""The sound world, built once for all cases."""

import pytest

from tamper.world import World, build


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Two bodies and three certificates in which nothing is wrong; never written to by a case."""
    return build(tmp_path_factory.mktemp("tamper"))
