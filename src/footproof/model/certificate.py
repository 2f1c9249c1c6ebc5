"""What a certification body attests: one product, its footprint, the rule, and until when.

The items follow the content list of the Chinese low-carbon product certification measures, with what a carbon
footprint adds: unit, boundary, stages, period, rule edition, and the digest of the package that recomputes it
(ISO/IEC 17065, 7.7). A certificate is a record of a decision; it computes nothing.
"""

import re
from dataclasses import dataclass
from datetime import date
from decimal import Context, Decimal
from typing import Literal, NamedTuple

from footproof.errors import FootproofError, Where
from footproof.model.bilingual import Bilingual
from footproof.model.reduction import StatedReduction, reduction_share

RuleStatus = Literal["in-force", "draft", "provisional"]
StatusProfile = Literal["w3c", "untp-0.7.0"]
STATUS_PURPOSES = ("revocation", "suspension")
STATUS_PROFILES: tuple[StatusProfile, ...] = ("w3c", "untp-0.7.0")
RULE_STATUSES: tuple[RuleStatus, ...] = ("in-force", "draft", "provisional")
MOST_DIGITS = 15
LARGEST_EXPONENT = 30

_ROUNDED = Context(prec=MOST_DIGITS)
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[\x21\x23-\x3b\x3d\x3f-\x5b\x5d\x5f\x61-\x7a\x7e]+", re.ASCII)
_TOKEN = re.compile(r"[a-z][a-z0-9-]*", re.ASCII)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]*", re.ASCII)
_CATEGORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]*:[A-Za-z0-9][A-Za-z0-9._/-]*", re.ASCII)
_PLACE = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?", re.ASCII)
_WEB = re.compile(r"https?://[A-Za-z0-9.\[\]:-]+(/[^#]*)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Party:
    """A body, maker or site: who it is in any register, and what people call it.

    Args:
        id: URI, such as did:web:body.example or https://register.example/1.
        name: What people call it.
        address: Where it sits, where the register says so.
    """

    id: str
    name: Bilingual
    address: Bilingual | None = None


class Stage(NamedTuple):
    """The share of one life-cycle stage; negative where a credit is counted.

    Args:
        id: Name of the stage in the rule, such as "raw_materials".
        name: What people call it.
        value: Its part of the footprint. [unit of the certificate]
    """

    id: str
    name: Bilingual
    value: Decimal


class StatedGrade(NamedTuple):
    """What a graded scheme finds, such as three stars.

    Args:
        level: 1 for the lowest.
        name: What people call it.
    """

    level: int
    name: Bilingual


@dataclass(frozen=True, slots=True)
class CertificationScope:
    """What the body must be allowed to do in order to issue the certificate (ISO/IEC 17065 §7.7.1, 17011 §7.8.3).

    Args:
        activity: Such as "product-certification".
        scheme: Certification scheme, such as "cn.pcf".
        edition: Edition of the scheme, such as "2026".
        category: Product category, `list:code`.
        country: Where the site is: ISO 3166-1 such as "CN", or 3166-2 such as "CN-FJ".
        national: Whether the rule is one the scheme itself sets, so that the body need not file it.
        accreditation: Number of the accreditation that the certificate claims; None where it claims none.
    """

    activity: str
    scheme: str
    edition: str
    category: str
    country: str
    national: bool
    accreditation: str | None = None

    def __post_init__(self) -> None:
        for field, form, needed in (
            ("activity", _TOKEN, "product-certification, verification, …"),
            ("scheme", _NAME, "letters, digits, . _ / -"),
            ("edition", _NAME, "letters, digits, . _ / -"),
            ("category", _CATEGORY, "list:code"),
            ("country", _PLACE, "CN, CN-FJ"),
        ):
            if not form.fullmatch(getattr(self, field)):
                raise _refused(f"scope.{field}", getattr(self, field), needed)
        if self.accreditation is not None and not self.accreditation.strip():
            raise _refused("scope.accreditation", "''", "text")


@dataclass(frozen=True, slots=True)
class StatusPlace:
    """Where the status of the certificate is published: one place in two lists, of revocation and of suspension.

    Args:
        lists: Web address that both lists begin with: `<lists>-revocation.jwt` and `<lists>-suspension.jwt`.
        index: The place in each.
        profile: "w3c" names both lists and writes the place as text, as the Recommendation has it; "untp-0.7.0" names
            the list of revocation alone and writes an integer, as that schema has it. No credential satisfies both.
    """

    lists: str
    index: int
    profile: StatusProfile = "w3c"

    def __post_init__(self) -> None:
        if self.profile not in STATUS_PROFILES:
            raise _refused("status.profile", self.profile, " | ".join(STATUS_PROFILES))
        if not _WEB.fullmatch(self.lists) or not _URI.fullmatch(self.lists):
            raise _refused("status.lists", self.lists, "http(s)://…, no fragment")
        if not 0 <= self.index < 2**40:
            raise _refused("status.index", self.index, "0 …")

    def address(self, purpose: str) -> str:
        """Return the address of the list of a purpose, one of STATUS_PURPOSES."""
        return f"{self.lists}-{purpose}.jwt"


@dataclass(frozen=True, slots=True)
class Certificate:
    """A positive certification decision, as the public may read it.

    Args:
        id: Web address of the certificate, without a fragment.
        number: Number the body gave it.
        body: Who decided.
        client: The maker the certificate was issued to.
        site: Where the product is made.
        product_name: Name of the product.
        product_model: Model; the certificate covers this model only.
        product_id: URN or web address of the product.
        value: Certified footprint, at most 15 digits. [unit]
        unit: Such as "kg CO2e / kWh".
        unit_name: The declared or functional unit in words.
        boundary: The system boundary in words.
        stages: Parts of the value, in the order of the rule. [unit]
        interval: Lowest and highest footprint, where the rule leaves a question open. [unit]
        rule_id: Rulebook.
        rule_edition: Digest of the rulebook edition.
        rule_title: What people call the rule.
        rule_status: "in-force", "draft" or "provisional".
        period_start: First day of the data.
        period_end: Last day of the data.
        decided_on: Day of the decision.
        valid_from: First day the certificate holds.
        valid_until: Last day the certificate holds.
        package_digest: Digest of the package that recomputes the value.
        sheet_digest: Digest of the calculation sheet inside the package.
        demonstration: True for 示例 / DEMO certificates, which attest nothing.
        scheme_name: Certification scheme.
        scope: What the body must be allowed to do; without it nobody can check that it was.
        status: Where the status is published; without it nobody can tell whether it was withdrawn.
        grade: What was found where the scheme grades; None where it does not.
        reduction: Against which base the value is lower, and by how much; None where the scheme certifies no reduction.

    Raises:
        FootproofError: E-CERT-FIELD where a member has a form that cannot be signed or compared exactly;
            E-CERT-RULE for a real certificate under a rule that is not in force.
    """

    id: str
    number: str
    body: Party
    client: Party
    site: Party
    product_name: Bilingual
    product_model: str
    product_id: str
    value: Decimal
    unit: str
    unit_name: Bilingual
    boundary: Bilingual
    stages: tuple[Stage, ...]
    interval: tuple[Decimal, Decimal] | None
    rule_id: str
    rule_edition: str
    rule_title: Bilingual
    rule_status: RuleStatus
    period_start: date
    period_end: date
    decided_on: date
    valid_from: date
    valid_until: date
    package_digest: str
    sheet_digest: str
    demonstration: bool
    scheme_name: Bilingual
    scope: CertificationScope | None = None
    status: StatusPlace | None = None
    grade: StatedGrade | None = None
    reduction: StatedReduction | None = None

    def __post_init__(self) -> None:
        _check_identifiers(self)
        _check_figures(self)
        _check_dates(self)
        if self.grade is not None and self.grade.level < 1:
            raise _refused("grade", self.grade.level, "1 …")
        if self.reduction is not None:
            _check_reduction(self.reduction, self)
        if self.rule_status not in RULE_STATUSES:
            raise _refused("rule_status", self.rule_status, " | ".join(RULE_STATUSES))
        if self.rule_status != "in-force" and not self.demonstration:
            raise FootproofError("E-CERT-RULE", Where(self.id), rule=self.rule_id, status=self.rule_status)


def _refused(field: str, found: object, needed: str) -> FootproofError:
    return FootproofError("E-CERT-FIELD", Where("certificate", field=field), found=found, needed=needed)


def _check_identifiers(found: Certificate) -> None:
    if not _WEB.fullmatch(found.id) or not _URI.fullmatch(found.id):
        raise _refused("id", found.id, "http(s)://…, no fragment")
    for field, uri in (
        ("body.id", found.body.id),
        ("client.id", found.client.id),
        ("site.id", found.site.id),
        ("product_id", found.product_id),
    ):
        if not _URI.fullmatch(uri):
            raise _refused(field, uri, "URI")
    for field, digest in (
        ("rule_edition", found.rule_edition),
        ("package_digest", found.package_digest),
        ("sheet_digest", found.sheet_digest),
    ):
        if not _DIGEST.fullmatch(digest):
            raise _refused(field, digest, "sha256:<64 hex>")
    for field, text in (
        ("number", found.number),
        ("product_model", found.product_model),
        ("unit", found.unit),
        ("rule_id", found.rule_id),
    ):
        if not text.strip():
            raise _refused(field, "''", "text")
    names = [stage.id for stage in found.stages]
    if len(set(names)) != len(names):
        raise _refused("stages", names, "each stage once")


def _check_figures(found: Certificate) -> None:
    figures = [found.value, *[stage.value for stage in found.stages], *(found.interval or ())]
    for index, figure in enumerate(figures):
        if not _fits(figure):
            fields = ["value", *(f"stages.{stage.id}" for stage in found.stages), "interval.0", "interval.1"]
            raise _refused(fields[index], figure, f"<= {MOST_DIGITS} digits, exponent within ±{LARGEST_EXPONENT}")
    if found.interval is not None and not found.interval[0] <= found.value <= found.interval[1]:
        raise _refused("interval", found.interval, f"lower <= {found.value} <= upper")


def _check_reduction(stated: StatedReduction, found: Certificate) -> None:
    """Refuse a reduction that does not follow from the figures beside it, or whose base is of the same time."""
    if not _DIGEST.fullmatch(stated.base):
        raise _refused("reduction.base", stated.base, "sha256:<64 hex>")
    if not _fits(stated.value):
        raise _refused("reduction.value", stated.value, f"<= {MOST_DIGITS} digits, exponent within ±{LARGEST_EXPONENT}")
    if not stated.first <= stated.last < found.period_start:
        raise _refused("reduction.last", stated.last, f">= {stated.first}, < {found.period_start}")
    share = reduction_share(stated.value, found.value)
    if share is None or share <= 0 or stated.share != share:
        raise _refused("reduction.share", stated.share, f"0 < {share}")


def _fits(figure: Decimal) -> bool:
    """Tell whether a figure survives any JSON reader and cannot swell when written out."""
    if not figure.is_finite() or not -LARGEST_EXPONENT <= figure.adjusted() <= LARGEST_EXPONENT:
        return False
    # Rounding to so many digits changes it exactly where it has more; idle zeros do not count.
    return _ROUNDED.create_decimal(figure) == figure


def _check_dates(found: Certificate) -> None:
    if found.period_start > found.period_end:
        raise _refused("period_end", found.period_end, f">= {found.period_start}")
    if found.valid_from > found.valid_until:
        raise _refused("valid_until", found.valid_until, f">= {found.valid_from}")
    if found.decided_on > found.valid_from:
        raise _refused("decided_on", found.decided_on, f"<= {found.valid_from}")
    if found.decided_on < found.period_end:
        raise _refused("decided_on", found.decided_on, f">= {found.period_end}")
