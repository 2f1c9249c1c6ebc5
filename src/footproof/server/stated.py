"""The public certificate of a grant: what its package says, joined with what the decision adds.

Nothing of the footprint is typed in a second time: value, unit, boundary, stages and rule are read from the package
that the decision names (ISO/IEC 17065, 7.7).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from footproof.expressions import exact
from footproof.model.bilingual import Bilingual
from footproof.model.certificate import Certificate, CertificationScope, Party, Stage, StatedGrade, StatusPlace
from footproof.model.reduction import StatedReduction
from footproof.package import Package


@dataclass(frozen=True, slots=True)
class Granted:
    """What a decision adds to a package.

    Args:
        id: Web address of the certificate.
        number: Its number.
        body: Who decided.
        client: To whom.
        site: URI of the site.
        product: URI of the product.
        decided: Day.
        first: First day of validity.
        last: Last day of validity.
        demonstration: Whether the body is invented.
        scheme_name: Name of the scheme.
        scope: What the body has to be allowed to do.
        status: Place in the status lists; None where there is none yet.
        grade: What was found; None where the scheme grades nothing.
        reduction: Against which base the value is lower; None where the scheme certifies no reduction.
    """

    id: str
    number: str
    body: Party
    client: Party
    site: str
    product: str
    decided: date
    first: date
    last: date
    demonstration: bool
    scheme_name: Bilingual
    scope: CertificationScope
    status: StatusPlace | None = None
    grade: StatedGrade | None = None
    reduction: StatedReduction | None = None


@dataclass(frozen=True, slots=True)
class Stated:
    """What a package says, read once.

    Args:
        package: Its digest.
        open: Whether every line of it is public.
        about: Its record of that name.
        result: As well.
        sheet: As well.
    """

    package: str
    open: bool
    about: Mapping[str, Any]
    result: Mapping[str, Any]
    sheet: Mapping[str, Any]


def stated_in(package: Package) -> Stated:
    """Return what an opened package says."""
    about, result, sheet = (package.record(f"{name}.json") for name in ("about", "result", "sheet"))
    return Stated(package.digest, not package.lines, about, result, sheet)


def certificate_from(stated: Stated, granted: Granted, *, stages: bool) -> Certificate:
    """Return the public certificate.

    Args:
        stated: What the package says that the decision names.
        granted: What the decision adds.
        stages: Whether the public may see the stages.
    """
    about, result, sheet = stated.about, stated.result, stated.sheet
    digits = sheet["rounding"]["digits"]
    return Certificate(
        id=granted.id,
        number=granted.number,
        body=granted.body,
        client=granted.client,
        site=party(about["site"], granted.site),
        product_name=both(about["product"]["name"]),
        product_model=about["product"]["model"],
        product_id=granted.product,
        value=Decimal(result["declared"]),
        unit=result["unit"],
        unit_name=both(about["declared_unit"]),
        boundary=both(about["boundary"]),
        stages=tuple(_stage(name, about, result, digits) for name in sheet["stages"]) if stages else (),
        interval=_interval(result, digits),
        rule_id=about["rule"],
        rule_edition=about["rule_digest"],
        rule_title=both(about["rule_title"]),
        rule_status=about["rule_status"],
        period_start=date.fromisoformat(about["period"]["start"]),
        period_end=date.fromisoformat(about["period"]["end"]),
        decided_on=granted.decided,
        valid_from=granted.first,
        valid_until=granted.last,
        package_digest=stated.package,
        sheet_digest=about["sheet_digest"],
        demonstration=granted.demonstration,
        scheme_name=granted.scheme_name,
        scope=granted.scope,
        status=granted.status,
        grade=granted.grade,
        reduction=granted.reduction,
    )


def party(record: Mapping[str, Any], name: str) -> Party:
    """Return a party of a package.

    Args:
        record: Its name and address.
        name: URI.
    """
    return Party(name, both(record["name"]), both(record["address"]))


def both(record: Mapping[str, str]) -> Bilingual:
    """Return a text of a package."""
    return Bilingual(record["zh"], record["en"])


def _stage(name: str, about: Mapping[str, Any], result: Mapping[str, Any], digits: int) -> Stage:
    return Stage(name, both(about["stages"][name]), _rounded(result["stages"][name]["total"], digits))


def _interval(result: Mapping[str, Any], digits: int) -> tuple[Decimal, Decimal] | None:
    low, high = result["interval"]["low"], result["interval"]["high"]
    return None if low == high else (_rounded(low, digits), _rounded(high, digits))


def _rounded(text: str, digits: int) -> Decimal:
    return Decimal(exact.round_significant(exact.read(text), digits))
