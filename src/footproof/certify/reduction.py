"""Own reductions: what a footprint is compared with, why that is believed, and the share that comes out.

A reduction is certified where a scheme says so (`[reduction]`); the label family as reported with CNCA-CFP-00:2025 has
a member for it. Nobody types it in: it follows from two packages that recompute (I2), of one product under one edition
of one rule, the base before the data of the case. Footprints never hold offsets, so neither does it.
"""

from datetime import date

from footproof.certify.case import Base, Case
from footproof.certify.certificate import Certified, Held, Standing
from footproof.certify.people import Organisation
from footproof.certify.record import Recomputed, World, need
from footproof.certify.refusals import refuse
from footproof.certify.reliance import need_assured
from footproof.certify.verifications import Verification
from footproof.model.engagement import OpinionKind, State
from footproof.model.reduction import StatedReduction, percent_text, reduction_share
from footproof.model.scheme import Scheme

ALIKE = {
    "rule": "rulebook",
    "edition": "rulebook",
    "unit": "unit",
    "unit_name": "unit",
    "model": "model",
    "producer": "maker",
    "site": "site",
    "boundary": "boundary",
    "stages": "boundary",
}
"""Parts in which a base is as what is compared with it, in words of texts; a share of anything else says nothing."""


def base_named(world: World, scheme: Scheme, base: Base | None, certificate: str) -> Base | None:
    """Return the base that an application begins with: a later one keeps that of its certificate.

    Args:
        world: What is known.
        scheme: Edition that it is made under.
        base: As it names one.
        certificate: Number of the certificate that it is about; empty for an initial one.

    Raises:
        FootproofError: E-REDUCTION-NONE where no reduction is certified, E-REDUCTION-BASE where no base is named,
            E-REDUCTION-KEPT where it is another one.
    """
    if scheme.least_reduction is None:
        if base is not None:
            raise refuse("E-REDUCTION-NONE", scheme.name, "base", scheme=scheme.title)
        return None
    kept = base_kept(world, certificate) if certificate else None
    if kept is not None and base not in (None, kept):
        raise refuse("E-REDUCTION-KEPT", scheme.name, "base", certificate=certificate, needed=kept.package)
    found = kept or base
    if found is None:
        raise refuse("E-REDUCTION-BASE", scheme.name, "base", scheme=scheme.title)
    return found


def base_kept(world: World, certificate: str) -> Base | None:
    """Return the base that a certificate was decided on, None where it certifies no reduction.

    Args:
        world: What is known.
        certificate: Its number.
    """
    return need(world, Case, need(world, Certified, certificate).held.case).base


def need_base(world: World, case: Case) -> Recomputed:
    """Return what came out of the base of a case; it has to be believed, and of the same product at an earlier time.

    Args:
        world: What is known.
        case: Under a scheme that certifies a reduction.

    Raises:
        FootproofError: E-REDUCTION-BASE, E-CASE-PACKAGE, E-DECISION-RECOMPUTE, E-REDUCTION-BELIEVED,
            E-STATEMENT-ASSURANCE, E-VERIFY-CEILING, E-REDUCTION-PRODUCT, E-REDUCTION-PERIOD.
    """
    scheme = world.scheme(case.scheme)
    if case.base is None:
        raise refuse("E-REDUCTION-BASE", scheme.name, "base", scheme=scheme.title)
    _need_believed(world, case, case.base)
    found = world.recomputed(case.base.package)
    if found is None:
        raise refuse("E-CASE-PACKAGE", "ISO/IEC 17065, 7.3.1", "base.package", package=case.base.package)
    if not found.ok:
        raise refuse("E-DECISION-RECOMPUTE", "I2", "base.package", package=found.package)
    if (found.model, found.producer) != (case.subject.model, need(world, Organisation, case.client).name):
        raise refuse("E-REDUCTION-PRODUCT", "I1", "base.package", package=found.package, model=found.model)
    _need_before(found.last, case.subject.first)
    return found


def reduction_of(world: World, case: Case, scheme: Scheme, found: Recomputed | None) -> StatedReduction | None:
    """Return the reduction that a case comes to; None where its scheme certifies none.

    Args:
        world: What is known.
        case: The case.
        scheme: Its edition.
        found: What came out of its package.

    Raises:
        FootproofError: E-REDUCTION-COMPARED, E-REDUCTION-SHARE; as `need_base`.
    """
    if scheme.least_reduction is None or found is None:
        return None
    base = need_base(world, case)
    _need_before(base.last, found.first)
    apart = base.unlike(found, ALIKE)
    if apart:
        raise refuse("E-REDUCTION-COMPARED", "I2", "base.package", package=base.package, found=apart)
    share = reduction_share(base.value, found.value)
    if share is None or share <= scheme.least_reduction:
        said = percent_text(share) if share is not None else "—"
        told = {"found": said, "needed": percent_text(scheme.least_reduction)}
        raise refuse("E-REDUCTION-SHARE", scheme.name, "package", value=f"{found.value}", base=f"{base.value}", **told)
    return StatedReduction(base.package, base.value, base.first, base.last, share)


def need_no_less(stated: StatedReduction | None, found: StatedReduction | None, scheme: Scheme) -> None:
    """Refuse to go on stating a larger reduction than there is now; a restatement states what is left.

    Args:
        stated: What the certificate states; None where it certifies no reduction.
        found: What the case comes to.
        scheme: Its edition.

    Raises:
        FootproofError: E-REDUCTION-LESS.
    """
    if stated is not None and found is not None and found.share < stated.share:
        said, needed = percent_text(found.share), percent_text(stated.share)
        raise refuse("E-REDUCTION-LESS", scheme.name, "outcome", found=said, needed=needed)


def _need_before(last: date, first: date) -> None:
    if last >= first:
        raise refuse("E-REDUCTION-PERIOD", "I2", "base.package", found=last.isoformat(), needed=first.isoformat())


def _need_believed(world: World, case: Case, base: Base) -> None:
    """Refuse a base that nobody stands by: a certificate of the client, or an unmodified statement on the package.

    What is compared has to be known alike: the statement is no looser than the scheme of the case asks.
    """
    by_certificate = bool(base.certificate) and _certified(world, base, case.client)
    by_statement = bool(base.verification) and _stated(need(world, Verification, base.verification), case, base)
    named = bool(base.certificate) != bool(base.verification)
    if not named or not (by_certificate or by_statement):
        raise refuse("E-REDUCTION-BELIEVED", "I3", "base", package=base.package)
    if by_statement:
        done = need(world, Verification, base.verification).engagement
        need_assured(done, world.scheme(case.scheme), "base.verification")


def _certified(world: World, base: Base, client: str) -> bool:
    """Tell whether a certificate of the client stood by the package.

    One that was withdrawn stands by nothing; one of a scheme that has nobody verify figures, not by its figure.
    """
    found = need(world, Certified, base.certificate)
    stated: tuple[Held, ...] = (*found.former, found.held)
    seen = {one.package for one in stated} | found.confirmed
    stands = found.standing(date.max) is not Standing.WITHDRAWN and world.scheme(found.held.scheme).verified
    return found.held.client == client and base.package in seen and stands


def _stated(found: Verification, case: Case, base: Base) -> bool:
    """Tell whether an unmodified statement for the client on the package stands."""
    done = found.engagement
    opinion = done.opinion.kind if done.opinion is not None else None
    ended = (done.client, done.state, opinion) == (case.client, State.ISSUED, OpinionKind.UNMODIFIED)
    return ended and done.claim is not None and done.claim.package == base.package
