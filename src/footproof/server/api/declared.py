"""What follows from declarations of battery packs (MIIT 551/2025): the package of four parts, what a maker still owes.

Nothing here is stored: the package binds digests of what is kept, and what is owed follows from the maker's list of
packs, its declarations, and the legal state of the day.
"""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse

from footproof.canonical import record_digest
from footproof.certify.codec import to_json
from footproof.certify.declaration import CALCULATION, STATEMENT, coverage, manifest
from footproof.certify.declaration_rule import rule_on
from footproof.certify.statements import statement_of
from footproof.model.days import legal_day
from footproof.server.accounts import clock, here
from footproof.server.api.answers import read_answer
from footproof.server.api.callers import caller_in
from footproof.server.api.policy import Access
from footproof.server.api.problems import language_of
from footproof.server.api.questions import Name, Today
from footproof.server.api.readings import need_read, read_many
from footproof.server.api.shapes import Line
from footproof.server.store.models import RecordRow
from footproof.texts import describe
from footproof.verify.statement import statement_record


def add_declared(add: Callable[..., None]) -> None:
    """Add every question to the interface."""
    for path, view, tag in (
        ("/declarations/{name}/package", declaration_package, "declarations"),
        ("/pack-lists/{name}/coverage", pack_coverage, "pack-lists"),
    ):
        add(
            "GET",
            path,
            view,
            Access.READ,
            answer={200: Line, 304: None},
            operation_id=f"read_{view.__name__}",
            summary=(view.__doc__ or "").partition("\n")[0].replace("Return", "Read").rstrip("."),
            tags=[tag],
        )


def declaration_package(request: HttpRequest, name: Name) -> HttpResponse:
    """Return the package of a declaration: what binds its four parts, and where each of them is.

    Its digest is the one that was declared; before all four parts are there, it is refused.
    """
    found = need_read("declaration", name)
    found.seen(caller_in(request).reader)
    bound: dict[str, Any] = manifest(found.record)
    statement = _statement(found.record.pack.maker, bound["parts"][STATEMENT])
    parts = {part: _part(name, part, digest) for part, digest in bound["parts"].items() if part != STATEMENT}
    parts[STATEMENT] = {"digest": bound["parts"][STATEMENT], "here": statement is not None, "record": statement}
    return read_answer(request, {"digest": record_digest(bound), "manifest": bound, "parts": parts})


def pack_coverage(request: HttpRequest, name: Name, on: Today = None) -> HttpResponse:
    """Return what a maker has declared by a day, and what the legal state of that day still asks of it."""
    listed = need_read("pack-list", name)
    listed.seen(caller_in(request).reader)
    day = on or legal_day(clock.now())
    rule = rule_on(day)
    rows = RecordRow.objects.filter(stream="declaration", state__pack__maker=name)
    mine = [one.record for one in read_many("declaration", [row.record for row in rows])]
    by_then = [one for one in mine if one.declared_on is not None and one.declared_on <= day]
    result = coverage(rule, by_then, name, listed.record.packs)
    language = language_of(request)
    return read_answer(
        request,
        {
            "on": day.isoformat(),
            "rule": rule.name,
            "mandatory": rule.mandatory,
            "every_model": rule.every_model,
            "least_models": rule.least_models,
            "listed": to_json(listed.record.packs),
            "declared": list(result.declared),
            "unsupported": list(result.unsupported),
            "met": not result.problems,
            "problems": [{"code": one.code, "detail": describe(one, language)[0]} for one in result.problems],
        },
    )


def _part(name: str, part: str, digest: str) -> dict[str, Any]:
    """Return where a part is: a document, or the sealed package that is named by what it holds."""
    known = here.world()
    found = known.recomputed(digest) is not None if part == CALCULATION else known.kept(digest)
    return {"digest": digest, "here": found, "address": f"/api/v1/objects/{digest}?record=declaration:{quote(name)}"}


def _statement(maker: str, digest: str) -> dict[str, Any] | None:
    """Return a statement made again from its verification; None where another took its place since."""
    rows = RecordRow.objects.filter(stream="verification", state__engagement__client=maker)
    for one in read_many("verification", [row.record for row in rows]):
        last = one.record.statements[-1] if one.record.statements else None
        if last is not None and last.digest == digest:
            found = {**statement_record(statement_of(here.world(), one.record, last.on)), "signature": ""}
            return found if record_digest(found) == digest else None
    return None
