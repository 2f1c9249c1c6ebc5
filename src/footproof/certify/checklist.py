"""The questions of an activity: from the clauses of the rule, or from what the scheme asks of client and system.

A checklist is derived, never written by hand, so that no clause is left out and each question says where it comes from.
An activity that has one is done once every requirement on it is answered; what is not met is a finding of the case.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from footproof.canonical import record_digest
from footproof.certify.case import Answer, Checked, Met
from footproof.certify.record import Recomputed
from footproof.certify.refusals import refuse
from footproof.model.bilingual import Bilingual
from footproof.model.rulebook import ClauseKind, Rulebook
from footproof.model.scheme import Activity, Checklist, Grid, Scheme
from footproof.rules.rulebook import load_rulebook, shipped_editions
from footproof.texts import say

CLAUSE = "ISO/IEC 17065, 7.4.4"


@dataclass(frozen=True, slots=True)
class Question:
    """One question.

    Args:
        id: Unique within the checklist, such as "client/system", "emission/planning" or "cn.gbt.24067/5.2".
        text: What must hold.
        source: Clause, requirement or part of the scheme it comes from.
        shall: Whether it is a requirement; else a recommendation.
    """

    id: str
    text: Bilingual
    source: str
    shall: bool = True


def checklist(scheme: Scheme, activity: Activity, rule: Rulebook | None = None) -> tuple[Question, ...]:
    """Return the questions of an activity.

    Args:
        scheme: Edition.
        activity: One of its activities.
        rule: Rulebook the footprint was quantified by, for activities that ask by its clauses.

    Returns:
        In the order of scheme or rule; none for an activity without a checklist, or one that asks by the clauses of a
        rule where there is no rule.
    """
    if activity.checklist is Checklist.SCHEME_CLAUSES:
        return tuple(_of_scheme(scheme))
    if activity.checklist is Checklist.RULE_CLAUSES and rule is not None:
        return tuple(_of_rule(rule))
    return ()


def rule_of(found: Recomputed | None) -> Rulebook | None:
    """Return the rulebook a package was computed by, None without one, or where that edition is none of ours."""
    identity, _, edition = found.rule.partition("@") if found is not None else ("", "", "")
    if found is None or edition not in shipped_editions().get(identity, ()):
        return None
    rule = load_rulebook(found.rule)
    return rule if rule.digest == found.edition else None


def checked(questions: tuple[Question, ...], answers: tuple[Answer, ...], findings: Collection[str]) -> Checked | None:
    """Return what is kept of a checklist that was gone through; None where nothing was asked.

    Args:
        questions: As `checklist` gives them; recommendations may stay without an answer.
        answers: In any order.
        findings: Questions on which the case has a finding.

    Raises:
        FootproofError: E-CHECKLIST-UNKNOWN for an answer to no question, or a second one; E-CHECKLIST-OPEN for a
            requirement without an answer, or one that does not apply for no stated reason; E-CHECKLIST-FINDING for what
            is not met and is no finding.
    """
    known, given = {one.id for one in questions}, [one.question for one in answers]
    wrong = tuple(sorted({name for name in given if name not in known or given.count(name) > 1}))
    if wrong:
        raise refuse("E-CHECKLIST-UNKNOWN", CLAUSE, "answers", found=_few(wrong))
    bare = {one.question for one in answers if one.result is Met.NOT_APPLICABLE and not one.note}
    open_ = tuple(one.id for one in questions if (one.shall and one.id not in given) or one.id in bare)
    if open_:
        raise refuse("E-CHECKLIST-OPEN", CLAUSE, "answers", needed=_few(open_))
    failed, left = _with(answers, Met.NOT_MET), _with(answers, Met.NOT_APPLICABLE)
    silent = tuple(name for name in failed if name not in findings)
    if silent:
        raise refuse("E-CHECKLIST-FINDING", "ISO/IEC 17065, 7.4.6", "answers", needed=_few(silent))
    if not answers:
        return None
    lines = [(one.question, one.result.value, one.note) for one in sorted(answers, key=lambda item: item.question)]
    return Checked(record_digest({"answers": lines}), len(answers), failed, left)


def all_met(questions: tuple[Question, ...]) -> tuple[Answer, ...]:
    """Return answers that say of every question that it is met."""
    return tuple(Answer(one.id, Met.MET) for one in questions)


def _with(answers: tuple[Answer, ...], result: Met) -> tuple[str, ...]:
    return tuple(sorted(one.question for one in answers if one.result is result))


def _few(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the first ten names; a list of a hundred helps nobody."""
    return names if len(names) <= 10 else (*names[:10], f"… {len(names)}")


def _of_scheme(scheme: Scheme) -> Iterator[Question]:
    for requirement in scheme.client_requirements:
        yield Question(f"client/{requirement.id}", requirement.text, requirement.source)
    for conclusion in scheme.conclusions:
        yield Question(f"conclusion/{conclusion.id}", conclusion.text, scheme.source)
    if scheme.grid is not None:
        yield from _of_grid(scheme.grid)


def _of_grid(grid: Grid) -> Iterator[Question]:
    """Yield one question for each module and clause; where the scheme words none, by their names."""
    for module in grid.modules:
        for clause in grid.clauses:
            worded = grid.questions.get((module.id, clause.id))
            named = Bilingual(
                say("scheme", "checklist.grid", "zh", module=module.title.zh, clause=clause.title.zh),
                say("scheme", "checklist.grid", "en", module=module.title.en, clause=clause.title.en),
            )
            yield Question(f"{module.id}/{clause.id}", worded or named, grid.source)


def _of_rule(rule: Rulebook) -> Iterator[Question]:
    """Yield the clauses that people look at; what the sheet computes is recomputed instead."""
    for clause in rule.clauses.values():
        if clause.kind is not ClauseKind.COMPUTE:
            source = clause.refers_to or rule.name
            yield Question(f"{rule.id}/{clause.id}", clause.text, source, shall=clause.severity == "shall")
