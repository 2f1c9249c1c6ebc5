"""What a request to the platform passes before it gets a thread: its body has to arrive, within its size and time.

The platform answers in threads, of which there are few. A body is waited for here, where waiting costs nothing, so
that nobody holds a thread by sending slowly. Uploads are too large to be kept: they are read as they come, in threads
of their own, and only once the caller is known.
"""

import asyncio
import json
import time
from collections.abc import Mapping
from typing import Any

from a2wsgi import WSGIMiddleware

from footproof.errors import FootproofError
from footproof.server.static import SECURITY, Receive, Scope, Send

WORKERS = 8
"""Requests that are at work at the same time, and as many uploads and downloads beside them."""
MOST_BODY = 2 * 2**20
"""Longest body that is kept until it is whole; the platform refuses longer ones by their declared length. [bytes]"""
MOST_KEPT = 64 * 2**20
"""All bodies that are kept at the same time. [bytes]"""
GRACE = 20.0
"""Within which a body has to arrive, whatever its size. [s]"""
RATE = 128 * 2**10
"""At which it has to arrive beyond that. [bytes/s]"""
SENDING = 60.0
"""How long a reader may take for each piece of an answer. [s]"""

_OBJECTS = "/api/v1/objects"
_API = "/api/"


class Gate:
    """Lets requests through to a WSGI application, as an ASGI application.

    Args:
        wsgi: The platform.
    """

    def __init__(self, wsgi: Any) -> None:
        self._calls = WSGIMiddleware(wsgi, workers=WORKERS)
        self._objects = WSGIMiddleware(wsgi, workers=WORKERS)
        self._kept = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        arriving, sending = _Arriving(receive), _Sending(send)
        if scope["path"].startswith(_OBJECTS):
            await self._objects(scope, arriving.piece, sending)  # type: ignore[arg-type]  # the same in other words
            return
        kept = bytearray()
        try:
            if await self._arrived(scope, arriving, sending, kept):
                await self._calls(scope, _given(bytes(kept)), sending)  # type: ignore[arg-type]
        finally:
            self._kept -= len(kept)

    async def _arrived(self, scope: Scope, arriving: "_Arriving", sending: Send, kept: bytearray) -> bool:
        """Wait for a body and tell whether it is there; where it is not, that was said to whoever is still there."""
        try:
            if 0 < _declared(scope) <= MOST_BODY:
                await self._keep(arriving, kept)
        except ConnectionError:
            return False
        except TimeoutError:
            await _refuse(scope, sending, FootproofError("E-API-SLOW", grace=int(GRACE), rate=RATE))
            return False
        except FootproofError as refused:
            await _refuse(scope, sending, refused)
            return False
        return True

    async def _keep(self, arriving: "_Arriving", kept: bytearray) -> None:
        """Wait for a whole body.

        Raises:
            TimeoutError: It is late.
            ConnectionError: The caller went away.
            FootproofError: E-API-BUSY where others keep too much.
        """
        more = True
        while more:
            message = await arriving.piece()
            data = message.get("body", b"")
            if self._kept + len(data) > MOST_KEPT:
                raise FootproofError("E-API-BUSY", seconds=int(GRACE))
            kept += data
            self._kept += len(data)
            more = message.get("more_body", False)


class _Arriving:
    """A body on its way; its time runs from when it is first waited for."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._began: float | None = None
        self._got = 0

    async def piece(self) -> Mapping[str, Any]:
        """Return the next message.

        Raises:
            TimeoutError: The body is late.
            ConnectionError: The caller went away.
        """
        if self._began is None:
            self._began = time.monotonic()
        left = self._began + GRACE + self._got / RATE - time.monotonic()
        message = await asyncio.wait_for(self._next(), max(left, 0.0))
        if message["type"] == "http.disconnect":
            raise ConnectionResetError
        self._got += len(message.get("body", b""))
        return message

    async def _next(self) -> Mapping[str, Any]:
        return await self._receive()  # the server's own gives something that is awaited, and no coroutine


class _Sending:
    """An answer on its way; what a reader does not take is dropped, so that the thread that makes it gets free."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._given_up = False

    async def __call__(self, message: Mapping[str, Any]) -> None:
        """Send a message."""
        if self._given_up:
            return
        try:
            await asyncio.wait_for(self._passed(message), SENDING)
        except (OSError, RuntimeError):  # late, or gone: servers say so in their own ways
            self._given_up = True

    async def _passed(self, message: Mapping[str, Any]) -> None:
        await self._send(message)


def _given(body: bytes) -> Receive:
    """Return what hands out a body that has arrived."""

    async def received() -> Mapping[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    return received


def _declared(scope: Scope) -> int:
    """Return the declared length of a body; 0 where there is none, or none that can be read. [bytes]"""
    text = dict(scope["headers"]).get(b"content-length", b"0").decode("latin-1")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 20 else 0


async def _refuse(scope: Scope, send: Send, error: FootproofError) -> None:
    """Say what is wrong without the platform, and end the connection: the rest of the body would come as the next."""
    from footproof.server.api.problems import MEDIA_TYPE, language_in, problem_of  # asks for settings when imported

    accepted = dict(scope["headers"]).get(b"accept-language", b"").decode("latin-1")
    problem = problem_of(error, language_in(accepted))
    plain = not scope["path"].startswith(_API)
    body = f"{problem['detail']}\n{problem['try']}\n" if plain else json.dumps(problem, ensure_ascii=False)
    media_type = "text/plain; charset=utf-8" if plain else MEDIA_TYPE
    retry = [(b"retry-after", str(error.values["seconds"]).encode())] if "seconds" in error.values else []
    headers = [*SECURITY, *retry, (b"content-type", media_type.encode()), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": problem["status"], "headers": headers})
    await send({"type": "http.response.body", "body": body.encode("utf-8")})
