"""How the VC API of a workspace runs, and how the command line tells the process that serves."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from footproof.errors import FootproofError


@dataclass(frozen=True, slots=True)
class Settings:
    """How the interface runs.

    Args:
        folder: The workspace.
        base: Address under which status lists are served, without a slash at the end.
        open: Whether whoever asks from this machine may.
        network: Whether DIDs and status lists of others may be fetched.
        documents: Folder of DID documents at hand, or None.
    """

    folder: Path
    base: str
    open: bool = False
    network: bool = False
    documents: Path | None = None


def settings_from(text: str, folder: Path) -> Settings:
    """Return settings from their text, as `settings_text` wrote it.

    Args:
        text: JSON.
        folder: The workspace.
    """
    found = json.loads(text)
    documents = Path(found["documents"]) if found["documents"] else None
    return Settings(folder, found["base"], found["open"], found["network"], documents)


def settings_text(settings: Settings) -> str:
    """Return settings as text, for the process that serves.

    Args:
        settings: Without the folder, which that process knows.
    """
    documents = str(settings.documents.resolve()) if settings.documents is not None else None
    shown = {"base": settings.base, "open": settings.open, "network": settings.network, "documents": documents}
    return json.dumps(shown)


def read_base(text: str) -> str:
    """Return an address as the beginning of others, without a slash at the end.

    Raises:
        FootproofError: E-VCAPI-BASE where it is no http or https address.
    """
    try:
        parts = urlsplit(text)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.query and not parts.fragment
    except ValueError:
        good = False
    if not good or len(text) > 500 or not re.fullmatch(r"[!-~]+", text):
        raise FootproofError("E-VCAPI-BASE", found=text[:80])
    return text.rstrip("/")
