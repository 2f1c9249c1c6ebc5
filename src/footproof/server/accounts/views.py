"""The pages for signing in and for one's own account. Everything works without scripts; every change is a POST."""

import base64
import io
from datetime import timedelta
from importlib import resources
from typing import Any

import segno
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from footproof.errors import FootproofError
from footproof.server.accounts import charge, clock, oidc, second_factor
from footproof.server.accounts.here import address_of, note, vault
from footproof.server.accounts.invitations import accept_new, accept_signed_in, account_of, find_invitation
from footproof.server.accounts.middleware import signed_in
from footproof.server.accounts.models import Account, Identity, Invitation, SignIn
from footproof.server.accounts.pages import LANGUAGE, SIGN_IN, door, field, language, own, refused, show
from footproof.server.accounts.sessions import end_sessions, is_present, name_of, sessions_of
from footproof.server.accounts.signing_in import (
    LONGEST_PASSWORD,
    SHORTEST_PASSWORD,
    begin_pending,
    begin_session,
    check_code,
    check_sign_in,
    end_session,
    pending,
    set_password,
)
from footproof.server.accounts.throttle import INVITED, SIGN_IN_ADDRESS, need_room
from footproof.server.accounts.wording import event_said, organisation_said, roles_said, scopes_said
from footproof.server.api.callers import reader_of
from footproof.server.api.models import Token
from footproof.server.api.tokens import PLAIN_SCOPES, end_token, make_token

HOME = "/accounts/"
CODE = "/accounts/sign-in/code"
ENROL = "/accounts/sign-in/enrol"
INVITATION = "/accounts/invitation"
_PROPOSED = "proposed"
_INVITED = "invited"
_DAYS = (7, 30, 90, 366)


