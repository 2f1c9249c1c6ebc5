"""Signing in through an identity provider, where the workspace names one (OpenID Connect Core 1.0, PKCE).

Authlib does state, nonce, PKCE and the checks of the ID token; which signatures, issuer and audience are taken is said
here, and not by what a provider publishes. An identity opens only the account whose owner, signed
in, linked it; an e-mail that a provider states links nothing. The second factor of this server is asked for all the
same.
"""

import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest

from footproof.errors import FootproofError, Where
from footproof.server.accounts.here import workspace
from footproof.server.accounts.models import Account, Identity
from footproof.server.workspace import CONFIGURATION

NEEDED = ("issuer", "client_id", "client_secret")
LINKING = "linking"
SIGNED_WITH = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519")
"""Never none, and never a code that is made with a public key as its secret (RFC 8725, 2.1)."""

LEEWAY = 60
"""How far clocks may differ. [s]"""

_LOOPBACK = ("127.0.0.1", "::1")


@cache
def providers(folder: Path) -> Mapping[str, Mapping[str, str]]:
    """Return the providers that a workspace names, by name: `[oidc.<name>]` with NEEDED and `title`.

    Raises:
        FootproofError: E-ACCOUNT-PROVIDER where one is incomplete or not served over https, or the extra is not
            installed.
    """
    found = tomllib.loads((folder / CONFIGURATION).read_text("utf-8")).get("oidc", {})
    for name, one in found.items():
        missing = [key for key in NEEDED if not isinstance(one, dict) or not isinstance(one.get(key), str)]
        if missing or not name.isalnum() or not _private(one["issuer"]):
            needed = f"{', '.join(NEEDED)}, https://"
            raise FootproofError("E-ACCOUNT-PROVIDER", Where(CONFIGURATION, field=f"oidc.{name}"), needed=needed)
    if found and find_spec("authlib") is None:
        raise FootproofError(
            "E-ACCOUNT-PROVIDER", Where(CONFIGURATION, field="oidc"), needed="pip install footproof[oidc]"
        )
    return dict(found)


def offered() -> list[tuple[str, str]]:
    """Return name and title of each provider."""
    return [(name, one.get("title", name)) for name, one in providers(settings.FOOTPROOF_FOLDER).items()]


def way_to(request: HttpRequest, name: str) -> str:
    """Return the address at a provider to which the browser is to go.

    Raises:
        FootproofError: E-ACCOUNT-IDENTITY where there is no such provider, or it does not answer.
    """
    with _unsaid():
        address: str = _client(name).authorize_redirect(request, _back(name)).url
    if not _private(address):
        raise FootproofError("E-ACCOUNT-IDENTITY")
    return address


def identity(request: HttpRequest, name: str) -> tuple[str, str]:
    """Return issuer and subject of whoever comes back from a provider.

    Raises:
        FootproofError: E-ACCOUNT-IDENTITY where state, code, token or signature do not hold; which is not said.
    """
    with _unsaid():
        client = _client(name)
        issuer = providers(settings.FOOTPROOF_FOLDER)[name]["issuer"]
        wanted = {
            "iss": {"essential": True, "value": issuer},
            "aud": {"essential": True, "value": client.client_id},
        }
        # What is published is narrowed to what is taken here.
        client.load_server_metadata()["id_token_signing_alg_values_supported"] = list(SIGNED_WITH)
        found = client.authorize_access_token(request, claims_options=wanted, leeway=LEEWAY)["userinfo"]
        subject = str(found["sub"])
    if found["iss"] != issuer or not 0 < len(subject) <= 255:
        raise FootproofError("E-ACCOUNT-IDENTITY")
    return issuer, subject


@contextmanager
def _unsaid() -> Iterator[None]:
    """Say of whatever fails at a provider only that it did."""
    try:
        yield
    except FootproofError:
        raise
    except Exception as problem:
        raise FootproofError("E-ACCOUNT-IDENTITY") from problem


def _private(address: str) -> bool:
    """Tell whether an address is one of https, or of this machine."""
    parts = urlsplit(address)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)


def account_of(issuer: str, subject: str) -> Account:
    """Return the account that an identity was linked to.

    Raises:
        FootproofError: E-ACCOUNT-IDENTITY where it is linked to none.
    """
    found = Identity.objects.select_related("account").filter(issuer=issuer, subject=subject).first()
    if found is None or not found.account.is_active:
        raise FootproofError("E-ACCOUNT-IDENTITY")
    return found.account


def link(account: Account, issuer: str, subject: str) -> None:
    """Link an identity to an account.

    Raises:
        FootproofError: E-ACCOUNT-IDENTITY where it is linked to another one.
    """
    row, _ = Identity.objects.get_or_create(issuer=issuer, subject=subject, defaults={"account": account})
    if row.account.pk != account.pk:
        raise FootproofError("E-ACCOUNT-IDENTITY")


def _client(name: str) -> Any:
    found = providers(settings.FOOTPROOF_FOLDER).get(name)
    if found is None:
        raise FootproofError("E-ACCOUNT-IDENTITY")
    library = import_module("authlib.integrations.django_client")  # an extra; without it no provider can be named
    return library.OAuth().register(
        name,
        client_id=found["client_id"],
        client_secret=found["client_secret"],
        server_metadata_url=found["issuer"].rstrip("/") + "/.well-known/openid-configuration",
        client_kwargs={"scope": "openid", "code_challenge_method": "S256", "timeout": 10},
    )


def _back(name: str) -> str:
    return f"{workspace().base}/accounts/oidc/{name}/back"
