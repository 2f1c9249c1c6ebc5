"""A served workspace with an invented body, a client, a rival of each, oversight, a registrar, and people.

Everything runs on SQLite, and with `-m slow` on PostgreSQL as well; what databases do differently runs on both always:
see `on_both_stores` in `api.stores`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest

import embedded_django  # noqa: F401  (first)
from api.worlds import Site, make_site
from store.conftest import TEMPLATE, postgresql
from store.postgresql import ask

__all__ = ["fresh_site", "postgresql", "shared_site", "site"]

STORES = ("sqlite", pytest.param("postgresql", marks=pytest.mark.slow))
_NUMBERS = count(1)


@pytest.fixture(scope="module", params=STORES)
def shared_site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site that the tests of a module share."""
    with _database(request) as address:
        yield from _served(tmp_path_factory.mktemp("site") / "workspace", address)


@pytest.fixture
def site(shared_site: Site) -> Site:
    """The shared site, which Django may have left for one of a single test."""
    from footproof.server.platform import configure

    configure(shared_site.shop.workspace.folder)
    return shared_site


@pytest.fixture(params=STORES)
def fresh_site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    """A site of one test alone."""
    with _database(request) as address:
        yield from _served(tmp_path / "workspace", address)


@contextmanager
def _database(request: pytest.FixtureRequest) -> Iterator[str]:
    """Provide a database with empty tables; its address is empty for the one in the workspace."""
    if request.param == "sqlite":
        yield ""
        return
    server: str = request.getfixturevalue("postgresql")
    name = f"api{next(_NUMBERS)}"
    ask(server, f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
    yield server.format(name=name)
    ask(server, f"DROP DATABASE {name} WITH (FORCE)")


def _served(folder: Path, address: str) -> Iterator[Site]:
    from django.db import connections

    from footproof.server.accounts import here
    from store.worlds import scheme_of

    with pytest.MonkeyPatch.context() as patch:
        if address:
            patch.setenv("FOOTPROOF_DATABASE", address)
        else:
            patch.delenv("FOOTPROOF_DATABASE", raising=False)
        patch.setattr(here, "find_scheme", scheme_of)
        yield make_site(folder)
        connections.close_all()
