"""Answers: JSON with an ETag where it was read, and the same answer again where a request is sent again.

RFC 9110, 8.8.3 and 13.1.2; draft-ietf-httpapi-idempotency-key-header.
"""

import json
import re
from collections.abc import Callable
from typing import Any

from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse

from footproof.canonical import digest
from footproof.errors import FootproofError, Where
from footproof.server.accounts import clock
from footproof.server.accounts.here import vault
from footproof.server.api.callers import ORGANISATION, ROLE, Caller
from footproof.server.api.models import Answer
from footproof.server.store.journal import KEPT, forget_keys

KEY = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
_KEY = re.compile(r"[!-~]{1,200}", re.ASCII)
_BODY = "application/json"


def read_answer(request: HttpRequest, data: Any) -> HttpResponse:
    """Return the answer to a question, or 304 where the asker has it."""
    body = _bytes(data)
    tag = f'"{digest(body).removeprefix("sha256:")[:32]}"'
    asked = request.headers.get("If-None-Match", "")
    same = asked.strip() == "*" or tag in [one.strip().removeprefix("W/") for one in asked.split(",")]
    response = HttpResponse(status=304) if same else HttpResponse(body, content_type=_BODY)
    response.headers["ETag"] = tag
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Vary"] = f"Authorization, Cookie, {ORGANISATION}"
    return response


def made_answer(status: int, data: Any) -> HttpResponse:
    """Return the answer to something that was done."""
    return HttpResponse(_bytes(data), status=status, content_type=_BODY)


def once(request: HttpRequest, caller: Caller, act: Callable[[], HttpResponse], *, alone: bool = False) -> HttpResponse:
    """Do something once under the Idempotency-Key of a request, where it has one.

    What was answered is kept for a day. What was refused was not done, and may be tried again under the same key.

    Args:
        request: What was sent.
        caller: By whom.
        act: Does it.
        alone: Whether it has a transaction of its own and knows the key itself; else both are in one.

    Raises:
        FootproofError: E-API-HEADER for a key of another form; E-STORE-KEY where it was used for something else;
            E-API-KEY-BUSY where the first request is still at work.
    """
    key = request.headers.get(KEY)
    if key is not None and not _KEY.fullmatch(key):
        raise FootproofError("E-API-HEADER", Where("request", field=KEY), name=KEY)
    if key is None:
        return act()
    row = Answer(caller=caller.name, key=key, request=_asked(request), at=clock.now())
    if alone:
        return _found(row) or _kept(row, act())
    with transaction.atomic():
        return _found(row) or _kept(row, act())


def _found(row: Answer) -> HttpResponse | None:
    """Return the answer that was given before, or None where the key is new."""
    there = Answer.objects.filter(caller=row.caller, key=row.key).first()
    if there is None:
        return None
    if there.at <= row.at - KEPT:
        there.delete()
        return None
    return _again(there, row.request)


def _kept(row: Answer, response: HttpResponse) -> HttpResponse:
    """Keep an answer. Another request that kept one meanwhile, under the same key, was first."""
    row.status = response.status_code
    row.body = vault().seal(response.content, _owner(row))
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as problem:
        raise FootproofError("E-API-KEY-BUSY") from problem
    return response


def _again(row: Answer, asked: str) -> HttpResponse:
    if row.request != asked:
        raise FootproofError("E-STORE-KEY", Where(KEY), key=row.key)
    body = vault().open(bytes(row.body), _owner(row))
    response = HttpResponse(body, status=row.status, content_type=_BODY)
    response.headers[REPLAYED] = "true"
    return response


def sweep() -> None:
    """Forget answers that are older than a day, and the keys that the journal knows them by."""
    at = clock.now()
    Answer.objects.filter(at__lte=at - KEPT).delete()
    forget_keys(at)


def _asked(request: HttpRequest) -> str:
    """Return the digest of everything that makes a request what it is."""
    head = [request.method or "", request.get_full_path(), request.headers.get(ROLE, ""), request.content_type or ""]
    body = request.body if request.content_type == _BODY else request.headers.get("Footproof-Digest", "").encode()
    return digest(json.dumps(head).encode("utf-8") + b"\n" + body)


def _owner(row: Answer) -> str:
    return f"answer:{row.caller}:{row.key}:{row.request}"


def _bytes(data: Any) -> bytes:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode("utf-8")
