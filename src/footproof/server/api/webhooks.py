"""Webhooks: whoever subscribed is told of public events and of new values of factors, in signed messages.

The journal itself is the queue of what has happened (`Reached` says how far it was read), so no event is lost between
being recorded and being told. A message is tried again with growing pauses, and goes through the same door as
everything that leads to addresses strangers name. Signatures: Standard Webhooks 1.0 (HMAC-SHA-256 over id, time and
body).
"""

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Protocol

from django.db import transaction

from footproof.certify.operations import EVENTS
from footproof.certify.record import Public
from footproof.errors import FootproofError, Where
from footproof.server.accounts import clock
from footproof.server.accounts.here import vault
from footproof.server.accounts.models import Account
from footproof.server.api.models import Delivery, Reached, Webhook
from footproof.server.fetch import check_address, post
from footproof.server.store.models import EventRow

FACTOR = "factor.published"
TRIAL = "webhook.trial"
KINDS = (*(kind for kind, event in EVENTS.items() if event.public is Public.YES), FACTOR)
MOST_WEBHOOKS = 20
PAUSES = (0, 5, 30, 120, 600, 3600, 6 * 3600, 24 * 3600)
"""Pause before each try. [s]"""
GIVE_UP_AFTER = 50
SECONDS = 10.0
BATCH = 500
_PREFIX = "whsec_"
_JOURNAL, _FACTORS = "webhooks", "factors"


class Post(Protocol):
    """The way a message is sent; tests can stand in its place."""

    def __call__(self, url: str, data: bytes, headers: Mapping[str, str], *, seconds: float) -> int:
        """Send a message and return the status of the answer."""
        ...


def subscribe(account: Account, organisation: str, url: str, kinds: Iterable[str]) -> tuple[Webhook, str]:
    """Return a new receiver and the secret its messages are signed with.

    Args:
        account: Who subscribes.
        organisation: For whom.
        url: Where messages go: an https address of a public host.
        kinds: Which of KINDS.

    Raises:
        FootproofError: E-FETCH-URL; E-API-KINDS; E-API-WEBHOOKS where there are too many.
    """
    check_address(url)
    wrong = sorted(set(kinds) - set(KINDS))
    if wrong:
        raise FootproofError(
            "E-API-KINDS", Where("request", field="kinds"), found=wrong[0][:80], needed=", ".join(KINDS)
        )
    if Webhook.objects.filter(organisation=organisation).count() >= MOST_WEBHOOKS:
        raise FootproofError("E-API-WEBHOOKS", most=MOST_WEBHOOKS)
    key, name = secrets.token_bytes(32), secrets.token_hex(8)
    webhook = Webhook.objects.create(
        id=name,
        organisation=organisation,
        account=account,
        url=url,
        kinds=sorted(set(kinds)),
        secret=vault().seal(key, _owner(name)),
        created=clock.now(),
    )
    return webhook, _PREFIX + base64.b64encode(key).decode("ascii")


def sign(key: bytes, name: str, at: datetime, body: bytes) -> dict[str, str]:
    """Return the headers of a message (Standard Webhooks 1.0).

    Args:
        key: Secret of the receiver.
        name: Of the message; a receiver takes each once.
        at: Now; a receiver refuses old ones.
        body: The message.
    """
    stamp = str(int(at.timestamp()))
    signed = hmac.new(key, f"{name}.{stamp}.".encode("ascii") + body, hashlib.sha256).digest()
    return {
        "webhook-id": name,
        "webhook-timestamp": stamp,
        "webhook-signature": "v1," + base64.b64encode(signed).decode("ascii"),
    }


def enqueue_events() -> int:
    """Put the public events since the last time into the queue, and return how many events were looked at."""
    with transaction.atomic():
        reached, _ = Reached.objects.select_for_update().get_or_create(name=_JOURNAL)
        rows = list(EventRow.objects.filter(sequence__gt=reached.sequence).order_by("sequence")[:BATCH])
        if not rows:
            return 0
        hooks = list(Webhook.objects.filter(active=True, created__lte=clock.now()))
        wanted = [(hook, row) for row in rows for hook in hooks if row.kind in hook.kinds and row.at >= hook.created]
        _enqueue((hook, row.kind, _event_data(row)) for hook, row in wanted)
        reached.sequence = rows[-1].sequence
        reached.save(update_fields=["sequence"])
    return len(rows)


