"""The one ASGI application of a workspace: the static tree, and the VC API where it is switched on."""

import os
from pathlib import Path

from footproof.server.static import Receive, Scope, Send, StaticTree
from footproof.server.vc_api import VcApi
from footproof.server.vc_api.settings import settings_from

API_VARIABLE = "FOOTPROOF_VC_API"


class Application:
    """Routes each request to the part it belongs to.

    Args:
        tree: The public pages.
        api: The interface, or None where it is off; then its paths are names in the tree like any other.
    """

    def __init__(self, tree: StaticTree, api: VcApi | None = None) -> None:
        self._tree = tree
        self._api = api

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if self._api is not None and scope["type"] == "http" and self._api.handles(scope["path"]):
            await self._api(scope, receive, send)
        else:
            await self._tree(scope, receive, send)


def app_from_environment() -> Application:
    """Return the application for the workspace that FOOTPROOF_HOME names, for servers that import it."""
    folder = Path(os.environ["FOOTPROOF_HOME"])
    asked = os.environ.get(API_VARIABLE)
    api = VcApi(settings_from(asked, folder)) if asked else None
    return Application(StaticTree(folder / "public"), api)
