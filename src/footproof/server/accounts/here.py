"""What accounts and interface ask about the running server: its workspace, journal and vault, and whoever knocks."""

from django.conf import settings
from django.http import HttpRequest

from footproof.model.scheme import Scheme
from footproof.server.accounts import clock
from footproof.server.accounts.models import SignIn
from footproof.server.accounts.origin import origin_of
from footproof.server.accounts.vault import Vault, open_vault
from footproof.server.editions import Editions, editions
from footproof.server.store.journal import Journal
from footproof.server.store.unit import Unit
from footproof.server.workspace import Workspace, open_workspace


def workspace() -> Workspace:
    """Return the workspace that is served."""
    return open_workspace(settings.FOOTPROOF_FOLDER)


def find_scheme(key: str) -> Scheme:
    """Return a scheme edition that this server knows; what strangers name is never taken for a path.

    Raises:
        FootproofError: E-SCHEME-UNKNOWN.
    """
    return known_editions().scheme(key)


def known_editions() -> Editions:
    """Return the scheme and rulebook editions of the workspace that is served.

    Raises:
        FootproofError: As `editions`.
    """
    return editions(settings.FOOTPROOF_FOLDER)


def journal() -> Journal:
    """Return the journal, by which everything is done."""
    return Journal(workspace(), find_scheme)


def world() -> Unit:
    """Return what is known now, to look at."""
    return Unit(workspace(), find_scheme)


def vault() -> Vault:
    """Return the vault of the workspace that is served."""
    return open_vault(settings.FOOTPROOF_FOLDER)


def address_of(request: HttpRequest) -> str:
    """Return a digest of the network address that asks, as `origin_of`; the address itself is stored nowhere."""
    trusted, header = settings.FOOTPROOF_PROXIES
    peer = origin_of(request.META.get("REMOTE_ADDR", ""), request.headers.get(header, ""), header, trusted)
    return vault().mark(f"address:{peer}")


def note(request: HttpRequest | None, event: str, account: str = "", by: str | None = None) -> None:
    """Add to the record of what happened at the door.

    Args:
        request: Who asks; None for the command line of the workspace.
        event: Such as "password.wrong" or "session.began".
        account: Whose account, where it is known to be theirs or to be meant.
        by: Who did it, where that is somebody else.
    """
    address = address_of(request) if request is not None else ""
    SignIn.objects.create(at=clock.now(), account=account, address=address, event=event, by=by)
