"""What follows from records, schemes and a day by rule: surveillances due, checklists, grades, where a mark may stand.

Nothing here is stored; each answer is computed by `certify` when it is asked for.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Annotated, Any, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Query

from footproof.certify.applications import case_facts
from footproof.certify.checklist import checklist, rule_for
from footproof.certify.codec import to_json
from footproof.certify.grading import graded
from footproof.certify.marks import may_show
from footproof.certify.progress import done_of
from footproof.certify.scheme import activities_for, missing_before, ready
from footproof.certify.surveillance import due_list
from footproof.errors import FootproofError
from footproof.model.days import legal_day
from footproof.model.engagement import Assurance
from footproof.server.accounts import clock, here
from footproof.server.api.answers import read_answer
from footproof.server.api.callers import caller_in
from footproof.server.api.deadlines import scheme_of
from footproof.server.api.paging import order_of, page
from footproof.server.api.policy import Access, oversees, place_of
from footproof.server.api.problems import language_of
from footproof.server.api.questions import FINDINGS_READ, Cursor, Name, Today, Word, need_scheme, of_reader
from footproof.server.api.readings import need_read, read_many
from footproof.server.api.shapes import Line, Page
from footproof.server.store.models import CertificateRow
from footproof.server.store.packages import proposal_for
from footproof.texts import describe

Fact = Annotated[str, Query(pattern=r"^[a-z][a-z0-9_.-]{0,59}:(?:true|false|(?:0|[1-9][0-9]{0,8})(?:\.[0-9]{1,9})?)$")]
Ahead = Annotated[int, Query(ge=0, le=3660, description="How many days to look ahead.")]
Share = Annotated[str, Query(pattern=r"^(?:0\.[0-9]{1,4}|1)$", description="Share of the positive emissions.")]


def add_derived(add: Callable[..., None]) -> None:
    """Add every question to the interface; before `questions`, whose `/certificates/{number}` would take `due`."""
    for path, view, access, shape, tag in (
        ("/certificates/due", due, Access.READ, Page, "certificates"),
        ("/cases/{case}/activities", case_activities, Access.READ, Line, "cases"),
        ("/cases/{case}/activities/{activity}/checklist", activity_checklist, Access.READ, Line, "cases"),
        ("/cases/{case}/verification", case_verification, Access.READ, Line, "cases"),
        ("/schemes/{scheme}/mark", scheme_mark, Access.PUBLIC, Line, "schemes"),
        ("/schemes/{scheme}/grade", scheme_grade, Access.PUBLIC, Line, "schemes"),
    ):
        add(
            "GET",
            path,
            view,
            access,
            answer={200: shape, 304: None},
            operation_id=f"read_{view.__name__}",
            summary=(view.__doc__ or "").partition("\n")[0].replace("Return", "Read").rstrip("."),
            tags=[tag],
        )


def due(request: HttpRequest, on: Today = None, within: Ahead = 0, cursor: Cursor = "") -> HttpResponse:
    """Return surveillances that are due, of the caller's certificates; a page looks at a hundred and may be empty.

    Args:
        request: Who asks: body or holder of the certificates; and those who oversee the body.
        on: Day asked about.
        within: How far to look ahead. [day]
        cursor: `next` of the page before.
    """
    caller = caller_in(request)
    reader, day = caller.reader, on or legal_day(clock.now())
    living = CertificateRow.objects.filter(last__gte=day)
    rows = of_reader(living, reader, "body", "client", body="body", place="province")
    found, following = page(rows, order_of("number", "number"), cursor, FINDINGS_READ)
    held = [one.record for one in read_many("certificate", [row.number for row in found])]
    known = [one for one in held if scheme_of(one.held.scheme) is not None]
    return read_answer(
        request, {"items": [to_json(one) for one in due_list(known, here.find_scheme, day, within)], "next": following}
    )


def case_activities(request: HttpRequest, case: Name) -> HttpResponse:
    """Return the activities of a case in order: which are done, which may be done now, and what the others wait for."""
    caller = caller_in(request)
    found = need_read("case", case)
    found.seen(caller.reader)
    record = found.record
    scheme = here.find_scheme(record.scheme)
    facts, done = case_facts(scheme, record), done_of(scheme, record)
    now = {one.id for one in ready(scheme, record.kind, done, facts)}
    lines = [
        {
            "id": one.id,
            "title": to_json(one.title),
            "function": one.function.value,
            "role": one.role,
            "checklist": one.checklist.value,
            "state": "done" if one.id in done else "ready" if one.id in now else "waiting",
            "waits_for": [other.id for other in missing_before(scheme, record.kind, one.id, done, facts)],
        }
        for one in activities_for(scheme, record.kind, facts)
    ]
    return read_answer(request, {"case": record.id, "activities": lines})


def activity_checklist(request: HttpRequest, case: Name, activity: Name) -> HttpResponse:
    """Return the questions of an activity of a case: from the scheme, or from the clauses of its rulebook."""
    caller = caller_in(request)
    found = need_read("case", case)
    found.seen(caller.reader)
    scheme = here.find_scheme(found.record.scheme)
    asked = scheme.activity(activity)
    if asked is None:
        raise FootproofError("E-API-UNKNOWN", record="activity", id=activity[:100])
    rule = rule_for(here.world(), asked, found.record.package)
    return read_answer(
        request,
        {
            "activity": asked.id,
            "title": to_json(asked.title),
            "from": asked.checklist.value,
            "rulebook": rule.name if rule is not None else None,
            "questions": [to_json(one) for one in checklist(scheme, asked, rule)],
        },
    )


def case_verification(
    request: HttpRequest, case: Name, coverage: Share = "0.8", assurance: Assurance = Assurance.REASONABLE
) -> HttpResponse:
    """Return what a verification for a case begins with: claim of its package, proposed risks, evidence to gather.

    Args:
        request: Who asks: the body of the case, and those who oversee; its client sees no risks before the statement.
        case: Its id.
        coverage: Share of the positive emissions that evidence has to cover. [1]
        assurance: Level that decides how deep the procedures go.
    """
    reader = caller_in(request).reader
    found = need_read("case", case)
    found.seen(reader)
    if reader.organisation != found.record.body and not oversees(reader, found.record.body, place_of(found.record)):
        raise FootproofError("E-API-UNKNOWN", record="verification", id=case[:100])
    made = proposal_for(here.workspace(), found.record.package, Decimal(coverage), assurance)
    return read_answer(request, to_json(made))


def scheme_mark(  # noqa: PLR0917
    request: HttpRequest,
    scheme: Name,
    market: Word = "CN",
    audience: Annotated[Literal["consumer", "business", "authority"], Query()] = "consumer",
    medium: Annotated[
        Literal["product", "packaging", "advertising", "website", "report", "letterhead"], Query()
    ] = "product",
    on: Today = None,
) -> HttpResponse:
    """Return whether the mark of a scheme may be shown in a market, to whom and where it stands, on a day."""
    mark = need_scheme(scheme).mark
    if mark is None:
        raise FootproofError("E-API-UNKNOWN", record="mark", id=scheme[:100])
    day = on or legal_day(clock.now())
    answer = may_show(mark, market, audience, day, medium)
    said: dict[str, Any] = {"code": None, "reason": None}
    if answer.problem is not None:
        said = {"code": answer.code, "reason": describe(answer.problem, language_of(request))[0]}
    asked = {"market": market, "audience": audience, "medium": medium, "on": day.isoformat()}
    return read_answer(request, {"mark": to_json(mark), **asked, "allowed": answer.ok, **said})


def scheme_grade(
    request: HttpRequest,
    scheme: Name,
    fact: Annotated[list[Fact], Query(max_length=100, description="Answers, each as `name:value`.")] = [],  # noqa: B006
) -> HttpResponse:
    """Return the grade that declared answers come to under a scheme, with the answers it asks for."""
    found = need_scheme(scheme)
    grading = found.grading
    if grading is None:
        raise FootproofError("E-API-UNKNOWN", record="grading", id=scheme[:100])
    answers = [one.partition(":") for one in fact]
    result = graded(found, tuple((name, value) for name, _, value in answers))
    return read_answer(
        request,
        {
            "passed": result.passed,
            "grade": result.grade,
            "title": to_json(result.band.title if result.band is not None else grading.failing),
            "score": str(result.score) if result.score is not None else None,
            "source": grading.source,
            "confidence": grading.confidence.value,
        },
    )
