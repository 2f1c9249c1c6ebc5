"""Marks: who may be licensed one, what it shows, and in which market it may be shown to whom from which day.

ISO/IEC 17030 (marks of conformity) and ISO/IEC 17021-1, 8.3 (a system certificate is not shown on products); Directive
(EU) 2024/825 on claims made to consumers. What a market forbids is data: `schemes/markets.toml`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import cast

from footproof.certify.scheme_parts import choices, confidence, each
from footproof.errors import FootproofError, Where
from footproof.formats.toml import Table, read_toml
from footproof.label.rounding import RoundingMode, plain_text, round_significant
from footproof.model.bilingual import Bilingual
from footproof.model.parameter import Confidence
from footproof.model.scheme import CertifiedObject, Claim, Mark, Scheme
from footproof.rules.reading import text, word_list

FILE = "markets.toml"
AUDIENCES = ("consumer", "business", "authority")
MEDIA = ("product", "packaging", "advertising", "website", "report", "letterhead")
EVERYWHERE = "*"


@dataclass(frozen=True, slots=True)
class MarketRule:
    """Something a market forbids.

    Args:
        market: Country or union, or "*" for every one.
        claims: What is claimed.
        objects: Of what.
        audiences: To whom.
        media: Where it stands.
        first: First day on which it is forbidden.
        last: Last; None while no end is set.
    """

    id: str
    market: str
    claims: tuple[Claim, ...]
    objects: tuple[CertifiedObject, ...]
    audiences: tuple[str, ...]
    media: tuple[str, ...]
    first: date
    last: date | None
    text: Bilingual
    source: str
    confidence: Confidence

    def forbids(self, mark: Mark, audience: str, medium: str, on: date) -> bool:
        """Tell whether the rule forbids showing a mark on a day."""
        in_time = self.first <= on and (self.last is None or on <= self.last)
        said = mark.claim in self.claims and mark.object in self.objects
        return in_time and said and audience in self.audiences and medium in self.media


@dataclass(frozen=True, slots=True)
class Market:
    """A market whose rules were looked at, and what is known about them."""

    id: str
    name: Bilingual
    note: Bilingual


@dataclass(frozen=True, slots=True)
class Markets:
    """Markets and what they forbid."""

    markets: Mapping[str, Market]
    rules: tuple[MarketRule, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """Yes, or no with the reason.

    Args:
        problem: What stands in the way, with its code and wording; None for yes.
        unconfirmed: What the answer rests on without an official text.
    """

    problem: FootproofError | None = None
    unconfirmed: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Return whether the answer is yes."""
        return self.problem is None

    @property
    def code(self) -> str:
        """Return the code of what stands in the way; empty for yes."""
        return self.problem.code if self.problem else ""


@cache
def shipped_markets() -> Markets:
    """Return what ships about markets."""
    data = (resources.files("footproof") / "schemes" / FILE).read_bytes()
    return read_markets(data, FILE)


def read_markets(data: bytes, name: str) -> Markets:
    """Return the markets and prohibitions that a file describes.

    Args:
        data: The file.
        name: Its name, for errors.

    Raises:
        FootproofError: E-TOML-*, E-KEY-*, E-TEXT-LANGUAGE, E-SCHEME-TWICE; E-MARK-MARKET for a rule of a market that
            the file does not list.
    """
    values, lines = read_toml(data, name)
    head = Table(values, name, lines)
    head.refuse_unknown(("market", "rule"))
    markets = {one.id: one for one in each(head, "market", _market)}
    rules = each(head, "rule", _rule)
    for rule in rules:
        if rule.market not in (*markets, EVERYWHERE):
            at = Where(name, field=f"rule.{rule.id}")
            raise FootproofError("E-MARK-MARKET", at, market=rule.market, known=", ".join(markets))
    return Markets(markets, rules)