@door
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Ask for e-mail and password."""
    if request.method == "GET":
        return show(request, "sign_in", providers=oidc.offered())
    email = field(request, "email")
    try:
        account = check_sign_in(request, email, field(request, "password", LONGEST_PASSWORD))
    except FootproofError as error:
        return refused(request, error, "sign_in", email=email, providers=oidc.offered())
    return _first_factor_right(request, account)


def _first_factor_right(request: HttpRequest, account: Account) -> HttpResponse:
    begin_pending(request, account)
    return HttpResponseRedirect(CODE if account.totp else ENROL)


@door
@require_http_methods(["GET", "POST"])
def code(request: HttpRequest) -> HttpResponse:
    """Ask for the second factor."""
    account = pending(request)
    if not account.totp:
        return HttpResponseRedirect(ENROL)
    if request.method == "GET":
        return show(request, "code")
    try:
        check_code(request, account, field(request, "code", 40))
    except FootproofError as error:
        return refused(request, error, "code")
    begin_session(request, account)
    return HttpResponseRedirect(HOME)


@door
@require_http_methods(["GET", "POST"])
def enrol(request: HttpRequest) -> HttpResponse:
    """Set the second factor up; who has one already cannot come here without it."""
    account = pending(request)
    if account.totp:
        return HttpResponseRedirect(CODE)
    if request.method == "GET" or _PROPOSED not in request.session:
        secret, address = second_factor.propose(account.email or account.pk)
        request.session[_PROPOSED] = base64.b64encode(vault().seal(secret.encode(), _proposal(account))).decode()
        return show(request, "enrol", secret=secret, picture=_picture(address))
    secret = vault().open(base64.b64decode(request.session[_PROPOSED]), _proposal(account)).decode()
    codes = second_factor.enrol(account, secret, field(request, "code", 40).strip(), vault(), clock.now())
    if codes is None:
        need_room(request, INVITED, account.pk, clock.now(), account.pk)
        note(request, "code.wrong", account.pk)
        address = second_factor.address_of(secret, account.email or account.pk)
        error = FootproofError("E-ACCOUNT-CODE")
        return refused(request, error, "enrol", secret=secret, picture=_picture(address))
    note(request, "second-factor.set", account.pk)
    begin_session(request, account)
    return show(request, "recovery", codes=codes)


def _proposal(account: Account) -> str:
    return f"proposed:{account.pk}"


def _picture(address: str) -> str:
    """Return a QR code as the address of a picture; the policy of pages allows no script to draw one."""
    drawing = io.BytesIO()
    segno.make(address, error="m").save(drawing, kind="svg", scale=5, border=4, light="#fff")
    return "data:image/svg+xml;base64," + base64.b64encode(drawing.getvalue()).decode("ascii")


@door
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    account = signed_in(request)
    end_session(request, account.pk if account else "")
    return HttpResponseRedirect(SIGN_IN)


@door
@require_GET
def invitation_link(request: HttpRequest, secret: str) -> HttpResponse:
    """Take the secret out of the address, so that it stands in no history and no referrer."""
    need_room(request, INVITED, address_of(request), clock.now())
    try:
        find_invitation(secret, clock.now())
    except FootproofError:
        note(request, "invitation.wrong")
        raise
    request.session[_INVITED] = secret
    return HttpResponseRedirect(INVITATION)


@door
@require_http_methods(["GET", "POST"])
def invitation(request: HttpRequest) -> HttpResponse:
    """Take an invitation up: with a new password, or as whoever is signed in."""
    found = find_invitation(str(request.session.get(_INVITED, "")), clock.now())
    account = None if found.renews else signed_in(request)
    if account is None and not found.renews and account_of(found) is not None:
        return show(request, "invitation_sign_in", invitation=found)
    if request.method == "GET":
        return show(request, "invitation", **_invited(request, found, account))
    try:
        if account is None:
            return _join(request, found)
        accept_signed_in(found, account, clock.now())
    except FootproofError as error:
        return refused(request, error, "invitation", **_invited(request, found, account))
    note(request, "invitation.taken", account.pk, found.by_person)
    del request.session[_INVITED]
    return HttpResponseRedirect(HOME)


def _invited(request: HttpRequest, found: Invitation, account: Account | None) -> dict[str, Any]:
    lang = language(request)
    where, roles = organisation_said(found.organisation, lang), roles_said(found.roles, lang)
    return {"invitation": found, "organisation": where, "roles": roles, "new": account is None, **_lengths()}


def _join(request: HttpRequest, found: Invitation) -> HttpResponse:
    password = field(request, "password", LONGEST_PASSWORD)
    if password != field(request, "again", LONGEST_PASSWORD):
        raise FootproofError("E-ACCOUNT-TWICE")
    if found.renews:
        account = charge.restore(found, password, clock.now())
        note(request, "account.restored", account.pk)
    else:
        account = accept_new(found, password, language(request), clock.now())
        note(request, "account.made", account.pk, found.by_person)
    return _first_factor_right(request, account)


def _lengths() -> dict[str, int]:
    return {"shortest": SHORTEST_PASSWORD, "longest": LONGEST_PASSWORD}


@own
@require_GET
def home(request: HttpRequest, account: Account) -> HttpResponse:
    """Show one's sessions, tokens and what happened at the door."""
    return _home(request, account)


def _home(request: HttpRequest, account: Account, token: str = "") -> HttpResponse:
    sessions = [
        {"name": name_of(one), "agent": one.agent, "seen": one.seen, "present": is_present(request, one)}
        for one in sessions_of(account.pk)
    ]
    reader = reader_of(account, field(request, "organisation"))
    lang = language(request)
    tokens = Token.objects.filter(account=account, expires__gt=clock.now()).order_by("created")
    scopes = [*PLAIN_SCOPES, *(f"act:{role}" for role in sorted(reader.roles))]
    return show(
        request,
        "home",
        sessions=sessions,
        tokens=[(one, scopes_said(one.scopes, lang)) for one in tokens],
        events=[
            (one.at, event_said(one.event, lang), one.by)
            for one in SignIn.objects.filter(account=account.pk).order_by("-at", "-pk")[:20]
        ],
        identities=list(Identity.objects.filter(account=account).order_by("pk")),
        providers=oidc.offered(),
        organisation=organisation_said(reader.organisation, lang),
        roles=roles_said(sorted(reader.roles), lang),
        scopes=list(zip(scopes, scopes_said(scopes, lang), strict=True)),
        days=_DAYS,
        made=token,
    )


@own
@require_POST
def sessions_end(request: HttpRequest, account: Account) -> HttpResponse:
    """End one session, or all of them."""
    name = field(request, "session")
    if name or field(request, "all"):
        end_sessions(account.pk, name)
        note(request, "sessions.ended", account.pk)
    return HttpResponseRedirect(HOME)


