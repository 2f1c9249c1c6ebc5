"""Both stores: SQLite in the workspace, and a PostgreSQL server that is started once, in a temporary folder."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from django.db import connections

import embedded_django
from footproof.server.platform import configure, migrate
from store.postgresql import WITHOUT, ask, programs, running
from store.worlds import Shop, make_shop

STORES = ("sqlite", "postgresql")
TEMPLATE = "footproof_template"
_NUMBERS = count(1)


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server in which there is a database with all tables and no rows."""
    if programs() is None:
        pytest.skip(WITHOUT)
    with running(durable=False) as server:
        ask(server, f"CREATE DATABASE {TEMPLATE}")
        folder = embedded_django.bare_folder(tmp_path_factory.mktemp("template") / "workspace")
        with pytest.MonkeyPatch.context() as patched:
            patched.setenv("FOOTPROOF_DATABASE", server.format(name=TEMPLATE))
            configure(folder)
            migrate()
            connections.close_all()
        yield server


@pytest.fixture(params=STORES)
def database(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The kind of store; for PostgreSQL a database with empty tables is named in the environment."""
    if request.param == "sqlite":
        monkeypatch.delenv("FOOTPROOF_DATABASE", raising=False)
        yield "sqlite"
        return
    server: str = request.getfixturevalue("postgresql")
    name = f"test{next(_NUMBERS)}"
    ask(server, f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
    monkeypatch.setenv("FOOTPROOF_DATABASE", server.format(name=name))
    yield "postgresql"
    connections.close_all()
    ask(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def shop(database: str, tmp_path: Path) -> Iterator[Shop]:
    """A store with a body, its people, a client, and nothing to decide yet."""
    yield make_shop(tmp_path / "workspace")
    connections.close_all()
