"""What callers settle for themselves: tokens, invitations to their organisation, and webhooks."""

from collections.abc import Callable
from datetime import timedelta
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from ninja import Body, Path
from pydantic import BaseModel, ConfigDict, Field

from footproof.certify.operation import Operation
from footproof.errors import FootproofError
from footproof.server.accounts import clock
from footproof.server.accounts.here import workspace
from footproof.server.accounts.invitations import LIFETIME, MAY_INVITE, invite
from footproof.server.api import webhooks
from footproof.server.api.answers import made_answer, once, read_answer
from footproof.server.api.callers import caller_in
from footproof.server.api.models import Delivery, Token, Webhook
from footproof.server.api.policy import Access
from footproof.server.api.schemas import Text, Whole
from footproof.server.api.shapes import InvitationOut, Page, TokenOut, WebhookOut
from footproof.server.api.tokens import end_token, make_token

Name = Annotated[str, Path(..., pattern=r"^[0-9a-f]{16}$")]
Title = Annotated[Text, Field(min_length=1, max_length=100)]
Words = Annotated[list[Annotated[Text, Field(max_length=64)]], Field(min_length=1, max_length=50)]
Days = Annotated[Whole, Field(ge=1, le=366)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NewToken(_Strict):
    """A token to be made."""

    title: Title
    scopes: Words
    days: Days = 90


class NewInvitation(_Strict):
    """An invitation to be made."""

    person: Annotated[Text, Field(min_length=1, max_length=64)]
    email: Annotated[Text, Field(min_length=3, max_length=254)]
    organisation: Annotated[Text, Field(min_length=1, max_length=200)]
    roles: Words


class NewWebhook(_Strict):
    """A receiver to be told."""

    url: Annotated[Text, Field(min_length=1, max_length=2000)]
    kinds: Words


class _Invite(Operation):
    """Inviting, as far as roles are concerned."""

    __slots__ = ()
    roles = MAY_INVITE


def add_settling(add: Callable[..., None]) -> None:
    """Add tokens, invitations and webhooks to the interface."""
    for method, path, view, access, answer, tag in (
        ("GET", "/tokens", tokens, Access.SIGNED_IN, {200: Page, 304: None}, "tokens"),
        ("POST", "/tokens", new_token, Access.SIGNED_IN, {201: TokenOut}, "tokens"),
        ("DELETE", "/tokens/{token}", no_token, Access.SIGNED_IN, {204: None}, "tokens"),
        ("POST", "/invitations", new_invitation, Access.ACT, {201: InvitationOut}, "invitations"),
        ("GET", "/webhooks", list_webhooks, Access.WEBHOOKS, {200: Page, 304: None}, "webhooks"),
        ("POST", "/webhooks", new_webhook, Access.WEBHOOKS, {201: WebhookOut}, "webhooks"),
        ("DELETE", "/webhooks/{webhook}", no_webhook, Access.WEBHOOKS, {204: None}, "webhooks"),
        ("POST", "/webhooks/{webhook}/trial", trial, Access.WEBHOOKS, {201: Any}, "webhooks"),
        ("GET", "/webhooks/{webhook}/deliveries", deliveries, Access.WEBHOOKS, {200: Page, 304: None}, "webhooks"),
    ):
        summary = (view.__doc__ or "").rstrip(".")
        add(method, path, view, access, answer=answer, operation_id=view.__name__, summary=summary, tags=[tag])


def tokens(request: HttpRequest) -> HttpResponse:
    """Read your tokens, without their secrets."""
    found = Token.objects.filter(account=caller_in(request).need_account(), expires__gt=clock.now()).order_by("created")
    return read_answer(request, {"items": [_token(one) for one in found], "next": None})


def new_token(request: HttpRequest, body: Annotated[NewToken, Body()]) -> HttpResponse:
    """Make a token; its text is told once."""
    caller = caller_in(request)
    if not caller.reader.roles:
        raise FootproofError("E-API-ROLE", found="—", needed="*", rule="I15")

    def make() -> HttpResponse:
        reader = caller.reader
        token, text = make_token(
            caller.need_account(), reader.organisation, reader.roles, body.title, body.scopes,
            timedelta(days=body.days), clock.now(),
        )  # fmt: skip
        return made_answer(201, _token(token) | {"token": text})

    return once(request, caller, make)


def no_token(request: HttpRequest, token: Name) -> HttpResponse:
    """End a token."""
    end_token(caller_in(request).need_account(), token)
    return HttpResponse(status=204)


def new_invitation(request: HttpRequest, body: Annotated[NewInvitation, Body()]) -> HttpResponse:
    """Invite a person who is registered; the link is told once."""
    caller = caller_in(request)

    def make() -> HttpResponse:
        at = clock.now()
        by = caller.actor(_Invite, "")
        secret = invite(by, body.person, body.email, body.organisation, body.roles, at)
        base = workspace().base
        answer = {"link": f"{base}/accounts/invitation/{secret}", "expires": (at + LIFETIME).isoformat()}
        return made_answer(201, answer)

    return once(request, caller, make)


def list_webhooks(request: HttpRequest) -> HttpResponse:
    """Read the receivers of your organisation."""
    found = Webhook.objects.filter(organisation=caller_in(request).reader.organisation).order_by("created")
    return read_answer(request, {"items": [webhooks.shown(one) for one in found], "next": None})


def new_webhook(request: HttpRequest, body: Annotated[NewWebhook, Body()]) -> HttpResponse:
    """Register a receiver; the secret that its messages are signed with is told once."""
    caller = caller_in(request)

    def make() -> HttpResponse:
        account = caller.need_account()
        webhook, secret = webhooks.subscribe(account, caller.reader.organisation, body.url, body.kinds)
        return made_answer(201, webhooks.shown(webhook) | {"secret": secret})

    return once(request, caller, make)


def no_webhook(request: HttpRequest, webhook: Name) -> HttpResponse:
    """End a receiver."""
    _own(request, webhook).delete()
    return HttpResponse(status=204)


def trial(request: HttpRequest, webhook: Name) -> HttpResponse:
    """Put a message into the queue that says nothing, to try a receiver."""
    row = _own(request, webhook)
    return once(
        request, caller_in(request), lambda: made_answer(201, webhooks.delivery_shown(webhooks.enqueue_trial(row)))
    )


def deliveries(request: HttpRequest, webhook: Name) -> HttpResponse:
    """Read what became of the last hundred messages to a receiver."""
    rows = Delivery.objects.filter(webhook=_own(request, webhook)).order_by("-id")[:100]
    return read_answer(request, {"items": [webhooks.delivery_shown(one) for one in rows], "next": None})


def _own(request: HttpRequest, name: str) -> Webhook:
    found = Webhook.objects.filter(pk=name, organisation=caller_in(request).reader.organisation).first()
    if found is None:
        raise FootproofError("E-API-UNKNOWN", record="webhook", id=name)
    return found


def _token(one: Token) -> dict[str, Any]:
    return {
        "id": one.pk,
        "title": one.title,
        "organisation": one.organisation,
        "scopes": one.scopes,
        "created": one.created.isoformat(),
        "expires": one.expires.isoformat(),
        "used": one.used.isoformat() if one.used else None,
    }
