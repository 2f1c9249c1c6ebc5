"""What can be read: lists in pages and single records, each only as far as its reader may see it.

What is public of a certificate, an organisation or a scheme is answered without an account.
"""

from collections.abc import Callable
from datetime import date
from functools import reduce
from operator import or_
from typing import Annotated, Any, Literal, TypeVar

from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from ninja import Path, Query, Schema
from ninja.params import functions as given_as

from footproof.certify.certificate import Certified, Standing
from footproof.certify.codec import to_json
from footproof.certify.people import ORGANISATIONS
from footproof.certify.scheme import shipped_schemes
from footproof.certify.surveillance import watch
from footproof.credential.conformity import exact_text
from footproof.errors import FootproofError
from footproof.model.days import legal_day
from footproof.model.scheme import CaseKind, Scheme
from footproof.server.accounts import clock, here
from footproof.server.api.answers import read_answer
from footproof.server.api.callers import caller_in
from footproof.server.api.deadlines import kept_until, scheme_of, with_due
from footproof.server.api.filters import FILTERS, Filter, NeutralityFilter
from footproof.server.api.paging import MOST, USUAL, order_of, page
from footproof.server.api.policy import (
    OWNERS,
    REGULATOR,
    Access,
    Reader,
    as_seen,
    body_of,
    may_know_event,
    may_know_evidence,
    oversees,
    place_of,
)
from footproof.server.api.readings import Read, need_read, read, read_many, seen_many
from footproof.server.api.schemas import Day, Moment
from footproof.server.api.shapes import Claim, ClaimPage, Line, Page
from footproof.server.api.standings import with_standing
from footproof.server.store.models import (
    NAME,
    ORGANISATION,
    CaseRow,
    CertificateRow,
    EventRow,
    LaboratoryRow,
    RecordRow,
)
from footproof.server.store.standings import standing_on

Row = TypeVar("Row", bound=Model)
Word = Annotated[str, Query(max_length=ORGANISATION, pattern=r"^[^\x00-\x1f\x7f]*$")]
Name = Annotated[str, Path(..., min_length=1, max_length=ORGANISATION, pattern=r"^[^\x00-\x1f\x7f]+$")]
Limit = Annotated[int, Query(ge=1, le=MOST, description="Most lines of a page.")]
Cursor = Annotated[str, Query(max_length=2000, description="`next` of the page before.")]
States = Literal["submitted", "accepted", "planned", "reviewed", "decided", "declined", "withdrawn"]
Today = Annotated[Day | None, Query(description="Day asked about; today if left out.")]
CaseOrder = Literal["submitted", "-submitted", "case", "-case"]
CertificateOrder = Literal["number", "-number", "decided", "-decided", "last", "-last", "figure", "-figure"]
OrganisationKind = Literal[
    "registrar", "client", "body", "laboratory", "accreditation-body", "regulator", "scheme-owner"
]
FINDINGS_READ = 100
assert set(OrganisationKind.__args__) == set(ORGANISATIONS)  # type: ignore[attr-defined]  # noqa: S101


def add_questions(add: Callable[..., None]) -> None:
    """Add every question to the interface."""
    for path, view, access, tag in (
        ("/me", me, Access.READ, "me"),
        ("/cases", cases, Access.READ, "cases"),
        ("/cases/{case}", one_case, Access.READ, "cases"),
        ("/findings", findings, Access.READ, "findings"),
        ("/certificates", certificates, Access.PUBLIC, "certificates"),
        ("/certificates/{number}", one_certificate, Access.PUBLIC, "certificates"),
        ("/certificates/{number}/record", certificate_record, Access.READ, "certificates"),
        ("/organisations", organisations, Access.PUBLIC, "organisations"),
        ("/organisations/{organisation}", one_organisation, Access.PUBLIC, "organisations"),
        ("/people", people, Access.READ, "people"),
        ("/people/{person}", one_person, Access.READ, "people"),
        *_kinds(),
        ("/events", events, Access.READ, "events"),
        ("/schemes", schemes, Access.PUBLIC, "schemes"),
        ("/schemes/{scheme}", one_scheme, Access.PUBLIC, "schemes"),
    ):
        shape = _SHAPES.get(view.__name__) or (Page if view.__name__.startswith("list_") else Line)
        summary = (view.__doc__ or "").partition("\n")[0].replace("Return", "Read").rstrip(".")
        add(
            "GET",
            path,
            view,
            access,
            answer={200: shape, 304: None},
            operation_id=f"read_{view.__name__}",
            summary=summary,
            tags=[tag],
        )


