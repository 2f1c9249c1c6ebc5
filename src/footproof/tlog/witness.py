"""What a witness answers: it cosigns a checkpoint only where that continues the last one it cosigned.

Follows C2SP tlog-witness v1 (c2sp.org/tlog-witness), `add-checkpoint`. Pure: bytes, a time and what is held come
in, an answer and what must be durable before it is given come out. `witness_state` keeps it on disk.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from footproof.errors import ProofRejected, Where
from footproof.tlog.checkpoint import Checkpoint, parse_checkpoint
from footproof.tlog.cosignature import WitnessSigner
from footproof.tlog.encoding import decode_base64, decode_number, encode_base64
from footproof.tlog.merkle import HASH_SIZE, verify_consistency
from footproof.tlog.note import Note, Verifier, add_signatures, open_note, parse_note
from footproof.tlog.proof import MAX_HASHES

MAX_REQUEST = 200_000
"""Bytes of a request: 63 hashes and a note with far more signature lines than any log has."""

TEXT = "text/plain; charset=utf-8"
SIZE = "text/x.tlog.size"


@dataclass(frozen=True, slots=True)
class Request:
    """A request to cosign.

    Args:
        old: Size of the checkpoint that the witness is thought to hold.
        hashes: Consistency proof from there. [32 bytes each]
        note: The signed checkpoint.
    """

    old: int
    hashes: tuple[bytes, ...]
    note: bytes

    def to_bytes(self) -> bytes:
        """Return the body as it is sent."""
        lines = [f"old {self.old}", *map(encode_base64, self.hashes)]
        return "".join(f"{line}\n" for line in lines).encode() + b"\n" + self.note


@dataclass(frozen=True, slots=True)
class Held:
    """The last checkpoint that a witness cosigned for a log.

    Args:
        note: As it was kept, with the log's signature and the witness's own.
        checkpoint: The tree.
        time: When it was cosigned. [seconds since 1970]
    """

    note: bytes
    checkpoint: Checkpoint
    time: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back over HTTP.

    Args:
        status: 200, 400, 403, 404, 409, 422 or 503.
        body: Signature lines, a size, or words for the operator.
        kind: Media type.
    """

    status: int
    body: bytes
    kind: str = TEXT


@dataclass(frozen=True, slots=True)
class Fork:
    """Two checkpoints that one log signed and that cannot both be true, or that were not shown to agree.

    Args:
        first: The note that the witness holds.
        second: The note that came in.
        proven: True where the two alone prove it: one size, two roots. False where the proof that came along
            failed, which whoever sends it can bring about.
    """

    first: bytes
    second: bytes
    proven: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """An answer and what must be durable before it is given.

    Args:
        answer: For the client.
        origin: The log, where it is a known one.
        keep: Note that takes the place of the one held.
        fork: Evidence to keep.
    """

    answer: Answer
    origin: str | None = None
    keep: bytes | None = None
    fork: Fork | None = None


def parse_request(body: bytes) -> Request:
    """Return the request of a body.

    Raises:
        ProofRejected: E-WITNESS-REQUEST with the line that is not what the format demands.
    """
    head, blank, note = body.partition(b"\n\n")
    if len(body) > MAX_REQUEST or not blank or not head.isascii():
        raise ProofRejected("E-WITNESS-REQUEST", Where("add-checkpoint", line=1))
    lines = head.decode("ascii").split("\n")
    label, _, number = lines[0].partition(" ")
    old = decode_number(number)
    if label != "old" or old is None:
        raise ProofRejected("E-WITNESS-REQUEST", Where("add-checkpoint", line=1))
    hashes: list[bytes] = []
    for line, text in enumerate(lines[1:], start=2):
        value = decode_base64(text)
        if value is None or len(value) != HASH_SIZE or len(hashes) == MAX_HASHES:
            raise ProofRejected("E-WITNESS-REQUEST", Where("add-checkpoint", line=line))
        hashes.append(value)
    return Request(old, tuple(hashes), note)


def answer(
    body: bytes,
    now: int,
    signer: WitnessSigner,
    logs: Mapping[str, Verifier],
    held: Callable[[str], Held | None],
) -> Outcome:
    """Return what a witness answers to `add-checkpoint`, checks in the order of the specification.

    Args:
        body: Of the request.
        now: [seconds since 1970]
        signer: The witness's key.
        logs: Keys of the logs it watches, by origin.
        held: Returns the last checkpoint cosigned for an origin, None before the first.
    """
    try:
        request = parse_request(body)
        note = parse_note(request.note)
        checkpoint = parse_checkpoint(note.text)
    except ProofRejected as error:
        return _refused(400, error)
    verifier = logs.get(checkpoint.origin)
    if verifier is None:
        return Outcome(Answer(404, b"unknown log\n"))
    try:
        opened = open_note(request.note, [verifier])
    except ProofRejected as error:
        return _refused(403, error, checkpoint.origin)
    if request.old > checkpoint.size:
        return Outcome(Answer(400, b"old size is above the size of the checkpoint\n"), checkpoint.origin)
    return _compare(request, opened, checkpoint, held(checkpoint.origin), (signer, now))


def _compare(
    request: Request, note: Note, checkpoint: Checkpoint, held: Held | None, by: tuple[WitnessSigner, int]
) -> Outcome:
    """Return the outcome for a checkpoint that the log did sign."""
    origin, fork = checkpoint.origin, None
    if held is not None and held.checkpoint.size == checkpoint.size and held.checkpoint.root != checkpoint.root:
        fork = Fork(held.note, note.to_bytes(), proven=True)
    size = held.checkpoint.size if held is not None else 0
    if request.old != size:
        return Outcome(Answer(409, b"%d\n" % size, SIZE), origin, fork=fork)
    if fork is not None:
        return Outcome(Answer(409, b"another root was cosigned for this size\n"), origin, fork=fork)
    if held is None:
        if request.hashes:
            return Outcome(Answer(422, b"a proof from size 0 is empty\n"), origin)
    else:
        try:
            verify_consistency(size, held.checkpoint.root, checkpoint.size, checkpoint.root, request.hashes)
        except ProofRejected as error:
            fork = Fork(held.note, note.to_bytes(), proven=False)
            return _refused(422, error, origin, fork)
    signer, now = by
    if held is not None and now < held.time:
        return Outcome(Answer(503, b"the clock of the witness went back\n"), origin)
    line = signer.cosign(note.text.encode(), now)
    return Outcome(Answer(200, f"{line.line}\n".encode()), origin, keep=add_signatures(note.to_bytes(), [line]))


def _refused(status: int, error: ProofRejected, origin: str | None = None, fork: Fork | None = None) -> Outcome:
    """Return a refusal with the stable code of its reason."""
    place = f" at line {error.where.line}" if error.where is not None and error.where.line is not None else ""
    return Outcome(Answer(status, f"{error.code}{place}\n".encode()), origin, fork=fork)
