"""What a witness remembers, in a folder of its own: one file per log, durable before any answer.

    logs/<sha256 of origin>/vkey       key of the log
    logs/<sha256 of origin>/latest     "none", or the last checkpoint cosigned, with both signatures
    evidence/<sha256 of origin>/<n>/   two notes, `first` and `second`, that the log should explain

A witness that forgot would cosign a second history. So a log without its `latest` stops the witness; the whole
folder restored from an older copy cannot be told, and such a witness must be retired (docs/how-to/run-a-witness.md).
"""

import os
from collections.abc import Mapping
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Self

from footproof.errors import FootproofError, ProofRejected, Where
from footproof.tlog.checkpoint import open_checkpoint
from footproof.tlog.cosignature import WitnessSigner, read_cosignatures
from footproof.tlog.durable import Folder, hold_lock
from footproof.tlog.note import Ed25519Verifier, parse_vkey
from footproof.tlog.witness import Answer, Fork, Held, Outcome, answer

MAX_EVIDENCE = 100
"""Kept per log of each kind; who floods a witness with bad proofs must not fill its disk."""

_NONE = b"none\n"


class WitnessState:
    """A witness at work; one process has it at a time.

    Args:
        folder: Its own; it exists.
        signer: Its key.

    Raises:
        FootproofError: Another process has the folder, or a log's file is missing.
        ProofRejected: What is held of a log was not signed by the log and this witness.
    """

    __slots__ = ("_disk", "_guard", "_held", "_lock", "_logs", "_signer", "_stopped")

    def __init__(self, folder: Path, signer: WitnessSigner) -> None:
        self._disk = Folder(folder)
        self._signer = signer
        self._guard = Lock()
        self._stopped = False
        self._logs: dict[str, Ed25519Verifier] = {}
        self._held: dict[str, Held | None] = {}
        self._lock = hold_lock(folder)
        try:
            self._disk.sweep()
            for name in self._disk.names("logs"):
                self._load(name)
        except BaseException:
            os.close(self._lock)
            raise

    @property
    def logs(self) -> Mapping[str, Ed25519Verifier]:
        """Keys of the logs that are watched, by origin."""
        return self._logs

    def watch(self, vkey: str) -> Ed25519Verifier:
        """Watch one more log from now on; one that is watched already stays as it is.

        Raises:
            FootproofError: Not the key of a log, or another key is watched under its name.
        """
        key = parse_vkey(vkey)
        known = self._logs.get(key.name)
        if known is not None:
            if known != key:
                raise FootproofError("E-WITNESS-KEY", origin=key.name)
            return key
        place = f"logs/{digest_of(key.name)}"
        if "latest" in self._disk.names(place) and self._disk.read(f"{place}/latest") != _NONE:
            raise FootproofError("E-WITNESS-STATE", Where(f"{place}/vkey"), origin=key.name)
        # The key comes last: a log is watched only where what is held of it is on disk.
        self._disk.put({f"{place}/latest": _NONE})
        self._disk.put({f"{place}/vkey": f"{key.vkey}\n".encode()})
        self._logs[key.name], self._held[key.name] = key, None
        return key

    def held(self, origin: str) -> Held | None:
        """Return the last checkpoint cosigned for a log."""
        return self._held.get(origin)

    def add_checkpoint(self, body: bytes, now: int) -> Answer:
        """Answer a request to cosign; what the answer says is durable when this returns.

        Args:
            body: Of the request.
            now: [seconds since 1970]

        Returns:
            503 where the disk failed, now and from then on: what stands there is known again after a new start.
        """
        with self._guard:
            if self._stopped:
                return Answer(503, b"the witness stopped after an earlier error\n")
            outcome = answer(body, now, self._signer, self._logs, self._held.get)
            try:
                self._remember(outcome)
            except OSError:
                self._stopped = True
                return Answer(503, b"the witness could not write its state\n")
            return outcome.answer

    def close(self) -> None:
        """Give the folder back."""
        with self._guard:
            self._stopped = True
            with suppress(OSError):
                os.close(self._lock)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _remember(self, outcome: Outcome) -> None:
        if outcome.origin is None:
            return
        if outcome.fork is not None:
            self._keep_evidence(outcome.origin, outcome.fork)
        if outcome.keep is not None:
            held = self._read(self._logs[outcome.origin], outcome.keep)
            before = self._held[outcome.origin]
            if before is not None and held.checkpoint.size < before.checkpoint.size:
                raise ProofRejected("E-LOG-SHRUNK", old=before.checkpoint.size, new=held.checkpoint.size)
            self._disk.put({f"logs/{digest_of(outcome.origin)}/latest": outcome.keep})
            self._held[outcome.origin] = held

    def _keep_evidence(self, origin: str, fork: Fork) -> None:
        kind = "proven" if fork.proven else "unexplained"
        place = f"evidence/{digest_of(origin)}/{kind}"
        name = sha256(fork.first + b"\0" + fork.second).hexdigest()[:32]
        known = self._disk.names(place)
        complete = name in known and self._disk.names(f"{place}/{name}") == ["first", "second"]
        if complete or (name not in known and len(known) >= MAX_EVIDENCE):
            return
        self._disk.put({f"{place}/{name}/first": fork.first, f"{place}/{name}/second": fork.second})

    def _load(self, name: str) -> None:
        """Read what is held of one log."""
        place = f"logs/{name}"
        if "vkey" not in self._disk.names(place):
            return  # `watch` was interrupted; nothing was cosigned yet.
        key = parse_vkey(self._disk.read(f"{place}/vkey").decode("utf-8", "replace").removesuffix("\n"))
        try:
            note = self._disk.read(f"{place}/latest")
        except FileNotFoundError:
            raise FootproofError("E-WITNESS-STATE", Where(f"{place}/latest"), origin=key.name) from None
        if name != digest_of(key.name):
            raise FootproofError("E-WITNESS-STATE", Where(place), origin=key.name)
        self._logs[key.name] = key
        self._held[key.name] = None if note == _NONE else self._read(key, note)

    def _read(self, key: Ed25519Verifier, note: bytes) -> Held:
        """Return a note that log and witness signed."""
        checkpoint = open_checkpoint(note, key)
        mine = read_cosignatures(note, [self._signer.verifier])
        if not mine:
            raise ProofRejected("E-WITNESS-STATE", Where("latest"), origin=key.name)
        return Held(note, checkpoint, mine[0].time)


def digest_of(origin: str) -> str:
    """Return the name of a log's folder and of its address at a witness: SHA-256 of the origin, in hex."""
    return sha256(origin.encode()).hexdigest()
