"""Settings of Django, made from a workspace; there is no settings module and no environment but the workspace.

One process serves one workspace at a time. Asked for another one, the connections to the first are closed.
"""

from contextlib import suppress
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.core.management import call_command
from django.db import connections
from django.db.migrations.executor import MigrationExecutor

from footproof.server.accounts.configuration import people_settings
from footproof.server.keys import kept_secret
from footproof.server.platform.databases import answering, database_of, keep_to_owner

SECRET = "django.secret"  # noqa: S105  (the name of its file)
_APPS = "footproof.server"
_OF_A_WORKSPACE = ("FOOTPROOF_FOLDER", "DATABASES", "FOOTPROOF_PROXIES")


def configure(folder: Path) -> None:
    """Set Django up for a workspace; has to come before anything of Django that asks for settings is imported.

    Args:
        folder: Of the workspace.

    Raises:
        FootproofError: E-STORE-DATABASE, E-WORKSPACE as `database_of`; E-KEY-FILE where the secret was damaged.
    """
    values = settings_of(folder)
    if not settings.configured:
        settings.configure(**values)
        django.setup()
    elif any(values[name] != getattr(settings, name) for name in _OF_A_WORKSPACE):
        _move(values)


def migrate() -> None:
    """Bring the tables up to what this version needs; nothing is done where they are.

    Raises:
        FootproofError: E-STORE-UNAVAILABLE where the database does not answer.
    """
    keep_to_owner(settings.FOOTPROOF_FOLDER, connections["default"].settings_dict)
    with answering():
        executor = MigrationExecutor(connections["default"])
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            call_command("migrate", verbosity=0, interactive=False)


def prepare(folder: Path) -> None:
    """Set Django up for a workspace and bring its tables up to date: from here on they can be asked.

    Args:
        folder: Of the workspace.

    Raises:
        FootproofError: As `configure` and `migrate`.
    """
    configure(folder)
    migrate()


def settings_of(folder: Path) -> dict[str, Any]:
    """Return the settings for a workspace.

    Args:
        folder: Of the workspace.

    Raises:
        FootproofError: As `configure`.
    """
    return {
        "FOOTPROOF_FOLDER": folder.resolve(),
        "DEBUG": False,
        "SECRET_KEY": kept_secret(folder / "keys" / SECRET, 48).hex(),
        "ALLOWED_HOSTS": ["*"],  # the addresses of the workspace are absolute; no page is built from the Host header
        "DATABASES": {"default": database_of(folder)},
        "DEFAULT_AUTO_FIELD": "django.db.models.BigAutoField",
        "INSTALLED_APPS": [f"{_APPS}.accounts", f"{_APPS}.api", f"{_APPS}.store"],
        "ROOT_URLCONF": f"{_APPS}.platform.urls",
        "TEMPLATES": [_templates()],
        "TIME_ZONE": "UTC",
        "USE_TZ": True,
        "LANGUAGE_CODE": "zh-hans",
        "LANGUAGES": [("zh-hans", "简体中文"), ("en", "English")],
        "LOGGING": _logging(),
        "DATA_UPLOAD_MAX_MEMORY_SIZE": 2 * 2**20,
        **people_settings(folder),
    }


def _templates() -> dict[str, Any]:
    return {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
    }


def _logging() -> dict[str, Any]:
    """Return a log on stderr without bodies of requests, values of queries or parameters of addresses."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain"}},
        "loggers": {
            "django": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
            # What is refused is told to whoever asked; its address may hold a secret, as that of an invitation does.
            "django.request": {"handlers": ["stderr"], "level": "ERROR", "propagate": False},
            "django.security": {"handlers": ["stderr"], "level": "ERROR", "propagate": False},
            "django.db.backends": {"handlers": [], "level": "CRITICAL", "propagate": False},
            "footproof": {"handlers": ["stderr"], "level": "INFO", "propagate": False},
        },
    }


def _move(values: dict[str, Any]) -> None:
    """Go on with another workspace in the same process."""
    connections.close_all()
    for name, value in values.items():
        setattr(settings, name, value)
    connections.settings = connections.configure_settings(values["DATABASES"])
    for alias in values["DATABASES"]:
        with suppress(AttributeError):  # one that this thread never asked for
            del connections[alias]
