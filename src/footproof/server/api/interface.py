"""The interface as one object of django-ninja, with its description (OpenAPI 3.1) and its refusals."""

import logging
from collections.abc import Callable
from functools import partial
from typing import Any

from django.conf import settings
from django.core.exceptions import TooManyFieldsSent
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.operation import Operation

from footproof import __version__
from footproof.errors import FootproofError, Where
from footproof.server.api import charges, declared, derived, operating, questions, receiving, settling
from footproof.server.api.bodies import StrictParser
from footproof.server.api.callers import Guard
from footproof.server.api.policy import Access
from footproof.server.api.problems import MEDIA_TYPE, language_of, problem_of, refusal, unavailable
from footproof.server.api.shapes import Problem

REFUSALS = frozenset({400, 401, 403, 404, 409, 413, 415, 422, 429, 503, 507})
_log = logging.getLogger("footproof.api")


class Interface(NinjaAPI):
    """django-ninja, with refusals described as the media type they have, and what is public as needing no token."""

    public: frozenset[str] = frozenset()

    def get_openapi_schema(self, **given: Any) -> Any:
        """Return the description."""
        schema = super().get_openapi_schema(**given)
        for path in schema["paths"].values():
            for operation in path.values():
                if operation["operationId"] in self.public:
                    operation["security"] = [{}, *operation.get("security", [])]
                for status, response in operation["responses"].items():
                    content = response.get("content", {})
                    if int(status) in REFUSALS and "application/json" in content:
                        response["content"] = {MEDIA_TYPE: content["application/json"]}
        return schema


def build() -> Interface:
    """Return the interface with every address."""
    api = Interface(
        title="Footproof",
        version=__version__,
        description="Certification of carbon footprints: operations, readings, uploads and webhooks.",
        openapi_url="/openapi.json",
        docs_url=None,
        parser=StrictParser(),
        urls_namespace="api-v1",
    )
    for module in (
        operating.add_operations,
        derived.add_derived,
        declared.add_declared,
        questions.add_questions,
        receiving.add_receiving,
        settling.add_settling,
        charges.add_charges,
    ):
        module(partial(add, api))
    _refuse(api)
    _fail(api)
    return api


def add(
    api: Interface,
    method: str,
    path: str,
    view: Callable[..., Any],
    access: Access,
    *,
    answer: dict[int, Any],
    operation_id: str,
    summary: str,
    tags: list[str],
    description: str | None = None,
    extra: dict[str, Any] | None = None,
) -> None:
    """Add an address; there is no other way, so that none is without an access."""
    if access is Access.PUBLIC:
        api.public |= {operation_id}
    guard = Guard(access)
    api.default_router.add_api_operation(
        path,
        [method],
        view,
        auth=guard,
        response={**answer, REFUSALS: Problem},
        operation_id=operation_id,
        summary=summary,
        description=description,
        tags=tags,
        openapi_extra=extra,
        by_alias=True,
    )
    guard.questions = _questions(api.default_router.path_operations[path].operations[-1])


def _questions(operation: Operation) -> frozenset[str]:
    """Return the names of the query parameters of an operation."""
    return frozenset(
        name
        for model in operation.models
        if model.__ninja_param_source__ == "query"
        for name in model.__ninja_flatten_map__
    )


def _refuse(api: Interface) -> None:
    """Say what was wrong with what was asked."""

    @api.exception_handler(FootproofError)
    def refused(request: HttpRequest, error: FootproofError) -> HttpResponse:
        if error.code == "E-STORE-UNAVAILABLE":  # its reason may name the inside of the network
            _log.error("%s %s: %s", request.method, request.path, error.values.get("reason", ""))
            return refusal(request, unavailable())
        return refusal(request, error)

    @api.exception_handler(ValidationError)
    def misshapen(request: HttpRequest, error: ValidationError) -> HttpResponse:
        return _fields(request, error)

    @api.exception_handler(Http404)
    def unknown(request: HttpRequest, error: Http404) -> HttpResponse:  # noqa: ARG001
        return refusal(request, FootproofError("E-API-PATH", found=request.path[:200]))

    @api.exception_handler(AuthenticationError)
    def nobody(request: HttpRequest, error: AuthenticationError) -> HttpResponse:  # noqa: ARG001
        return refusal(request, FootproofError("E-API-TOKEN"))

    @api.exception_handler(HttpError)
    def unreadable(request: HttpRequest, error: HttpError) -> HttpResponse:
        cause = error.__cause__  # django-ninja wraps what the parser raises
        if isinstance(cause, FootproofError):
            return refusal(request, cause)
        return refusal(request, FootproofError("E-API-BODY", Where("request"), reason="unreadable"))

    @api.exception_handler(TooManyFieldsSent)
    def too_many(request: HttpRequest, error: TooManyFieldsSent) -> HttpResponse:  # noqa: ARG001
        limit = settings.DATA_UPLOAD_MAX_NUMBER_FIELDS
        return refusal(request, FootproofError("E-API-PARAMETERS", Where("request"), limit=limit))


def _fail(api: Interface) -> None:
    """Say that the server could not."""

    @api.exception_handler(OperationalError)
    @api.exception_handler(InterfaceError)
    def unanswered(request: HttpRequest, error: Exception) -> HttpResponse:
        _log.error("%s %s: %s", request.method, request.path, type(error).__name__, exc_info=error)
        return refusal(request, unavailable())

    @api.exception_handler(Exception)
    def broken(request: HttpRequest, error: Exception) -> HttpResponse:
        _log.error("%s %s: %s", request.method, request.path, type(error).__name__, exc_info=error)
        return refusal(request, FootproofError("E-API-INTERNAL"))


def _fields(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """Say which members are not as they should be; what was sent is not repeated."""
    from django.http import JsonResponse

    found = [
        {"field": ".".join(str(part) for part in one["loc"][1:])[:200], "reason": str(one["msg"])[:300]}
        for one in error.errors[:50]
    ]
    place = Where("request", field=found[0]["field"] if found else None)
    problem = FootproofError("E-API-FIELDS", place, count=len(error.errors), first=found[0]["reason"] if found else "")
    details = problem_of(problem, language_of(request)) | {"fields": found}
    return JsonResponse(details, status=details["status"], content_type=MEDIA_TYPE)
