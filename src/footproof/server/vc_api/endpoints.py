"""The VC API over HTTP: routes, who may ask, limits, and the form of answers.

VCALM 1.0 §3; RFC 9457 for refusals. Every route also stands under `/vc-api/<securing>`, so that one server shows itself
to a suite as several implementations. Answers carry no permission for pages of other origins, and with `open` only
what was sent to this machine by its own name is answered, so that a page somebody has open cannot ask for him.
"""

import asyncio
import hmac
import json
import re
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from typing import Any

from footproof.credential.contexts import shipped
from footproof.credential.jcs import exact_numbers
from footproof.credential.jose import read_object
from footproof.errors import FootproofError
from footproof.server.fetch import Fetch, fetch
from footproof.server.static import Headers, Receive, Scope, Send
from footproof.server.vc_api.issuer import Issuer, open_secrets
from footproof.server.vc_api.lookups import documents_at, fetched_list
from footproof.server.vc_api.options import (
    DEFAULT_SECURING,
    SECURINGS,
    issue_options,
    member,
    only,
    status_change,
    verify_options,
)
from footproof.server.vc_api.problems import problem_of
from footproof.server.vc_api.register import LISTS, Register
from footproof.server.vc_api.settings import Settings
from footproof.server.vc_api.verifier import Outcome, Verifier
from footproof.texts import Lang

# Not /status/: the static tree has the lists of certificates there.
PREFIXES = ("/credentials/", "/presentations/", "/vc-api/")
MOST_BODY = 1024 * 1024
MOST_AT_ONCE = 8
SECONDS_TO_SEND = 10.0
SECONDS_TO_ANSWER = 30.0

_PATH = re.compile(r"(?:/vc-api/(?P<securing>[a-z0-9-]{1,40}))?(?P<rest>/.*)")
_LOOPBACK = re.compile(r"(?:127\.0\.0\.1|localhost|\[::1\])(?::[0-9]{1,5})?", re.ASCII)
_JSON = re.compile(r"application/(?:[a-z0-9.-]+\+)?json(?:\s*;.*)?", re.ASCII | re.IGNORECASE)
_STATUS = {
    "E-VCAPI-PATH": 404,
    "E-VCAPI-UNKNOWN": 404,
    "E-VCAPI-METHOD": 405,
    "E-VCAPI-SLOW": 408,
    "E-VCAPI-SIZE": 413,
    "E-VCAPI-TYPE": 415,
    "E-VCAPI-TOKEN": 401,
    "E-VCAPI-HOST": 403,
    "E-VCAPI-BUSY": 503,
    "E-FILE-WRITE": 507,
}

Answer = tuple[int, Any]


