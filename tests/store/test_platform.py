"""Settings of a workspace: which database, its secret, and what is said where there is none."""

import stat
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connections

from embedded_django import bare_folder
from footproof.errors import FootproofError
from footproof.server.platform import configure, migrate
from footproof.server.platform.databases import database_of
from footproof.server.workspace import CONFIGURATION, create_workspace


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("FOOTPROOF_DATABASE", raising=False)
    return bare_folder(tmp_path / "workspace")


def name_database(folder: Path, line: str) -> None:
    path = folder / CONFIGURATION
    path.write_text(path.read_text() + f"[database]\n{line}\n")


def test_the_default_is_a_file_in_the_workspace(folder: Path) -> None:
    found = database_of(folder)
    assert (found["ENGINE"], found["NAME"]) == ("django.db.backends.sqlite3", folder / "db.sqlite3")
    assert found["OPTIONS"]["transaction_mode"] == "IMMEDIATE"


@pytest.mark.parametrize(
    ("address", "parts"),
    [
        ("postgresql://u:p%40ss@db.example:5433/name?sslmode=require", ("name", "u", "p@ss", "db.example", "5433")),
        ("postgres://u@/name?host=/run/pg&port=1", ("name", "u", "", "/run/pg", "1")),
        ("postgresql://db.example/na%20me", ("na me", "", "", "db.example", "")),
    ],
)
def test_an_address_is_taken_apart(folder: Path, address: str, parts: tuple[str, ...]) -> None:
    name_database(folder, f'url = "{address}"')
    found = database_of(folder)
    assert tuple(found[name] for name in ("NAME", "USER", "PASSWORD", "HOST", "PORT")) == parts
    assert "synchronous_commit=on" in found["OPTIONS"]["options"]
    assert {"host", "port"}.isdisjoint(found["OPTIONS"])


def test_the_variable_goes_before_the_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name_database(folder, 'url = "postgresql://a/one"')
    monkeypatch.setenv("FOOTPROOF_DATABASE", "postgresql://b/two")
    assert database_of(folder)["NAME"] == "two"


@pytest.mark.parametrize(
    "line", ['url = "mysql://u:secret@h/d"', 'url = "postgresql://u:secret@h"', 'url = "postgresql://h:x/d"', "url = 3"]
)
def test_another_address_is_refused_without_a_word_of_it(folder: Path, line: str) -> None:
    name_database(folder, line)
    with pytest.raises(FootproofError) as raised:
        database_of(folder)
    assert raised.value.code == "E-STORE-DATABASE"
    assert "secret" not in str(raised.value)


def test_a_server_that_does_not_answer_is_said_to(folder: Path, tmp_path: Path) -> None:
    name_database(folder, f'url = "postgresql://u:secret@/d?host={tmp_path}"')
    configure(folder)
    try:
        with pytest.raises(FootproofError) as raised:
            migrate()
    finally:
        connections.close_all()
    assert raised.value.code == "E-STORE-UNAVAILABLE"
    assert "secret" not in str(raised.value)


def test_the_secret_is_made_once_and_for_its_owner_only(folder: Path) -> None:
    configure(folder)
    first = settings.SECRET_KEY
    path = folder / "keys" / "django.secret"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    configure(folder)
    assert first == settings.SECRET_KEY
    path.write_bytes(b"short")
    with pytest.raises(FootproofError) as raised:
        configure(folder)
    assert raised.value.code == "E-KEY-FILE"


def test_configuration_and_database_are_read_by_their_owner_only(folder: Path, tmp_path: Path) -> None:
    def mode(path: Path) -> int:
        return stat.S_IMODE(path.stat().st_mode)

    create_workspace(tmp_path / "new", "https://w.footproof.example", "w.footproof.example/log")
    assert mode(tmp_path / "new" / CONFIGURATION) == 0o600
    (folder / CONFIGURATION).chmod(0o644)  # as an older version made it
    configure(folder)
    migrate()
    assert mode(folder / CONFIGURATION) == 0o600
    files = sorted(folder.glob("db.sqlite3*"))
    assert files
    assert {mode(path) for path in files} == {0o600}
    for path in files:
        path.chmod(0o644)
    migrate()
    assert {mode(path) for path in files} == {0o600}
    connections.close_all()


def test_one_process_can_move_on_to_another_workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FOOTPROOF_DATABASE", raising=False)
    for name in ("one", "two"):
        configure(bare_folder(tmp_path / name))
        migrate()
        assert connections["default"].settings_dict["NAME"] == tmp_path / name / "db.sqlite3"
    assert (tmp_path / "one" / "db.sqlite3").is_file()
    connections.close_all()


def test_tables_and_migrations_say_the_same(folder: Path) -> None:
    configure(folder)
    call_command("makemigrations", "store", check=True, dry_run=True, verbosity=0)
