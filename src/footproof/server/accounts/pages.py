"""How pages are made: words in the reader's language, refusals beside the form, and who may see a page at all."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from footproof.errors import FootproofError
from footproof.server.accounts.middleware import signed_in
from footproof.server.accounts.models import Account
from footproof.server.api.policy import Access, guarded
from footproof.server.api.problems import language_of, status_of
from footproof.texts import Lang, catalogue, describe

LANGUAGE = "footproof_language"
SIGN_IN = "/accounts/sign-in"
_STATUS = {"E-ACCOUNT-SIGN-IN": 403, "E-ACCOUNT-CODE": 403, "E-ACCOUNT-INVITATION": 404, "E-ACCOUNT-IDENTITY": 403}

View = Callable[..., HttpResponse]


def language(request: HttpRequest) -> Lang:
    """Return the language of a page: as chosen here, else as the account has it, else as the browser asks."""
    chosen = request.COOKIES.get(LANGUAGE, "")
    if chosen in ("zh", "en"):
        return "zh" if chosen == "zh" else "en"
    account = signed_in(request)
    if account is not None:
        return "zh" if account.language == "zh" else "en"
    return language_of(request)


def show(request: HttpRequest, template: str, status: int = 200, **values: object) -> HttpResponse:
    """Return a page.

    Args:
        request: Who asks.
        template: Name of the template.
        status: Of the response.
        values: What it shows.
    """
    lang = language(request)
    words = {key: record[lang] for key, record in catalogue("accounts").items()}
    words["comma"] = "、" if lang == "zh" else ", "
    context = {"t": words, "lang": "zh-Hans" if lang == "zh" else "en", "account": signed_in(request), **values}
    return render(request, f"accounts/{template}.html", context, status=status)


def refused(request: HttpRequest, error: FootproofError, template: str = "problem", **values: object) -> HttpResponse:
    """Return a page that says what stands in the way."""
    found, advice = describe(error, language(request))
    status = _STATUS.get(error.code, status_of(error.code))
    response = show(request, template, status, problem=found, advice=advice, code=error.code, **values)
    if "seconds" in error.values:
        response.headers["Retry-After"] = str(error.values["seconds"])
    return response


def door(view: View) -> View:
    """Make a page that anybody may see; refusals it does not show itself are shown."""

    @wraps(view)
    def shown(request: HttpRequest, *args: Any, **given: Any) -> HttpResponse:
        try:
            return view(request, *args, **given)
        except FootproofError as error:
            return refused(request, error)

    return guarded(Access.DOOR)(shown)


def own(view: View) -> View:
    """Make a page for whoever is signed in; everybody else is sent to sign in."""

    @wraps(view)
    def shown(request: HttpRequest, *args: Any, **given: Any) -> HttpResponse:
        account = signed_in(request)
        if account is None:
            return HttpResponseRedirect(SIGN_IN)
        try:
            return view(request, account, *args, **given)
        except FootproofError as error:
            return refused(request, error)

    return guarded(Access.SIGNED_IN)(shown)


def field(request: HttpRequest, name: str, most: int = 300) -> str:
    """Return a field of a form; one that is too long for its purpose is as good as none."""
    text = request.POST.get(name, "")
    return text if len(text) <= most and "\0" not in text else ""


Values = Mapping[str, object]
OwnView = Callable[[HttpRequest, Account], HttpResponse]