def _kinds() -> list[tuple[str, Callable[..., HttpResponse], Access, str]]:
    """Return list and record of each kind that has no table of its own."""
    found: list[tuple[str, Callable[..., HttpResponse], Access, str]] = [
        ("/neutrality", list_neutrality, Access.READ, "neutrality"),
        ("/neutrality/{name}", one_neutrality, Access.READ, "neutrality"),
    ]
    for stream in sorted(OWNERS.keys() - {"neutrality"}):
        many = f"{stream}s"
        found.append((f"/{many}", _lister(stream), Access.READ, many))
        found.append((f"/{many}/{{name}}", _reader_of_one(stream), Access.READ, many))
    return found


def _lister(stream: str) -> Callable[..., HttpResponse]:
    def view(request: HttpRequest, asked: Filter, limit: Limit = USUAL, cursor: Cursor = "") -> HttpResponse:
        reader = caller_in(request).reader
        rows = _own_records(reader, stream).filter(**asked.asked())
        found, following = page(rows, order_of("record", "record"), cursor, limit)
        return _page(request, seen_many(reader, stream, [row.record for row in found]), following)

    view.__annotations__["asked"] = Annotated[FILTERS.get(stream, Filter), given_as.Query()]
    view.__name__ = f"list_{stream}"
    view.__doc__ = (
        f"Return the records of kind {stream} that name the caller's organisation, or a body that it oversees."
    )
    return view


def _reader_of_one(stream: str) -> Callable[..., HttpResponse]:
    def view(request: HttpRequest, name: Name) -> HttpResponse:
        return _one(request, stream, name)

    view.__name__ = f"one_{stream}"
    view.__doc__ = f"Return a record of kind {stream}."
    return view


def list_neutrality(
    request: HttpRequest,
    asked: Annotated[NeutralityFilter, Query()],
    on: Today = None,
    limit: Limit = USUAL,
    cursor: Cursor = "",
) -> HttpResponse:
    """Return claims of neutrality of the caller's organisation, as they stand on a day; regulators see all."""
    reader = caller_in(request).reader
    own = _own_records(reader, "neutrality").filter(**asked.asked())
    rows, following = page(own, order_of("record", "record"), cursor, limit)
    found = read_many("neutrality", [row.record for row in rows])
    return _page(request, with_standing(reader, found, on or legal_day(clock.now())), following)


def one_neutrality(request: HttpRequest, name: Name, on: Today = None) -> HttpResponse:
    """Return a claim of neutrality, with how it stands on a day."""
    reader, found = caller_in(request).reader, need_read("neutrality", name)
    found.seen(reader)
    return read_answer(request, with_standing(reader, [found], on or legal_day(clock.now()))[0])


def me(request: HttpRequest) -> HttpResponse:
    """Return who asks, for which organisation, in which roles and with which scopes."""
    caller = caller_in(request)
    reader = caller.reader
    return read_answer(
        request,
        {
            "person": reader.person,
            "organisation": reader.organisation,
            "kind": reader.kind,
            "roles": sorted(reader.roles),
            "scopes": sorted(caller.scopes) if caller.scopes is not None else None,
        },
    )


def cases(  # noqa: PLR0917
    request: HttpRequest,
    state: Annotated[States | None, Query()] = None,
    kind: Annotated[CaseKind | None, Query()] = None,
    scheme: Word = "",
    body: Word = "",
    client: Word = "",
    category: Word = "",
    certificate: Word = "",
    due: Annotated[Day | None, Query(description="Only those that have to be decided by this day.")] = None,
    sort: Annotated[CaseOrder, Query()] = "-submitted",
    limit: Limit = USUAL,
    cursor: Cursor = "",
) -> HttpResponse:
    """Return the cases of the caller's organisation, and of bodies that it oversees."""
    reader = caller_in(request).reader
    asked = {"state": state, "kind": kind.value if kind else None, "scheme": scheme, "body": body, "client": client}
    asked |= {"category": category, "certificate": certificate}
    own = _own_cases(reader).filter(**_given(asked))
    if due is not None:
        own = own.filter(due__lte=due)
    rows, following = page(own, order_of(sort, "case"), cursor, limit)
    found = read_many("case", [row.case for row in rows])
    lines = [_seen_case(reader, one) for one in found]
    return _page(request, [line for line in lines if line is not None], following)


