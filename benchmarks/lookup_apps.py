"""What the look-up benchmark serves: the application of a workspace, and a constant answer to hold it against."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from footproof.server.app import app_from_environment

BODY = b"x" * 900
Send = Callable[[Mapping[str, Any]], Awaitable[None]]

workspace = app_from_environment


def constant() -> Callable[..., Awaitable[None]]:
    """Return an application that always says the same."""

    async def answer(scope: Mapping[str, Any], receive: Any, send: Send) -> None:  # noqa: ARG001
        if scope["type"] != "http":
            return
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(BODY)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": BODY})

    return answer