def enqueue_factors(factors: Mapping[str, tuple[str, Any]]) -> int:
    """Put new values of factors into the queue, and return how many; the first time nothing is new.

    Args:
        factors: Digest and facts of each value, by a name that is its own.
    """
    with transaction.atomic():
        reached, made = Reached.objects.select_for_update().get_or_create(name=_FACTORS)
        known = reached.note
        new = [] if made else [name for name, (digest, _) in factors.items() if known.get(name) != digest]
        hooks = [hook for hook in Webhook.objects.filter(active=True) if FACTOR in hook.kinds]
        _enqueue((hook, FACTOR, factors[name][1]) for name in new for hook in hooks)
        reached.note = {name: digest for name, (digest, _) in factors.items()}
        reached.save(update_fields=["note"])
    return len(new)


def enqueue_trial(webhook: Webhook) -> Delivery:
    """Put a message that says nothing into the queue."""
    return _enqueue([(webhook, TRIAL, {})])[0]


def deliver(send: Post = post) -> int:
    """Send what is due and return how many messages were taken.

    Args:
        send: How a message is sent.
    """
    at = clock.now()
    due = Delivery.objects.select_related("webhook").filter(due__lte=at, webhook__active=True).order_by("due")
    return sum(_deliver(one, at, send) for one in due[:BATCH])


def _deliver(one: Delivery, at: datetime, send: Post) -> bool:
    """Send a message once; another process that is at it has moved its time, and it is left alone."""
    pause = timedelta(seconds=PAUSES[min(one.tries + 1, len(PAUSES) - 1)])
    if not Delivery.objects.filter(pk=one.pk, due=one.due).update(due=at + pause, tries=one.tries + 1):
        return False
    webhook = one.webhook
    key = vault().open(bytes(webhook.secret), _owner(webhook.pk))
    body = one.body.encode("utf-8")
    try:
        status = send(webhook.url, body, sign(key, one.pk, at, body), seconds=SECONDS)
        problem = "" if 200 <= status < 300 else f"status {status}"
    except FootproofError as error:
        problem = error.code
    _settle(one, at, problem)
    return not problem


def _settle(one: Delivery, at: datetime, problem: str) -> None:
    """Note what became of a try; after the last one the message is given up, after many the receiver."""
    row, hook = Delivery.objects.filter(pk=one.pk), one.webhook
    if not problem:
        row.update(due=None, delivered=at, problem="")
        Webhook.objects.filter(pk=hook.pk).update(failures=0)
        return
    row.update(problem=problem[:60], **({"due": None} if one.tries + 1 >= len(PAUSES) else {}))
    failures = hook.failures + 1
    Webhook.objects.filter(pk=hook.pk).update(failures=failures, active=failures < GIVE_UP_AFTER)


def _enqueue(messages: Iterable[tuple[Webhook, str, Any]]) -> list[Delivery]:
    at = clock.now()
    rows = [
        Delivery(
            id=f"msg_{secrets.token_hex(12)}",
            webhook=hook,
            body=json.dumps(
                {"type": kind, "timestamp": at.isoformat(), "data": data}, ensure_ascii=False, sort_keys=True
            ),
            due=at,
        )
        for hook, kind, data in messages
    ]
    return Delivery.objects.bulk_create(rows)


def _event_data(row: EventRow) -> dict[str, Any]:
    """Return what a message says of an event: that it happened and to what, not what it says; that is asked for."""
    return {
        "sequence": row.sequence,
        "stream": row.stream,
        "record": row.record,
        "version": row.version,
        "at": row.at.isoformat(),
        "organisation": row.organisation,
        "digest": row.digest,
    }


def shown(webhook: Webhook) -> dict[str, Any]:
    """Return a receiver as it is answered."""
    return {
        "id": webhook.pk,
        "url": webhook.url,
        "kinds": webhook.kinds,
        "created": webhook.created.isoformat(),
        "active": webhook.active,
        "failures": webhook.failures,
    }


def delivery_shown(one: Delivery) -> dict[str, Any]:
    """Return a message as it is answered."""
    return {
        "id": one.pk,
        "type": json.loads(one.body)["type"],
        "tries": one.tries,
        "due": one.due.isoformat() if one.due else None,
        "delivered": one.delivered.isoformat() if one.delivered else None,
        "problem": one.problem,
    }


def _owner(name: str) -> str:
    return f"webhook:{name}"


__all__ = [
    "FACTOR", "KINDS", "TRIAL", "Post", "deliver", "delivery_shown", "enqueue_events", "enqueue_factors",
    "enqueue_trial", "shown", "sign", "subscribe",
]  # fmt: skip
