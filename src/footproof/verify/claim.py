"""The positive emissions of an assessment, by stage and by term: what materiality and risks are shares of.

They are counted component by component: an uptake or a credit inside a factor does not lower them.
"""

from collections.abc import Mapping
from fractions import Fraction

from footproof.assess import Assessment
from footproof.interpret.components import components


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
