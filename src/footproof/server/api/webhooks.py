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
import time
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any, Protocol

from django.db import transaction
from django.db.models import F, Min

from footproof.certify.operations import EVENTS
from footproof.certify.people import Person
from footproof.certify.record import Public
from footproof.errors import FootproofError, Where
from footproof.model.days import legal_day
from footproof.server.accounts import clock
from footproof.server.accounts.here import vault
from footproof.server.accounts.models import Account
from footproof.server.api.models import Delivery, Reached, Webhook
from footproof.server.api.readings import read_many
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
MOST_A_ROUND = 20
"""Messages to one receiver before others have their turn."""
ROUND = 60.0
"""After which a round sends nothing more. [s]"""
KEPT = timedelta(days=30)
"""How long it is told what became of a message."""
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
    _end_strangers()
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
    _end_strangers()
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

    Receivers have their turn in the order in which they wait, each with a few messages; one that fails, or where
    another process is at it, is left alone for this round.

    Args:
        send: How a message is sent.
    """
    _end_strangers()
    at, begun = clock.now(), time.monotonic()
    waiting = Webhook.objects.filter(active=True, deliveries__due__lte=at)
    taken = 0
    for hook in waiting.annotate(first=Min("deliveries__due")).order_by("first")[:BATCH]:
        due = Delivery.objects.filter(webhook=hook, due__lte=at).order_by("due", "pk")
        for one in due[:MOST_A_ROUND]:
            if time.monotonic() - begun > ROUND:
                return taken
            if not _deliver(hook, one, at, send):
                break
            taken += 1
    return taken


def _deliver(hook: Webhook, one: Delivery, at: datetime, send: Post) -> bool:
    """Send a message once; one that another process took, or whose receiver tells nobody more, is left alone."""
    pause = timedelta(seconds=PAUSES[min(one.tries + 1, len(PAUSES) - 1)])
    if not Webhook.objects.filter(pk=hook.pk, active=True, account__is_active=True).exists():
        return False
    if not Delivery.objects.filter(pk=one.pk, due=one.due).update(due=at + pause, tries=one.tries + 1):
        return False
    key = vault().open(bytes(hook.secret), _owner(hook.pk))
    body = one.body.encode("utf-8")
    try:
        status = send(hook.url, body, sign(key, one.pk, at, body), seconds=SECONDS)
        problem = "" if 200 <= status < 300 else f"status {status}"
    except FootproofError as error:
        problem = error.code
    _settle(hook, one, at, problem)
    return not problem


def _end_strangers() -> None:
    """Switch off the receivers of those who could not subscribe to them today: of a locked account, without a role.

    What waits for them is given up. They stay off: who comes back subscribes anew, as tokens are made anew.
    """
    today = legal_day(clock.now())
    hooks = list(Webhook.objects.filter(active=True).select_related("account"))
    people = {one.record.id: one.record for one in read_many("person", sorted({hook.account.pk for hook in hooks}))}
    ended = [
        hook.pk
        for hook in hooks
        if not hook.account.is_active or not _has_role(people.get(hook.account.pk), hook.organisation, today)
    ]
    if ended:
        Webhook.objects.filter(pk__in=ended).update(active=False)
        Delivery.objects.filter(webhook__in=ended).exclude(due=None).update(due=None, problem="E-API-ROLE")


def _has_role(person: Person | None, organisation: str, day: date) -> bool:
    if person is None:
        return False
    return any(one.organisation == organisation and person.keeps(one.role, organisation, day) for one in person.duties)


def _settle(hook: Webhook, one: Delivery, at: datetime, problem: str) -> None:
    """Note what became of a try; after the last one the message is given up, after many the receiver.

    Failures are counted where they stand, and a receiver is only ever switched off here.
    """
    row, receiver = Delivery.objects.filter(pk=one.pk), Webhook.objects.filter(pk=hook.pk)
    if not problem:
        row.update(due=None, delivered=at, problem="")
        receiver.update(failures=0)
        return
    row.update(problem=problem[:60], **({"due": None} if one.tries + 1 >= len(PAUSES) else {}))
    receiver.update(failures=F("failures") + 1)
    receiver.filter(failures__gte=GIVE_UP_AFTER).update(active=False)


def sweep(at: datetime) -> None:
    """Forget messages that were taken or given up, some time after they were made."""
    Delivery.objects.filter(due=None, pk__lt=_id(at - KEPT)).delete()


def _enqueue(messages: Iterable[tuple[Webhook, str, Any]]) -> list[Delivery]:
    at = clock.now()
    rows = [
        Delivery(
            id=_id(at + timedelta(microseconds=number)) + secrets.token_hex(7),
            webhook=hook,
            body=json.dumps(
                {"type": kind, "timestamp": at.isoformat(), "data": data}, ensure_ascii=False, sort_keys=True
            ),
            due=at,
        )
        for number, (hook, kind, data) in enumerate(messages)
    ]
    return Delivery.objects.bulk_create(rows)


def _id(at: datetime) -> str:
    """Return how the ids of messages that are made at a time begin: later ones sort after earlier ones."""
    return f"msg_{int(at.timestamp() * 1e6):014x}"


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
    "enqueue_trial", "shown", "sign", "subscribe", "sweep",
]  # fmt: skip
