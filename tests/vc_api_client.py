"""Asks the VC API in process, over ASGI, as a client asks it over HTTP."""

import asyncio
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from footproof.server.app import Application
from footproof.server.fetch import Fetch, fetch
from footproof.server.static import StaticTree
from footproof.server.vc_api import Settings, VcApi

BASE = "http://127.0.0.1:8642"
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
V2 = "https://www.w3.org/ns/credentials/v2"
SECURINGS = ("eddsa-jcs-2022", "ecdsa-jcs-2019", "vc-jwt-es256", "vc-jwt-eddsa")
STATUS = {"type": "BitstringStatusListEntry", "statusPurpose": "revocation"}

Json = dict[str, Any]


class Client:
    """A workspace with the interface, at a moment that tests can move."""

    def __init__(self, folder: Path, *, get: Fetch = fetch, **settings: Any) -> None:
        (folder / "keys").mkdir(exist_ok=True)
        (folder / "public").mkdir(exist_ok=True)
        self.now = NOW
        self.folder = folder
        self.settings = Settings(folder, BASE, **{"open": True, **settings})
        self.api = VcApi(self.settings, lambda: self.now, get)
        self.app = Application(StaticTree(folder / "public"), self.api)
        self.headers: Mapping[str, str] = {"host": "127.0.0.1:8642", "content-type": "application/json"}

    def ask(
        self, method: str, path: str, body: object = None, *, headers: Mapping[str, str] | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        """Return status, headers and body."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        half = len(data) // 2
        parts = [
            {"type": "http.request", "body": data[:half], "more_body": True},
            {"type": "http.request", "body": data[half:], "more_body": False},
        ]
        sent: list[Mapping[str, Any]] = []

        async def receive() -> Mapping[str, Any]:
            return parts.pop(0) if parts else {"type": "http.disconnect"}

        async def send(message: Mapping[str, Any]) -> None:
            sent.append(message)

        given = {**self.headers, **(headers or {})}
        pairs = [(name.encode(), value.encode("latin-1")) for name, value in given.items() if value]
        scope = {"type": "http", "method": method, "path": path, "headers": pairs}
        asyncio.run(self.app(scope, receive, send))
        start, end = sent
        assert start["type"] == "http.response.start"
        return start["status"], {k.decode(): v.decode() for k, v in start["headers"]}, end["body"]

    def post(self, path: str, body: object) -> tuple[int, Json]:
        """Return status and answer of a request."""
        status, headers, data = self.ask("POST", path, body)
        assert headers["content-type"] in ("application/json", "application/problem+json")
        found = json.loads(data)
        assert isinstance(found, dict)
        return status, found

    def issue(self, credential: object, securing: str = "eddsa-jcs-2022", **options: Any) -> tuple[int, Json]:
        """Return status and the credential, or the refusal."""
        options = {"answer": "bare", **options}
        return self.post(f"/vc-api/{securing}/credentials/issue", {"credential": credential, "options": options})

    def verify(self, credential: object, **options: Any) -> tuple[int, Json]:
        """Return status and report."""
        return self.post("/credentials/verify", {"verifiableCredential": credential, "options": options})

    def present(self, presentation: object, **options: Any) -> tuple[int, Json]:
        """Return status and report."""
        return self.post("/presentations/verify", {"verifiablePresentation": presentation, "options": options})


def credential(**members: Any) -> Json:
    """Return a small credential; a member given as `...` is left out."""
    found = {
        "@context": [V2],
        "id": "urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33",
        "type": ["VerifiableCredential"],
        "issuer": "did:example:issuer",
        "credentialSubject": {"id": "did:example:subject"},
    }
    return {name: value for name, value in {**found, **members}.items() if value is not ...}


def codes(report: Json) -> list[str]:
    """Return the codes of what a report refuses, or of a refusal."""
    return [str(each["code"]) for each in report.get("errors", [report])]
