"""The one door to the network for material that strangers name: an https address in, bytes of a known type out.

A certificate, a credential or a DID is somebody's text, and so is every address in it. This door therefore goes to
public hosts only: the name is resolved once, every address it has must be public, and the connection goes to that very
address, so that no second answer of the name service can lead elsewhere. One deadline covers everything, name,
connection, headers and body together. Sizes, media types, ports and redirects are limited, nothing is sent but the
request, and no environment variable changes where it goes.

RFC 9110, RFC 9112; the address registries of IANA (RFC 6890 and what updates it); OWASP, server-side request forgery.
"""

import http.client
import io
import ipaddress
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any, Protocol, TypeVar
from urllib.parse import urljoin, urlsplit

from footproof.credential import did_web, did_webvh
from footproof.errors import FootproofError, ProofRejected

LONGEST_URL = 2000
MOST_HEADERS = 32 * 1024
MOST_REDIRECTS = 3
USER_AGENT = "footproof"
JSON_TYPES = (
    "application/json",
    "application/did+json",
    "application/did+ld+json",
    "application/did",
    "application/ld+json",
)
# Common file servers know no type for .jsonl.
LINES_TYPES = ("text/jsonl", "application/jsonl", "application/json", "application/octet-stream", "text/plain")

_NAME = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])", re.ASCII)
_MOVED = frozenset({301, 302, 303, 307, 308})

A = TypeVar("A")
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_PRIVATE = tuple(
    map(
        ipaddress.ip_network,
        (
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
            "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16",
            "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
            "2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20",
        ),
    )
)  # fmt: skip
# Everything outside it, mapped, translated (NAT64), link-local, unique local and multicast, is not public.
_PUBLIC_V6 = ipaddress.ip_network("2000::/3")


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came back.

    Args:
        data: The body.
        media_type: Without parameters, in lower case.
        url: The address it came from, after redirects.
        at: The moment at which it was complete.
    """

    data: bytes
    media_type: str
    url: str
    at: datetime


class Fetch(Protocol):
    """The way `fetch` is called; tests and caches can stand in its place."""

    def __call__(self, url: str, *, most_bytes: int, seconds: float, accept: Collection[str]) -> Fetched:
        """Return what lies at an address; see `fetch`."""
        ...


@dataclass(frozen=True, slots=True)
class _Target:
    """One address taken apart."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def url(self) -> str:
        usual = {"https": 443, "http": 80}[self.scheme]
        port = "" if self.port == usual else f":{self.port}"
        return f"{self.scheme}://{self.host}{port}{self.path}"


@dataclass(frozen=True, slots=True)
class _Rules:
    """What holds for one call."""

    most_bytes: int
    deadline: float
    accept: tuple[str, ...]
    ports: frozenset[int]
    private: tuple[str, int] | None
    trust: ssl.SSLContext | None

    def left(self, url: str) -> float:
        """Return the time that is left. [s]"""
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise FootproofError("E-FETCH-TIME", url=url)
        return left


def fetch(
    url: str,
    *,
    most_bytes: int,
    seconds: float,
    accept: Collection[str],
    allow_private: bool = False,
    ports: Collection[int] = (),
    trust: ssl.SSLContext | None = None,
) -> Fetched:
    """Return what lies at an https address.

    Args:
        url: The address; no credentials, no fragment.
        most_bytes: Largest body. [bytes]
        seconds: For everything together, redirects included. [s]
        accept: Media types that may come back.
        allow_private: Let the host and port that this call names (no other it redirects to) have a private or loopback
            address, be `localhost` or an address literal, and speak plain http. For trials on one's own machine.
        ports: Ports beside 443 (and 80, with `allow_private`).
        trust: Certificate authorities; those of the system if left out. Host names are always checked.

    Raises:
        FootproofError: E-FETCH-URL where it is no address of the allowed form; E-FETCH-ADDRESS where the name has an
            address that is not public; E-FETCH-NAME where it has none; E-FETCH-CONNECT where nobody answers;
            E-FETCH-TLS where the server does not prove its name; E-FETCH-TIME, E-FETCH-SIZE beyond the limits;
            E-FETCH-REDIRECT for too many or a downgrade to http; E-FETCH-STATUS for another answer than 200;
            E-FETCH-TYPE, E-FETCH-ENCODING for another media type or an encoded body; E-FETCH-FORM where the answer is
            not HTTP.
        ValueError: `trust` does not check host names.
    """
    if trust is not None and (not trust.check_hostname or trust.verify_mode is not ssl.CERT_REQUIRED):
        raise ValueError("a context that checks no host names is none")
    target = _target(url, ports, private=allow_private)
    rules = _Rules(
        most_bytes,
        time.monotonic() + seconds,
        tuple(accept),
        frozenset(ports),
        (target.host, target.port) if allow_private else None,
        trust,
    )
    for _ in range(MOST_REDIRECTS + 1):
        found = _ask(target, rules, _exchange)
        if isinstance(found, Fetched):
            return found
        target = _moved(target, found, rules)
    raise FootproofError("E-FETCH-REDIRECT", url=url, found=f"> {MOST_REDIRECTS}")


