"""What the description promises is answered: schemathesis tries every address with well- and ill-formed requests."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from hypothesis import HealthCheck, assume, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from api.routes import routes
from api.worlds import Site

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    negative_data_rejection,
    unsupported_method,
]
USUAL = settings(deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None)
ROUTES = sorted((one.path, one.method) for one in routes() if one.operation)
MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)


@pytest.fixture(scope="module")
def described(shared_site: Site) -> Iterator[Any]:
    """The description, from a server whose limits of calls are tried elsewhere."""
    from footproof.server.api import callers

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(callers, "need_turn", lambda *_: None)
        yield schemathesis.openapi.from_wsgi("/api/v1/openapi.json", get_wsgi_application())


def try_out(site: Site, operation: Any, mode: GenerationMode, examples: int) -> None:
    """Send requests that an address should take, or should not, and hold every answer against the description."""
    person = "p-manager" if operation.path.startswith(("/api/v1/people", "/api/v1/webhooks")) else "p-client"
    headers = {"Authorization": f"Bearer {site.tokens[person]}"}

    @settings(USUAL, max_examples=examples)
    @given(case=operation.as_strategy(generation_mode=mode))
    def send(case: Any) -> None:
        # A parameter with an empty list is not sent at all: nothing is then wrong with what arrives.
        assume(mode is GenerationMode.POSITIVE or [] not in (case.query or {}).values())
        case.call_and_validate(checks=CHECKS, headers=headers)

    with suppress(Unsatisfiable):  # an address without anything in it that could be wrong
        send()


@pytest.mark.parametrize("mode", MODES, ids=lambda one: one.value)
@pytest.mark.parametrize(("path", "method"), ROUTES)
def test_what_is_described_is_what_is_answered(
    site: Site, described: Any, path: str, method: str, mode: GenerationMode
) -> None:
    try_out(site, described[path][method], mode, 5)


@pytest.mark.slow
@pytest.mark.parametrize("mode", MODES, ids=lambda one: one.value)
@pytest.mark.parametrize(("path", "method"), ROUTES)
def test_what_is_described_is_what_is_answered_at_length(
    site: Site, described: Any, path: str, method: str, mode: GenerationMode
) -> None:
    try_out(site, described[path][method], mode, 100)
