"""Packages of a workspace, opened and recomputed: what came out is a function of the digest, so it is kept a while."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache

from footproof.certify.record import Recomputed
from footproof.errors import FootproofError
from footproof.model.engagement import Assurance, Risk
from footproof.package import Package, recompute
from footproof.rules.parameters import shipped
from footproof.server.certify import opened, package_file
from footproof.server.editions import editions
from footproof.server.stated import Stated, both, stated_in
from footproof.server.workspace import Workspace
from footproof.verify.packaged import Proposal, green_in, gross_stated, parameters_in, proposal, proposed_risks

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


def kept(workspace: Workspace, document: str) -> bool:
    """Tell whether a document is among the objects of the workspace.

    Args:
        workspace: Where they are kept.
        document: Its digest.

    Raises:
        FootproofError: E-OBJECT where that is no digest.
    """
    return workspace.has(document)


def parameters_of(workspace: Workspace, digest: str) -> Mapping[str, str]:
    """Return the parameters that the study in a package of the workspace states; none where it is not there.

    Args:
        workspace: Where packages are kept.
        digest: Of the package.
    """
    try:
        package = _opened(workspace, package_file(workspace, digest))
    except FootproofError:
        return {}
    return parameters_in(package) if package.digest == digest else {}


def risks_in(workspace: Workspace, digest: str) -> tuple[Risk, ...]:
    """Return the risks that checking a package of the workspace proposes; none where it is not there.

    Args:
        workspace: Where packages are kept.
        digest: Of the package.
    """
    try:
        return _checked(workspace, digest)[1]
    except FootproofError:
        return ()


def proposal_for(workspace: Workspace, digest: str, coverage: Decimal, assurance: Assurance) -> Proposal:
    """Return what an engagement on a package of the workspace begins with.

    Args:
        workspace: Where packages are kept.
        digest: Of the package.
        coverage: Share of the positive emissions that evidence has to cover. [1]
        assurance: Level that decides how deep the procedures go.

    Raises:
        FootproofError: E-OBJECT where the package is not there; as `proposal`.
    """
    package, risks = _checked(workspace, digest)
    return proposal(package, risks, coverage, assurance)


def _checked(workspace: Workspace, digest: str) -> tuple[Package, tuple[Risk, ...]]:
    """Return a package and the risks of its claim.

    Raises:
        FootproofError: E-OBJECT where it is not there, or the hint leads to another.
    """
    file = package_file(workspace, digest)
    package, risks = _opened(workspace, file), _proposed(workspace, file)
    if package.digest != digest:
        raise FootproofError("E-OBJECT", digest=digest, reason=package.digest)
    return package, risks


@lru_cache(maxsize=KEPT)
def _opened(workspace: Workspace, file: str) -> Package:
    return opened(workspace.get(file))


@lru_cache(maxsize=KEPT)
def _proposed(workspace: Workspace, file: str) -> tuple[Risk, ...]:
    return proposed_risks(_opened(workspace, file), shipped(), editions(workspace.folder).rulebook_named)


@lru_cache(maxsize=KEPT)
def _looked(workspace: Workspace, file: str) -> Looked:
    package = _opened(workspace, file)
    found, stated = recompute(package), stated_in(package)
    about = stated.about
    rule = editions(workspace.folder).rulebook(about["rule"], about["rule_digest"])
    recomputed = Recomputed(
        package=package.digest,
        ok=found.ok and found.declared is not None,
        value=Decimal(found.declared or 0),
        unit=found.unit or "",
        rule=about["rule"],
        edition=about["rule_digest"],
        status=about["rule_status"] if rule is None else rule.status.value,  # which a package could say otherwise
        model=about["product"]["model"],
        first=date.fromisoformat(about["period"]["start"]),
        last=date.fromisoformat(about["period"]["end"]),
        producer=both(about["producer"]["name"]),
        site=both(about["site"]["name"]),
        gross=gross_stated(stated.sheet, stated.result),
        green=green_in(package),
        unit_name=both(about["declared_unit"]),
        boundary=both(about["boundary"]),
        stages=tuple(stated.sheet["stages"]),
    )
    return Looked(stated, recomputed)
