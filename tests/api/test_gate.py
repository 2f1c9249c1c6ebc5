"""Bodies that do not arrive hold nobody up: they are waited for outside the threads, within size and time."""

import asyncio
import json
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from api.worlds import Site, make_site
from footproof.server import gate
from footproof.server.gate import WORKERS, Gate
from serving import free_port, platform_served

Sent = list[Mapping[str, Any]]


def echo(environ: Mapping[str, Any], start: Any) -> Iterator[bytes]:
    """Answer with the body, or with what came instead of it."""
    try:
        body = environ["wsgi.input"].read()
    except OSError as problem:
        body = type(problem).__name__.encode()
    start("200 OK", [])
    yield body


def asked(to: Gate, path: str, *pieces: bytes, stall: bool = False, length: int | None = None) -> Sent:
    """Send a request in pieces and return what is answered."""
    sent: Sent = []
    whole = sum(map(len, pieces)) if length is None else length
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "path": path,
        "query_string": b"",
        "headers": [(b"content-length", str(whole).encode()), (b"accept-language", b"zh")],
    }
    left = list(pieces)

    async def receive() -> Mapping[str, Any]:
        if left:
            return {"type": "http.request", "body": left.pop(0), "more_body": bool(left) or stall}
        if stall:
            await asyncio.sleep(60)
        return {"type": "http.disconnect"}

    async def send(message: Mapping[str, Any]) -> None:
        sent.append(message)

    async def ask() -> None:
        await to(scope, receive, send)

    asyncio.run(ask())
    return sent


def body_of(sent: Sent) -> bytes:
    return b"".join(one.get("body", b"") for one in sent[1:])


def test_a_body_in_pieces_arrives_whole() -> None:
    assert body_of(asked(Gate(echo), "/api/v1/cases", b"a", b"b" * 70_000, b"c")) == b"a" + b"b" * 70_000 + b"c"
    assert body_of(asked(Gate(echo), "/api/v1/objects", b"a", b"b")) == b"ab"


def test_a_body_that_is_late_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "GRACE", 0.1)
    late = asked(Gate(echo), "/api/v1/cases", b"a", stall=True, length=9)
    problem = json.loads(body_of(late))
    assert (late[0]["status"], problem["code"], problem["status"]) == (408, "E-API-SLOW", 408)
    assert "过慢" in problem["detail"]
    page = asked(Gate(echo), "/accounts/sign-in", b"a", stall=True, length=9)
    assert page[0]["status"] == 408
    assert (b"content-type", b"text/plain; charset=utf-8") in page[0]["headers"]
    assert body_of(asked(Gate(echo), "/api/v1/objects", b"a", stall=True, length=9)) == b"TimeoutError"


def test_whoever_goes_away_leaves_nothing() -> None:
    to = Gate(echo)
    assert asked(to, "/api/v1/cases", b"a", length=9, stall=False)[0]["status"] == 200, "the server counts lengths"
    assert asked(to, "/api/v1/cases", length=9) == []
    assert body_of(asked(to, "/api/v1/objects", length=9)) == b"ConnectionResetError"
    assert to._kept == 0


def test_what_is_kept_has_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "MOST_KEPT", 100)
    to = Gate(echo)
    full = asked(to, "/api/v1/cases", b"a" * 60, b"a" * 60)
    assert (full[0]["status"], json.loads(body_of(full))["code"]) == (503, "E-API-BUSY")
    assert any(name == b"retry-after" for name, _ in full[0]["headers"])
    assert body_of(asked(to, "/api/v1/cases", b"a" * 99)) == b"a" * 99, "what is gone counts no more"
    assert body_of(asked(to, "/api/v1/cases", b"a", length=gate.MOST_BODY + 1)) == b"", "the platform refuses by length"


def test_a_reader_who_takes_nothing_frees_the_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "SENDING", 0.1)

    def long(environ: Mapping[str, Any], start: Any) -> Iterator[bytes]:
        start("200 OK", [])
        yield from [b"a"] * 50

    async def ask() -> None:
        async def never(message: Mapping[str, Any]) -> None:
            await asyncio.sleep(60)

        scope = {"type": "http", "http_version": "1.1", "method": "GET", "path": "/api/v1/objects/x"}
        await Gate(long)(scope | {"query_string": b"", "headers": []}, never, never)  # type: ignore[arg-type]

    began = time.monotonic()
    asyncio.run(ask())
    assert time.monotonic() - began < 10


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Site, int]]:
    monkeypatch.delenv("FOOTPROOF_DATABASE", raising=False)
    from django.db import connections

    site, port = make_site(tmp_path / "workspace"), free_port()
    connections.close_all()
    with platform_served(site.shop.workspace.folder, port):
        yield site, port


def test_stalled_senders_keep_nobody_from_reading(served: tuple[Site, int]) -> None:
    """Nobody needs an account to stall; somebody with one can stall uploads as well."""
    site, port = served
    token = site.tokens["p-client"]
    head = "POST {} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {}\r\nContent-Length: 900\r\n{}\r\nabcd"
    stalled = [
        head.format("/accounts/sign-in", "application/x-www-form-urlencoded", ""),
        head.format("/api/v1/cases", "application/json", f"Authorization: Bearer {token}\r\n"),
        head.format(
            "/api/v1/objects?kind=photo&export=site",
            "application/octet-stream",
            f"Authorization: Bearer {token}\r\n",
        ),
    ]
    with ExitStack() as stack:
        for text in stalled * (WORKERS + 1):
            one = stack.enter_context(socket.create_connection(("127.0.0.1", port)))
            one.sendall(text.encode())
        time.sleep(0.5)
        for path, who in (("/api/v1/schemes", {}), ("/api/v1/me", {"Authorization": f"Bearer {token}"})):
            with urlopen(Request(f"http://127.0.0.1:{port}{path}", headers=who), timeout=8) as answer:
                assert answer.status == 200
    said = {"Authorization": f"Bearer {token}", "Content-Type": "application/octet-stream"}
    whole = Request(f"http://127.0.0.1:{port}/api/v1/objects?kind=photo&export=site", b"a,b\n", said, method="POST")
    with urlopen(whole, timeout=20) as answer:
        assert answer.status == 201, "who was cut off holds no thread"
    objects = site.shop.workspace.folder / "objects"
    assert not list(objects.glob(".upload.*")), "a draft was left"
