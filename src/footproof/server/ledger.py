"""What the log amounts to: certificates issued, the last state of those that were changed, and where the rest stands.

The log is the record. This is kept beside it, in `log.index`, so that nobody need read a hundred thousand entries again
to find the few that matter: only those since the size for which it was written. It is taken up only where it is whole
and the log, cut to that size, still has the root it names; else it is made from the log anew. Full bundles only are
summed up in it, so that the tiles that show their root stay.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import chain, groupby
from pathlib import Path
from typing import TypeAlias

from footproof.canonical import canonical_bytes, read_canonical, record_digest
from footproof.check.events import CHANGES as STEPS
from footproof.credential import jose
from footproof.credential.conformity import certificate_of
from footproof.errors import FootproofError
from footproof.model.certificate import StatusPlace
from footproof.server.events import ISSUES, log_checkpoint, log_tiles, logged, subject_of
from footproof.server.figureless import is_figureless, place_of
from footproof.server.workspace import Workspace, write_durably
from footproof.tlog import EMPTY_ROOT, Tiles
from footproof.tlog.tiles import WIDTH

FILE = "log.index"
FORMAT = "footproof-log-index/1"
FEW = 8
# Of these there may be as many as certificates, and nobody seeks them, or only the last one.
_COMMON = ("certificate.", "decision.", "mark.", "journal.")
_LAST = "recognition.listed"
_SKIPPED = (ISSUES, b'"type":"decision.', b'"type":"mark.', b'"type":"journal.')


Places: TypeAlias = Mapping[str, StatusPlace | None]
_KNOWN: "dict[Path, tuple[Ledger, bytes]]" = {}


@dataclass(frozen=True, slots=True)
class Ledger:
    """What a log amounts to.

    Args:
        size: Entries that are summed up.
        issues: Certificates issued.
        states: State of every certificate that was ever changed, by number.
        kinds: Indices of the other entries, by type; of lists of recognition records the last; no decisions nor marks.
        places: Places in the status lists, as far as they were looked up; None where a certificate names none.
        entries: Entries that were read, by index; none of certificates or decisions.
    """

    size: int
    issues: int
    states: Mapping[str, str]
    kinds: Mapping[str, Sequence[int]]
    places: Places
    entries: dict[int, bytes] = field(default_factory=dict, compare=False)


def read_ledger(workspace: Workspace) -> Ledger:
    """Return what the log of a workspace amounts to now.

    Args:
        workspace: Whose log.
    """
    now, known = log_checkpoint(workspace), _KNOWN.get(workspace.folder)
    if known is not None and (known[0].size, known[1]) == (now.size, now.root):
        return known[0]
    tiles = log_tiles(workspace)
    return _know(workspace, tiles, _advance(workspace, _latest(workspace, tiles), tiles.size))


def keep_ledger(workspace: Workspace) -> Ledger:
    """Return the same with the place of every certificate that does not hold, and keep it for the next time.

    Args:
        workspace: Whose log; held by the caller.
    """
    tiles = log_tiles(workspace)
    before = _stored(workspace, tiles)
    whole = tiles.size - tiles.size % WIDTH
    full = _advance(workspace, before, whole)
    now = _advance(workspace, full, tiles.size)
    unknown = {number for number, state in now.states.items() if state != "valid"} - before.places.keys()
    places = {**before.places, **_places(workspace, unknown)}
    if full.size > before.size or unknown:
        data = _bytes(replace(full, places=places), tiles.subtree(0, whole) if whole else EMPTY_ROOT)
        write_durably(workspace.folder / FILE, data)
    return _know(workspace, tiles, replace(now, places=places))


def positions_of(workspace: Workspace, *starts: str) -> tuple[int, ...]:
    """Return the indices of the entries of some types, as `entries_of`.

    Args:
        workspace: Whose log.
        starts: What the type begins with.
    """
    return _positions(read_ledger(workspace), starts)


def _positions(ledger: Ledger, starts: tuple[str, ...]) -> tuple[int, ...]:
    kinds = ledger.kinds
    return tuple(sorted(index for kind, indices in kinds.items() if kind.startswith(starts) for index in indices))


def entries_of(workspace: Workspace, *starts: str) -> list[tuple[int, bytes]]:
    """Return the entries of some types with their index, in order; none of certificates or decisions.

    Args:
        workspace: Whose log.
        starts: What the type begins with.
    """
    ledger = read_ledger(workspace)
    positions, known = _positions(ledger, starts), ledger.entries
    unknown = (index for index in positions if index not in known)
    for _, each in groupby(unknown, lambda index: index // WIDTH):
        indices = set(each)
        bundle = logged(workspace, start=min(indices), end=max(indices) + 1)
        known.update((index, entry) for index, entry in bundle if index in indices)
    return [(index, known[index]) for index in positions]


def _advance(workspace: Workspace, before: Ledger, size: int) -> Ledger:
    """Return a ledger with the entries up to a size."""
    issues = before.issues
    states = dict(before.states)
    kinds = {kind: list(indices) for kind, indices in before.kinds.items()}
    for index, entry in logged(workspace, start=before.size, end=size):
        if any(part in entry for part in _SKIPPED):
            issues += ISSUES in entry
            continue
        found = read_canonical(entry)
        kind = found["type"]
        if kind in STEPS:
            states[found["subject"]] = STEPS[kind][1]
        elif kind == _LAST:
            # Only the log itself lists its records; a list in another's name is none, however it came in.
            if found["actor"] == workspace.origin:
                kinds[kind] = [index]
        elif not kind.startswith(_COMMON):
            kinds.setdefault(kind, []).append(index)
    entries = {index: before.entries[index] for index in chain(*kinds.values()) if index in before.entries}
    return Ledger(size, issues, states, kinds, before.places, entries)


def _latest(workspace: Workspace, tiles: Tiles) -> Ledger:
    """Return the ledger that this process knew last, where it is of this log, else the stored one."""
    known = _KNOWN.get(workspace.folder)
    if known is not None and 0 < known[0].size <= tiles.size and tiles.subtree(0, known[0].size) == known[1]:
        return known[0]
    return _stored(workspace, tiles)


def _know(workspace: Workspace, tiles: Tiles, ledger: Ledger) -> Ledger:
    """Remember a ledger for the next time."""
    _KNOWN[workspace.folder] = ledger, tiles.root()
    return ledger


def _places(workspace: Workspace, numbers: set[str]) -> Places:
    """Return the places of certificates as their tokens name them."""
    subjects = {canonical_bytes(number): number for number in numbers}
    # A few are sought by their numbers; for more, all issues are gone through at once.
    parts = [b'"subject":' + each for each in subjects] if len(subjects) <= FEW else [ISSUES]
    tokens: dict[str, str] = {}
    for _, entry in logged(workspace, *parts) if subjects else ():
        if ISSUES in entry and subject_of(entry) in subjects:
            tokens[subjects[subject_of(entry)]] = read_canonical(entry)["object"]
    return {number: _place_in(workspace.get(token)) for number, token in tokens.items()}


def _place_in(token: bytes) -> StatusPlace | None:
    return place_of(token) if is_figureless(token) else certificate_of(jose.payload_of(token)).status


def _stored(workspace: Workspace, tiles: Tiles) -> Ledger:
    """Return the ledger that was kept, or an empty one where it is not of this log or not whole."""
    with suppress(OSError, FootproofError, LookupError, TypeError, ValueError, AttributeError):
        record = read_canonical((workspace.folder / FILE).read_bytes())
        said = record.pop("digest")
        size = record["size"]
        whole = said == record_digest(record) and record["format"] == FORMAT and 0 <= size <= tiles.size
        root = tiles.subtree(0, size) if size else EMPTY_ROOT
        if whole and root.hex() == record["root"]:
            places = {number: StatusPlace(*each) if each else None for number, each in record["places"].items()}
            return Ledger(size, record["issues"], record["states"], record["kinds"], places)
    return Ledger(0, 0, {}, {}, {})


def _bytes(ledger: Ledger, root: bytes) -> bytes:
    record = {
        "format": FORMAT,
        "size": ledger.size,
        "root": root.hex(),
        "issues": ledger.issues,
        "states": ledger.states,
        "kinds": ledger.kinds,
        "places": {number: [at.lists, at.index, at.profile] if at else [] for number, at in ledger.places.items()},
    }
    return canonical_bytes({**record, "digest": record_digest(record)})
