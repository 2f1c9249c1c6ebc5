"""What a client claims, taken from a sealed package or an assessment: the number, and what it is a number of.

Positive emissions are counted component by component: an uptake or a credit inside a factor does not lower them.
"""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction

from footproof.assess import Assessment
from footproof.interpret.components import components
from footproof.interpret.terms import figure
from footproof.model.engagement import Claim


def claim_of(assessment: Assessment, package: str) -> Claim:
    """Return the claim that a package makes.

    Args:
        assessment: What stands in the package: study, rule, sheet and result.
        package: Digest of the package.
    """
    study, rule, result = assessment.study, assessment.rule, assessment.result
    declared = rule.functional_unit or study.declared_unit
    return Claim(
        package=package,
        sheet=assessment.sheet_digest,
        value=Decimal(result["declared"]),
        unit=result["unit"],
        rulebook=rule.name,
        rulebook_digest=rule.digest,
        product=study.product.name,
        model=study.product.model,
        site=study.site.name,
        responsible=study.producer.name,
        boundary=declared.boundary,
        start=study.start,
        end=study.end,
        gross=gross_by_stage(assessment),
        origins={name: figure(value) for name, value in result["origins"].items()},
    )


def gross_by_stage(assessment: Assessment) -> Mapping[str, Fraction]:
    """Return the positive emissions of every stage. [unit of the result]"""
    found = dict.fromkeys(assessment.sheet.stages, Fraction(0))
    for part in components(assessment):
        found[part.term.stage] += max(part.value, Fraction(0))
    return found


def gross_by_term(assessment: Assessment) -> Mapping[str, Fraction]:
    """Return the positive emissions of every term. [unit of the result]"""
    found = dict.fromkeys((term.id for term in assessment.sheet.terms), Fraction(0))
    for part in components(assessment):
        found[part.term.id] += max(part.value, Fraction(0))
    return found
