"""The clause report: what a rule asks of a study, clause by clause, and whether the study shows it.

Nothing is *met* without a ground: a computation must stand in the sheet, a check must hold over known facts, evidence
must be there. What only a person can say stays open.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from footproof.assess import Assessment
from footproof.errors import FootproofError, Where
from footproof.expressions import exact
from footproof.expressions.evaluate import Scope, Value, evaluate
from footproof.expressions.exact import normalise
from footproof.expressions.parse import parse
from footproof.expressions.tree import references
from footproof.interpret.clause_division import zero_divisors
from footproof.interpret.clause_view import FactValue, Known, Unknown, View
from footproof.interpret.facts import FACTS, found_facts
from footproof.model.bilingual import Bilingual
from footproof.model.rulebook import Clause, ClauseKind, Rulebook
from footproof.texts import LANGUAGES, Lang, catalogue, describe, say

SHOWN_DIGITS = 6
WITHOUT_ANSWER = ("E-SHEET-DIVISION", "E-SHEET-LOOKUP", "E-SHEET-SIZE", "E-SHEET-STEPS")
"""What figures of a study can do to a check that is sound: it has no answer then, and the other clauses have theirs."""


class Outcome(StrEnum):
    """What can be said of a clause."""

    MET = "met"
    NOT_MET = "not-met"
    EVIDENCE_MISSING = "evidence-missing"
    NEEDS_JUDGEMENT = "needs-judgement"


@dataclass(frozen=True, slots=True)
class ClauseResult:
    """One clause and what a study shows of it.

    Args:
        values: Facts that were used, exactly.
        missing: Facts that the study gives no ground for, or that are false where they must be true.
        finding: What the study is told; None where the clause is met.
        rows: Rows of the study to look at.
    """

    clause: Clause
    outcome: Outcome
    values: Mapping[str, FactValue]
    missing: tuple[str, ...] = ()
    finding: Bilingual | None = None
    rows: tuple[Where, ...] = ()


def clause_report(assessment: Assessment) -> tuple[ClauseResult, ...]:
    """Return every clause of the rule with its outcome, in the order of the rule.

    Args:
        assessment: The footprint with its study, rule and sheet.

    Raises:
        FootproofError: E-CLAUSE-FACT where a clause refers to what is neither a fact nor a name of the rule; E-EXPR-*
            and E-SHEET-TYPE where its check is no truth value.
    """
    view = View(assessment)
    carried = set(_carried(assessment))
    found = found_facts(assessment)
    return tuple(_result(clause, view, found, carried) for clause in assessment.rule.clauses.values())


def unmet(report: tuple[ClauseResult, ...]) -> tuple[ClauseResult, ...]:
    """Return the requirements ("shall") of a report that are not met."""
    return tuple(item for item in report if item.outcome is Outcome.NOT_MET and item.clause.severity == "shall")


def check_holds(
    clause: Clause, rule: Rulebook, values: Mapping[str, FactValue]
) -> tuple[bool | None, tuple[str, ...], tuple[str, ...]]:
    """Evaluate the check of a clause.

    Args:
        clause: Clause with a check.
        rule: Its edition, for names and tables.
        values: Known facts and names of the rule.

    Returns:
        Whether it holds, None where it meets something unknown; the names it used; the names that are unknown.

    Raises:
        FootproofError: E-CLAUSE-FACT, E-EXPR-*, E-SHEET-*.
    """
    at = Where("clauses.toml", field=clause.id)
    tables = {name: {key: normalise(value) for key, value in rows.items()} for name, (_, rows) in rule.tables.items()}
    used = _Used({name: _exact(value) for name, value in values.items()})
    try:
        tree = parse(clause.check)
        strange = references(tree) - {*FACTS, *values, *rule.axes, *rule.requirements, *rule.formulas}
        if strange:
            raise FootproofError("E-CLAUSE-FACT", clause=clause.id, name=min(strange))
        found = evaluate(tree, Scope(values=used, tables=tables))
    except _UnknownFact as unknown:
        return None, tuple(used.names), (unknown.name,)
    except FootproofError as problem:
        raise problem.at(at) from problem
    if not isinstance(found, bool):
        raise FootproofError("E-SHEET-TYPE", at, found=str(found)[:40], needed="truth value")
    return found, tuple(used.names), ()


class _UnknownFact(Exception):  # an answer, not an error: it ends the evaluation
    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(name)


class _Used(dict[str, Value]):
    """Values that note which of them were asked for; what is not there is unknown, not zero."""

    def __init__(self, values: Mapping[str, Value]) -> None:
        super().__init__(values)
        self.names: dict[str, None] = {}

    def __getitem__(self, name: str) -> Value:
        if name not in self:
            raise _UnknownFact(name)
        self.names[name] = None
        return super().__getitem__(name)


def _result(clause: Clause, view: View, found: Mapping[str, Known | Unknown], carried: set[str]) -> ClauseResult:
    known = {name: item for name, item in found.items() if isinstance(item, Known)}
    if clause.kind is ClauseKind.EVIDENCE:
        return _evidence(clause, known)
    if clause.kind is not ClauseKind.JUDGEMENT and clause.check:
        return _check(clause, view, known, {name: item for name, item in found.items() if isinstance(item, Unknown)})
    if clause.kind is ClauseKind.COMPUTE and clause.id in carried:
        return ClauseResult(clause, Outcome.MET, {})
    return ClauseResult(clause, Outcome.NEEDS_JUDGEMENT, {}, finding=_told("needs-judgement"))


def _check(clause: Clause, view: View, known: Mapping[str, Known], open_: Mapping[str, Unknown]) -> ClauseResult:
    values = {**_rule_values(view), **{name: item.value for name, item in known.items()}}
    try:
        holds, used, missing = check_holds(clause, view.rule, values)
    except FootproofError as problem:
        if problem.code not in WITHOUT_ANSWER:
            raise
        return _unanswered(clause, problem, values, known)
    seen = {name: values[name] for name in used}
    if holds is None:
        return _open(clause, seen, missing, open_)
    if holds:
        return ClauseResult(clause, Outcome.MET, seen)
    rows = dict.fromkeys(row for name in used if name in known for row in known[name].rows)
    return ClauseResult(clause, Outcome.NOT_MET, seen, (), told_unmet(clause, values), tuple(rows))


def _open(
    clause: Clause, seen: Mapping[str, FactValue], missing: tuple[str, ...], open_: Mapping[str, Unknown]
) -> ClauseResult:
    """Return a clause whose check meets something unknown, with the reason and the rows where they can be said."""
    said = [open_[name] for name in missing if name in open_]
    finding = _told(f"unknown.{said[0].reason}") if said else _lacking(missing, clause.where)
    rows = dict.fromkeys(row for item in said for row in item.rows)
    return ClauseResult(clause, Outcome.EVIDENCE_MISSING, seen, missing, finding, tuple(rows))


def _unanswered(
    clause: Clause, problem: FootproofError, values: Mapping[str, FactValue], known: Mapping[str, Known]
) -> ClauseResult:
    """Return a clause whose check has no answer for this study, with the quantity that is zero where it divides."""
    tree = parse(clause.check)
    zero = tuple(sorted(zero_divisors(tree, {name: _exact(value) for name, value in values.items()})))
    names = zero if problem.code == "E-SHEET-DIVISION" else ()
    seen = {name: values[name] for name in sorted(references(tree)) if name in values}
    rows = dict.fromkeys(row for name in names or seen if name in known for row in known[name].rows)
    finding = _zero(names, clause.where) if names else _no_answer(problem)
    return ClauseResult(clause, Outcome.EVIDENCE_MISSING, seen, names, finding, tuple(rows))


def _evidence(clause: Clause, known: Mapping[str, Known]) -> ClauseResult:
    for name in clause.needs:
        if name not in FACTS:
            at = Where("clauses.toml", field=clause.id)
            raise FootproofError("E-CLAUSE-FACT", at, clause=clause.id, name=name)
    seen = {name: known[name].value for name in clause.needs if name in known}
    missing = tuple(name for name in clause.needs if seen.get(name) is not True)
    if clause.needs and not missing:
        return ClauseResult(clause, Outcome.MET, seen)
    rows = dict.fromkeys(row for name in missing if name in known for row in known[name].rows)
    finding = clause.finding or (_lacking(missing, clause.where) if missing else _told("no-evidence"))
    return ClauseResult(clause, Outcome.EVIDENCE_MISSING, seen, missing, finding, tuple(rows))


def _carried(assessment: Assessment) -> Iterator[str]:
    """Yield the clauses whose computation stands in the sheet: what a node or a term names."""
    record = assessment.sheet.record
    for item in (*record["nodes"], *record["terms"]):
        clause = item["info"].get("clause")
        if isinstance(clause, str):
            yield clause.partition(":")[2]


def _rule_values(view: View) -> dict[str, FactValue]:
    """Return the names of the rule that the sheet holds: axes, required figures, formulas."""
    found: dict[str, FactValue] = {}
    for prefix, names in (("study", view.rule.requirements), ("rule", view.rule.formulas), ("axis", view.rule.axes)):
        for name in names:
            value = view.values.get(f"{prefix}.{name}")
            if value is not None:
                found[name] = Fraction(*value) if isinstance(value, tuple) else value
    return found


def _exact(value: FactValue) -> Value:
    return value if isinstance(value, bool | str) else (value.numerator, value.denominator)


# ---- words


class _Shown:
    """A fact as a finding shows it: `{fact}` as a decimal, `{fact:%}` as a percentage."""

    def __init__(self, value: FactValue | None, lang: Lang) -> None:
        self.value = value
        self.lang = lang

    def __format__(self, form: str) -> str:
        if self.value is None:
            return "–"
        return show(self.value, self.lang, percent=form == "%")


class _Values(dict[str, _Shown]):
    def __init__(self, values: Mapping[str, FactValue], lang: Lang) -> None:
        super().__init__({name: _Shown(value, lang) for name, value in values.items()})
        self.lang: Lang = lang

    def __missing__(self, name: str) -> _Shown:
        return _Shown(None, self.lang)


def show(value: FactValue, lang: Lang, *, percent: bool = False) -> str:
    """Return a fact as a person reads it: a number with six significant digits at most.

    Args:
        value: Fact.
        lang: "zh" or "en".
        percent: Whether to show it times one hundred, with the sign.
    """
    if isinstance(value, bool):
        return say("findings", f"clause.{'yes' if value else 'no'}", lang)
    if isinstance(value, str):
        return value
    scaled = value * 100 if percent else value
    text = exact.round_significant((scaled.numerator, scaled.denominator), SHOWN_DIGITS)
    return f"{text} %" if percent else text


def fact_name(name: str, lang: Lang) -> str:
    """Return what a fact means; the name itself where it is one of the rule."""
    key = f"fact.{name}"
    return say("findings", key, lang) if key in catalogue("findings") else name


def told_unmet(clause: Clause, values: Mapping[str, FactValue]) -> Bilingual:
    """Return what a study is told of a clause that it does not meet.

    Args:
        clause: Clause with a check.
        values: Facts that the words refer to.
    """
    if clause.finding is None:
        return _told("not-met")
    zh, en = (getattr(clause.finding, lang).format_map(_Values(values, lang)) for lang in LANGUAGES)
    return Bilingual(zh, en)


def _zero(names: tuple[str, ...], part: str) -> Bilingual:
    key = "clause.zero-at" if part else "clause.zero"
    zh, en = (
        say("findings", key, lang, facts="；".join(fact_name(name, lang) for name in names), where=part)
        for lang in LANGUAGES
    )
    return Bilingual(zh, en.replace("；", "; "))


def _no_answer(problem: FootproofError) -> Bilingual:
    zh, en = (say("findings", "clause.no-answer", lang, reason=describe(problem, lang)[0]) for lang in LANGUAGES)
    return Bilingual(zh, en)


def _lacking(names: tuple[str, ...], part: str) -> Bilingual:
    key = "clause.evidence-missing-at" if part else "clause.evidence-missing"
    zh = "、".join(fact_name(name, "zh") for name in names)
    en = "; ".join(fact_name(name, "en") for name in names)
    return Bilingual(
        say("findings", key, "zh", facts=zh, where=part),
        say("findings", key, "en", facts=en, where=part),
    )


def _told(key: str) -> Bilingual:
    return Bilingual(say("findings", f"clause.{key}", "zh"), say("findings", f"clause.{key}", "en"))
