"""The door to the network, against real servers on this machine: what comes through, and each thing that does not."""

import ipaddress
import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, derive_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.x509.oid import NameOID

from footproof.credential.documents import document_of_keys, verification_key
from footproof.credential.webvh_write import approve, create, witness_file
from footproof.errors import FootproofError
from footproof.server import fetch as door
from footproof.server.fetch import Fetched, Resolver, fetch, is_public

Serve = Callable[[socket.socket], None]
JSON = ("application/json",)
CHUNKED = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


def answer(
    body: bytes = b"{}",
    *,
    status: str = "200 OK",
    kind: str = "application/json",
    more: str = "",
    length: int | None = None,
) -> bytes:
    size = len(body) if length is None else length
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {size}\r\n{more}\r\n"
    return head.encode() + body


def says(data: bytes) -> Serve:
    return lambda connection: connection.sendall(data)


def request_of(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        part = connection.recv(4096)
        if not part:
            break
        data += part
    return data


@contextmanager
def server(serve: Serve, tls: ssl.SSLContext | None = None) -> Iterator[tuple[int, list[bytes]]]:
    """Run a server that answers each connection as told; give its port and the requests it saw."""
    listener = socket.create_server(("127.0.0.1", 0))
    seen: list[bytes] = []

    def handle(connection: socket.socket) -> None:
        talking = tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False) if tls else connection
        with suppress(OSError), talking:
            seen.append(request_of(talking))
            serve(talking)

    def run() -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=handle, args=(listener.accept()[0],), daemon=True).start()

    threading.Thread(target=run, daemon=True).start()
    try:
        yield listener.getsockname()[1], seen
    finally:
        listener.close()


def get(port: int, path: str = "/a", *, most: int = 1000, seconds: float = 5.0, **more: Any) -> Fetched:
    url = f"http://127.0.0.1:{port}{path}"
    return fetch(url, most_bytes=most, seconds=seconds, accept=JSON, allow_private=True, ports=[port], **more)


def code_of(ask: Callable[[], object]) -> str:
    with pytest.raises(FootproofError) as caught:
        ask()
    return caught.value.code


def test_what_comes_back_is_what_was_sent() -> None:
    with server(says(answer(b'{"a":1}', kind="Application/JSON; charset=utf-8"))) as (port, seen):
        found = get(port, "/a/b?c=d")
        assert (found.data, found.media_type) == (b'{"a":1}', "application/json")
        assert found.url == f"http://127.0.0.1:{port}/a/b?c=d"
        assert abs(datetime.now(UTC) - found.at) < timedelta(minutes=1)
    lines = seen[0].decode().split("\r\n")
    assert lines[:2] == ["GET /a/b?c=d HTTP/1.1", f"Host: 127.0.0.1:{port}"]
    assert "Accept-Encoding: identity" in lines
    assert not any(line.lower().startswith(("cookie", "authorization", "referer")) for line in lines)


def test_chunks_are_joined() -> None:
    with server(says(CHUNKED + b"1\r\n{\r\n1\r\n}\r\n0\r\n\r\n")) as (port, _):
        assert get(port).data == b"{}"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (answer(b"x" * 1001), "E-FETCH-SIZE"),
        (answer(b"", length=10**12), "E-FETCH-SIZE"),
        (HEAD + b"\r\n" + b"x" * 5000, "E-FETCH-SIZE"),
        (CHUNKED + b"3e9\r\n" + b"x" * 1001 + b"\r\n0\r\n\r\n", "E-FETCH-SIZE"),
        (CHUNKED + b"1;" + b"x" * 60_000 + b"\r\n{\r\n0\r\n\r\n", "E-FETCH-SIZE"),
        (HEAD + b"X: " + b"y" * 60_000 + b"\r\n\r\n{}", "E-FETCH-SIZE"),
        (HEAD + b"X: y\r\n" * 200 + b"\r\n{}", "E-FETCH-FORM"),
        (b"HTTP/1.1 100 Continue\r\n\r\n" * 10_000, "E-FETCH-SIZE"),
        (answer(b"{", length=2), "E-FETCH-FORM"),
        (answer(b"", length=2), "E-FETCH-FORM"),
        (CHUNKED + b"5\r\n{}", "E-FETCH-FORM"),
        (CHUNKED + b"zz\r\n{}", "E-FETCH-FORM"),
        (b"SSH-2.0-OpenSSH\r\n", "E-FETCH-FORM"),
        (b"", "E-FETCH-FORM"),
        (answer(kind="text/html"), "E-FETCH-TYPE"),
        (answer(kind=""), "E-FETCH-TYPE"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", "E-FETCH-TYPE"),
        (answer(more="Content-Encoding: gzip\r\n"), "E-FETCH-ENCODING"),
        (answer(more="Content-Encoding: identity, br\r\n"), "E-FETCH-ENCODING"),
        (answer(status="404 Not Found"), "E-FETCH-STATUS"),
        (answer(status="206 Partial Content"), "E-FETCH-STATUS"),
        (answer(status="304 Not Modified"), "E-FETCH-STATUS"),
        (answer(status="302 Found"), "E-FETCH-STATUS"),
        (answer(status="500 Oops"), "E-FETCH-STATUS"),
    ],
    ids=range(24),
)
def test_an_answer_that_does_not_come_through(data: bytes, code: str) -> None:
    with server(says(data)) as (port, _):
        assert code_of(lambda: get(port)) == code