def post(
    url: str,
    data: bytes,
    headers: Mapping[str, str],
    *,
    seconds: float,
    allow_private: bool = False,
    ports: Collection[int] = (),
    trust: ssl.SSLContext | None = None,
) -> int:
    """Send a JSON message to an https address and return the status of the answer; redirects are not followed.

    Args:
        url: As in `fetch`.
        data: The message.
        headers: Further headers, printable ASCII.
        seconds: For everything together. [s]
        allow_private: As in `fetch`.
        ports: As in `fetch`.
        trust: As in `fetch`.

    Raises:
        FootproofError: E-FETCH-… as `fetch`.
        ValueError: A header holds what no header may.
    """
    if not all(re.fullmatch(r"[!-9;-~]+", name) and re.fullmatch(r"[ -~]*", text) for name, text in headers.items()):
        raise ValueError("a header of printable ASCII is needed")
    target = _target(url, ports, private=allow_private)
    private = (target.host, target.port) if allow_private else None
    rules = _Rules(0, time.monotonic() + seconds, ("*/*",), frozenset(ports), private, trust)
    return _ask(target, rules, partial(_post_exchange, data=data, headers=headers))


def check_address(url: str, *, ports: Collection[int] = ()) -> None:
    """Refuse an address that is of no allowed form, before anything is sent there; nothing is resolved.

    Raises:
        FootproofError: E-FETCH-URL.
    """
    _target(url, ports, private=False)


def is_public(address: str) -> bool:
    """Return whether an IP address belongs to the public network.

    Args:
        address: IPv4 or IPv6, without a zone; anything else is not public.
    """
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    if found.version == 6 and found not in _PUBLIC_V6:
        return False
    return not any(found in network for network in _PRIVATE if network.version == found.version)


class Resolver:
    """Resolves did:web and did:webvh through the network, each DID once in a run.

    Args:
        get: How to fetch.
        now: The moment of asking; no entry of a did:webvh log may be later.
        seconds: For each file. [s]
    """

    def __init__(self, get: Fetch, now: datetime, *, seconds: float = 10.0) -> None:
        self._get = get
        self._now = now
        self._seconds = seconds
        self._documents: dict[str, Mapping[str, Any]] = {}
        self._histories: dict[str, did_webvh.History] = {}
        self._refused: dict[str, FootproofError] = {}

    def document(self, did: str, at: datetime | None = None) -> Mapping[str, Any]:
        """Return the document of a DID; see `credential.documents.Documents`.

        Raises:
            ProofRejected: E-CRED-UNKNOWN-KEY for a DID of another method; the code of the defect where what was fetched
                is refused.
            FootproofError: E-FETCH-… where it could not be fetched.
        """
        if did in self._refused:
            raise self._refused[did]
        try:
            return self._resolved(did, at)
        except FootproofError as problem:
            if did not in self._histories:  # Otherwise only the moment was wrong.
                self._refused[did] = problem
            raise

    def _resolved(self, did: str, at: datetime | None) -> Mapping[str, Any]:
        if did.startswith(did_webvh.PREFIX):
            if did not in self._histories:
                self._histories[did] = self._history(did)
            return did_webvh.document_at(self._histories[did], at)
        if not did.startswith(did_web.PREFIX):
            raise ProofRejected("E-CRED-UNKNOWN-KEY", kid=did[: did_web.LONGEST])
        if did not in self._documents:
            data = self._fetched(did_web.web_url(did), did_web.MOST_DOCUMENT, JSON_TYPES)
            self._documents[did] = did_web.web_document(did, data)
        return self._documents[did]

    def _history(self, did: str) -> did_webvh.History:
        log_url, witness_url = did_webvh.webvh_urls(did)
        log = self._fetched(log_url, did_webvh.MOST_LOG, LINES_TYPES)
        read = did_webvh.history(did, log, now=self._now)
        witness = None
        if any(version.approvers.threshold for version in read.versions):
            witness = self._fetched(witness_url, did_webvh.MOST_LOG, JSON_TYPES)
        return did_webvh.witnessed(read, witness)

    def _fetched(self, url: str, most: int, accept: Collection[str]) -> bytes:
        return self._get(url, most_bytes=most, seconds=self._seconds, accept=accept).data


