"""A monitor at work: its folder, the sources it reads, and what it reports.

    vkey              key of the log, from the first run
    seen              right edge and last signed checkpoint (footproof.tlog.monitor)
    events-<size>     states of certificates after so many entries (footproof.check.events)
    alarms            what was wrong, a line each; a person removes it
    evidence/<n>/     two signed notes that contradict each other, `first` and `second`

Nothing here comes from, or goes to, the folder of the log.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Self

from footproof.check.events import EventState
from footproof.errors import FootproofError, ProofRejected, Where
from footproof.server.workspace import write_durably
from footproof.tlog.checkpoint import open_checkpoint
from footproof.tlog.durable import hold_lock
from footproof.tlog.monitor import Seen, agree, follow, parse_seen, read_checkpoint, size_of
from footproof.tlog.note import Ed25519Verifier, parse_vkey
from footproof.tlog.policy import Policy, Standing
from footproof.tlog.tiles import Read

MAX_ALARMS = 1_000_000
LASTING = ("E-LOG-SPLIT", "E-LOG-SHRUNK", "E-EVENT-")
"""What stays an alarm until a person removes it; anything else is told as long as it stands."""


@dataclass(frozen=True, slots=True)
class Watched:
    """What one look at a log found.

    Args:
        size: Entries that are verified now.
        root: Over them. [32 bytes]
        new: Of these, how many are new since the last look.
        standing: Under the policy, if there is one.
        age: Since the newest cosignature of the policy; None without any: a log alone cannot show its age. [s]
        problems: What is wrong now.
        alarms: What is wrong now or was before, a line each, as kept.
    """

    size: int
    root: bytes
    new: int
    standing: Standing | None
    age: int | None
    problems: tuple[FootproofError, ...]
    alarms: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Return whether nothing is wrong and no alarm stands."""
        return not self.problems and not self.alarms


