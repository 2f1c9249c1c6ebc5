"""Evaluate the sheet of a package again and compare with what the package states. Needs no study, rule or database.

Of a package with withheld lines only what is disclosed can be recomputed, and the answer says which of three things
it is: from all terms, from disclosed subtotals, or nothing at all since the figures are sealed.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Any

from footproof.errors import FootproofError, Where
from footproof.expressions import exact
from footproof.package.archive import Package
from footproof.package.totals import TOTALS, totals_differ, totals_record
from footproof.sheet import differences, evaluate_bytes, evaluate_document
from footproof.sheet.form import MOST_BYTES

MOST_NAMED = 100
_TERMS = ("sheet.json", "result.json")


class Extent(StrEnum):
    """What a recomputation rests on."""

    ALL_TERMS = "all terms"
    SUBTOTALS = "disclosed subtotals"
    SEALED = "sealed"


@dataclass(frozen=True, slots=True)
class Recomputation:
    """What recomputing a package gave.

    Args:
        ok: Whether every figure is the same, to the last digit, recomputed from all terms; never of a sealed sheet.
        value: Exact value as recomputed, or None where the sheet cannot be evaluated. [unit]
        declared: The value rounded as the rule says. [unit]
        unit: Unit of the result.
        package_digest: Identity of the package.
        differs: Paths of result figures that differ, at most 100, or the error code and place.
        terms: How many terms were recomputed.
        background: Share of their absolute sum that rests on intensities of background databases, which are inputs here
            and not solved again. [1]
        extent: What it rests on.
        withheld: How many lines of the package are withheld.
        reader: For whom the copy was opened, as it says itself.
    """

    ok: bool
    value: str | None
    declared: str | None
    unit: str | None
    package_digest: str
    differs: tuple[str, ...]
    terms: int
    background: str = "0"
    extent: Extent = Extent.ALL_TERMS
    withheld: int = 0
    reader: str = ""

    @property
    def agrees(self) -> bool:
        """Return whether nothing that is disclosed speaks against the value; this is less than `ok`."""
        return not self.differs


def recompute(package: Package) -> Recomputation:
    """Return whether the package states what its sheet gives.

    Raises:
        FootproofError: E-PACKAGE-FORM where the sheet or the result is missing.
    """
    if any(part in package.withheld for part in _TERMS):
        return _of_disclosed(package)
    claimed = package.record("result.json")
    sheet = package.record("sheet.json")
    data = package.parts["sheet.json"]
    # A package may be larger than a sheet may be; otherwise what was read above need not be read again.
    computed = evaluate_document(sheet) if len(data) <= MOST_BYTES else evaluate_bytes(data)
    withheld = sum(package.withheld.values())
    if "error" in computed:
        error = computed["error"]
        place = f"{error['code']} {error['at']}".strip()
        return Recomputation(False, None, None, None, package.digest, (place,), 0)
    differs = (*differences(claimed, computed), *_of_totals(package, computed, sheet["rounding"]["digits"]))[
        :MOST_NAMED
    ]
    return Recomputation(
        ok=not differs,
        value=computed["value"],
        declared=computed["declared"],
        unit=computed["unit"],
        package_digest=package.digest,
        differs=differs,
        terms=len(computed["terms"]),
        background=_written(share_of(computed["terms"], _from_databases(sheet))),
        withheld=withheld,
        reader=package.reader,
    )


def _of_totals(package: Package, computed: Mapping[str, Any], digits: int) -> Iterable[str]:
    """Yield what a confidential package says for those who do not see the terms, where its terms do not give it."""
    if not package.lines:
        return
    about = package.about()
    if about.get("declared") != computed["declared"] or about.get("unit") != computed["unit"]:
        yield "about/declared"
    if about.get("sheet_digest") != package.part_digest("sheet.json"):
        yield "about/sheet_digest"
    if TOTALS in package.parts:
        yield from differences(package.record(TOTALS), totals_record(computed, digits), "totals")


def _of_disclosed(package: Package) -> Recomputation:
    about = package.about()
    declared, unit = about.get("declared"), about.get("unit")
    if not isinstance(declared, str) or not isinstance(unit, str):
        raise FootproofError("E-PACKAGE-FORM", Where("about.json"), reason="declared and unit are missing")
    opened = TOTALS in package.parts
    reason = totals_differ(package.record(TOTALS), declared) if opened else None
    differs = [f"totals: {reason}"] if reason else []
    if about.get("sheet_digest") != package.part_digest("sheet.json"):
        differs.append("about/sheet_digest")
    return Recomputation(
        ok=False,
        value=None,
        declared=declared,
        unit=unit,
        package_digest=package.digest,
        differs=tuple(differs),
        terms=0,
        extent=Extent.SUBTOTALS if opened else Extent.SEALED,
        withheld=sum(package.withheld.values()),
        reader=package.reader,
    )


def share_of(values: Mapping[str, str], chosen: Collection[str]) -> Fraction:
    """Return the share of some terms in the absolute sum of all.

    Args:
        values: Exact contribution of each term by id. [unit of the sheet]
        chosen: Ids of some of them.
    """
    sizes = {name: abs(Fraction(*exact.read(value))) for name, value in values.items()}
    whole = sum(sizes.values())
    part = sum((sizes[name] for name in chosen), Fraction(0))
    return part / whole if whole else Fraction(0)


def _from_databases(sheet: Mapping[str, Any]) -> list[str]:
    return [term["id"] for term in sheet["terms"] if term["info"].get("intensities")]


def _written(share: Fraction) -> str:
    return exact.round_significant((share.numerator, share.denominator), 6)
