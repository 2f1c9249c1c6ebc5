"""What Django itself refuses, said as the interface and the pages say it; nothing of the inside ever shows."""

import json
import logging
import sys
from collections.abc import Callable
from http import HTTPStatus

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from footproof.errors import FootproofError, Where
from footproof.server.api.problems import MEDIA_TYPE, refusal, unavailable

API = "/api/"
LOCKED = "default-src 'none'; frame-ancestors 'none'"
_log = logging.getLogger("footproof.api")

Respond = Callable[[HttpRequest], HttpResponseBase]


def problems(get_response: Respond) -> Respond:
    """Give every refusal under /api/ the form of a problem, and every answer its policy."""

    def respond(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if not request.path.startswith(API):
            return response
        if response.status_code >= 400 and not response.headers.get("Content-Type", "").startswith(MEDIA_TYPE):
            response = _again(request, response)
        response.headers.setdefault("Content-Security-Policy", LOCKED)
        return response

    return respond


def heads(get_response: Respond) -> Respond:
    """Answer HEAD under /api/ as GET, without the body (RFC 9110, 9.3.2)."""

    def respond(request: HttpRequest) -> HttpResponseBase:
        if request.method != "HEAD" or not request.path.startswith(API):
            return get_response(request)
        request.method = "GET"
        return _without_body(get_response(request))

    return respond


def _without_body(response: HttpResponseBase) -> HttpResponseBase:
    if isinstance(response, StreamingHttpResponse):
        response.streaming_content = ()
    elif isinstance(response, HttpResponse) and response.status_code != HTTPStatus.NOT_MODIFIED:
        response.headers["Content-Length"] = str(len(response.content))
        response.content = b""
    return response


def _again(request: HttpRequest, response: HttpResponseBase) -> HttpResponse:
    """Say a refusal of Django's as one of ours, with its headers that a caller needs."""
    if response.status_code == 405:
        said = refusal(request, FootproofError("E-API-METHOD", found=str(request.method)[:20]))
        said.headers["Allow"] = response.headers.get("Allow", "").replace("GET", "GET, HEAD")
        return said
    if response.status_code == 404:
        return refusal(request, FootproofError("E-API-PATH", found=request.path[:200]))
    if response.status_code >= 500:
        return refusal(request, FootproofError("E-API-INTERNAL"))
    return refusal(request, FootproofError("E-API-BODY", Where("request"), reason="unreadable"))


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001  # what Django found is for nobody
    """Answer a request without the token against forged ones."""
    return _said(request, FootproofError("E-API-CSRF"))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    """Answer for an address that is none."""
    return _said(request, FootproofError("E-API-PATH", found=request.path[:200]))


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    """Answer a request that Django cannot read."""
    return _said(request, FootproofError("E-API-BODY", Where("request"), reason="unreadable"))


def broken(request: HttpRequest) -> HttpResponse:
    """Answer where the server failed, or its database."""
    failed = isinstance(sys.exc_info()[1], (OperationalError, InterfaceError))  # Django calls this while it handles it
    if not failed:
        return _said(request, FootproofError("E-API-INTERNAL"))
    said = refusal(request, unavailable())
    if not request.path.startswith(API):  # a page asks the database who is signed in
        found = json.loads(said.content)
        said.content = f"{found['detail']}\n{found['try']}\n".encode()
        said.headers["Content-Type"] = "text/plain; charset=utf-8"
    return said


def _said(request: HttpRequest, error: FootproofError) -> HttpResponse:
    if request.path.startswith(API):
        return refusal(request, error)
    from footproof.server.accounts.pages import refused  # pages need the address table, which names this module

    return refused(request, error)
