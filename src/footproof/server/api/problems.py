"""Refusals as problem details in the reader's language (RFC 9457): what a person can put right, and nothing else."""

from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse

from footproof.errors import FootproofError
from footproof.texts import Lang, describe

MEDIA_TYPE = "application/problem+json"
RETRY = 5
"""When to come again where the database does not answer. [s]"""
_STATUS = {
    "E-API-BODY": 400,
    "E-API-CURSOR": 400,
    "E-API-HEADER": 400,
    "E-API-PARAMETERS": 400,
    "E-API-TOKEN": 401,
    "E-API-CSRF": 403,
    "E-API-SCOPE": 403,
    "E-API-ROLE": 403,
    "E-API-EXPORT": 403,
    "E-API-UNKNOWN": 404,
    "E-API-PATH": 404,
    "E-API-METHOD": 405,
    "E-API-SLOW": 408,
    "E-API-KEY-BUSY": 409,
    "E-API-SIZE": 413,
    "E-API-TYPE": 415,
    "E-API-FIELDS": 422,
    "E-API-INTERNAL": 500,
    "E-API-QUOTA": 507,
    "E-ACCOUNT-SLOW": 429,
    "E-ACCOUNT-ELSEWHERE": 403,
    "E-ACCOUNT-UNKNOWN": 404,
    "E-ROLE-OPERATION": 403,
    "E-ROLE-NONE": 403,
    "E-AUTHORITY-PLACE": 403,
    "E-CASE-FOREIGN": 403,
    "E-CASE-UNKNOWN": 404,
    "E-CASE-EXISTS": 409,
    "E-CASE-STATE": 409,
    "E-OBJECT": 404,
    "E-API-BUSY": 503,
    "E-STORE-UNAVAILABLE": 503,
    "E-WORKSPACE-BUSY": 503,
}


def status_of(code: str) -> int:
    """Return the status of a refusal; what `certify` refuses by a rule is 422."""
    return _STATUS.get(code, 422)


def language_of(request: HttpRequest) -> Lang:
    """Return the language a reader asks for: the one named first; English where neither is."""
    return language_in(request.headers.get("Accept-Language", ""))


def language_in(accepted: str) -> Lang:
    """Return the language that an Accept-Language asks for, as `language_of`."""
    asked = accepted.casefold()[:200]
    ranges = [one.partition(";")[0].strip() for one in asked.split(",")]
    for one in ranges:
        if one.startswith("zh"):
            return "zh"
        if one.startswith("en"):
            return "en"
    return "en"


def problem_of(error: FootproofError, lang: Lang) -> dict[str, Any]:
    """Return the problem details of a refusal."""
    found, advice = describe(error, lang)
    status = status_of(error.code)
    details: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": found,
        "code": error.code,
        "try": advice,
    }
    if "rule" in error.values:
        details["rule"] = str(error.values["rule"])
    if error.where is not None:
        details["where"] = {"file": error.where.file, "line": error.where.line, "field": error.where.field}
    return details


def unavailable() -> FootproofError:
    """Return what is said to a caller whose request the database did not answer; why is for the operator's log."""
    return FootproofError("E-STORE-UNAVAILABLE", reason="server log / 服务器日志", seconds=RETRY)


def refusal(request: HttpRequest, error: FootproofError) -> HttpResponse:
    """Return the response to a refusal."""
    lang = language_of(request)
    problem = problem_of(error, lang)
    response = JsonResponse(problem, status=problem["status"], content_type=MEDIA_TYPE)
    response.headers["Content-Language"] = "zh-Hans" if lang == "zh" else "en"
    if problem["status"] == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="footproof"'
    if "seconds" in error.values:
        response.headers["Retry-After"] = str(error.values["seconds"])
    return response