def drip(data: bytes) -> Serve:
    def serve(connection: socket.socket) -> None:
        for place in range(len(data)):
            connection.sendall(data[place : place + 1])
            time.sleep(0.05)

    return serve


@pytest.mark.parametrize(
    "serve", [drip(answer(b"x" * 900)), drip(HEAD + b"\r\n" + b"x" * 900), lambda _: time.sleep(3)]
)
def test_one_deadline_covers_slow_servers(serve: Serve) -> None:
    with server(serve) as (port, _):
        start = time.monotonic()
        assert code_of(lambda: get(port, seconds=0.4)) == "E-FETCH-TIME"
        assert time.monotonic() - start < 1.5


def test_one_deadline_covers_slow_names(monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(*_: object, **__: object) -> list[object]:
        time.sleep(1)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    ask = partial(fetch, "https://slow.example/", most_bytes=9, seconds=0.2, accept=JSON)
    assert code_of(ask) == "E-FETCH-TIME"


def test_nobody_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert code_of(lambda: get(port)) == "E-FETCH-CONNECT"


def redirect(where: str, status: str = "302 Found") -> bytes:
    return answer(b"", status=status, more=f"Location: {where}\r\n")


def test_redirects_are_followed_on_the_same_host() -> None:
    def serve(connection: socket.socket) -> None:
        connection.sendall(answer(b'{"b":2}') if b"GET /b " in seen[-1] else redirect("/b", "308 Permanent Redirect"))

    with server(serve) as (port, seen):
        found = get(port)
        assert (found.data, found.url) == (b'{"b":2}', f"http://127.0.0.1:{port}/b")


@pytest.mark.parametrize(
    ("where", "code"),
    [
        ("/a", "E-FETCH-REDIRECT"),
        ("http://localhost:{port}/a", "E-FETCH-URL"),
        ("http://127.0.0.1:1/a", "E-FETCH-URL"),
        ("http://127.0.0.1/a", "E-FETCH-URL"),
        ("http://127.1:{port}/a", "E-FETCH-URL"),
        ("http://169.254.169.254/latest/meta-data", "E-FETCH-URL"),
        ("https://169.254.169.254/latest/meta-data", "E-FETCH-URL"),
        ("https://[::1]/", "E-FETCH-URL"),
        ("https://internal.example:{port}/", "E-FETCH-ADDRESS"),
        ("http://internal.example:{port}/", "E-FETCH-URL"),
        ("https://user:word@internal.example/", "E-FETCH-URL"),
        ("file:///etc/passwd", "E-FETCH-URL"),
        ("gopher://internal.example/", "E-FETCH-URL"),
        ("//internal.example:{port}/", "E-FETCH-URL"),
        ("https://[/", "E-FETCH-URL"),
        ("https://internal.example/#x", "E-FETCH-URL"),
    ],
)
def test_each_redirect_is_judged_as_a_strangers_address(where: str, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    answers_with(monkeypatch, ["10.0.0.7"], name="internal.example")
    with server(lambda connection: connection.sendall(redirect(where.format(port=port)))) as (port, seen):
        assert code_of(lambda: get(port)) == code
        assert len(seen) == (4 if where == "/a" else 1)


def answers_with(monkeypatch: pytest.MonkeyPatch, addresses: list[str], name: str = "") -> list[str]:
    """Let the name service answer with these addresses (for one name, or for all); give the names it is asked."""
    asked: list[str] = []
    real = socket.getaddrinfo

    def getaddrinfo(host: str, port: int, *rest: Any, **more: Any) -> Any:
        if (name and host != name) or host.replace(".", "").isdigit() or ":" in host:
            return real(host, port, *rest, **more)
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return asked


PRIVATE = [
    "0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "127.255.0.1", "169.254.169.254", "172.16.0.1", "172.31.255.255",
    "192.0.0.8", "192.0.2.1", "192.168.1.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.1.1.1",
    "240.0.0.1", "255.255.255.255", "::", "::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::7f00:1", "64:ff9b::7f00:1",
    "64:ff9b:1::1", "100::1", "fc00::1", "fd12::1", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "2001::1",
    "2001:db8::1", "2002:7f00:1::", "3fff::1", "4000::1", "localhost", "", "0177.0.0.1", "2130706433",
]  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_a_name_must_not_lead_inside(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not is_public(address)
    answers_with(monkeypatch, ["93.184.216.34", address])
    ask = partial(fetch, "https://body.example/", most_bytes=9, seconds=1, accept=JSON)
    assert code_of(ask) == "E-FETCH-ADDRESS"


def test_public_addresses_are_public() -> None:
    for address in ("8.8.8.8", "1.1.1.1", "114.114.114.114", "2606:4700:4700::1111", "2400:3200::1", "172.32.0.1"):
        assert is_public(address)
        assert ipaddress.ip_address(address).is_global


URLS = [
    "http://body.example/", "https://Body.example/", "https://body.example./",
    "https://body/", "https://localhost/", "https://127.0.0.1/", "https://127.1/", "https://2130706433/",
    "https://0x7f.0.0.1/", "https://0177.0.0.1/", "https://0x7f000001/", "https://[::1]/", "https://[::ffff:7f00:1]/",
    "https://user@body.example/", "https://user:word@body.example/", "https://@body.example/",
    "https://body.example:8443/", "https://body.example:80/", "https://body.example:0/", "https://body.example:99999/",
    "https://body.example:/", "https://body.example:443x/", "https://body.example/#x", "https://body.example/ x",
    "https://body.example/\r\nHost: other", "https://body.example/\u00e9", "https://b\u00f6dy.example/",
    "https://body.example\\@other.example/", "https://body.example/" + "x" * 3000, "ftp://body.example/",
    "file:///etc/passwd", "//body.example/", "body.example", "", "https:///x", "https://body.example%2eother.example/",
]  # fmt: skip


@pytest.mark.parametrize("url", URLS)
def test_an_address_of_another_form(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = answers_with(monkeypatch, ["93.184.216.34"])
    connected: list[object] = []
    monkeypatch.setattr(socket, "create_connection", lambda *_, **__: connected.append(1))
    assert code_of(partial(fetch, url, most_bytes=9, seconds=1, accept=JSON)) == "E-FETCH-URL"
    assert (asked, connected) == ([], [])


def test_a_name_without_an_address(monkeypatch: pytest.MonkeyPatch) -> None:
    ask = partial(fetch, "https://body.example/", most_bytes=9, seconds=1, accept=JSON)
    answers_with(monkeypatch, [])
    assert code_of(ask) == "E-FETCH-NAME"

    def none(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", none)
    assert code_of(ask) == "E-FETCH-NAME"


def test_the_connection_goes_to_the_address_that_was_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = answers_with(monkeypatch, ["93.184.216.34"])
    reached: list[object] = []

    def create_connection(address: tuple[str, int], timeout: float) -> socket.socket:
        reached.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", create_connection)
    ask = partial(fetch, "https://body.example/", most_bytes=9, seconds=1, accept=JSON)
    assert code_of(ask) == "E-FETCH-CONNECT"
    # The name was asked once; a second answer has no way in.
    assert (asked, reached) == (["body.example"], [("93.184.216.34", 443)])


def test_the_environment_names_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with server(says(answer())) as (port, _):
        assert get(port).data == b"{}"


def certified(folder: Path, *names: str, days: int = 30) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Return contexts of a server with a certificate for these names, and of a client that trusts its maker."""
    key = derive_private_key(0xCE27, SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "demo authority")])
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(now - timedelta(days=60))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    )
    pem = builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "chain.pem").write_bytes(pem + secret)
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(folder / "chain.pem")
    return serving, ssl.create_default_context(cadata=pem.decode())


def test_a_server_proves_its_name(tmp_path: Path) -> None:
    serving, trust = certified(tmp_path, "localhost")
    with server(says(answer()), serving) as (port, _):

        def ask(host: str, **more: Any) -> Fetched:
            url = f"https://{host}:{port}/"
            return fetch(url, most_bytes=9, seconds=5, accept=JSON, allow_private=True, ports=[port], **more)

        assert ask("localhost", trust=trust).url == f"https://localhost:{port}/"
        assert code_of(lambda: ask("127.0.0.1", trust=trust)) == "E-FETCH-TLS"
        assert code_of(lambda: ask("localhost")) == "E-FETCH-TLS"
        blind = ssl.create_default_context()
        blind.check_hostname = False
        with pytest.raises(ValueError, match="host names"):
            ask("localhost", trust=blind)
    serving, trust = certified(tmp_path, "localhost", days=-1)
    with server(says(answer()), serving) as (port, _):
        assert code_of(lambda: ask("localhost", trust=trust)) == "E-FETCH-TLS"


def test_no_way_down_to_http(tmp_path: Path) -> None:
    serving, trust = certified(tmp_path, "localhost")
    with server(says(redirect("http://localhost/")), serving) as (port, _):
        url = f"https://localhost:{port}/"
        ask = partial(
            fetch, url, most_bytes=9, seconds=5, accept=JSON, allow_private=True, ports=[port, 80], trust=trust
        )
        assert code_of(ask) == "E-FETCH-REDIRECT"


NOW = datetime(2026, 11, 22, tzinfo=UTC)
KEY = Ed25519PrivateKey.from_private_bytes(b"\3" * 32)


def test_dids_are_resolved_through_the_door(tmp_path: Path) -> None:
    serving, trust = certified(tmp_path, "localhost")
    files: dict[str, bytes] = {}

    def serve(connection: socket.socket) -> None:
        path = seen[-1].split(b" ")[1].decode()
        kind = "text/plain" if path.endswith(".jsonl") else "application/json"
        connection.sendall(answer(files[path], kind=kind) if path in files else answer(status="404 Not Found"))

    with server(serve, serving) as (port, seen):
        web = f"did:web:localhost%3A{port}"
        files["/.well-known/did.json"] = json.dumps(
            document_of_keys(web, {"k": KEY.public_key()}, ["assertionMethod"])
        ).encode()
        stated = document_of_keys(
            f"did:webvh:{{SCID}}:localhost%3A{port}:b", {"k": KEY.public_key()}, ["assertionMethod"]
        )
        start = NOW - timedelta(days=1)
        webvh, files["/b/did.jsonl"] = create(
            f"localhost%3A{port}:b", stated, KEY, start, witnesses=(1, [KEY.public_key()])
        )
        first = files["/b/did.jsonl"].partition(b'"versionId":"')[2].partition(b'"')[0].decode()
        files["/b/did-witness.json"] = witness_file({first: [approve(first, KEY, NOW)]})
        documents = Resolver(partial(fetch, allow_private=True, ports=[port], trust=trust), NOW)
        for _ in range(3):
            assert verification_key(documents, f"{web}#k", "assertionMethod") == KEY.public_key()
            assert verification_key(documents, f"{webvh}#k", "assertionMethod", NOW) == KEY.public_key()
            assert code_of(lambda: documents.document(f"{web}:none")) == "E-FETCH-STATUS"
            assert code_of(lambda: documents.document(webvh, NOW - timedelta(days=9))) == "E-WEBVH-NO-VERSION"
        assert len(seen) == 4  # Each file once, and what is missing is asked for once.
        del files["/b/did-witness.json"]
        again = Resolver(partial(fetch, allow_private=True, ports=[port], trust=trust), NOW)
        assert code_of(lambda: again.document(webvh)) == "E-FETCH-STATUS"
        assert code_of(lambda: again.document("did:key:z6Mk")) == "E-CRED-UNKNOWN-KEY"


def test_a_stranger_cannot_send_the_resolver_inside() -> None:
    documents = Resolver(fetch, NOW)
    assert code_of(lambda: documents.document("did:web:localhost")) == "E-FETCH-URL"
    assert code_of(lambda: documents.document("did:web:body.example%3A8443")) == "E-FETCH-URL"
    assert code_of(lambda: documents.document("did:web:127.0.0.1")) == "E-DID-HOST"


def test_no_other_module_below_the_server_opens_sockets() -> None:
    package = Path(door.__file__).resolve().parents[1]
    opening = ("import socket", "http.client", "urllib.request", "import requests", "import httpx", "aiohttp")
    users = {
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        if any(word in path.read_text("utf-8") for word in opening)
    }
    assert "server/fetch.py" in users
    assert not {user for user in users if not user.startswith(("server/", "cli/"))}
