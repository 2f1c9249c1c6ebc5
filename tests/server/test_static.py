"""The static tree over ASGI: plain files and nothing else, with the headers that protect a reader."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footproof.server.static import StaticTree


@pytest.fixture(name="tree", scope="module")
def _tree(tmp_path_factory: pytest.TempPathFactory) -> StaticTree:
    folder = tmp_path_factory.mktemp("site")
    root = folder / "public"
    (root / "c" / "N-1").mkdir(parents=True)
    (root / "log" / "tile" / "0" / "000.p").mkdir(parents=True)
    (folder / "keys").mkdir()
    (folder / "keys" / "body.pem").write_text("secret")
    (root / "index.html").write_text("<p>index</p>")
    (root / "c" / "N-1" / "index.html").write_text("<p>N-1</p>")
    (root / "c" / "N-1" / "certificate.jwt").write_text("a.b.c")
    (root / "log" / "checkpoint").write_text("checkpoint")
    (root / "log" / "tile" / "0" / "000").write_bytes(b"full")
    (root / "log" / "tile" / "0" / "000.p" / "2").write_bytes(b"part")
    (root / ".hidden").write_text("hidden")
    (root / "out").symlink_to(folder / "keys")
    return StaticTree(root)


def header(headers: list[tuple[bytes, bytes]], name: bytes) -> bytes | None:
    return dict(headers).get(name)


@pytest.mark.parametrize(
    ("path", "status", "body"),
    [
        ("/", 200, b"<p>index</p>"),
        ("/index.html", 200, b"<p>index</p>"),
        ("/c/N-1/", 200, b"<p>N-1</p>"),
        ("/c/N-1", 301, b""),
        ("/c/N-1/certificate.jwt", 200, b"a.b.c"),
        ("/c/N-2/", 404, b"not found\n"),
        ("/log/tile/", 404, b"not found\n"),
        ("/.hidden", 404, b"not found\n"),
        ("/out/body.pem", 404, b"not found\n"),
        ("/../keys/body.pem", 404, b"not found\n"),
        ("/c/../../keys/body.pem", 404, b"not found\n"),
        ("//index.html", 404, b"not found\n"),
        ("/index.html\0", 404, b"not found\n"),
        ("/c\\N-1\\index.html", 404, b"not found\n"),
        ("/" + "a" * 2000, 404, b"not found\n"),
    ],
)
def test_answers_a_path(tree: StaticTree, path: str, status: int, body: bytes) -> None:
    found, _, content = tree.answer("GET", path, {})
    assert (found, content) == (status, body)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_other_methods_are_refused(tree: StaticTree, method: str) -> None:
    status, headers, _ = tree.answer(method, "/index.html", {})
    assert status == 405
    assert header(headers, b"allow") == b"GET, HEAD"


@pytest.mark.parametrize("path", ["/", "/c/N-1", "/nothing", "/log/checkpoint"])
def test_every_answer_carries_the_policy(tree: StaticTree, path: str) -> None:
    _, headers, _ = tree.answer("GET", path, {})
    policy = header(headers, b"content-security-policy")
    assert policy is not None
    assert b"default-src 'none'" in policy
    assert b"unsafe" not in policy
    assert header(headers, b"x-content-type-options") == b"nosniff"


def test_only_what_never_changes_is_kept_for_ever(tree: StaticTree) -> None:
    kept = {
        path: header(tree.answer("GET", path, {})[1], b"cache-control")
        for path in ("/log/tile/0/000", "/log/tile/0/000.p/2", "/log/checkpoint", "/index.html")
    }
    assert b"immutable" in (kept.pop("/log/tile/0/000") or b"")
    assert set(kept.values()) == {b"no-cache"}


def test_an_unchanged_file_is_not_sent_again(tree: StaticTree) -> None:
    _, headers, _ = tree.answer("GET", "/index.html", {})
    tag = header(headers, b"etag")
    assert tag is not None
    assert tree.answer("GET", "/index.html", {b"if-none-match": tag})[0] == 304
    assert tree.answer("GET", "/index.html", {b"if-none-match": b'"other"'})[0] == 200


@given(path=st.text(alphabet="/.\\%c0N-1out:~ \x00é", max_size=40))
def test_no_path_leads_outside(tree: StaticTree, path: str) -> None:
    _, _, body = tree.answer("GET", path, {})
    assert b"secret" not in body
    assert b"hidden" not in body


def test_head_sends_no_body(tree: StaticTree) -> None:
    sent: list[Mapping[str, Any]] = []

    async def receive() -> Mapping[str, Any]:
        return {"type": "http.request"}

    async def send(message: Mapping[str, Any]) -> None:
        sent.append(message)

    asyncio.run(tree({"type": "http", "method": "HEAD", "path": "/", "headers": []}, receive, send))
    assert sent[0]["status"] == 200
    assert dict(sent[0]["headers"])[b"content-length"] == b"12"
    assert sent[1]["body"] == b""


def test_a_root_that_is_a_relative_path_is_resolved(tree: StaticTree, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tree.root.parent)
    assert StaticTree(Path("public")).answer("GET", "/index.html", {})[0] == 200
