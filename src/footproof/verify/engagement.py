"""What may happen in an engagement, and in which order: each function returns the next one or says what is wrong.

ISO/IEC 17029 clause 9 and ISO 14064-3:2019 clauses 5 to 10. Nothing is gathered before all is agreed; what was agreed
changes only as a new version; who reviews and decides took no part in the work; an opinion fits what was found.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from footproof.errors import FootproofError
from footproof.interpret.clauses import show
from footproof.model.bilingual import Bilingual
from footproof.model.engagement import (
    Analysis,
    Answer,
    Change,
    Engagement,
    EvidencePlan,
    Gathered,
    LaterFact,
    Misstatement,
    Opinion,
    OpinionKind,
    Risk,
    Sample,
    State,
    Team,
)
from footproof.verify.misstatements import Evaluation, evaluate
from footproof.verify.sampling import frame_of, require_same, stands_for

AGREED = ("claim", "objectives", "criteria", "scope", "assurance", "materiality")
"""What has to be agreed before any evidence is gathered (ISO 14064-3:2019, 5.1)."""
AMENDABLE = (*AGREED, "coverage", "consulted", "category", "site", "place")
ASPECTS = ("activity", "system", "complexity", "product")
"""What a strategic analysis treats (ISO 14064-3:2019, 6.1.1; the text was not read, its subjects are reported)."""


def set_terms(found: Engagement, **terms: Any) -> Engagement:
    """Set what is being agreed, before it is.

    Args:
        found: Engagement before agreement.
        terms: Of `AMENDABLE`.

    Raises:
        FootproofError: E-VERIFY-STATE once it is agreed, E-VERIFY-TERM for what is no term.
    """
    _require(found, "set_terms", State.PRE_ENGAGEMENT)
    _require_terms(terms)
    return replace(found, **terms)


def agree(found: Engagement) -> Engagement:
    """Conclude the agreement.

    Raises:
        FootproofError: E-VERIFY-INCOMPLETE for terms that are missing, E-VERIFY-MATERIALITY for shares outside 0 … 1.
    """
    _require(found, "agree", State.PRE_ENGAGEMENT)
    _require_complete(found)
    return replace(found, state=State.ENGAGED)


def amend(found: Engagement, reason: Bilingual, **terms: Any) -> Engagement:
    """Change what was agreed, as a new version; plan, evidence and conclusion have to be made anew on it.

    Raises:
        FootproofError: E-VERIFY-STATE before the agreement or after the decision, E-VERIFY-TERM, E-VERIFY-INCOMPLETE,
            E-VERIFY-MATERIALITY, E-VERIFY-INDEPENDENT where a member of the team turns out to have advised.
    """
    _require(found, "amend", State.ENGAGED, State.PLANNED, State.EXECUTED, State.REVIEWED, State.REVISED)
    _require_terms(terms)
    change = Change(found.version + 1, tuple(sorted(terms)), reason)
    later = replace(found, **terms, version=change.version, changes=(*found.changes, change))
    _require_complete(later)
    if later.team is not None:
        _require_not_consulted(later, later.team.members)
    anew: dict[str, Any] = {"plan": None, "opinion": None, "analysis": None, "work": None}
    anew |= dict.fromkeys(("risks", "answers", "samples", "explained"), ()) | dict.fromkeys(("reviewer", "decider"), "")
    return replace(later, state=State.ENGAGED, **anew)


def analyse(found: Engagement, analysis: Analysis) -> Engagement:
    """Record the strategic analysis, on which risks and plan rest (ISO 14064-3:2019, 6.1.1).

    Raises:
        FootproofError: E-VERIFY-ANALYSIS where it leaves an aspect out, E-VERIFY-INDEPENDENT for somebody who advised.
    """
    _require(found, "analyse", State.ENGAGED)
    missing = [name for name in ASPECTS if name not in analysis.aspects]
    if missing:
        raise FootproofError("E-VERIFY-ANALYSIS", missing=", ".join(missing))
    _require_not_consulted(found, (analysis.by,))
    return replace(found, analysis=analysis, worked=_with(found.worked, (analysis.by,)))


def assign(found: Engagement, team: Team) -> Engagement:
    """Assign the team.

    Raises:
        FootproofError: E-VERIFY-TEAM where the leader is no member, E-VERIFY-INDEPENDENT for somebody who advised.
    """
    _require(found, "assign", State.ENGAGED)
    if team.leader not in team.members:
        raise FootproofError("E-VERIFY-TEAM", person=team.leader)
    _require_not_consulted(found, team.members)
    return replace(found, team=team, worked=_with(found.worked, team.members))


def plan(  # noqa: PLR0917
    found: Engagement,
    by: str,
    risks: tuple[Risk, ...],
    evidence: EvidencePlan,
    samples: tuple[Sample, ...] = (),
    answers: tuple[Answer, ...] = (),
) -> Engagement:
    """Approve risks, evidence plan and samples (ISO 14064-3:2019, 6.1).

    What the plan leaves out is open to a sample, so that no term can be sure not to be looked at; that is a rule of
    ours, since the standard leaves sampling to the verifier. Who plans what is looked at has taken part in the work.

    Args:
        found: Engagement that is agreed and analysed, with a team.
        by: Who plans; counts from now on among those who worked on it.
        risks: The register: every term of the claim, and what was found where none stands.
        evidence: Items on risks of the register, each with the share of its risk.
        samples: Drawn from all terms of the register.
        answers: Why risks that the checks proposed are seen otherwise; whether all are answered is decided by
            `risk.require_answered`.

    Raises:
        FootproofError: E-VERIFY-INCOMPLETE without a team or analysis, E-VERIFY-EVIDENCE for an item that is no risk,
            stands twice or has another share, E-VERIFY-COVERAGE for a plan that covers less than agreed,
            E-VERIFY-UNSAMPLED where it leaves terms out and nothing was drawn, E-VERIFY-INDEPENDENT for somebody who
            advised.
        ProofRejected: E-VERIFY-DRAW for a sample that its seed does not give.
    """
    _require(found, "plan", State.ENGAGED)
    missing = [name for name in ("team", "analysis") if getattr(found, name) is None]
    if missing:
        raise FootproofError("E-VERIFY-INCOMPLETE", missing=", ".join(missing))
    _require_not_consulted(found, (by,))
    _require_of_risks(evidence, risks)
    if evidence.covered < found.coverage:
        raise FootproofError("E-VERIFY-COVERAGE", found=_share(evidence.covered), needed=_share(found.coverage))
    left = sum((risk.share for risk in risks), Fraction(0)) - evidence.covered
    if left and not samples:
        raise FootproofError("E-VERIFY-UNSAMPLED", share=_share(left))
    for sample in samples:
        require_same(sample, frame_of(risks))
    worked = _with(found.worked, (by,))
    planned = replace(found, risks=risks, plan=evidence, samples=samples, answers=answers)
    return replace(planned, state=State.PLANNED, worked=worked)


def gather(found: Engagement, item: str, digest: str, by: str, on: date, export: str) -> Engagement:  # noqa: PLR0917
    """Record evidence on an item that is planned or drawn.

    Raises:
        FootproofError: E-VERIFY-STATE before the plan is approved, E-VERIFY-ITEM for what is neither planned nor drawn,
            E-VERIFY-OUTSIDER for somebody who is not on the team.
    """
    _require(found, "gather", State.PLANNED)
    if item not in wanted_items(found):
        raise FootproofError("E-VERIFY-ITEM", id=item)
    if found.team is None or by not in found.team.members:
        raise FootproofError("E-VERIFY-OUTSIDER", person=by)
    return replace(found, gathered=(*found.gathered, Gathered(item, digest, by, on, found.version, export)))


def misstate(found: Engagement, item: Misstatement) -> Engagement:
    """Record a misstatement.

    Raises:
        FootproofError: E-VERIFY-STATE before the plan is approved, E-VERIFY-TWICE for an id that stands already.
    """
    _require(found, "misstate", State.PLANNED)
    if item.id in {each.id for each in found.misstatements}:
        raise FootproofError("E-VERIFY-TWICE", id=item.id)
    return replace(found, misstatements=(*found.misstatements, item))


def correct(found: Engagement, misstatement: str) -> Engagement:
    """Record that the client corrected a misstatement; a claim that changes by it needs `amend` as well.

    Raises:
        FootproofError: E-VERIFY-ITEM for an id that does not stand.
    """
    _require(found, "correct", State.PLANNED)
    if misstatement not in {each.id for each in found.misstatements}:
        raise FootproofError("E-VERIFY-ITEM", id=misstatement)
    marked = tuple(replace(each, corrected=each.corrected or each.id == misstatement) for each in found.misstatements)
    return replace(found, misstatements=marked)


def wanted_items(found: Engagement) -> tuple[str, ...]:
    """Return every item to gather evidence on: those of the plan, then what was drawn besides."""
    planned = [item.id for item in found.plan.items] if found.plan else []
    return tuple(dict.fromkeys((*planned, *(name for sample in found.samples for name in sample.items))))


def open_items(found: Engagement) -> tuple[str, ...]:
    """Return the items, planned or drawn, on which nothing was gathered under the present version."""
    done = {each.item for each in found.gathered if each.version == found.version}
    return tuple(item for item in wanted_items(found) if item not in done)


def weigh(found: Engagement) -> Evaluation:
    """Return the uncorrected misstatements against materiality, with what those in a sample point to elsewhere.

    Raises:
        FootproofError: E-VERIFY-INCOMPLETE while claim or materiality are not agreed.
    """
    if found.claim is None or found.materiality is None:
        raise FootproofError("E-VERIFY-INCOMPLETE", missing="claim, materiality")
    factors = sampled(found)
    pointed = [_projected(each, factors.get(each.row, Fraction(1))) for each in found.misstatements]
    return evaluate(found.claim, found.materiality, pointed)


def sampled(found: Engagement) -> Mapping[str, Fraction]:
    """Return, for each item that was looked at only because it was drawn, how many times itself it stands for.

    Where several samples hold an item, the one in which it stands for least counts.
    """
    planned = {item.id for item in found.plan.items} if found.plan else set()
    factors: dict[str, Fraction] = {}
    for sample in found.samples:
        for name, factor in stands_for(sample, frame_of(found.risks)).items():
            if name not in planned:
                factors[name] = min(factor, factors.get(name, factor))
    return factors


def conclude(
    found: Engagement, opinion: Opinion, work: Bilingual | None = None, explained: tuple[Answer, ...] = ()
) -> Engagement:
    """Complete the work with the draft of an opinion.

    Args:
        found: Engagement whose items were gathered.
        opinion: The draft.
        work: What was done, for the statement.
        explained: Why what the checks found does not stand; whether that is all is decided by `risk.unsettled`.

    Raises:
        FootproofError: E-VERIFY-OPEN where evidence is missing and the opinion is no disclaimer, E-VERIFY-OPINION where
            it does not fit the misstatements, E-VERIFY-QUALIFICATION where it lacks its reason or has one too many.
    """
    _require(found, "conclude", State.PLANNED)
    require_fitting(found, opinion)
    return replace(found, state=State.EXECUTED, opinion=opinion, work=work, explained=explained)


def require_fitting(found: Engagement, opinion: Opinion) -> None:
    """Refuse an opinion that does not fit evidence and misstatements (I20).

    Raises:
        FootproofError: As `conclude`.
    """
    waiting = open_items(found)
    if waiting and opinion.kind is not OpinionKind.DISCLAIMER:
        raise FootproofError("E-VERIFY-OPEN", count=len(waiting), items=", ".join(waiting[:5]))
    clean = weigh(found).clean
    fits: dict[OpinionKind, bool] = {OpinionKind.UNMODIFIED: clean, OpinionKind.ADVERSE: not clean}
    if not fits.get(opinion.kind, True):
        raise FootproofError("E-VERIFY-OPINION", kind=opinion.kind.value, found=said(weigh(found)))
    if (opinion.kind is OpinionKind.UNMODIFIED) == bool(opinion.qualifications):
        raise FootproofError("E-VERIFY-QUALIFICATION", kind=opinion.kind.value)


def review(found: Engagement, by: str) -> Engagement:
    """Record the independent review (ISO 14064-3:2019, clause 8).

    Raises:
        FootproofError: E-VERIFY-INDEPENDENT for a member of the team or somebody who advised.
    """
    _require(found, "review", State.EXECUTED)
    _require_independent(found, by)
    return replace(found, state=State.REVIEWED, reviewer=by)


def decide(found: Engagement, by: str) -> Engagement:
    """Confirm the opinion; the reviewer may do so, the team may not (ISO/IEC 17029, 9.7).

    Raises:
        FootproofError: E-VERIFY-INDEPENDENT.
    """
    _require(found, "decide", State.REVIEWED)
    _require_independent(found, by)
    return replace(found, state=State.DECIDED, decider=by)


def issue(found: Engagement, statement: str, by: str) -> Engagement:
    """Issue the statement; whoever verified does not (ISO/IEC 17029, 9.7).

    Args:
        found: Engagement that is decided.
        statement: Digest of the statement (`verify.statement`).
        by: Who issues it.

    Raises:
        FootproofError: E-VERIFY-INDEPENDENT.
    """
    _require(found, "issue", State.DECIDED)
    _require_independent(found, by)
    return replace(found, state=State.ISSUED, statement=statement)


def discover(found: Engagement, text: Bilingual, on: date) -> Engagement:
    """Record a fact that came to light after issue (ISO 14064-3:2019, clause 10)."""
    _require(found, "discover", State.ISSUED)
    return replace(found, state=State.FACTS_AFTER_ISSUE, later=(*found.later, LaterFact(text, on)))


def stand(found: Engagement) -> Engagement:
    """Conclude that the statement stands despite the fact."""
    return _answered(found, "stand", State.ISSUED, "stands")


def revise(found: Engagement) -> Engagement:
    """Conclude that the statement is to be revised; `amend` then opens the next version."""
    return _answered(found, "revise", State.REVISED, "revised")


def withdraw(found: Engagement) -> Engagement:
    """Withdraw the statement."""
    return _answered(found, "withdraw", State.WITHDRAWN, "withdrawn")


def said(found: Evaluation) -> str:
    """Return what misstatements come to, as figures: net and gross share, limit, of the whole or a category."""
    parts = [
        f"{item.category or '∑'}: {_share(item.net, item.base)}, {_share(item.gross, item.base)} ≥ {_share(item.limit)}"
        for item in found.material
    ]
    return "; ".join([*parts, *(f"{name}: ?" for name in found.unquantified)]) or "0"


def _share(part: Fraction | Decimal, base: Fraction = Fraction(1)) -> str:
    return show(Fraction(part) / base, "en", percent=True) if base else "∞"


def _answered(found: Engagement, action: str, state: State, outcome: str) -> Engagement:
    _require(found, action, State.FACTS_AFTER_ISSUE)
    later = (*found.later[:-1], replace(found.later[-1], outcome=outcome))
    return replace(found, state=state, later=later)


def _require(found: Engagement, action: str, *states: State) -> None:
    if found.state not in states:
        needed = ", ".join(state.value for state in states)
        raise FootproofError("E-VERIFY-STATE", action=action, found=found.state.value, needed=needed)


def _require_terms(terms: Iterable[str]) -> None:
    strange = sorted(set(terms) - set(AMENDABLE))
    if strange:
        raise FootproofError("E-VERIFY-TERM", name=strange[0], known=", ".join(AMENDABLE))


def _require_complete(found: Engagement) -> None:
    missing = [name for name in AGREED if not getattr(found, name)]
    if missing:
        raise FootproofError("E-VERIFY-INCOMPLETE", missing=", ".join(missing))
    if found.claim is not None and not found.claim.whole:
        raise FootproofError("E-VERIFY-INCOMPLETE", missing="claim.gross")
    shares = [found.materiality.overall, *found.materiality.categories.values()] if found.materiality else []
    wrong = [share for share in shares if not 0 < share < 1]
    wrong += [] if 0 < found.coverage <= 1 else [found.coverage]
    if wrong:
        raise FootproofError("E-VERIFY-MATERIALITY", found=wrong[0])


def _require_not_consulted(found: Engagement, persons: Iterable[str]) -> None:
    for person in persons:
        if person in found.consulted:
            raise FootproofError("E-VERIFY-INDEPENDENT", person=person, reason="advised")


def _require_independent(found: Engagement, person: str) -> None:
    _require_not_consulted(found, (person,))
    if not person or person in found.worked:
        raise FootproofError("E-VERIFY-INDEPENDENT", person=person or "-", reason="team")
    if any(person == each.by for each in found.gathered):
        raise FootproofError("E-VERIFY-INDEPENDENT", person=person, reason="gathered")


def _require_of_risks(evidence: EvidencePlan, risks: tuple[Risk, ...]) -> None:
    """Refuse items that are no risk of the register, stand twice, or claim another share than their risk has."""
    shares = {risk.id: risk.share for risk in risks}
    seen: set[str] = set()
    for risk in risks:
        if risk.id in seen:
            raise FootproofError("E-VERIFY-EVIDENCE", id=risk.id[:100])
        seen.add(risk.id)
    seen.clear()
    for item in evidence.items:
        if item.id in seen or shares.get(item.id) != item.share:
            raise FootproofError("E-VERIFY-EVIDENCE", id=item.id[:100])
        seen.add(item.id)


def _projected(item: Misstatement, factor: Fraction) -> Misstatement:
    return item if item.amount is None else replace(item, amount=item.amount * factor)


def _with(names: tuple[str, ...], more: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*names, *more)))