def _target(url: str, ports: Collection[int], *, private: bool) -> _Target:
    """Take an address apart; only one spelling of a public name passes."""
    try:
        if len(url) > LONGEST_URL or not re.fullmatch(r"[!-~]+", url) or re.search(r'[\\"<>^`{|}#]', url):
            raise ValueError("characters")
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
        if parts.username is not None or parts.password is not None or "@" in parts.netloc:
            raise ValueError("user@")
        if parts.scheme not in ({"https", "http"} if private else {"https"}):
            raise ValueError(f"{parts.scheme}:")
        # urlsplit lowers the host; what it lowered, or wrote otherwise, is a second spelling.
        if not private and (not _NAME.fullmatch(host) or len(host) > 253 or parts.netloc.partition(":")[0] != host):
            raise ValueError(f"host {host!r}")
        if not host or parts.netloc.endswith(":"):
            raise ValueError(f"host {host!r}")
    except ValueError as problem:
        raise FootproofError("E-FETCH-URL", url=url[:LONGEST_URL], reason=str(problem)[:200]) from problem
    usual = 443 if parts.scheme == "https" else 80
    port = usual if port is None else port
    if port != usual and port not in ports:
        raise FootproofError("E-FETCH-URL", url=url, reason=f"port {port}")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return _Target(parts.scheme, f"[{host}]" if ":" in host else host, port, path)


def _moved(target: _Target, where: str, rules: _Rules) -> _Target:
    """Return where a redirect leads; another host than the first is judged as any stranger."""
    try:
        url = urljoin(target.url, where)
    except ValueError as problem:
        raise FootproofError("E-FETCH-URL", url=where[:LONGEST_URL], reason=str(problem)[:200]) from problem
    if target.scheme == "https" and url.startswith("http:"):
        raise FootproofError("E-FETCH-REDIRECT", url=target.url, found=url[:LONGEST_URL])
    found = _target(url, rules.ports, private=rules.private is not None)
    return found if rules.private == (found.host, found.port) else _target(url, rules.ports, private=False)


def _ask(target: _Target, rules: _Rules, exchange: Callable[[socket.socket, _Target, _Rules], A]) -> A:
    """Ask one host once; return what it has, or where it sends us."""
    addresses = _addresses(target, rules)
    try:
        with _connected(addresses, target, rules) as plain:
            if target.scheme == "http":
                return exchange(plain, target, rules)
            plain.settimeout(rules.left(target.url))
            context = rules.trust if rules.trust is not None else ssl.create_default_context()
            with context.wrap_socket(plain, server_hostname=target.host.strip("[]")) as secured:
                return exchange(secured, target, rules)
    except FootproofError:
        raise
    except TimeoutError as problem:
        raise FootproofError("E-FETCH-TIME", url=target.url) from problem
    except ssl.SSLError as problem:
        raise FootproofError("E-FETCH-TLS", url=target.url, reason=str(problem.reason or problem)[:200]) from problem
    except (http.client.HTTPException, ValueError) as problem:
        reason = f"{type(problem).__name__} {problem}"[:200]
        raise FootproofError("E-FETCH-FORM", url=target.url, reason=reason) from problem
    except OSError as problem:
        raise FootproofError("E-FETCH-CONNECT", url=target.url, reason=str(problem)[:200]) from problem


def _connected(addresses: list[str], target: _Target, rules: _Rules) -> socket.socket:
    """Return a connection to the first of the addresses that answers; they are addresses, so no name is asked again."""
    for address in addresses[:-1]:
        with suppress(OSError):
            return socket.create_connection((address, target.port), timeout=rules.left(target.url) / 2)
    return socket.create_connection((addresses[-1], target.port), timeout=rules.left(target.url))


def _exchange(sock: socket.socket, target: _Target, rules: _Rules) -> Fetched | str:
    answer, timed = _sent(sock, target, rules, "GET", (), b"")
    if answer.status in _MOVED and answer.getheader("Location"):
        return str(answer.getheader("Location"))
    if answer.status != 200:
        raise FootproofError("E-FETCH-STATUS", url=target.url, found=answer.status)
    return replace(_body(answer, target.url, rules, timed), at=datetime.now(UTC))


