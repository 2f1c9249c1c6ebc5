"""Every operation of certification as `POST /api/v1/<path>`, made from its dataclass: nothing is written twice.

The core decides; here the body is checked by its form, the actor found, and the events answered.
"""

import inspect
from collections.abc import Callable, Iterable
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from ninja import Path
from ninja.params import functions as given_as
from pydantic import StringConstraints

from footproof.certify.codec import digest_of, to_json
from footproof.certify.operation import Operation
from footproof.certify.operations import OPERATIONS
from footproof.certify.record import Recorded
from footproof.server.accounts import clock
from footproof.server.accounts.here import journal
from footproof.server.api.answers import KEY, made_answer, once
from footproof.server.api.callers import ROLE, Caller, caller_in
from footproof.server.api.policy import Access, as_seen
from footproof.server.api.schemas import schema_of, value_of
from footproof.server.api.shapes import Done
from footproof.server.store.journal import Journal
from footproof.server.store.publication import decide_and_publish

Name = Annotated[str, Path(..., min_length=1, max_length=300)]
Key = Annotated[str, StringConstraints(min_length=1, max_length=200)]
CREATED = 201


def in_path(path: str) -> tuple[str, ...]:
    """Return the names in braces of a path."""
    return tuple(part[1:-1] for part in path.split("/") if part.startswith("{"))


def add_operations(add: Callable[..., None]) -> None:
    """Add every operation to the interface.

    Args:
        add: Adds one address; see `interface`.
    """
    for name, operation in OPERATIONS.items():
        add(
            "POST",
            f"/{operation.path}",
            _view(operation),
            Access.ACT,
            answer={CREATED: Done},
            operation_id=name.replace(".", "_").replace("-", "_"),
            summary=(operation.__doc__ or "").partition("\n")[0],
            description=f"`{name}` · {operation.clause} · {', '.join(operation.roles)}",
            tags=[name.partition(".")[0]],
        )


def _view(operation: type[Operation]) -> Callable[..., HttpResponse]:
    """Return the view of an operation, with the signature that django-ninja reads."""
    names = in_path(operation.path)
    noun: Any = operation  # a class, and as such hashable
    schema = schema_of(noun, frozenset(names))

    def view(request: HttpRequest, **given: Any) -> HttpResponse:
        caller = caller_in(request)
        body, role = given.pop("payload"), given.pop("acting_role")
        key = given.pop("idempotency_key") or ""
        asked = value_of(operation, body, **given)
        return once(request, caller, lambda: _carry_out(asked, caller, role or "", key), alone=True)

    keyword = inspect.Parameter.KEYWORD_ONLY
    parameters = [inspect.Parameter("request", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=HttpRequest)]
    parameters += [inspect.Parameter(name, keyword, annotation=Name) for name in names]
    parameters += [
        inspect.Parameter("payload", keyword, annotation=schema, default=given_as.Body(...)),
        inspect.Parameter(
            "acting_role", keyword, annotation=str | None, default=given_as.Header(None, alias=ROLE, max_length=40)
        ),
        inspect.Parameter("idempotency_key", keyword, annotation=Key | None, default=given_as.Header(None, alias=KEY)),
    ]
    view.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    view.__name__ = operation.__name__
    view.__doc__ = operation.__doc__
    return view


def _carry_out(operation: Operation, caller: Caller, role: str, key: str) -> HttpResponse:
    """Do it; the journal knows the key too, so that a crash before the answer was kept does nothing twice."""
    by = caller.actor(type(operation), role)
    store = journal()
    recorded = decide_and_publish(store, operation, by, clock.now(), key)
    events = [event_out(one) for one in recorded]
    return made_answer(CREATED, {"events": events, "records": _seen(caller, store, recorded)})


def _seen(caller: Caller, store: Journal, recorded: Iterable[Recorded]) -> list[dict[str, Any]]:
    """Return the records that were changed, as far as the caller may read them."""
    last = {(one.record, one.id): one.version for one in recorded}
    found = []
    for (kind, name), version in last.items():
        record = store.find(kind, name)
        state = as_seen(caller.reader, record, to_json(record)) if record is not None else None
        if state is not None:
            found.append({"stream": kind.stream, "version": version, **state})
    return found


def event_out(recorded: Recorded) -> dict[str, Any]:
    """Return an event as it is answered: what it is and its digest, not what it says."""
    return {
        "kind": recorded.event.kind,
        "stream": recorded.record.stream,
        "record": recorded.id,
        "version": recorded.version,
        "digest": digest_of(recorded),
        "at": recorded.stamp.at.isoformat(),
    }
