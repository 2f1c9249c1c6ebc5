"""A witness as a service: its folder, and the ASGI application that answers over HTTP.

It has its own key and its own state, and reads nothing of the log but what is sent to it. Two addresses, as in C2SP
tlog-witness: `POST /add-checkpoint`, and `GET /<sha256 of origin>/checkpoint` for the last checkpoint it cosigned.
"""

import asyncio
import os
import time
import tomllib
from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from footproof.errors import FootproofError, Where
from footproof.server.keys import read_ed25519_key, write_key
from footproof.server.static import Receive, Scope, Send
from footproof.server.workspace import write_durably
from footproof.tlog.cosignature import WitnessSigner
from footproof.tlog.note import check_name
from footproof.tlog.witness import MAX_REQUEST, TEXT, Answer
from footproof.tlog.witness_state import WitnessState, digest_of

CONFIGURATION = "witness.toml"
FORMAT = "footproof-witness/1"
KEY = "key.pem"
HOME = "FOOTPROOF_WITNESS"
BODY_SECONDS = 10.0
"""For the whole body of a request: who sends a byte a second must not hold a connection."""

MAX_READING = 64
"""Bodies that are read at a time; more are told to come back."""


def init_witness(folder: Path, name: str) -> WitnessSigner:
    """Make a witness with a new key and nothing seen yet.

    Args:
        folder: Missing or empty.
        name: Such as "witness.example/w1"; stands in every cosignature.

    Raises:
        FootproofError: E-WITNESS-EXISTS for a folder with something in it, E-FILE-WRITE where the disk refuses.
    """
    check_name(name)
    if '"' in name or "\\" in name:
        raise FootproofError("E-LOG-NAME", name=name)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise FootproofError("E-WITNESS-EXISTS", Where(str(folder)))
        key = Ed25519PrivateKey.generate()
        write_key(folder / KEY, key)
        write_durably(folder / CONFIGURATION, f'format = "{FORMAT}"\nname   = "{name}"\n'.encode())
    except OSError as problem:
        raise FootproofError("E-FILE-WRITE", Where(str(folder)), path=folder, reason=problem.strerror) from problem
    return WitnessSigner(name, key)


def read_witness(folder: Path) -> WitnessSigner:
    """Return the key of a witness with its name.

    Raises:
        FootproofError: E-WITNESS where there is none, E-KEY-FILE where its key cannot be read.
    """
    try:
        settings = tomllib.loads((folder / CONFIGURATION).read_text("utf-8"))
    except (OSError, ValueError) as problem:
        raise FootproofError("E-WITNESS", Where(str(folder))) from problem
    name = settings.get("name")
    if settings.get("format") != FORMAT or not isinstance(name, str):
        raise FootproofError("E-WITNESS", Where(str(folder)))
    return WitnessSigner(name, read_ed25519_key(folder / KEY))


class WitnessService:
    """A witness as an ASGI application.

    Args:
        state: Opened.
        clock: Returns now. [seconds since 1970]
        seconds: How long a body may take. [s]
    """

    def __init__(
        self, state: WitnessState, clock: Callable[[], float] = time.time, seconds: float = BODY_SECONDS
    ) -> None:
        self._state = state
        self._clock = clock
        self._seconds = seconds
        self._reading = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            answer = await self._answer(scope, receive)
            headers = [
                (b"content-type", answer.kind.encode()),
                (b"content-length", str(len(answer.body)).encode()),
                (b"cache-control", b"no-store"),
            ]
            await send({"type": "http.response.start", "status": answer.status, "headers": headers})
            body = b"" if scope["method"] == "HEAD" else answer.body
            await send({"type": "http.response.body", "body": body})

    async def _answer(self, scope: Scope, receive: Receive) -> Answer:
        if scope["path"] != "/add-checkpoint":
            return self._latest(scope["path"]) if scope["method"] in {"GET", "HEAD"} else Answer(404, b"not found\n")
        if scope["method"] != "POST":
            return Answer(405, b"POST a checkpoint here\n")
        if self._reading >= MAX_READING:
            return Answer(503, b"too many requests at a time\n")
        self._reading += 1
        try:
            body = await asyncio.wait_for(_body(scope, receive), self._seconds)
        except TimeoutError:
            return Answer(408, b"the body took too long\n")
        finally:
            self._reading -= 1
        if body is None:
            return Answer(413, b"at most %d bytes\n" % MAX_REQUEST)
        return self._state.add_checkpoint(body, int(self._clock()))

    def _latest(self, path: str) -> Answer:
        """Return the last checkpoint cosigned for the log whose address this is."""
        for origin in self._state.logs:
            held = self._state.held(origin)
            if path == f"/{digest_of(origin)}/checkpoint" and held is not None:
                return Answer(200, held.note, TEXT)
        return Answer(404, b"not found\n")

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.shutdown":
                self._state.close()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return


def app_from_environment() -> WitnessService:
    """Return the application for the folder that FOOTPROOF_WITNESS names, for servers that import it."""
    folder = Path(os.environ[HOME])
    return WitnessService(WitnessState(folder, read_witness(folder)))


async def _body(scope: Scope, receive: Receive) -> bytes | None:
    """Return the body of a request, or None where it is too large."""
    stated = dict(scope["headers"]).get(b"content-length", b"0")
    if not stated.isdigit() or len(stated) > 12 or int(stated) > MAX_REQUEST:
        return None
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        part: bytes = message.get("body", b"")
        size += len(part)
        if size > MAX_REQUEST:
            return None
        parts.append(part)
        if not message.get("more_body", False):
            return b"".join(parts)