def _post_exchange(sock: socket.socket, target: _Target, rules: _Rules, data: bytes, headers: Mapping[str, str]) -> int:
    """Send a message; of the answer only the status is read."""
    own = (f"{name}: {text}" for name, text in headers.items())
    answer, _ = _sent(
        sock, target, rules, "POST", (*own, "Content-Type: application/json", f"Content-Length: {len(data)}"), data
    )
    return answer.status


def _sent(  # noqa: PLR0917
    sock: socket.socket, target: _Target, rules: _Rules, method: str, headers: Collection[str], data: bytes
) -> "tuple[http.client.HTTPResponse, _Timed]":
    """Send a request and return its answer as far as its headers."""
    host = target.url.partition("://")[2].partition("/")[0]
    lines = (
        f"{method} {target.path} HTTP/1.1",
        f"Host: {host}",
        f"Accept: {', '.join(rules.accept)}",
        "Accept-Encoding: identity",
        f"User-Agent: {USER_AGENT}",
        "Connection: close",
        *headers,
    )
    sock.settimeout(rules.left(target.url))
    sock.sendall("\r\n".join((*lines, "", "")).encode("ascii") + data)
    timed = _Timed(sock, target.url, rules)
    answer = http.client.HTTPResponse(_Made(timed), method=method)  # type: ignore[arg-type]  # it only calls makefile
    answer.begin()
    return answer, timed


def _body(answer: http.client.HTTPResponse, url: str, rules: _Rules, timed: "_Timed") -> Fetched:
    kind = str(answer.getheader("Content-Type", "")).partition(";")[0].strip().lower()
    if kind not in rules.accept:
        raise FootproofError("E-FETCH-TYPE", url=url, found=kind[:100] or "—", needed=", ".join(rules.accept))
    coding = str(answer.getheader("Content-Encoding", "identity")).strip().lower()
    if coding != "identity":
        raise FootproofError("E-FETCH-ENCODING", url=url, found=coding[:100])
    if answer.length is not None and answer.length > rules.most_bytes:
        raise FootproofError("E-FETCH-SIZE", url=url, limit=rules.most_bytes)
    # Chunks have sizes and extensions of their own; twice the body is room enough for honest ones.
    timed.left = rules.most_bytes * 2 + MOST_HEADERS
    data = answer.read(rules.most_bytes + 1)
    if len(data) > rules.most_bytes:
        raise FootproofError("E-FETCH-SIZE", url=url, limit=rules.most_bytes)
    if answer.length:
        raise FootproofError("E-FETCH-FORM", url=url, reason=f"the body ends {answer.length} bytes early")
    return Fetched(data, kind, url, datetime.min.replace(tzinfo=UTC))


class _Timed(io.RawIOBase):
    """Reads from a socket under one deadline and one budget of bytes, however slowly the bytes drip."""

    def __init__(self, sock: socket.socket, url: str, rules: _Rules) -> None:
        self._sock = sock
        self._url = url
        self._rules = rules
        self.left = MOST_HEADERS

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if self.left <= 0:
            raise FootproofError("E-FETCH-SIZE", url=self._url, limit=self._rules.most_bytes)
        self._sock.settimeout(self._rules.left(self._url))
        count = self._sock.recv_into(buffer, min(len(buffer), self.left))
        self.left -= count
        return count


class _Made:
    """What `HTTPResponse` asks of a socket: to be made a file."""

    def __init__(self, timed: _Timed) -> None:
        self._timed = timed

    def makefile(self, mode: str) -> io.BufferedReader:  # noqa: ARG002  # part of what is asked
        return io.BufferedReader(self._timed)


def _addresses(target: _Target, rules: _Rules) -> list[str]:
    """Return the addresses of a host, once all of them are allowed."""
    host = target.host.strip("[]")
    found = _resolved(host, target.port, rules, target.url)
    if not found:
        raise FootproofError("E-FETCH-NAME", url=target.url, reason="—")
    if rules.private != (target.host, target.port):
        for address in found:
            if not is_public(address):
                raise FootproofError("E-FETCH-ADDRESS", url=target.url, found=address)
    return found[:4]


def _resolved(host: str, port: int, rules: _Rules, url: str) -> list[str]:
    """Return the addresses of a name, asked once; the system's resolver knows no deadline, so a thread does."""
    answer: list[list[str] | OSError] = []

    def ask() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            answer.append([str(item[4][0]) for item in found])
        except (OSError, UnicodeError) as problem:
            answer.append(OSError(str(problem)))

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(rules.left(url))
    if not answer:
        raise FootproofError("E-FETCH-TIME", url=url)
    if isinstance(answer[0], OSError):
        raise FootproofError("E-FETCH-NAME", url=url, reason=str(answer[0])[:200])
    return answer[0]
