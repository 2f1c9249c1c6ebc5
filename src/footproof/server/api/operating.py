"""Every operation of certification as `POST /api/v1/<path>`, made from its dataclass: nothing is written twice.

The core decides; here the body is checked by its form, the actor found, and the events answered.
"""

import inspect
from collections.abc import Callable, Iterable
from typing import Annotated, Any, get_type_hints

from django.http import HttpRequest, HttpResponse
from ninja.params import functions as given_as
from pydantic import StringConstraints

from footproof.certify.applications import AttachPackage, SubmitApplication
from footproof.certify.case import Member
from footproof.certify.certificate import Certified
from footproof.certify.codec import digest_of, to_json
from footproof.certify.declaration_operations import CorrectDeclaration, SelfCalculate
from footproof.certify.engagements import AgreeEngagement, AmendEngagement
from footproof.certify.forms import form_of
from footproof.certify.operation import Operation
from footproof.certify.operations import OPERATIONS
from footproof.certify.record import Recorded
from footproof.certify.refusals import refuse
from footproof.certify.surveillance import OpenCase, ReportTrigger
from footproof.certify.verifications import Verification
from footproof.server.accounts import clock
from footproof.server.accounts.here import journal
from footproof.server.api.answers import KEY, made_answer, once
from footproof.server.api.callers import ROLE, Caller, caller_in
from footproof.server.api.documents import need_sent
from footproof.server.api.models import Upload
from footproof.server.api.policy import Access, as_seen
from footproof.server.api.questions import Name
from footproof.server.api.readings import read
from footproof.server.api.schemas import LARGEST, pattern_of, schema_of, value_of
from footproof.server.api.shapes import Done
from footproof.server.store.journal import Journal
from footproof.server.store.publication import decide_and_publish

Number = Annotated[int, given_as.Path(..., ge=0, le=LARGEST)]
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
    hints = get_type_hints(operation, include_extras=True)
    parameters += [inspect.Parameter(name, keyword, annotation=_given_in_path(hints[name])) for name in names]
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


def _given_in_path(hint: Any) -> Any:
    """Return the type of a part of the address: that of the field of the operation, in the form that it states."""
    if hint is int:
        return Number
    form = form_of(hint)
    return Annotated[str, given_as.Path(..., min_length=1, max_length=300, pattern=pattern_of(form))] if form else Name


def _carry_out(operation: Operation, caller: Caller, role: str, key: str) -> HttpResponse:
    """Do it; the journal knows the key too, so that a crash before the answer was kept does nothing twice."""
    by = caller.actor(type(operation), role)
    _need_own_package(operation, by.organisation)
    need_sent(operation, by.organisation)
    store = journal()
    recorded = decide_and_publish(store, operation, by, clock.now(), key)
    events = [event_out(one) for one in recorded]
    return made_answer(CREATED, {"events": events, "records": _seen(caller, store, recorded)})


def _need_own_package(operation: Operation, organisation: str) -> None:
    """Refuse a package that is not its own to name: whoever knows the digest of another's must not open it so.

    Raises:
        FootproofError: E-CASE-PACKAGE, as for a package that is not there.
    """
    package, client = _named_package(operation, organisation)
    base = operation.base.package if isinstance(operation, SubmitApplication) and operation.base is not None else ""
    named = {one for one in (package, base, *(member.package for member in _named_members(operation))) if one}
    senders = [one for one in (organisation, client) if one]
    known = Upload.objects.filter(package__in=named, organisation__in=senders).values_list("package", flat=True)
    for foreign in sorted(named.difference(known)) if named else ():
        raise refuse("E-CASE-PACKAGE", operation.clause, "package", package=foreign)


def _named_package(operation: Operation, organisation: str) -> tuple[str, str]:
    """Return the package that an operation opens, and the client of the body that may have sent it as well.

    Both are empty where there is none, or where the record is not the body's: that is then refused by the core.
    """
    match operation:
        case SubmitApplication() | AttachPackage() | SelfCalculate() | CorrectDeclaration():
            return operation.package, ""
        case AgreeEngagement():  # that the case is of this body, client and package is asked by the core
            return operation.agreed.claim.package, operation.client if operation.case else ""
        case AmendEngagement():
            found = read(Verification.stream, operation.verification)
            if found is None or found.record.body != organisation:
                return "", ""
            of_case = operation.case or found.record.case
            return operation.agreed.claim.package, found.record.engagement.client if of_case else ""
        case ReportTrigger() | OpenCase():
            found = read(Certified.stream, operation.certificate)
            package = operation.package if isinstance(operation, ReportTrigger) else ""
            return (package, found.record.held.client) if found is not None else ("", "")
        case _:
            return "", ""


def _named_members(operation: Operation) -> tuple[Member, ...]:
    """Return the models of a family whose packages an operation names."""
    match operation:
        case SubmitApplication() | OpenCase():
            return operation.subject.others
        case AttachPackage():
            return operation.members
        case _:
            return ()


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
