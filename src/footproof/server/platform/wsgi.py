"""The WSGI application of a workspace."""

from pathlib import Path
from typing import TYPE_CHECKING

from footproof.server.platform.settings import prepare

if TYPE_CHECKING:
    from django.core.handlers.wsgi import WSGIHandler


def application(folder: Path) -> "WSGIHandler":
    """Return what Django answers for a workspace, its tables brought up to date first.

    Args:
        folder: Of the workspace.

    Raises:
        FootproofError: As `prepare`.
    """
    prepare(folder)
    from django.core.wsgi import get_wsgi_application  # asks for settings when imported

    return get_wsgi_application()
