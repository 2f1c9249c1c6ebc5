"""What the store committed and the log does not hold yet, after a crash between the two."""

from typing import TYPE_CHECKING

from footproof.server.platform.settings import configure

if TYPE_CHECKING:
    from footproof.server.workspace import Workspace


def append_pending(workspace: "Workspace") -> None:
    """Append what is missing to the log.

    Args:
        workspace: Held by the caller, and with a store.

    Raises:
        FootproofError: E-STORE-LOG where they contradict each other; as `configure`.
    """
    configure(workspace.folder)
    from footproof.server.store.log import catch_up  # its tables need settings

    catch_up(workspace)
