"""Packages of a workspace, opened and recomputed: what came out is a function of the digest, so it is kept a while."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from footproof.certify.record import Recomputed
from footproof.errors import FootproofError
from footproof.interpret.terms import figure
from footproof.package import recompute
from footproof.server.certify import opened, package_file
from footproof.server.stated import Stated, both, stated_in
from footproof.server.workspace import Workspace

KEPT = 64


@dataclass(frozen=True, slots=True)
class Looked:
    """What an opened package says, and what recomputing it gave."""

    stated: Stated
    recomputed: Recomputed


def look(workspace: Workspace, digest: str) -> Looked | None:
    """Return a package of the workspace, recomputed; None where it is not there or cannot be opened.

    Args:
        workspace: Where packages are kept.
        digest: Of the package.
    """
    try:
        found = _looked(workspace, package_file(workspace, digest))
    except FootproofError:
        return None
    # The hint may lie; what was opened says itself which package it is.
    return found if found.stated.package == digest else None


@lru_cache(maxsize=KEPT)
def _looked(workspace: Workspace, file: str) -> Looked:
    package = opened(workspace.get(file))
    found, stated = recompute(package), stated_in(package)
    about = stated.about
    recomputed = Recomputed(
        package=package.digest,
        ok=found.ok and found.declared is not None,
        value=Decimal(found.declared or 0),
        unit=found.unit or "",
        rule=about["rule"],
        edition=about["rule_digest"],
        status=about["rule_status"],
        model=about["product"]["model"],
        first=date.fromisoformat(about["period"]["start"]),
        last=date.fromisoformat(about["period"]["end"]),
        producer=both(about["producer"]["name"]),
        site=both(about["site"]["name"]),
        gross=_gross(stated),
    )
    return Looked(stated, recomputed)


def _gross(stated: Stated) -> Mapping[str, Fraction]:
    """Return the positive terms of every stage; an uptake within a factor lowers its term, so the measure is strict."""
    found = dict.fromkeys(stated.sheet["stages"], Fraction(0))
    for term in stated.sheet["terms"]:
        found[term["stage"]] += max(figure(stated.result["terms"][term["id"]]), Fraction(0))
    return found