def one_case(request: HttpRequest, case: Name) -> HttpResponse:
    """Return a case, with the last day on which it is decided in time."""
    found = need_read("case", case)
    return read_answer(request, with_due(found.record, found.seen(caller_in(request).reader)))


def findings(
    request: HttpRequest,
    state: Annotated[Literal["open", "closed"] | None, Query()] = None,
    severity: Annotated[Literal["major", "minor", "observation"] | None, Query()] = None,
    cursor: Cursor = "",
) -> HttpResponse:
    """Return findings, case by case: a page holds those of up to a hundred cases and may be empty before the last."""
    reader = caller_in(request).reader
    rows, following = page(_own_cases(reader), order_of("case", "case"), cursor, FINDINGS_READ)
    found = []
    for one in read_many("case", [row.case for row in rows]):
        seen = as_seen(reader, one.record, one.state)
        shown = {line["id"] for line in seen["findings"]} if seen is not None else set()
        found += [
            {"case": one.record.id, "open": line.open, **to_json(line)}
            for line in one.record.findings
            if line.id in shown
            and state in (None, "open" if line.open else "closed")
            and severity in (None, line.severity.value)
        ]
    return _page(request, found, following)


def certificates(  # noqa: PLR0917
    request: HttpRequest,
    scheme: Word = "",
    body: Word = "",
    client: Word = "",
    category: Word = "",
    province: Word = "",
    product: Word = "",
    model: Word = "",
    status: Annotated[Standing | None, Query(description="How they stand on the day asked about.")] = None,
    on: Today = None,
    sort: Annotated[CertificateOrder, Query()] = "number",
    limit: Limit = USUAL,
    cursor: Cursor = "",
) -> HttpResponse:
    """Return certificates as they are public, with their status on a day."""
    day = on or legal_day(clock.now())
    asked = {"scheme": scheme, "body": body, "client": client, "category": category, "province": province}
    asked |= {"product": product, "model": model, "model_start": model[:NAME]}
    rows = CertificateRow.objects.filter(**_given(asked))
    if status is not None:
        rows = standing_on(rows, status, day)
    some, following = page(rows, order_of(sort, "number"), cursor, limit)
    found = [one.record for one in read_many("certificate", [row.number for row in some])]
    return _page(request, _public_certificates(found, day), following)


def one_certificate(
    request: HttpRequest,
    number: Name,
    on: Today = None,
) -> HttpResponse:
    """Return a certificate as it is public, with its status on a day."""
    found = need_read("certificate", number)
    return read_answer(request, _public_certificates([found.record], on or legal_day(clock.now()))[0])


def certificate_record(request: HttpRequest, number: Name) -> HttpResponse:
    """Return everything that the body holds of a certificate, and until when its records are kept."""
    found = need_read("certificate", number)
    seen = found.seen(caller_in(request).reader)
    return read_answer(request, {**seen, "kept_until": kept_until(found.record)})


def organisations(
    request: HttpRequest,
    kind: Annotated[OrganisationKind | None, Query()] = None,
    sort: Annotated[Literal["record", "-record"], Query()] = "record",
    limit: Limit = USUAL,
    cursor: Cursor = "",
) -> HttpResponse:
    """Return organisations."""
    asked = {"stream": "organisation", "state__kind": kind}
    rows, following = page(RecordRow.objects.filter(**_given(asked)), order_of(sort, "record"), cursor, limit)
    return _page(request, seen_many(caller_in(request).reader, "organisation", [row.record for row in rows]), following)


def one_organisation(request: HttpRequest, organisation: Name) -> HttpResponse:
    """Return an organisation."""
    return _one(request, "organisation", organisation)


