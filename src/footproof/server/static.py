"""Serves a static tree as an ASGI application: GET and HEAD of plain files below one folder, nothing else.

What never changes (full log tiles) may be kept for ever; the checkpoint and pages are asked for each time.
"""

import hashlib
import mimetypes
import os
import stat
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import cache
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
FOLDER = ""
SECURITY: Headers = [
    (b"content-security-policy", POLICY.encode("ascii")),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
]


class StaticTree:
    """The files below a folder, as an ASGI application.

    Args:
        root: Folder of the tree; links that lead out of it are not followed.
    """

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self._root = str(self.root)

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
            return 405, [*SECURITY, (b"allow", b"GET, HEAD")], b""
        parts = _parts(path)
        found = self._find(parts) if parts is not None else None
        body = _read(found) if found else None
        if parts is None or found is None or (found and body is None):
            return 404, [*SECURITY, (b"content-type", b"text/plain; charset=utf-8")], b"not found\n"
        if body is None:
            return 301, [*SECURITY, (b"location", f"{path}/".encode())], b""
        tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'.encode("ascii")
        headers = [
            *SECURITY,
            (b"content-type", _type(parts[-1])),
            (b"content-length", str(len(body)).encode("ascii")),
            (b"etag", tag),
            (b"cache-control", _cache(parts)),
        ]
        if asked.get(b"if-none-match") == tag:
            return 304, headers[:-1], b""
        return 200, headers, body

    def _find(self, parts: Sequence[str]) -> str | None:
        """Return the file that some steps lead to, FOLDER for a folder, or None; a link on the way has to stay inside.

        Asked on every request, so without `Path`: a look at each step costs a microsecond, resolving one costs thirty.
        """
        path = self._root
        mode = 0
        for part in parts:
            path = f"{path}/{part}"
            try:
                mode = os.lstat(path).st_mode
            except (OSError, ValueError):
                return None
            if stat.S_ISLNK(mode):
                return self._resolved(parts)
        if stat.S_ISDIR(mode):
            return FOLDER
        return path if stat.S_ISREG(mode) else None

    def _resolved(self, parts: Sequence[str]) -> str | None:
        try:
            resolved = self.root.joinpath(*parts).resolve(strict=True)
        except (OSError, ValueError):
            return None
        if not resolved.is_relative_to(self.root):
            return None
        return str(resolved) if resolved.is_file() else FOLDER if resolved.is_dir() else None


def _parts(path: str) -> list[str] | None:
    """Return the steps from the root that a path takes; None where it names something hidden or no path at all."""
    if len(path) > LONGEST_PATH or "\0" in path or "\\" in path or not path.startswith("/"):
        return None
    parts = path.split("/")[1:]
    if not parts[-1]:
        parts[-1] = "index.html"
    return None if any(not part or part.startswith(".") for part in parts) else parts


def _read(path: str) -> bytes | None:
    """Return the bytes of a file, None where it has just gone."""
    try:
        with open(path, "rb", buffering=0) as file:
            return file.readall()
    except OSError:
        return None


@cache
def _kind(suffix: str) -> bytes:
    known = TYPES.get(suffix) or mimetypes.types_map.get(suffix) or "application/octet-stream"
    return known.encode("ascii")


def _type(name: str) -> bytes:
    return _kind(os.path.splitext(name)[1]) if "." in name else b"application/octet-stream"


def _cache(parts: Sequence[str]) -> bytes:
    """Full tiles never change; everything else is asked for again each time."""
    if "tile" in parts and not parts[-2].endswith(".p"):
        return b"public, max-age=31536000, immutable"
    return b"no-cache"


async def _live(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
