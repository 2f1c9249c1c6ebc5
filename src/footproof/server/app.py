"""The one ASGI application of a workspace: the static tree; accounts, interface and the VC API where they are on."""

import os
from pathlib import Path

from footproof.server.gate import Gate
from footproof.server.static import Receive, Scope, Send, StaticTree
from footproof.server.vc_api import VcApi
from footproof.server.vc_api.settings import settings_from

API_VARIABLE = "FOOTPROOF_VC_API"
PLATFORM_VARIABLE = "FOOTPROOF_PLATFORM"
PLATFORM_PATHS = ("/accounts/", "/api/v1/")


class Application:
    """Routes each request to the part it belongs to.

    Args:
        tree: The public pages.
        api: The VC API, or None where it is off; then its paths are names in the tree like any other.
        platform: Accounts and interface, or None where they are off.
    """

    def __init__(self, tree: StaticTree, api: VcApi | None = None, platform: Gate | None = None) -> None:
        self._tree = tree
        self._api = api
        self._platform = platform

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        asked = scope["path"] if scope["type"] == "http" else ""
        if self._api is not None and asked and self._api.handles(asked):
            await self._api(scope, receive, send)
        elif self._platform is not None and asked.startswith(PLATFORM_PATHS):
            await self._platform(scope, receive, send)
        else:
            await self._tree(scope, receive, send)


def app_from_environment() -> Application:
    """Return the application for the workspace that FOOTPROOF_HOME names, for servers that import it."""
    folder = Path(os.environ["FOOTPROOF_HOME"])
    asked = os.environ.get(API_VARIABLE)
    api = VcApi(settings_from(asked, folder)) if asked else None
    platform = _platform(folder) if PLATFORM_VARIABLE in os.environ else None
    return Application(StaticTree(folder / "public"), api, platform)


def _platform(folder: Path) -> Gate:
    """Return accounts and interface, and begin to send what webhooks wait for."""
    from footproof.server.platform.wsgi import application  # Django asks for its settings when it is imported

    wsgi = application(folder)
    from footproof.server.api.errands import keep_running

    keep_running()
    return Gate(wsgi)
