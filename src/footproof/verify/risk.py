"""Where a claim is likely to be wrong, term by term (ISO 14064-3:2019, 6.1.2).

A risk is how large a term is times how easily it could be wrong: what the checks found, where its amount and its factor
come from, and what stands behind it.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from footproof.assess import Assessment
from footproof.errors import FootproofError, Where
from footproof.interpret.clause_data import PRIMARY
from footproof.interpret.clause_view import SeenTerm, View, place
from footproof.interpret.terms import DIMENSIONS, merged_scores
from footproof.model.bilingual import Bilingual
from footproof.model.engagement import Answer, Assertion, EvidencePlan, Level, Misstatement, Risk
from footproof.model.study import Exchange, Quality
from footproof.verify.claim import gross_by_term
from footproof.verify.finding import ERROR, NOTE, Finding

WEAK = {"recalled": "factor-recalled", "derived": "factor-derived", "secondary": "factor-secondary"}
POOR = 4
STRONG = ("finding", "estimated", "factor-recalled")
"""Reasons that make a term easily wrong by themselves."""
_DIFFERENT, _STATED = "V-RECOMPUTED", "V-STATED"
"""What recomputing finds: a term that comes out otherwise, and a result that is not ours."""
_OMITTED = ("V-STAGE", "V-COPRODUCT", "V-MASS-CREATED", "V-ENERGY-CREATED")
_ORDER = (Level.HIGH, Level.MEDIUM, Level.LOW)


def risks_of(
    assessment: Assessment, findings: Iterable[Finding], material: Decimal = Decimal("0.05")
) -> tuple[Risk, ...]:
    """Return the risks of a claim: the highest first, then the largest.

    Args:
        assessment: The claim, assessed anew.
        findings: What verifying it found.
        material: Share of the positive emissions from which on a misstatement matters. [1]
    """
    view = View(assessment)
    at = _by_place(findings)
    gross = gross_by_term(assessment)
    whole = sum(gross.values(), Fraction(0))
    found = [_risk(view, term, gross[term.id] / whole if whole else Fraction(0), at, material) for term in view.terms]
    found += _remaining(_of_places_without_term(view, at))
    return tuple(sorted(found, key=lambda risk: (_ORDER.index(risk.level), -risk.share, risk.id)))


def require_answered(
    proposed: Iterable[Risk], planned: Iterable[Risk], evidence: EvidencePlan, answers: Iterable[Answer] = ()
) -> None:
    """Refuse a register that leaves open what the checks proposed, or has figures of its own.

    Every term of the claim stands in it, with the share and stage that the package gives it. A risk that is taken for
    lower than proposed, a high one on which nothing is gathered, and a finding that is left out need an answer.

    Args:
        proposed: Risks that follow from the package (`risks_of`).
        planned: The register; risks that were added have no share.
        evidence: What is to be gathered.
        answers: Why risks are seen otherwise.

    Raises:
        FootproofError: E-VERIFY-RISK-SHARE, E-VERIFY-RISK-OPEN; E-VERIFY-ITEM for an answer to what was not proposed.
    """
    register = {risk.id: risk for risk in planned}
    given = {risk.id: risk for risk in proposed}
    for risk in register.values():
        known = given.get(risk.id)
        if (risk.share, risk.category) != ((known.share, known.category) if known else (Fraction(0), risk.category)):
            raise FootproofError("E-VERIFY-RISK-SHARE", id=risk.id[:100])
    answered, examined = {answer.risk for answer in answers}, {item.id for item in evidence.items}
    for name in sorted(answered - set(given)):
        raise FootproofError("E-VERIFY-ITEM", id=name[:100])
    for risk in given.values():
        mine = register.get(risk.id)
        if _open(risk, mine, risk.id in examined) and (risk.id not in answered or (mine is None and risk.share)):
            raise FootproofError("E-VERIFY-RISK-OPEN", id=risk.id[:100], level=risk.level.value)


def unsettled(
    proposed: Iterable[Risk], misstatements: Iterable[Misstatement], explained: Iterable[Answer] = ()
) -> Iterator[Risk]:
    """Yield what was found against a claim and is neither a misstatement nor explained.

    A figure that comes out otherwise is a misstatement of just that amount: no words explain it away.

    Args:
        proposed: Risks that follow from the package (`risks_of`).
        misstatements: Found in that package; each names its risk as its row.
        explained: Why something that was found does not stand.
    """
    recorded: dict[str, list[Misstatement]] = {}
    for item in misstatements:
        recorded.setdefault(item.row, []).append(item)
    told = {answer.risk for answer in explained}
    for risk in proposed:
        mine = recorded.get(risk.id, [])
        if risk.effect is not None:
            # What was corrected is another package; an amount typed otherwise would be a way around materiality.
            open_ = [item.amount for item in mine if not item.corrected]
            if None not in open_ and sum(filter(None, open_), Fraction(0)) != risk.effect:
                yield risk
        elif risk.errors and not mine and risk.id not in told:
            yield risk


def _open(proposed: Risk, planned: Risk | None, examined: bool) -> bool:
    """Tell whether a proposed risk is taken for less than it is, or is high and not looked at."""
    if planned is None or _ORDER.index(planned.level) > _ORDER.index(proposed.level):
        return True
    return proposed.level is Level.HIGH and not examined


_Place = tuple[str, int | str | None]
_At = Mapping[_Place, list[Finding]]


def _place_of(where: Where) -> _Place:
    """Return what makes it the same place: the row, or the part of a file that has none."""
    return where.file, where.line or where.field


def _risk(view: View, term: SeenTerm, share: Fraction, at: _At, material: Decimal) -> Risk:
    places = tuple(_places(view, term))
    items = [item for where in places for item in at.get(_place_of(where), ())]
    found = _codes(items)
    reasons = tuple(_reasons(view, term, items))
    name = term.info.get("name", {"zh": term.id, "en": term.id})
    return Risk(
        id=term.id,
        name=Bilingual(name["zh"], name["en"]),
        category=term.stage,
        assertion=_assertion(found, reasons),
        share=share,
        level=_level(share, reasons, Fraction(material)),
        reasons=reasons,
        findings=found,
        rows=places,
        errors=_codes(items, ERROR),
    )


def _codes(items: Iterable[Finding], severity: str = "") -> tuple[str, ...]:
    return tuple(dict.fromkeys(item.code for item in items if severity in ("", item.severity)))


def _level(share: Fraction, reasons: tuple[str, ...], material: Fraction) -> Level:
    """A term that alone reaches materiality is never of low risk; a small one is of high risk by a finding only."""
    strong = any(reason in STRONG for reason in reasons)
    if share >= material:
        return Level.HIGH if strong or len(reasons) > 1 else Level.MEDIUM
    if "finding" in reasons:
        return Level.HIGH if share >= material / 10 else Level.MEDIUM
    doubtful = (strong and share >= material / 10) or (len(reasons) > 1 and share >= material / 5)
    return Level.MEDIUM if doubtful else Level.LOW


def _reasons(view: View, term: SeenTerm, found: Iterable[Finding]) -> Iterator[str]:
    row, factor = term.exchange, view.factor(term)
    severities = {item.severity for item in found}
    if severities - {NOTE}:
        yield "finding"
    elif severities:
        yield "noted"
    yield from _of_amount(row)
    confidence = str(term.info.get("confidence", ""))
    if confidence in WEAK:
        yield WEAK[confidence]
    scores = merged_scores(row.quality if row else Quality(), factor.quality if factor else Quality())
    known = [score for name in DIMENSIONS if (score := getattr(scores, name)) is not None]
    if not known:
        yield "not-scored"
    elif max(known) >= POOR:
        yield "poor-quality"
    if all(origin == "undifferentiated" for origin, _, _ in term.entries):
        yield "one-number"


def _of_amount(row: Exchange | None) -> Iterator[str]:
    if row is None:
        return
    if row.data == "estimated":
        yield "estimated"
    elif not row.data:
        yield "origin-not-said"
    elif row.data not in PRIMARY:
        yield "not-from-site"
    if not (row.evidence or row.meter):
        yield "no-document"


def _assertion(found: tuple[str, ...], reasons: tuple[str, ...]) -> Assertion:
    if any(code.startswith("V-FACTOR") for code in found):
        return Assertion.CLASSIFICATION
    if any(code in ("V-ROW-TWICE", "clause:5.12-rows") for code in found):
        return Assertion.OCCURRENCE
    if "V-PERIOD" in found:
        return Assertion.CUT_OFF
    return Assertion.OCCURRENCE if "no-document" in reasons and "estimated" in reasons else Assertion.ACCURACY


def _places(view: View, term: SeenTerm) -> Iterator[Where]:
    if term.exchange is not None:
        yield place(term.exchange.place)
    factor = view.factor(term)
    if factor is not None:
        yield place(factor.place)


def _by_place(findings: Iterable[Finding]) -> _At:
    found: dict[_Place, list[Finding]] = {}
    for item in findings:
        for at in item.rows:
            found.setdefault(_place_of(at), []).append(item)
    return found


def _of_places_without_term(view: View, at: _At) -> Iterator[Risk]:
    """Yield a risk for what was found where no term stands: something left out has no share."""
    seen = {_place_of(where) for term in view.terms for where in _places(view, term)}
    for key, found in at.items():
        first = next((item for item in found if item.severity == ERROR), None)
        if key in seen or first is None:
            continue
        where = first.rows[0]
        yield Risk(
            id=f"{where.file}:{where.line or where.field or ''}",
            name=first.said,
            category="",
            assertion=Assertion.COMPLETENESS if first.code in _OMITTED else Assertion.ACCURACY,
            share=Fraction(0),
            level=Level.HIGH,
            reasons=("finding",),
            findings=_codes(found),
            rows=(where,),
            errors=_codes(found, ERROR),
            effect=first.effect if first.code in (_DIFFERENT, _STATED) else None,
        )


def _remaining(risks: Iterable[Risk]) -> list[Risk]:
    """Return risks with what the whole result is off only as far as no term that is told of accounts for it."""
    found = list(risks)
    told = sum((risk.effect for risk in found if risk.effect and _DIFFERENT in risk.errors), Fraction(0))
    return [_beyond(risk, told) if risk.effect is not None else risk for risk in found]


def _beyond(risk: Risk, told: Fraction) -> Risk:
    whole = _STATED in risk.errors
    effect = (risk.effect or Fraction(0)) - (told if whole else 0)
    # A result that its terms account for asks for nothing more; a term that differs in all but its figure still does.
    return replace(risk, effect=effect or None, errors=() if whole and not effect else risk.errors)
