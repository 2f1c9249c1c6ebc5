"""What accounts need of Django's settings: sessions, cookies, checks against forged requests, headers.

Cookies are bound to the host (`__Host-`) wherever the workspace is served over https.
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from footproof.errors import FootproofError, Where
from footproof.server.accounts.origin import proxies_of
from footproof.server.workspace import CONFIGURATION

_HERE = "footproof.server"
USUAL_QUOTA, MOST_QUOTA = 2048, 2**30
"""What an organisation may keep that no record names where the workspace does not say; the most it can say. [MiB]"""
_AGE = 12 * 3600
"""Of the cookie; `sessions` ends what it opens earlier. [s]"""


def people_settings(folder: Path) -> dict[str, Any]:
    """Return settings for accounts and interface.

    Args:
        folder: Of the workspace; cookies are bound to the address under which it is served.

    Raises:
        FootproofError: E-WORKSPACE where its configuration cannot be read; E-ACCOUNT-PROXY as `proxies_of`;
            E-API-QUOTA-SETTING.
    """
    try:
        settings = tomllib.loads((folder / CONFIGURATION).read_text("utf-8"))
    except (OSError, ValueError) as problem:
        raise FootproofError("E-WORKSPACE", Where(str(folder)), path=folder, reason=str(problem)) from problem
    parts = urlsplit(str(settings.get("base", "")))
    secure = parts.scheme == "https"
    prefix = "__Host-" if secure else ""
    return {
        "FOOTPROOF_PROXIES": proxies_of(settings),
        "FOOTPROOF_QUOTA": _quota_of(settings),
        "AUTH_USER_MODEL": "accounts.Account",
        "PASSWORD_HASHERS": ["django.contrib.auth.hashers.Argon2PasswordHasher"],
        "MIDDLEWARE": [
            f"{_HERE}.accounts.middleware.secure_headers",
            f"{_HERE}.api.middleware.heads",
            f"{_HERE}.api.middleware.problems",
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
        ],
        "SESSION_ENGINE": f"{_HERE}.accounts.sessions",
        "SESSION_COOKIE_NAME": f"{prefix}footproof",
        "SESSION_COOKIE_AGE": _AGE,
        "SESSION_COOKIE_SECURE": secure,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_EXPIRE_AT_BROWSER_CLOSE": True,
        "CSRF_COOKIE_NAME": f"{prefix}footproof_csrf",
        "CSRF_COOKIE_SECURE": secure,
        "CSRF_COOKIE_HTTPONLY": True,
        "CSRF_COOKIE_SAMESITE": "Lax",
        "CSRF_TRUSTED_ORIGINS": [f"{parts.scheme}://{parts.netloc}"] if parts.netloc else [],
        "CSRF_FAILURE_VIEW": f"{_HERE}.api.middleware.forged",
        "APPEND_SLASH": False,
        "DATA_UPLOAD_MAX_NUMBER_FIELDS": 100,
    }


def _quota_of(settings: Mapping[str, Any]) -> int:
    """Return how much an organisation may keep that no record names. [bytes]"""
    part = settings.get("platform", {})
    found = part.get("upload_quota_mib", USUAL_QUOTA) if isinstance(part, dict) else None
    if type(found) is not int or not 1 <= found <= MOST_QUOTA:
        raise FootproofError("E-API-QUOTA-SETTING", Where(CONFIGURATION, field="platform"), most=MOST_QUOTA)
    return found * 2**20
