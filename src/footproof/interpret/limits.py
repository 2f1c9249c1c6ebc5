"""A footprint against a limit: exact first, then with its uncertainty (JCGM 106:2012).

A limit presupposes a rule, a unit and a boundary. A result under others is not judged, whatever its figure.
"""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

from footproof.assess import Assessment
from footproof.errors import FootproofError
from footproof.expressions import exact
from footproof.interpret.uncertainty import Decision, Sampled, Verdict, decide
from footproof.rules.limits import Limit, Sense


@dataclass(frozen=True, slots=True)
class Judgement:
    """What can be said of a limit.

    Args:
        limit: The limit; None for a bare number.
        declared: Whether the declared figure alone keeps it.
        decision: What can be said given the uncertainty of the figure.
        day: On which the limit holds; None for a bare number, which holds on no particular day.
    """

    limit: Limit | None
    declared: bool
    decision: Decision
    day: date | None = None


def judge(assessment: Assessment, limit: Limit, found: Sampled, day: date, risk: float) -> Judgement:
    """Return whether a footprint keeps a limit.

    Args:
        found: Samples of the same assessment.
        day: On which the limit must hold; another question than which publications counted.
        risk: Largest accepted probability of a wrong statement. [1]

    Raises:
        FootproofError: E-LIMIT-RULE, E-LIMIT-OTHER, E-LIMIT-BOUNDARY where the limit is about other results,
            E-LIMIT-DAY where it does not hold on the day.
    """
    _require_same(assessment, limit, day)
    bare = judge_number(assessment, limit.value, found, risk, strictly=limit.sense is Sense.BELOW)
    return replace(bare, limit=limit, day=day)


def judge_number(
    assessment: Assessment, limit: Decimal, found: Sampled, risk: float, *, strictly: bool = False
) -> Judgement:
    """Return whether a footprint keeps a number in its own unit; a conformity needs the declared figure too.

    Args:
        limit: Largest value that conforms. [unit of the result]
        strictly: Whether a value equal to it does not conform.
    """
    declared = Fraction(*exact.read(str(assessment.result["declared"])))
    kept = declared < Fraction(limit) if strictly else declared <= Fraction(limit)
    decision = decide(found, float(limit), risk, strictly=strictly)
    if not kept and decision.verdict is Verdict.CONFORMS:
        decision = replace(decision, verdict=Verdict.UNDECIDED)
    return Judgement(None, kept, decision)


def _require_same(assessment: Assessment, limit: Limit, day: date) -> None:
    rule = assessment.rule
    if limit.rule not in (rule.name, rule.id):
        raise FootproofError("E-LIMIT-RULE", limit=limit.name, needed=limit.rule, found=rule.name)
    if limit.unit != assessment.sheet.unit:
        raise FootproofError("E-LIMIT-OTHER", limit=limit.name, needed=limit.unit, found=assessment.sheet.unit)
    declared = rule.functional_unit or assessment.study.declared_unit
    if declared.boundary != limit.boundary:
        raise FootproofError("E-LIMIT-BOUNDARY", limit=limit.name, needed=limit.boundary.en, found=declared.boundary.en)
    if not limit.holds_on(day):
        raise FootproofError(
            "E-LIMIT-DAY", limit=limit.name, start=limit.valid_from, end=limit.valid_to or "–", day=day
        )
