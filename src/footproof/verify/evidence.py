"""Which evidence to gather: all that is of high risk, and by size until enough of the emissions is covered.

Procedures are those of ISO 14064-3:2019, 6.2; limited assurance rests on inquiry and analytical tests, reasonable
assurance adds tests of details.
"""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from fractions import Fraction

from footproof.errors import FootproofError
from footproof.interpret.clauses import show
from footproof.interpret.terms import exchange_of
from footproof.model.engagement import Assurance, EvidenceItem, EvidencePlan, Level, Risk
from footproof.model.study import Exchange


def evidence_plan(
    exchanges: Iterable[Exchange],
    risks: Iterable[Risk],
    needed: Decimal = Decimal("0.8"),
    assurance: Assurance = Assurance.REASONABLE,
) -> EvidencePlan:
    """Return a plan that covers at least a share of the positive emissions, and every high risk.

    Args:
        exchanges: Rows of the study; none where it cannot be read.
        risks: Of the claim.
        needed: Share to cover. [1]
        assurance: Level that decides how deep the procedures go.

    Raises:
        FootproofError: E-VERIFY-COVERAGE for a share that the risks do not come to.
    """
    rows = {item.id: item for item in exchanges}
    items: list[EvidenceItem] = []
    covered = Fraction(0)
    for risk in sorted(risks, key=lambda each: (each.level is not Level.HIGH, -each.share, each.id)):
        if risk.level is Level.HIGH or covered < Fraction(needed):
            row = rows.get(exchange_of(risk.id))
            procedures = tuple(dict.fromkeys(_procedures(risk, row, assurance)))
            items.append(EvidenceItem(risk.id, risk.share, procedures, tuple(_documents(row))))
            covered += risk.share
    if covered < Fraction(needed):
        shares = show(covered, "en", percent=True), show(Fraction(needed), "en", percent=True)
        raise FootproofError("E-VERIFY-COVERAGE", found=shares[0], needed=shares[1])
    return EvidencePlan(tuple(items), needed)


def _procedures(risk: Risk, row: Exchange | None, assurance: Assurance) -> Iterator[str]:
    yield "inquiry"
    yield "analytical"
    if risk.findings:
        yield "resolve"
    if assurance is Assurance.LIMITED and risk.level is not Level.HIGH:
        return
    yield "recalculate"
    if row is not None and row.meter:
        yield "reconcile-meter"
    if row is not None and row.source_of == "electricity":
        yield "examine-contracts"
    elif row is not None and row.source_of.startswith("certificate:"):
        yield "check-certificate"
    elif risk.reasons and any(reason.startswith("factor-") or reason == "one-number" for reason in risk.reasons):
        yield "confirm-factor"
    yield "trace" if row is not None and (row.evidence or row.meter) else "ask"


def _documents(row: Exchange | None) -> Iterator[str]:
    if row is not None:
        yield from (name for name in (row.evidence, row.meter) if name)