class Monitor:
    """A monitor of one log, with its folder.

    Args:
        folder: Made if absent; this program alone writes there.
        key: Of the log; the one of the first run if left out.

    Raises:
        FootproofError: E-MONITOR-KEY without any key, or with another than before; another process is at it.
        ProofRejected: What was kept is damaged.
    """

    def __init__(self, folder: Path, key: Ed25519Verifier | None) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._lock = hold_lock(folder)
        try:
            self._key = self._settle_key(key)
            self._seen, self._events = self._load()
        except BaseException:
            os.close(self._lock)
            raise

    def close(self) -> None:
        """Give the folder back."""
        os.close(self._lock)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def look(
        self,
        source: Read,
        *,
        now: int,
        policy: Policy | None = None,
        max_age: int | None = None,
        others: Mapping[str, Read] | None = None,
    ) -> Watched:
        """Read what is new, compare it with other sources, and remember it.

        Args:
            source: Files of the log.
            now: [seconds since 1970]
            policy: Whose cosignatures are demanded.
            max_age: Older cosignatures do not count. [s]
            others: Mirrors, witnesses or other networks by name: their checkpoints must be of the same history.
        """
        problems: list[FootproofError] = []
        source = _steady(source)
        before = self._seen
        origin = self._key.name
        state = EventState(origin=origin) if self._events is None else EventState.from_bytes(self._events, origin)
        try:
            found = follow(before, source, self._key, state.read)
            self._keep(found, state)
            problems += state.problems
        except FootproofError as problem:
            problems.append(problem)
            if before.note is not None and problem.code in {"E-LOG-SPLIT", "E-LOG-SHRUNK"}:
                self._evidence(before.note, read_checkpoint(source))
        for name, other in (others or {}).items():
            problems += self._gossip(name, other, source)
        standing, age = self._stand(policy, now, max_age, problems)
        alarms = self._alarm(problems)
        edge = self._seen.edge
        new = edge.size - before.edge.size
        return Watched(edge.size, edge.root(), new, standing, age, tuple(problems), alarms)

    def _stand(
        self, policy: Policy | None, now: int, max_age: int | None, problems: list[FootproofError]
    ) -> tuple[Standing | None, int | None]:
        """Return how the last checkpoint stands under the policy, and how old its newest cosignature is."""
        if policy is None or self._seen.note is None:
            return None, None
        if not policy.logs:
            policy = policy.believing(self._key)
        try:
            ever = policy.judge(self._seen.note, until=now)
            times = [one.time for one in ever.cosigned]
            age = now - max(times) if times else None
            since = now - max_age if max_age is not None else 0
            return policy.require(self._seen.note, since=since, until=now), age
        except ProofRejected as problem:
            problems.append(problem)
            return None, None

    def _gossip(self, name: str, other: Read, source: Read) -> list[FootproofError]:
        """Return what is wrong between what was seen and what another source shows."""
        if self._seen.note is None:
            return []
        other = _steady(other)
        try:
            theirs = read_checkpoint(other)
            larger = other if size_of(theirs) > self._seen.edge.size else source
            agree(self._seen.note, theirs, larger, self._key)
        except FootproofError as problem:
            if problem.code == "E-LOG-SPLIT":
                self._evidence(self._seen.note, read_checkpoint(other))
            return [problem.at(Where(name))]
        return []

    def _keep(self, found: Seen, state: EventState) -> None:
        """Remember; the file that names the size comes last."""
        old, size = self._seen.edge.size, found.edge.size
        self._events = state.to_bytes()
        write_durably(self._folder / f"events-{size}", self._events)
        write_durably(self._folder / "seen", found.to_bytes())
        self._seen = found
        if old != size:
            (self._folder / f"events-{old}").unlink(missing_ok=True)

    def _evidence(self, first: bytes, second: bytes) -> None:
        """Keep two notes that contradict each other."""
        place = self._folder / "evidence" / sha256(first + b"\0" + second).hexdigest()[:32]
        if not place.exists():
            write_durably(place / "first", first)
            write_durably(place / "second", second)

    def _alarm(self, problems: Sequence[FootproofError]) -> tuple[str, ...]:
        """Add what is new to the alarms and return all of them."""
        kept = (self._kept("alarms") or b"").decode("utf-8", "replace").splitlines()
        lasting = [str(problem) for problem in problems if problem.code.startswith(LASTING)]
        new = [line for line in dict.fromkeys(lasting) if line not in kept]
        if new and sum(map(len, kept)) < MAX_ALARMS:
            kept += new
            write_durably(self._folder / "alarms", "".join(f"{line}\n" for line in kept).encode())
        return tuple(kept)

    def _load(self) -> tuple[Seen, bytes | None]:
        """Return what was kept."""
        kept = self._kept("seen")
        if kept is None:
            return Seen(), None
        seen = parse_seen(kept, self._key)
        events = self._kept(f"events-{seen.edge.size}")
        if events is None:
            raise ProofRejected("E-MONITOR-STATE", Where(f"events-{seen.edge.size}"))
        return seen, events

    def _settle_key(self, key: Ed25519Verifier | None) -> Ed25519Verifier:
        kept = self._kept("vkey")
        if kept is not None:
            known = parse_vkey(kept.decode("utf-8", "replace").strip())
            if key is not None and key != known:
                raise FootproofError("E-MONITOR-KEY", Where("vkey"), found=key.name, needed=known.vkey)
            return known
        if key is None:
            raise FootproofError("E-MONITOR-KEY", Where("vkey"), found="–", needed="--key, --policy")
        write_durably(self._folder / "vkey", f"{key.vkey}\n".encode())
        return key

    def _kept(self, name: str) -> bytes | None:
        try:
            return (self._folder / name).read_bytes()
        except FileNotFoundError:
            return None


def compare(first: Read, second: Read, key: Ed25519Verifier) -> tuple[int, int]:
    """Check that two sources show one history of a log, and return both sizes, the smaller first.

    Raises:
        ProofRejected: E-LOG-SPLIT: the two notes together prove that the log told two stories.
    """
    first, second = _steady(first), _steady(second)
    notes = [read_checkpoint(first), read_checkpoint(second)]
    sizes = [open_checkpoint(note, key).size for note in notes]
    old, new = agree(notes[0], notes[1], first if sizes[0] >= sizes[1] else second, key)
    return old.size, new.size


def _steady(source: Read) -> Read:
    """Return a reader whose checkpoint stays the one first read, whatever is published meanwhile."""
    first: list[bytes] = []

    def read(path: str) -> bytes:
        if path != "checkpoint":
            return source(path)
        if not first:
            first.append(source(path))
        return first[0]

    return read
