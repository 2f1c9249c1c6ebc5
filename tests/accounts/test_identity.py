"""Signing in through an identity provider: what links, what opens, and every token that must not."""

import re
from collections.abc import Iterator
from html import unescape
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest
import requests
from django.test import Client
from joserfc.jwk import RSAKey

from accounts.provider import CLIENT_ID, CLIENT_SECRET, Provider, running
from api.worlds import Site, code_now, sign_in
from footproof.errors import FootproofError
from footproof.server.accounts import oidc
from footproof.server.accounts.models import Account, Identity
from footproof.server.workspace import CONFIGURATION

pytest.importorskip("authlib", reason="the extra oidc is not installed")
DOOR = "/accounts/oidc/corp"


@pytest.fixture
def provider(fresh_site: Site) -> Iterator[Provider]:
    """A provider that the workspace names."""
    with running() as found:
        configured(fresh_site, found.issuer)
        yield found
    oidc.providers.cache_clear()


def configured(site: Site, issuer: str, **more: str) -> None:
    named = {"title": "Example identity (DEMO)", "issuer": issuer, "client_id": CLIENT_ID}
    lines = [f'{name} = "{value}"' for name, value in (named | {"client_secret": CLIENT_SECRET} | more).items()]
    path = site.shop.workspace.folder / CONFIGURATION
    path.write_text(path.read_text("utf-8") + "\n[oidc.corp]\n" + "\n".join(lines) + "\n", "utf-8")
    oidc.providers.cache_clear()


def way(client: Client) -> str:
    """Return where the page leads that answers the button."""
    page = client.post(DOOR)
    assert page.status_code == 200, page.content
    found = re.search(r'http-equiv="refresh" content="0; url=([^"]+)"', page.content.decode())
    assert found is not None
    return unescape(found[1])


def through(client: Client) -> Any:
    """Go to the provider and come back, as a browser does."""
    back = requests.get(way(client), allow_redirects=False, timeout=10).headers["Location"]
    return client.get(inside(back))


def inside(address: str) -> str:
    return urlunsplit(("", "", *urlsplit(address)[2:]))


def linked(person: str = "p-client") -> None:
    client = Client()
    sign_in(client, person)
    assert through(client).headers["Location"] == "/accounts/"


def test_an_identity_that_its_owner_linked_opens_the_account(provider: Provider) -> None:
    linked()
    row = Identity.objects.get()
    assert (row.account.pk, row.issuer, row.subject) == ("p-client", provider.issuer, "subject-1")
    client = Client()
    assert through(client).headers["Location"] == "/accounts/sign-in/code"
    assert client.get("/api/v1/me").status_code == 401, "the second factor is asked for all the same"
    assert client.post("/accounts/sign-in/code", {"code": code_now(30)}).headers["Location"] == "/accounts/"
    assert client.get("/api/v1/me").json()["person"] == "p-client"
    assert all("code_verifier" in one for one in provider.asked)


def test_somebody_unknown_gets_no_account(provider: Provider) -> None:
    """Neither the subject nor an e-mail that a provider states makes or finds an account."""
    before = set(Account.objects.values_list("pk", flat=True))
    provider.claims = {"email": "p-client@demo.example", "email_verified": True}
    client = Client()
    answer = through(client)
    assert (answer.status_code, b"E-ACCOUNT-IDENTITY" in answer.content) == (403, True)
    assert set(Account.objects.values_list("pk", flat=True)) == before
    assert not Identity.objects.exists()
    assert client.get("/accounts/").status_code == 302


def spoilt(**claims: Any) -> dict[str, Any]:
    return {"claims": claims}


LONG_AGO = 1_600_000_000


