"""The statuses of what the demonstration issuer has issued, kept in one file, and the lists that publish them.

W3C Bitstring Status List v1.0. One pair of lists, revocation and suspension, for each key, because a list must be the
credential's own issuer's. A list is made when it is asked for, so a change shows at once.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from footproof.canonical import canonical_bytes
from footproof.credential.jose import read_object
from footproof.credential.status_book import StatusBook
from footproof.credential.status_list import list_credential, status_entry
from footproof.errors import FootproofError, ProofRejected, Where
from footproof.server.vc_api.options import PURPOSES, StatusChange
from footproof.server.workspace import held, write_durably

FILE = "vc-api/status.json"
LISTS = "/vc-api/status/"
MOST_BYTES = 16 * 1024 * 1024
MOST_CREDENTIALS = 5_000
LISTS_HOLD = timedelta(days=1)
LOOK_AGAIN = timedelta(seconds=1)


@dataclass(slots=True)
class _State:
    """What is in the file: places by key and credential, and the places that are set, by key and purpose."""

    places: dict[str, dict[str, int]] = field(default_factory=dict)
    marked: dict[str, dict[str, list[int]]] = field(default_factory=dict)


class Register:
    """Statuses by credential.

    Args:
        folder: The workspace.
        base: Address under which lists are served.
        seed: Secret that orders the places.

    Raises:
        FootproofError: E-VCAPI-STATE where the file cannot be read as such.
    """

    def __init__(self, folder: Path, base: str, seed: bytes) -> None:
        self._file = folder / FILE
        self._folder = folder
        self._base = base
        self._seed = seed
        self._lock = threading.Lock()
        self._stamp = _stamp(self._file)
        self._state = _read(self._file)
        try:
            for key in self._state.places:
                self._book(key)
        except (AttributeError, TypeError, FootproofError) as problem:
            raise FootproofError("E-VCAPI-STATE", Where(FILE), reason=str(problem)[:200]) from problem

    def entries(self, key: str, credential: str, purposes: tuple[str, ...]) -> list[dict[str, Any]]:
        """Return status entries for a credential, whose place is kept from then on.

        Args:
            key: Name of the key that signs it.
            credential: Its identifier.
            purposes: "revocation", "suspension".

        Raises:
            FootproofError: E-VCAPI-FULL beyond the limit of a demonstration; E-FILE-WRITE.
        """
        with self._changing() as state:
            places = state.places.setdefault(key, {})
            if credential not in places:
                if sum(map(len, state.places.values())) >= MOST_CREDENTIALS:
                    raise FootproofError("E-VCAPI-FULL", limit=MOST_CREDENTIALS)
                places[credential] = self._book(key).place_of(len(places))
            place = places[credential]
        return [status_entry(self.url(key, purpose), place, purpose) for purpose in purposes]

    def change(self, asked: StatusChange) -> None:
        """Set or clear statuses, durably before this returns.

        Raises:
            FootproofError: E-VCAPI-UNKNOWN for a credential without a status here; E-VCAPI-FINAL where a revocation
                would be undone; E-FILE-WRITE.
        """
        with self._changing() as state:
            keys = [key for key, places in state.places.items() if asked.credential in places]
            if not keys:
                raise FootproofError("E-VCAPI-UNKNOWN", found=asked.credential[:200])
            for key in keys:
                self._mark(state, key, state.places[key][asked.credential], asked)

    def url(self, key: str, purpose: str) -> str:
        """Return the address of a list."""
        return f"{self._base}{LISTS}{key}/{purpose}"

    def unsigned(self, key: str, purpose: str, issuer: str, now: datetime) -> dict[str, Any] | None:
        """Return a list as a credential without proof, or None where there is none of that name.

        Args:
            key: Name of the key.
            purpose: "revocation" or "suspension".
            issuer: Who states it.
            now: The moment whose knowledge it is.
        """
        if purpose not in PURPOSES:
            return None
        with self._lock:
            self._state = self._latest()
            bits = self._book(key).bits(purpose)
        start = now.replace(microsecond=0)
        return list_credential(
            bits,
            id=self.url(key, purpose),
            issuer=issuer,
            purpose=purpose,
            valid_from=start,
            valid_until=start + LISTS_HOLD,
            ttl=LOOK_AGAIN,
        )

    def _mark(self, state: _State, key: str, place: int, asked: StatusChange) -> None:
        for purpose, value in asked.changes:
            marked = state.marked.setdefault(key, {}).setdefault(purpose, [])
            if value and place not in marked:
                marked.append(place)
            elif not value and place in marked:
                if purpose == "revocation":
                    raise FootproofError("E-VCAPI-FINAL", found=asked.credential[:200])
                marked.remove(place)

    @contextmanager
    def _changing(self) -> Iterator[_State]:
        """Give a copy of the state; it counts once it is on the disk, and never where something is refused.

        Another process may serve the same workspace: the file is the state, and one at a time changes it.
        """
        with self._lock, held(self._folder):
            self._state = self._latest()
            draft = _state(json.loads(json.dumps(_plain(self._state))))
            yield draft
            if draft == self._state:
                return
            try:
                write_durably(self._file, canonical_bytes(_plain(draft)))
            except OSError as problem:
                raise FootproofError("E-FILE-WRITE", path=self._file.name, reason=problem.strerror) from problem
            self._state, self._stamp = draft, _stamp(self._file)

    def _latest(self) -> _State:
        """Return the state on the disk, read again only where the file was replaced."""
        found = _stamp(self._file)
        if found != self._stamp:
            self._state, self._stamp = _read(self._file), found
        return self._state

    def _book(self, key: str) -> StatusBook:
        marked = self._state.marked.get(key, {})
        return StatusBook(
            self._seed + key.encode("ascii"),
            assigned=len(self._state.places.get(key, {})),
            revoked=marked.get("revocation", ()),
            suspended=marked.get("suspension", ()),
        )


def _plain(state: _State) -> dict[str, Any]:
    return {"places": state.places, "marked": state.marked}


def _state(found: dict[str, Any]) -> _State:
    return _State(dict(found["places"]), dict(found["marked"]))


def _stamp(file: Path) -> tuple[int, ...]:
    """Return what changes when a file is replaced."""
    try:
        found = file.stat()
    except OSError:
        return ()
    return found.st_ino, found.st_mtime_ns, found.st_size


def _read(file: Path) -> _State:
    if not file.exists():
        return _State()
    try:
        with file.open("rb") as opened:
            return _state(read_object(opened.read(MOST_BYTES)))
    except (OSError, ProofRejected, LookupError, TypeError, ValueError) as problem:
        raise FootproofError("E-VCAPI-STATE", Where(FILE), reason=str(problem)[:200]) from problem
