"""Serves a static tree as an ASGI application: GET and HEAD of plain files below one folder, nothing else.

What never changes (full log tiles) may be kept for ever; the checkpoint and pages are asked for each time.
"""

import hashlib
import mimetypes
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".jwt": "application/vc+jwt",
    ".footproof": "application/octet-stream",
}
LONGEST_PATH = 1000


class StaticTree:
    """The files below a folder, as an ASGI application.

    Args:
        root: Folder of the tree; links that lead out of it are not followed.
    """

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "lifespan":
            await _live(receive, send)
        elif scope["type"] == "http":
            status, headers, body = self.answer(scope["method"], scope["path"], dict(scope["headers"]))
            await send({"type": "http.response.start", "status": status, "headers": headers})
            await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})

    def answer(self, method: str, path: str, asked: Mapping[bytes, bytes]) -> tuple[int, Headers, bytes]:
        """Return status, headers and body for a request.

        Args:
            method: HTTP method.
            path: Decoded path, with a leading slash.
            asked: Request headers by lower-case name.
        """
        if method not in ("GET", "HEAD"):
            return 405, [*_security(), (b"allow", b"GET, HEAD")], b""
        file = self._find(path)
        if file is None:
            return 404, [*_security(), (b"content-type", b"text/plain; charset=utf-8")], b"not found\n"
        if file.is_dir():
            return 301, [*_security(), (b"location", f"{path}/".encode())], b""
        body = file.read_bytes()
        tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'.encode("ascii")
        headers = [
            *_security(),
            (b"content-type", _type(file)),
            (b"content-length", str(len(body)).encode("ascii")),
            (b"etag", tag),
            (b"cache-control", _cache(file)),
        ]
        if asked.get(b"if-none-match") == tag:
            return 304, headers[:-1], b""
        return 200, headers, body

    def _find(self, path: str) -> Path | None:
        """Return the file or folder a path means, or None; nothing outside the root, nothing hidden."""
        parts = path.split("/")[1:]
        if len(path) > LONGEST_PATH or "\0" in path or "\\" in path or not path.startswith("/"):
            return None
        if any(part.startswith(".") for part in parts) or "" in parts[:-1]:
            return None
        wanted = self.root.joinpath(*[part for part in parts if part])
        if path.endswith("/"):
            wanted /= "index.html"
        try:
            resolved = wanted.resolve(strict=True)
        except OSError:
            return None
        inside = resolved.is_relative_to(self.root)
        return resolved if inside and (resolved.is_file() or (resolved.is_dir() and not path.endswith("/"))) else None


def _security() -> Headers:
    return [
        (b"content-security-policy", POLICY.encode("ascii")),
        (b"x-content-type-options", b"nosniff"),
        (b"referrer-policy", b"no-referrer"),
        (b"cross-origin-opener-policy", b"same-origin"),
    ]


def _type(file: Path) -> bytes:
    known = TYPES.get(file.suffix) or mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    return known.encode("ascii")


def _cache(file: Path) -> bytes:
    """Full tiles and certificates never change; everything else is asked for again each time."""
    if "tile" in file.parts and not file.parent.name.endswith(".p"):
        return b"public, max-age=31536000, immutable"
    return b"no-cache"


async def _live(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
