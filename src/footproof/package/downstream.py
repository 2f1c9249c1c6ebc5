"""Whose results rest on a certificate: its holder's customers, their customers, and so on.

Every package lists the certified footprints it uses, with digest and with what those rest on themselves; so a chain
is found even where the packages between are not at hand.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from footproof.errors import FootproofError, Where
from footproof.expressions import exact
from footproof.model.supplier import LARGEST_CHAIN, Upstream
from footproof.package.archive import Package
from footproof.package.recompute import share_of
from footproof.package.seal import SUPPLIERS

LONGEST = 200

Weight = tuple[bool, Fraction | None]
"""Whether something rests on the target, and which part of it; None where terms are withheld."""


@dataclass(frozen=True, slots=True)
class Held:
    """A package at hand, and what was certified on it.

    Args:
        package: Opened, with as many lines as its keeper has.
        certificates: Number and digest of each certificate that names it.
    """

    package: Package
    certificates: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Used:
    """A supplier's certificate as the package of its customer lists it.

    Args:
        certificate: Its number.
        digest: Of the signed certificate.
        rests_on: What it rests on itself.
    """

    certificate: str
    digest: str
    rests_on: tuple[Upstream, ...]


@dataclass(frozen=True, slots=True)
class Affected:
    """A result that rests on a certificate.

    Args:
        study: Id of the study.
        package: Digest of its package.
        certificates: Numbers of the certificates that name the package.
        share: Part of the absolute sum of its terms that rests on it; None where the terms are withheld. [1]
        through: Numbers of the supplier certificates it uses by which it does so.
    """

    study: str
    package: str
    certificates: tuple[str, ...]
    share: Fraction | None
    through: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Downstream:
    """What was found.

    Args:
        affected: The largest shares first.
        unread: Digests of packages whose suppliers are withheld; they may be affected too.
    """

    affected: tuple[Affected, ...]
    unread: tuple[str, ...]


def downstream(held: Iterable[Held], target: str) -> Downstream:
    """Return every package that rests on a certificate, directly or through others.

    Args:
        held: Packages at hand.
        target: Number of the certificate, or its digest `sha256:…`.
    """
    known = list(held)
    chain = _Chain(known, target)
    found = [item for item in map(chain.affected, known) if item is not None]
    found.sort(key=lambda item: (-(item.share if item.share is not None else 2), item.study, item.package))
    return Downstream(tuple(found), tuple(item.package.digest for item in known if SUPPLIERS in item.package.withheld))


@dataclass(frozen=True, slots=True)
class _Use:
    """A certificate that a package uses: its share there, and what the package says of how it rests on the target."""

    number: str
    share: Fraction | None
    told: Weight


class _Chain:
    """Who uses what, and how much of each package rests on the target."""

    def __init__(self, known: list[Held], target: str) -> None:
        self.target = target
        self.owner = {digest: item for item in known for _, digest in item.certificates}
        self.weights: dict[str, Weight] = {}

    def affected(self, item: Held) -> Affected | None:
        rests, share = self._weight(item)
        if not rests:
            return None
        through = tuple(use.number for digest, use in self._uses(item).items() if self._through(digest, use)[0])
        study = str(item.package.about().get("study", ""))
        return Affected(study, item.package.digest, tuple(number for number, _ in item.certificates), share, through)

    def _weight(self, item: Held) -> Weight:
        """Return whether a package rests on the target, and with which share."""
        name = item.package.digest
        if name not in self.weights:
            self.weights[name] = (
                False,
                Fraction(0),
            )  # A digest cannot stand in what it is made of; a forger may claim so.
            self.weights[name] = self._summed(item)
        return self.weights[name]

    def _summed(self, item: Held) -> Weight:
        total: Fraction | None = Fraction(0)
        rests = False
        for digest, use in self._uses(item).items():
            reached, inner = self._through(digest, use)
            rests = rests or reached
            if reached:
                total = None if None in (total, inner, use.share) else _sum(total, inner, use.share)
        return rests, total

    def _through(self, digest: str, use: _Use) -> Weight:
        if self.target in (digest, use.number):
            return True, Fraction(1)
        if digest in self.owner:
            reached, share = self._weight(self.owner[digest])
            if reached:
                return True, share
        return use.told

    def _uses(self, item: Held) -> dict[str, _Use]:
        return {
            row.digest: _Use(row.certificate, supplier_share(item.package, row.digest), self._told(row))
            for row in suppliers_of(item.package)
        }

    def _told(self, row: Used) -> Weight:
        shares = [up.share for up in row.rests_on if self.target in (up.certificate, up.digest)]
        return bool(shares), sum(map(Fraction, shares), Fraction(0)) if all(shares) else None


def _sum(total: Fraction | None, inner: Fraction | None, share: Fraction | None) -> Fraction:
    return (total or Fraction(0)) + (inner or Fraction(0)) * (share or Fraction(0))


def suppliers_of(package: Package) -> tuple[Used, ...]:
    """Return the certificates that a package says it uses; none where it uses none, or withholds them.

    Raises:
        FootproofError: E-PACKAGE-FORM where its list has another form.
    """
    if SUPPLIERS not in package.parts:
        return ()
    record = package.record(SUPPLIERS)
    try:
        rows = tuple(
            Used(row["certificate"], row["digest"], tuple(_upstream(item) for item in row["rests_on"]))
            for row in record.values()
        )
    except (AttributeError, LookupError, TypeError, FootproofError) as problem:
        raise FootproofError("E-PACKAGE-FORM", Where(SUPPLIERS), reason=str(problem)[:200]) from problem
    texts = [(row.certificate, row.digest) for row in rows]
    if len(rows) > LARGEST_CHAIN or not all(isinstance(text, str) for pair in texts for text in pair):
        raise FootproofError("E-PACKAGE-FORM", Where(SUPPLIERS), reason="a certificate has a number and a digest")
    return rows


def _upstream(item: Mapping[str, Any]) -> Upstream:
    found = Upstream(item["certificate"], item["digest"], item["share"])
    if not all(
        isinstance(text, str) and len(text) <= LONGEST for text in (found.certificate, found.digest, found.share)
    ):
        raise TypeError("rests_on")
    if found.share:
        exact.read(found.share)
    return found


def supplier_share(package: Package, digest: str) -> Fraction | None:
    """Return the part of a package's terms that comes from a supplier's certificate; None where terms are withheld.

    Args:
        package: Package of the customer.
        digest: Of the certificate.
    """
    if "sheet.json" not in package.parts or "result.json" not in package.parts:
        return None
    terms = package.record("sheet.json")["terms"]
    chosen = [term["id"] for term in terms if term["info"].get("certificate_digest") == digest]
    return share_of(package.record("result.json")["terms"], chosen)
