"""What callers settle for themselves: tokens and webhooks."""

from collections.abc import Callable
from datetime import timedelta
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from ninja import Body, Path
from pydantic import BaseModel, ConfigDict, Field

from footproof.errors import FootproofError
from footproof.server.accounts import clock
from footproof.server.accounts.here import note
from footproof.server.api import webhooks
from footproof.server.api.answers import made_answer, once, read_answer
from footproof.server.api.callers import caller_in
from footproof.server.api.models import Delivery, Token, Webhook
from footproof.server.api.policy import Access
from footproof.server.api.schemas import Text, Whole
from footproof.server.api.shapes import Page, TokenOut, WebhookOut
from footproof.server.api.tokens import end_token, make_token

Name = Annotated[str, Path(..., pattern=r"^[0-9a-f]{16}$")]
Title = Annotated[Text, Field(min_length=1, max_length=100)]
Words = Annotated[list[Annotated[Text, Field(max_length=64)]], Field(min_length=1, max_length=50)]
Days = Annotated[Whole, Field(ge=1, le=366)]


class Strict(BaseModel):
    """A body that has no members but those that are known."""

    model_config = ConfigDict(extra="forbid")


class NewToken(Strict):
    """A token to be made."""

    title: Title
    scopes: Words
    days: Days = 90


class NewWebhook(Strict):
    """A receiver to be told."""

    url: Annotated[Text, Field(min_length=1, max_length=2000)]
    kinds: Words


def add_settling(add: Callable[..., None]) -> None:
    """Add tokens and webhooks to the interface."""
    for method, path, view, access, answer, tag in (
        ("GET", "/tokens", tokens, Access.SIGNED_IN, {200: Page, 304: None}, "tokens"),
        ("POST", "/tokens", new_token, Access.SIGNED_IN, {201: TokenOut}, "tokens"),
        ("DELETE", "/tokens/{token}", no_token, Access.SIGNED_IN, {204: None}, "tokens"),
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
        note(request, "token.made", token.account.pk)
        return made_answer(201, _token(token) | {"token": text})

    return once(request, caller, make)


def no_token(request: HttpRequest, token: Name) -> HttpResponse:
    """End a token."""
    account = caller_in(request).need_account()
    end_token(account, token)
    note(request, "token.ended", account.pk)
    return HttpResponse(status=204)


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
        note(request, "webhook.made", account.pk)
        return made_answer(201, webhooks.shown(webhook) | {"secret": secret})

    return once(request, caller, make)


def no_webhook(request: HttpRequest, webhook: Name) -> HttpResponse:
    """End a receiver."""
    _own(request, webhook).delete()
    note(request, "webhook.ended", caller_in(request).need_account().pk)
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