def may_show(
    mark: Mark, market: str, audience: str, on: date, medium: str = "product", *, markets: Markets | None = None
) -> Answer:
    """Return whether a mark may be shown in a market.

    Args:
        mark: What is shown.
        market: Country or union; one that was not looked at is refused, since silence is no permission.
        audience: "consumer", "business" or "authority".
        on: The day it is shown.
        medium: Where it stands: one of MEDIA.
        markets: What markets forbid; what ships where it is left out.

    Returns:
        E-MARK-MARKET, E-MARK-PLACE or E-MARK-FORBIDDEN where it may not.
    """
    known = markets or shipped_markets()
    if market not in known.markets:
        return _no("E-MARK-MARKET", market=market[:40], known=", ".join(known.markets))
    for found, allowed in ((audience, AUDIENCES), (medium, MEDIA)):
        if found not in allowed:
            return _no("E-MARK-PLACE", found=found[:40], known=", ".join(allowed))
    for rule in known.rules:
        if rule.market in (market, EVERYWHERE) and rule.forbids(mark, audience, medium, on):
            return _no(
                "E-MARK-FORBIDDEN",
                mark=mark.title,
                market=known.markets[market].name,
                rule=rule.text,
                first=rule.first,
                source=rule.source,
            )
    return Answer()


def may_license(scheme: Scheme, mark: Mark, item: str, place: str) -> Answer:
    """Return whether a mark may be licensed for a product under a scheme (invariant I9).

    Args:
        scheme: Under which the certificate was decided.
        mark: The mark asked for.
        item: Category code of the product.
        place: ISO 3166-2 code of the site, such as "CN-FJ".

    Returns:
        E-MARK-SCHEME for the national mark under another scheme, or any mark that is not the scheme's; E-MARK-ITEM for
        a product outside the catalogue; E-MARK-PROVINCE for a site outside the listed provinces. Where the list of
        provinces is not known, `unconfirmed` says so, and the approval of the body has to cover the place.
    """
    if mark != scheme.mark or (mark.national and not scheme.national):
        return _no("E-MARK-SCHEME", mark=mark.title, scheme=scheme.title)
    if scheme.catalogue and item not in {one.code for one in scheme.catalogue}:
        return _no("E-MARK-ITEM", item=item[:80], scheme=scheme.title)
    if scheme.provinces and place not in scheme.provinces:
        return _no("E-MARK-PROVINCE", place=place[:40], known=", ".join(scheme.provinces))
    open_list = mark.national and not scheme.provinces
    return Answer(unconfirmed=("provinces",) if open_list else ())


def label_value(mark: Mark, certified: Decimal) -> str:
    """Return the figure a mark shows: the certified value, rounded once by the rule of the mark (invariant I12).

    Args:
        mark: One that shows a value.
        certified: The certified value. [unit of the certificate]

    Raises:
        FootproofError: E-MARK-VALUE where the mark shows none.
    """
    if mark.shows != "value":
        raise FootproofError("E-MARK-VALUE", mark=mark.title)
    return plain_text(round_significant(certified, mark.digits, cast(RoundingMode, mark.rounding)))


def label_agrees(mark: Mark, certified: Decimal, shown: str) -> Answer:
    """Return whether a label shows what it must.

    Args:
        mark: One that shows a value.
        certified: The certified value. [unit of the certificate]
        shown: The figure on the label.

    Returns:
        E-MARK-ROUNDING where it does not.
    """
    needed = label_value(mark, certified)
    return Answer() if shown == needed else _no("E-MARK-ROUNDING", found=shown[:40], needed=needed)


def _no(code: str, **values: object) -> Answer:
    return Answer(FootproofError(code, Where("mark"), **values))


def _market(table: Table) -> Market:
    table.refuse_unknown(("id", "name", "note"))
    return Market(table.text("id"), text(table, "name"), text(table, "note"))


def _rule(table: Table) -> MarketRule:
    table.refuse_unknown(
        (
            "id",
            "market",
            "claims",
            "objects",
            "audiences",
            "media",
            "first",
            "last",
            "text",
            "source",
            "confidence",
        )
    )
    return MarketRule(
        id=table.text("id"),
        market=table.text("market"),
        claims=choices(table, "claims", Claim),
        objects=choices(table, "objects", CertifiedObject),
        audiences=_among(table, "audiences", AUDIENCES),
        media=_among(table, "media", MEDIA),
        first=table.day("first"),
        last=table.day("last") if "last" in table.values else None,
        text=text(table, "text"),
        source=table.text("source"),
        confidence=confidence(table),
    )


def _among(table: Table, key: str, allowed: tuple[str, ...]) -> tuple[str, ...]:
    found = word_list(table, key)
    for one in found:
        if one not in allowed:
            raise FootproofError("E-KEY-CHOICE", table.where(key), key=key, found=one, allowed=", ".join(allowed))
    return found
