"""The questions of an activity: from the clauses of the rule, or from what the scheme asks of client and system.

A checklist is derived, never written by hand, so that no clause is left out and each question says where it comes from.
An activity that has one is done once every requirement on it is answered; what is not met is a finding of the case.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import lru_cache

from footproof.canonical import record_digest
from footproof.certify.case import Answer, Checked, Met
from footproof.certify.record import World
from footproof.certify.refusals import refuse
from footproof.model.bilingual import Bilingual
from footproof.model.rulebook import ClauseKind, Rulebook
from footproof.model.scheme import Activity, Checklist, Grid, Scheme
from footproof.rules.rulebook import load_rulebook, shipped_editions
from footproof.texts import say

CLAUSE = "ISO/IEC 17065, 7.4.4"
BY_RULE = (Checklist.RULE_CLAUSES, Checklist.SITE_CLAUSES)
ON_SITE = (ClauseKind.EVIDENCE, ClauseKind.JUDGEMENT)
"""Clauses whose answer lies where the product is made: in its records and in what somebody there sees."""
LOOKED_AT = (ClauseKind.CHECK, *ON_SITE)
"""Clauses that people look at; what the sheet computes is recomputed instead."""


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
        rule: Rulebook the footprint was quantified by, for activities that ask by its clauses; None where the case has
            no footprint, and is asked by the scheme alone.

    Returns:
        In the order of scheme and rule; none for an activity without a checklist.
    """
    if activity.checklist is Checklist.NONE:
        return ()
    if activity.checklist is Checklist.SCHEME_CLAUSES or rule is None:
        return tuple(_of_scheme(scheme))
    if activity.checklist is Checklist.SITE_CLAUSES:
        return (*_of_scheme(scheme), *_of_rule(rule, ON_SITE))
    return tuple(_of_rule(rule, LOOKED_AT))


def rule_for(world: World, activity: Activity, package: str) -> Rulebook | None:
    """Return the rulebook by whose clauses an activity asks; None where it asks by none, or there is no package.

    Args:
        world: What is known.
        activity: Of a scheme.
        package: Digest of the package of the case; empty where it has none.

    Raises:
        FootproofError: E-CHECKLIST-RULE where the edition that the package was computed by is not at hand.
    """
    if activity.checklist not in BY_RULE or not package:
        return None
    found = world.recomputed(package)
    rule = world.rulebook(found.rule, found.edition) if found is not None else None
    if rule is None:
        name = found.rule if found is not None else package
        raise refuse("E-CHECKLIST-RULE", CLAUSE, "package", rulebook=name, activity=activity.id)
    return rule


@lru_cache(maxsize=64)  # the names come from packages, which may say anything
def shipped_rulebook(name: str, edition: str) -> Rulebook | None:
    """Return a shipped rulebook, None where there is no such.

    Args:
        name: `id@edition`.
        edition: Digest of the edition.
    """
    identity, _, known = name.partition("@")
    if known not in shipped_editions().get(identity, ()):
        return None
    rule = load_rulebook(name)
    return rule if rule.digest == edition else None


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


def _of_rule(rule: Rulebook, kinds: Collection[ClauseKind]) -> Iterator[Question]:
    for clause in rule.clauses.values():
        if clause.kind in kinds:
            source = clause.refers_to or rule.name
            yield Question(f"{rule.id}/{clause.id}", clause.text, source, shall=clause.severity == "shall")
