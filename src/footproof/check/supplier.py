"""A supplier's certificate, checked in full, as a footprint that another study may use.

Every check of the stranger's walk must hold. Two things are told apart from a failure: a confidential supplier's
sheet is sealed, so that its terms cannot be recomputed here, and a demonstration certificate names no status list and
no accreditation because it attests nothing. Both are said in the footprint, for `assess` to judge.
"""

from datetime import date
from decimal import Decimal
from fractions import Fraction

from footproof.canonical import digest
from footproof.check.anchors import Anchors
from footproof.check.certificate import check_certificate
from footproof.check.material import Material
from footproof.check.outcome import Outcome
from footproof.errors import FootproofError, ProofRejected, Where
from footproof.expressions import exact
from footproof.model.certificate import Certificate
from footproof.model.supplier import LARGEST_CHAIN, SupplierFootprint, Upstream
from footproof.package import Package, Recomputation, open_package, recompute
from footproof.package.downstream import supplier_share, suppliers_of
from footproof.package.seal import SHEET, SUPPLIERS
from footproof.package.totals import TOTALS, last_place

_OF_A_DEMONSTRATION = frozenset({"E-CHECK-NO-STATUS", "E-CHECK-NO-SCOPE", "E-CHECK-NO-ROOTS"})


def supplier_footprint(material: Material, anchors: Anchors, at: date) -> SupplierFootprint:
    """Return the footprint that a supplier's certificate states, where every check of it holds.

    Args:
        material: Certificate, log entry, proof, package, status lists and recognition records.
        anchors: Whom the user of the footprint believes; what lies beside the certificate is its holder's choice.
        at: The day on which it must hold.

    Raises:
        ProofRejected: E-SUPPLIER-CHECK with the first check that does not hold and its code.
    """
    certificate, outcomes = check_certificate(material, anchors, at)
    package, outcome = _opened(material)
    believed = {one.facts["key"] for one in outcomes if one.name == "signature" and one.ok} & set(anchors.keys)
    for one in outcomes:
        if not (one.ok or (certificate is not None and _may_lack(one, certificate, outcome, believed=bool(believed)))):
            code = one.problem.code if one.problem else ""
            raise ProofRejected("E-SUPPLIER-CHECK", Where("certificate.jwt"), check=one.name, reason=code)
    if certificate is None or package is None or outcome is None:
        raise ProofRejected("E-SUPPLIER-CHECK", Where("certificate.jwt"), check="package", reason="E-CHECK-MISSING")
    return SupplierFootprint(
        certificate=certificate.number,
        digest=digest(material.jwt),
        body=certificate.body.id,
        product=certificate.product_id,
        product_name=certificate.product_name,
        value=certificate.value,
        unit=certificate.unit,
        unit_name=certificate.unit_name,
        boundary=certificate.boundary,
        stages=_stages(certificate, package),
        rule=certificate.rule_id,
        rule_edition=certificate.rule_edition,
        rule_status=certificate.rule_status,
        period_start=certificate.period_start,
        period_end=certificate.period_end,
        valid_from=certificate.valid_from,
        valid_until=certificate.valid_until,
        package=package.digest,
        demonstration=certificate.demonstration,
        recomputed=outcome.extent.value,
        origins=_origins(certificate, package) if outcome.ok else {},
        rests_on=_upstream(package),
    )


def _opened(material: Material) -> tuple[Package | None, Recomputation | None]:
    """Return the package and what recomputing it gave, where it can be opened; where not, a check has said so."""
    try:
        package = open_package(material.package or b"")
        return package, recompute(package)
    except FootproofError:
        return None, None


def _may_lack(one: Outcome, certificate: Certificate, outcome: Recomputation | None, *, believed: bool) -> bool:
    """Return whether a check that does not hold is one that this certificate cannot pass and need not.

    Args:
        one: The check.
        certificate: Whose signature holds.
        outcome: What recomputing its package gave.
        believed: Whether the anchors name the key that signed; a `did:key` verifies without anybody knowing it.
    """
    if one.name == "recomputation" and outcome is not None:
        stated = format(certificate.value, "f"), certificate.unit
        return not outcome.ok and outcome.agrees and (outcome.declared, outcome.unit) == stated
    code = one.problem.code if one.problem else ""
    return certificate.demonstration and believed and code in _OF_A_DEMONSTRATION


def _stages(certificate: Certificate, package: Package) -> tuple[str, ...]:
    """Return the stages that carry something: of the certificate, else of disclosed subtotals."""
    if certificate.stages:
        return tuple(stage.id for stage in certificate.stages if stage.value)
    if TOTALS in package.parts:
        return tuple(name for name, value in package.record(TOTALS)["stages"].items() if value != "0")
    return ()


def _origins(certificate: Certificate, package: Package) -> dict[str, Decimal]:
    """Return the parts by origin, rounded to the last place of the certified value and adding up to it.

    What is taken up by plants counts differently under the two conventions on biogenic carbon; a footprint with it
    stays one number, so that it counts as certified wherever it is used.
    """
    result, sheet = package.record("result.json"), package.record(SHEET)
    exactly = {name: Fraction(*exact.read(text)) for name, text in result["origins"].items()}
    if exactly["biogenic_removal"] or not any(exactly.values()):
        return {}
    place = last_place(result["declared"], sheet["rounding"]["digits"])
    rounded = {name: round(value / place) * place for name, value in exactly.items()}
    largest = max(rounded, key=lambda name: abs(rounded[name]))
    rounded[largest] += Fraction(certificate.value) - sum(rounded.values())
    return {name: _decimal(value) for name, value in rounded.items() if value}


def _decimal(value: Fraction) -> Decimal:
    return Decimal(exact.write((value.numerator, value.denominator)))


def _upstream(package: Package) -> tuple[Upstream, ...]:
    """Return the certificates the footprint rests on, as far as its package shows its suppliers."""
    found: list[Upstream] = []
    for row in suppliers_of(package):
        share = supplier_share(package, row.digest)
        found.append(Upstream(row.certificate, row.digest, _share(share)))
        for item in row.rests_on:
            inner = Fraction(*exact.read(item.share)) * share if item.share and share is not None else None
            found.append(Upstream(item.certificate, item.digest, _share(inner)))
    if len(found) > LARGEST_CHAIN:
        raise ProofRejected("E-SUPPLIER-CHAIN", Where(SUPPLIERS), found=len(found), most=LARGEST_CHAIN)
    return tuple(found)


def _share(value: Fraction | None) -> str:
    return "" if value is None else exact.round_significant((value.numerator, value.denominator), 6)
