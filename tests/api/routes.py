"""Every address that Django answers, from the address table itself."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver

from footproof.server.api.callers import Guard
from footproof.server.api.policy import Access
from footproof.server.api.urls import API

MOST_QUERIES = 30
"""What one call may ask the database."""


def queries_in(asked: CaptureQueriesContext) -> int:
    """Return how many questions were put to the database; where a transaction may go back to is none."""
    return sum(not one["sql"].startswith(("SAVEPOINT", "RELEASE")) for one in asked.captured_queries)


@dataclass(frozen=True)
class Route:
    """One method of one address.

    Args:
        method: HTTP method.
        path: With its names in braces, from the root.
        access: Who may call it; None where nobody said.
        operation: Name in the description; empty for a page.
    """

    method: str
    path: str
    access: Access | None
    operation: str = ""


def patterns(resolver: URLResolver | None = None, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Yield every pattern with its whole path."""
    for one in (resolver or get_resolver()).url_patterns:
        path = prefix + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from patterns(one, path)
        else:
            yield path, one


def routes() -> list[Route]:
    """Return every method of every address."""
    found = []
    interface = _interface()
    for path, pattern in dict(patterns()).items():  # django-ninja lists an address once for each method
        plain = "/" + path.replace("<str:", "<").replace("<", "{").replace(">", "}")
        if plain in interface:
            found += interface[plain]
        else:
            access = getattr(pattern.callback, "access", None)
            found += [Route(method, plain, access) for method in ("GET", "POST")]
    return found


def _interface() -> dict[str, list[Route]]:
    """Return the addresses of the interface, as django-ninja has them."""
    found: dict[str, list[Route]] = {}
    for prefix, router in API._routers:
        for path, view in router.path_operations.items():
            whole = f"/api/v1{prefix}{path}"
            for operation in view.operations:
                guards = [one for one in operation.auth_callbacks if isinstance(one, Guard)]
                access = guards[0].access if len(guards) == 1 else None
                found[whole] = [
                    *found.get(whole, []),
                    *(Route(method, whole, access, operation.operation_id or "") for method in operation.methods),
                ]
    return found