@own
@require_POST
def token_make(request: HttpRequest, account: Account) -> HttpResponse:
    """Make a token and show it once."""
    reader = reader_of(account, field(request, "organisation"))
    days = field(request, "days", 3)
    lifetime = timedelta(days=int(days) if days.isdecimal() else 0)
    scopes = [one for one in request.POST.getlist("scope") if len(one) < 64]
    _, text = make_token(
        account, reader.organisation, reader.roles, field(request, "title", 100), scopes, lifetime, clock.now()
    )
    note(request, "token.made", account.pk)
    return _home(request, account, text)


@own
@require_POST
def token_end(request: HttpRequest, account: Account) -> HttpResponse:
    """End a token."""
    end_token(account, field(request, "token", 16))
    note(request, "token.ended", account.pk)
    return HttpResponseRedirect(HOME)


@own
@require_http_methods(["GET", "POST"])
def password(request: HttpRequest, account: Account) -> HttpResponse:
    """Change the password; all other sessions end."""
    if request.method == "GET":
        return show(request, "password", **_lengths())
    try:
        check_sign_in(request, account.email or "", field(request, "old", LONGEST_PASSWORD))
        new = field(request, "password", LONGEST_PASSWORD)
        if new != field(request, "again", LONGEST_PASSWORD):
            raise FootproofError("E-ACCOUNT-TWICE")
        set_password(account, new)
    except FootproofError as error:
        return refused(request, error, "password", **_lengths())
    note(request, "password.set", account.pk)
    begin_session(request, account)
    return HttpResponseRedirect(HOME)


@own
@require_POST
def identity_end(request: HttpRequest, account: Account) -> HttpResponse:
    """Unlink an identity."""
    name = field(request, "identity", 16)
    if name.isdecimal() and Identity.objects.filter(account=account, pk=int(name)).delete()[0]:
        note(request, "identity.unlinked", account.pk)
    return HttpResponseRedirect(HOME)


@door
@require_POST
def language_set(request: HttpRequest) -> HttpResponse:
    """Choose a language and stay on the page."""
    chosen = "zh" if field(request, "language") == "zh" else "en"
    account = signed_in(request)
    if account is not None:
        Account.objects.filter(pk=account.pk).update(language=chosen)
    back = field(request, "back", 200)
    inside = back.startswith("/accounts/") and "\\" not in back and ":" not in back and not back.startswith("//")
    response = HttpResponseRedirect(back if inside else HOME)
    secure = settings.SESSION_COOKIE_SECURE  # a proxy may end TLS
    response.set_cookie(LANGUAGE, chosen, max_age=31536000, secure=secure, httponly=True, samesite="Lax")
    return response


@door
@require_POST
def provider(request: HttpRequest, name: str) -> HttpResponse:
    """Go to an identity provider: to sign in, or, signed in, to link an identity."""
    request.session[oidc.LINKING] = signed_in(request) is not None
    # A page that leads on: browsers let no form be sent on to another host, as the policy of pages says.
    return show(request, "leaving", address=oidc.way_to(request, name))


@door
@require_GET
def provider_back(request: HttpRequest, name: str) -> HttpResponse:
    """Come back from an identity provider."""
    account = signed_in(request)
    need_room(request, SIGN_IN_ADDRESS, address_of(request), clock.now())
    try:
        issuer, subject = oidc.identity(request, name)
        if not request.session.pop(oidc.LINKING, False):
            return _first_factor_right(request, oidc.account_of(issuer, subject))
        if account is None:
            return HttpResponseRedirect(SIGN_IN)
        oidc.link(account, issuer, subject)
    except FootproofError:
        note(request, "identity.wrong", account.pk if account is not None else "")
        raise
    note(request, "identity.linked", account.pk)
    return HttpResponseRedirect(HOME)


@door
@require_GET
def style(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """Return the style sheet of the pages."""
    text = resources.files("footproof.server.accounts").joinpath("accounts.css").read_bytes()
    return HttpResponse(text, content_type="text/css; charset=utf-8", headers={"Cache-Control": "public, max-age=3600"})