def people(request: HttpRequest, limit: Limit = USUAL, cursor: Cursor = "") -> HttpResponse:
    """Return the people of the caller's organisation, under their pseudonyms; the registrar sees all."""
    reader = caller_in(request).reader
    rows = RecordRow.objects.filter(stream="person")
    if reader.kind != "registrar":
        own = read("organisation", reader.organisation)
        staff = [one["person"] for one in own.state["staff"]] if own is not None else []
        rows = rows.filter(record__in=staff)
    found, following = page(rows, order_of("record", "record"), cursor, limit)
    return _page(request, seen_many(reader, "person", [row.record for row in found]), following)


def one_person(request: HttpRequest, person: Name) -> HttpResponse:
    """Return a person under a pseudonym."""
    return _one(request, "person", person)


def events(  # noqa: PLR0917
    request: HttpRequest,
    stream: Word = "",
    record: Word = "",
    kind: Word = "",
    since: Annotated[Moment | None, Query(description="Only those of this moment and later.")] = None,
    until: Annotated[Moment | None, Query(description="Only those before this moment.")] = None,
    sort: Annotated[Literal["sequence", "-sequence"], Query()] = "sequence",
    limit: Limit = USUAL,
    cursor: Cursor = "",
) -> HttpResponse:
    """Return the events of a record that may be read; without one, those of the caller's organisation or overseen."""
    reader = caller_in(request).reader
    rows = EventRow.objects.filter(**_given({"kind": kind, "at__gte": since, "at__lt": until}))
    whole, place = oversees(reader, ""), ""
    if stream or record:
        found = need_read(stream, record)
        found.seen(reader)
        rows = rows.filter(stream=stream, record=record)
        body, place = body_of(found.record), place_of(found.record)
        whole = oversees(reader, body, place) or body == reader.organisation
    else:
        rows = of_reader(rows, reader, "organisation", body="organisation")
    lines, following = page(rows, order_of(sort, "sequence"), cursor, limit)
    shown = [
        _event(
            row,
            whole=may_know_event(reader, row.stream, row.record, row.organisation, whole)
            and may_know_evidence(reader, row.stream, row.organisation, row.data, place),
        )
        for row in lines
    ]
    return _page(request, shown, following)


def schemes(request: HttpRequest) -> HttpResponse:
    """Return the scheme editions that are known: what ships, and what the register has of its own."""
    known = here.known_editions()
    found = [known.scheme(key) for key in known.known]
    lines = [
        {
            "key": one.name,
            "title": to_json(one.title),
            "owner": to_json(one.owner),
            "object": one.object.value,
            "status": one.status.value,
            "national": one.national,
            "digest": one.digest,
            "shipped": one.name in shipped_schemes(),
        }
        for one in found
    ]
    return _page(request, lines, None)


def one_scheme(request: HttpRequest, scheme: Name) -> HttpResponse:
    """Return a scheme edition, with every number and where it comes from."""
    return read_answer(request, to_json(need_scheme(scheme)))


def need_scheme(key: str) -> Scheme:
    """Return a scheme edition that ships, or one of the register's own.

    Raises:
        FootproofError: E-API-UNKNOWN.
    """
    known = here.known_editions()
    if key not in known.known:
        raise FootproofError("E-API-UNKNOWN", record="scheme", id=key[:100])
    return known.scheme(key)


_SHAPES: dict[str, type[Schema]] = {
    **dict.fromkeys(("cases", "findings", "certificates", "organisations", "people", "events", "schemes"), Page),
    "list_neutrality": ClaimPage,
    "one_neutrality": Claim,
}


def _given(asked: dict[str, Any]) -> dict[str, Any]:
    """Return the filters that were asked for."""
    return {name: value for name, value in asked.items() if value}


def _one(request: HttpRequest, stream: str, name: str) -> HttpResponse:
    return read_answer(request, need_read(stream, name).seen(caller_in(request).reader))


def _page(request: HttpRequest, items: list[dict[str, Any]], following: str | None) -> HttpResponse:
    return read_answer(request, {"items": items, "next": following})


def _own_records(reader: Reader, stream: str) -> "QuerySet[RecordRow]":
    """Return the records of a kind that a reader may list."""
    owners = [f"state__{path}" for path in OWNERS[stream]]
    place = "state__engagement__place" if stream == "verification" else ""
    return of_reader(RecordRow.objects.filter(stream=stream), reader, *owners, body="state__body", place=place)


