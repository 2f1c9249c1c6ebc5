"""The list of all recognition records of a workspace: an event of its log, renewed before anybody calls it old.

The log states under its own name which records its entries amount to. A new list is entered where a record was, where a
certificate was issued since the last one, and once a day; so the log grows by little, and no list in use is older than
a day. Entries, proofs and file are made again from log and objects as often as one likes.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache, lru_cache

from footproof.canonical import digest, read_canonical
from footproof.recognise.listing import LISTED, Listing, ListingFile, LoggedItem, read_list
from footproof.recognise.sources import KINDS
from footproof.server.events import ISSUES, event, logged
from footproof.server.ledger import entries_of, positions_of
from footproof.server.workspace import Workspace
from footproof.tlog import Log, prove
from footproof.tlog.merkle import inclusion_path

RENEWED = timedelta(days=1)
RELIED_UPON = timedelta(days=7)
FILE = "recognition/index.json"


def about_recognition(workspace: Workspace) -> list[tuple[int, bytes]]:
    """Return the entries of the log that concern recognition, with their positions, in order."""
    return entries_of(workspace, *(f"{kind}." for kind in KINDS))


def renew_list(workspace: Workspace, log: Log, records: Mapping[str, str], at: datetime) -> None:
    """Enter a new list in the log unless the last one still serves.

    Args:
        workspace: Whose log; held by the caller, so that nothing comes between.
        log: Opened.
        records: Digest of each record by its file.
        at: Now: the moment whose knowledge the list states.
    """
    entries = _positions(workspace)
    last = _last(workspace)
    if last is not None:
        known = last[2]
        same = (dict(known.records), known.entries) == (dict(records), entries)
        issues = any(True for _ in logged(workspace, ISSUES, start=last[0]))
        if same and at - known.issued < RENEWED and not issues:
            return
    item, entry = _stated(workspace, Listing(at, at, workspace.origin, log.size, log.root, records, entries), at)
    workspace.put(item)
    log.append([entry])


def listed_again(workspace: Workspace, size: int, root: bytes, at: datetime) -> tuple[bytes, bytes] | None:
    """Return the last list again, of a longer log to which nothing about recognition was added, and its event.

    Args:
        workspace: Whose log; held by the caller.
        size: Number of entries it shall speak of, all of the log and those about to be appended.
        root: Of the tree over them. [32 bytes]
        at: Now, or the time of the last entry where that is later.

    Returns:
        Its bytes and the entry for the log; None where there is no list, or entries came that it does not name.
    """
    last = _last(workspace)
    if last is None or _positions(workspace) != last[2].entries:
        return None
    return _stated(workspace, replace(last[2], size=size, root=root), at)


def _stated(workspace: Workspace, listing: Listing, at: datetime) -> tuple[bytes, bytes]:
    """Return a list as of a moment, and its event."""
    issued = at.replace(microsecond=0)
    item = replace(listing, issued=issued, until=issued + RELIED_UPON).to_bytes()
    return item, event(LISTED, issued, workspace.origin, "recognition", digest(item))


def list_file(workspace: Workspace, log: Log) -> bytes:
    """Return `recognition/index.json`: the last list of the log, its proof under the log's checkpoint, and its entries.

    Args:
        workspace: Whose log, in which there is a list.
        log: Opened.

    Raises:
        ValueError: There is none; `renew_list` enters one.
    """
    last = _last(workspace)
    if last is None:
        raise ValueError("no list of recognition records was entered in the log")
    position, entry, listing = last
    subtree, named = cache(log.tiles().subtree), set(listing.entries)
    items = tuple(
        LoggedItem(one, _object_of(workspace, one), tuple(inclusion_path(at, listing.size, subtree)))
        for at, one in about_recognition(workspace)
        if at in named
    )
    return ListingFile(listing, entry, prove(log.read, position, log.signed).to_bytes(), items).to_bytes()


def _positions(workspace: Workspace) -> tuple[int, ...]:
    return positions_of(workspace, *(f"{kind}." for kind in KINDS))


def _last(workspace: Workspace) -> tuple[int, bytes, Listing] | None:
    """Return the last list of the log, its position and its event."""
    found = entries_of(workspace, LISTED)
    return (*found[-1], _read_list(workspace.get(read_canonical(found[-1][1])["object"]))) if found else None


@lru_cache(maxsize=256)  # the same entries stand in every list, and an object is its digest
def _object_of(workspace: Workspace, entry: bytes) -> bytes:
    return workspace.get(read_canonical(entry)["object"])


@lru_cache(maxsize=8)
def _read_list(data: bytes) -> Listing:
    return read_list(data)
