"""A supplier's certified footprint that another study uses as a factor.

What stands here has been checked already: signature, status, log and package of the certificate (`check/supplier.py`).
Whether it serves a certain study (unit, boundary, period, rule) is for `assess` to say.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from footproof.model.bilingual import Bilingual

GATE = ("raw_materials", "manufacturing", "distribution")
"""Stages up to the gate of the supplier's customer."""
LARGEST_CHAIN = 1000


@dataclass(frozen=True, slots=True)
class Upstream:
    """A certificate that a supplier's footprint rests on.

    Args:
        certificate: Its number.
        digest: Of the signed certificate.
        share: Part of the supplier's terms that rests on it; empty where its terms are withheld. [1]
    """

    certificate: str
    digest: str
    share: str


@dataclass(frozen=True, slots=True)
class SupplierFootprint:
    """A certified footprint, checked.

    Args:
        certificate: Number of the certificate.
        digest: Of the signed certificate, `sha256:…`.
        body: Who issued it.
        product: Id of the product in the certificate.
        product_name: Its name.
        value: Certified footprint. [unit]
        unit: Such as "kg CO2e / kg".
        unit_name: The declared unit in words.
        boundary: The system boundary in words.
        stages: Stages that carry something, as the certificate or disclosed subtotals say; empty where neither does.
        rule: Rulebook, `id@edition`.
        rule_edition: Digest of the edition.
        rule_status: "in-force", "draft" or "provisional".
        period_start: First day of its data.
        period_end: Last day of its data.
        valid_from: First day the certificate holds.
        valid_until: Last day it holds.
        package: Digest of the package that the certificate names.
        demonstration: Whether the certificate attests nothing (示例 / DEMO).
        recomputed: What the check recomputed: "all terms", "disclosed subtotals" or "sealed".
        origins: Parts by origin that add up to the value, where the package discloses them; else empty. [unit]
        rests_on: Certificates it rests on itself, through any number of suppliers.
        primary_share: Part of the value that rests on data of the supplier's own, where known. [1]
    """

    certificate: str
    digest: str
    body: str
    product: str
    product_name: Bilingual
    value: Decimal
    unit: str
    unit_name: Bilingual
    boundary: Bilingual
    stages: tuple[str, ...]
    rule: str
    rule_edition: str
    rule_status: str
    period_start: date
    period_end: date
    valid_from: date
    valid_until: date
    package: str
    demonstration: bool
    recomputed: str
    origins: Mapping[str, Decimal] = field(default_factory=dict)
    rests_on: tuple[Upstream, ...] = ()
    primary_share: Decimal | None = None

    def record(self) -> dict[str, Any]:
        """Return what a package keeps of it."""
        record: dict[str, Any] = {
            "certificate": self.certificate,
            "digest": self.digest,
            "body": self.body,
            "product": self.product,
            "product_name": {"zh": self.product_name.zh, "en": self.product_name.en},
            "value": format(self.value, "f"),
            "unit": self.unit,
            "unit_name": {"zh": self.unit_name.zh, "en": self.unit_name.en},
            "boundary": {"zh": self.boundary.zh, "en": self.boundary.en},
            "stages": list(self.stages),
            "rule": self.rule,
            "rule_digest": self.rule_edition,
            "rule_status": self.rule_status,
            "period": {"start": self.period_start.isoformat(), "end": self.period_end.isoformat()},
            "valid": {"from": self.valid_from.isoformat(), "until": self.valid_until.isoformat()},
            "package": self.package,
            "demonstration": self.demonstration,
            "recomputed": self.recomputed,
            "origins": {origin: format(value, "f") for origin, value in self.origins.items()},
            "rests_on": [
                {"certificate": item.certificate, "digest": item.digest, "share": item.share} for item in self.rests_on
            ],
        }
        if self.primary_share is not None:
            record["primary_share"] = format(self.primary_share, "f")
        return record
