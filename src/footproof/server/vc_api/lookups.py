"""Where a verification finds keys and status lists of others: at hand, or through the network where allowed."""

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from footproof.credential.documents import Documents, OfflineDocuments
from footproof.credential.jose import read_object
from footproof.credential.presentation import enveloped
from footproof.errors import FootproofError, ProofRejected
from footproof.server.fetch import JSON_TYPES, Fetch, Resolver

MOST_LIST = 12 * 1024 * 1024
SECONDS = 5.0
LIST_TYPES = ("application/vc", "application/vc+jwt", *JSON_TYPES)


def documents_at(folder: Path | None, get: Fetch | None, now: datetime) -> Documents:
    """Return where DID documents come from at one moment.

    Args:
        folder: Documents at hand, or None.
        get: How to fetch others, or None where the network may not be asked.
        now: The moment.

    Raises:
        FootproofError: E-DID-MANIFEST.
    """
    offline = OfflineDocuments(folder if folder is not None else {}, now=now)
    return offline if get is None else _Documents(offline, Resolver(get, now, seconds=SECONDS))


def fetched_list(url: str, get: Fetch | None, verified: Callable[[object], Mapping[str, Any]]) -> Mapping[str, Any]:
    """Return the verified status list of somebody else.

    Args:
        url: Its address.
        get: How to fetch, or None where the network may not be asked.
        verified: Says what a credential says, once it holds.

    Raises:
        FootproofError: E-VCAPI-OFFLINE; E-FETCH-… where it could not be had.
        ProofRejected: Whatever is wrong with it.
    """
    if get is None:
        raise FootproofError("E-VCAPI-OFFLINE", url=url[:200])
    got = get(url, most_bytes=MOST_LIST, seconds=SECONDS, accept=LIST_TYPES)
    if got.media_type != "application/vc+jwt":
        return verified(read_object(got.data))
    try:
        return verified(enveloped(got.data.strip()))
    except UnicodeDecodeError as problem:
        raise ProofRejected("E-CRED-FORM", reason=str(problem)[:200]) from problem


class _Documents:
    """Documents at hand first, then the network."""

    def __init__(self, offline: OfflineDocuments, online: Resolver) -> None:
        self._offline = offline
        self._online = online

    def document(self, did: str, at: datetime | None = None) -> Mapping[str, Any]:
        """Return the document of a DID; see `credential.documents.Documents`."""
        try:
            return self._offline.document(did, at)
        except ProofRejected as problem:
            if problem.code != "E-CRED-UNKNOWN-KEY":
                raise
        return self._online.document(did, at)