class VcApi:
    """The interface as an ASGI application.

    Args:
        settings: How it runs.
        clock: Gives the moment; the system's where left out.
        get: How to fetch, where the settings allow it.

    Raises:
        FootproofError: E-KEY-FILE, E-FILE-WRITE for its key; E-VCAPI-STATE for its file of statuses; E-DID-MANIFEST for
            the folder of documents.
    """

    def __init__(self, settings: Settings, clock: Callable[[], datetime] | None = None, get: Fetch = fetch) -> None:
        self._settings = settings
        self._clock = clock or (lambda: datetime.now(UTC))
        self._get = get if settings.network else None
        self._contexts = shipped()
        secrets = open_secrets(settings.folder)
        self.token = secrets.token
        self._register = Register(settings.folder, settings.base, secrets.status_seed)
        self._issuer = Issuer(secrets, self._register, self._contexts)
        documents_at(settings.documents, self._get, self._clock())
        self._free = threading.BoundedSemaphore(MOST_AT_ONCE)
        # As many threads as may work at once, so that nothing waits in line and a place is always given back.
        self._threads = ThreadPoolExecutor(MOST_AT_ONCE, "vc-api")

    def handles(self, path: str) -> bool:
        """Return whether a path belongs to the interface."""
        return path.startswith(PREFIXES)

    def issuers(self) -> dict[str, Any]:
        """Return the instances by how they secure: in whose name they sign and where they are asked."""
        base = self._settings.base
        return {
            name: {"id": self._issuer.identifier(name), "endpoint": f"{base}/vc-api/{name}/credentials/issue"}
            for name in SECURINGS
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        headers = {bytes(name).lower(): bytes(value) for name, value in scope["headers"]}
        lang: Lang = "zh" if headers.get(b"accept-language", b"").lower().startswith(b"zh") else "en"
        extra: Headers = []
        try:
            work = self._route(scope["method"], scope["path"], headers)
            status, found = await self._run(work, scope["method"], headers, receive)
            kind = b"application/json"
        except FootproofError as problem:
            status = _STATUS.get(problem.code, 400)
            found, kind = {**problem_of(problem, lang), "status": status}, b"application/problem+json"
            extra = [(b"www-authenticate", b"Bearer")] if status == 401 else extra
        if isinstance(found, Outcome):
            found = _report(found, lang)
        await _send(send, status, found, [(b"content-type", kind), *extra], head=scope["method"] == "HEAD")

    async def _run(
        self, work: Callable[[dict[str, Any]], Answer], method: str, headers: Mapping[bytes, bytes], receive: Receive
    ) -> Answer:
        """Read the body and answer in a thread of its own, for so long and beside so many others only."""
        body = await _body(headers, receive) if method == "POST" else {}
        if not self._free.acquire(blocking=False):
            raise FootproofError("E-VCAPI-BUSY", limit=MOST_AT_ONCE)

        def working() -> Answer:
            try:
                return work(body)
            finally:
                self._free.release()

        try:
            answer = asyncio.get_running_loop().run_in_executor(self._threads, working)
            return await asyncio.wait_for(answer, SECONDS_TO_ANSWER)
        except TimeoutError as problem:
            raise FootproofError("E-VCAPI-BUSY", limit=MOST_AT_ONCE) from problem

    def _route(self, method: str, path: str, headers: Mapping[bytes, bytes]) -> Callable[[dict[str, Any]], Answer]:
        """Return what answers a request, once it may be asked."""
        host = headers.get(b"host", b"").decode("latin-1")
        if self._settings.open and not _LOOPBACK.fullmatch(host):
            raise FootproofError("E-VCAPI-HOST", found=host[:80] or "—")
        found = _PATH.fullmatch(path)
        securing = (found["securing"] if found else None) or DEFAULT_SECURING
        rest = found["rest"] if found and securing in SECURINGS else ""
        if path == "/vc-api/issuers":
            _need_method(method, "GET")
            return lambda _: (200, self.issuers())
        if path.startswith(LISTS):
            return self._status_route(method, path, headers)
        routes: Mapping[str, Callable[[dict[str, Any]], Answer]] = {
            "/credentials/issue": partial(self._issue, securing),
            "/credentials/verify": self._verify_credential,
            "/credentials/status": self._change_status,
            "/presentations/verify": self._verify_presentation,
        }
        if rest not in routes:
            raise FootproofError("E-VCAPI-PATH", found=path[:200])
        _need_method(method, "POST")
        self._need_token(headers)
        return routes[rest]

    def _status_route(
        self, method: str, path: str, headers: Mapping[bytes, bytes]
    ) -> Callable[[dict[str, Any]], Answer]:
        parts = path.removeprefix(LISTS).split("/")
        if parts[2:] == ["publish"]:
            # Older suites ask for a list to be published; ours always is.
            _need_method(method, "POST")
            self._need_token(headers)
            return lambda _: (204, None)
        if len(parts) != 2:
            raise FootproofError("E-VCAPI-PATH", found=path[:200])
        _need_method(method, "GET")
        return lambda _: self._list(*parts)

    def _need_token(self, headers: Mapping[bytes, bytes]) -> None:
        if self._settings.open:
            return
        scheme, _, token = headers.get(b"authorization", b"").partition(b" ")
        if scheme.lower() != b"bearer" or not hmac.compare_digest(token.strip(), self.token.encode("ascii")):
            raise FootproofError("E-VCAPI-TOKEN")

    def _issue(self, securing: str, body: dict[str, Any]) -> Answer:
        only(body, ("credential", "options"))
        options = issue_options(body, securing)
        issued = self._issuer.issue(member(body, "credential"), securing, options, self._clock())
        return 201, issued if options.bare else {"verifiableCredential": issued}

    def _verify_credential(self, body: dict[str, Any]) -> Answer:
        only(body, ("verifiableCredential", "options"))
        options = verify_options(body)
        outcome = self._verifier().credential(member(body, "verifiableCredential"), options)
        return (400 if outcome.errors else 200), outcome

    def _verify_presentation(self, body: dict[str, Any]) -> Answer:
        only(body, ("verifiablePresentation", "options"))
        options = verify_options(body)
        outcome = self._verifier().presentation(member(body, "verifiablePresentation"), options)
        return (400 if outcome.errors else 200), outcome

    def _change_status(self, body: dict[str, Any]) -> Answer:
        self._register.change(status_change(body))
        return 200, {}

    def _list(self, key_role: str, purpose: str) -> Answer:
        found = self._issuer.status_list(key_role, purpose, self._clock())
        if found is None:
            raise FootproofError("E-VCAPI-PATH", found=f"{key_role}/{purpose}"[:200])
        return 200, found

    def _verifier(self) -> Verifier:
        now = self._clock()
        documents = documents_at(self._settings.documents, self._get, now)
        return Verifier(self._contexts, documents, partial(self._status_list, now), now)

    def _status_list(self, now: datetime, url: str) -> Mapping[str, Any]:
        """Return a verified status list, our own or another's."""
        start = f"{self._settings.base}{LISTS}"
        if not url.startswith(start):
            return fetched_list(url, self._get, self._verifier().verified)
        parts = url.removeprefix(start).split("/")
        found = self._issuer.status_list(parts[0], parts[1], now) if len(parts) == 2 else None
        if found is None:
            raise FootproofError("E-VCAPI-PATH", found=url[:200])
        return found


def _need_method(found: str, needed: str) -> None:
    if found != needed and not (needed == "GET" and found == "HEAD"):
        raise FootproofError("E-VCAPI-METHOD", found=found[:20], needed=needed)


async def _body(headers: Mapping[bytes, bytes], receive: Receive) -> dict[str, Any]:
    """Return the body of a request; its type makes a browser ask first, and it is never answered."""
    kind = headers.get(b"content-type", b"").decode("latin-1")
    if not _JSON.fullmatch(kind):
        raise FootproofError("E-VCAPI-TYPE", found=kind[:80] or "—", needed="application/json")
    data = bytearray()
    try:
        async with asyncio.timeout(SECONDS_TO_SEND):
            more = True
            while more:
                message = await receive()
                data += message.get("body", b"")
                if len(data) > MOST_BODY:
                    raise FootproofError("E-VCAPI-SIZE", limit=MOST_BODY)
                more = message["type"] == "http.request" and bool(message.get("more_body"))
    except TimeoutError as problem:
        raise FootproofError("E-VCAPI-SLOW", limit=SECONDS_TO_SEND) from problem
    return read_object(bytes(data))


def _report(outcome: Outcome, lang: Lang) -> dict[str, Any]:
    return {
        "verified": outcome.verified,
        "checks": list(outcome.checks),
        "warnings": [problem_of(each, lang) for each in outcome.warnings],
        "errors": [problem_of(each, lang) for each in outcome.errors],
    }


async def _send(send: Send, status: int, found: Any, headers: Headers, *, head: bool) -> None:
    data = b"" if status == 204 else json.dumps(exact_numbers(found), ensure_ascii=False).encode("utf-8", "replace")
    headers = [
        *(headers if data else []),
        (b"content-length", str(len(data)).encode("ascii")),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if head else data})
