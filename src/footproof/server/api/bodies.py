"""What a request may carry: one JSON object that every reader understands alike, within its size.

Bombs are refused before they go off: the size first, then depth, duplicate names and numbers that are no numbers.
"""

from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest
from django.http.request import UnreadablePostError
from ninja.parser import Parser

from footproof.credential.jose import read_object
from footproof.errors import FootproofError, Where

MOST_BODY = 1024 * 1024
JSON = "application/json"


def need_json(request: HttpRequest) -> bytes:
    """Return the body of a request that has to be JSON.

    Raises:
        FootproofError: E-API-TYPE, E-API-SIZE, E-API-BODY.
    """
    kind = (request.content_type or "").casefold()
    if kind != JSON:
        raise FootproofError("E-API-TYPE", found=kind[:80] or "—", needed=JSON)
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal() or int(length) > MOST_BODY:
        raise FootproofError("E-API-SIZE", limit=MOST_BODY)
    try:
        data = request.body
    except RequestDataTooBig as problem:
        raise FootproofError("E-API-SIZE", limit=MOST_BODY) from problem
    except UnreadablePostError as problem:
        raise FootproofError("E-API-BODY", Where("request"), reason="unreadable") from problem
    if len(data) > MOST_BODY:
        raise FootproofError("E-API-SIZE", limit=MOST_BODY)
    return data


class StrictParser(Parser):
    """Reads bodies for django-ninja."""

    def parse_body(self, request: HttpRequest) -> dict[str, Any]:
        """Return the object of a body.

        Raises:
            FootproofError: As `need_json`; E-API-BODY where it is no JSON object.
        """
        data = need_json(request)
        try:
            return read_object(data)
        except FootproofError as problem:
            reason = problem.values.get("reason", "")
            raise FootproofError("E-API-BODY", Where("request"), reason=reason) from problem
