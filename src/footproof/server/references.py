"""What certificates rest on, as leaves of the log: published parameter values and sealed rulebook editions.

A value or an edition that is in the log cannot later have been another. Each is entered once, by whoever keeps the
demonstration's scheme; the source of a value stands in its record.
"""

from collections.abc import Iterator
from datetime import datetime

from footproof.canonical import canonical_bytes, digest
from footproof.package import Package
from footproof.server.events import event, logged
from footproof.server.workspace import Workspace

PARAMETER, EDITION = "parameter.published", "edition.sealed"


def enter_references(workspace: Workspace, package: Package, actor: str, at: datetime) -> int:
    """Enter the parameter values and rulebook editions of a package that the log does not have yet.

    Args:
        workspace: Whose log.
        package: What a certificate is about to rest on.
        actor: Who enters them.
        at: Now, with a time zone.

    Returns:
        How many were new.
    """
    wanted = list(_references(package))
    known = {entry for kind in (PARAMETER, EDITION) for _, entry in logged(workspace, kind.encode("ascii"))}
    new = [one for one in wanted if not any(digest(one[2]).encode("ascii") in entry for entry in known)]
    if new:
        items = workspace.put_many(data for _, _, data in new)
        with workspace.open_log() as log:
            log.append([event(kind, at, actor, name, item) for (kind, name, _), item in zip(new, items, strict=True)])
    return len(new)


def _references(package: Package) -> Iterator[tuple[str, str, bytes]]:
    """Yield type of event, name and bytes of what a package rests on."""
    # Which values a confidential study uses is its own business; a new leaf beside its certificate would tell.
    values = {} if package.lines else package.record("parameters.json")
    for name, value in values.items():
        yield PARAMETER, name, canonical_bytes(value)
    about = package.record("about.json")
    edition = {"rule": about["rule"], "digest": about["rule_digest"], "status": about["rule_status"]}
    yield EDITION, about["rule"], canonical_bytes(edition)
