"""Facts of a maker from which a passport and a facility record are written, as a TOML file of the maker's.

A certificate holds neither a product's classification nor the parts of a postal address. What it lacks is asked for by
name, all of it at once, and nothing is put in its place. What it does hold is not asked again: the country of the site
stands in its scope, and by default a record is dated on the day of the decision and lies beside the certificate.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, cast

from footproof.credential.facility import FacilityFacts
from footproof.credential.passport import PassportFacts
from footproof.credential.untp import Address, Category, Evidence
from footproof.errors import FootproofError, Where
from footproof.model.bilingual import Bilingual
from footproof.model.certificate import Certificate, Party

FORMAT = "footproof-untp-facts/1"
FILES = {"passport": "passport.jwt", "facility": "facility.jwt"}
MOST_BYTES = 64 * 1024

_FILE = "untp.toml"
_COMMON = ("address", "published", "country")
_MEMBERS = {
    "product": (*_COMMON, "id_scheme", "categories", "granularity", "number"),
    "site": (*_COMMON, "street", "postal_code", "locality", "region", "processes", "plus_code"),
}
_NEEDED = {
    "product": ("id_scheme", "categories", "country"),
    "site": ("street", "postal_code", "locality", "region", "processes", "country"),
}

Table = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class MakerFacts:
    """What a maker's file says.

    Args:
        product: For the passport.
        site: For the facility record.
    """

    product: Table
    site: Table


NONE = MakerFacts({}, {})


def read_facts(data: bytes) -> MakerFacts:
    """Return what a maker's file says; each fact is read when a record is written from it.

    Args:
        data: TOML.

    Raises:
        FootproofError: E-UNTP-FACTS where it is no such file, or has a member that no record knows.
    """
    try:
        if len(data) > MOST_BYTES:
            raise ValueError(f"> {MOST_BYTES}")
        found = tomllib.loads(data.decode("utf-8"))
    except ValueError as problem:
        raise FootproofError("E-UNTP-FACTS", Where(_FILE), reason=str(problem)[:200]) from problem
    if found.get("format") != FORMAT:
        raise FootproofError("E-UNTP-FACTS", Where(_FILE), reason=f"format = {FORMAT!r}")
    for name, table in found.items():
        known = _MEMBERS.get(name)
        if name != "format" and (known is None or not isinstance(table, dict)):
            raise FootproofError("E-UNTP-FACTS", Where(_FILE), reason=f"[{name}]")
        for member in table if known else ():
            if member not in (known or ()):
                raise FootproofError("E-UNTP-FACTS", Where(_FILE), reason=f"{name}.{member}")
    return MakerFacts(found.get("product", {}), found.get("site", {}))


def passport_facts(
    facts: MakerFacts, certificate: Certificate, evidence: Evidence | None, issuer: str | None
) -> PassportFacts:
    """Return what a passport of a certified product needs.

    Args:
        facts: Of the maker.
        certificate: Of the product.
        evidence: The published certificate, where it is known.
        issuer: DID the maker signs as.

    Raises:
        FootproofError: E-UNTP-MISSING with the names of all that is missing; E-UNTP-FACT for one of another form.
    """
    table = _completed("product", facts.product, certificate, evidence)
    granularity = table.get("granularity", "model")
    if granularity not in ("model", "batch", "item"):
        raise _refused("product.granularity", granularity, "model, batch, item")
    return PassportFacts(
        address=_text("product", table, "address"),
        published=_day("product", table),
        id_scheme=_party("product.id_scheme", table["id_scheme"]),
        categories=tuple(_categories("product.categories", table["categories"])),
        country=_text("product", table, "country"),
        evidence=cast(Evidence, evidence),
        granularity=cast(Literal["model", "batch", "item"], granularity),
        number=_text("product", table, "number") if "number" in table else None,
        issuer=issuer,
    )


def facility_facts(
    facts: MakerFacts, certificate: Certificate, evidence: Evidence | None, issuer: str | None
) -> FacilityFacts:
    """Return what the record of the site of a certified product needs.

    Args:
        facts: Of the maker.
        certificate: Of a product made there.
        evidence: The published certificate, where it is known.
        issuer: DID the maker signs as.

    Raises:
        FootproofError: As `passport_facts`.
    """
    table = _completed("site", facts.site, certificate, evidence)
    place = Address(
        street=_both("site.street", table["street"]),
        postal_code=_text("site", table, "postal_code"),
        locality=_both("site.locality", table["locality"]),
        region=_both("site.region", table["region"]),
    )
    return FacilityFacts(
        address=_text("site", table, "address"),
        published=_day("site", table),
        place=place,
        country=_text("site", table, "country"),
        processes=tuple(_categories("site.processes", table["processes"])),
        evidence=cast(Evidence, evidence),
        plus_code=_text("site", table, "plus_code") if "plus_code" in table else None,
        issuer=issuer,
    )


def _completed(part: str, given: Table, certificate: Certificate, evidence: Evidence | None) -> Table:
    """Return the facts of a part with what the certificate knows; everything that is still missing is named."""
    kind = {"product": "passport", "site": "facility"}[part]
    known: dict[str, Any] = {"address": certificate.id + FILES[kind], "published": certificate.decided_on}
    if certificate.scope is not None:
        known["country"] = certificate.scope.country
    table = known | dict(given)
    missing = [f"{part}.{name}" for name in _NEEDED[part] if name not in table]
    missing += [] if evidence is not None else ["evidence"]
    if missing:
        raise FootproofError("E-UNTP-MISSING", Where(_FILE), names=", ".join(missing))
    return table


def _text(part: str, table: Table, name: str) -> str:
    value = table[name]
    if not isinstance(value, str) or not value:
        raise _refused(f"{part}.{name}", value, "text")
    return value


def _day(part: str, table: Table) -> date:
    value = table["published"]
    if type(value) is not date:
        raise _refused(f"{part}.published", value, "2026-12-31")
    return value


def _both(name: str, value: object) -> Bilingual:
    if not isinstance(value, Mapping) or not all(isinstance(value.get(each), str) for each in ("zh", "en")):
        raise _refused(name, value, "{ zh, en }")
    return Bilingual(value["zh"], value["en"])


def _party(name: str, value: object) -> Party:
    if not isinstance(value, Mapping) or not isinstance(value.get("id"), str):
        raise _refused(name, value, "{ id, zh, en }")
    return Party(value["id"], _both(name, value))


def _categories(name: str, value: object) -> Iterator[Category]:
    if not isinstance(value, list) or not value:
        raise _refused(name, value, "[{ code, zh, en, scheme = { id, zh, en } }]")
    for each in value:
        if not isinstance(each, Mapping) or not isinstance(each.get("code"), str):
            raise _refused(name, each, "{ code, zh, en, scheme = { id, zh, en } }")
        yield Category(each["code"], _both(name, each), _party(f"{name}.scheme", each.get("scheme")))


def _refused(name: str, found: object, needed: str) -> FootproofError:
    return FootproofError("E-UNTP-FACT", Where(_FILE, field=name), found=str(found)[:200], needed=needed)