@pytest.mark.parametrize(
    "spoil",
    [
        spoilt(nonce="of another sign-in"),
        spoilt(nonce=None),
        spoilt(iss="https://other.example"),
        spoilt(iss=None),
        spoilt(aud="another client"),
        spoilt(aud=None),
        spoilt(aud=["another client"]),
        spoilt(exp=LONG_AGO),
        spoilt(exp=None),
        spoilt(sub=None),
        spoilt(sub="x" * 256),
        spoilt(azp="another client"),
        {"algorithm": "none"},
        {"algorithm": "HS256"},
        {"algorithm": "none", "metadata": {"id_token_signing_alg_values_supported": ["none", "RS256"]}},
        {"algorithm": "HS256", "metadata": {"id_token_signing_alg_values_supported": ["HS256", "RS256"]}},
        {"metadata": {"issuer": "https://other.example"}, **spoilt(iss="https://other.example")},
        {"signing": RSAKey.generate_key(2048, {"kid": "k1"})},
    ],
    ids=lambda spoil: "another key" if "signing" in spoil else str(spoil),
)
def test_a_token_that_does_not_hold_opens_nothing(provider: Provider, spoil: dict[str, Any]) -> None:
    linked()
    for name, value in spoil.items():
        setattr(provider, name, value)
    client = Client()
    answer = through(client)
    assert (answer.status_code, b"E-ACCOUNT-IDENTITY" in answer.content) == (403, True)
    assert client.get("/accounts/sign-in/code").status_code != 200


def test_a_way_back_that_was_not_begun_here_leads_nowhere(provider: Provider) -> None:
    """Sign-in forced upon somebody, and codes sent twice."""
    linked()
    thief, victim = Client(), Client()
    back = inside(requests.get(way(thief), allow_redirects=False, timeout=10).headers["Location"])
    assert victim.get(back).status_code == 403, "the state belongs to another browser"
    wrong = re.sub(r"state=[^&]+", "state=guessed", back)
    assert thief.get(wrong).status_code == 403
    assert thief.get(back).headers["Location"] == "/accounts/sign-in/code"
    assert thief.get(back).status_code == 403, "each code is good once"
    assert thief.get(f"{DOOR}/back?error=access_denied").status_code == 403


def test_an_identity_belongs_to_one_account(provider: Provider) -> None:
    linked()
    other = Client()
    sign_in(other, "p-reviewer")
    assert through(other).status_code == 403
    assert Identity.objects.get().account.pk == "p-client"


def test_a_linked_account_that_was_closed_stays_closed(provider: Provider) -> None:
    linked()
    Account.objects.filter(pk="p-client").update(is_active=False)
    assert through(Client()).status_code == 403


def test_it_is_off_unless_it_is_configured(fresh_site: Site) -> None:
    oidc.providers.cache_clear()
    assert b"/accounts/oidc/" not in Client().get("/accounts/sign-in").content
    for answer in (Client().post(DOOR), Client().get(f"{DOOR}/back?code=x&state=y")):
        assert (answer.status_code, b"E-ACCOUNT-IDENTITY" in answer.content) == (403, True)


def test_a_provider_that_does_not_answer_is_said_and_nothing_else(fresh_site: Site) -> None:
    configured(fresh_site, "http://127.0.0.1:9")
    answer = Client().post(DOOR)
    assert (answer.status_code, b"E-ACCOUNT-IDENTITY" in answer.content) == (403, True)
    assert b"127.0.0.1" not in answer.content
    oidc.providers.cache_clear()


@pytest.mark.parametrize(
    "issuer", ["http://id.example", "ftp://id.example", "id.example", "http://127.0.0.1.evil.example"]
)
def test_a_provider_without_tls_is_refused(fresh_site: Site, issuer: str) -> None:
    configured(fresh_site, issuer)
    with pytest.raises(FootproofError, match="E-ACCOUNT-PROVIDER"):
        oidc.offered()
    oidc.providers.cache_clear()


def test_the_buttons_stand_on_the_pages(provider: Provider) -> None:
    assert "Example identity (DEMO)" in Client().get("/accounts/sign-in").content.decode()
