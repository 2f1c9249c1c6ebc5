"""Evaluate the sheet of a package again and compare with what the package states. Needs no study, rule or database."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from footproof.expressions import exact
from footproof.package.archive import Package
from footproof.sheet import differences, evaluate_bytes

MOST_NAMED = 100


@dataclass(frozen=True, slots=True)
class Recomputation:
    """What recomputing a package gave.

    Args:
        ok: Whether every figure is the same, to the last digit.
        value: Exact value as recomputed, or None where the sheet cannot be evaluated. [unit]
        declared: The value rounded as the rule says. [unit]
        unit: Unit of the result.
        package_digest: Identity of the package.
        differs: Paths of result figures that differ, at most 100, or the error code and place.
        terms: How many terms were recomputed.
        background: Share of their absolute sum that rests on intensities of background databases, which are inputs here
            and not solved again. [1]
    """

    ok: bool
    value: str | None
    declared: str | None
    unit: str | None
    package_digest: str
    differs: tuple[str, ...]
    terms: int
    background: str = "0"


def recompute(package: Package) -> Recomputation:
    """Return whether the package states what its sheet gives.

    Raises:
        FootproofError: E-PACKAGE-FORM where the sheet or the result is missing.
    """
    claimed = package.record("result.json")
    sheet = package.record("sheet.json")
    computed = evaluate_bytes(package.parts["sheet.json"])
    if "error" in computed:
        error = computed["error"]
        place = f"{error['code']} {error['at']}".strip()
        return Recomputation(False, None, None, None, package.digest, (place,), 0)
    differs = tuple(differences(claimed, computed))[:MOST_NAMED]
    return Recomputation(
        ok=not differs,
        value=computed["value"],
        declared=computed["declared"],
        unit=computed["unit"],
        package_digest=package.digest,
        differs=differs,
        terms=len(computed["terms"]),
        background=_share(computed["terms"], [term for term in sheet["terms"] if term["info"].get("intensities")]),
    )


def _share(values: Mapping[str, str], chosen: Iterable[Mapping[str, Any]]) -> str:
    """Return the share of some terms in the absolute sum of all, to six digits."""
    sizes = {name: abs(Fraction(*exact.read(value))) for name, value in values.items()}
    whole = sum(sizes.values())
    part = sum((sizes[term["id"]] for term in chosen), Fraction(0))
    ratio = part / whole if whole else Fraction(0)
    return exact.round_significant((ratio.numerator, ratio.denominator), 6)
