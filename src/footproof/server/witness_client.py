"""Asks witnesses to cosign a checkpoint: the client side of C2SP tlog-witness.

The operator of a log names its witnesses, so their addresses are taken as they are; nothing that a witness sends is
believed but a cosignature that verifies under its configured key. Redirects are not followed.
"""

import http.client
import socket
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from threading import Event, Timer
from urllib.parse import urlsplit

from footproof.errors import FootproofError, ProofRejected
from footproof.tlog.checkpoint import Checkpoint, parse_checkpoint
from footproof.tlog.cosignature import WitnessKey
from footproof.tlog.encoding import decode_number
from footproof.tlog.note import Note, Signature, parse_note, parse_signatures
from footproof.tlog.tiles import Read, Tiles
from footproof.tlog.witness import SIZE, Request

MAX_ANSWER = 100_000
SECONDS = 10.0
ROUNDS = 4
"""A witness that answers with another size each time is given up."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a witness answered: status, media type, body."""

    status: int
    kind: str
    body: bytes


Post = Callable[[str, bytes], Reply]
"""Sends a body to `add-checkpoint` below an address."""


def post(prefix: str, body: bytes, seconds: float = SECONDS) -> Reply:
    """Send a request to a witness.

    Args:
        prefix: Its submission prefix, such as "https://witness.example/w1/".
        body: Of the request.
        seconds: For everything together. [s]

    Raises:
        FootproofError: E-WITNESS-REACH where nothing came back in time, or too much.
    """
    parts = urlsplit(prefix)
    kinds = {"http": http.client.HTTPConnection, "https": http.client.HTTPSConnection}
    if parts.scheme not in kinds or not parts.hostname or parts.query or parts.fragment or parts.username:
        raise FootproofError("E-WITNESS-REACH", address=prefix[:200], reason="http(s)://host[:port]/path")
    try:
        connection = kinds[parts.scheme](parts.hostname, parts.port, timeout=seconds)
        with closing(connection):
            connection.connect()
            # A peer that sends a byte now and then never meets a time-out of the socket.
            late = Event()
            alarm = Timer(seconds, _cut, [connection.sock, late])
            alarm.start()
            try:
                reply = _exchange(connection, parts.path.rstrip("/") + "/add-checkpoint", body)
            finally:
                alarm.cancel()
            if late.is_set():
                raise TimeoutError("the answer took too long")
            return reply
    except (OSError, ValueError, http.client.HTTPException) as problem:
        reason = str(problem)[:200] or type(problem).__name__
        raise FootproofError("E-WITNESS-REACH", address=prefix[:200], reason=reason) from problem


def ask(signed: bytes, read: Read, witness: WitnessKey, send: Callable[[bytes], Reply], old: int = 0) -> Signature:
    """Return the cosignature of a witness over a checkpoint.

    Args:
        signed: The checkpoint as its log signed it.
        read: The files of the log, from which the consistency proof is made.
        witness: The key that must have signed.
        send: Sends a request to it.
        old: Size that it is thought to hold; it says so itself where it holds another.

    Raises:
        FootproofError: E-WITNESS-REACH as `post`; E-WITNESS-REFUSED with its status and words.
        ProofRejected: E-WITNESS-AHEAD where it has seen a larger tree: this log was restored from an older copy, or
            another one signs with its key. E-WITNESS-ANSWER where what it sent is no cosignature of its key.
    """
    note = parse_note(signed)
    checkpoint = parse_checkpoint(note.text)
    for _ in range(ROUNDS):
        hashes = Tiles(checkpoint.size, read).consistency(old) if old else []
        reply = send(Request(old, tuple(hashes), signed).to_bytes())
        if reply.status == 200:
            return _cosignature(reply.body, note, witness)
        old = _stale(reply, witness, checkpoint, old)
    raise ProofRejected("E-WITNESS-ANSWER", name=witness.name)


def _stale(reply: Reply, witness: WitnessKey, checkpoint: Checkpoint, old: int) -> int:
    """Return the size that a witness holds, from its refusal."""
    size = None
    if reply.status == 409 and reply.kind == SIZE:
        size = decode_number(reply.body.decode("ascii", "replace").removesuffix("\n"))
    if size is None or size == old:
        words = reply.body[:200].decode("utf-8", "replace").strip()
        reason = "".join(sign if sign.isprintable() else "?" for sign in words)
        raise FootproofError("E-WITNESS-REFUSED", name=witness.name, status=reply.status, reason=reason)
    if size > checkpoint.size:
        raise ProofRejected("E-WITNESS-AHEAD", name=witness.name, found=size, size=checkpoint.size)
    return size


def _cosignature(body: bytes, note: Note, witness: WitnessKey) -> Signature:
    """Return the line of the witness among those that came back."""
    try:
        lines = parse_signatures(body)
    except ProofRejected as problem:
        raise ProofRejected("E-WITNESS-ANSWER", name=witness.name) from problem
    for line in lines:
        mine = (line.name, line.key_id) == (witness.name, witness.key_id)
        if mine and witness.accepts(note.text.encode(), line.value):
            return line
    raise ProofRejected("E-WITNESS-ANSWER", name=witness.name)


def _exchange(connection: http.client.HTTPConnection, path: str, body: bytes) -> Reply:
    """Send a request and return the answer, of limited size."""
    connection.request("POST", path, body, {"content-type": "text/plain; charset=utf-8"})
    answer = connection.getresponse()
    found = answer.read(MAX_ANSWER + 1)
    if len(found) > MAX_ANSWER:
        raise OSError("the answer is too large")
    if answer.length:
        raise OSError("the answer ends early")
    return Reply(answer.status, answer.headers.get("content-type", ""), found)


def _cut(connected: socket.socket, late: Event) -> None:
    """End a conversation, so that whoever waits for it goes on."""
    late.set()
    with suppress(OSError):
        connected.shutdown(socket.SHUT_RDWR)
