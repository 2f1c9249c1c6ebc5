"""The people and organisations of the tests of the interface, and how they call."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pyotp
from django.contrib.auth.hashers import make_password
from django.test import Client

from footproof.certify.people import (
    Duty,
    Engagement,
    Grant,
    Organisation,
    OrganisationRegistered,
    Person,
    PersonEngaged,
    PersonRegistered,
    RoleAssigned,
    ScopeGranted,
)
from footproof.certify.record import Stamp, Step
from footproof.model.bilingual import Bilingual
from footproof.server.accounts import clock
from footproof.server.accounts.here import vault
from footproof.server.accounts.models import Account
from footproof.server.api.models import Upload
from footproof.server.api.tokens import PLAIN_SCOPES, make_token
from store.worlds import CLIENT, DAY, MARKER, REGISTRAR, ROLES, Shop, everything, make_shop

PASSWORD = "correct horse battery 示例"
RIVAL_BODY, RIVAL_CLIENT = "urn:footproof:demo:rival-body", "urn:footproof:demo:rival-client"
REGULATOR, ACCREDITOR = "urn:footproof:demo:regulator", "urn:footproof:demo:accreditor"
RIVAL_ACCREDITOR = "urn:footproof:demo:rival-accreditor"
PROVINCE, ELSEWHERE = "urn:footproof:demo:regulator-there", "urn:footproof:demo:regulator-elsewhere"
"""Authorities of the province of all sites, and of another."""
LABORATORY = "urn:footproof:demo:laboratory"
TOTP = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@dataclass
class Site:
    """A served workspace.

    Args:
        shop: Its store.
        tokens: Token of each person, with every scope the person may have.
    """

    shop: Shop
    tokens: dict[str, str] = field(default_factory=dict)

    def get(self, path: str, person: str = "", **headers: str) -> Any:
        """Ask as a person with a token, or as the public."""
        return Client().get(f"/api/v1{path}", headers=self._headers(person, headers))

    def post(self, path: str, body: Any, person: str = "", **headers: str) -> Any:
        """Do something as a person with a token."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return Client().post(
            f"/api/v1{path}", data, content_type="application/json", headers=self._headers(person, headers)
        )

    def call(self, method: str, path: str, person: str = "", data: bytes = b"", **headers: str) -> Any:
        """Send any request."""
        kind = headers.pop("content_type", "application/json")
        return Client().generic(method, f"/api/v1{path}", data, kind, headers=self._headers(person, headers))

    def upload(self, data: bytes, person: str, **query: str) -> Any:
        """Send bytes."""
        asked = "&".join(f"{name}={value}" for name, value in query.items())
        return Client().post(
            f"/api/v1/objects?{asked}", data, "application/octet-stream", headers=self._headers(person, {})
        )

    def _headers(self, person: str, headers: dict[str, str]) -> dict[str, str]:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return named | ({"Authorization": f"Bearer {self.tokens[person]}"} if person else {})


def make_site(folder: Path) -> Site:
    """Return a served workspace in which everybody has an account and a token."""
    shop = make_shop(folder)
    with shop.journal._unit() as unit:
        unit.add(tuple(_others(shop.body)), Stamp(REGISTRAR, datetime(2026, 11, 22, 9, tzinfo=UTC)))
    site = Site(shop)
    for person, (organisation, roles) in people(shop.body).items():
        sent(MARKER, organisation, person)
        make_account(person)
        account = Account.objects.get(pk=person)
        scopes = [*PLAIN_SCOPES, *(f"act:{role}" for role in roles)]
        _, site.tokens[person] = make_token(
            account, organisation, roles, "tests", scopes, timedelta(days=30), clock.now()
        )
    return site


def make_account(person: str) -> Account:
    """Make an account whose second factor is set."""
    account = Account(pk=person, email=f"{person}@demo.example", language="en", created=clock.now())
    account.password = _hashed()
    account.totp = vault().seal(TOTP.encode(), f"totp:{person}")
    account.save()
    return account


@cache
def _hashed() -> str:
    """Return the stored form of the password, made once: it is slow on purpose."""
    return make_password(PASSWORD)


def people(body: str) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Return organisation and roles of everybody."""
    return {
        **{f"p-{role}": (body, (role,)) for role in ROLES},
        "p-client": (CLIENT, ("representative",)),
        REGISTRAR.person: (REGISTRAR.organisation, ("registrar",)),
        **{person: (organisation, (role,)) for person, organisation, _, role in _OTHERS},
    }


_OTHERS = (
    ("p-rival-manager", RIVAL_BODY, "body", "manager"),
    ("p-rival-planner", RIVAL_BODY, "body", "planner"),
    ("p-rival-client", RIVAL_CLIENT, "client", "representative"),
    ("p-regulator", REGULATOR, "regulator", "regulator"),
    ("p-province", PROVINCE, "regulator", "regulator"),
    ("p-elsewhere", ELSEWHERE, "regulator", "regulator"),
    ("p-accreditor", ACCREDITOR, "accreditation-body", "accreditor"),
    ("p-rival-accreditor", RIVAL_ACCREDITOR, "accreditation-body", "accreditor"),
    ("p-laboratory", LABORATORY, "laboratory", "assessor"),
)


def _others(body: str) -> list[Step]:
    given = Grant("g-2", "accreditation", "DEMO-L-1", (everything(),), (), ACCREDITOR)
    steps = [Step(Organisation, body, ScopeGranted(given))]
    places = {REGULATOR: "CN", PROVINCE: "CN-FJ", ELSEWHERE: "CN-ZJ", RIVAL_ACCREDITOR: "CN", RIVAL_BODY: "CN-ZJ"}
    seen = set()
    for person, organisation, kind, role in _OTHERS:
        title = Bilingual(f"示例机构 {person}（DEMO）", f"Example {person} (DEMO)")
        if organisation not in seen:
            event = OrganisationRegistered(kind, title, "", places.get(organisation, "DE"), True, organisation)
            steps.append(Step(Organisation, organisation, event))
            seen.add(organisation)
        steps += [
            Step(Person, person, PersonRegistered(person)),
            Step(Person, person, PersonEngaged(Engagement(organisation, kind, DAY))),
            Step(Person, person, RoleAssigned(Duty(organisation, role, DAY))),
        ]
    return steps


def sent(package: str, organisation: str, person: str) -> None:
    """Note that an organisation sent a package, or a document; twice is as good as once."""
    Upload.objects.get_or_create(
        digest=package,
        organisation=organisation,
        defaults={
            "package": package, "person": person, "kind": "package", "media_type": "", "size": 1, "export": "site",
            "place": "", "at": clock.now(),
        },
    )  # fmt: skip


def code_now(after: int = 0) -> str:
    """Return the code of the second factor, some seconds from now."""
    return pyotp.TOTP(TOTP).at(clock.now() + timedelta(seconds=after))


def sign_in(client: Client, person: str, after: int = 0) -> Any:
    """Sign somebody in through the pages and return the last answer."""
    client.post("/accounts/sign-in", {"email": f"{person}@demo.example", "password": PASSWORD})
    return client.post("/accounts/sign-in/code", {"code": code_now(after)})