def _own_cases(reader: Reader) -> "QuerySet[CaseRow]":
    """Return the cases that a reader may see."""
    if reader.kind == "laboratory":
        named = LaboratoryRow.objects.filter(laboratory=reader.organisation)
        return CaseRow.objects.filter(case__in=named.values("case"))
    if reader.kind == REGULATOR and not oversees(reader, ""):
        there = RecordRow.objects.filter(within("state__subject__place", reader.place), stream="case")
        return CaseRow.objects.filter(case__in=there.values("record"))
    return of_reader(CaseRow.objects.all(), reader, "body", "client", body="body")


def of_reader(rows: "QuerySet[Row]", reader: Reader, *owners: str, body: str, place: str = "") -> "QuerySet[Row]":
    """Return the rows that name the reader's organisation, or what it oversees; all of them to a national regulator.

    Args:
        rows: Of any table.
        reader: Who reads.
        *owners: Columns, or members of a state, that name those whose row it is.
        body: The one that names the body whose work it is.
        place: The one that names the place of a site; empty where none does.
    """
    if oversees(reader, ""):
        return rows
    named = [Q(**{one: reader.organisation}) for one in owners]
    if reader.bodies:
        named.append(Q(**{f"{body}__in": sorted(reader.bodies)}))
    if place and reader.kind == REGULATOR:
        named.append(within(place, reader.place))
    return rows.filter(reduce(or_, named))


def within(column: str, place: str) -> Q:
    """Return what asks for rows whose column names a place or what lies in it."""
    return Q(**{column: place}) | Q(**{f"{column}__startswith": f"{place}-"})


def _seen_case(reader: Reader, one: Read) -> dict[str, Any] | None:
    seen = as_seen(reader, one.record, one.state)
    return with_due(one.record, {**seen, "version": one.version}) if seen is not None else None


def _public_certificates(found: list[Certified], day: date) -> list[dict[str, Any]]:
    """Return what anybody may know of certificates."""
    names = {name for one in found for name in (one.held.body, one.held.client)}
    titles = {one.record.id: one.record for one in read_many("organisation", sorted(names))}
    return [_public_certificate(one, day, titles) for one in found]


def _public_certificate(one: Certified, day: date, titles: dict[str, Any]) -> dict[str, Any]:
    held = one.held
    change = one.last_change(day)
    subject = held.subject

    def named(name: str) -> dict[str, Any]:
        return {"id": name, "name": to_json(titles[name].name) if name in titles else None}

    return {
        "number": held.number,
        "on": day.isoformat(),
        "status": one.standing(day).value,
        "since": change.on.isoformat() if change is not None else None,
        "body": named(held.body),
        "client": named(held.client),
        "demonstration": any(titles[name].demonstration for name in (held.body, held.client) if name in titles),
        "scheme": held.scheme,
        "product": subject.product,
        "name": to_json(subject.name),
        "model": subject.model,
        "category": subject.category,
        "place": subject.place,
        "value": str(held.value) if held.value is not None else None,
        "unit": held.unit,
        "grade": held.grade,
        "reduction": exact_text(held.reduction.share) if held.reduction is not None else None,
        "rule": held.rule,
        "package": held.package,
        "decided": held.decided.isoformat(),
        "first": held.first.isoformat(),
        "last": held.last.isoformat(),
        "national": held.national,
        "replaced_by": one.replaced_by,
        **_watched(one, day),
    }


def _watched(one: Certified, day: date) -> dict[str, Any]:
    """Return by when the next surveillance of a certificate is due, and whether that day is past."""
    scheme = scheme_of(one.held.scheme)
    due = watch(one, scheme, day) if scheme is not None else None
    return {
        "surveillance_due": due.by.isoformat() if due is not None else None,
        "surveillance_overdue": due is not None and due.overdue,
    }


def _event(row: EventRow, *, whole: bool) -> dict[str, Any]:
    """Return an event; what it says only to those whose own it is, its digest to everyone who may know of it."""
    shown = {
        "sequence": row.sequence,
        "stream": row.stream,
        "record": row.record,
        "version": row.version,
        "kind": row.kind,
        "at": row.at.isoformat(),
        "role": row.role,
        "organisation": row.organisation,
        "digest": row.digest,
    }
    return shown | ({"person": row.person, "data": row.data} if whole else {})
