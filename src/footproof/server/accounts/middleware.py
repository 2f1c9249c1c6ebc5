"""What every request through Django passes: who is signed in, and what browsers are told to refuse.

OWASP ASVS 5, chapter 3: no inline scripts or styles, no framing, no sniffing, no referrer to others, no powerful
features.
"""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from footproof.server.accounts.models import Account
from footproof.server.accounts.sessions import ACCOUNT, is_bound

PAGES = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
# Referrers stay inside: without any, browsers send "Origin: null" with forms, and the check against forged ones fails.
HEADERS = {
    "Content-Security-Policy": PAGES,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cache-Control": "no-store",
}
HSTS = "max-age=63072000; includeSubDomains"

Respond = Callable[[HttpRequest], HttpResponse]


def secure_headers(get_response: Respond) -> Respond:
    """Add the headers that a response does not set itself."""

    def respond(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if settings.SESSION_COOKIE_SECURE:
            response.headers.setdefault("Strict-Transport-Security", HSTS)
        return response

    return respond


def signed_in(request: HttpRequest) -> Account | None:
    """Return the account that is signed in; asked for once a request, and only where somebody wants to know."""
    if not hasattr(request, "_signed_in"):
        name = request.session.get(ACCOUNT, "")
        found = Account.objects.filter(pk=name, is_active=True).first() if name else None
        bound = found is not None and is_bound(request, found)
        request._signed_in = found if bound else None  # type: ignore[attr-defined]  # Django's own way to keep it
    account: Account | None = request._signed_in  # type: ignore[attr-defined]
    return account
